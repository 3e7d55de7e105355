/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* vLPIs, vSGIs and doorbells: what an ITS asks for a vPE, and what the virtual CPU interface takes
 * (GICv4). */
#include "vpes.h"

static void news(struct dbell_gic *gic, uint32_t vpeid, uint32_t intid)
{
    gic_count(gic->state, DBELL_GIC_VLPIS);
    if (gic->ports.news.vlpi)
        gic->ports.news.vlpi(gic->ports.news.ctx, vpeid, intid);
}

/* --- doorbells --- */

static void ring(struct dbell_gic *gic, uint64_t rdbase, uint32_t intid,
                 struct dbell_itinerary *itinerary)
{
    struct lpi_set *set = dbell__lpis_of(gic, rdbase);
    if (set && dbell__lpi_set_at(gic, set, intid, itinerary))
        gic_count(gic->state, DBELL_GIC_DOORBELLS);
}

/* GICv4.1: rung once after it was asked for, for an interrupt that is enabled. */
static void ring_default(struct dbell_gic *gic, const struct dbell_vpe *vpe, bool enabled,
                         struct dbell_itinerary *itinerary)
{
    struct vpe_entry entry;
    const int cpu = dbell_gic_cpu_of(gic, vpe->rdbase);
    if (!enabled || cpu < 0 || !dbell__vpe_read(gic, (uint32_t)cpu, vpe->vpeid, &entry) ||
        !get(entry.words, VTE_REQUESTED))
        return;
    put(entry.words, VTE_REQUESTED, 0);
    dbell__vpe_write(gic, &entry);
    if (entry.vpe.doorbell != DBELL_INTID_NONE)
        ring(gic, entry.vpe.rdbase, entry.vpe.doorbell, itinerary);
}

/* --- vLPIs --- */

static bool set_away(struct dbell_gic *gic, const struct dbell_vpe *vpe, uint32_t intid,
                     uint32_t doorbell, struct dbell_itinerary *itinerary)
{
    const struct lpi_set away = dbell__vpe_away(gic, vpe);
    if (!lpis_have(&away, intid))
        return false;
    dbell__lpis_change(gic, &away, intid, 0, lpi_mask(intid));
    if (itinerary)
        dbell__append_step(itinerary,
                           (struct dbell_step){.kind = DBELL_STEP_WRITE,
                                               .object = DBELL_OBJECT_LPI_PENDING,
                                               .resource = DBELL_RESOURCE_LPI_PORT,
                                               .level = -1,
                                               .size = 8,
                                               .after = dbell__last_step(itinerary),
                                               .address = away.pending + intid / 64 * 8,
                                               .note = "pending in the table of the vPE"});
    if (doorbell != DBELL_INTID_NONE)
        ring(gic, vpe->rdbase, doorbell, itinerary);
    if (gic_is_v4_1(gic->state)) {
        const uint8_t byte = dbell__lpis_configuration(gic, &away, intid, itinerary);
        ring_default(gic, vpe, byte & LPI_ENABLED, itinerary);
    }
    return true;
}

static bool set_vlpi(struct dbell_gic *gic, const struct dbell_vpe *vpe, uint32_t intid,
                     uint32_t doorbell, struct dbell_itinerary *itinerary)
{
    struct residency *v = dbell__vpe_residency(gic, vpe);
    const bool was_set = v ? dbell__lpis_raise(gic, &v->lpis, intid, itinerary)
                           : set_away(gic, vpe, intid, doorbell, itinerary);
    if (v && was_set) {
        v->late |= v->settling;
        gic_tell_pending(itinerary, intid, 0, "pending for the resident vPE");
    }
    if (was_set)
        news(gic, vpe->vpeid, intid);
    else
        gic_count(gic->state, DBELL_GIC_LPIS_IGNORED);
    return was_set;
}

