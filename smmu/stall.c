/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The stall model (IHI 0070 3.12.2, 4.7.1, 4.7.2, 5.5). A STAG is an index into the table of
 * stalled accesses; a token is the instance, how often the STAG was used, and the STAG, so that
 * none is reused soon for another access that someone may still wait for. */
#include "state.h"

bool dbell__stall_slot_free(const struct dbell_smmu_state *state)
{
    return state->stall_count < state->stall_capacity;
}

static uint32_t token_of(const struct dbell_smmu_state *state, uint16_t stag, uint32_t generation)
{
    return (uint32_t)state->config.instance << 28 | (generation & 0xfff) << 16 | stag;
}

/* False: every slot holds a stalled access; the access is terminated instead, and recorded (a
 * choice that 3.12.2 leaves to the implementation's limits). */
bool dbell__stall(struct access *access, uint32_t length, uint16_t *stag, uint32_t *token)
{
    struct dbell_smmu *smmu = access->smmu;
    struct dbell_smmu_state *state = smmu->state;
    if (!dbell__stall_slot_free(state)) {
        if (!state->said_stall_limit && smmu->ports.log.say)
            smmu->ports.log.say(smmu->ports.log.ctx,
                                "more accesses stall than IDR5.STALL_MAX: they are terminated");
        state->said_stall_limit = true;
        return false;
    }
    struct stall *table = stalls(state);
    uint32_t i = 0;
    while (table[i].used)
        i++;
    table[i] = (struct stall){.used = true,
                              .generation = table[i].generation + 1,
                              .streamid = access->streamid,
                              .substreamid = access->substreamid,
                              .ssv = access->ssv,
                              .write = access->write,
                              .privileged = access->privileged_in,
                              .instruction = access->instruction_in,
                              .input = access->input,
                              .length = length};
    state->stall_count++;
    *stag = (uint16_t)i;
    *token = token_of(state, *stag, table[i].generation);
    return true;
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
}

void dbell__stall_terminate(struct dbell_smmu_state *state, uint32_t streamid)
{
    for (uint32_t i = 0; i < state->stall_capacity; i++)
        if (stalls(state)[i].used && stalls(state)[i].streamid == streamid) {
            stalls(state)[i].terminate = stalls(state)[i].abort_on_terminate = true;
            stalls(state)[i].retry = false;
        }
}

/* 6.3.9.6: SMMUEN going to 0 terminates what is stalled. */
void dbell__stall_terminate_all(struct dbell_smmu_state *state)
{
    for (uint32_t i = 0; i < state->stall_capacity; i++)
        if (stalls(state)[i].used) {
            stalls(state)[i].terminate = stalls(state)[i].abort_on_terminate = true;
            stalls(state)[i].retry = false;
        }
}

static void complete(struct dbell_smmu *smmu, uint32_t token,
                     const struct dbell_translation *result)
{
    if (smmu->ports.completion.complete)
        smmu->ports.completion.complete(smmu->ports.completion.ctx, token, result);
}

/* Ends one access that software has answered. A retry behaves as if it had just arrived; if it
 * stalls again, the completion of the old token says DBELL_PENDING and names the new one. */
int dbell__stall_step(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary)
{
    struct dbell_smmu_state *state = smmu->state;
    if (!state->stall_count)
        return DBELL_IDLE;
    struct stall *table = stalls(state);
    uint32_t i = 0;
    while (i < state->stall_capacity && !(table[i].used && (table[i].retry || table[i].terminate)))
        i++;
    if (i == state->stall_capacity)
        return DBELL_IDLE;
    const struct stall stall = table[i];
    uint32_t token = token_of(state, (uint16_t)i, stall.generation);
    if (stall.retry && !event_slot_free(state))
        return DBELL_NOT_YET;
    table[i].used = false;
    state->stall_count--;
    struct dbell_translation result = {.outcome = DBELL_FAULT,
                                       .attr = DBELL_ATTR_NORMAL_WB,
                                       .rule = dbell__rule_text(RULE_STALL_TERMINATED)};
    if (stall.retry) {
        struct access access = {.smmu = smmu,
                                .itinerary = itinerary,
                                .after = dbell__last_step(itinerary),
                                .streamid = stall.streamid,
                                .substreamid = stall.substreamid,
                                .ssv = stall.ssv,
                                .write = stall.write,
                                .privileged = stall.privileged,
                                .instruction = stall.instruction,
                                .privileged_in = stall.privileged,
                                .instruction_in = stall.instruction,
                                .input = stall.input};
        int status = dbell__translate(&access, stall.length, &result);
        if (status < 0) { /* it keeps waiting */
            table = stalls(state);
            table[i] = stall;
            state->stall_count++;
            return DBELL_NOT_YET;
        }
    } else {
        result.razwi = !stall.abort_on_terminate;
    }
    complete(smmu, token, &result);
    return DBELL_STEPPED;
}
