/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Page requests: the PRI queue, its overflow, its errors, and the responses to page request groups
 * (IHI 0070 8, 4.5.2, 6.3.36, 6.3.97, 6.3.98). */
#include <string.h>

#include "bench.h"
#include "dbell_test.h"

enum { SID = 5, NO_SID = 100, SLOTS = 32 };
enum { CR0 = 0x20, CR0ACK = 0x24, CR2 = 0x2c, IRQ_CTRL = 0x50, GERROR = 0x60, GERRORN = 0x64 };
enum { PRIQ_BASE = 0xc0, PRIQ_IRQ_CFG0 = 0xd0, PRIQ_IRQ_CFG1 = 0xd8, PRIQ_IRQ_CFG2 = 0xdc };
enum { PRIQ_PROD = 0x100c8, PRIQ_CONS = 0x100cc, CMDQ_CONS = 0x9c };
enum { ON = 0xf, SMMUEN_0 = 0xe, PRIQEN_0 = 0xd, ATSCHK = 0x10 };
enum { RECINVSID = 2, REC_CFG_ATS = 8 };
enum { SUCCESS = 0, INVALID = 1, FAILURE = 15 };
#define OVFLG   (UINT32_C(1) << 31)
#define LO      (UINT32_C(1) << 31)
#define ADDRESS UINT64_C(0xfedcba9876543000)

struct rig {
    struct bench b;
    uint64_t priq;
    unsigned log2size, count, refused, faults;
    struct dbell_page_response last[64];
    bool refuses;
};

static bool note_response(void *ctx, const struct dbell_page_response *response)
{
    struct rig *r = ctx;
    if (r->refuses) {
        r->refused++;
        return false;
    }
    r->last[r->count++ % 64] = *response;
    return true;
}

static void queue_on(struct rig *r, uint64_t base)
{
    bench_put(&r->b, CR0, 4, PRIQEN_0);
    bench_put(&r->b, PRIQ_BASE, 8, base | r->log2size);
    bench_put(&r->b, PRIQ_PROD, 4, 0);
    bench_put(&r->b, PRIQ_CONS, 4, 0);
    bench_put(&r->b, CR0, 4, ON);
}

static bool rig_of(struct rig *r, unsigned log2size, const struct dbell_smmu_config *config)
{
    memset(r, 0, sizeof *r);
    if (!bench_open(&r->b, config))
        return false;
    bench_on(&r->b);
    r->b.smmu.ports.ats = (struct dbell_ats_port){.ctx = r, .respond = note_response};
    r->log2size = log2size;
    r->priq = bench_alloc(&r->b, UINT64_C(16) << log2size);
    queue_on(r, r->priq);
    r->b.logged = 0;
    return true;
}

/* IDR0.ATSRECERR, and as said. */
static struct dbell_smmu_config with(bool pps, unsigned ssidsize)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    f.atsrecerr = true;
    f.pps = pps;
    f.ssidsize = (uint8_t)ssidsize;
    dbell_smmu_features_set(&config, &f);
    return config;
}

static bool rig(struct rig *r, unsigned log2size)
{
    const struct dbell_smmu_config config = with(false, 20);
    return rig_of(r, log2size, &config);
}

/* A bypass, which is a valid STE; `dw1`: more bits of its word 1. */
static void ste(struct rig *r, uint64_t dw0, uint64_t dw1)
{
    const uint64_t words[8] = {dw0, UINT64_C(1) << 44 | dw1, 0, 0, 0, 0, 0, 0};
    bench_store_words(&r->b, r->b.strtab + SID * 64, words, 8);
    bench_command(&r->b, dbell_host_cfgi_all());
}
enum { BYPASS = 1 | 4 << 1, PPAR = 1 << 18 };

static struct dbell_page_request last_of(unsigned group)
{
    return (struct dbell_page_request){.address = ADDRESS,
                                       .group = (uint16_t)group,
                                       .read = true,
                                       .last = true,
                                       .side = {.has_streamid = true, .streamid = SID}};
}

static struct dbell_page_request with_pasid(struct dbell_page_request q, uint32_t pasid)
{
    q.side.has_substreamid = true;
    q.side.substreamid = pasid;
    return q;
}

static struct dbell_page_request not_last(unsigned group)
{
    struct dbell_page_request q = last_of(group);
    q.last = false;
    return q;
}

static struct dbell_page_request stop_marker(uint32_t pasid)
{
    struct dbell_page_request q = with_pasid(last_of(0), pasid);
    q.read = q.write = false;
    return q;
}

static void ask(struct rig *r, struct dbell_page_request q)
{
    CHECK_EQ(dbell_smmu_page_request(&r->b.smmu, &q), DBELL_OK);
}

static void arrive(struct rig *r, struct dbell_page_request q)
{
    ask(r, q);
    bench_settle(&r->b);
}

static uint32_t prod(struct rig *r)
{
    return (uint32_t)bench_get(&r->b, PRIQ_PROD, 4);
}

static uint64_t entry(struct rig *r, unsigned n, unsigned word)
{
    return bench_load(&r->b, r->priq + 16 * n + 8 * word);
}

static unsigned next_event(struct rig *r)
{
    uint64_t record[4] = {0};
    return bench_event(&r->b, record) ? record[0] & 0xff : 0;
}

static void set_cr2(struct rig *r, unsigned value)
{
    bench_put(&r->b, CR0, 4, SMMUEN_0);
    bench_put(&r->b, CR2, 4, value);
    bench_put(&r->b, CR0, 4, ON);
}

/* The n'th response, as the SMMU makes it by itself. */
static void check_automatic(const struct rig *r, unsigned n, unsigned group, unsigned code)
{
    CHECK_EQ(r->last[n].streamid, SID);
    CHECK_EQ(r->last[n].group, group);
    CHECK_EQ(r->last[n].code, code);
    CHECK(r->last[n].automatic);
}