/* False: it was not pending. */
static bool clear_vlpi(struct dbell_gic *gic, const struct dbell_vpe *vpe, uint32_t intid)
{
    struct residency *v = dbell__vpe_residency(gic, vpe);
    const struct lpi_set away = dbell__vpe_away(gic, vpe);
    if (v)
        return dbell__lpis_drop(gic, &v->lpis, intid);
    return lpis_have(&away, intid) &&
           (dbell__lpis_change(gic, &away, intid, lpi_mask(intid), 0) & lpi_mask(intid));
}

static void invalidate(struct dbell_gic *gic, const struct dbell_vpe *vpe, uint32_t intid, bool all)
{
    struct residency *v = dbell__vpe_residency(gic, vpe);
    struct lpi_set away = dbell__vpe_away(gic, vpe);
    struct lpi_set *set = v ? &v->lpis : &away;
    if (!v && !gic_is_v4_1(gic->state)) /* nothing of it is kept */
        return;
    if (all)
        dbell__lpis_invalidate_all(gic, set);
    else
        dbell__lpis_invalidate(gic, set, intid);
}

void dbell__vlpi_invalidate(struct dbell_gic *gic, uint32_t cpu, uint32_t vpeid, uint32_t intid)
{
    const struct dbell_vpe vpe = {.vpeid = vpeid, .rdbase = cpu};
    invalidate(gic, &vpe, intid, false);
}

void dbell__vlpi_invalidate_all(struct dbell_gic *gic, uint32_t cpu, uint32_t vpeid)
{
    const struct dbell_vpe vpe = {.vpeid = vpeid, .rdbase = cpu};
    invalidate(gic, &vpe, 0, true);
}

/* --- vSGIs --- */

static void configure_vsgi(struct dbell_gic *gic, const struct dbell_vpe *vpe, uint32_t vintid,
                           uint8_t configuration)
{
    struct residency *v = dbell__vpe_residency(gic, vpe);
    if (v)
        v->sgi[vintid] = configuration;
    else
        dbell__vsgi_configure(gic, vpe, vintid, configuration);
}

static void change_vsgi(struct dbell_gic *gic, const struct dbell_vpe *vpe, uint32_t vintid,
                        bool pending)
{
    struct residency *v = dbell__vpe_residency(gic, vpe);
    const struct lpi_set away = dbell__vpe_away(gic, vpe);
    const uint64_t mask = lpi_mask(vintid);
    if (v) {
        v->sgis = (uint16_t)((v->sgis & ~mask) | (pending ? mask : 0));
        v->late |= v->settling && pending;
    } else {
        dbell__lpis_change(gic, &away, vintid, mask, pending ? mask : 0);
        if (pending)
            ring_default(gic, vpe, dbell__vsgi_configuration(gic, vpe, vintid) & LPI_ENABLED, NULL);
    }
    if (pending)
        news(gic, vpe->vpeid, vintid);
}

/* The table of any redistributor tells of the vPE, and where it is; of none that is mapped nothing
 * is pending. */
uint16_t dbell__vsgis_pending(struct dbell_gic *gic, uint32_t cpu, uint32_t vpeid)
{
    struct vpe_entry entry;
    if (!dbell__vpe_read(gic, cpu, vpeid, &entry))
        return 0;
    const struct residency *v = dbell__vpe_residency(gic, &entry.vpe);
    const struct lpi_set away = dbell__vpe_away(gic, &entry.vpe);
    return v ? v->sgis : (uint16_t)dbell__lpis_change(gic, &away, 0, 0, 0);
}

/* --- vPEs of GICv4.1 --- */

static void map_vpe(struct dbell_gic *gic, const struct dbell_vpe *vpe)
{
    struct vpe_entry entry;
    const int cpu = dbell_gic_cpu_of(gic, vpe->rdbase);
    const struct lpi_set away = dbell__vpe_away(gic, vpe);
    if (cpu < 0)
        return;
    dbell__vpe_read(gic, (uint32_t)cpu, vpe->vpeid, &entry);
    dbell__vte_encode(vpe, entry.words);
    dbell__vpe_write(gic, &entry);
    dbell__lpis_forget(gic, away.tag);
}

