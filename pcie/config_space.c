/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Configuration space: what is in it, what software may write, and what a write starts. */
#include <string.h>

#include "endpoint_state.h"

/* --- layout --- */

/* A field with its initial value and the bits that software may write. */
static void field(struct dbell_endpoint_state *state, unsigned offset, unsigned size,
                  uint32_t value, uint32_t writable)
{
    space_put(state, offset, size, value);
    dbell__put_le(&state->writable[offset], size, writable);
}

/* Where the next capability goes: each list is a chain through the ones that are there. */
struct chain {
    unsigned link; /* offset of the pointer to fill in */
    unsigned next; /* free space */
};

static uint16_t capability(struct dbell_endpoint_state *state, struct chain *chain, unsigned id,
                           unsigned size)
{
    const unsigned at = chain->next;
    space_put(state, chain->link, 1, at);
    space_put(state, at, 1, id);
    chain->link = at + 1;
    chain->next = (at + size + 3) & ~3u;
    return (uint16_t)at;
}

static uint16_t extended(struct dbell_endpoint_state *state, struct chain *chain, unsigned id,
                         unsigned size)
{
    const unsigned at = chain->next;
    if (chain->link)
        space_put(state, chain->link, 4,
                  space_get(state, chain->link, 4) | (uint32_t)at << EXT_NEXT_SHIFT);
    space_put(state, at, 4, id | 1u << EXT_VERSION_SHIFT);
    chain->link = at;
    chain->next = (at + size + 3) & ~3u;
    return (uint16_t)at;
}

/* 7.5.1.2.1: a 64-bit BAR; the size is in the bits that cannot be written. */
static void bar(struct dbell_endpoint_state *state, unsigned index, uint32_t size)
{
    const unsigned at = PCI_BAR + 4 * index;
    if (!size)
        return;
    field(state, at, 4, PCI_BAR_64_BIT, ~(size - 1));
    field(state, at + 4, 4, 0, ~0u);
}

static void lay_out_interrupts(struct dbell_endpoint_state *state, struct chain *chain)
{
    const struct dbell_endpoint_config *c = &state->config;
    if (c->msi_vectors <= 5) {
        const unsigned at = state->at.msi = capability(state, chain, PCI_CAP_MSI, 24);
        const unsigned data = at + (c->msi_64 ? 12 : 8);
        field(state, at + MSI_CONTROL, 2,
              (uint32_t)c->msi_vectors << MSI_CAPABLE_SHIFT | (c->msi_64 ? MSI_64 : 0u) |
                  (c->msi_masking ? MSI_MASKING : 0u),
              MSI_ENABLE | MSI_ENABLED_MASK);
        field(state, at + MSI_ADDRESS, 4, 0, ~3u);
        if (c->msi_64)
            field(state, at + MSI_ADDRESS + 4, 4, 0, ~0u);
        field(state, data, 2, 0, 0xffff);
        if (c->msi_masking)
            field(state, data + 4, 4, 0, (uint32_t)((UINT64_C(1) << (1u << c->msi_vectors)) - 1));
    }
    if (c->msix_vectors) {
        const unsigned at = state->at.msix = capability(state, chain, PCI_CAP_MSIX, MSIX_SIZE);
        field(state, at + MSIX_CONTROL, 2, c->msix_vectors - 1u, MSIX_ENABLE | MSIX_MASK_ALL);
        field(state, at + MSIX_TABLE, 4, MSIX_BAR, 0);
        field(state, at + MSIX_PBA, 4, MSIX_PBA_OFFSET | MSIX_BAR, 0);
        bar(state, MSIX_BAR, MSIX_BAR_SIZE);
    }
}

