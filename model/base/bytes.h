/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Bytes in memory: everything the model shares with its guests is little endian. Compilers make
 * one load or store of each of these. */
#ifndef DOORBELL_BASE_BYTES_H
#define DOORBELL_BASE_BYTES_H

#include <stdint.h>

static inline uint64_t dbell__get_le(const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

static inline void dbell__put_le(uint8_t *bytes, unsigned size, uint64_t value)
{
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

static inline uint64_t dbell__get_le64(const uint8_t *b)
{
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 |
           (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 |
           (uint64_t)b[7] << 56;
}

static inline uint64_t dbell__swap64(uint64_t value)
{
    uint64_t swapped = 0;
    for (unsigned i = 0; i < 8; i++)
        swapped = swapped << 8 | (value >> (8 * i) & 0xff);
    return swapped;
}

#endif
