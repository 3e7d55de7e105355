/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The command queue: fetch, decode, execute (IHI 0070 4, 7.1, 6.3.26-6.3.28). */
#include "cmd.h"
#include "originated.h"
#include "permission.h"
#include "tlb.h"

/* A command is consumed, must wait, or is in error. */
enum command_end { CONSUMED, WAITS, ILLEGAL, ATC_TIMED_OUT };

/* Of one CMD_PREFETCH_ADDR. */
enum { PREFETCHES = 1024 };

/* 4.2: what is prefetched fails silently. */
static struct access prefetching(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary,
                                 const uint64_t c[2])
{
    struct access access = {.smmu = smmu,
                            .itinerary = itinerary,
                            .after = dbell__last_step(itinerary),
                            .streamid = (uint32_t)get(c, CMD_STREAMID),
                            .substreamid = (uint32_t)get(c, CMD_SUBSTREAMID),
                            .ssv = get(c, CMD_SSV),
                            .speculative = true,
                            .op = DBELL_READ,
                            .in = {.type = DBELL_ATTR_NORMAL_WB}};
    access_override(&access, &(struct overrides){0});
    return access;
}

static enum command_end prefetch_config(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary,
                                        const uint64_t c[2])
{
    struct dbell_smmu_state *state = smmu->state;
    struct access access = prefetching(smmu, itinerary, c);
    struct context context;
    access.epoch = state->epoch;
    struct fault fault;
    if (state->r.cr0 & CR0_SMMUEN && !state->config.no_caches &&
        !cache_find(&state->configs, config_key(&access), 1))
        dbell__config_fetch(&access, &context, &fault);
    return CONSUMED;
}

/* At most as many as could stay in the TLB together. */
static enum command_end prefetch_addresses(struct dbell_smmu *smmu,
                                           struct dbell_itinerary *itinerary, const uint64_t c[2])
{
    struct dbell_smmu_state *state = smmu->state;
    const unsigned size = (unsigned)get(c, CMD_SIZE_LOG2);
    const unsigned stride = state->features.version ? (unsigned)get(c, CMD_STRIDE) : 0;
    uint32_t most = cache_lines(&state->tlb) < PREFETCHES ? cache_lines(&state->tlb) : PREFETCHES;
    if (!(state->r.cr0 & CR0_SMMUEN) || state->config.no_caches)
        return CONSUMED;
    for (uint32_t n = 0; n < most && (uint64_t)n >> size == 0; n++) {
        struct dbell_translation ignored = {0};
        struct access access = prefetching(smmu, itinerary, c);
        access.input = (get(c, CMD_VA) << 12) + ((uint64_t)n << (12 + stride));
        if (dbell__translate(&access, 0, &ignored) != DBELL_DONE)
            break;
    }
    return CONSUMED;
}

/* 4.3.1-4.3.6 */
static enum command_end config_invalidate(struct dbell_smmu_state *state, const uint64_t c[2])
{
    uint32_t sid = (uint32_t)get(c, CMD_STREAMID);
    switch (get(c, CMD_OPCODE)) {
    case CMD_CFGI_STE:
        dbell__config_invalidate_streams(state, sid, sid);
        return CONSUMED;
    case CMD_CFGI_STE_RANGE: {
        unsigned range = (unsigned)get(c, CMD_RANGE);
        uint32_t low = (uint32_t)ones(range + 1);
        if (range == 31)
            dbell__config_invalidate_all(state);
        else
            dbell__config_invalidate_streams(state, sid & ~low, sid | low);
        return CONSUMED;
    }
    case CMD_CFGI_VMS_PIDM: /* PARTID_MAP is cached with the STE only (5.6.2) */
        return state->features.mpam && state->features.partid_max && state->features.stage1 &&
                       state->features.stage2
                   ? CONSUMED
                   : ILLEGAL;
    default:
        if (!state->features.stage1)
            return ILLEGAL;
        dbell__config_invalidate_cd(state, sid, get(c, CMD_OPCODE) == CMD_CFGI_CD_ALL,
                                    (uint32_t)get(c, CMD_SUBSTREAMID));
        return CONSUMED;
    }
}

