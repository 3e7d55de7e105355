/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "base/cache.h"

#include <string.h>

static uint32_t power_of_two(uint32_t n)
{
    uint32_t p = 1;
    while (p < n)
        p <<= 1;
    return p;
}

static uint32_t sets_for(uint32_t entries, uint32_t ways)
{
    return power_of_two((entries + ways - 1) / ways);
}

static uint32_t line_size_for(uint32_t payload)
{
    return ((uint32_t)sizeof(struct cache_line) + payload + 7) & ~7u;
}

size_t dbell__cache_size(uint32_t entries, uint32_t ways, uint32_t payload)
{
    return (size_t)sets_for(entries, ways) * ways * line_size_for(payload);
}

void dbell__cache_init(struct cache *cache, size_t offset, uint32_t entries, uint32_t ways,
                       uint32_t payload)
{
    *cache = (struct cache){.set_mask = sets_for(entries, ways) - 1,
                            .ways = ways,
                            .line_size = line_size_for(payload),
                            .offset = offset};
    memset(cache_line_at(cache, 0), 0, dbell__cache_size(entries, ways, payload));
}

struct cache_line *dbell__cache_fill(struct cache *cache, struct cache_key key, uint64_t stamp,
                                     bool (*alive)(const void *ctx, const struct cache_line *line),
                                     const void *ctx)
{
    uint32_t first = cache_set_of(cache, key) * cache->ways;
    struct cache_line *chosen = NULL;
    for (uint32_t way = 0; way < cache->ways; way++) {
        struct cache_line *line = cache_line_at(cache, first + way);
        if (line->stamp && line->key.a == key.a && line->key.b == key.b) {
            chosen = line;
            break;
        }
        if (!chosen && (!line->stamp || (alive && !alive(ctx, line))))
            chosen = line;
    }
    if (!chosen) {
        chosen = cache_line_at(cache, first + cache->turn % cache->ways);
        cache->turn++;
    }
    chosen->key = key;
    chosen->stamp = stamp;
    return chosen;
}

uint32_t dbell__cache_drop(struct cache *cache,
                           bool (*matches)(const void *ctx, struct cache_line *line),
                           const void *ctx)
{
    uint32_t dropped = 0;
    for (uint32_t i = 0; i < cache_lines(cache); i++) {
        struct cache_line *line = cache_line_at(cache, i);
        if (line->stamp && (!matches || matches(ctx, line))) {
            line->stamp = 0;
            dropped++;
        }
    }
    return dropped;
}
