/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* How a random world is made. */
#include "world.h"

#include <string.h>

uint64_t random_word(struct random *r) /* splitmix64 */
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t random_below(struct random *r, uint64_t n)
{
    return random_word(r) % n;
}

bool random_one_in(struct random *r, unsigned n)
{
    return random_below(r, n) == 0;
}

const uint64_t world_quiet_ste[4] = {1, UINT64_C(0x000f31ff08000003), UINT64_C(3) << 57, 0};

static uint64_t tg0_of(unsigned granule)
{
    return granule == 12 ? 0 : granule == 16 ? 1 : 2;
}

static uint64_t tg1_of(unsigned granule)
{
    return granule == 14 ? 1 : granule == 12 ? 2 : 3;
}

static bool random_endian(struct random *r, const struct oracle_registers *regs)
{
    unsigned tt = regs->idr[0] >> 21 & 3;
    return tt == 0 ? random_one_in(r, 4) : tt == 3;
}

static unsigned random_size(struct random *r, const struct oracle_registers *regs, unsigned granule,
                            unsigned most)
{
    unsigned least = regs->idr[3] >> 9 & 1 ? granule == 16 ? 17 : 16 : 25;
    unsigned size =
        random_one_in(r, 3) ? most : least + (unsigned)random_below(r, most - least + 1);
    return size;
}

static bool make_stage2(struct world *w, struct stream *s)
{
    struct random *r = &w->random;
    const struct oracle_registers *regs = &w->bench->registers;
    struct tables *t = &s->stage2.tables;
    unsigned oas = world_oas(w), sl0 = 0;
    t->stage2 = true;
    t->granule = world_granule(r, regs);
    t->big_endian = random_endian(r, regs);
    unsigned most = t->granule == 16 || oas < 48 ? oas : 48;
    for (unsigned tries = 0;; tries++) {
        if (tries == 200)
            return false;
        t->input_bits = random_size(r, regs, t->granule, most);
        if (s->nested_tables && t->input_bits < 33 && t->input_bits < most)
            continue;
        if (s->nested_tables && t->input_bits < 32)
            return false;
        unsigned stride = t->granule - 3;
        t->start = (unsigned)random_below(r, 4);
        sl0 = t->granule == 12 ? t->start == 3 ? 3 : 2 - t->start : 3 - t->start;
        if (t->granule == 12 ? t->start == 3 && !(regs->idr[3] >> 9 & 1) : t->start == 0)
            continue;
        if (t->start <= (t->granule == 12 ? 0u : 1u) && oas < (t->granule == 14 ? 42u : 44u) &&
            !random_one_in(r, 4))
            continue; /* else it is Reserved: PAs are too small */
        unsigned least = (3 - t->start) * stride + t->granule + 1;
        unsigned index_bits = t->input_bits + 1 - least;
        if (t->input_bits < least || index_bits + 1 > stride + 4 || index_bits + 1 > 13)
            continue;
        break;
    }
    if (!world_root(w, &s->stage2))
        return false;
    unsigned ps = random_one_in(r, 8) ? (unsigned)random_below(r, 8) : 7;
    static const unsigned sizes[8] = {32, 36, 40, 42, 44, 48, 52, 52};
    t->output_bits = sizes[ps] < oas ? sizes[ps] : oas;
    s->words[2] |= (uint64_t)(64 - t->input_bits) << 32 | (uint64_t)sl0 << 38 |
                   tg0_of(t->granule) << 46 | (uint64_t)ps << 48 | UINT64_C(1) << 51 |
                   (uint64_t)t->big_endian << 52;
    s->words[3] = t->root;
    uint64_t span = ~UINT64_C(0) >> (64 - t->input_bits);
    if (s->nested_tables) { /* the tables of stage 1 and the CDs */
        static const uint64_t offsets[] = {0, 0x20000000, UINT64_C(0x100000000)};
        s->offset = offsets[random_below(r, 3)];
        if (BENCH_BASE + BENCH_SIZE + s->offset > span)
            s->offset = 0;
        unsigned level = t->granule == 12 && t->start <= 2 && random_one_in(r, 3) ? 2 : 3;
        unsigned shift = world_shift(t, level);
        uint64_t keep = UINT64_C(0x7fc) | 3 << 8;
        for (uint64_t at = 0; at < BENCH_QUEUES; at += UINT64_C(1) << shift) {
            uint64_t d = keep;
            if (random_one_in(r, 64)) /* sometimes without its access flag, or clean */
                d ^= 1 << 10;
            if (random_one_in(r, 32))
                d = (d & ~(UINT64_C(1) << 7)) | UINT64_C(1) << 51;
            if (w->bench->registers.idr[3] >> 8 & 1)
                d &= ~(UINT64_C(8) << 2); /* with FWB: 0b0111 */
            world_map(w, NULL, &s->stage2, BENCH_BASE + s->offset + at, BENCH_BASE + at, level, d);
            if (s->stage2.count > MAPPINGS - 12)
                s->stage2.count--; /* not all of them are worth remembering */
        }
    }
    unsigned n = 2 + (unsigned)random_below(r, 6);
    for (unsigned i = 0; i < n; i++) {
        unsigned level = world_level(w, t), shift = world_shift(t, level);
        uint64_t in = random_word(r) & span;
        if (random_one_in(r, 8))
            in = random_one_in(r, 2) ? 0 : span;
        in = in >> shift << shift;
        uint64_t out =
            world_output(r, t->granule == 16 || t->output_bits < 48 ? t->output_bits : 48, shift);
        world_map(w, NULL, &s->stage2, in, out, level, world_leaf(w, s, true));
    }
    if (random_one_in(r, 3))
        world_break_table(w, s);
    return true;
}

