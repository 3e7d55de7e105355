/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* PCI functions as their driver sets them up (PCIe 7.7, 7.8.9, 10.5). */
#include "driver.h"

enum {
    CAPABILITIES = 0x34,
    EXTENDED = 0x100,
    COMMAND = 0x04,
    BARS = 0x10,
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

uint32_t dbell_host_pci_read_config(struct dbell_host_pci *pci, unsigned offset, unsigned size)
{
    uint64_t value = UINT32_MAX;
    dbell_host_load(&pci->system->bus, pci->config + offset, size, &value);
    return (uint32_t)value;
}

void dbell_host_pci_write_config(struct dbell_host_pci *pci, unsigned offset, unsigned size,
                                 uint32_t value)
{
    dbell_host_store(&pci->system->bus, pci->config + offset, size, value);
}

/* 7.5.1.2.1: what a BAR leaves 0 of all ones is its size. *high: it has 64 bits. */
static uint64_t bar_size(struct dbell_host_pci *pci, unsigned at, bool *high)
{
    dbell_host_pci_write_config(pci, at, 4, UINT32_MAX);
    uint64_t mask = dbell_host_pci_read_config(pci, at, 4);
    *high = (mask & 6) == 4;
    if (*high) {
        dbell_host_pci_write_config(pci, at + 4, 4, UINT32_MAX);
        mask |= (uint64_t)dbell_host_pci_read_config(pci, at + 4, 4) << 32;
    } else if (mask) {
        mask |= UINT64_C(0xffffffff00000000);
    }
    return mask & 1 ? 0 : ~(mask & ~UINT64_C(0xf)) + 1; /* of memory */
}

static int assign_bars(struct dbell_host_pci *pci)
{
    struct dbell_host_system *system = pci->system;
    bool high = false;
    for (unsigned i = 0; i < 6; i += 1u + high) {
        const unsigned at = BARS + 4 * i;
        const uint64_t size = bar_size(pci, at, &high);
        const uint64_t base = size ? (system->pci_next + (size - 1)) & ~(size - 1) : 0;
        if (size &&
            (base < system->pci_next || base > system->pci_end || system->pci_end - base < size))
            return -ENOSPC;
        dbell_host_pci_write_config(pci, at, 4, (uint32_t)base);
        if (high)
            dbell_host_pci_write_config(pci, at + 4, 4, (uint32_t)(base >> 32));
        pci->bars[i] = base;
        if (size)
            system->pci_next = base + size;
    }
    return 0;
}

int dbell_host_pci_probe(struct dbell_host_system *system, struct dbell_host_pci *pci,
                         uint32_t requesterid)
{
    *pci = (struct dbell_host_pci){
        .system = system, .config = system->ecam + ((uint64_t)(requesterid & 0xffff) << 12)};
    if (dbell_host_pci_read_config(pci, 0, 2) == 0xffff)
        return -ENODEV;
    const int status = assign_bars(pci);
    if (!status)
        dbell_host_pci_set_master(pci);
    return status;
}

unsigned dbell_host_pci_capability(struct dbell_host_pci *pci, unsigned id)
{
    unsigned at = dbell_host_pci_read_config(pci, CAPABILITIES, 1);
    for (int i = 0; i < TTL && at; i++) {
        if (dbell_host_pci_read_config(pci, at, 1) == id)
            return at;
        at = dbell_host_pci_read_config(pci, at + 1, 1);
    }
    return 0;
}

unsigned dbell_host_pci_extended_capability(struct dbell_host_pci *pci, unsigned id)
{
    unsigned at = EXTENDED;
    for (int i = 0; i < TTL && at; i++) {
        const uint32_t header = dbell_host_pci_read_config(pci, at, 4);
        if ((header & 0xffff) == id)
            return at;
        at = header >> 20;
    }
    return 0;
}

void dbell_host_pci_set_master(struct dbell_host_pci *pci)
{
    dbell_host_pci_write_config(pci, COMMAND, 2,
                                dbell_host_pci_read_config(pci, COMMAND, 2) | MEMORY_AND_MASTER);
}

int dbell_host_pci_enable_ats(struct dbell_host_pci *pci, unsigned stu)
{
    const unsigned at = dbell_host_pci_extended_capability(pci, ATS);
    if (!at || stu < 12)
        return -EINVAL;
    if (dbell_host_pci_read_config(pci, at + ATS_CONTROL, 2) & ENABLED_15)
        return -EBUSY;
    dbell_host_pci_write_config(pci, at + ATS_CONTROL, 2, ENABLED_15 | (stu - 12));
    return 0;
}

static bool ats_is_on(struct dbell_host_pci *pci)
{
    const unsigned at = dbell_host_pci_extended_capability(pci, ATS);
    return at && dbell_host_pci_read_config(pci, at + ATS_CONTROL, 2) & ENABLED_15;
}

int dbell_host_pci_enable_pri(struct dbell_host_pci *pci, uint32_t requests)
{
    const unsigned at = dbell_host_pci_extended_capability(pci, PRI);
    if (!at)
        return -EINVAL;
    if (!ats_is_on(pci) || dbell_host_pci_read_config(pci, at + PRI_CONTROL, 2) & 1 ||
        !(dbell_host_pci_read_config(pci, at + PRI_STATUS, 2) & 1 << 8))
        return -EBUSY;
    const uint32_t most = dbell_host_pci_read_config(pci, at + PRI_CAPACITY, 4);
    dbell_host_pci_write_config(pci, at + PRI_ALLOCATION, 4, requests < most ? requests : most);
    dbell_host_pci_write_config(pci, at + PRI_CONTROL, 2, 1);
    return 0;
}

int dbell_host_pci_reset_pri(struct dbell_host_pci *pci)
{
    const unsigned at = dbell_host_pci_extended_capability(pci, PRI);
    if (!at)
        return -EINVAL;
    dbell_host_pci_write_config(pci, at + PRI_CONTROL, 2, 0);
    dbell_host_pci_write_config(pci, at + PRI_CONTROL, 2, 2);
    return 0;
}

int dbell_host_pci_enable_pasid(struct dbell_host_pci *pci, unsigned *bits)
{
    const unsigned at = dbell_host_pci_extended_capability(pci, PASID);
    if (!at)
        return -EINVAL;
    if (ats_is_on(pci)) /* PASID comes first */
        return -EBUSY;
    const uint32_t capability = dbell_host_pci_read_config(pci, at + PASID_CAPABILITY, 2);
    *bits = capability >> 8 & 0x1f;
    dbell_host_pci_write_config(pci, at + PASID_CONTROL, 2, (capability & 6) | 1);
    return 0;
}

int dbell_host_pci_enable_msix(struct dbell_host_pci *pci)
{
    const unsigned at = dbell_host_pci_capability(pci, MSIX);
    if (!at)
        return -EINVAL;
    dbell_host_pci_write_config(pci, at + 2, 2,
                                dbell_host_pci_read_config(pci, at + 2, 2) | ENABLED_15);
    return 0;
}

/* Where an entry of the MSI-X table is; -EINVAL: there is none. */
static int find_entry(struct dbell_host_pci *pci, unsigned vector, uint64_t *entry)
{
    const unsigned at = dbell_host_pci_capability(pci, MSIX);
    if (!at || vector > (dbell_host_pci_read_config(pci, at + 2, 2) & 0x7ff))
        return -EINVAL;
    const uint32_t table = dbell_host_pci_read_config(pci, at + 4, 4);
    if ((table & 7) > 5 || !pci->bars[table & 7])
        return -EINVAL;
    *entry = pci->bars[table & 7] + (table & ~7u) + vector * (uint64_t)ENTRY;
    return 0;
}

/* __pci_write_msi_msg(): masked while it changes. */
int dbell_host_pci_write_msi_msg(struct dbell_host_pci *pci, unsigned vector,
                                 const struct dbell_host_msi *message)
{
    const struct dbell_bus *bus = &pci->system->bus;
    uint64_t entry, control = 0;
    const int status = find_entry(pci, vector, &entry);
    if (status)
        return status;
    if (dbell_host_load(bus, entry + 12, 4, &control) ||
        dbell_host_store(bus, entry + 12, 4, control | 1) ||
        dbell_host_store(bus, entry, 4, message->address & UINT32_MAX) ||
        dbell_host_store(bus, entry + 4, 4, message->address >> 32) ||
        dbell_host_store(bus, entry + 8, 4, message->data) ||
        dbell_host_store(bus, entry + 12, 4, control))
        return -EIO;
    return 0;
}

int dbell_host_pci_mask(struct dbell_host_pci *pci, unsigned vector, bool masked)
{
    uint64_t entry;
    const int status = find_entry(pci, vector, &entry);
    if (!status && dbell_host_store(&pci->system->bus, entry + 12, 4, masked))
        return -EIO;
    return status;
}
