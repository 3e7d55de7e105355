/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The TCU: from a request to a translation. Its legs are the reads that the access would make if
 * nothing were cached; caches and other walks spare it some. */
#include "clockwork_state.h"

/* --- misses that others wait for --- */

/* True: it is the first, and the miss is its own. Else it waits, to go on at `stage`. */
bool dbell__flight_join(const struct cw *cw, uint32_t *list, struct journey *j, unsigned kind,
                        uint64_t a, uint64_t b, enum stage stage)
{
    for (uint32_t i = *list; i != NOBODY; i = journey_of(cw, i)->flights[kind].next) {
        struct flight *flight = &journey_of(cw, i)->flights[kind];
        if (flight->stale || flight->a != a || flight->b != b)
            continue;
        j->stage = (uint8_t)stage;
        j->next = flight->first;
        flight->first = index_of(cw, j);
        return false;
    }
    j->flights[kind] = (struct flight){.active = true,
                                       .stale = j->flights[kind].stale,
                                       .a = a,
                                       .b = b,
                                       .next = *list,
                                       .first = NOBODY};
    *list = index_of(cw, j);
    return true;
}

/* It is over. Who waited goes on, in the order of coming, or tries again. */
void dbell__flight_land(const struct cw *cw, uint32_t *list, struct journey *j, unsigned kind,
                        const struct landing *landing)
{
    struct flight *flight = &j->flights[kind];
    uint32_t reversed = NOBODY;
    if (!flight->active)
        return;
    flight->active = false;
    while (*list != index_of(cw, j))
        list = &journey_of(cw, *list)->flights[kind].next;
    *list = flight->next;
    for (uint32_t at = flight->first, next; at != NOBODY; at = next) {
        next = journey_of(cw, at)->next;
        journey_of(cw, at)->next = reversed;
        reversed = at;
    }
    while (reversed != NOBODY) {
        struct journey *waiter = journey_of(cw, reversed);
        reversed = waiter->next;
        const bool useless = flight->stale || (landing->updates && waiter->is.write);
        dbell__cw_go(cw, waiter, useless ? landing->again : landing->fresh);
    }
}

/* --- what the legs are --- */

static void foresee(const struct cw *cw, struct journey *j)
{
    const struct dbell_clockwork_ports *p = &cw->is->ports;
    struct dbell_foreseen *f = &j->foreseen;
    *f = (struct dbell_foreseen){.steps = {.steps = cw->s->steps, .capacity = LEGS}};
    p->foresee(p->ctx, &j->is, f);
    j->foresees = true;
    j->leg_count = f->steps.count;
    j->leg = j->looked_up = 0;
    if (f->config_steps > j->leg_count)
        f->config_steps = j->leg_count;
    for (uint32_t i = 0; i < j->leg_count; i++) {
        const struct dbell_step *step = &cw->s->steps[i];
        j->legs[i] = (struct leg){.address = step->address,
                                  .input = step->input,
                                  .size = step->size,
                                  .object = step->object,
                                  .span = step->span,
                                  .kind = step->kind,
                                  .level = step->level};
    }
}

static bool is_walk_of(const struct leg *leg, enum dbell_object object)
{
    return leg->object == object && leg->kind == DBELL_STEP_READ && leg->level >= 0 &&
           leg->level <= 3;
}

static bool is_s2(const struct leg *leg)
{
    return is_walk_of(leg, DBELL_OBJECT_STAGE2);
}

static bool has_stage1(const struct journey *j)
{
    for (uint32_t i = j->foreseen.config_steps; i < j->leg_count; i++)
        if (is_walk_of(&j->legs[i], DBELL_OBJECT_STAGE1))
            return true;
    return false;
}

/* Past the reads of one walk of stage 2. */
static uint32_t group_end(const struct journey *j, uint32_t leg)
{
    const uint64_t input = j->legs[leg].input;
    while (leg < j->leg_count && is_s2(&j->legs[leg]) && j->legs[leg].input == input)
        leg++;
    return leg;
}

/* --- the caches of the TCU --- */

