/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Attributes (IHI 0070 13; Arm ARM D8.6): what an access becomes, and what the SMMU's own have. */
#include <string.h>

#include <doorbell/host.h>

#include "bench.h"
#include "dbell_test.h"
#include "lab.h"

/* A memory type: MAIR bytes taken apart (Arm ARM D24.2, MAIR_EL1). */
enum cacheability { NC, WT, WB };
struct half {
    uint8_t cache; /* enum cacheability */
    bool read, write, transient;
};
struct type {
    bool device;
    uint8_t strength; /* Device: 0 nGnRnE, 1 nGnRE, 2 nGRE, 3 GRE */
    struct half outer, inner;
};

static struct half half_of(unsigned nibble)
{
    const bool read = nibble & 2, write = nibble & 1;
    switch (nibble >> 2) {
    case 0:
        return (struct half){WT, read, write, true};
    case 1:
        return nibble & 3 ? (struct half){WB, read, write, true} : (struct half){.cache = NC};
    case 2:
        return (struct half){WT, read, write, false};
    default:
        return (struct half){WB, read, write, false};
    }
}
static struct type type_of(unsigned mair)
{
    if (mair < 0x10)
        return (struct type){.device = true, .strength = (uint8_t)(mair >> 2)};
    return (struct type){.outer = half_of(mair >> 4), .inner = half_of(mair & 15)};
}

/* 13.1.7: nothing at a non-cacheable level, and no transience without allocation. */
static unsigned nibble_of(struct half half)
{
    const unsigned hints = (unsigned)half.read << 1 | (half.write ? 1u : 0u);
    if (half.cache == NC)
        return 4;
    if (!hints || !half.transient)
        return (half.cache == WB ? 12 : 8) | hints;
    return (half.cache == WB ? 4 : 0) | hints;
}
static unsigned mair_of(struct type type)
{
    return type.device ? type.strength * 4u : nibble_of(type.outer) << 4 | nibble_of(type.inner);
}
static bool cacheable(struct type type)
{
    return !type.device && (type.outer.cache != NC || type.inner.cache != NC);
}

/* 5.2 STE.MemAttr: the three that are reserved are Device-nGnRnE. Hints: all, not transient. */
static struct type memattr(unsigned value)
{
    static const uint8_t cache[] = {NC, NC, WT, WB};
    const unsigned outer = value >> 2, inner = value & 3;
    if (outer == 0 || inner == 0)
        return (struct type){.device = true, .strength = outer ? 0 : (uint8_t)inner};
    return (struct type){.outer = {cache[outer], true, true, false},
                         .inner = {cache[inner], true, true, false}};
}

/* Table D8-98, D8-97, D8-103. */
static const uint8_t weaker[3][3] = {{NC, NC, NC}, {NC, WT, WT}, {NC, WT, WB}};
static const uint8_t stronger_device[4][4] = {
    {0, 0, 0, 0}, {0, 1, 1, 1}, {0, 1, 2, 2}, {0, 1, 2, 3}};
static unsigned wider(unsigned a, unsigned b)
{
    static const uint8_t table[4][4] = {{0, 0, 2, 3}, {0, 0, 2, 3}, {2, 2, 2, 2}, {3, 3, 2, 3}};
    return table[a][b];
}

/* 13.1.5: with a stage 2 type; hints come from before it. */
static struct type combine(struct type before, struct type stage2)
{
    if (before.device && stage2.device) {
        before.strength = stronger_device[before.strength][stage2.strength];
        return before;
    }
    if (stage2.device)
        return stage2;
    if (before.device)
        return before;
    before.outer.cache = weaker[before.outer.cache][stage2.outer.cache];
    before.inner.cache = weaker[before.inner.cache][stage2.inner.cache];
    return before;
}
/* Table D8-101. */
static struct type forced(struct type before, unsigned value)
{
    const struct half all = {WB, true, true, false};
    switch (value & 7) {
    case 5:
        return before.device ? before : (struct type){.device = false};
    case 6:
        if (before.device)
            return (struct type){.outer = all, .inner = all};
        before.outer = before.outer.cache ? before.outer : all;
        before.inner = before.inner.cache ? before.inner : all;
        before.outer.cache = before.inner.cache = WB;
        return before;
    case 7:
        return before;
    default:
        return combine(before, (struct type){.device = true, .strength = value & 3});
    }
}

static struct half pulled_down(struct half half, struct half by)
{
    half.read &= by.read;
    half.write &= by.write;
    half.transient |= by.transient;
    return half;
}
/* 13.4.2: the stage 1 type, its hints pulled down by those of a cacheable input. */
static struct type through_stage1(struct type input, struct type stage1)
{
    if (cacheable(input) && !stage1.device) {
        stage1.outer = pulled_down(stage1.outer, input.outer);
        stage1.inner = pulled_down(stage1.inner, input.inner);
    }
    return stage1;
}

enum {
    SID = 3,
    STRTAB = 0x1000,
    CMDQ = 0x2000,
    EVENTQ = 0x3000,
    CD = 0x4000,
    S1_ROOT = 0x10000,
    S1_LEAVES = 0x11000,
    S1_ROOT1 = 0x12000,
    S1_LEAVES1 = 0x13000,
    S2_ROOT = 0x40000,
    S2_LEAVES = 0x41000,
    IPA = 0x50000,
    VA = 0x5000,
    MSI = 0x1f0000,
    S1_ALL = 0x443, /* page, AF, EL0 */
    S2_ALL = 0x4c3, /* page, AF, read and write */
    S2_WB = 0xf << 2 | 3 << 8
};

/* Combinations that went wrong in this setup. */
static unsigned wrong;

struct setup {
    struct bench b;
    struct dbell_host_ste ste;
    struct dbell_host_cd cd;
};

static struct dbell_smmu_config config(void)
{
    struct dbell_smmu_config c = dbell_smmu_default_config();
    c.no_caches = true;
    return c;
}

static void store1(struct setup *s, uint64_t address, uint64_t word)
{
    bench_store_words(&s->b, address, &word, 1);
}
static void configure(struct setup *s)
{
    uint64_t words[8];
    dbell_host_ste_encode(&s->ste, words);
    bench_store_words(&s->b, STRTAB + 64 * SID, words, 8);
    dbell_host_cd_encode(&s->cd, words);
    bench_store_words(&s->b, CD, words, 8);
}
/* The type and shareability that stage 1 and stage 2 give to the page of VA. */
static void stage1(struct setup *s, unsigned mair, unsigned sh)
{
    s->cd.mair = (uint64_t)mair << 16;
    store1(s, S1_LEAVES + VA / 0x1000 * 8, IPA | S1_ALL | sh << 8 | 2 << 2);
}
static void stage2(struct setup *s, uint64_t page, unsigned value, unsigned sh)
{
    const uint64_t to = page == IPA ? 0x150000 : page;
    store1(s, S2_LEAVES + page / 0x1000 * 8, to | S2_ALL | value << 2 | sh << 8);
}

/* 4 KB granule and 25 bits at both stages: two levels. Stage 2 maps the memory to itself, but for
 * the page of IPA. */