/* --- 8: entries --- */

TEST(pri, an_entry_has_the_fields_of_the_request_8)
{
    static const struct {
        struct dbell_page_request q;
        uint64_t w0, w1;
    } rows[] = {
        {{.address = ADDRESS, .group = 0x1ff, .side = {.streamid = UINT32_C(0x89abcdef)}},
         0x89abcdef,
         ADDRESS | 0x1ff},
        {{.address = ADDRESS | 0xfff, .group = 1, .read = true}, UINT64_C(1) << 60, ADDRESS | 1},
        {{.address = 0x1000, .write = true}, UINT64_C(1) << 61, 0x1000},
        {{.last = true}, UINT64_C(1) << 62, 0}, /* no PASID: no Stop Marker */
        {{.last = true, .side = {.has_substreamid = true, .substreamid = 0xfffff}},
         UINT64_C(3) << 62 | UINT64_C(0xfffff) << 32,
         0},
        {{.group = 0x100, .side = {.has_substreamid = true, .substreamid = 0xabcde}},
         UINT64_C(1) << 63 | UINT64_C(0xabcde) << 32,
         0x100},
        {{.side = {.has_substreamid = true, .privileged = true}},
         UINT64_C(1) << 63 | UINT64_C(1) << 58,
         0},
        {{.side = {.has_substreamid = true, .instruction = true}},
         UINT64_C(1) << 63 | UINT64_C(1) << 59,
         0},
        /* Without a PASID, X and Priv are 0. */
        {{.read = true, .side = {.privileged = true, .instruction = true}}, UINT64_C(1) << 60, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned ssidsize = 0; ssidsize <= 20; ssidsize += 20) {
            const struct dbell_smmu_config config = with(false, ssidsize);
            struct rig r;
            REQUIRE(rig_of(&r, 3, &config));
            struct dbell_page_request q = rows[i].q;
            q.side.has_streamid = true;
            arrive(&r, q);
            CHECK_EQ(prod(&r), 1);
            uint64_t want = rows[i].w0, mask = ~UINT64_C(0);
            if (!ssidsize) /* PASIDs are not supported: 0 */
                want &= ~(UINT64_C(1) << 63 | UINT64_C(3) << 58);
            if (!(want >> 63))
                mask = ~(UINT64_C(0xfffff) << 32); /* the rest of it is UNKNOWN */
            CHECK_EQ(entry(&r, 0, 0) & mask, want & mask);
            CHECK_EQ(entry(&r, 0, 1), rows[i].w1);
            CHECK_EQ(r.count, 0);
            CHECK_EQ(dbell_smmu_count(&r.b.smmu, DBELL_SMMU_PRI_QUEUED), 1);
            bench_close(&r.b);
        }
}

TEST(pri, the_write_index_wraps_at_the_size_of_the_queue_6_3_97)
{
    for (unsigned log2size = 0; log2size <= 3; log2size++) {
        struct rig r;
        const unsigned size = 1u << log2size;
        REQUIRE(rig(&r, log2size));
        for (unsigned n = 0; n < 5 * size; n++) {
            arrive(&r, last_of(n + 1));
            CHECK_EQ(prod(&r), (n + 1) % (2 * size));
            CHECK_EQ(entry(&r, n % size, 1), ADDRESS | (n + 1));
            bench_put(&r.b, PRIQ_CONS, 4, (n + 1) % (2 * size));
        }
        CHECK_EQ(r.count, 0);
        bench_close(&r.b);
    }
}

TEST(pri, the_queue_is_aligned_to_its_size_and_capped_by_idr1_6_3_33)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    struct rig r;
    f.priqs = 2;
    dbell_smmu_features_set(&config, &f);
    REQUIRE(rig_of(&r, 5, &config)); /* of which 2 count */
    queue_on(&r, r.priq + 0x20);
    for (unsigned n = 0; n < 5; n++)
        arrive(&r, not_last(n + 1));
    CHECK_EQ(prod(&r), OVFLG | 4);
    for (unsigned n = 0; n < 4; n++)
        CHECK_EQ(entry(&r, n, 1) & 0x1ff, n + 1);
    CHECK_EQ(entry(&r, 4, 1) | entry(&r, 5, 1), 0);
    bench_close(&r.b);
}

TEST(pri, entries_are_written_as_cr1_and_the_hint_of_the_base_say_6_3_11)
{
    for (unsigned wa = 0; wa < 2; wa++) {
        struct rig r;
        REQUIRE(rig(&r, 2));
        bench_put(&r.b, CR0, 4, 0);
        bench_put(&r.b, 0x28, 4, 3 << 4 | 1 << 2 | 1); /* CR1: Inner Shareable, write-back */
        bench_put(&r.b, PRIQ_BASE, 8, (uint64_t)wa << 62 | r.priq | 2);
        bench_put(&r.b, CR0, 4, 3);
        arrive(&r, last_of(1));
        const struct dbell_transaction *write = bench_noted(&r.b, r.priq);
        REQUIRE(write != NULL);
        CHECK_EQ(write->length, 16);
        CHECK_EQ(write->side.sh, DBELL_SH_INNER);
        CHECK_EQ(write->side.attr, wa ? 0xdd : 0xcc); /* MAIR: write-back, W */
        bench_close(&r.b);
    }
}

TEST(pri, requests_leave_in_their_order_8)
{
    struct rig r;
    REQUIRE(rig(&r, 5));
    for (unsigned n = 0; n < 32; n++)
        ask(&r, n % 3 ? not_last(n) : last_of(n));
    bench_settle(&r.b);
    CHECK_EQ(prod(&r), 32); /* full, and nothing is lost */
    for (unsigned n = 0; n < 32; n++)
        CHECK_EQ(entry(&r, n, 1) & 0x1ff, n);
    CHECK_EQ(r.count, 0);
    bench_close(&r.b);
}

