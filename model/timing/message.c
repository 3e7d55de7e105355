/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A message: an ITS takes it in, looks up or reads its tables, and sends an LPI to a redistributor,
 * which looks up or reads its configuration. */
#include "clockwork_state.h"

enum table { TABLE_NONE, TABLE_DEVICE, TABLE_EVENT, TABLE_COLLECTION };

static enum table table_of(const struct leg *leg)
{
    switch (leg->object) {
    case DBELL_OBJECT_DTE_L1:
    case DBELL_OBJECT_DTE:
        return TABLE_DEVICE;
    case DBELL_OBJECT_ITE:
        return TABLE_EVENT;
    case DBELL_OBJECT_CTE_L1:
    case DBELL_OBJECT_CTE:
    case DBELL_OBJECT_VTE_L1:
    case DBELL_OBJECT_VTE:
        return TABLE_COLLECTION;
    default:
        return TABLE_NONE;
    }
}

static void skip(struct journey *j, enum table table)
{
    while (j->leg < j->leg_count && table_of(&j->legs[j->leg]) == table)
        j->leg++;
}

static bool find(const struct cw *cw, const struct journey *j, enum dbell_clockwork_cache cache,
                 uint64_t a, uint64_t b)
{
    struct tags *tags = dbell__cw_cache(cw, j, cache);
    if (!tags->entries)
        return false;
    const bool hit = dbell__tags_find(cw, tags, a << 8, b) != NULL;
    ++*(hit ? &tags->count.hits : &tags->count.misses);
    return hit;
}

static void fill(const struct cw *cw, const struct journey *j, enum dbell_clockwork_cache cache,
                 uint64_t a, uint64_t b)
{
    if (!j->stale_message)
        dbell__tags_fill(cw, dbell__cw_cache(cw, j, cache), a << 8, b);
}

void dbell__message_begin(const struct cw *cw, struct journey *j, unsigned its)
{
    j->its = (uint16_t)its;
    dbell__cw_wait(cw, j, DBELL_CW_ITS_FIFO);
    dbell__pool_take(cw, &its_of(cw, its)->fifo, j, 1, STAGE_ITS_TAKEN);
}

static void foresee(const struct cw *cw, struct journey *j)
{
    const struct dbell_clockwork_ports *p = &cw->is->ports;
    struct dbell_foreseen_message *m = &j->message;
    *m = (struct dbell_foreseen_message){.steps = {.steps = cw->s->steps, .capacity = LEGS}};
    p->foresee_message(p->ctx, &j->is, j->its, m);
    j->leg = 0;
    j->leg_count = m->steps.count;
    for (uint32_t i = 0; i < j->leg_count; i++)
        j->legs[i] = (struct leg){.address = cw->s->steps[i].address,
                                  .size = cw->s->steps[i].size,
                                  .object = cw->s->steps[i].object,
                                  .kind = cw->s->steps[i].kind};
}

/* The tables come one after the other, each behind its cache. */
static void next_table(const struct cw *cw, struct journey *j)
{
    const enum table table = j->leg < j->leg_count ? table_of(&j->legs[j->leg]) : TABLE_NONE;
    if (table == TABLE_COLLECTION && j->looked_up <= j->leg) {
        j->looked_up = j->leg + 1;
        dbell__cw_lookup(cw, j, DBELL_CW_CACHE_COLLECTION, STAGE_ITS_COLLECTION);
    } else if (j->leg < j->leg_count) {
        dbell__cw_request(cw, j, DBELL_T_ITS_MEMORY_LATENCY, false, j->legs[j->leg].address,
                          j->legs[j->leg].size, STAGE_ITS_LINK);
    } else if (j->message.delivered) {
        dbell__cw_wait(cw, j, DBELL_CW_ITS_LINK);
        dbell__pool_take(cw, &its_of(cw, j->its)->credits, j, 1, STAGE_ITS_CREDIT);
    } else {
        dbell__pool_give(cw, &its_of(cw, j->its)->slots, 1);
        dbell__cw_go(cw, j, STAGE_DELIVER);
    }
}

static void read_one(const struct cw *cw, struct journey *j)
{
    const struct dbell_foreseen_message *m = &j->message;
    const struct leg *leg = &j->legs[j->leg++];
    j->times.reads++;
    if (leg->object == DBELL_OBJECT_DTE)
        fill(cw, j, DBELL_CW_CACHE_DEVICE, m->deviceid, 0);
    if (leg->object == DBELL_OBJECT_ITE)
        fill(cw, j, DBELL_CW_CACHE_EVENT, m->eventid, m->deviceid);
    if (leg->object == DBELL_OBJECT_CTE || leg->object == DBELL_OBJECT_VTE)
        fill(cw, j, DBELL_CW_CACHE_COLLECTION, m->collection, 0);
    next_table(cw, j);
}

