/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What devices and software do in a random world. Every change is followed by no more than the
 * invalidations that the architecture asks for (4.3, 4.4, 5.2.1, 5.4.1), in one of their forms. */
#include "world.h"

static struct random *dice(struct world *w)
{
    return &w->random;
}

static bool idr(const struct world *w, unsigned reg, unsigned bit)
{
    return w->bench->registers.idr[reg] >> bit & 1;
}

static void command(struct world *w, uint64_t word0, uint64_t word1)
{
    bench_command(w->bench, (struct dbell_host_cmd){{word0, word1}});
}

static unsigned config_of(const struct stream *s)
{
    return s->words[0] >> 1 & 7;
}

/* --- Accesses --- */

static uint64_t near(struct world *w, const struct map *map)
{
    struct random *r = dice(w);
    if (!map->count)
        return random_word(r);
    const struct mapping *m = &map->mappings[random_below(r, map->count)];
    uint64_t size = UINT64_C(1) << m->shift;
    switch (random_below(r, 8)) {
    case 0:
        return m->input;
    case 1:
        return m->input + size - 1;
    case 2:
        return m->input + size;
    case 3:
        return m->input - 1;
    default:
        return m->input + (random_word(r) & (size - 1));
    }
}

struct oracle_access world_access(struct world *w)
{
    static const uint8_t attrs[] = {0xff, 0xff, 0x44, 0x00, 0x04, 0x0c, 0xbb, 0x77, 0xee, 0xaa};
    static const uint8_t shs[] = {0, 2, 3};
    struct random *r = dice(w);
    const struct stream *s = &w->streams[random_below(r, w->count)];
    struct oracle_access a = {.streamid = s->sid};
    unsigned cd = 0;
    if (random_one_in(r, 24))
        a.streamid = (uint32_t)random_below(r, random_one_in(r, 4) ? UINT64_C(1) << 32
                                               : w->two_level      ? UINT64_C(8) << w->split
                                                                   : 40);
    if (s->cdmax ? !random_one_in(r, 3) : random_one_in(r, 30)) {
        a.ssv = true;
        a.substreamid = (uint32_t)random_below(r, s->cds ? s->cds : 1);
        cd = a.substreamid;
        if (random_one_in(r, 12))
            a.substreamid = (uint32_t)random_below(r, UINT64_C(1) << random_below(r, 14));
    }
    const struct context *c = &s->cd[cd];
    const struct map *map = &c->half[c->half[1].count && random_one_in(r, 2)];
    if ((!map->count || random_one_in(r, 10)) && s->stage2.count)
        map = &s->stage2;
    a.address = near(w, map);
    if (random_one_in(r, 10))
        a.address ^= random_word(r) << 56;
    if (random_one_in(r, 16))
        a.address ^= UINT64_C(1) << random_below(r, 64);
    if (random_one_in(r, 30))
        a.address = random_word(r) >> random_below(r, 64);
    a.write = random_one_in(r, 2);
    a.privileged = random_one_in(r, 3);
    a.instruction = random_one_in(r, 5);
    a.attr = attrs[random_below(r, sizeof attrs)];
    a.sh = a.attr == 0x44 || a.attr < 0x10 ? 2 : shs[random_below(r, 3)];
    return a;
}

/* --- Invalidation --- */

static void invalidate_all(struct world *w)
{
    bench_command(w->bench, dbell_host_cfgi_all());
    bench_command(w->bench, dbell_host_tlbi_nsnh_all());
    if (idr(w, 0, 9))
        bench_command(w->bench, dbell_host_tlbi_el2_all());
}

static bool is_el2(const struct world *w, const struct stream *s)
{
    return config_of(s) == 5 && idr(w, 0, 9) && (s->words[1] >> 30 & 3) == 2;
}

static unsigned vmid_of(const struct world *w, const struct stream *s)
{
    return idr(w, 0, 0) ? s->words[2] & 0xffff : 0;
}

