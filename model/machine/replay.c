/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/replay.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "level1.h"
#include "message.h"
#include "platform_lines.h"

enum { DATA_MAX = 4096, COPY_CHUNK = 64, IDS_MAX = 65536 };

/* An access with id=N, for `done`. */
struct named_dma {
    uint32_t id;
    struct dbell_dma_result result;
};

struct dbell_replay {
    struct dbell_replay_options options;
    char directory[4096];
    bool started;  /* `trace version=1` was seen */
    bool built;    /* the platform lines are over */
    struct dbell_platform platform;
    struct dbell_system system;
    struct level1 level1;
    struct dbell_replay_result result;
    struct dbell_itinerary *itinerary;
    struct dbell_dma_result last;
    struct named_dma *named;
    size_t named_count, named_room;
    uint64_t cycle;
    struct dbell_record record;
    uint64_t line;
    bool line_failed;
    uint8_t data[DBELL_TRACE_LINE_MAX / 2];
};

int dbell_replay_open(const struct dbell_replay_options *options, struct dbell_replay **replay)
{
    struct dbell_replay *r = calloc(1, sizeof *r);
    *replay = r;
    if (!r)
        return DBELL_E_MEMORY;
    r->options = *options;
    const char *slash = options->path ? strrchr(options->path, '/') : NULL;
    size_t n = slash ? (size_t)(slash - options->path) + 1 : 0;
    if (n < sizeof r->directory)
        memcpy(r->directory, options->path, n);
    return DBELL_OK;
}

void dbell_replay_close(struct dbell_replay *r)
{
    if (!r)
        return;
    free(r->named);
    free(r);
}

const struct dbell_replay_result *dbell_replay_results(const struct dbell_replay *r)
{
    return &r->result;
}

const struct dbell_dma_result *dbell_replay_last_dma(const struct dbell_replay *r)
{
    return &r->last;
}

void dbell_replay_trace_steps(struct dbell_replay *r, struct dbell_itinerary *itinerary)
{
    r->itinerary = itinerary;
}

/* --- what differs --- */

static void report(struct dbell_replay *r, bool unsupported, const char *expected,
                   const char *got)
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

static void unsupported(struct dbell_replay *r, const char *what)
{
    char got[64 + sizeof((struct dbell_message *)0)->text];
    snprintf(got, sizeof got, "not supported yet: %s", what);
    report(r, true, "", got);
}

static void differ(struct dbell_replay *r, const char *expected, const char *format, ...)
    PRINTF_LIKE(3, 4);

