/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The function as the clockwork sees it: what an act will need, and the act. */
#include <doorbell/timed.h>

#include <stdlib.h>
#include <string.h>

#include "machine_private.h"

enum { REST_CYCLES = 1 << 30, GICR_PROPBASER_OFFSET = 0x70, AWAITED = 1024 };

/* An LPI that a message has made pending. */
struct awaited {
    uint32_t cpu, intid;
    uint64_t issued;
};

/* An access under way. */
struct timed_access {
    bool used, parked, message;
    uint64_t user;
    struct dbell_dma dma;
    struct dbell_dma_result result;
    struct dbell_trail scratch; /* of transactions that are made of it */
    struct dbell_requester requester;
    int smmu; /* -1: none */
    uint32_t token;
    uint64_t issued;
    struct dbell_translation translation;
    struct dbell_ats_request request;
    struct dbell_ats_completion *completion; /* of a Translation Request */
    int status;                              /* of it */
    struct dbell_access_times times;
    uint32_t room;
    uint8_t *data;
};

struct dbell_timed {
    struct dbell_machine *machine;
    struct dbell_system base;
    struct dbell_timed_options options;
    struct dbell_clockwork clockwork;
    void *state;
    struct timed_access *accesses;
    uint32_t count;
    struct dbell_its_command its_command[DBELL_PLATFORM_PARTS];
    uint64_t clocked; /* the PMCGs have seen time up to then */
    struct dbell_listener listener;
    struct awaited awaited[AWAITED]; /* the oldest ones are forgotten */
    uint32_t awaited_count;
    const struct timed_access *moving; /* the message that is being made */
    uint64_t waited_for; /* the user of the access that a call waits for, ended or parked */
    bool came;
    struct dbell_access_times last;
};

static struct timed_access *access_of(const struct dbell_timed *timed,
                                      const struct dbell_journey *journey)
{
    return &timed->accesses[journey->user];
}

static struct dbell_transaction transaction_of(struct timed_access *a)
{
    struct dbell_transaction t = dbell_dma_transaction(&a->dma, &a->scratch);
    t.itinerary = NULL;
    if (a->dma.by_streamid) {
        t.side.has_streamid = true;
        t.side.streamid = a->dma.streamid;
    } else {
        dbell_requester_stamp(&a->requester, &t.side);
    }
    return t;
}

/* A Translation Request, as foresight wants it. */
static struct dbell_transaction request_of(const struct timed_access *a)
{
    return (struct dbell_transaction){.address = a->request.address,
                                      .op = a->request.no_write ? DBELL_READ : DBELL_WRITE,
                                      .side = a->request.side};
}

static struct dbell_transaction foreseen_transaction(struct timed_access *a)
{
    struct dbell_transaction t;
    if (!a->completion)
        return transaction_of(a);
    t = request_of(a);
    t.side.at = DBELL_AT_TRANSLATION_REQUEST;
    return t;
}

static uint8_t log2_of(uint64_t size)
{
    return size ? (uint8_t)__builtin_ctzll(size) : 0;
}

/* The ITS whose doorbell is written there; -1: none. */
static int its_at(struct dbell_machine *m, uint64_t address)
{
    const struct region *region = dbell__regions_find(&m->regions, address);
    return region && region->kind == REGION_ITS && address - region->first == DBELL_ITS_TRANSLATER
               ? (int)region->index
               : -1;
}

/* --- accesses --- */

static bool decided(void *ctx, const struct dbell_journey *journey)
{
    struct dbell_timed *timed = ctx;
    struct timed_access *a = access_of(timed, journey);
    const struct dbell_transaction t = foreseen_transaction(a);
    return a->smmu < 0 || dbell_smmu_decides(&timed->machine->smmu[a->smmu].unit, &t);
}

static void foresee(void *ctx, const struct dbell_journey *journey, struct dbell_foreseen *out)
{
    struct dbell_timed *timed = ctx;
    struct timed_access *a = access_of(timed, journey);
    struct dbell_transaction t = foreseen_transaction(a);
    struct dbell_smmu_foresight f;
    t.itinerary = &out->steps;
    if (dbell_smmu_foresee(&timed->machine->smmu[a->smmu].unit, &t, &f))
        return;
    out->config_steps = f.config_steps;
    out->page_log2 = log2_of(f.page_size);
    out->tag = (struct dbell_clockwork_tag){
        .regime = f.tag.regime, .global = f.tag.global, .vmid = f.tag.vmid, .asid = f.tag.asid};
}

/* Where it goes from here. */
static enum dbell_clockwork_verdict goes(struct dbell_timed *timed, struct timed_access *a,
                                         uint64_t address, struct dbell_translated *out)
{
    const int its =
        dbell_op_writes(a->dma.op) && (a->dma.length == 2 || a->dma.length == 4) && a->dma.data
            ? its_at(timed->machine, address)
            : -1;
    out->address = address;
    out->its = (uint16_t)its;
    a->message = its >= 0;
    return its < 0 ? DBELL_CW_GOES : DBELL_CW_MESSAGE;
}

