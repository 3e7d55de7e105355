/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Timed replay from tests: every access that ended, with its times. */
#ifndef TEST_TIMED_SUPPORT_H
#define TEST_TIMED_SUPPORT_H

#include <doorbell/replay.h>
#include <doorbell/timed.h>

struct timed_record {
    uint64_t line, address;
    bool write, message;
    struct dbell_access_times times;
};

struct timed_replay {
    struct dbell_timing timing;
    uint16_t tbus;
    bool uncached; /* the function caches nothing either */
    struct dbell_machine *machine;
    struct dbell_timed *timed;
    struct dbell_replay *replay;
    struct dbell_message message;
    struct timed_record *records; /* in the order of their ends */
    size_t count, room;
    uint64_t failed; /* lines whose expectation was not met */
    char first[512]; /* the first of them */
};

/* All of a file, with this timing. Negative: an input error. Close it in any case. */
int timed_file(struct timed_replay *t, const struct dbell_timing *timing, const char *path);
int timed_text(struct timed_replay *t, const struct dbell_timing *timing, const char *text);
void timed_close(struct timed_replay *t);
/* The access of a line, NULL: none ended. */
const struct timed_record *timed_line(const struct timed_replay *t, uint64_t line);

/* "ideal", with these assignments after it, separated by blanks. */
struct dbell_timing timing_of(const char *assignments);
void timing_assign(struct dbell_timing *timing, const char *assignments);

#endif
