/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Stream table, context descriptors, and whether they are ILLEGAL (5.1-5.4, 6.3.24, 6.3.25). */
#include "oracle_parts.h"

/* 6.3.6 OAS, 5.2 S2PS, 5.4 IPS, in bits; 0b111 is Reserved and behaves as 0b110. */
static unsigned size_of(unsigned encoded)
{
    static const unsigned sizes[8] = {32, 36, 40, 42, 44, 48, 52, 52};
    return sizes[encoded & 7];
}

unsigned oracle_oas(const struct oracle *o)
{
    return size_of((unsigned)bits(o->r->idr[5], 2, 0));
}

unsigned oracle_size(const struct oracle *o, unsigned encoded)
{
    unsigned size = size_of(encoded), oas = oracle_oas(o);
    return size < oas ? size : oas;
}

/* TG0 and S2TG encodings; 0 is Reserved. */
static unsigned granule_of_tg0(unsigned tg)
{
    return tg == 0 ? 12 : tg == 1 ? 16 : tg == 2 ? 14 : 0;
}

static unsigned granule_of_tg1(unsigned tg)
{
    return tg == 1 ? 14 : tg == 2 ? 12 : tg == 3 ? 16 : 0;
}

static bool granule_supported(const struct oracle *o, unsigned granule)
{
    return granule == 12   ? bits(o->r->idr[5], 4, 4)
           : granule == 14 ? bits(o->r->idr[5], 5, 5)
           : granule == 16 ? bits(o->r->idr[5], 6, 6)
                           : false;
}

/* 5.1, 7.3.3: a StreamID that reaches no STE. */
static bool bad_streamid(struct oracle *o)
{
    oracle_config_error(o, C_BAD_STREAMID, o->a->ssv, o->a->substreamid);
    if (!bits(o->r->cr2, 1, 1))
        o->out->event = 0;
    return false;
}

bool oracle_find_ste(struct oracle *o)
{
    uint32_t sid = o->a->streamid, cfg = o->r->strtab_base_cfg;
    unsigned log2size = (unsigned)bits(cfg, 5, 0), split = (unsigned)bits(cfg, 10, 6);
    uint64_t base = o->r->strtab_base & UINT64_C(0x000fffffffffffc0), at;
    if (log2size < 32 && sid >> log2size)
        return bad_streamid(o);
    if (bits(o->r->idr[0], 28, 27) && bits(cfg, 17, 16) == 1) {
        if (split != 6 && split != 8 && split != 10)
            split = 6;
        unsigned l1bits = log2size > split ? log2size - split : 0;
        unsigned alignment = l1bits + 3 > 6 ? l1bits + 3 : 6;
        uint64_t l1std, l1at = align_down(base, alignment) + 8 * (uint64_t)(sid >> split);
        if (beyond(l1at, oracle_oas(o)) || !o->m->read(o->m->ctx, l1at, &l1std))
            return oracle_fetch_abort(o, F_STE_FETCH, l1at);
        unsigned span = (unsigned)bits(l1std, 4, 0);
        if (span == 0 || span > 11 || span > split + 1)
            return bad_streamid(o);
        uint32_t index = sid & ((1u << split) - 1);
        if (index >> (span - 1))
            return bad_streamid(o);
        uint64_t l2 = align_down(l1std & UINT64_C(0x00ffffffffffffc0), 6 + span - 1);
        at = l2 + 64 * (uint64_t)index;
    } else {
        at = align_down(base, 6 + log2size) + 64 * (uint64_t)sid;
    }
    for (unsigned i = 0; i < 8; i++)
        if (beyond(at, oracle_oas(o)) || !o->m->read(o->m->ctx, at + 8 * i, &o->ste[i]))
            return oracle_fetch_abort(o, F_STE_FETCH, at);
    return true;
}

/* The start level that S2SL0 encodes, 4 if it is Reserved or too large for the PA size (Arm ARM
 * AArch64.S2InvalidSL). */
