/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* `doorbell bench`: what one operation costs, as a ratio to yardsticks that are measured right
 * before it in the same process, in CPU time. Every result is checked and goes into a checksum. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "tool.h"

enum { REPETITIONS = 7 };

/* One run of a row. */
struct run {
    struct bench_scene *scene;
    uint64_t operations;
    uint64_t wrong; /* results that are not what the tables say */
    uint64_t checksum;
    double ns;      /* of all operations */
    uint64_t bytes; /* of memory that what is measured takes; 0: not told */
};

struct row {
    const char *name;
    enum bench_yardstick yardstick; /* that its aim is given in */
    double aim;                     /* 0: none */
    void (*run)(struct run *run, const struct row *row);
    uint32_t stream, streams, pages, rounds;
    uint64_t command; /* given before every round, within the measured time; 0: none */
    bool pending, through_smmu;
    enum bench_large_kind large;
    bool acknowledge;
};

static struct dbell_transaction read_of(uint32_t stream, uint64_t address)
{
    return (struct dbell_transaction){
        .address = address, .length = 4, .side = {.has_streamid = true, .streamid = stream}};
}

static void translate_round(struct run *run, const struct row *row)
{
    for (uint32_t s = row->stream; s < row->stream + row->streams; s++)
        for (uint32_t page = 0; page < row->pages; page++) {
            uint64_t offset = (page * 61u) & 0xffc;
            struct dbell_transaction t = read_of(s, BENCH_IOVA + page * UINT64_C(4096) + offset);
            struct dbell_translation result;
            int outcome = dbell_smmu_translate(run->scene->smmu, &t, &result);
            run->wrong +=
                outcome != DBELL_DONE || result.address != bench_scene_output(s, page) + offset;
            run->checksum = run->checksum * 31 + result.address;
        }
}

static void run_translations(struct run *run, const struct row *row)
{
    enum dbell_smmu_counter counter = row->command ? DBELL_SMMU_TLB_MISS : DBELL_SMMU_TLB_HIT;
    translate_round(run, row); /* warms up */
    uint64_t counted = dbell_smmu_count(run->scene->smmu, counter);
    double before = bench_cpu_ns();
    for (uint32_t round = 0; round < row->rounds; round++) {
        if (row->command)
            bench_scene_command(run->scene, row->command);
        translate_round(run, row);
    }
    run->ns = bench_cpu_ns() - before;
    run->operations = (uint64_t)row->rounds * row->streams * row->pages;
    /* The row measures what its name says: hits, or walks; a few sets of a warm TLB overflow. */
    counted = dbell_smmu_count(run->scene->smmu, counter) - counted;
    run->wrong += counted < run->operations - run->operations / 64;
}

static void raise_all(struct run *run, const struct row *row)
{
    for (uint32_t event = 0; event < BENCH_EVENTS; event++) {
        uint8_t data[4] = {(uint8_t)event, (uint8_t)(event >> 8)};
        struct dbell_transaction t = {.op = DBELL_WRITE,
                                      .length = 4,
                                      .data = data,
                                      .side = {.has_streamid = true, .has_deviceid = true}};
        if (row->through_smmu) {
            struct dbell_translation result;
            t.address = BENCH_DOORBELL_IOVA + 0x40;
            run->wrong += dbell_smmu_access(run->scene->smmu, &t, &result) != DBELL_DONE;
            run->checksum = run->checksum * 31 + result.address;
        } else {
            struct dbell_msi_result result;
            dbell_its_msi(run->scene->its, &t, &result);
            run->wrong += result.intid != BENCH_FIRST_LPI + event;
            run->checksum = run->checksum * 31 + result.intid;
        }
    }
}

static void clear_all(struct run *run)
{
    struct dbell_gic *gic = dbell_machine_gic(run->scene->machine);
    const struct dbell_lpi_port lpis = run->scene->lpis;
    for (uint32_t event = 0; event < BENCH_EVENTS; event++) {
        run->wrong += !dbell_gic_pending(gic, 0, BENCH_FIRST_LPI + event);
        const struct dbell_lpi_request clear = {.kind = DBELL_LPI_CLEAR,
                                                .intid = BENCH_FIRST_LPI + event};
        lpis.ask(lpis.ctx, &clear, NULL);
    }
}

static void run_msis(struct run *run, const struct row *row)
{
    raise_all(run, row);
    for (uint32_t round = 0; round < row->rounds; round++) {
        if (!row->pending)
            clear_all(run);
        double before = bench_cpu_ns();
        raise_all(run, row);
        run->ns += bench_cpu_ns() - before;
    }
    clear_all(run);
    run->operations = (uint64_t)row->rounds * BENCH_EVENTS;
}

