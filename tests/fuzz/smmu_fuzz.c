/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* libFuzzer harness for the SMMU: an input is a program over memory, registers, commands and
 * transactions, in records of 16 bytes. The first one chooses the implementation. */
#include <stdlib.h>
#include <string.h>

#include "records.h"
#include "smmu_world.h"

enum { STREAMS = 64 };

static void store(struct world *world, uint64_t address, const uint64_t *words, unsigned count)
{
    const struct dbell_bus bus = world_memory(world);
    (void)dbell_host_store_words(&bus, address, words, count);
}

/* With bit 7 of `a`, one bit of a structure is another one. */
static void damage(const struct record *r, uint64_t *words, unsigned count)
{
    if (r->a & 0x80)
        words[(r->b >> 6) / 64 % count] ^= UINT64_C(1) << ((r->b >> 6) % 64);
}

/* --- the implementation --- */

static void set_bits(uint32_t *reg, unsigned lsb, unsigned width, uint32_t value)
{
    *reg = (*reg & ~((uint32_t)low(width) << lsb)) | value << lsb;
}

static void choose_monitors(struct dbell_smmu_config *config, unsigned how)
{
    static const uint8_t bits[4] = {64, 32, 44, 48};
    struct dbell_smmu_pmcg_config *group = config->pmcg;
    if (!how)
        return;
    for (unsigned i = 0; i < 2; i++)
        group[i] = (struct dbell_smmu_pmcg_config){.units = (uint8_t)(how & 1 ? 3 : 1 + i),
                                                   .counters = (uint8_t)(how & 2 ? 64 : 4),
                                                   .counter_bits = bits[how >> 3],
                                                   .relocated = how & 4,
                                                   .msi = i == 0,
                                                   .capture = i == 0,
                                                   .common_filter = i == 1};
    if (how == 31)
        group[1].counters = 0;
}

static struct dbell_smmu_config choose_config(const struct record *r)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    uint32_t *idr = config.idr;
    uint64_t d = r->d;
    if (r->c >> 28)
        (void)dbell_smmu_preset(dbell_smmu_preset_name(r->c >> 28 & 3), &config);
    config.tlb_entries = 1u << 2 * (r->a & 3);
    config.config_entries = r->a & 4 ? 16 : 1;
    config.stall_entries = r->a & 8 ? 2 : 16;
    config.no_caches = r->a & 16;
    config.no_atomics = r->a & 32;
    config.gbpa_abort = r->a & 64;
    config.has_deviceid = r->b & 1;
    config.instance = r->b & 15;
    if (r->a & 128) { /* everything that may be there */
        idr[0] |= 0x138d20;
        idr[3] |= 0x0261a8;
        config.mpamidr = 0x00070007;
    }
    config.conflicts = r->c >> 27 & 1;
    choose_monitors(&config, r->c >> 22 & 31);
    if (r->b & 0x10)
        set_bits(&idr[5], 0, 3, take(&d, 3)); /* OAS */
    if (r->b & 0x20)
        set_bits(&idr[0], 24, 2, take(&d, 2) % 3); /* STALL_MODEL */
    if (r->b & 0x40)
        set_bits(&idr[0], 21, 2, take(&d, 2)); /* TTENDIAN */
    if (r->b & 0x80)
        set_bits(&idr[0], 6, 2, take(&d, 2)); /* HTTU */
    if (r->b & 0x100)
        idr[5] &= ~(take(&d, 3) << 4); /* granules */
    if (r->b & 0x200)
        set_bits(&idr[5], 16, 16, take(&d, 4)); /* STALL_MAX */
    if (r->b & 0x400)
        set_bits(&idr[1], 6, 5, take(&d, 5)); /* SSIDSIZE */
    if (r->b & 0x800)
        set_bits(&idr[1], 0, 6, take(&d, 6)); /* SIDSIZE */
    if (r->b & 0x1000)
        set_bits(&idr[1], 16, 10, take(&d, 10)); /* CMDQS, EVENTQS */
    if (r->b & 0x2000)
        idr[0] ^= 1u << take(&d, 5);
    if (r->b & 0x4000)
        idr[1 + take(&d, 1) * 2] ^= 1u << take(&d, 5);
    if (r->b & 0x8000)
        idr[r->c % 6] ^= r->c >> 3;
    return config;
}

/* What is said of the ID registers ends, and goes to the readable form and back. */
static void check_features(const struct dbell_smmu_config *config)
{
    for (unsigned i = 0; dbell_smmu_missing_feature(config, i); i++)
        MUST(i < 64);
    for (unsigned i = 0; dbell_smmu_inconsistency(config, i); i++)
        MUST(i < 64);
    struct dbell_smmu_config copies[2] = {*config, *config};
    for (int i = 0; i < 2; i++) {
        const struct dbell_smmu_features features = dbell_smmu_features_of(&copies[0]);
        dbell_smmu_features_set(&copies[i], &features);
    }
    MUST(memcmp(copies[0].idr, copies[1].idr, sizeof copies[0].idr) == 0);
}

/* --- what software writes to memory --- */

static void write_ste(struct world *world, const struct record *r)
{
    uint64_t d = r->d, rare = r->c, words[8];
    struct dbell_host_tables *t = &world->tables[2];
    struct dbell_host_ste ste = {.v = take(&rare, 4) != 15, .s2aa64 = take(&rare, 3) != 7};
    static const uint8_t configs[8] = {5, 6, 7, 5, 6, 7, 4, 0};
    static const uint8_t inputs[8] = {48, 39, 32, 40, 36, 44, 52, 30};
    ste.config = configs[take(&d, 3)];
    ste.s1cdmax = take(&d, 1) ? take(&d, 4) : 0;
    ste.s1fmt = take(&d, 2);
    ste.s1dss = take(&d, 2);
    ste.s1contextptr = ste.s1cdmax && (ste.s1fmt & 3) % 3 ? L1CDS : CDS;
    if (r->a & 2) /* just below the end of the address space */
        ste.s1contextptr = low(output_bits(world)) & ~UINT64_C(0xfff);
    ste.mtcfg = take(&d, 1);
    ste.memattr = take(&d, 4);
    ste.shcfg = take(&d, 2);
    ste.privcfg = take(&d, 2);
    ste.instcfg = take(&d, 2);
    t->input_bits = inputs[take(&d, 3)];
    if (t->input_bits > output_bits(world))
        t->input_bits = output_bits(world);
    ste.s2tg = take(&d, 2);
    ste.s2ps = take(&d, 1) ? 6 : take(&d, 3);
    ste.s2affd = take(&d, 1);
    ste.s2ptw = take(&d, 1);
    ste.s2ha = take(&d, 1);
    ste.s2hd = take(&d, 1);
    ste.s2s = take(&d, 1);
    ste.s2r = take(&d, 1);
    ste.s2fwb = take(&d, 1);
    ste.s2vmid = take(&d, 2);
    ste.strw = take(&rare, 2);
    ste.eats = take(&rare, 2);
    ste.s1stalld = take(&rare, 1);
    ste.s2endi = take(&rare, 1);
    ste.s2vmid |= take(&rare, 1) << 9;
    static const uint8_t granules[4] = {12, 16, 14, 12};
    t->granule = granules[ste.s2tg];
    t->start_level = dbell_host_start_level(t->granule, t->input_bits);
    if (take(&rare, 1) && t->start_level < 3) /* concatenated tables */
        t->start_level++;
    ste.s2t0sz = 64 - t->input_bits;
    if (t->granule == 12)
        ste.s2sl0 = t->start_level == 3 ? 3 : 2 - t->start_level;
    else
        ste.s2sl0 = 3 - t->start_level;
    ste.s2sl0 &= 3;
    ste.s2ttb = ROOT2;
    dbell_host_ste_encode(&ste, words);
    words[1] |= (uint64_t)take(&rare, 6) << 12;                  /* DRE, CONT, DCP */
    words[1] |= (uint64_t)take(&rare, 1) << 26;                  /* S1MPAM */
    words[4] |= (uint64_t)take(&rare, 2) << 16;                  /* PARTID */
    words[5] |= take(&rare, 1) ? (r->a & 4 ? ABORTS : DATA) : 0; /* PMG, VMSPtr */
    damage(r, words, 8);
    store(world, (r->a & 1 ? L2STES : STRTAB) + (uint64_t)(r->b % STREAMS) * 64, words, 8);
}

