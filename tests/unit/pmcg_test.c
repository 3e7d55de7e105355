/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Performance monitor counter groups (IHI 0070 10). */
#include <string.h>

#include "bench.h"
#include "dbell_test.h"

enum { SID = 5, GROUP0 = 0x2000, GROUP1 = 0x42000, PAGE1 = 0x10000 };
/* 10.5.1 */
enum {
    EVCNTR = 0x000,
    EVTYPER = 0x400,
    SVR = 0x600,
    SMR = 0xa00,
    CNTENSET = 0xc00,
    CNTENCLR = 0xc20,
    INTENSET = 0xc40,
    INTENCLR = 0xc60,
    OVSCLR = 0xc80,
    OVSSET = 0xcc0,
    CAPR = 0xd88,
    SCR = 0xdf8,
    CFGR = 0xe00,
    CR = 0xe04,
    IIDR = 0xe08,
    CEID0 = 0xe20,
    CEID1 = 0xe28,
    IRQ_CTRL = 0xe50,
    IRQ_CTRLACK = 0xe54,
    IRQ_CFG0 = 0xe58,
    IRQ_CFG1 = 0xe60,
    IRQ_CFG2 = 0xe64,
    IRQ_STATUS = 0xe68,
    GMPAM = 0xe6c,
    AIDR = 0xe70,
    MPAMIDR = 0xe74
};
#define OVFCAP (UINT32_C(1) << 31)
#define SPAN   (UINT32_C(1) << 29)
#define ALL    UINT32_C(0xffffffff)

static struct dbell_smmu_pmcg_config group(unsigned units, unsigned counters, unsigned bits)
{
    return (struct dbell_smmu_pmcg_config){.units = (uint8_t)units,
                                           .counters = (uint8_t)counters,
                                           .counter_bits = (uint8_t)bits,
                                           .msi = true,
                                           .capture = true};
}

static struct dbell_smmu_config one(struct dbell_smmu_pmcg_config group0)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    memset(config.pmcg, 0, sizeof config.pmcg);
    config.pmcg[0] = group0;
    return config;
}

/* Group 0 for all streams, counters in page 0. */
static bool open(struct bench *b, unsigned counters, unsigned bits)
{
    const struct dbell_smmu_config config =
        one(group(DBELL_PMCG_TCU | DBELL_PMCG_TBU, counters, bits));
    return bench_open(b, &config);
}

static uint64_t rd(struct bench *b, uint32_t offset, unsigned size)
{
    return bench_get(b, GROUP0 + offset, size);
}

static void wr(struct bench *b, uint32_t offset, unsigned size, uint64_t value)
{
    bench_put(b, GROUP0 + offset, size, value);
}

/* Counter n of group 0, 64-bit: counts `event` of all streams from `start` on. */
static void arm(struct bench *b, unsigned n, uint32_t evtyper, uint64_t start)
{
    wr(b, EVCNTR + 8 * n, 8, start);
    wr(b, EVTYPER + 4 * n, 4, evtyper | SPAN);
    wr(b, SMR + 4 * n, 4, ALL);
    wr(b, CNTENSET, 8, UINT64_C(1) << n);
    wr(b, CR, 4, 1);
}

static uint64_t counter(struct bench *b, unsigned n)
{
    return rd(b, EVCNTR + 8 * n, 8);
}

static void happen(struct bench *b, unsigned event, uint32_t streamid)
{
    dbell_smmu_pmcg_event(&b->smmu,
                          event == DBELL_PMCG_TRANSACTION || event == DBELL_PMCG_TLB_MISS
                              ? DBELL_PMCG_TBU
                              : DBELL_PMCG_TCU,
                          event, streamid);
    bench_settle(b);
}

/* --- registers --- */

