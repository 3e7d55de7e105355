/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* An Arm SMMUv3 (IHI 0070): the Non-secure programming interface.
 *
 * An instance is two blocks. Its state is one block of the caller's memory that holds no pointers:
 * it may be copied, saved and moved. struct dbell_smmu says where the state is and what it is
 * connected to.
 *
 * Units never run on by themselves. A translation is done whole when it is called. A register
 * write only makes work available; dbell_smmu_step() then does one act of one unit: a command, an
 * event record, an interrupt message, the retry of a stalled access. */
#ifndef DOORBELL_SMMU_H
#define DOORBELL_SMMU_H

#include <stddef.h>

#include <doorbell/ats.h>
#include <doorbell/ports.h>
#include <doorbell/smmu_features.h>
#include <doorbell/status.h>
#include <doorbell/windows.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Event numbers (IHI 0070 7.3). */
enum dbell_event {
    DBELL_EVENT_NONE = 0x00,
    DBELL_EVENT_F_UUT = 0x01,
    DBELL_EVENT_C_BAD_STREAMID = 0x02,
    DBELL_EVENT_F_STE_FETCH = 0x03,
    DBELL_EVENT_C_BAD_STE = 0x04,
    DBELL_EVENT_F_BAD_ATS_TREQ = 0x05,
    DBELL_EVENT_F_STREAM_DISABLED = 0x06,
    DBELL_EVENT_F_TRANSL_FORBIDDEN = 0x07,
    DBELL_EVENT_C_BAD_SUBSTREAMID = 0x08,
    DBELL_EVENT_F_CD_FETCH = 0x09,
    DBELL_EVENT_C_BAD_CD = 0x0a,
    DBELL_EVENT_F_WALK_EABT = 0x0b,
    DBELL_EVENT_F_TRANSLATION = 0x10,
    DBELL_EVENT_F_ADDR_SIZE = 0x11,
    DBELL_EVENT_F_ACCESS = 0x12,
    DBELL_EVENT_F_PERMISSION = 0x13,
    DBELL_EVENT_F_TLB_CONFLICT = 0x20,
    DBELL_EVENT_F_CFG_CONFLICT = 0x21,
    DBELL_EVENT_E_PAGE_REQUEST = 0x24,
    DBELL_EVENT_F_VMS_FETCH = 0x25
};

/* Lines of the wires port (IHI 0070 3.18.2), in pulses. */
enum dbell_smmu_line {
    DBELL_SMMU_EVENTQ,
    DBELL_SMMU_PRIQ,
    DBELL_SMMU_GERROR,
    DBELL_SMMU_CMD_SYNC,
    DBELL_SMMU_PMCG0, /* performance monitor counter groups (10.2.1) */
    DBELL_SMMU_PMCG1,
    DBELL_SMMU_SEV, /* WFE wake-up events: CMD_SYNC (4.7.3), a full command queue (4.1.2) */
    DBELL_SMMU_LINES
};

/* Model counters, since power-on. */
enum dbell_smmu_counter {
    DBELL_SMMU_READS_STE,
    DBELL_SMMU_READS_L1STD,
    DBELL_SMMU_READS_CD,
    DBELL_SMMU_READS_VMS,
    DBELL_SMMU_READS_L1CD,
    DBELL_SMMU_READS_S1,
    DBELL_SMMU_READS_S2,
    DBELL_SMMU_TLB_HIT,
    DBELL_SMMU_TLB_MISS,
    DBELL_SMMU_CONFIG_HIT,
    DBELL_SMMU_CONFIG_MISS,
    DBELL_SMMU_TRANSLATIONS,
    DBELL_SMMU_EVENTS,
    DBELL_SMMU_EVENTS_LOST,
    DBELL_SMMU_EVENTS_MERGED,
    DBELL_SMMU_COMMANDS,
    DBELL_SMMU_ATS_REQUESTS,
    DBELL_SMMU_ATC_INVALIDATIONS, /* sent to endpoints */
    DBELL_SMMU_PRI_QUEUED,
    DBELL_SMMU_PRI_DISCARDED,
    DBELL_SMMU_ILLEGAL_ACCESSES, /* register accesses of a size or place that 6.2 does not allow */
    DBELL_SMMU_COUNTERS
};

