/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Redistributor registers that an LPI needs (IHI 0069 12.11). What is not modelled, the SGI frame
 * among it, is RAZ/WI and counted. */
#include "base/register.h"

#include "gic_state.h"

enum guard { OPEN, WITHOUT_LPIS };

enum effect { STORE, EFFECT_CTLR, EFFECT_WAKER };

#define MEMBER(name) (uint32_t) offsetof(struct redistributor, name)

static const struct reg registers[] = {
    {GICR_CTLR, 4, OPEN, EFFECT_CTLR, 0, MEMBER(ctlr), GICR_CTLR_ENABLE_LPIS},
    {GICR_WAKER, 4, OPEN, EFFECT_WAKER, 0, MEMBER(waker), WAKER_PROCESSOR_SLEEP},
    {GICR_PROPBASER, 8, WITHOUT_LPIS, STORE, 0, MEMBER(propbaser), UINT64_C(0x070fffffffffff9f)},
    {GICR_PENDBASER, 8, WITHOUT_LPIS, STORE, 0, MEMBER(pendbaser), UINT64_C(0x470fffffffff0f80)},
};

static const struct reg *find(uint64_t offset, unsigned size)
{
    return reg_find(registers, sizeof registers / sizeof registers[0], offset, size);
}

/* Sixteen PEs in a cluster: Aff0 and Aff1. */
uint64_t dbell__gicr_affinity(uint32_t cpu)
{
    return cpu % 16 | (uint64_t)(cpu / 16) << 8;
}

static uint64_t typer(const struct dbell_gic_state *state, uint32_t cpu)
{
    const uint64_t affinity = dbell__gicr_affinity(cpu);
    uint64_t typer = 0;
    put(&typer, GICR_TYPER_PLPIS, 1);
    put(&typer, GICR_TYPER_DIRECT_LPI, state->config.direct_lpi);
    put(&typer, GICR_TYPER_LAST, cpu + 1 == state->config.cpus);
    put(&typer, GICR_TYPER_PROCESSOR_NUMBER, cpu);
    put(&typer, GICR_TYPER_AFF0, affinity & 0xff);
    put(&typer, GICR_TYPER_AFF1, affinity >> 8);
    return typer;
}

static uint64_t value_of(const struct redistributor *r, const struct reg *reg)
{
    uint64_t value = reg_load(r, reg);
    switch (reg->offset) {
    case GICR_CTLR:
        return value | GICR_CTLR_CES | GICR_CTLR_IR | (r->disabling ? GICR_CTLR_RWP : 0);
    case GICR_PENDBASER:
        put(&value, PENDBASER_PTZ, 0); /* write-only */
        return value;
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
        const struct reg *reg = find(offset, size);
        if (reg)
            return reg_part(reg, offset, size, value_of(redistributor(state, cpu), reg));
        if ((offset & ~UINT64_C(7)) == GICR_TYPER) {
            value = typer(state, cpu);
            return size == 8 ? value : (uint32_t)(value >> (8 * (offset & 4)));
        }
        if (size == 4 && offset == GICR_SYNCR) /* what came before is done */
            return 0;
        if (size == 4 && offset == GICR_IIDR)
            return 0x43b;
        if (size == 4 && dbell__gic_id(offset, &value))
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
    default:
        reg_store(r, reg, value);
        break;
    }
}

/* GICR_SETLPIR and its like: write-only, the upper half zero if 32 bits are written. */
static bool write_only(struct dbell_gic *gic, uint32_t cpu, uint64_t offset, uint32_t intid)
{
    const bool direct = gic->state->config.direct_lpi;
    switch (offset) {
    case GICR_SETLPIR:
        if (direct)
            dbell__lpi_set(gic, cpu, intid);
        return direct;
    case GICR_CLRLPIR:
        if (direct)
            dbell__lpi_clear(gic, cpu, intid);
        return direct;
    case GICR_INVLPIR:
        dbell__lpi_invalidate(gic, cpu, intid);
        return true;
    case GICR_INVALLR:
        dbell__lpi_invalidate_all(gic, cpu);
        return true;
    default:
        return false;
    }
}

void dbell_gicr_write(struct dbell_gic *gic, uint32_t cpu, uint64_t offset, unsigned size,
                      uint64_t value)
{
    struct dbell_gic_state *state = gic->state;
    const struct reg *reg = legal(state, cpu, offset, size) ? find(offset, size) : NULL;
    if (reg) {
        const struct redistributor *r = redistributor(state, cpu);
        if (reg->guard == WITHOUT_LPIS && (r->ctlr & GICR_CTLR_ENABLE_LPIS))
            gic_count(state, DBELL_GIC_RAZ_WI);
        else
            apply(gic, cpu, reg, reg_merge(reg, offset, size, reg_load(r, reg), value));
        return;
    }
    if (!legal(state, cpu, offset, size) || !write_only(gic, cpu, offset, (uint32_t)value))
        gic_count(state, DBELL_GIC_RAZ_WI);
}
