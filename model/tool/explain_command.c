/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* `doorbell explain FILE:LINE`: the way of one access, from its itinerary. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <doorbell/machine.h>

#include "base/field.h"
#include "explain_fault.h"
#include "explain_steps.h"
#include "report.h"
#include "tool.h"

enum { STEPS = 4096 };

struct explain {
    struct dbell_machine *machine;
    struct dbell_step steps[STEPS];
    struct dbell_itinerary itinerary;
    const char *path;
    const struct dbell_dma *access; /* of a dma line, and how it ended */
    const struct dbell_dma_result *result;
    const struct dbell_ats_completion *completion; /* of an ats line; else NULL */
};

static int build(void *ctx, const struct dbell_platform *platform, struct dbell_system *system,
                 struct dbell_message *message)
{
    struct explain *e = ctx;
    int status = dbell_machine_create(platform, &e->machine, message);
    if (!status)
        *system = dbell_machine_system(e->machine);
    return status;
}

/* What decodes at a physical address. */
static void print_place(const struct dbell_platform *p, uint64_t address)
{
    for (size_t i = 0; i < p->its_count; i++)
        if (address - p->its[i].base == DBELL_ITS_TRANSLATER) {
            printf("GITS_TRANSLATER of %s", p->its[i].name);
            return;
        }
    if (p->has_gic && address - p->gic_distributor == DBELL_GICD_SETSPI_NSR) {
        printf("GICD_SETSPI_NSR");
        return;
    }
    for (size_t i = 0; i < p->v2m_count; i++)
        if (address - p->v2m[i].base < DBELL_V2M_SPACE) {
            printf("a GICv2m frame");
            return;
        }
    for (size_t i = 0; i < p->ram_count; i++)
        if (address - p->ram[i].base < p->ram[i].size) {
            printf("RAM");
            return;
        }
    printf("nothing, or a register");
}

/* What a Translation Request is answered (PCIe 10.2.3). */
static void print_completion(const struct dbell_ats_completion *c)
{
    static const char *const answers[] = {"write only", "read only", "read and write"};
    if (c->status != DBELL_ATS_SUCCESS)
        printf("is answered %s",
               c->status == DBELL_ATS_UR ? "Unsupported Request" : "Completer Abort");
    else if (!dbell_ats_grants(c))
        printf("is answered that there is no access");
    else
        printf("is answered 0x%" PRIx64 ", 0x%" PRIx64 " bytes, %s%s%s%s", c->address, c->size,
               answers[c->read + (c->read && c->write)], c->execute ? ", executable" : "",
               c->untranslated_only ? ", for untranslated accesses only" : "",
               c->global ? ", global" : "");
    if (c->event)
        printf(", event 0x%02x", c->event);
    if (c->rule)
        printf("; %s", c->rule);
}

static void print_end(const struct explain *e)
{
    const struct dbell_trail *t = &e->result->trail;
    if (e->completion) {
        print_completion(e->completion);
        return;
    }
    if (t->outcome == DBELL_DONE) {
        if (t->op == DBELL_NO_OP) {
            printf("has no effect: %s", t->rule ? t->rule : "a hint that nothing takes");
            return;
        }
        printf("goes to 0x%" PRIx64 ", ", t->address);
        print_place(dbell_machine_platform(e->machine), t->address);
        if (t->rule)
            printf("; %s", t->rule);
        printf("%s", e->result->response == DBELL_RESPONSE_DECERR ? ": nothing decodes there" : "");
    } else if (t->outcome == DBELL_PENDING) {
        printf("stalls, event 0x%02x", t->event);
    } else {
        printf("%s", t->razwi ? "completes as read-zero, write-ignored" : "aborts");
        if (t->event)
            printf(", event 0x%02x", t->event);
        else
            printf(", no event");
    }
}

