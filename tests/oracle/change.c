/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What software changes in a random world. */
#include "world.h"

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
    switch (random_below(r, leaf ? 15 : 4)) {
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
    case 9:
    case 10:
    case 11:
    case 12: /* not accessed yet, and clean */
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
        world_invalidate_stage2(w, s, map, m, level, was_leaf && !is_table);
    else
        world_invalidate_stage1(w, s, c, map, m, level, was_leaf && !is_table);
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
        world_invalidate_all(w);
        return;
    }
    if (random_one_in(r, 2)) {
        bench_command(w->bench, dbell_host_cfgi_cd(s->sid, index, random_one_in(r, 2)));
        if (w->clone && number_of(w, s) == 0)
            bench_command(w->bench, dbell_host_cfgi_cd(w->streams[1].sid, index, true));
    } else
        world_invalidate_config(w, s->sid, true);
    if (quiet)
        return;
    world_invalidate_asid(w, s, (unsigned)(old[0] >> 48));
    if ((old[0] ^ v[0]) >> 48)
        world_invalidate_asid(w, s, (unsigned)(v[0] >> 48));
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
    unsigned old_vmid = world_vmid_of(w, s);
    bool quiet = true;
    for (unsigned i = 0, back = !random_one_in(r, 3); i < 8; i++) {
        if (i == 0 && !back)
            mutate_ste(w, s, first);
        if (w->clone && s != &w->streams[2]) /* the same for both, but for what no TLB holds */
            s->words[i] = (s->words[i] & quiet_of(i)) | (s->good[i] & ~quiet_of(i));
        /* A table of another shape may lead into structures: they must not be updated. */
        if (i == 2 && (s->words[2] ^ s->good[2]) >> 32 & 0xff)
            s->words[2] &= ~(UINT64_C(3) << 55);
        if (back)
            s->words[i] = s->good[i];
        uint64_t was = bench_load(w->bench, s->at + 8 * i);
        quiet &= !((was ^ s->words[i]) & ~quiet_of(i));
        bench_store(w->bench, s->at + 8 * i, s->words[i]);
    }
    if (w->wild) {
        world_invalidate_all(w);
        return;
    }
    world_invalidate_config(w, s->sid, false);
    if (quiet)
        return;
    for (unsigned i = 0; i < 2; i++) {
        unsigned vmid = i ? world_vmid_of(w, s) : old_vmid;
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
        for (unsigned i = 0; i < 8; i++) /* what was reached through it, too */
            bench_command(w->bench, dbell_host_cfgi_cd(s->sid, i, false));
        if (s->cdmax > 6)
            bench_command(w->bench, dbell_host_cfgi_cd_all(s->sid));
    } else {
        world_invalidate_config(w, s->sid, true);
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
