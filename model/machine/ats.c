/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* ATS and PRI of the machine: what devices ask their SMMU, and what it sends them. A device that
 * nothing else models answers every invalidation as soon as the SMMU has sent it. */
#include "machine_private.h"

/* --- up --- */

int dbell__machine_find_smmu(struct dbell_machine *m, uint32_t requesterid,
                             struct dbell_sideband *side, struct machine_smmu **smmu)
{
    const struct dbell_dma dma = {.requesterid = requesterid};
    struct dbell_requester requester;
    int index;
    const int status = dbell_dma_requester(&m->platform, &dma, &requester, &index);
    *smmu = !status && index >= 0 ? &m->smmu[index] : NULL;
    if (!status)
        dbell_requester_stamp(&requester, side);
    return status;
}

int dbell__machine_translation_request(void *ctx, uint32_t requesterid,
                                       struct dbell_ats_request *request,
                                       struct dbell_ats_completion *completion)
{
    struct machine_smmu *smmu;
    int status = dbell__machine_find_smmu(ctx, requesterid, &request->side, &smmu);
    if (status)
        return status;
    status = smmu ? dbell_smmu_ats(&smmu->unit, request, completion) : DBELL_E_UNSUPPORTED;
    for (int attempt = 0; status == DBELL_E_BUSY && attempt < 1024; attempt++) {
        dbell_smmu_step(&smmu->unit, NULL);
        status = dbell_smmu_ats(&smmu->unit, request, completion);
    }
    if (status == DBELL_E_UNSUPPORTED) { /* the Root Complex says so */
        *completion = (struct dbell_ats_completion){.status = DBELL_ATS_UR};
        status = DBELL_OK;
    }
    return status;
}

int dbell__machine_page_request(void *ctx, uint32_t requesterid, struct dbell_page_request *request)
{
    struct machine_smmu *smmu;
    int status = dbell__machine_find_smmu(ctx, requesterid, &request->side, &smmu);
    if (status)
        return status;
    status = smmu ? dbell_smmu_page_request(&smmu->unit, request) : DBELL_E_UNSUPPORTED;
    return status == DBELL_E_UNSUPPORTED ? DBELL_OK : status; /* nobody is there to take it */
}

/* --- down --- */

static uint32_t index_of(const struct machine_smmu *smmu)
{
    return (uint32_t)(smmu - smmu->machine->smmu);
}

/* What the Root Complex has a function for goes there. */
static bool invalidate(void *ctx, const struct dbell_ats_invalidation *invalidation)
{
    struct machine_smmu *smmu = ctx;
    struct dbell_root *root = &smmu->machine->root;
    if (dbell_root_stream(root, index_of(smmu), invalidation->streamid)) {
        const struct dbell_ats_port port = dbell_root_ats_port(root, index_of(smmu));
        return port.invalidate(port.ctx, invalidation);
    }
    dbell__messages_keep(
        &smmu->machine->messages, index_of(smmu),
        &(struct dbell_device_message){.invalidates = true, .invalidation = *invalidation});
    smmu->to_complete++;
    smmu->completion_tag = invalidation->tag;
    return true;
}

static bool respond(void *ctx, const struct dbell_page_response *response)
{
    struct machine_smmu *smmu = ctx;
    struct dbell_root *root = &smmu->machine->root;
    if (dbell_root_stream(root, index_of(smmu), response->streamid)) {
        const struct dbell_ats_port port = dbell_root_ats_port(root, index_of(smmu));
        return port.respond(port.ctx, response);
    }
    dbell__messages_keep(&smmu->machine->messages, index_of(smmu),
                         &(struct dbell_device_message){.response = *response});
    return true;
}

struct dbell_ats_port dbell__machine_ats_port(struct machine_smmu *smmu)
{
    return (struct dbell_ats_port){.ctx = smmu, .invalidate = invalidate, .respond = respond};
}

bool dbell__machine_complete_invalidations(struct machine_smmu *smmu)
{
    const bool any = smmu->to_complete;
    for (; smmu->to_complete; smmu->to_complete--)
        dbell_smmu_ats_invalidated(&smmu->unit, smmu->completion_tag, DBELL_ATS_INVALIDATED);
    return any;
}

bool dbell__machine_receive(void *ctx, uint32_t requesterid, bool automatic,
                            struct dbell_device_message *message)
{
    struct dbell_machine *m = ctx;
    struct dbell_sideband side = {0};
    struct machine_smmu *smmu;
    return !dbell__machine_find_smmu(m, requesterid, &side, &smmu) && smmu && side.has_streamid &&
           dbell__messages_take(&m->messages, index_of(smmu), side.streamid, automatic, message);
}
