/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Translation Requests, Page Requests, and the messages that devices receive. */
#include <inttypes.h>
#include <stdio.h>

#include "replay_state.h"

static struct dbell_sideband sideband(const struct dbell_replay *r, enum dbell_key execute)
{
    return (struct dbell_sideband){.has_substreamid = given(r, DBELL_KEY_SSID),
                                   .substreamid = (uint32_t)left(r, DBELL_KEY_SSID, 0),
                                   .privileged = left(r, DBELL_KEY_PRIV, 0),
                                   .instruction = left(r, execute, 0)};
}

static int not_found(const struct dbell_replay *r, struct dbell_message *message)
{
    return dbell__fail(message, DBELL_E_NOT_FOUND, "rid: no map covers RequesterID 0x%" PRIx64,
                       left(r, DBELL_KEY_RID, 0));
}

/* --- ats --- */

static void describe(const struct dbell_ats_completion *c, char *text, size_t size)
{
    const char *rule = c->rule ? c->rule : "";
    if (c->status != DBELL_ATS_SUCCESS)
        snprintf(text, size, "fault=%s event=0x%02x %s", c->status == DBELL_ATS_UR ? "ur" : "ca",
                 c->event, rule);
    else if (!dbell_ats_grants(c))
        snprintf(text, size, "size=0 %s", rule);
    else
        snprintf(text, size, "pa=0x%" PRIx64 " size=0x%" PRIx64 " r=%d w=%d x=%d u=%d g=%d priv=%d",
                 c->address, c->size, c->read, c->write, c->execute, c->untranslated_only,
                 c->global, c->privileged);
}

static void check_number(struct dbell_replay *r, enum dbell_key key, uint64_t got,
                         const char *ended)
{
    char text[64];
    if (!expected(r, key) || wanted(r, key) == got)
        return;
    snprintf(text, sizeof text, "%s=0x%" PRIx64, dbell_key_name(key), wanted(r, key));
    dbell__replay_differ(r, text, "%s", ended);
}

static void check_completion(struct dbell_replay *r, const struct dbell_ats_completion *c)
{
    char ended[320];
    describe(c, ended, sizeof ended);
    const char *status = c->status == DBELL_ATS_UR ? "ur" : c->status == DBELL_ATS_CA ? "ca" : "";
    if (expected(r, DBELL_KEY_FAULT) ? !dbell__replay_wants_word(r, DBELL_KEY_FAULT, status)
                                     : r->record.expects && *status)
        dbell__replay_differ(r, "fault", "%s", ended);
    check_number(r, DBELL_KEY_EVENT, c->event, ended);
    if (*status)
        return;
    const bool access = dbell_ats_grants(c);
    check_number(r, DBELL_KEY_SIZE, access ? c->size : 0, ended);
    if (expected(r, DBELL_KEY_PA) && !access)
        dbell__replay_differ(r, "pa", "%s", ended);
    else
        check_number(r, DBELL_KEY_PA, c->address, ended);
    check_number(r, DBELL_KEY_R, c->read, ended);
    check_number(r, DBELL_KEY_W, c->write, ended);
    check_number(r, DBELL_KEY_X, c->execute, ended);
    check_number(r, DBELL_KEY_U, c->untranslated_only, ended);
    check_number(r, DBELL_KEY_G, c->global, ended);
}

int dbell__replay_ats(struct dbell_replay *r, struct dbell_message *message)
{
    const uint64_t address = left(r, DBELL_KEY_IOVA, 0), length = left(r, DBELL_KEY_LEN, 1);
    const uint64_t pages = ((address & 0xfff) + length + 0xfff) >> 12;
    struct dbell_ats_request request = {.address = address & ~UINT64_C(0xfff),
                                        .units = pages && pages < 255 ? (uint32_t)pages : 255,
                                        .no_write = left(r, DBELL_KEY_NW, 0),
                                        .side = sideband(r, DBELL_KEY_EXEC),
                                        .itinerary = r->itinerary};
    const int status = r->system.translation_request(
        r->system.ctx, (uint32_t)left(r, DBELL_KEY_RID, 0), &request, &r->last_completion);
    r->completed = !status;
    if (status == DBELL_E_NOT_FOUND)
        return not_found(r, message);
    if (status)
        dbell__replay_unsupported(r, dbell_status_text(status));
    else
        check_completion(r, &r->last_completion);
    return DBELL_OK;
}

/* --- pri --- */

static const char *code_name(uint8_t code)
{
    return code == DBELL_PAGE_SUCCESS           ? "success"
           : code == DBELL_PAGE_INVALID_REQUEST ? "invalid"
                                                : "failure";
}

