/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* For who keeps time: what an access will need, which unit has work, which command is next, and
 * what an invalidation takes away. */
#include <string.h>

#include "bench.h"
#include "dbell_test.h"
#include "its_bench.h"

enum { SID = 5, STEPS = 128, CR0 = 0x20, CMDQ_PROD = 0x98, CMDQ_CONS = 0x9c };

#define VA    UINT64_C(0x700000005000)
#define IPA   UINT64_C(0x80008000)
#define PA    UINT64_C(0x90003000)
#define CLEAN (BENCH_S1 | DBELL_HOST_PTE_AP_RO | DBELL_HOST_PTE_DBM)

struct rig {
    struct bench b;
    struct dbell_host_tables s1, s2;
    struct dbell_step foreseen[STEPS], made[STEPS];
    struct dbell_itinerary f, m;
    struct dbell_smmu_foresight foresight;
    struct dbell_smmu_invalidation told[8];
    unsigned told_count;
    uint32_t cons_when_told;
};

static void invalidated(void *ctx, const struct dbell_smmu_invalidation *what)
{
    struct rig *r = ctx;
    if (r->told_count < 8)
        r->told[r->told_count++] = *what;
    r->cons_when_told = (uint32_t)dbell_smmu_read(&r->b.smmu, CMDQ_CONS, 4);
}

/* VA to IPA by stage 1 (ASID 1), IPA to PA by stage 2 (VMID 7). */
static bool open(struct rig *r, unsigned config, uint64_t s1_bits)
{
    memset(r, 0, sizeof *r);
    if (!bench_open(&r->b, NULL))
        return false;
    r->b.smmu.ports.invalidations = (struct dbell_invalidation_port){r, invalidated};
    bench_on(&r->b);
    r->s1 = bench_tables(&r->b, 12, 48);
    r->s2 = bench_tables(&r->b, 12, 48);
    bench_identity(&r->s2);
    const uint64_t context = bench_alloc(&r->b, 4096);
    struct dbell_host_cd cd = bench_cd_of(&r->s1);
    cd.ha = cd.hd = true;
    bench_cd(&r->b, context, &cd);
    dbell_host_map(&r->s1, VA, IPA, 3, s1_bits);
    dbell_host_map(&r->s2, IPA, PA, 3, BENCH_S2);
    struct dbell_host_ste ste = {.v = true, .config = config, .shcfg = 1};
    if (config & 1)
        ste = bench_stage1(context);
    if (config & 2)
        bench_add_stage2(&ste, &r->s2);
    ste.config = config;
    bench_ste(&r->b, SID, &ste);
    bench_command(&r->b, dbell_host_cfgi_all());
    r->told_count = 0;
    return true;
}

static struct dbell_transaction access_to(uint64_t address, enum dbell_op op,
                                          struct dbell_itinerary *itinerary)
{
    return (struct dbell_transaction){
        .address = address,
        .length = 4,
        .op = (uint8_t)op,
        .side = {.has_streamid = true, .streamid = SID, .attr = DBELL_ATTR_NORMAL_WB},
        .itinerary = itinerary};
}

static void foresee(struct rig *r, uint64_t address, enum dbell_op op)
{
    r->f = (struct dbell_itinerary){.steps = r->foreseen, .capacity = STEPS};
    const struct dbell_transaction t = access_to(address, op, &r->f);
    CHECK_EQ(dbell_smmu_foresee(&r->b.smmu, &t, &r->foresight), DBELL_OK);
}

static struct dbell_translation make(struct rig *r, uint64_t address, enum dbell_op op)
{
    struct dbell_translation result;
    r->m = (struct dbell_itinerary){.steps = r->made, .capacity = STEPS};
    const struct dbell_transaction t = access_to(address, op, &r->m);
    dbell_smmu_translate(&r->b.smmu, &t, &result);
    return result;
}

/* The accesses of memory that were foreseen are those that were made, in their order. */
static unsigned compare(const struct rig *r)
{
    unsigned made = 0;
    for (uint32_t i = 0; i < r->m.count; i++) {
        const struct dbell_step *is = &r->made[i];
        if (is->kind != DBELL_STEP_READ && is->kind != DBELL_STEP_UPDATE)
            continue;
        const struct dbell_step *was = &r->foreseen[made++];
        CHECK(made <= r->f.count);
        CHECK_EQ(was->kind, is->kind);
        CHECK_EQ(was->object, is->object);
        CHECK_EQ(was->address, is->address);
        CHECK_EQ(was->input, is->input);
        CHECK_EQ(was->span, is->span);
        CHECK_EQ((uint8_t)was->level, (uint8_t)is->level);
    }
    CHECK_EQ(made, r->f.count);
    return made;
}

