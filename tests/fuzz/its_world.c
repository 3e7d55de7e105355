/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "its_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void violated(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: violated: %s\n", file, line, what);
    abort();
}

/* --- memory and the bus --- */

static enum dbell_response memory(void *ctx, struct dbell_transaction *t)
{
    struct world *world = ctx;
    if (t->address < RAM || t->address - RAM >= RAM_SIZE ||
        t->length > RAM_SIZE - (t->address - RAM))
        return DBELL_RESPONSE_DECERR;
    uint8_t *at = world->ram + (t->address - RAM);
    if (t->op == DBELL_WRITE)
        memcpy(at, t->data, t->length);
    else
        memcpy(t->data, at, t->length);
    return DBELL_RESPONSE_OK;
}

struct dbell_bus world_memory(struct world *world)
{
    return (struct dbell_bus){world, memory, NULL, NULL};
}

static bool aborts(uint64_t address)
{
    return address >= ABORTS && address < DATA;
}

static enum dbell_response tables(struct world *world, struct dbell_transaction *t)
{
    const uint64_t last = t->address + (t->length - 1);
    MUST(t->data && t->length > 0 && t->length <= 32);
    MUST(t->op == DBELL_READ || t->op == DBELL_WRITE);
    MUST(last >= t->address && last < UINT64_C(1) << 52);
    world->accesses++;
    enum dbell_response response = aborts(t->address) ? DBELL_RESPONSE_SLVERR : memory(world, t);
    if (world->countdown && --world->countdown == 0 && !world->nested) {
        world->nested = true;
        world->interruptions++;
        world->meanwhile(world);
        world->nested = false;
    }
    return response;
}

/* An ITS that is quiescent accesses nothing (GITS_CTLR). */
static enum dbell_response its_access(void *ctx, struct dbell_transaction *t)
{
    struct unit *unit = ctx;
    MUST(!(dbell_its_read(&unit->its, GITS_CTLR, 4) >> 31));
    return tables(unit->world, t);
}

static enum dbell_response gic_access(void *ctx, struct dbell_transaction *t)
{
    return tables(ctx, t);
}

static bool window(struct world *world, uint64_t address, struct dbell_window *window)
{
    if (!world->windows || address < RAM || address - RAM >= RAM_SIZE || aborts(address))
        return false;
    window->first = address < ABORTS ? RAM : DATA;
    window->last = address < ABORTS ? ABORTS - 1 : RAM + RAM_SIZE - 1;
    window->host = world->ram + (window->first - RAM);
    return true;
}

static bool its_window(void *ctx, uint64_t address, struct dbell_window *out)
{
    return window(((struct unit *)ctx)->world, address, out);
}

static bool gic_window(void *ctx, uint64_t address, struct dbell_window *out)
{
    return window(ctx, address, out);
}

/* --- between the parts --- */

static bool ask(void *ctx, const struct dbell_lpi_request *request,
                struct dbell_itinerary *itinerary)
{
    struct unit *unit = ctx;
    struct world *world = unit->world;
    const struct dbell_lpi_port port = dbell_gic_lpi_port(&world->gic);
    MUST(request->kind <= DBELL_VSGI_SET);
    if (request->kind == DBELL_LPI_SET || request->kind == DBELL_VLPI_SET)
        MUST(request->intid >= 8192 || dbell_its_version(&world->its_config) != DBELL_GICV3 ||
             request->kind == DBELL_LPI_SET);
    for (unsigned n = 0; request->kind == DBELL_VPE_MOVE && n < ITSES; n++)
        if (&world->units[n] != unit)
            dbell_its_vpe_moved(&world->units[n].its, request->vpe);
    return port.ask(port.ctx, request, itinerary);
}

static void pulse(void *ctx, unsigned line)
{
    (void)ctx;
    MUST(line < DBELL_ITS_LINES);
}

static void lpi_news(void *ctx, uint32_t cpu, uint32_t intid)
{
    struct world *world = ctx;
    MUST(cpu < world->gic_config.cpus);
    MUST(intid >= 8192 && !(intid >> world->gic_config.lpi_bits));
}

