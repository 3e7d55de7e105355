/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Interrupts: wires, the SMMU's own MSIs, and GERROR (IHI 0070 3.18, 7.5, 6.3.16-6.3.23). */
#include "originated.h"
#include "pmcg.h"

static uint32_t enable_of(enum dbell_smmu_line line)
{
    switch (line) {
    case DBELL_SMMU_EVENTQ:
        return IRQ_EVENTQ;
    case DBELL_SMMU_PRIQ:
        return IRQ_PRIQ;
    case DBELL_SMMU_GERROR:
        return IRQ_GERROR;
    default:
        return 0;
    }
}

static const struct msi_registers *msi_of(const struct dbell_smmu_state *state,
                                          enum dbell_smmu_line line)
{
    switch (line) {
    case DBELL_SMMU_EVENTQ:
        return &state->r.eventq_irq;
    case DBELL_SMMU_PRIQ:
        return &state->r.priq_irq;
    case DBELL_SMMU_GERROR:
        return &state->r.gerror_irq;
    default:
        return &state->msi[DBELL_SMMU_CMD_SYNC];
    }
}

static void pulse(struct dbell_smmu *smmu, enum dbell_smmu_line line)
{
    if (smmu->ports.wires.pulse)
        smmu->ports.wires.pulse(smmu->ports.wires.ctx, line);
}

/* 6.3.16: an enable is acknowledged at once, its removal when the MSI before it has been made. */
void dbell__irq_acknowledge(struct dbell_smmu_state *state)
{
    uint32_t pending = 0;
    for (unsigned line = 0; line < DBELL_SMMU_CMD_SYNC; line++)
        if (msi_outstanding(state, line))
            pending |= enable_of((enum dbell_smmu_line)line);
    state->r.irq_ctrlack = state->r.irq_ctrl | (state->r.irq_ctrlack & pending);
}

/* A source triggers. Wire and MSI may both be used (3.18.2); an address of 0 sends no MSI. */
void dbell__interrupt(struct dbell_smmu *smmu, enum dbell_smmu_line line)
{
    struct dbell_smmu_state *state = smmu->state;
    bool by_register = line != DBELL_SMMU_CMD_SYNC;
    if (by_register && !(state->r.irq_ctrl & enable_of(line)))
        return;
    if (state->features.msi && msi_of(state, line)->address) {
        state->msi_pending |= (uint8_t)(1u << line);
        state->msi[line] = *msi_of(state, line);
    }
    pulse(smmu, line);
}

/* 10.2.1: of a counter group, which the group's own enable has let through. */
void dbell__interrupt_pmcg(struct dbell_smmu *smmu, unsigned group)
{
    struct dbell_smmu_state *state = smmu->state;
    const unsigned line = DBELL_SMMU_PMCG0 + group;
    if (state->config.pmcg[group].msi && state->pmcg[group].msi.address) {
        state->msi_pending |= (uint8_t)(1u << line);
        state->msi[line] = state->pmcg[group].msi;
    }
    pulse(smmu, (enum dbell_smmu_line)line);
}

/* 7.5: activates an error, unless it is active already. */
void dbell__gerror(struct dbell_smmu *smmu, uint32_t error)
{
    struct registers *r = &smmu->state->r;
    if ((r->gerror ^ r->gerrorn) & error)
        return;
    r->gerror ^= error;
    if (error != GERROR_MSI_GERROR_ABT) /* 7.5.1 */
        dbell__interrupt(smmu, DBELL_SMMU_GERROR);
}

static unsigned first_line(const struct dbell_smmu_state *state)
{
    unsigned line = 0;
    while (!(state->msi_pending >> line & 1))
        line++;
    return line;
}

bool dbell__msi_next(const struct dbell_smmu_state *state, uint64_t *address, uint32_t *size)
{
    if (!state->msi_pending)
        return false;
    *address = state->msi[first_line(state)].address & ones(state->features.oas);
    *size = 4;
    return true;
}

/* One MSI: a 32-bit write that carries the SMMU's own DeviceID. */
int dbell__msi_step(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary)
{
    static const uint32_t errors[DBELL_SMMU_LINES] = {
        [DBELL_SMMU_EVENTQ] = GERROR_MSI_EVENTQ_ABT,
        [DBELL_SMMU_PRIQ] = GERROR_MSI_PRIQ_ABT,
        [DBELL_SMMU_GERROR] = GERROR_MSI_GERROR_ABT,
        [DBELL_SMMU_CMD_SYNC] = GERROR_MSI_CMDQ_ABT,
    };
    struct dbell_smmu_state *state = smmu->state;
    if (!state->msi_pending)
        return DBELL_IDLE;
    const unsigned line = first_line(state);
    const struct msi_registers msi = state->msi[line];
    struct originated originated = dbell__originated_msi(state, msi.attributes);
    if (line >= DBELL_SMMU_PMCG0) /* groups have no MPAM: CFGR.MPAM is 0 (17.5) */
        originated.mpam = (struct mpam){0};
    uint8_t data[4];
    dbell__put_le(data, sizeof data, msi.data);
    struct dbell_transaction write = {
        .address = msi.address & ones(state->features.oas), /* 3.4.3 (6) */
        .length = sizeof data,
        .op = DBELL_WRITE,
        .data = data,
        .side = dbell__originated_side(state, originated),
        .itinerary = itinerary,
    };
    write.side.has_deviceid = state->config.has_deviceid;
    write.side.deviceid = state->config.deviceid;
    dbell__append_step(itinerary, (struct dbell_step){.kind = DBELL_STEP_WRITE,
                                                      .object = DBELL_OBJECT_MSI,
                                                      .resource = DBELL_RESOURCE_QUEUE_PORT,
                                                      .level = -1,
                                                      .size = sizeof data,
                                                      .after = dbell__last_step(itinerary),
                                                      .address = write.address,
                                                      .value = msi.data});
    const uint8_t bit = (uint8_t)(1u << line);
    state->msi_pending &= (uint8_t)~bit; /* what triggers meanwhile is another */
    state->msi_on_bus |= bit;
    bool ok = smmu->ports.tables.access(smmu->ports.tables.ctx, &write) == DBELL_RESPONSE_OK;
    if (!(state->msi_on_bus & bit)) /* a reset has come between */
        return DBELL_STEPPED;
    state->msi_on_bus &= (uint8_t)~bit;
    dbell__irq_acknowledge(state);
    if (line >= DBELL_SMMU_PMCG0)
        dbell__pmcg_msi_done(state, line - DBELL_SMMU_PMCG0, !ok);
    else if (!ok)
        dbell__gerror(smmu, errors[line]);
    return DBELL_STEPPED;
}
