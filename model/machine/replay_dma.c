/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Accesses of devices, and what must come of them. */
#include "replay_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDS_MAX = 65536 };

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
            dbell__replay_differ(r, "an answer", "%s", ended);
        else if (t->outcome == DBELL_DONE && result->response == DBELL_RESPONSE_SLVERR)
            dbell__replay_differ(r, "an answer", "refused at pa=0x%" PRIx64, t->address);
    } else if (dbell__replay_wants_word(r, DBELL_KEY_FAULT, "bus")) {
        if (t->outcome != DBELL_DONE || result->response != DBELL_RESPONSE_DECERR)
            dbell__replay_differ(r, "fault=bus", "%s", ended);
    } else if (dbell__replay_wants_word(r, DBELL_KEY_FAULT, "silent")) {
        if (!aborted || t->event)
            dbell__replay_differ(r, "fault=silent", "%s", ended);
    } else if (!aborted || t->event != wanted(r, DBELL_KEY_FAULT)) {
        char text[64];
        snprintf(text, sizeof text, "fault=0x%02" PRIx64, wanted(r, DBELL_KEY_FAULT));
        dbell__replay_differ(r, text, "%s", ended);
    }
}

static void check_read_data(struct dbell_replay *r, const struct dbell_dma_result *result,
                            const uint8_t *data, uint32_t length, const char *ended)
{
    uint8_t want[DATA_MAX];
    size_t n = r->record.expectation.text_size[DBELL_KEY_HEX] / 2;
    if (n > sizeof want || n != length || !data) {
        dbell__replay_differ(r, "hex", "the access moves %" PRIu32 " bytes", length);
        return;
    }
    dbell_trace_hex(&r->record.expectation, DBELL_KEY_HEX, want);
    bool answered = result->trail.outcome == DBELL_DONE || result->trail.razwi;
    if (!answered) {
        dbell__replay_differ(r, "hex (data)", "%s", ended);
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (want[i] != data[i]) {
            char text[64];
            snprintf(text, sizeof text, "hex: byte %zu is %02x", i, want[i]);
            dbell__replay_differ(r, text, "%02x", data[i]);
            return;
        }
}

/* Interrupts of one kind that a line expects: which INTID, and where it is pending. */
struct interrupts {
    enum dbell_raised_kind kind;
    enum dbell_key intid, at;
};
static const struct interrupts lpis = {DBELL_RAISED_LPI, DBELL_KEY_LPI, DBELL_KEY_CPU};
static const struct interrupts vlpis = {DBELL_RAISED_VLPI, DBELL_KEY_VLPI, DBELL_KEY_VPE};
static const struct interrupts spis = {DBELL_RAISED_SPI, DBELL_KEY_SPI, DBELL_KEYS};

static bool expects(const struct dbell_replay *r, enum dbell_key key)
{
    return key < DBELL_KEYS && expected(r, key);
}

/* An LPI that was raised may have been taken back before the line ended. */
static bool still_pending(const struct dbell_system *s, const struct dbell_raised *raised)
{
    return raised->kind != DBELL_RAISED_LPI || s->pending(s->ctx, raised->at, raised->intid);
}

static void check_interrupts(struct dbell_replay *r, const struct interrupts *of)
{
    static const char *const names[][2] = {
        [DBELL_RAISED_LPI] = {"lpi", " cpu"},
        [DBELL_RAISED_VLPI] = {"vlpi", " vpe"},
        [DBELL_RAISED_SPI] = {"spi", ""},
    };
    const struct dbell_system *s = &r->system;
    const bool none = expects(r, of->intid) && dbell__replay_wants_word(r, of->intid, "none");
    struct dbell_raised raised;
    char got[128] = "no interrupt", want[128];
    bool met = false, any = false;
    if (!expects(r, of->intid) && !expects(r, of->at))
        return;
    for (unsigned i = 0; s->raised(s->ctx, i, &raised); i++) {
        int n = snprintf(got, sizeof got, "%s=%" PRIu32, names[raised.kind][0], raised.intid);
        if (raised.kind != DBELL_RAISED_SPI)
            snprintf(got + n, sizeof got - (size_t)n, "%s=%" PRIu32, names[raised.kind][1],
                     raised.at);
        if (raised.kind != of->kind)
            continue;
        any = true;
        met |= (!expects(r, of->intid) || raised.intid == wanted(r, of->intid)) &&
               (!expects(r, of->at) || raised.at == wanted(r, of->at)) && still_pending(s, &raised);
    }
    /* Of accesses that go on by themselves nobody knows which one raised what. */
    if (r->deferred && of->kind == DBELL_RAISED_LPI && expects(r, of->intid) &&
        expects(r, of->at) && !none)
        met = s->pending(s->ctx, (uint32_t)wanted(r, of->at), (uint32_t)wanted(r, of->intid));
    if (none ? !any : met)
        return;
    int n = 0;
    if (none)
        n = snprintf(want, sizeof want, "%s=none", names[of->kind][0]);
    else if (expects(r, of->intid))
        n = snprintf(want, sizeof want, "%s=%" PRIu64, names[of->kind][0], wanted(r, of->intid));
    if (!none && expects(r, of->at))
        snprintf(want + n, sizeof want - (size_t)n, "%s=%" PRIu64, names[of->kind][1] + (n == 0),
                 wanted(r, of->at));
    dbell__replay_differ(r, want, "%s", got);
}

static void check_raised(struct dbell_replay *r)
{
    check_interrupts(r, &lpis);
    check_interrupts(r, &vlpis);
    check_interrupts(r, &spis);
}

/* What the access is where it went. */
static void check_forwarded(struct dbell_replay *r, const struct dbell_trail *t)
{
    const struct {
        enum dbell_key key;
        uint64_t got;
    } checks[] = {{DBELL_KEY_ATTR, t->attr},       {DBELL_KEY_SH, t->sh},
                  {DBELL_KEY_PRIV, t->privileged}, {DBELL_KEY_INST, t->instruction},
                  {DBELL_KEY_PARTID, t->partid},   {DBELL_KEY_PMG, t->pmg}};
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (expected(r, checks[i].key))
            dbell__replay_check(r, checks[i].key, checks[i].got);
    const char *op = dbell_op_name((enum dbell_op)t->op);
    if (expected(r, DBELL_KEY_OP) && !dbell__replay_wants_word(r, DBELL_KEY_OP, op))
        dbell__replay_differ(r, "op", "op=%s", op);
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
        dbell__replay_differ(r, text, "%s", ended);
    }
    bool razwi = t->outcome == DBELL_FAULT && t->razwi, stalled = t->outcome == DBELL_PENDING;
    if (expected(r, DBELL_KEY_RAZWI) && razwi != (wanted(r, DBELL_KEY_RAZWI) != 0))
        dbell__replay_differ(r, wanted(r, DBELL_KEY_RAZWI) ? "razwi=1" : "razwi=0", "%s", ended);
    if (expected(r, DBELL_KEY_STALL) && stalled != (wanted(r, DBELL_KEY_STALL) != 0))
        dbell__replay_differ(r, wanted(r, DBELL_KEY_STALL) ? "stall=1" : "stall=0", "%s", ended);
    if (expected(r, DBELL_KEY_HEX))
        check_read_data(r, result, data, length, ended);
    check_forwarded(r, t);
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
        struct named_dma *grown = room <= IDS_MAX ? realloc(r->named, room * sizeof *grown) : NULL;
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

int dbell__replay_dma_of(struct dbell_replay *r, struct dbell_dma *dma,
                         struct dbell_message *message)
{
    const struct dbell_fields *f = &r->record.stimulus;
    uint8_t op = (uint8_t)dbell_op_named(f->text[DBELL_KEY_OP], f->text_size[DBELL_KEY_OP]);
    uint32_t length = (uint32_t)left(r, DBELL_KEY_LEN, 4);
    bool data = !dbell_op_writes(op) || given(r, DBELL_KEY_HEX);
    memset(r->data, 0, DATA_MAX);
    if (given(r, DBELL_KEY_HEX))
        length = (uint32_t)dbell_trace_hex(f, DBELL_KEY_HEX, r->data);
    int smmu = 0;
    if (given(r, DBELL_KEY_SMMU)) {
        smmu = dbell__replay_smmu(r, f->text[DBELL_KEY_SMMU], f->text_size[DBELL_KEY_SMMU]);
        if (smmu < 0)
            return dbell__fail(message, DBELL_E_NOT_FOUND, "smmu: there is no SMMU of this name");
    }
    *dma = (struct dbell_dma){.by_streamid = given(r, DBELL_KEY_SID),
                              .requesterid = (uint32_t)left(r, DBELL_KEY_RID, 0),
                              .streamid = (uint32_t)left(r, DBELL_KEY_SID, 0),
                              .smmu = (uint32_t)smmu,
                              .has_ssid = given(r, DBELL_KEY_SSID),
                              .ssid = (uint32_t)left(r, DBELL_KEY_SSID, 0),
                              .privileged = left(r, DBELL_KEY_PRIV, 0),
                              .instruction = left(r, DBELL_KEY_INST, 0),
                              .translated = left(r, DBELL_KEY_TRANSLATED, 0),
                              .nosnoop = left(r, DBELL_KEY_NOSNOOP, 0),
                              .speculative = left(r, DBELL_KEY_SPEC, 0),
                              .has_attr = given(r, DBELL_KEY_ATTR),
                              .attr = (uint8_t)left(r, DBELL_KEY_ATTR, 0),
                              .sh = (uint8_t)left(r, DBELL_KEY_SH, DBELL_SH_NON),
                              .op = op,
                              .address = f->number[DBELL_KEY_IOVA],
                              .length = length,
                              .data = data ? r->data : NULL,
                              .itinerary = r->itinerary,
                              .line = r->line};
    return DBELL_OK;
}

int dbell__replay_dma_ended(struct dbell_replay *r, const struct dbell_dma *dma,
                            const struct dbell_dma_result *result, struct dbell_message *message)
{
    if (result->status == DBELL_E_NOT_FOUND)
        return dbell__fail(message, DBELL_E_NOT_FOUND, "rid: no map covers RequesterID 0x%" PRIx32,
                           dma->requesterid);
    if (result->status) {
        dbell__replay_unsupported(r, dbell_status_text(result->status));
        return DBELL_OK;
    }
    if (given(r, DBELL_KEY_ID)) {
        int status = remember_named(r, (uint32_t)left(r, DBELL_KEY_ID, 0), result, message);
        if (status)
            return status;
    }
    if (!r->deferred)
        r->system.settle(r->system.ctx);
    check_dma(r, result, dma->data, dma->length);
    return DBELL_OK;
}

int dbell__replay_dma(struct dbell_replay *r, struct dbell_message *message)
{
    struct dbell_dma dma;
    int status = dbell__replay_dma_of(r, &dma, message);
    if (status)
        return status;
    r->last_access = dma;
    r->system.dma(r->system.ctx, &dma, &r->last);
    return dbell__replay_dma_ended(r, &dma, &r->last, message);
}

int dbell__replay_done(struct dbell_replay *r, struct dbell_message *message)
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
