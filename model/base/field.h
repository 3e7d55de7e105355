/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A field is an int: its position is written once, as the specification prints it,
 *
 *     enum { STE_CONFIG = FIELD(3, 1), STE_S1CTXPTR = FIELD(55, 6) };
 *     config = get(ste, STE_CONFIG);
 *
 * in bits of an array of 64-bit words. No field crosses a word. */
#ifndef DOORBELL_BASE_FIELD_H
#define DOORBELL_BASE_FIELD_H

#include <stdint.h>

#define FIELD(msb, lsb) ((msb) << 16 | (lsb))

static inline unsigned field_lsb(int field)
{
    return (unsigned)field & 63;
}

static inline uint64_t field_mask(int field)
{
    unsigned width = ((unsigned)field >> 16) - ((unsigned)field & 0xffff) + 1;
    return width >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << width) - 1;
}

/* The field's value. */
static inline uint64_t get(const uint64_t *words, int field)
{
    return words[((unsigned)field & 0xffff) / 64] >> field_lsb(field) & field_mask(field);
}

/* The field's bits where they stand in their word: an address field as an address. */
static inline uint64_t get_in_place(const uint64_t *words, int field)
{
    return words[((unsigned)field & 0xffff) / 64] & field_mask(field) << field_lsb(field);
}

static inline void put(uint64_t *words, int field, uint64_t value)
{
    uint64_t *word = &words[((unsigned)field & 0xffff) / 64];
    *word = (*word & ~(field_mask(field) << field_lsb(field))) | (value & field_mask(field))
                                                                     << field_lsb(field);
}

/* Bits [msb:lsb] of one word. */
static inline uint64_t bits(uint64_t word, unsigned msb, unsigned lsb)
{
    return word >> lsb & (msb - lsb == 63 ? ~UINT64_C(0) : (UINT64_C(1) << (msb - lsb + 1)) - 1);
}

static inline int bit(uint64_t word, unsigned n)
{
    return (int)(word >> n & 1);
}

/* 2^n - 1; all ones from 64 on. */
static inline uint64_t ones(unsigned n)
{
    return n >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << n) - 1;
}

#endif
