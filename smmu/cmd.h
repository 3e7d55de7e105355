/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Command queue entries (IHI 0070 4). */
#ifndef SMMU_CMD_H
#define SMMU_CMD_H

#include "base/field.h"

enum { CMD_SIZE = 16 };

enum {
    CMD_PREFETCH_CONFIG = 0x01,
    CMD_PREFETCH_ADDR = 0x02,
    CMD_CFGI_STE = 0x03,
    CMD_CFGI_STE_RANGE = 0x04, /* Range 31: CMD_CFGI_ALL */
    CMD_CFGI_CD = 0x05,
    CMD_CFGI_CD_ALL = 0x06,
    CMD_CFGI_VMS_PIDM = 0x07,
    CMD_TLBI_NH_ALL = 0x10,
    CMD_TLBI_NH_ASID = 0x11,
    CMD_TLBI_NH_VA = 0x12,
    CMD_TLBI_NH_VAA = 0x13,
    CMD_TLBI_EL2_ALL = 0x20,
    CMD_TLBI_EL2_ASID = 0x21,
    CMD_TLBI_EL2_VA = 0x22,
    CMD_TLBI_EL2_VAA = 0x23,
    CMD_TLBI_S12_VMALL = 0x28,
    CMD_TLBI_S2_IPA = 0x2a,
    CMD_TLBI_NSNH_ALL = 0x30,
    CMD_ATC_INV = 0x40,
    CMD_PRI_RESP = 0x41,
    CMD_RESUME = 0x44,
    CMD_STALL_TERM = 0x45,
    CMD_SYNC = 0x46,
};

enum {
    CMD_OPCODE = FIELD(7, 0),
    CMD_SSEC = FIELD(10, 10),
    CMD_SSV = FIELD(11, 11),
    CMD_SUBSTREAMID = FIELD(31, 12),
    CMD_STREAMID = FIELD(63, 32),
    /* 4.2.2 */
    CMD_SIZE_LOG2 = FIELD(68, 64),
    CMD_STRIDE = FIELD(73, 69),
    /* 4.3 */
    CMD_LEAF = FIELD(64, 64),
    CMD_RANGE = FIELD(68, 64),
    /* 4.4.1 */
    CMD_NUM = FIELD(16, 12),
    CMD_SCALE = FIELD(24, 20),
    CMD_VMID = FIELD(47, 32),
    CMD_ASID = FIELD(63, 48),
    CMD_TTL = FIELD(73, 72),
    CMD_TG = FIELD(75, 74),
    CMD_VA = FIELD(127, 76),  /* Address[63:12] */
    CMD_IPA = FIELD(115, 76), /* Address[51:12] */
    /* 4.5.1; the address is CMD_VA */
    CMD_ATC_GLOBAL = FIELD(9, 9),
    CMD_ATC_SIZE = FIELD(69, 64),
    /* 4.5.2 */
    CMD_PRI_PRGINDEX = FIELD(72, 64),
    CMD_PRI_RESPONSE = FIELD(77, 76),
    /* 4.7.1 */
    CMD_RESUME_RETRY = FIELD(12, 12),
    CMD_RESUME_ABORT = FIELD(13, 13),
    CMD_STAG = FIELD(79, 64),
    /* 4.7.3 */
    CMD_SYNC_CS = FIELD(13, 12),
    CMD_SYNC_MSH = FIELD(23, 22),
    CMD_SYNC_MSIATTR = FIELD(27, 24),
    CMD_SYNC_MSIDATA = FIELD(63, 32),
    CMD_SYNC_MSIADDR = FIELD(115, 66), /* MSIAddress[51:2] */
};

enum { SYNC_SIG_NONE = 0, SYNC_SIG_IRQ = 1, SYNC_SIG_SEV = 2 };

/* SMMU_CMDQ_CONS.ERR (7.1) */
enum { CERROR_NONE = 0, CERROR_ILL = 1, CERROR_ABT = 2, CERROR_ATC_INV_SYNC = 3 };

#endif
