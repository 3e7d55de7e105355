/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The instance: its state block, and the public calls that are not register accesses. */
#include <string.h>

#include "pmcg.h"
#include "tlb.h"

#define MAGIC UINT64_C(0x31756d6d734c4244) /* "DBLsmmu1" */

enum { ALIGNMENT = 16 };

/* Four ways, or as many as there are entries. */
static uint32_t ways(uint32_t entries)
{
    return entries < 4 ? entries : 4;
}

static size_t align(size_t n)
{
    return (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

/* Where the variable parts of the state block lie. */
struct layout {
    size_t configs, tlb, stalls, size;
};

static struct layout layout_of(const struct dbell_smmu_config *config)
{
    struct layout l;
    l.configs = align(sizeof(struct dbell_smmu_state));
    l.tlb =
        align(l.configs + dbell__cache_size(config->config_entries, ways(config->config_entries),
                                            sizeof(struct context)));
    l.stalls = align(l.tlb + dbell__cache_size(config->tlb_entries, ways(config->tlb_entries),
                                               sizeof(struct tlb_entry)));
    l.size = align(l.stalls + config->stall_entries * sizeof(struct stall));
    return l;
}

static bool pmcg_in_range(const struct dbell_smmu_pmcg_config *pmcg)
{
    switch (pmcg->counter_bits) {
    case 32:
    case 36:
    case 40:
    case 44:
    case 48:
    case 64:
        return pmcg->counters <= DBELL_PMCG_COUNTERS && pmcg->units && pmcg->units <= 3;
    default:
        return pmcg->counters == 0;
    }
}

static bool in_range(const struct dbell_smmu_config *config)
{
    return config->tlb_entries >= 1 && config->tlb_entries <= 1u << 20 &&
           config->config_entries >= 1 && config->config_entries <= 1u << 16 &&
           pmcg_in_range(&config->pmcg[0]) && pmcg_in_range(&config->pmcg[1]) &&
           config->stall_entries >= 1 && config->stall_entries <= 1u << 16;
}

size_t dbell_smmu_state_size(const struct dbell_smmu_config *config)
{
    return config && in_range(config) ? layout_of(config).size : 0;
}

static uint32_t stall_capacity(const struct dbell_smmu_config *config)
{
    const uint64_t idr5 = config->idr[5];
    uint32_t most = (uint32_t)get(&idr5, IDR5_STALL_MAX);
    return most && most < config->stall_entries ? most : config->stall_entries;
}

int dbell_smmu_init(struct dbell_smmu *smmu, void *memory, size_t size,
                    const struct dbell_smmu_config *config, const struct dbell_smmu_ports *ports)
{
    if (!smmu || !memory || !config || !ports || !ports->tables.access)
        return DBELL_E_ARGUMENT;
    if (!in_range(config))
        return DBELL_E_RANGE;
    const struct layout layout = layout_of(config);
    if (size < layout.size || (uintptr_t)memory % ALIGNMENT)
        return DBELL_E_SIZE;
    struct dbell_smmu_state *state = memory;
    memset(state, 0, sizeof *state);
    state->magic = MAGIC;
    state->size = layout.size;
    state->config = *config;
    state->features = dbell_smmu_features_of(config);
    state->stall_capacity = stall_capacity(config);
    state->stalls_offset = layout.stalls;
    memset(stalls(state), 0, state->stall_capacity * sizeof(struct stall));
    dbell__cache_init(&state->configs, layout.configs - offsetof(struct dbell_smmu_state, configs),
                      config->config_entries, ways(config->config_entries), sizeof(struct context));
    dbell__cache_init(&state->tlb, layout.tlb - offsetof(struct dbell_smmu_state, tlb),
                      config->tlb_entries, ways(config->tlb_entries), sizeof(struct tlb_entry));
    memset(smmu, 0, sizeof *smmu);
    smmu->state = state;
    smmu->ports = *ports;
    dbell_smmu_reset(smmu);
    return DBELL_OK;
}

int dbell_smmu_attach(struct dbell_smmu *smmu, void *memory, size_t size,
                      const struct dbell_smmu_ports *ports)
{
    if (!smmu || !memory || !ports || !ports->tables.access)
        return DBELL_E_ARGUMENT;
    if ((uintptr_t)memory % ALIGNMENT || size < sizeof(struct dbell_smmu_state))
        return DBELL_E_SIZE;
    struct dbell_smmu_state *state = memory;
    if (state->magic != MAGIC || state->size > size ||
        state->size != dbell_smmu_state_size(&state->config))
        return DBELL_E_STATE;
    memset(smmu, 0, sizeof *smmu);
    smmu->state = state;
    smmu->ports = *ports;
    return DBELL_OK;
}

void dbell_smmu_reset(struct dbell_smmu *smmu)
{
    struct dbell_smmu_state *state = smmu->state;
    dbell__registers_reset(state);
    dbell__pmcg_reset(state);
    dbell__cache_drop(&state->configs, NULL, NULL);
    dbell__cache_drop(&state->tlb, NULL, NULL);
    memset(&state->floors, 0, sizeof state->floors);
    for (unsigned i = 0; i < REGIMES; i++)
        state->floors.all[i] = 1;
    invalidated_all(state);
    state->tlb_sizes = 0;
    state->tlb_global = state->tlb_splintered = false;
    state->event_first = state->event_count = 0;
    state->msi_pending = state->msi_on_bus = 0;
    state->atos_running = ATOS_NONE;
    state->held = 0;
    state->failed = state->syncing = false;
    state->page_request_first = state->page_request_count = 0;
    state->atc_tag++;
    state->atc_open = 0;
    state->atc_timed_out = false;
    for (uint32_t i = 0; i < state->stall_capacity; i++) /* tokens are not reused soon */
        stalls(state)[i] = (struct stall){.generation = stalls(state)[i].generation};
    state->stall_count = state->stall_free = 0;
    state->stall_answered = state->stall_capacity;
    state->any_unrecorded = false;
    memset(state->counters, 0, sizeof state->counters);
    dbell_smmu_revoke_windows(smmu);
    dbell__tell_invalidations(smmu);
}

void dbell_smmu_fail(struct dbell_smmu *smmu)
{
    smmu->state->failed = true;
    invalidated_all(smmu->state); /* what is under way arrives after it */
    dbell__stall_terminate_all(smmu->state);
    dbell__atos_abort(smmu->state, true);
    dbell__gerror(smmu, GERROR_SFM);
    dbell__tell_invalidations(smmu);
}

void dbell_smmu_revoke_windows(struct dbell_smmu *smmu)
{
    memset(&smmu->windows, 0, sizeof smmu->windows);
}

uint64_t dbell_smmu_count(const struct dbell_smmu *smmu, enum dbell_smmu_counter counter)
{
    return (unsigned)counter < DBELL_SMMU_COUNTERS ? smmu->state->counters[counter] : 0;
}

/* An access is open from its lookup until the memory behind it has answered (4.7.3). */
static uint64_t open_access(struct dbell_smmu_state *state)
{
    state->open_new++;
    return state->sync_epoch;
}

static void close_access(struct dbell_smmu_state *state, uint64_t opened)
{
    if (opened == state->sync_epoch)
        state->open_new--;
    else
        state->open_old--;
}

static int start(struct dbell_smmu *smmu, const struct dbell_transaction *t,
                 struct dbell_translation *result)
{
    const struct dbell_smmu_state *state = smmu->state;
    if (!t->side.has_streamid || t->op >= DBELL_NO_OP ||
        (t->side.at != DBELL_AT_UNTRANSLATED && t->side.at != DBELL_AT_TRANSLATED))
        return DBELL_E_ARGUMENT;
    if (t->side.sec_sid != DBELL_SEC_NONSECURE ||
        (t->side.at == DBELL_AT_TRANSLATED && !state->features.ats))
        return DBELL_E_UNSUPPORTED;
    if (!event_slot_free(state))
        return DBELL_E_BUSY;
    *result = (struct dbell_translation){.attr = t->side.attr, .sh = t->side.sh};
    return DBELL_OK;
}

/* 3.9.1.3: without IDR3.PASIDTT a Translated transaction has no PASID, and is Data and
 * Unprivileged. */
static struct access access_of(struct dbell_smmu *smmu, const struct dbell_transaction *t)
{
    const bool untranslated = t->side.at == DBELL_AT_UNTRANSLATED;
    return (struct access){.smmu = smmu,
                           .at = t->side.at,
                           .itinerary = t->itinerary,
                           .after = dbell__last_step(t->itinerary),
                           .streamid = t->side.streamid,
                           .substreamid = untranslated ? t->side.substreamid : 0,
                           .ssv = untranslated && t->side.has_substreamid,
                           .op = t->op,
                           .write = dbell_op_writes(t->op),
                           .data = dbell_op_writes(t->op) || t->op == DBELL_PREFETCH,
                           .privileged_in = untranslated && t->side.privileged,
                           .instruction_in = untranslated && t->side.instruction,
                           .speculative = t->side.speculative,
                           .nosnoop = t->side.nosnoop,
                           .in = {.type = t->side.attr, .sh = t->side.sh},
                           .input = t->address};
}

int dbell_smmu_translate(struct dbell_smmu *smmu, const struct dbell_transaction *transaction,
                         struct dbell_translation *result)
{
    int status = start(smmu, transaction, result);
    if (status < 0)
        return status;
    count(smmu->state, DBELL_SMMU_TRANSLATIONS);
    struct access access = access_of(smmu, transaction);
    return dbell__translate(&access, transaction->length, result);
}

void dbell_smmu_forward(const struct dbell_translation *translation,
                        struct dbell_transaction *transaction)
{
    transaction->address = translation->address;
    transaction->op = translation->op;
    transaction->side.attr = translation->attr;
    transaction->side.sh = translation->sh;
    transaction->side.privileged = translation->privileged;
    transaction->side.instruction = translation->instruction;
    transaction->side.partid = translation->partid;
    transaction->side.pmg = translation->pmg;
}

struct dbell_trail dbell_smmu_trail(const struct dbell_translation *translation)
{
    return (struct dbell_trail){.address = translation->address,
                                .rule = translation->rule,
                                .token = translation->token,
                                .outcome = translation->outcome,
                                .event = translation->event,
                                .razwi = translation->razwi,
                                .reached = translation->outcome == DBELL_DONE &&
                                           translation->op != DBELL_NO_OP,
                                .attr = translation->attr,
                                .sh = translation->sh,
                                .op = translation->op,
                                .privileged = translation->privileged,
                                .instruction = translation->instruction,
                                .pmg = translation->pmg,
                                .partid = translation->partid};
}

int dbell_smmu_access(struct dbell_smmu *smmu, struct dbell_transaction *transaction,
                      struct dbell_translation *result)
{
    if (!smmu->ports.data.access)
        return DBELL_E_ARGUMENT;
    struct dbell_smmu_state *state = smmu->state;
    uint64_t opened = open_access(state);
    int outcome = dbell_smmu_translate(smmu, transaction, result);
    if (outcome == DBELL_DONE && result->op != DBELL_NO_OP) {
        struct dbell_transaction forwarded = *transaction;
        dbell_smmu_forward(result, &forwarded);
        forwarded.side.instance = state->config.instance;
        result->response = (uint8_t)smmu->ports.data.access(smmu->ports.data.ctx, &forwarded);
    }
    close_access(smmu->state, opened);
    return outcome;
}
