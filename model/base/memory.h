/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A master's view of memory: its bus, and the host windows that the bus has lent it. */
#ifndef DOORBELL_BASE_MEMORY_H
#define DOORBELL_BASE_MEMORY_H

#include <string.h>

#include <doorbell/ports.h>
#include <doorbell/windows.h>

#include "base/bytes.h"

enum { WINDOW_SHIFT = 16 };

static inline uint8_t *dbell__host_in(const struct dbell_window *w, uint64_t address, uint64_t last)
{
    return w->host && address >= w->first && last <= w->last ? w->host + (address - w->first)
                                                             : NULL;
}

/* The host byte at `address` if all of [address, address + size) is in one window, else NULL.
 * `size` is at most 64 and the range does not wrap. The last window is tried first: a walk's next
 * address then needs no index before its read. */
static inline uint8_t *dbell__host(const struct dbell_bus *bus, struct dbell_windows *windows,
                                   uint64_t address, unsigned size)
{
    const uint64_t last = address + size - 1;
    uint8_t *host = dbell__host_in(&windows->window[windows->recent], address, last);
    if (host)
        return host;
    const uint64_t page = address >> WINDOW_SHIFT;
    const uint32_t index = (page ^ page >> 6) & (DBELL_WINDOW_COUNT - 1);
    struct dbell_window *w = &windows->window[index];
    host = dbell__host_in(w, address, last);
    if (!host) {
        if (!bus->window || last < address || !bus->window(bus->ctx, address, w)) {
            w->host = NULL;
            return NULL;
        }
        host = dbell__host_in(w, address, last);
    }
    windows->recent = index;
    return host;
}

/* One access of `size` bytes at an aligned address with the attributes of `side`. */
enum dbell_response dbell__memory_access(const struct dbell_bus *bus, enum dbell_op op,
                                         uint64_t address, uint8_t *bytes, uint32_t size,
                                         const struct dbell_sideband *side);

static inline enum dbell_response
dbell__memory_read(const struct dbell_bus *bus, struct dbell_windows *windows, uint64_t address,
                   uint8_t *bytes, unsigned size, const struct dbell_sideband *side)
{
    const uint8_t *host = dbell__host(bus, windows, address, size);
    if (host) {
        memcpy(bytes, host, size);
        return DBELL_RESPONSE_OK;
    }
    return dbell__memory_access(bus, DBELL_READ, address, bytes, size, side);
}

static inline enum dbell_response dbell__memory_read64(const struct dbell_bus *bus,
                                                       struct dbell_windows *windows,
                                                       uint64_t address, uint64_t *value,
                                                       const struct dbell_sideband *side)
{
    const uint8_t *host = dbell__host(bus, windows, address, 8);
    if (host) {
        *value = dbell__get_le64(host);
        return DBELL_RESPONSE_OK;
    }
    uint8_t bytes[8] = {0};
    enum dbell_response response =
        dbell__memory_access(bus, DBELL_READ, address, bytes, sizeof bytes, side);
    *value = dbell__get_le64(bytes);
    return response;
}

static inline enum dbell_response
dbell__memory_write(const struct dbell_bus *bus, struct dbell_windows *windows, uint64_t address,
                    const uint8_t *bytes, unsigned size, const struct dbell_sideband *side)
{
    uint8_t *host = dbell__host(bus, windows, address, size);
    if (host) {
        memcpy(host, bytes, size);
        return DBELL_RESPONSE_OK;
    }
    uint8_t copy[64];
    memcpy(copy, bytes, size);
    return dbell__memory_access(bus, DBELL_WRITE, address, copy, size, side);
}

enum dbell_response dbell__memory_cas(const struct dbell_bus *bus, struct dbell_windows *windows,
                                      uint64_t address, uint64_t expected, uint64_t desired,
                                      uint64_t *old, const struct dbell_sideband *side);

#endif
