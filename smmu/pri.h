/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* PRI queue entries (IHI 0070 8). */
#ifndef SMMU_PRI_H
#define SMMU_PRI_H

#include "base/field.h"

enum { PRI_SIZE = 16 };

enum {
    PRI_STREAMID = FIELD(31, 0),
    PRI_SUBSTREAMID = FIELD(51, 32),
    PRI_PRIV = FIELD(58, 58),
    PRI_X = FIELD(59, 59),
    PRI_R = FIELD(60, 60),
    PRI_W = FIELD(61, 61),
    PRI_LAST = FIELD(62, 62),
    PRI_SSV = FIELD(63, 63),
    PRI_PRGINDEX = FIELD(72, 64),
    PRI_ADDRESS = FIELD(127, 76), /* [63:12] */
};

#endif
