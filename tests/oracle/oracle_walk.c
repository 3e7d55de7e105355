/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Table walks, permissions and updates of descriptors (3.4, 3.13, 13.4; Arm ARM D8, J1.1). */
#include "oracle_parts.h"

static uint64_t swap_if(bool big_endian, uint64_t word)
{
    return big_endian ? __builtin_bswap64(word) : word;
}

enum found { LEAF, TABLE, INVALID };

static enum found kind_of(const struct oracle *o, const struct stage *s, uint64_t d, unsigned level)
{
    if (!(d & 1))
        return INVALID;
    if (d & 2)
        return level == 3 ? LEAF : TABLE;
    bool block = s->granule == 12   ? level == 1 || level == 2
                 : s->granule == 14 ? level == 2
                                    : level == 2 || (level == 1 && oracle_oas(o) >= 52);
    return block ? LEAF : INVALID;
}

/* The address in a descriptor, `low` its lowest bit. */
static uint64_t output_of(const struct oracle *o, const struct stage *s, uint64_t d, unsigned low)
{
    uint64_t address = bits(d, 47, low) << low;
    if (s->granule == 16 && oracle_oas(o) >= 52)
        address |= bits(d, 15, 12) << 48;
    return address;
}

static unsigned shift_of(const struct stage *s, unsigned level)
{
    return s->granule + (s->granule - 3) * (3 - level);
}

static uint64_t entry_at(const struct stage *s, uint64_t table, uint64_t input, unsigned level)
{
    unsigned top = level == s->start_level ? s->input_bits : shift_of(s, level) + s->granule - 3;
    return table + 8 * bits(input, top - 1, shift_of(s, level));
}

/* --- Stage 2 --- */

static bool stage2_allows(const struct oracle *o, const struct stage *s, enum oracle_class class,
                          uint64_t d, bool write, bool *tt_read)
{
    bool read_ok = bits(d, 6, 6);
    bool write_ok = bits(d, 7, 7) || (s->hd && bits(d, 51, 51));
    *tt_read = true;
    if (class != ORACLE_IN) { /* 5.2 S2PTW */
        bool device = oracle_stage2_is_device((unsigned)bits(d, 5, 2),
                                              bits(o->r->idr[3], 8, 8) && bits(o->ste[1], 25, 25));
        if (bits(o->ste[2], 54, 54) && device)
            return false;
    }
    if (class == ORACLE_IN && o->instruction) {
        unsigned xn = (unsigned)bits(d, 54, 53); /* XN[1:0], with XNX; else XN[1] alone */
        bool user, privileged;
        if (bits(o->r->idr[3], 4, 4)) {
            privileged = xn == 0 || xn == 3;
            user = xn == 0 || xn == 1;
        } else {
            privileged = user = !(xn & 2);
        }
        return o->privileged ? privileged : user;
    }
    if (!write || class == ORACLE_TT) { /* an update of a descriptor reads it too */
        if (!read_ok)
            return false;
    }
    if (write && !write_ok) {
        *tt_read = false;
        return false;
    }
    return true;
}

