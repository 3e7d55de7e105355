/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/machine.h>

#include <stdlib.h>
#include <string.h>

#include <doorbell/ram.h>

#include "machine_private.h"
#include "message.h"

enum { STEPS_TO_REST = 1 << 20 };
#define DEFAULT_RAM_LIMIT (UINT64_C(4) << 30)

static void *allocate(void *ctx, uint64_t size)
{
    (void)ctx;
    return size <= SIZE_MAX ? malloc((size_t)size) : NULL;
}

static void release(void *ctx, void *memory, uint64_t size)
{
    (void)ctx;
    (void)size;
    free(memory);
}

/* --- what comes back from the parts --- */

void dbell__machine_raise(struct dbell_machine *m, enum dbell_raised_kind kind, uint32_t at,
                          uint32_t intid)
{
    if (m->raised_count < RAISED)
        m->raised[m->raised_count++] =
            (struct dbell_raised){.kind = kind, .at = at, .intid = intid};
    if (m->timed && kind == DBELL_RAISED_LPI)
        dbell__timed_raised(m->timed, at, intid);
}

static void pulse(void *ctx, unsigned line)
{
    struct machine_smmu *smmu = ctx;
    if (line < DBELL_SMMU_LINES)
        smmu->pulses[line]++;
}

static void complete(void *ctx, uint32_t token, const struct dbell_translation *result)
{
    struct machine_smmu *smmu = ctx;
    if (!smmu->machine->timed || !dbell__timed_completed(smmu, token, result))
        dbell__stalled_end(smmu, token, result);
}

static void its_pulse(void *ctx, unsigned line)
{
    struct machine_its *its = ctx;
    if (line < DBELL_ITS_LINES)
        its->pulses[line]++;
}

static void lpi_news(void *ctx, uint32_t cpu, uint32_t intid)
{
    dbell__machine_raise(ctx, DBELL_RAISED_LPI, cpu, intid);
}

static void vlpi_news(void *ctx, uint32_t vpeid, uint32_t intid)
{
    dbell__machine_raise(ctx, DBELL_RAISED_VLPI, vpeid, intid);
}

/* One VMOVP is for all ITSes. */
static bool ask(void *ctx, const struct dbell_lpi_request *request,
                struct dbell_itinerary *itinerary)
{
    struct machine_its *its = ctx;
    struct dbell_machine *m = its->machine;
    const struct dbell_lpi_port port = dbell_gic_lpi_port(&m->gic.unit);
    for (size_t i = 0; i < m->platform.its_count && request->kind == DBELL_VPE_MOVE; i++)
        if (&m->its[i] != its)
            dbell_its_vpe_moved(&m->its[i].unit, request->vpe);
    return port.ask(port.ctx, request, itinerary);
}

static void invalidated(void *ctx, const struct dbell_smmu_invalidation *what)
{
    struct machine_smmu *smmu = ctx;
    if (smmu->machine->timed)
        dbell__timed_invalidated(smmu, what);
}

/* --- wiring --- */

static struct dbell_smmu_ports smmu_ports(struct dbell_machine *m, size_t i)
{
    return (struct dbell_smmu_ports){
        .tables = dbell_machine_bus(m),
        .data = dbell_machine_bus(m),
        .wires = {.ctx = &m->smmu[i], .pulse = pulse},
        .completion = {.ctx = &m->smmu[i], .complete = complete},
        .invalidations = {.ctx = &m->smmu[i], .invalidated = invalidated},
        .ats = dbell__machine_ats_port(&m->smmu[i]),
    };
}

static struct dbell_its_ports its_ports(struct dbell_machine *m, size_t i)
{
    return (struct dbell_its_ports){.tables = dbell_machine_bus(m),
                                    .wires = {.ctx = &m->its[i], .pulse = its_pulse},
                                    .lpi = {.ctx = &m->its[i], .ask = ask}};
}

static struct dbell_gic_ports gic_ports(struct dbell_machine *m)
{
    return (struct dbell_gic_ports){.tables = dbell_machine_bus(m),
                                    .news = {.ctx = m, .lpi = lpi_news, .vlpi = vlpi_news}};
}

