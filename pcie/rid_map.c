/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/pcie.h>

#include <stdbool.h>
#include <stdlib.h>

static int by_first(const void *a, const void *b)
{
    const struct dbell_rid_range *x = a, *y = b;
    return x->first < y->first ? -1 : x->first > y->first;
}

/* Ranges of a segment that do not agree. */
static bool masks_disagree(const struct dbell_rid_range *a, const struct dbell_rid_range *b)
{
    return a->first >> 16 == b->first >> 16 && a->ignored != b->ignored;
}

int dbell_rid_map_build(struct dbell_rid_range *ranges, size_t count, uint32_t *rid)
{
    for (size_t i = 0; i < count; i++) {
        *rid = ranges[i].first;
        if (!ranges[i].count || (uint64_t)ranges[i].first + ranges[i].count > UINT64_C(1) << 32 ||
            (uint64_t)ranges[i].base + ranges[i].count > UINT64_C(1) << 32)
            return DBELL_E_RANGE;
        if (ranges[i].first & ranges[i].ignored)
            return DBELL_E_ARGUMENT;
    }
    if (count)
        qsort(ranges, count, sizeof *ranges, by_first);
    for (size_t i = 1; i < count; i++) {
        *rid = ranges[i].first;
        if (ranges[i].first - ranges[i - 1].first < ranges[i - 1].count)
            return DBELL_E_OVERLAP;
        if (masks_disagree(&ranges[i - 1], &ranges[i]))
            return DBELL_E_ARGUMENT;
    }
    return DBELL_OK;
}

/* The last range that begins at `rid` or below. */
static const struct dbell_rid_range *last_from(const struct dbell_rid_map *map, uint32_t rid)
{
    size_t low = 0, high = map->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->ranges[middle].first <= rid)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &map->ranges[low - 1] : NULL;
}

static bool covers(const struct dbell_rid_range *range, uint32_t rid)
{
    return range && rid - range->first < range->count;
}

const struct dbell_rid_range *dbell_rid_map_find(const struct dbell_rid_map *map, uint32_t rid)
{
    const struct dbell_rid_range *range = last_from(map, rid);
    if (covers(range, rid) && !range->ignored)
        return range;
    const struct dbell_rid_range *other = last_from(map, rid | 0xffff); /* of the segment */
    if (other && other->ignored && other->first >> 16 == rid >> 16) {
        rid &= ~(uint32_t)other->ignored;
        range = last_from(map, rid);
    }
    return covers(range, rid) ? range : NULL;
}
