/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Stalled accesses and what ends them (IHI 0070 3.12.2, 4.7.1, 4.7.2, 6.3.9.6). */
#include <string.h>

#include "dbell_test.h"
#include "solo.h"

enum { SID = 9 };
#define PA UINT64_C(0x60000000)

/* What the completion port was told, by the access's number. */
struct ends {
    unsigned count;
    uint32_t token[8];
    struct dbell_translation result[8];
};

static void note_end(void *ctx, uint32_t token, const struct dbell_translation *result)
{
    struct ends *ends = ctx;
    if (ends->count < 8) {
        ends->token[ends->count] = token;
        ends->result[ends->count] = *result;
    }
    ends->count++;
}

struct stalls {
    struct solo solo;
    struct ends ends;
    struct dbell_host_tables tables;
};

/* Streams SID and SID + 1 stall on every stage 1 fault. */
static bool open_with(struct stalls *s, const struct dbell_smmu_config *config,
                      struct dbell_bus memory)
{
    memset(&s->ends, 0, sizeof s->ends);
    const struct dbell_smmu_ports ports = {.tables = memory, .completion = {&s->ends, note_end}};
    if (!solo_open(&s->solo, config, &ports))
        return false;
    s->tables = lab_tables(&s->solo.lab, 12, 48);
    struct dbell_host_cd cd = lab_cd(&s->tables);
    cd.s = true;
    struct dbell_host_ste ste = lab_ste_stage1(&s->solo.lab, &cd);
    lab_ste(&s->solo.lab, SID, &ste);
    lab_ste(&s->solo.lab, SID + 1, &ste);
    return true;
}

static bool open(struct stalls *s)
{
    return open_with(s, NULL, (struct dbell_bus){0});
}

/* A read that has to stall; its token. */
static uint32_t stalled(struct stalls *s, uint32_t sid, uint64_t address)
{
    struct dbell_translation result = {0};
    CHECK_EQ(solo_translate(&s->solo, sid, DBELL_READ, address, &result), DBELL_PENDING);
    return result.token;
}

/* Bits [79:64] of the next record. */
static unsigned next_stag(struct stalls *s)
{
    uint64_t record[4] = {0};
    CHECK(solo_event(&s->solo, record));
    CHECK_EQ(record[0] & 0xff, 0x10);
    CHECK_EQ(record[1] >> 31 & 1, 1); /* Stall */
    return record[1] & 0xffff;
}

/* Ac is bit 12, Ab bit 13, StreamID [63:32], STAG [79:64]. */
static bool resume(struct stalls *s, uint32_t sid, unsigned stag, bool retry, bool abort)
{
    return solo_command(
        &s->solo,
        (struct dbell_host_cmd){
            {0x44 | (uint64_t)retry << 12 | (uint64_t)abort << 13 | (uint64_t)sid << 32, stag}});
}

TEST(stall, resume_ends_exactly_the_access_of_its_stag_4_7_1)
{
    struct stalls s;
    uint32_t token[3];
    unsigned stag[3];
    REQUIRE(open(&s));
    for (unsigned i = 0; i < 3; i++)
        token[i] = stalled(&s, SID, 0x1000 * (i + 1));
    for (unsigned i = 0; i < 3; i++)
        stag[i] = next_stag(&s);
    CHECK(stag[0] != stag[1] && stag[1] != stag[2] && stag[0] != stag[2]);
    static const unsigned order[3] = {1, 2, 0};
    for (unsigned i = 0; i < 3; i++) {
        CHECK(resume(&s, SID, stag[order[i]], false, false));
        REQUIRE(s.ends.count == i + 1);
        CHECK_EQ(s.ends.token[i], token[order[i]]);
    }
    solo_close(&s.solo);
}

/* The STAG of a record is the model's number of the slot: from 0 on. */
TEST(stall, records_carry_the_stag_in_79_64_7_3_13)
{
    struct stalls s;
    REQUIRE(open(&s));
    for (unsigned i = 0; i < 3; i++)
        stalled(&s, SID, 0x1000);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(next_stag(&s), i);
    solo_close(&s.solo);
}

TEST(stall, terminate_is_an_abort_with_ab_and_read_zero_without_4_7_1)
{
    for (unsigned abort = 0; abort < 2; abort++) {
        struct stalls s;
        REQUIRE(open(&s));
        stalled(&s, SID, 0x1000);
        const unsigned stag = next_stag(&s);
        CHECK(resume(&s, SID, stag, false, abort));
        REQUIRE(s.ends.count == 1);
        CHECK_EQ(s.ends.result[0].outcome, DBELL_FAULT);
        CHECK_EQ(s.ends.result[0].razwi, !abort);
        solo_close(&s.solo);
    }
}

TEST(stall, with_term_model_terminate_always_aborts_4_7_1)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.idr[0] |= 1u << 26;
    struct stalls s;
    REQUIRE(open_with(&s, &config, (struct dbell_bus){0}));
    stalled(&s, SID, 0x1000);
    const unsigned stag = next_stag(&s);
    CHECK(resume(&s, SID, stag, false, false));
    REQUIRE(s.ends.count == 1);
    CHECK(!s.ends.result[0].razwi);
    solo_close(&s.solo);
}

