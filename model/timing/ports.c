/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Lookups and requests to memory: what every unit does the same way. */
#include "clockwork_state.h"

/* --- lookups --- */

static const uint8_t cache_units[DBELL_CW_CACHES] = {
    [DBELL_CW_CACHE_MICRO_TLB] = DBELL_CW_MICRO_TLB,
    [DBELL_CW_CACHE_TBU_TLB] = DBELL_CW_TBU_TLB,
    [DBELL_CW_CACHE_TCU_TLB] = DBELL_CW_TCU_TLB,
    [DBELL_CW_CACHE_CONFIG] = DBELL_CW_CONFIG_CACHE,
    [DBELL_CW_CACHE_IPA] = DBELL_CW_IPA_CACHE,
    [DBELL_CW_CACHE_S1L0] = DBELL_CW_WALK_CACHE, /* stands for all eight */
    [DBELL_CW_CACHE_DEVICE] = DBELL_CW_DEVICE_CACHE,
    [DBELL_CW_CACHE_EVENT] = DBELL_CW_EVENT_CACHE,
    [DBELL_CW_CACHE_COLLECTION] = DBELL_CW_COLLECTION_CACHE,
    [DBELL_CW_CACHE_LPI] = DBELL_CW_LPI_CACHE,
};

struct tags *dbell__cw_cache(const struct cw *cw, const struct journey *j,
                             enum dbell_clockwork_cache cache)
{
    switch (cache) {
    case DBELL_CW_CACHE_MICRO_TLB:
        return &tbu_of(cw, j)->micro;
    case DBELL_CW_CACHE_TBU_TLB:
        return &tbu_of(cw, j)->tlb;
    case DBELL_CW_CACHE_TCU_TLB:
        return &smmu_of(cw, j->is.smmu)->tlb;
    case DBELL_CW_CACHE_CONFIG:
        return &smmu_of(cw, j->is.smmu)->config;
    case DBELL_CW_CACHE_IPA:
        return &smmu_of(cw, j->is.smmu)->ipa;
    case DBELL_CW_CACHE_DEVICE:
        return &its_of(cw, j->its)->device;
    case DBELL_CW_CACHE_EVENT:
        return &its_of(cw, j->its)->event;
    case DBELL_CW_CACHE_COLLECTION:
        return &its_of(cw, j->its)->collection;
    case DBELL_CW_CACHE_LPI:
        return &cw->s->lpi;
    default:
        return &smmu_of(cw, j->is.smmu)->walk[cache - DBELL_CW_CACHE_S1L0];
    }
}

static bool present(const struct cw *cw, const struct journey *j, enum dbell_clockwork_cache cache)
{
    if (cache != DBELL_CW_CACHE_S1L0)
        return dbell__cw_cache(cw, j, cache)->entries;
    for (unsigned level = 0; level < 8; level++)
        if (smmu_of(cw, j->is.smmu)->walk[level].entries)
            return true;
    return false;
}

static struct pool *lookups_of(const struct cw *cw, const struct journey *j)
{
    return j->lookup == DBELL_CW_CACHE_S1L0
               ? &smmu_of(cw, j->is.smmu)->walk_lookups
               : &dbell__cw_cache(cw, j, (enum dbell_clockwork_cache)j->lookup)->slots;
}

void dbell__cw_lookup(const struct cw *cw, struct journey *j, enum dbell_clockwork_cache cache,
                      enum stage back)
{
    if (!present(cw, j, cache)) {
        dbell__cw_go(cw, j, back);
        return;
    }
    j->lookup = (uint8_t)cache;
    j->back = (uint8_t)back;
    dbell__cw_wait(cw, j, (enum dbell_clockwork_unit)cache_units[cache]);
    dbell__pool_take(cw, lookups_of(cw, j), j, 1, STAGE_LOOKUP_HELD);
}

/* --- requests --- */

static struct port *port_of(const struct cw *cw, const struct journey *j)
{
    switch (j->port) {
    case DBELL_T_MEMORY_LATENCY:
        return &smmu_of(cw, j->is.smmu)->memory;
    case DBELL_T_DATA_LATENCY:
        return j->is.smmu == DBELL_NO_SMMU ? &cw->s->direct : &smmu_of(cw, j->is.smmu)->data;
    case DBELL_T_ITS_MEMORY_LATENCY:
        return &its_of(cw, j->its)->memory;
    default:
        return &cw->s->lpi_memory;
    }
}