/* 4.4.1.1: the range of an address-based invalidation; false: CERROR_ILL. */
static bool range_of(const struct dbell_smmu_features *f, const uint64_t c[2], uint64_t address,
                     struct tlb_range *range)
{
    static const uint8_t granules[4] = {0, 12, 14, 16};
    unsigned tg = f->ril ? (unsigned)get(c, CMD_TG) : 0;
    *range =
        (struct tlb_range){.first = address, .last = address | 0xfff, .leaf = get(c, CMD_LEAF)};
    if (!tg)
        return true;
    unsigned num = (unsigned)get(c, CMD_NUM), scale = (unsigned)get(c, CMD_SCALE);
    unsigned ttl = (unsigned)get(c, CMD_TTL);
    if (tg == 2 && ttl == 1) /* reserved without IDR5.DS, treated as 0 */
        ttl = 0;
    if (!num && !scale && !ttl)
        return false;
    range->granule = granules[tg];
    range->level = (uint8_t)ttl;
    /* (NUM + 1) * 2^SCALE granules, cut at the top of the address space. */
    const uint64_t length = (uint64_t)(num + 1) << (scale + range->granule);
    range->last = address + (length - 1) < address ? ~UINT64_C(0) : address + (length - 1);
    return true;
}

/* The VMID of a command is one of those that CR0.VMW makes it (3.17.6). */
static struct tlb_scope scope_of(const struct dbell_smmu_state *state, enum regime_kind regime,
                                 const uint64_t c[2])
{
    const struct dbell_smmu_features *f = &state->features;
    struct tlb_scope scope = {.regime = regime,
                              .asid = (uint16_t)(get(c, CMD_ASID) & ones(f->asid16 ? 16 : 8))};
    if (f->stage2) {
        scope.vmid = (uint16_t)(get(c, CMD_VMID) & ones(f->vmid16 ? 16 : 8));
        scope.wildcard = dbell__tlb_wildcard(state);
    }
    return scope;
}

static enum command_end tlb_invalidate_stage1(struct dbell_smmu_state *state, const uint64_t c[2])
{
    if (!state->features.stage1)
        return ILLEGAL;
    struct tlb_scope scope = scope_of(state, REGIME_EL1, c);
    struct tlb_range range;
    switch (get(c, CMD_OPCODE)) {
    case CMD_TLBI_NH_ALL:
        dbell__tlb_invalidate_vmid(state, &scope);
        return CONSUMED;
    case CMD_TLBI_NH_ASID:
        dbell__tlb_invalidate_asid(state, &scope);
        return CONSUMED;
    default:
        scope.any_asid = get(c, CMD_OPCODE) == CMD_TLBI_NH_VAA;
        if (!range_of(&state->features, c, get(c, CMD_VA) << 12, &range))
            return ILLEGAL;
        dbell__tlb_invalidate_range(state, &scope, &range);
        return CONSUMED;
    }
}

static enum command_end tlb_invalidate_el2(struct dbell_smmu_state *state, const uint64_t c[2])
{
    if (!state->features.hyp || !state->features.stage1)
        return ILLEGAL;
    bool e2h = state->r.cr2 & CR2_E2H;
    struct tlb_scope scope = {.regime = e2h ? REGIME_EL2_E2H : REGIME_EL2,
                              .asid = e2h ? scope_of(state, REGIME_EL2, c).asid : 0};
    struct tlb_range range;
    switch (get(c, CMD_OPCODE)) {
    case CMD_TLBI_EL2_ALL:
        dbell__tlb_invalidate_regime(state, REGIME_EL2);
        dbell__tlb_invalidate_regime(state, REGIME_EL2_E2H);
        return CONSUMED;
    case CMD_TLBI_EL2_ASID:
        scope = (struct tlb_scope){.regime = REGIME_EL2_E2H,
                                   .asid = scope_of(state, REGIME_EL2, c).asid};
        dbell__tlb_invalidate_asid(state, &scope);
        return CONSUMED;
    default:
        scope.any_asid = get(c, CMD_OPCODE) == CMD_TLBI_EL2_VAA;
        if (!range_of(&state->features, c, get(c, CMD_VA) << 12, &range))
            return ILLEGAL;
        dbell__tlb_invalidate_range(state, &scope, &range);
        return CONSUMED;
    }
}