static void vlpi_news(void *ctx, uint32_t vpeid, uint32_t intid)
{
    struct world *world = ctx;
    MUST(vpeid < 65536 && world->gic_config.version != DBELL_GICV3);
    MUST(intid >= 8192 || (intid < 16 && world->gic_config.version == DBELL_GICV4_1));
}

/* --- life --- */

static struct dbell_its_ports its_ports(struct unit *unit)
{
    return (struct dbell_its_ports){
        .tables = {unit, its_access, its_window, NULL}, .lpi = {unit, ask}, .wires = {unit, pulse}};
}

bool world_open(struct world *world, const struct dbell_its_config *its,
                const struct dbell_gic_config *gic)
{
    memset(world, 0, sizeof *world);
    world->its_config = *its;
    world->gic_config = *gic;
    world->gic_ports = (struct dbell_gic_ports){.tables = {world, gic_access, gic_window, NULL},
                                                .news = {world, lpi_news, vlpi_news}};
    world->size = dbell_gic_state_size(gic);
    const size_t size = dbell_its_state_size(its);
    if (!world->size || !size)
        return false;
    world->ram = calloc(1, RAM_SIZE);
    world->block = malloc(world->size);
    if (!world->ram || !world->block)
        abort();
    memset(world->block, 0xa5, world->size); /* init relies on nothing */
    MUST(dbell_gic_init(&world->gic, world->block, world->size, gic, &world->gic_ports) ==
         DBELL_OK);
    for (unsigned n = 0; n < ITSES; n++) {
        struct unit *unit = &world->units[n];
        *unit = (struct unit){.world = world, .block = malloc(size), .size = size};
        unit->ports = its_ports(unit);
        if (!unit->block)
            abort();
        memset(unit->block, 0xa5, size);
        MUST(dbell_its_init(&unit->its, unit->block, size, its, &unit->ports) == DBELL_OK);
    }
    return true;
}

void world_close(struct world *world)
{
    for (unsigned n = 0; n < ITSES; n++)
        free(world->units[n].block);
    free(world->block);
    free(world->ram);
}

static void *copied(void *old, size_t size)
{
    void *copy = malloc(size);
    if (!copy)
        abort();
    memcpy(copy, old, size);
    free(old);
    return copy;
}

void world_move(struct world *world)
{
    if (world->nested) /* calls into the old blocks are under way */
        return;
    world->block = copied(world->block, world->size);
    MUST(dbell_gic_attach(&world->gic, world->block, world->size, &world->gic_ports) == DBELL_OK);
    for (unsigned n = 0; n < ITSES; n++) {
        struct unit *unit = &world->units[n];
        unit->block = copied(unit->block, unit->size);
        MUST(dbell_its_attach(&unit->its, unit->block, unit->size, &unit->ports) == DBELL_OK);
    }
}

/* --- checked calls --- */

static void check_itinerary(const struct dbell_itinerary *it)
{
    MUST(it->count <= it->capacity);
    for (uint32_t i = 0; i < it->count; i++) {
        const struct dbell_step *s = &it->steps[i];
        MUST(s->kind < DBELL_STEP_KINDS && s->object < DBELL_OBJECTS &&
             s->resource < DBELL_RESOURCES);
        MUST(s->after < (int32_t)i && s->after >= -1);
    }
}

