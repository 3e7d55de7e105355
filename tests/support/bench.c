/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

static uint8_t *place(struct bench *bench, uint64_t address, uint32_t length)
{
    if (address <= BENCH_LOW_SIZE - length)
        return bench->low + address;
    if (address >= BENCH_RAM && address - BENCH_RAM <= BENCH_RAM_SIZE - length)
        return bench->ram + (address - BENCH_RAM);
    return NULL;
}

static enum dbell_response move(struct bench *bench, struct dbell_transaction *t)
{
    uint8_t *at = place(bench, t->address, t->length);
    if (!at)
        return DBELL_RESPONSE_SLVERR;
    for (uint32_t i = 0; i < t->length && t->data; i++) {
        uint8_t old = at[i];
        if (dbell_op_writes(t->op))
            at[i] = t->data[i];
        if (dbell_op_reads(t->op))
            t->data[i] = old;
    }
    return DBELL_RESPONSE_OK;
}

static enum dbell_response host_access(void *ctx, struct dbell_transaction *t)
{
    return move(ctx, t);
}

static bool aborted(const struct bench *bench, const struct dbell_transaction *t)
{
    return bench->abort_at && t->address < bench->abort_at + 64 &&
           t->address + t->length > bench->abort_at;
}

static enum dbell_response smmu_access(void *ctx, struct dbell_transaction *t)
{
    struct bench *bench = ctx;
    if (bench->logged < BENCH_LOG)
        bench->log[bench->logged++] = *t;
    if (aborted(bench, t))
        return DBELL_RESPONSE_SLVERR;
    const enum dbell_response response = move(bench, t);
    if (bench->meanwhile && bench->interrupt_at >= t->address &&
        bench->interrupt_at - t->address < t->length) {
        void (*meanwhile)(struct bench *) = bench->meanwhile;
        bench->meanwhile = NULL;
        meanwhile(bench);
        if (aborted(bench, t))
            return DBELL_RESPONSE_SLVERR;
    }
    return response;
}

void bench_during(struct bench *bench, uint64_t address, void (*meanwhile)(struct bench *bench))
{
    bench->interrupt_at = address;
    bench->meanwhile = meanwhile;
}

static void pulse(void *ctx, unsigned line)
{
    struct bench *bench = ctx;
    if (line < DBELL_SMMU_LINES)
        bench->pulses[line]++;
    if (bench->on_pulse)
        bench->on_pulse(bench, line);
}

bool bench_open(struct bench *bench, const struct dbell_smmu_config *config)
{
    const struct dbell_smmu_config standard = dbell_smmu_default_config();
    const struct dbell_smmu_ports ports = {
        .tables = {bench, smmu_access, NULL, NULL},
        .wires = {bench, pulse},
    };
    memset(bench, 0, sizeof *bench);
    config = config ? config : &standard;
    const size_t size = dbell_smmu_state_size(config);
    bench->state = size ? calloc(1, size) : NULL;
    bench->ram = calloc(1, BENCH_RAM_SIZE);
    bench->low = calloc(1, BENCH_LOW_SIZE);
    bench->bus = (struct dbell_bus){bench, host_access, NULL, NULL};
    bench->next = BENCH_RAM;
    if (bench->state && bench->ram && bench->low &&
        dbell_smmu_init(&bench->smmu, bench->state, size, config, &ports) == DBELL_OK)
        return true;
    bench_close(bench);
    return false;
}

void bench_close(struct bench *bench)
{
    free(bench->state);
    free(bench->ram);
    free(bench->low);
    bench->state = bench->ram = bench->low = NULL;
}

void bench_settle(struct bench *bench)
{
    for (unsigned i = 0; i < 10000 && dbell_smmu_step(&bench->smmu, NULL) == DBELL_STEPPED; i++)
        ;
}

uint64_t bench_get(struct bench *bench, uint64_t offset, unsigned size)
{
    return dbell_smmu_read(&bench->smmu, offset, size);
}

void bench_poke(struct bench *bench, uint64_t offset, unsigned size, uint64_t value)
{
    dbell_smmu_write(&bench->smmu, offset, size, value);
}

void bench_put(struct bench *bench, uint64_t offset, unsigned size, uint64_t value)
{
    bench_poke(bench, offset, size, value);
    bench_settle(bench);
}

uint64_t bench_alloc(struct bench *bench, uint64_t size)
{
    uint64_t align = 4096;
    while (align < size)
        align <<= 1;
    uint64_t at = (bench->next + align - 1) & ~(align - 1);
    bench->next = at + size;
    return at;
}

uint64_t bench_load(struct bench *bench, uint64_t address)
{
    uint64_t value;
    dbell_host_load(&bench->bus, address, 8, &value);
    return value;
}

void bench_store(struct bench *bench, uint64_t address, uint64_t value)
{
    dbell_host_store(&bench->bus, address, 8, value);
}

void bench_store_words(struct bench *bench, uint64_t address, const uint64_t *words, unsigned count)
{
    dbell_host_store_words(&bench->bus, address, words, count);
}

void bench_on(struct bench *bench)
{
    bench->strtab = bench_alloc(bench, 64 * 64);
    bench->cmdq = bench_alloc(bench, 32 * 16);
    bench->eventq = bench_alloc(bench, 32 * 32);
    bench_put(bench, 0x2c, 4, 2); /* CR2.RECINVSID */
    bench_put(bench, 0x80, 8, bench->strtab);
    bench_put(bench, 0x88, 4, 6);
    bench_put(bench, 0x90, 8, bench->cmdq | 5);
    bench_put(bench, 0xa0, 8, bench->eventq | 5);
    bench_put(bench, 0x20, 4, 0xd);
}