bool oracle_stage2_walk(struct oracle *o, enum oracle_class class, uint64_t ipa, bool write,
                        uint64_t *pa, struct attributes *attr)
{
    struct stage s = oracle_stage2(o);
    struct fault fault = {
        .event = F_TRANSLATION, .stage2 = true, .class = class, .ipa = ipa, .tt_read = !write};
    o->out->granule[1] = (uint8_t)s.granule;
    if (beyond(ipa, s.input_bits))
        return oracle_fault(o, fault);
    uint64_t table = s.base, d = 0, at = 0;
    unsigned level = s.start_level;
    for (;; level++) {
        at = entry_at(&s, table, ipa, level);
        fault.fetched = at;
        fault.event = F_WALK_EABT;
        if (!o->m->read(o->m->ctx, at, &d))
            return oracle_fault(o, fault);
        d = swap_if(s.big_endian, d);
        fault.event = F_TRANSLATION;
        enum found kind = kind_of(o, &s, d, level);
        if (kind == INVALID)
            return oracle_fault(o, fault);
        unsigned low = kind == TABLE ? s.granule : shift_of(&s, level);
        table = output_of(o, &s, d, low);
        fault.event = F_ADDR_SIZE;
        if (beyond(table, s.output_bits))
            return oracle_fault(o, fault);
        if (kind == LEAF)
            break;
    }
    fault.event = F_ACCESS;
    if (!bits(d, 10, 10) && !s.ha && !s.affd)
        return oracle_fault(o, fault);
    /* 3.13.2 leaves open whether AF is set when the permissions then forbid it: it is. */
    bool allowed = stage2_allows(o, &s, class, d, write, &fault.tt_read);
    uint64_t updated = d;
    if (s.ha)
        updated |= UINT64_C(1) << 10;
    if (s.hd && allowed && write && bits(d, 51, 51))
        updated |= UINT64_C(1) << 7;
    fault.event = F_WALK_EABT;
    if (updated != d) {
        if (!o->m->write(o->m->ctx, at, swap_if(s.big_endian, updated)))
            return oracle_fault(o, fault);
        o->out->updates[1]++;
    }
    fault.event = F_PERMISSION;
    if (!allowed)
        return oracle_fault(o, fault);
    uint64_t offset = (UINT64_C(1) << shift_of(&s, level)) - 1;
    *pa = table | (ipa & offset);
    *attr = oracle_combine_stage2(*attr, (unsigned)bits(d, 5, 2), (unsigned)bits(d, 9, 8),
                                  bits(o->r->idr[3], 8, 8) && bits(o->ste[1], 25, 25));
    return true;
}

/* --- Stage 1 --- */

/* Hierarchical permissions, gathered on the way down. */
struct hierarchy {
    unsigned ap;
    bool uxn, pxn;
};

/* Arm ARM AArch64.S1DirectBasePermissions, S1ComputePermissions. */
static bool stage1_allows(const struct oracle *o, const struct stage *s, uint64_t d,
                          struct hierarchy h)
{
    const uint64_t *w = o->cd.w;
    bool wxn = bits(w[0], 36, 36);
    bool pan = bits(w[0], 40, 40), epan = bits(w[1], 59, 59) && bits(o->r->idr[3], 17, 17);
    bool read_only = bits(d, 7, 7) && !(s->hd && bits(d, 51, 51));
    bool r, x, wr;
    if (o->world == EL2) { /* 13.4.1: AP[1] is taken as 1, no unprivileged accesses */
        r = true;
        wr = !read_only && !(h.ap & 2);
        x = !bits(d, 54, 54) && !h.uxn;
    } else {
        bool el0 = bits(d, 6, 6);
        bool pr = true, pw = !read_only, ur = el0, uw = el0 && !read_only;
        if (h.ap & 2)
            pw = uw = false;
        if (h.ap & 1)
            ur = uw = false;
        bool px = !bits(d, 53, 53) && !h.pxn && !uw;
        bool ux = !bits(d, 54, 54) && !h.uxn;
        if (pan && !o->instruction && (ur || uw || (epan && ux)))
            pr = pw = false;
        r = o->privileged ? pr : ur;
        wr = o->privileged ? pw : uw;
        x = o->privileged ? px : ux;
    }
    if (wxn && wr)
        x = false;
    return o->instruction ? x : o->a->write ? wr : r;
}

/* 3.4.1: which half, and whether the address is inside of it. */
static bool in_range(const struct oracle *o, uint64_t va, bool upper, unsigned input_bits)
{
    bool tbi = upper ? bits(o->cd.w[0], 39, 39) : bits(o->cd.w[0], 38, 38);
    unsigned top = tbi ? 55 : 63;
    uint64_t above = bits(va, top, input_bits);
    return upper ? above == bits(~UINT64_C(0), top, input_bits) : above == 0;
}

