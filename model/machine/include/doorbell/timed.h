/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A machine in modelled time: the same function, each act of it at the cycle that the clockwork
 * gives it (clockwork.h). */
#ifndef DOORBELL_TIMED_H
#define DOORBELL_TIMED_H

#include <doorbell/clockwork.h>
#include <doorbell/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An access that has ended, or that stalls: `parked`; it ends later then, and is told again. */
struct dbell_timed_access {
    uint64_t user;
    const struct dbell_dma *dma;
    const struct dbell_dma_result *result;
    const struct dbell_access_times *times;
    bool parked;
    bool message; /* it went to an ITS */
};

struct dbell_timed_options {
    struct dbell_timing timing;
    uint16_t tbus;     /* of each SMMU; a stream is of the TBU StreamID mod tbus */
    uint32_t journeys; /* accesses under way at the same time */
    uint32_t seed;     /* of random replacement */
    void *ctx;
    void (*ended)(void *ctx, const struct dbell_timed_access *access); /* or NULL */
    void (*accepted)(void *ctx, uint64_t user); /* or NULL: an ITS took a message in */
    /* Or NULL: a CPU acknowledged an LPI, so many cycles after its message was issued. */
    void (*acknowledged)(void *ctx, uint64_t cycles);
    void (*span)(void *ctx, const struct dbell_clockwork_span *span); /* or NULL */
    /* How many cycles a memory takes, UINT32_MAX at most; NULL: as the parameters say. */
    uint64_t (*latency)(void *ctx, const struct dbell_clockwork_request *request);
};

struct dbell_timed;

/* The machine has to outlive it, and is driven by nobody else meanwhile. DBELL_E_MEMORY,
 * DBELL_E_RANGE. */
int dbell_timed_create(struct dbell_machine *machine, const struct dbell_timed_options *options,
                       struct dbell_timed **timed);
void dbell_timed_destroy(struct dbell_timed *timed);

/* As a system under test: each call begins now, and ends when it has come to its end. */
struct dbell_system dbell_timed_system(struct dbell_timed *timed);

/* An access begins now; options.ended tells its end. Its data is copied, and what was read is in
 * `dma` there. DBELL_E_BUSY: too many are under way; as dbell_system.dma otherwise. */
int dbell_timed_issue(struct dbell_timed *timed, const struct dbell_dma *dma, uint64_t user);

uint64_t dbell_timed_now(const struct dbell_timed *timed);
uint64_t dbell_timed_next(const struct dbell_timed *timed); /* DBELL_NEVER: at rest */
void dbell_timed_run(struct dbell_timed *timed, uint64_t until);
/* DBELL_E_BUSY: no rest within the bound. */
int dbell_timed_rest(struct dbell_timed *timed);
const struct dbell_clockwork *dbell_timed_clockwork(const struct dbell_timed *timed);
/* How the last access of the system was, for who drives it through dbell_timed_system(). */
const struct dbell_access_times *dbell_timed_last(const struct dbell_timed *timed);

#ifdef __cplusplus
}
#endif
#endif
