/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* doorbell dump isolation FILE[:LINE] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <doorbell/isolation.h>

#include "report.h"
#include "tool.h"

struct dump {
    struct dbell_machine *machine;
    bool json, first;
    uint32_t rid; /* the requester whose lines are being printed */
    bool any;
};

static int build(void *ctx, const struct dbell_platform *platform, struct dbell_system *system,
                 struct dbell_message *message)
{
    struct dump *d = ctx;
    int status = dbell_machine_create(platform, &d->machine, message);
    if (!status)
        *system = dbell_machine_system(d->machine);
    return status;
}

static void print_bdf(uint32_t rid)
{
    printf("%04" PRIx32 ":%02" PRIx32 ":%02" PRIx32 ".%" PRIx32, rid >> 16, rid >> 8 & 0xff,
           rid >> 3 & 0x1f, rid & 7);
}

static const char *doorbell_name(const struct dump *d, const struct dbell_reach *r, char *text,
                                 size_t size)
{
    const struct dbell_platform *p = dbell_machine_platform(d->machine);
    if (r->doorbell != DBELL_DOORBELL_PRE_ITS)
        return dbell__report_doorbell(p, r->doorbell, r->index, text, size);
    snprintf(text, size, "%s pre-ITS, as DeviceID 0x%" PRIx32 " and up", p->its[r->index].name,
             r->deviceid);
    return text;
}

static const char *kind_name(enum dbell_raised_kind kind)
{
    static const char *const names[] = {
        [DBELL_RAISED_LPI] = "lpi", [DBELL_RAISED_VLPI] = "vlpi", [DBELL_RAISED_SPI] = "spi"};
    return names[kind];
}

static void print_target(enum dbell_raised_kind kind, uint32_t at)
{
    if (kind == DBELL_RAISED_LPI)
        printf(" at CPU %" PRIu32, at);
    if (kind == DBELL_RAISED_VLPI)
        printf(" of vPE %" PRIu32, at);
}

static void reach_text(struct dump *d, const struct dbell_reach *r)
{
    char name[64];
    const bool pre_its = r->doorbell == DBELL_DOORBELL_PRE_ITS; /* of any DeviceID */
    if (!r->interrupt && !pre_its) /* a doorbell that does nothing for it */
        return;
    if (!d->any || d->rid != r->requesterid) {
        print_bdf(r->requesterid);
        if (r->has_deviceid && !pre_its)
            printf(", DeviceID 0x%" PRIx32, r->deviceid);
        else if (!pre_its)
            printf(", no DeviceID");
        putchar('\n');
    }
    d->any = true;
    d->rid = r->requesterid;
    printf("  0x%" PRIx64, r->iova);
    if (r->has_ssid)
        printf(" SubstreamID 0x%" PRIx32, r->ssid);
    printf(", %s", doorbell_name(d, r, name, sizeof name));
    if (pre_its) {
        putchar('\n');
        return;
    }
    const uint32_t more = r->last - r->first;
    printf(": data %" PRIu32, r->first);
    if (more)
        printf(" to %" PRIu32, r->last);
    printf(" raise%s %s %" PRIu32, more ? "" : "s", kind_name(r->kind), r->intid);
    if (more)
        printf(" to %" PRIu32, r->intid + more);
    print_target(r->kind, r->at);
    putchar('\n');
}

static void reach_json(struct dump *d, const struct dbell_reach *r)
{
    char name[64];
    printf("%s{\"rid\":%" PRIu32, d->first ? "" : ",", r->requesterid);
    d->first = false;
    if (r->has_deviceid)
        printf(",\"devid\":%" PRIu32, r->deviceid);
    if (r->has_ssid)
        printf(",\"ssid\":%" PRIu32, r->ssid);
    printf(",\"iova\":%" PRIu64 ",\"doorbell\":", r->iova);
    dbell__report_json_string(stdout, doorbell_name(d, r, name, sizeof name));
    if (r->interrupt)
        printf(",\"data\":[%" PRIu32 ",%" PRIu32 "],\"kind\":\"%s\",\"at\":%" PRIu32
               ",\"intid\":%" PRIu32,
               r->first, r->last, kind_name(r->kind), r->at, r->intid);
    putchar('}');
}

static void reach(void *ctx, const struct dbell_reach *r)
{
    struct dump *d = ctx;
    if (d->json)
        reach_json(d, r);
    else
        reach_text(d, r);
}