TEST(pmcg, cfgr_says_what_the_group_is_10_5_2_13)
{
    static const struct {
        unsigned counters, bits;
    } cases[] = {{1, 32}, {4, 32}, {8, 36}, {16, 40}, {31, 44}, {63, 48}, {64, 64}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (unsigned flags = 0; flags < 16; flags++) {
            struct bench b;
            struct dbell_smmu_pmcg_config g =
                group(DBELL_PMCG_TCU | DBELL_PMCG_TBU, cases[i].counters, cases[i].bits);
            g.relocated = flags & 1;
            g.msi = flags & 2;
            g.capture = flags & 4;
            g.common_filter = flags & 8;
            const struct dbell_smmu_config config = one(g);
            REQUIRE(bench_open(&b, &config));
            const uint64_t want =
                (uint64_t)flags << 20 | (cases[i].bits - 1) << 8 | (cases[i].counters - 1);
            CHECK_EQ(rd(&b, CFGR, 4), want);
            wr(&b, CFGR, 4, ~want);
            CHECK_EQ(rd(&b, CFGR, 4), want);
            bench_close(&b);
        }
}

TEST(pmcg, counters_have_their_width_and_stride_10_5_2_1)
{
    static const unsigned widths[] = {32, 36, 40, 44, 48, 64};
    static const unsigned numbers[] = {1, 5, 64};
    for (unsigned i = 0; i < 6; i++)
        for (unsigned k = 0; k < 3; k++) {
            struct bench b;
            REQUIRE(open(&b, numbers[k], widths[i]));
            const unsigned size = widths[i] > 32 ? 8 : 4;
            const uint64_t mask = widths[i] == 64 ? UINT64_MAX : (UINT64_C(1) << widths[i]) - 1;
            for (unsigned n = 0; n < 64 && EVCNTR + size * n < 0x200; n++)
                wr(&b, EVCNTR + size * n, size, UINT64_MAX - n);
            for (unsigned n = 0; n < 64 && EVCNTR + size * n < 0x200; n++)
                CHECK_EQ(rd(&b, EVCNTR + size * n, size),
                         n < numbers[k] ? (UINT64_MAX - n) & mask : 0);
            for (unsigned at = size * 64; at < 0x400; at += 4) {
                wr(&b, at, 4, UINT32_MAX);
                CHECK_EQ(rd(&b, at, 4), 0);
            }
            if (size == 8) { /* 6.2: by halves */
                wr(&b, EVCNTR, 4, 0x11111111);
                wr(&b, EVCNTR + 4, 4, 0x22222222);
                CHECK_EQ(rd(&b, EVCNTR, 8), UINT64_C(0x2222222211111111) & mask);
                CHECK_EQ(rd(&b, EVCNTR, 4), 0x11111111);
                CHECK_EQ(rd(&b, EVCNTR + 4, 4), 0x22222222 & mask >> 32);
            }
            bench_close(&b);
        }
}

TEST(pmcg, evtyper_has_its_fields_10_5_2_2)
{
    for (unsigned flags = 0; flags < 4; flags++) {
        struct bench b;
        struct dbell_smmu_pmcg_config g = group(DBELL_PMCG_TCU | DBELL_PMCG_TBU, 4, 32);
        g.capture = flags & 1;
        g.common_filter = flags & 2;
        const struct dbell_smmu_config config = one(g);
        REQUIRE(bench_open(&b, &config));
        for (unsigned n = 0; n < 8; n++) {
            /* EVENT implements an IMPLEMENTATION DEFINED number of low bits. */
            wr(&b, EVTYPER + 4 * n, 4, UINT32_MAX);
            const uint64_t got = rd(&b, EVTYPER + 4 * n, 4);
            CHECK_EQ(got & UINT64_C(0xffff0000),
                     n >= 4 ? 0 : (flags & 1 ? OVFCAP : 0) | (n && flags & 2 ? 0 : (uint64_t)SPAN));
            CHECK_EQ(got & 0xff, n < 4 ? 0xff : 0);
            wr(&b, EVTYPER + 4 * n, 4, 4);
            CHECK_EQ(rd(&b, EVTYPER + 4 * n, 4), n < 4 ? 4 : 0);
        }
        bench_close(&b);
    }
}

TEST(pmcg, smr_holds_a_streamid_10_5_2_4)
{
    for (int common = 0; common < 2; common++) {
        struct bench b;
        struct dbell_smmu_config config = dbell_smmu_default_config();
        struct dbell_smmu_features f = dbell_smmu_features_of(&config);
        f.sidsize = 12;
        dbell_smmu_features_set(&config, &f);
        config.pmcg[0] = group(DBELL_PMCG_TCU | DBELL_PMCG_TBU, 4, 32);
        config.pmcg[0].common_filter = common;
        REQUIRE(bench_open(&b, &config));
        for (unsigned n = 0; n < 8; n++) {
            wr(&b, SMR + 4 * n, 4, UINT32_MAX);
            const uint64_t got = rd(&b, SMR + 4 * n, 4);
            if (n >= 4 || (n && common))
                CHECK_EQ(got, 0);
            else /* contiguous from 0, and no more than the SMMU's */
                CHECK(got && (got & (got + 1)) == 0 && got <= 0xfff);
        }
        bench_close(&b);
    }
}

TEST(pmcg, set_and_clear_pairs_10_5_2_5)
{
    static const struct {
        uint32_t set, clear;
    } pairs[] = {{CNTENSET, CNTENCLR}, {INTENSET, INTENCLR}, {OVSSET, OVSCLR}};
    static const unsigned numbers[] = {1, 6, 40, 64};
    for (unsigned k = 0; k < 4; k++) {
        struct bench b;
        REQUIRE(open(&b, numbers[k], 64));
        const uint64_t mask = numbers[k] == 64 ? UINT64_MAX : (UINT64_C(1) << numbers[k]) - 1;
        for (unsigned i = 0; i < 3; i++) {
            wr(&b, pairs[i].clear, 8, UINT64_MAX);
            CHECK_EQ(rd(&b, pairs[i].set, 8), 0);
            wr(&b, pairs[i].set, 8, UINT64_C(0x8000000100000011));
            CHECK_EQ(rd(&b, pairs[i].set, 8), UINT64_C(0x8000000100000011) & mask);
            CHECK_EQ(rd(&b, pairs[i].clear, 8), UINT64_C(0x8000000100000011) & mask);
            wr(&b, pairs[i].set, 8, 2);
            wr(&b, pairs[i].clear, 8, 1);
            CHECK_EQ(rd(&b, pairs[i].set, 8), UINT64_C(0x8000000100000012) & mask);
            wr(&b, pairs[i].set + 4, 4, 4); /* halves are the upper counters */
            wr(&b, pairs[i].clear + 4, 4, 1);
            CHECK_EQ(rd(&b, pairs[i].clear, 8), UINT64_C(0x8000000400000012) & mask);
            CHECK_EQ(rd(&b, pairs[i].clear + 4, 4), UINT64_C(0x80000004) & mask >> 32);
            wr(&b, pairs[i].set, 8, UINT64_MAX);
            CHECK_EQ(rd(&b, pairs[i].clear, 8), mask);
            wr(&b, pairs[i].clear, 8, UINT64_MAX);
            CHECK_EQ(rd(&b, pairs[i].set, 8), 0);
        }
        bench_close(&b);
    }
}

TEST(pmcg, cr_irq_ctrl_and_gmpam_are_0_at_reset_10_5_2_14)
{
    struct bench b;
    REQUIRE(open(&b, 8, 64));
    for (int again = 0; again < 2; again++) {
        CHECK_EQ(rd(&b, CR, 4), 0);
        CHECK_EQ(rd(&b, IRQ_CTRL, 4), 0);
        CHECK_EQ(rd(&b, IRQ_CTRLACK, 4), 0);
        CHECK_EQ(rd(&b, CAPR, 4), 0);
        wr(&b, CR, 4, UINT32_MAX);
        wr(&b, IRQ_CTRL, 4, UINT32_MAX);
        CHECK_EQ(rd(&b, CR, 4), 1);
        CHECK_EQ(rd(&b, IRQ_CTRL, 4), 1);
        CHECK_EQ(rd(&b, IRQ_CTRLACK, 4), 1);
        dbell_smmu_reset(&b.smmu);
    }
    bench_close(&b);
}

TEST(pmcg, no_secure_root_or_mpam_registers_without_support_10_5_2_12)
{
    static const uint32_t offsets[] = {SCR, 0xe40, 0xe48, GMPAM, MPAMIDR, 0xe78};
    struct bench b;
    REQUIRE(open(&b, 8, 64));
    for (unsigned i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        wr(&b, offsets[i], 4, UINT32_MAX);
        CHECK_EQ(rd(&b, offsets[i], 4), 0);
    }
    bench_close(&b);
}

TEST(pmcg, identification_10_5_2_29)
{
    struct bench b;
    REQUIRE(open(&b, 8, 64));
    CHECK_EQ(rd(&b, 0xff0, 4), 0x0d);
    CHECK_EQ(rd(&b, 0xff4, 4), 0x90);
    CHECK_EQ(rd(&b, 0xff8, 4), 0x05);
    CHECK_EQ(rd(&b, 0xffc, 4), 0xb1);
    CHECK_EQ(rd(&b, 0xfbc, 4), UINT64_C(0x47702a56)); /* 0x23b << 21 | 1 << 20 | 0x2a56 */
    CHECK_EQ(rd(&b, 0xfcc, 4), 0x56);
    for (uint32_t at = 0xfb0; at < 0xff0; at += 4)
        if (at != 0xfbc && at != 0xfcc && !(at >= 0xfe0 && at < 0xff0) && at != 0xfd0)
            CHECK_EQ(rd(&b, at, 4), 0);
    /* 10.5.2.15: IIDR and the PIDRs say the same. */
    const uint64_t iidr = rd(&b, IIDR, 4);
    uint64_t pidr[5] = {rd(&b, 0xfe0, 4), rd(&b, 0xfe4, 4), rd(&b, 0xfe8, 4), rd(&b, 0xfec, 4),
                        rd(&b, 0xfd0, 4)};
    CHECK(iidr != 0);
    CHECK_EQ(iidr >> 20, (pidr[1] & 0xf) << 8 | pidr[0]);
    CHECK_EQ(iidr >> 16 & 0xf, pidr[2] >> 4);
    CHECK_EQ(iidr >> 12 & 0xf, pidr[3] >> 4);
    CHECK_EQ(iidr >> 8 & 0xf, pidr[4]);
    CHECK_EQ(iidr & 0x7f, (pidr[2] & 7) << 4 | pidr[1] >> 4);
    CHECK_EQ(iidr >> 7 & 1, 0);
    CHECK_EQ(pidr[2] & 8, 8);
    CHECK_EQ(rd(&b, AIDR, 4), 2); /* SMMUv3.2 */
    bench_close(&b);
}

TEST(pmcg, ceid_has_the_mandatory_events_10_3)
{
    static const unsigned units[] = {DBELL_PMCG_TCU | DBELL_PMCG_TBU, DBELL_PMCG_TCU,
                                     DBELL_PMCG_TBU};
    uint64_t events[3];
    for (unsigned i = 0; i < 3; i++) {
        struct bench b;
        const struct dbell_smmu_config config = one(group(units[i], 4, 64));
        REQUIRE(bench_open(&b, &config));
        events[i] = rd(&b, CEID0, 8);
        CHECK_EQ(rd(&b, CEID0, 4), events[i]);
        CHECK_EQ(rd(&b, CEID0 + 4, 4), 0);
        CHECK_EQ(rd(&b, CEID1, 8), 0);
        wr(&b, CEID0, 8, UINT64_MAX);
        CHECK_EQ(rd(&b, CEID0, 8), events[i]);
        bench_close(&b);
    }
    CHECK_EQ(events[0], 0xff);
    CHECK_EQ(events[1] | events[2], 0xff);
    CHECK_EQ(events[1] & 0x30, 0x30); /* who walks counts the accesses of it */
    CHECK_EQ(events[2] & 0x7, 0x7);
}

TEST(pmcg, without_ats_there_are_no_events_of_it_10_3)
{
    struct bench b;
    struct dbell_smmu_config config = one(group(DBELL_PMCG_TCU | DBELL_PMCG_TBU, 4, 64));
    config.idr[0] &= ~(1u << 10 | 1u << 16);
    REQUIRE(bench_open(&b, &config));
    CHECK_EQ(rd(&b, CEID0, 8), 0x3f);
    bench_close(&b);
}

TEST(pmcg, relocated_counters_are_in_page_1_only_10_5_1)
{
    struct bench b;
    struct dbell_smmu_pmcg_config g = group(DBELL_PMCG_TCU | DBELL_PMCG_TBU, 4, 64);
    g.relocated = true;
    const struct dbell_smmu_config config = one(g);
    REQUIRE(bench_open(&b, &config));
    static const uint32_t moved[] = {EVCNTR, EVCNTR + 24, OVSSET, OVSCLR};
    for (unsigned i = 0; i < 2; i++) {
        wr(&b, moved[i], 8, UINT64_MAX);
        CHECK_EQ(rd(&b, PAGE1 + moved[i], 8), 0);
        wr(&b, PAGE1 + moved[i], 8, 0x1234 + i);
        CHECK_EQ(rd(&b, PAGE1 + moved[i], 8), 0x1234 + i);
        CHECK_EQ(rd(&b, moved[i], 8), 0);
    }
    wr(&b, OVSSET, 8, 0xf);
    CHECK_EQ(rd(&b, PAGE1 + OVSSET, 8), 0);
    wr(&b, PAGE1 + OVSSET, 8, 0xf);
    wr(&b, OVSCLR, 8, 0x3);
    CHECK_EQ(rd(&b, PAGE1 + OVSCLR, 8), 0xf);
    CHECK_EQ(rd(&b, OVSSET, 8), 0);
    CHECK_EQ(rd(&b, OVSCLR, 8), 0);
    wr(&b, PAGE1 + OVSCLR, 8, 0x3);
    CHECK_EQ(rd(&b, PAGE1 + OVSSET, 8), 0xc);
    wr(&b, CAPR, 4, 1); /* RES0 there */
    CHECK_EQ(rd(&b, PAGE1 + SVR, 8), 0);
    wr(&b, PAGE1 + CAPR, 4, 1);
    CHECK_EQ(rd(&b, PAGE1 + SVR, 8), 0x1234);
    CHECK_EQ(rd(&b, PAGE1 + SVR + 24, 8), 0x1235);
    CHECK_EQ(rd(&b, SVR, 8), 0);
    /* What stays is in page 0 only. */
    static const uint32_t stay[] = {EVTYPER, SMR, CNTENSET, INTENSET, CR, IRQ_CTRL, IRQ_CFG1};
    for (unsigned i = 0; i < sizeof stay / sizeof stay[0]; i++) {
        wr(&b, stay[i], 4, 1);
        CHECK_EQ(rd(&b, stay[i], 4), stay[i] == IRQ_CFG1 ? 0 : 1);
    }
    bench_close(&b);
}

TEST(pmcg, without_relocation_there_is_no_page_1_10_5_1)
{
    struct bench b;
    REQUIRE(open(&b, 4, 64));
    wr(&b, EVCNTR, 8, 5);
    CHECK_EQ(rd(&b, EVCNTR, 8), 5);
    wr(&b, PAGE1 + EVCNTR, 8, 6);
    CHECK_EQ(rd(&b, PAGE1 + EVCNTR, 8), 0);
    CHECK_EQ(rd(&b, EVCNTR, 8), 5);
    bench_close(&b);
}

TEST(pmcg, groups_are_free_standing_10_2)
{
    struct bench b;
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.pmcg[0] = group(DBELL_PMCG_TCU, 2, 64);
    config.pmcg[1] = group(DBELL_PMCG_TBU, 4, 32);
    REQUIRE(bench_open(&b, &config));
    CHECK_EQ(bench_get(&b, GROUP0 + CFGR, 4), 3 << 21 | 63 << 8 | 1);
    CHECK_EQ(bench_get(&b, GROUP1 + CFGR, 4), 3 << 21 | 31 << 8 | 3);
    bench_put(&b, GROUP1 + CNTENSET, 8, UINT64_MAX);
    bench_put(&b, GROUP1 + CR, 4, 1);
    bench_put(&b, GROUP1 + EVCNTR, 4, 77);
    CHECK_EQ(bench_get(&b, GROUP1 + CNTENSET, 8), 0xf);
    CHECK_EQ(bench_get(&b, GROUP0 + CNTENSET, 8), 0);
    CHECK_EQ(bench_get(&b, GROUP0 + CR, 4), 0);
    CHECK_EQ(bench_get(&b, GROUP0 + EVCNTR, 4), 0);
    bench_close(&b);
    memset(config.pmcg, 0, sizeof config.pmcg);
    REQUIRE(bench_open(&b, &config)); /* none */
    CHECK_EQ(bench_get(&b, GROUP0 + CFGR, 4), 0);
    CHECK_EQ(bench_get(&b, GROUP1 + CFGR, 4), 0);
    bench_close(&b);
}

TEST(pmcg, what_stays_in_page_0_is_not_in_page_1_10_5_1)
{
    static const uint32_t stay[] = {EVTYPER, SMR,   CNTENSET, CNTENCLR, INTENSET, CFGR,
                                    CR,      CEID0, IRQ_CTRL, IRQ_CFG1, AIDR,     0xff0};
    struct bench b;
    struct dbell_smmu_pmcg_config g = group(DBELL_PMCG_TCU | DBELL_PMCG_TBU, 4, 32);
    g.relocated = true;
    const struct dbell_smmu_config config = one(g);
    REQUIRE(bench_open(&b, &config));
    for (unsigned i = 0; i < sizeof stay / sizeof stay[0]; i++) {
        const uint64_t before = rd(&b, stay[i], 4);
        wr(&b, PAGE1 + stay[i], 4, UINT32_MAX);
        CHECK_EQ(rd(&b, PAGE1 + stay[i], 4), 0);
        CHECK_EQ(rd(&b, stay[i], 4), before);
    }
    bench_close(&b);
}

TEST(pmcg, groups_that_cannot_be_are_refused_10_5_2_13)
{
    static const struct {
        unsigned units, counters, bits;
        bool good;
    } cases[] = {{3, 1, 32, true},  {3, 64, 64, true},  {3, 65, 64, false}, {3, 4, 31, false},
                 {3, 4, 33, false}, {3, 4, 63, false},  {3, 4, 0, false},   {0, 4, 64, false},
                 {4, 4, 64, false}, {3, 255, 64, false}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dbell_smmu_config config =
            one(group(cases[i].units, cases[i].counters, cases[i].bits));
        CHECK_EQ(dbell_smmu_state_size(&config) != 0, cases[i].good);
        config.pmcg[1] = config.pmcg[0];
        config.pmcg[0].counters = 0;
        CHECK_EQ(dbell_smmu_state_size(&config) != 0, cases[i].good);
    }
}

TEST(pmcg, the_register_space_holds_the_pages_of_the_groups_10_5)
{
    struct bench b;
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.pmcg[0] = group(DBELL_PMCG_TCU, 4, 64);
    config.pmcg[1] = group(DBELL_PMCG_TBU, 4, 64);
    config.pmcg[0].relocated = config.pmcg[1].relocated = true;
    CHECK(dbell_smmu_register_space(&config) >= GROUP1 + PAGE1 + 0x1000);
    REQUIRE(bench_open(&b, &config));
    bench_put(&b, GROUP1 + PAGE1 + EVCNTR + 24, 8, 3);
    CHECK_EQ(bench_get(&b, GROUP1 + PAGE1 + EVCNTR + 24, 8), 3);
    CHECK_EQ(bench_get(&b, GROUP0 + PAGE1 + EVCNTR + 24, 8), 0);
    bench_close(&b);
}

/* --- enables --- */

TEST(pmcg, a_counter_needs_e_and_cnten_10_5_2_14)
{
    for (unsigned how = 0; how < 4; how++) {
        struct bench b;
        REQUIRE(open(&b, 4, 64));
        arm(&b, 1, DBELL_PMCG_TRANSACTION, 100);
        if (!(how & 1))
            wr(&b, CR, 4, 0);
        if (!(how & 2))
            wr(&b, CNTENCLR, 8, 2);
        happen(&b, DBELL_PMCG_TRANSACTION, SID);
        happen(&b, DBELL_PMCG_TRANSACTION, SID);
        CHECK_EQ(counter(&b, 1), how == 3 ? 102 : 100);
        CHECK_EQ(counter(&b, 0), 0);
        CHECK_EQ(rd(&b, CNTENSET, 8), how & 2);
        wr(&b, CR, 4, 1);
        wr(&b, CNTENSET, 8, 2);
        happen(&b, DBELL_PMCG_TRANSACTION, SID);
        CHECK_EQ(counter(&b, 1), how == 3 ? 103 : 101);
        bench_close(&b);
    }
}

TEST(pmcg, the_clock_is_not_filtered_10_3)
{
    struct bench b;
    REQUIRE(open(&b, 2, 64));
    arm(&b, 0, DBELL_PMCG_CLOCK, 0);
    wr(&b, EVTYPER, 4, DBELL_PMCG_CLOCK); /* exactly stream 0xffffffff */
    dbell_smmu_clock(&b.smmu, 1000);
    dbell_smmu_clock(&b.smmu, 1);
    happen(&b, DBELL_PMCG_TRANSACTION, SID);
    CHECK_EQ(counter(&b, 0), 1001);
    bench_close(&b);
}

/* --- filters --- */

static const struct filter {
    uint32_t smr, streamid;
    bool span, matches;
} filters[] = {
    /* Exact */
    {0x12, 0x12, false, true},
    {0x12, 0x13, false, false},
    {0x17, 0x10, false, false},
    {0, 0, false, true},
    {ALL, ALL, false, true},
    {ALL, 0, false, false},
    /* 0000:0000:0001:1011:1111:0111:1111:0111 matches ...:1111:xxxx */
    {0x001bf7f7, 0x001bf7f0, true, true},
    {0x001bf7f7, 0x001bf7ff, true, true},
    {0x001bf7f7, 0x001bf7ef, true, false},
    {0x001bf7f7, 0x001bf700, true, false},
    {0x001bf7f7, 0x801bf7f7, true, false},
    /* ...:1111:0110 matches ...:1111:011x */
    {0x001bf7f6, 0x001bf7f6, true, true},
    {0x001bf7f6, 0x001bf7f7, true, true},
    {0x001bf7f6, 0x001bf7f5, true, false},
    {0x001bf7f6, 0x001bf7f8, true, false},
    /* ...:1111:0101:1111:1111 matches ...:1111:01xx:xxxx:xxxx */
    {0x001bf5ff, 0x001bf400, true, true},
    {0x001bf5ff, 0x001bf7ff, true, true},
    {0x001bf5ff, 0x001bf3ff, true, false},
    {0x001bf5ff, 0x001bf800, true, false},
    /* All */
    {ALL, 0, true, true},
    {ALL, 0x12345678, true, true},
    {ALL, ALL, true, true},
    {0x7fffffff, 0, true, true},
    {0x7fffffff, ALL, true, true},
    /* Half of them */
    {0x3fffffff, 0x7fffffff, true, true},
    {0x3fffffff, 0x80000000, true, false},
    {0xbfffffff, 0x80000000, true, true},
    {0xbfffffff, 0x7fffffff, true, false},
};

TEST(pmcg, streamid_filters_10_4)
{
    for (unsigned i = 0; i < sizeof filters / sizeof filters[0]; i++)
        for (unsigned event = 1; event <= 5; event++) {
            struct bench b;
            REQUIRE(open(&b, 4, 64));
            arm(&b, 3, event, 0);
            wr(&b, EVTYPER + 12, 4, event | (filters[i].span ? SPAN : 0));
            wr(&b, SMR + 12, 4, filters[i].smr);
            happen(&b, event, filters[i].streamid);
            CHECK_EQ(counter(&b, 3), filters[i].matches);
            bench_close(&b);
        }
}

TEST(pmcg, all_ones_of_the_implemented_bits_match_all_10_4)
{
    static const uint32_t masks[] = {ALL, 0xff, 0x7f};
    for (unsigned i = 0; i < 3; i++) {
        struct bench b;
        struct dbell_smmu_config config = dbell_smmu_default_config();
        struct dbell_smmu_features f = dbell_smmu_features_of(&config);
        f.sidsize = 8;
        dbell_smmu_features_set(&config, &f);
        config.pmcg[0] = group(DBELL_PMCG_TCU | DBELL_PMCG_TBU, 2, 64);
        REQUIRE(bench_open(&b, &config));
        arm(&b, 0, DBELL_PMCG_TRANSACTION, 0);
        wr(&b, SMR, 4, masks[i]);
        happen(&b, DBELL_PMCG_TRANSACTION, 0);
        happen(&b, DBELL_PMCG_TRANSACTION, 0x7f);
        happen(&b, DBELL_PMCG_TRANSACTION, 0xff);
        CHECK_EQ(counter(&b, 0), 3);
        bench_close(&b);
    }
}

TEST(pmcg, filters_are_of_each_counter_or_of_the_group_10_4)
{
    for (int common = 0; common < 2; common++) {
        struct bench b;
        struct dbell_smmu_pmcg_config g = group(DBELL_PMCG_TCU | DBELL_PMCG_TBU, 3, 64);
        g.common_filter = common;
        const struct dbell_smmu_config config = one(g);
        REQUIRE(bench_open(&b, &config));
        arm(&b, 0, DBELL_PMCG_TRANSACTION, 0);
        arm(&b, 1, DBELL_PMCG_TRANSACTION, 0);
        arm(&b, 2, DBELL_PMCG_TLB_MISS, 0);
        wr(&b, EVTYPER, 4, DBELL_PMCG_TRANSACTION); /* exactly 9 */
        wr(&b, SMR, 4, 9);
        for (uint32_t sid = 8; sid < 12; sid++) {
            happen(&b, DBELL_PMCG_TRANSACTION, sid);
            happen(&b, DBELL_PMCG_TLB_MISS, sid);
        }
        CHECK_EQ(counter(&b, 0), 1);
        CHECK_EQ(counter(&b, 1), common ? 1 : 4);
        CHECK_EQ(counter(&b, 2), common ? 1 : 4);
        bench_close(&b);
    }
}

/* --- what is counted --- */

struct rig {
    struct bench b;
    struct dbell_host_tables s1, s2;
    struct dbell_host_cd cd;
    struct dbell_host_ste ste;
    uint64_t context;
};
#define VA  UINT64_C(0x700000005000)
#define IPA UINT64_C(0x80008000)

/* Counter n counts event n. */
static bool rig_of(struct rig *r, unsigned config, struct dbell_smmu_config smmu)
{
    if (!bench_open(&r->b, &smmu))
        return false;
    bench_on(&r->b);
    r->s1 = bench_tables(&r->b, 12, 48);
    r->s2 = bench_tables(&r->b, 12, 48);
    r->context = bench_alloc(&r->b, 4096);
    bench_identity(&r->s2);
    dbell_host_map(&r->s1, VA, IPA, 3, BENCH_S1);
    dbell_host_map(&r->s2, IPA, 0x90003000, 3, BENCH_S2);
    r->cd = bench_cd_of(&r->s1);
    bench_cd(&r->b, r->context, &r->cd);
    r->ste = (struct dbell_host_ste){.v = true, .config = config, .shcfg = 1};
    if (config & 1)
        r->ste = bench_stage1(r->context);
    if (config == 6 || config == 7)
        bench_add_stage2(&r->ste, &r->s2);
    bench_ste(&r->b, SID, &r->ste);
    for (unsigned event = 0; event < 6; event++)
        arm(&r->b, event, event, 0);
    return true;
}

static bool rig(struct rig *r, unsigned config)
{
    return rig_of(r, config, one(group(DBELL_PMCG_TCU | DBELL_PMCG_TBU, 8, 64)));
}

static void check_counts(struct bench *b, const unsigned counts[5])
{
    for (unsigned event = 1; event <= 5; event++)
        CHECK_EQ(counter(b, event), counts[event - 1]);
}

TEST(pmcg, a_stage_1_translation_in_events_10_3)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).outcome, DBELL_DONE);
    check_counts(&r.b, (const unsigned[]){1, 1, 1, 4, 2}); /* STE and CD, four levels */
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_WRITE, VA + 8).outcome, DBELL_DONE);
    check_counts(&r.b, (const unsigned[]){2, 1, 1, 4, 2}); /* all of it cached */
    bench_command(&r.b, dbell_host_tlbi_nsnh_all());
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_WRITE, VA).outcome, DBELL_DONE);
    check_counts(&r.b, (const unsigned[]){3, 2, 1, 8, 2});
    bench_command(&r.b, dbell_host_cfgi_ste(SID, true));
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_WRITE, VA).outcome, DBELL_DONE);
    check_counts(&r.b, (const unsigned[]){4, 2, 2, 8, 4});
    bench_close(&r.b);
}

