/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "workload.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bed.h"

/* Where a device's pages are: IOVAs, IPAs, and PAs. */
#define IOVA(device) (UINT64_C(0x400000000) + ((uint64_t)(device) << 32))
#define DATA(device) (UINT64_C(0xa0000000) + ((uint64_t)(device) << 28))
#define DATA_IPA     UINT64_C(0x50000000) /* less than DATA(0) by this: */
#define IPA_OFFSET   (DATA(0) - DATA_IPA)
#define TABLES_IPA   UINT64_C(0x42000000) /* of the guest, with its CDs below */
#define PAGE         UINT64_C(0x1000)

enum { PAGES_MOST = 65536, EVENTS = 6, LPIS = 32 };

const char *dbell_workload_name(enum dbell_workload_kind kind)
{
    static const char *const names[DBELL_WORKLOADS] = {"stream", "random", "nic",
                                                       "nvme",   "msi",    "churn"};
    return (unsigned)kind < DBELL_WORKLOADS ? names[kind] : NULL;
}

struct dbell_workload dbell_workload_default(enum dbell_workload_kind kind)
{
    return (struct dbell_workload){
        .kind = (uint8_t)kind,
        .pages = 64,
        .accesses = kind == DBELL_WORKLOAD_STREAM || kind == DBELL_WORKLOAD_RANDOM ? 4096 : 256,
        .length = 64,
        .outstanding = 16,
        .devices = 1,
        .writes = 50,
        .seed = 1};
}

bool dbell_workload_set(struct dbell_workload *w, const char *assignment)
{
    uint32_t nested = w->nested, blocks = w->blocks;
    const struct {
        const char *name;
        uint32_t *value, least, most;
    } keys[] = {{"pages", &w->pages, 1, PAGES_MOST}, {"accesses", &w->accesses, 1, 1000000},
                {"length", &w->length, 1, 4096},     {"outstanding", &w->outstanding, 1, 1024},
                {"depend", &w->depend, 0, 64},       {"devices", &w->devices, 1, 2},
                {"writes", &w->writes, 0, 100},      {"nested", &nested, 0, 1},
                {"blocks", &blocks, 0, 1},           {"seed", &w->seed, 0, UINT32_MAX}};
    const char *equals = strchr(assignment, '=');
    for (unsigned i = 0; equals && i < sizeof keys / sizeof keys[0]; i++) {
        if (strlen(keys[i].name) != (size_t)(equals - assignment) ||
            memcmp(keys[i].name, assignment, strlen(keys[i].name)) != 0)
            continue;
        char *end;
        const unsigned long long value = strtoull(equals + 1, &end, 10);
        if (*end || end == equals + 1 || equals[1] == '-' || value < keys[i].least ||
            value > keys[i].most)
            return false;
        *keys[i].value = (uint32_t)value;
        w->nested = nested;
        w->blocks = blocks;
        return true;
    }
    return false;
}

struct work {
    struct bed *bed;
    const struct dbell_workload *is;
    uint64_t random;
    uint64_t doorbell[2]; /* IOVAs that the devices write their messages to */
    struct dbell_host_tables guest;
};

static uint32_t random_below(struct work *w, uint32_t bound)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (uint32_t)((w->random >> 32) * bound >> 32);
}

/* --- set-up --- */

static enum dbell_response guest_access(void *ctx, struct dbell_transaction *t)
{
    struct bed *bed = ctx;
    struct dbell_transaction there = *t;
    there.address += IPA_OFFSET;
    return bed->host.bus.access(bed->host.bus.ctx, &there);
}

static unsigned leaves(const struct dbell_workload *w)
{
    return w->blocks ? (w->pages + 511) / 512 : w->pages;
}

/* Stage 1 of the host. */
static void set_up_host(struct work *w)
{
    struct bed *bed = w->bed;
    const unsigned prot = DBELL_HOST_READ | DBELL_HOST_WRITE | DBELL_HOST_CACHE;
    bed_stage1(bed, E0, 0x100000);
    if (w->is->devices > 1)
        bed_stage1(bed, E1, 0);
    for (unsigned d = 0; d < w->is->devices; d++) {
        struct dbell_host_msi message;
        for (unsigned i = 0; i < leaves(w->is); i++)
            if (w->is->blocks)
                OK(bed, dbell_host_map_block(&bed->stage1, IOVA(d) + i * 512 * PAGE,
                                             DATA(d) + i * 512 * PAGE, 2, prot));
            else
                OK(bed, dbell_host_map_pages(&bed->stage1, IOVA(d) + i * PAGE, DATA(d) + i * PAGE,
                                             PAGE, prot));
        OK(bed, dbell_host_compose_msi(&bed->device[d], HDB, 0, &message));
        w->doorbell[d] = message.address;
    }
}

