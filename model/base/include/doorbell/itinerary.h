/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The itinerary: the steps that one act of the hardware took.
 *
 * Function and time are two books. An act (a translation, a command, an MSI) is done whole when it
 * is called; if its transaction carries an itinerary, it also writes down each step: what was
 * looked up or read, which earlier step it had to wait for, and which resource it used. Timing,
 * `doorbell explain`, counters and tests read the same record. */
#ifndef DOORBELL_ITINERARY_H
#define DOORBELL_ITINERARY_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum dbell_step_kind {
    DBELL_STEP_LOOKUP, /* a cache was probed; `hit` says with what result */
    DBELL_STEP_READ,
    DBELL_STEP_WRITE,
    DBELL_STEP_UPDATE, /* atomic compare and swap */
    DBELL_STEP_DECIDE, /* a rule decided; `note` names it */
    DBELL_STEP_KINDS
};

/* What was looked up, read or written. */
enum dbell_object {
    DBELL_OBJECT_NONE,
    DBELL_OBJECT_L1STD,
    DBELL_OBJECT_STE,
    DBELL_OBJECT_L1CD,
    DBELL_OBJECT_CD,
    DBELL_OBJECT_VMS,         /* virtual machine structure */
    DBELL_OBJECT_STAGE1,      /* stage 1 translation table descriptor */
    DBELL_OBJECT_STAGE2,      /* stage 2 translation table descriptor */
    DBELL_OBJECT_TRANSLATION, /* TLB entry, or the result of a walk */
    DBELL_OBJECT_EVENT,
    DBELL_OBJECT_PAGE_REQUEST,
    DBELL_OBJECT_COMMAND,
    DBELL_OBJECT_MSI,
    DBELL_OBJECT_DATA, /* what the device itself reads or writes */
    DBELL_OBJECT_DTE,
    DBELL_OBJECT_DTE_L1,
    DBELL_OBJECT_ITE,
    DBELL_OBJECT_CTE,
    DBELL_OBJECT_CTE_L1,
    DBELL_OBJECT_VTE, /* vPE table entry, of an ITS or of the redistributors */
    DBELL_OBJECT_VTE_L1,
    DBELL_OBJECT_LPI_CONFIG,
    DBELL_OBJECT_LPI_PENDING,
    DBELL_OBJECTS
};

enum dbell_resource {
    DBELL_RESOURCE_NONE,
    DBELL_RESOURCE_CONFIG_CACHE,
    DBELL_RESOURCE_TLB,
    DBELL_RESOURCE_WALK_PORT,  /* the SMMU's table walk master */
    DBELL_RESOURCE_QUEUE_PORT, /* the SMMU's queue and MSI master */
    DBELL_RESOURCE_DATA_PORT,  /* the device's own path to memory */
    DBELL_RESOURCE_ITS_PORT,   /* the ITS's table master */
    DBELL_RESOURCE_DEVICE_CACHE,
    DBELL_RESOURCE_EVENT_CACHE,
    DBELL_RESOURCE_COLLECTION_CACHE,
    DBELL_RESOURCE_VPE_CACHE,
    DBELL_RESOURCE_LPI_PORT, /* a redistributor's table master */
    DBELL_RESOURCE_LPI_CACHE,
    DBELL_RESOURCES
};

struct dbell_step {
    uint8_t kind;     /* enum dbell_step_kind */
    uint8_t object;   /* enum dbell_object */
    uint8_t resource; /* enum dbell_resource */
    bool hit;         /* of a lookup */
    int8_t level;     /* of a translation table descriptor, -1 otherwise */
    uint8_t fault;    /* of a decision: the event number (IHI 0070 7.3), 0 if none */
    uint16_t size;    /* bytes moved */
    uint8_t span;     /* of a translation table descriptor: log2 of the bytes that it is for */
    int32_t after;    /* index of the step that had to end first, -1 for none */
    uint64_t address; /* what was accessed: a physical address; of a decision or a lookup, a key */
    uint64_t input;   /* the VA or IPA in whose translation a descriptor was read */
    uint64_t value;   /* the first eight bytes read or written */
    const char *note; /* static text or NULL: the rule, with its section */
};

struct dbell_itinerary {
    struct dbell_step *steps; /* the caller's memory */
    uint32_t capacity;
    uint32_t count;
    uint32_t lost; /* steps that did not fit */
};

#ifdef __cplusplus
}
#endif
#endif
