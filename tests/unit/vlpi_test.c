/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* vPEs at redistributors alone: residency, vLPIs, doorbells, vSGIs (IHI 0069 GICv4.0, GICv4.1;
 * GICR_VPROPBASER, GICR_VPENDBASER). */
#include <string.h>

#include "dbell_test.h"
#include "gic_bench.h"

enum { VPES = 4, NONE = 1023, BELL = 8292, FIRST = GIC_FIRST };
enum { VCONF = 0x20000, TABLE = 0x30000, VPT = 0x80000 }; /* VPT + id * 0x10000 */
enum { TYPER = 0x8, VPROPBASER = 0x20070, VPENDBASER = 0x20078 };
enum { VSGIR = 0x20080, VSGIPENDR = 0x20088, INVLPIR = 0xa0, INVALLR = 0xb0 };

#define VALID        (UINT64_C(1) << 63)
#define DOORBELL     (UINT64_C(1) << 62)
#define PENDING_LAST (UINT64_C(1) << 61)
#define DIRTY        (UINT64_C(1) << 60)
#define GROUPS       (UINT64_C(3) << 58)

/* vPE `id` is mapped to CPU 0, its default doorbell is LPI 8292 + id. */
static struct dbell_vpe vpe(uint32_t id)
{
    return (struct dbell_vpe){.vpeid = id,
                              .vpt = VPT + id * UINT64_C(0x10000),
                              .intid_bits = GIC_BITS,
                              .vconf = VCONF,
                              .doorbell = BELL + id};
}

static bool ask(struct gic_bench *b, enum dbell_lpi_kind kind, uint32_t id, uint32_t intid,
                uint32_t doorbell)
{
    const struct dbell_vpe of = vpe(id);
    const struct dbell_lpi_request request = {
        .kind = (uint8_t)kind, .vpe = &of, .intid = intid, .doorbell = doorbell};
    return b->port.ask(b->port.ctx, &request, NULL);
}

static bool set(struct gic_bench *b, uint32_t id, uint32_t intid)
{
    return ask(b, DBELL_VLPI_SET, id, intid, NONE);
}

static void move(struct gic_bench *b, uint32_t from, uint32_t to, uint32_t intid, uint32_t doorbell)
{
    const struct dbell_vpe of = vpe(from), target = vpe(to);
    const struct dbell_lpi_request request = {.kind = DBELL_VLPI_MOVE,
                                              .vpe = &of,
                                              .target = &target,
                                              .intid = intid,
                                              .doorbell = doorbell};
    b->port.ask(b->port.ctx, &request, NULL);
}

static uint64_t vpendbaser(struct gic_bench *b, unsigned cpu)
{
    return dbell_gicr_read(&b->gic, cpu, VPENDBASER, 8);
}

static bool is_4_1(struct gic_bench *b)
{
    return dbell_gicr_read(&b->gic, 0, TYPER, 4) >> 7 & 1; /* RVPEID */
}

static void schedule(struct gic_bench *b, unsigned cpu, uint32_t id)
{
    dbell_gicr_write(&b->gic, cpu, VPENDBASER, 8,
                     VALID | (is_4_1(b) ? GROUPS | id : VPT + id * UINT64_C(0x10000)));
}

/* What VPENDBASER then reads, of PendingLast. */
static bool deschedule(struct gic_bench *b, unsigned cpu, uint64_t how)
{
    dbell_gicr_write(&b->gic, cpu, VPENDBASER, 8,
                     (vpendbaser(b, cpu) & ~(VALID | DOORBELL | PENDING_LAST)) | how);
    return vpendbaser(b, cpu) & PENDING_LAST;
}

static bool opened(struct gic_bench *b, enum dbell_gic_version version, uint32_t pending_entries)
{
    struct dbell_gic_config config = dbell_gic_default_config();
    config.cpus = GIC_CPUS;
    config.version = (uint8_t)version;
    config.pending_entries = pending_entries;
    if (!gic_open_with(b, &config))
        return false;
    memset(b->memory + VCONF, 0xa3, GIC_LPIS - FIRST);
    for (unsigned cpu = 0; cpu < GIC_CPUS; cpu++)
        dbell_gicr_write(&b->gic, cpu, VPROPBASER, 8,
                         version == DBELL_GICV4_0 ? VCONF | (GIC_BITS - 1)
                                                  : VALID | UINT64_C(2) << 53 | TABLE);
    for (uint32_t id = 0; id < VPES; id++)
        ask(b, DBELL_VPE_MAP, id, 0, 0);
    return true;
}

static uint32_t vack(struct gic_bench *b, unsigned cpu)
{
    return dbell_gic_acknowledge_virtual(&b->gic, cpu, 1);
}

static bool in_vpt(const struct gic_bench *b, uint32_t id, uint32_t intid)
{
    return b->memory[VPT + id * 0x10000 + intid / 8] >> intid % 8 & 1;
}

static const enum dbell_gic_version versions[] = {DBELL_GICV4_0, DBELL_GICV4_1};

/* --- registers --- */

TEST(vgicr, what_a_version_has_12_11)
{
    static const struct {
        enum dbell_gic_version version;
        uint32_t typer, space, gicd_typer;
        uint64_t vpropbaser, vpendbaser; /* of all ones, Valid apart */
        uint8_t pidr2;
    } cases[] = {
        {DBELL_GICV3, 0x00000001, 0x20000, 0, 0, 0, 0x3b},
        {DBELL_GICV4_0, 0x00000007, 0x40000, 1 << 18, UINT64_C(0x070fffffffffff9f),
         UINT64_C(0x470fffffffff0f80), 0x4b},
        {DBELL_GICV4_1, 0x04000087, 0x40000, 1 << 18,
         UINT64_C(0x1fcfffffffffffff) & ~(UINT64_C(1) << 60), UINT64_C(0x0c0000000000ffff), 0x4b},
    };
    for (unsigned i = 0; i < 3; i++) {
        struct gic_bench b;
        struct dbell_gic_config config = dbell_gic_default_config();
        config.cpus = GIC_CPUS;
        config.version = (uint8_t)cases[i].version;
        REQUIRE(gic_open_with(&b, &config));
        CHECK_EQ(dbell_gicr_read(&b.gic, 0, TYPER, 4), cases[i].typer);
        CHECK_EQ(dbell_gicr_space(&config), cases[i].space);
        CHECK_EQ(dbell_gicd_read(&b.gic, 0x4, 4) & 1 << 18, cases[i].gicd_typer);
        CHECK_EQ(dbell_gicd_read(&b.gic, 0xc, 4), 0);
        CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_RAZ_WI), cases[i].version != DBELL_GICV4_1);
        CHECK_EQ(dbell_gicd_read(&b.gic, 0xffe8, 4), cases[i].pidr2);
        CHECK_EQ(dbell_gicr_read(&b.gic, 0, 0xffe8, 4), cases[i].pidr2);
        dbell_gicr_write(&b.gic, 1, VPROPBASER, 8, ~VALID);
        dbell_gicr_write(&b.gic, 1, VPENDBASER, 8, ~VALID);
        const uint64_t entries = cases[i].version == DBELL_GICV4_1 ? UINT64_C(3) << 59 : 0;
        uint64_t want = cases[i].vpropbaser;
        if (entries) /* Entry_Size reads 4 doublewords, Page_Size 3 is 2, Z is write-only */
            want = UINT64_C(0x07cfffffffffffff) | entries;
        CHECK_EQ(dbell_gicr_read(&b.gic, 1, VPROPBASER, 8), want);
        CHECK_EQ(vpendbaser(&b, 1), cases[i].vpendbaser);
        CHECK_EQ(dbell_gicr_read(&b.gic, 0, VPROPBASER, 8), entries);
        gic_close(&b);
    }
    struct dbell_gic_config wrong = dbell_gic_default_config();
    wrong.version = 3;
    CHECK_EQ(dbell_gic_state_size(&wrong), 0);
}

