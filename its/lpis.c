/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "lpis.h"

#include "gic_state.h"

/* --- configuration --- */

/* Key a is the INTID, key b the set's tag, the payload one byte. */
static struct cache_key key_of(const struct lpi_set *set, uint32_t intid)
{
    return (struct cache_key){.a = intid, .b = set->tag};
}

/* The byte in memory; one that cannot be read is disabled. */
static uint8_t read_configuration(struct dbell_gic *gic, const struct lpi_set *set, uint32_t intid,
                                  struct dbell_itinerary *itinerary)
{
    const uint64_t address = set->config + intid - FIRST_LPI;
    uint8_t byte = 0;
    gic_count(gic->state, DBELL_GIC_READS_CONFIG);
    bool ok = dbell__memory_read(&gic->ports.tables, &gic->windows, address, &byte, 1,
                                 &gic_sideband) == DBELL_RESPONSE_OK;
    dbell__append_step(itinerary, (struct dbell_step){.kind = DBELL_STEP_READ,
                                                      .object = DBELL_OBJECT_LPI_CONFIG,
                                                      .resource = DBELL_RESOURCE_LPI_PORT,
                                                      .level = -1,
                                                      .size = 1,
                                                      .after = dbell__last_step(itinerary),
                                                      .address = address,
                                                      .value = byte,
                                                      .note = ok ? NULL : "external abort"});
    return ok ? byte : 0;
}

/* How often a byte is read again because it was invalidated under the read. */
enum { READS_AGAIN = 16 };

uint8_t dbell__lpis_configuration(struct dbell_gic *gic, const struct lpi_set *set, uint32_t intid,
                                  struct dbell_itinerary *itinerary)
{
    struct dbell_gic_state *state = gic->state;
    struct cache_line *line = cache_find(&state->configs, key_of(set, intid), 1);
    dbell__append_step(itinerary, (struct dbell_step){.kind = DBELL_STEP_LOOKUP,
                                                      .object = DBELL_OBJECT_LPI_CONFIG,
                                                      .resource = DBELL_RESOURCE_LPI_CACHE,
                                                      .hit = line != NULL,
                                                      .level = -1,
                                                      .after = dbell__last_step(itinerary),
                                                      .address = intid});
    if (line)
        return *(uint8_t *)cache_payload(line);
    const struct lpi_set of = *set; /* it may go while memory is read */
    uint8_t byte;
    uint64_t epoch;
    unsigned reads = 0;
    do {
        epoch = state->config_epoch;
        byte = read_configuration(gic, &of, intid, itinerary);
    } while (state->config_epoch != epoch && ++reads < READS_AGAIN);
    if (state->config_epoch == epoch && !state->config.no_caches) {
        line = dbell__cache_fill(&state->configs, key_of(&of, intid), 1, NULL, NULL);
        *(uint8_t *)cache_payload(line) = byte;
    }
    return byte;
}

static bool of_tag(const void *ctx, struct cache_line *line)
{
    return line->key.b == *(const uint32_t *)ctx;
}

void dbell__lpis_forget(struct dbell_gic *gic, uint32_t tag)
{
    dbell__cache_drop(&gic->state->configs, of_tag, &tag);
    gic->state->config_epoch++;
}

/* --- the pending table in memory --- */

static uint64_t word_address(const struct lpi_set *set, uint32_t intid)
{
    return set->pending + intid / 64 * 8;
}

/* The word of INTIDs [64 * n, 64 * n + 64); zero if it cannot be read. */
static uint64_t read_word(struct dbell_gic *gic, const struct lpi_set *set, uint32_t intid)
{
    uint64_t word = 0;
    gic_count(gic->state, DBELL_GIC_READS_PENDING);
    return dbell__memory_read64(&gic->ports.tables, &gic->windows, word_address(set, intid), &word,
                                &gic_sideband) == DBELL_RESPONSE_OK
               ? word
               : 0;
}

static void write_word(struct dbell_gic *gic, const struct lpi_set *set, uint32_t intid,
                       uint64_t word)
{
    uint8_t bytes[8];
    dbell__put_le(bytes, sizeof bytes, word);
    gic_count(gic->state, DBELL_GIC_WRITES_PENDING);
    gic->state->pending_epoch++;
    dbell__memory_write(&gic->ports.tables, &gic->windows, word_address(set, intid), bytes,
                        sizeof bytes, &gic_sideband);
}

uint64_t dbell__lpis_change(struct dbell_gic *gic, const struct lpi_set *set, uint32_t intid,
                            uint64_t clear, uint64_t set_bits)
{
    const struct lpi_set of = *set;
    uint64_t epoch, word;
    do { /* another change may come while memory is read */
        epoch = gic->state->pending_epoch;
        word = read_word(gic, &of, intid);
    } while (gic->state->pending_epoch != epoch);
    const uint64_t changed = (word & ~clear) | set_bits;
    if (changed != word)
        write_word(gic, &of, intid, changed);
    return word;
}

/* Before the first bit is written to a table that PTZ has called zero. */
static void claim(struct dbell_gic *gic, struct lpi_set *set)
{
    const struct lpi_set of = *set;
    set->unread = false;
    for (uint32_t first = FIRST_LPI; of.unread && first < of.limit; first += 64)
        write_word(gic, &of, first, 0);
}

static bool spilled(struct dbell_gic *gic, const struct lpi_set *set, uint32_t intid)
{
    return set->spilled && lpis_have(set, intid) && (read_word(gic, set, intid) & lpi_mask(intid));
}

/* --- pending state, wherever it is --- */

static bool held(struct dbell_gic_state *state, const struct lpi_set *set, uint32_t intid)
{
    return dbell__pending_has(&state->pending, set->owner, intid);
}

