/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Memory attributes: MAIR bytes, what replaces and what combines them (IHI 0070 13; Arm ARM
 * D8.6). */
#ifndef SMMU_ATTRIBUTES_H
#define SMMU_ATTRIBUTES_H

#include "state.h"

/* What IDR1.ATTR_TYPES_OVR and ATTR_PERMS_OVR leave of overrides (5.2, 6.3.14). */
struct overrides dbell__overrides_supported(const struct dbell_smmu_features *features,
                                            struct overrides overrides);

/* 13.1.4: what a stream gives in, after the overrides. */
struct attributes dbell__attributes_replace(const struct overrides *overrides,
                                            struct attributes incoming);
/* 13.1.7 alone: Device and Normal iNC-oNC are Outer Shareable. */
static inline struct attributes attributes_consistent(struct attributes a)
{
    if (a.type >> 4 == 0 || a.type == DBELL_ATTR_NORMAL_NC)
        a.sh = DBELL_SH_OUTER;
    else if (a.sh == 1) /* reserved, behaves as Non-shareable */
        a.sh = DBELL_SH_NON;
    return a;
}
/* 13.4.2: of a stage 1 descriptor. */
struct attributes dbell__attributes_stage1(uint64_t mair, uint64_t descriptor);
/* 13.4.2: the allocation and transient hints of what comes in, where the stage 1 type takes any. */
uint8_t dbell__attributes_hints(uint8_t type, uint8_t stage1, uint8_t incoming);
/* 13.1.5, 13.4.3: stage 2 on top of what came in. */
struct attributes dbell__attributes_combine(const struct ste *ste, struct attributes in,
                                            uint64_t descriptor);
bool dbell__stage2_is_device(const struct ste *ste, uint64_t descriptor);

/* MemAttr[3:0] of STE, GBPA and the MSI registers, and stage 2 descriptors without FWB. */
uint8_t dbell__memattr_type(unsigned memattr);

/* Cacheability fields in their three encodings, with shareability (13.1.7 applied). */
struct region_fields {
    unsigned inner, outer, sh;
};
/* CR1.TABLE_*, QUEUE_* with the hint of a base register (6.3.11) */
struct attributes dbell__attributes_cr1(struct region_fields fields, bool read_allocate,
                                        bool write_allocate);
/* STE.S1CIR, S1COR, S1CSH (5.2) */
struct attributes dbell__attributes_cd_fetch(struct region_fields fields);
/* CD.IRx, ORx, SHx (5.4), STE.S2IR0, S2OR0, S2SH0 (5.2) */
struct attributes dbell__attributes_walk(struct region_fields fields);

#endif