TEST(pmcg, a_stage_2_translation_in_events_10_3)
{
    struct rig r;
    REQUIRE(rig(&r, 6));
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, IPA).outcome, DBELL_DONE);
    check_counts(&r.b, (const unsigned[]){1, 1, 1, 4, 1});
    bench_close(&r.b);
}

TEST(pmcg, a_nested_translation_in_events_10_3)
{
    struct rig r;
    struct dbell_smmu_config config = one(group(DBELL_PMCG_TCU | DBELL_PMCG_TBU, 8, 64));
    config.no_caches = true;
    REQUIRE(rig_of(&r, 7, config));
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).outcome, DBELL_DONE);
    /* CD: 4 of stage 2; each of 4 of stage 1: 4 of stage 2 before it; the output: 4. */
    check_counts(&r.b, (const unsigned[]){1, 1, 1, 4 + 4 * 5 + 4, 2});
    bench_close(&r.b);
}

TEST(pmcg, a_bypass_in_events_10_3)
{
    struct rig r;
    REQUIRE(rig(&r, 4));
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, 0x1000).outcome, DBELL_DONE);
    check_counts(&r.b, (const unsigned[]){1, 0, 1, 0, 1}); /* nothing asks a TLB */
    bench_close(&r.b);
}

TEST(pmcg, two_levels_of_configuration_are_four_accesses_10_3)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    /* Two-level stream table of 2^6 with 2^6 in each; 64 KB L2 CD tables by L1CDs. */
    const uint64_t l1 = bench_alloc(&r.b, 4096), l1cd = bench_alloc(&r.b, 4096);
    bench_store(&r.b, l1, dbell_host_l1std(r.b.strtab, 7));
    bench_store(&r.b, l1cd, dbell_host_l1cd(r.context, true));
    r.ste.s1contextptr = l1cd;
    r.ste.s1fmt = 1; /* 4 KB leaf tables */
    r.ste.s1cdmax = 8;
    r.ste.s1dss = 2;
    bench_ste(&r.b, SID, &r.ste);
    bench_put(&r.b, 0x20, 4, 0xc);
    bench_put(&r.b, 0x80, 8, l1);
    bench_put(&r.b, 0x88, 4, 1 << 16 | 6 << 6 | 6);
    bench_put(&r.b, 0x20, 4, 0xd);
    bench_command(&r.b, dbell_host_cfgi_all());
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).outcome, DBELL_DONE);
    check_counts(&r.b, (const unsigned[]){1, 1, 1, 4, 4});
    bench_close(&r.b);
}

