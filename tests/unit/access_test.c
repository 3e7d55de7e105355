/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Kinds of access: atomics, reads and writes with hints, cache maintenance, speculation, overrides
 * of privilege and instruction (IHI 0070 3.13.8, 3.14, 3.22, 13.1, 16.7). */
#include <string.h>

#include "dbell_test.h"
#include "lab.h"

#define PA UINT64_C(0x60000000)

enum { SID = 3, CR0 = LAB_SMMU + 0x20, GBPA = LAB_SMMU + 0x44 };

enum page { NONE, READ, WRITE, READ_WRITE, CLEAN, CLEAN_READ, EXECUTE, NO_FLAG, UNMAPPED, PAGES };

/* One stream of stage 2 (which has all combinations of permissions), or of stage 1. */
struct rig {
    struct lab lab;
    struct dbell_smmu *smmu;
    struct dbell_host_tables tables;
    struct dbell_host_ste ste;
    struct dbell_host_cd cd;
};

static uint64_t page_at(enum page page)
{
    return UINT64_C(0x1000) * (1 + page);
}

static uint64_t stage2_bits(enum page page)
{
    const uint64_t base = LAB_S2_RW & ~(uint64_t)(DBELL_HOST_PTE_S2_READ | DBELL_HOST_PTE_S2_WRITE);
    const uint64_t never = UINT64_C(2) << 53; /* XN */
    switch (page) {
    case NONE:
        return base | never;
    case READ:
        return base | never | DBELL_HOST_PTE_S2_READ;
    case WRITE:
        return base | never | DBELL_HOST_PTE_S2_WRITE;
    case READ_WRITE:
        return base | never | DBELL_HOST_PTE_S2_READ | DBELL_HOST_PTE_S2_WRITE;
    case CLEAN:
        return base | never | DBELL_HOST_PTE_DBM;
    case CLEAN_READ:
        return base | never | DBELL_HOST_PTE_S2_READ | DBELL_HOST_PTE_DBM;
    case EXECUTE:
        return base | DBELL_HOST_PTE_S2_READ;
    default:
        return LAB_S2_RW & ~(uint64_t)DBELL_HOST_PTE_AF;
    }
}

static bool rig_open(struct rig *r, const struct dbell_smmu_config *config)
{
    if (!lab_open(&r->lab, config))
        return false;
    lab_smmu_on(&r->lab);
    r->smmu = dbell_machine_smmu(r->lab.machine, 0);
    return true;
}

static bool stage2_open(struct rig *r, bool dre, bool dcp, bool hd)
{
    if (!rig_open(r, NULL))
        return false;
    r->tables = lab_tables(&r->lab, 12, 39);
    for (unsigned page = 0; page < UNMAPPED; page++)
        dbell_host_map(&r->tables, page_at(page), PA + page_at(page), 3, stage2_bits(page));
    r->ste = lab_ste_stage2(&r->tables);
    r->ste.dre = dre;
    r->ste.dcp = dcp;
    r->ste.s2ha = r->ste.s2hd = hd;
    lab_ste(&r->lab, SID, &r->ste);
    return true;
}

static uint64_t leaf_of(struct rig *r, enum page page)
{
    return lab_read(&r->lab, r->tables.next - 0x1000 + page_at(page) / 0x1000 * 8, 8);
}

static struct dbell_transaction access_of(enum dbell_op op, uint64_t address)
{
    return (struct dbell_transaction){.address = address,
                                      .length = 4,
                                      .op = (uint8_t)op,
                                      .side = {.has_streamid = true,
                                               .streamid = SID,
                                               .attr = DBELL_ATTR_NORMAL_WB,
                                               .sh = DBELL_SH_INNER}};
}

static struct dbell_translation go(struct rig *r, const struct dbell_transaction *t)
{
    struct dbell_translation result;
    memset(&result, 0, sizeof result);
    CHECK(dbell_smmu_translate(r->smmu, t, &result) >= 0);
    r->lab.system.settle(r->lab.system.ctx);
    return result;
}

static struct dbell_translation try(struct rig *r, enum dbell_op op, enum page page)
{
    struct dbell_transaction t = access_of(op, page_at(page));
    return go(r, &t);
}

/* The only record there is, and its RnW. */
static void check_record(struct rig *r, unsigned event, unsigned rnw)
{
    uint64_t record[4], more[4];
    CHECK(lab_event(&r->lab, record));
    CHECK_EQ(record[0] & 0xff, event);
    CHECK_EQ(record[1] >> 35 & 1, rnw);
    CHECK(!lab_event(&r->lab, more));
}

static void check_quiet(struct rig *r)
{
    uint64_t record[4];
    CHECK(!lab_event(&r->lab, record));
}

/* --- atomics --- */

TEST(atomic, needs_read_and_write_and_rnw_says_which_is_missing_13_1_1)
{
    static const struct {
        enum page page;
        bool hd;
        unsigned event, rnw;
    } cases[] = {
        {NONE, false, DBELL_EVENT_F_PERMISSION, 0},
        {READ, false, DBELL_EVENT_F_PERMISSION, 0},
        {WRITE, false, DBELL_EVENT_F_PERMISSION, 1},
        {READ_WRITE, false, 0, 0},
        {CLEAN, false, DBELL_EVENT_F_PERMISSION, 0}, /* without HD it is not writable */
        {CLEAN_READ, false, DBELL_EVENT_F_PERMISSION, 0},
        {CLEAN, true, DBELL_EVENT_F_PERMISSION, 1}, /* writable-clean: write access */
        {CLEAN_READ, true, 0, 0},
        {NO_FLAG, false, DBELL_EVENT_F_ACCESS, 0},
        {UNMAPPED, false, DBELL_EVENT_F_TRANSLATION, 0},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (unsigned cached = 0; cached < 2; cached++) {
            struct rig r;
            REQUIRE(stage2_open(&r, false, false, cases[i].hd));
            if (cached) { /* the same from the TLB */
                struct dbell_transaction t = access_of(DBELL_READ, page_at(cases[i].page));
                t.side.speculative = true;
                go(&r, &t);
            }
            struct dbell_translation result = try(&r, DBELL_ATOMIC_SWAP, cases[i].page);
            CHECK_EQ(result.outcome, cases[i].event ? DBELL_FAULT : DBELL_DONE);
            CHECK_EQ(result.event, cases[i].event);
            if (cases[i].event)
                check_record(&r, cases[i].event, cases[i].rnw);
            else
                CHECK_EQ(result.op, DBELL_ATOMIC_SWAP);
            lab_close(&r.lab);
        }
}

TEST(atomic, makes_the_page_dirty_3_13)
{
    struct rig r;
    REQUIRE(stage2_open(&r, false, false, true));
    CHECK_EQ(try(&r, DBELL_ATOMIC_SWAP, CLEAN_READ).outcome, DBELL_DONE);
    CHECK_EQ(leaf_of(&r, CLEAN_READ),
             dbell_host_pte_page(PA + page_at(CLEAN_READ),
                                 stage2_bits(CLEAN_READ) | DBELL_HOST_PTE_S2_WRITE));
    lab_close(&r.lab);
}

/* Always Data, whatever came in and whatever INSTCFG. */
TEST(atomic, is_data_independent_of_instcfg_16_7_6)
{
    for (unsigned instcfg = 0; instcfg < 4; instcfg++) {
        struct rig r;
        uint64_t record[4];
        REQUIRE(stage2_open(&r, false, false, false));
        r.ste.instcfg = instcfg;
        lab_ste(&r.lab, SID, &r.ste);
        struct dbell_transaction t = access_of(DBELL_ATOMIC_SWAP, page_at(READ_WRITE));
        t.side.instruction = true;
        struct dbell_translation result = go(&r, &t);
        CHECK_EQ(result.outcome, DBELL_DONE); /* it may not be executed */
        CHECK_EQ(result.instruction, false);
        t.address = page_at(WRITE);
        CHECK_EQ(go(&r, &t).event, DBELL_EVENT_F_PERMISSION);
        REQUIRE(lab_event(&r.lab, record));
        CHECK_EQ(record[1] >> 34 & 1, 0);
        lab_close(&r.lab);
    }
}

TEST(atomic, is_unsupported_where_what_is_behind_takes_none_16_7_6)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.no_atomics = true;
    struct rig r;
    uint64_t record[4];
    REQUIRE(rig_open(&r, &config));
    struct dbell_host_ste ste = {.v = true, .config = 4, .shcfg = 1, .privcfg = 2};
    lab_ste(&r.lab, SID, &ste);
    struct dbell_transaction t = access_of(DBELL_ATOMIC_SWAP, PA + 0x128);
    t.side.privileged = true;
    struct dbell_translation result = go(&r, &t);
    CHECK_EQ(result.outcome, DBELL_FAULT);
    CHECK_EQ(result.event, DBELL_EVENT_F_UUT);
    REQUIRE(lab_event(&r.lab, record));
    CHECK_EQ(record[0], UINT64_C(3) << 32 | 0x01);
    CHECK_EQ(record[1] >> 32, 1 << 1); /* RnW 0, InD 0, PnU as it came in */
    CHECK_EQ(record[2], PA + 0x128);
    CHECK_EQ(record[3], 0);
    CHECK_EQ(try(&r, DBELL_WRITE, NONE).outcome, DBELL_DONE);
    lab_close(&r.lab);
}

