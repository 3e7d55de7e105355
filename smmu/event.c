/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Event records and the event queue (IHI 0070 7.2-7.4, 6.3.29, 6.3.95, 6.3.96). */
#include "evt.h"

#include <string.h>

#include "originated.h"

static bool has_fetch_address(uint8_t event)
{
    return event == DBELL_EVENT_F_STE_FETCH || event == DBELL_EVENT_F_CD_FETCH ||
           event == DBELL_EVENT_F_WALK_EABT || event == DBELL_EVENT_F_VMS_FETCH;
}

static bool of_translation(uint8_t event)
{
    return event >= DBELL_EVENT_F_WALK_EABT && event <= DBELL_EVENT_F_TLB_CONFLICT;
}

static bool has_input_address(uint8_t event)
{
    return event == DBELL_EVENT_F_UUT || event == DBELL_EVENT_F_TRANSL_FORBIDDEN ||
           of_translation(event);
}

static struct event *pending_event(struct dbell_smmu_state *state, uint32_t n)
{
    return &state->events[(state->event_first + n) % EVENT_SLOTS];
}

/* 7.3.1: records of one page are identical. */
static bool same_but_offset(const uint64_t a[4], const uint64_t b[4])
{
    const bool has_offset = has_input_address((uint8_t)get(a, EVT_TYPE));
    return a[0] == b[0] && a[1] == b[1] && a[3] == b[3] &&
           (a[2] ^ b[2]) >> (has_offset ? 12 : 0) == 0;
}

/* There is a slot: who may need one has asked event_slot_free() before (smmu.c, retry.c). A record
 * that may be merged is, into one that has not been written yet. */
void dbell__event_post(struct dbell_smmu_state *state, const uint64_t words[4], bool mergeable)
{
    for (uint32_t n = 0; mergeable && n < state->event_count; n++)
        if (same_but_offset(pending_event(state, n)->words, words)) {
            count(state, DBELL_SMMU_EVENTS_MERGED);
            return;
        }
    count(state, DBELL_SMMU_EVENTS);
    memcpy(pending_event(state, state->event_count)->words, words, 4 * sizeof words[0]);
    state->event_count++;
}

enum {
    HINT_ACCESS = DBELL_HINT_USER_EXECUTE | DBELL_HINT_USER_WRITE | DBELL_HINT_USER_READ |
                  DBELL_HINT_PRIVILEGED_EXECUTE | DBELL_HINT_PRIVILEGED_WRITE |
                  DBELL_HINT_PRIVILEGED_READ
};

int dbell_smmu_page_hint(struct dbell_smmu *smmu, const struct dbell_page_hint *hint)
{
    struct dbell_smmu_state *state = smmu->state;
    if (!event_slot_free(state))
        return DBELL_E_BUSY;
    uint64_t w[4] = {0};
    put(w, EVT_TYPE, DBELL_EVENT_E_PAGE_REQUEST);
    put(w, EVT_STREAMID, hint->streamid);
    put(w, EVT_SSV, hint->has_substreamid);
    put(w, EVT_SUBSTREAMID, hint->has_substreamid ? hint->substreamid : 0);
    put(w, EVT_HINT_ACCESS, hint->access & HINT_ACCESS);
    put(w, EVT_HINT_SPAN, hint->pages);
    put(w, EVT_INPUTADDR, hint->address & ~ones(12));
    if (state->r.cr0 & CR0_SMMUEN && !state->failed)
        dbell__event_post(state, w, false);
    return DBELL_OK;
}

/* The record of 7.3 for this access and fault. */
void dbell__event_record(struct access *access, const struct fault *fault, bool stall,
                         uint16_t stag)
{
    struct dbell_smmu_state *state = access->smmu->state;
    uint64_t w[4] = {0};
    put(w, EVT_TYPE, fault->event);
    put(w, EVT_STREAMID, access->streamid);
    if (fault->event == DBELL_EVENT_C_BAD_SUBSTREAMID) {
        put(w, EVT_SUBSTREAMID, access->substreamid); /* always valid, no SSV (7.3.9) */
    } else if (access->ssv && fault->event != DBELL_EVENT_F_STREAM_DISABLED) { /* 7.3.7 */
        put(w, EVT_SSV, 1);
        put(w, EVT_SUBSTREAMID, access->substreamid);
    }
    if (has_input_address(fault->event)) {
        put(w, EVT_INPUTADDR, access->input);
        put(w, EVT_RNW, !access->write || fault->write_granted);
        if (of_translation(fault->event)) {
            put(w, EVT_PNU, access->privileged);
            put(w, EVT_IND, access->instruction);
            put(w, EVT_S2, fault->s2);
            put(w, EVT_CLASS, fault->event == DBELL_EVENT_F_TLB_CONFLICT ? 0 : fault->class);
        } else if (fault->event == DBELL_EVENT_F_UUT) { /* as they came in (7.3.2) */
            put(w, EVT_PNU, access->privileged_in);
            put(w, EVT_IND, access->instruction_in && !access->data);
        }
    }
    if (has_fetch_address(fault->event)) {
        put(w, EVT_FETCHADDR, (fault->fetch_address & ones(state->features.oas)) >> 3);
    } else if (of_translation(fault->event)) {
        if (fault->s2)
            put(w, EVT_IPA, (fault->ipa & ones(state->features.oas)) >> 12);
        if (fault->event == DBELL_EVENT_F_PERMISSION && fault->class == CLASS_TT)
            put(w, EVT_TTRNW, fault->ttrnw);
        if (stall) {
            put(w, EVT_STALL, 1);
            put(w, EVT_STAG, stag);
        }
    }
    dbell__event_post(state, w, access->mergeable && !stall);
}

