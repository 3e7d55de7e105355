/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/replay.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform_lines.h"
#include "replay_state.h"
#include "tlbi.h"

enum { PROGRESS_EVERY = 16384 };

int dbell_replay_open(const struct dbell_replay_options *options, struct dbell_replay **replay)
{
    struct dbell_replay *r = calloc(1, sizeof *r);
    *replay = r;
    if (!r)
        return DBELL_E_MEMORY;
    r->options = *options;
    const char *slash = options->path ? strrchr(options->path, '/') : NULL;
    size_t n = slash ? (size_t)(slash - options->path) + 1 : 0;
    if (n && n < sizeof r->directory)
        memcpy(r->directory, options->path, n);
    return DBELL_OK;
}

void dbell_replay_close(struct dbell_replay *r)
{
    if (!r)
        return;
    dbell__replay_time_close(r);
    free(r->named);
    free(r);
}

const struct dbell_replay_result *dbell_replay_results(const struct dbell_replay *r)
{
    return &r->result;
}

const struct dbell_dma *dbell_replay_last_access(const struct dbell_replay *r)
{
    return &r->last_access;
}

const struct dbell_ats_completion *dbell_replay_last_completion(const struct dbell_replay *r)
{
    return r->completed ? &r->last_completion : NULL;
}

const struct dbell_dma_result *dbell_replay_last_dma(const struct dbell_replay *r)
{
    return &r->last;
}

void dbell_replay_trace_steps(struct dbell_replay *r, struct dbell_itinerary *itinerary)
{
    r->itinerary = itinerary;
}

int dbell__replay_smmu(const struct dbell_replay *r, const char *text, size_t size)
{
    char name[DBELL_NAME_SIZE] = {0};
    if (size >= sizeof name)
        return -1;
    memcpy(name, text, size);
    return dbell_platform_smmu_named(&r->platform, name);
}

/* --- interrupts and counters --- */

static int run_wire(struct dbell_replay *r, struct dbell_message *message)
{
    const struct dbell_fields *f = &r->record.stimulus;
    struct dbell_wire wire;
    if (dbell_wire_named(&r->platform, f->text[DBELL_KEY_NAME], f->text_size[DBELL_KEY_NAME],
                         &wire))
        return dbell__fail(message, DBELL_E_NOT_FOUND, "name: there is no such wire");
    dbell__replay_check(r, DBELL_KEY_COUNT, r->system.pulses(r->system.ctx, wire));
    return DBELL_OK;
}

static int run_stat(struct dbell_replay *r, struct dbell_message *message)
{
    char name[64] = {0};
    const struct dbell_fields *f = &r->record.stimulus;
    uint64_t value;
    if (f->text_size[DBELL_KEY_NAME] >= sizeof name)
        return dbell__fail(message, DBELL_E_NOT_FOUND, "name: there is no such counter");
    memcpy(name, f->text[DBELL_KEY_NAME], f->text_size[DBELL_KEY_NAME]);
    if (r->system.counter(r->system.ctx, name, &value))
        return dbell__fail(message, DBELL_E_NOT_FOUND, "name: there is no counter %s", name);
    dbell__replay_check(r, DBELL_KEY_VAL, value);
    if (expected(r, DBELL_KEY_MIN) && value < wanted(r, DBELL_KEY_MIN))
        dbell__replay_differ(r, "min", "val=%" PRIu64, value);
    if (expected(r, DBELL_KEY_MAX) && value > wanted(r, DBELL_KEY_MAX))
        dbell__replay_differ(r, "max", "val=%" PRIu64, value);
    return DBELL_OK;
}

/* The redistributor that `cpu=` names. */
static int find_cpu(const struct dbell_replay *r, uint32_t *cpu, struct dbell_message *message)
{
    *cpu = (uint32_t)left(r, DBELL_KEY_CPU, 0);
    if (!r->platform.has_gic || *cpu >= r->platform.gic.cpus)
        return dbell__fail(message, DBELL_E_RANGE, "cpu: there is no redistributor %" PRIu32, *cpu);
    return DBELL_OK;
}

