/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "records.h"

#include <string.h>

static uint64_t load(const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = size; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

struct record record_at(const uint8_t *at)
{
    return (struct record){.op = at[0],
                           .a = at[1],
                           .b = (uint16_t)load(at + 2, 2),
                           .c = (uint32_t)load(at + 4, 4),
                           .d = load(at + 8, 8)};
}

unsigned draw(uint64_t *state, unsigned below)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((*state >> 33) % below);
}

#ifdef DOORBELL_LIBFUZZER
static void insert(const struct mutations *m, uint64_t *state, uint8_t *data, size_t *count,
                   size_t most)
{
    if (*count >= most)
        return;
    size_t at = *count ? 1 + draw(state, (unsigned)*count) : 0;
    memmove(data + (at + 1) * RECORD, data + at * RECORD, (*count - at) * RECORD);
    m->random_record(state, data + at * RECORD);
    ++*count;
}

size_t mutate_records(const struct mutations *m, uint8_t *data, size_t size, size_t max_size,
                      unsigned seed)
{
    uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    size_t count = size / RECORD, most = max_size / RECORD < RECORDS ? max_size / RECORD : RECORDS;
    if (count > most)
        count = most;
    if (!most)
        return LLVMFuzzerMutate(data, size, max_size);
    if (!count)
        insert(m, &state, data, &count, most);
    for (unsigned n = draw(&state, 3) + 1; n; n--) {
        uint8_t *at = data + draw(&state, (unsigned)count) * RECORD;
        uint8_t *other = data + draw(&state, (unsigned)count) * RECORD;
        switch (draw(&state, 9)) {
        case 0:
        case 1:
        case 2:
            insert(m, &state, data, &count, most);
            break;
        case 3: /* one field */
            at[1 + draw(&state, RECORD - 1)] ^= (uint8_t)(1u << draw(&state, 8));
            break;
        case 4:
            (void)LLVMFuzzerMutate(at + 1, RECORD - 1, RECORD - 1);
            break;
        case 5:
            if (at != data)
                memmove(at, other, RECORD);
            break;
        case 6: { /* out */
            size_t index = (size_t)(at - data) / RECORD;
            if (index && count > 2) {
                memmove(at, at + RECORD, (count - index - 1) * RECORD);
                count--;
            }
            break;
        }
        case 7:
            if (!draw(&state, 4))
                count += m->scenario(&state, data + count * RECORD, most - count);
            break;
        default:
            if (count < most)
                m->attempt(&state, data + count++ * RECORD);
            break;
        }
    }
    return count * RECORD;
}
#endif
