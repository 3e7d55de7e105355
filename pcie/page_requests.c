/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Page requests of a function: groups, credits, responses (PCIe 10.4, 10.5.2). */
#include <string.h>

#include "endpoint_state.h"

/* The groups are a physical function's, its virtual functions share them (9.3.7.11). */
static struct dbell_endpoint_state *owner_of(const struct dbell_endpoint *endpoint)
{
    return endpoint->ports.physical ? endpoint->ports.physical->state : endpoint->state;
}

void dbell__page_requests_reset(struct dbell_endpoint *endpoint)
{
    struct dbell_endpoint_state *state = endpoint->state;
    memset(state->groups, 0, sizeof state->groups);
    state->outstanding = 0;
    state->response_count = 0;
}

/* 10.4.1: a Stop Marker is not counted, and gets no answer. */
static bool has_credit(const struct dbell_endpoint_state *owner, bool overruns)
{
    const uint32_t allocated = space_get(owner, owner->at.pri + PRI_ALLOCATION, 4);
    const uint32_t most =
        allocated < owner->config.pri_capacity ? allocated : owner->config.pri_capacity;
    return overruns || owner->outstanding < most;
}

static int send(struct dbell_endpoint *endpoint, const struct dbell_page_request *request)
{
    const struct dbell_endpoint_state *state = endpoint->state;
    const struct dbell_agent *up = &endpoint->ports.up;
    struct dbell_page_request sent = *request;
    sent.side.has_requesterid = true;
    sent.side.requesterid =
        misbehaves(state, DBELL_FORGES_REQUESTERID) ? state->forged : state->requesterid;
    return up->page_request ? up->page_request(up->ctx, &sent) : DBELL_E_UNSUPPORTED;
}

int dbell_endpoint_page_request(struct dbell_endpoint *endpoint,
                                const struct dbell_page_request *request)
{
    struct dbell_endpoint_state *owner = owner_of(endpoint);
    const struct dbell_sideband *side = &request->side;
    if (!dbell__pri_usable(endpoint) ||
        (side->has_substreamid && !dbell__pasid_enabled(endpoint, side->substreamid)))
        return DBELL_E_STATE;
    if (request->group >= PAGE_GROUPS)
        return DBELL_E_RANGE;
    if (dbell_page_request_is_stop_marker(request))
        return send(endpoint, request);
    if (!has_credit(owner, misbehaves(endpoint->state, DBELL_OVERRUNS_PRI)))
        return DBELL_E_BUSY;
    struct dbell_page_request sent = *request;
    if (misbehaves(endpoint->state, DBELL_NEVER_LAST))
        sent.last = false;
    const int status = send(endpoint, &sent);
    if (status)
        return status;
    struct page_group *group = &owner->groups[request->group];
    group->requests++;
    group->has_pasid = side->has_substreamid;
    group->pasid = side->has_substreamid ? side->substreamid : 0;
    group->last |= sent.last;
    owner->outstanding++;
    return DBELL_OK;
}

int dbell__page_ask(struct dbell_endpoint *endpoint, const struct dbell_page_request *request,
                    uint16_t *group)
{
    const struct dbell_endpoint_state *owner = owner_of(endpoint);
    struct dbell_page_request asked = *request;
    for (*group = 0; *group < PAGE_GROUPS && owner->groups[*group].requests;)
        ++*group;
    if (*group == PAGE_GROUPS)
        return DBELL_E_BUSY;
    asked.group = *group;
    return dbell_endpoint_page_request(endpoint, &asked);
}

/* --- responses --- */

bool dbell_endpoint_respond(struct dbell_endpoint *endpoint,
                            const struct dbell_page_response *response)
{
    struct dbell_endpoint_state *state = endpoint->state;
    if (state->response_count == RESPONSES)
        return false;
    state->responses[(state->response_first + state->response_count++) % RESPONSES] = *response;
    return true;
}

static void set_status(struct dbell_endpoint_state *owner, uint32_t bit)
{
    const unsigned at = owner->at.pri + PRI_STATUS;
    space_put(owner, at, 2, space_get(owner, at, 2) | bit);
}

/* 10.4.2: an answer has the PASID of its group, or none. */
static bool expected(const struct page_group *group, const struct dbell_page_response *response)
{
    return group->requests && (!response->has_substreamid ||
                               (group->has_pasid && group->pasid == response->substreamid));
}

int dbell__page_step(struct dbell_endpoint *endpoint)
{
    struct dbell_endpoint_state *state = endpoint->state, *owner = owner_of(endpoint);
    if (!state->response_count)
        return DBELL_IDLE;
    const struct dbell_page_response response = state->responses[state->response_first];
    state->response_first = (state->response_first + 1) % RESPONSES;
    state->response_count--;
    if (!owner->at.pri)
        return DBELL_STEPPED;
    struct page_group *group = &owner->groups[response.group % PAGE_GROUPS];
    if (!expected(group, &response)) {
        find(endpoint, DBELL_FINDING_UNEXPECTED_RESPONSE, response.group);
        set_status(owner, PRI_UNEXPECTED_GROUP);
        return DBELL_STEPPED;
    }
    if (!group->last)
        find(endpoint, DBELL_FINDING_EARLY_RESPONSE, response.group);
    if (group->recycled)
        find(endpoint, DBELL_FINDING_STALE_PASID, group->pasid);
    owner->outstanding -= group->requests;
    *group = (struct page_group){0};
    if (response.code != DBELL_PAGE_SUCCESS && response.code != DBELL_PAGE_INVALID_REQUEST)
        set_status(owner, PRI_RESPONSE_FAILURE); /* 10.4.2.1: 2 to 14 are treated as failure */
    dbell__engine_answered(state, response.group, response.code);
    return DBELL_STEPPED;
}

/* --- PASIDs that go and come again --- */

int dbell_endpoint_stop_pasid(struct dbell_endpoint *endpoint, uint32_t pasid)
{
    struct dbell_endpoint_state *state = endpoint->state, *owner = owner_of(endpoint);
    bool outstanding = false;
    if (!dbell__pasid_enabled(endpoint, pasid))
        return DBELL_E_STATE;
    dbell__engine_stop_pasid(state, pasid);
    dbell__atc_drop_pasid(state, pasid);
    for (unsigned i = 0; i < PAGE_GROUPS; i++) {
        struct page_group *group = &owner->groups[i];
        if (group->requests && group->has_pasid && group->pasid == pasid)
            outstanding = group->stopped = true;
    }
    if (outstanding)
        return DBELL_E_BUSY;
    if (!dbell__pri_usable(endpoint))
        return DBELL_OK;
    return dbell_endpoint_page_request(
        endpoint, &(struct dbell_page_request){
                      .last = true, .side = {.has_substreamid = true, .substreamid = pasid}});
}

void dbell__page_recycle(struct dbell_endpoint_state *state, uint32_t pasid)
{
    for (unsigned i = 0; i < PAGE_GROUPS; i++) {
        struct page_group *group = &state->groups[i];
        group->recycled |= group->stopped && group->has_pasid && group->pasid == pasid;
    }
}