TEST(vgicr, halves_of_the_bases_are_written_apart_GICR_VPROPBASER)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_0, 64));
    dbell_gicr_write(&b.gic, 1, VPROPBASER, 4, 0x12340000 | 13);
    dbell_gicr_write(&b.gic, 1, VPROPBASER + 4, 4, 0xf);
    CHECK_EQ(dbell_gicr_read(&b.gic, 1, VPROPBASER, 8), UINT64_C(0xf1234000d));
    dbell_gicr_write(&b.gic, 0, VPENDBASER, 4, VPT);
    dbell_gicr_write(&b.gic, 0, VPENDBASER + 4, 4, VALID >> 32);
    CHECK_EQ(vpendbaser(&b, 0), VALID | PENDING_LAST | VPT);
    set(&b, 0, FIRST);
    CHECK_EQ(vack(&b, 0), FIRST);
    gic_close(&b);
}

TEST(vgicr, the_vpe_table_is_kept_while_it_is_valid_GICR_VPROPBASER)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    const uint64_t before = dbell_gicr_read(&b.gic, 0, VPROPBASER, 8);
    dbell_gicr_write(&b.gic, 0, VPROPBASER, 8, VALID | 0x40000);
    CHECK_EQ(dbell_gicr_read(&b.gic, 0, VPROPBASER, 8), before);
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_RAZ_WI), 1);
    dbell_gicr_write(&b.gic, 0, VPROPBASER, 8, 0);
    CHECK_EQ(dbell_gicr_read(&b.gic, 0, VPROPBASER, 8), UINT64_C(3) << 59);
    gic_close(&b);
}

/* --- residency --- */

TEST(vlpi, of_a_resident_vpe_goes_to_its_virtual_interface_GICR_VPENDBASER)
{
    for (unsigned v = 0; v < 2; v++) {
        struct gic_bench b;
        REQUIRE(opened(&b, versions[v], 64));
        schedule(&b, 0, 2);
        CHECK(vpendbaser(&b, 0) & PENDING_LAST); /* RES1 when it comes */
        CHECK(ask(&b, DBELL_VLPI_SET, 2, FIRST + 7, BELL));
        CHECK(dbell_gic_pending_virtual(&b.gic, 0, FIRST + 7));
        CHECK(!dbell_gic_pending_virtual(&b.gic, 1, FIRST + 7));
        CHECK(!dbell_gic_pending_virtual(&b.gic, 9, FIRST + 7));
        CHECK(!in_vpt(&b, 2, FIRST + 7));
        CHECK_EQ(gic_ack(&b, 0), NONE); /* no doorbell, and no LPI */
        CHECK_EQ(vack(&b, 0), FIRST + 7);
        CHECK_EQ(vack(&b, 0), NONE);
        CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_VLPIS), 1);
        CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_LPIS), 0);
        gic_close(&b);
    }
}

TEST(vlpi, of_another_vpe_waits_in_its_table_5_1)
{
    for (unsigned v = 0; v < 2; v++) {
        struct gic_bench b;
        REQUIRE(opened(&b, versions[v], 64));
        schedule(&b, 0, 1);
        CHECK(set(&b, 2, FIRST + 7));
        CHECK(in_vpt(&b, 2, FIRST + 7));
        CHECK_EQ(vack(&b, 0), NONE);
        CHECK(!deschedule(&b, 0, 0));
        schedule(&b, 0, 2);
        CHECK(!in_vpt(&b, 2, FIRST + 7)); /* it is held now */
        CHECK_EQ(vack(&b, 0), FIRST + 7);
        gic_close(&b);
    }
}

/* INTIDs that are none: below 8192, and beyond what the table has. */
TEST(vlpi, intids_are_bounded_by_the_table_GICR_VPROPBASER)
{
    for (unsigned v = 0; v < 2; v++) {
        struct gic_bench b;
        REQUIRE(opened(&b, versions[v], 64));
        for (unsigned resident = 0; resident < 2; resident++) {
            b.writes = 0;
            CHECK(!set(&b, 2, FIRST - 1));
            CHECK(!set(&b, 2, GIC_LPIS));
            CHECK(!ask(&b, DBELL_VLPI_CLEAR, 2, FIRST - 1, 0) || b.writes == 0);
            CHECK_EQ(b.writes, 0);
            CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_LPIS_IGNORED), 2 * (resident + 1));
            CHECK(set(&b, 2, GIC_LPIS - 1));
            schedule(&b, 0, 2);
        }
        gic_close(&b);
    }
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_0, 64));
    dbell_gicr_write(&b.gic, 0, VPROPBASER, 8, VCONF | 12); /* fewer than 14 bits: none */
    schedule(&b, 0, 2);
    CHECK(!set(&b, 2, FIRST));
    deschedule(&b, 0, 0);
    dbell_gicr_write(&b.gic, 0, VPROPBASER, 8, VCONF | 31); /* as many as there are: 16 bits */
    schedule(&b, 0, 2);
    CHECK(set(&b, 2, 65535));
    CHECK(!set(&b, 2, 65536));
    gic_close(&b);
}

TEST(vlpi, leaving_takes_the_state_to_memory_and_tells_of_what_is_enabled_GICR_VPENDBASER)
{
    static const struct {
        uint8_t configuration;
        bool set, last;
    } cases[] = {{0xa3, true, true}, {0xa2, true, false}, {0xa3, false, false}};
    for (unsigned v = 0; v < 2; v++)
        for (unsigned i = 0; i < 3; i++) {
            struct gic_bench b;
            REQUIRE(opened(&b, versions[v], 64));
            b.memory[VCONF + 7] = cases[i].configuration;
            schedule(&b, 0, 2);
            if (cases[i].set)
                set(&b, 2, FIRST + 7);
            CHECK_EQ(deschedule(&b, 0, 0), cases[i].last);
            CHECK_EQ(vpendbaser(&b, 0) & (VALID | DIRTY), 0);
            CHECK_EQ(in_vpt(&b, 2, FIRST + 7), cases[i].set);
            CHECK_EQ(vack(&b, 0), NONE);
            schedule(&b, 0, 2);
            CHECK_EQ(dbell_gic_pending_virtual(&b.gic, 0, FIRST + 7), cases[i].set);
            CHECK_EQ(vack(&b, 0), cases[i].last ? FIRST + 7 : NONE);
            gic_close(&b);
        }
}

/* GICv4.0: only where it is mapped to; GICv4.1: at any redistributor. */
TEST(vlpi, where_a_vpe_is_found_GICR_VPENDBASER)
{
    for (unsigned v = 0; v < 2; v++) {
        struct gic_bench b;
        REQUIRE(opened(&b, versions[v], 64));
        schedule(&b, 1, 2);
        set(&b, 2, FIRST);
        CHECK_EQ(vack(&b, 1), versions[v] == DBELL_GICV4_1 ? FIRST : NONE);
        CHECK_EQ(in_vpt(&b, 2, FIRST), versions[v] == DBELL_GICV4_0);
        gic_close(&b);
    }
}

TEST(vlpi, of_equal_priority_the_lower_intid_is_first_5_1)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_0, 64));
    b.memory[VCONF + 9] = 0x43;
    schedule(&b, 0, 0);
    set(&b, 0, FIRST + 8);
    set(&b, 0, FIRST + 3);
    set(&b, 0, FIRST + 9);
    CHECK_EQ(vack(&b, 0), FIRST + 9);
    CHECK_EQ(vack(&b, 0), FIRST + 3);
    CHECK_EQ(vack(&b, 0), FIRST + 8);
    gic_close(&b);
}

TEST(vlpi, a_sleeping_pe_takes_nothing_GICR_WAKER)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_0, 64));
    schedule(&b, 0, 0);
    set(&b, 0, FIRST);
    dbell_gicr_write(&b.gic, 0, 0x14, 4, 2);
    CHECK_EQ(vack(&b, 0), NONE);
    dbell_gicr_write(&b.gic, 0, 0x14, 4, 0);
    CHECK_EQ(vack(&b, 0), FIRST);
    gic_close(&b);
}

