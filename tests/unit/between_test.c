/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What software does while a unit of the SMMU waits for its bus, and between its steps. */
#include "bench.h"
#include "dbell_test.h"

enum { SID = 5, CR0 = 0x20, CR0ACK = 0x24, GERROR = 0x60, GERRORN = 0x64 };
enum { CMDQ_PROD = 0x98, CMDQ_CONS = 0x9c, EVENTQ_PROD = 0x100a8 };
#define VA UINT64_C(0x5000)
#define PA UINT64_C(0x60000000)

static struct dbell_host_tables tables;
static uint64_t cd_at;
static unsigned seen[2];

/* One stream with stage 1; VA is mapped if `bits` are not 0. */
static bool open_with(struct bench *b, const struct dbell_smmu_config *config, uint64_t bits,
                      struct dbell_host_cd what)
{
    if (!bench_open(b, config))
        return false;
    bench_on(b);
    tables = bench_tables(b, 12, 48);
    cd_at = bench_alloc(b, 4096);
    struct dbell_host_cd cd = bench_cd_of(&tables);
    cd.s = what.s;
    cd.a = what.a;
    cd.ha = what.ha;
    bench_cd(b, cd_at, &cd);
    if (bits)
        dbell_host_map(&tables, VA, PA, 3, bits);
    const struct dbell_host_ste ste = bench_stage1(cd_at);
    bench_ste(b, SID, &ste);
    bench_command(b, dbell_host_cfgi_all());
    b->logged = 0;
    return true;
}

static uint64_t ste_at(const struct bench *b)
{
    return b->strtab + SID * 64;
}

static int read_without_rest(struct bench *b, uint32_t streamid, uint64_t address)
{
    struct dbell_translation result;
    const struct dbell_transaction t = {
        .address = address,
        .length = 4,
        .side = {.has_streamid = true, .streamid = streamid, .attr = DBELL_ATTR_NORMAL_WB}};
    return dbell_smmu_translate(&b->smmu, &t, &result);
}

static unsigned events(struct bench *b)
{
    uint64_t record[4];
    unsigned n = 0;
    while (bench_event(b, record))
        n++;
    return n;
}

/* --- enables --- */

static void smmuen_off(struct bench *b)
{
    bench_poke(b, CR0, 4, 0xc);
    CHECK_EQ(bench_get(b, CR0ACK, 4), 0xc);
}

TEST(between, nothing_becomes_stalled_after_the_update_of_smmuen_6_3_9_6)
{
    struct bench b;
    REQUIRE(open_with(&b, NULL, 0, (struct dbell_host_cd){.s = true}));
    bench_during(&b, ste_at(&b), smmuen_off);
    CHECK_EQ(read_without_rest(&b, SID, VA), DBELL_DONE); /* by GBPA: as if it came later */
    CHECK_EQ(events(&b), 0);
    bench_close(&b);
}

static void off_and_invalidate(struct bench *b)
{
    smmuen_off(b);
    CHECK(bench_command(b, dbell_host_cfgi_all()));
    CHECK(bench_command(b, dbell_host_tlbi_nsnh_all()));
    CHECK(bench_command(b, dbell_host_sync()));
}

TEST(between, nothing_is_cached_after_the_update_of_smmuen_6_3_9_6)
{
    struct bench b;
    REQUIRE(open_with(&b, NULL, BENCH_S1, (struct dbell_host_cd){.a = true}));
    bench_during(&b, bench_entry(&b, &tables, VA, 1), off_and_invalidate);
    const uint64_t stes = dbell_smmu_count(&b.smmu, DBELL_SMMU_READS_STE);
    read_without_rest(&b, SID, VA);
    CHECK_EQ(dbell_smmu_count(&b.smmu, DBELL_SMMU_READS_STE), stes + 1);
    bench_put(&b, CR0, 4, 0xd);
    const uint64_t hits = dbell_smmu_count(&b.smmu, DBELL_SMMU_TLB_HIT);
    CHECK_EQ(bench_translate(&b, SID, DBELL_READ, VA).address, PA);
    CHECK_EQ(dbell_smmu_count(&b.smmu, DBELL_SMMU_TLB_HIT), hits);
    CHECK_EQ(dbell_smmu_count(&b.smmu, DBELL_SMMU_READS_STE), stes + 2);
    bench_close(&b);
}

static void fail(struct bench *b)
{
    dbell_smmu_fail(&b->smmu);
}

TEST(between, service_failure_terminates_what_is_under_way_12_3)
{
    for (unsigned mapped = 0; mapped < 2; mapped++) {
        struct bench b;
        REQUIRE(open_with(&b, NULL, mapped ? BENCH_S1 : 0, (struct dbell_host_cd){.s = true}));
        bench_during(&b, ste_at(&b), fail);
        CHECK_EQ(read_without_rest(&b, SID, VA), DBELL_FAULT);
        bench_close(&b);
    }
}