static enum command_end tlb_invalidate_stage2(struct dbell_smmu_state *state, const uint64_t c[2])
{
    if (!state->features.stage2)
        return ILLEGAL;
    struct tlb_scope scope = scope_of(state, REGIME_S2, c);
    if (get(c, CMD_OPCODE) == CMD_TLBI_S12_VMALL) {
        dbell__tlb_invalidate_vmid(state, &scope);
        scope.regime = REGIME_EL1;
        dbell__tlb_invalidate_vmid(state, &scope);
        return CONSUMED;
    }
    struct tlb_range range;
    scope.asid = 0;
    if (!range_of(&state->features, c, get(c, CMD_IPA) << 12, &range))
        return ILLEGAL;
    dbell__tlb_invalidate_range(state, &scope, &range);
    return CONSUMED;
}

/* 4.7.3: what was promised for earlier commands and terminated accesses holds before it ends. */
static enum command_end sync(struct dbell_smmu *smmu, const uint64_t c[2])
{
    struct dbell_smmu_state *state = smmu->state;
    if (get(c, CMD_SYNC_CS) == 3)
        return ILLEGAL;
    if (!state->syncing) { /* from now on they are older than this CMD_SYNC */
        state->open_old += state->open_new;
        state->open_new = 0;
        state->sync_epoch++;
        state->syncing = true;
    }
    if (state->open_old || state->event_count || state->atc_open ||
        (state->msi_pending >> DBELL_SMMU_CMD_SYNC & 1))
        return WAITS;
    state->syncing = false;
    if (state->atc_timed_out) {
        state->atc_timed_out = false;
        return ATC_TIMED_OUT;
    }
    return CONSUMED;
}

static void wake(const struct dbell_smmu *smmu)
{
    if (smmu->state->features.sev && smmu->ports.wires.pulse)
        smmu->ports.wires.pulse(smmu->ports.wires.ctx, DBELL_SMMU_SEV);
}

/* Who sees the signal of a CMD_SYNC sees it consumed. */
static void signal_sync(struct dbell_smmu *smmu, const uint64_t c[2])
{
    struct dbell_smmu_state *state = smmu->state;
    const unsigned signal = (unsigned)get(c, CMD_SYNC_CS);
    if (signal == SYNC_SIG_IRQ) {
        state->msi[DBELL_SMMU_CMD_SYNC] = (struct msi_registers){
            .address = get(c, CMD_SYNC_MSIADDR) << 2,
            .data = (uint32_t)get(c, CMD_SYNC_MSIDATA),
            .attributes = (uint32_t)(get(c, CMD_SYNC_MSH) << 4 | get(c, CMD_SYNC_MSIATTR))};
        dbell__interrupt(smmu, DBELL_SMMU_CMD_SYNC);
    } else if (signal == SYNC_SIG_SEV) {
        wake(smmu);
    }
}

/* 4.1.6: SSec == 1 is illegal on the Non-secure queue. */
static bool has_ssec(unsigned opcode)
{
    switch (opcode) {
    case CMD_PREFETCH_CONFIG:
    case CMD_PREFETCH_ADDR:
    case CMD_CFGI_STE:
    case CMD_CFGI_STE_RANGE:
    case CMD_CFGI_CD:
    case CMD_CFGI_CD_ALL:
    case CMD_CFGI_VMS_PIDM:
    case CMD_RESUME:
    case CMD_STALL_TERM:
        return true;
    default:
        return false;
    }
}