/* All of stage 1 of one CD; by ASID only if nothing is global. */
static void invalidate_asid(struct world *w, const struct stream *s, unsigned asid)
{
    struct random *r = dice(w);
    bool e2h = w->bench->registers.cr2 & 1;
    if (is_el2(w, s)) {
        if (e2h && !s->globals && random_one_in(r, 2))
            command(w, 0x21 | (uint64_t)asid << 48, 0);
        else
            bench_command(w->bench, dbell_host_tlbi_el2_all());
        return;
    }
    switch (random_below(r, 4)) {
    case 0:
        if (!s->globals) {
            bench_command(w->bench, dbell_host_tlbi_nh_asid(vmid_of(w, s), asid));
            return;
        }
        /* fall through */
    case 1:
        bench_command(w->bench, dbell_host_tlbi_nh_all(vmid_of(w, s)));
        return;
    case 2:
        if (idr(w, 0, 0)) {
            bench_command(w->bench, dbell_host_tlbi_s12_vmall(vmid_of(w, s)));
            return;
        }
        /* fall through */
    default:
        bench_command(w->bench, dbell_host_tlbi_nsnh_all());
    }
}

/* A range of 2^shift bytes of tables with this granule, with the level as a hint or not. */
static struct dbell_host_cmd ranged(struct world *w, struct dbell_host_cmd cmd, unsigned granule,
                                    unsigned shift, unsigned ttl)
{
    unsigned scale = shift - granule, num = 0, tg = granule == 12 ? 1 : granule == 14 ? 2 : 3;
    if (scale > 0 && random_one_in(dice(w), 2)) {
        scale--;
        num = 1;
    }
    if (scale > 31)
        scale = 31, num = 31; /* more is not needed: there are no larger entries */
    if (granule == 14 && ttl == 1)
        ttl = 0;
    if (!num && !scale && !ttl)
        num = 1;
    return dbell_host_range(cmd, num, scale, tg, ttl);
}

/* The descriptor of `level` above `m` changed; `same_leaf`: a leaf became another, or invalid. */
static void invalidate_stage1(struct world *w, const struct stream *s, const struct context *c,
                              const struct map *map, const struct mapping *m, unsigned level,
                              bool same_leaf)
{
    struct random *r = dice(w);
    const struct tables *t = &map->tables;
    unsigned asid = (unsigned)(c->words[0] >> 48), vmid = vmid_of(w, s);
    unsigned shift = t->granule + (t->granule - 3) * (3 - level);
    uint64_t base = m->input >> shift << shift;
    unsigned form = (unsigned)random_below(r, 4);
    if (w->wild) {
        invalidate_all(w);
        return;
    }
    if (form == 3 || (!same_leaf && !idr(w, 3, 10)) || (level == t->start && !same_leaf)) {
        invalidate_asid(w, s, asid);
        return;
    }
    bool any_asid = random_one_in(r, 3), leaf = same_leaf && random_one_in(r, 2);
    bool range = !same_leaf || (form == 2 && idr(w, 3, 10));
    uint64_t at = range ? base : base | (random_word(r) & ((UINT64_C(1) << shift) - 1));
    struct dbell_host_cmd cmd = any_asid ? dbell_host_tlbi_nh_vaa(vmid, at, leaf)
                                         : dbell_host_tlbi_nh_va(vmid, asid, at, leaf);
    if (is_el2(w, s)) {
        cmd = any_asid ? dbell_host_tlbi_nh_vaa(0, at, leaf)
                       : dbell_host_tlbi_nh_va(0, asid, at, leaf);
        cmd.words[0] += 0x10; /* 0x22, 0x23 */
    }
    if (range)
        cmd = ranged(w, cmd, t->granule, shift, same_leaf && random_one_in(r, 2) ? level : 0);
    bench_command(w->bench, cmd);
}

static void invalidate_config(struct world *w, uint32_t sid, bool cd_too)
{
    if (w->clone && cd_too && sid == w->streams[0].sid)
        invalidate_config(w, w->streams[1].sid, true);
    switch (random_below(dice(w), cd_too ? 4 : 3)) {
    case 0:
        bench_command(w->bench, dbell_host_cfgi_ste(sid, true));
        return;
    case 1:
        command(w, 0x04 | (uint64_t)sid << 32, random_below(dice(w), 8)); /* CFGI_STE_RANGE */
        return;
    case 2:
        bench_command(w->bench, dbell_host_cfgi_all());
        return;
    default:
        bench_command(w->bench, dbell_host_cfgi_cd_all(sid));
    }
}

