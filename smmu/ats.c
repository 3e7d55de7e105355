/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* ATS Translation Requests and what they are granted (IHI 0070 3.9.1.2, 3.13.7, 13.6, 13.7). */
#include "stages.h"

/* 3.9.1: the smallest granule that the SMMU implements is the smallest translation unit. */
static uint64_t smallest_unit(const struct dbell_smmu_features *f)
{
    return f->gran4k ? 0x1000 : f->gran16k ? 0x4000 : 0x10000;
}

/* 7.3.6: what was asked for, before the STE's overrides. */
static void record_forbidden(struct access *access, const struct dbell_ats_request *request)
{
    uint64_t w[4] = {0};
    put(w, EVT_TYPE, DBELL_EVENT_F_BAD_ATS_TREQ);
    put(w, EVT_STREAMID, access->streamid);
    put(w, EVT_SSV, access->ssv);
    put(w, EVT_SUBSTREAMID, access->ssv ? access->substreamid : 0);
    put(w, EVT_TREQ_R, 1);
    put(w, EVT_TREQ_W, !request->no_write);
    put(w, EVT_TREQ_X, access->instruction_in);
    put(w, EVT_TREQ_PRIV, access->privileged_in);
    put(w, EVT_HINT_SPAN, request->units);
    put(w, EVT_INPUTADDR, request->address & ~ones(12));
    dbell__event_post(access->smmu->state, w, false);
}

/* 3.9.1.2: no access, or no answer. */
static int refuse(struct access *access, const struct dbell_ats_request *request,
                  const struct fault *fault, struct dbell_ats_completion *completion)
{
    const struct dbell_smmu_state *state = access->smmu->state;
    dbell__note_fault(access, fault);
    *completion = (struct dbell_ats_completion){.rule = dbell__rule_text(fault->rule)};
    if (translation_related(fault)) {
        completion->size = smallest_unit(&state->features);
        completion->address = access->input & ~(completion->size - 1);
        completion->privileged = access->privileged_in;
    } else if (fault->event == DBELL_EVENT_F_BAD_ATS_TREQ) {
        completion->status = DBELL_ATS_UR;
        completion->event = fault->event;
        record_forbidden(access, request);
    } else if (fault->rule == RULE_STE_ABORTS) {
        completion->status = DBELL_ATS_UR;
    } else {
        const uint32_t needed =
            CR2_REC_CFG_ATS | (fault->event == DBELL_EVENT_C_BAD_STREAMID ? CR2_RECINVSID : 0u);
        completion->status = DBELL_ATS_CA;
        if (fault->event && (state->r.cr2 & needed) == needed) {
            completion->event = fault->event;
            dbell__event_record(access, fault, false, 0);
        }
    }
    return DBELL_OK;
}

/* 13.7.1: the permissions of both stages, for the privilege that the STE leaves. */
static int grant(const struct access *access, const struct context *context,
                 const struct tlb_entry *entry, struct dbell_ats_completion *completion)
{
    const unsigned both =
        (context->stage1 ? entry->s1 : 0x3fu) & (context->stage2 ? entry->s2 : 0x3fu);
    const unsigned mine = both >> (access->privileged ? PRIVILEGED_SHIFT : 0);
    const bool read = mine & MAY_READ, execute = mine & MAY_EXECUTE;
    const uint8_t instcfg = context->ste.overrides.instcfg;
    /* 13.6.3, 13.6.5: what stage 1 gives, or the input where it is skipped. */
    const bool split = effective_eats(access->smmu->state, &context->ste) == EATS_SPLIT;
    *completion = (struct dbell_ats_completion){
        .size = UINT64_C(1) << entry->size_log2,
        .address = split ? entry->ipa : entry->output,
        .write = mine & MAY_WRITE,
        .privileged = access->privileged_in,
        .rule = dbell__rule_text(!context->stage1   ? RULE_S2_GRANTS
                                 : !context->stage2 ? RULE_S1_GRANTS
                                                    : RULE_BOTH_GRANT)};
    if (!(instcfg & 2)) {
        completion->read = read;
        completion->execute = access->instruction_in && read && execute;
    } else if (instcfg & 1) {
        completion->read = execute;
        completion->execute = access->instruction_in && execute;
    } else {
        completion->read = read;
        completion->execute = access->instruction_in && read;
    }
    if (!completion->read && !completion->write) {
        completion->size = smallest_unit(&access->smmu->state->features);
        completion->address = access->input & ~(completion->size - 1);
    }
    return DBELL_OK;
}

