/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Performance monitor counter groups: registers and events (IHI 0070 10). */
#ifndef SMMU_PMCG_H
#define SMMU_PMCG_H

#include "state.h"

/* Offsets in a group's page 0; with CFGR.RELOC_CTRS some are in page 1 instead (10.5.1). */
enum {
    PMCG_EVCNTR = 0x000,
    PMCG_EVTYPER = 0x400,
    PMCG_SVR = 0x600,
    PMCG_SMR = 0xa00,
    PMCG_CNTENSET = 0xc00,
    PMCG_CNTENCLR = 0xc20,
    PMCG_INTENSET = 0xc40,
    PMCG_INTENCLR = 0xc60,
    PMCG_OVSCLR = 0xc80,
    PMCG_OVSSET = 0xcc0,
    PMCG_CAPR = 0xd88,
    PMCG_CFGR = 0xe00,
    PMCG_CR = 0xe04,
    PMCG_IIDR = 0xe08,
    PMCG_CEID0 = 0xe20,
    PMCG_IRQ_CTRL = 0xe50,
    PMCG_IRQ_CTRLACK = 0xe54,
    PMCG_IRQ_CFG0 = 0xe58,
    PMCG_IRQ_CFG1 = 0xe60,
    PMCG_IRQ_CFG2 = 0xe64,
    PMCG_IRQ_STATUS = 0xe68,
    PMCG_AIDR = 0xe70,
    PMCG_PMDEVARCH = 0xfbc,
    PMCG_PMDEVTYPE = 0xfcc,
    PMCG_PIDR4 = 0xfd0,
    PMCG_PAGE = 0x1000,
};

/* 10.5.2.2 */
enum {
    EVTYPER_EVENT = FIELD(15, 0),
    EVTYPER_FILTER_SID_SPAN = FIELD(29, 29),
    EVTYPER_OVFCAP = FIELD(31, 31),
};

/* 10.5.2.13 */
enum {
    CFGR_NCTR = FIELD(5, 0),
    CFGR_SIZE = FIELD(13, 8),
    CFGR_RELOC_CTRS = FIELD(20, 20),
    CFGR_MSI = FIELD(21, 21),
    CFGR_CAPTURE = FIELD(22, 22),
    CFGR_SID_FILTER_TYPE = FIELD(23, 23),
};

/* One occurrence of an event in this unit, on behalf of a stream. */
void dbell__pmcg_count(struct dbell_smmu *smmu, enum dbell_pmcg_unit unit, unsigned event,
                       uint32_t streamid);
/* The same of a Translation Request: it comes to the TCU, and is counted where a TCU is. */
void dbell__pmcg_count_request(struct dbell_smmu *smmu, unsigned event, uint32_t streamid);
static inline void pmcg_event(struct dbell_smmu *smmu, enum dbell_pmcg_unit unit, unsigned event,
                              uint32_t streamid)
{
    if (smmu->state->pmcg_counting)
        dbell__pmcg_count(smmu, unit, event, streamid);
}

/* Whether the offset is in a page of a group, and which. */
bool dbell__pmcg_page(const struct dbell_smmu_config *config, uint64_t offset, unsigned *group,
                      uint32_t *at, bool *page1);
uint64_t dbell__pmcg_read(struct dbell_smmu *smmu, unsigned group, uint32_t offset, unsigned size,
                          bool page1);
void dbell__pmcg_write(struct dbell_smmu *smmu, unsigned group, uint32_t offset, unsigned size,
                       uint64_t value, bool page1);
void dbell__pmcg_reset(struct dbell_smmu_state *state);
/* The MSI of a group has been made, or was refused. */
void dbell__pmcg_msi_done(struct dbell_smmu_state *state, unsigned group, bool aborted);

#endif
