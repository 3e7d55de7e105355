/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Table entries in memory. All but level 1 are IMPLEMENTATION DEFINED (IHI 0069 5.2): these are
 * what its.h documents. */
#ifndef ITS_ENTRIES_H
#define ITS_ENTRIES_H

#include "base/field.h"

enum { ENTRY_SIZE_MAX = 32, L1_SIZE = 8, DTE_SIZE = 8, ITE_SIZE = 8, CTE_SIZE = 8 };

enum { L1_ADDRESS = FIELD(51, 12), L1_VALID = FIELD(63, 63) };

enum {
    DTE_EVENTID_BITS = FIELD(4, 0), /* less one */
    DTE_ITT = FIELD(48, 5),         /* ITT address [51:8] */
    DTE_VALID = FIELD(63, 63),
};

enum {
    ITE_INTID = FIELD(31, 0),
    ITE_ICID = FIELD(47, 32),
    ITE_VALID = FIELD(63, 63),
};

enum {
    CTE_RDBASE = FIELD(35, 0), /* RDbase [51:16] */
    CTE_VALID = FIELD(63, 63),
};

#endif