TEST(vgicr, vpendbaser_changes_by_valid_only_GICR_VPENDBASER)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    schedule(&b, 0, 1);
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_RAZ_WI), 0);
    schedule(&b, 0, 2); /* while it is valid: ignored */
    CHECK_EQ(vpendbaser(&b, 0), VALID | GROUPS | PENDING_LAST | 1);
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_RAZ_WI), 1);
    set(&b, 1, FIRST);
    CHECK_EQ(vack(&b, 0), FIRST);
    dbell_gicr_write(&b.gic, 0, VPENDBASER, 8, 3); /* it leaves as what it is */
    CHECK_EQ(vpendbaser(&b, 0), GROUPS | 1);
    dbell_gicr_write(&b.gic, 0, VPENDBASER, 8, 3);
    CHECK_EQ(vpendbaser(&b, 0), 3);
    gic_close(&b);
}

/* GICv4.1: a vPE that is not mapped, or not here, is not resident; nothing leaves then. */
TEST(vgicr, only_a_vpe_that_is_mapped_becomes_resident_GICR_VPENDBASER)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    schedule(&b, 0, VPES); /* in the table, and not valid */
    CHECK(!dbell_gic_pending_virtual(&b.gic, 0, FIRST));
    CHECK_EQ(vack(&b, 0), NONE);
    CHECK(vpendbaser(&b, 0) & VALID);
    CHECK(!deschedule(&b, 0, DOORBELL));
    schedule(&b, 0, 2048); /* beyond the table of 64 KB */
    CHECK_EQ(vack(&b, 0), NONE);
    deschedule(&b, 0, 0);
    schedule(&b, 0, 2);
    schedule(&b, 1, 2); /* it is at CPU 0 */
    set(&b, 2, FIRST);
    CHECK_EQ(vack(&b, 1), NONE);
    CHECK_EQ(vack(&b, 0), FIRST);
    deschedule(&b, 0, 0);
    set(&b, 2, FIRST + 5); /* it is nowhere now */
    CHECK(in_vpt(&b, 2, FIRST + 5));
    deschedule(&b, 1, 0);
    memcpy(b.memory, b.memory + TABLE + 64, 32); /* at address 0 there is no entry */
    schedule(&b, 1, 2048);
    set(&b, 2, FIRST + 6);
    CHECK(in_vpt(&b, 2, FIRST + 6) && !dbell_gic_pending_virtual(&b.gic, 1, FIRST + 6));
    dbell_gicr_write(&b.gic, 2, VPROPBASER, 8, 0);
    dbell_gicr_write(&b.gic, 2, VPROPBASER, 8, UINT64_C(2) << 53 | TABLE); /* not valid */
    schedule(&b, 2, 3);
    set(&b, 3, FIRST);
    CHECK(in_vpt(&b, 3, FIRST));
    gic_close(&b);
}

TEST(vgicr, the_vpe_table_may_have_two_levels_GICR_VPROPBASER)
{
    enum { LEVEL1 = 0x31000, PAGE = 0x33000 };
    struct gic_bench b;
    struct dbell_vpe of = vpe(1);
    of.vpeid = 2 * 128 + 3; /* 4 KB: 128 a page */
    const struct dbell_lpi_request map = {.kind = DBELL_VPE_MAP, .vpe = &of};
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    dbell_gicr_write(&b.gic, 0, VPROPBASER, 8, 0);
    dbell_gicr_write(&b.gic, 0, VPROPBASER, 8, VALID | UINT64_C(1) << 55 | LEVEL1);
    b.memory[LEVEL1 + 16 + 1] = PAGE >> 8 & 0xff;
    b.memory[LEVEL1 + 16 + 2] = PAGE >> 16;
    b.memory[LEVEL1 + 16 + 7] = 0x80;
    b.port.ask(b.port.ctx, &map, NULL);
    CHECK_EQ(b.memory[PAGE + 3 * 32 + 7], 0x80 | 13);
    CHECK_EQ(b.memory[PAGE + 3 * 32 + 8], (VPT + 0x10000) >> 16);
    CHECK_EQ(b.memory[PAGE + 3 * 32 + 16], VCONF >> 16);
    CHECK_EQ(b.memory[PAGE + 3 * 32 + 24], (BELL + 1) & 0xff);
    schedule(&b, 0, of.vpeid);
    set(&b, 1, FIRST); /* of vPE 1, which is another */
    CHECK_EQ(vack(&b, 0), NONE);
    deschedule(&b, 0, 0);
    schedule(&b, 0, of.vpeid);
    CHECK_EQ(vack(&b, 0), FIRST); /* but for the same table */
    deschedule(&b, 0, 0);
    b.writes = 0;
    of.vpeid = 3 * 128; /* level 1 is not valid */
    b.port.ask(b.port.ctx, &map, NULL);
    of.vpeid = 512 * 128; /* and has 512 entries */
    b.port.ask(b.port.ctx, &map, NULL);
    CHECK_EQ(b.writes, 0);
    gic_close(&b);
}

/* Tables of many pages, addresses of 52 bits, vPEIDs of 16. */
TEST(vgicr, every_bit_of_a_base_counts_GICR_VPROPBASER)
{
    struct gic_bench b;
    struct dbell_vpe of = vpe(1);
    of.vpeid = 1000;
    const struct dbell_lpi_request map = {.kind = DBELL_VPE_MAP, .vpe = &of};
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    for (unsigned size = 8; size < 128; size += 56) { /* 9 pages of 4 KB, and 65 */
        dbell_gicr_write(&b.gic, 0, VPROPBASER, 8, 0);
        dbell_gicr_write(&b.gic, 0, VPROPBASER, 8, VALID | TABLE | size);
        b.writes = 0;
        b.port.ask(b.port.ctx, &map, NULL);
        CHECK_EQ(b.writes, 1);
        CHECK_EQ(b.memory[TABLE + 1000 * 32 + 7], 0x80 | 13);
    }
    dbell_gicr_write(&b.gic, 0, VPROPBASER, 8, 0);
    dbell_gicr_write(&b.gic, 0, VPROPBASER, 8, VALID | UINT64_C(1) << 51 | TABLE | 7);
    schedule(&b, 0, 2);
    CHECK_EQ(b.last, (UINT64_C(1) << 51) + TABLE + 64);
    deschedule(&b, 0, 0);
    of.vpeid = 1023; /* the last of eight pages, and the first of none */
    dbell_gicr_write(&b.gic, 0, VPROPBASER, 8, 0);
    dbell_gicr_write(&b.gic, 0, VPROPBASER, 8, VALID | TABLE | 7);
    b.writes = 0;
    b.port.ask(b.port.ctx, &map, NULL);
    CHECK_EQ(b.writes, 1);
    of.vpeid = 1024;
    b.port.ask(b.port.ctx, &map, NULL);
    CHECK_EQ(b.writes, 1);
    gic_close(&b);
}

TEST(vgicr, every_bit_of_a_vpe_counts_GICR_VPENDBASER)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    schedule(&b, 0, 0x8002);
    set(&b, 2, FIRST);
    CHECK(in_vpt(&b, 2, FIRST));
    deschedule(&b, 0, 0);
    b.memory[VCONF + 1] = 0xa2;
    schedule(&b, 0, 3);
    set(&b, 3, FIRST + 1);
    b.memory[VCONF + 1] = 0xa3;
    dbell_gicr_write(&b.gic, 0, INVLPIR, 8, VALID | UINT64_C(0x8003) << 32 | (FIRST + 1));
    CHECK_EQ(vack(&b, 0), NONE);
    gic_close(&b);
    REQUIRE(opened(&b, DBELL_GICV4_0, 64));
    dbell_gicr_write(&b.gic, 0, VPENDBASER, 8, VALID | UINT64_C(1) << 51 | (VPT + 0x20000));
    set(&b, 2, FIRST);
    CHECK(in_vpt(&b, 2, FIRST));
    gic_close(&b);
}

/* --- doorbells --- */

