/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Hardware updates of descriptors, and what comes between read and update (IHI 0070 3.13). */
#include <string.h>

#include "dbell_test.h"
#include "solo.h"

enum { SID = 3, VA = 0x1000, IPA = 0x5000 };
#define PA   UINT64_C(0x60000000)
#define PA2  UINT64_C(0x60010000)
#define ADDR UINT64_C(0x000ffffffffffff8) /* of a FetchAddr */

/* Memory that watches one descriptor. */
struct memory {
    struct solo solo;
    uint64_t descriptor;
    uint64_t replacement; /* found there at the first update, unless 0 */
    uint64_t drop;        /* a descriptor that goes once `descriptor` was read, unless 0 */
    bool refuses;
    unsigned reads, swaps; /* of the descriptor */
};

static enum dbell_response memory_access(void *ctx, struct dbell_transaction *t)
{
    struct memory *m = ctx;
    const enum dbell_response response = m->solo.lab.bus.access(m->solo.lab.bus.ctx, t);
    if (t->op == DBELL_READ && t->address == m->descriptor) {
        m->reads++;
        if (m->drop)
            dbell_host_store(&m->solo.lab.bus, m->drop, 8, 0);
    }
    return response;
}

static enum dbell_response memory_cas(void *ctx, uint64_t address, uint64_t expected,
                                      uint64_t desired, uint64_t *old)
{
    struct memory *m = ctx;
    const struct dbell_bus *bus = &m->solo.lab.bus;
    if (address == m->descriptor) {
        m->swaps++;
        if (m->refuses)
            return DBELL_RESPONSE_SLVERR;
        if (m->replacement) {
            dbell_host_store(bus, address, 8, m->replacement);
            m->replacement = 0;
        }
    }
    return bus->cas(bus->ctx, address, expected, desired, old);
}

/* Stages in use, and which of them has the page to be updated. */
struct stages {
    bool s1, s2;
    int updated;
};
static const struct stages all_stages[] = {
    {true, false, 1}, {false, true, 2}, {true, true, 1}, {true, true, 2}};

struct tables {
    struct dbell_host_tables s1, s2;
};

/* Stage 1 maps VA and stage 2 IPA, with these bits, 0: everything allowed; both update all that
 * there is to update. Stage 2 maps RAM to itself in one block with `ram` bits. */
static bool memory_open(struct memory *m, struct stages stages, uint64_t s1_bits, uint64_t s2_bits,
                        uint64_t ram, struct tables *tables)
{
    memset(m, 0, sizeof *m);
    const struct dbell_smmu_ports ports = {
        .tables = {.ctx = m, .access = memory_access, .cas = memory_cas}};
    if (!solo_open(&m->solo, NULL, &ports))
        return false;
    struct lab *lab = &m->solo.lab;
    tables->s2 = lab_tables(lab, 12, 39);
    dbell_host_map(&tables->s2, LAB_RAM, LAB_RAM, 1, ram ? ram : LAB_S2_RW);
    dbell_host_map(&tables->s2, IPA, PA, 3, s2_bits ? s2_bits : LAB_S2_RW);
    tables->s1 = lab_tables(lab, 12, 48);
    dbell_host_map(&tables->s1, VA, stages.s2 ? IPA : PA, 3, s1_bits ? s1_bits : LAB_S1_RW);
    struct dbell_host_cd cd = lab_cd(&tables->s1);
    cd.ha = cd.hd = true;
    const struct dbell_host_ste s1 = lab_ste_stage1(lab, &cd);
    struct dbell_host_ste ste = s1;
    if (stages.s2) {
        ste = lab_ste_stage2(&tables->s2);
        ste.s2ha = ste.s2hd = true;
        if (stages.s1) {
            ste.config = 7;
            ste.s1contextptr = s1.s1contextptr;
        }
    }
    lab_ste(lab, SID, &ste);
    m->descriptor =
        stages.updated == 1 ? tables->s1.next - 0x1000 + 8 : tables->s2.next - 0x1000 + 40;
    return true;
}

