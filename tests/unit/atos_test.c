/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Address translation operations (IHI 0070 9, 6.3.37-6.3.40, 6.3.44, 6.3.99-6.3.102). */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "dbell_test.h"

enum { SID = 5, GATOS = 0x100, VATOS_SEL = 0x180 };
enum { CTRL = 0x0, SIDR = 0x8, ADDR = 0x10, PAR = 0x18 };
/* ATOS_ADDR */
enum { S1 = 1 << 10, S2 = 2 << 10, S12 = 3 << 10 };
enum { PRIV = 1 << 9, RD = 1 << 8, WR = 0, INST = 1 << 7, HTTUI = 1 << 6 };
#define SSV(ssid) (UINT64_C(1) << 52 | (uint64_t)(ssid) << 32)

enum { INV_REQ = 0xff, INV_STAGE = 0xfe, INTERNAL_ERR = 0xfd };
#define FAULT(code, reason)         (UINT64_C(1) | (uint64_t)(reason) << 1 | (uint64_t)(code) << 4)
#define FAULT_AT(code, reason, ipa) (FAULT(code, reason) | ((ipa) & ~UINT64_C(0xfff)))
#define RESULT(attr, sh, size, output) \
    ((uint64_t)(attr) << 56 | (output) | (uint64_t)(size) << 11 | (uint64_t)(sh) << 8)
#define PAGE(output) RESULT(0xff, 3, 0, output)

#define VA  UINT64_C(0x7000005000)
#define IPA UINT64_C(0x80008000)
#define PA  UINT64_C(0x90003000)

struct rig {
    struct bench b;
    struct dbell_host_tables s1, s2;
    struct dbell_host_cd cd;
    struct dbell_host_ste ste;
    uint64_t context, vatos;
};

static struct dbell_smmu_config with(struct dbell_smmu_features *f)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    dbell_smmu_features_set(&config, f);
    return config;
}

static struct dbell_smmu_features features(void)
{
    const struct dbell_smmu_config config = dbell_smmu_default_config();
    struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    f.vatos = true;
    f.ba_vatos = 1;
    return f;
}

/* Of STE.Config `stages`: VA goes to IPA, IPA goes to PA; the RAM is at its own IPAs. */
static bool rig_with(struct rig *r, unsigned stages, struct dbell_smmu_features f)
{
    const struct dbell_smmu_config config = with(&f);
    if (!bench_open(&r->b, &config))
        return false;
    bench_on(&r->b);
    r->vatos = 0x20000 + UINT64_C(0x10000) * f.ba_vatos + 0xa00;
    r->s1 = bench_tables(&r->b, 12, 40);
    r->s2 = bench_tables(&r->b, 12, 40);
    r->context = bench_alloc(&r->b, 0x10000);
    bench_identity(&r->s2);
    dbell_host_map(&r->s1, VA, IPA, 3, BENCH_S1);
    dbell_host_map(&r->s2, IPA, PA, 3, BENCH_S2);
    r->cd = bench_cd_of(&r->s1);
    bench_cd(&r->b, r->context, &r->cd);
    r->ste = (struct dbell_host_ste){.v = true, .config = stages, .shcfg = 1};
    if (stages == 5 || stages == 7)
        r->ste = bench_stage1(r->context);
    if (stages == 6 || stages == 7)
        bench_add_stage2(&r->ste, &r->s2);
    r->ste.s2vmid = 7;
    bench_ste(&r->b, SID, &r->ste);
    return true;
}

static bool rig(struct rig *r, unsigned stages)
{
    return rig_with(r, stages, features());
}

static void update(struct rig *r)
{
    bench_cd(&r->b, r->context, &r->cd);
    bench_ste(&r->b, SID, &r->ste);
    bench_command(&r->b, dbell_host_tlbi_nsnh_all());
}

static uint64_t ask_at(struct rig *r, uint64_t group, uint64_t sid, uint64_t addr)
{
    bench_put(&r->b, group + SIDR, 8, sid);
    bench_put(&r->b, group + ADDR, 8, addr);
    bench_put(&r->b, group + CTRL, 4, 1);
    CHECK_EQ(bench_get(&r->b, group + CTRL, 4), 0);
    return bench_get(&r->b, group + PAR, 8);
}

static uint64_t ask(struct rig *r, uint64_t addr)
{
    return ask_at(r, GATOS, SID, addr);
}

/* --- registers --- */

TEST(atos, without_idr0_atos_the_registers_are_res0_6_3_37)
{
    struct rig r;
    struct dbell_smmu_features f = features();
    f.atos = f.vatos = false;
    REQUIRE(rig_with(&r, 5, f));
    for (unsigned at = GATOS; at < GATOS + 0x20; at += 4) {
        bench_put(&r.b, at, 4, UINT32_MAX);
        CHECK_EQ(bench_get(&r.b, at, 4), 0);
    }
    bench_put(&r.b, VATOS_SEL, 4, UINT32_MAX);
    CHECK_EQ(bench_get(&r.b, VATOS_SEL, 4), 0);
    bench_close(&r.b);
}

TEST(atos, without_idr0_vatos_neither_sel_nor_page_are_there_6_3_44)
{
    struct rig r;
    struct dbell_smmu_features f = features();
    f.vatos = false;
    REQUIRE(rig_with(&r, 5, f));
    bench_put(&r.b, VATOS_SEL, 4, 7);
    CHECK_EQ(bench_get(&r.b, VATOS_SEL, 4), 0);
    for (unsigned at = 0; at < 0x20; at += 4) {
        bench_put(&r.b, r.vatos + at, 4, UINT32_MAX);
        CHECK_EQ(bench_get(&r.b, r.vatos + at, 4), 0);
    }
    bench_close(&r.b);
}

TEST(atos, sid_holds_as_many_bits_as_there_are_ids_6_3_38)
{
    static const struct {
        uint8_t sidsize, ssidsize;
        uint64_t holds;
    } cases[] = {{32, 20, UINT64_C(0x001fffffffffffff)},
                 {16, 20, UINT64_C(0x001fffff0000ffff)},
                 {8, 4, UINT64_C(0x0010000f000000ff)},
                 {6, 0, UINT64_C(0x000000000000003f)}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        struct dbell_smmu_features f = features();
        f.sidsize = cases[i].sidsize;
        f.ssidsize = cases[i].ssidsize;
        REQUIRE(rig_with(&r, 5, f));
        const uint64_t groups[] = {GATOS, r.vatos};
        for (unsigned g = 0; g < 2; g++) {
            bench_put(&r.b, groups[g] + SIDR, 8, UINT64_MAX);
            CHECK_EQ(bench_get(&r.b, groups[g] + SIDR, 8), cases[i].holds);
            bench_put(&r.b, groups[g] + SIDR, 4, 0);
            CHECK_EQ(bench_get(&r.b, groups[g] + SIDR, 8),
                     cases[i].holds & UINT64_C(0xffffffff00000000));
            bench_put(&r.b, groups[g] + SIDR + 4, 4, 0);
            CHECK_EQ(bench_get(&r.b, groups[g] + SIDR, 8), 0);
        }
        bench_close(&r.b);
    }
}

TEST(atos, addr_has_bits_63_to_6_and_ctrl_bit_0_6_3_39)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    const uint64_t groups[] = {GATOS, r.vatos};
    for (unsigned g = 0; g < 2; g++) {
        bench_put(&r.b, groups[g] + ADDR, 8, UINT64_MAX);
        CHECK_EQ(bench_get(&r.b, groups[g] + ADDR, 8), ~UINT64_C(0x3f));
        CHECK_EQ(bench_get(&r.b, groups[g] + ADDR, 4), UINT64_C(0xffffffc0));
        bench_put(&r.b, groups[g] + ADDR + 4, 4, 0x1234);
        CHECK_EQ(bench_get(&r.b, groups[g] + ADDR, 8), UINT64_C(0x1234ffffffc0));
        CHECK_EQ(bench_get(&r.b, groups[g] + CTRL, 4), 0);
        bench_poke(&r.b, groups[g] + CTRL, 4, 0xfffffffe);
        CHECK_EQ(bench_get(&r.b, groups[g] + CTRL, 4), 0);
        bench_poke(&r.b, groups[g] + CTRL, 4, 0xffffffff);
        CHECK_EQ(bench_get(&r.b, groups[g] + CTRL, 4), 1);
        bench_settle(&r.b);
        CHECK_EQ(bench_get(&r.b, groups[g] + CTRL, 4), 0);
    }
    bench_close(&r.b);
}

TEST(atos, par_is_read_only_6_3_40)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    CHECK_EQ(ask(&r, VA | S1 | RD), PAGE(IPA));
    bench_put(&r.b, GATOS + PAR, 8, UINT64_MAX);
    bench_put(&r.b, GATOS + PAR + 4, 4, 0);
    CHECK_EQ(bench_get(&r.b, GATOS + PAR, 8), PAGE(IPA));
    CHECK_EQ(bench_get(&r.b, GATOS + PAR + 4, 4), PAGE(IPA) >> 32);
    bench_close(&r.b);
}

TEST(atos, vatos_sel_holds_a_vmid_6_3_44)
{
    for (int vmid16 = 0; vmid16 < 2; vmid16++) {
        struct rig r;
        struct dbell_smmu_features f = features();
        f.vmid16 = vmid16;
        REQUIRE(rig_with(&r, 5, f));
        bench_put(&r.b, VATOS_SEL, 4, UINT32_MAX);
        CHECK_EQ(bench_get(&r.b, VATOS_SEL, 4), vmid16 ? 0xffff : 0xff);
        bench_close(&r.b);
    }
}

TEST(atos, the_vatos_page_is_where_idr2_says_6_1)
{
    static const uint16_t places[] = {0, 1, 3, 0x3ff};
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct rig r;
        struct dbell_smmu_features f = features();
        f.ba_vatos = places[i];
        REQUIRE(rig_with(&r, 5, f));
        const struct dbell_smmu_config config = with(&f);
        CHECK_EQ(bench_get(&r.b, 8, 4) & 0x3ff, places[i]);
        CHECK(dbell_smmu_register_space(&config) >= r.vatos - 0xa00 + 0x10000);
        bench_put(&r.b, VATOS_SEL, 4, 7);
        CHECK_EQ(ask_at(&r, r.vatos, SID, VA | S1 | RD), PAGE(IPA));
        bench_close(&r.b);
    }
}

TEST(atos, run_is_ignored_with_smmuen_0_6_3_37)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    bench_put(&r.b, 0x20, 4, 0xc);
    const uint64_t groups[] = {GATOS, r.vatos};
    for (unsigned g = 0; g < 2; g++) {
        bench_put(&r.b, groups[g] + SIDR, 8, SID);
        bench_put(&r.b, groups[g] + ADDR, 8, VA | S1 | RD);
        bench_poke(&r.b, groups[g] + CTRL, 4, 1);
        CHECK_EQ(bench_get(&r.b, groups[g] + CTRL, 4), 0);
    }
    bench_put(&r.b, 0x20, 4, 0xd);
    CHECK_EQ(bench_get(&r.b, GATOS + CTRL, 4), 0);
    CHECK_EQ(ask(&r, VA | S1 | RD), PAGE(IPA));
    bench_close(&r.b);
}

TEST(atos, while_it_runs_its_registers_are_read_only_6_3_37)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    bench_put(&r.b, VATOS_SEL, 4, 7);
    const uint64_t groups[] = {GATOS, r.vatos};
    for (unsigned g = 0; g < 2; g++) {
        bench_put(&r.b, groups[g] + SIDR, 8, SID);
        bench_put(&r.b, groups[g] + ADDR, 8, VA | S1 | RD);
        bench_poke(&r.b, groups[g] + CTRL, 4, 1);
        bench_poke(&r.b, groups[g] + SIDR, 8, 63);
        bench_poke(&r.b, groups[g] + SIDR + 4, 4, 1 << 20);
        bench_poke(&r.b, groups[g] + ADDR, 8, 0);
        bench_poke(&r.b, groups[g] + CTRL, 4, 0);
        if (g == 1)
            bench_poke(&r.b, VATOS_SEL, 4, 8);
        CHECK_EQ(bench_get(&r.b, groups[g] + CTRL, 4), 1);
        CHECK_EQ(bench_get(&r.b, groups[g] + SIDR, 8), SID);
        CHECK_EQ(bench_get(&r.b, groups[g] + ADDR, 8), VA | S1 | RD);
        bench_settle(&r.b);
        CHECK_EQ(bench_get(&r.b, groups[g] + PAR, 8), PAGE(IPA));
    }
    CHECK_EQ(bench_get(&r.b, VATOS_SEL, 4), 7);
    bench_close(&r.b);
}

