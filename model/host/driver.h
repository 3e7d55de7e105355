/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the files of the driver share. */
#ifndef HOST_DRIVER_H
#define HOST_DRIVER_H

#include <errno.h>

#include <doorbell/driver.h>

/* Bits [msb:lsb] of a word, and the mask of a span. */
static inline uint64_t field(uint64_t word, unsigned msb, unsigned lsb)
{
    return word >> lsb & (msb - lsb == 63 ? ~UINT64_C(0) : (UINT64_C(1) << (msb - lsb + 1)) - 1);
}

static inline uint32_t reg_read(const struct dbell_host_system *system, uint64_t address)
{
    uint64_t value = 0;
    dbell_host_load(&system->bus, address, 4, &value);
    return (uint32_t)value;
}

static inline void reg_write(const struct dbell_host_system *system, uint64_t address,
                             uint32_t value)
{
    dbell_host_store(&system->bus, address, 4, value);
}

static inline void let_go_on(const struct dbell_host_system *system)
{
    if (system->time.wait)
        system->time.wait(system->time.ctx);
}

static inline bool follows(const struct dbell_host_system *system, enum dbell_host_policy policy)
{
    return system->policies & (uint32_t)policy;
}

static inline uint64_t page_size(const struct dbell_host_domain *domain)
{
    return UINT64_C(1) << domain->tables.granule;
}

/* The domain whose tables the host itself fills: its own, or a nested one's stage 2. */
static inline struct dbell_host_domain *paging(struct dbell_host_domain *domain)
{
    return domain->kind == DBELL_HOST_NESTED ? domain->parent : domain;
}

static inline bool maps(const struct dbell_host_domain *domain)
{
    return domain->kind == DBELL_HOST_STAGE1 || domain->kind == DBELL_HOST_STAGE2;
}

/* map.c: without looking at reserved regions. */
int dbell__host_map(struct dbell_host_domain *domain, uint64_t iova, uint64_t phys, uint64_t size,
                    unsigned prot);
/* pasid.c */
int dbell__host_write_cd(struct dbell_host_device *device, uint32_t pasid,
                         const struct dbell_host_domain *domain);
/* devices.c: whether a range meets a region of a kind that may not be mapped. */
bool dbell__host_meets_reserved(const struct dbell_host_device *device, uint64_t iova,
                                uint64_t size);
/* map.c: whether anything is mapped in a range. */
bool dbell__host_any_mapped(struct dbell_host_domain *domain, uint64_t iova, uint64_t size);

#endif
