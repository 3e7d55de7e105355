/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "timed_engine.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "timed_report.h"

enum { JOURNEYS = 4096, LINE = 256 };

struct engine {
    bool timed;
    struct dbell_timing timing;
    const char *accesses, *timeline; /* files to write */
    uint32_t tbus;
    FILE *accesses_out;
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
                                                .ended = ended};
    e->report = calloc(1, sizeof *e->report);
    status = e->report ? dbell_timed_create(e->machine, &options, &e->time) : DBELL_E_MEMORY;
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

static int option(void *ctx, int argc, char **argv)
{
    struct engine *e = ctx;
    static const char *const with_value[] = {"--preset", "--set", "--config", "--accesses"};
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
        else if (!(e->accesses_out = fopen(argv[1], "w")))
            status = complain("", argv[1], "cannot be written");
        else
            dbell__timed_access(e->accesses_out, NULL);
        return status ? -1 : 2;
    }
    return 0;
}

struct replay_engine dbell__local_engine(void)
{
    static struct engine engine; /* of this command */
    engine = (struct engine){.timing = dbell_timing_ideal(), .tbus = 1};
    dbell_timing_apply(&engine.timing, "arm-mmu700");
    dbell_timing_apply(&engine.timing, "gic600-agilex5");
    return (struct replay_engine){
        .build = build, .dispose = dispose, .ctx = &engine, .option = option, .report = report};
}