TEST(atos, clearing_smmuen_ends_a_request_with_a_result_or_internal_err_6_3_37)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    bench_put(&r.b, VATOS_SEL, 4, 7);
    const uint64_t groups[] = {GATOS, r.vatos};
    for (unsigned g = 0; g < 2; g++) {
        bench_put(&r.b, groups[g] + SIDR, 8, SID);
        bench_put(&r.b, groups[g] + ADDR, 8, VA | S1 | RD);
        bench_poke(&r.b, groups[g] + CTRL, 4, 1);
    }
    bench_put(&r.b, 0x20, 4, 0xc);
    CHECK_EQ(bench_get(&r.b, 0x24, 4) & 1, 0);
    for (unsigned g = 0; g < 2; g++) {
        const uint64_t par = bench_get(&r.b, groups[g] + PAR, 8);
        CHECK_EQ(bench_get(&r.b, groups[g] + CTRL, 4), 0);
        CHECK(par == PAGE(IPA) || par == FAULT(INTERNAL_ERR, 0));
    }
    bench_close(&r.b);
}

TEST(atos, groups_run_independently_9)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    bench_put(&r.b, VATOS_SEL, 4, 7);
    bench_put(&r.b, GATOS + SIDR, 8, SID);
    bench_put(&r.b, GATOS + ADDR, 8, VA | S12 | RD);
    bench_put(&r.b, r.vatos + SIDR, 8, SID);
    bench_put(&r.b, r.vatos + ADDR, 8, (VA + 0x1000) | S1 | RD);
    bench_poke(&r.b, GATOS + CTRL, 4, 1);
    bench_poke(&r.b, r.vatos + CTRL, 4, 1);
    bench_settle(&r.b);
    CHECK_EQ(bench_get(&r.b, GATOS + PAR, 8), PAGE(PA));
    CHECK_EQ(bench_get(&r.b, r.vatos + PAR, 8), FAULT(DBELL_EVENT_F_TRANSLATION, 0));
    bench_put(&r.b, r.vatos + SIDR, 8, 0); /* of the other group, and nothing runs */
    CHECK_EQ(bench_get(&r.b, GATOS + SIDR, 8), SID);
    CHECK_EQ(bench_get(&r.b, GATOS + PAR, 8), PAGE(PA));
    bench_close(&r.b);
}

/* --- what may be asked --- */

TEST(atos, types_against_configurations_9_1_3)
{
    static const struct {
        unsigned config, type;
        bool virtual;
        uint64_t par;
    } cases[] = {{0, S1, false, FAULT(INV_STAGE, 0)},
                 {0, S2, false, FAULT(INV_STAGE, 0)},
                 {0, S12, false, FAULT(INV_STAGE, 0)},
                 {4, S1, false, FAULT(INV_STAGE, 0)},
                 {4, S2, false, FAULT(INV_STAGE, 0)},
                 {4, S12, false, FAULT(INV_STAGE, 0)},
                 {5, 0, false, FAULT(INV_REQ, 0)},
                 {5, S1, false, PAGE(IPA)},
                 {5, S2, false, FAULT(INV_STAGE, 0)},
                 {5, S12, false, FAULT(INV_STAGE, 0)},
                 {6, 0, false, FAULT(INV_REQ, 0)},
                 {6, S1, false, FAULT(INV_STAGE, 0)},
                 {6, S2, false, PAGE(PA)},
                 {6, S12, false, FAULT(INV_STAGE, 0)},
                 {7, 0, false, FAULT(INV_REQ, 0)},
                 {7, S1, false, PAGE(IPA)},
                 {7, S2, false, PAGE(PA)},
                 {7, S12, false, PAGE(PA)},
                 {0, S1, true, FAULT(DBELL_EVENT_C_BAD_STE, 0)},
                 {4, S1, true, FAULT(DBELL_EVENT_C_BAD_STE, 0)},
                 {5, 0, true, FAULT(INV_REQ, 0)},
                 {5, S1, true, PAGE(IPA)},
                 {5, S2, true, FAULT(INV_REQ, 0)},
                 {5, S12, true, FAULT(INV_REQ, 0)},
                 {6, S1, true, FAULT(INV_STAGE, 0)},
                 {6, S2, true, FAULT(INV_REQ, 0)},
                 {7, 0, true, FAULT(INV_REQ, 0)},
                 {7, S1, true, PAGE(IPA)},
                 {7, S2, true, FAULT(INV_REQ, 0)},
                 {7, S12, true, FAULT(INV_REQ, 0)}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        REQUIRE(rig(&r, cases[i].config));
        bench_put(&r.b, VATOS_SEL, 4, 7);
        const uint64_t input = cases[i].type == S2 ? IPA : VA;
        CHECK_EQ(ask_at(&r, cases[i].virtual ? r.vatos : GATOS, SID, input | cases[i].type | RD),
                 cases[i].par);
        bench_close(&r.b);
    }
}

TEST(atos, a_stage_that_is_not_implemented_is_inv_req_9_1_3)
{
    struct rig r;
    struct dbell_smmu_features f = features();
    f.stage2 = f.vatos = false;
    REQUIRE(rig_with(&r, 5, f));
    CHECK_EQ(ask(&r, VA | S1 | RD), PAGE(IPA));
    CHECK_EQ(ask(&r, IPA | S2 | RD), FAULT(INV_REQ, 0));
    CHECK_EQ(ask(&r, VA | S12 | RD), FAULT(INV_REQ, 0));
    bench_close(&r.b);
    f = features();
    f.stage1 = f.vatos = false;
    REQUIRE(rig_with(&r, 6, f));
    CHECK_EQ(ask(&r, VA | S1 | RD), FAULT(INV_REQ, 0));
    CHECK_EQ(ask(&r, IPA | S2 | RD), PAGE(PA));
    CHECK_EQ(ask(&r, VA | S12 | RD), FAULT(INV_REQ, 0));
    bench_close(&r.b);
}

TEST(atos, a_stage_2_request_with_a_substream_is_inv_req_9_1_3)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    r.ste.s1cdmax = 2;
    update(&r);
    CHECK_EQ(ask_at(&r, GATOS, SID | SSV(0), IPA | S2 | RD), FAULT(INV_REQ, 0));
    CHECK_EQ(ask_at(&r, GATOS, SID | SSV(0), VA | S12 | RD), PAGE(PA));
    CHECK_EQ(ask_at(&r, GATOS, SID | SSV(0), VA | S1 | RD), PAGE(IPA));
    bench_close(&r.b);
}

TEST(atos, a_substream_selects_its_cd_9_1_2)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    struct dbell_host_tables other = bench_tables(&r.b, 12, 40);
    dbell_host_map(&other, VA, IPA + 0x1000, 3, BENCH_S1);
    struct dbell_host_cd cd = bench_cd_of(&other);
    cd.asid = 2;
    bench_cd(&r.b, r.context + 3 * 64, &cd);
    r.ste.s1cdmax = 2;
    r.ste.s1dss = 2;
    update(&r);
    CHECK_EQ(ask_at(&r, GATOS, SID | SSV(3), VA | S1 | RD), PAGE(IPA + 0x1000));
    CHECK_EQ(ask_at(&r, GATOS, SID, VA | S1 | RD), PAGE(IPA)); /* S1DSS: CD 0 */
    /* SUBSTREAMID counts with SSID_VALID only. */
    CHECK_EQ(ask_at(&r, GATOS, SID | UINT64_C(3) << 32, VA | S1 | RD), PAGE(IPA));
    bench_close(&r.b);
}

/* --- faults of stage 1 and of configuration --- */

enum what {
    BAD_STREAMID,
    STE_FETCH,
    BAD_STE,
    DISABLED_0,
    DISABLED_2,
    BAD_SUBSTREAM,
    NO_SUBSTREAMS,
    CD_FETCH,
    BAD_CD,
    WALK_ABORT,
    TRANSLATION,
    ADDR_SIZE,
    ACCESS,
    PERMISSION
};

static uint64_t break_it(struct rig *r, enum what what)
{
    const uint64_t leaf = bench_entry(&r->b, &r->s1, VA, 3);
    uint64_t sid = SID;
    switch (what) {
    case BAD_STREAMID:
        return 64; /* LOG2SIZE is 6 */
    case STE_FETCH:
        r->b.abort_at = r->b.strtab + SID * 64;
        break;
    case BAD_STE:
        r->ste.v = false;
        break;
    case DISABLED_0:
        r->ste.s1cdmax = 2;
        r->ste.s1dss = 0;
        break;
    case DISABLED_2:
        r->ste.s1cdmax = 2;
        r->ste.s1dss = 2;
        sid |= SSV(0);
        break;
    case BAD_SUBSTREAM:
        r->ste.s1cdmax = 2;
        sid |= SSV(4);
        break;
    case NO_SUBSTREAMS:
        sid |= SSV(1);
        break;
    case CD_FETCH:
        r->b.abort_at = r->context;
        break;
    case BAD_CD:
        r->cd.v = false;
        break;
    case WALK_ABORT:
        r->b.abort_at = leaf & ~UINT64_C(63);
        break;
    case TRANSLATION:
        bench_store(&r->b, leaf, 0);
        break;
    case ADDR_SIZE:
        r->cd.ips = 0; /* 32 bits */
        bench_store(&r->b, leaf, dbell_host_pte_page(UINT64_C(1) << 32, BENCH_S1));
        break;
    case ACCESS:
        bench_store(&r->b, leaf, dbell_host_pte_page(IPA, BENCH_S1 & ~(uint64_t)DBELL_HOST_PTE_AF));
        break;
    default:
        bench_store(&r->b, leaf,
                    dbell_host_pte_page(IPA, BENCH_S1 & ~(uint64_t)DBELL_HOST_PTE_AP_EL0));
        break;
    }
    update(r);
    return sid;
}

static const struct {
    enum what what;
    uint8_t code;
} stage1_faults[] = {{BAD_STREAMID, DBELL_EVENT_C_BAD_STREAMID},
                     {STE_FETCH, DBELL_EVENT_F_STE_FETCH},
                     {BAD_STE, DBELL_EVENT_C_BAD_STE},
                     {DISABLED_0, DBELL_EVENT_F_STREAM_DISABLED},
                     {DISABLED_2, DBELL_EVENT_F_STREAM_DISABLED},
                     {BAD_SUBSTREAM, DBELL_EVENT_C_BAD_SUBSTREAMID},
                     {NO_SUBSTREAMS, DBELL_EVENT_C_BAD_SUBSTREAMID},
                     {CD_FETCH, DBELL_EVENT_F_CD_FETCH},
                     {BAD_CD, DBELL_EVENT_C_BAD_CD},
                     {WALK_ABORT, DBELL_EVENT_F_WALK_EABT},
                     {TRANSLATION, DBELL_EVENT_F_TRANSLATION},
                     {ADDR_SIZE, DBELL_EVENT_F_ADDR_SIZE},
                     {ACCESS, DBELL_EVENT_F_ACCESS},
                     {PERMISSION, DBELL_EVENT_F_PERMISSION}};
enum { STAGE1_FAULTS = sizeof stage1_faults / sizeof stage1_faults[0] };

