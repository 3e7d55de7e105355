/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* `doorbell explain FILE:LINE`: the way of one access, from its itinerary. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <doorbell/machine.h>

#include "base/field.h"
#include "explain_fault.h"
#include "report.h"
#include "tool.h"

enum { STEPS = 4096 };

struct explain {
    struct dbell_machine *machine;
    struct dbell_step steps[STEPS];
    struct dbell_itinerary itinerary;
    const char *path;
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

static const char *const object_names[DBELL_OBJECTS] = {
    [DBELL_OBJECT_NONE] = "",
    [DBELL_OBJECT_L1STD] = "L1STD",
    [DBELL_OBJECT_STE] = "STE",
    [DBELL_OBJECT_L1CD] = "L1CD",
    [DBELL_OBJECT_CD] = "CD",
    [DBELL_OBJECT_VMS] = "VMS",
    [DBELL_OBJECT_STAGE1] = "stage 1",
    [DBELL_OBJECT_STAGE2] = "stage 2",
    [DBELL_OBJECT_TRANSLATION] = "translation",
    [DBELL_OBJECT_EVENT] = "event record",
    [DBELL_OBJECT_COMMAND] = "command",
    [DBELL_OBJECT_MSI] = "MSI",
    [DBELL_OBJECT_DATA] = "data",
    [DBELL_OBJECT_DTE] = "DTE",
    [DBELL_OBJECT_DTE_L1] = "level 1 DTE",
    [DBELL_OBJECT_ITE] = "ITE",
    [DBELL_OBJECT_CTE] = "CTE",
    [DBELL_OBJECT_CTE_L1] = "level 1 CTE",
    [DBELL_OBJECT_VTE] = "VTE",
    [DBELL_OBJECT_VTE_L1] = "level 1 VTE",
    [DBELL_OBJECT_LPI_CONFIG] = "LPI configuration byte",
    [DBELL_OBJECT_LPI_PENDING] = "LPI pending bit",
};

static const char *const resource_names[DBELL_RESOURCES] = {
    [DBELL_RESOURCE_NONE] = "",
    [DBELL_RESOURCE_CONFIG_CACHE] = "configuration cache",
    [DBELL_RESOURCE_TLB] = "TLB",
    [DBELL_RESOURCE_WALK_PORT] = "walk port",
    [DBELL_RESOURCE_QUEUE_PORT] = "queue port",
    [DBELL_RESOURCE_DATA_PORT] = "data port",
    [DBELL_RESOURCE_ITS_PORT] = "ITS port",
    [DBELL_RESOURCE_DEVICE_CACHE] = "device cache",
    [DBELL_RESOURCE_EVENT_CACHE] = "event cache",
    [DBELL_RESOURCE_COLLECTION_CACHE] = "collection cache",
    [DBELL_RESOURCE_VPE_CACHE] = "vPE cache",
    [DBELL_RESOURCE_LPI_PORT] = "LPI port",
    [DBELL_RESOURCE_LPI_CACHE] = "LPI cache",
};

static void print_descriptor(const struct dbell_step *s)
{
    uint64_t d = s->value;
    const char *what = !(d & 1) ? "invalid" : s->level == 3 || !(d & 2) ? "leaf" : "table";
    printf("%s level %d of 0x%" PRIx64 " at 0x%" PRIx64 ": 0x%016" PRIx64 " (%s)",
           object_names[s->object], s->level, s->input, s->address, d, what);
}

/* Table entries of the ITS, in the formats of its.h. */
static void print_its_entry(const struct dbell_step *s)
{
    uint64_t v = s->value;
    if (s->kind == DBELL_STEP_LOOKUP)
        printf("%s cached (", object_names[s->object]);
    else
        printf("%s at 0x%" PRIx64 " (", object_names[s->object], s->address);
    if (!bit(v, 63))
        printf("not valid");
    else if (s->object == DBELL_OBJECT_DTE)
        printf("ITT at 0x%" PRIx64 ", %" PRIu64 " EventID bits", bits(v, 48, 5) << 8,
               bits(v, 4, 0) + 1);
    else if (s->object == DBELL_OBJECT_ITE && bit(v, 62))
        printf("vLPI %" PRIu64 " of vPE %" PRIu64, bits(v, 31, 0), bits(v, 47, 32));
    else if (s->object == DBELL_OBJECT_ITE)
        printf("LPI %" PRIu64 ", collection %" PRIu64, bits(v, 31, 0), bits(v, 47, 32));
    else if (s->object == DBELL_OBJECT_CTE || s->object == DBELL_OBJECT_VTE)
        printf("redistributor %" PRIu64, bits(v, 35, 0));
    else
        printf("page at 0x%" PRIx64, bits(v, 51, 12) << 12);
    putchar(')');
}

/* Steps of one topic share a line. */
enum topic { TOPIC_OWN_LINE, TOPIC_CONFIGURATION, TOPIC_ITS, TOPIC_LPI };

static enum topic topic_of(const struct dbell_step *s)
{
    switch ((enum dbell_object)s->object) {
    case DBELL_OBJECT_L1STD:
    case DBELL_OBJECT_STE:
    case DBELL_OBJECT_L1CD:
    case DBELL_OBJECT_CD:
    case DBELL_OBJECT_VMS:
        return TOPIC_CONFIGURATION;
    case DBELL_OBJECT_DTE:
    case DBELL_OBJECT_DTE_L1:
    case DBELL_OBJECT_ITE:
    case DBELL_OBJECT_CTE:
    case DBELL_OBJECT_CTE_L1:
    case DBELL_OBJECT_VTE:
    case DBELL_OBJECT_VTE_L1:
        return TOPIC_ITS;
    case DBELL_OBJECT_MSI:
        return s->kind == DBELL_STEP_DECIDE ? TOPIC_ITS : TOPIC_OWN_LINE;
    case DBELL_OBJECT_LPI_CONFIG:
    case DBELL_OBJECT_LPI_PENDING:
        return TOPIC_LPI;
    default:
        return TOPIC_OWN_LINE;
    }
}

static void print_lookup(const struct dbell_step *s)
{
    if (s->resource == DBELL_RESOURCE_LPI_CACHE)
        printf("LPI %" PRIu64 ": its configuration %s", s->address,
               s->hit ? "is cached" : "is not cached");
    else if (topic_of(s) == TOPIC_ITS && s->hit)
        print_its_entry(s);
    else if (topic_of(s) == TOPIC_ITS)
        printf("%s not cached", object_names[s->object]);
    else
        printf("%s %s", resource_names[s->resource], s->hit ? "hit" : "miss");
}

static void print_decision(const struct dbell_step *s)
{
    const char *note = s->note ? s->note : "decided";
    if (s->object == DBELL_OBJECT_MSI)
        printf("DeviceID 0x%" PRIx64 ", EventID %" PRIu64 ": %s", s->address, s->input, note);
    else
        printf("%s", note);
}

static void print_step(const struct dbell_step *s)
{
    switch ((enum dbell_step_kind)s->kind) {
    case DBELL_STEP_LOOKUP:
        print_lookup(s);
        return;
    case DBELL_STEP_UPDATE:
        printf("%s level %d at 0x%" PRIx64 " updated to 0x%016" PRIx64, object_names[s->object],
               s->level, s->address, s->value);
        return;
    case DBELL_STEP_WRITE:
        if (s->object == DBELL_OBJECT_LPI_PENDING && s->note)
            printf("%s", s->note);
        else if (s->object == DBELL_OBJECT_LPI_PENDING)
            printf("pending on CPU %" PRIu64, s->value);
        else
            printf("%s written at 0x%" PRIx64, object_names[s->object], s->address);
        return;
    case DBELL_STEP_DECIDE:
        print_decision(s);
        return;
    default:
        break;
    }
    if (s->object == DBELL_OBJECT_STAGE1 || s->object == DBELL_OBJECT_STAGE2)
        print_descriptor(s);
    else if (s->resource == DBELL_RESOURCE_ITS_PORT)
        print_its_entry(s);
    else if (s->object == DBELL_OBJECT_LPI_CONFIG)
        printf("read at 0x%" PRIx64 ": 0x%02" PRIx64 ", %s", s->address, s->value,
               s->value & 1 ? "enabled" : "disabled");
    else
        printf("%s at 0x%" PRIx64 "%s%s", object_names[s->object], s->address, s->note ? ", " : "",
               s->note ? s->note : "");
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

static void print_end(const struct explain *e, const struct dbell_dma_result *result)
{
    const struct dbell_trail *t = &result->trail;
    if (t->outcome == DBELL_DONE) {
        if (t->op == DBELL_NO_OP) {
            printf("has no effect: %s", t->rule ? t->rule : "a hint that nothing takes");
            return;
        }
        printf("goes to 0x%" PRIx64 ", ", t->address);
        print_place(dbell_machine_platform(e->machine), t->address);
        if (t->rule)
            printf("; %s", t->rule);
        printf("%s", result->response == DBELL_RESPONSE_DECERR ? ": nothing decodes there" : "");
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
    const char *verb = verbs[dbell_op_named(f->text[DBELL_KEY_OP], f->text_size[DBELL_KEY_OP])];
    printf(", %s at IOVA 0x%" PRIx64, verb, f->number[DBELL_KEY_IOVA]);
}

static void print_text(const struct explain *e, const char *path, uint64_t line, const char *text,
                       size_t size, const struct dbell_record *record,
                       const struct dbell_dma_result *result)
{
    unsigned n = 1;
    bool ended = false;
    enum topic last = TOPIC_OWN_LINE;
    printf("%s:%" PRIu64 ": %.*s\n%3u  ", path, line, (int)size, text, n++);
    print_device(record);
    for (uint32_t i = 0; i < e->itinerary.count; i++) {
        const struct dbell_step *s = &e->steps[i];
        enum topic topic = topic_of(s);
        /* Where the access came out stands before what happens there. */
        if (!ended && topic == TOPIC_ITS) {
            printf("\n%3u  ", n++);
            print_end(e, result);
            ended = true;
        }
        if (topic != TOPIC_OWN_LINE && topic == last)
            printf(", ");
        else
            printf("\n%3u  ", n++);
        print_step(s);
        if (s->kind == DBELL_STEP_DECIDE && s->fault)
            explain_fault(&e->itinerary, i);
        last = topic;
    }
    if (!ended) {
        printf("\n%3u  ", n);
        print_end(e, result);
    }
    putchar('\n');
    if (e->itinerary.lost)
        printf("     and %" PRIu32 " more steps\n", e->itinerary.lost);
}

static void print_json(const struct explain *e, const char *path, uint64_t line,
                       const struct dbell_dma_result *result)
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
               i ? "," : "", kinds[s->kind], object_names[s->object], resource_names[s->resource],
               s->after, s->hit ? "true" : "false", s->level, s->size, s->address, s->input,
               s->value, s->fault);
        if (s->note) {
            printf(",\"note\":");
            dbell__report_json_string(stdout, s->note);
        }
        putchar('}');
    }
    static const char *const outcomes[] = {"done", "fault", "pending"};
    printf("],\"outcome\":\"%s\",\"address\":%" PRIu64 ",\"event\":%u}\n",
           result->trail.outcome < 3 ? outcomes[result->trail.outcome] : "none",
           result->trail.address, result->trail.event);
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
        const struct dbell_dma_result *result = dbell_replay_last_dma(replay);
        if (record.verb != DBELL_VERB_DMA || result->status) {
            fprintf(stderr, "%s:%" PRIu64 ": not an access of a device that can be explained\n",
                    path, line);
            break;
        }
        if (json)
            print_json(e, path, line, result);
        else
            print_text(e, path, line, text, size, &record, result);
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
