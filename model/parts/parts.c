/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/parts.h>

enum { GICR_PROPBASER_OFFSET = 0x70 };

static uint8_t log2_of(uint64_t size)
{
    return size ? (uint8_t)__builtin_ctzll(size) : 0;
}

void dbell_parts_foresee(struct dbell_smmu *smmu, const struct dbell_transaction *t,
                         struct dbell_foreseen *out)
{
    struct dbell_transaction copy = *t;
    struct dbell_smmu_foresight f;
    copy.itinerary = &out->steps;
    if (dbell_smmu_foresee(smmu, &copy, &f))
        return;
    out->config_steps = f.config_steps;
    out->page_log2 = log2_of(f.page_size);
    out->updates = f.updates;
    out->tag = (struct dbell_clockwork_tag){
        .regime = f.tag.regime, .global = f.tag.global, .vmid = f.tag.vmid, .asid = f.tag.asid};
}

void dbell_parts_translated(const struct dbell_translation *translation,
                            struct dbell_translated *out)
{
    out->address = translation->address;
    out->page_log2 = log2_of(translation->page_size);
    out->updates = translation->updates;
}

void dbell_parts_foresee_message(struct dbell_its *its, struct dbell_gic *gic, uint32_t cpus,
                                 const struct dbell_transaction *t,
                                 struct dbell_foreseen_message *out)
{
    struct dbell_msi_result result;
    struct dbell_transaction copy = *t;
    copy.address = DBELL_ITS_TRANSLATER;
    copy.itinerary = &out->steps;
    dbell_its_foresee(its, &copy, &result);
    out->deviceid = result.deviceid;
    out->eventid = result.eventid;
    out->intid = result.intid;
    out->delivered = result.verdict == DBELL_ITS_DELIVERED;
    out->collection =
        result.is_virtual ? result.vpeid | UINT32_C(1) << 31 : (uint32_t)result.rdbase;
    for (uint32_t i = 0; i < out->steps.count; i++) /* one line for each entry of the table */
        if (out->steps.steps[i].object == DBELL_OBJECT_CTE)
            out->collection = (uint32_t)(out->steps.steps[i].address >> 3);
    if (out->delivered && !result.is_virtual && gic && result.rdbase < cpus) {
        out->redistributor = (uint32_t)result.rdbase;
        out->config_address = (dbell_gicr_read(gic, out->redistributor, GICR_PROPBASER_OFFSET, 8) &
                               UINT64_C(0xffffffffff000)) +
                              (result.intid - 8192u);
    }
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

void dbell_parts_foresee_act(struct dbell_smmu *smmu, enum dbell_smmu_unit unit,
                             struct dbell_foreseen_act *out)
{
    uint32_t size;
    switch (unit) {
    case DBELL_SMMU_RETRIES:
    case DBELL_SMMU_ATOS_UNIT:
        out->reads_unforeseen = true;
        break;
    case DBELL_SMMU_COMMAND_UNIT:
        foresee_command(smmu, out);
        break;
    default:
        out->cost = DBELL_T_WRITER_CYCLES;
        if (dbell_smmu_next_write(smmu, unit, &out->write_address, &size))
            out->write = (uint8_t)size;
        break;
    }
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

void dbell_parts_foresee_command(struct dbell_its *its, struct dbell_its_command *command,
                                 struct dbell_foreseen_act *out)
{
    dbell_its_next_command(its, command);
    out->read = 32;
    out->read_address = command->address;
    out->cost = its_cost(command->opcode);
    out->drains = command->synchronises;
}

/* What a command changed in the tables may not stay in the caches of time. */
void dbell_parts_executed(struct dbell_clockwork *cw, unsigned part, unsigned itses,
                          const struct dbell_its_command *c)
{
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
            for (unsigned i = 0; i < itses; i++)
                dbell_clockwork_invalidate_its(cw, i, none, none, any);
        break;
    case DBELL_T_ITS_COMMAND_INVALIDATE:
        dbell_clockwork_invalidate_lpi(cw, any);
        break;
    default:
        break;
    }
}

void dbell_parts_invalidated(struct dbell_clockwork *cw, unsigned smmu,
                             const struct dbell_smmu_invalidation *what)
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
    dbell_clockwork_invalidate(cw, smmu, &out);
}
