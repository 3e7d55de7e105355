/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "bridge.h"

#include <string.h>

#include "pci_regs.h"

void dbell_root_init(struct dbell_root *root, const struct dbell_rid_map *streams,
                     const struct dbell_rid_map *devices)
{
    memset(root, 0, sizeof *root);
    if (streams)
        root->streams = *streams;
    if (devices)
        root->devices = *devices;
    root->one_to_one = !streams && !devices;
}

int dbell_root_add_agent(struct dbell_root *root, const struct dbell_agent *agent)
{
    if (root->agent_count == DBELL_ROOT_AGENTS)
        return DBELL_E_RANGE;
    root->agents[root->agent_count] = (struct dbell_root_agent){.root = root, .agent = *agent};
    return (int)root->agent_count++;
}

int dbell_root_add_bridge(struct dbell_root *root, const struct dbell_bridge_config *config)
{
    if (root->bridge_count == DBELL_ROOT_BRIDGES || config->subordinate < config->secondary)
        return DBELL_E_RANGE;
    for (unsigned i = 0; i < root->bridge_count; i++)
        if (root->bridges[i].requesterid == config->requesterid)
            return DBELL_E_OVERLAP;
    dbell__bridge_reset(&root->bridges[root->bridge_count], config);
    return (int)root->bridge_count++;
}

struct dbell_endpoint *dbell_root_find(const struct dbell_root *root, uint32_t requesterid)
{
    for (unsigned i = 0; i < root->function_count; i++)
        if (root->functions[i].requesterid == requesterid)
            return root->functions[i].endpoint;
    return NULL;
}

/* --- the way up --- */

static unsigned bus_of(uint32_t requesterid)
{
    return requesterid >> 8 & 0xff;
}

uint32_t dbell_root_alias(const struct dbell_root *root, uint32_t requesterid)
{
    uint32_t seen = requesterid;
    const struct dbell_bridge *bridge = dbell__bridge_above(root, bus_of(requesterid));
    for (unsigned n = 0; bridge && n < DBELL_ROOT_BRIDGES; n++) {
        if (bridge->kind == DBELL_PCIE_TO_PCI)
            seen = (requesterid & ~UINT32_C(0xffff)) | dbell__bridge_secondary(bridge) << 8;
        bridge = dbell__bridge_above(root, bus_of(bridge->requesterid));
    }
    return seen;
}

/* The function below the same switch that decodes an untranslated address, other than its own
 * requester. */
static struct dbell_endpoint *peer(const struct dbell_root *root,
                                   const struct dbell_bridge *upstream,
                                   const struct dbell_root_function *from, uint64_t address,
                                   unsigned *bar, uint64_t *offset)
{
    for (unsigned i = 0; i < root->function_count; i++) {
        const struct dbell_root_function *function = &root->functions[i];
        if (function == from || !dbell__bridge_covers(upstream, bus_of(function->requesterid)))
            continue;
        const int found = dbell_endpoint_decode(function->endpoint, address, offset);
        if (found >= 0) {
            *bar = (unsigned)found;
            return function->endpoint;
        }
    }
    return NULL;
}

/* 6.12.1.1: whether a downstream port or a root port lets a request in. */
static bool acs_allows(const struct dbell_bridge *bridge, const struct dbell_sideband *side)
{
    const unsigned acs = dbell__bridge_acs(bridge);
    if (acs & ACS_SOURCE_VALIDATION && !dbell__bridge_covers(bridge, bus_of(side->requesterid)))
        return false;
    return !(acs & ACS_TRANSLATION_BLOCKING) || side->at == DBELL_AT_UNTRANSLATED;
}

/* 6.12.3: whether a request for a peer goes up all the same. */
static bool redirects(const struct dbell_bridge *bridge, uint8_t at)
{
    const unsigned acs = dbell__bridge_acs(bridge);
    return acs & ACS_REQUEST_REDIRECT &&
           !(at == DBELL_AT_TRANSLATED && acs & ACS_DIRECT_TRANSLATED);
}

/* What the way up did with a request. */
enum passage { ARRIVES, BLOCKED, TO_A_PEER };

struct way {
    enum passage passage;
    struct dbell_endpoint *peer; /* that it went to, and where there */
    unsigned bar;
    uint64_t offset;
};

