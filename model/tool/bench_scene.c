/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include <doorbell/host.h>

enum {
    SMMU = 0x9050000,
    GICD = 0x8000000,
    GICR = 0x80a0000,
    ITS = 0x8080000,
    QUEUE_LOG2 = 8,     /* SMMU commands */
    ITS_QUEUE = 0x1000, /* bytes */
};
#define RAM      UINT64_C(0x40000000)
#define RAM_SIZE UINT64_C(0x80000000)
#define DATA     UINT64_C(0x80000000)
#define S1_LEAF  (DBELL_HOST_PTE_AP_EL0 | DBELL_HOST_PTE_AF | DBELL_HOST_PTE_NG | 3u << 8)
#define S2_LEAF \
    (DBELL_HOST_PTE_S2_READ | DBELL_HOST_PTE_S2_WRITE | DBELL_HOST_PTE_AF | 0xfu << 2 | 3u << 8)

uint64_t bench_scene_output(uint32_t stream, uint32_t page)
{
    return DATA + (uint64_t)stream % BENCH_STREAMS * BENCH_MANY_PAGES * 4096 / 16 +
           (uint64_t)page * 4096;
}

static uint64_t allocate(struct bench_scene *scene, uint64_t size)
{
    uint64_t align = 4096;
    while (align < size)
        align <<= 1;
    uint64_t at = (scene->next + align - 1) & ~(align - 1);
    scene->next = at + size;
    return at;
}

static void store(struct bench_scene *scene, uint64_t address, unsigned size, uint64_t value)
{
    dbell_host_store(&scene->bus, address, size, value);
}

static void rest(struct bench_scene *scene)
{
    const struct dbell_system system = dbell_machine_system(scene->machine);
    system.settle(system.ctx);
}

void bench_scene_command(struct bench_scene *scene, uint64_t word0)
{
    const uint64_t words[2] = {word0, 0};
    dbell_host_store_words(&scene->bus, scene->cmdq + scene->commands % (1u << QUEUE_LOG2) * 16,
                           words, 2);
    scene->commands++;
    store(scene, SMMU + 0x98, 4, scene->commands % (2u << QUEUE_LOG2));
    rest(scene);
}

static void its_command(struct bench_scene *scene, struct dbell_host_its_cmd command)
{
    uint32_t at = scene->its_commands++ % (ITS_QUEUE / 32) * 32;
    dbell_host_store_words(&scene->bus, scene->its_queue + at, command.words, 4);
    store(scene, ITS + 0x88, 8, (at + 32) % ITS_QUEUE);
    rest(scene);
}

static struct dbell_host_tables new_tables(struct bench_scene *scene)
{
    uint64_t pool = allocate(scene, UINT64_C(32) << 12);
    return (struct dbell_host_tables){.bus = scene->bus,
                                      .root = pool,
                                      .granule = 12,
                                      .input_bits = 48,
                                      .next = pool + 4096,
                                      .end = pool + (UINT64_C(32) << 12)};
}

/* Stage 2 maps the stage 1 tables where they are, and the data too. */
static int add_stream(struct bench_scene *scene, uint32_t stream)
{
    bool nested = stream >= BENCH_NESTED;
    struct dbell_host_tables s1 = new_tables(scene), s2 = new_tables(scene);
    uint32_t pages = stream % BENCH_STREAMS ? BENCH_PAGES : BENCH_MANY_PAGES;
    uint64_t cd_address = allocate(scene, 4096), words[8];
    int status = 0;
    for (uint32_t page = 0; page < pages && !status; page++) {
        uint64_t output = bench_scene_output(stream, page);
        status = dbell_host_map(&s1, BENCH_IOVA + page * UINT64_C(4096), output, 3, S1_LEAF);
        if (nested && !status)
            status = dbell_host_map(&s2, output, output, 3, S2_LEAF);
    }
    if (!status)
        status = dbell_host_map(&s1, BENCH_DOORBELL_IOVA, ITS + 0x10000, 3, S1_LEAF);
    for (uint64_t table = s1.root; table < s1.next && nested && !status; table += 4096)
        status = dbell_host_map(&s2, table, table, 3, S2_LEAF);
    if (nested && !status)
        status = dbell_host_map(&s2, cd_address, cd_address, 3, S2_LEAF);
    const struct dbell_host_cd cd = {.v = true,
                                     .t0sz = 16,
                                     .epd1 = true,
                                     .ips = 5,
                                     .aa64 = true,
                                     .r = true,
                                     .a = true,
                                     .asid = stream + 1,
                                     .ttb0 = s1.root,
                                     .mair = 0xff};
    dbell_host_cd_encode(&cd, words);
    dbell_host_store_words(&scene->bus, cd_address, words, 8);
    struct dbell_host_ste ste = {.v = true, .config = 5, .s1contextptr = cd_address, .shcfg = 1};
    if (nested) {
        ste.config = 7;
        ste.s2vmid = stream;
        ste.s2t0sz = 16;
        ste.s2sl0 = 2;
        ste.s2ps = 5;
        ste.s2aa64 = ste.s2r = true;
        ste.s2ttb = s2.root;
    }
    dbell_host_ste_encode(&ste, words);
    dbell_host_store_words(&scene->bus, scene->strtab + stream * 64u, words, 8);
    return status;
}

