/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The one set-associative cache: TLB, configuration cache and LPI configuration cache are built
 * on it.
 *
 * It lives inside a state block and holds no pointers: the entries lie at an offset from the
 * struct itself. A lookup writes nothing. Every entry carries the stamp of its fill; an entry
 * whose stamp is below the floor that the caller asks for is dead, so that invalidating all
 * entries of a scope is one increment, and dead entries are the first to be filled again. Among
 * live ones the ways are filled in turn. */
#ifndef DOORBELL_BASE_CACHE_H
#define DOORBELL_BASE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cache_key {
    uint64_t a, b;
};

/* Entries begin with this; the payload follows. */
struct cache_line {
    struct cache_key key;
    uint64_t stamp; /* 0: empty */
};

struct cache {
    uint32_t set_mask;
    uint32_t ways;
    uint32_t line_size; /* bytes, header and payload */
    uint32_t turn;      /* the way that a full set gives up next */
    uint64_t offset;    /* of the lines, from this struct */
};

static inline struct cache_line *cache_line_at(const struct cache *cache, uint32_t index)
{
    return (struct cache_line *)((uintptr_t)cache + (uintptr_t)cache->offset +
                                 (uintptr_t)index * cache->line_size);
}

static inline uint32_t cache_set_of(const struct cache *cache, struct cache_key key)
{
    uint64_t mixed = (key.a ^ key.b * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);
    return (uint32_t)(mixed >> 32) & cache->set_mask;
}

/* The live line with this key, or NULL. */
static inline struct cache_line *cache_find(const struct cache *cache, struct cache_key key,
                                            uint64_t floor)
{
    struct cache_line *line = cache_line_at(cache, cache_set_of(cache, key) * cache->ways);
    for (uint32_t way = 0; way < cache->ways; way++) {
        if (line->key.a == key.a && line->key.b == key.b && line->stamp >= floor)
            return line;
        line = (struct cache_line *)((uintptr_t)line + cache->line_size);
    }
    return NULL;
}

static inline uint32_t cache_lines(const struct cache *cache)
{
    return (cache->set_mask + 1) * cache->ways;
}

static inline void *cache_payload(struct cache_line *line)
{
    return line + 1;
}

/* Bytes of lines for `entries` entries (rounded up to a power of two) of `payload` bytes. */
size_t dbell__cache_size(uint32_t entries, uint32_t ways, uint32_t payload);

/* `offset` is where the lines lie, from `cache`; the memory there has dbell__cache_size() bytes.
 * `entries` and `ways` are at least 1. */
void dbell__cache_init(struct cache *cache, size_t offset, uint32_t entries, uint32_t ways,
                       uint32_t payload);

/* A line for `key`, stamped (stamp > 0): the one that holds the key, else a dead one, else the
 * next in turn. The payload is what it was: the caller writes all of it. `alive` says whether a
 * filled line may still be needed; NULL: every stamped line may. */
struct cache_line *dbell__cache_fill(struct cache *cache, struct cache_key key, uint64_t stamp,
                                     bool (*alive)(const void *ctx, const struct cache_line *line),
                                     const void *ctx);

/* Empties every line for which `matches` holds; all of them with NULL. Returns how many. */
uint32_t dbell__cache_drop(struct cache *cache,
                           bool (*matches)(const void *ctx, struct cache_line *line),
                           const void *ctx);

#endif