static void invalidate_stage2(struct world *w, const struct stream *s, const struct map *map,
                              const struct mapping *m, unsigned level, bool same_leaf)
{
    struct random *r = dice(w);
    const struct tables *t = &map->tables;
    unsigned vmid = vmid_of(w, s), shift = t->granule + (t->granule - 3) * (3 - level);
    uint64_t base = m->input >> shift << shift;
    bool stage1 = config_of(s) & 1 && idr(w, 0, 1);
    if (w->wild) {
        invalidate_all(w);
        return;
    }
    if (stage1)
        invalidate_config(w, s->sid, true);
    if (random_one_in(r, 3) || (!same_leaf && (!idr(w, 3, 10) || level == t->start))) {
        bench_command(w->bench, random_one_in(r, 2) ? dbell_host_tlbi_s12_vmall(vmid)
                                                    : dbell_host_tlbi_nsnh_all());
        return;
    }
    bool range = !same_leaf || (random_one_in(r, 2) && idr(w, 3, 10));
    uint64_t at = range ? base : base | (random_word(r) & ((UINT64_C(1) << shift) - 1));
    struct dbell_host_cmd cmd = dbell_host_tlbi_s2_ipa(vmid, at, same_leaf && random_one_in(r, 2));
    if (range)
        cmd = ranged(w, cmd, t->granule, shift, same_leaf && random_one_in(r, 2) ? level : 0);
    bench_command(w->bench, cmd);
    if (idr(w, 0, 1))
        bench_command(w->bench, dbell_host_tlbi_nh_all(vmid));
}

/* --- Changes --- */

static uint64_t swap_if(bool big, uint64_t word)
{
    return big ? __builtin_bswap64(word) : word;
}

/* Takes out what the architecture leaves open. */
static uint64_t sane(const struct world *w, const struct tables *t, unsigned level, uint64_t d)
{
    bool leaf = level == 3 || !(d & 2);
    unsigned shift = leaf ? t->granule + (t->granule - 3) * (3 - level) : t->granule;
    if (!(d & 1))
        return d;
    uint64_t address = ((UINT64_C(1) << 48) - 1) >> shift << shift;
    if (t->granule == 16 && world_oas(w) == 52)
        address |= 0xf000;
    uint64_t keep = UINT64_C(0xf8e8000000000003) | address; /* 63-59, 55, 54, 53, 51, 1, 0 */
    if (!leaf)
        return (d & (keep & ~UINT64_C(0x00f8000000000000))) | (t->stage2 ? 0 : 1 << 11);
    keep |= 0xfdc; /* 11-6, 4-2 */
    if (t->stage2)
        keep = (keep | 0x20) & ~UINT64_C(0x800);
    d &= keep & ~UINT64_C(0xff80000000000000);
    if ((d >> 8 & 3) == 1)
        d |= 3 << 8;
    if (t->stage2 && (d & 0xc) == 0 && (d & 0x30))
        d |= 0x4; /* MemAttr 0b0100, 0b1000, 0b1100 */
    if (t->stage2 && idr(w, 3, 8))
        d = (d & ~UINT64_C(0x20)) | ((d & 0x1c) == 0x10 ? 4 : 0);
    return d;
}

