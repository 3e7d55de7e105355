/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* One translation, from a transaction to an output address or a fault (IHI 0070 3.3, 3.4, 7.3.22,
 * 15). */
#include "attributes.h"
#include "originated.h"
#include "pmcg.h"
#include "stages.h"

static int pass(const struct access *access, struct dbell_translation *result,
                struct attributes attributes, struct mpam mpam, enum rule rule)
{
    result->outcome = DBELL_DONE;
    result->address = access->input;
    result->readable = result->writable = true;
    result->attr = attributes.type;
    result->sh = attributes.sh;
    result->op = dbell__access_bypass(access);
    result->privileged = access->privileged;
    result->instruction = access->instruction;
    result->partid = mpam.partid;
    result->pmg = mpam.pmg;
    result->rule = dbell__rule_text(rule);
    return DBELL_DONE;
}

static int aborted(struct access *access, const struct fault *fault,
                   struct dbell_translation *result)
{
    dbell__note_fault(access, fault);
    result->outcome = DBELL_FAULT;
    result->rule = dbell__rule_text(fault->rule);
    return DBELL_FAULT;
}

/* A hint that does not get through completes all the same. */
static int dropped(struct access *access, const struct fault *fault,
                   struct dbell_translation *result)
{
    aborted(access, fault, result);
    result->outcome = DBELL_DONE;
    result->address = access->input;
    result->op = DBELL_NO_OP;
    return DBELL_DONE;
}

/* 6.3.12.2; 3.9.1.3: of a Translated transaction CR2.REC_CFG_ATS decides instead, and what it does
 * that the interconnect cannot carry is recorded by nobody. */
static bool suppressed(const struct access *access, const struct fault *fault)
{
    const uint32_t cr2 = access->smmu->state->r.cr2;
    if (access->at != DBELL_AT_TRANSLATED)
        return fault->event == DBELL_EVENT_C_BAD_STREAMID && !(cr2 & CR2_RECINVSID);
    return fault->event == DBELL_EVENT_F_UUT ||
           (of_configuration(fault->event) && !(cr2 & CR2_REC_CFG_ATS));
}

/* 5.5, 7.2.1: a fault becomes an abort, a read-zero write-ignored, or a stall, with or without a
 * record. */
static int conclude(struct access *access, const struct context *context, const struct fault *fault,
                    uint32_t length, struct dbell_translation *result)
{
    if (is_hint(access->op))
        return dropped(access, fault, result);
    aborted(access, fault, result);
    if (access->speculative || fault->event == DBELL_EVENT_NONE) /* 3.14 */
        return DBELL_FAULT;
    result->event = fault->event;
    if (translation_related(fault) && !fault->no_response_choice) {
        const struct ste *ste = &context->ste;
        const struct cd *cd = &context->cd;
        bool stall = fault->s2 ? ste->s2s : cd->s;
        bool record = fault->s2 ? ste->s2r : cd->r;
        access->refused = stall && dbell__stall_refuses(access->smmu->state);
        if (access->refused)
            return DBELL_E_BUSY;
        uint16_t stag;
        if (stall && dbell__stall(access, length, &stag, &result->token)) {
            dbell__event_record(access, fault, true, stag);
            result->outcome = DBELL_PENDING;
            return DBELL_PENDING;
        }
        result->razwi = !fault->s2 && !cd->a && !stall; /* 3.12: a full table aborts */
        if (!record && !stall) {
            result->event = DBELL_EVENT_NONE;
            return DBELL_FAULT;
        }
    }
    if (suppressed(access, fault)) {
        result->event = DBELL_EVENT_NONE;
        return DBELL_FAULT;
    }
    dbell__event_record(access, fault, false, 0);
    return DBELL_FAULT;
}

/* 3.11, 6.3.14: SMMUEN == 0. */
static int global_bypass(struct access *access, struct dbell_translation *result)
{
    const struct dbell_smmu_state *state = access->smmu->state;
    const uint64_t gbpa = state->r.gbpa, gbpmpam = state->r.gbpmpam;
    struct fault fault = {0};
    if (state->r.gbpa & GBPA_ABORT)
        fault.rule = RULE_GBPA_ABORTS;
    else if (access->input >> state->features.oas)
        fault.rule = RULE_DISABLED_ADDRESS_SIZE;
    if (fault.rule)
        return is_hint(access->op) ? dropped(access, &fault, result)
                                   : aborted(access, &fault, result);
    const struct overrides overrides = dbell__overrides_supported(
        &state->features, (struct overrides){.mtcfg = get(&gbpa, GBPA_MTCFG),
                                             .memattr = (uint8_t)get(&gbpa, GBPA_MEMATTR),
                                             .alloccfg = (uint8_t)get(&gbpa, GBPA_ALLOCCFG),
                                             .shcfg = (uint8_t)get(&gbpa, GBPA_SHCFG),
                                             .privcfg = (uint8_t)get(&gbpa, GBPA_PRIVCFG),
                                             .instcfg = (uint8_t)get(&gbpa, GBPA_INSTCFG)});
    const struct mpam mpam = dbell__mpam_supported(
        &state->features, (struct mpam){.partid = (uint16_t)get(&gbpmpam, MPAM_PARTID),
                                        .pmg = (uint8_t)get(&gbpmpam, MPAM_PMG)});
    access_override(access, &overrides);
    return pass(access, result, dbell__attributes_replace(&overrides, access->in), mpam,
                RULE_GBPA_BYPASS);
}

