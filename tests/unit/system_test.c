/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Properties of whole replays: tampered expectations are found, state can be moved, nothing is
 * allocated on the way of an access. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <doorbell/machine.h>

#include "dbell_test.h"
#include "lab.h"
#include "replay_support.h"

static uint32_t random_state = 12345;
static uint32_t random_number(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

/* --- tamper --- */

/* Replaces text[at .. at + n) by `with`. */
static char *spliced(const char *text, size_t size, size_t at, size_t n, const char *with,
                     size_t *out_size)
{
    size_t m = strlen(with);
    char *out = malloc(size - n + m + 1);
    if (!out)
        abort();
    memcpy(out, text, at);
    memcpy(out + at, with, m);
    memcpy(out + at + m, text + at + n, size - at - n);
    *out_size = size - n + m;
    out[*out_size] = 0;
    return out;
}

static uint64_t mask_of(const struct dbell_fields *e)
{
    return e->present[DBELL_KEY_MASK] ? e->number[DBELL_KEY_MASK] : UINT64_MAX;
}

/* The bits of a val that an expectation looks at. */
static uint64_t val_bits(const struct dbell_record *r)
{
    uint64_t mask = mask_of(&r->expectation), bits = 8 * r->stimulus.number[DBELL_KEY_SIZE];
    if (r->stimulus.present[DBELL_KEY_SIZE] && bits < 64)
        mask &= (UINT64_C(1) << bits) - 1;
    return mask;
}

static bool can_be_tampered(const char *text, size_t size)
{
    struct dbell_record r;
    struct dbell_message message;
    if (dbell_trace_parse(text, size, &r, &message) || !r.expects)
        return false;
    const uint8_t *has = r.expectation.present;
    return has[DBELL_KEY_PA] || has[DBELL_KEY_FAULT] || has[DBELL_KEY_LPI] ||
           (has[DBELL_KEY_VAL] && val_bits(&r)) || has[DBELL_KEY_INTID] || has[DBELL_KEY_HEX];
}

/* Another legal value of one of the expectations pa, fault, lpi, val, intid, hex; NULL: the line
 * has none. */
static char *tampered(const char *line, size_t size, size_t *out_size)
{
    static const enum dbell_key keys[] = {DBELL_KEY_PA,  DBELL_KEY_FAULT, DBELL_KEY_LPI,
                                          DBELL_KEY_VAL, DBELL_KEY_INTID, DBELL_KEY_HEX};
    struct dbell_record r;
    struct dbell_message message;
    if (dbell_trace_parse(line, size, &r, &message) || !r.expects)
        return NULL;
    const char *arrow = NULL;
    for (size_t i = 0; i + 1 < size && !arrow; i++)
        if (line[i] == '-' && line[i + 1] == '>')
            arrow = line + i;
    for (unsigned tries = 0; tries < 200; tries++) {
        enum dbell_key key = keys[random_number() % 6];
        const struct dbell_fields *e = &r.expectation;
        if (!e->present[key])
            continue;
        char name[16], with[32];
        snprintf(name, sizeof name, "%s=", dbell_key_name(key));
        const char *at = arrow;
        do
            at = strstr(at + 1, name);
        while (at && at[-1] != ' ');
        if (!at || at >= line + size)
            return NULL;
        at += strlen(name);
        size_t n = strcspn(at, " \t\r\n#");
        if (at + n > line + size)
            n = (size_t)(line + size - at);
        uint64_t number = e->number[key];
        switch (key) {
        case DBELL_KEY_PA:
            snprintf(with, sizeof with, "0x%llx",
                     (unsigned long long)(number ^ (UINT64_C(0x1000) << random_number() % 20)));
            break;
        case DBELL_KEY_FAULT:
            if (e->text[key])
                snprintf(with, sizeof with, "0x10");
            else
                snprintf(with, sizeof with, "0x%02llx",
                         (unsigned long long)(number == 0x13 ? 0x12 : 0x13));
            break;
        case DBELL_KEY_LPI:
            if (e->text[key])
                snprintf(with, sizeof with, "8192");
            else
                snprintf(with, sizeof with, "%llu", (unsigned long long)(number ^ 1));
            break;
        case DBELL_KEY_INTID:
            snprintf(with, sizeof with, "%llu",
                     (unsigned long long)(number == 1023 ? 8192 : number ^ 1));
            break;
        case DBELL_KEY_VAL: {
            uint64_t mask = val_bits(&r);
            if (!mask)
                continue;
            unsigned bit;
            do
                bit = random_number() % 64;
            while (!(mask >> bit & 1));
            snprintf(with, sizeof with, "0x%llx",
                     (unsigned long long)(number ^ UINT64_C(1) << bit));
            break;
        }
        default:
            n = 1;
            snprintf(with, sizeof with, "%c", *at == '0' ? '1' : '0');
            break;
        }
        return spliced(line, size, (size_t)(at - line), n, with, out_size);
    }
    return NULL;
}

static uint64_t count_lines(const char *path, bool (*wanted)(const char *, size_t))
{
    struct dbell_reader *reader;
    struct dbell_message message;
    const char *text;
    size_t size;
    uint64_t n = 0;
    if (dbell_reader_open(path, &reader, &message))
        return 0;
    while (dbell_reader_next(reader, &text, &size, &message) > 0)
        n += wanted(text, size);
    dbell_reader_close(reader);
    return n;
}

/* Tampers with `wanted` random expectation lines in one replay: exactly these must fail. */
static void tamper(const char *name, uint64_t wanted)
{
    char path[4096];
    snprintf(path, sizeof path, "%s", test_trace_path(name));
    uint64_t lines = count_lines(path, can_be_tampered), done = 0, left = lines;
    struct test_replay t;
    struct dbell_reader *reader;
    struct dbell_message message = {""};
    uint64_t *changed = calloc(wanted + 1, sizeof *changed);
    REQUIRE(changed && lines && test_replay_open(&t, path));
    REQUIRE(dbell_reader_open(path, &reader, &message) == DBELL_OK);
    const char *text;
    size_t size;
    for (uint64_t line = 1; dbell_reader_next(reader, &text, &size, &message) > 0; line++) {
        char *other = NULL;
        size_t other_size = 0;
        if (can_be_tampered(text, size)) {
            if (done < wanted && random_number() % left < wanted - done) {
                char *copy = strndup(text, size); /* terminated, for the search in it */
                other = tampered(copy, size, &other_size);
                free(copy);
            }
            left--;
        }
        if (other)
            changed[done++] = line;
        int status = dbell_replay_line(t.replay, line, other ? other : text,
                                       other ? other_size : size, &t.message);
        free(other);
        if (status) {
            dbell_test_fail(name, (int)line, t.message.text);
            break;
        }
    }
    dbell_reader_close(reader);
    CHECK_EQ(done, wanted < lines ? wanted : lines);
    CHECK_EQ(t.failed_count, done);
    for (size_t i = 0; i < done && i < t.failed_count; i++)
        if (t.failed_lines[i] != changed[i]) {
            dbell_test_fail(name, (int)changed[i], "a tampered line was not named");
            break;
        }
    free(changed);
    test_replay_close(&t);
}

TEST(tamper, three_hundred_lines_of_linux_6_12)
{
    tamper("linux/linux-6.12-stage1.trace.zst", 300);
}

TEST(tamper, three_hundred_lines_of_linux_6_1)
{
    tamper("linux/linux-6.1-both-stages.trace.zst", 300);
}

static void tamper_with_one(const void *argument)
{
    /* A trace that does not hold yet cannot tell. Several single lines, each in a replay. */
    for (unsigned i = 0; i < 3; i++)
        tamper(argument, 1);
}

static bool expected_to_fail(const char *path)
{
    char line[512];
    FILE *file = fopen(EXPECTED_FAILURES, "r");
    bool found = false;
    size_t n = strlen(path);
    while (file && fgets(line, sizeof line, file))
        found |= !strncmp(line, path, n) && line[n] == ' ';
    if (file)
        fclose(file);
    return found;
}

void dbell_test_discover(void)
{
    static char paths[256][128], names[256][128];
    unsigned n = 0;
    FILE *list = popen("cd " TRACES_DIR " && find conformance -name '*.trace*' | sort", "r");
    while (list && n < 256 && fgets(paths[n], sizeof paths[n], list)) {
        paths[n][strcspn(paths[n], "\n")] = 0;
        if (expected_to_fail(paths[n] + strlen("conformance/")) ||
            !count_lines(test_trace_path(paths[n]), can_be_tampered))
            continue;
        const char *file = strrchr(paths[n], '/') + 1;
        snprintf(names[n], sizeof names[n], "%.*s", (int)strcspn(file, "."), file);
        const struct dbell_test test = {"tamper_conformance", names[n], paths[n], 1,
                                        tamper_with_one,      paths[n]};
        dbell_test_register(&test);
        n++;
    }
    if (list)
        pclose(list);
}

/* --- state moved --- */

TEST(state, moves_at_ten_lines_of_linux_6_12_and_goes_on)
{
    char path[4096];
    snprintf(path, sizeof path, "%s", test_trace_path("linux/linux-6.12-stage1.trace.zst"));
    struct test_replay t;
    struct dbell_reader *reader;
    struct dbell_message message;
    const char *text;
    size_t size;
    uint64_t at[10], line = 0;
    for (unsigned i = 0; i < 10; i++)
        at[i] = 100 + (random_number() | (uint64_t)random_number() << 8) % 424000;
    REQUIRE(test_replay_open(&t, path));
    REQUIRE(dbell_reader_open(path, &reader, &message) == DBELL_OK);
    unsigned moves = 0;
    while (dbell_reader_next(reader, &text, &size, &message) > 0) {
        line++;
        REQUIRE(dbell_replay_line(t.replay, line, text, size, &t.message) == DBELL_OK);
        for (unsigned i = 0; i < 10; i++)
            if (at[i] == line) {
                REQUIRE(dbell_machine_relocate(t.machine) == DBELL_OK);
                moves++;
            }
    }
    CHECK_EQ(moves, 10);
    CHECK_EQ(t.failed_count, 0);
    CHECK_EQ(dbell_replay_results(t.replay)->checked[DBELL_VERB_DMA], 142365);
    dbell_reader_close(reader);
    test_replay_close(&t);
}

/* --- allocations: the linker sends malloc and its kin here --- */

static uint64_t allocations;
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    allocations++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    allocations++;
    return __real_realloc(old, size);
}

