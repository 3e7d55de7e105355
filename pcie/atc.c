/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The address translation cache of a function: Translation Requests fill it, Invalidate Requests
 * empty it (PCIe 10.2, 10.3). */
#include "atc.h"

#include <string.h>

void dbell__atc_flush(struct dbell_endpoint_state *state)
{
    if (state->at.ats)
        memset(atc_entries(state), 0, state->config.atc_entries * sizeof(struct dbell_atc_entry));
}

static bool holds(const struct dbell_atc_entry *entry, const struct atc_key *key)
{
    return entry->valid && entry->has_pasid == key->has_pasid &&
           (!key->has_pasid || entry->pasid == key->pasid) &&
           entry->privileged == key->privileged && key->address - entry->address < entry->size;
}

struct dbell_atc_entry *dbell__atc_find(struct dbell_endpoint_state *state,
                                        const struct atc_key *key)
{
    struct dbell_atc_entry *entries = atc_entries(state);
    for (uint32_t i = 0; state->at.ats && i < state->config.atc_entries; i++)
        if (holds(&entries[i], key))
            return &entries[i];
    return NULL;
}

/* A new answer replaces what is held of its range; else an empty place, else the next in turn. */
static void fill(struct dbell_endpoint_state *state, const struct dbell_atc_entry *entry)
{
    struct dbell_atc_entry *entries = atc_entries(state), *place = NULL;
    for (uint32_t i = 0; i < state->config.atc_entries; i++) {
        struct dbell_atc_entry *e = &entries[i];
        if (e->valid && e->has_pasid == entry->has_pasid && e->pasid == entry->pasid &&
            e->privileged == entry->privileged &&
            e->address <= entry->address + (entry->size - 1) &&
            entry->address <= e->address + (e->size - 1))
            e->valid = false;
        if (!e->valid && !place)
            place = e;
    }
    if (!place)
        place = &entries[state->atc_turn++ % state->config.atc_entries];
    *place = *entry;
}

int dbell_endpoint_translate(struct dbell_endpoint *endpoint,
                             const struct dbell_ats_request *request,
                             struct dbell_ats_completion *completion)
{
    struct dbell_endpoint_state *state = endpoint->state;
    const struct dbell_agent *up = &endpoint->ports.up;
    if (!ats_enabled(state) || !(space_get(state, PCI_COMMAND, 2) & PCI_COMMAND_MASTER))
        return DBELL_E_STATE;
    if (request->side.has_substreamid && !dbell__pasid_enabled(endpoint, request->side.substreamid))
        return DBELL_E_STATE;
    struct dbell_ats_request sent = *request;
    sent.side.at = DBELL_AT_TRANSLATION_REQUEST;
    sent.side.has_requesterid = true;
    sent.side.requesterid =
        misbehaves(state, DBELL_FORGES_REQUESTERID) ? state->forged : state->requesterid;
    int status = up->translate ? up->translate(up->ctx, &sent, completion) : DBELL_E_UNSUPPORTED;
    if (status == DBELL_E_UNSUPPORTED) {
        *completion = (struct dbell_ats_completion){.status = DBELL_ATS_UR};
        status = DBELL_OK;
    }
    if (status || !dbell_ats_grants(completion) || !completion->size ||
        completion->size & (completion->size - 1) || !ats_enabled(state))
        return status;
    if (completion->untranslated_only && !misbehaves(state, DBELL_CACHES_UNTRANSLATED))
        return status; /* 10.2.3.1: such an entry is not to be cached */
    fill(state, &(struct dbell_atc_entry){
                    .valid = true,
                    .has_pasid = request->side.has_substreamid,
                    .pasid = request->side.has_substreamid ? request->side.substreamid : 0,
                    .privileged = request->side.has_substreamid && request->side.privileged,
                    .read = completion->read,
                    .write = completion->write,
                    .execute = completion->execute,
                    .untranslated_only = completion->untranslated_only,
                    .address = request->address & ~(completion->size - 1),
                    .translated = completion->address,
                    .size = completion->size});
    return status;
}

