/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Ports: how a part reaches what it is connected to.
 *
 * Every function takes its ctx first and may block; meanwhile other calls into the same instance
 * may come. A receiver notes what it is told and does not call into the sender before the sender's
 * call has returned. A member that is NULL is not connected. */
#ifndef DOORBELL_PORTS_H
#define DOORBELL_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include <doorbell/transaction.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A range of memory that may be read and written through a host pointer. */
struct dbell_window {
    uint64_t first; /* first address of the range, and ... */
    uint64_t last;  /* ... its last one, inclusive; first > last: empty */
    uint8_t *host;  /* of the byte at first */
};

/* A master's way to memory and registers. */
struct dbell_bus {
    void *ctx;
    enum dbell_response (*access)(void *ctx, struct dbell_transaction *transaction);
    /* Optional: the window around `address`, valid until the owner revokes it at the part that
     * asked (dbell_smmu_revoke_windows(), dbell_its_revoke_windows()). False: none. */
    bool (*window)(void *ctx, uint64_t address, struct dbell_window *window);
    /* Optional: the eight bytes at `address`, little endian, are swapped to `desired` if they are
     * `expected`; *old is what was there. Without it a read and a write are made. */
    enum dbell_response (*cas)(void *ctx, uint64_t address, uint64_t expected, uint64_t desired,
                               uint64_t *old);
};

/* Edge-triggered wires: one call is one pulse. The part's header names its lines. */
struct dbell_wires {
    void *ctx;
    void (*pulse)(void *ctx, unsigned line);
};

/* Where a part says, once per limit, what it could not do. */
struct dbell_log {
    void *ctx;
    void (*say)(void *ctx, const char *text);
};

/* The caller's allocator, for what is not fixed at init (pages of sparse RAM). */
struct dbell_allocator {
    void *ctx;
    void *(*allocate)(void *ctx, uint64_t size);
    void (*release)(void *ctx, void *memory, uint64_t size);
};

#ifdef __cplusplus
}
#endif
#endif
