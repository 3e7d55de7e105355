/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Distributor registers (IHI 0069 12.9), with one Security state. */
#include "gic_state.h"

static bool read32(struct dbell_gic_state *state, uint64_t offset, uint64_t *value)
{
    *value = 0;
    switch (offset) {
    case GICD_CTLR:
        *value = state->gicd_ctlr;
        return true;
    case GICD_TYPER:
        put(value, GICD_TYPER_ITLINES, state->config.it_lines);
        put(value, GICD_TYPER_MBIS, 1);
        put(value, GICD_TYPER_LPIS, 1);
        put(value, GICD_TYPER_DVIS, state->config.version != DBELL_GICV3);
        put(value, GICD_TYPER_IDBITS, state->config.lpi_bits - 1u);
        put(value, GICD_TYPER_NO1N, 1);
        return true;
    case GICD_TYPER2: /* vPEIDs of 16 bits, no SGIs without active state */
        return state->config.version == DBELL_GICV4_1;
    case GICD_IIDR:
        *value = 0x43b;
        return true;
    default:
        return dbell__gic_id(state, offset, value);
    }
}

uint64_t dbell_gicd_read(struct dbell_gic *gic, uint64_t offset, unsigned size)
{
    uint64_t value = 0;
    if (size <= 8 && offset % size == 0 &&
        ((size == 4 && read32(gic->state, offset, &value)) ||
         dbell__spi_read(gic->state, offset, size, &value)))
        return value;
    gic_count(gic->state, DBELL_GIC_RAZ_WI);
    return 0;
}

void dbell_gicd_write(struct dbell_gic *gic, uint64_t offset, unsigned size, uint64_t value)
{
    struct dbell_gic_state *state = gic->state;
    if (size == 4 && offset == GICD_CTLR) {
        const uint32_t writable =
            GICD_CTLR_ENABLE_GRP0 | GICD_CTLR_ENABLE_GRP1 | GICD_CTLR_ARE | GICD_CTLR_E1NWF;
        state->gicd_ctlr = ((uint32_t)value & writable) | GICD_CTLR_DS;
        return;
    }
    if (size > 8 || offset % size || !dbell__spi_write(state, offset, size, value))
        gic_count(state, DBELL_GIC_RAZ_WI);
}
