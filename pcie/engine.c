/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The DMA engine: jobs, one piece at a time, with or without the translation cache. */
#include <string.h>

#include "atc.h"

/* --- the queue --- */

static bool in_range(const struct dbell_job *job)
{
    if (job->kind >= DBELL_JOBS || job->mode > DBELL_THROUGH_ATC || !job->length ||
        job->length >> 48 || job->stride >> 48)
        return false;
    if (job->kind == DBELL_JOB_SUM && (job->length | job->source | job->block | job->stride) & 7)
        return false;
    return !job->has_pasid || !(job->pasid >> DBELL_PASID_BITS);
}

int dbell_endpoint_submit(struct dbell_endpoint *endpoint, const struct dbell_job *job,
                          uint32_t *ticket)
{
    struct dbell_endpoint_state *state = endpoint->state;
    if (!in_range(job))
        return DBELL_E_RANGE;
    for (unsigned i = 0; i < DBELL_ENDPOINT_JOBS; i++) {
        struct job *place = &state->jobs[i];
        if (place->used)
            continue;
        *place = (struct job){.used = true, .ticket = ++state->tickets, .job = *job};
        *ticket = place->ticket;
        if (job->has_pasid)
            dbell__page_recycle(state, job->pasid);
        return DBELL_OK;
    }
    return DBELL_E_BUSY;
}

int dbell_endpoint_job(struct dbell_endpoint *endpoint, uint32_t ticket,
                       struct dbell_job_result *result)
{
    struct dbell_endpoint_state *state = endpoint->state;
    for (unsigned i = 0; i < DBELL_ENDPOINT_JOBS; i++) {
        struct job *job = &state->jobs[i];
        if (!job->used || job->ticket != ticket)
            continue;
        *result = job->result;
        job->used = job->result.end == DBELL_JOB_RUNS || !job->announced;
        return DBELL_OK;
    }
    return DBELL_E_NOT_FOUND;
}

void dbell__engine_stop_pasid(struct dbell_endpoint_state *state, uint32_t pasid)
{
    for (unsigned i = 0; i < DBELL_ENDPOINT_JOBS; i++) {
        struct job *job = &state->jobs[i];
        if (job->used && job->job.has_pasid && job->job.pasid == pasid &&
            job->result.end == DBELL_JOB_RUNS) {
            job->result.end = DBELL_JOB_REFUSED;
            job->announced = true;
            job->waits = false;
        }
    }
}

void dbell__engine_answered(struct dbell_endpoint_state *state, uint16_t group, uint8_t code)
{
    for (unsigned i = 0; i < DBELL_ENDPOINT_JOBS; i++) {
        struct job *job = &state->jobs[i];
        if (!job->used || !job->waits || job->group != group)
            continue;
        job->waits = false;
        if (code != DBELL_PAGE_SUCCESS) {
            job->result.end = DBELL_JOB_DENIED;
            job->result.address = job->page;
        }
    }
}

/* --- one access --- */

/* Where a piece goes, or why it does not. */
enum place { GOES, WAITS, FAILS };

struct target {
    uint64_t address;
    uint8_t at; /* enum dbell_address_type */
};

static struct dbell_sideband sideband_of(const struct dbell_job *job)
{
    return (struct dbell_sideband){.has_substreamid = job->has_pasid,
                                   .substreamid = job->has_pasid ? job->pasid : 0,
                                   .privileged = job->has_pasid && job->privileged,
                                   .instruction = job->has_pasid && job->execute,
                                   .nosnoop = job->no_snoop,
                                   .relaxed = job->relaxed,
                                   .attr = DBELL_ATTR_NORMAL_WB};
}

static enum place fail(struct job *job, enum dbell_job_end end, uint64_t address)
{
    job->result.end = (uint8_t)end;
    job->result.address = address;
    return FAILS;
}