TEST(pri, neither_atschk_nor_the_ste_has_a_say_8_2)
{
    struct rig r;
    REQUIRE(rig(&r, 3));
    bench_put(&r.b, CR0, 4, ON | ATSCHK);
    arrive(&r, last_of(1)); /* no valid STE, EATS 0b00 */
    struct dbell_page_request q = with_pasid(last_of(2), 1);
    q.side.streamid = NO_SID;
    arrive(&r, q);
    CHECK_EQ(prod(&r), 2);
    CHECK_EQ(r.count, 0);
    CHECK_EQ(next_event(&r), 0);
    CHECK(!bench_noted(&r.b, r.b.strtab + SID * 64));
    bench_close(&r.b);
}

TEST(pri, only_nonsecure_requests_of_streams_reach_it_8_2)
{
    struct rig r;
    REQUIRE(rig(&r, 3));
    struct dbell_page_request q = last_of(1);
    q.side.has_streamid = false;
    CHECK_EQ(dbell_smmu_page_request(&r.b.smmu, &q), DBELL_E_ARGUMENT);
    q = last_of(1);
    q.side.sec_sid = DBELL_SEC_SECURE;
    CHECK_EQ(dbell_smmu_page_request(&r.b.smmu, &q), DBELL_E_UNSUPPORTED);
    bench_settle(&r.b);
    CHECK_EQ(prod(&r), 0);
    bench_close(&r.b);
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.idr[0] &= ~(1u << 16);
    REQUIRE(rig_of(&r, 3, &config));
    q = last_of(1);
    CHECK_EQ(dbell_smmu_page_request(&r.b.smmu, &q), DBELL_E_UNSUPPORTED);
    bench_close(&r.b);
}

/* --- 6.3.36, 3.18: interrupts --- */

static void interrupts_on(struct rig *r, bool lo)
{
    bench_put(&r->b, PRIQ_IRQ_CFG2, 4, lo ? LO : 0);
    bench_put(&r->b, IRQ_CTRL, 4, 2);
}

TEST(pri, an_interrupt_says_that_the_queue_is_no_longer_empty_6_3_36)
{
    struct rig r;
    REQUIRE(rig(&r, 2));
    arrive(&r, last_of(0));
    CHECK_EQ(r.b.pulses[DBELL_SMMU_PRIQ], 0); /* IRQ_CTRL.PRIQ_IRQEN 0 */
    bench_put(&r.b, PRIQ_CONS, 4, 1);
    interrupts_on(&r, false);
    arrive(&r, not_last(1));
    CHECK_EQ(r.b.pulses[DBELL_SMMU_PRIQ], 1);
    arrive(&r, last_of(1));
    CHECK_EQ(r.b.pulses[DBELL_SMMU_PRIQ], 1);
    bench_put(&r.b, PRIQ_CONS, 4, 2); /* one is left */
    arrive(&r, last_of(2));
    CHECK_EQ(r.b.pulses[DBELL_SMMU_PRIQ], 1);
    bench_put(&r.b, PRIQ_CONS, 4, 4);
    arrive(&r, last_of(3));
    CHECK_EQ(r.b.pulses[DBELL_SMMU_PRIQ], 2);
    for (unsigned n = 0; n < 6; n++) /* full, overflow: nothing that was empty */
        arrive(&r, last_of(n));
    CHECK_EQ(r.b.pulses[DBELL_SMMU_PRIQ], 2);
    bench_close(&r.b);
}

TEST(pri, with_lo_an_interrupt_says_that_a_last_one_came_6_3_36)
{
    struct rig r;
    REQUIRE(rig(&r, 2));
    interrupts_on(&r, true);
    static const struct {
        bool last;
        unsigned pulses;
    } rows[] = {{false, 0},
                {true, 1},
                {true, 2},
                {false, 2},
                /* now it is full: of those discarded for overflow as well */
                {false, 2},
                {true, 3},
                {false, 3},
                {true, 4}};
    for (unsigned n = 0; n < sizeof rows / sizeof rows[0]; n++) {
        arrive(&r, rows[n].last ? last_of(n) : not_last(n));
        CHECK_EQ(r.b.pulses[DBELL_SMMU_PRIQ], rows[n].pulses);
    }
    CHECK_EQ(prod(&r), OVFLG | 4);
    /* Not of those that are discarded for any other reason. */
    bench_put(&r.b, PRIQ_CONS, 4, OVFLG | 4);
    bench_put(&r.b, CR0, 4, PRIQEN_0);
    arrive(&r, last_of(9));
    bench_put(&r.b, CR0, 4, ON);
    r.b.abort_at = r.priq;
    arrive(&r, last_of(10));
    arrive(&r, last_of(11));
    CHECK_EQ(r.b.pulses[DBELL_SMMU_PRIQ], 4);
    bench_close(&r.b);
}

static void look_at_the_queue(struct bench *b, unsigned line)
{
    if (line != DBELL_SMMU_PRIQ)
        return;
    const uint64_t base = dbell_smmu_read(&b->smmu, PRIQ_BASE, 8) & ~UINT64_C(31);
    CHECK_EQ(dbell_smmu_read(&b->smmu, PRIQ_PROD, 4), 1);
    CHECK_EQ(bench_load(b, base + 8), ADDRESS | 7);
}

TEST(pri, the_entry_is_visible_before_its_interrupt_6_3_36)
{
    for (unsigned lo = 0; lo < 2; lo++) {
        struct rig r;
        REQUIRE(rig(&r, 2));
        interrupts_on(&r, lo);
        r.b.on_pulse = look_at_the_queue;
        arrive(&r, last_of(7));
        CHECK_EQ(r.b.pulses[DBELL_SMMU_PRIQ], 1);
        bench_close(&r.b);
    }
}

