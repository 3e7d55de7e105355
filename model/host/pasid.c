/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Context descriptors, and the PASIDs that select them. */
#include "driver.h"

enum { LEAF_BITS = 10 };

#define MAIR UINT64_C(0xf404ff44) /* Normal NC, Normal WB, Device-nGnRE as AttrIndx 0 to 2 */

static struct dbell_host_cd make_cd(const struct dbell_host_domain *domain)
{
    static const unsigned tg[] = {[12] = 0, [14] = 2, [16] = 1};
    return (struct dbell_host_cd){.v = true,
                                  .t0sz = 64 - domain->tables.input_bits,
                                  .tg0 = tg[domain->tables.granule],
                                  .ir0 = 1,
                                  .or0 = 1,
                                  .sh0 = 3,
                                  .epd1 = true,
                                  .ips = 5,
                                  .aa64 = true,
                                  .r = true,
                                  .a = true,
                                  .aset = !domain->shared_asid,
                                  .ha = domain->httu,
                                  .hd = domain->httu,
                                  .s = domain->stalls,
                                  .tbi0 = domain->tagged,
                                  .asid = domain->asid,
                                  .ttb0 = domain->tables.root,
                                  .mair = MAIR};
}

/* Where the CD of a PASID is; leaves are made as they are needed. */
static int find_cd(struct dbell_host_device *device, uint32_t pasid, uint64_t *address)
{
    struct dbell_host_system *system = device->smmu->system;
    *address = device->cd_table;
    if (!device->pasid_bits)
        return pasid ? -EINVAL : 0;
    if (pasid >> device->pasid_bits)
        return -ERANGE;
    const uint64_t l1 = device->cd_table + (pasid >> LEAF_BITS) * UINT64_C(8);
    uint64_t entry = 0;
    if (dbell_host_load(&system->bus, l1, 8, &entry))
        return -EIO;
    if (!(entry & 1)) {
        const uint64_t leaf = dbell_host_alloc(system, UINT64_C(64) << LEAF_BITS);
        if (!leaf)
            return -ENOMEM;
        entry = dbell_host_l1cd(leaf, true);
        dbell_host_store(&system->bus, l1, 8, entry);
        const int status =
            dbell_host_smmu_issue_sync(device->smmu, dbell_host_cfgi_cd(device->sid, pasid, false));
        if (status)
            return status;
    }
    *address =
        (entry & UINT64_C(0x00fffffffffff000)) + (pasid & ((1u << LEAF_BITS) - 1)) * UINT64_C(64);
    return 0;
}

/* The words in an order that hardware may read at any time: V comes last, and goes first. */
static int store_cd(struct dbell_host_device *device, uint32_t pasid, uint64_t address,
                    const struct dbell_host_cd *cd)
{
    const struct dbell_bus *bus = &device->smmu->system->bus;
    uint64_t words[8], now = 0;
    dbell_host_cd_encode(cd, words);
    if (dbell_host_load(bus, address, 8, &now))
        return -EIO;
    const bool live = now >> 31 & 1;
    if (live && !cd->v) {
        dbell_host_store(bus, address, 8, 0);
        return dbell_host_smmu_issue_sync(device->smmu,
                                          dbell_host_cfgi_cd(device->sid, pasid, true));
    }
    for (unsigned i = 1; i < 8; i++)
        dbell_host_store(bus, address + 8 * i, 8, words[i]);
    if (!live) {
        const int status =
            dbell_host_smmu_issue_sync(device->smmu, dbell_host_cfgi_cd(device->sid, pasid, true));
        if (status)
            return status;
    }
    dbell_host_store(bus, address, 8, words[0]);
    return dbell_host_smmu_issue_sync(device->smmu, dbell_host_cfgi_cd(device->sid, pasid, true));
}

int dbell__host_write_cd(struct dbell_host_device *device, uint32_t pasid,
                         const struct dbell_host_domain *domain)
{
    const struct dbell_host_cd cd = make_cd(domain);
    uint64_t address;
    const int status = find_cd(device, pasid, &address);
    return status ? status : store_cd(device, pasid, address, &cd);
}

uint64_t dbell_host_cd_address(struct dbell_host_device *device, uint32_t pasid)
{
    uint64_t address;
    return find_cd(device, pasid, &address) ? 0 : address;
}

