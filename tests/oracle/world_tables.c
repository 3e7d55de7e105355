/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Translation tables of a random world. */
#include "world.h"

static uint64_t swap_if(bool big, uint64_t word)
{
    return big ? __builtin_bswap64(word) : word;
}

unsigned world_shift(const struct tables *t, unsigned level)
{
    return t->granule + (t->granule - 3) * (3 - level);
}

static uint64_t pa_of(const struct tables *t, uint64_t d)
{
    uint64_t at = d & UINT64_C(0x0000ffffffffffff) & ~((UINT64_C(1) << t->granule) - 1);
    if (t->granule == 16)
        at |= (d >> 12 & 15) << 48;
    return at - t->offset;
}

static bool in_memory(uint64_t pa)
{
    return pa >= BENCH_BASE && pa < BENCH_BASE + BENCH_QUEUES;
}

static uint64_t with_output(const struct tables *t, uint64_t output)
{
    uint64_t d = output & UINT64_C(0x0000ffffffffffff);
    return t->granule == 16 ? d | (output >> 48 & 15) << 12 : d;
}

/* A mapping of stage 2 that is not of the tables; or NULL. */
static const struct mapping *any_data(struct world *w, const struct stream *s)
{
    if (!s->stage2.count)
        return NULL;
    const struct mapping *m = &s->stage2.mappings[random_below(&w->random, s->stage2.count)];
    return m->input - BENCH_BASE - s->offset < BENCH_SIZE ? NULL : m;
}

/* Maps one block or page where nothing is yet; false: something is, or memory is full. */
bool world_map(struct world *w, const struct stream *s, struct map *map, uint64_t input,
               uint64_t output, unsigned level, uint64_t leaf)
{
    struct tables *t = &map->tables;
    struct mapping m = {.input = input, .level = level, .shift = world_shift(t, level)};
    uint64_t table = t->root, in = input & (~UINT64_C(0) >> (64 - t->input_bits));
    if (map->count == MAPPINGS || level < t->start)
        return false;
    for (unsigned at = t->start;; at++) {
        uint64_t index = in >> world_shift(t, at);
        if (at != t->start)
            index &= (UINT64_C(1) << (t->granule - 3)) - 1;
        m.path[at] = table + 8 * index;
        uint64_t d = swap_if(t->big_endian, bench_load(w->bench, m.path[at]));
        if (at == level) {
            if (d)
                return false;
            d = with_output(t, output) | leaf | (level == 3 ? 3 : 1);
            bench_store(w->bench, m.path[at], swap_if(t->big_endian, d));
            m.made[at] = d;
            map->mappings[map->count++] = m;
            return true;
        }
        if (!d && s && s->stage2.count && random_one_in(&w->random, 12)) {
            /* a table somewhere where stage 2 has something to say */
            const struct mapping *other = any_data(w, s);
            if (!other || t->granule == 16)
                return false;
            d = with_output(t, other->input & UINT64_C(0xffffffffffff) & ~UINT64_C(0xffff)) | 0x803;
            bench_store(w->bench, m.path[at], swap_if(t->big_endian, d));
            m.made[at] = d;
            m.level = at;
            m.shift = world_shift(t, at);
            map->mappings[map->count++] = m;
            return true;
        }
        if (!d) {
            uint64_t next =
                bench_alloc(w->bench, UINT64_C(1) << t->granule, UINT64_C(1) << t->granule);
            if (!next)
                return false;
            d = with_output(t, next + t->offset) | 3 | 1 << 11; /* bit 11 is IGNORED here */
            if (!t->stage2 && random_one_in(&w->random, 5))     /* APTable, UXNTable, PXNTable */
                d |= random_below(&w->random, 16) << 59;
            bench_store(w->bench, m.path[at], swap_if(t->big_endian, d));
        }
        if ((d & 3) != 3)
            return false;
        m.made[at] = d;
        table = pa_of(t, d);
        if (!in_memory(table))
            return false;
    }
}

uint64_t world_leaf(struct world *w, const struct stream *s, bool stage2)
{
    struct random *r = &w->random;
    static const uint64_t sh[] = {0, 2, 3, 3};
    static const uint64_t fwb[] = {0, 1, 2, 3, 5, 6, 7, 7, 6};
    static const uint64_t plain[] = {0, 1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15, 15, 15};
    uint64_t d = sh[random_below(r, 4)] << 8;
    if (!random_one_in(r, 6))
        d |= 1 << 10;
    if (random_one_in(r, 3))
        d |= UINT64_C(1) << 51;
    if (random_one_in(r, 3))
        d |= random_below(r, 4) << 53;
    if (stage2) {
        d |= (random_one_in(r, 4) ? random_below(r, 4) : 3) << 6;
        d |= (w->bench->registers.idr[3] >> 8 & 1 ? fwb[random_below(r, 9)]
                                                  : plain[random_below(r, 15)])
             << 2;
        return d;
    }
    d |= (random_one_in(r, 2) ? random_below(r, 4) : 1) << 6 | random_below(r, 8) << 2;
    if (!s->globals || random_one_in(r, 2))
        d |= 1 << 11;
    return d;
}

