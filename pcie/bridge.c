/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "bridge.h"

#include <string.h>

#include "base/bytes.h"
#include "pci_regs.h"

enum { EXPRESS_AT = 0x40, ACS_AT = PCI_EXTENDED };

static uint32_t space_get(const struct dbell_bridge *bridge, unsigned offset, unsigned size)
{
    return (uint32_t)dbell__get_le(&bridge->space[offset], size);
}

static void space_put(struct dbell_bridge *bridge, unsigned offset, unsigned size, uint32_t value)
{
    dbell__put_le(&bridge->space[offset], size, value);
}

void dbell__bridge_reset(struct dbell_bridge *bridge, const struct dbell_bridge_config *config)
{
    *bridge = (struct dbell_bridge){.kind = config->kind, .requesterid = config->requesterid};
    space_put(bridge, PCI_VENDOR_ID, 2, 0x1234);
    space_put(bridge, PCI_DEVICE_ID, 2, 0xd0b0u + config->kind);
    space_put(bridge, PCI_STATUS, 2, PCI_STATUS_CAPABILITIES);
    space_put(bridge, PCI_CLASS, 4, 0x060400u << 8);
    space_put(bridge, PCI_HEADER_TYPE, 1, PCI_HEADER_BRIDGE);
    space_put(bridge, PCI_PRIMARY_BUS, 1, config->requesterid >> 8 & 0xff);
    space_put(bridge, PCI_SECONDARY_BUS, 1, config->secondary);
    space_put(bridge, PCI_SUBORDINATE_BUS, 1, config->subordinate);
    space_put(bridge, PCI_CAPABILITIES, 1, EXPRESS_AT);
    space_put(bridge, EXPRESS_AT, 1, PCI_CAP_EXPRESS);
    space_put(bridge, EXPRESS_AT + EXPRESS_CAPABILITIES, 2,
              EXPRESS_VERSION | (uint32_t)config->kind << EXPRESS_TYPE_SHIFT);
    if (config->acs) {
        space_put(bridge, ACS_AT, 4, EXT_CAP_ACS | 1u << EXT_VERSION_SHIFT);
        space_put(bridge, ACS_AT + ACS_CAPABILITY, 2, config->acs);
    }
}

uint32_t dbell__bridge_read(const struct dbell_bridge *bridge, unsigned offset, unsigned size)
{
    return offset + size <= DBELL_BRIDGE_SPACE ? space_get(bridge, offset, size) : 0;
}

/* What software may write: command, bus numbers, and the ACS controls that there are. */
static uint8_t writable(const struct dbell_bridge *bridge, unsigned offset)
{
    switch (offset) {
    case PCI_COMMAND:
        return PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY;
    case PCI_PRIMARY_BUS:
    case PCI_SECONDARY_BUS:
    case PCI_SUBORDINATE_BUS:
        return 0xff;
    case ACS_AT + ACS_CONTROL:
        return (uint8_t)space_get(bridge, ACS_AT + ACS_CAPABILITY, 1);
    default:
        return 0;
    }
}

void dbell__bridge_write(struct dbell_bridge *bridge, unsigned offset, unsigned size,
                         uint32_t value)
{
    for (unsigned i = 0; i < size && offset + i < DBELL_BRIDGE_SPACE; i++) {
        const uint8_t mask = writable(bridge, offset + i);
        uint8_t *byte = &bridge->space[offset + i];
        *byte = (uint8_t)((*byte & ~mask) | (value >> 8 * i & mask));
    }
}

unsigned dbell__bridge_secondary(const struct dbell_bridge *bridge)
{
    return bridge->space[PCI_SECONDARY_BUS];
}

bool dbell__bridge_covers(const struct dbell_bridge *bridge, unsigned bus)
{
    return bus >= bridge->space[PCI_SECONDARY_BUS] && bus <= bridge->space[PCI_SUBORDINATE_BUS];
}

unsigned dbell__bridge_acs(const struct dbell_bridge *bridge)
{
    return space_get(bridge, ACS_AT + ACS_CONTROL, 2) &
           space_get(bridge, ACS_AT + ACS_CAPABILITY, 2);
}

const struct dbell_bridge *dbell__bridge_above(const struct dbell_root *root, unsigned bus)
{
    for (unsigned i = 0; i < root->bridge_count; i++)
        if (dbell__bridge_secondary(&root->bridges[i]) == bus && bus)
            return &root->bridges[i];
    return NULL;
}