/* Name of a counter as traces spell it ("reads.ste"), or NULL. */
const char *dbell_smmu_counter_name(enum dbell_smmu_counter counter);

/* Performance monitor counter groups (10). A group counts what happens in the units it is of: the
 * TCU walks and reads configuration, the TBU takes transactions and has the TLB. */
enum dbell_pmcg_unit { DBELL_PMCG_TCU = 1, DBELL_PMCG_TBU = 2 };
enum { DBELL_PMCG_GROUPS = 2, DBELL_PMCG_COUNTERS = 64 };

/* Architected events (10.3), and those that MMU-600 and MMU-700 name beside them. */
enum dbell_pmcg_event {
    DBELL_PMCG_CLOCK = 0,
    DBELL_PMCG_TRANSACTION = 1,
    DBELL_PMCG_TLB_MISS = 2,
    DBELL_PMCG_CONFIG_MISS = 3,
    DBELL_PMCG_WALK_ACCESS = 4,
    DBELL_PMCG_CONFIG_ACCESS = 5,
    DBELL_PMCG_ATS_REQUEST = 6,
    DBELL_PMCG_TRANSLATED = 7,
    /* TBU */
    DBELL_PMCG_MAIN_TLB_LOOKUP = 0x80,
    DBELL_PMCG_MAIN_TLB_MISS = 0x81,
    DBELL_PMCG_MAIN_TLB_READ = 0x82,
    DBELL_PMCG_MICRO_TLB_LOOKUP = 0x83,
    DBELL_PMCG_MICRO_TLB_MISS = 0x84,
    DBELL_PMCG_SLOTS_FULL = 0x85,
    DBELL_PMCG_NO_TOKEN = 0x86,
    DBELL_PMCG_WRITE_BUFFER_FULL = 0x87,
    /* TCU: walk cache lookups of stage s, level l are 0x80 + 8 * (s - 1) + 2 * l, misses one more
     */
    DBELL_PMCG_WALK_CACHE_LOOKUP = 0x80,
    DBELL_PMCG_WALK_CACHE_MISS = 0x81,
    DBELL_PMCG_WALK_CACHE_READ = 0x90,
    DBELL_PMCG_BUFFERED_TRANSLATION = 0x91,
    DBELL_PMCG_CONFIG_CACHE_LOOKUP = 0x92,
    DBELL_PMCG_CONFIG_CACHE_READ = 0x93,
    DBELL_PMCG_CONFIG_CACHE_MISS = 0x94,
    DBELL_PMCG_SPECULATIVE = 0xa0
};

struct dbell_smmu_pmcg_config {
    uint8_t units;        /* enum dbell_pmcg_unit, or both: one group for all streams */
    uint8_t counters;     /* 1 to 64; 0: there is no such group */
    uint8_t counter_bits; /* 32, 36, 40, 44, 48 or 64 */
    bool relocated;       /* counters are in a page 1 (CFGR.RELOC_CTRS) */
    bool msi, capture;
    bool common_filter; /* one StreamID filter for all counters (CFGR.SID_FILTER_TYPE) */
};

struct dbell_smmu_config {
    uint32_t idr[6];     /* SMMU_IDR0-5 (6.3.1-6.3.6): what software reads, what is implemented */
    uint32_t iidr, aidr; /* 6.3.7, 6.3.8; the part number of IIDR is in the PIDRs too */
    uint32_t mpamidr;    /* 6.3.41 */
    /* Group 0 is at offset 0x2000, its page 1 at 0x12000; group 1 at 0x42000 and 0x52000. */
    struct dbell_smmu_pmcg_config pmcg[DBELL_PMCG_GROUPS];
    uint32_t tlb_entries;    /* at most 4-way, rounded up to full sets; 1 to 2^20 */
    uint32_t config_entries; /* the same, one STE with one CD each; 1 to 2^16 */
    uint32_t
        stall_entries; /* stalled accesses held at once; 1 to 65536, capped by IDR5.STALL_MAX */
    bool no_caches;    /* nothing is kept between accesses */
    bool conflicts;    /* F_TLB_CONFLICT and F_CFG_CONFLICT are reported (7.3.17, 7.3.18) */
    bool no_atomics;   /* what is behind takes no atomics: they are F_UUT (16.7.6) */
    bool gbpa_abort;   /* reset value of GBPA.ABORT (6.3.14) */
    bool has_deviceid; /* `deviceid` goes with the SMMU's own MSIs (3.18) */
    uint32_t deviceid;
    uint16_t instance; /* returned in the sideband */
};

