/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Devices and the domains that they are attached to: STEs, and how one is written under traffic. */
#include "driver.h"

#include <string.h>

enum { S1_TABLES = 64, SPLIT = 8, SPLIT_STES = 1 << SPLIT };

void dbell_host_device_init(struct dbell_host_device *device, struct dbell_host_smmu *smmu,
                            uint32_t sid)
{
    *device =
        (struct dbell_host_device){.smmu = smmu, .sid = sid, .isolated_msi = true, .s1dss = 2};
}

/* --- reserved regions --- */

static bool overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a <= b + (b_size - 1) && b <= a + (a_size - 1);
}

int dbell_host_reserve(struct dbell_host_device *device, uint64_t base, uint64_t size,
                       enum dbell_host_region_kind kind)
{
    if (!size || base + (size - 1) < base)
        return -EINVAL;
    if (device->region_count == DBELL_HOST_REGIONS)
        return -ENOSPC;
    for (unsigned i = 0; i < device->region_count; i++)
        if (overlaps(base, size, device->regions[i].base, device->regions[i].size))
            return -EEXIST;
    device->regions[device->region_count++] =
        (struct dbell_host_region){.base = base, .size = size, .kind = (uint8_t)kind};
    return 0;
}

bool dbell__host_meets_reserved(const struct dbell_host_device *device, uint64_t iova,
                                uint64_t size)
{
    for (unsigned i = 0; i < device->region_count; i++)
        if (device->regions[i].kind != DBELL_HOST_DIRECT &&
            overlaps(iova, size, device->regions[i].base, device->regions[i].size))
            return true;
    return false;
}

/* --- domains --- */

static int make_paging(struct dbell_host_domain *domain, unsigned granule)
{
    struct dbell_host_system *system = domain->smmu->system;
    const unsigned bit = granule == 12 ? 4 : granule == 14 ? 5 : 6;
    if ((granule != 12 && granule != 14 && granule != 16) || !(domain->smmu->idr[5] >> bit & 1))
        return -EINVAL;
    const uint64_t page = UINT64_C(1) << granule;
    const uint64_t root = dbell_host_alloc(system, page);
    const uint64_t more = dbell_host_alloc(system, S1_TABLES * page);
    if (!root || !more)
        return -ENOMEM;
    domain->input_bits = 48;
    domain->tables = (struct dbell_host_tables){.bus = system->bus,
                                                .root = root,
                                                .granule = granule,
                                                .input_bits = 48,
                                                .start_level = dbell_host_start_level(granule, 48),
                                                .next = more,
                                                .end = more + S1_TABLES * page};
    return 0;
}

int dbell_host_domain_alloc(struct dbell_host_domain *domain, struct dbell_host_smmu *smmu,
                            enum dbell_host_domain_kind kind, unsigned granule)
{
    *domain = (struct dbell_host_domain){.kind = (uint8_t)kind, .smmu = smmu};
    switch (kind) {
    case DBELL_HOST_BLOCKED:
    case DBELL_HOST_IDENTITY:
        return 0;
    case DBELL_HOST_STAGE1:
        if (!(smmu->idr[0] & 2))
            return -EINVAL;
        domain->asid = smmu->next_asid++;
        return make_paging(domain, granule);
    case DBELL_HOST_STAGE2:
        if (!(smmu->idr[0] & 1))
            return -EINVAL;
        domain->vmid = smmu->next_vmid++;
        return make_paging(domain, granule);
    default:
        return -EINVAL;
    }
}

int dbell_host_domain_alloc_nested(struct dbell_host_domain *domain,
                                   struct dbell_host_domain *parent)
{
    if (parent->kind != DBELL_HOST_STAGE2 || (parent->smmu->idr[0] & 3) != 3)
        return -EINVAL;
    *domain = (struct dbell_host_domain){
        .kind = DBELL_HOST_NESTED, .smmu = parent->smmu, .parent = parent, .vste = {1, 0}};
    return 0;
}

/* --- structures --- */