static void unmap_vpe(struct dbell_gic *gic, const struct dbell_vpe *vpe)
{
    struct vpe_entry entry;
    struct residency *v = dbell__vpe_residency(gic, vpe);
    const int cpu = dbell_gic_cpu_of(gic, vpe->rdbase);
    const struct lpi_set away = dbell__vpe_away(gic, vpe);
    if (v)
        dbell__vpe_evict(gic, v);
    dbell__lpis_forget(gic, away.tag);
    if (cpu >= 0 && dbell__vpe_read(gic, (uint32_t)cpu, vpe->vpeid, &entry)) {
        memset(entry.words, 0, sizeof entry.words);
        dbell__vpe_write(gic, &entry);
    }
}

/* VMOVP: doorbells go elsewhere. */
static void move_vpe(struct dbell_gic *gic, const struct dbell_vpe *vpe)
{
    struct vpe_entry entry;
    const int cpu = dbell_gic_cpu_of(gic, vpe->rdbase);
    if (cpu < 0 || !dbell__vpe_read(gic, (uint32_t)cpu, vpe->vpeid, &entry))
        return;
    put(entry.words, VTE_RDBASE, vpe->rdbase);
    put(entry.words, VTE_DOORBELL, vpe->doorbell);
    dbell__vpe_write(gic, &entry);
}

/* INVDB: at all redistributors. */
static void invalidate_doorbell(struct dbell_gic *gic, const struct dbell_vpe *vpe)
{
    for (uint32_t cpu = 0; cpu < gic->state->config.cpus; cpu++)
        dbell__lpis_invalidate(gic, &redistributor(gic->state, cpu)->lpis, vpe->doorbell);
}

/* --- VMOVP of several ITSes --- */

/* The last one to come lets the others go on. */
static bool meet(struct dbell_gic_state *state, const struct dbell_lpi_request *request)
{
    struct meeting *own = &state->meetings[request->its_number & 15];
    if (own->met && own->sequence == request->sequence) {
        *own = (struct meeting){0};
        return true;
    }
    *own = (struct meeting){.waiting = true, .sequence = request->sequence};
    for (unsigned i = 0; i < 16; i++) {
        const struct meeting *m = &state->meetings[i];
        if (request->its_list >> i & 1 &&
            (!m->waiting || m->met || m->sequence != request->sequence))
            return false;
    }
    for (unsigned i = 0; i < 16; i++)
        if (request->its_list >> i & 1)
            state->meetings[i].met = true;
    *own = (struct meeting){0};
    return true;
}

/* --- requests --- */

static bool answer(struct dbell_gic *gic, const struct dbell_lpi_request *request,
                   struct dbell_itinerary *itinerary)
{
    const struct dbell_vpe *vpe = request->vpe;
    switch ((enum dbell_lpi_kind)request->kind) {
    case DBELL_VLPI_SET:
        return set_vlpi(gic, vpe, request->intid, request->doorbell, itinerary);
    case DBELL_VLPI_CLEAR:
        clear_vlpi(gic, vpe, request->intid);
        return true;
    case DBELL_VLPI_MOVE:
        if (vpe->vpt != request->target->vpt && clear_vlpi(gic, vpe, request->intid))
            set_vlpi(gic, request->target, request->intid, request->doorbell, itinerary);
        return true;
    case DBELL_VLPI_INVALIDATE:
        invalidate(gic, vpe, request->intid, false);
        return true;
    case DBELL_VLPI_INVALIDATE_ALL:
        invalidate(gic, vpe, 0, true);
        return true;
    default:
        break;
    }
    if (!gic_is_v4_1(gic->state))
        return false;
    switch ((enum dbell_lpi_kind)request->kind) {
    case DBELL_VPE_MAP:
        map_vpe(gic, vpe);
        return true;
    case DBELL_VPE_UNMAP:
        unmap_vpe(gic, vpe);
        return true;
    case DBELL_VPE_MOVE:
        move_vpe(gic, vpe);
        return true;
    case DBELL_VPE_INVALIDATE:
        invalidate_doorbell(gic, vpe);
        return true;
    case DBELL_VSGI_CONFIGURE:
        configure_vsgi(gic, vpe, request->intid % VSGIS, request->configuration);
        return true;
    case DBELL_VSGI_CLEAR:
    case DBELL_VSGI_SET:
        change_vsgi(gic, vpe, request->intid % VSGIS, request->kind == DBELL_VSGI_SET);
        return true;
    default:
        return false;
    }
}