static bool open_with(struct setup *s, const struct dbell_smmu_config *c, unsigned ste_config)
{
    memset(s, 0, sizeof *s);
    wrong = 0;
    if (!bench_open(&s->b, c))
        return false;
    s->ste = (struct dbell_host_ste){.v = true,
                                     .config = ste_config,
                                     .s1contextptr = CD,
                                     .shcfg = 1,
                                     .s2vmid = 1,
                                     .s2t0sz = 39,
                                     .s2ps = 5,
                                     .s2aa64 = true,
                                     .s2r = true,
                                     .s2ttb = S2_ROOT};
    s->cd = (struct dbell_host_cd){.v = true,
                                   .t0sz = 39,
                                   .t1sz = 39,
                                   .tg1 = 2,
                                   .ips = 5,
                                   .aa64 = true,
                                   .r = true,
                                   .a = true,
                                   .ttb0 = S1_ROOT,
                                   .ttb1 = S1_ROOT1};
    store1(s, S1_ROOT, S1_LEAVES | 3);
    store1(s, S1_ROOT1 + 15 * 8, S1_LEAVES1 | 3);
    store1(s, S1_LEAVES1 + 511 * 8, IPA | S1_ALL | 2 << 2);
    store1(s, S2_ROOT, S2_LEAVES | 3);
    for (uint64_t page = 0; page < 0x200000; page += 0x1000)
        stage2(s, page, 15, 3);
    stage1(s, 0xff, 3);
    configure(s);
    bench_put(&s->b, 0x2c, 4, 2);
    bench_put(&s->b, 0x80, 8, STRTAB);
    bench_put(&s->b, 0x88, 4, 4);
    bench_put(&s->b, 0x90, 8, CMDQ | 5);
    bench_put(&s->b, 0xa0, 8, EVENTQ | 5);
    bench_put(&s->b, 0x20, 4, 0xd);
    s->b.logged = 0;
    return true;
}
static bool open_setup(struct setup *s, unsigned ste_config)
{
    const struct dbell_smmu_config c = config();
    return open_with(s, &c, ste_config);
}

static struct dbell_translation access_of(struct setup *s, uint64_t address, enum dbell_op op,
                                          unsigned attr, unsigned sh)
{
    struct dbell_translation result = {0};
    struct dbell_transaction t = {.address = address, .length = 4, .op = (uint8_t)op};
    t.side = (struct dbell_sideband){
        .has_streamid = true, .streamid = SID, .attr = (uint8_t)attr, .sh = (uint8_t)sh};
    s->b.logged = 0;
    dbell_smmu_translate(&s->b.smmu, &t, &result);
    return result;
}

/* Says which combination went wrong, the first ones: a, b, c are the test's own. */
static void expect(const struct dbell_translation *r, struct type type, unsigned sh, unsigned a,
                   unsigned b, unsigned c)
{
    const unsigned mair = mair_of(type);
    const bool fixed = type.device || mair == 0x44; /* 13.1.7: Outer Shareable */
    if (r->outcome == DBELL_DONE && r->attr == mair && (sh == 4 || r->sh == (fixed ? 2 : sh)))
        return;
    if (wrong++ > 8)
        return;
    dbell_test_check_eq("combination", (int)c, "case", "of", a, (uint64_t)b << 32 | 1);
    dbell_test_check_eq("combination", (int)c, "attr", "expected", r->attr, mair);
    dbell_test_check_eq("combination", (int)c, "sh", "expected", r->sh, fixed ? 2 : sh);
    CHECK_EQ(r->outcome, DBELL_DONE);
}

/* All Device types, Non-cacheable, and write-back and write-through by hints and by level. */
static const uint8_t mairs[] = {0x00, 0x04, 0x08, 0x0c, 0x44, 0xff, 0xbb, 0xf4, 0x4f, 0xb4,
                                0x4b, 0xfb, 0xbf, 0xcc, 0x88, 0xee, 0xdd, 0x77, 0x66, 0x55,
                                0x33, 0x22, 0x11, 0xaa, 0x99, 0xe4, 0x4d, 0x7b, 0x9f};
static const uint8_t uniform[] = {0x00, 0x04, 0x08, 0x0c, 0x44, 0xff, 0xbb, 0xcc, 0x88,
                                  0xee, 0xdd, 0x77, 0x66, 0x55, 0x33, 0x22, 0x11};
static const uint8_t shs[] = {0, 2, 3};
enum { MAIRS = sizeof mairs, UNIFORM = sizeof uniform };

TEST(attributes, an_access_without_attributes_is_write_back_non_shareable_13_1_3)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    const struct dbell_host_ste bypass = {.v = true, .config = 4, .shcfg = 1};
    lab_ste(&lab, 9, &bypass);
    struct dbell_dma_result r = lab_dma(&lab, 9, DBELL_READ, LAB_RAM, NULL);
    CHECK_EQ(r.trail.attr, 0xff); /* RA, WA, not transient */
    CHECK_EQ(r.trail.sh, 0);
    CHECK(!r.trail.privileged && !r.trail.instruction);
    lab_close(&lab);
}

/* 13.1.4: MTCFG, MemAttr, SHCFG, ALLOCCFG of an STE, or with disabled SMMU of GBPA. */
static void replaced(bool gbpa, bool ovr)
{
    struct dbell_smmu_config c = config();
    struct setup s;
    if (!ovr)
        c.idr[1] &= ~(1u << 27);
    REQUIRE(open_with(&s, &c, 4));
    if (gbpa)
        bench_put(&s.b, 0x20, 4, 0);
    for (unsigned i = 0; i < UNIFORM; i++)
        for (unsigned mt = 0; mt <= 16; mt++) /* 16: MTCFG is 0 */
            for (unsigned alloc = 0; alloc < 16; alloc++)
                for (unsigned shcfg = 0; shcfg < 4; shcfg++) {
                    struct type input = type_of(uniform[i]), type = input;
                    const unsigned sh_in = cacheable(input) ? 3 : 2;
                    unsigned sh = shcfg == 1 ? sh_in : shcfg;
                    if (mt == 16 && alloc >= 8 && !gbpa) /* 5.2: CONSTRAINED UNPREDICTABLE */
                        continue;
                    if (mt < 16) {
                        type = memattr(mt);
                        if (cacheable(input)) {
                            type.outer.read = type.inner.read = input.outer.read;
                            type.outer.write = type.inner.write = input.outer.write;
                            type.outer.transient = type.inner.transient = input.outer.transient;
                        }
                    }
                    if (alloc >= 8)
                        for (unsigned level = 0; level < 2; level++) {
                            struct half *half = level ? &type.outer : &type.inner;
                            half->read = alloc & 4;
                            half->write = alloc & 2;
                            half->transient = alloc & 1;
                        }
                    if (!ovr) {
                        type = input;
                        sh = sh_in;
                    }
                    if (gbpa)
                        bench_put(&s.b, 0x44, 4,
                                  UINT32_C(1) << 31 | shcfg << 12 | alloc << 8 |
                                      (mt < 16 ? 1u : 0u) << 4 | (mt & 15));
                    s.ste.mtcfg = mt < 16;
                    s.ste.memattr = mt & 15;
                    s.ste.alloccfg = alloc;
                    s.ste.shcfg = shcfg;
                    if (!gbpa)
                        configure(&s);
                    const struct dbell_translation r =
                        access_of(&s, 0x8000, DBELL_READ, uniform[i], sh_in);
                    expect(&r, type, sh, uniform[i], mt << 8 | alloc, shcfg);
                }
    bench_close(&s.b);
}
TEST(attributes, ste_replaces_type_shareability_and_hints_13_1_4)
{
    replaced(false, true);
}
TEST(attributes, gbpa_replaces_type_shareability_and_hints_13_2)
{
    replaced(true, true);
}
TEST(attributes, ste_overrides_nothing_without_attr_types_ovr_5_2)
{
    replaced(false, false);
}
TEST(attributes, gbpa_overrides_nothing_without_attr_types_ovr_6_3_14)
{
    replaced(true, false);
}