TEST(pmcg, a_hardware_update_is_a_walk_access_10_3)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    r.cd.ha = true;
    bench_cd(&r.b, r.context, &r.cd);
    bench_ste(&r.b, SID, &r.ste);
    dbell_host_map(&r.s1, VA, IPA, 3, BENCH_S1 & ~(uint64_t)DBELL_HOST_PTE_AF);
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).outcome, DBELL_DONE);
    check_counts(&r.b, (const unsigned[]){1, 1, 1, 5, 2});
    bench_close(&r.b);
}

TEST(pmcg, a_vms_fetch_is_a_configuration_access_10_3)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    r.ste.s1mpam = true;
    r.ste.vmsptr = bench_alloc(&r.b, 4096);
    bench_ste(&r.b, SID, &r.ste);
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).outcome, DBELL_DONE);
    CHECK_EQ(counter(&r.b, 5), 3);
    bench_close(&r.b);
}

TEST(pmcg, atos_is_counted_in_accesses_10_3)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    bench_put(&r.b, 0x108, 8, SID);
    bench_put(&r.b, 0x110, 8, VA | 1 << 10 | 1 << 8);
    bench_put(&r.b, 0x100, 4, 1);
    CHECK_EQ(bench_get(&r.b, 0x118, 8) & 1, 0);
    CHECK_EQ(counter(&r.b, 4), 4);
    CHECK_EQ(counter(&r.b, 5), 2);
    /* Whether it is in events 1, 2 and 3 is IMPLEMENTATION DEFINED, alike for all. */
    CHECK_EQ(counter(&r.b, 1), counter(&r.b, 2));
    CHECK_EQ(counter(&r.b, 2), counter(&r.b, 3));
    bench_close(&r.b);
}

TEST(pmcg, a_prefetch_is_counted_in_accesses_10_3)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    CHECK(bench_command(&r.b, dbell_host_prefetch_addr(SID, VA, 0, 0)));
    /* The command may do nothing; what it does is counted. */
    CHECK_EQ(counter(&r.b, 4), dbell_smmu_count(&r.b.smmu, DBELL_SMMU_READS_S1));
    CHECK_EQ(counter(&r.b, 5), dbell_smmu_count(&r.b.smmu, DBELL_SMMU_READS_STE) +
                                   dbell_smmu_count(&r.b.smmu, DBELL_SMMU_READS_CD));
    /* Events 1, 2 and 3 have it all or none of them. */
    CHECK_EQ(counter(&r.b, 1), counter(&r.b, 2));
    CHECK_EQ(counter(&r.b, 2), counter(&r.b, 3));
    bench_close(&r.b);
}