/* --- unsupported transactions --- */

TEST(unsupported, records_are_of_what_came_in_7_3_2)
{
    static const struct {
        enum dbell_op op;
        bool privileged, instruction, has_ssid;
        unsigned flags; /* RnW, InD, PnU */
    } cases[] = {{DBELL_READ, false, false, false, 4}, {DBELL_READ, true, false, false, 5},
                 {DBELL_READ, false, true, true, 6},   {DBELL_READ, true, true, false, 7},
                 {DBELL_WRITE, false, false, true, 0}, {DBELL_WRITE, true, false, false, 1}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        uint64_t record[4];
        REQUIRE(rig_open(&r, NULL));
        /* Overrides the other way round. */
        struct dbell_host_ste ste = {.v = true, .config = 4, .shcfg = 1};
        ste.privcfg = cases[i].privileged ? 2 : 3;
        ste.instcfg = cases[i].instruction ? 2 : 3;
        lab_ste(&r.lab, SID, &ste);
        struct dbell_transaction t = access_of(cases[i].op, 0xffe);
        t.side.privileged = cases[i].privileged;
        t.side.instruction = cases[i].instruction;
        t.side.has_substreamid = cases[i].has_ssid;
        t.side.substreamid = cases[i].has_ssid ? 0x12345 : 0;
        CHECK_EQ(go(&r, &t).event, DBELL_EVENT_F_UUT);
        REQUIRE(lab_event(&r.lab, record));
        CHECK_EQ(record[0], UINT64_C(3) << 32 | 0x01 | (cases[i].has_ssid ? 0x12345800 : 0));
        CHECK_EQ(record[1] >> 32, cases[i].flags << 1);
        CHECK_EQ(record[2], 0xffe);
        CHECK_EQ(record[3], 0);
        lab_close(&r.lab);
    }
}

TEST(unsupported, only_what_crosses_4k_16_7_1)
{
    static const struct {
        uint64_t address;
        uint32_t length;
        bool supported;
    } cases[] = {{0xffc, 4, true}, {0xffd, 4, false}, {0x1000, 4096, true}, {0x1001, 4096, false},
                 {0xfff, 1, true}, {0, 4096, true},   {0, 4097, false}};
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    struct dbell_host_ste ste = {.v = true, .config = 4, .shcfg = 1};
    lab_ste(&r.lab, SID, &ste);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dbell_transaction t = access_of(DBELL_READ, cases[i].address);
        t.length = cases[i].length;
        CHECK_EQ(go(&r, &t).event, cases[i].supported ? 0 : DBELL_EVENT_F_UUT);
    }
    lab_close(&r.lab);
}

/* --- reads and writes with hints, and their downgrades --- */

/* What goes on, or the fault and its RnW. RCI in place of a read is as good (3.22 (1), (2)). */
struct kind_case {
    enum dbell_op op;
    bool dre, dcp, hd;
    enum page page;
    enum dbell_op out;
    unsigned event, rnw;
};

static enum dbell_op plain(unsigned op)
{
    return op == DBELL_READ_CLEAN_INVALIDATE ? DBELL_READ : (enum dbell_op)op;
}

static void run_kinds(const struct kind_case *cases, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct rig r;
        REQUIRE(stage2_open(&r, cases[i].dre, cases[i].dcp, cases[i].hd));
        uint64_t before = cases[i].page == UNMAPPED ? 0 : leaf_of(&r, cases[i].page);
        struct dbell_translation result = try(&r, cases[i].op, cases[i].page);
        if (result.event != cases[i].event || (!result.event && plain(result.op) != cases[i].out))
            dbell_test_fail(__FILE__, __LINE__, result.rule ? result.rule : "no rule");
        CHECK_EQ(result.event, cases[i].event);
        CHECK_EQ(result.outcome, cases[i].event ? DBELL_FAULT : DBELL_DONE);
        if (cases[i].event) {
            check_record(&r, cases[i].event, cases[i].rnw);
        } else {
            CHECK_EQ(plain(result.op), plain(cases[i].out));
            check_quiet(&r);
        }
        if (cases[i].page != UNMAPPED && cases[i].op != DBELL_WRITE_PREFETCH)
            CHECK_EQ(leaf_of(&r, cases[i].page), before); /* not dirty (3.13.8) */
        lab_close(&r.lab);
    }
}

#define FAULT_R DBELL_NO_OP, DBELL_EVENT_F_PERMISSION, 1
#define FAULT_W DBELL_NO_OP, DBELL_EVENT_F_PERMISSION, 0

TEST(hint, rci_is_a_read_3_22_2)
{
    static const struct kind_case cases[] = {
        {DBELL_READ_CLEAN_INVALIDATE, 0, 0, 0, READ, DBELL_READ, 0, 0},
        {DBELL_READ_CLEAN_INVALIDATE, 0, 0, 0, READ_WRITE, DBELL_READ, 0, 0},
        {DBELL_READ_CLEAN_INVALIDATE, 1, 1, 0, WRITE, FAULT_R},
        {DBELL_READ_CLEAN_INVALIDATE, 1, 1, 1, CLEAN, FAULT_R},
        {DBELL_READ_CLEAN_INVALIDATE, 1, 1, 1, CLEAN_READ, DBELL_READ, 0, 0},
        {DBELL_READ_CLEAN_INVALIDATE, 0, 0, 0, UNMAPPED, DBELL_NO_OP, DBELL_EVENT_F_TRANSLATION, 1},
    };
    run_kinds(cases, sizeof cases / sizeof cases[0]);
}

TEST(hint, destructive_reads_need_dre_and_a_dirty_page_3_22_2)
{
    static const struct kind_case cases[] = {
        {DBELL_READ_DESTRUCTIVE, 0, 1, 0, READ_WRITE, DBELL_READ, 0, 0},
        {DBELL_READ_DESTRUCTIVE, 1, 0, 0, READ_WRITE, DBELL_READ_DESTRUCTIVE, 0, 0},
        {DBELL_READ_DESTRUCTIVE, 1, 0, 1, READ_WRITE, DBELL_READ_DESTRUCTIVE, 0, 0},
        {DBELL_READ_DESTRUCTIVE, 1, 0, 0, READ, DBELL_READ, 0, 0},
        {DBELL_READ_DESTRUCTIVE, 0, 0, 0, READ, DBELL_READ, 0, 0},
        {DBELL_READ_DESTRUCTIVE, 1, 0, 1, CLEAN_READ, DBELL_READ, 0, 0},
        {DBELL_READ_DESTRUCTIVE, 1, 0, 0, CLEAN_READ, DBELL_READ, 0, 0},
        {DBELL_READ_DESTRUCTIVE, 1, 0, 0, WRITE, FAULT_R},
        {DBELL_READ_DESTRUCTIVE, 1, 0, 1, CLEAN, FAULT_R},
        {DBELL_READ_DESTRUCTIVE, 1, 0, 0, NONE, FAULT_R},
        {DBELL_READ_DESTRUCTIVE, 1, 0, 0, NO_FLAG, DBELL_NO_OP, DBELL_EVENT_F_ACCESS, 1},
        {DBELL_READ_DESTRUCTIVE, 1, 0, 0, UNMAPPED, DBELL_NO_OP, DBELL_EVENT_F_TRANSLATION, 1},
    };
    run_kinds(cases, sizeof cases / sizeof cases[0]);
}

