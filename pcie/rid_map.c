/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/pcie.h>

#include <stdlib.h>

static int by_first(const void *a, const void *b)
{
    const struct dbell_rid_range *x = a, *y = b;
    return x->first < y->first ? -1 : x->first > y->first;
}

int dbell_rid_map_build(struct dbell_rid_range *ranges, size_t count, uint32_t *rid)
{
    for (size_t i = 0; i < count; i++) {
        *rid = ranges[i].first;
        if (!ranges[i].count || (uint64_t)ranges[i].first + ranges[i].count > UINT64_C(1) << 32 ||
            (uint64_t)ranges[i].base + ranges[i].count > UINT64_C(1) << 32)
            return DBELL_E_RANGE;
    }
    if (count)
        qsort(ranges, count, sizeof *ranges, by_first);
    for (size_t i = 1; i < count; i++) {
        *rid = ranges[i].first;
        if (ranges[i].first - ranges[i - 1].first < ranges[i - 1].count)
            return DBELL_E_OVERLAP;
    }
    return DBELL_OK;
}

const struct dbell_rid_range *dbell_rid_map_find(const struct dbell_rid_map *map, uint32_t rid)
{
    size_t low = 0, high = map->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->ranges[middle].first <= rid)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return NULL;
    const struct dbell_rid_range *range = &map->ranges[low - 1];
    return rid - range->first < range->count ? range : NULL;
}
