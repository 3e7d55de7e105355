/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The SMMU's state block, and what its files share. */
#ifndef SMMU_STATE_H
#define SMMU_STATE_H

#include <doorbell/smmu.h>

#include "base/cache.h"
#include "base/memory.h"
#include "base/steps.h"
#include "rules.h"
#include "smmu_regs.h"

/* Memory type and shareability (13.1.1). */
struct attributes {
    uint8_t type; /* a MAIR byte */
    uint8_t sh;   /* enum dbell_shareability */
};

struct mpam {
    uint16_t partid;
    uint8_t pmg;
};

struct msi_registers {
    uint64_t address;
    uint32_t data, attributes;
};

struct atos_registers {
    uint32_t ctrl;
    uint64_t sid, addr, par;
};

/* Which of the two interfaces a request was made through. */
enum atos_group { ATOS_NONE, ATOS_GLOBAL, ATOS_VIRTUAL };

struct registers {
    uint32_t cr0, cr0ack, cr1, cr2, gbpa, gmpam, gbpmpam;
    uint32_t irq_ctrl, irq_ctrlack, gerror, gerrorn;
    struct msi_registers gerror_irq, eventq_irq, priq_irq;
    uint64_t strtab_base;
    uint32_t strtab_cfg;
    uint64_t cmdq_base, eventq_base, priq_base;
    struct atos_registers gatos, vatos;
    uint32_t vatos_sel;
    uint32_t cmdq_prod, cmdq_cons, eventq_prod, eventq_cons, priq_prod, priq_cons;
};

/* A performance monitor counter group (10.5). */
struct pmcg_group {
    uint64_t evcnt[DBELL_PMCG_COUNTERS], svr[DBELL_PMCG_COUNTERS];
    uint32_t evtyper[DBELL_PMCG_COUNTERS], smr[DBELL_PMCG_COUNTERS];
    uint64_t cnten, inten, ovs;
    bool enabled, irq_ctrl, irq_ctrlack, irq_status;
    struct msi_registers msi;
};

/* One set of translation tables, as a walk needs it. */
struct regime {
    uint64_t base;
    uint8_t input_bits; /* 64 - TxSZ */
    uint8_t granule;    /* log2 of bytes: 12, 14, 16 */
    uint8_t start_level;
    uint8_t output_bits;    /* effective IPS or S2PS */
    struct attributes walk; /* of the descriptor fetches */
    bool big_endian;
    bool disabled; /* EPDx */
    bool wide;     /* 64 KB granule and 52-bit addresses: descriptor bits [15:12] hold [51:48] */
};

enum streamworld { WORLD_NS_EL1, WORLD_NS_EL2, WORLD_NS_EL2_E2H };

/* What replaces the attributes that come in: the fields that STE and GBPA share (13.1.4). */
struct overrides {
    bool mtcfg;
    uint8_t memattr, shcfg, alloccfg, privcfg, instcfg;
};

/* A valid STE (5.2). */
struct ste {
    bool pass, stage1, stage2;
    uint8_t s1fmt, s1cdmax, s1dss;
    uint8_t world; /* enum streamworld */
    uint8_t eats, cont;
    struct overrides overrides;
    bool overriding; /* any of them does something */
    bool s1stalld, mev, dre, dcp, s1mpam, ppar;
    struct attributes cd_fetch;
    struct mpam mpam;
    uint64_t vmsptr;
    uint64_t digest; /* where conflicts are reported */
    bool s2s, s2r, s2affd, s2ha, s2hd, s2ptw, s2fwb;
    uint16_t vmid;
    uint64_t s1contextptr;
    struct regime s2;
};

/* A valid CD (5.4), reached through a particular STE. */
struct cd {
    struct regime ttb[2];
    bool tbi[2], had[2], e0pd[2];
    bool a, r, s, affd, ha, hd, wxn, pan, epan, aset;
    uint16_t asid;
    struct mpam mpam; /* PARTID is a virtual one with stage 2 */
    uint64_t mair;
};

