/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Accesses and messages: what one will need, and what it comes to at its cycle. */
#include <string.h>

#include "timed_state.h"

static struct timed_access *access_of(const struct dbell_timed *timed,
                                      const struct dbell_journey *journey)
{
    return &timed->accesses[journey->user];
}

static struct dbell_transaction transaction_of(struct timed_access *a)
{
    struct dbell_transaction t = dbell_dma_transaction(&a->dma, &a->scratch);
    t.itinerary = NULL;
    if (a->dma.by_streamid) {
        t.side.has_streamid = true;
        t.side.streamid = a->dma.streamid;
    } else {
        dbell_requester_stamp(&a->requester, &t.side);
    }
    return t;
}

/* A Translation Request, as foresight wants it. */
static struct dbell_transaction request_of(const struct timed_access *a)
{
    return (struct dbell_transaction){.address = a->request.address,
                                      .op = a->request.no_write ? DBELL_READ : DBELL_WRITE,
                                      .side = a->request.side};
}

static struct dbell_transaction foreseen_transaction(struct timed_access *a)
{
    struct dbell_transaction t;
    if (!a->requests)
        return transaction_of(a);
    t = request_of(a);
    t.side.at = DBELL_AT_TRANSLATION_REQUEST;
    return t;
}

int dbell__timed_its_at(struct dbell_machine *m, uint64_t address)
{
    const struct region *region = dbell__regions_find(&m->regions, address);
    return region && region->kind == REGION_ITS && address - region->first == DBELL_ITS_TRANSLATER
               ? (int)region->index
               : -1;
}

static bool decided(void *ctx, const struct dbell_journey *journey)
{
    struct dbell_timed *timed = ctx;
    struct timed_access *a = access_of(timed, journey);
    const struct dbell_transaction t = foreseen_transaction(a);
    return a->smmu < 0 || dbell_smmu_decides(&timed->machine->smmu[a->smmu].unit, &t);
}

static void foresee(void *ctx, const struct dbell_journey *journey, struct dbell_foreseen *out)
{
    struct dbell_timed *timed = ctx;
    struct timed_access *a = access_of(timed, journey);
    const struct dbell_transaction t = foreseen_transaction(a);
    dbell_parts_foresee(&timed->machine->smmu[a->smmu].unit, &t, out);
}

/* Where it goes from here. */
static enum dbell_clockwork_verdict goes(struct dbell_timed *timed, struct timed_access *a,
                                         uint64_t address, struct dbell_translated *out)
{
    const int its =
        dbell_op_writes(a->dma.op) && (a->dma.length == 2 || a->dma.length == 4) && a->dma.data
            ? dbell__timed_its_at(timed->machine, address)
            : -1;
    out->address = address;
    out->its = (uint16_t)its;
    a->message = its >= 0;
    return its < 0 ? DBELL_CW_GOES : DBELL_CW_MESSAGE;
}

static enum dbell_clockwork_verdict translated(struct dbell_timed *timed, struct timed_access *a,
                                               int outcome, struct dbell_translated *out)
{
    struct machine_smmu *smmu = &timed->machine->smmu[a->smmu];
    struct dbell_transaction t = transaction_of(a);
    a->result.trail = dbell_smmu_trail(&a->translation);
    switch (outcome) {
    case DBELL_DONE:
        dbell__machine_watch(smmu, &t, &a->translation);
        a->result.response = DBELL_RESPONSE_OK;
        if (a->translation.op == DBELL_NO_OP)
            return DBELL_CW_ENDS;
        dbell_parts_translated(&a->translation, out);
        return goes(timed, a, a->translation.address, out);
    case DBELL_PENDING:
        a->result.response = DBELL_RESPONSE_PENDING;
        a->token = a->translation.token;
        return DBELL_CW_PARKS;
    default:
        a->result.response = dbell__machine_terminated(&a->translation, &t);
        return DBELL_CW_ENDS;
    }
}

