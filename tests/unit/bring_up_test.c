/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Bring-up in the order in which Linux does it (drivers/irqchip/irq-gic-v3-its.c): what is probed
 * by writing and reading back, what is polled, and then an interrupt. */
#include <stdlib.h>
#include <string.h>

#include <doorbell/host.h>
#include <doorbell/machine.h>

#include "dbell_test.h"

enum { RAM = 0x40000000, GICD = 0x8000000, GICR = 0x9000000, CPUS = 2, ITSES = 2 };
enum { LPI_BITS = 16, QUEUE_SIZE = 0x10000, TRIES = 8 };
enum { ENABLED = 1, IMDE = 2, LPIS_ON = 1, RWP = 8 };
#define QUIESCENT        UINT64_C(0x80000000)
#define VALID            (UINT64_C(1) << 63)
#define INDIRECT         (UINT64_C(1) << 62)
#define BASER_ATTRIBUTES (UINT64_C(7) << 59 | 1u << 10) /* RaWaWb, Inner Shareable */
#define GICR_ATTRIBUTES  (UINT64_C(7) << 7 | 1u << 10)

static const uint64_t its_bases[ITSES] = {0x8080000, 0x80c0000};

struct system {
    struct dbell_machine *machine;
    struct dbell_system sut;
    struct dbell_bus bus;
    enum dbell_gic_version version;
    uint64_t next;
    uint64_t config, pending[CPUS];
    uint64_t device_table[ITSES], queue[ITSES];
    uint64_t device_page[ITSES]; /* bytes of a level 2 page, 0: a flat table */
    uint32_t posted[ITSES];
    bool failed;
};

static uint64_t get(struct system *s, uint64_t address, unsigned size)
{
    uint64_t value = 0;
    s->failed |= dbell_host_load(&s->bus, address, size, &value) != DBELL_OK;
    return value;
}

static void put(struct system *s, uint64_t address, unsigned size, uint64_t value)
{
    s->failed |= dbell_host_store(&s->bus, address, size, value) != DBELL_OK;
    s->sut.settle(s->sut.ctx);
}

/* Zeroed, and aligned to its size. */
static uint64_t allocate(struct system *s, uint64_t size)
{
    const uint64_t at = (s->next + size - 1) & ~(size - 1);
    s->next = at + size;
    return at;
}

/* Until `mask` reads as `value`; false: it does not. */
static bool poll(struct system *s, uint64_t address, uint64_t mask, uint64_t value)
{
    for (unsigned n = 0; n < TRIES; n++)
        if ((get(s, address, 4) & mask) == value)
            return true;
    return false;
}

static bool force_quiescent(struct system *s, uint64_t its)
{
    const uint64_t ctlr = get(s, its, 4);
    if (ctlr & QUIESCENT && !(ctlr & ENABLED))
        return true;
    put(s, its, 4, ctlr & ~(uint64_t)(ENABLED | IMDE));
    return poll(s, its, QUIESCENT, QUIESCENT);
}

/* 64 KB, 16 KB, 4 KB: the first that reads back; 0: none does. */
static uint64_t probe_page_size(struct system *s, uint64_t baser)
{
    for (unsigned code = 3; code-- > 0;) {
        const uint64_t value = (get(s, baser, 8) & ~UINT64_C(0x300)) | code << 8;
        put(s, baser, 8, value);
        if (get(s, baser, 8) == value)
            return UINT64_C(0x1000) << 2 * code;
    }
    return 0;
}

static unsigned page_code(uint64_t page)
{
    return page == 0x10000 ? 2 : page == 0x4000 ? 1 : 0;
}

/* One table for IDs of `id_bits`; whatever is written must read back. */
static bool set_up_table(struct system *s, unsigned n, uint64_t baser, unsigned id_bits)
{
    const uint64_t reset = get(s, baser, 8), type = reset >> 56 & 7, entry = (reset >> 48 & 31) + 1;
    const uint64_t page = probe_page_size(s, baser);
    if (!page)
        return false;
    uint64_t bytes = entry << id_bits, flags = 0;
    if (type != 4 && bytes > 2 * page) { /* may there be two levels? */
        put(s, baser, 8, get(s, baser, 8) | INDIRECT);
        if (get(s, baser, 8) & INDIRECT) {
            flags = INDIRECT;
            bytes = bytes / page * 8;
        }
    }
    const uint64_t pages = type == 4 ? 1 : (bytes + page - 1) / page;
    uint64_t size = page;
    while (size < pages * page)
        size <<= 1;
    const uint64_t table = allocate(s, size);
    const uint64_t value = VALID | flags | table | type << 56 | (entry - 1) << 48 |
                           BASER_ATTRIBUTES | page_code(page) << 8 | (size / page - 1);
    put(s, baser, 8, value);
    if (type == 1) {
        s->device_table[n] = table;
        s->device_page[n] = flags ? page : 0;
    }
    return get(s, baser, 8) == value;
}

