/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* doorbell sweep: a grid of parameters over traces, one process for each point; doorbell merge: the
 * parts of one that ran in several places. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sweep.h"
#include "timed_session.h"
#include "tool.h"

enum { VALUES = 256, TRACES = 64, POINTS_MOST = 1000000 };

struct vary {
    char name[64];
    int parameter; /* enum dbell_timing_parameter; -1: of the workloads */
    uint32_t value[VALUES];
    uint32_t count;
};

/* Files to write beside the CSV, or NULL. */
struct outputs {
    const char *json, *html, *svg;
};

struct sweep {
    struct dbell_timing timing;
    struct vary vary[SWEEP_PARAMETERS];
    uint32_t varied;
    const char *trace[TRACES]; /* files, or "workload KIND" */
    struct dbell_workload workload[TRACES];
    bool is_workload[TRACES];
    uint32_t traces;
    uint32_t jobs, shard, shards;
    struct outputs outputs;
    struct sweep_table table;
};

static int complain(const char *what, const char *why)
{
    fprintf(stderr, "doorbell: %s: %s\n", what, why);
    return EXIT_USAGE;
}

/* --- options --- */

/* "smmu.tcu.walk_slots=1,2,4" */
static int add_vary(struct sweep *s, const char *text)
{
    const char *equals = strchr(text, '=');
    char name[64], assignment[96];
    if (!equals || (size_t)(equals - text) >= sizeof name)
        return complain(text, "not PARAMETER=N,N,...");
    if (s->varied == SWEEP_PARAMETERS)
        return complain(text, "too many parameters vary");
    struct vary *vary = &s->vary[s->varied++];
    memcpy(name, text, (size_t)(equals - text));
    name[equals - text] = 0;
    vary->parameter = dbell_timing_named(name);
    memcpy(vary->name, name, sizeof vary->name);
    for (const char *next = equals + 1; next;) {
        const size_t size = strcspn(next, ",");
        struct dbell_timing scratch;
        struct dbell_workload workload = dbell_workload_default(DBELL_WORKLOAD_STREAM);
        if (size > 20 || vary->count == VALUES)
            return complain(text, "too many values, or one that is too long");
        snprintf(assignment, sizeof assignment, "%s=%.*s", name, (int)size, next);
        if (vary->parameter < 0 ? !dbell_workload_set(&workload, assignment)
                                : dbell_timing_set(&scratch, assignment) != 0)
            return complain(assignment, "no such parameter, no number, or out of range");
        vary->value[vary->count++] = (uint32_t)strtoul(next, NULL, 10);
        next = next[size] ? next + size + 1 : NULL;
    }
    snprintf(s->table.name[s->varied - 1], sizeof s->table.name[0], "%s", name);
    s->table.parameters = s->varied;
    return 0;
}

static bool number(const char *text, uint32_t least, uint32_t *value)
{
    char *end;
    const unsigned long v = strtoul(text, &end, 10);
    *value = (uint32_t)v;
    return *text >= '0' && *text <= '9' && !*end && v >= least && v <= POINTS_MOST;
}

static int add_shard(struct sweep *s, const char *text)
{
    char first[16];
    const size_t size = strcspn(text, "/");
    if (text[size] != '/' || size >= sizeof first)
        return complain(text, "not K/N");
    memcpy(first, text, size);
    first[size] = 0;
    if (!number(first, 1, &s->shard) || !number(text + size + 1, 1, &s->shards) ||
        s->shard > s->shards)
        return complain(text, "not K/N with 1 <= K <= N");
    return 0;
}

static int add_workload(struct sweep *s, const char *name)
{
    for (unsigned kind = 0; kind < DBELL_WORKLOADS; kind++)
        if (!strcmp(name, dbell_workload_name((enum dbell_workload_kind)kind))) {
            if (s->traces == TRACES)
                return complain(name, "too many traces");
            s->workload[s->traces] = dbell_workload_default((enum dbell_workload_kind)kind);
            s->is_workload[s->traces] = true;
            s->trace[s->traces++] = name;
            return 0;
        }
    return complain(name, "there is no such workload");
}

/* A parameter of time, or of the workloads that were named before. */
static int assign(struct sweep *s, const char *assignment)
{
    const int status = dbell_timing_set(&s->timing, assignment);
    bool any = false;
    if (!status)
        return 0;
    for (uint32_t i = 0; i < s->traces && status == DBELL_E_NOT_FOUND; i++)
        any |= s->is_workload[i] && dbell_workload_set(&s->workload[i], assignment);
    return any ? 0 : complain(assignment, "not PARAMETER=NUMBER, or out of range");
}