static enum dbell_clockwork_verdict translated(struct dbell_timed *timed, struct timed_access *a,
                                               int outcome, struct dbell_translated *out)
{
    struct machine_smmu *smmu = &timed->machine->smmu[a->smmu];
    struct dbell_transaction t = transaction_of(a);
    a->result.trail = dbell_smmu_trail(&a->translation);
    switch (outcome) {
    case DBELL_DONE:
        dbell__machine_watch(smmu, &t, &a->translation);
        a->result.response = DBELL_RESPONSE_OK;
        if (a->translation.op == DBELL_NO_OP)
            return DBELL_CW_ENDS;
        out->page_log2 = log2_of(a->translation.page_size);
        out->updates = a->translation.updates;
        return goes(timed, a, a->translation.address, out);
    case DBELL_PENDING:
        a->result.response = DBELL_RESPONSE_PENDING;
        a->token = a->translation.token;
        return DBELL_CW_PARKS;
    default:
        a->result.response = dbell__machine_terminated(&a->translation, &t);
        return DBELL_CW_ENDS;
    }
}

static void tell(struct dbell_timed *timed, struct timed_access *a, bool parked)
{
    if (timed->waited_for == a->user)
        timed->came = true;
    if (timed->listener.ended && !a->completion)
        timed->listener.ended(timed->listener.ctx, a->user, &a->dma, &a->result, parked);
    if (!timed->options.ended || a->completion)
        return;
    timed->options.ended(timed->options.ctx, &(struct dbell_timed_access){.user = a->user,
                                                                          .dma = &a->dma,
                                                                          .result = &a->result,
                                                                          .times = &a->times,
                                                                          .parked = parked,
                                                                          .message = a->message});
}

static enum dbell_clockwork_verdict translate(void *ctx, const struct dbell_journey *journey,
                                              struct dbell_translated *out)
{
    struct dbell_timed *timed = ctx;
    struct timed_access *a = access_of(timed, journey);
    struct dbell_transaction t = transaction_of(a);
    if (a->smmu < 0) {
        a->result.trail = (struct dbell_trail){.address = t.address,
                                               .outcome = DBELL_DONE,
                                               .reached = true,
                                               .attr = t.side.attr,
                                               .sh = t.side.sh,
                                               .op = t.op,
                                               .privileged = t.side.privileged,
                                               .instruction = t.side.instruction};
        return goes(timed, a, t.address, out);
    }
    struct machine_smmu *smmu = &timed->machine->smmu[a->smmu];
    if (a->completion) {
        a->status = dbell_smmu_ats(&smmu->unit, &a->request, a->completion);
        return a->status == DBELL_E_BUSY ? DBELL_CW_AGAIN : DBELL_CW_ENDS;
    }
    struct dbell_itinerary *steps = a->dma.itinerary;
    t.itinerary = steps;
    const int outcome = dbell_smmu_translate(&smmu->unit, &t, &a->translation);
    if (outcome == DBELL_E_BUSY)
        return DBELL_CW_AGAIN;
    if (outcome < 0) {
        a->result.status = outcome;
        a->result.response = DBELL_RESPONSE_SLVERR;
        return DBELL_CW_ENDS;
    }
    const enum dbell_clockwork_verdict verdict = translated(timed, a, outcome, out);
    if (verdict == DBELL_CW_PARKS) {
        a->parked = true;
        dbell__stalled_remember(smmu, &a->dma, &a->result);
        tell(timed, a, true);
    }
    return verdict;
}

static void foresee_message(void *ctx, const struct dbell_journey *journey, unsigned its,
                            struct dbell_foreseen_message *out)
{
    struct dbell_timed *timed = ctx;
    struct dbell_machine *m = timed->machine;
    struct dbell_msi_result result;
    struct dbell_transaction t = {0};
    if (journey->kind == DBELL_JOURNEY_ACT) { /* an SMMU's own, of which little is known */
        t.side.has_deviceid = m->platform.smmu[journey->smmu].config.has_deviceid;
        t.side.deviceid = m->platform.smmu[journey->smmu].config.deviceid;
        t.length = 4;
    } else {
        t = transaction_of(access_of(timed, journey));
    }
    t.address = DBELL_ITS_TRANSLATER;
    t.itinerary = &out->steps;
    dbell_its_foresee(&m->its[its].unit, &t, &result);
    out->deviceid = result.deviceid;
    out->eventid = result.eventid;
    out->intid = result.intid;
    out->delivered = result.verdict == DBELL_ITS_DELIVERED;
    out->collection =
        result.is_virtual ? result.vpeid | UINT32_C(1) << 31 : (uint32_t)result.rdbase;
    for (uint32_t i = 0; i < out->steps.count; i++) /* one line for each entry of the table */
        if (out->steps.steps[i].object == DBELL_OBJECT_CTE)
            out->collection = (uint32_t)(out->steps.steps[i].address >> 3);
    if (out->delivered && !result.is_virtual && m->platform.has_gic &&
        result.rdbase < m->platform.gic.cpus) {
        out->redistributor = (uint32_t)result.rdbase;
        out->config_address =
            (dbell_gicr_read(&m->gic.unit, out->redistributor, GICR_PROPBASER_OFFSET, 8) &
             UINT64_C(0xffffffffff000)) +
            (result.intid - 8192u);
    }
}

