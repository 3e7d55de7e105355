/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Page requests: the PRI queue, its overflow, and the responses of software and of the SMMU itself
 * (IHI 0070 8, 4.5.2, 6.3.36, 6.3.97, 6.3.98). */
#include "pri.h"

#include "cmd.h"
#include "originated.h"

int dbell_smmu_page_request(struct dbell_smmu *smmu, const struct dbell_page_request *request)
{
    struct dbell_smmu_state *state = smmu->state;
    const struct dbell_sideband *side = &request->side;
    if (!side->has_streamid)
        return DBELL_E_ARGUMENT;
    if (!state->features.pri || side->sec_sid != DBELL_SEC_NONSECURE)
        return DBELL_E_UNSUPPORTED;
    if (state->page_request_count == PAGE_REQUEST_SLOTS)
        return DBELL_E_BUSY;
    const bool ssv = side->has_substreamid && state->features.ssidsize;
    uint64_t w[2] = {0};
    put(w, PRI_STREAMID, side->streamid);
    put(w, PRI_SSV, ssv);
    if (ssv) {
        put(w, PRI_SUBSTREAMID, side->substreamid);
        put(w, PRI_PRIV, side->privileged);
        put(w, PRI_X, side->instruction);
    }
    put(w, PRI_R, request->read);
    put(w, PRI_W, request->write);
    put(w, PRI_LAST, request->last);
    put(w, PRI_PRGINDEX, request->group);
    put(w, PRI_ADDRESS, request->address >> 12);
    struct page_request *slot =
        &state->page_requests[(state->page_request_first + state->page_request_count) %
                              PAGE_REQUEST_SLOTS];
    slot->words[0] = w[0];
    slot->words[1] = w[1];
    state->page_request_count++;
    return DBELL_OK;
}

/* 8: it has a PASID; without one it is a request like any other. */
static bool is_stop_marker(const uint64_t w[2])
{
    return get(w, PRI_SSV) && get(w, PRI_LAST) && !get(w, PRI_W) && !get(w, PRI_R);
}

static bool respond(struct dbell_smmu *smmu, const struct dbell_page_response *response)
{
    const struct dbell_ats_port *port = &smmu->ports.ats;
    return !port->respond || port->respond(port->ctx, response);
}

/* 4.5.2 */
bool dbell__pri_respond(struct dbell_smmu *smmu, const uint64_t c[2])
{
    static const uint8_t codes[3] = {DBELL_PAGE_RESPONSE_FAILURE, DBELL_PAGE_INVALID_REQUEST,
                                     DBELL_PAGE_SUCCESS};
    const bool ssv = smmu->state->features.ssidsize && get(c, CMD_SSV);
    if (!(smmu->state->r.cr0 & CR0_SMMUEN))
        return true;
    return respond(smmu, &(struct dbell_page_response){
                             .streamid = (uint32_t)get(c, CMD_STREAMID),
                             .has_substreamid = ssv,
                             .substreamid = ssv ? (uint32_t)get(c, CMD_SUBSTREAMID) : 0,
                             .group = (uint16_t)get(c, CMD_PRI_PRGINDEX),
                             .code = codes[get(c, CMD_PRI_RESPONSE)]});
}

/* The STE of an overflow, and what was wrong with it. */
struct lookup {
    struct access access;
    struct fault fault;
};

/* 8.1: whether the response to an overflow carries the PASID, by STE.PPAR; false with no response
 * but a failure: the STE cannot be had. */
static bool find_ppar(struct lookup *lookup, bool *ppar)
{
    struct context context = {.streamid = lookup->access.streamid};
    bool found = dbell__config_fetch_ste(&lookup->access, &context, &lookup->fault);
    if (found && context.fault) { /* ILLEGAL */
        lookup->fault = (struct fault){.event = context.fault};
        found = false;
    }
    *ppar = context.ste.ppar;
    return found;
}

