/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Lookups in the address translation cache. */
#ifndef PCIE_ATC_H
#define PCIE_ATC_H

#include "endpoint_state.h"

struct atc_key {
    bool has_pasid, privileged;
    uint32_t pasid;
    uint64_t address;
};

/* NULL: nothing is held for it. */
struct dbell_atc_entry *dbell__atc_find(struct dbell_endpoint_state *state,
                                        const struct atc_key *key);

#endif
