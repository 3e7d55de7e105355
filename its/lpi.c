/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Physical LPIs at the redistributors, and what an ITS asks of these (IHI 0069 5.1, 6). */
#include "gic_state.h"

/* EnableLPIs 0 to 1: the pending state is read from memory, unless PTZ says that it is zero. */
void dbell__lpis_enable(struct dbell_gic *gic, uint32_t cpu)
{
    struct redistributor *r = redistributor(gic->state, cpu);
    unsigned bits = (unsigned)get(&r->propbaser, PROPBASER_IDBITS) + 1;
    if (bits > gic->state->config.lpi_bits)
        bits = gic->state->config.lpi_bits;
    r->lpis.config = get_in_place(&r->propbaser, PROPBASER_ADDRESS);
    r->lpis.pending = get_in_place(&r->pendbaser, PENDBASER_ADDRESS);
    r->lpis.unread = get(&r->pendbaser, PENDBASER_PTZ);
    r->lpis.limit = lpi_limit(bits);
    dbell__lpis_forget(gic, r->lpis.tag);
    dbell__lpis_load(gic, &r->lpis);
}

/* EnableLPIs 1 to 0: the pending state goes back to memory. */
void dbell__lpis_disable(struct dbell_gic *gic, uint32_t cpu)
{
    struct redistributor *r = redistributor(gic->state, cpu);
    dbell__lpis_store(gic, &r->lpis);
    dbell__lpis_forget(gic, r->lpis.tag);
}

void dbell_gic_write_pending(struct dbell_gic *gic)
{
    for (uint32_t cpu = 0; cpu < gic->state->config.cpus; cpu++) {
        struct redistributor *r = redistributor(gic->state, cpu);
        if (r->lpis.limit)
            dbell__lpis_spill(gic, &r->lpis);
        if (r->vpe.lpis.limit)
            dbell__lpis_spill(gic, &r->vpe.lpis);
    }
}

int dbell_gic_cpu_of(const struct dbell_gic *gic, uint64_t rdbase)
{
    const struct dbell_gic_config *config = &gic->state->config;
    const uint32_t space = dbell_gicr_space(config);
    if (!config->pta)
        return rdbase < config->cpus ? (int)rdbase : -1;
    uint64_t frame = rdbase << 16;
    if (frame < config->redist_base || (frame - config->redist_base) % space)
        return -1;
    uint64_t cpu = (frame - config->redist_base) / space;
    return cpu < config->cpus ? (int)cpu : -1;
}

struct lpi_set *dbell__lpis_of(struct dbell_gic *gic, uint64_t rdbase)
{
    const int cpu = dbell_gic_cpu_of(gic, rdbase);
    return cpu < 0 ? NULL : &redistributor(gic->state, (uint32_t)cpu)->lpis;
}

/* --- what an ITS, or a register, asks of a redistributor --- */

bool dbell__lpi_set_at(struct dbell_gic *gic, struct lpi_set *set, uint32_t intid,
                       struct dbell_itinerary *itinerary)
{
    if (!dbell__lpis_raise(gic, set, intid, itinerary)) {
        gic_count(gic->state, DBELL_GIC_LPIS_IGNORED);
        return false;
    }
    gic_count(gic->state, DBELL_GIC_LPIS);
    gic_tell_pending(itinerary, intid, set->owner, NULL);
    if (gic->ports.news.lpi)
        gic->ports.news.lpi(gic->ports.news.ctx, set->owner, intid);
    return true;
}

static void move(struct dbell_gic *gic, struct lpi_set *from, struct lpi_set *to, uint32_t intid)
{
    if (dbell__lpis_drop(gic, from, intid))
        dbell__lpis_raise(gic, to, intid, NULL);
}

static void move_all(struct dbell_gic *gic, struct lpi_set *from, struct lpi_set *to)
{
    uint32_t place = 0, intid;
    while ((intid = dbell__pending_next(&gic->state->pending, from->owner, &place)) != 0)
        move(gic, from, to, intid);
    for (intid = FIRST_LPI; intid < from->limit && from->spilled; intid++)
        move(gic, from, to, intid);
}

static bool ask(void *ctx, const struct dbell_lpi_request *request,
                struct dbell_itinerary *itinerary)
{
    struct dbell_gic *gic = ctx;
    struct lpi_set *set = request->vpe ? NULL : dbell__lpis_of(gic, request->rdbase);
    struct lpi_set *to = dbell__lpis_of(gic, request->to);
    if (request->vpe || request->kind == DBELL_VPE_MEET)
        return dbell__ask_virtual(gic, request, itinerary);
    if (!set)
        return false;
    switch ((enum dbell_lpi_kind)request->kind) {
    case DBELL_LPI_SET:
        return dbell__lpi_set_at(gic, set, request->intid, itinerary);
    case DBELL_LPI_CLEAR:
        dbell__lpis_drop(gic, set, request->intid);
        break;
    case DBELL_LPI_MOVE:
        if (to)
            move(gic, set, to, request->intid);
        break;
    case DBELL_LPI_MOVE_ALL:
        if (to)
            move_all(gic, set, to);
        break;
    case DBELL_LPI_INVALIDATE:
        dbell__lpis_invalidate(gic, set, request->intid);
        break;
    case DBELL_LPI_INVALIDATE_ALL:
        dbell__lpis_invalidate_all(gic, set);
        break;
    default:
        break;
    }
    return true;
}

struct dbell_lpi_port dbell_gic_lpi_port(struct dbell_gic *gic)
{
    return (struct dbell_lpi_port){.ctx = gic, .ask = ask};
}

bool dbell_gic_pending(struct dbell_gic *gic, uint32_t cpu, uint32_t intid)
{
    struct dbell_gic_state *state = gic->state;
    if (intid < FIRST_LPI)
        return dbell__spi_pending(state, intid);
    return cpu < state->config.cpus &&
           dbell__lpis_pending(gic, &redistributor(state, cpu)->lpis, intid);
}

uint32_t dbell_gic_highest_pending(struct dbell_gic *gic, uint32_t cpu)
{
    struct dbell_gic_state *state = gic->state;
    if (cpu >= state->config.cpus || !(state->gicd_ctlr & GICD_CTLR_ENABLE_GRP1) ||
        (redistributor(state, cpu)->waker & WAKER_PROCESSOR_SLEEP))
        return DBELL_INTID_NONE;
    uint8_t priority = 0;
    const uint64_t lpi = dbell__lpis_first(gic, &redistributor(state, cpu)->lpis);
    const uint32_t spi = dbell__spi_first(state, cpu, &priority);
    if (spi && lpi_rank(spi, priority) < lpi)
        return spi;
    return lpi == UINT64_MAX ? DBELL_INTID_NONE : (uint32_t)lpi;
}

uint32_t dbell_gic_acknowledge(struct dbell_gic *gic, uint32_t cpu)
{
    struct dbell_gic_state *state = gic->state;
    const uint32_t intid = dbell_gic_highest_pending(gic, cpu);
    if (intid == DBELL_INTID_NONE)
        return intid;
    gic_count(state, DBELL_GIC_ACKNOWLEDGED);
    if (intid < FIRST_LPI)
        dbell__spi_taken(state, intid);
    else
        dbell__lpis_drop(gic, &redistributor(state, cpu)->lpis, intid);
    return intid;
}
