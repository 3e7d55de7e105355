/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Register offsets and fields (IHI 0070 6.1, 6.3). */
#ifndef SMMU_REGS_H
#define SMMU_REGS_H

#include "base/field.h"

enum {
    REG_IDR0 = 0x000,
    REG_IIDR = 0x018,
    REG_AIDR = 0x01c,
    REG_CR0 = 0x020,
    REG_CR0ACK = 0x024,
    REG_CR1 = 0x028,
    REG_CR2 = 0x02c,
    REG_STATUSR = 0x040,
    REG_GBPA = 0x044,
    REG_IRQ_CTRL = 0x050,
    REG_IRQ_CTRLACK = 0x054,
    REG_GERROR = 0x060,
    REG_GERRORN = 0x064,
    REG_GERROR_IRQ_CFG0 = 0x068,
    REG_GERROR_IRQ_CFG1 = 0x070,
    REG_GERROR_IRQ_CFG2 = 0x074,
    REG_STRTAB_BASE = 0x080,
    REG_STRTAB_BASE_CFG = 0x088,
    REG_CMDQ_BASE = 0x090,
    REG_CMDQ_PROD = 0x098,
    REG_CMDQ_CONS = 0x09c,
    REG_EVENTQ_BASE = 0x0a0,
    REG_EVENTQ_IRQ_CFG0 = 0x0b0,
    REG_EVENTQ_IRQ_CFG1 = 0x0b8,
    REG_EVENTQ_IRQ_CFG2 = 0x0bc,
    REG_PRIQ_BASE = 0x0c0,
    REG_PRIQ_IRQ_CFG0 = 0x0d0,
    REG_PRIQ_IRQ_CFG1 = 0x0d8,
    REG_PRIQ_IRQ_CFG2 = 0x0dc,
    REG_PIDR4 = 0xfd0,
    REG_PAGE1 = 0x10000,
    REG_EVENTQ_PROD = REG_PAGE1 + 0x0a8,
    REG_EVENTQ_CONS = REG_PAGE1 + 0x0ac,
    REG_PRIQ_PROD = REG_PAGE1 + 0x0c8,
    REG_PRIQ_CONS = REG_PAGE1 + 0x0cc,
};

/* 6.3.1 */
enum {
    IDR0_S2P = FIELD(0, 0),
    IDR0_S1P = FIELD(1, 1),
    IDR0_TTF = FIELD(3, 2),
    IDR0_COHACC = FIELD(4, 4),
    IDR0_BTM = FIELD(5, 5),
    IDR0_HTTU = FIELD(7, 6),
    IDR0_HYP = FIELD(9, 9),
    IDR0_ATS = FIELD(10, 10),
    IDR0_NS1ATS = FIELD(11, 11),
    IDR0_ASID16 = FIELD(12, 12),
    IDR0_MSI = FIELD(13, 13),
    IDR0_SEV = FIELD(14, 14),
    IDR0_ATOS = FIELD(15, 15),
    IDR0_PRI = FIELD(16, 16),
    IDR0_VMW = FIELD(17, 17),
    IDR0_VMID16 = FIELD(18, 18),
    IDR0_CD2L = FIELD(19, 19),
    IDR0_VATOS = FIELD(20, 20),
    IDR0_TTENDIAN = FIELD(22, 21),
    IDR0_STALL_MODEL = FIELD(25, 24),
    IDR0_TERM_MODEL = FIELD(26, 26),
    IDR0_ST_LEVEL = FIELD(28, 27),
    IDR0_RME_IMPL = FIELD(30, 30),
};

/* 6.3.2 */
enum {
    IDR1_SIDSIZE = FIELD(5, 0),
    IDR1_SSIDSIZE = FIELD(10, 6),
    IDR1_PRIQS = FIELD(15, 11),
    IDR1_EVENTQS = FIELD(20, 16),
    IDR1_CMDQS = FIELD(25, 21),
    IDR1_ATTR_PERMS_OVR = FIELD(26, 26),
    IDR1_ATTR_TYPES_OVR = FIELD(27, 27),
    IDR1_QUEUES_PRESET = FIELD(29, 29),
    IDR1_TABLES_PRESET = FIELD(30, 30),
    IDR1_ECMDQ = FIELD(31, 31),
};