static uint64_t s1_context(const struct journey *j)
{
    const struct dbell_clockwork_tag *tag = &j->foreseen.tag;
    return (uint64_t)1 << 48 | (uint64_t)tag->regime << 40 | (uint64_t)tag->vmid << 16 | tag->asid;
}

static uint64_t s2_context(const struct journey *j)
{
    return (uint64_t)2 << 48 | (uint64_t)j->foreseen.tag.vmid << 16;
}

static uint64_t key_of(const struct leg *leg)
{
    return dbell__tags_key(leg->input, leg->span);
}

static void count_hit(struct tags *tags, bool hit)
{
    if (tags->entries)
        ++*(hit ? &tags->count.hits : &tags->count.misses);
}

/* The first leg after the deepest of these whose descriptor is cached; `from` if none is. */
static uint32_t past_cached(const struct cw *cw, struct journey *j, enum dbell_object object,
                            uint32_t from, uint32_t end)
{
    const bool first = object == DBELL_OBJECT_STAGE1;
    for (uint32_t i = end; i-- > from;) {
        const struct leg *leg = &j->legs[i];
        if (!is_walk_of(leg, object))
            continue;
        struct tags *tags = &smmu_of(cw, j->is.smmu)->walk[(first ? 0 : 4) + leg->level];
        const bool hit =
            dbell__tags_find(cw, tags, key_of(leg), first ? s1_context(j) : s2_context(j));
        count_hit(tags, hit);
        if (hit)
            return i + 1;
    }
    return from;
}

static void fill(const struct cw *cw, struct journey *j, struct tags *tags, const struct leg *leg,
                 bool last_level)
{
    const bool first = leg->object == DBELL_OBJECT_STAGE1;
    struct line *line =
        dbell__tags_fill(cw, tags, key_of(leg), first ? s1_context(j) : s2_context(j));
    if (line) {
        line->tag = j->foreseen.tag;
        line->stage = first ? 1 : 2;
        line->last_level = last_level;
    }
}

/* A walk of stage 2 for a table or a CD, or, at the end, for the address itself. */
static bool uses_walk_cache(const struct cw *cw, const struct journey *j)
{
    return group_end(j, j->leg) == j->leg_count || parameter(cw, DBELL_T_WALK_NONFINAL);
}

/* What was read comes into the caches, unless it was invalidated meanwhile. */
static void fill_walk_caches(const struct cw *cw, struct journey *j, const struct leg *leg)
{
    struct smmu *smmu = smmu_of(cw, j->is.smmu);
    const uint32_t next = j->leg + 1;
    if (j->flights[FLIGHT_WALK].stale)
        return;
    if (is_walk_of(leg, DBELL_OBJECT_STAGE1)) {
        bool last = true;
        for (uint32_t i = next; i < j->leg_count; i++)
            last &= !is_walk_of(&j->legs[i], DBELL_OBJECT_STAGE1);
        fill(cw, j, &smmu->walk[leg->level], leg, last);
    } else if (is_s2(leg)) {
        const bool last = group_end(j, j->leg) == next;
        if (uses_walk_cache(cw, j))
            fill(cw, j, &smmu->walk[4 + leg->level], leg, last);
        if (last)
            fill(cw, j, &smmu->ipa, leg, true);
    }
}

/* --- the way through --- */

static void answer(const struct cw *cw, struct journey *j)
{
    struct tbu *tbu = tbu_of(cw, j);
    dbell__pool_give(cw, &smmu_of(cw, j->is.smmu)->slots, 1);
    dbell__cw_wait(cw, j, DBELL_CW_LINK_DOWN);
    if (parameter(cw, DBELL_T_LINK_CYCLES))
        dbell__pool_take(cw, &tbu->down, j, 1, STAGE_LINK_DOWN_HELD);
    else
        dbell__cw_go(cw, j, STAGE_LINK_DOWN_DONE);
}

