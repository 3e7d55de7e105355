/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Address translation operations (IHI 0070 9). */
#include "atos.h"

#include "attributes.h"
#include "walk.h"

/* How often a request starts again. */
enum { ATOS_ATTEMPTS = 64 };

struct request {
    struct dbell_smmu *smmu;
    bool virtual;  /* made through the VATOS page */
    unsigned type; /* ATOS_ADDR.TYPE */
    struct access access;
};

/* What a translation of the asked stages gives. */
struct answer {
    uint64_t address;
    uint8_t size_log2;
    struct attributes attributes;
};

static uint64_t par_fault(unsigned code, unsigned reason, uint64_t ipa)
{
    uint64_t par = 0;
    put(&par, ATOS_PAR_FAULT, 1);
    put(&par, ATOS_PAR_REASON, reason);
    put(&par, ATOS_PAR_FAULTCODE, code);
    put(&par, ATOS_PAR_FADDR, ipa >> 12);
    return par;
}

/* 6.3.40: the size of the translation is the place of the lowest set bit. */
static uint64_t par_success(const struct answer *answer)
{
    uint64_t par = answer->address & ~ones(answer->size_log2);
    if (answer->size_log2 > 12) {
        par |= UINT64_C(1) << (answer->size_log2 - 1);
        put(&par, ATOS_PAR_SIZE, 1);
    }
    put(&par, ATOS_PAR_SH, answer->attributes.sh);
    put(&par, ATOS_PAR_ATTR, answer->attributes.type);
    return par;
}

/* 9.1.4: what a fault looks like to each type of request. */
static uint64_t par_of_fault(const struct request *request, const struct fault *fault)
{
    static const uint8_t reasons[] = {[CLASS_CD] = 1, [CLASS_TT] = 2, [CLASS_IN] = 3};
    const bool related = translation_related(fault);
    switch (request->type) {
    case ATOS_STAGE1: /* stage 2 is not the caller's business: its faults are aborts */
        if (fault->s2)
            return par_fault(
                fault->class == CLASS_CD ? DBELL_EVENT_F_CD_FETCH : DBELL_EVENT_F_WALK_EABT, 0, 0);
        return par_fault(fault->event, 0, 0);
    case ATOS_STAGE2:
        return par_fault(fault->event, related && !fault->s2 ? 0 : 3, 0);
    default:
        return par_fault(fault->event, fault->s2 ? reasons[fault->class] : 0,
                         fault->s2 && related ? fault->ipa & ones(52) : 0);
    }
}

/* Whether the request is one for this interface at all (9.1.3). */
static bool invalid_request(const struct request *request)
{
    const struct dbell_smmu_features *f = &request->smmu->state->features;
    const unsigned type = request->type;
    return type == 0 || (request->virtual && type != ATOS_STAGE1) ||
           (type & ATOS_STAGE1 && !f->stage1) || (type & ATOS_STAGE2 && !f->stage2) ||
           (type == ATOS_STAGE2 && request->access.ssv);
}

/* 9.1.6: through the VATOS page, only streams of its VM exist. */
static bool not_of_the_vm(const struct request *request, const struct ste *ste)
{
    const struct dbell_smmu_state *state = request->smmu->state;
    return request->virtual && (!(ste->stage1 || ste->stage2) || ste->world != WORLD_NS_EL1 ||
                                ste->vmid != (state->r.vatos_sel & 0xffff));
}

static bool forbidden(const struct request *request, unsigned permissions, const struct fault *what,
                      struct fault *fault)
{
    if (granted(permissions, &request->access))
        return false;
    *fault = *what;
    fault->event = DBELL_EVENT_F_PERMISSION;
    return true;
}

static bool through_stage1(struct request *request, const struct context *context,
                           struct answer *answer, struct fault *fault)
{
    struct access *access = &request->access;
    struct leaf leaf;
    if (!context->stage1) { /* not asked for, or by STE.S1DSS: the address is the output (9.1.3) */
        if (access->input >> request->smmu->state->features.oas) {
            *fault = (struct fault){.event = DBELL_EVENT_F_ADDR_SIZE};
            return false;
        }
        *answer =
            (struct answer){access->input, 12, {.type = DBELL_ATTR_NORMAL_WB, .sh = DBELL_SH_NON}};
        return true;
    }
    if (!dbell__walk_stage1(access, context, access->input, &leaf, fault) ||
        forbidden(request, leaf.permissions, &(struct fault){.rule = RULE_S1_FORBIDS}, fault))
        return false;
    if (access->write && leaf.clean && !access->passive &&
        !dbell__walk_make_dirty(access, context, 1, &leaf, fault))
        return false;
    *answer = (struct answer){leaf.output | (access->input & ones(leaf.size_log2)), leaf.size_log2,
                              dbell__attributes_stage1(context->cd.mair, leaf.descriptor)};
    return true;
}

static bool through_stage2(struct request *request, const struct context *context,
                           struct answer *answer, struct fault *fault)
{
    struct access *access = &request->access;
    const uint64_t ipa = answer->address;
    struct leaf leaf;
    if (!dbell__walk_stage2(access, &context->ste, ipa, CLASS_IN, &leaf, fault) ||
        forbidden(
            request, leaf.permissions,
            &(struct fault){.s2 = true, .class = CLASS_IN, .ipa = ipa, .rule = RULE_S2_FORBIDS},
            fault))
        return false;
    if (access->write && leaf.clean && !access->passive &&
        !dbell__walk_make_dirty(access, context, 2, &leaf, fault))
        return false;
    answer->address = leaf.output | (ipa & ones(leaf.size_log2));
    if (leaf.size_log2 < answer->size_log2)
        answer->size_log2 = leaf.size_log2;
    answer->attributes =
        dbell__attributes_combine(&context->ste, answer->attributes, leaf.descriptor);
    return true;
}

