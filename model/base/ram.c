/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/ram.h>
#include <doorbell/status.h>

#include <stddef.h>
#include <string.h>

#include "base/bytes.h"

enum { FIRST_SLOTS = 64 };

static uint64_t hash(uint64_t number)
{
    return number * UINT64_C(0x9e3779b97f4a7c15) >> 20;
}

int dbell_ram_init(struct dbell_ram *ram, uint64_t base, uint64_t size, uint64_t limit,
                   const struct dbell_allocator *allocator)
{
    if (!ram || !allocator || !allocator->allocate || !allocator->release)
        return DBELL_E_ARGUMENT;
    if (size == 0 || base + (size - 1) < base)
        return DBELL_E_RANGE;
    *ram = (struct dbell_ram){.base = base, .size = size, .limit = limit, .allocator = *allocator};
    return DBELL_OK;
}

void dbell_ram_free(struct dbell_ram *ram)
{
    if (!ram->slots)
        return;
    for (uint64_t i = 0; i < ram->slot_count; i++)
        if (ram->slots[i].number)
            ram->allocator.release(ram->allocator.ctx, ram->slots[i].bytes, DBELL_RAM_PAGE_SIZE);
    ram->allocator.release(ram->allocator.ctx, ram->slots,
                           ram->slot_count * sizeof(struct dbell_ram_page));
    ram->slots = NULL;
    ram->slot_count = ram->page_count = ram->used = 0;
}

/* The slot that holds page `number` (counted from 1), or the free one where it would go. */
static struct dbell_ram_page *slot_of(struct dbell_ram_page *slots, uint64_t count, uint64_t number)
{
    uint64_t i = hash(number) & (count - 1);
    while (slots[i].number && slots[i].number != number)
        i = (i + 1) & (count - 1);
    return &slots[i];
}

static uint8_t *page_of(const struct dbell_ram *ram, uint64_t offset)
{
    if (!ram->slots)
        return NULL;
    return slot_of(ram->slots, ram->slot_count, offset / DBELL_RAM_PAGE_SIZE + 1)->bytes;
}

/* Keeps the table at most half full, so that a search always ends at a free slot. */
static bool grow(struct dbell_ram *ram)
{
    if (2 * (ram->page_count + 1) <= ram->slot_count)
        return true;
    uint64_t count = ram->slot_count ? 2 * ram->slot_count : FIRST_SLOTS;
    uint64_t size = count * sizeof(struct dbell_ram_page);
    struct dbell_ram_page *slots = ram->allocator.allocate(ram->allocator.ctx, size);
    if (!slots)
        return false;
    memset(slots, 0, size);
    for (uint64_t i = 0; i < ram->slot_count; i++)
        if (ram->slots[i].number)
            *slot_of(slots, count, ram->slots[i].number) = ram->slots[i];
    if (ram->slots)
        ram->allocator.release(ram->allocator.ctx, ram->slots,
                               ram->slot_count * sizeof(struct dbell_ram_page));
    ram->slots = slots;
    ram->slot_count = count;
    return true;
}

static uint8_t *make_page(struct dbell_ram *ram, uint64_t offset)
{
    uint8_t *bytes = page_of(ram, offset);
    if (bytes)
        return bytes;
    if (ram->used + DBELL_RAM_PAGE_SIZE > ram->limit || !grow(ram))
        return NULL;
    bytes = ram->allocator.allocate(ram->allocator.ctx, DBELL_RAM_PAGE_SIZE);
    if (!bytes)
        return NULL;
    memset(bytes, 0, DBELL_RAM_PAGE_SIZE);
    uint64_t number = offset / DBELL_RAM_PAGE_SIZE + 1;
    *slot_of(ram->slots, ram->slot_count, number) =
        (struct dbell_ram_page){.number = number, .bytes = bytes};
    ram->page_count++;
    ram->used += DBELL_RAM_PAGE_SIZE;
    return bytes;
}

