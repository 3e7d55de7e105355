/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The address map of a platform: what decodes where. */
#ifndef DOORBELL_MACHINE_REGIONS_H
#define DOORBELL_MACHINE_REGIONS_H

#include <doorbell/platform.h>

enum region_kind {
    REGION_RAM,
    REGION_SMMU,
    REGION_GICD,
    REGION_GICR,
    REGION_ITS,
    REGION_V2M,
    REGION_PRE_ITS,
    REGION_ECAM,
    REGION_PCI
};

struct region {
    uint64_t first, last; /* inclusive */
    uint8_t kind;         /* enum region_kind */
    uint32_t index;       /* of the part of that kind */
};

enum { REGIONS = DBELL_PLATFORM_RAMS + 4 * DBELL_PLATFORM_PARTS + DBELL_PLATFORM_WINDOWS + 3 };

struct regions {
    struct region region[REGIONS]; /* sorted */
    size_t count;
};

/* DBELL_E_OVERLAP, DBELL_E_RANGE with a text. */
int dbell__regions_build(struct regions *regions, const struct dbell_platform *platform,
                         struct dbell_message *message);
/* The region of an address, or NULL. */
const struct region *dbell__regions_find(const struct regions *regions, uint64_t address);

#endif
