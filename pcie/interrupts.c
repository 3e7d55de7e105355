/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* MSI and MSI-X: enabling, masking, pending bits (PCIe 6.1.4, 7.7.1, 7.7.2). */
#include <string.h>

#include "endpoint_state.h"

/* 2.2.7: a message is a write of one doubleword, without Relaxed Ordering and No Snoop. */
static int send(struct dbell_endpoint *endpoint, uint64_t address, uint32_t data,
                struct dbell_trail *trail)
{
    uint8_t bytes[4];
    struct dbell_transaction t = {
        .address = address & ~UINT64_C(3),
        .length = sizeof bytes,
        .op = DBELL_WRITE,
        .data = bytes,
        .side = {.attr = DBELL_ATTR_NORMAL_WB, .message = true},
        .trail = trail,
    };
    dbell__put_le(bytes, sizeof bytes, data);
    return (int)dbell_endpoint_access(endpoint, &t);
}

/* --- MSI-X --- */

static uint32_t msix_control(const struct dbell_endpoint_state *state)
{
    return state->at.msix ? space_get(state, state->at.msix + MSIX_CONTROL, 2) : 0;
}

static bool msix_masked(const struct dbell_endpoint_state *state, const struct msix_vector *vector)
{
    const uint32_t control = msix_control(state);
    return !(control & MSIX_ENABLE) || control & MSIX_MASK_ALL ||
           vector->table[3] & MSIX_ENTRY_MASKED;
}

/* What is in the table is what the function uses from now on. */
static void latch(struct msix_vector *vector)
{
    vector->address = (uint64_t)vector->table[1] << 32 | vector->table[0];
    vector->data = vector->table[2];
}

void dbell__msix_reset(struct dbell_endpoint_state *state)
{
    for (unsigned i = 0; i < state->config.msix_vectors; i++)
        msix_vectors(state)[i] = (struct msix_vector){.table[3] = MSIX_ENTRY_MASKED};
}

static int msix_raise(struct dbell_endpoint *endpoint, struct msix_vector *vector,
                      struct dbell_trail *trail)
{
    vector->pending = msix_masked(endpoint->state, vector);
    return vector->pending ? (int)DBELL_RESPONSE_OK
                           : send(endpoint, vector->address, vector->data, trail);
}

/* --- MSI --- */

static uint32_t msi_control(const struct dbell_endpoint_state *state)
{
    return state->at.msi ? space_get(state, state->at.msi + MSI_CONTROL, 2) : 0;
}

static unsigned msi_data_offset(const struct dbell_endpoint_state *state)
{
    return state->at.msi + (state->config.msi_64 ? 12u : 8u);
}

static unsigned msi_mask_offset(const struct dbell_endpoint_state *state)
{
    return msi_data_offset(state) + 4;
}

static unsigned msi_pending_offset(const struct dbell_endpoint_state *state)
{
    return msi_mask_offset(state) + 4;
}

static uint32_t msi_masked(const struct dbell_endpoint_state *state)
{
    return state->config.msi_masking ? space_get(state, msi_mask_offset(state), 4) : 0;
}

/* 7.7.1.2: how many messages software has allocated, as a power of two. */
static unsigned msi_enabled_log2(const struct dbell_endpoint_state *state)
{
    const unsigned asked = (msi_control(state) & MSI_ENABLED_MASK) >> MSI_ENABLED_SHIFT;
    return asked < state->config.msi_vectors ? asked : state->config.msi_vectors;
}

static int msi_send(struct dbell_endpoint *endpoint, unsigned vector, struct dbell_trail *trail)
{
    const struct dbell_endpoint_state *state = endpoint->state;
    const uint64_t address =
        space_get(state, state->at.msi + MSI_ADDRESS, 4) |
        (state->config.msi_64 ? (uint64_t)space_get(state, state->at.msi + MSI_ADDRESS + 4, 4) << 32
                              : 0);
    const uint32_t low = (1u << msi_enabled_log2(state)) - 1;
    const uint32_t data = space_get(state, msi_data_offset(state), 2);
    return send(endpoint, address, (data & ~low) | (vector & low), trail);
}

/* 6.1.4.3: a function with more vectors than it was given shares them. */
static int msi_raise(struct dbell_endpoint *endpoint, unsigned vector, struct dbell_trail *trail)
{
    struct dbell_endpoint_state *state = endpoint->state;
    vector &= (1u << msi_enabled_log2(state)) - 1;
    if (!(msi_masked(state) >> vector & 1))
        return msi_send(endpoint, vector, trail);
    const unsigned at = msi_pending_offset(state);
    space_put(state, at, 4, space_get(state, at, 4) | 1u << vector);
    return (int)DBELL_RESPONSE_OK;
}

