/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Event records (IHI 0070 7.3). */
#ifndef SMMU_EVT_H
#define SMMU_EVT_H

#include "base/field.h"

enum { EVT_SIZE = 32 };

enum {
    EVT_TYPE = FIELD(7, 0),
    EVT_SSV = FIELD(11, 11),
    EVT_SUBSTREAMID = FIELD(31, 12),
    EVT_STREAMID = FIELD(63, 32),
    EVT_STAG = FIELD(79, 64),
    EVT_STALL = FIELD(95, 95),
    EVT_PNU = FIELD(97, 97),
    EVT_IND = FIELD(98, 98),
    EVT_RNW = FIELD(99, 99),
    EVT_S2 = FIELD(103, 103),
    EVT_CLASS = FIELD(105, 104),
    EVT_TTRNW = FIELD(108, 108),
    EVT_HINT_ACCESS = FIELD(103, 97), /* of E_PAGE_REQUEST (7.3.19) */
    EVT_HINT_SPAN = FIELD(115, 108),
    EVT_TREQ_PRIV = FIELD(96, 96), /* of F_BAD_ATS_TREQ (7.3.6); its Span is where the hint's is */
    EVT_TREQ_X = FIELD(97, 97),
    EVT_TREQ_W = FIELD(98, 98),
    EVT_TREQ_R = FIELD(99, 99),
    EVT_INPUTADDR = FIELD(191, 128),
    EVT_IPA = FIELD(243, 204),       /* IPA[51:12] */
    EVT_FETCHADDR = FIELD(243, 195), /* FetchAddr[51:3] */
};

enum { CLASS_CD = 0, CLASS_TT = 1, CLASS_IN = 2 };

#endif
