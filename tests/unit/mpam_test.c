/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Memory system resource partitioning and monitoring, the VMS (IHI 0070 17, 5.6, 6.3.41-6.3.43). */
#include <string.h>

#include "bench.h"
#include "dbell_test.h"

enum { SID = 5, MPAMIDR = 0x130, GMPAM = 0x138, GBPMPAM = 0x13c };
#define UPDATE (UINT32_C(1) << 31)

#define VA  UINT64_C(0x700000005000)
#define IPA UINT64_C(0x80008000)
#define PA  UINT64_C(0x90003000)

/* Identifiers that tell where they come from. */
enum {
    STE_PARTID = 0x11,
    STE_PMG = 1,
    CD_PARTID = 6,
    CD_PMG = 2,
    MAPPED = 0x106,
    GLOBAL_PARTID = 0x123,
    GLOBAL_PMG = 3
};

struct rig {
    struct bench b;
    struct dbell_host_tables s1, s2;
    struct dbell_host_cd cd;
    struct dbell_host_ste ste;
    uint64_t context, vms;
};

static struct dbell_smmu_features features(void)
{
    const struct dbell_smmu_config config = dbell_smmu_default_config();
    return dbell_smmu_features_of(&config); /* PARTID_MAX 0x1ff, PMG_MAX 3 */
}

static void update(struct rig *r)
{
    bench_cd(&r->b, r->context, &r->cd);
    bench_ste(&r->b, SID, &r->ste);
    bench_command(&r->b, dbell_host_tlbi_nsnh_all());
}

static void map_partid(struct rig *r, unsigned index, uint16_t partid)
{
    dbell_host_store(&r->b.bus, r->vms + 2 * index, 2, partid);
}

static bool rig_with(struct rig *r, unsigned config, struct dbell_smmu_features f)
{
    struct dbell_smmu_config smmu = dbell_smmu_default_config();
    dbell_smmu_features_set(&smmu, &f);
    if (!bench_open(&r->b, &smmu))
        return false;
    bench_on(&r->b);
    r->s1 = bench_tables(&r->b, 12, 48);
    r->s2 = bench_tables(&r->b, 12, 40);
    r->context = bench_alloc(&r->b, 4096);
    r->vms = bench_alloc(&r->b, 4096);
    bench_identity(&r->s2);
    dbell_host_map(&r->s1, VA, IPA, 3, BENCH_S1);
    dbell_host_map(&r->s2, IPA, PA, 3, BENCH_S2);
    for (unsigned i = 0; i < 32; i++)
        map_partid(r, i, (uint16_t)(0x100 + i));
    r->cd = bench_cd_of(&r->s1);
    r->cd.partid = CD_PARTID;
    r->cd.pmg = CD_PMG;
    r->ste = (struct dbell_host_ste){.v = true, .config = config, .shcfg = 1};
    if (config == 5 || config == 7)
        r->ste = bench_stage1(r->context);
    if (config == 6 || config == 7)
        bench_add_stage2(&r->ste, &r->s2);
    r->ste.partid = STE_PARTID;
    r->ste.pmg = STE_PMG;
    r->ste.vmsptr = r->vms;
    update(r);
    return true;
}

static bool rig(struct rig *r, unsigned config)
{
    return rig_with(r, config, features());
}

static struct dbell_translation go(struct rig *r)
{
    return bench_translate(&r->b, SID, DBELL_READ,
                           r->ste.config == 6 || r->ste.config == 4 ? IPA : VA);
}

static void check_ids(struct dbell_translation t, unsigned partid, unsigned pmg)
{
    CHECK_EQ(t.outcome, DBELL_DONE);
    CHECK_EQ(t.partid, partid);
    CHECK_EQ(t.pmg, pmg);
    struct dbell_transaction forwarded = {.side = {.partid = 0x3f, .pmg = 0xf}};
    dbell_smmu_forward(&t, &forwarded);
    CHECK_EQ(forwarded.side.partid, partid);
    CHECK_EQ(forwarded.side.pmg, pmg);
    const struct dbell_trail trail = dbell_smmu_trail(&t);
    CHECK_EQ(trail.partid, partid);
    CHECK_EQ(trail.pmg, pmg);
}

/* Every access noted that touches the address has these; there is one at least. */
static void check_noted(const struct bench *b, uint64_t address, unsigned partid, unsigned pmg)
{
    CHECK(bench_noted(b, address) != NULL);
    for (unsigned i = 0; i < b->logged; i++)
        if (address >= b->log[i].address && address < b->log[i].address + b->log[i].length) {
            CHECK_EQ(b->log[i].side.partid, partid);
            CHECK_EQ(b->log[i].side.pmg, pmg);
        }
}

/* --- registers --- */

