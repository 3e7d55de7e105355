/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* GITS registers (IHI 0069 12.18, 12.19): which there are, who may write them when, and what a
 * write starts. */
#include "base/register.h"

#include "its_state.h"

enum guard { OPEN, WHILE_QUIESCENT, READ_ONLY };

enum effect { STORE, EFFECT_CTLR, EFFECT_STATUSR, EFFECT_CBASER, EFFECT_CWRITER, EFFECT_BASER };

enum presence { ALWAYS, WITH_STATUSR, WITH_UMSI, WITH_MPAM };

#define MEMBER(name) (uint32_t) offsetof(struct its_registers, name)
#define ALL_BITS     (~UINT64_C(0))
#define BASER(n)                                                                                   \
    {                                                                                              \
        GITS_BASER + 8 * (n), 8, WHILE_QUIESCENT, EFFECT_BASER, ALWAYS, MEMBER(baser[n]), ALL_BITS \
    }

static const struct reg registers[] = {
    {GITS_CTLR, 4, OPEN, EFFECT_CTLR, ALWAYS, MEMBER(ctlr), 0x1f3},
    {GITS_PARTIDR, 4, OPEN, STORE, WITH_MPAM, MEMBER(partidr), 0xffffff},
    {GITS_STATUSR, 4, OPEN, EFFECT_STATUSR, WITH_STATUSR, MEMBER(statusr), 0x3f},
    {GITS_UMSIR, 8, READ_ONLY, STORE, WITH_UMSI, MEMBER(umsir), 0},
    {GITS_CBASER, 8, WHILE_QUIESCENT, EFFECT_CBASER, ALWAYS, MEMBER(cbaser),
     UINT64_C(0xb8efffffffff0cff)},
    {GITS_CWRITER, 8, OPEN, EFFECT_CWRITER, ALWAYS, MEMBER(cwriter), 0xfffe0},
    {GITS_CREADR, 8, READ_ONLY, STORE, ALWAYS, MEMBER(creadr), 0},
    BASER(0),
    BASER(1),
    BASER(2),
    BASER(3),
    BASER(4),
    BASER(5),
    BASER(6),
    BASER(7),
};

static bool present(const struct dbell_its_config *config, enum presence presence)
{
    switch (presence) {
    case WITH_STATUSR:
        return !config->no_statusr;
    case WITH_UMSI:
        return get(&config->typer, TYPER_UMSI);
    case WITH_MPAM:
        return get(&config->typer, TYPER_MPAM);
    default:
        return true;
    }
}

static const struct reg *find(uint64_t offset, unsigned size)
{
    return reg_find(registers, sizeof registers / sizeof registers[0], offset, size);
}

/* Nothing of the ITS is under way: what a command or an MSI that waits for memory goes on to do
 * is not. */
static bool quiescent(const struct dbell_its_state *state)
{
    return !(state->r.ctlr & CTLR_ENABLED) && !state->stepping && !state->translating;
}

static uint64_t value_of(const struct dbell_its_state *state, const struct reg *reg)
{
    const uint64_t value = reg_load(&state->r, reg);
    return reg->offset == GITS_CTLR && quiescent(state) ? value | CTLR_QUIESCENT : value;
}

