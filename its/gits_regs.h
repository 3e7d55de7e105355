/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* ITS registers (IHI 0069 12.18, 12.19). */
#ifndef ITS_GITS_REGS_H
#define ITS_GITS_REGS_H

#include "base/field.h"

enum {
    GITS_CTLR = 0x0000,
    GITS_IIDR = 0x0004,
    GITS_TYPER = 0x0008,
    GITS_CBASER = 0x0080,
    GITS_CWRITER = 0x0088,
    GITS_CREADR = 0x0090,
    GITS_BASER = 0x0100,
    GITS_PIDR4 = 0xffd0,
    GITS_PIDR2 = 0xffe8,
};

enum { CTLR_ENABLED = 1 << 0 };
#define CTLR_QUIESCENT (UINT32_C(1) << 31)

enum {
    TYPER_PHYSICAL = FIELD(0, 0),
    TYPER_ITT_ENTRY_SIZE = FIELD(7, 4), /* bytes - 1 */
    TYPER_ID_BITS = FIELD(12, 8),       /* EventID bits - 1 */
    TYPER_DEVBITS = FIELD(17, 13),      /* DeviceID bits - 1 */
    TYPER_PTA = FIELD(19, 19),
    TYPER_HCC = FIELD(31, 24),
    TYPER_CIDBITS = FIELD(35, 32), /* ICID bits - 1, with CIL */
    TYPER_CIL = FIELD(36, 36),
};

enum {
    CBASER_SIZE = FIELD(7, 0), /* 4 KB pages - 1 */
    CBASER_ADDRESS = FIELD(51, 12),
    CBASER_VALID = FIELD(63, 63),
};

enum {
    CWRITER_RETRY = 1 << 0,
    CREADR_STALLED = 1 << 0,
    QUEUE_OFFSET = FIELD(19, 5),
};

enum {
    BASER_SIZE = FIELD(7, 0), /* pages - 1 */
    BASER_PAGE_SIZE = FIELD(9, 8),
    BASER_ADDRESS = FIELD(47, 12),
    BASER_ADDRESS_HIGH = FIELD(15, 12), /* [51:48] with 64 KB pages */
    BASER_ENTRY_SIZE = FIELD(52, 48),   /* bytes - 1 */
    BASER_TYPE = FIELD(58, 56),
    BASER_INDIRECT = FIELD(62, 62),
    BASER_VALID = FIELD(63, 63),
};

enum { BASER_TYPE_NONE = 0, BASER_TYPE_DEVICE = 1, BASER_TYPE_VPE = 2, BASER_TYPE_COLLECTION = 4 };

#endif
