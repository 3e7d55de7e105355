/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "level1.h"

#include "base/bytes.h"
#include "base/field.h"

/* GITS_BASERn, GITS_CBASER, GITS_CWRITER, GITS_CREADR and MAPD, as software sees them. */
enum {
    CBASER = 0x80,
    CWRITER = 0x88,
    CREADR = 0x90,
    BASER = 0x100,
    COMMAND_SIZE = 32,
    MAPD = 0x08,
    COMMANDS_MAX = 1 << 15,
};

#define EXTRA_RAM_BASE (UINT64_C(1) << 51)
#define EXTRA_RAM_SIZE (UINT64_C(1) << 30)

void dbell__level1_prepare(struct level1 *level1, struct dbell_platform *p)
{
    *level1 = (struct level1){0};
    if (!p->its_count || p->ram_count == DBELL_PLATFORM_RAMS)
        return;
    for (size_t i = 0; i < p->ram_count; i++)
        if (p->ram[i].base + (p->ram[i].size - 1) >= EXTRA_RAM_BASE)
            return;
    p->ram[p->ram_count++] =
        (struct dbell_platform_ram){.base = EXTRA_RAM_BASE, .size = EXTRA_RAM_SIZE};
    level1->next_page = EXTRA_RAM_BASE;
}

static uint64_t access64(const struct dbell_system *system, enum dbell_op op, uint64_t address,
                         uint64_t value)
{
    uint8_t bytes[8];
    dbell__put_le(bytes, sizeof bytes, value);
    struct dbell_transaction t = {
        .address = address, .length = sizeof bytes, .op = (uint8_t)op, .data = bytes};
    return system->access(system->ctx, &t) == DBELL_RESPONSE_OK ? dbell__get_le64(bytes) : 0;
}

/* A store to GITS_BASERn: is it an Indirect device table? */
static void note_baser(struct level1_table *table, const struct dbell_platform_its *its, unsigned n,
                       uint64_t value)
{
    static const uint8_t page_bits[4] = {12, 14, 16, 16};
    const uint64_t reset = its->config.baser[n];
    if (bits(reset, 58, 56) != 1)
        return;
    unsigned page = page_bits[bits(value, 9, 8)];
    uint64_t base = value & ones(48) & ~ones(page);
    if (page == 16)
        base |= bits(value, 15, 12) << 48;
    *table = (struct level1_table){.untouched = bit(value, 63) && bit(value, 62),
                                   .first = base,
                                   .last = base + ((bits(value, 7, 0) + 1) << page) - 1,
                                   .page_bits = page,
                                   .entry_size = (unsigned)bits(reset, 52, 48) + 1};
}

static bool supply_for(struct level1 *level1, const struct level1_table *table,
                       const struct dbell_system *system, uint32_t deviceid)
{
    uint64_t index = deviceid / ((UINT64_C(1) << table->page_bits) / table->entry_size);
    uint64_t address = table->first + index * 8, page = UINT64_C(1) << table->page_bits;
    if (address + 7 > table->last || (access64(system, DBELL_READ, address, 0) >> 63) ||
        level1->next_page + page > EXTRA_RAM_BASE + EXTRA_RAM_SIZE)
        return false;
    access64(system, DBELL_WRITE, address, UINT64_C(1) << 63 | level1->next_page);
    level1->next_page += page;
    return true;
}

/* Commands are about to be handed over: those that map a device need a level 1 entry. */
static bool supply(struct level1 *level1, const struct level1_table *table, uint64_t its,
                   const struct dbell_system *system, uint64_t writer)
{
    uint64_t cbaser = access64(system, DBELL_READ, its + CBASER, 0);
    uint64_t size = (bits(cbaser, 7, 0) + 1) << 12;
    uint64_t queue = cbaser & ones(52) & ~ones(12);
    uint64_t offset = access64(system, DBELL_READ, its + CREADR, 0) & 0xfffe0;
    bool supplied = false;
    writer &= 0xfffe0;
    if (!bit(cbaser, 63) || writer >= size)
        return false;
    for (int i = 0; offset != writer && offset < size && i < COMMANDS_MAX; i++) {
        uint64_t word0 = access64(system, DBELL_READ, queue + offset, 0);
        uint64_t word2 = access64(system, DBELL_READ, queue + offset + 16, 0);
        if (bits(word0, 7, 0) == MAPD && bit(word2, 63))
            supplied |= supply_for(level1, table, system, (uint32_t)(word0 >> 32));
        offset = offset + COMMAND_SIZE < size ? offset + COMMAND_SIZE : 0;
    }
    return supplied;
}

bool dbell__level1_before_store(struct level1 *level1, const struct dbell_platform *p,
                                const struct dbell_system *system, uint64_t address,
                                const uint8_t *bytes, uint64_t length)
{
    bool supplied = false;
    for (size_t i = 0; level1->next_page && i < p->its_count; i++) {
        struct level1_table *table = &level1->table[i];
        uint64_t its = p->its[i].base, offset = address - its;
        if (table->untouched && address <= table->last && address + (length - 1) >= table->first)
            table->untouched = false;
        if (!bytes || (length != 4 && length != 8))
            continue;
        if (length == 8 && offset >= BASER && offset < BASER + 64)
            note_baser(table, &p->its[i], (unsigned)(offset - BASER) / 8, dbell__get_le64(bytes));
        else if (table->untouched && offset == CWRITER)
            supplied |= supply(level1, table, its, system, dbell__get_le(bytes, (unsigned)length));
    }
    if (!supplied || level1->said)
        return false;
    level1->said = true;
    return true;
}
