/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* From StreamID and SubstreamID to a configuration: stream table, STE, CD table, CD, and the cache
 * that holds what they gave (IHI 0070 3.3, 3.21.3, 5.1-5.4). */
#include <string.h>

#include "attributes.h"
#include "cd.h"
#include "originated.h"
#include "pmcg.h"
#include "ste.h"
#include "tlb.h"
#include "walk.h"

static bool failed(struct fault *fault, enum dbell_event event, enum rule rule)
{
    *fault = (struct fault){.event = (uint8_t)event, .rule = rule};
    return false;
}

static bool failed_fetch(struct fault *fault, enum dbell_event event, uint64_t address,
                         enum rule rule)
{
    *fault = (struct fault){.event = (uint8_t)event, .fetch_address = address, .rule = rule};
    return false;
}

/* A structure of n words; false: the bus refused it. */
static bool fetch(struct access *access, enum dbell_object object, uint64_t address,
                  uint64_t *words, unsigned n, struct originated originated)
{
    static const uint8_t counters[DBELL_OBJECTS] = {
        [DBELL_OBJECT_L1STD] = DBELL_SMMU_READS_L1STD, [DBELL_OBJECT_STE] = DBELL_SMMU_READS_STE,
        [DBELL_OBJECT_L1CD] = DBELL_SMMU_READS_L1CD,   [DBELL_OBJECT_CD] = DBELL_SMMU_READS_CD,
        [DBELL_OBJECT_VMS] = DBELL_SMMU_READS_VMS,
    };
    struct dbell_smmu *smmu = access->smmu;
    count(smmu->state, (enum dbell_smmu_counter)counters[object]);
    pmcg_event(smmu, DBELL_PMCG_TCU, DBELL_PMCG_CONFIG_ACCESS, access->streamid);
    uint8_t bytes[64] = {0};
    bool ok = dbell__originated_read(smmu, address, bytes, n * 8, originated);
    for (unsigned i = 0; i < n; i++)
        words[i] = dbell__get_le64(&bytes[8 * i]);
    access->after = dbell__append_step(access->itinerary,
                                       (struct dbell_step){.kind = DBELL_STEP_READ,
                                                           .object = (uint8_t)object,
                                                           .resource = DBELL_RESOURCE_WALK_PORT,
                                                           .level = -1,
                                                           .size = (uint16_t)(n * 8),
                                                           .after = access->after,
                                                           .address = address,
                                                           .input = access->streamid,
                                                           .value = words[0],
                                                           .note = ok ? NULL : "external abort"});
    return ok;
}

/* 6.3.24, 6.3.25, 7.3.3: where the STE of a StreamID lies. */
static bool locate_ste(struct access *access, uint64_t *address, struct fault *fault)
{
    const struct dbell_smmu_state *state = access->smmu->state;
    const uint64_t cfg = state->r.strtab_cfg;
    const uint64_t base = get_in_place(&state->r.strtab_base, STRTAB_ADDR);
    unsigned literal = (unsigned)get(&cfg, STRTAB_CFG_LOG2SIZE);
    unsigned log2size = literal < state->features.sidsize ? literal : state->features.sidsize;
    uint32_t sid = access->streamid;
    if ((uint64_t)sid >> log2size)
        return failed(fault, DBELL_EVENT_C_BAD_STREAMID, RULE_STREAMID_RANGE);
    if (!state->features.two_level_strtab || get(&cfg, STRTAB_CFG_FMT) != 1) {
        *address = (base & ~ones(literal + 6)) + (uint64_t)sid * STE_SIZE;
        return true;
    }
    unsigned split = (unsigned)get(&cfg, STRTAB_CFG_SPLIT);
    if (split != 8 && split != 10)
        split = 6;
    unsigned l1_bits = literal > split + 3 ? literal - split + 3 : 6;
    uint64_t l1std_address = (base & ~ones(l1_bits)) + (uint64_t)(sid >> split) * L1STD_SIZE;
    uint64_t l1std;
    if (!fetch(access, DBELL_OBJECT_L1STD, l1std_address, &l1std, 1,
               dbell__originated_table(state)))
        return failed_fetch(fault, DBELL_EVENT_F_STE_FETCH, l1std_address, RULE_L1STD_FETCH_ABORT);
    unsigned span = (unsigned)get(&l1std, L1STD_SPAN);
    if (span == 0 || span > 11)
        return failed(fault, DBELL_EVENT_C_BAD_STREAMID, RULE_L1STD_SPAN);
    if (span > split + 1)
        return failed(fault, DBELL_EVENT_C_BAD_STREAMID, RULE_L1STD_SPAN_SPLIT);
    if ((sid & ones(split)) >> (span - 1))
        return failed(fault, DBELL_EVENT_C_BAD_STREAMID, RULE_STREAMID_SPAN);
    *address =
        (get_in_place(&l1std, L1STD_L2PTR) & ~ones(5 + span)) + (sid & ones(split)) * STE_SIZE;
    return true;
}