static int build(struct dbell_machine *m, struct dbell_message *message)
{
    const struct dbell_platform *p = &m->platform;
    const struct dbell_allocator allocator = {.allocate = allocate, .release = release};
    int status = dbell__regions_build(&m->regions, p, message);
    for (size_t i = 0; i < p->ram_count && !status; i++)
        status = dbell_ram_init(&m->ram[i], p->ram[i].base, p->ram[i].size,
                                p->ram_limit ? p->ram_limit : DEFAULT_RAM_LIMIT, &allocator);
    for (size_t i = 0; i < p->smmu_count && !status; i++) {
        struct machine_smmu *smmu = &m->smmu[i];
        const struct dbell_smmu_ports ports = smmu_ports(m, i);
        smmu->machine = m;
        smmu->state_size = dbell_smmu_state_size(&p->smmu[i].config);
        smmu->state = malloc(smmu->state_size);
        status = smmu->state ? dbell_smmu_init(&smmu->unit, smmu->state, smmu->state_size,
                                               &p->smmu[i].config, &ports)
                             : DBELL_E_MEMORY;
        if (status)
            return dbell__fail(message, status, "%s: %s", p->smmu[i].name,
                               dbell_status_text(status));
    }
    if (p->has_gic && !status) {
        const struct dbell_gic_ports ports = gic_ports(m);
        m->gic.state_size = dbell_gic_state_size(&p->gic);
        m->gic.state = malloc(m->gic.state_size);
        status = m->gic.state ? dbell_gic_init(&m->gic.unit, m->gic.state, m->gic.state_size,
                                               &p->gic, &ports)
                              : DBELL_E_MEMORY;
    }
    for (size_t i = 0; i < p->its_count && !status; i++) {
        struct machine_its *its = &m->its[i];
        const struct dbell_its_ports ports = its_ports(m, i);
        its->machine = m;
        its->state_size = dbell_its_state_size(&p->its[i].config);
        its->state = malloc(its->state_size);
        status = its->state ? dbell_its_init(&its->unit, its->state, its->state_size,
                                             &p->its[i].config, &ports)
                            : DBELL_E_MEMORY;
        if (status)
            return dbell__fail(message, status, "%s: %s", p->its[i].name,
                               dbell_status_text(status));
    }
    if (status)
        dbell__fail(message, status, "%s", dbell_status_text(status));
    return status;
}

int dbell_machine_create(const struct dbell_platform *platform, struct dbell_machine **machine,
                         struct dbell_message *message)
{
    struct dbell_machine *m = calloc(1, sizeof *m);
    *machine = m;
    if (!m)
        return dbell__fail(message, DBELL_E_MEMORY, "out of memory");
    m->platform = *platform;
    int status = build(m, message);
    dbell__machine_root_init(m);
    if (status) {
        dbell_machine_destroy(m);
        *machine = NULL;
    }
    return status;
}

void dbell_machine_destroy(struct dbell_machine *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->platform.ram_count; i++)
        dbell_ram_free(&m->ram[i]);
    for (size_t i = 0; i < m->platform.smmu_count; i++)
        free(m->smmu[i].state);
    for (size_t i = 0; i < m->platform.its_count; i++)
        free(m->its[i].state);
    free(m->gic.state);
    dbell__messages_free(&m->messages);
    free(m);
}

static void *moved(void *old, size_t size)
{
    void *copy = malloc(size);
    if (copy) {
        memcpy(copy, old, size);
        memset(old, 0xa5, size);
        free(old);
    }
    return copy;
}

