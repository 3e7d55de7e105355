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

/* The byte in memory; one that cannot be read is disabled. */
static uint8_t read_configuration(struct dbell_gic *gic, uint32_t cpu, uint32_t intid,
                                  struct dbell_itinerary *itinerary)
{
    uint64_t address = get_in_place(&redistributor(gic->state, cpu)->propbaser, PROPBASER_ADDRESS) +
                       intid - FIRST_LPI;
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
    uint8_t byte;
    uint64_t epoch;
    unsigned reads = 0;
    do {
        epoch = state->config_epoch;
        byte = read_configuration(gic, cpu, intid, itinerary);
    } while (state->config_epoch != epoch && ++reads < READS_AGAIN);
    if (state->config_epoch == epoch && !state->config.no_caches) {
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
    state->config_epoch++;
}

/* --- the pending table in memory --- */

static uint64_t word_address(struct dbell_gic_state *state, uint32_t cpu, uint32_t intid)
{
    return get_in_place(&redistributor(state, cpu)->pendbaser, PENDBASER_ADDRESS) + intid / 64 * 8;
}

/* The word of INTIDs [64 * n, 64 * n + 64); zero if it cannot be read. */
static uint64_t read_word(struct dbell_gic *gic, uint32_t cpu, uint32_t intid)
{
    uint64_t word = 0;
    gic_count(gic->state, DBELL_GIC_READS_PENDING);
    return dbell__memory_read64(&gic->ports.tables, &gic->windows,
                                word_address(gic->state, cpu, intid), &word,
                                &gic_sideband) == DBELL_RESPONSE_OK
               ? word
               : 0;
}

static void write_word(struct dbell_gic *gic, uint32_t cpu, uint32_t intid, uint64_t word)
{
    uint8_t bytes[8];
    dbell__put_le(bytes, sizeof bytes, word);
    gic_count(gic->state, DBELL_GIC_WRITES_PENDING);
    dbell__memory_write(&gic->ports.tables, &gic->windows, word_address(gic->state, cpu, intid),
                        bytes, sizeof bytes, &gic_sideband);
}

static uint64_t mask_of(uint32_t intid)
{
    return UINT64_C(1) << intid % 64;
}

/* Before the first bit is written to a table that PTZ has called zero. */
static void claim(struct dbell_gic *gic, uint32_t cpu)
{
    struct redistributor *r = redistributor(gic->state, cpu);
    if (!r->unread)
        return;
    r->unread = false;
    const uint32_t limit = intid_limit(gic->state, cpu);
    for (uint32_t first = FIRST_LPI; first < limit; first += 64)
        write_word(gic, cpu, first, 0);
}

static void set_in_memory(struct dbell_gic *gic, uint32_t cpu, uint32_t intid)
{
    claim(gic, cpu);
    write_word(gic, cpu, intid, read_word(gic, cpu, intid) | mask_of(intid));
}

static bool spilled(struct dbell_gic *gic, uint32_t cpu, uint32_t intid)
{
    return redistributor(gic->state, cpu)->spilled && (read_word(gic, cpu, intid) & mask_of(intid));
}

static void unspill(struct dbell_gic *gic, uint32_t cpu, uint32_t intid)
{
    write_word(gic, cpu, intid, read_word(gic, cpu, intid) & ~mask_of(intid));
    redistributor(gic->state, cpu)->spilled--;
}

/* --- pending state, wherever it is --- */

static bool held(struct dbell_gic_state *state, uint32_t cpu, uint32_t intid)
{
    return dbell__pending_has(&state->pending, (uint16_t)cpu, intid);
}

static bool is_pending(struct dbell_gic *gic, uint32_t cpu, uint32_t intid)
{
    return held(gic->state, cpu, intid) || spilled(gic, cpu, intid);
}

static void make_pending(struct dbell_gic *gic, uint32_t cpu, uint32_t intid, uint8_t byte)
{
    struct dbell_gic_state *state = gic->state;
    struct redistributor *r = redistributor(state, cpu);
    if (is_pending(gic, cpu, intid) ||
        dbell__pending_add(&state->pending, &r->pending, (uint16_t)cpu, intid, byte))
        return;
    gic_count(state, DBELL_GIC_SPILLED);
    r->spilled++;
    set_in_memory(gic, cpu, intid);
}

/* False: it was not pending. */
static bool make_idle(struct dbell_gic *gic, uint32_t cpu, uint32_t intid)
{
    struct dbell_gic_state *state = gic->state;
    struct redistributor *r = redistributor(state, cpu);
    if (dbell__pending_remove(&state->pending, &r->pending, (uint16_t)cpu, intid))
        return true;
    if (!spilled(gic, cpu, intid))
        return false;
    unspill(gic, cpu, intid);
    return true;
}

/* EnableLPIs 0 to 1: the pending state is read from memory, unless PTZ says that it is zero; what
 * is held is pending there no more. */
void dbell__lpis_enable(struct dbell_gic *gic, uint32_t cpu)
{
    struct dbell_gic_state *state = gic->state;
    struct redistributor *r = redistributor(state, cpu);
    forget_all(state, cpu);
    r->unread = get(&r->pendbaser, PENDBASER_PTZ);
    if (r->unread)
        return;
    const uint32_t limit = intid_limit(state, cpu);
    for (uint32_t first = FIRST_LPI; first < limit; first += 64) {
        const uint64_t word = read_word(gic, cpu, first);
        uint64_t left = word;
        for (uint64_t rest = word; rest; rest &= rest - 1) {
            const uint32_t intid = first + (uint32_t)__builtin_ctzll(rest);
            const uint8_t byte = configuration(gic, cpu, intid, NULL);
            if (!lpis_on(state, cpu)) /* disabled, or reset, meanwhile */
                return;
            if (dbell__pending_add(&state->pending, &r->pending, (uint16_t)cpu, intid, byte))
                left &= ~mask_of(intid);
            else
                r->spilled++;
        }
        if (left != word)
            write_word(gic, cpu, first, left);
    }
}

/* EnableLPIs 1 to 0: the pending state goes back to memory. */
void dbell__lpis_disable(struct dbell_gic *gic, uint32_t cpu)
{
    struct dbell_gic_state *state = gic->state;
    struct redistributor *r = redistributor(state, cpu);
    uint32_t place = 0, intid;
    claim(gic, cpu);
    while ((intid = dbell__pending_next(&state->pending, (uint16_t)cpu, &place)) != 0) {
        dbell__pending_remove(&state->pending, &r->pending, (uint16_t)cpu, intid);
        set_in_memory(gic, cpu, intid);
    }
    r->spilled = 0;
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

/* --- what an ITS, or a register, asks of a redistributor --- */

/* False: it is ignored. */
static bool raise(struct dbell_gic *gic, uint32_t cpu, uint32_t intid,
                  struct dbell_itinerary *itinerary)
{
    if (!usable(gic->state, cpu, intid)) {
        gic_count(gic->state, DBELL_GIC_LPIS_IGNORED);
        return false;
    }
    gic_count(gic->state, DBELL_GIC_LPIS);
    const uint8_t byte = configuration(gic, cpu, intid, itinerary);
    if (!usable(gic->state, cpu, intid)) /* LPIs were disabled meanwhile */
        return false;
    make_pending(gic, cpu, intid, byte);
    return true;
}

void dbell__lpi_set(struct dbell_gic *gic, uint32_t cpu, uint32_t intid)
{
    raise(gic, cpu, intid, NULL);
}

void dbell__lpi_clear(struct dbell_gic *gic, uint32_t cpu, uint32_t intid)
{
    if (usable(gic->state, cpu, intid))
        make_idle(gic, cpu, intid);
}

/* What is held has a new configuration. */
static void configure(struct dbell_gic *gic, uint32_t cpu, uint32_t intid)
{
    struct dbell_gic_state *state = gic->state;
    if (!held(state, cpu, intid))
        return;
    const uint8_t byte = configuration(gic, cpu, intid, NULL);
    dbell__pending_configure(&state->pending, &redistributor(state, cpu)->pending, (uint16_t)cpu,
                             intid, byte);
}

void dbell__lpi_invalidate(struct dbell_gic *gic, uint32_t cpu, uint32_t intid)
{
    struct cache_line *line = cache_find(&gic->state->configs, key_of(cpu, intid), 1);
    if (line)
        line->stamp = 0;
    gic->state->config_epoch++;
    configure(gic, cpu, intid);
}

void dbell__lpi_invalidate_all(struct dbell_gic *gic, uint32_t cpu)
{
    uint32_t place = 0, intid;
    forget_all(gic->state, cpu);
    while ((intid = dbell__pending_next(&gic->state->pending, (uint16_t)cpu, &place)) != 0)
        configure(gic, cpu, intid);
}

static void set(void *ctx, uint64_t rdbase, uint32_t intid, struct dbell_itinerary *itinerary)
{
    struct dbell_gic *gic = ctx;
    const int cpu = dbell_gic_cpu_of(gic, rdbase);
    if (cpu >= 0 && raise(gic, (uint32_t)cpu, intid, itinerary) && itinerary)
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
    const int cpu = dbell_gic_cpu_of(ctx, rdbase);
    if (cpu >= 0)
        dbell__lpi_clear(ctx, (uint32_t)cpu, intid);
}

static void move(void *ctx, uint64_t from, uint64_t to, uint32_t intid)
{
    struct dbell_gic *gic = ctx;
    const int source = dbell_gic_cpu_of(gic, from), target = dbell_gic_cpu_of(gic, to);
    if (source >= 0 && target >= 0 && usable(gic->state, (uint32_t)source, intid) &&
        make_idle(gic, (uint32_t)source, intid))
        raise(gic, (uint32_t)target, intid, NULL);
}

static void move_all(void *ctx, uint64_t from, uint64_t to)
{
    struct dbell_gic *gic = ctx;
    struct dbell_gic_state *state = gic->state;
    const int cpu = dbell_gic_cpu_of(gic, from);
    if (cpu < 0 || !lpis_on(state, (uint32_t)cpu))
        return;
    const uint32_t source = (uint32_t)cpu, limit = intid_limit(state, source);
    uint32_t place = 0, intid;
    while ((intid = dbell__pending_next(&state->pending, (uint16_t)source, &place)) != 0)
        move(ctx, from, to, intid);
    for (intid = FIRST_LPI; intid < limit && redistributor(state, source)->spilled; intid++)
        if (spilled(gic, source, intid))
            move(ctx, from, to, intid);
}

static void invalidate(void *ctx, uint64_t rdbase, uint32_t intid)
{
    const int cpu = dbell_gic_cpu_of(ctx, rdbase);
    if (cpu >= 0)
        dbell__lpi_invalidate(ctx, (uint32_t)cpu, intid);
}

static void invalidate_all(void *ctx, uint64_t rdbase)
{
    const int cpu = dbell_gic_cpu_of(ctx, rdbase);
    if (cpu >= 0)
        dbell__lpi_invalidate_all(ctx, (uint32_t)cpu);
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
    if (intid < FIRST_LPI)
        return dbell__spi_pending(state, intid);
    return cpu < state->config.cpus && intid < UINT32_C(1) << state->config.lpi_bits &&
           is_pending(gic, cpu, intid);
}

/* --- acknowledge --- */

/* A priority and an INTID as one number: the smaller goes first. */
static uint64_t rank(uint32_t intid, uint8_t byte)
{
    return (uint64_t)(byte & LPI_PRIORITY) << 32 | intid;
}

/* The best of those that are pending in memory, if it is better than `best`. */
static uint64_t best_spilled(struct dbell_gic *gic, uint32_t cpu, uint64_t best)
{
    const uint32_t limit = intid_limit(gic->state, cpu);
    for (uint32_t first = FIRST_LPI; first < limit; first += 64)
        for (uint64_t rest = read_word(gic, cpu, first); rest; rest &= rest - 1) {
            const uint32_t intid = first + (uint32_t)__builtin_ctzll(rest);
            const uint8_t byte = configuration(gic, cpu, intid, NULL);
            if ((byte & LPI_ENABLED) && rank(intid, byte) < best)
                best = rank(intid, byte);
        }
    return best;
}

/* The rank of the first LPI, UINT64_MAX without one. */
static uint64_t first_lpi(struct dbell_gic *gic, uint32_t cpu)
{
    struct dbell_gic_state *state = gic->state;
    uint64_t best = UINT64_MAX;
    uint32_t intid;
    uint8_t byte;
    if (!lpis_on(state, cpu))
        return best;
    if (dbell__pending_first(&state->pending, redistributor(state, cpu)->pending, &intid, &byte))
        best = rank(intid, byte);
    return redistributor(state, cpu)->spilled ? best_spilled(gic, cpu, best) : best;
}

uint32_t dbell_gic_acknowledge(struct dbell_gic *gic, uint32_t cpu)
{
    struct dbell_gic_state *state = gic->state;
    if (cpu >= state->config.cpus || !(state->gicd_ctlr & GICD_CTLR_ENABLE_GRP1) ||
        (redistributor(state, cpu)->waker & WAKER_PROCESSOR_SLEEP))
        return DBELL_INTID_NONE;
    uint8_t priority = 0;
    const uint64_t lpi = first_lpi(gic, cpu);
    const uint32_t spi = dbell__spi_first(state, cpu, &priority);
    if (lpi == UINT64_MAX && !spi)
        return DBELL_INTID_NONE;
    gic_count(state, DBELL_GIC_ACKNOWLEDGED);
    if (spi && rank(spi, priority) < lpi) {
        dbell__spi_taken(state, spi);
        return spi;
    }
    make_idle(gic, cpu, (uint32_t)lpi);
    return (uint32_t)lpi;
}