static void stage1_faults_to(unsigned config, unsigned type, bool virtual)
{
    for (unsigned i = 0; i < STAGE1_FAULTS; i++) {
        struct rig r;
        REQUIRE(rig(&r, config));
        bench_put(&r.b, VATOS_SEL, 4, 7);
        const uint64_t sid = break_it(&r, stage1_faults[i].what);
        CHECK_EQ(ask_at(&r, virtual ? r.vatos : GATOS, sid, VA | type | RD),
                 FAULT(stage1_faults[i].code, 0));
        r.b.abort_at = 0;
        uint64_t record[4];
        CHECK(!bench_event(&r.b, record));
        CHECK_EQ(dbell_smmu_count(&r.b.smmu, DBELL_SMMU_EVENTS), 0);
        bench_close(&r.b);
    }
}

TEST(atos, faults_of_a_stage_1_stream_have_reason_0_9_1_4)
{
    stage1_faults_to(5, S1, false);
}

TEST(atos, stage_1_faults_of_a_nested_stream_have_reason_0_9_1_4)
{
    stage1_faults_to(7, S1, false);
    stage1_faults_to(7, S12, false);
}

TEST(atos, faults_through_vatos_have_reason_0_6_3_102)
{
    stage1_faults_to(5, S1, true);
    stage1_faults_to(7, S1, true);
}

TEST(atos, fault_configuration_neither_stalls_nor_suppresses_9)
{
    for (unsigned bits = 0; bits < 8; bits++) {
        struct rig r;
        uint64_t record[4];
        REQUIRE(rig(&r, 7));
        r.cd.a = bits & 1;
        r.cd.r = r.ste.s2r = bits & 2;
        r.cd.s = r.ste.s2s = bits & 4;
        update(&r);
        CHECK_EQ(ask(&r, (VA + 0x1000) | S12 | RD), FAULT(DBELL_EVENT_F_TRANSLATION, 0));
        CHECK_EQ(ask(&r, (IPA + 0x1000) | S2 | RD), FAULT(DBELL_EVENT_F_TRANSLATION, 3));
        CHECK(!bench_event(&r.b, record));
        bench_close(&r.b);
    }
}

/* --- faults of stage 2 --- */

static uint64_t break_stage2(struct rig *r, enum what what, uint64_t ipa)
{
    const uint64_t leaf = bench_entry(&r->b, &r->s2, ipa, 3);
    switch (what) {
    case WALK_ABORT:
        r->b.abort_at = leaf & ~UINT64_C(63);
        return DBELL_EVENT_F_WALK_EABT;
    case TRANSLATION:
        bench_store(&r->b, leaf, 0);
        return DBELL_EVENT_F_TRANSLATION;
    case ADDR_SIZE:
        r->ste.s2ps = 1; /* 36 bits */
        bench_store(&r->b, leaf, dbell_host_pte_page(UINT64_C(1) << 36, BENCH_S2));
        update(r);
        return DBELL_EVENT_F_ADDR_SIZE;
    case ACCESS:
        bench_store(&r->b, leaf, dbell_host_pte_page(ipa, BENCH_S2 & ~(uint64_t)DBELL_HOST_PTE_AF));
        return DBELL_EVENT_F_ACCESS;
    default:
        bench_store(&r->b, leaf,
                    dbell_host_pte_page(ipa, BENCH_S2 & ~(uint64_t)DBELL_HOST_PTE_S2_READ));
        return DBELL_EVENT_F_PERMISSION;
    }
}

static const enum what stage2_faults[] = {WALK_ABORT, TRANSLATION, ADDR_SIZE, ACCESS, PERMISSION};
enum { STAGE2_FAULTS = sizeof stage2_faults / sizeof stage2_faults[0] };

/* The IPA that is wrong: of the CD, of the leaf descriptor of stage 1, of the output. */
static uint64_t ipa_of(struct rig *r, unsigned reason)
{
    return reason == 1 ? r->context : reason == 2 ? bench_entry(&r->b, &r->s1, VA, 3) : IPA;
}

TEST(atos, stage_2_faults_of_both_stages_say_why_and_where_9_1_4)
{
    for (unsigned i = 0; i < STAGE2_FAULTS; i++)
        for (unsigned reason = 1; reason <= 3; reason++) {
            struct rig r;
            uint64_t record[4];
            REQUIRE(rig(&r, 7));
            const uint64_t ipa = ipa_of(&r, reason);
            const uint64_t code = break_stage2(&r, stage2_faults[i], ipa);
            CHECK_EQ(ask(&r, VA | S12 | RD), stage2_faults[i] == WALK_ABORT
                                                 ? FAULT(code, (uint64_t)reason)
                                                 : FAULT_AT(code, (uint64_t)reason, ipa));
            r.b.abort_at = 0;
            CHECK(!bench_event(&r.b, record));
            bench_close(&r.b);
        }
}

TEST(atos, stage_2_faults_are_aborts_to_a_stage_1_request_9_1_4)
{
    for (unsigned i = 0; i < STAGE2_FAULTS; i++)
        for (unsigned reason = 1; reason <= 3; reason++)
            for (int virtual = 0; virtual < 2; virtual ++) {
                struct rig r;
                REQUIRE(rig(&r, 7));
                bench_put(&r.b, VATOS_SEL, 4, 7);
                break_stage2(&r, stage2_faults[i], ipa_of(&r, reason));
                CHECK_EQ(ask_at(&r, virtual ? r.vatos : GATOS, SID, VA | S1 | RD),
                         reason == 1   ? FAULT(DBELL_EVENT_F_CD_FETCH, 0)
                         : reason == 2 ? FAULT(DBELL_EVENT_F_WALK_EABT, 0)
                                       : PAGE(IPA)); /* the IPA is not translated */
                bench_close(&r.b);
            }
}

TEST(atos, faults_of_a_stage_2_request_have_reason_3_and_no_faddr_9_1_4)
{
    for (unsigned config = 6; config <= 7; config++)
        for (unsigned i = 0; i < STAGE2_FAULTS; i++) {
            struct rig r;
            REQUIRE(rig(&r, config));
            const uint64_t code = break_stage2(&r, stage2_faults[i], IPA);
            CHECK_EQ(ask(&r, IPA | S2 | RD), FAULT(code, 3));
            bench_close(&r.b);
        }
}

TEST(atos, misc_faults_of_a_stage_2_request_have_reason_3_9_1_4)
{
    static const enum what cases[] = {BAD_STREAMID, STE_FETCH, BAD_STE};
    for (unsigned i = 0; i < 3; i++) {
        struct rig r;
        REQUIRE(rig(&r, 6));
        const uint64_t sid = break_it(&r, cases[i]);
        CHECK_EQ(ask_at(&r, GATOS, sid, IPA | S2 | RD), FAULT(stage1_faults[i].code, 3));
        bench_close(&r.b);
    }
}

TEST(atos, an_ipa_beyond_the_ias_is_an_address_size_fault_of_stage_1_9_1_4)
{
    struct rig r;
    struct dbell_smmu_features f = features();
    f.oas = 44;
    f.vax52 = false;
    REQUIRE(rig_with(&r, 6, f));
    CHECK_EQ(ask(&r, UINT64_C(1) << 44 | S2 | RD), FAULT(DBELL_EVENT_F_ADDR_SIZE, 0));
    CHECK_EQ(ask(&r, UINT64_C(1) << 63 | IPA | S2 | RD), FAULT(DBELL_EVENT_F_ADDR_SIZE, 0));
    /* Within the IAS, beyond S2T0SZ: 40 bits. */
    CHECK_EQ(ask(&r, UINT64_C(1) << 40 | S2 | RD), FAULT(DBELL_EVENT_F_TRANSLATION, 3));
    bench_close(&r.b);
}

TEST(atos, a_stage_2_request_looks_at_no_cd_9_1_3)
{
    static const enum what cases[] = {DISABLED_0, CD_FETCH, BAD_CD, WALK_ABORT, TRANSLATION};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        REQUIRE(rig(&r, 7));
        break_it(&r, cases[i]);
        CHECK_EQ(ask(&r, IPA | S2 | RD), PAGE(PA));
        bench_close(&r.b);
    }
}

TEST(atos, a_cd_fetch_abort_has_reason_0_also_for_both_stages_9_1_4)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    r.b.abort_at = r.context;
    CHECK_EQ(ask(&r, VA | S12 | RD), FAULT(DBELL_EVENT_F_CD_FETCH, 0));
    CHECK_EQ(ask(&r, VA | S1 | RD), FAULT(DBELL_EVENT_F_CD_FETCH, 0));
    bench_close(&r.b);
}

TEST(atos, a_vms_fetch_abort_is_f_vms_fetch_with_reason_0_9_1_5)
{
    struct rig r;
    uint64_t record[4];
    REQUIRE(rig(&r, 7));
    r.ste.s1mpam = true;
    r.ste.vmsptr = bench_alloc(&r.b, 4096);
    update(&r);
    CHECK_EQ(ask(&r, VA | S12 | RD), PAGE(PA));
    bench_command(&r.b, dbell_host_cfgi_all());
    r.b.abort_at = r.ste.vmsptr;
    CHECK_EQ(ask(&r, VA | S12 | RD), FAULT(DBELL_EVENT_F_VMS_FETCH, 0));
    CHECK_EQ(ask(&r, VA | S1 | RD), FAULT(DBELL_EVENT_F_VMS_FETCH, 0));
    CHECK(!bench_event(&r.b, record));
    bench_close(&r.b);
}

/* --- order --- */

TEST(atos, inv_req_comes_before_everything_9_1_5)
{
    for (unsigned i = 0; i < STAGE1_FAULTS; i++) {
        struct rig r;
        REQUIRE(rig(&r, 7));
        const uint64_t sid = break_it(&r, stage1_faults[i].what);
        CHECK_EQ(ask_at(&r, GATOS, sid, VA | RD), FAULT(INV_REQ, 0));
        CHECK_EQ(ask_at(&r, r.vatos, sid, VA | S12 | RD), FAULT(INV_REQ, 0));
        bench_close(&r.b);
    }
}

TEST(atos, inv_stage_comes_after_the_ste_and_before_the_cd_9_1_5)
{
    for (unsigned i = 0; i < STAGE1_FAULTS; i++) {
        struct rig r;
        REQUIRE(rig(&r, 5));
        const uint64_t sid = break_it(&r, stage1_faults[i].what);
        CHECK_EQ(ask_at(&r, GATOS, sid, VA | S12 | RD), stage1_faults[i].what <= BAD_STE
                                                            ? FAULT(stage1_faults[i].code, 0)
                                                            : FAULT(INV_STAGE, 0));
        bench_close(&r.b);
    }
}

TEST(atos, the_order_of_faults_of_the_configuration_9_1_5)
{
    static const struct {
        enum what first, second;
    } cases[] = {{STE_FETCH, BAD_CD},   {BAD_STE, CD_FETCH},    {BAD_SUBSTREAM, BAD_CD},
                 {DISABLED_2, BAD_CD},  {DISABLED_0, CD_FETCH}, {CD_FETCH, BAD_CD},
                 {BAD_CD, TRANSLATION}, {BAD_CD, PERMISSION}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        REQUIRE(rig(&r, 5));
        break_it(&r, cases[i].second);
        const uint64_t sid = break_it(&r, cases[i].first);
        uint64_t code = 0;
        for (unsigned j = 0; j < STAGE1_FAULTS; j++)
            if (stage1_faults[j].what == cases[i].first)
                code = stage1_faults[j].code;
        CHECK_EQ(ask_at(&r, GATOS, sid, VA | S1 | RD), FAULT(code, 0));
        bench_close(&r.b);
    }
}

/* --- the result --- */

