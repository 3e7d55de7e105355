/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A replay under way: the line at hand, what it expects, and where differences go. */
#ifndef MACHINE_REPLAY_STATE_H
#define MACHINE_REPLAY_STATE_H

#include <doorbell/replay.h>

#include "level1.h"
#include "message.h"

enum { DATA_MAX = 4096 };

/* An access with id=N, for `done`. */
struct named_dma {
    uint32_t id;
    struct dbell_dma_result result;
};

struct dbell_replay {
    struct dbell_replay_options options;
    char directory[4096];
    bool started; /* `trace version=1` was seen */
    bool built;   /* the platform lines are over */
    struct dbell_platform platform;
    struct dbell_system system;
    struct level1 level1;
    struct dbell_replay_result result;
    struct dbell_itinerary *itinerary;
    struct dbell_dma_result last;
    struct dbell_dma last_access;
    struct dbell_ats_completion last_completion;
    bool completed; /* the last ats line was answered */
    struct named_dma *named;
    size_t named_count, named_room;
    uint64_t cycle;
    struct dbell_record record;
    uint64_t line;
    bool line_failed;
    struct replay_time *time; /* NULL: the system has none */
    bool deferred;            /* an access of an earlier line is being checked */
    uint8_t data[DBELL_TRACE_LINE_MAX / 2];
};

/* The stimulus of the line: whether a key was given, and its number. */
static inline bool given(const struct dbell_replay *r, enum dbell_key key)
{
    return r->record.stimulus.present[key];
}

static inline uint64_t left(const struct dbell_replay *r, enum dbell_key key, uint64_t otherwise)
{
    const struct dbell_fields *f = &r->record.stimulus;
    return f->present[key] ? f->number[key] : otherwise;
}

/* Its expectation. */
static inline bool expected(const struct dbell_replay *r, enum dbell_key key)
{
    return r->record.expectation.present[key];
}

static inline uint64_t wanted(const struct dbell_replay *r, enum dbell_key key)
{
    return r->record.expectation.number[key];
}

/* expect.c: the expectation was not met: once per line a failure, every time a difference. */
bool dbell__replay_wants_word(const struct dbell_replay *r, enum dbell_key key, const char *word);
void dbell__replay_differ(struct dbell_replay *r, const char *expected, const char *format, ...)
    PRINTF_LIKE(3, 4);
void dbell__replay_unsupported(struct dbell_replay *r, const char *what);
/* A numeric expectation that is one number to the model. */
void dbell__replay_check(struct dbell_replay *r, enum dbell_key key, uint64_t got);

/* replay_cpu.c, replay_dma.c, replay_ats.c: the lines of these verbs. */
void dbell__replay_st(struct dbell_replay *r);
void dbell__replay_cp(struct dbell_replay *r);
void dbell__replay_ld(struct dbell_replay *r);
int dbell__replay_dma(struct dbell_replay *r, struct dbell_message *message);
int dbell__replay_done(struct dbell_replay *r, struct dbell_message *message);
int dbell__replay_ats(struct dbell_replay *r, struct dbell_message *message);
int dbell__replay_pri(struct dbell_replay *r, struct dbell_message *message);
int dbell__replay_recv(struct dbell_replay *r, struct dbell_message *message);

/* The access of a dma line; its data is r->data. */
int dbell__replay_dma_of(struct dbell_replay *r, struct dbell_dma *dma,
                         struct dbell_message *message);
/* Checks a dma line, the one at hand, against what came of it. */
int dbell__replay_dma_ended(struct dbell_replay *r, const struct dbell_dma *dma,
                            const struct dbell_dma_result *result, struct dbell_message *message);

/* replay.c: one line, and then rest if `rests`. */
int dbell__replay_run(struct dbell_replay *r, bool rests, struct dbell_message *message);

/* replay_time.c: lines in modelled time. */
int dbell__replay_time_open(struct dbell_replay *r);
void dbell__replay_time_close(struct dbell_replay *r);
int dbell__replay_time_line(struct dbell_replay *r, const char *line, size_t size,
                            struct dbell_message *message);
/* The end of the trace: what has not ended by then will not. */
void dbell__replay_time_finish(struct dbell_replay *r);

/* The SMMU that a `smmu=` or `name=` word names; -1: none. */
int dbell__replay_smmu(const struct dbell_replay *r, const char *text, size_t size);

#endif
