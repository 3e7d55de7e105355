/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Mapping and unmapping (io-pgtable-arm), and the invalidations that unmapping needs. */
#include "driver.h"

enum { FLUSH_PAGES = 64 }; /* a larger range is flushed by ASID or VMID */

/* Descriptor bits of a mapping (Arm ARM D8.3, D8.5). */
static uint64_t stage1_bits(unsigned prot)
{
    uint64_t bits = 1u << 10 | 1u << 11; /* AF, nG */
    bits |= prot & DBELL_HOST_PRIV ? 0 : 1u << 6;
    bits |= prot & DBELL_HOST_WRITE && !(prot & DBELL_HOST_DIRTY_TRACK) ? 0 : 1u << 7;
    bits |= prot & DBELL_HOST_DIRTY_TRACK ? DBELL_HOST_PTE_DBM : 0;
    bits |= prot & DBELL_HOST_MMIO ? 2u << 2 : prot & DBELL_HOST_CACHE ? 1u << 2 : 0;
    bits |= prot & DBELL_HOST_CACHE ? 3u << 8 : 2u << 8;
    bits |= prot & DBELL_HOST_NOEXEC ? UINT64_C(3) << 53 : 0;
    return bits;
}

static uint64_t stage2_bits(unsigned prot)
{
    uint64_t bits = 1u << 10;
    bits |= prot & DBELL_HOST_READ ? 1u << 6 : 0;
    bits |= prot & DBELL_HOST_WRITE ? 1u << 7 : 0;
    bits |= prot & DBELL_HOST_MMIO ? 1u << 2 : prot & DBELL_HOST_CACHE ? 0xfu << 2 : 5u << 2;
    bits |= prot & DBELL_HOST_CACHE ? 3u << 8 : 2u << 8;
    bits |= prot & DBELL_HOST_NOEXEC ? UINT64_C(3) << 53 : 0;
    return bits;
}

static uint64_t leaf_bits(const struct dbell_host_domain *domain, unsigned prot)
{
    return domain->kind == DBELL_HOST_STAGE1 ? stage1_bits(prot) : stage2_bits(prot);
}

uint64_t dbell_host_descriptor(struct dbell_host_domain *domain, uint64_t iova, uint64_t *at)
{
    const struct dbell_host_tables *t = &paging(domain)->tables;
    const unsigned per_level = t->granule - 3;
    uint64_t table = t->root;
    if (!maps(paging(domain)) || iova >> t->input_bits)
        return 0;
    for (unsigned level = t->start_level;; level++) {
        const unsigned shift = t->granule + per_level * (3 - level);
        uint64_t index = iova >> shift, entry = 0;
        if (level != t->start_level)
            index &= (UINT64_C(1) << per_level) - 1;
        const uint64_t where = table + 8 * index;
        if (dbell_host_load(&t->bus, where, 8, &entry) || !(entry & 1))
            return 0;
        if (level == 3 || (entry & 3) == 1) {
            if (at)
                *at = where;
            return entry;
        }
        table = entry & UINT64_C(0x0000fffffffff000);
    }
}

static unsigned level_of(struct dbell_host_domain *domain, uint64_t iova)
{
    uint64_t at;
    const uint64_t entry = dbell_host_descriptor(domain, iova, &at);
    const struct dbell_host_tables *t = &paging(domain)->tables;
    if ((entry & 3) == 3)
        return 3;
    for (unsigned level = t->start_level; level < 3; level++) {
        const uint64_t block = UINT64_C(1) << (t->granule + (t->granule - 3) * (3 - level));
        uint64_t there = 0, beside = 0;
        dbell_host_descriptor(domain, iova & ~(block - 1), &there);
        dbell_host_descriptor(domain, (iova & ~(block - 1)) + block - 1, &beside);
        if (there == beside && there == at)
            return level;
    }
    return 3;
}

uint64_t dbell_host_iova_to_phys(struct dbell_host_domain *domain, uint64_t iova)
{
    const uint64_t entry = dbell_host_descriptor(domain, iova, NULL);
    const struct dbell_host_tables *t = &paging(domain)->tables;
    if (!entry)
        return 0;
    const unsigned level = level_of(domain, iova);
    const uint64_t size = UINT64_C(1) << (t->granule + (t->granule - 3) * (3 - level));
    return (entry & UINT64_C(0x0000fffffffff000) & ~(size - 1)) | (iova & (size - 1));
}

bool dbell__host_any_mapped(struct dbell_host_domain *domain, uint64_t iova, uint64_t size)
{
    const uint64_t page = page_size(paging(domain));
    for (uint64_t at = iova & ~(page - 1); at < iova + size; at += page)
        if (dbell_host_descriptor(domain, at, NULL))
            return true;
    return false;
}

static int from_host_map(int status)
{
    return status == DBELL_OK          ? 0
           : status == DBELL_E_OVERLAP ? -EEXIST
           : status == DBELL_E_MEMORY  ? -ENOMEM
                                       : -EIO;
}

int dbell__host_map(struct dbell_host_domain *domain, uint64_t iova, uint64_t phys, uint64_t size,
                    unsigned prot)
{
    const uint64_t page = page_size(domain);
    int status = 0;
    if (!maps(domain) || !size || (iova | phys | size) & (page - 1) ||
        !(prot & (DBELL_HOST_READ | DBELL_HOST_WRITE)))
        return -EINVAL;
    if (iova + (size - 1) < iova || (iova + (size - 1)) >> domain->tables.input_bits)
        return -ERANGE;
    if (dbell__host_any_mapped(domain, iova, size))
        return -EEXIST;
    for (uint64_t done = 0; done < size && !status; done += page)
        status = from_host_map(
            dbell_host_map(&domain->tables, iova + done, phys + done, 3, leaf_bits(domain, prot)));
    return status;
}