static void tell(struct dbell_timed *timed, struct timed_access *a, bool parked)
{
    if (a->given_up)
        return;
    if (timed->waited_for == a->user)
        timed->came = true;
    if (timed->listener.ended && !a->requests)
        timed->listener.ended(timed->listener.ctx, a->user, &a->dma, &a->result, parked);
    if (!timed->options.ended || a->requests)
        return;
    timed->options.ended(timed->options.ctx, &(struct dbell_timed_access){.user = a->user,
                                                                          .dma = &a->dma,
                                                                          .result = &a->result,
                                                                          .times = &a->times,
                                                                          .parked = parked,
                                                                          .message = a->message});
}

static enum dbell_clockwork_verdict translate(void *ctx, const struct dbell_journey *journey,
                                              struct dbell_translated *out)
{
    struct dbell_timed *timed = ctx;
    struct timed_access *a = access_of(timed, journey);
    struct dbell_transaction t = transaction_of(a);
    if (a->smmu < 0) {
        a->result.trail = (struct dbell_trail){.address = t.address,
                                               .outcome = DBELL_DONE,
                                               .reached = true,
                                               .attr = t.side.attr,
                                               .sh = t.side.sh,
                                               .op = t.op,
                                               .privileged = t.side.privileged,
                                               .instruction = t.side.instruction};
        return goes(timed, a, t.address, out);
    }
    struct machine_smmu *smmu = &timed->machine->smmu[a->smmu];
    if (a->given_up)
        return DBELL_CW_ENDS;
    if (a->requests) {
        a->status = dbell_smmu_ats(&smmu->unit, &a->request, &a->completion);
        return a->status == DBELL_E_BUSY ? DBELL_CW_AGAIN : DBELL_CW_ENDS;
    }
    struct dbell_itinerary *steps = a->dma.itinerary;
    t.itinerary = steps;
    const int outcome = dbell_smmu_translate(&smmu->unit, &t, &a->translation);
    if (outcome == DBELL_E_BUSY)
        return DBELL_CW_AGAIN;
    if (outcome < 0) {
        a->result.status = outcome;
        a->result.response = DBELL_RESPONSE_SLVERR;
        return DBELL_CW_ENDS;
    }
    const enum dbell_clockwork_verdict verdict = translated(timed, a, outcome, out);
    if (verdict == DBELL_CW_PARKS) {
        a->parked = true;
        dbell__stalled_remember(smmu, &a->dma, &a->result);
        tell(timed, a, true);
    }
    return verdict;
}

static void foresee_message(void *ctx, const struct dbell_journey *journey, unsigned its,
                            struct dbell_foreseen_message *out)
{
    struct dbell_timed *timed = ctx;
    struct dbell_machine *m = timed->machine;
    struct dbell_transaction t = {0};
    if (journey->kind == DBELL_JOURNEY_ACT) { /* an SMMU's own, of which little is known */
        t.side.has_deviceid = m->platform.smmu[journey->smmu].config.has_deviceid;
        t.side.deviceid = m->platform.smmu[journey->smmu].config.deviceid;
        t.length = 4;
    } else {
        t = transaction_of(access_of(timed, journey));
    }
    dbell_parts_foresee_message(&m->its[its].unit, m->platform.has_gic ? &m->gic.unit : NULL,
                                m->platform.gic.cpus, &t, out);
}

static void move(void *ctx, const struct dbell_journey *journey)
{
    struct dbell_timed *timed = ctx;
    struct timed_access *a = access_of(timed, journey);
    const struct dbell_bus bus = dbell_machine_bus(timed->machine);
    struct dbell_transaction t = transaction_of(a);
    t.itinerary = a->dma.itinerary;
    if (a->smmu >= 0) {
        dbell_smmu_forward(&a->translation, &t);
        t.side.instance = timed->machine->platform.smmu[a->smmu].config.instance;
    }
    timed->moving = a;
    a->result.response = bus.access(bus.ctx, &t);
    timed->moving = NULL;
}

