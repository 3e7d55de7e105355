/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Invalidation, and what was counted. */
#include "clockwork_state.h"

/* --- what caches must forget --- */

static bool of_vmid(const struct dbell_clockwork_invalidation *what, uint16_t vmid)
{
    return !((what->vmid ^ vmid) & ~(unsigned)what->vmid_mask & 0xffff);
}

/* The top byte may be a tag (TBI), which no command has: bits [55:0] decide. */
static bool touches(uint64_t a, unsigned log2, uint64_t first, uint64_t last)
{
    const uint64_t untagged = (UINT64_C(1) << 56) - 1;
    const uint64_t size = log2 >= 56 ? untagged : (UINT64_C(1) << log2) - 1;
    const uint64_t from = a & untagged & ~size, length = last - first;
    if (length >= untagged)
        return true;
    first &= untagged;
    last = first + length;
    return from <= last && (from | size) >= first;
}

/* A translation, by what it was made with. `stage`: 1, 2, 3 for both. */
static bool translation_goes(const struct dbell_clockwork_invalidation *what,
                             const struct dbell_clockwork_tag *tag, unsigned stage,
                             uint64_t address, unsigned log2)
{
    if (what->stage2) { /* what combines both stages need not go (4.4): stage 2 alone does */
        if (what->scope == DBELL_CW_REGIME)
            return stage == 2 || tag->regime == what->regime;
        if (!of_vmid(what, tag->vmid) || (stage != 2 && tag->regime != what->regime))
            return false;
        return what->scope != DBELL_CW_RANGE || touches(address, log2, what->first, what->last);
    }
    if (stage == 2 || tag->regime != what->regime)
        return false;
    switch (what->scope) {
    case DBELL_CW_REGIME:
        return true;
    case DBELL_CW_VMID:
        return of_vmid(what, tag->vmid);
    case DBELL_CW_ASID:
        return of_vmid(what, tag->vmid) && !tag->global && tag->asid == what->asid;
    default:
        return of_vmid(what, tag->vmid) && (what->any || tag->global || tag->asid == what->asid) &&
               touches(address, log2, what->first, what->last);
    }
}

static bool configuration_goes(const struct dbell_clockwork_invalidation *what, uint64_t context)
{
    const uint32_t stream = (uint32_t)context, substream = (uint32_t)(context >> 32);
    if (what->scope == DBELL_CW_STREAMS)
        return stream >= what->first && stream <= what->last;
    return stream == what->first && (what->any || (substream & ~DBELL_HAS_SUBSTREAM) == what->last);
}

static bool is_of_configuration(const struct dbell_clockwork_invalidation *what)
{
    return what->scope == DBELL_CW_STREAMS || what->scope == DBELL_CW_SUBSTREAM;
}

/* Of a TLB: lines know who they are for, too. */
static bool tlb_line_goes(const void *ctx, const struct line *line)
{
    const struct dbell_clockwork_invalidation *what = ctx;
    if (what->scope == DBELL_CW_ALL)
        return true;
    if (is_of_configuration(what))
        return configuration_goes(what, line->b);
    return translation_goes(what, &line->tag, line->stage, line->a >> 8 << line->log2, line->log2);
}

static bool config_line_goes(const void *ctx, const struct line *line)
{
    const struct dbell_clockwork_invalidation *what = ctx;
    return what->scope == DBELL_CW_ALL ||
           (is_of_configuration(what) && configuration_goes(what, line->b));
}

static bool walk_line_goes(const void *ctx, const struct line *line)
{
    const struct dbell_clockwork_invalidation *what = ctx;
    if (what->scope == DBELL_CW_ALL)
        return true;
    if (is_of_configuration(what) || (what->leaf && !line->last_level))
        return false;
    return translation_goes(what, &line->tag, line->stage, line->a >> 8 << line->log2, line->log2);
}

/* What it was foreseen with may be old: others, and caches, do not get it. */
static void spoil(struct journey *j, const struct dbell_clockwork_invalidation *what)
{
    const bool all = what->scope == DBELL_CW_ALL;
    const uint64_t context = dbell__access_context(j);
    if (all || (is_of_configuration(what) && configuration_goes(what, context)))
        for (unsigned i = 0; i < FLIGHTS; i++)
            j->flights[i].stale = true;
    else if (!is_of_configuration(what) &&
             (what->stage2 || (what->scope == DBELL_CW_RANGE && !what->leaf) ||
              translation_goes(what, &j->foreseen.tag, 3, j->is.address,
                               j->foreseen.page_log2 ? j->foreseen.page_log2 : 12)))
        j->flights[FLIGHT_TBU].stale = j->flights[FLIGHT_WALK].stale = true;
}

