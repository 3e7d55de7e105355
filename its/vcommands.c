/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The virtual commands (IHI 0069 5.3): vPEs and vLPIs of GICv4.0, vSGIs and default doorbells of
 * GICv4.1. */
#include "commands.h"

static bool has(const struct dbell_its *its, int feature)
{
    return get(&its->state->config.typer, feature);
}

enum its_cause dbell__find_vpe(struct dbell_its *its, uint32_t vpeid, struct vte *vte,
                               enum its_cause unmapped)
{
    const enum table_status status = dbell__vpe_get(its, vpeid, vte, NULL);
    if (status == TABLE_UNMAPPED || (status == TABLE_OK && !vte->valid))
        return unmapped;
    return dbell__cause_of(status, CAUSE_VCPU_OOR);
}

static uint32_t vpeid_of(const uint64_t c[4])
{
    return (uint32_t)get(c, ITS_VPEID);
}

/* An INTID that a doorbell may have: none, or that of an LPI. */
static bool is_doorbell(const struct dbell_its *its, uint32_t intid)
{
    return intid == DBELL_INTID_NONE || dbell__is_lpi(its, intid);
}

static bool is_individual_doorbell(const struct dbell_its *its, uint32_t intid)
{
    return intid == DBELL_INTID_NONE || (dbell__is_lpi(its, intid) && !has(its, TYPER_NID));
}

static bool is_vlpi(const struct dbell_vpe *vpe, uint32_t intid)
{
    return intid >= 8192 && !((uint64_t)intid >> vpe->intid_bits);
}

static void ask_of_vpe(struct dbell_its *its, enum dbell_lpi_kind kind, const struct dbell_vpe *vpe)
{
    its_ask(its, &(struct dbell_lpi_request){.kind = (uint8_t)kind, .vpe = vpe}, NULL);
}

/* VMAPP with V 1. */
static enum its_cause map_vpe(struct dbell_its *its, const uint64_t c[4])
{
    const bool v4_1 = has(its, TYPER_VMAPP);
    const struct vte vte = {
        .valid = true,
        .vpe = {.vpeid = vpeid_of(c),
                .rdbase = get(c, ITS_RDBASE),
                .vpt = get(c, VMAPP_VPT) << 16,
                .intid_bits = (uint8_t)(get(c, VMAPP_VPT_SIZE) + 1),
                .vconf = v4_1 ? get(c, VMAPP_VCONF) << 16 : 0,
                .doorbell = v4_1 ? (uint32_t)get(c, VMAPP_DOORBELL) : DBELL_INTID_NONE}};
    if (vte.vpe.intid_bits > its->state->config.lpi_bits)
        return CAUSE_VPTSIZE_OOR;
    if (!dbell__redistributor_exists(its, vte.vpe.rdbase))
        return CAUSE_PROCNUM_OOR;
    if (!is_doorbell(its, vte.vpe.doorbell))
        return CAUSE_PHYSICALID_OOR;
    const enum its_cause cause =
        dbell__cause_of(dbell__vpe_put(its, vte.vpe.vpeid, &vte), CAUSE_VCPU_OOR);
    if (!cause && v4_1 && get(c, VMAPP_ALLOC))
        ask_of_vpe(its, DBELL_VPE_MAP, &vte.vpe);
    return cause;
}

/* VMAPP: a vPE that is not mapped may be unmapped. */
static enum its_cause vmapp(struct dbell_its *its, const uint64_t c[4])
{
    struct vte vte;
    const struct vte none = {0};
    const enum its_cause cause = dbell__find_vpe(its, vpeid_of(c), &vte, CAUSE_NONE);
    if (cause)
        return cause;
    if (get(c, ITS_V))
        return map_vpe(its, c);
    if (!vte.valid)
        return CAUSE_NONE;
    dbell__its_arrive(its, (struct sync){.vpe = true, .vpeid = vpeid_of(c)});
    if (has(its, TYPER_VMAPP) && get(c, VMAPP_ALLOC))
        ask_of_vpe(its, DBELL_VPE_UNMAP, &vte.vpe);
    return dbell__cause_of(dbell__vpe_put(its, vpeid_of(c), &none), CAUSE_VCPU_OOR);
}

