/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What acts by itself: command processors, writers, retries, devices; and what their acts take out
 * of the caches of time. */
#include "timed_state.h"

static bool work(void *ctx, enum dbell_clockwork_actor actor, unsigned part)
{
    struct dbell_timed *timed = ctx;
    struct dbell_machine *m = timed->machine;
    if (actor < DBELL_SMMU_ACTORS)
        return dbell_smmu_work(&m->smmu[part].unit) >> actor & 1;
    if (actor == DBELL_ACTOR_ITS)
        return dbell_its_work(&m->its[part].unit);
    for (size_t i = 0; i < m->platform.smmu_count; i++)
        if (m->smmu[i].to_complete)
            return true;
    return m->root.function_count || m->root.refused_count;
}

static void foresee_command(struct dbell_smmu *smmu, struct dbell_foreseen_act *out)
{
    static const uint16_t costs[DBELL_SMMU_COMMAND_KINDS] = {
        [DBELL_COMMAND_NONE] = DBELL_TIMING_PARAMETERS,
        [DBELL_COMMAND_PREFETCH] = DBELL_T_COMMAND_PREFETCH,
        [DBELL_COMMAND_CONFIG] = DBELL_T_COMMAND_CONFIG,
        [DBELL_COMMAND_TLB] = DBELL_T_COMMAND_TLB,
        [DBELL_COMMAND_ATC] = DBELL_T_COMMAND_ATC,
        [DBELL_COMMAND_PRI] = DBELL_T_COMMAND_PRI,
        [DBELL_COMMAND_STALL] = DBELL_T_COMMAND_STALL,
        [DBELL_COMMAND_SYNC] = DBELL_T_COMMAND_SYNC,
        [DBELL_COMMAND_ILLEGAL] = DBELL_TIMING_PARAMETERS,
    };
    const enum dbell_smmu_command command = dbell_smmu_next_command(smmu, &out->read_address);
    out->read = 16;
    out->cost = costs[command];
    out->drains = command == DBELL_COMMAND_SYNC;
    out->visits_tbus = command == DBELL_COMMAND_CONFIG || command == DBELL_COMMAND_TLB;
    out->reads_unforeseen = command == DBELL_COMMAND_PREFETCH;
}

/* IHI 0069 5.3 */
static uint16_t its_cost(uint8_t opcode)
{
    switch (opcode) {
    case 0x08: /* MAPD */
    case 0x09: /* MAPC */
    case 0x0a: /* MAPTI */
    case 0x0b: /* MAPI */
    case 0x0f: /* DISCARD */
    case 0x29: /* VMAPP */
    case 0x2a: /* VMAPTI */
    case 0x2b: /* VMAPI */
        return DBELL_T_ITS_COMMAND_MAP;
    case 0x01: /* MOVI */
    case 0x0e: /* MOVALL */
    case 0x21: /* VMOVI */
    case 0x22: /* VMOVP */
        return DBELL_T_ITS_COMMAND_MOVE;
    case 0x0c: /* INV */
    case 0x0d: /* INVALL */
    case 0x2d: /* VINVALL */
    case 0x2e: /* INVDB */
        return DBELL_T_ITS_COMMAND_INVALIDATE;
    case 0x05: /* SYNC */
    case 0x25: /* VSYNC */
        return DBELL_T_ITS_COMMAND_SYNC;
    default:
        return DBELL_T_ITS_COMMAND;
    }
}

static void foresee_write(struct dbell_timed *timed, enum dbell_clockwork_actor actor,
                          unsigned part, struct dbell_foreseen_act *out)
{
    uint32_t size;
    out->cost = DBELL_T_WRITER_CYCLES;
    if (!dbell_smmu_next_write(&timed->machine->smmu[part].unit, (enum dbell_smmu_unit)actor,
                               &out->write_address, &size))
        return;
    out->write = (uint8_t)size;
    const int its =
        actor == DBELL_ACTOR_MSIS ? dbell__timed_its_at(timed->machine, out->write_address) : -1;
    out->has_message = its >= 0;
    out->its = (uint16_t)(its < 0 ? 0 : its);
}

static void foresee_act(void *ctx, enum dbell_clockwork_actor actor, unsigned part,
                        struct dbell_foreseen_act *out)
{
    struct dbell_timed *timed = ctx;
    struct dbell_machine *m = timed->machine;
    struct dbell_its_command *command;
    switch (actor) {
    case DBELL_ACTOR_EVENTS:
    case DBELL_ACTOR_MSIS:
    case DBELL_ACTOR_PAGE_REQUESTS:
        foresee_write(timed, actor, part, out);
        break;
    case DBELL_ACTOR_RETRIES:
    case DBELL_ACTOR_ATOS:
        out->reads_unforeseen = true;
        break;
    case DBELL_ACTOR_COMMANDS:
        foresee_command(&m->smmu[part].unit, out);
        break;
    case DBELL_ACTOR_ITS:
        command = &timed->its_command[part];
        dbell_its_next_command(&m->its[part].unit, command);
        out->read = 32;
        out->read_address = command->address;
        out->cost = its_cost(command->opcode);
        out->drains = command->synchronises;
        break;
    default:
        out->cost = DBELL_T_DEVICE_LATENCY;
        break;
    }
}