static void move(void *ctx, const struct dbell_journey *journey)
{
    struct dbell_timed *timed = ctx;
    struct timed_access *a = access_of(timed, journey);
    const struct dbell_bus bus = dbell_machine_bus(timed->machine);
    struct dbell_transaction t = transaction_of(a);
    t.itinerary = a->dma.itinerary;
    if (a->smmu >= 0) {
        dbell_smmu_forward(&a->translation, &t);
        t.side.instance = timed->machine->platform.smmu[a->smmu].config.instance;
    }
    timed->moving = a;
    a->result.response = bus.access(bus.ctx, &t);
    timed->moving = NULL;
}

/* One that is pending already is not made again. */
void dbell__timed_raised(struct dbell_timed *timed, uint32_t cpu, uint32_t intid)
{
    if (!timed->moving)
        return;
    for (uint32_t i = 0; i < timed->awaited_count && i < AWAITED; i++)
        if (timed->awaited[i].cpu == cpu && timed->awaited[i].intid == intid)
            return;
    timed->awaited[timed->awaited_count++ % AWAITED] =
        (struct awaited){.cpu = cpu, .intid = intid, .issued = timed->moving->issued};
}

static struct stalled *stalled_of(struct dbell_timed *timed, const struct timed_access *a)
{
    struct machine_smmu *smmu = &timed->machine->smmu[a->smmu];
    for (unsigned i = 0; i < STALLED; i++)
        if (smmu->stalled[i].used && !smmu->stalled[i].ended &&
            smmu->stalled[i].current == a->token)
            return &smmu->stalled[i];
    return NULL;
}

static void end(void *ctx, const struct dbell_journey *journey,
                const struct dbell_access_times *times)
{
    struct dbell_timed *timed = ctx;
    struct timed_access *a = access_of(timed, journey);
    a->times = *times;
    timed->last = *times;
    if (a->parked) {
        struct stalled *stalled = stalled_of(timed, a);
        if (stalled) {
            stalled->ended = true;
            stalled->result = a->result;
        }
    }
    tell(timed, a, false);
    a->used = false;
}

static void accepted(void *ctx, const struct dbell_journey *journey)
{
    struct dbell_timed *timed = ctx;
    const uint64_t user = access_of(timed, journey)->user;
    if (timed->listener.accepted)
        timed->listener.accepted(timed->listener.ctx, user);
    if (timed->options.accepted)
        timed->options.accepted(timed->options.ctx, user);
}

bool dbell__timed_completed(struct machine_smmu *smmu, uint32_t token,
                            const struct dbell_translation *result)
{
    struct dbell_timed *timed = smmu->machine->timed;
    const int index = (int)(smmu - smmu->machine->smmu);
    for (uint32_t i = 0; i < timed->count; i++) {
        struct timed_access *a = &timed->accesses[i];
        if (!a->used || !a->parked || a->smmu != index || a->token != token)
            continue;
        struct dbell_translated out = {0};
        a->translation = *result;
        if (result->outcome == DBELL_PENDING) {
            struct stalled *stalled = stalled_of(timed, a);
            a->token = result->token;
            if (stalled)
                stalled->current = a->token;
            return true;
        }
        const enum dbell_clockwork_verdict verdict = translated(timed, a, result->outcome, &out);
        dbell_clockwork_resume(&timed->clockwork, i, verdict, &out);
        return true;
    }
    return false;
}

/* --- what acts by itself --- */

static bool work(void *ctx, enum dbell_clockwork_actor actor, unsigned part)
{
    struct dbell_timed *timed = ctx;
    struct dbell_machine *m = timed->machine;
    if (actor < DBELL_SMMU_ACTORS)
        return dbell_smmu_work(&m->smmu[part].unit) >> actor & 1;
    if (actor == DBELL_ACTOR_ITS)
        return dbell_its_work(&m->its[part].unit);
    for (size_t i = 0; i < m->platform.smmu_count; i++)
        if (m->smmu[i].to_complete)
            return true;
    return m->root.function_count || m->root.refused_count;
}