static const char **output_of(struct outputs *o, const char *name)
{
    return !strcmp(name, "--json")   ? &o->json
           : !strcmp(name, "--html") ? &o->html
           : !strcmp(name, "--svg")  ? &o->svg
                                     : NULL;
}

static int add_option(struct sweep *s, const char *name, const char *value)
{
    if (!strcmp(name, "--vary"))
        return add_vary(s, value);
    if (!strcmp(name, "--shard"))
        return add_shard(s, value);
    if (!strcmp(name, "--jobs"))
        return number(value, 1, &s->jobs) ? 0 : complain(value, "not a number of jobs");
    if (!strcmp(name, "--preset"))
        return dbell_timing_apply(&s->timing, value) ? complain(value, "there is no such preset")
                                                     : 0;
    if (!strcmp(name, "--set"))
        return assign(s, value);
    if (!strcmp(name, "--workload"))
        return add_workload(s, value);
    const char **output = output_of(&s->outputs, name);
    if (!output)
        return complain(name, "no such option");
    *output = value;
    return 0;
}

/* --- points --- */

static uint64_t points_of(const struct sweep *s)
{
    uint64_t points = s->traces;
    for (uint32_t p = 0; p < s->varied && points <= POINTS_MOST; p++)
        points *= s->vary[p].count;
    return points;
}

static uint32_t trace_of(const struct sweep *s, uint64_t point)
{
    for (uint32_t p = 0; p < s->varied; p++)
        point /= s->vary[p].count;
    return (uint32_t)point;
}

/* The first parameter varies fastest, the trace slowest. */
static void point_at(const struct sweep *s, uint64_t point, struct sweep_row *row,
                     struct dbell_timing *timing, struct dbell_workload *workload)
{
    const uint32_t trace = trace_of(s, point);
    *timing = s->timing;
    *row = (struct sweep_row){.point = point};
    *workload = s->workload[trace];
    for (uint64_t p = 0, rest = point; p < s->varied; p++) {
        const struct vary *vary = &s->vary[p];
        char assignment[96];
        row->parameter[p] = vary->value[rest % vary->count];
        rest /= vary->count;
        snprintf(assignment, sizeof assignment, "%s=%" PRIu64, vary->name, row->parameter[p]);
        if (vary->parameter >= 0)
            timing->value[vary->parameter] = (uint32_t)row->parameter[p];
        else
            dbell_workload_set(workload, assignment);
    }
    snprintf(row->trace, sizeof row->trace, "%s", s->trace[trace]);
}

/* In a process of its own: a row goes to the pipe, which takes it whole, or a message to stderr. */
static int run_point(const struct sweep *s, uint64_t point, int out)
{
    struct sweep_row row;
    struct dbell_timing timing;
    struct dbell_workload workload;
    char error[256];
    point_at(s, point, &row, &timing, &workload);
    const uint32_t trace = trace_of(s, point);
    const struct sweep_source source = {row.trace, s->is_workload[trace] ? &workload : NULL};
    if (!sweep_point(&source, &timing, row.metric, error)) {
        fprintf(stderr, "doorbell sweep: %s\n", error);
        return EXIT_USAGE;
    }
    return write(out, &row, sizeof row) == (ssize_t)sizeof row ? EXIT_HELD : EXIT_INTERNAL;
}

struct run {
    int pipe[2];
    uint32_t under_way;
    uint64_t done, all;
    int code;
};

static void told(const struct run *run)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\rdoorbell sweep: %" PRIu64 " of %" PRIu64 " points", run->done, run->all);
}

static void await_one(struct sweep *s, struct run *run)
{
    int status = 0;
    struct sweep_row row;
    pid_t pid;
    do
        pid = wait(&status);
    while (pid < 0 && errno == EINTR);
    run->under_way--;
    run->done++;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_INTERNAL;
    if (code > run->code)
        run->code = code;
    if (!code && (read(run->pipe[0], &row, sizeof row) != (ssize_t)sizeof row ||
                  !sweep_add(&s->table, &row)))
        run->code = EXIT_INTERNAL;
    told(run);
}

_Static_assert(sizeof(struct sweep_row) <= PIPE_BUF, "a row is written whole");