/* 13.6.4: no stage translates. */
static int grant_identity(const struct access *access, struct dbell_ats_completion *completion)
{
    const uint64_t size = smallest_unit(&access->smmu->state->features);
    *completion = (struct dbell_ats_completion){.address = access->input & ~(size - 1),
                                                .size = size,
                                                .read = true,
                                                .write = true,
                                                .rule = dbell__rule_text(RULE_S1DSS_BYPASSES)};
    return DBELL_OK;
}

/* A copy of the configuration: it stays valid across call-outs. False with a fault, or without an
 * event: start again. */
static bool configure(struct access *access, struct context *context, struct fault *fault)
{
    struct dbell_smmu_state *state = access->smmu->state;
    struct cache_line *line = cache_find(&state->configs, config_key(access), 1);
    lookup_step(access, DBELL_RESOURCE_CONFIG_CACHE, DBELL_OBJECT_STE, line != NULL);
    if (line) {
        count(state, DBELL_SMMU_CONFIG_HIT);
        *context = *(const struct context *)cache_payload(line);
        if (context->floor_epoch != state->epoch)
            dbell__tlb_refresh_floors(state, context);
    } else {
        state->walking++;
        const bool ok = dbell__config_fetch(access, context, fault);
        state->walking--;
        if (!ok)
            return false;
    }
    /* 7.3.6: a valid STE decides before its CD, which an ordinary access may have cached as bad. */
    if (context->silent_abort)
        fault->rule = RULE_STE_ABORTS;
    else if (context->fault != DBELL_EVENT_C_BAD_STE && !effective_eats(state, &context->ste))
        *fault =
            (struct fault){.event = DBELL_EVENT_F_BAD_ATS_TREQ, .rule = RULE_REQUEST_FORBIDDEN};
    else if (context->fault)
        *fault = (struct fault){.event = context->fault, .rule = (enum rule)context->rule};
    else
        return true;
    return false;
}

/* From the TLB, or by a walk that fills it. */
static bool translate(struct access *access, const struct context *context, struct tlb_entry *entry,
                      struct fault *fault)
{
    struct dbell_smmu_state *state = access->smmu->state;
    const uint64_t input = tlb_input(context, access->input);
    const struct tlb_entry *found = tlb_find(state, context, input);
    if (found && state->config.conflicts && dbell__tlb_conflicts(state, context, input)) {
        *fault = (struct fault){.event = DBELL_EVENT_F_TLB_CONFLICT, .rule = RULE_TLB_CONFLICT};
        return false;
    }
    /* A request for a write may still make a writable-clean page dirty: walk. */
    const bool enough =
        found && (!access->write || !(context->cd.hd || context->ste.s2hd) ||
                  (found->s1 | (context->stage1 ? 0u : 0x3fu)) &
                      (found->s2 | (context->stage2 ? 0u : 0x3fu)) & write_bit(access));
    if (enough && !e0pd_forbids(access, context)) {
        *entry = *found;
        count(state, DBELL_SMMU_TLB_HIT);
        lookup_step(access, DBELL_RESOURCE_TLB, DBELL_OBJECT_TRANSLATION, true);
        return dbell__stages_permit(access, entry, context, fault);
    }
    count(state, DBELL_SMMU_TLB_MISS);
    lookup_step(access, DBELL_RESOURCE_TLB, DBELL_OBJECT_TRANSLATION, false);
    state->walking++;
    const bool done = dbell__stages_walk(access, context, access->in, entry, fault);
    state->walking--;
    if (done && state->epoch == access->epoch && !state->config.no_caches)
        dbell__tlb_fill(state, context, input, entry);
    return done;
}

