/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* One translation, from a transaction to an output address or a fault (IHI 0070 3.3, 3.4, 7.3.22,
 * 15). */
#include "attributes.h"
#include "tlb.h"
#include "walk.h"

/* How often a translation starts again because an invalidation or an update came in between. */
enum { RESTARTS = 64 };

static void pass(struct dbell_translation *result, uint64_t address, struct attributes attributes,
                 enum rule rule)
{
    result->outcome = DBELL_DONE;
    result->address = address;
    result->readable = result->writable = true;
    result->attr = attributes.type;
    result->sh = attributes.sh;
    result->rule = dbell__rule_text(rule);
}

static int aborted(struct dbell_translation *result, enum rule rule)
{
    result->outcome = DBELL_FAULT;
    result->rule = dbell__rule_text(rule);
    return DBELL_FAULT;
}

static void note(struct access *access, const struct fault *fault)
{
    dbell__append_step(access->itinerary,
                       (struct dbell_step){.kind = DBELL_STEP_DECIDE,
                                           .level = -1,
                                           .fault = fault->event,
                                           .after = access->after,
                                           .address = access->input,
                                           .input = fault->ipa,
                                           .note = dbell__rule_text(fault->rule)});
}

static bool translation_related(uint8_t event)
{
    return event >= DBELL_EVENT_F_TRANSLATION && event <= DBELL_EVENT_F_PERMISSION;
}

/* 5.5, 7.2.1: a fault becomes an abort, a read-zero write-ignored, or a stall, with or without a
 * record. */
static int conclude(struct access *access, const struct context *context, const struct fault *fault,
                    uint32_t length, struct dbell_translation *result)
{
    note(access, fault);
    result->outcome = DBELL_FAULT;
    result->rule = dbell__rule_text(fault->rule);
    result->event = fault->event;
    if (fault->event == DBELL_EVENT_NONE)
        return DBELL_FAULT;
    if (translation_related(fault->event) && !fault->no_response_choice) {
        const struct ste *ste = &context->ste;
        const struct cd *cd = &context->cd;
        bool stall = fault->s2 ? ste->s2s : cd->s;
        bool record = fault->s2 ? ste->s2r : cd->r;
        uint16_t stag;
        if (stall && dbell__stall(access, length, &stag, &result->token)) {
            dbell__event_record(access, fault, true, stag);
            result->outcome = DBELL_PENDING;
            return DBELL_PENDING;
        }
        result->razwi = !fault->s2 && !cd->a;
        if (!record && !stall) {
            result->event = DBELL_EVENT_NONE;
            return DBELL_FAULT;
        }
    }
    if (fault->event == DBELL_EVENT_C_BAD_STREAMID &&
        !(access->smmu->state->r.cr2 & CR2_RECINVSID)) {
        result->event = DBELL_EVENT_NONE; /* 6.3.12.2 */
        return DBELL_FAULT;
    }
    dbell__event_record(access, fault, false, 0);
    return DBELL_FAULT;
}

/* 3.11, 6.3.14: SMMUEN == 0. */
static int global_bypass(struct access *access, struct attributes in,
                         struct dbell_translation *result)
{
    const struct dbell_smmu_state *state = access->smmu->state;
    const uint64_t gbpa = state->r.gbpa;
    struct fault fault = {0};
    if (gbpa & GBPA_ABORT)
        fault.rule = RULE_GBPA_ABORTS;
    else if (access->input >> state->features.oas)
        fault.rule = RULE_DISABLED_ADDRESS_SIZE;
    if (fault.rule) {
        note(access, &fault);
        return aborted(result, fault.rule);
    }
    if (state->features.attr_types_ovr)
        in = dbell__attributes_replace(get(&gbpa, GBPA_MTCFG), (unsigned)get(&gbpa, GBPA_MEMATTR),
                                       (unsigned)get(&gbpa, GBPA_SHCFG), in);
    pass(result, access->input, in, RULE_GBPA_BYPASS);
    return DBELL_DONE;
}

static bool grants(const struct tlb_entry *entry, const struct context *context, uint8_t needed)
{
    return (!context->stage1 || entry->s1 & needed) && (!context->stage2 || entry->s2 & needed);
}

/* The permission checks of a TLB entry or of a finished walk, stage 1 first (7.3.22). */
static bool permitted(const struct access *access, const struct tlb_entry *entry,
                      const struct context *context, struct fault *fault)
{
    uint8_t needed = needed_permission(access);
    if (context->stage1 && !(entry->s1 & needed)) {
        *fault = (struct fault){.event = DBELL_EVENT_F_PERMISSION,
                                .class = CLASS_IN,
                                .ttrnw = true,
                                .rule = RULE_S1_FORBIDS};
        return false;
    }
    if (context->stage2 && !(entry->s2 & needed)) {
        *fault = (struct fault){.event = DBELL_EVENT_F_PERMISSION,
                                .s2 = true,
                                .class = CLASS_IN,
                                .ipa = entry->ipa | (access->input & ones(entry->size_log2)),
                                .ttrnw = true,
                                .rule = RULE_S2_FORBIDS};
        return false;
    }
    return true;
}

