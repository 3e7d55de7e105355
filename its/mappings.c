/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* DeviceID to ITT, EventID to interrupt, ICID to redistributor: table entries, and the caches of
 * them (IHI 0069 5.2). A cache has what is mapped only; a command writes to memory and drops what
 * it changes. */
#include "entries.h"
#include "its_state.h"

/* What was read for a cache before a call-out is kept if no mapping has changed since. */
static void *fill(struct dbell_its_state *state, struct cache *cache, struct cache_key key,
                  uint64_t epoch)
{
    if (state->config.no_caches || state->epoch != epoch)
        return NULL;
    return cache_payload(dbell__cache_fill(cache, key, 1, NULL, NULL));
}

static void forget(struct dbell_its_state *state, struct cache *cache, struct cache_key key)
{
    struct cache_line *line = cache_find(cache, key, 1);
    if (line)
        line->stamp = 0;
    state->epoch++;
}

static bool of_device(const void *ctx, struct cache_line *line)
{
    return line->key.a == *(const uint64_t *)ctx;
}

void dbell__mappings_forget(struct dbell_its_state *state)
{
    dbell__cache_drop(&state->devices, NULL, NULL);
    dbell__cache_drop(&state->events, NULL, NULL);
    dbell__cache_drop(&state->collections, NULL, NULL);
    dbell__cache_drop(&state->vpes, NULL, NULL);
    state->epoch++;
}

static uint64_t encode_dte(const struct dte *dte)
{
    uint64_t word = 0;
    if (dte->valid) {
        put(&word, DTE_VALID, 1);
        put(&word, DTE_ITT, dte->itt >> 8);
        put(&word, DTE_EVENTID_BITS, dte->eventid_bits - 1u);
    }
    return word;
}

static void encode_ite(const struct ite *ite, uint64_t words[2])
{
    words[0] = words[1] = 0;
    if (ite->valid) {
        put(words, ITE_VALID, 1);
        put(words, ITE_VIRTUAL, ite->is_virtual);
        put(words, ITE_ICID, ite->icid);
        put(words, ITE_INTID, ite->intid);
        put(words, ITE_DOORBELL, ite->doorbell);
    }
}

static uint64_t encode_cte(const struct cte *cte)
{
    uint64_t word = 0;
    if (cte->valid) {
        put(&word, CTE_VALID, 1);
        put(&word, CTE_RDBASE, cte->rdbase);
    }
    return word;
}

struct lookup {
    struct cache *cache;
    struct cache_key key;
    enum dbell_object object;
    enum dbell_resource resource;
    enum dbell_its_counter hit; /* the counter of misses follows */
};

static const void *find(struct dbell_its *its, const struct lookup *lookup)
{
    struct dbell_its_state *state = its->state;
    if (state->config.no_caches)
        return NULL;
    struct cache_line *line = cache_find(lookup->cache, lookup->key, 1);
    its_count(state, (enum dbell_its_counter)(lookup->hit + (line ? 0 : 1)));
    return line ? cache_payload(line) : NULL;
}

/* What find() found: the entry, 0 if none. */
static void tell(const struct dbell_its *its, const struct lookup *lookup, uint64_t entry,
                 struct dbell_itinerary *itinerary)
{
    if (itinerary && !its->state->config.no_caches)
        dbell__append_step(itinerary, (struct dbell_step){.kind = DBELL_STEP_LOOKUP,
                                                          .object = (uint8_t)lookup->object,
                                                          .resource = (uint8_t)lookup->resource,
                                                          .hit = entry != 0,
                                                          .level = -1,
                                                          .after = dbell__last_step(itinerary),
                                                          .address = lookup->key.a,
                                                          .input = lookup->key.b,
                                                          .value = entry});
}

/* --- devices --- */

static bool deviceid_in_range(const struct dbell_its_state *state, uint32_t deviceid)
{
    return !(deviceid >> get(&state->config.typer, TYPER_DEVBITS) >> 1);
}

static struct cache_key device_key(uint32_t deviceid)
{
    return (struct cache_key){.a = deviceid};
}