/* The preset "max". */
struct dbell_smmu_config dbell_smmu_default_config(void);

/* How a translation or access ended. */
struct dbell_translation {
    uint64_t address;   /* DBELL_DONE: the output address */
    uint64_t page_size; /* DBELL_DONE: this many bytes around it go the same way; 0: no page */
    uint8_t outcome;    /* enum dbell_outcome */
    uint8_t event;   /* DBELL_FAULT, DBELL_PENDING: the event generated, 0 if none (suppressed) */
    bool razwi;      /* DBELL_FAULT: completes as read-zero, write-ignored (5.5) */
    bool unchecked;  /* DBELL_DONE: a Translated address that CR0.ATSCHK == 0 lets through */
    bool translated; /* address comes from a translation, not from a bypass */
    bool readable, writable; /* DBELL_DONE: of the page, for this requester */
    bool updates;    /* DBELL_DONE: a write to the page may be let through by an update (3.13.3) */
    uint8_t attr;    /* memory type, as a MAIR byte (13) */
    uint8_t sh;      /* enum dbell_shareability */
    uint8_t op;      /* DBELL_DONE: what goes on, enum dbell_op (3.22, 16.7.2) */
    bool privileged; /* DBELL_DONE: PRIV and INST of it (13.1.2) */
    bool instruction;
    uint8_t pmg; /* DBELL_DONE: MPAM identifiers (17.2) */
    uint16_t partid;
    uint8_t response; /* dbell_smmu_access(): what the bus behind answered */
    uint32_t token;   /* DBELL_PENDING */
    const char *rule; /* the rule that decided, static text with its section */
};

/* Where a pending access ends. */
struct dbell_completion {
    void *ctx;
    void (*complete)(void *ctx, uint32_t token, const struct dbell_translation *result);
};

/* Translation regimes, as caches tell them apart. */
enum dbell_regime { DBELL_REGIME_EL1, DBELL_REGIME_S2, DBELL_REGIME_EL2, DBELL_REGIME_EL2_E2H };

/* What software, or a change of registers, has taken out of the caches (3.17, 4.3, 4.4). */
enum dbell_smmu_invalidated {
    DBELL_INVALIDATED_ALL,       /* everything may be different now */
    DBELL_INVALIDATED_STREAMS,   /* configuration of the StreamIDs first_stream to last_stream */
    DBELL_INVALIDATED_SUBSTREAM, /* CDs of first_stream */
    DBELL_INVALIDATED_REGIME,    /* translations of a regime */
    DBELL_INVALIDATED_VMID,
    DBELL_INVALIDATED_ASID,
    DBELL_INVALIDATED_RANGE /* of the addresses first to last, inclusive */
};

struct dbell_smmu_invalidation {
    uint8_t kind; /* enum dbell_smmu_invalidated */
    uint32_t first_stream, last_stream;
    bool all_substreams;
    uint32_t substreamid;
    uint8_t regime;           /* enum dbell_regime; DBELL_REGIME_S2: stage 2 of the VMID */
    uint16_t vmid, vmid_mask; /* VMIDs that differ in bits of the mask only are in scope (3.17.6) */
    uint16_t asid;
    bool any_asid;
    bool leaf;            /* entries of a last level only */
    uint64_t first, last; /* VAs, or IPAs of stage 2 */
};

/* Who keeps something that an SMMU told it: called when it is no longer valid, before the command
 * that did this is consumed. */
struct dbell_invalidation_port {
    void *ctx;
    void (*invalidated)(void *ctx, const struct dbell_smmu_invalidation *what); /* or NULL */
};