static void record_lookup(struct lookup *lookup)
{
    const struct dbell_smmu_state *state = lookup->access.smmu->state;
    const uint32_t cr2 = state->r.cr2;
    if (cr2 & CR2_REC_CFG_ATS && event_slot_free(state) &&
        (lookup->fault.event != DBELL_EVENT_C_BAD_STREAMID || cr2 & CR2_RECINVSID))
        dbell__event_record(&lookup->access, &lookup->fault, false, 0);
}

static struct dbell_page_response answer_to(const uint64_t w[2], enum dbell_page_response_code code)
{
    return (struct dbell_page_response){.streamid = (uint32_t)get(w, PRI_STREAMID),
                                        .group = (uint16_t)get(w, PRI_PRGINDEX),
                                        .code = (uint8_t)code,
                                        .automatic = true};
}

/* What becomes of the oldest request; FORGOTTEN: there was a reset. */
enum page_request_end { QUEUED, DISCARDED, POSTPONED, FORGOTTEN };

/* 8.1: a request that came while the queue overflows. */
static enum page_request_end discard(struct dbell_smmu *smmu, const uint64_t w[2],
                                     struct dbell_itinerary *itinerary)
{
    struct dbell_smmu_state *state = smmu->state;
    if (is_stop_marker(w) || !get(w, PRI_LAST))
        return DISCARDED;
    struct dbell_page_response answer = answer_to(w, DBELL_PAGE_SUCCESS);
    struct lookup lookup = {.access = {.smmu = smmu,
                                       .itinerary = itinerary,
                                       .after = -1,
                                       .streamid = (uint32_t)get(w, PRI_STREAMID),
                                       .substreamid = (uint32_t)get(w, PRI_SUBSTREAMID),
                                       .ssv = true,
                                       .epoch = state->epoch}};
    bool pasid = get(w, PRI_SSV), found = true;
    if (pasid && !state->features.pps) {
        unit_begins(state, CR0_PRIQEN);
        found = find_ppar(&lookup, &pasid);
        if (!dbell__unit_ends(state, CR0_PRIQEN))
            return FORGOTTEN;
    }
    if (!found) {
        answer.code = DBELL_PAGE_RESPONSE_FAILURE;
        pasid = false;
    }
    answer.has_substreamid = pasid;
    answer.substreamid = pasid ? (uint32_t)get(w, PRI_SUBSTREAMID) : 0;
    if (!respond(smmu, &answer))
        return POSTPONED;
    if (!found)
        record_lookup(&lookup);
    return DISCARDED;
}

/* 8.2: a request that is refused whatever it says. */
static bool refuse(struct dbell_smmu *smmu, const uint64_t w[2])
{
    const struct dbell_page_response answer = answer_to(w, DBELL_PAGE_RESPONSE_FAILURE);
    return is_stop_marker(w) || respond(smmu, &answer);
}

static uint64_t entry_address(const struct dbell_smmu_state *state)
{
    const struct registers *r = &state->r;
    const uint32_t log2size = queue_log2size(r->priq_base, state->features.priqs);
    const uint64_t base =
        get_in_place(&r->priq_base, QUEUE_ADDR) & ~ones(log2size + 4 > 5 ? log2size + 4 : 5);
    return base + (uint64_t)(r->priq_prod & (uint32_t)ones(log2size)) * PRI_SIZE;
}

bool dbell__pri_next(const struct dbell_smmu_state *state, uint64_t *address, uint32_t *size)
{
    const struct registers *r = &state->r;
    const uint32_t log2size = queue_log2size(r->priq_base, state->features.priqs);
    *address = entry_address(state);
    *size = PRI_SIZE;
    return state->page_request_count && r->cr0 & r->cr0ack & CR0_PRIQEN && r->cr0 & CR0_SMMUEN &&
           !state->failed && !((r->gerror ^ r->gerrorn) & GERROR_PRIQ_ABT) &&
           !((r->priq_prod ^ r->priq_cons) & QUEUE_OVERFLOW) &&
           !queue_full(r->priq_prod, r->priq_cons, log2size);
}

