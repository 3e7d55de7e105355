/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Address translation operation registers (IHI 0070 6.3.37-6.3.40, 9.1). */
#ifndef SMMU_ATOS_H
#define SMMU_ATOS_H

#include "base/field.h"

enum { ATOS_RUN = 1u << 0 };

enum {
    ATOS_SID_STREAMID = FIELD(31, 0),
    ATOS_SID_SUBSTREAMID = FIELD(51, 32),
    ATOS_SID_SSID_VALID = FIELD(52, 52),

    ATOS_ADDR_HTTUI = FIELD(6, 6),
    ATOS_ADDR_IND = FIELD(7, 7),
    ATOS_ADDR_RNW = FIELD(8, 8),
    ATOS_ADDR_PNU = FIELD(9, 9),
    ATOS_ADDR_TYPE = FIELD(11, 10),
    ATOS_ADDR_ADDR = FIELD(63, 12),

    ATOS_PAR_FAULT = FIELD(0, 0),
    /* Without a fault */
    ATOS_PAR_SH = FIELD(9, 8),
    ATOS_PAR_SIZE = FIELD(11, 11),
    ATOS_PAR_ADDR = FIELD(55, 12),
    ATOS_PAR_ATTR = FIELD(63, 56),
    /* With one */
    ATOS_PAR_REASON = FIELD(2, 1),
    ATOS_PAR_FAULTCODE = FIELD(11, 4),
    ATOS_PAR_FADDR = FIELD(55, 12),
};

/* ATOS_ADDR.TYPE: bit 0 asks for stage 1, bit 1 for stage 2. */
enum { ATOS_STAGE1 = 1, ATOS_STAGE2 = 2 };

/* Fault codes that are no event numbers (9.1.5). */
enum { ATOS_INTERNAL_ERR = 0xfd, ATOS_INV_STAGE = 0xfe, ATOS_INV_REQ = 0xff };

#endif
