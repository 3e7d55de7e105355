/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool lab_open(struct lab *lab, const struct dbell_smmu_config *config)
{
    struct dbell_platform *p = calloc(1, sizeof *p);
    struct dbell_message message = {""};
    memset(lab, 0, sizeof *lab);
    if (!p)
        return false;
    p->ram[0] = (struct dbell_platform_ram){LAB_RAM, LAB_RAM_SIZE};
    p->ram_count = 1;
    p->smmu[0] =
        (struct dbell_platform_smmu){.name = "smmu0",
                                     .base = LAB_SMMU,
                                     .its = "its0",
                                     .config = config ? *config : dbell_smmu_default_config()};
    p->smmu[0].config.has_deviceid = true;
    p->smmu[0].config.deviceid = 0xffff;
    p->smmu_count = 1;
    p->has_gic = true;
    p->gic_distributor = LAB_GICD;
    p->gic_redistributors = LAB_GICR;
    p->gic = dbell_gic_default_config();
    p->gic.cpus = LAB_CPUS;
    p->its[0] = (struct dbell_platform_its){
        .name = "its0", .base = LAB_ITS, .config = dbell_its_default_config()};
    p->its_count = 1;
    int status = dbell_platform_check(p, &message);
    if (!status)
        status = dbell_machine_create(p, &lab->machine, &message);
    free(p);
    if (status) {
        fprintf(stderr, "lab: %s\n", message.text);
        return false;
    }
    lab->system = dbell_machine_system(lab->machine);
    lab->bus = dbell_machine_bus(lab->machine);
    lab->next = LAB_RAM;
    return true;
}

void lab_close(struct lab *lab)
{
    dbell_machine_destroy(lab->machine);
}

uint64_t lab_alloc(struct lab *lab, uint64_t size)
{
    uint64_t align = 4096;
    while (align < size)
        align <<= 1;
    uint64_t at = (lab->next + align - 1) & ~(align - 1);
    lab->next = at + size;
    return at;
}

void lab_write(struct lab *lab, uint64_t address, unsigned size, uint64_t value)
{
    dbell_host_store(&lab->bus, address, size, value);
    lab->system.settle(lab->system.ctx);
}

uint64_t lab_read(struct lab *lab, uint64_t address, unsigned size)
{
    uint64_t value;
    dbell_host_load(&lab->bus, address, size, &value);
    return value;
}

void lab_smmu_on(struct lab *lab)
{
    lab->strtab = lab_alloc(lab, 256 * 64);
    lab->cmdq = lab_alloc(lab, 32 * 16);
    lab->eventq = lab_alloc(lab, 32 * 32);
    lab_write(lab, LAB_SMMU + 0x2c, 4, 2); /* CR2.RECINVSID */
    lab_write(lab, LAB_SMMU + 0x80, 8, lab->strtab);
    lab_write(lab, LAB_SMMU + 0x88, 4, 8);
    lab_write(lab, LAB_SMMU + 0x90, 8, lab->cmdq | 5);
    lab_write(lab, LAB_SMMU + 0xa0, 8, lab->eventq | 5);
    lab_write(lab, LAB_SMMU + 0x20, 4, 0xd);
}

void lab_ste(struct lab *lab, uint32_t sid, const struct dbell_host_ste *ste)
{
    uint64_t words[8];
    dbell_host_ste_encode(ste, words);
    dbell_host_store_words(&lab->bus, lab->strtab + sid * 64u, words, 8);
}

bool lab_command(struct lab *lab, struct dbell_host_cmd command)
{
    dbell_host_store_words(&lab->bus, lab->cmdq + lab->commands % 32 * 16, command.words, 2);
    lab->commands++;
    lab_write(lab, LAB_SMMU + 0x98, 4, lab->commands % 64);
    return (lab_read(lab, LAB_SMMU + 0x9c, 4) & 0xfffff) == lab->commands % 64;
}

bool lab_event(struct lab *lab, uint64_t record[4])
{
    if ((lab_read(lab, LAB_PAGE1 + 0xa8, 4) & 63) == lab->events % 64)
        return false;
    for (unsigned i = 0; i < 4; i++)
        record[i] = lab_read(lab, lab->eventq + lab->events % 32 * 32 + 8 * i, 8);
    lab->events++;
    lab_write(lab, LAB_PAGE1 + 0xac, 4, lab->events % 64);
    return true;
}

struct dbell_host_tables lab_tables(struct lab *lab, unsigned granule, unsigned input_bits)
{
    uint64_t pool = lab_alloc(lab, UINT64_C(64) << granule);
    return (struct dbell_host_tables){.bus = lab->bus,
                                      .root = pool,
                                      .granule = granule,
                                      .input_bits = input_bits,
                                      .start_level = dbell_host_start_level(granule, input_bits),
                                      .next = pool + (UINT64_C(1) << granule),
                                      .end = pool + (UINT64_C(64) << granule)};
}

