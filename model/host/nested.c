/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A guest's stage 1 over the host's stage 2: its STE, its invalidations, its events (iommufd). */
#include "driver.h"

/* What a guest may set of an STE (STRTAB_STE_0_NESTING_ALLOWED and _1_): V, Config, S1Fmt,
 * S1ContextPtr, S1CDMax; S1DSS, S1CIR, S1COR, S1CSH, S1STALLD, EATS. */
#define VSTE0_ALLOWED (UINT64_C(0x3f) | UINT64_C(0x000fffffffffffc0) | UINT64_C(0x1f) << 59)
#define VSTE1_ALLOWED (UINT64_C(0xff) | UINT64_C(1) << 27 | UINT64_C(3) << 28)

/* arm_smmu_validate_vste() */
static int validate(const uint64_t vste[2])
{
    const unsigned config = (unsigned)field(vste[0], 3, 1);
    if (!(vste[0] & 1))
        return vste[0] || vste[1] ? -EIO : 0;
    if (vste[0] & ~VSTE0_ALLOWED || vste[1] & ~VSTE1_ALLOWED)
        return -EIO;
    return config == 0 || config == 4 || config == 5 ? 0 : -EIO; /* abort, bypass, stage 1 */
}

int dbell_host_vste_set(struct dbell_host_domain *nested, const uint64_t vste[2])
{
    if (nested->kind != DBELL_HOST_NESTED)
        return -ENODEV;
    int status = validate(vste);
    if (status)
        return status;
    nested->vste[0] = vste[0];
    nested->vste[1] = vste[1];
    for (unsigned i = 0; i < nested->device_count && !status; i++) {
        uint64_t words[8];
        dbell_host_make_nested_ste(nested->devices[i], nested, words);
        status = dbell_host_write_ste(nested->devices[i], words);
    }
    return status;
}

void dbell_host_viommu_init(struct dbell_host_viommu *viommu, struct dbell_host_domain *parent)
{
    *viommu = (struct dbell_host_viommu){.parent = parent};
}

static struct dbell_host_device *device_of(const struct dbell_host_viommu *viommu, uint32_t vsid)
{
    for (unsigned i = 0; i < viommu->device_count; i++)
        if (viommu->devices[i].vsid == vsid)
            return viommu->devices[i].device;
    return NULL;
}

int dbell_host_vdevice(struct dbell_host_viommu *viommu, uint32_t vsid,
                       struct dbell_host_device *device)
{
    if (device_of(viommu, vsid))
        return -EEXIST;
    if (viommu->device_count == DBELL_HOST_DEVICES)
        return -ENOSPC;
    viommu->devices[viommu->device_count].vsid = vsid;
    viommu->devices[viommu->device_count++].device = device;
    return 0;
}

/* arm_vsmmu_convert_user_cmd(): the guest's VMID and StreamIDs become the host's. */
static int convert(const struct dbell_host_viommu *viommu, struct dbell_host_cmd *command)
{
    const uint64_t vmid = viommu->parent->vmid;
    uint64_t *w = command->words;
    switch (w[0] & 0xff) {
    case 0x30: /* TLBI_NSNH_ALL: all that is the guest's */
        *command = dbell_host_tlbi_nh_all((unsigned)vmid);
        return 0;
    case 0x10: /* TLBI_NH_* */
    case 0x11:
    case 0x12:
    case 0x13:
        w[0] = (w[0] & ~(UINT64_C(0xffff) << 32)) | vmid << 32;
        return 0;
    case 0x03: /* CFGI_STE, CFGI_CD, CFGI_CD_ALL, ATC_INV */
    case 0x05:
    case 0x06:
    case 0x40: {
        const struct dbell_host_device *device = device_of(viommu, (uint32_t)(w[0] >> 32));
        if (!device)
            return -EIO;
        w[0] = (w[0] & UINT32_MAX) | (uint64_t)device->sid << 32;
        return 0;
    }
    default:
        return -EIO;
    }
}

int dbell_host_cache_invalidate(struct dbell_host_viommu *viommu,
                                const struct dbell_host_cmd *commands, unsigned count,
                                unsigned *done)
{
    struct dbell_host_smmu *smmu = viommu->parent->smmu;
    int status = 0;
    for (*done = 0; *done < count && !status; ++*done) {
        struct dbell_host_cmd command = commands[*done];
        status = convert(viommu, &command);
        if (!status)
            status = dbell_host_smmu_issue_sync(smmu, command);
        if (status)
            break;
    }
    return status;
}

bool dbell_host_vevent(const struct dbell_host_viommu *viommu, const struct dbell_host_event *event,
                       uint64_t words[4])
{
    for (unsigned i = 0; i < viommu->device_count; i++)
        if (viommu->devices[i].device->sid == event->sid && !event->s2) {
            for (unsigned n = 0; n < 4; n++)
                words[n] = event->words[n];
            words[0] = (words[0] & UINT32_MAX) | (uint64_t)viommu->devices[i].vsid << 32;
            return true;
        }
    return false;
}