static void shared(void *ctx, enum dbell_raised_kind kind, uint32_t at, uint32_t intid,
                   const uint32_t *requesters, size_t count)
{
    struct dump *d = ctx;
    if (d->json)
        return;
    printf("shared: %s %" PRIu32, kind_name(kind), intid);
    print_target(kind, at);
    fputs(" by", stdout);
    for (size_t i = 0; i < count; i++) {
        putchar(' ');
        print_bdf(requesters[i]);
    }
    putchar('\n');
}

static void print_summary(const struct dbell_isolation_summary *s)
{
    printf("%" PRIu64 " requesters, %" PRIu64 " reach a doorbell; %" PRIu64 " interrupts, %" PRIu64
           " shared\n",
           s->requesters, s->reaching, s->interrupts, s->shared);
    printf("isolated_msi: %s%s\n", s->isolated_msi ? "yes" : "no",
           s->by_number    ? ": a doorbell is reached where the data names the interrupt"
           : s->shared     ? ": an interrupt can be raised by several requesters"
           : s->incomplete ? ": not everything could be searched"
                           : "");
}

static int report(struct dump *d)
{
    struct dbell_isolation_summary summary;
    const struct dbell_isolation how = {.ctx = d, .reach = reach, .shared = shared};
    d->first = true;
    if (d->json)
        fputs("{\"reaches\":[", stdout);
    int status = dbell_machine_isolation(d->machine, &how, &summary);
    if (d->json)
        printf("],\"requesters\":%" PRIu64 ",\"reaching\":%" PRIu64 ",\"interrupts\":%" PRIu64
               ",\"shared\":%" PRIu64 ",\"by_number\":%s,\"incomplete\":%s,\"isolated_msi\":%s}\n",
               summary.requesters, summary.reaching, summary.interrupts, summary.shared,
               summary.by_number ? "true" : "false", summary.incomplete ? "true" : "false",
               summary.isolated_msi ? "true" : "false");
    else
        print_summary(&summary);
    return status ? EXIT_INTERNAL : EXIT_HELD;
}

/* Runs the trace, as far as `wanted` if that is not 0. */
static int run(struct dbell_replay *replay, const char *path, uint64_t wanted)
{
    struct dbell_message message = {""};
    struct dbell_reader *reader;
    const char *text;
    size_t size;
    if (dbell_reader_open(path, &reader, &message)) {
        fprintf(stderr, "%s: %s\n", path, message.text);
        return EXIT_USAGE;
    }
    int status = 0, more = 1;
    uint64_t line = 0;
    while (!status && (!wanted || line < wanted) &&
           (more = dbell_reader_next(reader, &text, &size, &message)) > 0) {
        line++;
        status = dbell_replay_line(replay, line, text, size, &message);
    }
    dbell_reader_close(reader);
    if (!status && more < 0)
        status = more;
    if (!status && line < wanted) {
        fprintf(stderr, "%s: there are only %" PRIu64 " lines\n", path, line);
        return EXIT_USAGE;
    }
    if (status)
        fprintf(stderr, "%s:%" PRIu64 ": %s\n", path, line, message.text);
    return status ? EXIT_USAGE : EXIT_HELD;
}

/* The number behind the last colon, which is cut off; 0: there is none. */
static uint64_t line_of(char *where)
{
    char *colon = strrchr(where, ':'), *end;
    if (!colon || colon[1] < '0' || colon[1] > '9')
        return 0;
    const uint64_t line = strtoull(colon + 1, &end, 10);
    if (*end)
        return 0;
    *colon = 0;
    return line;
}

int tool_dump(int argc, char **argv)
{
    const bool json = argc > 0 && !strcmp(argv[0], "--json");
    if (argc != 2 + json || strcmp(argv[json], "isolation") != 0) {
        fputs("usage: doorbell dump [--json] isolation FILE[:LINE]\n", stderr);
        return EXIT_USAGE;
    }
    struct dump d = {.json = json};
    char *path = argv[1 + json];
    const uint64_t line = line_of(path);
    const struct dbell_replay_options options = {.ctx = &d, .path = path, .build = build};
    struct dbell_replay *replay;
    if (dbell_replay_open(&options, &replay))
        return EXIT_INTERNAL;
    int code = run(replay, path, line);
    if (code == EXIT_HELD && !d.machine) {
        fprintf(stderr, "%s: there is no platform yet\n", path);
        code = EXIT_USAGE;
    }
    if (code == EXIT_HELD)
        code = report(&d);
    dbell_replay_close(replay);
    dbell_machine_destroy(d.machine);
    return code;
}