static struct dbell_host_ste base_ste(unsigned config)
{
    return (struct dbell_host_ste){.v = true, .config = config, .shcfg = 1};
}

void dbell_host_make_abort_ste(uint64_t words[8])
{
    const struct dbell_host_ste ste = {.v = true};
    dbell_host_ste_encode(&ste, words);
}

void dbell_host_make_bypass_ste(uint64_t words[8])
{
    const struct dbell_host_ste ste = base_ste(4);
    dbell_host_ste_encode(&ste, words);
}

void dbell_host_make_stage1_ste(const struct dbell_host_device *device, uint64_t words[8])
{
    struct dbell_host_ste ste = base_ste(5);
    ste.s1contextptr = device->cd_table;
    ste.s1fmt = device->pasid_bits ? 2 : 0;
    ste.s1cdmax = device->pasid_bits;
    ste.s1dss = device->pasid_bits ? device->s1dss : 0;
    ste.s1cir = ste.s1cor = 1;
    ste.s1csh = 3;
    ste.mev = true;
    ste.eats = device->ats;
    dbell_host_ste_encode(&ste, words);
}

/* 5.2: what a stage 2 takes of an STE; the guest's fields come on top. */
static struct dbell_host_ste stage2_ste(const struct dbell_host_device *device,
                                        const struct dbell_host_domain *domain, unsigned config)
{
    static const unsigned tg[] = {[12] = 0, [14] = 2, [16] = 1};
    const struct dbell_host_tables *t = &domain->tables;
    struct dbell_host_ste ste = base_ste(config);
    ste.s2vmid = domain->vmid;
    ste.s2t0sz = 64 - t->input_bits;
    ste.s2sl0 = t->granule == 12 ? 2 - t->start_level : 3 - t->start_level;
    ste.s2ir0 = ste.s2or0 = 1;
    ste.s2sh0 = 3;
    ste.s2tg = tg[t->granule];
    ste.s2ps = 5;
    ste.s2aa64 = ste.s2ptw = ste.s2r = true;
    ste.s2ttb = t->root;
    ste.eats = device->ats;
    return ste;
}

void dbell_host_make_stage2_ste(const struct dbell_host_device *device,
                                const struct dbell_host_domain *domain, uint64_t words[8])
{
    const struct dbell_host_ste ste = stage2_ste(device, domain, 6);
    dbell_host_ste_encode(&ste, words);
}

void dbell_host_make_nested_ste(const struct dbell_host_device *device,
                                const struct dbell_host_domain *nested, uint64_t words[8])
{
    const unsigned config = (unsigned)field(nested->vste[0], 3, 1);
    const bool valid = nested->vste[0] & 1;
    if (!valid || !(config & 4)) {
        dbell_host_make_abort_ste(words);
        return;
    }
    const struct dbell_host_ste ste = stage2_ste(device, nested->parent, config | 2);
    dbell_host_ste_encode(&ste, words);
    if (!(config & 1))
        return;
    words[0] |= nested->vste[0];
    words[1] |= nested->vste[1] | UINT64_C(1) << 19; /* MEV is the host's */
}

/* --- writing an STE (3.21.3, 5.2: what hardware may read at any time) --- */

uint64_t dbell_host_ste_address(const struct dbell_host_device *device)
{
    const struct dbell_host_smmu *smmu = device->smmu;
    uint64_t l1std = 0;
    if (field(smmu->idr[0], 28, 27) != 1)
        return smmu->strtab + device->sid * UINT64_C(64);
    dbell_host_load(&smmu->system->bus, smmu->strtab + (device->sid >> SPLIT) * UINT64_C(8), 8,
                    &l1std);
    const uint64_t table = l1std & UINT64_C(0x00ffffffffffffc0);
    return table ? table + (device->sid & (SPLIT_STES - 1)) * UINT64_C(64) : 0;
}

