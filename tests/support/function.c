/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "function.h"

#include <stdlib.h>
#include <string.h>

static enum dbell_response access(void *ctx, struct dbell_transaction *t)
{
    struct function *f = ctx;
    struct sent *sent = &f->sent[f->sent_count < FUNCTION_SENT ? f->sent_count : 0];
    f->sent_count++;
    if (f->steps_again)
        f->step_again_status = dbell_endpoint_step(&f->endpoint);
    *sent = (struct sent){.side = t->side, .address = t->address, .length = t->length, .op = t->op};
    if (t->op == DBELL_WRITE && t->data)
        memcpy(sent->data, t->data, t->length < 8 ? t->length : 8);
    if (f->refuses && t->address <= f->refuses && f->refuses - t->address < t->length)
        return DBELL_RESPONSE_SLVERR;
    if (t->address < FUNCTION_RAM && t->length <= FUNCTION_RAM - t->address && t->data) {
        if (t->op == DBELL_WRITE)
            memcpy(&f->ram[t->address], t->data, t->length);
        else
            memcpy(t->data, &f->ram[t->address], t->length);
    }
    return DBELL_RESPONSE_OK;
}

static int translate(void *ctx, const struct dbell_ats_request *request,
                     struct dbell_ats_completion *completion)
{
    struct function *f = ctx;
    f->request = *request;
    f->requests++;
    if (f->translate_status)
        return f->translate_status;
    *completion = f->completion;
    if (f->identity)
        *completion = (struct dbell_ats_completion){
            .address = request->address, .size = 0x1000, .read = true, .write = true};
    return DBELL_OK;
}

static int page_request(void *ctx, const struct dbell_page_request *request)
{
    struct function *f = ctx;
    if (f->page_status)
        return f->page_status;
    if (f->page_count < FUNCTION_SENT)
        f->pages[f->page_count++] = *request;
    return DBELL_OK;
}

static void invalidated(void *ctx, uint32_t streamid, uint32_t tag, enum dbell_ats_end end)
{
    struct function *f = ctx;
    (void)streamid;
    f->ended_tag[f->ended_count % 64] = tag;
    f->ended[f->ended_count++ % 64] = (uint8_t)end;
}

static void note(void *ctx, enum dbell_endpoint_finding finding, uint64_t value)
{
    struct function *f = ctx;
    (void)value;
    f->found[f->found_count++ % 64] = (uint8_t)finding;
}

static void use(void *ctx, const struct dbell_atc_entry *entry, uint64_t address, bool write)
{
    struct function *f = ctx;
    (void)entry;
    (void)address;
    (void)write;
    f->uses++;
}

bool function_open(struct function *f, const struct dbell_endpoint_config *config)
{
    const struct dbell_endpoint_config standard = dbell_endpoint_default_config();
    const struct dbell_endpoint_ports ports = {.up = {.ctx = f,
                                                      .access = access,
                                                      .translate = translate,
                                                      .page_request = page_request,
                                                      .invalidated = invalidated},
                                               .watch = {.ctx = f, .use = use},
                                               .findings = {.ctx = f, .find = note}};
    const size_t size = dbell_endpoint_state_size(config ? config : &standard);
    memset(f, 0, sizeof *f);
    f->state = aligned_alloc(16, size ? size : 16);
    return f->state && dbell_endpoint_init(&f->endpoint, f->state, size,
                                           config ? config : &standard, 0x100, &ports) == DBELL_OK;
}

void function_close(struct function *f)
{
    free(f->state);
}

uint32_t function_read(struct function *f, unsigned offset, unsigned size)
{
    return dbell_endpoint_config_read(&f->endpoint, offset, size);
}

void function_write(struct function *f, unsigned offset, unsigned size, uint32_t value)
{
    dbell_endpoint_config_write(&f->endpoint, offset, size, value);
}

static uint32_t msix(struct function *f, uint64_t offset, enum dbell_op op, uint32_t value)
{
    uint8_t bytes[4];
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    struct dbell_transaction t = {.address = offset, .length = 4, .op = (uint8_t)op, .data = bytes};
    dbell_endpoint_bar_access(&f->endpoint, 4, &t);
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

uint32_t function_msix_read(struct function *f, uint64_t offset)
{
    return msix(f, offset, DBELL_READ, 0);
}

void function_msix_write(struct function *f, uint64_t offset, uint32_t value)
{
    msix(f, offset, DBELL_WRITE, value);
}

void function_enable(struct function *f, bool pasid, bool ats, uint32_t credits)
{
    function_write(f, 4, 2, 6);
    if (pasid)
        function_write(f, dbell_endpoint_extended_capability(&f->endpoint, 0x1b) + 6, 2, 7);
    if (ats)
        function_write(f, dbell_endpoint_extended_capability(&f->endpoint, 0xf) + 6, 2, 0x8000);
    if (credits) {
        const unsigned pri = dbell_endpoint_extended_capability(&f->endpoint, 0x13);
        function_write(f, pri + 12, 4, credits);
        function_write(f, pri + 4, 2, 1);
    }
}

void function_settle(struct function *f)
{
    for (unsigned i = 0; i < 100000 && dbell_endpoint_step(&f->endpoint) == DBELL_STEPPED; i++)
        ;
}

bool function_has_found(const struct function *f, enum dbell_endpoint_finding finding)
{
    return f->found_count &&
           memchr(f->found, (int)finding, f->found_count < 64 ? f->found_count : 64);
}

struct dbell_job_result function_run(struct function *f, const struct dbell_job *job)
{
    struct dbell_job_result result = {.end = UINT8_MAX};
    uint32_t ticket;
    if (dbell_endpoint_submit(&f->endpoint, job, &ticket) != DBELL_OK)
        return result;
    function_settle(f);
    dbell_endpoint_job(&f->endpoint, ticket, &result);
    return result;
}