/* What a command changed in the tables may not stay in the caches of time. */
static void forget(struct dbell_timed *timed, unsigned part)
{
    const struct dbell_its_command *c = &timed->its_command[part];
    struct dbell_clockwork *cw = &timed->clockwork;
    const uint32_t any = UINT32_MAX, none = UINT32_MAX - 1;
    switch (its_cost(c->opcode)) {
    case DBELL_T_ITS_COMMAND_MAP:
        if (c->opcode == 0x09 || c->opcode == 0x29)
            dbell_clockwork_invalidate_its(cw, part, none, none, any);
        else
            dbell_clockwork_invalidate_its(cw, part, c->deviceid,
                                           c->opcode == 0x08 ? any : c->eventid, none);
        break;
    case DBELL_T_ITS_COMMAND_MOVE:
        if (c->opcode == 0x01 || c->opcode == 0x21)
            dbell_clockwork_invalidate_its(cw, part, c->deviceid, c->eventid, none);
        else /* one VMOVP is for all ITSes */
            for (unsigned i = 0; i < timed->machine->platform.its_count; i++)
                dbell_clockwork_invalidate_its(cw, i, none, none, any);
        break;
    case DBELL_T_ITS_COMMAND_INVALIDATE:
        dbell_clockwork_invalidate_lpi(cw, any);
        break;
    default:
        break;
    }
}

static enum dbell_clockwork_verdict act(void *ctx, enum dbell_clockwork_actor actor, unsigned part,
                                        struct dbell_itinerary *steps)
{
    struct dbell_timed *timed = ctx;
    struct dbell_machine *m = timed->machine;
    int progress = DBELL_IDLE;
    if (actor < DBELL_SMMU_ACTORS) {
        progress = dbell_smmu_step_unit(&m->smmu[part].unit, (enum dbell_smmu_unit)actor, steps);
    } else if (actor == DBELL_ACTOR_ITS) {
        progress = dbell_its_step(&m->its[part].unit, steps);
        if (progress == DBELL_STEPPED)
            forget(timed, part);
    } else {
        bool any = false;
        for (size_t i = 0; i < m->platform.smmu_count; i++)
            any |= dbell__machine_complete_invalidations(&m->smmu[i]);
        progress = dbell_root_step(&m->root);
        if (any)
            progress = DBELL_STEPPED;
        else if (progress == DBELL_IDLE && m->root.function_count)
            progress = DBELL_NOT_YET; /* until something happens */
    }
    return progress == DBELL_NOT_YET || progress == DBELL_E_BUSY ? DBELL_CW_AGAIN : DBELL_CW_ENDS;
}

void dbell__timed_invalidated(struct machine_smmu *smmu, const struct dbell_smmu_invalidation *what)
{
    static const uint8_t scopes[] = {
        [DBELL_INVALIDATED_ALL] = DBELL_CW_ALL,
        [DBELL_INVALIDATED_STREAMS] = DBELL_CW_STREAMS,
        [DBELL_INVALIDATED_SUBSTREAM] = DBELL_CW_SUBSTREAM,
        [DBELL_INVALIDATED_REGIME] = DBELL_CW_REGIME,
        [DBELL_INVALIDATED_VMID] = DBELL_CW_VMID,
        [DBELL_INVALIDATED_ASID] = DBELL_CW_ASID,
        [DBELL_INVALIDATED_RANGE] = DBELL_CW_RANGE,
    };
    const bool configuration =
        what->kind == DBELL_INVALIDATED_STREAMS || what->kind == DBELL_INVALIDATED_SUBSTREAM;
    const bool substream = what->kind == DBELL_INVALIDATED_SUBSTREAM;
    const struct dbell_clockwork_invalidation out = {
        .scope = scopes[what->kind],
        .regime = what->regime,
        .stage2 = what->regime == DBELL_REGIME_S2 && !configuration &&
                  what->kind != DBELL_INVALIDATED_ALL,
        .any = substream ? what->all_substreams : what->any_asid,
        .leaf = what->leaf,
        .vmid = what->vmid,
        .vmid_mask = what->vmid_mask,
        .asid = what->asid,
        .first = configuration ? what->first_stream : what->first,
        .last = substream       ? what->substreamid
                : configuration ? what->last_stream
                                : what->last};
    struct dbell_machine *m = smmu->machine;
    dbell_clockwork_invalidate(&m->timed->clockwork, (unsigned)(smmu - m->smmu), &out);
}

void dbell__timed_actor_ports(struct dbell_clockwork_ports *ports)
{
    ports->work = work;
    ports->foresee_act = foresee_act;
    ports->act = act;
}
