/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The physical address space: RAM, registers, doorbells. */
#include <string.h>

#include "base/bytes.h"
#include "machine_private.h"

/* A message-based SPI, as whoever may write there raises it. */
static void raise_spi(struct dbell_machine *m, uint32_t intid)
{
    if (!m->platform.has_gic || dbell_gic_pending(&m->gic.unit, 0, intid))
        dbell__machine_raise(m, DBELL_RAISED_SPI, 0, intid);
}

static enum dbell_response access_register(struct dbell_machine *m, const struct region *region,
                                           struct dbell_transaction *t)
{
    uint64_t offset = t->address - region->first;
    if (t->length == 0 || t->length > 8)
        return DBELL_RESPONSE_SLVERR;
    if (!t->data) /* nothing moves, so nothing happens */
        return DBELL_RESPONSE_OK;
    uint64_t value = dbell__get_le(t->data, t->length);
    if (t->op == DBELL_ATOMIC_SWAP)
        return DBELL_RESPONSE_SLVERR;
    bool write = dbell_op_writes(t->op);
    switch ((enum region_kind)region->kind) {
    case REGION_SMMU:
        if (write)
            dbell_smmu_write(&m->smmu[region->index].unit, offset, t->length, value);
        else
            value = dbell_smmu_read(&m->smmu[region->index].unit, offset, t->length);
        break;
    case REGION_GICD:
        if (!write) {
            value = dbell_gicd_read(&m->gic.unit, offset, t->length);
            break;
        }
        dbell_gicd_write(&m->gic.unit, offset, t->length, value);
        if (offset == DBELL_GICD_SETSPI_NSR && (t->length == 2 || t->length == 4))
            raise_spi(m, (uint32_t)value & 0x1fff);
        break;
    case REGION_GICR: {
        const uint32_t space = dbell_gicr_space(&m->platform.gic);
        uint32_t cpu = (uint32_t)(offset / space);
        offset %= space;
        if (write)
            dbell_gicr_write(&m->gic.unit, cpu, offset, t->length, value);
        else
            value = dbell_gicr_read(&m->gic.unit, cpu, offset, t->length);
        break;
    }
    case REGION_ITS:
        if (write)
            dbell_its_write(&m->its[region->index].unit, offset, t->length, value);
        else
            value = dbell_its_read(&m->its[region->index].unit, offset, t->length);
        break;
    case REGION_V2M: {
        const struct dbell_v2m *frame = &m->platform.v2m[region->index].frame;
        if (write) {
            uint32_t spi = dbell_v2m_write(frame, offset, t->length, value);
            if (spi && m->platform.has_gic) {
                dbell_gic_spi(&m->gic.unit, spi, true);
                dbell_gic_spi(&m->gic.unit, spi, false);
            }
            if (spi)
                dbell__machine_raise(m, DBELL_RAISED_SPI, 0, spi);
        } else {
            value = dbell_v2m_read(frame, offset, t->length);
        }
        break;
    }
    case REGION_ECAM:
        if (write)
            dbell_root_ecam_write(&m->root, offset, t->length, (uint32_t)value);
        else
            value = dbell_root_ecam_read(&m->root, offset, t->length);
        break;
    default: /* not by registers */
        return DBELL_RESPONSE_SLVERR;
    }
    if (!write)
        dbell__put_le(t->data, t->length, value);
    return DBELL_RESPONSE_OK;
}

/* An instance is used by one thread: nothing comes in between. */
static enum dbell_response swap(struct dbell_ram *ram, struct dbell_transaction *t)
{
    uint8_t old[64];
    if (t->length > sizeof old)
        return DBELL_RESPONSE_SLVERR;
    enum dbell_response response = dbell_ram_read(ram, t->address, old, t->length);
    if (response == DBELL_RESPONSE_OK)
        response = dbell_ram_write(ram, t->address, t->data, t->length);
    if (response == DBELL_RESPONSE_OK)
        memcpy(t->data, old, t->length);
    return response;
}

static enum dbell_response access_ram(struct dbell_machine *m, const struct region *region,
                                      struct dbell_transaction *t)
{
    struct dbell_ram *ram = &m->ram[region->index];
    if (!t->data)
        return t->length && region->last - t->address < t->length - 1u ? DBELL_RESPONSE_DECERR
                                                                       : DBELL_RESPONSE_OK;
    if (t->op == DBELL_ATOMIC_SWAP)
        return swap(ram, t);
    return dbell_op_writes(t->op) ? dbell_ram_write(ram, t->address, t->data, t->length)
                                  : dbell_ram_read(ram, t->address, t->data, t->length);
}