static int run_lpi(struct dbell_replay *r, struct dbell_message *message)
{
    uint32_t cpu, intid = (uint32_t)left(r, DBELL_KEY_INTID, 0);
    int status = find_cpu(r, &cpu, message);
    if (!status && (intid < 8192 || intid >> r->platform.gic.lpi_bits))
        status = dbell__fail(message, DBELL_E_RANGE, "intid: %" PRIu32 " is no LPI", intid);
    if (!status)
        dbell__replay_check(r, DBELL_KEY_PENDING, r->system.pending(r->system.ctx, cpu, intid));
    return status;
}

static int run_ack(struct dbell_replay *r, struct dbell_message *message)
{
    uint32_t cpu;
    int status = find_cpu(r, &cpu, message);
    if (!status)
        dbell__replay_check(r, DBELL_KEY_INTID, r->system.acknowledge(r->system.ctx, cpu));
    return status;
}

static int run_vlpi(struct dbell_replay *r, struct dbell_message *message)
{
    uint32_t cpu;
    int status = find_cpu(r, &cpu, message);
    if (!status)
        dbell__replay_check(
            r, DBELL_KEY_PENDING,
            r->system.pending_virtual(r->system.ctx, cpu, (uint32_t)left(r, DBELL_KEY_INTID, 0)));
    return status;
}

static int run_vack(struct dbell_replay *r, struct dbell_message *message)
{
    uint32_t cpu;
    int status = find_cpu(r, &cpu, message);
    if (!status)
        dbell__replay_check(r, DBELL_KEY_INTID,
                            r->system.acknowledge_virtual(r->system.ctx, cpu,
                                                          (unsigned)left(r, DBELL_KEY_GROUP, 1)));
    return status;
}

/* --- lines --- */

static bool is_platform(enum dbell_verb verb)
{
    return verb >= DBELL_VERB_DTB && verb < DBELL_VERB_DEVICE;
}

static int build(struct dbell_replay *r, struct dbell_message *message)
{
    dbell__level1_prepare(&r->level1, &r->platform);
    int status = dbell__platform_finish(&r->platform, message);
    if (!status)
        status = r->options.build(r->options.ctx, &r->platform, &r->system, message);
    if (status)
        return status;
    r->built = true;
    if (r->system.time && (status = dbell__replay_time_open(r)) != DBELL_OK)
        return dbell__fail(message, status, "%s", dbell_status_text(status));
    for (size_t i = 0; i < r->platform.smmu_count && r->options.note; i++) {
        const struct dbell_platform_smmu *smmu = &r->platform.smmu[i];
        const char *missing;
        for (unsigned n = 0; (missing = dbell_smmu_missing_feature(&smmu->config, n)); n++) {
            char text[160];
            snprintf(text, sizeof text, "%s announces what is not supported yet: %s", smmu->name,
                     missing);
            r->options.note(r->options.ctx, text);
        }
    }
    return DBELL_OK;
}

int dbell__replay_run(struct dbell_replay *r, bool rests, struct dbell_message *message)
{
    const uint64_t unsupported = r->result.unsupported;
    int status = DBELL_OK;
    r->system.forget_raised(r->system.ctx);
    switch (r->record.verb) {
    case DBELL_VERB_ST:
        dbell__replay_st(r);
        break;
    case DBELL_VERB_CP:
        dbell__replay_cp(r);
        break;
    case DBELL_VERB_LD:
        dbell__replay_ld(r);
        break;
    case DBELL_VERB_DMA:
        status = dbell__replay_dma(r, message);
        break;
    case DBELL_VERB_DONE:
        status = dbell__replay_done(r, message);
        break;
    case DBELL_VERB_ATS:
        status = dbell__replay_ats(r, message);
        break;
    case DBELL_VERB_PRI:
        status = dbell__replay_pri(r, message);
        break;
    case DBELL_VERB_RECV:
        status = dbell__replay_recv(r, message);
        break;
    case DBELL_VERB_WIRE:
        status = run_wire(r, message);
        break;
    case DBELL_VERB_STAT:
        status = run_stat(r, message);
        break;
    case DBELL_VERB_LPI:
        status = run_lpi(r, message);
        break;
    case DBELL_VERB_VLPI:
        status = run_vlpi(r, message);
        break;
    case DBELL_VERB_VACK:
        status = run_vack(r, message);
        break;
    case DBELL_VERB_ACK:
        status = run_ack(r, message);
        break;
    case DBELL_VERB_TLBI: {
        struct dbell_tlbi tlbi;
        dbell__tlbi_parse(&r->record.stimulus, &tlbi);
        r->system.tlbi(r->system.ctx, &tlbi);
        break;
    }
    case DBELL_VERB_MIGRATE:
        status = r->system.migrate(r->system.ctx);
        if (status)
            dbell__fail(message, status, "the machine cannot be restored");
        break;
    case DBELL_VERB_RESET:
        r->system.reset(r->system.ctx);
        break;
    case DBELL_VERB_DEVICE: /* without time nothing is under way with anything else */
        break;
    default:
        dbell__replay_unsupported(r, dbell_verb_name(r->record.verb));
        return DBELL_OK;
    }
    if (!status && rests && r->system.settle(r->system.ctx) == DBELL_E_BUSY)
        dbell__replay_differ(r, "rest", "no rest: the units still work after 2^20 steps");
    if (!status && r->record.expects && r->result.unsupported == unsupported)
        r->result.checked[r->record.verb]++;
    return status;
}

