/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The instance: its state block, what goes up and what comes down. */
#include <string.h>

#include "endpoint_state.h"

#define MAGIC UINT64_C(0x31706465656c4244) /* "DBleedp1" */

enum { ALIGNMENT = 16 };

static size_t align(size_t n)
{
    return (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

/* Where the variable parts of the state block lie. */
struct layout {
    size_t msix, atc, memory, size;
};

static struct layout layout_of(const struct dbell_endpoint_config *c)
{
    struct layout l;
    l.msix = align(sizeof(struct dbell_endpoint_state));
    l.atc = align(l.msix + c->msix_vectors * sizeof(struct msix_vector));
    l.memory = align(l.atc + (c->ats ? c->atc_entries : 0) * sizeof(struct dbell_atc_entry));
    l.size = align(l.memory + c->memory);
    return l;
}

static bool in_range(const struct dbell_endpoint_config *c)
{
    return c->class_code < 1u << 24 && c->msix_vectors <= DBELL_MSIX_VECTORS &&
           (c->msi_vectors <= 5 || c->msi_vectors == 0xff) &&
           (!c->memory ||
            (c->memory >= 4096 && c->memory <= 1u << 24 && !(c->memory & (c->memory - 1)))) &&
           (!c->ats || (c->atc_entries >= 1 && c->atc_entries <= 65536 && c->ats_queue_depth >= 1 &&
                        c->ats_queue_depth <= 32)) &&
           (!c->pri || c->ats) && c->pasid_bits <= DBELL_PASID_BITS;
}

struct dbell_endpoint_config dbell_endpoint_default_config(void)
{
    return (struct dbell_endpoint_config){.vendor = 0x1234, /* nobody's */
                                          .device = 0xd00b,
                                          .class_code = 0x088000,
                                          .memory = 0x10000,
                                          .msi_vectors = 5,
                                          .msi_64 = true,
                                          .msi_masking = true,
                                          .msix_vectors = 64,
                                          .ats = true,
                                          .ats_page_aligned = true,
                                          .ats_global_invalidate = true,
                                          .ats_queue_depth = 32,
                                          .atc_entries = 256,
                                          .pri = true,
                                          .pri_capacity = 256,
                                          .pri_response_pasid = true,
                                          .pasid_bits = 20,
                                          .pasid_execute = true,
                                          .pasid_privileged = true,
                                          .acs = true,
                                          .ari = true};
}

size_t dbell_endpoint_state_size(const struct dbell_endpoint_config *config)
{
    return config && in_range(config) ? layout_of(config).size : 0;
}

int dbell_endpoint_init(struct dbell_endpoint *endpoint, void *memory, size_t size,
                        const struct dbell_endpoint_config *config, uint32_t requesterid,
                        const struct dbell_endpoint_ports *ports)
{
    if (!endpoint || !memory || !config || !ports || !ports->up.access)
        return DBELL_E_ARGUMENT;
    if (!in_range(config))
        return DBELL_E_RANGE;
    const struct layout layout = layout_of(config);
    if (size < layout.size || (uintptr_t)memory % ALIGNMENT)
        return DBELL_E_SIZE;
    struct dbell_endpoint_state *state = memory;
    memset(state, 0, layout.size);
    state->magic = MAGIC;
    state->size = layout.size;
    state->config = *config;
    state->requesterid = state->forged = requesterid;
    state->msix_offset = layout.msix;
    state->atc_offset = layout.atc;
    state->memory_offset = layout.memory;
    *endpoint = (struct dbell_endpoint){.state = state, .ports = *ports};
    dbell_endpoint_reset(endpoint);
    return DBELL_OK;
}

int dbell_endpoint_attach(struct dbell_endpoint *endpoint, void *memory, size_t size,
                          const struct dbell_endpoint_ports *ports)
{
    struct dbell_endpoint_state *state = memory;
    if (!endpoint || !memory || !ports || !ports->up.access)
        return DBELL_E_ARGUMENT;
    if ((uintptr_t)memory % ALIGNMENT || size < sizeof *state)
        return DBELL_E_SIZE;
    if (state->magic != MAGIC || state->size > size ||
        state->size != dbell_endpoint_state_size(&state->config))
        return DBELL_E_STATE;
    *endpoint = (struct dbell_endpoint){.state = state, .ports = *ports};
    return DBELL_OK;
}

void dbell_endpoint_reset(struct dbell_endpoint *endpoint)
{
    struct dbell_endpoint_state *state = endpoint->state;
    dbell__config_space_reset(endpoint);
    dbell__msix_reset(state);
    dbell__atc_flush(state);
    dbell__page_requests_reset(endpoint);
    memset(state->jobs, 0, sizeof state->jobs);
    /* Invalidations are answered all the same: whoever sent them waits. */
}

uint32_t dbell_endpoint_requesterid(const struct dbell_endpoint *endpoint)
{
    return endpoint->state->requesterid;
}

void dbell_endpoint_misbehave(struct dbell_endpoint *endpoint, uint32_t misbehaviours)
{
    endpoint->state->misbehaviours = misbehaviours;
}

void dbell_endpoint_forge(struct dbell_endpoint *endpoint, uint32_t requesterid)
{
    endpoint->state->forged = requesterid;
}

enum dbell_response dbell_endpoint_access(struct dbell_endpoint *endpoint,
                                          struct dbell_transaction *transaction)
{
    const struct dbell_endpoint_state *state = endpoint->state;
    if (!(space_get(state, PCI_COMMAND, 2) & PCI_COMMAND_MASTER))
        return DBELL_RESPONSE_SLVERR;
    transaction->side.has_requesterid = true;
    transaction->side.requesterid =
        misbehaves(state, DBELL_FORGES_REQUESTERID) ? state->forged : state->requesterid;
    return endpoint->ports.up.access(endpoint->ports.up.ctx, transaction);
}

enum dbell_response dbell_endpoint_bar_access(struct dbell_endpoint *endpoint, unsigned bar,
                                              struct dbell_transaction *t)
{
    struct dbell_endpoint_state *state = endpoint->state;
    if (bar == MSIX_BAR && state->at.msix)
        return dbell__msix_access(endpoint, t->address, t);
    if (bar != 0 || !state->config.memory || t->address >= state->config.memory ||
        t->length > state->config.memory - t->address)
        return DBELL_RESPONSE_DECERR;
    if (!t->data)
        return DBELL_RESPONSE_OK;
    uint8_t *at = device_memory(state) + t->address;
    if (t->op == DBELL_WRITE)
        memcpy(at, t->data, t->length);
    else
        memcpy(t->data, at, t->length);
    return DBELL_RESPONSE_OK;
}

/* What came down first: an invalidation must not wait for a job that waits for memory. */
int dbell_endpoint_step(struct dbell_endpoint *endpoint)
{
    static int (*const units[])(struct dbell_endpoint *) = {dbell__page_step, dbell__atc_step,
                                                            dbell__engine_step};
    struct dbell_endpoint_state *state = endpoint->state;
    if (state->stepping)
        return DBELL_E_BUSY;
    state->stepping = true;
    int progress = DBELL_IDLE;
    for (size_t i = 0; i < sizeof units / sizeof units[0] && progress != DBELL_STEPPED; i++) {
        const int unit = units[i](endpoint);
        if (unit == DBELL_STEPPED || progress == DBELL_IDLE)
            progress = unit;
    }
    state->stepping = false;
    return progress;
}
