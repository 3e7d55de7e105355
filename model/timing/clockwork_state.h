/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The state of a clockwork. A journey is in one stage at a time; a stage takes what it needs, lets
 * time pass, and names the stage that follows. */
#ifndef TIMING_CLOCKWORK_STATE_H
#define TIMING_CLOCKWORK_STATE_H

#include <doorbell/clockwork.h>

#include "base/bytes.h"

#define NOBODY UINT32_MAX

enum { LEGS = 96, TAILS = 256 };

/* --- stages --- */

enum stage {
    STAGE_FREE,
    /* access.c: a TBU */
    STAGE_PORT,
    STAGE_PORT_HELD,
    STAGE_PORT_DONE,
    STAGE_ENTER,
    STAGE_ADMITTED,
    STAGE_MICRO_TLB,
    STAGE_TBU_TLB,
    STAGE_TBU_MISS,
    STAGE_LINK_UP,
    STAGE_LINK_UP_HELD,
    STAGE_LINK_UP_DONE,
    STAGE_LINK_DOWN_HELD,
    STAGE_LINK_DOWN_DONE,
    STAGE_BACK,
    STAGE_TRANSLATE,
    STAGE_ORDERED,
    STAGE_DATA_DONE,
    STAGE_RESPONSE,
    STAGE_RESPONSE_DONE,
    STAGE_DEVICE_DONE,
    /* tcu.c: the TCU */
    STAGE_TCU,
    STAGE_TCU_TLB,
    STAGE_CONFIG,
    STAGE_CONFIG_FOUND,
    STAGE_CONFIG_SLOT,
    STAGE_CONFIG_LEG,
    STAGE_WALK,
    STAGE_WALK_SLOT,
    STAGE_WALK_FOUND,
    STAGE_LEG,
    STAGE_IPA_FOUND,
    STAGE_S2_FOUND,
    STAGE_LEG_READ,
    STAGE_WALKED,
    /* message.c: an ITS and a redistributor */
    STAGE_ITS_TAKEN,
    STAGE_ITS_ACCEPT_HELD,
    STAGE_ITS_ACCEPTED,
    STAGE_ITS_SLOT,
    STAGE_ITS_EVENT,
    STAGE_ITS_DEVICE,
    STAGE_ITS_LEG,
    STAGE_ITS_COLLECTION,
    STAGE_ITS_LINK,
    STAGE_ITS_CREDIT,
    STAGE_ITS_SENT,
    STAGE_LPI_FOUND,
    STAGE_LPI_MISSED,
    STAGE_LPI_READ,
    STAGE_DELIVER,
    /* actors.c: what acts by itself */
    STAGE_ACTOR,
    STAGE_ACTOR_FETCHED,
    STAGE_ACTOR_SLOT,
    STAGE_ACTOR_TBUS,
    STAGE_ACTOR_DRAIN,
    STAGE_ACTOR_WRITE,
    STAGE_ACTOR_WRITTEN,
    STAGE_ACTOR_ACT,
    STAGE_ACTOR_LEG,
    /* ports.c: a lookup, a request to memory; then `back` */
    STAGE_LOOKUP_HELD,
    STAGE_LOOKUP_DONE,
    STAGE_REQUEST_TOKEN,
    STAGE_REQUEST_PORT,
    STAGE_REQUEST_SENT,
    STAGE_REQUEST_DONE,
    STAGES
};

/* --- what there is so many of --- */

struct pool {
    uint32_t capacity; /* 0: any number */
    uint32_t used;
    uint32_t first, last;     /* who waits, in order */
    uint32_t favoured, share; /* of two kinds of waiters: see dbell__pool_take_shared() */
    uint32_t second, second_last;
    uint64_t changed; /* when `used` did */
    struct dbell_pool_count count;
};

/* --- caches: tags only --- */

struct line {
    uint64_t a, b; /* the key; a: address >> log2 << 8 | log2 | level << 6 of translations */
    uint64_t used; /* when, for least recently used; 0: the line is free */
    struct dbell_clockwork_tag tag;
    uint8_t log2, stage; /* of translations: which stages, 3: both */
    bool last_level;
    bool updates; /* of no use to a write */
};

struct tags {
    uint32_t entries, ways, sets;
    uint32_t live;
    uint32_t latency; /* of a lookup */
    uint32_t next;    /* round robin, random */
    uint8_t replacement;
    uint64_t sizes; /* bit n: a translation of 2^n bytes may be in it */
    uint64_t lines; /* offset from the state */
    struct pool slots;
    struct dbell_cache_count count;
};

