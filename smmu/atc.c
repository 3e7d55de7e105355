/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Invalidation of the endpoints' address translation caches (IHI 0070 4.5.1, 3.9.1.4, 3.9.1.5). */
#include "cmd.h"
#include "state.h"

bool dbell__atc_invalidate(struct dbell_smmu *smmu, const uint64_t c[2])
{
    struct dbell_smmu_state *state = smmu->state;
    const struct dbell_ats_port *port = &smmu->ports.ats;
    if (!(state->r.cr0 & CR0_SMMUEN) || !port->invalidate) /* 4.5: IGNORED */
        return true;
    const unsigned span = (unsigned)get(c, CMD_ATC_SIZE) + 12; /* 64 at most */
    const bool ssv = state->features.ssidsize && get(c, CMD_SSV);
    const struct dbell_ats_invalidation invalidation = {
        .streamid = (uint32_t)get(c, CMD_STREAMID),
        .has_substreamid = ssv,
        .substreamid = ssv ? (uint32_t)get(c, CMD_SUBSTREAMID) : 0,
        .global = ssv && get(c, CMD_ATC_GLOBAL),
        .address = (get(c, CMD_VA) << 12) & ~ones(span),
        .size = span < 64 ? UINT64_C(1) << span : 0,
        .tag = state->atc_tag};
    state->atc_open++;
    if (port->invalidate(port->ctx, &invalidation)) {
        count(state, DBELL_SMMU_ATC_INVALIDATIONS);
        return true;
    }
    if (invalidation.tag == state->atc_tag) /* else a reset has come between */
        state->atc_open--;
    return false;
}

void dbell_smmu_ats_invalidated(struct dbell_smmu *smmu, uint32_t tag, enum dbell_ats_end end)
{
    struct dbell_smmu_state *state = smmu->state;
    if (tag != state->atc_tag || !state->atc_open)
        return;
    state->atc_open--;
    state->atc_timed_out |= end == DBELL_ATS_TIMED_OUT;
}