TEST(atos, size_is_the_place_of_the_lowest_set_bit_6_3_40)
{
    static const struct {
        unsigned granule, level, shift;
        uint64_t output, par; /* of the middle of the block */
    } cases[] = {
        {12, 3, 12, 0x12345000, 0x12345000}, {14, 3, 14, 0x12344000, 0x12346800}, /* bit 13 */
        {16, 3, 16, 0x12340000, 0x12348800},                                      /* bit 15 */
        {12, 2, 21, 0x12200000, 0x12300800},                                      /* bit 20 */
        {12, 1, 30, 0x40000000, 0x60000800},                                      /* bit 29 */
        {14, 2, 25, 0x12000000, 0x13000800},                                      /* bit 24 */
        {16, 2, 29, 0x20000000, 0x30000800},                                      /* bit 28 */
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        REQUIRE(rig(&r, 5));
        const uint64_t va = UINT64_C(1) << 38, in = (UINT64_C(1) << cases[i].shift) - 0x1000;
        r.s1 = bench_tables(&r.b, cases[i].granule, 40);
        r.cd = bench_cd_of(&r.s1);
        dbell_host_map(&r.s1, va, cases[i].output, cases[i].level, BENCH_S1);
        update(&r);
        const uint64_t want = RESULT(0xff, 3, 0, cases[i].par);
        CHECK_EQ(ask(&r, va | S1 | RD), want);
        CHECK_EQ(ask(&r, (va + (in & (in ^ in >> 1))) | S1 | RD), want);
        CHECK_EQ(ask(&r, (va + in) | S1 | RD), want); /* its last 4 KiB */
        bench_close(&r.b);
    }
}

TEST(atos, the_size_of_two_stages_is_that_of_the_smaller_6_3_40)
{
    static const struct {
        unsigned level1, level2;
        uint64_t s1, s2, both; /* PAR.ADDR and Size */
    } cases[] = {{3, 3, 0x80205000, 0xa0205000, 0xa0205000},
                 {2, 3, 0x80300800, 0xa0205000, 0xa0205000},
                 {3, 2, 0x80205000, 0xa0300800, 0xa0205000},
                 {2, 2, 0x80300800, 0xa0300800, 0xa0300800},
                 {1, 2, 0xa0000800, 0xa0300800, 0xa0300800}};
    const uint64_t va = UINT64_C(0x1040205000);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        REQUIRE(rig(&r, 7));
        const unsigned shift1 = 12 + 9 * (3 - cases[i].level1);
        const unsigned shift2 = 12 + 9 * (3 - cases[i].level2);
        const uint64_t ipa = UINT64_C(0x80205000), pa = UINT64_C(0xa0205000);
        r.s2 = bench_tables(&r.b, 12, 40);
        bench_identity(&r.s2);
        bench_add_stage2(&r.ste, &r.s2);
        r.ste.config = 7;
        dbell_host_map(&r.s1, va >> shift1 << shift1, ipa >> shift1 << shift1, cases[i].level1,
                       BENCH_S1);
        dbell_host_map(&r.s2, ipa >> shift2 << shift2, pa >> shift2 << shift2, cases[i].level2,
                       BENCH_S2);
        update(&r);
        CHECK_EQ(ask(&r, va | S1 | RD), RESULT(0xff, 3, 0, cases[i].s1));
        CHECK_EQ(ask(&r, ipa | S2 | RD), RESULT(0xff, 3, 0, cases[i].s2));
        CHECK_EQ(ask(&r, va | S12 | RD), RESULT(0xff, 3, 0, cases[i].both));
        bench_close(&r.b);
    }
}

TEST(atos, output_addresses_of_52_bits_6_3_40)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    r.s1 = bench_tables(&r.b, 16, 48);
    r.cd = bench_cd_of(&r.s1);
    r.cd.ips = 6;
    /* PA[51:48] are descriptor bits [15:12]. */
    dbell_host_map(&r.s1, VA & ~UINT64_C(0xffff), 0x4000a000, 3, BENCH_S1);
    update(&r);
    CHECK_EQ(ask(&r, VA | S1 | RD), RESULT(0xff, 3, 1, UINT64_C(0x000a000040008000)));
    bench_close(&r.b);
}

TEST(atos, attributes_of_stage_1_9_1_4)
{
    static const struct {
        uint8_t mair, sh, attr, sh_out;
    } cases[] = {{0xff, 3, 0xff, 3}, {0xff, 0, 0xff, 0}, {0xff, 2, 0xff, 2}, {0xbb, 3, 0xbb, 3},
                 {0xee, 3, 0xee, 3}, {0x77, 3, 0x77, 3}, {0x44, 3, 0x44, 2}, {0x44, 0, 0x44, 2},
                 {0x4f, 3, 0x4f, 3}, {0xf4, 0, 0xf4, 0}, {0x00, 0, 0x00, 2}, {0x04, 3, 0x04, 2},
                 {0x08, 0, 0x08, 2}, {0x0c, 2, 0x0c, 2}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (unsigned config = 5; config <= 7; config += 2) {
            struct rig r;
            REQUIRE(rig(&r, config));
            r.cd.mair = (uint64_t)cases[i].mair << 24; /* Attr3 */
            dbell_host_map(&r.s1, VA, IPA, 3,
                           (BENCH_S1 & ~(uint64_t)(3u << 8)) | (uint64_t)cases[i].sh << 8 | 3 << 2);
            dbell_host_map(&r.s2, IPA, PA, 3, BENCH_S2 & ~(uint64_t)(0xfu << 2));
            update(&r);
            CHECK_EQ(ask(&r, VA | S1 | RD), RESULT(cases[i].attr, cases[i].sh_out, 0, IPA));
            bench_close(&r.b);
        }
}

TEST(atos, attributes_of_stage_2_are_allocating_6_3_40)
{
    static const struct {
        uint8_t memattr, sh, attr, sh_out;
    } cases[] = {{0xf, 3, 0xff, 3}, {0xf, 2, 0xff, 2}, {0xf, 0, 0xff, 0}, {0xa, 3, 0xbb, 3},
                 {0xb, 3, 0xbf, 3}, {0xe, 3, 0xfb, 3}, {0x5, 3, 0x44, 2}, {0x7, 3, 0x4f, 3},
                 {0xd, 0, 0xf4, 0}, {0x0, 3, 0x00, 2}, {0x1, 0, 0x04, 2}, {0x2, 3, 0x08, 2},
                 {0x3, 0, 0x0c, 2}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (unsigned config = 6; config <= 7; config++) {
            struct rig r;
            REQUIRE(rig(&r, config));
            r.cd.mair = 0; /* of no concern */
            dbell_host_map(&r.s2, IPA, PA, 3,
                           DBELL_HOST_PTE_S2_READ | DBELL_HOST_PTE_AF | (uint64_t)cases[i].sh << 8 |
                               (uint64_t)cases[i].memattr << 2);
            update(&r);
            CHECK_EQ(ask(&r, IPA | S2 | RD), RESULT(cases[i].attr, cases[i].sh_out, 0, PA));
            bench_close(&r.b);
        }
}

TEST(atos, attributes_of_both_stages_are_combined_13_1_5)
{
    static const struct {
        uint8_t mair, sh1, memattr, sh2, attr, sh_out;
    } cases[] = {
        {0xff, 3, 0xf, 3, 0xff, 3}, {0xff, 3, 0xf, 2, 0xff, 2}, {0xff, 0, 0xf, 3, 0xff, 3},
        {0xff, 2, 0xf, 0, 0xff, 2}, {0xff, 3, 0x5, 3, 0x44, 2}, {0x44, 0, 0xf, 3, 0x44, 2},
        {0x00, 0, 0xf, 3, 0x00, 2}, {0x0c, 0, 0x1, 0, 0x04, 2}, {0xff, 3, 0x2, 3, 0x08, 2},
        {0xff, 3, 0xa, 3, 0xbb, 3}, {0xbb, 3, 0xf, 3, 0xbb, 3}, {0xee, 3, 0xf, 3, 0xee, 3},
        {0x4f, 3, 0xf, 3, 0x4f, 3}, {0x04, 3, 0x0, 0, 0x00, 2}, {0xff, 0, 0xf, 0, 0xff, 0}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        REQUIRE(rig(&r, 7));
        r.cd.mair = cases[i].mair;
        dbell_host_map(&r.s1, VA, IPA, 3,
                       (BENCH_S1 & ~(uint64_t)(3u << 8)) | (uint64_t)cases[i].sh1 << 8);
        dbell_host_map(&r.s2, IPA, PA, 3,
                       DBELL_HOST_PTE_S2_READ | DBELL_HOST_PTE_AF | (uint64_t)cases[i].sh2 << 8 |
                           (uint64_t)cases[i].memattr << 2);
        update(&r);
        CHECK_EQ(ask(&r, VA | S12 | RD), RESULT(cases[i].attr, cases[i].sh_out, 0, PA));
        bench_close(&r.b);
    }
}

TEST(atos, s2fwb_affects_the_attributes_13_1_6)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    r.cd.mair = 0x44;
    r.ste.s2fwb = true;
    bench_identity(&r.s2);
    /* MemAttr 0b0110: Normal Write-Back, whatever stage 1 says. */
    dbell_host_map(&r.s2, IPA, PA, 3, (BENCH_S2 & ~(uint64_t)(0xfu << 2)) | 6 << 2);
    for (uint64_t at = BENCH_RAM; at < BENCH_RAM + BENCH_RAM_SIZE; at += 4096)
        dbell_host_map(&r.s2, at, at, 3, (BENCH_S2 & ~(uint64_t)(0xfu << 2)) | 6 << 2);
    update(&r);
    CHECK_EQ(ask(&r, VA | S12 | RD) >> 56, 0xff);
    CHECK_EQ(ask(&r, VA | S1 | RD) >> 56, 0x44);
    bench_close(&r.b);
}

TEST(atos, no_override_of_the_ste_reaches_the_attributes_13_1_4)
{
    for (unsigned config = 5; config <= 7; config++) {
        struct rig r;
        REQUIRE(rig(&r, config));
        r.ste.mtcfg = true;
        r.ste.memattr = 0; /* Device-nGnRnE */
        r.ste.alloccfg = 8;
        r.ste.shcfg = 0;
        update(&r);
        if (config != 6)
            CHECK_EQ(ask(&r, VA | S1 | RD), PAGE(IPA));
        if (config != 5)
            CHECK_EQ(ask(&r, IPA | S2 | RD), PAGE(PA));
        if (config == 7)
            CHECK_EQ(ask(&r, VA | S12 | RD), PAGE(PA));
        bench_close(&r.b);
    }
}

/* --- permissions --- */

TEST(atos, permissions_of_stage_1_9)
{
    static const struct {
        uint64_t bits;
        const char *granted; /* r, w, x unprivileged, then privileged */
    } cases[] = {{0, "--xrwx"},
                 {DBELL_HOST_PTE_AP_EL0, "rwxrw-"},
                 {DBELL_HOST_PTE_AP_RO, "--xr-x"},
                 {DBELL_HOST_PTE_AP_RO | DBELL_HOST_PTE_AP_EL0, "r-xr-x"},
                 {DBELL_HOST_PTE_AP_RO | DBELL_HOST_PTE_AP_EL0 | DBELL_HOST_PTE_UXN, "r--r-x"},
                 {DBELL_HOST_PTE_AP_RO | DBELL_HOST_PTE_AP_EL0 | DBELL_HOST_PTE_PXN, "r-xr--"},
                 {DBELL_HOST_PTE_UXN, "---rwx"}};
    static const unsigned asks[6] = {RD, WR, RD | INST, PRIV | RD, PRIV | WR, PRIV | RD | INST};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (unsigned what = 0; what < 6; what++) {
            struct rig r;
            REQUIRE(rig(&r, 7));
            dbell_host_map(&r.s1, VA, IPA, 3,
                           DBELL_HOST_PTE_AF | 3u << 8 | DBELL_HOST_PTE_NG | cases[i].bits);
            for (unsigned type = S1; type <= S12; type += S12 - S1)
                CHECK_EQ(ask(&r, VA | type | asks[what]), cases[i].granted[what] == '-'
                                                              ? FAULT(DBELL_EVENT_F_PERMISSION, 0)
                                                          : type == S1 ? PAGE(IPA)
                                                                       : PAGE(PA));
            bench_close(&r.b);
        }
}

TEST(atos, ind_is_ignored_for_a_write_6_3_39)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    dbell_host_map(&r.s1, VA, IPA, 3, BENCH_S1 | DBELL_HOST_PTE_UXN | DBELL_HOST_PTE_PXN);
    CHECK_EQ(ask(&r, VA | S1 | WR | INST), PAGE(IPA));
    CHECK_EQ(ask(&r, VA | S1 | RD | INST), FAULT(DBELL_EVENT_F_PERMISSION, 0));
    bench_close(&r.b);
}