static void look_for_configuration(const struct cw *cw, struct journey *j)
{
    struct smmu *smmu = smmu_of(cw, j->is.smmu);
    const uint64_t context = dbell__access_context(j);
    if (!j->foresees)
        foresee(cw, j);
    const bool hit = dbell__tags_find(cw, &smmu->config, context << 8, context) != NULL;
    count_hit(&smmu->config, hit);
    if (hit || !j->foreseen.config_steps) {
        dbell__cw_go(cw, j, STAGE_WALK);
        return;
    }
    dbell__cw_wait(cw, j, DBELL_CW_CONFIG_SLOT);
    if (!parameter(cw, DBELL_T_TCU_MERGE) ||
        dbell__flight_join(cw, &smmu->config_flights, j, FLIGHT_CONFIG, context, context,
                           STAGE_WALK))
        dbell__pool_take(cw, &smmu->config_slots, j, 1, STAGE_CONFIG_SLOT);
}

static void end_configuration(const struct cw *cw, struct journey *j)
{
    struct smmu *smmu = smmu_of(cw, j->is.smmu);
    const uint64_t context = dbell__access_context(j);
    dbell__pool_give(cw, &smmu->config_slots, 1);
    if (!j->flights[FLIGHT_CONFIG].stale)
        dbell__tags_fill(cw, &smmu->config, context << 8, context);
    dbell__cw_go(cw, j, STAGE_WALK); /* before those that waited for it */
    dbell__flight_land(cw, &smmu->config_flights, j, FLIGHT_CONFIG,
                       &(struct landing){.fresh = STAGE_WALK, .again = STAGE_CONFIG_FOUND});
}

static void walk(const struct cw *cw, struct journey *j)
{
    struct smmu *smmu = smmu_of(cw, j->is.smmu);
    const struct dbell_foreseen *f = &j->foreseen;
    j->leg = j->looked_up = f->config_steps;
    if (j->leg == j->leg_count) {
        answer(cw, j);
        return;
    }
    if (f->page_log2 && parameter(cw, DBELL_T_TCU_MERGE) &&
        !dbell__flight_join(cw, &smmu->walk_flights, j, FLIGHT_WALK,
                            dbell__tags_key(j->is.address, f->page_log2), s1_context(j),
                            STAGE_WALKED)) {
        dbell__cw_wait(cw, j, DBELL_CW_WALK_SLOT);
        return;
    }
    if (has_stage1(j))
        dbell__cw_lookup(cw, j, DBELL_CW_CACHE_S1L0, STAGE_WALK_FOUND);
    else
        dbell__cw_go(cw, j, STAGE_WALK_FOUND);
}

static void walk_or_not(const struct cw *cw, struct journey *j)
{
    j->leg = past_cached(cw, j, DBELL_OBJECT_STAGE1, j->leg, j->leg_count);
    if (j->leg == j->leg_count) {
        dbell__cw_go(cw, j, STAGE_WALKED);
        return;
    }
    dbell__cw_wait(cw, j, DBELL_CW_WALK_SLOT);
    dbell__pool_take(cw, &smmu_of(cw, j->is.smmu)->walk_slots, j, 1, STAGE_WALK_SLOT);
}

static uint32_t end_of_legs(const struct journey *j)
{
    return j->leg < j->foreseen.config_steps ? j->foreseen.config_steps : j->leg_count;
}

static void read_leg(const struct cw *cw, struct journey *j)
{
    const struct leg *leg = &j->legs[j->leg];
    dbell__cw_request(cw, j, DBELL_T_MEMORY_LATENCY, leg->kind == DBELL_STEP_UPDATE, leg->address,
                      leg->size, STAGE_LEG_READ);
}

/* The next leg, or before a walk of stage 2 the lookups that may spare it. `end`: of the
 * configuration, or of all. */
static void next_leg(const struct cw *cw, struct journey *j, uint32_t end)
{
    if (j->leg >= end) {
        if (end == j->foreseen.config_steps && !j->has_walk_slot)
            end_configuration(cw, j);
        else
            dbell__cw_go(cw, j, STAGE_WALKED);
    } else if (is_s2(&j->legs[j->leg]) && j->looked_up <= j->leg) {
        j->looked_up = group_end(j, j->leg);
        dbell__cw_lookup(cw, j, DBELL_CW_CACHE_IPA, STAGE_IPA_FOUND);
    } else {
        read_leg(cw, j);
    }
}