/* Reads or updates a stage 1 descriptor at an IPA, or at a PA without stage 2. */
static bool descriptor_at(struct oracle *o, uint64_t at, bool write, uint64_t *pa)
{
    struct attributes table = oracle_attributes_of_byte(0xff, 0);
    *pa = at;
    return !o->stage2 || oracle_stage2_walk(o, ORACLE_TT, at, write, pa, &table);
}

bool oracle_stage1_walk(struct oracle *o, uint64_t va, uint64_t *ipa, struct attributes *attr)
{
    const uint64_t *w = o->cd.w;
    bool upper = o->world != EL2 && bits(va, 55, 55);
    struct fault fault = {.event = F_TRANSLATION, .class = ORACLE_IN};
    if (o->world != EL2) {
        if (upper ? bits(w[0], 30, 30) : bits(w[0], 14, 14)) /* EPD */
            return oracle_fault(o, fault);
        if (bits(o->r->idr[3], 13, 13) && !o->privileged && bits(w[upper ? 2 : 1], 2, 2)) /* E0PD */
            return oracle_fault(o, fault);
    }
    struct stage s = oracle_stage1(o, upper);
    o->out->granule[0] = (uint8_t)s.granule;
    if (!in_range(o, va, upper, s.input_bits))
        return oracle_fault(o, fault);
    bool had = bits(o->r->idr[3], 2, 2) && bits(w[upper ? 2 : 1], 1, 1);
    struct hierarchy h = {0};
    uint64_t table = s.base, d = 0, at = 0, pa = 0;
    unsigned level = s.start_level;
    for (;; level++) {
        at = entry_at(&s, table, va, level);
        if (!descriptor_at(o, at, false, &pa))
            return false;
        if (!o->m->read(o->m->ctx, pa, &d))
            return oracle_fault(
                o, (struct fault){.event = F_WALK_EABT, .class = ORACLE_TT, .fetched = pa});
        d = swap_if(s.big_endian, d);
        fault.event = F_TRANSLATION;
        enum found kind = kind_of(o, &s, d, level);
        if (kind == INVALID)
            return oracle_fault(o, fault);
        table = output_of(o, &s, d, kind == TABLE ? s.granule : shift_of(&s, level));
        fault.event = F_ADDR_SIZE;
        if (beyond(table, s.output_bits))
            return oracle_fault(o, fault);
        if (kind == LEAF)
            break;
        if (!had) {
            h.ap |= (unsigned)bits(d, 62, 61) & (o->world == EL2 ? 2u : 3u);
            h.uxn |= bits(d, 60, 60);
            h.pxn |= bits(d, 59, 59);
        }
    }
    fault.event = F_ACCESS;
    if (!bits(d, 10, 10) && !s.ha && !s.affd)
        return oracle_fault(o, fault);
    /* 3.13.2 leaves open whether AF is set when the permissions then forbid it: it is. */
    bool allowed = stage1_allows(o, &s, d, h);
    uint64_t updated = d;
    if (s.ha)
        updated |= UINT64_C(1) << 10;
    if (s.hd && allowed && o->a->write && bits(d, 51, 51))
        updated &= ~(UINT64_C(1) << 7);
    if (updated != d) {
        if (!descriptor_at(o, at, true, &pa))
            return false;
        if (!o->m->write(o->m->ctx, pa, swap_if(s.big_endian, updated)))
            return oracle_fault(
                o, (struct fault){.event = F_WALK_EABT, .class = ORACLE_TT, .fetched = pa});
        o->out->updates[0]++;
    }
    fault.event = F_PERMISSION;
    if (!allowed)
        return oracle_fault(o, fault);
    uint64_t offset = (UINT64_C(1) << shift_of(&s, level)) - 1;
    *ipa = table | (va & offset);
    unsigned index = (unsigned)bits(d, 4, 2);
    *attr = oracle_combine_stage1(*attr, (uint8_t)bits(w[3], 8 * index + 7, 8 * index),
                                  (unsigned)bits(d, 9, 8));
    return true;
}