/* A miss under way, which others may wait for. */
struct flight {
    bool active;
    bool stale; /* invalidated meanwhile: it is of no use to others, nor to a cache */
    uint64_t a, b;
    uint32_t next;  /* the next active one of its list */
    uint32_t first; /* who waits for it */
};

enum { FLIGHT_TBU, FLIGHT_CONFIG, FLIGHT_WALK, FLIGHTS };

/* A read or update of a structure or a descriptor. */
struct leg {
    uint64_t address, input;
    uint16_t size;
    uint8_t object, span, kind;
    int8_t level;
};

struct journey {
    struct dbell_journey is;
    struct dbell_access_times times;
    uint64_t since; /* it is in `unit` */
    uint64_t due;   /* when it goes on, for the heap */
    uint64_t order;
    uint32_t next;           /* in a list of waiters */
    uint32_t amount;         /* that it waits for */
    uint32_t earlier, later; /* writes of the device that have not left: see STAGE_ORDERED */
    uint32_t tail_next;      /* in a bucket of last ones */
    uint8_t stage, back, unit;
    bool in_flight; /* counted for CMD_SYNC, in: */
    bool old;
    bool has_buffer, has_slot, has_token, has_walk_slot;
    bool parked, ordered;
    bool foresees; /* `foreseen` and the legs are of it */
    uint32_t beats;
    /* a lookup, or a request, at hand */
    uint8_t lookup; /* enum dbell_clockwork_cache */
    uint16_t port;  /* enum dbell_timing_parameter */
    bool request_writes;
    uint64_t request_address;
    uint32_t request_length;
    /* TCU */
    struct flight flights[FLIGHTS];
    struct dbell_foreseen foreseen;
    struct leg legs[LEGS];
    uint32_t leg, leg_count;
    uint32_t looked_up; /* lookups were made for the legs before this one */
    /* a message */
    struct dbell_foreseen_message message;
    uint16_t its;
    bool old_message;   /* for SYNC */
    bool stale_message; /* a command came meanwhile: it fills no cache */
    struct dbell_translated translated;
    /* an actor */
    struct dbell_foreseen_act act;
    bool waits_for_drain;
    uint8_t actor;
    uint16_t part;
};

struct tbu {
    struct pool port, response, buffer, slots, tokens, up, down;
    struct tags micro, tlb;
    uint32_t flights; /* the first one */
};

struct port {
    struct pool reads, writes, channel;
};

struct smmu {
    struct pool slots, config_slots, walk_slots;
    struct port memory, data;
    struct tags tlb, config, ipa, walk[8];
    struct pool walk_lookups;
    uint32_t config_flights, walk_flights;
    uint32_t open_old, open_new; /* accesses from before and after the last drain began */
    bool draining;
};

struct its {
    struct pool fifo, accept, slots, credits;
    struct port memory;
    struct tags device, event, collection;
    uint32_t open_old, open_new;
    bool draining;
};

struct actor {
    uint32_t journey; /* NOBODY: idle */
    bool blocked;     /* its act was not possible yet */
};

struct dbell_clockwork_state {
    uint64_t size;
    struct dbell_clockwork_config config;
    uint64_t now, order;
    uint64_t tbus, smmus, itses, actors, journeys, heap, ready; /* offsets */
    uint32_t heap_count, ready_first, ready_count, free;
    uint32_t accesses;           /* journeys that are none of an actor */
    uint32_t most;               /* journeys from this one on were never under way */
    uint32_t tails[TAILS];       /* the last write of each device that has not left, by a hash */
    uint32_t actor_count, again; /* who waits for the next act */
    uint32_t random;
    struct tags lpi;
    struct port lpi_memory, direct; /* redistributors'; devices without an SMMU */
    struct dbell_step steps[LEGS];
};

typedef struct dbell_clockwork_state state;
struct cw {
    struct dbell_clockwork *is;
    state *s;
};

static inline uint32_t parameter(const struct cw *cw, enum dbell_timing_parameter p)
{
    return cw->s->config.timing.value[p];
}

static inline void *at_offset(state *s, uint64_t offset)
{
    return (uint8_t *)s + offset;
}
static inline struct journey *journey_of(const struct cw *cw, uint32_t index)
{
    return (struct journey *)at_offset(cw->s, cw->s->journeys) + index;
}
static inline uint32_t index_of(const struct cw *cw, const struct journey *j)
{
    return (uint32_t)(j - (struct journey *)at_offset(cw->s, cw->s->journeys));
}
static inline struct smmu *smmu_of(const struct cw *cw, unsigned index)
{
    return (struct smmu *)at_offset(cw->s, cw->s->smmus) + index;
}
static inline struct tbu *tbu_of(const struct cw *cw, const struct journey *j)
{
    return (struct tbu *)at_offset(cw->s, cw->s->tbus) + (size_t)j->is.smmu * cw->s->config.tbus +
           j->is.tbu;
}
static inline struct its *its_of(const struct cw *cw, unsigned index)
{
    return (struct its *)at_offset(cw->s, cw->s->itses) + index;
}
static inline struct actor *actor_of(const struct cw *cw, unsigned index)
{
    return (struct actor *)at_offset(cw->s, cw->s->actors) + index;
}

