/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef DOORBELL_MACHINE_PRIVATE_H
#define DOORBELL_MACHINE_PRIVATE_H

#include <doorbell/machine.h>
#include <doorbell/ram.h>

#include "regions.h"

enum { RAISED = 256, STALLED = 64, DMA_MAX = 4096 };

/* An access of a device that has stalled, and what it has come to. */
struct stalled {
    bool used, ended;
    uint32_t token;   /* as the device knows it */
    uint32_t current; /* as the SMMU knows it: a retry that stalls again gets a new one */
    struct dbell_dma dma;
    uint8_t data[DMA_MAX];
    struct dbell_dma_result result;
};

struct machine_smmu {
    struct dbell_machine *machine;
    struct dbell_smmu unit;
    void *state;
    size_t state_size;
    uint64_t pulses[DBELL_SMMU_LINES];
    struct stalled stalled[STALLED];
};

struct machine_its {
    struct dbell_machine *machine;
    struct dbell_its unit;
    void *state;
    size_t state_size;
    uint64_t pulses[DBELL_ITS_LINES];
};

struct machine_gic {
    struct dbell_gic unit;
    void *state;
    size_t state_size;
};

struct dbell_machine {
    struct dbell_platform platform;
    struct regions regions;
    struct dbell_ram ram[DBELL_PLATFORM_RAMS];
    struct machine_smmu smmu[DBELL_PLATFORM_PARTS];
    struct machine_its its[DBELL_PLATFORM_PARTS];
    struct machine_gic gic;
    struct dbell_raised raised[RAISED];
    uint32_t raised_count;
};

void dbell__machine_raise(struct dbell_machine *m, enum dbell_raised_kind kind, uint32_t at,
                          uint32_t intid);

/* dma.c */
void dbell__machine_dma(void *ctx, const struct dbell_dma *dma, struct dbell_dma_result *result);
void dbell__machine_pending_result(void *ctx, uint32_t token, struct dbell_dma_result *result);
void dbell__stalled_end(struct machine_smmu *smmu, uint32_t token,
                        const struct dbell_translation *result);

#endif