/* One that is pending already is not made again. */
void dbell__timed_raised(struct dbell_timed *timed, uint32_t cpu, uint32_t intid)
{
    if (!timed->moving)
        return;
    for (uint32_t i = 0; i < timed->awaited_count && i < AWAITED; i++)
        if (timed->awaited[i].used && timed->awaited[i].cpu == cpu &&
            timed->awaited[i].intid == intid)
            return;
    timed->awaited[timed->awaited_count++ % AWAITED] =
        (struct awaited){.used = true, .cpu = cpu, .intid = intid, .issued = timed->moving->issued};
}

static struct stalled *stalled_of(struct dbell_timed *timed, const struct timed_access *a)
{
    struct machine_smmu *smmu = &timed->machine->smmu[a->smmu];
    for (unsigned i = 0; i < STALLED; i++)
        if (smmu->stalled[i].used && !smmu->stalled[i].ended &&
            smmu->stalled[i].current == a->token)
            return &smmu->stalled[i];
    return NULL;
}

static void end(void *ctx, const struct dbell_journey *journey,
                const struct dbell_access_times *times)
{
    struct dbell_timed *timed = ctx;
    struct timed_access *a = access_of(timed, journey);
    a->times = *times;
    timed->last = *times;
    if (a->parked) {
        struct stalled *stalled = stalled_of(timed, a);
        if (stalled) {
            stalled->ended = true;
            stalled->result = a->result;
        }
    }
    tell(timed, a, false);
    if (timed->waited_for != a->user || a->given_up)
        a->used = false; /* else who waits for it takes what it came to */
}

static void accepted(void *ctx, const struct dbell_journey *journey)
{
    struct dbell_timed *timed = ctx;
    const uint64_t user = access_of(timed, journey)->user;
    if (timed->listener.accepted)
        timed->listener.accepted(timed->listener.ctx, user);
    if (timed->options.accepted)
        timed->options.accepted(timed->options.ctx, user);
}

bool dbell__timed_completed(struct machine_smmu *smmu, uint32_t token,
                            const struct dbell_translation *result)
{
    struct dbell_timed *timed = smmu->machine->timed;
    const int index = (int)(smmu - smmu->machine->smmu);
    for (uint32_t i = 0; i < timed->count; i++) {
        struct timed_access *a = &timed->accesses[i];
        if (!a->used || !a->parked || a->smmu != index || a->token != token)
            continue;
        struct dbell_translated out = {0};
        a->translation = *result;
        if (result->outcome == DBELL_PENDING) {
            struct stalled *stalled = stalled_of(timed, a);
            a->token = result->token;
            if (stalled)
                stalled->current = a->token;
            return true;
        }
        const enum dbell_clockwork_verdict verdict = translated(timed, a, result->outcome, &out);
        dbell_clockwork_resume(&timed->clockwork, i, verdict, &out);
        return true;
    }
    return false;
}

static uint64_t latency(void *ctx, const struct dbell_clockwork_request *request)
{
    const struct dbell_timed *timed = ctx;
    struct dbell_clockwork_request told = *request;
    if (request->kind != DBELL_JOURNEY_ACT)
        told.user = timed->accesses[request->user].user;
    return timed->options.latency(timed->options.ctx, &told);
}

static void span(void *ctx, const struct dbell_clockwork_span *s)
{
    struct dbell_timed *timed = ctx;
    timed->options.span(timed->options.ctx, s);
}

struct dbell_clockwork_ports dbell__timed_ports(struct dbell_timed *timed)
{
    struct dbell_clockwork_ports ports = {.ctx = timed,
                                          .decided = decided,
                                          .foresee = foresee,
                                          .translate = translate,
                                          .foresee_message = foresee_message,
                                          .move = move,
                                          .accepted = accepted,
                                          .end = end,
                                          .span = timed->options.span ? span : NULL,
                                          .latency = timed->options.latency ? latency : NULL};
    dbell__timed_actor_ports(&ports);
    return ports;
}
