/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Translation table walks in VMSAv8-64 (IHI 0070 3.4, 3.13, 7.3.12-7.3.16; Arm ARM D8.2, D8.3). */
#ifndef SMMU_WALK_H
#define SMMU_WALK_H

#include "evt.h"
#include "permission.h"
#include "state.h"

/* Where something lies that the SMMU itself reads: a CD or a stage 1 descriptor. */
struct place {
    uint64_t pa;
    bool s2;                /* by way of stage 2, and ... */
    uint64_t s2_descriptor; /* ... this leaf */
};

/* A leaf: a block or page descriptor, its output, and what the way to it allows. */
struct leaf {
    uint64_t descriptor;
    struct place place;     /* where it was read */
    uint64_t descriptor_ia; /* the same before stage 2 */
    uint64_t output;        /* address of the block or page */
    uint8_t level, size_log2;
    struct hierarchy hierarchy; /* of the table descriptors above it, stage 1 */
    uint8_t permissions;        /* enum permission bits; of a clean page as if it were dirty */
    bool clean;                 /* a write needs a hardware update of dirty state first (3.13.3) */
};

/* Stage 1: the leaf for a VA, its access flag dealt with. */
bool dbell__walk_stage1(struct access *access, const struct context *context, uint64_t va,
                        struct leaf *leaf, struct fault *fault);

/* Stage 2: the leaf for an IPA. `why` is the CLASS of a fault. */
bool dbell__walk_stage2(struct access *access, const struct ste *ste, uint64_t ipa, unsigned why,
                        struct leaf *leaf, struct fault *fault);

/* 3.13.3: marks a clean leaf dirty in memory; the walk must start again if false without a fault
 * (someone else changed the descriptor). */
bool dbell__walk_make_dirty(struct access *access, const struct context *context, int stage,
                            struct leaf *leaf, struct fault *fault);

bool dbell__stage2_of_own_read(struct access *access, const struct ste *ste, uint64_t ipa,
                               unsigned why, struct place *place, struct fault *fault);

/* The attributes of such a read: what the CD or STE says, combined with stage 2 (5.2 S1CIR). */
struct attributes dbell__place_attributes(const struct access *access, const struct ste *ste,
                                          struct attributes configured, const struct place *place);

#endif
