/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* ATS: Translation Requests, Translated transactions, and the invalidation of what endpoints hold
 * (IHI 0070 3.9.1, 3.13.7, 4.5.1, 13.6, 13.7, 17.3). */
#include <string.h>

#include "bench.h"
#include "dbell_test.h"

enum { SID = 5, NO_SID = 100 };
enum { CR0 = 0x20, CR2 = 0x2c, GERROR = 0x60, GERRORN = 0x64, IRQ_CTRL = 0x50, CMDQ_CONS = 0x9c };
enum { ON = 0xd, SMMUEN_0 = 0xc, ATSCHK = 0x10 };
enum { RECINVSID = 2, REC_CFG_ATS = 8 };
enum { S2_RO = DBELL_HOST_PTE_AF | DBELL_HOST_PTE_S2_READ | 0xf << 2 | 3 << 8 };

#define VA      UINT64_C(0x700000005000)
#define IPA     UINT64_C(0x80008000)
#define PA      UINT64_C(0x90003000)
#define NOWHERE UINT64_C(0xa0000000) /* an IPA and a PA */
#define AF      UINT64_C(0x400)
#define READ_ONLY \
    (DBELL_HOST_PTE_AP_EL0 | DBELL_HOST_PTE_AP_RO | DBELL_HOST_PTE_AF | DBELL_HOST_PTE_NG | 3 << 8)
#define CLEAN    (READ_ONLY | DBELL_HOST_PTE_DBM)
#define S2_CLEAN (S2_RO | DBELL_HOST_PTE_DBM)

struct rig {
    struct bench b;
    struct dbell_host_tables s1, s2;
    struct dbell_host_cd cd;
    struct dbell_host_ste ste;
    uint64_t context;
};

/* Substreams 0 and 1 have the same CD. */
static void update(struct rig *r)
{
    bench_cd(&r->b, r->context, &r->cd);
    bench_cd(&r->b, r->context + 64, &r->cd);
    bench_ste(&r->b, SID, &r->ste);
    bench_command(&r->b, dbell_host_cfgi_all());
    bench_command(&r->b, dbell_host_tlbi_nsnh_all());
    r->b.logged = 0;
}

/* VA to IPA by stage 1, IPA to PA by stage 2; full ATS. */
static bool rig_of(struct rig *r, unsigned config, const struct dbell_smmu_config *smmu)
{
    if (!bench_open(&r->b, smmu))
        return false;
    bench_on(&r->b);
    r->s1 = bench_tables(&r->b, 12, 48);
    r->s2 = bench_tables(&r->b, 12, 40);
    r->context = bench_alloc(&r->b, 4096);
    bench_identity(&r->s2);
    dbell_host_map(&r->s1, VA, IPA, 3, BENCH_S1);
    dbell_host_map(&r->s2, IPA, PA, 3, BENCH_S2);
    r->cd = bench_cd_of(&r->s1);
    r->ste = (struct dbell_host_ste){.v = true, .config = config, .shcfg = 1};
    if (config == 5 || config == 7)
        r->ste = bench_stage1(r->context);
    if (config == 6 || config == 7)
        bench_add_stage2(&r->ste, &r->s2);
    r->ste.config = config;
    r->ste.eats = 1;
    update(r);
    return true;
}

/* IDR0.ATSRECERR */
static struct dbell_smmu_config recording(void)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.idr[0] |= 1u << 23;
    return config;
}

static bool rig(struct rig *r, unsigned config)
{
    const struct dbell_smmu_config smmu = recording();
    return rig_of(r, config, &smmu);
}

static void set_cr2(struct rig *r, unsigned value)
{
    const uint64_t cr0 = bench_get(&r->b, CR0, 4);
    bench_put(&r->b, CR0, 4, SMMUEN_0);
    bench_put(&r->b, CR2, 4, value);
    bench_put(&r->b, CR0, 4, cr0);
}

static void remap(struct rig *r, uint64_t s1_bits, uint64_t s2_bits)
{
    dbell_host_map(&r->s1, VA, IPA, 3, s1_bits);
    dbell_host_map(&r->s2, IPA, PA, 3, s2_bits);
    bench_command(&r->b, dbell_host_tlbi_nsnh_all());
}

static uint64_t descriptor(struct rig *r, int stage)
{
    return bench_load(&r->b, stage == 1 ? bench_entry(&r->b, &r->s1, VA, 3)
                                        : bench_entry(&r->b, &r->s2, IPA, 3));
}

struct ask {
    uint64_t address;
    bool nw, exe, priv, pasid;
    uint32_t ssid;
    bool nobody; /* a StreamID without an STE */
};

static struct dbell_ats_request request_of(struct ask ask)
{
    return (struct dbell_ats_request){.address = ask.address,
                                      .units = 8, /* of which one is answered */
                                      .no_write = ask.nw,
                                      .side = {.has_streamid = true,
                                               .streamid = ask.nobody ? NO_SID : SID,
                                               .has_substreamid = ask.pasid,
                                               .substreamid = ask.ssid,
                                               .privileged = ask.priv,
                                               .instruction = ask.exe}};
}

static struct dbell_ats_completion request(struct rig *r, struct ask ask)
{
    const struct dbell_ats_request request = request_of(ask);
    struct dbell_ats_completion completion;
    memset(&completion, 0, sizeof completion);
    bench_settle(&r->b);
    CHECK_EQ(dbell_smmu_ats(&r->b.smmu, &request, &completion), DBELL_OK);
    bench_settle(&r->b);
    return completion;
}

static struct dbell_ats_completion request_at(struct rig *r, uint64_t address)
{
    return request(r, (struct ask){.address = address});
}

static struct dbell_transaction translated_at(enum dbell_op op, uint64_t address)
{
    return (struct dbell_transaction){.address = address,
                                      .length = 4,
                                      .op = (uint8_t)op,
                                      .side = {.has_streamid = true,
                                               .streamid = SID,
                                               .at = DBELL_AT_TRANSLATED,
                                               .attr = DBELL_ATTR_NORMAL_WB,
                                               .sh = DBELL_SH_INNER}};
}

static struct dbell_translation go(struct rig *r, struct dbell_transaction t)
{
    struct dbell_translation result;
    memset(&result, 0, sizeof result);
    bench_settle(&r->b);
    dbell_smmu_translate(&r->b.smmu, &t, &result);
    bench_settle(&r->b);
    return result;
}

static struct dbell_translation translated(struct rig *r, enum dbell_op op, uint64_t address)
{
    return go(r, translated_at(op, address));
}

/* The type of the next record, 0: there is none. */
static unsigned next_event(struct rig *r)
{
    uint64_t record[4] = {0};
    return bench_event(&r->b, record) ? record[0] & 0xff : 0;
}

static void check_denied(struct dbell_ats_completion c, uint64_t size)
{
    CHECK_EQ(c.status, DBELL_ATS_SUCCESS);
    CHECK(!c.read && !c.write && !c.execute && !c.global && !c.untranslated_only);
    CHECK_EQ(c.size, size);
    CHECK_EQ(c.event, 0);
}

static void check_granted(struct dbell_ats_completion c, uint64_t address, uint64_t size)
{
    CHECK_EQ(c.status, DBELL_ATS_SUCCESS);
    CHECK(c.read);
    CHECK(!c.global && !c.untranslated_only);
    CHECK_EQ(c.address, address);
    CHECK_EQ(c.size, size);
    CHECK_EQ(c.event, 0);
}

/* --- 3.9.1.2: where ATS is disabled --- */

TEST(ats, requests_are_ur_where_ats_is_disabled_3_9_1_2)
{
    static const struct {
        const char *what;
        unsigned config, eats, cr0;
        bool recorded;
    } rows[] = {
        {"SMMUEN 0", 7, 1, SMMUEN_0, true},
        {"SMMUEN 0, ATSCHK 1", 7, 2, SMMUEN_0 | ATSCHK, true},
        {"Config 0b000", 0, 1, ON, false},
        {"Config 0b000, EATS 0b00", 0, 0, ON, false},
        {"Config 0b100, EATS 0b00", 4, 0, ON, true},
        {"Config 0b100, EATS 0b01", 4, 1, ON, true},
        {"Config 0b100, EATS 0b10", 4, 2, ON | ATSCHK, true},
        {"stage 1, EATS 0b00", 5, 0, ON, true},
        {"stage 2, EATS 0b00", 6, 0, ON, true},
        {"both, EATS 0b00", 7, 0, ON, true},
        {"both, EATS 0b00, ATSCHK 1", 7, 0, ON | ATSCHK, true},
        {"EATS 0b10, ATSCHK 0", 7, 2, ON, true},
        {"EATS 0b11, no DPT", 7, 3, ON, true},
        {"EATS 0b11, no DPT, ATSCHK 1", 7, 3, ON | ATSCHK, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned cached = 0; cached < 2; cached++) {
            struct rig r;
            REQUIRE(rig(&r, rows[i].config));
            r.ste.eats = rows[i].eats;
            update(&r);
            bench_put(&r.b, CR0, 4, rows[i].cr0);
            if (cached) /* by an ordinary one */
                bench_translate(&r.b, SID, DBELL_READ, VA);
            while (next_event(&r))
                ;
            const struct dbell_ats_completion c = request_at(&r, VA);
            CHECK_TEXT(c.status == DBELL_ATS_UR ? "" : rows[i].what, "");
            CHECK_EQ(c.event, rows[i].recorded ? DBELL_EVENT_F_BAD_ATS_TREQ : 0);
            CHECK_EQ(next_event(&r), rows[i].recorded ? DBELL_EVENT_F_BAD_ATS_TREQ : 0);
            CHECK_EQ(next_event(&r), 0);
            bench_close(&r.b);
        }
}

TEST(ats, only_nonsecure_requests_of_streams_reach_it_3_9_1)
{
    struct rig r;
    struct dbell_ats_completion c;
    REQUIRE(rig(&r, 5));
    struct dbell_ats_request q = request_of((struct ask){.address = VA});
    q.side.has_streamid = false;
    CHECK_EQ(dbell_smmu_ats(&r.b.smmu, &q, &c), DBELL_E_ARGUMENT);
    q.side.has_streamid = true;
    q.side.sec_sid = DBELL_SEC_SECURE;
    CHECK_EQ(dbell_smmu_ats(&r.b.smmu, &q, &c), DBELL_E_UNSUPPORTED);
    CHECK_EQ(dbell_smmu_count(&r.b.smmu, DBELL_SMMU_ATS_REQUESTS), 0);
    bench_close(&r.b);
    struct dbell_smmu_config none = dbell_smmu_default_config();
    none.idr[0] &= ~(1u << 10 | 1u << 16);
    REQUIRE(rig_of(&r, 5, &none));
    q.side.sec_sid = DBELL_SEC_NONSECURE;
    CHECK_EQ(dbell_smmu_ats(&r.b.smmu, &q, &c), DBELL_E_UNSUPPORTED);
    struct dbell_translation result;
    const struct dbell_transaction t = translated_at(DBELL_READ, PA);
    CHECK_EQ(dbell_smmu_translate(&r.b.smmu, &t, &result), DBELL_E_UNSUPPORTED);
    bench_close(&r.b);
}

/* Places of R, W, X, PRIV and Span: as in E_PAGE_REQUEST, PRIV in bit 96. */
TEST(ats, f_bad_ats_treq_says_what_was_asked_for_7_3_6)
{
    static const struct {
        struct ask ask;
        uint32_t units;
    } rows[] = {
        {{.address = VA + 0x123}, 1},
        {{.address = VA, .nw = true}, 8},
        {{.address = VA, .nw = true, .pasid = true, .ssid = 0xabcde}, 1},
        {{.address = VA, .pasid = true, .ssid = 1, .exe = true}, 255},
        {{.address = VA, .nw = true, .pasid = true, .ssid = 1, .priv = true}, 2},
        {{.address = VA, .exe = true, .priv = true}, 1}, /* there is no PASID to carry them */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rig r;
        uint64_t record[4];
        REQUIRE(rig(&r, 7));
        r.ste.eats = 0;
        r.ste.privcfg = r.ste.instcfg = 3; /* before the overrides */
        update(&r);
        struct dbell_ats_request q = request_of(rows[i].ask);
        struct dbell_ats_completion c;
        const struct ask a = rows[i].ask;
        q.units = rows[i].units;
        CHECK_EQ(dbell_smmu_ats(&r.b.smmu, &q, &c), DBELL_OK);
        REQUIRE(bench_event(&r.b, record));
        CHECK_EQ(record[0], (uint64_t)SID << 32 | (uint64_t)a.ssid << 12 | (uint64_t)a.pasid << 11 |
                                DBELL_EVENT_F_BAD_ATS_TREQ);
        CHECK_EQ(record[1], (uint64_t)rows[i].units << 44 | UINT64_C(1) << 35 |
                                (uint64_t)!a.nw << 34 | (uint64_t)(a.pasid && a.exe) << 33 |
                                (uint64_t)(a.pasid && a.priv) << 32);
        CHECK_EQ(record[2], a.address & ~UINT64_C(0xfff));
        CHECK_EQ(record[3], 0);
        bench_close(&r.b);
    }
}

/* The STE decides before the CD is looked at; an ordinary transaction may have cached it. */
static void no_cd(struct rig *r)
{
    r->cd.v = false;
}

TEST(ats, eats_0_comes_after_a_bad_ste_and_before_a_bad_cd_3_9_1_2)
{
    for (unsigned cached = 0; cached < 2; cached++) {
        struct rig r;
        REQUIRE(rig(&r, 5));
        set_cr2(&r, REC_CFG_ATS);
        r.ste.eats = 0;
        no_cd(&r);
        update(&r);
        if (cached)
            CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).event, DBELL_EVENT_C_BAD_CD);
        while (next_event(&r))
            ;
        CHECK_EQ(request_at(&r, VA).status, DBELL_ATS_UR);
        CHECK_EQ(next_event(&r), DBELL_EVENT_F_BAD_ATS_TREQ);
        const struct ask with_pasid = {.address = VA, .pasid = true, .ssid = 1};
        CHECK_EQ(request(&r, with_pasid).status, DBELL_ATS_UR);
        CHECK_EQ(next_event(&r), DBELL_EVENT_F_BAD_ATS_TREQ);
        r.ste.v = false;
        update(&r);
        if (cached)
            CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).event, DBELL_EVENT_C_BAD_STE);
        while (next_event(&r))
            ;
        CHECK_EQ(request_at(&r, VA).status, DBELL_ATS_CA);
        CHECK_EQ(next_event(&r), DBELL_EVENT_C_BAD_STE);
        bench_close(&r.b);
    }
}

