/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Translation table walks in VMSAv8-64 (IHI 0070 3.4, 3.13, 7.3.12-7.3.16; Arm ARM D8.2, D8.3). */
#ifndef SMMU_WALK_H
#define SMMU_WALK_H

#include "evt.h"
#include "permission.h"
#include "state.h"

/* A leaf: a block or page descriptor, its output, and what the way to it allows. */
struct leaf {
    uint64_t descriptor;
    uint64_t descriptor_pa; /* where it was read */
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

/* The PA of something that the SMMU itself reads at an IPA: a CD or a stage 1 descriptor. */
bool dbell__stage2_of_own_read(struct access *access, const struct ste *ste, uint64_t ipa,
                               unsigned why, uint64_t *pa, struct fault *fault);

#endif