TEST(mpam, mpamidr_says_what_there_is_6_3_41)
{
    static const struct {
        uint16_t partid;
        uint8_t pmg;
    } cases[] = {{0x1ff, 3}, {0xffff, 0xff}, {0x34, 0}, {0, 1}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        struct dbell_smmu_features f = features();
        f.partid_max = cases[i].partid;
        f.pmg_max = cases[i].pmg;
        REQUIRE(rig_with(&r, 4, f));
        const uint64_t want = (uint64_t)cases[i].pmg << 16 | cases[i].partid;
        CHECK_EQ(bench_get(&r.b, MPAMIDR, 4), want);
        bench_put(&r.b, MPAMIDR, 4, ~want);
        CHECK_EQ(bench_get(&r.b, MPAMIDR, 4), want);
        bench_close(&r.b);
    }
}

TEST(mpam, global_fields_are_as_wide_as_the_maxima_6_3_42)
{
    static const struct {
        uint16_t partid;
        uint8_t pmg;
        uint32_t holds;
    } cases[] = {{0x1ff, 3, 0x000301ff},   {0xffff, 0xff, 0x00ffffff},
                 {0x34, 0x0f, 0x000f003f}, /* 6 bits, 4 bits */
                 {0x100, 1, 0x000101ff},   {0, 1, 0x00010000},
                 {1, 0, 0x00000001}};
    static const unsigned registers[] = {GMPAM, GBPMPAM};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (unsigned k = 0; k < 2; k++) {
            struct rig r;
            struct dbell_smmu_features f = features();
            f.partid_max = cases[i].partid;
            f.pmg_max = cases[i].pmg;
            REQUIRE(rig_with(&r, 4, f));
            CHECK_EQ(bench_get(&r.b, registers[k], 4), 0); /* reset */
            bench_put(&r.b, registers[k], 4, UINT32_MAX);
            CHECK_EQ(bench_get(&r.b, registers[k], 4), cases[i].holds);
            CHECK_EQ(bench_get(&r.b, registers[1 - k], 4), 0);
            dbell_smmu_reset(&r.b.smmu);
            CHECK_EQ(bench_get(&r.b, registers[k], 4), 0);
            bench_close(&r.b);
        }
}

TEST(mpam, a_write_needs_update_and_waits_for_the_one_before_6_3_42)
{
    static const unsigned registers[] = {GMPAM, GBPMPAM};
    for (unsigned k = 0; k < 2; k++) {
        struct rig r;
        REQUIRE(rig(&r, 4));
        bench_put(&r.b, registers[k], 4, 0x00010022);
        CHECK_EQ(bench_get(&r.b, registers[k], 4), 0);
        bench_poke(&r.b, registers[k], 4, UPDATE | 0x00010022);
        const uint64_t now = bench_get(&r.b, registers[k], 4);
        CHECK_EQ(now & ~(uint64_t)UPDATE, 0x00010022); /* at once */
        if (now & UPDATE) {
            bench_poke(&r.b, registers[k], 4, UPDATE | 0x00020033);
            CHECK_EQ(bench_get(&r.b, registers[k], 4) & ~(uint64_t)UPDATE, 0x00010022);
        }
        bench_settle(&r.b);
        CHECK_EQ(bench_get(&r.b, registers[k], 4), 0x00010022); /* Update is over */
        bench_put(&r.b, registers[k], 4, UPDATE | 0x00020033);
        CHECK_EQ(bench_get(&r.b, registers[k], 4), 0x00020033);
        bench_put(&r.b, registers[k], 4, 0);
        CHECK_EQ(bench_get(&r.b, registers[k], 4), 0x00020033);
        bench_close(&r.b);
    }
}

TEST(mpam, without_idr3_mpam_there_is_nothing_of_it_17_1)
{
    for (unsigned config = 4; config <= 7; config++) {
        struct rig r;
        struct dbell_smmu_features f = features();
        f.mpam = false; /* whatever MPAMIDR would be */
        REQUIRE(rig_with(&r, config, f));
        static const unsigned registers[] = {MPAMIDR, GMPAM, GBPMPAM};
        for (unsigned k = 0; k < 3; k++) {
            bench_put(&r.b, registers[k], 4, UINT32_MAX);
            CHECK_EQ(bench_get(&r.b, registers[k], 4), 0);
        }
        r.ste.s1mpam = true;
        update(&r);
        r.b.logged = 0;
        check_ids(go(&r), 0, 0);
        CHECK(bench_noted(&r.b, r.vms + 2 * CD_PARTID) == NULL);
        for (unsigned i = 0; i < r.b.logged; i++)
            CHECK(!r.b.log[i].side.partid && !r.b.log[i].side.pmg);
        bench_close(&r.b);
    }
}

/* --- client transactions --- */