static void foresee_command(struct dbell_smmu *smmu, struct dbell_foreseen_act *out)
{
    static const uint16_t costs[DBELL_SMMU_COMMAND_KINDS] = {
        [DBELL_COMMAND_NONE] = DBELL_TIMING_PARAMETERS,
        [DBELL_COMMAND_PREFETCH] = DBELL_T_COMMAND_PREFETCH,
        [DBELL_COMMAND_CONFIG] = DBELL_T_COMMAND_CONFIG,
        [DBELL_COMMAND_TLB] = DBELL_T_COMMAND_TLB,
        [DBELL_COMMAND_ATC] = DBELL_T_COMMAND_ATC,
        [DBELL_COMMAND_PRI] = DBELL_T_COMMAND_PRI,
        [DBELL_COMMAND_STALL] = DBELL_T_COMMAND_STALL,
        [DBELL_COMMAND_SYNC] = DBELL_T_COMMAND_SYNC,
        [DBELL_COMMAND_ILLEGAL] = DBELL_TIMING_PARAMETERS,
    };
    const enum dbell_smmu_command command = dbell_smmu_next_command(smmu, &out->read_address);
    out->read = 16;
    out->cost = costs[command];
    out->drains = command == DBELL_COMMAND_SYNC;
    out->visits_tbus = command == DBELL_COMMAND_CONFIG || command == DBELL_COMMAND_TLB;
    out->reads_unforeseen = command == DBELL_COMMAND_PREFETCH;
}

/* IHI 0069 5.3 */
static uint16_t its_cost(uint8_t opcode)
{
    switch (opcode) {
    case 0x08: /* MAPD */
    case 0x09: /* MAPC */
    case 0x0a: /* MAPTI */
    case 0x0b: /* MAPI */
    case 0x0f: /* DISCARD */
    case 0x29: /* VMAPP */
    case 0x2a: /* VMAPTI */
    case 0x2b: /* VMAPI */
        return DBELL_T_ITS_COMMAND_MAP;
    case 0x01: /* MOVI */
    case 0x0e: /* MOVALL */
    case 0x21: /* VMOVI */
    case 0x22: /* VMOVP */
        return DBELL_T_ITS_COMMAND_MOVE;
    case 0x0c: /* INV */
    case 0x0d: /* INVALL */
    case 0x2d: /* VINVALL */
    case 0x2e: /* INVDB */
        return DBELL_T_ITS_COMMAND_INVALIDATE;
    case 0x05: /* SYNC */
    case 0x25: /* VSYNC */
        return DBELL_T_ITS_COMMAND_SYNC;
    default:
        return DBELL_T_ITS_COMMAND;
    }
}

static void foresee_write(struct dbell_timed *timed, enum dbell_clockwork_actor actor,
                          unsigned part, struct dbell_foreseen_act *out)
{
    uint32_t size;
    out->cost = DBELL_T_WRITER_CYCLES;
    if (!dbell_smmu_next_write(&timed->machine->smmu[part].unit, (enum dbell_smmu_unit)actor,
                               &out->write_address, &size))
        return;
    out->write = (uint8_t)size;
    const int its = actor == DBELL_ACTOR_MSIS ? its_at(timed->machine, out->write_address) : -1;
    out->has_message = its >= 0;
    out->its = (uint16_t)(its < 0 ? 0 : its);
}

static void foresee_act(void *ctx, enum dbell_clockwork_actor actor, unsigned part,
                        struct dbell_foreseen_act *out)
{
    struct dbell_timed *timed = ctx;
    struct dbell_machine *m = timed->machine;
    struct dbell_its_command *command;
    switch (actor) {
    case DBELL_ACTOR_EVENTS:
    case DBELL_ACTOR_MSIS:
    case DBELL_ACTOR_PAGE_REQUESTS:
        foresee_write(timed, actor, part, out);
        break;
    case DBELL_ACTOR_RETRIES:
    case DBELL_ACTOR_ATOS:
        out->reads_unforeseen = true;
        break;
    case DBELL_ACTOR_COMMANDS:
        foresee_command(&m->smmu[part].unit, out);
        break;
    case DBELL_ACTOR_ITS:
        command = &timed->its_command[part];
        dbell_its_next_command(&m->its[part].unit, command);
        out->read = 32;
        out->read_address = command->address;
        out->cost = its_cost(command->opcode);
        out->drains = command->synchronises;
        break;
    default:
        out->cost = DBELL_T_DEVICE_LATENCY;
        break;
    }
}

