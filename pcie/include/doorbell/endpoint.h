/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A PCIe function: configuration space with MSI, MSI-X, PASID, ATS, PRI and ACS, an address
 * translation cache, page requests, and a DMA engine behind them. Sections are of the PCI Express
 * Base Specification 5.0 unless said otherwise.
 *
 * State is one block of the caller's memory without pointers, struct dbell_endpoint says where it
 * is and what it is connected to. Nothing runs by itself: dbell_endpoint_step() does one act (a
 * completion of an invalidation, one piece of a job, one message). What arrives from the Root
 * Complex is noted, and dealt with in a later step. */
#ifndef DOORBELL_ENDPOINT_H
#define DOORBELL_ENDPOINT_H

#include <stddef.h>

#include <doorbell/agent.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    DBELL_CONFIG_SPACE = 4096, /* bytes of a function's configuration space */
    DBELL_MSIX_VECTORS = 2048, /* at most */
    DBELL_ENDPOINT_JOBS = 16,  /* that may wait or run at once */
    DBELL_PASID_BITS = 20
};

struct dbell_endpoint_config {
    uint16_t vendor, device;
    uint32_t class_code; /* 24 bits */
    uint32_t memory; /* bytes of device memory behind BAR 0: a power of two from 4096 on, or 0 */
    uint8_t msi_vectors; /* as a power of two, 0 to 5; 0xff: no MSI capability */
    bool msi_64, msi_masking;
    uint16_t msix_vectors; /* 0: no MSI-X capability; the table is at BAR 4, the PBA 0x8000 above */
    bool ats, ats_page_aligned, ats_global_invalidate;
    uint8_t ats_queue_depth; /* Invalidate Requests accepted at once, 1 to 32 */
    uint32_t atc_entries;    /* 1 to 65536 with `ats` */
    bool pri;
    uint32_t pri_capacity;   /* outstanding page requests at most */
    bool pri_response_pasid; /* a response to a request with a PASID has one (10.5.2.3) */
    uint8_t pasid_bits;      /* 1 to 20; 0: no PASID capability */
    bool pasid_execute, pasid_privileged;
    bool acs, ari;
    uint16_t total_vfs, vf_offset, vf_stride; /* SR-IOV, of a physical function */
    bool bus_master; /* Command.BME after reset, where no software sets it */
};

/* What a faulty or hostile function does, each at request (bits). */
enum dbell_misbehaviour {
    DBELL_FORGES_REQUESTERID = 1 << 0,   /* sends dbell_endpoint_forge()'s ID */
    DBELL_FORGES_TRANSLATED = 1 << 1,    /* marks addresses Translated that nobody translated */
    DBELL_MUTE_ATC = 1 << 2,             /* never completes an invalidation */
    DBELL_REFUSES_INVALIDATION = 1 << 3, /* answers it with Unsupported Request */
    DBELL_KEEPS_TRANSLATIONS = 1 << 4,   /* completes it, and drops nothing */
    DBELL_OVERRUNS_PRI = 1 << 5,         /* more page requests than it was allocated */
    DBELL_NEVER_LAST = 1 << 6,           /* no page request has Last */
    DBELL_MSI_FIRST = 1 << 7,            /* the completion message overtakes the data */
    DBELL_CACHES_UNTRANSLATED = 1 << 8,  /* uses entries that say untranslated only (U) */
    DBELL_CROSSES_4K = 1 << 9            /* does not split what crosses a 4 KiB boundary (2.2.7) */
};

/* What a function notices about its software or about itself, for reports. */
enum dbell_endpoint_finding {
    DBELL_FINDING_UNMASKED_WRITE,      /* an MSI-X entry was written while unmasked (7.7.2) */
    DBELL_FINDING_BOTH_INTERRUPTS,     /* MSI and MSI-X are both enabled */
    DBELL_FINDING_MSI_FIRST,           /* a message has overtaken the data before it (2.4) */
    DBELL_FINDING_UNEXPECTED_RESPONSE, /* a page response for no outstanding group (10.4.2) */
    DBELL_FINDING_EARLY_RESPONSE,      /* a page response before the group's Last (10.4.2) */
    DBELL_FINDING_STALE_PASID          /* a response to a request of a PASID's former life */
};

