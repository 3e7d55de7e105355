/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/isolation.h>

#include <stdlib.h>
#include <string.h>

#include "machine_private.h"

enum { STEPS = 96, MOST_TRANSLATIONS = 1 << 22, INPUT_BITS = 52, MOST_SSIDS = 1 << 20 };
enum { LPI_FIRST = 8192, SPI_FIRST = 32, SPI_LAST = 1019 };

/* One that can raise an interrupt. */
struct raiser {
    enum dbell_raised_kind kind;
    uint32_t at, intid;
    uint32_t requesterid, deviceid;
};

struct place {
    uint64_t address;
    enum dbell_doorbell doorbell;
    uint32_t index;
};

struct survey {
    struct dbell_machine *machine;
    struct dbell_smmu smmus[DBELL_PLATFORM_PARTS]; /* copies */
    struct dbell_its itses[DBELL_PLATFORM_PARTS];
    const struct dbell_isolation *report;
    struct dbell_isolation_summary *summary;
    struct place *places;
    size_t place_count;
    struct raiser *raisers;
    size_t raiser_count, raiser_room;
    bool no_memory;
    struct dbell_requester requester; /* the one that is looked at */
    uint32_t requesterid;
    bool has_ssid, reached;
    uint32_t ssid;
    uint32_t translations;
};

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

/* --- what a doorbell raises --- */

static void tell(struct survey *s, const struct dbell_reach *reach)
{
    s->reached = true;
    if (s->report->reach)
        s->report->reach(s->report->ctx, reach);
}

static void note_raiser(struct survey *s, const struct dbell_reach *reach)
{
    if (s->raiser_count == s->raiser_room) {
        const size_t room = s->raiser_room ? 2 * s->raiser_room : 256;
        struct raiser *more = realloc(s->raisers, room * sizeof *more);
        if (!more) {
            s->no_memory = true;
            return;
        }
        s->raisers = more;
        s->raiser_room = room;
    }
    s->raisers[s->raiser_count++] =
        (struct raiser){reach->kind, reach->at, reach->intid, reach->requesterid, reach->deviceid};
}

static bool continues(const struct dbell_reach *run, const struct dbell_reach *next)
{
    return run->interrupt && next->first == run->last + 1 && next->kind == run->kind &&
           next->at == run->at && next->intid == run->intid + (next->first - run->first);
}

/* The events of the requester's DeviceID, as runs. */
static void of_its(struct survey *s, struct dbell_reach reach)
{
    struct dbell_its *its = &s->itses[reach.index];
    struct dbell_reach run = reach;
    struct dbell_its_event event;
    uint64_t from = 0;
    run.interrupt = false;
    while (reach.has_deviceid && from <= UINT32_MAX &&
           dbell_its_event_from(its, reach.deviceid, (uint32_t)from, &event)) {
        from = (uint64_t)event.eventid + 1;
        if (!event.has_target)
            continue;
        reach.interrupt = true;
        reach.first = reach.last = event.eventid;
        reach.kind = event.is_virtual ? DBELL_RAISED_VLPI : DBELL_RAISED_LPI;
        reach.at = event.is_virtual
                       ? event.vpeid
                       : (uint32_t)dbell_gic_cpu_of(&s->machine->gic.unit, event.rdbase);
        reach.intid = event.intid;
        note_raiser(s, &reach);
        if (continues(&run, &reach)) {
            run.last = reach.last;
            continue;
        }
        if (run.interrupt)
            tell(s, &run);
        run = reach;
    }
    tell(s, &run);
}

static uint32_t last_spi(const struct dbell_platform *p)
{
    const uint32_t last = 32u * (p->gic.it_lines + 1u) - 1;
    return last < SPI_LAST ? last : SPI_LAST;
}

