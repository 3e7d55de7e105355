/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Workloads: what they expect holds, timed or not; and where a working set outgrows a cache. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <workload.h>

#include "dbell_test.h"
#include "timed_support.h"

static char *written(enum dbell_workload_kind kind, const char *assignments)
{
    struct dbell_workload w = dbell_workload_default(kind);
    struct dbell_scenario_text text = {0};
    char copy[256], failure[256], *next = copy;
    snprintf(copy, sizeof copy, "%s", assignments);
    while (*next) {
        const size_t size = strcspn(next, " ");
        const bool more = next[size];
        next[size] = 0;
        CHECK(dbell_workload_set(&w, next));
        next += size + more;
    }
    CHECK(dbell_workload_write(&w, failure, &text));
    CHECK_TEXT(failure, "");
    char *ended = text.text ? realloc(text.text, text.size + 1) : NULL;
    if (ended)
        ended[text.size] = 0;
    return ended;
}

TEST(workload, what_it_expects_holds_in_time_and_without)
{
    static const char *const more[] = {"", "nested=1", "blocks=1 pages=1024",
                                       "devices=2 depend=1 outstanding=3"};
    const struct dbell_timing ideal = dbell_timing_ideal();
    struct dbell_timing mmu700 = ideal;
    dbell_timing_apply(&mmu700, "arm-mmu700");
    dbell_timing_apply(&mmu700, "gic600-agilex5");
    for (unsigned kind = 0; kind < DBELL_WORKLOADS; kind++)
        for (unsigned i = 0; i < 4; i++) {
            struct timed_replay t = {0}, other = {0};
            char assignments[128];
            snprintf(assignments, sizeof assignments, "accesses=64%s%s", *more[i] ? " " : "",
                     more[i]);
            char *text = written((enum dbell_workload_kind)kind, assignments);
            REQUIRE(text);
            CHECK_EQ(timed_text(&t, &ideal, text), DBELL_OK);
            CHECK_EQ(timed_text(&other, &mmu700, text), DBELL_OK);
            CHECK_TEXT(t.first, "");
            CHECK_TEXT(other.first, "");
            CHECK_EQ(t.count, other.count);
            CHECK(t.count >= 64);
            timed_close(&t);
            timed_close(&other);
            free(text);
        }
}

TEST(workload, its_keys_are_checked)
{
    struct dbell_workload w = dbell_workload_default(DBELL_WORKLOAD_STREAM);
    CHECK(dbell_workload_set(&w, "pages=65536"));
    CHECK_EQ(w.pages, 65536);
    CHECK(!dbell_workload_set(&w, "pages=65537"));
    CHECK(!dbell_workload_set(&w, "pages=0"));
    CHECK(!dbell_workload_set(&w, "pages=1x"));
    CHECK(!dbell_workload_set(&w, "pages="));
    CHECK(!dbell_workload_set(&w, "pages=-1"));
    CHECK(!dbell_workload_set(&w, "page=1"));
    CHECK(!dbell_workload_set(&w, "pages"));
    CHECK_EQ(w.pages, 65536);
}

/* Dependent reads of the last accesses, each page of the working set once, in turn. */
static double reads_of_a_round(uint32_t pages, const char *timing_text, bool blocks)
{
    struct timed_replay t = {0};
    const struct dbell_timing timing = timing_of(timing_text);
    char assignments[160];
    snprintf(assignments, sizeof assignments,
             "pages=%u accesses=%u length=4096 outstanding=1 writes=0 blocks=%d", pages, 3 * pages,
             blocks);
    char *text = written(DBELL_WORKLOAD_STREAM, assignments);
    uint64_t reads = 0;
    CHECK_EQ(timed_text(&t, &timing, text), DBELL_OK);
    CHECK_EQ(t.count, 3 * pages);
    for (size_t i = t.count - pages; i < t.count; i++)
        reads += t.records[i].times.reads;
    timed_close(&t);
    free(text);
    return (double)reads / pages;
}

/* With the least recently used entry given up, a working set that goes round fits or misses all the
 * time: the knees are at the reach of each cache, to the page. */
TEST(workload, throughput_has_its_knees_at_the_reach_of_the_caches)
{
    const char *const one = "smmu.tbu.tlb.entries=32 smmu.tbu.tlb.ways=0 "
                            "smmu.tcu.walk.s1l3=64 smmu.tcu.walk.s1l2=1 smmu.tcu.walk.ways=0 "
                            "smmu.tcu.walk.replacement=1 smmu.memory.latency=10";
    CHECK(reads_of_a_round(31, one, false) == 0);
    CHECK(reads_of_a_round(32, one, false) == 0);
    CHECK(reads_of_a_round(33, one, false) == 0); /* last levels are cached: no read, a walk */
    CHECK(reads_of_a_round(64, one, false) == 0);
    CHECK(reads_of_a_round(65, one, false) == 1);  /* the last level, each time */
    CHECK(reads_of_a_round(512, one, false) == 1); /* one table of the last level: 2 MiB */
    const double beyond = reads_of_a_round(1024, one, false); /* two: they take turns */
    CHECK(beyond > 1 && beyond < 1.01);
}

