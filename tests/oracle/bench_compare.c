/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Models against the oracle. */
#include "bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const outcomes[] = {"done", "abort", "razwi", "stall"};

static void tell_answer(const struct oracle_answer *a)
{
    fprintf(stderr,
            "  oracle: %s 0x%" PRIx64 " attr %02x sh %u event %02x (cause %02x S2 %d class %d)\n",
            outcomes[a->outcome], a->address, a->attr, a->sh, a->event, a->cause, a->stage2,
            (int)a->class);
    if (a->event)
        for (unsigned i = 0; i < 4; i++)
            fprintf(stderr, "    %016" PRIx64 " of %016" PRIx64 "\n", a->record[i], a->known[i]);
}

static void tell_access(const struct oracle_access *a)
{
    fprintf(stderr, "  access: sid 0x%x ssv %d ssid 0x%x %s%s%s 0x%" PRIx64 " attr %02x sh %u\n",
            a->streamid, a->ssv, a->substreamid, a->write ? "write" : "read",
            a->privileged ? " privileged" : "", a->instruction ? " instruction" : "", a->address,
            a->attr, a->sh);
}

static bool mismatch(struct bench *b, unsigned index, const struct oracle_access *a,
                     const struct oracle_answer *answer, const struct dbell_translation *t,
                     const uint64_t *record, const char *what)
{
    const struct bench_model *m = &b->models[index];
    b->broken = true;
    fprintf(stderr, "%s: %s, model %u (tlb %u, config %u%s)\n", b->where, what, index,
            m->config.tlb_entries, m->config.config_entries,
            m->config.no_caches ? ", no caches" : "");
    tell_access(a);
    tell_answer(answer);
    if (t)
        fprintf(stderr,
                "  model: outcome %u razwi %d 0x%" PRIx64 " attr %02x sh %u event %02x: %s\n",
                t->outcome, t->razwi, t->address, t->attr, t->sh, t->event, t->rule ? t->rule : "");
    for (unsigned i = 0; record && i < 4; i++)
        fprintf(stderr, "    %016" PRIx64 "\n", record[i]);
    return false;
}

/* The next record of a model. */
bool bench_take_event(struct bench_model *m, uint64_t record[4])
{
    uint32_t wrap = 2u << BENCH_LOG2QUEUE;
    if ((dbell_smmu_read(&m->smmu, 0x100a8, 4) & 0xfffff) == m->events % wrap)
        return false;
    for (unsigned i = 0; i < 4; i++)
        record[i] = bench_word(m->words, BENCH_EVENTQ + 32 * (m->events % (wrap / 2)) + 8 * i);
    m->events++;
    dbell_smmu_write(&m->smmu, 0x100ac, 4, m->events % wrap);
    return true;
}

static bool check_result(struct bench *b, unsigned i, const struct oracle_access *a,
                         const struct oracle_answer *want, const struct dbell_translation *t)
{
    static const uint8_t outcome_of[] = {DBELL_DONE, DBELL_FAULT, DBELL_FAULT, DBELL_PENDING};
    if (t->outcome != outcome_of[want->outcome])
        return mismatch(b, i, a, want, t, NULL, "outcome");
    if (want->outcome == ORACLE_DONE) {
        if (t->address != want->address)
            return mismatch(b, i, a, want, t, NULL, "address");
        if (t->attr != want->attr || t->sh != want->sh)
            return mismatch(b, i, a, want, t, NULL, "attributes");
        return true;
    }
    if (t->outcome == DBELL_FAULT && t->razwi != (want->outcome == ORACLE_RAZWI))
        return mismatch(b, i, a, want, t, NULL, "RAZ/WI");
    if (t->event != want->event)
        return mismatch(b, i, a, want, t, NULL, "event");
    return true;
}

static bool check_record(struct bench *b, unsigned i, const struct oracle_access *a,
                         const struct oracle_answer *want, const struct dbell_translation *t)
{
    struct bench_model *m = &b->models[i];
    uint64_t record[4], second[4];
    if (!bench_settle(m))
        return mismatch(b, i, a, want, t, NULL, "never rests");
    bool there = bench_take_event(m, record);
    if (there != (want->event != 0))
        return mismatch(b, i, a, want, t, there ? record : NULL, "record");
    for (unsigned w = 0; there && w < 4; w++)
        if ((record[w] ^ want->record[w]) & want->known[w])
            return mismatch(b, i, a, want, t, record, "record");
    if (there && want->outcome == ORACLE_STALL)
        m->stag = (unsigned)(record[1] & 0xffff);
    if (bench_take_event(m, second))
        return mismatch(b, i, a, want, t, second, "second record");
    return true;
}

/* All of the page that the model names goes the same way. */
static bool check_page(struct bench *b, unsigned i, const struct oracle_access *a,
                       const struct oracle_answer *want, const struct dbell_translation *t)
{
    if (!t->page_size || (t->page_size & (t->page_size - 1)))
        return true;
    struct oracle_access other = *a;
    struct oracle_answer answer;
    other.address ^= (t->page_size - 1) & UINT64_C(0x5a5a5a5a5a5a5a5a);
    oracle_translate(&b->registers, &b->memory, &other, &answer);
    if (answer.outcome != ORACLE_DONE || answer.attr != want->attr || answer.sh != want->sh ||
        (answer.address ^ want->address) != (other.address ^ a->address))
        return mismatch(b, i, &other, &answer, t, NULL, "page");
    return true;
}

