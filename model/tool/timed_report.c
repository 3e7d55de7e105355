/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "timed_report.h"

#include <inttypes.h>
#include <string.h>

static struct device_report *device_of(struct timed_report *r, const struct dbell_dma *dma)
{
    const uint32_t id = dma->by_streamid ? dma->streamid : dma->requesterid;
    for (uint32_t i = 0; i < r->devices; i++)
        if (r->device[i].requesterid == id && r->device[i].by_streamid == dma->by_streamid)
            return &r->device[i];
    if (r->devices == REPORTED_DEVICES)
        return NULL;
    struct device_report *device = &r->device[r->devices++];
    *device = (struct device_report){
        .requesterid = id, .by_streamid = dma->by_streamid, .first = DBELL_NEVER};
    return device;
}

void dbell__timed_note(struct timed_report *r, const struct dbell_timed_access *a)
{
    const struct dbell_access_times *t = a->times;
    struct device_report *device = device_of(r, a->dma);
    for (unsigned i = 0; i < DBELL_CW_UNITS; i++) {
        r->cycles[i] += t->cycles[i];
        r->visits[i] += t->visits[i];
    }
    r->reads += t->reads;
    if (a->message && t->moved != DBELL_NEVER)
        dbell_histogram_add(&r->pending, t->moved - t->issued);
    if (!device) {
        r->others++;
        return;
    }
    const uint64_t ended = a->message && t->accepted != DBELL_NEVER ? t->accepted : t->ended;
    if (t->issued < device->first)
        device->first = t->issued;
    if (ended > device->last)
        device->last = ended;
    device->messages += a->message;
    device->reads += !dbell_op_writes(a->dma->op);
    device->writes += dbell_op_writes(a->dma->op) && !a->message;
    if (t->moved == DBELL_NEVER)
        device->faults++;
    else
        device->bytes += a->dma->length;
    dbell_histogram_add(&device->latency, ended - t->issued);
    if (t->granted != DBELL_NEVER)
        dbell_histogram_add(&device->translation, t->granted - t->issued);
}

/* --- names and numbers, as lines or as members of one object --- */

struct printer {
    FILE *out;
    bool json, first;
};

static void say(struct printer *p, const char *name, const char *more, uint64_t value)
{
    if (p->json)
        fprintf(p->out, "%s\"%s%s\":%" PRIu64, p->first ? "" : ",", name, more, value);
    else
        fprintf(p->out, "  %s%-*s %14" PRIu64 "\n", name, (int)(44 - strlen(name)), more, value);
    p->first = false;
}

static void say_histogram(struct printer *p, const char *name, const struct dbell_histogram *h)
{
    if (!h->count)
        return;
    say(p, name, ".count", h->count);
    say(p, name, ".min", h->least);
    say(p, name, ".mean", (h->sum + h->count / 2) / h->count);
    say(p, name, ".p50", dbell_histogram_quantile(h, 500));
    say(p, name, ".p99", dbell_histogram_quantile(h, 990));
    say(p, name, ".max", h->most);
}

static void name_of(const struct device_report *d, char *text, size_t size)
{
    const uint32_t id = d->requesterid;
    if (d->by_streamid)
        snprintf(text, size, "stream.0x%" PRIx32, id);
    else
        snprintf(text, size, "device.%04" PRIx32 ":%02" PRIx32 ":%02" PRIx32 ".%" PRIu32, id >> 16,
                 id >> 8 & 0xff, id >> 3 & 0x1f, id & 7);
}

static void say_device(struct printer *p, const struct device_report *d)
{
    char name[48], longer[64];
    name_of(d, name, sizeof name);
    say(p, name, ".reads", d->reads);
    say(p, name, ".writes", d->writes);
    say(p, name, ".messages", d->messages);
    say(p, name, ".faults", d->faults);
    say(p, name, ".bytes", d->bytes);
    const uint64_t cycles = d->last > d->first ? d->last - d->first : 0;
    say(p, name, ".cycles", cycles);
    if (cycles)
        say(p, name, ".bytes_per_1000_cycles",
            (uint64_t)((double)d->bytes * 1000 / (double)cycles));
    snprintf(longer, sizeof longer, "%s.latency", name);
    say_histogram(p, longer, &d->latency);
    snprintf(longer, sizeof longer, "%s.translation", name);
    say_histogram(p, longer, &d->translation);
}