static void print_device(const struct dbell_record *record)
{
    const struct dbell_fields *f = &record->stimulus;
    if (f->present[DBELL_KEY_RID]) {
        unsigned rid = (unsigned)f->number[DBELL_KEY_RID];
        printf("device %04x:%02x:%02x.%x", rid >> 16, rid >> 8 & 0xff, rid >> 3 & 0x1f, rid & 7);
    } else {
        printf("StreamID 0x%" PRIx64, f->number[DBELL_KEY_SID]);
    }
    if (f->present[DBELL_KEY_SSID])
        printf(", SubstreamID 0x%" PRIx64, f->number[DBELL_KEY_SSID]);
    static const char *const verbs[DBELL_OPS] = {
        [DBELL_READ] = "reads",
        [DBELL_WRITE] = "writes",
        [DBELL_ATOMIC_SWAP] = "swaps",
        [DBELL_READ_CLEAN_INVALIDATE] = "reads and cleans",
        [DBELL_READ_DESTRUCTIVE] = "reads and destroys",
        [DBELL_WRITE_PREFETCH] = "writes and prefetches",
        [DBELL_PREFETCH] = "prefetches",
        [DBELL_CLEAN] = "cleans",
        [DBELL_CLEAN_INVALIDATE] = "cleans and invalidates",
        [DBELL_CLEAN_TO_PERSISTENCE] = "cleans to persistence",
        [DBELL_INVALIDATE] = "invalidates",
        [DBELL_DESTRUCTIVE_HINT] = "offers to invalidate",
    };
    const char *verb =
        record->verb == DBELL_VERB_ATS
            ? f->present[DBELL_KEY_NW] && f->number[DBELL_KEY_NW] ? "asks to read" : "asks to write"
            : verbs[dbell_op_named(f->text[DBELL_KEY_OP], f->text_size[DBELL_KEY_OP])];
    printf(", %s at IOVA 0x%" PRIx64, verb, f->number[DBELL_KEY_IOVA]);
}

static void print_text(const struct explain *e, const char *path, uint64_t line, const char *text,
                       size_t size, const struct dbell_record *record)
{
    unsigned n = 1;
    bool ended = false;
    enum explain_topic last = EXPLAIN_OWN_LINE;
    printf("%s:%" PRIu64 ": %.*s\n%3u  ", path, line, (int)size, text, n++);
    print_device(record);
    for (uint32_t i = 0; i < e->itinerary.count; i++) {
        const struct dbell_step *s = &e->steps[i];
        enum explain_topic topic = explain_topic_of(s);
        /* Where the access came out stands before what happens there. */
        if (!ended && topic == EXPLAIN_ITS) {
            printf("\n%3u  ", n++);
            print_end(e);
            ended = true;
        }
        if (topic != EXPLAIN_OWN_LINE && topic == last)
            printf(", ");
        else
            printf("\n%3u  ", n++);
        explain_step(s);
        if (s->kind == DBELL_STEP_DECIDE && s->fault)
            explain_fault(&e->itinerary, i);
        if (s->kind == DBELL_STEP_DECIDE && s->fault == DBELL_EVENT_F_TRANSLATION && !e->completion)
            explain_missed(e->machine, e->access);
        last = topic;
    }
    if (!ended) {
        printf("\n%3u  ", n);
        print_end(e);
    }
    putchar('\n');
    if (e->itinerary.lost)
        printf("     and %" PRIu32 " more steps\n", e->itinerary.lost);
}

static void print_json(const struct explain *e, const char *path, uint64_t line)
{
    static const char *const kinds[DBELL_STEP_KINDS] = {"lookup", "read", "write", "update",
                                                        "decide"};
    printf("{\"file\":");
    dbell__report_json_string(stdout, path);
    printf(",\"line\":%" PRIu64 ",\"steps\":[", line);
    for (uint32_t i = 0; i < e->itinerary.count; i++) {
        const struct dbell_step *s = &e->steps[i];
        printf("%s{\"kind\":\"%s\",\"object\":\"%s\",\"resource\":\"%s\",\"after\":%" PRId32
               ",\"hit\":%s,\"level\":%d,\"size\":%u,\"address\":%" PRIu64 ",\"input\":%" PRIu64
               ",\"value\":%" PRIu64 ",\"fault\":%u",
               i ? "," : "", kinds[s->kind], explain_object_name(s), explain_resource_name(s),
               s->after, s->hit ? "true" : "false", s->level, s->size, s->address, s->input,
               s->value, s->fault);
        if (s->note) {
            printf(",\"note\":");
            dbell__report_json_string(stdout, s->note);
        }
        putchar('}');
    }
    if (e->completion) {
        const struct dbell_ats_completion *c = e->completion;
        printf("],\"status\":%u,\"entry\":%" PRIu64 ",\"address\":%" PRIu64 ",\"size\":%" PRIu64
               ",\"event\":%u}\n",
               c->status, c->status == DBELL_ATS_SUCCESS ? dbell_ats_entry(c) : 0, c->address,
               c->size, c->event);
        return;
    }
    static const char *const outcomes[] = {"done", "fault", "pending"};
    const struct dbell_trail *t = &e->result->trail;
    printf("],\"outcome\":\"%s\",\"address\":%" PRIu64 ",\"event\":%u}\n",
           t->outcome < 3 ? outcomes[t->outcome] : "none", t->address, t->event);
}

