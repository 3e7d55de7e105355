/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The instance, and what happens next. Things of one cycle happen in the order in which they were
 * decided, so that the same calls give the same cycles. */
#include "clockwork_state.h"

#include <string.h>

enum { ALIGNMENT = 16, JOURNEYS_MOST = 1 << 20, PARTS_MOST = 64 };

/* --- the instance --- */

static uint64_t align(uint64_t n)
{
    return (n + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1);
}

static bool in_range(const struct dbell_clockwork_config *c)
{
    for (int i = 0; i < DBELL_TIMING_PARAMETERS; i++) {
        const struct dbell_timing_description *d =
            dbell_timing_describe((enum dbell_timing_parameter)i);
        if (c->timing.value[i] < d->least || c->timing.value[i] > d->most)
            return false;
    }
    return c->smmus <= PARTS_MOST && c->tbus >= 1 && c->tbus <= PARTS_MOST &&
           c->itses <= PARTS_MOST && c->journeys >= 1 && c->journeys <= JOURNEYS_MOST;
}

/* Of a cache that begins with this parameter. */
static void place_tags(struct tags *tags, const struct dbell_timing *timing, unsigned entries,
                       uint64_t *size)
{
    const uint32_t *v = &timing->value[entries];
    const uint32_t ways = !v[1] || v[1] > v[0] ? v[0] : v[1];
    *tags = (struct tags){.entries = v[0],
                          .ways = ways,
                          .sets = ways ? (v[0] + ways - 1) / ways : 0,
                          .latency = v[2],
                          .replacement = (uint8_t)v[4],
                          .lines = *size};
    dbell__pool_init(&tags->slots, v[3]);
    *size += align((uint64_t)tags->sets * ways * sizeof(struct line));
}

static void place_walk_cache(struct tags *tags, const struct dbell_timing *timing, unsigned level,
                             uint64_t *size)
{
    struct dbell_timing one = {0};
    one.value[0] = timing->value[DBELL_T_WALK_S1L0 + level];
    one.value[1] = timing->value[DBELL_T_WALK_WAYS];
    one.value[2] = timing->value[DBELL_T_WALK_LATENCY];
    one.value[4] = timing->value[DBELL_T_WALK_REPLACEMENT];
    place_tags(tags, &one, 0, size);
}

static void init_port(struct port *port, const struct dbell_timing *timing, unsigned first)
{
    const uint32_t *v = &timing->value[first];
    dbell__pool_init(&port->reads, v[1]);
    dbell__pool_init(&port->writes, v[2]);
    dbell__pool_init(&port->channel, 1);
}

static void init_tbu(struct tbu *tbu, const struct dbell_timing *t, uint64_t *size)
{
    dbell__pool_init(&tbu->port, 1);
    dbell__pool_init(&tbu->response, 1);
    dbell__pool_init(&tbu->buffer, t->value[DBELL_T_TBU_WRITE_BUFFER]);
    dbell__pool_init(&tbu->slots, t->value[DBELL_T_TBU_SLOTS]);
    dbell__pool_init(&tbu->tokens, t->value[DBELL_T_LINK_TOKENS]);
    dbell__pool_init(&tbu->up, 1);
    dbell__pool_init(&tbu->down, 1);
    place_tags(&tbu->micro, t, DBELL_T_MICRO_TLB, size);
    place_tags(&tbu->tlb, t, DBELL_T_TBU_TLB, size);
    tbu->flights = NOBODY;
}

static void init_smmu(struct smmu *smmu, const struct dbell_timing *t, uint64_t *size)
{
    dbell__pool_init(&smmu->slots, t->value[DBELL_T_TCU_SLOTS]);
    dbell__pool_init(&smmu->config_slots, t->value[DBELL_T_TCU_CONFIG_SLOTS]);
    dbell__pool_init(&smmu->walk_slots, t->value[DBELL_T_TCU_WALK_SLOTS]);
    dbell__pool_init(&smmu->walk_lookups, t->value[DBELL_T_WALK_SLOTS]);
    init_port(&smmu->memory, t, DBELL_T_MEMORY_LATENCY);
    init_port(&smmu->data, t, DBELL_T_DATA_LATENCY);
    place_tags(&smmu->tlb, t, DBELL_T_TCU_TLB, size);
    place_tags(&smmu->config, t, DBELL_T_CONFIG, size);
    place_tags(&smmu->ipa, t, DBELL_T_IPA, size);
    for (unsigned i = 0; i < 8; i++)
        place_walk_cache(&smmu->walk[i], t, i, size);
    smmu->config_flights = smmu->walk_flights = NOBODY;
    smmu->open_old = smmu->open_new = 0;
    smmu->draining = false;
}

