/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Who can raise which interrupt: for every requester of a machine, as its SMMUs and ITSes are
 * programmed now, which doorbells its writes reach, at which IOVA, and what they raise there. */
#ifndef DOORBELL_ISOLATION_H
#define DOORBELL_ISOLATION_H

#include <doorbell/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

enum dbell_doorbell {
    DBELL_DOORBELL_TRANSLATER, /* of ITS `index`: what its DeviceID is mapped to there */
    DBELL_DOORBELL_SETSPI,     /* GICD_SETSPI_NSR: the SPI that the data names, any */
    DBELL_DOORBELL_V2M,     /* of GICv2m frame `index`: the SPI that the data names, of the frame */
    DBELL_DOORBELL_SETLPIR, /* of redistributor `index`: the LPI that the data names, any */
    DBELL_DOORBELL_PRE_ITS  /* of ITS `index`: the address names the DeviceID, from `deviceid` on */
};

/* What writes of `data` to an IOVA raise. `first` to `last` are the data, and with `interrupt` the
 * INTIDs go up with them. */
struct dbell_reach {
    uint32_t requesterid;
    bool has_ssid;
    uint32_t ssid;
    bool has_deviceid;
    uint32_t deviceid;
    uint64_t iova;
    enum dbell_doorbell doorbell;
    uint32_t index;
    bool interrupt;       /* false: the doorbell is reached, and nothing is raised by any data */
    uint32_t first, last; /* data */
    enum dbell_raised_kind kind;
    uint32_t at;    /* CPU, vPEID, 0 of an SPI */
    uint32_t intid; /* of the first */
};

struct dbell_isolation {
    void *ctx;
    void (*reach)(void *ctx, const struct dbell_reach *reach);
    /* An interrupt that requesters of different DeviceIDs, or without one, can raise. */
    void (*shared)(void *ctx, enum dbell_raised_kind kind, uint32_t at, uint32_t intid,
                   const uint32_t *requesters, size_t count);
};

struct dbell_isolation_summary {
    uint64_t requesters; /* that the platform has */
    uint64_t reaching;   /* of these, those that reach a doorbell */
    uint64_t interrupts; /* that some requester can raise, SPIs by number aside */
    uint64_t shared;     /* of these, those that several can */
    bool by_number;      /* some requester reaches a doorbell where the data names the interrupt */
    bool incomplete;     /* a translation was too large to be searched whole */
    /* No interrupt can be raised by two: what Linux calls isolated MSI, of the platform as it is.
     */
    bool isolated_msi;
};

/* DBELL_E_MEMORY. Looks at copies of the parts: nothing of the machine changes. */
int dbell_machine_isolation(struct dbell_machine *machine, const struct dbell_isolation *report,
                            struct dbell_isolation_summary *summary);

/* A write that stopped in the tables, and what they have of doorbells: an MSI that goes to the
 * wrong address of the two that its guest and its host chose. */
struct dbell_missed {
    struct dbell_missed_doorbell {
        bool known;
        uint64_t iova;
        enum dbell_doorbell doorbell;
        uint32_t index;
    } stage2,           /* stage 2 takes the IOVA there, were it an IPA */
        elsewhere;      /* reached by the same stream, at this IOVA */
    bool leads_nowhere; /* stage 1 leads from `from` to an IPA that stage 2 does not have */
    uint64_t from, ipa;
};
/* DBELL_E_MEMORY; DBELL_E_UNSUPPORTED: no SMMU translates it, or there is nothing to say: the
 * access is not a write of 4 bytes, or is translated already. */
int dbell_machine_missed(struct dbell_machine *machine, const struct dbell_dma *dma,
                         struct dbell_missed *missed);

#ifdef __cplusplus
}
#endif
#endif
