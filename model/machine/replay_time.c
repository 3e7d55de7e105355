/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Replay in modelled time: lines at their cycle, devices that keep so many accesses under way, and
 * everything else in turn, each line when the one before has come to rest. An expectation is
 * checked when its access has ended. */
#include "replay_state.h"

#include <stdlib.h>
#include <string.h>

/* An access may depend on the one 64 before it: of so many more it is known whether they ended. */
enum { DEVICES = 256, UNDER_WAY = 4096, AHEAD = 8192, DEPENDENCE = 128 };

/* An access that its device has not begun, or that is under way. */
struct timed_line {
    struct timed_line *next;
    char *text;
    size_t size;
    uint64_t number, order; /* of the trace; of the device's accesses, from 0 */
    struct dbell_dma dma;
    struct timed_device *device; /* NULL: none, it has its cycle */
    bool checked;
    uint8_t *data;
};

struct timed_device {
    uint32_t requesterid, outstanding, depend;
    uint32_t under_way;
    uint64_t begun;
    bool ended[DEPENDENCE]; /* by order */
    struct timed_line *first, *last;
};

struct replay_time {
    struct timed_device device[DEVICES];
    uint32_t devices;
    struct timed_line *under_way[UNDER_WAY];
    uint32_t count;             /* of these */
    uint32_t queued;            /* of all devices */
    struct dbell_record record; /* of the line at hand, while another is checked */
};

static void forget(struct timed_line *line)
{
    free(line->text);
    free(line->data);
    free(line);
}

/* --- ends --- */

/* The expectation of a line that was read before. */
static void check(struct dbell_replay *r, const struct timed_line *line,
                  const struct dbell_dma_result *result, const struct dbell_dma *dma)
{
    struct dbell_message message = {""};
    const uint64_t number = r->line;
    const bool failed = r->line_failed;
    r->time->record = r->record;
    r->line = line->number;
    r->line_failed = false;
    r->deferred = true;
    if (!dbell_trace_parse(line->text, line->size, &r->record, &message)) {
        if (dbell__replay_dma_ended(r, dma, result, &message))
            dbell__replay_unsupported(r, message.text);
        else if (r->record.expects && !result->status)
            r->result.checked[DBELL_VERB_DMA]++;
    }
    r->deferred = false;
    r->record = r->time->record;
    r->line = number;
    r->line_failed = failed;
}

static void release(struct timed_line *line)
{
    struct timed_device *device = line->device;
    if (!device)
        return;
    device->under_way--;
    device->ended[line->order % DEPENDENCE] = true;
    line->device = NULL;
}

static void ended(void *ctx, uint64_t user, const struct dbell_dma *dma,
                  const struct dbell_dma_result *result, bool stalls)
{
    struct dbell_replay *r = ctx;
    struct timed_line *line = user < UNDER_WAY ? r->time->under_way[user] : NULL;
    if (!line)
        return;
    if (!line->checked)
        check(r, line, result, dma);
    line->checked = true;
    if (stalls)
        return;
    release(line);
    r->time->under_way[user] = NULL;
    r->time->count--;
    forget(line);
}

static void accepted(void *ctx, uint64_t user)
{
    struct dbell_replay *r = ctx;
    if (user < UNDER_WAY && r->time->under_way[user])
        release(r->time->under_way[user]); /* a posted write: the device is done with it */
}

/* --- begins --- */

/* False: there is no room. */
static bool begin(struct dbell_replay *r, struct timed_line *line)
{
    struct replay_time *time = r->time;
    uint32_t user = 0;
    while (user < UNDER_WAY && time->under_way[user])
        user++;
    if (user == UNDER_WAY)
        return false;
    time->under_way[user] = line;
    time->count++;
    const int status = r->system.time->issue(r->system.ctx, &line->dma, user);
    if (!status)
        return true;
    time->under_way[user] = NULL;
    time->count--;
    if (status == DBELL_E_BUSY)
        return false;
    const struct dbell_dma_result result = {.status = status};
    check(r, line, &result, &line->dma);
    release(line);
    forget(line);
    return true;
}