TEST(hint, writes_with_prefetch_are_writes_3_22_2)
{
    static const struct kind_case cases[] = {
        {DBELL_WRITE_PREFETCH, 0, 1, 0, READ_WRITE, DBELL_WRITE_PREFETCH, 0, 0},
        {DBELL_WRITE_PREFETCH, 0, 1, 0, WRITE, DBELL_WRITE_PREFETCH, 0, 0},
        {DBELL_WRITE_PREFETCH, 1, 0, 0, WRITE, DBELL_WRITE, 0, 0},
        {DBELL_WRITE_PREFETCH, 0, 1, 0, READ, FAULT_W},
        {DBELL_WRITE_PREFETCH, 0, 0, 0, NONE, FAULT_W},
        {DBELL_WRITE_PREFETCH, 0, 1, 0, CLEAN_READ, FAULT_W},
        {DBELL_WRITE_PREFETCH, 0, 1, 1, CLEAN_READ, DBELL_WRITE_PREFETCH, 0, 0},
        {DBELL_WRITE_PREFETCH, 0, 0, 0, UNMAPPED, DBELL_NO_OP, DBELL_EVENT_F_TRANSLATION, 0},
    };
    run_kinds(cases, sizeof cases / sizeof cases[0]);
}

TEST(hint, writes_with_prefetch_make_the_page_dirty_3_22_2)
{
    for (unsigned dcp = 0; dcp < 2; dcp++) {
        struct rig r;
        REQUIRE(stage2_open(&r, false, dcp, true));
        try(&r, DBELL_WRITE_PREFETCH, CLEAN_READ);
        CHECK_EQ(leaf_of(&r, CLEAN_READ) >> 7 & 1, 1);
        lab_close(&r.lab);
    }
}

TEST(hint, prefetches_without_data_need_any_permission_and_never_fault_3_22_2)
{
    static const struct kind_case cases[] = {
        {DBELL_PREFETCH, 0, 1, 0, READ, DBELL_PREFETCH, 0, 0},
        {DBELL_PREFETCH, 0, 1, 0, WRITE, DBELL_PREFETCH, 0, 0},
        {DBELL_PREFETCH, 0, 1, 0, READ_WRITE, DBELL_PREFETCH, 0, 0},
        {DBELL_PREFETCH, 0, 1, 1, CLEAN_READ, DBELL_PREFETCH, 0, 0},
        {DBELL_PREFETCH, 0, 1, 1, CLEAN, DBELL_NO_OP, 0, 0},
        {DBELL_PREFETCH, 0, 1, 0, CLEAN, DBELL_NO_OP, 0, 0},
        {DBELL_PREFETCH, 0, 1, 0, NONE, DBELL_NO_OP, 0, 0},
        {DBELL_PREFETCH, 0, 1, 0, NO_FLAG, DBELL_NO_OP, 0, 0},
        {DBELL_PREFETCH, 0, 1, 0, UNMAPPED, DBELL_NO_OP, 0, 0},
        {DBELL_PREFETCH, 1, 0, 0, READ_WRITE, DBELL_NO_OP, 0, 0},
        {DBELL_PREFETCH, 1, 0, 0, UNMAPPED, DBELL_NO_OP, 0, 0},
    };
    run_kinds(cases, sizeof cases / sizeof cases[0]);
}

/* Also where configuration is wrong: no events, no aborts. */
TEST(hint, prefetches_without_data_and_destructive_hints_do_not_abort_3_22_2)
{
    static const struct dbell_host_ste stes[] = {
        {.v = false},
        {.v = true, .config = 0},
        {.v = true, .config = 5, .s1contextptr = 0x10000000}};
    static const enum dbell_op ops[] = {DBELL_PREFETCH, DBELL_DESTRUCTIVE_HINT};
    for (unsigned i = 0; i < 3; i++)
        for (unsigned k = 0; k < 2; k++) {
            struct rig r;
            REQUIRE(rig_open(&r, NULL));
            lab_ste(&r.lab, SID, &stes[i]);
            struct dbell_transaction t = access_of(ops[k], PA);
            struct dbell_translation result = go(&r, &t);
            CHECK_EQ(result.outcome, DBELL_DONE);
            CHECK_EQ(result.op, DBELL_NO_OP);
            check_quiet(&r);
            lab_close(&r.lab);
        }
}

/* --- cache maintenance --- */

TEST(cmo, cleans_are_reads_16_7_2_2)
{
    static const enum dbell_op ops[] = {DBELL_CLEAN, DBELL_CLEAN_INVALIDATE,
                                        DBELL_CLEAN_TO_PERSISTENCE};
    for (unsigned i = 0; i < 3; i++) {
        const struct kind_case cases[] = {
            {ops[i], 0, 0, 0, READ, ops[i], 0, 0},
            {ops[i], 0, 0, 0, READ_WRITE, ops[i], 0, 0},
            {ops[i], 1, 0, 1, CLEAN_READ, ops[i], 0, 0},
            {ops[i], 1, 0, 0, WRITE, FAULT_R},
            {ops[i], 1, 0, 0, NONE, FAULT_R},
            {ops[i], 0, 0, 0, NO_FLAG, DBELL_NO_OP, DBELL_EVENT_F_ACCESS, 1},
            {ops[i], 0, 0, 0, UNMAPPED, DBELL_NO_OP, DBELL_EVENT_F_TRANSLATION, 1},
        };
        run_kinds(cases, sizeof cases / sizeof cases[0]);
    }
}

TEST(cmo, invalidate_needs_dre_and_write_or_is_clean_invalidate_16_7_2)
{
    static const struct kind_case cases[] = {
        {DBELL_INVALIDATE, 0, 0, 0, READ_WRITE, DBELL_CLEAN_INVALIDATE, 0, 0},
        {DBELL_INVALIDATE, 0, 0, 0, READ, DBELL_CLEAN_INVALIDATE, 0, 0},
        {DBELL_INVALIDATE, 1, 0, 0, READ_WRITE, DBELL_INVALIDATE, 0, 0},
        {DBELL_INVALIDATE, 1, 0, 0, READ, DBELL_CLEAN_INVALIDATE, 0, 0},
        {DBELL_INVALIDATE, 1, 0, 1, CLEAN_READ, DBELL_CLEAN_INVALIDATE, 0, 0},
        {DBELL_INVALIDATE, 1, 0, 0, WRITE, FAULT_R},
        {DBELL_INVALIDATE, 0, 0, 0, WRITE, FAULT_R},
        {DBELL_INVALIDATE, 1, 0, 0, NONE, FAULT_R},
        {DBELL_INVALIDATE, 1, 0, 0, UNMAPPED, DBELL_NO_OP, DBELL_EVENT_F_TRANSLATION, 1},
    };
    run_kinds(cases, sizeof cases / sizeof cases[0]);
}

TEST(cmo, destructive_hints_are_no_ops_without_dre_read_and_dirty_write_16_7_2)
{
    static const struct kind_case cases[] = {
        {DBELL_DESTRUCTIVE_HINT, 0, 0, 0, READ_WRITE, DBELL_NO_OP, 0, 0},
        {DBELL_DESTRUCTIVE_HINT, 1, 0, 0, READ_WRITE, DBELL_DESTRUCTIVE_HINT, 0, 0},
        {DBELL_DESTRUCTIVE_HINT, 1, 0, 0, READ, DBELL_NO_OP, 0, 0},
        {DBELL_DESTRUCTIVE_HINT, 1, 0, 0, WRITE, DBELL_NO_OP, 0, 0},
        {DBELL_DESTRUCTIVE_HINT, 1, 0, 1, CLEAN_READ, DBELL_NO_OP, 0, 0},
        {DBELL_DESTRUCTIVE_HINT, 1, 0, 0, NONE, DBELL_NO_OP, 0, 0},
        {DBELL_DESTRUCTIVE_HINT, 1, 0, 0, NO_FLAG, DBELL_NO_OP, 0, 0},
        {DBELL_DESTRUCTIVE_HINT, 1, 0, 0, UNMAPPED, DBELL_NO_OP, 0, 0},
    };
    run_kinds(cases, sizeof cases / sizeof cases[0]);
}

