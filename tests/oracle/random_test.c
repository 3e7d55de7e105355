/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Random worlds, in which models with different caches and the oracle must agree on everything.
 *
 * DOORBELL_SEED=n runs one seed, with DOORBELL_TELL=1 telling all that happens; DOORBELL_SEEDS=n
 * runs that many, with DOORBELL_TELL=1 telling what they met. */
#include <stdio.h>
#include <stdlib.h>

#include "dbell_test.h"
#include "world.h"

enum { SEEDS = 25000, ACCESSES = 48 };

/* What the run has seen. */
static struct seen {
    unsigned long accesses, done, stalls, razwi, bypass, suppressed, retried;
    unsigned long requests[3];        /* that are not allowed, of full ATS, of split-stage ATS */
    unsigned long events[0x20][2][3]; /* event, stage, class */
    unsigned long updates[2];
    uint64_t hits[2];             /* in TLBs, in configuration caches */
    unsigned long granules[3][3]; /* of successes: stage 1, stage 2; row or column 0: none */
} seen;

static unsigned granule_index(unsigned granule)
{
    return granule == 12 ? 0 : granule == 14 ? 1 : 2;
}

static void note(const struct oracle_answer *a)
{
    seen.accesses++;
    seen.updates[0] += a->updates[0];
    seen.updates[1] += a->updates[1];
    if (a->cause)
        seen.events[a->cause & 0x1f][a->stage2][a->class]++;
    seen.suppressed += a->cause && !a->event;
    seen.stalls += a->outcome == ORACLE_STALL;
    seen.razwi += a->outcome == ORACLE_RAZWI;
    if (a->outcome != ORACLE_DONE)
        return;
    seen.done++;
    if (!a->granule[0] && !a->granule[1])
        seen.bypass++;
    if (a->granule[0])
        seen.granules[0][granule_index(a->granule[0])]++;
    if (a->granule[1])
        seen.granules[1][granule_index(a->granule[1])]++;
    if (a->granule[0] && a->granule[1])
        seen.granules[2][granule_index(a->granule[0])]++;
}

enum { ASIDE = 4 };
static struct bench_stall aside[ASIDE];
static unsigned aside_count;

static bool others_of(uint32_t streamid)
{
    for (unsigned i = 0; i < aside_count; i++)
        if (aside[i].access.streamid == streamid)
            return true;
    return false;
}

/* A stalled access ends in one of the ways that software has (4.6). */
static bool end_stall(struct world *w, const struct oracle_access *access)
{
    struct bench *b = w->bench;
    struct oracle_answer answer = {.outcome = ORACLE_STALL};
    for (unsigned i = 0; answer.outcome == ORACLE_STALL; i++) {
        unsigned how = (unsigned)random_below(&w->random, 6);
        if (how <= 2 && i < 4) {
            if (how < 2)
                world_change(w);
            bench_resume(b, access->streamid, true, false);
            if (!bench_completed(b, access, true, ORACLE_STALL, &answer))
                return false;
            seen.retried++;
            note(&answer);
            continue;
        }
        if (how == 3 && !others_of(access->streamid)) {
            bench_command(b, dbell_host_stall_term(access->streamid));
            bench_sync(b);
        } else {
            bench_resume(b, access->streamid, false, how != 4);
        }
        bool razwi = how == 4 && !(b->registers.idr[0] >> 26 & 1); /* 4.7.1: TERM_MODEL */
        if (!bench_completed(b, access, false, razwi ? ORACLE_RAZWI : ORACLE_ABORT, &answer))
            return false;
    }
    return true;
}

static bool end_one_aside(struct world *w)
{
    unsigned i = (unsigned)random_below(&w->random, aside_count);
    struct bench_stall stall = aside[i];
    aside[i] = aside[--aside_count];
    bench_put_back(w->bench, &stall);
    return end_stall(w, &stall.access);
}

/* On, with IDR0.ATS. */
static bool has_ats(const struct bench *b)
{
    return b->registers.cr0 & 1 && b->registers.idr[0] >> 10 & 1;
}

