/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The scenarios: systems of MSIs and shared virtual memory as the people who built them discussed
 * them, each a short program over the host library with literal expectations. */
#ifndef SCENARIO_SCENARIO_H
#define SCENARIO_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A text that grows; the caller frees `text`. */
struct dbell_scenario_text {
    char *text;
    size_t size, room;
    bool failed; /* out of memory */
};

struct bed;

struct dbell_scenario {
    const char *name;  /* "0_1_bind_good" */
    const char *title; /* one line */
    bool traffic; /* its trace says all of it; else it is about refusals or reports of software */
    unsigned options; /* enum dbell_scenario_option */
    void (*run)(struct bed *bed);
};

enum dbell_scenario_option {
    DBELL_SCENARIO_NO_CACHES = 1 << 0, /* the SMMU keeps nothing */
    DBELL_SCENARIO_MAPPED = 1 << 1,    /* RequesterIDs 0x100 on are StreamIDs 0x1100 on; all of them
                                        * are DeviceIDs 0x20000 on */
    DBELL_SCENARIO_WIDE_LOW32 = 1 << 2, /* enum dbell_wide_write of ITS 0 */
    DBELL_SCENARIO_WIDE_SLVERR = 1 << 3,
    DBELL_SCENARIO_POWER = 1 << 7, /* a POWER host: TCE tables instead of SMMU, ITSes and GIC */
    DBELL_SCENARIO_SMALL_PRIQ = 1 << 5, /* a PRI queue of four entries */
    DBELL_SCENARIO_64K = 1 << 6,        /* the SMMU has granules of 64 KB only */
    DBELL_SCENARIO_PRE_ITS = 1 << 4,    /* ITS 0 is reached at 0x58000000 + 4 * DeviceID too */
};

/* From index 0 on; NULL past the last. */
const struct dbell_scenario *dbell_scenario(unsigned index);
const struct dbell_scenario *dbell_scenario_named(const char *name);

/* Runs one: the number of expectations that did not hold, and the first of them in words (256
 * characters); with `undo` without its decisive step. `trace` gets what it did, or is NULL. */
unsigned dbell_scenario_run(const struct dbell_scenario *scenario, bool undo, char *failure,
                            struct dbell_scenario_text *trace);

#ifdef __cplusplus
}
#endif
#endif
