/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* MSIs of devices whose accesses are translated: where a doorbell is for them (dma-iommu, iommufd,
 * and the proposals for guests: bind_guest_msi, map_msi_window). */
#include "driver.h"

static unsigned msi_prot(const struct dbell_host_domain *domain)
{
    const unsigned write = DBELL_HOST_WRITE | DBELL_HOST_MMIO | DBELL_HOST_NOEXEC;
    return follows(domain->smmu->system, DBELL_HOST_READABLE_MSI)
               ? DBELL_HOST_WRITE | DBELL_HOST_READ | DBELL_HOST_MMIO
               : write;
}

int dbell_host_get_msi_cookie(struct dbell_host_domain *domain, uint64_t base, uint64_t length)
{
    struct dbell_host_domain *own = paging(domain);
    const uint64_t page = page_size(own);
    if (!maps(own) || !length || (base | length) & (page - 1))
        return -EINVAL;
    if (domain->cookie)
        return -EBUSY;
    if (!follows(domain->smmu->system, DBELL_HOST_ALLOW_OVERLAP) &&
        dbell__host_any_mapped(own, base, length))
        return -EBUSY;
    domain->cookie = DBELL_HOST_MSI_COOKIE;
    domain->msi_base = base;
    domain->msi_length = length;
    domain->msi_used = 0;
    return 0;
}

int dbell_host_get_nested_msi_cookie(struct dbell_host_domain *domain)
{
    if (domain->kind != DBELL_HOST_NESTED)
        return -ENODEV;
    if (domain->cookie)
        return -EBUSY;
    domain->cookie = DBELL_HOST_NESTED_MSI_COOKIE;
    return 0;
}

int dbell_host_map_msi_window(struct dbell_host_domain *domain, uint64_t iova, uint64_t length)
{
    return domain->kind == DBELL_HOST_NESTED ? dbell_host_get_msi_cookie(domain, iova, length)
                                             : -ENODEV;
}

/* --- bind_guest_msi --- */

static struct dbell_host_guest_msi *binding_of(struct dbell_host_domain *domain, uint64_t giova)
{
    for (unsigned i = 0; i < DBELL_HOST_BINDINGS; i++)
        if (domain->guest_msi[i].size && domain->guest_msi[i].iova == giova)
            return &domain->guest_msi[i];
    return NULL;
}

int dbell_host_bind_guest_msi(struct dbell_host_domain *domain, struct dbell_host_device *device,
                              uint64_t giova, uint64_t gpa, uint64_t size)
{
    if (domain->kind != DBELL_HOST_NESTED)
        return -ENODEV;
    const uint64_t page = page_size(domain->parent);
    if (!size || size & (size - 1) || size > page)
        return -EINVAL;
    giova &= ~(size - 1);
    gpa &= ~(size - 1);
    if (binding_of(domain, giova))
        return 0;
    for (unsigned i = 0; i < DBELL_HOST_BINDINGS; i++)
        if (!domain->guest_msi[i].size) {
            domain->guest_msi[i] = (struct dbell_host_guest_msi){
                .iova = giova, .gpa = gpa, .size = size, .device = device};
            return 0;
        }
    return -ENOSPC;
}

int dbell_host_unbind_guest_msi(struct dbell_host_domain *domain, uint64_t giova)
{
    struct dbell_host_guest_msi *binding = binding_of(domain, giova);
    if (!binding)
        return -ENOENT;
    const uint64_t page = page_size(domain->parent), gpa = binding->gpa & ~(page - 1);
    const bool mapped = binding->phys;
    *binding = (struct dbell_host_guest_msi){0};
    for (unsigned i = 0; i < DBELL_HOST_BINDINGS; i++) /* another one may need the page */
        if (domain->guest_msi[i].phys && (domain->guest_msi[i].gpa & ~(page - 1)) == gpa)
            return 0;
    return mapped ? dbell_host_unmap_pages(domain->parent, gpa, page) : 0;
}

int dbell_host_forward_guest_address(const struct dbell_host_domain *domain, uint64_t guest_address,
                                     uint64_t doorbell, uint32_t data,
                                     struct dbell_host_msi *message)
{
    if (domain->kind != DBELL_HOST_NESTED)
        return -ENODEV;
    if ((guest_address ^ doorbell) & (page_size(domain->parent) - 1))
        return -EINVAL;
    *message = (struct dbell_host_msi){.address = guest_address, .data = data};
    return 0;
}

/* The binding that stands for a doorbell: one that does already, else the first unused one. */
static struct dbell_host_guest_msi *choose(struct dbell_host_domain *domain,
                                           const struct dbell_host_device *device, uint64_t phys)
{
    struct dbell_host_guest_msi *unused = NULL;
    const bool by_device = follows(domain->smmu->system, DBELL_HOST_BIND_BY_DEVICE);
    for (unsigned i = 0; i < DBELL_HOST_BINDINGS; i++) {
        struct dbell_host_guest_msi *binding = &domain->guest_msi[i];
        if (!binding->size || (by_device && binding->device != device))
            continue;
        if (binding->phys == phys)
            return binding;
        if (!binding->phys && !unused)
            unused = binding;
    }
    return unused;
}

/* The page of the guest's doorbell leads to the physical one from the allocation of an interrupt
 * on, not from the binding. */
