/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "walk.h"

#include "attributes.h"
#include "originated.h"
#include "pmcg.h"
#include "pte.h"

/* A walk under way: the tables of one stage. */
struct walk {
    struct access *access;
    const struct regime *regime;
    const struct ste *stage2; /* that translates the descriptor addresses, or NULL */
    int stage;
    unsigned why; /* CLASS of a stage 2 fault */
    uint64_t input;
    bool hierarchical; /* APTable and XNTable count (no HAD) */
    struct mpam mpam;
};

static bool fail(const struct walk *walk, struct fault *fault, enum dbell_event event,
                 enum rule rule)
{
    bool s2 = walk->stage == 2;
    *fault = (struct fault){.event = (uint8_t)event,
                            .s2 = s2,
                            .class = (uint8_t)(s2 ? walk->why : CLASS_IN),
                            .ipa = s2 ? walk->input : 0,
                            .ttrnw = true,
                            .rule = rule};
    return false;
}

/* 7.3.12: stage 1 is CLASS TT, stage 2 the class of what was being translated. */
static bool fail_abort(const struct walk *walk, struct fault *fault, uint64_t address)
{
    fail(walk, fault, DBELL_EVENT_F_WALK_EABT, RULE_WALK_ABORT);
    if (walk->stage == 1)
        fault->class = CLASS_TT;
    fault->ipa = 0;
    fault->fetch_address = address;
    return false;
}

/* Whether a level may hold a block (Arm ARM D8.3.1). */
static bool block_allowed(const struct regime *regime, unsigned level)
{
    switch (regime->granule) {
    case 12:
        return level == 1 || level == 2;
    case 14:
        return level == 2;
    default:
        return level == 2 || (level == 1 && regime->wide);
    }
}

/* Bits [47:granule] of a descriptor, and [51:48] where 64 KB descriptors carry them. */
static uint64_t next_address(const struct regime *regime, uint64_t descriptor)
{
    uint64_t address = descriptor & ones(48) & ~ones(regime->granule);
    if (regime->wide)
        address |= bits(descriptor, 15, 12) << 48;
    return address;
}

static struct dbell_sideband side_of(const struct walk *walk, const struct place *place)
{
    const struct originated originated = {
        .attributes =
            dbell__place_attributes(walk->access, walk->stage2, walk->regime->walk, place),
        .mpam = walk->mpam};
    return dbell__originated_side(walk->access->smmu->state, originated);
}

/* There is no walk cache: each descriptor is a lookup that misses. */
static void count_read(const struct walk *walk, unsigned level)
{
    struct dbell_smmu *smmu = walk->access->smmu;
    const uint32_t streamid = walk->access->streamid;
    const unsigned of_level = 8u * ((unsigned)walk->stage - 1) + 2 * level;
    dbell__pmcg_count(smmu, DBELL_PMCG_TCU, DBELL_PMCG_WALK_ACCESS, streamid);
    dbell__pmcg_count(smmu, DBELL_PMCG_TCU, DBELL_PMCG_WALK_CACHE_LOOKUP + of_level, streamid);
    dbell__pmcg_count(smmu, DBELL_PMCG_TCU, DBELL_PMCG_WALK_CACHE_MISS + of_level, streamid);
}

static void record_read(const struct walk *walk, unsigned level, uint64_t address,
                        uint64_t descriptor, bool ok)
{
    struct access *access = walk->access;
    access->after = dbell__record_step(
        access->itinerary,
        &(struct dbell_step){
            .kind = DBELL_STEP_READ,
            .object = walk->stage == 1 ? DBELL_OBJECT_STAGE1 : DBELL_OBJECT_STAGE2,
            .resource = DBELL_RESOURCE_WALK_PORT,
            .level = (int8_t)level,
            .size = 8,
            .span = (uint8_t)(walk->regime->granule + (walk->regime->granule - 3u) * (3 - level)),
            .after = access->after,
            .address = address,
            .input = walk->input,
            .value = descriptor,
            .note = ok ? NULL : "external abort"});
}

/* What a descriptor will be after the updates that are foreseen so far. */
static uint64_t as_updated(const struct dbell_itinerary *itinerary, uint64_t pa,
                           uint64_t descriptor)
{
    for (uint32_t i = 0; itinerary && i < itinerary->count; i++)
        if (itinerary->steps[i].kind == DBELL_STEP_UPDATE && itinerary->steps[i].address == pa)
            descriptor = itinerary->steps[i].value;
    return descriptor;
}