TEST(foresee, is_what_a_cold_access_reads_3_3)
{
    static const struct {
        unsigned config, reads, config_reads;
        uint64_t address;
        uint8_t regime;
    } cases[] = {{5, 6, 2, VA, DBELL_REGIME_EL1},
                 {6, 5, 1, IPA, DBELL_REGIME_S2},
                 {7, 30, 6, VA, DBELL_REGIME_EL1}};
    for (unsigned i = 0; i < 3; i++) {
        struct rig r;
        REQUIRE(open(&r, cases[i].config, BENCH_S1));
        foresee(&r, cases[i].address, DBELL_READ);
        CHECK(!r.foresight.decided);
        CHECK(r.foresight.walks);
        CHECK_EQ(r.foresight.outcome, DBELL_DONE);
        CHECK_EQ(r.foresight.page_size, 0x1000);
        CHECK_EQ(r.foresight.config_steps, cases[i].config_reads);
        CHECK_EQ(r.foresight.tag.regime, cases[i].regime);
        CHECK_EQ(r.foresight.tag.vmid, cases[i].config & 2 ? 7 : 0);
        CHECK_EQ(r.foresight.tag.asid, cases[i].config & 1 ? 1 : 0);
        CHECK_EQ(dbell_smmu_count(&r.b.smmu, DBELL_SMMU_READS_STE), 0);
        make(&r, cases[i].address, DBELL_READ);
        CHECK_EQ(compare(&r), cases[i].reads);
        bench_close(&r.b);
    }
}

TEST(foresee, an_update_is_foreseen_and_not_made_3_13)
{
    struct rig r;
    REQUIRE(open(&r, 7, CLEAN & ~(uint64_t)DBELL_HOST_PTE_AF));
    const uint64_t at = bench_entry(&r.b, &r.s1, VA, 3), before = bench_load(&r.b, at);
    foresee(&r, VA, DBELL_WRITE);
    CHECK_EQ(bench_load(&r.b, at), before);
    /* 30 reads; for AF and for dirty state each a walk to the descriptor, and its update. */
    CHECK_EQ(r.f.count, 30 + 5 + 5);
    CHECK_EQ(r.foreseen[26 + 4].kind, DBELL_STEP_UPDATE);
    make(&r, VA, DBELL_WRITE);
    CHECK_EQ(compare(&r), 40);
    CHECK(bench_load(&r.b, at) != before);
    bench_close(&r.b);
}

TEST(foresee, registers_may_decide_alone_3_11)
{
    struct rig r;
    REQUIRE(open(&r, 7, BENCH_S1));
    struct dbell_transaction t = access_to(VA + 0xffe, DBELL_READ, NULL);
    CHECK_EQ(dbell_smmu_foresee(&r.b.smmu, &t, &r.foresight), DBELL_OK); /* 16.7.1 */
    CHECK(r.foresight.decided);
    CHECK(dbell_smmu_decides(&r.b.smmu, &t));
    t = access_to(VA, DBELL_READ, NULL);
    CHECK(!dbell_smmu_decides(&r.b.smmu, &t));
    t.side.at = DBELL_AT_TRANSLATED; /* 3.9.1.3: CR0.ATSCHK == 0 */
    CHECK_EQ(dbell_smmu_foresee(&r.b.smmu, &t, &r.foresight), DBELL_OK);
    CHECK(r.foresight.decided);
    bench_put(&r.b, CR0, 4, 0xc | 0x10 | 1); /* ATSCHK */
    CHECK_EQ(dbell_smmu_foresee(&r.b.smmu, &t, &r.foresight), DBELL_OK);
    CHECK(!r.foresight.decided);
    CHECK(!r.foresight.walks); /* the STE has no EATS */
    bench_put(&r.b, CR0, 4, 0xc);
    foresee(&r, VA, DBELL_READ);
    CHECK(r.foresight.decided);
    CHECK_EQ(r.f.count, 0);
    t.side.has_streamid = false;
    CHECK_EQ(dbell_smmu_foresee(&r.b.smmu, &t, &r.foresight), DBELL_E_ARGUMENT);
    bench_close(&r.b);
}