/* The configuration of a stream and substream: what a configuration cache entry holds. */
struct context {
    uint8_t fault;     /* enum dbell_event: every access ends so */
    bool silent_abort; /* STE.Config == 0b000 */
    bool stage1, stage2;
    uint32_t streamid, cd_index;
    uint64_t floor_epoch; /* the floors below are of this epoch */
    uint64_t floor, floor_global;
    uint64_t tag, tag_global; /* TLB keys (tlb.h) */
    uint8_t rule;             /* enum rule, with `fault` */
    struct mpam mpam;         /* of the accesses of the client, and of stage 1 walks (17.2) */
    struct ste ste;
    struct cd cd;
};

enum { EATS_NONE = 0, EATS_FULL = 1, EATS_SPLIT = 2 };

/* Which of TTB0 and TTB1 an address is translated by (3.4.1). */
static inline unsigned table_of(const struct context *context, uint64_t va)
{
    return context->ste.world == WORLD_NS_EL2 ? 0 : va >> 55 & 1;
}

/* Who asked, and what for; carried through all of a translation. */
struct access {
    struct dbell_smmu *smmu;
    struct dbell_itinerary *itinerary;
    int32_t after; /* the step that the next one depends on */
    uint32_t streamid, substreamid;
    bool ssv, write, privileged, instruction; /* as the STE leaves them */
    bool data;                                /* always: not an instruction (13.1.4) */
    bool privileged_in, instruction_in;       /* as the transaction had them */
    uint8_t at;                               /* enum dbell_address_type */
    bool request; /* an ATS Translation Request; `write`: it is for a write too (NW == 0) */
    bool speculative;
    bool mergeable; /* its event may be merged (STE.MEV, 7.3.1) */
    bool nosnoop;
    bool refused;   /* it has to be tried again: there is no slot for a stall (3.12.2.3) */
    uint64_t epoch; /* of the attempt: a later one makes it start again */
    bool foresees;  /* reads and writes down what an access would need, and changes nothing */
    bool passive;   /* no hardware updates: clean is writable, AF is 1 (9.1, HTTUI) */
    uint8_t op;     /* enum dbell_op */
    /* Permission bits that every stage must grant: all of `needed`, and one of `any` if it is not
     * empty (permission.h). */
    uint8_t needed, any;
    struct attributes in;
    uint64_t input;
};

/* Why an access does not go through. */
struct fault {
    uint8_t event; /* enum dbell_event; of a failed walk, NONE: start again */
    bool s2;
    uint8_t class; /* evt.h CLASS_ */
    bool ttrnw;
    bool write_granted;      /* of an atomic: only the read is forbidden (13.1.1) */
    bool no_response_choice; /* a translation-related fault that CD.{A,R,S} does not govern (3.4) */
    uint64_t ipa, fetch_address;
    enum rule rule;
};

/* 7.3.13 to 7.3.16: what CD.{A,R,S} govern and a PAR tells apart. */
static inline bool translation_related(const struct fault *fault)
{
    return fault->event >= DBELL_EVENT_F_TRANSLATION && fault->event <= DBELL_EVENT_F_PERMISSION;
}

/* 3.9.1.2, 3.9.1.3: what CR2.REC_CFG_ATS governs. */
static inline bool of_configuration(uint8_t event)
{
    switch (event) {
    case DBELL_EVENT_C_BAD_STREAMID:
    case DBELL_EVENT_F_STE_FETCH:
    case DBELL_EVENT_C_BAD_STE:
    case DBELL_EVENT_F_STREAM_DISABLED:
    case DBELL_EVENT_C_BAD_SUBSTREAMID:
    case DBELL_EVENT_F_CFG_CONFLICT:
    case DBELL_EVENT_F_VMS_FETCH:
        return true;
    default:
        return false;
    }
}

/* A record on its way to the event queue. */
struct event {
    uint64_t words[4];
};

/* A page request on its way to the PRI queue, as the queue has it (pri.h). */
struct page_request {
    uint64_t words[2];
};

enum { PAGE_REQUEST_SLOTS = 32 };

enum { EVENT_SLOTS = 64, UNTOLD = 4 };

