/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <stdlib.h>
#include <string.h>

#include <doorbell/ram.h>
#include <doorbell/status.h>

#include "base/cache.h"
#include "base/field.h"
#include "base/memory.h"
#include "dbell_test.h"

struct counted {
    uint64_t allocations, limit;
};

static void *allocate(void *ctx, uint64_t size)
{
    struct counted *c = ctx;
    return c->allocations++ < c->limit ? malloc(size) : NULL;
}

static void release(void *ctx, void *memory, uint64_t size)
{
    (void)ctx;
    (void)size;
    free(memory);
}

TEST(ram, untouched_bytes_read_zero_and_cost_nothing)
{
    struct counted c = {0, 100};
    const struct dbell_allocator a = {&c, allocate, release};
    struct dbell_ram ram;
    uint8_t bytes[3] = {1, 2, 3};
    REQUIRE(dbell_ram_init(&ram, 0x1000, UINT64_C(1) << 40, UINT64_MAX, &a) == DBELL_OK);
    CHECK_EQ(dbell_ram_read(&ram, 0x12345, bytes, 3), DBELL_RESPONSE_OK);
    CHECK_EQ(bytes[0] | bytes[1] | bytes[2], 0);
    CHECK_EQ(dbell_ram_fill(&ram, 0x1000, 0, UINT64_C(1) << 30), DBELL_RESPONSE_OK);
    CHECK_EQ(c.allocations, 0);
    dbell_ram_free(&ram);
}

TEST(ram, a_write_across_pages_reads_back)
{
    struct counted c = {0, 100};
    const struct dbell_allocator a = {&c, allocate, release};
    struct dbell_ram ram;
    uint8_t in[16], out[16];
    for (unsigned i = 0; i < sizeof in; i++)
        in[i] = (uint8_t)(i + 1);
    REQUIRE(dbell_ram_init(&ram, 0, UINT64_C(1) << 32, UINT64_MAX, &a) == DBELL_OK);
    CHECK_EQ(dbell_ram_write(&ram, 3 * DBELL_RAM_PAGE_SIZE - 5, in, sizeof in), DBELL_RESPONSE_OK);
    CHECK_EQ(dbell_ram_read(&ram, 3 * DBELL_RAM_PAGE_SIZE - 5, out, sizeof out), DBELL_RESPONSE_OK);
    CHECK(!memcmp(in, out, sizeof in));
    dbell_ram_free(&ram);
}

TEST(ram, its_ends_do_not_wrap)
{
    struct counted c = {0, 100};
    const struct dbell_allocator a = {&c, allocate, release};
    struct dbell_ram ram;
    uint8_t byte = 7;
    REQUIRE(dbell_ram_init(&ram, UINT64_MAX - 0xfff, 0x1000, UINT64_MAX, &a) == DBELL_OK);
    CHECK_EQ(dbell_ram_write(&ram, UINT64_MAX, &byte, 1), DBELL_RESPONSE_OK);
    CHECK_EQ(dbell_ram_write(&ram, UINT64_MAX, &byte, 2), DBELL_RESPONSE_DECERR);
    CHECK_EQ(dbell_ram_read(&ram, 0, &byte, 1), DBELL_RESPONSE_DECERR);
    dbell_ram_free(&ram);
    CHECK_EQ(dbell_ram_init(&ram, UINT64_MAX, 2, 1, &a), DBELL_E_RANGE);
}

TEST(ram, past_its_limit_or_without_memory_a_write_is_refused)
{
    struct counted c = {0, 2};
    const struct dbell_allocator a = {&c, allocate, release};
    struct dbell_ram ram;
    uint8_t byte = 7;
    REQUIRE(dbell_ram_init(&ram, 0, UINT64_C(1) << 32, 1 << 20, &a) == DBELL_OK);
    CHECK_EQ(dbell_ram_write(&ram, 0, &byte, 1), DBELL_RESPONSE_OK);
    CHECK_EQ(dbell_ram_write(&ram, 1 << 20, &byte, 1), DBELL_RESPONSE_SLVERR);
    dbell_ram_free(&ram);
}

TEST(field, positions_are_those_of_the_specification)
{
    uint64_t words[4] = {0};
    enum { HIGH = FIELD(191, 128), NIBBLE = FIELD(67, 64), ADDRESS = FIELD(55, 6) };
    put(words, HIGH, UINT64_C(0x123456789abcdef0));
    put(words, NIBBLE, 0xff);
    words[0] = ~UINT64_C(0);
    CHECK_EQ(words[2], UINT64_C(0x123456789abcdef0));
    CHECK_EQ(words[1], 0xf);
    CHECK_EQ(get(words, HIGH), UINT64_C(0x123456789abcdef0));
    CHECK_EQ(get_in_place(words, ADDRESS), UINT64_C(0x00ffffffffffffc0));
    CHECK_EQ(ones(64), ~UINT64_C(0));
}

struct holder {
    struct cache cache;
    uint64_t lines[1024];
};