enum table_status dbell__device_get(struct dbell_its *its, uint32_t deviceid, struct dte *dte,
                                    struct dbell_itinerary *itinerary)
{
    struct dbell_its_state *state = its->state;
    const struct lookup lookup = {.cache = &state->devices,
                                  .key = device_key(deviceid),
                                  .object = DBELL_OBJECT_DTE,
                                  .resource = DBELL_RESOURCE_DEVICE_CACHE,
                                  .hit = DBELL_ITS_DEVICE_HIT};
    *dte = (struct dte){0};
    if (!deviceid_in_range(state, deviceid))
        return TABLE_OUT_OF_RANGE;
    const struct dte *cached = find(its, &lookup);
    tell(its, &lookup, cached ? encode_dte(cached) : 0, itinerary);
    if (cached) {
        *dte = *cached;
        return TABLE_OK;
    }
    const uint64_t epoch = state->epoch;
    uint64_t address, word;
    enum table_status status =
        dbell__table_locate(its, TABLE_DEVICES, deviceid, &address, itinerary);
    if (status != TABLE_OK)
        return status;
    if (!dbell__table_read(its, DBELL_OBJECT_DTE, address, DTE_SIZE, &word, itinerary))
        return TABLE_ABORT;
    *dte = (struct dte){.valid = get(&word, DTE_VALID),
                        .eventid_bits = (uint8_t)(get(&word, DTE_EVENTID_BITS) + 1),
                        .itt = get(&word, DTE_ITT) << 8};
    struct dte *line = dte->valid ? fill(state, lookup.cache, lookup.key, epoch) : NULL;
    if (line)
        *line = *dte;
    return TABLE_OK;
}

enum table_status dbell__device_put(struct dbell_its *its, uint32_t deviceid, const struct dte *dte)
{
    struct dbell_its_state *state = its->state;
    uint64_t address, device = deviceid;
    if (!deviceid_in_range(state, deviceid))
        return TABLE_OUT_OF_RANGE;
    enum table_status status = dbell__table_locate(its, TABLE_DEVICES, deviceid, &address, NULL);
    if (status != TABLE_OK)
        return status;
    const uint64_t word = encode_dte(dte);
    bool ok = dbell__table_write(its, address, DTE_SIZE, &word);
    forget(state, &state->devices, device_key(deviceid));
    dbell__cache_drop(&state->events, of_device, &device);
    return ok ? TABLE_OK : TABLE_ABORT;
}

/* --- events --- */

static struct cache_key event_key(uint32_t deviceid, uint32_t eventid)
{
    return (struct cache_key){.a = deviceid, .b = eventid};
}

bool dbell__event_cached(struct dbell_its *its, uint32_t deviceid, uint32_t eventid,
                         struct ite *ite, struct dbell_itinerary *itinerary)
{
    const struct lookup lookup = {.cache = &its->state->events,
                                  .key = event_key(deviceid, eventid),
                                  .object = DBELL_OBJECT_ITE,
                                  .resource = DBELL_RESOURCE_EVENT_CACHE,
                                  .hit = DBELL_ITS_EVENT_HIT};
    const struct ite *cached = find(its, &lookup);
    uint64_t words[2] = {0};
    if (cached && itinerary)
        encode_ite(cached, words);
    tell(its, &lookup, words[0], itinerary);
    if (cached)
        *ite = *cached;
    return cached != NULL;
}

/* vLPIs have a doorbell each, unless TYPER.nID says that they have none. */
unsigned dbell__ite_size(const struct dbell_its_config *config)
{
    return get(&config->typer, TYPER_VIRTUAL) && !get(&config->typer, TYPER_NID) ? ITE_DOORBELL_SIZE
                                                                                 : ITE_SIZE;
}

static uint64_t ite_address(const struct dbell_its *its, const struct dte *dte, uint32_t eventid)
{
    return dte->itt +
           (uint64_t)eventid * (get(&its->state->config.typer, TYPER_ITT_ENTRY_SIZE) + 1);
}

