/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* An ITS with room for much, of which a part is used: 2^20 devices behind a two-level table, 2^16
 * events of one device on all LPIs that 16 bits of INTID hold. */
#include "bench.h"

#include <stdlib.h>

#include <doorbell/host.h>

enum { GICD = 0x8000000, GICR = 0x80a0000, ITS = 0x8080000, ITS_QUEUE = 0x10000 };
enum { DEVICE_BITS = 20, STRIDE = 1 << DEVICE_BITS >> 12, ONE_DEVICE = 1 };
#define RAM      UINT64_C(0x40000000)
#define RAM_SIZE UINT64_C(0x80000000)

struct bench_large {
    struct dbell_machine *machine;
    struct dbell_bus bus;
    uint64_t next, queue;
    uint32_t commands;
    uint64_t bytes[BENCH_LARGE_KINDS];
};

static uint64_t allocate(struct bench_large *large, uint64_t size)
{
    const uint64_t at = (large->next + size - 1) & ~(size - 1);
    large->next = at + size;
    return at;
}

static void store(struct bench_large *large, uint64_t address, unsigned size, uint64_t value)
{
    dbell_host_store(&large->bus, address, size, value);
}

static void command(struct bench_large *large, struct dbell_host_its_cmd c)
{
    const uint64_t at = large->commands++ * 32 % ITS_QUEUE;
    dbell_host_store_words(&large->bus, large->queue + at, c.words, 4);
    store(large, ITS + 0x88, 8, (at + 32) % ITS_QUEUE);
    const struct dbell_system system = dbell_machine_system(large->machine);
    system.settle(system.ctx);
}

static uint64_t memory(const struct bench_large *large)
{
    const struct dbell_memory m = dbell_machine_memory(large->machine);
    return m.ram + m.states;
}

uint32_t bench_large_device(uint32_t n)
{
    return n * STRIDE + ONE_DEVICE + 1;
}

/* A level 2 page of 64 KB has 8192 devices. */
static void map_devices(struct bench_large *large, uint64_t level1)
{
    for (uint32_t n = 0; n < BENCH_LARGE_DEVICES; n++) {
        const uint64_t entry = level1 + bench_large_device(n) / 8192 * 8;
        uint64_t word = 0;
        dbell_host_load(&large->bus, entry, 8, &word);
        if (!word)
            store(large, entry, 8, allocate(large, 0x10000) | UINT64_C(1) << 63);
        command(large, dbell_host_mapd(bench_large_device(n), 1, allocate(large, 256), true));
        command(large, dbell_host_mapti(bench_large_device(n), 0, BENCH_FIRST_LPI + n, 0));
    }
}

static void map_events(struct bench_large *large)
{
    command(large, dbell_host_mapd(ONE_DEVICE, 16, allocate(large, 0x100000), true));
    for (uint32_t event = 0; event < BENCH_LARGE_EVENTS; event++)
        command(large, dbell_host_mapti(ONE_DEVICE, event, BENCH_FIRST_LPI + event, 0));
}

static void start(struct bench_large *large)
{
    const uint64_t config = allocate(large, 0x10000), level1 = allocate(large, 0x10000);
    for (unsigned i = 0; i < BENCH_LARGE_EVENTS; i++)
        store(large, config + i, 1, 0xa1 + 4 * (i % 16));
    store(large, GICD, 4, 0x12);
    store(large, GICR + 0x14, 4, 0);
    store(large, GICR + 0x70, 8, config | 15);
    store(large, GICR + 0x78, 8, allocate(large, 0x10000) | UINT64_C(1) << 62);
    store(large, GICR, 4, 1);
    store(large, ITS + 0x100, 8, level1 | UINT64_C(3) << 62 | 2 << 8);
    store(large, ITS + 0x108, 8, allocate(large, 0x10000) | UINT64_C(1) << 63 | 2 << 8);
    large->queue = allocate(large, ITS_QUEUE);
    store(large, ITS + 0x80, 8, large->queue | UINT64_C(1) << 63 | (ITS_QUEUE / 4096 - 1));
    store(large, ITS, 4, 1);
    command(large, dbell_host_mapc(0, 0, true));
    store(large, level1, 8, allocate(large, 0x10000) | UINT64_C(1) << 63);
    const uint64_t before = memory(large);
    map_devices(large, level1);
    const uint64_t between = memory(large);
    map_events(large);
    large->bytes[BENCH_LARGE_BY_DEVICE] = between - before;
    large->bytes[BENCH_LARGE_BY_EVENT] = memory(large) - between;
}

int bench_large_open(struct bench_large **out, struct dbell_message *message)
{
    struct dbell_platform *p = calloc(1, sizeof *p);
    struct bench_large *large = calloc(1, sizeof *large);
    *out = large;
    if (!p || !large) {
        free(p);
        return DBELL_E_MEMORY;
    }
    p->ram[p->ram_count++] = (struct dbell_platform_ram){RAM, RAM_SIZE};
    p->has_gic = true;
    p->gic_distributor = GICD;
    p->gic_redistributors = GICR;
    p->gic = dbell_gic_default_config();
    p->its[p->its_count++] = (struct dbell_platform_its){
        .name = "its0", .base = ITS, .config = dbell_its_default_config()};
    p->its[0].config.typer = (p->its[0].config.typer & ~(UINT64_C(31) << 13)) | (DEVICE_BITS - 1)
                                                                                    << 13;
    int status = dbell_platform_check(p, message);
    if (!status)
        status = dbell_machine_create(p, &large->machine, message);
    free(p);
    if (status)
        return status;
    large->bus = dbell_machine_bus(large->machine);
    large->next = RAM + 0x10000;
    start(large);
    return DBELL_OK;
}

void bench_large_close(struct bench_large *large)
{
    if (large)
        dbell_machine_destroy(large->machine);
    free(large);
}

uint64_t bench_large_bytes(const struct bench_large *large, enum bench_large_kind kind)
{
    return large->bytes[kind];
}

bool bench_large_raise(struct bench_large *large, enum bench_large_kind kind, uint32_t n)
{
    const uint32_t event = kind == BENCH_LARGE_BY_DEVICE ? 0 : n;
    uint8_t data[4] = {(uint8_t)event, (uint8_t)(event >> 8)};
    struct dbell_transaction t = {.address = ITS + DBELL_ITS_TRANSLATER,
                                  .op = DBELL_WRITE,
                                  .length = 4,
                                  .data = data,
                                  .side = {.has_deviceid = true}};
    struct dbell_msi_result result;
    t.side.deviceid = kind == BENCH_LARGE_BY_DEVICE ? bench_large_device(n) : ONE_DEVICE;
    dbell_its_msi(dbell_machine_its(large->machine, 0), &t, &result);
    return result.verdict == DBELL_ITS_DELIVERED && result.intid == BENCH_FIRST_LPI + n;
}

uint32_t bench_large_acknowledge(struct bench_large *large)
{
    return dbell_gic_acknowledge(dbell_machine_gic(large->machine), 0);
}