/* Without caches an access reads and updates what was foreseen of it. */
static bool check_foresight(struct bench *b, unsigned i, const struct oracle_access *a,
                            const struct dbell_itinerary *foreseen,
                            const struct dbell_itinerary *made)
{
    uint32_t n = 0;
    bool same = true;
    for (uint32_t s = 0; s < made->count; s++) {
        const struct dbell_step *is = &made->steps[s], *was = &foreseen->steps[n];
        if (is->kind != DBELL_STEP_READ && is->kind != DBELL_STEP_UPDATE)
            continue;
        same &= n++ < foreseen->count && was->kind == is->kind && was->object == is->object &&
                was->address == is->address && was->input == is->input;
    }
    return (same && n == foreseen->count) ||
           mismatch(b, i, a, &(struct oracle_answer){0}, NULL, NULL, "foresight");
}

bool bench_access(struct bench *b, const struct oracle_access *a, struct oracle_answer *answer)
{
    oracle_translate(&b->registers, &b->memory, a, answer);
    if (b->trace) {
        tell_access(a);
        tell_answer(answer);
    }
    for (unsigned i = 0; i < b->count; i++) {
        struct bench_model *m = &b->models[i];
        struct dbell_transaction t = {.address = a->address, .length = 1, .op = a->write};
        t.side.has_streamid = true;
        t.side.streamid = a->streamid;
        t.side.has_substreamid = a->ssv;
        t.side.substreamid = a->substreamid;
        t.side.privileged = a->privileged;
        t.side.instruction = a->instruction;
        t.side.attr = a->attr;
        t.side.sh = a->sh;
        struct dbell_translation result = {0};
        m->completed = false;
        struct dbell_step steps[2][BENCH_STEPS];
        struct dbell_itinerary foreseen = {.steps = steps[0], .capacity = BENCH_STEPS};
        struct dbell_itinerary made = {.steps = steps[1], .capacity = BENCH_STEPS};
        struct dbell_smmu_foresight foresight;
        if (m->config.no_caches) {
            t.itinerary = &foreseen;
            dbell_smmu_foresee(&m->smmu, &t, &foresight);
            t.itinerary = &made;
        }
        if (dbell_smmu_translate(&m->smmu, &t, &result) < 0)
            return mismatch(b, i, a, answer, &result, NULL, "refused");
        if (m->config.no_caches && !check_foresight(b, i, a, &foreseen, &made))
            return false;
        m->stall_token = result.token;
        if (!check_result(b, i, a, answer, &result) || !check_record(b, i, a, answer, &result))
            return false;
        if (result.outcome == DBELL_DONE && !check_page(b, i, a, answer, &result))
            return false;
    }
    return true;
}

bool bench_completed(struct bench *b, const struct oracle_access *a, bool retried,
                     enum oracle_outcome forced, struct oracle_answer *answer)
{
    if (retried)
        oracle_translate(&b->registers, &b->memory, a, answer);
    else
        *answer = (struct oracle_answer){.outcome = forced};
    if (b->trace) {
        fprintf(stderr, "  resumed\n");
        tell_answer(answer);
    }
    for (unsigned i = 0; i < b->count; i++) {
        struct bench_model *m = &b->models[i];
        if (!m->completed)
            return mismatch(b, i, a, answer, NULL, NULL, "completion");
        if (m->token != m->stall_token)
            return mismatch(b, i, a, answer, &m->late, NULL, "token");
        m->stall_token = m->late.token;
        if (!retried)
            m->late.event = 0;
        if (!check_result(b, i, a, answer, &m->late))
            return false;
        m->completed = false;
        if (!check_record(b, i, a, answer, NULL))
            return false;
    }
    return true;
}

struct bench_stall bench_put_aside(const struct bench *b, const struct oracle_access *access)
{
    struct bench_stall stall = {.access = *access};
    for (unsigned i = 0; i < b->count; i++) {
        stall.token[i] = b->models[i].stall_token;
        stall.stag[i] = b->models[i].stag;
    }
    return stall;
}

void bench_put_back(struct bench *b, const struct bench_stall *stall)
{
    for (unsigned i = 0; i < b->count; i++) {
        b->models[i].stall_token = stall->token[i];
        b->models[i].stag = stall->stag[i];
    }
}

bool bench_compare_memory(struct bench *b)
{
    bool same = true;
    for (unsigned i = 0; i < b->count; i++) {
        if (!memcmp(b->words, b->models[i].words, b->used))
            continue;
        same = false;
        b->broken = true;
        for (uint64_t at = BENCH_BASE; at < BENCH_BASE + b->used; at += 8)
            if (bench_word(b->words, at) != bench_word(b->models[i].words, at))
                fprintf(
                    stderr,
                    "%s: memory at 0x%" PRIx64 ": oracle %016" PRIx64 ", model %u %016" PRIx64 "\n",
                    b->where, at, bench_word(b->words, at), i, bench_word(b->models[i].words, at));
    }
    return same;
}