static bool make_half(struct world *w, struct stream *s, struct context *c, bool upper,
                      unsigned out_bits)
{
    struct random *r = &w->random;
    const struct oracle_registers *regs = &w->bench->registers;
    struct map *map = &c->half[upper];
    struct tables *t = &map->tables;
    t->upper = upper;
    t->granule = world_granule(r, regs);
    t->big_endian = c->words[0] >> 15 & 1;
    t->offset = s->offset;
    t->output_bits = out_bits;
    bool large = regs->idr[5] >> 10 & 3 || random_one_in(r, 16); /* or ILLEGAL */
    unsigned most = t->granule == 16 && large ? 52 : 48;
    t->input_bits = random_size(r, regs, t->granule, most);
    t->start = 3 - (t->input_bits - 1 - t->granule) / (t->granule - 3);
    if (!world_root(w, map))
        return false;
    uint64_t ttb = t->root + t->offset;
    unsigned at = upper ? 16 : 0;
    c->words[0] |= (uint64_t)(64 - t->input_bits) << at |
                   (upper ? tg1_of(t->granule) << 22 : tg0_of(t->granule) << 6);
    c->words[upper ? 2 : 1] |= ttb;
    return world_fill_stage1(w, s, map, out_bits);
}

static bool make_cd(struct world *w, struct stream *s, struct context *c, unsigned asid)
{
    struct random *r = &w->random;
    const struct oracle_registers *regs = &w->bench->registers;
    static const uint8_t mair[] = {0xff, 0x44, 0x00, 0x04, 0x08, 0x0c, 0xbb, 0x77, 0xee, 0xaa,
                                   0xcc, 0x4f, 0xf4, 0x05, 0xf0, 0x33, 0x37, 0xdd, 0x14, 0x40};
    static const unsigned sizes[8] = {32, 36, 40, 42, 44, 48, 52, 52};
    unsigned stall = regs->idr[0] >> 24 & 3, httu = regs->idr[0] >> 6 & 3;
    unsigned ips = random_one_in(r, 8) ? (unsigned)random_below(r, 8) : 7;
    unsigned out_bits = sizes[ips] < world_oas(w) ? sizes[ips] : world_oas(w);
    if (BENCH_BASE + BENCH_SIZE + s->offset > ~UINT64_C(0) >> (64 - out_bits))
        ips = 7, out_bits = world_oas(w);
    bool two = s->words[1] >> 31 & 1 && !(regs->cr2 & 1) ? false : random_one_in(r, 2);
    uint64_t high = regs->idr[0] >> 12 & 1 ? random_below(r, 256) : 0;
    c->words[0] = UINT64_C(1) << 31 | (uint64_t)ips << 32 | UINT64_C(1) << 41 |
                  (uint64_t)asid << 48 | high << 56;
    c->words[0] |= (uint64_t)random_endian(r, regs) << 15 | (uint64_t)!two << 30;
    if (s->words[1] >> 31 & 1 && !(regs->cr2 & 1) && random_one_in(r, 3)) /* IGNORED in EL2 */
        c->words[0] |= 1 << 14;
    c->words[0] |= (uint64_t)random_one_in(r, 5) << 35 | (uint64_t)random_one_in(r, 5) << 36;
    c->words[0] |= random_below(r, 4) << 38 | (uint64_t)random_one_in(r, 4) << 40;
    if (httu)
        c->words[0] |= (uint64_t)random_below(r, 2) << 43;
    if (httu == 2)
        c->words[0] |= (uint64_t)random_below(r, 2) << 42;
    bool s_ok = stall != 1 && !(s->words[1] >> 27 & 1);
    c->words[0] |= (uint64_t)(s_ok && (stall == 2 || random_one_in(r, 3))) << 44;
    c->words[0] |= (uint64_t)!random_one_in(r, 5) << 45;
    c->words[0] |= (uint64_t)(regs->idr[0] >> 26 & 1 || !random_one_in(r, 4)) << 46;
    c->words[1] = random_below(r, 4) == 0 ? UINT64_C(1) << 1 : 0; /* HAD0 */
    c->words[1] |= random_one_in(r, 6) ? 4 : 0;                   /* E0PD0 */
    c->words[1] |= (uint64_t)random_below(r, 2) << 59;            /* EPAN */
    c->words[2] = random_below(r, 4) == 0 ? UINT64_C(1) << 1 : 0;
    c->words[2] |= random_one_in(r, 6) ? 4 : 0;
    for (unsigned i = 0; i < 8; i++)
        c->words[3] |= (uint64_t)mair[random_below(r, sizeof mair)] << (8 * i);
    if (!make_half(w, s, c, false, out_bits) || (two && !make_half(w, s, c, true, out_bits)))
        return false;
    for (unsigned i = 0; i < 8; i++)
        bench_store(w->bench, c->at + 8 * i, c->good[i] = c->words[i]);
    return true;
}