static void init_its(struct its *its, const struct dbell_timing *t, uint64_t *size)
{
    dbell__pool_init(&its->fifo, t->value[DBELL_T_ITS_FIFO]);
    dbell__pool_init(&its->accept, 1);
    dbell__pool_init(&its->slots, t->value[DBELL_T_ITS_SLOTS]);
    its->slots.share = t->value[DBELL_T_ITS_SHARE];
    dbell__pool_init(&its->credits, t->value[DBELL_T_ITS_CREDITS]);
    init_port(&its->memory, t, DBELL_T_ITS_MEMORY_LATENCY);
    place_tags(&its->device, t, DBELL_T_ITS_DEVICE, size);
    place_tags(&its->event, t, DBELL_T_ITS_EVENT, size);
    place_tags(&its->collection, t, DBELL_T_ITS_COLLECTION, size);
    its->open_old = its->open_new = 0;
    its->draining = false;
}

/* Every actor has a journey of its own. */
static uint32_t actors_of(const struct dbell_clockwork_config *c)
{
    return (uint32_t)c->smmus * DBELL_SMMU_ACTORS + c->itses + 1;
}

static uint32_t journeys_of(const struct dbell_clockwork_config *c)
{
    return c->journeys + actors_of(c);
}

/* Lays the state out; with `s`, makes it. Answers its size. */
static uint64_t lay_out(state *s, const struct dbell_clockwork_config *c)
{
    const uint32_t journeys = journeys_of(c);
    state scratch = {.config = *c};
    uint64_t size = align(sizeof *s);
    state *to = s ? s : &scratch;
    to->tbus = size;
    to->smmus = to->tbus + align((uint64_t)c->smmus * c->tbus * sizeof(struct tbu));
    to->itses = to->smmus + align(c->smmus * sizeof(struct smmu));
    to->actors = to->itses + align(c->itses * sizeof(struct its));
    to->journeys = to->actors + align(actors_of(c) * sizeof(struct actor));
    to->heap = to->journeys + align(journeys * sizeof(struct journey));
    to->ready = to->heap + align(journeys * sizeof(uint32_t));
    size = to->ready + align(journeys * sizeof(uint32_t));
    place_tags(&to->lpi, &c->timing, DBELL_T_LPI, &size);
    for (unsigned i = 0; i < (unsigned)c->smmus * c->tbus; i++) {
        struct tbu tbu;
        init_tbu(s ? (struct tbu *)at_offset(s, s->tbus) + i : &tbu, &c->timing, &size);
    }
    for (unsigned i = 0; i < c->smmus; i++) {
        struct smmu smmu;
        init_smmu(s ? (struct smmu *)at_offset(s, s->smmus) + i : &smmu, &c->timing, &size);
    }
    for (unsigned i = 0; i < c->itses; i++) {
        struct its its;
        init_its(s ? (struct its *)at_offset(s, s->itses) + i : &its, &c->timing, &size);
    }
    return size;
}

size_t dbell_clockwork_state_size(const struct dbell_clockwork_config *config)
{
    return config && in_range(config) ? (size_t)lay_out(NULL, config) : 0;
}

static bool has_all(const struct dbell_clockwork_ports *p)
{
    return p->decided && p->foresee && p->translate && p->foresee_message && p->move && p->end &&
           p->work && p->foresee_act && p->act;
}

int dbell_clockwork_init(struct dbell_clockwork *cw, void *memory, size_t size,
                         const struct dbell_clockwork_config *config,
                         const struct dbell_clockwork_ports *ports)
{
    if (!cw || !memory || !config || !ports || !has_all(ports))
        return DBELL_E_ARGUMENT;
    const size_t needed = dbell_clockwork_state_size(config);
    if (!needed)
        return DBELL_E_RANGE;
    if (size < needed || (uintptr_t)memory % ALIGNMENT)
        return DBELL_E_SIZE;
    memset(memory, 0, needed);
    state *s = memory;
    s->size = needed;
    s->config = *config;
    s->random = config->seed ? config->seed : 1;
    s->again = NOBODY;
    for (unsigned i = 0; i < TAILS; i++)
        s->tails[i] = NOBODY;
    s->actor_count = actors_of(config);
    lay_out(s, config);
    init_port(&s->lpi_memory, &config->timing, DBELL_T_LPI_MEMORY_LATENCY);
    init_port(&s->direct, &config->timing, DBELL_T_DATA_LATENCY);
    *cw = (struct dbell_clockwork){.state = s, .ports = *ports};
    const struct cw c = {cw, s};
    for (uint32_t i = 0; i < s->actor_count; i++)
        *actor_of(&c, i) = (struct actor){.journey = NOBODY};
    for (uint32_t i = 0; i < journeys_of(config); i++)
        journey_of(&c, i)->next = i + 1 < journeys_of(config) ? i + 1 : NOBODY;
    return DBELL_OK;
}