TEST(stall, a_resume_that_matches_no_access_has_no_effect_4_7_1)
{
    struct stalls s;
    REQUIRE(open(&s));
    stalled(&s, SID, 0x1000);
    const unsigned stag = next_stag(&s);
    CHECK(resume(&s, SID + 1, stag, false, true)); /* not its stream */
    CHECK(resume(&s, SID, stag + 1, false, true)); /* a slot that holds none */
    CHECK(resume(&s, SID, 63, false, true));
    CHECK(resume(&s, SID, 64, false, true)); /* beyond IDR5.STALL_MAX */
    CHECK(resume(&s, SID, 0x8000 | stag, false, true));
    CHECK(resume(&s, SID, 0xffff, true, true));
    CHECK_EQ(s.ends.count, 0);
    stalled(&s, SID, 0x2000); /* the next one is not touched by what came before it */
    CHECK_EQ(solo_rest(&s.solo), DBELL_IDLE);
    CHECK_EQ(s.ends.count, 0);
    CHECK(resume(&s, SID, stag, false, true));
    CHECK_EQ(s.ends.count, 1);
    solo_close(&s.solo);
}

TEST(stall, smmuen_going_to_0_aborts_what_is_stalled_and_nothing_else_6_3_9_6)
{
    struct stalls s;
    REQUIRE(open(&s));
    const uint32_t token = stalled(&s, SID, 0x1000);
    next_stag(&s);
    dbell_smmu_write(&s.solo.smmu, 0x20, 4, 0xc);
    CHECK_EQ(solo_rest(&s.solo), DBELL_IDLE);
    REQUIRE(s.ends.count == 1);
    CHECK_EQ(s.ends.token[0], token);
    CHECK_EQ(s.ends.result[0].outcome, DBELL_FAULT);
    CHECK(!s.ends.result[0].razwi);
    /* Accesses that stall afterwards wait as before. */
    dbell_smmu_write(&s.solo.smmu, 0x20, 4, 0xd);
    stalled(&s, SID, 0x1000);
    stalled(&s, SID, 0x2000);
    CHECK_EQ(solo_rest(&s.solo), DBELL_IDLE);
    CHECK_EQ(s.ends.count, 1);
    solo_close(&s.solo);
}

TEST(stall, no_record_of_it_is_written_after_smmuen_went_to_0_6_3_9_6)
{
    struct stalls s;
    uint64_t record[4];
    REQUIRE(open(&s));
    stalled(&s, SID, 0x1000); /* its record is not written yet */
    dbell_smmu_write(&s.solo.smmu, 0x20, 4, 0xc);
    CHECK(!solo_event(&s.solo, record));
    CHECK_EQ(s.ends.count, 1);
    solo_close(&s.solo);
}

/* IDR5.STALL_MAX is bits [31:16]. */
TEST(stall, stag_has_16_bits_7_3_13)
{
    struct stalls s;
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.idr[5] |= 0xffff0000;
    config.stall_entries = 0x10000;
    REQUIRE(open_with(&s, &config, (struct dbell_bus){0}));
    uint32_t token = 0;
    for (unsigned i = 0; i <= 0x8000; i++) {
        token = stalled(&s, SID, 0x1000);
        if (next_stag(&s) != i) {
            CHECK_EQ(i, 0);
            break;
        }
    }
    CHECK(resume(&s, SID, 0x8000, false, true));
    CHECK_EQ(solo_rest(&s.solo), DBELL_IDLE);
    CHECK_EQ(s.ends.count, 1);
    CHECK_EQ(s.ends.token[0], token);
    solo_close(&s.solo);
}

/* Memory behind which the PEs invalidate all the time. */
struct busy_memory {
    struct stalls *stalls;
    bool busy;
};

static enum dbell_response busy_access(void *ctx, struct dbell_transaction *t)
{
    struct busy_memory *memory = ctx;
    struct solo *solo = &memory->stalls->solo;
    if (memory->busy && t->op == DBELL_READ) {
        const struct dbell_tlbi all = {.scope = DBELL_TLBI_ALL, .el = 1};
        dbell_smmu_tlbi(&solo->smmu, &all);
    }
    return solo->lab.bus.access(solo->lab.bus.ctx, t);
}

/* A retry that cannot be concluded yet keeps its slot: the access is not lost, nor ended. */
TEST(stall, a_retry_that_invalidations_keep_overtaking_is_made_again_4_7_1)
{
    struct stalls s;
    struct busy_memory memory = {.stalls = &s};
    REQUIRE(open_with(&s, NULL, (struct dbell_bus){.ctx = &memory, .access = busy_access}));
    const uint32_t token = stalled(&s, SID, 0x1000);
    const unsigned stag = next_stag(&s);
    dbell_host_map(&s.tables, 0x1000, PA, 3, LAB_S1_RW);
    const struct dbell_host_cmd c = {{0x44 | 1 << 12 | (uint64_t)SID << 32, stag}};
    dbell_host_store_words(&s.solo.lab.bus, s.solo.lab.cmdq, c.words, 2);
    dbell_smmu_write(&s.solo.smmu, 0x98, 4, 1);
    CHECK_EQ(dbell_smmu_step(&s.solo.smmu, NULL), DBELL_STEPPED); /* CMD_RESUME */
    memory.busy = true;
    CHECK_EQ(dbell_smmu_step(&s.solo.smmu, NULL), DBELL_NOT_YET);
    CHECK_EQ(s.ends.count, 0);
    memory.busy = false;
    CHECK_EQ(dbell_smmu_step(&s.solo.smmu, NULL), DBELL_STEPPED);
    REQUIRE(s.ends.count == 1);
    CHECK_EQ(s.ends.token[0], token);
    CHECK_EQ(s.ends.result[0].outcome, DBELL_DONE);
    CHECK_EQ(s.ends.result[0].address, PA);
    solo_close(&s.solo);
}