static bool bring_up_its(struct system *s, unsigned n)
{
    const uint64_t its = its_bases[n], v4 = s->version != DBELL_GICV3;
    const uint64_t revision = get(s, its + 0xffe8, 4) & 0xf0;
    if (revision != (v4 ? 0x40 : 0x30) || !force_quiescent(s, its))
        return false;
    const uint64_t typer = get(s, its + 8, 8);
    if ((typer >> 1 & 1) != v4)
        return false;
    if (s->version == DBELL_GICV4_1 && get(s, its + 0x18, 4)) /* GITS_MPIDR: SVPET is 0 */
        return false;
    for (unsigned i = 0; i < 8; i++) {
        const uint64_t baser = its + 0x100 + 8 * i, type = get(s, baser, 8) >> 56 & 7;
        const unsigned bits = type == 1 ? (unsigned)(typer >> 13 & 31) + 1 : 16;
        if (type && !set_up_table(s, n, baser, bits))
            return false;
    }
    s->queue[n] = allocate(s, QUEUE_SIZE);
    const uint64_t cbaser = VALID | s->queue[n] | BASER_ATTRIBUTES | (QUEUE_SIZE / 0x1000 - 1);
    put(s, its + 0x80, 8, cbaser);
    if (get(s, its + 0x80, 8) != cbaser)
        return false;
    put(s, its + 0x88, 4, 0);
    s->posted[n] = 0;
    put(s, its, 4, get(s, its, 4) | ENABLED | (v4 ? IMDE : 0));
    return get(s, its, 4) & ENABLED;
}

static uint64_t redistributor(const struct system *s, unsigned cpu)
{
    return GICR + cpu * (s->version == DBELL_GICV3 ? UINT64_C(0x20000) : UINT64_C(0x40000));
}

/* GICv4.1: the size of a page as it reads back, a table of its own, all zero. */
static bool vpe_table(struct system *s, uint64_t rd)
{
    put(s, rd + 0x20070, 8, UINT64_C(2) << 53);
    const uint64_t probed = get(s, rd + 0x20070, 8);
    const uint64_t entry = ((probed >> 59 & 7) + 1) * 8, per_page = 0x10000 / entry;
    if ((probed >> 53 & 3) != 2)
        return false;
    const uint64_t value = VALID | UINT64_C(1) << 55 | UINT64_C(2) << 53 | UINT64_C(1) << 52 |
                           GICR_ATTRIBUTES | allocate(s, 0x10000);
    put(s, rd + 0x20070, 8, value);
    return per_page < 65536 && /* or it would need no second level */
           get(s, rd + 0x20070, 8) ==
               ((value & ~(UINT64_C(1) << 52)) | (probed & UINT64_C(7) << 59));
}

static bool bring_up_cpu(struct system *s, unsigned cpu)
{
    const uint64_t rd = redistributor(s, cpu);
    put(s, rd + 0x14, 4, 0); /* WAKER */
    if (!poll(s, rd + 0x14, 4, 0) || !(get(s, rd + 8, 8) & 1))
        return false;
    if (get(s, rd, 4) & LPIS_ON) { /* as another kernel left it */
        put(s, rd, 4, get(s, rd, 4) & ~(uint64_t)LPIS_ON);
        if (!poll(s, rd, RWP | LPIS_ON, 0))
            return false;
    }
    const uint64_t propbaser = s->config | GICR_ATTRIBUTES | (LPI_BITS - 1);
    const uint64_t pendbaser = s->pending[cpu] | GICR_ATTRIBUTES;
    put(s, rd + 0x70, 8, propbaser);
    put(s, rd + 0x78, 8, pendbaser);
    if (get(s, rd + 0x70, 8) != propbaser || get(s, rd + 0x78, 8) != pendbaser)
        return false;
    put(s, rd, 4, get(s, rd, 4) | LPIS_ON);
    if (s->version == DBELL_GICV4_0) { /* no vPE is resident */
        put(s, rd + 0x20070, 8, (get(s, rd + 0x20070, 8) & ~UINT64_C(31)) | (LPI_BITS - 1));
        put(s, rd + 0x20078, 8, get(s, rd + 0x20078, 8) & ~VALID);
        return !(get(s, rd + 0x20078, 8) >> 60 & 1);
    }
    return s->version == DBELL_GICV3 || vpe_table(s, rd);
}