TEST(foresee, a_bad_configuration_leads_to_no_table_5_2)
{
    struct rig r;
    REQUIRE(open(&r, 0, BENCH_S1)); /* every access aborts */
    foresee(&r, VA, DBELL_READ);
    CHECK(!r.foresight.walks);
    CHECK_EQ(r.foresight.outcome, DBELL_FAULT);
    CHECK_EQ(r.f.count, 1);
    CHECK_EQ(r.foresight.config_steps, 1);
    bench_close(&r.b);
    REQUIRE(open(&r, 5, BENCH_S1));
    foresee(&r, VA + 0x1000, DBELL_READ);
    CHECK(r.foresight.walks);
    CHECK_EQ(r.foresight.outcome, DBELL_FAULT);
    CHECK_EQ(r.foresight.page_size, 0);
    CHECK_EQ(r.f.count, 6);
    bench_close(&r.b);
}

/* --- direct access --- */

static bool direct(struct rig *r, uint64_t address, struct dbell_smmu_grant *grant)
{
    const struct dbell_transaction t = access_to(address, DBELL_READ, NULL);
    memset(grant, 0xa5, sizeof *grant);
    return dbell_smmu_direct(&r->b.smmu, &t, grant);
}

TEST(direct, a_page_of_both_stages_3_3)
{
    struct rig r;
    struct dbell_smmu_grant g;
    uint64_t record[4];
    REQUIRE(open(&r, 7, BENCH_S1));
    REQUIRE(direct(&r, VA + 0x123, &g));
    CHECK_EQ(g.input, VA);
    CHECK_EQ(g.output, PA);
    CHECK_EQ(g.size, 0x1000);
    CHECK(g.readable && g.writable);
    CHECK(!direct(&r, VA + 0x1000, &g)); /* nothing is mapped, and nobody is told */
    CHECK(!bench_event(&r.b, record));
    CHECK_EQ(dbell_smmu_count(&r.b.smmu, DBELL_SMMU_TLB_MISS), 0);
    bench_close(&r.b);
}

TEST(direct, the_smaller_page_of_two_stages)
{
    struct rig r;
    struct dbell_smmu_grant g;
    const uint64_t block = UINT64_C(0x700040000000);
    REQUIRE(open(&r, 7, BENCH_S1));
    dbell_host_map(&r.s1, block, BENCH_RAM, 2, BENCH_S1); /* 2 MiB over pages of 4 KiB */
    REQUIRE(direct(&r, block + 0x3456, &g));
    CHECK_EQ(g.size, 0x1000);
    CHECK_EQ(g.input, block + 0x3000);
    CHECK_EQ(g.output, BENCH_RAM + 0x3000);
    bench_close(&r.b);
}

TEST(direct, what_is_clean_or_read_only_is_not_written_3_13)
{
    static const struct {
        uint64_t bits;
        bool granted, writable;
    } cases[] = {{BENCH_S1, true, true},
                 {BENCH_S1 | DBELL_HOST_PTE_AP_RO, true, false},
                 {CLEAN, true, false},
                 {BENCH_S1 & ~(uint64_t)DBELL_HOST_PTE_AF, false, false}}; /* AF is still to come */
    for (unsigned i = 0; i < 4; i++) {
        struct rig r;
        struct dbell_smmu_grant g;
        REQUIRE(open(&r, 5, cases[i].bits));
        CHECK_EQ(direct(&r, VA, &g), cases[i].granted);
        if (cases[i].granted)
            CHECK_EQ(g.writable, cases[i].writable);
        bench_close(&r.b);
    }
}

TEST(direct, not_where_accesses_stall_or_ats_has_a_say)
{
    struct rig r;
    struct dbell_smmu_grant g;
    REQUIRE(open(&r, 5, BENCH_S1));
    CHECK(direct(&r, VA, &g));
    struct dbell_host_cd cd = bench_cd_of(&r.s1);
    const uint64_t context = bench_alloc(&r.b, 4096);
    cd.s = true;
    bench_cd(&r.b, context, &cd);
    struct dbell_host_ste ste = bench_stage1(context);
    bench_ste(&r.b, SID, &ste);
    CHECK(!direct(&r, VA, &g)); /* CD.S */
    cd.s = false;
    bench_cd(&r.b, context, &cd);
    CHECK(direct(&r, VA, &g));
    ste.eats = 1;
    bench_ste(&r.b, SID, &ste);
    CHECK(!direct(&r, VA, &g)); /* STE.EATS */
    ste = (struct dbell_host_ste){.v = true, .config = 6, .shcfg = 1};
    bench_add_stage2(&ste, &r.s2);
    bench_ste(&r.b, SID, &ste);
    CHECK(direct(&r, IPA, &g));
    CHECK_EQ(g.output, PA);
    ste.s2s = true;
    bench_ste(&r.b, SID, &ste);
    CHECK(!direct(&r, IPA, &g)); /* STE.S2S */
    bench_close(&r.b);
}