struct dbell_smmu_ports {
    struct dbell_bus tables; /* configuration structures, translation tables, queues and MSIs */
    struct dbell_bus data;   /* where dbell_smmu_access() forwards to; may stay unconnected */
    struct dbell_wires wires;
    struct dbell_completion completion;
    struct dbell_invalidation_port invalidations;
    struct dbell_ats_port ats; /* without it CMD_ATC_INV and CMD_PRI_RESP are IGNORED (4.5) */
    struct dbell_log log;
};

struct dbell_smmu_state;

struct dbell_smmu {
    struct dbell_smmu_state *state;
    struct dbell_smmu_ports ports;
    struct dbell_windows windows;
};

/* Bytes of register space: pages 0 and 1, 128 KiB, and what optional pages come behind (6.1). */
uint64_t dbell_smmu_register_space(const struct dbell_smmu_config *config);

/* Bytes of state for this configuration; 0 if it is out of range. */
size_t dbell_smmu_state_size(const struct dbell_smmu_config *config);

/* Powers an SMMU on in `state`, aligned to 16 bytes. ports->tables.access is required.
 * DBELL_E_ARGUMENT, DBELL_E_RANGE, DBELL_E_SIZE. */
int dbell_smmu_init(struct dbell_smmu *smmu, void *state, size_t size,
                    const struct dbell_smmu_config *config, const struct dbell_smmu_ports *ports);

/* Takes up a state that was copied or moved, and connects it. DBELL_E_STATE: it is not one. */
int dbell_smmu_attach(struct dbell_smmu *smmu, void *state, size_t size,
                      const struct dbell_smmu_ports *ports);

/* As after power-on; stalled accesses are forgotten. */
void dbell_smmu_reset(struct dbell_smmu *smmu);

/* Host windows that the tables port lent are no longer valid. */
void dbell_smmu_revoke_windows(struct dbell_smmu *smmu);

/* Register access at an offset from the base; illegal ones (6.2) are RAZ/WI and counted. */
uint64_t dbell_smmu_read(struct dbell_smmu *smmu, uint64_t offset, unsigned size);
void dbell_smmu_write(struct dbell_smmu *smmu, uint64_t offset, unsigned size, uint64_t value);

/* Translates one access; its data is not touched. One that crosses a 4 KiB boundary is an
 * unsupported transaction (16.7.1). Answers the outcome, or
 * DBELL_E_ARGUMENT (no StreamID), DBELL_E_UNSUPPORTED, DBELL_E_BUSY: no event slot, or
 * no slot for a stall that may not be terminated; step, let software answer, try again. */
int dbell_smmu_translate(struct dbell_smmu *smmu, const struct dbell_transaction *transaction,
                         struct dbell_translation *result);

/* What an access would come to if nothing were cached: outcome, address and page size, or the event
 * of a failing walk. A Translated one is an IPA that stage 2 takes, whatever the STE lets in.
 * Changes nothing but through the tables port's reads; a clean page counts as writable.
 * DBELL_E_UNSUPPORTED with SMMUEN == 0 and for a Translation Request. */
int dbell_smmu_probe(struct dbell_smmu *smmu, const struct dbell_transaction *transaction,
                     struct dbell_translation *result);

/* What an access will need if nothing is cached, for who keeps time: its reads of structures and
 * tables and its updates go to the itinerary of the transaction. Changes nothing but through the
 * tables port's reads, which has to answer without letting other calls in. A Translation Request is
 * one with side.at saying so, its `op` a write without NW. DBELL_OK, DBELL_E_ARGUMENT: no StreamID.
 */
struct dbell_smmu_tag { /* what a cache tells translations apart by */
    uint8_t regime;     /* enum dbell_regime */
    bool global;        /* of all ASIDs */
    uint16_t vmid, asid;
};
struct dbell_smmu_foresight {
    bool decided;          /* as dbell_smmu_decides() */
    bool walks;            /* the configuration leads on to translation tables */
    uint8_t outcome;       /* enum dbell_outcome */
    uint32_t config_steps; /* so many steps, from the first on, fetch the configuration */
    struct dbell_smmu_tag tag;
    uint64_t page_size; /* 0: there is no page */
    bool updates;       /* a later write to the page may need an update first (3.13.3) */
};
/* Whether registers alone decide it, so that no cache is looked up. */
bool dbell_smmu_decides(struct dbell_smmu *smmu, const struct dbell_transaction *transaction);
int dbell_smmu_foresee(struct dbell_smmu *smmu, const struct dbell_transaction *transaction,
                       struct dbell_smmu_foresight *foresight);

