/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The register file: which registers there are, who may write them when, and what a write starts
 * (IHI 0070 6.2, 6.3). */
#include <string.h>

#include "state.h"

/* A register is guarded: writes are IGNORED while its enable or the acknowledge of it is 1. */
enum guard {
    OPEN,
    GUARD_SMMUEN,
    GUARD_ANY_ENABLE, /* CR1: tables by SMMUEN, queues by any xQEN */
    GUARD_CMDQEN,
    GUARD_EVENTQEN,
    GUARD_PRIQEN,
    GUARD_EVENTQ_IRQEN,
    GUARD_PRIQ_IRQEN,
    GUARD_GERROR_IRQEN,
    READ_ONLY,
};

/* What happens besides storing the value. */
enum effect { STORE, EFFECT_CR0, EFFECT_CR1, EFFECT_IRQ_CTRL, EFFECT_GBPA };

struct reg {
    uint32_t offset;
    uint8_t size; /* 4 or 8 */
    uint8_t guard;
    uint8_t effect;
    uint32_t member; /* in struct registers */
    uint64_t mask;   /* bits that are stored */
};

#define MEMBER(name)    (uint32_t) offsetof(struct registers, name)
#define ADDRESS_BITS(h) ((UINT64_C(1) << 52) - (UINT64_C(1) << (h)))
#define QUEUE_BITS      (UINT64_C(1) << 62 | ADDRESS_BITS(5) | 0x1f)
#define INDEX_BITS      (QUEUE_OVERFLOW | QUEUE_INDEX)

static const struct reg registers[] = {
    {REG_CR0, 4, OPEN, EFFECT_CR0, MEMBER(cr0), 0x1df},
    {REG_CR0ACK, 4, READ_ONLY, STORE, MEMBER(cr0ack), 0},
    {REG_CR1, 4, GUARD_ANY_ENABLE, EFFECT_CR1, MEMBER(cr1), 0xfff},
    {REG_CR2, 4, GUARD_SMMUEN, STORE, MEMBER(cr2), 0x7},
    {REG_GBPA, 4, OPEN, EFFECT_GBPA, MEMBER(gbpa), 0x1f3f1f},
    {REG_IRQ_CTRL, 4, OPEN, EFFECT_IRQ_CTRL, MEMBER(irq_ctrl), 0x7},
    {REG_IRQ_CTRLACK, 4, READ_ONLY, STORE, MEMBER(irq_ctrlack), 0},
    {REG_GERROR, 4, READ_ONLY, STORE, MEMBER(gerror), 0},
    {REG_GERRORN, 4, OPEN, STORE, MEMBER(gerrorn), 0x1fd},
    {REG_GERROR_IRQ_CFG0, 8, GUARD_GERROR_IRQEN, STORE, MEMBER(gerror_irq.address),
     ADDRESS_BITS(2)},
    {REG_GERROR_IRQ_CFG1, 4, GUARD_GERROR_IRQEN, STORE, MEMBER(gerror_irq.data), 0xffffffff},
    {REG_GERROR_IRQ_CFG2, 4, GUARD_GERROR_IRQEN, STORE, MEMBER(gerror_irq.attributes), 0x3f},
    {REG_STRTAB_BASE, 8, GUARD_SMMUEN, STORE, MEMBER(strtab_base),
     UINT64_C(1) << 62 | ADDRESS_BITS(6)},
    {REG_STRTAB_BASE_CFG, 4, GUARD_SMMUEN, STORE, MEMBER(strtab_cfg), 0x307ff},
    {REG_CMDQ_BASE, 8, GUARD_CMDQEN, STORE, MEMBER(cmdq_base), QUEUE_BITS},
    {REG_CMDQ_PROD, 4, OPEN, STORE, MEMBER(cmdq_prod), QUEUE_INDEX},
    {REG_CMDQ_CONS, 4, GUARD_CMDQEN, STORE, MEMBER(cmdq_cons), 0x7f000000 | QUEUE_INDEX},
    {REG_EVENTQ_BASE, 8, GUARD_EVENTQEN, STORE, MEMBER(eventq_base), QUEUE_BITS},
    {REG_EVENTQ_IRQ_CFG0, 8, GUARD_EVENTQ_IRQEN, STORE, MEMBER(eventq_irq.address),
     ADDRESS_BITS(2)},
    {REG_EVENTQ_IRQ_CFG1, 4, GUARD_EVENTQ_IRQEN, STORE, MEMBER(eventq_irq.data), 0xffffffff},
    {REG_EVENTQ_IRQ_CFG2, 4, GUARD_EVENTQ_IRQEN, STORE, MEMBER(eventq_irq.attributes), 0x3f},
    {REG_EVENTQ_PROD, 4, GUARD_EVENTQEN, STORE, MEMBER(eventq_prod), INDEX_BITS},
    {REG_EVENTQ_CONS, 4, OPEN, STORE, MEMBER(eventq_cons), INDEX_BITS},
    {REG_PRIQ_BASE, 8, GUARD_PRIQEN, STORE, MEMBER(priq_base), QUEUE_BITS},
    {REG_PRIQ_IRQ_CFG0, 8, GUARD_PRIQ_IRQEN, STORE, MEMBER(priq_irq.address), ADDRESS_BITS(2)},
    {REG_PRIQ_IRQ_CFG1, 4, GUARD_PRIQ_IRQEN, STORE, MEMBER(priq_irq.data), 0xffffffff},
    {REG_PRIQ_IRQ_CFG2, 4, GUARD_PRIQ_IRQEN, STORE, MEMBER(priq_irq.attributes), 0x8000003f},
    {REG_PRIQ_PROD, 4, GUARD_PRIQEN, STORE, MEMBER(priq_prod), INDEX_BITS},
    {REG_PRIQ_CONS, 4, OPEN, STORE, MEMBER(priq_cons), INDEX_BITS},
};