static bool run(struct bench *b, uint64_t seed)
{
    static struct world w;
    aside_count = 0;
    snprintf(b->where, sizeof b->where, "DOORBELL_SEED=%llu", (unsigned long long)seed);
    if (!world_create(&w, b, seed)) {
        bench_power_off(b);
        return !b->broken;
    }
    for (unsigned i = 0; i < ACCESSES && !b->broken; i++) {
        if (i == 2)
            world_enable(&w);
        if (i > 2 && random_one_in(&w.random, 3))
            world_change(&w);
        struct oracle_access access = world_access(&w);
        struct oracle_answer answer;
        snprintf(b->where, sizeof b->where, "DOORBELL_SEED=%llu access %u",
                 (unsigned long long)seed, i);
        if (!bench_access(b, &access, &answer))
            break;
        note(&answer);
        if (has_ats(b) && answer.outcome == ORACLE_DONE) {
            unsigned eats = 0;
            if (!bench_ats(b, &access, &answer, &eats))
                break;
            seen.requests[eats]++;
        }
        if (answer.outcome == ORACLE_STALL && aside_count < ASIDE && random_one_in(&w.random, 3))
            aside[aside_count++] = bench_put_aside(b, &access);
        else if (answer.outcome == ORACLE_STALL && !end_stall(&w, &access))
            break;
        if (aside_count && random_one_in(&w.random, 4) && !end_one_aside(&w))
            break;
    }
    if (!b->broken)
        bench_compare_memory(b);
    for (unsigned i = 0; i < b->count; i++) {
        seen.hits[0] += dbell_smmu_count(&b->models[i].smmu, DBELL_SMMU_TLB_HIT);
        seen.hits[1] += dbell_smmu_count(&b->models[i].smmu, DBELL_SMMU_CONFIG_HIT);
    }
    if (b->broken) {
        const struct oracle_registers *g = &b->registers;
        fprintf(stderr, "  IDR0 %08x IDR1 %08x IDR3 %08x IDR5 %08x CR2 %x GBPA %x STRTAB %x\n",
                g->idr[0], g->idr[1], g->idr[3], g->idr[5], g->cr2, g->gbpa, g->strtab_base_cfg);
        for (unsigned i = 0; i < w.count; i++) {
            const struct stream *s = &w.streams[i];
            fprintf(stderr, "  STE 0x%x:", s->sid);
            for (unsigned k = 0; k < 4; k++)
                fprintf(stderr, " %016llx", (unsigned long long)s->words[k]);
            for (unsigned c = 0; c < s->cds; c++) {
                fprintf(stderr, "\n    CD %u:", c);
                for (unsigned k = 0; k < 4; k++)
                    fprintf(stderr, " %016llx", (unsigned long long)s->cd[c].words[k]);
            }
            fprintf(stderr, "\n");
        }
    }
    bench_power_off(b);
    return !b->broken;
}

static void check_seen(void)
{
    static const unsigned config_events[] = {0x02, 0x03, 0x04, 0x06, 0x08, 0x09, 0x0a};
    for (unsigned i = 0; i < sizeof config_events / sizeof *config_events; i++)
        CHECK(seen.events[config_events[i]][0][0] >= 20);
    CHECK(seen.events[0x0b][0][ORACLE_TT] >= 20);
    for (unsigned class = 0; class < 3; class ++) {
        CHECK(seen.events[0x0b][1][class] >= 5);
        for (unsigned event = 0x10; event <= 0x13; event++)
            CHECK(seen.events[event][1][class] >= 5);
    }
    for (unsigned event = 0x10; event <= 0x13; event++)
        CHECK(seen.events[event][0][ORACLE_IN] >= 100);
    for (unsigned i = 0; i < 9; i++)
        CHECK(seen.granules[i / 3][i % 3] >= 100);
    CHECK(seen.updates[0] >= 100 && seen.updates[1] >= 100);
    CHECK(seen.done >= seen.accesses / 5);
    CHECK(seen.stalls >= 100 && seen.razwi >= 100 && seen.suppressed >= 100);
    CHECK(seen.hits[0] >= seen.done / 4 && seen.hits[1] >= seen.accesses);
    CHECK(seen.requests[0] >= 1000 && seen.requests[1] >= 1000 && seen.requests[2] >= 100);
    CHECK(seen.bypass >= 100 && seen.retried >= 100);
}

static void tell_seen(void)
{
    printf(
        "%lu accesses, %lu done (%lu bypass), %lu stalls, %lu retried, %lu razwi, %lu suppressed, "
        "updates %lu and %lu\n",
        seen.accesses, seen.done, seen.bypass, seen.stalls, seen.retried, seen.razwi,
        seen.suppressed, seen.updates[0], seen.updates[1]);
    printf("requests: %lu refused, %lu full, %lu split\n", seen.requests[0], seen.requests[1],
           seen.requests[2]);
    printf("hits: TLB %llu, configuration %llu\n", (unsigned long long)seen.hits[0],
           (unsigned long long)seen.hits[1]);
    for (unsigned e = 0; e < 0x20; e++)
        for (unsigned i = 0; i < 6; i++)
            if (seen.events[e][i / 3][i % 3])
                printf("event %02x S2 %u CLASS %u: %lu\n", e, i / 3, i % 3,
                       seen.events[e][i / 3][i % 3]);
    for (unsigned i = 0; i < 9; i++)
        printf("granule %u %u: %lu\n", i / 3, i % 3, seen.granules[i / 3][i % 3]);
}

TEST(random, models_agree_with_the_oracle)
{
    const char *one = getenv("DOORBELL_SEED"), *many = getenv("DOORBELL_SEEDS");
    uint64_t first = one ? strtoull(one, NULL, 0) : 1;
    uint64_t count = one ? 1 : many ? strtoull(many, NULL, 0) : SEEDS;
    static struct bench b;
    REQUIRE(bench_create(&b));
    unsigned bad = 0;
    b.trace = one && getenv("DOORBELL_TELL");
    for (uint64_t seed = first; seed < first + count && bad < 10; seed++)
        bad += !run(&b, seed);
    bench_destroy(&b);
    CHECK_EQ(bad, 0);
    if (getenv("DOORBELL_TELL"))
        tell_seen();
    if (count >= SEEDS && !bad)
        check_seen();
}
