/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The ITS instance: its state block, its connections, its counters. */
#include <string.h>

#include "its_state.h"

#define MAGIC UINT64_C(0x32737469204c4244) /* "DBL its2" */

enum { ALIGNMENT = 16, WAYS = 4 };

static size_t align(size_t n)
{
    return (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

struct layout {
    size_t devices, events, collections, vpes, size;
};

static uint32_t ways(uint32_t entries)
{
    return entries < WAYS ? entries : WAYS;
}

static size_t cache_size(uint32_t entries, size_t payload)
{
    return dbell__cache_size(entries, ways(entries), (uint32_t)payload);
}

static struct layout layout_of(const struct dbell_its_config *config)
{
    struct layout l;
    l.devices = align(sizeof(struct dbell_its_state));
    l.events = align(l.devices + cache_size(config->device_entries, sizeof(struct dte)));
    l.collections = align(l.events + cache_size(config->event_entries, sizeof(struct ite)));
    l.vpes = align(l.collections + cache_size(config->collection_entries, sizeof(struct cte)));
    l.size = align(l.vpes + cache_size(config->vpe_entries, sizeof(struct vte)));
    return l;
}

size_t dbell_its_state_size(const struct dbell_its_config *config)
{
    struct dbell_its_problem problem;
    return config && !dbell_its_inconsistency(config, &problem) ? layout_of(config).size : 0;
}

static void place_cache(struct dbell_its_state *state, struct cache *cache, size_t offset,
                        uint32_t entries, size_t payload)
{
    const size_t from = (size_t)((uintptr_t)cache - (uintptr_t)state);
    dbell__cache_init(cache, offset - from, entries, ways(entries), (uint32_t)payload);
}

static bool connected(const struct dbell_its_ports *ports)
{
    return ports->tables.access && ports->lpi.ask;
}

static void connect(struct dbell_its *its, struct dbell_its_state *state,
                    const struct dbell_its_ports *ports)
{
    memset(its, 0, sizeof *its);
    its->state = state;
    its->ports = *ports;
}

int dbell_its_init(struct dbell_its *its, void *memory, size_t size,
                   const struct dbell_its_config *config, const struct dbell_its_ports *ports)
{
    struct dbell_its_problem problem;
    if (!its || !memory || !config || !ports || !connected(ports))
        return DBELL_E_ARGUMENT;
    if (dbell_its_inconsistency(config, &problem))
        return DBELL_E_RANGE;
    const struct layout layout = layout_of(config);
    if (size < layout.size || (uintptr_t)memory % ALIGNMENT)
        return DBELL_E_SIZE;
    struct dbell_its_state *state = memory;
    memset(state, 0, sizeof *state);
    state->magic = MAGIC;
    state->size = layout.size;
    state->config = *config;
    place_cache(state, &state->devices, layout.devices, config->device_entries, sizeof(struct dte));
    place_cache(state, &state->events, layout.events, config->event_entries, sizeof(struct ite));
    place_cache(state, &state->collections, layout.collections, config->collection_entries,
                sizeof(struct cte));
    place_cache(state, &state->vpes, layout.vpes, config->vpe_entries, sizeof(struct vte));
    connect(its, state, ports);
    dbell_its_reset(its);
    return DBELL_OK;
}

int dbell_its_attach(struct dbell_its *its, void *memory, size_t size,
                     const struct dbell_its_ports *ports)
{
    if (!its || !memory || !ports || !connected(ports))
        return DBELL_E_ARGUMENT;
    if ((uintptr_t)memory % ALIGNMENT || size < sizeof(struct dbell_its_state))
        return DBELL_E_SIZE;
    struct dbell_its_state *state = memory;
    if (state->magic != MAGIC || state->size > size ||
        state->size != dbell_its_state_size(&state->config))
        return DBELL_E_STATE;
    connect(its, state, ports);
    return DBELL_OK;
}

void dbell_its_reset(struct dbell_its *its)
{
    struct dbell_its_state *state = its->state;
    dbell__gits_reset(state);
    dbell__mappings_forget(state);
    memset(state->held, 0, sizeof state->held);
    state->posted_count = 0;
    state->resets++;
    state->last_error = 0;
    memset(state->counters, 0, sizeof state->counters);
    dbell_its_revoke_windows(its);
}

void dbell_its_revoke_windows(struct dbell_its *its)
{
    memset(&its->windows, 0, sizeof its->windows);
}

uint64_t dbell_its_count(const struct dbell_its *its, enum dbell_its_counter counter)
{
    return (unsigned)counter < DBELL_ITS_COUNTERS ? its->state->counters[counter] : 0;
}

uint32_t dbell_its_last_error(const struct dbell_its *its)
{
    return its->state->last_error;
}

int dbell_its_step(struct dbell_its *its, struct dbell_itinerary *itinerary)
{
    if (its->state->stepping)
        return DBELL_E_BUSY;
    its->state->stepping = true;
    int progress = dbell__its_command_step(its, itinerary);
    its->state->stepping = false;
    return progress;
}

const char *dbell_its_counter_name(enum dbell_its_counter counter)
{
    static const char *const names[DBELL_ITS_COUNTERS] = {
        [DBELL_ITS_READS_DTE] = "reads.dte",
        [DBELL_ITS_READS_CTE] = "reads.cte",
        [DBELL_ITS_READS_ITE] = "reads.ite",
        [DBELL_ITS_READS_L1] = "reads.l1",
        [DBELL_ITS_READS_VPE] = "reads.vpe",
        [DBELL_ITS_DEVICE_HIT] = "device.hit",
        [DBELL_ITS_DEVICE_MISS] = "device.miss",
        [DBELL_ITS_EVENT_HIT] = "event.hit",
        [DBELL_ITS_EVENT_MISS] = "event.miss",
        [DBELL_ITS_COLLECTION_HIT] = "collection.hit",
        [DBELL_ITS_COLLECTION_MISS] = "collection.miss",
        [DBELL_ITS_VPE_HIT] = "vpe.hit",
        [DBELL_ITS_VPE_MISS] = "vpe.miss",
        [DBELL_ITS_MSIS] = "msis",
        [DBELL_ITS_DROPS] = "drops",
        [DBELL_ITS_COMMANDS] = "commands",
        [DBELL_ITS_ERRORS] = "errors",
        [DBELL_ITS_ILLEGAL_ACCESSES] = "illegal_accesses",
    };
    return (unsigned)counter < DBELL_ITS_COUNTERS ? names[counter] : NULL;
}