static bool grants(const struct tlb_entry *entry, const struct context *context,
                   const struct access *access)
{
    return (!context->stage1 || granted(entry->s1, access)) &&
           (!context->stage2 || granted(entry->s2, access));
}

static int finish(const struct access *access, const struct tlb_entry *entry,
                  const struct context *context, struct attributes in,
                  struct dbell_translation *result)
{
    unsigned shift = access->privileged ? PRIVILEGED_SHIFT : 0;
    unsigned both = (context->stage1 ? entry->s1 : 0x3fu) & (context->stage2 ? entry->s2 : 0x3fu);
    result->outcome = DBELL_DONE;
    result->translated = true;
    if (access->itinerary) /* somebody wants to know */
        result->rule = dbell__rule_text(!context->stage1   ? RULE_S2_GRANTS
                                        : !context->stage2 ? RULE_S1_GRANTS
                                                           : RULE_BOTH_GRANT);
    result->address = entry->output | (access->input & ones(entry->size_log2));
    result->page_size = UINT64_C(1) << entry->size_log2;
    result->readable = both >> shift & MAY_READ;
    result->writable = both >> shift & MAY_WRITE;
    result->updates = !result->writable && (context->cd.hd || context->ste.s2hd);
    result->op =
        access->op <= DBELL_WRITE ? access->op : dbell__access_output(access, &context->ste, both);
    result->privileged = access->privileged;
    result->instruction = access->instruction;
    result->partid = context->mpam.partid;
    result->pmg = context->mpam.pmg;
    struct attributes out = {.type = entry->attr, .sh = entry->sh};
    if (!context->stage1) /* 13.4: they follow from those of the access */
        out = dbell__attributes_combine(&context->ste, in, entry->s2_attributes);
    else if (in.type >> 4 && in.type != DBELL_ATTR_NORMAL_WB) /* else the hints change nothing */
        out.type = dbell__attributes_hints(out.type, entry->s1_attr, in.type);
    result->attr = out.type;
    result->sh = out.sh;
    return DBELL_DONE;
}

/* With the configuration at hand, and no entry in the TLB: a walk. False: start again. */
static bool translate_with(struct access *access, const struct context *context,
                           struct attributes in, uint32_t length, struct dbell_translation *result)
{
    struct dbell_smmu_state *state = access->smmu->state;
    struct fault fault = {0};
    struct tlb_entry entry;
    state->walking++;
    const bool done = dbell__stages_walk(access, context, in, &entry, &fault);
    state->walking--;
    if (state->epoch != access->epoch || (!done && !fault.event))
        return false;
    if (!done) {
        conclude(access, context, &fault, length, result);
        return true;
    }
    if (!state->config.no_caches)
        dbell__tlb_fill(state, context, tlb_input(context, access->input), &entry);
    finish(access, &entry, context, in, result);
    return true;
}

/* The hit path: what a warm access costs. The context stays in its cache line, as nothing is
 * called out to. False: not decided here. */
static bool from_tlb(struct access *access, struct context *context, struct attributes in,
                     uint32_t length, struct dbell_translation *result)
{
    struct dbell_smmu_state *state = access->smmu->state;
    if (context->floor_epoch != state->epoch)
        dbell__tlb_refresh_floors(state, context);
    const uint64_t input = tlb_input(context, access->input);
    const struct tlb_entry *entry = tlb_find(state, context, input);
    if (!entry || e0pd_forbids(access, context))
        return false;
    if (state->config.conflicts && dbell__tlb_conflicts(state, context, input)) {
        conclude(access, context,
                 &(struct fault){.event = DBELL_EVENT_F_TLB_CONFLICT,
                                 .class = CLASS_IN,
                                 .s2 = !context->stage1,
                                 .ipa = access->input,
                                 .rule = RULE_TLB_CONFLICT},
                 length, result);
        return true;
    }
    const bool allowed = grants(entry, context, access);
    /* A write may still make a writable-clean page dirty: walk. */
    if (!allowed && access->write && (context->cd.hd || context->ste.s2hd))
        return false;
    count(state, DBELL_SMMU_TLB_HIT);
    lookup_step(access, DBELL_RESOURCE_TLB, DBELL_OBJECT_TRANSLATION, true);
    if (allowed) {
        finish(access, entry, context, in, result);
    } else {
        struct fault fault;
        dbell__stages_permit(access, entry, context, &fault);
        conclude(access, context, &fault, length, result);
    }
    return true;
}

