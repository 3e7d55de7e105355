/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A bench for redistributors alone: memory that counts accesses, LPIs on everywhere. */
#ifndef TEST_GIC_BENCH_H
#define TEST_GIC_BENCH_H

#include <doorbell/gic.h>

enum {
    GIC_CPUS = 3,
    GIC_BITS = 14,
    GIC_LPIS = 1 << GIC_BITS,
    GIC_FIRST = 8192,
    GIC_MEMORY = 0x100000
};
enum { GIC_CONFIG = 0x10000, GIC_PENDING = 0x40000 }; /* GIC_PENDING + cpu * 0x10000 */

struct gic_bench {
    struct dbell_gic gic;
    struct dbell_lpi_port port;
    void *state;
    uint8_t *memory;
    unsigned reads, writes;
    uint64_t last;     /* address of an access */
    uint64_t abort_at; /* accesses to its 8 bytes abort; 0: none do */
    uint64_t interrupt_at;
    void (*meanwhile)(struct gic_bench *bench);
};

/* What others do when the next access to `address` has been made and not yet returned. */
void gic_during(struct gic_bench *b, uint64_t address, void (*meanwhile)(struct gic_bench *bench));

uint64_t gic_pending_table(unsigned cpu);
void gic_lpis(struct gic_bench *b, unsigned cpu, bool on);
bool gic_open_with(struct gic_bench *b, const struct dbell_gic_config *config);
bool gic_open(struct gic_bench *b, uint32_t pending_entries);
void gic_close(struct gic_bench *b);
void gic_ask(struct gic_bench *b, enum dbell_lpi_kind kind, unsigned cpu, unsigned to,
             uint32_t intid);
void gic_set(struct gic_bench *b, unsigned cpu, uint32_t intid);
uint32_t gic_ack(struct gic_bench *b, unsigned cpu);
uint8_t *gic_byte(struct gic_bench *b, uint32_t intid);
bool gic_in_memory(const struct gic_bench *b, unsigned cpu, uint32_t intid);

#endif
