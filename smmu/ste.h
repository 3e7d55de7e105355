/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Stream table entry and level 1 descriptor (IHI 0070 5.1, 5.2). */
#ifndef SMMU_STE_H
#define SMMU_STE_H

#include "base/field.h"

enum { STE_SIZE = 64, L1STD_SIZE = 8 };

enum {
    L1STD_SPAN = FIELD(4, 0),
    L1STD_L2PTR = FIELD(55, 6),
};

enum {
    STE_V = FIELD(0, 0),
    STE_CONFIG = FIELD(3, 1),
    STE_S1FMT = FIELD(5, 4),
    STE_S1CONTEXTPTR = FIELD(55, 6),
    STE_S1CDMAX = FIELD(63, 59),
    STE_S1DSS = FIELD(65, 64),
    STE_S1CIR = FIELD(67, 66),
    STE_S1COR = FIELD(69, 68),
    STE_S1CSH = FIELD(71, 70),
    STE_DRE = FIELD(76, 76),
    STE_CONT = FIELD(80, 77),
    STE_DCP = FIELD(81, 81),
    STE_PPAR = FIELD(82, 82),
    STE_MEV = FIELD(83, 83),
    STE_S2FWB = FIELD(89, 89),
    STE_S1MPAM = FIELD(90, 90),
    STE_S1STALLD = FIELD(91, 91),
    STE_EATS = FIELD(93, 92),
    STE_STRW = FIELD(95, 94),
    STE_MEMATTR = FIELD(99, 96),
    STE_MTCFG = FIELD(100, 100),
    STE_ALLOCCFG = FIELD(104, 101),
    STE_SHCFG = FIELD(109, 108),
    STE_PRIVCFG = FIELD(113, 112),
    STE_INSTCFG = FIELD(115, 114),
    STE_S2VMID = FIELD(143, 128),
    STE_S2T0SZ = FIELD(165, 160),
    STE_S2SL0 = FIELD(167, 166),
    STE_S2IR0 = FIELD(169, 168),
    STE_S2OR0 = FIELD(171, 170),
    STE_S2SH0 = FIELD(173, 172),
    STE_S2TG = FIELD(175, 174),
    STE_S2PS = FIELD(178, 176),
    STE_S2AA64 = FIELD(179, 179),
    STE_S2ENDI = FIELD(180, 180),
    STE_S2AFFD = FIELD(181, 181),
    STE_S2PTW = FIELD(182, 182),
    STE_S2HD = FIELD(183, 183),
    STE_S2HA = FIELD(184, 184),
    STE_S2S = FIELD(185, 185),
    STE_S2R = FIELD(186, 186),
    STE_S2TTB = FIELD(243, 196), /* S2TTB[51:4] */
    STE_PARTID = FIELD(287, 272),
    STE_PMG = FIELD(327, 320),
    STE_VMSPTR = FIELD(375, 332), /* VMSPtr[55:12] */
};

/* STE.Config: bit 2 lets traffic pass, bit 1 is stage 2, bit 0 stage 1. */
enum { STE_CONFIG_PASS = 4, STE_CONFIG_STAGE2 = 2, STE_CONFIG_STAGE1 = 1 };

/* Virtual machine structure (5.6): PARTID_MAP at its start. */
enum { VMS_PARTIDS = 32, VMS_PARTID_SIZE = 2 };

enum { S1DSS_TERMINATE = 0, S1DSS_BYPASS = 1, S1DSS_SUBSTREAM0 = 2 };

#endif