/* What does not need the translation tables: faults of the configuration, and bypasses. True: it
 * is decided. */
static bool decided_by_stream(struct access *access, const struct context *context,
                              struct attributes in, uint32_t length,
                              struct dbell_translation *result)
{
    struct fault fault;
    if (context->fault || context->silent_abort) {
        fault = (struct fault){.event = context->fault,
                               .rule = context->silent_abort ? RULE_STE_ABORTS
                                                             : (enum rule)context->rule};
        conclude(access, context, &fault, length, result);
        return true;
    }
    if (context->stage1)
        return false;
    /* 3.4: an address that bypasses stage 1 is checked against the IAS, which is the OAS. */
    if (access->input >> access->smmu->state->features.oas) {
        fault = (struct fault){.event = DBELL_EVENT_F_ADDR_SIZE,
                               .class = CLASS_IN,
                               .no_response_choice = true,
                               .rule = RULE_BYPASS_ADDRESS_SIZE};
        conclude(access, context, &fault, length, result);
        return true;
    }
    if (context->stage2)
        return false;
    /* Config == 0b100, or stage 1 bypassed without stage 2 (3.4, 13.3) */
    pass(access, result, in, context->mpam,
         context->ste.stage1 ? RULE_S1DSS_BYPASSES : RULE_STE_BYPASS);
    return true;
}

/* 16.7.1, 16.7.6: what the interconnect behind could not carry. */
static bool unsupported(const struct access *access, uint32_t length)
{
    return (length && (access->input & 0xfff) + length > 0x1000) ||
           (access->op == DBELL_ATOMIC_SWAP && access->smmu->state->config.no_atomics);
}

/* The Translated transaction goes on as it came: memory type and Shareability are not replaced
 * (13.1.4 Table 13.5). An address that the SMMU does not have aborts silently (3.9.1.1). */
static void pass_translated(struct access *access, struct mpam mpam, enum rule rule,
                            struct dbell_translation *result)
{
    if (access->input >> access->smmu->state->features.oas)
        aborted(access, &(struct fault){.rule = RULE_TRANSLATED_ADDRESS_SIZE}, result);
    else
        pass(access, result, attributes_consistent(access->in), mpam, rule);
}

static void count_transaction(const struct access *access)
{
    dbell__pmcg_count(access->smmu, DBELL_PMCG_TBU, DBELL_PMCG_TRANSACTION, access->streamid);
    if (access->at == DBELL_AT_TRANSLATED)
        dbell__pmcg_count(access->smmu, DBELL_PMCG_TBU, DBELL_PMCG_TRANSLATED, access->streamid);
    if (access->speculative)
        dbell__pmcg_count(access->smmu, DBELL_PMCG_TCU, DBELL_PMCG_SPECULATIVE, access->streamid);
}

/* 3.9.1.3, 17.3: what decides a Translated transaction without its STE. True: it is decided. */
static bool translated_globally(struct access *access, uint32_t length,
                                struct dbell_translation *result)
{
    const struct dbell_smmu_state *state = access->smmu->state;
    if (!(state->r.cr0 & CR0_SMMUEN)) {
        conclude(access, NULL,
                 &(struct fault){.event = DBELL_EVENT_F_TRANSL_FORBIDDEN,
                                 .rule = RULE_TRANSLATED_DISABLED},
                 length, result);
    } else if (unsupported(access, length)) {
        conclude(access, NULL,
                 &(struct fault){.event = DBELL_EVENT_F_UUT, .rule = RULE_UNSUPPORTED}, length,
                 result);
    } else if (!(state->r.cr0 & CR0_ATSCHK)) {
        const uint64_t gbpmpam = state->r.gbpmpam;
        if (state->pmcg_counting)
            count_transaction(access);
        access_override(access, &(struct overrides){0});
        pass_translated(
            access,
            dbell__mpam_supported(&state->features,
                                  (struct mpam){.partid = (uint16_t)get(&gbpmpam, MPAM_PARTID),
                                                .pmg = (uint8_t)get(&gbpmpam, MPAM_PMG)}),
            RULE_TRANSLATED_UNCHECKED, result);
        result->unchecked = result->outcome == DBELL_DONE;
    } else {
        return false;
    }
    return true;
}

