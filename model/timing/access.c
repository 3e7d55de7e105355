/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* An access of a device: its TBU, and its data. */
#include "clockwork_state.h"

uint64_t dbell__access_context(const struct journey *j)
{
    return (uint64_t)j->is.substreamid << 32 | j->is.streamid;
}

/* What a width makes of so many bytes. */
static uint32_t beats(const struct cw *cw, uint32_t bytes)
{
    const uint32_t width = parameter(cw, DBELL_T_TBU_WIDTH);
    return width ? (bytes + width - 1) / width : 0;
}

/* --- which accesses are open, for CMD_SYNC --- */

void dbell__access_opens(const struct cw *cw, struct journey *j)
{
    j->in_flight = true;
    j->old = false;
    smmu_of(cw, j->is.smmu)->open_new++;
}

void dbell__access_closes(const struct cw *cw, struct journey *j)
{
    struct smmu *smmu = smmu_of(cw, j->is.smmu);
    if (!j->in_flight)
        return;
    j->in_flight = false;
    --*(j->old ? &smmu->open_old : &smmu->open_new);
    if (smmu->draining && !smmu->open_old)
        dbell__actors_drained(cw);
}

/* --- the order of a device's writes --- */

/* Where the last write of the device that has not left is linked, or would be. */
static uint32_t *tail_of(const struct cw *cw, uint32_t device)
{
    uint32_t *link = &cw->s->tails[(device * UINT32_C(0x9e3779b1)) >> 24];
    while (*link != NOBODY && journey_of(cw, *link)->is.device != device)
        link = &journey_of(cw, *link)->tail_next;
    return link;
}

static void joins_order(const struct cw *cw, struct journey *j)
{
    uint32_t *tail = tail_of(cw, j->is.device);
    j->ordered = j->is.write && parameter(cw, DBELL_T_TBU_ORDER);
    if (!j->ordered)
        return;
    j->earlier = *tail;
    if (*tail != NOBODY) {
        struct journey *earlier = journey_of(cw, *tail);
        earlier->later = index_of(cw, j);
        j->tail_next = earlier->tail_next;
    }
    *tail = index_of(cw, j);
}

/* It has left: the next one may. One that parks or ends leaves before its turn. */
static void leaves_order(const struct cw *cw, struct journey *j)
{
    const uint32_t earlier = j->earlier, later = j->later;
    if (!j->ordered)
        return;
    j->ordered = false;
    if (later == NOBODY) { /* the last one: another is, or none */
        uint32_t *tail = tail_of(cw, j->is.device);
        if (earlier != NOBODY)
            journey_of(cw, earlier)->tail_next = j->tail_next;
        *tail = earlier != NOBODY ? earlier : j->tail_next;
    }
    j->earlier = j->later = j->tail_next = NOBODY;
    if (earlier != NOBODY)
        journey_of(cw, earlier)->later = later;
    if (later == NOBODY)
        return;
    struct journey *next = journey_of(cw, later);
    next->earlier = earlier;
    if (earlier == NOBODY && next->stage == STAGE_ORDERED)
        dbell__cw_go(cw, next, STAGE_ORDERED);
}

/* --- what it gives back --- */

static void gives_slot(const struct cw *cw, struct journey *j)
{
    if (j->has_slot)
        dbell__pool_give(cw, &tbu_of(cw, j)->slots, 1);
    j->has_slot = false;
}

static void gives_buffer(const struct cw *cw, struct journey *j)
{
    if (j->has_buffer)
        dbell__pool_give(cw, &tbu_of(cw, j)->buffer, j->beats);
    j->has_buffer = false;
}

void dbell__access_over(const struct cw *cw, struct journey *j)
{
    gives_slot(cw, j);
    gives_buffer(cw, j);
    leaves_order(cw, j);
    if (j->is.smmu != DBELL_NO_SMMU)
        dbell__access_closes(cw, j);
    j->times.ended = cw->s->now;
    dbell__cw_wait(cw, j, DBELL_CW_UNITS);
    const struct dbell_clockwork_ports *p = &cw->is->ports;
    p->end(p->ctx, &j->is, &j->times);
    dbell__cw_finish(cw, j);
}

/* --- the way in --- */