/* --- journeys --- */

struct journey *dbell__cw_new(const struct cw *cw)
{
    if (cw->s->free == NOBODY)
        return NULL;
    struct journey *j = journey_of(cw, cw->s->free);
    cw->s->free = j->next;
    if (index_of(cw, j) >= cw->s->most)
        cw->s->most = index_of(cw, j) + 1;
    const uint32_t legs = offsetof(struct journey, legs), after = legs + sizeof j->legs;
    memset(j, 0, legs); /* the legs need no clearing */
    memset((uint8_t *)j + after, 0, sizeof *j - after);
    j->next = j->earlier = j->later = j->tail_next = NOBODY;
    j->since = cw->s->now;
    j->times.issued = cw->s->now;
    j->times.granted = j->times.accepted = DBELL_NEVER;
    j->times.moved = j->times.ended = DBELL_NEVER;
    j->unit = DBELL_CW_UNITS;
    return j;
}

void dbell__cw_finish(const struct cw *cw, struct journey *j)
{
    dbell__cw_wait(cw, j, DBELL_CW_UNITS);
    cw->s->accesses -= j->is.kind != DBELL_JOURNEY_ACT;
    j->stage = STAGE_FREE;
    j->next = cw->s->free;
    cw->s->free = index_of(cw, j);
}

static void leave(const struct cw *cw, const struct journey *j, uint64_t now)
{
    const struct dbell_clockwork_ports *p = &cw->is->ports;
    if (!p->span || now == j->since)
        return;
    p->span(p->ctx, &(struct dbell_clockwork_span){.journey = index_of(cw, j),
                                                   .device = j->is.device,
                                                   .part = j->part,
                                                   .unit = j->unit,
                                                   .kind = j->is.kind,
                                                   .begin = j->since,
                                                   .end = now,
                                                   .user = j->is.user});
}

void dbell__cw_wait(const struct cw *cw, struct journey *j, enum dbell_clockwork_unit unit)
{
    const uint64_t now = cw->s->now;
    if (j->unit < DBELL_CW_UNITS) {
        leave(cw, j, now);
        j->times.cycles[j->unit] += now - j->since;
    }
    j->since = now;
    j->unit = (uint8_t)unit;
}

void dbell__cw_visit(const struct cw *cw, struct journey *j, enum dbell_clockwork_unit unit)
{
    if (j->unit != unit)
        dbell__cw_wait(cw, j, unit);
    j->times.visits[unit]++;
}

/* --- what happens next --- */

static uint32_t *heap_of(const struct cw *cw)
{
    return at_offset(cw->s, cw->s->heap);
}

static bool before(const struct journey *a, const struct journey *b)
{
    return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void heap_push(const struct cw *cw, struct journey *j)
{
    uint32_t *heap = heap_of(cw), at = cw->s->heap_count++;
    while (at && before(j, journey_of(cw, heap[(at - 1) / 2]))) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = index_of(cw, j);
}

static struct journey *heap_pop(const struct cw *cw)
{
    uint32_t *heap = heap_of(cw);
    struct journey *first = journey_of(cw, heap[0]);
    const uint32_t count = --cw->s->heap_count;
    const struct journey *last = journey_of(cw, heap[count]);
    uint32_t at = 0;
    for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count &&
            before(journey_of(cw, heap[child + 1]), journey_of(cw, heap[child])))
            child++;
        if (!before(journey_of(cw, heap[child]), last))
            break;
        heap[at] = heap[child];
    }
    heap[at] = index_of(cw, last);
    return first;
}

void dbell__cw_go(const struct cw *cw, struct journey *j, enum stage stage)
{
    uint32_t *ready = at_offset(cw->s, cw->s->ready);
    const uint32_t room = journeys_of(&cw->s->config);
    j->stage = (uint8_t)stage;
    ready[(cw->s->ready_first + cw->s->ready_count++) % room] = index_of(cw, j);
}

void dbell__cw_after(const struct cw *cw, struct journey *j, uint64_t cycles, enum stage stage)
{
    if (!cycles) {
        dbell__cw_go(cw, j, stage);
        return;
    }
    j->stage = (uint8_t)stage;
    j->due = cw->s->now + cycles;
    j->order = cw->s->order++;
    heap_push(cw, j);
}

