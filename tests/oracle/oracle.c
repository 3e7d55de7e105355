/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* From an access to its end: order of checks (7.3.22), records (7.3), what faults do (5.5). */
#include "oracle_parts.h"

#include <string.h>

static uint64_t word0(const struct oracle *o, enum oracle_event event, bool ssv, uint32_t ssid)
{
    return (uint64_t)event | (uint64_t)ssv << 11 | (ssv ? (uint64_t)ssid << 12 : 0) |
           (uint64_t)o->a->streamid << 32;
}

static void record(struct oracle *o, enum oracle_event event, uint64_t w0, uint64_t w1, uint64_t w2,
                   uint64_t w3)
{
    struct oracle_answer *out = o->out;
    out->event = (uint8_t)event;
    out->record[0] = w0;
    out->record[1] = w1;
    out->record[2] = w2;
    out->record[3] = w3;
    memset(out->known, 0xff, sizeof out->known);
}

bool oracle_silent(struct oracle *o)
{
    o->out->outcome = ORACLE_ABORT;
    return false;
}

bool oracle_config_error(struct oracle *o, enum oracle_event event, bool has_ssid, uint32_t ssid)
{
    o->out->outcome = ORACLE_ABORT;
    o->out->cause = (uint8_t)event;
    uint64_t w0 = word0(o, event, has_ssid, ssid);
    if (event == C_BAD_SUBSTREAMID) /* 7.3.9: SubstreamID, no SSV */
        w0 = word0(o, event, false, 0) | (uint64_t)ssid << 12;
    if (event == F_STREAM_DISABLED) /* 7.3.7: neither */
        w0 = word0(o, event, false, 0);
    record(o, event, w0, 0, 0, 0);
    if (!has_ssid && event != C_BAD_SUBSTREAMID && event != F_STREAM_DISABLED)
        o->out->known[0] &= ~UINT64_C(0xfffff000); /* SubstreamID is UNKNOWN without SSV */
    return false;
}

bool oracle_fetch_abort(struct oracle *o, enum oracle_event event, uint64_t fetched)
{
    const struct oracle_access *a = o->a;
    o->out->outcome = ORACLE_ABORT;
    o->out->cause = (uint8_t)event;
    record(o, event, word0(o, event, a->ssv, a->substreamid), 0, 0, fetched & ~UINT64_C(7));
    if (!a->ssv)
        o->out->known[0] &= ~UINT64_C(0xfffff000);
    o->out->known[1] = ~UINT64_C(0xffff); /* Reason */
    o->out->known[3] = ~UINT64_C(0) >> (64 - oracle_oas(o));
    return false;
}

bool oracle_fault(struct oracle *o, struct fault fault)
{
    const struct oracle_access *a = o->a;
    struct oracle_answer *out = o->out;
    out->cause = (uint8_t)fault.event;
    out->stage2 = fault.stage2;
    out->class = fault.class;
    uint64_t w1 = (uint64_t)o->privileged << 33 | (uint64_t)o->instruction << 34 |
                  (uint64_t)!a->write << 35 | (uint64_t)fault.stage2 << 39 |
                  (uint64_t)fault.class << 40;
    if (fault.event == F_PERMISSION && fault.class == ORACLE_TT)
        w1 |= (uint64_t)fault.tt_read << 44;
    uint64_t w3 = fault.event == F_WALK_EABT ? fault.fetched & ~UINT64_C(7)
                  : fault.stage2             ? fault.ipa & ~UINT64_C(0xfff)
                                             : 0;
    record(o, fault.event, word0(o, fault.event, a->ssv, a->substreamid), w1, a->address, w3);
    if (!a->ssv)
        out->known[0] &= ~UINT64_C(0xfffff000);
    out->known[1] &= ~UINT64_C(0xffff); /* STAG, Reason */
    if (fault.class != ORACLE_TT)
        out->known[1] &= ~(UINT64_C(1) << 44); /* TTRnW */
    if (fault.event != F_WALK_EABT && !fault.stage2)
        out->known[3] = 0; /* IPA */

    /* 5.5, 3.4: what the four translation-related faults do. */
    out->outcome = ORACLE_ABORT;
    if (fault.event == F_WALK_EABT || fault.bypass)
        return false;
    bool stall, keep;
    if (fault.stage2) {
        stall = bits(o->ste[2], 57, 57);
        keep = bits(o->ste[2], 58, 58);
    } else {
        stall = bits(o->cd.w[0], 44, 44);
        keep = bits(o->cd.w[0], 45, 45);
        if (!bits(o->cd.w[0], 46, 46) && !stall)
            out->outcome = ORACLE_RAZWI;
    }
    if (stall) {
        out->outcome = ORACLE_STALL;
        out->record[1] |= UINT64_C(1) << 31;
    } else if (!keep) {
        out->event = 0;
    }
    return false;
}

