/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Device, collection and interrupt translation tables in guest memory, flat and two-level
 * (IHI 0069 5.2; GITS_BASERn). The entry formats are in its.h. */
#include "its_state.h"

enum { ENTRY_BYTES = 8, VALID_BIT = 63 };

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

static bool read64(struct dbell_its *its, enum dbell_object object, uint64_t address,
                   uint64_t *value, struct dbell_itinerary *itinerary)
{
    static const uint8_t counters[DBELL_OBJECTS] = {
        [DBELL_OBJECT_DTE] = DBELL_ITS_READS_DTE, [DBELL_OBJECT_DTE_L1] = DBELL_ITS_READS_L1,
        [DBELL_OBJECT_CTE] = DBELL_ITS_READS_CTE, [DBELL_OBJECT_CTE_L1] = DBELL_ITS_READS_L1,
        [DBELL_OBJECT_ITE] = DBELL_ITS_READS_ITE,
    };
    its_count(its->state, (enum dbell_its_counter)counters[object]);
    bool ok = dbell__memory_read64(&its->ports.tables, &its->windows, address, value,
                                   &its_sideband) == DBELL_RESPONSE_OK;
    dbell__append_step(itinerary, (struct dbell_step){.kind = DBELL_STEP_READ,
                                                      .object = (uint8_t)object,
                                                      .resource = DBELL_RESOURCE_ITS_PORT,
                                                      .level = -1,
                                                      .size = ENTRY_BYTES,
                                                      .after = dbell__last_step(itinerary),
                                                      .address = address,
                                                      .value = *value,
                                                      .note = ok ? NULL : "external abort"});
    return ok;
}

static bool write64(struct dbell_its *its, uint64_t address, uint64_t value)
{
    uint8_t bytes[ENTRY_BYTES];
    dbell__put_le(bytes, sizeof bytes, value);
    return dbell__memory_write(&its->ports.tables, &its->windows, address, bytes, sizeof bytes,
                               &its_sideband) == DBELL_RESPONSE_OK;
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
    return (struct table){.valid = get(&baser, BASER_VALID),
                          .indirect = indirect,
                          .page_bits = (uint8_t)page_bits,
                          .base = base_of(baser, page_bits),
                          .entries = bytes / (indirect ? ENTRY_BYTES : entry_size),
                          .entry_size = entry_size,
                          .per_page = (UINT64_C(1) << page_bits) / entry_size};
}

void dbell__tables_decode(struct dbell_its_state *state)
{
    state->tables[TABLE_DEVICES] = decode(state->baser, BASER_TYPE_DEVICE);
    state->tables[TABLE_COLLECTIONS] = decode(state->baser, BASER_TYPE_COLLECTION);
}

/* Where the entry of `id` lies. */
static enum table_status locate(struct dbell_its *its, enum table_kind kind, uint32_t id,
                                uint64_t *address, struct dbell_itinerary *itinerary)
{
    const struct table *table = &its->state->tables[kind];
    if (!table->valid)
        return TABLE_OUT_OF_RANGE;
    if (!table->indirect) {
        *address = table->base + id * table->entry_size;
        return id < table->entries ? TABLE_OK : TABLE_OUT_OF_RANGE;
    }
    const unsigned page_bits = table->page_bits;
    const uint64_t index = id / table->per_page;
    const uint64_t offset = id % table->per_page * table->entry_size;
    uint64_t level1;
    if (index >= table->entries)
        return TABLE_OUT_OF_RANGE;
    enum dbell_object object = kind == TABLE_DEVICES ? DBELL_OBJECT_DTE_L1 : DBELL_OBJECT_CTE_L1;
    if (!read64(its, object, table->base + index * ENTRY_BYTES, &level1, itinerary))
        return TABLE_ABORT;
    if (!bit(level1, VALID_BIT))
        return TABLE_UNMAPPED;
    *address = (level1 & ones(52) & ~ones(page_bits)) + offset;
    return TABLE_OK;
}

enum table_status dbell__dte_read(struct dbell_its *its, uint32_t deviceid, struct dte *dte,
                                  struct dbell_itinerary *itinerary)
{
    uint64_t address, word;
    *dte = (struct dte){0};
    if (deviceid >> (get(&its->state->config.typer, TYPER_DEVBITS)) >> 1)
        return TABLE_OUT_OF_RANGE;
    enum table_status status = locate(its, TABLE_DEVICES, deviceid, &address, itinerary);
    if (status != TABLE_OK)
        return status;
    if (!read64(its, DBELL_OBJECT_DTE, address, &word, itinerary))
        return TABLE_ABORT;
    *dte = (struct dte){.valid = bit(word, VALID_BIT),
                        .eventid_bits = (uint8_t)(bits(word, 4, 0) + 1),
                        .itt = bits(word, 48, 5) << 8};
    return TABLE_OK;
}

