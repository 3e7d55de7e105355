/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* An Interrupt Translation Service of GICv3 or GICv4 (IHI 0069 chapter 5): commands, tables in
 * guest memory, and the translation of an MSI from (DeviceID, EventID) to an LPI at a
 * redistributor, or to a vLPI of a vPE.
 *
 * State and connections are two blocks, as in smmu.h. An MSI is translated whole when it is
 * written; a write to GITS_CWRITER only makes work available for dbell_its_step().
 *
 * Table entries (little endian; an entry may be longer than this, the rest is left alone):
 *   device table     8 bytes  V [63], ITT address [51:8] in [48:5], EventID bits - 1 in [4:0]
 *   ITT              8 bytes  V [63], virtual [62], ICID or vPEID [47:32], INTID [31:0];
 *                   12 bytes with individual doorbells: doorbell INTID [95:64]
 *   collection table 8 bytes  V [63], RDbase [51:16] in [35:0]
 *   vPE table       16 bytes  V [63], intid_bits - 1 [60:56], RDbase [51:16] in [35:0];
 *                             VPT address [51:16] in [99:64]
 *                   32 bytes with GICv4.1: VCONF_ADDR [51:16] in [163:128], doorbell [223:192]
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

/* Control frame and translation frame; with TYPER.VSGI a frame for GITS_SGIR, and one that is
 * reserved. */
#define DBELL_ITS_REGISTER_SPACE 0x20000u
#define DBELL_ITS_VSGI_SPACE     0x40000u
/* GITS_TRANSLATER, from the base of the control frame. */
#define DBELL_ITS_TRANSLATER 0x10040u

/* An INTID that is none: no interrupt is pending, no doorbell is rung. */
#define DBELL_INTID_NONE 1023u

/* A vPE as VMAPP maps it. What is marked is of GICv4.1. */
struct dbell_vpe {
    uint32_t vpeid;
    uint64_t rdbase;    /* the redistributor that it is at, or whose PE takes its doorbells */
    uint64_t vpt;       /* virtual pending table, an address */
    uint8_t intid_bits; /* of its vLPIs */
    uint64_t vconf;     /* 4.1: configuration table of its vLPIs, an address */
    uint32_t doorbell;  /* 4.1: INTID of its default doorbell */
};

/* What an ITS asks of redistributors: each kind with the members that it uses. */
enum dbell_lpi_kind {
    DBELL_LPI_EXISTS,         /* rdbase: is there such a redistributor? */
    DBELL_LPI_SET,            /* rdbase, intid; true: it became pending */
    DBELL_LPI_CLEAR,          /* rdbase, intid */
    DBELL_LPI_MOVE,           /* rdbase, to, intid: the pending state of one */
    DBELL_LPI_MOVE_ALL,       /* rdbase, to */
    DBELL_LPI_INVALIDATE,     /* rdbase, intid: its configuration is read again */
    DBELL_LPI_INVALIDATE_ALL, /* rdbase */
    /* GICv4 */
    DBELL_VLPI_SET,            /* vpe, intid, doorbell; true: it became pending */
    DBELL_VLPI_CLEAR,          /* vpe, intid */
    DBELL_VLPI_MOVE,           /* vpe, target, intid, doorbell */
    DBELL_VLPI_INVALIDATE,     /* vpe, intid */
    DBELL_VLPI_INVALIDATE_ALL, /* vpe */
    DBELL_VPE_MEET, /* VMOVP: have all ITSes of its_list come to it? its_number, its_list, sequence
                     */
    /* GICv4.1 */
    DBELL_VPE_MAP,        /* vpe: it is the redistributors' from now on (Alloc) */
    DBELL_VPE_UNMAP,      /* vpe: all of its state goes back to memory (Alloc) */
    DBELL_VPE_MOVE,       /* vpe: has a new rdbase and doorbell */
    DBELL_VPE_INVALIDATE, /* vpe: the configuration of its default doorbell is read again */
    DBELL_VSGI_CONFIGURE, /* vpe, intid, configuration */
    DBELL_VSGI_CLEAR,     /* vpe, intid */
    DBELL_VSGI_SET,       /* vpe, intid */
};
struct dbell_lpi_request {
    uint8_t kind;
    uint8_t configuration; /* of a vSGI: priority [7:4], Group 1 [1], enabled [0] */
    uint8_t its_number;
    uint16_t its_list, sequence;
    uint32_t intid;      /* of an LPI, a vLPI or a vSGI */
    uint32_t doorbell;   /* LPI that tells of a vLPI whose vPE is not resident */
    uint64_t rdbase, to; /* redistributors */
    const struct dbell_vpe *vpe, *target;
};

