/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* STE decode and its ILLEGAL rules (IHI 0070 5.2, 5.2.2 SteIllegal()). */
#include "ste.h"

#include "attributes.h"
#include "originated.h"

/* 5.2 S2TG: the granule, or 0 for the reserved value. */
static uint8_t granule_of(unsigned tg)
{
    static const uint8_t granules[4] = {12, 16, 14, 0};
    return granules[tg];
}

/* 5.2 S2T0SZ, STES2T0SZInvalid(). SMMUv3.1 and later: IAS == OAS without LPAE. */
static bool s2t0sz_invalid(const struct dbell_smmu_features *f, unsigned t0sz, unsigned granule)
{
    unsigned most = !f->stt ? 39 : granule == 16 ? 47 : 48;
    unsigned least = granule == 16 ? 12 : 16;
    if (least < 64u - f->oas)
        least = 64u - f->oas;
    return t0sz < least || t0sz > most;
}

/* 5.2 S2SL0: the start level as VTCR_EL2.SL0 encodes it (Arm ARM D8.2), or -1. Level 0 with 4 KB,
 * and level 1 with 16 KB and 64 KB, exist only where the physical address size needs them. */
static int s2_start_level(const struct dbell_smmu_features *f, unsigned granule, unsigned sl0)
{
    switch (granule) {
    case 12:
        if (sl0 == 3)
            return f->stt ? 3 : -1;
        return sl0 == 2 && f->oas < 44 ? -1 : 2 - (int)sl0;
    case 14:
        if (sl0 == 3)
            return -1;
        return sl0 == 2 && f->oas < 42 ? -1 : 3 - (int)sl0;
    default:
        if (sl0 == 3)
            return -1;
        return sl0 == 2 && f->oas < 44 ? -1 : 3 - (int)sl0;
    }
}

/* STEWalkConfigInconsistentAA64(): the start level resolves at least one bit, and at most 16
 * concatenated tables. */
static bool s2_inconsistent(unsigned input_bits, unsigned granule, int start_level)
{
    unsigned stride = granule - 3;
    unsigned below = granule + stride * (3u - (unsigned)start_level);
    return input_bits < below + 1 || input_bits > below + stride + 4;
}

static enum rule decode_stage2(const struct dbell_smmu_features *f, const uint64_t w[8],
                               struct ste *ste)
{
    bool ha = get(w, STE_S2HA), hd = get(w, STE_S2HD);
    ste->s2s = get(w, STE_S2S);
    ste->s2r = get(w, STE_S2R);
    ste->s2affd = get(w, STE_S2AFFD);
    ste->s2ha = ha;
    ste->s2hd = ha && hd;
    ste->s2ptw = get(w, STE_S2PTW) && ste->stage1;
    ste->s2fwb = f->fwb && get(w, STE_S2FWB);

    if (ste->s2s && f->stall_model == 1)
        return RULE_STE_S2S;
    if (!ste->s2s && f->stall_model == 2)
        return RULE_STE_S2S_FORCED;
    if (!get(w, STE_S2AA64) || !(f->ttf & 2))
        return RULE_STE_S2AA64;
    if ((ha || hd) && f->httu == 0)
        return RULE_STE_S2HA;
    if (hd && f->httu == 1)
        return RULE_STE_S2HD;

    unsigned granule = granule_of((unsigned)get(w, STE_S2TG));
    if (!dbell__granule_supported(f, granule))
        return RULE_STE_S2TG;
    unsigned ps = dbell__oas_bits((unsigned)get(w, STE_S2PS));
    if (ps > f->oas)
        ps = f->oas;
    /* 5.2 S2TTB: outside of the effective S2PS, and of 48 bits with the smaller granules. */
    uint64_t base = get(w, STE_S2TTB) << 4;
    unsigned reach = granule == 16 || ps < 48 ? ps : 48;
    if (base >> reach)
        return RULE_STE_S2TTB;
    unsigned t0sz = (unsigned)get(w, STE_S2T0SZ);
    if (s2t0sz_invalid(f, t0sz, granule))
        return RULE_STE_S2T0SZ;
    int start = s2_start_level(f, granule, (unsigned)get(w, STE_S2SL0));
    if (start < 0 || s2_inconsistent(64 - t0sz, granule, start))
        return RULE_STE_S2_INCONSISTENT;
    bool big = get(w, STE_S2ENDI);
    if ((f->ttendian == 2 && big) || (f->ttendian == 3 && !big))
        return RULE_STE_S2ENDI;

    /* Concatenated tables are aligned to their total size (Arm ARM D8.2). */
    unsigned stride = granule - 3;
    unsigned table_bits = 64 - t0sz - granule - stride * (3u - (unsigned)start) + 3;
    if (ps == 52 && table_bits < 6)
        table_bits = 6;
    ste->s2 = (struct regime){
        .base = base & ~ones(table_bits),
        .input_bits = (uint8_t)(64 - t0sz),
        .granule = (uint8_t)granule,
        .start_level = (uint8_t)start,
        .output_bits = (uint8_t)ps,
        .walk = dbell__attributes_walk((struct region_fields){.inner = (unsigned)get(w, STE_S2IR0),
                                                              .outer = (unsigned)get(w, STE_S2OR0),
                                                              .sh = (unsigned)get(w, STE_S2SH0)}),
        .big_endian = big,
        .wide = granule == 16 && f->oas == 52};
    return RULE_NONE;
}

