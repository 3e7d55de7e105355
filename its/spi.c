/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Shared peripheral interrupts, as far as a message or a wire raises them (IHI 0069 4, 12.9):
 * Group 1, one target each. */
#include "gic_state.h"

enum { PRIORITY_BITS = 0xf8, ROUTE_BITS = 0xffff }; /* what is implemented: 32 levels, Aff1.Aff0 */

/* The SPI of an INTID, NULL: there is none. */
static struct spi *spi_of(struct dbell_gic_state *state, uint32_t intid)
{
    const uint32_t end = 32u * (state->config.it_lines + 1u);
    return intid >= FIRST_SPI && intid <= LAST_SPI && intid < end ? &state->spis[intid - FIRST_SPI]
                                                                  : NULL;
}

static bool is_pending(const struct spi *spi)
{
    return spi->latch || (!spi->edge && spi->line);
}

static void update(struct dbell_gic_state *state, uint32_t intid)
{
    const uint32_t n = intid - FIRST_SPI;
    const struct spi *spi = &state->spis[n];
    const uint64_t bit = UINT64_C(1) << n % 64;
    if (is_pending(spi) && spi->enabled && spi->group1 && !spi->active)
        state->spis_ready[n / 64] |= bit;
    else
        state->spis_ready[n / 64] &= ~bit;
}

void dbell__spi_reset(struct dbell_gic_state *state)
{
    memset(state->spis, 0, sizeof state->spis);
    memset(state->spis_ready, 0, sizeof state->spis_ready);
}

void dbell_gic_spi(struct dbell_gic *gic, uint32_t intid, bool level)
{
    struct spi *spi = spi_of(gic->state, intid);
    if (!spi)
        return;
    if (spi->edge && level && !spi->line)
        spi->latch = true;
    spi->line = level;
    update(gic->state, intid);
}

/* GICD_SETSPI_NSR, GICD_CLRSPI_NSR: of an edge-triggered SPI they set and clear what is pending,
 * of a level-sensitive one they are its wire. */
static void message(struct dbell_gic_state *state, uint32_t intid, bool set)
{
    struct spi *spi = spi_of(state, intid);
    if (!spi)
        return;
    if (spi->edge)
        spi->latch = set;
    else
        spi->line = set;
    update(state, intid);
}

/* --- banks of registers --- */

enum bank { GROUP, ENABLE, DISABLE, PEND, UNPEND, ACTIVATE, DEACTIVATE };

static bool bit_of(const struct spi *spi, enum bank bank)
{
    switch (bank) {
    case GROUP:
        return spi->group1;
    case ENABLE:
    case DISABLE:
        return spi->enabled;
    case PEND:
    case UNPEND:
        return is_pending(spi);
    default:
        return spi->active;
    }
}

/* What a written bit does; a zero has a meaning in GICD_IGROUPR only. */
static void write_bit(struct spi *spi, enum bank bank, bool value)
{
    if (bank == GROUP)
        spi->group1 = value;
    if (!value)
        return;
    switch (bank) {
    case ENABLE:
    case DISABLE:
        spi->enabled = bank == ENABLE;
        break;
    case PEND:
    case UNPEND: /* the wire of a level-sensitive one is not software's */
        spi->latch = bank == PEND;
        break;
    case ACTIVATE:
    case DEACTIVATE:
        spi->active = bank == ACTIVATE;
        break;
    default:
        break;
    }
}

/* Registers of one bit per INTID: the bank at `offset`, and the INTID of its bit 0. */
static bool one_bit_bank(uint64_t offset, enum bank *bank, uint32_t *first)
{
    if (offset < GICD_IGROUPR || offset >= GICD_IPRIORITYR)
        return false;
    *bank = (enum bank)((offset - GICD_IGROUPR) / 0x80);
    *first = (uint32_t)(offset % 0x80) * 8;
    return true;
}

static bool byte_bank(uint64_t offset, uint32_t *first)
{
    *first = (uint32_t)(offset - GICD_IPRIORITYR);
    return offset >= GICD_IPRIORITYR && offset < GICD_IPRIORITYR + 1024;
}

static bool two_bit_bank(uint64_t offset, uint32_t *first)
{
    *first = (uint32_t)(offset - GICD_ICFGR) * 4;
    return offset >= GICD_ICFGR && offset < GICD_ICFGR + 256;
}

