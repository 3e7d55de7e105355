/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* CD decode and its ILLEGAL rules (IHI 0070 5.4, 5.4.2 CdIllegal()). */
#include "cd.h"

#include "attributes.h"

/* CD.TG1 is encoded differently from TG0 (5.4). */
static unsigned granule_of(int half, unsigned tg)
{
    static const uint8_t granules[2][4] = {{12, 16, 14, 0}, {0, 14, 12, 16}};
    return granules[half][tg];
}

/* 5.4 T0SZ, CDTxSZInvalid() */
static bool txsz_invalid(const struct dbell_smmu_features *f, unsigned txsz, unsigned granule)
{
    unsigned most = !f->stt ? 39 : granule == 16 ? 47 : 48;
    unsigned least = f->vax52 && granule == 16 ? 12 : 16;
    return txsz < least || txsz > most;
}

/* Fields of one half of the VA range, for TTB0 and TTB1. */
static const struct {
    int txsz, tg, epd, tbi, had, e0pd, ttb, inner, outer, sh;
} half_fields[2] = {
    {CD_T0SZ, CD_TG0, CD_EPD0, CD_TBI0, CD_HAD0, CD_E0PD0, CD_TTB0, CD_IR0, CD_OR0, CD_SH0},
    {CD_T1SZ, CD_TG1, CD_EPD1, CD_TBI1, CD_HAD1, CD_E0PD1, CD_TTB1, CD_IR1, CD_OR1, CD_SH1},
};

static enum rule decode_half(const struct dbell_smmu_features *f, const uint64_t w[8], int half,
                             unsigned ips, struct regime *regime)
{
    unsigned granule = granule_of(half, (unsigned)get(w, half_fields[half].tg));
    unsigned txsz = (unsigned)get(w, half_fields[half].txsz);
    if (txsz_invalid(f, txsz, granule))
        return RULE_CD_TXSZ;
    if (!dbell__granule_supported(f, granule))
        return RULE_CD_TG;
    uint64_t base = get(w, half_fields[half].ttb) << 4;
    unsigned reach = granule == 16 || ips < 48 ? ips : 48;
    if (base >> reach)
        return RULE_CD_TTB;

    unsigned stride = granule - 3, input_bits = 64 - txsz;
    unsigned levels = (input_bits - granule + stride - 1) / stride;
    unsigned start = 4 - levels;
    /* The table is aligned to its size, at least 64 bytes with 52-bit addresses (5.4 TTB0). */
    unsigned table_bits = input_bits - granule - stride * (3 - start) + 3;
    if (ips == 52 && table_bits < 6)
        table_bits = 6;
    *regime = (struct regime){.base = base & ~ones(table_bits),
                              .input_bits = (uint8_t)input_bits,
                              .granule = (uint8_t)granule,
                              .start_level = (uint8_t)start,
                              .output_bits = (uint8_t)ips,
                              .walk = dbell__attributes_walk((struct region_fields){
                                  .inner = (unsigned)get(w, half_fields[half].inner),
                                  .outer = (unsigned)get(w, half_fields[half].outer),
                                  .sh = (unsigned)get(w, half_fields[half].sh)}),
                              .big_endian = get(w, CD_ENDI),
                              .wide = granule == 16 && f->oas == 52};
    return RULE_NONE;
}

enum rule dbell__cd_decode(const struct dbell_smmu_features *f, const struct ste *ste,
                           const uint64_t w[8], struct cd *cd)
{
    *cd = (struct cd){0};
    if (!get(w, CD_V))
        return RULE_CD_V;
    cd->a = get(w, CD_A);
    cd->r = get(w, CD_R);
    cd->s = get(w, CD_S);
    if (ste->s1stalld && cd->s)
        return RULE_CD_S_S1STALLD;
    if (f->term_model && !cd->a)
        return RULE_CD_A;
    if (f->stall_model == 1 && cd->s)
        return RULE_CD_S;
    if (f->stall_model == 2 && !cd->s)
        return RULE_CD_S_FORCED;

    /* EPDx exist only in the regimes with two tables; EL2 has TTB0 only (5.4 EPD0, 5.4.1). */
    bool two = ste->world != WORLD_NS_EL2;
    bool disabled[2] = {two && get(w, CD_EPD0), !two || get(w, CD_EPD1)};
    bool big = get(w, CD_ENDI);
    if ((!disabled[0] || !disabled[1]) && ((f->ttendian == 2 && big) || (f->ttendian == 3 && !big)))
        return RULE_CD_ENDI;
    if (!get(w, CD_AA64) || !(f->ttf & 2))
        return RULE_CD_AA64;
    bool ha = get(w, CD_HA), hd = get(w, CD_HD);
    if ((ha || hd) && f->httu == 0)
        return RULE_CD_HA;
    if (hd && f->httu == 1)
        return RULE_CD_HD;
    cd->ha = ha;
    cd->hd = ha && hd; /* {HD, HA} == 0b10 behaves as 0b00 */
    if (two) {
        cd->asid = (uint16_t)get(w, CD_ASID);
        if (!f->asid16 && cd->asid >> 8)
            return RULE_CD_ASID;
    }

    unsigned ips = dbell__oas_bits((unsigned)get(w, CD_IPS));
    if (ips > f->oas)
        ips = f->oas;
    for (int half = 0; half < 2; half++) {
        cd->ttb[half].disabled = disabled[half];
        if (!disabled[half]) {
            enum rule rule = decode_half(f, w, half, ips, &cd->ttb[half]);
            if (rule)
                return rule;
        }
        cd->tbi[half] = get(w, half_fields[half].tbi);
        cd->had[half] = f->had && get(w, half_fields[half].had);
        cd->e0pd[half] = f->e0pd && two && get(w, half_fields[half].e0pd);
    }
    cd->affd = get(w, CD_AFFD);
    cd->wxn = get(w, CD_WXN);
    cd->pan = two && get(w, CD_PAN);
    cd->epan = f->epan && cd->pan && get(w, CD_EPAN);
    cd->aset = get(w, CD_ASET);
    cd->mair = get(w, CD_MAIR);
    cd->mpam = (struct mpam){.partid = (uint16_t)get(w, CD_PARTID), .pmg = (uint8_t)get(w, CD_PMG)};
    return RULE_NONE;
}