static void msi_unmasked(struct dbell_endpoint *endpoint)
{
    struct dbell_endpoint_state *state = endpoint->state;
    if (!state->config.msi_masking || !(msi_control(state) & MSI_ENABLE))
        return;
    const unsigned at = msi_pending_offset(state);
    for (unsigned vector = 0; vector < 32; vector++) {
        const uint32_t pending = space_get(state, at, 4);
        if (!(pending & ~msi_masked(state) & 1u << vector))
            continue;
        space_put(state, at, 4, pending & ~(1u << vector));
        msi_send(endpoint, vector, NULL);
    }
}

/* --- both --- */

void dbell__interrupts_changed(struct dbell_endpoint *endpoint)
{
    struct dbell_endpoint_state *state = endpoint->state;
    if (msi_control(state) & MSI_ENABLE && msix_control(state) & MSIX_ENABLE)
        find(endpoint, DBELL_FINDING_BOTH_INTERRUPTS, 0);
    for (unsigned i = 0; i < state->config.msix_vectors; i++) {
        struct msix_vector *vector = &msix_vectors(state)[i];
        if (msix_masked(state, vector))
            latch(vector);
        else if (vector->pending)
            msix_raise(endpoint, vector, NULL);
    }
    if (state->at.msi)
        msi_unmasked(endpoint);
}

int dbell_endpoint_interrupt(struct dbell_endpoint *endpoint, unsigned vector,
                             struct dbell_trail *trail)
{
    struct dbell_endpoint_state *state = endpoint->state;
    const bool msi = msi_control(state) & MSI_ENABLE;
    if (state->config.msix_vectors && (msix_control(state) & MSIX_ENABLE || !msi))
        return vector < state->config.msix_vectors
                   ? msix_raise(endpoint, &msix_vectors(state)[vector], trail)
                   : DBELL_E_RANGE;
    if (!msi)
        return DBELL_E_STATE;
    return vector < 32 ? msi_raise(endpoint, vector, trail) : DBELL_E_RANGE;
}

bool dbell_endpoint_interrupt_pending(const struct dbell_endpoint *endpoint, unsigned vector)
{
    struct dbell_endpoint_state *state = endpoint->state;
    if (state->config.msix_vectors &&
        (msix_control(state) & MSIX_ENABLE || !(msi_control(state) & MSI_ENABLE)))
        return vector < state->config.msix_vectors && msix_vectors(state)[vector].pending;
    return state->config.msi_masking && vector < 32 &&
           space_get(state, msi_pending_offset(state), 4) >> vector & 1;
}

/* --- the table in memory space --- */

static uint32_t table_read(const struct dbell_endpoint_state *state, uint64_t offset)
{
    struct msix_vector *vectors = msix_vectors((struct dbell_endpoint_state *)(uintptr_t)state);
    const uint64_t vector = offset / MSIX_ENTRY;
    if (offset >= MSIX_PBA_OFFSET) { /* one bit each */
        const uint64_t first = (offset - MSIX_PBA_OFFSET) * 8;
        uint32_t word = 0;
        for (unsigned i = 0; i < 32 && first + i < state->config.msix_vectors; i++)
            word |= (uint32_t)vectors[first + i].pending << i;
        return word;
    }
    return vector < state->config.msix_vectors ? vectors[vector].table[offset / 4 % 4] : 0;
}

/* 7.7.2: an entry may not be changed while it is unmasked. The old contents stay in use until it
 * is masked; whoever reads the table sees the new ones. */
static void table_write(struct dbell_endpoint *endpoint, uint64_t offset, uint32_t value)
{
    struct dbell_endpoint_state *state = endpoint->state;
    const uint64_t index = offset / MSIX_ENTRY;
    const unsigned word = (unsigned)(offset / 4 % 4);
    if (offset >= MSIX_PBA_OFFSET || index >= state->config.msix_vectors)
        return; /* the PBA is read only */
    struct msix_vector *vector = &msix_vectors(state)[index];
    const bool in_use = word < 3 && !msix_masked(state, vector);
    if (in_use && vector->table[word] != value)
        find(endpoint, DBELL_FINDING_UNMASKED_WRITE, index);
    vector->table[word] = word == 3 ? value & MSIX_ENTRY_MASKED : word ? value : value & ~3u;
    if (msix_masked(state, vector))
        latch(vector);
    else if (vector->pending)
        msix_raise(endpoint, vector, NULL);
}

enum dbell_response dbell__msix_access(struct dbell_endpoint *endpoint, uint64_t offset,
                                       struct dbell_transaction *t)
{
    const struct dbell_endpoint_state *state = endpoint->state;
    if (!state->at.msix || (t->length != 4 && t->length != 8) || offset % t->length ||
        offset + t->length > MSIX_BAR_SIZE)
        return DBELL_RESPONSE_SLVERR;
    for (unsigned i = 0; i < t->length && t->data; i += 4)
        if (t->op == DBELL_WRITE)
            table_write(endpoint, offset + i, (uint32_t)dbell__get_le(t->data + i, 4));
        else
            dbell__put_le(t->data + i, 4, table_read(state, offset + i));
    return DBELL_RESPONSE_OK;
}
