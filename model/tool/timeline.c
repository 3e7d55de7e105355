/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "timeline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SPANS_MOST = 1 << 20, LANES = 1024 };

/* Each is a process of the timeline; its lanes are what is under way there at the same time. */
enum group {
    GROUP_DEVICE,
    GROUP_TBU, /* translation slots */
    GROUP_TCU, /* walkers: lookups and reads of the TCU */
    GROUP_DATA,
    GROUP_ITS,
    GROUP_LPI,
    GROUP_ACTORS, /* command processors, writers */
    GROUPS
};

struct span {
    uint64_t begin, end, line;
    uint32_t device;
    uint16_t part;
    uint8_t group, unit; /* unit DBELL_CW_UNITS: a whole access */
    bool write;
};

struct timeline {
    struct span *spans;
    size_t count, room;
    uint64_t lost;
};

struct timeline *dbell__timeline_open(void)
{
    return calloc(1, sizeof(struct timeline));
}

void dbell__timeline_close(struct timeline *t)
{
    if (t)
        free(t->spans);
    free(t);
}

static void keep(struct timeline *t, const struct span *span)
{
    if (t->count == t->room) {
        const size_t room = t->room ? 2 * t->room : 4096;
        struct span *grown = room <= SPANS_MOST ? realloc(t->spans, room * sizeof *grown) : NULL;
        if (!grown) {
            t->lost++;
            return;
        }
        t->spans = grown;
        t->room = room;
    }
    t->spans[t->count++] = *span;
}

static enum group group_of(const struct dbell_clockwork_span *s)
{
    if (s->kind == DBELL_JOURNEY_ACT)
        return GROUP_ACTORS;
    if (s->unit <= DBELL_CW_LINK_UP || s->unit == DBELL_CW_LINK_DOWN || s->unit == DBELL_CW_RECORD)
        return GROUP_TBU;
    if (s->unit <= DBELL_CW_MEMORY)
        return GROUP_TCU;
    if (s->unit <= DBELL_CW_DATA)
        return GROUP_DATA;
    return s->unit <= DBELL_CW_ITS_LINK ? GROUP_ITS : GROUP_LPI;
}

void dbell__timeline_span(struct timeline *t, const struct dbell_clockwork_span *s)
{
    keep(t, &(struct span){.begin = s->begin,
                           .end = s->end,
                           .device = s->device,
                           .part = s->part,
                           .group = (uint8_t)group_of(s),
                           .unit = s->unit});
}

void dbell__timeline_access(struct timeline *t, const struct dbell_timed_access *a)
{
    keep(t, &(struct span){.begin = a->times->issued,
                           .end = a->times->ended,
                           .line = a->dma->line,
                           .device = a->dma->by_streamid ? a->dma->streamid : a->dma->requesterid,
                           .group = GROUP_DEVICE,
                           .unit = DBELL_CW_UNITS,
                           .write = dbell_op_writes(a->dma->op)});
}

/* Of one track after the other: a group, and of devices each device. */
static uint64_t track_of(const struct span *s)
{
    return (uint64_t)s->group << 32 | (s->group == GROUP_DEVICE ? s->device : 0);
}

static int by_track(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    if (track_of(x) != track_of(y))
        return track_of(x) < track_of(y) ? -1 : 1;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

/* The first lane that is free then. */
static unsigned lane_for(uint64_t *free_at, const struct span *s)
{
    unsigned lane = 0;
    while (lane < LANES - 1 && free_at[lane] > s->begin)
        lane++;
    free_at[lane] = s->end;
    return lane;
}

static void name_track(FILE *out, const struct span *s, unsigned process)
{
    static const char *const names[GROUPS] = {
        "device", "TBU slots", "walkers", "data", "ITS", "redistributors", "commands and writers"};
    fprintf(out, ",\n{\"ph\":\"M\",\"pid\":%u,\"name\":\"process_name\",\"args\":{\"name\":\"%s",
            process, names[s->group]);
    if (s->group == GROUP_DEVICE)
        fprintf(out, " %02" PRIx32 ":%02" PRIx32 ".%" PRIu32, s->device >> 8 & 0xff,
                s->device >> 3 & 0x1f, s->device & 7);
    fputs("\"}}", out);
}

void dbell__timeline_write(struct timeline *t, FILE *out)
{
    uint64_t free_at[LANES] = {0};
    unsigned process = 0;
    if (t->count)
        qsort(t->spans, t->count, sizeof *t->spans, by_track);
    fprintf(out,
            "{\"otherData\":{\"spans_lost\":%" PRIu64 "},\"traceEvents\":[\n"
            "{\"ph\":\"M\",\"pid\":0,\"name\":\"process_name\",\"args\":{\"name\":\"clock\"}}",
            t->lost);
    for (size_t i = 0; i < t->count; i++) {
        const struct span *s = &t->spans[i];
        if (!i || track_of(s) != track_of(&t->spans[i - 1])) {
            memset(free_at, 0, sizeof free_at);
            name_track(out, s, ++process);
        }
        fprintf(out, ",\n{\"ph\":\"X\",\"pid\":%u,\"tid\":%u,\"ts\":%" PRIu64 ",\"dur\":%" PRIu64,
                process, lane_for(free_at, s), s->begin, s->end - s->begin);
        if (s->unit == DBELL_CW_UNITS)
            fprintf(out, ",\"name\":\"%s\",\"args\":{\"line\":%" PRIu64 "}}",
                    s->write ? "write" : "read", s->line);
        else
            fprintf(out, ",\"name\":\"%s\"}",
                    dbell_clockwork_unit_name((enum dbell_clockwork_unit)s->unit));
    }
    fputs("\n]}\n", out);
}
