/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The GIC instance: its state block and its counters. */
#include <string.h>

#include "entries.h"
#include "gic_state.h"

#define MAGIC UINT64_C(0x32636967204c4244) /* "DBL gic2" */

enum { WAYS = 4, ALIGNMENT = 16 };

struct dbell_gic_config dbell_gic_default_config(void)
{
    return (struct dbell_gic_config){.cpus = 1,
                                     .lpi_bits = 16,
                                     .config_entries = 4096,
                                     .pending_entries = 65536,
                                     .it_lines = 31};
}

static size_t align(size_t n)
{
    return (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

struct layout {
    size_t redistributors, pending, configs, size;
};

static struct layout layout_of(const struct dbell_gic_config *config)
{
    struct layout l;
    l.redistributors = align(sizeof(struct dbell_gic_state));
    l.pending = align(l.redistributors + config->cpus * sizeof(struct redistributor));
    l.configs = align(l.pending + dbell__pending_size(config->pending_entries));
    l.size = align(l.configs + dbell__cache_size(config->config_entries, WAYS, sizeof(uint8_t)));
    return l;
}

static bool in_range(const struct dbell_gic_config *config)
{
    return config->cpus >= 1 && config->cpus <= 512 && config->lpi_bits >= 14 &&
           config->lpi_bits <= 24 && config->config_entries >= 16 &&
           config->config_entries <= 1u << 20 && config->pending_entries >= 1 &&
           config->pending_entries <= 1u << 20 && config->it_lines <= 31 &&
           config->version <= DBELL_GICV4_1;
}

size_t dbell_gic_state_size(const struct dbell_gic_config *config)
{
    return config && in_range(config) ? layout_of(config).size : 0;
}

int dbell_gic_init(struct dbell_gic *gic, void *memory, size_t size,
                   const struct dbell_gic_config *config, const struct dbell_gic_ports *ports)
{
    if (!gic || !memory || !config || !ports || !ports->tables.access)
        return DBELL_E_ARGUMENT;
    if (!in_range(config))
        return DBELL_E_RANGE;
    const struct layout layout = layout_of(config);
    if (size < layout.size || (uintptr_t)memory % ALIGNMENT)
        return DBELL_E_SIZE;
    struct dbell_gic_state *state = memory;
    memset(state, 0, sizeof *state);
    state->magic = MAGIC;
    state->size = layout.size;
    state->config = *config;
    state->redistributors_offset = layout.redistributors;
    dbell__cache_init(&state->configs, layout.configs - offsetof(struct dbell_gic_state, configs),
                      config->config_entries, WAYS, sizeof(uint8_t));
    dbell__pending_init(&state->pending, layout.pending - offsetof(struct dbell_gic_state, pending),
                        config->pending_entries);
    memset(gic, 0, sizeof *gic);
    gic->state = state;
    gic->ports = *ports;
    dbell_gic_reset(gic);
    return DBELL_OK;
}

int dbell_gic_attach(struct dbell_gic *gic, void *memory, size_t size,
                     const struct dbell_gic_ports *ports)
{
    if (!gic || !memory || !ports || !ports->tables.access)
        return DBELL_E_ARGUMENT;
    if ((uintptr_t)memory % ALIGNMENT || size < sizeof(struct dbell_gic_state))
        return DBELL_E_SIZE;
    struct dbell_gic_state *state = memory;
    if (state->magic != MAGIC || state->size > size ||
        state->size != dbell_gic_state_size(&state->config))
        return DBELL_E_STATE;
    memset(gic, 0, sizeof *gic);
    gic->state = state;
    gic->ports = *ports;
    return DBELL_OK;
}

void dbell_gic_reset(struct dbell_gic *gic)
{
    struct dbell_gic_state *state = gic->state;
    state->gicd_ctlr = GICD_CTLR_DS;
    for (uint32_t cpu = 0; cpu < state->config.cpus; cpu++)
        *redistributor(state, cpu) = (struct redistributor){
            .waker = WAKER_PROCESSOR_SLEEP | WAKER_CHILDREN_ASLEEP,
            .lpis = {.owner = (uint16_t)cpu, .tag = cpu},
            .vpe = {.lpis = {.owner = (uint16_t)(OWNER_VIRTUAL | cpu)}},
        };
    for (uint32_t cpu = 0; cpu < state->config.cpus && state->config.version == DBELL_GICV4_1;
         cpu++)
        put(&redistributor(state, cpu)->vpropbaser, VPROPBASER_ENTRY_SIZE, VTE_WORDS - 1);
    memset(state->meetings, 0, sizeof state->meetings);
    state->resets++;
    state->config_epoch++;
    dbell__pending_empty(&state->pending);
    dbell__spi_reset(state);
    dbell__cache_drop(&state->configs, NULL, NULL);
    memset(state->counters, 0, sizeof state->counters);
    dbell_gic_revoke_windows(gic);
}

void dbell_gic_revoke_windows(struct dbell_gic *gic)
{
    memset(&gic->windows, 0, sizeof gic->windows);
}

uint64_t dbell_gic_count(const struct dbell_gic *gic, enum dbell_gic_counter counter)
{
    return (unsigned)counter < DBELL_GIC_COUNTERS ? gic->state->counters[counter] : 0;
}

const char *dbell_gic_counter_name(enum dbell_gic_counter counter)
{
    static const char *const names[DBELL_GIC_COUNTERS] = {
        [DBELL_GIC_READS_CONFIG] = "reads.config",
        [DBELL_GIC_READS_PENDING] = "reads.pending",
        [DBELL_GIC_WRITES_PENDING] = "writes.pending",
        [DBELL_GIC_SPILLED] = "spilled",
        [DBELL_GIC_LPIS] = "lpis",
        [DBELL_GIC_VLPIS] = "vlpis",
        [DBELL_GIC_DOORBELLS] = "doorbells",
        [DBELL_GIC_READS_VPE] = "reads.vpe",
        [DBELL_GIC_LPIS_IGNORED] = "lpis.ignored",
        [DBELL_GIC_ACKNOWLEDGED] = "acknowledged",
        [DBELL_GIC_RAZ_WI] = "raz_wi",
    };
    return (unsigned)counter < DBELL_GIC_COUNTERS ? names[counter] : NULL;
}

uint32_t dbell_gicr_space(const struct dbell_gic_config *config)
{
    return config->version == DBELL_GICV3 ? DBELL_GICR_SPACE : DBELL_GICR_VLPI_SPACE;
}

bool dbell__gic_id(const struct dbell_gic_state *state, uint64_t offset, uint64_t *value)
{
    /* CoreSight identification from PIDR4 on; PIDR2[7:4] is the architecture, GICv3 or GICv4. */
    static const uint8_t coresight[12] = {0x04, 0,    0,    0,    0x92, 0xb4,
                                          0x3b, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
    if (offset < GIC_PIDR4 || offset >= GIC_PIDR4 + 48)
        return false;
    *value = coresight[(offset - GIC_PIDR4) / 4];
    if (offset == GIC_PIDR2 && state->config.version != DBELL_GICV3)
        *value += 0x10;
    return true;
}