TEST(pmcg, terminated_transactions_are_in_all_or_none_of_the_events_10_3)
{
    static const struct {
        uint32_t sid;
        uint64_t address;
        unsigned event, walks, fetches;
    } cases[] = {{SID, VA + 0x1000, DBELL_EVENT_F_TRANSLATION, 4, 2},
                 {SID + 1, VA, DBELL_EVENT_C_BAD_STE, 0, 1},
                 {64, VA, DBELL_EVENT_C_BAD_STREAMID, 0, 0}};
    for (unsigned i = 0; i < 3; i++) {
        struct rig r;
        REQUIRE(rig(&r, 5));
        const struct dbell_translation t =
            bench_translate(&r.b, cases[i].sid, DBELL_READ, cases[i].address);
        CHECK_EQ(t.event, cases[i].event);
        CHECK(counter(&r.b, 1) <= 1);
        if (cases[i].event == DBELL_EVENT_F_TRANSLATION) {
            CHECK_EQ(counter(&r.b, 1), counter(&r.b, 2));
            CHECK_EQ(counter(&r.b, 2), counter(&r.b, 3));
        }
        CHECK_EQ(counter(&r.b, 4), cases[i].walks);
        CHECK_EQ(counter(&r.b, 5), cases[i].fetches);
        bench_close(&r.b);
    }
}

TEST(pmcg, an_aborted_access_is_one_10_3)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    r.b.abort_at = bench_entry(&r.b, &r.s1, VA, 2) & ~UINT64_C(63);
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).event, DBELL_EVENT_F_WALK_EABT);
    CHECK_EQ(counter(&r.b, 4), 3);
    CHECK_EQ(counter(&r.b, 5), 2);
    bench_close(&r.b);
}

TEST(pmcg, accesses_are_as_many_as_the_bus_sees_10_3)
{
    for (unsigned config = 4; config <= 7; config++)
        for (int update = 0; update < 2; update++) {
            struct rig r;
            REQUIRE(rig(&r, config));
            r.cd.ha = r.cd.hd = r.ste.s2ha = r.ste.s2hd = update;
            bench_cd(&r.b, r.context, &r.cd);
            bench_ste(&r.b, SID, &r.ste);
            wr(&r.b, EVCNTR + 32, 8, 0);
            wr(&r.b, EVCNTR + 40, 8, 0);
            r.b.logged = 0;
            CHECK_EQ(bench_translate(&r.b, SID, DBELL_WRITE, config & 1 ? VA : IPA).outcome,
                     DBELL_DONE);
            CHECK_EQ(counter(&r.b, 4) + counter(&r.b, 5), r.b.logged);
            bench_close(&r.b);
        }
}

TEST(pmcg, accesses_are_of_the_stream_that_caused_them_10_4)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    bench_ste(&r.b, SID + 1, &r.ste);
    for (unsigned event = 1; event <= 5; event++) {
        wr(&r.b, EVTYPER + 4 * event, 4, event); /* exactly */
        wr(&r.b, SMR + 4 * event, 4, SID);
    }
    CHECK_EQ(bench_translate(&r.b, SID + 1, DBELL_READ, VA).outcome, DBELL_DONE);
    check_counts(&r.b, (const unsigned[]){0, 0, 0, 0, 0});
    bench_command(&r.b, dbell_host_tlbi_nsnh_all());
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).outcome, DBELL_DONE);
    check_counts(&r.b, (const unsigned[]){1, 1, 1, 4, 2});
    bench_close(&r.b);
}

TEST(pmcg, tcu_and_tbu_count_their_own_10_3)
{
    struct rig r;
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.pmcg[0] = group(DBELL_PMCG_TCU, 8, 64);
    config.pmcg[1] = group(DBELL_PMCG_TBU, 8, 64);
    REQUIRE(rig_of(&r, 5, config));
    for (unsigned event = 0; event < 6; event++) {
        bench_put(&r.b, GROUP1 + EVTYPER + 4 * event, 4, event | SPAN);
        bench_put(&r.b, GROUP1 + SMR + 4 * event, 4, ALL);
    }
    bench_put(&r.b, GROUP1 + CNTENSET, 8, 0x3f);
    bench_put(&r.b, GROUP1 + CR, 4, 1);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).outcome, DBELL_DONE);
    /* The TBU has three transactions and one miss, which is one request to the TCU. */
    CHECK_EQ(bench_get(&r.b, GROUP1 + EVCNTR + 8, 8), 3);
    CHECK_EQ(bench_get(&r.b, GROUP1 + EVCNTR + 16, 8), 1);
    CHECK_EQ(bench_get(&r.b, GROUP1 + EVCNTR + 32, 8), 0);
    CHECK_EQ(bench_get(&r.b, GROUP1 + EVCNTR + 40, 8), 0);
    CHECK_EQ(counter(&r.b, 1), 1);
    CHECK_EQ(counter(&r.b, 3), 1);
    CHECK_EQ(counter(&r.b, 4), 4);
    CHECK_EQ(counter(&r.b, 5), 2);
    dbell_smmu_clock(&r.b.smmu, 10);
    CHECK_EQ(bench_get(&r.b, GROUP1 + EVCNTR, 8), 10);
    CHECK_EQ(counter(&r.b, 0), 10);
    bench_close(&r.b);
}

TEST(pmcg, implementation_defined_events_of_the_tcu_10_3)
{
    struct rig r;
    struct dbell_smmu_config config = one(group(DBELL_PMCG_TCU, 8, 64));
    config.no_caches = true;
    REQUIRE(rig_of(&r, 7, config));
    /* Walk cache of stage 1, levels 0 and 3; of stage 2, level 2; the configuration cache. */
    static const struct {
        unsigned event, count;
    } cases[] = {{0x80, 1}, {0x86, 1}, {0x87, 1}, {0x8c, 6}, {0x8d, 6}, {0x92, 1}, {0x94, 1}};
    for (unsigned i = 0; i < 7; i++)
        arm(&r.b, i, cases[i].event, 0);
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).outcome, DBELL_DONE);
    for (unsigned i = 0; i < 7; i++)
        CHECK_EQ(counter(&r.b, i), cases[i].count);
    arm(&r.b, 7, DBELL_PMCG_BUFFERED_TRANSLATION, 0);
    dbell_smmu_pmcg_event(&r.b.smmu, DBELL_PMCG_TCU, DBELL_PMCG_BUFFERED_TRANSLATION, SID);
    dbell_smmu_pmcg_event(&r.b.smmu, DBELL_PMCG_TBU, DBELL_PMCG_BUFFERED_TRANSLATION, SID);
    CHECK_EQ(counter(&r.b, 7), 1);
    bench_close(&r.b);
}

TEST(pmcg, implementation_defined_events_of_the_tbu_10_3)
{
    struct rig r;
    REQUIRE(rig_of(&r, 5, one(group(DBELL_PMCG_TBU, 8, 64))));
    static const struct {
        unsigned event, count;
    } cases[] = {{DBELL_PMCG_MAIN_TLB_LOOKUP, 3},
                 {DBELL_PMCG_MAIN_TLB_MISS, 1},
                 {DBELL_PMCG_SLOTS_FULL, 1},
                 {DBELL_PMCG_NO_TOKEN, 0}};
    for (unsigned i = 0; i < 4; i++)
        arm(&r.b, i, cases[i].event, 0);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).outcome, DBELL_DONE);
    dbell_smmu_pmcg_event(&r.b.smmu, DBELL_PMCG_TBU, DBELL_PMCG_SLOTS_FULL, SID);
    dbell_smmu_pmcg_event(&r.b.smmu, DBELL_PMCG_TCU, DBELL_PMCG_SLOTS_FULL, SID);
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQ(counter(&r.b, i), cases[i].count);
    bench_close(&r.b);
}

/* --- overflow, capture, interrupt --- */

TEST(pmcg, an_overflow_sets_ovs_and_counting_goes_on_10_2_1)
{
    static const unsigned widths[] = {32, 36, 40, 44, 48, 64};
    for (unsigned i = 0; i < 6; i++) {
        struct bench b;
        REQUIRE(open(&b, 4, widths[i]));
        const unsigned size = widths[i] > 32 ? 8 : 4;
        const uint64_t max = widths[i] == 64 ? UINT64_MAX : (UINT64_C(1) << widths[i]) - 1;
        wr(&b, EVCNTR + 2 * size, size, max - 1);
        wr(&b, EVTYPER + 8, 4, DBELL_PMCG_CONFIG_ACCESS | SPAN);
        wr(&b, SMR + 8, 4, ALL);
        wr(&b, CNTENSET, 8, 4);
        wr(&b, CR, 4, 1);
        happen(&b, DBELL_PMCG_CONFIG_ACCESS, SID);
        CHECK_EQ(rd(&b, EVCNTR + 2 * size, size), max);
        CHECK_EQ(rd(&b, OVSSET, 8), 0);
        happen(&b, DBELL_PMCG_CONFIG_ACCESS, SID);
        CHECK_EQ(rd(&b, EVCNTR + 2 * size, size), 0);
        CHECK_EQ(rd(&b, OVSSET, 8), 4);
        happen(&b, DBELL_PMCG_CONFIG_ACCESS, SID);
        CHECK_EQ(rd(&b, EVCNTR + 2 * size, size), 1);
        CHECK_EQ(rd(&b, OVSCLR, 8), 4);
        wr(&b, OVSCLR, 8, 4);
        CHECK_EQ(rd(&b, OVSSET, 8), 0);
        bench_close(&b);
    }
}