/* What 7.2.1 makes of a record while the queue can not be written: an access that stalls is retried
 * once it can, any other record is discarded. */
static void not_written(struct dbell_smmu_state *state, const struct event *event, bool overflow)
{
    if (get(event->words, EVT_STALL)) {
        dbell__stall_unrecorded(state, (uint16_t)get(event->words, EVT_STAG));
        return;
    }
    struct registers *r = &state->r;
    bool overflowed = (r->eventq_prod ^ r->eventq_cons) & QUEUE_OVERFLOW;
    count(state, DBELL_SMMU_EVENTS_LOST);
    if (overflow && !overflowed) /* 7.4 */
        r->eventq_prod ^= QUEUE_OVERFLOW;
}

static struct event take(struct dbell_smmu_state *state)
{
    const struct event event = state->events[state->event_first];
    state->event_first = (state->event_first + 1) % EVENT_SLOTS;
    state->event_count--;
    return event;
}

/* 4.7.2: the record of a stall that has ended meanwhile is not written. */
static bool obsolete(struct dbell_smmu_state *state, const struct event *event)
{
    return get(event->words, EVT_STALL) &&
           !dbell__stall_waits(state, (uint16_t)get(event->words, EVT_STAG));
}

void dbell__event_discard(struct dbell_smmu_state *state)
{
    while (state->event_count) {
        const struct event event = take(state);
        if (!obsolete(state, &event))
            not_written(state, &event, false);
    }
}

static bool can_be_written(const struct dbell_smmu_state *state)
{
    const struct registers *r = &state->r;
    return !state->failed && (r->cr0ack & CR0_EVENTQEN) &&
           !((r->gerror ^ r->gerrorn) & GERROR_EVENTQ_ABT);
}

static bool is_full(const struct dbell_smmu_state *state)
{
    const struct registers *r = &state->r;
    return queue_full(r->eventq_prod, r->eventq_cons,
                      queue_log2size(r->eventq_base, state->features.eventqs));
}

static uint64_t record_address(const struct dbell_smmu_state *state)
{
    const struct registers *r = &state->r;
    const uint32_t log2size = queue_log2size(r->eventq_base, state->features.eventqs);
    return (get_in_place(&r->eventq_base, QUEUE_ADDR) & ~ones(log2size + 5)) +
           (uint64_t)(r->eventq_prod & (uint32_t)ones(log2size)) * EVT_SIZE;
}

bool dbell__event_next(const struct dbell_smmu_state *state, uint64_t *address, uint32_t *size)
{
    *address = record_address(state);
    *size = EVT_SIZE;
    return state->event_count && can_be_written(state) && !is_full(state);
}

bool dbell__event_revives(const struct dbell_smmu_state *state)
{
    return can_be_written(state) && !is_full(state) && dbell__stall_has_unrecorded(state);
}

/* One record to memory, or what becomes of it otherwise. */
int dbell__event_step(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary)
{
    struct dbell_smmu_state *state = smmu->state;
    struct registers *r = &state->r;
    const uint32_t log2size = queue_log2size(r->eventq_base, state->features.eventqs);
    const bool can_be = can_be_written(state), full = is_full(state);
    if (can_be && !full)
        dbell__stall_retry_unrecorded(state);
    if (!state->event_count)
        return DBELL_IDLE;
    const struct event event = take(state);
    if (obsolete(state, &event))
        return DBELL_STEPPED;
    if (!can_be || full) {
        not_written(state, &event, can_be);
        return DBELL_STEPPED;
    }

    const uint32_t prod = r->eventq_prod;
    const uint64_t address = record_address(state);
    uint8_t bytes[EVT_SIZE];
    for (unsigned i = 0; i < 4; i++)
        dbell__put_le(&bytes[8 * i], 8, event.words[i]);
    unit_begins(state, CR0_EVENTQEN);
    bool ok = dbell__originated_write(smmu, address, bytes, sizeof bytes,
                                      dbell__originated_queue(state, r->eventq_base, true));
    const bool still = dbell__unit_ends(state, CR0_EVENTQEN);
    dbell__append_step(itinerary, (struct dbell_step){.kind = DBELL_STEP_WRITE,
                                                      .object = DBELL_OBJECT_EVENT,
                                                      .resource = DBELL_RESOURCE_QUEUE_PORT,
                                                      .level = -1,
                                                      .fault = (uint8_t)event.words[0],
                                                      .size = EVT_SIZE,
                                                      .after = dbell__last_step(itinerary),
                                                      .address = address,
                                                      .value = event.words[0]});
    if (!still)
        return DBELL_STEPPED;
    if (!ok) { /* synchronous: PROD stays (7.2.2) */
        count(state, DBELL_SMMU_EVENTS_LOST);
        dbell__gerror(smmu, GERROR_EVENTQ_ABT);
        return DBELL_STEPPED;
    }
    bool was_empty = queue_empty(prod, r->eventq_cons, log2size);
    r->eventq_prod = (prod & QUEUE_OVERFLOW) | ((prod + 1) & (uint32_t)ones(log2size + 1));
    if (was_empty) /* 3.18.2: empty to non-empty */
        dbell__interrupt(smmu, DBELL_SMMU_EVENTQ);
    return DBELL_STEPPED;
}
