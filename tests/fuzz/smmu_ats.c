/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Endpoints with ATS and PRI: what they send to a fuzzed SMMU, and what they take from it. */
#include <string.h>

#include "records.h"
#include "smmu_world.h"

static bool power_of_two(uint64_t n)
{
    return n && !(n & (n - 1));
}

/* --- what the SMMU sends --- */

static bool invalidate(void *ctx, const struct dbell_ats_invalidation *i)
{
    struct world *world = ctx;
    MUST(!i->size || (power_of_two(i->size) && i->size >= 0x1000));
    MUST(i->size ? !(i->address & (i->size - 1)) : !i->address);
    MUST(!(i->substreamid >> 20) && (i->has_substreamid || !i->substreamid));
    if (world->endpoints_busy || world->tag_count == TAGS)
        return false;
    world->tags[world->tag_count++] = i->tag;
    return true;
}

static bool respond(void *ctx, const struct dbell_page_response *response)
{
    const struct world *world = ctx;
    MUST(response->code == DBELL_PAGE_SUCCESS || response->code == DBELL_PAGE_INVALID_REQUEST ||
         response->code == DBELL_PAGE_RESPONSE_FAILURE);
    MUST(response->group <= 0x1ff && !(response->substreamid >> 20));
    return !world->endpoints_busy;
}

struct dbell_ats_port world_ats_port(struct world *world)
{
    return (struct dbell_ats_port){world, invalidate, respond};
}

void end_invalidation(struct world *world, uint32_t choice, enum dbell_ats_end end)
{
    if (!world->tag_count) {
        dbell_smmu_ats_invalidated(&world->smmu, choice, end);
        return;
    }
    uint32_t *tag = &world->tags[choice % world->tag_count];
    const uint32_t ended = *tag;
    *tag = world->tags[--world->tag_count];
    dbell_smmu_ats_invalidated(&world->smmu, ended, end);
}

/* --- what it answers --- */

static void check_completion(const struct world *world, const struct dbell_ats_request *request,
                             const struct dbell_ats_completion *c)
{
    MUST(c->status == DBELL_ATS_SUCCESS || c->status == DBELL_ATS_UR || c->status == DBELL_ATS_CA);
    MUST(c->rule || dbell_ats_grants(c));
    if (c->status != DBELL_ATS_SUCCESS)
        return;
    MUST(!c->event || !dbell_ats_grants(c));
    MUST(power_of_two(c->size) && c->size >= 0x1000);
    if (!dbell_ats_grants(c))
        return;
    MUST(!(c->address & (c->size - 1)) && c->address + (c->size - 1) <= low(output_bits(world)));
    MUST(!c->execute || (c->read && request->side.instruction));
    MUST(!c->global || request->side.has_substreamid);
}

int checked_ats(struct world *world, const struct dbell_ats_request *request,
                struct dbell_ats_completion *c)
{
    const uint64_t before = world_reads(world);
    const unsigned interruptions = world->interruptions, lost = world->lost_updates;
    const bool nested = world->nested, recorded = request->itinerary != NULL;
    memset(c, 0xa5, sizeof *c);
    if (!nested && recorded)
        world_open_itinerary(world);
    const int status = dbell_smmu_ats(&world->smmu, request, c);
    MUST(status == DBELL_OK || status == DBELL_E_ARGUMENT || status == DBELL_E_UNSUPPORTED ||
         status == DBELL_E_BUSY);
    if (status)
        return status;
    check_completion(world, request, c);
    if (nested || world->interruptions != interruptions)
        return status;
    MUST(world_reads(world) - before <= world_most_reads(world, lost));
    if (recorded)
        world_check_itinerary(world);
    return status;
}
