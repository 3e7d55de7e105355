/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The derivative as the oracle: one cycle more in a unit adds to an access exactly its visits
 * there, whatever else there is. Of every access of every trace, each of which is alone: the next
 * one begins when it has come to rest. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dbell_test.h"
#include "timed_support.h"

/* A parameter, and the visits that it is the time of. */
static const struct {
    uint16_t parameter;
    uint8_t unit;
} latencies[] = {
    {DBELL_T_TBU_BYPASS, DBELL_CW_BYPASS},
    {DBELL_T_MICRO_TLB_LATENCY, DBELL_CW_MICRO_TLB},
    {DBELL_T_TBU_TLB_LATENCY, DBELL_CW_TBU_TLB},
    {DBELL_T_LINK_UP, DBELL_CW_LINK_UP},
    {DBELL_T_LINK_DOWN, DBELL_CW_LINK_DOWN},
    {DBELL_T_TCU_TLB_LATENCY, DBELL_CW_TCU_TLB},
    {DBELL_T_CONFIG_LATENCY, DBELL_CW_CONFIG_CACHE},
    {DBELL_T_IPA_LATENCY, DBELL_CW_IPA_CACHE},
    {DBELL_T_WALK_LATENCY, DBELL_CW_WALK_CACHE},
    {DBELL_T_MEMORY_LATENCY, DBELL_CW_MEMORY},
    {DBELL_T_DATA_LATENCY, DBELL_CW_DATA},
    {DBELL_T_ITS_ACCEPT, DBELL_CW_ITS_ACCEPT},
    {DBELL_T_ITS_DEVICE_LATENCY, DBELL_CW_DEVICE_CACHE},
    {DBELL_T_ITS_EVENT_LATENCY, DBELL_CW_EVENT_CACHE},
    {DBELL_T_ITS_COLLECTION_LATENCY, DBELL_CW_COLLECTION_CACHE},
    {DBELL_T_ITS_MEMORY_LATENCY, DBELL_CW_ITS_MEMORY},
    {DBELL_T_ITS_LINK, DBELL_CW_ITS_LINK},
    {DBELL_T_LPI_LATENCY, DBELL_CW_LPI_CACHE},
    {DBELL_T_LPI_MEMORY_LATENCY, DBELL_CW_LPI_MEMORY},
};
enum { LATENCIES = sizeof latencies / sizeof latencies[0] };

/* But for what it waited for software. */
static uint64_t duration(const struct timed_record *r)
{
    return r->times.ended - r->times.issued - r->times.cycles[DBELL_CW_RECORD];
}

/* Every cycle of an access was spent somewhere. */
static bool accounts(const struct timed_record *r)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < DBELL_CW_UNITS; i++)
        sum += r->times.cycles[i];
    return sum == duration(r) + r->times.cycles[DBELL_CW_RECORD];
}

static uint64_t accesses, visits[LATENCIES];

static void check(const char *path, const struct dbell_timing *timing)
{
    struct timed_replay base = {0};
    CHECK_EQ(timed_file(&base, timing, path), DBELL_OK);
    CHECK_TEXT(base.first, "");
    accesses += base.count;
    for (size_t i = 0; i < base.count; i++)
        CHECK(accounts(&base.records[i]));
    for (unsigned p = 0; p < LATENCIES; p++) {
        struct dbell_timing slower = *timing;
        struct timed_replay other = {0};
        slower.value[latencies[p].parameter]++;
        CHECK_EQ(timed_file(&other, &slower, path), DBELL_OK);
        CHECK_EQ(other.count, base.count);
        bool same = other.count == base.count;
        for (size_t i = 0; i < base.count && same; i++) {
            const uint32_t seen = base.records[i].times.visits[latencies[p].unit];
            visits[p] += seen;
            if (duration(&other.records[i]) - duration(&base.records[i]) != seen) {
                fprintf(stderr, "%s:%llu: %s\n", path, (unsigned long long)base.records[i].line,
                        dbell_timing_describe((enum dbell_timing_parameter)latencies[p].parameter)
                            ->name);
                CHECK_EQ(duration(&other.records[i]) - duration(&base.records[i]), seen);
                same = false;
            }
        }
        timed_close(&other);
    }
    timed_close(&base);
}

/* Calls for every trace of a folder. */
static void each(const char *folder, const struct dbell_timing *timing)
{
    char path[4096];
    struct dirent **names;
    snprintf(path, sizeof path, "%s/%s", TRACES_DIR, folder);
    const int count = scandir(path, &names, NULL, alphasort);
    REQUIRE(count > 0);
    for (int i = 0; i < count; i++) {
        const char *end = strrchr(names[i]->d_name, '.');
        if (end && !strcmp(end, ".trace")) {
            snprintf(path, sizeof path, "%s/%s/%s", TRACES_DIR, folder, names[i]->d_name);
            check(path, timing);
        }
        free(names[i]);
    }
    free(names);
}

static void all(const char *const *presets, const char *more)
{
    struct dbell_timing timing = dbell_timing_ideal();
    for (; *presets; presets++)
        CHECK_EQ(dbell_timing_apply(&timing, *presets), DBELL_OK);
    timing_assign(&timing, more);
    accesses = 0;
    memset(visits, 0, sizeof visits);
    each("conformance/smmu", &timing);
    each("conformance/its", &timing);
    each("conformance/e2e", &timing);
    CHECK(accesses > 500);
}

TEST(derivative, of_every_access_with_no_time_at_all)
{
    static const char *const none[] = {NULL};
    all(none, "");
    CHECK(visits[9] > 100);  /* memory */
    CHECK(visits[15] > 100); /* the ITS's */
}

TEST(derivative, of_every_access_of_an_mmu_700)
{
    static const char *const presets[] = {"arm-mmu700", "gic600-agilex5", NULL};
    all(presets, "");
    for (unsigned i = 0; i < LATENCIES;
         i++) /* there is neither a TLB in the TCU nor an IPA cache */
        CHECK_EQ(visits[i] > 0, i != 5 && i != 7);
}

TEST(derivative, of_every_access_with_every_cache)
{
    static const char *const presets[] = {"gem5", "gic600-agilex5", NULL};
    all(presets, "smmu.tcu.tlb.entries=64 smmu.tcu.ipa.entries=128 smmu.tcu.walk.nonfinal=1");
    for (unsigned i = 0; i < LATENCIES; i++)
        CHECK(visits[i] > 0);
}