struct dbell_host_cd lab_cd(const struct dbell_host_tables *tables)
{
    return (struct dbell_host_cd){.v = true,
                                  .t0sz = 64 - tables->input_bits,
                                  .tg0 = tables->granule == 12   ? 0
                                         : tables->granule == 16 ? 1
                                                                 : 2,
                                  .epd1 = true,
                                  .ips = 5,
                                  .aa64 = true,
                                  .r = true,
                                  .a = true,
                                  .asid = 1,
                                  .ttb0 = tables->root,
                                  .mair = 0xff};
}

struct dbell_host_ste lab_ste_stage1(struct lab *lab, const struct dbell_host_cd *cd)
{
    uint64_t words[8], address = lab_alloc(lab, 64);
    dbell_host_cd_encode(cd, words);
    dbell_host_store_words(&lab->bus, address, words, 8);
    return (struct dbell_host_ste){.v = true, .config = 5, .s1contextptr = address, .shcfg = 1};
}

struct dbell_host_ste lab_ste_stage2(const struct dbell_host_tables *tables)
{
    /* 4 KB: SL0 counts from level 2 up; 16 KB and 64 KB from level 3. */
    unsigned lowest = tables->granule == 12 ? 2 : 3;
    return (struct dbell_host_ste){.v = true,
                                   .config = 6,
                                   .shcfg = 1,
                                   .s2vmid = 1,
                                   .s2t0sz = 64 - tables->input_bits,
                                   .s2sl0 = lowest - tables->start_level,
                                   .s2tg = tables->granule == 12   ? 0
                                           : tables->granule == 16 ? 1
                                                                   : 2,
                                   .s2ps = 5,
                                   .s2aa64 = true,
                                   .s2r = true,
                                   .s2ttb = tables->root};
}

struct dbell_dma_result lab_dma_with(struct lab *lab, struct dbell_dma dma)
{
    struct dbell_dma_result result;
    lab->system.forget_raised(lab->system.ctx);
    lab->system.dma(lab->system.ctx, &dma, &result);
    lab->system.settle(lab->system.ctx);
    return result;
}

struct dbell_dma_result lab_dma(struct lab *lab, uint32_t rid, enum dbell_op op, uint64_t iova,
                                uint32_t *value)
{
    uint8_t bytes[4] = {0};
    for (unsigned i = 0; i < 4 && value && op == DBELL_WRITE; i++)
        bytes[i] = (uint8_t)(*value >> (8 * i));
    struct dbell_dma_result result = lab_dma_with(
        lab,
        (struct dbell_dma){
            .requesterid = rid, .op = (uint8_t)op, .address = iova, .length = 4, .data = bytes});
    if (value && op == DBELL_READ)
        *value = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                 (uint32_t)bytes[3] << 24;
    return result;
}

unsigned lab_fault(struct lab *lab, uint32_t rid, uint64_t iova)
{
    struct dbell_dma_result result = lab_dma(lab, rid, DBELL_READ, iova, NULL);
    return result.trail.outcome == DBELL_DONE ? 0 : result.trail.event;
}

void lab_its_on(struct lab *lab)
{
    lab->lpi_config = lab_alloc(lab, 0x10000);
    for (unsigned i = 0; i < 64; i++)
        lab_write(lab, lab->lpi_config + i, 1, 0xa1);
    lab_write(lab, LAB_GICD, 4, 0x12);
    for (unsigned cpu = 0; cpu < LAB_CPUS; cpu++) {
        uint64_t rd = LAB_GICR + cpu * 0x20000u;
        lab_write(lab, rd + 0x14, 4, 0);
        lab_write(lab, rd + 0x70, 8, lab->lpi_config | 15);
        lab_write(lab, rd + 0x78, 8, lab_alloc(lab, 0x10000));
        lab_write(lab, rd, 4, 1);
    }
    lab_write(lab, LAB_ITS + 0x100, 8, lab_alloc(lab, 0x100000) | UINT64_C(1) << 63 | 2 << 8 | 7);
    lab_write(lab, LAB_ITS + 0x108, 8, lab_alloc(lab, 0x10000) | UINT64_C(1) << 63 | 2 << 8);
    lab->its_queue = lab_alloc(lab, 0x1000);
    lab_write(lab, LAB_ITS + 0x80, 8, lab->its_queue | UINT64_C(1) << 63);
    lab_write(lab, LAB_ITS, 4, 1);
}

void lab_its_command(struct lab *lab, struct dbell_host_its_cmd command)
{
    dbell_host_store_words(&lab->bus, lab->its_queue + lab->its_commands % 128 * 32, command.words,
                           4);
    lab->its_commands++;
    lab_write(lab, LAB_ITS + 0x88, 8, lab->its_commands % 128 * 32);
}

void lab_msi(struct lab *lab, uint32_t rid, uint32_t eventid)
{
    lab_dma(lab, rid, DBELL_WRITE, LAB_DOORBELL, &eventid);
}