enum walk_end { WALK_DONE, WALK_FAULT, WALK_AGAIN };

/* Stage 1, stage 2 or both, to what a TLB entry holds; permission faults included. */
static enum walk_end walk_stages(struct access *access, const struct context *context,
                                 struct attributes in, struct tlb_entry *entry, struct fault *fault)
{
    struct leaf s1 = {0}, s2 = {0};
    struct attributes attributes = in;
    uint64_t ipa = access->input;
    *entry = (struct tlb_entry){0};
    if (context->stage1) {
        if (!dbell__walk_stage1(access, context, access->input, &s1, fault))
            return WALK_FAULT;
        ipa = s1.output | (access->input & ones(s1.size_log2));
        attributes = dbell__attributes_stage1(context->cd.mair, s1.descriptor);
        entry->s1_level = s1.level;
        entry->s1_granule =
            context->cd.ttb[context->ste.world == WORLD_NS_EL2 ? 0 : bit(access->input, 55)]
                .granule;
        entry->s1_size_log2 = entry->size_log2 = s1.size_log2;
        entry->global = context->ste.world != WORLD_NS_EL2 && !bit(s1.descriptor, 11);
        if (access->write && s1.clean && (s1.permissions & needed_permission(access))) {
            if (!dbell__walk_make_dirty(access, context, 1, &s1, fault))
                return fault->event ? WALK_FAULT : WALK_AGAIN;
            s1.clean = false;
        }
        /* A TLB entry of a clean page grants no write: the first one comes back here. */
        entry->s1 = s1.clean ? s1.permissions & ~(uint32_t)ANY_WRITE : s1.permissions;
        if (!(entry->s1 & needed_permission(access))) {
            permitted(access, entry, &(struct context){.stage1 = true}, fault);
            return WALK_FAULT;
        }
    }
    uint64_t output = ipa;
    if (context->stage2) {
        if (!dbell__walk_stage2(access, &context->ste, ipa, CLASS_IN, &s2, fault))
            return WALK_FAULT;
        output = s2.output | (ipa & ones(s2.size_log2));
        attributes = dbell__attributes_combine(&context->ste, attributes, s2.descriptor);
        entry->s2_level = s2.level;
        entry->s2_attributes = (uint16_t)bits(s2.descriptor, 9, 0);
        entry->s2_granule = context->ste.s2.granule;
        if (!context->stage1 || s2.size_log2 < entry->size_log2)
            entry->size_log2 = s2.size_log2;
        if (access->write && s2.clean && (s2.permissions & needed_permission(access))) {
            if (!dbell__walk_make_dirty(access, context, 2, &s2, fault))
                return fault->event ? WALK_FAULT : WALK_AGAIN;
            s2.clean = false;
        }
        entry->s2 = (uint8_t)(s2.clean ? s2.permissions & ~(unsigned)ANY_WRITE : s2.permissions);
        entry->ipa = ipa & ~ones(entry->size_log2);
    }
    entry->output = output & ~ones(entry->size_log2);
    entry->attr = attributes.type;
    entry->sh = attributes.sh;
    return permitted(access, entry, context, fault) ? WALK_DONE : WALK_FAULT;
}

static void lookup_step(struct access *access, enum dbell_resource resource,
                        enum dbell_object object, bool hit)
{
    access->after =
        dbell__append_step(access->itinerary, (struct dbell_step){.kind = DBELL_STEP_LOOKUP,
                                                                  .object = (uint8_t)object,
                                                                  .resource = (uint8_t)resource,
                                                                  .hit = hit,
                                                                  .level = -1,
                                                                  .after = access->after,
                                                                  .address = access->streamid,
                                                                  .input = access->input});
}

static int finish(const struct access *access, const struct tlb_entry *entry,
                  const struct context *context, struct attributes in,
                  struct dbell_translation *result)
{
    unsigned shift = access->privileged ? PRIVILEGED_SHIFT : 0;
    unsigned both = (context->stage1 ? entry->s1 : 0x3fu) & (context->stage2 ? entry->s2 : 0x3fu);
    result->outcome = DBELL_DONE;
    result->translated = true;
    result->address = entry->output | (access->input & ones(entry->size_log2));
    result->page_size = UINT64_C(1) << entry->size_log2;
    result->readable = both >> shift & MAY_READ;
    result->writable = both >> shift & MAY_WRITE;
    struct attributes out = {.type = entry->attr, .sh = entry->sh};
    if (!context->stage1) /* 13.4: they follow from those of the access */
        out = dbell__attributes_combine(&context->ste, in, entry->s2_attributes);
    result->attr = out.type;
    result->sh = out.sh;
    return DBELL_DONE;
}

