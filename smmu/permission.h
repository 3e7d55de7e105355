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

/* What an access of a kind other than read and write needs (13.1.1, 3.22.2, 16.7.2.2). */
void dbell__access_demand(struct access *access);

/* PRIV and INST as the overrides leave them (13.1.2), and what the access then needs. */
static inline void access_override(struct access *access, const struct overrides *o)
{
    access->privileged = o->privcfg & 2 ? o->privcfg & 1 : access->privileged_in;
    access->instruction =
        !access->data && (o->instcfg & 2 ? o->instcfg & 1 : access->instruction_in);
    unsigned what = access->write ? MAY_WRITE : access->instruction ? MAY_EXECUTE : MAY_READ;
    access->needed = (uint8_t)(access->privileged ? what << PRIVILEGED_SHIFT : what);
    access->any = 0;
    if (access->op > DBELL_WRITE)
        dbell__access_demand(access);
}

static inline bool granted(unsigned permissions, const struct access *access)
{
    return (permissions & access->needed) == access->needed &&
           (!access->any || permissions & access->any);
}

/* A hint that finds no permission has no effect, and is no fault (3.22.2, 16.7.2.2). */
static inline bool is_hint(uint8_t op)
{
    return op == DBELL_PREFETCH || op == DBELL_DESTRUCTIVE_HINT;
}

/* What the access becomes on its way out: a hint or an invalidation that STE.DRE and DCP or the
 * permissions do not let through is a weaker one (3.22, 16.7.2). `permissions` are those of all
 * stages; a clean page grants no write. */
uint8_t dbell__access_output(const struct access *access, const struct ste *ste,
                             unsigned permissions);
/* The same where no stage translates. */
uint8_t dbell__access_bypass(const struct access *access);

#endif
