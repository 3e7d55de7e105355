/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Configuration: stream table, STE, CD (IHI 0070 5). */
#include "dbell_test.h"
#include "lab.h"

enum { SID = 8 };
#define IOVA UINT64_C(0x12345000)
#define PA   UINT64_C(0x60000000)

static bool on(struct lab *lab, const struct dbell_smmu_config *config)
{
    if (!lab_open(lab, config))
        return false;
    lab_smmu_on(lab);
    return true;
}

/* A stage 1 stream that maps IOVA to PA. */
static struct dbell_host_ste stage1(struct lab *lab, struct dbell_host_cd *cd)
{
    struct dbell_host_tables tables = lab_tables(lab, 12, 48);
    dbell_host_map(&tables, IOVA, PA, 3, LAB_S1_RW);
    *cd = lab_cd(&tables);
    return lab_ste_stage1(lab, cd);
}

static struct dbell_host_ste stage2(struct lab *lab)
{
    struct dbell_host_tables tables = lab_tables(lab, 12, 48);
    dbell_host_map(&tables, IOVA, PA, 3, LAB_S2_RW);
    return lab_ste_stage2(&tables);
}

TEST(ste, stage1_and_stage2_and_bypass_translate)
{
    struct lab lab;
    struct dbell_host_cd cd;
    REQUIRE(on(&lab, NULL));
    struct dbell_host_ste s1 = stage1(&lab, &cd), s2 = stage2(&lab);
    struct dbell_host_ste bypass = {.v = true, .config = 4, .shcfg = 1};
    lab_ste(&lab, 1, &s1);
    lab_ste(&lab, 2, &s2);
    lab_ste(&lab, 3, &bypass);
    CHECK_EQ(lab_dma(&lab, 1, DBELL_READ, IOVA + 8, NULL).trail.address, PA + 8);
    CHECK_EQ(lab_dma(&lab, 2, DBELL_READ, IOVA + 8, NULL).trail.address, PA + 8);
    CHECK_EQ(lab_dma(&lab, 3, DBELL_READ, PA + 8, NULL).trail.address, PA + 8);
    lab_close(&lab);
}

TEST(ste, config_000_aborts_without_event_5_2)
{
    struct lab lab;
    uint64_t record[4];
    REQUIRE(on(&lab, NULL));
    struct dbell_host_ste ste = {.v = true, .config = 0};
    lab_ste(&lab, SID, &ste);
    struct dbell_dma_result r = lab_dma(&lab, SID, DBELL_READ, 0, NULL);
    CHECK_EQ(r.trail.outcome, DBELL_FAULT);
    CHECK_EQ(r.response, DBELL_RESPONSE_SLVERR);
    CHECK_EQ(r.trail.event, 0);
    CHECK(!lab_event(&lab, record));
    lab_close(&lab);
}

/* One field of a valid STE is changed; 5.2.2 says that the result is ILLEGAL. */
struct ste_change {
    const char *rule;
    int stage; /* of the STE that is changed */
    void (*change)(struct dbell_host_ste *ste);
};

#define CHANGE(name, statement)                  \
    static void name(struct dbell_host_ste *ste) \
    {                                            \
        statement;                               \
    }
CHANGE(v_0, ste->v = false)
CHANGE(strw_01, ste->strw = 1)
CHANGE(strw_11, ste->strw = 3)
CHANGE(cdmax_over, ste->s1cdmax = 21)
CHANGE(ctxptr_over, ste->s1contextptr = UINT64_C(1) << 54)
CHANGE(aa64_0, ste->s2aa64 = false)
CHANGE(tg_reserved, ste->s2tg = 3)
CHANGE(ttb_over_ps, (ste->s2ps = 0, ste->s2ttb = UINT64_C(1) << 32))
CHANGE(t0sz_low, ste->s2t0sz = 15)
CHANGE(t0sz_high, ste->s2t0sz = 49)
CHANGE(sl0_inconsistent, ste->s2sl0 = 0)
CHANGE(sl0_too_deep, (ste->s2sl0 = 2, ste->s2t0sz = 40))
CHANGE(sl0_reserved_64k, (ste->s2tg = 1, ste->s2sl0 = 3))

TEST(ste, illegal_ones_are_c_bad_ste_5_2_2)
{
    static const struct ste_change changes[] = {
        {"V", 1, v_0},
        {"STRW 0b01", 1, strw_01},
        {"STRW 0b11", 1, strw_11},
        {"S1CDMax", 1, cdmax_over},
        {"S1ContextPtr", 1, ctxptr_over},
        {"S2AA64", 2, aa64_0},
        {"S2TG", 2, tg_reserved},
        {"S2TTB", 2, ttb_over_ps},
        {"S2T0SZ low", 2, t0sz_low},
        {"S2T0SZ high", 2, t0sz_high},
        {"S2SL0", 2, sl0_inconsistent},
        {"S2SL0 deep", 2, sl0_too_deep},
        {"S2SL0 64K", 2, sl0_reserved_64k},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct lab lab;
        struct dbell_host_cd cd;
        uint64_t record[4];
        REQUIRE(on(&lab, NULL));
        struct dbell_host_ste ste = changes[i].stage == 1 ? stage1(&lab, &cd) : stage2(&lab);
        lab_ste(&lab, 1, &ste);
        CHECK_EQ(lab_fault(&lab, 1, IOVA), 0); /* legal before the change */
        changes[i].change(&ste);
        lab_ste(&lab, 2, &ste);
        if (lab_fault(&lab, 2, IOVA) != DBELL_EVENT_C_BAD_STE)
            dbell_test_fail(__FILE__, __LINE__, changes[i].rule);
        REQUIRE(lab_event(&lab, record));
        CHECK_EQ(record[0], UINT64_C(2) << 32 | 4); /* 7.3.5: type, StreamID */
        CHECK_EQ(record[1] | record[2] | record[3], 0);
        lab_close(&lab);
    }
}