enum rule dbell__ste_decode(const struct dbell_smmu_features *f, bool e2h, const uint64_t w[8],
                            struct ste *ste)
{
    *ste = (struct ste){0};
    if (!get(w, STE_V))
        return RULE_STE_V;
    ste->ppar = f->pri && f->ssidsize && get(w, STE_PPAR);
    unsigned config = (unsigned)get(w, STE_CONFIG);
    ste->pass = config & STE_CONFIG_PASS;
    if (!ste->pass)
        return RULE_NONE;
    ste->stage1 = config & STE_CONFIG_STAGE1;
    ste->stage2 = config & STE_CONFIG_STAGE2;
    if (ste->stage1 && !f->stage1)
        return RULE_STE_NO_STAGE1;
    if (ste->stage2 && !f->stage2)
        return RULE_STE_NO_STAGE2;

    ste->overrides =
        dbell__overrides_supported(f, (struct overrides){.mtcfg = get(w, STE_MTCFG),
                                                         .memattr = (uint8_t)get(w, STE_MEMATTR),
                                                         .alloccfg = (uint8_t)get(w, STE_ALLOCCFG),
                                                         .shcfg = (uint8_t)get(w, STE_SHCFG),
                                                         .privcfg = (uint8_t)get(w, STE_PRIVCFG),
                                                         .instcfg = (uint8_t)get(w, STE_INSTCFG)});
    ste->overriding =
        ste->overrides.mtcfg || ste->overrides.alloccfg & 8 || ste->overrides.shcfg != 1;
    ste->mev = get(w, STE_MEV);
    ste->cont = (uint8_t)get(w, STE_CONT);
    ste->dre = f->version >= 1 && get(w, STE_DRE);
    ste->dcp = f->version >= 1 && get(w, STE_DCP);
    ste->mpam = dbell__mpam_supported(
        f, (struct mpam){.partid = (uint16_t)get(w, STE_PARTID), .pmg = (uint8_t)get(w, STE_PMG)});

    if (f->ats && (ste->stage1 || ste->stage2)) {
        ste->eats = (uint8_t)get(w, STE_EATS);
        bool s2s = get(w, STE_S2S);
        if (ste->eats == 2 && (!ste->stage1 || !ste->stage2 || s2s || f->ns1ats))
            return RULE_STE_EATS_SPLIT;
        if (ste->eats == 1 && s2s && ste->stage2)
            return RULE_STE_EATS_STALL;
    }

    /* 5.2 STRW: IGNORED without stage 1 only, and RES0 without IDR0.Hyp. */
    if (ste->stage1 && !ste->stage2 && f->hyp) {
        unsigned strw = (unsigned)get(w, STE_STRW);
        if (strw & 1)
            return RULE_STE_STRW;
        if (strw == 2)
            ste->world = e2h ? WORLD_NS_EL2_E2H : WORLD_NS_EL2;
    }

    if (ste->stage1) {
        ste->s1stalld = get(w, STE_S1STALLD);
        if (ste->s1stalld && f->stall_model != 0)
            return RULE_STE_S1STALLD;
        if (f->ssidsize) {
            ste->s1cdmax = (uint8_t)get(w, STE_S1CDMAX);
            if (ste->s1cdmax > f->ssidsize)
                return RULE_STE_S1CDMAX;
        }
        if (ste->s1cdmax) {
            ste->s1fmt = (uint8_t)get(w, STE_S1FMT);
            ste->s1dss = (uint8_t)get(w, STE_S1DSS);
            if (ste->s1fmt == 3) /* reserved, behaves as 0b00 */
                ste->s1fmt = 0;
            if (ste->s1fmt && !f->cd2l)
                return RULE_STE_S1FMT;
        }
        ste->s1mpam = f->mpam && get(w, STE_S1MPAM);
        ste->cd_fetch =
            dbell__attributes_cd_fetch((struct region_fields){.inner = (unsigned)get(w, STE_S1CIR),
                                                              .outer = (unsigned)get(w, STE_S1COR),
                                                              .sh = (unsigned)get(w, STE_S1CSH)});
        ste->s1contextptr = get_in_place(w, STE_S1CONTEXTPTR);
        if (ste->s1contextptr >> f->oas)
            return RULE_STE_S1CONTEXTPTR;
    }

    if (ste->stage2) {
        enum rule rule = decode_stage2(f, w, ste);
        if (rule)
            return rule;
    }

    /* 5.2 S2VMID: tags NS-EL1 translations where stage 2 is implemented. */
    if (f->stage2 && (ste->stage1 || ste->stage2) && ste->world == WORLD_NS_EL1) {
        ste->vmid = (uint16_t)get(w, STE_S2VMID);
        if (!f->vmid16 && ste->vmid >> 8)
            return RULE_STE_S2VMID;
    }

    /* 5.6.1: the VMS exists where there are PARTIDs to map. */
    if (ste->stage1 && ste->stage2 && ste->s1mpam && f->partid_max) {
        ste->vmsptr = get_in_place(w, STE_VMSPTR);
        if (ste->vmsptr >> f->oas)
            return RULE_STE_VMSPTR;
    }
    return RULE_NONE;
}