static bool make_contexts(struct world *w, struct stream *s, unsigned number)
{
    struct random *r = &w->random;
    const struct oracle_registers *regs = &w->bench->registers;
    unsigned ssidsize = regs->idr[1] >> 6 & 31;
    bool untagged = s->words[1] >> 31 & 1 && !(regs->cr2 & 1);
    s->cdmax = ssidsize && !untagged ? (unsigned)random_below(r, 4) : 0;
    s->cds = 1u << (s->cdmax < 2 ? s->cdmax : 2);
    uint64_t table = bench_alloc(w->bench, 1024, 1024);
    if (!table)
        return false;
    uint64_t fmt = 0, pointer = table;
    if (s->cdmax && regs->idr[0] >> 19 & 1 && random_one_in(r, 2)) {
        fmt = 1 + random_below(r, 2);
        uint64_t leaf = fmt == 1 ? 4096 : 65536;
        table = bench_alloc(w->bench, leaf, leaf);
        if (!table)
            return false;
        if (random_one_in(r, 3)) /* more than one L1CD, the others are not valid */
            s->cdmax = 12;
        if (s->cdmax > ssidsize)
            s->cdmax = ssidsize;
        s->l1cd = pointer;
        s->l1cd_good = (table + s->offset) | 1;
        bench_store(w->bench, pointer, s->l1cd_good);
    }
    if (!fmt && random_one_in(r, 8))
        fmt = 3; /* Reserved, as 0 */
    s->words[0] |= fmt << 4 | (uint64_t)s->cdmax << 59 | (pointer + s->offset);
    static const uint64_t dss[] = {2, 2, 2, 1, 1, 0, 3};
    s->words[1] |= dss[random_below(r, 7)];
    s->globals = w->count == 1 && s->cds == 1 && random_one_in(r, 2);
    for (unsigned i = 0; i < s->cds; i++) {
        s->cd[i].at = table + 64 * i;
        if (!make_cd(w, s, &s->cd[i], 1 + number * CDS + i))
            return false;
    }
    return true;
}