static void write_cd(struct world *world, const struct record *r)
{
    uint64_t d = r->d, rare = r->c, words[8];
    static const uint8_t inputs[16] = {48, 39, 32, 25, 52, 42, 36, 30,
                                       47, 46, 37, 26, 20, 16, 51, 28};
    static const uint8_t tg1s[4] = {2, 3, 1, 0};
    static const uint8_t granules[4] = {12, 16, 14, 12};
    struct dbell_host_cd cd = {.v = take(&rare, 4) != 15, .aa64 = take(&rare, 3) != 7};
    unsigned tg[2];
    for (int half = 0; half < 2; half++) {
        struct dbell_host_tables *t = &world->tables[half];
        t->input_bits = inputs[take(&d, 4)];
        tg[half] = take(&d, 2);
        t->granule = granules[tg[half]];
        if (t->input_bits <= t->granule)
            t->input_bits = t->granule + 1u;
        t->start_level = dbell_host_start_level(t->granule, t->input_bits);
    }
    cd.t0sz = 64 - world->tables[0].input_bits;
    cd.t1sz = 64 - world->tables[1].input_bits;
    cd.tg0 = tg[0];
    cd.tg1 = tg1s[tg[1]];
    cd.ips = take(&d, 1) ? 6 : take(&d, 3);
    cd.affd = take(&d, 1);
    cd.wxn = take(&d, 1);
    cd.tbi0 = take(&d, 1);
    cd.tbi1 = take(&d, 1);
    cd.pan = take(&d, 1);
    cd.ha = take(&d, 1);
    cd.hd = take(&d, 1);
    cd.s = take(&d, 1);
    cd.r = take(&d, 1);
    cd.a = take(&d, 1);
    cd.had0 = take(&d, 1);
    cd.had1 = take(&d, 1);
    cd.asid = take(&d, 2);
    cd.ttb0 = ROOTS;
    cd.ttb1 = ROOTS + (r->a & 2 ? 0 : 0x10000);
    const unsigned e0pd = take(&rare, 3);
    cd.epd0 = take(&rare, 2) == 3;
    cd.epd1 = take(&rare, 2) == 3;
    cd.endi = take(&rare, 1);
    cd.asid |= take(&rare, 1) << 10;
    cd.mair = r->d * UINT64_C(0x9e3779b97f4a7c15);
    dbell_host_cd_encode(&cd, words);
    words[1] |= (uint64_t)(e0pd & 1) << 2 | (uint64_t)(e0pd >> 2 & 1) << 59;
    words[2] |= (uint64_t)(e0pd >> 1 & 1) << 2;
    words[5] |= r->a & 8 ? r->d : 0; /* PARTID, PMG */
    damage(r, words, 8);
    store(world, CDS + (uint64_t)(r->b % STREAMS) * 64, words, 8);
}

static void write_l1std(struct world *world, const struct record *r)
{
    uint64_t word =
        dbell_host_l1std(r->a & 1 ? r->d : L2STES + (r->c & 0xfff) * 64, r->a >> 1 & 15);
    damage(r, &word, 1);
    store(world, STRTAB + (uint64_t)(r->b % STREAMS) * 8, &word, 1);
}

static void write_l1cd(struct world *world, const struct record *r)
{
    uint64_t word = dbell_host_l1cd(r->a & 1 ? r->d : CDS + (r->c & 15) * 0x1000, !(r->a & 2));
    damage(r, &word, 1);
    store(world, L1CDS + (uint64_t)(r->b % STREAMS) * 8, &word, 1);
}

/* One mapping in the tables that the last CD or STE described. */
static void map(struct world *world, const struct record *r)
{
    unsigned which = (r->a & 3) % 3, level = r->a >> 2 & 3;
    struct dbell_host_tables *t = &world->tables[which];
    if (level < t->start_level || t->start_level > 3)
        level = 3;
    if (t->start_level > 3)
        return;
    unsigned shift = t->granule + (t->granule - 3) * (3 - level);
    uint64_t input = r->d & low(t->input_bits), output = RAM + ((uint64_t)(r->c & 0xff) << 12);
    if (r->a & 16) /* RAM onto itself */
        output = input = RAM | (r->d & 0xff000);
    else if (r->a & 32)
        output = (uint64_t)r->c << 20;
    output &= ~low(shift) & low(48);
    uint64_t bits = r->b & 0xffc;
    bits ^= UINT64_C(0x400);                  /* AF */
    bits |= (uint64_t)(r->b >> 12 & 7) << 51; /* DBM, contiguous, PXN or XN[0] */
    bits |= (uint64_t)(r->b >> 15 & 1) << 54; /* UXN or XN[1] */
    t->bus = world_memory(world);
    t->next = (t->next + low(t->granule)) & ~low(t->granule);
    (void)dbell_host_map(t, input, output, level, bits);
    if (which < 2)
        world->mapped[world->mapped_count++ % MAPPED] =
            which == 1 ? input | ~low(t->input_bits) : input;
    else if (r->a & 64)
        world->mapped[world->mapped_count++ % MAPPED] = input;
}

