/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A GICv3 Interrupt Translation Service (IHI 0069 chapter 5): commands, tables in guest memory,
 * and the translation of an MSI from (DeviceID, EventID) to an LPI at a redistributor.
 *
 * State and connections are two blocks, as in smmu.h. An MSI is translated whole when it is
 * written; a write to GITS_CWRITER only makes work available for dbell_its_step().
 *
 * Table entries (little endian; an entry may be longer than this, the rest is left alone):
 *   device table     8 bytes  V [63], ITT address [51:8] in [48:5], EventID bits - 1 in [4:0]
 *   ITT              8 bytes  V [63], ICID [47:32], pINTID [31:0]
 *   collection table 8 bytes  V [63], RDbase [51:16] in [35:0]
 *   level 1          8 bytes  V [63], address of the level 2 page [51:12] */
#ifndef DOORBELL_ITS_H
#define DOORBELL_ITS_H

#include <stddef.h>

#include <doorbell/ports.h>
#include <doorbell/status.h>
#include <doorbell/windows.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Control frame and translation frame. */
#define DBELL_ITS_REGISTER_SPACE 0x20000u
/* GITS_TRANSLATER, from the base of the control frame. */
#define DBELL_ITS_TRANSLATER 0x10040u

/* What an ITS asks of redistributors. `rdbase` is GICR_TYPER.Processor_Number with PTA 0, and
 * address bits [51:16] of the RD_base frame with PTA 1. Nothing here may fail; a redistributor
 * whose LPIs are off ignores it. `set` is required; what else is NULL is not
 * asked, and without `exists` there is a redistributor for every RDbase. */
struct dbell_lpi_port {
    void *ctx;
    bool (*exists)(void *ctx, uint64_t rdbase);
    void (*set)(void *ctx, uint64_t rdbase, uint32_t intid, struct dbell_itinerary *itinerary);
    void (*clear)(void *ctx, uint64_t rdbase, uint32_t intid);
    void (*move)(void *ctx, uint64_t from, uint64_t to, uint32_t intid);
    void (*move_all)(void *ctx, uint64_t from, uint64_t to);
    void (*invalidate)(void *ctx, uint64_t rdbase, uint32_t intid);
    void (*invalidate_all)(void *ctx, uint64_t rdbase);
};

/* On a command error: stop at the command until it is retried (CREADR.Stalled, CWRITER.Retry), or
 * go on with the next one. */
enum dbell_its_error_policy { DBELL_ITS_STALL, DBELL_ITS_IGNORE };

struct dbell_its_config {
    uint64_t typer;    /* GITS_TYPER: what software reads, what the model keeps to */
    uint64_t baser[8]; /* reset values of GITS_BASERn: type and entry size of each table */
    uint32_t iidr;
    uint32_t mpamidr; /* with TYPER.MPAM */
    uint8_t lpi_bits; /* INTID bits: GICD_TYPER.IDbits + 1; 14 to 32 */
    uint8_t error_policy;
    bool no_statusr;                                            /* GITS_STATUSR is RAZ/WI */
    bool no_caches;                                             /* entries are read in place */
    uint32_t device_entries, event_entries, collection_entries; /* of the caches, 1 to 2^20 */
};

/* 16 DeviceID, EventID and ICID bits, ITT entries of 12 bytes, PTA 0; BASER0 the device table,
 * BASER1 the collection table, entries of 8 bytes; lpi_bits 16; caches of 64 devices, 4096 events,
 * 64 collections. */
struct dbell_its_config dbell_its_default_config(void);

/* What is wrong with a configuration. */
struct dbell_its_problem {
    const char *key;  /* the member at fault: "typer", "baser0" ... */
    const char *text; /* static */
};

/* The first rule that a configuration breaks; false: none. dbell_its_init() refuses such. */
bool dbell_its_inconsistency(const struct dbell_its_config *config,
                             struct dbell_its_problem *problem);