TEST(cmo, they_set_the_access_flag_16_7_2_2)
{
    static const enum dbell_op ops[] = {DBELL_CLEAN,
                                        DBELL_CLEAN_INVALIDATE,
                                        DBELL_CLEAN_TO_PERSISTENCE,
                                        DBELL_INVALIDATE,
                                        DBELL_DESTRUCTIVE_HINT,
                                        DBELL_READ_DESTRUCTIVE,
                                        DBELL_READ_CLEAN_INVALIDATE};
    for (unsigned i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        struct rig r;
        REQUIRE(stage2_open(&r, true, true, true));
        CHECK_EQ(plain(try(&r, ops[i], NO_FLAG).op), plain(ops[i]));
        CHECK_EQ(leaf_of(&r, NO_FLAG) >> 10 & 1, 1);
        lab_close(&r.lab);
    }
}

/* An instruction read needs execute; a CMO or DR marked as one does too. */
TEST(cmo, instruction_or_data_follows_input_and_instcfg_16_7_2_2)
{
    static const enum dbell_op ops[] = {DBELL_READ, DBELL_CLEAN, DBELL_INVALIDATE,
                                        DBELL_READ_CLEAN_INVALIDATE, DBELL_READ_DESTRUCTIVE};
    for (unsigned i = 0; i < sizeof ops / sizeof ops[0]; i++)
        for (unsigned instcfg = 0; instcfg < 4; instcfg++)
            for (unsigned input = 0; input < 2; input++) {
                struct rig r;
                uint64_t record[4];
                bool instruction = instcfg == 3 || (instcfg < 2 && input);
                REQUIRE(stage2_open(&r, true, true, false));
                r.ste.instcfg = instcfg;
                lab_ste(&r.lab, SID, &r.ste);
                struct dbell_transaction t = access_of(ops[i], page_at(READ));
                t.side.instruction = input;
                CHECK_EQ(go(&r, &t).outcome, instruction ? DBELL_FAULT : DBELL_DONE);
                CHECK_EQ(lab_event(&r.lab, record), instruction);
                if (instruction)
                    CHECK_EQ(record[1] >> 34 & 3, 3); /* InD, RnW */
                t.address = page_at(EXECUTE);
                CHECK_EQ(go(&r, &t).outcome, DBELL_DONE);
                lab_close(&r.lab);
            }
}

/* --- bypass --- */

TEST(bypass, kinds_pass_unmodified_3_22)
{
    enum { DISABLED, STE_BYPASS, S1DSS_BYPASS, WAYS };
    for (unsigned way = 0; way < WAYS; way++) {
        struct rig r;
        REQUIRE(rig_open(&r, NULL));
        r.tables = lab_tables(&r.lab, 12, 39);
        struct dbell_host_cd cd = lab_cd(&r.tables);
        struct dbell_host_ste ste = lab_ste_stage1(&r.lab, &cd);
        if (way == S1DSS_BYPASS) {
            ste.s1cdmax = 1;
            ste.s1dss = 1;
        } else {
            ste = (struct dbell_host_ste){.v = true, .config = 4, .shcfg = 1};
        }
        lab_ste(&r.lab, SID, &ste);
        if (way == DISABLED)
            lab_write(&r.lab, CR0, 4, 0);
        for (unsigned op = 0; op < DBELL_NO_OP; op++) {
            struct dbell_transaction t = access_of(op, PA + 0x40);
            struct dbell_translation result = go(&r, &t);
            CHECK_EQ(result.outcome, DBELL_DONE);
            CHECK_EQ(result.op, op);
            CHECK_EQ(result.address, PA + 0x40);
        }
        check_quiet(&r);
        lab_close(&r.lab);
    }
}

/* --- speculation --- */

static struct dbell_translation speculate(struct rig *r, enum dbell_op op, uint64_t address)
{
    struct dbell_transaction t = access_of(op, address);
    t.side.speculative = true;
    return go(r, &t);
}

TEST(speculative, reads_that_fault_abort_without_event_3_14)
{
    static const enum page faulty[] = {NONE, WRITE, NO_FLAG, UNMAPPED};
    struct rig r;
    REQUIRE(stage2_open(&r, false, false, false));
    CHECK_EQ(speculate(&r, DBELL_READ, page_at(READ)).outcome, DBELL_DONE);
    for (unsigned i = 0; i < 4; i++) {
        struct dbell_translation result = speculate(&r, DBELL_READ, page_at(faulty[i]));
        CHECK_EQ(result.outcome, DBELL_FAULT);
        CHECK_EQ(result.event, 0);
        CHECK(!result.razwi);
    }
    struct dbell_transaction t = access_of(DBELL_READ, PA);
    t.side.speculative = true;
    t.side.streamid = 4; /* V == 0 */
    CHECK_EQ(go(&r, &t).outcome, DBELL_FAULT);
    t.side.streamid = 256;
    CHECK_EQ(go(&r, &t).outcome, DBELL_FAULT);
    t.side.streamid = SID;
    t.address = 0xffe;
    CHECK_EQ(go(&r, &t).outcome, DBELL_FAULT);
    check_quiet(&r);
    lab_close(&r.lab);
}

TEST(speculative, reads_do_not_stall_3_14)
{
    struct rig r;
    REQUIRE(stage2_open(&r, false, false, false));
    r.ste.s2s = true;
    lab_ste(&r.lab, SID, &r.ste);
    CHECK_EQ(speculate(&r, DBELL_READ, page_at(UNMAPPED)).outcome, DBELL_FAULT);
    check_quiet(&r);
    CHECK_EQ(try(&r, DBELL_READ, UNMAPPED).outcome, DBELL_PENDING);
    lab_close(&r.lab);
}

TEST(speculative, reads_set_the_access_flag_only_3_14)
{
    struct rig r;
    REQUIRE(stage2_open(&r, false, false, true));
    CHECK_EQ(speculate(&r, DBELL_READ, page_at(NO_FLAG)).outcome, DBELL_DONE);
    CHECK_EQ(leaf_of(&r, NO_FLAG) >> 10 & 1, 1);
    CHECK_EQ(speculate(&r, DBELL_READ, page_at(CLEAN_READ)).outcome, DBELL_DONE);
    CHECK_EQ(leaf_of(&r, CLEAN_READ) >> 7 & 1, 0);
    lab_close(&r.lab);
}

TEST(speculative, writes_always_abort_and_change_nothing_3_14)
{
    struct rig r;
    REQUIRE(stage2_open(&r, true, true, true));
    struct dbell_host_ste ste = {.v = true, .config = 4, .shcfg = 1};
    lab_ste(&r.lab, SID + 1, &ste);
    static const enum dbell_op ops[] = {DBELL_WRITE, DBELL_WRITE_PREFETCH, DBELL_ATOMIC_SWAP};
    static const enum page pages[] = {READ_WRITE, CLEAN_READ, NO_FLAG, UNMAPPED};
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned k = 0; k < 4; k++) {
            struct dbell_translation result = speculate(&r, ops[i], page_at(pages[k]));
            CHECK_EQ(result.outcome, DBELL_FAULT);
            CHECK_EQ(result.event, 0);
        }
        struct dbell_transaction t = access_of(ops[i], PA);
        t.side.speculative = true;
        t.side.streamid = SID + 1;
        CHECK_EQ(go(&r, &t).outcome, DBELL_FAULT);
    }
    CHECK_EQ(leaf_of(&r, CLEAN_READ) >> 7 & 1, 0);
    check_quiet(&r);
    lab_write(&r.lab, CR0, 4, 0);
    CHECK_EQ(speculate(&r, DBELL_WRITE, PA).outcome, DBELL_FAULT);
    CHECK_EQ(speculate(&r, DBELL_READ, PA).outcome, DBELL_DONE);
    lab_close(&r.lab);
}

