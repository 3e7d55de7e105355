/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "smmu_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* Reads of one translation that nothing interferes with: L1STD, STE and VMS; L1CD and CD, each
     * behind a stage 2 walk; a stage 1 walk, each descriptor behind a stage 2 walk; a stage 2 walk
     * of the result; two updates of the stage 1 leaf, each behind a stage 2 walk. */
    LEVELS = 4,
    MOST_READS = 3 + 2 * (1 + LEVELS) + LEVELS * (1 + LEVELS) + LEVELS + 2 * LEVELS,
    EVENT_SLOTS = 64, /* records on their way to the queue */
    PAGE_REQUEST_SLOTS = 64,
};

void violated(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: violated: %s\n", file, line, what);
    abort();
}

static uint64_t low(unsigned n)
{
    return n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
}

unsigned output_bits(const struct world *world)
{
    static const uint8_t bits_of[8] = {32, 36, 40, 42, 44, 48, 52, 52};
    return bits_of[world->config.idr[5] & 7];
}

/* --- memory and the bus --- */

static enum dbell_response memory(void *ctx, struct dbell_transaction *t)
{
    struct world *world = ctx;
    if (t->address < RAM || t->address - RAM >= RAM_SIZE ||
        t->length > RAM_SIZE - (t->address - RAM))
        return DBELL_RESPONSE_DECERR;
    uint8_t *at = world->ram + (t->address - RAM);
    if (dbell_op_writes(t->op))
        memcpy(at, t->data, t->length);
    else if (dbell_op_reads(t->op))
        memcpy(t->data, at, t->length);
    return DBELL_RESPONSE_OK;
}

struct dbell_bus world_memory(struct world *world)
{
    return (struct dbell_bus){world, memory, NULL, NULL};
}

static void reached(struct world *world)
{
    if (world->countdown && --world->countdown == 0 && !world->nested) {
        world->nested = true;
        world->interruptions++;
        world->meanwhile(world);
        world->nested = false;
    }
}

static bool aborts(uint64_t address)
{
    return address >= ABORTS && address < DATA;
}

static uint32_t queue_log2size(struct world *world, uint32_t base, unsigned shift)
{
    uint32_t log2size = (uint32_t)reg_read(world, base, 8) & 0x1f;
    uint32_t most = world->config.idr[1] >> shift & 0x1f;
    return log2size < most ? log2size : most;
}

static uint32_t cmdq_log2size(struct world *world)
{
    return queue_log2size(world, CMDQ_BASE, 21);
}

static uint32_t eventq_log2size(struct world *world)
{
    return queue_log2size(world, EVENTQ_BASE, 16);
}

/* Where the next record belongs. */
static uint64_t event_slot(struct world *world)
{
    const uint32_t log2size = eventq_log2size(world);
    uint64_t base = reg_read(world, EVENTQ_BASE, 8) & low(52) & ~low(log2size + 5);
    return base + (reg_read(world, EVENTQ_PROD, 4) & low(log2size)) * 32;
}

static uint32_t priq_log2size(struct world *world)
{
    return queue_log2size(world, PRIQ_BASE, 11);
}

/* Where the next page request belongs. */
static uint64_t page_request_slot(struct world *world)
{
    const uint32_t log2size = priq_log2size(world);
    uint64_t base = reg_read(world, PRIQ_BASE, 8) & low(52) & ~low(log2size ? log2size + 4 : 5);
    return base + (reg_read(world, PRIQ_PROD, 4) & low(log2size)) * 16;
}

/* Where the next command is. */
static uint64_t command_slot(struct world *world)
{
    const uint32_t log2size = cmdq_log2size(world);
    uint64_t base = reg_read(world, CMDQ_BASE, 8) & low(52) & ~low(log2size ? log2size + 4 : 5);
    return base + (reg_read(world, CMDQ_CONS, 4) & low(log2size)) * 16;
}

