/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* An oracle of an SMMUv3 (IHI 0070): what becomes of one access, worked out from the registers and
 * from memory alone, slowly and without any cache. It shares no code with the model.
 *
 * Scope: Non-secure streams, Untranslated accesses, SMMUv3.2, VMSAv8-64. What a Translation Request
 * is granted follows from it (bench_ats.c). */
#ifndef TEST_ORACLE_H
#define TEST_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

/* Memory in little-endian words of 64 bits; false is an external abort. */
struct oracle_memory {
    void *ctx;
    bool (*read)(void *ctx, uint64_t address, uint64_t *word);
    bool (*write)(void *ctx, uint64_t address, uint64_t word);
};

struct oracle_registers {
    uint32_t idr[6];
    uint32_t cr0, cr2, gbpa, strtab_base_cfg;
    uint64_t strtab_base;
};

struct oracle_access {
    uint32_t streamid, substreamid;
    bool ssv, write, privileged, instruction;
    uint64_t address;
    uint8_t attr, sh; /* as a MAIR byte; 0 non, 2 outer, 3 inner */
};

enum oracle_outcome { ORACLE_DONE, ORACLE_ABORT, ORACLE_RAZWI, ORACLE_STALL };

/* Classes of 7.3, and the one that no record has. */
enum oracle_class { ORACLE_CD = 0, ORACLE_TT = 1, ORACLE_IN = 2 };

struct oracle_answer {
    enum oracle_outcome outcome;
    uint64_t address; /* ORACLE_DONE, with attr and sh */
    uint8_t attr, sh;
    uint8_t event;                /* generated and recorded; 0: none, or suppressed */
    uint64_t record[4], known[4]; /* known: the bits that the architecture defines; STAG is not */
    /* For statistics. */
    uint8_t cause; /* the event, recorded or not */
    bool stage2;
    enum oracle_class class;
    uint8_t config, eats;           /* of a valid STE, once it was read */
    uint8_t granule[2], updates[2]; /* of stage 1 and 2: log2 of bytes, or 0; descriptor updates */
};

void oracle_translate(const struct oracle_registers *registers, const struct oracle_memory *memory,
                      const struct oracle_access *access, struct oracle_answer *answer);

#endif