enum dbell_job_kind {
    DBELL_JOB_COPY,  /* source to destination */
    DBELL_JOB_FILL,  /* `value`, 8 bytes little endian, to destination */
    DBELL_JOB_SUM,   /* result: the sum of the little-endian 64-bit words of source */
    DBELL_JOB_TOUCH, /* reads source and drops the data */
    DBELL_JOBS
};

/* How a job addresses memory. */
enum dbell_job_mode {
    DBELL_UNTRANSLATED,
    DBELL_THROUGH_ATC /* Translation Requests and Translated accesses; ATS has to be enabled */
};

struct dbell_job {
    uint8_t kind; /* enum dbell_job_kind */
    uint8_t mode; /* enum dbell_job_mode */
    uint64_t source, destination;
    uint64_t length; /* bytes moved in all */
    uint32_t block;  /* bytes moved together, then both addresses go on by `stride`; 0: all */
    uint64_t stride;
    uint64_t value;
    bool has_pasid;
    uint32_t pasid;
    bool privileged, execute;
    bool no_snoop, relaxed;
    bool interrupts; /* raises `vector` when it has ended */
    uint16_t vector;
};

enum dbell_job_end {
    DBELL_JOB_RUNS,
    DBELL_JOB_DONE,
    DBELL_JOB_ERROR,  /* an access was aborted: `address`, `response` */
    DBELL_JOB_DENIED, /* ATS gives no access, and PRI is off or said no: `address` */
    DBELL_JOB_REFUSED /* it cannot begin: Command.BME, ATS or PASID is off */
};

struct dbell_job_result {
    uint8_t end;      /* enum dbell_job_end */
    uint8_t response; /* enum dbell_response */
    uint64_t value;   /* DBELL_JOB_SUM */
    uint64_t address; /* where it failed */
    uint64_t done;    /* bytes moved */
    uint32_t pages;   /* page requests that it sent */
};

/* An entry of the address translation cache. */
struct dbell_atc_entry {
    bool valid, has_pasid, privileged, read, write, execute;
    bool untranslated_only;
    uint32_t pasid;
    uint64_t address, translated, size;
};

struct dbell_endpoint;

struct dbell_endpoint_ports {
    struct dbell_agent up;           /* the Root Complex */
    struct dbell_endpoint *physical; /* of a virtual function: its PRI and PASID are this one's */
    /* Optional: told about every use of a translation from the ATC before it is made. */
    struct {
        void *ctx;
        void (*use)(void *ctx, const struct dbell_atc_entry *entry, uint64_t address, bool write);
    } watch;
    struct {
        void *ctx;
        void (*find)(void *ctx, enum dbell_endpoint_finding finding, uint64_t value);
    } findings;
};

struct dbell_endpoint_state;

struct dbell_endpoint {
    struct dbell_endpoint_state *state;
    struct dbell_endpoint_ports ports;
};

/* A function with one of everything: 32 MSI vectors, 64 of MSI-X, ATS, PRI, PASID of 20 bits. */
struct dbell_endpoint_config dbell_endpoint_default_config(void);

/* Bytes of state; 0 if the configuration is out of range. */
size_t dbell_endpoint_state_size(const struct dbell_endpoint_config *config);

/* Powers a function on in `state`, aligned to 16 bytes. ports->up.access is required.
 * DBELL_E_ARGUMENT, DBELL_E_RANGE, DBELL_E_SIZE. */
int dbell_endpoint_init(struct dbell_endpoint *endpoint, void *state, size_t size,
                        const struct dbell_endpoint_config *config, uint32_t requesterid,
                        const struct dbell_endpoint_ports *ports);
/* Takes up a state that was copied or moved. DBELL_E_STATE: it is not one. */
int dbell_endpoint_attach(struct dbell_endpoint *endpoint, void *state, size_t size,
                          const struct dbell_endpoint_ports *ports);
/* A Function Level Reset (6.6.2): jobs, translations and requests are forgotten. */
void dbell_endpoint_reset(struct dbell_endpoint *endpoint);

uint32_t dbell_endpoint_requesterid(const struct dbell_endpoint *endpoint);
/* That of virtual function n, from 1 on (9.2.1.2). DBELL_E_STATE: it is not enabled. */
int dbell_endpoint_vf_requesterid(const struct dbell_endpoint *endpoint, unsigned n,
                                  uint32_t *requesterid);
void dbell_endpoint_misbehave(struct dbell_endpoint *endpoint, uint32_t misbehaviours);
/* The RequesterID of DBELL_FORGES_REQUESTERID. */
void dbell_endpoint_forge(struct dbell_endpoint *endpoint, uint32_t requesterid);