/* INSTCFG and PRIVCFG: of reads and of writes, which are always Data. */
static void permissions_replaced(bool gbpa, bool ovr)
{
    struct dbell_smmu_config c = config();
    struct setup s;
    if (!ovr)
        c.idr[1] &= ~(1u << 26);
    REQUIRE(open_with(&s, &c, 4));
    if (gbpa)
        bench_put(&s.b, 0x20, 4, 0);
    for (unsigned n = 0; n < 128; n++) {
        const unsigned priv = n & 3, inst = n >> 2 & 3, in_priv = n >> 4 & 1, in_inst = n >> 5 & 1,
                       write = n >> 6;
        const bool privileged = ovr && priv >= 2 ? priv == 3 : in_priv;
        const bool instruction = !write && (ovr && inst >= 2 ? inst == 3 : in_inst);
        struct dbell_transaction t = {.address = 0x8000, .length = 4, .op = (uint8_t)write};
        struct dbell_translation r;
        if (gbpa)
            bench_put(&s.b, 0x44, 4, UINT32_C(1) << 31 | inst << 18 | priv << 16 | 1 << 12);
        s.ste.privcfg = priv;
        s.ste.instcfg = inst;
        if (!gbpa)
            configure(&s);
        t.side = (struct dbell_sideband){.has_streamid = true,
                                         .streamid = SID,
                                         .attr = 0xff,
                                         .privileged = in_priv,
                                         .instruction = in_inst};
        REQUIRE(dbell_smmu_translate(&s.b.smmu, &t, &r) == DBELL_DONE);
        CHECK_EQ(r.privileged, privileged);
        CHECK_EQ(r.instruction, instruction);
    }
    bench_close(&s.b);
}
TEST(attributes, ste_replaces_inst_and_priv_of_reads_13_1_2)
{
    permissions_replaced(false, true);
}
TEST(attributes, gbpa_replaces_inst_and_priv_of_reads_13_2)
{
    permissions_replaced(true, true);
}
TEST(attributes, ste_overrides_nothing_without_attr_perms_ovr_5_2)
{
    permissions_replaced(false, false);
}
TEST(attributes, gbpa_overrides_nothing_without_attr_perms_ovr_6_3_14)
{
    permissions_replaced(true, false);
}

TEST(attributes, stage_1_replaces_type_and_combines_hints_13_4_2)
{
    struct setup s;
    REQUIRE(open_setup(&s, 5));
    for (unsigned m = 0; m < MAIRS; m++)
        for (unsigned i = 0; i < UNIFORM; i++)
            for (unsigned sh = 0; sh < 3; sh++) {
                stage1(&s, mairs[m], shs[sh]);
                configure(&s);
                const struct dbell_translation r =
                    access_of(&s, VA, DBELL_READ, uniform[i], shs[(sh + 1) % 3]);
                expect(&r, through_stage1(type_of(uniform[i]), type_of(mairs[m])), shs[sh],
                       mairs[m], uniform[i], sh);
            }
    bench_close(&s.b);
}

TEST(attributes, hints_of_the_ste_combine_with_those_of_stage_1_13_4_2)
{
    struct setup s;
    REQUIRE(open_setup(&s, 5));
    s.ste.mtcfg = true;
    for (unsigned mt = 0; mt < 16; mt++)
        for (unsigned alloc = 0; alloc < 16; alloc++)
            for (unsigned m = 0; m < UNIFORM; m++) {
                struct type input = memattr(mt);
                if (!input.device && (input.outer.cache == NC) != (input.inner.cache == NC))
                    continue; /* which hints its non-cacheable level has is not said */
                if (alloc >= 8) {
                    input.outer.read = input.inner.read = alloc & 4;
                    input.outer.write = input.inner.write = alloc & 2;
                    input.outer.transient = input.inner.transient = alloc & 1;
                }
                s.ste.memattr = mt;
                s.ste.alloccfg = alloc;
                stage1(&s, uniform[m], 3);
                configure(&s);
                const struct dbell_translation r = access_of(&s, VA, DBELL_READ, 0xff, 0);
                expect(&r, through_stage1(input, type_of(uniform[m])), 3, uniform[m], mt, alloc);
            }
    bench_close(&s.b);
}

/* 5.4 CD.MAIR: what is UNPREDICTABLE in VMSAv8-64. */
TEST(attributes, reserved_mair_bytes_behave_as_said_5_4)
{
    struct setup s;
    REQUIRE(open_setup(&s, 5));
    for (unsigned mair = 0; mair < 256; mair++) {
        unsigned as = mair;
        if (mair < 0x10)
            as = mair & 0xc;
        else if ((mair & 15) == 0)
            as = mair | 3; /* inner Write-Through transient, RA and WA */
        stage1(&s, mair, 3);
        configure(&s);
        const struct dbell_translation r = access_of(&s, VA, DBELL_READ, 0xff, 0);
        expect(&r, type_of(as), 3, mair, 0, 0);
    }
    bench_close(&s.b);
}

static const uint8_t memattrs[] = {0, 1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15};
enum { MEMATTRS = sizeof memattrs };

TEST(attributes, stage_2_combines_with_stage_1_13_1_5)
{
    struct setup s;
    REQUIRE(open_setup(&s, 7));
    for (unsigned m = 0; m < MAIRS; m++)
        for (unsigned v = 0; v < MEMATTRS; v++)
            for (unsigned sh = 0; sh < 9; sh++) {
                stage1(&s, mairs[m], shs[sh % 3]);
                stage2(&s, IPA, memattrs[v], shs[sh / 3]);
                configure(&s);
                const struct dbell_translation r = access_of(&s, VA, DBELL_READ, 0xff, 0);
                expect(&r, combine(type_of(mairs[m]), memattr(memattrs[v])),
                       wider(shs[sh % 3], shs[sh / 3]), mairs[m], memattrs[v], sh);
            }
    bench_close(&s.b);
}

TEST(attributes, stage_2_alone_combines_with_the_input_13_1_5)
{
    struct setup s;
    REQUIRE(open_setup(&s, 6));
    for (unsigned m = 0; m < MAIRS; m++)
        for (unsigned v = 0; v < MEMATTRS; v++)
            for (unsigned sh = 0; sh < 9; sh++) {
                stage2(&s, IPA, memattrs[v], shs[sh / 3]);
                const struct dbell_translation r =
                    access_of(&s, IPA, DBELL_READ, mairs[m], shs[sh % 3]);
                expect(&r, combine(type_of(mairs[m]), memattr(memattrs[v])),
                       wider(shs[sh % 3], shs[sh / 3]), mairs[m], memattrs[v], sh);
            }
    bench_close(&s.b);
}