TEST(pmcg, cycles_may_pass_zero_10_5_2_9)
{
    struct bench b;
    REQUIRE(open(&b, 2, 64));
    arm(&b, 0, DBELL_PMCG_CLOCK, UINT64_MAX - 9);
    dbell_smmu_clock(&b.smmu, 9);
    CHECK_EQ(rd(&b, OVSSET, 8), 0);
    dbell_smmu_clock(&b.smmu, 50);
    CHECK_EQ(rd(&b, OVSSET, 8), 1);
    CHECK_EQ(counter(&b, 0), 49);
    bench_close(&b);
}

TEST(pmcg, writing_a_counter_or_ovs_is_no_overflow_10_5_2_10)
{
    struct bench b;
    REQUIRE(open(&b, 2, 64));
    wr(&b, EVCNTR, 8, UINT64_MAX);
    wr(&b, EVCNTR, 8, 0);
    CHECK_EQ(rd(&b, OVSSET, 8), 0);
    wr(&b, OVSSET, 8, 2);
    CHECK_EQ(rd(&b, OVSCLR, 8), 2);
    bench_close(&b);
}

TEST(pmcg, capr_captures_all_counters_10_5_2_11)
{
    for (int capture = 0; capture < 2; capture++)
        for (unsigned bits = 32; bits <= 64; bits += 32) {
            struct bench b;
            struct dbell_smmu_pmcg_config g = group(DBELL_PMCG_TCU | DBELL_PMCG_TBU, 3, bits);
            g.capture = capture;
            const struct dbell_smmu_config config = one(g);
            const unsigned size = bits / 8;
            REQUIRE(bench_open(&b, &config));
            for (unsigned n = 0; n < 3; n++)
                wr(&b, EVCNTR + size * n, size, 100 + n);
            wr(&b, CAPR, 4, 0xfffffffe);
            CHECK_EQ(rd(&b, SVR, size), 0);
            wr(&b, CAPR, 4, 1);
            CHECK_EQ(rd(&b, CAPR, 4), 0);
            wr(&b, EVCNTR, size, 5);
            for (unsigned n = 0; n < 5; n++)
                CHECK_EQ(rd(&b, SVR + size * n, size), capture && n < 3 ? 100 + n : 0);
            wr(&b, SVR, size, 1); /* read-only */
            CHECK_EQ(rd(&b, SVR, size), capture ? 100 : 0);
            bench_close(&b);
        }
}

TEST(pmcg, ovfcap_captures_after_the_overflow_10_2_1)
{
    for (int capture = 0; capture < 2; capture++) {
        struct bench b;
        struct dbell_smmu_pmcg_config g = group(DBELL_PMCG_TCU | DBELL_PMCG_TBU, 4, 64);
        g.capture = capture;
        const struct dbell_smmu_config config = one(g);
        REQUIRE(bench_open(&b, &config));
        arm(&b, 0, DBELL_PMCG_TRANSACTION | OVFCAP, UINT64_MAX);
        arm(&b, 1, DBELL_PMCG_TLB_MISS, 41);
        arm(&b, 2, DBELL_PMCG_CONFIG_MISS, UINT64_MAX); /* OVFCAP is 0 */
        wr(&b, EVCNTR + 24, 8, 7);                      /* not enabled */
        happen(&b, DBELL_PMCG_CONFIG_MISS, SID);
        CHECK_EQ(rd(&b, SVR + 24, 8), 0);
        happen(&b, DBELL_PMCG_TLB_MISS, SID);
        happen(&b, DBELL_PMCG_TRANSACTION, SID);
        happen(&b, DBELL_PMCG_TLB_MISS, SID);
        happen(&b, DBELL_PMCG_TRANSACTION, SID);
        CHECK_EQ(rd(&b, SVR, 8), 0); /* the value after it */
        CHECK_EQ(rd(&b, SVR + 8, 8), capture ? 42 : 0);
        CHECK_EQ(rd(&b, SVR + 16, 8), 0);
        CHECK_EQ(rd(&b, SVR + 24, 8), capture ? 7 : 0);
        CHECK_EQ(counter(&b, 0), 1);
        CHECK_EQ(counter(&b, 1), 43);
        bench_close(&b);
    }
}

/* Counter 0 overflows. */
static void overflow(struct bench *b)
{
    wr(b, EVCNTR, 8, UINT64_MAX);
    happen(b, DBELL_PMCG_TRANSACTION, SID);
}

TEST(pmcg, an_interrupt_needs_inten_and_irqen_10_5_2_7)
{
    for (unsigned how = 0; how < 4; how++) {
        struct bench b;
        REQUIRE(open(&b, 4, 64));
        const uint64_t doorbell = bench_alloc(&b, 4096);
        arm(&b, 0, DBELL_PMCG_TRANSACTION, 0);
        wr(&b, IRQ_CFG0, 8, doorbell + 0x40);
        wr(&b, IRQ_CFG1, 4, 0xcafe1234);
        wr(&b, INTENSET, 8, how & 1 ? 1 : 2);
        wr(&b, IRQ_CTRL, 4, how >> 1);
        overflow(&b);
        CHECK_EQ(rd(&b, OVSSET, 8), 1);
        CHECK_EQ(b.pulses[DBELL_SMMU_PMCG0], how == 3);
        CHECK_EQ(b.pulses[DBELL_SMMU_PMCG1], 0);
        CHECK_EQ(bench_load(&b, doorbell + 0x40), how == 3 ? 0xcafe1234 : 0); /* four bytes */
        /* Enabling it later raises nothing: the overflow is over. */
        wr(&b, INTENSET, 8, 1);
        wr(&b, IRQ_CTRL, 4, 1);
        CHECK_EQ(b.pulses[DBELL_SMMU_PMCG0], how == 3);
        bench_close(&b);
    }
}

TEST(pmcg, an_overflow_interrupts_and_captures_whatever_ovs_is_10_2_1)
{
    struct bench b;
    REQUIRE(open(&b, 4, 64));
    arm(&b, 0, DBELL_PMCG_TRANSACTION | OVFCAP, 0);
    wr(&b, INTENSET, 8, 1);
    wr(&b, IRQ_CFG0, 8, 0);
    wr(&b, IRQ_CTRL, 4, 1);
    for (unsigned i = 1; i <= 3; i++) {
        wr(&b, EVCNTR + 8, 8, i);
        overflow(&b);
        CHECK_EQ(b.pulses[DBELL_SMMU_PMCG0], i);
        CHECK_EQ(rd(&b, SVR + 8, 8), i);
        CHECK_EQ(rd(&b, OVSSET, 8), 1);
    }
    bench_close(&b);
}

TEST(pmcg, an_msi_of_address_0_is_none_10_5_2_21)
{
    struct bench b;
    REQUIRE(open(&b, 4, 64));
    arm(&b, 0, DBELL_PMCG_TRANSACTION, 0);
    wr(&b, INTENSET, 8, 1);
    wr(&b, IRQ_CFG0, 8, 3); /* bits 1:0 are RES0 */
    wr(&b, IRQ_CTRL, 4, 1);
    overflow(&b);
    CHECK_EQ(b.pulses[DBELL_SMMU_PMCG0], 1);
    CHECK_EQ(b.logged, 0);
    CHECK_EQ(rd(&b, IRQ_STATUS, 4), 0);
    bench_close(&b);
}

TEST(pmcg, a_group_without_msi_has_the_wire_only_10_5_2_13)
{
    struct bench b;
    struct dbell_smmu_pmcg_config g = group(DBELL_PMCG_TCU | DBELL_PMCG_TBU, 4, 64);
    g.msi = false;
    const struct dbell_smmu_config config = one(g);
    REQUIRE(bench_open(&b, &config));
    arm(&b, 0, DBELL_PMCG_TRANSACTION, 0);
    wr(&b, IRQ_CFG0, 8, BENCH_RAM);
    wr(&b, IRQ_CFG1, 4, 7);
    wr(&b, IRQ_CFG2, 4, 0x3f);
    CHECK_EQ(rd(&b, IRQ_CFG0, 8), 0);
    CHECK_EQ(rd(&b, IRQ_CFG1, 4), 0);
    CHECK_EQ(rd(&b, IRQ_CFG2, 4), 0);
    CHECK_EQ(rd(&b, IRQ_STATUS, 4), 0);
    wr(&b, INTENSET, 8, 1);
    wr(&b, IRQ_CTRL, 4, 1);
    CHECK_EQ(rd(&b, IRQ_CTRLACK, 4), 1);
    overflow(&b);
    CHECK_EQ(b.pulses[DBELL_SMMU_PMCG0], 1);
    CHECK_EQ(b.logged, 0);
    bench_close(&b);
}

TEST(pmcg, msis_of_a_group_do_not_depend_on_idr0_msi_10_5_2_13)
{
    struct bench b;
    struct dbell_smmu_config config = one(group(DBELL_PMCG_TCU | DBELL_PMCG_TBU, 4, 64));
    struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    f.msi = false;
    dbell_smmu_features_set(&config, &f);
    REQUIRE(bench_open(&b, &config));
    arm(&b, 0, DBELL_PMCG_TRANSACTION, 0);
    const uint64_t doorbell = bench_alloc(&b, 4096);
    wr(&b, IRQ_CFG0, 8, doorbell);
    wr(&b, IRQ_CFG1, 4, 9);
    wr(&b, INTENSET, 8, 1);
    wr(&b, IRQ_CTRL, 4, 1);
    overflow(&b);
    CHECK_EQ(bench_load(&b, doorbell), 9);
    bench_close(&b);
}