/* Stage 2 maps RAM onto itself, in the largest block or page that ends there. */
static void map_ram(struct world *world, const struct record *r)
{
    struct dbell_host_tables *t = &world->tables[2];
    const uint64_t bits = 0x7fcu ^ (r->b & 0x7fc);
    t->bus = world_memory(world);
    t->next = (t->next + low(t->granule)) & ~low(t->granule);
    if (t->start_level <= 2) {
        (void)dbell_host_map(t, RAM, RAM, 2, bits | (uint64_t)(r->a & 1) << 51);
        return;
    }
    for (uint64_t page = 0; t->start_level == 3 && page < RAM_SIZE;
         page += UINT64_C(1) << t->granule)
        (void)dbell_host_map(t, RAM + page, RAM + page, 3, bits);
}

static void poke(struct world *world, const struct record *r)
{
    const struct dbell_bus bus = world_memory(world);
    uint64_t address = RAM + (r->c & (RAM_SIZE - 1) & ~7u), word;
    if (r->a & 1) {
        (void)dbell_host_store(&bus, address, 8, r->d);
    } else if (!dbell_host_load(&bus, address, 8, &word)) {
        (void)dbell_host_store(&bus, address, 8, word ^ UINT64_C(1) << (r->b & 63));
    }
}

/* --- registers and commands --- */

static void set_up(struct world *world, const struct record *r)
{
    uint64_t d = r->d;
    unsigned queue = take(&d, 3), events = take(&d, 3), split = take(&d, 2);
    static const uint8_t splits[4] = {6, 8, 10, 3};
    reg_write(world, CR0, 4, 0);
    reg_write(world, CR2, 4, take(&d, 3));
    reg_write(world, STRTAB_BASE, 8, STRTAB);
    reg_write(world, STRTAB_CFG, 4,
              (r->a & 1u) << 16 | (uint32_t)splits[split] << 6 | (6 + take(&d, 3)));
    reg_write(world, CMDQ_BASE, 8, (take(&d, 4) == 15 ? ABORTS : CMDQ) | queue);
    reg_write(world, CMDQ_PROD, 4, 0);
    reg_write(world, CMDQ_CONS, 4, 0);
    reg_write(world, EVENTQ_BASE, 8, (take(&d, 3) == 7 ? ABORTS : EVENTQ) | events);
    reg_write(world, EVENTQ_PROD, 4, 0);
    reg_write(world, EVENTQ_CONS, 4, 0);
    reg_write(world, EVENTQ_IRQ, 8, take(&d, 1) ? DATA : ABORTS);
    reg_write(world, GERROR_IRQ, 8, take(&d, 1) ? DATA + 64 : ABORTS);
    reg_write(world, GERRORN, 4, reg_read(world, GERROR, 4));
    reg_write(world, IRQ_CTRL, 4, r->a >> 1 & 7);
    /* The PRI queue, and ATSCHK. */
    reg_write(world, PRIQ_BASE, 8, (r->c & 0x10 ? ABORTS : PRIQ) | (r->c >> 1 & 7));
    reg_write(world, PRIQ_PROD, 4, 0);
    reg_write(world, PRIQ_CONS, 4, 0);
    reg_write(world, PRIQ_IRQ, 8, r->c & 0x20 ? DATA + 256 : 0);
    reg_write(world, PRIQ_IRQ_CFG2, 4, (uint32_t)(r->c & 0x40) << 25); /* LO */
    reg_write(world, CR0, 4, ((r->a >> 4) ^ 0xd) | (r->c & 1) << 1 | (r->c >> 7 & 1) << 4);
}

static const uint32_t register_offsets[] = {
    0x00,    0x04,    0x08,    0x0c,    0x10,  0x14,   0x18,    0x1c,    0x20,    0x24,    0x28,
    0x2c,    0x40,    0x44,    0x50,    0x54,  0x60,   0x64,    0x68,    0x6c,    0x70,    0x74,
    0x80,    0x84,    0x88,    0x90,    0x94,  0x98,   0x9c,    0xa0,    0xa4,    0xb0,    0xb4,
    0xb8,    0xbc,    0xc0,    0xc4,    0xd0,  0xd4,   0xd8,    0xdc,    0xfd0,   0xfe0,   0xfe4,
    0xfe8,   0xfec,   0xff0,   0xff4,   0xff8, 0xffc,  0x100,   0x108,   0x10c,   0x110,   0x114,
    0x118,   0x11c,   0x130,   0x138,   0x13c, 0x180,  0x20a00, 0x20a08, 0x20a10, 0x20a18, 0x100a8,
    0x100ac, 0x100c8, 0x100cc, 0x10000, 0xa8,  0x1fffc};

/* The pages of the counter groups. */
static const uint32_t monitor_pages[4] = {0x02000, 0x12000, 0x42000, 0x52000};

static const uint16_t monitor_offsets[] = {
    0x000, 0x004, 0x008, 0x018, 0x400, 0x404, 0x40c, 0x600, 0x608, 0xa00, 0xa04,
    0xc00, 0xc04, 0xc20, 0xc40, 0xc60, 0xc80, 0xcc0, 0xd88, 0xe00, 0xe04, 0xe08,
    0xe20, 0xe24, 0xe50, 0xe54, 0xe58, 0xe5c, 0xe60, 0xe64, 0xe68, 0xe70, 0xfb8,
    0xfbc, 0xfcc, 0xfd0, 0xfe0, 0xfe4, 0xfe8, 0xfec, 0xff0, 0xff4, 0xff8, 0xffc};

static void access_monitor(struct world *world, const struct record *r)
{
    enum { COUNT = sizeof monitor_offsets / sizeof monitor_offsets[0] };
    const uint32_t offset = monitor_pages[r->a & 3] + monitor_offsets[r->b % COUNT];
    const unsigned size = r->a & 4 ? 8 : 4;
    if (r->a & 8) {
        const uint64_t value = reg_read(world, offset, size);
        MUST(size == 8 || !(value >> 32));
    } else {
        reg_write(world, offset, size, r->d);
    }
}

/* A group counts one event in all its counters, which are about to overflow. */
static void arm_monitor(struct world *world, const struct record *r)
{
    const unsigned group = r->a & 1;
    const uint32_t page = monitor_pages[2 * group];
    const bool relocated = world->config.pmcg[group].relocated;
    const uint32_t page1 = relocated ? monitor_pages[2 * group + 1] : page;
    const unsigned stride = world->config.pmcg[group].counter_bits > 32 ? 8 : 4;
    reg_write(world, page + 0xe50, 4, 0);
    for (unsigned i = 0; i < 4; i++) {
        reg_write(world, page1 + i * stride, stride, ~(uint64_t)(r->b >> 2 & 3));
        reg_write(world, page + 0x400 + 4 * i, 4, (r->c & 0xa00000ff) + (i & r->a >> 1));
        reg_write(world, page + 0xa00 + 4 * i, 4, r->d & 0xffff);
    }
    reg_write(world, page + 0xc00, 8, low(64));
    reg_write(world, page + 0xc40, 8, low(64));
    reg_write(world, page + 0xe58, 8, r->b & 1 ? ABORTS : r->b & 2 ? 0 : DATA + 192);
    reg_write(world, page + 0xe50, 4, 1);
    reg_write(world, page + 0xe04, 4, 1);
}