/* --- 3.9.1.2: errors of the configuration --- */

static void ste_aborts(struct rig *r)
{
    r->b.abort_at = r->b.strtab + SID * 64;
}

static void ste_invalid(struct rig *r)
{
    r->ste.v = false;
}

static void split_of_one_stage(struct rig *r)
{
    r->ste.eats = 2;
}

static void stalls_at_stage2(struct rig *r)
{
    r->ste.s2s = true;
}

static void vms_aborts(struct rig *r)
{
    r->ste.s1mpam = true;
    r->ste.vmsptr = NOWHERE;
}

static void substreams(struct rig *r)
{
    r->ste.s1cdmax = 1;
}

static void substream0_reserved(struct rig *r)
{
    r->ste.s1cdmax = 1;
    r->ste.s1dss = 2;
}

static void walk_aborts(struct rig *r)
{
    r->cd.ttb0 = NOWHERE;
}

static void cd_aborts(struct rig *r)
{
    r->ste.s1contextptr = NOWHERE;
}

static void nothing(struct rig *r)
{
    (void)r;
}

static const struct {
    unsigned config;
    void (*spoil)(struct rig *);
    struct ask ask;
    unsigned event;
} errors[] = {
    {5, nothing, {.address = VA, .nobody = true}, DBELL_EVENT_C_BAD_STREAMID},
    {5, ste_aborts, {.address = VA}, DBELL_EVENT_F_STE_FETCH},
    {5, ste_invalid, {.address = VA}, DBELL_EVENT_C_BAD_STE},
    {5, split_of_one_stage, {.address = VA}, DBELL_EVENT_C_BAD_STE},
    {7, stalls_at_stage2, {.address = VA}, DBELL_EVENT_C_BAD_STE},
    {7, vms_aborts, {.address = VA}, DBELL_EVENT_F_VMS_FETCH},
    {5, nothing, {.address = VA, .pasid = true, .ssid = 1}, DBELL_EVENT_C_BAD_SUBSTREAMID},
    {6, nothing, {.address = IPA, .pasid = true}, DBELL_EVENT_C_BAD_SUBSTREAMID},
    {7, substreams, {.address = VA, .pasid = true, .ssid = 2}, DBELL_EVENT_C_BAD_SUBSTREAMID},
    {7, substreams, {.address = VA}, DBELL_EVENT_F_STREAM_DISABLED},
    {7, substream0_reserved, {.address = VA, .pasid = true}, DBELL_EVENT_F_STREAM_DISABLED},
    {5, walk_aborts, {.address = VA}, DBELL_EVENT_F_WALK_EABT},
    {5, cd_aborts, {.address = VA}, DBELL_EVENT_F_CD_FETCH},
    {5, no_cd, {.address = VA}, DBELL_EVENT_C_BAD_CD}, /* is in no row of the table */
};

TEST(ats, errors_of_the_configuration_are_ca_recorded_with_rec_cfg_ats_3_9_1_2)
{
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        for (unsigned cr2 = 0; cr2 <= (RECINVSID | REC_CFG_ATS); cr2 += 2) {
            struct rig r;
            uint64_t record[4];
            if (cr2 & 4)
                continue;
            REQUIRE(rig(&r, errors[i].config));
            set_cr2(&r, cr2);
            errors[i].spoil(&r);
            const uint64_t refused = r.b.abort_at;
            r.b.abort_at = 0;
            update(&r);
            r.b.abort_at = refused;
            const bool recorded =
                cr2 & REC_CFG_ATS &&
                (errors[i].event != DBELL_EVENT_C_BAD_STREAMID || cr2 & RECINVSID);
            for (unsigned again = 0; again < 2; again++) { /* what is cached says the same */
                const struct dbell_ats_completion c = request(&r, errors[i].ask);
                CHECK_EQ(c.status, DBELL_ATS_CA);
                CHECK_EQ(c.event, recorded ? errors[i].event : 0);
                CHECK_EQ(bench_event(&r.b, record), recorded);
                if (recorded) {
                    CHECK_EQ(record[0] & 0xff, errors[i].event);
                    CHECK_EQ(record[0] >> 32, errors[i].ask.nobody ? NO_SID : SID);
                }
                CHECK_EQ(next_event(&r), 0);
            }
            bench_close(&r.b);
        }
}

TEST(ats, conflicts_are_ca_recorded_with_rec_cfg_ats_3_9_1_2)
{
    for (unsigned rec = 0; rec < 2; rec++) {
        struct dbell_smmu_config config = recording();
        struct rig r;
        config.conflicts = true;
        REQUIRE(rig_of(&r, 5, &config));
        set_cr2(&r, rec ? REC_CFG_ATS : 0);
        /* A page is cached, then the block in the place of its table. */
        const uint64_t base = VA & ~UINT64_C(0x1fffff);
        check_granted(request_at(&r, VA), IPA, 0x1000);
        bench_store(&r.b, bench_entry(&r.b, &r.s1, VA, 2),
                    dbell_host_pte_block(UINT64_C(0x80000000), BENCH_S1));
        check_granted(request_at(&r, base), UINT64_C(0x80000000), 0x200000);
        CHECK_EQ(request_at(&r, VA).status, DBELL_ATS_CA);
        CHECK_EQ(next_event(&r), rec ? DBELL_EVENT_F_TLB_CONFLICT : 0);
        bench_close(&r.b);

        REQUIRE(rig_of(&r, 5, &config));
        set_cr2(&r, rec ? REC_CFG_ATS : 0);
        r.ste.cont = 1;
        struct dbell_host_ste other = r.ste;
        other.privcfg = 3;
        bench_ste(&r.b, SID, &r.ste);
        bench_ste(&r.b, SID ^ 1, &other);
        bench_translate(&r.b, SID ^ 1, DBELL_READ, VA);
        CHECK_EQ(request_at(&r, VA).status, DBELL_ATS_CA);
        CHECK_EQ(next_event(&r), rec ? DBELL_EVENT_F_CFG_CONFLICT : 0);
        bench_close(&r.b);
    }
}

TEST(ats, rec_cfg_ats_needs_atsrecerr_6_3_12)
{
    struct rig r;
    REQUIRE(rig_of(&r, 5, NULL)); /* the preset has none */
    r.ste.v = false;
    update(&r);
    set_cr2(&r, REC_CFG_ATS | RECINVSID);
    CHECK_EQ(bench_get(&r.b, CR2, 4), RECINVSID);
    CHECK_EQ(request_at(&r, VA).status, DBELL_ATS_CA);
    CHECK_EQ(next_event(&r), 0);
    bench_close(&r.b);
    REQUIRE(rig(&r, 5));
    bench_put(&r.b, CR2, 4, REC_CFG_ATS); /* guarded by SMMUEN */
    CHECK_EQ(bench_get(&r.b, CR2, 4), RECINVSID);
    set_cr2(&r, REC_CFG_ATS);
    CHECK_EQ(bench_get(&r.b, CR2, 4), REC_CFG_ATS);
    bench_close(&r.b);
}

/* --- 3.9.1.2: faults of the translation --- */

static void s1_unmapped(struct rig *r)
{
    bench_store(&r->b, bench_entry(&r->b, &r->s1, VA, 3), 0);
}

static void s1_old(struct rig *r)
{
    remap(r, BENCH_S1 & ~AF, BENCH_S2);
}

static void s1_far(struct rig *r)
{
    dbell_host_map(&r->s1, VA, UINT64_C(1) << 32, 3, BENCH_S1);
    r->cd.ips = 0;
}

static void s1_forbids(struct rig *r)
{
    remap(r, BENCH_S1 & ~(uint64_t)DBELL_HOST_PTE_AP_EL0, BENCH_S2);
}

static void s2_unmapped(struct rig *r)
{
    bench_store(&r->b, bench_entry(&r->b, &r->s2, IPA, 3), 0);
}

static void s2_old(struct rig *r)
{
    remap(r, BENCH_S1, BENCH_S2 & ~AF);
}

static void s2_far(struct rig *r)
{
    dbell_host_map(&r->s2, IPA, UINT64_C(1) << 32, 3, BENCH_S2);
    r->ste.s2ps = 0;
    r->ste.s2t0sz = 32;
    r->ste.s2sl0 = 1;
    r->ste.s2ttb = bench_load(&r->b, bench_entry(&r->b, &r->s2, IPA, r->s2.start_level)) &
                   UINT64_C(0xfffffffff000);
}

static void s2_forbids(struct rig *r)
{
    remap(r, BENCH_S1, BENCH_S2 & ~(uint64_t)(DBELL_HOST_PTE_S2_READ | DBELL_HOST_PTE_S2_WRITE));
}

static void s2_hides_cd(struct rig *r)
{
    r->ste.s1contextptr = NOWHERE;
}

static void s2_hides_s1(struct rig *r)
{
    r->cd.ttb0 = NOWHERE;
}

static void s2_forbids_cd(struct rig *r)
{
    dbell_host_map(&r->s2, r->context, r->context, 3, BENCH_S2 & ~(uint64_t)DBELL_HOST_PTE_S2_READ);
}

static void s2_forbids_s1(struct rig *r)
{
    dbell_host_map(&r->s2, r->cd.ttb0, r->cd.ttb0, 3, BENCH_S2 & ~(uint64_t)DBELL_HOST_PTE_S2_READ);
}

static void stalls_at_stage1(struct rig *r)
{
    s1_unmapped(r);
    r->cd.s = true;
}

static void terminates_quietly(struct rig *r) /* which is RAZ/WI for others */
{
    s1_unmapped(r);
    r->cd.a = r->cd.r = false;
}

TEST(ats, faults_of_the_translation_grant_nothing_and_leave_no_record_3_9_1_2)
{
    static const struct {
        unsigned config;
        void (*spoil)(struct rig *);
        uint64_t address;
    } rows[] = {
        {5, s1_unmapped, VA},
        {7, s1_unmapped, VA},
        {5, nothing, UINT64_C(1) << 50},  /* beyond T0SZ */
        {5, nothing, ~UINT64_C(0) << 47}, /* EPD1 */
        {5, s1_old, VA},                  /* F_ACCESS */
        {5, s1_far, VA},                  /* F_ADDR_SIZE */
        {5, s1_forbids, VA},              /* F_PERMISSION in the extreme case */
        {6, nothing, IPA + 0x1000},       /* */
        {6, nothing, UINT64_C(1) << 40},  /* beyond S2T0SZ */
        {6, nothing, UINT64_C(1) << 52},  /* beyond the IAS */
        {6, s2_old, IPA},
        {6, s2_forbids, IPA},
        {7, s2_unmapped, VA},
        {7, s2_old, VA},
        {7, s2_far, VA},
        {7, s2_forbids, VA},
        {7, s2_hides_cd, VA},
        {7, s2_hides_s1, VA},
        {7, s2_forbids_cd, VA},
        {7, s2_forbids_s1, VA},
        {5, stalls_at_stage1, VA},
        {5, terminates_quietly, VA},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rig r;
        REQUIRE(rig(&r, rows[i].config));
        set_cr2(&r, REC_CFG_ATS | RECINVSID);
        rows[i].spoil(&r);
        update(&r);
        for (unsigned again = 0; again < 2; again++)
            for (unsigned nw = 0; nw < 2; nw++) {
                const struct dbell_ats_completion c =
                    request(&r, (struct ask){.address = rows[i].address | 0x10, .nw = nw});
                check_denied(c, 0x1000);
                CHECK(!c.privileged);
                CHECK_EQ(next_event(&r), 0);
            }
        bench_close(&r.b);
    }
}