TEST(attributes, stage_2_alone_combines_with_what_the_ste_replaced_13_4)
{
    struct setup s;
    REQUIRE(open_setup(&s, 6));
    s.ste.mtcfg = true;
    for (unsigned mt = 0; mt < 16; mt++)
        for (unsigned v = 0; v < MEMATTRS; v++)
            for (unsigned sh = 0; sh < 9; sh++) {
                s.ste.memattr = mt;
                s.ste.shcfg = shs[sh % 3];
                configure(&s);
                stage2(&s, IPA, memattrs[v], shs[sh / 3]);
                const struct dbell_translation r = access_of(&s, IPA, DBELL_READ, 0xff, 0);
                expect(&r, combine(memattr(mt), memattr(memattrs[v])),
                       wider(shs[sh % 3], shs[sh / 3]), mt, memattrs[v], sh);
            }
    bench_close(&s.b);
}

TEST(attributes, s1dss_bypass_is_as_stage_2_alone_5_2)
{
    struct setup s;
    REQUIRE(open_setup(&s, 7));
    s.ste.s1cdmax = 1;
    s.ste.s1dss = 1;
    s.ste.mtcfg = true;
    for (unsigned mt = 0; mt < 16; mt++)
        for (unsigned v = 0; v < MEMATTRS; v++) {
            s.ste.memattr = mt;
            configure(&s);
            stage2(&s, IPA, memattrs[v], 3);
            const struct dbell_translation r = access_of(&s, IPA, DBELL_READ, 0xff, 3);
            expect(&r, combine(memattr(mt), memattr(memattrs[v])), 3, mt, memattrs[v], 0);
        }
    bench_close(&s.b);
}

/* MemAttr[3] is RES0 with FWB; 0b100 is reserved. */
static void fwb(unsigned ste_config)
{
    struct setup s;
    REQUIRE(open_setup(&s, ste_config));
    s.ste.s2fwb = true;
    configure(&s);
    for (unsigned m = 0; m < MAIRS; m++)
        for (unsigned v = 0; v < 8; v++)
            for (unsigned sh = 0; sh < 9; sh++) {
                const struct type before = type_of(mairs[m]);
                struct type after = forced(before, v);
                unsigned shared = wider(shs[sh % 3], shs[sh / 3]);
                struct dbell_translation r;
                if (v == 4)
                    continue;
                /* D8.6: what hints a level that was not cacheable gets beside one that was. */
                if (v == 6 && cacheable(before) &&
                    (before.outer.cache == NC || before.inner.cache == NC))
                    continue;
                /* 13.1.1: it was Outer Shareable; D8.6.2: or what stage 1 says. */
                if (v == 6 && !cacheable(before))
                    shared = ste_config == 6 ? 2 : shs[sh % 3] == 2 || shs[sh / 3] == 2 ? 2 : 4;
                stage2(&s, IPA, v, shs[sh / 3]);
                if (ste_config == 7) {
                    stage1(&s, mairs[m], shs[sh % 3]);
                    configure(&s);
                    r = access_of(&s, VA, DBELL_READ, 0xff, 0);
                } else {
                    r = access_of(&s, IPA, DBELL_READ, mairs[m], shs[sh % 3]);
                }
                expect(&r, after, shared, mairs[m], v, sh);
            }
    bench_close(&s.b);
}
TEST(attributes, s2fwb_replaces_the_type_of_stage_1_13_1_6)
{
    fwb(7);
}
TEST(attributes, s2fwb_replaces_the_type_of_the_input_13_1_6)
{
    fwb(6);
}
TEST(attributes, s2fwb_ignores_memattr_3_13_1_6)
{
    struct setup s;
    REQUIRE(open_setup(&s, 7));
    s.ste.s2fwb = true;
    for (unsigned m = 0; m < UNIFORM; m++)
        for (unsigned v = 0; v < 8; v++) {
            if (v == 4)
                continue;
            stage1(&s, uniform[m], 2);
            configure(&s);
            stage2(&s, IPA, v | 8, 3);
            const struct dbell_translation r = access_of(&s, VA, DBELL_READ, 0xff, 0);
            expect(&r, forced(type_of(uniform[m]), v), 2, uniform[m], v, 0);
        }
    bench_close(&s.b);
}
TEST(attributes, without_idr3_fwb_the_field_does_nothing_5_2)
{
    struct dbell_smmu_config c = config();
    struct setup s;
    c.idr[3] &= ~(1u << 8);
    REQUIRE(open_with(&s, &c, 6));
    s.ste.s2fwb = false;
    stage2(&s, IPA, 6, 3); /* outer NC, inner WT */
    struct dbell_translation r = access_of(&s, IPA, DBELL_READ, 0xff, 3);
    expect(&r, memattr(6), 3, 6, 0, 0);
    bench_close(&s.b);
}

/* Attributes of the SMMU's own accesses. */
static void own_access(const struct setup *s, uint64_t at, struct type type, unsigned sh,
                       bool hints, const char *what)
{
    const struct dbell_transaction *log = bench_noted(&s->b, at);
    if (!log) {
        dbell_test_fail(__FILE__, __LINE__, what);
        return;
    }
    const struct type got = type_of(log->side.attr);
    const bool fixed = !cacheable(type);
    bool ok = got.device == type.device &&
              log->side.sh == (fixed     ? 2
                               : sh == 1 ? 0
                                         : sh) &&
              log->side.privileged && !log->side.instruction;
    if (type.device)
        ok = ok && got.strength == type.strength;
    else
        ok = ok && got.outer.cache == type.outer.cache && got.inner.cache == type.inner.cache;
    for (unsigned level = 0; level < 2 && hints && !type.device; level++) {
        const struct half *g = level ? &got.outer : &got.inner,
                          *e = level ? &type.outer : &type.inner;
        if (e->cache != NC)
            ok = ok && (log->op == DBELL_WRITE ? g->write == e->write : g->read == e->read);
    }
    if (!ok && wrong++ < 8) {
        dbell_test_check_eq(what, (int)at, "attr", "expected", log->side.attr, mair_of(type));
        dbell_test_check_eq(what, (int)at, "sh", "expected", log->side.sh, fixed ? 2 : sh);
        dbell_test_check_eq(what, (int)at, "privileged", "data", log->side.privileged,
                            !log->side.instruction);
    }
    if (!ok)
        dbell_test_fail(__FILE__, __LINE__, what);
}

/* CR1: 1 is Write-Back, 2 Write-Through, else Non-cacheable. */
static struct type cr1_type(unsigned outer, unsigned inner, bool hint)
{
    static const uint8_t cache[] = {NC, WB, WT, NC};
    return (struct type){.outer = {cache[outer], hint, hint, false},
                         .inner = {cache[inner], hint, hint, false}};
}