/* One attempt. False: start again. */
static bool serve(struct access *access, const struct dbell_ats_request *request,
                  struct dbell_ats_completion *completion)
{
    struct dbell_smmu_state *state = access->smmu->state;
    struct context context = {0};
    struct fault fault = {0};
    struct tlb_entry entry;
    if (state->failed) /* 12.3 */
        fault.rule = RULE_SERVICE_FAILURE;
    else if (!(state->r.cr0 & CR0_SMMUEN))
        fault = (struct fault){.event = DBELL_EVENT_F_BAD_ATS_TREQ, .rule = RULE_REQUEST_DISABLED};
    bool ok = !fault.rule && configure(access, &context, &fault);
    if (ok) {
        /* 13.7.1: no access at all needs no more stages; without a PASID, Data and Unprivileged. */
        const uint8_t instcfg = context.ste.overrides.instcfg;
        access_override(access, &context.ste.overrides);
        access->needed = 0;
        access->any = (uint8_t)((MAY_WRITE | (instcfg == 3 ? MAY_EXECUTE : MAY_READ))
                                << (access->privileged ? PRIVILEGED_SHIFT : 0));
        if (!context.stage1 && access->input >> state->features.oas) {
            fault = (struct fault){.event = DBELL_EVENT_F_ADDR_SIZE,
                                   .class = CLASS_IN,
                                   .rule = RULE_BYPASS_ADDRESS_SIZE};
            ok = false;
        } else if (context.stage1 || context.stage2) {
            ok = translate(access, &context, &entry, &fault);
        } else {
            grant_identity(access, completion);
            return true;
        }
    }
    if (state->epoch != access->epoch || (!ok && !fault.rule && !fault.event))
        return false;
    if (ok)
        grant(access, &context, &entry, completion);
    else
        refuse(access, request, &fault, completion);
    return true;
}

int dbell_smmu_ats(struct dbell_smmu *smmu, const struct dbell_ats_request *request,
                   struct dbell_ats_completion *completion)
{
    struct dbell_smmu_state *state = smmu->state;
    const struct dbell_sideband *side = &request->side;
    if (!side->has_streamid)
        return DBELL_E_ARGUMENT;
    if (!state->features.ats || side->sec_sid != DBELL_SEC_NONSECURE)
        return DBELL_E_UNSUPPORTED;
    if (!event_slot_free(state))
        return DBELL_E_BUSY;
    struct access access = {.smmu = smmu,
                            .itinerary = request->itinerary,
                            .after = dbell__last_step(request->itinerary),
                            .streamid = side->streamid,
                            .ssv = side->has_substreamid,
                            .op = DBELL_READ,
                            .at = DBELL_AT_TRANSLATION_REQUEST,
                            .request = true,
                            .write = !request->no_write,
                            .privileged_in = side->has_substreamid && side->privileged,
                            .instruction_in = side->has_substreamid && side->instruction,
                            .in = {.type = DBELL_ATTR_NORMAL_WB, .sh = DBELL_SH_INNER},
                            .input = request->address};
    count(state, DBELL_SMMU_ATS_REQUESTS);
    pmcg_event(smmu, DBELL_PMCG_TCU, DBELL_PMCG_ATS_REQUEST, access.streamid);
    if (state->pmcg_counting && state->r.cr0 & CR0_SMMUEN && !state->failed)
        dbell__pmcg_count_request(smmu, DBELL_PMCG_TRANSACTION, access.streamid);
    for (int attempt = 0; attempt < RESTARTS; attempt++) {
        access.substreamid = side->has_substreamid ? side->substreamid : 0;
        access.epoch = state->epoch;
        if (serve(&access, request, completion))
            return DBELL_OK;
    }
    return DBELL_E_BUSY;
}