/* No second stage, and so no fault of it, where the first one grants nothing. */
TEST(ats, stage_2_is_not_asked_for_what_stage_1_does_not_grant_3_9_1_2)
{
    for (unsigned priv = 0; priv < 2; priv++)
        for (unsigned split = 0; split < 2; split++) {
            struct rig r;
            REQUIRE(rig(&r, 7));
            set_cr2(&r, REC_CFG_ATS);
            if (split) {
                bench_put(&r.b, CR0, 4, ON | ATSCHK);
                r.ste.eats = 2;
            }
            substream0_reserved(&r);
            s1_forbids(&r);
            update(&r);
            r.b.abort_at = bench_entry(&r.b, &r.s2, IPA, 3) & ~UINT64_C(63);
            const struct dbell_ats_completion c =
                request(&r, (struct ask){.address = VA, .pasid = true, .ssid = 1, .priv = priv});
            if (priv)
                CHECK_EQ(c.status, DBELL_ATS_CA);
            else
                check_denied(c, 0x1000);
            CHECK_EQ(next_event(&r), priv ? DBELL_EVENT_F_WALK_EABT : 0);
            bench_close(&r.b);
        }
}

TEST(ats, a_denied_page_has_the_smallest_unit_of_the_smmu_3_9_1_2)
{
    static const struct {
        bool gran4k, gran16k;
        unsigned granule;
        uint64_t unit;
    } rows[] = {{true, true, 16, 0x1000},
                {true, false, 16, 0x1000},
                {false, true, 14, 0x4000},
                {false, true, 16, 0x4000},
                {false, false, 16, 0x10000}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dbell_smmu_config config = dbell_smmu_default_config();
        struct dbell_smmu_features f = dbell_smmu_features_of(&config);
        struct rig r;
        f.gran4k = rows[i].gran4k;
        f.gran16k = rows[i].gran16k;
        dbell_smmu_features_set(&config, &f);
        REQUIRE(rig_of(&r, 5, &config));
        const uint64_t page = UINT64_C(1) << rows[i].granule;
        r.s1 = bench_tables(&r.b, rows[i].granule, 42);
        r.cd = bench_cd_of(&r.s1);
        dbell_host_map(&r.s1, 4 * page, 8 * page, 3, BENCH_S1);
        update(&r);
        check_granted(request_at(&r, 4 * page), 8 * page, page);
        const struct dbell_ats_completion c = request_at(&r, 6 * page - 0x1000);
        check_denied(c, rows[i].unit);
        CHECK_EQ(c.address & (rows[i].unit - 1), 0);
        bench_close(&r.b);
    }
}

/* --- 13.6.3: sizes --- */

TEST(ats, the_size_is_the_intersection_of_both_stages_13_6_3)
{
    static const struct {
        unsigned config, level1, level2;
        uint64_t size;
    } rows[] = {
        {5, 3, 3, 0x1000},   {5, 2, 3, 0x200000}, {5, 1, 3, 0x40000000}, {6, 3, 3, 0x1000},
        {6, 3, 2, 0x200000}, {7, 3, 3, 0x1000},   {7, 2, 3, 0x1000},     {7, 3, 2, 0x1000},
        {7, 2, 2, 0x200000}, {7, 1, 2, 0x200000}, {7, 2, 1, 0x200000},
    };
    const uint64_t va = UINT64_C(0x140000000), ipa = UINT64_C(0x100000000),
                   pa = UINT64_C(0x180000000), offset = 0x345678;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned split = 0; split < (rows[i].config == 7 ? 2u : 1u); split++) {
            struct rig r;
            REQUIRE(rig(&r, rows[i].config));
            bench_put(&r.b, CR0, 4, ON | ATSCHK);
            r.ste.eats = split ? 2 : 1;
            update(&r);
            const uint64_t page1 = rows[i].level1 == 3   ? offset & ~UINT64_C(0xfff)
                                   : rows[i].level1 == 2 ? offset & ~UINT64_C(0x1fffff)
                                                         : 0;
            const uint64_t page2 = rows[i].level2 == 3   ? offset & ~UINT64_C(0xfff)
                                   : rows[i].level2 == 2 ? offset & ~UINT64_C(0x1fffff)
                                                         : 0;
            CHECK_EQ(dbell_host_map(&r.s1, va + page1, ipa + page1, rows[i].level1, BENCH_S1), 0);
            CHECK_EQ(dbell_host_map(&r.s2, ipa + page2, pa + page2, rows[i].level2, BENCH_S2), 0);
            const uint64_t from = rows[i].config == 6 ? ipa : va;
            const uint64_t to = rows[i].config == 5 || split ? ipa : pa;
            for (unsigned again = 0; again < 2; again++)
                check_granted(request_at(&r, from + offset), to + (offset & ~(rows[i].size - 1)),
                              rows[i].size);
            bench_close(&r.b);
        }
}

/* --- 13.7: permissions --- */

/* The rows of the table of examples. User-RO with Priv-RW is no VMSAv8-64 permission: where the
 * privileged side counts the user has nothing. */
TEST(ats, the_examples_of_13_7)
{
    static const uint64_t nothing_for_user = BENCH_S1 & ~(uint64_t)DBELL_HOST_PTE_AP_EL0;
    static const struct {
        bool nw, exe, priv;
        uint64_t bits;
        bool read, write, execute, may_write;
    } rows[] = {
        {true, false, false, READ_ONLY, true, false, false, false},
        {false, false, false, BENCH_S1, true, true, false, true},
        {false, false, false, READ_ONLY, true, false, false, false},
        {false, false, true, nothing_for_user, true, true, false, true},
        {false, false, false, nothing_for_user, false, false, false, false},
        {true, true, false, BENCH_S1 | DBELL_HOST_PTE_UXN, true, false, false, true},
        {false, false, false, BENCH_S1 | DBELL_HOST_PTE_UXN, true, true, false, true},
        {false, true, false, BENCH_S1, true, true, true, true},
        {false, true, false, nothing_for_user, false, false, false, false}, /* User-X */
        {false, true, true, 0, false, false, false, false},
        {true, false, false, 0, false, false, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rig r;
        REQUIRE(rig(&r, 5));
        substream0_reserved(&r);
        update(&r);
        dbell_host_map(&r.s1, VA, IPA, 3, rows[i].bits);
        if (!rows[i].bits)
            s1_unmapped(&r);
        const struct dbell_ats_completion c = request(&r, (struct ask){.address = VA,
                                                                       .nw = rows[i].nw,
                                                                       .exe = rows[i].exe,
                                                                       .priv = rows[i].priv,
                                                                       .pasid = true,
                                                                       .ssid = 1});
        CHECK_EQ(c.status, DBELL_ATS_SUCCESS);
        CHECK_EQ(c.read, rows[i].read);
        CHECK(rows[i].nw ? c.write <= rows[i].may_write : c.write == rows[i].write);
        CHECK_EQ(c.execute, rows[i].execute);
        CHECK_EQ(c.privileged, rows[i].priv);
        bench_close(&r.b);
    }
}

/* The matrix of 13.7.1 over 16 pages of stage 1 and 16 of stage 2. */
#define MATRIX_VA  UINT64_C(0x10000000)
#define MATRIX_IPA UINT64_C(0x20000000)

struct page {
    bool read, write, execute;
};

/* Arm ARM D8.4; IHI 0070 13.4.1, 13.4.3. `n`: AP[1], AP[2], UXN, PXN; S2AP, S2XN. */
static struct page stage1_page(unsigned n, bool privileged)
{
    const bool user = n & 1, writable = !(n & 2);
    if (privileged)
        return (struct page){true, writable, !(n & 8) && !(user && writable)};
    return (struct page){user, user && writable, !(n & 4)};
}

static struct page stage2_page(unsigned n, bool privileged)
{
    const unsigned xn = n >> 2;
    return (struct page){n & 1, n & 2, xn == 0 || xn == (privileged ? 3 : 1)};
}

static uint64_t matrix_page(unsigned i, unsigned j)
{
    return (i * 16 + j) * UINT64_C(0x1000);
}

static void map_matrix(struct rig *r)
{
    for (unsigned i = 0; i < 16; i++)
        for (unsigned j = 0; j < 16; j++) {
            const uint64_t s1 = DBELL_HOST_PTE_AF | DBELL_HOST_PTE_NG | (uint64_t)(i & 3) << 6 |
                                (uint64_t)(i >> 2 & 1) << 54 | (uint64_t)(i >> 3) << 53;
            const uint64_t s2 =
                DBELL_HOST_PTE_AF | 0xf << 2 | (uint64_t)(j & 3) << 6 | (uint64_t)(j >> 2) << 53;
            dbell_host_map(&r->s1, MATRIX_VA + matrix_page(i, j), MATRIX_IPA + matrix_page(i, j), 3,
                           s1);
            dbell_host_map(&r->s2, MATRIX_IPA + matrix_page(i, j), PA, 3, s2);
        }
}

static void check_matrix(struct rig *r, unsigned i, unsigned j, struct ask ask)
{
    const unsigned config = r->ste.config, privcfg = r->ste.privcfg, instcfg = r->ste.instcfg;
    const bool tr_priv = ask.pasid && ask.priv, tr_exe = ask.pasid && ask.exe;
    const bool privileged = privcfg == 0 ? tr_priv : privcfg == 3;
    struct page p = {true, true, true};
    if (config != 6)
        p = stage1_page(i, privileged);
    if (config != 5) {
        const struct page s2 = stage2_page(j, privileged);
        p = (struct page){p.read && s2.read, p.write && s2.write, p.execute && s2.execute};
    }
    const bool read = instcfg == 3 ? p.execute : p.read;
    const bool execute = tr_exe && (instcfg == 3   ? p.execute
                                    : instcfg == 2 ? p.read
                                                   : p.read && p.execute);
    ask.address = (config == 6 ? MATRIX_IPA : MATRIX_VA) + matrix_page(i, j);
    const struct dbell_ats_completion c = request(r, ask);
    CHECK_EQ(c.status, DBELL_ATS_SUCCESS);
    CHECK_EQ(c.read, read);
    CHECK_EQ(c.write, p.write); /* with NW == 1 as well: that is a choice */
    CHECK_EQ(c.execute, execute);
    CHECK_EQ(c.privileged, tr_priv);
}

static void run_matrix(unsigned config, bool split, bool no_caches)
{
    static const unsigned privcfgs[] = {0, 2, 3};
    struct dbell_smmu_config smmu = dbell_smmu_default_config();
    struct rig r;
    smmu.no_caches = no_caches;
    REQUIRE(rig_of(&r, config, &smmu));
    bench_put(&r.b, CR0, 4, ON | ATSCHK);
    map_matrix(&r);
    for (unsigned overrides = 0; overrides < 9; overrides++) {
        r.ste.eats = split ? 2 : 1;
        if (config != 6)
            substream0_reserved(&r);
        r.ste.privcfg = privcfgs[overrides / 3];
        r.ste.instcfg = privcfgs[overrides % 3];
        update(&r);
        for (unsigned page = 0; page < 256; page++) {
            if ((config == 5 && page % 16) || (config == 6 && page / 16))
                continue;
            for (unsigned n = 0; n < (config == 6 ? 8u : 16u); n++)
                check_matrix(
                    &r, page / 16, page % 16,
                    (struct ask){
                        .nw = n & 1, .exe = n & 2, .priv = n & 4, .pasid = n & 8, .ssid = n >> 3});
        }
    }
    CHECK_EQ(next_event(&r), 0);
    bench_close(&r.b);
}

TEST(ats, permissions_are_those_of_all_stages_for_the_overridden_privilege_13_7_1)
{
    for (unsigned no_caches = 0; no_caches < 2; no_caches++) {
        run_matrix(5, false, no_caches);
        run_matrix(6, false, no_caches);
        run_matrix(7, false, no_caches);
        run_matrix(7, true, no_caches);
    }
}

TEST(ats, privcfg_and_instcfg_need_attr_perms_ovr_13_7_1)
{
    for (unsigned ovr = 0; ovr < 2; ovr++) {
        struct dbell_smmu_config config = dbell_smmu_default_config();
        struct dbell_smmu_features f = dbell_smmu_features_of(&config);
        struct rig r;
        f.attr_perms_ovr = ovr;
        dbell_smmu_features_set(&config, &f);
        REQUIRE(rig_of(&r, 5, &config));
        r.ste.privcfg = 3;
        update(&r);
        s1_forbids(&r);
        const struct dbell_ats_completion c = request_at(&r, VA);
        CHECK_EQ(c.read, ovr);
        CHECK(!c.privileged);
        bench_close(&r.b);
    }
}

/* --- 3.13.7: the Access flag and the dirty state --- */

struct flags {
    uint64_t bits; /* of the descriptor before */
    bool ha, hd, affd, nw;
    bool read, write;         /* what is granted */
    bool accessed, now_dirty; /* what becomes of the descriptor */
};

static const struct flags flags[] = {
    {READ_ONLY & ~AF, false, false, false, true, false, false, false, false},
    {READ_ONLY & ~AF, false, false, true, true, true, false, false, false},
    {READ_ONLY & ~AF, true, false, false, true, true, false, true, false},
    {CLEAN & ~AF, true, false, false, false, true, false, true, false},
    {CLEAN & ~AF, true, true, false, true, true, false, true, false},
    {CLEAN & ~AF, true, true, false, false, true, true, true, true},
    {CLEAN, true, true, false, true, true, false, true, false},
    {CLEAN, true, true, false, false, true, true, true, true},
    {CLEAN, true, false, false, false, true, false, true, false},
    {CLEAN, false, false, false, false, true, false, true, false},
    {READ_ONLY, true, true, false, false, true, false, true, false},
    {BENCH_S1, true, true, false, false, true, true, true, true},
    {BENCH_S1, false, false, false, false, true, true, true, true},
};

TEST(ats, stage_1_flags_are_updated_by_the_request_3_13_7_1)
{
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        struct rig r;
        REQUIRE(rig(&r, 5));
        r.cd.ha = flags[i].ha;
        r.cd.hd = flags[i].hd;
        r.cd.affd = flags[i].affd;
        update(&r);
        remap(&r, flags[i].bits, BENCH_S2);
        for (unsigned again = 0; again < 2; again++) {
            const struct dbell_ats_completion c =
                request(&r, (struct ask){.address = VA, .nw = flags[i].nw});
            CHECK_EQ(c.status, DBELL_ATS_SUCCESS);
            CHECK_EQ(c.read, flags[i].read);
            CHECK_EQ(c.write, flags[i].write);
            CHECK_EQ(descriptor(&r, 1) >> 10 & 1, flags[i].accessed);
            CHECK_EQ(descriptor(&r, 1) >> 7 & 1, !flags[i].now_dirty);
        }
        bench_close(&r.b);
    }
}