static uint64_t input_of(struct stages stages)
{
    return stages.s1 ? VA : IPA;
}

/* Writable-clean: read-only by AP[2] or S2AP[1], with DBM (3.13.3.1). */
#define S1_CLEAN (LAB_S1_RW | DBELL_HOST_PTE_AP_RO | DBELL_HOST_PTE_DBM)
#define S2_CLEAN ((LAB_S2_RW & ~(uint64_t)DBELL_HOST_PTE_S2_WRITE) | DBELL_HOST_PTE_DBM)
#define S1_OLD   (LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AF)
#define S2_OLD   (LAB_S2_RW & ~(uint64_t)DBELL_HOST_PTE_AF)

TEST(httu, a_first_write_to_a_clean_page_is_one_walk_and_one_update_3_13_3)
{
    for (unsigned i = 0; i < 4; i++) {
        const struct stages stages = all_stages[i];
        struct memory m;
        struct tables tables;
        struct dbell_translation result;
        REQUIRE(memory_open(&m, stages, stages.updated == 1 ? S1_CLEAN : 0,
                            stages.updated == 2 ? S2_CLEAN : 0, 0, &tables));
        CHECK_EQ(solo_translate(&m.solo, SID, DBELL_READ, input_of(stages), &result), DBELL_DONE);
        CHECK_EQ(m.swaps, 0); /* a read leaves it clean */
        CHECK_EQ(result.writable, false);
        m.reads = 0;
        CHECK_EQ(solo_translate(&m.solo, SID, DBELL_WRITE, input_of(stages) + 4, &result),
                 DBELL_DONE);
        CHECK_EQ(result.address, PA + 4);
        CHECK_EQ(m.reads, 1);
        CHECK_EQ(m.swaps, 1);
        const uint64_t dirty = stages.updated == 1
                                   ? dbell_host_pte_page(stages.s2 ? IPA : PA, S1_CLEAN) &
                                         ~(uint64_t)DBELL_HOST_PTE_AP_RO
                                   : dbell_host_pte_page(PA, S2_CLEAN) | DBELL_HOST_PTE_S2_WRITE;
        CHECK_EQ(lab_read(&m.solo.lab, m.descriptor, 8), dirty);
        CHECK_EQ(solo_translate(&m.solo, SID, DBELL_WRITE, input_of(stages), &result), DBELL_DONE);
        CHECK_EQ(m.reads, 1); /* from the TLB */
        CHECK_EQ(m.swaps, 1);
        solo_close(&m.solo);
    }
}

/* Software has changed the descriptor meanwhile: the update must not hit the new one, nor the
 * access use the old one. */
TEST(httu, a_descriptor_that_changes_before_its_update_is_read_again_3_13)
{
    for (unsigned i = 0; i < 4; i++)
        for (unsigned dirty = 0; dirty < 2; dirty++) {
            const struct stages stages = all_stages[i];
            struct memory m;
            struct tables tables;
            struct dbell_translation result;
            const uint64_t s1 = dirty ? S1_CLEAN : S1_OLD, s2 = dirty ? S2_CLEAN : S2_OLD;
            REQUIRE(memory_open(&m, stages, stages.updated == 1 ? s1 : 0,
                                stages.updated == 2 ? s2 : 0, 0, &tables));
            dbell_host_map(&tables.s2, IPA + 0x1000, PA2, 3, LAB_S2_RW);
            m.replacement = stages.updated == 1
                                ? dbell_host_pte_page(stages.s2 ? IPA + 0x1000 : PA2, LAB_S1_RW)
                                : dbell_host_pte_page(PA2, LAB_S2_RW);
            const uint64_t replacement = m.replacement;
            CHECK_EQ(solo_translate(&m.solo, SID, DBELL_WRITE, input_of(stages), &result),
                     DBELL_DONE);
            CHECK_EQ(result.address, PA2);
            CHECK_EQ(m.reads, 2);
            CHECK_EQ(m.swaps, 1);
            CHECK_EQ(lab_read(&m.solo.lab, m.descriptor, 8), replacement);
            solo_close(&m.solo);
        }
}

