/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What `replay --timed` is asked for, and what it keeps of a run to tell it. */
#ifndef DOORBELL_TOOL_TIMED_SESSION_H
#define DOORBELL_TOOL_TIMED_SESSION_H

#include "timed_report.h"
#include "timeline.h"

#ifdef __cplusplus
extern "C" {
#endif

struct timed_session {
    bool timed;
    struct dbell_timing timing;
    FILE *accesses_out;        /* or NULL */
    const char *timeline_path; /* or NULL */
    struct timeline *timeline; /* of the file at hand, and: */
    struct timed_report *report;
};

enum { SESSION_JOURNEYS = 4096 };

/* An MMU-700 with a GIC-600. */
struct dbell_timing dbell__default_timing(void);

/* As replay_engine.option: --timed, --preset, --set, --config, --accesses, --timeline. */
int dbell__session_option(struct timed_session *session, int argc, char **argv);

int dbell__session_begin(struct timed_session *session);
void dbell__session_end(struct timed_session *session);
void dbell__session_ended(struct timed_session *session, const struct dbell_timed_access *access);
void dbell__session_acknowledged(struct timed_session *session, uint64_t cycles);
/* cw: NULL, it was not timed. */
void dbell__session_report(const struct timed_session *session, const struct dbell_clockwork *cw,
                           FILE *out, bool json);

#ifdef __cplusplus
}
#endif
#endif
