/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A bench: one SMMU alone, on a bus that notes what comes and aborts where it is told to. Nothing
 * runs but by bench_settle(). */
#ifndef TEST_BENCH_H
#define TEST_BENCH_H

#include <doorbell/host.h>
#include <doorbell/smmu.h>

enum { BENCH_RAM = 0x40000000, BENCH_RAM_SIZE = 0x800000, BENCH_LOG = 512 };

/* RAM at address 0, for tests that place all things themselves. */
enum { BENCH_LOW_SIZE = 0x200000 };

/* Beyond both, all aborts. */
#define BENCH_NOWHERE UINT64_C(0x10000000)

struct bench {
    struct dbell_smmu smmu;
    struct dbell_bus bus; /* of the host: neither noted nor aborted */
    void *state;
    uint8_t *ram, *low;
    uint64_t next; /* free RAM */
    uint64_t strtab, cmdq, eventq;
    uint32_t commands, events;
    uint64_t pulses[DBELL_SMMU_LINES];
    uint64_t abort_at; /* accesses to its 64 bytes abort; 0: none do */
    struct dbell_transaction log[BENCH_LOG];
    unsigned logged;
    uint64_t interrupt_at;
    void (*meanwhile)(struct bench *bench);
    void (*on_pulse)(struct bench *bench, unsigned line);
};

bool bench_open(struct bench *bench, const struct dbell_smmu_config *config);
void bench_close(struct bench *bench);
void bench_settle(struct bench *bench);

/* What others do when the SMMU's next access to `address` has been made and not yet returned. */
void bench_during(struct bench *bench, uint64_t address, void (*meanwhile)(struct bench *bench));

/* Registers; a write is followed by bench_settle(), a poke is not. */
uint64_t bench_get(struct bench *bench, uint64_t offset, unsigned size);
void bench_put(struct bench *bench, uint64_t offset, unsigned size, uint64_t value);
void bench_poke(struct bench *bench, uint64_t offset, unsigned size, uint64_t value);

/* RAM: zeroed and aligned to its size; words of it. */
uint64_t bench_alloc(struct bench *bench, uint64_t size);
uint64_t bench_load(struct bench *bench, uint64_t address);
void bench_store(struct bench *bench, uint64_t address, uint64_t value);
void bench_store_words(struct bench *bench, uint64_t address, const uint64_t *words,
                       unsigned count);

/* Linear stream table of 2^6 entries, queues of 2^5, everything enabled. */
void bench_on(struct bench *bench);
void bench_ste(struct bench *bench, uint32_t sid, const struct dbell_host_ste *ste);
void bench_cd(struct bench *bench, uint64_t address, const struct dbell_host_cd *cd);
/* True: the command was consumed without an error. */
bool bench_command(struct bench *bench, struct dbell_host_cmd command);
bool bench_event(struct bench *bench, uint64_t record[4]);

/* Tables, a CD, STEs as most tests want them; stage 2 is VMID 7, stage 1 is ASID 1. */
struct dbell_host_tables bench_tables(struct bench *bench, unsigned granule, unsigned input_bits);
struct dbell_host_cd bench_cd_of(const struct dbell_host_tables *tables);
struct dbell_host_ste bench_stage1(uint64_t context);
void bench_add_stage2(struct dbell_host_ste *ste, const struct dbell_host_tables *tables);
/* The RAM at its own addresses, in pages of 4 KiB. */
void bench_identity(struct dbell_host_tables *stage2);
/* Where the descriptor of that level is. */
uint64_t bench_entry(struct bench *bench, const struct dbell_host_tables *tables, uint64_t input,
                     unsigned level);

struct dbell_translation bench_translate(struct bench *bench, uint32_t sid, enum dbell_op op,
                                         uint64_t address);
struct dbell_translation bench_translate_ssid(struct bench *bench, uint32_t sid, uint32_t ssid,
                                              enum dbell_op op, uint64_t address);
/* The first access noted that touches `address`, or NULL. */
const struct dbell_transaction *bench_noted(const struct bench *bench, uint64_t address);

/* Leaf bits: attribute 0, inner shareable, everything allowed. */
#define BENCH_S1 (DBELL_HOST_PTE_AP_EL0 | DBELL_HOST_PTE_AF | DBELL_HOST_PTE_NG | 3u << 8)
#define BENCH_S2 \
    (DBELL_HOST_PTE_S2_READ | DBELL_HOST_PTE_S2_WRITE | DBELL_HOST_PTE_AF | 0xfu << 2 | 3u << 8)

#endif
