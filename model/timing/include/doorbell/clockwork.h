/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The clockwork: when things happen. It knows who waits for whom, how many are under way and what a
 * miss costs, and nothing of what they mean: before an act it asks what the act will need (its
 * itinerary), lets that time pass, and has the act done, whole, at its cycle.
 *
 * State is one block of the caller's memory without pointers. Nothing allocates, nothing reads a
 * host's clock, and equal calls give equal cycles everywhere. */
#ifndef DOORBELL_CLOCKWORK_H
#define DOORBELL_CLOCKWORK_H

#include <stddef.h>

#include <doorbell/itinerary.h>
#include <doorbell/timing.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DBELL_NEVER UINT64_MAX

/* Where the time of an access goes. Waiting for a unit counts as time there, and as no visit. */
enum dbell_clockwork_unit {
    DBELL_CW_PORT,         /* smmu.tbu.width */
    DBELL_CW_WRITE_BUFFER, /* waiting for room */
    DBELL_CW_TBU_SLOT,     /* waiting for one */
    DBELL_CW_BYPASS,
    DBELL_CW_MICRO_TLB,
    DBELL_CW_TBU_TLB,
    DBELL_CW_TBU_MERGE, /* waiting for somebody else's miss */
    DBELL_CW_LINK_TOKEN,
    DBELL_CW_LINK_UP,
    DBELL_CW_TCU_SLOT,
    DBELL_CW_TCU_TLB,
    DBELL_CW_CONFIG_CACHE,
    DBELL_CW_CONFIG_SLOT, /* waiting for a slot, or for somebody else's fetch */
    DBELL_CW_WALK_SLOT,   /* waiting for a slot, or for somebody else's walk */
    DBELL_CW_IPA_CACHE,
    DBELL_CW_WALK_CACHE,
    DBELL_CW_MEMORY, /* the SMMU's reads and updates */
    DBELL_CW_LINK_DOWN,
    DBELL_CW_RECORD, /* waiting for room for an event record, or for software */
    DBELL_CW_ORDER,  /* waiting for an earlier write of the device */
    DBELL_CW_DATA,
    DBELL_CW_ITS_FIFO,
    DBELL_CW_ITS_ACCEPT,
    DBELL_CW_ITS_SLOT,
    DBELL_CW_DEVICE_CACHE,
    DBELL_CW_EVENT_CACHE,
    DBELL_CW_COLLECTION_CACHE,
    DBELL_CW_ITS_MEMORY,
    DBELL_CW_ITS_LINK,
    DBELL_CW_LPI_CACHE,
    DBELL_CW_LPI_MEMORY,
    DBELL_CW_COMMAND, /* of a command processor or a writer itself */
    DBELL_CW_DRAIN,   /* CMD_SYNC, SYNC: waiting for what is older */
    DBELL_CW_DEVICE,  /* pcie.latency */
    DBELL_CW_UNITS
};
const char *dbell_clockwork_unit_name(enum dbell_clockwork_unit unit);

enum dbell_journey_kind {
    DBELL_JOURNEY_ACCESS,  /* of a device */
    DBELL_JOURNEY_REQUEST, /* an ATS Translation Request */
    DBELL_JOURNEY_ACT      /* of a unit that acts by itself */
};

/* An access of a device, as far as time depends on it. */
struct dbell_journey {
    uint8_t kind; /* enum dbell_journey_kind */
    bool write;
    uint16_t smmu;   /* DBELL_NO_SMMU: nothing translates it */
    uint16_t tbu;    /* of that SMMU */
    uint32_t device; /* whose writes leave in their order, and whom it is counted for */
    uint32_t streamid, substreamid; /* substreamid with bit 31: it has one */
    uint64_t address;
    uint32_t length;
    uint64_t user; /* the caller's */
};
#define DBELL_NO_SMMU       UINT16_MAX
#define DBELL_HAS_SUBSTREAM (UINT32_C(1) << 31)

/* What caches tell translations apart by. */
struct dbell_clockwork_tag {
    uint8_t regime;
    bool global;
    uint16_t vmid, asid;
};

/* What a translation will need. `steps` is the clockwork's memory for its reads and updates, in
 * their order; the first `config_steps` of them fetch the configuration. */