static void start_smmu(struct bench_scene *scene)
{
    scene->strtab = allocate(scene, 2 * BENCH_STREAMS * 64);
    scene->cmdq = allocate(scene, 16u << QUEUE_LOG2);
    store(scene, SMMU + 0x80, 8, scene->strtab);
    store(scene, SMMU + 0x88, 4, 7);
    store(scene, SMMU + 0x90, 8, scene->cmdq | QUEUE_LOG2);
    store(scene, SMMU + 0xa0, 8, allocate(scene, 4096) | 5);
    store(scene, SMMU + 0x20, 4, 0xd); /* SMMUEN, EVENTQEN, CMDQEN */
}

static void start_its(struct bench_scene *scene)
{
    uint64_t config = allocate(scene, 0x10000);
    for (unsigned i = 0; i < BENCH_EVENTS; i++)
        store(scene, config + i, 1, 0xa1);
    store(scene, GICD, 4, 0x12);
    store(scene, GICR + 0x14, 4, 0);
    store(scene, GICR + 0x70, 8, config | 15);
    store(scene, GICR + 0x78, 8, allocate(scene, 0x10000));
    store(scene, GICR, 4, 1);
    store(scene, ITS + 0x100, 8, allocate(scene, 0x100000) | UINT64_C(1) << 63 | 2 << 8 | 7);
    store(scene, ITS + 0x108, 8, allocate(scene, 0x10000) | UINT64_C(1) << 63 | 2 << 8);
    scene->its_queue = allocate(scene, ITS_QUEUE);
    store(scene, ITS + 0x80, 8, scene->its_queue | UINT64_C(1) << 63);
    store(scene, ITS, 4, 1);
    its_command(scene, dbell_host_mapc(0, 0, true));
    its_command(scene, dbell_host_mapd(0, 12, allocate(scene, BENCH_EVENTS * 16), true));
    for (uint32_t event = 0; event < BENCH_EVENTS; event++)
        its_command(scene, dbell_host_mapti(0, event, BENCH_FIRST_LPI + event, 0));
}

int bench_scene_open(struct bench_scene *scene, struct dbell_message *message)
{
    struct dbell_platform *p = calloc(1, sizeof *p);
    if (!p)
        return DBELL_E_MEMORY;
    memset(scene, 0, sizeof *scene);
    p->ram[0] = (struct dbell_platform_ram){RAM, RAM_SIZE};
    p->ram_count = 1;
    p->smmu[0] = (struct dbell_platform_smmu){
        .name = "smmu0", .base = SMMU, .config = dbell_smmu_default_config()};
    p->smmu[0].config.tlb_entries = 16384;
    p->smmu_count = 1;
    p->has_gic = true;
    p->gic_distributor = GICD;
    p->gic_redistributors = GICR;
    p->gic = dbell_gic_default_config();
    p->gic.cpus = 1;
    p->gic.config_entries = 2 * BENCH_EVENTS;
    p->its[0] = (struct dbell_platform_its){
        .name = "its0", .base = ITS, .config = dbell_its_default_config()};
    p->its_count = 1;
    int status = dbell_platform_check(p, message);
    if (!status)
        status = dbell_machine_create(p, &scene->machine, message);
    free(p);
    if (status)
        return status;
    scene->smmu = dbell_machine_smmu(scene->machine, 0);
    scene->its = dbell_machine_its(scene->machine, 0);
    scene->lpis = dbell_gic_lpi_port(dbell_machine_gic(scene->machine));
    scene->bus = dbell_machine_bus(scene->machine);
    scene->next = RAM;
    start_smmu(scene);
    start_its(scene);
    for (uint32_t stream = 0; stream < 2 * BENCH_STREAMS && !status; stream++)
        status = add_stream(scene, stream);
    return status ? status : bench_large_open(&scene->large, message);
}

void bench_scene_close(struct bench_scene *scene)
{
    bench_large_close(scene->large);
    dbell_machine_destroy(scene->machine);
}
