/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Slots, tokens and ports: who comes first is served first. */
#include "clockwork_state.h"

void dbell__pool_init(struct pool *pool, uint32_t capacity)
{
    *pool = (struct pool){.capacity = capacity,
                          .first = NOBODY,
                          .last = NOBODY,
                          .second = NOBODY,
                          .second_last = NOBODY,
                          .count = {.capacity = capacity}};
}

static void change(const struct cw *cw, struct pool *pool, uint32_t used)
{
    pool->count.occupied += (cw->s->now - pool->changed) * pool->used;
    pool->changed = cw->s->now;
    pool->used = used;
    if (used > pool->count.peak)
        pool->count.peak = used;
}

static bool fits(const struct pool *pool, uint32_t amount)
{
    return !pool->capacity || pool->used + amount <= pool->capacity;
}

static void admit(const struct cw *cw, struct pool *pool, struct journey *j)
{
    change(cw, pool, pool->used + j->amount);
    pool->count.visits++;
    dbell__cw_go(cw, j, (enum stage)j->stage);
}

static void enqueue(const struct cw *cw, uint32_t *first, uint32_t *last, struct journey *j)
{
    const uint32_t index = index_of(cw, j);
    j->next = NOBODY;
    j->due = cw->s->now; /* since when it waits */
    if (*first == NOBODY)
        *first = index;
    else
        journey_of(cw, *last)->next = index;
    *last = index;
}

/* More than there is are never asked for. */
void dbell__pool_take(const struct cw *cw, struct pool *pool, struct journey *j, uint32_t amount,
                      enum stage stage)
{
    j->stage = (uint8_t)stage;
    j->amount = pool->capacity && amount > pool->capacity ? pool->capacity : amount;
    if (pool->first == NOBODY && pool->second == NOBODY && fits(pool, j->amount))
        admit(cw, pool, j);
    else
        enqueue(cw, &pool->first, &pool->last, j);
}

void dbell__pool_take_second(const struct cw *cw, struct pool *pool, struct journey *j,
                             enum stage stage)
{
    j->stage = (uint8_t)stage;
    j->amount = 1;
    if (pool->first == NOBODY && pool->second == NOBODY && fits(pool, 1))
        admit(cw, pool, j);
    else
        enqueue(cw, &pool->second, &pool->second_last, j);
}

/* After `share` of the first kind, whether or not one of the second waited then, it is the second's
 * turn; share 0: only when no first one waits. */
static bool is_turn_of_second(const struct pool *pool)
{
    return pool->second != NOBODY &&
           (pool->first == NOBODY || (pool->share && pool->favoured >= pool->share));
}

void dbell__pool_give(const struct cw *cw, struct pool *pool, uint32_t amount)
{
    change(cw, pool, pool->used - amount);
    for (;;) {
        const bool second = is_turn_of_second(pool);
        uint32_t *queue = second ? &pool->second : &pool->first;
        if (*queue == NOBODY || !fits(pool, journey_of(cw, *queue)->amount))
            return;
        struct journey *j = journey_of(cw, *queue);
        if (second)
            pool->favoured = 0;
        else if (pool->favoured < pool->share)
            pool->favoured++;
        *queue = j->next;
        pool->count.waited += cw->s->now - j->due;
        admit(cw, pool, j);
    }
}