TEST(ste, strw_is_ignored_with_stage2_5_2)
{
    struct lab lab;
    REQUIRE(on(&lab, NULL));
    struct dbell_host_ste ste = stage2(&lab);
    ste.strw = 3;
    lab_ste(&lab, SID, &ste);
    CHECK_EQ(lab_fault(&lab, SID, IOVA), 0);
    lab_close(&lab);
}

TEST(ste, stall_fields_against_the_stall_model_5_2_2)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.idr[0] |= 1u << 24; /* IDR0.STALL_MODEL == 0b01 */
    struct lab lab;
    struct dbell_host_cd cd;
    REQUIRE(on(&lab, &config));
    struct dbell_host_ste s1 = stage1(&lab, &cd), s2 = stage2(&lab);
    s1.s1stalld = true;
    s2.s2s = true;
    lab_ste(&lab, 1, &s1);
    lab_ste(&lab, 2, &s2);
    CHECK_EQ(lab_fault(&lab, 1, IOVA), DBELL_EVENT_C_BAD_STE);
    CHECK_EQ(lab_fault(&lab, 2, IOVA), DBELL_EVENT_C_BAD_STE);
    lab_close(&lab);
}

TEST(ste, vmid_of_16_bits_needs_vmid16_5_2_2)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.idr[0] &= ~(1u << 18);
    struct lab lab;
    REQUIRE(on(&lab, &config));
    struct dbell_host_ste ste = stage2(&lab);
    ste.s2vmid = 0x100;
    lab_ste(&lab, SID, &ste);
    CHECK_EQ(lab_fault(&lab, SID, IOVA), DBELL_EVENT_C_BAD_STE);
    lab_close(&lab);
}

TEST(ste, an_invalid_one_stays_cached_until_cfgi_5_2_1)
{
    struct lab lab;
    REQUIRE(on(&lab, NULL));
    struct dbell_host_ste ste = {.v = false}, good = {.v = true, .config = 4, .shcfg = 1};
    lab_ste(&lab, SID, &ste);
    CHECK_EQ(lab_fault(&lab, SID, PA), DBELL_EVENT_C_BAD_STE);
    lab_ste(&lab, SID, &good);
    CHECK_EQ(lab_fault(&lab, SID, PA), DBELL_EVENT_C_BAD_STE);
    CHECK(lab_command(&lab, dbell_host_cfgi_ste(SID, true)));
    CHECK_EQ(lab_fault(&lab, SID, PA), 0);
    lab_close(&lab);
}

TEST(ste, a_failed_fetch_is_reported_with_its_address_and_not_cached_7_3_4)
{
    struct lab lab;
    uint64_t record[4];
    REQUIRE(on(&lab, NULL));
    lab_write(&lab, LAB_SMMU + 0x20, 4, 0xc);
    lab_write(&lab, LAB_SMMU + 0x80, 8, 0x10000000); /* nothing decodes there */
    lab_write(&lab, LAB_SMMU + 0x20, 4, 0xd);
    CHECK_EQ(lab_fault(&lab, SID, PA), DBELL_EVENT_F_STE_FETCH);
    REQUIRE(lab_event(&lab, record));
    CHECK_EQ(record[3], 0x10000000 + SID * 64);
    lab_write(&lab, LAB_SMMU + 0x20, 4, 0xc);
    lab_write(&lab, LAB_SMMU + 0x80, 8, lab.strtab);
    lab_write(&lab, LAB_SMMU + 0x20, 4, 0xd);
    CHECK_EQ(lab_fault(&lab, SID, PA), DBELL_EVENT_C_BAD_STE);
    lab_close(&lab);
}

TEST(strtab, a_streamid_out_of_range_is_recorded_with_recinvsid_only_7_3_3)
{
    struct lab lab;
    uint64_t record[4];
    REQUIRE(on(&lab, NULL));
    CHECK_EQ(lab_fault(&lab, 256, 0), DBELL_EVENT_C_BAD_STREAMID);
    CHECK(lab_event(&lab, record));
    lab_write(&lab, LAB_SMMU + 0x20, 4, 0xc);
    lab_write(&lab, LAB_SMMU + 0x2c, 4, 0);
    lab_write(&lab, LAB_SMMU + 0x20, 4, 0xd);
    struct dbell_dma_result r = lab_dma(&lab, 256, DBELL_READ, 0, NULL);
    CHECK_EQ(r.trail.outcome, DBELL_FAULT);
    CHECK_EQ(r.trail.event, 0);
    CHECK(!lab_event(&lab, record));
    lab_close(&lab);
}

/* 5.1, 7.3.3: Span s covers 2^(s - 1) STEs; 0, above 11 and above SPLIT + 1 are invalid. */
TEST(strtab, two_level_spans_5_1)
{
    static const struct {
        unsigned span, offset;
        bool good;
    } cases[] = {{0, 0, false},  {1, 0, true},   {1, 1, false},  {5, 15, true},  {5, 16, false},
                 {9, 255, true}, {10, 0, false}, {12, 0, false}, {17, 0, false}, {31, 0, false}};
    struct lab lab;
    struct dbell_host_ste bypass = {.v = true, .config = 4, .shcfg = 1};
    uint64_t words[8];
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    uint64_t level1 = lab_alloc(&lab, 4096), level2 = lab_alloc(&lab, 256 * 64);
    dbell_host_ste_encode(&bypass, words);
    for (unsigned i = 0; i < 256; i++)
        dbell_host_store_words(&lab.bus, level2 + i * 64u, words, 8);
    lab_write(&lab, LAB_SMMU + 0x20, 4, 0xc);
    lab_write(&lab, LAB_SMMU + 0x80, 8, level1);
    lab_write(&lab, LAB_SMMU + 0x88, 4, 1 << 16 | 8 << 6 | 16);
    lab_write(&lab, LAB_SMMU + 0x20, 4, 0xd);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lab_write(&lab, level1 + 8 * (i + 1), 8, dbell_host_l1std(level2, cases[i].span));
        unsigned fault = lab_fault(&lab, (i + 1) << 8 | cases[i].offset, PA);
        CHECK_EQ(fault, cases[i].good ? 0 : DBELL_EVENT_C_BAD_STREAMID);
    }
    lab_close(&lab);
}

