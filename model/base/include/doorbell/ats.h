/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What passes between an endpoint, by way of its Root Complex, and a translation agent: ATS and PRI
 * (PCIe 10.2 to 10.4; for the SMMU as agent IHI 0070 3.9.1, 4.5, 8, 13.6, 13.7). */
#ifndef DOORBELL_ATS_H
#define DOORBELL_ATS_H

#include <stdbool.h>
#include <stdint.h>

#include <doorbell/transaction.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Completion status, as PCIe numbers it (2.2.9). */
enum dbell_ats_status { DBELL_ATS_SUCCESS = 0, DBELL_ATS_UR = 1, DBELL_ATS_CA = 4 };

/* A Translation Request. Of the sideband the IDs count; privileged and instruction are the PASID's
 * Privileged Mode Requested and Execute Requested. */
struct dbell_ats_request {
    uint64_t address;
    uint32_t units; /* smallest translation units that it asks for; an agent may answer one */
    bool no_write;  /* NW */
    struct dbell_sideband side;
    struct dbell_itinerary *itinerary; /* or NULL */
};

/* Its completion, with one entry. */
struct dbell_ats_completion {
    uint64_t address; /* first address of the translated range */
    uint64_t size;    /* of it, in bytes: a power of two; of no access, the smallest unit */
    uint8_t status;   /* enum dbell_ats_status; without SUCCESS nothing but `event` counts */
    uint8_t event;    /* the SMMU event that was generated, 0 for none */
    bool read, write, execute, privileged, global;
    bool untranslated_only; /* U */
    const char *rule;       /* the rule that decided, static text; or NULL */
};

static inline bool dbell_ats_grants(const struct dbell_ats_completion *completion)
{
    return completion->status == DBELL_ATS_SUCCESS && (completion->read || completion->write);
}

/* A range as ATS writes it (10.2.3.2): S and as many ones from bit 12 on as double 8 KiB to its
 * size. `size` is a power of two from 4 KiB on, 0 for all. */
static inline uint64_t dbell_ats_range(uint64_t address, uint64_t size)
{
    if (size == 0x1000)
        return address & ~UINT64_C(0xfff);
    const uint64_t mask = size ? size - 1 : UINT64_MAX;
    const uint64_t top = size ? size >> 1 : UINT64_C(1) << 63; /* the zero above the ones */
    return (((address & ~mask) | mask) & ~top & ~UINT64_C(0xfff)) | 1 << 11;
}

/* The Translation Completion Data Entry (10.2.3). */
static inline uint64_t dbell_ats_entry(const struct dbell_ats_completion *c)
{
    return dbell_ats_range(c->address, c->size) | (uint64_t)c->read | (uint64_t)c->write << 1 |
           (uint64_t)c->untranslated_only << 2 | (uint64_t)c->execute << 3 |
           (uint64_t)c->privileged << 4 | (uint64_t)c->global << 5;
}

/* An Invalidate Request to an endpoint. */
struct dbell_ats_invalidation {
    uint32_t streamid, substreamid;
    bool has_substreamid;
    bool global;
    uint64_t address; /* aligned to the span */
    uint64_t size;    /* bytes, a power of two; 0: all of the address space */
    uint32_t tag;     /* goes back with its completion */
};

/* Its payload (10.3.1). */
static inline uint64_t dbell_ats_payload(const struct dbell_ats_invalidation *invalidation)
{
    return dbell_ats_range(invalidation->address, invalidation->size) |
           (uint64_t)invalidation->global;
}

/* How an endpoint ended one. */
enum dbell_ats_end {
    DBELL_ATS_INVALIDATED,
    DBELL_ATS_REFUSED,  /* Unsupported Request: it may not have been made (3.9.1.5) */
    DBELL_ATS_TIMED_OUT /* no completion came (3.9.1.4) */
};

/* A Page Request; privileged and instruction of the sideband as above. */
struct dbell_page_request {
    uint64_t address; /* of a 4 KiB page */
    uint16_t group;   /* Page Request Group Index, 9 bits */
    bool read, write, last;
    struct dbell_sideband side;
};

/* PCIe 10.4.1.2.1: it says only that the PASID has been stopped. */
static inline bool dbell_page_request_is_stop_marker(const struct dbell_page_request *request)
{
    return request->side.has_substreamid && request->last && !request->write && !request->read;
}

/* Response codes of a Page Request Group Response (PCIe 10.4.2.1; IHI 0070 8.3). */
enum dbell_page_response_code {
    DBELL_PAGE_SUCCESS = 0x0,
    DBELL_PAGE_INVALID_REQUEST = 0x1,
    DBELL_PAGE_RESPONSE_FAILURE = 0xf
};

struct dbell_page_response {
    uint32_t streamid, substreamid;
    bool has_substreamid;
    uint16_t group;
    uint8_t code;   /* enum dbell_page_response_code */
    bool automatic; /* the agent answered by itself, not software */
};

/* From an agent to its Root Complex. False: not now; the agent asks again at a later step. Neither
 * calls into the agent before it has returned. */
struct dbell_ats_port {
    void *ctx;
    bool (*invalidate)(void *ctx, const struct dbell_ats_invalidation *invalidation);
    bool (*respond)(void *ctx, const struct dbell_page_response *response);
};

#ifdef __cplusplus
}
#endif
#endif
