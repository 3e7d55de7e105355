/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The transaction: what every part hands to the next, and the sideband that goes with it. */
#ifndef DOORBELL_TRANSACTION_H
#define DOORBELL_TRANSACTION_H

#include <stdbool.h>
#include <stdint.h>

#include <doorbell/itinerary.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a transaction does. Beside reads and writes: atomics (IHI 0070 13.1.1), reads and writes
 * that carry a hint, and hints and cache maintenance that move no data (3.22, 16.7.2). */
enum dbell_op {
    DBELL_READ = 0,
    DBELL_WRITE = 1,
    DBELL_ATOMIC_SWAP = 2,           /* writes the data and returns what was there */
    DBELL_READ_CLEAN_INVALIDATE = 3, /* RCI */
    DBELL_READ_DESTRUCTIVE = 4,      /* DR */
    DBELL_WRITE_PREFETCH = 5,        /* W-DCP */
    DBELL_PREFETCH = 6,              /* NW-DCP */
    DBELL_CLEAN = 7,
    DBELL_CLEAN_INVALIDATE = 8,
    DBELL_CLEAN_TO_PERSISTENCE = 9,
    DBELL_INVALIDATE = 10,
    DBELL_DESTRUCTIVE_HINT = 11, /* DH */
    DBELL_NO_OP = 12,            /* completes without going any further */
    DBELL_OPS
};

/* Whether memory gives data to it, and takes data from it. */
static inline bool dbell_op_reads(uint8_t op)
{
    return op == DBELL_READ || (op >= DBELL_ATOMIC_SWAP && op <= DBELL_READ_DESTRUCTIVE);
}
static inline bool dbell_op_writes(uint8_t op)
{
    return op == DBELL_WRITE || op == DBELL_ATOMIC_SWAP || op == DBELL_WRITE_PREFETCH;
}

/* Security state of a StreamID (SEC_SID, IHI 0070 3.10.1). Only Non-secure is implemented. */
enum dbell_sec_sid { DBELL_SEC_NONSECURE = 0, DBELL_SEC_SECURE = 1, DBELL_SEC_REALM = 2 };

/* PCIe address type (IHI 0070 3.9.1). */
enum dbell_address_type {
    DBELL_AT_UNTRANSLATED = 0,
    DBELL_AT_TRANSLATION_REQUEST = 1,
    DBELL_AT_TRANSLATED = 2
};

/* Shareability as descriptors encode it. */
enum dbell_shareability { DBELL_SH_NON = 0, DBELL_SH_OUTER = 2, DBELL_SH_INNER = 3 };

/* Memory types as MAIR bytes. */
enum { DBELL_ATTR_DEVICE_nGnRnE = 0x00, DBELL_ATTR_NORMAL_NC = 0x44, DBELL_ATTR_NORMAL_WB = 0xff };

/* Who asks, and how. An ID counts only when its has_ bit is set: zero is a legal ID. */
struct dbell_sideband {
    uint32_t requesterid; /* PCIe segment << 16 | BDF */
    uint32_t streamid;
    uint32_t substreamid; /* the PASID; has_substreamid is SSV (IHI 0070 4.1.6) */
    uint32_t deviceid;    /* of the requester's MSIs (IHI 0069 5.1) */
    bool has_requesterid;
    bool has_streamid;
    bool has_substreamid;
    bool has_deviceid;
    bool privileged;
    bool instruction;
    bool nosnoop;
    bool speculative;  /* a read that may end without trace (IHI 0070 3.14) */
    bool relaxed;      /* PCIe Relaxed Ordering */
    bool message;      /* its device meant it as an MSI; nothing on the way may depend on it */
    uint8_t at;        /* enum dbell_address_type */
    uint8_t sec_sid;   /* enum dbell_sec_sid */
    uint8_t pas;       /* physical address space, enum dbell_sec_sid */
    uint8_t attr;      /* memory type, as a MAIR byte */
    uint8_t sh;        /* enum dbell_shareability */
    uint8_t pmg;       /* MPAM */
    uint16_t partid;   /* MPAM */
    uint16_t instance; /* which SMMU it goes or went through */
};

/* What happened to a transaction on its way, for whoever started it and wants to know. */
struct dbell_trail {
    uint64_t address; /* where it went: the physical address */
    const char *rule; /* the rule that decided, static text with its section; or NULL */
    uint32_t token;   /* of a pending one */
    uint8_t outcome;  /* enum dbell_outcome */
    uint8_t event;    /* the SMMU event that it generated, 0 for none */
    bool razwi;       /* terminated as read-zero, write-ignored */
    bool reached;     /* it went on to `address` */
    /* Of the access there: */
    uint8_t attr, sh;
    uint8_t op; /* enum dbell_op */
    bool privileged, instruction;
    uint8_t pmg;
    uint16_t partid;
};

struct dbell_transaction {
    uint64_t address;
    uint32_t length; /* bytes; may be 0 only with data NULL */
    uint8_t op;      /* enum dbell_op */
    uint8_t *data;   /* length bytes in address order; NULL: checked everywhere, moves nothing */
    struct dbell_sideband side;
    struct dbell_itinerary *itinerary; /* or NULL */
    struct dbell_trail *trail;         /* or NULL */
};

enum dbell_response {
    DBELL_RESPONSE_OK = 0,
    DBELL_RESPONSE_DECERR = 1, /* nothing decodes there */
    DBELL_RESPONSE_SLVERR = 2, /* what decodes there refuses, or an abort on the way */
    DBELL_RESPONSE_PENDING = 3 /* it ends later; the trail has the token */
};

#ifdef __cplusplus
}
#endif
#endif