TEST(direct, past_an_smmu_that_is_off_and_past_a_stream_that_bypasses_3_11)
{
    struct rig r;
    struct dbell_smmu_grant g;
    REQUIRE(open(&r, 4, BENCH_S1)); /* bypass */
    REQUIRE(direct(&r, 0x12345678, &g));
    CHECK_EQ(g.output, 0x12345000);
    CHECK_EQ(g.size, 0x1000);
    bench_put(&r.b, CR0, 4, 0xc);
    CHECK(direct(&r, 0x12345678, &g));
    bench_put(&r.b, 0x44, 4, 1u << 31 | 1u << 20); /* GBPA.ABORT */
    CHECK(!direct(&r, 0x12345678, &g));
    bench_close(&r.b);
    REQUIRE(open(&r, 0, BENCH_S1)); /* every access aborts */
    CHECK(!direct(&r, VA, &g));
    bench_close(&r.b);
}

TEST(direct, not_of_fetches_and_translated_accesses)
{
    struct rig r;
    struct dbell_smmu_grant g;
    REQUIRE(open(&r, 5, BENCH_S1));
    struct dbell_transaction t = access_to(VA, DBELL_READ, NULL);
    t.side.instruction = true;
    CHECK(!dbell_smmu_direct(&r.b.smmu, &t, &g));
    t = access_to(VA, DBELL_READ, NULL);
    t.side.at = DBELL_AT_TRANSLATED;
    CHECK(!dbell_smmu_direct(&r.b.smmu, &t, &g));
    t = access_to(VA, DBELL_READ, NULL);
    t.side.has_streamid = false;
    CHECK(!dbell_smmu_direct(&r.b.smmu, &t, &g));
    bench_close(&r.b);
}

/* --- units --- */

/* Steps every unit once; each answers IDLE exactly when it had no work. */
static void step_units(struct rig *r, unsigned expected)
{
    CHECK_EQ(dbell_smmu_work(&r->b.smmu), expected);
    for (unsigned unit = 0; unit < DBELL_SMMU_UNITS; unit++) {
        const bool work = dbell_smmu_work(&r->b.smmu) >> unit & 1;
        const int progress = dbell_smmu_step_unit(&r->b.smmu, (enum dbell_smmu_unit)unit, NULL);
        CHECK_EQ(progress != DBELL_IDLE, work);
    }
    CHECK_EQ(dbell_smmu_step_unit(&r->b.smmu, DBELL_SMMU_UNITS, NULL), DBELL_E_RANGE);
}

TEST(units, each_has_work_and_does_it)
{
    struct rig r;
    REQUIRE(open(&r, 5, BENCH_S1));
    step_units(&r, 0);
    make(&r, VA + 0x1000, DBELL_READ); /* F_TRANSLATION */
    step_units(&r, 1u << DBELL_SMMU_EVENT_WRITER);
    bench_store_words(&r.b, r.b.cmdq + 16 * (r.b.commands % 32), dbell_host_cfgi_all().words, 2);
    bench_poke(&r.b, CMDQ_PROD, 4, (r.b.commands + 1) % 64);
    CHECK_EQ(dbell_smmu_work(&r.b.smmu) & 1u << DBELL_SMMU_COMMAND_UNIT,
             1u << DBELL_SMMU_COMMAND_UNIT);
    bench_settle(&r.b);
    CHECK_EQ(dbell_smmu_work(&r.b.smmu), 0);
    bench_close(&r.b);
}