TEST(workload, a_block_reaches_further)
{
    const char *const one = "smmu.tbu.tlb.entries=2 smmu.tbu.tlb.ways=0 smmu.memory.latency=10";
    CHECK(reads_of_a_round(1024, one, true) == 0);
    const double beyond = reads_of_a_round(1536, one, true); /* three blocks, two entries */
    CHECK(beyond > 0.005 && beyond < 0.006);                 /* 3 walks of 3 reads in 1536 */
}

static uint32_t random_below(uint64_t *state, uint32_t bound)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)((*state >> 32) * bound >> 32);
}

/* Whatever the numbers, everything comes to its end, every cycle is accounted for, and all that was
 * taken is given back. */
TEST(workload, any_numbers_will_do)
{
    uint64_t state = 88172645463325252u;
    for (unsigned run = 0; run < 120; run++) {
        struct dbell_timing timing;
        struct timed_replay t = {0};
        char assignments[160];
        for (int p = 0; p < DBELL_TIMING_PARAMETERS; p++) {
            const struct dbell_timing_description *d =
                dbell_timing_describe((enum dbell_timing_parameter)p);
            const uint32_t few = random_below(&state, 8);
            timing.value[p] = few < d->most ? few : random_below(&state, d->most + 1);
        }
        snprintf(assignments, sizeof assignments,
                 "accesses=24 pages=%u length=%u outstanding=%u depend=%u devices=%u nested=%u",
                 1 + random_below(&state, 40), 1 + random_below(&state, 300),
                 1 + random_below(&state, 20), random_below(&state, 3), 1 + random_below(&state, 2),
                 random_below(&state, 2));
        char *text = written((enum dbell_workload_kind)(run % DBELL_WORKLOADS), assignments);
        CHECK_EQ(timed_text(&t, &timing, text), DBELL_OK);
        CHECK_TEXT(t.first, "");
        CHECK(t.count >= 24);
        for (size_t i = 0; i < t.count; i++) {
            uint64_t sum = 0;
            for (unsigned u = 0; u < DBELL_CW_UNITS; u++)
                sum += t.records[i].times.cycles[u];
            CHECK_EQ(sum, t.records[i].times.ended - t.records[i].times.issued);
        }
        dbell_timed_run(t.timed, dbell_timed_now(t.timed) + 1000);
        for (unsigned p = 0; p < DBELL_CW_POOLS; p++) {
            const struct dbell_clockwork *cw = dbell_timed_clockwork(t.timed);
            const enum dbell_clockwork_pool pool = (enum dbell_clockwork_pool)p;
            const uint64_t before = dbell_clockwork_pool_count(cw, pool).occupied;
            dbell_timed_run(t.timed, dbell_timed_now(t.timed) + 10);
            CHECK_EQ(dbell_clockwork_pool_count(cw, pool).occupied, before);
        }
        timed_close(&t);
        free(text);
    }
}

/* Equal calls, equal cycles: the same on every compiler and at every level of optimisation. */
TEST(workload, gives_the_same_cycles_everywhere)
{
    char *text = written(DBELL_WORKLOAD_NVME, "accesses=32 devices=2 seed=5");
    struct dbell_timing timing = dbell_timing_ideal();
    uint64_t digest[2];
    dbell_timing_apply(&timing, "gem5");
    dbell_timing_apply(&timing, "gic600-agilex5");
    timing_assign(&timing, "smmu.tbu.tlb.replacement=2 smmu.tbu.tlb.entries=16");
    for (unsigned run = 0; run < 2; run++) {
        struct timed_replay t = {0};
        digest[run] = 0;
        CHECK_EQ(timed_text(&t, &timing, text), DBELL_OK);
        for (size_t i = 0; i < t.count; i++)
            digest[run] = (digest[run] ^ t.records[i].line ^ t.records[i].times.ended) *
                          UINT64_C(0x100000001b3);
        timed_close(&t);
    }
    CHECK_EQ(digest[0], digest[1]);
    CHECK_EQ(digest[0], UINT64_C(0x3a4f39d03dc3e097)); /* of any build; not worked out by hand */
    free(text);
}