/* Stage 1 of a guest over stage 2 in pages of 4 KiB, which hold its tables too. */
static void set_up_guest(struct work *w)
{
    static const uint64_t cd[8] = {UINT64_C(0x0001e205c0003510), TABLES_IPA, 0, 0xf404ff44};
    static const uint64_t vste[2] = {TABLES_IPA - PAGE + 0xb, UINT64_C(0xd4)};
    struct bed *bed = w->bed;
    const unsigned prot = DBELL_HOST_READ | DBELL_HOST_WRITE | DBELL_HOST_CACHE;
    const uint64_t tables = (8 + (uint64_t)w->is->devices * (4 + leaves(w->is) / 512)) * PAGE;
    OK(bed, dbell_host_domain_alloc(&bed->stage2, &bed->smmu, DBELL_HOST_STAGE2, 12));
    OK(bed, dbell_host_map_pages(&bed->stage2, TABLES_IPA - PAGE, TABLES_IPA - PAGE + IPA_OFFSET,
                                 tables + PAGE, prot));
    for (unsigned d = 0; d < w->is->devices; d++)
        OK(bed, dbell_host_map_pages(&bed->stage2, DATA(d) - IPA_OFFSET, DATA(d),
                                     w->is->pages * PAGE, prot));
    OK(bed, dbell_host_map_pages(&bed->stage2, GDB, HDB & ~(PAGE - 1), PAGE,
                                 DBELL_HOST_WRITE | DBELL_HOST_MMIO));
    w->guest = (struct dbell_host_tables){.bus = {.ctx = bed, .access = guest_access},
                                          .root = TABLES_IPA,
                                          .granule = 12,
                                          .input_bits = 48,
                                          .next = TABLES_IPA + PAGE,
                                          .end = TABLES_IPA + tables};
    dbell_host_store_words(&w->guest.bus, TABLES_IPA - PAGE, cd, 8);
    OK(bed, dbell_host_domain_alloc_nested(&bed->nested, &bed->stage2));
    for (unsigned d = 0; d < w->is->devices; d++)
        OK(bed, dbell_host_attach(&bed->device[d], &bed->nested));
    OK(bed, dbell_host_vste_set(&bed->nested, vste));
    for (unsigned d = 0; d < w->is->devices; d++) {
        for (unsigned i = 0; i < leaves(w->is); i++) {
            const uint64_t at = i * (w->is->blocks ? 512 : 1) * PAGE;
            OK(bed, dbell_host_map(&w->guest, IOVA(d) + at, DATA(d) - IPA_OFFSET + at,
                                   w->is->blocks ? 2 : 3, UINT64_C(0x60000000000f44)));
        }
        w->doorbell[d] = GIOVA_MSI;
    }
    OK(bed, dbell_host_map(&w->guest, GIOVA, GDB, 3, UINT64_C(0x60000000000e48)));
}

/* --- traffic --- */

static uint32_t rid_of(unsigned device)
{
    return device ? 0x200 : 0x100;
}

static void touch(struct work *w, unsigned device, bool write, uint64_t offset, uint32_t length)
{
    while (length) { /* no access crosses 4 KiB */
        const uint32_t room = (uint32_t)(PAGE - offset % PAGE), n = length < room ? length : room;
        bed_write(
            w->bed,
            "dma rid=0x%" PRIx32 " op=%c iova=0x%" PRIx64 " len=%" PRIu32 " -> pa=0x%" PRIx64 "\n",
            rid_of(device), write ? 'w' : 'r', IOVA(device) + offset, n, DATA(device) + offset);
        offset += n;
        length -= n;
    }
}

static void message(struct work *w, unsigned device, unsigned event)
{
    bed_write(w->bed,
              "dma rid=0x%" PRIx32 " op=w iova=0x%" PRIx64 " hex=%02x000000 -> lpi=%u cpu=0\n",
              rid_of(device), w->doorbell[device], event, 8192 + LPIS * device + event);
}

static uint64_t anywhere(struct work *w, uint32_t length)
{
    const uint32_t places = (uint32_t)PAGE / length;
    return random_below(w, w->is->pages) * PAGE +
           (places ? random_below(w, places) * (uint64_t)length : 0);
}

