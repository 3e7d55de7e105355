/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What devices access in a random world, and how software invalidates there. */
#include "world.h"

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

static struct oracle_access new_access(struct world *w)
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

/* Often where an access was a little earlier. */
struct oracle_access world_access(struct world *w)
{
    struct random *r = dice(w);
    struct oracle_access a = new_access(w);
    if (w->recent_count && !random_one_in(r, 3)) {
        unsigned n = w->recent_count < 4 ? w->recent_count : 4;
        const struct oracle_access *old = &w->recent[random_below(r, n)];
        a.streamid =
            w->clone && random_one_in(r, 4) ? w->streams[random_below(r, 2)].sid : old->streamid;
        a.ssv = old->ssv;
        a.substreamid = old->substreamid;
        a.address = old->address ^ random_below(r, 0x1000);
        if (random_one_in(r, 2))
            a.instruction = old->instruction;
        return a;
    }
    w->recent[w->recent_count++ % 4] = a;
    return a;
}

void world_invalidate_all(struct world *w)
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

unsigned world_vmid_of(const struct world *w, const struct stream *s)
{
    return idr(w, 0, 0) ? s->words[2] & 0xffff : 0;
}

/* All of stage 1 of one CD; by ASID only if nothing is global. */
void world_invalidate_asid(struct world *w, const struct stream *s, unsigned asid)
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
            bench_command(w->bench, dbell_host_tlbi_nh_asid(world_vmid_of(w, s), asid));
            return;
        }
        /* fall through */
    case 1:
        bench_command(w->bench, dbell_host_tlbi_nh_all(world_vmid_of(w, s)));
        return;
    case 2:
        if (idr(w, 0, 0)) {
            bench_command(w->bench, dbell_host_tlbi_s12_vmall(world_vmid_of(w, s)));
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
void world_invalidate_stage1(struct world *w, const struct stream *s, const struct context *c,
                             const struct map *map, const struct mapping *m, unsigned level,
                             bool same_leaf)
{
    struct random *r = dice(w);
    const struct tables *t = &map->tables;
    unsigned asid = (unsigned)(c->words[0] >> 48), vmid = world_vmid_of(w, s);
    unsigned shift = t->granule + (t->granule - 3) * (3 - level);
    uint64_t base = m->input >> shift << shift;
    unsigned form = (unsigned)random_below(r, 4);
    if (w->wild) {
        world_invalidate_all(w);
        return;
    }
    if (form == 3 || (!same_leaf && !idr(w, 3, 10)) || (level == t->start && !same_leaf)) {
        world_invalidate_asid(w, s, asid);
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

void world_invalidate_config(struct world *w, uint32_t sid, bool cd_too)
{
    if (w->clone && cd_too && sid == w->streams[0].sid)
        world_invalidate_config(w, w->streams[1].sid, true);
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

void world_invalidate_stage2(struct world *w, const struct stream *s, const struct map *map,
                             const struct mapping *m, unsigned level, bool same_leaf)
{
    struct random *r = dice(w);
    const struct tables *t = &map->tables;
    unsigned vmid = world_vmid_of(w, s), shift = t->granule + (t->granule - 3) * (3 - level);
    uint64_t base = m->input >> shift << shift;
    bool stage1 = config_of(s) & 1 && idr(w, 0, 1);
    if (w->wild) {
        world_invalidate_all(w);
        return;
    }
    if (stage1)
        world_invalidate_config(w, s->sid, true);
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