/* An access that waits for CMD_RESUME (3.12.2). */
struct stall {
    bool used, retry;
    bool abort_on_terminate, terminate;
    bool unrecorded;     /* its event found no place in the queue */
    uint32_t generation; /* makes tokens of one STAG differ */
    uint32_t streamid, substreamid;
    bool ssv, privileged, instruction, nosnoop;
    uint8_t op; /* enum dbell_op */
    struct attributes in;
    uint64_t input;
    uint32_t length;
};

enum regime_kind {
    REGIME_EL1 = DBELL_REGIME_EL1,
    REGIME_S2 = DBELL_REGIME_S2,
    REGIME_EL2 = DBELL_REGIME_EL2,
    REGIME_EL2_E2H = DBELL_REGIME_EL2_E2H,
    REGIMES
};

/* Invalidation by scope is one store: entries with a stamp below the floor of their scope are
 * dead. Scopes share slots by a hash of their IDs, which may invalidate more than was asked
 * (4.4 permits it), never less. */
enum { VMID_SLOTS = 1024, ASID_SLOTS = 1024 };

struct floors {
    uint64_t all[REGIMES];
    uint64_t vmid[VMID_SLOTS];
    uint64_t asid[ASID_SLOTS];
};

struct dbell_smmu_state {
    uint64_t magic;
    uint64_t size;
    struct dbell_smmu_config config;
    struct dbell_smmu_features features;
    struct registers r;
    struct dbell_smmu_invalidation untold[UNTOLD]; /* not told to the invalidations port yet */
    uint32_t untold_count;
    uint64_t epoch;      /* stamp of fills from now on; grows with every invalidation */
    uint64_t tlb_sizes;  /* bit n: an entry of 2^n bytes may be in the TLB */
    bool tlb_global;     /* a global entry may be in the TLB */
    bool tlb_splintered; /* an entry smaller than its stage 1 block may be in the TLB */
    struct floors floors;

    uint64_t sync_epoch;          /* accesses that began before the last CMD_SYNC ... */
    uint64_t open_old;            /* ... and are still open, and ... */
    uint64_t open_new;            /* ... those that began since */
    bool syncing;                 /* a CMD_SYNC waits; later accesses are not its concern */
    bool stepping;                /* a unit is in a call-out */
    bool failed;                  /* Service Failure Mode (12.3) */
    enum atos_group atos_running; /* a request is under way */
    uint32_t held;                /* enables in CR0 of units that are in a call-out */
    uint32_t walking;             /* accesses that are in a call-out and may need an event slot */

    struct event events[EVENT_SLOTS];
    uint32_t event_first, event_count;
    uint8_t msi_pending;                        /* bit per enum dbell_smmu_line, and ... */
    struct msi_registers msi[DBELL_SMMU_LINES]; /* ... what is written then */
    uint8_t msi_on_bus;                         /* bit per line: its write has not returned */

    struct page_request page_requests[PAGE_REQUEST_SLOTS];
    uint32_t page_request_first, page_request_count;

    uint32_t atc_open;  /* CMD_ATC_INVs whose completion has not come */
    uint32_t atc_tag;   /* of those since the last reset */
    bool atc_timed_out; /* one of them will never complete (3.9.1.4) */

    bool pmcg_counting; /* some counter is enabled */
    struct pmcg_group pmcg[DBELL_PMCG_GROUPS];

    uint32_t stall_capacity, stall_count;
    uint32_t stall_free;     /* no slot below is free */
    uint32_t stall_answered; /* software has answered no slot below */
    bool any_unrecorded;
    uint64_t stalls_offset;

    uint64_t counters[DBELL_SMMU_COUNTERS];
    bool said_stall_limit;

    struct cache configs;
    struct cache tlb;
};

/* 5.2 EATS: split-stage ATS needs CR0.ATSCHK, and 0b11 is reserved without DPTs. */
static inline unsigned effective_eats(const struct dbell_smmu_state *state, const struct ste *ste)
{
    if (ste->eats == EATS_SPLIT)
        return state->r.cr0 & CR0_ATSCHK ? EATS_SPLIT : EATS_NONE;
    return ste->eats == EATS_FULL ? EATS_FULL : EATS_NONE;
}

static inline struct stall *stalls(struct dbell_smmu_state *state)
{
    return (struct stall *)((uintptr_t)state + (uintptr_t)state->stalls_offset);
}