struct cd_change {
    const char *rule;
    void (*change)(struct dbell_host_cd *cd);
};

#define CD_CHANGE(name, statement)             \
    static void name(struct dbell_host_cd *cd) \
    {                                          \
        statement;                             \
    }
CD_CHANGE(cd_v, cd->v = false)
CD_CHANGE(cd_aa64, cd->aa64 = false)
CD_CHANGE(cd_t0sz_low, cd->t0sz = 15)
CD_CHANGE(cd_t0sz_high, cd->t0sz = 49)
CD_CHANGE(cd_tg_reserved, cd->tg0 = 3)
CD_CHANGE(cd_ttb_over_ips, (cd->ips = 0, cd->ttb0 = UINT64_C(1) << 32))
CD_CHANGE(cd_tg1_reserved, (cd->epd1 = false, cd->t1sz = 16, cd->tg1 = 0))

TEST(cd, illegal_ones_are_c_bad_cd_5_4_2)
{
    static const struct cd_change changes[] = {{"V", cd_v},
                                               {"AA64", cd_aa64},
                                               {"T0SZ low", cd_t0sz_low},
                                               {"T0SZ high", cd_t0sz_high},
                                               {"TG0", cd_tg_reserved},
                                               {"TTB0", cd_ttb_over_ips},
                                               {"TG1", cd_tg1_reserved}};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct lab lab;
        struct dbell_host_cd cd;
        uint64_t record[4];
        REQUIRE(on(&lab, NULL));
        stage1(&lab, &cd);
        changes[i].change(&cd);
        struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
        lab_ste(&lab, SID, &ste);
        if (lab_fault(&lab, SID, IOVA) != DBELL_EVENT_C_BAD_CD)
            dbell_test_fail(__FILE__, __LINE__, changes[i].rule);
        REQUIRE(lab_event(&lab, record));
        CHECK_EQ(record[0], (uint64_t)SID << 32 | 0x0a); /* 7.3.11 */
        lab_close(&lab);
    }
}

TEST(cd, epd_hides_bad_fields_and_faults_5_4_1_1)
{
    struct lab lab;
    struct dbell_host_cd cd;
    REQUIRE(on(&lab, NULL));
    stage1(&lab, &cd);
    cd.epd0 = true;
    cd.t0sz = 63;
    cd.tg0 = 3;
    struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
    lab_ste(&lab, SID, &ste);
    CHECK_EQ(lab_fault(&lab, SID, IOVA), DBELL_EVENT_F_TRANSLATION);
    lab_close(&lab);
}

/* 5.2 S1DSS, 7.3.7, 7.3.9 on a table of 2^2 CDs. */
TEST(cd, substreams_choose_their_cd_5_2_S1DSS)
{
    struct lab lab;
    struct dbell_host_cd cd;
    uint64_t words[8];
    REQUIRE(on(&lab, NULL));
    struct dbell_host_ste ste = stage1(&lab, &cd);
    uint64_t table = lab_alloc(&lab, 4096);
    dbell_host_cd_encode(&cd, words);
    for (unsigned i = 0; i < 4; i++)
        dbell_host_store_words(&lab.bus, table + 64 * i, words, 8);
    ste.s1contextptr = table;
    ste.s1cdmax = 2;
    for (unsigned dss = 0; dss < 3; dss++) {
        ste.s1dss = dss;
        lab_ste(&lab, dss, &ste);
    }
    static const struct {
        uint32_t sid;
        bool ssv;
        uint32_t ssid;
        unsigned event;
    } cases[] = {
        {0, false, 0, DBELL_EVENT_F_STREAM_DISABLED}, /* S1DSS 0b00 */
        {0, true, 0, 0},
        {0, true, 3, 0},
        {0, true, 4, DBELL_EVENT_C_BAD_SUBSTREAMID},
        {1, false, 0, 0}, /* S1DSS 0b01: stage 1 bypassed */
        {2, false, 0, 0}, /* S1DSS 0b10: CD 0 */
        {2, true, 0, DBELL_EVENT_F_STREAM_DISABLED},
        {2, true, 1, 0},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t data[4];
        struct dbell_dma_result r =
            lab_dma_with(&lab, (struct dbell_dma){.requesterid = cases[i].sid,
                                                  .has_ssid = cases[i].ssv,
                                                  .ssid = cases[i].ssid,
                                                  .address = cases[i].sid == 1 ? PA : IOVA,
                                                  .length = 4,
                                                  .data = data});
        CHECK_EQ(r.trail.event, cases[i].event);
        if (!cases[i].event)
            CHECK_EQ(r.trail.address, PA);
    }
    lab_close(&lab);
}

