/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CMDQ   (BENCH_BASE + BENCH_QUEUES)
#define EVENTQ (BENCH_BASE + BENCH_QUEUES + 0x8000)

static bool inside(uint64_t address, uint64_t length)
{
    return address >= BENCH_BASE && length <= BENCH_SIZE &&
           address - BENCH_BASE <= BENCH_SIZE - length;
}

static enum dbell_response tables(void *ctx, struct dbell_transaction *t)
{
    struct bench_model *m = ctx;
    if (!inside(t->address, t->length))
        return DBELL_RESPONSE_DECERR;
    uint8_t *at = (uint8_t *)m->words + (t->address - BENCH_BASE);
    if (t->data && t->op == DBELL_WRITE)
        memcpy(at, t->data, t->length);
    else if (t->data)
        memcpy(t->data, at, t->length);
    return DBELL_RESPONSE_OK;
}

static void complete(void *ctx, uint32_t token, const struct dbell_translation *result)
{
    struct bench_model *m = ctx;
    m->completed = true;
    m->token = token;
    m->late = *result;
}

/* Words are kept little endian in memory. */
static uint64_t get(const uint64_t *words, uint64_t address)
{
    uint8_t bytes[8];
    memcpy(bytes, &words[(address - BENCH_BASE) / 8], 8);
    uint64_t word = 0;
    for (unsigned i = 0; i < 8; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

static void put(uint64_t *words, uint64_t address, uint64_t word)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(word >> (8 * i));
    memcpy(&words[(address - BENCH_BASE) / 8], bytes, 8);
}

static bool oracle_read(void *ctx, uint64_t address, uint64_t *word)
{
    struct bench *b = ctx;
    if (!inside(address, 8))
        return false;
    *word = get(b->words, address);
    return true;
}

static bool oracle_write(void *ctx, uint64_t address, uint64_t word)
{
    struct bench *b = ctx;
    if (!inside(address, 8))
        return false;
    if (b->trace)
        fprintf(stderr, "update 0x%" PRIx64 ": %016" PRIx64 " -> %016" PRIx64 "\n", address,
                get(b->words, address), word);
    put(b->words, address, word);
    return true;
}

bool bench_create(struct bench *b)
{
    memset(b, 0, sizeof *b);
    b->memory = (struct oracle_memory){b, oracle_read, oracle_write};
    b->words = calloc(1, BENCH_SIZE);
    bool ok = b->words;
    for (unsigned i = 0; i < BENCH_MODELS; i++)
        ok &= (b->models[i].words = calloc(1, BENCH_SIZE)) != NULL;
    return ok;
}

void bench_destroy(struct bench *b)
{
    free(b->words);
    for (unsigned i = 0; i < BENCH_MODELS; i++)
        free(b->models[i].words);
}

bool bench_power_on(struct bench *b, const struct dbell_smmu_config *configs, unsigned count)
{
    memset(b->words, 0, b->used);
    memset(&b->registers, 0, sizeof b->registers);
    memcpy(b->registers.idr, configs[0].idr, sizeof b->registers.idr);
    b->count = count;
    b->broken = false;
    for (unsigned i = 0; i < count; i++) {
        struct bench_model *m = &b->models[i];
        const struct dbell_smmu_ports ports = {.tables = {.ctx = m, .access = tables},
                                               .completion = {m, complete}};
        memset(m->words, 0, b->used);
        m->config = configs[i];
        m->commands = m->events = 0;
        m->completed = false;
        size_t size = dbell_smmu_state_size(&configs[i]);
        m->state = size ? aligned_alloc(16, (size + 15) / 16 * 16) : NULL;
        if (!m->state || dbell_smmu_init(&m->smmu, m->state, size, &configs[i], &ports) < 0) {
            fprintf(stderr, "bench: a configuration was refused\n");
            return false;
        }
    }
    b->used = 0;
    bench_register(b, 0x90, 8, CMDQ | BENCH_LOG2QUEUE);
    bench_register(b, 0xa0, 8, EVENTQ | BENCH_LOG2QUEUE);
    return true;
}

void bench_power_off(struct bench *b)
{
    for (unsigned i = 0; i < b->count; i++) {
        free(b->models[i].state);
        b->models[i].state = NULL;
    }
}

uint64_t bench_alloc(struct bench *b, uint64_t size, uint64_t align)
{
    uint64_t at = (b->used + align - 1) / align * align;
    if (at + size > BENCH_QUEUES)
        return 0;
    b->used = at + size;
    return BENCH_BASE + at;
}

uint64_t bench_load(const struct bench *b, uint64_t address)
{
    return get(b->words, address);
}

void bench_store(struct bench *b, uint64_t address, uint64_t word)
{
    if (b->trace && word != get(b->words, address))
        fprintf(stderr, "store 0x%" PRIx64 ": %016" PRIx64 " -> %016" PRIx64 "\n", address,
                get(b->words, address), word);
    put(b->words, address, word);
    for (unsigned i = 0; i < b->count; i++)
        put(b->models[i].words, address, word);
}

static bool settle(struct bench_model *m)
{
    for (unsigned i = 0; i < 10000; i++)
        if (dbell_smmu_step(&m->smmu, NULL) == DBELL_IDLE)
            return true;
    return false;
}

void bench_register(struct bench *b, uint64_t offset, unsigned size, uint64_t value)
{
    struct oracle_registers *r = &b->registers;
    if (offset == 0x20)
        r->cr0 = (uint32_t)value;
    if (offset == 0x2c)
        r->cr2 = (uint32_t)value;
    if (offset == 0x44)
        r->gbpa = (uint32_t)value & 0x7fffffff;
    if (offset == 0x80)
        r->strtab_base = value;
    if (offset == 0x88)
        r->strtab_base_cfg = (uint32_t)value;
    for (unsigned i = 0; i < b->count; i++) {
        dbell_smmu_write(&b->models[i].smmu, offset, size, value);
        settle(&b->models[i]);
    }
}

static void command_to(struct bench_model *m, struct dbell_host_cmd command)
{
    uint32_t wrap = 2u << BENCH_LOG2QUEUE;
    uint64_t at = CMDQ + 16 * (m->commands % (wrap / 2));
    put(m->words, at, command.words[0]);
    put(m->words, at + 8, command.words[1]);
    m->commands++;
    dbell_smmu_write(&m->smmu, 0x98, 4, m->commands % wrap);
    settle(m);
}

void bench_command(struct bench *b, struct dbell_host_cmd command)
{
    if (b->trace)
        fprintf(stderr, "command %016" PRIx64 " %016" PRIx64 "\n", command.words[0],
                command.words[1]);
    for (unsigned i = 0; i < b->count; i++)
        command_to(&b->models[i], command);
}

void bench_resume(struct bench *b, uint32_t streamid, bool retry, bool abort)
{
    for (unsigned i = 0; i < b->count; i++)
        command_to(&b->models[i], dbell_host_resume(streamid, b->models[i].stag, retry, abort));
}

void bench_sync(struct bench *b)
{
    bench_command(b, dbell_host_sync());
    for (unsigned i = 0; i < b->count; i++) {
        struct bench_model *m = &b->models[i];
        uint64_t cons = dbell_smmu_read(&m->smmu, 0x9c, 4);
        if ((cons & 0xfffff) != m->commands % (2u << BENCH_LOG2QUEUE)) {
            fprintf(stderr, "%s: a command was refused, CMDQ_CONS 0x%" PRIx64 "\n", b->where, cons);
            b->broken = true;
        }
    }
}

/* --- Comparison --- */

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
static bool take_event(struct bench_model *m, uint64_t record[4])
{
    uint32_t wrap = 2u << BENCH_LOG2QUEUE;
    if ((dbell_smmu_read(&m->smmu, 0x100a8, 4) & 0xfffff) == m->events % wrap)
        return false;
    for (unsigned i = 0; i < 4; i++)
        record[i] = get(m->words, EVENTQ + 32 * (m->events % (wrap / 2)) + 8 * i);
    m->events++;
    dbell_smmu_write(&m->smmu, 0x100ac, 4, m->events % wrap);
    return true;
}

/* The memory type as far as it is compared. */
static uint8_t type_of(const struct bench *b, uint8_t attr)
{
    static const uint8_t without[16] = {0,   0xb, 0xb, 0xb, 4,   0xf, 0xf, 0xf,
                                        0xb, 0xb, 0xb, 0xb, 0xf, 0xf, 0xf, 0xf};
    bool fwb = b->registers.idr[3] >> 8 & 1;
    if (attr < 0x10)
        return AVOID_FWB_OVER_DEVICE && fwb ? 0 : attr;
    if (!AVOID_FWB_HINTS || !fwb)
        return attr;
    return (uint8_t)(without[attr >> 4] << 4 | without[attr & 15]);
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
        if (type_of(b, t->attr) != type_of(b, want->attr) || t->sh != want->sh)
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
    if (!settle(m))
        return mismatch(b, i, a, want, t, NULL, "never rests");
    bool there = take_event(m, record);
    if (there != (want->event != 0))
        return mismatch(b, i, a, want, t, there ? record : NULL, "record");
    for (unsigned w = 0; there && w < 4; w++)
        if ((record[w] ^ want->record[w]) & want->known[w])
            return mismatch(b, i, a, want, t, record, "record");
    if (there && want->outcome == ORACLE_STALL)
        m->stag = (unsigned)(record[1] & 0xffff);
    if (take_event(m, second))
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
    if (answer.outcome != ORACLE_DONE || type_of(b, answer.attr) != type_of(b, want->attr) ||
        answer.sh != want->sh || (answer.address ^ want->address) != (other.address ^ a->address))
        return mismatch(b, i, &other, &answer, t, NULL, "page");
    return true;
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
        if (dbell_smmu_translate(&m->smmu, &t, &result) < 0)
            return mismatch(b, i, a, answer, &result, NULL, "refused");
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
            if (get(b->words, at) != get(b->models[i].words, at))
                fprintf(stderr,
                        "%s: memory at 0x%" PRIx64 ": oracle %016" PRIx64 ", model %u %016" PRIx64
                        "\n",
                        b->where, at, get(b->words, at), i, get(b->models[i].words, at));
    }
    return same;
}