static int run_all(struct sweep *s)
{
    const uint64_t points = points_of(s);
    struct run run = {.all = (points + s->shards - s->shard) / s->shards};
    if (pipe(run.pipe))
        return EXIT_INTERNAL;
    fflush(stdout);
    for (uint64_t point = s->shard - 1; point < points; point += s->shards) {
        while (run.under_way >= s->jobs)
            await_one(s, &run);
        const pid_t pid = fork();
        if (pid < 0) {
            run.code = EXIT_INTERNAL;
            break;
        }
        if (!pid)
            _exit(run_point(s, point, run.pipe[1]));
        run.under_way++;
    }
    while (run.under_way)
        await_one(s, &run);
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    close(run.pipe[0]);
    close(run.pipe[1]);
    return run.code;
}

/* --- results --- */

static int write_file(const char *path, const struct sweep_table *table,
                      void (*writer)(FILE *, const struct sweep_table *))
{
    FILE *out = path ? fopen(path, "w") : NULL;
    if (!path)
        return EXIT_HELD;
    if (!out)
        return complain(path, "cannot be written");
    writer(out, table);
    return fclose(out) ? EXIT_INTERNAL : EXIT_HELD;
}

static int results(struct sweep_table *table, const struct outputs *outputs)
{
    bool failed = false;
    if (!sweep_sort(table))
        return complain("merge", "two parts have the same point");
    sweep_write_csv(stdout, table);
    for (size_t i = 0; i < table->count; i++)
        failed |= table->rows[i].metric[SWEEP_FAILED] != 0;
    int code = write_file(outputs->json, table, sweep_write_json);
    if (!code)
        code = write_file(outputs->html, table, sweep_write_html);
    if (!code)
        code = write_file(outputs->svg, table, sweep_write_svg);
    if (!code && failed)
        code = EXIT_DIFFERS;
    return fflush(stdout) ? EXIT_INTERNAL : code;
}

int tool_sweep(int argc, char **argv)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct sweep *s = calloc(1, sizeof *s);
    int code = s ? EXIT_HELD : EXIT_INTERNAL;
    if (!s)
        return code;
    s->timing = dbell__default_timing();
    s->jobs = cores > 0 ? (uint32_t)cores : 1;
    s->shard = s->shards = 1;
    for (int i = 0; i < argc && !code; i++) {
        if (argv[i][0] != '-') {
            if (s->traces == TRACES || strlen(argv[i]) >= SWEEP_NAME || strchr(argv[i], ','))
                code = complain(argv[i], "too many traces, or a name that is too long");
            else
                s->trace[s->traces++] = argv[i];
        } else if (i + 1 == argc) {
            code = complain(argv[i], "needs a value");
        } else {
            code = add_option(s, argv[i], argv[i + 1]);
            i++;
        }
    }
    if (!code && !s->traces) {
        fputs(
            "usage: doorbell sweep --vary PARAMETER=N,N,... [--vary ...] [--preset NAME] [--set PARAMETER=N]\n"
            "         [--workload KIND] [--jobs N] [--shard K/N] [--json FILE] [--html FILE] [--svg FILE] TRACE...\n",
            stderr);
        code = EXIT_USAGE;
    }
    if (!code && points_of(s) > POINTS_MOST)
        code = complain("sweep", "more than a million points");
    if (!code)
        code = run_all(s);
    if (!code)
        code = results(&s->table, &s->outputs);
    free(s->table.rows);
    free(s);
    return code;
}

int tool_merge(int argc, char **argv)
{
    struct sweep_table *table = calloc(1, sizeof *table);
    struct outputs outputs = {0};
    int code = table ? EXIT_HELD : EXIT_INTERNAL, files = 0;
    for (int i = 0; i < argc && !code; i++) {
        char error[256];
        const char **output = output_of(&outputs, argv[i]);
        if (output && i + 1 < argc) {
            *output = argv[++i];
            continue;
        }
        FILE *in = argv[i][0] == '-' ? NULL : fopen(argv[i], "r");
        if (!in)
            code = complain(argv[i], output ? "needs a value" : "cannot be read");
        else if (!sweep_read_csv(in, table, error))
            code = complain(argv[i], error);
        if (in)
            fclose(in);
        files++;
    }
    if (!code && !files) {
        fputs("usage: doorbell merge [--json FILE] [--html FILE] [--svg FILE] PART.csv...\n",
              stderr);
        code = EXIT_USAGE;
    }
    if (!code)
        code = results(table, &outputs);
    free(table ? table->rows : NULL);
    free(table);
    return code;
}