TEST(cd, a_disabled_stream_is_recorded_without_its_substreamid_7_3_7)
{
    struct lab lab;
    uint64_t record[4];
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
    struct dbell_host_cd cd = lab_cd(&tables);
    struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
    ste.s1cdmax = 2;
    ste.s1dss = 2;
    lab_ste(&lab, 5, &ste);
    lab_dma_with(
        &lab,
        (struct dbell_dma){
            .requesterid = 5, .has_ssid = true, .op = DBELL_READ, .address = 0x1000, .length = 4});
    REQUIRE(lab_event(&lab, record));
    CHECK_EQ(record[0], UINT64_C(5) << 32 | 0x06);
    lab_close(&lab);
}

TEST(cd, stage2_faults_on_its_fetch_are_class_cd_7_3_13)
{
    struct lab lab;
    struct dbell_host_cd cd;
    uint64_t record[4];
    REQUIRE(on(&lab, NULL));
    struct dbell_host_ste s1 = stage1(&lab, &cd), s2 = stage2(&lab);
    s2.config = 7;
    s2.s1contextptr = s1.s1contextptr; /* not mapped at stage 2 */
    lab_ste(&lab, SID, &s2);
    CHECK_EQ(lab_fault(&lab, SID, IOVA), DBELL_EVENT_F_TRANSLATION);
    REQUIRE(lab_event(&lab, record));
    CHECK_EQ(record[1] >> 39 & 1, 1);                        /* S2 */
    CHECK_EQ(record[1] >> 40 & 3, 0);                        /* CLASS: CD */
    CHECK_EQ(record[3], s1.s1contextptr & ~UINT64_C(0xfff)); /* IPA */
    CHECK_EQ(record[2], IOVA);
    lab_close(&lab);
}

/* 5.2 S1Fmt: of the choices for bits of S1ContextPtr and L2Ptr below the size of their table, the
 * model treats them as zero. */
TEST(cd, tables_are_aligned_to_their_size_5_2_S1Fmt)
{
    static const struct {
        unsigned fmt, cdmax;
        uint32_t ssid;
        uint64_t stray, stray_l2; /* what is added to S1ContextPtr, and to L2Ptr */
        uint64_t l1_at, cd_at;
    } cases[] = {
        {0, 2, 3, 0x40, 0, 0, 3 * 64},
        {0, 10, 5, 0xffc0, 0, 0, 5 * 64},
        {1, 12, 0xabc, 0x1c0, 0, (0xabc >> 6) * 8, (0xabc & 63) * 64},
        {2, 14, 0x2abc, 0x40, 0xf000, (0x2abc >> 10) * 8, (0x2abc & 1023) * 64},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lab lab;
        struct dbell_host_cd cd;
        uint64_t words[8];
        REQUIRE(on(&lab, NULL));
        struct dbell_host_ste ste = stage1(&lab, &cd);
        const uint64_t table = lab_alloc(&lab, 0x10000), leaf = lab_alloc(&lab, 0x10000);
        dbell_host_cd_encode(&cd, words);
        dbell_host_store_words(&lab.bus, (cases[i].fmt ? leaf : table) + cases[i].cd_at, words, 8);
        if (cases[i].fmt)
            lab_write(&lab, table + cases[i].l1_at, 8, (leaf | cases[i].stray_l2) | 1);
        ste.s1fmt = cases[i].fmt;
        ste.s1cdmax = cases[i].cdmax;
        ste.s1contextptr = table | cases[i].stray;
        lab_ste(&lab, SID, &ste);
        uint8_t data[4];
        struct dbell_dma_result r = lab_dma_with(&lab, (struct dbell_dma){.requesterid = SID,
                                                                          .has_ssid = true,
                                                                          .ssid = cases[i].ssid,
                                                                          .address = IOVA,
                                                                          .length = 4,
                                                                          .data = data});
        CHECK_EQ(r.trail.event, 0);
        lab_close(&lab);
    }
}

/* --- structures against the ID registers --- */

/* What is announced is changed: these bits of an IDR are cleared, those set. */
struct announced {
    unsigned idr;
    uint32_t clear, set;
};

static struct dbell_smmu_config announcing(struct announced a)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.idr[a.idr] = (config.idr[a.idr] & ~a.clear) | a.set;
    return config;
}

CHANGE(as_it_is, (void)ste)
CHANGE(s2ha, ste->s2ha = true)
CHANGE(s2ha_s2hd, ste->s2ha = ste->s2hd = true)
CHANGE(tg_16k, (ste->s2tg = 2, ste->s2t0sz = 24, ste->s2sl0 = 1))
CHANGE(tg_4k_level3, (ste->s2t0sz = 39, ste->s2sl0 = 3))
CHANGE(eats_s2s, (ste->eats = 1, ste->s2s = true))
CHANGE(eats_split, (ste->eats = 2))
CHANGE(vmid_9_bits, ste->s2vmid = 0x100)
CHANGE(big_endian, ste->s2endi = true)