/* Of all fields but CONT, in which neighbours may differ. */
static uint64_t digest(const uint64_t words[STE_SIZE / 8])
{
    uint64_t copy[STE_SIZE / 8], sum = 0;
    memcpy(copy, words, sizeof copy);
    put(copy, STE_CONT, 0);
    for (int i = 0; i < STE_SIZE / 8; i++)
        sum = (sum ^ copy[i]) * UINT64_C(0x9e3779b97f4a7c15) + (sum >> 29);
    return sum;
}

/* 5.2 CONT: whether a cached STE of the same span is another one. */
static bool contradicts(const struct dbell_smmu_state *state, const struct context *context)
{
    for (uint32_t i = 0; i < cache_lines(&state->configs); i++) {
        struct cache_line *line = cache_line_at(&state->configs, i);
        const struct context *other = cache_payload(line);
        if (!line->stamp || other->rule || other->streamid == context->streamid)
            continue;
        unsigned mine = context->ste.cont, theirs = other->ste.cont;
        if ((other->streamid ^ context->streamid) >> (mine > theirs ? mine : theirs))
            continue;
        if (other->ste.digest != context->ste.digest)
            return true;
    }
    return false;
}

bool dbell__config_fetch_ste(struct access *access, struct context *context, struct fault *fault)
{
    const struct dbell_smmu_state *state = access->smmu->state;
    uint64_t address, words[STE_SIZE / 8];
    if (!locate_ste(access, &address, fault))
        return false;
    /* 3.4.3 (5): out of range is a failed fetch, not a truncated address. */
    if (address >> state->features.oas || !fetch(access, DBELL_OBJECT_STE, address, words,
                                                 STE_SIZE / 8, dbell__originated_table(state)))
        return failed_fetch(fault, DBELL_EVENT_F_STE_FETCH, address, RULE_STE_FETCH_ABORT);
    bool e2h = state->r.cr2 & CR2_E2H;
    context->rule = (uint8_t)dbell__ste_decode(&state->features, e2h, words, &context->ste);
    if (state->config.conflicts)
        context->ste.digest = digest(words);
    if (context->rule)
        context->fault = DBELL_EVENT_C_BAD_STE;
    context->silent_abort = !context->rule && !context->ste.pass;
    if (state->config.conflicts && !context->rule && contradicts(state, context))
        return failed(fault, DBELL_EVENT_F_CFG_CONFLICT, RULE_CFG_CONFLICT);
    return true;
}

/* 5.2 S1CDMax, S1DSS; 7.3.7, 7.3.9: which CD serves this access; bypass: none. */
static bool select_cd(struct access *access, const struct ste *ste, uint32_t *index, bool *bypass,
                      struct fault *fault)
{
    *index = 0;
    *bypass = !ste->stage1;
    if (access->ssv) {
        if (!ste->stage1)
            return failed(fault, DBELL_EVENT_C_BAD_SUBSTREAMID, RULE_SUBSTREAMID_NO_STAGE1);
        if (!ste->s1cdmax)
            return failed(fault, DBELL_EVENT_C_BAD_SUBSTREAMID, RULE_SUBSTREAMID_DISABLED);
        if (access->substreamid >> ste->s1cdmax)
            return failed(fault, DBELL_EVENT_C_BAD_SUBSTREAMID, RULE_SUBSTREAMID_RANGE);
        if (access->substreamid == 0 && ste->s1dss == S1DSS_SUBSTREAM0)
            return failed(fault, DBELL_EVENT_F_STREAM_DISABLED, RULE_SUBSTREAM0_RESERVED);
        *index = access->substreamid;
        return true;
    }
    if (ste->stage1 && ste->s1cdmax) {
        if (ste->s1dss == S1DSS_BYPASS)
            *bypass = true;
        else if (ste->s1dss != S1DSS_SUBSTREAM0)
            return failed(fault, DBELL_EVENT_F_STREAM_DISABLED, RULE_NO_SUBSTREAM);
    }
    return true;
}