static enum dbell_response tables(void *ctx, struct dbell_transaction *t)
{
    struct world *world = ctx;
    MUST(t->length > 0 && t->length <= 64 && t->data);
    const uint64_t last = t->address + (t->length - 1);
    MUST(last >= t->address && last <= low(output_bits(world)));
    MUST(t->op == DBELL_READ || t->length == 4 || t->length == 8 || t->length == 16 ||
         t->length == 32);
    if (t->op == DBELL_WRITE && t->length == 32)
        MUST(t->address == event_slot(world));
    if (t->op == DBELL_WRITE && t->length == 16)
        MUST(t->address == page_request_slot(world));
    reached(world);
    if (aborts(t->address) || (t->op == DBELL_WRITE && t->length == 4 && world->refuse_msis))
        return DBELL_RESPONSE_SLVERR;
    return memory(ctx, t);
}

static bool window(void *ctx, uint64_t address, struct dbell_window *window)
{
    struct world *world = ctx;
    if (!world->window_log2 || address < RAM || address - RAM >= RAM_SIZE || aborts(address))
        return false;
    window->first = address & ~low(world->window_log2);
    window->last = address | low(world->window_log2);
    uint64_t least = address < ABORTS ? RAM : DATA;
    uint64_t most = address < ABORTS ? ABORTS - 1 : RAM + RAM_SIZE - 1;
    if (window->first < least)
        window->first = least;
    if (window->last > most)
        window->last = most;
    window->host = world->ram + (window->first - RAM);
    return true;
}

static enum dbell_response cas(void *ctx, uint64_t address, uint64_t expected, uint64_t desired,
                               uint64_t *old)
{
    struct world *world = ctx;
    const struct dbell_bus bus = world_memory(world);
    MUST(address % 8 == 0 && address <= low(output_bits(world)));
    reached(world);
    if (aborts(address) || dbell_host_load(&bus, address, 8, old))
        return DBELL_RESPONSE_SLVERR;
    if (world->contested) {
        world->contested--;
        *old ^= UINT64_C(1) << 55; /* a bit for software */
        dbell_host_store(&bus, address, 8, *old);
    }
    if (*old != expected) {
        world->lost_updates++;
        return DBELL_RESPONSE_OK;
    }
    world->updates++;
    return dbell_host_store(&bus, address, 8, desired) ? DBELL_RESPONSE_SLVERR : DBELL_RESPONSE_OK;
}

static enum dbell_response data(void *ctx, struct dbell_transaction *t)
{
    struct world *world = ctx;
    reached(world);
    if (world->data_response)
        return (enum dbell_response)world->data_response;
    world->updates += dbell_op_writes(t->op);
    return t->data && !aborts(t->address) ? memory(ctx, t) : DBELL_RESPONSE_OK;
}

/* --- what the SMMU reports --- */

static void pulse(void *ctx, unsigned line)
{
    (void)ctx;
    MUST(line < DBELL_SMMU_LINES || line == DBELL_SMMU_SEV);
}

static void say(void *ctx, const char *text)
{
    (void)ctx;
    MUST(text && *text);
}

static void add_token(struct world *world, uint32_t token)
{
    for (unsigned i = 0; i < world->token_count; i++)
        MUST(world->tokens[i] != token);
    if (world->token_count < TOKENS)
        world->tokens[world->token_count++] = token;
    else
        world->tokens_unknown = true;
}

static bool remove_token(struct world *world, uint32_t token)
{
    for (unsigned i = 0; i < world->token_count; i++) {
        if (world->tokens[i] == token) {
            world->tokens[i] = world->tokens[--world->token_count];
            return true;
        }
    }
    return world->tokens_unknown;
}

void forget_tokens(struct world *world)
{
    world->token_count = 0;
    world->tokens_unknown = !world->smmu.ports.completion.complete;
    world->tag_count = 0;
}

static bool architected(const struct world *world, unsigned event)
{
    if (event == DBELL_EVENT_F_TLB_CONFLICT || event == DBELL_EVENT_F_CFG_CONFLICT)
        return world->config.conflicts;
    return event <= DBELL_EVENT_F_WALK_EABT ||
           (event >= DBELL_EVENT_F_TRANSLATION && event <= DBELL_EVENT_F_PERMISSION) ||
           event == DBELL_EVENT_F_VMS_FETCH;
}

