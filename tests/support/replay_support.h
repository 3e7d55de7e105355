/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Replaying traces from tests: on the C machine, with every difference kept. */
#ifndef TEST_REPLAY_SUPPORT_H
#define TEST_REPLAY_SUPPORT_H

#include <doorbell/machine.h>
#include <doorbell/replay.h>

struct test_replay {
    struct dbell_replay *replay;
    struct dbell_machine *machine;
    struct dbell_message message;
    uint64_t *failed_lines; /* in order, each once */
    size_t failed_count, failed_room;
    char first[512]; /* the first difference in words */
};

/* False: out of memory. Close it in any case. */
bool test_replay_open(struct test_replay *t, const char *path);
void test_replay_close(struct test_replay *t);

/* All of a file, or up to an input error (negative). */
int test_replay_file(struct test_replay *t, const char *path);
/* All lines of a text. */
int test_replay_text(struct test_replay *t, const char *text, uint64_t *line);

/* Where the project's traces are: "<source>/traces/" and then `name`; valid until the next call. */
const char *test_trace_path(const char *name);

#endif