void bench_ste(struct bench *bench, uint32_t sid, const struct dbell_host_ste *ste)
{
    uint64_t words[8];
    dbell_host_ste_encode(ste, words);
    dbell_host_store_words(&bench->bus, bench->strtab + sid * 64u, words, 8);
    bench_command(bench, dbell_host_cfgi_ste(sid, true));
}

void bench_cd(struct bench *bench, uint64_t address, const struct dbell_host_cd *cd)
{
    uint64_t words[8];
    dbell_host_cd_encode(cd, words);
    dbell_host_store_words(&bench->bus, address, words, 8);
}

bool bench_command(struct bench *bench, struct dbell_host_cmd command)
{
    dbell_host_store_words(&bench->bus, bench->cmdq + bench->commands % 32 * 16, command.words, 2);
    bench->commands++;
    bench_put(bench, 0x98, 4, bench->commands % 64);
    return (bench_get(bench, 0x9c, 4) & 0xfffff) == bench->commands % 64;
}

bool bench_event(struct bench *bench, uint64_t record[4])
{
    bench_settle(bench);
    if ((bench_get(bench, 0x100a8, 4) & 63) == bench->events % 64)
        return false;
    for (unsigned i = 0; i < 4; i++)
        record[i] = bench_load(bench, bench->eventq + bench->events % 32 * 32 + 8 * i);
    bench->events++;
    bench_put(bench, 0x100ac, 4, bench->events % 64);
    return true;
}

struct dbell_host_tables bench_tables(struct bench *bench, unsigned granule, unsigned input_bits)
{
    const uint64_t pool = bench_alloc(bench, UINT64_C(16) << granule);
    return (struct dbell_host_tables){.bus = bench->bus,
                                      .root = pool,
                                      .granule = granule,
                                      .input_bits = input_bits,
                                      .start_level = dbell_host_start_level(granule, input_bits),
                                      .next = pool + (UINT64_C(1) << granule),
                                      .end = pool + (UINT64_C(16) << granule)};
}

static unsigned tg(const struct dbell_host_tables *tables)
{
    return tables->granule == 12 ? 0 : tables->granule == 16 ? 1 : 2;
}

struct dbell_host_cd bench_cd_of(const struct dbell_host_tables *tables)
{
    return (struct dbell_host_cd){.v = true,
                                  .t0sz = 64 - tables->input_bits,
                                  .tg0 = tg(tables),
                                  .epd1 = true,
                                  .ips = 5,
                                  .aa64 = true,
                                  .r = true,
                                  .a = true,
                                  .asid = 1,
                                  .ttb0 = tables->root,
                                  .mair = 0xff};
}

struct dbell_host_ste bench_stage1(uint64_t context)
{
    return (struct dbell_host_ste){.v = true, .config = 5, .s1contextptr = context, .shcfg = 1};
}

void bench_add_stage2(struct dbell_host_ste *ste, const struct dbell_host_tables *tables)
{
    ste->v = true;
    ste->config = ste->config == 5 ? 7 : 6;
    ste->shcfg = 1;
    ste->s2vmid = 7;
    ste->s2t0sz = 64 - tables->input_bits;
    ste->s2sl0 = (tables->granule == 12 ? 2 : 3) - tables->start_level;
    ste->s2tg = tg(tables);
    ste->s2ps = 5;
    ste->s2aa64 = true;
    ste->s2r = true;
    ste->s2ttb = tables->root;
}

void bench_identity(struct dbell_host_tables *stage2)
{
    for (uint64_t at = BENCH_RAM; at < BENCH_RAM + BENCH_RAM_SIZE; at += 4096)
        dbell_host_map(stage2, at, at, 3, BENCH_S2);
}

uint64_t bench_entry(struct bench *bench, const struct dbell_host_tables *tables, uint64_t input,
                     unsigned level)
{
    const unsigned per_level = tables->granule - 3;
    uint64_t table = tables->root;
    for (unsigned at = tables->start_level;; at++) {
        uint64_t index = input >> (tables->granule + per_level * (3 - at));
        if (at != tables->start_level)
            index &= (UINT64_C(1) << per_level) - 1;
        if (at == level)
            return table + 8 * index;
        table = bench_load(bench, table + 8 * index) & UINT64_C(0x0000fffffffff000);
    }
}

static struct dbell_translation translate(struct bench *bench, struct dbell_transaction transaction)
{
    struct dbell_translation result;
    memset(&result, 0, sizeof result);
    bench_settle(bench);
    dbell_smmu_translate(&bench->smmu, &transaction, &result);
    bench_settle(bench);
    return result;
}

struct dbell_translation bench_translate(struct bench *bench, uint32_t sid, enum dbell_op op,
                                         uint64_t address)
{
    return translate(
        bench, (struct dbell_transaction){
                   .address = address,
                   .length = 4,
                   .op = (uint8_t)op,
                   .side = {.has_streamid = true, .streamid = sid, .attr = DBELL_ATTR_NORMAL_WB}});
}

struct dbell_translation bench_translate_ssid(struct bench *bench, uint32_t sid, uint32_t ssid,
                                              enum dbell_op op, uint64_t address)
{
    return translate(bench, (struct dbell_transaction){.address = address,
                                                       .length = 4,
                                                       .op = (uint8_t)op,
                                                       .side = {.has_streamid = true,
                                                                .streamid = sid,
                                                                .has_substreamid = true,
                                                                .substreamid = ssid,
                                                                .attr = DBELL_ATTR_NORMAL_WB}});
}

const struct dbell_transaction *bench_noted(const struct bench *bench, uint64_t address)
{
    for (unsigned i = 0; i < bench->logged; i++)
        if (address >= bench->log[i].address &&
            address < bench->log[i].address + bench->log[i].length)
            return &bench->log[i];
    return NULL;
}