/* One round of a device; its rings are in its first pages. */
static void go_on(struct work *w, unsigned device, uint32_t n)
{
    const uint64_t size = w->is->pages * PAGE;
    const bool write = random_below(w, 100) < w->is->writes;
    switch (w->is->kind) {
    case DBELL_WORKLOAD_STREAM:
        touch(w, device, write, (uint64_t)n * w->is->length % size, w->is->length);
        break;
    case DBELL_WORKLOAD_RANDOM:
        touch(w, device, write, anywhere(w, w->is->length), w->is->length);
        break;
    case DBELL_WORKLOAD_NIC: {
        const uint64_t buffer = random_below(w, w->is->pages) * PAGE;
        touch(w, device, false, (uint64_t)n * 16 % PAGE, 16);
        for (uint32_t at = 0; at < 1536; at += 256)
            touch(w, device, true, buffer + at, 256);
        touch(w, device, true, (uint64_t)n * 16 % PAGE, 16);
        if (n % 8 == 7)
            message(w, device, 0);
        break;
    }
    case DBELL_WORKLOAD_NVME: {
        const uint64_t buffer = random_below(w, w->is->pages) * PAGE;
        touch(w, device, false, (uint64_t)n * 64 % PAGE, 64);
        for (uint32_t at = 0; at < 4096; at += 256)
            touch(w, device, write, buffer + at, 256);
        touch(w, device, true, (uint64_t)n * 16 % PAGE, 16);
        message(w, device, n % EVENTS);
        break;
    }
    default:
        message(w, device, n % EVENTS);
        break;
    }
}

/* Software and device in turns: there is nothing to keep under way. */
static void churn(struct work *w)
{
    struct bed *bed = w->bed;
    const unsigned prot = DBELL_HOST_READ | DBELL_HOST_WRITE | DBELL_HOST_CACHE;
    for (uint32_t n = 0; n < w->is->accesses; n++) {
        const uint64_t at = n % w->is->pages * PAGE;
        OK(bed, dbell_host_map_pages(&bed->stage1, IOVA(0) + at, DATA(0) + at, PAGE, prot));
        for (unsigned i = 0; i < 4; i++)
            touch(w, 0, i & 1, at + (uint64_t)i * w->is->length % PAGE, w->is->length);
        OK(bed, dbell_host_unmap_pages(&bed->stage1, IOVA(0) + at, PAGE));
    }
}

static void run(struct work *w)
{
    const struct dbell_workload *is = w->is;
    if (is->kind == DBELL_WORKLOAD_CHURN) {
        bed_stage1(w->bed, E0, 0x100000);
        churn(w);
        return;
    }
    if (is->nested)
        set_up_guest(w);
    else
        set_up_host(w);
    for (unsigned d = 0; d < is->devices; d++) {
        bed_write(w->bed, "device rid=0x%" PRIx32 " outstanding=%" PRIu32, rid_of(d),
                  is->outstanding);
        if (is->depend)
            bed_write(w->bed, " depend=%" PRIu32, is->depend);
        bed_write(w->bed, "\n");
    }
    for (uint32_t n = 0; n < is->accesses; n++)
        for (unsigned d = 0; d < is->devices; d++)
            go_on(w, d, n);
}

bool dbell_workload_write(const struct dbell_workload *is, char *failure,
                          struct dbell_scenario_text *trace)
{
    struct bed *bed = calloc(1, sizeof *bed);
    struct work w = {.bed = bed, .is = is, .random = UINT64_C(0x9e3779b97f4a7c15) + is->seed};
    if (!bed)
        return false;
    bed->text = trace;
    bed_write(bed,
              "# SPDX-License-Identifier: Apache-2.0 OR MIT\n"
              "# Written by: doorbell gen workload %s pages=%" PRIu32 " accesses=%" PRIu32
              " length=%" PRIu32 " outstanding=%" PRIu32 " depend=%" PRIu32 " devices=%" PRIu32
              " writes=%" PRIu32 " nested=%d blocks=%d seed=%" PRIu32 "\n",
              dbell_workload_name((enum dbell_workload_kind)is->kind), is->pages, is->accesses,
              is->length, is->outstanding, is->depend, is->devices, is->writes, is->nested,
              is->blocks, is->seed);
    if (bed_open(bed, 0))
        run(&w);
    snprintf(failure, 256, "%s", bed->failure);
    const bool good = !bed->failures && !trace->failed;
    bed_close(bed);
    free(bed);
    return good;
}