TEST(units, the_next_command_is_told_and_not_taken_4)
{
    static const uint8_t atc = DBELL_COMMAND_ATC, tlb = DBELL_COMMAND_TLB;
    const struct {
        struct dbell_host_cmd command;
        uint8_t kind;
    } cases[] = {{dbell_host_prefetch_config(1), DBELL_COMMAND_PREFETCH},
                 {dbell_host_prefetch_addr(1, VA, 0, 0), DBELL_COMMAND_PREFETCH},
                 {dbell_host_cfgi_ste(1, true), DBELL_COMMAND_CONFIG},
                 {dbell_host_cfgi_all(), DBELL_COMMAND_CONFIG},
                 {dbell_host_cfgi_cd(1, 0, true), DBELL_COMMAND_CONFIG},
                 {dbell_host_cfgi_cd_all(1), DBELL_COMMAND_CONFIG},
                 {dbell_host_cfgi_vms_pidm(1), DBELL_COMMAND_CONFIG},
                 {dbell_host_tlbi_nh_all(1), tlb},
                 {dbell_host_tlbi_nh_asid(1, 1), tlb},
                 {dbell_host_tlbi_nh_va(1, 1, VA, true), tlb},
                 {dbell_host_tlbi_nh_vaa(1, VA, true), tlb},
                 {dbell_host_tlbi_el2_all(), tlb},
                 {dbell_host_tlbi_el2_asid(1), tlb},
                 {dbell_host_tlbi_el2_va(1, VA, true), tlb},
                 {dbell_host_tlbi_el2_vaa(VA, true), tlb},
                 {dbell_host_tlbi_s12_vmall(1), tlb},
                 {dbell_host_tlbi_s2_ipa(1, IPA, true), tlb},
                 {dbell_host_tlbi_nsnh_all(), tlb},
                 {dbell_host_atc_inv(1, VA, 0, false), atc},
                 {dbell_host_pri_resp(1, 0, 0), DBELL_COMMAND_PRI},
                 {dbell_host_resume(1, 0, true, false), DBELL_COMMAND_STALL},
                 {dbell_host_stall_term(1), DBELL_COMMAND_STALL},
                 {dbell_host_sync(), DBELL_COMMAND_SYNC},
                 {{{0xff, 0}}, DBELL_COMMAND_ILLEGAL}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        uint64_t address;
        REQUIRE(open(&r, 5, BENCH_S1));
        CHECK_EQ(dbell_smmu_next_command(&r.b.smmu, &address), DBELL_COMMAND_NONE);
        const uint64_t at = r.b.cmdq + 16 * (r.b.commands % 32);
        bench_store_words(&r.b, at, cases[i].command.words, 2);
        bench_poke(&r.b, CMDQ_PROD, 4, (r.b.commands + 1) % 64);
        const uint64_t cons = bench_get(&r.b, CMDQ_CONS, 4);
        CHECK_EQ(dbell_smmu_next_command(&r.b.smmu, &address), cases[i].kind);
        CHECK_EQ(address, at);
        CHECK_EQ(bench_get(&r.b, CMDQ_CONS, 4), cons);
        bench_close(&r.b);
    }
}

/* --- invalidations --- */

