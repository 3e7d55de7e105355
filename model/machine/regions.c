/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "regions.h"

#include <inttypes.h>
#include <stdlib.h>

#include "message.h"

static const char *const kind_names[] = {
    "RAM",     "SMMU", "GIC distributor", "GIC redistributors", "ITS", "GICv2m frame",
    "pre-ITS", "ECAM", "PCI memory"};

static int by_first(const void *a, const void *b)
{
    const struct region *x = a, *y = b;
    return x->first < y->first ? -1 : x->first > y->first;
}

static int add(struct regions *regions, enum region_kind kind, size_t index, uint64_t first,
               uint64_t size, struct dbell_message *message)
{
    if (!size || first + (size - 1) < first)
        return dbell__fail(message, DBELL_E_RANGE,
                           "%s at 0x%" PRIx64 " is empty or passes the end of the address space",
                           kind_names[kind], first);
    regions->region[regions->count++] = (struct region){.first = first,
                                                        .last = first + (size - 1),
                                                        .kind = (uint8_t)kind,
                                                        .index = (uint32_t)index};
    return DBELL_OK;
}

int dbell__regions_build(struct regions *regions, const struct dbell_platform *p,
                         struct dbell_message *message)
{
    int status = DBELL_OK;
    regions->count = 0;
    for (size_t i = 0; i < p->ram_count && !status; i++)
        status = add(regions, REGION_RAM, i, p->ram[i].base, p->ram[i].size, message);
    for (size_t i = 0; i < p->smmu_count && !status; i++)
        status = add(regions, REGION_SMMU, i, p->smmu[i].base,
                     dbell_smmu_register_space(&p->smmu[i].config), message);
    for (size_t i = 0; i < p->its_count && !status; i++)
        status = add(regions, REGION_ITS, i, p->its[i].base, dbell_its_space(&p->its[i].config),
                     message);
    for (size_t i = 0; i < p->its_count && !status; i++)
        if (p->its[i].pre_its)
            status =
                add(regions, REGION_PRE_ITS, i, p->its[i].pre_its, DBELL_PRE_ITS_SPACE, message);
    for (size_t i = 0; i < p->v2m_count && !status; i++)
        status = add(regions, REGION_V2M, i, p->v2m[i].base, DBELL_V2M_SPACE, message);
    if (p->pcie.ecam_size && !status)
        status = add(regions, REGION_ECAM, 0, p->pcie.ecam, p->pcie.ecam_size, message);
    for (size_t i = 0; i < p->pcie.memory_count && !status; i++)
        status =
            add(regions, REGION_PCI, i, p->pcie.memory[i].base, p->pcie.memory[i].size, message);
    if (p->has_gic && !status) {
        status = add(regions, REGION_GICD, 0, p->gic_distributor, DBELL_GICD_SPACE, message);
        if (!status)
            status = add(regions, REGION_GICR, 0, p->gic_redistributors,
                         (uint64_t)p->gic.cpus * dbell_gicr_space(&p->gic), message);
    }
    if (status)
        return status;
    qsort(regions->region, regions->count, sizeof regions->region[0], by_first);
    for (size_t i = 1; i < regions->count; i++) {
        const struct region *a = &regions->region[i - 1], *b = &regions->region[i];
        if (b->first <= a->last)
            return dbell__fail(message, DBELL_E_OVERLAP,
                               "%s at 0x%" PRIx64 " overlaps %s at 0x%" PRIx64, kind_names[b->kind],
                               b->first, kind_names[a->kind], a->first);
    }
    return DBELL_OK;
}

const struct region *dbell__regions_find(const struct regions *regions, uint64_t address)
{
    size_t low = 0, high = regions->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (regions->region[middle].first <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low && address <= regions->region[low - 1].last ? &regions->region[low - 1] : NULL;
}
