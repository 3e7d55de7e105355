/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Accesses that the SMMU itself makes: their attributes and MPAM identifiers (IHI 0070 6.3.11,
 * 13.1.2, 17.4). */
#ifndef SMMU_ORIGINATED_H
#define SMMU_ORIGINATED_H

#include "state.h"

struct originated {
    struct attributes attributes;
    struct mpam mpam;
};

/* Stream table and VMS; queues; MSIs. */
struct originated dbell__originated_table(const struct dbell_smmu_state *state);
struct originated dbell__originated_queue(const struct dbell_smmu_state *state, uint64_t base,
                                          bool write);
struct originated dbell__originated_msi(const struct dbell_smmu_state *state,
                                        uint32_t attribute_register);

/* They are Data and Privileged (13.1.2). */
struct dbell_sideband dbell__originated_side(const struct dbell_smmu_state *state,
                                             struct originated originated);

/* Reads and writes at an aligned address; false: the bus refused it. `size` is at most 64. */
bool dbell__originated_read(struct dbell_smmu *smmu, uint64_t address, uint8_t *bytes,
                            unsigned size, struct originated originated);
bool dbell__originated_write(struct dbell_smmu *smmu, uint64_t address, const uint8_t *bytes,
                             unsigned size, struct originated originated);

/* A PARTID or PMG above MPAMIDR's maximum has an UNKNOWN value: 0 here (5.2 PARTID, 6.3.42). */
struct mpam dbell__mpam_supported(const struct dbell_smmu_features *features, struct mpam mpam);

#endif