static uint64_t mutated(struct world *w, const struct stream *s, const struct tables *t,
                        unsigned level, uint64_t d, bool leaf)
{
    struct random *r = dice(w);
    unsigned shift = t->granule + (t->granule - 3) * (3 - level);
    uint64_t type = level == 3 ? 3 : 1;
    if (!leaf && !t->stage2 && s->stage2.count && random_one_in(r, 3)) {
        /* a table where the IPA is mapped to something else, or not at all */
        const struct mapping *m = &s->stage2.mappings[random_below(r, s->stage2.count)];
        if (m->input - BENCH_BASE - s->offset < BENCH_SIZE)
            return d ^ 1; /* no updates of what is not a table */
        d = (d & ~UINT64_C(0x0000fffffffff000)) | (m->input & UINT64_C(0x0000fffffffff000));
        return t->granule == 16 ? d & ~UINT64_C(0xf000) : d;
    }
    switch (random_below(r, leaf ? 12 : 4)) {
    case 0:
        return d ^ 1;
    case 1:
        return d ^ UINT64_C(1) << (24 + random_below(r, 24));
    case 2:
        return t->granule == 16 ? d ^ UINT64_C(1) << (12 + random_below(r, 4)) : d ^ 1;
    case 3:
        if (leaf && (d & UINT64_C(0x0000ffffffe00000)) - BENCH_BASE < BENCH_SIZE)
            return d ^ 1; /* no updates of what is not a table */
        return leaf ? d ^ 2 : d ^ UINT64_C(1) << (59 + random_below(r, 5));
    case 4:
        return d ^ 1 << 10;
    case 5:
        return d ^ 1 << (6 + random_below(r, 2));
    case 6:
        return d ^ UINT64_C(1) << (51 + random_below(r, 4));
    case 7:
        return d ^ 1 << (2 + random_below(r, 4));
    case 8:
        return d ^ 1 << (8 + random_below(r, 2));
    case 9: /* not accessed yet, and clean */
        return (d & ~UINT64_C(0x480)) | UINT64_C(1) << 51 | (t->stage2 ? 0 : 1 << 7);
    default: {
        unsigned out = t->output_bits < 48 ? t->output_bits : 48;
        return world_output(r, out, shift) | world_leaf(w, s, t->stage2) | type;
    }
    }
}

static void change_descriptor(struct world *w, struct stream *s, struct context *c, struct map *map)
{
    struct random *r = dice(w);
    if (!map->count)
        return;
    const struct tables *t = &map->tables;
    const struct mapping *m = &map->mappings[random_below(r, map->count)];
    unsigned level = m->level;
    while (level > t->start && random_one_in(r, 5))
        level--;
    bool leaf = level == m->level;
    uint64_t old = swap_if(t->big_endian, bench_load(w->bench, m->path[level]));
    uint64_t d = mutated(w, s, t, level, old, leaf);
    if (!leaf && !random_one_in(r, 3)) /* back to what it was made as */
        d = m->made[level];
    if (leaf && random_one_in(r, 3))
        d = m->made[level];
    if (!t->stage2 && leaf && !s->globals)
        d |= 1 << 11;
    d = sane(w, t, level, d);
    bench_store(w->bench, m->path[level], swap_if(t->big_endian, d));
    bool was_leaf = (old & 1) && (level == 3 || !(old & 2));
    bool is_table = (d & 3) == 3 && level < 3;
    if (!(old & 1) && random_one_in(r, 2))
        return; /* what is not valid is never cached */
    if (t->stage2)
        invalidate_stage2(w, s, map, m, level, was_leaf && !is_table);
    else
        invalidate_stage1(w, s, c, map, m, level, was_leaf && !is_table);
}

static unsigned number_of(const struct world *w, const struct stream *s)
{
    return (unsigned)(s - w->streams);
}

