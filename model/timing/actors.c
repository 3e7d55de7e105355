/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What acts by itself: command processors, writers of records and messages, retries. One act is
 * under way at a time in each. */
#include "clockwork_state.h"

static enum dbell_clockwork_actor actor_at(const struct cw *cw, unsigned index, unsigned *part)
{
    const unsigned of_smmus = (unsigned)cw->s->config.smmus * DBELL_SMMU_ACTORS;
    if (index < of_smmus) {
        *part = index / DBELL_SMMU_ACTORS;
        return (enum dbell_clockwork_actor)(index % DBELL_SMMU_ACTORS);
    }
    *part = index - of_smmus;
    return *part < cw->s->config.itses ? DBELL_ACTOR_ITS : DBELL_ACTOR_DEVICES;
}

static struct actor *actor_with(const struct cw *cw, const struct journey *j)
{
    const unsigned of_smmus = (unsigned)cw->s->config.smmus * DBELL_SMMU_ACTORS;
    if (j->actor < DBELL_SMMU_ACTORS)
        return actor_of(cw, (unsigned)j->part * DBELL_SMMU_ACTORS + j->actor);
    return actor_of(cw, of_smmus + j->part);
}

static void wake(const struct cw *cw, unsigned index)
{
    const struct dbell_clockwork_ports *p = &cw->is->ports;
    struct actor *actor = actor_of(cw, index);
    unsigned part;
    const enum dbell_clockwork_actor kind = actor_at(cw, index, &part);
    if (actor->journey != NOBODY) {
        if (actor->blocked) {
            actor->blocked = false;
            dbell__cw_go(cw, journey_of(cw, actor->journey), STAGE_ACTOR_ACT);
        }
        return;
    }
    if (!p->work(p->ctx, kind, part))
        return;
    struct journey *j = dbell__cw_new(cw); /* there is one for each */
    if (!j)
        return;
    actor->journey = index_of(cw, j);
    j->is =
        (struct dbell_journey){.kind = DBELL_JOURNEY_ACT,
                               .smmu = kind < DBELL_SMMU_ACTORS ? (uint16_t)part : DBELL_NO_SMMU,
                               .device = NOBODY};
    j->actor = (uint8_t)kind;
    j->part = (uint16_t)part;
    j->its = kind == DBELL_ACTOR_ITS ? (uint16_t)part : 0;
    dbell__cw_go(cw, j, STAGE_ACTOR);
}

void dbell__actors_poke(const struct cw *cw)
{
    for (uint32_t i = 0; i < cw->s->actor_count; i++)
        wake(cw, i);
}

/* --- what is older --- */

static bool *draining(const struct cw *cw, const struct journey *j)
{
    return j->actor == DBELL_ACTOR_ITS ? &its_of(cw, j->part)->draining
                                       : &smmu_of(cw, j->part)->draining;
}

static uint32_t *open_old(const struct cw *cw, const struct journey *j)
{
    return j->actor == DBELL_ACTOR_ITS ? &its_of(cw, j->part)->open_old
                                       : &smmu_of(cw, j->part)->open_old;
}

/* From now on what is under way is older than this command. */
static void begin_drain(const struct cw *cw, const struct journey *j)
{
    const bool its = j->actor == DBELL_ACTOR_ITS;
    uint32_t *recent = its ? &its_of(cw, j->part)->open_new : &smmu_of(cw, j->part)->open_new;
    for (uint32_t i = 0; i < cw->s->most; i++) {
        struct journey *other = journey_of(cw, i);
        if (other->stage == STAGE_FREE)
            continue;
        if (its && other->its == j->part)
            other->old_message = true;
        if (!its && other->is.smmu == j->part)
            other->old = true;
    }
    *open_old(cw, j) += *recent;
    *recent = 0;
    *draining(cw, j) = true;
}

void dbell__actors_drained(const struct cw *cw)
{
    for (uint32_t i = 0; i < cw->s->actor_count; i++) {
        const struct actor *actor = actor_of(cw, i);
        struct journey *j = actor->journey != NOBODY ? journey_of(cw, actor->journey) : NULL;
        if (j && j->waits_for_drain && !*open_old(cw, j)) {
            j->waits_for_drain = false;
            *draining(cw, j) = false;
            dbell__cw_go(cw, j, STAGE_ACTOR_WRITE);
        }
    }
}

static void drain(const struct cw *cw, struct journey *j)
{
    dbell__cw_wait(cw, j, DBELL_CW_DRAIN);
    if (!*open_old(cw, j)) {
        *draining(cw, j) = false;
        dbell__cw_go(cw, j, STAGE_ACTOR_WRITE);
        return;
    }
    j->stage = STAGE_ACTOR_WRITE;
    j->waits_for_drain = true;
}

/* --- one act --- */

static enum dbell_timing_parameter port_of(const struct journey *j)
{
    return j->actor == DBELL_ACTOR_ITS ? DBELL_T_ITS_MEMORY_LATENCY : DBELL_T_MEMORY_LATENCY;
}