int dbell_machine_relocate(struct dbell_machine *m)
{
    int status = DBELL_OK;
    for (size_t i = 0; i < m->platform.smmu_count && !status; i++) {
        struct machine_smmu *smmu = &m->smmu[i];
        const struct dbell_smmu_ports ports = smmu_ports(m, i);
        void *state = moved(smmu->state, smmu->state_size);
        if (!state)
            return DBELL_E_MEMORY;
        smmu->state = state;
        status = dbell_smmu_attach(&smmu->unit, state, smmu->state_size, &ports);
    }
    for (size_t i = 0; i < m->platform.its_count && !status; i++) {
        struct machine_its *its = &m->its[i];
        const struct dbell_its_ports ports = its_ports(m, i);
        void *state = moved(its->state, its->state_size);
        if (!state)
            return DBELL_E_MEMORY;
        its->state = state;
        status = dbell_its_attach(&its->unit, state, its->state_size, &ports);
    }
    if (m->platform.has_gic && !status) {
        const struct dbell_gic_ports ports = gic_ports(m);
        void *state = moved(m->gic.state, m->gic.state_size);
        if (!state)
            return DBELL_E_MEMORY;
        m->gic.state = state;
        status = dbell_gic_attach(&m->gic.unit, state, m->gic.state_size, &ports);
    }
    return status;
}

struct dbell_smmu *dbell_machine_smmu(struct dbell_machine *m, size_t index)
{
    return index < m->platform.smmu_count ? &m->smmu[index].unit : NULL;
}

struct dbell_its *dbell_machine_its(struct dbell_machine *m, size_t index)
{
    return index < m->platform.its_count ? &m->its[index].unit : NULL;
}

struct dbell_gic *dbell_machine_gic(struct dbell_machine *m)
{
    return m->platform.has_gic ? &m->gic.unit : NULL;
}

struct dbell_memory dbell_machine_memory(const struct dbell_machine *m)
{
    struct dbell_memory memory = {.states = m->gic.state_size};
    for (size_t i = 0; i < m->platform.ram_count; i++)
        memory.ram += m->ram[i].used;
    for (size_t i = 0; i < m->platform.smmu_count; i++)
        memory.states += m->smmu[i].state_size;
    for (size_t i = 0; i < m->platform.its_count; i++)
        memory.states += m->its[i].state_size;
    return memory;
}

struct dbell_root *dbell_machine_root(struct dbell_machine *m)
{
    return &m->root;
}

const struct dbell_platform *dbell_machine_platform(const struct dbell_machine *m)
{
    return &m->platform;
}

/* --- the machine as a system under test --- */

static int settle(void *ctx)
{
    struct dbell_machine *m = ctx;
    for (size_t i = 0; i < m->platform.smmu_count; i++) /* untimed: one cycle per stimulus */
        dbell_smmu_clock(&m->smmu[i].unit, 1);
    for (uint32_t steps = 0; steps < STEPS_TO_REST; steps++) {
        bool moved_on = false, waits = false;
        for (size_t i = 0; i < m->platform.smmu_count; i++) {
            const int progress = dbell_smmu_step(&m->smmu[i].unit, NULL);
            moved_on |= progress == DBELL_STEPPED;
            waits |= progress == DBELL_NOT_YET;
            moved_on |= dbell__machine_complete_invalidations(&m->smmu[i]);
        }
        moved_on |= dbell_root_step(&m->root) == DBELL_STEPPED;
        for (size_t i = 0; i < m->platform.its_count; i++)
            moved_on |= dbell_its_step(&m->its[i].unit, NULL) == DBELL_STEPPED;
        /* Untimed: an invalidation times out when somebody waits for it and nothing else moves. */
        if (!moved_on && !(waits && dbell_root_time_out(&m->root)))
            return DBELL_OK;
    }
    return DBELL_E_BUSY;
}

static bool raised(void *ctx, unsigned index, struct dbell_raised *out)
{
    const struct dbell_machine *m = ctx;
    if (index >= m->raised_count)
        return false;
    *out = m->raised[index];
    return true;
}

static void forget_raised(void *ctx)
{
    ((struct dbell_machine *)ctx)->raised_count = 0;
}

static uint32_t acknowledge(void *ctx, uint32_t cpu)
{
    struct dbell_machine *m = ctx;
    return m->platform.has_gic ? dbell_gic_acknowledge(&m->gic.unit, cpu) : DBELL_INTID_NONE;
}

