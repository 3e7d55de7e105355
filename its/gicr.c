/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Redistributor registers that an LPI needs (IHI 0069 12.11). What is not modelled, the SGI frame
 * among it, is RAZ/WI and counted. */
#include "base/register.h"

#include "entries.h"
#include "gic_state.h"

enum guard { OPEN, WITHOUT_LPIS };

enum effect { STORE, EFFECT_CTLR, EFFECT_WAKER, EFFECT_VPROPBASER, EFFECT_VPENDBASER };

enum presence { ALWAYS, WITH_VLPIS };

#define MEMBER(name) (uint32_t) offsetof(struct redistributor, name)
#define ALL_BITS     (~UINT64_C(0))

static const struct reg registers[] = {
    {GICR_CTLR, 4, OPEN, EFFECT_CTLR, ALWAYS, MEMBER(ctlr), GICR_CTLR_ENABLE_LPIS},
    {GICR_WAKER, 4, OPEN, EFFECT_WAKER, ALWAYS, MEMBER(waker), WAKER_PROCESSOR_SLEEP},
    {GICR_PROPBASER, 8, WITHOUT_LPIS, STORE, ALWAYS, MEMBER(propbaser),
     UINT64_C(0x070fffffffffff9f)},
    {GICR_PENDBASER, 8, WITHOUT_LPIS, STORE, ALWAYS, MEMBER(pendbaser),
     UINT64_C(0x470fffffffff0f80)},
    {GICR_VPROPBASER, 8, OPEN, EFFECT_VPROPBASER, WITH_VLPIS, MEMBER(vpropbaser), ALL_BITS},
    {GICR_VPENDBASER, 8, OPEN, EFFECT_VPENDBASER, WITH_VLPIS, MEMBER(vpendbaser), ALL_BITS},
};

static const struct reg *find(const struct dbell_gic_state *state, uint64_t offset, unsigned size)
{
    const struct reg *reg =
        reg_find(registers, sizeof registers / sizeof registers[0], offset, size);
    return reg && reg->presence == WITH_VLPIS && state->config.version == DBELL_GICV3 ? NULL : reg;
}

/* Sixteen PEs in a cluster: Aff0 and Aff1. */
uint64_t dbell__gicr_affinity(uint32_t cpu)
{
    return cpu % 16 | (uint64_t)(cpu / 16) << 8;
}

static uint64_t typer(const struct dbell_gic_state *state, uint32_t cpu)
{
    const uint64_t affinity = dbell__gicr_affinity(cpu);
    const bool v4 = state->config.version != DBELL_GICV3;
    const bool v4_1 = state->config.version == DBELL_GICV4_1;
    uint64_t typer = 0;
    put(&typer, GICR_TYPER_PLPIS, 1);
    put(&typer, GICR_TYPER_VLPIS, v4);
    put(&typer, GICR_TYPER_DIRTY, v4);
    put(&typer, GICR_TYPER_RVPEID, v4_1);
    put(&typer, GICR_TYPER_VSGI, v4_1);
    put(&typer, GICR_TYPER_DIRECT_LPI, state->config.direct_lpi);
    put(&typer, GICR_TYPER_LAST, cpu + 1 == state->config.cpus);
    put(&typer, GICR_TYPER_PROCESSOR_NUMBER, cpu);
    put(&typer, GICR_TYPER_AFF0, affinity & 0xff);
    put(&typer, GICR_TYPER_AFF1, affinity >> 8);
    return typer;
}

static uint64_t value_of(struct dbell_gic_state *state, uint32_t cpu, const struct reg *reg)
{
    const struct redistributor *r = redistributor(state, cpu);
    uint64_t value = reg_load(r, reg);
    switch (reg->offset) {
    case GICR_CTLR:
        return value | GICR_CTLR_CES | GICR_CTLR_IR | (r->disabling ? GICR_CTLR_RWP : 0);
    case GICR_PENDBASER:
        put(&value, PENDBASER_PTZ, 0); /* write-only */
        return value;
    case GICR_VPENDBASER:
        return dbell__vpendbaser(state, cpu);
    default:
        return value;
    }
}

static bool legal(const struct dbell_gic_state *state, uint32_t cpu, uint64_t offset, unsigned size)
{
    return (size == 4 || size == 8) && offset % size == 0 && cpu < state->config.cpus;
}

uint64_t dbell_gicr_read(struct dbell_gic *gic, uint32_t cpu, uint64_t offset, unsigned size)
{
    struct dbell_gic_state *state = gic->state;
    uint64_t value = 0;
    if (legal(state, cpu, offset, size)) {
        const struct reg *reg = find(state, offset, size);
        if (reg)
            return reg_part(reg, offset, size, value_of(state, cpu, reg));
        if ((offset & ~UINT64_C(7)) == GICR_TYPER) {
            value = typer(state, cpu);
            return size == 8 ? value : (uint32_t)(value >> (8 * (offset & 4)));
        }
        if (size == 4 && offset == GICR_SYNCR) /* what came before is done */
            return 0;
        if (size == 4 && offset == GICR_VSGIPENDR && state->config.version == DBELL_GICV4_1)
            return redistributor(state, cpu)->vsgipendr;
        if (size == 4 && offset == GICR_IIDR)
            return 0x43b;
        if (size == 4 && dbell__gic_id(state, offset, &value))
            return value;
    }
    gic_count(state, DBELL_GIC_RAZ_WI);
    return 0;
}