/* The level 2 table that a StreamID is in; new ones abort all (arm_smmu_init_l2_strtab). */
static int find_ste(struct dbell_host_device *device, uint64_t *address)
{
    struct dbell_host_smmu *smmu = device->smmu;
    *address = dbell_host_ste_address(device);
    if (*address)
        return 0;
    const uint64_t table = dbell_host_alloc(smmu->system, SPLIT_STES * UINT64_C(64));
    if (!table)
        return -ENOMEM;
    for (unsigned i = 0; i < SPLIT_STES; i++) /* V, Config 0b000; the rest is zero */
        dbell_host_store(&smmu->system->bus, table + i * UINT64_C(64), 8, 1);
    dbell_host_store(&smmu->system->bus, smmu->strtab + (device->sid >> SPLIT) * UINT64_C(8), 8,
                     dbell_host_l1std(table, SPLIT + 1));
    *address = dbell_host_ste_address(device);
    return dbell_host_smmu_issue_sync(smmu,
                                      dbell_host_cfgi_ste_range(device->sid & ~255u, SPLIT - 1));
}

/* Which bits hardware uses of an STE with this content. */
static void used_bits(const uint64_t w[8], uint64_t used[8])
{
    const unsigned config = (unsigned)field(w[0], 3, 1);
    memset(used, 0, 8 * sizeof used[0]);
    used[0] = 1;
    if (!(w[0] & 1))
        return;
    used[0] |= 0xe;
    if (!(config & 4))
        return;
    used[1] = UINT64_C(3) << 44; /* SHCFG */
    if (config & 1) {
        used[0] = UINT64_MAX;
        used[1] = UINT64_MAX;
        used[2] |= 0xffff; /* the VMID tags stage 1 too */
    }
    if (config & 2) {
        used[1] |= UINT64_C(3) << 28 | UINT64_C(1) << 25; /* EATS, S2FWB */
        used[2] = used[3] = UINT64_MAX;
    }
}

static int store_and_invalidate(struct dbell_host_device *device, uint64_t address,
                                const uint64_t words[8], unsigned first, unsigned count,
                                const uint64_t now[8], bool *stored)
{
    bool any = false;
    for (unsigned i = first; i < first + count; i++)
        if (words[i] != now[i]) {
            dbell_host_store(&device->smmu->system->bus, address + 8 * i, 8, words[i]);
            any = true;
        }
    *stored = any;
    return any ? dbell_host_smmu_issue_sync(device->smmu, dbell_host_cfgi_ste(device->sid, true))
               : 0;
}

/* arm_smmu_write_entry(): first what the present STE does not use, then the one doubleword that
 * makes the difference, then the rest; through V == 0 where more than one makes it. */
int dbell_host_write_ste(struct dbell_host_device *device, const uint64_t target[8])
{
    uint64_t address, now[8], uses[8], wants[8], step[8];
    unsigned critical = 0, which = 0;
    bool stored;
    int status = find_ste(device, &address);
    for (unsigned i = 0; i < 8 && !status; i++)
        status =
            dbell_host_load(&device->smmu->system->bus, address + 8 * i, 8, &now[i]) ? -EIO : 0;
    if (status)
        return status;
    used_bits(now, uses);
    used_bits(target, wants);
    for (unsigned i = 0; i < 8; i++) {
        step[i] = (now[i] & uses[i]) | (target[i] & ~uses[i]);
        if ((step[i] & wants[i]) != (target[i] & wants[i])) {
            critical++;
            which = i;
        }
    }
    if (critical > 1) {
        uint64_t invalid[8];
        memcpy(invalid, now, sizeof invalid);
        invalid[0] = 0;
        status = store_and_invalidate(device, address, invalid, 0, 1, now, &stored);
        if (!status)
            status = store_and_invalidate(device, address, target, 1, 7, now, &stored);
        return status ? status
                      : store_and_invalidate(device, address, target, 0, 1, invalid, &stored);
    }
    if (critical == 1) { /* the doubleword that decides keeps its old content in the first step */
        step[which] = now[which];
        status = store_and_invalidate(device, address, step, 0, 8, now, &stored);
        if (!status)
            status = store_and_invalidate(device, address, target, which, 1, step, &stored);
        step[which] = target[which];
    } else {
        status = store_and_invalidate(device, address, step, 0, 8, now, &stored);
    }
    return status ? status : store_and_invalidate(device, address, target, 0, 8, step, &stored);
}