/* What the completion port names a stalled access by: the instance, how often the STAG was used,
 * and the STAG, so that none is reused soon for another access that someone may still wait for. */
static inline uint32_t stall_token(const struct dbell_smmu_state *state, uint16_t stag,
                                   uint32_t generation)
{
    return (uint32_t)state->config.instance << 28 | (generation & 0xfff) << 16 | stag;
}

/* Whether an MSI of a line has yet to be made, or to come back. */
static inline bool msi_outstanding(const struct dbell_smmu_state *state, unsigned line)
{
    return (state->msi_pending | state->msi_on_bus) >> line & 1;
}

static inline void count(struct dbell_smmu_state *state, enum dbell_smmu_counter counter)
{
    state->counters[counter]++;
}

/* Anything that a walk under way may have used has changed: it must start again, and what is
 * stamped from now on is newer than the invalidation. */
static inline void invalidated(struct dbell_smmu_state *state,
                               const struct dbell_smmu_invalidation *what)
{
    state->epoch++;
    if (state->untold_count == UNTOLD)
        state->untold[0] = (struct dbell_smmu_invalidation){.kind = DBELL_INVALIDATED_ALL};
    else
        state->untold[state->untold_count++] = *what;
}

static inline void invalidated_all(struct dbell_smmu_state *state)
{
    invalidated(state, &(struct dbell_smmu_invalidation){.kind = DBELL_INVALIDATED_ALL});
}

/* Tells the invalidations port of what has been invalidated since the last call. */
void dbell__tell_invalidations(struct dbell_smmu *smmu);

static inline uint32_t queue_log2size(uint64_t base, uint8_t limit)
{
    uint32_t log2size = (uint32_t)get(&base, QUEUE_LOG2SIZE);
    return log2size < limit ? log2size : limit;
}

static inline bool queue_empty(uint32_t prod, uint32_t cons, uint32_t log2size)
{
    return ((prod ^ cons) & (uint32_t)ones(log2size + 1)) == 0;
}

static inline bool queue_full(uint32_t prod, uint32_t cons, uint32_t log2size)
{
    return ((prod ^ cons) & (uint32_t)ones(log2size + 1)) == UINT32_C(1) << log2size;
}

/* ids.c */
unsigned dbell__oas_bits(unsigned field);
bool dbell__granule_supported(const struct dbell_smmu_features *features, unsigned granule);

/* ste.c, cd.c: the decoded structure and RULE_NONE, or the rule that makes it ILLEGAL */
enum rule dbell__ste_decode(const struct dbell_smmu_features *features, bool e2h,
                            const uint64_t words[8], struct ste *ste);
enum rule dbell__cd_decode(const struct dbell_smmu_features *features, const struct ste *ste,
                           const uint64_t words[8], struct cd *cd);

/* config.c: false with a fault. The context is a copy: it stays valid across call-outs. */
bool dbell__config_fetch(struct access *access, struct context *context, struct fault *fault);
/* Of a Translated transaction the STE alone, with the CD left out; of a Translation Request also
 * F_BAD_ATS_TREQ, where the STE does not allow it.
 *
 * Its two halves, without the cache: the STE (context->fault: it is bad); and the CD where the
 * access needs one, with context->stage1 and what follows from it. */
bool dbell__config_fetch_ste(struct access *access, struct context *context, struct fault *fault);
bool dbell__config_fetch_stages(struct access *access, struct context *context,
                                struct fault *fault);
static inline struct cache_key config_key(const struct access *access)
{
    return (struct cache_key){.a = (uint64_t)1 << 63 | access->streamid,
                              .b = (access->ssv ? (uint64_t)1 << 32 | access->substreamid : 0) |
                                   (uint64_t)(access->at & DBELL_AT_TRANSLATED) << 32};
}
void dbell__config_invalidate_all(struct dbell_smmu_state *state);
void dbell__config_invalidate_streams(struct dbell_smmu_state *state, uint32_t first,
                                      uint32_t last);
void dbell__config_invalidate_cd(struct dbell_smmu_state *state, uint32_t streamid, bool all,
                                 uint32_t index);