static bool write_entry(struct dbell_smmu *smmu, const uint64_t w[2],
                        struct dbell_itinerary *itinerary)
{
    const struct registers *r = &smmu->state->r;
    const uint64_t address = entry_address(smmu->state);
    uint8_t bytes[PRI_SIZE];
    dbell__put_le(bytes, 8, w[0]);
    dbell__put_le(bytes + 8, 8, w[1]);
    const bool ok =
        dbell__originated_write(smmu, address, bytes, sizeof bytes,
                                dbell__originated_queue(smmu->state, r->priq_base, true));
    dbell__append_step(itinerary, (struct dbell_step){.kind = DBELL_STEP_WRITE,
                                                      .object = DBELL_OBJECT_PAGE_REQUEST,
                                                      .resource = DBELL_RESOURCE_QUEUE_PORT,
                                                      .level = -1,
                                                      .size = PRI_SIZE,
                                                      .after = dbell__last_step(itinerary),
                                                      .address = address,
                                                      .value = w[0]});
    return ok;
}

static enum page_request_end end_request(struct dbell_smmu *smmu, const uint64_t w[2],
                                         struct dbell_itinerary *itinerary)
{
    struct dbell_smmu_state *state = smmu->state;
    struct registers *r = &state->r;
    const uint32_t log2size = queue_log2size(r->priq_base, state->features.priqs);
    const bool last_only = r->priq_irq.attributes & PRIQ_LO;
    const bool enabled = r->cr0 & r->cr0ack & CR0_PRIQEN && r->cr0 & CR0_SMMUEN && !state->failed;
    if (!enabled || (r->gerror ^ r->gerrorn) & GERROR_PRIQ_ABT)
        return refuse(smmu, w) ? DISCARDED : POSTPONED;

    const bool overflowed = (r->priq_prod ^ r->priq_cons) & QUEUE_OVERFLOW;
    const bool full = queue_full(r->priq_prod, r->priq_cons, log2size);
    if (overflowed || full) {
        if (!overflowed)
            r->priq_prod ^= QUEUE_OVERFLOW;
        const enum page_request_end end = discard(smmu, w, itinerary);
        if (end == DISCARDED && last_only && get(w, PRI_LAST)) /* 6.3.36 */
            dbell__interrupt(smmu, DBELL_SMMU_PRIQ);
        return end;
    }
    const uint32_t prod = r->priq_prod;
    unit_begins(state, CR0_PRIQEN);
    const bool ok = write_entry(smmu, w, itinerary);
    if (!dbell__unit_ends(state, CR0_PRIQEN))
        return FORGOTTEN;
    if (!ok) { /* synchronous (8.2) */
        dbell__gerror(smmu, GERROR_PRIQ_ABT);
        return refuse(smmu, w) ? DISCARDED : POSTPONED;
    }
    r->priq_prod = (prod & QUEUE_OVERFLOW) | ((prod + 1) & (uint32_t)ones(log2size + 1));
    if (last_only ? (bool)get(w, PRI_LAST) : queue_empty(prod, r->priq_cons, log2size))
        dbell__interrupt(smmu, DBELL_SMMU_PRIQ);
    return QUEUED;
}

int dbell__pri_step(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary)
{
    struct dbell_smmu_state *state = smmu->state;
    if (!state->page_request_count)
        return DBELL_IDLE;
    const struct page_request request = state->page_requests[state->page_request_first];
    const enum page_request_end end = end_request(smmu, request.words, itinerary);
    if (end == POSTPONED)
        return DBELL_NOT_YET;
    if (end == FORGOTTEN)
        return DBELL_STEPPED;
    state->page_request_first = (state->page_request_first + 1) % PAGE_REQUEST_SLOTS;
    state->page_request_count--;
    count(state, end == QUEUED ? DBELL_SMMU_PRI_QUEUED : DBELL_SMMU_PRI_DISCARDED);
    return DBELL_STEPPED;
}