static bool route_bank(uint64_t offset, uint32_t *intid)
{
    *intid = (uint32_t)(offset - GICD_IROUTER) / 8;
    return offset >= GICD_IROUTER + 8 * FIRST_SPI && offset <= GICD_IROUTER + 8 * LAST_SPI + 7;
}

bool dbell__spi_read(struct dbell_gic_state *state, uint64_t offset, unsigned size, uint64_t *value)
{
    enum bank bank;
    uint32_t first;
    *value = 0;
    if (size == 4 && one_bit_bank(offset, &bank, &first)) {
        for (uint32_t i = 0; i < 32; i++) {
            const struct spi *spi = spi_of(state, first + i);
            *value |= (uint64_t)(spi && bit_of(spi, bank)) << i;
        }
    } else if ((size == 1 || size == 4) && byte_bank(offset, &first)) {
        for (uint32_t i = 0; i < size; i++) {
            const struct spi *spi = spi_of(state, first + i);
            *value |= (uint64_t)(spi ? spi->priority : 0) << 8 * i;
        }
    } else if (size == 4 && two_bit_bank(offset, &first)) {
        for (uint32_t i = 0; i < 16; i++) {
            const struct spi *spi = spi_of(state, first + i);
            *value |= (uint64_t)(spi && spi->edge) << (2 * i + 1);
        }
    } else if ((size == 4 || size == 8) && route_bank(offset, &first)) {
        const struct spi *spi = spi_of(state, first);
        *value = spi ? spi->route >> (8 * (offset & 7)) : 0; /* Aff3 is 0: it has 32 bits */
    } else {
        return false;
    }
    return true;
}

bool dbell__spi_write(struct dbell_gic_state *state, uint64_t offset, unsigned size, uint64_t value)
{
    enum bank bank;
    uint32_t first;
    struct spi *spi;
    if ((size == 2 || size == 4) && (offset == GICD_SETSPI_NSR || offset == GICD_CLRSPI_NSR)) {
        message(state, (uint32_t)value & 0x1fff, offset == GICD_SETSPI_NSR);
    } else if (size == 4 && one_bit_bank(offset, &bank, &first)) {
        for (uint32_t i = 0; i < 32; i++)
            if ((spi = spi_of(state, first + i)) != NULL) {
                write_bit(spi, bank, value >> i & 1);
                update(state, first + i);
            }
    } else if ((size == 1 || size == 4) && byte_bank(offset, &first)) {
        for (uint32_t i = 0; i < size; i++)
            if ((spi = spi_of(state, first + i)) != NULL)
                spi->priority = (uint8_t)(value >> 8 * i) & PRIORITY_BITS;
    } else if (size == 4 && two_bit_bank(offset, &first)) {
        for (uint32_t i = 0; i < 16; i++)
            if ((spi = spi_of(state, first + i)) != NULL) {
                spi->edge = value >> (2 * i + 1) & 1;
                update(state, first + i);
            }
    } else if ((size == 4 || size == 8) && route_bank(offset, &first)) {
        if ((spi = spi_of(state, first)) != NULL && offset % 8 == 0) /* Aff3 is not there */
            spi->route = value & ROUTE_BITS;
    } else {
        return false;
    }
    return true;
}

bool dbell__spi_pending(struct dbell_gic_state *state, uint32_t intid)
{
    const struct spi *spi = spi_of(state, intid);
    return spi && is_pending(spi);
}

/* --- acknowledge --- */

uint32_t dbell__spi_first(const struct dbell_gic_state *state, uint32_t cpu, uint8_t *priority)
{
    uint32_t best = 0;
    for (uint32_t w = 0; w < sizeof state->spis_ready / sizeof state->spis_ready[0]; w++)
        for (uint64_t rest = state->spis_ready[w]; rest; rest &= rest - 1) {
            const uint32_t n = w * 64 + (uint32_t)__builtin_ctzll(rest);
            const struct spi *spi = &state->spis[n];
            if (spi->route != dbell__gicr_affinity(cpu) || (best && spi->priority >= *priority))
                continue;
            best = FIRST_SPI + n;
            *priority = spi->priority;
        }
    return best;
}

void dbell__spi_taken(struct dbell_gic_state *state, uint32_t intid)
{
    state->spis[intid - FIRST_SPI].latch = false;
    update(state, intid);
}