/* event.c */
static inline bool event_slot_free(const struct dbell_smmu_state *state)
{
    return state->event_count + state->walking < EVENT_SLOTS;
}
void dbell__event_record(struct access *access, const struct fault *fault, bool stall,
                         uint16_t stag);
/* What is on its way to the queue does not get there: EVENTQEN has changed (7.2.1). */
void dbell__event_discard(struct dbell_smmu_state *state);
void dbell__event_post(struct dbell_smmu_state *state, const uint64_t words[4], bool mergeable);
/* Whether records of stalls that found no place in the queue can be made now. */
bool dbell__event_next(const struct dbell_smmu_state *state, uint64_t *address, uint32_t *size);
bool dbell__event_revives(const struct dbell_smmu_state *state);
int dbell__event_step(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary);

/* interrupt.c */
void dbell__interrupt(struct dbell_smmu *smmu, enum dbell_smmu_line line);
void dbell__interrupt_pmcg(struct dbell_smmu *smmu, unsigned group);
void dbell__irq_acknowledge(struct dbell_smmu_state *state);
void dbell__gerror(struct dbell_smmu *smmu, uint32_t bit);
bool dbell__msi_next(const struct dbell_smmu_state *state, uint64_t *address, uint32_t *size);
int dbell__msi_step(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary);

/* cmdq.c */
bool dbell__cmdq_ready(const struct dbell_smmu_state *state);
int dbell__cmdq_step(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary);

/* stall.c */
/* Whether an access that would stall has to wait for a slot: it may not be terminated (3.12.2.3).
 */
bool dbell__stall_refuses(const struct dbell_smmu_state *state);
bool dbell__stall(struct access *access, uint32_t length, uint16_t *stag, uint32_t *token);
/* Of a STAG: its event could not be written. */
void dbell__stall_unrecorded(struct dbell_smmu_state *state, uint16_t stag);
bool dbell__stall_has_unrecorded(const struct dbell_smmu_state *state);
/* The event queue is writable: what is unrecorded is tried again. */
void dbell__stall_retry_unrecorded(struct dbell_smmu_state *state);
/* Whether the access of a STAG still waits for software. */
bool dbell__stall_waits(struct dbell_smmu_state *state, uint16_t stag);
void dbell__stall_resume(struct dbell_smmu_state *state, uint32_t streamid, uint16_t stag,
                         bool retry, bool abort);
void dbell__stall_terminate(struct dbell_smmu_state *state, uint32_t streamid);
void dbell__stall_terminate_all(struct dbell_smmu_state *state);

/* atos.c */
bool dbell__atos_asked(const struct dbell_smmu_state *state);
int dbell__atos_step(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary);
/* Ends what has not been answered: what has begun only if `running`; without, the Update of SMMUEN
 * waits for it (6.3.37). */
void dbell__atos_abort(struct dbell_smmu_state *state, bool running);

/* retry.c */
bool dbell__stall_answered(struct dbell_smmu_state *state);
int dbell__retry_step(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary);

/* atc.c: CMD_ATC_INV. False: the Root Complex does not take it now. */
bool dbell__atc_invalidate(struct dbell_smmu *smmu, const uint64_t command[2]);

/* pri.c: CMD_PRI_RESP, in the same way; and the writer of the queue. */
bool dbell__pri_respond(struct dbell_smmu *smmu, const uint64_t command[2]);
bool dbell__pri_next(const struct dbell_smmu_state *state, uint64_t *address, uint32_t *size);
int dbell__pri_step(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary);

/* translate.c */
int dbell__translate(struct access *access, uint32_t length, struct dbell_translation *result);

/* regs.c */
void dbell__registers_reset(struct dbell_smmu_state *state);
/* A unit begins, or ends, what its enable in CR0 must wait for. False: a reset has come between. */
static inline void unit_begins(struct dbell_smmu_state *state, uint32_t enable)
{
    state->held |= enable;
}
bool dbell__unit_ends(struct dbell_smmu_state *state, uint32_t enable);
/* CoreSight identification word from PIDR4 on, as IIDR has it. */
uint32_t dbell__coresight(const struct dbell_smmu_config *config, unsigned index);

#endif