TEST(allocation, none_in_a_translation_a_fault_a_command_or_an_msi)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    lab_its_on(&lab);
    struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
    dbell_host_map(&tables, 0x1000, LAB_DOORBELL & ~0xfffu, 3, LAB_S1_RW);
    struct dbell_host_cd cd = lab_cd(&tables);
    struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
    lab_ste(&lab, 2, &ste);
    lab_its_command(&lab, dbell_host_mapc(0, 0, true));
    lab_its_command(&lab, dbell_host_mapd(2, 4, lab_alloc(&lab, 4096), true));
    lab_its_command(&lab, dbell_host_mapti(2, 1, 8193, 0));
    uint32_t event = 1;
    lab_fault(&lab, 2, 0x5000); /* the pages of the event queue exist from here on */
    lab_command(&lab, dbell_host_sync());
    uint64_t before = allocations;
    CHECK(before > 0); /* the count works */
    for (unsigned i = 0; i < 100; i++) {
        CHECK_EQ(lab_dma(&lab, 2, DBELL_WRITE, 0x1040, &event).trail.outcome, DBELL_DONE);
        CHECK_EQ(lab.system.acknowledge(lab.system.ctx, 0), 8193);
        lab_fault(&lab, 2, 0x5000);
        lab_command(&lab, dbell_host_tlbi_nsnh_all());
    }
    CHECK_EQ(allocations, before);
    lab_close(&lab);
}