/* 3.9.1.3, 13.6.3: with its STE. True: it is decided; else stage 2 is still to come. */
static bool translated_by_stream(struct access *access, const struct context *context,
                                 uint32_t length, struct dbell_translation *result)
{
    if (context->fault || context->silent_abort)
        return false; /* as any other access */
    const unsigned eats = effective_eats(access->smmu->state, &context->ste);
    if (eats == EATS_SPLIT)
        return false;
    if (eats == EATS_FULL)
        pass_translated(access, context->mpam, RULE_TRANSLATED_ALLOWED, result);
    else
        conclude(access, context,
                 &(struct fault){.event = DBELL_EVENT_F_TRANSL_FORBIDDEN,
                                 .rule = RULE_TRANSLATED_FORBIDDEN},
                 length, result);
    return true;
}

/* What no structure in memory has a say in. True: it is decided. */
static bool decided_globally(struct access *access, uint32_t length,
                             struct dbell_translation *result)
{
    const struct dbell_smmu_state *state = access->smmu->state;
    if (state->failed) {
        const struct fault fault = {.rule = RULE_SERVICE_FAILURE};
        if (is_hint(access->op))
            dropped(access, &fault, result);
        else
            aborted(access, &fault, result);
    } else if (access->speculative && access->write) {
        aborted(access, &(struct fault){.rule = RULE_SPECULATIVE_WRITE}, result);
    } else if (access->at == DBELL_AT_TRANSLATED) {
        return translated_globally(access, length, result);
    } else if (!(state->r.cr0 & CR0_SMMUEN)) {
        global_bypass(access, result);
    } else if (unsupported(access, length)) {
        conclude(access, NULL,
                 &(struct fault){.event = DBELL_EVENT_F_UUT, .rule = RULE_UNSUPPORTED}, length,
                 result);
    } else {
        return false;
    }
    return true;
}

static int translate(struct access *access, uint32_t length, struct dbell_translation *result)
{
    struct dbell_smmu_state *state = access->smmu->state;
    const uint32_t substreamid = access->substreamid;
    for (int attempt = 0; attempt < RESTARTS; attempt++) {
        struct context fetched;
        access->substreamid = substreamid;
        access->epoch = state->epoch;
        if (decided_globally(access, length, result))
            return result->outcome;
        if (attempt == 0 && state->pmcg_counting)
            count_transaction(access);
        struct cache_line *line = cache_find(&state->configs, config_key(access), 1);
        lookup_step(access, DBELL_RESOURCE_CONFIG_CACHE, DBELL_OBJECT_STE, line != NULL);
        struct context *context = line ? cache_payload(line) : &fetched;
        if (line) {
            count(state, DBELL_SMMU_CONFIG_HIT);
        } else {
            struct fault fault = {0};
            state->walking++;
            bool ok = dbell__config_fetch(access, &fetched, &fault);
            state->walking--;
            if (state->epoch != access->epoch || (!ok && !fault.event))
                continue;
            /* A stage 2 fault on the CD fetch obeys STE.{S2R, S2S}, which are known by now. */
            if (!ok) {
                access_override(access, &fetched.ste.overrides);
                access->mergeable = fetched.ste.mev;
                return conclude(access, &fetched, &fault, length, result);
            }
        }
        const struct ste *ste = &context->ste;
        struct attributes in = access->in;
        access_override(access, &ste->overrides);
        access->mergeable = ste->mev;
        if (access->at == DBELL_AT_TRANSLATED) { /* Table 13.5 */
            in = attributes_consistent(in);
            if (translated_by_stream(access, context, length, result))
                return result->outcome;
        } else if (ste->overriding) {
            in = dbell__attributes_replace(&ste->overrides, in);
        } else {
            in = attributes_consistent(in);
        }
        if (decided_by_stream(access, context, in, length, result) ||
            from_tlb(access, context, in, length, result))
            return result->outcome;
        count(state, DBELL_SMMU_TLB_MISS);
        lookup_step(access, DBELL_RESOURCE_TLB, DBELL_OBJECT_TRANSLATION, false);
        if (line) {
            fetched = *context; /* a walk calls out: keep nothing of the cache */
            context = &fetched;
        }
        if (translate_with(access, context, in, length, result))
            return result->outcome;
    }
    return DBELL_E_BUSY;
}

int dbell__translate(struct access *access, uint32_t length, struct dbell_translation *result)
{
    int outcome = translate(access, length, result);
    if (access->refused)
        return DBELL_E_BUSY;
    if (access->smmu->state->features.version >= 4) { /* 13.1.2 */
        result->privileged = true;
        result->instruction = false;
    }
    /* 13.6.1.1: No_snoop makes what is Normal non-cacheable, after everything else. */
    if (access->nosnoop && outcome == DBELL_DONE && result->attr >> 4) {
        result->attr = DBELL_ATTR_NORMAL_NC;
        result->sh = DBELL_SH_OUTER;
    }
    return outcome;
}
