/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/isolation.h>

#include <stdlib.h>
#include <string.h>

#include "survey.h"

enum { MOST_SSIDS = 1 << 20, LPI_FIRST = 8192, SPI_FIRST = 32, SPI_LAST = 1019 };

/* One that can raise an interrupt. */
struct raiser {
    enum dbell_raised_kind kind;
    uint32_t at, intid;
    uint32_t requesterid, deviceid;
};

struct inquiry {
    struct survey survey;
    const struct dbell_isolation *report;
    struct dbell_isolation_summary *summary;
    struct raiser *raisers;
    size_t raiser_count, raiser_room;
    uint32_t requesterid; /* the one that is looked at */
    bool reached;
};

/* --- what a doorbell raises --- */

static void tell(struct inquiry *q, const struct dbell_reach *reach)
{
    q->reached = true;
    if (q->report->reach)
        q->report->reach(q->report->ctx, reach);
}

static void note_raiser(struct inquiry *q, const struct dbell_reach *reach)
{
    if (q->raiser_count == q->raiser_room) {
        const size_t room = q->raiser_room ? 2 * q->raiser_room : 256;
        struct raiser *more = realloc(q->raisers, room * sizeof *more);
        if (!more) {
            q->survey.no_memory = true;
            return;
        }
        q->raisers = more;
        q->raiser_room = room;
    }
    q->raisers[q->raiser_count++] =
        (struct raiser){reach->kind, reach->at, reach->intid, reach->requesterid, reach->deviceid};
}

static bool continues(const struct dbell_reach *run, const struct dbell_reach *next)
{
    return run->interrupt && next->first == run->last + 1 && next->kind == run->kind &&
           next->at == run->at && next->intid == run->intid + (next->first - run->first);
}

/* The events of the requester's DeviceID, as runs. */
static void of_its(struct inquiry *q, struct dbell_reach reach)
{
    struct dbell_its *its = &q->survey.itses[reach.index];
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
                       : (uint32_t)dbell_gic_cpu_of(&q->survey.machine->gic.unit, event.rdbase);
        reach.intid = event.intid;
        note_raiser(q, &reach);
        if (continues(&run, &reach)) {
            run.last = reach.last;
            continue;
        }
        if (run.interrupt)
            tell(q, &run);
        run = reach;
    }
    tell(q, &run);
}

static uint32_t last_spi(const struct dbell_platform *p)
{
    const uint32_t last = 32u * (p->gic.it_lines + 1u) - 1;
    return last < SPI_LAST ? last : SPI_LAST;
}