static void say_units(struct printer *p, const struct timed_report *r)
{
    for (unsigned i = 0; i < DBELL_CW_UNITS; i++) {
        const char *name = dbell_clockwork_unit_name((enum dbell_clockwork_unit)i);
        char text[48];
        if (!r->cycles[i] && !r->visits[i])
            continue;
        snprintf(text, sizeof text, "unit.%s", name);
        say(p, text, ".cycles", r->cycles[i]);
        say(p, text, ".visits", r->visits[i]);
    }
}

static void say_caches(struct printer *p, const struct dbell_clockwork *cw)
{
    for (unsigned i = 0; i < DBELL_CW_CACHES; i++) {
        const enum dbell_clockwork_cache cache = (enum dbell_clockwork_cache)i;
        const struct dbell_cache_count c = dbell_clockwork_cache_count(cw, cache);
        char text[48];
        if (!c.hits && !c.misses)
            continue;
        snprintf(text, sizeof text, "cache.%s", dbell_clockwork_cache_name(cache));
        say(p, text, ".hits", c.hits);
        say(p, text, ".misses", c.misses);
        say(p, text, ".invalidated", c.invalidated);
    }
}

static void say_pools(struct printer *p, const struct dbell_clockwork *cw)
{
    for (unsigned i = 0; i < DBELL_CW_POOLS; i++) {
        const enum dbell_clockwork_pool pool = (enum dbell_clockwork_pool)i;
        const struct dbell_pool_count c = dbell_clockwork_pool_count(cw, pool);
        char text[48];
        if (!c.visits)
            continue;
        snprintf(text, sizeof text, "pool.%s", dbell_clockwork_pool_name(pool));
        say(p, text, ".visits", c.visits);
        say(p, text, ".occupied", c.occupied);
        say(p, text, ".waited", c.waited);
        say(p, text, ".peak", c.peak);
        say(p, text, ".capacity", c.capacity);
    }
}

void dbell__timed_print(FILE *out, const struct timed_report *r, const struct dbell_clockwork *cw,
                        bool json)
{
    struct printer p = {out, json, true};
    fputs(json ? ",\"timed\":{" : "", out);
    say(&p, "cycles", "", dbell_clockwork_now(cw));
    for (uint32_t i = 0; i < r->devices; i++)
        say_device(&p, &r->device[i]);
    if (r->others)
        say(&p, "device.others", ".accesses", r->others);
    say_histogram(&p, "msi.pending", &r->pending);
    say_histogram(&p, "msi.acknowledged", &r->acknowledged);
    say(&p, "reads", "", r->reads);
    say_units(&p, r);
    say_caches(&p, cw);
    say_pools(&p, cw);
    fputs(json ? "}" : "", out);
}

void dbell__timed_access(FILE *out, const struct dbell_timed_access *a)
{
    if (!a) {
        fputs("line,requester,write,address,issued,granted,accepted,moved,ended,translation,reads",
              out);
        for (unsigned i = 0; i < DBELL_CW_UNITS; i++)
            fprintf(out, ",%s", dbell_clockwork_unit_name((enum dbell_clockwork_unit)i));
        for (unsigned i = 0; i < DBELL_CW_UNITS; i++)
            fprintf(out, ",%s.visits", dbell_clockwork_unit_name((enum dbell_clockwork_unit)i));
        fputc('\n', out);
        return;
    }
    const struct dbell_access_times *t = a->times;
    const uint64_t points[] = {
        t->issued, t->granted, t->accepted,
        t->moved,  t->ended,   t->granted == DBELL_NEVER ? DBELL_NEVER : t->granted - t->issued};
    fprintf(out, "%" PRIu64 ",0x%" PRIx32 ",%d,0x%" PRIx64, a->dma->line,
            a->dma->by_streamid ? a->dma->streamid : a->dma->requesterid,
            dbell_op_writes(a->dma->op), a->dma->address);
    for (unsigned i = 0; i < sizeof points / sizeof points[0]; i++)
        if (points[i] == DBELL_NEVER)
            fputc(',', out);
        else
            fprintf(out, ",%" PRIu64, points[i]);
    fprintf(out, ",%" PRIu32, t->reads);
    for (unsigned i = 0; i < DBELL_CW_UNITS; i++)
        fprintf(out, ",%" PRIu64, t->cycles[i]);
    for (unsigned i = 0; i < DBELL_CW_UNITS; i++)
        fprintf(out, ",%" PRIu32, t->visits[i]);
    fputc('\n', out);
}