struct dbell_foreseen {
    struct dbell_itinerary steps;
    uint32_t config_steps;
    struct dbell_clockwork_tag tag;
    uint8_t page_log2; /* 0: no page */
    bool updates;      /* a write to the page needs an update first */
};

/* What a message will need. */
struct dbell_foreseen_message {
    struct dbell_itinerary steps; /* reads of the ITS's tables */
    uint32_t deviceid, eventid, intid;
    uint32_t collection; /* or a vPE, with bit 31 */
    bool delivered;      /* it becomes an LPI, at: */
    uint32_t redistributor;
    uint64_t config_address; /* of the LPI's configuration */
};

/* What an act of a unit will need. */
struct dbell_foreseen_act {
    uint16_t cost;       /* enum dbell_timing_parameter: its own cycles */
    uint8_t read, write; /* bytes that it reads first, and writes last; 0: none */
    uint64_t read_address, write_address;
    bool drains;           /* it waits for what is older than itself */
    bool visits_tbus;      /* goes to the TBUs and back */
    bool reads_unforeseen; /* its steps are told by the act, and take their time after it */
    bool has_message;      /* what it writes is a message, for that ITS */
    uint16_t its;
};

/* How an act went. */
enum dbell_clockwork_verdict {
    DBELL_CW_GOES,    /* on to memory */
    DBELL_CW_MESSAGE, /* on to an ITS */
    DBELL_CW_ENDS,    /* it is over */
    DBELL_CW_PARKS,   /* it stalls until dbell_clockwork_resume() */
    DBELL_CW_AGAIN    /* there was no room: after the next act of a unit */
};

/* An access that was translated. */
struct dbell_translated {
    uint64_t address;  /* where it goes */
    uint8_t page_log2; /* this much around it goes the same way; 0: no page */
    bool updates;      /* a write to the page is not served by a TLB: it needs an update first */
    uint16_t its;      /* with DBELL_CW_MESSAGE */
};

/* A request that leaves for memory. */
struct dbell_clockwork_request {
    uint32_t journey;
    uint8_t kind;  /* enum dbell_journey_kind, and its */
    uint64_t user; /* `user` */
    uint16_t port; /* enum dbell_timing_parameter: MEMORY_LATENCY, DATA_LATENCY, ... */
    uint16_t part; /* which SMMU or ITS */
    bool write;
    uint64_t address;
    uint32_t length;
};

/* How an access passed its time. Cycles of the clock; DBELL_NEVER: it did not come there. */
struct dbell_access_times {
    uint64_t issued, granted, accepted, moved, ended;
    uint32_t reads; /* accesses of memory that it waited for, one after the other */
    uint64_t cycles[DBELL_CW_UNITS];
    uint32_t visits[DBELL_CW_UNITS];
};

/* A stay of a journey in a unit, for a timeline. */
struct dbell_clockwork_span {
    uint32_t journey, device;
    uint16_t part; /* which SMMU, TBU or ITS; of units of SMMUs: smmu << 8 | tbu */
    uint8_t unit, kind;
    uint64_t begin, end, user;
};

/* What acts by itself: six units of each SMMU, one of each ITS, and what stands for devices. */
enum dbell_clockwork_actor {
    DBELL_ACTOR_EVENTS,
    DBELL_ACTOR_MSIS,
    DBELL_ACTOR_RETRIES,
    DBELL_ACTOR_ATOS,
    DBELL_ACTOR_PAGE_REQUESTS,
    DBELL_ACTOR_COMMANDS,
    DBELL_SMMU_ACTORS,
    DBELL_ACTOR_ITS = DBELL_SMMU_ACTORS,
    DBELL_ACTOR_DEVICES,
};

/* The function. None of these may call the clockwork, but for dbell_clockwork_resume(),
 * dbell_clockwork_invalidate() and dbell_clockwork_answer(). */