static void eventqen_off(struct bench *b)
{
    bench_poke(b, CR0, 4, 0x9);
    CHECK_EQ(bench_get(b, CR0ACK, 4), 0xd);
    bench_poke(b, EVENTQ_PROD, 4, 7); /* still guarded */
}

TEST(between, the_update_of_eventqen_waits_for_a_record_on_the_bus_6_3_9_4)
{
    struct bench b;
    REQUIRE(open_with(&b, NULL, 0, (struct dbell_host_cd){.a = true}));
    CHECK_EQ(read_without_rest(&b, 40, 0), DBELL_FAULT);
    bench_during(&b, b.eventq, eventqen_off);
    bench_settle(&b);
    CHECK_EQ(bench_get(&b, CR0ACK, 4), 0x9);
    CHECK_EQ(bench_get(&b, EVENTQ_PROD, 4), 1);
    bench_close(&b);
}

static void cmdqen_off(struct bench *b)
{
    bench_poke(b, CR0, 4, 0x5);
    CHECK_EQ(bench_get(b, CR0ACK, 4), 0xd);
    bench_poke(b, CMDQ_CONS, 4, 7);
}

TEST(between, the_update_of_cmdqen_waits_for_a_command_on_the_bus_6_3_9_3)
{
    struct bench b;
    REQUIRE(open_with(&b, NULL, 0, (struct dbell_host_cd){.a = true}));
    const uint32_t at = b.commands;
    bench_during(&b, b.cmdq + at * 16, cmdqen_off);
    bench_command(&b, dbell_host_tlbi_nsnh_all());
    CHECK_EQ(bench_get(&b, CR0ACK, 4), 0x5);
    CHECK_EQ(bench_get(&b, CMDQ_CONS, 4), at + 1);
    bench_close(&b);
}

TEST(between, records_are_lost_when_eventqen_goes_to_0_7_2_1)
{
    struct bench b;
    REQUIRE(open_with(&b, NULL, 0, (struct dbell_host_cd){.a = true}));
    CHECK_EQ(read_without_rest(&b, 40, 0), DBELL_FAULT);
    const uint64_t lost = dbell_smmu_count(&b.smmu, DBELL_SMMU_EVENTS_LOST);
    bench_poke(&b, CR0, 4, 0x9);
    CHECK_EQ(read_without_rest(&b, 41, 0), DBELL_FAULT);
    bench_poke(&b, CR0, 4, 0xd);
    CHECK_EQ(dbell_smmu_count(&b.smmu, DBELL_SMMU_EVENTS_LOST), lost + 2);
    CHECK_EQ(events(&b), 0);
    bench_close(&b);
}

/* A stalled access does not depend on its record: it is tried again once there is a queue. */
TEST(between, stalls_survive_the_loss_of_their_records_7_2_1)
{
    struct bench b;
    REQUIRE(open_with(&b, NULL, 0, (struct dbell_host_cd){.s = true}));
    CHECK_EQ(read_without_rest(&b, SID, VA), DBELL_PENDING);
    bench_poke(&b, CR0, 4, 0x9);
    bench_put(&b, CR0, 4, 0xd);
    CHECK_EQ(events(&b), 1);
    bench_close(&b);
}

/* One that has ended since then has nothing left to do (4.6.2). */
TEST(between, a_stall_that_has_ended_without_a_record_is_no_work_7_2_1)
{
    struct bench b;
    REQUIRE(open_with(&b, NULL, 0, (struct dbell_host_cd){.s = true}));
    CHECK_EQ(read_without_rest(&b, SID, VA), DBELL_PENDING);
    bench_poke(&b, CR0, 4, 0x9);
    CHECK(bench_command(&b, dbell_host_stall_term(SID)));
    bench_settle(&b);
    bench_poke(&b, CR0, 4, 0xd);
    CHECK_EQ(dbell_smmu_work(&b.smmu), 0);
    CHECK_EQ(dbell_smmu_step(&b.smmu, NULL), DBELL_IDLE);
    CHECK_EQ(events(&b), 0);
    bench_close(&b);
}

/* --- slots of the event queue --- */

static void another_fault(struct bench *b)
{
    seen[0] = read_without_rest(b, 40, 0) == DBELL_E_BUSY;
}

TEST(between, an_access_under_way_has_its_slot_7_2_1)
{
    struct bench b;
    uint64_t record[4];
    REQUIRE(open_with(&b, NULL, 0, (struct dbell_host_cd){.a = true}));
    for (unsigned i = 0; i < 63; i++)
        CHECK_EQ(read_without_rest(&b, 64 + i, 0), DBELL_FAULT); /* beyond the table */
    bench_during(&b, ste_at(&b), another_fault);
    CHECK_EQ(read_without_rest(&b, SID, VA), DBELL_FAULT);
    CHECK_EQ(seen[0], 1);
    CHECK_EQ(read_without_rest(&b, 40, 0), DBELL_E_BUSY);
    const struct dbell_page_hint hint = {.streamid = SID};
    CHECK_EQ(dbell_smmu_page_hint(&b.smmu, &hint), DBELL_E_BUSY);
    REQUIRE(bench_event(&b, record)); /* the first one is still there */
    CHECK_EQ(record[0] >> 32, 64);
    bench_close(&b);
}