void dbell_clockwork_invalidate(struct dbell_clockwork *is, unsigned index,
                                const struct dbell_clockwork_invalidation *what)
{
    const struct cw cw = {is, is->state};
    if (index >= cw.s->config.smmus)
        return;
    struct smmu *smmu = smmu_of(&cw, index);
    for (unsigned i = 0; i < cw.s->config.tbus; i++) {
        struct tbu *tbu =
            (struct tbu *)at_offset(cw.s, cw.s->tbus) + (size_t)index * cw.s->config.tbus + i;
        dbell__tags_drop(&cw, &tbu->micro, tlb_line_goes, what);
        dbell__tags_drop(&cw, &tbu->tlb, tlb_line_goes, what);
    }
    dbell__tags_drop(&cw, &smmu->tlb, tlb_line_goes, what);
    dbell__tags_drop(&cw, &smmu->config, config_line_goes, what);
    dbell__tags_drop(&cw, &smmu->ipa, walk_line_goes, what);
    for (unsigned i = 0; i < 8; i++)
        dbell__tags_drop(&cw, &smmu->walk[i], walk_line_goes, what);
    for (uint32_t i = 0; i < cw.s->most; i++) {
        struct journey *j = journey_of(&cw, i);
        if (j->stage != STAGE_FREE && j->is.smmu == index && j->foresees)
            spoil(j, what);
    }
}

struct its_scope {
    uint32_t deviceid, eventid;
};

static bool any_or(uint32_t scope, uint64_t id)
{
    return scope == UINT32_MAX || scope == id;
}

static bool device_line_goes(const void *ctx, const struct line *line)
{
    return any_or(((const struct its_scope *)ctx)->deviceid, line->a >> 8);
}

static bool event_line_goes(const void *ctx, const struct line *line)
{
    const struct its_scope *scope = ctx;
    return any_or(scope->deviceid, line->b) && any_or(scope->eventid, line->a >> 8);
}

void dbell_clockwork_invalidate_its(struct dbell_clockwork *is, unsigned index, uint32_t deviceid,
                                    uint32_t eventid, uint32_t collection)
{
    const struct cw cw = {is, is->state};
    if (index >= cw.s->config.itses)
        return;
    struct its *its = its_of(&cw, index);
    const struct its_scope event = {deviceid, eventid}, one = {.deviceid = collection};
    if (eventid == UINT32_MAX)
        dbell__tags_drop(&cw, &its->device, device_line_goes, &event);
    dbell__tags_drop(&cw, &its->event, event_line_goes, &event);
    dbell__tags_drop(&cw, &its->collection, device_line_goes, &one);
    for (uint32_t i = 0; i < cw.s->most; i++) /* what is being read may be old */
        if (journey_of(&cw, i)->its == index)
            journey_of(&cw, i)->stale_message = true;
}

void dbell_clockwork_invalidate_lpi(struct dbell_clockwork *is, uint32_t intid)
{
    const struct cw cw = {is, is->state};
    const struct its_scope one = {.deviceid = intid};
    dbell__tags_drop(&cw, &cw.s->lpi, device_line_goes, &one);
}

/* --- names --- */

const char *dbell_clockwork_unit_name(enum dbell_clockwork_unit unit)
{
    static const char *const names[DBELL_CW_UNITS] = {
        "port",        "write_buffer",     "tbu_slot",    "bypass",    "micro_tlb",
        "tlb",         "tbu_merge",        "link_token",  "link_up",   "tcu_slot",
        "tcu_tlb",     "config_cache",     "config_slot", "walk_slot", "ipa_cache",
        "walk_cache",  "memory",           "link_down",   "record",    "order",
        "data",        "its_fifo",         "its_accept",  "its_slot",  "device_cache",
        "event_cache", "collection_cache", "its_memory",  "its_link",  "lpi_cache",
        "lpi_memory",  "command",          "drain",       "device"};
    return (unsigned)unit < DBELL_CW_UNITS ? names[unit] : NULL;
}

const char *dbell_clockwork_cache_name(enum dbell_clockwork_cache cache)
{
    static const char *const names[DBELL_CW_CACHES] = {
        "micro_tlb", "tlb",        "tcu_tlb",   "config",         "ipa",       "walk.s1l0",
        "walk.s1l1", "walk.s1l2",  "walk.s1l3", "walk.s2l0",      "walk.s2l1", "walk.s2l2",
        "walk.s2l3", "its.device", "its.event", "its.collection", "gic.lpi"};
    return (unsigned)cache < DBELL_CW_CACHES ? names[cache] : NULL;
}

const char *dbell_clockwork_pool_name(enum dbell_clockwork_pool pool)
{
    static const char *const names[DBELL_CW_POOLS] = {
        "tbu.port",          "tbu.response",    "tbu.write_buffer", "tbu.slots",
        "link.tokens",       "link.up",         "link.down",        "tcu.slots",
        "tcu.config_slots",  "tcu.walk_slots",  "memory.reads",     "memory.writes",
        "memory.port",       "data.reads",      "data.writes",      "data.port",
        "its.fifo",          "its.accept",      "its.slots",        "its.memory.reads",
        "its.memory.writes", "its.memory.port", "its.link.credits", "gic.memory.reads",
        "gic.memory.writes", "gic.memory.port"};
    return (unsigned)pool < DBELL_CW_POOLS ? names[pool] : NULL;
}

