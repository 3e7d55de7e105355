/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Context descriptor and level 1 descriptor (IHI 0070 5.3, 5.4). */
#ifndef SMMU_CD_H
#define SMMU_CD_H

#include "base/field.h"

enum { CD_SIZE = 64, L1CD_SIZE = 8 };

enum {
    L1CD_V = FIELD(0, 0),
    L1CD_L2PTR = FIELD(55, 12),
};

enum {
    CD_T0SZ = FIELD(5, 0),
    CD_TG0 = FIELD(7, 6),
    CD_IR0 = FIELD(9, 8),
    CD_OR0 = FIELD(11, 10),
    CD_SH0 = FIELD(13, 12),
    CD_EPD0 = FIELD(14, 14),
    CD_ENDI = FIELD(15, 15),
    CD_T1SZ = FIELD(21, 16),
    CD_TG1 = FIELD(23, 22),
    CD_IR1 = FIELD(25, 24),
    CD_OR1 = FIELD(27, 26),
    CD_SH1 = FIELD(29, 28),
    CD_EPD1 = FIELD(30, 30),
    CD_V = FIELD(31, 31),
    CD_IPS = FIELD(34, 32),
    CD_AFFD = FIELD(35, 35),
    CD_WXN = FIELD(36, 36),
    CD_TBI0 = FIELD(38, 38),
    CD_TBI1 = FIELD(39, 39),
    CD_PAN = FIELD(40, 40),
    CD_AA64 = FIELD(41, 41),
    CD_HD = FIELD(42, 42),
    CD_HA = FIELD(43, 43),
    CD_S = FIELD(44, 44),
    CD_R = FIELD(45, 45),
    CD_A = FIELD(46, 46),
    CD_ASET = FIELD(47, 47),
    CD_ASID = FIELD(63, 48),
    CD_HAD0 = FIELD(65, 65),
    CD_E0PD0 = FIELD(66, 66),
    CD_TTB0 = FIELD(115, 68), /* TTB0[51:4] */
    CD_EPAN = FIELD(123, 123),
    CD_HAD1 = FIELD(129, 129),
    CD_E0PD1 = FIELD(130, 130),
    CD_TTB1 = FIELD(179, 132), /* TTB1[51:4] */
    CD_MAIR = FIELD(255, 192),
    CD_PARTID = FIELD(367, 352),
    CD_PMG = FIELD(375, 368),
};

#endif