static bool take_end(struct explain *e, const struct dbell_replay *replay,
                     const struct dbell_record *record)
{
    e->access = dbell_replay_last_access(replay);
    e->result = dbell_replay_last_dma(replay);
    if (record->verb == DBELL_VERB_ATS)
        e->completion = dbell_replay_last_completion(replay);
    return e->completion || (record->verb == DBELL_VERB_DMA && !e->result->status);
}

static int explain_line(struct explain *e, struct dbell_replay *replay, const char *path,
                        uint64_t wanted, bool json)
{
    struct dbell_message message = {""};
    struct dbell_reader *reader;
    const char *text;
    size_t size;
    int status = dbell_reader_open(path, &reader, &message);
    if (status) {
        fprintf(stderr, "%s: %s\n", path, message.text);
        return EXIT_USAGE;
    }
    int code = EXIT_USAGE;
    for (uint64_t line = 1;; line++) {
        int more = dbell_reader_next(reader, &text, &size, &message);
        if (more == 0) {
            fprintf(stderr, "%s: there are only %" PRIu64 " lines\n", path, line - 1);
            break;
        }
        if (line == wanted)
            dbell_replay_trace_steps(replay, &e->itinerary);
        status = more < 0 ? more : dbell_replay_line(replay, line, text, size, &message);
        if (status) {
            fprintf(stderr, "%s:%" PRIu64 ": %s\n", path, line, message.text);
            break;
        }
        if (line < wanted)
            continue;
        struct dbell_record record;
        dbell_trace_parse(text, size, &record, &message);
        if (!take_end(e, replay, &record)) {
            fprintf(stderr, "%s:%" PRIu64 ": not an access of a device that can be explained\n",
                    path, line);
            break;
        }
        if (json)
            print_json(e, path, line);
        else
            print_text(e, path, line, text, size, &record);
        code = EXIT_HELD;
        break;
    }
    dbell_reader_close(reader);
    return code;
}

static void say_note(void *ctx, const char *text)
{
    const struct explain *e = ctx;
    fprintf(stderr, "%s: note: %s\n", e->path, text);
}

int tool_explain(int argc, char **argv)
{
    bool json = argc > 0 && !strcmp(argv[0], "--json");
    char *where = argc == 1 + json ? argv[json] : NULL;
    char *colon = where ? strrchr(where, ':') : NULL;
    char *end = NULL;
    uint64_t line = colon ? strtoull(colon + 1, &end, 10) : 0;
    if (!line || *end || colon[1] < '0' || colon[1] > '9') {
        fputs("usage: doorbell explain [--json] FILE:LINE\n", stderr);
        return EXIT_USAGE;
    }
    *colon = 0;
    struct explain *e = calloc(1, sizeof *e);
    if (!e)
        return EXIT_INTERNAL;
    e->itinerary = (struct dbell_itinerary){.steps = e->steps, .capacity = STEPS};
    const struct dbell_replay_options options = {
        .ctx = e, .path = where, .build = build, .note = say_note};
    struct dbell_replay *replay;
    e->path = where;
    int code = EXIT_INTERNAL;
    if (!dbell_replay_open(&options, &replay)) {
        code = explain_line(e, replay, where, line, json);
        dbell_replay_close(replay);
    }
    dbell_machine_destroy(e->machine);
    free(e);
    return code;
}
