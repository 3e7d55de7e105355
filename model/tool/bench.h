/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the rows of `doorbell bench` are made of: yardsticks that know nothing of Doorbell, and a
 * scene of streams and interrupts to measure. */
#ifndef DOORBELL_TOOL_BENCH_H
#define DOORBELL_TOOL_BENCH_H

#include <doorbell/machine.h>

/* CPU time of this process in nanoseconds. */
double bench_cpu_ns(void);

/* What bounds a model of this kind on the machine at hand:
 *  H    one independent lookup in an open-addressing table that fits the first-level cache
 *  D24  24 loads that depend on each other, in the first-level cache
 *  W4   one walk of a real 4-level VMSAv8-64 table, 64 pages, each walk depending on the last
 *  W24  one nested walk, 4 levels of 4 levels, 64 pages, each depending on the last */
enum bench_yardstick { BENCH_H, BENCH_D24, BENCH_W4, BENCH_W24, BENCH_YARDSTICKS };
struct bench_yardsticks;
struct bench_yardsticks *bench_yardsticks_create(void);
void bench_yardsticks_destroy(struct bench_yardsticks *yardsticks);
const char *bench_yardstick_name(enum bench_yardstick which);
/* Nanoseconds of one operation; *checksum is folded with what it computed. */
double bench_yardstick_measure(struct bench_yardsticks *yardsticks, enum bench_yardstick which,
                               uint64_t *checksum);

/* An ITS with room for 2^20 devices and 2^16 events of one: so many are used. */
enum { BENCH_LARGE_DEVICES = 4096, BENCH_LARGE_EVENTS = 65536 - 8192 };
enum bench_large_kind { BENCH_LARGE_BY_DEVICE, BENCH_LARGE_BY_EVENT, BENCH_LARGE_KINDS };
struct bench_large;
int bench_large_open(struct bench_large **large, struct dbell_message *message);
void bench_large_close(struct bench_large *large);
uint32_t bench_large_device(uint32_t n);
/* Memory that mapping all of them took. */
uint64_t bench_large_bytes(const struct bench_large *large, enum bench_large_kind kind);
/* The MSI of the n-th; false: it did not become its LPI. */
bool bench_large_raise(struct bench_large *large, enum bench_large_kind kind, uint32_t n);
uint32_t bench_large_acknowledge(struct bench_large *large);

/* A machine that a driver has set up: streams [0, 64) with stage 1 and [64, 128) with both
 * stages, 64 pages each and stream 0 and 64 with 4096, all from one IOVA on; and DeviceID 0 with
 * 4096 EventIDs on LPIs of CPU 0, whose doorbell stream 0 reaches at its own IOVA. */
struct bench_scene {
    struct dbell_machine *machine;
    struct dbell_smmu *smmu;
    struct dbell_its *its;
    struct dbell_lpi_port lpis;
    struct bench_large *large;
    struct dbell_bus bus;
    uint64_t next; /* free RAM */
    uint64_t strtab, cmdq, its_queue;
    uint32_t commands, its_commands;
};
enum {
    BENCH_STREAMS = 64,
    BENCH_NESTED = 64, /* first nested stream */
    BENCH_PAGES = 64,
    BENCH_MANY_PAGES = 4096,
    BENCH_EVENTS = 4096,
    BENCH_FIRST_LPI = 8192
};
#define BENCH_IOVA          UINT64_C(0x10000000)
#define BENCH_DOORBELL_IOVA UINT64_C(0x8000000)
int bench_scene_open(struct bench_scene *scene, struct dbell_message *message);
void bench_scene_close(struct bench_scene *scene);
/* Where page `page` of a stream is mapped to. */
uint64_t bench_scene_output(uint32_t stream, uint32_t page);
void bench_scene_command(struct bench_scene *scene, uint64_t word0);

#endif
