/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The units that act by themselves, and whether they have something to do. */
#include "state.h"

typedef int unit_step(struct dbell_smmu *, struct dbell_itinerary *);

static unit_step *const units[DBELL_SMMU_UNITS] = {
    [DBELL_SMMU_EVENT_WRITER] = dbell__event_step, [DBELL_SMMU_MSI_WRITER] = dbell__msi_step,
    [DBELL_SMMU_RETRIES] = dbell__retry_step,      [DBELL_SMMU_ATOS_UNIT] = dbell__atos_step,
    [DBELL_SMMU_PRI_WRITER] = dbell__pri_step,     [DBELL_SMMU_COMMAND_UNIT] = dbell__cmdq_step,
};

void dbell__tell_invalidations(struct dbell_smmu *smmu)
{
    struct dbell_smmu_state *state = smmu->state;
    const struct dbell_invalidation_port *port = &smmu->ports.invalidations;
    while (state->untold_count) {
        const struct dbell_smmu_invalidation what = state->untold[--state->untold_count];
        if (port->invalidated)
            port->invalidated(port->ctx, &what);
    }
}

int dbell_smmu_step_unit(struct dbell_smmu *smmu, enum dbell_smmu_unit unit,
                         struct dbell_itinerary *itinerary)
{
    if ((unsigned)unit >= DBELL_SMMU_UNITS)
        return DBELL_E_RANGE;
    if (smmu->state->stepping)
        return DBELL_E_BUSY;
    smmu->state->stepping = true;
    const int progress = units[unit](smmu, itinerary);
    smmu->state->stepping = false;
    return progress;
}

/* Records first, as CMD_SYNC waits for them; then MSIs, stalled accesses, ATOS, page requests,
 * commands. */
int dbell_smmu_step(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary)
{
    struct dbell_smmu_state *state = smmu->state;
    if (state->stepping)
        return DBELL_E_BUSY;
    state->stepping = true;
    int progress = DBELL_IDLE;
    for (size_t i = 0; i < DBELL_SMMU_UNITS; i++) {
        int unit = units[i](smmu, itinerary);
        if (unit == DBELL_STEPPED) {
            progress = DBELL_STEPPED;
            break;
        }
        if (unit == DBELL_NOT_YET)
            progress = DBELL_NOT_YET;
    }
    smmu->state->stepping = false;
    return progress;
}

bool dbell_smmu_next_write(const struct dbell_smmu *smmu, enum dbell_smmu_unit unit,
                           uint64_t *address, uint32_t *size)
{
    const struct dbell_smmu_state *state = smmu->state;
    switch (unit) {
    case DBELL_SMMU_EVENT_WRITER:
        return dbell__event_next(state, address, size);
    case DBELL_SMMU_MSI_WRITER:
        return dbell__msi_next(state, address, size);
    case DBELL_SMMU_PRI_WRITER:
        return dbell__pri_next(state, address, size);
    default:
        return false;
    }
}

/* The event writer also takes up the records of stalls that found the queue full. */
unsigned dbell_smmu_work(const struct dbell_smmu *smmu)
{
    struct dbell_smmu_state *state = smmu->state;
    const bool work[DBELL_SMMU_UNITS] = {
        [DBELL_SMMU_EVENT_WRITER] = state->event_count || dbell__event_revives(state),
        [DBELL_SMMU_MSI_WRITER] = state->msi_pending,
        [DBELL_SMMU_RETRIES] = dbell__stall_answered(state),
        [DBELL_SMMU_ATOS_UNIT] = dbell__atos_asked(state),
        [DBELL_SMMU_PRI_WRITER] = state->page_request_count,
        [DBELL_SMMU_COMMAND_UNIT] = dbell__cmdq_ready(state),
    };
    unsigned mask = 0;
    for (unsigned i = 0; i < DBELL_SMMU_UNITS; i++)
        mask |= (unsigned)work[i] << i;
    return mask;
}
