/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What an access would come to if nothing were cached, for who looks for stale translations; and
 * what it would need then, for who keeps time. Both read memory and change nothing: no cache, no
 * descriptor, no record, no counter. */
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

/* What a look at memory must not leave behind. */
struct quiet {
    uint64_t counters[DBELL_SMMU_COUNTERS];
    bool counting;
};

static struct quiet be_quiet(struct dbell_smmu_state *state)
{
    struct quiet quiet = {.counting = state->pmcg_counting};
    memcpy(quiet.counters, state->counters, sizeof quiet.counters);
    state->pmcg_counting = false;
    return quiet;
}

static void be_loud(struct dbell_smmu_state *state, const struct quiet *quiet)
{
    state->pmcg_counting = quiet->counting;
    memcpy(state->counters, quiet->counters, sizeof quiet->counters);
}

static struct access passive_access(struct dbell_smmu *smmu, const struct dbell_transaction *t)
{
    return (struct access){.smmu = smmu,
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
                           .epoch = smmu->state->epoch,
                           .in = {.type = t->side.attr, .sh = t->side.sh},
                           .input = t->address};
}

int dbell_smmu_probe(struct dbell_smmu *smmu, const struct dbell_transaction *t,
                     struct dbell_translation *result)
{
    struct dbell_smmu_state *state = smmu->state;
    if (!t->side.has_streamid)
        return DBELL_E_ARGUMENT;
    if (!(state->r.cr0 & CR0_SMMUEN) || t->side.at == DBELL_AT_TRANSLATION_REQUEST)
        return DBELL_E_UNSUPPORTED;
    struct access access = passive_access(smmu, t);
    const struct quiet quiet = be_quiet(state);
    *result = (struct dbell_translation){0};
    result->outcome = (uint8_t)probe(&access, result);
    be_loud(state, &quiet);
    return result->outcome;
}

/* --- foresight --- */

/* As translate.c decides before it looks anything up. */
static bool decided(const struct access *access, uint32_t length)
{
    const struct dbell_smmu_state *state = access->smmu->state;
    const bool crosses = length && (access->input & 0xfff) + length > 0x1000;
    return state->failed || !(state->r.cr0 & CR0_SMMUEN) || crosses ||
           (access->at == DBELL_AT_TRANSLATED && !(state->r.cr0 & CR0_ATSCHK));
}

static bool fetch_configuration(struct access *access, struct context *context)
{
    struct fault fault = {0};
    return dbell__config_fetch_ste(access, context, &fault) && !context->fault &&
           !context->silent_abort && dbell__config_fetch_stages(access, context, &fault) &&
           !context->fault;
}

static bool goes_on_to_tables(const struct access *access, const struct context *context)
{
    if (access->at == DBELL_AT_TRANSLATED &&
        effective_eats(access->smmu->state, &context->ste) != EATS_SPLIT)
        return false;
    return (context->stage1 || context->stage2) &&
           (context->stage1 || !(access->input >> access->smmu->state->features.oas));
}

static bool may_write(const struct access *access, const struct context *context,
                      const struct tlb_entry *entry)
{
    const unsigned both =
        (context->stage1 ? entry->s1 : 0x3fu) & (context->stage2 ? entry->s2 : 0x3fu);
    return both & write_bit(access);
}

static void foresee(struct access *access, struct dbell_smmu_foresight *f)
{
    struct context context = {.streamid = access->streamid};
    struct fault fault = {0};
    struct tlb_entry entry;
    const bool ok = fetch_configuration(access, &context);
    f->outcome = ok ? DBELL_DONE : DBELL_FAULT;
    f->config_steps = access->itinerary ? access->itinerary->count : 0;
    if (!ok || !goes_on_to_tables(access, &context))
        return;
    f->walks = true;
    f->tag = dbell__tlb_public_tag(&context);
    access_override(access, &context.ste.overrides);
    if (!dbell__stages_walk(access, &context, access->in, &entry, &fault)) {
        f->outcome = DBELL_FAULT;
        return;
    }
    f->page_size = UINT64_C(1) << entry.size_log2;
    f->tag.global = entry.global;
    f->updates = !may_write(access, &context, &entry) && (context.cd.hd || context.ste.s2hd);
}

