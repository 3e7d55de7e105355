/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Statistics of a timed run. */
#ifndef DOORBELL_TOOL_TIMED_REPORT_H
#define DOORBELL_TOOL_TIMED_REPORT_H

#include <stdio.h>

#include <doorbell/histogram.h>
#include <doorbell/timed.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { REPORTED_DEVICES = 64 };

struct device_report {
    uint32_t requesterid;
    bool by_streamid;
    uint64_t reads, writes, messages, faults, bytes;
    uint64_t first, last; /* cycles of the first issue and the last end */
    struct dbell_histogram latency, translation;
};

struct timed_report {
    struct device_report device[REPORTED_DEVICES];
    uint32_t devices;
    uint64_t others;                              /* accesses of devices beyond these */
    struct dbell_histogram pending, acknowledged; /* of messages, from their issue */
    uint64_t cycles[DBELL_CW_UNITS], visits[DBELL_CW_UNITS], reads;
};

void dbell__timed_note(struct timed_report *report, const struct dbell_timed_access *access);
void dbell__timed_print(FILE *out, const struct timed_report *report,
                        const struct dbell_clockwork *cw, bool json);
/* One access, one line: CSV. Without it, the names of the columns. */
void dbell__timed_access(FILE *out, const struct dbell_timed_access *access);

#ifdef __cplusplus
}
#endif
#endif