/* What a command changed in the tables may not stay in the caches of time. */
static void forget(struct dbell_timed *timed, unsigned part)
{
    const struct dbell_its_command *c = &timed->its_command[part];
    struct dbell_clockwork *cw = &timed->clockwork;
    const uint32_t any = UINT32_MAX, none = UINT32_MAX - 1;
    switch (its_cost(c->opcode)) {
    case DBELL_T_ITS_COMMAND_MAP:
        if (c->opcode == 0x09 || c->opcode == 0x29)
            dbell_clockwork_invalidate_its(cw, part, none, none, any);
        else
            dbell_clockwork_invalidate_its(cw, part, c->deviceid,
                                           c->opcode == 0x08 ? any : c->eventid, none);
        break;
    case DBELL_T_ITS_COMMAND_MOVE:
        if (c->opcode == 0x01 || c->opcode == 0x21)
            dbell_clockwork_invalidate_its(cw, part, c->deviceid, c->eventid, none);
        else
            dbell_clockwork_invalidate_its(cw, part, none, none, any);
        break;
    case DBELL_T_ITS_COMMAND_INVALIDATE:
        dbell_clockwork_invalidate_lpi(cw, any);
        break;
    default:
        break;
    }
}

static enum dbell_clockwork_verdict act(void *ctx, enum dbell_clockwork_actor actor, unsigned part,
                                        struct dbell_itinerary *steps)
{
    struct dbell_timed *timed = ctx;
    struct dbell_machine *m = timed->machine;
    int progress = DBELL_IDLE;
    if (actor < DBELL_SMMU_ACTORS) {
        progress = dbell_smmu_step_unit(&m->smmu[part].unit, (enum dbell_smmu_unit)actor, steps);
    } else if (actor == DBELL_ACTOR_ITS) {
        progress = dbell_its_step(&m->its[part].unit, steps);
        if (progress == DBELL_STEPPED)
            forget(timed, part);
    } else {
        bool any = false;
        for (size_t i = 0; i < m->platform.smmu_count; i++)
            any |= dbell__machine_complete_invalidations(&m->smmu[i]);
        progress = dbell_root_step(&m->root);
        if (any)
            progress = DBELL_STEPPED;
        else if (progress == DBELL_IDLE && m->root.function_count)
            progress = DBELL_NOT_YET; /* until something happens */
    }
    return progress == DBELL_NOT_YET || progress == DBELL_E_BUSY ? DBELL_CW_AGAIN : DBELL_CW_ENDS;
}

void dbell__timed_invalidated(struct machine_smmu *smmu, const struct dbell_smmu_invalidation *what)
{
    static const uint8_t scopes[] = {
        [DBELL_INVALIDATED_ALL] = DBELL_CW_ALL,
        [DBELL_INVALIDATED_STREAMS] = DBELL_CW_STREAMS,
        [DBELL_INVALIDATED_SUBSTREAM] = DBELL_CW_SUBSTREAM,
        [DBELL_INVALIDATED_REGIME] = DBELL_CW_REGIME,
        [DBELL_INVALIDATED_VMID] = DBELL_CW_VMID,
        [DBELL_INVALIDATED_ASID] = DBELL_CW_ASID,
        [DBELL_INVALIDATED_RANGE] = DBELL_CW_RANGE,
    };
    const bool configuration =
        what->kind == DBELL_INVALIDATED_STREAMS || what->kind == DBELL_INVALIDATED_SUBSTREAM;
    const bool substream = what->kind == DBELL_INVALIDATED_SUBSTREAM;
    const struct dbell_clockwork_invalidation out = {
        .scope = scopes[what->kind],
        .regime = what->regime,
        .stage2 = what->regime == DBELL_REGIME_S2 && !configuration &&
                  what->kind != DBELL_INVALIDATED_ALL,
        .any = substream ? what->all_substreams : what->any_asid,
        .leaf = what->leaf,
        .vmid = what->vmid,
        .vmid_mask = what->vmid_mask,
        .asid = what->asid,
        .first = configuration ? what->first_stream : what->first,
        .last = substream       ? what->substreamid
                : configuration ? what->last_stream
                                : what->last};
    struct dbell_machine *m = smmu->machine;
    dbell_clockwork_invalidate(&m->timed->clockwork, (unsigned)(smmu - m->smmu), &out);
}

/* --- the instance --- */

static void span(void *ctx, const struct dbell_clockwork_span *s)
{
    struct dbell_timed *timed = ctx;
    timed->options.span(timed->options.ctx, s);
}

