/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "attributes.h"

#include "pte.h"

static bool is_device(uint8_t type)
{
    return type >> 4 == 0;
}

/* 13.1.7: Device and Normal iNC-oNC are Outer Shareable. */
static struct attributes consistent(struct attributes a)
{
    if (is_device(a.type) || a.type == DBELL_ATTR_NORMAL_NC)
        a.sh = DBELL_SH_OUTER;
    else if (a.sh == 1) /* reserved, behaves as non-shareable */
        a.sh = DBELL_SH_NON;
    return a;
}

/* Stage 2 MemAttr[3:0] (S2FWB == 0) as a MAIR byte. */
static uint8_t memattr_type(unsigned memattr)
{
    static const uint8_t half[4] = {0x0, 0x4, 0xb, 0xf}; /* -, NC, WT, WB */
    unsigned outer = memattr >> 2, inner = memattr & 3;
    if (outer == 0)
        return (uint8_t)(inner << 2);
    if (inner == 0) /* reserved, behaves as Device-nGnRnE (5.2 MemAttr) */
        return DBELL_ATTR_DEVICE_nGnRnE;
    return (uint8_t)(half[outer] << 4 | half[inner]);
}

struct attributes dbell__attributes_replace(bool mtcfg, unsigned memattr, unsigned shcfg,
                                            struct attributes in)
{
    if (mtcfg)
        in.type = memattr_type(memattr);
    if (shcfg != 1)
        in.sh = (uint8_t)shcfg;
    return consistent(in);
}

/* 5.4 MAIR: the encodings that a PE leaves unpredictable have a meaning here. */
static uint8_t mair_type(uint8_t attr)
{
    if (attr >> 4 == 0)
        return attr & 0x0c;
    if ((attr & 0xf) == 0)
        return (uint8_t)((attr & 0xf0) | 0x3);
    return attr;
}

struct attributes dbell__attributes_stage1(uint64_t mair, uint64_t descriptor)
{
    unsigned index = (unsigned)get(&descriptor, PTE_ATTRINDX);
    return consistent((struct attributes){.type = mair_type((uint8_t)(mair >> (8 * index))),
                                          .sh = (uint8_t)get(&descriptor, PTE_SH)});
}

/* One half (inner or outer) of a Normal type: the weaker cacheability, allocation hints of the
 * input (13.4.3: stage 2 has none). */
static uint8_t combine_half(uint8_t in, uint8_t s2)
{
    bool in_nc = in == 4, in_wt = (in & 0xc) == 0x8 || (in & 0xc) == 0x0;
    if (in_nc || s2 == 4)
        return 4;
    bool s2_wt = (s2 & 0xc) == 0x8;
    if (s2_wt && !in_wt)
        return (uint8_t)((in & 0x3) | ((in & 0xc) == 0x4 ? 0x0 : 0x8));
    return in;
}

static uint8_t combine_type(uint8_t in, uint8_t s2)
{
    if (is_device(in) || is_device(s2)) {
        if (!is_device(in))
            return s2;
        if (!is_device(s2))
            return in;
        return in < s2 ? in : s2; /* nGnRnE is the strongest and the smallest */
    }
    return (uint8_t)(combine_half(in >> 4, s2 >> 4) << 4 | combine_half(in & 0xf, s2 & 0xf));
}

/* S2FWB == 1: MemAttr overrides the stage 1 type (Arm ARM D8.6, FEAT_S2FWB). */
static uint8_t fwb_type(unsigned memattr, uint8_t in)
{
    switch (memattr & 7) {
    case 5:
        return is_device(in) ? in : DBELL_ATTR_NORMAL_NC;
    case 6:
        return is_device(in) || (in >> 4 == 4) ? DBELL_ATTR_NORMAL_WB : in | 0xcc;
    case 7:
        return in;
    default:
        return (uint8_t)((memattr & 3) << 2);
    }
}

/* The stronger shareability: outer, inner, non-shareable. */
static uint8_t combine_sh(uint8_t a, uint8_t b)
{
    if (a == DBELL_SH_OUTER || b == DBELL_SH_OUTER)
        return DBELL_SH_OUTER;
    return a == DBELL_SH_INNER || b == DBELL_SH_INNER ? DBELL_SH_INNER : DBELL_SH_NON;
}

struct attributes dbell__attributes_combine(const struct ste *ste, struct attributes in,
                                            uint64_t descriptor)
{
    unsigned memattr = (unsigned)get(&descriptor, PTE_S2MEMATTR);
    struct attributes out = {
        .type =
            ste->s2fwb ? fwb_type(memattr, in.type) : combine_type(in.type, memattr_type(memattr)),
        .sh = combine_sh(in.sh, (uint8_t)get(&descriptor, PTE_S2SH)),
    };
    return consistent(out);
}

bool dbell__stage2_is_device(const struct ste *ste, uint64_t descriptor)
{
    unsigned memattr = (unsigned)get(&descriptor, PTE_S2MEMATTR);
    return ste->s2fwb ? !(memattr & 4) : is_device(memattr_type(memattr));
}
