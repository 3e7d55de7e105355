/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* VMSAv8-64 translation table descriptors (Arm ARM D8.3; the SMMU uses them as IHI 0070 3.4 and
 * 13.4 say). */
#ifndef SMMU_PTE_H
#define SMMU_PTE_H

#include "base/field.h"

enum {
    PTE_VALID = FIELD(0, 0),
    PTE_TABLE = FIELD(1, 1), /* below level 3: a table; at level 3: a page, 0 is reserved */
    PTE_AF = FIELD(10, 10),
    PTE_CONTIGUOUS = FIELD(52, 52),
    PTE_DBM = FIELD(51, 51),
};

/* Stage 1 */
enum {
    PTE_ATTRINDX = FIELD(4, 2),
    PTE_AP1 = FIELD(6, 6), /* unprivileged access */
    PTE_AP2 = FIELD(7, 7), /* read-only */
    PTE_SH = FIELD(9, 8),
    PTE_NG = FIELD(11, 11),
    PTE_PXN = FIELD(53, 53),
    PTE_UXN = FIELD(54, 54),
    PTE_PXNTABLE = FIELD(59, 59),
    PTE_UXNTABLE = FIELD(60, 60),
    PTE_APTABLE0 = FIELD(61, 61), /* no unprivileged access below */
    PTE_APTABLE1 = FIELD(62, 62), /* no writes below */
};

/* Stage 2 */
enum {
    PTE_S2MEMATTR = FIELD(5, 2),
    PTE_S2AP_READ = FIELD(6, 6),
    PTE_S2AP_WRITE = FIELD(7, 7),
    PTE_S2SH = FIELD(9, 8),
    PTE_S2XN = FIELD(54, 53),
};

#endif