TEST(invalidations, are_told_before_the_command_is_consumed_4_3_4_4)
{
    enum { ALL = 0xffff };
    const struct {
        struct dbell_host_cmd command;
        unsigned count;
        struct dbell_smmu_invalidation what; /* the last one told */
    } cases[] = {
        {dbell_host_cfgi_ste(9, true),
         1,
         {.kind = DBELL_INVALIDATED_STREAMS, .first_stream = 9, .last_stream = 9}},
        {dbell_host_cfgi_ste_range(9, 2),
         1,
         {.kind = DBELL_INVALIDATED_STREAMS, .first_stream = 8, .last_stream = 15}},
        {dbell_host_cfgi_all(), 1, {.kind = DBELL_INVALIDATED_STREAMS, .last_stream = UINT32_MAX}},
        {dbell_host_cfgi_cd(9, 3, true),
         1,
         {.kind = DBELL_INVALIDATED_SUBSTREAM,
          .first_stream = 9,
          .last_stream = 9,
          .substreamid = 3}},
        {dbell_host_cfgi_cd_all(9),
         1,
         {.kind = DBELL_INVALIDATED_SUBSTREAM,
          .first_stream = 9,
          .last_stream = 9,
          .all_substreams = true}},
        {dbell_host_tlbi_nh_all(7),
         1,
         {.kind = DBELL_INVALIDATED_VMID,
          .regime = DBELL_REGIME_EL1,
          .vmid = 7,
          .last = UINT64_MAX}},
        {dbell_host_tlbi_nh_asid(7, 5),
         1,
         {.kind = DBELL_INVALIDATED_ASID,
          .regime = DBELL_REGIME_EL1,
          .vmid = 7,
          .asid = 5,
          .last = UINT64_MAX}},
        {dbell_host_tlbi_nh_va(7, 5, VA, true),
         1,
         {.kind = DBELL_INVALIDATED_RANGE,
          .regime = DBELL_REGIME_EL1,
          .vmid = 7,
          .asid = 5,
          .leaf = true,
          .first = VA,
          .last = VA + 0xfff}},
        {dbell_host_tlbi_nh_vaa(7, VA, false),
         1,
         {.kind = DBELL_INVALIDATED_RANGE,
          .regime = DBELL_REGIME_EL1,
          .vmid = 7,
          .any_asid = true,
          .first = VA,
          .last = VA + 0xfff}},
        {dbell_host_tlbi_s2_ipa(7, IPA, true),
         1,
         {.kind = DBELL_INVALIDATED_RANGE,
          .regime = DBELL_REGIME_S2,
          .vmid = 7,
          .leaf = true,
          .first = IPA,
          .last = IPA + 0xfff}},
        {dbell_host_tlbi_s12_vmall(7),
         2,
         {.kind = DBELL_INVALIDATED_VMID,
          .regime = DBELL_REGIME_S2,
          .vmid = 7,
          .last = UINT64_MAX}},
        {dbell_host_tlbi_nsnh_all(),
         2,
         {.kind = DBELL_INVALIDATED_REGIME, .regime = DBELL_REGIME_EL1}},
        {dbell_host_sync(), 0, {0}},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        REQUIRE(open(&r, 7, BENCH_S1));
        const uint32_t before = (uint32_t)bench_get(&r.b, CMDQ_CONS, 4);
        CHECK(bench_command(&r.b, cases[i].command));
        CHECK_EQ(r.told_count, cases[i].count);
        if (!r.told_count) {
            bench_close(&r.b);
            continue;
        }
        CHECK_EQ(r.cons_when_told, before);
        const struct dbell_smmu_invalidation *got = &r.told[r.told_count - 1];
        const struct dbell_smmu_invalidation *want = &cases[i].what;
        CHECK_EQ(got->kind, want->kind);
        CHECK_EQ(got->first_stream, want->first_stream);
        CHECK_EQ(got->last_stream, want->last_stream);
        CHECK_EQ(got->all_substreams, want->all_substreams);
        CHECK_EQ(got->substreamid, want->substreamid);
        CHECK_EQ(got->regime, want->regime);
        CHECK_EQ(got->vmid, want->vmid);
        CHECK_EQ(got->asid, want->asid);
        CHECK_EQ(got->any_asid, want->any_asid);
        CHECK_EQ(got->leaf, want->leaf);
        CHECK_EQ(got->first, want->first);
        CHECK_EQ(got->last, want->last);
        bench_close(&r.b);
    }
}

TEST(invalidations, registers_and_other_ways_are_told_too)
{
    struct rig r;
    REQUIRE(open(&r, 7, BENCH_S1));
    bench_poke(&r.b, CR0, 4, 0xc); /* SMMUEN: 6.3.9.6 */
    REQUIRE(r.told_count == 1);
    CHECK_EQ(r.told[0].kind, DBELL_INVALIDATED_ALL);
    bench_poke(&r.b, 0x44, 4, 1u << 31 | 1u << 20); /* GBPA.ABORT, with Update */
    CHECK_EQ(r.told_count, 2);
    const struct dbell_tlbi tlbi = {
        .scope = DBELL_TLBI_VA, .el = 1, .vmid = 7, .asid = 1, .first = VA, .last = VA + 0xfff};
    bench_poke(&r.b, 0x2c, 4, 0); /* CR2.PTM */
    dbell_smmu_tlbi(&r.b.smmu, &tlbi);
    REQUIRE(r.told_count == 3);
    CHECK_EQ(r.told[2].kind, DBELL_INVALIDATED_RANGE);
    CHECK_EQ(r.told[2].first, VA);
    dbell_smmu_fail(&r.b.smmu);
    CHECK_EQ(r.told_count, 4);
    dbell_smmu_reset(&r.b.smmu);
    CHECK_EQ(r.told_count, 5);
    CHECK_EQ(r.told[4].kind, DBELL_INVALIDATED_ALL);
    bench_close(&r.b);
}

