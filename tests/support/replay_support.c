/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "replay_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int build(void *ctx, const struct dbell_platform *platform, struct dbell_system *system,
                 struct dbell_message *message)
{
    struct test_replay *t = ctx;
    int status = dbell_machine_create(platform, &t->machine, message);
    if (!status)
        *system = dbell_machine_system(t->machine);
    return status;
}

static void differ(void *ctx, const struct dbell_difference *d)
{
    struct test_replay *t = ctx;
    if (!t->failed_count)
        snprintf(t->first, sizeof t->first, "line %llu: expected %s, got %s",
                 (unsigned long long)d->line, d->expected, d->got);
    if (t->failed_count && t->failed_lines[t->failed_count - 1] == d->line)
        return;
    if (t->failed_count == t->failed_room) {
        t->failed_room = t->failed_room ? 2 * t->failed_room : 64;
        t->failed_lines = realloc(t->failed_lines, t->failed_room * sizeof *t->failed_lines);
        if (!t->failed_lines)
            abort();
    }
    t->failed_lines[t->failed_count++] = d->line;
}

bool test_replay_open(struct test_replay *t, const char *path)
{
    memset(t, 0, sizeof *t);
    const struct dbell_replay_options options = {
        .ctx = t, .path = path, .build = build, .differ = differ};
    return dbell_replay_open(&options, &t->replay) == DBELL_OK;
}

void test_replay_close(struct test_replay *t)
{
    dbell_replay_close(t->replay);
    dbell_machine_destroy(t->machine);
    free(t->failed_lines);
}

int test_replay_file(struct test_replay *t, const char *path)
{
    uint64_t line;
    return dbell_replay_file(t->replay, path, &line, &t->message);
}

int test_replay_text(struct test_replay *t, const char *text, uint64_t *line)
{
    *line = 0;
    while (*text) {
        size_t size = strcspn(text, "\n");
        ++*line;
        int status = dbell_replay_line(t->replay, *line, text, size, &t->message);
        if (status)
            return status;
        text += size + (text[size] == '\n');
    }
    return dbell_replay_finish(t->replay, &t->message);
}

const char *test_trace_path(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", TRACES_DIR, name);
    return path;
}