/* --- commands --- */

static void note_sev(struct bench *b, unsigned line)
{
    seen[0] += line == DBELL_SMMU_SEV;
    seen[1] = (unsigned)bench_get(b, CMDQ_CONS, 4);
}

TEST(between, a_full_command_queue_that_is_no_longer_wakes_pes_4_1_2)
{
    for (unsigned sev = 0; sev < 2; sev++) {
        struct bench b;
        struct dbell_smmu_config config = dbell_smmu_default_config();
        config.idr[0] = (config.idr[0] & ~(1u << 14)) | sev << 14;
        const struct dbell_host_cmd nothing = dbell_host_tlbi_nsnh_all();
        REQUIRE(bench_open(&b, &config));
        bench_on(&b);
        for (unsigned i = 0; i < 32; i++)
            dbell_host_store_words(&b.bus, b.cmdq + i * 16, nothing.words, 2);
        seen[0] = 0;
        b.on_pulse = note_sev;
        bench_put(&b, CMDQ_PROD, 4, 31); /* all but one */
        CHECK_EQ(seen[0], 0);
        bench_put(&b, CMDQ_PROD, 4, 31 + 32);
        CHECK_EQ(seen[0], sev);
        if (sev)
            CHECK_EQ(seen[1], 32);
        bench_close(&b);
    }
}

TEST(between, who_is_told_of_a_cmd_sync_sees_it_consumed_4_7_3)
{
    for (unsigned cs = 1; cs < 3; cs++) { /* SIG_IRQ, by wire; SIG_SEV */
        struct bench b;
        REQUIRE(bench_open(&b, NULL));
        bench_on(&b);
        seen[1] = 0;
        b.on_pulse = note_sev;
        CHECK(bench_command(&b, (struct dbell_host_cmd){{0x46 | (uint64_t)cs << 12, 0}}));
        CHECK_EQ(seen[1], 1);
        bench_close(&b);
    }
}

/* --- tables --- */

static void take_away(struct bench *b)
{
    bench_store(b, bench_entry(b, &tables, VA, 0), 0);
    CHECK(bench_command(b, dbell_host_tlbi_nsnh_all()));
    CHECK(bench_command(b, dbell_host_sync()));
    b->logged = 0;
}

TEST(between, no_update_is_made_in_a_table_that_was_invalidated_3_21_1)
{
    struct bench b;
    REQUIRE(open_with(&b, NULL, BENCH_S1 & ~(uint64_t)DBELL_HOST_PTE_AF,
                      (struct dbell_host_cd){.a = true, .ha = true}));
    const uint64_t leaf = bench_entry(&b, &tables, VA, 3), before = bench_load(&b, leaf);
    bench_during(&b, leaf, take_away);
    CHECK_EQ(read_without_rest(&b, SID, VA), DBELL_FAULT);
    CHECK_EQ(bench_load(&b, leaf), before);
    CHECK(bench_noted(&b, leaf) == NULL);
    bench_close(&b);
}

/* An access that is overtaken again and again has to be tried later: nothing is made up. */
static void invalidate_again(struct bench *b)
{
    const struct dbell_tlbi all = {.scope = DBELL_TLBI_ALL, .el = 1};
    dbell_smmu_tlbi(&b->smmu, &all);
    bench_during(b, bench_entry(b, &tables, VA, 3), invalidate_again);
}

TEST(between, an_access_that_never_comes_to_rest_is_busy)
{
    struct bench b;
    REQUIRE(open_with(&b, NULL, BENCH_S1, (struct dbell_host_cd){.a = true}));
    bench_during(&b, bench_entry(&b, &tables, VA, 3), invalidate_again);
    CHECK_EQ(read_without_rest(&b, SID, VA), DBELL_E_BUSY);
    b.meanwhile = NULL;
    CHECK_EQ(read_without_rest(&b, SID, VA), DBELL_DONE);
    CHECK_EQ(events(&b), 0);
    bench_close(&b);
}

/* --- stalls --- */