TEST(atos, privcfg_and_instcfg_have_no_effect_9_1_3)
{
    for (unsigned cfg = 0; cfg < 4; cfg++) {
        struct rig r;
        REQUIRE(rig(&r, 5));
        r.ste.privcfg = r.ste.instcfg = cfg;
        dbell_host_map(&r.s1, VA, IPA, 3, DBELL_HOST_PTE_AF | 3u << 8); /* privileged only */
        dbell_host_map(&r.s1, VA + 0x1000, IPA, 3, BENCH_S1 | DBELL_HOST_PTE_UXN);
        update(&r);
        CHECK_EQ(ask(&r, VA | S1 | RD), FAULT(DBELL_EVENT_F_PERMISSION, 0));
        CHECK_EQ(ask(&r, VA | S1 | RD | PRIV), PAGE(IPA));
        CHECK_EQ(ask(&r, (VA + 0x1000) | S1 | RD), PAGE(IPA));
        CHECK_EQ(ask(&r, (VA + 0x1000) | S1 | RD | INST), FAULT(DBELL_EVENT_F_PERMISSION, 0));
        bench_close(&r.b);
    }
}

TEST(atos, pan_and_wxn_count_where_stage_1_does_9)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    r.cd.pan = r.cd.wxn = true;
    update(&r);
    CHECK_EQ(ask(&r, VA | S1 | RD | PRIV), FAULT(DBELL_EVENT_F_PERMISSION, 0));
    CHECK_EQ(ask(&r, VA | S12 | RD | PRIV), FAULT(DBELL_EVENT_F_PERMISSION, 0));
    CHECK_EQ(ask(&r, VA | S12 | RD | INST), FAULT(DBELL_EVENT_F_PERMISSION, 0));
    CHECK_EQ(ask(&r, VA | S12 | RD), PAGE(PA));
    CHECK_EQ(ask(&r, IPA | S2 | RD | PRIV), PAGE(PA));
    CHECK_EQ(ask(&r, IPA | S2 | RD | INST), PAGE(PA));
    bench_close(&r.b);
}

TEST(atos, hierarchical_permissions_and_had_9)
{
    for (int had = 0; had < 2; had++) {
        struct rig r;
        REQUIRE(rig(&r, 5));
        r.cd.had0 = had;
        update(&r);
        const uint64_t top = bench_entry(&r.b, &r.s1, VA, 0);
        bench_store(&r.b, top, bench_load(&r.b, top) | UINT64_C(1) << 62); /* APTable[1] */
        CHECK_EQ(ask(&r, VA | S1 | WR), had ? PAGE(IPA) : FAULT(DBELL_EVENT_F_PERMISSION, 0));
        CHECK_EQ(ask(&r, VA | S1 | RD), PAGE(IPA));
        bench_close(&r.b);
    }
}

TEST(atos, only_the_stage_that_is_asked_for_checks_9)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    dbell_host_map(&r.s1, VA, IPA, 3, BENCH_S1 | DBELL_HOST_PTE_AP_RO);
    CHECK_EQ(ask(&r, VA | S1 | WR), FAULT(DBELL_EVENT_F_PERMISSION, 0));
    CHECK_EQ(ask(&r, VA | S12 | WR), FAULT(DBELL_EVENT_F_PERMISSION, 0));
    CHECK_EQ(ask(&r, IPA | S2 | WR), PAGE(PA));
    dbell_host_map(&r.s1, VA, IPA, 3, BENCH_S1);
    dbell_host_map(&r.s2, IPA, PA, 3, BENCH_S2 & ~(uint64_t)DBELL_HOST_PTE_S2_WRITE);
    update(&r);
    CHECK_EQ(ask(&r, VA | S1 | WR), PAGE(IPA));
    CHECK_EQ(ask(&r, VA | S12 | WR), FAULT_AT(DBELL_EVENT_F_PERMISSION, 3, IPA));
    CHECK_EQ(ask(&r, IPA | S2 | WR), FAULT(DBELL_EVENT_F_PERMISSION, 3));
    CHECK_EQ(ask(&r, IPA | S2 | RD), PAGE(PA));
    bench_close(&r.b);
}

TEST(atos, stage_2_execute_never_by_privilege_9)
{
    /* XN[1:0] with XNX (Arm ARM D8.4): 0 all, 1 EL0 only, 2 none, 3 EL1 only. */
    static const char *const granted[4] = {"xx", "x-", "--", "-x"};
    for (unsigned xn = 0; xn < 4; xn++) {
        struct rig r;
        REQUIRE(rig(&r, 6));
        dbell_host_map(&r.s2, IPA, PA, 3, BENCH_S2 | (uint64_t)xn << 53);
        for (unsigned priv = 0; priv < 2; priv++)
            CHECK_EQ(ask(&r, IPA | S2 | RD | INST | (priv ? PRIV : 0)),
                     granted[xn][priv] == 'x' ? PAGE(PA) : FAULT(DBELL_EVENT_F_PERMISSION, 3));
        bench_close(&r.b);
    }
}

/* --- hardware updates --- */

#define CLEAN_S1  ((BENCH_S1 | DBELL_HOST_PTE_AP_RO) | DBELL_HOST_PTE_DBM)
#define CLEAN_S2  ((BENCH_S2 & ~(uint64_t)DBELL_HOST_PTE_S2_WRITE) | DBELL_HOST_PTE_DBM)
#define OLD(bits) ((bits) & ~(uint64_t)DBELL_HOST_PTE_AF)

TEST(atos, the_access_flag_is_set_unless_inhibited_9)
{
    for (unsigned config = 5; config <= 6; config++)
        for (int inhibited = 0; inhibited < 2; inhibited++) {
            struct rig r;
            REQUIRE(rig(&r, config));
            r.cd.ha = r.ste.s2ha = true;
            const unsigned type = config == 5 ? S1 : S2;
            dbell_host_map(&r.s1, VA, IPA, 3, OLD(BENCH_S1));
            dbell_host_map(&r.s2, IPA, PA, 3, OLD(BENCH_S2));
            update(&r);
            const uint64_t leaf =
                config == 5 ? bench_entry(&r.b, &r.s1, VA, 3) : bench_entry(&r.b, &r.s2, IPA, 3);
            const uint64_t before = bench_load(&r.b, leaf);
            CHECK_EQ(ask(&r, (config == 5 ? VA : IPA) | type | RD | (inhibited ? HTTUI : 0)),
                     PAGE(config == 5 ? IPA : PA));
            CHECK_EQ(bench_load(&r.b, leaf), inhibited ? before : before | DBELL_HOST_PTE_AF);
            bench_close(&r.b);
        }
}

TEST(atos, a_clean_page_becomes_dirty_by_a_write_unless_inhibited_9)
{
    for (unsigned config = 5; config <= 6; config++)
        for (unsigned how = 0; how < 4; how++) {
            const bool inhibited = how & 1, write = how & 2;
            struct rig r;
            REQUIRE(rig(&r, config));
            r.cd.ha = r.cd.hd = r.ste.s2ha = r.ste.s2hd = true;
            const unsigned type = config == 5 ? S1 : S2;
            dbell_host_map(&r.s1, VA, IPA, 3, CLEAN_S1);
            dbell_host_map(&r.s2, IPA, PA, 3, CLEAN_S2);
            update(&r);
            const uint64_t leaf =
                config == 5 ? bench_entry(&r.b, &r.s1, VA, 3) : bench_entry(&r.b, &r.s2, IPA, 3);
            const uint64_t before = bench_load(&r.b, leaf);
            CHECK_EQ(ask(&r, (config == 5 ? VA : IPA) | type | (write ? WR : RD) |
                                 (inhibited ? HTTUI : 0)),
                     PAGE(config == 5 ? IPA : PA));
            CHECK_EQ(bench_load(&r.b, leaf),
                     inhibited || !write ? before : before ^ UINT64_C(0x80));
            bench_close(&r.b);
        }
}

TEST(atos, httui_means_nothing_where_updates_are_off_9)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    dbell_host_map(&r.s1, VA, IPA, 3, OLD(BENCH_S1));
    dbell_host_map(&r.s1, VA + 0x1000, IPA, 3, CLEAN_S1);
    dbell_host_map(&r.s2, IPA + 0x1000, PA, 3, OLD(BENCH_S2));
    dbell_host_map(&r.s2, IPA + 0x2000, PA, 3, CLEAN_S2);
    update(&r);
    for (unsigned httui = 0; httui <= HTTUI; httui += HTTUI) {
        CHECK_EQ(ask(&r, VA | S1 | RD | httui), FAULT(DBELL_EVENT_F_ACCESS, 0));
        CHECK_EQ(ask(&r, (VA + 0x1000) | S1 | WR | httui), FAULT(DBELL_EVENT_F_PERMISSION, 0));
        CHECK_EQ(ask(&r, (IPA + 0x1000) | S2 | RD | httui), FAULT(DBELL_EVENT_F_ACCESS, 3));
        CHECK_EQ(ask(&r, (IPA + 0x2000) | S2 | WR | httui), FAULT(DBELL_EVENT_F_PERMISSION, 3));
    }
    /* Access flags only: a clean page is not writable. */
    r.cd.ha = r.ste.s2ha = true;
    update(&r);
    for (unsigned httui = 0; httui <= HTTUI; httui += HTTUI) {
        CHECK_EQ(ask(&r, (VA + 0x1000) | S1 | WR | httui), FAULT(DBELL_EVENT_F_PERMISSION, 0));
        CHECK_EQ(ask(&r, (IPA + 0x2000) | S2 | WR | httui), FAULT(DBELL_EVENT_F_PERMISSION, 3));
    }
    bench_close(&r.b);
}

TEST(atos, affd_makes_an_old_page_good_9)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    r.cd.affd = r.ste.s2affd = true;
    dbell_host_map(&r.s1, VA, IPA, 3, OLD(BENCH_S1));
    dbell_host_map(&r.s2, IPA, PA, 3, OLD(BENCH_S2));
    update(&r);
    CHECK_EQ(ask(&r, VA | S12 | RD), PAGE(PA));
    bench_close(&r.b);
}

/* Everything at stage 2 is clean and old, the page at stage 1 too. */
static void all_clean(struct rig *r)
{
    r->cd.ha = r->cd.hd = r->ste.s2ha = r->ste.s2hd = true;
    for (uint64_t at = BENCH_RAM; at < BENCH_RAM + BENCH_RAM_SIZE; at += 4096)
        dbell_host_map(&r->s2, at, at, 3, OLD(CLEAN_S2));
    dbell_host_map(&r->s1, VA, IPA, 3, OLD(CLEAN_S1));
    dbell_host_map(&r->s2, IPA, PA, 3, OLD(CLEAN_S2));
    update(r);
}

TEST(atos, inhibited_it_changes_no_memory_at_all_9)
{
    struct rig r;
    uint8_t *before = malloc(BENCH_RAM_SIZE);
    REQUIRE(before && rig(&r, 7));
    all_clean(&r);
    memcpy(before, r.b.ram, BENCH_RAM_SIZE);
    CHECK_EQ(ask(&r, VA | S12 | WR | HTTUI), PAGE(PA));
    CHECK_EQ(ask(&r, VA | S1 | WR | HTTUI), PAGE(IPA));
    CHECK_EQ(ask(&r, IPA | S2 | WR | HTTUI), PAGE(PA));
    CHECK(memcmp(before, r.b.ram, BENCH_RAM_SIZE) == 0);
    free(before);
    bench_close(&r.b);
}

