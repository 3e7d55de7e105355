/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The grammar of a trace line, as traces/FORMAT.md has it: which keys a verb takes on either side
 * of the arrow, and what their values may be. */
#ifndef MACHINE_GRAMMAR_H
#define MACHINE_GRAMMAR_H

#include <stddef.h>

#include <doorbell/trace.h>

enum value_type {
    NUMBER,
    BYTES,       /* pairs of hex digits */
    WORD,        /* [a-z0-9_.]+ */
    PATH,        /* relative, without .. */
    FAULT_VALUE, /* a number, or silent, bus, ur, ca */
    NONE_OR_NUMBER,
};

/* A key as one side of a verb allows it. */
struct key_rule {
    enum dbell_key key;
    enum value_type type;
    bool required;
    uint64_t least, most;
};

struct verb {
    const char *name;
    const struct key_rule *stimulus;
    size_t stimulus_count;
    const struct key_rule *expectation;
    size_t expectation_count;
};

/* `verb` is below DBELL_VERBS. */
const struct verb *dbell__verb(enum dbell_verb verb);

#endif