static bool needs_msi(uint32_t offset)
{
    return (offset >= REG_GERROR_IRQ_CFG0 && offset <= REG_GERROR_IRQ_CFG2) ||
           (offset >= REG_EVENTQ_IRQ_CFG0 && offset <= REG_EVENTQ_IRQ_CFG2) ||
           (offset >= REG_PRIQ_IRQ_CFG0 && offset <= REG_PRIQ_IRQ_CFG1);
}

static bool needs_pri(uint32_t offset)
{
    return offset == REG_PRIQ_BASE || offset == REG_PRIQ_PROD || offset == REG_PRIQ_CONS ||
           (offset >= REG_PRIQ_IRQ_CFG0 && offset <= REG_PRIQ_IRQ_CFG2);
}

/* The register that [offset, offset + size) is, or lies in; NULL: none that this SMMU has. */
static const struct reg *find(const struct dbell_smmu_features *f, uint64_t offset, unsigned size)
{
    for (size_t i = 0; i < sizeof registers / sizeof registers[0]; i++) {
        const struct reg *reg = &registers[i];
        if (offset < reg->offset || offset + size > reg->offset + reg->size)
            continue;
        if ((needs_msi(reg->offset) && !f->msi) || (needs_pri(reg->offset) && !f->pri))
            return NULL;
        return reg;
    }
    return NULL;
}

static bool guarded(const struct registers *r, enum guard guard)
{
    uint32_t enables = r->cr0 | r->cr0ack, irqs = r->irq_ctrl | r->irq_ctrlack;
    switch (guard) {
    case OPEN:
    case GUARD_ANY_ENABLE: /* decided per field, EFFECT_CR1 */
        return false;
    case GUARD_SMMUEN:
        return enables & CR0_SMMUEN;
    case GUARD_CMDQEN:
        return enables & CR0_CMDQEN;
    case GUARD_EVENTQEN:
        return enables & CR0_EVENTQEN;
    case GUARD_PRIQEN:
        return enables & CR0_PRIQEN;
    case GUARD_EVENTQ_IRQEN:
        return irqs & IRQ_EVENTQ;
    case GUARD_PRIQ_IRQEN:
        return irqs & IRQ_PRIQ;
    case GUARD_GERROR_IRQEN:
        return irqs & IRQ_GERROR;
    default:
        return true;
    }
}

