/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* dbell_smmu_probe(): what the tables say, with nothing cached and nothing changed. */
#include <string.h>

#include "bench.h"
#include "dbell_test.h"

enum { SID = 5, CR0 = 0x20 };

#define VA    UINT64_C(0x700000005000)
#define IPA   UINT64_C(0x80008000)
#define PA    UINT64_C(0x90003000)
#define CLEAN (BENCH_S1 | DBELL_HOST_PTE_AP_RO | DBELL_HOST_PTE_DBM)

struct rig {
    struct bench b;
    struct dbell_host_tables s1, s2;
    struct dbell_host_cd cd;
    struct dbell_host_ste ste;
};

/* VA to IPA by stage 1, IPA to PA by stage 2. */
static bool rig(struct rig *r, unsigned config, uint64_t s1_bits)
{
    if (!bench_open(&r->b, NULL))
        return false;
    bench_on(&r->b);
    r->s1 = bench_tables(&r->b, 12, 48);
    r->s2 = bench_tables(&r->b, 12, 40);
    const uint64_t context = bench_alloc(&r->b, 4096);
    bench_identity(&r->s2);
    dbell_host_map(&r->s1, VA, IPA, 3, s1_bits);
    dbell_host_map(&r->s2, IPA, PA, 3, BENCH_S2);
    r->cd = bench_cd_of(&r->s1);
    r->cd.ha = r->cd.hd = true;
    bench_cd(&r->b, context, &r->cd);
    r->ste = (struct dbell_host_ste){.v = true, .config = config, .shcfg = 1};
    if (config == 5 || config == 7)
        r->ste = bench_stage1(context);
    if (config == 6 || config == 7)
        bench_add_stage2(&r->ste, &r->s2);
    r->ste.config = config;
    bench_ste(&r->b, SID, &r->ste);
    bench_command(&r->b, dbell_host_cfgi_all());
    r->b.logged = 0;
    return true;
}

static int probe_as(struct rig *r, uint8_t at, enum dbell_op op, uint64_t address,
                    struct dbell_translation *result)
{
    const struct dbell_transaction t = {
        .address = address,
        .length = 4,
        .op = (uint8_t)op,
        .side = {.has_streamid = true, .streamid = SID, .at = at, .attr = 0xff}};
    uint64_t record[4];
    memset(result, 0xa5, sizeof *result);
    const int status = dbell_smmu_probe(&r->b.smmu, &t, result);
    for (unsigned i = 0; i < r->b.logged; i++)
        CHECK_EQ(r->b.log[i].op, DBELL_READ);
    bench_settle(&r->b);
    CHECK(!bench_event(&r->b, record));
    CHECK_EQ(dbell_smmu_count(&r->b.smmu, DBELL_SMMU_TLB_MISS), 0);
    CHECK_EQ(dbell_smmu_count(&r->b.smmu, DBELL_SMMU_CONFIG_MISS), 0);
    return status;
}

static int probe(struct rig *r, enum dbell_op op, uint64_t address,
                 struct dbell_translation *result)
{
    return probe_as(r, DBELL_AT_UNTRANSLATED, op, address, result);
}

TEST(probe, the_way_through_both_stages_3_3)
{
    struct rig r;
    struct dbell_translation result;
    REQUIRE(rig(&r, 7, BENCH_S1));
    CHECK_EQ(probe(&r, DBELL_WRITE, VA + 0x123, &result), DBELL_DONE);
    CHECK_EQ(result.address, PA + 0x123);
    CHECK_EQ(result.page_size, 0x1000);
    CHECK_EQ(probe(&r, DBELL_READ, VA + 0x1000, &result), DBELL_FAULT);
    CHECK_EQ(result.event, DBELL_EVENT_F_TRANSLATION);
    bench_close(&r.b);
}

TEST(probe, sees_what_a_tlb_does_not)
{
    struct rig r;
    struct dbell_translation result;
    REQUIRE(rig(&r, 5, BENCH_S1));
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).address, IPA);
    dbell_host_map(&r.s1, VA, PA, 3, BENCH_S1); /* without an invalidation */
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).address, IPA);
    const struct dbell_transaction t = {
        .address = VA, .length = 4, .side = {.has_streamid = true, .streamid = SID}};
    CHECK_EQ(dbell_smmu_probe(&r.b.smmu, &t, &result), DBELL_DONE);
    CHECK_EQ(result.address, PA);
    bench_close(&r.b);
}