/* From a function to the Root Complex; `memory`: a request that peers may decode. */
static struct way pass(struct dbell_root *root, const struct dbell_root_function *from,
                       struct dbell_sideband *side, const uint64_t *memory)
{
    struct way way = {.passage = ARRIVES};
    const struct dbell_bridge *bridge = dbell__bridge_above(root, bus_of(from->requesterid));
    for (unsigned n = 0; bridge && n < DBELL_ROOT_BRIDGES; n++) {
        const struct dbell_bridge *above = dbell__bridge_above(root, bus_of(bridge->requesterid));
        if (bridge->kind == DBELL_PCIE_TO_PCI) { /* PCI knows neither PASIDs nor ATS */
            if (side->at != DBELL_AT_UNTRANSLATED)
                way.passage = BLOCKED;
            side->requesterid =
                dbell__bridge_secondary(bridge) << 8 | (side->requesterid & ~UINT32_C(0xffff));
            side->has_substreamid = side->privileged = side->instruction = false;
        } else if (!acs_allows(bridge, side)) {
            root->acs_violations++;
            way.passage = BLOCKED;
        } else if (bridge->kind == DBELL_SWITCH_DOWNSTREAM && above && memory &&
                   !redirects(bridge, side->at)) {
            way.peer = peer(root, above, from, *memory, &way.bar, &way.offset);
            if (way.peer)
                way.passage = TO_A_PEER;
        }
        if (way.passage != ARRIVES)
            return way;
        bridge = above;
    }
    return way;
}

/* The agent behind which a RequesterID is, its IDs stamped; NULL: no map covers it. */
static const struct dbell_agent *agent_for(struct dbell_root *root, struct dbell_sideband *side)
{
    const uint32_t rid = (uint32_t)root->segment << 16 | (side->requesterid & 0xffff);
    struct dbell_requester requester;
    const struct dbell_bus none = {0};
    int index = 0;
    if (root->one_to_one)
        requester = (struct dbell_requester){.requesterid = rid,
                                             .has_streamid = true,
                                             .streamid = rid,
                                             .has_deviceid = true,
                                             .deviceid = rid};
    else
        index = dbell_requester_init(&requester, &none, rid, &root->streams, &root->devices);
    if (index < 0 && !root->streams.count) /* nothing translates here */
        index = 0;
    if (index < 0 || (unsigned)index >= root->agent_count) {
        root->unmapped++;
        return NULL;
    }
    dbell_requester_stamp(&requester, side);
    return &root->agents[index].agent;
}

static enum dbell_response up_access(void *ctx, struct dbell_transaction *t)
{
    const struct dbell_root_function *from = ctx;
    struct dbell_root *root = from->root;
    const struct way way = pass(root, from, &t->side, &t->address);
    if (way.passage == BLOCKED)
        return DBELL_RESPONSE_SLVERR;
    if (way.passage == TO_A_PEER) {
        struct dbell_transaction there = *t;
        there.address = way.offset;
        return dbell_endpoint_bar_access(way.peer, way.bar, &there);
    }
    const struct dbell_agent *agent = agent_for(root, &t->side);
    return agent ? agent->access(agent->ctx, t) : DBELL_RESPONSE_DECERR;
}

static int up_translate(void *ctx, const struct dbell_ats_request *request,
                        struct dbell_ats_completion *completion)
{
    const struct dbell_root_function *from = ctx;
    struct dbell_ats_request sent = *request;
    sent.side.at = DBELL_AT_TRANSLATION_REQUEST;
    const struct way way = pass(from->root, from, &sent.side, NULL);
    const struct dbell_agent *agent =
        way.passage == ARRIVES ? agent_for(from->root, &sent.side) : NULL;
    return agent && agent->translate ? agent->translate(agent->ctx, &sent, completion)
                                     : DBELL_E_UNSUPPORTED;
}

static int up_page_request(void *ctx, const struct dbell_page_request *request)
{
    const struct dbell_root_function *from = ctx;
    struct dbell_page_request sent = *request;
    const struct way way = pass(from->root, from, &sent.side, NULL);
    const struct dbell_agent *agent =
        way.passage == ARRIVES ? agent_for(from->root, &sent.side) : NULL;
    return agent && agent->page_request ? agent->page_request(agent->ctx, &sent)
                                        : DBELL_E_UNSUPPORTED;
}

