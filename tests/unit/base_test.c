/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <stdlib.h>
#include <string.h>

#include <doorbell/ram.h>
#include <doorbell/status.h>

#include "base/cache.h"
#include "base/field.h"
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
