/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SLOTS = 1024, /* of 16 bytes: half of a first-level cache */
    KEYS = 256,
    RING = 256,
    PAGES = 64,
    TABLE = 512, /* entries of a 4 KB table */
    TABLES = 256,
    S1_TABLES = 4 /* that the stage 1 walk of a yardstick goes through */
};

struct slot {
    uint64_t key, value;
};

struct bench_yardsticks {
    struct slot slots[SLOTS];
    uint64_t keys[KEYS];
    uint32_t ring[RING];
    uint64_t inputs[PAGES]; /* read from memory: a compiler that knew them would hoist the loads */
    uint64_t s1_root, s2_root; /* table numbers as addresses, as descriptors hold them */
    uint64_t flat_root;
    uint32_t table_count;
    uint64_t (*tables)[TABLE];
};

double bench_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint64_t mix(uint64_t key)
{
    key *= UINT64_C(0x9e3779b97f4a7c15);
    return key ^ key >> 32;
}

/* --- radix tables: descriptors as VMSAv8-64 has them, the address space starting at tables[0] */

enum { VALID_TABLE = 3, ACCESS_FLAG = 1 << 10 };
#define INPUT        UINT64_C(0x10000000)
#define OUTPUT       UINT64_C(0x40000000)
#define ADDRESS_BITS UINT64_C(0x0000fffffffff000)

static uint64_t new_table(struct bench_yardsticks *y)
{
    return (uint64_t)y->table_count++ << 12;
}

static void map(struct bench_yardsticks *y, uint64_t root, uint64_t input, uint64_t output)
{
    uint64_t table = root;
    for (unsigned shift = 39; shift > 12; shift -= 9) {
        uint64_t *entry = &y->tables[table >> 12][input >> shift & (TABLE - 1)];
        if (!*entry)
            *entry = new_table(y) | VALID_TABLE;
        table = *entry & ADDRESS_BITS;
    }
    y->tables[table >> 12][input >> 12 & (TABLE - 1)] = output | ACCESS_FLAG | VALID_TABLE;
}

static uint64_t walk(const struct bench_yardsticks *y, uint64_t root, uint64_t input)
{
    uint64_t table = root, entry = 0;
    for (unsigned shift = 39; shift >= 12; shift -= 9) {
        entry = y->tables[table >> 12][input >> shift & (TABLE - 1)];
        if ((entry & VALID_TABLE) != VALID_TABLE)
            return 0;
        table = entry & ADDRESS_BITS;
    }
    return entry & ACCESS_FLAG ? table | (input & 0xfff) : 0;
}

static uint64_t nested_walk(const struct bench_yardsticks *y, uint64_t input)
{
    uint64_t table = y->s1_root, entry = 0;
    for (unsigned shift = 39; shift >= 12; shift -= 9) {
        uint64_t pa = walk(y, y->s2_root, table);
        if (!pa)
            return 0;
        entry = y->tables[pa >> 12][input >> shift & (TABLE - 1)];
        if ((entry & VALID_TABLE) != VALID_TABLE)
            return 0;
        table = entry & ADDRESS_BITS;
    }
    return entry & ACCESS_FLAG ? walk(y, y->s2_root, table | (input & 0xfff)) : 0;
}

struct bench_yardsticks *bench_yardsticks_create(void)
{
    struct bench_yardsticks *y = calloc(1, sizeof *y);
    if (!y)
        return NULL;
    y->tables = calloc(TABLES, sizeof *y->tables);
    if (!y->tables) {
        free(y);
        return NULL;
    }
    for (uint64_t i = 0; i < KEYS; i++) {
        y->keys[i] = mix(i + 1) | 1;
        struct slot *slot = &y->slots[mix(y->keys[i]) % SLOTS];
        while (slot->key)
            slot = slot + 1 == y->slots + SLOTS ? y->slots : slot + 1;
        *slot = (struct slot){y->keys[i], i};
    }
    for (uint32_t i = 0; i < RING; i++)
        y->ring[i] = (i * 77 + 13) % RING;
    for (uint64_t page = 0; page < PAGES; page++)
        y->inputs[page] = INPUT + page * 4096;
    y->table_count = 1; /* address 0 is no table */
    y->flat_root = new_table(y);
    for (uint64_t page = 0; page < PAGES; page++)
        map(y, y->flat_root, INPUT + page * 4096, OUTPUT + page * 4096);
    y->s1_root = new_table(y);
    for (uint64_t page = 0; page < PAGES; page++)
        map(y, y->s1_root, INPUT + page * 4096, OUTPUT + page * 4096);
    y->s2_root = new_table(y);
    for (uint64_t t = 1; t <= S1_TABLES; t++) /* the tables of stage 1, where they are */
        map(y, y->s2_root, y->s1_root + (t - 1) * 4096, y->s1_root + (t - 1) * 4096);
    for (uint64_t page = 0; page < PAGES; page++)
        map(y, y->s2_root, OUTPUT + page * 4096, 2 * OUTPUT + page * 4096);
    return y;
}

void bench_yardsticks_destroy(struct bench_yardsticks *y)
{
    if (y)
        free(y->tables);
    free(y);
}

const char *bench_yardstick_name(enum bench_yardstick which)
{
    static const char *const names[] = {"H", "D24", "W4", "W24"};
    return names[which];
}

static uint64_t lookups(const struct bench_yardsticks *y, uint32_t n)
{
    uint64_t sum = 0;
    uint32_t random = 1; /* in an order that branch prediction cannot learn */
    for (uint32_t i = 0; i < n; i++) {
        random = random * 1664525u + 1013904223u;
        uint64_t key = y->keys[random >> 16 & (KEYS - 1)];
        const struct slot *slot = &y->slots[mix(key) % SLOTS];
        while (slot->key != key)
            slot = slot + 1 == y->slots + SLOTS ? y->slots : slot + 1;
        sum += slot->value;
    }
    return sum;
}

static uint64_t dependent_loads(const struct bench_yardsticks *y, uint32_t n)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < n; i++)
        for (int load = 0; load < 24; load++)
            at = y->ring[at];
    return at;
}

static uint64_t walks(const struct bench_yardsticks *y, uint32_t n, bool nested)
{
    uint64_t last = 0, sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t input = y->inputs[(i ^ last >> 40) % PAGES]; /* last >> 40 is zero */
        last = nested ? nested_walk(y, input) : walk(y, y->flat_root, input);
        sum += last;
    }
    return sum;
}

double bench_yardstick_measure(struct bench_yardsticks *y, enum bench_yardstick which,
                               uint64_t *checksum)
{
    static const uint32_t counts[] = {400000, 40000, 80000, 20000};
    uint32_t n = counts[which];
    double before = bench_cpu_ns();
    uint64_t sum = 0;
    switch (which) {
    case BENCH_H:
        sum = lookups(y, n);
        break;
    case BENCH_D24:
        sum = dependent_loads(y, n);
        break;
    default:
        sum = walks(y, n, which == BENCH_W24);
        break;
    }
    double ns = (bench_cpu_ns() - before) / n;
    *checksum = *checksum * 31 + sum;
    return ns;
}
