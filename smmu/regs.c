/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The register file: which registers there are, who may write them when, and what a write starts
 * (IHI 0070 6.2, 6.3). */
#include <string.h>

#include "base/register.h"

#include "atos.h"
#include "pmcg.h"

/* A register is guarded: writes are IGNORED while its enable or the acknowledge of it is 1. */
enum guard {
    OPEN,
    GUARD_SMMUEN,
    GUARD_CMDQEN,
    GUARD_EVENTQEN,
    GUARD_PRIQEN,
    GUARD_EVENTQ_IRQEN,
    GUARD_PRIQ_IRQEN,
    GUARD_GERROR_IRQEN,
    GUARD_GATOS_RUN,
    GUARD_VATOS_RUN,
    READ_ONLY,
};

/* What happens besides storing the value. */
enum effect {
    STORE,
    EFFECT_CR0,
    EFFECT_CR1, /* guards its fields itself */
    EFFECT_IRQ_CTRL,
    EFFECT_GBPA,
    EFFECT_MPAM,
    EFFECT_ATOS_RUN,
};

/* Which feature a register is of; without it there is none. */
enum presence { ALWAYS, WITH_MSI, WITH_PRI, WITH_PRI_MSI, WITH_ATOS, WITH_VATOS, WITH_MPAM };

enum { PMCG_SPACE = 0x60000 };

#define MEMBER(name)    (uint32_t) offsetof(struct registers, name)
#define ADDRESS_BITS(h) ((UINT64_C(1) << 52) - (UINT64_C(1) << (h)))
#define QUEUE_BITS      (UINT64_C(1) << 62 | ADDRESS_BITS(5) | 0x1f)
#define INDEX_BITS      (QUEUE_OVERFLOW | QUEUE_INDEX)
#define WORD_BITS       UINT64_C(0xffffffff)
#define SID_BITS        ((UINT64_C(1) << 53) - 1)
#define MPAM_BITS       UINT64_C(0xffffff)