static bool is_translater(const struct region *region, const struct dbell_transaction *t)
{
    return region->kind == REGION_ITS && dbell_op_writes(t->op) &&
           t->address - region->first == DBELL_ITS_TRANSLATER && (t->length == 2 || t->length == 4);
}

static enum dbell_response wide_write(struct dbell_machine *m, const struct region *region,
                                      const struct dbell_transaction *t,
                                      const struct dbell_transaction *message)
{
    struct dbell_msi_result result;
    const uint8_t policy = m->platform.its[region->index].wide_write;
    dbell__machine_report(m, DBELL_REPORT_WIDE_MESSAGE, &t->side, t->address, t->address);
    if (policy == DBELL_WIDE_LOW32)
        dbell_its_msi(&m->its[region->index].unit, message, &result);
    return policy == DBELL_WIDE_SLVERR ? DBELL_RESPONSE_SLVERR : DBELL_RESPONSE_OK;
}

/* Reads give 0. */
static enum dbell_response access_pre_its(struct dbell_machine *m, const struct region *region,
                                          const struct dbell_transaction *t)
{
    struct dbell_transaction message;
    struct dbell_msi_result result;
    if (dbell_pre_its_message(t, &message)) {
        dbell_its_msi(&m->its[region->index].unit, &message, &result);
        return DBELL_RESPONSE_OK;
    }
    if (dbell_op_writes(t->op))
        return DBELL_RESPONSE_SLVERR;
    if (t->data)
        memset(t->data, 0, t->length);
    return DBELL_RESPONSE_OK;
}

/* A device in the frame of GITS_TRANSLATER, but elsewhere. */
static bool is_beside(const struct region *region, const struct dbell_transaction *t)
{
    return region->kind == REGION_ITS && dbell_op_writes(t->op) && t->side.has_deviceid &&
           t->address - region->first >= DBELL_ITS_TRANSLATER - 0x40 && !is_translater(region, t);
}

static enum dbell_response physical_access(void *ctx, struct dbell_transaction *t)
{
    struct dbell_machine *m = ctx;
    const struct region *region = dbell__regions_find(&m->regions, t->address);
    if (!region)
        return DBELL_RESPONSE_DECERR;
    if (!dbell_op_reads(t->op) && !dbell_op_writes(t->op)) /* nothing here is cached */
        return DBELL_RESPONSE_OK;
    if (region->kind == REGION_RAM) {
        if (t->side.message)
            dbell__machine_report(m, DBELL_REPORT_MESSAGE_TO_RAM, &t->side, t->address, t->address);
        return access_ram(m, region, t);
    }
    struct dbell_transaction within = *t, message;
    within.address -= region->first;
    if (region->kind == REGION_PCI) {
        within.address += m->platform.pcie.memory[region->index].bus;
        return dbell_root_memory(&m->root, &within);
    }
    if (region->kind == REGION_PRE_ITS)
        return access_pre_its(m, region, &within);
    if (region->kind == REGION_ITS && dbell_its_narrow(&within, &message))
        return wide_write(m, region, t, &message);
    if (is_beside(region, t))
        dbell__machine_report(m, DBELL_REPORT_BESIDE_DOORBELL, &t->side, t->address, t->address);
    if (is_translater(region, t)) {
        struct dbell_msi_result result;
        dbell_its_msi(&m->its[region->index].unit, t, &result);
        return DBELL_RESPONSE_OK;
    }
    return access_register(m, region, t);
}

static bool physical_window(void *ctx, uint64_t address, struct dbell_window *window)
{
    struct dbell_machine *m = ctx;
    const struct region *region = dbell__regions_find(&m->regions, address);
    return region && region->kind == REGION_RAM &&
           dbell_ram_window(&m->ram[region->index], address, window);
}

static enum dbell_response physical_cas(void *ctx, uint64_t address, uint64_t expected,
                                        uint64_t desired, uint64_t *old)
{
    struct dbell_machine *m = ctx;
    const struct region *region = dbell__regions_find(&m->regions, address);
    if (!region || region->kind != REGION_RAM)
        return DBELL_RESPONSE_DECERR;
    return dbell_ram_cas(&m->ram[region->index], address, expected, desired, old);
}

struct dbell_bus dbell_machine_bus(struct dbell_machine *machine)
{
    return (struct dbell_bus){
        .ctx = machine, .access = physical_access, .window = physical_window, .cas = physical_cas};
}
