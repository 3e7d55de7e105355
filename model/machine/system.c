/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What every system under test does the same way. */
#include <doorbell/system.h>

#include <string.h>

int dbell_dma_requester(const struct dbell_platform *p, const struct dbell_dma *dma,
                        struct dbell_requester *requester, int *smmu)
{
    const struct dbell_bus none = {0};
    const struct dbell_rid_map streams = {p->streams, p->stream_count};
    const struct dbell_rid_map devices = {p->devices, p->device_count};
    if (dma->by_streamid) {
        *requester = (struct dbell_requester){.has_streamid = true, .streamid = dma->streamid};
        *smmu = dma->smmu < p->smmu_count ? (int)dma->smmu : -1;
        return DBELL_OK;
    }
    *smmu = dbell_requester_init(requester, &none, dma->requesterid, &streams, &devices);
    if (!p->explicit_maps) { /* RequesterID = StreamID = DeviceID */
        requester->has_streamid = p->smmu_count != 0;
        requester->streamid = dma->requesterid;
        requester->has_deviceid = p->its_count != 0;
        requester->deviceid = dma->requesterid;
        *smmu = p->smmu_count ? 0 : -1;
        return DBELL_OK;
    }
    return requester->has_streamid || requester->has_deviceid ? DBELL_OK : DBELL_E_NOT_FOUND;
}

struct dbell_transaction dbell_dma_transaction(const struct dbell_dma *dma,
                                               struct dbell_trail *trail)
{
    *trail = (struct dbell_trail){0};
    return (struct dbell_transaction){
        .address = dma->address,
        .length = dma->length,
        .op = dma->op,
        .data = dma->data,
        .side = {.has_substreamid = dma->has_ssid,
                 .substreamid = dma->ssid,
                 .privileged = dma->privileged,
                 .instruction = dma->instruction,
                 .nosnoop = dma->nosnoop,
                 .at = dma->translated ? DBELL_AT_TRANSLATED : DBELL_AT_UNTRANSLATED,
                 .speculative = dma->speculative,
                 .attr = dma->has_attr ? dma->attr : DBELL_ATTR_NORMAL_WB,
                 .sh = dma->sh},
        .itinerary = dma->itinerary,
        .trail = trail};
}

static const char *smmu_name(unsigned counter)
{
    return dbell_smmu_counter_name((enum dbell_smmu_counter)counter);
}

static const char *its_name(unsigned counter)
{
    return dbell_its_counter_name((enum dbell_its_counter)counter);
}

static const char *gic_name(unsigned counter)
{
    return dbell_gic_counter_name((enum dbell_gic_counter)counter);
}

int dbell_counter_named(const struct dbell_platform *p, const char *name,
                        struct dbell_counter *found)
{
    static const char *(*const names[])(unsigned) = {[DBELL_COUNTER_SMMU] = smmu_name,
                                                     [DBELL_COUNTER_ITS] = its_name,
                                                     [DBELL_COUNTER_GIC] = gic_name};
    const char *dot = strchr(name, '.');
    char part[DBELL_NAME_SIZE] = {0};
    if (!dot || (size_t)(dot - name) >= sizeof part)
        return DBELL_E_NOT_FOUND;
    memcpy(part, name, (size_t)(dot - name));
    const int index[] = {[DBELL_COUNTER_SMMU] = dbell_platform_smmu_named(p, part),
                         [DBELL_COUNTER_ITS] = dbell_platform_its_named(p, part),
                         [DBELL_COUNTER_GIC] = p->has_gic && !strcmp(part, "gic") ? 0 : -1};
    for (unsigned kind = 0; kind < sizeof index / sizeof index[0]; kind++) {
        const char *known;
        for (unsigned i = 0; index[kind] >= 0 && (known = names[kind](i)); i++)
            if (!strcmp(dot + 1, known)) {
                *found =
                    (struct dbell_counter){(enum dbell_counter_part)kind, (unsigned)index[kind], i};
                return DBELL_OK;
            }
    }
    return DBELL_E_NOT_FOUND;
}

static bool same(const char *name, const char *text, size_t size)
{
    return strlen(name) == size && !memcmp(name, text, size);
}

int dbell_wire_named(const struct dbell_platform *platform, const char *name, size_t size,
                     struct dbell_wire *wire)
{
    static const char *const smmu_lines[DBELL_SMMU_LINES] = {
        "eventq", "priq", "gerror", "cmd_sync", "pmcg0", "pmcg1", "sev"};
    static const char *const its_lines[DBELL_ITS_LINES] = {"umsi"};
    char part[DBELL_NAME_SIZE] = {0};
    const char *dot = memchr(name, '.', size);
    const size_t length = dot ? (size_t)(dot - name) : size;
    if (!dot || length >= sizeof part)
        return DBELL_E_NOT_FOUND;
    memcpy(part, name, length);
    const int smmu = dbell_platform_smmu_named(platform, part);
    const int its = dbell_platform_its_named(platform, part);
    const char *const *lines = smmu >= 0 ? smmu_lines : its_lines;
    const unsigned count = smmu >= 0 ? DBELL_SMMU_LINES : its >= 0 ? DBELL_ITS_LINES : 0;
    for (unsigned line = 0; line < count; line++)
        if (same(lines[line], dot + 1, size - length - 1)) {
            *wire = (struct dbell_wire){.part = smmu >= 0 ? DBELL_WIRE_SMMU : DBELL_WIRE_ITS,
                                        .index = (unsigned)(smmu >= 0 ? smmu : its),
                                        .line = line};
            return DBELL_OK;
        }
    return DBELL_E_NOT_FOUND;
}
