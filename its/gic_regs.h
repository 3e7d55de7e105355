/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Distributor and redistributor registers (IHI 0069 12.9, 12.11). */
#ifndef ITS_GIC_REGS_H
#define ITS_GIC_REGS_H

#include "base/field.h"

enum {
    GICD_CTLR = 0x0000,
    GICD_TYPER = 0x0004,
    GICD_IIDR = 0x0008,
    GICD_TYPER2 = 0x000c,
    GICD_SETSPI_NSR = 0x0040,
    GICD_CLRSPI_NSR = 0x0048,
    GICD_IGROUPR = 0x0080,
    GICD_ISENABLER = 0x0100,
    GICD_ICENABLER = 0x0180,
    GICD_ISPENDR = 0x0200,
    GICD_ICPENDR = 0x0280,
    GICD_ISACTIVER = 0x0300,
    GICD_ICACTIVER = 0x0380,
    GICD_IPRIORITYR = 0x0400,
    GICD_ICFGR = 0x0c00,
    GICD_IROUTER = 0x6000,
    GICR_CTLR = 0x0000,
    GICR_IIDR = 0x0004,
    GICR_TYPER = 0x0008,
    GICR_WAKER = 0x0014,
    GICR_SETLPIR = 0x0040,
    GICR_CLRLPIR = 0x0048,
    GICR_PROPBASER = 0x0070,
    GICR_PENDBASER = 0x0078,
    GICR_INVLPIR = 0x00a0,
    GICR_INVALLR = 0x00b0,
    GICR_SYNCR = 0x00c0,
    GICR_VPROPBASER = 0x20070,
    GICR_VPENDBASER = 0x20078,
    GICR_VSGIR = 0x20080,
    GICR_VSGIPENDR = 0x20088,
    GIC_PIDR4 = 0xffd0,
    GIC_PIDR2 = 0xffe8,
};

/* With one security state: GICD_CTLR.DS is 1. */
enum {
    GICD_CTLR_ENABLE_GRP0 = 1 << 0,
    GICD_CTLR_ENABLE_GRP1 = 1 << 1,
    GICD_CTLR_ARE = 1 << 4,
    GICD_CTLR_DS = 1 << 6,
    GICD_CTLR_E1NWF = 1 << 7,
};

enum {
    GICD_TYPER_ITLINES = FIELD(4, 0), /* SPIs end below 32 * (this + 1) */
    GICD_TYPER_MBIS = FIELD(16, 16),  /* message-based SPIs */
    GICD_TYPER_LPIS = FIELD(17, 17),
    GICD_TYPER_DVIS = FIELD(18, 18), /* GICv4 */
    GICD_TYPER_IDBITS = FIELD(23, 19),
    GICD_TYPER_A3V = FIELD(24, 24),
    GICD_TYPER_NO1N = FIELD(25, 25), /* no SPI of any PE (IROUTER.IRM) */
};

enum {
    GICR_CTLR_ENABLE_LPIS = 1 << 0,
    GICR_CTLR_CES = 1 << 1, /* EnableLPIs can be cleared */
    GICR_CTLR_IR = 1 << 2,  /* INVLPIR, INVALLR and SYNCR are there */
    GICR_CTLR_RWP = 1 << 3, /* EnableLPIs has not been cleared whole yet */
};

enum {
    GICR_TYPER_PLPIS = FIELD(0, 0),
    GICR_TYPER_VLPIS = FIELD(1, 1),
    GICR_TYPER_DIRTY = FIELD(2, 2), /* VPENDBASER.Dirty also tells of the table's parsing */
    GICR_TYPER_DIRECT_LPI = FIELD(3, 3),
    GICR_TYPER_LAST = FIELD(4, 4),
    GICR_TYPER_RVPEID = FIELD(7, 7), /* VPENDBASER holds a vPEID */
    GICR_TYPER_PROCESSOR_NUMBER = FIELD(23, 8),
    GICR_TYPER_VSGI = FIELD(26, 26),
    GICR_TYPER_AFF0 = FIELD(39, 32),
    GICR_TYPER_AFF1 = FIELD(47, 40),
};

enum { WAKER_PROCESSOR_SLEEP = 1 << 1, WAKER_CHILDREN_ASLEEP = 1 << 2 };

enum {
    PROPBASER_IDBITS = FIELD(4, 0),
    PROPBASER_ADDRESS = FIELD(51, 12),
    PENDBASER_ADDRESS = FIELD(51, 16),
    PENDBASER_PTZ = FIELD(62, 62),
};

/* GICv4.1: the vPE configuration table. VPROPBASER of GICv4.0 is as PROPBASER. */
enum {
    VPROPBASER_SIZE = FIELD(6, 0), /* pages - 1 */
    VPROPBASER_ADDRESS = FIELD(51, 12),
    VPROPBASER_Z = FIELD(52, 52),
    VPROPBASER_PAGE_SIZE = FIELD(54, 53),
    VPROPBASER_INDIRECT = FIELD(55, 55),
    VPROPBASER_ENTRY_SIZE = FIELD(61, 59), /* doublewords - 1 */
    VPROPBASER_VALID = FIELD(63, 63),
};

enum {
    VPENDBASER_VPEID = FIELD(15, 0),    /* GICv4.1 */
    VPENDBASER_ADDRESS = FIELD(51, 16), /* GICv4.0: of the virtual pending table */
    VPENDBASER_VGRP1EN = FIELD(58, 58), /* GICv4.1 */
    VPENDBASER_VGRP0EN = FIELD(59, 59), /* GICv4.1 */
    VPENDBASER_DIRTY = FIELD(60, 60),
    VPENDBASER_PENDING_LAST = FIELD(61, 61),
    VPENDBASER_IDAI = FIELD(62, 62),     /* GICv4.0 */
    VPENDBASER_DOORBELL = FIELD(62, 62), /* GICv4.1 */
    VPENDBASER_VALID = FIELD(63, 63),
};

enum { VSGIPENDR_PENDING = FIELD(15, 0) };

/* The argument of INVLPIR and INVALLR in GICv4.1. */
enum { INV_VPEID = FIELD(47, 32), INV_VIRTUAL = FIELD(63, 63) };

/* The LPI configuration byte (IHI 0069 5.1.3): priority in [7:2], enable in [0]. */
enum { LPI_ENABLED = 1 << 0, LPI_PRIORITY = 0xfc };

enum { FIRST_SPI = 32, LAST_SPI = 1019, FIRST_LPI = 8192 };

#endif