enum table_status dbell__event_get(struct dbell_its *its, uint32_t deviceid, const struct dte *dte,
                                   uint32_t eventid, struct ite *ite,
                                   struct dbell_itinerary *itinerary)
{
    struct dbell_its_state *state = its->state;
    const uint64_t epoch = state->epoch;
    const unsigned size = dbell__ite_size(&state->config);
    uint64_t words[2] = {0, DBELL_INTID_NONE};
    *ite = (struct ite){0};
    if ((uint64_t)eventid >> dte->eventid_bits)
        return TABLE_OUT_OF_RANGE;
    if (!dbell__table_read(its, DBELL_OBJECT_ITE, ite_address(its, dte, eventid), size, words,
                           itinerary))
        return TABLE_ABORT;
    *ite = (struct ite){.valid = get(words, ITE_VALID),
                        .is_virtual =
                            get(words, ITE_VIRTUAL) && get(&state->config.typer, TYPER_VIRTUAL),
                        .icid = (uint16_t)get(words, ITE_ICID),
                        .intid = (uint32_t)get(words, ITE_INTID),
                        .doorbell = (uint32_t)get(words, ITE_DOORBELL)};
    struct ite *line =
        ite->valid ? fill(state, &state->events, event_key(deviceid, eventid), epoch) : NULL;
    if (line)
        *line = *ite;
    return TABLE_OK;
}

enum table_status dbell__event_put(struct dbell_its *its, uint32_t deviceid, const struct dte *dte,
                                   uint32_t eventid, const struct ite *ite)
{
    struct dbell_its_state *state = its->state;
    uint64_t words[2];
    encode_ite(ite, words);
    bool ok = dbell__table_write(its, ite_address(its, dte, eventid),
                                 dbell__ite_size(&state->config), words);
    forget(state, &state->events, event_key(deviceid, eventid));
    return ok ? TABLE_OK : TABLE_ABORT;
}

/* --- collections --- */

/* Where a collection is kept: GITS_TYPER.{HCC, CCT}. The first HCC are the ITS's own; those in
 * memory count from 0 behind them with CCT, and else are what those of the ITS are a part of. */
enum keeper { KEPT_NOWHERE, KEPT_BY_ITS, KEPT_IN_MEMORY };

static enum keeper keeper_of(const struct dbell_its_state *state, uint16_t icid, uint64_t *index)
{
    const uint64_t typer = state->config.typer;
    const bool memory = state->tables[TABLE_COLLECTIONS].present;
    const uint64_t held = get(&typer, TYPER_HCC);
    if (memory && get(&typer, TYPER_CIL) && icid >> get(&typer, TYPER_CIDBITS) >> 1)
        return KEPT_NOWHERE;
    *index = icid;
    if (icid < held)
        return KEPT_BY_ITS;
    if (get(&typer, TYPER_CCT))
        *index -= held;
    return memory ? KEPT_IN_MEMORY : KEPT_NOWHERE;
}

static struct cache_key collection_key(uint16_t icid)
{
    return (struct cache_key){.a = icid};
}

enum table_status dbell__collection_get(struct dbell_its *its, uint16_t icid, struct cte *cte,
                                        struct dbell_itinerary *itinerary)
{
    struct dbell_its_state *state = its->state;
    const struct lookup lookup = {.cache = &state->collections,
                                  .key = collection_key(icid),
                                  .object = DBELL_OBJECT_CTE,
                                  .resource = DBELL_RESOURCE_COLLECTION_CACHE,
                                  .hit = DBELL_ITS_COLLECTION_HIT};
    uint64_t index, address, word;
    *cte = (struct cte){0};
    const enum keeper keeper = keeper_of(state, icid, &index);
    if (keeper == KEPT_NOWHERE)
        return TABLE_OUT_OF_RANGE;
    if (keeper == KEPT_BY_ITS) {
        *cte = state->held[index];
        return TABLE_OK;
    }
    const struct cte *cached = find(its, &lookup);
    tell(its, &lookup, cached ? encode_cte(cached) : 0, itinerary);
    if (cached) {
        *cte = *cached;
        return TABLE_OK;
    }
    const uint64_t epoch = state->epoch;
    enum table_status status =
        dbell__table_locate(its, TABLE_COLLECTIONS, index, &address, itinerary);
    if (status != TABLE_OK)
        return status;
    if (!dbell__table_read(its, DBELL_OBJECT_CTE, address, CTE_SIZE, &word, itinerary))
        return TABLE_ABORT;
    *cte = (struct cte){.valid = get(&word, CTE_VALID), .rdbase = get(&word, CTE_RDBASE)};
    struct cte *line = cte->valid ? fill(state, lookup.cache, lookup.key, epoch) : NULL;
    if (line)
        *line = *cte;
    return TABLE_OK;
}

