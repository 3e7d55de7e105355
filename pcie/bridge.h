/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Ports and bridges: their configuration space, and what it means for what passes. */
#ifndef PCIE_BRIDGE_H
#define PCIE_BRIDGE_H

#include <doorbell/root.h>

/* The bridge right above a bus; the one right above a bridge. NULL: the Root Complex itself. */
const struct dbell_bridge *dbell__bridge_above(const struct dbell_root *root, unsigned bus);

uint32_t dbell__bridge_read(const struct dbell_bridge *bridge, unsigned offset, unsigned size);
void dbell__bridge_write(struct dbell_bridge *bridge, unsigned offset, unsigned size,
                         uint32_t value);
void dbell__bridge_reset(struct dbell_bridge *bridge, const struct dbell_bridge_config *config);

unsigned dbell__bridge_secondary(const struct dbell_bridge *bridge);
bool dbell__bridge_covers(const struct dbell_bridge *bridge, unsigned bus);
/* ACS controls that are on (7.7.8.3). */
unsigned dbell__bridge_acs(const struct dbell_bridge *bridge);

#endif
