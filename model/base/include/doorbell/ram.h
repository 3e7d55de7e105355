/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Sparse RAM: pages appear when they are first written; untouched bytes read 0. */
#ifndef DOORBELL_RAM_H
#define DOORBELL_RAM_H

#include <doorbell/ports.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DBELL_RAM_PAGE_SIZE 65536u

struct dbell_ram_page {
    uint64_t number; /* page number within the RAM, plus one; 0: a free slot */
    uint8_t *bytes;
};

/* Members are private to ram.c; the struct is public so that it can be placed anywhere. */
struct dbell_ram {
    uint64_t base, size;
    uint64_t limit, used; /* bytes of pages */
    struct dbell_allocator allocator;
    struct dbell_ram_page *slots;
    uint64_t slot_count, page_count;
};

/* RAM at [base, base + size), size > 0, not beyond 2^64. At most `limit` bytes of pages are ever
 * allocated; a write past that answers DBELL_RESPONSE_SLVERR. DBELL_E_ARGUMENT, DBELL_E_RANGE. */
int dbell_ram_init(struct dbell_ram *ram, uint64_t base, uint64_t size, uint64_t limit,
                   const struct dbell_allocator *allocator);
void dbell_ram_free(struct dbell_ram *ram);

/* DECERR when a byte lies outside. A write of zeroes to an untouched page allocates nothing. */
enum dbell_response dbell_ram_read(const struct dbell_ram *ram, uint64_t address, void *bytes,
                                   uint64_t length);
enum dbell_response dbell_ram_write(struct dbell_ram *ram, uint64_t address, const void *bytes,
                                    uint64_t length);
enum dbell_response dbell_ram_fill(struct dbell_ram *ram, uint64_t address, uint8_t value,
                                   uint64_t length);
/* Shaped for struct dbell_bus; only of pages that exist already. */
bool dbell_ram_window(const struct dbell_ram *ram, uint64_t address, struct dbell_window *window);
enum dbell_response dbell_ram_cas(struct dbell_ram *ram, uint64_t address, uint64_t expected,
                                  uint64_t desired, uint64_t *old);

#ifdef __cplusplus
}
#endif
#endif