static void count(struct world *world, const struct record *r)
{
    if (r->a & 1)
        dbell_smmu_clock(&world->smmu, r->d);
    else
        dbell_smmu_pmcg_event(&world->smmu, r->a & 2 ? DBELL_PMCG_TCU : DBELL_PMCG_TBU, r->c & 0xff,
                              r->b);
}

static void hint(struct world *world, const struct record *r)
{
    const struct dbell_page_hint hint = {.streamid = r->b & 0x8000 ? r->c : r->b & 0x7f,
                                         .substreamid = r->c & 15,
                                         .has_substreamid = r->a & 1,
                                         .access = (uint8_t)(r->c >> 8),
                                         .pages = (uint8_t)(r->c >> 16),
                                         .address = r->d};
    const int status = dbell_smmu_page_hint(&world->smmu, &hint);
    MUST(status == DBELL_OK || status == DBELL_E_BUSY || status == DBELL_E_ARGUMENT ||
         status == DBELL_E_RANGE || status == DBELL_E_UNSUPPORTED);
}

static void access_register(struct world *world, const struct record *r, bool write)
{
    enum { COUNT = sizeof register_offsets / sizeof register_offsets[0] };
    static const uint8_t sizes[8] = {4, 8, 4, 8, 1, 2, 3, 16};
    uint32_t offset = r->a & 8 ? r->c : register_offsets[r->b % COUNT];
    unsigned size = sizes[r->a & 7];
    if (write) {
        reg_write(world, offset, size, r->d);
        return;
    }
    uint64_t value = reg_read(world, offset, size);
    MUST(size >= 8 || !(value >> 32));
    MUST((size == 4 || size == 8) || value == 0);
}

/* As a driver does: into the slot at PROD, if the queue has room. */
static void push(struct world *world, struct dbell_host_cmd cmd)
{
    uint64_t base = reg_read(world, CMDQ_BASE, 8);
    unsigned log2size = (unsigned)(base & 0x1f);
    if (log2size > 8)
        log2size = 8;
    uint32_t prod = (uint32_t)reg_read(world, CMDQ_PROD, 4);
    uint64_t slot =
        (base & low(52) & ~low(log2size + 4 > 5 ? log2size + 4 : 5)) + (prod & low(log2size)) * 16;
    store(world, slot, cmd.words, 2);
    reg_write(world, CMDQ_PROD, 4, (prod + 1) & low(log2size + 1));
}

static void push_structured(struct world *world, const struct record *r)
{
    uint32_t sid = r->b % STREAMS;
    unsigned vmid = r->c & 3, asid = r->c >> 2 & 3;
    uint64_t va = r->a & 64 ? world->mapped[r->c >> 4 & (MAPPED - 1)] : r->d;
    unsigned token = world->token_count ? world->tokens[r->c % world->token_count] : r->c;
    struct dbell_host_cmd cmd;
    static const uint8_t opcodes[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x10, 0x11, 0x12,
                                      0x13, 0x20, 0x21, 0x22, 0x23, 0x28, 0x2a, 0x30, 0x44,
                                      0x45, 0x46, 0x46, 0x44, 0x00, 0x40, 0x41, 0x42};
    unsigned opcode = opcodes[(r->a & 31) % sizeof opcodes];
    switch (opcode) {
    case 0x03:
        cmd = dbell_host_cfgi_ste(sid, r->c & 1);
        break;
    case 0x04:
        cmd = dbell_host_cfgi_all();
        cmd.words[0] |= (uint64_t)sid << 32;
        if (r->c & 1)
            cmd.words[1] = r->c >> 1 & 31;
        break;
    case 0x05:
        cmd = dbell_host_cfgi_cd(sid, r->c >> 1 & 15, r->c & 1);
        break;
    case 0x06:
        cmd = dbell_host_cfgi_cd_all(sid);
        break;
    case 0x40:
        cmd = dbell_host_atc_inv(sid, va, r->c & 1 ? 52 : r->c >> 1 & 63, r->c >> 7 & 1);
        if (r->c & 0x100)
            cmd = dbell_host_with_substream(cmd, r->c >> 9 & 15);
        break;
    case 0x41:
        cmd = dbell_host_pri_resp(sid, r->c & 0x1ff, r->c >> 9 & 3);
        if (r->c & 0x1000)
            cmd = dbell_host_with_substream(cmd, r->c >> 13 & 15);
        break;
    case 0x44:
        cmd = dbell_host_resume(world->last_streamid, token & 0xffff, r->b & 1, r->b & 2);
        break;
    case 0x45:
        cmd = dbell_host_stall_term(world->last_streamid);
        break;
    case 0x46:
        cmd = r->b & 1   ? dbell_host_sync_irq(r->b & 8 ? ABORTS : DATA + 128, r->c)
              : r->b & 2 ? dbell_host_sync_sev()
                         : dbell_host_sync();
        cmd.words[0] |= r->b & 4 ? UINT64_C(3) << 12 : 0;
        break;
    default:
        cmd = dbell_host_tlbi_nh_va(vmid, asid, va, r->c & 1);
        cmd.words[0] = (cmd.words[0] & ~UINT64_C(0xff)) | opcode;
        if (r->a & 32)
            cmd = dbell_host_range(cmd, r->c >> 8 & 31, r->c >> 13 & 31, r->c >> 18 & 3,
                                   r->c >> 20 & 3);
        break;
    }
    damage(r, cmd.words, 2);
    push(world, cmd);
}

/* --- what devices do --- */

/* A few IDs below the splits of the tables, and the same above them. */
static uint32_t streamid(const struct record *r)
{
    return r->b % STREAMS | (r->b & 0x400 ? 0x40u : 0) | (r->b & 0x800 ? 0x100u : 0) |
           (r->b & 0x1000 ? 0x400u : 0);
}

static uint32_t substreamid(const struct record *r)
{
    return (r->c & 0xf) | (r->c & 0x10 ? 0x40u : 0) | (r->c & 0x20 ? 0x400u : 0);
}