static enum command_end execute(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary,
                                const uint64_t c[2])
{
    struct dbell_smmu_state *state = smmu->state;
    unsigned opcode = (unsigned)get(c, CMD_OPCODE);
    if (has_ssec(opcode) && get(c, CMD_SSEC))
        return ILLEGAL;
    switch (opcode) {
    case CMD_PREFETCH_CONFIG:
        return prefetch_config(smmu, itinerary, c);
    case CMD_PREFETCH_ADDR:
        return prefetch_addresses(smmu, itinerary, c);
    case CMD_CFGI_STE:
    case CMD_CFGI_STE_RANGE:
    case CMD_CFGI_CD:
    case CMD_CFGI_CD_ALL:
    case CMD_CFGI_VMS_PIDM:
        return config_invalidate(state, c);
    case CMD_TLBI_NH_ALL:
    case CMD_TLBI_NH_ASID:
    case CMD_TLBI_NH_VA:
    case CMD_TLBI_NH_VAA:
        return tlb_invalidate_stage1(state, c);
    case CMD_TLBI_EL2_ALL:
    case CMD_TLBI_EL2_ASID:
    case CMD_TLBI_EL2_VA:
    case CMD_TLBI_EL2_VAA:
        return tlb_invalidate_el2(state, c);
    case CMD_TLBI_S12_VMALL:
    case CMD_TLBI_S2_IPA:
        return tlb_invalidate_stage2(state, c);
    case CMD_TLBI_NSNH_ALL:
        dbell__tlb_invalidate_regime(state, REGIME_EL1);
        dbell__tlb_invalidate_regime(state, REGIME_S2);
        return CONSUMED;
    case CMD_RESUME:
        if (state->features.stall_model == 1)
            return ILLEGAL;
        dbell__stall_resume(state, (uint32_t)get(c, CMD_STREAMID), (uint16_t)get(c, CMD_STAG),
                            get(c, CMD_RESUME_RETRY), get(c, CMD_RESUME_ABORT));
        return CONSUMED;
    case CMD_STALL_TERM:
        if (state->features.stall_model == 1)
            return ILLEGAL;
        dbell__stall_terminate(state, (uint32_t)get(c, CMD_STREAMID));
        return CONSUMED;
    case CMD_ATC_INV:
        if (!state->features.ats || get(c, CMD_ATC_SIZE) > 52)
            return ILLEGAL;
        return dbell__atc_invalidate(smmu, c) ? CONSUMED : WAITS;
    case CMD_PRI_RESP:
        if (!state->features.pri || get(c, CMD_PRI_RESPONSE) == 3)
            return ILLEGAL;
        return dbell__pri_respond(smmu, c) ? CONSUMED : WAITS;
    case CMD_SYNC:
        return sync(smmu, c);
    default:
        return ILLEGAL;
    }
}

/* 7.1: consumption stops, RD stays, ERR is visible before GERROR. */
static void stop(struct dbell_smmu *smmu, uint32_t error)
{
    struct registers *r = &smmu->state->r;
    uint64_t cons = r->cmdq_cons;
    smmu->state->syncing = false;
    put(&cons, CMDQ_CONS_ERR, error);
    r->cmdq_cons = (uint32_t)cons;
    dbell__gerror(smmu, GERROR_CMDQ);
}

/* CONS moves on, and what follows from it. */
static void consume(struct dbell_smmu *smmu, const uint64_t c[2], uint32_t log2size)
{
    struct registers *r = &smmu->state->r;
    const bool was_full = queue_full(r->cmdq_prod, r->cmdq_cons, log2size);
    count(smmu->state, DBELL_SMMU_COMMANDS);
    r->cmdq_cons =
        (r->cmdq_cons & ~QUEUE_INDEX) | ((r->cmdq_cons + 1) & (uint32_t)ones(log2size + 1));
    if (get(c, CMD_OPCODE) == CMD_SYNC)
        signal_sync(smmu, c);
    if (was_full) /* 4.1.2 */
        wake(smmu);
}

static uint32_t size_of_queue(const struct dbell_smmu_state *state)
{
    return queue_log2size(state->r.cmdq_base, state->features.cmdqs);
}

/* The command at CONS. False: the fetch aborts. */
static bool fetch(struct dbell_smmu *smmu, uint64_t *address, uint64_t c[2])
{
    const struct registers *r = &smmu->state->r;
    const uint32_t log2size = size_of_queue(smmu->state);
    uint64_t base = get_in_place(&r->cmdq_base, QUEUE_ADDR);
    base &= ~ones(log2size + 4 > 5 ? log2size + 4 : 5);
    *address = base + (uint64_t)(r->cmdq_cons & (uint32_t)ones(log2size)) * CMD_SIZE;
    uint8_t bytes[CMD_SIZE] = {0};
    const bool ok =
        dbell__originated_read(smmu, *address, bytes, sizeof bytes,
                               dbell__originated_queue(smmu->state, r->cmdq_base, false));
    c[0] = dbell__get_le64(bytes);
    c[1] = dbell__get_le64(bytes + 8);
    return ok;
}