static unsigned stage2_start(const struct oracle *o, unsigned granule, unsigned sl0)
{
    unsigned pamax = oracle_oas(o);
    if (granule == 12) {
        if (sl0 == 3)
            return bits(o->r->idr[3], 9, 9) ? 3 : 4;
        if (sl0 == 2 && pamax < 44)
            return 4;
        return 2 - sl0;
    }
    if (sl0 == 3 || (sl0 == 2 && pamax < (granule == 14 ? 42u : 44u)))
        return 4;
    return 3 - sl0;
}

/* 5.2 S2SL0: S2T0SZ, S2SL0 and S2TG must fit each other (Arm ARM AArch64.S2InconsistentSL). */
static bool stage2_inconsistent(const struct oracle *o, unsigned granule, unsigned sl0,
                                unsigned t0sz)
{
    unsigned start = stage2_start(o, granule, sl0), size = 64 - t0sz;
    if (start > 3)
        return true;
    unsigned stride = granule - 3;
    unsigned least = (3 - start) * stride + granule + 1, most = least + stride - 1 + 4;
    return size < least || size > most;
}

static bool txsz_invalid(const struct oracle *o, unsigned granule, unsigned txsz, unsigned least)
{
    unsigned most = !bits(o->r->idr[3], 9, 9) ? 39 : granule == 16 ? 47 : 48;
    return txsz < least || txsz > most;
}

/* 5.2.2 IgnoreSTESTRW() */
static bool strw_unused(const struct oracle *o, unsigned config)
{
    return !bits(o->r->idr[0], 1, 1) || !bits(o->r->idr[0], 9, 9) || config >= 6 || config == 4;
}

/* 5.2.2 IgnoreSTES2VMID() */
static bool vmid_ignored(const struct oracle *o, unsigned config, unsigned strw)
{
    return config < 4 || !bits(o->r->idr[0], 0, 0) || config == 4 ||
           (strw != 0 && !strw_unused(o, config));
}

static bool stage2_illegal(const struct oracle *o)
{
    const uint64_t *w = o->ste;
    uint32_t idr0 = o->r->idr[0];
    unsigned stall_model = (unsigned)bits(idr0, 25, 24), httu = (unsigned)bits(idr0, 7, 6);
    bool s2s = bits(w[2], 57, 57), ha = bits(w[2], 56, 56), hd = bits(w[2], 55, 55);
    bool endi = bits(w[2], 52, 52);
    unsigned ttendian = (unsigned)bits(idr0, 22, 21);
    if ((s2s && stall_model == 1) || (!s2s && stall_model == 2))
        return true;
    if (!bits(w[2], 51, 51)) /* S2AA64 == 0: VMSAv8-32 is out of the scope, TTF[0] is 0 */
        return true;
    if ((ha || hd) && httu == 0)
        return true;
    if (hd && httu == 1)
        return true;
    unsigned granule = granule_of_tg0((unsigned)bits(w[2], 47, 46));
    if (!granule_supported(o, granule))
        return true;
    uint64_t ttb = bits(w[3], 51, 4) << 4;
    if (beyond(ttb, oracle_size(o, (unsigned)bits(w[2], 50, 48))) ||
        (granule != 16 && beyond(ttb, 48)))
        return true;
    unsigned t0sz = (unsigned)bits(w[2], 37, 32), ias = oracle_oas(o);
    unsigned least = granule == 16 ? 12 : 16;
    if (64 - ias > least)
        least = 64 - ias;
    if (txsz_invalid(o, granule, t0sz, least) ||
        stage2_inconsistent(o, granule, (unsigned)bits(w[2], 39, 38), t0sz))
        return true;
    return (ttendian == 2 && endi) || (ttendian == 3 && !endi);
}

