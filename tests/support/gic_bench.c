/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "gic_bench.h"

#include <stdlib.h>
#include <string.h>

static enum dbell_response gic_access(void *ctx, struct dbell_transaction *t)
{
    struct gic_bench *b = ctx;
    b->last = t->address;
    if (t->address >= GIC_MEMORY || t->length > GIC_MEMORY - t->address)
        return DBELL_RESPONSE_SLVERR;
    if (b->abort_at && t->address < b->abort_at + 8 && t->address + t->length > b->abort_at)
        return DBELL_RESPONSE_SLVERR;
    if (t->op == DBELL_WRITE)
        memcpy(b->memory + t->address, t->data, t->length), b->writes++;
    else
        memcpy(t->data, b->memory + t->address, t->length), b->reads++;
    if (b->meanwhile && b->interrupt_at >= t->address && b->interrupt_at - t->address < t->length) {
        void (*meanwhile)(struct gic_bench *) = b->meanwhile;
        b->meanwhile = NULL;
        meanwhile(b);
    }
    return DBELL_RESPONSE_OK;
}

void gic_during(struct gic_bench *b, uint64_t address, void (*meanwhile)(struct gic_bench *bench))
{
    b->interrupt_at = address;
    b->meanwhile = meanwhile;
}

uint64_t gic_pending_table(unsigned cpu)
{
    return GIC_PENDING + cpu * UINT64_C(0x10000);
}

void gic_lpis(struct gic_bench *b, unsigned cpu, bool on)
{
    dbell_gicr_write(&b->gic, cpu, 0x0, 4, on);
}

bool gic_open_with(struct gic_bench *b, const struct dbell_gic_config *config)
{
    memset(b, 0, sizeof *b);
    const struct dbell_gic_ports ports = {.tables = {b, gic_access, NULL, NULL}};
    const size_t size = dbell_gic_state_size(config);
    b->state = calloc(1, size);
    b->memory = calloc(1, GIC_MEMORY);
    if (!b->state || !b->memory ||
        dbell_gic_init(&b->gic, b->state, size, config, &ports) != DBELL_OK)
        return false;
    b->port = dbell_gic_lpi_port(&b->gic);
    dbell_gicd_write(&b->gic, 0, 4, 2); /* EnableGrp1 */
    memset(b->memory + GIC_CONFIG, 0xa3, GIC_LPIS - GIC_FIRST);
    for (unsigned cpu = 0; cpu < config->cpus && cpu < GIC_CPUS; cpu++) {
        dbell_gicr_write(&b->gic, cpu, 0x14, 4, 0);
        dbell_gicr_write(&b->gic, cpu, 0x70, 8, GIC_CONFIG | (GIC_BITS - 1));
        dbell_gicr_write(&b->gic, cpu, 0x78, 8, gic_pending_table(cpu));
        gic_lpis(b, cpu, true);
    }
    return true;
}

bool gic_open(struct gic_bench *b, uint32_t pending_entries)
{
    struct dbell_gic_config config = dbell_gic_default_config();
    config.cpus = GIC_CPUS;
    config.pending_entries = pending_entries;
    return gic_open_with(b, &config);
}

void gic_close(struct gic_bench *b)
{
    free(b->state);
    free(b->memory);
}

void gic_ask(struct gic_bench *b, enum dbell_lpi_kind kind, unsigned cpu, unsigned to,
             uint32_t intid)
{
    const struct dbell_lpi_request request = {
        .kind = (uint8_t)kind, .rdbase = cpu, .to = to, .intid = intid};
    b->port.ask(b->port.ctx, &request, NULL);
}

void gic_set(struct gic_bench *b, unsigned cpu, uint32_t intid)
{
    gic_ask(b, DBELL_LPI_SET, cpu, 0, intid);
}

uint32_t gic_ack(struct gic_bench *b, unsigned cpu)
{
    return dbell_gic_acknowledge(&b->gic, cpu);
}

uint8_t *gic_byte(struct gic_bench *b, uint32_t intid)
{
    return b->memory + GIC_CONFIG + (intid - GIC_FIRST);
}

bool gic_in_memory(const struct gic_bench *b, unsigned cpu, uint32_t intid)
{
    return b->memory[gic_pending_table(cpu) + intid / 8] >> intid % 8 & 1;
}
