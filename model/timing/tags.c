/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Caches of time: which lines are there, and nothing of what is in them. */
#include "clockwork_state.h"

uint64_t dbell__tags_key(uint64_t address, unsigned log2)
{
    return log2 >= 64 ? log2 : address >> log2 << 8 | log2;
}

static struct line *lines_of(const struct cw *cw, const struct tags *tags)
{
    return at_offset(cw->s, tags->lines);
}

/* The page number is spread by who it is for; neighbours are in neighbouring sets. */
static struct line *set_of(const struct cw *cw, const struct tags *tags, uint64_t a, uint64_t b)
{
    const uint64_t spread = (a >> 8) + (b ^ b >> 32) * UINT64_C(0x9e3779b1);
    return lines_of(cw, tags) + (size_t)(spread % tags->sets) * tags->ways;
}

struct line *dbell__tags_find(const struct cw *cw, struct tags *tags, uint64_t a, uint64_t b)
{
    if (!tags->live)
        return NULL;
    struct line *set = set_of(cw, tags, a, b);
    for (uint32_t way = 0; way < tags->ways; way++)
        if (set[way].used && set[way].a == a && set[way].b == b) {
            set[way].used = ++cw->s->order;
            return &set[way];
        }
    return NULL;
}

struct line *dbell__tags_find_page(const struct cw *cw, struct tags *tags, uint64_t address,
                                   uint64_t b)
{
    for (uint64_t sizes = tags->sizes; sizes; sizes &= sizes - 1) {
        const unsigned log2 = (unsigned)__builtin_ctzll(sizes);
        struct line *line = dbell__tags_find(cw, tags, dbell__tags_key(address, log2), b);
        if (line)
            return line;
    }
    return NULL;
}

static uint32_t random_number(const struct cw *cw)
{
    uint32_t x = cw->s->random;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return cw->s->random = x;
}

static struct line *victim(const struct cw *cw, struct tags *tags, struct line *set)
{
    struct line *oldest = set;
    for (uint32_t way = 0; way < tags->ways; way++) {
        if (!set[way].used)
            return &set[way];
        if (set[way].used < oldest->used)
            oldest = &set[way];
    }
    if (tags->replacement == DBELL_REPLACE_LRU)
        return oldest;
    return &set[(tags->replacement == DBELL_REPLACE_RANDOM ? random_number(cw) : tags->next++) %
                tags->ways];
}

struct line *dbell__tags_fill(const struct cw *cw, struct tags *tags, uint64_t a, uint64_t b)
{
    if (!tags->entries)
        return NULL;
    struct line *set = set_of(cw, tags, a, b);
    struct line *line = NULL;
    for (uint32_t way = 0; way < tags->ways && !line; way++)
        if (set[way].used && set[way].a == a && set[way].b == b)
            line = &set[way];
    if (!line) {
        line = victim(cw, tags, set);
        tags->live += !line->used;
    }
    *line = (struct line){.a = a, .b = b, .used = ++cw->s->order, .log2 = (uint8_t)a};
    tags->sizes |= UINT64_C(1) << (a & 63);
    return line;
}

void dbell__tags_drop(const struct cw *cw, struct tags *tags,
                      bool (*drops)(const void *ctx, const struct line *line), const void *ctx)
{
    struct line *lines = lines_of(cw, tags);
    const uint32_t count = tags->sets * tags->ways;
    for (uint32_t i = 0; i < count && tags->live; i++)
        if (lines[i].used && drops(ctx, &lines[i])) {
            lines[i].used = 0;
            tags->live--;
            tags->count.invalidated++;
        }
}