TEST(doorbell, an_individual_one_rings_while_the_vpe_is_away_5_1)
{
    for (unsigned v = 0; v < 2; v++) {
        struct gic_bench b;
        REQUIRE(opened(&b, versions[v], 64));
        ask(&b, DBELL_VLPI_SET, 2, FIRST, BELL);
        CHECK_EQ(gic_ack(&b, 0), BELL);
        ask(&b, DBELL_VLPI_SET, 2, FIRST, BELL); /* again, though it was pending */
        CHECK_EQ(gic_ack(&b, 0), BELL);
        CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_DOORBELLS), 2);
        ask(&b, DBELL_VLPI_SET, 2, FIRST, NONE);
        CHECK_EQ(gic_ack(&b, 0), NONE);
        gic_lpis(&b, 0, false); /* discarded */
        ask(&b, DBELL_VLPI_SET, 2, FIRST + 1, BELL);
        gic_lpis(&b, 0, true);
        CHECK_EQ(gic_ack(&b, 0), NONE);
        CHECK(in_vpt(&b, 2, FIRST + 1));
        CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_DOORBELLS), 2);
        gic_close(&b);
    }
}

TEST(doorbell, the_default_one_rings_once_after_it_was_asked_for_GICR_VPENDBASER)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    set(&b, 2, FIRST);
    CHECK_EQ(gic_ack(&b, 0), NONE); /* never asked for */
    schedule(&b, 1, 2);
    CHECK_EQ(vack(&b, 1), FIRST);
    CHECK(!deschedule(&b, 1, DOORBELL));
    set(&b, 2, FIRST + 1);
    CHECK_EQ(gic_ack(&b, 1), NONE); /* at the redistributor that the vPE is mapped to */
    CHECK_EQ(gic_ack(&b, 0), BELL + 2);
    set(&b, 2, FIRST + 2);
    CHECK_EQ(gic_ack(&b, 0), NONE); /* once */
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_DOORBELLS), 1);
    gic_close(&b);
}

TEST(doorbell, the_default_one_needs_an_interrupt_that_is_enabled_GICR_VPENDBASER)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    b.memory[VCONF + 1] = 0xa2;
    schedule(&b, 0, 2);
    deschedule(&b, 0, DOORBELL);
    set(&b, 2, FIRST + 1);
    CHECK_EQ(gic_ack(&b, 0), NONE);
    set(&b, 2, FIRST);
    CHECK_EQ(gic_ack(&b, 0), BELL + 2);
    gic_close(&b);
}

TEST(doorbell, the_default_one_is_not_asked_for_in_vain_GICR_VPENDBASER)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    schedule(&b, 0, 2);
    set(&b, 2, FIRST);
    CHECK(deschedule(&b, 0, DOORBELL)); /* something is pending */
    set(&b, 2, FIRST + 1);
    CHECK_EQ(gic_ack(&b, 0), NONE);
    schedule(&b, 0, 1);
    deschedule(&b, 0, DOORBELL | PENDING_LAST); /* software does not want to know */
    set(&b, 1, FIRST);
    CHECK_EQ(gic_ack(&b, 0), NONE);
    schedule(&b, 0, 3);
    deschedule(&b, 0, 0);
    set(&b, 3, FIRST);
    CHECK_EQ(gic_ack(&b, 0), NONE);
    gic_close(&b);
}

TEST(doorbell, the_default_one_ends_when_the_vpe_is_resident_GICR_VPENDBASER)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    schedule(&b, 0, 2);
    deschedule(&b, 0, DOORBELL);
    set(&b, 2, FIRST);
    CHECK(dbell_gic_pending(&b.gic, 0, BELL + 2));
    schedule(&b, 1, 2);
    CHECK(!dbell_gic_pending(&b.gic, 0, BELL + 2));
    deschedule(&b, 1, 0);
    b.writes = 0;
    schedule(&b, 1, 2);    /* there is no request to take back */
    CHECK_EQ(b.writes, 1); /* vLPI 8192 is held again */
    CHECK_EQ(vack(&b, 1), FIRST);
    deschedule(&b, 1, DOORBELL);
    schedule(&b, 1, 2); /* the request ends with it */
    CHECK(!deschedule(&b, 1, 0));
    set(&b, 2, FIRST);
    CHECK_EQ(gic_ack(&b, 0), NONE);
    gic_close(&b);
}

TEST(doorbell, a_vpe_may_have_none_5_3_VMAPP)
{
    struct gic_bench b;
    struct dbell_vpe of = vpe(2);
    of.doorbell = NONE;
    const struct dbell_lpi_request map = {.kind = DBELL_VPE_MAP, .vpe = &of};
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    b.port.ask(b.port.ctx, &map, NULL);
    schedule(&b, 0, 2);
    deschedule(&b, 0, DOORBELL);
    set(&b, 2, FIRST);
    CHECK_EQ(gic_ack(&b, 0), NONE);
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_DOORBELLS), 0);
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_LPIS_IGNORED), 0);
    gic_close(&b);
}

TEST(doorbell, vmovp_sends_it_elsewhere_and_invdb_reads_its_byte_again_5_3)
{
    struct gic_bench b;
    struct dbell_vpe of = vpe(2);
    of.rdbase = 2;
    of.doorbell = BELL + 50;
    const struct dbell_lpi_request moved = {.kind = DBELL_VPE_MOVE, .vpe = &of};
    const struct dbell_lpi_request invdb = {.kind = DBELL_VPE_INVALIDATE, .vpe = &of};
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    b.port.ask(b.port.ctx, &moved, NULL);
    schedule(&b, 0, 2);
    deschedule(&b, 0, DOORBELL);
    *gic_byte(&b, BELL + 50) = 0xa2;
    set(&b, 2, FIRST); /* by an ITS that has not heard of it */
    CHECK_EQ(gic_ack(&b, 0), NONE);
    CHECK(dbell_gic_pending(&b.gic, 2, BELL + 50));
    CHECK_EQ(gic_ack(&b, 2), NONE);
    *gic_byte(&b, BELL + 50) = 0xa3;
    CHECK_EQ(gic_ack(&b, 2), NONE);
    b.port.ask(b.port.ctx, &invdb, NULL);
    CHECK_EQ(gic_ack(&b, 2), BELL + 50);
    gic_close(&b);
}

/* --- configuration --- */

TEST(vlpi, configuration_is_cached_until_it_is_invalidated_5_1_3)
{
    for (unsigned v = 0; v < 2; v++)
        for (unsigned all = 0; all < 2; all++) {
            struct gic_bench b;
            REQUIRE(opened(&b, versions[v], 64));
            schedule(&b, 0, 2);
            b.memory[VCONF + 1] = 0xa2;
            set(&b, 2, FIRST + 1);
            b.memory[VCONF + 1] = 0xa3;
            CHECK_EQ(vack(&b, 0), NONE);
            ask(&b, all ? DBELL_VLPI_INVALIDATE_ALL : DBELL_VLPI_INVALIDATE, 3, FIRST + 1, 0);
            CHECK_EQ(vack(&b, 0), NONE); /* another vPE's */
            ask(&b, all ? DBELL_VLPI_INVALIDATE_ALL : DBELL_VLPI_INVALIDATE, 2, FIRST + 1, 0);
            CHECK_EQ(vack(&b, 0), FIRST + 1);
            gic_close(&b);
        }
}

/* GICv4.1 knows the table of a vPE that is away. */
TEST(vlpi, what_is_cached_of_a_vpe_5_1_3)
{
    for (unsigned v = 0; v < 2; v++) {
        struct gic_bench b;
        REQUIRE(opened(&b, versions[v], 64));
        b.memory[VCONF + 1] = 0xa2;
        schedule(&b, 0, 2);
        set(&b, 2, FIRST + 1);
        deschedule(&b, 0, 0);
        b.memory[VCONF + 1] = 0xa3;
        schedule(&b, 0, 2);
        CHECK_EQ(vack(&b, 0), versions[v] == DBELL_GICV4_1 ? NONE : FIRST + 1);
        deschedule(&b, 0, 0);
        ask(&b, DBELL_VLPI_INVALIDATE, 2, FIRST + 1, 0); /* while it is away */
        schedule(&b, 0, 2);
        CHECK_EQ(vack(&b, 0), versions[v] == DBELL_GICV4_1 ? FIRST + 1 : NONE);
        gic_close(&b);
    }
}

