/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What a replay needs of a system under test. The C machine is one (machine.h), the SystemC
 * platform another; anything else that can do this can replay traces. */
#ifndef DOORBELL_SYSTEM_H
#define DOORBELL_SYSTEM_H

#include <doorbell/ats.h>
#include <doorbell/platform.h>
#include <doorbell/transaction.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One access of a device. */
struct dbell_dma {
    bool by_streamid; /* `streamid` on SMMU `smmu`, without a DeviceID; else by requesterid */
    uint32_t requesterid;
    uint32_t streamid, smmu;
    bool has_ssid;
    uint32_t ssid;
    bool privileged, instruction, translated, nosnoop, speculative;
    bool has_attr; /* memory type `attr`, a MAIR byte; else Normal write-back */
    uint8_t attr, sh;
    uint8_t op;       /* enum dbell_op */
    uint64_t address; /* the IOVA */
    uint32_t length;
    uint8_t *data;                     /* or NULL */
    struct dbell_itinerary *itinerary; /* or NULL */
    uint64_t line;                     /* of a trace; for reports */
};

struct dbell_dma_result {
    int status;                   /* negative enum dbell_status: it was not made */
    enum dbell_response response; /* what the device saw */
    struct dbell_trail trail;
};

/* What a system needs to make such an access: the requester (its bus is not set) with its IDs as
 * the platform's maps give them, and the SMMU in front of it, -1 for none. DBELL_E_NOT_FOUND: the
 * maps do not cover the RequesterID. */
int dbell_dma_requester(const struct dbell_platform *platform, const struct dbell_dma *dma,
                        struct dbell_requester *requester, int *smmu);
/* The transaction itself. */
struct dbell_transaction dbell_dma_transaction(const struct dbell_dma *dma,
                                               struct dbell_trail *trail);

/* A model counter as `stat` names it: "smmu0.reads.ste". */
enum dbell_counter_part { DBELL_COUNTER_SMMU, DBELL_COUNTER_ITS, DBELL_COUNTER_GIC };
struct dbell_counter {
    enum dbell_counter_part part;
    unsigned index;   /* of the part */
    unsigned counter; /* the enumerator of that part */
};
/* DBELL_E_NOT_FOUND: there is none of that name. */
int dbell_counter_named(const struct dbell_platform *platform, const char *name,
                        struct dbell_counter *counter);

/* A wire as `wire` names it: "smmu0.eventq". */
enum dbell_wire_part { DBELL_WIRE_SMMU, DBELL_WIRE_ITS };
struct dbell_wire {
    enum dbell_wire_part part;
    unsigned index; /* of the part */
    unsigned line;  /* enum dbell_smmu_line, enum dbell_its_line */
};
/* DBELL_E_NOT_FOUND: there is none of that name, of `size` characters. */
int dbell_wire_named(const struct dbell_platform *platform, const char *name, size_t size,
                     struct dbell_wire *wire);

/* An LPI that became pending at a CPU's redistributor, a vLPI or vSGI of a vPE, or an SPI that was
 * raised. */
enum dbell_raised_kind { DBELL_RAISED_LPI, DBELL_RAISED_VLPI, DBELL_RAISED_SPI };
struct dbell_raised {
    enum dbell_raised_kind kind;
    uint32_t at; /* the CPU, or the vPEID */
    uint32_t intid;
};

/* A message that a device has received. */
struct dbell_device_message {
    bool invalidates; /* else it is a page response */
    struct dbell_ats_invalidation invalidation;
    struct dbell_page_response response;
};

/* Who issued an access that goes on by itself: told when it has ended, or that it stalls (and
 * again when it ends), and that an ITS has taken its message in. */
struct dbell_listener {
    void *ctx;
    void (*ended)(void *ctx, uint64_t user, const struct dbell_dma *dma,
                  const struct dbell_dma_result *result, bool stalls);
    void (*accepted)(void *ctx, uint64_t user);
};

/* What a system in modelled time has beside. Cycles are those of its clock. */
struct dbell_time {
    void (*listen)(void *ctx, const struct dbell_listener *listener);
    /* An access begins now. As `dma`, or DBELL_E_BUSY: too many are under way. */
    int (*issue)(void *ctx, const struct dbell_dma *dma, uint64_t user);
    uint64_t (*now)(void *ctx);
    /* The cycle of the next thing to happen; UINT64_MAX: none is left. */
    uint64_t (*next)(void *ctx);
    void (*run)(void *ctx, uint64_t until);
};

struct dbell_system {
    void *ctx;
    /* A CPU access to a physical address. */
    enum dbell_response (*access)(void *ctx, struct dbell_transaction *transaction);
    void (*dma)(void *ctx, const struct dbell_dma *dma, struct dbell_dma_result *result);
    /* How a pending access of that token stands now; trail.outcome DBELL_PENDING: still open. */
    void (*pending_result)(void *ctx, uint32_t token, struct dbell_dma_result *result);
    /* What a device asks of the agent in front of it; both fill in the IDs of the request. They
     * answer DBELL_E_NOT_FOUND where `dma` does. */
    int (*translation_request)(void *ctx, uint32_t requesterid, struct dbell_ats_request *request,
                               struct dbell_ats_completion *completion);
    int (*page_request)(void *ctx, uint32_t requesterid, struct dbell_page_request *request);
    /* Takes the oldest message that a device has received: what the agent answered by itself, or
     * all else. False: there is none. */
    bool (*receive)(void *ctx, uint32_t requesterid, bool automatic,
                    struct dbell_device_message *message);
    /* Steps every unit to rest. DBELL_E_BUSY: no rest within the bound. */
    int (*settle)(void *ctx);
    /* What was raised since the last call of forget_raised; false past the last. */
    bool (*raised)(void *ctx, unsigned index, struct dbell_raised *raised);
    void (*forget_raised)(void *ctx);
    uint32_t (*acknowledge)(void *ctx, uint32_t cpu);
    bool (*pending)(void *ctx, uint32_t cpu, uint32_t intid);
    /* Of the vPE that is resident at a CPU's redistributor. */
    uint32_t (*acknowledge_virtual)(void *ctx, uint32_t cpu, unsigned group);
    bool (*pending_virtual)(void *ctx, uint32_t cpu, uint32_t intid);
    /* Pulses on a wire since it was last asked. */
    uint64_t (*pulses)(void *ctx, struct dbell_wire wire);
    /* DBELL_E_NOT_FOUND: no counter of that name. */
    int (*counter)(void *ctx, const char *name, uint64_t *value);
    /* A broadcast TLB invalidation of the PEs, to every SMMU. */
    void (*tlbi)(void *ctx, const struct dbell_tlbi *tlbi);
    /* Every part's state is saved, and restored in another place. */
    int (*migrate)(void *ctx);
    void (*reset)(void *ctx);
    const struct dbell_time *time; /* NULL: there is none */
};

#ifdef __cplusplus
}
#endif
#endif