/* 6.3.4 */
enum {
    IDR3_HAD = FIELD(2, 2),
    IDR3_PBHA = FIELD(3, 3),
    IDR3_XNX = FIELD(4, 4),
    IDR3_PPS = FIELD(5, 5),
    IDR3_MPAM = FIELD(7, 7),
    IDR3_FWB = FIELD(8, 8),
    IDR3_STT = FIELD(9, 9),
    IDR3_RIL = FIELD(10, 10),
    IDR3_BBML = FIELD(12, 11),
    IDR3_E0PD = FIELD(13, 13),
    IDR3_PTWNNC = FIELD(14, 14),
    IDR3_DPT = FIELD(15, 15),
    IDR3_EPAN = FIELD(17, 17),
    IDR3_LATER = FIELD(31, 18),
};

/* 6.3.6 */
enum {
    IDR5_OAS = FIELD(2, 0),
    IDR5_GRAN4K = FIELD(4, 4),
    IDR5_GRAN16K = FIELD(5, 5),
    IDR5_GRAN64K = FIELD(6, 6),
    IDR5_DS = FIELD(7, 7),
    IDR5_D128 = FIELD(8, 8),
    IDR5_VAX = FIELD(11, 10),
    IDR5_STALL_MAX = FIELD(31, 16),
};

/* 6.3.9 */
enum {
    CR0_SMMUEN = 1u << 0,
    CR0_PRIQEN = 1u << 1,
    CR0_EVENTQEN = 1u << 2,
    CR0_CMDQEN = 1u << 3,
    CR0_ATSCHK = 1u << 4,
    CR0_VMW = 7u << 6,
};

/* 6.3.12 */
enum { CR2_E2H = 1u << 0, CR2_RECINVSID = 1u << 1, CR2_PTM = 1u << 2 };

/* 6.3.14 */
enum { GBPA_ABORT = 1 << 20 };
#define GBPA_UPDATE (UINT32_C(1) << 31)
enum {
    GBPA_MEMATTR = FIELD(3, 0),
    GBPA_MTCFG = FIELD(4, 4),
    GBPA_SHCFG = FIELD(13, 12),
};

/* 6.3.17 */
enum { IRQ_GERROR = 1u << 0, IRQ_PRIQ = 1u << 1, IRQ_EVENTQ = 1u << 2 };

/* 6.3.19 */
enum {
    GERROR_CMDQ = 1u << 0,
    GERROR_EVENTQ_ABT = 1u << 2,
    GERROR_PRIQ_ABT = 1u << 3,
    GERROR_MSI_CMDQ_ABT = 1u << 4,
    GERROR_MSI_EVENTQ_ABT = 1u << 5,
    GERROR_MSI_PRIQ_ABT = 1u << 6,
    GERROR_MSI_GERROR_ABT = 1u << 7,
};

/* 6.3.25 */
enum {
    STRTAB_CFG_LOG2SIZE = FIELD(5, 0),
    STRTAB_CFG_SPLIT = FIELD(10, 6),
    STRTAB_CFG_FMT = FIELD(17, 16),
};

/* Queue bases, indexes and MSI addresses (6.3.21-6.3.37) */
enum {
    QUEUE_LOG2SIZE = FIELD(4, 0),
    QUEUE_ADDR = FIELD(51, 5),
    STRTAB_ADDR = FIELD(51, 6),
    MSI_ADDR = FIELD(51, 2),
    CMDQ_CONS_ERR = FIELD(30, 24),
};
#define QUEUE_OVERFLOW (UINT32_C(1) << 31)
#define QUEUE_INDEX    UINT32_C(0xfffff)

#endif
