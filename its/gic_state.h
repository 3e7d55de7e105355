/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef GIC_STATE_H
#define GIC_STATE_H

#include <doorbell/gic.h>

#include "base/cache.h"
#include "base/memory.h"
#include "base/steps.h"
#include "gic_regs.h"
#include "lpis.h"

enum { VSGIS = 16 };

/* Owners of what is held: a redistributor, or with this bit the vPE at it. */
enum { OWNER_VIRTUAL = 0x8000 };

/* A vPE at a redistributor (GICR_VPENDBASER). */
struct residency {
    bool scheduled; /* what VPENDBASER.Valid asks for has been done */
    bool settling;  /* ... is being done */
    bool resident;  /* no vPE is if VPENDBASER names none that could be */
    bool late;      /* something became pending while it was leaving */
    bool doorbell;  /* one is asked for when it has left */
    struct dbell_vpe vpe;
    struct lpi_set lpis;
    uint16_t sgis;      /* pending */
    uint8_t sgi[VSGIS]; /* configuration, as in DBELL_VSGI_CONFIGURE */
};

struct redistributor {
    uint32_t ctlr, waker, vsgipendr;
    uint64_t propbaser, pendbaser, vpropbaser, vpendbaser;
    bool disabling; /* EnableLPIs is being cleared */
    struct lpi_set lpis;
    struct residency vpe;
};

/* An ITS that has come to a VMOVP of several (DBELL_VPE_MEET). */
struct meeting {
    bool waiting, met;
    uint16_t sequence;
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
    struct cache configs;   /* LPI configuration bytes */
    uint64_t config_epoch;  /* what was read before it changed is not kept */
    uint64_t pending_epoch; /* of pending bits in memory */
    uint64_t resets;
    uint32_t asking; /* requests for vPEs that are in a call-out */
    bool unsettled;  /* a vPE waits for their end to come or to go */
    struct meeting meetings[16];
    struct pending pending;
    struct spi spis[SPIS];
    uint64_t spis_ready[(SPIS + 63) / 64]; /* pending, enabled, not active, of Group 1 */
};

static inline struct redistributor *redistributor(struct dbell_gic_state *state, uint32_t cpu)
{
    return (struct redistributor *)((uintptr_t)state + (uintptr_t)state->redistributors_offset) +
           cpu;
}

/* The step of an LPI that is held pending: at a redistributor, or as `note` says. */
static inline void gic_tell_pending(struct dbell_itinerary *itinerary, uint32_t intid, uint32_t at,
                                    const char *note)
{
    if (itinerary)
        dbell__append_step(itinerary, (struct dbell_step){.kind = DBELL_STEP_WRITE,
                                                          .object = DBELL_OBJECT_LPI_PENDING,
                                                          .resource = DBELL_RESOURCE_LPI_CACHE,
                                                          .level = -1,
                                                          .after = dbell__last_step(itinerary),
                                                          .address = intid,
                                                          .value = at,
                                                          .note = note});
}

static inline bool gic_is_v4_1(const struct dbell_gic_state *state)
{
    return state->config.version == DBELL_GICV4_1;
}

static inline void gic_count(struct dbell_gic_state *state, enum dbell_gic_counter counter)
{
    state->counters[counter]++;
}

/* What the redistributors' own accesses carry. */
static const struct dbell_sideband gic_sideband = {
    .privileged = true, .attr = DBELL_ATTR_NORMAL_WB, .sh = DBELL_SH_INNER};

/* gic.c: CoreSight identification; false: no such register. */
bool dbell__gic_id(const struct dbell_gic_state *state, uint64_t offset, uint64_t *value);

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
bool dbell__lpi_set_at(struct dbell_gic *gic, struct lpi_set *set, uint32_t intid,
                       struct dbell_itinerary *itinerary);
/* NULL: there is no such redistributor. */
struct lpi_set *dbell__lpis_of(struct dbell_gic *gic, uint64_t rdbase);
void dbell__lpis_enable(struct dbell_gic *gic, uint32_t cpu);
void dbell__lpis_disable(struct dbell_gic *gic, uint32_t cpu);

/* vlpi.c. A request with a vPE, or DBELL_VPE_MEET. */
bool dbell__ask_virtual(struct dbell_gic *gic, const struct dbell_lpi_request *request,
                        struct dbell_itinerary *itinerary);
/* GICR_VPENDBASER as it reads, and a write to it; false: it cannot be written now. */
uint64_t dbell__vpendbaser(struct dbell_gic_state *state, uint32_t cpu);
bool dbell__vpendbaser_write(struct dbell_gic *gic, uint32_t cpu, uint64_t value);
/* GICv4.1: GICR_INVLPIR and GICR_INVALLR with V, GICR_VSGIR. */
void dbell__vlpi_invalidate(struct dbell_gic *gic, uint32_t cpu, uint32_t vpeid, uint32_t intid);
void dbell__vlpi_invalidate_all(struct dbell_gic *gic, uint32_t cpu, uint32_t vpeid);
uint16_t dbell__vsgis_pending(struct dbell_gic *gic, uint32_t cpu, uint32_t vpeid);

#endif