TEST(atos, nested_updates_reach_the_tables_and_the_pages_that_hold_them_9)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    all_clean(&r);
    CHECK_EQ(ask(&r, VA | S12 | WR), PAGE(PA));
    const uint64_t leaf = bench_entry(&r.b, &r.s1, VA, 3);
    CHECK_EQ(bench_load(&r.b, leaf),
             dbell_host_pte_page(IPA, BENCH_S1 | DBELL_HOST_PTE_DBM)); /* accessed, dirty */
    /* Its page is written to, the one of the CD is read, the last one is the write's. */
    CHECK_EQ(bench_load(&r.b, bench_entry(&r.b, &r.s2, leaf, 3)),
             dbell_host_pte_page(leaf & ~UINT64_C(0xfff), BENCH_S2 | DBELL_HOST_PTE_DBM));
    CHECK_EQ(bench_load(&r.b, bench_entry(&r.b, &r.s2, r.context, 3)),
             dbell_host_pte_page(r.context, CLEAN_S2));
    CHECK_EQ(bench_load(&r.b, bench_entry(&r.b, &r.s2, IPA, 3)),
             dbell_host_pte_page(PA, BENCH_S2 | DBELL_HOST_PTE_DBM));
    bench_close(&r.b);
}

TEST(atos, a_stage_1_request_leaves_the_page_at_its_ipa_clean_9)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    all_clean(&r);
    CHECK_EQ(ask(&r, VA | S1 | WR), PAGE(IPA));
    CHECK_EQ(bench_load(&r.b, bench_entry(&r.b, &r.s1, VA, 3)),
             dbell_host_pte_page(IPA, BENCH_S1 | DBELL_HOST_PTE_DBM));
    CHECK_EQ(bench_load(&r.b, bench_entry(&r.b, &r.s2, IPA, 3)) & DBELL_HOST_PTE_S2_WRITE, 0);
    bench_close(&r.b);
}

TEST(atos, an_inhibited_request_leaves_nothing_accessed_or_dirty_in_a_tlb_9)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    r.cd.ha = r.cd.hd = true;
    dbell_host_map(&r.s1, VA, IPA, 3, OLD(CLEAN_S1));
    update(&r);
    CHECK_EQ(ask(&r, VA | S1 | WR | HTTUI), PAGE(IPA));
    const uint64_t leaf = bench_entry(&r.b, &r.s1, VA, 3);
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).outcome, DBELL_DONE);
    CHECK_EQ(bench_load(&r.b, leaf), dbell_host_pte_page(IPA, CLEAN_S1));
    CHECK_EQ(ask(&r, VA | S1 | WR | HTTUI), PAGE(IPA));
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_WRITE, VA).outcome, DBELL_DONE);
    CHECK_EQ(bench_load(&r.b, leaf), dbell_host_pte_page(IPA, BENCH_S1 | DBELL_HOST_PTE_DBM));
    bench_close(&r.b);
}

TEST(atos, a_stage_1_update_needs_stage_2_to_let_it_write_9)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    r.cd.ha = true;
    dbell_host_map(&r.s1, VA, IPA, 3, OLD(BENCH_S1));
    update(&r);
    const uint64_t leaf = bench_entry(&r.b, &r.s1, VA, 3), page = leaf & ~UINT64_C(0xfff);
    dbell_host_map(&r.s2, page, page, 3, BENCH_S2 & ~(uint64_t)DBELL_HOST_PTE_S2_WRITE);
    CHECK_EQ(ask(&r, VA | S12 | RD), FAULT_AT(DBELL_EVENT_F_PERMISSION, 2, leaf));
    CHECK_EQ(ask(&r, VA | S1 | RD), FAULT(DBELL_EVENT_F_WALK_EABT, 0));
    CHECK_EQ(ask(&r, VA | S12 | RD | HTTUI), PAGE(PA));
    bench_close(&r.b);
}

/* --- input addresses --- */

TEST(atos, the_input_range_and_tbi_9)
{
    const uint64_t tagged = UINT64_C(0xab) << 56;
    for (int tbi = 0; tbi < 2; tbi++) {
        struct rig r;
        REQUIRE(rig(&r, 5));
        r.cd.tbi0 = tbi;
        update(&r);
        CHECK_EQ(ask(&r, VA | S1 | RD), PAGE(IPA));
        CHECK_EQ(ask(&r, VA | tagged | S1 | RD),
                 tbi ? PAGE(IPA) : FAULT(DBELL_EVENT_F_TRANSLATION, 0));
        CHECK_EQ(ask(&r, VA | UINT64_C(1) << 40 | S1 | RD), FAULT(DBELL_EVENT_F_TRANSLATION, 0));
        CHECK_EQ(ask(&r, VA | UINT64_C(1) << 54 | S1 | RD), FAULT(DBELL_EVENT_F_TRANSLATION, 0));
        /* Bit 55 selects TTB1, which EPD1 disables. */
        CHECK_EQ(ask(&r, VA | UINT64_C(0xffffff) << 40 | S1 | RD),
                 FAULT(DBELL_EVENT_F_TRANSLATION, 0));
        bench_close(&r.b);
    }
}

TEST(atos, ttb1_is_selected_by_bit_55_9)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    struct dbell_host_tables high = bench_tables(&r.b, 12, 39);
    const uint64_t va = UINT64_C(0xffffff8000003000);
    dbell_host_map(&high, va, PA, 3, BENCH_S1);
    r.cd.epd1 = false;
    r.cd.t1sz = 25;
    r.cd.tg1 = 2;
    r.cd.ttb1 = high.root;
    update(&r);
    CHECK_EQ(ask(&r, va | S1 | RD), PAGE(PA));
    CHECK_EQ(ask(&r, VA | S1 | RD), PAGE(IPA));
    bench_close(&r.b);
}

/* --- STE.S1DSS == 0b01 --- */

static uint64_t within(uint64_t par, uint64_t input)
{
    /* Any size is permitted: whether the input is in what the result names. */
    uint64_t address = par & UINT64_C(0x00fffffffffff000);
    uint64_t size = 4096;
    if (par >> 11 & 1) {
        size = (address & (~address + 1)) << 1;
        address &= ~(size - 1);
    }
    return (par & 1) == 0 && input >= address && input - address < size;
}

TEST(atos, s1dss_bypasses_stage_1_for_what_has_no_substream_9_1_3)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    r.ste.s1cdmax = 2;
    r.ste.s1dss = 1;
    update(&r);
    CHECK(within(ask(&r, UINT64_C(0x123456000) | S1 | RD), UINT64_C(0x123456000)));
    CHECK(within(ask(&r, VA | S1 | WR), VA));
    CHECK_EQ(ask_at(&r, GATOS, SID | SSV(0), VA | S1 | RD), PAGE(IPA));
    CHECK_EQ(ask(&r, UINT64_C(1) << 52 | S1 | RD), FAULT(DBELL_EVENT_F_ADDR_SIZE, 0));
    CHECK_EQ(ask(&r, VA | S12 | RD), FAULT(INV_STAGE, 0));
    bench_close(&r.b);
}

TEST(atos, s1dss_bypass_goes_on_through_stage_2_9_1_3)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    r.ste.s1cdmax = 2;
    r.ste.s1dss = 1;
    r.cd.v = false; /* no CD is looked at */
    update(&r);
    const uint64_t par = ask(&r, IPA | S12 | RD);
    CHECK_EQ(par & UINT64_C(0x00ffffffffffffff) & ~UINT64_C(0x300), PA);
    CHECK(within(ask(&r, VA | S1 | RD), VA));
    CHECK_EQ(ask(&r, (IPA + 0x1000) | S12 | RD),
             FAULT_AT(DBELL_EVENT_F_TRANSLATION, 3, IPA + 0x1000));
    CHECK_EQ(ask(&r, UINT64_C(1) << 52 | S12 | RD), FAULT(DBELL_EVENT_F_ADDR_SIZE, 0));
    CHECK_EQ(ask(&r, IPA | S2 | RD), PAGE(PA));
    bench_close(&r.b);
}

/* --- the scope of VATOS --- */

TEST(atos, vatos_sees_streams_of_its_vmid_only_9_1_6)
{
    for (unsigned config = 5; config <= 7; config++) {
        struct rig r;
        REQUIRE(rig(&r, config));
        const uint64_t good = config == 6 ? FAULT(INV_STAGE, 0) : PAGE(IPA);
        bench_put(&r.b, VATOS_SEL, 4, 8);
        CHECK_EQ(ask_at(&r, r.vatos, SID, VA | S1 | RD), FAULT(DBELL_EVENT_C_BAD_STE, 0));
        bench_put(&r.b, VATOS_SEL, 4, 0x107); /* all 16 bits count */
        CHECK_EQ(ask_at(&r, r.vatos, SID, VA | S1 | RD), FAULT(DBELL_EVENT_C_BAD_STE, 0));
        bench_put(&r.b, VATOS_SEL, 4, 7);
        CHECK_EQ(ask_at(&r, r.vatos, SID, VA | S1 | RD), good);
        CHECK_EQ(ask(&r, (config == 6 ? IPA | S2 : VA | S1) | RD),
                 config == 6 ? PAGE(PA) : PAGE(IPA)); /* the other group does not care */
        bench_close(&r.b);
    }
}

TEST(atos, vatos_does_not_see_el2_streams_9_1_6)
{
    for (int e2h = 0; e2h < 2; e2h++) {
        struct rig r;
        REQUIRE(rig(&r, 5));
        r.ste.strw = 2; /* EL2, or EL2-E2H with CR2.E2H */
        if (e2h) {
            bench_put(&r.b, 0x20, 4, 0xc);
            bench_put(&r.b, 0x2c, 4, 3);
            bench_put(&r.b, 0x20, 4, 0xd);
        }
        update(&r);
        bench_put(&r.b, VATOS_SEL, 4, 7);
        CHECK_EQ(ask_at(&r, r.vatos, SID, VA | S1 | RD), FAULT(DBELL_EVENT_C_BAD_STE, 0));
        bench_put(&r.b, VATOS_SEL, 4, 0);
        CHECK_EQ(ask_at(&r, r.vatos, SID, VA | S1 | RD), FAULT(DBELL_EVENT_C_BAD_STE, 0));
        CHECK_EQ(ask(&r, VA | S1 | RD), PAGE(IPA));
        bench_close(&r.b);
    }
}

TEST(atos, vatos_does_not_see_streams_without_translation_9_1_6)
{
    static const unsigned configs[] = {0, 4};
    for (unsigned i = 0; i < 2; i++)
        for (unsigned vmid = 0; vmid < 2; vmid++) {
            struct rig r;
            REQUIRE(rig(&r, configs[i]));
            bench_put(&r.b, VATOS_SEL, 4, vmid ? 7 : 0);
            CHECK_EQ(ask_at(&r, r.vatos, SID, VA | S1 | RD), FAULT(DBELL_EVENT_C_BAD_STE, 0));
            bench_close(&r.b);
        }
}

TEST(atos, the_scope_is_checked_after_the_ste_and_before_inv_stage_9_1_6)
{
    for (unsigned i = 0; i < STAGE1_FAULTS; i++) {
        struct rig r;
        REQUIRE(rig(&r, 7));
        bench_put(&r.b, VATOS_SEL, 4, 8);
        const uint64_t sid = break_it(&r, stage1_faults[i].what);
        CHECK_EQ(
            ask_at(&r, r.vatos, sid, VA | S1 | RD),
            FAULT(stage1_faults[i].what < BAD_STE ? stage1_faults[i].code : DBELL_EVENT_C_BAD_STE,
                  0));
        bench_close(&r.b);
    }
}

/* --- more of the CD and of stage 2 --- */

TEST(atos, el2_streams_ignore_privilege_without_e2h_9)
{
    for (int e2h = 0; e2h < 2; e2h++) {
        struct rig r;
        REQUIRE(rig(&r, 5));
        r.ste.strw = 2;
        if (e2h) {
            bench_put(&r.b, 0x20, 4, 0xc);
            bench_put(&r.b, 0x2c, 4, 3);
            bench_put(&r.b, 0x20, 4, 0xd);
        }
        dbell_host_map(&r.s1, VA, IPA, 3, BENCH_S1 & ~(uint64_t)DBELL_HOST_PTE_AP_EL0);
        update(&r);
        CHECK_EQ(ask(&r, VA | S1 | RD),
                 e2h ? FAULT(DBELL_EVENT_F_PERMISSION, 0) : PAGE(IPA)); /* AP[1] */
        CHECK_EQ(ask(&r, VA | S1 | RD | PRIV), PAGE(IPA));
        bench_close(&r.b);
    }
}