/* All of them are raised, and then acknowledged: one of both is measured. */
static void run_large(struct run *run, const struct row *row)
{
    struct bench_large *large = run->scene->large;
    const uint32_t count =
        row->large == BENCH_LARGE_BY_DEVICE ? BENCH_LARGE_DEVICES : BENCH_LARGE_EVENTS;
    for (uint32_t round = 0; round < row->rounds; round++) {
        double start = bench_cpu_ns();
        for (uint32_t n = 0; n < count; n++)
            run->wrong += !bench_large_raise(large, row->large, n);
        const double raised = bench_cpu_ns();
        for (uint32_t n = 0; n < count; n++)
            run->checksum = run->checksum * 31 + bench_large_acknowledge(large);
        const double end = bench_cpu_ns();
        run->ns += row->acknowledge ? end - raised : raised - start;
        run->wrong += bench_large_acknowledge(large) != DBELL_INTID_NONE;
    }
    run->operations = (uint64_t)row->rounds * count;
    run->bytes = bench_large_bytes(large, row->large);
}

enum { TLBI_NSNH_ALL = 0x30 };

static const struct row rows[] = {
    {.name = "translate.warm.1page",
     .yardstick = BENCH_H,
     .aim = 12,
     .run = run_translations,
     .streams = 1,
     .pages = 1,
     .rounds = 400000},
    {.name = "translate.warm.64pages",
     .yardstick = BENCH_H,
     .aim = 12,
     .run = run_translations,
     .streams = 1,
     .pages = BENCH_PAGES,
     .rounds = 6400},
    {.name = "translate.warm.4096pages",
     .yardstick = BENCH_D24,
     .run = run_translations,
     .streams = 1,
     .pages = BENCH_MANY_PAGES,
     .rounds = 64},
    {.name = "translate.warm.64streams",
     .yardstick = BENCH_D24,
     .run = run_translations,
     .streams = BENCH_STREAMS,
     .pages = BENCH_PAGES,
     .rounds = 64},
    {.name = "translate.warm.nested",
     .yardstick = BENCH_H,
     .aim = 12,
     .run = run_translations,
     .stream = BENCH_NESTED,
     .streams = 1,
     .pages = BENCH_PAGES,
     .rounds = 6400},
    {.name = "translate.cold.s1",
     .yardstick = BENCH_W4,
     .aim = 10,
     .run = run_translations,
     .streams = 1,
     .pages = BENCH_PAGES,
     .rounds = 1600,
     .command = TLBI_NSNH_ALL},
    {.name = "translate.cold.nested",
     .yardstick = BENCH_W24,
     .aim = 6,
     .run = run_translations,
     .stream = BENCH_NESTED,
     .streams = 1,
     .pages = BENCH_PAGES,
     .rounds = 400,
     .command = TLBI_NSNH_ALL},
    {.name = "its.msi.fresh", .yardstick = BENCH_H, .aim = 24, .run = run_msis, .rounds = 100},
    {.name = "its.msi.pending",
     .yardstick = BENCH_H,
     .aim = 24,
     .run = run_msis,
     .rounds = 100,
     .pending = true},
    {.name = "its.msi.smmu",
     .yardstick = BENCH_H,
     .run = run_msis,
     .rounds = 100,
     .through_smmu = true},
    {.name = "its.large.devices", .run = run_large, .rounds = 10, .large = BENCH_LARGE_BY_DEVICE},
    {.name = "its.large.events", .run = run_large, .rounds = 2, .large = BENCH_LARGE_BY_EVENT},
    {.name = "its.large.acknowledge",
     .run = run_large,
     .rounds = 2,
     .large = BENCH_LARGE_BY_EVENT,
     .acknowledge = true},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* Medians over the repetitions. */
struct figures {
    double ns, ratio[BENCH_YARDSTICKS];
    uint64_t checksum, wrong, bytes;
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, REPETITIONS, sizeof *values, by_size);
    return values[REPETITIONS / 2];
}

