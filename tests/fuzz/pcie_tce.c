/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The same records as a program over TCE tables and a message window: calls, windows, accesses.
 * What an access does is what the table says at that moment, as long as nothing is cached. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <doorbell/fee.h>
#include <doorbell/tce.h>

#include "pcie_tce.h"

enum { MEMORY = 0x20000, TABLES = 0x8000, WINDOW = 0x40000 };

#define MUST(condition)                                                               \
    do {                                                                              \
        if (!(condition)) {                                                           \
            fprintf(stderr, "%s:%d: violated: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                  \
        }                                                                             \
    } while (0)

static uint8_t bytes[MEMORY];
static unsigned messages;

static enum dbell_response memory(void *ctx, struct dbell_transaction *t)
{
    (void)ctx;
    if (t->address > MEMORY || t->length > MEMORY - t->address)
        return DBELL_RESPONSE_DECERR;
    if (t->data && dbell_op_writes(t->op))
        memcpy(bytes + t->address, t->data, t->length);
    else if (t->data)
        memcpy(t->data, bytes + t->address, t->length);
    return DBELL_RESPONSE_OK;
}

static void interrupt(void *ctx, uint32_t number)
{
    (void)ctx;
    (void)number;
    messages++;
}

static void raise_vector(void *ctx, uint8_t destination, uint8_t vector)
{
    (void)ctx;
    (void)destination;
    (void)vector;
    messages++;
}

/* The bits that say how much and where. */
static uint64_t wide(const struct record *r)
{
    return r->d ^ r->c ^ (uint64_t)r->b << 12;
}

static uint64_t address_of(const struct record *r)
{
    static const uint64_t bases[] = {0,          WINDOW - 0x1000,   DBELL_TCE_DDW, DBELL_TCE_MSI,
                                     0xfee00000, UINT64_MAX - 0x800};
    return (r->a & 3 ? 0 : bases[r->a / 4 % 6]) + (wide(r) & (r->a & 1 ? 0x3fff : 0x3ffff));
}

static void access(struct dbell_tce *tce, const struct dbell_agent *agent, const struct record *r)
{
    const bool tables = agent->ctx == tce;
    uint8_t data[8] = {0};
    struct dbell_trail trail = {0};
    struct dbell_transaction t = {.address = address_of(r),
                                  .length = r->a & 64 ? 4 : 1 + (uint32_t)(wide(r) & 7),
                                  .op = r->a & 128 ? DBELL_WRITE : DBELL_READ,
                                  .data = r->a & 32 ? NULL : data,
                                  .trail = &trail};
    const uint64_t records = tce->record_count, index = (t.address >> 12) % (WINDOW >> 12);
    uint64_t value = 0;
    t.side.has_streamid = (r->a & 15) != 7;
    t.side.streamid = (wide(r) >> 20 & 7) == 1;
    uint32_t pe = 0;
    while (pe < tce->pe_count && tce->pes[pe].streamid != t.side.streamid)
        pe++;
    const bool member = t.side.has_streamid && pe < tce->pe_count;
    const bool frozen = member && tce->pes[pe].frozen;
    const uint64_t get[4] = {UINT64_C(0x80000000) | (uint64_t)pe << 8, index << 12, 0, 0};
    const bool known = member && !dbell_tce_hcall(tce, DBELL_H_GET_TCE, get, &value);
    const enum dbell_response response = agent->access(agent->ctx, &t);
    MUST(response != DBELL_RESPONSE_PENDING);
    if (!tables)
        return;
    if (trail.reached || frozen || response == DBELL_RESPONSE_OK)
        MUST(tce->record_count == records || tce->config.cached);
    else
        MUST(tce->record_count > records || trail.rule);
    if (known && trail.reached && t.address < WINDOW && !tce->config.cached)
        MUST(trail.address == ((value & ~UINT64_C(0xfff)) | (t.address & 0xfff)) &&
             (value & (dbell_op_writes(t.op) ? 2 : 1)));
}

static void act(struct dbell_tce *tce, const struct dbell_agent *agents, const struct record *r)
{
    static const uint64_t calls[] = {DBELL_H_GET_TCE,   DBELL_H_PUT_TCE,          DBELL_H_PUT_TCE,
                                     DBELL_H_STUFF_TCE, DBELL_H_PUT_TCE_INDIRECT, 0};
    static const uint8_t shifts[] = {12, 16, 13, 21};
    const uint32_t liobn = UINT32_C(0x80000000) | (r->a >> 1 & 1u) << 8 | (r->a & 1u);
    struct dbell_tce_window window;
    uint64_t result;
    switch (r->op % 8) {
    case 0: {
        const uint64_t arguments[4] = {(r->a & 30) == 30 ? wide(r) : liobn, address_of(r),
                                       r->a & 8 ? (wide(r) & 0x1f000) | (r->a & 3u)
                                                : wide(r) & 0x1ffff,
                                       wide(r) >> 16 & 0x3ff};
        const int64_t status = dbell_tce_hcall(tce, calls[r->op / 8 % 6], arguments, &result);
        MUST(status == DBELL_H_SUCCESS || status == DBELL_H_PARAMETER ||
             status == DBELL_H_FUNCTION);
        break;
    }
    case 1:
        if (!dbell_tce_create_window(tce, wide(r) & 3, shifts[r->a & 3], 12 + (wide(r) >> 8 & 7),
                                     &window))
            MUST(window.used && window.start == DBELL_TCE_DDW);
        break;
    case 2:
        (void)dbell_tce_remove_window(tce, r->a & 32 ? liobn : (uint32_t)wide(r));
        break;
    case 3:
        dbell_tce_kill(tce, liobn, wide(r) & 0xff, wide(r) >> 8 & 0xff);
        (void)dbell_tce_unfreeze(tce, r->a & 3u);
        break;
    case 4:
        (void)dbell_tce_add_pe(tce, (uint32_t)(wide(r) & 7));
        (void)dbell_tce_record_at(tce, wide(r) & 0xff);
        MUST(dbell_tce_reason_text((enum dbell_tce_reason)(r->a & 15)));
        break;
    default:
        access(tce, &agents[r->a & 16 ? 1 : 0], r);
        break;
    }
}

void tce_run(const uint8_t *data, size_t size)
{
    static struct dbell_tce tce;
    const struct dbell_bus bus = {.access = memory};
    const struct dbell_fee fee = {.memory = bus, .message = {.raise = raise_vector}};
    const struct dbell_tce_ports ports = {.memory = bus, .msi = {.interrupt = interrupt}};
    const struct record first = record_at(data);
    const struct dbell_tce_config config = {.tables = TABLES + (first.a == 77),
                                            .tables_end = TABLES + 0x4000,
                                            .default_size = first.a & 64 ? 0 : WINDOW,
                                            .freezes = first.a & 1,
                                            .cached = first.a & 2,
                                            .keeps_stale = first.a & 4};
    memset(bytes, 0, sizeof bytes);
    if (dbell_tce_init(&tce, &config, &ports) != DBELL_OK)
        return;
    (void)dbell_tce_add_pe(&tce, 0);
    const struct dbell_agent agents[2] = {dbell_tce_agent(&tce), dbell_fee_agent(&fee)};
    for (size_t i = 1; i < 256 && (i + 1) * RECORD <= size; i++) {
        const struct record r = record_at(data + i * RECORD);
        struct record put = r;
        put.op = 8; /* H_PUT_TCE, and then an access of the same address */
        put.a |= 8;
        act(&tce, agents, &r);
        act(&tce, agents, &put);
        put.a = r.a;
        access(&tce, &agents[r.op & 1], &r);
        access(&tce, &agents[0], &put);
    }
}