/* 6.3.14, 13.2 */
static void disabled(struct oracle *o)
{
    const struct oracle_access *a = o->a;
    uint32_t gbpa = o->r->gbpa;
    if (bits(gbpa, 20, 20) || beyond(a->address, oracle_oas(o))) {
        oracle_silent(o);
        return;
    }
    struct attributes attr = oracle_override(
        oracle_attributes_of_byte(a->attr, a->sh), bits(o->r->idr[1], 27, 27), bits(gbpa, 4, 4),
        (unsigned)bits(gbpa, 3, 0), (unsigned)bits(gbpa, 11, 8), (unsigned)bits(gbpa, 13, 12));
    attr = oracle_consistent(attr);
    o->out->address = a->address;
    o->out->attr = oracle_byte_of_attributes(attr);
    o->out->sh = attr.sh;
}

/* 5.2 PRIVCFG, INSTCFG; 13.1.2: writes are Data. */
static void override_permissions(struct oracle *o)
{
    o->privileged = o->a->privileged;
    o->instruction = o->a->instruction && !o->a->write;
    if (!bits(o->r->idr[1], 26, 26))
        return;
    unsigned privcfg = (unsigned)bits(o->ste[1], 49, 48),
             instcfg = (unsigned)bits(o->ste[1], 51, 50);
    if (privcfg >= 2)
        o->privileged = privcfg == 3;
    if (instcfg >= 2 && !o->a->write)
        o->instruction = instcfg == 3;
}

/* 5.2 S1CDMax, S1DSS, S1Fmt; false: the access has ended. */
static bool choose_cd(struct oracle *o, bool *bypass, uint32_t *index)
{
    const struct oracle_access *a = o->a;
    unsigned ssidsize = (unsigned)bits(o->r->idr[1], 10, 6);
    unsigned cdmax = ssidsize ? (unsigned)bits(o->ste[0], 63, 59) : 0;
    unsigned dss = (unsigned)bits(o->ste[1], 1, 0);
    *bypass = false;
    *index = 0;
    if (!o->stage1 || !cdmax) {
        if (a->ssv)
            return oracle_config_error(o, C_BAD_SUBSTREAMID, true, a->substreamid);
        return true;
    }
    if (a->ssv) {
        if (a->substreamid >> cdmax)
            return oracle_config_error(o, C_BAD_SUBSTREAMID, true, a->substreamid);
        if (dss == 2 && a->substreamid == 0)
            return oracle_config_error(o, F_STREAM_DISABLED, true, 0);
        *index = a->substreamid;
        return true;
    }
    if (dss == 1)
        *bypass = true;
    else if (dss != 2)
        return oracle_config_error(o, F_STREAM_DISABLED, false, 0);
    return true;
}

static bool translate(struct oracle *o)
{
    const struct oracle_access *a = o->a;
    if (!oracle_find_ste(o))
        return false;
    if (oracle_ste_illegal(o))
        return oracle_config_error(o, C_BAD_STE, a->ssv, a->substreamid);
    unsigned config = (unsigned)bits(o->ste[0], 3, 1);
    if (config < 4)
        return oracle_silent(o);
    o->out->config = (uint8_t)config;
    o->out->eats = (uint8_t)bits(o->ste[1], 29, 28);
    o->stage1 = config & 1;
    o->stage2 = config & 2;
    override_permissions(o);
    /* 5.2 STRW: used only when stage 1 alone translates and Hyp is there. */
    o->world = NS_EL1;
    if (config == 5 && bits(o->r->idr[0], 9, 9) && bits(o->ste[1], 31, 30) == 2)
        o->world = o->r->cr2 & 1 ? EL2_E2H : EL2;

    bool bypass;
    uint32_t index;
    if (!choose_cd(o, &bypass, &index))
        return false;
    struct attributes attr =
        oracle_override(oracle_attributes_of_byte(a->attr, a->sh), bits(o->r->idr[1], 27, 27),
                        bits(o->ste[1], 36, 36), (unsigned)bits(o->ste[1], 35, 32),
                        (unsigned)bits(o->ste[1], 40, 37), (unsigned)bits(o->ste[1], 45, 44));
    uint64_t address = a->address;
    if (o->stage1 && !bypass) {
        if (!oracle_find_cd(o, index))
            return false;
        if (oracle_cd_illegal(o))
            return oracle_config_error(o, C_BAD_CD, a->ssv, a->substreamid);
        if (!oracle_stage1_walk(o, a->address, &address, &attr))
            return false;
    } else if (beyond(address, oracle_oas(o))) { /* 3.4: IAS is OAS without VMSAv8-32 */
        return oracle_fault(
            o, (struct fault){.event = F_ADDR_SIZE, .class = ORACLE_IN, .bypass = true});
    }
    if (o->stage2 && !oracle_stage2_walk(o, ORACLE_IN, address, a->write, &address, &attr))
        return false;
    attr = oracle_consistent(attr);
    o->out->address = address;
    o->out->attr = oracle_byte_of_attributes(attr);
    o->out->sh = attr.sh;
    return true;
}

void oracle_translate(const struct oracle_registers *registers, const struct oracle_memory *memory,
                      const struct oracle_access *access, struct oracle_answer *answer)
{
    struct oracle o = {.r = registers, .m = memory, .a = access, .out = answer};
    memset(answer, 0, sizeof *answer);
    answer->outcome = ORACLE_DONE;
    if (registers->cr0 & 1)
        translate(&o);
    else
        disabled(&o);
}
