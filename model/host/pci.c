/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* PCI functions as their driver sets them up (PCIe 7.7, 7.8.9, 10.5). */
#include "driver.h"

enum {
    CAPABILITIES = 0x34,
    EXTENDED = 0x100,
    COMMAND = 0x04,
    MEMORY_AND_MASTER = 6,
    MSIX = 0x11,
    ATS = 0x0f,
    PRI = 0x13,
    PASID = 0x1b,
    ATS_CONTROL = 6,
    PRI_CONTROL = 4,
    PRI_STATUS = 6,
    PRI_CAPACITY = 8,
    PRI_ALLOCATION = 12,
    PASID_CAPABILITY = 4,
    PASID_CONTROL = 6,
    ENABLED_15 = 1 << 15,
    ENTRY = 16,
    TTL = 48, /* capabilities in a chain at most */
};

unsigned dbell_host_pci_capability(struct dbell_host_pci *pci, unsigned id)
{
    unsigned at = pci->read(pci->ctx, CAPABILITIES, 1);
    for (int i = 0; i < TTL && at; i++) {
        if (pci->read(pci->ctx, at, 1) == id)
            return at;
        at = pci->read(pci->ctx, at + 1, 1);
    }
    return 0;
}

unsigned dbell_host_pci_extended_capability(struct dbell_host_pci *pci, unsigned id)
{
    unsigned at = EXTENDED;
    for (int i = 0; i < TTL && at; i++) {
        const uint32_t header = pci->read(pci->ctx, at, 4);
        if ((header & 0xffff) == id)
            return at;
        at = header >> 20;
    }
    return 0;
}

void dbell_host_pci_set_master(struct dbell_host_pci *pci)
{
    pci->write(pci->ctx, COMMAND, 2, pci->read(pci->ctx, COMMAND, 2) | MEMORY_AND_MASTER);
}

int dbell_host_pci_enable_ats(struct dbell_host_pci *pci, unsigned stu)
{
    const unsigned at = dbell_host_pci_extended_capability(pci, ATS);
    if (!at || stu < 12)
        return -EINVAL;
    if (pci->read(pci->ctx, at + ATS_CONTROL, 2) & ENABLED_15)
        return -EBUSY;
    pci->write(pci->ctx, at + ATS_CONTROL, 2, ENABLED_15 | (stu - 12));
    return 0;
}

static bool ats_is_on(struct dbell_host_pci *pci)
{
    const unsigned at = dbell_host_pci_extended_capability(pci, ATS);
    return at && pci->read(pci->ctx, at + ATS_CONTROL, 2) & ENABLED_15;
}

int dbell_host_pci_enable_pri(struct dbell_host_pci *pci, uint32_t requests)
{
    const unsigned at = dbell_host_pci_extended_capability(pci, PRI);
    if (!at)
        return -EINVAL;
    if (!ats_is_on(pci) || pci->read(pci->ctx, at + PRI_CONTROL, 2) & 1 ||
        !(pci->read(pci->ctx, at + PRI_STATUS, 2) & 1 << 8))
        return -EBUSY;
    const uint32_t most = pci->read(pci->ctx, at + PRI_CAPACITY, 4);
    pci->write(pci->ctx, at + PRI_ALLOCATION, 4, requests < most ? requests : most);
    pci->write(pci->ctx, at + PRI_CONTROL, 2, 1);
    return 0;
}

int dbell_host_pci_reset_pri(struct dbell_host_pci *pci)
{
    const unsigned at = dbell_host_pci_extended_capability(pci, PRI);
    if (!at)
        return -EINVAL;
    pci->write(pci->ctx, at + PRI_CONTROL, 2, 0);
    pci->write(pci->ctx, at + PRI_CONTROL, 2, 2);
    return 0;
}

int dbell_host_pci_enable_pasid(struct dbell_host_pci *pci, unsigned *bits)
{
    const unsigned at = dbell_host_pci_extended_capability(pci, PASID);
    if (!at)
        return -EINVAL;
    if (ats_is_on(pci)) /* PASID comes first */
        return -EBUSY;
    const uint32_t capability = pci->read(pci->ctx, at + PASID_CAPABILITY, 2);
    *bits = capability >> 8 & 0x1f;
    pci->write(pci->ctx, at + PASID_CONTROL, 2, (capability & 6) | 1);
    return 0;
}

int dbell_host_pci_enable_msix(struct dbell_host_pci *pci)
{
    const unsigned at = dbell_host_pci_capability(pci, MSIX);
    if (!at)
        return -EINVAL;
    pci->write(pci->ctx, at + 2, 2, pci->read(pci->ctx, at + 2, 2) | ENABLED_15);
    return 0;
}

/* BAR and offset of an entry of the MSI-X table; -EINVAL: there is none. */
static int find_entry(struct dbell_host_pci *pci, unsigned vector, unsigned *bar, uint64_t *offset)
{
    const unsigned at = dbell_host_pci_capability(pci, MSIX);
    if (!at || vector > (pci->read(pci->ctx, at + 2, 2) & 0x7ff))
        return -EINVAL;
    const uint32_t table = pci->read(pci->ctx, at + 4, 4);
    *bar = table & 7;
    *offset = (table & ~7u) + vector * (uint64_t)ENTRY;
    return 0;
}

/* __pci_write_msi_msg(): masked while it changes. */
int dbell_host_pci_write_msi_msg(struct dbell_host_pci *pci, unsigned vector,
                                 const struct dbell_host_msi *message)
{
    unsigned bar;
    uint64_t entry;
    const int status = find_entry(pci, vector, &bar, &entry);
    if (status)
        return status;
    const uint32_t control = pci->bar_read(pci->ctx, bar, entry + 12);
    pci->bar_write(pci->ctx, bar, entry + 12, control | 1);
    pci->bar_write(pci->ctx, bar, entry, (uint32_t)message->address);
    pci->bar_write(pci->ctx, bar, entry + 4, (uint32_t)(message->address >> 32));
    pci->bar_write(pci->ctx, bar, entry + 8, message->data);
    pci->bar_write(pci->ctx, bar, entry + 12, control);
    return 0;
}

int dbell_host_pci_mask(struct dbell_host_pci *pci, unsigned vector, bool masked)
{
    unsigned bar;
    uint64_t entry;
    const int status = find_entry(pci, vector, &bar, &entry);
    if (!status)
        pci->bar_write(pci->ctx, bar, entry + 12, masked);
    return status;
}