/* --- overrides of PRIV and INST --- */

static bool overridden(unsigned field, bool input)
{
    return field == 3 || (field < 2 && input);
}

/* 00 and the reserved 01 use the input; writes are Data. */
static void check_output(struct rig *r, unsigned privcfg, unsigned instcfg)
{
    for (unsigned input = 0; input < 4; input++)
        for (unsigned write = 0; write < 2; write++) {
            struct dbell_transaction t =
                access_of(write ? DBELL_WRITE : DBELL_READ, page_at(READ_WRITE));
            t.side.privileged = input & 1;
            t.side.instruction = input & 2;
            struct dbell_translation result = go(r, &t);
            CHECK_EQ(result.outcome, DBELL_DONE);
            CHECK_EQ(result.privileged, overridden(privcfg, input & 1));
            CHECK_EQ(result.instruction, !write && overridden(instcfg, input & 2));
        }
}

TEST(overrides, ste_privcfg_and_instcfg_reach_the_output_13_1_2)
{
    for (unsigned translated = 0; translated < 2; translated++)
        for (unsigned privcfg = 0; privcfg < 4; privcfg++)
            for (unsigned instcfg = 0; instcfg < 4; instcfg++) {
                struct rig r;
                REQUIRE(stage2_open(&r, false, false, false));
                dbell_host_map(&r.tables, page_at(READ_WRITE), PA, 3, LAB_S2_RW);
                if (!translated)
                    r.ste.config = 4;
                r.ste.privcfg = privcfg;
                r.ste.instcfg = instcfg;
                lab_ste(&r.lab, SID, &r.ste);
                check_output(&r, privcfg, instcfg);
                lab_close(&r.lab);
            }
}

TEST(overrides, gbpa_privcfg_and_instcfg_reach_the_output_6_3_14)
{
    for (unsigned privcfg = 0; privcfg < 4; privcfg++)
        for (unsigned instcfg = 0; instcfg < 4; instcfg++) {
            struct rig r;
            REQUIRE(rig_open(&r, NULL));
            lab_write(&r.lab, CR0, 4, 0);
            lab_write(&r.lab, GBPA, 4, UINT64_C(1) << 31 | instcfg << 18 | privcfg << 16 | 1 << 12);
            check_output(&r, privcfg, instcfg);
            lab_close(&r.lab);
        }
}

TEST(overrides, none_without_attr_perms_ovr_6_3_2)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    f.attr_perms_ovr = false;
    dbell_smmu_features_set(&config, &f);
    struct rig r;
    REQUIRE(rig_open(&r, &config));
    struct dbell_host_ste ste = {.v = true, .config = 4, .shcfg = 1, .privcfg = 3, .instcfg = 3};
    lab_ste(&r.lab, SID, &ste);
    check_output(&r, 0, 0);
    lab_write(&r.lab, CR0, 4, 0);
    lab_write(&r.lab, GBPA, 4, UINT64_C(1) << 31 | 0xf << 16 | 1 << 12);
    check_output(&r, 0, 0);
    lab_close(&r.lab);
}

/* Records say what the overrides made of it (7.3). */
TEST(overrides, decide_permissions_and_are_recorded_7_3_16)
{
    for (unsigned privcfg = 0; privcfg < 4; privcfg++)
        for (unsigned input = 0; input < 2; input++) {
            struct rig r;
            uint64_t record[4];
            REQUIRE(rig_open(&r, NULL));
            struct dbell_host_tables tables = lab_tables(&r.lab, 12, 39);
            /* For EL1 only. */
            dbell_host_map(&tables, 0x1000, PA, 3, LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AP_EL0);
            struct dbell_host_cd cd = lab_cd(&tables);
            struct dbell_host_ste ste = lab_ste_stage1(&r.lab, &cd);
            ste.privcfg = privcfg;
            lab_ste(&r.lab, SID, &ste);
            struct dbell_transaction t = access_of(DBELL_READ, 0x1000);
            t.side.privileged = input;
            bool privileged = overridden(privcfg, input);
            CHECK_EQ(go(&r, &t).event, privileged ? 0 : DBELL_EVENT_F_PERMISSION);
            t.address = 0x2000;
            CHECK_EQ(go(&r, &t).event, DBELL_EVENT_F_TRANSLATION);
            while (lab_event(&r.lab, record))
                CHECK_EQ(record[1] >> 33 & 1, privileged);
            lab_close(&r.lab);
        }
}

/* --- stalls --- */

TEST(stalls, are_retried_as_the_same_kind_3_22_2)
{
    static const struct {
        uint8_t op; /* enum dbell_op */
        unsigned rnw;
    } cases[] = {{DBELL_READ, 1},
                 {DBELL_WRITE, 0},
                 {DBELL_ATOMIC_SWAP, 0},
                 {DBELL_READ_CLEAN_INVALIDATE, 1},
                 {DBELL_READ_DESTRUCTIVE, 1},
                 {DBELL_WRITE_PREFETCH, 0},
                 {DBELL_CLEAN, 1},
                 {DBELL_CLEAN_INVALIDATE, 1},
                 {DBELL_CLEAN_TO_PERSISTENCE, 1},
                 {DBELL_INVALIDATE, 1}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        uint64_t record[4];
        uint8_t data[4] = {1, 2, 3, 4};
        REQUIRE(stage2_open(&r, true, true, false));
        r.ste.s2s = true;
        lab_ste(&r.lab, SID, &r.ste);
        bool moves = dbell_op_reads(cases[i].op) || dbell_op_writes(cases[i].op);
        struct dbell_dma_result result =
            lab_dma_with(&r.lab, (struct dbell_dma){.requesterid = SID,
                                                    .op = cases[i].op,
                                                    .address = page_at(UNMAPPED),
                                                    .length = 4,
                                                    .data = moves ? data : NULL});
        CHECK_EQ(result.trail.outcome, DBELL_PENDING);
        REQUIRE(lab_event(&r.lab, record));
        CHECK_EQ(record[0] & 0xff, DBELL_EVENT_F_TRANSLATION);
        CHECK_EQ(record[1] >> 31 & 1, 1);
        CHECK_EQ(record[1] >> 35 & 1, cases[i].rnw);
        dbell_host_map(&r.tables, page_at(UNMAPPED), PA, 3, LAB_S2_RW);
        CHECK(lab_command(&r.lab, dbell_host_resume(SID, record[1] & 0xffff, true, false)));
        r.lab.system.pending_result(r.lab.system.ctx, result.trail.token, &result);
        CHECK_EQ(result.trail.outcome, DBELL_DONE);
        CHECK_EQ(result.trail.op, cases[i].op);
        CHECK_EQ(result.trail.address, PA);
        lab_close(&r.lab);
    }
}

/* What never faults never stalls. */
TEST(stalls, hints_complete_instead_3_22_2)
{
    static const enum dbell_op ops[] = {DBELL_PREFETCH, DBELL_DESTRUCTIVE_HINT};
    for (unsigned i = 0; i < 2; i++) {
        struct rig r;
        REQUIRE(stage2_open(&r, true, true, false));
        r.ste.s2s = true;
        lab_ste(&r.lab, SID, &r.ste);
        struct dbell_translation result = try(&r, ops[i], UNMAPPED);
        CHECK_EQ(result.outcome, DBELL_DONE);
        CHECK_EQ(result.op, DBELL_NO_OP);
        check_quiet(&r);
        lab_close(&r.lab);
    }
}

/* --- both stages --- */

/* Stage 1: 0x1000 read and write, 0x2000 read only, 0x3000 writable-clean; each to its own page of
 * stage 2. */