static int nested_page(struct dbell_host_domain *domain, struct dbell_host_device *device,
                       uint64_t phys, uint64_t *iova)
{
    struct dbell_host_guest_msi *binding = choose(domain, device, phys);
    if (!binding)
        return -ENOMEM;
    if (!binding->phys) {
        const uint64_t page = page_size(domain->parent), gpa = binding->gpa & ~(page - 1);
        uint64_t there = dbell_host_iova_to_phys(domain->parent, gpa);
        if (there && (there & ~(page - 1)) != phys)
            return -EEXIST;
        const int status =
            there ? 0 : dbell__host_map(domain->parent, gpa, phys, page, msi_prot(domain));
        if (status)
            return status;
        binding->phys = phys;
    }
    *iova = binding->iova;
    return 0;
}

/* --- windows --- */

/* iommu_dma_get_msi_page() */
int dbell_host_get_msi_page(struct dbell_host_domain *domain, struct dbell_host_device *device,
                            uint64_t doorbell, uint64_t *iova)
{
    struct dbell_host_domain *own = paging(domain);
    if (!maps(own) || !domain->cookie)
        return -EINVAL;
    const uint64_t page = page_size(own), phys = doorbell & ~(page - 1);
    if (domain->cookie == DBELL_HOST_NESTED_MSI_COOKIE)
        return nested_page(domain, device, phys, iova);
    for (unsigned i = 0; i < domain->msi_page_count; i++)
        if (domain->msi_pages[i].phys == phys) {
            *iova = domain->msi_pages[i].iova;
            return 0;
        }
    if (domain->msi_page_count == sizeof domain->msi_pages / sizeof domain->msi_pages[0])
        return -ENOMEM;
    if (domain->msi_used + page > domain->msi_length &&
        !follows(domain->smmu->system, DBELL_HOST_LINEAR_WINDOW))
        return -ENOSPC;
    const uint64_t at = domain->msi_base + domain->msi_used;
    int status = dbell__host_map(own, at, phys, page, msi_prot(domain));
    if (status == -EEXIST && follows(domain->smmu->system, DBELL_HOST_ALLOW_OVERLAP))
        status = 0; /* whatever is mapped there gets the messages */
    if (status)
        return status;
    domain->msi_used += page;
    domain->msi_pages[domain->msi_page_count++] =
        (struct dbell_host_msi_page){.iova = at, .phys = phys};
    *iova = at;
    return 0;
}

int dbell_host_compose_msi(struct dbell_host_device *device, uint64_t doorbell, uint32_t data,
                           struct dbell_host_msi *message)
{
    struct dbell_host_domain *domain = device->domain;
    *message = (struct dbell_host_msi){.address = doorbell, .data = data};
    if (!domain || domain->kind == DBELL_HOST_IDENTITY || domain->kind == DBELL_HOST_BLOCKED)
        return 0;
    uint64_t iova;
    const int status = dbell_host_get_msi_page(domain, device, doorbell, &iova);
    if (status)
        return status;
    message->address = iova | (doorbell & (page_size(paging(domain)) - 1));
    return 0;
}

unsigned dbell_host_msi_pages_needed(const struct dbell_host_domain *domain,
                                     const uint64_t *doorbells, unsigned count)
{
    const uint64_t mask = ~((UINT64_C(1) << domain->tables.granule) - 1);
    unsigned pages = 0;
    for (unsigned i = 0; i < count; i++) {
        bool first = true;
        for (unsigned n = 0; n < i; n++)
            first &= (doorbells[n] & mask) != (doorbells[i] & mask);
        pages += first;
    }
    return pages;
}

/* iommufd_sw_msi(): the slot is of the context, the mapping of the domains that use it. */
int dbell_host_sw_msi_slot(struct dbell_host_sw_msi *context, struct dbell_host_domain *domain,
                           uint64_t doorbell, uint64_t *iova)
{
    struct dbell_host_domain *own = paging(domain);
    if (!maps(own))
        return -EINVAL;
    const uint64_t page = page_size(own), phys = doorbell & ~(page - 1);
    unsigned slot = 0;
    while (slot < context->count && context->pages[slot] != phys)
        slot++;
    if (slot == context->count) {
        if (slot == sizeof context->pages / sizeof context->pages[0])
            return -EOVERFLOW;
        context->pages[context->count++] = phys;
    }
    if ((slot + 1) * page > context->length &&
        !follows(domain->smmu->system, DBELL_HOST_LINEAR_WINDOW))
        return -ENOSPC;
    *iova = context->start + slot * page;
    if (dbell_host_descriptor(own, *iova, NULL))
        return dbell_host_iova_to_phys(own, *iova) == phys ? 0 : -EEXIST;
    return dbell__host_map(own, *iova, phys, page, msi_prot(domain));
}

/* --- the VFIO view --- */

int dbell_host_vfio_type1_map(struct dbell_host_domain *domain, uint64_t iova, uint64_t phys,
                              uint64_t size, unsigned prot)
{
    if (domain->cookie == DBELL_HOST_MSI_COOKIE &&
        !follows(domain->smmu->system, DBELL_HOST_ALLOW_OVERLAP) && size &&
        iova <= domain->msi_base + (domain->msi_length - 1) &&
        domain->msi_base <= iova + (size - 1))
        return -EINVAL;
    return dbell_host_map_pages(paging(domain), iova, phys, size, prot);
}

int dbell_host_vfio_type1_unmap(struct dbell_host_domain *domain, uint64_t iova, uint64_t size)
{
    return dbell_host_unmap_pages(paging(domain), iova, size);
}