/* --- clockwork.c --- */

/* The next stage of a journey: now, after what is already to happen now; or later. */
void dbell__cw_go(const struct cw *cw, struct journey *j, enum stage stage);
void dbell__cw_after(const struct cw *cw, struct journey *j, uint64_t cycles, enum stage stage);
/* Time goes to this unit from now on; it is being served there. */
void dbell__cw_wait(const struct cw *cw, struct journey *j, enum dbell_clockwork_unit unit);
void dbell__cw_visit(const struct cw *cw, struct journey *j, enum dbell_clockwork_unit unit);
void dbell__cw_finish(const struct cw *cw, struct journey *j);
struct journey *dbell__cw_new(const struct cw *cw);
/* Who waits for an act of a unit. */
void dbell__cw_again(const struct cw *cw, struct journey *j, enum stage stage);
void dbell__cw_acted(const struct cw *cw);

/* --- pools.c --- */

void dbell__pool_init(struct pool *pool, uint32_t capacity);
/* Takes so many, now or when it is the journey's turn, and goes to the stage. */
void dbell__pool_take(const struct cw *cw, struct pool *pool, struct journey *j, uint32_t amount,
                      enum stage stage);
/* The same for who shares a pool: when both kinds wait, `share` of the first for one of these. */
void dbell__pool_take_second(const struct cw *cw, struct pool *pool, struct journey *j,
                             enum stage stage);
void dbell__pool_give(const struct cw *cw, struct pool *pool, uint32_t amount);

/* --- tags.c --- */

uint64_t dbell__tags_key(uint64_t address, unsigned log2);
struct line *dbell__tags_find(const struct cw *cw, struct tags *tags, uint64_t a, uint64_t b);
/* A translation of any size. */
struct line *dbell__tags_find_page(const struct cw *cw, struct tags *tags, uint64_t address,
                                   uint64_t b);
struct line *dbell__tags_fill(const struct cw *cw, struct tags *tags, uint64_t a, uint64_t b);
void dbell__tags_drop(const struct cw *cw, struct tags *tags,
                      bool (*drops)(const void *ctx, const struct line *line), const void *ctx);

/* --- ports.c --- */

void dbell__cw_lookup(const struct cw *cw, struct journey *j, enum dbell_clockwork_cache cache,
                      enum stage back);
struct tags *dbell__cw_cache(const struct cw *cw, const struct journey *j,
                             enum dbell_clockwork_cache cache);
/* On the port that begins with this parameter (MEMORY_LATENCY, ...). */
void dbell__cw_request(const struct cw *cw, struct journey *j, enum dbell_timing_parameter port,
                       bool write, uint64_t address, uint32_t length, enum stage back);

/* --- the stages of these files --- */

typedef void stage_function(const struct cw *cw, struct journey *j, enum stage stage);
stage_function dbell__access_stage, dbell__tcu_stage, dbell__message_stage, dbell__actor_stage,
    dbell__port_stage;

/* access.c */
uint64_t dbell__access_context(const struct journey *j);
void dbell__access_granted(const struct cw *cw, struct journey *j,
                           enum dbell_clockwork_verdict verdict);
void dbell__access_opens(const struct cw *cw, struct journey *j);
void dbell__access_closes(const struct cw *cw, struct journey *j);
void dbell__access_over(const struct cw *cw, struct journey *j);

/* tcu.c */
bool dbell__flight_join(const struct cw *cw, uint32_t *list, struct journey *j, unsigned kind,
                        uint64_t a, uint64_t b, enum stage stage);
/* Where those go that waited; writes look again where the page needs an update first. */
struct landing {
    enum stage fresh, again;
    bool updates;
};
void dbell__flight_land(const struct cw *cw, uint32_t *list, struct journey *j, unsigned kind,
                        const struct landing *landing);
void dbell__tcu_take_legs(const struct cw *cw, struct journey *j);

/* message.c */
void dbell__message_begin(const struct cw *cw, struct journey *j, unsigned its);

/* actors.c */
void dbell__actors_poke(const struct cw *cw);
void dbell__actors_drained(const struct cw *cw);

#endif