TEST(httu, an_update_that_is_refused_is_f_walk_eabt_7_3_12)
{
    for (unsigned i = 0; i < 4; i++)
        for (unsigned dirty = 0; dirty < 2; dirty++) {
            const struct stages stages = all_stages[i];
            struct memory m;
            struct tables tables;
            struct dbell_translation result;
            uint64_t record[4];
            const uint64_t s1 = dirty ? S1_CLEAN : S1_OLD, s2 = dirty ? S2_CLEAN : S2_OLD;
            REQUIRE(memory_open(&m, stages, stages.updated == 1 ? s1 : 0,
                                stages.updated == 2 ? s2 : 0, 0, &tables));
            m.refuses = true;
            CHECK_EQ(solo_translate(&m.solo, SID, DBELL_WRITE, input_of(stages), &result),
                     DBELL_FAULT);
            CHECK_EQ(m.swaps, 1);
            REQUIRE(solo_event(&m.solo, record));
            CHECK_EQ(record[0], (uint64_t)SID << 32 | 0x0b);
            CHECK_EQ(record[1] >> 39 & 1, stages.updated == 2);         /* S2 */
            CHECK_EQ(record[1] >> 40 & 3, stages.updated == 1 ? 1 : 2); /* CLASS TT, IN */
            CHECK_EQ(record[2], input_of(stages));
            CHECK_EQ(record[3] & ADDR, m.descriptor);
            solo_close(&m.solo);
        }
}

/* Stage 2 lets stage 1 descriptors be read, or written, or not: TTRnW says which it was. */
TEST(httu, ttrnw_tells_reads_of_descriptors_from_updates_7_3_16)
{
    static const struct stages nested = {true, true, 1};
    static const struct {
        uint64_t ram;
        bool old; /* AF == 0: it has to be set */
        bool faults, ttrnw;
    } cases[] = {
        {LAB_S2_RW & ~(uint64_t)DBELL_HOST_PTE_S2_WRITE, false, false, false},
        {LAB_S2_RW & ~(uint64_t)DBELL_HOST_PTE_S2_WRITE, true, true, false},
        {LAB_S2_RW, true, false, false},
    };
    for (unsigned i = 0; i < 3; i++) {
        struct memory m;
        struct tables tables;
        struct dbell_translation result;
        uint64_t record[4];
        REQUIRE(memory_open(&m, nested, cases[i].old ? S1_OLD : 0, 0, cases[i].ram, &tables));
        CHECK_EQ(solo_translate(&m.solo, SID, DBELL_READ, VA, &result),
                 cases[i].faults ? DBELL_FAULT : DBELL_DONE);
        CHECK_EQ(m.swaps, cases[i].old && !cases[i].faults);
        if (cases[i].faults) {
            REQUIRE(solo_event(&m.solo, record));
            CHECK_EQ(record[0], (uint64_t)SID << 32 | 0x13);
            CHECK_EQ(record[1] >> 39 & 7, 1 << 1 | 1); /* CLASS TT, S2 */
            CHECK_EQ(record[1] >> 35 & 1, 1);          /* RnW: of the input */
            CHECK_EQ(record[1] >> 44 & 1, cases[i].ttrnw);
            CHECK_EQ(record[3], m.descriptor & ~UINT64_C(0xfff));
        }
        solo_close(&m.solo);
    }
    /* The page of the first stage 1 table can not be read. */
    struct memory m;
    struct tables tables;
    struct dbell_translation result;
    uint64_t record[4];
    REQUIRE(memory_open(&m, nested, 0, 0, 0, &tables));
    struct dbell_host_tables s2 = lab_tables(&m.solo.lab, 12, 39);
    for (uint64_t page = LAB_RAM; page < LAB_RAM + 0x400000; page += 0x1000)
        dbell_host_map(&s2, page, page, 3,
                       page == tables.s1.root ? LAB_S2_RW & ~(uint64_t)DBELL_HOST_PTE_S2_READ
                                              : LAB_S2_RW);
    struct dbell_host_cd cd = lab_cd(&tables.s1);
    struct dbell_host_ste ste = lab_ste_stage2(&s2);
    ste.config = 7;
    ste.s1contextptr = lab_ste_stage1(&m.solo.lab, &cd).s1contextptr;
    lab_ste(&m.solo.lab, SID + 1, &ste);
    CHECK_EQ(solo_translate(&m.solo, SID + 1, DBELL_WRITE, VA, &result), DBELL_FAULT);
    REQUIRE(solo_event(&m.solo, record));
    CHECK_EQ(record[0] & 0xff, 0x13);
    CHECK_EQ(record[1] >> 39 & 7, 1 << 1 | 1);
    CHECK_EQ(record[1] >> 35 & 1, 0); /* RnW: the input is a write */
    CHECK_EQ(record[1] >> 44 & 1, 1); /* TTRnW: what failed is a read */
    CHECK_EQ(record[3], tables.s1.root);
    solo_close(&m.solo);
}