TEST(mpam, every_configuration_assigns_its_identifiers_17_2)
{
    static const struct {
        unsigned config;
        bool s1mpam;
        unsigned partid, pmg;
    } cases[] = {{4, false, STE_PARTID, STE_PMG}, {4, true, STE_PARTID, STE_PMG},
                 {6, false, STE_PARTID, STE_PMG}, {6, true, STE_PARTID, STE_PMG},
                 {5, false, STE_PARTID, STE_PMG}, {5, true, CD_PARTID, CD_PMG},
                 {7, false, STE_PARTID, STE_PMG}, {7, true, MAPPED, CD_PMG}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        REQUIRE(rig(&r, cases[i].config));
        bench_put(&r.b, GBPMPAM, 4, UPDATE | 0x00030077);
        bench_put(&r.b, GMPAM, 4, UPDATE | 0x00030078);
        r.ste.s1mpam = cases[i].s1mpam;
        update(&r);
        check_ids(go(&r), cases[i].partid, cases[i].pmg);
        check_ids(go(&r), cases[i].partid, cases[i].pmg); /* from caches */
        bench_close(&r.b);
    }
}

TEST(mpam, disabled_the_global_bypass_register_rules_17_2)
{
    struct rig r;
    REQUIRE(rig(&r, 4));
    bench_put(&r.b, GBPMPAM, 4, UPDATE | 0x00020155);
    check_ids(go(&r), STE_PARTID, STE_PMG);
    bench_put(&r.b, 0x20, 4, 0xc);
    check_ids(go(&r), 0x155, 2);
    bench_put(&r.b, GBPMPAM, 4, UPDATE | 0x00010044);
    check_ids(go(&r), 0x44, 1);
    bench_close(&r.b);
}

TEST(mpam, all_bits_of_the_global_identifiers_count_6_3_43)
{
    struct dbell_smmu_features f = features();
    struct rig r;
    f.partid_max = 0xffff;
    f.pmg_max = 0xff;
    REQUIRE(rig_with(&r, 4, f));
    bench_put(&r.b, 0x20, 4, 0xc);
    for (unsigned bit = 0; bit < 16; bit++) {
        bench_put(&r.b, GBPMPAM, 4, UPDATE | 1u << (16 + bit / 2) | 1u << bit);
        check_ids(go(&r), 1u << bit, 1u << bit / 2);
    }
    bench_close(&r.b);
}

TEST(mpam, identifiers_of_the_device_are_replaced_17_2)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    for (int enabled = 1; enabled >= 0; enabled--) {
        struct dbell_transaction t = {.address = VA,
                                      .length = 4,
                                      .side = {.has_streamid = true,
                                               .streamid = SID,
                                               .attr = DBELL_ATTR_NORMAL_WB,
                                               .partid = 0x1aa,
                                               .pmg = 3}};
        struct dbell_translation result;
        bench_put(&r.b, 0x20, 4, enabled ? 0xd : 0xc);
        CHECK_EQ(dbell_smmu_translate(&r.b.smmu, &t, &result), DBELL_DONE);
        check_ids(result, enabled ? STE_PARTID : 0, enabled ? STE_PMG : 0);
    }
    bench_close(&r.b);
}

TEST(mpam, each_substream_has_the_identifiers_of_its_cd_17_2)
{
    for (unsigned config = 5; config <= 7; config += 2) {
        struct rig r;
        REQUIRE(rig(&r, config));
        r.ste.s1cdmax = 2;
        r.ste.s1dss = 2;
        r.ste.s1mpam = true;
        for (unsigned i = 0; i < 4; i++) { /* one ASID: the TLB cannot tell them apart */
            struct dbell_host_cd cd = r.cd;
            cd.partid = 10 + i;
            cd.pmg = i;
            bench_cd(&r.b, r.context + 64 * i, &cd);
        }
        bench_ste(&r.b, SID, &r.ste);
        for (int again = 0; again < 2; again++)
            for (unsigned i = 1; i < 4; i++)
                check_ids(bench_translate_ssid(&r.b, SID, i, DBELL_READ, VA),
                          (config == 7 ? 0x100u : 0) + 10 + i, i);
        check_ids(bench_translate(&r.b, SID, DBELL_READ, VA), (config == 7 ? 0x100u : 0) + 10, 0);
        bench_close(&r.b);
    }
}

TEST(mpam, the_access_itself_carries_them_17_2)
{
    static const struct {
        bool enabled, s1mpam;
        unsigned partid, pmg;
    } cases[] = {
        {true, false, STE_PARTID, STE_PMG}, {true, true, MAPPED, CD_PMG}, {false, true, 0x44, 1}};
    for (unsigned i = 0; i < 3; i++) {
        struct rig r;
        uint8_t data[4] = {1, 2, 3, 4};
        struct dbell_translation result;
        REQUIRE(rig(&r, 7));
        const uint64_t page = bench_alloc(&r.b, 4096);
        dbell_host_map(&r.s2, IPA, page, 3, BENCH_S2);
        bench_put(&r.b, GBPMPAM, 4, UPDATE | 0x00010044);
        r.ste.s1mpam = cases[i].s1mpam;
        update(&r);
        bench_put(&r.b, 0x20, 4, cases[i].enabled ? 0xd : 0xc);
        r.b.smmu.ports.data = r.b.smmu.ports.tables;
        r.b.logged = 0;
        struct dbell_transaction t = {.address = cases[i].enabled ? VA : page,
                                      .length = 4,
                                      .op = DBELL_WRITE,
                                      .data = data,
                                      .side = {.has_streamid = true,
                                               .streamid = SID,
                                               .partid = 0x1aa,
                                               .attr = DBELL_ATTR_NORMAL_WB}};
        CHECK_EQ(dbell_smmu_access(&r.b.smmu, &t, &result), DBELL_DONE);
        CHECK_EQ(bench_load(&r.b, page), 0x04030201);
        check_noted(&r.b, page, cases[i].partid, cases[i].pmg);
        bench_close(&r.b);
    }
}

