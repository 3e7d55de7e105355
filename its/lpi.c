/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* LPIs at the redistributors: configuration, pending state, acknowledge (IHI 0069 5.1, 6). */
#include "gic_state.h"

static bool lpis_on(struct dbell_gic_state *state, uint32_t cpu)
{
    return redistributor(state, cpu)->ctlr & GICR_CTLR_ENABLE_LPIS;
}

/* INTIDs below 2^(IDbits + 1) have an entry in the configuration table; with fewer than 14 bits
 * there is no LPI at all (GICR_PROPBASER.IDbits). */
static uint32_t intid_limit(struct dbell_gic_state *state, uint32_t cpu)
{
    uint32_t n = (uint32_t)get(&redistributor(state, cpu)->propbaser, PROPBASER_IDBITS) + 1;
    if (n > state->config.lpi_bits)
        n = state->config.lpi_bits;
    return n < 14 ? 0 : UINT32_C(1) << n;
}

static bool usable(struct dbell_gic_state *state, uint32_t cpu, uint32_t intid)
{
    return lpis_on(state, cpu) && intid >= FIRST_LPI && intid < intid_limit(state, cpu);
}

/* Configuration cache: key a is the INTID, key b the redistributor, the payload one byte. */
static struct cache_key key_of(uint32_t cpu, uint32_t intid)
{
    return (struct cache_key){.a = intid, .b = cpu};
}

/* The configuration byte as the redistributor sees it: as it was read, until it is invalidated. */
static uint8_t configuration(struct dbell_gic *gic, uint32_t cpu, uint32_t intid,
                             struct dbell_itinerary *itinerary)
{
    struct dbell_gic_state *state = gic->state;
    struct cache_line *line = cache_find(&state->configs, key_of(cpu, intid), 1);
    dbell__append_step(itinerary, (struct dbell_step){.kind = DBELL_STEP_LOOKUP,
                                                      .object = DBELL_OBJECT_LPI_CONFIG,
                                                      .resource = DBELL_RESOURCE_LPI_CACHE,
                                                      .hit = line != NULL,
                                                      .level = -1,
                                                      .after = dbell__last_step(itinerary),
                                                      .address = intid});
    if (line)
        return *(uint8_t *)cache_payload(line);
    uint64_t address =
        get_in_place(&redistributor(state, cpu)->propbaser, PROPBASER_ADDRESS) + intid - FIRST_LPI;
    uint8_t byte = 0;
    gic_count(state, DBELL_GIC_READS_CONFIG);
    bool ok = dbell__memory_read(&gic->ports.tables, &gic->windows, address, &byte, 1,
                                 &gic_sideband) == DBELL_RESPONSE_OK;
    dbell__append_step(itinerary, (struct dbell_step){.kind = DBELL_STEP_READ,
                                                      .object = DBELL_OBJECT_LPI_CONFIG,
                                                      .resource = DBELL_RESOURCE_LPI_PORT,
                                                      .level = -1,
                                                      .size = 1,
                                                      .after = dbell__last_step(itinerary),
                                                      .address = address,
                                                      .value = byte});
    if (!ok)
        return 0; /* disabled */
    if (!state->config.no_caches) {
        line = dbell__cache_fill(&state->configs, key_of(cpu, intid), 1, NULL, NULL);
        *(uint8_t *)cache_payload(line) = byte;
    }
    return byte;
}

static bool of_cpu(const void *ctx, struct cache_line *line)
{
    return line->key.b == *(const uint32_t *)ctx;
}

static void forget_all(struct dbell_gic_state *state, uint32_t cpu)
{
    dbell__cache_drop(&state->configs, of_cpu, &cpu);
}

/* One word of the pending table in memory: INTIDs [64 * n, 64 * n + 64). */
static uint64_t pending_word_address(struct dbell_gic_state *state, uint32_t cpu, uint32_t intid)
{
    return get_in_place(&redistributor(state, cpu)->pendbaser, PENDBASER_ADDRESS) + intid / 8;
}

/* EnableLPIs 0 to 1: the pending state is read from memory, unless PTZ says that it is zero. */
void dbell__lpis_enable(struct dbell_gic *gic, uint32_t cpu)
{
    struct dbell_gic_state *state = gic->state;
    dbell__pending_clear_all(state, cpu);
    forget_all(state, cpu);
    if (get(&redistributor(state, cpu)->pendbaser, PENDBASER_PTZ))
        return;
    uint32_t limit = intid_limit(state, cpu);
    for (uint32_t first = FIRST_LPI; first < limit; first += 64) {
        uint64_t word = 0;
        gic_count(state, DBELL_GIC_READS_PENDING);
        if (dbell__memory_read64(&gic->ports.tables, &gic->windows,
                                 pending_word_address(state, cpu, first), &word,
                                 &gic_sideband) != DBELL_RESPONSE_OK)
            continue;
        for (; word; word &= word - 1)
            dbell__pending_put(state, cpu, first + (uint32_t)__builtin_ctzll(word), true);
    }
}

/* EnableLPIs 1 to 0: the pending state goes back to memory. */
void dbell__lpis_disable(struct dbell_gic *gic, uint32_t cpu)
{
    struct dbell_gic_state *state = gic->state;
    uint32_t limit = intid_limit(state, cpu);
    for (uint32_t first = FIRST_LPI; first < limit; first += 64) {
        uint64_t word = 0;
        for (uint32_t i = 0; i < 64; i++)
            word |= (uint64_t)dbell__pending_get(state, cpu, first + i) << i;
        uint8_t bytes[8];
        dbell__put_le(bytes, sizeof bytes, word);
        dbell__memory_write(&gic->ports.tables, &gic->windows,
                            pending_word_address(state, cpu, first), bytes, sizeof bytes,
                            &gic_sideband);
    }
    dbell__pending_clear_all(state, cpu);
    forget_all(state, cpu);
}