int dbell_host_set_dev_pasid(struct dbell_host_device *device, uint32_t pasid,
                             struct dbell_host_domain *domain)
{
    uint64_t address, now = 0;
    if (!device->cd_table || !device->pasid_bits || domain->kind != DBELL_HOST_STAGE1 ||
        (!pasid && device->s1dss == 2))
        return -EINVAL;
    const int status = find_cd(device, pasid, &address);
    if (status)
        return status;
    dbell_host_load(&device->smmu->system->bus, address, 8, &now);
    if (now >> 31 & 1)
        return -EBUSY;
    if (domain->pasid_count == DBELL_HOST_DEVICES)
        return -ENOSPC;
    domain->pasids[domain->pasid_count].device = device;
    domain->pasids[domain->pasid_count++].pasid = pasid;
    return dbell__host_write_cd(device, pasid, domain);
}

/* 3.9.1: the CD is gone, then the TLB's entries, then the device's. */
static int forget(struct dbell_host_device *device, uint32_t pasid, unsigned asid)
{
    if (follows(device->smmu->system, DBELL_HOST_NO_FLUSH))
        return 0;
    int status = dbell_host_smmu_issue_sync(device->smmu, dbell_host_tlbi_nh_asid(0, asid));
    if (!status && device->ats)
        status = dbell_host_atc_invalidate(device, true, pasid, 0, 0);
    return status;
}

int dbell_host_remove_dev_pasid(struct dbell_host_device *device, uint32_t pasid,
                                struct dbell_host_domain *domain)
{
    const struct dbell_host_cd none = {0};
    uint64_t address, now = 0;
    int status = find_cd(device, pasid, &address);
    if (status)
        return status;
    dbell_host_load(&device->smmu->system->bus, address, 8, &now);
    if (!(now >> 31 & 1))
        return -ENOENT;
    status = store_cd(device, pasid, address, &none);
    for (unsigned i = 0; i < domain->pasid_count; i++)
        if (domain->pasids[i].device == device && domain->pasids[i].pasid == pasid)
            domain->pasids[i] = domain->pasids[--domain->pasid_count];
    return status ? status : forget(device, pasid, (unsigned)(now >> 48));
}

int dbell_host_sva_release(struct dbell_host_device *device, uint32_t pasid)
{
    uint64_t address, now = 0;
    int status = find_cd(device, pasid, &address);
    if (status)
        return status;
    dbell_host_load(&device->smmu->system->bus, address, 8, &now);
    if (!(now >> 31 & 1))
        return -ENOENT;
    const uint64_t quiet = (now | UINT64_C(1) << 14) & ~(UINT64_C(1) << 45); /* EPD0; R */
    dbell_host_store(&device->smmu->system->bus, address, 8, quiet);
    status = dbell_host_smmu_issue_sync(device->smmu, dbell_host_cfgi_cd(device->sid, pasid, true));
    return status ? status : forget(device, pasid, (unsigned)(now >> 48));
}

/* The domain gets another ASID while its devices use it. */
int dbell_host_change_asid(struct dbell_host_device *device, uint32_t pasid,
                           struct dbell_host_domain *domain, uint16_t asid)
{
    const uint16_t old = domain->asid;
    domain->asid = asid;
    const int status = dbell__host_write_cd(device, pasid, domain);
    return status ? status : forget(device, pasid, old);
}

/* --- devices that share processes --- */

unsigned dbell_host_group_pasid_bits(const struct dbell_host_pasid_group *group)
{
    unsigned bits = 20;
    for (unsigned i = 0; i < group->device_count; i++)
        if (group->devices[i]->pasid_bits < bits)
            bits = group->devices[i]->pasid_bits;
    return bits;
}

int dbell_host_group_add(struct dbell_host_pasid_group *group, struct dbell_host_device *device)
{
    if (group->device_count == DBELL_HOST_DEVICES)
        return -ENOSPC;
    if (group->any && group->highest >> device->pasid_bits)
        return -ERANGE;
    group->devices[group->device_count++] = device;
    return 0;
}

int dbell_host_group_bind(struct dbell_host_pasid_group *group, uint32_t pasid,
                          struct dbell_host_domain *domain)
{
    int status = pasid >> dbell_host_group_pasid_bits(group) ? -ERANGE : 0;
    for (unsigned i = 0; i < group->device_count && !status; i++)
        status = dbell_host_set_dev_pasid(group->devices[i], pasid, domain);
    if (status)
        return status;
    group->highest = group->any && group->highest > pasid ? group->highest : pasid;
    group->any = true;
    return 0;
}
