/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "timed_session.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 256 };

void dbell__session_ended(struct timed_session *s, const struct dbell_timed_access *access)
{
    if (access->parked)
        return;
    dbell__timed_note(s->report, access);
    if (s->accesses_out)
        dbell__timed_access(s->accesses_out, access);
    if (s->timeline)
        dbell__timeline_access(s->timeline, access);
}

void dbell__session_acknowledged(struct timed_session *s, uint64_t cycles)
{
    dbell_histogram_add(&s->report->acknowledged, cycles);
}

int dbell__session_begin(struct timed_session *s)
{
    s->report = calloc(1, sizeof *s->report);
    s->timeline = s->timeline_path ? dbell__timeline_open() : NULL;
    return s->report && (s->timeline || !s->timeline_path) ? DBELL_OK : DBELL_E_MEMORY;
}

void dbell__session_end(struct timed_session *s)
{
    free(s->report);
    dbell__timeline_close(s->timeline);
    s->timeline = NULL;
    s->report = NULL;
}

void dbell__session_report(const struct timed_session *s, const struct dbell_clockwork *cw,
                           FILE *out, bool json)
{
    if (cw)
        dbell__timed_print(out, s->report, cw, json);
    if (s->accesses_out)
        fflush(s->accesses_out);
    FILE *timeline = s->timeline ? fopen(s->timeline_path, "w") : NULL;
    if (timeline) { /* of several traces the last one stays */
        dbell__timeline_write(s->timeline, timeline);
        fclose(timeline);
    }
}

/* --- options --- */

static int complain(const char *where, const char *what, const char *why)
{
    fprintf(stderr, "doorbell: %s%s: %s\n", where, what, why);
    return -1;
}

static int assign(struct timed_session *s, const char *where, const char *assignment)
{
    switch (dbell_timing_set(&s->timing, assignment)) {
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

static int apply(struct timed_session *s, const char *where, const char *preset)
{
    return dbell_timing_apply(&s->timing, preset)
               ? complain(where, preset, "there is no such preset")
               : 0;
}

/* Lines "preset NAME", "PARAMETER = NUMBER"; # begins a comment. */
static int configure(struct timed_session *s, const char *path)
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
            status = preset ? apply(s, where, line) : assign(s, where, line);
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
static int use_timeline(struct timed_session *s, const char *path)
{
    FILE *file = NULL;
    const int status = open_file(&file, path);
    if (file)
        fclose(file);
    s->timeline_path = path;
    return status;
}

int dbell__session_option(struct timed_session *s, int argc, char **argv)
{
    static const char *const with_value[] = {"--preset", "--set", "--config", "--accesses",
                                             "--timeline"};
    if (!strcmp(argv[0], "--timed")) {
        s->timed = true;
        return 1;
    }
    for (unsigned i = 0; i < sizeof with_value / sizeof with_value[0]; i++) {
        if (strcmp(argv[0], with_value[i]))
            continue;
        if (argc < 2)
            return complain("", argv[0], "needs a value");
        s->timed = true;
        int status = 0;
        if (i == 0)
            status = apply(s, "", argv[1]);
        else if (i == 1)
            status = assign(s, "", argv[1]);
        else if (i == 2)
            status = configure(s, argv[1]);
        else if (i == 3)
            status = open_file(&s->accesses_out, argv[1]);
        else
            status = use_timeline(s, argv[1]);
        if (!status && i == 3)
            dbell__timed_access(s->accesses_out, NULL);
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