static int allowed(const struct dbell_host_domain *domain, uint64_t iova, uint64_t size)
{
    for (unsigned i = 0; i < domain->device_count + domain->pasid_count; i++) {
        const struct dbell_host_device *device =
            i < domain->device_count ? domain->devices[i]
                                     : domain->pasids[i - domain->device_count].device;
        if (device->dma_mask && iova + (size - 1) > device->dma_mask)
            return -ERANGE;
        if (!follows(domain->smmu->system, DBELL_HOST_ALLOW_OVERLAP) &&
            dbell__host_meets_reserved(device, iova, size))
            return -EINVAL;
    }
    return 0;
}

int dbell_host_map_pages(struct dbell_host_domain *domain, uint64_t iova, uint64_t phys,
                         uint64_t size, unsigned prot)
{
    const int status = size ? allowed(domain, iova, size) : -EINVAL;
    return status ? status : dbell__host_map(domain, iova, phys, size, prot);
}

int dbell_host_map_block(struct dbell_host_domain *domain, uint64_t iova, uint64_t phys,
                         unsigned level, unsigned prot)
{
    const struct dbell_host_tables *t = &domain->tables;
    if (!maps(domain) || level > 3 || level < t->start_level || level == 0)
        return -EINVAL;
    const uint64_t size = UINT64_C(1) << (t->granule + (t->granule - 3) * (3 - level));
    if ((iova | phys) & (size - 1))
        return -EINVAL;
    if (dbell_host_descriptor(domain, iova, NULL))
        return -EEXIST;
    const int status = allowed(domain, iova, size);
    return status ? status
                  : from_host_map(dbell_host_map(&domain->tables, iova, phys, level,
                                                 leaf_bits(domain, prot)));
}

int dbell_host_unmap_pages(struct dbell_host_domain *domain, uint64_t iova, uint64_t size)
{
    const uint64_t page = page_size(domain);
    bool any = false;
    if (!maps(domain) || !size || (iova | size) & (page - 1))
        return -EINVAL;
    for (uint64_t done = 0; done < size; done += page) {
        uint64_t at;
        if (!dbell_host_descriptor(domain, iova + done, &at))
            continue;
        dbell_host_store(&domain->tables.bus, at, 8, 0);
        any = true;
    }
    return any ? dbell_host_flush(domain, iova, size) : -ENOENT;
}

/* --- invalidation --- */

int dbell_host_atc_invalidate(struct dbell_host_device *device, bool has_pasid, uint32_t pasid,
                              uint64_t address, uint64_t size)
{
    unsigned log2 = 0; /* of pages: the smallest aligned power of two around the range */
    const uint64_t first = address >> 12, last = (address + (size ? size - 1 : 0)) >> 12;
    while (log2 < 52 && first >> log2 != last >> log2)
        log2++;
    if (!size)
        log2 = 52;
    const uint64_t mask = log2 >= 52 ? 0 : ~((UINT64_C(0x1000) << log2) - 1);
    struct dbell_host_cmd command = dbell_host_atc_inv(device->sid, address & mask, log2, false);
    if (has_pasid)
        command = dbell_host_with_substream(command, pasid);
    return dbell_host_smmu_issue_sync(device->smmu, command);
}

/* 3.9.1: the SMMU's own TLB first, and its completion; then the endpoints' caches. */
static int flush_tlb(struct dbell_host_domain *domain, uint64_t iova, uint64_t size)
{
    struct dbell_host_smmu *smmu = domain->smmu;
    const uint64_t page = page_size(domain);
    const bool stage1 = domain->kind == DBELL_HOST_STAGE1;
    int status = 0;
    if (size / page > FLUSH_PAGES)
        return dbell_host_smmu_issue_sync(smmu, stage1 ? dbell_host_tlbi_nh_asid(0, domain->asid)
                                                       : dbell_host_tlbi_s12_vmall(domain->vmid));
    for (uint64_t at = iova & ~(page - 1); at < iova + size && !status; at += page)
        status =
            dbell_host_smmu_issue(smmu, stage1 ? dbell_host_tlbi_nh_va(0, domain->asid, at, true)
                                               : dbell_host_tlbi_s2_ipa(domain->vmid, at, true));
    if (!stage1 && !status) /* what combines both stages (4.4.3) */
        status = dbell_host_smmu_issue(smmu, dbell_host_tlbi_nh_all(domain->vmid));
    return status ? status : dbell_host_smmu_issue(smmu, dbell_host_sync());
}

int dbell_host_flush(struct dbell_host_domain *domain, uint64_t iova, uint64_t size)
{
    if (follows(domain->smmu->system, DBELL_HOST_NO_FLUSH))
        return 0;
    int status = flush_tlb(domain, iova, size);
    for (unsigned i = 0; i < domain->device_count && !status; i++)
        if (domain->devices[i]->ats)
            status = dbell_host_atc_invalidate(domain->devices[i], false, 0, iova, size);
    for (unsigned i = 0; i < domain->pasid_count && !status; i++)
        if (domain->pasids[i].device->ats)
            status = dbell_host_atc_invalidate(domain->pasids[i].device, true,
                                               domain->pasids[i].pasid, iova, size);
    return status;
}