TEST(attributes, stream_tables_are_read_as_cr1_table_says_6_3_11)
{
    struct setup s;
    REQUIRE(open_setup(&s, 4));
    for (unsigned n = 0; n < 128; n++) {
        const unsigned inner = n & 3, outer = n >> 2 & 3, sh = n >> 4 & 3, ra = n >> 6;
        bench_put(&s.b, 0x20, 4, 0);
        bench_put(&s.b, 0x28, 4, sh << 10 | outer << 8 | inner << 6);
        bench_put(&s.b, 0x80, 8, (uint64_t)ra << 62 | STRTAB);
        bench_put(&s.b, 0x88, 4, 4);
        bench_put(&s.b, 0x20, 4, 1);
        access_of(&s, 0x8000, DBELL_READ, 0xff, 0);
        own_access(&s, STRTAB + 64 * SID, cr1_type(outer, inner, ra), sh, true, "STE");
        /* Two levels: the table at 0x6000 points to the one of before. */
        bench_put(&s.b, 0x20, 4, 0);
        store1(&s, 0x6000, dbell_host_l1std(STRTAB, 7));
        bench_put(&s.b, 0x80, 8, (uint64_t)ra << 62 | 0x6000);
        bench_put(&s.b, 0x88, 4, 1 << 16 | 6 << 6 | 6);
        bench_put(&s.b, 0x20, 4, 1);
        access_of(&s, 0x8000, DBELL_READ, 0xff, 0);
        own_access(&s, 0x6000, cr1_type(outer, inner, ra), sh, true, "L1STD");
        own_access(&s, STRTAB + 64 * SID, cr1_type(outer, inner, ra), sh, true, "STE");
    }
    bench_close(&s.b);
}

TEST(attributes, queues_are_accessed_as_cr1_queue_says_6_3_11)
{
    struct setup s;
    const uint64_t sync[2] = {0x46, 0};
    REQUIRE(open_setup(&s, 4));
    for (unsigned n = 0; n < 256; n++) {
        const unsigned inner = n & 3, outer = n >> 2 & 3, sh = n >> 4 & 3, ra = n >> 6 & 1,
                       wa = n >> 7;
        bench_put(&s.b, 0x20, 4, 0);
        bench_put(&s.b, 0x28, 4, sh << 4 | outer << 2 | inner);
        bench_put(&s.b, 0x90, 8, (uint64_t)ra << 62 | CMDQ | 5);
        bench_put(&s.b, 0xa0, 8, (uint64_t)wa << 62 | EVENTQ | 5);
        bench_put(&s.b, 0x98, 4, 0);
        bench_put(&s.b, 0x9c, 4, 0);
        bench_put(&s.b, 0x100a8, 4, 0);
        bench_store_words(&s.b, CMDQ, sync, 2);
        bench_put(&s.b, 0x20, 4, 0xd);
        s.b.logged = 0;
        bench_put(&s.b, 0x98, 4, 1);
        own_access(&s, CMDQ, cr1_type(outer, inner, ra), sh, true, "command");
        struct dbell_transaction t = {.address = 0x8000, .length = 4};
        struct dbell_translation r;
        t.side = (struct dbell_sideband){.has_streamid = true, .streamid = 0x1000};
        s.b.logged = 0;
        dbell_smmu_translate(&s.b.smmu, &t, &r);
        bench_settle(&s.b);
        own_access(&s, EVENTQ, cr1_type(outer, inner, wa), sh, true, "event");
    }
    bench_close(&s.b);
}

/* S1CIR, S1COR: 1 is Write-Back RA, 2 Write-Through RA, 3 Write-Back without RA. */
static struct type cd_type(unsigned outer, unsigned inner)
{
    static const uint8_t cache[] = {NC, WB, WT, WB};
    return (struct type){.outer = {cache[outer], outer != 3, outer != 3, false},
                         .inner = {cache[inner], inner != 3, inner != 3, false}};
}
/* IR0, OR0, S2IR0: the same, but all with RA. */
static struct type walk_type(unsigned outer, unsigned inner)
{
    static const uint8_t cache[] = {NC, WB, WT, WB};
    return (struct type){.outer = {cache[outer], true, true, false},
                         .inner = {cache[inner], true, true, false}};
}

TEST(attributes, cds_are_read_as_s1cir_s1cor_s1csh_say_5_2)
{
    struct setup s;
    REQUIRE(open_setup(&s, 5));
    for (unsigned n = 0; n < 64; n++) {
        uint64_t words[8];
        s.ste.s1cir = n & 3;
        s.ste.s1cor = n >> 2 & 3;
        s.ste.s1csh = n >> 4;
        configure(&s);
        access_of(&s, VA, DBELL_READ, 0xff, 0);
        own_access(&s, CD, cd_type(s.ste.s1cor, s.ste.s1cir), s.ste.s1csh, true, "CD");
        /* A level 1 table at 0x6000. */
        struct dbell_host_ste two = s.ste;
        two.s1fmt = 1;
        two.s1cdmax = 10;
        two.s1dss = 2;
        two.s1contextptr = 0x6000;
        store1(&s, 0x6000, dbell_host_l1cd(CD, true));
        dbell_host_ste_encode(&two, words);
        bench_store_words(&s.b, STRTAB + 64 * SID, words, 8);
        access_of(&s, VA, DBELL_READ, 0xff, 0);
        own_access(&s, 0x6000, cd_type(s.ste.s1cor, s.ste.s1cir), s.ste.s1csh, true, "L1CD");
        own_access(&s, CD, cd_type(s.ste.s1cor, s.ste.s1cir), s.ste.s1csh, true, "CD");
    }
    bench_close(&s.b);
}

TEST(attributes, stage_1_tables_are_walked_as_the_cd_says_5_4)
{
    struct setup s;
    REQUIRE(open_setup(&s, 5));
    for (unsigned n = 0; n < 64; n++) {
        s.cd.ir0 = n & 3;
        s.cd.or0 = n >> 2 & 3;
        s.cd.sh0 = n >> 4;
        s.cd.ir1 = (n + 1) & 3;
        s.cd.or1 = ((n >> 2) + 1) & 3;
        s.cd.sh1 = ((n >> 4) + 1) & 3;
        configure(&s);
        access_of(&s, VA, DBELL_READ, 0xff, 0);
        own_access(&s, S1_ROOT, walk_type(s.cd.or0, s.cd.ir0), s.cd.sh0, true, "TTB0");
        own_access(&s, S1_LEAVES + 8 * (VA >> 12), walk_type(s.cd.or0, s.cd.ir0), s.cd.sh0, true,
                   "TTB0 leaf");
        access_of(&s, UINT64_C(0xfffffffffffff000), DBELL_READ, 0xff, 0);
        own_access(&s, S1_ROOT1 + 15 * 8, walk_type(s.cd.or1, s.cd.ir1), s.cd.sh1, true, "TTB1");
        own_access(&s, S1_LEAVES1 + 511 * 8, walk_type(s.cd.or1, s.cd.ir1), s.cd.sh1, true,
                   "TTB1 leaf");
    }
    bench_close(&s.b);
}

TEST(attributes, stage_2_tables_are_walked_as_the_ste_says_5_2)
{
    for (unsigned ste_config = 6; ste_config < 8; ste_config++) {
        struct setup s;
        REQUIRE(open_setup(&s, ste_config));
        for (unsigned n = 0; n < 64; n++) {
            s.ste.s2ir0 = n & 3;
            s.ste.s2or0 = n >> 2 & 3;
            s.ste.s2sh0 = n >> 4;
            configure(&s);
            access_of(&s, ste_config == 7 ? (uint64_t)VA : IPA, DBELL_READ, 0xff, 0);
            own_access(&s, S2_ROOT, walk_type(s.ste.s2or0, s.ste.s2ir0), s.ste.s2sh0, true,
                       "S2TTB");
            own_access(&s, S2_LEAVES + 8 * (IPA >> 12), walk_type(s.ste.s2or0, s.ste.s2ir0),
                       s.ste.s2sh0, true, "S2TTB leaf");
        }
        bench_close(&s.b);
    }
}