/* 10.4: the page is asked for, and the job waits for the answer. */
static enum place ask_for_page(struct dbell_endpoint *endpoint, struct job *job, uint64_t address,
                               bool write)
{
    const uint64_t page = address & ~UINT64_C(0xfff);
    job->tries = job->page == page ? job->tries + 1 : 1;
    job->page = page;
    if (!dbell__pri_usable(endpoint) || job->tries > PAGE_TRIES)
        return fail(job, DBELL_JOB_DENIED, address);
    const struct dbell_page_request request = {.address = page,
                                               .read = !write || job->job.kind == DBELL_JOB_COPY,
                                               .write = write,
                                               .last = true,
                                               .side = sideband_of(&job->job)};
    const int status = dbell__page_ask(endpoint, &request, &job->group);
    if (status == DBELL_E_BUSY) { /* no credit: try again at a later step */
        job->tries--;
        return WAITS;
    }
    if (status)
        return fail(job, DBELL_JOB_DENIED, address);
    job->waits = true;
    job->result.pages++;
    return WAITS;
}

static bool permits(const struct dbell_atc_entry *entry, const struct dbell_job *job, bool write)
{
    if (write)
        return entry->write;
    return entry->read && (entry->execute || !(job->has_pasid && job->execute));
}

static enum place through_atc(struct dbell_endpoint *endpoint, struct job *job, uint64_t address,
                              bool write, struct target *target)
{
    struct dbell_endpoint_state *state = endpoint->state;
    const struct dbell_sideband side = sideband_of(&job->job);
    const struct atc_key key = {.has_pasid = side.has_substreamid,
                                .pasid = side.substreamid,
                                .privileged = side.privileged,
                                .address = address};
    const struct dbell_atc_entry *entry = dbell__atc_find(state, &key);
    if (!entry || !permits(entry, &job->job, write)) {
        struct dbell_ats_completion completion = {0};
        const struct dbell_ats_request request = {
            .address = address & ~UINT64_C(0xfff), .units = 1, .no_write = !write, .side = side};
        const int status = dbell_endpoint_translate(endpoint, &request, &completion);
        if (status == DBELL_E_BUSY)
            return WAITS;
        if (status)
            return fail(job, DBELL_JOB_REFUSED, address);
        if (completion.status != DBELL_ATS_SUCCESS)
            return fail(job, DBELL_JOB_DENIED, address);
        if (completion.untranslated_only && dbell_ats_grants(&completion) &&
            !misbehaves(state, DBELL_CACHES_UNTRANSLATED)) {
            *target = (struct target){.address = address, .at = DBELL_AT_UNTRANSLATED};
            return GOES;
        }
        entry = dbell__atc_find(state, &key);
        if (!entry || !permits(entry, &job->job, write))
            return ask_for_page(endpoint, job, address, write);
    }
    if (endpoint->ports.watch.use)
        endpoint->ports.watch.use(endpoint->ports.watch.ctx, entry, address, write);
    *target = (struct target){.address = entry->translated + (address - entry->address),
                              .at = DBELL_AT_TRANSLATED};
    return GOES;
}

/* 6.2.2: software has not let the function do what the job needs. */
static bool may_begin(const struct dbell_endpoint *endpoint, const struct dbell_job *job)
{
    const struct dbell_endpoint_state *state = endpoint->state;
    return space_get(state, PCI_COMMAND, 2) & PCI_COMMAND_MASTER &&
           (job->mode != DBELL_THROUGH_ATC || ats_enabled(state)) &&
           (!job->has_pasid || dbell__pasid_enabled(endpoint, job->pasid));
}

static enum place move(struct dbell_endpoint *endpoint, struct job *job, uint64_t address,
                       uint8_t *data, uint32_t length, bool write)
{
    const struct dbell_endpoint_state *state = endpoint->state;
    struct target target = {.address = address, .at = DBELL_AT_UNTRANSLATED};
    if (misbehaves(state, DBELL_FORGES_TRANSLATED))
        target.at = DBELL_AT_TRANSLATED;
    else if (job->job.mode == DBELL_THROUGH_ATC) {
        const enum place place = through_atc(endpoint, job, address, write, &target);
        if (place != GOES)
            return place;
    }
    struct dbell_transaction t = {.address = target.address,
                                  .length = length,
                                  .op = write ? DBELL_WRITE : DBELL_READ,
                                  .data = data,
                                  .side = sideband_of(&job->job)};
    t.side.at = target.at;
    const enum dbell_response response = dbell_endpoint_access(endpoint, &t);
    if (response == DBELL_RESPONSE_OK)
        return GOES;
    job->result.response = (uint8_t)response;
    return fail(job, DBELL_JOB_ERROR, address);
}