/* 5.2.2 SteIllegal() */
bool oracle_ste_illegal(const struct oracle *o)
{
    const uint64_t *w = o->ste;
    uint32_t idr0 = o->r->idr[0], idr1 = o->r->idr[1];
    unsigned config = (unsigned)bits(w[0], 3, 1), strw = (unsigned)bits(w[1], 31, 30);
    unsigned stall_model = (unsigned)bits(idr0, 25, 24);
    if (!bits(w[0], 0, 0))
        return true;
    if (config < 4)
        return false;
    bool s1 = config & 1, s2 = config & 2;
    if ((s1 && !bits(idr0, 1, 1)) || (s2 && !bits(idr0, 0, 0)))
        return true;
    unsigned eats = (unsigned)bits(w[1], 29, 28);
    bool s2s = bits(w[2], 57, 57);
    if (bits(idr0, 10, 10) && config != 4) { /* ATS is there */
        if (eats == 2 && (config != 7 || s2s || bits(idr0, 11, 11)))
            return true;
        if (eats == 1 && s2s && s2)
            return true;
    }
    if (!strw_unused(o, config) && strw & 1)
        return true;
    if (s1) {
        unsigned ssidsize = (unsigned)bits(idr1, 10, 6), cdmax = (unsigned)bits(w[0], 63, 59);
        unsigned fmt = (unsigned)bits(w[0], 5, 4);
        if (bits(w[1], 27, 27) && stall_model != 0)
            return true;
        if (ssidsize && cdmax > ssidsize)
            return true;
        if (ssidsize && cdmax && !bits(idr0, 19, 19) && (fmt == 1 || fmt == 2))
            return true;
        if (beyond(bits(w[0], 55, 6) << 6, oracle_oas(o))) /* 3.4.3; IAS is OAS */
            return true;
    }
    if (s2 && stage2_illegal(o))
        return true;
    return !vmid_ignored(o, config, strw) && !bits(idr0, 18, 18) && bits(w[2], 15, 8);
}

/* An address of stage 1 structures: through stage 2 if there is one. */
static bool fetch(struct oracle *o, uint64_t address, uint64_t *words, unsigned count)
{
    struct attributes table = oracle_attributes_of_byte(0xff, 0);
    uint64_t pa = address;
    if (o->stage2 && !oracle_stage2_walk(o, ORACLE_CD, address, false, &pa, &table))
        return false;
    for (unsigned i = 0; i < count; i++)
        if (!o->m->read(o->m->ctx, pa + 8 * i, &words[i]))
            return oracle_fetch_abort(o, F_CD_FETCH, pa);
    return true;
}

/* 5.2 S1Fmt, 5.3 */
bool oracle_find_cd(struct oracle *o, uint32_t index)
{
    unsigned cdmax = bits(o->r->idr[1], 10, 6) ? (unsigned)bits(o->ste[0], 63, 59) : 0;
    unsigned fmt = cdmax ? (unsigned)bits(o->ste[0], 5, 4) : 0;
    uint64_t base = bits(o->ste[0], 55, 6) << 6;
    if (fmt == 1 || fmt == 2) {
        unsigned leaf = fmt == 1 ? 6 : 10;
        unsigned l1bits = cdmax > leaf ? cdmax - leaf : 0;
        uint64_t l1cd, l1at = align_down(base, l1bits + 3 > 6 ? l1bits + 3 : 6);
        if (!fetch(o, l1at + 8 * (uint64_t)(index >> leaf), &l1cd, 1))
            return false;
        uint64_t l2 = bits(l1cd, 55, 12) << 12;
        if (!bits(l1cd, 0, 0) || beyond(l2, oracle_oas(o)))
            return oracle_config_error(o, C_BAD_SUBSTREAMID, true, index);
        base = l2 + 64 * (uint64_t)(index & ((1u << leaf) - 1));
    } else {
        base = align_down(base, cdmax + 6) + 64 * (uint64_t)index;
    }
    return fetch(o, base, o->cd.w, 8);
}

/* One of TTB0 and TTB1, if it is used at all (5.4.2). */
static bool table_illegal(const struct oracle *o, unsigned granule, unsigned txsz, uint64_t ttb,
                          unsigned ips)
{
    unsigned least = granule == 16 && bits(o->r->idr[5], 11, 10) ? 12 : 16;
    return !granule_supported(o, granule) || txsz_invalid(o, granule, txsz, least) ||
           beyond(ttb, ips) || (granule != 16 && beyond(ttb, 48));
}