/* Nested: CD and stage 1 tables are in IPA space, their attributes combine with those of the page
 * of stage 2. */
static void nested_own(bool s2fwb, bool ptwnnc)
{
    struct dbell_smmu_config c = config();
    struct setup s;
    if (ptwnnc)
        c.idr[3] |= 1u << 14;
    REQUIRE(open_with(&s, &c, 7));
    s.ste.s2fwb = s2fwb;
    for (unsigned n = 0; n < 48; n++)
        for (unsigned v = 0; v < 16; v++)
            for (unsigned sh = 0; sh < 3; sh++) {
                struct type cd, walk;
                const unsigned own_sh = shs[n >> 4];
                unsigned shared = wider(own_sh, shs[sh]);
                if (s2fwb ? v > 7 || v == 4 : v == 4 || v == 8 || v == 12)
                    continue;
                s.ste.s1cir = s.cd.ir0 = n & 3;
                s.ste.s1cor = s.cd.or0 = n >> 2 & 3;
                s.ste.s1csh = s.cd.sh0 = own_sh;
                configure(&s);
                stage2(&s, CD, v, shs[sh]);
                stage2(&s, S1_ROOT, v, shs[sh]);
                stage2(&s, S1_LEAVES, v, shs[sh]);
                cd = cd_type(s.ste.s1cor, s.ste.s1cir);
                walk = walk_type(s.ste.s1cor, s.ste.s1cir);
                if (s2fwb && v == 6 && (s.ste.s1cir == 0 || s.ste.s1cor == 0))
                    continue; /* as above, shareability and hints are not said */
                cd = s2fwb ? forced(cd, v) : combine(cd, memattr(v));
                walk = s2fwb ? forced(walk, v) : combine(walk, memattr(v));
                if (ptwnnc && cd.device)
                    cd = walk = (struct type){.device = false};
                const struct dbell_translation r = access_of(&s, VA, DBELL_READ, 0xff, 0);
                CHECK_EQ(r.outcome, DBELL_DONE);
                own_access(&s, CD, cd, shared, true, "CD in IPA");
                own_access(&s, S1_ROOT, walk, shared, true, "stage 1 table in IPA");
                own_access(&s, S1_LEAVES + 8 * (VA >> 12), walk, shared, true,
                           "stage 1 leaf table in IPA");
            }
    bench_close(&s.b);
}
TEST(attributes, nested_cds_and_tables_combine_with_stage_2_13_1_5)
{
    nested_own(false, false);
}
TEST(attributes, nested_cds_and_tables_follow_s2fwb_13_1_6)
{
    nested_own(true, false);
}
TEST(attributes, nested_tables_in_device_pages_are_non_cacheable_with_ptwnnc_5_2)
{
    nested_own(false, true);
}

/* Which of CD, root and leaf table lies in a Device page, and the CLASS of the record. */
TEST(attributes, s2ptw_forbids_tables_in_device_pages_5_2)
{
    static const struct {
        uint32_t page;
        unsigned class;
    } cases[] = {{CD, 0}, {S1_ROOT, 1}, {S1_LEAVES, 1}};
    for (unsigned i = 0; i < 3; i++)
        for (unsigned v = 0; v < 16; v++)
            for (unsigned mode = 0; mode < 3; mode++) { /* 1: S2PTW, 2: with S2FWB */
                struct setup s;
                if (v == 4 || v == 8 || v == 12 || (mode == 2 && v > 7))
                    continue;
                REQUIRE(open_setup(&s, 7));
                s.ste.s2ptw = mode > 0;
                s.ste.s2fwb = mode == 2;
                s.ste.s1cir = s.ste.s1cor = s.cd.ir0 = s.cd.or0 = 1;
                configure(&s);
                stage2(&s, cases[i].page, v, 3);
                const struct dbell_translation r = access_of(&s, VA, DBELL_READ, 0xff, 0);
                bench_settle(&s.b);
                if (mode && v < 4) {
                    CHECK_EQ(r.outcome, DBELL_FAULT);
                    CHECK_EQ(r.event, 0x13);
                    const uint64_t word = bench_load(&s.b, EVENTQ + 8);
                    CHECK_EQ(bench_load(&s.b, EVENTQ) & 0xff, 0x13);
                    CHECK_EQ(word >> 39 & 1, 1); /* S2 */
                    CHECK_EQ(word >> 40 & 3, cases[i].class);
                    CHECK_EQ(bench_load(&s.b, EVENTQ + 16), VA);
                    CHECK_EQ(bench_load(&s.b, EVENTQ + 24) >> 12 << 12, cases[i].page);
                } else {
                    CHECK_EQ(r.outcome, DBELL_DONE);
                }
                bench_close(&s.b);
            }
}
TEST(attributes, s2ptw_does_not_forbid_data_in_device_pages_5_2)
{
    struct setup s;
    REQUIRE(open_setup(&s, 7));
    s.ste.s2ptw = true;
    configure(&s);
    stage2(&s, IPA, 1, 0);
    const struct dbell_translation r = access_of(&s, VA, DBELL_READ, 0xff, 0);
    expect(&r, memattr(1), 2, 0, 0, 0);
    bench_close(&s.b);
}

TEST(attributes, messages_are_written_as_irq_cfg2_says_6_3_23)
{
    for (unsigned n = 0; n < 64; n++) {
        const unsigned value = n & 15, sh = n >> 4;
        struct setup s;
        struct dbell_transaction t = {.address = 0x8000, .length = 4};
        struct dbell_translation r;
        REQUIRE(open_setup(&s, 4));
        bench_put(&s.b, 0xb0, 8, MSI);
        bench_put(&s.b, 0xb8, 4, 0x1234);
        bench_put(&s.b, 0xbc, 4, sh << 4 | value);
        bench_put(&s.b, 0x68, 8, MSI + 8);
        bench_put(&s.b, 0x70, 4, 0x5678);
        bench_put(&s.b, 0x74, 4, sh << 4 | value);
        bench_put(&s.b, 0x50, 4, 5);
        t.side = (struct dbell_sideband){.has_streamid = true, .streamid = 0x1000};
        s.b.logged = 0;
        dbell_smmu_translate(&s.b.smmu, &t, &r);
        bench_settle(&s.b);
        own_access(&s, MSI, memattr(value), sh, false, "event queue message");
        CHECK_EQ(bench_load(&s.b, MSI), 0x1234);
        /* An illegal command: GERROR. */
        const uint64_t illegal[2] = {0xff, 0};
        bench_store_words(&s.b, CMDQ, illegal, 2);
        bench_put(&s.b, 0x98, 4, 1);
        own_access(&s, MSI + 8, memattr(value), sh, false, "GERROR message");
        CHECK_EQ(bench_load(&s.b, MSI + 8), 0x5678);
        bench_close(&s.b);
    }
}