static uint64_t load(const struct registers *r, const struct reg *reg)
{
    const uint8_t *at = (const uint8_t *)r + reg->member;
    if (reg->size == 4) {
        uint32_t value;
        memcpy(&value, at, sizeof value);
        return value;
    }
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static void store(struct registers *r, const struct reg *reg, uint64_t value)
{
    uint8_t *at = (uint8_t *)r + reg->member;
    if (reg->size == 4) {
        uint32_t low = (uint32_t)value;
        memcpy(at, &low, sizeof low);
    } else {
        memcpy(at, &value, sizeof value);
    }
}

/* Address bits above the OAS are RES0 (6.3.24). */
static uint64_t implemented(const struct dbell_smmu_features *f, const struct reg *reg,
                            uint64_t value)
{
    value &= reg->mask;
    if (reg->size == 8 && f->oas < 52)
        value &= ~(ones(52) & ~ones(f->oas));
    return value;
}

/* Updates take effect at once: the acknowledge follows the write (6.3.9, 6.3.10). */
static void write_cr0(struct dbell_smmu_state *state, uint32_t value)
{
    const struct dbell_smmu_features *f = &state->features;
    uint32_t present = CR0_SMMUEN | CR0_EVENTQEN | CR0_CMDQEN;
    present |= f->pri ? (uint32_t)CR0_PRIQEN : 0;
    present |= f->ats ? (uint32_t)CR0_ATSCHK : 0;
    present |= f->vmw ? (uint32_t)CR0_VMW : 0;
    bool was_on = state->r.cr0 & CR0_SMMUEN;
    state->r.cr0 = value & present;
    state->r.cr0ack = state->r.cr0;
    if (was_on && !(state->r.cr0 & CR0_SMMUEN))
        dbell__stall_terminate_all(state);
}

static void write_gbpa(struct registers *r, uint32_t value, uint32_t mask)
{
    if (value & GBPA_UPDATE) /* without it the write is IGNORED (6.3.14.1) */
        r->gbpa = value & mask;
}

static uint32_t cr1_writable(const struct registers *r)
{
    uint32_t enables = r->cr0 | r->cr0ack, writable = 0xfff;
    if (enables & CR0_SMMUEN)
        writable &= ~0xfc0u; /* TABLE_* */
    if (enables & (CR0_CMDQEN | CR0_EVENTQEN | CR0_PRIQEN))
        writable &= ~0x03fu; /* QUEUE_* */
    return writable;
}

static void apply(struct dbell_smmu_state *state, const struct reg *reg, uint64_t value)
{
    struct registers *r = &state->r;
    switch ((enum effect)reg->effect) {
    case EFFECT_CR0:
        write_cr0(state, (uint32_t)value);
        break;
    case EFFECT_CR1:
        r->cr1 = (r->cr1 & ~cr1_writable(r)) | ((uint32_t)value & cr1_writable(r));
        break;
    case EFFECT_IRQ_CTRL:
        r->irq_ctrl = (uint32_t)value & (state->features.pri ? 7u : 5u);
        dbell__irq_acknowledge(state);
        break;
    case EFFECT_GBPA:
        write_gbpa(r, (uint32_t)value, (uint32_t)reg->mask);
        break;
    default:
        store(r, reg, implemented(&state->features, reg, value));
        break;
    }
}

/* 6.2: aligned words, and whole 64-bit registers. */
static bool legal(uint64_t offset, unsigned size)
{
    return (size == 4 || size == 8) && offset % size == 0 && offset < DBELL_SMMU_REGISTER_SPACE;
}

static uint64_t read_id(const struct dbell_smmu_state *state, uint64_t offset)
{
    /* 6.3.38: CoreSight identification, in the order of their offsets from PIDR4. */
    static const uint8_t coresight[12] = {0x04, 0,    0,    0,    0x83, 0xb4,
                                          0x3b, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
    if (offset < REG_IIDR)
        return state->config.idr[offset / 4];
    if (offset == REG_IIDR)
        return state->config.iidr;
    if (offset == REG_AIDR)
        return state->config.aidr;
    if (offset >= REG_PIDR4 && offset < REG_PIDR4 + 48)
        return coresight[(offset - REG_PIDR4) / 4];
    return 0;
}

uint64_t dbell_smmu_read(struct dbell_smmu *smmu, uint64_t offset, unsigned size)
{
    struct dbell_smmu_state *state = smmu->state;
    if (!legal(offset, size)) {
        count(state, DBELL_SMMU_ILLEGAL_ACCESSES);
        return 0;
    }
    const struct reg *reg = find(&state->features, offset, size);
    if (reg)
        return load(&state->r, reg) >> (8 * (offset - reg->offset)) &
               (size == 8 ? ~UINT64_C(0) : UINT64_C(0xffffffff));
    if (size == 8) { /* two 32-bit registers, or none */
        count(state, DBELL_SMMU_ILLEGAL_ACCESSES);
        return 0;
    }
    return read_id(state, offset);
}

void dbell_smmu_write(struct dbell_smmu *smmu, uint64_t offset, unsigned size, uint64_t value)
{
    struct dbell_smmu_state *state = smmu->state;
    const struct reg *reg = legal(offset, size) ? find(&state->features, offset, size) : NULL;
    if (!reg) {
        if (!legal(offset, size) || size == 8)
            count(state, DBELL_SMMU_ILLEGAL_ACCESSES);
        return;
    }
    if (guarded(&state->r, (enum guard)reg->guard))
        return;
    if (size < reg->size) { /* one half of a 64-bit register */
        unsigned shift = 8 * (unsigned)(offset - reg->offset);
        uint64_t half = UINT64_C(0xffffffff) << shift;
        value = (load(&state->r, reg) & ~half) | (value << shift & half);
    }
    apply(state, reg, value);
}

/* Fields that reset to an UNKNOWN value reset to 0. */
void dbell__registers_reset(struct dbell_smmu_state *state)
{
    memset(&state->r, 0, sizeof state->r);
    const uint32_t incoming_shareability = UINT32_C(1) << 12;
    state->r.gbpa = incoming_shareability | (state->config.gbpa_abort ? (uint32_t)GBPA_ABORT : 0);
}