struct dbell_clockwork_ports {
    void *ctx;
    /* Whether nothing is looked up for it: registers alone decide. */
    bool (*decided)(void *ctx, const struct dbell_journey *journey);
    void (*foresee)(void *ctx, const struct dbell_journey *journey, struct dbell_foreseen *out);
    enum dbell_clockwork_verdict (*translate)(void *ctx, const struct dbell_journey *journey,
                                              struct dbell_translated *out);
    void (*foresee_message)(void *ctx, const struct dbell_journey *journey, unsigned its,
                            struct dbell_foreseen_message *out);
    /* Its data moves, or its message is made. */
    void (*move)(void *ctx, const struct dbell_journey *journey);
    /* An ITS has taken it in: the device is done with it. Optional. */
    void (*accepted)(void *ctx, const struct dbell_journey *journey);
    void (*end)(void *ctx, const struct dbell_journey *journey,
                const struct dbell_access_times *times);
    /* Actors: whether one has work, what its next act needs, and the act. DBELL_CW_AGAIN: not yet.
     * `steps` are what it did, for acts that are foreseen by nobody (retries, ATOS). */
    bool (*work)(void *ctx, enum dbell_clockwork_actor actor, unsigned part);
    void (*foresee_act)(void *ctx, enum dbell_clockwork_actor actor, unsigned part,
                        struct dbell_foreseen_act *out);
    enum dbell_clockwork_verdict (*act)(void *ctx, enum dbell_clockwork_actor actor, unsigned part,
                                        struct dbell_itinerary *steps);
    /* Optional. True: dbell_clockwork_answer() comes later; else the port's latency holds. */
    bool (*request)(void *ctx, const struct dbell_clockwork_request *request);
    /* Optional: so many cycles, UINT32_MAX at most, instead of the port's latency. */
    uint64_t (*latency)(void *ctx, const struct dbell_clockwork_request *request);
    void (*span)(void *ctx, const struct dbell_clockwork_span *span);
};

struct dbell_clockwork_config {
    struct dbell_timing timing;
    uint16_t smmus, tbus, itses; /* TBUs of each SMMU */
    uint32_t journeys;           /* under way at the same time */
    uint32_t seed;               /* of random replacement */
};

struct dbell_clockwork_state;
struct dbell_clockwork {
    struct dbell_clockwork_state *state;
    struct dbell_clockwork_ports ports;
};

/* 0: out of range. */
size_t dbell_clockwork_state_size(const struct dbell_clockwork_config *config);
/* `state` is aligned to 16 bytes. DBELL_E_ARGUMENT, DBELL_E_RANGE, DBELL_E_SIZE. */
int dbell_clockwork_init(struct dbell_clockwork *cw, void *state, size_t size,
                         const struct dbell_clockwork_config *config,
                         const struct dbell_clockwork_ports *ports);

uint64_t dbell_clockwork_now(const struct dbell_clockwork *cw);
/* The cycle of the next thing to happen; DBELL_NEVER: nothing will. */
uint64_t dbell_clockwork_next(const struct dbell_clockwork *cw);
/* All up to and including that cycle, which is now then. */
void dbell_clockwork_run(struct dbell_clockwork *cw, uint64_t until);
/* Until nothing is left to happen. False: it has not come to rest within `cycles`. */
bool dbell_clockwork_rest(struct dbell_clockwork *cw, uint64_t cycles);

/* A journey begins now. DBELL_E_BUSY: too many are under way. */
int dbell_clockwork_start(struct dbell_clockwork *cw, const struct dbell_journey *journey);
/* Actors may have got something to do, and there may be room for what was told DBELL_CW_AGAIN. */
void dbell_clockwork_poke(struct dbell_clockwork *cw);
/* A parked access (by `user`) goes on: to memory, to an ITS, or it is over. */
void dbell_clockwork_resume(struct dbell_clockwork *cw, uint64_t user,
                            enum dbell_clockwork_verdict verdict,
                            const struct dbell_translated *translated);
/* A request to memory was answered. */
void dbell_clockwork_answer(struct dbell_clockwork *cw, uint32_t journey);

/* --- what caches must forget --- */

enum dbell_clockwork_scope {
    DBELL_CW_ALL,
    DBELL_CW_STREAMS,   /* configuration: streams first to last */
    DBELL_CW_SUBSTREAM, /* configuration: of stream `first`, substream `last`, or any */
    DBELL_CW_REGIME,
    DBELL_CW_VMID,
    DBELL_CW_ASID,
    DBELL_CW_RANGE /* addresses first to last, inclusive */
};
struct dbell_clockwork_invalidation {
    uint8_t scope; /* enum dbell_clockwork_scope */
    uint8_t regime;
    bool stage2; /* of IPAs of the VMID */
    bool any;    /* any ASID, any substream */
    bool leaf;   /* last levels only */
    uint16_t vmid, vmid_mask, asid;
    uint64_t first, last;
};
void dbell_clockwork_invalidate(struct dbell_clockwork *cw, unsigned smmu,
                                const struct dbell_clockwork_invalidation *what);