TEST(attributes, messages_of_cmd_sync_are_written_as_it_says_4_7_3)
{
    for (unsigned n = 0; n < 64; n++) {
        const unsigned value = n & 15, sh = n >> 4;
        const uint64_t sync[2] = {UINT64_C(0x1234) << 32 | value << 24 | sh << 22 | 1 << 12 | 0x46,
                                  MSI};
        struct setup s;
        REQUIRE(open_setup(&s, 4));
        bench_store_words(&s.b, CMDQ, sync, 2);
        bench_put(&s.b, 0x98, 4, 1);
        own_access(&s, MSI, memattr(value), sh, false, "CMD_SYNC message");
        CHECK_EQ(bench_load(&s.b, MSI), 0x1234);
        bench_close(&s.b);
    }
}

/* Hardware update of the Access flag: the write is as the walk is. */
TEST(attributes, descriptor_updates_are_written_as_they_are_read_3_13)
{
    struct setup s;
    REQUIRE(open_setup(&s, 5));
    s.cd.ha = true;
    s.cd.ir0 = s.cd.or0 = 1;
    s.cd.sh0 = 3;
    configure(&s);
    const uint64_t leaf = S1_LEAVES + 8 * (VA >> 12);
    store1(&s, leaf, bench_load(&s.b, leaf) & ~(uint64_t)0x400);
    const struct dbell_translation r = access_of(&s, VA, DBELL_READ, 0xff, 0);
    CHECK_EQ(r.outcome, DBELL_DONE);
    CHECK_EQ(bench_load(&s.b, leaf) >> 10 & 1, 1);
    unsigned writes = 0;
    for (unsigned i = 0; i < s.b.logged; i++)
        if (s.b.log[i].address == leaf) {
            writes += dbell_op_writes(s.b.log[i].op);
            CHECK_EQ(type_of(s.b.log[i].side.attr).inner.cache, WB);
            CHECK_EQ(type_of(s.b.log[i].side.attr).outer.cache, WB);
            CHECK_EQ(s.b.log[i].side.sh, 3);
            CHECK(s.b.log[i].side.privileged && !s.b.log[i].side.instruction);
        }
    CHECK_EQ(writes, 1);
    bench_close(&s.b);
}

/* 6.3.40: what GATOS answers, without the overrides of the STE. */
static uint64_t gatos(struct setup *s, uint64_t address, unsigned type)
{
    bench_put(&s->b, 0x108, 8, SID);
    bench_put(&s->b, 0x110, 8, address | type << 10 | 1 << 9 | 1 << 8);
    bench_put(&s->b, 0x100, 4, 1);
    CHECK_EQ(bench_get(&s->b, 0x100, 4), 0);
    return bench_get(&s->b, 0x118, 8);
}
static void answered(uint64_t par, uint64_t address, struct type type, unsigned sh, unsigned a,
                     unsigned b)
{
    const unsigned mair = mair_of(type);
    const bool fixed = type.device || mair == 0x44;
    const uint64_t expected = (uint64_t)mair << 56 | address | (uint64_t)(fixed ? 2 : sh) << 8;
    if (par != expected && wrong++ < 8)
        dbell_test_check_eq("ATOS", (int)(a << 8 | b), "PAR", "expected", par, expected);
}

TEST(attributes, atos_of_stage_1_gives_its_attributes_6_3_40)
{
    struct setup s;
    REQUIRE(open_setup(&s, 5));
    s.ste.mtcfg = true;
    s.ste.memattr = 15;
    s.ste.alloccfg = 8; /* no hints: not included */
    s.ste.shcfg = 2;
    for (unsigned m = 0; m < MAIRS; m++)
        for (unsigned sh = 0; sh < 3; sh++) {
            stage1(&s, mairs[m], shs[sh]);
            configure(&s);
            answered(gatos(&s, VA, 1), IPA, type_of(mairs[m]), shs[sh], m, sh);
        }
    bench_close(&s.b);
}
TEST(attributes, atos_of_stage_2_gives_its_attributes_6_3_40)
{
    struct setup s;
    REQUIRE(open_setup(&s, 6));
    s.ste.mtcfg = true;
    s.ste.memattr = 0;
    configure(&s);
    for (unsigned v = 0; v < MEMATTRS; v++)
        for (unsigned sh = 0; sh < 3; sh++) {
            stage2(&s, IPA, memattrs[v], shs[sh]);
            answered(gatos(&s, IPA, 2), 0x150000, memattr(memattrs[v]), shs[sh], v, sh);
        }
    bench_close(&s.b);
}
TEST(attributes, atos_of_both_gives_them_combined_6_3_40)
{
    struct setup s;
    REQUIRE(open_setup(&s, 7));
    s.ste.mtcfg = true;
    s.ste.memattr = 15;
    s.ste.alloccfg = 8;
    for (unsigned m = 0; m < MAIRS; m++)
        for (unsigned v = 0; v < MEMATTRS; v++)
            for (unsigned sh = 0; sh < 9; sh++) {
                stage1(&s, mairs[m], shs[sh % 3]);
                stage2(&s, IPA, memattrs[v], shs[sh / 3]);
                configure(&s);
                answered(gatos(&s, VA, 3), 0x150000,
                         combine(type_of(mairs[m]), memattr(memattrs[v])),
                         wider(shs[sh % 3], shs[sh / 3]), m, v);
            }
    bench_close(&s.b);
}
TEST(attributes, atos_follows_s2fwb_13_1_6)
{
    struct setup s;
    REQUIRE(open_setup(&s, 7));
    s.ste.s2fwb = true;
    for (unsigned m = 0; m < UNIFORM; m++)
        for (unsigned v = 5; v < 8; v++) {
            stage1(&s, uniform[m], 2);
            stage2(&s, IPA, v, 3);
            configure(&s);
            answered(gatos(&s, VA, 3), 0x150000, forced(type_of(uniform[m]), v), 2, m, v);
        }
    bench_close(&s.b);
}

/* Table 13.4: INSTCFG is ignored for what is not a read; cache maintenance takes it. */
TEST(attributes, instcfg_is_ignored_for_atomics_and_writes_of_hints_13_1_4)
{
    static const struct {
        uint8_t op;
        bool data;
    } ops[] = {{DBELL_READ, false},
               {DBELL_WRITE, true},
               {DBELL_ATOMIC_SWAP, true},
               {DBELL_READ_CLEAN_INVALIDATE, false},
               {DBELL_READ_DESTRUCTIVE, false},
               {DBELL_WRITE_PREFETCH, true},
               {DBELL_PREFETCH, true}};
    for (unsigned i = 0; i < sizeof ops / sizeof ops[0]; i++)
        for (unsigned incoming = 0; incoming < 2; incoming++) {
            struct setup s;
            struct dbell_translation r = {0};
            struct dbell_transaction t = {.address = VA, .length = 8, .op = ops[i].op};
            REQUIRE(open_setup(&s, 5));
            s.ste.instcfg = incoming ? 0 : 3;
            s.ste.privcfg = 2; /* what EL0 may write, EL1 may not execute */
            s.ste.dcp = s.ste.dre = true;
            configure(&s);
            t.side = (struct dbell_sideband){
                .has_streamid = true, .streamid = SID, .attr = 0xff, .instruction = incoming};
            CHECK_EQ(dbell_smmu_translate(&s.b.smmu, &t, &r), DBELL_DONE);
            CHECK_EQ(r.instruction, !ops[i].data);
            CHECK(!r.privileged);
            bench_close(&s.b);
        }
}

