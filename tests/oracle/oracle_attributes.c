/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Memory types and shareability on their way through (chapter 13, 5.2, 5.4 MAIR). */
#include "oracle_parts.h"

enum { NON = 0, OUTER = 2, INNER = 3 };

/* One nibble of a Normal MAIR byte. */
static struct level_attributes level_of(unsigned nibble)
{
    struct level_attributes l = {.ra = nibble & 2, .wa = nibble & 1};
    if (nibble == 4)
        return (struct level_attributes){.cache = NC};
    l.cache = nibble & 4 ? WB : WT;
    l.tr = !(nibble & 8);
    return l;
}

struct attributes oracle_attributes_of_byte(uint8_t byte, uint8_t sh)
{
    unsigned high = byte >> 4, low = byte & 15;
    if (high == 0) /* 5.4: Reserved ones behave as the Device type of their upper bits */
        return (struct attributes){.kind = DEVICE, .device = low >> 2, .sh = OUTER};
    if (low == 0) /* 5.4: Reserved, inner write-through transient, RW */
        low = 3;
    return (struct attributes){
        .kind = NORMAL, .outer = level_of(high), .inner = level_of(low), .sh = sh};
}

/* 13.1.7: neither read nor write allocate is not transient. */
static unsigned nibble_of(struct level_attributes l)
{
    if (l.cache == NC)
        return 4;
    bool transient = l.tr && (l.ra || l.wa);
    return (transient ? 0u : 8u) | (l.cache == WB ? 4u : 0u) | (unsigned)l.ra << 1 | (unsigned)l.wa;
}

uint8_t oracle_byte_of_attributes(struct attributes attr)
{
    if (attr.kind == DEVICE)
        return (uint8_t)(attr.device << 2);
    return (uint8_t)(nibble_of(attr.outer) << 4 | nibble_of(attr.inner));
}

static bool uncached(struct attributes attr)
{
    return attr.kind == DEVICE || (attr.inner.cache == NC && attr.outer.cache == NC);
}

struct attributes oracle_consistent(struct attributes attr)
{
    if (uncached(attr))
        attr.sh = OUTER;
    if (attr.sh == 1)
        attr.sh = NON;
    return attr;
}

static enum cacheability cache_of_memattr(unsigned two)
{
    return two == 1 ? NC : two == 2 ? WT : WB;
}

/* 5.2 MTCFG, MemAttr, ALLOCCFG, SHCFG; the same fields in GBPA; 13.1.4. */
struct attributes oracle_override(struct attributes in, bool allowed, bool mtcfg, unsigned memattr,
                                  unsigned alloccfg, unsigned shcfg)
{
    struct attributes out = oracle_consistent(in);
    if (!allowed)
        return out;
    if (mtcfg) {
        unsigned outer = memattr >> 2, inner = memattr & 3;
        if (outer == 0 || inner == 0) { /* Reserved ones behave as Device-nGnRnE */
            out.kind = DEVICE;
            out.device = outer == 0 ? inner : 0;
        } else {
            bool fresh = in.kind == DEVICE;
            if (fresh || in.outer.cache == NC)
                out.outer = (struct level_attributes){.ra = true, .wa = true};
            if (fresh || in.inner.cache == NC)
                out.inner = (struct level_attributes){.ra = true, .wa = true};
            out.kind = NORMAL;
            out.outer.cache = cache_of_memattr(outer);
            out.inner.cache = cache_of_memattr(inner);
        }
    }
    if (alloccfg & 8) {
        out.outer.ra = out.inner.ra = alloccfg & 4;
        out.outer.wa = out.inner.wa = alloccfg & 2;
        out.outer.tr = out.inner.tr = alloccfg & 1;
    }
    if (shcfg != 1)
        out.sh = (uint8_t)shcfg;
    return oracle_consistent(out);
}

/* A level that is not cacheable has no hints to give. */
static struct level_attributes hints(struct level_attributes s1, struct level_attributes in)
{
    if (in.cache == NC)
        return s1;
    s1.ra = s1.ra && in.ra;
    s1.wa = s1.wa && in.wa;
    s1.tr = s1.tr || in.tr;
    return s1;
}

/* 13.4.2 */
struct attributes oracle_combine_stage1(struct attributes incoming, uint8_t mair, unsigned sh)
{
    struct attributes out = oracle_attributes_of_byte(mair, (uint8_t)sh);
    if (out.kind == NORMAL && !uncached(incoming)) {
        out.outer = hints(out.outer, incoming.outer);
        out.inner = hints(out.inner, incoming.inner);
    }
    return oracle_consistent(out);
}

bool oracle_stage2_is_device(unsigned memattr, bool fwb)
{
    return fwb ? !(memattr & 4) : memattr >> 2 == 0;
}

static uint8_t combine_sh(uint8_t a, uint8_t b)
{
    return a == OUTER || b == OUTER ? OUTER : a == INNER || b == INNER ? INNER : NON;
}

static struct level_attributes level_as(struct level_attributes l, enum cacheability cache)
{
    l.cache = cache;
    return l;
}

/* 13.1.5, 13.4.3; with FWB Arm ARM AArch64.S2ApplyFWBMemAttrs. */
struct attributes oracle_combine_stage2(struct attributes in, unsigned memattr, unsigned sh,
                                        bool fwb)
{
    struct attributes out = in;
    unsigned low = memattr & 3;
    if (oracle_stage2_is_device(memattr, fwb)) {
        out.kind = DEVICE;
        out.device = in.kind == DEVICE && in.device < low ? in.device : low;
    } else if (!fwb) {
        enum cacheability outer = cache_of_memattr(memattr >> 2), inner = cache_of_memattr(low);
        if (in.kind == NORMAL) {
            out.outer.cache = outer < in.outer.cache ? outer : in.outer.cache;
            out.inner.cache = inner < in.inner.cache ? inner : in.inner.cache;
        }
    } else if (low == 2) { /* forced write-back */
        const struct level_attributes all = {.ra = true, .wa = true};
        out.kind = NORMAL;
        out.outer = level_as(in.kind == NORMAL && in.outer.cache != NC ? in.outer : all, WB);
        out.inner = level_as(in.kind == NORMAL && in.inner.cache != NC ? in.inner : all, WB);
    } else if (low == 1 && in.kind == NORMAL) {
        out.outer.cache = out.inner.cache = NC;
    }
    out.sh = combine_sh(in.sh, (uint8_t)sh);
    return oracle_consistent(out);
}
