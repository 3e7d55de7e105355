/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "attributes.h"

#include "pte.h"

/* One half of a Normal type, inner or outer, as MAIR encodes it. */
struct half {
    bool cacheable, write_back;
    bool read_allocate, write_allocate, transient;
};

static struct half half_of(unsigned nibble)
{
    if (nibble == 4)
        return (struct half){0};
    return (struct half){.cacheable = true,
                         .write_back = nibble & 4,
                         .read_allocate = nibble & 2,
                         .write_allocate = nibble & 1,
                         .transient = !(nibble & 8)};
}

/* 13.1.7: a type without allocation is not transient, one without a cache has no hints. */
static unsigned nibble_of(struct half half)
{
    if (!half.cacheable)
        return 4;
    bool transient = half.transient && (half.read_allocate || half.write_allocate);
    return (transient ? 0u : 8u) | (half.write_back ? 4u : 0u) | (half.read_allocate ? 2u : 0u) |
           (half.write_allocate ? 1u : 0u);
}

static uint8_t type_of(struct half outer, struct half inner)
{
    return (uint8_t)(nibble_of(outer) << 4 | nibble_of(inner));
}

static struct half outer_of(uint8_t type)
{
    return half_of(type >> 4);
}

static struct half inner_of(uint8_t type)
{
    return half_of(type & 0xf);
}

static bool is_device(uint8_t type)
{
    return type >> 4 == 0;
}

static struct half allocating(bool cacheable, bool write_back)
{
    return (struct half){.cacheable = cacheable,
                         .write_back = write_back,
                         .read_allocate = true,
                         .write_allocate = true};
}

uint8_t dbell__memattr_type(unsigned memattr)
{
    unsigned outer = memattr >> 2, inner = memattr & 3;
    if (outer == 0)
        return (uint8_t)(inner << 2);
    if (inner == 0) /* reserved, behaves as Device-nGnRnE (5.2 MemAttr) */
        return DBELL_ATTR_DEVICE_nGnRnE;
    return type_of(allocating(outer > 1, outer == 3), allocating(inner > 1, inner == 3));
}

/* MTCFG gives the type, the hints stay those of the input where it has any (13.1.3). */
static struct half keep_hints(struct half half, struct half in)
{
    if (in.cacheable) {
        half.read_allocate = in.read_allocate;
        half.write_allocate = in.write_allocate;
        half.transient = in.transient;
    }
    return half;
}

/* ALLOCCFG 0b1RWT */
static struct half allocate(struct half half, unsigned alloccfg)
{
    half.read_allocate = alloccfg & 4;
    half.write_allocate = alloccfg & 2;
    half.transient = alloccfg & 1;
    return half;
}

struct overrides dbell__overrides_supported(const struct dbell_smmu_features *f, struct overrides o)
{
    if (!f->attr_perms_ovr)
        o.privcfg = o.instcfg = 0;
    if (!f->attr_types_ovr)
        o = (struct overrides){.shcfg = 1, .privcfg = o.privcfg, .instcfg = o.instcfg};
    return o;
}

struct attributes dbell__attributes_replace(const struct overrides *overrides, struct attributes in)
{
    uint8_t type = in.type;
    if (overrides->mtcfg) {
        type = dbell__memattr_type(overrides->memattr);
        if (!is_device(type) && !is_device(in.type))
            type = type_of(keep_hints(outer_of(type), outer_of(in.type)),
                           keep_hints(inner_of(type), inner_of(in.type)));
    }
    if (!is_device(type) && overrides->alloccfg & 8)
        type = type_of(allocate(outer_of(type), overrides->alloccfg),
                       allocate(inner_of(type), overrides->alloccfg));
    in.type = type;
    if (overrides->shcfg != 1)
        in.sh = overrides->shcfg;
    return attributes_consistent(in);
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
    return attributes_consistent(
        (struct attributes){.type = mair_type((uint8_t)(mair >> (8 * index))),
                            .sh = (uint8_t)get(&descriptor, PTE_SH)});
}

