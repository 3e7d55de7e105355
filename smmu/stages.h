/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What every kind of request makes of the two stages: lookups, walks, permissions (IHI 0070 3.3,
 * 3.4, 7.3.22, 15). */
#ifndef SMMU_STAGES_H
#define SMMU_STAGES_H

#include "pmcg.h"
#include "tlb.h"
#include "walk.h"

/* How often a request starts again because an invalidation or an update came in between. */
enum { RESTARTS = 64 };

/* TBI: the top byte takes no part in the translation (3.4.1). */
static inline uint64_t tlb_input(const struct context *context, uint64_t input)
{
    if (!context->stage1)
        return input;
    const unsigned half = table_of(context, input);
    if (!context->cd.tbi[half])
        return input;
    return half ? input | ~ones(56) : input & ones(56);
}

/* E0PD decides before the TLB does (5.4 E0PD0). */
static inline bool e0pd_forbids(const struct access *access, const struct context *context)
{
    return context->stage1 && !access->privileged && context->cd.e0pd[bit(access->input, 55)];
}

/* The write permission of the access's privilege level. */
static inline unsigned write_bit(const struct access *access)
{
    return access->privileged ? MAY_WRITE << PRIVILEGED_SHIFT : MAY_WRITE;
}

/* Tells the itinerary and the performance monitors of a lookup. */
void dbell__tell_lookup(struct access *access, enum dbell_resource resource,
                        enum dbell_object object, bool hit);
static inline void lookup_step(struct access *access, enum dbell_resource resource,
                               enum dbell_object object, bool hit)
{
    if (access->itinerary || access->smmu->state->pmcg_counting)
        dbell__tell_lookup(access, resource, object, hit);
}

/* Tells the itinerary which rule decided. */
void dbell__note_fault(struct access *access, const struct fault *fault);

/* The permission checks of a TLB entry or of a finished walk, stage 1 first (7.3.22). */
bool dbell__stages_permit(const struct access *access, const struct tlb_entry *entry,
                          const struct context *context, struct fault *fault);

/* Stage 1, stage 2 or both, to what a TLB entry holds; permission faults included. False without
 * an event: start again. */
bool dbell__stages_walk(struct access *access, const struct context *context, struct attributes in,
                        struct tlb_entry *entry, struct fault *fault);

#endif