/* A page that accesses of a stream may reach directly, for host pointers. `writable`: writes need
 * no update first (3.13). */
struct dbell_smmu_grant {
    uint64_t input, output, size; /* both aligned to the size */
    bool readable, writable;
};
/* What the page around an access is, if nothing stands between: no fault, no stall (CD.S, STE.S2S),
 * no ATS (STE.EATS), no update of the access flag. It holds until the invalidations port says
 * otherwise. Nothing changes; the tables port answers as for dbell_smmu_foresee(). */
bool dbell_smmu_direct(struct dbell_smmu *smmu, const struct dbell_transaction *transaction,
                       struct dbell_smmu_grant *grant);

/* For who moves the data of a translated access: turns it into what goes on (DBELL_DONE; nothing
 * does with DBELL_NO_OP), and tells how it ended. */
void dbell_smmu_forward(const struct dbell_translation *translation,
                        struct dbell_transaction *transaction);
struct dbell_trail dbell_smmu_trail(const struct dbell_translation *translation);

/* The same, and the access itself on the data port. A CMD_SYNC that follows an invalidation waits
 * until accesses that began before it have been answered there (4.7.3). */
int dbell_smmu_access(struct dbell_smmu *smmu, struct dbell_transaction *transaction,
                      struct dbell_translation *result);

/* Answers a Translation Request (3.9.1.2), with one entry. DBELL_OK; DBELL_E_ARGUMENT: no StreamID;
 * DBELL_E_UNSUPPORTED: IDR0.ATS == 0, or of another Security state than Non-secure; DBELL_E_BUSY:
 * no event slot, step and try again. */
int dbell_smmu_ats(struct dbell_smmu *smmu, const struct dbell_ats_request *request,
                   struct dbell_ats_completion *completion);

/* An endpoint has ended the invalidation of that tag; CMD_SYNC waits for all of them (4.7.3). Tags
 * from before a reset are ignored. */
void dbell_smmu_ats_invalidated(struct dbell_smmu *smmu, uint32_t tag, enum dbell_ats_end end);

/* Takes a Page Request; a later step writes it to the PRI queue, or answers or discards it (8).
 * DBELL_OK, DBELL_E_ARGUMENT, DBELL_E_UNSUPPORTED (IDR0.PRI), DBELL_E_BUSY: step first. */
int dbell_smmu_page_request(struct dbell_smmu *smmu, const struct dbell_page_request *request);

/* A client's hint of what it will access soon, for the event queue (E_PAGE_REQUEST, 7.3.19).
 * DBELL_E_BUSY: no event slot, step first. */
enum dbell_page_hint_access { /* uX, uW, uR, pX, pW, pR as the record has them */
                              DBELL_HINT_USER_EXECUTE = 1 << 0,
                              DBELL_HINT_USER_WRITE = 1 << 1,
                              DBELL_HINT_USER_READ = 1 << 2,
                              DBELL_HINT_PRIVILEGED_EXECUTE = 1 << 4,
                              DBELL_HINT_PRIVILEGED_WRITE = 1 << 5,
                              DBELL_HINT_PRIVILEGED_READ = 1 << 6
};

struct dbell_page_hint {
    uint32_t streamid, substreamid;
    bool has_substreamid;
    uint8_t access; /* enum dbell_page_hint_access */
    uint8_t pages;  /* of 4 KiB from the address */
    uint64_t address;
};
int dbell_smmu_page_hint(struct dbell_smmu *smmu, const struct dbell_page_hint *hint);

/* Puts the SMMU into Service Failure Mode (12.3): GERROR.SFM_ERR; transactions are terminated and
 * queues are left alone until dbell_smmu_reset(). */
void dbell_smmu_fail(struct dbell_smmu *smmu);