TEST(pri, an_interrupt_by_message_and_its_abort_3_18)
{
    for (unsigned lo = 0; lo < 2; lo++)
        for (unsigned aborts = 0; aborts < 2; aborts++) {
            struct rig r;
            REQUIRE(rig(&r, 2));
            const uint64_t msi = bench_alloc(&r.b, 4096);
            bench_put(&r.b, PRIQ_IRQ_CFG0, 8, aborts ? BENCH_NOWHERE : msi);
            bench_put(&r.b, PRIQ_IRQ_CFG1, 4, 0x1234);
            interrupts_on(&r, lo);
            arrive(&r, last_of(1));
            CHECK_EQ(bench_load(&r.b, msi), aborts ? 0 : 0x1234);
            CHECK_EQ(bench_get(&r.b, GERROR, 4), aborts ? 1u << 6 : 0);
            CHECK_EQ(prod(&r), 1);
            bench_close(&r.b);
        }
}

/* --- 8.1: overflow --- */

TEST(pri, an_overflow_is_shown_once_and_inhibits_new_entries_8_1)
{
    struct rig r;
    REQUIRE(rig(&r, 1));
    for (unsigned n = 0; n < 2; n++)
        arrive(&r, not_last(n));
    CHECK_EQ(prod(&r), 2); /* full is no overflow yet */
    arrive(&r, not_last(2));
    CHECK_EQ(prod(&r), OVFLG | 2);
    arrive(&r, not_last(3));
    CHECK_EQ(prod(&r), OVFLG | 2);
    CHECK_EQ(entry(&r, 0, 1) & 0x1ff, 0);
    CHECK_EQ(entry(&r, 1, 1) & 0x1ff, 1);
    CHECK_EQ(r.count, 0);             /* with Last == 0 they are silently ignored */
    bench_put(&r.b, PRIQ_CONS, 4, 2); /* all read, not acknowledged */
    arrive(&r, not_last(4));
    CHECK_EQ(prod(&r), OVFLG | 2);
    bench_put(&r.b, PRIQ_CONS, 4, OVFLG | 2);
    arrive(&r, not_last(5));
    CHECK_EQ(prod(&r), OVFLG | 3);
    CHECK_EQ(entry(&r, 0, 1) & 0x1ff, 5);
    arrive(&r, not_last(6));
    arrive(&r, not_last(7));
    CHECK_EQ(prod(&r), 0);            /* OVFLG toggles, the index has wrapped */
    bench_put(&r.b, PRIQ_CONS, 4, 2); /* acknowledged, but still full */
    arrive(&r, not_last(8));
    CHECK_EQ(prod(&r), OVFLG);
    CHECK_EQ(dbell_smmu_count(&r.b.smmu, DBELL_SMMU_PRI_QUEUED), 4);
    CHECK_EQ(dbell_smmu_count(&r.b.smmu, DBELL_SMMU_PRI_DISCARDED), 5);
    bench_close(&r.b);
}

TEST(pri, the_last_ones_of_groups_are_answered_with_success_8_1)
{
    struct rig r;
    REQUIRE(rig(&r, 0));
    arrive(&r, last_of(1));
    CHECK_EQ(r.count, 0);
    arrive(&r, last_of(2)); /* the one that makes it overflow, too */
    REQUIRE(r.count == 1);
    check_automatic(&r, 0, 2, SUCCESS);
    CHECK(!r.last[0].has_substreamid);
    arrive(&r, not_last(3));
    arrive(&r, last_of(0x1ff));
    REQUIRE(r.count == 2);
    check_automatic(&r, 1, 0x1ff, SUCCESS);
    /* 8: with LWR 0b100 and no PASID it is a request like any other. */
    struct dbell_page_request q = last_of(4);
    q.read = false;
    arrive(&r, q);
    REQUIRE(r.count == 3);
    check_automatic(&r, 2, 4, SUCCESS);
    ste(&r, BYPASS, PPAR);
    q = with_pasid(q, 3); /* with one, but LWR 0b110 */
    q.write = true;
    arrive(&r, q);
    REQUIRE(r.count == 4);
    check_automatic(&r, 3, 4, SUCCESS);
    bench_close(&r.b);
}

TEST(pri, stop_markers_are_queued_and_never_answered_8_2)
{
    struct rig r;
    REQUIRE(rig(&r, 0));
    ste(&r, BYPASS, PPAR);
    arrive(&r, stop_marker(9));
    CHECK_EQ(prod(&r), 1);
    CHECK_EQ(entry(&r, 0, 0), UINT64_C(3) << 62 | UINT64_C(9) << 32 | SID);
    arrive(&r, stop_marker(10)); /* overflow */
    CHECK_EQ(prod(&r), OVFLG | 1);
    arrive(&r, stop_marker(11));
    bench_put(&r.b, CR0, 4, PRIQEN_0);
    arrive(&r, stop_marker(12));
    bench_put(&r.b, CR0, 4, ON);
    bench_put(&r.b, PRIQ_CONS, 4, OVFLG | 1);
    r.b.abort_at = r.priq;
    arrive(&r, stop_marker(13)); /* its write aborts */
    arrive(&r, stop_marker(14));
    CHECK_EQ(r.count, 0);
    bench_close(&r.b);
}

enum stream { VALID, ABORTS, UNREACHABLE, INVALID_STE, ILLEGAL, OUT_OF_RANGE };