static struct dbell_transaction transaction(const struct world *world, const struct record *r)
{
    struct dbell_transaction t = {.address = r->d, .length = 4, .op = r->a & 1};
    if (r->a & 64)
        t.address = world->mapped[r->c >> 28 & (MAPPED - 1)] ^ (r->d & 0x1ff8);
    t.side = (struct dbell_sideband){
        .streamid = streamid(r),
        .substreamid = substreamid(r),
        .has_streamid = true,
        .has_substreamid = r->a & 8,
        .privileged = r->a & 2,
        .instruction = r->a & 4,
        .attr = (uint8_t)(r->c >> 8),
        .sh = (uint8_t)((r->c >> 16 & 3) == 1 ? 0 : r->c >> 16 & 3),
    };
    if (r->b & 0x2000)
        t.op = (uint8_t)((r->c >> 24 & 15) % (DBELL_OPS + 1));
    t.side.speculative = (r->b & 0x4000) != 0;
    if (r->b & 0x8000) { /* seldom right */
        t.side.streamid = r->c;
        t.side.substreamid = r->c >> 4;
        t.side.has_streamid = r->c % 5 != 0;
        t.side.at = (uint8_t)(r->c >> 20 & 3);
        t.side.sec_sid = (uint8_t)(r->c >> 22 & 3);
        t.length = r->c >> 12 & 0x1fff;
    }
    return t;
}

static bool same(const struct dbell_translation *a, const struct dbell_translation *b)
{
    if (a->outcome != b->outcome || a->event != b->event || a->razwi != b->razwi)
        return false;
    return a->outcome != DBELL_DONE ||
           (a->address == b->address && a->attr == b->attr && a->sh == b->sh && a->op == b->op &&
            a->privileged == b->privileged && a->instruction == b->instruction &&
            a->partid == b->partid && a->pmg == b->pmg);
}

/* Whether what the SMMU writes to its tables is counted: without the port for it, windows hide it.
 */
static bool updates_seen(const struct world *world)
{
    return world->smmu.ports.tables.cas != NULL;
}

/* The same again gives the same, unless the first one changed memory or took the last slot for
 * stalls. */
static void translate(struct world *world, const struct record *r, bool forward)
{
    uint8_t bytes[8] = {0};
    struct dbell_transaction t = transaction(world, r);
    struct dbell_translation first, second;
    const unsigned changes = world->updates + world->lost_updates + world->interruptions;
    if (r->a & 16)
        t.itinerary = &world->itinerary;
    if (forward && t.length <= sizeof bytes)
        t.data = bytes;
    world->last_streamid = t.side.streamid;
    if (checked_translate(world, &t, forward, &first) < 0 || first.outcome == DBELL_PENDING)
        return;
    if (checked_translate(world, &t, false, &second) < 0)
        return;
    if (changes == world->updates + world->lost_updates + world->interruptions &&
        updates_seen(world) && !world->config.conflicts)
        MUST(same(&first, &second));
}

/* Two SMMUs beside this one, over the same memory and with its configuration: with caches and
 * without, a device sees the same. */
static void compare(struct world *world, const struct record *r)
{
    static const struct {
        uint32_t offset;
        uint8_t size;
    } copied[] = {{CR1, 4}, {CR2, 4}, {STRTAB_BASE, 8}, {STRTAB_CFG, 4}, {GMPAM, 4}};
    const unsigned updates = world->updates + world->lost_updates;
    struct dbell_smmu twins[2];
    void *blocks[2];
    struct dbell_smmu_ports ports = world->ports;
    ports.completion.complete = NULL;
    world->countdown = 0;
    if (world->config.conflicts) /* without caches there are none */
        return;
    for (int i = 0; i < 2; i++) {
        struct dbell_smmu_config config = world->config;
        config.no_caches = i == 1;
        blocks[i] = malloc(world->size);
        if (!blocks[i])
            abort();
        MUST(dbell_smmu_init(&twins[i], blocks[i], world->size, &config, &ports) == DBELL_OK);
        for (size_t k = 0; k < sizeof copied / sizeof copied[0]; k++)
            dbell_smmu_write(&twins[i], copied[k].offset, copied[k].size,
                             reg_read(world, copied[k].offset, copied[k].size));
        dbell_smmu_write(&twins[i], GBPA, 4, reg_read(world, GBPA, 4) | UINT32_C(1) << 31);
        dbell_smmu_write(&twins[i], CR0, 4, reg_read(world, CR0, 4) & 0x1c1);
    }
    struct dbell_transaction t = transaction(world, r);
    for (unsigned n = 0; n < 12; n++) {
        struct dbell_translation results[2];
        unsigned bits = (unsigned)(r->d >> (5 * n));
        t.address = world->mapped[bits & 3] ^ ((bits & 12u) << 10);
        t.op = bits >> 4 & 1;
        t.side.privileged = bits >> 3 & 1;
        int status = dbell_smmu_translate(&twins[0], &t, &results[0]);
        int other = dbell_smmu_translate(&twins[1], &t, &results[1]);
        if (updates != world->updates + world->lost_updates || !updates_seen(world))
            break;
        MUST(status == other);
        MUST(status < 0 || same(&results[0], &results[1]));
    }
    free(blocks[0]);
    free(blocks[1]);
}

/* A page that a Translation Request gives leads an access to where the same access without one
 * goes: where nothing is kept, as tables change without invalidations here. */
static void use_translation(struct world *world, const struct dbell_ats_request *request,
                            const struct dbell_ats_completion *c)
{
    struct dbell_translation translated, untranslated;
    struct dbell_transaction t = {
        .address = c->address, .length = 4, .op = c->write, .side = request->side};
    t.side.at = DBELL_AT_TRANSLATED;
    const bool through = checked_translate(world, &t, false, &translated) == DBELL_DONE;
    t.address = request->address & ~(c->size - 1);
    t.side.at = DBELL_AT_UNTRANSLATED;
    if (!through || !world->config.no_caches || c->untranslated_only || world->countdown ||
        checked_translate(world, &t, false, &untranslated) != DBELL_DONE)
        return;
    if (translated.op != DBELL_NO_OP && untranslated.op != DBELL_NO_OP)
        MUST(translated.address == untranslated.address);
}

static void ask_translation(struct world *world, const struct record *r)
{
    const struct dbell_transaction t = transaction(world, r);
    struct dbell_ats_request request = {.address = t.address & ~UINT64_C(0xfff),
                                        .units = r->c >> 12 & 7,
                                        .no_write = r->a & 1,
                                        .side = t.side,
                                        .itinerary = r->a & 16 ? &world->itinerary : NULL};
    struct dbell_ats_completion c;
    request.side.at = DBELL_AT_TRANSLATION_REQUEST;
    if (checked_ats(world, &request, &c) == DBELL_OK && dbell_ats_grants(&c))
        use_translation(world, &request, &c);
}

