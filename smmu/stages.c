/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "stages.h"

#include "attributes.h"
#include "pte.h"

/* What the performance monitors see of a lookup, in the TBU and where it asks in the TCU (10.3). */
static void count_lookup(const struct access *access, enum dbell_resource resource, bool hit)
{
    struct dbell_smmu *smmu = access->smmu;
    const uint32_t sid = access->streamid;
    if (resource == DBELL_RESOURCE_TLB && access->request) {
        if (!hit)
            dbell__pmcg_count_request(smmu, DBELL_PMCG_TLB_MISS, sid);
    } else if (resource == DBELL_RESOURCE_TLB) {
        dbell__pmcg_count(smmu, DBELL_PMCG_TBU, DBELL_PMCG_MAIN_TLB_LOOKUP, sid);
        dbell__pmcg_count(smmu, DBELL_PMCG_TBU, DBELL_PMCG_MAIN_TLB_READ, sid);
        if (!hit) {
            dbell__pmcg_count(smmu, DBELL_PMCG_TBU, DBELL_PMCG_MAIN_TLB_MISS, sid);
            dbell__pmcg_count(smmu, DBELL_PMCG_TBU, DBELL_PMCG_TLB_MISS, sid);
            dbell__pmcg_count(smmu, DBELL_PMCG_TCU, DBELL_PMCG_TRANSACTION, sid);
            dbell__pmcg_count(smmu, DBELL_PMCG_TCU, DBELL_PMCG_TLB_MISS, sid);
        }
    } else {
        dbell__pmcg_count(smmu, DBELL_PMCG_TCU, DBELL_PMCG_CONFIG_CACHE_LOOKUP, sid);
        dbell__pmcg_count(smmu, DBELL_PMCG_TCU, DBELL_PMCG_CONFIG_CACHE_READ, sid);
        if (!hit) {
            dbell__pmcg_count(smmu, DBELL_PMCG_TCU, DBELL_PMCG_CONFIG_CACHE_MISS, sid);
            dbell__pmcg_count(smmu, DBELL_PMCG_TCU, DBELL_PMCG_CONFIG_MISS, sid);
        }
    }
}

void dbell__tell_lookup(struct access *access, enum dbell_resource resource,
                        enum dbell_object object, bool hit)
{
    if (access->smmu->state->pmcg_counting)
        count_lookup(access, resource, hit);
    access->after =
        dbell__append_step(access->itinerary, (struct dbell_step){.kind = DBELL_STEP_LOOKUP,
                                                                  .object = (uint8_t)object,
                                                                  .resource = (uint8_t)resource,
                                                                  .hit = hit,
                                                                  .level = -1,
                                                                  .after = access->after,
                                                                  .address = access->streamid,
                                                                  .input = access->input});
}

void dbell__note_fault(struct access *access, const struct fault *fault)
{
    dbell__append_step(access->itinerary,
                       (struct dbell_step){.kind = DBELL_STEP_DECIDE,
                                           .level = -1,
                                           .fault = fault->event,
                                           .after = access->after,
                                           .address = access->input,
                                           .input = fault->ipa,
                                           .note = dbell__rule_text(fault->rule)});
}

/* 13.1.1: whether an atomic lacks only the read. */
static bool write_granted(const struct access *access, unsigned permissions)
{
    return access->op == DBELL_ATOMIC_SWAP && permissions & write_bit(access);
}

bool dbell__stages_permit(const struct access *access, const struct tlb_entry *entry,
                          const struct context *context, struct fault *fault)
{
    if (context->stage1 && !granted(entry->s1, access)) {
        *fault = (struct fault){.event = DBELL_EVENT_F_PERMISSION,
                                .class = CLASS_IN,
                                .ttrnw = true,
                                .write_granted = write_granted(access, entry->s1),
                                .rule = RULE_S1_FORBIDS};
        return false;
    }
    if (context->stage2 && !granted(entry->s2, access)) {
        *fault = (struct fault){.event = DBELL_EVENT_F_PERMISSION,
                                .s2 = true,
                                .class = CLASS_IN,
                                .ipa = entry->ipa | (access->input & ones(entry->size_log2)),
                                .ttrnw = true,
                                .write_granted = write_granted(access, entry->s2),
                                .rule = RULE_S2_FORBIDS};
        return false;
    }
    return true;
}

/* A TLB entry of a clean page grants no write: the first one comes back for the update. */
static uint8_t permissions_of(const struct leaf *leaf)
{
    return (uint8_t)(leaf->clean ? leaf->permissions & ~(unsigned)ANY_WRITE : leaf->permissions);
}