/* A CD or L1CD lies in IPA space where stage 2 is enabled (5.4.1). */
static bool fetch_cd_words(struct access *access, const struct context *context,
                           enum dbell_object object, uint64_t ipa, uint64_t *words, unsigned n,
                           struct fault *fault)
{
    const struct ste *ste = &context->ste;
    struct place place = {.pa = ipa};
    if (ste->stage2 && !dbell__stage2_of_own_read(access, ste, ipa, CLASS_CD, &place, fault))
        return false;
    const struct originated originated = {
        .attributes = dbell__place_attributes(access, ste, ste->cd_fetch, &place),
        .mpam = ste->mpam};
    if (!fetch(access, object, place.pa, words, n, originated))
        return failed_fetch(fault, DBELL_EVENT_F_CD_FETCH, place.pa, RULE_CD_FETCH_ABORT);
    return true;
}

static bool fetch_cd(struct access *access, struct context *context, struct fault *fault)
{
    const struct dbell_smmu_state *state = access->smmu->state;
    const struct ste *ste = &context->ste;
    uint64_t words[CD_SIZE / 8];
    uint32_t index = context->cd_index;
    /* 5.2 S1Fmt: a table is aligned to its size; the bits below that are taken as zero. */
    const unsigned max = ste->s1cdmax;
    const unsigned leaf_bits = !max || !ste->s1fmt ? 0u : ste->s1fmt == 1 ? 6u : 10u;
    const unsigned l1_bits = max > leaf_bits ? max - leaf_bits : 0u;
    const unsigned table_bits = leaf_bits ? l1_bits + 3 : max + 6;
    uint64_t address = ste->s1contextptr & ~ones(table_bits);
    if (leaf_bits) {
        uint64_t l1cd;
        uint64_t l1cd_address = address + (uint64_t)(index >> leaf_bits) * L1CD_SIZE;
        if (!fetch_cd_words(access, context, DBELL_OBJECT_L1CD, l1cd_address, &l1cd, 1, fault))
            return false;
        uint64_t l2ptr = get_in_place(&l1cd, L1CD_L2PTR) & ~ones(leaf_bits + 6);
        if (!get(&l1cd, L1CD_V) || l2ptr >> state->features.oas) {
            access->substreamid = index;
            return failed(fault, DBELL_EVENT_C_BAD_SUBSTREAMID, RULE_L1CD_INVALID);
        }
        address = l2ptr;
        index &= (uint32_t)ones(leaf_bits);
    }
    address += (uint64_t)index * CD_SIZE;
    if (!fetch_cd_words(access, context, DBELL_OBJECT_CD, address, words, CD_SIZE / 8, fault))
        return false;
    context->rule = (uint8_t)dbell__cd_decode(&state->features, ste, words, &context->cd);
    if (context->rule)
        context->fault = DBELL_EVENT_C_BAD_CD;
    return true;
}

/* 17.2: the MPAM identifiers of the stream's accesses. With both stages the PARTID of the CD is a
 * virtual one, and the VMS gives the physical one (5.6). */
static bool assign_mpam(struct access *access, struct context *context, struct fault *fault)
{
    const struct dbell_smmu_state *state = access->smmu->state;
    const struct ste *ste = &context->ste;
    context->mpam = ste->mpam;
    if (!context->stage1 || !ste->s1mpam)
        return true;
    struct mpam mpam = context->cd.mpam;
    if (ste->stage2) {
        unsigned index = mpam.partid % VMS_PARTIDS, word = index * VMS_PARTID_SIZE / 8;
        uint64_t address = ste->vmsptr + 8u * word, partids;
        mpam.partid = 0;
        if (state->features.partid_max) {
            if (!fetch(access, DBELL_OBJECT_VMS, address, &partids, 1,
                       dbell__originated_table(state)))
                return failed_fetch(fault, DBELL_EVENT_F_VMS_FETCH, address, RULE_VMS_FETCH_ABORT);
            mpam.partid = (uint16_t)(partids >> 16 * (index % 4));
        }
    }
    context->mpam = dbell__mpam_supported(&state->features, mpam);
    return true;
}

