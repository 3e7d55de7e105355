/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A bench: several SMMUs with different caches, each on a memory of its own, and the oracle on
 * another copy. Software's stores and commands go to all of them. */
#ifndef TEST_BENCH_H
#define TEST_BENCH_H

#include <doorbell/host.h>
#include <doorbell/smmu.h>

#include "oracle.h"

#define BENCH_BASE   UINT64_C(0x80000000)
#define BENCH_EVENTQ (BENCH_BASE + BENCH_QUEUES + 0x8000)
enum {
    BENCH_SIZE = 0x400000,
    BENCH_QUEUES = BENCH_SIZE - 0x10000, /* offset: queues of the models, not compared */
    BENCH_MODELS = 4,
    BENCH_STEPS = 256, /* of one access */
    BENCH_LOG2QUEUE = 5,
};

struct bench_model {
    struct dbell_smmu smmu;
    void *state;
    uint64_t *words;
    struct dbell_smmu_config config;
    uint32_t commands, events;
    bool completed;
    struct dbell_translation late; /* what completed */
    uint32_t token;                /* of what completed */
    uint32_t stall_token; /* of the access that stalled last, or was put back, and its STAG */
    unsigned stag;
};

struct bench {
    struct bench_model models[BENCH_MODELS];
    unsigned count;
    uint64_t *words; /* of the oracle */
    uint64_t used;   /* bytes allocated */
    struct oracle_registers registers;
    struct oracle_memory memory;
    bool broken; /* a mismatch was found and told */
    bool trace;  /* tells every store, command and access */
    char where[160];
};

uint64_t bench_word(const uint64_t *words, uint64_t address);
bool bench_settle(struct bench_model *m); /* steps until it rests; false: it does not */

/* The next record of a model; false: there is none. */
bool bench_take_event(struct bench_model *m, uint64_t record[4]);

bool bench_create(struct bench *b); /* memory only; once */
void bench_destroy(struct bench *b);
/* Powers models on, memory is zeroed; configs[0..count). */
bool bench_power_on(struct bench *b, const struct dbell_smmu_config *configs, unsigned count);
void bench_power_off(struct bench *b);

uint64_t bench_alloc(struct bench *b, uint64_t size, uint64_t align); /* 0: full */
uint64_t bench_load(const struct bench *b, uint64_t address);
void bench_store(struct bench *b, uint64_t address, uint64_t word);
void bench_register(struct bench *b, uint64_t offset, unsigned size, uint64_t value);

void bench_command(struct bench *b, struct dbell_host_cmd command);
void bench_resume(struct bench *b, uint32_t streamid, bool retry, bool abort); /* STAG of each */
void bench_sync(struct bench *b); /* CMD_SYNC, and that no command was refused */

/* One access by all; false: a mismatch, told on stderr. */
bool bench_access(struct bench *b, const struct oracle_access *access,
                  struct oracle_answer *answer);
/* A Translation Request for the page of an access that came through, *eats: by this EATS mode;
 * false: a mismatch. */
bool bench_ats(struct bench *b, const struct oracle_access *access,
               const struct oracle_answer *done, unsigned *eats);
/* The access that stalled last was retried, or terminated as `forced` says. */
bool bench_completed(struct bench *b, const struct oracle_access *access, bool retried,
                     enum oracle_outcome forced, struct oracle_answer *answer);
/* Stalled accesses that are left alone for a while. */
struct bench_stall {
    struct oracle_access access;
    uint32_t token[BENCH_MODELS];
    unsigned stag[BENCH_MODELS];
};
struct bench_stall bench_put_aside(const struct bench *b, const struct oracle_access *access);
void bench_put_back(struct bench *b, const struct bench_stall *stall);
/* All memories are equal; addresses of words that are not are told. */
bool bench_compare_memory(struct bench *b);

#endif