/* GICv4.0 keeps nothing of a vPE that is away: nothing else is dropped either. */
TEST(vlpi, invalidation_is_of_vlpis_only_5_3)
{
    for (unsigned all = 0; all < 2; all++) {
        struct gic_bench b;
        REQUIRE(opened(&b, DBELL_GICV4_0, 64));
        *gic_byte(&b, FIRST) = 0xa2;
        gic_set(&b, 0, FIRST);
        *gic_byte(&b, FIRST) = 0xa3;
        ask(&b, all ? DBELL_VLPI_INVALIDATE_ALL : DBELL_VLPI_INVALIDATE, 2, FIRST, 0);
        gic_set(&b, 0, FIRST + 1);
        CHECK_EQ(gic_ack(&b, 0), FIRST + 1);
        b.reads = 0;
        gic_set(&b, 0, FIRST);
        gic_set(&b, 0, FIRST + 1);
        CHECK_EQ(b.reads, 0); /* both bytes are still known */
        gic_close(&b);
    }
}

TEST(vlpi, the_steps_of_one_that_waits_in_memory_are_told)
{
    struct gic_bench b;
    struct dbell_step steps[8];
    struct dbell_itinerary itinerary = {.steps = steps, .capacity = 8};
    const struct dbell_vpe of = vpe(2);
    const struct dbell_lpi_request request = {
        .kind = DBELL_VLPI_SET, .vpe = &of, .intid = FIRST, .doorbell = BELL};
    REQUIRE(opened(&b, DBELL_GICV4_0, 64));
    CHECK(b.port.ask(b.port.ctx, &request, &itinerary));
    REQUIRE(itinerary.count == 4); /* and those of its doorbell */
    CHECK_EQ(steps[0].object, DBELL_OBJECT_LPI_PENDING);
    CHECK_EQ(steps[0].address, VPT + 0x20000 + FIRST / 8);
    CHECK_EQ(steps[3].address, BELL);
    schedule(&b, 0, 2);
    struct dbell_lpi_request none = request; /* of the resident vPE, and no vLPI of it */
    none.intid = FIRST - 1;
    itinerary.count = 0;
    CHECK(!b.port.ask(b.port.ctx, &none, &itinerary));
    CHECK_EQ(itinerary.count, 0);
    gic_close(&b);
}

TEST(vgicr, invlpir_and_invallr_of_a_vpe_GICR_INVLPIR)
{
    for (unsigned all = 0; all < 2; all++) {
        struct gic_bench b;
        const uint64_t value =
            all ? VALID | UINT64_C(2) << 32 : VALID | UINT64_C(2) << 32 | (FIRST + 1);
        REQUIRE(opened(&b, DBELL_GICV4_1, 64));
        b.memory[VCONF + 1] = 0xa2;
        schedule(&b, 0, 2);
        set(&b, 2, FIRST + 1);
        b.memory[VCONF + 1] = 0xa3;
        dbell_gicr_write(&b.gic, 1, all ? INVALLR : INVLPIR, 8, value & ~VALID); /* physical */
        CHECK_EQ(vack(&b, 0), NONE);
        dbell_gicr_write(&b.gic, 1, all ? INVALLR : INVLPIR, 8, value + (UINT64_C(1) << 32));
        CHECK_EQ(vack(&b, 0), NONE); /* another's */
        dbell_gicr_write(&b.gic, 1, all ? INVALLR : INVLPIR, 8, value);
        CHECK_EQ(vack(&b, 0), FIRST + 1);
        gic_close(&b);
    }
}

/* --- moving, clearing, unmapping --- */

TEST(vlpi, clearing_and_moving_take_the_pending_state_along_5_3)
{
    for (unsigned v = 0; v < 2; v++)
        for (unsigned resident = 0; resident < 4; resident++) { /* vPE 1, and 2 */
            struct gic_bench b;
            REQUIRE(opened(&b, versions[v], 64));
            if (resident & 1)
                schedule(&b, 0, 1);
            set(&b, 1, FIRST);
            set(&b, 1, FIRST + 1);
            ask(&b, DBELL_VLPI_CLEAR, 1, FIRST, 0);
            ask(&b, DBELL_VLPI_CLEAR, 1, FIRST + 2, 0);
            if (resident & 1)
                deschedule(&b, 0, 0);
            if (resident & 2)
                schedule(&b, 0, 2);
            move(&b, 1, 2, FIRST, BELL);
            CHECK_EQ(gic_ack(&b, 0), NONE); /* it was not pending */
            move(&b, 1, 2, FIRST + 1, BELL);
            CHECK_EQ(gic_ack(&b, 0), resident & 2 ? NONE : BELL);
            CHECK(!in_vpt(&b, 1, FIRST) && !in_vpt(&b, 1, FIRST + 1));
            if (!(resident & 2))
                schedule(&b, 0, 2);
            CHECK_EQ(vack(&b, 0), FIRST + 1);
            CHECK_EQ(vack(&b, 0), NONE);
            gic_close(&b);
        }
}

TEST(vlpi, a_move_to_the_same_table_changes_nothing_5_3)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_0, 64));
    set(&b, 1, FIRST);
    move(&b, 1, 1, FIRST, BELL);
    CHECK(in_vpt(&b, 1, FIRST));
    CHECK_EQ(gic_ack(&b, 0), NONE);
    gic_close(&b);
}

TEST(vlpi, unmapping_a_vpe_leaves_its_state_in_memory_5_3_VMAPP)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    ask(&b, DBELL_VSGI_SET, 2, 5, 0);
    schedule(&b, 1, 2);
    set(&b, 2, FIRST);
    ask(&b, DBELL_VPE_UNMAP, 2, 0, 0);
    CHECK(in_vpt(&b, 2, FIRST));
    CHECK(in_vpt(&b, 2, 5));
    CHECK_EQ(vack(&b, 1), NONE);
    for (unsigned i = 0; i < 32; i++)
        CHECK_EQ(b.memory[TABLE + 64 + i], 0);
    CHECK(!deschedule(&b, 1, DOORBELL));
    schedule(&b, 1, 2);
    CHECK(!dbell_gic_pending_virtual(&b.gic, 1, FIRST));
    deschedule(&b, 1, 0);
    ask(&b, DBELL_VPE_MAP, 2, 0, 0);
    schedule(&b, 1, 2);
    CHECK(dbell_gic_pending_virtual(&b.gic, 1, FIRST));
    CHECK(dbell_gic_pending_virtual(&b.gic, 1, 5));
    gic_close(&b);
}

TEST(vlpi, gicv3_has_no_vpes)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    CHECK(!set(&b, 1, FIRST));
    CHECK(!ask(&b, DBELL_VPE_MEET, 0, 0, 0));
    dbell_gicr_write(&b.gic, 0, VPENDBASER, 8, VALID | VPT);
    CHECK_EQ(vpendbaser(&b, 0), 0);
    CHECK_EQ(vack(&b, 0), NONE);
    gic_close(&b);
}

/* GICv4.0 knows nothing of vSGIs and of allocation. */
TEST(vlpi, gicv4_0_has_neither_table_nor_vsgis)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_0, 64));
    b.writes = 0;
    CHECK(!ask(&b, DBELL_VPE_MAP, 1, 0, 0));
    CHECK(!ask(&b, DBELL_VSGI_SET, 1, 1, 0));
    dbell_gicr_write(&b.gic, 0, VSGIR, 4, 1);
    CHECK_EQ(dbell_gicr_read(&b.gic, 0, VSGIPENDR, 4), 0);
    CHECK_EQ(b.writes, 0);
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_RAZ_WI), 2);
    gic_close(&b);
}

