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
    bool disabling;       /* EnableLPIs is being cleared */
    bool unread;          /* the table in memory is as software left it, and counts as zero (PTZ) */
};

/* A shared peripheral interrupt (12.9). */
struct spi {
    bool group1, enabled, edge, active;
    bool line;  /* of a level one: set by a message, or by a wire */
    bool latch; /* what an edge, or GICD_ISPENDR, has made pending */
    uint8_t priority;
    uint64_t route; /* GICD_IROUTER */
};

enum { SPIS = LAST_SPI - FIRST_SPI + 1 };

struct dbell_gic_state {
    uint64_t magic, size;
    struct dbell_gic_config config;
    uint32_t gicd_ctlr;
    uint64_t redistributors_offset;
    uint64_t counters[DBELL_GIC_COUNTERS];
    struct cache configs;  /* LPI configuration bytes */
    uint64_t config_epoch; /* what was read before it changed is not kept */
    struct pending pending;
    struct spi spis[SPIS];
    uint64_t spis_ready[(SPIS + 63) / 64]; /* pending, enabled, not active, of Group 1 */
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

/* gic.c: CoreSight identification; false: no such register. */
bool dbell__gic_id(uint64_t offset, uint64_t *value);

/* spi.c. INTIDs that are no SPI of this GIC are none's concern. */
void dbell__spi_reset(struct dbell_gic_state *state);
/* A register of GICD_IGROUPR to GICD_IROUTER; false: none. */
bool dbell__spi_read(struct dbell_gic_state *state, uint64_t offset, unsigned size,
                     uint64_t *value);
bool dbell__spi_write(struct dbell_gic_state *state, uint64_t offset, unsigned size,
                      uint64_t value);
bool dbell__spi_pending(struct dbell_gic_state *state, uint32_t intid);
/* The SPI of highest priority for a CPU, 0: none. */
uint32_t dbell__spi_first(const struct dbell_gic_state *state, uint32_t cpu, uint8_t *priority);
/* Acknowledged and ended. */
void dbell__spi_taken(struct dbell_gic_state *state, uint32_t intid);

/* gicr.c */
uint64_t dbell__gicr_affinity(uint32_t cpu);

/* lpi.c */
void dbell__lpi_set(struct dbell_gic *gic, uint32_t cpu, uint32_t intid);
void dbell__lpi_clear(struct dbell_gic *gic, uint32_t cpu, uint32_t intid);
void dbell__lpi_invalidate(struct dbell_gic *gic, uint32_t cpu, uint32_t intid);
void dbell__lpi_invalidate_all(struct dbell_gic *gic, uint32_t cpu);
void dbell__lpis_enable(struct dbell_gic *gic, uint32_t cpu);
void dbell__lpis_disable(struct dbell_gic *gic, uint32_t cpu);

#endif
