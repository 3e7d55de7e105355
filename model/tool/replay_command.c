/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "tool.h"

enum { SHOWN = 20 };

struct run {
    const struct replay_engine *engine;
    const char *path;
    bool json;
    uint64_t shown, hidden;
};

static int build(void *ctx, const struct dbell_platform *platform, struct dbell_system *system,
                 struct dbell_message *message)
{
    const struct run *run = ctx;
    return run->engine->build(run->engine->ctx, platform, system, message);
}

/* Results go to stdout; with --json that is the object, so differences go to stderr. */
static void differ(void *ctx, const struct dbell_difference *d)
{
    struct run *run = ctx;
    if (run->shown == SHOWN) {
        run->hidden++;
        return;
    }
    run->shown++;
    FILE *out = run->json ? stderr : stdout;
    if (d->unsupported)
        fprintf(out, "%s:%" PRIu64 ": %s\n", run->path, d->line, d->got);
    else
        fprintf(out, "%s:%" PRIu64 ": expected %s, got %s\n", run->path, d->line, d->expected,
                d->got);
}

static void note(void *ctx, const char *text)
{
    const struct run *run = ctx;
    fprintf(stderr, "%s: note: %s\n", run->path, text);
}

static void progress(void *ctx, uint64_t line)
{
    const struct run *run = ctx;
    fprintf(stderr, "\r%s: %" PRIu64 " lines", run->path, line);
}

static int replay_file(const char *path, bool json, bool first, const struct replay_engine *engine,
                       struct dbell_replay_result *total)
{
    struct run run = {.engine = engine, .path = path, .json = json};
    const bool terminal = isatty(STDERR_FILENO);
    const struct dbell_replay_options options = {.ctx = &run,
                                                 .path = path,
                                                 .build = build,
                                                 .differ = differ,
                                                 .note = note,
                                                 .progress = terminal ? progress : NULL};
    struct dbell_replay *replay;
    struct dbell_message message = {""};
    char error[sizeof message.text + 64] = "";
    uint64_t line = 0;
    if (dbell_replay_open(&options, &replay)) {
        fputs("doorbell: out of memory\n", stderr);
        return EXIT_INTERNAL;
    }
    int status = dbell_replay_file(replay, path, &line, &message);
    if (terminal)
        fputs("\r\033[K", stderr);
    const struct dbell_replay_result *result = dbell_replay_results(replay);
    bool stopped = status && status != DBELL_E_UNSUPPORTED;
    if (stopped) {
        if (line)
            snprintf(error, sizeof error, "%s:%" PRIu64 ": %s", path, line, message.text);
        else
            snprintf(error, sizeof error, "%s: %s", path, message.text);
        fprintf(stderr, "%s\n", error);
    }
    if (run.hidden)
        fprintf(json ? stderr : stdout, "%s: and %" PRIu64 " more differences\n", path, run.hidden);
    if (json) {
        fputs(first ? "" : ",", stdout);
        dbell__report_json_file(stdout, path, result, stopped ? error : NULL);
    } else {
        dbell__report_file(stdout, path, result);
    }
    if (engine->report)
        engine->report(engine->ctx, stdout, json);
    if (json)
        fputc('}', stdout);
    dbell__report_add(total, result);
    int code = stopped                                 ? EXIT_USAGE
               : result->failed || result->unsupported ? EXIT_DIFFERS
                                                       : EXIT_HELD;
    dbell_replay_close(replay);
    engine->dispose(engine->ctx);
    return code;
}

/* Options of replay and of its engine; what is left are the files. Negative: an error. */
static int parse(int argc, char **argv, const struct replay_engine *engine, bool *json)
{
    int files = 0;
    for (int i = 0; i < argc; i++) {
        if (argv[i][0] != '-') {
            argv[files++] = argv[i];
            continue;
        }
        const int taken = engine->option ? engine->option(engine->ctx, argc - i, argv + i) : 0;
        if (taken < 0)
            return -1;
        if (taken) {
            i += taken - 1;
        } else if (!strcmp(argv[i], "--json")) {
            *json = true;
        } else {
            fprintf(stderr, "doorbell: replay has no option %s\n", argv[i]);
            return -1;
        }
    }
    return files;
}

int tool_replay(int argc, char **argv, const struct replay_engine *engine)
{
    struct dbell_replay_result total = {0};
    bool json = false;
    int code = EXIT_HELD;
    const int files = parse(argc, argv, engine, &json);
    if (files < 0)
        return EXIT_USAGE;
    if (!files) {
        fputs("usage: doorbell replay [--json] FILE...\n", stderr);
        return EXIT_USAGE;
    }
    if (json)
        fputs("{\"files\":[", stdout);
    for (int i = 0; i < files; i++) {
        int one = replay_file(argv[i], json, i == 0, engine, &total);
        if (one > code)
            code = one;
    }
    if (json)
        fputs("]}\n", stdout);
    else
        dbell__report_total(stdout, (size_t)files, &total);
    return fflush(stdout) ? EXIT_INTERNAL : code;
}