/* VMAPTI, and VMAPI whose vINTID is the EventID. */
static enum its_cause vmapti(struct dbell_its *its, const uint64_t c[4])
{
    const uint32_t deviceid = (uint32_t)get(c, ITS_DEVICEID);
    const uint32_t eventid = (uint32_t)get(c, ITS_EVENTID);
    const bool vmapi = get(c, ITS_OPCODE) == ITS_VMAPI;
    const struct ite ite = {.valid = true,
                            .is_virtual = true,
                            .icid = (uint16_t)vpeid_of(c),
                            .intid = vmapi ? eventid : (uint32_t)get(c, ITS_VINTID),
                            .doorbell = (uint32_t)get(c, ITS_DOORBELL)};
    struct dte dte;
    struct vte vte;
    enum its_cause cause =
        dbell__cause_of(dbell__device_get(its, deviceid, &dte, NULL), CAUSE_DEVICE_OOR);
    if (cause)
        return cause;
    if (!dte.valid)
        return CAUSE_UNMAPPED_DEVICE;
    if ((uint64_t)eventid >> dte.eventid_bits)
        return CAUSE_ID_OOR;
    cause = dbell__find_vpe(its, ite.icid, &vte, CAUSE_VCPU_INVALID);
    if (cause)
        return cause;
    if (!is_vlpi(&vte.vpe, ite.intid))
        return CAUSE_VIRTUALID_OOR;
    if (!is_individual_doorbell(its, ite.doorbell))
        return CAUSE_PHYSICALID_OOR;
    return dbell__cause_of(dbell__event_put(its, deviceid, &dte, eventid, &ite), CAUSE_ID_OOR);
}

static enum its_cause vmovi(struct dbell_its *its, const uint64_t c[4])
{
    struct dte dte;
    struct ite ite;
    struct vte from, to;
    enum its_cause cause = dbell__find_event(its, c, &dte, &ite);
    if (!cause && !ite.is_virtual)
        cause = CAUSE_ID_IS_PHYSICAL;
    if (!cause)
        cause = dbell__find_vpe(its, ite.icid, &from, CAUSE_ITEVCPU_INVALID);
    if (!cause)
        cause = dbell__find_vpe(its, vpeid_of(c), &to, CAUSE_CMDVCPU_INVALID);
    if (cause)
        return cause;
    const bool same = ite.icid == vpeid_of(c);
    ite.icid = (uint16_t)vpeid_of(c);
    if (get(c, ITS_D))
        ite.doorbell = (uint32_t)get(c, ITS_DOORBELL);
    if (!is_vlpi(&to.vpe, ite.intid))
        return CAUSE_VIRTUALID_OOR;
    if (!is_individual_doorbell(its, ite.doorbell))
        return CAUSE_PHYSICALID_OOR;
    cause = dbell__cause_of(dbell__event_put(its, (uint32_t)get(c, ITS_DEVICEID), &dte,
                                             (uint32_t)get(c, ITS_EVENTID), &ite),
                            CAUSE_ID_OOR);
    if (!cause && !same)
        dbell__its_tell(its, &(struct dbell_lpi_request){.kind = DBELL_VLPI_MOVE,
                                                         .vpe = &from.vpe,
                                                         .target = &to.vpe,
                                                         .intid = ite.intid,
                                                         .doorbell = ite.doorbell});
    return cause;
}

/* Without TYPER.VMOVP every ITS of the list gets the command, and none goes on before the last. */
static bool all_have_come(struct dbell_its *its, const uint64_t c[4])
{
    const uint64_t ctlr = its->state->r.ctlr;
    return has(its, TYPER_VMOVP) ||
           its_ask(
               its,
               &(struct dbell_lpi_request){.kind = DBELL_VPE_MEET,
                                           .its_number = (uint8_t)get(&ctlr, CTLR_ITS_NUMBER_FIELD),
                                           .its_list = (uint16_t)get(c, VMOVP_ITS_LIST),
                                           .sequence = (uint16_t)get(c, VMOVP_SEQUENCE)},
               NULL);
}

