/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What surrounds fuzzed ITSes and redistributors: memory, a bus, and the invariants that hold
 * whatever software and devices do. A violation aborts. */
#ifndef FUZZ_ITS_WORLD_H
#define FUZZ_ITS_WORLD_H

#include <doorbell/gic.h>
#include <doorbell/host.h>

/* Where things lie in RAM by default. ABORTS refuses every access; beyond RAM nothing decodes. */
enum { RAM_SIZE = 0x160000, STEPS = 128, ITSES = 2, CPUS = 4, VPES = 4 };
#define RAM         UINT64_C(0x80000000)
#define DEVICES     RAM /* of ITS n: + n * TABLES */
#define COLLECTIONS (RAM + 0x4000)
#define VPE_TABLE   (RAM + 0x8000)
#define LEVEL2      (RAM + 0xc000)
#define TABLES      0x10000u
#define QUEUE       (RAM + 0x20000) /* + n * 0x10000 */
#define ITTS        (RAM + 0x40000)
#define GIC_VPES    (RAM + 0x60000)
#define CONFIG      (RAM + 0x70000)
#define PENDING     (RAM + 0x80000) /* + cpu * 0x10000 */
#define VCONF       (RAM + 0xc0000)
#define VPT         (RAM + 0xd0000) /* + vPE * 0x10000 */
#define ABORTS      (RAM + 0x110000)
#define DATA        (RAM + 0x120000)

/* Register offsets, as software knows them (IHI 0069 12). */
enum {
    GITS_CTLR = 0x0,
    GITS_CBASER = 0x80,
    GITS_CWRITER = 0x88,
    GITS_CREADR = 0x90,
    GITS_BASER = 0x100,
    GITS_SGIR = 0x20020,
    GICR_CTLR = 0x0,
    GICR_WAKER = 0x14,
    GICR_PROPBASER = 0x70,
    GICR_PENDBASER = 0x78,
    GICR_VPROPBASER = 0x20070,
    GICR_VPENDBASER = 0x20078,
};

struct unit {
    struct world *world;
    struct dbell_its its;
    struct dbell_its_ports ports;
    void *block; /* the state, from malloc: exactly as large as asked for */
    size_t size;
};

struct world {
    struct unit units[ITSES];
    struct dbell_its_config its_config;
    struct dbell_gic gic;
    struct dbell_gic_config gic_config;
    struct dbell_gic_ports gic_ports;
    void *block;
    size_t size;
    uint8_t *ram;
    bool windows;       /* the bus lends all of RAM but ABORTS */
    unsigned countdown; /* bus accesses until `meanwhile` is called; 0: never */
    void (*meanwhile)(struct world *world);
    bool nested;
    unsigned interruptions, accesses; /* so far */
    struct dbell_step steps[STEPS];
};

_Noreturn void violated(const char *file, int line, const char *what);
#define MUST(condition)                               \
    do {                                              \
        if (!(condition))                             \
            violated(__FILE__, __LINE__, #condition); \
    } while (0)

/* False: the configuration is none. */
bool world_open(struct world *world, const struct dbell_its_config *its,
                const struct dbell_gic_config *gic);
void world_close(struct world *world);
/* The bus without invariants, for what software does. */
struct dbell_bus world_memory(struct world *world);
/* All parts are saved, and restored elsewhere. */
void world_move(struct world *world);

/* Checked calls. */
void checked_msi(struct world *world, unsigned n, const struct dbell_transaction *transaction);
int checked_step(struct world *world, unsigned n);
void checked_drain(struct world *world); /* until nothing can go on */
void checked_acknowledge(struct world *world, uint32_t cpu);
void checked_virtual_acknowledge(struct world *world, uint32_t cpu, unsigned group);

#endif