TEST(atos, an_aptable_that_takes_write_away_prevents_the_dirty_update_3_13_3)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    r.cd.ha = r.cd.hd = true;
    dbell_host_map(&r.s1, VA, IPA, 3, CLEAN_S1);
    update(&r);
    const uint64_t top = bench_entry(&r.b, &r.s1, VA, 0), leaf = bench_entry(&r.b, &r.s1, VA, 3);
    bench_store(&r.b, top, bench_load(&r.b, top) | UINT64_C(1) << 62);
    for (unsigned httui = 0; httui <= HTTUI; httui += HTTUI)
        CHECK_EQ(ask(&r, VA | S1 | WR | httui), FAULT(DBELL_EVENT_F_PERMISSION, 0));
    CHECK_EQ(bench_load(&r.b, leaf), dbell_host_pte_page(IPA, CLEAN_S1));
    bench_close(&r.b);
}

TEST(atos, s2ptw_forbids_tables_and_cds_in_device_memory_5_2)
{
    for (unsigned reason = 1; reason <= 3; reason++) {
        struct rig r;
        REQUIRE(rig(&r, 7));
        r.ste.s2ptw = true;
        update(&r);
        const uint64_t ipa = ipa_of(&r, reason) & ~UINT64_C(0xfff);
        dbell_host_map(&r.s2, ipa, ipa, 3, BENCH_S2 & ~(uint64_t)(0xfu << 2));
        const uint64_t par = ask(&r, VA | S12 | RD);
        CHECK_EQ(par, reason == 3 ? RESULT(0x00, 2, 0, IPA)
                                  : FAULT_AT(DBELL_EVENT_F_PERMISSION, (uint64_t)reason, ipa));
        bench_close(&r.b);
    }
}

TEST(atos, a_table_beyond_the_range_of_stage_2_is_its_translation_fault_3_4)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    const uint64_t beyond = UINT64_C(1) << 41; /* S2T0SZ: 40 bits */
    bench_store(&r.b, bench_entry(&r.b, &r.s1, VA, 0), dbell_host_pte_table(beyond));
    const uint64_t descriptor = beyond | (VA >> 30 & 511) * 8;
    CHECK_EQ(ask(&r, VA | S12 | RD), FAULT_AT(DBELL_EVENT_F_TRANSLATION, 2, descriptor));
    CHECK_EQ(ask(&r, VA | S1 | RD), FAULT(DBELL_EVENT_F_WALK_EABT, 0));
    bench_close(&r.b);
}

TEST(atos, faddr_has_52_bits_6_3_40)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    r.s1 = bench_tables(&r.b, 16, 48);
    const uint64_t asid = r.cd.asid;
    r.cd = bench_cd_of(&r.s1);
    r.cd.asid = (unsigned)asid;
    r.cd.ips = 6;
    dbell_host_map(&r.s1, VA & ~UINT64_C(0xffff), 0x4000a000, 3, BENCH_S1);
    update(&r);
    const uint64_t ipa = UINT64_C(0x000a000040000000) | (VA & 0xffff);
    CHECK_EQ(ask(&r, VA | S12 | RD), FAULT_AT(DBELL_EVENT_F_TRANSLATION, 3, ipa));
    bench_close(&r.b);
}

TEST(atos, recinvsid_is_of_no_concern_9)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    bench_put(&r.b, 0x20, 4, 0xc);
    bench_put(&r.b, 0x2c, 4, 0);
    bench_put(&r.b, 0x20, 4, 0xd);
    CHECK_EQ(ask_at(&r, GATOS, 64, VA | S1 | RD), FAULT(DBELL_EVENT_C_BAD_STREAMID, 0));
    bench_close(&r.b);
}

TEST(atos, two_levels_of_the_stream_table_9_1_5)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    const uint64_t l1 = bench_alloc(&r.b, 4096);
    bench_store(&r.b, l1, dbell_host_l1std(r.b.strtab, 3)); /* 4 STEs: not SID 5 */
    bench_put(&r.b, 0x20, 4, 0xc);
    bench_put(&r.b, 0x80, 8, l1);
    bench_put(&r.b, 0x88, 4, 1 << 16 | 6 << 6 | 7);
    bench_put(&r.b, 0x20, 4, 0xd);
    CHECK_EQ(ask(&r, VA | S1 | RD), FAULT(DBELL_EVENT_C_BAD_STREAMID, 0));
    bench_store(&r.b, l1, dbell_host_l1std(r.b.strtab, 4));
    bench_command(&r.b, dbell_host_cfgi_all());
    CHECK_EQ(ask(&r, VA | S1 | RD), PAGE(IPA));
    CHECK_EQ(ask_at(&r, GATOS, SID + 64, VA | S1 | RD),
             FAULT(DBELL_EVENT_C_BAD_STREAMID, 0)); /* a span of 0 */
    r.b.abort_at = l1;
    bench_command(&r.b, dbell_host_cfgi_all());
    CHECK_EQ(ask(&r, VA | S1 | RD), FAULT(DBELL_EVENT_F_STE_FETCH, 0));
    bench_close(&r.b);
}

TEST(atos, two_levels_of_the_cd_table_9_1_5)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    const uint64_t l1cd = bench_alloc(&r.b, 0x10000);
    bench_store(&r.b, l1cd, dbell_host_l1cd(r.context, true));
    r.ste.s1contextptr = l1cd;
    r.ste.s1fmt = 1; /* 64 CDs each */
    r.ste.s1cdmax = 8;
    r.ste.s1dss = 2;
    update(&r);
    CHECK_EQ(ask(&r, VA | S12 | RD), PAGE(PA));
    CHECK_EQ(ask_at(&r, GATOS, SID | SSV(64), VA | S12 | RD),
             FAULT(DBELL_EVENT_C_BAD_SUBSTREAMID, 0)); /* its L1CD is invalid */
    CHECK_EQ(ask_at(&r, GATOS, SID | SSV(256), VA | S12 | RD),
             FAULT(DBELL_EVENT_C_BAD_SUBSTREAMID, 0)); /* beyond S1CDMax */
    const uint64_t entry = bench_entry(&r.b, &r.s2, l1cd, 3), old = bench_load(&r.b, entry);
    bench_store(&r.b, entry, 0);
    bench_command(&r.b, dbell_host_cfgi_all());
    bench_command(&r.b, dbell_host_tlbi_nsnh_all());
    CHECK_EQ(ask(&r, VA | S12 | RD), FAULT_AT(DBELL_EVENT_F_TRANSLATION, 1, l1cd));
    CHECK_EQ(ask(&r, VA | S1 | RD), FAULT(DBELL_EVENT_F_CD_FETCH, 0));
    bench_store(&r.b, entry, old);
    r.b.abort_at = l1cd;
    CHECK_EQ(ask(&r, VA | S12 | RD), FAULT(DBELL_EVENT_F_CD_FETCH, 0));
    CHECK_EQ(ask(&r, VA | S1 | RD), FAULT(DBELL_EVENT_F_CD_FETCH, 0));
    bench_close(&r.b);
}

TEST(atos, output_ranges_are_capped_by_the_oas_3_4)
{
    struct rig r;
    struct dbell_smmu_features f = features();
    f.oas = 44;
    f.vax52 = false;
    REQUIRE(rig_with(&r, 7, f));
    dbell_host_map(&r.s1, VA, UINT64_C(1) << 44, 3, BENCH_S1); /* IPS: 48 bits */
    dbell_host_map(&r.s2, IPA, UINT64_C(1) << 44, 3, BENCH_S2);
    update(&r);
    CHECK_EQ(ask(&r, VA | S1 | RD), FAULT(DBELL_EVENT_F_ADDR_SIZE, 0));
    CHECK_EQ(ask(&r, VA | S12 | RD), FAULT(DBELL_EVENT_F_ADDR_SIZE, 0));
    CHECK_EQ(ask(&r, IPA | S2 | RD), FAULT(DBELL_EVENT_F_ADDR_SIZE, 3));
    bench_close(&r.b);
}

TEST(atos, big_endian_tables_are_read_and_updated_9)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    r.cd.ha = r.cd.endi = true;
    dbell_host_map(&r.s1, VA, IPA, 3, OLD(BENCH_S1));
    const uint64_t leaf = bench_entry(&r.b, &r.s1, VA, 3);
    for (uint64_t at = r.s1.root; at < r.s1.next; at += 8)
        bench_store(&r.b, at, __builtin_bswap64(bench_load(&r.b, at)));
    update(&r);
    CHECK_EQ(ask(&r, VA | S1 | RD), PAGE(IPA));
    CHECK_EQ(bench_load(&r.b, leaf), __builtin_bswap64(dbell_host_pte_page(IPA, BENCH_S1)));
    bench_close(&r.b);
}

TEST(atos, a_conflict_of_configurations_is_f_cfg_conflict_9_1_5)
{
    struct rig r;
    uint64_t record[4];
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.conflicts = true;
    REQUIRE(rig(&r, 7));
    struct rig c = r;
    REQUIRE(bench_open(&c.b, &config));
    memcpy(c.b.ram, r.b.ram, BENCH_RAM_SIZE); /* the same memory, with an SMMU that reports them */
    bench_close(&r.b);
    c.b.next = r.b.next;
    bench_on(&c.b);
    c.ste.cont = 1; /* streams 4 and 5 */
    bench_ste(&c.b, SID, &c.ste);
    CHECK_EQ(bench_translate(&c.b, SID, DBELL_READ, VA).address, PA);
    c.ste.s2vmid = 9;
    bench_ste(&c.b, SID - 1, &c.ste);
    CHECK_EQ(ask_at(&c, GATOS, SID - 1, VA | S1 | RD), FAULT(DBELL_EVENT_F_CFG_CONFLICT, 0));
    CHECK_EQ(ask_at(&c, GATOS, SID - 1, VA | S12 | RD), FAULT(DBELL_EVENT_F_CFG_CONFLICT, 0));
    CHECK_EQ(ask_at(&c, GATOS, SID - 1, IPA | S2 | RD), FAULT(DBELL_EVENT_F_CFG_CONFLICT, 3));
    CHECK(!bench_event(&c.b, record));
    bench_command(&c.b, dbell_host_cfgi_all());
    CHECK_EQ(ask_at(&c, GATOS, SID - 1, VA | S12 | RD), PAGE(PA));
    bench_close(&c.b);
}

TEST(atos, a_request_of_one_group_guards_nothing_of_the_other_9)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    bench_put(&r.b, VATOS_SEL, 4, 8);
    bench_put(&r.b, GATOS + SIDR, 8, SID);
    bench_put(&r.b, GATOS + ADDR, 8, VA | S1 | RD);
    bench_poke(&r.b, GATOS + CTRL, 4, 1);
    bench_poke(&r.b, VATOS_SEL, 4, 7);
    bench_poke(&r.b, r.vatos + SIDR, 8, SID);
    bench_poke(&r.b, r.vatos + ADDR, 8, VA | S1 | RD);
    CHECK_EQ(bench_get(&r.b, GATOS + CTRL, 4), 1);
    CHECK_EQ(bench_get(&r.b, VATOS_SEL, 4), 7);
    CHECK_EQ(bench_get(&r.b, r.vatos + SIDR, 8), SID);
    CHECK_EQ(bench_get(&r.b, r.vatos + CTRL, 4), 0);
    bench_poke(&r.b, r.vatos + CTRL, 4, 1);
    bench_settle(&r.b);
    CHECK_EQ(bench_get(&r.b, GATOS + PAR, 8), PAGE(IPA));
    CHECK_EQ(bench_get(&r.b, r.vatos + PAR, 8), PAGE(IPA));
    bench_close(&r.b);
}