/* Configuration space: naturally aligned 1, 2 and 4 bytes; others read 0. */
uint32_t dbell_endpoint_config_read(struct dbell_endpoint *endpoint, unsigned offset,
                                    unsigned size);
void dbell_endpoint_config_write(struct dbell_endpoint *endpoint, unsigned offset, unsigned size,
                                 uint32_t value);
/* Offset of a capability by its ID, of an extended one too; 0: none. */
unsigned dbell_endpoint_capability(const struct dbell_endpoint *endpoint, unsigned id);
unsigned dbell_endpoint_extended_capability(const struct dbell_endpoint *endpoint, unsigned id);

/* Memory space, by BAR 0 or 4 and the offset in it. DBELL_RESPONSE_DECERR: nothing is there. */
enum dbell_response dbell_endpoint_bar_access(struct dbell_endpoint *endpoint, unsigned bar,
                                              struct dbell_transaction *transaction);
/* The BAR that decodes an address while Command.MSE is set, and the offset; -1: none. */
int dbell_endpoint_decode(const struct dbell_endpoint *endpoint, uint64_t address,
                          uint64_t *offset);

/* One access of the function; `transaction` comes with address, data and operation, and gets its
 * identity. DBELL_RESPONSE_SLVERR without Command.BME. */
enum dbell_response dbell_endpoint_access(struct dbell_endpoint *endpoint,
                                          struct dbell_transaction *transaction);

/* Raises a vector, by MSI-X, else by MSI. DBELL_E_RANGE: no such vector; DBELL_E_STATE: neither is
 * enabled; else the response of the write, or OK where it is masked and now pending. */
int dbell_endpoint_interrupt(struct dbell_endpoint *endpoint, unsigned vector,
                             struct dbell_trail *trail);
bool dbell_endpoint_interrupt_pending(const struct dbell_endpoint *endpoint, unsigned vector);

/* Hands a job to the DMA engine, which takes them in turn; *ticket names it. DBELL_E_RANGE,
 * DBELL_E_BUSY: all places are taken. */
int dbell_endpoint_submit(struct dbell_endpoint *endpoint, const struct dbell_job *job,
                          uint32_t *ticket);
/* How a job stands; one that has ended gives its place back. DBELL_E_NOT_FOUND. */
int dbell_endpoint_job(struct dbell_endpoint *endpoint, uint32_t ticket,
                       struct dbell_job_result *result);
/* Stops all jobs of a PASID, and what they wait for; then a Stop Marker (10.4.1.2.1). DBELL_E_BUSY:
 * page requests of it are outstanding, step and try again. */
int dbell_endpoint_stop_pasid(struct dbell_endpoint *endpoint, uint32_t pasid);

/* A Translation Request, its answer in the ATC. DBELL_E_STATE: ATS is not enabled. */
int dbell_endpoint_translate(struct dbell_endpoint *endpoint,
                             const struct dbell_ats_request *request,
                             struct dbell_ats_completion *completion);
/* A Page Request as it is given, within the allocation. DBELL_E_STATE: PRI is off or stopped;
 * DBELL_E_BUSY: no credit, or the agent takes none now. */
int dbell_endpoint_page_request(struct dbell_endpoint *endpoint,
                                const struct dbell_page_request *request);
/* The entry at an index below the configuration's atc_entries. */
bool dbell_endpoint_atc(const struct dbell_endpoint *endpoint, uint32_t index,
                        struct dbell_atc_entry *entry);
/* The entry for an address, or false. */
bool dbell_endpoint_atc_find(const struct dbell_endpoint *endpoint, bool has_pasid, uint32_t pasid,
                             uint64_t address, struct dbell_atc_entry *entry);

/* From the Root Complex. False: no place, later. */
bool dbell_endpoint_invalidate(struct dbell_endpoint *endpoint,
                               const struct dbell_ats_invalidation *invalidation);
bool dbell_endpoint_respond(struct dbell_endpoint *endpoint,
                            const struct dbell_page_response *response);
/* Invalidations that it has not completed, and that time out now (10.3.1). Returns how many. */
unsigned dbell_endpoint_time_out(struct dbell_endpoint *endpoint);

/* IDLE, STEPPED, or NOT_YET: something waits for an answer. */
int dbell_endpoint_step(struct dbell_endpoint *endpoint);

#ifdef __cplusplus
}
#endif
#endif