void dbell__cw_again(const struct cw *cw, struct journey *j, enum stage stage)
{
    j->stage = (uint8_t)stage;
    j->next = cw->s->again;
    cw->s->again = index_of(cw, j);
}

/* Who waited for it tries again, first come first served. */
void dbell__cw_acted(const struct cw *cw)
{
    uint32_t reversed = NOBODY, at = cw->s->again;
    cw->s->again = NOBODY;
    while (at != NOBODY) {
        struct journey *j = journey_of(cw, at);
        const uint32_t next = j->next;
        j->next = reversed;
        reversed = at;
        at = next;
    }
    while (reversed != NOBODY) {
        struct journey *j = journey_of(cw, reversed);
        reversed = j->next;
        dbell__cw_go(cw, j, (enum stage)j->stage);
    }
}

static void run_stage(const struct cw *cw, struct journey *j)
{
    const enum stage stage = (enum stage)j->stage;
    if (stage >= STAGE_LOOKUP_HELD)
        dbell__port_stage(cw, j, stage);
    else if (stage >= STAGE_ACTOR)
        dbell__actor_stage(cw, j, stage);
    else if (stage >= STAGE_ITS_TAKEN)
        dbell__message_stage(cw, j, stage);
    else if (stage >= STAGE_TCU)
        dbell__tcu_stage(cw, j, stage);
    else
        dbell__access_stage(cw, j, stage);
}

/* One stage of one journey, not after `until`. */
static bool happen(const struct cw *cw, uint64_t until)
{
    state *s = cw->s;
    if (!s->ready_count) {
        if (!s->heap_count || journey_of(cw, heap_of(cw)[0])->due > until)
            return false;
        struct journey *j = heap_pop(cw);
        s->now = j->due;
        run_stage(cw, j);
        return true;
    }
    const uint32_t *ready = at_offset(s, s->ready);
    struct journey *j = journey_of(cw, ready[s->ready_first]);
    s->ready_first = (s->ready_first + 1) % journeys_of(&s->config);
    s->ready_count--;
    run_stage(cw, j);
    return true;
}

uint64_t dbell_clockwork_now(const struct dbell_clockwork *cw)
{
    return cw->state->now;
}

uint64_t dbell_clockwork_next(const struct dbell_clockwork *is)
{
    const struct cw cw = {(struct dbell_clockwork *)(uintptr_t)is, is->state};
    if (cw.s->ready_count)
        return cw.s->now;
    return cw.s->heap_count ? journey_of(&cw, heap_of(&cw)[0])->due : DBELL_NEVER;
}

void dbell_clockwork_run(struct dbell_clockwork *is, uint64_t until)
{
    const struct cw cw = {is, is->state};
    while (happen(&cw, until))
        ;
    if (cw.s->now < until && until != DBELL_NEVER)
        cw.s->now = until;
}

bool dbell_clockwork_rest(struct dbell_clockwork *is, uint64_t cycles)
{
    const struct cw cw = {is, is->state};
    const uint64_t until = cw.s->now + cycles < cycles ? DBELL_NEVER : cw.s->now + cycles;
    while (happen(&cw, until))
        ;
    return !cw.s->heap_count && !cw.s->ready_count;
}

int dbell_clockwork_start(struct dbell_clockwork *is, const struct dbell_journey *journey)
{
    const struct cw cw = {is, is->state};
    const struct dbell_clockwork_config *c = &cw.s->config;
    if (journey->smmu != DBELL_NO_SMMU && (journey->smmu >= c->smmus || journey->tbu >= c->tbus))
        return DBELL_E_ARGUMENT;
    struct journey *j = cw.s->accesses < c->journeys ? dbell__cw_new(&cw) : NULL;
    if (!j)
        return DBELL_E_BUSY;
    cw.s->accesses++;
    j->is = *journey;
    j->part = (uint16_t)(journey->smmu == DBELL_NO_SMMU ? DBELL_NO_SMMU
                                                        : journey->smmu << 8 | journey->tbu);
    dbell__cw_go(&cw, j, STAGE_PORT);
    return DBELL_OK;
}

void dbell_clockwork_poke(struct dbell_clockwork *is)
{
    const struct cw cw = {is, is->state};
    dbell__cw_acted(&cw);
    dbell__actors_poke(&cw);
}

void dbell_clockwork_answer(struct dbell_clockwork *is, uint32_t journey)
{
    const struct cw cw = {is, is->state};
    if (journey < journeys_of(&cw.s->config) &&
        journey_of(&cw, journey)->stage == STAGE_REQUEST_DONE)
        dbell__cw_go(&cw, journey_of(&cw, journey), STAGE_REQUEST_DONE);
}