static bool may_begin(const struct timed_device *device)
{
    return device->first && device->under_way < device->outstanding &&
           (!device->depend || device->begun < device->depend ||
            device->ended[(device->begun - device->depend) % DEPENDENCE]);
}

/* Every device begins what it may, in turns. */
static void pump(struct dbell_replay *r)
{
    struct replay_time *time = r->time;
    for (bool any = true; any;) {
        any = false;
        for (uint32_t i = 0; i < time->devices; i++) {
            struct timed_device *device = &time->device[i];
            if (!may_begin(device))
                continue;
            struct timed_line *line = device->first, *next = line->next;
            line->device = device;
            line->order = device->begun;
            device->under_way++;
            device->begun++;
            device->ended[line->order % DEPENDENCE] = false;
            if (!begin(r, line)) { /* later */
                device->under_way--;
                device->begun--;
                return;
            }
            device->first = next;
            time->queued--;
            any = true;
        }
    }
}

/* All that can happen at this cycle: where no time passes, that may be everything. */
static void happen_now(struct dbell_replay *r)
{
    const struct dbell_system *s = &r->system;
    const struct replay_time *time = r->time;
    uint32_t queued, count;
    do {
        queued = time->queued;
        count = time->count;
        pump(r);
        s->time->run(s->ctx, s->time->now(s->ctx));
    } while (time->queued != queued || time->count != count);
}

/* The next thing happens. False: nothing is left. */
static bool proceed(struct dbell_replay *r)
{
    const struct dbell_system *s = &r->system;
    happen_now(r);
    const uint64_t next = s->time->next(s->ctx);
    if (next == UINT64_MAX)
        return false;
    s->time->run(s->ctx, next);
    happen_now(r);
    return true;
}

/* Until nothing is under way. */
static void drain(struct dbell_replay *r)
{
    uint32_t queued, count;
    do {
        queued = r->time->queued;
        count = r->time->count;
        while ((r->time->queued || r->time->count) && proceed(r))
            ;
        r->system.settle(r->system.ctx); /* what waits for devices in vain gives up */
        happen_now(r);
    } while (r->time->queued != queued || r->time->count != count);
}

/* A line that has an expectation, and nothing that it could be held to. */
static void never_ended(struct dbell_replay *r, const struct timed_line *line, const char *why)
{
    if (line->checked)
        return;
    r->line = line->number;
    r->line_failed = false;
    dbell__replay_differ(r, "an end", "%s", why);
}

void dbell__replay_time_finish(struct dbell_replay *r)
{
    drain(r);
    for (uint32_t i = 0; i < UNDER_WAY; i++)
        if (r->time->under_way[i])
            never_ended(r, r->time->under_way[i], "it waits for ever");
    for (uint32_t i = 0; i < r->time->devices; i++)
        for (const struct timed_line *line = r->time->device[i].first; line; line = line->next)
            never_ended(r, line, "its device has not begun it: others wait for ever");
}

/* To a cycle, which may have been before: devices go on meanwhile. */
static void advance(struct dbell_replay *r, uint64_t cycle)
{
    const struct dbell_system *s = &r->system;
    for (;;) {
        happen_now(r);
        const uint64_t next = s->time->next(s->ctx);
        if (next > cycle || next == UINT64_MAX)
            break;
        s->time->run(s->ctx, next);
    }
    if (cycle > s->time->now(s->ctx))
        s->time->run(s->ctx, cycle);
}

/* --- lines --- */

static struct timed_device *device_of(struct replay_time *time, uint32_t requesterid)
{
    for (uint32_t i = 0; i < time->devices; i++)
        if (time->device[i].requesterid == requesterid)
            return &time->device[i];
    return NULL;
}

