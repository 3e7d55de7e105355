/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "survey.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS = 96, MOST_TRANSLATIONS = 1 << 22, INPUT_BITS = 52 };

/* --- a machine to look at --- */

/* Reads memory, and writes nothing. */
static enum dbell_response look_only(void *ctx, struct dbell_transaction *t)
{
    const struct dbell_bus bus = dbell_machine_bus(ctx);
    return t->op == DBELL_READ ? bus.access(bus.ctx, t) : DBELL_RESPONSE_OK;
}

static enum dbell_response update_nothing(void *ctx, uint64_t address, uint64_t expected,
                                          uint64_t desired, uint64_t *old)
{
    (void)ctx, (void)address, (void)desired;
    *old = expected;
    return DBELL_RESPONSE_OK;
}

static bool ask_nothing(void *ctx, const struct dbell_lpi_request *request,
                        struct dbell_itinerary *itinerary)
{
    (void)ctx, (void)request, (void)itinerary;
    return false;
}

static struct dbell_bus looking(struct survey *s)
{
    return (struct dbell_bus){.ctx = s->machine, .access = look_only, .cas = update_nothing};
}

/* A copy of an SMMU, as it is now. */
static bool copy_smmu(struct survey *s, size_t i)
{
    const struct machine_smmu *smmu = &s->machine->smmu[i];
    const struct dbell_smmu_ports ports = {.tables = looking(s)};
    void *state = s->smmus[i].state ? (void *)s->smmus[i].state : malloc(smmu->state_size);
    if (!state)
        return false;
    memcpy(state, smmu->state, smmu->state_size);
    s->smmus[i].state = state;
    return dbell_smmu_attach(&s->smmus[i], state, smmu->state_size, &ports) == DBELL_OK;
}

static bool copy_its(struct survey *s, size_t i)
{
    const struct machine_its *its = &s->machine->its[i];
    const struct dbell_its_ports ports = {.tables = looking(s), .lpi = {NULL, ask_nothing}};
    void *state = malloc(its->state_size);
    if (!state)
        return false;
    memcpy(state, its->state, its->state_size);
    s->itses[i].state = state;
    return dbell_its_attach(&s->itses[i], state, its->state_size, &ports) == DBELL_OK;
}

static bool copy_parts(struct survey *s)
{
    bool ok = true;
    for (size_t i = 0; i < s->machine->platform.smmu_count && ok; i++)
        ok = copy_smmu(s, i);
    for (size_t i = 0; i < s->machine->platform.its_count && ok; i++)
        ok = copy_its(s, i);
    return ok;
}

static void free_parts(struct survey *s)
{
    for (size_t i = 0; i < DBELL_PLATFORM_PARTS; i++) {
        free(s->smmus[i].state);
        free(s->itses[i].state);
    }
}
/* --- its doorbells --- */

static void add_place(struct survey *s, uint64_t address, enum dbell_doorbell doorbell,
                      size_t index)
{
    s->places[s->place_count++] = (struct place){address, doorbell, (uint32_t)index};
}

static bool list_places(struct survey *s)
{
    const struct dbell_platform *p = &s->machine->platform;
    enum { SETSPI_NS = 0x40, SETLPIR = 0x40 };
    s->places = calloc(p->its_count + p->v2m_count + p->gic.cpus + 1, sizeof *s->places);
    if (!s->places)
        return false;
    for (size_t i = 0; i < p->its_count; i++)
        add_place(s, p->its[i].base + DBELL_ITS_TRANSLATER, DBELL_DOORBELL_TRANSLATER, i);
    for (size_t i = 0; i < p->v2m_count; i++)
        add_place(s, p->v2m[i].base + SETSPI_NS, DBELL_DOORBELL_V2M, i);
    if (p->has_gic)
        add_place(s, p->gic_distributor + DBELL_GICD_SETSPI_NSR, DBELL_DOORBELL_SETSPI, 0);
    for (uint32_t cpu = 0; p->has_gic && p->gic.direct_lpi && cpu < p->gic.cpus; cpu++)
        add_place(s, p->gic_redistributors + (uint64_t)cpu * dbell_gicr_space(&p->gic) + SETLPIR,
                  DBELL_DOORBELL_SETLPIR, cpu);
    return true;
}

bool dbell__survey_open(struct survey *s)
{
    s->no_memory = !list_places(s) || !copy_parts(s);
    return !s->no_memory;
}

void dbell__survey_close(struct survey *s)
{
    free_parts(s);
    free(s->places);
}

/* --- what a stream reaches --- */

enum found { FOUND_PAGE, FOUND_NOTHING, FOUND_END, FOUND_EVERYTHING };

static bool is_leaf(const struct dbell_step *descriptor)
{
    return descriptor->value & 1 && (descriptor->level == 3 || !(descriptor->value & 2));
}

struct walk_end dbell__walk_end(const struct dbell_itinerary *it)
{
    struct walk_end end = {.stage1 = NULL};
    for (uint32_t i = 0; i < it->count; i++) {
        const struct dbell_step *step = &it->steps[i];
        if (step->kind == DBELL_STEP_READ && step->object == DBELL_OBJECT_STAGE1)
            end = (struct walk_end){.stage1 = step};
        else if (step->kind == DBELL_STEP_READ && step->object == DBELL_OBJECT_STAGE2)
            end.stage2 = step;
    }
    end.at_output = end.stage1 && end.stage2 && is_leaf(end.stage1);
    return end;
}

/* For how much the descriptor where a walk ended decides. 0: none was read, or the tables cannot be
 * reached at all. */
