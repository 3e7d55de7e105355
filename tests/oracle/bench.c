/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CMDQ (BENCH_BASE + BENCH_QUEUES)

static bool inside(uint64_t address, uint64_t length)
{
    return address >= BENCH_BASE && length <= BENCH_SIZE &&
           address - BENCH_BASE <= BENCH_SIZE - length;
}

static enum dbell_response tables(void *ctx, struct dbell_transaction *t)
{
    struct bench_model *m = ctx;
    if (!inside(t->address, t->length))
        return DBELL_RESPONSE_DECERR;
    uint8_t *at = (uint8_t *)m->words + (t->address - BENCH_BASE);
    if (t->data && t->op == DBELL_WRITE)
        memcpy(at, t->data, t->length);
    else if (t->data)
        memcpy(t->data, at, t->length);
    return DBELL_RESPONSE_OK;
}

static void complete(void *ctx, uint32_t token, const struct dbell_translation *result)
{
    struct bench_model *m = ctx;
    m->completed = true;
    m->token = token;
    m->late = *result;
}

/* Words are kept little endian in memory. */
uint64_t bench_word(const uint64_t *words, uint64_t address)
{
    uint8_t bytes[8];
    memcpy(bytes, &words[(address - BENCH_BASE) / 8], 8);
    uint64_t word = 0;
    for (unsigned i = 0; i < 8; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

static void put(uint64_t *words, uint64_t address, uint64_t word)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(word >> (8 * i));
    memcpy(&words[(address - BENCH_BASE) / 8], bytes, 8);
}

static bool oracle_read(void *ctx, uint64_t address, uint64_t *word)
{
    struct bench *b = ctx;
    if (!inside(address, 8))
        return false;
    *word = bench_word(b->words, address);
    return true;
}

static bool oracle_write(void *ctx, uint64_t address, uint64_t word)
{
    struct bench *b = ctx;
    if (!inside(address, 8))
        return false;
    if (b->trace)
        fprintf(stderr, "update 0x%" PRIx64 ": %016" PRIx64 " -> %016" PRIx64 "\n", address,
                bench_word(b->words, address), word);
    put(b->words, address, word);
    return true;
}

bool bench_create(struct bench *b)
{
    memset(b, 0, sizeof *b);
    b->memory = (struct oracle_memory){b, oracle_read, oracle_write};
    b->words = calloc(1, BENCH_SIZE);
    bool ok = b->words;
    for (unsigned i = 0; i < BENCH_MODELS; i++)
        ok &= (b->models[i].words = calloc(1, BENCH_SIZE)) != NULL;
    return ok;
}

void bench_destroy(struct bench *b)
{
    free(b->words);
    for (unsigned i = 0; i < BENCH_MODELS; i++)
        free(b->models[i].words);
}

bool bench_power_on(struct bench *b, const struct dbell_smmu_config *configs, unsigned count)
{
    memset(b->words, 0, b->used);
    memset(&b->registers, 0, sizeof b->registers);
    memcpy(b->registers.idr, configs[0].idr, sizeof b->registers.idr);
    b->count = count;
    b->broken = false;
    for (unsigned i = 0; i < count; i++) {
        struct bench_model *m = &b->models[i];
        const struct dbell_smmu_ports ports = {.tables = {.ctx = m, .access = tables},
                                               .completion = {m, complete}};
        memset(m->words, 0, b->used);
        m->config = configs[i];
        m->commands = m->events = 0;
        m->completed = false;
        size_t size = dbell_smmu_state_size(&configs[i]);
        m->state = size ? aligned_alloc(16, (size + 15) / 16 * 16) : NULL;
        if (!m->state || dbell_smmu_init(&m->smmu, m->state, size, &configs[i], &ports) < 0) {
            fprintf(stderr, "bench: a configuration was refused\n");
            return false;
        }
    }
    b->used = 0;
    bench_register(b, 0x90, 8, CMDQ | BENCH_LOG2QUEUE);
    bench_register(b, 0xa0, 8, BENCH_EVENTQ | BENCH_LOG2QUEUE);
    return true;
}

void bench_power_off(struct bench *b)
{
    for (unsigned i = 0; i < b->count; i++) {
        free(b->models[i].state);
        b->models[i].state = NULL;
    }
}

uint64_t bench_alloc(struct bench *b, uint64_t size, uint64_t align)
{
    uint64_t at = (b->used + align - 1) / align * align;
    if (at + size > BENCH_QUEUES)
        return 0;
    b->used = at + size;
    return BENCH_BASE + at;
}

uint64_t bench_load(const struct bench *b, uint64_t address)
{
    return bench_word(b->words, address);
}

void bench_store(struct bench *b, uint64_t address, uint64_t word)
{
    if (b->trace && word != bench_word(b->words, address))
        fprintf(stderr, "store 0x%" PRIx64 ": %016" PRIx64 " -> %016" PRIx64 "\n", address,
                bench_word(b->words, address), word);
    put(b->words, address, word);
    for (unsigned i = 0; i < b->count; i++)
        put(b->models[i].words, address, word);
}

bool bench_settle(struct bench_model *m)
{
    for (unsigned i = 0; i < 10000; i++)
        if (dbell_smmu_step(&m->smmu, NULL) == DBELL_IDLE)
            return true;
    return false;
}

void bench_register(struct bench *b, uint64_t offset, unsigned size, uint64_t value)
{
    struct oracle_registers *r = &b->registers;
    if (offset == 0x20)
        r->cr0 = (uint32_t)value;
    if (offset == 0x2c)
        r->cr2 = (uint32_t)value;
    if (offset == 0x44)
        r->gbpa = (uint32_t)value & 0x7fffffff;
    if (offset == 0x80)
        r->strtab_base = value;
    if (offset == 0x88)
        r->strtab_base_cfg = (uint32_t)value;
    for (unsigned i = 0; i < b->count; i++) {
        dbell_smmu_write(&b->models[i].smmu, offset, size, value);
        bench_settle(&b->models[i]);
    }
}

static void command_to(struct bench_model *m, struct dbell_host_cmd command)
{
    uint32_t wrap = 2u << BENCH_LOG2QUEUE;
    uint64_t at = CMDQ + 16 * (m->commands % (wrap / 2));
    put(m->words, at, command.words[0]);
    put(m->words, at + 8, command.words[1]);
    m->commands++;
    dbell_smmu_write(&m->smmu, 0x98, 4, m->commands % wrap);
    bench_settle(m);
}

void bench_command(struct bench *b, struct dbell_host_cmd command)
{
    if (b->trace)
        fprintf(stderr, "command %016" PRIx64 " %016" PRIx64 "\n", command.words[0],
                command.words[1]);
    for (unsigned i = 0; i < b->count; i++)
        command_to(&b->models[i], command);
}

void bench_resume(struct bench *b, uint32_t streamid, bool retry, bool abort)
{
    for (unsigned i = 0; i < b->count; i++)
        command_to(&b->models[i], dbell_host_resume(streamid, b->models[i].stag, retry, abort));
}

void bench_sync(struct bench *b)
{
    bench_command(b, dbell_host_sync());
    for (unsigned i = 0; i < b->count; i++) {
        struct bench_model *m = &b->models[i];
        uint64_t cons = dbell_smmu_read(&m->smmu, 0x9c, 4);
        if ((cons & 0xfffff) != m->commands % (2u << BENCH_LOG2QUEUE)) {
            fprintf(stderr, "%s: a command was refused, CMDQ_CONS 0x%" PRIx64 "\n", b->where, cons);
            b->broken = true;
        }
    }
}