static void lay_out_extended(struct dbell_endpoint_state *state)
{
    const struct dbell_endpoint_config *c = &state->config;
    struct chain chain = {.next = PCI_EXTENDED};
    if (c->ats) {
        const unsigned at = state->at.ats = extended(state, &chain, EXT_CAP_ATS, ATS_SIZE);
        field(state, at + ATS_CAPABILITY, 2,
              (c->ats_queue_depth & 31u) | (c->ats_page_aligned ? ATS_PAGE_ALIGNED : 0u) |
                  (c->ats_global_invalidate ? ATS_GLOBAL_INVALIDATE : 0u),
              0);
        field(state, at + ATS_CONTROL, 2, 0, ATS_ENABLE | ATS_STU);
    }
    if (c->pri) {
        const unsigned at = state->at.pri = extended(state, &chain, EXT_CAP_PRI, PRI_SIZE);
        field(state, at + PRI_CONTROL, 2, 0, PRI_ENABLE | PRI_RESET);
        field(state, at + PRI_STATUS, 2, c->pri_response_pasid ? PRI_PASID_REQUIRED : 0u, 0);
        field(state, at + PRI_CAPACITY, 4, c->pri_capacity, 0);
        field(state, at + PRI_ALLOCATION, 4, 0, ~0u);
    }
    if (c->pasid_bits) {
        const unsigned at = state->at.pasid = extended(state, &chain, EXT_CAP_PASID, PASID_SIZE);
        const uint32_t modes = (c->pasid_execute ? (uint32_t)PASID_EXECUTE : 0u) |
                               (c->pasid_privileged ? (uint32_t)PASID_PRIVILEGED : 0u);
        field(state, at + PASID_CAPABILITY, 2, modes | (uint32_t)c->pasid_bits << PASID_WIDTH_SHIFT,
              0);
        field(state, at + PASID_CONTROL, 2, 0, modes | PASID_ENABLE);
    }
    if (c->acs) { /* of a function that never sends to its peers: 6.12.1.2 */
        const unsigned at = state->at.acs = extended(state, &chain, EXT_CAP_ACS, ACS_SIZE);
        field(state, at + ACS_CAPABILITY, 2, ACS_REQUEST_REDIRECT | ACS_COMPLETION_REDIRECT, 0);
        field(state, at + ACS_CONTROL, 2, 0, ACS_REQUEST_REDIRECT | ACS_COMPLETION_REDIRECT);
    }
    if (c->ari)
        state->at.ari = extended(state, &chain, EXT_CAP_ARI, ARI_SIZE);
    if (c->total_vfs) {
        const unsigned at = state->at.sriov = extended(state, &chain, EXT_CAP_SRIOV, SRIOV_SIZE);
        field(state, at + SRIOV_CONTROL, 2, 0, SRIOV_CONTROL_ENABLE | SRIOV_CONTROL_MEMORY);
        field(state, at + SRIOV_INITIAL_VFS, 2, c->total_vfs, 0);
        field(state, at + SRIOV_TOTAL_VFS, 2, c->total_vfs, 0);
        field(state, at + SRIOV_NUM_VFS, 2, 0, 0xffff);
        field(state, at + SRIOV_VF_OFFSET, 2, c->vf_offset, 0);
        field(state, at + SRIOV_VF_STRIDE, 2, c->vf_stride, 0);
    }
}

