/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What `doorbell replay` prints, as text and as JSON. */
#ifndef DOORBELL_TOOL_REPORT_H
#define DOORBELL_TOOL_REPORT_H

#include <stdio.h>

#include <doorbell/isolation.h>
#include <doorbell/replay.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "dma 3, ack 1, ld 2": what was checked, by verb. */
void dbell__report_checked(FILE *out, const struct dbell_replay_result *result);
void dbell__report_file(FILE *out, const char *path, const struct dbell_replay_result *result);
void dbell__report_total(FILE *out, size_t files, const struct dbell_replay_result *total);
void dbell__report_add(struct dbell_replay_result *total, const struct dbell_replay_result *one);

void dbell__report_json_string(FILE *out, const char *text);
/* One element of "files", but for its closing brace. */
void dbell__report_json_file(FILE *out, const char *path, const struct dbell_replay_result *result,
                             const char *error);

/* "its0 GITS_TRANSLATER", in `text` or static. */
const char *dbell__report_doorbell(const struct dbell_platform *platform,
                                   enum dbell_doorbell doorbell, uint32_t index, char *text,
                                   size_t size);

#ifdef __cplusplus
}
#endif
#endif