static bool make_stream(struct world *w, struct stream *s, unsigned number)
{
    struct random *r = &w->random;
    const struct oracle_registers *regs = &w->bench->registers;
    bool s1 = regs->idr[0] >> 1 & 1, s2 = regs->idr[0] & 1;
    unsigned stall = regs->idr[0] >> 24 & 3, httu = regs->idr[0] >> 6 & 3;
    unsigned config = s1 && s2 ? random_one_in(r, 2) ? 7 : 5 + (unsigned)random_below(r, 2)
                      : s1 ? 5
                               : 6;
    if (random_one_in(r, 16))
        config = random_one_in(r, 3) ? 0 : 4;
    s->words[0] = 1 | (uint64_t)config << 1;
    if (number == 0 && config == 5 && s2 && random_one_in(r, 2))
        s->words[1] |= UINT64_C(2) << 30;
    s->words[1] |= (uint64_t)(random_one_in(r, 6) && stall == 0) << 27;
    s->words[1] |= (regs->idr[3] >> 8 & 1 ? random_below(r, 2) : 0) << 25;
    s->words[1] |= (uint64_t)(random_one_in(r, 2) ? 1 : random_below(r, 4)) << 44;
    s->words[1] |= random_one_in(r, 3) ? (random_below(r, 16) << 32 | UINT64_C(1) << 36) : 0;
    if (s->words[1] >> 36 & 1 && random_one_in(r, 3))
        s->words[1] |= random_below(r, 16) << 37;
    s->words[1] |= random_one_in(r, 3) ? random_below(r, 16) << 48 : 0;
    s->words[2] = number + 1 + (regs->idr[0] >> 18 & 1 ? (uint64_t)random_below(r, 256) << 8 : 0);
    if (s2) {
        s->nested_tables = s1;
        s->words[2] |= (uint64_t)random_one_in(r, 5) << 53 | (uint64_t)random_one_in(r, 5) << 54;
        if (httu)
            s->words[2] |= (uint64_t)random_below(r, 2) << 56;
        if (httu == 2)
            s->words[2] |= (uint64_t)random_below(r, 2) << 55;
        s->words[2] |= (uint64_t)(stall == 2 || (stall == 0 && random_one_in(r, 4))) << 57;
        s->words[2] |= (uint64_t)!random_one_in(r, 5) << 58;
        if (config == 5 || config == 4)
            s->nested_tables = false;
        else if (!make_stage2(w, s))
            return false;
        if (config != 7)
            s->offset = 0;
    }
    if (config != 6 && s1 && !make_contexts(w, s, number))
        return false;
    if (!random_one_in(r, 3) && !(s->words[2] >> 57 & 1)) /* EATS; not with S2S */
        s->words[1] |=
            (config == 7 && !(regs->idr[0] >> 11 & 1) && random_one_in(r, 2) ? UINT64_C(2)
                                                                             : UINT64_C(1))
            << 28;
    for (unsigned i = 0; i < 8; i++)
        bench_store(w->bench, s->at + 8 * i, s->good[i] = s->words[i]);
    return true;
}

/* Another stream of the same VM: only what no TLB may hold differs. */
static void clone_stream(struct world *w)
{
    struct stream *s = &w->streams[1];
    uint32_t sid = s->sid;
    uint64_t at = s->at;
    *s = w->streams[0];
    s->sid = sid;
    s->at = at;
    w->clone = true;
    for (unsigned i = 0; i < 4; i++) {
        uint64_t quiet = world_quiet_ste[i] & ~UINT64_C(1) & ~(UINT64_C(1) << 57);
        if (i == 1 && (w->bench->registers.idr[0] >> 24 & 3 || random_one_in(&w->random, 2)))
            quiet &= ~(UINT64_C(1) << 27);
        s->words[i] ^= random_word(&w->random) & quiet;
        if (i == 1 && !(s->words[1] >> 36 & 1)) /* 5.2 ALLOCCFG without MTCFG leaves a choice */
            s->words[1] &= ~(UINT64_C(0xf) << 37);
    }
    for (unsigned i = 0; i < 8; i++)
        bench_store(w->bench, s->at + 8 * i, s->good[i] = s->words[i]);
}