static uint64_t all_queued(const struct dbell_replay *r)
{
    uint64_t sum = 0, value;
    for (size_t i = 0; i < r->platform.smmu_count; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.pri.queued", r->platform.smmu[i].name);
        if (!r->system.counter(r->system.ctx, name, &value))
            sum += value;
    }
    return sum;
}

int dbell__replay_pri(struct dbell_replay *r, struct dbell_message *message)
{
    const uint32_t rid = (uint32_t)left(r, DBELL_KEY_RID, 0);
    struct dbell_page_request request = {.address = left(r, DBELL_KEY_ADDR, 0) & ~UINT64_C(0xfff),
                                         .group = (uint16_t)left(r, DBELL_KEY_PRGI, 0),
                                         .read = left(r, DBELL_KEY_R, 0),
                                         .write = left(r, DBELL_KEY_W, 0),
                                         .last = left(r, DBELL_KEY_LAST, 0),
                                         .side = sideband(r, DBELL_KEY_X)};
    struct dbell_device_message answer;
    const uint64_t before = all_queued(r);
    const int status = r->system.page_request(r->system.ctx, rid, &request);
    if (status == DBELL_E_NOT_FOUND)
        return not_found(r, message);
    if (status) {
        dbell__replay_unsupported(r, dbell_status_text(status));
        return DBELL_OK;
    }
    r->system.settle(r->system.ctx);
    const uint64_t queued = all_queued(r) - before;
    const bool answered = r->system.receive(r->system.ctx, rid, true, &answer);
    dbell__replay_check(r, DBELL_KEY_QUEUED, queued);
    if (!expected(r, DBELL_KEY_RESP))
        return DBELL_OK;
    const char *name = answered ? code_name(answer.response.code) : "none";
    if (!dbell__replay_wants_word(r, DBELL_KEY_RESP, name))
        dbell__replay_differ(r, "resp", "resp=%s queued=%" PRIu64, name, queued);
    return DBELL_OK;
}

/* --- recv --- */

static void describe_message(const struct dbell_device_message *m, char *text, size_t size)
{
    const bool ssv = m->invalidates ? m->invalidation.has_substreamid : m->response.has_substreamid;
    int n;
    if (m->invalidates)
        n = snprintf(text, size, "inv=0x%" PRIx64 " size=0x%" PRIx64 " g=%d",
                     m->invalidation.address, m->invalidation.size, m->invalidation.global);
    else
        n = snprintf(text, size, "prgi=%u resp=%s", m->response.group, code_name(m->response.code));
    if (ssv)
        snprintf(text + n, size - (size_t)n, " ssid=0x%" PRIx32,
                 m->invalidates ? m->invalidation.substreamid : m->response.substreamid);
}

/* A key that this kind of message does not have. */
static bool absent(struct dbell_replay *r, enum dbell_key key, bool there, const char *got)
{
    if (expected(r, key) && !there)
        dbell__replay_differ(r, dbell_key_name(key), "%s", got);
    return !there;
}

int dbell__replay_recv(struct dbell_replay *r, struct dbell_message *message)
{
    const uint32_t rid = (uint32_t)left(r, DBELL_KEY_RID, 0);
    struct dbell_device_message m = {0};
    char got[128] = "none=1";
    (void)message;
    const bool any = r->system.receive(r->system.ctx, rid, false, &m);
    const bool invalidation = any && m.invalidates, response = any && !m.invalidates;
    const bool ssv = invalidation ? m.invalidation.has_substreamid : m.response.has_substreamid;
    if (any)
        describe_message(&m, got, sizeof got);
    if (expected(r, DBELL_KEY_NONE) && any)
        dbell__replay_differ(r, "none=1", "%s", got);
    if (!absent(r, DBELL_KEY_INV, invalidation, got))
        check_number(r, DBELL_KEY_INV, m.invalidation.address, got);
    if (!absent(r, DBELL_KEY_SIZE, invalidation, got))
        check_number(r, DBELL_KEY_SIZE, m.invalidation.size, got);
    if (!absent(r, DBELL_KEY_G, invalidation, got))
        check_number(r, DBELL_KEY_G, m.invalidation.global, got);
    if (!absent(r, DBELL_KEY_PRGI, response, got))
        check_number(r, DBELL_KEY_PRGI, m.response.group, got);
    if (!absent(r, DBELL_KEY_SSID, ssv, got))
        check_number(r, DBELL_KEY_SSID,
                     invalidation ? m.invalidation.substreamid : m.response.substreamid, got);
    if (!absent(r, DBELL_KEY_RESP, response, got) && expected(r, DBELL_KEY_RESP) &&
        !dbell__replay_wants_word(r, DBELL_KEY_RESP, code_name(m.response.code)))
        dbell__replay_differ(r, "resp", "%s", got);
    return DBELL_OK;
}