static const struct reg registers[] = {
    {REG_CR0, 4, OPEN, EFFECT_CR0, ALWAYS, MEMBER(cr0), 0x1df},
    {REG_CR0ACK, 4, READ_ONLY, STORE, ALWAYS, MEMBER(cr0ack), 0},
    {REG_CR1, 4, OPEN, EFFECT_CR1, ALWAYS, MEMBER(cr1), 0xfff},
    {REG_CR2, 4, GUARD_SMMUEN, STORE, ALWAYS, MEMBER(cr2), 0xf},
    {REG_GBPA, 4, OPEN, EFFECT_GBPA, ALWAYS, MEMBER(gbpa), 0x1f3f1f},
    {REG_IRQ_CTRL, 4, OPEN, EFFECT_IRQ_CTRL, ALWAYS, MEMBER(irq_ctrl), 0x7},
    {REG_IRQ_CTRLACK, 4, READ_ONLY, STORE, ALWAYS, MEMBER(irq_ctrlack), 0},
    {REG_GERROR, 4, READ_ONLY, STORE, ALWAYS, MEMBER(gerror), 0},
    {REG_GERRORN, 4, OPEN, STORE, ALWAYS, MEMBER(gerrorn), 0x1fd},
    {REG_GERROR_IRQ_CFG0, 8, GUARD_GERROR_IRQEN, STORE, WITH_MSI, MEMBER(gerror_irq.address),
     ADDRESS_BITS(2)},
    {REG_GERROR_IRQ_CFG1, 4, GUARD_GERROR_IRQEN, STORE, WITH_MSI, MEMBER(gerror_irq.data),
     WORD_BITS},
    {REG_GERROR_IRQ_CFG2, 4, GUARD_GERROR_IRQEN, STORE, WITH_MSI, MEMBER(gerror_irq.attributes),
     0x3f},
    {REG_STRTAB_BASE, 8, GUARD_SMMUEN, STORE, ALWAYS, MEMBER(strtab_base),
     UINT64_C(1) << 62 | ADDRESS_BITS(6)},
    {REG_STRTAB_BASE_CFG, 4, GUARD_SMMUEN, STORE, ALWAYS, MEMBER(strtab_cfg), 0x307ff},
    {REG_CMDQ_BASE, 8, GUARD_CMDQEN, STORE, ALWAYS, MEMBER(cmdq_base), QUEUE_BITS},
    {REG_CMDQ_PROD, 4, OPEN, STORE, ALWAYS, MEMBER(cmdq_prod), QUEUE_INDEX},
    {REG_CMDQ_CONS, 4, GUARD_CMDQEN, STORE, ALWAYS, MEMBER(cmdq_cons), 0x7f000000 | QUEUE_INDEX},
    {REG_EVENTQ_BASE, 8, GUARD_EVENTQEN, STORE, ALWAYS, MEMBER(eventq_base), QUEUE_BITS},
    {REG_EVENTQ_IRQ_CFG0, 8, GUARD_EVENTQ_IRQEN, STORE, WITH_MSI, MEMBER(eventq_irq.address),
     ADDRESS_BITS(2)},
    {REG_EVENTQ_IRQ_CFG1, 4, GUARD_EVENTQ_IRQEN, STORE, WITH_MSI, MEMBER(eventq_irq.data),
     WORD_BITS},
    {REG_EVENTQ_IRQ_CFG2, 4, GUARD_EVENTQ_IRQEN, STORE, WITH_MSI, MEMBER(eventq_irq.attributes),
     0x3f},
    {REG_EVENTQ_PROD, 4, GUARD_EVENTQEN, STORE, ALWAYS, MEMBER(eventq_prod), INDEX_BITS},
    {REG_EVENTQ_CONS, 4, OPEN, STORE, ALWAYS, MEMBER(eventq_cons), INDEX_BITS},
    {REG_PRIQ_BASE, 8, GUARD_PRIQEN, STORE, WITH_PRI, MEMBER(priq_base), QUEUE_BITS},
    {REG_PRIQ_IRQ_CFG0, 8, GUARD_PRIQ_IRQEN, STORE, WITH_PRI_MSI, MEMBER(priq_irq.address),
     ADDRESS_BITS(2)},
    {REG_PRIQ_IRQ_CFG1, 4, GUARD_PRIQ_IRQEN, STORE, WITH_PRI_MSI, MEMBER(priq_irq.data), WORD_BITS},
    {REG_PRIQ_IRQ_CFG2, 4, GUARD_PRIQ_IRQEN, STORE, WITH_PRI, MEMBER(priq_irq.attributes),
     0x8000003f},
    {REG_PRIQ_PROD, 4, GUARD_PRIQEN, STORE, WITH_PRI, MEMBER(priq_prod), INDEX_BITS},
    {REG_PRIQ_CONS, 4, OPEN, STORE, WITH_PRI, MEMBER(priq_cons), INDEX_BITS},
    {REG_GATOS_CTRL, 4, GUARD_GATOS_RUN, EFFECT_ATOS_RUN, WITH_ATOS, MEMBER(gatos.ctrl), 1},
    {REG_GATOS_SID, 8, GUARD_GATOS_RUN, STORE, WITH_ATOS, MEMBER(gatos.sid), SID_BITS},
    {REG_GATOS_ADDR, 8, GUARD_GATOS_RUN, STORE, WITH_ATOS, MEMBER(gatos.addr), ~UINT64_C(0x3f)},
    {REG_GATOS_PAR, 8, READ_ONLY, STORE, WITH_ATOS, MEMBER(gatos.par), 0},
    {REG_GMPAM, 4, OPEN, EFFECT_MPAM, WITH_MPAM, MEMBER(gmpam), MPAM_BITS},
    {REG_GBPMPAM, 4, OPEN, EFFECT_MPAM, WITH_MPAM, MEMBER(gbpmpam), MPAM_BITS},
    {REG_VATOS_SEL, 4, GUARD_VATOS_RUN, STORE, WITH_VATOS, MEMBER(vatos_sel), 0xffff},
    {REG_VATOS_CTRL, 4, GUARD_VATOS_RUN, EFFECT_ATOS_RUN, WITH_VATOS, MEMBER(vatos.ctrl), 1},
    {REG_VATOS_SID, 8, GUARD_VATOS_RUN, STORE, WITH_VATOS, MEMBER(vatos.sid), SID_BITS},
    {REG_VATOS_ADDR, 8, GUARD_VATOS_RUN, STORE, WITH_VATOS, MEMBER(vatos.addr), ~UINT64_C(0x3f)},
    {REG_VATOS_PAR, 8, READ_ONLY, STORE, WITH_VATOS, MEMBER(vatos.par), 0},
};

