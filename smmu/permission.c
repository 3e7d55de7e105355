/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "permission.h"

#include "pte.h"

void dbell__access_demand(struct access *access)
{
    const unsigned shift = access->privileged ? PRIVILEGED_SHIFT : 0;
    if (access->op == DBELL_ATOMIC_SWAP) {
        access->needed = (uint8_t)((MAY_READ | MAY_WRITE) << shift);
    } else if (access->op == DBELL_PREFETCH) {
        access->needed = 0;
        access->any = (uint8_t)((MAY_READ | MAY_WRITE | MAY_EXECUTE) << shift);
    }
}

uint8_t dbell__access_bypass(const struct access *access)
{
    if (access->smmu->state->features.version >= 1)
        return access->op;
    switch (access->op) { /* SMMUv3.0 has none of them */
    case DBELL_READ_CLEAN_INVALIDATE:
    case DBELL_READ_DESTRUCTIVE:
        return DBELL_READ;
    case DBELL_WRITE_PREFETCH:
        return DBELL_WRITE;
    default:
        return access->op > DBELL_WRITE_PREFETCH ? DBELL_NO_OP : access->op;
    }
}

uint8_t dbell__access_output(const struct access *access, const struct ste *ste,
                             unsigned permissions)
{
    const bool destroys =
        ste->dre && permissions & (access->privileged ? MAY_WRITE << PRIVILEGED_SHIFT : MAY_WRITE);
    switch (access->op) {
    case DBELL_READ_DESTRUCTIVE:
        return destroys ? access->op : DBELL_READ;
    case DBELL_INVALIDATE:
        return destroys ? access->op : DBELL_CLEAN_INVALIDATE;
    case DBELL_DESTRUCTIVE_HINT:
        return destroys ? access->op : DBELL_NO_OP;
    case DBELL_WRITE_PREFETCH:
        return ste->dcp ? access->op : DBELL_WRITE;
    case DBELL_PREFETCH:
        return ste->dcp ? access->op : DBELL_NO_OP;
    default:
        return dbell__access_bypass(access);
    }
}

static uint8_t pack(bool read, bool write, bool execute)
{
    return (uint8_t)((read ? MAY_READ : 0) | (write ? MAY_WRITE : 0) | (execute ? MAY_EXECUTE : 0));
}

uint8_t dbell__stage1_permissions(const struct cd *cd, uint8_t world, uint64_t descriptor,
                                  const struct hierarchy *hierarchy)
{
    bool read_only = get(&descriptor, PTE_AP2) || hierarchy->read_only;
    bool uxn = get(&descriptor, PTE_UXN) || hierarchy->uxn;

    /* One privilege level: AP[1] is treated as 1, PRIV is ignored, bit 54 is XN (13.4.1). */
    if (world == WORLD_NS_EL2) {
        bool write = !read_only;
        uint8_t all = pack(true, write, !uxn && !(cd->wxn && write));
        return (uint8_t)(all | all << PRIVILEGED_SHIFT);
    }

    bool user_read = get(&descriptor, PTE_AP1) && !hierarchy->no_unprivileged;
    bool user_write = user_read && !read_only;
    bool user_execute = !uxn && !(cd->wxn && user_write);
    bool privileged_read = true, privileged_write = !read_only;
    if (cd->pan && (user_read || (cd->epan && !uxn)))
        privileged_read = privileged_write = false;
    /* What EL0 may write, EL1 may not execute (Arm ARM D8.4). */
    bool privileged_execute =
        !get(&descriptor, PTE_PXN) && !hierarchy->pxn && !user_write && !(cd->wxn && !read_only);
    return (uint8_t)(pack(user_read, user_write, user_execute) |
                     pack(privileged_read, privileged_write, privileged_execute)
                         << PRIVILEGED_SHIFT);
}

uint8_t dbell__stage2_permissions(bool xnx, uint64_t descriptor)
{
    bool read = get(&descriptor, PTE_S2AP_READ), write = get(&descriptor, PTE_S2AP_WRITE);
    unsigned xn = (unsigned)get(&descriptor, PTE_S2XN);
    if (!xnx)
        xn &= 2;
    /* XN[1:0]: 00 both, 01 EL0 only, 10 none, 11 EL1 only. */
    bool user = xn == 0 || xn == 1, privileged = xn == 0 || xn == 3;
    return (uint8_t)(pack(read, write, user) | pack(read, write, privileged) << PRIVILEGED_SHIFT);
}