int dbell_timed_create(struct dbell_machine *machine, const struct dbell_timed_options *options,
                       struct dbell_timed **out)
{
    const struct dbell_platform *p = &machine->platform;
    const struct dbell_clockwork_config config = {.timing = options->timing,
                                                  .smmus = (uint16_t)p->smmu_count,
                                                  .tbus = options->tbus,
                                                  .itses = (uint16_t)p->its_count,
                                                  .journeys = options->journeys,
                                                  .seed = options->seed};
    const struct dbell_clockwork_ports ports = {.decided = decided,
                                                .foresee = foresee,
                                                .translate = translate,
                                                .foresee_message = foresee_message,
                                                .move = move,
                                                .accepted = accepted,
                                                .end = end,
                                                .work = work,
                                                .foresee_act = foresee_act,
                                                .act = act,
                                                .span = options->span ? span : NULL};
    const size_t size = dbell_clockwork_state_size(&config);
    struct dbell_timed *timed = calloc(1, sizeof *timed);
    *out = NULL;
    if (!size || !timed) {
        free(timed);
        return size ? DBELL_E_MEMORY : DBELL_E_RANGE;
    }
    timed->machine = machine;
    timed->base = dbell_machine_system(machine);
    timed->options = *options;
    timed->count = options->journeys;
    timed->waited_for = DBELL_NEVER;
    timed->accesses = calloc(timed->count, sizeof *timed->accesses);
    timed->state = aligned_alloc(16, (size + 15) & ~(size_t)15);
    struct dbell_clockwork_ports with = ports;
    with.ctx = timed;
    if (!timed->accesses || !timed->state ||
        dbell_clockwork_init(&timed->clockwork, timed->state, size, &config, &with)) {
        dbell_timed_destroy(timed);
        return DBELL_E_MEMORY;
    }
    machine->timed = timed;
    *out = timed;
    return DBELL_OK;
}

void dbell_timed_destroy(struct dbell_timed *timed)
{
    if (!timed)
        return;
    if (timed->machine->timed == timed)
        timed->machine->timed = NULL;
    for (uint32_t i = 0; timed->accesses && i < timed->count; i++)
        free(timed->accesses[i].data);
    free(timed->accesses);
    free(timed->state);
    free(timed);
}

uint64_t dbell_timed_now(const struct dbell_timed *timed)
{
    return dbell_clockwork_now(&timed->clockwork);
}

uint64_t dbell_timed_next(const struct dbell_timed *timed)
{
    return dbell_clockwork_next(&timed->clockwork);
}

const struct dbell_clockwork *dbell_timed_clockwork(const struct dbell_timed *timed)
{
    return &timed->clockwork;
}

const struct dbell_access_times *dbell_timed_last(const struct dbell_timed *timed)
{
    return &timed->last;
}

void dbell_timed_run(struct dbell_timed *timed, uint64_t until)
{
    dbell_clockwork_poke(&timed->clockwork);
    dbell_clockwork_run(&timed->clockwork, until);
}

/* A command that waits for a device that will never answer gives up when nothing else moves. */
int dbell_timed_rest(struct dbell_timed *timed)
{
    do {
        dbell_clockwork_poke(&timed->clockwork);
        if (!dbell_clockwork_rest(&timed->clockwork, REST_CYCLES))
            return DBELL_E_BUSY;
    } while (timed->machine->root.function_count && dbell_root_time_out(&timed->machine->root));
    return DBELL_OK;
}

static struct timed_access *new_access(struct dbell_timed *timed, uint32_t *index)
{
    for (uint32_t i = 0; i < timed->count; i++)
        if (!timed->accesses[i].used) {
            struct timed_access *a = &timed->accesses[i];
            uint8_t *data = a->data;
            const uint32_t room = a->room;
            *a = (struct timed_access){.used = true, .data = data, .room = room};
            *index = i;
            return a;
        }
    return NULL;
}

static bool copy_data(struct timed_access *a, const struct dbell_dma *dma)
{
    if (!dma->data)
        return true;
    if (a->room < dma->length) {
        uint8_t *grown = realloc(a->data, dma->length);
        if (!grown)
            return false;
        a->data = grown;
        a->room = dma->length;
    }
    memcpy(a->data, dma->data, dma->length);
    a->dma.data = a->data;
    return true;
}

static int start(struct dbell_timed *timed, struct timed_access *a, uint32_t index,
                 struct dbell_journey journey)
{
    journey.user = index;
    if (a->smmu < 0) {
        journey.smmu = DBELL_NO_SMMU;
    } else {
        journey.smmu = (uint16_t)a->smmu;
        journey.tbu = (uint16_t)(journey.streamid % timed->options.tbus);
    }
    a->issued = dbell_timed_now(timed);
    const int status = dbell_clockwork_start(&timed->clockwork, &journey);
    a->used = !status;
    return status;
}