/* --- sums over the instances of a kind --- */

static void add_cache(struct dbell_cache_count *sum, const struct tags *tags)
{
    sum->hits += tags->count.hits;
    sum->misses += tags->count.misses;
    sum->invalidated += tags->count.invalidated;
}

struct dbell_cache_count dbell_clockwork_cache_count(const struct dbell_clockwork *is,
                                                     enum dbell_clockwork_cache cache)
{
    const struct cw cw = {(struct dbell_clockwork *)(uintptr_t)is, is->state};
    struct dbell_cache_count sum = {0};
    if (cache == DBELL_CW_CACHE_LPI)
        add_cache(&sum, &cw.s->lpi);
    else if (cache >= DBELL_CW_CACHE_DEVICE)
        for (unsigned i = 0; i < cw.s->config.itses; i++) {
            const struct journey at = {.its = (uint16_t)i};
            add_cache(&sum, dbell__cw_cache(&cw, &at, cache));
        }
    else
        for (unsigned i = 0; i < cw.s->config.smmus; i++)
            for (unsigned t = 0; t < (cache <= DBELL_CW_CACHE_TBU_TLB ? cw.s->config.tbus : 1);
                 t++) {
                const struct journey at = {.is = {.smmu = (uint16_t)i, .tbu = (uint16_t)t}};
                add_cache(&sum, dbell__cw_cache(&cw, &at, cache));
            }
    return sum;
}

static const struct pool *tbu_pool(const struct tbu *tbu, enum dbell_clockwork_pool pool)
{
    const struct pool *const pools[] = {&tbu->port,   &tbu->response, &tbu->buffer, &tbu->slots,
                                        &tbu->tokens, &tbu->up,       &tbu->down};
    return pools[pool - DBELL_CW_POOL_PORT];
}

static const struct pool *smmu_pool(const struct smmu *smmu, enum dbell_clockwork_pool pool)
{
    const struct pool *const pools[] = {
        &smmu->slots,        &smmu->config_slots,  &smmu->walk_slots,
        &smmu->memory.reads, &smmu->memory.writes, &smmu->memory.channel,
        &smmu->data.reads,   &smmu->data.writes,   &smmu->data.channel};
    return pools[pool - DBELL_CW_POOL_TCU_SLOTS];
}

static const struct pool *its_pool(const struct its *its, enum dbell_clockwork_pool pool)
{
    const struct pool *const pools[] = {
        &its->fifo,          &its->accept,         &its->slots,  &its->memory.reads,
        &its->memory.writes, &its->memory.channel, &its->credits};
    return pools[pool - DBELL_CW_POOL_ITS_FIFO];
}

static const struct pool *lpi_pool(const state *s, enum dbell_clockwork_pool pool)
{
    const struct pool *const pools[] = {&s->lpi_memory.reads, &s->lpi_memory.writes,
                                        &s->lpi_memory.channel};
    return pools[pool - DBELL_CW_POOL_LPI_READS];
}

static void add_pool(struct dbell_pool_count *sum, const struct pool *pool, uint64_t now)
{
    sum->visits += pool->count.visits;
    sum->waited += pool->count.waited;
    sum->occupied += pool->count.occupied + (now - pool->changed) * pool->used;
    if (pool->count.peak > sum->peak)
        sum->peak = pool->count.peak;
    sum->taken += pool->used;
    sum->capacity = pool->capacity;
}

struct dbell_pool_count dbell_clockwork_pool_count(const struct dbell_clockwork *is,
                                                   enum dbell_clockwork_pool pool)
{
    state *s = is->state;
    struct dbell_pool_count sum = {0};
    if (pool < DBELL_CW_POOL_TCU_SLOTS)
        for (unsigned i = 0; i < (unsigned)s->config.smmus * s->config.tbus; i++)
            add_pool(&sum, tbu_pool((struct tbu *)at_offset(s, s->tbus) + i, pool), s->now);
    else if (pool < DBELL_CW_POOL_ITS_FIFO)
        for (unsigned i = 0; i < s->config.smmus; i++)
            add_pool(&sum, smmu_pool((struct smmu *)at_offset(s, s->smmus) + i, pool), s->now);
    else if (pool < DBELL_CW_POOL_LPI_READS)
        for (unsigned i = 0; i < s->config.itses; i++)
            add_pool(&sum, its_pool((struct its *)at_offset(s, s->itses) + i, pool), s->now);
    else if (pool < DBELL_CW_POOLS)
        add_pool(&sum, lpi_pool(s, pool), s->now);
    return sum;
}