static enum its_cause vmovp(struct dbell_its *its, const uint64_t c[4])
{
    struct vte vte;
    enum its_cause cause = dbell__find_vpe(its, vpeid_of(c), &vte, CAUSE_VCPU_INVALID);
    if (cause)
        return cause;
    vte.vpe.rdbase = get(c, ITS_RDBASE);
    if (has(its, TYPER_VMAPP) && get(c, VMOVP_DB))
        vte.vpe.doorbell = (uint32_t)get(c, VMOVP_DOORBELL);
    if (!dbell__redistributor_exists(its, vte.vpe.rdbase))
        return CAUSE_PROCNUM_OOR;
    if (!is_doorbell(its, vte.vpe.doorbell))
        return CAUSE_PHYSICALID_OOR;
    if (!all_have_come(its, c))
        return CAUSE_NOT_YET;
    cause = dbell__cause_of(dbell__vpe_put(its, vpeid_of(c), &vte), CAUSE_VCPU_OOR);
    if (!cause)
        ask_of_vpe(its, DBELL_VPE_MOVE, &vte.vpe);
    return cause;
}

void dbell_its_vpe_moved(struct dbell_its *its, const struct dbell_vpe *vpe)
{
    struct vte vte;
    if (!has(its, TYPER_VMOVP) || !(its->state->r.ctlr & CTLR_ENABLED))
        return;
    its->state->translating++;
    if (!dbell__find_vpe(its, vpe->vpeid, &vte, CAUSE_VCPU_INVALID)) {
        vte.vpe.rdbase = vpe->rdbase;
        vte.vpe.doorbell = vpe->doorbell;
        dbell__vpe_put(its, vpe->vpeid, &vte);
    }
    its->state->translating--;
}

/* VSGI: either clears the pending state, or configures. */
static enum its_cause vsgi(struct dbell_its *its, const uint64_t c[4])
{
    struct vte vte;
    const enum its_cause cause = dbell__find_vpe(its, vpeid_of(c), &vte, CAUSE_VCPU_INVALID);
    if (cause)
        return cause;
    const uint64_t configuration =
        get(c, VSGI_PRIORITY) << 4 | get(c, VSGI_GROUP) << 1 | get(c, VSGI_ENABLE);
    dbell__its_tell(its, &(struct dbell_lpi_request){
                             .kind = get(c, VSGI_CLEAR) ? DBELL_VSGI_CLEAR : DBELL_VSGI_CONFIGURE,
                             .vpe = &vte.vpe,
                             .intid = (uint32_t)get(c, VSGI_VINTID),
                             .configuration = (uint8_t)configuration});
    return CAUSE_NONE;
}

static enum its_cause of_vpe(struct dbell_its *its, const uint64_t c[4], enum dbell_lpi_kind kind)
{
    struct vte vte;
    const enum its_cause cause = dbell__find_vpe(its, vpeid_of(c), &vte, CAUSE_VCPU_INVALID);
    if (!cause)
        dbell__its_tell(its, &(struct dbell_lpi_request){.kind = (uint8_t)kind, .vpe = &vte.vpe});
    return cause;
}

static enum its_cause vsync(struct dbell_its *its, const uint64_t c[4])
{
    struct vte vte;
    const enum its_cause cause = dbell__find_vpe(its, vpeid_of(c), &vte, CAUSE_VCPU_INVALID);
    if (!cause)
        dbell__its_arrive(its, (struct sync){.vpe = true, .vpeid = vpeid_of(c)});
    return cause;
}

enum its_cause dbell__virtual_command(struct dbell_its *its, const uint64_t c[4])
{
    if (!has(its, TYPER_VIRTUAL))
        return CAUSE_UNKNOWN_COMMAND;
    switch (get(c, ITS_OPCODE)) {
    case ITS_VMAPP:
        return vmapp(its, c);
    case ITS_VMAPTI:
    case ITS_VMAPI:
        return vmapti(its, c);
    case ITS_VMOVI:
        return vmovi(its, c);
    case ITS_VMOVP:
        return vmovp(its, c);
    case ITS_VINVALL:
        return of_vpe(its, c, DBELL_VLPI_INVALIDATE_ALL);
    case ITS_VSYNC:
        return vsync(its, c);
    case ITS_VSGI:
        return has(its, TYPER_VSGI) ? vsgi(its, c) : CAUSE_UNKNOWN_COMMAND;
    case ITS_INVDB:
        return has(its, TYPER_VMAPP) ? of_vpe(its, c, DBELL_VPE_INVALIDATE) : CAUSE_UNKNOWN_COMMAND;
    default:
        return CAUSE_UNKNOWN_COMMAND;
    }
}