static bool pending(void *ctx, uint32_t cpu, uint32_t intid)
{
    struct dbell_machine *m = ctx;
    return m->platform.has_gic && dbell_gic_pending(&m->gic.unit, cpu, intid);
}

static uint32_t acknowledge_virtual(void *ctx, uint32_t cpu, unsigned group)
{
    struct dbell_machine *m = ctx;
    return m->platform.has_gic ? dbell_gic_acknowledge_virtual(&m->gic.unit, cpu, group)
                               : DBELL_INTID_NONE;
}

static bool pending_virtual(void *ctx, uint32_t cpu, uint32_t intid)
{
    struct dbell_machine *m = ctx;
    return m->platform.has_gic && dbell_gic_pending_virtual(&m->gic.unit, cpu, intid);
}

static int migrate(void *ctx)
{
    return dbell_machine_relocate(ctx);
}

static uint64_t pulses(void *ctx, struct dbell_wire wire)
{
    struct dbell_machine *m = ctx;
    uint64_t *counter = wire.part == DBELL_WIRE_SMMU ? &m->smmu[wire.index].pulses[wire.line]
                                                     : &m->its[wire.index].pulses[wire.line];
    const uint64_t n = *counter;
    *counter = 0;
    return n;
}

static int counter(void *ctx, const char *name, uint64_t *value)
{
    struct dbell_machine *m = ctx;
    struct dbell_counter found;
    int status = dbell_counter_named(&m->platform, name, &found);
    if (status)
        return status;
    switch (found.part) {
    case DBELL_COUNTER_SMMU:
        *value =
            dbell_smmu_count(&m->smmu[found.index].unit, (enum dbell_smmu_counter)found.counter);
        break;
    case DBELL_COUNTER_ITS:
        *value = dbell_its_count(&m->its[found.index].unit, (enum dbell_its_counter)found.counter);
        break;
    default:
        *value = dbell_gic_count(&m->gic.unit, (enum dbell_gic_counter)found.counter);
        break;
    }
    return DBELL_OK;
}

static void reset(void *ctx)
{
    struct dbell_machine *m = ctx;
    for (size_t i = 0; i < m->platform.smmu_count; i++) {
        dbell_smmu_reset(&m->smmu[i].unit);
        memset(m->smmu[i].pulses, 0, sizeof m->smmu[i].pulses);
        memset(m->smmu[i].stalled, 0, sizeof m->smmu[i].stalled);
        m->smmu[i].to_complete = 0;
    }
    for (size_t i = 0; i < m->platform.its_count; i++) {
        dbell_its_reset(&m->its[i].unit);
        memset(m->its[i].pulses, 0, sizeof m->its[i].pulses);
    }
    if (m->platform.has_gic)
        dbell_gic_reset(&m->gic.unit);
    for (unsigned i = 0; i < m->root.function_count; i++)
        dbell_endpoint_reset(m->root.functions[i].endpoint);
    m->raised_count = 0;
    m->messages.count = 0;
}

static void tlbi(void *ctx, const struct dbell_tlbi *t)
{
    struct dbell_machine *m = ctx;
    for (size_t i = 0; i < m->platform.smmu_count; i++)
        dbell_smmu_tlbi(&m->smmu[i].unit, t);
}

struct dbell_system dbell_machine_system(struct dbell_machine *machine)
{
    return (struct dbell_system){.ctx = machine,
                                 .access = dbell_machine_bus(machine).access,
                                 .dma = dbell__machine_dma,
                                 .pending_result = dbell__machine_pending_result,
                                 .translation_request = dbell__machine_translation_request,
                                 .page_request = dbell__machine_page_request,
                                 .receive = dbell__machine_receive,
                                 .settle = settle,
                                 .raised = raised,
                                 .forget_raised = forget_raised,
                                 .acknowledge = acknowledge,
                                 .pending = pending,
                                 .acknowledge_virtual = acknowledge_virtual,
                                 .pending_virtual = pending_virtual,
                                 .pulses = pulses,
                                 .migrate = migrate,
                                 .counter = counter,
                                 .tlbi = tlbi,
                                 .reset = reset};
}
