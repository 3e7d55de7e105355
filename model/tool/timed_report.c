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

/* --- statistics, as lines of name, value and what it is, or as members of one object --- */

struct printer {
    FILE *out;
    bool json, first;
    uint64_t cycles; /* all of them */
};

/* "device.0000:01:00.0" ".latency" ".max" */
struct name {
    const char *of, *what, *which;
};

static void say_name(struct printer *p, const struct name *name)
{
    if (p->json)
        fprintf(p->out, "%s\"%s%s%s\":", p->first ? "" : ",", name->of, name->what, name->which);
    else
        fprintf(p->out, "%s%s%-*s ", name->of, name->what,
                (int)(44 - strlen(name->of) - strlen(name->what)), name->which);
    p->first = false;
}

static void say(struct printer *p, const struct name *name, uint64_t value, const char *meaning)
{
    say_name(p, name);
    fprintf(p->out, p->json ? "%" PRIu64 : "%14" PRIu64, value);
    if (!p->json)
        fprintf(p->out, "  # %s\n", meaning);
}

/* Of integers, so that it is the same everywhere. */
static void say_ratio(struct printer *p, const struct name *name, uint64_t of, uint64_t all,
                      const char *meaning)
{
    const uint64_t whole = all ? of / all : 0;
    const unsigned thousandths = all ? (unsigned)((double)(of % all) * 1000 / (double)all) : 0;
    say_name(p, name);
    fprintf(p->out, p->json ? "%" PRIu64 ".%03u" : "%10" PRIu64 ".%03u", whole, thousandths);
    if (!p->json)
        fprintf(p->out, "  # %s\n", meaning);
}

/* One step for each doubling: up to 1, 3, 7, ... */
static void say_steps(struct printer *p, const char *of, const char *what,
                      const struct dbell_histogram *h)
{
    uint64_t counted = 0, so_far = 0, first = 0, last = 1, from, to;
    if (p->json)
        say_name(p, &(struct name){of, what, ".histogram"});
    fputs(p->json ? "[" : "", p->out);
    for (unsigned i = 0; i <= DBELL_HISTOGRAM_STEPS; i++) {
        const bool over = i == DBELL_HISTOGRAM_STEPS;
        if (!over)
            dbell_histogram_step(i, &from, &to);
        if (over || from > last) {
            so_far += counted;
            if (counted && p->json) {
                fprintf(p->out, "%s[%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]",
                        so_far == counted ? "" : ",", first, last, counted);
            } else if (counted) {
                char which[64];
                snprintf(which, sizeof which, "::%" PRIu64 "-%" PRIu64, first, last);
                say_name(p, &(struct name){of, what, which});
                fprintf(p->out, "%14" PRIu64 " %6.2f%% %6.2f%%  # of so many cycles (Count)\n",
                        counted, (double)counted * 100 / (double)h->count,
                        (double)so_far * 100 / (double)h->count);
            }
            counted = 0;
            first = last + 1;
            last = 2 * last + 1;
            if (over)
                break;
            while (from > last) {
                first = last + 1;
                last = 2 * last + 1;
            }
        }
        counted += h->step[i];
    }
    fputs(p->json ? "]" : "", p->out);
}

static void say_histogram(struct printer *p, const char *of, const char *what,
                          const struct dbell_histogram *h, const char *meaning)
{
    if (!h->count)
        return;
    say(p, &(struct name){of, what, ".count"}, h->count, meaning);
    say(p, &(struct name){of, what, ".min"}, h->least, "the shortest (Cycle)");
    say(p, &(struct name){of, what, ".mean"}, (h->sum + h->count / 2) / h->count, "(Cycle)");
    say(p, &(struct name){of, what, ".p50"}, dbell_histogram_quantile(h, 500), "(Cycle)");
    say(p, &(struct name){of, what, ".p99"}, dbell_histogram_quantile(h, 990), "(Cycle)");
    say(p, &(struct name){of, what, ".max"}, h->most, "the longest (Cycle)");
    say_steps(p, of, what, h);
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
    char of[48];
    name_of(d, of, sizeof of);
    say(p, &(struct name){of, ".reads", ""}, d->reads, "accesses that read (Count)");
    say(p, &(struct name){of, ".writes", ""}, d->writes, "accesses that write (Count)");
    say(p, &(struct name){of, ".messages", ""}, d->messages, "writes to an ITS (Count)");
    say(p, &(struct name){of, ".faults", ""}, d->faults, "accesses that moved nothing (Count)");
    say(p, &(struct name){of, ".bytes", ""}, d->bytes, "that were moved (Byte)");
    const uint64_t cycles = d->last > d->first ? d->last - d->first : 0;
    say(p, &(struct name){of, ".cycles", ""}, cycles,
        "from its first issue to its last end (Cycle)");
    if (cycles)
        say(p, &(struct name){of, ".bytes_per_1000_cycles", ""},
            (uint64_t)((double)d->bytes * 1000 / (double)cycles), "throughput (Byte)");
    say_histogram(p, of, ".latency", &d->latency, "from issue to end (Count)");
    say_histogram(p, of, ".translation", &d->translation, "from issue to translation (Count)");
}