enum table_status dbell__dte_write(struct dbell_its *its, uint32_t deviceid, const struct dte *dte)
{
    uint64_t address;
    if (deviceid >> (get(&its->state->config.typer, TYPER_DEVBITS)) >> 1)
        return TABLE_OUT_OF_RANGE;
    enum table_status status = locate(its, TABLE_DEVICES, deviceid, &address, NULL);
    if (status != TABLE_OK)
        return status;
    uint64_t word = 0;
    if (dte->valid)
        word = UINT64_C(1) << VALID_BIT | dte->itt >> 8 << 5 | (dte->eventid_bits - 1u);
    return write64(its, address, word) ? TABLE_OK : TABLE_ABORT;
}

uint32_t dbell__itt_entry_size(const struct dbell_its_state *state)
{
    return (uint32_t)get(&state->config.typer, TYPER_ITT_ENTRY_SIZE) + 1;
}

static enum table_status ite_address(struct dbell_its *its, const struct dte *dte, uint32_t eventid,
                                     uint64_t *address)
{
    if ((uint64_t)eventid >> dte->eventid_bits)
        return TABLE_OUT_OF_RANGE;
    *address = dte->itt + (uint64_t)eventid * dbell__itt_entry_size(its->state);
    return TABLE_OK;
}

enum table_status dbell__ite_read(struct dbell_its *its, const struct dte *dte, uint32_t eventid,
                                  struct ite *ite, struct dbell_itinerary *itinerary)
{
    uint64_t address, word;
    *ite = (struct ite){0};
    enum table_status status = ite_address(its, dte, eventid, &address);
    if (status != TABLE_OK)
        return status;
    if (!read64(its, DBELL_OBJECT_ITE, address, &word, itinerary))
        return TABLE_ABORT;
    *ite = (struct ite){.valid = bit(word, VALID_BIT),
                        .icid = (uint16_t)bits(word, 47, 32),
                        .intid = (uint32_t)word};
    return TABLE_OK;
}

enum table_status dbell__ite_write(struct dbell_its *its, const struct dte *dte, uint32_t eventid,
                                   const struct ite *ite)
{
    uint64_t address;
    enum table_status status = ite_address(its, dte, eventid, &address);
    if (status != TABLE_OK)
        return status;
    uint64_t word = 0;
    if (ite->valid)
        word = UINT64_C(1) << VALID_BIT | (uint64_t)ite->icid << 32 | ite->intid;
    return write64(its, address, word) ? TABLE_OK : TABLE_ABORT;
}

static bool icid_in_range(const struct dbell_its_state *state, uint16_t icid)
{
    const uint64_t typer = state->config.typer;
    return !get(&typer, TYPER_CIL) || !(icid >> get(&typer, TYPER_CIDBITS) >> 1);
}

enum table_status dbell__cte_read(struct dbell_its *its, uint16_t icid, struct cte *cte,
                                  struct dbell_itinerary *itinerary)
{
    uint64_t address, word;
    *cte = (struct cte){0};
    if (!icid_in_range(its->state, icid))
        return TABLE_OUT_OF_RANGE;
    enum table_status status = locate(its, TABLE_COLLECTIONS, icid, &address, itinerary);
    if (status != TABLE_OK)
        return status;
    if (!read64(its, DBELL_OBJECT_CTE, address, &word, itinerary))
        return TABLE_ABORT;
    *cte = (struct cte){.valid = bit(word, VALID_BIT), .rdbase = bits(word, 35, 0)};
    return TABLE_OK;
}

enum table_status dbell__cte_write(struct dbell_its *its, uint16_t icid, const struct cte *cte)
{
    uint64_t address;
    if (!icid_in_range(its->state, icid))
        return TABLE_OUT_OF_RANGE;
    enum table_status status = locate(its, TABLE_COLLECTIONS, icid, &address, NULL);
    if (status != TABLE_OK)
        return status;
    uint64_t word = cte->valid ? UINT64_C(1) << VALID_BIT | cte->rdbase : 0;
    return write64(its, address, word) ? TABLE_OK : TABLE_ABORT;
}
