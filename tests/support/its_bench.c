/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "its_bench.h"

#include <stdlib.h>
#include <string.h>

static enum dbell_response move(struct its_bench *bench, struct dbell_transaction *t)
{
    if (t->address < ITS_RAM || t->address - ITS_RAM > ITS_RAM_SIZE - t->length)
        return DBELL_RESPONSE_SLVERR;
    uint8_t *at = bench->ram + (t->address - ITS_RAM);
    if (t->op == DBELL_WRITE)
        memcpy(at, t->data, t->length);
    else
        memcpy(t->data, at, t->length);
    return DBELL_RESPONSE_OK;
}

static enum dbell_response host_access(void *ctx, struct dbell_transaction *t)
{
    return move(ctx, t);
}

static bool aborted(const struct its_bench *bench, const struct dbell_transaction *t)
{
    return bench->abort_at && (t->op == DBELL_WRITE ? !bench->abort_reads : !bench->abort_writes) &&
           t->address < bench->abort_at + 8 && t->address + t->length > bench->abort_at;
}

static enum dbell_response its_access(void *ctx, struct dbell_transaction *t)
{
    struct its_bench *bench = ctx;
    if (bench->logged < ITS_LOG)
        bench->log[bench->logged++] = *t;
    if (aborted(bench, t))
        return DBELL_RESPONSE_SLVERR;
    const enum dbell_response response = move(bench, t);
    if (bench->meanwhile && bench->interrupt_at >= t->address &&
        bench->interrupt_at - t->address < t->length) {
        void (*meanwhile)(struct its_bench *) = bench->meanwhile;
        bench->meanwhile = NULL;
        meanwhile(bench);
    }
    return response;
}

void its_during(struct its_bench *bench, uint64_t address,
                void (*meanwhile)(struct its_bench *bench))
{
    bench->interrupt_at = address;
    bench->meanwhile = meanwhile;
}

/* What it is asked is written down; whether a redistributor exists is not. */
static bool ask(void *ctx, const struct dbell_lpi_request *request,
                struct dbell_itinerary *itinerary)
{
    struct its_bench *bench = ctx;
    (void)itinerary;
    if (request->kind == DBELL_LPI_EXISTS)
        return bench->any_rdbase || request->rdbase < ITS_CPUS;
    if (request->kind == DBELL_VPE_MEET)
        return bench->meeting = *request, !bench->alone;
    if (bench->called == ITS_LOG)
        return true;
    struct its_call *call = &bench->calls[bench->called++];
    *call = (struct its_call){.request = *request};
    if (request->vpe)
        call->vpe = *request->vpe;
    if (request->target)
        call->target = *request->target;
    return true;
}

static void pulse(void *ctx, unsigned line)
{
    struct its_bench *bench = ctx;
    bench->pulses += line == DBELL_ITS_UMSI;
}

bool its_open(struct its_bench *bench, const struct dbell_its_config *config)
{
    const struct dbell_its_config standard = dbell_its_default_config();
    const struct dbell_its_ports ports = {
        .tables = {bench, its_access, NULL, NULL},
        .lpi = {bench, ask},
        .wires = {bench, pulse},
    };
    memset(bench, 0, sizeof *bench);
    config = config ? config : &standard;
    const size_t size = dbell_its_state_size(config);
    bench->state = size ? calloc(1, size) : NULL;
    bench->ram = calloc(1, ITS_RAM_SIZE);
    bench->bus = (struct dbell_bus){bench, host_access, NULL, NULL};
    bench->next = ITS_RAM;
    if (bench->state && bench->ram &&
        dbell_its_init(&bench->its, bench->state, size, config, &ports) == DBELL_OK)
        return true;
    its_close(bench);
    return false;
}

void its_close(struct its_bench *bench)
{
    free(bench->state);
    free(bench->ram);
    bench->state = bench->ram = NULL;
}

void its_settle(struct its_bench *bench)
{
    for (unsigned i = 0; i < 10000 && dbell_its_step(&bench->its, NULL) == DBELL_STEPPED; i++)
        ;
}

uint64_t its_get(struct its_bench *bench, uint64_t offset, unsigned size)
{
    return dbell_its_read(&bench->its, offset, size);
}

void its_put(struct its_bench *bench, uint64_t offset, unsigned size, uint64_t value)
{
    dbell_its_write(&bench->its, offset, size, value);
}

uint64_t its_alloc(struct its_bench *bench, uint64_t size)
{
    uint64_t align = 4096;
    while (align < size)
        align <<= 1;
    uint64_t at = (bench->next + align - 1) & ~(align - 1);
    bench->next = at + size;
    return at;
}

uint64_t its_load(struct its_bench *bench, uint64_t address)
{
    uint64_t word = 0;
    for (unsigned i = 0; i < 8; i++)
        word |= (uint64_t)bench->ram[address - ITS_RAM + i] << 8 * i;
    return word;
}

void its_on(struct its_bench *bench)
{
    bench->devices = its_alloc(bench, 0x10000);
    bench->collections = its_alloc(bench, 0x10000);
    bench->queue = its_alloc(bench, 0x10000);
    its_put(bench, ITS_BASER0, 8, ITS_VALID | bench->devices | 0x200);
    its_put(bench, ITS_BASER1, 8, ITS_VALID | bench->collections | 0x200);
    if (its_get(bench, ITS_BASER2, 8) >> 56 & 7) {
        bench->vpes = its_alloc(bench, 0x10000);
        its_put(bench, ITS_BASER2, 8, ITS_VALID | bench->vpes | 0x200);
    }
    its_put(bench, ITS_CBASER, 8, ITS_VALID | bench->queue | 15);
    its_put(bench, ITS_CWRITER, 8, 0);
    its_put(bench, ITS_CTLR, 4, 1);
}

void its_post(struct its_bench *bench, struct dbell_host_its_cmd command)
{
    const uint64_t offset = bench->commands++ % 2048 * 32;
    dbell_host_store_words(&bench->bus, bench->queue + offset, command.words, 4);
    its_put(bench, ITS_CWRITER, 8, (offset + 32) % 0x10000);
}

bool its_command(struct its_bench *bench, struct dbell_host_its_cmd command)
{
    const uint64_t errors = its_count(bench, DBELL_ITS_ERRORS);
    its_post(bench, command);
    its_settle(bench);
    return its_count(bench, DBELL_ITS_ERRORS) == errors &&
           its_get(bench, ITS_CREADR, 8) == its_get(bench, ITS_CWRITER, 8);
}

struct dbell_msi_result its_msi(struct its_bench *bench, uint32_t deviceid, uint32_t eventid)
{
    uint8_t data[4];
    struct dbell_msi_result result;
    for (unsigned i = 0; i < 4; i++)
        data[i] = (uint8_t)(eventid >> 8 * i);
    struct dbell_transaction t = {.op = DBELL_WRITE, .length = 4, .data = data};
    t.side.has_deviceid = true;
    t.side.deviceid = deviceid;
    dbell_its_msi(&bench->its, &t, &result);
    return result;
}

uint64_t its_count(const struct its_bench *bench, enum dbell_its_counter counter)
{
    return dbell_its_count(&bench->its, counter);
}
