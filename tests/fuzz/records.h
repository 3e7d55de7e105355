/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Inputs of a harness as programs: records of 16 bytes, of which the first chooses the
 * implementation; and mutations that keep records whole. */
#ifndef FUZZ_RECORDS_H
#define FUZZ_RECORDS_H

#include <stddef.h>
#include <stdint.h>

enum { RECORD = 16, RECORDS = 128 };

struct record {
    uint8_t op, a;
    uint16_t b;
    uint32_t c;
    uint64_t d;
};

struct record record_at(const uint8_t *at);

static inline uint64_t low(unsigned n)
{
    return n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
}

/* The lowest n bits of *bits, which lose them. */
static inline unsigned take(uint64_t *bits, unsigned n)
{
    unsigned value = (unsigned)(*bits & low(n));
    *bits >>= n;
    return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* A number below `below`. */
unsigned draw(uint64_t *state, unsigned below);

struct mutations {
    void (*random_record)(uint64_t *state, uint8_t *at);
    /* What a driver does before anything else works; how many records, of `most`. */
    size_t (*scenario)(uint64_t *state, uint8_t *at, size_t most);
    void (*attempt)(uint64_t *state, uint8_t *at); /* what comes after all of it */
};
size_t mutate_records(const struct mutations *mutations, uint8_t *data, size_t size,
                      size_t max_size, unsigned seed);

#endif