static void write_ctlr(struct dbell_gic *gic, uint32_t cpu, uint32_t value)
{
    struct redistributor *r = redistributor(gic->state, cpu);
    const bool was_on = r->ctlr & GICR_CTLR_ENABLE_LPIS;
    if (r->disabling) /* RWP is to be seen 0 first */
        return;
    if (was_on && !value) {
        r->disabling = true;
        dbell__lpis_disable(gic, cpu);
        r->disabling = false;
    }
    r->ctlr = value;
    if (!was_on && value)
        dbell__lpis_enable(gic, cpu);
}

/* GICv4.0: as PROPBASER. GICv4.1: entries of 32 bytes, and only Valid can change while it is set.
 */
static void write_vpropbaser(struct dbell_gic *gic, struct redistributor *r, uint64_t value)
{
    if (gic->state->config.version == DBELL_GICV4_0) {
        r->vpropbaser = value & UINT64_C(0x070fffffffffff9f);
        return;
    }
    value &= UINT64_C(0x87efffffffffffff);
    if (get(&value, VPROPBASER_PAGE_SIZE) == 3) /* reserved, treated as 64 KB */
        put(&value, VPROPBASER_PAGE_SIZE, 2);
    put(&value, VPROPBASER_ENTRY_SIZE, VTE_WORDS - 1);
    if (get(&r->vpropbaser, VPROPBASER_VALID) && get(&value, VPROPBASER_VALID))
        gic_count(gic->state, DBELL_GIC_RAZ_WI);
    else
        r->vpropbaser = value;
}

static void apply(struct dbell_gic *gic, uint32_t cpu, const struct reg *reg, uint64_t value)
{
    struct redistributor *r = redistributor(gic->state, cpu);
    value &= reg->mask;
    switch ((enum effect)reg->effect) {
    case EFFECT_CTLR:
        write_ctlr(gic, cpu, (uint32_t)value);
        break;
    case EFFECT_WAKER: /* ChildrenAsleep follows at once */
        r->waker = value ? WAKER_PROCESSOR_SLEEP | WAKER_CHILDREN_ASLEEP : 0;
        break;
    case EFFECT_VPROPBASER:
        write_vpropbaser(gic, r, value);
        break;
    case EFFECT_VPENDBASER:
        if (!dbell__vpendbaser_write(gic, cpu, value))
            gic_count(gic->state, DBELL_GIC_RAZ_WI);
        break;
    default:
        reg_store(r, reg, value);
        break;
    }
}

/* GICv4.1: whether an invalidation is of a vPE. */
static bool of_vpe(const struct dbell_gic_state *state, uint64_t value)
{
    return state->config.version == DBELL_GICV4_1 && get(&value, INV_VIRTUAL);
}

/* GICR_SETLPIR and its like: write-only, the upper half zero if 32 bits are written. */
static bool write_only(struct dbell_gic *gic, uint32_t cpu, uint64_t offset, unsigned size,
                       uint64_t value)
{
    const struct dbell_gic_config *config = &gic->state->config;
    struct redistributor *r = redistributor(gic->state, cpu);
    struct lpi_set *lpis = &r->lpis;
    const uint32_t intid = (uint32_t)value, vpeid = (uint32_t)get(&value, INV_VPEID);
    switch (offset) {
    case GICR_SETLPIR:
        if (config->direct_lpi)
            dbell__lpi_set_at(gic, lpis, intid, NULL);
        return config->direct_lpi;
    case GICR_CLRLPIR:
        if (config->direct_lpi)
            dbell__lpis_drop(gic, lpis, intid);
        return config->direct_lpi;
    case GICR_INVLPIR:
        if (of_vpe(gic->state, value))
            dbell__vlpi_invalidate(gic, cpu, vpeid, intid);
        else
            dbell__lpis_invalidate(gic, lpis, intid);
        return true;
    case GICR_INVALLR:
        if (of_vpe(gic->state, value))
            dbell__vlpi_invalidate_all(gic, cpu, vpeid);
        else
            dbell__lpis_invalidate_all(gic, lpis);
        return true;
    case GICR_VSGIR:
        if (size != 4 || config->version != DBELL_GICV4_1)
            return false;
        r->vsgipendr = dbell__vsgis_pending(gic, cpu, intid & 0xffff);
        return true;
    default:
        return false;
    }
}

void dbell_gicr_write(struct dbell_gic *gic, uint32_t cpu, uint64_t offset, unsigned size,
                      uint64_t value)
{
    struct dbell_gic_state *state = gic->state;
    const struct reg *reg = legal(state, cpu, offset, size) ? find(state, offset, size) : NULL;
    if (reg) {
        const struct redistributor *r = redistributor(state, cpu);
        if (reg->guard == WITHOUT_LPIS && (r->ctlr & GICR_CTLR_ENABLE_LPIS))
            gic_count(state, DBELL_GIC_RAZ_WI);
        else
            apply(gic, cpu, reg, reg_merge(reg, offset, size, reg_load(r, reg), value));
        return;
    }
    if (!legal(state, cpu, offset, size) ||
        !write_only(gic, cpu, offset, size, size == 4 ? (uint32_t)value : value))
        gic_count(state, DBELL_GIC_RAZ_WI);
}