static void at_place(struct survey *s, const struct place *place, uint64_t iova)
{
    const struct dbell_platform *p = &s->machine->platform;
    struct dbell_reach reach = {.requesterid = s->requesterid,
                                .has_ssid = s->has_ssid,
                                .ssid = s->ssid,
                                .has_deviceid = s->requester.has_deviceid,
                                .deviceid = s->requester.deviceid,
                                .iova = iova,
                                .doorbell = place->doorbell,
                                .index = place->index,
                                .interrupt = true,
                                .kind = DBELL_RAISED_SPI};
    switch (place->doorbell) {
    case DBELL_DOORBELL_TRANSLATER:
        of_its(s, reach);
        return;
    case DBELL_DOORBELL_SETSPI:
        reach.first = reach.intid = SPI_FIRST;
        reach.last = last_spi(p);
        break;
    case DBELL_DOORBELL_V2M:
        reach.first = reach.intid = p->v2m[place->index].frame.base;
        reach.last = reach.first + p->v2m[place->index].frame.count - 1;
        break;
    case DBELL_DOORBELL_PRE_ITS: /* by page */
        return;
    case DBELL_DOORBELL_SETLPIR:
        reach.kind = DBELL_RAISED_LPI;
        reach.at = place->index;
        reach.first = reach.intid = LPI_FIRST;
        reach.last = (UINT32_C(1) << p->gic.lpi_bits) - 1;
        break;
    }
    reach.interrupt = reach.last >= reach.first;
    s->summary->by_number |= reach.interrupt;
    tell(s, &reach);
}

/* A pre-ITS: who reaches a page of it speaks for any device that the page is of. */
static void pre_its_in_page(struct survey *s, uint64_t iova, uint64_t address, uint64_t size)
{
    const struct dbell_platform *p = &s->machine->platform;
    for (size_t i = 0; i < p->its_count; i++) {
        const uint64_t base = p->its[i].pre_its;
        const uint64_t first = address > base ? address : base;
        if (!base || first - base >= DBELL_PRE_ITS_SPACE || first - address >= size)
            continue;
        s->summary->by_number = true;
        tell(s, &(struct dbell_reach){.requesterid = s->requesterid,
                                      .has_ssid = s->has_ssid,
                                      .ssid = s->ssid,
                                      .has_deviceid = true,
                                      .deviceid = (uint32_t)((first - base) / 4),
                                      .iova = iova + (first - address),
                                      .doorbell = DBELL_DOORBELL_PRE_ITS,
                                      .index = (uint32_t)i});
    }
}

static void in_page(struct survey *s, uint64_t iova, uint64_t address, uint64_t size)
{
    pre_its_in_page(s, iova, address, size);
    for (size_t i = 0; i < s->place_count; i++)
        if (s->places[i].address - address < size)
            at_place(s, &s->places[i], iova + (s->places[i].address - address));
}

/* --- what a stream reaches --- */

enum found { FOUND_PAGE, FOUND_NOTHING, FOUND_END, FOUND_EVERYTHING };

/* The smaller of what the last descriptors of both stages are for: nothing else is decided by
 * them. 0: no descriptor was read. */
static uint64_t undecided(const struct dbell_itinerary *it)
{
    uint8_t spans[2] = {0};
    for (uint32_t i = 0; i < it->count; i++) {
        const struct dbell_step *step = &it->steps[i];
        if (step->kind == DBELL_STEP_READ &&
            (step->object == DBELL_OBJECT_STAGE1 || step->object == DBELL_OBJECT_STAGE2))
            spans[step->object == DBELL_OBJECT_STAGE2] = step->span;
    }
    if (!spans[0] && !spans[1])
        return 0;
    if (!spans[0] || !spans[1])
        return UINT64_C(1) << (spans[0] | spans[1]);
    return UINT64_C(1) << (spans[0] < spans[1] ? spans[0] : spans[1]);
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
        *size = undecided(&itinerary);
        return *size ? FOUND_NOTHING : FOUND_END;
    }
    if (!t.translated)
        return FOUND_EVERYTHING;
    *size = t.page_size;
    const uint64_t first = iova & ~(t.page_size - 1);
    if (t.writable)
        in_page(s, first, t.address - (iova - first), t.page_size);
    return FOUND_PAGE;
}