TEST(pmcg, irq_cfg_fields_and_their_guard_10_5_2_21)
{
    struct bench b;
    REQUIRE(open(&b, 4, 64));
    wr(&b, IRQ_CFG0, 8, UINT64_MAX);
    wr(&b, IRQ_CFG1, 4, UINT32_MAX);
    wr(&b, IRQ_CFG2, 4, UINT32_MAX);
    CHECK_EQ(rd(&b, IRQ_CFG0, 8), UINT64_C(0x000ffffffffffffc)); /* OAS: 52 bits */
    CHECK_EQ(rd(&b, IRQ_CFG1, 4), UINT32_MAX);
    CHECK_EQ(rd(&b, IRQ_CFG2, 4), 0x3f);
    wr(&b, IRQ_CTRL, 4, 1);
    wr(&b, IRQ_CFG0, 8, 0);
    wr(&b, IRQ_CFG1, 4, 0);
    wr(&b, IRQ_CFG2, 4, 0);
    CHECK_EQ(rd(&b, IRQ_CFG0, 8), UINT64_C(0x000ffffffffffffc));
    CHECK_EQ(rd(&b, IRQ_CFG1, 4), UINT32_MAX);
    CHECK_EQ(rd(&b, IRQ_CFG2, 4), 0x3f);
    wr(&b, IRQ_CTRL, 4, 0);
    wr(&b, IRQ_CFG0 + 4, 4, 0);
    CHECK_EQ(rd(&b, IRQ_CFG0, 8), UINT64_C(0xfffffffc));
    bench_close(&b);
}

TEST(pmcg, disabling_is_acknowledged_after_the_msi_10_5_2_19)
{
    struct bench b;
    REQUIRE(open(&b, 4, 64));
    const uint64_t doorbell = bench_alloc(&b, 4096);
    arm(&b, 0, DBELL_PMCG_TRANSACTION, UINT64_MAX);
    wr(&b, IRQ_CFG0, 8, doorbell);
    wr(&b, IRQ_CFG1, 4, 0x11);
    wr(&b, INTENSET, 8, 1);
    wr(&b, IRQ_CTRL, 4, 1);
    dbell_smmu_pmcg_event(&b.smmu, DBELL_PMCG_TBU, DBELL_PMCG_TRANSACTION, SID);
    bench_poke(&b, GROUP0 + IRQ_CTRL, 4, 0);
    /* Acknowledged means that nothing becomes visible any more. */
    const bool acknowledged = rd(&b, IRQ_CTRLACK, 4) == 0;
    const uint64_t seen = bench_load(&b, doorbell);
    if (!acknowledged) {
        bench_poke(&b, GROUP0 + IRQ_CFG1, 4, 0x22); /* still guarded */
        CHECK_EQ(rd(&b, IRQ_CFG1, 4), 0x11);
    }
    bench_settle(&b);
    CHECK_EQ(rd(&b, IRQ_CTRLACK, 4), 0);
    if (acknowledged)
        CHECK_EQ(bench_load(&b, doorbell), seen);
    else
        CHECK_EQ(bench_load(&b, doorbell), 0x11);
    wr(&b, IRQ_CFG1, 4, 0x22);
    CHECK_EQ(rd(&b, IRQ_CFG1, 4), 0x22);
    bench_close(&b);
}

TEST(pmcg, an_aborted_msi_sets_irq_abt_until_irqen_rises_10_5_2_24)
{
    struct bench b;
    REQUIRE(open(&b, 4, 64));
    arm(&b, 0, DBELL_PMCG_TRANSACTION, 0);
    wr(&b, IRQ_CFG0, 8, BENCH_NOWHERE);
    wr(&b, INTENSET, 8, 1);
    wr(&b, IRQ_CTRL, 4, 1);
    CHECK_EQ(rd(&b, IRQ_STATUS, 4), 0);
    overflow(&b);
    CHECK_EQ(rd(&b, IRQ_STATUS, 4), 1);
    wr(&b, IRQ_STATUS, 4, 0); /* read-only */
    CHECK_EQ(rd(&b, IRQ_STATUS, 4), 1);
    wr(&b, IRQ_CTRL, 4, 1);
    CHECK_EQ(rd(&b, IRQ_STATUS, 4), 1);
    for (int again = 0; again < 2; again++) {
        wr(&b, IRQ_CTRL, 4, 0);
        CHECK_EQ(rd(&b, IRQ_STATUS, 4), 1);
    }
    wr(&b, IRQ_CTRL, 4, 1);
    CHECK_EQ(rd(&b, IRQ_STATUS, 4), 0);
    CHECK_EQ(bench_get(&b, 0x60, 4), 0); /* GERROR has nothing of it */
    bench_close(&b);
}

TEST(pmcg, an_msi_has_the_attributes_of_irq_cfg2_10_5_2_23)
{
    static const struct {
        uint8_t cfg2, attr, sh;
    } cases[] = {{3 << 4 | 0xf, 0xff, 3}, {2 << 4 | 0xf, 0xff, 2}, {0 << 4 | 0xf, 0xff, 0},
                 {1 << 4 | 0xf, 0xff, 0}, {3 << 4 | 0x5, 0x44, 2}, {0 << 4 | 0x0, 0x00, 2},
                 {3 << 4 | 0x1, 0x04, 2}, {3 << 4 | 0xa, 0xbb, 3}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench b;
        REQUIRE(open(&b, 4, 64));
        const uint64_t doorbell = bench_alloc(&b, 4096);
        arm(&b, 0, DBELL_PMCG_TRANSACTION, 0);
        wr(&b, IRQ_CFG0, 8, doorbell);
        wr(&b, IRQ_CFG2, 4, cases[i].cfg2);
        wr(&b, INTENSET, 8, 1);
        wr(&b, IRQ_CTRL, 4, 1);
        overflow(&b);
        const struct dbell_transaction *msi = bench_noted(&b, doorbell);
        REQUIRE(msi);
        CHECK_EQ(msi->op, DBELL_WRITE);
        CHECK_EQ(msi->length, 4);
        CHECK_EQ(msi->side.attr, cases[i].attr);
        CHECK_EQ(msi->side.sh, cases[i].sh);
        CHECK(msi->side.privileged && !msi->side.instruction);
        bench_close(&b);
    }
}

TEST(pmcg, the_second_group_has_its_own_interrupt_10_2_1)
{
    struct bench b;
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.pmcg[0] = group(DBELL_PMCG_TCU, 4, 64);
    config.pmcg[1] = group(DBELL_PMCG_TBU, 4, 64);
    config.pmcg[1].relocated = true;
    REQUIRE(bench_open(&b, &config));
    const uint64_t doorbell = bench_alloc(&b, 4096);
    bench_put(&b, GROUP1 + PAGE1 + EVCNTR + 8, 8, UINT64_MAX);
    bench_put(&b, GROUP1 + EVTYPER + 4, 4, DBELL_PMCG_TRANSACTION | SPAN);
    bench_put(&b, GROUP1 + SMR + 4, 4, ALL);
    bench_put(&b, GROUP1 + CNTENSET, 8, 2);
    bench_put(&b, GROUP1 + INTENSET, 8, 2);
    bench_put(&b, GROUP1 + IRQ_CFG0, 8, doorbell);
    bench_put(&b, GROUP1 + IRQ_CFG1, 4, 0x55);
    bench_put(&b, GROUP1 + IRQ_CTRL, 4, 1);
    bench_put(&b, GROUP1 + CR, 4, 1);
    happen(&b, DBELL_PMCG_TRANSACTION, SID);
    CHECK_EQ(bench_get(&b, GROUP1 + PAGE1 + OVSSET, 8), 2);
    CHECK_EQ(b.pulses[DBELL_SMMU_PMCG0], 0);
    CHECK_EQ(b.pulses[DBELL_SMMU_PMCG1], 1);
    CHECK_EQ(bench_load(&b, doorbell), 0x55);
    bench_close(&b);
}

TEST(pmcg, what_is_counted_is_visible_before_the_interrupt_10_2_1)
{
    struct bench b;
    REQUIRE(open(&b, 4, 64));
    const uint64_t doorbell = bench_alloc(&b, 4096);
    arm(&b, 0, DBELL_PMCG_TRANSACTION | OVFCAP, UINT64_MAX);
    wr(&b, EVCNTR + 8, 8, 0x77);
    wr(&b, IRQ_CFG0, 8, doorbell);
    wr(&b, INTENSET, 8, 1);
    wr(&b, IRQ_CTRL, 4, 1);
    dbell_smmu_pmcg_event(&b.smmu, DBELL_PMCG_TBU, DBELL_PMCG_TRANSACTION, SID);
    /* The MSI is yet to come. */
    CHECK_EQ(rd(&b, OVSSET, 8), 1);
    CHECK_EQ(counter(&b, 0), 0);
    CHECK_EQ(rd(&b, SVR + 8, 8), 0x77);
    bench_settle(&b);
    CHECK(bench_noted(&b, doorbell) != NULL);
    bench_close(&b);
}

/* --- a bus that takes its time --- */

static struct {
    struct bench *bench;
    uint64_t at;
    void (*meanwhile)(struct bench *bench);
    enum dbell_response (*access)(void *ctx, struct dbell_transaction *transaction);
} slow;

static enum dbell_response slow_access(void *ctx, struct dbell_transaction *transaction)
{
    if (slow.at >= transaction->address && slow.at < transaction->address + transaction->length) {
        slow.at = 0;
        slow.meanwhile(slow.bench);
    }
    return slow.access(ctx, transaction);
}