static void after_ipa_lookup(const struct cw *cw, struct journey *j)
{
    struct tags *ipa = &smmu_of(cw, j->is.smmu)->ipa;
    const uint32_t end = group_end(j, j->leg);
    const bool hit = dbell__tags_find(cw, ipa, key_of(&j->legs[end - 1]), s2_context(j)) != NULL;
    count_hit(ipa, hit);
    if (hit) {
        j->leg = end;
        dbell__cw_go(cw, j, STAGE_LEG);
    } else if (uses_walk_cache(cw, j)) {
        dbell__cw_lookup(cw, j, DBELL_CW_CACHE_S1L0, STAGE_S2_FOUND);
    } else {
        dbell__cw_go(cw, j, STAGE_LEG);
    }
}

static void walked(const struct cw *cw, struct journey *j)
{
    struct smmu *smmu = smmu_of(cw, j->is.smmu);
    const uint8_t log2 = j->foreseen.page_log2;
    if (j->has_walk_slot)
        dbell__pool_give(cw, &smmu->walk_slots, 1);
    j->has_walk_slot = false;
    if (log2 && !j->flights[FLIGHT_WALK].stale) {
        struct line *line = dbell__tags_fill(cw, &smmu->tlb, dbell__tags_key(j->is.address, log2),
                                             dbell__access_context(j));
        if (line) {
            line->tag = j->foreseen.tag;
            line->stage = 3;
            line->last_level = true;
            line->updates = j->foreseen.updates;
        }
    }
    dbell__flight_land(cw, &smmu->walk_flights, j, FLIGHT_WALK,
                       &(struct landing){.fresh = STAGE_WALKED,
                                         .again = STAGE_WALK,
                                         .updates = j->foreseen.updates});
    answer(cw, j);
}

void dbell__tcu_stage(const struct cw *cw, struct journey *j, enum stage stage)
{
    struct smmu *smmu = smmu_of(cw, j->is.smmu);
    switch (stage) {
    case STAGE_TCU:
        dbell__cw_wait(cw, j, DBELL_CW_TCU_SLOT);
        dbell__pool_take(cw, &smmu->slots, j, 1, STAGE_TCU_TLB);
        break;
    case STAGE_TCU_TLB:
        dbell__cw_lookup(cw, j, DBELL_CW_CACHE_TCU_TLB, STAGE_CONFIG);
        break;
    case STAGE_CONFIG: {
        const struct line *line =
            dbell__tags_find_page(cw, &smmu->tlb, j->is.address, dbell__access_context(j));
        const bool hit = line && !(j->is.write && line->updates);
        count_hit(&smmu->tlb, hit);
        if (hit) {
            j->foreseen.tag = line->tag;
            j->foresees = true;
            answer(cw, j);
        } else {
            dbell__cw_lookup(cw, j, DBELL_CW_CACHE_CONFIG, STAGE_CONFIG_FOUND);
        }
        break;
    }
    case STAGE_CONFIG_FOUND:
        look_for_configuration(cw, j);
        break;
    case STAGE_CONFIG_SLOT:
    case STAGE_CONFIG_LEG:
    case STAGE_LEG:
        next_leg(cw, j, end_of_legs(j));
        break;
    case STAGE_WALK:
        walk(cw, j);
        break;
    case STAGE_WALK_FOUND:
        walk_or_not(cw, j);
        break;
    case STAGE_WALK_SLOT:
        j->has_walk_slot = true;
        next_leg(cw, j, j->leg_count);
        break;
    case STAGE_IPA_FOUND:
        after_ipa_lookup(cw, j);
        break;
    case STAGE_S2_FOUND:
        j->leg = past_cached(cw, j, DBELL_OBJECT_STAGE2, j->leg, group_end(j, j->leg));
        dbell__cw_go(cw, j, STAGE_LEG);
        break;
    case STAGE_LEG_READ:
        j->times.reads++;
        fill_walk_caches(cw, j, &j->legs[j->leg]);
        j->leg++;
        next_leg(cw, j, j->has_walk_slot ? j->leg_count : j->foreseen.config_steps);
        break;
    default: /* STAGE_WALKED */
        walked(cw, j);
        break;
    }
}