/* 3.12: what is terminated instead of stalled is terminated with an abort. */
TEST(between, a_full_table_of_stalls_aborts_whatever_cd_a_3_12)
{
    struct bench b;
    struct dbell_smmu_config config = dbell_smmu_default_config();
    struct dbell_translation result;
    config.stall_entries = 1;
    REQUIRE(open_with(&b, &config, 0, (struct dbell_host_cd){.s = true, .a = false}));
    CHECK_EQ(read_without_rest(&b, SID, VA), DBELL_PENDING);
    result = bench_translate(&b, SID, DBELL_READ, VA + 0x1000);
    CHECK_EQ(result.outcome, DBELL_FAULT);
    CHECK(!result.razwi);
    CHECK_EQ(result.event, DBELL_EVENT_F_TRANSLATION);
    bench_close(&b);
}

TEST(between, without_the_terminate_model_a_full_table_holds_up_3_12_2_3)
{
    struct bench b;
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.idr[0] = (config.idr[0] & ~(3u << 24)) | 2u << 24; /* STALL_MODEL */
    config.stall_entries = 1;
    REQUIRE(open_with(&b, &config, 0, (struct dbell_host_cd){.s = true}));
    CHECK_EQ(read_without_rest(&b, SID, VA), DBELL_PENDING);
    CHECK_EQ(read_without_rest(&b, SID, VA + 0x1000), DBELL_E_BUSY);
    CHECK_EQ(events(&b), 1);
    CHECK(bench_command(&b, dbell_host_resume(SID, 0, false, true)));
    CHECK_EQ(read_without_rest(&b, SID, VA + 0x1000), DBELL_PENDING);
    CHECK_EQ(events(&b), 1);
    bench_close(&b);
}

/* --- reset --- */

static void reset(struct bench *b)
{
    dbell_smmu_reset(&b->smmu);
}

TEST(between, a_reset_leaves_nothing_of_a_record_on_the_bus_6_3)
{
    struct bench b;
    REQUIRE(open_with(&b, NULL, 0, (struct dbell_host_cd){.a = true}));
    CHECK_EQ(read_without_rest(&b, 40, 0), DBELL_FAULT);
    bench_during(&b, b.eventq, reset);
    bench_settle(&b);
    CHECK_EQ(bench_get(&b, EVENTQ_PROD, 4), 0);
    CHECK_EQ(bench_get(&b, CR0ACK, 4), 0);
    bench_close(&b);
}

TEST(between, a_reset_leaves_nothing_of_a_command_on_the_bus_6_3)
{
    for (unsigned aborts = 0; aborts < 2; aborts++) {
        struct bench b;
        REQUIRE(open_with(&b, NULL, 0, (struct dbell_host_cd){.a = true}));
        bench_during(&b, b.cmdq + b.commands % 32 * 16, reset);
        bench_command(&b, (struct dbell_host_cmd){{aborts ? 0xff : 0x30, 0}});
        CHECK_EQ(bench_get(&b, CMDQ_CONS, 4), 0);
        CHECK_EQ(bench_get(&b, GERROR, 4), 0);
        bench_close(&b);
    }
}

TEST(between, a_reset_leaves_nothing_of_a_walk_6_3)
{
    struct bench b;
    REQUIRE(open_with(&b, NULL, BENCH_S1, (struct dbell_host_cd){.a = true}));
    reset(&b);
    bench_put(&b, 0x80, 8, b.strtab);
    bench_put(&b, 0x88, 4, 6);
    bench_put(&b, CR0, 4, 1);
    bench_during(&b, bench_entry(&b, &tables, VA, 2), reset);
    CHECK_EQ(read_without_rest(&b, SID, VA), DBELL_DONE);
    bench_put(&b, 0x80, 8, b.strtab);
    bench_put(&b, 0x88, 4, 6);
    bench_put(&b, CR0, 4, 1);
    CHECK_EQ(bench_translate(&b, SID, DBELL_READ, VA).address, PA);
    CHECK_EQ(dbell_smmu_count(&b.smmu, DBELL_SMMU_TLB_HIT), 0);
    bench_close(&b);
}

static void reset_and_abort(struct bench *b)
{
    reset(b);
    b->abort_at = b->interrupt_at;
}

TEST(between, a_reset_leaves_nothing_of_an_msi_on_the_bus_6_3)
{
    void (*const meanwhile[])(struct bench *) = {reset, reset_and_abort};
    for (unsigned i = 0; i < 2; i++) {
        struct bench b;
        REQUIRE(open_with(&b, NULL, 0, (struct dbell_host_cd){.a = true}));
        const uint64_t msi = bench_alloc(&b, 4096);
        bench_put(&b, 0xb0, 8, msi);
        bench_put(&b, 0x50, 4, 4);
        CHECK_EQ(read_without_rest(&b, 40, 0), DBELL_FAULT);
        bench_during(&b, msi, meanwhile[i]);
        bench_settle(&b);
        CHECK(b.meanwhile == NULL);
        CHECK_EQ(bench_get(&b, 0x54, 4), 0);
        CHECK_EQ(bench_get(&b, GERROR, 4), 0);
        bench_close(&b);
    }
}