TEST(mpam, a_physical_partid_of_a_cd_has_16_bits_5_4)
{
    struct rig r;
    struct dbell_smmu_features f = features();
    f.partid_max = 0xffff;
    f.pmg_max = 0xff;
    REQUIRE(rig_with(&r, 5, f));
    r.ste.s1mpam = true;
    r.cd.partid = 0xfedc;
    r.cd.pmg = 0xba;
    update(&r);
    check_ids(go(&r), 0xfedc, 0xba);
    r.ste.s1mpam = false;
    r.ste.partid = 0xabcd;
    r.ste.pmg = 0xef;
    update(&r);
    check_ids(go(&r), 0xabcd, 0xef);
    bench_close(&r.b);
}

TEST(mpam, an_el2_stream_has_those_of_its_cd_17_2)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    r.ste.strw = 2;
    r.ste.s1mpam = true;
    update(&r);
    check_ids(go(&r), CD_PARTID, CD_PMG);
    bench_close(&r.b);
}

TEST(mpam, a_stalled_access_goes_on_with_its_identifiers_17_2)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    r.ste.s1mpam = true;
    r.cd.s = true;
    update(&r);
    const struct dbell_translation t = bench_translate(&r.b, SID, DBELL_READ, VA + 0x1000);
    CHECK_EQ(t.outcome, DBELL_PENDING);
    uint64_t record[4];
    REQUIRE(bench_event(&r.b, record));
    dbell_host_map(&r.s1, VA + 0x1000, IPA, 3, BENCH_S1);
    r.b.logged = 0;
    CHECK(bench_command(&r.b, dbell_host_resume(SID, record[1] & 0xffff, true, false)));
    check_noted(&r.b, bench_entry(&r.b, &r.s1, VA + 0x1000, 3), MAPPED, CD_PMG);
    bench_close(&r.b);
}

TEST(mpam, a_bypass_of_stage_1_by_s1dss_has_those_of_the_ste_5_2)
{
    for (unsigned config = 5; config <= 7; config += 2) {
        struct rig r;
        REQUIRE(rig(&r, config));
        r.ste.s1cdmax = 2;
        r.ste.s1dss = 1;
        r.ste.s1mpam = true;
        update(&r);
        check_ids(bench_translate(&r.b, SID, DBELL_READ, IPA), STE_PARTID, STE_PMG);
        bench_close(&r.b);
    }
}

TEST(mpam, streams_that_share_translations_keep_their_identifiers_5_6_2)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    struct dbell_host_ste other = r.ste;
    other.partid = 0x22;
    other.pmg = 3;
    bench_ste(&r.b, SID + 1, &other);
    other.partid = 0x33;
    other.s1mpam = true;
    bench_ste(&r.b, SID + 2, &other);
    for (int again = 0; again < 2; again++) {
        check_ids(bench_translate(&r.b, SID, DBELL_READ, VA), STE_PARTID, STE_PMG);
        check_ids(bench_translate(&r.b, SID + 1, DBELL_READ, VA), 0x22, 3);
        check_ids(bench_translate(&r.b, SID + 2, DBELL_READ, VA), MAPPED, CD_PMG);
    }
    bench_close(&r.b);
}

TEST(mpam, the_map_has_32_entries_of_16_bits_5_6)
{
    struct rig r;
    struct dbell_smmu_features f = features();
    f.partid_max = 0xffff;
    REQUIRE(rig_with(&r, 7, f));
    r.ste.s1mpam = true;
    for (unsigned i = 0; i < 32; i++)
        map_partid(&r, i, (uint16_t)(0xf100 + 7 * i));
    for (unsigned i = 0; i < 32; i++) {
        r.cd.partid = i;
        update(&r);
        check_ids(go(&r), 0xf100 + 7 * i, CD_PMG);
        r.cd.partid = 0xffe0 | i; /* a virtual PARTID has 5 bits (5.4) */
        update(&r);
        check_ids(go(&r), 0xf100 + 7 * i, CD_PMG);
    }
    bench_close(&r.b);
}