int dbell_timed_issue(struct dbell_timed *timed, const struct dbell_dma *dma, uint64_t user)
{
    uint32_t index;
    if (dma->length > DMA_MAX)
        return DBELL_E_RANGE;
    struct timed_access *a = new_access(timed, &index);
    if (!a)
        return DBELL_E_BUSY;
    a->user = user;
    a->dma = *dma;
    int status = dbell_dma_requester(&timed->machine->platform, dma, &a->requester, &a->smmu);
    if (!status && !copy_data(a, dma))
        status = DBELL_E_MEMORY;
    if (status) {
        a->used = false;
        return status;
    }
    const uint32_t streamid = dma->by_streamid ? dma->streamid : a->requester.streamid;
    return start(
        timed, a, index,
        (struct dbell_journey){.kind = DBELL_JOURNEY_ACCESS,
                               .write = dma->op == DBELL_WRITE,
                               .device = dma->by_streamid ? dma->streamid : dma->requesterid,
                               .streamid = streamid,
                               .substreamid = dma->has_ssid ? dma->ssid | DBELL_HAS_SUBSTREAM : 0,
                               .address = dma->address,
                               .length = dma->length});
}

/* --- as a system under test --- */

/* Runs until the access has ended, or stalls; what it leaves behind goes on later. */
static int wait_for(struct dbell_timed *timed, uint64_t user)
{
    timed->waited_for = user;
    timed->came = false;
    dbell_clockwork_poke(&timed->clockwork);
    while (!timed->came) {
        const uint64_t next = dbell_clockwork_next(&timed->clockwork);
        if (next == DBELL_NEVER)
            break;
        dbell_clockwork_run(&timed->clockwork, next);
    }
    timed->waited_for = DBELL_NEVER;
    return timed->came ? DBELL_OK : DBELL_E_BUSY;
}

enum { SYNCHRONOUS = 1 << 30 }; /* the user of what the system itself waits for */

static void timed_dma(void *ctx, const struct dbell_dma *dma, struct dbell_dma_result *result)
{
    struct dbell_timed *timed = ctx;
    const uint64_t user = (uint64_t)SYNCHRONOUS << 32;
    *result = (struct dbell_dma_result){0};
    result->status = dbell_timed_issue(timed, dma, user);
    if (result->status)
        return;
    uint32_t index = 0;
    while (!timed->accesses[index].used || timed->accesses[index].user != user)
        index++;
    const struct timed_access *a = &timed->accesses[index];
    result->status = wait_for(timed, user);
    if (result->status)
        return;
    *result = a->result;
    if (dma->data && !dbell_op_writes(dma->op))
        memcpy(dma->data, a->data, dma->length);
    if (a->used) /* it stalls; the next one has another name */
        timed->accesses[index].user = DBELL_NEVER - 1;
}

static int timed_translation_request(void *ctx, uint32_t requesterid,
                                     struct dbell_ats_request *request,
                                     struct dbell_ats_completion *completion)
{
    struct dbell_timed *timed = ctx;
    struct dbell_machine *m = timed->machine;
    struct machine_smmu *smmu;
    uint32_t index;
    const int status = dbell__machine_find_smmu(m, requesterid, &request->side, &smmu);
    if (status || !smmu || !request->side.has_streamid)
        return timed->base.translation_request(timed->base.ctx, requesterid, request, completion);
    struct timed_access *a = new_access(timed, &index);
    if (!a)
        return DBELL_E_BUSY;
    a->user = (uint64_t)SYNCHRONOUS << 32;
    a->smmu = (int)(smmu - m->smmu);
    a->request = *request;
    a->completion = completion;
    const int started = start(
        timed, a, index,
        (struct dbell_journey){.kind = DBELL_JOURNEY_REQUEST,
                               .device = requesterid,
                               .streamid = request->side.streamid,
                               .substreamid = request->side.has_substreamid
                                                  ? request->side.substreamid | DBELL_HAS_SUBSTREAM
                                                  : 0,
                               .address = request->address});
    if (started)
        return started;
    const int waited = wait_for(timed, a->user);
    return waited ? waited : a->status;
}

static int timed_page_request(void *ctx, uint32_t requesterid, struct dbell_page_request *request)
{
    struct dbell_timed *timed = ctx;
    return timed->base.page_request(timed->base.ctx, requesterid, request);
}

static enum dbell_response timed_access(void *ctx, struct dbell_transaction *t)
{
    struct dbell_timed *timed = ctx;
    return timed->base.access(timed->base.ctx, t);
}

static int timed_settle(void *ctx)
{
    struct dbell_timed *timed = ctx;
    const int status = dbell_timed_rest(timed);
    const uint64_t now = dbell_timed_now(timed);
    const uint64_t passed = now - timed->clocked;
    for (size_t i = 0; i < timed->machine->platform.smmu_count; i++)
        dbell_smmu_clock(&timed->machine->smmu[i].unit, passed ? passed : 1);
    timed->clocked = now;
    return status;
}

static void timed_pending_result(void *ctx, uint32_t token, struct dbell_dma_result *result)
{
    struct dbell_timed *timed = ctx;
    timed->base.pending_result(timed->base.ctx, token, result);
}