/* Read-only values that the configuration gives; false: none is there. */
static bool identification(const struct dbell_its_state *state, uint64_t offset, unsigned size,
                           uint64_t *value)
{
    /* CoreSight identification from PIDR4 on; PIDR2[7:4] is the architecture, GICv3 or GICv4. */
    const struct dbell_its_config *config = &state->config;
    static const uint8_t coresight[12] = {0x04, 0,    0,    0,    0x94, 0xb4,
                                          0x3b, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
    if ((offset & ~UINT64_C(7)) == GITS_TYPER) {
        *value = size == 8 ? config->typer : (uint32_t)(config->typer >> (8 * (offset & 4)));
        return true;
    }
    if (size != 4)
        return false;
    if (offset >= GITS_PIDR4 && offset < GITS_PIDR4 + 48) {
        *value = coresight[(offset - GITS_PIDR4) / 4];
        if (offset == GITS_PIDR2 && get(&config->typer, TYPER_VIRTUAL))
            *value += 0x10;
        return true;
    }
    switch (offset) {
    case GITS_IIDR:
        *value = config->iidr;
        return true;
    case GITS_MPAMIDR:
        *value = get(&config->typer, TYPER_MPAM) ? config->mpamidr : 0;
        return true;
    case GITS_MPIDR:
        *value = get(&config->typer, TYPER_SVPET) ? config->mpidr & ~0xffu : 0;
        return true;
    default:
        return false;
    }
}

/* The violations that GITS_STATUSR tells. */
static void violated(struct dbell_its_state *state, uint32_t bit)
{
    its_count(state, DBELL_ITS_ILLEGAL_ACCESSES);
    if (!state->config.no_statusr)
        state->r.statusr |= bit;
}

static bool legal(const struct dbell_its_state *state, uint64_t offset, unsigned size)
{
    return (size == 4 || size == 8) && offset % size == 0 &&
           offset < dbell_its_space(&state->config);
}

/* GITS_SGIR: 64-bit accesses only. */
static bool is_sgir(const struct dbell_its_state *state, uint64_t offset, unsigned size)
{
    return offset == GITS_SGIR && size == 8 && legal(state, offset, size);
}

uint64_t dbell_its_read(struct dbell_its *its, uint64_t offset, unsigned size)
{
    struct dbell_its_state *state = its->state;
    uint64_t value = 0;
    if (offset == DBELL_ITS_TRANSLATER || is_sgir(state, offset, size)) {
        violated(state, STATUSR_RWOD);
        return 0;
    }
    const struct reg *reg = legal(state, offset, size) ? find(offset, size) : NULL;
    if (reg)
        return reg_part(reg, offset, size, value_of(state, reg));
    if (!legal(state, offset, size) || !identification(state, offset, size, &value)) {
        violated(state, STATUSR_RRD);
        return 0;
    }
    return value;
}

/* GITS_CTLR: clearing Enabled drops what is cached, as TYPER.INV promises and is allowed without.
 */
static void write_ctlr(struct dbell_its *its, uint32_t value)
{
    struct dbell_its_state *state = its->state;
    const bool before = dbell__umsi_signal(state);
    uint32_t absent = get(&state->config.typer, TYPER_VIRTUAL) ? 0 : CTLR_IMDE | CTLR_ITS_NUMBER;
    if (get(&state->config.typer, TYPER_VMOVP))
        absent |= CTLR_ITS_NUMBER;
    if (!quiescent(state)) /* ITS_Number stays what it is */
        value = (value & ~(uint32_t)CTLR_ITS_NUMBER) | (state->r.ctlr & CTLR_ITS_NUMBER);
    if (!get(&state->config.typer, TYPER_UMSIIRQ))
        absent |= CTLR_UMSIIRQ;
    const bool disabled = state->r.ctlr & ~value & CTLR_ENABLED;
    if (disabled)
        dbell__mappings_forget(state);
    state->r.ctlr = value & ~absent;
    if (disabled)
        dbell__its_arrive(its, (struct sync){.all = true});
    dbell__umsi_tell(its, before);
}

static void write_statusr(struct dbell_its_state *state, uint32_t value)
{
    state->r.statusr &= ~value;
    if (!(state->r.statusr & STATUSR_UMSI)) { /* UNKNOWN then */
        uint64_t statusr = state->r.statusr;
        put(&statusr, STATUSR_SYNDROME, 0);
        state->r.statusr = (uint32_t)statusr;
        state->r.umsir = 0;
    }
}

/* Type and Entry_Size are read-only; a register without a type is RES0. */
static void write_baser(struct dbell_its_state *state, unsigned n, uint64_t value)
{
    const uint64_t reset = state->config.baser[n];
    if (get(&reset, BASER_TYPE) == BASER_TYPE_NONE)
        return;
    put(&value, BASER_TYPE, get(&reset, BASER_TYPE));
    put(&value, BASER_ENTRY_SIZE, get(&reset, BASER_ENTRY_SIZE));
    if (get(&value, BASER_PAGE_SIZE) == 3) /* reserved, treated as 64 KB */
        put(&value, BASER_PAGE_SIZE, 2);
    state->r.baser[n] = value;
    dbell__tables_decode(state);
    dbell__mappings_forget(state);
}

static void apply(struct dbell_its *its, const struct reg *reg, uint64_t value)
{
    struct dbell_its_state *state = its->state;
    const uint64_t stored = value & reg->mask;
    switch ((enum effect)reg->effect) {
    case EFFECT_CTLR:
        write_ctlr(its, (uint32_t)stored);
        break;
    case EFFECT_STATUSR:
        write_statusr(state, (uint32_t)stored);
        break;
    case EFFECT_CBASER:
        reg_store(&state->r, reg, stored);
        state->r.creadr = 0;
        break;
    case EFFECT_CWRITER: /* Retry reads as zero, so a write of the other half carries none */
        if (value & CWRITER_RETRY)
            state->r.creadr &= ~(uint64_t)CREADR_STALLED;
        reg_store(&state->r, reg, stored);
        break;
    case EFFECT_BASER:
        write_baser(state, (reg->offset - GITS_BASER) / 8, stored);
        break;
    default:
        reg_store(&state->r, reg, stored);
        break;
    }
}

void dbell_its_write(struct dbell_its *its, uint64_t offset, unsigned size, uint64_t value)
{
    struct dbell_its_state *state = its->state;
    uint64_t read_only;
    const struct reg *reg = legal(state, offset, size) ? find(offset, size) : NULL;
    if (is_sgir(state, offset, size)) {
        dbell__vsgi(its, (uint32_t)get(&value, SGIR_VPEID), (uint32_t)get(&value, SGIR_VINTID));
        return;
    }
    if (!reg) {
        bool wrod = legal(state, offset, size) && identification(state, offset, size, &read_only);
        violated(state, wrod ? STATUSR_WROD : STATUSR_WRD);
        return;
    }
    if (!present(&state->config, (enum presence)reg->presence))
        return;
    if (reg->guard == READ_ONLY) {
        violated(state, STATUSR_WROD);
        return;
    }
    if (reg->guard == WHILE_QUIESCENT && !quiescent(state)) {
        its_count(state, DBELL_ITS_ILLEGAL_ACCESSES);
        return;
    }
    apply(its, reg, reg_merge(reg, offset, size, reg_load(&state->r, reg), value));
}

/* Fields that reset to an UNKNOWN value reset to 0. */
void dbell__gits_reset(struct dbell_its_state *state)
{
    state->r = (struct its_registers){0};
    memcpy(state->r.baser, state->config.baser, sizeof state->r.baser);
    dbell__tables_decode(state);
}