TEST(mpam, values_above_the_maximum_are_0_here_6_3_42)
{
    /* An UNKNOWN value is used (5.2, 5.4, 5.6, 6.3.42, 6.3.43). */
    struct dbell_smmu_features f = features();
    f.partid_max = 0x34;
    f.pmg_max = 2;
    for (unsigned config = 4; config <= 7; config++)
        for (int s1mpam = 0; s1mpam < 2; s1mpam++) {
            struct rig r;
            REQUIRE(rig_with(&r, config, f));
            r.ste.s1mpam = s1mpam;
            r.ste.partid = 0x35;
            r.ste.pmg = 3;
            r.cd.partid = config == 7 ? 1 : 0x35;
            r.cd.pmg = 3;
            map_partid(&r, 1, 0x35);
            update(&r);
            check_ids(go(&r), 0, 0);
            r.ste.partid = 0x34; /* the maximum is legal */
            r.ste.pmg = 2;
            r.cd.partid = config == 7 ? 1 : 0x34;
            r.cd.pmg = 2;
            map_partid(&r, 1, 0x34);
            update(&r);
            check_ids(go(&r), 0x34, 2);
            bench_close(&r.b);
        }
    struct rig r;
    REQUIRE(rig_with(&r, 4, f));
    bench_put(&r.b, 0x20, 4, 0xc);
    bench_put(&r.b, GBPMPAM, 4, UPDATE | 3 << 16 | 0x35);
    CHECK_EQ(bench_get(&r.b, GBPMPAM, 4), 3 << 16 | 0x35);
    check_ids(go(&r), 0, 0);
    bench_put(&r.b, GBPMPAM, 4, UPDATE | 2 << 16 | 0x35); /* each by itself */
    check_ids(go(&r), 0, 2);
    bench_put(&r.b, GMPAM, 4, UPDATE | 1 << 16 | 0x35);
    bench_put(&r.b, 0x20, 4, 0xd);
    bench_command(&r.b, dbell_host_cfgi_all());
    r.b.logged = 0;
    go(&r);
    check_noted(&r.b, r.b.strtab + SID * 64, 0, 1);
    bench_close(&r.b);
}

TEST(mpam, without_partids_pmgs_are_left_17_1)
{
    static const unsigned configs[] = {5, 7};
    for (unsigned i = 0; i < 2; i++) {
        struct rig r;
        struct dbell_smmu_features f = features();
        f.partid_max = 0;
        REQUIRE(rig_with(&r, configs[i], f));
        check_ids(go(&r), 0, STE_PMG);
        r.ste.s1mpam = true;
        update(&r);
        r.b.logged = 0;
        check_ids(go(&r), 0, CD_PMG);
        CHECK(bench_noted(&r.b, r.vms + 2 * CD_PARTID) == NULL); /* 5.6.1: no VMS */
        bench_close(&r.b);
    }
}

/* --- what the SMMU itself accesses --- */

static void global_ids(struct rig *r)
{
    bench_put(&r->b, GMPAM, 4, UPDATE | GLOBAL_PMG << 16 | GLOBAL_PARTID);
}

TEST(mpam, configuration_and_walks_have_their_identifiers_17_4)
{
    for (unsigned config = 5; config <= 7; config++)
        for (int s1mpam = 0; s1mpam < 2; s1mpam++) {
            struct rig r;
            REQUIRE(rig(&r, config));
            global_ids(&r);
            r.ste.s1mpam = s1mpam;
            update(&r);
            r.b.logged = 0;
            CHECK_EQ(go(&r).outcome, DBELL_DONE);
            check_noted(&r.b, r.b.strtab + SID * 64, GLOBAL_PARTID, GLOBAL_PMG);
            if (config != 6)
                check_noted(&r.b, r.context, STE_PARTID, STE_PMG);
            for (unsigned level = 0; level < 4 && config != 6; level++)
                check_noted(&r.b, bench_entry(&r.b, &r.s1, VA, level),
                            !s1mpam       ? STE_PARTID
                            : config == 5 ? CD_PARTID
                                          : MAPPED,
                            s1mpam ? CD_PMG : STE_PMG);
            for (unsigned level = 0; level < 4 && config != 5; level++)
                check_noted(&r.b, bench_entry(&r.b, &r.s2, IPA, level), STE_PARTID, STE_PMG);
            if (config == 7) { /* and stage 2 of the CD's and the tables' addresses */
                check_noted(&r.b, bench_entry(&r.b, &r.s2, r.context, 3), STE_PARTID, STE_PMG);
                check_noted(&r.b, bench_entry(&r.b, &r.s2, r.s1.root, 3), STE_PARTID, STE_PMG);
            }
            bench_close(&r.b);
        }
}

