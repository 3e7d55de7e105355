/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Workloads: traces of devices that keep so many accesses under way, over real tables, for timed
 * replay. Everything that goes through expects where it goes. */
#ifndef SCENARIO_WORKLOAD_H
#define SCENARIO_WORKLOAD_H

#include "scenario.h"

#include <stdint.h>

enum dbell_workload_kind {
    DBELL_WORKLOAD_STREAM, /* one address after the other */
    DBELL_WORKLOAD_RANDOM, /* any of the pages */
    DBELL_WORKLOAD_NIC,    /* descriptor, packet, completion; an MSI for every eighth */
    DBELL_WORKLOAD_NVME,   /* submission, 4 KiB of data, completion, MSI */
    DBELL_WORKLOAD_MSI,    /* nothing but messages, of all events */
    DBELL_WORKLOAD_CHURN,  /* map, four accesses, unmap: TLB invalidation and CMD_SYNC */
    DBELL_WORKLOADS
};
const char *dbell_workload_name(enum dbell_workload_kind kind);

struct dbell_workload {
    uint8_t kind;         /* enum dbell_workload_kind */
    uint32_t pages;       /* of 4 KiB, of each device; 1 to 65536 */
    uint32_t accesses;    /* of each device; of nic, nvme and churn: packets, commands, rounds */
    uint32_t length;      /* bytes of an access, 1 to 4096 */
    uint32_t outstanding; /* 1 to 1024 */
    uint32_t depend;      /* 0: not */
    uint32_t devices;     /* 1 or 2 */
    uint32_t writes;      /* of 100 accesses of stream and random */
    bool nested, blocks;  /* with stage 2, in pages of 4 KiB; stage 1 in blocks of 2 MiB */
    uint32_t seed;
};
struct dbell_workload dbell_workload_default(enum dbell_workload_kind kind);
/* "pages=64". False: no such thing, or out of range. */
bool dbell_workload_set(struct dbell_workload *workload, const char *assignment);

/* False: it does not hold (`failure`, 256 characters), or memory is short. */
bool dbell_workload_write(const struct dbell_workload *workload, char *failure,
                          struct dbell_scenario_text *trace);

#endif