static bool read_descriptor(const struct walk *walk, unsigned level, uint64_t ia,
                            struct place *place, uint64_t *descriptor, struct fault *fault)
{
    struct access *access = walk->access;
    *place = (struct place){.pa = ia};
    if (walk->stage2 &&
        !dbell__stage2_of_own_read(access, walk->stage2, ia, CLASS_TT, place, fault))
        return false;
    struct dbell_smmu *smmu = access->smmu;
    count(smmu->state, walk->stage == 1 ? DBELL_SMMU_READS_S1 : DBELL_SMMU_READS_S2);
    if (smmu->state->pmcg_counting)
        count_read(walk, level);
    bool ok = true;
    const uint8_t *host = dbell__host(&smmu->ports.tables, &smmu->windows, place->pa, 8);
    if (host) {
        *descriptor = dbell__get_le64(host);
    } else {
        const struct dbell_sideband side = side_of(walk, place);
        ok = dbell__memory_read64(&smmu->ports.tables, &smmu->windows, place->pa, descriptor,
                                  &side) == DBELL_RESPONSE_OK;
    }
    if (walk->regime->big_endian)
        *descriptor = dbell__swap64(*descriptor);
    if (access->foresees)
        *descriptor = as_updated(access->itinerary, place->pa, *descriptor);
    if (access->itinerary)
        record_read(walk, level, place->pa, *descriptor, ok);
    return ok ? true : fail_abort(walk, fault, place->pa);
}

static void accumulate(struct hierarchy *hierarchy, uint64_t table)
{
    hierarchy->no_unprivileged |= get(&table, PTE_APTABLE0) != 0;
    hierarchy->read_only |= get(&table, PTE_APTABLE1) != 0;
    hierarchy->uxn |= get(&table, PTE_UXNTABLE) != 0;
    hierarchy->pxn |= get(&table, PTE_PXNTABLE) != 0;
}

/* From the start level to a leaf, in the order of 7.3.22. */
static bool descend(const struct walk *walk, struct leaf *leaf, struct fault *fault)
{
    const struct regime *regime = walk->regime;
    unsigned stride = regime->granule - 3u;
    uint64_t table = regime->base, input = walk->input & ones(regime->input_bits);
    *leaf = (struct leaf){0};
    for (unsigned level = regime->start_level;; level++) {
        unsigned shift = regime->granule + stride * (3 - level);
        uint64_t index = input >> shift;
        if (level != regime->start_level)
            index &= ones(stride);
        uint64_t descriptor, ia = table + index * 8;
        if (!read_descriptor(walk, level, ia, &leaf->place, &descriptor, fault))
            return false;
        bool table_bit = get(&descriptor, PTE_TABLE);
        bool is_table = table_bit && level < 3;
        if (!get(&descriptor, PTE_VALID) || (level == 3 && !table_bit) ||
            (level < 3 && !table_bit && !block_allowed(regime, level)))
            return fail(walk, fault, DBELL_EVENT_F_TRANSLATION, RULE_DESCRIPTOR_INVALID);
        uint64_t next = next_address(regime, descriptor);
        if (next >> regime->output_bits)
            return fail(walk, fault, DBELL_EVENT_F_ADDR_SIZE, RULE_DESCRIPTOR_ADDRESS_SIZE);
        if (!is_table) {
            leaf->descriptor = descriptor;
            leaf->descriptor_ia = ia;
            leaf->output = next & ~ones(shift);
            leaf->level = (uint8_t)level;
            leaf->size_log2 = (uint8_t)shift;
            return true;
        }
        if (walk->hierarchical)
            accumulate(&leaf->hierarchy, descriptor);
        table = next;
    }
}

static uint64_t with(uint64_t descriptor, int field, uint64_t value)
{
    put(&descriptor, field, value);
    return descriptor;
}

static void record_update(const struct walk *walk, const struct leaf *leaf, uint64_t desired)
{
    struct access *access = walk->access;
    access->after = dbell__append_step(
        access->itinerary,
        (struct dbell_step){.kind = DBELL_STEP_UPDATE,
                            .object = walk->stage == 1 ? DBELL_OBJECT_STAGE1 : DBELL_OBJECT_STAGE2,
                            .resource = DBELL_RESOURCE_WALK_PORT,
                            .level = (int8_t)leaf->level,
                            .size = 8,
                            .after = access->after,
                            .address = leaf->place.pa,
                            .input = walk->input,
                            .value = desired});
}

