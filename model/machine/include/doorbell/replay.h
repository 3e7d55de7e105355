/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Replay: a trace run against a system under test, every expectation checked. */
#ifndef DOORBELL_REPLAY_H
#define DOORBELL_REPLAY_H

#include <doorbell/system.h>
#include <doorbell/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One expectation that was not met, or one line that could not be run. Texts are valid during the
 * call only. */
struct dbell_difference {
    uint64_t line;
    bool unsupported;     /* the model lacks what the line needs */
    const char *expected; /* as the trace says it; "" for an unsupported line */
    const char *got;      /* what the model gave, and why */
};

struct dbell_replay_options {
    void *ctx;
    const char *path; /* of the trace, for files next to it */
    /* Makes the system that the platform describes; called once, before the first stimulus. */
    int (*build)(void *ctx, const struct dbell_platform *platform, struct dbell_system *system,
                 struct dbell_message *message);
    void (*differ)(void *ctx, const struct dbell_difference *difference); /* or NULL */
    void (*note)(void *ctx, const char *text);  /* said once, of features; or NULL */
    void (*progress)(void *ctx, uint64_t line); /* of a file, every 16384 lines; or NULL */
};

struct dbell_replay_result {
    uint64_t lines;                /* read */
    uint64_t checked[DBELL_VERBS]; /* lines with an expectation that were run */
    uint64_t failed;               /* lines of which an expectation was not met */
    uint64_t unsupported;          /* lines that could not be run */
    uint64_t first_failed;         /* line number, 0 if none; failed or unsupported */
};

struct dbell_replay;

int dbell_replay_open(const struct dbell_replay_options *options, struct dbell_replay **replay);
/* One line, counted from 1. DBELL_OK (also when expectations failed), or an input error: replay
 * stops there, what was checked stays. */
int dbell_replay_line(struct dbell_replay *replay, uint64_t number, const char *line, size_t size,
                      struct dbell_message *message);
/* What the next dma and ats lines write their steps to; NULL: nowhere. */
void dbell_replay_trace_steps(struct dbell_replay *replay, struct dbell_itinerary *itinerary);
/* The end of the trace: it must have had its first line. */
int dbell_replay_finish(struct dbell_replay *replay, struct dbell_message *message);
const struct dbell_replay_result *dbell_replay_results(const struct dbell_replay *replay);
/* How the last dma or done line ended. */
const struct dbell_dma_result *dbell_replay_last_dma(const struct dbell_replay *replay);
/* The access of the last dma line. */
const struct dbell_dma *dbell_replay_last_access(const struct dbell_replay *replay);
/* How the last ats line ended; NULL: it could not be run. */
const struct dbell_ats_completion *dbell_replay_last_completion(const struct dbell_replay *replay);
void dbell_replay_close(struct dbell_replay *replay);

/* All of a file. `line` is where an error stopped it. */
int dbell_replay_file(struct dbell_replay *replay, const char *path, uint64_t *line,
                      struct dbell_message *message);

#ifdef __cplusplus
}
#endif
#endif
