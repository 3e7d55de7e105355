/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "base/memory.h"

#include <stddef.h>

enum dbell_response dbell__memory_access(const struct dbell_bus *bus, enum dbell_op op,
                                         uint64_t address, uint8_t *bytes, uint32_t size,
                                         const struct dbell_sideband *side)
{
    struct dbell_transaction transaction = {
        .address = address, .length = size, .op = (uint8_t)op, .data = bytes, .side = *side};
    return bus->access(bus->ctx, &transaction);
}

enum dbell_response dbell__memory_cas(const struct dbell_bus *bus, struct dbell_windows *windows,
                                      uint64_t address, uint64_t expected, uint64_t desired,
                                      uint64_t *old, const struct dbell_sideband *side)
{
    if (bus->cas)
        return bus->cas(bus->ctx, address, expected, desired, old);
    enum dbell_response response = dbell__memory_read64(bus, windows, address, old, side);
    if (response != DBELL_RESPONSE_OK || *old != expected)
        return response;
    uint8_t bytes[8];
    dbell__put_le(bytes, sizeof bytes, desired);
    return dbell__memory_write(bus, windows, address, bytes, sizeof bytes, side);
}