/* A write that a clean page grants makes it dirty first (3.13.3). */
static bool dirty_for_write(struct access *access, const struct context *context, int stage,
                            struct leaf *leaf, struct fault *fault)
{
    if (!access->write || access->request || !leaf->clean || !granted(leaf->permissions, access))
        return true;
    if (access->passive && !access->foresees) { /* as if it had been updated */
        leaf->clean = false;
        return true;
    }
    if (!dbell__walk_make_dirty(access, context, stage, leaf, fault))
        return false;
    leaf->clean = false;
    return true;
}

/* 3.13.7.1: a Translation Request for a write makes dirty what it is granted to write, by all
 * stages, and nothing else. */
static bool dirty_for_request(struct access *access, const struct context *context, struct leaf *s1,
                              struct leaf *s2, struct fault *fault)
{
    if (!access->write || (context->stage1 && !(s1->permissions & write_bit(access))) ||
        (context->stage2 && !(s2->permissions & write_bit(access))))
        return true;
    if (s1->clean && !dbell__walk_make_dirty(access, context, 1, s1, fault))
        return false;
    if (s2->clean && !dbell__walk_make_dirty(access, context, 2, s2, fault))
        return false;
    s1->clean = s2->clean = false;
    return true;
}

/* 13.5, 3.3: from the output of stage 1 on; `ipa` is the input of stage 2. */
static bool walk_second(struct access *access, const struct context *context, uint64_t ipa,
                        struct attributes *attributes, struct leaf *leaf, struct tlb_entry *entry,
                        struct fault *fault)
{
    if (!dbell__walk_stage2(access, &context->ste, ipa, CLASS_IN, leaf, fault))
        return false;
    *attributes = dbell__attributes_combine(&context->ste, *attributes, leaf->descriptor);
    entry->s2_level = leaf->level;
    entry->s2_attributes = (uint16_t)bits(leaf->descriptor, 9, 0);
    entry->s2_granule = context->ste.s2.granule;
    if (!context->stage1 || leaf->size_log2 < entry->size_log2)
        entry->size_log2 = leaf->size_log2;
    return dirty_for_write(access, context, 2, leaf, fault);
}

static bool walk_first(struct access *access, const struct context *context,
                       struct attributes *attributes, struct leaf *leaf, struct tlb_entry *entry,
                       struct fault *fault)
{
    if (!dbell__walk_stage1(access, context, access->input, leaf, fault))
        return false;
    *attributes = dbell__attributes_stage1(context->cd.mair, leaf->descriptor);
    entry->s1_attr = attributes->type;
    entry->s1_level = leaf->level;
    entry->s1_granule = context->cd.ttb[table_of(context, access->input)].granule;
    entry->s1_size_log2 = entry->size_log2 = leaf->size_log2;
    entry->global = context->ste.world != WORLD_NS_EL2 && !get(&leaf->descriptor, PTE_NG);
    entry->aset = context->cd.aset;
    if (!dirty_for_write(access, context, 1, leaf, fault))
        return false;
    entry->s1 = permissions_of(leaf);
    return granted(access->request ? leaf->permissions : entry->s1, access) ||
           dbell__stages_permit(access, entry, &(struct context){.stage1 = true}, fault);
}

bool dbell__stages_walk(struct access *access, const struct context *context, struct attributes in,
                        struct tlb_entry *entry, struct fault *fault)
{
    struct leaf s1 = {0}, s2 = {0};
    struct attributes attributes = in;
    uint64_t ipa = access->input, output;
    *entry = (struct tlb_entry){0};
    if (context->stage1) {
        if (!walk_first(access, context, &attributes, &s1, entry, fault))
            return false;
        ipa = s1.output | (access->input & ones(s1.size_log2));
    }
    output = ipa;
    if (context->stage2) {
        if (!walk_second(access, context, ipa, &attributes, &s2, entry, fault))
            return false;
        output = s2.output | (ipa & ones(s2.size_log2));
    }
    if (access->request && !dirty_for_request(access, context, &s1, &s2, fault))
        return false;
    entry->s1 = context->stage1 ? permissions_of(&s1) : 0;
    entry->s2 = context->stage2 ? permissions_of(&s2) : 0;
    entry->ipa = context->stage2 ? ipa & ~ones(entry->size_log2) : 0;
    entry->output = output & ~ones(entry->size_log2);
    entry->attr = attributes.type;
    entry->sh = attributes.sh;
    if (dbell__stages_permit(access, entry, context, fault))
        return true;
    fault->write_granted |= s2.clean && write_granted(access, s2.permissions);
    return false;
}