TEST(mpam, two_levels_of_configuration_have_their_identifiers_17_4)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    global_ids(&r);
    const uint64_t l1 = bench_alloc(&r.b, 4096), l1cd = bench_alloc(&r.b, 4096);
    bench_store(&r.b, l1, dbell_host_l1std(r.b.strtab, 7));
    bench_store(&r.b, l1cd, dbell_host_l1cd(r.context, true));
    r.ste.s1contextptr = l1cd;
    r.ste.s1fmt = 1;
    r.ste.s1cdmax = 8;
    r.ste.s1dss = 2;
    r.ste.s1mpam = true;
    update(&r);
    bench_put(&r.b, 0x20, 4, 0xc);
    bench_put(&r.b, 0x80, 8, l1);
    bench_put(&r.b, 0x88, 4, 1 << 16 | 6 << 6 | 6);
    bench_put(&r.b, 0x20, 4, 0xd);
    bench_command(&r.b, dbell_host_cfgi_all());
    r.b.logged = 0;
    check_ids(go(&r), CD_PARTID, CD_PMG);
    check_noted(&r.b, l1, GLOBAL_PARTID, GLOBAL_PMG);
    check_noted(&r.b, r.b.strtab + SID * 64, GLOBAL_PARTID, GLOBAL_PMG);
    check_noted(&r.b, l1cd, STE_PARTID, STE_PMG);
    check_noted(&r.b, r.context, STE_PARTID, STE_PMG);
    bench_close(&r.b);
}

TEST(mpam, hardware_updates_are_walks_of_their_stage_17_4)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    r.ste.s1mpam = true;
    r.cd.ha = r.cd.hd = r.ste.s2ha = r.ste.s2hd = true;
    const uint64_t clean2 =
        (BENCH_S2 & ~(uint64_t)(DBELL_HOST_PTE_S2_WRITE | DBELL_HOST_PTE_AF)) | DBELL_HOST_PTE_DBM;
    for (uint64_t at = BENCH_RAM; at < BENCH_RAM + BENCH_RAM_SIZE; at += 4096)
        dbell_host_map(&r.s2, at, at, 3, clean2);
    dbell_host_map(&r.s2, IPA, PA, 3, clean2);
    dbell_host_map(&r.s1, VA, IPA, 3,
                   (BENCH_S1 & ~(uint64_t)DBELL_HOST_PTE_AF) | DBELL_HOST_PTE_AP_RO |
                       DBELL_HOST_PTE_DBM);
    update(&r);
    r.b.logged = 0;
    check_ids(bench_translate(&r.b, SID, DBELL_WRITE, VA), MAPPED, CD_PMG);
    const uint64_t leaf = bench_entry(&r.b, &r.s1, VA, 3);
    CHECK_EQ(bench_load(&r.b, leaf),
             dbell_host_pte_page(IPA, BENCH_S1 | DBELL_HOST_PTE_DBM)); /* updated, indeed */
    check_noted(&r.b, leaf, MAPPED, CD_PMG);
    check_noted(&r.b, bench_entry(&r.b, &r.s2, IPA, 3), STE_PARTID, STE_PMG);
    check_noted(&r.b, bench_entry(&r.b, &r.s2, leaf, 3), STE_PARTID, STE_PMG);
    bench_close(&r.b);
}

TEST(mpam, address_translation_operations_access_as_transactions_do_17_4)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    global_ids(&r);
    r.ste.s1mpam = true;
    update(&r);
    r.b.logged = 0;
    bench_put(&r.b, 0x108, 8, SID);
    bench_put(&r.b, 0x110, 8, VA | 3 << 10 | 1 << 8);
    bench_put(&r.b, 0x100, 4, 1);
    CHECK_EQ(bench_get(&r.b, 0x118, 8) & 1, 0);
    check_noted(&r.b, r.b.strtab + SID * 64, GLOBAL_PARTID, GLOBAL_PMG);
    check_noted(&r.b, r.context, STE_PARTID, STE_PMG);
    check_noted(&r.b, bench_entry(&r.b, &r.s1, VA, 3), MAPPED, CD_PMG);
    check_noted(&r.b, bench_entry(&r.b, &r.s2, IPA, 3), STE_PARTID, STE_PMG);
    bench_close(&r.b);
}

TEST(mpam, queues_and_msis_are_global_17_4)
{
    struct rig r;
    uint64_t record[4];
    REQUIRE(rig(&r, 5));
    global_ids(&r);
    const uint64_t msi = bench_alloc(&r.b, 4096);
    bench_put(&r.b, 0x68, 8, msi + 0x100); /* GERROR */
    bench_put(&r.b, 0xb0, 8, msi + 0x200); /* event queue */
    bench_put(&r.b, 0x50, 4, 5);
    r.b.logged = 0;
    CHECK(bench_command(&r.b, dbell_host_sync_irq(msi, 1)));
    check_noted(&r.b, r.b.cmdq + (r.b.commands - 1) % 32 * 16, GLOBAL_PARTID, GLOBAL_PMG);
    check_noted(&r.b, msi, GLOBAL_PARTID, GLOBAL_PMG);
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, 0).event, DBELL_EVENT_F_TRANSLATION);
    check_noted(&r.b, r.b.eventq, GLOBAL_PARTID, GLOBAL_PMG);
    check_noted(&r.b, msi + 0x200, GLOBAL_PARTID, GLOBAL_PMG);
    REQUIRE(bench_event(&r.b, record));
    CHECK(!bench_command(&r.b, (struct dbell_host_cmd){{0xff, 0}}));
    check_noted(&r.b, msi + 0x100, GLOBAL_PARTID, GLOBAL_PMG);
    bench_close(&r.b);
}