static bool translate(struct request *request, const struct context *context, struct answer *answer,
                      struct fault *fault)
{
    if (!through_stage1(request, context, answer, fault))
        return false;
    if (!(request->type & ATOS_STAGE2))
        return true;
    if (!context->stage1) /* the result is what stage 2 says alone */
        answer->size_log2 = 64;
    return through_stage2(request, context, answer, fault);
}

/* In the order of 9.1.5. False: a descriptor changed under an update. */
static bool attempt(struct request *request, uint64_t *par)
{
    struct context context = {.streamid = request->access.streamid};
    struct fault fault = {0};
    struct answer answer = {0};
    const struct ste *ste = &context.ste;
    if (!dbell__config_fetch_ste(&request->access, &context, &fault)) {
        *par = par_of_fault(request, &fault);
    } else if (context.fault || not_of_the_vm(request, ste)) {
        *par = par_of_fault(request, &(struct fault){.event = DBELL_EVENT_C_BAD_STE});
    } else if ((request->type & ATOS_STAGE1 && !ste->stage1) ||
               (request->type & ATOS_STAGE2 && !ste->stage2)) {
        *par = par_fault(ATOS_INV_STAGE, 0, 0);
    } else if (request->type & ATOS_STAGE1 &&
               !dbell__config_fetch_stages(&request->access, &context, &fault)) {
        *par = par_of_fault(request, &fault);
    } else if (context.fault) {
        *par = par_of_fault(request, &(struct fault){.event = context.fault});
    } else if (translate(request, &context, &answer, &fault)) {
        *par = par_success(&answer);
    } else {
        *par = par_of_fault(request, &fault);
        return fault.event != DBELL_EVENT_NONE;
    }
    return true;
}

/* What an invalidation or an update came in between of is asked again, as if it began now (9). */
static uint64_t answer_request(struct request *request)
{
    const struct dbell_smmu_state *state = request->smmu->state;
    const uint32_t substreamid = request->access.substreamid;
    if (invalid_request(request))
        return par_fault(ATOS_INV_REQ, 0, 0);
    for (int i = 0; i < ATOS_ATTEMPTS; i++) {
        uint64_t par;
        request->access.epoch = state->epoch;
        request->access.substreamid = substreamid;
        if (attempt(request, &par) && state->epoch == request->access.epoch)
            return par;
    }
    return par_fault(ATOS_INTERNAL_ERR, 0, 0);
}

static struct atos_registers *registers_of(struct dbell_smmu_state *state, enum atos_group group)
{
    return group == ATOS_VIRTUAL ? &state->r.vatos : &state->r.gatos;
}

static void run(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary, enum atos_group group)
{
    struct dbell_smmu_state *state = smmu->state;
    struct atos_registers *registers = registers_of(state, group);
    const uint64_t sid = registers->sid, addr = registers->addr;
    const bool write = !get(&addr, ATOS_ADDR_RNW);
    struct request request = {
        .smmu = smmu,
        .virtual = group == ATOS_VIRTUAL,
        .type = (unsigned)get(&addr, ATOS_ADDR_TYPE),
        .access = {.smmu = smmu,
                   .itinerary = itinerary,
                   .after = dbell__last_step(itinerary),
                   .streamid = (uint32_t)get(&sid, ATOS_SID_STREAMID),
                   .substreamid = (uint32_t)get(&sid, ATOS_SID_SUBSTREAMID),
                   .ssv = get(&sid, ATOS_SID_SSID_VALID),
                   .write = write,
                   .data = write,
                   .op = write ? DBELL_WRITE : DBELL_READ,
                   .privileged_in = get(&addr, ATOS_ADDR_PNU),
                   .instruction_in = get(&addr, ATOS_ADDR_IND),
                   .passive = get(&addr, ATOS_ADDR_HTTUI),
                   .input = addr & ~ones(12)},
    };
    /* The overrides of the STE have no effect on it (9.1.3). */
    access_override(&request.access, &(struct overrides){0});
    state->atos_running = group;
    unit_begins(state, CR0_SMMUEN);
    const uint64_t par = answer_request(&request);
    if (state->atos_running == group) { /* else it was ended, and RUN may be of another */
        registers->par = par;
        registers->ctrl &= ~(uint32_t)ATOS_RUN;
    }
    state->atos_running = ATOS_NONE;
    dbell__unit_ends(state, CR0_SMMUEN);
}

bool dbell__atos_asked(const struct dbell_smmu_state *state)
{
    return (state->r.gatos.ctrl | state->r.vatos.ctrl) & ATOS_RUN;
}

int dbell__atos_step(struct dbell_smmu *smmu, struct dbell_itinerary *itinerary)
{
    const struct registers *r = &smmu->state->r;
    if (r->gatos.ctrl & ATOS_RUN)
        run(smmu, itinerary, ATOS_GLOBAL);
    else if (r->vatos.ctrl & ATOS_RUN)
        run(smmu, itinerary, ATOS_VIRTUAL);
    else
        return DBELL_IDLE;
    return DBELL_STEPPED;
}

void dbell__atos_abort(struct dbell_smmu_state *state, bool running)
{
    if (running)
        state->atos_running = ATOS_NONE;
    for (unsigned group = ATOS_GLOBAL; group <= ATOS_VIRTUAL; group++) {
        struct atos_registers *registers = registers_of(state, (enum atos_group)group);
        if (!(registers->ctrl & ATOS_RUN) || state->atos_running == group)
            continue;
        registers->ctrl &= ~(uint32_t)ATOS_RUN;
        registers->par = par_fault(ATOS_INTERNAL_ERR, 0, 0);
    }
}
