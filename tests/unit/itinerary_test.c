/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Itineraries say what the bus has seen, in its order, and which rule decided. */
#include <string.h>

#include "bench.h"
#include "dbell_test.h"

enum { SID = 3, STEPS = 128 };
#define VA  UINT64_C(0x700000005000)
#define IPA UINT64_C(0x80008000)
#define PA  UINT64_C(0x90003000)

struct rig {
    struct bench b;
    struct dbell_host_tables s1, s2;
    struct dbell_step steps[STEPS];
    struct dbell_itinerary itinerary;
};

static bool open(struct rig *r, unsigned config)
{
    if (!bench_open(&r->b, NULL))
        return false;
    bench_on(&r->b);
    r->s1 = bench_tables(&r->b, 12, 48);
    r->s2 = bench_tables(&r->b, 12, 48);
    bench_identity(&r->s2);
    const uint64_t context = bench_alloc(&r->b, 4096);
    const struct dbell_host_cd cd = bench_cd_of(&r->s1);
    bench_cd(&r->b, context, &cd);
    dbell_host_map(&r->s1, VA, IPA, 3, BENCH_S1);
    dbell_host_map(&r->s2, IPA, PA, 3, BENCH_S2);
    struct dbell_host_ste ste = {.v = true, .config = config, .shcfg = 1};
    if (config & 1)
        ste = bench_stage1(context);
    if (config & 2)
        bench_add_stage2(&ste, &r->s2);
    bench_ste(&r->b, SID, &ste);
    return true;
}

static struct dbell_translation go(struct rig *r, uint64_t address, uint32_t capacity)
{
    struct dbell_translation result;
    r->itinerary = (struct dbell_itinerary){.steps = r->steps, .capacity = capacity};
    r->b.logged = 0;
    const struct dbell_transaction t = {
        .address = address,
        .length = 4,
        .side = {.has_streamid = true, .streamid = SID, .attr = DBELL_ATTR_NORMAL_WB},
        .itinerary = &r->itinerary};
    dbell_smmu_translate(&r->b.smmu, &t, &result);
    return result;
}

/* Every read on the bus is a step, in the same order; a step waits for an earlier one. */
static void check_reads(const struct rig *r)
{
    unsigned reads = 0;
    for (uint32_t i = 0; i < r->itinerary.count; i++) {
        const struct dbell_step *s = &r->steps[i];
        CHECK(s->after < (int32_t)i && s->after >= -1);
        if (s->kind != DBELL_STEP_READ)
            continue;
        REQUIRE(reads < r->b.logged);
        CHECK_EQ(s->address, r->b.log[reads].address);
        CHECK_EQ(s->size, r->b.log[reads].length);
        CHECK(s->resource == DBELL_RESOURCE_WALK_PORT);
        reads++;
    }
    CHECK_EQ(reads, r->b.logged);
}

static unsigned of(const struct rig *r, enum dbell_object object)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < r->itinerary.count; i++)
        n += r->steps[i].kind == DBELL_STEP_READ && r->steps[i].object == object;
    return n;
}

TEST(itinerary, a_nested_walk_is_30_reads_3_3)
{
    struct rig r;
    REQUIRE(open(&r, 7));
    CHECK_EQ(go(&r, VA, STEPS).address, PA);
    check_reads(&r);
    CHECK_EQ(of(&r, DBELL_OBJECT_STE), 1);
    CHECK_EQ(of(&r, DBELL_OBJECT_CD), 1);
    CHECK_EQ(of(&r, DBELL_OBJECT_STAGE1), 4);
    CHECK_EQ(of(&r, DBELL_OBJECT_STAGE2), 24);
    CHECK_EQ(r.itinerary.lost, 0);
    CHECK_EQ(go(&r, VA, STEPS).address, PA); /* all is cached */
    check_reads(&r);
    CHECK_EQ(r.b.logged, 0);
    REQUIRE(r.itinerary.count == 2);
    for (unsigned i = 0; i < 2; i++)
        CHECK(r.steps[i].kind == DBELL_STEP_LOOKUP && r.steps[i].hit);
    bench_close(&r.b);
}

TEST(itinerary, what_does_not_fit_is_counted)
{
    struct rig r;
    REQUIRE(open(&r, 7));
    CHECK_EQ(go(&r, VA, 10).address, PA);
    CHECK_EQ(r.itinerary.count, 10);
    const uint32_t lost = r.itinerary.lost;
    bench_command(&r.b, dbell_host_cfgi_all());
    bench_command(&r.b, dbell_host_tlbi_nsnh_all());
    go(&r, VA, STEPS);
    CHECK_EQ(r.itinerary.count, 10 + lost);
    bench_close(&r.b);
}

/* Who asks for steps is told which rule let the access through, or did not. */
TEST(itinerary, the_rule_that_decided_is_named)
{
    static const struct {
        unsigned config;
        uint64_t address;
        const char *grants, *section;
    } cases[] = {{5, VA, "stage 1", "F_TRANSLATION"},
                 {6, IPA, "stage 2", "F_TRANSLATION"},
                 {7, VA, "both", "F_TRANSLATION"}};
    for (unsigned i = 0; i < 3; i++) {
        struct rig r;
        REQUIRE(open(&r, cases[i].config));
        const struct dbell_translation granted = go(&r, cases[i].address, STEPS);
        REQUIRE(granted.rule);
        CHECK(strstr(granted.rule, cases[i].grants));
        CHECK(bench_translate(&r.b, SID, DBELL_READ, cases[i].address).rule == NULL);
        const struct dbell_translation refused = go(&r, cases[i].address + 0x10000000, STEPS);
        CHECK_EQ(refused.event, DBELL_EVENT_F_TRANSLATION);
        const struct dbell_step *last = &r.steps[r.itinerary.count - 1];
        CHECK(last->kind == DBELL_STEP_DECIDE && last->note && last->note == refused.rule);
        CHECK_EQ(last->fault, DBELL_EVENT_F_TRANSLATION);
        bench_close(&r.b);
    }
}