/* Posted with 32-bit writes, waited for with 32-bit reads. */
static bool command(struct system *s, unsigned n, struct dbell_host_its_cmd c)
{
    const uint32_t offset = s->posted[n] * 32 % QUEUE_SIZE, next = (offset + 32) % QUEUE_SIZE;
    dbell_host_store_words(&s->bus, s->queue[n] + offset, c.words, 4);
    s->posted[n]++;
    put(s, its_bases[n] + 0x88, 4, next);
    return poll(s, its_bases[n] + 0x90, UINT64_MAX, next);
}

/* RDbase: GITS_TYPER.PTA is 0. */
static bool map_collections(struct system *s, unsigned n)
{
    bool ok = !(get(s, its_bases[n] + 8, 8) >> 19 & 1);
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        ok = ok && command(s, n, dbell_host_mapc(cpu, cpu, true)) &&
             command(s, n, dbell_host_its_sync(cpu)) && command(s, n, dbell_host_invall(cpu));
    return ok;
}

/* A device of four vectors, the first one unmasked at CPU 1. */
static bool map_device(struct system *s, unsigned n, uint32_t device, uint32_t intid)
{
    const uint64_t page = s->device_page[n];
    if (page) {
        const uint64_t entry = s->device_table[n] + device / (page / 8) * 8;
        if (!(get(s, entry, 8) & VALID))
            put(s, entry, 8, VALID | allocate(s, page));
    }
    if (!command(s, n, dbell_host_mapd(device, 2, allocate(s, 256), true)) ||
        !command(s, n, dbell_host_mapti(device, 0, intid, 1)) ||
        !command(s, n, dbell_host_its_sync(1)))
        return false;
    put(s, s->config + intid - 8192, 1, 0xa1);
    return command(s, n, dbell_host_event(0xc, device, 0)) && command(s, n, dbell_host_its_sync(1));
}

static bool boot(struct system *s)
{
    s->config = allocate(s, 0x10000);
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        s->pending[cpu] = allocate(s, 0x10000);
    bool ok = get(s, GICD + 4, 4) >> 17 & 1; /* LPIS */
    put(s, GICD, 4, 0x12);
    for (unsigned n = 0; n < ITSES; n++)
        ok = ok && bring_up_its(s, n);
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        ok = ok && bring_up_cpu(s, cpu);
    for (unsigned n = 0; n < ITSES; n++)
        ok = ok && map_collections(s, n);
    return ok && !s->failed;
}

static uint32_t interrupt(struct system *s, unsigned n, uint32_t device)
{
    uint8_t data[4] = {0};
    struct dbell_dma_result result;
    const struct dbell_dma dma = {.requesterid = device,
                                  .op = DBELL_WRITE,
                                  .address = its_bases[n] + 0x10040,
                                  .length = 4,
                                  .data = data};
    s->sut.dma(s->sut.ctx, &dma, &result);
    return s->sut.acknowledge(s->sut.ctx, 1);
}