static void fill_tlbs(const struct cw *cw, struct journey *j)
{
    const struct dbell_translated *t = &j->translated;
    if (j->is.smmu == DBELL_NO_SMMU)
        return;
    struct tbu *tbu = tbu_of(cw, j);
    struct tags *const tlbs[] = {&tbu->micro, &tbu->tlb};
    if (!t->page_log2 || !j->foresees || j->flights[FLIGHT_TBU].stale)
        return;
    for (unsigned i = 0; i < 2; i++) {
        struct line *line = dbell__tags_fill(
            cw, tlbs[i], dbell__tags_key(j->is.address, t->page_log2), dbell__access_context(j));
        if (line) {
            line->tag = j->foreseen.tag;
            line->stage = 3;
            line->last_level = true;
            line->updates = t->updates;
        }
    }
}

/* A hit in the second TLB comes into the first. */
static void promote(const struct cw *cw, struct journey *j)
{
    struct tbu *tbu = tbu_of(cw, j);
    const uint64_t context = dbell__access_context(j);
    const struct line *line = dbell__tags_find_page(cw, &tbu->tlb, j->is.address, context);
    struct line *copy = line ? dbell__tags_fill(cw, &tbu->micro, line->a, context) : NULL;
    if (copy) {
        const uint64_t used = copy->used;
        *copy = *line;
        copy->used = used;
    }
}

static bool hits(const struct cw *cw, struct journey *j, enum dbell_clockwork_cache cache)
{
    struct tags *tags = dbell__cw_cache(cw, j, cache);
    if (!tags->entries)
        return false;
    const struct line *line =
        dbell__tags_find_page(cw, tags, j->is.address, dbell__access_context(j));
    const bool hit = line && !(j->is.write && line->updates);
    ++*(hit ? &tags->count.hits : &tags->count.misses);
    return hit;
}

static void enter(const struct cw *cw, struct journey *j)
{
    const struct dbell_clockwork_ports *p = &cw->is->ports;
    dbell__access_opens(cw, j);
    joins_order(cw, j);
    if (p->decided(p->ctx, &j->is)) {
        dbell__cw_visit(cw, j, DBELL_CW_BYPASS);
        dbell__cw_after(cw, j, parameter(cw, DBELL_T_TBU_BYPASS), STAGE_TRANSLATE);
    } else {
        dbell__cw_lookup(cw, j, DBELL_CW_CACHE_MICRO_TLB, STAGE_MICRO_TLB);
    }
}

static void miss(const struct cw *cw, struct journey *j)
{
    if (parameter(cw, DBELL_T_TBU_MERGE) &&
        !dbell__flight_join(cw, &tbu_of(cw, j)->flights, j, FLIGHT_TBU,
                            dbell__tags_key(j->is.address, 12), dbell__access_context(j),
                            STAGE_TRANSLATE)) {
        dbell__cw_wait(cw, j, DBELL_CW_TBU_MERGE);
        return;
    }
    dbell__cw_wait(cw, j, DBELL_CW_LINK_TOKEN);
    dbell__pool_take(cw, &tbu_of(cw, j)->tokens, j, 1, STAGE_LINK_UP);
}

/* --- translated --- */

void dbell__access_granted(const struct cw *cw, struct journey *j,
                           enum dbell_clockwork_verdict verdict)
{
    switch (verdict) {
    case DBELL_CW_AGAIN: /* it has not been let in: CMD_SYNC does not wait for it */
        dbell__cw_wait(cw, j, DBELL_CW_RECORD);
        dbell__access_closes(cw, j);
        dbell__cw_again(cw, j, STAGE_TRANSLATE);
        return;
    case DBELL_CW_PARKS:
        dbell__cw_wait(cw, j, DBELL_CW_RECORD);
        j->parked = true;
        gives_slot(cw, j);
        gives_buffer(cw, j);
        leaves_order(cw, j);
        dbell__access_closes(cw, j);
        return;
    case DBELL_CW_ENDS:
        j->times.granted = cw->s->now;
        gives_slot(cw, j);
        if (j->is.kind == DBELL_JOURNEY_REQUEST) {
            dbell__cw_visit(cw, j, DBELL_CW_DEVICE);
            dbell__cw_after(cw, j, parameter(cw, DBELL_T_DEVICE_LATENCY), STAGE_DEVICE_DONE);
        } else {
            dbell__access_over(cw, j);
        }
        return;
    default:
        j->times.granted = cw->s->now;
        gives_slot(cw, j);
        if (j->earlier != NOBODY) {
            dbell__cw_wait(cw, j, DBELL_CW_ORDER);
            j->stage = STAGE_ORDERED; /* leaves_order() of the earlier one goes on */
        } else {
            dbell__cw_go(cw, j, STAGE_ORDERED);
        }
        return;
    }
}

