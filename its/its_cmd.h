/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* ITS commands and their error codes (IHI 0069 5.3). */
#ifndef ITS_CMD_H
#define ITS_CMD_H

#include "base/field.h"

enum { ITS_CMD_SIZE = 32 };

enum {
    ITS_MOVI = 0x01,
    ITS_INT = 0x03,
    ITS_CLEAR = 0x04,
    ITS_SYNC = 0x05,
    ITS_MAPD = 0x08,
    ITS_MAPC = 0x09,
    ITS_MAPTI = 0x0a,
    ITS_MAPI = 0x0b,
    ITS_INV = 0x0c,
    ITS_INVALL = 0x0d,
    ITS_MOVALL = 0x0e,
    ITS_DISCARD = 0x0f,
    ITS_VMOVI = 0x21,
    ITS_VMOVP = 0x22,
    ITS_VSGI = 0x23,
    ITS_VSYNC = 0x25,
    ITS_VMAPP = 0x29,
    ITS_VMAPTI = 0x2a,
    ITS_VMAPI = 0x2b,
    ITS_VINVALL = 0x2d,
    ITS_INVDB = 0x2e,
};

enum {
    ITS_OPCODE = FIELD(7, 0),
    ITS_DEVICEID = FIELD(63, 32),
    ITS_SIZE = FIELD(68, 64), /* MAPD: EventID bits - 1 */
    ITS_EVENTID = FIELD(95, 64),
    ITS_PINTID = FIELD(127, 96),
    ITS_ICID = FIELD(143, 128),
    ITS_ITT = FIELD(179, 136),    /* ITT_addr[51:8] */
    ITS_RDBASE = FIELD(179, 144), /* RDbase[51:16] */
    ITS_V = FIELD(191, 191),
    ITS_RDBASE2 = FIELD(243, 208),
};

/* Of the virtual commands. */
enum {
    ITS_VPEID = FIELD(111, 96),
    ITS_VINTID = FIELD(159, 128),   /* VMAPTI */
    ITS_DOORBELL = FIELD(191, 160), /* VMAPTI, VMAPI, VMOVI: an individual one */
    ITS_D = FIELD(128, 128),        /* VMOVI: ITS_DOORBELL is valid */
    VMAPP_ALLOC = FIELD(8, 8),
    VMAPP_PTZ = FIELD(9, 9),
    VMAPP_VCONF = FIELD(51, 16),      /* VCONF_ADDR[51:16] */
    VMAPP_DOORBELL = FIELD(95, 64),   /* the default one */
    VMAPP_VPT_SIZE = FIELD(196, 192), /* vINTID bits - 1 */
    VMAPP_VPT = FIELD(243, 208),      /* VPT_addr[51:16] */
    VMOVP_SEQUENCE = FIELD(47, 32),
    VMOVP_ITS_LIST = FIELD(79, 64),
    VMOVP_DB = FIELD(191, 191), /* VMOVP_DOORBELL is valid */
    VMOVP_DOORBELL = FIELD(223, 192),
    VSGI_ENABLE = FIELD(8, 8),
    VSGI_CLEAR = FIELD(9, 9),
    VSGI_GROUP = FIELD(10, 10),
    VSGI_PRIORITY = FIELD(23, 20),
    VSGI_VINTID = FIELD(35, 32),
};

/* The low byte of 0x01CCEE. */
enum its_cause {
    CAUSE_NONE = 0,
    CAUSE_DEVICE_OOR = 0x01,
    CAUSE_PROCNUM_OOR_MOVALL = 0x01,
    CAUSE_ITTSIZE_OOR = 0x02,
    CAUSE_PROCNUM_OOR = 0x02, /* MAPC */
    CAUSE_COLLECTION_OOR = 0x03,
    CAUSE_UNMAPPED_DEVICE = 0x04,
    CAUSE_ID_OOR = 0x05,
    CAUSE_PHYSICALID_OOR = 0x06,
    CAUSE_UNMAPPED_INTERRUPT = 0x07,
    CAUSE_ID_IS_VIRTUAL = 0x08,
    CAUSE_UNMAPPED_COLLECTION = 0x09,
    CAUSE_ITE_INVALID = 0x10,
    CAUSE_VCPU_OOR = 0x11,
    CAUSE_VPTSIZE_OOR = 0x12,
    CAUSE_VIRTUALID_OOR = 0x13,
    CAUSE_VCPU_INVALID = 0x14,
    CAUSE_ID_IS_PHYSICAL = 0x15,
    CAUSE_ITEVCPU_INVALID = 0x16,
    CAUSE_CMDVCPU_INVALID = 0x17,
    CAUSE_UNKNOWN_COMMAND = 0xfe, /* the model's own: no such opcode */
    CAUSE_MEMORY = 0xff,          /* the model's own: a table entry cannot be accessed */
    CAUSE_NOT_YET = 0x100,        /* none: the command waits for other ITSes (VMOVP) */
};

#endif
