/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What surrounds a fuzzed SMMU: memory, a bus, and the invariants that hold whatever software and
 * devices do. A violation aborts. */
#ifndef FUZZ_SMMU_WORLD_H
#define FUZZ_SMMU_WORLD_H

#include <doorbell/host.h>
#include <doorbell/smmu.h>

/* Where things lie in RAM by default. ABORTS refuses every access; beyond RAM nothing decodes. */
enum { RAM_SIZE = 1 << 20, STEPS = 256, TOKENS = 64, MAPPED = 16, WRITES = 32, TAGS = 64 };
#define RAM    UINT64_C(0x80000000)
#define STRTAB RAM
#define L2STES (RAM + 0x4000)
#define CMDQ   (RAM + 0x10000)
#define EVENTQ (RAM + 0x18000)
#define PRIQ   (RAM + 0x1a000)
#define L1CDS  (RAM + 0x1c000)
#define CDS    (RAM + 0x20000)
#define ROOTS  (RAM + 0x30000) /* of the stage 1 halves, 64 KiB each */
#define POOL   (RAM + 0x50000)
#define ROOT2  (RAM + 0xa0000)
#define POOL2  (RAM + 0xb0000)
#define ABORTS (RAM + 0xe0000)
#define DATA   (RAM + 0xf0000)

/* Register offsets, as software knows them (IHI 0070 6.1). */
enum {
    CR0 = 0x20,
    CR1 = 0x28,
    CR2 = 0x2c,
    GBPA = 0x44,
    IRQ_CTRL = 0x50,
    GERROR = 0x60,
    GERRORN = 0x64,
    GERROR_IRQ = 0x68,
    STRTAB_BASE = 0x80,
    STRTAB_CFG = 0x88,
    CMDQ_BASE = 0x90,
    CMDQ_PROD = 0x98,
    CMDQ_CONS = 0x9c,
    EVENTQ_BASE = 0xa0,
    EVENTQ_IRQ = 0xb0,
    PRIQ_BASE = 0xc0,
    PRIQ_IRQ = 0xd0,
    PRIQ_IRQ_CFG2 = 0xdc,
    GMPAM = 0x138,
    EVENTQ_PROD = 0x100a8,
    EVENTQ_CONS = 0x100ac,
    PRIQ_PROD = 0x100c8,
    PRIQ_CONS = 0x100cc,
};

struct world {
    struct dbell_smmu smmu;
    struct dbell_smmu_config config;
    struct dbell_smmu_ports ports;
    void *block; /* the state, from malloc: exactly as large as asked for */
    size_t size;
    uint8_t *ram;

    unsigned window_log2; /* of the windows that the bus lends; 0: none */
    bool refuse_msis, nested;
    bool failed; /* Service Failure Mode */
    uint8_t data_response;
    unsigned contested; /* so many atomic updates from now on find another value */
    unsigned countdown; /* bus accesses until `meanwhile` is called; 0: never */
    void (*meanwhile)(struct world *world);
    unsigned interruptions, updates, lost_updates; /* so far */

    uint32_t tokens[TOKENS]; /* of accesses that wait */
    unsigned token_count;
    bool tokens_unknown; /* there are others */

    uint32_t tags[TAGS]; /* of invalidations that endpoints have not ended */
    unsigned tag_count;
    bool endpoints_busy; /* they take no message */

    uint32_t last_streamid;
    struct dbell_host_tables tables[3]; /* stage 1 halves, stage 2 */
    uint64_t mapped[MAPPED];
    unsigned mapped_count;

    struct dbell_step steps[STEPS];
    struct dbell_itinerary itinerary;
};

_Noreturn void violated(const char *file, int line, const char *what);
#define MUST(condition)                               \
    do {                                              \
        if (!(condition))                             \
            violated(__FILE__, __LINE__, #condition); \
    } while (0)

bool world_open(struct world *world, const struct dbell_smmu_config *config);
struct dbell_smmu_ports world_ports(struct world *world);
void world_close(struct world *world);
/* The bus without the SMMU's invariants, for what software does. */
struct dbell_bus world_memory(struct world *world);

uint64_t reg_read(struct world *world, uint32_t offset, unsigned size);
void reg_write(struct world *world, uint32_t offset, unsigned size, uint64_t value);
void forget_tokens(struct world *world);

/* Checked calls. */
int checked_translate(struct world *world, struct dbell_transaction *transaction, bool forward,
                      struct dbell_translation *result);
int checked_step(struct world *world);
int checked_ats(struct world *world, const struct dbell_ats_request *request,
                struct dbell_ats_completion *completion);
/* Steps until there is nothing to do, or what there is must wait. */
void checked_drain(struct world *world);
unsigned output_bits(const struct world *world);
uint64_t world_reads(const struct world *world);
/* Most reads of one translation since `lost_updates` were lost. */
uint64_t world_most_reads(const struct world *world, unsigned lost_updates);
void world_open_itinerary(struct world *world);
void world_check_itinerary(struct world *world);

/* smmu_ats.c: what endpoints take, and the end of one that they took. */
struct dbell_ats_port world_ats_port(struct world *world);
void end_invalidation(struct world *world, uint32_t choice, enum dbell_ats_end end);

#endif