TEST(ats, stage_2_flags_are_updated_by_the_request_3_13_7_1)
{
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        struct rig r;
        REQUIRE(rig(&r, 6));
        r.ste.s2ha = flags[i].ha;
        r.ste.s2hd = flags[i].hd;
        r.ste.s2affd = flags[i].affd;
        update(&r);
        const uint64_t keep = AF | DBELL_HOST_PTE_DBM; /* S2AP[1] is 1 where AP[2] is 0 */
        remap(&r, BENCH_S1,
              (BENCH_S2 & ~(AF | DBELL_HOST_PTE_S2_WRITE)) | (flags[i].bits & keep) |
                  (flags[i].bits & DBELL_HOST_PTE_AP_RO ? 0 : DBELL_HOST_PTE_S2_WRITE));
        for (unsigned again = 0; again < 2; again++) {
            const struct dbell_ats_completion c =
                request(&r, (struct ask){.address = IPA, .nw = flags[i].nw});
            CHECK_EQ(c.status, DBELL_ATS_SUCCESS);
            CHECK_EQ(c.read, flags[i].read);
            CHECK_EQ(c.write, flags[i].write);
            CHECK_EQ(descriptor(&r, 2) >> 10 & 1, flags[i].accessed);
            CHECK_EQ(descriptor(&r, 2) >> 7 & 1, flags[i].now_dirty);
        }
        bench_close(&r.b);
    }
}

TEST(ats, nothing_becomes_dirty_without_a_write_being_granted_by_both_stages_3_13_7_1)
{
    static const struct {
        uint64_t s1, s2;
        bool nw, write, dirty1, dirty2;
    } rows[] = {
        {CLEAN, S2_CLEAN, false, true, true, true},
        {CLEAN, S2_CLEAN, true, false, false, false},
        {READ_ONLY, S2_CLEAN, false, false, false, false},
        {CLEAN, S2_RO, false, false, false, false},
        {CLEAN, BENCH_S2, false, true, true, true},
        {CLEAN, BENCH_S2, true, false, false, true},
        {BENCH_S1, S2_CLEAN, false, true, true, true},
        {BENCH_S1, S2_CLEAN, true, false, true, false},
        {CLEAN & ~(uint64_t)DBELL_HOST_PTE_AP_EL0, S2_CLEAN, false, false, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rig r;
        REQUIRE(rig(&r, 7));
        r.cd.ha = r.cd.hd = r.ste.s2ha = r.ste.s2hd = true;
        update(&r);
        remap(&r, rows[i].s1, rows[i].s2);
        for (unsigned again = 0; again < 2; again++) {
            const struct dbell_ats_completion c =
                request(&r, (struct ask){.address = VA, .nw = rows[i].nw});
            CHECK_EQ(c.status, DBELL_ATS_SUCCESS);
            CHECK_EQ(c.write, rows[i].write);
            CHECK_EQ(descriptor(&r, 1) >> 7 & 1, !rows[i].dirty1);
            CHECK_EQ(descriptor(&r, 2) >> 7 & 1, rows[i].dirty2);
        }
        bench_close(&r.b);
    }
}

TEST(ats, a_read_request_in_the_tlb_does_not_hide_the_update_for_a_write_3_13_7_1)
{
    for (unsigned config = 5; config <= 7; config++) {
        struct rig r;
        const uint64_t from = config == 6 ? IPA : VA;
        REQUIRE(rig(&r, config));
        r.cd.ha = r.cd.hd = r.ste.s2ha = r.ste.s2hd = true;
        update(&r);
        remap(&r, CLEAN, S2_CLEAN);
        CHECK(!request(&r, (struct ask){.address = from, .nw = true}).write);
        CHECK(request_at(&r, from).write);
        if (config != 6)
            CHECK_EQ(descriptor(&r, 1) >> 7 & 1, 0);
        if (config != 5)
            CHECK_EQ(descriptor(&r, 2) >> 7 & 1, 1);
        /* The same for an ordinary write behind a request. */
        remap(&r, CLEAN, S2_CLEAN);
        CHECK(!request(&r, (struct ask){.address = from, .nw = true}).write);
        CHECK_EQ(bench_translate(&r.b, SID, DBELL_WRITE, from).outcome, DBELL_DONE);
        if (config != 6)
            CHECK_EQ(descriptor(&r, 1) >> 7 & 1, 0);
        if (config != 5)
            CHECK_EQ(descriptor(&r, 2) >> 7 & 1, 1);
        bench_close(&r.b);
    }
}

static uint64_t update_at;

static void abort_it(struct bench *b)
{
    b->abort_at = update_at & ~UINT64_C(63);
}

/* The next access to the descriptor, after the walk's. */
static void abort_the_next(struct bench *b)
{
    bench_during(b, update_at, abort_it);
}

/* 3.9.1.2: an external abort is answered with CA, that of an update too. */
TEST(ats, an_update_that_is_aborted_is_answered_with_ca_3_9_1_2)
{
    for (int stage = 1; stage <= 2; stage++) {
        struct rig r;
        REQUIRE(rig(&r, stage == 1 ? 5 : 6));
        r.cd.ha = r.cd.hd = r.ste.s2ha = r.ste.s2hd = true;
        update(&r);
        remap(&r, stage == 1 ? CLEAN : BENCH_S1, stage == 2 ? S2_CLEAN : BENCH_S2);
        const uint64_t before = descriptor(&r, stage);
        update_at = bench_entry(&r.b, stage == 1 ? &r.s1 : &r.s2, stage == 1 ? VA : IPA, 3);
        bench_during(&r.b, update_at, abort_the_next);
        const struct dbell_ats_completion c = request_at(&r, stage == 1 ? VA : IPA);
        CHECK_EQ(c.status, DBELL_ATS_CA);
        CHECK_EQ(descriptor(&r, stage), before);
        r.b.abort_at = 0;
        CHECK_EQ(request_at(&r, stage == 1 ? VA : IPA).write, true); /* nothing was kept */
        CHECK(descriptor(&r, stage) != before);
        bench_close(&r.b);
    }
}

/* A write is granted by a clean page of stage 2 whoever makes it dirty, and when. */
TEST(ats, split_stage_grants_writes_to_pages_that_are_clean_at_stage_2_3_13_7_1)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    bench_put(&r.b, CR0, 4, ON | ATSCHK);
    r.ste.eats = 2;
    r.cd.ha = r.cd.hd = r.ste.s2ha = r.ste.s2hd = true;
    update(&r);
    remap(&r, CLEAN, S2_CLEAN);
    const struct dbell_ats_completion c = request_at(&r, VA);
    check_granted(c, IPA, 0x1000);
    CHECK(c.write);
    CHECK_EQ(descriptor(&r, 1) >> 7 & 1, 0);
    CHECK_EQ(descriptor(&r, 2) >> 7 & 1, 1); /* a choice: by the request */
    CHECK_EQ(translated(&r, DBELL_WRITE, IPA).address, PA);
    CHECK_EQ(descriptor(&r, 2) >> 7 & 1, 1);
    /* A Translated write alone marks it as well. */
    remap(&r, BENCH_S1, S2_CLEAN & ~AF);
    CHECK_EQ(translated(&r, DBELL_READ, IPA).address, PA);
    CHECK_EQ(descriptor(&r, 2) >> 10 & 1, 1);
    CHECK_EQ(descriptor(&r, 2) >> 7 & 1, 0);
    CHECK_EQ(translated(&r, DBELL_WRITE, IPA).address, PA);
    CHECK_EQ(descriptor(&r, 2) >> 7 & 1, 1);
    bench_close(&r.b);
}

TEST(ats, a_request_without_write_may_be_granted_one_that_needs_no_update_13_7)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    r.cd.ha = r.cd.hd = r.ste.s2ha = r.ste.s2hd = true;
    update(&r);
    CHECK(request(&r, (struct ask){.address = VA, .nw = true}).write);
    bench_close(&r.b);
}

TEST(ats, a_page_that_may_only_be_written_is_granted_as_such_13_7_1)
{
    struct rig r;
    REQUIRE(rig(&r, 6));
    const uint64_t block = UINT64_C(0x100000000);
    dbell_host_map(&r.s2, block, block, 2, BENCH_S2 & ~(uint64_t)DBELL_HOST_PTE_S2_READ);
    const struct dbell_ats_completion c = request_at(&r, block + 0x5678);
    CHECK_EQ(c.status, DBELL_ATS_SUCCESS);
    CHECK(!c.read && c.write);
    CHECK_EQ(c.address, block);
    CHECK_EQ(c.size, 0x200000);
    bench_close(&r.b);
}

/* With INSTCFG == Instruction, R is the execute permission; W is what it is, after the update. */
TEST(ats, a_write_alone_is_enough_to_make_a_page_dirty_13_7_1)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    r.cd.ha = r.cd.hd = true;
    r.ste.instcfg = 3;
    update(&r);
    remap(&r, CLEAN | DBELL_HOST_PTE_UXN, BENCH_S2);
    check_denied(request(&r, (struct ask){.address = VA, .nw = true}), 0x1000);
    CHECK_EQ(descriptor(&r, 1) >> 7 & 1, 1);
    const struct dbell_ats_completion c = request_at(&r, VA);
    CHECK(!c.read && c.write);
    CHECK_EQ(descriptor(&r, 1) >> 7 & 1, 0);
    bench_close(&r.b);
}

TEST(ats, e0pd_denies_what_the_tlb_has_for_privileged_ones_5_4_E0PD0)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    struct rig r;
    f.e0pd = true;
    dbell_smmu_features_set(&config, &f);
    REQUIRE(rig_of(&r, 5, &config));
    substream0_reserved(&r);
    r.cd.e0pd0 = true;
    update(&r);
    const struct ask privileged = {.address = VA, .pasid = true, .ssid = 1, .priv = true};
    for (unsigned again = 0; again < 2; again++) {
        check_granted(request(&r, privileged), IPA, 0x1000);
        check_denied(request(&r, (struct ask){.address = VA, .pasid = true, .ssid = 1}), 0x1000);
    }
    bench_close(&r.b);
}

