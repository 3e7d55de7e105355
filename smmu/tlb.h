/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The TLB: final translations, of one stage or of both combined.
 *
 * Key a is the input page and its size, key b the regime, VMID and ASID. Global entries carry a bit
 * pattern of no ASID, one for each ASET, so that every ASID of the VMID and of the same set finds
 * them (3.17.1). */
#ifndef SMMU_TLB_H
#define SMMU_TLB_H

#include "state.h"

/* What a requester may do at the page, and what it is made of. */
struct tlb_entry {
    uint64_t output;        /* address of the page */
    uint64_t ipa;           /* of the page, for stage 2 faults; 0 without stage 2 */
    uint32_t s1;            /* enum permission (permission.h), of stage 1 */
    uint8_t s2;             /* of stage 2 */
    uint8_t attr, sh;       /* with stage 1 */
    uint8_t s1_attr;        /* of stage 1 alone */
    uint16_t s2_attributes; /* without: the descriptor bits that combine with the access's */
    uint8_t size_log2;
    uint8_t s1_size_log2;       /* of the stage 1 block or page it came from; 0 without stage 1 */
    uint8_t s1_level, s2_level; /* of the leaf descriptors, for TTL */
    uint8_t s1_granule, s2_granule;
    bool global, aset;
};

/* 3.17, 4.4: which entries a command or a broadcast invalidation removes. VMIDs that differ in the
 * bits of `wildcard` only are in scope too (3.17.6). */
struct tlb_scope {
    enum regime_kind regime;
    uint16_t vmid, asid, wildcard;
    bool any_asid;
    bool keep_globals;    /* by ASID: global entries are of no ASID */
    bool keep_non_shared; /* entries with ASET == 1 stay */
};

struct tlb_range {
    uint64_t first, last; /* inclusive */
    uint8_t granule;      /* 0: any; entries of other granules may stay */
    uint8_t level;        /* TTL, 0: any */
    bool leaf;            /* entries of a final level only */
};

struct dbell_smmu_tag dbell__tlb_public_tag(const struct context *context);
uint64_t dbell__tlb_tag(enum regime_kind regime, uint16_t vmid, uint16_t asid);
uint64_t dbell__tlb_tag_global(enum regime_kind regime, uint16_t vmid, bool aset);
/* The least stamps that entries of the context must have, as of the current epoch. */
void dbell__tlb_refresh_floors(const struct dbell_smmu_state *state, struct context *context);

static inline struct cache_key tlb_key(uint64_t input, unsigned size_log2, uint64_t tag)
{
    return (struct cache_key){.a = input >> size_log2 << 8 | size_log2, .b = tag};
}

/* The entry for `input`, or NULL: one probe per page size in use. */
static inline const struct tlb_entry *tlb_find(const struct dbell_smmu_state *state,
                                               const struct context *context, uint64_t input)
{
    for (uint64_t sizes = state->tlb_sizes; sizes; sizes &= sizes - 1) {
        unsigned size_log2 = (unsigned)__builtin_ctzll(sizes);
        struct cache_line *line =
            cache_find(&state->tlb, tlb_key(input, size_log2, context->tag), context->floor);
        if (!line && state->tlb_global)
            line = cache_find(&state->tlb, tlb_key(input, size_log2, context->tag_global),
                              context->floor_global);
        if (line)
            return cache_payload(line);
    }
    return NULL;
}

/* The VMID bits that an invalidation ignores (CR0.VMW, 3.17.6). */
uint16_t dbell__tlb_wildcard(const struct dbell_smmu_state *state);

/* Whether more than one entry matches: pages of different sizes, or global and not. */
bool dbell__tlb_conflicts(const struct dbell_smmu_state *state, const struct context *context,
                          uint64_t input);

void dbell__tlb_fill(struct dbell_smmu_state *state, const struct context *context, uint64_t input,
                     const struct tlb_entry *entry);

void dbell__tlb_invalidate_regime(struct dbell_smmu_state *state, enum regime_kind regime);
/* All of the VMIDs in scope; all of the ASID in them. */
void dbell__tlb_invalidate_vmid(struct dbell_smmu_state *state, const struct tlb_scope *scope);
void dbell__tlb_invalidate_asid(struct dbell_smmu_state *state, const struct tlb_scope *scope);
void dbell__tlb_invalidate_range(struct dbell_smmu_state *state, const struct tlb_scope *scope,
                                 const struct tlb_range *range);

#endif