/* 5.4.2 CdIllegal() */
bool oracle_cd_illegal(const struct oracle *o)
{
    const uint64_t *w = o->cd.w;
    uint32_t idr0 = o->r->idr[0];
    unsigned stall_model = (unsigned)bits(idr0, 25, 24), httu = (unsigned)bits(idr0, 7, 6);
    unsigned ttendian = (unsigned)bits(idr0, 22, 21);
    bool s = bits(w[0], 44, 44), endi = bits(w[0], 15, 15);
    bool ha = bits(w[0], 43, 43), hd = bits(w[0], 42, 42);
    bool walk0 = o->world == EL2 || !bits(w[0], 14, 14);
    bool walk1 = o->world != EL2 && !bits(w[0], 30, 30);
    if (!bits(w[0], 31, 31))
        return true;
    if (bits(o->ste[1], 27, 27) && s)
        return true;
    if (bits(idr0, 26, 26) && !bits(w[0], 46, 46))
        return true;
    if ((stall_model == 1 && s) || (stall_model == 2 && !s))
        return true;
    if ((walk0 || walk1) && ((ttendian == 2 && endi) || (ttendian == 3 && !endi)))
        return true;
    if (!bits(w[0], 41, 41)) /* AA64 == 0, TTF[0] is 0 */
        return true;
    if (((ha || hd) && httu == 0) || (hd && httu == 1))
        return true;
    if (o->world != EL2 && !bits(idr0, 12, 12) && bits(w[0], 63, 56))
        return true;
    unsigned ips = oracle_size(o, (unsigned)bits(w[0], 34, 32));
    if (walk0 && table_illegal(o, granule_of_tg0((unsigned)bits(w[0], 7, 6)),
                               (unsigned)bits(w[0], 5, 0), bits(w[1], 51, 4) << 4, ips))
        return true;
    return walk1 && table_illegal(o, granule_of_tg1((unsigned)bits(w[0], 23, 22)),
                                  (unsigned)bits(w[0], 21, 16), bits(w[2], 51, 4) << 4, ips);
}

/* Tables are aligned to their size, and to 64 bytes when addresses have 52 bits. */
static void align_base(struct stage *s)
{
    unsigned stride = s->granule - 3;
    unsigned index_bits = s->input_bits - (s->granule + stride * (3 - s->start_level));
    unsigned alignment = index_bits + 3;
    if (s->output_bits == 52 && alignment < 6)
        alignment = 6;
    s->base = align_down(s->base, alignment);
}

struct stage oracle_stage2(const struct oracle *o)
{
    const uint64_t *w = o->ste;
    struct stage s = {.granule = granule_of_tg0((unsigned)bits(w[2], 47, 46)),
                      .input_bits = 64 - (unsigned)bits(w[2], 37, 32),
                      .output_bits = oracle_size(o, (unsigned)bits(w[2], 50, 48)),
                      .base = bits(w[3], 51, 4) << 4,
                      .big_endian = bits(w[2], 52, 52),
                      .affd = bits(w[2], 53, 53),
                      .ha = bits(w[2], 56, 56)};
    s.hd = s.ha && bits(w[2], 55, 55);
    s.start_level = stage2_start(o, s.granule, (unsigned)bits(w[2], 39, 38));
    align_base(&s);
    return s;
}

struct stage oracle_stage1(const struct oracle *o, bool upper)
{
    const uint64_t *w = o->cd.w;
    unsigned txsz = (unsigned)(upper ? bits(w[0], 21, 16) : bits(w[0], 5, 0));
    struct stage s = {.granule = upper ? granule_of_tg1((unsigned)bits(w[0], 23, 22))
                                       : granule_of_tg0((unsigned)bits(w[0], 7, 6)),
                      .input_bits = 64 - txsz,
                      .output_bits = oracle_size(o, (unsigned)bits(w[0], 34, 32)),
                      .base = bits(w[upper ? 2 : 1], 51, 4) << 4,
                      .big_endian = bits(w[0], 15, 15),
                      .affd = bits(w[0], 35, 35),
                      .ha = bits(w[0], 43, 43)};
    s.hd = s.ha && bits(w[0], 42, 42);
    s.start_level = 3 - (s.input_bits - 1 - s.granule) / (s.granule - 3);
    align_base(&s);
    return s;
}