/* 3.13.3: a clean page grants a write, which a look at it is not. */
TEST(probe, a_clean_page_is_writable_and_stays_clean_3_13_3)
{
    struct rig r;
    struct dbell_translation result;
    REQUIRE(rig(&r, 5, CLEAN));
    const uint64_t at = bench_entry(&r.b, &r.s1, VA, 3), before = bench_load(&r.b, at);
    CHECK_EQ(probe(&r, DBELL_WRITE, VA, &result), DBELL_DONE);
    CHECK_EQ(bench_load(&r.b, at), before);
    CHECK_EQ(before >> 7 & 1, 1);
    bench_close(&r.b);
}

TEST(probe, bypass_goes_to_the_address_itself_within_oas_3_4)
{
    struct rig r;
    struct dbell_translation result;
    REQUIRE(rig(&r, 4, BENCH_S1));
    CHECK_EQ(probe(&r, DBELL_READ, 0x123456, &result), DBELL_DONE);
    CHECK_EQ(result.address, 0x123456);
    CHECK_EQ(result.page_size, 0);
    CHECK_EQ(probe(&r, DBELL_READ, UINT64_C(1) << 52, &result), DBELL_FAULT);
    bench_close(&r.b);
    REQUIRE(rig(&r, 6, BENCH_S1)); /* stage 2 has 40 bits here */
    CHECK_EQ(probe(&r, DBELL_READ, UINT64_C(1) << 52 | IPA, &result), DBELL_FAULT);
    CHECK_EQ(result.event, 0);
    bench_close(&r.b);
}

TEST(probe, a_configuration_that_lets_nothing_through_is_a_fault_5_2)
{
    struct rig r;
    struct dbell_translation result;
    for (unsigned i = 0; i < 4; i++) {
        REQUIRE(rig(&r, i == 0 ? 0 : 5, BENCH_S1));
        if (i == 1)
            r.ste.v = false;
        if (i == 2) /* no CD is there */
            r.ste.s1contextptr = BENCH_NOWHERE;
        if (i == 3) /* an ILLEGAL one is */
            r.ste.s1contextptr = bench_alloc(&r.b, 4096);
        bench_ste(&r.b, SID, &r.ste);
        bench_command(&r.b, dbell_host_cfgi_all());
        r.b.logged = 0;
        CHECK_EQ(probe(&r, DBELL_READ, VA, &result), DBELL_FAULT);
        bench_close(&r.b);
    }
}

TEST(probe, a_translated_address_is_an_ipa_3_9_1_3)
{
    struct rig r;
    struct dbell_translation result;
    REQUIRE(rig(&r, 7, BENCH_S1));
    CHECK_EQ(probe_as(&r, DBELL_AT_TRANSLATED, DBELL_WRITE, IPA + 8, &result), DBELL_DONE);
    CHECK_EQ(result.address, PA + 8);
    CHECK_EQ(probe_as(&r, DBELL_AT_TRANSLATED, DBELL_READ, UINT64_C(0xa0000000), &result),
             DBELL_FAULT);
    CHECK_EQ(result.event, DBELL_EVENT_F_TRANSLATION);
    bench_close(&r.b);
}

TEST(probe, what_cannot_be_probed)
{
    struct rig r;
    struct dbell_translation result;
    const struct dbell_transaction nobody = {.address = VA, .length = 4};
    REQUIRE(rig(&r, 5, BENCH_S1));
    CHECK_EQ(dbell_smmu_probe(&r.b.smmu, &nobody, &result), DBELL_E_ARGUMENT);
    CHECK_EQ(probe_as(&r, DBELL_AT_TRANSLATION_REQUEST, DBELL_READ, VA, &result),
             DBELL_E_UNSUPPORTED);
    bench_put(&r.b, CR0, 4, 0xc);
    CHECK_EQ(probe(&r, DBELL_READ, VA, &result), DBELL_E_UNSUPPORTED);
    bench_close(&r.b);
}
