/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Memory attributes: MAIR bytes and their combination (IHI 0070 13; Arm ARM D8.6). */
#ifndef SMMU_ATTRIBUTES_H
#define SMMU_ATTRIBUTES_H

#include "state.h"

struct attributes {
    uint8_t type; /* a MAIR byte */
    uint8_t sh;   /* enum dbell_shareability */
};

/* 13.1.4: what a stream gives in, after the overrides of MTCFG, MemAttr and SHCFG. */
struct attributes dbell__attributes_replace(bool mtcfg, unsigned memattr, unsigned shcfg,
                                            struct attributes incoming);
/* 13.4.2 */
struct attributes dbell__attributes_stage1(uint64_t mair, uint64_t descriptor);
/* 13.1.5, 13.4.3: stage 2 on top of what came in. */
struct attributes dbell__attributes_combine(const struct ste *ste, struct attributes in,
                                            uint64_t descriptor);
bool dbell__stage2_is_device(const struct ste *ste, uint64_t descriptor);

#endif