/* --- one piece --- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t to_page_end(uint64_t address)
{
    return 0x1000 - (address & 0xfff);
}

/* The first byte of the next piece, from the start of source and destination; and its length. */
static uint64_t next_piece(const struct dbell_endpoint_state *state, const struct job *job,
                           uint32_t *length)
{
    const struct dbell_job *j = &job->job;
    const uint64_t done = job->result.done, left = j->length - done;
    const uint64_t block = j->block ? done / j->block : 0, within = j->block ? done % j->block : 0;
    const uint64_t offset = j->block ? block * j->stride + within : done;
    uint64_t n = least(left, j->block ? j->block - within : left);
    n = least(n, PIECE);
    if (!misbehaves(state, DBELL_CROSSES_4K)) { /* 2.2.7 */
        if (j->kind != DBELL_JOB_FILL)
            n = least(n, to_page_end(j->source + offset));
        if (j->kind == DBELL_JOB_COPY || j->kind == DBELL_JOB_FILL)
            n = least(n, to_page_end(j->destination + offset));
    }
    *length = (uint32_t)n;
    return offset;
}

static enum place do_piece(struct dbell_endpoint *endpoint, struct job *job)
{
    const struct dbell_job *j = &job->job;
    uint8_t data[PIECE];
    uint32_t length;
    const uint64_t offset = next_piece(endpoint->state, job, &length);
    enum place place = GOES;
    if (j->kind == DBELL_JOB_FILL)
        for (uint32_t i = 0; i < length; i++)
            data[i] = (uint8_t)(j->value >> 8 * ((job->result.done + i) % 8));
    else
        place = move(endpoint, job, j->source + offset, data, length, false);
    if (place == GOES && (j->kind == DBELL_JOB_COPY || j->kind == DBELL_JOB_FILL))
        place = move(endpoint, job, j->destination + offset, data, length, true);
    if (place != GOES)
        return place;
    for (uint32_t i = 0; j->kind == DBELL_JOB_SUM && i < length; i += 8)
        job->result.value += dbell__get_le64(&data[i]);
    job->result.done += length;
    return GOES;
}

/* The message that it has ended; it comes after the data (2.4.1). */
static void announce(struct dbell_endpoint *endpoint, struct job *job)
{
    job->announced = true;
    if (job->job.interrupts)
        dbell_endpoint_interrupt(endpoint, job->job.vector, NULL);
}

static int step_job(struct dbell_endpoint *endpoint, struct job *job)
{
    if (job->result.end != DBELL_JOB_RUNS) {
        announce(endpoint, job);
        return DBELL_STEPPED;
    }
    if (!may_begin(endpoint, &job->job)) {
        fail(job, DBELL_JOB_REFUSED, job->job.source);
        return DBELL_STEPPED;
    }
    if (misbehaves(endpoint->state, DBELL_MSI_FIRST) && job->job.interrupts && !job->announced) {
        find(endpoint, DBELL_FINDING_MSI_FIRST, job->job.vector);
        announce(endpoint, job);
        return DBELL_STEPPED;
    }
    const enum place place = do_piece(endpoint, job);
    if (place == GOES && job->result.done == job->job.length)
        job->result.end = DBELL_JOB_DONE;
    return place == WAITS && !job->waits ? DBELL_NOT_YET : DBELL_STEPPED;
}

/* Jobs that wait for a page let the others pass. */
int dbell__engine_step(struct dbell_endpoint *endpoint)
{
    struct dbell_endpoint_state *state = endpoint->state;
    int progress = DBELL_IDLE;
    for (unsigned n = 0; n < DBELL_ENDPOINT_JOBS; n++) {
        const unsigned i = (state->turn + n) % DBELL_ENDPOINT_JOBS;
        struct job *job = &state->jobs[i];
        if (!job->used || (job->result.end != DBELL_JOB_RUNS && job->announced))
            continue;
        progress = DBELL_NOT_YET;
        if (!job->waits && step_job(endpoint, job) == DBELL_STEPPED) {
            state->turn = i;
            return DBELL_STEPPED;
        }
    }
    return progress;
}