static bool present(const struct dbell_smmu_features *f, enum presence presence)
{
    switch (presence) {
    case WITH_MSI:
        return f->msi;
    case WITH_PRI:
        return f->pri;
    case WITH_PRI_MSI:
        return f->pri && f->msi;
    case WITH_ATOS:
        return f->atos;
    case WITH_VATOS:
        return f->atos && f->vatos;
    case WITH_MPAM:
        return f->mpam;
    default:
        return true;
    }
}

static uint64_t vatos_page(const struct dbell_smmu_features *f)
{
    return REG_PAGE_VATOS + ((uint64_t)f->ba_vatos << 16);
}

/* The register that [offset, offset + size) is, or lies in; NULL: none that this SMMU has. */
static const struct reg *find(const struct dbell_smmu_features *f, uint64_t offset, unsigned size)
{
    const struct reg *reg =
        reg_find(registers, sizeof registers / sizeof registers[0], offset, size);
    return reg && present(f, (enum presence)reg->presence) ? reg : NULL;
}

static bool guarded(const struct registers *r, enum guard guard)
{
    uint32_t enables = r->cr0 | r->cr0ack, irqs = r->irq_ctrl | r->irq_ctrlack;
    switch (guard) {
    case OPEN:
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
    case GUARD_GATOS_RUN:
        return r->gatos.ctrl & ATOS_RUN;
    case GUARD_VATOS_RUN:
        return r->vatos.ctrl & ATOS_RUN;
    default:
        return true;
    }
}

/* Bits that hold `most`, the largest value of a field (6.3.41). */
static uint64_t width_mask(uint64_t most)
{
    uint64_t mask = 0;
    while (mask < most)
        mask = mask << 1 | 1;
    return mask;
}

/* Bits of features that are not there are RES0 (6.3.9, 6.3.12, 6.3.20, 6.3.24, 6.3.25, 6.3.38,
 * 6.3.41-6.3.44). */
static uint64_t absent(const struct dbell_smmu_features *f, const struct reg *reg)
{
    switch (reg->offset) {
    case REG_CR0:
        return (f->pri ? 0u : CR0_PRIQEN) | (f->ats ? 0u : CR0_ATSCHK) | (f->vmw ? 0u : CR0_VMW);
    case REG_CR2:
        return (f->hyp ? 0u : CR2_E2H) | (f->btm ? 0u : CR2_PTM) |
               (f->atsrecerr ? 0u : CR2_REC_CFG_ATS);
    case REG_IRQ_CTRL:
        return f->pri ? 0u : IRQ_PRIQ;
    case REG_GERRORN:
        return (f->pri ? 0u : GERROR_PRIQ_ABT | GERROR_MSI_PRIQ_ABT) |
               (f->msi ? 0u
                       : GERROR_MSI_CMDQ_ABT | GERROR_MSI_EVENTQ_ABT | GERROR_MSI_GERROR_ABT |
                             GERROR_MSI_PRIQ_ABT);
    case REG_STRTAB_BASE:
    case REG_CMDQ_BASE:
    case REG_EVENTQ_BASE:
    case REG_PRIQ_BASE:
    case REG_GERROR_IRQ_CFG0:
    case REG_EVENTQ_IRQ_CFG0:
    case REG_PRIQ_IRQ_CFG0:
        return ADDRESS_BITS(0) & ~ones(f->oas);
    case REG_STRTAB_BASE_CFG:
        return f->two_level_strtab ? 0 : ~ones(6);
    case REG_PRIQ_IRQ_CFG2: /* LO is there without MSIs too */
        return f->msi ? 0 : ~(uint64_t)PRIQ_LO;
    case REG_GATOS_SID:
    case REG_VATOS_SID:
        return ~(ones(f->sidsize) | ones(f->ssidsize) << 32 |
                 (f->ssidsize ? UINT64_C(1) << 52 : 0));
    case REG_GMPAM:
    case REG_GBPMPAM:
        return ~(width_mask(f->partid_max) | width_mask(f->pmg_max) << 16);
    case REG_VATOS_SEL:
        return f->vmid16 ? 0 : 0xff00;
    default:
        return 0;
    }
}

/* Updates take effect at once: the acknowledge follows the write (6.3.9, 6.3.10). But an enable
 * stays acknowledged while its unit is under way: with a command (6.3.9.3), a record (6.3.9.4) or a
 * request of ATOS (6.3.37). */