static void say_units(struct printer *p, const struct timed_report *r)
{
    uint64_t all = 0;
    for (unsigned i = 0; i < DBELL_CW_UNITS; i++)
        all += r->cycles[i];
    for (unsigned i = 0; i < DBELL_CW_UNITS; i++) {
        const char *what = dbell_clockwork_unit_name((enum dbell_clockwork_unit)i);
        if (!r->cycles[i] && !r->visits[i])
            continue;
        say(p, &(struct name){"unit.", what, ".cycles"}, r->cycles[i],
            "of all accesses, waiting or served (Cycle)");
        say_ratio(p, &(struct name){"unit.", what, ".share"}, r->cycles[i], all,
                  "of the cycles of all units (Ratio)");
        say(p, &(struct name){"unit.", what, ".visits"}, r->visits[i], "(Count)");
    }
}

static void say_caches(struct printer *p, const struct dbell_clockwork *cw)
{
    for (unsigned i = 0; i < DBELL_CW_CACHES; i++) {
        const enum dbell_clockwork_cache cache = (enum dbell_clockwork_cache)i;
        const struct dbell_cache_count c = dbell_clockwork_cache_count(cw, cache);
        const char *what = dbell_clockwork_cache_name(cache);
        if (!c.hits && !c.misses)
            continue;
        say(p, &(struct name){"cache.", what, ".hits"}, c.hits, "(Count)");
        say(p, &(struct name){"cache.", what, ".misses"}, c.misses, "(Count)");
        say_ratio(p, &(struct name){"cache.", what, ".hit_rate"}, c.hits, c.hits + c.misses,
                  "(Ratio)");
        say(p, &(struct name){"cache.", what, ".invalidated"}, c.invalidated, "entries (Count)");
    }
}

static void say_pools(struct printer *p, const struct dbell_clockwork *cw)
{
    for (unsigned i = 0; i < DBELL_CW_POOLS; i++) {
        const enum dbell_clockwork_pool pool = (enum dbell_clockwork_pool)i;
        const struct dbell_pool_count c = dbell_clockwork_pool_count(cw, pool);
        const char *what = dbell_clockwork_pool_name(pool);
        if (!c.visits)
            continue;
        say(p, &(struct name){"pool.", what, ".visits"}, c.visits, "who took one (Count)");
        say(p, &(struct name){"pool.", what, ".occupied"}, c.occupied,
            "cycles times how many were taken (Cycle)");
        say_ratio(p, &(struct name){"pool.", what, ".mean"}, c.occupied, p->cycles,
                  "taken on average (Count)");
        say(p, &(struct name){"pool.", what, ".waited"}, c.waited, "for one (Cycle)");
        say(p, &(struct name){"pool.", what, ".peak"}, c.peak, "taken at the same time (Count)");
        say(p, &(struct name){"pool.", what, ".capacity"}, c.capacity, "0: any number (Count)");
    }
}

void dbell__timed_print(FILE *out, const struct timed_report *r, const struct dbell_clockwork *cw,
                        bool json)
{
    struct printer p = {out, json, true, dbell_clockwork_now(cw)};
    fputs(json ? ",\"timed\":{" : "---------- Begin Simulation Statistics ----------\n", out);
    say(&p, &(struct name){"cycles", "", ""}, p.cycles, "modelled time (Cycle)");
    for (uint32_t i = 0; i < r->devices; i++)
        say_device(&p, &r->device[i]);
    if (r->others)
        say(&p, &(struct name){"device.others", ".accesses", ""}, r->others,
            "of devices beyond those that are told apart (Count)");
    say_histogram(&p, "msi", ".pending", &r->pending, "from issue to a pending LPI (Count)");
    say_histogram(&p, "msi", ".acknowledged", &r->acknowledged,
                  "from issue to the acknowledge of the LPI (Count)");
    say(&p, &(struct name){"reads", "", ""}, r->reads,
        "of tables, one after the other, by all accesses (Count)");
    say_units(&p, r);
    say_caches(&p, cw);
    say_pools(&p, cw);
    fputs(json ? "}" : "---------- End Simulation Statistics   ----------\n", out);
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