/* --- S1DSS --- */

TEST(ats, s1dss_decides_what_a_request_without_pasid_is_13_6_4)
{
    enum { ABORTED, IDENTITY, FIRST, SECOND, BOTH };
    static const struct {
        unsigned config, eats, s1dss;
        bool pasid;
        int want;
    } rows[] = {
        {5, 1, 0, false, ABORTED}, {5, 1, 0, true, FIRST},  {5, 1, 1, false, IDENTITY},
        {5, 1, 1, true, FIRST},    {5, 1, 2, false, FIRST}, {5, 1, 2, true, FIRST},
        {5, 1, 3, false, ABORTED}, /* reserved, as 0b00 */
        {7, 1, 0, false, ABORTED}, {7, 1, 0, true, BOTH},   {7, 1, 1, false, SECOND},
        {7, 1, 1, true, BOTH},     {7, 1, 2, false, BOTH},  {7, 1, 2, true, BOTH},
        {7, 2, 0, false, ABORTED}, {7, 2, 0, true, FIRST},  {7, 2, 1, false, IDENTITY},
        {7, 2, 1, true, FIRST},    {7, 2, 2, false, FIRST}, {7, 2, 2, true, FIRST},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rig r;
        REQUIRE(rig(&r, rows[i].config));
        bench_put(&r.b, CR0, 4, ON | ATSCHK);
        r.ste.eats = rows[i].eats;
        r.ste.s1cdmax = 1;
        r.ste.s1dss = rows[i].s1dss;
        r.cd.v = rows[i].want != IDENTITY && rows[i].want != SECOND; /* no CD is looked at */
        update(&r);
        const bool skips = rows[i].want == IDENTITY || rows[i].want == SECOND;
        const struct dbell_ats_completion c =
            request(&r, (struct ask){.address = skips ? IPA | 0x18 : VA,
                                     .pasid = rows[i].pasid,
                                     .ssid = rows[i].pasid,
                                     .exe = true,
                                     .priv = true});
        if (rows[i].want == ABORTED) {
            CHECK_EQ(c.status, DBELL_ATS_CA);
        } else {
            check_granted(c, rows[i].want == SECOND || rows[i].want == BOTH ? PA : IPA, 0x1000);
            CHECK(c.write);
            CHECK_EQ(c.privileged, rows[i].pasid);
            CHECK(!c.execute || rows[i].pasid);
        }
        CHECK_EQ(next_event(&r), 0);
        bench_close(&r.b);
    }
}

/* An implementation may answer with more; this one with its smallest unit. */
TEST(ats, a_skipped_single_stage_is_an_identity_13_6_4)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    r.ste.s1cdmax = 1;
    r.ste.s1dss = 1;
    update(&r);
    static const uint64_t addresses[] = {0, 0x12345678, UINT64_C(0xfffffffffffff)};
    for (unsigned i = 0; i < 3; i++)
        for (unsigned nw = 0; nw < 2; nw++) {
            const struct dbell_ats_completion c =
                request(&r, (struct ask){.address = addresses[i], .nw = nw});
            check_granted(c, addresses[i] & ~UINT64_C(0xfff), 0x1000);
            CHECK(c.write && !c.execute && !c.privileged);
        }
    check_denied(request_at(&r, UINT64_C(1) << 52), 0x1000); /* beyond the IAS, 5.2 S1DSS */
    bench_close(&r.b);
}

TEST(ats, split_stage_without_stage_1_grants_what_stage_2_does_13_6_5)
{
    static const struct {
        uint64_t address, bits;
        bool read, write;
    } rows[] = {
        {IPA, BENCH_S2, true, true},
        {IPA, S2_RO, true, false},
        {IPA, BENCH_S2 & ~(uint64_t)DBELL_HOST_PTE_S2_READ, false, true},
        {IPA, S2_RO & ~(uint64_t)DBELL_HOST_PTE_S2_READ, false, false},
        {IPA + 0x1000, BENCH_S2, false, false},
        {UINT64_C(1) << 52, BENCH_S2, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rig r;
        REQUIRE(rig(&r, 7));
        bench_put(&r.b, CR0, 4, ON | ATSCHK);
        set_cr2(&r, REC_CFG_ATS);
        r.ste.eats = 2;
        r.ste.s1cdmax = 1;
        r.ste.s1dss = 1;
        update(&r);
        remap(&r, BENCH_S1, rows[i].bits);
        const struct dbell_ats_completion c = request_at(&r, rows[i].address);
        CHECK_EQ(c.status, DBELL_ATS_SUCCESS);
        CHECK_EQ(c.read, rows[i].read);
        CHECK_EQ(c.write, rows[i].write);
        CHECK(!c.execute && !c.privileged && !c.untranslated_only);
        if (rows[i].read || rows[i].write)
            CHECK_EQ(c.address, IPA);
        CHECK_EQ(c.size, 0x1000);
        CHECK_EQ(next_event(&r), 0);
        bench_close(&r.b);
    }
}

TEST(ats, split_stage_is_illegal_but_for_two_stages_and_ns1ats_0_5_2_EATS)
{
    static const struct {
        unsigned config;
        bool s2s, ns1ats, illegal;
    } rows[] = {{7, false, false, false},
                {7, true, false, true},
                {7, false, true, true},
                {5, false, false, true},
                {6, false, false, true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned atschk = 0; atschk < 2; atschk++) {
            struct dbell_smmu_config config = recording();
            struct rig r;
            config.idr[0] |= rows[i].ns1ats ? 1u << 11 : 0;
            REQUIRE(rig_of(&r, rows[i].config, &config));
            bench_put(&r.b, CR0, 4, ON | (atschk ? ATSCHK : 0));
            set_cr2(&r, REC_CFG_ATS);
            r.ste.eats = 2;
            r.ste.s2s = rows[i].s2s;
            update(&r);
            const struct dbell_ats_completion c = request_at(&r, VA);
            CHECK_EQ(c.status, rows[i].illegal ? DBELL_ATS_CA
                               : atschk        ? DBELL_ATS_SUCCESS
                                               : DBELL_ATS_UR);
            CHECK_EQ(c.event, rows[i].illegal ? DBELL_EVENT_C_BAD_STE
                              : atschk        ? 0
                                              : DBELL_EVENT_F_BAD_ATS_TREQ);
            bench_close(&r.b);
        }
}

/* Whether a configuration cache holds ATSCHK is a choice: this one does not. */
TEST(ats, atschk_has_effect_without_invalidation_3_9_2)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    r.ste.eats = 2;
    update(&r);
    for (unsigned i = 0; i < 4; i++) {
        bench_put(&r.b, CR0, 4, ON | (i % 2 ? ATSCHK : 0));
        CHECK_EQ(request_at(&r, VA).status, i % 2 ? DBELL_ATS_SUCCESS : DBELL_ATS_UR);
        CHECK_EQ(translated(&r, DBELL_READ, IPA).address, i % 2 ? PA : IPA);
    }
    bench_close(&r.b);
}

/* --- the TLB, and what comes in between --- */

TEST(ats, a_request_may_be_served_from_the_tlb_and_fill_it_3_9_1)
{
    for (unsigned config = 5; config <= 7; config++) {
        struct rig r;
        const uint64_t from = config == 6 ? IPA : VA, to = config == 5 ? IPA : PA;
        REQUIRE(rig(&r, config));
        check_granted(request_at(&r, from), to, 0x1000);
        r.b.logged = 0;
        check_granted(request_at(&r, from), to, 0x1000);
        CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, from).address, to);
        CHECK_EQ(r.b.logged, 0);
        CHECK_EQ(dbell_smmu_count(&r.b.smmu, DBELL_SMMU_TLB_HIT), 2);
        /* After an invalidation the new tables count. */
        dbell_host_map(&r.s1, VA, IPA, 3, READ_ONLY);
        dbell_host_map(&r.s2, IPA, PA + 0x1000, 3, S2_RO);
        CHECK(bench_command(&r.b, config == 6
                                      ? dbell_host_tlbi_s2_ipa(7, IPA, true)
                                      : dbell_host_tlbi_nh_va(config == 7 ? 7 : 0, 1, VA, true)));
        const struct dbell_ats_completion c = request_at(&r, from);
        check_granted(c, config == 5 ? IPA : PA + 0x1000, 0x1000);
        CHECK(!c.write);
        /* What an ordinary access has left serves a request. */
        CHECK(bench_command(&r.b, dbell_host_tlbi_nsnh_all()));
        CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, from).outcome, DBELL_DONE);
        r.b.logged = 0;
        CHECK(!request_at(&r, from).write);
        CHECK_EQ(r.b.logged, 0);
        CHECK_EQ(dbell_smmu_count(&r.b.smmu, DBELL_SMMU_ATS_REQUESTS), 4);
        bench_close(&r.b);
    }
}

TEST(ats, a_tag_of_a_pointer_takes_no_part_in_it_3_9_1)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    r.cd.tbi0 = true;
    update(&r);
    check_granted(request_at(&r, VA | UINT64_C(0xa5) << 56), IPA, 0x1000);
    check_granted(request_at(&r, VA | UINT64_C(0x5a) << 56), IPA, 0x1000);
    bench_close(&r.b);
}

static void turn_off(struct bench *b)
{
    bench_poke(b, CR0, 4, SMMUEN_0);
}

static void move_page(struct bench *b)
{
    struct rig *r = (struct rig *)(void *)b; /* its first member */
    dbell_host_map(&r->s1, VA, IPA + 0x4000, 3, BENCH_S1);
    const struct dbell_tlbi tlbi = {.scope = DBELL_TLBI_ALL, .el = 1};
    dbell_smmu_tlbi(&b->smmu, &tlbi);
}

TEST(ats, an_invalidation_meanwhile_starts_a_request_again_3_9_1)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    bench_during(&r.b, bench_entry(&r.b, &r.s1, VA, 3), move_page);
    check_granted(request_at(&r, VA), IPA + 0x4000, 0x1000);
    check_granted(request_at(&r, VA), IPA + 0x4000, 0x1000);
    bench_command(&r.b, dbell_host_cfgi_all());
    bench_during(&r.b, r.b.strtab + SID * 64, turn_off);
    CHECK_EQ(request_at(&r, VA).status, DBELL_ATS_UR);
    CHECK_EQ(next_event(&r), DBELL_EVENT_F_BAD_ATS_TREQ);
    CHECK_EQ(next_event(&r), 0);
    bench_close(&r.b);
}

TEST(ats, a_request_waits_for_room_for_its_event_7_2)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    r.ste.eats = 0;
    update(&r);
    const struct dbell_ats_request q = request_of((struct ask){.address = VA});
    struct dbell_ats_completion c;
    unsigned n = 0;
    while (n < 1000 && dbell_smmu_ats(&r.b.smmu, &q, &c) == DBELL_OK)
        n++;
    CHECK(n > 0 && n < 1000);
    CHECK_EQ(dbell_smmu_ats(&r.b.smmu, &q, &c), DBELL_E_BUSY);
    unsigned events = 0;
    while (next_event(&r))
        events++;
    CHECK(events > 0);
    CHECK_EQ(request_at(&r, VA).status, DBELL_ATS_UR);
    bench_close(&r.b);
}

TEST(ats, in_service_failure_mode_requests_are_ca_and_translated_ones_abort_12_3)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    set_cr2(&r, REC_CFG_ATS);
    dbell_smmu_fail(&r.b.smmu);
    CHECK_EQ(request_at(&r, VA).status, DBELL_ATS_CA);
    const struct dbell_translation t = translated(&r, DBELL_READ, PA);
    CHECK_EQ(t.outcome, DBELL_FAULT);
    CHECK_EQ(t.event, 0);
    CHECK_EQ(next_event(&r), 0);
    bench_close(&r.b);
}

/* --- 3.9.1.3: Translated transactions --- */