static bool opened(struct system *s, enum dbell_gic_version version, uint64_t typer)
{
    struct dbell_platform *p = calloc(1, sizeof *p);
    struct dbell_message message = {""};
    memset(s, 0, sizeof *s);
    if (!p)
        return false;
    p->ram[p->ram_count++] = (struct dbell_platform_ram){RAM, 0x10000000};
    p->has_gic = true;
    p->gic_distributor = GICD;
    p->gic_redistributors = GICR;
    p->gic = dbell_gic_default_config();
    p->gic.cpus = CPUS;
    p->gic.version = (uint8_t)version;
    for (unsigned n = 0; n < ITSES; n++) {
        struct dbell_platform_its *its = &p->its[p->its_count++];
        *its =
            (struct dbell_platform_its){.base = its_bases[n], .config = dbell_its_default_config()};
        its->name[0] = (char)('a' + n);
        dbell_its_make_version(&its->config, version);
        its->config.typer |= typer;
    }
    const int status = dbell_platform_check(p, &message)
                           ? DBELL_E_RANGE
                           : dbell_machine_create(p, &s->machine, &message);
    free(p);
    if (status)
        return false;
    s->version = version;
    s->sut = dbell_machine_system(s->machine);
    s->bus = dbell_machine_bus(s->machine);
    s->next = RAM + 0x10000;
    return true;
}

static const enum dbell_gic_version versions[] = {DBELL_GICV3, DBELL_GICV4_0, DBELL_GICV4_1};

TEST(bring_up, as_linux_does_it_12_19)
{
    for (unsigned v = 0; v < 3; v++) {
        struct system s;
        REQUIRE(opened(&s, versions[v], 0));
        CHECK(boot(&s));
        CHECK(s.device_page[0] == 0x10000); /* 512 KB of devices: two levels */
        for (unsigned n = 0; n < ITSES; n++) {
            CHECK(map_device(&s, n, 8 + n, 8192 + n));
            CHECK(map_device(&s, n, 0xffff, 8200 + n));
            CHECK_EQ(interrupt(&s, n, 8 + n), 8192 + n);
            CHECK_EQ(interrupt(&s, n, 0xffff), 8200 + n);
            CHECK_EQ(interrupt(&s, n, 9 - n), 1023); /* of the other ITS */
        }
        CHECK(!s.failed);
        dbell_machine_destroy(s.machine);
    }
}

/* Over what another kernel left running (kexec): tables, queue and LPIs are taken over. */
TEST(bring_up, over_a_running_system_12_19)
{
    for (unsigned v = 0; v < 3; v++) {
        struct system s;
        REQUIRE(opened(&s, versions[v], 0));
        CHECK(boot(&s));
        CHECK(map_device(&s, 0, 8, 8192));
        for (unsigned cpu = 0; cpu < CPUS && versions[v] == DBELL_GICV4_1; cpu++)
            put(&s, redistributor(&s, cpu) + 0x20070, 8, 0); /* inherited, or off */
        CHECK(boot(&s));
        CHECK_EQ(interrupt(&s, 0, 8), 1023);
        CHECK(map_device(&s, 0, 8, 8195));
        CHECK_EQ(interrupt(&s, 0, 8), 8195);
        dbell_machine_destroy(s.machine);
    }
}

/* Suspend and resume: bases are kept, entries are honoured from memory. */
TEST(bring_up, after_suspend_the_tables_in_memory_hold_12_19)
{
    struct system s;
    uint64_t basers[8];
    REQUIRE(opened(&s, DBELL_GICV3, UINT64_C(1) << 46)); /* TYPER.INV */
    CHECK(boot(&s));
    CHECK(map_device(&s, 0, 8, 8192));
    CHECK_EQ(interrupt(&s, 0, 8), 8192);
    const uint64_t its = its_bases[0], ctlr = get(&s, its, 4), cbaser = get(&s, its + 0x80, 8);
    for (unsigned i = 0; i < 8; i++)
        basers[i] = get(&s, its + 0x100 + 8 * i, 8);
    CHECK(force_quiescent(&s, its));
    for (unsigned i = 0; i < 8; i++)
        put(&s, its + 0x100 + 8 * i, 8, 0);
    CHECK(force_quiescent(&s, its));
    put(&s, its + 0x80, 8, cbaser);
    put(&s, its + 0x88, 8, 0);
    s.posted[0] = 0;
    for (unsigned i = 0; i < 8; i++)
        if (basers[i] & VALID)
            put(&s, its + 0x100 + 8 * i, 8, basers[i]);
    put(&s, its, 4, ctlr);
    CHECK_EQ(interrupt(&s, 0, 8), 8192);
    CHECK(command(&s, 0, dbell_host_event(3, 8, 0)));
    CHECK_EQ(s.sut.acknowledge(s.sut.ctx, 1), 8192);
    dbell_machine_destroy(s.machine);
}
