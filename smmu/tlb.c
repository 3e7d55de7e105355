/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* TLB lookup, fill and invalidation (IHI 0070 3.17, 4.4). */
#include "tlb.h"

enum { NO_ASID = 1 << 16 };

/* Key b: regime [1:0], VMID [23:8], ASID or NO_ASID with ASET [40:24]. */
static uint64_t tag_of(enum regime_kind regime, uint16_t vmid, uint32_t asid)
{
    return (uint64_t)regime | (uint64_t)vmid << 8 | (uint64_t)asid << 24;
}

uint64_t dbell__tlb_tag(enum regime_kind regime, uint16_t vmid, uint16_t asid)
{
    return tag_of(regime, vmid, asid);
}

uint64_t dbell__tlb_tag_global(enum regime_kind regime, uint16_t vmid, bool aset)
{
    return tag_of(regime, vmid, NO_ASID | (aset ? 1u : 0u));
}

static enum regime_kind regime_of_tag(uint64_t tag);

struct dbell_smmu_tag dbell__tlb_public_tag(const struct context *context)
{
    return (struct dbell_smmu_tag){.regime = (uint8_t)regime_of_tag(context->tag),
                                   .vmid = context->ste.vmid,
                                   .asid = context->stage1 ? context->cd.asid : 0};
}

static enum regime_kind regime_of_tag(uint64_t tag)
{
    return (enum regime_kind)(tag & 3);
}

static uint16_t vmid_of_tag(uint64_t tag)
{
    return (uint16_t)(tag >> 8);
}

static uint32_t asid_of_tag(uint64_t tag)
{
    return (uint32_t)(tag >> 24);
}

static uint32_t slot(uint64_t tag, uint32_t slots)
{
    return (uint32_t)(tag * UINT64_C(0x9e3779b97f4a7c15) >> 40) & (slots - 1);
}

static uint64_t *vmid_floor(struct floors *floors, enum regime_kind regime, uint16_t vmid)
{
    return &floors->vmid[slot(tag_of(regime, vmid, 0), VMID_SLOTS)];
}

static uint64_t *asid_floor(struct floors *floors, enum regime_kind regime, uint16_t vmid,
                            uint32_t asid)
{
    return &floors->asid[slot(tag_of(regime, vmid, asid), ASID_SLOTS)];
}

/* The least stamp that an entry of this scope must have to live; without `asid`, of global ones. */
static uint64_t floor_of(const struct dbell_smmu_state *state, enum regime_kind regime,
                         uint16_t vmid, const uint16_t *asid)
{
    struct floors *floors = (struct floors *)&state->floors;
    uint64_t floor = floors->all[regime];
    uint64_t of_vmid = *vmid_floor(floors, regime, vmid);
    if (of_vmid > floor)
        floor = of_vmid;
    if (asid) {
        uint64_t of_asid = *asid_floor(floors, regime, vmid, *asid);
        if (of_asid > floor)
            floor = of_asid;
    }
    return floor;
}

static bool alive(const void *ctx, const struct cache_line *line)
{
    const struct dbell_smmu_state *state = ctx;
    uint32_t tagged = asid_of_tag(line->key.b);
    uint16_t asid = (uint16_t)tagged;
    return line->stamp >= floor_of(state, regime_of_tag(line->key.b), vmid_of_tag(line->key.b),
                                   tagged & NO_ASID ? NULL : &asid);
}

void dbell__tlb_refresh_floors(const struct dbell_smmu_state *state, struct context *context)
{
    enum regime_kind regime = regime_of_tag(context->tag);
    uint16_t asid = context->stage1 ? context->cd.asid : 0;
    context->floor = floor_of(state, regime, context->ste.vmid, &asid);
    context->floor_global = floor_of(state, regime, context->ste.vmid, NULL);
    context->floor_epoch = state->epoch;
}

bool dbell__tlb_conflicts(const struct dbell_smmu_state *state, const struct context *context,
                          uint64_t input)
{
    unsigned matches = 0;
    for (uint64_t sizes = state->tlb_sizes; sizes; sizes &= sizes - 1) {
        unsigned size_log2 = (unsigned)__builtin_ctzll(sizes);
        matches += cache_find(&state->tlb, tlb_key(input, size_log2, context->tag),
                              context->floor) != NULL;
        matches += cache_find(&state->tlb, tlb_key(input, size_log2, context->tag_global),
                              context->floor_global) != NULL;
    }
    return matches > 1;
}

void dbell__tlb_fill(struct dbell_smmu_state *state, const struct context *context, uint64_t input,
                     const struct tlb_entry *entry)
{
    uint64_t tag = entry->global ? context->tag_global : context->tag;
    struct cache_line *line = dbell__cache_fill(&state->tlb, tlb_key(input, entry->size_log2, tag),
                                                state->epoch, alive, state);
    *(struct tlb_entry *)cache_payload(line) = *entry;
    state->tlb_sizes |= UINT64_C(1) << entry->size_log2;
    state->tlb_global |= entry->global;
    state->tlb_splintered |= entry->s1_size_log2 > entry->size_log2;
}

uint16_t dbell__tlb_wildcard(const struct dbell_smmu_state *state)
{
    const uint64_t cr0 = state->r.cr0;
    unsigned vmw = (unsigned)get(&cr0, CR0_VMW_BITS);
    return (uint16_t)(vmw <= 4 ? ones(vmw) : 0); /* the others are reserved, as 0 (6.3.9) */
}

