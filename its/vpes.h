/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* vPEs at the redistributors (GICv4): where they are resident, and GICv4.1's table of them. */
#ifndef ITS_VPES_H
#define ITS_VPES_H

#include "entries.h"
#include "gic_state.h"

/* GICv4.1: an entry of the vPE configuration table. */
struct vpe_entry {
    bool exists; /* there is room for it, at: */
    uint64_t address;
    uint64_t words[VTE_WORDS];
    struct dbell_vpe vpe;
};

/* False: the table of that redistributor has none for the vPEID, or it is not valid. */
bool dbell__vpe_read(struct dbell_gic *gic, uint32_t cpu, uint32_t vpeid, struct vpe_entry *entry);
/* Of one that exists. */
void dbell__vpe_write(struct dbell_gic *gic, const struct vpe_entry *entry);

/* Where a vPE is resident, NULL: nowhere. */
struct residency *dbell__vpe_residency(struct dbell_gic *gic, const struct dbell_vpe *vpe);
/* The vLPIs of a vPE that is not resident: pending in memory. */
struct lpi_set dbell__vpe_away(struct dbell_gic *gic, const struct dbell_vpe *vpe);
/* It leaves now, whatever VPENDBASER says. */
void dbell__vpe_evict(struct dbell_gic *gic, struct residency *residency);
/* Between these no vPE comes or goes: VPENDBASER.Dirty says so. */
void dbell__vpes_hold(struct dbell_gic_state *state);
void dbell__vpes_release(struct dbell_gic *gic);

/* Configuration of the vSGIs of a vPE that is not resident: bytes [16, 32) of its VPT, whose first
 * KB is IMPLEMENTATION DEFINED; their pending bits are where those of INTIDs 0 to 15 would be. */
uint8_t dbell__vsgi_configuration(struct dbell_gic *gic, const struct dbell_vpe *vpe,
                                  uint32_t vintid);
void dbell__vsgi_configure(struct dbell_gic *gic, const struct dbell_vpe *vpe, uint32_t vintid,
                           uint8_t configuration);

#endif