/* An atomic update of a descriptor (3.13). 1: done; 0: it has changed, start again; -1: a fault. */
static int update(const struct walk *walk, struct leaf *leaf, uint64_t desired, struct fault *fault)
{
    struct access *access = walk->access;
    struct dbell_smmu *smmu = access->smmu;
    if (walk->stage2) {
        struct leaf own;
        if (!dbell__walk_stage2(access, walk->stage2, leaf->descriptor_ia, CLASS_TT, &own, fault))
            return -1;
        if (!(own.permissions & MAY_WRITE << PRIVILEGED_SHIFT)) {
            *fault = (struct fault){.event = DBELL_EVENT_F_PERMISSION,
                                    .s2 = true,
                                    .class = CLASS_TT,
                                    .ipa = leaf->descriptor_ia,
                                    .ttrnw = false,
                                    .rule = RULE_S2_FORBIDS_UPDATE};
            return -1;
        }
        if (own.clean) {
            struct walk second = {.access = access,
                                  .regime = &walk->stage2->s2,
                                  .stage = 2,
                                  .why = CLASS_TT,
                                  .input = leaf->descriptor_ia,
                                  .mpam = walk->stage2->mpam};
            int done = update(&second, &own, with(own.descriptor, PTE_S2AP_WRITE, 1), fault);
            if (done <= 0)
                return done;
        }
    }
    if (access->foresees) {
        record_update(walk, leaf, desired);
        leaf->descriptor = desired;
        return 1;
    }
    if (smmu->state->epoch != access->epoch) /* the tables may be others by now (3.21.1) */
        return 0;
    bool big = walk->regime->big_endian;
    uint64_t expected = big ? dbell__swap64(leaf->descriptor) : leaf->descriptor;
    uint64_t swapped = big ? dbell__swap64(desired) : desired, old = 0;
    const struct dbell_sideband side = side_of(walk, &leaf->place);
    pmcg_event(smmu, DBELL_PMCG_TCU, DBELL_PMCG_WALK_ACCESS, access->streamid);
    enum dbell_response response = dbell__memory_cas(
        &smmu->ports.tables, &smmu->windows, leaf->place.pa, expected, swapped, &old, &side);
    record_update(walk, leaf, desired);
    if (response != DBELL_RESPONSE_OK) {
        fail_abort(walk, fault, leaf->place.pa);
        return -1;
    }
    if (old != expected)
        return 0;
    leaf->descriptor = desired;
    return 1;
}

/* The access flag of the leaf (3.13.2, 7.3.15). 1: go on; 0: start again; -1: a fault. */
static int access_flag(const struct walk *walk, bool update_enabled, bool fault_disabled,
                       struct leaf *leaf, struct fault *fault)
{
    if (get(&leaf->descriptor, PTE_AF))
        return 1;
    if (update_enabled && walk->access->passive && !walk->access->foresees)
        return 1;
    if (update_enabled)
        return update(walk, leaf, with(leaf->descriptor, PTE_AF, 1), fault);
    if (fault_disabled)
        return 1;
    fail(walk, fault, DBELL_EVENT_F_ACCESS, RULE_ACCESS_FLAG);
    return -1;
}

/* How often a walk starts again because a descriptor changed under an update. */
enum { UPDATE_ATTEMPTS = 64 };

static bool walk_to_leaf(const struct walk *walk, bool update_enabled, bool fault_disabled,
                         struct leaf *leaf, struct fault *fault)
{
    const struct access *access = walk->access;
    const uint64_t *epoch = &access->smmu->state->epoch;
    for (int attempt = 0; attempt < UPDATE_ATTEMPTS && *epoch == access->epoch; attempt++) {
        if (!descend(walk, leaf, fault))
            return false;
        int done = access_flag(walk, update_enabled, fault_disabled, leaf, fault);
        if (done)
            return done > 0;
    }
    fault->event = DBELL_EVENT_NONE;
    return false;
}