/* Each is legal with the default ID registers, and ILLEGAL with these. */
TEST(ste, what_idr_does_not_announce_is_c_bad_ste_5_2_2)
{
    static const struct {
        const char *rule;
        int stage;
        void (*change)(struct dbell_host_ste *ste);
        struct announced with;
    } cases[] = {
        {"S1P 0", 1, as_it_is, {0, 1 << 1, 0}},
        {"S2P 0", 2, as_it_is, {0, 1 << 0, 0}},
        {"TTF 0b01", 2, as_it_is, {0, 3 << 2, 1 << 2}},
        {"STALL_MODEL 0b10, S2S 0", 2, as_it_is, {0, 3 << 24, 2 << 24}},
        {"HTTU 0b00, S2HA", 2, s2ha, {0, 3 << 6, 0}},
        {"HTTU 0b01, S2HD", 2, s2ha_s2hd, {0, 3 << 6, 1 << 6}},
        {"GRAN16K 0", 2, tg_16k, {5, 1 << 5, 0}},
        {"STT 0, S2SL0 0b11", 2, tg_4k_level3, {3, 1 << 9, 0}},
        {"VMID16 0", 2, vmid_9_bits, {0, 1 << 18, 0}},
        {"TTENDIAN 0b10", 2, big_endian, {0, 3 << 21, 2 << 21}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct dbell_smmu_config changed = announcing(cases[i].with);
        for (int with = 0; with < 2; with++) {
            struct lab lab;
            struct dbell_host_cd cd;
            REQUIRE(on(&lab, with ? &changed : NULL));
            struct dbell_host_ste ste = cases[i].stage == 1 ? stage1(&lab, &cd) : stage2(&lab);
            cases[i].change(&ste);
            lab_ste(&lab, SID, &ste);
            if ((lab_fault(&lab, SID, IOVA) == DBELL_EVENT_C_BAD_STE) != with)
                dbell_test_fail(__FILE__, __LINE__, cases[i].rule);
            lab_close(&lab);
        }
    }
}

TEST(ste, without_ats_eats_is_ignored_5_2)
{
    void (*const illegal_with_ats[])(struct dbell_host_ste *) = {eats_s2s, eats_split};
    const struct dbell_smmu_config without =
        announcing((struct announced){0, 1 << 10 | 1 << 16, 0});
    for (size_t i = 0; i < 2; i++)
        for (int ats = 0; ats < 2; ats++) {
            struct lab lab;
            REQUIRE(on(&lab, ats ? NULL : &without));
            struct dbell_host_ste ste = stage2(&lab);
            illegal_with_ats[i](&ste);
            lab_ste(&lab, SID, &ste);
            CHECK_EQ(lab_fault(&lab, SID, IOVA) == DBELL_EVENT_C_BAD_STE, ats);
            lab_close(&lab);
        }
}

TEST(ste, httu_of_the_access_flag_alone_allows_s2ha_5_2_2)
{
    const struct dbell_smmu_config config = announcing((struct announced){0, 3 << 6, 1 << 6});
    struct lab lab;
    REQUIRE(on(&lab, &config));
    struct dbell_host_ste ste = stage2(&lab);
    ste.s2ha = true;
    lab_ste(&lab, SID, &ste);
    CHECK_EQ(lab_fault(&lab, SID, IOVA), 0);
    lab_close(&lab);
}

/* Arm ARM D8.2: SL0 0b11 is level 3 with 4 KB where small translation tables are; with 16 KB it is
 * reserved without 52-bit addresses. */
TEST(ste, s2sl0_11_is_level_3_of_4k_with_stt_only_5_2_S2SL0)
{
    struct lab lab;
    REQUIRE(on(&lab, NULL));
    struct dbell_host_tables tables = lab_tables(&lab, 12, 21);
    dbell_host_map(&tables, 0x5000, PA, 3, LAB_S2_RW);
    struct dbell_host_ste ste = lab_ste_stage2(&tables);
    ste.s2sl0 = 3;
    lab_ste(&lab, 1, &ste);
    CHECK_EQ(lab_dma(&lab, 1, DBELL_READ, 0x5004, NULL).trail.address, PA + 4);
    CHECK_EQ(lab_fault(&lab, 1, 0x6000), DBELL_EVENT_F_TRANSLATION);
    ste.s2tg = 2; /* 16 KB: the length would fit level 0 */
    ste.s2t0sz = 16;
    lab_ste(&lab, 2, &ste);
    CHECK_EQ(lab_fault(&lab, 2, 0x5000), DBELL_EVENT_C_BAD_STE);
    lab_close(&lab);
}

TEST(ste, overrides_need_attr_types_ovr_and_attr_perms_ovr_5_2)
{
    for (unsigned has = 0; has < 2; has++) {
        const struct dbell_smmu_config config =
            announcing((struct announced){1, 3u << 26, has ? 3u << 26 : 0});
        struct lab lab;
        REQUIRE(on(&lab, &config));
        struct dbell_host_ste ste = {.v = true,
                                     .config = 4,
                                     .mtcfg = true, /* MemAttr 0: Device-nGnRnE */
                                     .shcfg = 1,
                                     .privcfg = 3,
                                     .instcfg = 3};
        lab_ste(&lab, SID, &ste);
        struct dbell_dma_result r = lab_dma(&lab, SID, DBELL_READ, PA, NULL);
        CHECK_EQ(r.trail.attr, has ? 0x00 : 0xff);
        CHECK_EQ(r.trail.privileged, has);
        CHECK_EQ(r.trail.instruction, has);
        lab_close(&lab);
    }
}

CD_CHANGE(cd_as_it_is, (void)cd)
CD_CHANGE(cd_s, cd->s = true)
CD_CHANGE(cd_a_0, cd->a = false)
CD_CHANGE(cd_asid_9_bits, cd->asid = 0x100)
CD_CHANGE(cd_ha, cd->ha = true)
CD_CHANGE(cd_ha_hd, cd->ha = cd->hd = true)
CD_CHANGE(cd_big_endian, cd->endi = true)
CD_CHANGE(cd_tg_16k, cd->tg0 = 2)
CD_CHANGE(cd_t0sz_40, cd->t0sz = 40)

TEST(cd, what_idr_does_not_announce_is_c_bad_cd_5_4_2)
{
    static const struct {
        const char *rule;
        void (*change)(struct dbell_host_cd *cd);
        struct announced with;
    } cases[] = {
        {"STALL_MODEL 0b01, S", cd_s, {0, 3 << 24, 1 << 24}},
        {"TTF 0b01", cd_as_it_is, {0, 3 << 2, 1 << 2}},
        {"STALL_MODEL 0b10, S 0", cd_as_it_is, {0, 3 << 24, 2 << 24}},
        {"TERM_MODEL, A 0", cd_a_0, {0, 0, 1 << 26}},
        {"ASID16 0", cd_asid_9_bits, {0, 1 << 12, 0}},
        {"HTTU 0b00, HA", cd_ha, {0, 3 << 6, 0}},
        {"HTTU 0b01, HD", cd_ha_hd, {0, 3 << 6, 1 << 6}},
        {"TTENDIAN 0b10", cd_big_endian, {0, 3 << 21, 2 << 21}},
        {"GRAN16K 0", cd_tg_16k, {5, 1 << 5, 0}},
        {"STT 0, T0SZ 40", cd_t0sz_40, {3, 1 << 9, 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct dbell_smmu_config changed = announcing(cases[i].with);
        for (int with = 0; with < 2; with++) {
            struct lab lab;
            struct dbell_host_cd cd;
            REQUIRE(on(&lab, with ? &changed : NULL));
            stage1(&lab, &cd);
            cases[i].change(&cd);
            struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
            lab_ste(&lab, SID, &ste);
            if ((lab_fault(&lab, SID, IOVA) == DBELL_EVENT_C_BAD_CD) != with)
                dbell_test_fail(__FILE__, __LINE__, cases[i].rule);
            lab_close(&lab);
        }
    }
}

TEST(cd, s_is_illegal_in_a_stream_with_s1stalld_5_4_2)
{
    for (unsigned stalld = 0; stalld < 2; stalld++) {
        struct lab lab;
        struct dbell_host_cd cd;
        REQUIRE(on(&lab, NULL));
        stage1(&lab, &cd);
        cd.s = true;
        struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
        ste.s1stalld = stalld;
        lab_ste(&lab, SID, &ste);
        CHECK_EQ(lab_fault(&lab, SID, IOVA), stalld ? DBELL_EVENT_C_BAD_CD : 0);
        lab_close(&lab);
    }
}

/* --- the ends of address fields --- */

CHANGE(ctxptr_bit_55, ste->s1contextptr |= UINT64_C(1) << 55)
CHANGE(s2ttb_bit_51, ste->s2ttb |= UINT64_C(1) << 51)
CD_CHANGE(cd_ttb0_bit_51, cd->ttb0 |= UINT64_C(1) << 51)
CD_CHANGE(cd_ttb1_bit_51,
          (cd->epd1 = false, cd->t1sz = 16, cd->tg1 = 2, cd->ttb1 = UINT64_C(1) << 51))

/* 3.4.3: the top bit of each is beyond the output size, which is 52 bits or 48. */
TEST(addresses, out_of_range_by_their_top_bit_3_4_3)
{
    struct lab lab;
    struct dbell_host_cd cd;
    REQUIRE(on(&lab, NULL));
    struct dbell_host_ste s1 = stage1(&lab, &cd), s2 = stage2(&lab);
    ctxptr_bit_55(&s1);
    s2ttb_bit_51(&s2); /* S2PS is 48 bits */
    lab_ste(&lab, 1, &s1);
    lab_ste(&lab, 2, &s2);
    CHECK_EQ(lab_fault(&lab, 1, IOVA), DBELL_EVENT_C_BAD_STE);
    CHECK_EQ(lab_fault(&lab, 2, IOVA), DBELL_EVENT_C_BAD_STE);
    static void (*const changes[])(struct dbell_host_cd *) = {cd_ttb0_bit_51, cd_ttb1_bit_51};
    for (unsigned i = 0; i < 2; i++) { /* IPS is 48 bits */
        struct dbell_host_cd other = cd;
        changes[i](&other);
        struct dbell_host_ste ste = lab_ste_stage1(&lab, &other);
        lab_ste(&lab, 3 + i, &ste);
        CHECK_EQ(lab_fault(&lab, 3 + i, IOVA), DBELL_EVENT_C_BAD_CD);
    }
    /* L1CD.L2Ptr */
    struct dbell_host_ste two_level = lab_ste_stage1(&lab, &cd);
    const uint64_t table = lab_alloc(&lab, 4096), leaf = lab_alloc(&lab, 4096);
    uint64_t words[8];
    dbell_host_cd_encode(&cd, words);
    dbell_host_store_words(&lab.bus, leaf, words, 8);
    two_level.s1fmt = 1;
    two_level.s1cdmax = 7;
    two_level.s1dss = 2;
    two_level.s1contextptr = table;
    lab_ste(&lab, 5, &two_level);
    lab_write(&lab, table, 8, leaf | UINT64_C(1) << 55 | 1);
    CHECK_EQ(lab_fault(&lab, 5, IOVA), DBELL_EVENT_C_BAD_SUBSTREAMID);
    lab_ste(&lab, 6, &two_level);
    lab_write(&lab, table, 8, leaf | 1);
    CHECK_EQ(lab_fault(&lab, 6, IOVA), 0);
    lab_close(&lab);
}

/* STRTAB_BASE_CFG of a table with two levels; everything else stays. */
static void use_strtab(struct lab *lab, uint64_t base, uint32_t cfg)
{
    lab_write(lab, LAB_SMMU + 0x20, 4, 0xc);
    lab_write(lab, LAB_SMMU + 0x80, 8, base);
    lab_write(lab, LAB_SMMU + 0x88, 4, cfg);
    lab_write(lab, LAB_SMMU + 0x20, 4, 0xd);
}

static unsigned stream_fault(struct lab *lab, uint32_t sid, uint64_t address)
{
    uint8_t data[4] = {0};
    return lab_dma_with(lab, (struct dbell_dma){.by_streamid = true,
                                                .streamid = sid,
                                                .address = address,
                                                .length = 4,
                                                .data = data})
        .trail.event;
}

TEST(strtab, a_level_2_array_beyond_the_oas_is_f_ste_fetch_3_4_3)
{
    struct lab lab;
    uint64_t words[8], record[4];
    const struct dbell_host_ste bypass = {.v = true, .config = 4, .shcfg = 1};
    REQUIRE(on(&lab, NULL));
    const uint64_t level1 = lab_alloc(&lab, 4096), level2 = lab_alloc(&lab, 4096);
    dbell_host_ste_encode(&bypass, words);
    dbell_host_store_words(&lab.bus, level2, words, 8);
    use_strtab(&lab, level1, 1 << 16 | 6 << 6 | 12);
    lab_write(&lab, level1, 8, level2 | UINT64_C(1) << 55 | 1);
    CHECK_EQ(stream_fault(&lab, 0, PA), DBELL_EVENT_F_STE_FETCH);
    REQUIRE(lab_event(&lab, record));
    CHECK_EQ(record[0] & 0xff, 0x03);
    lab_write(&lab, level1, 8, level2 | 1);
    CHECK_EQ(stream_fault(&lab, 0, PA), 0);
    lab_close(&lab);
}

TEST(strtab, all_32_bits_of_a_streamid_are_admitted_and_recorded_6_3_25)
{
    struct lab lab;
    uint64_t words[8], record[4];
    const struct dbell_host_ste bypass = {.v = true, .config = 4, .shcfg = 1};
    REQUIRE(on(&lab, NULL));
    const uint64_t level1 = lab_alloc(&lab, 8u << 22), level2 = lab_alloc(&lab, 1024 * 64);
    dbell_host_ste_encode(&bypass, words);
    dbell_host_store_words(&lab.bus, level2 + 1023 * 64, words, 8);
    lab_write(&lab, level1 + 0x3fffff * 8, 8, level2 | 11);
    use_strtab(&lab, level1, 1 << 16 | 10 << 6 | 32);
    CHECK_EQ(stream_fault(&lab, 0xffffffff, PA), 0);
    CHECK_EQ(stream_fault(&lab, 0x80000123, PA), DBELL_EVENT_C_BAD_STREAMID); /* Span 0 */
    REQUIRE(lab_event(&lab, record));
    CHECK_EQ(record[0], UINT64_C(0x80000123) << 32 | 0x02);
    lab_close(&lab);
}

TEST(strtab, reserved_split_and_format_behave_as_0_6_3_25)
{
    struct lab lab;
    uint64_t words[8];
    const struct dbell_host_ste bypass = {.v = true, .config = 4, .shcfg = 1};
    REQUIRE(on(&lab, NULL));
    const uint64_t level1 = lab_alloc(&lab, 4096), level2 = lab_alloc(&lab, 4096);
    dbell_host_ste_encode(&bypass, words);
    dbell_host_store_words(&lab.bus, level2 + 5 * 64, words, 8);
    lab_write(&lab, level1 + 8, 8, level2 | 7);
    use_strtab(&lab, level1, 1 << 16 | 24 << 6 | 12); /* as SPLIT 6: StreamID 0x45 is [1][5] */
    CHECK_EQ(stream_fault(&lab, 0x45, PA), 0);
    for (unsigned fmt = 2; fmt < 4; fmt++) { /* as FMT 0b00: linear */
        const uint64_t table = lab_alloc(&lab, 256 * 64);
        dbell_host_store_words(&lab.bus, table + 0x45 * 64, words, 8);
        use_strtab(&lab, table, fmt << 16 | 6 << 6 | 8);
        CHECK(lab_command(&lab, dbell_host_cfgi_all()));
        CHECK_EQ(stream_fault(&lab, 0x45, PA), 0);
    }
    lab_close(&lab);
}

/* One STE needs 64 bytes, a queue of two commands 32. */
TEST(strtab, the_least_alignment_of_tables_5_1_6_3_24)
{
    struct lab lab;
    uint64_t words[8];
    const struct dbell_host_ste bypass = {.v = true, .config = 4, .shcfg = 1};
    REQUIRE(on(&lab, NULL));
    const uint64_t level1 = lab_alloc(&lab, 4096), page = lab_alloc(&lab, 4096);
    dbell_host_ste_encode(&bypass, words);
    dbell_host_store_words(&lab.bus, page + 0x40, words, 8);
    use_strtab(&lab, page + 0x40, 0);
    CHECK_EQ(stream_fault(&lab, 0, PA), 0);
    CHECK_EQ(stream_fault(&lab, 1, PA), DBELL_EVENT_C_BAD_STREAMID);
    lab_write(&lab, level1 + 8, 8, (page + 0x40) | 1);
    use_strtab(&lab, level1, 1 << 16 | 6 << 6 | 12);
    CHECK_EQ(stream_fault(&lab, 64, PA), 0);
    lab_close(&lab);
}

/* --- translation table bases --- */

/* 5.4 TTB0: bits below the alignment of the table are taken as zero. */
TEST(cd, stray_low_bits_of_ttb0_are_ignored_5_4_TTB0)
{
    struct lab lab;
    struct dbell_host_cd cd;
    REQUIRE(on(&lab, NULL));
    stage1(&lab, &cd);
    cd.ttb0 |= 0xff0;
    struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
    lab_ste(&lab, SID, &ste);
    CHECK_EQ(lab_fault(&lab, SID, IOVA), 0);
    struct dbell_host_ste s2 = stage2(&lab);
    s2.s2ttb |= 0xff0;
    lab_ste(&lab, SID + 1, &s2);
    CHECK_EQ(lab_fault(&lab, SID + 1, IOVA), 0);
    lab_close(&lab);
}

/* 64 KB granules and 43 bits: two entries at level 1, 16 bytes. With 52-bit output they are still
 * aligned to 64; with less, to 16. */
TEST(cd, tables_of_52_bit_output_are_aligned_to_64_bytes_5_4_TTB0)
{
    for (unsigned stage = 1; stage <= 2; stage++)
        for (unsigned wide = 0; wide < 2; wide++) {
            struct lab lab;
            REQUIRE(on(&lab, NULL));
            struct dbell_host_tables tables = lab_tables(&lab, 16, 43);
            const uint64_t root = tables.root;
            if (!wide)
                tables.root = root + 0x30;
            dbell_host_map(&tables, 0x50000, PA, 3, stage == 1 ? LAB_S1_RW : LAB_S2_RW);
            tables.root = root + 0x30;
            struct dbell_host_ste ste;
            if (stage == 1) {
                struct dbell_host_cd cd = lab_cd(&tables);
                cd.ips = wide ? 6 : 5;
                ste = lab_ste_stage1(&lab, &cd);
            } else {
                ste = lab_ste_stage2(&tables);
                ste.s2ps = wide ? 6 : 5;
            }
            lab_ste(&lab, SID, &ste);
            CHECK_EQ(lab_dma(&lab, SID, DBELL_READ, 0x50000, NULL).trail.address, PA);
            lab_close(&lab);
        }
}

/* --- which rule decides --- */

TEST(cd, a_substreamid_without_stage1_is_named_so_7_3_9)
{
    struct lab lab;
    uint64_t record[4];
    REQUIRE(on(&lab, NULL));
    struct dbell_host_ste bypass = {.v = true, .config = 4, .shcfg = 1};
    lab_ste(&lab, SID, &bypass);
    struct dbell_dma_result r = lab_dma_with(
        &lab,
        (struct dbell_dma){
            .requesterid = SID, .has_ssid = true, .ssid = 0x12345, .address = PA, .length = 4});
    CHECK_TEXT(r.trail.rule, "7.3.9: SubstreamID given, stage 1 disabled");
    REQUIRE(lab_event(&lab, record));
    CHECK_EQ(record[0], (uint64_t)SID << 32 | 0x12345 << 12 | 0x08); /* no SSV */
    struct dbell_host_ste bad = {.v = false};
    lab_ste(&lab, SID + 1, &bad);
    lab_dma_with(
        &lab,
        (struct dbell_dma){
            .requesterid = SID + 1, .has_ssid = true, .ssid = 0x12345, .address = PA, .length = 4});
    REQUIRE(lab_event(&lab, record));
    CHECK_EQ(record[0], (uint64_t)(SID + 1) << 32 | 0x12345 << 12 | 1 << 11 | 0x04);
    lab_close(&lab);
}

TEST(cd, address_0_of_a_disabled_half_faults_7_3_13)
{
    struct lab lab;
    struct dbell_host_cd cd;
    REQUIRE(on(&lab, NULL));
    stage1(&lab, &cd);
    cd.epd0 = true;
    struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
    lab_ste(&lab, SID, &ste);
    struct dbell_dma_result r = lab_dma(&lab, SID, DBELL_READ, 0, NULL);
    CHECK_EQ(r.trail.event, DBELL_EVENT_F_TRANSLATION);
    CHECK_TEXT(r.trail.rule, "7.3.13: CD.EPDx disables this half");
    lab_close(&lab);
}

/* --- nested configuration fetches --- */

/* Stage 2 maps RAM to itself, this one block of 2 MB as Device-nGnRE. */
static struct dbell_host_ste nested_with_device(struct lab *lab, uint64_t context, uint64_t device)
{
    struct dbell_host_tables s2 = lab_tables(lab, 12, 48);
    for (uint64_t block = LAB_RAM; block < LAB_RAM + 0x4000000; block += 0x200000)
        dbell_host_map(&s2, block, block, 2,
                       block == device ? (LAB_S2_RW & ~UINT64_C(0x3c)) | 1 << 2 : LAB_S2_RW);
    struct dbell_host_ste ste = lab_ste_stage2(&s2);
    ste.config = 7;
    ste.s1contextptr = context;
    return ste;
}

TEST(cd, s2ptw_forbids_cds_and_stage1_tables_in_device_pages_5_2_S2PTW)
{
    for (unsigned what = 0; what < 2; what++) /* 0: the CD, 1: the stage 1 table */
        for (unsigned s2ptw = 0; s2ptw < 2; s2ptw++) {
            struct lab lab;
            uint64_t record[4];
            REQUIRE(on(&lab, NULL));
            lab.next = LAB_RAM + 0x1000000;
            struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
            dbell_host_map(&tables, IOVA, LAB_RAM, 3, LAB_S1_RW);
            struct dbell_host_cd cd = lab_cd(&tables);
            lab.next = LAB_RAM + 0x2000000;
            const uint64_t context = lab_ste_stage1(&lab, &cd).s1contextptr;
            struct dbell_host_ste ste =
                nested_with_device(&lab, context, LAB_RAM + (what ? 0x1000000 : 0x2000000));
            ste.s2ptw = s2ptw;
            lab_ste(&lab, SID, &ste);
            CHECK_EQ(lab_fault(&lab, SID, IOVA), s2ptw ? DBELL_EVENT_F_PERMISSION : 0);
            if (s2ptw) {
                REQUIRE(lab_event(&lab, record));
                CHECK_EQ(record[0] & 0xff, 0x13);
                CHECK_EQ(record[1] >> 39 & 1, 1);    /* S2 */
                CHECK_EQ(record[1] >> 40 & 3, what); /* CLASS CD, TT */
                if (what)
                    CHECK_EQ(record[1] >> 44 & 1, 1); /* TTRnW */
            }
            lab_close(&lab);
        }
}
