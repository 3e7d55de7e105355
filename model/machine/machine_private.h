/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef DOORBELL_MACHINE_PRIVATE_H
#define DOORBELL_MACHINE_PRIVATE_H

#include <doorbell/machine.h>
#include <doorbell/ram.h>
#include <doorbell/reports.h>
#include <doorbell/root.h>

#include "messages.h"
#include "regions.h"

enum { RAISED = 256, REPORTS_KEPT = 256, STALLED = 64, DMA_MAX = 4096 };

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
    uint32_t to_complete, completion_tag; /* invalidations that devices have still to answer */
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

struct dbell_timed;

struct dbell_machine {
    struct dbell_platform platform;
    struct regions regions;
    struct dbell_ram ram[DBELL_PLATFORM_RAMS];
    struct machine_smmu smmu[DBELL_PLATFORM_PARTS];
    struct machine_its its[DBELL_PLATFORM_PARTS];
    struct machine_gic gic;
    struct messages messages;
    struct dbell_report reports[REPORTS_KEPT];
    uint32_t report_first, report_count;
    bool watch_stale;
    struct dbell_root root;
    struct dbell_timed *timed; /* who keeps time, or NULL */
    struct dbell_bus memory;   /* what the identity agent reaches */
    struct dbell_raised raised[RAISED];
    uint32_t raised_count;
};

void dbell__machine_raise(struct dbell_machine *m, enum dbell_raised_kind kind, uint32_t at,
                          uint32_t intid);

/* reports.c */
void dbell__machine_report(struct dbell_machine *m, enum dbell_report_kind kind,
                           const struct dbell_sideband *side, uint64_t address, uint64_t went);
void dbell__machine_watch(struct machine_smmu *smmu, const struct dbell_transaction *t,
                          const struct dbell_translation *translation);

/* ats.c: the SMMU in front of a RequesterID, NULL without one, and the IDs that go with it. */
int dbell__machine_find_smmu(struct dbell_machine *m, uint32_t requesterid,
                             struct dbell_sideband *side, struct machine_smmu **smmu);
int dbell__machine_translation_request(void *ctx, uint32_t requesterid,
                                       struct dbell_ats_request *request,
                                       struct dbell_ats_completion *completion);
int dbell__machine_page_request(void *ctx, uint32_t requesterid,
                                struct dbell_page_request *request);
bool dbell__machine_receive(void *ctx, uint32_t requesterid, bool automatic,
                            struct dbell_device_message *message);
struct dbell_ats_port dbell__machine_ats_port(struct machine_smmu *smmu);
bool dbell__machine_complete_invalidations(struct machine_smmu *smmu);

/* timed.c: what time has to know of the function. */
void dbell__timed_invalidated(struct machine_smmu *smmu,
                              const struct dbell_smmu_invalidation *what);
void dbell__timed_raised(struct dbell_timed *timed, uint32_t cpu, uint32_t intid);
/* True: a stalled access of timed replay, which goes on by itself. */
bool dbell__timed_completed(struct machine_smmu *smmu, uint32_t token,
                            const struct dbell_translation *result);

/* root.c */
void dbell__machine_root_init(struct dbell_machine *m);

/* dma.c */
enum dbell_response dbell__machine_terminated(const struct dbell_translation *t,
                                              struct dbell_transaction *transaction);
void dbell__stalled_remember(struct machine_smmu *smmu, const struct dbell_dma *dma,
                             const struct dbell_dma_result *result);
enum dbell_response dbell__machine_through_smmu(void *ctx, struct dbell_transaction *t);
void dbell__machine_dma(void *ctx, const struct dbell_dma *dma, struct dbell_dma_result *result);
void dbell__machine_pending_result(void *ctx, uint32_t token, struct dbell_dma_result *result);
void dbell__stalled_end(struct machine_smmu *smmu, uint32_t token,
                        const struct dbell_translation *result);

#endif