TEST(ats, translated_transactions_against_smmuen_atschk_and_the_ste_3_9_1_3)
{
    enum { PASSES, STAGE2, SILENT, FORBIDDEN };
    static const struct {
        unsigned config, eats, cr0;
        int want;
    } rows[] = {
        {7, 1, SMMUEN_0, FORBIDDEN},
        {7, 1, SMMUEN_0 | ATSCHK, FORBIDDEN},
        {0, 1, ON, PASSES},
        {0, 1, ON | ATSCHK, SILENT},
        {4, 1, ON, PASSES},
        {4, 1, ON | ATSCHK, FORBIDDEN},
        {4, 0, ON | ATSCHK, FORBIDDEN},
        {5, 0, ON, PASSES},
        {5, 0, ON | ATSCHK, FORBIDDEN},
        {5, 1, ON | ATSCHK, PASSES},
        {6, 0, ON | ATSCHK, FORBIDDEN},
        {6, 1, ON | ATSCHK, PASSES},
        {7, 0, ON | ATSCHK, FORBIDDEN},
        {7, 1, ON | ATSCHK, PASSES},
        {7, 2, ON, PASSES},
        {7, 2, ON | ATSCHK, STAGE2},
        {7, 3, ON, PASSES},
        {7, 3, ON | ATSCHK, FORBIDDEN}, /* reserved without DPT, as 0b00 */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned write = 0; write < 2; write++) {
            struct rig r;
            uint64_t record[4];
            REQUIRE(rig(&r, rows[i].config));
            r.ste.eats = rows[i].eats;
            update(&r);
            bench_put(&r.b, CR0, 4, rows[i].cr0);
            struct dbell_transaction t = translated_at(write ? DBELL_WRITE : DBELL_READ, IPA + 4);
            t.side.has_substreamid = true; /* which IDR3.PASIDTT 0 does not see */
            t.side.substreamid = 9;
            t.side.privileged = t.side.instruction = true;
            for (unsigned again = 0; again < 2; again++) {
                const struct dbell_translation result = go(&r, t);
                if (rows[i].want <= STAGE2) {
                    CHECK_EQ(result.outcome, DBELL_DONE);
                    CHECK_EQ(result.address, (rows[i].want == STAGE2 ? PA : IPA) + 4);
                    CHECK_EQ(result.op, t.op);
                } else {
                    CHECK_EQ(result.outcome, DBELL_FAULT);
                    CHECK(!result.razwi);
                }
                CHECK_EQ(bench_event(&r.b, record), rows[i].want == FORBIDDEN);
                if (rows[i].want == FORBIDDEN) {
                    CHECK_EQ(record[0], (uint64_t)SID << 32 | DBELL_EVENT_F_TRANSL_FORBIDDEN);
                    CHECK_EQ(record[1], (uint64_t)!write << 35);
                    CHECK_EQ(record[2], IPA + 4);
                    CHECK_EQ(record[3], 0);
                }
            }
            bench_close(&r.b);
        }
}

TEST(ats, errors_of_the_configuration_abort_translated_ones_if_atschk_3_9_1_3)
{
    static const struct {
        void (*spoil)(struct rig *);
        bool nobody;
        unsigned event;
    } rows[] = {
        {nothing, true, DBELL_EVENT_C_BAD_STREAMID},
        {ste_aborts, false, DBELL_EVENT_F_STE_FETCH},
        {ste_invalid, false, DBELL_EVENT_C_BAD_STE},
        /* Only with IDR3.PASIDTT do the CD and what leads to it matter: */
        {substreams, false, 0},
        {no_cd, false, 0},
        {cd_aborts, false, 0},
        {vms_aborts, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned atschk = 0; atschk < 2; atschk++)
            for (unsigned cr2 = 0; cr2 < 4; cr2++) {
                struct rig r;
                REQUIRE(rig(&r, 7));
                bench_put(&r.b, CR0, 4, ON | (atschk ? ATSCHK : 0));
                set_cr2(&r, (cr2 & 1 ? RECINVSID : 0) | (cr2 & 2 ? REC_CFG_ATS : 0));
                rows[i].spoil(&r);
                const uint64_t refused = r.b.abort_at;
                r.b.abort_at = 0;
                update(&r);
                r.b.abort_at = refused;
                struct dbell_transaction t = translated_at(DBELL_READ, PA);
                if (rows[i].nobody)
                    t.side.streamid = NO_SID;
                const bool aborts = atschk && rows[i].event;
                CHECK_EQ(go(&r, t).outcome, aborts ? DBELL_FAULT : DBELL_DONE);
                /* RECINVSID has no say. */
                CHECK_EQ(next_event(&r), aborts && cr2 & 2 ? rows[i].event : 0);
                CHECK_EQ(next_event(&r), 0);
                bench_close(&r.b);
            }
}

TEST(ats, a_cfg_conflict_of_a_translated_one_is_recorded_with_rec_cfg_ats_3_9_1_3)
{
    for (unsigned rec = 0; rec < 2; rec++) {
        struct dbell_smmu_config config = recording();
        struct rig r;
        config.conflicts = true;
        REQUIRE(rig_of(&r, 5, &config));
        bench_put(&r.b, CR0, 4, ON | ATSCHK);
        set_cr2(&r, rec ? REC_CFG_ATS : 0);
        r.ste.cont = 1;
        struct dbell_host_ste other = r.ste;
        other.privcfg = 3;
        bench_ste(&r.b, SID, &r.ste);
        bench_ste(&r.b, SID ^ 1, &other);
        bench_translate(&r.b, SID ^ 1, DBELL_READ, VA);
        CHECK_EQ(translated(&r, DBELL_READ, PA).outcome, DBELL_FAULT);
        CHECK_EQ(next_event(&r), rec ? DBELL_EVENT_F_CFG_CONFLICT : 0);
        bench_close(&r.b);
    }
}

TEST(ats, an_unsupported_translated_one_aborts_without_event_3_9_1_3)
{
    for (unsigned atschk = 0; atschk < 2; atschk++) {
        struct rig r;
        REQUIRE(rig(&r, 5));
        bench_put(&r.b, CR0, 4, ON | (atschk ? ATSCHK : 0));
        set_cr2(&r, REC_CFG_ATS);
        CHECK_EQ(translated(&r, DBELL_READ, 0xffe).outcome, DBELL_FAULT);
        CHECK_EQ(next_event(&r), 0);
        bench_close(&r.b);
    }
}

TEST(ats, a_translated_address_beyond_the_oas_aborts_silently_3_9_1_1)
{
    for (unsigned atschk = 0; atschk < 2; atschk++) {
        struct dbell_smmu_config config = recording();
        struct dbell_smmu_features f = dbell_smmu_features_of(&config);
        struct rig r;
        f.oas = 44;
        f.vax52 = false;
        dbell_smmu_features_set(&config, &f);
        REQUIRE(rig_of(&r, 7, &config));
        bench_put(&r.b, CR0, 4, ON | (atschk ? ATSCHK : 0));
        set_cr2(&r, REC_CFG_ATS);
        const uint64_t top = UINT64_C(1) << 44;
        CHECK_EQ(translated(&r, DBELL_READ, top - 4).address, top - 4);
        for (unsigned bit = 44; bit < 64; bit += 5) {
            CHECK_EQ(translated(&r, DBELL_WRITE, UINT64_C(1) << bit | PA).outcome, DBELL_FAULT);
            CHECK_EQ(next_event(&r), 0);
        }
        if (atschk) { /* as an IPA it is a stage 1 fault (3.9.1.3) */
            uint64_t record[4];
            r.ste.eats = 2;
            update(&r);
            CHECK_EQ(translated(&r, DBELL_READ, top).outcome, DBELL_FAULT);
            REQUIRE(bench_event(&r.b, record));
            CHECK_EQ(record[0] & 0xff, DBELL_EVENT_F_ADDR_SIZE);
            CHECK_EQ(record[1] >> 39 & 1, 0); /* S2 */
            CHECK_EQ(record[2], top);
        }
        bench_close(&r.b);
    }
}

TEST(ats, stage_2_faults_of_translated_ones_are_recorded_like_any_others_3_9_1_3)
{
    static const struct {
        void (*spoil)(struct rig *);
        enum dbell_op op;
        unsigned event;
    } rows[] = {
        {s2_unmapped, DBELL_READ, DBELL_EVENT_F_TRANSLATION},
        {s2_old, DBELL_READ, DBELL_EVENT_F_ACCESS},
        {s2_forbids, DBELL_READ, DBELL_EVENT_F_PERMISSION},
        {s2_forbids, DBELL_WRITE, DBELL_EVENT_F_PERMISSION},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned s2r = 0; s2r < 2; s2r++) {
            struct rig r;
            uint64_t record[4];
            REQUIRE(rig(&r, 7));
            bench_put(&r.b, CR0, 4, ON | ATSCHK);
            set_cr2(&r, 0);
            r.ste.eats = 2;
            r.ste.s2r = s2r;
            rows[i].spoil(&r);
            update(&r);
            const struct dbell_translation result = translated(&r, rows[i].op, IPA + 8);
            CHECK_EQ(result.outcome, DBELL_FAULT);
            CHECK(!result.razwi);
            CHECK_EQ(bench_event(&r.b, record), s2r);
            if (s2r) {
                CHECK_EQ(record[0], (uint64_t)SID << 32 | rows[i].event);
                CHECK_EQ(record[1], (uint64_t)2 << 40 | UINT64_C(1) << 39 | /* IN, S2 */
                                        (uint64_t)(rows[i].op == DBELL_READ) << 35);
                CHECK_EQ(record[2], IPA + 8);
                CHECK_EQ(record[3], IPA);
            }
            bench_close(&r.b);
        }
    struct rig r;
    uint64_t record[4];
    REQUIRE(rig(&r, 7));
    bench_put(&r.b, CR0, 4, ON | ATSCHK);
    r.ste.eats = 2;
    update(&r);
    r.b.abort_at = bench_entry(&r.b, &r.s2, IPA, 3) & ~UINT64_C(63);
    CHECK_EQ(translated(&r, DBELL_READ, IPA).outcome, DBELL_FAULT);
    REQUIRE(bench_event(&r.b, record));
    CHECK_EQ(record[0] & 0xff, DBELL_EVENT_F_WALK_EABT);
    bench_close(&r.b);
}

/* Step 3 of the note: privileged execute-only at stage 2, asked for as privileged. */
TEST(ats, a_translated_one_is_unprivileged_where_its_request_was_not_13_7)
{
    struct rig r;
    uint64_t record[4];
    REQUIRE(rig(&r, 7));
    bench_put(&r.b, CR0, 4, ON | ATSCHK);
    substream0_reserved(&r);
    r.ste.eats = 2;
    r.ste.instcfg = 3;
    update(&r);
    const uint64_t privileged_only = UINT64_C(3) << 53;
    remap(&r, BENCH_S1 & ~(uint64_t)DBELL_HOST_PTE_AP_EL0,
          DBELL_HOST_PTE_AF | 0xf << 2 | privileged_only);
    check_granted(request(&r, (struct ask){.address = VA, .pasid = true, .ssid = 1, .priv = true}),
                  IPA, 0x1000);
    CHECK_EQ(translated(&r, DBELL_READ, IPA).outcome, DBELL_FAULT);
    REQUIRE(bench_event(&r.b, record));
    CHECK_EQ(record[0] & 0xff, DBELL_EVENT_F_PERMISSION);
    r.ste.privcfg = 3; /* applies before stage 2 */
    update(&r);
    CHECK_EQ(translated(&r, DBELL_READ, IPA).address, PA);
    bench_close(&r.b);
}

TEST(ats, overrides_of_permission_reach_translated_ones_that_are_checked_13_7)
{
    for (unsigned eats = 1; eats < 3; eats++)
        for (unsigned atschk = 0; atschk < 2; atschk++)
            for (unsigned write = 0; write < 2; write++) {
                struct rig r;
                REQUIRE(rig(&r, 7));
                bench_put(&r.b, CR0, 4, ON | (atschk ? ATSCHK : 0));
                r.ste.eats = eats;
                r.ste.privcfg = r.ste.instcfg = 3;
                update(&r);
                struct dbell_transaction t = translated_at(write ? DBELL_WRITE : DBELL_READ, IPA);
                CHECK_EQ(go(&r, t).outcome, DBELL_DONE);
                CHECK_EQ(go(&r, t).privileged, atschk);
                CHECK_EQ(go(&r, t).instruction, atschk && !write); /* a write is always Data */
                r.ste.privcfg = r.ste.instcfg = 0;
                update(&r);
                t.side.privileged = t.side.instruction = true;
                CHECK(!go(&r, t).privileged); /* as though PnU and InD were 0 (3.9.1.3) */
                CHECK(!go(&r, t).instruction);
                bench_close(&r.b);
            }
}

TEST(ats, memory_type_overrides_are_ignored_for_translated_ones_13_1_4)
{
    for (unsigned eats = 1; eats < 3; eats++)
        for (unsigned atschk = 0; atschk < 2; atschk++) {
            struct rig r;
            REQUIRE(rig(&r, 7));
            bench_put(&r.b, CR0, 4, ON | (atschk ? ATSCHK : 0));
            r.ste.eats = eats;
            r.ste.mtcfg = true; /* Device-nGnRnE */
            r.ste.memattr = 0;
            r.ste.shcfg = 0; /* Non-shareable */
            update(&r);
            struct dbell_translation result = translated(&r, DBELL_READ, IPA);
            CHECK_EQ(result.attr, DBELL_ATTR_NORMAL_WB);
            CHECK_EQ(result.sh, DBELL_SH_INNER);
            if (eats == 2 && atschk) { /* stage 2 combines as ever (13.6.3) */
                remap(&r, BENCH_S1, (BENCH_S2 & ~(0xfu << 2)) | 0x5 << 2);
                result = translated(&r, DBELL_READ, IPA);
                CHECK_EQ(result.attr, DBELL_ATTR_NORMAL_NC);
                CHECK_EQ(result.sh, DBELL_SH_OUTER);
            }
            bench_close(&r.b);
        }
}

TEST(ats, inconsistent_attributes_of_translated_ones_are_corrected_13_1_7)
{
    for (unsigned atschk = 0; atschk < 2; atschk++) {
        struct rig r;
        REQUIRE(rig(&r, 5));
        bench_put(&r.b, CR0, 4, ON | (atschk ? ATSCHK : 0));
        struct dbell_transaction t = translated_at(DBELL_READ, PA);
        t.side.attr = DBELL_ATTR_NORMAL_NC;
        t.side.sh = DBELL_SH_NON;
        CHECK_EQ(go(&r, t).attr, DBELL_ATTR_NORMAL_NC);
        CHECK_EQ(go(&r, t).sh, DBELL_SH_OUTER);
        bench_close(&r.b);
    }
}

/* Its STE without the CD is no configuration for others, nor theirs for it. */
TEST(ats, translated_and_other_transactions_do_not_mix_up_what_is_cached_3_9_1_3)
{
    struct rig r;
    REQUIRE(rig(&r, 7));
    bench_put(&r.b, CR0, 4, ON | ATSCHK);
    r.ste.eats = 2;
    update(&r);
    for (unsigned again = 0; again < 2; again++) {
        CHECK_EQ(translated(&r, DBELL_READ, IPA).address, PA);
        CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).address, PA);
        check_granted(request_at(&r, VA), IPA, 0x1000);
    }
    CHECK_EQ(dbell_smmu_count(&r.b.smmu, DBELL_SMMU_CONFIG_MISS), 2);
    r.ste.eats = 0;
    bench_ste(&r.b, SID, &r.ste); /* and CMD_CFGI_STE */
    CHECK_EQ(translated(&r, DBELL_READ, IPA).outcome, DBELL_FAULT);
    CHECK_EQ(next_event(&r), DBELL_EVENT_F_TRANSL_FORBIDDEN);
    CHECK_EQ(request_at(&r, VA).status, DBELL_ATS_UR);
    CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).address, PA);
    bench_close(&r.b);
}