bool dbell__cmdq_ready(const struct dbell_smmu_state *state)
{
    const struct registers *r = &state->r;
    return !state->failed && (r->cr0ack & CR0_CMDQEN) &&
           !((r->gerror ^ r->gerrorn) & GERROR_CMDQ) &&
           !queue_empty(r->cmdq_prod, r->cmdq_cons, size_of_queue(state));
}

static enum dbell_smmu_command kind_of(unsigned opcode)
{
    switch (opcode) {
    case CMD_PREFETCH_CONFIG:
    case CMD_PREFETCH_ADDR:
        return DBELL_COMMAND_PREFETCH;
    case CMD_CFGI_STE:
    case CMD_CFGI_STE_RANGE:
    case CMD_CFGI_CD:
    case CMD_CFGI_CD_ALL:
    case CMD_CFGI_VMS_PIDM:
        return DBELL_COMMAND_CONFIG;
    case CMD_TLBI_NH_ALL:
    case CMD_TLBI_NH_ASID:
    case CMD_TLBI_NH_VA:
    case CMD_TLBI_NH_VAA:
    case CMD_TLBI_EL2_ALL:
    case CMD_TLBI_EL2_ASID:
    case CMD_TLBI_EL2_VA:
    case CMD_TLBI_EL2_VAA:
    case CMD_TLBI_S12_VMALL:
    case CMD_TLBI_S2_IPA:
    case CMD_TLBI_NSNH_ALL:
        return DBELL_COMMAND_TLB;
    case CMD_ATC_INV:
        return DBELL_COMMAND_ATC;
    case CMD_PRI_RESP:
        return DBELL_COMMAND_PRI;
    case CMD_RESUME:
    case CMD_STALL_TERM:
        return DBELL_COMMAND_STALL;
    case CMD_SYNC:
        return DBELL_COMMAND_SYNC;
    default:
        return DBELL_COMMAND_ILLEGAL;
    }
}

enum dbell_smmu_command dbell_smmu_next_command(struct dbell_smmu *smmu, uint64_t *address)
{
    uint64_t c[2];
    if (!dbell__cmdq_ready(smmu->state) || !fetch(smmu, address, c))
        return DBELL_COMMAND_NONE;
    return kind_of((unsigned)get(c, CMD_OPCODE));
}

static bool fetch_and_execute(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary,
                              uint64_t c[2], enum command_end *end)
{
    uint64_t address;
    const bool ok = fetch(smmu, &address, c);
    dbell__append_step(itinerary, (struct dbell_step){.kind = DBELL_STEP_READ,
                                                      .object = DBELL_OBJECT_COMMAND,
                                                      .resource = DBELL_RESOURCE_QUEUE_PORT,
                                                      .level = -1,
                                                      .size = CMD_SIZE,
                                                      .after = dbell__last_step(itinerary),
                                                      .address = address,
                                                      .value = c[0]});
    if (ok && smmu->state->held & CR0_CMDQEN)
        *end = execute(smmu, itinerary, c);
    dbell__tell_invalidations(smmu);
    return ok;
}

int dbell__cmdq_step(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary)
{
    struct dbell_smmu_state *state = smmu->state;
    if (!dbell__cmdq_ready(state))
        return DBELL_IDLE;

    uint64_t c[2];
    enum command_end end = WAITS;
    unit_begins(state, CR0_CMDQEN);
    const bool ok = fetch_and_execute(smmu, itinerary, c, &end);
    const bool still = state->held & CR0_CMDQEN; /* or it was reset */
    if (still && ok && end == CONSUMED)
        consume(smmu, c, size_of_queue(state));
    else if (still && (!ok || end >= ILLEGAL))
        stop(smmu, !ok ? CERROR_ABT : end == ILLEGAL ? CERROR_ILL : CERROR_ATC_INV_SYNC);
    dbell__unit_ends(state, CR0_CMDQEN);
    return still && ok && end == WAITS ? DBELL_NOT_YET : DBELL_STEPPED;
}
