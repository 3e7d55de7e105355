/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Page permissions (IHI 0070 13.4.1, 13.4.3, 5.4; Arm ARM D8.4). */
#ifndef SMMU_PERMISSION_H
#define SMMU_PERMISSION_H

#include "state.h"

/* What a page grants, by privilege; one bit test decides an access. */
enum permission {
    MAY_READ = 1 << 0,
    MAY_WRITE = 1 << 1,
    MAY_EXECUTE = 1 << 2,
    PRIVILEGED_SHIFT = 3, /* the same three bits for privileged accesses */
    ANY_WRITE = MAY_WRITE | MAY_WRITE << PRIVILEGED_SHIFT,
};

/* APTable, UXNTable, PXNTable of the table descriptors on the way, accumulated. */
struct hierarchy {
    bool no_unprivileged, read_only, uxn, pxn;
};

uint8_t dbell__stage1_permissions(const struct cd *cd, uint8_t world, uint64_t descriptor,
                                  const struct hierarchy *hierarchy);
uint8_t dbell__stage2_permissions(bool xnx, uint64_t descriptor);

/* The bit that this access needs. */
static inline uint8_t needed_permission(const struct access *access)
{
    unsigned what = access->write ? MAY_WRITE : access->instruction ? MAY_EXECUTE : MAY_READ;
    return (uint8_t)(access->privileged ? what << PRIVILEGED_SHIFT : what);
}

#endif