static void change_cd(struct world *w, struct stream *s, unsigned index)
{
    struct random *r = dice(w);
    struct context *c = &s->cd[index];
    uint64_t old[8], *v = c->words;
    bool quiet = true; /* only what no TLB may hold: A, R, S */
    for (unsigned i = 0; i < 8; i++)
        old[i] = v[i];
    if (!random_one_in(r, 3)) {
        for (unsigned i = 0; i < 8; i++)
            v[i] = c->good[i];
    } else {
        switch (random_below(r, 8)) {
        case 0:
        case 1:
            v[0] ^= UINT64_C(1) << (44 + random_below(r, 3));
            break;
        case 2:
            v[3] = (v[3] & ~UINT64_C(0xff)) | random_below(r, 256);
            break;
        case 3:
            v[1 + random_below(r, 2)] ^= UINT64_C(1) << (24 + random_below(r, 28));
            break;
        case 4:
            v[1 + random_below(r, 2)] ^=
                random_one_in(r, 2) ? 2 + random_below(r, 3) : UINT64_C(1) << 59;
            break;
        case 5: {
            /* EPD0, ENDI, EPD1, both with ENDI, V, IPS, UWXN, AA64, ASET, ASID */
            static const uint64_t flips[] = {
                0x4000,        0x8000,         0x40000000,        0x4000c000,
                0x80000000,    0x100000000,    0x300000000,       0x2000000000,
                0x20000000000, 0x800000000000, 0x1000000000000000};
            v[0] ^= flips[random_below(r, sizeof flips / sizeof *flips)];
            break;
        }
        case 6:
            if (random_one_in(r, 2)) {
                v[0] ^= UINT64_C(1) << (random_below(r, 6) + (random_one_in(r, 3) ? 16 : 0));
                w->wild = true;
            } else {
                v[0] |= 3 << 6;
            }
            break;
        default: /* AFFD, WXN, TBI0, TBI1, PAN, HD, HA */
            v[0] ^= UINT64_C(1) << (random_one_in(r, 3) ? 42 + random_below(r, 2)
                                                        : 35 + random_below(r, 6));
        }
    }
    for (unsigned i = 0; i < 8; i++) {
        quiet &= !((old[i] ^ v[i]) & ~(i ? 0 : UINT64_C(7) << 44));
        bench_store(w->bench, c->at + 8 * i, v[i]);
    }
    if (w->wild) {
        invalidate_all(w);
        return;
    }
    if (random_one_in(r, 2)) {
        bench_command(w->bench, dbell_host_cfgi_cd(s->sid, index, random_one_in(r, 2)));
        if (w->clone && number_of(w, s) == 0)
            bench_command(w->bench, dbell_host_cfgi_cd(w->streams[1].sid, index, true));
    } else
        invalidate_config(w, s->sid, true);
    if (quiet)
        return;
    invalidate_asid(w, s, (unsigned)(old[0] >> 48));
    if ((old[0] ^ v[0]) >> 48)
        invalidate_asid(w, s, (unsigned)(v[0] >> 48));
}

static void mutate_ste(struct world *w, struct stream *s, bool first)
{
    struct random *r = dice(w);
    uint64_t *v = s->words;
    static const uint64_t cdmax[] = {0, 1, 2, 3, 21, 31};
    switch (random_below(r, 10)) {
    case 0:
        v[0] ^= UINT64_C(1) << random_below(r, 4); /* V, Config */
        return;
    case 1:
        v[1] ^= 1 + random_below(r, 3); /* S1DSS */
        return;
    case 2:
        v[0] = (v[0] & ~(UINT64_C(31) << 59)) | cdmax[random_below(r, 6)] << 59;
        return;
    case 3: /* far away, but not where 3.4.3 leaves a choice */
        v[0] ^= UINT64_C(1) << (24 + random_below(r, config_of(s) == 5 ? 32 : world_oas(w) - 24));
        return;
    case 4:
        v[1] ^= UINT64_C(1) << (random_one_in(r, 2) ? 32 + random_below(r, 5)
                                                    : 44 + random_below(r, 8));
        return;
    case 5:
        v[1] ^= UINT64_C(1) << (25 + random_below(r, 5));
        if (!idr(w, 0, 19) && random_one_in(r, 2)) /* CD2L == 0: ILLEGAL, or IGNORED */
            v[0] ^= UINT64_C(1) << (4 + random_below(r, 2));
        if (!idr(w, 3, 8))
            v[1] &= ~(UINT64_C(1) << 25);
        return;
    case 6:
        if (first && (w->bench->registers.cr2 & 1 || s->cds <= 1))
            v[1] ^= UINT64_C(1) << (30 + random_below(r, 2));
        return;
    case 7:
        v[2] ^= UINT64_C(1) << (48 + random_below(r, 11)); /* S2PS to S2R */
        return;
    case 8:
        if (random_one_in(r, 2)) {
            v[2] ^= UINT64_C(1) << (32 + random_below(r, 8)); /* S2T0SZ, S2SL0 */
            w->wild = true;
        } else {
            v[2] |= UINT64_C(3) << 46;
        }
        return;
    default:
        if (random_one_in(r, 2))
            v[3] ^= UINT64_C(1) << (24 + random_below(r, 28));
        else
            v[2] ^= UINT64_C(1) << (8 + random_below(r, 8)); /* S2VMID */
    }
}

static uint64_t quiet_of(unsigned word)
{
    return word < 4 ? world_quiet_ste[word] : 0;
}