static bool make_stream_table(struct world *w)
{
    struct random *r = &w->random;
    struct bench *b = w->bench;
    w->two_level = b->registers.idr[0] >> 27 & 1 && random_one_in(r, 2);
    if (!w->two_level) {
        uint64_t base = bench_alloc(b, UINT64_C(1024), UINT64_C(1024));
        bench_register(b, 0x80, 8, base);
        bench_register(b, 0x88, 4, 4);
        for (unsigned i = 0; i < w->count; i++) {
            w->streams[i].sid = 1 + 5 * i;
            w->streams[i].at = base + 64 * w->streams[i].sid;
        }
        return true;
    }
    w->l1std = bench_alloc(b, 64, 64);
    bench_register(b, 0x80, 8, w->l1std);
    w->split = 6 + 2 * (unsigned)random_below(r, 3);
    /* Reserved values of SPLIT behave as 6. */
    unsigned written = w->split == 6 && random_one_in(r, 4) ? 7 : w->split;
    bench_register(b, 0x88, 4, 1u << 16 | written << 6 | (w->split + 3));
    for (unsigned i = 0; i < w->count; i++) {
        unsigned span = 1 + (unsigned)random_below(r, 7);
        uint64_t size = UINT64_C(64) << (span - 1), l2 = bench_alloc(b, size, size);
        unsigned index = (unsigned)random_below(r, UINT64_C(1) << (span - 1));
        w->l1std_good[i] = l2 | span;
        bench_store(b, w->l1std + 16 * i, l2 | span);
        w->streams[i].sid = (2 * i << w->split) + index;
        w->streams[i].at = l2 + 64 * index;
    }
    const uint64_t odd[] = {0, 12, w->split + 2, 31};
    bench_store(b, w->l1std + 8, BENCH_BASE | odd[random_below(r, 4)]);
    bench_store(b, w->l1std + 24, UINT64_C(0x7fff0000) | 3); /* its STEs can not be read */
    return true;
}

bool world_create(struct world *w, struct bench *bench, uint64_t seed)
{
    memset(w, 0, sizeof *w);
    w->bench = bench;
    w->random.state = seed;
    struct random *r = &w->random;
    for (unsigned i = 0; i < 4; i++)
        random_word(r);
    struct dbell_smmu_config configs[BENCH_MODELS];
    configs[0] = world_features(r);
    configs[0].no_caches = true;
    for (unsigned i = 1; i < BENCH_MODELS; i++) {
        configs[i] = configs[0];
        configs[i].no_caches = false;
        configs[i].tlb_entries = i == 1 ? WORLD_LEAST_ENTRIES : world_cache_size(r);
        configs[i].config_entries = i == 1 ? WORLD_LEAST_ENTRIES : world_cache_size(r);
    }
    if (!bench_power_on(bench, configs, BENCH_MODELS))
        return false;
    uint64_t cr2 = (uint64_t)!random_one_in(r, 3) << 1;
    if (configs[0].idr[0] >> 9 & 1)
        cr2 |= random_below(r, 2);
    bench_register(bench, 0x2c, 4, cr2);
    w->count = 1 + (unsigned)random_below(r, STREAMS);
    if (!make_stream_table(w))
        return false;
    for (unsigned i = 0; i < w->count; i++) {
        if (i == 1 && random_one_in(r, 3))
            clone_stream(w);
        else if (!make_stream(w, &w->streams[i], i))
            return false;
    }
    uint64_t gbpa = random_below(r, 16) | random_below(r, 2) << 4 | random_below(r, 4) << 12 |
                    (uint64_t)random_one_in(r, 3) << 20;
    if (gbpa & 16)
        gbpa |= random_below(r, 16) << 8;
    bench_register(bench, 0x44, 4, gbpa | UINT64_C(1) << 31);
    return true;
}

void world_enable(struct world *w)
{
    bench_register(w->bench, 0x20, 4, random_one_in(&w->random, 2) ? 0x1d : 0xd); /* ATSCHK */
}
