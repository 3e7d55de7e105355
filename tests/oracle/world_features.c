/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Which SMMU a random world has. */
#include "world.h"

static const uint32_t cache_sizes[] = {1, 2, 3, 5, 16, 64, 256, 1024};

uint32_t world_cache_size(struct random *r)
{
    uint32_t size = cache_sizes[random_below(r, sizeof cache_sizes / sizeof *cache_sizes)];
    return size < WORLD_LEAST_ENTRIES ? WORLD_LEAST_ENTRIES : size;
}

struct dbell_smmu_config world_features(struct random *r)
{
    static const uint32_t stall_models[] = {0, 0, 0, 1, 2}, endians[] = {0, 0, 2, 3};
    static const uint32_t ssidsizes[] = {20, 20, 8, 0};
    struct dbell_smmu_config c = dbell_smmu_default_config();
    c.idr[0] &= ~(1u << 5 | 1u << 11 | 1u << 15 | 1u << 20); /* BTM, NS1ATS, ATOS, VATOS */
    c.idr[3] &= ~(1u << 7);                                  /* MPAM: VMS are not in the scope */
    uint32_t s1 = !random_one_in(r, 12), s2 = !s1 || !random_one_in(r, 10);
    c.idr[0] &=
        ~(3u | 3u << 6 | 1u << 9 | 1u << 12 | 1u << 18 | 1u << 19 | 3u << 21 | 7u << 24 | 3u << 27);
    c.idr[0] |= s2 | s1 << 1 | (s1 & s2) << 9;
    c.idr[0] |= (uint32_t)random_below(r, 3) << 6; /* HTTU */
    c.idr[0] |= (uint32_t)!random_one_in(r, 4) << 12 | (uint32_t)!random_one_in(r, 4) << 18;
    c.idr[0] |= (uint32_t)!random_one_in(r, 6) << 19 | (uint32_t)!random_one_in(r, 6) << 27;
    c.idr[0] |= endians[random_below(r, 4)] << 21;
    uint32_t stall = stall_models[random_below(r, 5)];
    c.idr[0] |= stall << 24 | (uint32_t)random_one_in(r, 5) << 26;
    if (c.idr[0] >> 10 & 1 && s1 && s2)
        c.idr[0] |= (uint32_t)random_below(r, 2) << 11;
    c.idr[1] &= ~(3u << 26 | 31u << 6);
    c.idr[1] |= (uint32_t)!random_one_in(r, 6) << 27 | (uint32_t)!random_one_in(r, 6) << 26;
    c.idr[1] |= ssidsizes[random_below(r, 4)] << 6;
    c.idr[3] &= ~(1u << 2 | 1u << 4 | 1u << 8 | 1u << 9 | 1u << 13 | 1u << 17);
    c.idr[3] |= (s1 && !random_one_in(r, 8) ? 4u : 0) | (s2 && !random_one_in(r, 8) ? 16u : 0);
    c.idr[3] |= (uint32_t)(random_below(r, 4) != 0) << 8 | (uint32_t)random_below(r, 2) << 9;
    c.idr[3] |= (uint32_t)random_below(r, 2) << 13 | (uint32_t)random_below(r, 2) << 17;
    uint32_t grans = 1 + (uint32_t)random_below(r, 7);
    uint32_t oas = (uint32_t)random_below(r, 10);
    oas = oas > 6 ? oas == 9 ? 6 : 5 : oas;
    if (oas == 6)
        grans |= 4;
    uint32_t vax = grans & 4 ? (uint32_t)random_below(r, 2) : 0;
    c.idr[5] = (stall == 1 ? 0 : 64u << 16) | vax << 10 | grans << 4 | oas;
    return c;
}