TEST(mpam, msis_of_a_counter_group_without_mpam_have_0_10_5_2_13)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    global_ids(&r);
    const uint64_t msi = bench_alloc(&r.b, 4096);
    CHECK_EQ(bench_get(&r.b, 0x2e00, 4) >> 24 & 1, 0); /* CFGR.MPAM */
    CHECK_EQ(bench_get(&r.b, 0x2e00, 4) >> 20 & 3, 3); /* relocated, with MSIs */
    bench_put(&r.b, 0x12000, 8, UINT64_MAX);           /* EVCNTR0 */
    bench_put(&r.b, 0x2400, 4, UINT64_C(1) << 29 | 1); /* transactions ... */
    bench_put(&r.b, 0x2a00, 4, UINT32_MAX);            /* ... of all streams */
    bench_put(&r.b, 0x2c00, 8, 1);
    bench_put(&r.b, 0x2c40, 8, 1);
    bench_put(&r.b, 0x2e58, 8, msi);
    bench_put(&r.b, 0x2e50, 4, 1);
    bench_put(&r.b, 0x2e04, 4, 1);
    CHECK_EQ(go(&r).outcome, DBELL_DONE);
    check_noted(&r.b, msi, 0, 0);
    bench_close(&r.b);
}

/* --- the VMS --- */

TEST(mpam, the_vms_is_fetched_as_stes_are_5_6)
{
    static const struct {
        uint32_t cr1; /* TABLE_SH, TABLE_OC, TABLE_IC */
    } cases[] = {{0x000}, {3 << 10 | 1 << 8 | 1 << 6}, {2 << 10 | 2 << 8 | 2 << 6}, {1 << 6}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        REQUIRE(rig(&r, 7));
        r.ste.s1mpam = true;
        bench_put(&r.b, 0x20, 4, 0xc);
        bench_put(&r.b, 0x28, 4, cases[i].cr1);
        CHECK_EQ(bench_get(&r.b, 0x28, 4) & 0xfc0, cases[i].cr1);
        bench_put(&r.b, 0x20, 4, 0xd);
        update(&r);
        r.b.logged = 0;
        check_ids(go(&r), MAPPED, CD_PMG);
        const struct dbell_transaction *ste = bench_noted(&r.b, r.b.strtab + SID * 64);
        const struct dbell_transaction *vms = bench_noted(&r.b, r.vms + 2 * CD_PARTID);
        REQUIRE(ste && vms);
        CHECK_EQ(vms->op, DBELL_READ);
        CHECK_EQ(vms->side.attr, ste->side.attr);
        CHECK_EQ(vms->side.sh, ste->side.sh);
        CHECK_EQ(vms->side.pas, ste->side.pas);
        CHECK(vms->side.privileged && !vms->side.instruction);
        bench_close(&r.b);
    }
}

TEST(mpam, vmsptr_is_a_physical_address_5_2)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    r.ste.s1mpam = true;
    bench_store(&r.b, bench_entry(&r.b, &r.s2, r.vms, 3), 0); /* not to be asked */
    update(&r);
    check_ids(go(&r), MAPPED, CD_PMG);
    bench_close(&r.b);
}

TEST(mpam, an_aborted_vms_fetch_is_f_vms_fetch_7_3_20)
{
    for (int ssv = 0; ssv < 2; ssv++) {
        struct rig r;
        uint64_t record[4];
        REQUIRE(rig(&r, 7));
        r.ste.s1mpam = true;
        r.ste.s1cdmax = 2;
        r.ste.s1dss = 2;
        r.cd.a = r.cd.r = r.ste.s2r = false; /* it is recorded and aborted all the same */
        bench_cd(&r.b, r.context + 3 * 64, &r.cd);
        update(&r);
        r.b.abort_at = r.vms;
        const struct dbell_translation t =
            ssv ? bench_translate_ssid(&r.b, SID, 3, DBELL_WRITE, VA) : go(&r);
        CHECK_EQ(t.outcome, DBELL_FAULT);
        CHECK_EQ(t.event, DBELL_EVENT_F_VMS_FETCH);
        CHECK(!t.razwi);
        REQUIRE(bench_event(&r.b, record));
        CHECK_EQ(record[0], 0x25 | (ssv ? UINT64_C(3) << 12 | 1 << 11 : 0) | (uint64_t)SID << 32);
        CHECK_EQ(record[1] & ~UINT64_C(0xffff), 0); /* Reason is IMPLEMENTATION DEFINED */
        CHECK_EQ(record[2], 0);
        CHECK(record[3] >= r.vms && record[3] < r.vms + 64 && record[3] % 8 == 0);
        CHECK(!bench_event(&r.b, record));
        r.b.abort_at = 0; /* and nothing of it is kept */
        check_ids(go(&r), MAPPED, CD_PMG);
        bench_close(&r.b);
    }
}

