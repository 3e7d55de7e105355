/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* ITS registers (IHI 0069 12.18, 12.19). */
#ifndef ITS_GITS_REGS_H
#define ITS_GITS_REGS_H

#include "base/field.h"

enum {
    GITS_CTLR = 0x0000,
    GITS_IIDR = 0x0004,
    GITS_TYPER = 0x0008,
    GITS_MPAMIDR = 0x0010,
    GITS_PARTIDR = 0x0014,
    GITS_MPIDR = 0x0018,
    GITS_STATUSR = 0x0040,
    GITS_UMSIR = 0x0048,
    GITS_CBASER = 0x0080,
    GITS_CWRITER = 0x0088,
    GITS_CREADR = 0x0090,
    GITS_BASER = 0x0100,
    GITS_PIDR4 = 0xffd0,
    GITS_SGIR = 0x20020,
    GITS_PIDR2 = 0xffe8,
};

enum {
    CTLR_ENABLED = 1 << 0,
    CTLR_IMDE = 1 << 1,
    CTLR_ITS_NUMBER = 0xf << 4,
    CTLR_ITS_NUMBER_FIELD = FIELD(7, 4),
    CTLR_UMSIIRQ = 1 << 8,
};
#define CTLR_QUIESCENT (UINT32_C(1) << 31)

enum {
    STATUSR_RRD = 1 << 0,  /* a reserved location was read */
    STATUSR_WRD = 1 << 1,  /* ... written */
    STATUSR_RWOD = 1 << 2, /* a write-only location was read */
    STATUSR_WROD = 1 << 3, /* a read-only location was written */
    STATUSR_UMSI = 1 << 4,
    STATUSR_OVERFLOW = 1 << 5,
    STATUSR_SYNDROME = FIELD(9, 6),
};

/* GITS_STATUSR.Syndrome */
enum {
    SYNDROME_UNKNOWN = 0,
    SYNDROME_DEVICEID_OOR = 2,
    SYNDROME_DEVICEID_UNMAPPED = 3,
    SYNDROME_EVENTID_OOR = 4,
    SYNDROME_EVENTID_UNMAPPED = 5,
    SYNDROME_COLLECTION_UNMAPPED = 7,
    SYNDROME_VPEID_UNMAPPED = 9,
};

enum { UMSIR_EVENTID = FIELD(31, 0), UMSIR_DEVICEID = FIELD(63, 32) };

enum { SGIR_VINTID = FIELD(3, 0), SGIR_VPEID = FIELD(47, 32) };

enum { MPAM_PARTID = FIELD(15, 0), MPAM_PMG = FIELD(23, 16) }; /* of PARTIDR and MPAMIDR */

enum {
    TYPER_PHYSICAL = FIELD(0, 0),
    TYPER_VIRTUAL = FIELD(1, 1),
    TYPER_CCT = FIELD(2, 2),            /* collections in memory beside those of HCC */
    TYPER_ITT_ENTRY_SIZE = FIELD(7, 4), /* bytes - 1 */
    TYPER_ID_BITS = FIELD(12, 8),       /* EventID bits - 1 */
    TYPER_DEVBITS = FIELD(17, 13),      /* DeviceID bits - 1 */
    TYPER_SEIS = FIELD(18, 18),
    TYPER_PTA = FIELD(19, 19),
    TYPER_HCC = FIELD(31, 24),
    TYPER_CIDBITS = FIELD(35, 32), /* ICID bits - 1, with CIL */
    TYPER_CIL = FIELD(36, 36),
    TYPER_VMOVP = FIELD(37, 37),
    TYPER_MPAM = FIELD(38, 38),
    TYPER_VSGI = FIELD(39, 39),
    TYPER_VMAPP = FIELD(40, 40),
    TYPER_SVPET = FIELD(42, 41),
    TYPER_NID = FIELD(43, 43),
    TYPER_UMSI = FIELD(44, 44),
    TYPER_UMSIIRQ = FIELD(45, 45),
    TYPER_INV = FIELD(46, 46),
};

enum {
    CBASER_SIZE = FIELD(7, 0),      /* 4 KB pages - 1 */
    CBASER_ADDRESS = FIELD(51, 16), /* [15:12] are to be zero */
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