/* Of an ITS: what a command changed. A UINT32_MAX stands for any. */
void dbell_clockwork_invalidate_its(struct dbell_clockwork *cw, unsigned its, uint32_t deviceid,
                                    uint32_t eventid, uint32_t collection);
void dbell_clockwork_invalidate_lpi(struct dbell_clockwork *cw, uint32_t intid);

/* --- statistics --- */

enum dbell_clockwork_cache {
    DBELL_CW_CACHE_MICRO_TLB, /* of all TBUs, or of all ITSes, together */
    DBELL_CW_CACHE_TBU_TLB,
    DBELL_CW_CACHE_TCU_TLB,
    DBELL_CW_CACHE_CONFIG,
    DBELL_CW_CACHE_IPA,
    DBELL_CW_CACHE_S1L0,
    DBELL_CW_CACHE_S1L1,
    DBELL_CW_CACHE_S1L2,
    DBELL_CW_CACHE_S1L3,
    DBELL_CW_CACHE_S2L0,
    DBELL_CW_CACHE_S2L1,
    DBELL_CW_CACHE_S2L2,
    DBELL_CW_CACHE_S2L3,
    DBELL_CW_CACHE_DEVICE,
    DBELL_CW_CACHE_EVENT,
    DBELL_CW_CACHE_COLLECTION,
    DBELL_CW_CACHE_LPI,
    DBELL_CW_CACHES
};
struct dbell_cache_count {
    uint64_t hits, misses, invalidated;
};
const char *dbell_clockwork_cache_name(enum dbell_clockwork_cache cache);
struct dbell_cache_count dbell_clockwork_cache_count(const struct dbell_clockwork *cw,
                                                     enum dbell_clockwork_cache cache);

/* Something of which there are so many: slots, tokens, ports. Of all instances of a kind. */
enum dbell_clockwork_pool {
    DBELL_CW_POOL_PORT,
    DBELL_CW_POOL_RESPONSE,
    DBELL_CW_POOL_WRITE_BUFFER,
    DBELL_CW_POOL_TBU_SLOTS,
    DBELL_CW_POOL_LINK_TOKENS,
    DBELL_CW_POOL_LINK_UP,
    DBELL_CW_POOL_LINK_DOWN,
    DBELL_CW_POOL_TCU_SLOTS,
    DBELL_CW_POOL_CONFIG_SLOTS,
    DBELL_CW_POOL_WALK_SLOTS,
    DBELL_CW_POOL_MEMORY_READS,
    DBELL_CW_POOL_MEMORY_WRITES,
    DBELL_CW_POOL_MEMORY_PORT,
    DBELL_CW_POOL_DATA_READS,
    DBELL_CW_POOL_DATA_WRITES,
    DBELL_CW_POOL_DATA_PORT,
    DBELL_CW_POOL_ITS_FIFO,
    DBELL_CW_POOL_ITS_ACCEPT,
    DBELL_CW_POOL_ITS_SLOTS,
    DBELL_CW_POOL_ITS_READS,
    DBELL_CW_POOL_ITS_WRITES,
    DBELL_CW_POOL_ITS_PORT,
    DBELL_CW_POOL_ITS_CREDITS,
    DBELL_CW_POOL_LPI_READS,
    DBELL_CW_POOL_LPI_WRITES,
    DBELL_CW_POOL_LPI_PORT,
    DBELL_CW_POOLS
};
struct dbell_pool_count {
    uint64_t visits;
    uint64_t waited;   /* cycles, of all who waited */
    uint64_t occupied; /* cycles times how many were taken */
    uint32_t peak, capacity;
    uint32_t taken; /* now */
};
const char *dbell_clockwork_pool_name(enum dbell_clockwork_pool pool);
struct dbell_pool_count dbell_clockwork_pool_count(const struct dbell_clockwork *cw,
                                                   enum dbell_clockwork_pool pool);

#ifdef __cplusplus
}
#endif
#endif
