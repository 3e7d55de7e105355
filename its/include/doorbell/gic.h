/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What an LPI needs of a GICv3 beside the ITS (IHI 0069): the distributor's control, the
 * redistributors with their LPI configuration and pending tables, and the acknowledge; and SPIs,
 * raised by messages. One Security state (GICD_CTLR.DS is 1). */
#ifndef DOORBELL_GIC_H
#define DOORBELL_GIC_H

#include <stddef.h>

#include <doorbell/its.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DBELL_GICD_SPACE 0x10000u
/* GICD_SETSPI_NSR: 16- or 32-bit writes raise the SPI of their INTID, whoever writes. */
#define DBELL_GICD_SETSPI_NSR 0x40u
/* RD_base and SGI_base frames of one redistributor; with GICv4 VLPI_base follows, and a frame that
 * is reserved: dbell_gicr_space(). */
#define DBELL_GICR_SPACE      0x20000u
#define DBELL_GICR_VLPI_SPACE 0x40000u

enum dbell_gic_counter {
    DBELL_GIC_READS_CONFIG,
    DBELL_GIC_READS_PENDING, /* words of a pending table */
    DBELL_GIC_WRITES_PENDING,
    DBELL_GIC_SPILLED,      /* LPIs pending in memory, for want of pending_entries */
    DBELL_GIC_LPIS,         /* made pending */
    DBELL_GIC_VLPIS,        /* made pending, vSGIs among them */
    DBELL_GIC_DOORBELLS,    /* LPIs that told of a vPE that is not resident */
    DBELL_GIC_READS_VPE,    /* entries of a vPE configuration table */
    DBELL_GIC_LPIS_IGNORED, /* LPIs off at the redistributor, or the INTID out of its range */
    DBELL_GIC_ACKNOWLEDGED,
    DBELL_GIC_RAZ_WI, /* accesses to registers that are not modelled */
    DBELL_GIC_COUNTERS
};
const char *dbell_gic_counter_name(enum dbell_gic_counter counter);

struct dbell_gic_config {
    uint32_t cpus;           /* redistributors, 1 to 512 */
    uint8_t lpi_bits;        /* 14 to 24 */
    uint32_t config_entries; /* cached LPI configuration bytes, over all redistributors */
    /* LPIs that are held pending, over all redistributors, 1 to 2^20; more than that are pending
     * in their tables in memory, which makes an acknowledge there a search. */
    uint32_t pending_entries;
    bool direct_lpi;  /* GICR_TYPER.DirectLPI: GICR_SETLPIR and GICR_CLRLPIR */
    uint8_t it_lines; /* GICD_TYPER.ITLinesNumber: SPIs 32 to 32 * (n + 1) - 1, or 1019 */
    uint8_t version;  /* enum dbell_gic_version: with GICv4 vPEs may be resident */
    bool pta;         /* RDbase is an address (GITS_TYPER.PTA), of a frame from redist_base on */
    uint64_t redist_base;
    bool no_caches;
};
struct dbell_gic_config dbell_gic_default_config(void);

/* What became pending, also where it was already: an LPI, a vLPI or a vSGI. */
struct dbell_gic_news {
    void *ctx;
    void (*lpi)(void *ctx, uint32_t cpu, uint32_t intid);
    void (*vlpi)(void *ctx, uint32_t vpeid, uint32_t intid);
};

struct dbell_gic_ports {
    struct dbell_bus tables;
    struct dbell_gic_news news; /* optional */
    struct dbell_log log;
};

struct dbell_gic_state;

struct dbell_gic {
    struct dbell_gic_state *state;
    struct dbell_gic_ports ports;
    struct dbell_windows windows;
};

size_t dbell_gic_state_size(const struct dbell_gic_config *config);
int dbell_gic_init(struct dbell_gic *gic, void *state, size_t size,
                   const struct dbell_gic_config *config, const struct dbell_gic_ports *ports);
int dbell_gic_attach(struct dbell_gic *gic, void *state, size_t size,
                     const struct dbell_gic_ports *ports);
void dbell_gic_reset(struct dbell_gic *gic);
void dbell_gic_revoke_windows(struct dbell_gic *gic);

/* Bytes of one redistributor's frames: DBELL_GICR_SPACE or DBELL_GICR_VLPI_SPACE. */
uint32_t dbell_gicr_space(const struct dbell_gic_config *config);

/* Distributor and redistributor registers; `cpu` counts frames. Unmodelled ones are RAZ/WI and
 * counted. */
uint64_t dbell_gicd_read(struct dbell_gic *gic, uint64_t offset, unsigned size);
void dbell_gicd_write(struct dbell_gic *gic, uint64_t offset, unsigned size, uint64_t value);
uint64_t dbell_gicr_read(struct dbell_gic *gic, uint32_t cpu, uint64_t offset, unsigned size);
void dbell_gicr_write(struct dbell_gic *gic, uint32_t cpu, uint64_t offset, unsigned size,
                      uint64_t value);

/* The port that an ITS is connected to; `gic` must stay where it is. */
struct dbell_lpi_port dbell_gic_lpi_port(struct dbell_gic *gic);

/* The redistributor that an RDbase names, or -1. */
int dbell_gic_cpu_of(const struct dbell_gic *gic, uint64_t rdbase);

/* The wire of an SPI: a level, or with `level` set and cleared again an edge. An INTID that is
 * none is ignored. */
void dbell_gic_spi(struct dbell_gic *gic, uint32_t intid, bool level);

/* Of an LPI at a redistributor, or of an SPI. */
bool dbell_gic_pending(struct dbell_gic *gic, uint32_t cpu, uint32_t intid);
/* ICC_HPPIR1_EL1 with Group 1 enabled and priority mask 0xff: the pending and enabled LPI or Group
 * 1 SPI of the highest priority, the lowest INTID of several; DBELL_INTID_NONE. It may read memory.
 */
uint32_t dbell_gic_highest_pending(struct dbell_gic *gic, uint32_t cpu);
/* ICC_IAR1_EL1, and the end of the interrupt at once. */
uint32_t dbell_gic_acknowledge(struct dbell_gic *gic, uint32_t cpu);

/* What is pending is pending in the tables in memory from now on, as before a snapshot of it; the
 * redistributors go on from there. */
void dbell_gic_write_pending(struct dbell_gic *gic);

/* GICv4. Of a vLPI or a vSGI of the vPE that is resident at a redistributor. */
bool dbell_gic_pending_virtual(struct dbell_gic *gic, uint32_t cpu, uint32_t intid);
/* ICV_IAR0_EL1 or ICV_IAR1_EL1 (`group` 0, 1) with the virtual group enabled and virtual priority
 * mask 0xff, ended at once: of what the resident vPE has pending; DBELL_INTID_NONE. */
uint32_t dbell_gic_acknowledge_virtual(struct dbell_gic *gic, uint32_t cpu, unsigned group);

uint64_t dbell_gic_count(const struct dbell_gic *gic, enum dbell_gic_counter counter);

#ifdef __cplusplus
}
#endif
#endif
