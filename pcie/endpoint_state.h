/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A function's state block, and what its files share. */
#ifndef PCIE_ENDPOINT_STATE_H
#define PCIE_ENDPOINT_STATE_H

#include <doorbell/endpoint.h>

#include "base/bytes.h"
#include "pci_regs.h"

enum {
    PIECE = 256,       /* bytes of one read or write: the largest payload */
    PAGE_GROUPS = 512, /* page request group indexes */
    PAGE_TRIES = 16,   /* a page that is still not there after so many responses is given up */
    INVALIDATIONS = 32,
    RESPONSES = 64,
};

/* Offsets of the capabilities that are there, 0 for the others. */
struct capabilities {
    uint16_t express, msi, msix, acs, ari, ats, sriov, pri, pasid;
};

/* An MSI-X entry as it is used: what was written while it was unmasked waits in `table`. */
struct msix_vector {
    uint32_t table[4]; /* address, data, vector control, as software sees them */
    uint64_t address;
    uint32_t data;
    bool pending;
};

/* A page request group that has not been answered. */
struct page_group {
    uint16_t requests; /* 0: the index is free */
    bool has_pasid, last;
    bool stopped;  /* its PASID has been stopped since, and ... */
    bool recycled; /* ... is in use again */
    uint32_t pasid;
};

struct job {
    bool used;
    uint32_t ticket;
    struct dbell_job job;
    struct dbell_job_result result;
    bool announced; /* its message has been sent */
    bool waits;     /* for the answer to `group` */
    uint16_t group;
    uint64_t page;  /* that was asked for last, and ... */
    uint32_t tries; /* ... how often */
};

struct dbell_endpoint_state {
    uint64_t magic, size;
    struct dbell_endpoint_config config;
    uint32_t requesterid, forged;
    uint32_t misbehaviours;
    bool stepping;
    struct capabilities at;
    uint8_t space[DBELL_CONFIG_SPACE];
    uint8_t writable[DBELL_CONFIG_SPACE];
    struct page_group groups[PAGE_GROUPS];
    uint32_t outstanding; /* page requests without an answer */
    struct dbell_page_response responses[RESPONSES];
    uint32_t response_first, response_count;
    struct dbell_ats_invalidation invalidations[INVALIDATIONS];
    uint32_t invalidation_first, invalidation_count;
    struct job jobs[DBELL_ENDPOINT_JOBS];
    uint32_t tickets, turn;
    uint32_t atc_turn;
    uint64_t msix_offset, atc_offset, memory_offset; /* from this struct */
};

static inline struct msix_vector *msix_vectors(struct dbell_endpoint_state *state)
{
    return (struct msix_vector *)((uintptr_t)state + (uintptr_t)state->msix_offset);
}

static inline struct dbell_atc_entry *atc_entries(struct dbell_endpoint_state *state)
{
    return (struct dbell_atc_entry *)((uintptr_t)state + (uintptr_t)state->atc_offset);
}

static inline uint8_t *device_memory(struct dbell_endpoint_state *state)
{
    return (uint8_t *)((uintptr_t)state + (uintptr_t)state->memory_offset);
}

static inline uint32_t space_get(const struct dbell_endpoint_state *state, unsigned offset,
                                 unsigned size)
{
    return (uint32_t)dbell__get_le(&state->space[offset], size);
}

static inline void space_put(struct dbell_endpoint_state *state, unsigned offset, unsigned size,
                             uint32_t value)
{
    dbell__put_le(&state->space[offset], size, value);
}

static inline bool misbehaves(const struct dbell_endpoint_state *state,
                              enum dbell_misbehaviour what)
{
    return state->misbehaviours & (uint32_t)what;
}

static inline void find(const struct dbell_endpoint *endpoint, enum dbell_endpoint_finding finding,
                        uint64_t value)
{
    if (endpoint->ports.findings.find)
        endpoint->ports.findings.find(endpoint->ports.findings.ctx, finding, value);
}

static inline bool ats_enabled(const struct dbell_endpoint_state *state)
{
    return state->at.ats && space_get(state, state->at.ats + ATS_CONTROL, 2) & ATS_ENABLE;
}

/* config_space.c */
void dbell__config_space_reset(struct dbell_endpoint *endpoint);
/* The PRI and PASID of a virtual function are its physical function's (9.3.7). */
bool dbell__pasid_enabled(const struct dbell_endpoint *endpoint, uint32_t pasid);
bool dbell__pri_usable(const struct dbell_endpoint *endpoint);

/* interrupts.c */
void dbell__msix_reset(struct dbell_endpoint_state *state);
enum dbell_response dbell__msix_access(struct dbell_endpoint *endpoint, uint64_t offset,
                                       struct dbell_transaction *transaction);
/* Vectors that are not masked any more send what is pending. */
void dbell__interrupts_changed(struct dbell_endpoint *endpoint);

/* atc.c */
void dbell__atc_flush(struct dbell_endpoint_state *state);
void dbell__atc_drop_pasid(struct dbell_endpoint_state *state, uint32_t pasid);
int dbell__atc_step(struct dbell_endpoint *endpoint);

/* page_requests.c */
void dbell__page_requests_reset(struct dbell_endpoint *endpoint);
/* Asks for a page with a group of its own; *group is its index. DBELL_E_BUSY, DBELL_E_STATE. */
int dbell__page_ask(struct dbell_endpoint *endpoint, const struct dbell_page_request *request,
                    uint16_t *group);
int dbell__page_step(struct dbell_endpoint *endpoint);
void dbell__page_recycle(struct dbell_endpoint_state *state, uint32_t pasid);

/* engine.c */
int dbell__engine_step(struct dbell_endpoint *endpoint);
/* The group that jobs wait for has been answered. */
void dbell__engine_answered(struct dbell_endpoint_state *state, uint16_t group, uint8_t code);
void dbell__engine_stop_pasid(struct dbell_endpoint_state *state, uint32_t pasid);

#endif