TEST(attributes, idr3_fwb_0_ignores_s2fwb_5_2)
{
    struct dbell_smmu_config c = config();
    struct setup s;
    c.idr[3] &= ~(1u << 8);
    REQUIRE(open_with(&s, &c, 6));
    s.ste.s2fwb = true; /* RES0 */
    configure(&s);
    stage2(&s, IPA, 6, 3);
    const struct dbell_translation r = access_of(&s, IPA, DBELL_READ, 0xff, 3);
    expect(&r, memattr(6), 3, 6, 0, 0);
    bench_close(&s.b);
}

/* The VMS is read as the stream table is. */
TEST(attributes, vms_are_read_as_cr1_table_says_6_3_11)
{
    struct setup s;
    REQUIRE(open_setup(&s, 7));
    s.ste.s1mpam = true;
    s.ste.vmsptr = 0x7000;
    configure(&s);
    for (unsigned n = 0; n < 64; n++) {
        bench_put(&s.b, 0x20, 4, 0);
        bench_put(&s.b, 0x28, 4, n << 6);
        bench_put(&s.b, 0x20, 4, 1);
        access_of(&s, VA, DBELL_READ, 0xff, 0);
        own_access(&s, 0x7000, cr1_type(n >> 2 & 3, n & 3, true), n >> 4, false, "VMS");
    }
    bench_close(&s.b);
}

TEST(attributes, s1dss_bypass_without_stage_2_is_as_ste_bypass_5_2)
{
    struct setup s;
    REQUIRE(open_setup(&s, 5));
    s.ste.s1cdmax = 1;
    s.ste.s1dss = 1;
    s.ste.mtcfg = true;
    for (unsigned mt = 0; mt < 16; mt++)
        for (unsigned shcfg = 0; shcfg < 4; shcfg++) {
            s.ste.memattr = mt;
            s.ste.shcfg = shcfg;
            configure(&s);
            const struct dbell_translation r = access_of(&s, IPA, DBELL_READ, 0xff, 3);
            CHECK_EQ(r.address, IPA);
            expect(&r, memattr(mt), shcfg == 1 ? 3 : shcfg, mt, shcfg, 0);
        }
    bench_close(&s.b);
}

TEST(attributes, stages_see_no_overrides_without_attr_types_ovr_5_2)
{
    for (unsigned ste_config = 5; ste_config < 7; ste_config++) {
        struct dbell_smmu_config c = config();
        struct setup s;
        c.idr[1] &= ~(1u << 27);
        REQUIRE(open_with(&s, &c, ste_config));
        s.ste.mtcfg = true;
        s.ste.memattr = 0;
        s.ste.alloccfg = 9;
        s.ste.shcfg = 0;
        configure(&s);
        for (unsigned i = 0; i < UNIFORM; i++) {
            const struct type input = type_of(uniform[i]), all = type_of(0xff);
            const struct dbell_translation r =
                access_of(&s, ste_config == 5 ? (uint64_t)VA : IPA, DBELL_READ, uniform[i], 3);
            expect(&r, ste_config == 5 ? through_stage1(input, all) : combine(input, all), 3,
                   uniform[i], ste_config, 0);
        }
        bench_close(&s.b);
    }
}

/* What goes on carries what the translation said. */
TEST(attributes, what_is_forwarded_has_the_attributes_of_the_output_13_4_4)
{
    struct setup s;
    struct dbell_translation r;
    struct dbell_transaction t = {.address = VA + 0x18, .length = 4};
    REQUIRE(open_setup(&s, 7));
    s.ste.privcfg = 3;
    s.ste.mtcfg = true;
    s.ste.memattr = 5;
    stage1(&s, 0xee, 3);
    stage2(&s, IPA, 10, 2);
    configure(&s);
    t.side = (struct dbell_sideband){.has_streamid = true, .streamid = SID, .attr = 0x04, .sh = 2};
    REQUIRE(dbell_smmu_translate(&s.b.smmu, &t, &r) == DBELL_DONE);
    dbell_smmu_forward(&r, &t);
    CHECK_EQ(t.address, 0x150018);
    CHECK_EQ(t.side.attr, 0xaa); /* write-through, RA, no WA */
    CHECK_EQ(t.side.sh, 2);
    CHECK(t.side.privileged && !t.side.instruction);
    bench_close(&s.b);
}

/* The last example of 13.1.5.1: Normal-iWB/RAWAnTR-oNC-ISH + Normal-iWT-oWT-OSH. */
TEST(attributes, examples_of_combination_13_1_5_1)
{
    static const struct {
        uint8_t stage1, sh1, stage2, sh2, attr, sh;
    } examples[] = {{0x4f, 3, 1, 0, 0x04, 2}, {0x04, 0, 0, 0, 0x00, 2}, {0x4f, 3, 10, 2, 0x4b, 2}};
    struct setup s;
    REQUIRE(open_setup(&s, 7));
    for (unsigned i = 0; i < 3; i++) {
        stage1(&s, examples[i].stage1, examples[i].sh1);
        stage2(&s, IPA, examples[i].stage2, examples[i].sh2);
        configure(&s);
        const struct dbell_translation r = access_of(&s, VA, DBELL_READ, 0xff, 0);
        CHECK_EQ(r.attr, examples[i].attr);
        CHECK_EQ(r.sh, examples[i].sh);
    }
    bench_close(&s.b);
}

/* 13.6.1.1: after S2FWB, and not of Device. */
TEST(attributes, no_snoop_makes_cacheable_types_non_cacheable_13_6_1)
{
    for (unsigned m = 0; m < MAIRS; m++) {
        struct setup s;
        struct dbell_transaction t = {.address = VA, .length = 4};
        struct dbell_translation r;
        REQUIRE(open_setup(&s, 7));
        s.ste.s2fwb = true;
        stage1(&s, mairs[m], 3);
        stage2(&s, IPA, 7, 3);
        configure(&s);
        t.side = (struct dbell_sideband){
            .has_streamid = true, .streamid = SID, .attr = 0xff, .nosnoop = true};
        REQUIRE(dbell_smmu_translate(&s.b.smmu, &t, &r) == DBELL_DONE);
        expect(&r, mairs[m] < 0x10 ? type_of(mairs[m]) : (struct type){.device = false}, 2,
               mairs[m], 0, 0);
        stage2(&s, IPA, 6, 3); /* forced write-back: still */
        REQUIRE(dbell_smmu_translate(&s.b.smmu, &t, &r) == DBELL_DONE);
        expect(&r, (struct type){.device = false}, 2, mairs[m], 1, 0);
        bench_close(&s.b);
    }
}

TEST(attributes, smmuv3_4_gives_data_and_privileged_always_13_1_2)
{
    struct dbell_smmu_config c = config();
    struct setup s;
    c.aidr = 4;
    REQUIRE(open_with(&s, &c, 5));
    stage1(&s, 0xff, 3);
    configure(&s);
    struct dbell_transaction t = {.address = VA, .length = 4};
    struct dbell_translation r;
    t.side = (struct dbell_sideband){
        .has_streamid = true, .streamid = SID, .attr = 0xff, .instruction = true};
    REQUIRE(dbell_smmu_translate(&s.b.smmu, &t, &r) == DBELL_DONE);
    CHECK(r.privileged && !r.instruction);
    bench_close(&s.b);
}