static void differ(struct dbell_replay *r, const char *expected, const char *format, ...)
{
    char got[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(got, sizeof got, format, arguments);
    va_end(arguments);
    report(r, false, expected, got);
}

static bool expected(const struct dbell_replay *r, enum dbell_key key)
{
    return r->record.expectation.present[key];
}

static uint64_t wanted(const struct dbell_replay *r, enum dbell_key key)
{
    return r->record.expectation.number[key];
}

static bool wanted_word(const struct dbell_replay *r, enum dbell_key key, const char *word)
{
    const struct dbell_fields *e = &r->record.expectation;
    return e->text[key] && strlen(word) == e->text_size[key] &&
           !memcmp(e->text[key], word, e->text_size[key]);
}

/* A numeric expectation that is one number to the model. */
static void check_number(struct dbell_replay *r, enum dbell_key key, uint64_t got)
{
    if (!expected(r, key) || wanted(r, key) == got)
        return;
    char text[64];
    bool decimal = key == DBELL_KEY_INTID || key == DBELL_KEY_COUNT || key == DBELL_KEY_PENDING;
    snprintf(text, sizeof text, decimal ? "%s=%" PRIu64 : "%s=0x%" PRIx64, dbell_key_name(key),
             wanted(r, key));
    differ(r, text, decimal ? "%s=%" PRIu64 : "%s=0x%" PRIx64, dbell_key_name(key), got);
}

/* --- CPU accesses --- */

static uint64_t left(const struct dbell_replay *r, enum dbell_key key, uint64_t otherwise)
{
    const struct dbell_fields *f = &r->record.stimulus;
    return f->present[key] ? f->number[key] : otherwise;
}

static bool given(const struct dbell_replay *r, enum dbell_key key)
{
    return r->record.stimulus.present[key];
}

static enum dbell_response cpu(struct dbell_replay *r, enum dbell_op op, uint64_t address,
                               uint8_t *data, uint32_t length)
{
    struct dbell_trail trail = {0};
    struct dbell_transaction t = {.address = address,
                                  .length = length,
                                  .op = (uint8_t)op,
                                  .data = data,
                                  .side = {.privileged = true, .attr = DBELL_ATTR_NORMAL_WB},
                                  .trail = &trail};
    return r->system.access(r->system.ctx, &t);
}

static enum dbell_response store(struct dbell_replay *r, uint64_t address, uint8_t *bytes,
                                 uint32_t length)
{
    if (dbell__level1_before_store(&r->level1, &r->platform, &r->system, address, bytes, length) &&
        r->options.note)
        r->options.note(r->options.ctx, "this trace holds no stores into its level 1 device table; "
                                        "replay supplies the entries");
    return cpu(r, DBELL_WRITE, address, bytes, length);
}

/* A store of more than one access, in pieces that stay inside 4 KiB. */
static enum dbell_response store_block(struct dbell_replay *r, uint64_t address,
                                       const uint8_t *bytes, uint8_t fill, uint64_t length)
{
    uint8_t piece[DATA_MAX];
    memset(piece, fill, sizeof piece);
    while (length) {
        uint64_t n = DATA_MAX - address % DATA_MAX;
        n = n < length ? n : length;
        if (bytes) {
            memcpy(piece, bytes, n);
            bytes += n;
        }
        enum dbell_response response = store(r, address, piece, (uint32_t)n);
        if (response != DBELL_RESPONSE_OK)
            return response;
        address += n;
        length -= n;
    }
    return DBELL_RESPONSE_OK;
}

static void check_bus(struct dbell_replay *r, enum dbell_response response)
{
    bool want = expected(r, DBELL_KEY_FAULT);
    if (want && !wanted_word(r, DBELL_KEY_FAULT, "bus"))
        differ(r, "fault", "a CPU access can only expect fault=bus");
    else if (want && response != DBELL_RESPONSE_DECERR)
        differ(r, "fault=bus", "the access was answered");
    else if (!want && response == DBELL_RESPONSE_DECERR)
        differ(r, "an answer", "fault=bus: nothing decodes there");
    else if (!want && response != DBELL_RESPONSE_OK)
        differ(r, "an answer", "the access was refused (no memory left, or not a register access)");
}

static void run_st(struct dbell_replay *r)
{
    const struct dbell_fields *f = &r->record.stimulus;
    uint64_t at = f->number[DBELL_KEY_AT];
    enum dbell_response response;
    if (given(r, DBELL_KEY_VAL)) {
        uint32_t size = (uint32_t)f->number[DBELL_KEY_SIZE];
        dbell__put_le(r->data, size, f->number[DBELL_KEY_VAL]);
        response = store(r, at, r->data, size);
    } else if (given(r, DBELL_KEY_HEX)) {
        size_t n = dbell_trace_hex(f, DBELL_KEY_HEX, r->data);
        response = store_block(r, at, r->data, 0, n);
    } else {
        response =
            store_block(r, at, NULL, (uint8_t)f->number[DBELL_KEY_FILL], f->number[DBELL_KEY_LEN]);
    }
    check_bus(r, response);
}

static void run_cp(struct dbell_replay *r)
{
    uint64_t to = left(r, DBELL_KEY_TO, 0), from = left(r, DBELL_KEY_FROM, 0);
    uint64_t length = left(r, DBELL_KEY_LEN, 0);
    while (length) {
        /* Ascending, so that an overlap repeats as byte by byte would. */
        uint32_t n = to - from < COPY_CHUNK && to != from ? 1 : COPY_CHUNK;
        n = length < n ? (uint32_t)length : n;
        uint8_t bytes[COPY_CHUNK];
        enum dbell_response response = cpu(r, DBELL_READ, from, bytes, n);
        if (response == DBELL_RESPONSE_OK)
            response = store(r, to, bytes, n);
        if (response != DBELL_RESPONSE_OK) {
            check_bus(r, response);
            return;
        }
        to += n;
        from += n;
        length -= n;
    }
}

static void run_ld(struct dbell_replay *r)
{
    uint32_t size = (uint32_t)left(r, DBELL_KEY_SIZE, 0);
    uint8_t bytes[8] = {0};
    enum dbell_response response = cpu(r, DBELL_READ, left(r, DBELL_KEY_AT, 0), bytes, size);
    check_bus(r, response);
    if (!expected(r, DBELL_KEY_VAL) || response != DBELL_RESPONSE_OK)
        return;
    uint64_t got = dbell__get_le(bytes, size), want = wanted(r, DBELL_KEY_VAL);
    uint64_t mask = expected(r, DBELL_KEY_MASK) ? wanted(r, DBELL_KEY_MASK) : UINT64_MAX;
    if ((got ^ want) & mask) {
        char text[96];
        snprintf(text, sizeof text, "val=0x%" PRIx64, want);
        if (mask != UINT64_MAX)
            snprintf(text, sizeof text, "val=0x%" PRIx64 " mask=0x%" PRIx64, want, mask);
        differ(r, text, "val=0x%" PRIx64, got);
    }
}

/* --- device accesses --- */

/* How an access ended, in the words of the trace. */
static void describe(const struct dbell_dma_result *result, char *text, size_t size)
{
    const struct dbell_trail *t = &result->trail;
    const char *rule = t->rule ? t->rule : "";
    if (t->outcome == DBELL_PENDING)
        snprintf(text, size, "stall=1 (event 0x%02x) %s", t->event, rule);
    else if (t->outcome == DBELL_FAULT && t->razwi)
        snprintf(text, size, "razwi=1 (event 0x%02x) %s", t->event, rule);
    else if (t->outcome == DBELL_FAULT && t->event)
        snprintf(text, size, "fault=0x%02x %s", t->event, rule);
    else if (t->outcome == DBELL_FAULT)
        snprintf(text, size, "fault=silent %s", rule);
    else if (result->response == DBELL_RESPONSE_DECERR)
        snprintf(text, size, "fault=bus at pa=0x%" PRIx64, t->address);
    else
        snprintf(text, size, "pa=0x%" PRIx64 " %s", t->address, rule);
}

static void check_fault(struct dbell_replay *r, const struct dbell_dma_result *result,
                        const char *ended)
{
    const struct dbell_trail *t = &result->trail;
    bool aborted = t->outcome == DBELL_FAULT && !t->razwi;
    if (!expected(r, DBELL_KEY_FAULT)) {
        if (t->outcome == DBELL_DONE && result->response == DBELL_RESPONSE_DECERR)
            differ(r, "an answer", "%s", ended);
        else if (t->outcome == DBELL_DONE && result->response == DBELL_RESPONSE_SLVERR)
            differ(r, "an answer", "refused at pa=0x%" PRIx64, t->address);
    } else if (wanted_word(r, DBELL_KEY_FAULT, "bus")) {
        if (t->outcome != DBELL_DONE || result->response != DBELL_RESPONSE_DECERR)
            differ(r, "fault=bus", "%s", ended);
    } else if (wanted_word(r, DBELL_KEY_FAULT, "silent")) {
        if (!aborted || t->event)
            differ(r, "fault=silent", "%s", ended);
    } else if (!aborted || t->event != wanted(r, DBELL_KEY_FAULT)) {
        char text[64];
        snprintf(text, sizeof text, "fault=0x%02" PRIx64, wanted(r, DBELL_KEY_FAULT));
        differ(r, text, "%s", ended);
    }
}

static void check_read_data(struct dbell_replay *r, const struct dbell_dma_result *result,
                            const uint8_t *data, uint32_t length, const char *ended)
{
    uint8_t want[DATA_MAX];
    size_t n = r->record.expectation.text_size[DBELL_KEY_HEX] / 2;
    if (n > sizeof want || n != length || !data) {
        differ(r, "hex", "the access moves %" PRIu32 " bytes", length);
        return;
    }
    dbell_trace_hex(&r->record.expectation, DBELL_KEY_HEX, want);
    bool answered = result->trail.outcome == DBELL_DONE || result->trail.razwi;
    if (!answered) {
        differ(r, "hex (data)", "%s", ended);
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (want[i] != data[i]) {
            char text[64];
            snprintf(text, sizeof text, "hex: byte %zu is %02x", i, want[i]);
            differ(r, text, "%02x", data[i]);
            return;
        }
}

static void check_raised(struct dbell_replay *r)
{
    struct dbell_raised raised;
    const struct dbell_system *s = &r->system;
    char got[128] = "no interrupt";
    bool lpi_met = false, any_lpi = false, spi_met = false;
    for (unsigned i = 0; s->raised(s->ctx, i, &raised); i++) {
        if (raised.cpu < 0) {
            snprintf(got, sizeof got, "spi=%" PRIu32, raised.intid);
            spi_met |= expected(r, DBELL_KEY_SPI) && raised.intid == wanted(r, DBELL_KEY_SPI);
            continue;
        }
        any_lpi = true;
        snprintf(got, sizeof got, "lpi=%" PRIu32 " cpu=%d", raised.intid, raised.cpu);
        lpi_met |= raised.intid == wanted(r, DBELL_KEY_LPI) &&
                   (!expected(r, DBELL_KEY_CPU) ||
                    (uint64_t)raised.cpu == wanted(r, DBELL_KEY_CPU)) &&
                   s->pending(s->ctx, (uint32_t)raised.cpu, raised.intid);
    }
    if (expected(r, DBELL_KEY_LPI)) {
        bool none = wanted_word(r, DBELL_KEY_LPI, "none");
        if (none && any_lpi) {
            differ(r, "lpi=none", "%s", got);
        } else if (!none && !lpi_met) {
            char text[96];
            if (expected(r, DBELL_KEY_CPU))
                snprintf(text, sizeof text, "lpi=%" PRIu64 " cpu=%" PRIu64,
                         wanted(r, DBELL_KEY_LPI), wanted(r, DBELL_KEY_CPU));
            else
                snprintf(text, sizeof text, "lpi=%" PRIu64, wanted(r, DBELL_KEY_LPI));
            differ(r, text, "%s", got);
        }
    }
    if (expected(r, DBELL_KEY_SPI) && !spi_met) {
        char text[64];
        snprintf(text, sizeof text, "spi=%" PRIu64, wanted(r, DBELL_KEY_SPI));
        differ(r, text, "%s", got);
    }
}

static void check_dma(struct dbell_replay *r, const struct dbell_dma_result *result,
                      const uint8_t *data, uint32_t length)
{
    const struct dbell_trail *t = &result->trail;
    char ended[320];
    describe(result, ended, sizeof ended);
    check_fault(r, result, ended);
    if (expected(r, DBELL_KEY_PA) && (!t->reached || t->address != wanted(r, DBELL_KEY_PA))) {
        char text[64];
        snprintf(text, sizeof text, "pa=0x%" PRIx64, wanted(r, DBELL_KEY_PA));
        differ(r, text, "%s", ended);
    }
    bool razwi = t->outcome == DBELL_FAULT && t->razwi, stalled = t->outcome == DBELL_PENDING;
    if (expected(r, DBELL_KEY_RAZWI) && razwi != (wanted(r, DBELL_KEY_RAZWI) != 0))
        differ(r, wanted(r, DBELL_KEY_RAZWI) ? "razwi=1" : "razwi=0", "%s", ended);
    if (expected(r, DBELL_KEY_STALL) && stalled != (wanted(r, DBELL_KEY_STALL) != 0))
        differ(r, wanted(r, DBELL_KEY_STALL) ? "stall=1" : "stall=0", "%s", ended);
    if (expected(r, DBELL_KEY_HEX))
        check_read_data(r, result, data, length, ended);
    if (expected(r, DBELL_KEY_ATTR))
        check_number(r, DBELL_KEY_ATTR, t->attr);
    if (expected(r, DBELL_KEY_SH))
        check_number(r, DBELL_KEY_SH, t->sh);
    check_raised(r);
}

static struct named_dma *find_named(struct dbell_replay *r, uint32_t id)
{
    for (size_t i = 0; i < r->named_count; i++)
        if (r->named[i].id == id)
            return &r->named[i];
    return NULL;
}

static int remember_named(struct dbell_replay *r, uint32_t id,
                          const struct dbell_dma_result *result, struct dbell_message *message)
{
    struct named_dma *named = find_named(r, id);
    if (!named && r->named_count == r->named_room) {
        size_t room = r->named_room ? 2 * r->named_room : 64;
        struct named_dma *grown =
            room <= IDS_MAX ? realloc(r->named, room * sizeof *grown) : NULL;
        if (!grown)
            return dbell__fail(message, DBELL_E_RANGE, "id: more than %d are in use", IDS_MAX);
        r->named = grown;
        r->named_room = room;
    }
    if (!named)
        named = &r->named[r->named_count++];
    *named = (struct named_dma){.id = id, .result = *result};
    return DBELL_OK;
}

/* The SMMU that a `smmu=` or `name=` word names; -1: none. */
static int smmu_index(const struct dbell_replay *r, const char *text, size_t size)
{
    char name[DBELL_NAME_SIZE] = {0};
    if (size >= sizeof name)
        return -1;
    memcpy(name, text, size);
    return dbell_platform_smmu_named(&r->platform, name);
}

static int run_dma(struct dbell_replay *r, struct dbell_message *message)
{
    const struct dbell_fields *f = &r->record.stimulus;
    bool write = *f->text[DBELL_KEY_OP] == 'w';
    uint32_t length = (uint32_t)left(r, DBELL_KEY_LEN, 4);
    bool data = !write || given(r, DBELL_KEY_HEX);
    memset(r->data, 0, DATA_MAX);
    if (given(r, DBELL_KEY_HEX))
        length = (uint32_t)dbell_trace_hex(f, DBELL_KEY_HEX, r->data);
    int smmu = 0;
    if (given(r, DBELL_KEY_SMMU)) {
        smmu = smmu_index(r, f->text[DBELL_KEY_SMMU], f->text_size[DBELL_KEY_SMMU]);
        if (smmu < 0)
            return dbell__fail(message, DBELL_E_NOT_FOUND, "smmu: there is no SMMU of this name");
    }
    const struct dbell_dma dma = {.by_streamid = given(r, DBELL_KEY_SID),
                                  .requesterid = (uint32_t)left(r, DBELL_KEY_RID, 0),
                                  .streamid = (uint32_t)left(r, DBELL_KEY_SID, 0),
                                  .smmu = (uint32_t)smmu,
                                  .has_ssid = given(r, DBELL_KEY_SSID),
                                  .ssid = (uint32_t)left(r, DBELL_KEY_SSID, 0),
                                  .privileged = left(r, DBELL_KEY_PRIV, 0),
                                  .instruction = left(r, DBELL_KEY_INST, 0),
                                  .translated = left(r, DBELL_KEY_TRANSLATED, 0),
                                  .nosnoop = left(r, DBELL_KEY_NOSNOOP, 0),
                                  .op = write ? DBELL_WRITE : DBELL_READ,
                                  .address = f->number[DBELL_KEY_IOVA],
                                  .length = length,
                                  .data = data ? r->data : NULL,
                                  .itinerary = r->itinerary};
    r->system.dma(r->system.ctx, &dma, &r->last);
    if (r->last.status == DBELL_E_NOT_FOUND)
        return dbell__fail(message, DBELL_E_NOT_FOUND,
                           "rid: no map covers RequesterID 0x%" PRIx32, dma.requesterid);
    if (r->last.status) {
        unsupported(r, dma.translated ? "translated accesses" : dbell_status_text(r->last.status));
        return DBELL_OK;
    }
    if (given(r, DBELL_KEY_ID)) {
        int status =
            remember_named(r, (uint32_t)f->number[DBELL_KEY_ID], &r->last, message);
        if (status)
            return status;
    }
    r->system.settle(r->system.ctx);
    check_dma(r, &r->last, dma.data, length);
    return DBELL_OK;
}

static int run_done(struct dbell_replay *r, struct dbell_message *message)
{
    struct named_dma *named = find_named(r, (uint32_t)left(r, DBELL_KEY_ID, 0));
    if (!named)
        return dbell__fail(message, DBELL_E_NOT_FOUND, "id: no access has this id");
    if (named->result.trail.outcome == DBELL_PENDING)
        r->system.pending_result(r->system.ctx, named->result.trail.token, &r->last);
    else
        r->last = named->result;
    check_dma(r, &r->last, NULL, 0);
    return DBELL_OK;
}

/* --- interrupts and counters --- */

static int run_wire(struct dbell_replay *r, struct dbell_message *message)
{
    static const char *const lines[DBELL_SMMU_LINES] = {"eventq", "priq", "gerror", "cmd_sync"};
    const char *name = r->record.stimulus.text[DBELL_KEY_NAME];
    size_t size = r->record.stimulus.text_size[DBELL_KEY_NAME];
    const char *dot = memchr(name, '.', size);
    size_t part = dot ? (size_t)(dot - name) : size;
    int smmu = smmu_index(r, name, part);
    for (unsigned line = 0; smmu >= 0 && dot && line < DBELL_SMMU_LINES; line++)
        if (strlen(lines[line]) == size - part - 1 &&
            !memcmp(dot + 1, lines[line], size - part - 1)) {
            check_number(r, DBELL_KEY_COUNT,
                         r->system.pulses(r->system.ctx, (uint32_t)smmu, line));
            return DBELL_OK;
        }
    return dbell__fail(message, DBELL_E_NOT_FOUND, "name: there is no such wire");
}

static int run_stat(struct dbell_replay *r, struct dbell_message *message)
{
    char name[64] = {0};
    const struct dbell_fields *f = &r->record.stimulus;
    uint64_t value;
    if (f->text_size[DBELL_KEY_NAME] >= sizeof name)
        return dbell__fail(message, DBELL_E_NOT_FOUND, "name: there is no such counter");
    memcpy(name, f->text[DBELL_KEY_NAME], f->text_size[DBELL_KEY_NAME]);
    if (r->system.counter(r->system.ctx, name, &value))
        return dbell__fail(message, DBELL_E_NOT_FOUND, "name: there is no counter %s", name);
    check_number(r, DBELL_KEY_VAL, value);
    if (expected(r, DBELL_KEY_MIN) && value < wanted(r, DBELL_KEY_MIN))
        differ(r, "min", "val=%" PRIu64, value);
    if (expected(r, DBELL_KEY_MAX) && value > wanted(r, DBELL_KEY_MAX))
        differ(r, "max", "val=%" PRIu64, value);
    return DBELL_OK;
}

/* --- lines --- */

static bool is_platform(enum dbell_verb verb)
{
    return verb >= DBELL_VERB_DTB && verb <= DBELL_VERB_MAP;
}

static int build(struct dbell_replay *r, struct dbell_message *message)
{
    dbell__level1_prepare(&r->level1, &r->platform);
    int status = dbell__platform_finish(&r->platform, message);
    if (!status)
        status = r->options.build(r->options.ctx, &r->platform, &r->system, message);
    if (status)
        return status;
    r->built = true;
    for (size_t i = 0; i < r->platform.smmu_count && r->options.note; i++) {
        const struct dbell_platform_smmu *smmu = &r->platform.smmu[i];
        const char *missing;
        for (unsigned n = 0; (missing = dbell_smmu_missing_feature(&smmu->config, n)); n++) {
            char text[160];
            snprintf(text, sizeof text, "%s announces what is not supported yet: %s", smmu->name,
                     missing);
            r->options.note(r->options.ctx, text);
        }
    }
    return DBELL_OK;
}

static int run(struct dbell_replay *r, struct dbell_message *message)
{
    int status = DBELL_OK;
    r->system.forget_raised(r->system.ctx);
    switch (r->record.verb) {
    case DBELL_VERB_ST:
        run_st(r);
        break;
    case DBELL_VERB_CP:
        run_cp(r);
        break;
    case DBELL_VERB_LD:
        run_ld(r);
        break;
    case DBELL_VERB_DMA:
        status = run_dma(r, message);
        break;
    case DBELL_VERB_DONE:
        status = run_done(r, message);
        break;
    case DBELL_VERB_WIRE:
        status = run_wire(r, message);
        break;
    case DBELL_VERB_STAT:
        status = run_stat(r, message);
        break;
    case DBELL_VERB_LPI:
        check_number(r, DBELL_KEY_PENDING,
                     r->system.pending(r->system.ctx, (uint32_t)left(r, DBELL_KEY_CPU, 0),
                                       (uint32_t)left(r, DBELL_KEY_INTID, 0)));
        break;
    case DBELL_VERB_ACK:
        check_number(r, DBELL_KEY_INTID,
                     r->system.acknowledge(r->system.ctx, (uint32_t)left(r, DBELL_KEY_CPU, 0)));
        break;
    case DBELL_VERB_RESET:
        r->system.reset(r->system.ctx);
        break;
    default:
        unsupported(r, dbell_verb_name(r->record.verb));
        return DBELL_OK;
    }
    if (!status && r->system.settle(r->system.ctx) == DBELL_E_BUSY)
        differ(r, "rest", "no rest: the units still work after 2^20 steps");
    if (!status && r->record.expects)
        r->result.checked[r->record.verb]++;
    return status;
}

int dbell_replay_line(struct dbell_replay *r, uint64_t number, const char *line, size_t size,
                      struct dbell_message *message)
{
    r->line = number;
    r->line_failed = false;
    r->result.lines++;
    int status = dbell_trace_parse(line, size, &r->record, message);
    if (status || r->record.verb == DBELL_VERB_NONE)
        return status;
    const char *verb = dbell_verb_name(r->record.verb);
    if (!r->started) {
        if (r->record.verb != DBELL_VERB_TRACE)
            return dbell__fail(message, DBELL_E_FORMAT,
                               "%s: the first line must be trace version=1", verb);
        r->started = true;
        return DBELL_OK;
    }
    if (r->record.verb == DBELL_VERB_TRACE)
        return dbell__fail(message, DBELL_E_FORMAT, "trace: only the first line may be this");
    if (r->record.has_cycle) {
        if (r->record.cycle < r->cycle)
            return dbell__fail(message, DBELL_E_FORMAT, "@: the cycle number decreases");
        r->cycle = r->record.cycle;
    }
    if (is_platform(r->record.verb)) {
        if (r->built)
            return dbell__fail(message, DBELL_E_FORMAT,
                               "%s: a platform line after the first stimulus", verb);
        status = dbell__platform_line(&r->platform, r->directory, &r->record, message);
        if (r->record.verb == DBELL_VERB_DTB && !status)
            r->platform.explicit_maps = true;
        if (status == DBELL_E_UNSUPPORTED)
            unsupported(r, message->text);
        return status;
    }
    if (!r->built) {
        status = build(r, message);
        if (status == DBELL_E_UNSUPPORTED)
            unsupported(r, message->text);
        if (status)
            return status;
    }
    return run(r, message);
}

int dbell_replay_finish(struct dbell_replay *r, struct dbell_message *message)
{
    if (!r->started)
        return dbell__fail(message, DBELL_E_FORMAT, "trace: there is no line trace version=1");
    return r->built ? DBELL_OK : build(r, message);
}

int dbell_replay_file(struct dbell_replay *r, const char *path, uint64_t *line,
                      struct dbell_message *message)
{
    struct dbell_reader *reader;
    *line = 0;
    int status = dbell_reader_open(path, &reader, message);
    if (status)
        return status;
    for (;;) {
        const char *text;
        size_t size;
        int more = dbell_reader_next(reader, &text, &size, message);
        ++*line;
        if (more <= 0) {
            status = more < 0 ? more : dbell_replay_finish(r, message);
            break;
        }
        status = dbell_replay_line(r, *line, text, size, message);
        if (status)
            break;
    }
    dbell_reader_close(reader);
    return status;
}