TEST(cache, finds_what_was_filled_and_gives_up_ways_in_turn)
{
    static struct holder h;
    dbell__cache_init(&h.cache, offsetof(struct holder, lines), 4, 4, 8);
    REQUIRE(dbell__cache_size(4, 4, 8) <= sizeof h.lines);
    for (uint64_t i = 1; i <= 4; i++)
        *(uint64_t *)cache_payload(
            dbell__cache_fill(&h.cache, (struct cache_key){i, 0}, 1, NULL, NULL)) = i * 10;
    for (uint64_t i = 1; i <= 4; i++) {
        struct cache_line *line = cache_find(&h.cache, (struct cache_key){i, 0}, 1);
        REQUIRE(line);
        CHECK_EQ(*(uint64_t *)cache_payload(line), i * 10);
    }
    dbell__cache_fill(&h.cache, (struct cache_key){5, 0}, 1, NULL, NULL);
    CHECK(!cache_find(&h.cache, (struct cache_key){1, 0}, 1));
    CHECK(cache_find(&h.cache, (struct cache_key){2, 0}, 1) != NULL);
    CHECK(!cache_find(&h.cache, (struct cache_key){2, 0}, 2)); /* below the floor */
}

/* --- host windows --- */

/* Memory from BASE on, lent in windows of 1 << window_log2 bytes. */
enum { LENT_SIZE = 0x40000 };
static const uint64_t LENT_BASE = 0x80000000;

struct lender {
    uint8_t memory[LENT_SIZE];
    unsigned window_log2;
    bool elsewhere; /* it answers with a window that does not hold the address */
    unsigned asked, accesses;
};

static enum dbell_response lender_access(void *ctx, struct dbell_transaction *t)
{
    struct lender *lender = ctx;
    lender->accesses++;
    memcpy(t->data, lender->memory + (t->address - LENT_BASE), t->length);
    return DBELL_RESPONSE_OK;
}

static bool lender_window(void *ctx, uint64_t address, struct dbell_window *window)
{
    struct lender *lender = ctx;
    const uint64_t size = UINT64_C(1) << lender->window_log2;
    lender->asked++;
    window->first = address & ~(size - 1);
    if (lender->elsewhere)
        window->first ^= size;
    window->last = window->first + size - 1;
    window->host = lender->memory + (window->first - LENT_BASE);
    return true;
}

static uint64_t read_at(struct lender *lender, struct dbell_windows *windows, uint64_t offset)
{
    const struct dbell_bus bus = {lender, lender_access, lender_window, NULL};
    const struct dbell_sideband side = {0};
    uint64_t value = 0;
    CHECK_EQ(dbell__memory_read64(&bus, windows, LENT_BASE + offset, &value, &side),
             DBELL_RESPONSE_OK);
    return value;
}

static struct lender *lender_new(unsigned window_log2)
{
    struct lender *lender = calloc(1, sizeof *lender);
    if (!lender)
        abort();
    lender->window_log2 = window_log2;
    for (unsigned offset = 0; offset < LENT_SIZE; offset += 8) {
        lender->memory[offset] = (uint8_t)(offset >> 3);
        lender->memory[offset + 1] = (uint8_t)(offset >> 11);
    }
    return lender;
}

TEST(windows, one_that_covers_all_is_asked_for_once_until_revoked)
{
    struct lender *lender = lender_new(18);
    struct dbell_windows windows = {0};
    CHECK_EQ(read_at(lender, &windows, 0x100), 0x20);
    CHECK_EQ(read_at(lender, &windows, 0x20108), 0x4021); /* another slot, the same window */
    CHECK_EQ(lender->asked, 1);
    CHECK_EQ(lender->accesses, 0);
    memset(&windows, 0, sizeof windows);
    CHECK_EQ(read_at(lender, &windows, 0x20108), 0x4021);
    CHECK_EQ(lender->asked, 2);
    free(lender);
}

TEST(windows, smaller_than_a_slot_or_in_alternation_give_the_right_bytes)
{
    for (unsigned log2 = 3; log2 <= 18; log2++) {
        struct lender *lender = lender_new(log2);
        struct dbell_windows windows = {0};
        for (unsigned i = 0; i < 4096; i++) {
            const uint64_t offset = (uint64_t)i * 0x9e38 % LENT_SIZE & ~UINT64_C(7);
            CHECK_EQ(read_at(lender, &windows, offset), (offset >> 3 & 0xff) | offset >> 11 << 8);
        }
        CHECK_EQ(lender->accesses, 0);
        free(lender);
    }
}

TEST(windows, an_access_that_leaves_one_goes_to_the_bus)
{
    struct lender *lender = lender_new(2);
    struct dbell_windows windows = {0};
    CHECK_EQ(read_at(lender, &windows, 0x100), 0x20);
    CHECK_EQ(lender->accesses, 1);
    free(lender);
}

TEST(windows, one_that_does_not_hold_the_address_is_not_used)
{
    struct lender *lender = lender_new(12);
    struct dbell_windows windows = {0};
    lender->elsewhere = true;
    CHECK_EQ(read_at(lender, &windows, 0x1100), 0x220);
    CHECK_EQ(read_at(lender, &windows, 0x100), 0x20); /* held by the window of the first */
    CHECK_EQ(lender->accesses, 1);
    free(lender);
}