/* An address of `bits_` bits, aligned, away from the bench's memory. */
uint64_t world_output(struct random *r, unsigned out_bits, unsigned shift)
{
    uint64_t mask = ~UINT64_C(0) >> (64 - out_bits);
    uint64_t out = random_word(r);
    if (random_one_in(r, 3))
        out &= 0xffffffff;
    out = (out & mask) >> shift << shift;
    if (out <= BENCH_BASE + BENCH_SIZE && out + (UINT64_C(1) << shift) > BENCH_BASE)
        out ^= UINT64_C(1) << (shift > 30 ? shift : 30);
    return out & mask;
}

unsigned world_level(struct world *w, const struct tables *t)
{
    unsigned least = t->granule == 12 ? 1 : 2;
    if (t->granule == 16 && (w->bench->registers.idr[5] & 7) == 6)
        least = 1;
    if (least < t->start)
        least = t->start;
    return random_one_in(&w->random, 2) ? 3 : least + (unsigned)random_below(&w->random, 4 - least);
}

unsigned world_granule(struct random *r, const struct oracle_registers *regs)
{
    for (;;) {
        unsigned i = (unsigned)random_below(r, 3);
        if (regs->idr[5] >> (4 + i) & 1)
            return i == 0 ? 12 : i == 1 ? 14 : 16;
    }
}

unsigned world_oas(const struct world *w)
{
    static const unsigned sizes[8] = {32, 36, 40, 42, 44, 48, 52, 52};
    return sizes[w->bench->registers.idr[5] & 7];
}

bool world_fill_stage1(struct world *w, struct stream *s, struct map *map, unsigned out_bits)
{
    struct random *r = &w->random;
    struct tables *t = &map->tables;
    uint64_t span = ~UINT64_C(0) >> (64 - t->input_bits);
    unsigned n = 1 + (unsigned)random_below(r, 6);
    for (unsigned i = 0; i < n; i++) {
        unsigned level = world_level(w, t), shift = world_shift(t, level);
        uint64_t in = random_one_in(r, 2) || !map->count
                          ? random_word(r)
                          : map->mappings[map->count - 1].input + (UINT64_C(1) << shift);
        if (random_one_in(r, 8))
            in = random_one_in(r, 2) ? 0 : span;
        in = (in & span) >> shift << shift;
        if (t->upper)
            in |= ~span;
        uint64_t out = world_output(r, out_bits, shift);
        const struct mapping *m = random_one_in(r, 6) ? NULL : any_data(w, s);
        if (m)
            out = m->input | (random_word(r) & ((UINT64_C(1) << m->shift) - 1));
        out = out >> shift << shift;
        if (t->granule != 16)
            out &= UINT64_C(0xffffffffffff);
        world_map(w, s, map, in, out, level, world_leaf(w, s, false));
    }
    return true;
}

bool world_root(struct world *w, struct map *map)
{
    struct tables *t = &map->tables;
    unsigned index_bits = t->input_bits - (t->granule + (t->granule - 3) * (3 - t->start));
    uint64_t size = UINT64_C(8) << index_bits, align = UINT64_C(1) << t->granule;
    t->root = bench_alloc(w->bench, size, size > align ? size : align);
    return t->root != 0;
}

/* One table of stage 2 can not be read; not the one above the tables of stage 1. */
void world_break_table(struct world *w, struct stream *s)
{
    const struct mapping *m = any_data(w, s), *first = &s->stage2.mappings[0];
    const struct tables *t = &s->stage2.tables;
    if (!m || m->level == t->start || m->path[m->level - 1] == first->path[m->level - 1])
        return;
    for (unsigned i = 0; i < s->stage2.count; i++)
        if (s->stage2.mappings[i].path[m->level - 1] == m->path[m->level - 1])
            s->stage2.mappings[i].made[m->level - 1] = 0x7fff0003;
    bench_store(w->bench, m->path[m->level - 1], swap_if(t->big_endian, 0x7fff0003));
}
