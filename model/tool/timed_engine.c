/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "timed_engine.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "timed_report.h"
#include "timeline.h"

enum { JOURNEYS = 4096, LINE = 256 };

struct engine {
    bool timed;
    struct dbell_timing timing;
    uint32_t tbus;
    FILE *accesses_out;        /* or NULL */
    const char *timeline_path; /* or NULL */
    struct timeline *timeline; /* of the file at hand */
    struct dbell_machine *machine;
    struct dbell_timed *time;
    struct timed_report *report;
};

static void ended(void *ctx, const struct dbell_timed_access *access)
{
    struct engine *e = ctx;
    if (access->parked)
        return;
    dbell__timed_note(e->report, access);
    if (e->accesses_out)
        dbell__timed_access(e->accesses_out, access);
    if (e->timeline)
        dbell__timeline_access(e->timeline, access);
}

static void acknowledged(void *ctx, uint64_t cycles)
{
    struct engine *e = ctx;
    dbell_histogram_add(&e->report->acknowledged, cycles);
}

static void span(void *ctx, const struct dbell_clockwork_span *s)
{
    struct engine *e = ctx;
    dbell__timeline_span(e->timeline, s);
}

static int build(void *ctx, const struct dbell_platform *platform, struct dbell_system *system,
                 struct dbell_message *message)
{
    struct engine *e = ctx;
    int status = dbell_machine_create(platform, &e->machine, message);
    if (status)
        return status;
    *system = dbell_machine_system(e->machine);
    if (!e->timed)
        return DBELL_OK;
    const struct dbell_timed_options options = {.timing = e->timing,
                                                .tbus = (uint16_t)e->tbus,
                                                .journeys = JOURNEYS,
                                                .seed = 1,
                                                .ctx = e,
                                                .ended = ended,
                                                .acknowledged = acknowledged,
                                                .span = e->timeline_path ? span : NULL};
    e->report = calloc(1, sizeof *e->report);
    e->timeline = e->timeline_path ? dbell__timeline_open() : NULL;
    status = e->report && (e->timeline || !e->timeline_path)
                 ? dbell_timed_create(e->machine, &options, &e->time)
                 : DBELL_E_MEMORY;
    if (status) {
        snprintf(message->text, sizeof message->text, "timing: %s", dbell_status_text(status));
        return status;
    }
    *system = dbell_timed_system(e->time);
    return DBELL_OK;
}

static void dispose(void *ctx)
{
    struct engine *e = ctx;
    dbell_timed_destroy(e->time);
    dbell_machine_destroy(e->machine);
    free(e->report);
    dbell__timeline_close(e->timeline);
    e->timeline = NULL;
    e->time = NULL;
    e->machine = NULL;
    e->report = NULL;
}

static void report(void *ctx, FILE *out, bool json)
{
    struct engine *e = ctx;
    if (e->time)
        dbell__timed_print(out, e->report, e->time, json);
    if (e->accesses_out)
        fflush(e->accesses_out);
    FILE *timeline = e->timeline ? fopen(e->timeline_path, "w") : NULL;
    if (timeline) { /* of several traces the last one stays */
        dbell__timeline_write(e->timeline, timeline);
        fclose(timeline);
    }
}

/* --- options --- */

static int complain(const char *where, const char *what, const char *why)
{
    fprintf(stderr, "doorbell: %s%s: %s\n", where, what, why);
    return -1;
}

static int assign(struct engine *e, const char *where, const char *assignment)
{
    switch (dbell_timing_set(&e->timing, assignment)) {
    case DBELL_OK:
        return 0;
    case DBELL_E_NOT_FOUND:
        return complain(where, assignment, "there is no such parameter");
    case DBELL_E_RANGE:
        return complain(where, assignment, "out of range");
    default:
        return complain(where, assignment, "not PARAMETER=NUMBER");
    }
}

static int apply(struct engine *e, const char *where, const char *preset)
{
    return dbell_timing_apply(&e->timing, preset)
               ? complain(where, preset, "there is no such preset")
               : 0;
}

/* Lines "preset NAME", "PARAMETER = NUMBER"; # begins a comment. */
static int configure(struct engine *e, const char *path)
{
    char line[LINE], where[LINE + 32];
    FILE *in = fopen(path, "r");
    int status = 0;
    if (!in)
        return complain("", path, "cannot be read");
    for (unsigned number = 1; !status && fgets(line, sizeof line, in); number++) {
        size_t n = 0;
        const bool preset = !strncmp(line, "preset ", 7);
        for (const char *c = preset ? line + 7 : line; *c && *c != '#'; c++)
            if (!isspace((unsigned char)*c))
                line[n++] = *c;
        line[n] = 0;
        snprintf(where, sizeof where, "%.200s:%u: ", path, number);
        if (n)
            status = preset ? apply(e, where, line) : assign(e, where, line);
    }
    fclose(in);
    return status;
}

static int open_file(FILE **file, const char *path)
{
    if (*file)
        return complain("", path, "another file was given before");
    *file = fopen(path, "w");
    return *file ? 0 : complain("", path, "cannot be written");
}

/* Tells now, not in the end, that it cannot be written. */
static int use_timeline(struct engine *e, const char *path)
{
    FILE *file = NULL;
    const int status = open_file(&file, path);
    if (file)
        fclose(file);
    e->timeline_path = path;
    return status;
}

static int option(void *ctx, int argc, char **argv)
{
    struct engine *e = ctx;
    static const char *const with_value[] = {"--preset", "--set", "--config", "--accesses",
                                             "--timeline"};
    if (!strcmp(argv[0], "--timed")) {
        e->timed = true;
        return 1;
    }
    for (unsigned i = 0; i < sizeof with_value / sizeof with_value[0]; i++) {
        if (strcmp(argv[0], with_value[i]))
            continue;
        if (argc < 2)
            return complain("", argv[0], "needs a value");
        e->timed = true;
        int status = 0;
        if (i == 0)
            status = apply(e, "", argv[1]);
        else if (i == 1)
            status = assign(e, "", argv[1]);
        else if (i == 2)
            status = configure(e, argv[1]);
        else if (i == 3)
            status = open_file(&e->accesses_out, argv[1]);
        else
            status = use_timeline(e, argv[1]);
        if (!status && i == 3)
            dbell__timed_access(e->accesses_out, NULL);
        return status ? -1 : 2;
    }
    return 0;
}

struct dbell_timing dbell__default_timing(void)
{
    struct dbell_timing timing = dbell_timing_ideal();
    dbell_timing_apply(&timing, "arm-mmu700");
    dbell_timing_apply(&timing, "gic600-agilex5");
    return timing;
}

struct replay_engine dbell__local_engine(void)
{
    static struct engine engine; /* of this command */
    engine = (struct engine){.timing = dbell__default_timing(), .tbus = 1};
    return (struct replay_engine){
        .build = build, .dispose = dispose, .ctx = &engine, .option = option, .report = report};
}
