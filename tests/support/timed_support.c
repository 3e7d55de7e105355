/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "timed_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void ended(void *ctx, const struct dbell_timed_access *access)
{
    struct timed_replay *t = ctx;
    if (access->parked)
        return;
    if (t->count == t->room) {
        const size_t room = t->room ? 2 * t->room : 256;
        struct timed_record *grown = realloc(t->records, room * sizeof *grown);
        if (!grown)
            return;
        t->records = grown;
        t->room = room;
    }
    t->records[t->count++] = (struct timed_record){.line = access->dma->line,
                                                   .address = access->dma->address,
                                                   .write = dbell_op_writes(access->dma->op),
                                                   .message = access->message,
                                                   .times = *access->times};
}

static int build(void *ctx, const struct dbell_platform *platform, struct dbell_system *system,
                 struct dbell_message *message)
{
    struct timed_replay *t = ctx;
    const struct dbell_timed_options options = {.timing = t->timing,
                                                .tbus = t->tbus,
                                                .journeys = 1024,
                                                .seed = 1,
                                                .ctx = t,
                                                .ended = ended};
    struct dbell_platform *copy = malloc(sizeof *copy);
    if (!copy)
        return DBELL_E_MEMORY;
    *copy = *platform;
    for (size_t i = 0; i < copy->smmu_count && t->uncached; i++)
        copy->smmu[i].config.no_caches = true;
    for (size_t i = 0; i < copy->its_count && t->uncached; i++)
        copy->its[i].config.no_caches = true;
    int status = dbell_machine_create(copy, &t->machine, message);
    free(copy);
    if (!status)
        status = dbell_timed_create(t->machine, &options, &t->timed);
    if (!status)
        *system = dbell_timed_system(t->timed);
    return status;
}

static void differ(void *ctx, const struct dbell_difference *d)
{
    struct timed_replay *t = ctx;
    if (!t->failed++)
        snprintf(t->first, sizeof t->first, "%llu: expected %s, got %s",
                 (unsigned long long)d->line, d->expected ? d->expected : "", d->got);
}

static int open(struct timed_replay *t, const struct dbell_timing *timing, const char *path)
{
    const struct dbell_replay_options options = {
        .ctx = t, .path = path, .build = build, .differ = differ};
    const bool uncached = t->uncached;
    *t = (struct timed_replay){.timing = *timing, .tbus = 1, .uncached = uncached};
    return dbell_replay_open(&options, &t->replay);
}

int timed_file(struct timed_replay *t, const struct dbell_timing *timing, const char *path)
{
    uint64_t line;
    int status = open(t, timing, path);
    return status ? status : dbell_replay_file(t->replay, path, &line, &t->message);
}

int timed_text(struct timed_replay *t, const struct dbell_timing *timing, const char *text)
{
    uint64_t line = 0;
    int status = open(t, timing, NULL);
    while (!status && *text) {
        const size_t size = strcspn(text, "\n");
        status = dbell_replay_line(t->replay, ++line, text, size, &t->message);
        text += size + (text[size] == '\n');
    }
    return status ? status : dbell_replay_finish(t->replay, &t->message);
}

void timed_close(struct timed_replay *t)
{
    dbell_replay_close(t->replay);
    dbell_timed_destroy(t->timed);
    dbell_machine_destroy(t->machine);
    free(t->records);
}

const struct timed_record *timed_line(const struct timed_replay *t, uint64_t line)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->records[i].line == line)
            return &t->records[i];
    return NULL;
}

void timing_assign(struct dbell_timing *timing, const char *assignments)
{
    char copy[1024], *next = copy;
    snprintf(copy, sizeof copy, "%s", assignments);
    while (*next) {
        const size_t size = strcspn(next, " ");
        const bool more = next[size];
        next[size] = 0;
        if (size && dbell_timing_set(timing, next)) {
            fprintf(stderr, "timing_of: %s\n", next);
            abort();
        }
        next += size + more;
    }
}

struct dbell_timing timing_of(const char *assignments)
{
    struct dbell_timing timing = dbell_timing_ideal();
    timing_assign(&timing, assignments);
    return timing;
}
