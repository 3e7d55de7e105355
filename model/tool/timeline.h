/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A timeline of a timed run, in the JSON that Chrome's tracing and Perfetto open. A cycle is shown
 * as a microsecond. */
#ifndef DOORBELL_TOOL_TIMELINE_H
#define DOORBELL_TOOL_TIMELINE_H

#include <stdio.h>

#include <doorbell/timed.h>

#ifdef __cplusplus
extern "C" {
#endif

struct timeline;

struct timeline *dbell__timeline_open(void); /* NULL: out of memory */
void dbell__timeline_span(struct timeline *timeline, const struct dbell_clockwork_span *span);
void dbell__timeline_access(struct timeline *timeline, const struct dbell_timed_access *access);
/* Writes what was kept: spans beyond the first million are only counted. */
void dbell__timeline_write(struct timeline *timeline, FILE *out);
void dbell__timeline_close(struct timeline *timeline);

#ifdef __cplusplus
}
#endif
#endif