/* Where an ITS asks it. `rdbase` is GICR_TYPER.Processor_Number with PTA 0, and address bits
 * [51:16] of the RD_base frame with PTA 1. Nothing here may fail; a redistributor whose LPIs are
 * off ignores it. The answer of a kind that is no question is not looked at. */
struct dbell_lpi_port {
    void *ctx;
    bool (*ask)(void *ctx, const struct dbell_lpi_request *request,
                struct dbell_itinerary *itinerary);
};

/* On a command error: stop at the command until it is retried (CREADR.Stalled, CWRITER.Retry), or
 * go on with the next one. */
enum dbell_its_error_policy { DBELL_ITS_STALL, DBELL_ITS_IGNORE };

struct dbell_its_config {
    uint64_t typer;    /* GITS_TYPER: what software reads, what the model keeps to */
    uint64_t baser[8]; /* reset values of GITS_BASERn: type and entry size of each table */
    uint32_t iidr;
    uint32_t mpamidr; /* with TYPER.MPAM */
    uint32_t mpidr;   /* with TYPER.SVPET: the redistributors that share its vPE table */
    uint8_t lpi_bits; /* INTID bits: GICD_TYPER.IDbits + 1; 14 to 32 */
    uint8_t error_policy;
    bool no_statusr; /* GITS_STATUSR is RAZ/WI */
    bool no_caches;  /* entries are read in place */
    /* What commands do at redistributors arrives there at SYNC and VSYNC, when the ITS is disabled,
     * or pushed on by what comes after: software that forgets SYNC sees it. */
    bool posted;
    /* Of the caches, 1 to 2^20 each. */
    uint32_t device_entries, event_entries, collection_entries, vpe_entries;
};

/* 16 DeviceID, EventID and ICID bits, ITT entries of 12 bytes, PTA 0; BASER0 the device table,
 * BASER1 the collection table, entries of 8 bytes; lpi_bits 16; caches of 64 devices, 4096 events,
 * 64 collections, 64 vPEs. */
struct dbell_its_config dbell_its_default_config(void);
/* The same with GICv4.0 or GICv4.1: Virtual, one VMOVP for all ITSes, BASER2 the vPE table with
 * entries of 16 bytes, or 32; with GICv4.1 also VMAPP and VSGI. */
enum dbell_gic_version { DBELL_GICV3, DBELL_GICV4_0, DBELL_GICV4_1 };
void dbell_its_make_version(struct dbell_its_config *config, enum dbell_gic_version version);
/* What a configuration says: Virtual and VMAPP of TYPER. */
enum dbell_gic_version dbell_its_version(const struct dbell_its_config *config);

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
    DBELL_ITS_READS_VPE,
    DBELL_ITS_DEVICE_HIT,
    DBELL_ITS_DEVICE_MISS,
    DBELL_ITS_EVENT_HIT,
    DBELL_ITS_EVENT_MISS,
    DBELL_ITS_COLLECTION_HIT,
    DBELL_ITS_COLLECTION_MISS,
    DBELL_ITS_VPE_HIT,
    DBELL_ITS_VPE_MISS,
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
    DBELL_ITS_VPE_UNMAPPED,
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
    uint32_t intid; /* of a delivered one: an LPI, or with `is_virtual` a vLPI */
    uint64_t rdbase;
    bool is_virtual;
    uint32_t vpeid;
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

/* The same for who keeps time: as if nothing were cached, and nothing becomes pending. Its reads of
 * tables go to the itinerary of the transaction; nothing changes. The tables port has to answer
 * without letting other calls in. */
void dbell_its_foresee(struct dbell_its *its, const struct dbell_transaction *transaction,
                       struct dbell_msi_result *result);

/* What a system makes of a write to GITS_TRANSLATER that is neither 16 nor 32 bits wide: nothing,
 * the message in its 32 bits there, or an error. */
enum dbell_wide_write { DBELL_WIDE_IGNORE, DBELL_WIDE_LOW32, DBELL_WIDE_SLVERR };

/* A write that is wider, its address from the base of the control frame: the message in it. False:
 * it does not cover the register. */