/* An ITS that does not ask first. */
TEST(vlpi, vpes_of_no_redistributor_and_of_no_mapping_change_nothing)
{
    struct gic_bench b;
    struct dbell_vpe of = vpe(1);
    struct dbell_lpi_request request = {.kind = DBELL_VPE_MAP, .vpe = &of};
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    of.rdbase = GIC_CPUS;
    b.writes = b.reads = 0;
    b.port.ask(b.port.ctx, &request, NULL);
    request.kind = DBELL_VPE_MOVE;
    b.port.ask(b.port.ctx, &request, NULL);
    CHECK_EQ(b.reads + b.writes, 0);
    of = vpe(VPES); /* in the table, and not valid */
    b.port.ask(b.port.ctx, &request, NULL);
    CHECK_EQ(b.writes, 0);
    gic_close(&b);
}

/* --- vSGIs --- */

static void configure(struct gic_bench *b, uint32_t id, uint32_t vintid, uint8_t configuration)
{
    const struct dbell_vpe of = vpe(id);
    const struct dbell_lpi_request request = {
        .kind = DBELL_VSGI_CONFIGURE, .vpe = &of, .intid = vintid, .configuration = configuration};
    b->port.ask(b->port.ctx, &request, NULL);
}

/* Priority 0xb0 Group 1, 0x40 Group 1, 0x20 Group 0, 0x10 disabled; vLPI 8192 has 0xa0. */
TEST(vsgi, priority_group_and_enable_decide_GITS_SGIR)
{
    for (unsigned when = 0; when < 2; when++) { /* resident from the start, or at the end */
        struct gic_bench b;
        REQUIRE(opened(&b, DBELL_GICV4_1, 64));
        if (!when)
            schedule(&b, 0, 2);
        configure(&b, 2, 15, 0xb3);
        configure(&b, 2, 0, 0x43);
        configure(&b, 2, 7, 0x21);
        configure(&b, 2, 3, 0x12);
        for (uint32_t i = 0; i < 16; i++)
            ask(&b, DBELL_VSGI_SET, 2, i, 0);
        ask(&b, DBELL_VSGI_CLEAR, 2, 0, 0);
        ask(&b, DBELL_VSGI_SET, 2, 0, 0);
        ask(&b, DBELL_VSGI_CLEAR, 2, 9, 0);
        set(&b, 2, FIRST);
        if (when)
            schedule(&b, 0, 2);
        CHECK(dbell_gic_pending_virtual(&b.gic, 0, 3));
        CHECK(!dbell_gic_pending_virtual(&b.gic, 0, 9));
        CHECK_EQ(dbell_gic_acknowledge_virtual(&b.gic, 0, 0), 7);
        CHECK_EQ(dbell_gic_acknowledge_virtual(&b.gic, 0, 0), NONE);
        CHECK_EQ(vack(&b, 0), 0);
        CHECK_EQ(vack(&b, 0), FIRST);
        CHECK_EQ(vack(&b, 0), 15);
        CHECK_EQ(vack(&b, 0), NONE);
        configure(&b, 2, 3, 0x13); /* enabled now, and still pending */
        CHECK_EQ(vack(&b, 0), 3);
        gic_close(&b);
    }
}

TEST(vsgi, groups_that_vpendbaser_holds_back_GICR_VPENDBASER)
{
    for (unsigned groups = 0; groups < 4; groups++) {
        struct gic_bench b;
        REQUIRE(opened(&b, DBELL_GICV4_1, 64));
        configure(&b, 2, 1, 0x43);
        configure(&b, 2, 2, 0x41);
        dbell_gicr_write(&b.gic, 0, VPENDBASER, 8, VALID | (uint64_t)groups << 58 | 2);
        ask(&b, DBELL_VSGI_SET, 2, 1, 0);
        ask(&b, DBELL_VSGI_SET, 2, 2, 0);
        CHECK_EQ(vack(&b, 0), groups & 1 ? 1 : NONE);
        CHECK_EQ(dbell_gic_acknowledge_virtual(&b.gic, 0, 0), groups & 2 ? 2 : NONE);
        gic_close(&b);
    }
}

TEST(vsgi, vsgir_tells_what_is_pending_GICR_VSGIR)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    b.memory[0] = 0xff; /* where the table of no vPE would be */
    ask(&b, DBELL_VSGI_SET, 1, 15, 0);
    ask(&b, DBELL_VSGI_SET, 1, 4, 0);
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_VLPIS), 2);
    ask(&b, DBELL_VSGI_CLEAR, 1, 3, 0);
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_VLPIS), 2);
    schedule(&b, 2, 3);
    ask(&b, DBELL_VSGI_SET, 3, 0, 0);
    static const struct {
        uint32_t vpeid, pending;
    } cases[] = {{1, 0x8010}, {3, 1}, {0, 0}, {VPES, 0}, {5000, 0}};
    for (unsigned i = 0; i < 5; i++) {
        dbell_gicr_write(&b.gic, 0, VSGIR, 4, cases[i].vpeid | 0xffff0000);
        CHECK_EQ(dbell_gicr_read(&b.gic, 0, VSGIPENDR, 4), cases[i].pending);
        CHECK_EQ(dbell_gicr_read(&b.gic, 1, VSGIPENDR, 4), 0);
    }
    CHECK_EQ(b.memory[VPT + 0x10000], 0x10);
    CHECK_EQ(b.memory[VPT + 0x10001], 0x80);
    gic_close(&b);
}

TEST(vsgi, rings_the_default_doorbell_when_it_is_enabled_GITS_SGIR)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    configure(&b, 2, 5, 0x43);
    schedule(&b, 0, 2);
    CHECK(!deschedule(&b, 0, DOORBELL));
    ask(&b, DBELL_VSGI_SET, 2, 4, 0); /* disabled */
    CHECK_EQ(gic_ack(&b, 0), NONE);
    ask(&b, DBELL_VSGI_CLEAR, 2, 5, 0);
    CHECK_EQ(gic_ack(&b, 0), NONE);
    ask(&b, DBELL_VSGI_SET, 2, 5, 0);
    CHECK_EQ(gic_ack(&b, 0), BELL + 2);
    schedule(&b, 0, 2);
    CHECK(deschedule(&b, 0, DOORBELL)); /* it is still pending, and enabled */
    schedule(&b, 0, 2);
    CHECK_EQ(vack(&b, 0), 5);
    CHECK(!deschedule(&b, 0, 0)); /* what is left is disabled */
    gic_close(&b);
}

/* --- VMOVP with a list of ITSes --- */

static bool meet(struct gic_bench *b, uint8_t number, uint16_t list, uint16_t sequence)
{
    const struct dbell_lpi_request request = {
        .kind = DBELL_VPE_MEET, .its_number = number, .its_list = list, .sequence = sequence};
    return b->port.ask(b->port.ctx, &request, NULL);
}

TEST(vmovp, the_last_its_to_come_lets_the_others_go_on_5_3)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_0, 64));
    CHECK(meet(&b, 3, 1 << 3, 1)); /* alone */
    CHECK(!meet(&b, 0, 0x8003, 7));
    CHECK(!meet(&b, 15, 0x8003, 7));
    CHECK(!meet(&b, 0, 0x8003, 7));
    CHECK(!meet(&b, 1, 0x8003, 8)); /* another command */
    CHECK(!meet(&b, 0, 0x8003, 7));
    CHECK(meet(&b, 1, 0x8003, 7));
    CHECK(meet(&b, 15, 0x8003, 7));
    CHECK(meet(&b, 0, 0x8003, 7));
    CHECK(!meet(&b, 0, 0x8003, 7)); /* the number may be used again */
    CHECK(!meet(&b, 1, 0x8003, 7));
    CHECK(meet(&b, 15, 0x8003, 7));
    gic_close(&b);
}

/* --- what happens while memory is waited for --- */

static uint64_t seen;

static void set_while_it_comes(struct gic_bench *b)
{
    seen = vpendbaser(b, 0);
    set(b, 2, FIRST);        /* in a word that has been read */
    set(b, 2, GIC_LPIS - 1); /* and in one that has not */
    schedule(b, 0, 3);       /* Dirty: ignored */
    deschedule(b, 0, 0);
}

