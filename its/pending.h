/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The LPIs that are pending, as many as the GIC holds beside the tables in memory: found by owner
 * and INTID, and the one of highest priority of an owner at once.
 *
 * A pool of nodes inside a state block, without pointers. An owner is a redistributor. Each has a
 * pairing heap of its nodes that are enabled, ordered by priority, then INTID. */
#ifndef ITS_PENDING_H
#define ITS_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pending {
    uint64_t offset; /* of the nodes, from this struct; the buckets follow them */
    uint32_t capacity, bucket_mask;
    uint32_t used; /* nodes that have ever been taken */
    uint32_t free; /* the first that has been given back, 0: none */
    uint32_t count;
};

/* The top of an owner's heap: an index, 0 if it is empty. */
typedef uint32_t pending_root;

size_t dbell__pending_size(uint32_t capacity);
/* Empties it; the roots are the caller's to clear. `capacity` is at least 1. */
void dbell__pending_init(struct pending *pending, size_t offset, uint32_t capacity);
void dbell__pending_empty(struct pending *pending);

bool dbell__pending_has(const struct pending *pending, uint16_t owner, uint32_t intid);
/* Adds one that is not there, with its configuration byte; false: no room. */
bool dbell__pending_add(struct pending *pending, pending_root *root, uint16_t owner, uint32_t intid,
                        uint8_t configuration);
/* False: it was not there. */
bool dbell__pending_remove(struct pending *pending, pending_root *root, uint16_t owner,
                           uint32_t intid);
/* A new configuration of one that may be there. */
void dbell__pending_configure(struct pending *pending, pending_root *root, uint16_t owner,
                              uint32_t intid, uint8_t configuration);

/* The INTID and the configuration of the enabled one of highest priority; false: none. */
bool dbell__pending_first(const struct pending *pending, pending_root root, uint32_t *intid,
                          uint8_t *configuration);
/* The INTID of an owner's next node from *place on, enabled or not, in no order; 0: no more. Those
 * that it has told may be removed meanwhile. Start with *place == 0. */
uint32_t dbell__pending_next(const struct pending *pending, uint16_t owner, uint32_t *place);

#endif