static void closes(const struct cw *cw, struct journey *j)
{
    struct its *its = its_of(cw, j->its);
    --*(j->old_message ? &its->open_old : &its->open_new);
    if (its->draining && !its->open_old)
        dbell__actors_drained(cw);
}

static void deliver(const struct cw *cw, struct journey *j)
{
    const struct dbell_clockwork_ports *p = &cw->is->ports;
    closes(cw, j);
    if (j->is.kind == DBELL_JOURNEY_ACT) { /* what is delivered is its act */
        dbell__cw_go(cw, j, STAGE_ACTOR_ACT);
        return;
    }
    j->times.moved = cw->s->now;
    p->move(p->ctx, &j->is);
    dbell__access_over(cw, j);
    dbell__actors_poke(cw);
}

void dbell__message_stage(const struct cw *cw, struct journey *j, enum stage stage)
{
    const struct dbell_clockwork_ports *p = &cw->is->ports;
    struct its *its = its_of(cw, j->its);
    const struct dbell_foreseen_message *m = &j->message;
    switch (stage) {
    case STAGE_ITS_TAKEN:
        dbell__cw_wait(cw, j, DBELL_CW_ITS_ACCEPT);
        dbell__pool_take(cw, &its->accept, j, 1, STAGE_ITS_ACCEPT_HELD);
        break;
    case STAGE_ITS_ACCEPT_HELD:
        dbell__cw_visit(cw, j, DBELL_CW_ITS_ACCEPT);
        dbell__cw_after(cw, j, parameter(cw, DBELL_T_ITS_ACCEPT), STAGE_ITS_ACCEPTED);
        break;
    case STAGE_ITS_ACCEPTED:
        dbell__pool_give(cw, &its->accept, 1);
        j->times.accepted = cw->s->now;
        if (p->accepted && j->is.kind == DBELL_JOURNEY_ACCESS)
            p->accepted(p->ctx, &j->is);
        if (j->is.smmu != DBELL_NO_SMMU) /* for CMD_SYNC the write is where it goes */
            dbell__access_closes(cw, j);
        dbell__cw_wait(cw, j, DBELL_CW_ITS_SLOT);
        dbell__pool_take(cw, &its->slots, j, 1, STAGE_ITS_SLOT);
        break;
    case STAGE_ITS_SLOT:
        dbell__pool_give(cw, &its->fifo, 1);
        j->old_message = j->stale_message = false;
        its->open_new++;
        foresee(cw, j);
        j->looked_up = 0;
        dbell__cw_lookup(cw, j, DBELL_CW_CACHE_EVENT, STAGE_ITS_EVENT);
        break;
    case STAGE_ITS_EVENT:
        if (find(cw, j, DBELL_CW_CACHE_EVENT, m->eventid, m->deviceid)) {
            skip(j, TABLE_DEVICE);
            skip(j, TABLE_EVENT);
            next_table(cw, j);
        } else {
            dbell__cw_lookup(cw, j, DBELL_CW_CACHE_DEVICE, STAGE_ITS_DEVICE);
        }
        break;
    case STAGE_ITS_DEVICE:
        if (find(cw, j, DBELL_CW_CACHE_DEVICE, m->deviceid, 0))
            skip(j, TABLE_DEVICE);
        next_table(cw, j);
        break;
    case STAGE_ITS_COLLECTION:
        if (find(cw, j, DBELL_CW_CACHE_COLLECTION, m->collection, 0))
            skip(j, TABLE_COLLECTION);
        else
            j->looked_up = j->leg_count;
        next_table(cw, j);
        break;
    case STAGE_ITS_LINK:
        read_one(cw, j);
        break;
    case STAGE_ITS_CREDIT:
        dbell__pool_give(cw, &its->slots, 1);
        dbell__cw_visit(cw, j, DBELL_CW_ITS_LINK);
        dbell__cw_after(cw, j, parameter(cw, DBELL_T_ITS_LINK), STAGE_ITS_SENT);
        break;
    case STAGE_ITS_SENT:
        dbell__cw_lookup(cw, j, DBELL_CW_CACHE_LPI, STAGE_LPI_FOUND);
        break;
    case STAGE_LPI_FOUND:
        if (find(cw, j, DBELL_CW_CACHE_LPI, m->intid, 0))
            dbell__cw_go(cw, j, STAGE_LPI_READ);
        else
            dbell__cw_request(cw, j, DBELL_T_LPI_MEMORY_LATENCY, false, m->config_address, 1,
                              STAGE_LPI_MISSED);
        break;
    case STAGE_LPI_MISSED:
        j->times.reads++;
        fill(cw, j, DBELL_CW_CACHE_LPI, m->intid, 0);
        dbell__cw_go(cw, j, STAGE_LPI_READ);
        break;
    case STAGE_LPI_READ:
        dbell__pool_give(cw, &its->credits, 1);
        deliver(cw, j);
        break;
    default: /* STAGE_DELIVER: it becomes nothing */
        deliver(cw, j);
        break;
    }
}