/* Model counters, since power-on. */
enum dbell_its_counter {
    DBELL_ITS_READS_DTE,
    DBELL_ITS_READS_CTE,
    DBELL_ITS_READS_ITE,
    DBELL_ITS_READS_L1,
    DBELL_ITS_DEVICE_HIT,
    DBELL_ITS_DEVICE_MISS,
    DBELL_ITS_EVENT_HIT,
    DBELL_ITS_EVENT_MISS,
    DBELL_ITS_COLLECTION_HIT,
    DBELL_ITS_COLLECTION_MISS,
    DBELL_ITS_MSIS,  /* writes to GITS_TRANSLATER */
    DBELL_ITS_DROPS, /* of these, those that became no LPI */
    DBELL_ITS_COMMANDS,
    DBELL_ITS_ERRORS,           /* commands in error */
    DBELL_ITS_ILLEGAL_ACCESSES, /* of a wrong size or place, or against a register's rules */
    DBELL_ITS_COUNTERS
};
const char *dbell_its_counter_name(enum dbell_its_counter counter);

/* Why an MSI became no LPI. */
enum dbell_its_verdict {
    DBELL_ITS_DELIVERED,
    DBELL_ITS_DISABLED,    /* GITS_CTLR.Enabled == 0 */
    DBELL_ITS_NO_TABLE,    /* GITS_BASERn.Valid == 0 */
    DBELL_ITS_NO_DEVICEID, /* the transaction carries none: a CPU store, say */
    DBELL_ITS_SIZE,        /* neither 16 nor 32 bits are written */
    DBELL_ITS_DEVICEID_OUT_OF_RANGE,
    DBELL_ITS_DEVICE_UNMAPPED,
    DBELL_ITS_EVENTID_OUT_OF_RANGE,
    DBELL_ITS_EVENT_UNMAPPED,
    DBELL_ITS_COLLECTION_UNMAPPED,
    DBELL_ITS_MEMORY /* a table entry could not be read */
};
const char *dbell_its_verdict_text(enum dbell_its_verdict verdict);

/* Lines of the wires port. */
enum dbell_its_line {
    DBELL_ITS_UMSI, /* GITS_CTLR.UMSIirq: the signal of an unmapped MSI rises */
    DBELL_ITS_LINES
};

struct dbell_its_ports {
    struct dbell_bus tables;
    struct dbell_lpi_port lpi;
    struct dbell_wires wires; /* optional */
    struct dbell_log log;
};

struct dbell_its_state;

struct dbell_its {
    struct dbell_its_state *state;
    struct dbell_its_ports ports;
    struct dbell_windows windows;
};

/* What became of an MSI. */
struct dbell_msi_result {
    uint8_t verdict; /* enum dbell_its_verdict */
    uint32_t deviceid, eventid;
    uint32_t intid; /* of a delivered one */
    uint64_t rdbase;
};

size_t dbell_its_state_size(const struct dbell_its_config *config);

/* `state` is aligned to 16 bytes. DBELL_E_ARGUMENT (a port is missing), DBELL_E_RANGE (the
 * configuration is inconsistent), DBELL_E_SIZE. */
int dbell_its_init(struct dbell_its *its, void *state, size_t size,
                   const struct dbell_its_config *config, const struct dbell_its_ports *ports);
int dbell_its_attach(struct dbell_its *its, void *state, size_t size,
                     const struct dbell_its_ports *ports);
void dbell_its_reset(struct dbell_its *its);
void dbell_its_revoke_windows(struct dbell_its *its);

/* Register access at an offset from the control frame, GITS_TRANSLATER excepted: it reads as zero,
 * and is written by an MSI only. What is no register is RAZ/WI, counted, and told by
 * GITS_STATUSR. */
uint64_t dbell_its_read(struct dbell_its *its, uint64_t offset, unsigned size);
void dbell_its_write(struct dbell_its *its, uint64_t offset, unsigned size, uint64_t value);

/* A write to GITS_TRANSLATER: 2 or 4 bytes of EventID, with the DeviceID of the sideband. Data
 * NULL: translated, and nothing becomes pending. */
void dbell_its_msi(struct dbell_its *its, const struct dbell_transaction *transaction,
                   struct dbell_msi_result *result);

/* One command. IDLE, STEPPED, or DBELL_E_BUSY while a command is in a call-out. */
int dbell_its_step(struct dbell_its *its, struct dbell_itinerary *itinerary);

/* The code of the last command error, 0x01CCEE (IHI 0069 5.3); 0 if there was none. */
uint32_t dbell_its_last_error(const struct dbell_its *its);

uint64_t dbell_its_count(const struct dbell_its *its, enum dbell_its_counter counter);

#ifdef __cplusplus
}
#endif
#endif