/* --- 17.3, 10.3 --- */

TEST(ats, translated_ones_have_the_partid_of_the_ste_or_gbpmpam_17_3)
{
    for (unsigned config = 5; config <= 8; config++)
        for (unsigned s1mpam = 0; s1mpam < 2; s1mpam++)
            for (unsigned atschk = 0; atschk < 2; atschk++) {
                struct rig r;
                REQUIRE(rig(&r, config == 8 ? 7 : config));
                bench_put(&r.b, 0x13c, 4, UINT32_C(1) << 31 | 3 << 16 | 0x123); /* GBPMPAM */
                bench_put(&r.b, CR0, 4, ON | (atschk ? ATSCHK : 0));
                r.ste.eats = config == 8 ? 2 : 1;
                r.ste.partid = 0x11;
                r.ste.pmg = 1;
                r.ste.s1mpam = s1mpam;
                r.ste.vmsptr = bench_alloc(&r.b, 4096);
                r.cd.partid = 6;
                r.cd.pmg = 2;
                update(&r);
                /* UseS1MPAM is 0: no PASID comes with it. */
                struct dbell_transaction t = translated_at(DBELL_READ, IPA);
                t.side.has_substreamid = true;
                const struct dbell_translation result = go(&r, t);
                CHECK_EQ(result.outcome, DBELL_DONE);
                CHECK_EQ(result.partid, atschk ? 0x11 : 0x123);
                CHECK_EQ(result.pmg, atschk ? 1 : 3);
                bench_close(&r.b);
            }
}

TEST(ats, requests_walk_with_the_partid_of_the_stream_17_3)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    r.ste.partid = 0x11;
    r.ste.pmg = 1;
    r.ste.s1mpam = true;
    r.cd.partid = 6;
    r.cd.pmg = 2;
    update(&r);
    check_granted(request_at(&r, VA), IPA, 0x1000);
    const struct dbell_transaction *cd = bench_noted(&r.b, r.context);
    const struct dbell_transaction *table = bench_noted(&r.b, bench_entry(&r.b, &r.s1, VA, 3));
    REQUIRE(cd && table);
    CHECK_EQ(cd->side.partid, 0x11);
    CHECK_EQ(cd->side.pmg, 1);
    CHECK_EQ(table->side.partid, 6);
    CHECK_EQ(table->side.pmg, 2);
    bench_close(&r.b);
}

/* Counter n of group 0 counts event n of stream SID. */
static struct dbell_smmu_config counting(unsigned units)
{
    struct dbell_smmu_config config = recording();
    memset(config.pmcg, 0, sizeof config.pmcg);
    config.pmcg[0] =
        (struct dbell_smmu_pmcg_config){.units = (uint8_t)units, .counters = 8, .counter_bits = 64};
    return config;
}

static void start_counting(struct rig *r)
{
    for (unsigned n = 0; n < 8; n++) {
        bench_put(&r->b, 0x2400 + 4 * n, 4, n);
        bench_put(&r->b, 0x2a00 + 4 * n, 4, SID);
    }
    bench_put(&r->b, 0x2c00, 8, 0xff);
    bench_put(&r->b, 0x2e04, 4, 1);
}

static uint64_t counted(struct rig *r, unsigned event)
{
    return bench_get(&r->b, 0x2000 + 8 * event, 8);
}

TEST(ats, requests_are_event_6_however_they_end_10_3)
{
    for (unsigned units = DBELL_PMCG_TCU; units <= 3; units += 2) {
        const struct dbell_smmu_config config = counting(units);
        struct rig r;
        REQUIRE(rig_of(&r, 5, &config));
        start_counting(&r);
        check_granted(request_at(&r, VA), IPA, 0x1000);
        CHECK_EQ(counted(&r, 6), 1);
        CHECK_EQ(counted(&r, 1), 1); /* a translation request too */
        CHECK_EQ(counted(&r, 2), 1);
        CHECK_EQ(counted(&r, 3), 1);
        CHECK_EQ(counted(&r, 4), 4);
        CHECK_EQ(counted(&r, 5), 2);
        check_granted(request_at(&r, VA), IPA, 0x1000); /* no miss */
        CHECK_EQ(counted(&r, 6), 2);
        CHECK_EQ(counted(&r, 1), 2);
        CHECK_EQ(counted(&r, 2), 1);
        CHECK_EQ(counted(&r, 3), 1);
        check_denied(request_at(&r, VA + 0x1000), 0x1000);
        CHECK_EQ(counted(&r, 6), 3);
        CHECK_EQ(request(&r, (struct ask){.nobody = true}).status, DBELL_ATS_CA);
        CHECK_EQ(counted(&r, 6), 3); /* another stream */
        bench_put(&r.b, CR0, 4, SMMUEN_0);
        CHECK_EQ(request_at(&r, VA).status, DBELL_ATS_UR);
        CHECK_EQ(counted(&r, 6), 4);
        CHECK_EQ(counted(&r, 1), 3); /* a choice, as of transactions */
        CHECK_EQ(counted(&r, 7), 0);
        bench_close(&r.b);
    }
}

TEST(ats, translated_ones_are_event_7_whether_stage_2_follows_or_not_10_3)
{
    for (unsigned units = DBELL_PMCG_TBU; units <= 3; units++) {
        const struct dbell_smmu_config config = counting(units);
        struct rig r;
        REQUIRE(rig_of(&r, 7, &config));
        start_counting(&r);
        CHECK_EQ(translated(&r, DBELL_READ, PA).outcome, DBELL_DONE);
        CHECK_EQ(counted(&r, 7), 1); /* unchecked */
        CHECK_EQ(counted(&r, 1), 1);
        bench_put(&r.b, CR0, 4, ON | ATSCHK);
        CHECK_EQ(translated(&r, DBELL_WRITE, PA).outcome, DBELL_DONE);
        CHECK_EQ(counted(&r, 7), 2);
        CHECK_EQ(counted(&r, 1), 2);
        r.ste.eats = 2;
        update(&r);
        for (unsigned again = 0; again < 2; again++)
            CHECK_EQ(translated(&r, DBELL_READ, IPA).outcome, DBELL_DONE);
        CHECK_EQ(counted(&r, 7), 4);
        CHECK_EQ(counted(&r, 1), 4);
        CHECK_EQ(bench_translate(&r.b, SID, DBELL_READ, VA).outcome, DBELL_DONE);
        CHECK_EQ(counted(&r, 7), 4);
        CHECK_EQ(counted(&r, 6), 0);
        bench_close(&r.b);
    }
}

/* --- 4.5.1: CMD_ATC_INV --- */

struct port {
    unsigned count, refused;
    struct dbell_ats_invalidation last[8];
    bool refuses;
};

static bool note_invalidation(void *ctx, const struct dbell_ats_invalidation *invalidation)
{
    struct port *port = ctx;
    if (port->refuses) {
        port->refused++;
        return false;
    }
    port->last[port->count++ % 8] = *invalidation;
    return true;
}

static void connect(struct rig *r, struct port *port)
{
    memset(port, 0, sizeof *port);
    r->b.smmu.ports.ats = (struct dbell_ats_port){.ctx = port, .invalidate = note_invalidation};
}

static struct dbell_host_cmd atc_inv(uint64_t dw0, uint64_t address, unsigned size)
{
    return (struct dbell_host_cmd){{0x40 | (uint64_t)SID << 32 | dw0, address | size}};
}
enum { SSV = 1 << 11, GLOBAL = 1 << 9 };

static unsigned cons_error(struct rig *r)
{
    return bench_get(&r->b, CMDQ_CONS, 4) >> 24 & 0x7f;
}

/* The index that CONS.RD has reached, commands submitted so far. */
static uint64_t consumed(struct rig *r)
{
    return bench_get(&r->b, CMDQ_CONS, 4) & 0xfffff;
}

TEST(ats, atc_inv_sends_an_aligned_span_4_5_1)
{
    static const struct {
        uint64_t address;
        unsigned size;
        uint64_t want, bytes;
    } rows[] = {
        {UINT64_C(0x123456789abcd000), 0, UINT64_C(0x123456789abcd000), 0x1000},
        {UINT64_C(0xffffffffffffffff) << 12, 1, UINT64_C(0xffffffffffffe000), 0x2000},
        {UINT64_C(0x123456789abcd000), 4, UINT64_C(0x123456789abc0000), 0x10000},
        {UINT64_C(0xffffffffffffffff) << 12, 9, UINT64_C(0xffffffffffe00000), 0x200000},
        {UINT64_C(0xffffffffffffffff) << 12, 51, UINT64_C(1) << 63, UINT64_C(1) << 63},
        {UINT64_C(0xffffffffffffffff) << 12, 52, 0, 0},
        {0, 52, 0, 0},
    };
    struct rig r;
    struct port port;
    REQUIRE(rig(&r, 5));
    connect(&r, &port);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK(bench_command(&r.b, atc_inv(0, rows[i].address, rows[i].size)));
        REQUIRE(port.count == i + 1);
        const struct dbell_ats_invalidation *sent = &port.last[i % 8];
        CHECK_EQ(sent->streamid, SID);
        CHECK_EQ(sent->address, rows[i].want);
        CHECK_EQ(sent->size, rows[i].bytes);
        CHECK(!sent->has_substreamid && !sent->global);
    }
    CHECK_EQ(dbell_smmu_count(&r.b.smmu, DBELL_SMMU_ATC_INVALIDATIONS), port.count);
    bench_close(&r.b);
}

TEST(ats, atc_inv_has_a_pasid_with_ssv_and_global_only_then_4_5_1)
{
    static const struct {
        uint64_t dw0;
        unsigned ssidsize;
        bool ssv, global;
    } rows[] = {
        {0, 20, false, false},      {SSV, 20, true, false},          {SSV | GLOBAL, 20, true, true},
        {GLOBAL, 20, false, false}, {SSV | GLOBAL, 0, false, false}, /* as SSV 0 */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dbell_smmu_config config = dbell_smmu_default_config();
        struct dbell_smmu_features f = dbell_smmu_features_of(&config);
        struct rig r;
        struct port port;
        f.ssidsize = (uint8_t)rows[i].ssidsize;
        dbell_smmu_features_set(&config, &f);
        REQUIRE(rig_of(&r, 5, &config));
        connect(&r, &port);
        CHECK(bench_command(&r.b, atc_inv(rows[i].dw0 | UINT64_C(0xfedcb) << 12, VA, 0)));
        REQUIRE(port.count == 1);
        CHECK_EQ(port.last[0].has_substreamid, rows[i].ssv);
        CHECK_EQ(port.last[0].substreamid, rows[i].ssv ? 0xfedcb : 0);
        CHECK_EQ(port.last[0].global, rows[i].global);
        CHECK_EQ(port.last[0].streamid, SID);
        CHECK_EQ(port.last[0].address, VA);
        bench_close(&r.b);
    }
}