static bool nested_open(struct rig *r, enum page second, bool hd)
{
    if (!stage2_open(r, true, true, hd))
        return false;
    for (uint64_t page = LAB_RAM; page < LAB_RAM + 0x400000; page += 0x1000)
        dbell_host_map(&r->tables, page, page, 3, LAB_S2_RW);
    struct dbell_host_tables s1 = lab_tables(&r->lab, 12, 39);
    uint64_t ipa = page_at(second), bits = LAB_S1_RW;
    dbell_host_map(&s1, 0x1000, ipa, 3, bits);
    dbell_host_map(&s1, 0x2000, ipa, 3, bits | DBELL_HOST_PTE_AP_RO);
    dbell_host_map(&s1, 0x3000, ipa, 3, bits | DBELL_HOST_PTE_AP_RO | DBELL_HOST_PTE_DBM);
    r->cd = lab_cd(&s1);
    r->cd.ha = r->cd.hd = hd;
    struct dbell_host_ste stage1 = lab_ste_stage1(&r->lab, &r->cd);
    r->ste.config = 7;
    r->ste.s1contextptr = stage1.s1contextptr;
    lab_ste(&r->lab, SID, &r->ste);
    return true;
}

TEST(nested, each_stage_decides_3_22_2)
{
    static const struct {
        enum dbell_op op;
        uint64_t va;
        enum page second;
        bool hd;
        enum dbell_op out;
        unsigned event, s2, rnw;
    } cases[] = {
        {DBELL_READ_DESTRUCTIVE, 0x1000, READ_WRITE, false, DBELL_READ_DESTRUCTIVE, 0, 0, 0},
        {DBELL_READ_DESTRUCTIVE, 0x1000, READ, false, DBELL_READ, 0, 0, 0},
        {DBELL_READ_DESTRUCTIVE, 0x2000, READ_WRITE, false, DBELL_READ, 0, 0, 0},
        {DBELL_READ_DESTRUCTIVE, 0x3000, READ_WRITE, true, DBELL_READ, 0, 0, 0},
        {DBELL_READ_DESTRUCTIVE, 0x1000, CLEAN_READ, true, DBELL_READ, 0, 0, 0},
        {DBELL_READ_DESTRUCTIVE, 0x1000, WRITE, false, DBELL_NO_OP, 0x13, 1, 1},
        {DBELL_INVALIDATE, 0x1000, READ_WRITE, false, DBELL_INVALIDATE, 0, 0, 0},
        {DBELL_INVALIDATE, 0x2000, READ_WRITE, false, DBELL_CLEAN_INVALIDATE, 0, 0, 0},
        {DBELL_INVALIDATE, 0x3000, READ_WRITE, true, DBELL_CLEAN_INVALIDATE, 0, 0, 0},
        {DBELL_INVALIDATE, 0x1000, READ, false, DBELL_CLEAN_INVALIDATE, 0, 0, 0},
        {DBELL_INVALIDATE, 0x1000, NONE, false, DBELL_NO_OP, 0x13, 1, 1},
        {DBELL_DESTRUCTIVE_HINT, 0x1000, READ_WRITE, false, DBELL_DESTRUCTIVE_HINT, 0, 0, 0},
        {DBELL_DESTRUCTIVE_HINT, 0x2000, READ_WRITE, false, DBELL_NO_OP, 0, 0, 0},
        {DBELL_DESTRUCTIVE_HINT, 0x3000, READ_WRITE, true, DBELL_NO_OP, 0, 0, 0},
        {DBELL_DESTRUCTIVE_HINT, 0x1000, READ, false, DBELL_NO_OP, 0, 0, 0},
        {DBELL_DESTRUCTIVE_HINT, 0x1000, UNMAPPED, false, DBELL_NO_OP, 0, 0, 0},
        {DBELL_PREFETCH, 0x1000, READ, false, DBELL_PREFETCH, 0, 0, 0},
        {DBELL_PREFETCH, 0x2000, READ, false, DBELL_PREFETCH, 0, 0, 0},
        {DBELL_PREFETCH, 0x1000, NONE, false, DBELL_NO_OP, 0, 0, 0},
        {DBELL_PREFETCH, 0x1000, UNMAPPED, false, DBELL_NO_OP, 0, 0, 0},
        {DBELL_ATOMIC_SWAP, 0x1000, READ_WRITE, false, DBELL_ATOMIC_SWAP, 0, 0, 0},
        {DBELL_ATOMIC_SWAP, 0x2000, READ_WRITE, false, DBELL_NO_OP, 0x13, 0, 0},
        {DBELL_ATOMIC_SWAP, 0x1000, READ, false, DBELL_NO_OP, 0x13, 1, 0},
        {DBELL_ATOMIC_SWAP, 0x1000, WRITE, false, DBELL_NO_OP, 0x13, 1, 1},
        {DBELL_ATOMIC_SWAP, 0x1000, CLEAN, true, DBELL_NO_OP, 0x13, 1, 1},
        {DBELL_WRITE_PREFETCH, 0x2000, READ_WRITE, false, DBELL_NO_OP, 0x13, 0, 0},
        {DBELL_WRITE_PREFETCH, 0x1000, READ, false, DBELL_NO_OP, 0x13, 1, 0},
        {DBELL_CLEAN, 0x2000, READ, false, DBELL_CLEAN, 0, 0, 0},
        {DBELL_CLEAN, 0x1000, WRITE, false, DBELL_NO_OP, 0x13, 1, 1},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (unsigned round = 0; round < 2; round++) { /* the second from the TLB */
            struct rig r;
            uint64_t record[4];
            REQUIRE(nested_open(&r, cases[i].second, cases[i].hd));
            struct dbell_transaction t = access_of(cases[i].op, cases[i].va);
            if (round) {
                struct dbell_transaction first = access_of(DBELL_READ, cases[i].va);
                first.side.speculative = true;
                go(&r, &first);
            }
            struct dbell_translation result = go(&r, &t);
            CHECK_EQ(result.event, cases[i].event);
            if (!cases[i].event)
                CHECK_EQ(plain(result.op), cases[i].out);
            CHECK_EQ(lab_event(&r.lab, record), cases[i].event != 0);
            if (cases[i].event) {
                CHECK_EQ(record[0] & 0xff, cases[i].event);
                CHECK_EQ(record[1] >> 39 & 1, cases[i].s2);
                CHECK_EQ(record[1] >> 35 & 1, cases[i].rnw);
            }
            lab_close(&r.lab);
        }
}

/* It is issued speculatively: so marked it is no write that aborts. */
TEST(hint, prefetches_without_data_may_be_speculative_3_22)
{
    struct rig r;
    REQUIRE(stage2_open(&r, false, true, false));
    struct dbell_translation result = speculate(&r, DBELL_PREFETCH, page_at(READ_WRITE));
    CHECK_EQ(result.outcome, DBELL_DONE);
    CHECK_EQ(speculate(&r, DBELL_PREFETCH, page_at(UNMAPPED)).outcome, DBELL_DONE);
    check_quiet(&r);
    lab_close(&r.lab);
}

/* Table 13.4: PRIVCFG applies to all kinds, INSTCFG to reads and maintenance only. */
TEST(overrides, apply_by_kind_13_1_4)
{
    for (unsigned op = 0; op < DBELL_NO_OP; op++) {
        bool is_data = op == DBELL_WRITE || op == DBELL_ATOMIC_SWAP || op == DBELL_WRITE_PREFETCH;
        for (unsigned privcfg = 2; privcfg < 4; privcfg++)
            for (unsigned translated = 0; translated < 2; translated++) {
                struct rig r;
                REQUIRE(stage2_open(&r, true, true, false));
                dbell_host_map(&r.tables, page_at(READ_WRITE), PA, 3, LAB_S2_RW);
                if (!translated)
                    r.ste.config = 4;
                r.ste.privcfg = privcfg;
                r.ste.instcfg = 3;
                lab_ste(&r.lab, SID, &r.ste);
                struct dbell_translation result = try(&r, op, READ_WRITE);
                CHECK_EQ(result.outcome, DBELL_DONE);
                CHECK_EQ(result.privileged, privcfg == 3);
                if (op != DBELL_PREFETCH)
                    CHECK_EQ(result.instruction, !is_data);
                lab_close(&r.lab);
            }
    }
}

/* --- SMMUv3.0 --- */

/* It has neither STE.DRE nor STE.DCP, and converts them always. */
TEST(version0, hints_are_converted_always_3_22)
{
    static const struct {
        enum dbell_op op, out;
    } cases[] = {{DBELL_READ_CLEAN_INVALIDATE, DBELL_READ},
                 {DBELL_READ_DESTRUCTIVE, DBELL_READ},
                 {DBELL_WRITE_PREFETCH, DBELL_WRITE},
                 {DBELL_PREFETCH, DBELL_NO_OP}};
    struct dbell_smmu_config config;
    REQUIRE(dbell_smmu_preset("arm-mmu600", &config) == DBELL_OK);
    struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    f.version = 0;
    dbell_smmu_features_set(&config, &f);
    struct rig r;
    REQUIRE(rig_open(&r, &config));
    r.tables = lab_tables(&r.lab, 12, 39);
    dbell_host_map(&r.tables, page_at(READ_WRITE), PA, 3, LAB_S2_RW);
    r.ste = lab_ste_stage2(&r.tables);
    r.ste.dre = r.ste.dcp = true; /* RES0 */
    lab_ste(&r.lab, SID, &r.ste);
    for (unsigned i = 0; i < 4; i++) {
        struct dbell_translation result = try(&r, cases[i].op, READ_WRITE);
        CHECK_EQ(result.outcome, DBELL_DONE);
        CHECK_EQ(plain(result.op), cases[i].out);
    }
    r.ste.config = 4;
    lab_ste(&r.lab, SID, &r.ste);
    CHECK(lab_command(&r.lab, dbell_host_cfgi_ste(SID, true)));
    for (unsigned i = 1; i < 4; i++)
        CHECK_EQ(plain(try(&r, cases[i].op, READ_WRITE).op), cases[i].out);
    lab_write(&r.lab, CR0, 4, 0);
    for (unsigned i = 1; i < 4; i++)
        CHECK_EQ(plain(try(&r, cases[i].op, READ_WRITE).op), cases[i].out);
    check_quiet(&r);
    lab_close(&r.lab);
}

/* --- dirty state of stage 1 --- */

static bool stage1_open(struct rig *r, bool hd, bool wxn, uint64_t bits)
{
    if (!rig_open(r, NULL))
        return false;
    r->tables = lab_tables(&r->lab, 12, 39);
    dbell_host_map(&r->tables, page_at(READ), PA, 3, bits);
    r->cd = lab_cd(&r->tables);
    r->cd.ha = r->cd.hd = hd;
    r->cd.wxn = wxn;
    r->ste = lab_ste_stage1(&r->lab, &r->cd);
    r->ste.dre = r->ste.dcp = true;
    lab_ste(&r->lab, SID, &r->ste);
    return true;
}

#define S1_CLEAN (LAB_S1_RW | DBELL_HOST_PTE_AP_RO | DBELL_HOST_PTE_DBM)

TEST(dirty, by_what_writes_only_3_13_8)
{
    static const struct {
        enum dbell_op op, out;
        bool dirty;
    } cases[] = {{DBELL_READ, DBELL_READ, false},
                 {DBELL_WRITE, DBELL_WRITE, true},
                 {DBELL_ATOMIC_SWAP, DBELL_ATOMIC_SWAP, true},
                 {DBELL_READ_CLEAN_INVALIDATE, DBELL_READ, false},
                 {DBELL_READ_DESTRUCTIVE, DBELL_READ, false},
                 {DBELL_WRITE_PREFETCH, DBELL_WRITE_PREFETCH, true},
                 {DBELL_PREFETCH, DBELL_PREFETCH, false},
                 {DBELL_CLEAN, DBELL_CLEAN, false},
                 {DBELL_INVALIDATE, DBELL_CLEAN_INVALIDATE, false},
                 {DBELL_DESTRUCTIVE_HINT, DBELL_NO_OP, false}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        REQUIRE(stage1_open(&r, true, false, S1_CLEAN));
        struct dbell_translation result = try(&r, cases[i].op, READ);
        CHECK_EQ(result.outcome, DBELL_DONE);
        CHECK_EQ(plain(result.op), cases[i].out);
        CHECK_EQ(leaf_of(&r, READ) >> 7 & 1, !cases[i].dirty); /* AP[2] */
        /* Once it is dirty they are as on any writable page. */
        try(&r, DBELL_WRITE, READ);
        CHECK_EQ(leaf_of(&r, READ) >> 7 & 1, 0);
        CHECK_EQ(plain(try(&r, cases[i].op, READ).op), plain(cases[i].op));
        check_quiet(&r);
        lab_close(&r.lab);
    }
}

/* With HD a writable-clean page counts as writable for what may be executed. */
TEST(dirty, writable_clean_is_writable_for_execution_3_13_8)
{
    static const enum dbell_op ops[] = {DBELL_READ, DBELL_CLEAN, DBELL_INVALIDATE,
                                        DBELL_READ_DESTRUCTIVE};
    for (unsigned i = 0; i < sizeof ops / sizeof ops[0]; i++)
        for (unsigned hd = 0; hd < 2; hd++)
            for (unsigned privileged = 0; privileged < 2; privileged++) {
                struct rig r;
                /* EL0: writable is never executable by WXN; EL1: nor by EL0's write. */
                REQUIRE(stage1_open(&r, hd, !privileged, S1_CLEAN));
                struct dbell_transaction t = access_of(ops[i], page_at(READ));
                t.side.instruction = true;
                t.side.privileged = privileged;
                CHECK_EQ(go(&r, &t).event, hd ? DBELL_EVENT_F_PERMISSION : 0);
                lab_close(&r.lab);
            }
}

/* The stage 1 access flag is written through stage 2, which becomes dirty for it. */
TEST(dirty, a_speculative_read_makes_the_table_page_of_stage2_dirty_3_14)
{
    struct rig r;
    REQUIRE(stage1_open(&r, true, false, LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AF));
    struct dbell_host_tables s2 = lab_tables(&r.lab, 12, 39);
    for (uint64_t page = LAB_RAM; page < LAB_RAM + 0x200000; page += 0x1000)
        dbell_host_map(&s2, page, page, 3,
                       (LAB_S2_RW & ~(uint64_t)DBELL_HOST_PTE_S2_WRITE) | DBELL_HOST_PTE_DBM);
    uint64_t leaves = s2.next - 0x1000;
    dbell_host_map(&s2, PA, PA, 3,
                   (LAB_S2_RW & ~(uint64_t)DBELL_HOST_PTE_S2_WRITE) | DBELL_HOST_PTE_DBM);
    uint64_t data_leaf = s2.next - 0x1000;
    uint64_t table = r.tables.next - 0x1000;
    struct dbell_host_ste nested = lab_ste_stage2(&s2);
    nested.config = 7;
    nested.s1contextptr = r.ste.s1contextptr;
    nested.s2ha = nested.s2hd = true;
    lab_ste(&r.lab, SID, &nested);
    CHECK_EQ(speculate(&r, DBELL_READ, page_at(READ)).outcome, DBELL_DONE);
    CHECK_EQ(leaf_of(&r, READ) >> 10 & 1, 1);
    CHECK_EQ(lab_read(&r.lab, leaves + (table - LAB_RAM) / 0x1000 * 8, 8) >> 7 & 1, 1);
    CHECK_EQ(lab_read(&r.lab, leaves + (r.tables.root - LAB_RAM) / 0x1000 * 8, 8) >> 7 & 1, 0);
    CHECK_EQ(lab_read(&r.lab, data_leaf, 8) >> 7 & 1, 0);
    check_quiet(&r);
    lab_close(&r.lab);
}

/* --- the access itself --- */

static struct dbell_dma_result dma_of(struct rig *r, enum dbell_op op, enum page page,
                                      uint8_t data[4])
{
    return lab_dma_with(&r->lab, (struct dbell_dma){.requesterid = SID,
                                                    .op = (uint8_t)op,
                                                    .address = page_at(page),
                                                    .length = 4,
                                                    .data = data});
}

TEST(data, moves_as_the_kind_that_goes_on_3_22)
{
    struct rig r;
    uint8_t data[4] = {1, 2, 3, 4};
    REQUIRE(stage2_open(&r, true, true, false));
    const uint64_t pa = PA + page_at(READ_WRITE), read_only = PA + page_at(READ);
    lab_write(&r.lab, pa, 4, 0x0d0c0b0a);
    lab_write(&r.lab, read_only, 4, 0x55667788);
    struct dbell_dma_result result = dma_of(&r, DBELL_ATOMIC_SWAP, READ_WRITE, data);
    CHECK_EQ(result.response, DBELL_RESPONSE_OK);
    CHECK_EQ(lab_read(&r.lab, pa, 4), 0x04030201);
    CHECK(data[0] == 0x0a && data[3] == 0x0d);
    result = dma_of(&r, DBELL_READ_DESTRUCTIVE, READ, data); /* downgraded */
    CHECK(result.trail.reached);
    CHECK(data[0] == 0x88 && data[3] == 0x55);
    CHECK_EQ(lab_read(&r.lab, read_only, 4), 0x55667788);
    dma_of(&r, DBELL_WRITE_PREFETCH, READ_WRITE, data);
    CHECK_EQ(lab_read(&r.lab, pa, 4), 0x55667788);
    result = dma_of(&r, DBELL_ATOMIC_SWAP, READ, data);
    CHECK(result.response != DBELL_RESPONSE_OK && !result.trail.reached);
    CHECK_EQ(lab_read(&r.lab, read_only, 4), 0x55667788);
    lab_close(&r.lab);
}

TEST(data, a_no_op_goes_no_further_and_is_well_3_22)
{
    static const enum dbell_op ops[] = {DBELL_PREFETCH, DBELL_DESTRUCTIVE_HINT};
    static const enum page pages[] = {NONE, UNMAPPED, NO_FLAG};
    for (unsigned i = 0; i < 2; i++)
        for (unsigned k = 0; k < 3; k++) {
            struct rig r;
            REQUIRE(stage2_open(&r, true, true, false));
            struct dbell_dma_result result = dma_of(&r, ops[i], pages[k], NULL);
            CHECK_EQ(result.response, DBELL_RESPONSE_OK);
            CHECK_EQ(result.trail.outcome, DBELL_DONE);
            CHECK_EQ(result.trail.op, DBELL_NO_OP);
            CHECK(!result.trail.reached);
            CHECK_EQ(result.trail.event, 0);
            lab_close(&r.lab);
        }
}

/* NS-EL2 has one set of permissions, whatever the privilege (13.4.1). */
TEST(hint, permissions_of_el2_streams_ignore_privilege_3_22_2)
{
    static const struct {
        enum dbell_op op, writable, read_only;
    } cases[] = {{DBELL_READ_DESTRUCTIVE, DBELL_READ_DESTRUCTIVE, DBELL_READ},
                 {DBELL_INVALIDATE, DBELL_INVALIDATE, DBELL_CLEAN_INVALIDATE},
                 {DBELL_DESTRUCTIVE_HINT, DBELL_DESTRUCTIVE_HINT, DBELL_NO_OP},
                 {DBELL_PREFETCH, DBELL_PREFETCH, DBELL_PREFETCH},
                 {DBELL_ATOMIC_SWAP, DBELL_ATOMIC_SWAP, DBELL_NO_OP}};
    struct rig r;
    REQUIRE(stage1_open(&r, false, false, LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AP_EL0));
    dbell_host_map(&r.tables, page_at(WRITE), PA, 3,
                   (LAB_S1_RW | DBELL_HOST_PTE_AP_RO) & ~(uint64_t)DBELL_HOST_PTE_AP_EL0);
    r.ste.strw = 2;
    lab_ste(&r.lab, SID, &r.ste);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (unsigned privileged = 0; privileged < 2; privileged++) {
            struct dbell_transaction t = access_of(cases[i].op, page_at(READ));
            t.side.privileged = privileged;
            CHECK_EQ(plain(go(&r, &t).op), cases[i].writable);
            t.address = page_at(WRITE); /* read only */
            struct dbell_translation result = go(&r, &t);
            if (cases[i].op == DBELL_ATOMIC_SWAP)
                CHECK_EQ(result.event, DBELL_EVENT_F_PERMISSION);
            else
                CHECK_EQ(plain(result.op), cases[i].read_only);
        }
    lab_close(&r.lab);
}

/* By the privilege of the access, after PRIVCFG: EL1 may write, EL0 may not do anything. */
TEST(hint, permissions_are_of_the_privilege_after_overrides_3_22_2)
{
    static const struct {
        enum dbell_op op, privileged;
        unsigned event; /* unprivileged */
    } cases[] = {{DBELL_READ_DESTRUCTIVE, DBELL_READ_DESTRUCTIVE, DBELL_EVENT_F_PERMISSION},
                 {DBELL_INVALIDATE, DBELL_INVALIDATE, DBELL_EVENT_F_PERMISSION},
                 {DBELL_CLEAN, DBELL_CLEAN, DBELL_EVENT_F_PERMISSION},
                 {DBELL_WRITE_PREFETCH, DBELL_WRITE_PREFETCH, DBELL_EVENT_F_PERMISSION},
                 {DBELL_ATOMIC_SWAP, DBELL_ATOMIC_SWAP, DBELL_EVENT_F_PERMISSION},
                 {DBELL_DESTRUCTIVE_HINT, DBELL_DESTRUCTIVE_HINT, 0},
                 {DBELL_PREFETCH, DBELL_PREFETCH, 0}};
    for (unsigned privcfg = 0; privcfg < 4; privcfg++) {
        struct rig r;
        REQUIRE(stage1_open(&r, false, false,
                            (LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AP_EL0) | DBELL_HOST_PTE_UXN));
        r.ste.privcfg = privcfg;
        lab_ste(&r.lab, SID, &r.ste);
        for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
            for (unsigned input = 0; input < 2; input++) {
                struct dbell_transaction t = access_of(cases[i].op, page_at(READ));
                t.side.privileged = input;
                struct dbell_translation result = go(&r, &t);
                bool privileged = overridden(privcfg, input);
                CHECK_EQ(result.event, privileged ? 0 : cases[i].event);
                if (privileged)
                    CHECK_EQ(result.op, cases[i].privileged);
                else if (!cases[i].event)
                    CHECK_EQ(result.op, DBELL_NO_OP);
            }
        lab_close(&r.lab);
    }
}

/* --- hints where all transactions abort --- */

TEST(hint, no_abort_by_gbpa_either_3_22_2)
{
    static const enum dbell_op ops[] = {DBELL_PREFETCH, DBELL_DESTRUCTIVE_HINT};
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    lab_write(&r.lab, CR0, 4, 0);
    lab_write(&r.lab, GBPA, 4, UINT64_C(1) << 31 | 1 << 20);
    for (unsigned i = 0; i < 2; i++) {
        struct dbell_translation result = try(&r, ops[i], READ);
        CHECK_EQ(result.outcome, DBELL_DONE);
        CHECK_EQ(result.op, DBELL_NO_OP);
    }
    CHECK_EQ(try(&r, DBELL_READ_DESTRUCTIVE, READ).outcome, DBELL_FAULT);
    CHECK_EQ(try(&r, DBELL_INVALIDATE, READ).outcome, DBELL_FAULT);
    lab_close(&r.lab);
}

/* Table 13.4: INSTCFG is ignored for it, and it is always Data. */
TEST(overrides, prefetches_without_data_are_data_13_1_4)
{
    for (unsigned instcfg = 0; instcfg < 4; instcfg++)
        for (unsigned input = 0; input < 2; input++)
            for (unsigned translated = 0; translated < 2; translated++) {
                struct rig r;
                REQUIRE(stage2_open(&r, true, true, false));
                if (!translated)
                    r.ste.config = 4;
                r.ste.instcfg = instcfg;
                lab_ste(&r.lab, SID, &r.ste);
                struct dbell_transaction t = access_of(DBELL_PREFETCH, page_at(READ_WRITE));
                t.side.instruction = input;
                struct dbell_translation result = go(&r, &t);
                CHECK_EQ(result.op, DBELL_PREFETCH);
                CHECK_EQ(result.instruction, false);
                lab_close(&r.lab);
            }
}

TEST(data, a_no_op_reaches_nothing_3_22)
{
    struct rig r;
    REQUIRE(stage2_open(&r, true, true, false));
    struct dbell_dma_result result = dma_of(&r, DBELL_PREFETCH, UNMAPPED, NULL);
    CHECK_EQ(result.trail.op, DBELL_NO_OP);
    CHECK(!result.trail.reached);
    lab_close(&r.lab);
}