/* From `iova` on to `last`; false: bypass. */
static bool search(struct survey *s, unsigned smmu, uint64_t iova, uint64_t last)
{
    for (;;) {
        uint64_t size = 0;
        if (s->translations >= MOST_TRANSLATIONS) {
            s->summary->incomplete = true;
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

static void everything(struct survey *s)
{
    for (size_t i = 0; i < s->place_count; i++)
        at_place(s, &s->places[i], s->places[i].address);
}

static void of_stream(struct survey *s, unsigned smmu)
{
    s->translations = 0;
    if (search(s, smmu, 0, (UINT64_C(1) << INPUT_BITS) - 1))
        search_upper(s, smmu);
    else
        everything(s);
}

/* With a SubstreamID each that has a context descriptor is a stream of its own: the first of the
 * numbers that is out of range ends them. */
static bool substream_exists(struct survey *s, unsigned smmu)
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

static void of_requester(struct survey *s, uint32_t rid)
{
    int smmu;
    const struct dbell_dma dma = {.requesterid = rid};
    if (dbell_dma_requester(&s->machine->platform, &dma, &s->requester, &smmu))
        return;
    s->requesterid = rid;
    s->has_ssid = s->reached = false;
    s->ssid = 0;
    s->summary->requesters++;
    if (smmu < 0) {
        everything(s);
    } else {
        of_stream(s, (unsigned)smmu);
        s->has_ssid = true;
        for (s->ssid = 0; s->ssid < MOST_SSIDS; s->ssid++)
            if (substream_exists(s, (unsigned)smmu))
                of_stream(s, (unsigned)smmu);
            else if (s->ssid) /* 0 may be out of range alone (5.2 S1DSS) */
                break;
    }
    s->summary->reaching += s->reached;
}

/* --- who shares --- */

static int by_interrupt(const void *a, const void *b)
{
    const struct raiser *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (x->intid != y->intid)
        return x->intid < y->intid ? -1 : 1;
    if (x->requesterid != y->requesterid)
        return x->requesterid < y->requesterid ? -1 : 1;
    return 0;
}

static bool same_interrupt(const struct raiser *x, const struct raiser *y)
{
    return x->kind == y->kind && x->at == y->at && x->intid == y->intid;
}

static void find_shared(struct survey *s)
{
    uint32_t *who = malloc((s->raiser_count + 1) * sizeof *who);
    if (s->raiser_count)
        qsort(s->raisers, s->raiser_count, sizeof *s->raisers, by_interrupt);
    for (size_t i = 0, end; who && i < s->raiser_count; i = end) {
        const struct raiser *first = &s->raisers[i];
        size_t count = 0;
        bool several = false;
        for (end = i; end < s->raiser_count && same_interrupt(first, &s->raisers[end]); end++) {
            const struct raiser *r = &s->raisers[end];
            several |= r->deviceid != first->deviceid;
            if (!count || who[count - 1] != r->requesterid)
                who[count++] = r->requesterid;
        }
        s->summary->interrupts++;
        s->summary->shared += several;
        if (several && s->report->shared)
            s->report->shared(s->report->ctx, first->kind, first->at, first->intid, who, count);
    }
    s->no_memory |= !who;
    free(who);
}

/* --- the whole --- */

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

static bool covered(const struct dbell_rid_range *ranges, size_t count, uint32_t rid)
{
    for (size_t i = 0; i < count; i++)
        if (rid - ranges[i].first < ranges[i].count)
            return true;
    return false;
}

static void survey_all(struct survey *s)
{
    const struct dbell_platform *p = &s->machine->platform;
    for (size_t i = 0; i < p->stream_count; i++)
        for (uint32_t n = 0; n < p->streams[i].count; n++)
            of_requester(s, p->streams[i].first + n);
    for (size_t i = 0; i < p->device_count; i++)
        for (uint32_t n = 0; n < p->devices[i].count; n++)
            if (!covered(p->streams, p->stream_count, p->devices[i].first + n))
                of_requester(s, p->devices[i].first + n);
    for (uint32_t rid = 0; !p->explicit_maps && rid < 65536; rid++)
        of_requester(s, rid);
}

int dbell_machine_isolation(struct dbell_machine *machine, const struct dbell_isolation *report,
                            struct dbell_isolation_summary *summary)
{
    struct survey s = {.machine = machine, .report = report, .summary = summary};
    *summary = (struct dbell_isolation_summary){0};
    s.no_memory = !list_places(&s) || !copy_parts(&s);
    if (!s.no_memory) {
        survey_all(&s);
        find_shared(&s);
    }
    summary->isolated_msi = !summary->shared && !summary->by_number && !summary->incomplete;
    free_parts(&s);
    free(s.places);
    free(s.raisers);
    return s.no_memory ? DBELL_E_MEMORY : DBELL_OK;
}