/* 13.1.2, 13.1.4: PRIV and INST as the STE leaves them. */
static void override_access(struct access *access, const struct ste *ste)
{
    access->privileged = ste->privcfg & 2 ? ste->privcfg & 1 : access->privileged_in;
    access->instruction =
        !access->write && (ste->instcfg & 2 ? ste->instcfg & 1 : access->instruction_in);
}

/* TBI: the top byte takes no part in the translation (3.4.1). */
static uint64_t tlb_input(const struct context *context, uint64_t input)
{
    if (!context->stage1)
        return input;
    int half = context->ste.world == WORLD_NS_EL2 ? 0 : bit(input, 55);
    if (!context->cd.tbi[half])
        return input;
    return half ? input | ~ones(56) : input & ones(56);
}

/* E0PD decides before the TLB does (5.4 E0PD0). */
static bool e0pd_forbids(const struct access *access, const struct context *context)
{
    return context->stage1 && !access->privileged && context->cd.e0pd[bit(access->input, 55)];
}

/* With the configuration at hand: the TLB, or a walk. False: start again. */
static bool translate_with(struct access *access, const struct context *context,
                           struct attributes in, uint32_t length, struct dbell_translation *result)
{
    struct dbell_smmu_state *state = access->smmu->state;
    struct fault fault = {0};
    struct tlb_entry entry;
    const uint64_t epoch = state->epoch;
    enum walk_end end = walk_stages(access, context, in, &entry, &fault);
    if (end == WALK_AGAIN || state->epoch != epoch)
        return false;
    if (end == WALK_FAULT) {
        conclude(access, context, &fault, length, result);
        return true;
    }
    if (!state->config.no_caches)
        dbell__tlb_fill(state, context, tlb_input(context, access->input), &entry);
    finish(access, &entry, context, in, result);
    return true;
}

/* Config == 0b100, or stage 1 bypassed without stage 2 (3.4, 13.3). */
static int stream_bypass(const struct access *access, const struct context *context,
                         struct attributes in, struct dbell_translation *result)
{
    pass(result, access->input, in, context->ste.stage1 ? RULE_S1DSS_BYPASSES : RULE_STE_BYPASS);
    return DBELL_DONE;
}

/* The hit path: what a warm access costs. The context stays in its cache line, as nothing is
 * called out to. False: not decided here. */
static bool from_tlb(struct access *access, struct context *context, struct attributes in,
                     uint32_t length, struct dbell_translation *result)
{
    struct dbell_smmu_state *state = access->smmu->state;
    if (context->floor_epoch != state->epoch)
        dbell__tlb_refresh_floors(state, context);
    const struct tlb_entry *entry = tlb_find(state, context, tlb_input(context, access->input));
    if (!entry || e0pd_forbids(access, context))
        return false;
    const bool allowed = grants(entry, context, needed_permission(access));
    /* A write may still make a writable-clean page dirty: walk. */
    if (!allowed && access->write && (context->cd.hd || context->ste.s2hd))
        return false;
    count(state, DBELL_SMMU_TLB_HIT);
    lookup_step(access, DBELL_RESOURCE_TLB, DBELL_OBJECT_TRANSLATION, true);
    if (allowed) {
        finish(access, entry, context, in, result);
    } else {
        struct fault fault;
        permitted(access, entry, context, &fault);
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
    stream_bypass(access, context, in, result);
    return true;
}

int dbell__translate(struct access *access, uint32_t length, struct dbell_translation *result)
{
    struct dbell_smmu_state *state = access->smmu->state;
    const struct attributes incoming = {.type = access->attr_in, .sh = access->sh_in};
    const uint32_t substreamid = access->substreamid;
    if (!(state->r.cr0 & CR0_SMMUEN))
        return global_bypass(access, incoming, result);
    for (int attempt = 0; attempt < RESTARTS; attempt++) {
        struct context fetched;
        access->substreamid = substreamid;
        struct cache_line *line = cache_find(&state->configs, config_key(access), 1);
        lookup_step(access, DBELL_RESOURCE_CONFIG_CACHE, DBELL_OBJECT_STE, line != NULL);
        struct context *context = line ? cache_payload(line) : &fetched;
        if (line) {
            count(state, DBELL_SMMU_CONFIG_HIT);
        } else {
            const uint64_t epoch = state->epoch;
            struct fault fault = {0};
            bool ok = dbell__config_fetch(access, &fetched, &fault);
            if (state->epoch != epoch)
                continue;
            /* A stage 2 fault on the CD fetch obeys STE.{S2R, S2S}, which are known by now. */
            if (!ok) {
                override_access(access, &fetched.ste);
                return conclude(access, &fetched, &fault, length, result);
            }
        }
        const struct ste *ste = &context->ste;
        struct attributes in = incoming;
        override_access(access, ste);
        if (ste->mtcfg || ste->shcfg != 1)
            in = dbell__attributes_replace(ste->mtcfg, ste->memattr, ste->shcfg, incoming);
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