static void begin(const struct cw *cw, struct journey *j)
{
    const struct dbell_clockwork_ports *p = &cw->is->ports;
    const enum dbell_clockwork_actor actor = (enum dbell_clockwork_actor)j->actor;
    if (!p->work(p->ctx, actor, j->part)) {
        actor_with(cw, j)->journey = NOBODY;
        dbell__cw_finish(cw, j);
        return;
    }
    j->act = (struct dbell_foreseen_act){.cost = DBELL_TIMING_PARAMETERS};
    p->foresee_act(p->ctx, actor, j->part, &j->act);
    if (j->act.drains)
        begin_drain(cw, j);
    if (j->act.read)
        dbell__cw_request(cw, j, port_of(j), false, j->act.read_address, j->act.read,
                          STAGE_ACTOR_FETCHED);
    else
        dbell__cw_go(cw, j, STAGE_ACTOR_FETCHED);
}

static void spend(const struct cw *cw, struct journey *j)
{
    dbell__cw_visit(cw, j, j->actor == DBELL_ACTOR_DEVICES ? DBELL_CW_DEVICE : DBELL_CW_COMMAND);
    dbell__cw_after(cw, j,
                    j->act.cost < DBELL_TIMING_PARAMETERS
                        ? parameter(cw, (enum dbell_timing_parameter)j->act.cost)
                        : 0,
                    STAGE_ACTOR_TBUS);
}

/* An invalidation goes to every TBU, and its answer comes back. */
static void visit_tbus(const struct cw *cw, struct journey *j)
{
    if (j->actor == DBELL_ACTOR_ITS)
        dbell__pool_give(cw, &its_of(cw, j->part)->slots, 1);
    if (!j->act.visits_tbus || !parameter(cw, DBELL_T_COMMAND_TBU)) {
        dbell__cw_go(cw, j, STAGE_ACTOR_DRAIN);
        return;
    }
    dbell__cw_visit(cw, j, DBELL_CW_LINK_DOWN);
    j->times.visits[DBELL_CW_LINK_UP]++;
    dbell__cw_after(cw, j,
                    (uint64_t)parameter(cw, DBELL_T_LINK_DOWN) + parameter(cw, DBELL_T_LINK_UP),
                    STAGE_ACTOR_DRAIN);
}

static void write(const struct cw *cw, struct journey *j)
{
    if (j->act.write)
        dbell__cw_request(cw, j, port_of(j), true, j->act.write_address, j->act.write,
                          STAGE_ACTOR_WRITTEN);
    else
        dbell__cw_go(cw, j, STAGE_ACTOR_ACT);
}

/* Who does not know before what it will read says so afterwards, and is busy for as long. */
static void act(const struct cw *cw, struct journey *j)
{
    const struct dbell_clockwork_ports *p = &cw->is->ports;
    struct dbell_itinerary steps = {.steps = cw->s->steps, .capacity = LEGS};
    const enum dbell_clockwork_verdict verdict =
        p->act(p->ctx, (enum dbell_clockwork_actor)j->actor, j->part, &steps);
    if (verdict == DBELL_CW_AGAIN) {
        dbell__cw_wait(cw, j, DBELL_CW_DRAIN);
        actor_with(cw, j)->blocked = true;
        j->stage = STAGE_ACTOR_ACT;
        return;
    }
    j->leg = j->leg_count = 0;
    for (uint32_t i = 0; i < steps.count && j->act.reads_unforeseen; i++)
        if (steps.steps[i].object != DBELL_OBJECT_COMMAND && /* that was paid for */
            (steps.steps[i].kind == DBELL_STEP_READ || steps.steps[i].kind == DBELL_STEP_UPDATE))
            j->legs[j->leg_count++] = (struct leg){.address = steps.steps[i].address,
                                                   .size = steps.steps[i].size,
                                                   .kind = steps.steps[i].kind};
    dbell__cw_acted(cw);
    dbell__cw_go(cw, j, STAGE_ACTOR_LEG);
    dbell__actors_poke(cw);
}

static void next_leg(const struct cw *cw, struct journey *j)
{
    if (j->leg == j->leg_count) {
        dbell__cw_go(cw, j, STAGE_ACTOR);
        return;
    }
    const struct leg *leg = &j->legs[j->leg++];
    j->times.reads++;
    dbell__cw_request(cw, j, port_of(j), leg->kind == DBELL_STEP_UPDATE, leg->address, leg->size,
                      STAGE_ACTOR_LEG);
}

void dbell__actor_stage(const struct cw *cw, struct journey *j, enum stage stage)
{
    switch (stage) {
    case STAGE_ACTOR:
        begin(cw, j);
        break;
    case STAGE_ACTOR_FETCHED:
        if (j->actor != DBELL_ACTOR_ITS) {
            spend(cw, j);
            break;
        }
        dbell__cw_wait(cw, j, DBELL_CW_ITS_SLOT);
        dbell__pool_take_second(cw, &its_of(cw, j->part)->slots, j, STAGE_ACTOR_SLOT);
        break;
    case STAGE_ACTOR_SLOT:
        spend(cw, j);
        break;
    case STAGE_ACTOR_TBUS:
        visit_tbus(cw, j);
        break;
    case STAGE_ACTOR_DRAIN:
        if (j->act.drains)
            drain(cw, j);
        else
            write(cw, j);
        break;
    case STAGE_ACTOR_WRITE:
        write(cw, j);
        break;
    case STAGE_ACTOR_WRITTEN:
        if (j->act.has_message)
            dbell__message_begin(cw, j, j->act.its);
        else
            dbell__cw_go(cw, j, STAGE_ACTOR_ACT);
        break;
    case STAGE_ACTOR_ACT:
        act(cw, j);
        break;
    default: /* STAGE_ACTOR_LEG */
        next_leg(cw, j);
        break;
    }
}