static void check_result(struct world *world, const struct dbell_translation *result)
{
    const uint64_t size = result->page_size;
    switch (result->outcome) {
    case DBELL_DONE:
        MUST((size & (size - 1)) == 0);
        MUST(result->op < DBELL_OPS);
        MUST(result->op == DBELL_NO_OP || result->address <= low(output_bits(world)));
        MUST(!dbell_op_writes(result->op) || result->writable);
        MUST(!result->event && !result->razwi && (result->translated || result->rule));
        MUST(result->translated == (size != 0));
        break;
    case DBELL_FAULT:
        MUST(architected(world, result->event) && result->rule);
        break;
    default:
        MUST(result->outcome == DBELL_PENDING);
        MUST(result->event >= DBELL_EVENT_F_TRANSLATION &&
             result->event <= DBELL_EVENT_F_PERMISSION);
        add_token(world, result->token);
        break;
    }
}

static void complete(void *ctx, uint32_t token, const struct dbell_translation *result)
{
    struct world *world = ctx;
    MUST(remove_token(world, token));
    check_result(world, result);
}

/* --- where configuration structures may be read (IHI 0070 3.3) --- */

/* What the level above promised. */
struct promise {
    uint64_t first, count; /* the first byte, and how many follow it */
    uint64_t ste;          /* the first word of the last STE read */
};

static struct promise stream_table(struct world *world)
{
    const uint64_t base = reg_read(world, STRTAB_BASE, 8) & low(52) & ~low(6);
    const uint64_t cfg = reg_read(world, STRTAB_CFG, 4);
    unsigned log2size = cfg & 0x3f, split = cfg >> 6 & 0x1f;
    if (!(world->config.idr[0] >> 27 & 3) || (cfg >> 16 & 3) != 1)
        return (struct promise){.first = base & ~low(log2size + 6), .count = low(log2size + 6)};
    if (split != 8 && split != 10)
        split = 6;
    unsigned bytes_log2 = log2size > split + 3 ? log2size - split + 3 : 6;
    uint64_t entries = log2size > split ? low(log2size - split) : 0; /* less one */
    return (struct promise){.first = base & ~low(bytes_log2 > 6 ? bytes_log2 : 6),
                            .count = entries * 8 + 7};
}

static bool inside(const struct promise *table, uint64_t address, unsigned size)
{
    return address >= table->first && address - table->first + (size - 1) <= table->count;
}

/* The table that holds CDs, as the STE says; with two levels the table of L1CDs. */
static struct promise cd_table(const struct world *world, uint64_t ste)
{
    const bool substreams = world->config.idr[1] >> 6 & 0x1f; /* else S1CDMax is RES0 */
    unsigned format = ste >> 4 & 3, log2count = substreams ? (unsigned)(ste >> 59) : 0;
    struct promise table = {.first = ste & low(56) & ~low(6), .ste = ste};
    if (!log2count || format == 0 || format == 3) {
        table.count = (UINT64_C(64) << log2count) - 1;
    } else {
        unsigned leaf = format == 1 ? 6 : 10;
        table.count = log2count > leaf ? (UINT64_C(8) << (log2count - leaf)) - 1 : 7;
    }
    table.first &= ~table.count; /* aligned to its size (5.2 S1Fmt) */
    return table;
}

