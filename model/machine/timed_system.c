/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A machine in modelled time as a system under test: each call begins now. */
#include <string.h>

#include "timed_state.h"

/* The users of what the system itself waits for; others are smaller. */
enum { SYNCHRONOUS = 1 << 30 };

/* Runs until the access has ended, or stalls; what it leaves behind goes on later. One that cannot
 * go on before software does something is given up. */
static int wait_for(struct dbell_timed *timed, struct timed_access *a)
{
    timed->waited_for = a->user;
    timed->came = false;
    dbell_clockwork_poke(&timed->clockwork);
    while (!timed->came) {
        const uint64_t next = dbell_clockwork_next(&timed->clockwork);
        if (next == DBELL_NEVER)
            break;
        dbell_clockwork_run(&timed->clockwork, next);
    }
    timed->waited_for = DBELL_NEVER;
    a->given_up = !timed->came;
    return timed->came ? DBELL_OK : DBELL_E_BUSY;
}

static void timed_dma(void *ctx, const struct dbell_dma *dma, struct dbell_dma_result *result)
{
    struct dbell_timed *timed = ctx;
    struct timed_access *a;
    *result = (struct dbell_dma_result){0};
    result->status =
        dbell__timed_issue(timed, dma, (uint64_t)SYNCHRONOUS << 32 | timed->serial++, &a);
    if (result->status)
        return;
    result->status = wait_for(timed, a);
    if (result->status)
        return;
    *result = a->result;
    if (dma->data && !dbell_op_writes(dma->op))
        memcpy(dma->data, a->data, dma->length);
    a->used = a->parked; /* what stalls goes on */
}

static int timed_translation_request(void *ctx, uint32_t requesterid,
                                     struct dbell_ats_request *request,
                                     struct dbell_ats_completion *completion)
{
    struct dbell_timed *timed = ctx;
    struct dbell_machine *m = timed->machine;
    struct machine_smmu *smmu;
    uint32_t index;
    int status = dbell__machine_find_smmu(m, requesterid, &request->side, &smmu);
    if (status || !smmu || !request->side.has_streamid)
        return timed->base.translation_request(timed->base.ctx, requesterid, request, completion);
    struct timed_access *a = dbell__timed_new(timed, &index);
    if (!a)
        return DBELL_E_BUSY;
    a->user = (uint64_t)SYNCHRONOUS << 32 | timed->serial++;
    a->smmu = (int)(smmu - m->smmu);
    a->request = *request;
    a->requests = true;
    status = dbell__timed_start(
        timed, a, index,
        (struct dbell_journey){.kind = DBELL_JOURNEY_REQUEST,
                               .device = requesterid,
                               .streamid = request->side.streamid,
                               .substreamid = request->side.has_substreamid
                                                  ? request->side.substreamid | DBELL_HAS_SUBSTREAM
                                                  : 0,
                               .address = request->address});
    if (!status)
        status = wait_for(timed, a);
    if (status)
        return status;
    *completion = a->completion;
    a->used = false;
    return a->status;
}

static int timed_page_request(void *ctx, uint32_t requesterid, struct dbell_page_request *request)
{
    struct dbell_timed *timed = ctx;
    return timed->base.page_request(timed->base.ctx, requesterid, request);
}

static enum dbell_response timed_access(void *ctx, struct dbell_transaction *t)
{
    struct dbell_timed *timed = ctx;
    const struct region *region = dbell__regions_find(&timed->machine->regions, t->address);
    const enum dbell_response response = timed->base.access(timed->base.ctx, t);
    if (region && region->kind == REGION_GICR && dbell_op_writes(t->op)) /* INVLPIR and others */
        dbell_clockwork_invalidate_lpi(&timed->clockwork, UINT32_MAX);
    return response;
}

static int timed_settle(void *ctx)
{
    struct dbell_timed *timed = ctx;
    const int status = dbell_timed_rest(timed);
    const uint64_t now = dbell_timed_now(timed);
    const uint64_t passed = now - timed->clocked;
    for (size_t i = 0; i < timed->machine->platform.smmu_count; i++)
        dbell_smmu_clock(&timed->machine->smmu[i].unit, passed ? passed : 1);
    timed->clocked = now;
    return status;
}

static void timed_pending_result(void *ctx, uint32_t token, struct dbell_dma_result *result)
{
    struct dbell_timed *timed = ctx;
    timed->base.pending_result(timed->base.ctx, token, result);
}

static bool timed_receive(void *ctx, uint32_t requesterid, bool automatic,
                          struct dbell_device_message *message)
{
    struct dbell_timed *timed = ctx;
    return timed->base.receive(timed->base.ctx, requesterid, automatic, message);
}

static bool timed_raised(void *ctx, unsigned index, struct dbell_raised *raised)
{
    struct dbell_timed *timed = ctx;
    return timed->base.raised(timed->base.ctx, index, raised);
}