bool dbell__walk_stage1(struct access *access, const struct context *context, uint64_t va,
                        struct leaf *leaf, struct fault *fault)
{
    const struct cd *cd = &context->cd;
    const unsigned half = table_of(context, va);
    const struct regime *regime = &cd->ttb[half];
    struct walk walk = {.access = access,
                        .regime = regime,
                        .stage2 = context->stage2 ? &context->ste : NULL,
                        .stage = 1,
                        .input = va,
                        .hierarchical = !cd->had[half],
                        .mpam = context->mpam};
    /* 3.4.1: sign extension from the range up to bit 63, or 55 with TBI. */
    uint64_t top = cd->tbi[half] ? va & ones(56) : va;
    uint64_t extension = half ? ones(cd->tbi[half] ? 56 : 64) & ~ones(regime->input_bits) : 0;
    if (regime->disabled)
        return fail(&walk, fault, DBELL_EVENT_F_TRANSLATION, RULE_CD_EPD);
    if ((top & ~ones(regime->input_bits)) != extension)
        return fail(&walk, fault, DBELL_EVENT_F_TRANSLATION, RULE_VA_RANGE);
    if (cd->e0pd[half] && !access->privileged)
        return fail(&walk, fault, DBELL_EVENT_F_TRANSLATION, RULE_CD_E0PD);
    if (!walk_to_leaf(&walk, cd->ha, cd->affd, leaf, fault))
        return false;
    /* 3.13.3: with dirty state enabled, a page with DBM is a writable one, whatever AP[2] says. */
    uint64_t descriptor = leaf->descriptor;
    leaf->clean = cd->hd && get(&descriptor, PTE_DBM) && get(&descriptor, PTE_AP2);
    if (leaf->clean)
        put(&descriptor, PTE_AP2, 0);
    leaf->permissions =
        dbell__stage1_permissions(cd, context->ste.world, descriptor, &leaf->hierarchy);
    return true;
}

bool dbell__walk_stage2(struct access *access, const struct ste *ste, uint64_t ipa, unsigned why,
                        struct leaf *leaf, struct fault *fault)
{
    struct walk walk = {.access = access,
                        .regime = &ste->s2,
                        .stage = 2,
                        .why = why,
                        .input = ipa,
                        .mpam = ste->mpam};
    if (ipa >> ste->s2.input_bits)
        return fail(&walk, fault, DBELL_EVENT_F_TRANSLATION, RULE_IPA_RANGE);
    if (!walk_to_leaf(&walk, ste->s2ha, ste->s2affd, leaf, fault))
        return false;
    uint64_t descriptor = leaf->descriptor;
    leaf->clean = ste->s2hd && get(&descriptor, PTE_DBM) && !get(&descriptor, PTE_S2AP_WRITE);
    if (leaf->clean)
        put(&descriptor, PTE_S2AP_WRITE, 1);
    leaf->permissions = dbell__stage2_permissions(access->smmu->state->features.xnx, descriptor);
    return true;
}

bool dbell__walk_make_dirty(struct access *access, const struct context *context, int stage,
                            struct leaf *leaf, struct fault *fault)
{
    struct walk walk = {.access = access, .stage = stage, .why = CLASS_IN, .mpam = context->mpam};
    uint64_t desired;
    if (stage == 1) {
        walk.regime = &context->cd.ttb[table_of(context, access->input)];
        walk.stage2 = context->stage2 ? &context->ste : NULL;
        desired = with(leaf->descriptor, PTE_AP2, 0);
    } else {
        walk.regime = &context->ste.s2;
        walk.mpam = context->ste.mpam;
        desired = with(leaf->descriptor, PTE_S2AP_WRITE, 1);
    }
    int done = update(&walk, leaf, desired, fault);
    if (done == 0)
        fault->event = DBELL_EVENT_NONE;
    return done > 0;
}

bool dbell__stage2_of_own_read(struct access *access, const struct ste *ste, uint64_t ipa,
                               unsigned why, struct place *place, struct fault *fault)
{
    struct leaf leaf;
    if (!dbell__walk_stage2(access, ste, ipa, why, &leaf, fault))
        return false;
    struct walk walk = {.regime = &ste->s2, .stage = 2, .why = why, .input = ipa};
    if (!(leaf.permissions & MAY_READ << PRIVILEGED_SHIFT))
        return fail(&walk, fault, DBELL_EVENT_F_PERMISSION, RULE_S2_FORBIDS_READ);
    if (ste->s2ptw && dbell__stage2_is_device(ste, leaf.descriptor))
        return fail(&walk, fault, DBELL_EVENT_F_PERMISSION, RULE_S2PTW_DEVICE);
    *place = (struct place){.pa = leaf.output | (ipa & ones(leaf.size_log2)),
                            .s2 = true,
                            .s2_descriptor = leaf.descriptor};
    return true;
}

struct attributes dbell__place_attributes(const struct access *access, const struct ste *ste,
                                          struct attributes configured, const struct place *place)
{
    if (!place->s2)
        return configured;
    if (access->smmu->state->features.ptwnnc && dbell__stage2_is_device(ste, place->s2_descriptor))
        return (struct attributes){.type = DBELL_ATTR_NORMAL_NC, .sh = DBELL_SH_OUTER};
    return dbell__attributes_combine(ste, configured, place->s2_descriptor);
}