static void up_invalidated(void *ctx, uint32_t streamid, uint32_t tag, enum dbell_ats_end end)
{
    const struct dbell_root_function *from = ctx;
    struct dbell_sideband side = {.requesterid = from->requesterid};
    const struct dbell_agent *agent = agent_for(from->root, &side);
    if (agent && agent->invalidated)
        agent->invalidated(agent->ctx, streamid, tag, end);
}

int dbell_root_add_function(struct dbell_root *root, uint32_t requesterid,
                            struct dbell_endpoint *endpoint, struct dbell_agent *up)
{
    if (root->function_count == DBELL_ROOT_FUNCTIONS)
        return DBELL_E_RANGE;
    if (dbell_root_find(root, requesterid))
        return DBELL_E_OVERLAP;
    struct dbell_root_function *function = &root->functions[root->function_count++];
    *function = (struct dbell_root_function){
        .root = root, .endpoint = endpoint, .requesterid = requesterid};
    *up = (struct dbell_agent){.ctx = function,
                               .access = up_access,
                               .translate = up_translate,
                               .page_request = up_page_request,
                               .invalidated = up_invalidated};
    return DBELL_OK;
}

/* --- the way down --- */

struct dbell_endpoint *dbell_root_stream(const struct dbell_root *root, unsigned agent,
                                         uint32_t streamid)
{
    for (unsigned i = 0; i < root->function_count; i++) {
        const uint32_t rid =
            (uint32_t)root->segment << 16 | (root->functions[i].requesterid & 0xffff);
        const struct dbell_rid_range *range = dbell_rid_map_find(&root->streams, rid);
        const bool here = root->one_to_one ? agent == 0 && rid == streamid
                                           : range && range->target == agent &&
                                                 dbell_rid_range_id(range, rid) == streamid;
        if (here)
            return root->functions[i].endpoint;
    }
    return NULL;
}

/* Nobody is there: an Unsupported Request comes back, at a later step. */
static bool refuse(struct dbell_root *root, unsigned agent,
                   const struct dbell_ats_invalidation *invalidation)
{
    if (root->refused_count == DBELL_ROOT_REFUSED)
        return false;
    const unsigned n = root->refused_count++;
    root->refused[n].agent = agent;
    root->refused[n].streamid = invalidation->streamid;
    root->refused[n].tag = invalidation->tag;
    return true;
}

static unsigned index_of(const struct dbell_root_agent *agent)
{
    return (unsigned)(agent - agent->root->agents);
}

static bool down_invalidate(void *ctx, const struct dbell_ats_invalidation *invalidation)
{
    const struct dbell_root_agent *agent = ctx;
    struct dbell_endpoint *to =
        dbell_root_stream(agent->root, index_of(agent), invalidation->streamid);
    return to ? dbell_endpoint_invalidate(to, invalidation)
              : refuse(agent->root, index_of(agent), invalidation);
}

static bool down_respond(void *ctx, const struct dbell_page_response *response)
{
    const struct dbell_root_agent *agent = ctx;
    struct dbell_endpoint *to = dbell_root_stream(agent->root, index_of(agent), response->streamid);
    return !to || dbell_endpoint_respond(to, response);
}

struct dbell_ats_port dbell_root_ats_port(struct dbell_root *root, unsigned agent)
{
    return (struct dbell_ats_port){
        .ctx = &root->agents[agent], .invalidate = down_invalidate, .respond = down_respond};
}

int dbell_root_step(struct dbell_root *root)
{
    int progress = DBELL_IDLE;
    if (root->refused_count) {
        const unsigned n = --root->refused_count;
        const struct dbell_agent *agent = &root->agents[root->refused[n].agent].agent;
        if (agent->invalidated)
            agent->invalidated(agent->ctx, root->refused[n].streamid, root->refused[n].tag,
                               DBELL_ATS_REFUSED);
        return DBELL_STEPPED;
    }
    for (unsigned i = 0; i < root->function_count; i++) {
        const int one = dbell_endpoint_step(root->functions[i].endpoint);
        if (one == DBELL_STEPPED)
            return one;
        if (one == DBELL_NOT_YET)
            progress = one;
    }
    return progress;
}