bool dbell_endpoint_atc(const struct dbell_endpoint *endpoint, uint32_t index,
                        struct dbell_atc_entry *entry)
{
    struct dbell_endpoint_state *state = endpoint->state;
    if (!state->at.ats || index >= state->config.atc_entries || !atc_entries(state)[index].valid)
        return false;
    *entry = atc_entries(state)[index];
    return true;
}

bool dbell_endpoint_atc_find(const struct dbell_endpoint *endpoint, bool has_pasid, uint32_t pasid,
                             uint64_t address, struct dbell_atc_entry *entry)
{
    struct atc_key key = {.has_pasid = has_pasid, .pasid = pasid, .address = address};
    const struct dbell_atc_entry *found = dbell__atc_find(endpoint->state, &key);
    key.privileged = true;
    if (!found)
        found = dbell__atc_find(endpoint->state, &key);
    if (found)
        *entry = *found;
    return found;
}

/* --- invalidation --- */

/* 10.3.1, 10.3.8: of one PASID, of all with Global Invalidate, or of what has none. */
static bool concerns(const struct dbell_ats_invalidation *what, const struct dbell_atc_entry *entry)
{
    if (entry->has_pasid != what->has_substreamid ||
        (what->has_substreamid && !what->global && entry->pasid != what->substreamid))
        return false;
    const uint64_t last = what->address + (what->size - 1); /* of size 0: all */
    return !what->size ||
           (entry->address <= last && what->address <= entry->address + (entry->size - 1));
}

static void drop(struct dbell_endpoint_state *state, const struct dbell_ats_invalidation *what)
{
    for (uint32_t i = 0; i < state->config.atc_entries; i++)
        if (concerns(what, &atc_entries(state)[i]))
            atc_entries(state)[i].valid = false;
}

void dbell__atc_drop_pasid(struct dbell_endpoint_state *state, uint32_t pasid)
{
    if (state->at.ats)
        drop(state,
             &(struct dbell_ats_invalidation){.has_substreamid = true, .substreamid = pasid});
}

bool dbell_endpoint_invalidate(struct dbell_endpoint *endpoint,
                               const struct dbell_ats_invalidation *invalidation)
{
    struct dbell_endpoint_state *state = endpoint->state;
    const unsigned depth = state->config.ats_queue_depth ? state->config.ats_queue_depth : 1u;
    if (state->invalidation_count >= depth)
        return false;
    state
        ->invalidations[(state->invalidation_first + state->invalidation_count++) % INVALIDATIONS] =
        *invalidation;
    return true;
}

static void end_oldest(struct dbell_endpoint *endpoint, enum dbell_ats_end end)
{
    struct dbell_endpoint_state *state = endpoint->state;
    const struct dbell_agent *up = &endpoint->ports.up;
    const struct dbell_ats_invalidation oldest = state->invalidations[state->invalidation_first];
    state->invalidation_first = (state->invalidation_first + 1) % INVALIDATIONS;
    state->invalidation_count--;
    if (up->invalidated)
        up->invalidated(up->ctx, oldest.streamid, oldest.tag, end);
}

unsigned dbell_endpoint_time_out(struct dbell_endpoint *endpoint)
{
    unsigned n = 0;
    for (; endpoint->state->invalidation_count; n++)
        end_oldest(endpoint, DBELL_ATS_TIMED_OUT);
    return n;
}

/* All uses of the old translations have been made by now: an access is done whole when it is. */
int dbell__atc_step(struct dbell_endpoint *endpoint)
{
    struct dbell_endpoint_state *state = endpoint->state;
    if (!state->invalidation_count)
        return DBELL_IDLE;
    if (misbehaves(state, DBELL_MUTE_ATC))
        return DBELL_NOT_YET;
    if (!ats_enabled(state) || misbehaves(state, DBELL_REFUSES_INVALIDATION)) {
        end_oldest(endpoint, DBELL_ATS_REFUSED);
        return DBELL_STEPPED;
    }
    if (!misbehaves(state, DBELL_KEEPS_TRANSLATIONS))
        drop(state, &state->invalidations[state->invalidation_first]);
    end_oldest(endpoint, DBELL_ATS_INVALIDATED);
    return DBELL_STEPPED;
}
