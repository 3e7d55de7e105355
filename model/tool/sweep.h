/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A sweep: a grid of parameters over traces, one row for each point. */
#ifndef DOORBELL_TOOL_SWEEP_H
#define DOORBELL_TOOL_SWEEP_H

#include <stdio.h>

#include <doorbell/timing.h>

#include <workload.h>

/* What is measured at a point, in the order of its columns. */
enum sweep_metric {
    SWEEP_FAILED, /* lines whose expectation was not met */
    SWEEP_CYCLES, /* of the whole trace */
    SWEEP_ACCESSES,
    SWEEP_BYTES,
    SWEEP_THROUGHPUT, /* bytes in 1000 cycles, of all devices, from first issue to last end */
    SWEEP_LATENCY_MEAN,
    SWEEP_LATENCY_P50,
    SWEEP_LATENCY_P99,
    SWEEP_LATENCY_MAX,
    SWEEP_TRANSLATION_MEAN,
    SWEEP_MSI_P50,
    SWEEP_MSI_P99,
    SWEEP_READS, /* that accesses waited for */
    SWEEP_TLB_HITS,
    SWEEP_TLB_MISSES,
    SWEEP_CONFIG_MISSES,
    SWEEP_METRICS
};
const char *sweep_metric_name(enum sweep_metric metric);

/* A trace, from a file or, with `workload`, made for this point. */
struct sweep_source {
    const char *path;
    const struct dbell_workload *workload; /* or NULL */
};
/* One of them with these numbers. False: `error` says why (256 characters). */
bool sweep_point(const struct sweep_source *source, const struct dbell_timing *timing,
                 uint64_t metrics[SWEEP_METRICS], char *error);

enum { SWEEP_PARAMETERS = 8, SWEEP_NAME = 256 };

struct sweep_row {
    uint64_t point; /* from 0, in the order of the grid */
    char trace[SWEEP_NAME];
    uint64_t parameter[SWEEP_PARAMETERS], metric[SWEEP_METRICS];
};

struct sweep_table {
    uint32_t parameters;
    char name[SWEEP_PARAMETERS][64]; /* of the parameters */
    struct sweep_row *rows;          /* in the order of their points */
    size_t count, room;
};

bool sweep_add(struct sweep_table *table, const struct sweep_row *row);
/* By point. False: two rows have the same. */
bool sweep_sort(struct sweep_table *table);
void sweep_write_csv(FILE *out, const struct sweep_table *table);
void sweep_write_json(FILE *out, const struct sweep_table *table);
/* One file that needs nothing else: throughput and latency against the first parameter, a line for
 * each trace and each value of the others. */
void sweep_write_html(FILE *out, const struct sweep_table *table);
/* The plot of throughput alone, as a picture. */
void sweep_write_svg(FILE *out, const struct sweep_table *table);
/* Adds the rows of a file as sweep_write_csv() writes it. False: `error` says what is wrong. */
bool sweep_read_csv(FILE *in, struct sweep_table *table, char *error);

#endif