static void translate(const struct cw *cw, struct journey *j)
{
    const struct dbell_clockwork_ports *p = &cw->is->ports;
    j->translated = (struct dbell_translated){0};
    if (!j->in_flight && j->is.smmu != DBELL_NO_SMMU)
        dbell__access_opens(cw, j);
    const enum dbell_clockwork_verdict verdict = p->translate(p->ctx, &j->is, &j->translated);
    if (verdict == DBELL_CW_GOES || verdict == DBELL_CW_MESSAGE)
        fill_tlbs(cw, j);
    if (j->flights[FLIGHT_TBU].active)
        dbell__flight_land(cw, &tbu_of(cw, j)->flights, j, FLIGHT_TBU,
                           &(struct landing){.fresh = STAGE_TRANSLATE,
                                             .again = STAGE_TBU_MISS,
                                             .updates = j->translated.updates});
    j->its = verdict == DBELL_CW_MESSAGE ? j->translated.its : UINT16_MAX;
    dbell__access_granted(cw, j, verdict);
    dbell__actors_poke(cw);
}

/* Writes leave here, one after the other. */
static void leave(const struct cw *cw, struct journey *j)
{
    dbell__cw_request(cw, j, DBELL_T_DATA_LATENCY, j->is.write, j->translated.address, j->is.length,
                      STAGE_DATA_DONE);
    leaves_order(cw, j);
}

static void arrive(const struct cw *cw, struct journey *j)
{
    const struct dbell_clockwork_ports *p = &cw->is->ports;
    gives_buffer(cw, j);
    if (j->its != UINT16_MAX) {
        dbell__message_begin(cw, j, j->its);
        return;
    }
    j->times.moved = cw->s->now;
    p->move(p->ctx, &j->is);
    dbell__actors_poke(cw);
    if (j->is.write || j->is.smmu == DBELL_NO_SMMU || !beats(cw, j->is.length)) {
        dbell__access_over(cw, j);
        return;
    }
    dbell__cw_wait(cw, j, DBELL_CW_PORT);
    dbell__pool_take(cw, &tbu_of(cw, j)->response, j, 1, STAGE_RESPONSE);
}

static void begin(const struct cw *cw, struct journey *j)
{
    j->its = UINT16_MAX;
    if (j->is.kind == DBELL_JOURNEY_REQUEST) { /* a Root Complex asks the TCU itself */
        dbell__access_opens(cw, j);
        dbell__cw_wait(cw, j, DBELL_CW_LINK_TOKEN);
        dbell__pool_take(cw, &tbu_of(cw, j)->tokens, j, 1, STAGE_LINK_UP);
        return;
    }
    if (j->is.smmu == DBELL_NO_SMMU) {
        joins_order(cw, j);
        dbell__cw_go(cw, j, STAGE_TRANSLATE);
        return;
    }
    if (!beats(cw, 1)) {
        dbell__cw_go(cw, j, STAGE_PORT_DONE);
        return;
    }
    dbell__cw_wait(cw, j, DBELL_CW_PORT);
    dbell__pool_take(cw, &tbu_of(cw, j)->port, j, 1, STAGE_PORT_HELD);
}