static void ask_page(struct world *world, const struct record *r)
{
    const struct dbell_transaction t = transaction(world, r);
    const struct dbell_page_request request = {.address = t.address & ~UINT64_C(0xfff),
                                               .group = r->c >> 12 & 0x1ff,
                                               .read = r->a & 1,
                                               .write = r->a & 16,
                                               .last = r->a & 32,
                                               .side = t.side};
    const int status = dbell_smmu_page_request(&world->smmu, &request);
    MUST(status == DBELL_OK || status == DBELL_E_BUSY || status == DBELL_E_ARGUMENT ||
         status == DBELL_E_UNSUPPORTED);
}

/* What a clockwork and direct access ask beforehand. */
static void look_ahead(struct world *world, struct dbell_transaction t)
{
    struct dbell_step steps[64];
    struct dbell_itinerary itinerary = {.steps = steps, .capacity = 64};
    struct dbell_smmu_foresight foresight;
    struct dbell_smmu_grant grant;
    uint64_t address;
    uint32_t size;
    for (int unit = 0; unit < DBELL_SMMU_UNITS; unit++)
        dbell_smmu_next_write(&world->smmu, (enum dbell_smmu_unit)unit, &address, &size);
    if (dbell_smmu_direct(&world->smmu, &t, &grant))
        MUST(grant.size && !((grant.input | grant.output) & (grant.size - 1)) &&
             t.address - grant.input < grant.size);
    t.itinerary = &itinerary;
    for (int request = 0; request < 2; request++) {
        const int status = dbell_smmu_foresee(&world->smmu, &t, &foresight);
        MUST(status == DBELL_OK || status == DBELL_E_ARGUMENT);
        t.side.at = DBELL_AT_TRANSLATION_REQUEST;
    }
}

/* A look at the tables changes nothing, and finds what an access finds. */
static void probe(struct world *world, const struct record *r)
{
    struct dbell_transaction t = transaction(world, r);
    struct dbell_translation probed, result;
    const unsigned updates = world->updates;
    const uint64_t reads = world_reads(world), prod = reg_read(world, EVENTQ_PROD, 4);
    if (t.length > 4)
        t.length = 4;
    world->countdown = 0;
    const int status = dbell_smmu_probe(&world->smmu, &t, &probed);
    look_ahead(world, t);
    MUST(status == DBELL_E_ARGUMENT || status == DBELL_E_UNSUPPORTED || status == DBELL_DONE ||
         status == DBELL_FAULT);
    MUST(reads == world_reads(world) && updates == world->updates &&
         prod == reg_read(world, EVENTQ_PROD, 4));
    if (status != DBELL_DONE || !world->config.no_caches || t.side.at == DBELL_AT_TRANSLATED)
        return;
    if (checked_translate(world, &t, false, &result) == DBELL_DONE && result.op != DBELL_NO_OP)
        MUST(result.address == probed.address);
}

/* --- everything else --- */

/* What another thread may do while the SMMU waits for its bus. */
static void meanwhile(struct world *world)
{
    struct dbell_transaction t = {.address = world->mapped[0],
                                  .length = 4,
                                  .side = {.has_streamid = true, .streamid = world->last_streamid}};
    struct dbell_translation result;
    switch (world->interruptions & 3) {
    case 0:
        push(world, dbell_host_cfgi_all());
        push(world, dbell_host_sync());
        break;
    case 1:
        push(world, dbell_host_tlbi_nsnh_all());
        break;
    case 2:
        (void)checked_translate(world, &t, false, &result);
        break;
    default:
        push(world, dbell_host_stall_term(world->last_streamid));
        break;
    }
    for (int n = 0; n < 4 && checked_step(world) == DBELL_STEPPED; n++)
        ;
}

/* An address translation operation, through the registers of page 0 or of the VATOS page. */
static void request(struct world *world, const struct record *r)
{
    const uint32_t vatos = 0x20a00 + ((world->config.idr[2] & 0x3ff) << 16);
    const uint32_t group = r->a & 1 ? vatos : 0x100;
    uint64_t address = r->a & 64 ? world->mapped[r->c >> 28 & (MAPPED - 1)] : r->d;
    reg_write(world, 0x180, 4, r->c >> 12 & 3); /* VATOS_SEL */
    reg_write(world, group + 8, 8,
              streamid(r) | (uint64_t)substreamid(r) << 32 | (uint64_t)(r->a >> 1 & 1) << 52);
    /* HTTUI, InD, RnW, PnU and TYPE */
    reg_write(world, group + 16, 8,
              (address & ~low(12)) | (uint64_t)(r->c >> 14 & 15) << 6 |
                  (uint64_t)(~r->a >> 3 & 3) << 10);
    reg_write(world, group, 4, 1);
    if (r->a & 4)
        (void)checked_step(world);
    (void)reg_read(world, group + 24, 8);
}

/* What the TLBI instruction of a PE sends. */
static void broadcast(struct world *world, const struct record *r)
{
    struct dbell_tlbi t = {.scope = r->a & 7,
                           .el = r->a >> 3 & 3,
                           .e2h = r->a & 32,
                           .vmid = r->c & 3,
                           .asid = r->c >> 2 & 3,
                           .first = r->d,
                           .granule = (uint8_t)(r->b & 0x10 ? 12 + (r->b & 6) : 0),
                           .level = r->b >> 3 & 3};
    if (r->a & 64)
        t.first = world->mapped[r->c >> 4 & (MAPPED - 1)];
    t.last = t.first | low(r->b >> 8 & 63);
    dbell_smmu_tlbi(&world->smmu, &t);
}

static void move(struct world *world, const struct record *r)
{
    struct dbell_smmu moved;
    uint8_t *block = malloc(world->size);
    if (!block)
        abort();
    memcpy(block, world->block, world->size);
    world->ports = world_ports(world);
    if (r->a & 1)
        world->ports.tables.cas = NULL;
    if (r->a & 2)
        world->ports.tables.window = NULL;
    if (r->a & 4)
        world->ports.wires.pulse = NULL;
    if (r->a & 8)
        world->ports.log.say = NULL;
    if (r->a & 16)
        world->ports.data.access = NULL;
    if (r->a & 64) {
        world->ports.ats = (struct dbell_ats_port){0};
        world->tag_count = 0; /* nobody is there to end them */
    }
    if (r->a & 32) { /* tokens change unseen: a retry may stall again */
        world->ports.completion.complete = NULL;
        world->tokens_unknown = true;
    }
    MUST(dbell_smmu_attach(&moved, NULL, world->size, &world->ports) == DBELL_E_ARGUMENT);
    MUST(dbell_smmu_attach(&moved, block, 64, &world->ports) == DBELL_E_SIZE);
    MUST(dbell_smmu_attach(&moved, block + 8, world->size, &world->ports) == DBELL_E_SIZE);
    MUST(dbell_smmu_attach(&moved, block, world->size, NULL) == DBELL_E_ARGUMENT);
    MUST(dbell_smmu_attach(NULL, block, world->size, &world->ports) == DBELL_E_ARGUMENT);
    MUST(dbell_smmu_attach(&moved, block, world->size - 1, &world->ports) == DBELL_E_STATE);
    block[r->b % 16] ^= 1;
    int status = dbell_smmu_attach(&moved, block, world->size, &world->ports);
    MUST(status == DBELL_E_STATE);
    block[r->b % 16] ^= 1;
    MUST(dbell_smmu_attach(&moved, block, world->size, &world->ports) == DBELL_OK);
    memset(world->block, 0xa5, world->size); /* nobody looks back */
    free(world->block);
    world->block = block;
    world->smmu = moved;
}