TEST(vlpi_between, nothing_is_lost_while_a_vpe_comes_GICR_VPENDBASER)
{
    for (unsigned v = 0; v < 2; v++) {
        struct gic_bench b;
        REQUIRE(opened(&b, versions[v], 64));
        set(&b, 2, FIRST + 64 * 8);
        gic_during(&b, VPT + 0x20000 + (FIRST + 64 * 4) / 8, set_while_it_comes);
        schedule(&b, 0, 2);
        CHECK(!b.meanwhile);
        CHECK_EQ(seen & (VALID | DIRTY), VALID | DIRTY);
        CHECK_EQ(vpendbaser(&b, 0) & (VALID | DIRTY), VALID);
        CHECK_EQ(vack(&b, 0), FIRST);
        CHECK_EQ(vack(&b, 0), FIRST + 64 * 8);
        CHECK_EQ(vack(&b, 0), GIC_LPIS - 1);
        CHECK_EQ(vack(&b, 0), NONE);
        gic_close(&b);
    }
}

static void set_while_it_leaves(struct gic_bench *b)
{
    seen = vpendbaser(b, 0);
    set(b, 2, FIRST);
    set(b, 2, FIRST + 5);
}

TEST(vlpi_between, nothing_is_lost_while_a_vpe_leaves_GICR_VPENDBASER)
{
    for (unsigned v = 0; v < 2; v++) {
        struct gic_bench b;
        REQUIRE(opened(&b, versions[v], 64));
        b.memory[VCONF + 5] = 0xa2;
        schedule(&b, 0, 2);
        set(&b, 2, FIRST + 5);
        gic_during(&b, VPT + 0x20000 + FIRST / 8, set_while_it_leaves);
        CHECK(deschedule(&b, 0, DOORBELL)); /* not pending and enabled when it began */
        CHECK(!b.meanwhile);
        CHECK_EQ(seen & (VALID | DIRTY), DIRTY);
        CHECK_EQ(gic_ack(&b, 0), NONE);
        CHECK(in_vpt(&b, 2, FIRST));
        CHECK(in_vpt(&b, 2, FIRST + 5));
        gic_close(&b);
    }
}

static void set_at_the_last_moment(struct gic_bench *b)
{
    set(b, 2, FIRST + 3);
}

/* Software is told by PendingLast, or by the doorbell, whenever a vLPI comes. */
TEST(vlpi_between, what_comes_while_a_doorbell_is_asked_for_is_told_GICR_VPENDBASER)
{
    static const uint32_t places[] = {TABLE + 64, TABLE + 64, VPT + 0x20000, VPT + 0x20000 + 16};
    for (unsigned i = 0; i < 4; i++) {
        struct gic_bench b;
        REQUIRE(opened(&b, DBELL_GICV4_1, 64));
        schedule(&b, 0, 2);
        ask(&b, DBELL_VSGI_SET, 2, 4, 0); /* disabled; its byte is written when it leaves */
        gic_during(&b, places[i], set_at_the_last_moment);
        const bool last = deschedule(&b, 0, DOORBELL);
        CHECK(!b.meanwhile);
        const bool rung = gic_ack(&b, 0) == BELL + 2;
        CHECK(last || rung);
        CHECK(in_vpt(&b, 2, FIRST + 3));
        set(&b, 2, FIRST + 4);
        CHECK_EQ(gic_ack(&b, 0), NONE); /* once at most */
        gic_close(&b);
    }
}

static void come_and_look(struct gic_bench *b)
{
    schedule(b, 0, 2);
    seen = vpendbaser(b, 0);
    CHECK_EQ(vack(b, 0), NONE);
}

/* A vPE that is scheduled while an MSI writes to its table comes when that is done. */
TEST(vlpi_between, a_vpe_waits_for_what_is_being_written_to_its_table_GICR_VPENDBASER)
{
    for (unsigned v = 0; v < 2; v++) {
        struct gic_bench b;
        REQUIRE(opened(&b, versions[v], 64));
        gic_during(&b, VPT + 0x20000 + FIRST / 8, come_and_look);
        CHECK(set(&b, 2, FIRST));
        CHECK(!b.meanwhile);
        CHECK_EQ(seen & (VALID | DIRTY), VALID | DIRTY);
        CHECK_EQ(vpendbaser(&b, 0) & (VALID | DIRTY), VALID);
        CHECK_EQ(vack(&b, 0), FIRST);
        gic_close(&b);
    }
}

static void leave_and_look(struct gic_bench *b)
{
    dbell_gicr_write(&b->gic, 0, VPENDBASER, 8, 0);
    seen = vpendbaser(b, 0);
}

/* And one that is descheduled while its vLPI's byte is being read leaves with that vLPI. */
TEST(vlpi_between, a_vpe_leaves_with_what_is_under_way_GICR_VPENDBASER)
{
    for (unsigned v = 0; v < 2; v++) {
        struct gic_bench b;
        REQUIRE(opened(&b, versions[v], 64));
        schedule(&b, 0, 2);
        gic_during(&b, VCONF, leave_and_look);
        CHECK(set(&b, 2, FIRST));
        CHECK_EQ(seen & (VALID | DIRTY), DIRTY);
        CHECK_EQ(vpendbaser(&b, 0) & (VALID | DIRTY | PENDING_LAST), PENDING_LAST);
        CHECK(in_vpt(&b, 2, FIRST));
        gic_close(&b);
    }
}

TEST(vlpi_between, a_vpe_that_waits_changes_no_other_redistributor_GICR_VPENDBASER)
{
    for (unsigned v = 0; v < 2; v++) {
        struct gic_bench b;
        REQUIRE(opened(&b, versions[v], 64));
        schedule(&b, 1, 3);
        set(&b, 3, FIRST);
        if (versions[v] == DBELL_GICV4_0) /* it is not at the CPU that it is mapped to */
            memcpy(b.memory + VPT + 0x30000, b.memory + VPT, 0x10000);
        const bool last = deschedule(&b, 1, 0);
        CHECK_EQ(last, versions[v] == DBELL_GICV4_1);
        gic_during(&b, VPT + 0x20000 + FIRST / 8, come_and_look);
        CHECK(set(&b, 2, FIRST));
        CHECK_EQ(vpendbaser(&b, 1) & PENDING_LAST, last ? PENDING_LAST : 0);
        gic_close(&b);
    }
}

static void unmap_it(struct gic_bench *b)
{
    ask(b, DBELL_VPE_UNMAP, 2, 0, 0);
}

TEST(vlpi_between, a_vpe_may_be_unmapped_while_it_comes_or_leaves_5_3_VMAPP)
{
    for (unsigned leaving = 0; leaving < 2; leaving++) {
        struct gic_bench b;
        REQUIRE(opened(&b, DBELL_GICV4_1, 64));
        set(&b, 2, FIRST);
        set(&b, 2, FIRST + 64);
        if (leaving)
            schedule(&b, 0, 2);
        gic_during(&b, VPT + 0x20000 + FIRST / 8, unmap_it);
        if (leaving)
            deschedule(&b, 0, 0);
        else
            schedule(&b, 0, 2);
        CHECK(!b.meanwhile);
        CHECK_EQ(vpendbaser(&b, 0) & DIRTY, 0);
        CHECK_EQ(vack(&b, 0), NONE);
        CHECK(in_vpt(&b, 2, FIRST) && in_vpt(&b, 2, FIRST + 64));
        gic_close(&b);
    }
}

static void set_the_neighbour(struct gic_bench *b)
{
    set(b, 2, FIRST + 1);
}

TEST(vlpi_between, two_writes_to_one_word_keep_both_bits_5_1)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_0, 64));
    gic_during(&b, VPT + 0x20000 + FIRST / 8, set_the_neighbour);
    set(&b, 2, FIRST);
    CHECK(in_vpt(&b, 2, FIRST) && in_vpt(&b, 2, FIRST + 1));
    gic_close(&b);
}