static void check_itinerary(struct world *world, bool whole)
{
    const struct dbell_itinerary *it = &world->itinerary;
    struct promise table = {0};
    uint64_t ipa = 0;
    MUST(it->count <= it->capacity);
    if (whole)
        table = stream_table(world);
    for (uint32_t i = 0; i < it->count; i++) {
        const struct dbell_step *s = &it->steps[i];
        MUST(s->kind < DBELL_STEP_KINDS && s->object < DBELL_OBJECTS &&
             s->resource < DBELL_RESOURCES);
        MUST(s->after < (int32_t)i && s->after >= -1);
        MUST(s->level >= -1 && s->level <= 3 &&
             (architected(world, s->fault) || s->fault == DBELL_EVENT_E_PAGE_REQUEST));
        if (s->object == DBELL_OBJECT_STAGE2)
            ipa = s->input;
        if (s->object == DBELL_OBJECT_EVENT && s->kind == DBELL_STEP_WRITE)
            MUST(s->size == 32);
        if (s->kind != DBELL_STEP_READ || !whole || s->note)
            continue;
        /* Behind stage 2 the table is one of IPAs: that of the walk just made. */
        uint64_t address = (table.ste & 0xc) == 0xc ? ipa : s->address;
        switch (s->object) {
        case DBELL_OBJECT_L1STD:
            MUST(inside(&table, s->address, s->size));
            unsigned span = s->value & 0x1f;
            table.first = s->value & low(56) & ~low(span + 5 > 6 ? span + 5 : 6);
            table.count = span ? (UINT64_C(32) << span) - 1 : 0;
            break;
        case DBELL_OBJECT_STE:
            MUST(inside(&table, s->address, s->size));
            table = cd_table(world, s->value);
            break;
        case DBELL_OBJECT_L1CD:
            MUST(inside(&table, address, s->size));
            unsigned leaf = (table.ste >> 4 & 3) == 1 ? 6 : 10;
            table.count = (UINT64_C(64) << leaf) - 1;
            table.first = s->value & low(56) & ~table.count;
            break;
        case DBELL_OBJECT_CD:
            MUST(inside(&table, address, s->size));
            break;
        default:
            break;
        }
    }
}

/* --- checked calls --- */

uint64_t reg_read(struct world *world, uint32_t offset, unsigned size)
{
    return dbell_smmu_read(&world->smmu, offset, size);
}

void reg_write(struct world *world, uint32_t offset, unsigned size, uint64_t value)
{
    dbell_smmu_write(&world->smmu, offset, size, value);
}

uint64_t world_reads(const struct world *world)
{
    uint64_t sum = dbell_smmu_count(&world->smmu, DBELL_SMMU_COUNTERS); /* there is no such */
    for (int i = DBELL_SMMU_READS_STE; i <= DBELL_SMMU_READS_S2; i++)
        sum += dbell_smmu_count(&world->smmu, (enum dbell_smmu_counter)i);
    return sum;
}

uint64_t world_most_reads(const struct world *world, unsigned lost)
{
    return (uint64_t)MOST_READS * (1 + world->lost_updates - lost);
}

void world_check_itinerary(struct world *world)
{
    check_itinerary(world, false);
}

void world_open_itinerary(struct world *world)
{
    world->itinerary = (struct dbell_itinerary){.steps = world->steps, .capacity = STEPS};
}

int checked_translate(struct world *world, struct dbell_transaction *t, bool forward,
                      struct dbell_translation *result)
{
    const uint64_t before = world_reads(world);
    const unsigned interruptions = world->interruptions, lost = world->lost_updates;
    const bool nested = world->nested, recorded = t->itinerary != NULL;
    memset(result, 0xa5, sizeof *result);
    if (!nested && recorded)
        world_open_itinerary(world);
    int status = forward ? dbell_smmu_access(&world->smmu, t, result)
                         : dbell_smmu_translate(&world->smmu, t, result);
    if (status < 0) {
        MUST(status == DBELL_E_ARGUMENT || status == DBELL_E_UNSUPPORTED || status == DBELL_E_BUSY);
        return status;
    }
    MUST(status == result->outcome);
    check_result(world, result);
    const struct dbell_trail trail = dbell_smmu_trail(result);
    MUST(trail.outcome == status && trail.event == result->event && trail.rule == result->rule &&
         trail.reached == (status == DBELL_DONE && result->op != DBELL_NO_OP));
    if (status == DBELL_DONE) {
        if (result->page_size)
            MUST(((result->address ^ t->address) & (result->page_size - 1)) == 0);
        else
            MUST(result->address == t->address);
    }
    if (nested || world->interruptions != interruptions)
        return status;
    MUST(world_reads(world) - before <= world_most_reads(world, lost));
    if (recorded)
        check_itinerary(world, world->lost_updates == lost);
    return status;
}

static uint32_t waiting_commands(struct world *world)
{
    uint32_t difference = (uint32_t)(reg_read(world, CMDQ_PROD, 4) - reg_read(world, CMDQ_CONS, 4));
    return difference & (uint32_t)low(cmdq_log2size(world) + 1);
}

