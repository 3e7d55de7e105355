/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Tables in guest memory, flat and two-level: where an entry lies (IHI 0069 5.2; GITS_BASERn). */
#include "entries.h"
#include "its_state.h"

/* 52-bit folding: with 64 KB pages, address bits [51:48] are in [15:12]. */
static uint64_t base_of(uint64_t baser, unsigned page_bits)
{
    uint64_t address = get_in_place(&baser, BASER_ADDRESS) & ~ones(page_bits);
    if (page_bits == 16)
        address |= get(&baser, BASER_ADDRESS_HIGH) << 48;
    return address;
}

static unsigned page_bits_of(uint64_t baser)
{
    static const uint8_t bits_of[4] = {12, 14, 16, 16};
    return bits_of[get(&baser, BASER_PAGE_SIZE)];
}

static struct table decode(const uint64_t basers[8], unsigned type)
{
    uint64_t baser = 0;
    for (int i = 0; i < 8 && !baser; i++)
        if (get(&basers[i], BASER_TYPE) == type)
            baser = basers[i];
    unsigned page_bits = page_bits_of(baser);
    uint64_t bytes = (get(&baser, BASER_SIZE) + 1) << page_bits;
    uint64_t entry_size = get(&baser, BASER_ENTRY_SIZE) + 1;
    bool indirect = get(&baser, BASER_INDIRECT);
    return (struct table){.present = baser != 0,
                          .valid = get(&baser, BASER_VALID),
                          .indirect = indirect,
                          .page_bits = (uint8_t)page_bits,
                          .base = base_of(baser, page_bits),
                          .entries = bytes / (indirect ? L1_SIZE : entry_size),
                          .entry_size = entry_size,
                          .per_page = (UINT64_C(1) << page_bits) / entry_size};
}

void dbell__tables_decode(struct dbell_its_state *state)
{
    state->tables[TABLE_DEVICES] = decode(state->r.baser, BASER_TYPE_DEVICE);
    state->tables[TABLE_COLLECTIONS] = decode(state->r.baser, BASER_TYPE_COLLECTION);
    state->tables[TABLE_VPES] = decode(state->r.baser, BASER_TYPE_VPE);
}

bool dbell__table_read(struct dbell_its *its, enum dbell_object object, uint64_t address,
                       unsigned size, uint64_t *words, struct dbell_itinerary *itinerary)
{
    static const uint8_t counters[DBELL_OBJECTS] = {
        [DBELL_OBJECT_DTE] = DBELL_ITS_READS_DTE, [DBELL_OBJECT_DTE_L1] = DBELL_ITS_READS_L1,
        [DBELL_OBJECT_CTE] = DBELL_ITS_READS_CTE, [DBELL_OBJECT_CTE_L1] = DBELL_ITS_READS_L1,
        [DBELL_OBJECT_VTE] = DBELL_ITS_READS_VPE, [DBELL_OBJECT_VTE_L1] = DBELL_ITS_READS_L1,
        [DBELL_OBJECT_ITE] = DBELL_ITS_READS_ITE,
    };
    uint8_t bytes[ENTRY_SIZE_MAX] = {0};
    bool ok = true;
    its_count(its->state, (enum dbell_its_counter)counters[object]);
    const uint8_t *from = dbell__host(&its->ports.tables, &its->windows, address, size);
    if (!from) {
        const struct dbell_sideband side = its_sideband(its->state);
        ok = dbell__memory_read(&its->ports.tables, &its->windows, address, bytes, size, &side) ==
             DBELL_RESPONSE_OK;
        from = bytes;
    }
    for (unsigned i = 0; i < size; i += 8)
        words[i / 8] = size - i < 8 ? dbell__get_le(from + i, size - i) : dbell__get_le64(from + i);
    if (itinerary)
        dbell__append_step(itinerary, (struct dbell_step){.kind = DBELL_STEP_READ,
                                                          .object = (uint8_t)object,
                                                          .resource = DBELL_RESOURCE_ITS_PORT,
                                                          .level = -1,
                                                          .size = (uint16_t)size,
                                                          .after = dbell__last_step(itinerary),
                                                          .address = address,
                                                          .value = words[0],
                                                          .note = ok ? NULL : "external abort"});
    return ok;
}

bool dbell__table_write(struct dbell_its *its, uint64_t address, unsigned size,
                        const uint64_t *words)
{
    uint8_t bytes[ENTRY_SIZE_MAX];
    const struct dbell_sideband side = its_sideband(its->state);
    for (unsigned i = 0; i < size; i += 8)
        dbell__put_le(bytes + i, size - i < 8 ? size - i : 8, words[i / 8]);
    return dbell__memory_write(&its->ports.tables, &its->windows, address, bytes, size, &side) ==
           DBELL_RESPONSE_OK;
}

enum table_status dbell__table_locate(struct dbell_its *its, enum table_kind kind, uint64_t id,
                                      uint64_t *address, struct dbell_itinerary *itinerary)
{
    const struct table table = its->state->tables[kind];
    if (!table.valid)
        return TABLE_OUT_OF_RANGE;
    if (!table.indirect) {
        *address = table.base + id * table.entry_size;
        return id < table.entries ? TABLE_OK : TABLE_OUT_OF_RANGE;
    }
    const uint64_t index = id / table.per_page;
    uint64_t level1;
    if (index >= table.entries)
        return TABLE_OUT_OF_RANGE;
    static const uint8_t objects[TABLES] = {DBELL_OBJECT_DTE_L1, DBELL_OBJECT_CTE_L1,
                                            DBELL_OBJECT_VTE_L1};
    if (!dbell__table_read(its, (enum dbell_object)objects[kind], table.base + index * L1_SIZE,
                           L1_SIZE, &level1, itinerary))
        return TABLE_ABORT;
    if (!get(&level1, L1_VALID))
        return TABLE_UNMAPPED;
    *address = (get_in_place(&level1, L1_ADDRESS) & ~ones(table.page_bits)) +
               id % table.per_page * table.entry_size;
    return TABLE_OK;
}