TEST(ats, atc_inv_has_no_need_of_an_ste_4_5_1)
{
    struct rig r;
    struct port port;
    REQUIRE(rig(&r, 5));
    connect(&r, &port);
    r.b.logged = 0;
    struct dbell_host_cmd command = atc_inv(0, VA, 0);
    command.words[0] |= UINT64_C(0xfffffff0) << 32;
    CHECK(bench_command(&r.b, command));
    CHECK_EQ(port.last[0].streamid, 0xfffffff5);
    CHECK_EQ(r.b.logged, 1); /* the command */
    bench_close(&r.b);
}

TEST(ats, atc_inv_is_ignored_with_smmuen_0_and_without_a_root_complex_4_5_1)
{
    for (unsigned connected = 0; connected < 2; connected++) {
        struct rig r;
        struct port port;
        REQUIRE(rig(&r, 5));
        connect(&r, &port);
        if (!connected)
            r.b.smmu.ports.ats = (struct dbell_ats_port){0};
        else
            bench_put(&r.b, CR0, 4, SMMUEN_0);
        CHECK(bench_command(&r.b, atc_inv(0, VA, 0)));
        CHECK(bench_command(&r.b, dbell_host_sync()));
        CHECK_EQ(port.count, 0);
        CHECK_EQ(cons_error(&r), 0);
        CHECK(!bench_command(&r.b, atc_inv(0, VA, 53))); /* ILLEGAL comes first */
        CHECK_EQ(cons_error(&r), 1);
        bench_close(&r.b);
    }
}

TEST(ats, atc_inv_of_more_than_all_is_cerror_ill_4_5_1)
{
    for (unsigned size = 53; size < 64; size++) {
        struct rig r;
        struct port port;
        REQUIRE(rig(&r, 5));
        connect(&r, &port);
        CHECK(!bench_command(&r.b, atc_inv(0, VA, size)));
        CHECK_EQ(cons_error(&r), 1);
        CHECK_EQ(port.count, 0);
        bench_close(&r.b);
    }
}

TEST(ats, a_refused_atc_inv_is_made_again_and_holds_up_what_follows_4_5_1)
{
    struct rig r;
    struct port port;
    REQUIRE(rig(&r, 5));
    connect(&r, &port);
    port.refuses = true;
    const uint64_t before = consumed(&r);
    CHECK(!bench_command(&r.b, atc_inv(0, VA, 0)));
    CHECK(!bench_command(&r.b, atc_inv(0, VA + 0x1000, 0)));
    CHECK(!bench_command(&r.b, dbell_host_sync()));
    CHECK_EQ(consumed(&r), before);
    CHECK_EQ(cons_error(&r), 0);
    CHECK(port.refused > 1);
    port.refuses = false;
    bench_settle(&r.b);
    CHECK_EQ(consumed(&r), before + 2); /* the CMD_SYNC waits for both */
    REQUIRE(port.count == 2);
    CHECK_EQ(port.last[0].address, VA);
    CHECK_EQ(port.last[1].address, VA + 0x1000);
    CHECK_EQ(dbell_smmu_count(&r.b.smmu, DBELL_SMMU_ATC_INVALIDATIONS), 2);
    for (unsigned i = 0; i < 2; i++)
        dbell_smmu_ats_invalidated(&r.b.smmu, port.last[i].tag, DBELL_ATS_INVALIDATED);
    bench_settle(&r.b);
    CHECK_EQ(consumed(&r), before + 3);
    bench_close(&r.b);
}

TEST(ats, a_sync_waits_for_the_completion_of_every_atc_inv_4_7_3)
{
    static const enum dbell_ats_end ends[] = {DBELL_ATS_INVALIDATED, DBELL_ATS_REFUSED};
    for (unsigned n = 1; n <= 4; n++)
        for (unsigned e = 0; e < 2; e++) { /* UR completes without an error (3.9.1.5) */
            struct rig r;
            struct port port;
            REQUIRE(rig(&r, 5));
            connect(&r, &port);
            for (unsigned i = 0; i < n; i++)
                CHECK(bench_command(&r.b, atc_inv(0, VA + 0x1000 * i, 0)));
            CHECK(!bench_command(&r.b, dbell_host_sync_sev()));
            CHECK(!bench_command(&r.b, dbell_host_tlbi_nsnh_all())); /* not begun */
            for (unsigned i = 0; i < n; i++) {
                bench_settle(&r.b);
                CHECK_EQ(r.b.pulses[DBELL_SMMU_SEV], 0);
                CHECK_EQ(consumed(&r), r.b.commands - 2);
                dbell_smmu_ats_invalidated(&r.b.smmu, port.last[n - 1 - i].tag, ends[e]);
            }
            bench_settle(&r.b);
            CHECK_EQ(r.b.pulses[DBELL_SMMU_SEV], 1);
            CHECK_EQ(consumed(&r), r.b.commands);
            CHECK_EQ(cons_error(&r), 0);
            CHECK_EQ(bench_get(&r.b, GERROR, 4), 0);
            CHECK(bench_command(&r.b, dbell_host_sync()));
            bench_close(&r.b);
        }
}

TEST(ats, a_timed_out_invalidation_stops_the_sync_with_cerror_atc_inv_sync_7_1)
{
    /* When the time-out comes: before or after the CMD_SYNC is there; others still open or not. */
    for (unsigned late = 0; late < 2; late++)
        for (unsigned others = 0; others < 3; others++) {
            struct rig r;
            struct port port;
            REQUIRE(rig(&r, 5));
            connect(&r, &port);
            bench_put(&r.b, IRQ_CTRL, 4, 1);
            for (unsigned i = 0; i < 1 + others; i++)
                CHECK(bench_command(&r.b, atc_inv(0, VA, 0)));
            if (!late)
                dbell_smmu_ats_invalidated(&r.b.smmu, port.last[0].tag, DBELL_ATS_TIMED_OUT);
            CHECK(!bench_command(&r.b, dbell_host_sync_sev()));
            if (late)
                dbell_smmu_ats_invalidated(&r.b.smmu, port.last[0].tag, DBELL_ATS_TIMED_OUT);
            for (unsigned i = 0; i < others; i++)
                dbell_smmu_ats_invalidated(&r.b.smmu, port.last[0].tag, DBELL_ATS_INVALIDATED);
            bench_settle(&r.b);
            const uint64_t at_sync = r.b.commands - 1;
            CHECK_EQ(consumed(&r), at_sync);
            CHECK_EQ(cons_error(&r), 3);
            CHECK_EQ(bench_get(&r.b, GERROR, 4), 1);
            CHECK_EQ(r.b.pulses[DBELL_SMMU_GERROR], 1);
            CHECK_EQ(r.b.pulses[DBELL_SMMU_SEV], 0);
            CHECK_EQ(r.b.pulses[DBELL_SMMU_CMD_SYNC], 0);
            bench_settle(&r.b); /* stays so until acknowledged */
            CHECK_EQ(consumed(&r), at_sync);
            bench_put(&r.b, GERRORN, 4, 1);
            CHECK_EQ(consumed(&r), r.b.commands); /* fetched again, it completes */
            CHECK_EQ(r.b.pulses[DBELL_SMMU_SEV], 1);
            CHECK_EQ(r.b.pulses[DBELL_SMMU_GERROR], 1);
            CHECK(bench_command(&r.b, dbell_host_sync()));
            bench_close(&r.b);
        }
}

TEST(ats, a_sync_with_a_message_sends_none_if_an_invalidation_timed_out_4_7_3)
{
    struct rig r;
    struct port port;
    REQUIRE(rig(&r, 5));
    connect(&r, &port);
    const uint64_t msi = bench_alloc(&r.b, 4096);
    CHECK(bench_command(&r.b, atc_inv(0, VA, 0)));
    CHECK(!bench_command(&r.b, dbell_host_sync_irq(msi, 0x77)));
    dbell_smmu_ats_invalidated(&r.b.smmu, port.last[0].tag, DBELL_ATS_TIMED_OUT);
    bench_settle(&r.b);
    CHECK_EQ(bench_load(&r.b, msi), 0);
    bench_put(&r.b, GERRORN, 4, 1);
    CHECK_EQ(bench_load(&r.b, msi), 0x77);
    bench_close(&r.b);
}

TEST(ats, a_completion_from_before_a_reset_counts_for_nothing_3_9_1_4)
{
    static const enum dbell_ats_end ends[] = {DBELL_ATS_INVALIDATED, DBELL_ATS_TIMED_OUT};
    for (unsigned e = 0; e < 2; e++) {
        struct rig r;
        struct port port;
        REQUIRE(rig(&r, 5));
        connect(&r, &port);
        CHECK(bench_command(&r.b, atc_inv(0, VA, 0)));
        const uint32_t old = port.last[0].tag;
        dbell_smmu_reset(&r.b.smmu);
        r.b.commands = 0;
        bench_on(&r.b);
        CHECK(bench_command(&r.b, dbell_host_sync())); /* nothing is open */
        CHECK(bench_command(&r.b, atc_inv(0, VA, 0)));
        CHECK(!bench_command(&r.b, dbell_host_sync()));
        dbell_smmu_ats_invalidated(&r.b.smmu, old, ends[e]);
        bench_settle(&r.b);
        CHECK_EQ(consumed(&r), r.b.commands - 1);
        dbell_smmu_ats_invalidated(&r.b.smmu, port.last[1].tag, DBELL_ATS_INVALIDATED);
        bench_settle(&r.b);
        CHECK_EQ(consumed(&r), r.b.commands);
        CHECK_EQ(cons_error(&r), 0);
        bench_close(&r.b);
    }
}

TEST(ats, a_completion_too_many_does_nothing_3_9_1_4)
{
    struct rig r;
    struct port port;
    REQUIRE(rig(&r, 5));
    connect(&r, &port);
    CHECK(bench_command(&r.b, atc_inv(0, VA, 0)));
    dbell_smmu_ats_invalidated(&r.b.smmu, port.last[0].tag, DBELL_ATS_INVALIDATED);
    dbell_smmu_ats_invalidated(&r.b.smmu, port.last[0].tag, DBELL_ATS_TIMED_OUT);
    CHECK(bench_command(&r.b, dbell_host_sync()));
    CHECK(bench_command(&r.b, atc_inv(0, VA, 0)));
    CHECK(!bench_command(&r.b, dbell_host_sync()));
    bench_close(&r.b);
}

/* What is open stays open while the queue is off; the CMD_SYNC is fetched again. */
TEST(ats, disabling_the_command_queue_does_not_end_invalidations_4_7_3)
{
    struct rig r;
    struct port port;
    REQUIRE(rig(&r, 5));
    connect(&r, &port);
    CHECK(bench_command(&r.b, atc_inv(0, VA, 0)));
    CHECK(!bench_command(&r.b, dbell_host_sync()));
    bench_put(&r.b, CR0, 4, ON & ~8u);
    bench_put(&r.b, CR0, 4, ON);
    CHECK_EQ(consumed(&r), r.b.commands - 1);
    dbell_smmu_ats_invalidated(&r.b.smmu, port.last[0].tag, DBELL_ATS_INVALIDATED);
    bench_settle(&r.b);
    CHECK_EQ(consumed(&r), r.b.commands);
    bench_close(&r.b);
}

/* --- 3.9.1: the order that software keeps --- */

TEST(ats, after_tlbi_and_atc_inv_a_request_sees_the_new_tables_3_9_1)
{
    struct rig r;
    struct port port;
    REQUIRE(rig(&r, 7));
    connect(&r, &port);
    check_granted(request_at(&r, VA), PA, 0x1000);
    bench_store(&r.b, bench_entry(&r.b, &r.s2, IPA, 3), 0);
    CHECK(bench_command(&r.b, dbell_host_tlbi_s2_ipa(7, IPA, true)));
    CHECK(bench_command(&r.b, dbell_host_tlbi_nh_all(7)));
    CHECK(bench_command(&r.b, dbell_host_sync()));
    CHECK(bench_command(&r.b, atc_inv(0, VA, 0)));
    dbell_smmu_ats_invalidated(&r.b.smmu, port.last[0].tag, DBELL_ATS_INVALIDATED);
    CHECK(bench_command(&r.b, dbell_host_sync()));
    check_denied(request_at(&r, VA), 0x1000);
    bench_close(&r.b);
}