static void set_a_vsgi(struct gic_bench *b)
{
    ask(b, DBELL_VSGI_SET, 2, 6, 0);
}

TEST(vlpi_between, no_vsgi_is_lost_while_a_vpe_comes_and_leaves_GICR_VPENDBASER)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    configure(&b, 2, 6, 0x43);
    gic_during(&b, VPT + 0x20000, set_a_vsgi);
    schedule(&b, 0, 2);
    CHECK_EQ(vack(&b, 0), 6);
    gic_during(&b, VPT + 0x20000 + 16, set_a_vsgi);
    CHECK(deschedule(&b, 0, DOORBELL));
    CHECK(in_vpt(&b, 2, 6));
    gic_close(&b);
}

static void reset_it(struct gic_bench *b)
{
    dbell_gic_reset(&b->gic);
}

TEST(vlpi_between, a_reset_ends_what_is_under_way)
{
    static const uint32_t addresses[] = {TABLE + 64, VPT + 0x20000, VPT + 0x20000 + FIRST / 8,
                                         VPT + 0x20000 + 16, VCONF + 1};
    for (unsigned v = 0; v < 2; v++)
        for (unsigned i = 0; i < 5; i++)
            for (unsigned leaving = 0; leaving < 2; leaving++) {
                struct gic_bench b;
                REQUIRE(opened(&b, versions[v], 64));
                set(&b, 2, FIRST + 1);
                if (leaving)
                    schedule(&b, 0, 2);
                dbell_gicr_write(&b.gic, 0, INVALLR, 8, VALID | UINT64_C(2) << 32);
                gic_during(&b, addresses[i], reset_it);
                if (leaving)
                    deschedule(&b, 0, DOORBELL);
                else
                    schedule(&b, 0, 2);
                if (b.meanwhile) { /* not read on this way */
                    gic_close(&b);
                    continue;
                }
                CHECK_EQ(vpendbaser(&b, 0), 0);
                CHECK_EQ(vack(&b, 0), NONE);
                CHECK(!dbell_gic_pending_virtual(&b.gic, 0, FIRST + 1));
                gic_close(&b);
            }
}

TEST(vlpi, pending_state_can_be_put_into_memory_for_a_snapshot)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    schedule(&b, 0, 2);
    set(&b, 2, FIRST);
    dbell_gic_write_pending(&b.gic);
    CHECK(in_vpt(&b, 2, FIRST));
    CHECK_EQ(vack(&b, 0), FIRST);
    CHECK(!in_vpt(&b, 2, FIRST));
    gic_close(&b);
}

/* --- memory that refuses --- */

TEST(vlpi, what_cannot_be_read_is_not_there)
{
    struct gic_bench b;
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    b.abort_at = TABLE + 64; /* its entry */
    schedule(&b, 0, 2);
    set(&b, 2, FIRST);
    CHECK_EQ(vack(&b, 0), NONE);
    CHECK(in_vpt(&b, 2, FIRST));
    deschedule(&b, 0, 0);
    b.abort_at = VPT + 0x20000; /* its vSGIs */
    schedule(&b, 0, 2);
    CHECK_EQ(vack(&b, 0), FIRST);
    CHECK(!dbell_gic_pending_virtual(&b.gic, 0, 1));
    gic_close(&b);
    REQUIRE(opened(&b, DBELL_GICV4_1, 64));
    dbell_gicr_write(&b.gic, 0, VPROPBASER, 8, 0);
    dbell_gicr_write(&b.gic, 0, VPROPBASER, 8, VALID | UINT64_C(1) << 55 | 0x3f000);
    b.abort_at = 0x3f000; /* level 1 */
    schedule(&b, 0, 2);
    set(&b, 2, FIRST);
    CHECK(in_vpt(&b, 2, FIRST));
    gic_close(&b);
}

/* --- against a plain model --- */

enum { SOME = 40, CPUS = GIC_CPUS };

struct model {
    int at[CPUS]; /* vPE, or -1 */
    bool pending[VPES][SOME], requested[VPES], rung[VPES];
    uint8_t byte[SOME];
};

static bool away(const struct model *m, uint32_t id)
{
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        if (m->at[cpu] == (int)id)
            return false;
    return true;
}

static uint32_t expected(const struct model *m, unsigned cpu)
{
    uint32_t best = NONE;
    for (uint32_t i = 0; m->at[cpu] >= 0 && i < SOME; i++)
        if (m->pending[m->at[cpu]][i] && m->byte[i] & 1 &&
            (best == NONE || (m->byte[i] & 0xfc) < (m->byte[(best - FIRST) / 64] & 0xfc)))
            best = FIRST + 64 * i;
    return best;
}

static void arrive(struct model *m, uint32_t id, uint32_t i)
{
    m->pending[id][i] = true;
    if (away(m, id) && m->requested[id] && m->byte[i] & 1) {
        m->requested[id] = false;
        m->rung[id] = true;
    }
}

static void step(struct gic_bench *b, struct model *m, uint64_t r)
{
    const uint32_t id = (uint32_t)(r >> 8) % VPES, to = (uint32_t)(r >> 12) % VPES;
    const unsigned cpu = (unsigned)(r >> 16) % CPUS;
    const uint32_t i = (uint32_t)(r >> 24) % SOME, intid = FIRST + 64 * i;
    switch (r % 8) {
    case 0:
        if (m->at[cpu] >= 0 || !away(m, id))
            break;
        schedule(b, cpu, id);
        m->at[cpu] = (int)id;
        m->requested[id] = m->rung[id] = false;
        break;
    case 1: {
        if (m->at[cpu] < 0)
            break;
        const bool ready = expected(m, cpu) != NONE;
        const uint64_t how = r >> 40 & 1 ? DOORBELL : 0;
        CHECK_EQ(deschedule(b, cpu, how), ready);
        m->requested[m->at[cpu]] = how && !ready;
        m->at[cpu] = -1;
        break;
    }
    case 2:
        m->byte[i] = b->memory[VCONF + 64 * i] = (uint8_t)(r >> 32);
        for (uint32_t n = 0; n < VPES; n++)
            ask(b, r & 256 ? DBELL_VLPI_INVALIDATE : DBELL_VLPI_INVALIDATE_ALL, n, intid, 0);
        break;
    case 3:
        ask(b, DBELL_VLPI_CLEAR, id, intid, 0);
        m->pending[id][i] = false;
        break;
    case 4:
        move(b, id, to, intid, NONE);
        if (id != to && m->pending[id][i]) {
            m->pending[id][i] = false;
            arrive(m, to, i);
        }
        break;
    case 5: {
        const uint32_t want = expected(m, cpu);
        CHECK_EQ(vack(b, cpu), want);
        if (want != NONE)
            m->pending[m->at[cpu]][(want - FIRST) / 64] = false;
        break;
    }
    default:
        set(b, id, intid);
        arrive(m, id, i);
        break;
    }
    for (uint32_t n = 0; n < VPES; n++)
        CHECK_EQ(dbell_gic_pending(&b->gic, 0, BELL + n), m->rung[n]);
}

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed * UINT64_C(0x2545f4914f6cdd1d);
}

TEST(vlpi_random, the_same_vlpis_and_doorbells_with_any_number_held_5_1)
{
    static const uint32_t sizes[] = {1, 3, 16, 1024};
    for (unsigned s = 0; s < 4; s++) {
        struct gic_bench b;
        struct model m = {.at = {-1, -1, -1}};
        uint64_t seed = 77 + s;
        REQUIRE(opened(&b, DBELL_GICV4_1, sizes[s]));
        memset(m.byte, 0xa3, sizeof m.byte);
        for (unsigned n = 0; n < 4000; n++)
            step(&b, &m, next(&seed));
        for (uint32_t id = 0; id < VPES; id++)
            for (uint32_t i = 0; away(&m, id) && i < SOME; i++)
                CHECK_EQ(in_vpt(&b, id, FIRST + 64 * i), m.pending[id][i]);
        gic_close(&b);
    }
}