void dbell__access_stage(const struct cw *cw, struct journey *j, enum stage stage)
{
    struct tbu *tbu = j->is.smmu == DBELL_NO_SMMU ? NULL : tbu_of(cw, j);
    switch (stage) {
    case STAGE_PORT:
        begin(cw, j);
        break;
    case STAGE_PORT_HELD:
        dbell__cw_visit(cw, j, DBELL_CW_PORT);
        dbell__cw_after(cw, j, beats(cw, j->is.write ? j->is.length : 1), STAGE_PORT_DONE);
        break;
    case STAGE_PORT_DONE:
        if (beats(cw, 1))
            dbell__pool_give(cw, &tbu->port, 1);
        if (!j->is.write) {
            dbell__cw_go(cw, j, STAGE_ENTER);
            break;
        }
        dbell__cw_wait(cw, j, DBELL_CW_WRITE_BUFFER);
        dbell__pool_take(cw, &tbu->buffer, j, beats(cw, j->is.length) ? beats(cw, j->is.length) : 1,
                         STAGE_ENTER);
        break;
    case STAGE_ENTER:
        j->has_buffer = j->is.write;
        j->beats = j->amount;
        dbell__cw_wait(cw, j, DBELL_CW_TBU_SLOT);
        dbell__pool_take(cw, &tbu->slots, j, 1, STAGE_ADMITTED);
        break;
    case STAGE_ADMITTED:
        j->has_slot = true;
        enter(cw, j);
        break;
    case STAGE_MICRO_TLB:
        if (hits(cw, j, DBELL_CW_CACHE_MICRO_TLB))
            dbell__cw_go(cw, j, STAGE_TRANSLATE);
        else
            dbell__cw_lookup(cw, j, DBELL_CW_CACHE_TBU_TLB, STAGE_TBU_TLB);
        break;
    case STAGE_TBU_TLB:
        if (hits(cw, j, DBELL_CW_CACHE_TBU_TLB)) {
            promote(cw, j);
            dbell__cw_go(cw, j, STAGE_TRANSLATE);
        } else {
            dbell__cw_go(cw, j, STAGE_TBU_MISS);
        }
        break;
    case STAGE_TBU_MISS:
        miss(cw, j);
        break;
    case STAGE_LINK_UP:
        j->has_token = true;
        dbell__cw_wait(cw, j, DBELL_CW_LINK_UP);
        if (parameter(cw, DBELL_T_LINK_CYCLES))
            dbell__pool_take(cw, &tbu->up, j, 1, STAGE_LINK_UP_HELD);
        else
            dbell__cw_go(cw, j, STAGE_LINK_UP_DONE);
        break;
    case STAGE_LINK_UP_HELD:
        dbell__cw_after(cw, j, parameter(cw, DBELL_T_LINK_CYCLES), STAGE_LINK_UP_DONE);
        break;
    case STAGE_LINK_UP_DONE:
        if (parameter(cw, DBELL_T_LINK_CYCLES))
            dbell__pool_give(cw, &tbu->up, 1);
        dbell__cw_visit(cw, j, DBELL_CW_LINK_UP);
        dbell__cw_after(cw, j, parameter(cw, DBELL_T_LINK_UP), STAGE_TCU);
        break;
    case STAGE_LINK_DOWN_HELD:
        dbell__cw_after(cw, j, parameter(cw, DBELL_T_LINK_CYCLES), STAGE_LINK_DOWN_DONE);
        break;
    case STAGE_LINK_DOWN_DONE:
        if (parameter(cw, DBELL_T_LINK_CYCLES))
            dbell__pool_give(cw, &tbu->down, 1);
        dbell__cw_visit(cw, j, DBELL_CW_LINK_DOWN);
        dbell__cw_after(cw, j, parameter(cw, DBELL_T_LINK_DOWN), STAGE_BACK);
        break;
    case STAGE_BACK:
        dbell__pool_give(cw, &tbu->tokens, 1);
        j->has_token = false;
        dbell__cw_go(cw, j, STAGE_TRANSLATE);
        break;
    case STAGE_TRANSLATE:
        translate(cw, j);
        break;
    case STAGE_ORDERED:
        leave(cw, j);
        break;
    case STAGE_DATA_DONE:
        arrive(cw, j);
        break;
    case STAGE_RESPONSE:
        dbell__cw_visit(cw, j, DBELL_CW_PORT);
        dbell__cw_after(cw, j, beats(cw, j->is.length), STAGE_RESPONSE_DONE);
        break;
    case STAGE_RESPONSE_DONE:
        dbell__pool_give(cw, &tbu->response, 1);
        dbell__access_over(cw, j);
        break;
    default: /* STAGE_DEVICE_DONE */
        dbell__access_over(cw, j);
        break;
    }
}

/* --- accesses that stalled --- */

void dbell_clockwork_resume(struct dbell_clockwork *is, uint64_t user,
                            enum dbell_clockwork_verdict verdict,
                            const struct dbell_translated *translated)
{
    const struct cw cw = {is, is->state};
    if (verdict == DBELL_CW_PARKS)
        return;
    for (uint32_t i = 0; i < cw.s->most; i++) {
        struct journey *j = journey_of(&cw, i);
        if (j->stage == STAGE_FREE || !j->parked || j->is.user != user)
            continue;
        j->parked = false;
        j->translated = *translated;
        j->its = verdict == DBELL_CW_MESSAGE ? translated->its : UINT16_MAX;
        dbell__access_opens(&cw, j);
        dbell__access_granted(&cw, j, verdict);
        return;
    }
}
