/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The machine's SMMUs as the Root Complex's translation agents. */
#include <doorbell/agent.h>

#include "machine_private.h"

static int translate(void *ctx, const struct dbell_ats_request *request,
                     struct dbell_ats_completion *completion)
{
    struct machine_smmu *smmu = ctx;
    return dbell_smmu_ats(&smmu->unit, request, completion);
}

static int page_request(void *ctx, const struct dbell_page_request *request)
{
    struct machine_smmu *smmu = ctx;
    return dbell_smmu_page_request(&smmu->unit, request);
}

static void invalidated(void *ctx, uint32_t streamid, uint32_t tag, enum dbell_ats_end end)
{
    struct machine_smmu *smmu = ctx;
    (void)streamid;
    dbell_smmu_ats_invalidated(&smmu->unit, tag, end);
}

void dbell__machine_root_init(struct dbell_machine *m)
{
    const struct dbell_platform *p = &m->platform;
    const struct dbell_rid_map streams = {p->streams, p->stream_count};
    const struct dbell_rid_map devices = {p->devices, p->device_count};
    dbell_root_init(&m->root, p->explicit_maps ? &streams : NULL,
                    p->explicit_maps ? &devices : NULL);
    for (size_t i = 0; i < p->smmu_count; i++) {
        const struct dbell_agent agent = {.ctx = &m->smmu[i],
                                          .access = dbell__machine_through_smmu,
                                          .translate = translate,
                                          .page_request = page_request,
                                          .invalidated = invalidated};
        dbell_root_add_agent(&m->root, &agent);
    }
    if (!p->smmu_count) {
        m->memory = dbell_machine_bus(m);
        const struct dbell_agent agent = dbell_agent_identity(&m->memory);
        dbell_root_add_agent(&m->root, &agent);
    }
}