bool dbell__ask_virtual(struct dbell_gic *gic, const struct dbell_lpi_request *request,
                        struct dbell_itinerary *itinerary)
{
    if (gic->state->config.version == DBELL_GICV3)
        return false;
    if (request->kind == DBELL_VPE_MEET)
        return meet(gic->state, request);
    dbell__vpes_hold(gic->state);
    const bool answered = answer(gic, request, itinerary);
    dbell__vpes_release(gic);
    return answered;
}

/* --- the virtual CPU interface --- */

static const struct residency *resident_at(struct dbell_gic *gic, uint32_t cpu)
{
    return cpu < gic->state->config.cpus && redistributor(gic->state, cpu)->vpe.resident
               ? &redistributor(gic->state, cpu)->vpe
               : NULL;
}

bool dbell_gic_pending_virtual(struct dbell_gic *gic, uint32_t cpu, uint32_t intid)
{
    const struct residency *v = resident_at(gic, cpu);
    if (!v)
        return false;
    return intid < VSGIS ? v->sgis >> intid & 1 : dbell__lpis_pending(gic, &v->lpis, intid);
}

/* Groups that VPENDBASER lets through; GICv4.0 has no such bits. */
static bool forwarded(const struct dbell_gic_state *state, uint64_t vpendbaser, unsigned group)
{
    return !gic_is_v4_1(state) || get(&vpendbaser, group ? VPENDBASER_VGRP1EN : VPENDBASER_VGRP0EN);
}

static uint64_t first_vsgi(const struct residency *v, unsigned group)
{
    uint64_t best = UINT64_MAX;
    for (uint32_t i = 0; i < VSGIS; i++) {
        const uint8_t byte = v->sgi[i];
        const uint64_t rank = lpi_rank(i, byte & 0xf0);
        if (v->sgis >> i & 1 && byte & LPI_ENABLED && (unsigned)(byte >> 1 & 1) == group &&
            rank < best)
            best = rank;
    }
    return best;
}

uint32_t dbell_gic_acknowledge_virtual(struct dbell_gic *gic, uint32_t cpu, unsigned group)
{
    struct dbell_gic_state *state = gic->state;
    if (!resident_at(gic, cpu) || (redistributor(state, cpu)->waker & WAKER_PROCESSOR_SLEEP) ||
        !forwarded(state, redistributor(state, cpu)->vpendbaser, group))
        return DBELL_INTID_NONE;
    struct residency *v = &redistributor(state, cpu)->vpe;
    const uint64_t vsgi = first_vsgi(v, group);
    const uint64_t vlpi = group ? dbell__lpis_first(gic, &v->lpis) : UINT64_MAX;
    if (vsgi == UINT64_MAX && vlpi == UINT64_MAX)
        return DBELL_INTID_NONE;
    gic_count(state, DBELL_GIC_ACKNOWLEDGED);
    if (vsgi < vlpi) {
        v->sgis &= (uint16_t)~lpi_mask((uint32_t)vsgi);
        return (uint32_t)vsgi;
    }
    dbell__lpis_drop(gic, &v->lpis, (uint32_t)vlpi);
    return (uint32_t)vlpi;
}
