/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "gic_state.h"

#include <string.h>

enum { WORD_BITS = 64 };

static uint32_t words_of(uint8_t lpi_bits)
{
    return (UINT32_C(1) << lpi_bits) / WORD_BITS;
}

static uint32_t summary_words_of(uint8_t lpi_bits)
{
    return (words_of(lpi_bits) + WORD_BITS - 1) / WORD_BITS;
}

size_t dbell__pending_size(uint8_t lpi_bits)
{
    return sizeof(uint64_t) * ((size_t)words_of(lpi_bits) + summary_words_of(lpi_bits));
}

static uint64_t *words(struct dbell_gic_state *state, uint32_t cpu)
{
    return (uint64_t *)((uintptr_t)state + (uintptr_t)state->pending_offset +
                        (uintptr_t)cpu * dbell__pending_size(state->config.lpi_bits));
}

static uint64_t *summary(struct dbell_gic_state *state, uint32_t cpu)
{
    return words(state, cpu) + words_of(state->config.lpi_bits);
}

bool dbell__pending_get(struct dbell_gic_state *state, uint32_t cpu, uint32_t intid)
{
    return words(state, cpu)[intid / WORD_BITS] >> intid % WORD_BITS & 1;
}

void dbell__pending_put(struct dbell_gic_state *state, uint32_t cpu, uint32_t intid, bool pending)
{
    uint32_t w = intid / WORD_BITS;
    uint64_t *word = &words(state, cpu)[w], mask = UINT64_C(1) << intid % WORD_BITS;
    uint64_t *of_word = &summary(state, cpu)[w / WORD_BITS];
    uint64_t word_bit = UINT64_C(1) << w % WORD_BITS;
    *word = pending ? *word | mask : *word & ~mask;
    *of_word = *word ? *of_word | word_bit : *of_word & ~word_bit;
}

/* The first set bit at or after `from`, or `count`. */
static uint32_t next_bit(const uint64_t *map, uint32_t from, uint32_t count)
{
    while (from < count) {
        uint64_t rest = map[from / WORD_BITS] >> from % WORD_BITS;
        if (rest)
            return from + (uint32_t)__builtin_ctzll(rest);
        from = (from / WORD_BITS + 1) * WORD_BITS;
    }
    return count;
}

uint32_t dbell__pending_next(struct dbell_gic_state *state, uint32_t cpu, uint32_t intid)
{
    const uint64_t *map = words(state, cpu);
    uint32_t count = words_of(state->config.lpi_bits), w = intid / WORD_BITS;
    if (w >= count)
        return 0;
    uint64_t rest = map[w] >> intid % WORD_BITS;
    if (rest)
        return intid + (uint32_t)__builtin_ctzll(rest);
    w = next_bit(summary(state, cpu), w + 1, count);
    return w < count ? w * WORD_BITS + (uint32_t)__builtin_ctzll(map[w]) : 0;
}

void dbell__pending_clear_all(struct dbell_gic_state *state, uint32_t cpu)
{
    memset(words(state, cpu), 0, dbell__pending_size(state->config.lpi_bits));
}
