/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A laboratory: a machine with RAM, one SMMU, a GIC and an ITS, and a driver's hands on it, made
 * of the host encoders only. */
#ifndef TEST_LAB_H
#define TEST_LAB_H

#include <doorbell/host.h>
#include <doorbell/machine.h>

enum {
    LAB_RAM = 0x40000000,
    LAB_RAM_SIZE = 0x40000000,
    LAB_SMMU = 0x9050000,
    LAB_GICD = 0x8000000,
    LAB_GICR = 0x80a0000,
    LAB_ITS = 0x8080000,
    LAB_CPUS = 4,
};
#define LAB_DOORBELL (LAB_ITS + 0x10040u)
#define LAB_PAGE1    (LAB_SMMU + 0x10000u)

struct lab {
    struct dbell_machine *machine;
    struct dbell_system system;
    struct dbell_bus bus;
    uint64_t next; /* free RAM */
    uint64_t strtab, cmdq, eventq, its_queue, lpi_config;
    uint32_t commands; /* written so far */
    uint32_t events;   /* read so far */
    uint32_t its_commands;
};

/* NULL config: the default one. The machine is freshly powered on. */
bool lab_open(struct lab *lab, const struct dbell_smmu_config *config);
void lab_close(struct lab *lab);

/* Zeroed RAM, aligned to its size rounded up to a power of two. */
uint64_t lab_alloc(struct lab *lab, uint64_t size);
void lab_write(struct lab *lab, uint64_t address, unsigned size, uint64_t value);
uint64_t lab_read(struct lab *lab, uint64_t address, unsigned size);

/* Linear stream table of 2^8 entries, queues of 2^5, RECINVSID, everything enabled. */
void lab_smmu_on(struct lab *lab);
void lab_ste(struct lab *lab, uint32_t sid, const struct dbell_host_ste *ste);
/* Submits one command, lets the machine rest; true if it was consumed. */
bool lab_command(struct lab *lab, struct dbell_host_cmd command);
/* The next record in the event queue; false: none. */
bool lab_event(struct lab *lab, uint64_t record[4]);

/* Empty tables: 4 KB granule and 48 bits, unless given. */
struct dbell_host_tables lab_tables(struct lab *lab, unsigned granule, unsigned input_bits);
/* A CD and an STE for stage 1 tables, and for stage 2 ones; as most tests want them. */
struct dbell_host_cd lab_cd(const struct dbell_host_tables *tables);
struct dbell_host_ste lab_ste_stage1(struct lab *lab, const struct dbell_host_cd *cd);
struct dbell_host_ste lab_ste_stage2(const struct dbell_host_tables *tables);

/* Leaf bits: Normal write-back, everything allowed. */
#define LAB_S1_RW (DBELL_HOST_PTE_AP_EL0 | DBELL_HOST_PTE_AF | DBELL_HOST_PTE_NG | 3u << 8)
#define LAB_S2_RW \
    (DBELL_HOST_PTE_S2_READ | DBELL_HOST_PTE_S2_WRITE | DBELL_HOST_PTE_AF | 0xfu << 2 | 3u << 8)

/* One access of 4 bytes (data `value`, or what was read into *value), then rest. */
struct dbell_dma_result lab_dma(struct lab *lab, uint32_t rid, enum dbell_op op, uint64_t iova,
                                uint32_t *value);
struct dbell_dma_result lab_dma_with(struct lab *lab, struct dbell_dma dma);
/* The event of a read at iova, 0 if it goes through. */
unsigned lab_fault(struct lab *lab, uint32_t rid, uint64_t iova);

/* Redistributors and ITS on: LPIs enabled at every CPU, flat tables. */
void lab_its_on(struct lab *lab);
void lab_its_command(struct lab *lab, struct dbell_host_its_cmd command);
/* Raises EventID of a device straight at the doorbell's physical address. */
void lab_msi(struct lab *lab, uint32_t rid, uint32_t eventid);

#endif
