/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "sweep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <doorbell/replay.h>

#include "timed_report.h"

enum { JOURNEYS = 4096 };

struct point {
    struct dbell_timing timing;
    struct dbell_machine *machine;
    struct dbell_timed *timed;
    struct timed_report *report;
};

static void ended(void *ctx, const struct dbell_timed_access *access)
{
    struct point *point = ctx;
    if (!access->parked)
        dbell__timed_note(point->report, access);
}

static int build(void *ctx, const struct dbell_platform *platform, struct dbell_system *system,
                 struct dbell_message *message)
{
    struct point *point = ctx;
    const struct dbell_timed_options options = {.timing = point->timing,
                                                .tbus = 1,
                                                .journeys = JOURNEYS,
                                                .seed = 1,
                                                .ctx = point,
                                                .ended = ended};
    int status = dbell_machine_create(platform, &point->machine, message);
    if (!status)
        status = dbell_timed_create(point->machine, &options, &point->timed);
    if (!status)
        *system = dbell_timed_system(point->timed);
    return status;
}

static void sum_up(const struct point *point, const struct dbell_replay_result *result,
                   uint64_t m[SWEEP_METRICS])
{
    const struct timed_report *r = point->report;
    const struct dbell_clockwork *cw = dbell_timed_clockwork(point->timed);
    const struct dbell_cache_count micro =
        dbell_clockwork_cache_count(cw, DBELL_CW_CACHE_MICRO_TLB);
    const struct dbell_cache_count tlb = dbell_clockwork_cache_count(cw, DBELL_CW_CACHE_TBU_TLB);
    struct dbell_histogram *latency = calloc(2, sizeof *latency), *translation = latency + 1;
    uint64_t first = DBELL_NEVER, last = 0;
    if (!latency)
        return;
    m[SWEEP_FAILED] = result->failed + result->unsupported;
    m[SWEEP_CYCLES] = dbell_timed_now(point->timed);
    m[SWEEP_ACCESSES] = r->others;
    for (uint32_t i = 0; i < r->devices; i++) {
        const struct device_report *d = &r->device[i];
        dbell_histogram_join(latency, &d->latency);
        dbell_histogram_join(translation, &d->translation);
        m[SWEEP_ACCESSES] += d->latency.count;
        m[SWEEP_BYTES] += d->bytes;
        first = d->first < first ? d->first : first;
        last = d->last > last ? d->last : last;
    }
    if (last > first)
        m[SWEEP_THROUGHPUT] = m[SWEEP_BYTES] * 1000 / (last - first);
    if (latency->count)
        m[SWEEP_LATENCY_MEAN] = latency->sum / latency->count;
    m[SWEEP_LATENCY_P50] = dbell_histogram_quantile(latency, 500);
    m[SWEEP_LATENCY_P99] = dbell_histogram_quantile(latency, 990);
    m[SWEEP_LATENCY_MAX] = latency->most;
    if (translation->count)
        m[SWEEP_TRANSLATION_MEAN] = translation->sum / translation->count;
    m[SWEEP_MSI_P50] = dbell_histogram_quantile(&r->pending, 500);
    m[SWEEP_MSI_P99] = dbell_histogram_quantile(&r->pending, 990);
    m[SWEEP_READS] = r->reads;
    m[SWEEP_TLB_HITS] = micro.hits + tlb.hits;
    m[SWEEP_TLB_MISSES] = tlb.hits + tlb.misses ? tlb.misses : micro.misses;
    m[SWEEP_CONFIG_MISSES] = dbell_clockwork_cache_count(cw, DBELL_CW_CACHE_CONFIG).misses;
    free(latency);
}

static int replay_text(struct dbell_replay *replay, const struct dbell_scenario_text *text,
                       uint64_t *line, struct dbell_message *message)
{
    const char *next = text->text, *end = text->text + text->size;
    int status = DBELL_OK;
    while (!status && next < end) {
        const char *newline = memchr(next, '\n', (size_t)(end - next));
        const size_t size = newline ? (size_t)(newline - next) : (size_t)(end - next);
        status = dbell_replay_line(replay, ++*line, next, size, message);
        next += size + 1;
    }
    return status ? status : dbell_replay_finish(replay, message);
}

static int replay_workload(struct dbell_replay *replay, const struct dbell_workload *workload,
                           uint64_t *line, struct dbell_message *message)
{
    struct dbell_scenario_text text = {0};
    char failure[256] = "";
    int status = DBELL_E_MEMORY;
    if (dbell_workload_write(workload, failure, &text))
        status = replay_text(replay, &text, line, message);
    else
        snprintf(message->text, sizeof message->text, "the workload cannot be: %.100s", failure);
    free(text.text);
    return status;
}

bool sweep_point(const struct sweep_source *source, const struct dbell_timing *timing,
                 uint64_t metrics[SWEEP_METRICS], char *error)
{
    struct point point = {.timing = *timing, .report = calloc(1, sizeof *point.report)};
    const struct dbell_replay_options options = {
        .ctx = &point, .path = source->path, .build = build};
    struct dbell_replay *replay = NULL;
    struct dbell_message message = {"out of memory"};
    uint64_t line = 0;
    int status = point.report ? dbell_replay_open(&options, &replay) : DBELL_E_MEMORY;
    memset(metrics, 0, SWEEP_METRICS * sizeof metrics[0]);
    if (!status)
        status = source->workload ? replay_workload(replay, source->workload, &line, &message)
                                  : dbell_replay_file(replay, source->path, &line, &message);
    if (!status)
        sum_up(&point, dbell_replay_results(replay), metrics);
    else
        snprintf(error, 256, "%.100s:%" PRIu64 ": %.120s", source->path, line, message.text);
    dbell_replay_close(replay);
    dbell_timed_destroy(point.timed);
    dbell_machine_destroy(point.machine);
    free(point.report);
    return !status;
}