static void change_ste(struct world *w, struct stream *s, bool first)
{
    struct random *r = dice(w);
    unsigned old_vmid = vmid_of(w, s);
    bool quiet = true;
    for (unsigned i = 0, back = !random_one_in(r, 3); i < 8; i++) {
        if (i == 0 && !back)
            mutate_ste(w, s, first);
        if (w->clone && s != &w->streams[2]) /* the same for both, but for what no TLB holds */
            s->words[i] = (s->words[i] & quiet_of(i)) | (s->good[i] & ~quiet_of(i));
        if (back)
            s->words[i] = s->good[i];
        uint64_t was = bench_load(w->bench, s->at + 8 * i);
        quiet &= !((was ^ s->words[i]) & ~quiet_of(i));
        bench_store(w->bench, s->at + 8 * i, s->words[i]);
    }
    if (w->wild) {
        invalidate_all(w);
        return;
    }
    invalidate_config(w, s->sid, false);
    if (quiet)
        return;
    for (unsigned i = 0; i < 2; i++) {
        unsigned vmid = i ? vmid_of(w, s) : old_vmid;
        if (idr(w, 0, 0))
            bench_command(w->bench, dbell_host_tlbi_s12_vmall(vmid));
        else
            bench_command(w->bench, dbell_host_tlbi_nh_all(vmid));
    }
    if (idr(w, 0, 9))
        bench_command(w->bench, dbell_host_tlbi_el2_all());
}

static void change_l1std(struct world *w)
{
    struct random *r = dice(w);
    unsigned i = (unsigned)random_below(r, w->count);
    uint64_t span = w->l1std_good[i] & 31, base = w->l1std_good[i] - span;
    if (random_one_in(r, 4)) {
        const uint64_t bad[] = {0, w->split + 2, 12, 31};
        span = random_one_in(r, 2) ? bad[random_below(r, 4)] : 1 + random_below(r, span);
    }
    bench_store(w->bench, w->l1std + 16 * i, base | span);
    if (random_one_in(r, 2))
        bench_command(w->bench, dbell_host_cfgi_all());
    else
        command(w, 0x04 | (uint64_t)(2 * i << w->split) << 32, w->split - 1); /* all of its STEs */
}

static void change_l1cd(struct world *w, struct stream *s)
{
    struct random *r = dice(w);
    uint64_t l1cd = s->l1cd_good;
    if (random_one_in(r, 3)) /* out of range only where 3.4.3 leaves no choice */
        l1cd ^= config_of(s) == 5 && random_one_in(r, 2) ? UINT64_C(1) << (24 + random_below(r, 32))
                                                         : 1;
    bench_store(w->bench, s->l1cd, l1cd);
    if (!w->clone && random_one_in(r, 2)) {
        for (unsigned i = 0; i < s->cds; i++) /* what was reached through it, too */
            bench_command(w->bench, dbell_host_cfgi_cd(s->sid, i, false));
        if (s->cdmax > 6)
            bench_command(w->bench, dbell_host_cfgi_cd_all(s->sid));
    } else {
        invalidate_config(w, s->sid, true);
    }
}

void world_change(struct world *w)
{
    struct random *r = dice(w);
    unsigned number = (unsigned)random_below(r, w->count);
    struct stream *s = &w->streams[number];
    unsigned cd = s->cds ? (unsigned)random_below(r, s->cds) : 0;
    unsigned kind = (unsigned)random_below(r, 12);
    if (w->clone && number == 1 && kind > 1) { /* the structures are those of stream 0 */
        s = &w->streams[0];
        number = 0;
    }
    switch (kind) {
    case 0:
    case 1:
        change_ste(w, s, number == 0);
        break;
    case 2:
    case 3:
        if (s->cds)
            change_cd(w, s, cd);
        break;
    case 4:
        if (s->l1cd && random_one_in(r, 2))
            change_l1cd(w, s);
        else if (w->two_level)
            change_l1std(w);
        break;
    case 5:
    case 6:
    case 7:
        if (s->stage2.count) {
            change_descriptor(w, s, NULL, &s->stage2);
            break;
        }
        /* fall through */
    default:
        if (s->cds) {
            struct context *c = &s->cd[cd];
            change_descriptor(w, s, c, &c->half[c->half[1].count && random_one_in(r, 2)]);
        }
    }
    bench_sync(w->bench);
}