static void acknowledge(struct dbell_smmu_state *state)
{
    state->r.cr0ack = state->r.cr0 | (state->r.cr0ack & state->held);
}

bool dbell__unit_ends(struct dbell_smmu_state *state, uint32_t enable)
{
    const bool still = state->held & enable;
    state->held &= ~enable;
    acknowledge(state);
    return still;
}

static void write_cr0(struct dbell_smmu_state *state, uint32_t value)
{
    const uint32_t changed = state->r.cr0 ^ value;
    if (!(value & CR0_CMDQEN))
        state->syncing = false;
    state->r.cr0 = value;
    acknowledge(state);
    if (changed & CR0_EVENTQEN)
        dbell__event_discard(state);
    if (changed & CR0_SMMUEN)
        invalidated_all(state); /* what is under way arrives after the change (6.3.9.6) */
    if (changed & ~value & CR0_SMMUEN) {
        dbell__stall_terminate_all(state);
        dbell__atos_abort(state, false);
    }
}

static uint32_t cr1_writable(const struct registers *r)
{
    uint32_t enables = r->cr0 | r->cr0ack, writable = ~0u;
    if (enables & CR0_SMMUEN)
        writable &= ~0xfc0u; /* TABLE_* */
    if (enables & (CR0_CMDQEN | CR0_EVENTQEN | CR0_PRIQEN))
        writable &= ~0x03fu; /* QUEUE_* */
    return writable;
}

static void apply(struct dbell_smmu_state *state, const struct reg *reg, uint64_t value)
{
    struct registers *r = &state->r;
    const uint64_t stored = value & reg->mask & ~absent(&state->features, reg);
    switch ((enum effect)reg->effect) {
    case EFFECT_CR0:
        write_cr0(state, (uint32_t)stored);
        break;
    case EFFECT_CR1:
        r->cr1 = (r->cr1 & ~cr1_writable(r)) | ((uint32_t)stored & cr1_writable(r));
        break;
    case EFFECT_IRQ_CTRL:
        r->irq_ctrl = (uint32_t)stored;
        dbell__irq_acknowledge(state);
        break;
    case EFFECT_GBPA:
    case EFFECT_MPAM: /* without Update the write is IGNORED (6.3.14.1, 6.3.42) */
        if (value & GBPA_UPDATE) {
            reg_store(r, reg, stored);
            invalidated_all(state);
        }
        break;
    case EFFECT_ATOS_RUN: /* ignored while the SMMU is off (6.3.37) */
        if (r->cr0 & r->cr0ack & CR0_SMMUEN)
            reg_store(r, reg, stored);
        break;
    default:
        reg_store(r, reg, stored);
        break;
    }
}

/* 6.2: aligned words, and whole 64-bit registers. */
static bool legal(const struct dbell_smmu_state *state, uint64_t offset, unsigned size)
{
    return (size == 4 || size == 8) && offset % size == 0 &&
           offset < dbell_smmu_register_space(&state->config);
}

/* CoreSight identification from PIDR4 (0xfd0) to CIDR3: they hold what IIDR does (6.3.7, 6.2.1). */
uint32_t dbell__coresight(const struct dbell_smmu_config *config, unsigned index)
{
    const uint64_t iidr = config->iidr;
    const uint32_t part = (uint32_t)get(&iidr, IIDR_PRODUCT);
    const uint32_t designer = (uint32_t)get(&iidr, IIDR_IMPLEMENTER);
    switch (index) {
    case 0: /* PIDR4: continuation code */
        return designer >> 8;
    case 4: /* PIDR0 */
        return part & 0xff;
    case 5:
        return (designer & 0xf) << 4 | part >> 8;
    case 6: /* PIDR2: JEDEC */
        return (uint32_t)get(&iidr, IIDR_VARIANT) << 4 | 8 | (designer >> 4 & 7);
    case 7:
        return (uint32_t)get(&iidr, IIDR_REVISION) << 4;
    case 8: /* CIDR0-3 */
        return 0x0d;
    case 9:
        return 0xf0;
    case 10:
        return 0x05;
    case 11:
        return 0xb1;
    default:
        return 0;
    }
}

