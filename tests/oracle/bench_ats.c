/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Translation Requests against the oracle (IHI 0070 3.9.1.2, 13.6, 13.7.1): what is granted is what
 * the three kinds of access of that privilege are let do. They are asked for after an access of the
 * page that came through, and without a need to write (NW), so that no descriptor is updated. */
#include "bench.h"

#include <inttypes.h>
#include <stdio.h>

enum { WORDS = 16, F_BAD_ATS_TREQ = 0x05, EATS_FULL = 1, EATS_SPLIT = 2 };

/* Memory that keeps what an access would have updated to itself. */
struct overlay {
    const struct oracle_memory *below;
    struct {
        uint64_t address, word;
    } written[WORDS];
    unsigned count;
};

static bool overlay_read(void *ctx, uint64_t address, uint64_t *word)
{
    const struct overlay *o = ctx;
    for (unsigned i = o->count; i-- > 0;)
        if (o->written[i].address == address) {
            *word = o->written[i].word;
            return true;
        }
    return o->below->read(o->below->ctx, address, word);
}

static bool overlay_write(void *ctx, uint64_t address, uint64_t word)
{
    struct overlay *o = ctx;
    uint64_t old;
    if (!o->below->read(o->below->ctx, address, &old) || o->count == WORDS)
        return false;
    o->written[o->count].address = address;
    o->written[o->count++].word = word;
    return true;
}

static struct oracle_answer look(const struct bench *b, const struct oracle_access *a, bool write,
                                 bool instruction)
{
    struct overlay overlay = {.below = &b->memory};
    const struct oracle_memory memory = {&overlay, overlay_read, overlay_write};
    struct oracle_answer answer;
    struct oracle_access access = *a;
    access.write = write;
    access.instruction = instruction;
    access.privileged = a->ssv && a->privileged; /* only a PASID has a privilege */
    oracle_translate(&b->registers, &memory, &access, &answer);
    return answer;
}

struct grant {
    bool read, write, execute, forbidden;
    unsigned eats;
};

static struct grant grant_of(const struct bench *b, const struct oracle_access *a)
{
    const struct oracle_answer read = look(b, a, false, false), write = look(b, a, true, false),
                               fetch = look(b, a, false, true);
    struct grant g = {.eats = read.config == 4 ? 0 : read.eats};
    if (g.eats == EATS_SPLIT && !(b->registers.cr0 >> 4 & 1)) /* 5.2 EATS: with ATSCHK only */
        g.eats = 0;
    if (g.eats == 3)
        g.eats = 0;
    g.forbidden = !g.eats;
    g.read = read.outcome == ORACLE_DONE;
    /* 3.13.7: without a request for it a clean page stays read-only. */
    g.write = write.outcome == ORACLE_DONE && !write.updates[0] && !write.updates[1];
    g.execute = a->ssv && a->instruction && g.read && fetch.outcome == ORACLE_DONE;
    return g;
}

static bool mismatch(struct bench *b, unsigned i, const struct oracle_access *a,
                     const struct grant *g, const struct dbell_ats_completion *c, const char *what)
{
    b->broken = true;
    fprintf(stderr,
            "%s: Translation Request: %s, model %u\n"
            "  sid 0x%x ssv %d ssid 0x%x%s%s 0x%" PRIx64 "\n"
            "  oracle: EATS %u, R %d W %d X %d\n"
            "  model: status %u event 0x%02x, 0x%" PRIx64 " size 0x%" PRIx64
            " R %d W %d X %d: %s\n",
            b->where, what, i, a->streamid, a->ssv, a->substreamid,
            a->privileged ? " privileged" : "", a->instruction ? " instruction" : "", a->address,
            g->eats, g->read, g->write, g->execute, c->status, c->event, c->address, c->size,
            c->read, c->write, c->execute, c->rule ? c->rule : "");
    return false;
}

/* 7.3.6 */
static bool check_forbidden(struct bench *b, unsigned i, const struct oracle_access *a,
                            const struct grant *g, const struct dbell_ats_completion *c)
{
    uint64_t record[4];
    if (c->status != DBELL_ATS_UR || c->event != F_BAD_ATS_TREQ)
        return mismatch(b, i, a, g, c, "it is forbidden");
    if (!bench_settle(&b->models[i]) || !bench_take_event(&b->models[i], record))
        return mismatch(b, i, a, g, c, "no record");
    if ((record[0] & 0xff) != F_BAD_ATS_TREQ || record[0] >> 32 != a->streamid)
        return mismatch(b, i, a, g, c, "record");
    return true;
}

static bool check_grant(struct bench *b, unsigned i, const struct oracle_access *a,
                        const struct oracle_answer *done, const struct grant *g,
                        const struct dbell_ats_completion *c)
{
    uint64_t record[4];
    if (c->status != DBELL_ATS_SUCCESS || c->event)
        return mismatch(b, i, a, g, c, "status");
    if (c->read != g->read || c->write != g->write || c->execute != g->execute)
        return mismatch(b, i, a, g, c, "permissions");
    if (!bench_settle(&b->models[i]) || bench_take_event(&b->models[i], record))
        return mismatch(b, i, a, g, c, "an event");
    if (!dbell_ats_grants(c) || g->eats != EATS_FULL)
        return true;
    if (c->address + (a->address & (c->size - 1)) != done->address)
        return mismatch(b, i, a, g, c, "address");
    struct oracle_access other = *a;
    other.address ^= (c->size - 1) & UINT64_C(0x5a5a5a5a5a5a5a5a);
    const struct oracle_answer there = look(b, &other, !g->read, false);
    if (there.outcome != ORACLE_DONE ||
        there.address != c->address + (other.address & (c->size - 1)))
        return mismatch(b, i, &other, g, c, "not for all of its size");
    return true;
}

bool bench_ats(struct bench *b, const struct oracle_access *a, const struct oracle_answer *done,
               unsigned *eats)
{
    const struct grant g = grant_of(b, a);
    *eats = g.eats;
    const struct dbell_ats_request request = {.address = a->address & ~UINT64_C(0xfff),
                                              .units = 1,
                                              .no_write = true,
                                              .side = {.has_streamid = true,
                                                       .streamid = a->streamid,
                                                       .has_substreamid = a->ssv,
                                                       .substreamid = a->substreamid,
                                                       .privileged = a->privileged,
                                                       .instruction = a->instruction,
                                                       .at = DBELL_AT_TRANSLATION_REQUEST}};
    for (unsigned i = 0; i < b->count; i++) {
        struct dbell_ats_completion c = {0};
        if (dbell_smmu_ats(&b->models[i].smmu, &request, &c))
            return mismatch(b, i, a, &g, &c, "refused");
        if (!(g.forbidden ? check_forbidden(b, i, a, &g, &c) : check_grant(b, i, a, done, &g, &c)))
            return false;
    }
    return true;
}
