/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Accesses of devices: from a requester through its SMMU to memory or a doorbell, and those that
 * stall on the way. */
#include <string.h>

#include "machine_private.h"

/* What the device sees of a translation that did not let it through. */
enum dbell_response dbell__machine_terminated(const struct dbell_translation *t,
                                              struct dbell_transaction *transaction)
{
    if (!t->razwi)
        return DBELL_RESPONSE_SLVERR;
    if (dbell_op_reads(transaction->op) && transaction->data)
        memset(transaction->data, 0, transaction->length);
    return DBELL_RESPONSE_OK;
}

/* The SMMU's input. */
enum dbell_response dbell__machine_through_smmu(void *ctx, struct dbell_transaction *t)
{
    struct machine_smmu *smmu = ctx;
    struct dbell_translation translation;
    struct dbell_trail unasked;
    if (!t->trail)
        t->trail = &unasked;
    int outcome = dbell_smmu_access(&smmu->unit, t, &translation);
    /* No slot for an event: let the units drain, and try again. */
    for (int attempt = 0; outcome == DBELL_E_BUSY && attempt < 1024; attempt++) {
        dbell_smmu_step(&smmu->unit, NULL);
        outcome = dbell_smmu_access(&smmu->unit, t, &translation);
    }
    if (outcome < 0) {
        t->trail->token = (uint32_t)-outcome;
        t->trail->outcome = UINT8_MAX; /* not made */
        return DBELL_RESPONSE_SLVERR;
    }
    *t->trail = dbell_smmu_trail(&translation);
    if (outcome == DBELL_DONE)
        dbell__machine_watch(smmu, t, &translation);
    switch (outcome) {
    case DBELL_DONE:
        return (enum dbell_response)translation.response;
    case DBELL_PENDING:
        return DBELL_RESPONSE_PENDING;
    default:
        return dbell__machine_terminated(&translation, t);
    }
}

/* Without an SMMU the address is physical. */
static enum dbell_response past_smmu(void *ctx, struct dbell_transaction *t)
{
    const struct dbell_bus bus = dbell_machine_bus(ctx);
    *t->trail = (struct dbell_trail){.address = t->address,
                                     .outcome = DBELL_DONE,
                                     .reached = true,
                                     .attr = t->side.attr,
                                     .sh = t->side.sh,
                                     .op = t->op,
                                     .privileged = t->side.privileged,
                                     .instruction = t->side.instruction};
    return bus.access(bus.ctx, t);
}

static int make_requester(struct dbell_machine *m, const struct dbell_dma *dma,
                          struct dbell_requester *requester)
{
    int smmu;
    int status = dbell_dma_requester(&m->platform, dma, requester, &smmu);
    requester->bus =
        smmu >= 0 ? (struct dbell_bus){.ctx = &m->smmu[smmu], .access = dbell__machine_through_smmu}
                  : (struct dbell_bus){.ctx = m, .access = past_smmu};
    return status;
}

static struct stalled *free_slot(struct machine_smmu *smmu)
{
    for (unsigned i = 0; i < STALLED; i++)
        if (!smmu->stalled[i].used)
            return &smmu->stalled[i];
    /* Forget the access that ended, and was never asked for, first. */
    for (unsigned i = 0; i < STALLED; i++)
        if (smmu->stalled[i].ended)
            return &smmu->stalled[i];
    return NULL;
}

void dbell__stalled_remember(struct machine_smmu *smmu, const struct dbell_dma *dma,
                             const struct dbell_dma_result *result)
{
    struct stalled *stalled = free_slot(smmu);
    if (!stalled)
        return;
    *stalled = (struct stalled){.used = true,
                                .token = result->trail.token,
                                .current = result->trail.token,
                                .dma = *dma,
                                .result = *result};
    stalled->dma.itinerary = NULL;
    if (dma->data) {
        memcpy(stalled->data, dma->data, dma->length);
        stalled->dma.data = stalled->data;
    }
}

void dbell__machine_dma(void *ctx, const struct dbell_dma *dma, struct dbell_dma_result *result)
{
    struct dbell_machine *m = ctx;
    struct dbell_requester requester;
    struct dbell_transaction t;
    *result = (struct dbell_dma_result){0};
    if (dma->length > DMA_MAX) {
        result->status = DBELL_E_RANGE;
        return;
    }
    result->status = make_requester(m, dma, &requester);
    if (result->status)
        return;
    t = dbell_dma_transaction(dma, &result->trail);
    if (dma->by_streamid) {
        t.side.has_streamid = true;
        t.side.streamid = dma->streamid;
        result->response = requester.bus.access(requester.bus.ctx, &t);
    } else {
        result->response = dbell_requester_access(&requester, &t);
    }
    if (result->trail.outcome == UINT8_MAX)
        result->status = -(int)result->trail.token;
    if (result->response == DBELL_RESPONSE_PENDING)
        dbell__stalled_remember(requester.bus.ctx, dma, result);
}

/* The SMMU has let a stalled access go: it is made now, or it ended without. */
void dbell__stalled_end(struct machine_smmu *smmu, uint32_t token,
                        const struct dbell_translation *translation)
{
    struct stalled *stalled = NULL;
    for (unsigned i = 0; i < STALLED && !stalled; i++)
        if (smmu->stalled[i].used && !smmu->stalled[i].ended && smmu->stalled[i].current == token)
            stalled = &smmu->stalled[i];
    if (!stalled)
        return;
    if (translation->outcome == DBELL_PENDING) {
        stalled->current = translation->token;
        return;
    }
    struct dbell_trail trail;
    struct dbell_transaction t = dbell_dma_transaction(&stalled->dma, &trail);
    stalled->ended = true;
    stalled->result.trail = dbell_smmu_trail(translation);
    if (translation->outcome != DBELL_DONE) {
        stalled->result.response = dbell__machine_terminated(translation, &t);
        return;
    }
    struct dbell_requester requester;
    if (!make_requester(smmu->machine, &stalled->dma, &requester)) {
        t.side.has_deviceid = requester.has_deviceid;
        t.side.deviceid = requester.deviceid;
    }
    const struct dbell_bus bus = dbell_machine_bus(smmu->machine);
    dbell_smmu_forward(translation, &t);
    stalled->result.response = t.op == DBELL_NO_OP ? DBELL_RESPONSE_OK : bus.access(bus.ctx, &t);
}

void dbell__machine_pending_result(void *ctx, uint32_t token, struct dbell_dma_result *result)
{
    struct dbell_machine *m = ctx;
    *result = (struct dbell_dma_result){.status = DBELL_E_NOT_FOUND};
    for (size_t s = 0; s < m->platform.smmu_count; s++)
        for (unsigned i = 0; i < STALLED; i++) {
            struct stalled *stalled = &m->smmu[s].stalled[i];
            if (stalled->used && stalled->token == token) {
                *result = stalled->result;
                return;
            }
        }
}