static struct dbell_smmu_invalidation what_of(uint8_t kind, const struct tlb_scope *scope)
{
    return (struct dbell_smmu_invalidation){.kind = kind,
                                            .regime = (uint8_t)scope->regime,
                                            .vmid = scope->vmid,
                                            .vmid_mask = scope->wildcard,
                                            .asid = scope->asid,
                                            .any_asid = scope->any_asid,
                                            .last = UINT64_MAX};
}

void dbell__tlb_invalidate_regime(struct dbell_smmu_state *state, enum regime_kind regime)
{
    invalidated(state, &(struct dbell_smmu_invalidation){.kind = DBELL_INVALIDATED_REGIME,
                                                         .regime = (uint8_t)regime});
    state->floors.all[regime] = state->epoch;
}

void dbell__tlb_invalidate_vmid(struct dbell_smmu_state *state, const struct tlb_scope *scope)
{
    const struct dbell_smmu_invalidation what = what_of(DBELL_INVALIDATED_VMID, scope);
    invalidated(state, &what);
    for (unsigned low = 0; low <= scope->wildcard; low++) {
        uint16_t vmid = (uint16_t)((scope->vmid & ~scope->wildcard) | low);
        *vmid_floor(&state->floors, scope->regime, vmid) = state->epoch;
    }
}

void dbell__tlb_invalidate_asid(struct dbell_smmu_state *state, const struct tlb_scope *scope)
{
    const struct dbell_smmu_invalidation what = what_of(DBELL_INVALIDATED_ASID, scope);
    invalidated(state, &what);
    for (unsigned low = 0; low <= scope->wildcard; low++) {
        uint16_t vmid = (uint16_t)((scope->vmid & ~scope->wildcard) | low);
        *asid_floor(&state->floors, scope->regime, vmid, scope->asid) = state->epoch;
    }
}

struct sweep {
    const struct tlb_scope *scope;
    const struct tlb_range *range;
};

/* Whether the block of 2^size_log2 bytes around the entry's page touches the range. */
static bool touches(uint64_t page, unsigned size_log2, const struct tlb_range *range)
{
    uint64_t first = page >> size_log2 << size_log2;
    return first <= range->last && (first | ones(size_log2)) >= range->first;
}

static bool in_range(const void *ctx, struct cache_line *line)
{
    const struct sweep *sweep = ctx;
    const struct tlb_scope *scope = sweep->scope;
    uint64_t tag = line->key.b;
    uint32_t asid = asid_of_tag(tag);
    if (regime_of_tag(tag) != scope->regime ||
        (vmid_of_tag(tag) ^ scope->vmid) & ~(unsigned)scope->wildcard)
        return false;
    if (asid & NO_ASID ? scope->keep_globals : !scope->any_asid && asid != scope->asid)
        return false;
    const struct tlb_entry *entry = cache_payload(line);
    if (entry->aset && scope->keep_non_shared)
        return false;
    bool s2_only = scope->regime == REGIME_S2;
    unsigned level = s2_only ? entry->s2_level : entry->s1_level;
    unsigned granule = s2_only ? entry->s2_granule : entry->s1_granule;
    if (sweep->range->granule && granule != sweep->range->granule)
        return false;
    if (sweep->range->level && level != sweep->range->level)
        return false;
    unsigned size_log2 = entry->size_log2;
    if (entry->s1_size_log2 > size_log2)
        size_log2 = entry->s1_size_log2;
    return touches(line->key.a >> 8 << entry->size_log2, size_log2, sweep->range);
}

static void drop_at(struct dbell_smmu_state *state, const struct sweep *sweep, uint64_t input,
                    unsigned size_log2, uint32_t asid)
{
    uint64_t tag = tag_of(sweep->scope->regime, sweep->scope->vmid, asid);
    struct cache_line *line = cache_find(&state->tlb, tlb_key(input, size_log2, tag), 1);
    if (line && in_range(sweep, line))
        line->stamp = 0;
}

/* One probe per page and size when that is less work than one scan; entries that came out of a
 * larger stage 1 block, and commands for all ASIDs, can only be found by a scan. */
void dbell__tlb_invalidate_range(struct dbell_smmu_state *state, const struct tlb_scope *scope,
                                 const struct tlb_range *range)
{
    struct dbell_smmu_invalidation what = what_of(DBELL_INVALIDATED_RANGE, scope);
    what.first = range->first;
    what.last = range->last;
    what.leaf = range->leaf;
    invalidated(state, &what);
    const struct sweep sweep = {.scope = scope, .range = range};
    uint64_t probes = 0;
    for (uint64_t sizes = state->tlb_sizes; sizes; sizes &= sizes - 1) {
        unsigned size_log2 = (unsigned)__builtin_ctzll(sizes);
        uint64_t pages = (range->last >> size_log2) - (range->first >> size_log2);
        probes = pages >= cache_lines(&state->tlb) ? cache_lines(&state->tlb) : probes + pages + 1;
    }
    if (scope->any_asid || scope->wildcard || state->tlb_splintered ||
        probes >= cache_lines(&state->tlb)) {
        dbell__cache_drop(&state->tlb, in_range, &sweep);
        return;
    }
    for (uint64_t sizes = state->tlb_sizes; sizes; sizes &= sizes - 1) {
        unsigned size_log2 = (unsigned)__builtin_ctzll(sizes);
        uint64_t page = range->first >> size_log2, last = range->last >> size_log2;
        for (;; page++) {
            uint64_t input = page << size_log2;
            drop_at(state, &sweep, input, size_log2, scope->asid);
            if (state->tlb_global) {
                drop_at(state, &sweep, input, size_log2, NO_ASID);
                drop_at(state, &sweep, input, size_log2, NO_ASID | 1);
            }
            if (page == last)
                break;
        }
    }
}