TEST(atos, the_largest_block_has_4_terabytes_6_3_40)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    r.s1 = bench_tables(&r.b, 16, 52);
    r.cd = bench_cd_of(&r.s1);
    r.cd.ips = 6;
    const uint64_t va = UINT64_C(3) << 42;
    dbell_host_map(&r.s1, va, UINT64_C(5) << 42, 1, BENCH_S1);
    update(&r);
    CHECK_EQ(ask(&r, va | UINT64_C(0x12345678000) | S1 | RD),
             RESULT(0xff, 3, 1, UINT64_C(5) << 42 | UINT64_C(1) << 41));
    bench_close(&r.b);
}

TEST(atos, dirty_updates_without_access_flag_updates_are_none_5_4)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    r.cd.hd = r.ste.s2hd = true; /* {HD, HA} 0b10 behaves as 0b00 */
    dbell_host_map(&r.s1, VA, IPA, 3, CLEAN_S1);
    dbell_host_map(&r.s1, VA + 0x1000, IPA, 3, OLD(BENCH_S1));
    dbell_host_map(&r.s2, IPA, PA, 3, CLEAN_S2);
    update(&r);
    for (unsigned httui = 0; httui <= HTTUI; httui += HTTUI) {
        CHECK_EQ(ask(&r, VA | S1 | WR | httui), FAULT(DBELL_EVENT_F_PERMISSION, 0));
        CHECK_EQ(ask(&r, (VA + 0x1000) | S1 | RD | httui), FAULT(DBELL_EVENT_F_ACCESS, 0));
        CHECK_EQ(ask(&r, IPA | S2 | WR | httui), FAULT(DBELL_EVENT_F_PERMISSION, 3));
    }
    bench_close(&r.b);
}

/* --- a bus that takes its time --- */

static struct {
    struct rig *rig;
    uint64_t at;
    void (*meanwhile)(struct rig *rig);
    enum dbell_response (*access)(void *ctx, struct dbell_transaction *transaction);
} slow;

static enum dbell_response slow_access(void *ctx, struct dbell_transaction *transaction)
{
    const enum dbell_response response = slow.access(ctx, transaction);
    if (slow.at >= transaction->address && slow.at < transaction->address + transaction->length) {
        slow.at = 0;
        slow.meanwhile(slow.rig);
    }
    return response;
}

static void during(struct rig *r, uint64_t address, void (*meanwhile)(struct rig *rig))
{
    slow.rig = r;
    slow.at = address;
    slow.meanwhile = meanwhile;
    slow.access = r->b.smmu.ports.tables.access;
    r->b.smmu.ports.tables.access = slow_access;
}

static void write_meanwhile(struct rig *r)
{
    bench_poke(&r->b, GATOS + SIDR, 8, 0);
    bench_poke(&r->b, GATOS + ADDR, 8, 0);
    bench_poke(&r->b, GATOS + CTRL, 4, 0);
    CHECK_EQ(bench_get(&r->b, GATOS + CTRL, 4), 1);
}

TEST(atos, writes_during_a_walk_are_ignored_6_3_37)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    during(&r, bench_entry(&r.b, &r.s1, VA, 2), write_meanwhile);
    CHECK_EQ(ask(&r, VA | S12 | RD), PAGE(PA));
    CHECK_EQ(slow.at, 0);
    bench_close(&r.b);
}

static void off_meanwhile(struct rig *r)
{
    bench_poke(&r->b, 0x20, 4, 0xc);
}

TEST(atos, clearing_smmuen_during_a_walk_ends_the_request_6_3_37)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    during(&r, bench_entry(&r.b, &r.s1, VA, 2), off_meanwhile);
    const uint64_t par = ask(&r, VA | S12 | RD);
    CHECK(par == PAGE(PA) || par == FAULT(INTERNAL_ERR, 0));
    CHECK_EQ(bench_get(&r.b, 0x24, 4) & 1, 0);
    bench_close(&r.b);
}

static void remap_meanwhile(struct rig *r)
{
    dbell_host_map(&r->s1, VA, IPA + 0x1000, 3, OLD(CLEAN_S1));
}

TEST(atos, a_descriptor_that_changes_under_its_update_is_read_again_3_13)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    r.cd.ha = r.cd.hd = true;
    dbell_host_map(&r.s1, VA, IPA, 3, OLD(CLEAN_S1));
    update(&r);
    const uint64_t leaf = bench_entry(&r.b, &r.s1, VA, 3);
    during(&r, leaf, remap_meanwhile);
    CHECK_EQ(ask(&r, VA | S1 | WR), PAGE(IPA + 0x1000));
    CHECK_EQ(bench_load(&r.b, leaf),
             dbell_host_pte_page(IPA + 0x1000, BENCH_S1 | DBELL_HOST_PTE_DBM));
    bench_close(&r.b);
}

static void remap_clean_meanwhile(struct rig *r)
{
    dbell_host_map(&r->s1, VA, IPA + 0x1000, 3, CLEAN_S1);
    dbell_host_map(&r->s2, IPA, PA + 0x1000, 3, CLEAN_S2);
}

TEST(atos, what_cannot_be_made_dirty_any_more_is_read_again_3_13)
{
    for (unsigned config = 5; config <= 6; config++) {
        struct rig r;
        REQUIRE(rig(&r, config));
        r.cd.ha = r.cd.hd = r.ste.s2ha = r.ste.s2hd = true;
        dbell_host_map(&r.s1, VA, IPA, 3, CLEAN_S1);
        dbell_host_map(&r.s2, IPA, PA, 3, CLEAN_S2);
        update(&r);
        const bool first = config == 5;
        during(&r, first ? bench_entry(&r.b, &r.s1, VA, 3) : bench_entry(&r.b, &r.s2, IPA, 3),
               remap_clean_meanwhile);
        CHECK_EQ(ask(&r, (first ? VA | S1 : IPA | S2) | WR), PAGE((first ? IPA : PA) + 0x1000));
        bench_close(&r.b);
    }
}

/* Nothing ends a request that invalidations overtake again and again but the SMMU's patience. */
static void invalidate_again(struct bench *b)
{
    const struct dbell_tlbi all = {.scope = DBELL_TLBI_ALL, .el = 1};
    dbell_smmu_tlbi(&b->smmu, &all);
    bench_during(b, b->strtab + SID * 64, invalidate_again);
}

TEST(atos, a_request_that_never_comes_to_rest_is_internal_err_9_1_5)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    bench_during(&r.b, r.b.strtab + SID * 64, invalidate_again);
    CHECK_EQ(ask(&r, VA | S1 | RD), FAULT(INTERNAL_ERR, 0));
    bench_close(&r.b);
}

TEST(atos, every_bit_of_the_ids_counts_6_3_38)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    r.ste.s1cdmax = 5; /* 2 KiB of CDs */
    r.ste.s1dss = 2;   /* without a SubstreamID, CD 0 */
    update(&r);
    bench_cd(&r.b, r.context + 64, &r.cd);
    CHECK_EQ(ask(&r, VA | S1 | RD), PAGE(IPA));
    CHECK_EQ(ask_at(&r, GATOS, SSV(1) | SID, VA | S1 | RD), PAGE(IPA));
    for (unsigned bit = 6; bit < 32; bit++)
        CHECK_EQ(ask_at(&r, GATOS, UINT64_C(1) << bit | SID, VA | S1 | RD),
                 FAULT(DBELL_EVENT_C_BAD_STREAMID, 0));
    for (unsigned bit = 5; bit < 20; bit++)
        CHECK_EQ(ask_at(&r, GATOS, SSV(UINT64_C(1) << bit | 1) | SID, VA | S1 | RD),
                 FAULT(DBELL_EVENT_C_BAD_SUBSTREAMID, 0));
    bench_close(&r.b);
}

static void held_meanwhile(struct rig *r)
{
    bench_poke(&r->b, 0x20, 4, 0xc);
    CHECK_EQ(bench_get(&r->b, 0x24, 4), 0xd);
    CHECK_EQ(bench_get(&r->b, GATOS + CTRL, 4), 1);
}

TEST(atos, the_update_of_smmuen_waits_for_what_has_begun_6_3_37)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    during(&r, bench_entry(&r.b, &r.s1, VA, 2), held_meanwhile);
    CHECK_EQ(ask(&r, VA | S1 | RD), PAGE(IPA));
    CHECK_EQ(bench_get(&r.b, 0x24, 4), 0xc);
    bench_close(&r.b);
}

static void again_meanwhile(struct rig *r)
{
    dbell_smmu_fail(&r->b.smmu);
    CHECK_EQ(bench_get(&r->b, GATOS + CTRL, 4), 0);
    CHECK_EQ(bench_get(&r->b, GATOS + PAR, 8), FAULT(INTERNAL_ERR, 0));
    bench_poke(&r->b, GATOS + ADDR, 8, IPA | S2 | RD);
    bench_poke(&r->b, GATOS + CTRL, 4, 1);
}

TEST(atos, a_request_after_an_ended_one_gets_its_own_result_6_3_37)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    dbell_host_map(&r.s1, VA, IPA + 0x1000, 3, BENCH_S1);
    during(&r, bench_entry(&r.b, &r.s1, VA, 2), again_meanwhile);
    CHECK_EQ(ask(&r, VA | S1 | RD), PAGE(PA));
    bench_close(&r.b);
}

static void off_and_count_meanwhile(struct rig *r)
{
    bench_poke(&r->b, 0x20, 4, 0xc);
    if (!(bench_get(&r->b, 0x24, 4) & 1)) /* else the Update waits for the request */
        r->b.logged = 0;
}

TEST(atos, nothing_is_accessed_after_the_update_of_smmuen_6_3_9)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    r.cd.ha = true;
    dbell_host_map(&r.s1, VA, IPA, 3, OLD(BENCH_S1));
    update(&r);
    const uint64_t leaf = bench_entry(&r.b, &r.s1, VA, 3), before = bench_load(&r.b, leaf);
    during(&r, bench_entry(&r.b, &r.s1, VA, 1), off_and_count_meanwhile);
    const uint64_t par = ask(&r, VA | S1 | RD);
    if (par == FAULT(INTERNAL_ERR, 0)) {
        CHECK_EQ(bench_load(&r.b, leaf), before);
        CHECK_EQ(r.b.logged, 0);
    }
    bench_close(&r.b);
}

static void invalidate_meanwhile(struct rig *r)
{
    const struct dbell_tlbi all = {.scope = DBELL_TLBI_ALL, .el = 1};
    dbell_host_map(&r->s1, VA, IPA + 0x1000, 3, BENCH_S1);
    dbell_smmu_tlbi(&r->b.smmu, &all);
}

TEST(atos, a_result_is_not_of_what_was_invalidated_during_the_walk_9)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    CHECK_EQ(bench_get(&r.b, 0, 4) >> 5 & 1, 1);    /* IDR0.BTM */
    CHECK_EQ(bench_get(&r.b, 0x2c, 4) >> 2 & 1, 0); /* CR2.PTM */
    during(&r, bench_entry(&r.b, &r.s1, VA, 3), invalidate_meanwhile);
    CHECK_EQ(ask(&r, VA | S1 | RD), PAGE(IPA + 0x1000));
    bench_close(&r.b);
}

/* --- staleness --- */

TEST(atos, a_result_is_not_stale_after_an_invalidation_9)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    CHECK_EQ(ask(&r, VA | S12 | RD), PAGE(PA));
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).address, PA);
    dbell_host_map(&r.s2, IPA, PA + 0x4000, 3, BENCH_S2);
    bench_command(&r.b, dbell_host_tlbi_s2_ipa(7, IPA, true));
    bench_command(&r.b, dbell_host_tlbi_nh_all(7));
    CHECK_EQ(ask(&r, VA | S12 | RD), PAGE(PA + 0x4000));
    r.cd.mair = 0xbb;
    bench_cd(&r.b, r.context, &r.cd);
    bench_command(&r.b, dbell_host_cfgi_cd(SID, 0, true));
    bench_command(&r.b, dbell_host_tlbi_nh_all(7));
    CHECK_EQ(ask(&r, VA | S1 | RD), RESULT(0xbb, 3, 0, IPA));
    bench_close(&r.b);
}