int dbell_gic_cpu_of(const struct dbell_gic *gic, uint64_t rdbase)
{
    const struct dbell_gic_config *config = &gic->state->config;
    if (!config->pta)
        return rdbase < config->cpus ? (int)rdbase : -1;
    uint64_t frame = rdbase << 16;
    if (frame < config->redist_base || (frame - config->redist_base) % DBELL_GICR_SPACE)
        return -1;
    uint64_t cpu = (frame - config->redist_base) / DBELL_GICR_SPACE;
    return cpu < config->cpus ? (int)cpu : -1;
}

static bool exists(void *ctx, uint64_t rdbase)
{
    return dbell_gic_cpu_of(ctx, rdbase) >= 0;
}

static void set(void *ctx, uint64_t rdbase, uint32_t intid, struct dbell_itinerary *itinerary)
{
    struct dbell_gic *gic = ctx;
    int cpu = dbell_gic_cpu_of(gic, rdbase);
    if (cpu < 0 || !usable(gic->state, (uint32_t)cpu, intid)) {
        gic_count(gic->state, DBELL_GIC_LPIS_IGNORED);
        return;
    }
    gic_count(gic->state, DBELL_GIC_LPIS);
    configuration(gic, (uint32_t)cpu, intid, itinerary);
    dbell__pending_put(gic->state, (uint32_t)cpu, intid, true);
    dbell__append_step(itinerary, (struct dbell_step){.kind = DBELL_STEP_WRITE,
                                                      .object = DBELL_OBJECT_LPI_PENDING,
                                                      .resource = DBELL_RESOURCE_LPI_CACHE,
                                                      .level = -1,
                                                      .after = dbell__last_step(itinerary),
                                                      .address = intid,
                                                      .value = (uint64_t)cpu});
}

static void clear(void *ctx, uint64_t rdbase, uint32_t intid)
{
    struct dbell_gic *gic = ctx;
    int cpu = dbell_gic_cpu_of(gic, rdbase);
    if (cpu >= 0 && usable(gic->state, (uint32_t)cpu, intid))
        dbell__pending_put(gic->state, (uint32_t)cpu, intid, false);
}

static void move(void *ctx, uint64_t from, uint64_t to, uint32_t intid)
{
    struct dbell_gic *gic = ctx;
    int source = dbell_gic_cpu_of(gic, from), target = dbell_gic_cpu_of(gic, to);
    if (source < 0 || target < 0 || !usable(gic->state, (uint32_t)source, intid) ||
        !dbell__pending_get(gic->state, (uint32_t)source, intid))
        return;
    dbell__pending_put(gic->state, (uint32_t)source, intid, false);
    set(ctx, to, intid, NULL);
}

static void move_all(void *ctx, uint64_t from, uint64_t to)
{
    struct dbell_gic *gic = ctx;
    int source = dbell_gic_cpu_of(gic, from);
    if (source < 0 || !lpis_on(gic->state, (uint32_t)source))
        return;
    for (uint32_t intid = FIRST_LPI;
         (intid = dbell__pending_next(gic->state, (uint32_t)source, intid)) != 0; intid++)
        move(ctx, from, to, intid);
}

static void invalidate(void *ctx, uint64_t rdbase, uint32_t intid)
{
    struct dbell_gic *gic = ctx;
    int cpu = dbell_gic_cpu_of(gic, rdbase);
    if (cpu < 0)
        return;
    struct cache_line *line = cache_find(&gic->state->configs, key_of((uint32_t)cpu, intid), 1);
    if (line)
        line->stamp = 0;
}

static void invalidate_all(void *ctx, uint64_t rdbase)
{
    struct dbell_gic *gic = ctx;
    int cpu = dbell_gic_cpu_of(gic, rdbase);
    if (cpu >= 0)
        forget_all(gic->state, (uint32_t)cpu);
}

struct dbell_lpi_port dbell_gic_lpi_port(struct dbell_gic *gic)
{
    return (struct dbell_lpi_port){.ctx = gic,
                                   .exists = exists,
                                   .set = set,
                                   .clear = clear,
                                   .move = move,
                                   .move_all = move_all,
                                   .invalidate = invalidate,
                                   .invalidate_all = invalidate_all};
}

bool dbell_gic_pending(struct dbell_gic *gic, uint32_t cpu, uint32_t intid)
{
    struct dbell_gic_state *state = gic->state;
    return cpu < state->config.cpus && intid < UINT32_C(1) << state->config.lpi_bits &&
           dbell__pending_get(state, cpu, intid);
}

uint32_t dbell_gic_acknowledge(struct dbell_gic *gic, uint32_t cpu)
{
    struct dbell_gic_state *state = gic->state;
    if (cpu >= state->config.cpus || !(state->gicd_ctlr & GICD_CTLR_ENABLE_GRP1) ||
        (redistributor(state, cpu)->waker & WAKER_PROCESSOR_SLEEP) || !lpis_on(state, cpu))
        return DBELL_INTID_NONE;
    uint32_t best = DBELL_INTID_NONE;
    unsigned best_priority = 0x100;
    for (uint32_t intid = FIRST_LPI; (intid = dbell__pending_next(state, cpu, intid)) != 0;
         intid++) {
        uint8_t byte = configuration(gic, cpu, intid, NULL);
        if ((byte & LPI_ENABLED) && (byte & LPI_PRIORITY) < best_priority) {
            best = intid;
            best_priority = byte & LPI_PRIORITY;
        }
    }
    if (best != DBELL_INTID_NONE) {
        dbell__pending_put(state, cpu, best, false);
        gic_count(state, DBELL_GIC_ACKNOWLEDGED);
    }
    return best;
}
