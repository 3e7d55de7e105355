/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef GIC_STATE_H
#define GIC_STATE_H

#include <doorbell/gic.h>

#include "base/cache.h"
#include "base/memory.h"
#include "base/steps.h"
#include "gic_regs.h"
#include "pending.h"

struct redistributor {
    uint32_t ctlr, waker;
    uint64_t propbaser, pendbaser;
    pending_root pending; /* of those that the GIC holds */
    uint32_t spilled;     /* LPIs that are pending in the table in memory, for want of room */
    bool unread;          /* the table in memory is as software left it, and counts as zero (PTZ) */
};

struct dbell_gic_state {
    uint64_t magic, size;
    struct dbell_gic_config config;
    uint32_t gicd_ctlr;
    uint64_t redistributors_offset;
    uint64_t counters[DBELL_GIC_COUNTERS];
    struct cache configs; /* LPI configuration bytes */
    struct pending pending;
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

/* lpi.c */
void dbell__lpis_enable(struct dbell_gic *gic, uint32_t cpu);
void dbell__lpis_disable(struct dbell_gic *gic, uint32_t cpu);

#endif