/* An index moves by one, within its wrap range; `index` are the bits that count. */
static void check_index(uint64_t before, uint64_t after, uint32_t log2size)
{
    const uint64_t mask = low(20);
    if ((before ^ after) & mask)
        MUST((after & mask) == ((before + 1) & low(log2size + 1)));
}

int checked_step(struct world *world)
{
    const unsigned interruptions = world->interruptions, lost = world->lost_updates;
    const uint64_t before = world_reads(world), cons = reg_read(world, CMDQ_CONS, 4);
    const uint64_t prod = reg_read(world, EVENTQ_PROD, 4), slot = event_slot(world);
    const uint64_t pages = reg_read(world, PRIQ_PROD, 4), page_slot = page_request_slot(world);
    const uint64_t command = command_slot(world);
    const bool nested = world->nested;
    if (!nested)
        world_open_itinerary(world);
    const bool work = dbell_smmu_work(&world->smmu);
    int progress = dbell_smmu_step(&world->smmu, nested ? NULL : &world->itinerary);
    MUST(progress == DBELL_IDLE || progress == DBELL_STEPPED || progress == DBELL_NOT_YET ||
         (nested && progress == DBELL_E_BUSY));
    if (!nested)
        MUST(work == (progress != DBELL_IDLE));
    if (nested || world->interruptions != interruptions)
        return progress;
    check_index(cons, reg_read(world, CMDQ_CONS, 4), cmdq_log2size(world));
    check_index(prod, reg_read(world, EVENTQ_PROD, 4), eventq_log2size(world));
    check_index(pages, reg_read(world, PRIQ_PROD, 4), priq_log2size(world));
    MUST(world_reads(world) - before <= world_most_reads(world, lost));
    check_itinerary(world, false);
    for (uint32_t i = 0; i < world->itinerary.count; i++) {
        if (world->steps[i].object == DBELL_OBJECT_EVENT)
            MUST(world->steps[i].address == slot);
        if (world->steps[i].object == DBELL_OBJECT_PAGE_REQUEST)
            MUST(world->steps[i].address == page_slot);
        if (world->steps[i].object == DBELL_OBJECT_COMMAND)
            MUST(world->steps[i].address == command);
    }
    if (progress == DBELL_IDLE && !world->failed && reg_read(world, CR0, 4) & 8 &&
        !((reg_read(world, GERROR, 4) ^ reg_read(world, GERRORN, 4)) & 1))
        MUST(waiting_commands(world) == 0);
    return progress;
}

void checked_drain(struct world *world)
{
    /* Each command, record and retry may cause a record, an MSI and the MSI of an error. */
    uint64_t bound = 8 * (waiting_commands(world) + EVENT_SLOTS + PAGE_REQUEST_SLOTS +
                          UINT64_C(4) * world->config.stall_entries);
    world->countdown = 0;
    for (uint64_t n = 0; checked_step(world) == DBELL_STEPPED; n++)
        MUST(n < bound);
}

/* --- life --- */

struct dbell_smmu_ports world_ports(struct world *world)
{
    return (struct dbell_smmu_ports){
        .tables = {world, tables, window, cas},
        .data = {world, data, NULL, NULL},
        .wires = {world, pulse},
        .completion = {world, complete},
        .log = {world, say},
        .ats = world_ats_port(world),
    };
}

bool world_open(struct world *world, const struct dbell_smmu_config *config)
{
    memset(world, 0, sizeof *world);
    world->config = *config;
    world->ports = world_ports(world);
    world->size = dbell_smmu_state_size(config);
    if (!world->size)
        return false;
    world->block = malloc(world->size);
    world->ram = calloc(1, RAM_SIZE);
    if (!world->block || !world->ram)
        abort();
    memset(world->block, 0xa5, world->size); /* init relies on nothing */
    MUST(dbell_smmu_init(&world->smmu, world->block, world->size, config, &world->ports) ==
         DBELL_OK);
    return true;
}

void world_close(struct world *world)
{
    free(world->block);
    free(world->ram);
}