static struct half combine_hints(struct half half, struct half stage1, struct half in)
{
    if (stage1.cacheable && in.cacheable) {
        half.read_allocate &= in.read_allocate;
        half.write_allocate &= in.write_allocate;
        half.transient |= in.transient;
    }
    return half;
}

uint8_t dbell__attributes_hints(uint8_t type, uint8_t stage1, uint8_t incoming)
{
    if (is_device(type) || is_device(stage1) || is_device(incoming))
        return type;
    return type_of(combine_hints(outer_of(type), outer_of(stage1), outer_of(incoming)),
                   combine_hints(inner_of(type), inner_of(stage1), inner_of(incoming)));
}

/* The weaker cacheability, with the hints of the input (13.4.3: stage 2 has none). */
static struct half combine_half(struct half in, struct half s2)
{
    in.cacheable &= s2.cacheable;
    in.write_back &= s2.write_back;
    return in;
}

static uint8_t combine_type(uint8_t in, uint8_t s2)
{
    if (is_device(in) || is_device(s2))
        return in < s2 ? in : s2; /* the stronger, the smaller: nGnRnE is 0, Normal above all */
    return type_of(combine_half(outer_of(in), outer_of(s2)),
                   combine_half(inner_of(in), inner_of(s2)));
}

static struct half written_back(struct half in)
{
    return in.cacheable ? (in.write_back = true, in) : allocating(true, true);
}

/* S2FWB == 1: MemAttr overrides the stage 1 type, but Device stays Device (Arm ARM D8.6,
 * FEAT_S2FWB). */
static uint8_t fwb_type(unsigned memattr, uint8_t in)
{
    const uint8_t device = (uint8_t)((memattr & 3) << 2);
    switch (memattr & 7) {
    case 5:
        return is_device(in) ? in : DBELL_ATTR_NORMAL_NC;
    case 6:
        return is_device(in) ? DBELL_ATTR_NORMAL_WB
                             : type_of(written_back(outer_of(in)), written_back(inner_of(in)));
    case 7:
        return in;
    default:
        return is_device(in) && in < device ? in : device;
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
        .type = ste->s2fwb ? fwb_type(memattr, in.type)
                           : combine_type(in.type, dbell__memattr_type(memattr)),
        .sh = combine_sh(in.sh, (uint8_t)get(&descriptor, PTE_S2SH)),
    };
    return attributes_consistent(out);
}

bool dbell__stage2_is_device(const struct ste *ste, uint64_t descriptor)
{
    unsigned memattr = (unsigned)get(&descriptor, PTE_S2MEMATTR);
    return ste->s2fwb ? !(memattr & 4) : is_device(dbell__memattr_type(memattr));
}

static struct attributes region(struct half outer, struct half inner, unsigned sh)
{
    return attributes_consistent(
        (struct attributes){.type = type_of(outer, inner), .sh = (uint8_t)sh});
}

static struct half cr1_half(unsigned field, bool read_allocate, bool write_allocate)
{
    return (struct half){.cacheable = field == 1 || field == 2,
                         .write_back = field == 1,
                         .read_allocate = read_allocate,
                         .write_allocate = write_allocate};
}

struct attributes dbell__attributes_cr1(struct region_fields f, bool read_allocate,
                                        bool write_allocate)
{
    return region(cr1_half(f.outer, read_allocate, write_allocate),
                  cr1_half(f.inner, read_allocate, write_allocate), f.sh);
}

static struct half cd_half(unsigned field)
{
    return (struct half){
        .cacheable = field != 0, .write_back = field & 1, .read_allocate = field != 3};
}

struct attributes dbell__attributes_cd_fetch(struct region_fields f)
{
    return region(cd_half(f.outer), cd_half(f.inner), f.sh);
}

static struct half walk_half(unsigned field)
{
    return (struct half){.cacheable = field != 0,
                         .write_back = field & 1,
                         .read_allocate = true,
                         .write_allocate = field == 1};
}

struct attributes dbell__attributes_walk(struct region_fields f)
{
    return region(walk_half(f.outer), walk_half(f.inner), f.sh);
}