static void timed_forget_raised(void *ctx)
{
    struct dbell_timed *timed = ctx;
    timed->base.forget_raised(timed->base.ctx);
}

static uint32_t timed_acknowledge(void *ctx, uint32_t cpu)
{
    struct dbell_timed *timed = ctx;
    const uint32_t intid = timed->base.acknowledge(timed->base.ctx, cpu);
    for (uint32_t i = 0; i < timed->awaited_count && i < AWAITED; i++) {
        struct awaited *awaited = &timed->awaited[i];
        if (!awaited->used || awaited->cpu != cpu || awaited->intid != intid)
            continue;
        if (timed->options.acknowledged)
            timed->options.acknowledged(timed->options.ctx,
                                        dbell_timed_now(timed) - awaited->issued);
        awaited->used = false;
        break;
    }
    return intid;
}

static bool timed_pending(void *ctx, uint32_t cpu, uint32_t intid)
{
    struct dbell_timed *timed = ctx;
    return timed->base.pending(timed->base.ctx, cpu, intid);
}

static uint32_t timed_acknowledge_virtual(void *ctx, uint32_t cpu, unsigned group)
{
    struct dbell_timed *timed = ctx;
    return timed->base.acknowledge_virtual(timed->base.ctx, cpu, group);
}

static bool timed_pending_virtual(void *ctx, uint32_t cpu, uint32_t intid)
{
    struct dbell_timed *timed = ctx;
    return timed->base.pending_virtual(timed->base.ctx, cpu, intid);
}

static uint64_t timed_pulses(void *ctx, struct dbell_wire wire)
{
    struct dbell_timed *timed = ctx;
    return timed->base.pulses(timed->base.ctx, wire);
}

static int timed_counter(void *ctx, const char *name, uint64_t *value)
{
    struct dbell_timed *timed = ctx;
    return timed->base.counter(timed->base.ctx, name, value);
}

static void timed_tlbi(void *ctx, const struct dbell_tlbi *t)
{
    struct dbell_timed *timed = ctx;
    timed->base.tlbi(timed->base.ctx, t);
}

static int timed_migrate(void *ctx)
{
    struct dbell_timed *timed = ctx;
    return timed->base.migrate(timed->base.ctx);
}

/* What stalls, or waits for room, is forgotten; all else has come to its end. */
static void timed_reset(void *ctx)
{
    struct dbell_timed *timed = ctx;
    struct dbell_clockwork *cw = &timed->clockwork;
    for (uint32_t i = 0; i < timed->count; i++) {
        if (!timed->accesses[i].used)
            continue;
        timed->accesses[i].given_up = true;
        if (timed->accesses[i].parked)
            dbell_clockwork_resume(cw, i, DBELL_CW_ENDS, &(struct dbell_translated){0});
    }
    timed->base.reset(timed->base.ctx);
    for (unsigned i = 0; i < timed->machine->platform.its_count; i++)
        dbell_clockwork_invalidate_its(cw, i, UINT32_MAX, UINT32_MAX, UINT32_MAX);
    dbell_clockwork_invalidate_lpi(cw, UINT32_MAX);
    dbell_clockwork_poke(cw);
}

static void time_listen(void *ctx, const struct dbell_listener *listener)
{
    ((struct dbell_timed *)ctx)->listener = *listener;
}

static int time_issue(void *ctx, const struct dbell_dma *dma, uint64_t user)
{
    return dbell_timed_issue(ctx, dma, user);
}

static uint64_t time_now(void *ctx)
{
    return dbell_timed_now(ctx);
}

static uint64_t time_next(void *ctx)
{
    return dbell_timed_next(ctx);
}

static void time_run(void *ctx, uint64_t until)
{
    dbell_timed_run(ctx, until);
}

struct dbell_system dbell_timed_system(struct dbell_timed *timed)
{
    static const struct dbell_time time = {.listen = time_listen,
                                           .issue = time_issue,
                                           .now = time_now,
                                           .next = time_next,
                                           .run = time_run};
    return (struct dbell_system){.ctx = timed,
                                 .access = timed_access,
                                 .dma = timed_dma,
                                 .pending_result = timed_pending_result,
                                 .translation_request = timed_translation_request,
                                 .page_request = timed_page_request,
                                 .receive = timed_receive,
                                 .settle = timed_settle,
                                 .raised = timed_raised,
                                 .forget_raised = timed_forget_raised,
                                 .acknowledge = timed_acknowledge,
                                 .pending = timed_pending,
                                 .acknowledge_virtual = timed_acknowledge_virtual,
                                 .pending_virtual = timed_pending_virtual,
                                 .pulses = timed_pulses,
                                 .migrate = timed_migrate,
                                 .counter = timed_counter,
                                 .tlbi = timed_tlbi,
                                 .reset = timed_reset,
                                 .time = &time};
}