static void misuse(const struct record *r)
{
    struct dbell_smmu smmu;
    struct dbell_smmu_ports ports = {0};
    struct dbell_smmu_config config = dbell_smmu_default_config();
    _Alignas(16) uint8_t block[64];
    MUST(dbell_smmu_init(&smmu, block, sizeof block, &config, &ports) == DBELL_E_ARGUMENT);
    MUST(dbell_smmu_attach(&smmu, block, sizeof block, &ports) == DBELL_E_ARGUMENT);
    struct world world = {.ram = block};
    ports.tables = world_memory(&world);
    MUST(dbell_smmu_init(&smmu, block, sizeof block, &config, &ports) == DBELL_E_SIZE);
    MUST(dbell_smmu_init(&smmu, block, sizeof block, NULL, &ports) == DBELL_E_ARGUMENT);
    MUST(dbell_smmu_init(&smmu, NULL, sizeof block, &config, &ports) == DBELL_E_ARGUMENT);
    MUST(dbell_smmu_init(&smmu, block, sizeof block, &config, NULL) == DBELL_E_ARGUMENT);
    MUST(dbell_smmu_init(NULL, block, sizeof block, &config, &ports) == DBELL_E_ARGUMENT);
    MUST(dbell_smmu_init(&smmu, block + 1, SIZE_MAX / 2, &config, &ports) == DBELL_E_SIZE);
    (r->a & 1   ? &config.tlb_entries
     : r->a & 2 ? &config.config_entries
                : &config.stall_entries)[0] = r->a & 4 ? 0 : UINT32_MAX;
    MUST(dbell_smmu_init(&smmu, block, sizeof block, &config, &ports) == DBELL_E_RANGE);
    MUST(dbell_smmu_state_size(&config) == 0 && dbell_smmu_state_size(NULL) == 0);
    config = dbell_smmu_default_config();
    MUST(dbell_smmu_preset("no such preset", &config) == DBELL_E_NOT_FOUND);
    for (unsigned i = 0; dbell_smmu_preset_name(i); i++)
        MUST(dbell_smmu_preset(dbell_smmu_preset_name(i), &config) == DBELL_OK &&
             dbell_smmu_state_size(&config));
    for (int i = -1; i <= DBELL_SMMU_COUNTERS; i++)
        MUST(!dbell_smmu_counter_name((enum dbell_smmu_counter)i) ==
             (i < 0 || i == DBELL_SMMU_COUNTERS));
}

static void reconnect(struct world *world, const struct record *r)
{
    world->window_log2 = r->a & 1 ? 12 + r->b % 9 : 0;
    world->refuse_msis = r->a & 2;
    world->data_response = r->a & 4 ? (uint8_t)(r->b % 3) : 0;
    world->contested = r->a & 8 ? r->c & 0xff : 0;
    world->countdown = r->a & 16 ? 1 + (r->d & 31) : 0;
    world->endpoints_busy = r->a & 32;
    dbell_smmu_revoke_windows(&world->smmu);
}

enum op {
    OP_SET_UP,
    OP_STE,
    OP_CD,
    OP_L1STD,
    OP_L1CD,
    OP_MAP,
    OP_MAP_RAM,
    OP_POKE,
    OP_WRITE,
    OP_READ,
    OP_COMMAND,
    OP_RAW_COMMAND,
    OP_TRANSLATE,
    OP_ACCESS,
    OP_STEP,
    OP_DRAIN,
    OP_CONSUME,
    OP_RESET,
    OP_MOVE,
    OP_RECONNECT,
    OP_COMPARE,
    OP_MISUSE,
    OP_BROADCAST,
    OP_ATOS,
    OP_MONITOR,
    OP_ARM_MONITOR,
    OP_COUNT,
    OP_HINT,
    OP_FAIL,
    OP_ATS,
    OP_PAGE_REQUEST,
    OP_INVALIDATED,
    OP_PROBE,
    OPS
};