/* The page that holds the stage 1 descriptor goes away between its read and its update. */
TEST(httu, an_update_whose_page_stage2_no_longer_maps_is_class_tt_3_13_5)
{
    static const struct stages nested = {true, true, 1};
    struct memory m;
    struct tables tables;
    struct dbell_translation result;
    uint64_t record[4];
    REQUIRE(memory_open(&m, nested, S1_OLD, 0, 0, &tables));
    m.drop = tables.s2.root + 8; /* the block of RAM */
    CHECK_EQ(solo_translate(&m.solo, SID, DBELL_READ, VA, &result), DBELL_FAULT);
    CHECK_EQ(m.swaps, 0);
    REQUIRE(solo_event(&m.solo, record));
    CHECK_EQ(record[0], (uint64_t)SID << 32 | 0x10);
    CHECK_EQ(record[1] >> 39 & 7, 1 << 1 | 1); /* CLASS TT, S2 */
    CHECK_EQ(record[2], VA);
    CHECK_EQ(record[3], m.descriptor & ~UINT64_C(0xfff));
    solo_close(&m.solo);
}

/* 3.13.3.1: DBM does not count where a table above forbids writes. */
TEST(httu, a_page_below_aptable_stays_clean_3_13_3_1)
{
    static const struct stages one = {true, false, 1};
    struct memory m;
    struct tables tables;
    struct dbell_translation result;
    REQUIRE(memory_open(&m, one, S1_CLEAN, 0, 0, &tables));
    const uint64_t top = lab_read(&m.solo.lab, tables.s1.root, 8);
    lab_write(&m.solo.lab, tables.s1.root, 8, top | UINT64_C(1) << 62);
    CHECK_EQ(solo_translate(&m.solo, SID, DBELL_WRITE, VA, &result), DBELL_FAULT);
    CHECK_EQ(result.event, DBELL_EVENT_F_PERMISSION);
    CHECK_EQ(m.swaps, 0);
    solo_close(&m.solo);
}

/* 3.13.1: without updates, AFFD decides whether an old page faults. */
TEST(httu, affd_takes_a_page_that_was_not_accessed_as_it_is_5_4_AFFD)
{
    for (unsigned stage = 1; stage <= 2; stage++)
        for (unsigned affd = 0; affd < 2; affd++) {
            struct lab lab;
            REQUIRE(lab_open(&lab, NULL));
            lab_smmu_on(&lab);
            struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
            dbell_host_map(&tables, VA, PA, 3, stage == 1 ? S1_OLD : S2_OLD);
            struct dbell_host_cd cd = lab_cd(&tables);
            cd.affd = affd;
            struct dbell_host_ste ste =
                stage == 1 ? lab_ste_stage1(&lab, &cd) : lab_ste_stage2(&tables);
            ste.s2affd = stage == 2 && affd;
            lab_ste(&lab, SID, &ste);
            CHECK_EQ(lab_fault(&lab, SID, VA), affd ? 0 : DBELL_EVENT_F_ACCESS);
            lab_close(&lab);
        }
}