int dbell_replay_line(struct dbell_replay *r, uint64_t number, const char *line, size_t size,
                      struct dbell_message *message)
{
    r->line = number;
    r->line_failed = false;
    r->result.lines++;
    int status = dbell_trace_parse(line, size, &r->record, message);
    if (status || r->record.verb == DBELL_VERB_NONE)
        return status;
    const char *verb = dbell_verb_name(r->record.verb);
    if (!r->started) {
        if (r->record.verb != DBELL_VERB_TRACE)
            return dbell__fail(message, DBELL_E_FORMAT,
                               "%s: the first line must be trace version=1", verb);
        r->started = true;
        return DBELL_OK;
    }
    if (r->record.verb == DBELL_VERB_TRACE)
        return dbell__fail(message, DBELL_E_FORMAT, "trace: only the first line may be this");
    if (r->record.has_cycle) {
        if (r->record.cycle < r->cycle)
            return dbell__fail(message, DBELL_E_FORMAT, "@: the cycle number decreases");
        r->cycle = r->record.cycle;
    }
    if (is_platform(r->record.verb)) {
        if (r->built)
            return dbell__fail(message, DBELL_E_FORMAT,
                               "%s: a platform line after the first stimulus", verb);
        status = dbell__platform_line(&r->platform, r->directory, &r->record, message);
        if (r->record.verb == DBELL_VERB_DTB && !status)
            r->platform.explicit_maps = true;
        if (status == DBELL_E_UNSUPPORTED)
            dbell__replay_unsupported(r, message->text);
        return status;
    }
    if (!r->built) {
        status = build(r, message);
        if (status == DBELL_E_UNSUPPORTED)
            dbell__replay_unsupported(r, message->text);
        if (status)
            return status;
    }
    return r->time ? dbell__replay_time_line(r, line, size, message)
                   : dbell__replay_run(r, true, message);
}

int dbell_replay_finish(struct dbell_replay *r, struct dbell_message *message)
{
    if (!r->started)
        return dbell__fail(message, DBELL_E_FORMAT, "trace: there is no line trace version=1");
    if (!r->built)
        return build(r, message);
    if (r->time)
        dbell__replay_time_finish(r);
    return DBELL_OK;
}

int dbell_replay_file(struct dbell_replay *r, const char *path, uint64_t *line,
                      struct dbell_message *message)
{
    struct dbell_reader *reader;
    *line = 0;
    int status = dbell_reader_open(path, &reader, message);
    if (status)
        return status;
    for (;;) {
        const char *text;
        size_t size;
        int more = dbell_reader_next(reader, &text, &size, message);
        ++*line;
        if (more <= 0) {
            status = more < 0 ? more : dbell_replay_finish(r, message);
            break;
        }
        status = dbell_replay_line(r, *line, text, size, message);
        if (status)
            break;
        if (r->options.progress && *line % PROGRESS_EVERY == 0)
            r->options.progress(r->options.ctx, *line);
    }
    dbell_reader_close(reader);
    return status;
}