bool dbell__lpis_pending(struct dbell_gic *gic, const struct lpi_set *set, uint32_t intid)
{
    return held(gic->state, set, intid) || spilled(gic, set, intid);
}

bool dbell__lpis_raise(struct dbell_gic *gic, struct lpi_set *set, uint32_t intid,
                       struct dbell_itinerary *itinerary)
{
    struct dbell_gic_state *state = gic->state;
    if (!lpis_have(set, intid))
        return false;
    const uint8_t byte = dbell__lpis_configuration(gic, set, intid, itinerary);
    const bool in_memory = spilled(gic, set, intid);
    if (!lpis_have(set, intid)) /* disabled, or gone, meanwhile */
        return false;
    if (in_memory || held(state, set, intid) ||
        dbell__pending_add(&state->pending, &set->held, set->owner, intid, byte))
        return true;
    gic_count(state, DBELL_GIC_SPILLED);
    set->spilled++;
    claim(gic, set);
    dbell__lpis_change(gic, set, intid, 0, lpi_mask(intid));
    return true;
}

bool dbell__lpis_drop(struct dbell_gic *gic, struct lpi_set *set, uint32_t intid)
{
    struct dbell_gic_state *state = gic->state;
    if (dbell__pending_remove(&state->pending, &set->held, set->owner, intid))
        return true;
    if (!spilled(gic, set, intid) || !set->spilled)
        return false;
    set->spilled--;
    dbell__lpis_change(gic, set, intid, lpi_mask(intid), 0);
    return true;
}

/* What is held is pending in memory no more. */
void dbell__lpis_load(struct dbell_gic *gic, struct lpi_set *set)
{
    struct dbell_gic_state *state = gic->state;
    const uint64_t resets = state->resets;
    for (uint32_t first = FIRST_LPI; !set->unread && first < set->limit; first += 64) {
        const uint64_t word = read_word(gic, set, first);
        uint64_t taken = 0;
        for (uint64_t rest = word; rest; rest &= rest - 1) {
            const uint32_t intid = first + (uint32_t)__builtin_ctzll(rest);
            const uint8_t byte = dbell__lpis_configuration(gic, set, intid, NULL);
            if (!set->limit || state->resets != resets) /* disabled, or reset, meanwhile */
                return;
            if (held(state, set, intid) ||
                dbell__pending_add(&state->pending, &set->held, set->owner, intid, byte))
                taken |= lpi_mask(intid);
            else
                gic_count(state, DBELL_GIC_SPILLED), set->spilled++;
        }
        if (taken)
            dbell__lpis_change(gic, set, first, taken, 0);
    }
}

void dbell__lpis_spill(struct dbell_gic *gic, struct lpi_set *set)
{
    struct dbell_gic_state *state = gic->state;
    const uint64_t resets = state->resets;
    claim(gic, set);
    for (bool more = true; more && state->resets == resets;) { /* some may come meanwhile */
        uint32_t place = 0, intid;
        more = false;
        while ((intid = dbell__pending_next(&state->pending, set->owner, &place)) != 0) {
            more = true;
            dbell__pending_remove(&state->pending, &set->held, set->owner, intid);
            set->spilled++;
            dbell__lpis_change(gic, set, intid, 0, lpi_mask(intid));
        }
    }
}

void dbell__lpis_store(struct dbell_gic *gic, struct lpi_set *set)
{
    dbell__lpis_spill(gic, set);
    set->spilled = 0;
    set->limit = 0;
}

/* What is held has a new configuration. */
static void configure(struct dbell_gic *gic, struct lpi_set *set, uint32_t intid)
{
    struct dbell_gic_state *state = gic->state;
    if (!held(state, set, intid))
        return;
    const uint8_t byte = dbell__lpis_configuration(gic, set, intid, NULL);
    dbell__pending_configure(&state->pending, &set->held, set->owner, intid, byte);
}

void dbell__lpis_invalidate(struct dbell_gic *gic, struct lpi_set *set, uint32_t intid)
{
    struct cache_line *line = cache_find(&gic->state->configs, key_of(set, intid), 1);
    if (line)
        line->stamp = 0;
    gic->state->config_epoch++;
    configure(gic, set, intid);
}

void dbell__lpis_invalidate_all(struct dbell_gic *gic, struct lpi_set *set)
{
    uint32_t place = 0, intid;
    dbell__lpis_forget(gic, set->tag);
    while ((intid = dbell__pending_next(&gic->state->pending, set->owner, &place)) != 0)
        configure(gic, set, intid);
}

/* The best of those that are pending in memory, if it is better than `best`. */
static uint64_t best_spilled(struct dbell_gic *gic, const struct lpi_set *set, uint64_t best)
{
    for (uint32_t first = FIRST_LPI; first < set->limit; first += 64)
        for (uint64_t rest = read_word(gic, set, first); rest; rest &= rest - 1) {
            const uint32_t intid = first + (uint32_t)__builtin_ctzll(rest);
            const uint8_t byte = dbell__lpis_configuration(gic, set, intid, NULL);
            if ((byte & LPI_ENABLED) && lpi_rank(intid, byte) < best)
                best = lpi_rank(intid, byte);
        }
    return best;
}

uint64_t dbell__lpis_first(struct dbell_gic *gic, const struct lpi_set *set)
{
    uint64_t best = UINT64_MAX;
    uint32_t intid;
    uint8_t byte;
    if (dbell__pending_first(&gic->state->pending, set->held, &intid, &byte))
        best = lpi_rank(intid, byte);
    return set->spilled ? best_spilled(gic, set, best) : best;
}
