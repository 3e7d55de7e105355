/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "replay_state.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void report(struct dbell_replay *r, bool unsupported, const char *expected, const char *got)
{
    if (!r->result.first_failed)
        r->result.first_failed = r->line;
    if (!r->line_failed) {
        if (unsupported)
            r->result.unsupported++;
        else
            r->result.failed++;
    }
    r->line_failed = true;
    const struct dbell_difference difference = {
        .line = r->line, .unsupported = unsupported, .expected = expected, .got = got};
    if (r->options.differ)
        r->options.differ(r->options.ctx, &difference);
}

void dbell__replay_unsupported(struct dbell_replay *r, const char *what)
{
    char got[64 + sizeof((struct dbell_message *)0)->text];
    snprintf(got, sizeof got, "not supported yet: %s", what);
    report(r, true, "", got);
}

void dbell__replay_differ(struct dbell_replay *r, const char *expected, const char *format, ...)
{
    char got[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(got, sizeof got, format, arguments);
    va_end(arguments);
    report(r, false, expected, got);
}

bool dbell__replay_wants_word(const struct dbell_replay *r, enum dbell_key key, const char *word)
{
    const struct dbell_fields *e = &r->record.expectation;
    return e->text[key] && strlen(word) == e->text_size[key] &&
           !memcmp(e->text[key], word, e->text_size[key]);
}

void dbell__replay_check(struct dbell_replay *r, enum dbell_key key, uint64_t got)
{
    if (!expected(r, key) || wanted(r, key) == got)
        return;
    char text[64];
    bool decimal = key == DBELL_KEY_INTID || key == DBELL_KEY_COUNT || key == DBELL_KEY_PENDING;
    snprintf(text, sizeof text, decimal ? "%s=%" PRIu64 : "%s=0x%" PRIx64, dbell_key_name(key),
             wanted(r, key));
    dbell__replay_differ(r, text, decimal ? "%s=%" PRIu64 : "%s=0x%" PRIx64, dbell_key_name(key),
                         got);
}