static int declare(struct dbell_replay *r, struct dbell_message *message)
{
    const uint32_t requesterid = (uint32_t)left(r, DBELL_KEY_RID, 0);
    struct timed_device *device = device_of(r->time, requesterid);
    if (!device) {
        if (r->time->devices == DEVICES)
            return dbell__fail(message, DBELL_E_RANGE, "device: there are %d already", DEVICES);
        device = &r->time->device[r->time->devices++];
        *device = (struct timed_device){.requesterid = requesterid};
    }
    device->outstanding = (uint32_t)left(r, DBELL_KEY_OUTSTANDING, 1);
    device->depend = (uint32_t)left(r, DBELL_KEY_DEPEND, 0);
    return DBELL_OK;
}

/* A copy of the line at hand, which is a dma. */
static int copy(struct dbell_replay *r, const char *text, size_t size, struct timed_line **out,
                struct dbell_message *message)
{
    struct timed_line *line = calloc(1, sizeof *line);
    *out = line;
    if (!line)
        return dbell__fail(message, DBELL_E_MEMORY, "out of memory");
    int status = dbell__replay_dma_of(r, &line->dma, message);
    line->text = malloc(size + 1);
    line->data = line->dma.data ? malloc(line->dma.length + 1u) : NULL;
    if (!status && (!line->text || (line->dma.data && !line->data)))
        status = dbell__fail(message, DBELL_E_MEMORY, "out of memory");
    if (status) {
        forget(line);
        return status;
    }
    memcpy(line->text, text, size);
    line->size = size;
    line->number = r->line;
    if (line->data) {
        memcpy(line->data, line->dma.data, line->dma.length);
        line->dma.data = line->data;
    }
    return DBELL_OK;
}

static void enqueue(struct dbell_replay *r, struct timed_device *device, struct timed_line *line)
{
    if (device->first)
        device->last->next = line;
    else
        device->first = line;
    device->last = line;
    r->time->queued++;
    pump(r);
    while (r->time->queued > AHEAD && proceed(r))
        ;
}

int dbell__replay_time_line(struct dbell_replay *r, const char *text, size_t size,
                            struct dbell_message *message)
{
    const bool dma = r->record.verb == DBELL_VERB_DMA, at = r->record.has_cycle;
    struct timed_device *device = dma && given(r, DBELL_KEY_RID) && !at
                                      ? device_of(r->time, (uint32_t)left(r, DBELL_KEY_RID, 0))
                                      : NULL;
    struct timed_line *line;
    int status;
    if (at)
        advance(r, r->record.cycle);
    if (device || (dma && at)) {
        status = copy(r, text, size, &line, message);
        if (status)
            return status;
        if (device) {
            enqueue(r, device, line);
        } else {
            while (!begin(r, line))
                if (!proceed(r)) {
                    forget(line);
                    return dbell__fail(message, DBELL_E_BUSY, "too many accesses are stalled");
                }
        }
        return DBELL_OK;
    }
    if (r->record.verb == DBELL_VERB_DEVICE)
        return declare(r, message);
    if (!at)
        drain(r);
    status = dbell__replay_run(r, !at, message);
    if (at)
        r->system.time->run(r->system.ctx, r->system.time->now(r->system.ctx));
    return status;
}

int dbell__replay_time_open(struct dbell_replay *r)
{
    const struct dbell_listener listener = {r, ended, accepted};
    r->time = calloc(1, sizeof *r->time);
    if (!r->time)
        return DBELL_E_MEMORY;
    r->system.time->listen(r->system.ctx, &listener);
    return DBELL_OK;
}

void dbell__replay_time_close(struct dbell_replay *r)
{
    struct replay_time *time = r->time;
    if (!time)
        return;
    for (uint32_t i = 0; i < UNDER_WAY; i++)
        if (time->under_way[i])
            forget(time->under_way[i]);
    for (uint32_t i = 0; i < time->devices; i++)
        for (struct timed_line *line = time->device[i].first, *next; line; line = next) {
            next = line->next;
            forget(line);
        }
    free(time);
}