static enum dbell_clockwork_unit unit_of(uint16_t port)
{
    switch (port) {
    case DBELL_T_MEMORY_LATENCY:
        return DBELL_CW_MEMORY;
    case DBELL_T_DATA_LATENCY:
        return DBELL_CW_DATA;
    case DBELL_T_ITS_MEMORY_LATENCY:
        return DBELL_CW_ITS_MEMORY;
    default:
        return DBELL_CW_LPI_MEMORY;
    }
}

void dbell__cw_request(const struct cw *cw, struct journey *j, enum dbell_timing_parameter port,
                       bool write, uint64_t address, uint32_t length, enum stage back)
{
    j->port = (uint16_t)port;
    j->request_writes = write;
    j->request_address = address;
    j->request_length = length;
    j->back = (uint8_t)back;
    dbell__cw_wait(cw, j, unit_of(j->port));
    struct port *p = port_of(cw, j);
    dbell__pool_take(cw, write ? &p->writes : &p->reads, j, 1, STAGE_REQUEST_TOKEN);
}

/* How long a request holds the port. A read moves its bytes on the way back, which no one waits
 * for; it is as long on the request side as it says. */
static uint32_t held(const struct cw *cw, const struct journey *j)
{
    const uint32_t *v = &cw->s->config.timing.value[j->port];
    const uint32_t width = v[3], cycles = v[4];
    const uint32_t beats = width ? (j->request_length + width - 1) / width : 0;
    return beats > cycles ? beats : cycles;
}

static void send(const struct cw *cw, struct journey *j)
{
    const struct dbell_clockwork_ports *p = &cw->is->ports;
    const struct dbell_clockwork_request request = {
        .journey = index_of(cw, j),
        .kind = j->is.kind,
        .user = j->is.user,
        .port = j->port,
        .part = j->port == DBELL_T_ITS_MEMORY_LATENCY ? j->its : j->is.smmu,
        .write = j->request_writes,
        .address = j->request_address,
        .length = j->request_length};
    j->stage = STAGE_REQUEST_DONE;
    if (p->request && p->request(p->ctx, &request))
        return; /* dbell_clockwork_answer() comes */
    uint64_t latency =
        p->latency ? p->latency(p->ctx, &request) : cw->s->config.timing.value[j->port];
    if (latency > UINT32_MAX)
        latency = UINT32_MAX;
    dbell__cw_after(cw, j, latency, STAGE_REQUEST_DONE);
}

void dbell__port_stage(const struct cw *cw, struct journey *j, enum stage stage)
{
    struct port *port;
    switch (stage) {
    case STAGE_LOOKUP_HELD:
        dbell__cw_visit(cw, j, (enum dbell_clockwork_unit)j->unit);
        dbell__cw_after(
            cw, j,
            j->lookup == DBELL_CW_CACHE_S1L0
                ? parameter(cw, DBELL_T_WALK_LATENCY)
                : dbell__cw_cache(cw, j, (enum dbell_clockwork_cache)j->lookup)->latency,
            STAGE_LOOKUP_DONE);
        break;
    case STAGE_LOOKUP_DONE:
        dbell__pool_give(cw, lookups_of(cw, j), 1);
        dbell__cw_go(cw, j, (enum stage)j->back);
        break;
    case STAGE_REQUEST_TOKEN:
        if (held(cw, j))
            dbell__pool_take(cw, &port_of(cw, j)->channel, j, 1, STAGE_REQUEST_PORT);
        else
            dbell__cw_go(cw, j, STAGE_REQUEST_SENT);
        break;
    case STAGE_REQUEST_PORT:
        dbell__cw_after(cw, j, held(cw, j), STAGE_REQUEST_SENT);
        break;
    case STAGE_REQUEST_SENT:
        if (held(cw, j))
            dbell__pool_give(cw, &port_of(cw, j)->channel, 1);
        dbell__cw_visit(cw, j, (enum dbell_clockwork_unit)j->unit);
        send(cw, j);
        break;
    default: /* STAGE_REQUEST_DONE */
        port = port_of(cw, j);
        dbell__pool_give(cw, j->request_writes ? &port->writes : &port->reads, 1);
        dbell__cw_go(cw, j, (enum stage)j->back);
        break;
    }
}