void checked_msi(struct world *world, unsigned n, const struct dbell_transaction *transaction)
{
    struct unit *unit = &world->units[n];
    struct dbell_itinerary itinerary = {.steps = world->steps, .capacity = STEPS};
    struct dbell_transaction t = *transaction;
    struct dbell_msi_result result;
    const unsigned before = world->accesses, interruptions = world->interruptions;
    const uint64_t drops = dbell_its_count(&unit->its, DBELL_ITS_DROPS);
    const bool enabled = dbell_its_read(&unit->its, GITS_CTLR, 4) & 1;
    memset(&result, 0xa5, sizeof result);
    t.itinerary = world->nested ? NULL : &itinerary;
    dbell_its_msi(&unit->its, &t, &result);
    MUST(result.verdict <= DBELL_ITS_MEMORY);
    if (!world->nested)
        check_itinerary(&itinerary);
    if (world->nested || world->interruptions != interruptions)
        return;
    MUST((result.verdict == DBELL_ITS_DISABLED) == !enabled);
    MUST(dbell_its_count(&unit->its, DBELL_ITS_DROPS) - drops ==
         (result.verdict != DBELL_ITS_DELIVERED));
    if (result.verdict != DBELL_ITS_DELIVERED) {
        MUST(world->accesses - before <= 5); /* two tables of two levels, and the ITT */
        return;
    }
    MUST(t.side.has_deviceid && (t.length == 2 || t.length == 4));
    MUST(result.deviceid == t.side.deviceid);
    MUST(!result.is_virtual || result.vpeid < 65536);
}

int checked_step(struct world *world, unsigned n)
{
    struct dbell_its *its = &world->units[n].its;
    struct dbell_itinerary itinerary = {.steps = world->steps, .capacity = STEPS};
    const uint64_t reader = dbell_its_read(its, GITS_CREADR, 8);
    const unsigned interruptions = world->interruptions;
    const int progress = dbell_its_step(its, world->nested ? NULL : &itinerary);
    MUST(progress == DBELL_IDLE || progress == DBELL_STEPPED || progress == DBELL_NOT_YET ||
         progress == DBELL_E_BUSY);
    if (world->nested || world->interruptions != interruptions)
        return progress;
    MUST(progress != DBELL_E_BUSY);
    check_itinerary(&itinerary);
    const uint64_t after = dbell_its_read(its, GITS_CREADR, 8);
    const uint64_t cbaser = dbell_its_read(its, GITS_CBASER, 8);
    const uint64_t writer = dbell_its_read(its, GITS_CWRITER, 8), size = ((cbaser & 0xff) + 1)
                                                                         << 12;
    if (progress == DBELL_STEPPED)
        MUST(after == ((reader + 32) % size) || after == (reader | 1));
    else
        MUST(after == reader);
    if (progress == DBELL_IDLE && dbell_its_read(its, GITS_CTLR, 4) & 1 && cbaser >> 63 &&
        !(after & 1) && writer < size)
        MUST(after == writer);
    return progress;
}

void checked_drain(struct world *world)
{
    world->countdown = 0;
    bool moved = true;
    for (unsigned rounds = 0; moved; rounds++) {
        MUST(rounds <= ITSES * (1u << 15));
        moved = false;
        for (unsigned n = 0; n < ITSES; n++)
            moved |= checked_step(world, n) == DBELL_STEPPED;
    }
}

void checked_acknowledge(struct world *world, uint32_t cpu)
{
    const unsigned interruptions = world->interruptions;
    const uint32_t intid = dbell_gic_acknowledge(&world->gic, cpu);
    MUST(intid == DBELL_INTID_NONE || (intid >= 32 && intid < 1020) ||
         (intid >= 8192 && !(intid >> world->gic_config.lpi_bits)));
    if (intid < 8192 || world->nested || world->interruptions != interruptions ||
        dbell_gic_count(&world->gic, DBELL_GIC_SPILLED)) /* software may have set bits in memory */
        return;
    world->countdown = 0;
    MUST(!dbell_gic_pending(&world->gic, cpu, intid));
}

void checked_virtual_acknowledge(struct world *world, uint32_t cpu, unsigned group)
{
    const unsigned interruptions = world->interruptions;
    const uint32_t intid = dbell_gic_acknowledge_virtual(&world->gic, cpu, group);
    MUST(intid == DBELL_INTID_NONE || intid < 16 || (intid >= 8192 && group));
    if (intid == DBELL_INTID_NONE || world->nested || world->interruptions != interruptions ||
        dbell_gic_count(&world->gic, DBELL_GIC_SPILLED))
        return;
    world->countdown = 0;
    MUST(!dbell_gic_pending_virtual(&world->gic, cpu, intid));
}
