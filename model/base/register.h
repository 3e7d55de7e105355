/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A register file as a table: which registers there are, and where their values are kept. What a
 * guard, an effect and a presence mean is the part's own. */
#ifndef DOORBELL_BASE_REGISTER_H
#define DOORBELL_BASE_REGISTER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct reg {
    uint32_t offset;
    uint8_t size; /* bytes: 4 or 8 */
    uint8_t guard;
    uint8_t effect;   /* of a write, besides storing the value */
    uint8_t presence; /* the feature that it is of */
    uint32_t member;  /* where in the file its value is */
    uint64_t mask;    /* bits that are stored */
};

/* The register that [offset, offset + size) is, or lies in; NULL: none. */
static inline const struct reg *reg_find(const struct reg *table, size_t count, uint64_t offset,
                                         unsigned size)
{
    for (const struct reg *reg = table; reg < table + count; reg++)
        if (offset >= reg->offset && offset - reg->offset + size <= reg->size)
            return reg;
    return NULL;
}

static inline uint64_t reg_load(const void *file, const struct reg *reg)
{
    const uint8_t *at = (const uint8_t *)file + reg->member;
    if (reg->size == 4) {
        uint32_t value;
        memcpy(&value, at, sizeof value);
        return value;
    }
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline void reg_store(void *file, const struct reg *reg, uint64_t value)
{
    uint8_t *at = (uint8_t *)file + reg->member;
    if (reg->size == 4) {
        uint32_t low = (uint32_t)value;
        memcpy(at, &low, sizeof low);
    } else {
        memcpy(at, &value, sizeof value);
    }
}

/* What a read of `size` bytes at `offset`, inside the register, sees of its value. */
static inline uint64_t reg_part(const struct reg *reg, uint64_t offset, unsigned size,
                                uint64_t value)
{
    return value >> (8 * (offset - reg->offset)) &
           (size == 8 ? ~UINT64_C(0) : UINT64_C(0xffffffff));
}

/* The whole register's new value when `size` bytes of it are written at `offset`. */
static inline uint64_t reg_merge(const struct reg *reg, uint64_t offset, unsigned size,
                                 uint64_t old, uint64_t value)
{
    if (size >= reg->size)
        return value;
    const unsigned shift = 8 * (unsigned)(offset - reg->offset);
    const uint64_t half = UINT64_C(0xffffffff) << shift;
    return (old & ~half) | (value << shift & half);
}

#endif
