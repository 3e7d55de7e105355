/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "sweep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

enum { LINE = 4096 };

const char *sweep_metric_name(enum sweep_metric metric)
{
    static const char *const names[SWEEP_METRICS] = {
        "failed",      "cycles",           "accesses",    "bytes",
        "throughput",  "latency_mean",     "latency_p50", "latency_p99",
        "latency_max", "translation_mean", "msi_p50",     "msi_p99",
        "reads",       "tlb_hits",         "tlb_misses",  "config_misses"};
    return (unsigned)metric < SWEEP_METRICS ? names[metric] : NULL;
}

bool sweep_add(struct sweep_table *t, const struct sweep_row *row)
{
    if (t->count == t->room) {
        const size_t room = t->room ? 2 * t->room : 64;
        struct sweep_row *grown = realloc(t->rows, room * sizeof *grown);
        if (!grown)
            return false;
        t->rows = grown;
        t->room = room;
    }
    t->rows[t->count++] = *row;
    return true;
}

static int by_point(const void *a, const void *b)
{
    const struct sweep_row *x = a, *y = b;
    return x->point < y->point ? -1 : x->point > y->point;
}

bool sweep_sort(struct sweep_table *t)
{
    if (t->count)
        qsort(t->rows, t->count, sizeof *t->rows, by_point);
    for (size_t i = 1; i < t->count; i++)
        if (t->rows[i].point == t->rows[i - 1].point)
            return false;
    return true;
}

void sweep_write_csv(FILE *out, const struct sweep_table *t)
{
    fputs("point,trace", out);
    for (uint32_t p = 0; p < t->parameters; p++)
        fprintf(out, ",%s", t->name[p]);
    for (unsigned m = 0; m < SWEEP_METRICS; m++)
        fprintf(out, ",%s", sweep_metric_name((enum sweep_metric)m));
    fputc('\n', out);
    for (size_t i = 0; i < t->count; i++) {
        const struct sweep_row *row = &t->rows[i];
        fprintf(out, "%" PRIu64 ",%s", row->point, row->trace);
        for (uint32_t p = 0; p < t->parameters; p++)
            fprintf(out, ",%" PRIu64, row->parameter[p]);
        for (unsigned m = 0; m < SWEEP_METRICS; m++)
            fprintf(out, ",%" PRIu64, row->metric[m]);
        fputc('\n', out);
    }
}

void sweep_write_json(FILE *out, const struct sweep_table *t)
{
    fputs("{\"points\":[", out);
    for (size_t i = 0; i < t->count; i++) {
        const struct sweep_row *row = &t->rows[i];
        fprintf(out, "%s{\"point\":%" PRIu64 ",\"trace\":", i ? "," : "", row->point);
        dbell__report_json_string(out, row->trace);
        for (uint32_t p = 0; p < t->parameters; p++)
            fprintf(out, ",\"%s\":%" PRIu64, t->name[p], row->parameter[p]);
        for (unsigned m = 0; m < SWEEP_METRICS; m++)
            fprintf(out, ",\"%s\":%" PRIu64, sweep_metric_name((enum sweep_metric)m),
                    row->metric[m]);
        fputc('}', out);
    }
    fputs("]}\n", out);
}

/* --- reading --- */

/* Cuts the line at its next comma; NULL: there is no more. */
static char *next_field(char **rest)
{
    char *field = *rest;
    if (!field)
        return NULL;
    char *comma = strchr(field, ',');
    *rest = comma ? comma + 1 : NULL;
    if (comma)
        *comma = 0;
    return field;
}

static bool next_number(char **rest, uint64_t *value)
{
    char *end, *field = next_field(rest);
    if (!field || !*field || *field == '-')
        return false;
    *value = strtoull(field, &end, 10);
    return !*end;
}

/* The columns: those of the table, if it has some already. */
static bool read_header(char *line, struct sweep_table *t)
{
    struct sweep_table header = {0};
    char *rest = line, *field;
    if (!(field = next_field(&rest)) || strcmp(field, "point") != 0 ||
        !(field = next_field(&rest)) || strcmp(field, "trace") != 0)
        return false;
    while ((field = next_field(&rest)) && strcmp(field, sweep_metric_name(0)) != 0) {
        if (header.parameters == SWEEP_PARAMETERS || strlen(field) >= sizeof header.name[0])
            return false;
        strcpy(header.name[header.parameters++], field);
    }
    for (unsigned m = 1; m < SWEEP_METRICS; m++)
        if (!(field = next_field(&rest)) ||
            strcmp(field, sweep_metric_name((enum sweep_metric)m)) != 0)
            return false;
    if (rest)
        return false;
    if (t->count || t->parameters)
        return t->parameters == header.parameters && !memcmp(t->name, header.name, sizeof t->name);
    t->parameters = header.parameters;
    memcpy(t->name, header.name, sizeof t->name);
    return true;
}

static bool read_row(char *line, const struct sweep_table *t, struct sweep_row *row)
{
    char *rest = line, *field;
    memset(row, 0, sizeof *row);
    if (!next_number(&rest, &row->point) || !(field = next_field(&rest)) ||
        strlen(field) >= sizeof row->trace)
        return false;
    strcpy(row->trace, field);
    for (uint32_t p = 0; p < t->parameters; p++)
        if (!next_number(&rest, &row->parameter[p]))
            return false;
    for (unsigned m = 0; m < SWEEP_METRICS; m++)
        if (!next_number(&rest, &row->metric[m]))
            return false;
    return !rest;
}

bool sweep_read_csv(FILE *in, struct sweep_table *t, char *error)
{
    char line[LINE];
    for (unsigned number = 1; fgets(line, sizeof line, in); number++) {
        struct sweep_row row;
        line[strcspn(line, "\r\n")] = 0;
        if (number == 1 ? !read_header(line, t) : !read_row(line, t, &row)) {
            snprintf(error, 256, "line %u: %s", number,
                     number == 1 ? "not the columns of a sweep, or of another one" : "not a row");
            return false;
        }
        if (number > 1 && !sweep_add(t, &row)) {
            snprintf(error, 256, "out of memory");
            return false;
        }
    }
    return true;
}
