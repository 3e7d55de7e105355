/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The IOMMU of POWER machines as a translation agent: tables of TCEs (translation control entries),
 * a window of the bus each, for each partitionable endpoint (PE). With the hypervisor's calls,
 * dynamic windows (DDW), fault records, EEH and a cache of TCEs. After the Linux on Power
 * Architecture Platform Reference (LoPAPR), by the names that it uses.
 *
 * A TCE is 8 bytes, big endian: a real address above the page shift of its window, bit 0: the
 * device may read, bit 1: it may write; 0: there is none. Tables are in memory. PEs are
 * counted from 0; the LIOBNs of one are 0x80000000 | PE << 8 | window. */
#ifndef DOORBELL_TCE_H
#define DOORBELL_TCE_H

#include <doorbell/agent.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    DBELL_TCE_PES = 16,
    DBELL_TCE_WINDOWS = 2, /* of each PE */
    DBELL_TCE_RECORDS = 64,
    DBELL_TCE_CACHE = 64
};
#define DBELL_TCE_MSI UINT64_C(0x40000000000) /* where MSIs go: they are no DMA */
#define DBELL_TCE_DDW (UINT64_C(1) << 59)     /* where a dynamic window is on the bus */

struct dbell_tce_window {
    bool used;
    uint8_t page_shift;
    uint32_t liobn;
    uint64_t start, count; /* on the bus; in TCEs */
    uint64_t table;        /* the address of its TCEs */
};

enum dbell_tce_reason {
    DBELL_TCE_NONE,    /* "no TCE" */
    DBELL_TCE_OUTSIDE, /* of every window */
    DBELL_TCE_READ,    /* not permitted */
    DBELL_TCE_WRITE,
    DBELL_TCE_NO_PE,
    DBELL_TCE_UNREADABLE, /* the table is where no memory is */
    DBELL_TCE_STALE /* no fault: a cached TCE was used that the table does not have any more */
};
struct dbell_tce_record {
    uint32_t pe;   /* UINT32_MAX: none */
    uint64_t ioba; /* the I/O bus address */
    bool write;
    uint8_t reason; /* enum dbell_tce_reason */
};

struct dbell_tce_config {
    uint64_t tables, tables_end; /* memory for tables */
    uint64_t default_size;       /* of the default window, from 0 on in pages of 4 KiB; 0: 1 GiB */
    bool freezes;                /* EEH: a fault freezes its PE */
    bool cached, keeps_stale;    /* TCEs are cached; and are not dropped when a call changes them */
};

struct dbell_tce_ports {
    struct dbell_bus memory;
    struct {
        void *ctx;
        void (*interrupt)(void *ctx, uint32_t number); /* the interrupt controller */
    } msi;
};

struct dbell_tce_pe {
    uint32_t streamid; /* that the Root Complex's map gives */
    bool frozen;
    struct dbell_tce_window windows[DBELL_TCE_WINDOWS];
};

struct dbell_tce {
    struct dbell_tce_config config;
    struct dbell_tce_ports ports;
    uint64_t next; /* memory that no table has yet */
    struct dbell_tce_pe pes[DBELL_TCE_PES];
    uint32_t pe_count;
    struct dbell_tce_record records[DBELL_TCE_RECORDS]; /* the last of them, a ring */
    uint64_t record_count;                              /* ever */
    struct {
        uint32_t liobn; /* 0: free */
        uint64_t index, tce;
    } cache[DBELL_TCE_CACHE];
};

/* It is the caller's struct and stays where it is. DBELL_E_ARGUMENT: no memory for tables. */
int dbell_tce_init(struct dbell_tce *tce, const struct dbell_tce_config *config,
                   const struct dbell_tce_ports *ports);
/* The next PE, with its default window, all zero: its number. DBELL_E_RANGE: no more;
 * DBELL_E_OVERLAP: the StreamID is in one; DBELL_E_MEMORY. */
int dbell_tce_add_pe(struct dbell_tce *tce, uint32_t streamid);
/* NULL: none. */
const struct dbell_tce_window *dbell_tce_window_of(const struct dbell_tce *tce, uint32_t liobn);

/* For dbell_root_add_agent(): no ATS and no PRI. An access is at most a 4 KiB page's (PCIe 2.2.7).
 */
struct dbell_agent dbell_tce_agent(struct dbell_tce *tce);

/* Calls of the hypervisor, by opcode and arguments from r4 on; answers its status (H_SUCCESS 0,
 * H_FUNCTION -2, H_PARAMETER -4), and in *result what H_GET_TCE reads. */
enum dbell_tce_call {
    DBELL_H_GET_TCE = 0x1c,          /* LIOBN, IOBA */
    DBELL_H_PUT_TCE = 0x20,          /* LIOBN, IOBA, TCE */
    DBELL_H_STUFF_TCE = 0x138,       /* LIOBN, IOBA, TCE, how many */
    DBELL_H_PUT_TCE_INDIRECT = 0x13c /* LIOBN, IOBA, address of a page of TCEs, how many: <= 512 */
};
enum { DBELL_H_SUCCESS = 0, DBELL_H_FUNCTION = -2, DBELL_H_PARAMETER = -4 };
int64_t dbell_tce_hcall(struct dbell_tce *tce, uint64_t opcode, const uint64_t arguments[4],
                        uint64_t *result);

/* A second window at DBELL_TCE_DDW, of 2^window_shift bytes in pages of 2^page_shift: 12, 16, 21,
 * 24 to 28 or 34 (ibm,create-pe-dma-window). DBELL_E_ARGUMENT, DBELL_E_NOT_FOUND: no such PE;
 * DBELL_E_OVERLAP: there is one; DBELL_E_MEMORY. */
int dbell_tce_create_window(struct dbell_tce *tce, uint32_t pe, unsigned page_shift,
                            unsigned window_shift, struct dbell_tce_window *window);
/* ibm,remove-pe-dma-window: the default one may be removed; when the last other one is, it comes
 * back, all zero (ibm,reset-pe-dma-windows). DBELL_E_NOT_FOUND. */
int dbell_tce_remove_window(struct dbell_tce *tce, uint32_t liobn);
/* Drops cached TCEs of a window. */
void dbell_tce_kill(struct dbell_tce *tce, uint32_t liobn, uint64_t first, uint64_t count);
/* EEH: DMA of the PE goes on. */
int dbell_tce_unfreeze(struct dbell_tce *tce, uint32_t pe);

/* The record of that number, counted from 0; NULL: not yet, or no longer. */
const struct dbell_tce_record *dbell_tce_record_at(const struct dbell_tce *tce, uint64_t number);
const char *dbell_tce_reason_text(enum dbell_tce_reason reason);

#ifdef __cplusplus
}
#endif
#endif