/* Stage 1 with EATS 0b10 is ILLEGAL. */
static void make_stream(struct rig *r, enum stream stream, bool ppar)
{
    const uint64_t bits = ppar ? PPAR : 0;
    ste(r,
        stream == INVALID_STE ? 0
        : stream == ABORTS    ? 1
        : stream == ILLEGAL   ? 1 | 5 << 1
                              : BYPASS,
        bits | (stream == ILLEGAL ? UINT64_C(2) << 28 : 0));
    if (stream == UNREACHABLE)
        r->b.abort_at = r->b.strtab + SID * 64;
}

TEST(pri, the_pasid_of_an_automatic_response_is_by_pps_and_ppar_8_1)
{
    static const struct {
        bool pasid, pps, ppar;
        unsigned ssidsize;
        enum stream stream;
        bool want_pasid;
        unsigned code, event; /* with REC_CFG_ATS */
    } rows[] = {
        {false, false, false, 20, VALID, false, SUCCESS, 0},
        {false, false, true, 20, VALID, false, SUCCESS, 0},
        {false, false, true, 20, INVALID_STE, false, SUCCESS, 0},
        {false, false, true, 20, UNREACHABLE, false, SUCCESS, 0},
        {false, true, true, 20, OUT_OF_RANGE, false, SUCCESS, 0},
        {true, true, false, 20, VALID, true, SUCCESS, 0},
        {true, true, false, 20, INVALID_STE, true, SUCCESS, 0},
        {true, true, false, 20, UNREACHABLE, true, SUCCESS, 0},
        {true, true, false, 20, OUT_OF_RANGE, true, SUCCESS, 0},
        {true, false, false, 20, VALID, false, SUCCESS, 0},
        {true, false, true, 20, VALID, true, SUCCESS, 0},
        {true, false, true, 20, ABORTS, true, SUCCESS, 0}, /* Config 0b000 is valid */
        {true, false, false, 20, ABORTS, false, SUCCESS, 0},
        {true, false, true, 20, INVALID_STE, false, FAILURE, DBELL_EVENT_C_BAD_STE},
        {true, false, true, 20, ILLEGAL, false, FAILURE, DBELL_EVENT_C_BAD_STE},
        {true, false, true, 20, UNREACHABLE, false, FAILURE, DBELL_EVENT_F_STE_FETCH},
        {true, false, true, 20, OUT_OF_RANGE, false, FAILURE, DBELL_EVENT_C_BAD_STREAMID},
        /* No PASIDs: no STE is looked for. */
        {true, false, true, 0, VALID, false, SUCCESS, 0},
        {true, false, true, 0, INVALID_STE, false, SUCCESS, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned cr2 = 0; cr2 < 4; cr2++) {
            const struct dbell_smmu_config config = with(rows[i].pps, rows[i].ssidsize);
            struct rig r;
            uint64_t record[4];
            REQUIRE(rig_of(&r, 0, &config));
            set_cr2(&r, (cr2 & 1 ? RECINVSID : 0) | (cr2 & 2 ? REC_CFG_ATS : 0));
            make_stream(&r, rows[i].stream, rows[i].ppar);
            arrive(&r, last_of(1));
            struct dbell_page_request q = last_of(2);
            if (rows[i].pasid)
                q = with_pasid(q, 0xabcde);
            if (rows[i].stream == OUT_OF_RANGE)
                q.side.streamid = NO_SID;
            arrive(&r, q);
            REQUIRE(r.count == 1);
            CHECK_EQ(r.last[0].streamid, q.side.streamid);
            CHECK_EQ(r.last[0].group, 2);
            CHECK_EQ(r.last[0].code, rows[i].code);
            CHECK_EQ(r.last[0].has_substreamid, rows[i].want_pasid);
            CHECK_EQ(r.last[0].substreamid, rows[i].want_pasid ? 0xabcde : 0);
            CHECK(r.last[0].automatic);
            const bool recorded = rows[i].event && cr2 & 2 &&
                                  (rows[i].event != DBELL_EVENT_C_BAD_STREAMID || cr2 & 1);
            CHECK_EQ(bench_event(&r.b, record), recorded);
            if (recorded) {
                CHECK_EQ(record[0] & 0xff, rows[i].event);
                CHECK_EQ(record[0] >> 32, q.side.streamid);
            }
            CHECK_EQ(next_event(&r), 0);
            bench_close(&r.b);
        }
}

TEST(pri, a_cfg_conflict_while_looking_for_ppar_fails_8_1)
{
    struct dbell_smmu_config config = with(false, 20);
    struct rig r;
    config.conflicts = true;
    REQUIRE(rig_of(&r, 0, &config));
    set_cr2(&r, REC_CFG_ATS);
    struct dbell_host_ste a = {.v = true, .config = 4, .shcfg = 1, .cont = 1}, b = a;
    b.privcfg = 3;
    bench_ste(&r.b, SID, &a);
    bench_ste(&r.b, SID ^ 1, &b);
    bench_translate(&r.b, SID ^ 1, DBELL_READ, 0);
    arrive(&r, last_of(1));
    arrive(&r, with_pasid(last_of(2), 3));
    REQUIRE(r.count == 1);
    check_automatic(&r, 0, 2, FAILURE);
    CHECK_EQ(next_event(&r), DBELL_EVENT_F_CFG_CONFLICT);
    bench_close(&r.b);
}

/* --- 8.2: requests that are refused --- */

TEST(pri, every_request_fails_while_the_queue_is_off_8_2)
{
    static const unsigned off[] = {PRIQEN_0, SMMUEN_0, PRIQEN_0 & SMMUEN_0, PRIQEN_0 | ATSCHK,
                                   SMMUEN_0 | ATSCHK};
    for (unsigned i = 0; i < 5; i++) {
        struct rig r;
        REQUIRE(rig(&r, 3));
        ste(&r, BYPASS, PPAR);
        bench_put(&r.b, CR0, 4, off[i]);
        arrive(&r, last_of(1));
        arrive(&r, with_pasid(last_of(2), 7));
        arrive(&r, not_last(3)); /* all incoming ones */
        REQUIRE(r.count == 3);
        for (unsigned n = 0; n < 3; n++) {
            check_automatic(&r, n, n + 1, FAILURE);
            CHECK(!r.last[n].has_substreamid);
        }
        CHECK_EQ(prod(&r), 0);
        CHECK_EQ(entry(&r, 0, 0) | entry(&r, 0, 1), 0);
        bench_put(&r.b, CR0, 4, ON);
        arrive(&r, last_of(4));
        CHECK_EQ(prod(&r), 1);
        CHECK_EQ(r.count, 3);
        CHECK_EQ(dbell_smmu_count(&r.b.smmu, DBELL_SMMU_PRI_DISCARDED), 3);
        bench_close(&r.b);
    }
}

TEST(pri, an_aborted_write_is_priq_abt_err_and_a_failure_8_2)
{
    struct rig r;
    REQUIRE(rig(&r, 3));
    queue_on(&r, BENCH_NOWHERE);
    interrupts_on(&r, false);
    bench_put(&r.b, IRQ_CTRL, 4, 3);
    arrive(&r, with_pasid(last_of(1), 7));
    CHECK_EQ(bench_get(&r.b, GERROR, 4), 1u << 3);
    CHECK_EQ(r.b.pulses[DBELL_SMMU_GERROR], 1);
    CHECK_EQ(r.b.pulses[DBELL_SMMU_PRIQ], 0); /* the queue is still empty (7.2.2) */
    CHECK_EQ(prod(&r), 0);
    REQUIRE(r.count == 1);
    check_automatic(&r, 0, 1, FAILURE);
    CHECK(!r.last[0].has_substreamid);
    arrive(&r, not_last(2));
    REQUIRE(r.count == 2);
    check_automatic(&r, 1, 2, FAILURE);
    CHECK_EQ(r.b.pulses[DBELL_SMMU_GERROR], 1);
    bench_close(&r.b);
}

TEST(pri, while_priq_abt_err_is_active_nothing_is_written_8_2)
{
    struct rig r;
    REQUIRE(rig(&r, 3));
    ste(&r, BYPASS, PPAR);
    arrive(&r, last_of(1));
    r.b.abort_at = r.priq;
    arrive(&r, last_of(2));
    r.b.abort_at = 0;
    r.b.logged = 0;
    arrive(&r, with_pasid(last_of(3), 7));
    arrive(&r, not_last(4));
    CHECK_EQ(r.b.logged, 0);
    CHECK_EQ(prod(&r), 1);
    REQUIRE(r.count == 3);
    for (unsigned n = 0; n < 3; n++) {
        check_automatic(&r, n, n + 2, FAILURE);
        CHECK(!r.last[n].has_substreamid);
    }
    bench_put(&r.b, GERRORN, 4, 1u << 3);
    arrive(&r, last_of(5));
    CHECK_EQ(prod(&r), 2);
    CHECK_EQ(entry(&r, 1, 1) & 0x1ff, 5);
    CHECK_EQ(r.count, 3);
    bench_close(&r.b);
}

TEST(pri, in_service_failure_mode_the_queue_is_left_alone_12_3)
{
    struct rig r;
    REQUIRE(rig(&r, 3));
    dbell_smmu_fail(&r.b.smmu);
    r.b.logged = 0;
    arrive(&r, last_of(1));
    CHECK_EQ(r.b.logged, 0);
    CHECK_EQ(prod(&r), 0);
    REQUIRE(r.count == 1);
    check_automatic(&r, 0, 1, FAILURE);
    bench_close(&r.b);
}

/* --- 4.5.2: CMD_PRI_RESP --- */

static struct dbell_host_cmd pri_resp(uint64_t dw0, unsigned group, unsigned resp)
{
    return (struct dbell_host_cmd){{0x41 | (uint64_t)SID << 32 | dw0, group | resp << 12}};
}
enum { SSV = 1 << 11 };

static unsigned cons_error(struct rig *r)
{
    return bench_get(&r->b, CMDQ_CONS, 4) >> 24 & 0x7f;
}

TEST(pri, pri_resp_sends_the_response_of_software_4_5_2)
{
    static const struct {
        uint64_t dw0;
        unsigned ssidsize, group, resp;
        bool pasid;
        unsigned code;
    } rows[] = {
        {0, 20, 0, 0, false, FAILURE},     {0, 20, 0x1ff, 1, false, INVALID},
        {0, 20, 0x100, 2, false, SUCCESS}, {SSV, 20, 1, 2, true, SUCCESS},
        {SSV, 20, 1, 0, true, FAILURE},    {SSV, 0, 1, 2, false, SUCCESS}, /* as SSV 0 */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct dbell_smmu_config config = with(false, rows[i].ssidsize);
        struct rig r;
        REQUIRE(rig_of(&r, 3, &config));
        CHECK(bench_command(
            &r.b, pri_resp(rows[i].dw0 | UINT64_C(0xabcde) << 12, rows[i].group, rows[i].resp)));
        REQUIRE(r.count == 1);
        CHECK_EQ(r.last[0].streamid, SID);
        CHECK_EQ(r.last[0].group, rows[i].group);
        CHECK_EQ(r.last[0].code, rows[i].code);
        CHECK_EQ(r.last[0].has_substreamid, rows[i].pasid);
        CHECK_EQ(r.last[0].substreamid, rows[i].pasid ? 0xabcde : 0);
        CHECK(!r.last[0].automatic);
        CHECK(bench_command(&r.b, dbell_host_sync())); /* which waits for nothing of it */
        bench_close(&r.b);
    }
}

TEST(pri, pri_resp_0b11_is_illegal_and_all_is_ignored_with_smmuen_0_4_5_2)
{
    for (unsigned smmuen = 0; smmuen < 2; smmuen++) {
        struct rig r;
        REQUIRE(rig(&r, 3));
        bench_put(&r.b, CR0, 4, smmuen ? ON : SMMUEN_0);
        CHECK(bench_command(&r.b, pri_resp(0, 1, 2)));
        CHECK_EQ(r.count, smmuen);
        CHECK(!bench_command(&r.b, pri_resp(0, 1, 3)));
        CHECK_EQ(cons_error(&r), 1);
        CHECK_EQ(r.count, smmuen);
        bench_close(&r.b);
    }
}

TEST(pri, without_a_root_complex_pri_resp_is_ignored_and_nothing_hangs_4_5)
{
    struct rig r;
    REQUIRE(rig(&r, 0));
    r.b.smmu.ports.ats = (struct dbell_ats_port){0};
    CHECK(bench_command(&r.b, pri_resp(0, 1, 2)));
    CHECK(bench_command(&r.b, dbell_host_sync()));
    arrive(&r, last_of(1));
    arrive(&r, last_of(2));
    CHECK_EQ(prod(&r), OVFLG | 1);
    CHECK_EQ(dbell_smmu_count(&r.b.smmu, DBELL_SMMU_PRI_DISCARDED), 1);
    bench_close(&r.b);
}

/* --- a Root Complex that takes no response now --- */

TEST(pri, a_refused_response_of_software_is_made_again_4_5_2)
{
    struct rig r;
    REQUIRE(rig(&r, 3));
    r.refuses = true;
    CHECK(!bench_command(&r.b, pri_resp(0, 1, 2)));
    CHECK(!bench_command(&r.b, pri_resp(0, 2, 1)));
    CHECK_EQ(cons_error(&r), 0);
    CHECK(r.refused > 1);
    r.refuses = false;
    bench_settle(&r.b);
    REQUIRE(r.count == 2);
    CHECK_EQ(r.last[0].group, 1);
    CHECK_EQ(r.last[1].group, 2);
    CHECK(bench_command(&r.b, dbell_host_sync()));
    bench_close(&r.b);
}

/* Requests of four kinds behind each other; none is lost, none is answered or recorded twice. */
TEST(pri, a_refused_automatic_response_is_made_again_8_2)
{
    struct rig r;
    REQUIRE(rig(&r, 0));
    set_cr2(&r, REC_CFG_ATS);
    make_stream(&r, INVALID_STE, true);
    arrive(&r, last_of(1));
    interrupts_on(&r, true);
    r.refuses = true;
    arrive(&r, with_pasid(last_of(2), 7));
    arrive(&r, not_last(3));
    arrive(&r, last_of(4));
    for (unsigned n = 0; n < 5; n++)
        bench_settle(&r.b);
    CHECK(r.refused > 1);
    CHECK_EQ(r.count, 0);
    CHECK_EQ(prod(&r), OVFLG | 1);
    r.refuses = false;
    bench_settle(&r.b);
    REQUIRE(r.count == 2);
    check_automatic(&r, 0, 2, FAILURE);
    check_automatic(&r, 1, 4, SUCCESS);
    CHECK_EQ(prod(&r), OVFLG | 1);
    CHECK_EQ(r.b.pulses[DBELL_SMMU_PRIQ], 2);
    CHECK_EQ(next_event(&r), DBELL_EVENT_C_BAD_STE);
    CHECK_EQ(next_event(&r), 0);
    bench_close(&r.b);
}

TEST(pri, a_refused_response_to_an_aborted_write_is_made_again_8_2)
{
    struct rig r;
    REQUIRE(rig(&r, 3));
    r.b.abort_at = r.priq;
    r.refuses = true;
    arrive(&r, last_of(1));
    arrive(&r, last_of(2));
    CHECK_EQ(r.count, 0);
    r.refuses = false;
    bench_settle(&r.b);
    REQUIRE(r.count == 2);
    check_automatic(&r, 0, 1, FAILURE);
    check_automatic(&r, 1, 2, FAILURE);
    bench_close(&r.b);
}

TEST(pri, more_requests_than_there_is_room_for_have_to_wait_8)
{
    struct rig r;
    REQUIRE(rig(&r, 6));
    for (unsigned n = 0; n < SLOTS; n++)
        ask(&r, last_of(n));
    struct dbell_page_request q = last_of(SLOTS);
    CHECK_EQ(dbell_smmu_page_request(&r.b.smmu, &q), DBELL_E_BUSY);
    CHECK_EQ(dbell_smmu_step(&r.b.smmu, NULL), DBELL_STEPPED);
    CHECK_EQ(dbell_smmu_page_request(&r.b.smmu, &q), DBELL_OK);
    CHECK_EQ(dbell_smmu_page_request(&r.b.smmu, &q), DBELL_E_BUSY);
    bench_settle(&r.b);
    CHECK_EQ(prod(&r), SLOTS + 1);
    for (unsigned n = 0; n <= SLOTS; n++)
        CHECK_EQ(entry(&r, n, 1) & 0x1ff, n);
    CHECK_EQ(dbell_smmu_step(&r.b.smmu, NULL), DBELL_IDLE);
    bench_close(&r.b);
}

/* --- what comes in between --- */

static void reset(struct bench *b)
{
    dbell_smmu_reset(&b->smmu);
}

/* After it, everything is on again, and one request has come. */
static void reset_and_request(struct bench *b)
{
    struct rig *r = (struct rig *)(void *)b; /* its first member */
    dbell_smmu_reset(&b->smmu);
    bench_poke(b, PRIQ_BASE, 8, r->priq | r->log2size);
    bench_poke(b, 0x80, 8, b->strtab);
    bench_poke(b, 0x88, 4, 6);
    bench_poke(b, CR0, 4, 3);
    ask(r, last_of(0x55));
}

TEST(pri, a_reset_forgets_requests_that_wait_6_3_97)
{
    struct rig r;
    REQUIRE(rig(&r, 3));
    ask(&r, last_of(1));
    ask(&r, last_of(2));
    dbell_smmu_reset(&r.b.smmu);
    bench_settle(&r.b);
    CHECK_EQ(r.count, 0);
    CHECK_EQ(prod(&r), 0);
    bench_close(&r.b);
}

static void reset_and_abort(struct bench *b)
{
    dbell_smmu_reset(&b->smmu);
    b->abort_at = ((struct rig *)(void *)b)->priq;
}

TEST(pri, a_reset_during_the_write_of_an_entry_leaves_nothing_of_it_6_3_97)
{
    void (*const meanwhile[])(struct bench *) = {reset, reset_and_abort, reset_and_request};
    for (unsigned i = 0; i < 3; i++) {
        struct rig r;
        REQUIRE(rig(&r, 3));
        interrupts_on(&r, false);
        arrive(&r, last_of(1));
        bench_during(&r.b, r.priq + 16, meanwhile[i]);
        arrive(&r, last_of(2));
        CHECK_EQ(r.b.pulses[DBELL_SMMU_PRIQ], 1);
        CHECK_EQ(prod(&r), i == 2);
        CHECK_EQ(r.count, 0);
        CHECK_EQ(bench_get(&r.b, GERROR, 4), 0);
        if (i == 2)
            CHECK_EQ(entry(&r, 0, 1) & 0x1ff, 0x55);
        bench_close(&r.b);
    }
}

TEST(pri, a_reset_while_looking_for_ppar_leaves_later_requests_alone_8_1)
{
    for (unsigned more = 0; more < 2; more++) {
        struct rig r;
        REQUIRE(rig(&r, 0));
        ste(&r, BYPASS, PPAR);
        arrive(&r, last_of(1));
        bench_during(&r.b, r.b.strtab + SID * 64, more ? reset_and_request : reset);
        arrive(&r, with_pasid(last_of(2), 3));
        bench_settle(&r.b);
        CHECK_EQ(prod(&r), more); /* no overflow */
        CHECK_EQ(r.count, 0);
        if (more)
            CHECK_EQ(entry(&r, 0, 1) & 0x1ff, 0x55);
        bench_close(&r.b);
    }
}

static void priqen_off(struct bench *b)
{
    bench_poke(b, CR0, 4, PRIQEN_0);
    CHECK_EQ(bench_get(b, CR0ACK, 4) & 2, 2); /* not before the entry is visible */
}

TEST(pri, the_update_of_priqen_waits_for_an_entry_6_3_9_5)
{
    struct rig r;
    REQUIRE(rig(&r, 3));
    bench_during(&r.b, r.priq, priqen_off);
    arrive(&r, last_of(1));
    CHECK_EQ(bench_get(&r.b, CR0ACK, 4), PRIQEN_0);
    CHECK_EQ(prod(&r), 1);
    CHECK_EQ(entry(&r, 0, 1), ADDRESS | 1);
    arrive(&r, last_of(2));
    REQUIRE(r.count == 1);
    check_automatic(&r, 0, 2, FAILURE);
    bench_close(&r.b);
}

/* As many faults as there is room for, while the STE of an overflow is read. */
static void many_faults(struct bench *b)
{
    struct dbell_translation result;
    const struct dbell_transaction t = {
        .address = 0x1000, .length = 4, .side = {.has_streamid = true, .streamid = NO_SID}};
    unsigned *n = &((struct rig *)(void *)b)->faults;
    while (*n < 1000 && dbell_smmu_translate(&b->smmu, &t, &result) == DBELL_FAULT)
        (*n)++;
    CHECK(*n > 0 && *n < 1000);
}

TEST(pri, an_event_of_a_lookup_takes_the_place_of_no_other_8_1)
{
    struct rig r;
    REQUIRE(rig(&r, 0));
    set_cr2(&r, REC_CFG_ATS | RECINVSID);
    make_stream(&r, INVALID_STE, true);
    arrive(&r, last_of(1));
    bench_put(&r.b, CR0, 4, ON & ~4u);
    bench_put(&r.b, 0xa0, 8, bench_alloc(&r.b, 128 * 32) | 7); /* EVENTQ_BASE */
    bench_put(&r.b, CR0, 4, ON);
    bench_during(&r.b, r.b.strtab + SID * 64, many_faults);
    arrive(&r, with_pasid(last_of(2), 3));
    REQUIRE(r.count == 1);
    check_automatic(&r, 0, 2, FAILURE);
    const uint64_t base = bench_get(&r.b, 0xa0, 8) & ~UINT64_C(31);
    unsigned bad_streamids = 0;
    for (unsigned n = 0; n < bench_get(&r.b, 0x100a8, 4); n++)
        bad_streamids += (bench_load(&r.b, base + 32 * n) & 0xff) == DBELL_EVENT_C_BAD_STREAMID;
    CHECK_EQ(bad_streamids, r.faults);
    bench_close(&r.b);
}

static void another(struct bench *b)
{
    ask((struct rig *)(void *)b, last_of(0x66));
}

TEST(pri, a_request_may_come_while_another_is_written_8)
{
    struct rig r;
    REQUIRE(rig(&r, 3));
    bench_during(&r.b, r.priq, another);
    arrive(&r, last_of(1));
    CHECK_EQ(prod(&r), 2);
    CHECK_EQ(entry(&r, 0, 1) & 0x1ff, 1);
    CHECK_EQ(entry(&r, 1, 1) & 0x1ff, 0x66);
    bench_close(&r.b);
}
