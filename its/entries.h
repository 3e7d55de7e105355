/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Table entries in memory. All but level 1 are IMPLEMENTATION DEFINED (IHI 0069 5.2): these are
 * what its.h documents. */
#ifndef ITS_ENTRIES_H
#define ITS_ENTRIES_H

#include <doorbell/its.h>

#include "base/field.h"

enum {
    ENTRY_SIZE_MAX = 32,
    L1_SIZE = 8,
    DTE_SIZE = 8,
    ITE_SIZE = 8,
    ITE_DOORBELL_SIZE = 12, /* with individual doorbells */
    CTE_SIZE = 8,
    VTE_SIZE = 16,
    VTE_4_1_SIZE = 32,
};

enum { L1_ADDRESS = FIELD(51, 12), L1_VALID = FIELD(63, 63) };

enum {
    DTE_EVENTID_BITS = FIELD(4, 0), /* less one */
    DTE_ITT = FIELD(48, 5),         /* ITT address [51:8] */
    DTE_VALID = FIELD(63, 63),
};

enum {
    ITE_INTID = FIELD(31, 0),
    ITE_ICID = FIELD(47, 32), /* or the vPEID */
    ITE_VIRTUAL = FIELD(62, 62),
    ITE_VALID = FIELD(63, 63),
    ITE_DOORBELL = FIELD(95, 64),
};

enum {
    CTE_RDBASE = FIELD(35, 0), /* RDbase [51:16] */
    CTE_VALID = FIELD(63, 63),
};

enum {
    VTE_RDBASE = FIELD(35, 0),      /* RDbase [51:16] */
    VTE_INTID_BITS = FIELD(60, 56), /* less one */
    VTE_REQUESTED = FIELD(62, 62),  /* of the redistributors: a default doorbell */
    VTE_VALID = FIELD(63, 63),
    VTE_VPT = FIELD(99, 64),     /* VPT address [51:16] */
    VTE_VCONF = FIELD(163, 128), /* VCONF_ADDR [51:16] */
    VTE_DOORBELL = FIELD(223, 192),
};
enum { VTE_WORDS = VTE_4_1_SIZE / 8 };

void dbell__vte_encode(const struct dbell_vpe *vpe, uint64_t words[VTE_WORDS]);
/* False: it is not valid. */
bool dbell__vte_decode(const uint64_t words[VTE_WORDS], uint32_t vpeid, struct dbell_vpe *vpe);

#endif
