/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/platform.h>

#include <inttypes.h>
#include <string.h>

#include "message.h"
#include "regions.h"

int dbell_platform_smmu_named(const struct dbell_platform *platform, const char *name)
{
    for (size_t i = 0; i < platform->smmu_count; i++)
        if (!strcmp(platform->smmu[i].name, name))
            return (int)i;
    return -1;
}

int dbell_platform_its_named(const struct dbell_platform *platform, const char *name)
{
    for (size_t i = 0; i < platform->its_count; i++)
        if (!strcmp(platform->its[i].name, name))
            return (int)i;
    return -1;
}

static int check_map(const char *what, struct dbell_rid_range *ranges, size_t count,
                     struct dbell_message *message)
{
    uint32_t rid = 0;
    int status = dbell_rid_map_build(ranges, count, &rid);
    if (status == DBELL_E_OVERLAP)
        return dbell__fail(message, status, "RequesterID 0x%" PRIx32 " is mapped to two %s", rid,
                           what);
    if (status == DBELL_E_ARGUMENT)
        return dbell__fail(message, status,
                           "the map of RequesterID 0x%" PRIx32 " to %s has bits that its mask "
                           "leaves out, or another mask than others of its segment",
                           rid, what);
    if (status)
        return dbell__fail(message, status,
                           "the map of RequesterID 0x%" PRIx32 " to %s is empty or "
                           "passes 32 bits",
                           rid, what);
    return DBELL_OK;
}

int dbell_platform_check(struct dbell_platform *p, struct dbell_message *message)
{
    struct regions regions;
    int status = dbell__regions_build(&regions, p, message);
    for (size_t i = 0; i < p->smmu_count && !status; i++) {
        if (p->smmu[i].its[0] && dbell_platform_its_named(p, p->smmu[i].its) < 0)
            status = dbell__fail(message, DBELL_E_NOT_FOUND, "%s: there is no ITS named %s",
                                 p->smmu[i].name, p->smmu[i].its);
        else if (!dbell_smmu_state_size(&p->smmu[i].config))
            status = dbell__fail(message, DBELL_E_RANGE, "%s: configuration out of range",
                                 p->smmu[i].name);
    }
    if (!status && p->its_count && !p->has_gic)
        status = dbell__fail(message, DBELL_E_ARGUMENT, "an ITS needs a GIC");
    if (!status && p->has_gic && !dbell_gic_state_size(&p->gic))
        status = dbell__fail(message, DBELL_E_RANGE,
                             "gic: 1 to 512 CPUs and 14 to 24 INTID bits are possible");
    for (size_t i = 0; i < p->its_count && !status; i++) {
        struct dbell_its_problem problem;
        if (dbell_its_inconsistency(&p->its[i].config, &problem))
            status = dbell__fail(message, DBELL_E_RANGE, "%s: %s: %s", p->its[i].name, problem.key,
                                 problem.text);
        else if (dbell_its_version(&p->its[i].config) != DBELL_GICV3 &&
                 dbell_its_version(&p->its[i].config) != p->gic.version)
            status = dbell__fail(message, DBELL_E_RANGE,
                                 "%s: typer: Virtual and VMAPP do not go with v4 of the GIC",
                                 p->its[i].name);
    }
    if (!status)
        status = check_map("StreamIDs", p->streams, p->stream_count, message);
    if (!status)
        status = check_map("DeviceIDs", p->devices, p->device_count, message);
    return status;
}
