/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The LPIs of one owner: the physical ones of a redistributor, or the virtual ones of the vPE that
 * is resident there (IHI 0069 5.1, 6). A table of configuration bytes, cached until invalidated; a
 * table of pending bits, of which those that the GIC holds are not in memory. */
#ifndef ITS_LPIS_H
#define ITS_LPIS_H

#include <doorbell/gic.h>
#include <doorbell/itinerary.h>

#include "gic_regs.h"
#include "pending.h"

struct lpi_set {
    uint64_t config;  /* byte of INTID 8192 */
    uint64_t pending; /* bit of INTID 0 */
    uint32_t limit;   /* INTIDs are below; 0: there are none */
    uint32_t tag;     /* of its bytes in the cache */
    uint16_t owner;   /* of what is held */
    bool unread;      /* the table in memory is as software left it, and counts as zero (PTZ) */
    pending_root held;
    uint32_t spilled; /* that are pending in the table in memory, for want of room */
};

/* An owner of nothing: of a set that is in memory only. */
enum { LPIS_NOT_HELD = 0xfffe };

/* INTIDs of `bits` bits; with fewer than 14 there is no LPI at all. */
static inline uint32_t lpi_limit(unsigned bits)
{
    return bits < 14 ? 0 : UINT32_C(1) << bits;
}

static inline bool lpis_have(const struct lpi_set *set, uint32_t intid)
{
    return intid >= 8192 && intid < set->limit;
}

/* The configuration byte as the redistributor sees it: as it was read, until it is invalidated. */
uint8_t dbell__lpis_configuration(struct dbell_gic *gic, const struct lpi_set *set, uint32_t intid,
                                  struct dbell_itinerary *itinerary);
void dbell__lpis_forget(struct dbell_gic *gic, uint32_t tag);

/* Pending state comes from memory, and goes back there. */
void dbell__lpis_load(struct dbell_gic *gic, struct lpi_set *set);
void dbell__lpis_store(struct dbell_gic *gic, struct lpi_set *set);

/* What is held is pending in memory instead. */
void dbell__lpis_spill(struct dbell_gic *gic, struct lpi_set *set);

/* False: it is none of the set's, or the set has gone meanwhile. */
bool dbell__lpis_raise(struct dbell_gic *gic, struct lpi_set *set, uint32_t intid,
                       struct dbell_itinerary *itinerary);
/* False: it was not pending. */
bool dbell__lpis_drop(struct dbell_gic *gic, struct lpi_set *set, uint32_t intid);
bool dbell__lpis_pending(struct dbell_gic *gic, const struct lpi_set *set, uint32_t intid);
void dbell__lpis_invalidate(struct dbell_gic *gic, struct lpi_set *set, uint32_t intid);
void dbell__lpis_invalidate_all(struct dbell_gic *gic, struct lpi_set *set);

/* Sets and clears bits of the 64 that `intid` is among, in memory, where nothing else is held of
 * them; returns what they were. */
uint64_t dbell__lpis_change(struct dbell_gic *gic, const struct lpi_set *set, uint32_t intid,
                            uint64_t clear, uint64_t set_bits);
static inline uint64_t lpi_mask(uint32_t intid)
{
    return UINT64_C(1) << intid % 64;
}

/* A priority and an INTID as one number: the smaller goes first. */
static inline uint64_t lpi_rank(uint32_t intid, uint8_t configuration)
{
    return (uint64_t)(configuration & LPI_PRIORITY) << 32 | intid;
}
/* The rank of the first that is pending and enabled, UINT64_MAX without one. */
uint64_t dbell__lpis_first(struct dbell_gic *gic, const struct lpi_set *set);

#endif