static bool timed_receive(void *ctx, uint32_t requesterid, bool automatic,
                          struct dbell_device_message *message)
{
    struct dbell_timed *timed = ctx;
    return timed->base.receive(timed->base.ctx, requesterid, automatic, message);
}

static bool timed_raised(void *ctx, unsigned index, struct dbell_raised *raised)
{
    struct dbell_timed *timed = ctx;
    return timed->base.raised(timed->base.ctx, index, raised);
}

static void timed_forget_raised(void *ctx)
{
    struct dbell_timed *timed = ctx;
    timed->base.forget_raised(timed->base.ctx);
}

static uint32_t timed_acknowledge(void *ctx, uint32_t cpu)
{
    struct dbell_timed *timed = ctx;
    const uint32_t intid = timed->base.acknowledge(timed->base.ctx, cpu);
    for (uint32_t i = 0; i < timed->awaited_count && i < AWAITED; i++) {
        struct awaited *awaited = &timed->awaited[i];
        if (awaited->cpu != cpu || awaited->intid != intid)
            continue;
        if (timed->options.acknowledged)
            timed->options.acknowledged(timed->options.ctx,
                                        dbell_timed_now(timed) - awaited->issued);
        *awaited = (struct awaited){.intid = DBELL_INTID_NONE};
        break;
    }
    return intid;
}

static bool timed_pending(void *ctx, uint32_t cpu, uint32_t intid)
{
    struct dbell_timed *timed = ctx;
    return timed->base.pending(timed->base.ctx, cpu, intid);
}

static uint32_t timed_acknowledge_virtual(void *ctx, uint32_t cpu, unsigned group)
{
    struct dbell_timed *timed = ctx;
    return timed->base.acknowledge_virtual(timed->base.ctx, cpu, group);
}

static bool timed_pending_virtual(void *ctx, uint32_t cpu, uint32_t intid)
{
    struct dbell_timed *timed = ctx;
    return timed->base.pending_virtual(timed->base.ctx, cpu, intid);
}

static uint64_t timed_pulses(void *ctx, struct dbell_wire wire)
{
    struct dbell_timed *timed = ctx;
    return timed->base.pulses(timed->base.ctx, wire);
}

static int timed_counter(void *ctx, const char *name, uint64_t *value)
{
    struct dbell_timed *timed = ctx;
    return timed->base.counter(timed->base.ctx, name, value);
}

static void timed_tlbi(void *ctx, const struct dbell_tlbi *t)
{
    struct dbell_timed *timed = ctx;
    timed->base.tlbi(timed->base.ctx, t);
}

static int timed_migrate(void *ctx)
{
    struct dbell_timed *timed = ctx;
    return timed->base.migrate(timed->base.ctx);
}

/* What stalls is forgotten; all else has come to its end. */
static void timed_reset(void *ctx)
{
    struct dbell_timed *timed = ctx;
    for (uint32_t i = 0; i < timed->count; i++)
        if (timed->accesses[i].used && timed->accesses[i].parked)
            dbell_clockwork_resume(&timed->clockwork, i, DBELL_CW_ENDS,
                                   &(struct dbell_translated){0});
    timed->base.reset(timed->base.ctx);
}

static void time_listen(void *ctx, const struct dbell_listener *listener)
{
    ((struct dbell_timed *)ctx)->listener = *listener;
}

static int time_issue(void *ctx, const struct dbell_dma *dma, uint64_t user)
{
    return dbell_timed_issue(ctx, dma, user);
}

static uint64_t time_now(void *ctx)
{
    return dbell_timed_now(ctx);
}

static uint64_t time_next(void *ctx)
{
    return dbell_timed_next(ctx);
}

static void time_run(void *ctx, uint64_t until)
{
    dbell_timed_run(ctx, until);
}

struct dbell_system dbell_timed_system(struct dbell_timed *timed)
{
    static const struct dbell_time time = {.listen = time_listen,
                                           .issue = time_issue,
                                           .now = time_now,
                                           .next = time_next,
                                           .run = time_run};
    return (struct dbell_system){.ctx = timed,
                                 .access = timed_access,
                                 .dma = timed_dma,
                                 .pending_result = timed_pending_result,
                                 .translation_request = timed_translation_request,
                                 .page_request = timed_page_request,
                                 .receive = timed_receive,
                                 .settle = timed_settle,
                                 .raised = timed_raised,
                                 .forget_raised = timed_forget_raised,
                                 .acknowledge = timed_acknowledge,
                                 .pending = timed_pending,
                                 .acknowledge_virtual = timed_acknowledge_virtual,
                                 .pending_virtual = timed_pending_virtual,
                                 .pulses = timed_pulses,
                                 .migrate = timed_migrate,
                                 .counter = timed_counter,
                                 .tlbi = timed_tlbi,
                                 .reset = timed_reset,
                                 .time = &time};
}
