/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The table of stalled accesses, and what software says of them (IHI 0070 3.12.2, 4.7.1, 4.7.2,
 * 5.5). A STAG is an index into it. */
#include "state.h"

static bool slot_free(const struct dbell_smmu_state *state)
{
    return state->stall_count < state->stall_capacity;
}

bool dbell__stall_refuses(const struct dbell_smmu_state *state)
{
    return state->features.stall_model == 2 && !slot_free(state);
}

/* False: every slot holds a stalled access; the access is terminated instead, and recorded, which
 * 3.12 permits where both models are supported. */
bool dbell__stall(struct access *access, uint32_t length, uint16_t *stag, uint32_t *token)
{
    struct dbell_smmu *smmu = access->smmu;
    struct dbell_smmu_state *state = smmu->state;
    if (!slot_free(state)) {
        if (!state->said_stall_limit && smmu->ports.log.say)
            smmu->ports.log.say(smmu->ports.log.ctx,
                                "more accesses stall than IDR5.STALL_MAX: they are terminated");
        state->said_stall_limit = true;
        return false;
    }
    struct stall *table = stalls(state);
    uint32_t i = state->stall_free;
    while (table[i].used)
        i++;
    state->stall_free = i + 1;
    table[i] = (struct stall){.used = true,
                              .generation = table[i].generation + 1,
                              .streamid = access->streamid,
                              .substreamid = access->substreamid,
                              .ssv = access->ssv,
                              .op = access->op,
                              .nosnoop = access->nosnoop,
                              .privileged = access->privileged_in,
                              .instruction = access->instruction_in,
                              .in = access->in,
                              .input = access->input,
                              .length = length};
    state->stall_count++;
    *stag = (uint16_t)i;
    *token = stall_token(state, *stag, table[i].generation);
    return true;
}

static void answered(struct dbell_smmu_state *state, uint32_t stag)
{
    stalls(state)[stag].unrecorded = false;
    if (stag < state->stall_answered)
        state->stall_answered = stag;
}

/* 4.7.1: a STAG that does not belong to the StreamID is a no-op. */
void dbell__stall_resume(struct dbell_smmu_state *state, uint32_t streamid, uint16_t stag,
                         bool retry, bool abort)
{
    struct stall *stall = stag < state->stall_capacity ? &stalls(state)[stag] : NULL;
    if (!stall || !stall->used || stall->streamid != streamid)
        return;
    stall->retry = retry;
    stall->terminate = !retry;
    stall->abort_on_terminate = abort || state->features.term_model;
    answered(state, stag);
}

static void terminate(struct dbell_smmu_state *state, uint32_t stag)
{
    struct stall *stall = &stalls(state)[stag];
    stall->terminate = stall->abort_on_terminate = true;
    stall->retry = false;
    answered(state, stag);
}

void dbell__stall_terminate(struct dbell_smmu_state *state, uint32_t streamid)
{
    for (uint32_t i = 0; i < state->stall_capacity; i++)
        if (stalls(state)[i].used && stalls(state)[i].streamid == streamid)
            terminate(state, i);
}

/* 6.3.9.6: SMMUEN going to 0 terminates what is stalled. */
void dbell__stall_terminate_all(struct dbell_smmu_state *state)
{
    for (uint32_t i = 0; i < state->stall_capacity; i++)
        if (stalls(state)[i].used)
            terminate(state, i);
}

bool dbell__stall_waits(struct dbell_smmu_state *state, uint16_t stag)
{
    const struct stall *stall = &stalls(state)[stag];
    return stall->used && !stall->retry && !stall->terminate;
}

bool dbell__stall_has_unrecorded(const struct dbell_smmu_state *state)
{
    const struct stall *all = stalls((struct dbell_smmu_state *)(uintptr_t)state);
    for (uint32_t i = 0; i < state->stall_capacity && state->any_unrecorded; i++)
        if (all[i].used && all[i].unrecorded)
            return true;
    return false;
}

void dbell__stall_unrecorded(struct dbell_smmu_state *state, uint16_t stag)
{
    stalls(state)[stag].unrecorded = state->any_unrecorded = true;
}

/* 7.2.1: a stall that an invalidation and CMD_SYNC affected must be retried then, others may be. */
void dbell__stall_retry_unrecorded(struct dbell_smmu_state *state)
{
    for (uint32_t i = 0; i < state->stall_capacity && state->any_unrecorded; i++) {
        struct stall *stall = &stalls(state)[i];
        if (stall->used && stall->unrecorded) {
            stall->retry = true;
            answered(state, i);
        }
    }
    state->any_unrecorded = false;
}
