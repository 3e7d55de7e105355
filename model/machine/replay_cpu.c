/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Stores, copies and loads of CPUs. */
#include "replay_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

static enum dbell_response cpu(struct dbell_replay *r, enum dbell_op op, uint64_t address,
                               uint8_t *data, uint32_t length)
{
    struct dbell_trail trail = {0};
    struct dbell_transaction t = {.address = address,
                                  .length = length,
                                  .op = (uint8_t)op,
                                  .data = data,
                                  .side = {.privileged = true, .attr = DBELL_ATTR_NORMAL_WB},
                                  .trail = &trail};
    return r->system.access(r->system.ctx, &t);
}

static enum dbell_response store(struct dbell_replay *r, uint64_t address, uint8_t *bytes,
                                 uint32_t length)
{
    if (dbell__level1_before_store(&r->level1, &r->platform, &r->system, address, bytes, length) &&
        r->options.note)
        r->options.note(r->options.ctx, "this trace holds no stores into its level 1 device table; "
                                        "replay supplies the entries");
    return cpu(r, DBELL_WRITE, address, bytes, length);
}

/* A store of more than one access, in pieces that stay inside 4 KiB. */
static enum dbell_response store_block(struct dbell_replay *r, uint64_t address,
                                       const uint8_t *bytes, uint8_t fill, uint64_t length)
{
    uint8_t piece[DATA_MAX];
    memset(piece, fill, sizeof piece);
    while (length) {
        uint64_t n = DATA_MAX - address % DATA_MAX;
        n = n < length ? n : length;
        if (bytes) {
            memcpy(piece, bytes, n);
            bytes += n;
        }
        enum dbell_response response = store(r, address, piece, (uint32_t)n);
        if (response != DBELL_RESPONSE_OK)
            return response;
        address += n;
        length -= n;
    }
    return DBELL_RESPONSE_OK;
}

static void check_bus(struct dbell_replay *r, enum dbell_response response)
{
    bool want = expected(r, DBELL_KEY_FAULT);
    if (want && !dbell__replay_wants_word(r, DBELL_KEY_FAULT, "bus"))
        dbell__replay_differ(r, "fault", "a CPU access can only expect fault=bus");
    else if (want && response != DBELL_RESPONSE_DECERR)
        dbell__replay_differ(r, "fault=bus", "the access was answered");
    else if (!want && response == DBELL_RESPONSE_DECERR)
        dbell__replay_differ(r, "an answer", "fault=bus: nothing decodes there");
    else if (!want && response != DBELL_RESPONSE_OK)
        dbell__replay_differ(r, "an answer",
                             "the access was refused (no memory left, or not a register access)");
}

void dbell__replay_st(struct dbell_replay *r)
{
    const struct dbell_fields *f = &r->record.stimulus;
    uint64_t at = f->number[DBELL_KEY_AT];
    enum dbell_response response;
    if (given(r, DBELL_KEY_VAL)) {
        uint32_t size = (uint32_t)f->number[DBELL_KEY_SIZE];
        dbell__put_le(r->data, size, f->number[DBELL_KEY_VAL]);
        response = store(r, at, r->data, size);
    } else if (given(r, DBELL_KEY_HEX)) {
        size_t n = dbell_trace_hex(f, DBELL_KEY_HEX, r->data);
        response = store_block(r, at, r->data, 0, n);
    } else {
        response =
            store_block(r, at, NULL, (uint8_t)f->number[DBELL_KEY_FILL], f->number[DBELL_KEY_LEN]);
    }
    check_bus(r, response);
}

/* How many of `length` bytes from `address` on lie in its 4 KiB. */
static uint32_t in_page(uint64_t address, uint64_t length)
{
    uint64_t rest = DATA_MAX - address % DATA_MAX;
    return (uint32_t)(length < rest ? length : rest);
}

void dbell__replay_cp(struct dbell_replay *r)
{
    uint64_t to = left(r, DBELL_KEY_TO, 0), from = left(r, DBELL_KEY_FROM, 0);
    uint64_t length = left(r, DBELL_KEY_LEN, 0);
    /* Ascending: where the target begins inside the source, what lies between them repeats. */
    const uint64_t period = to - from < length ? to - from : 0;
    uint8_t bytes[DATA_MAX] = {0};
    while (length) {
        const uint32_t room = in_page(to, length);
        uint32_t n = in_page(from, room);
        const bool whole_period = period && period <= n;
        if (whole_period)
            n = (uint32_t)period;
        enum dbell_response response = cpu(r, DBELL_READ, from, bytes, n);
        uint32_t stored = n;
        if (whole_period) { /* as often as it fits, doubling */
            const uint32_t most = room / n * n;
            for (uint32_t more; stored < most; stored += more) {
                more = most - stored < stored ? most - stored : stored;
                memcpy(bytes + stored, bytes, more);
            }
        }
        if (response == DBELL_RESPONSE_OK)
            response = store(r, to, bytes, stored);
        if (response != DBELL_RESPONSE_OK) {
            check_bus(r, response);
            return;
        }
        to += stored;
        from += whole_period ? 0 : n;
        length -= stored;
    }
}

void dbell__replay_ld(struct dbell_replay *r)
{
    uint32_t size = (uint32_t)left(r, DBELL_KEY_SIZE, 0);
    uint8_t bytes[8] = {0};
    enum dbell_response response = cpu(r, DBELL_READ, left(r, DBELL_KEY_AT, 0), bytes, size);
    check_bus(r, response);
    if (!expected(r, DBELL_KEY_VAL) || response != DBELL_RESPONSE_OK)
        return;
    uint64_t got = dbell__get_le(bytes, size), want = wanted(r, DBELL_KEY_VAL);
    uint64_t mask = expected(r, DBELL_KEY_MASK) ? wanted(r, DBELL_KEY_MASK) : UINT64_MAX;
    if ((got ^ want) & mask) {
        char text[96];
        snprintf(text, sizeof text, "val=0x%" PRIx64, want);
        if (mask != UINT64_MAX)
            snprintf(text, sizeof text, "val=0x%" PRIx64 " mask=0x%" PRIx64, want, mask);
        dbell__replay_differ(r, text, "val=0x%" PRIx64, got);
    }
}