void dbell__config_space_reset(struct dbell_endpoint *endpoint)
{
    struct dbell_endpoint_state *state = endpoint->state;
    const struct dbell_endpoint_config *c = &state->config;
    struct chain chain = {.link = PCI_CAPABILITIES, .next = 0x40};
    memset(state->space, 0, sizeof state->space);
    memset(state->writable, 0, sizeof state->writable);
    memset(&state->at, 0, sizeof state->at);
    field(state, PCI_VENDOR_ID, 2, c->vendor, 0);
    field(state, PCI_DEVICE_ID, 2, c->device, 0);
    field(state, PCI_COMMAND, 2, c->bus_master ? PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY : 0u,
          PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
    field(state, PCI_STATUS, 2, PCI_STATUS_CAPABILITIES, 0);
    field(state, PCI_CLASS, 4, c->class_code << 8, 0);
    bar(state, 0, c->memory);
    state->at.express = capability(state, &chain, PCI_CAP_EXPRESS, EXPRESS_SIZE);
    field(state, state->at.express + EXPRESS_CAPABILITIES, 2, EXPRESS_VERSION, 0);
    field(state, state->at.express + EXPRESS_DEVICE_CAP, 4, EXPRESS_DEVICE_CAP_FLR, 0);
    field(state, state->at.express + EXPRESS_DEVICE_CTL, 2, 0, EXPRESS_DEVICE_CTL_FLR);
    lay_out_interrupts(state, &chain);
    lay_out_extended(state);
}

/* --- access --- */

static bool legal(unsigned offset, unsigned size)
{
    return (size == 1 || size == 2 || size == 4) && offset % size == 0 &&
           offset < DBELL_CONFIG_SPACE;
}

/* 10.5.2.3: page requests are stopped when none can come any more. */
static void refresh(struct dbell_endpoint_state *state)
{
    const unsigned at = state->at.pri;
    if (!at)
        return;
    const uint32_t status = space_get(state, at + PRI_STATUS, 2) & ~(uint32_t)PRI_STOPPED;
    const bool stopped =
        !(space_get(state, at + PRI_CONTROL, 2) & PRI_ENABLE) && !state->outstanding;
    space_put(state, at + PRI_STATUS, 2, status | (stopped ? PRI_STOPPED : 0u));
}

uint32_t dbell_endpoint_config_read(struct dbell_endpoint *endpoint, unsigned offset, unsigned size)
{
    if (!legal(offset, size))
        return 0;
    refresh(endpoint->state);
    return space_get(endpoint->state, offset, size);
}

static bool covers(unsigned offset, unsigned size, unsigned at)
{
    return at && at >= offset && at < offset + size;
}

/* 10.5.2.2, 10.5.2.3: RESET clears errors and forgets what is outstanding; errors are RW1C. */
static void pri_written(struct dbell_endpoint *endpoint, uint32_t cleared)
{
    struct dbell_endpoint_state *state = endpoint->state;
    const unsigned at = state->at.pri;
    const uint32_t control = space_get(state, at + PRI_CONTROL, 2);
    const uint32_t errors = PRI_RESPONSE_FAILURE | PRI_UNEXPECTED_GROUP;
    uint32_t status = space_get(state, at + PRI_STATUS, 2) & ~(cleared & errors);
    if (control & PRI_RESET) {
        if (!(control & PRI_ENABLE)) {
            dbell__page_requests_reset(endpoint);
            status &= ~errors;
        }
        space_put(state, at + PRI_CONTROL, 2, control & ~(uint32_t)PRI_RESET);
    }
    space_put(state, at + PRI_STATUS, 2, status);
}

static uint32_t control_of(const struct dbell_endpoint_state *state, unsigned capability_at,
                           unsigned control)
{
    return capability_at ? space_get(state, capability_at + control, 2) : 0;
}

void dbell_endpoint_config_write(struct dbell_endpoint *endpoint, unsigned offset, unsigned size,
                                 uint32_t value)
{
    struct dbell_endpoint_state *state = endpoint->state;
    const struct capabilities *at = &state->at;
    if (!legal(offset, size))
        return;
    const uint32_t ats = control_of(state, at->ats, ATS_CONTROL);
    const uint32_t pasid = control_of(state, at->pasid, PASID_CONTROL);
    const uint32_t writable = (uint32_t)dbell__get_le(&state->writable[offset], size);
    const uint32_t old = space_get(state, offset, size);
    space_put(state, offset, size, (old & ~writable) | (value & writable));
    /* 7.8.9.3: PASID may not change while ATS is enabled; 10.5.1.3: neither may the STU. */
    if (at->pasid && ats & ATS_ENABLE)
        space_put(state, at->pasid + PASID_CONTROL, 2, pasid);
    const uint32_t ats_now = control_of(state, at->ats, ATS_CONTROL);
    if (ats & ats_now & ATS_ENABLE)
        space_put(state, at->ats + ATS_CONTROL, 2, ats);
    if ((ats & ~ats_now & ATS_ENABLE) ||
        (pasid & ~control_of(state, at->pasid, PASID_CONTROL) & PASID_ENABLE))
        dbell__atc_flush(state); /* 10.3.5, 10.3.8 */
    if (at->pri && offset < at->pri + 8u && offset + size > at->pri + (unsigned)PRI_CONTROL) {
        const unsigned status_at = at->pri + PRI_STATUS;
        pri_written(endpoint, covers(offset, size, status_at)
                                  ? value >> 8 * (status_at - offset) & 0xffff
                                  : 0);
    }
    const unsigned device_control = at->express + EXPRESS_DEVICE_CTL;
    if (space_get(state, device_control, 2) & EXPRESS_DEVICE_CTL_FLR)
        dbell_endpoint_reset(endpoint);
    else
        dbell__interrupts_changed(endpoint);
}

unsigned dbell_endpoint_capability(const struct dbell_endpoint *endpoint, unsigned id)
{
    const struct dbell_endpoint_state *state = endpoint->state;
    unsigned at = space_get(state, PCI_CAPABILITIES, 1);
    while (at && space_get(state, at, 1) != id)
        at = space_get(state, at + 1, 1);
    return at;
}

unsigned dbell_endpoint_extended_capability(const struct dbell_endpoint *endpoint, unsigned id)
{
    const struct dbell_endpoint_state *state = endpoint->state;
    unsigned at = PCI_EXTENDED;
    while (at && (space_get(state, at, 4) & 0xffff) != id)
        at = space_get(state, at, 4) >> EXT_NEXT_SHIFT;
    return at;
}

/* --- what it says to the rest of the function --- */

int dbell_endpoint_vf_requesterid(const struct dbell_endpoint *endpoint, unsigned n,
                                  uint32_t *requesterid)
{
    const struct dbell_endpoint_state *state = endpoint->state;
    const unsigned at = state->at.sriov;
    if (!at || !(space_get(state, at + SRIOV_CONTROL, 2) & SRIOV_CONTROL_ENABLE) || !n ||
        n > space_get(state, at + SRIOV_NUM_VFS, 2) || n > state->config.total_vfs)
        return DBELL_E_STATE;
    const uint32_t function = (state->requesterid & 0xffff) + state->config.vf_offset +
                              (n - 1) * (uint32_t)state->config.vf_stride;
    *requesterid = (state->requesterid & ~UINT32_C(0xffff)) | (function & 0xffff);
    return DBELL_OK;
}

static const struct dbell_endpoint *owner(const struct dbell_endpoint *endpoint)
{
    return endpoint->ports.physical ? endpoint->ports.physical : endpoint;
}

bool dbell__pasid_enabled(const struct dbell_endpoint *endpoint, uint32_t pasid)
{
    const struct dbell_endpoint_state *state = owner(endpoint)->state;
    return state->at.pasid && !(pasid >> state->config.pasid_bits) &&
           space_get(state, state->at.pasid + PASID_CONTROL, 2) & PASID_ENABLE;
}

bool dbell__pri_usable(const struct dbell_endpoint *endpoint)
{
    const struct dbell_endpoint_state *state = owner(endpoint)->state;
    return state->at.pri && space_get(state, state->at.pri + PRI_CONTROL, 2) & PRI_ENABLE &&
           !(space_get(state, state->at.pri + PRI_STATUS, 2) & PRI_RESPONSE_FAILURE);
}

int dbell_endpoint_decode(const struct dbell_endpoint *endpoint, uint64_t address, uint64_t *offset)
{
    const struct dbell_endpoint_state *state = endpoint->state;
    static const unsigned bars[2] = {0, MSIX_BAR};
    if (!(space_get(state, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY))
        return -1;
    for (unsigned i = 0; i < 2; i++) {
        const unsigned at = PCI_BAR + 4 * bars[i];
        const uint32_t size = ~(uint32_t)dbell__get_le(&state->writable[at], 4) + 1;
        const uint64_t base = dbell__get_le(&state->space[at], 8) & ~UINT64_C(0xf);
        if (size && base && address - base < size) {
            *offset = address - base;
            return (int)bars[i];
        }
    }
    return -1;
}