static void during(struct bench *b, uint64_t address, void (*meanwhile)(struct bench *bench))
{
    slow.bench = b;
    slow.at = address;
    slow.meanwhile = meanwhile;
    slow.access = b->smmu.ports.tables.access;
    b->smmu.ports.tables.access = slow_access;
}

static void disable_meanwhile(struct bench *b)
{
    bench_poke(b, GROUP0 + IRQ_CTRL, 4, 0);
    CHECK_EQ(rd(b, IRQ_CTRLACK, 4), 1);
    bench_poke(b, GROUP0 + IRQ_CFG1, 4, 0x99);
    CHECK_EQ(rd(b, IRQ_CFG1, 4), 0x11);
}

TEST(pmcg, disabling_waits_for_an_msi_under_way_10_5_2_19)
{
    struct bench b;
    REQUIRE(open(&b, 4, 64));
    const uint64_t doorbell = bench_alloc(&b, 4096);
    arm(&b, 0, DBELL_PMCG_TRANSACTION, 0);
    wr(&b, IRQ_CFG0, 8, doorbell);
    wr(&b, IRQ_CFG1, 4, 0x11);
    wr(&b, INTENSET, 8, 1);
    wr(&b, IRQ_CTRL, 4, 1);
    during(&b, doorbell, disable_meanwhile);
    overflow(&b);
    CHECK_EQ(slow.at, 0);
    CHECK_EQ(bench_load(&b, doorbell), 0x11);
    CHECK_EQ(rd(&b, IRQ_CTRLACK, 4), 0);
    bench_close(&b);
}

static void overflow_meanwhile(struct bench *b)
{
    bench_poke(b, GROUP0 + EVCNTR, 8, UINT64_MAX);
    dbell_smmu_pmcg_event(&b->smmu, DBELL_PMCG_TBU, DBELL_PMCG_TRANSACTION, SID);
}

TEST(pmcg, an_overflow_during_an_msi_sends_another_10_2_1)
{
    struct bench b;
    REQUIRE(open(&b, 4, 64));
    const uint64_t doorbell = bench_alloc(&b, 4096);
    arm(&b, 0, DBELL_PMCG_TRANSACTION, 0);
    wr(&b, IRQ_CFG0, 8, doorbell);
    wr(&b, INTENSET, 8, 1);
    wr(&b, IRQ_CTRL, 4, 1);
    during(&b, doorbell, overflow_meanwhile);
    overflow(&b);
    CHECK_EQ(b.pulses[DBELL_SMMU_PMCG0], 2);
    CHECK_EQ(b.logged, 2);
    bench_close(&b);
}

TEST(pmcg, irq_status_is_res0_in_smmuv3_0_10_5_2_24)
{
    for (unsigned version = 0; version < 3; version++) {
        struct bench b;
        struct dbell_smmu_config config = one(group(DBELL_PMCG_TCU | DBELL_PMCG_TBU, 4, 64));
        struct dbell_smmu_features f = dbell_smmu_features_of(&config);
        f.version = (uint8_t)version;
        if (version < 2) {
            f.fwb = f.ril = f.stt = f.mpam = false;
            f.bbml = 0;
            f.partid_max = f.pmg_max = 0;
        }
        if (version < 1) {
            f.xnx = f.vax52 = false;
            f.oas = 48;
        }
        dbell_smmu_features_set(&config, &f);
        REQUIRE(bench_open(&b, &config));
        arm(&b, 0, DBELL_PMCG_TRANSACTION, 0);
        wr(&b, IRQ_CFG0, 8, BENCH_NOWHERE);
        wr(&b, INTENSET, 8, 1);
        wr(&b, IRQ_CTRL, 4, 1);
        overflow(&b);
        CHECK_EQ(rd(&b, IRQ_STATUS, 4), version > 0);
        CHECK_EQ(rd(&b, AIDR, 4), version);
        bench_close(&b);
    }
}

TEST(pmcg, all_16_bits_of_event_are_compared_10_5_2_2)
{
    struct bench b;
    REQUIRE(open(&b, 4, 64));
    arm(&b, 0, 0x8001, 0);
    dbell_smmu_pmcg_event(&b.smmu, DBELL_PMCG_TBU, 1, SID);
    CHECK_EQ(rd(&b, EVCNTR, 8), 0);
    dbell_smmu_pmcg_event(&b.smmu, DBELL_PMCG_TCU, 0x8001, SID);
    CHECK_EQ(rd(&b, EVCNTR, 8), 1);
    bench_close(&b);
}

TEST(pmcg, the_tcu_counts_speculative_accesses_10_3)
{
    struct bench b;
    REQUIRE(open(&b, 4, 64));
    bench_on(&b);
    arm(&b, 0, DBELL_PMCG_SPECULATIVE, 0);
    for (unsigned speculative = 0; speculative < 3; speculative++) {
        struct dbell_translation result;
        const struct dbell_transaction t = {
            .address = 0x1000,
            .length = 4,
            .side = {.has_streamid = true, .streamid = SID, .speculative = speculative != 0}};
        dbell_smmu_translate(&b.smmu, &t, &result);
        bench_settle(&b);
        CHECK_EQ(rd(&b, EVCNTR, 8), speculative);
    }
    bench_close(&b);
}

TEST(pmcg, there_are_groups_of_the_tcu_and_of_a_tbu_10_1)
{
    CHECK_EQ(DBELL_PMCG_GROUPS, 2);
}

/* As for the other registers: too wide is noted, what lies between them is not. */
TEST(pmcg, accesses_that_are_too_wide_are_counted_6_2)
{
    struct bench b;
    REQUIRE(open(&b, 4, 64));
    const uint64_t before = dbell_smmu_count(&b.smmu, DBELL_SMMU_ILLEGAL_ACCESSES);
    CHECK_EQ(rd(&b, 0xe00, 8), 0); /* CFGR and CR */
    wr(&b, 0xe00, 8, UINT64_MAX);
    CHECK_EQ(dbell_smmu_count(&b.smmu, DBELL_SMMU_ILLEGAL_ACCESSES), before + 2);
    bench_close(&b);
}

TEST(pmcg, a_capture_is_of_one_point_in_time_10_2_1)
{
    struct bench b;
    REQUIRE(open(&b, 4, 64));
    arm(&b, 0, DBELL_PMCG_TRANSACTION | UINT32_C(1) << 31, UINT64_MAX); /* OVFCAP */
    arm(&b, 1, DBELL_PMCG_TRANSACTION, 6);
    dbell_smmu_pmcg_event(&b.smmu, DBELL_PMCG_TBU, DBELL_PMCG_TRANSACTION, SID);
    CHECK_EQ(rd(&b, SVR, 8), 0);
    CHECK_EQ(rd(&b, SVR + 8, 8), 7);
    bench_close(&b);
}

/* Table 10.1; Arm 101412 and 101542, "Performance Monitoring Unit events" of TBU and TCU. */
TEST(pmcg, events_have_their_architected_numbers_10_3)
{
    static const struct {
        unsigned event, number;
    } events[] = {{DBELL_PMCG_CLOCK, 0},
                  {DBELL_PMCG_TRANSACTION, 1},
                  {DBELL_PMCG_TLB_MISS, 2},
                  {DBELL_PMCG_CONFIG_MISS, 3},
                  {DBELL_PMCG_WALK_ACCESS, 4},
                  {DBELL_PMCG_CONFIG_ACCESS, 5},
                  {DBELL_PMCG_ATS_REQUEST, 6},
                  {DBELL_PMCG_TRANSLATED, 7},
                  {DBELL_PMCG_MAIN_TLB_LOOKUP, 0x80},
                  {DBELL_PMCG_MAIN_TLB_MISS, 0x81},
                  {DBELL_PMCG_MAIN_TLB_READ, 0x82},
                  {DBELL_PMCG_MICRO_TLB_LOOKUP, 0x83},
                  {DBELL_PMCG_MICRO_TLB_MISS, 0x84},
                  {DBELL_PMCG_SLOTS_FULL, 0x85},
                  {DBELL_PMCG_NO_TOKEN, 0x86},
                  {DBELL_PMCG_WRITE_BUFFER_FULL, 0x87},
                  {DBELL_PMCG_WALK_CACHE_LOOKUP, 0x80},
                  {DBELL_PMCG_WALK_CACHE_MISS, 0x81},
                  {DBELL_PMCG_WALK_CACHE_READ, 0x90},
                  {DBELL_PMCG_BUFFERED_TRANSLATION, 0x91},
                  {DBELL_PMCG_CONFIG_CACHE_LOOKUP, 0x92},
                  {DBELL_PMCG_CONFIG_CACHE_READ, 0x93},
                  {DBELL_PMCG_CONFIG_CACHE_MISS, 0x94},
                  {DBELL_PMCG_SPECULATIVE, 0xa0}};
    for (unsigned i = 0; i < sizeof events / sizeof events[0]; i++) {
        struct bench b;
        REQUIRE(open(&b, 4, 64));
        arm(&b, 0, events[i].number, 0);
        dbell_smmu_pmcg_event(&b.smmu, DBELL_PMCG_TBU, events[i].event, SID);
        dbell_smmu_pmcg_event(&b.smmu, DBELL_PMCG_TCU, events[i].event, SID);
        CHECK(rd(&b, EVCNTR, 8) || events[i].number == DBELL_PMCG_CLOCK);
        CHECK_EQ(events[i].event, events[i].number);
        bench_close(&b);
    }
}