bool dbell_smmu_decides(struct dbell_smmu *smmu, const struct dbell_transaction *t)
{
    const struct access access = passive_access(smmu, t);
    return decided(&access, t->length);
}

int dbell_smmu_foresee(struct dbell_smmu *smmu, const struct dbell_transaction *t,
                       struct dbell_smmu_foresight *f)
{
    struct dbell_smmu_state *state = smmu->state;
    *f = (struct dbell_smmu_foresight){0};
    if (!t->side.has_streamid)
        return DBELL_E_ARGUMENT;
    struct access access = passive_access(smmu, t);
    access.foresees = true;
    access.itinerary = t->itinerary;
    access.request = t->side.at == DBELL_AT_TRANSLATION_REQUEST;
    if (access.request)
        access.op = DBELL_READ;
    f->decided = decided(&access, t->length);
    if (f->decided)
        return DBELL_OK;
    const struct quiet quiet = be_quiet(state);
    foresee(&access, f);
    be_loud(state, &quiet);
    return DBELL_OK;
}

/* --- direct access --- */

enum { DIRECT_STEPS = 192, BYPASS_PAGE = 0x1000 };

static void grant_bypass(const struct access *access, struct dbell_smmu_grant *grant)
{
    const uint64_t page = access->input & ~(uint64_t)(BYPASS_PAGE - 1);
    *grant = (struct dbell_smmu_grant){
        .input = page, .output = page, .size = BYPASS_PAGE, .readable = true, .writable = true};
}

static bool updates(const struct dbell_itinerary *itinerary)
{
    for (uint32_t i = 0; i < itinerary->count; i++)
        if (itinerary->steps[i].kind == DBELL_STEP_UPDATE)
            return true;
    return itinerary->lost != 0;
}

static bool grant_page(struct access *access, struct dbell_smmu_grant *grant)
{
    const struct dbell_smmu_state *state = access->smmu->state;
    struct context context = {.streamid = access->streamid};
    struct fault fault = {0};
    struct tlb_entry entry;
    if (!fetch_configuration(access, &context) || context.ste.eats != EATS_NONE ||
        (context.stage1 && context.cd.s) || (context.stage2 && context.ste.s2s))
        return false;
    access_override(access, &context.ste.overrides);
    if (!context.stage1 && access->input >> state->features.oas)
        return false;
    if (!context.stage1 && !context.stage2) {
        grant_bypass(access, grant);
        return true;
    }
    if (e0pd_forbids(access, &context) ||
        !dbell__stages_walk(access, &context, access->in, &entry, &fault) ||
        updates(access->itinerary))
        return false;
    const unsigned shift = access->privileged ? PRIVILEGED_SHIFT : 0;
    const unsigned both = (context.stage1 ? entry.s1 : 0x3fu) & (context.stage2 ? entry.s2 : 0x3fu);
    const uint64_t size = UINT64_C(1) << entry.size_log2;
    *grant = (struct dbell_smmu_grant){.input = access->input & ~(size - 1),
                                       .output = entry.output,
                                       .size = size,
                                       .readable = both >> shift & MAY_READ,
                                       .writable = both >> shift & MAY_WRITE};
    return grant->readable;
}

bool dbell_smmu_direct(struct dbell_smmu *smmu, const struct dbell_transaction *t,
                       struct dbell_smmu_grant *grant)
{
    struct dbell_smmu_state *state = smmu->state;
    struct dbell_step steps[DIRECT_STEPS];
    struct dbell_itinerary itinerary = {.steps = steps, .capacity = DIRECT_STEPS};
    if (!t->side.has_streamid || t->side.at != DBELL_AT_UNTRANSLATED || t->side.instruction ||
        t->side.sec_sid != DBELL_SEC_NONSECURE || state->failed || state->config.conflicts)
        return false;
    struct access access = passive_access(smmu, t);
    access.foresees = true;
    access.itinerary = &itinerary;
    access.op = DBELL_READ;
    access.write = access.data = false;
    if (!(state->r.cr0 & CR0_SMMUEN)) {
        grant_bypass(&access, grant);
        return !(state->r.gbpa & GBPA_ABORT) && !(access.input >> state->features.oas);
    }
    const struct quiet quiet = be_quiet(state);
    const bool granted = grant_page(&access, grant);
    be_loud(state, &quiet);
    return granted;
}