static uint64_t undecided(const struct dbell_itinerary *it, uint64_t iova)
{
    const struct walk_end end = dbell__walk_end(it);
    if (!end.stage1)
        return end.stage2 && end.stage2->input == iova ? UINT64_C(1) << end.stage2->span : 0;
    const bool smaller = end.at_output && end.stage2->span < end.stage1->span;
    return UINT64_C(1) << (smaller ? end.stage2->span : end.stage1->span);
}

/* The event that an access would have caused, of those that are silent. */
static unsigned silent_event(const struct dbell_itinerary *it)
{
    unsigned event = 0;
    for (uint32_t i = 0; i < it->count; i++)
        if (it->steps[i].kind == DBELL_STEP_DECIDE && it->steps[i].fault)
            event = it->steps[i].fault;
    return event;
}

static struct dbell_transaction access_of(const struct survey *s, const struct dbell_dma *dma,
                                          struct dbell_trail *trail)
{
    struct dbell_transaction t = dbell_dma_transaction(dma, trail);
    t.side.streamid = s->requester.streamid;
    t.side.has_streamid = true;
    return t;
}

/* A page that cannot be read: a write, which may stall or fill a queue, on a new copy. */
static bool written(struct survey *s, unsigned smmu, uint64_t iova, struct dbell_translation *t)
{
    struct dbell_trail trail;
    const struct dbell_dma dma = {
        .op = DBELL_WRITE, .address = iova, .length = 4, .has_ssid = s->has_ssid, .ssid = s->ssid};
    const struct dbell_transaction transaction = access_of(s, &dma, &trail);
    s->no_memory |= !copy_smmu(s, smmu);
    return dbell_smmu_translate(&s->smmus[smmu], &transaction, t) == DBELL_DONE;
}

/* One page, or what there is instead of it. A read that is speculative tells of no fault. */
static enum found look(struct survey *s, unsigned smmu, uint64_t iova, uint64_t *size)
{
    struct dbell_step steps[STEPS];
    struct dbell_itinerary itinerary = {.steps = steps, .capacity = STEPS};
    struct dbell_trail trail = {0};
    struct dbell_translation t;
    const struct dbell_dma dma = {.op = DBELL_READ,
                                  .address = iova,
                                  .length = 4,
                                  .speculative = true,
                                  .has_ssid = s->has_ssid,
                                  .ssid = s->ssid,
                                  .itinerary = &itinerary};
    const struct dbell_transaction transaction = access_of(s, &dma, &trail);
    s->translations++;
    if (dbell_smmu_translate(&s->smmus[smmu], &transaction, &t) != DBELL_DONE &&
        (silent_event(&itinerary) != DBELL_EVENT_F_PERMISSION || !written(s, smmu, iova, &t))) {
        *size = undecided(&itinerary, iova);
        if (s->hole)
            s->hole(s->ctx, iova, &itinerary);
        return *size ? FOUND_NOTHING : FOUND_END;
    }
    if (!t.translated)
        return FOUND_EVERYTHING;
    *size = t.page_size;
    const uint64_t first = iova & ~(t.page_size - 1);
    if (t.writable)
        s->page(s->ctx, first, t.address - (iova - first), t.page_size);
    return FOUND_PAGE;
}

/* From `iova` on to `last`; false: bypass. */
static bool search(struct survey *s, unsigned smmu, uint64_t iova, uint64_t last)
{
    for (;;) {
        uint64_t size = 0;
        if (s->translations >= MOST_TRANSLATIONS) {
            s->incomplete = true;
            return true;
        }
        switch (look(s, smmu, iova, &size)) {
        case FOUND_EVERYTHING:
            return false;
        case FOUND_END:
            return true;
        default:
            break;
        }
        const uint64_t next = (iova | (size - 1)) + 1;
        if (!next || next > last)
            return true;
        iova = next;
    }
}

/* The upper half of the address space begins where the first descriptor is read. */
static void search_upper(struct survey *s, unsigned smmu)
{
    uint64_t size;
    for (unsigned bits = INPUT_BITS; bits >= 12; bits--) {
        const uint64_t first = UINT64_MAX << bits;
        const enum found found = look(s, smmu, first, &size);
        if (found == FOUND_END)
            continue;
        if (found == FOUND_PAGE || found == FOUND_NOTHING) {
            const uint64_t next = (first | (size - 1)) + 1;
            if (next)
                (void)search(s, smmu, next, UINT64_MAX);
        }
        return;
    }
}

void dbell__survey_everything(struct survey *s)
{
    s->page(s->ctx, 0, 0, UINT64_MAX);
}

void dbell__survey_stream(struct survey *s, unsigned smmu)
{
    s->translations = 0;
    if (search(s, smmu, 0, (UINT64_C(1) << INPUT_BITS) - 1))
        search_upper(s, smmu);
    else
        dbell__survey_everything(s);
}

bool dbell__survey_substream_exists(struct survey *s, unsigned smmu)
{
    struct dbell_step steps[STEPS];
    struct dbell_itinerary itinerary = {.steps = steps, .capacity = STEPS};
    struct dbell_trail trail;
    struct dbell_translation t;
    const struct dbell_dma dma = {.op = DBELL_READ,
                                  .length = 4,
                                  .speculative = true,
                                  .has_ssid = true,
                                  .ssid = s->ssid,
                                  .itinerary = &itinerary};
    const struct dbell_transaction transaction = access_of(s, &dma, &trail);
    if (dbell_smmu_translate(&s->smmus[smmu], &transaction, &t) == DBELL_DONE)
        return t.translated;
    const unsigned event = silent_event(&itinerary);
    return event == DBELL_EVENT_C_BAD_CD || event == DBELL_EVENT_F_CD_FETCH ||
           event >= DBELL_EVENT_F_TRANSLATION;
}