unsigned dbell_root_time_out(struct dbell_root *root)
{
    unsigned n = 0;
    for (unsigned i = 0; i < root->function_count; i++)
        n += dbell_endpoint_time_out(root->functions[i].endpoint);
    return n;
}

/* --- configuration and memory space --- */

static struct dbell_bridge *bridge_at(struct dbell_root *root, uint32_t requesterid)
{
    for (unsigned i = 0; i < root->bridge_count; i++)
        if (root->bridges[i].requesterid == requesterid)
            return &root->bridges[i];
    return NULL;
}

uint32_t dbell_root_ecam_read(struct dbell_root *root, uint64_t offset, unsigned size)
{
    const uint32_t rid = (uint32_t)(offset >> 12) & 0xffff;
    const unsigned at = (unsigned)offset & 0xfff;
    struct dbell_endpoint *endpoint = dbell_root_find(root, rid);
    const struct dbell_bridge *bridge = bridge_at(root, rid);
    if (offset >> 28 || (!endpoint && !bridge))
        return size >= 4 ? UINT32_MAX : (1u << 8 * size) - 1;
    return endpoint ? dbell_endpoint_config_read(endpoint, at, size)
                    : dbell__bridge_read(bridge, at, size);
}

void dbell_root_ecam_write(struct dbell_root *root, uint64_t offset, unsigned size, uint32_t value)
{
    const uint32_t rid = (uint32_t)(offset >> 12) & 0xffff;
    const unsigned at = (unsigned)offset & 0xfff;
    struct dbell_endpoint *endpoint = dbell_root_find(root, rid);
    struct dbell_bridge *bridge = bridge_at(root, rid);
    if (offset >> 28 || size > 4)
        return;
    if (endpoint)
        dbell_endpoint_config_write(endpoint, at, size, value);
    else if (bridge)
        dbell__bridge_write(bridge, at, size, value);
}

enum dbell_response dbell_root_memory(struct dbell_root *root, struct dbell_transaction *t)
{
    for (unsigned i = 0; i < root->function_count; i++) {
        struct dbell_endpoint *endpoint = root->functions[i].endpoint;
        uint64_t offset;
        const int bar = dbell_endpoint_decode(endpoint, t->address, &offset);
        if (bar < 0)
            continue;
        struct dbell_transaction there = *t;
        there.address = offset;
        return dbell_endpoint_bar_access(endpoint, (unsigned)bar, &there);
    }
    return DBELL_RESPONSE_DECERR;
}

/* --- groups --- */

/* Whether a request of `from` for memory of `to` can stay below the Root Complex. */
static bool reaches(const struct dbell_root *root, uint32_t from, uint32_t to)
{
    const struct dbell_bridge *bridge = dbell__bridge_above(root, bus_of(from));
    for (unsigned n = 0; bridge && n < DBELL_ROOT_BRIDGES; n++) {
        const struct dbell_bridge *above = dbell__bridge_above(root, bus_of(bridge->requesterid));
        if (bridge->kind == DBELL_SWITCH_DOWNSTREAM && above &&
            dbell__bridge_covers(above, bus_of(to)) &&
            !(dbell__bridge_acs(bridge) & ACS_REQUEST_REDIRECT))
            return true;
        bridge = above;
    }
    return false;
}

/* Functions of one device talk to each other unless both say that they do not (6.12.1.2). */
static bool same_device(const struct dbell_root *root, uint32_t a, uint32_t b)
{
    const struct dbell_endpoint *one = dbell_root_find(root, a);
    const struct dbell_endpoint *other = dbell_root_find(root, b);
    return a >> 3 == b >> 3 &&
           !(one && other && dbell_endpoint_extended_capability(one, EXT_CAP_ACS) &&
             dbell_endpoint_extended_capability(other, EXT_CAP_ACS));
}

bool dbell_root_same_group(const struct dbell_root *root, uint32_t a, uint32_t b)
{
    return a == b || same_device(root, a, b) ||
           dbell_root_alias(root, a) == dbell_root_alias(root, b) || reaches(root, a, b) ||
           reaches(root, b, a);
}
