/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Broadcast TLB maintenance from PEs (IHI 0070 3.17). */
#include "tlb.h"

/* Without stage 2, all VMIDs are 0 (3.17). An SMMU with 8 bits of VMID or ASID has no entry for a
 * larger one anyway (3.17.4). */
static bool in_namespace(const struct dbell_smmu_features *f, const struct dbell_tlbi *t)
{
    return f->stage2 || t->el != 1 || t->scope == DBELL_TLBI_ALL || t->vmid == 0;
}

static struct tlb_range range_of(const struct dbell_tlbi *t)
{
    struct tlb_range range = {
        .first = t->first, .last = t->last, .granule = t->granule, .level = t->level};
    if (t->granule == 14 && t->level == 1) /* reserved: no hint (4.4.1.1) */
        range.level = 0;
    return range;
}

/* Stage 1 of EL1&0, or of EL2&0. VA and ASID forms spare what is not shared with PEs (CD.ASET). */
static void invalidate_stage1(struct dbell_smmu_state *state, struct tlb_scope scope,
                              const struct dbell_tlbi *t)
{
    struct tlb_range range = range_of(t);
    scope.any_asid = true;
    switch (t->scope) {
    case DBELL_TLBI_ASID:
        scope.any_asid = false;
        scope.keep_globals = scope.keep_non_shared = true;
        range = (struct tlb_range){.last = ~UINT64_C(0)};
        break;
    case DBELL_TLBI_VA:
        scope.any_asid = false;
        scope.keep_non_shared = true;
        break;
    case DBELL_TLBI_VAA:
        break;
    default:
        dbell__tlb_invalidate_vmid(state, &scope);
        return;
    }
    dbell__tlb_invalidate_range(state, &scope, &range);
}

static void invalidate_el1(struct dbell_smmu_state *state, const struct dbell_tlbi *t)
{
    const struct dbell_smmu_features *f = &state->features;
    const struct tlb_range range = range_of(t);
    struct tlb_scope scope = {.regime = REGIME_EL1, .vmid = t->vmid, .asid = t->asid};
    scope.wildcard = f->stage2 ? dbell__tlb_wildcard(state) : 0;
    switch (t->scope) {
    case DBELL_TLBI_ALL:
        dbell__tlb_invalidate_regime(state, REGIME_EL1);
        dbell__tlb_invalidate_regime(state, REGIME_S2);
        break;
    case DBELL_TLBI_IPA:
        scope.regime = REGIME_S2;
        scope.asid = 0;
        dbell__tlb_invalidate_range(state, &scope, &range);
        break;
    default:
        invalidate_stage1(state, scope, t);
        if (t->scope == DBELL_TLBI_VMALLS12) {
            scope.regime = REGIME_S2;
            dbell__tlb_invalidate_vmid(state, &scope);
        }
        break;
    }
}

/* 3.17.5: with and without E2H, PE and SMMU entries are of different kinds. */
static void invalidate_el2(struct dbell_smmu_state *state, const struct dbell_tlbi *t)
{
    if (t->scope == DBELL_TLBI_ALL) {
        dbell__tlb_invalidate_regime(state, REGIME_EL2);
        dbell__tlb_invalidate_regime(state, REGIME_EL2_E2H);
        return;
    }
    struct tlb_scope scope = {.regime = t->e2h ? REGIME_EL2_E2H : REGIME_EL2,
                              .asid = t->e2h ? t->asid : 0};
    if ((!t->e2h && t->scope != DBELL_TLBI_VA) || t->scope == DBELL_TLBI_IPA ||
        t->scope == DBELL_TLBI_VMALLS12)
        return;
    invalidate_stage1(state, scope, t);
}

void dbell_smmu_tlbi(struct dbell_smmu *smmu, const struct dbell_tlbi *tlbi)
{
    struct dbell_smmu_state *state = smmu->state;
    const struct dbell_smmu_features *f = &state->features;
    if (!f->btm || state->r.cr2 & CR2_PTM || !in_namespace(f, tlbi))
        return;
    if (tlbi->el == 1)
        invalidate_el1(state, tlbi);
    else if (tlbi->el == 2 && f->hyp)
        invalidate_el2(state, tlbi);
    dbell__tell_invalidations(smmu);
}
