/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef GIC_STATE_H
#define GIC_STATE_H

#include <doorbell/gic.h>

#include "base/cache.h"
#include "base/memory.h"
#include "base/steps.h"
#include "gic_regs.h"

struct redistributor {
    uint32_t ctlr, waker;
    uint64_t propbaser, pendbaser;
};

struct dbell_gic_state {
    uint64_t magic, size;
    struct dbell_gic_config config;
    uint32_t gicd_ctlr;
    uint64_t redistributors_offset;
    uint64_t pending_offset; /* bits, and the summary of their words, of each redistributor */
    uint64_t counters[DBELL_GIC_COUNTERS];
    struct cache configs; /* LPI configuration bytes */
};

static inline struct redistributor *redistributor(struct dbell_gic_state *state, uint32_t cpu)
{
    return (struct redistributor *)((uintptr_t)state + (uintptr_t)state->redistributors_offset) +
           cpu;
}

static inline void gic_count(struct dbell_gic_state *state, enum dbell_gic_counter counter)
{
    state->counters[counter]++;
}

/* What the redistributors' own accesses carry. */
static const struct dbell_sideband gic_sideband = {
    .privileged = true, .attr = DBELL_ATTR_NORMAL_WB, .sh = DBELL_SH_INNER};

/* pending.c: which LPIs are pending at a redistributor. Each redistributor has a bit per INTID,
 * and a bit per 64 of these that says that one of them is set. */
size_t dbell__pending_size(uint8_t lpi_bits);
bool dbell__pending_get(struct dbell_gic_state *state, uint32_t cpu, uint32_t intid);
void dbell__pending_put(struct dbell_gic_state *state, uint32_t cpu, uint32_t intid, bool pending);
/* The first pending INTID >= intid, or 0. */
uint32_t dbell__pending_next(struct dbell_gic_state *state, uint32_t cpu, uint32_t intid);
void dbell__pending_clear_all(struct dbell_gic_state *state, uint32_t cpu);

/* lpi.c */
void dbell__lpis_enable(struct dbell_gic *gic, uint32_t cpu);
void dbell__lpis_disable(struct dbell_gic *gic, uint32_t cpu);

#endif
