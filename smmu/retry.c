/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The unit that ends stalled accesses once software has answered them (IHI 0070 4.7.1, 5.5). */
#include "state.h"

static void complete(struct dbell_smmu *smmu, uint32_t token,
                     const struct dbell_translation *result)
{
    if (smmu->ports.completion.complete)
        smmu->ports.completion.complete(smmu->ports.completion.ctx, token, result);
}

static uint32_t first_answered(struct dbell_smmu_state *state)
{
    const struct stall *table = stalls(state);
    uint32_t i = state->stall_answered;
    while (i < state->stall_capacity && !(table[i].used && (table[i].retry || table[i].terminate)))
        i++;
    return i;
}

bool dbell__stall_answered(struct dbell_smmu_state *state)
{
    return first_answered(state) < state->stall_capacity;
}

/* Ends one access that software has answered. A retry behaves as if it had just arrived; if it
 * stalls again, the completion of the old token says DBELL_PENDING and names the new one. */
int dbell__retry_step(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary)
{
    struct dbell_smmu_state *state = smmu->state;
    struct stall *table = stalls(state);
    const uint32_t i = first_answered(state);
    state->stall_answered = i;
    if (i == state->stall_capacity)
        return DBELL_IDLE;
    const struct stall stall = table[i];
    uint32_t token = stall_token(state, (uint16_t)i, stall.generation);
    if (stall.retry && !event_slot_free(state))
        return DBELL_NOT_YET;
    table[i].used = false;
    state->stall_count--;
    if (i < state->stall_free)
        state->stall_free = i;
    struct dbell_translation result = {.outcome = DBELL_FAULT,
                                       .attr = stall.in.type,
                                       .sh = stall.in.sh,
                                       .rule = dbell__rule_text(RULE_STALL_TERMINATED)};
    if (stall.retry) {
        struct access access = {.smmu = smmu,
                                .itinerary = itinerary,
                                .after = dbell__last_step(itinerary),
                                .streamid = stall.streamid,
                                .substreamid = stall.substreamid,
                                .ssv = stall.ssv,
                                .op = stall.op,
                                .nosnoop = stall.nosnoop,
                                .write = dbell_op_writes(stall.op),
                                .data = dbell_op_writes(stall.op),
                                .privileged_in = stall.privileged,
                                .instruction_in = stall.instruction,
                                .in = stall.in,
                                .input = stall.input};
        int status = dbell__translate(&access, stall.length, &result);
        if (status < 0 && !table[i].used) { /* it keeps waiting */
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
