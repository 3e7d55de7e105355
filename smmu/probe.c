/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What an access would come to if nothing were cached: for who looks for stale translations. It
 * reads memory and changes nothing: no cache, no descriptor, no record, no counter. */
#include <string.h>

#include "stages.h"

static int probe(struct access *access, struct dbell_translation *result)
{
    struct dbell_smmu_state *state = access->smmu->state;
    struct context context = {.streamid = access->streamid};
    struct fault fault = {0};
    struct tlb_entry entry;
    bool ok = dbell__config_fetch_ste(access, &context, &fault);
    if (ok && (context.fault || context.silent_abort))
        ok = false;
    if (ok)
        ok = dbell__config_fetch_stages(access, &context, &fault) && !context.fault;
    if (!ok)
        return DBELL_FAULT;
    access_override(access, &context.ste.overrides);
    if (!context.stage1 && access->input >> state->features.oas)
        return DBELL_FAULT;
    result->address = access->input;
    if (!context.stage1 && !context.stage2)
        return DBELL_DONE;
    if (!dbell__stages_walk(access, &context, access->in, &entry, &fault)) {
        result->event = fault.event;
        return DBELL_FAULT;
    }
    result->address = entry.output | (access->input & ones(entry.size_log2));
    result->page_size = UINT64_C(1) << entry.size_log2;
    return DBELL_DONE;
}

int dbell_smmu_probe(struct dbell_smmu *smmu, const struct dbell_transaction *t,
                     struct dbell_translation *result)
{
    struct dbell_smmu_state *state = smmu->state;
    uint64_t counters[DBELL_SMMU_COUNTERS];
    const bool counting = state->pmcg_counting;
    if (!t->side.has_streamid)
        return DBELL_E_ARGUMENT;
    if (!(state->r.cr0 & CR0_SMMUEN) || t->side.at == DBELL_AT_TRANSLATION_REQUEST)
        return DBELL_E_UNSUPPORTED;
    struct access access = {.smmu = smmu,
                            .after = -1,
                            .streamid = t->side.streamid,
                            .substreamid = t->side.substreamid,
                            .ssv = t->side.has_substreamid,
                            .at = t->side.at,
                            .op = t->op,
                            .write = dbell_op_writes(t->op),
                            .data = dbell_op_writes(t->op),
                            .privileged_in = t->side.privileged,
                            .instruction_in = t->side.instruction,
                            .passive = true,
                            .epoch = state->epoch,
                            .in = {.type = t->side.attr, .sh = t->side.sh},
                            .input = t->address};
    memcpy(counters, state->counters, sizeof counters);
    state->pmcg_counting = false;
    *result = (struct dbell_translation){0};
    result->outcome = (uint8_t)probe(&access, result);
    state->pmcg_counting = counting;
    memcpy(state->counters, counters, sizeof counters);
    return result->outcome;
}