enum table_status dbell__collection_put(struct dbell_its *its, uint16_t icid, const struct cte *cte)
{
    struct dbell_its_state *state = its->state;
    uint64_t index, address;
    const enum keeper keeper = keeper_of(state, icid, &index);
    if (keeper == KEPT_NOWHERE)
        return TABLE_OUT_OF_RANGE;
    if (keeper == KEPT_BY_ITS) {
        state->held[index] = *cte;
        state->epoch++;
        return TABLE_OK;
    }
    enum table_status status = dbell__table_locate(its, TABLE_COLLECTIONS, index, &address, NULL);
    if (status != TABLE_OK)
        return status;
    const uint64_t word = encode_cte(cte);
    bool ok = dbell__table_write(its, address, CTE_SIZE, &word);
    forget(state, &state->collections, collection_key(icid));
    return ok ? TABLE_OK : TABLE_ABORT;
}

/* --- vPEs --- */

static struct cache_key vpe_key(uint32_t vpeid)
{
    return (struct cache_key){.a = vpeid};
}

unsigned dbell__vte_size(const struct dbell_its_config *config)
{
    return get(&config->typer, TYPER_VMAPP) ? VTE_4_1_SIZE : VTE_SIZE;
}

enum table_status dbell__vpe_get(struct dbell_its *its, uint32_t vpeid, struct vte *vte,
                                 struct dbell_itinerary *itinerary)
{
    struct dbell_its_state *state = its->state;
    const struct lookup lookup = {.cache = &state->vpes,
                                  .key = vpe_key(vpeid),
                                  .object = DBELL_OBJECT_VTE,
                                  .resource = DBELL_RESOURCE_VPE_CACHE,
                                  .hit = DBELL_ITS_VPE_HIT};
    uint64_t address, words[VTE_WORDS] = {[VTE_WORDS - 1] = DBELL_INTID_NONE}; /* GICv4.0 */
    *vte = (struct vte){0};
    const struct vte *cached = find(its, &lookup);
    uint64_t entry[VTE_WORDS] = {0};
    if (cached && itinerary)
        dbell__vte_encode(&cached->vpe, entry);
    tell(its, &lookup, entry[0], itinerary);
    if (cached) {
        *vte = *cached;
        return TABLE_OK;
    }
    const uint64_t epoch = state->epoch;
    enum table_status status = dbell__table_locate(its, TABLE_VPES, vpeid, &address, itinerary);
    if (status != TABLE_OK)
        return status;
    if (!dbell__table_read(its, DBELL_OBJECT_VTE, address, dbell__vte_size(&state->config), words,
                           itinerary))
        return TABLE_ABORT;
    vte->valid = dbell__vte_decode(words, vpeid, &vte->vpe);
    struct vte *line = vte->valid ? fill(state, lookup.cache, lookup.key, epoch) : NULL;
    if (line)
        *line = *vte;
    return TABLE_OK;
}

/* With TYPER.SVPET the table is the redistributors', and it is they who write it. */
enum table_status dbell__vpe_put(struct dbell_its *its, uint32_t vpeid, const struct vte *vte)
{
    struct dbell_its_state *state = its->state;
    uint64_t address, words[VTE_WORDS] = {0};
    enum table_status status = dbell__table_locate(its, TABLE_VPES, vpeid, &address, NULL);
    if (status != TABLE_OK)
        return status;
    if (vte->valid)
        dbell__vte_encode(&vte->vpe, words);
    bool ok = get(&state->config.typer, TYPER_SVPET) ||
              dbell__table_write(its, address, dbell__vte_size(&state->config), words);
    forget(state, &state->vpes, vpe_key(vpeid));
    return ok ? TABLE_OK : TABLE_ABORT;
}