static struct figures measure(const struct row *row, struct bench_scene *scene,
                              struct bench_yardsticks *yardsticks)
{
    double ns[REPETITIONS], ratio[BENCH_YARDSTICKS][REPETITIONS];
    struct figures figures = {0};
    for (int i = 0; i < REPETITIONS; i++) {
        double unit[BENCH_YARDSTICKS];
        uint64_t unused = 0;
        for (unsigned y = 0; y < BENCH_YARDSTICKS; y++)
            unit[y] = bench_yardstick_measure(yardsticks, (enum bench_yardstick)y, &unused);
        struct run run = {.scene = scene, .checksum = unused};
        row->run(&run, row);
        ns[i] = run.ns / (double)run.operations;
        for (unsigned y = 0; y < BENCH_YARDSTICKS; y++)
            ratio[y][i] = ns[i] / unit[y];
        figures.wrong += run.wrong + (i && run.checksum != figures.checksum);
        figures.checksum = run.checksum;
        figures.bytes = run.bytes;
    }
    figures.ns = median(ns);
    for (unsigned y = 0; y < BENCH_YARDSTICKS; y++)
        figures.ratio[y] = median(ratio[y]);
    return figures;
}

static void print_text(const struct row *row, const struct figures *f)
{
    printf("%-26s %8.1f ns", row->name, f->ns);
    for (unsigned y = 0; y < BENCH_YARDSTICKS; y++)
        printf("  %6.2f %s", f->ratio[y], bench_yardstick_name((enum bench_yardstick)y));
    if (row->aim > 0)
        printf("  aim %g %s", row->aim, bench_yardstick_name(row->yardstick));
    if (f->bytes)
        printf("  %llu KB", (unsigned long long)f->bytes / 1024);
    printf("  checksum %016llx%s\n", (unsigned long long)f->checksum, f->wrong ? "  WRONG" : "");
    fflush(stdout);
}

static void print_json(const struct row *row, const struct figures *f, bool first)
{
    printf("%s{\"row\":\"%s\",\"ns\":%.2f,\"ratio\":{", first ? "" : ",", row->name, f->ns);
    for (unsigned y = 0; y < BENCH_YARDSTICKS; y++)
        printf("%s\"%s\":%.3f", y ? "," : "", bench_yardstick_name((enum bench_yardstick)y),
               f->ratio[y]);
    printf("},\"unit\":\"%s\",", bench_yardstick_name(row->yardstick));
    if (row->aim > 0)
        printf("\"aim\":%g,", row->aim);
    if (f->bytes)
        printf("\"bytes\":%llu,", (unsigned long long)f->bytes);
    printf("\"checksum\":\"%016llx\",\"wrong\":%llu}", (unsigned long long)f->checksum,
           (unsigned long long)f->wrong);
}

/* A row is asked for by its name or by a beginning of it. */
static bool wanted(const struct row *row, int names, char *const *name)
{
    for (int i = 0; i < names; i++)
        if (!strncmp(row->name, name[i], strlen(name[i])))
            return true;
    return !names;
}

static bool known(const char *name)
{
    for (int i = 0; i < ROWS; i++)
        if (wanted(&rows[i], 1, (char *const[]){(char *)name}))
            return true;
    return false;
}

int tool_bench(int argc, char **argv)
{
    bool json = argc && !strcmp(argv[0], "--json");
    argc -= json;
    argv += json;
    for (int i = 0; i < argc; i++)
        if (!known(argv[i])) {
            fprintf(stderr, "doorbell bench: no row begins with %s; the rows are\n", argv[i]);
            for (int r = 0; r < ROWS; r++)
                fprintf(stderr, "  %s\n", rows[r].name);
            return EXIT_USAGE;
        }
    struct bench_scene scene;
    struct dbell_message message = {""};
    struct bench_yardsticks *yardsticks = bench_yardsticks_create();
    int status = yardsticks ? bench_scene_open(&scene, &message) : DBELL_E_MEMORY;
    if (status) {
        fprintf(stderr, "doorbell bench: %s %s\n", dbell_status_text(status), message.text);
        bench_yardsticks_destroy(yardsticks);
        return EXIT_INTERNAL;
    }
    uint64_t wrong = 0;
    bool first = true;
    if (json)
        fputs("{\"rows\":[", stdout);
    for (int r = 0; r < ROWS; r++) {
        if (!wanted(&rows[r], argc, argv))
            continue;
        struct figures figures = measure(&rows[r], &scene, yardsticks);
        wrong += figures.wrong;
        if (json)
            print_json(&rows[r], &figures, first);
        else
            print_text(&rows[r], &figures);
        first = false;
    }
    if (json)
        puts("]}");
    bench_scene_close(&scene);
    bench_yardsticks_destroy(yardsticks);
    return wrong ? EXIT_DIFFERS : EXIT_HELD;
}