static void run(struct world *world, const struct record *r)
{
    switch ((enum op)(r->op % OPS)) {
    case OP_SET_UP:
        set_up(world, r);
        break;
    case OP_STE:
        write_ste(world, r);
        break;
    case OP_CD:
        write_cd(world, r);
        break;
    case OP_L1STD:
        write_l1std(world, r);
        break;
    case OP_L1CD:
        write_l1cd(world, r);
        break;
    case OP_MAP:
        map(world, r);
        break;
    case OP_MAP_RAM:
        map_ram(world, r);
        break;
    case OP_POKE:
        poke(world, r);
        break;
    case OP_WRITE:
        access_register(world, r, true);
        break;
    case OP_READ:
        access_register(world, r, false);
        break;
    case OP_COMMAND:
        push_structured(world, r);
        break;
    case OP_RAW_COMMAND:
        push(world, (struct dbell_host_cmd){{r->d, r->c | (uint64_t)r->b << 32}});
        break;
    case OP_TRANSLATE:
        translate(world, r, false);
        break;
    case OP_ACCESS:
        translate(world, r, true);
        break;
    case OP_STEP:
        for (unsigned n = 0; n <= r->a % 8u && checked_step(world) == DBELL_STEPPED; n++)
            ;
        break;
    case OP_DRAIN:
        /* The whole index range of the queue takes too long. */
        if ((reg_read(world, CMDQ_BASE, 8) & 0x1f) <= 8)
            checked_drain(world);
        break;
    case OP_CONSUME:
        reg_write(world, EVENTQ_CONS, 4, reg_read(world, EVENTQ_PROD, 4));
        reg_write(world, PRIQ_CONS, 4, reg_read(world, PRIQ_PROD, 4));
        reg_write(world, GERRORN, 4, reg_read(world, GERROR, 4));
        break;
    case OP_RESET:
        dbell_smmu_reset(&world->smmu);
        world->failed = false;
        forget_tokens(world);
        break;
    case OP_MOVE:
        move(world, r);
        break;
    case OP_RECONNECT:
        reconnect(world, r);
        break;
    case OP_COMPARE:
        compare(world, r);
        break;
    case OP_ATOS:
        request(world, r);
        break;
    case OP_BROADCAST:
        broadcast(world, r);
        break;
    case OP_MONITOR:
        access_monitor(world, r);
        break;
    case OP_ARM_MONITOR:
        arm_monitor(world, r);
        break;
    case OP_COUNT:
        count(world, r);
        break;
    case OP_HINT:
        hint(world, r);
        break;
    case OP_FAIL:
        dbell_smmu_fail(&world->smmu);
        world->failed = true;
        break;
    case OP_ATS:
        ask_translation(world, r);
        break;
    case OP_PAGE_REQUEST:
        ask_page(world, r);
        break;
    case OP_INVALIDATED:
        end_invalidation(world, r->c, (enum dbell_ats_end)(r->a % 3));
        break;
    case OP_PROBE:
        probe(world, r);
        break;
    default:
        misuse(r);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;
    if (size < RECORD)
        return 0;
    const struct record first = record_at(data);
    const struct dbell_smmu_config config = choose_config(&first);
    if (!world_open(&world, &config))
        return 0;
    world.meanwhile = meanwhile;
    check_features(&config);
    for (unsigned i = 0; i < 3; i++)
        world.tables[i] =
            (struct dbell_host_tables){.bus = world_memory(&world),
                                       .root = i == 2 ? ROOT2 : ROOTS + i * 0x10000,
                                       .granule = 12,
                                       .input_bits = 48,
                                       .next = i == 2 ? POOL2 : POOL + i * 0x28000,
                                       .end = i == 2 ? ABORTS : POOL + (i + 1) * 0x28000};
    for (size_t i = 1; i < RECORDS && (i + 1) * RECORD <= size; i++) {
        const struct record record = record_at(data + i * RECORD);
        run(&world, &record);
    }
    if ((reg_read(&world, CMDQ_BASE, 8) & 0x1f) <= 8)
        checked_drain(&world);
    world_close(&world);
    return 0;
}

#ifdef DOORBELL_LIBFUZZER
/* --- mutations that keep records whole --- */

static void random_record(uint64_t *state, uint8_t *at)
{
    /* Translations, steps and commands are worth more than resets. */
    static const uint8_t ops[] = {
        OP_SET_UP,       OP_STE,          OP_STE,         OP_CD,          OP_CD,
        OP_L1STD,        OP_L1CD,         OP_MAP,         OP_MAP,         OP_MAP,
        OP_MAP_RAM,      OP_MAP_RAM,      OP_POKE,        OP_WRITE,       OP_READ,
        OP_COMMAND,      OP_COMMAND,      OP_COMMAND,     OP_RAW_COMMAND, OP_TRANSLATE,
        OP_TRANSLATE,    OP_TRANSLATE,    OP_TRANSLATE,   OP_ACCESS,      OP_STEP,
        OP_DRAIN,        OP_DRAIN,        OP_CONSUME,     OP_RESET,       OP_MOVE,
        OP_RECONNECT,    OP_COMPARE,      OP_COMPARE,     OP_MISUSE,      OP_BROADCAST,
        OP_ATOS,         OP_MONITOR,      OP_MONITOR,     OP_ARM_MONITOR, OP_COUNT,
        OP_HINT,         OP_FAIL,         OP_ATS,         OP_ATS,         OP_ATS,
        OP_PAGE_REQUEST, OP_PAGE_REQUEST, OP_INVALIDATED, OP_PROBE};
    for (int i = 0; i < RECORD; i++)
        at[i] = (uint8_t)draw(state, 256);
    at[0] = ops[draw(state, sizeof ops)];
    if (draw(state, 4)) /* few streams, no damage */
        at[1] &= 0x7f, at[2] &= 3, at[3] &= 0x7f;
    if (draw(state, 2)) /* nothing rare */
        memset(at + 4, 0, 4);
    if (!draw(state, 4))
        memset(at + 8, 0, 8);
    if ((at[0] == OP_TRANSLATE || at[0] == OP_ACCESS) &&
        !draw(state, 3)) { /* neither read nor write */
        at[3] |= 0x20;
        at[7] = (uint8_t)draw(state, 256);
    }
}

/* What a driver does before anything else works, in the order that works. */
static size_t scenario(uint64_t *state, uint8_t *at, size_t most)
{
    static const uint8_t ops[] = {
        OP_SET_UP,       OP_STE,       OP_CD,        OP_L1CD,        OP_L1STD,   OP_MAP_RAM,
        OP_MAP,          OP_MAP,       OP_TRANSLATE, OP_ACCESS,      OP_COMMAND, OP_COMMAND,
        OP_DRAIN,        OP_TRANSLATE, OP_COMPARE,   OP_ATOS,        OP_ATOS,    OP_ARM_MONITOR,
        OP_TRANSLATE,    OP_MONITOR,   OP_COUNT,     OP_ATS,         OP_ATS,     OP_PAGE_REQUEST,
        OP_PAGE_REQUEST, OP_COMMAND,   OP_DRAIN,     OP_INVALIDATED, OP_DRAIN,   OP_PROBE};
    size_t count = 0;
    for (size_t i = 0; i < sizeof ops && count < most; i++) {
        uint8_t *record = at + count * RECORD;
        if (!draw(state, 6))
            continue;
        random_record(state, record);
        record[0] = ops[i];
        record[1] &= 0x7f; /* no damage */
        record[2] = (uint8_t)draw(state, 2);
        record[3] = 0;
        if (draw(state, 4))
            memset(record + 4, 0, 4);
        if (ops[i] == OP_SET_UP) {
            record[1] &= 0x0f;
            record[4] = (uint8_t)draw(state, 256) & (draw(state, 4) ? 0xef : 0xff);
        }
        if (ops[i] == OP_STE && draw(state, 2))
            record[5] = (uint8_t)draw(state, 256) & 0x06; /* EATS */
        if (ops[i] == OP_STE)
            record[1] &= 1;
        if (ops[i] == OP_L1STD || ops[i] == OP_L1CD)
            record[1] &= 0x1e;
        if (ops[i] == OP_MAP)
            record[1] |= 0x10 | (draw(state, 4) ? 0x0c : 0);
        if (ops[i] == OP_TRANSLATE || ops[i] == OP_ACCESS || ops[i] == OP_ATOS ||
            ops[i] == OP_ATS || ops[i] == OP_PAGE_REQUEST || ops[i] == OP_PROBE)
            record[1] |= 0x50;
        count++;
    }
    return count;
}

/* What a device tries after all of it. */
static void attempt(uint64_t *state, uint8_t *at)
{
    random_record(state, at);
    at[0] = OP_TRANSLATE;
    at[1] |= 0x50;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static const struct mutations mutations = {random_record, scenario, attempt};
    return mutate_records(&mutations, data, size, max_size, seed);
}
#endif
