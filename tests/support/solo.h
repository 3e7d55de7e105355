/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* An SMMU of its own over the memory of a laboratory, for tests that stand in its ports.
 * It uses the laboratory's stream table and queues. */
#ifndef TEST_SOLO_H
#define TEST_SOLO_H

#include "lab.h"

struct solo {
    struct lab lab;
    struct dbell_smmu smmu;
    void *state;
    uint32_t commands, events;
};

/* NULL config: the default one. Ports without tables: the laboratory's bus. Everything enabled. */
bool solo_open(struct solo *solo, const struct dbell_smmu_config *config,
               const struct dbell_smmu_ports *ports);
void solo_close(struct solo *solo);
/* Steps until nothing is left to do, or something has to wait. */
int solo_rest(struct solo *solo);
/* One access of 4 bytes; answers what dbell_smmu_translate() does. */
int solo_translate(struct solo *solo, uint32_t sid, enum dbell_op op, uint64_t address,
                   struct dbell_translation *result);
/* As lab_command() and lab_event(). */
bool solo_command(struct solo *solo, struct dbell_host_cmd command);
bool solo_event(struct solo *solo, uint64_t record[4]);

#endif