static void at_place(struct inquiry *q, const struct place *place, uint64_t iova)
{
    const struct dbell_platform *p = &q->survey.machine->platform;
    struct dbell_reach reach = {.requesterid = q->requesterid,
                                .has_ssid = q->survey.has_ssid,
                                .ssid = q->survey.ssid,
                                .has_deviceid = q->survey.requester.has_deviceid,
                                .deviceid = q->survey.requester.deviceid,
                                .iova = iova,
                                .doorbell = place->doorbell,
                                .index = place->index,
                                .interrupt = true,
                                .kind = DBELL_RAISED_SPI};
    switch (place->doorbell) {
    case DBELL_DOORBELL_TRANSLATER:
        of_its(q, reach);
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
    q->summary->by_number |= reach.interrupt;
    tell(q, &reach);
}

/* A pre-ITS: who reaches a page of it speaks for any device that the page is of. */
static void pre_its_in_page(struct inquiry *q, uint64_t iova, uint64_t address, uint64_t size)
{
    const struct dbell_platform *p = &q->survey.machine->platform;
    for (size_t i = 0; i < p->its_count; i++) {
        const uint64_t base = p->its[i].pre_its;
        const uint64_t first = address > base ? address : base;
        if (!base || first - base >= DBELL_PRE_ITS_SPACE || first - address >= size)
            continue;
        q->summary->by_number = true;
        tell(q, &(struct dbell_reach){.requesterid = q->requesterid,
                                      .has_ssid = q->survey.has_ssid,
                                      .ssid = q->survey.ssid,
                                      .has_deviceid = true,
                                      .deviceid = (uint32_t)((first - base) / 4),
                                      .iova = iova + (first - address),
                                      .doorbell = DBELL_DOORBELL_PRE_ITS,
                                      .index = (uint32_t)i});
    }
}

static void in_page(void *ctx, uint64_t iova, uint64_t address, uint64_t size)
{
    struct inquiry *q = ctx;
    pre_its_in_page(q, iova, address, size);
    for (size_t i = 0; i < q->survey.place_count; i++)
        if (q->survey.places[i].address - address < size)
            at_place(q, &q->survey.places[i], iova + (q->survey.places[i].address - address));
}

static void of_requester(struct inquiry *q, uint32_t rid)
{
    struct survey *s = &q->survey;
    int smmu;
    const struct dbell_dma dma = {.requesterid = rid};
    if (dbell_dma_requester(&s->machine->platform, &dma, &s->requester, &smmu))
        return;
    q->requesterid = rid;
    q->reached = s->has_ssid = false;
    s->ssid = 0;
    q->summary->requesters++;
    if (smmu < 0) {
        dbell__survey_everything(s);
    } else {
        dbell__survey_stream(s, (unsigned)smmu);
        s->has_ssid = true;
        for (s->ssid = 0; s->ssid < MOST_SSIDS; s->ssid++)
            if (dbell__survey_substream_exists(s, (unsigned)smmu))
                dbell__survey_stream(s, (unsigned)smmu);
            else if (s->ssid) /* 0 may be out of range alone (5.2 S1DSS) */
                break;
    }
    q->summary->reaching += q->reached;
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

static void find_shared(struct inquiry *q)
{
    uint32_t *who = malloc((q->raiser_count + 1) * sizeof *who);
    if (q->raiser_count)
        qsort(q->raisers, q->raiser_count, sizeof *q->raisers, by_interrupt);
    for (size_t i = 0, end; who && i < q->raiser_count; i = end) {
        const struct raiser *first = &q->raisers[i];
        size_t count = 0;
        bool several = false;
        for (end = i; end < q->raiser_count && same_interrupt(first, &q->raisers[end]); end++) {
            const struct raiser *r = &q->raisers[end];
            several |= r->deviceid != first->deviceid;
            if (!count || who[count - 1] != r->requesterid)
                who[count++] = r->requesterid;
        }
        q->summary->interrupts++;
        q->summary->shared += several;
        if (several && q->report->shared)
            q->report->shared(q->report->ctx, first->kind, first->at, first->intid, who, count);
    }
    q->survey.no_memory |= !who;
    free(who);
}
/* --- the whole --- */

static bool covered(const struct dbell_rid_range *ranges, size_t count, uint32_t rid)
{
    for (size_t i = 0; i < count; i++)
        if (rid - ranges[i].first < ranges[i].count)
            return true;
    return false;
}

static void survey_all(struct inquiry *q)
{
    const struct dbell_platform *p = &q->survey.machine->platform;
    for (size_t i = 0; i < p->stream_count; i++)
        for (uint32_t n = 0; n < p->streams[i].count; n++)
            of_requester(q, p->streams[i].first + n);
    for (size_t i = 0; i < p->device_count; i++)
        for (uint32_t n = 0; n < p->devices[i].count; n++)
            if (!covered(p->streams, p->stream_count, p->devices[i].first + n))
                of_requester(q, p->devices[i].first + n);
    for (uint32_t rid = 0; !p->explicit_maps && rid < 65536; rid++)
        of_requester(q, rid);
}

int dbell_machine_isolation(struct dbell_machine *machine, const struct dbell_isolation *report,
                            struct dbell_isolation_summary *summary)
{
    struct inquiry q = {.survey = {.machine = machine, .page = in_page, .ctx = &q},
                        .report = report,
                        .summary = summary};
    *summary = (struct dbell_isolation_summary){0};
    if (dbell__survey_open(&q.survey)) {
        survey_all(&q);
        find_shared(&q);
    }
    summary->incomplete = q.survey.incomplete;
    summary->isolated_msi = !summary->shared && !summary->by_number && !summary->incomplete;
    dbell__survey_close(&q.survey);
    free(q.raisers);
    return q.survey.no_memory ? DBELL_E_MEMORY : DBELL_OK;
}