/* --- attaching --- */

static int check_attach(struct dbell_host_device *device, struct dbell_host_domain *domain)
{
    if (device->domain)
        return -EBUSY;
    if (domain->device_count == DBELL_HOST_DEVICES)
        return -ENOSPC;
    if (!maps(domain))
        return 0;
    for (unsigned i = 0; i < device->region_count; i++)
        if (device->regions[i].kind != DBELL_HOST_DIRECT &&
            !follows(device->smmu->system, DBELL_HOST_ALLOW_OVERLAP) &&
            dbell__host_any_mapped(domain, device->regions[i].base, device->regions[i].size))
            return -EINVAL;
    return 0;
}

/* A table of CDs: one, or two levels with leaves of 64 KiB. */
static int make_cd_table(struct dbell_host_device *device)
{
    const uint64_t leaves =
        device->pasid_bits > 10 ? UINT64_C(1) << (device->pasid_bits - 10) : UINT64_C(1);
    if (!device->cd_table)
        device->cd_table =
            dbell_host_alloc(device->smmu->system, device->pasid_bits ? leaves * 8 : UINT64_C(64));
    return device->cd_table ? 0 : -ENOMEM;
}

int dbell_host_iommufd_bind(const struct dbell_host_device *device)
{
    return device->isolated_msi || follows(device->smmu->system, DBELL_HOST_UNSAFE_INTERRUPTS)
               ? 0
               : -EPERM;
}

/* What the STE of a device in this domain is. */
static void make_ste(const struct dbell_host_device *device, const struct dbell_host_domain *domain,
                     uint64_t words[8])
{
    switch (domain->kind) {
    case DBELL_HOST_IDENTITY:
        dbell_host_make_bypass_ste(words);
        break;
    case DBELL_HOST_STAGE1:
        dbell_host_make_stage1_ste(device, words);
        break;
    case DBELL_HOST_STAGE2:
        dbell_host_make_stage2_ste(device, domain, words);
        break;
    case DBELL_HOST_NESTED:
        dbell_host_make_nested_ste(device, domain, words);
        break;
    default:
        dbell_host_make_abort_ste(words);
        break;
    }
}

/* RMRs are mapped to themselves before the device can use them. */
static int map_direct(struct dbell_host_device *device, struct dbell_host_domain *domain)
{
    int status = 0;
    for (unsigned i = 0; i < device->region_count && maps(domain) && !status; i++) {
        const struct dbell_host_region *region = &device->regions[i];
        if (region->kind == DBELL_HOST_DIRECT)
            status = dbell__host_map(domain, region->base, region->base, region->size,
                                     DBELL_HOST_READ | DBELL_HOST_WRITE);
        if (status == -EEXIST)
            status = 0;
    }
    return status;
}

int dbell_host_attach(struct dbell_host_device *device, struct dbell_host_domain *domain)
{
    uint64_t words[8];
    int status = check_attach(device, domain);
    if (!status)
        status = map_direct(device, domain);
    if (!status && domain->kind == DBELL_HOST_STAGE1) {
        status = make_cd_table(device);
        if (!status)
            status = dbell__host_write_cd(device, 0, domain);
    }
    if (status)
        return status;
    make_ste(device, domain, words);
    status = dbell_host_write_ste(device, words);
    if (status)
        return status;
    device->domain = domain;
    domain->devices[domain->device_count++] = device;
    return 0;
}

int dbell_host_detach(struct dbell_host_device *device)
{
    struct dbell_host_domain *domain = device->domain;
    uint64_t words[8];
    if (!domain)
        return -ENODEV;
    dbell_host_make_abort_ste(words);
    const int status = dbell_host_write_ste(device, words);
    unsigned i = 0;
    while (i < domain->device_count && domain->devices[i] != device)
        i++;
    if (i < domain->device_count)
        domain->devices[i] = domain->devices[--domain->device_count];
    device->domain = NULL;
    return status;
}