TEST(mpam, the_vms_is_not_fetched_where_nothing_needs_it_5_6_1)
{
    static const struct {
        unsigned config;
        bool s1mpam;
    } cases[] = {{4, true}, {5, true}, {6, true}, {7, false}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        REQUIRE(rig(&r, cases[i].config));
        r.ste.s1mpam = cases[i].s1mpam;
        r.ste.vmsptr = BENCH_NOWHERE;
        update(&r);
        CHECK_EQ(go(&r).outcome, DBELL_DONE);
        CHECK_EQ(dbell_smmu_count(&r.b.smmu, DBELL_SMMU_READS_VMS), 0);
        bench_close(&r.b);
    }
}

TEST(mpam, vmsptr_beyond_the_oas_is_c_bad_ste_where_it_is_enabled_5_2)
{
    static const struct {
        unsigned config;
        bool s1mpam, partids, mpam, bad;
    } cases[] = {
        {7, true, true, true, true},   {7, false, true, true, false}, {6, true, true, true, false},
        {5, true, true, true, false},  {4, true, true, true, false},  {7, true, false, true, false},
        {7, true, true, false, false},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        struct dbell_smmu_features f = features();
        f.oas = 44;
        f.vax52 = false;
        f.mpam = cases[i].mpam;
        if (!cases[i].partids)
            f.partid_max = 0;
        REQUIRE(rig_with(&r, cases[i].config, f));
        r.ste.s1mpam = cases[i].s1mpam;
        for (unsigned bit = 44; bit < 56; bit++) {
            r.ste.vmsptr = UINT64_C(1) << bit;
            update(&r);
            const struct dbell_translation t = go(&r);
            CHECK_EQ(t.outcome, cases[i].bad ? DBELL_FAULT : DBELL_DONE);
            if (cases[i].bad)
                CHECK_EQ(t.event, DBELL_EVENT_C_BAD_STE);
        }
        bench_close(&r.b);
    }
}

TEST(mpam, a_changed_map_counts_after_its_invalidation_5_6_2)
{
    for (int all = 0; all < 2; all++) {
        struct rig r;
        REQUIRE(rig(&r, 7));
        r.ste.s1mpam = true;
        update(&r);
        check_ids(go(&r), MAPPED, CD_PMG);
        map_partid(&r, CD_PARTID, 0x1ab);
        if (all) {
            CHECK(bench_command(&r.b, dbell_host_cfgi_all()));
        } else {
            CHECK(bench_command(&r.b, dbell_host_cfgi_vms_pidm(7)));
            CHECK(bench_command(&r.b, dbell_host_cfgi_ste(SID, true)));
        }
        check_ids(go(&r), 0x1ab, CD_PMG); /* no TLB invalidation is needed */
        bench_close(&r.b);
    }
}

TEST(mpam, cfgi_vms_pidm_is_legal_where_the_vms_is_supported_4_3_5)
{
    static const struct {
        bool mpam, partids, stage1, stage2, legal;
    } cases[] = {{true, true, true, true, true},
                 {false, true, true, true, false},
                 {true, false, true, true, false},
                 {true, true, false, true, false},
                 {true, true, true, false, false}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        struct dbell_smmu_features f = features();
        f.mpam = cases[i].mpam;
        f.stage1 = cases[i].stage1;
        f.stage2 = cases[i].stage2;
        if (!cases[i].partids)
            f.partid_max = 0;
        REQUIRE(rig_with(&r, 4, f));
        CHECK_EQ(bench_get(&r.b, 0x9c, 4) >> 24, 0);
        struct dbell_host_cmd command = dbell_host_cfgi_vms_pidm(7);
        CHECK_EQ(bench_command(&r.b, command), cases[i].legal);
        CHECK_EQ(bench_get(&r.b, 0x9c, 4) >> 24, cases[i].legal ? 0 : 1); /* CERROR_ILL */
        if (cases[i].legal) {
            command.words[0] |= 1 << 10; /* SSec */
            CHECK(!bench_command(&r.b, command));
            CHECK_EQ(bench_get(&r.b, 0x9c, 4) >> 24, 1);
        }
        bench_close(&r.b);
    }
}

TEST(mpam, a_prefetch_that_cannot_read_the_vms_says_nothing_4_2)
{
    struct rig r;
    uint64_t record[4];
    REQUIRE(rig(&r, 7));
    r.ste.s1mpam = true;
    update(&r);
    r.b.abort_at = r.vms;
    CHECK(bench_command(&r.b, dbell_host_prefetch_config(SID)));
    CHECK(bench_command(&r.b, dbell_host_prefetch_addr(SID, VA, 0, 0)));
    CHECK(!bench_event(&r.b, record));
    r.b.abort_at = 0;
    check_ids(go(&r), MAPPED, CD_PMG);
    bench_close(&r.b);
}