/* --- the ITS --- */

static bool open_its(struct its_bench *b, uint64_t *itt)
{
    if (!its_open(b, NULL))
        return false;
    its_on(b);
    *itt = its_alloc(b, 4096);
    return its_command(b, dbell_host_mapd(2, 8, *itt, true)) &&
           its_command(b, dbell_host_mapc(3, 1, true)) &&
           its_command(b, dbell_host_mapti(2, 20, 8195, 3));
}

static struct dbell_msi_result foresee_msi(struct its_bench *b, uint32_t eventid,
                                           struct dbell_itinerary *itinerary)
{
    struct dbell_msi_result result;
    uint8_t data[4] = {(uint8_t)eventid};
    const struct dbell_transaction t = {.address = DBELL_ITS_TRANSLATER,
                                        .length = 4,
                                        .op = DBELL_WRITE,
                                        .data = data,
                                        .side = {.has_deviceid = true, .deviceid = 2},
                                        .itinerary = itinerary};
    dbell_its_foresee(&b->its, &t, &result);
    return result;
}

TEST(foresee, an_msi_reads_three_tables_and_is_not_made_5_1)
{
    struct its_bench b;
    struct dbell_step steps[16];
    struct dbell_itinerary itinerary = {.steps = steps, .capacity = 16};
    uint64_t itt;
    REQUIRE(open_its(&b, &itt));
    its_msi(&b, 2, 20); /* all is cached now */
    const unsigned called = b.called;
    const uint64_t msis = its_count(&b, DBELL_ITS_MSIS);
    const struct dbell_msi_result result = foresee_msi(&b, 20, &itinerary);
    CHECK_EQ(result.verdict, DBELL_ITS_DELIVERED);
    CHECK_EQ(result.intid, 8195);
    CHECK_EQ(result.rdbase, 1);
    REQUIRE(itinerary.count == 3);
    CHECK_EQ(steps[0].object, DBELL_OBJECT_DTE);
    CHECK_EQ(steps[0].address, b.devices + 2 * 8);
    CHECK_EQ(steps[1].object, DBELL_OBJECT_ITE);
    CHECK_EQ(steps[1].address, itt + 20 * 12);
    CHECK_EQ(steps[2].object, DBELL_OBJECT_CTE);
    CHECK_EQ(steps[2].address, b.collections + 3 * 8);
    CHECK_EQ(b.called, called);
    CHECK_EQ(its_count(&b, DBELL_ITS_MSIS), msis);
    itinerary.count = 0;
    CHECK_EQ(foresee_msi(&b, 21, &itinerary).verdict, DBELL_ITS_EVENT_UNMAPPED);
    CHECK_EQ(itinerary.count, 2);
    CHECK_EQ(its_count(&b, DBELL_ITS_DROPS), 0);
    its_close(&b);
}

TEST(foresee, the_next_its_command_is_told_and_not_taken_5_3)
{
    struct its_bench b;
    struct dbell_its_command command;
    uint64_t itt;
    REQUIRE(open_its(&b, &itt));
    CHECK(!dbell_its_work(&b.its));
    CHECK(!dbell_its_next_command(&b.its, &command));
    const uint64_t at = its_get(&b, ITS_CREADR, 8);
    its_post(&b, dbell_host_mapti(2, 21, 8196, 3));
    its_post(&b, dbell_host_its_sync(1));
    CHECK(dbell_its_work(&b.its));
    REQUIRE(dbell_its_next_command(&b.its, &command));
    CHECK_EQ(command.opcode, 0x0a);
    CHECK_EQ(command.deviceid, 2);
    CHECK_EQ(command.eventid, 21);
    CHECK_EQ(command.icid, 3);
    CHECK(!command.synchronises);
    CHECK_EQ(command.address, b.queue + at);
    CHECK_EQ(its_get(&b, ITS_CREADR, 8), at);
    CHECK_EQ(dbell_its_step(&b.its, NULL), DBELL_STEPPED);
    REQUIRE(dbell_its_next_command(&b.its, &command));
    CHECK_EQ(command.opcode, 0x05);
    CHECK(command.synchronises);
    its_settle(&b);
    CHECK(!dbell_its_work(&b.its));
    its_close(&b);
}