static bool inside(const struct dbell_ram *ram, uint64_t address, uint64_t length)
{
    uint64_t offset = address - ram->base;
    return address >= ram->base && offset < ram->size && length <= ram->size - offset;
}

/* How many of `length` bytes lie in the page of `offset`. */
static uint64_t in_page(uint64_t offset, uint64_t length)
{
    uint64_t rest = DBELL_RAM_PAGE_SIZE - offset % DBELL_RAM_PAGE_SIZE;
    return length < rest ? length : rest;
}

enum dbell_response dbell_ram_read(const struct dbell_ram *ram, uint64_t address, void *bytes,
                                   uint64_t length)
{
    if (!inside(ram, address, length))
        return DBELL_RESPONSE_DECERR;
    uint8_t *to = bytes;
    uint64_t offset = address - ram->base;
    while (length) {
        uint64_t part = in_page(offset, length);
        const uint8_t *page = page_of(ram, offset);
        if (page)
            memcpy(to, page + offset % DBELL_RAM_PAGE_SIZE, part);
        else
            memset(to, 0, part);
        to += part;
        offset += part;
        length -= part;
    }
    return DBELL_RESPONSE_OK;
}

static bool all_zero(const uint8_t *bytes, uint64_t length)
{
    for (uint64_t i = 0; i < length; i++)
        if (bytes[i])
            return false;
    return true;
}

enum dbell_response dbell_ram_write(struct dbell_ram *ram, uint64_t address, const void *bytes,
                                    uint64_t length)
{
    if (!inside(ram, address, length))
        return DBELL_RESPONSE_DECERR;
    const uint8_t *from = bytes;
    uint64_t offset = address - ram->base;
    while (length) {
        uint64_t part = in_page(offset, length);
        if (page_of(ram, offset) || !all_zero(from, part)) {
            uint8_t *page = make_page(ram, offset);
            if (!page)
                return DBELL_RESPONSE_SLVERR;
            memcpy(page + offset % DBELL_RAM_PAGE_SIZE, from, part);
        }
        from += part;
        offset += part;
        length -= part;
    }
    return DBELL_RESPONSE_OK;
}

enum dbell_response dbell_ram_fill(struct dbell_ram *ram, uint64_t address, uint8_t value,
                                   uint64_t length)
{
    if (!inside(ram, address, length))
        return DBELL_RESPONSE_DECERR;
    uint64_t offset = address - ram->base;
    while (length) {
        uint64_t part = in_page(offset, length);
        if (page_of(ram, offset) || value) {
            uint8_t *page = make_page(ram, offset);
            if (!page)
                return DBELL_RESPONSE_SLVERR;
            memset(page + offset % DBELL_RAM_PAGE_SIZE, value, part);
        }
        offset += part;
        length -= part;
    }
    return DBELL_RESPONSE_OK;
}

bool dbell_ram_window(const struct dbell_ram *ram, uint64_t address, struct dbell_window *window)
{
    if (!inside(ram, address, 1))
        return false;
    uint64_t offset = address - ram->base;
    uint8_t *page = page_of(ram, offset);
    if (!page)
        return false;
    uint64_t start = offset - offset % DBELL_RAM_PAGE_SIZE;
    uint64_t rest = ram->size - start;
    window->first = ram->base + start;
    window->last = window->first + (rest < DBELL_RAM_PAGE_SIZE ? rest : DBELL_RAM_PAGE_SIZE) - 1;
    window->host = page;
    return true;
}

enum dbell_response dbell_ram_cas(struct dbell_ram *ram, uint64_t address, uint64_t expected,
                                  uint64_t desired, uint64_t *old)
{
    uint8_t bytes[8];
    enum dbell_response response = dbell_ram_read(ram, address, bytes, sizeof bytes);
    if (response != DBELL_RESPONSE_OK)
        return response;
    *old = dbell__get_le64(bytes);
    if (*old != expected)
        return DBELL_RESPONSE_OK;
    dbell__put_le(bytes, sizeof bytes, desired);
    return dbell_ram_write(ram, address, bytes, sizeof bytes);
}