static inline bool dbell_its_narrow(const struct dbell_transaction *wide,
                                    struct dbell_transaction *message)
{
    *message = *wide;
    message->address = DBELL_ITS_TRANSLATER;
    message->length = 4;
    if (!dbell_op_writes(wide->op) || wide->length <= 4 || wide->address > DBELL_ITS_TRANSLATER ||
        wide->length - 4 < DBELL_ITS_TRANSLATER - wide->address)
        return false;
    message->data = wide->data ? wide->data + (DBELL_ITS_TRANSLATER - wide->address) : NULL;
    return true;
}

/* A pre-ITS (socionext,synquacer-pre-its) in front of an ITS: a write of an EventID to 4 * DeviceID
 * of its space, by whomever, is a message of that device. */
#define DBELL_PRE_ITS_SPACE 0x200000u

/* The message that such a write is, its address from the base of the pre-ITS; false: it is none. */
static inline bool dbell_pre_its_message(const struct dbell_transaction *write,
                                         struct dbell_transaction *message)
{
    *message = *write;
    message->address = DBELL_ITS_TRANSLATER;
    message->side.has_deviceid = true;
    message->side.deviceid = (uint32_t)(write->address / 4);
    return dbell_op_writes(write->op) && write->length == 4 && !(write->address % 4);
}

/* Bytes of registers: DBELL_ITS_REGISTER_SPACE or DBELL_ITS_VSGI_SPACE. */
uint32_t dbell_its_space(const struct dbell_its_config *config);

/* A VMOVP of another ITS (TYPER.VMOVP is 1: one for all): this one's vPE, if it is mapped here,
 * has the same redistributor and default doorbell now. One that is disabled takes no notice. */
void dbell_its_vpe_moved(struct dbell_its *its, const struct dbell_vpe *vpe);

/* One command. IDLE, STEPPED, or DBELL_E_BUSY while a command is in a call-out. */
int dbell_its_step(struct dbell_its *its, struct dbell_itinerary *itinerary);

/* Whether there is a command to step. */
bool dbell_its_work(const struct dbell_its *its);

/* The next command, as far as time depends on it: what it may change in caches. It is read, and
 * nothing else happens. False: there is none, or the read is refused. */
struct dbell_its_command {
    uint64_t address;
    uint8_t opcode;    /* IHI 0069 5.3 */
    bool synchronises; /* SYNC, VSYNC: waits for messages that are under way */
    uint32_t deviceid, eventid;
    uint16_t icid;
};
bool dbell_its_next_command(struct dbell_its *its, struct dbell_its_command *command);

/* A mapped event, as an MSI finds it. */
struct dbell_its_event {
    uint32_t eventid;
    uint32_t intid; /* an LPI, or with `is_virtual` a vLPI */
    bool is_virtual;
    uint32_t vpeid;
    bool has_target; /* its collection, or its vPE, is mapped */
    uint64_t rdbase;
};
/* The first one of a device at or after an EventID; false: none, or memory refused on the way to
 * it. Caches and counters see it. */
bool dbell_its_event_from(struct dbell_its *its, uint32_t deviceid, uint32_t eventid,
                          struct dbell_its_event *event);

/* The tables in memory, of an ITS that is disabled and quiescent, become those of KVM's ABI
 * revision 0 (Linux, Documentation/virt/kvm/devices/arm-vgic-its.rst), or are made of such; its
 * registers stay, and it is not to be enabled while they are KVM's. For DeviceIDs and EventIDs of
 * 16 bits at most, ITT entries of 8 bytes,
 * tables of 8 bytes in pages of 64 KB, flat collections in memory, PTA 0, GICv3. `scratch` is
 * memory to work in. Either all is converted or nothing: DBELL_E_BUSY (enabled),
 * DBELL_E_UNSUPPORTED (of another shape), DBELL_E_FORMAT (an entry that KVM refuses too),
 * DBELL_E_SIZE (more collections than the table holds), DBELL_E_IO (memory refused; what a write
 * that was refused left is undefined). */
#define DBELL_ITS_ICIDS 65536u
int dbell_its_export_kvm(struct dbell_its *its, uint64_t scratch[DBELL_ITS_ICIDS]);
int dbell_its_import_kvm(struct dbell_its *its, uint64_t scratch[DBELL_ITS_ICIDS]);

/* The code of the last command error, 0x01CCEE (IHI 0069 5.3); 0 if there was none. */
uint32_t dbell_its_last_error(const struct dbell_its *its);

uint64_t dbell_its_count(const struct dbell_its *its, enum dbell_its_counter counter);

#ifdef __cplusplus
}
#endif
#endif