static uint64_t read_id(const struct dbell_smmu_state *state, uint64_t offset)
{
    const struct dbell_smmu_config *config = &state->config;
    if (offset < REG_IIDR)
        return config->idr[offset / 4];
    if (offset == REG_IIDR)
        return config->iidr;
    if (offset == REG_AIDR)
        return config->aidr;
    if (offset == REG_MPAMIDR)
        return state->features.mpam ? config->mpamidr : 0;
    if (offset >= REG_PIDR4 && offset < REG_PIDR4 + 48)
        return dbell__coresight(config, (unsigned)(offset - REG_PIDR4) / 4);
    return 0;
}

uint64_t dbell_smmu_register_space(const struct dbell_smmu_config *config)
{
    const struct dbell_smmu_features f = dbell_smmu_features_of(config);
    uint64_t space = f.atos && f.vatos ? vatos_page(&f) + 0x10000 : REG_PAGE_VATOS;
    return config->pmcg[1].counters && space < PMCG_SPACE ? PMCG_SPACE : space;
}

/* The offset as the table has it: the VATOS page in its place, what lies between in none. */
static uint64_t place(const struct dbell_smmu_features *f, uint64_t offset)
{
    if (offset < REG_PAGE_VATOS)
        return offset;
    return offset >= vatos_page(f) ? offset - vatos_page(f) + REG_PAGE_VATOS : UINT64_MAX;
}

/* Index bits above the wrap bit are RAZ where the SMMU writes the index (6.3.28, 6.3.95). */
static uint64_t visible(const struct dbell_smmu_state *state, const struct reg *reg, uint64_t value)
{
    const struct registers *r = &state->r;
    const struct dbell_smmu_features *f = &state->features;
    uint32_t log2size;
    switch (reg->offset) {
    case REG_CMDQ_CONS:
        log2size = queue_log2size(r->cmdq_base, f->cmdqs);
        break;
    case REG_EVENTQ_PROD:
        log2size = queue_log2size(r->eventq_base, f->eventqs);
        break;
    case REG_PRIQ_PROD:
        log2size = queue_log2size(r->priq_base, f->priqs);
        break;
    default:
        return value;
    }
    return value & (~(uint64_t)QUEUE_INDEX | ones(log2size + 1));
}

uint64_t dbell_smmu_read(struct dbell_smmu *smmu, uint64_t offset, unsigned size)
{
    struct dbell_smmu_state *state = smmu->state;
    if (!legal(state, offset, size)) {
        count(state, DBELL_SMMU_ILLEGAL_ACCESSES);
        return 0;
    }
    unsigned group;
    uint32_t in_page;
    bool page1;
    if (dbell__pmcg_page(&state->config, offset, &group, &in_page, &page1))
        return dbell__pmcg_read(smmu, group, in_page, size, page1);
    const uint64_t at = place(&state->features, offset);
    const struct reg *reg = find(&state->features, at, size);
    if (reg)
        return reg_part(reg, at, size, visible(state, reg, reg_load(&state->r, reg)));
    if (size == 8) { /* two 32-bit registers, or none */
        count(state, DBELL_SMMU_ILLEGAL_ACCESSES);
        return 0;
    }
    return read_id(state, at);
}

void dbell_smmu_write(struct dbell_smmu *smmu, uint64_t offset, unsigned size, uint64_t value)
{
    struct dbell_smmu_state *state = smmu->state;
    if (!legal(state, offset, size)) {
        count(state, DBELL_SMMU_ILLEGAL_ACCESSES);
        return;
    }
    unsigned group;
    uint32_t in_page;
    bool page1;
    if (dbell__pmcg_page(&state->config, offset, &group, &in_page, &page1)) {
        dbell__pmcg_write(smmu, group, in_page, size, value, page1);
        return;
    }
    const uint64_t at = place(&state->features, offset);
    const struct reg *reg = find(&state->features, at, size);
    if (!reg) {
        if (size == 8)
            count(state, DBELL_SMMU_ILLEGAL_ACCESSES);
        return;
    }
    if (guarded(&state->r, (enum guard)reg->guard))
        return;
    apply(state, reg, reg_merge(reg, at, size, reg_load(&state->r, reg), value));
    dbell__tell_invalidations(smmu);
}

/* Fields that reset to an UNKNOWN value reset to 0. */
void dbell__registers_reset(struct dbell_smmu_state *state)
{
    memset(&state->r, 0, sizeof state->r);
    const uint32_t incoming_shareability = UINT32_C(1) << 12;
    state->r.gbpa = incoming_shareability | (state->config.gbpa_abort ? (uint32_t)GBPA_ABORT : 0);
}