/* A broadcast TLB invalidation, as a TLBI instruction of a PE sends it (3.17; Arm ARM C5.5). */
enum dbell_tlbi_scope {
    DBELL_TLBI_ALL,      /* ALLE1, ALLE2 */
    DBELL_TLBI_VMALL,    /* VMALLE1: stage 1 of the VMID */
    DBELL_TLBI_VMALLS12, /* VMALLS12E1: both stages of the VMID */
    DBELL_TLBI_ASID,     /* ASIDE1 */
    DBELL_TLBI_VA,       /* VAE1, VALE1, VAE2, VALE2 and their range forms */
    DBELL_TLBI_VAA,      /* VAAE1, VAALE1: of all ASIDs */
    DBELL_TLBI_IPA       /* IPAS2E1, IPAS2LE1: stage 2 only */
};

struct dbell_tlbi {
    uint8_t scope; /* enum dbell_tlbi_scope */
    uint8_t el;    /* 1: the EL1&0 regime; 2: EL2, or EL2&0 with e2h; others do nothing here */
    bool e2h;
    uint16_t vmid, asid;
    uint64_t first, last; /* VA or IPA: the addresses in range, inclusive */
    uint8_t granule;      /* log2 of bytes that the range form gives, 0 without one */
    uint8_t level;        /* TTL, 0: any */
};

/* Complete when it returns, but for accesses that are open (dbell_smmu_access()). Does nothing
 * with IDR0.BTM == 0 or CR2.PTM == 1. */
void dbell_smmu_tlbi(struct dbell_smmu *smmu, const struct dbell_tlbi *tlbi);

/* One act of the first unit, in a fixed order, that has work. IDLE, STEPPED, NOT_YET, or
 * DBELL_E_BUSY while an act is in a call-out. `itinerary` may be NULL. */
int dbell_smmu_step(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary);

/* The units that dbell_smmu_step() steps, in its order, one by one for who keeps time. */
enum dbell_smmu_unit {
    DBELL_SMMU_EVENT_WRITER,
    DBELL_SMMU_MSI_WRITER,
    DBELL_SMMU_RETRIES, /* stalled accesses that software has answered */
    DBELL_SMMU_ATOS_UNIT,
    DBELL_SMMU_PRI_WRITER,
    DBELL_SMMU_COMMAND_UNIT,
    DBELL_SMMU_UNITS
};
int dbell_smmu_step_unit(struct dbell_smmu *smmu, enum dbell_smmu_unit unit,
                         struct dbell_itinerary *itinerary);
/* Bit n: unit n would not answer DBELL_IDLE now. */
unsigned dbell_smmu_work(const struct dbell_smmu *smmu);

/* The command that is next, as far as time depends on it. It is read, and nothing else happens. */
enum dbell_smmu_command {
    DBELL_COMMAND_NONE, /* the queue is empty, off or in error, or the read is refused */
    DBELL_COMMAND_PREFETCH,
    DBELL_COMMAND_CONFIG, /* CMD_CFGI_* */
    DBELL_COMMAND_TLB,    /* CMD_TLBI_* */
    DBELL_COMMAND_ATC,
    DBELL_COMMAND_PRI,
    DBELL_COMMAND_STALL, /* CMD_RESUME, CMD_STALL_TERM */
    DBELL_COMMAND_SYNC,
    DBELL_COMMAND_ILLEGAL,
    DBELL_SMMU_COMMAND_KINDS
};
enum dbell_smmu_command dbell_smmu_next_command(struct dbell_smmu *smmu, uint64_t *address);

/* Where the event, MSI or PRI writer writes next, and how many bytes. False: nowhere. */
bool dbell_smmu_next_write(const struct dbell_smmu *smmu, enum dbell_smmu_unit unit,
                           uint64_t *address, uint32_t *size);

/* What only the caller knows: the clock goes on by so many cycles, or a unit had to wait for a
 * slot, a token or a buffer. */
void dbell_smmu_clock(struct dbell_smmu *smmu, uint64_t cycles);
void dbell_smmu_pmcg_event(struct dbell_smmu *smmu, enum dbell_pmcg_unit unit, unsigned event,
                           uint32_t streamid);

uint64_t dbell_smmu_count(const struct dbell_smmu *smmu, enum dbell_smmu_counter counter);

#ifdef __cplusplus
}
#endif
#endif