static void tag_context(struct context *context)
{
    static const enum regime_kind regimes[] = {
        [WORLD_NS_EL1] = REGIME_EL1,
        [WORLD_NS_EL2] = REGIME_EL2,
        [WORLD_NS_EL2_E2H] = REGIME_EL2_E2H,
    };
    enum regime_kind regime = context->stage1 ? regimes[context->ste.world] : REGIME_S2;
    uint16_t asid = context->stage1 ? context->cd.asid : 0;
    context->tag = dbell__tlb_tag(regime, context->ste.vmid, asid);
    context->tag_global =
        dbell__tlb_tag_global(regime, context->ste.vmid, context->stage1 && context->cd.aset);
}

static bool fetch_stage1(struct access *access, struct context *context, struct fault *fault)
{
    bool bypass;
    if (!select_cd(access, &context->ste, &context->cd_index, &bypass, fault))
        return false;
    context->stage1 = !bypass;
    context->stage2 = context->ste.stage2;
    if (context->stage1 && !fetch_cd(access, context, fault))
        return false;
    if (!context->fault && !assign_mpam(access, context, fault))
        return false;
    tag_context(context);
    return true;
}

bool dbell__config_fetch_stages(struct access *access, struct context *context, struct fault *fault)
{
    if (access->request && !effective_eats(access->smmu->state, &context->ste))
        return failed(fault, DBELL_EVENT_F_BAD_ATS_TREQ, RULE_REQUEST_FORBIDDEN);
    if (access->at != DBELL_AT_TRANSLATED)
        return fetch_stage1(access, context, fault);
    context->stage2 = context->ste.stage2;
    context->mpam = context->ste.mpam;
    tag_context(context);
    return true;
}

bool dbell__config_fetch(struct access *access, struct context *context, struct fault *fault)
{
    struct dbell_smmu_state *state = access->smmu->state;
    uint64_t epoch = state->epoch;
    *context = (struct context){.streamid = access->streamid};
    count(state, DBELL_SMMU_CONFIG_MISS);
    if (!dbell__config_fetch_ste(access, context, fault))
        return false;
    if (!context->fault && !context->silent_abort &&
        !dbell__config_fetch_stages(access, context, fault))
        return false;
    dbell__tlb_refresh_floors(state, context);
    if (!state->config.no_caches && state->epoch == epoch) {
        struct cache_line *line =
            dbell__cache_fill(&state->configs, config_key(access), epoch, NULL, NULL);
        *(struct context *)cache_payload(line) = *context;
    }
    return true;
}

void dbell__config_invalidate_all(struct dbell_smmu_state *state)
{
    invalidated(state, &(struct dbell_smmu_invalidation){.kind = DBELL_INVALIDATED_STREAMS,
                                                         .last_stream = UINT32_MAX});
    dbell__cache_drop(&state->configs, NULL, NULL);
}

static bool of_streams(const void *ctx, struct cache_line *line)
{
    const uint32_t *range = ctx;
    const struct context *context = cache_payload(line);
    return context->streamid >= range[0] && context->streamid <= range[1];
}

void dbell__config_invalidate_streams(struct dbell_smmu_state *state, uint32_t first, uint32_t last)
{
    uint32_t range[2] = {first, last};
    invalidated(state, &(struct dbell_smmu_invalidation){.kind = DBELL_INVALIDATED_STREAMS,
                                                         .first_stream = first,
                                                         .last_stream = last});
    dbell__cache_drop(&state->configs, of_streams, range);
}

struct cd_scope {
    uint32_t streamid, index;
    bool all;
};

/* Entries hold an STE too; dropping it with its CD is permitted (4.3). */
static bool of_cd(const void *ctx, struct cache_line *line)
{
    const struct cd_scope *scope = ctx;
    const struct context *context = cache_payload(line);
    return context->streamid == scope->streamid && context->stage1 &&
           (scope->all || context->cd_index == scope->index);
}

void dbell__config_invalidate_cd(struct dbell_smmu_state *state, uint32_t streamid, bool all,
                                 uint32_t index)
{
    struct cd_scope scope = {.streamid = streamid, .index = index, .all = all};
    invalidated(state, &(struct dbell_smmu_invalidation){.kind = DBELL_INVALIDATED_SUBSTREAM,
                                                         .first_stream = streamid,
                                                         .last_stream = streamid,
                                                         .all_substreams = all,
                                                         .substreamid = index});
    dbell__cache_drop(&state->configs, of_cd, &scope);
}
