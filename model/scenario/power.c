/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The bed of a POWER host: TCE tables, and the platform's side of a container. */
#include "bed.h"

#include <errno.h>
#include <stdio.h>

#define TABLES     UINT64_C(0x88000000)
#define TABLES_END UINT64_C(0x89000000)

static void interrupt(void *ctx, uint32_t number)
{
    struct bed *bed = ctx;
    bed->interrupts++;
    bed->interrupt = number;
}

static struct dbell_host_tce_window as_host(const struct dbell_tce_window *w)
{
    return (struct dbell_host_tce_window){.used = w->used,
                                          .liobn = w->liobn,
                                          .page_shift = w->page_shift,
                                          .start = w->start,
                                          .count = w->count,
                                          .table = w->table};
}

static int create_window(void *ctx, uint32_t pe, unsigned page_shift, unsigned window_shift,
                         struct dbell_host_tce_window *window)
{
    struct bed *bed = ctx;
    struct dbell_tce_window w;
    const int status = dbell_tce_create_window(&bed->tce, pe, page_shift, window_shift, &w);
    if (!status)
        *window = as_host(&w);
    return status == DBELL_OK ? 0 : status == DBELL_E_ARGUMENT ? -EINVAL : -ENOSPC;
}

static int remove_window(void *ctx, uint32_t pe, uint32_t liobn,
                         struct dbell_host_tce_window windows[DBELL_HOST_TCE_WINDOWS])
{
    struct bed *bed = ctx;
    const int status = dbell_tce_remove_window(&bed->tce, liobn);
    for (unsigned i = 0; i < DBELL_HOST_TCE_WINDOWS; i++)
        windows[i] = as_host(&bed->tce.pes[pe].windows[i]);
    return status ? -EINVAL : 0;
}

static void kill(void *ctx, uint32_t liobn, uint64_t first, uint64_t count)
{
    struct bed *bed = ctx;
    dbell_tce_kill(&bed->tce, liobn, first, count);
}

static void release(void *ctx, uint64_t page)
{
    struct bed *bed = ctx;
    (void)page;
    bed->released++;
}

bool bed_power(struct bed *bed, struct dbell_tce_config config, unsigned policies)
{
    const struct dbell_tce_ports ports = {.memory = bed->physical,
                                          .msi = {.ctx = bed, .interrupt = interrupt}};
    const struct dbell_host_tce_hardware hardware = {.ctx = bed,
                                                     .create_window = create_window,
                                                     .remove_window = remove_window,
                                                     .kill = kill,
                                                     .release = release};
    config.tables = TABLES;
    config.tables_end = TABLES_END;
    dbell_machine_root(bed->machine)->agents[0].agent = dbell_tce_agent(&bed->tce);
    dbell_host_tce_open(&bed->container, &bed->host, &hardware, policies);
    for (unsigned i = 0; i < bed->function_count; i++)
        dbell_host_pci_set_master(&bed->pci[i]);
    return CHECK(bed, dbell_tce_init(&bed->tce, &config, &ports) == DBELL_OK) &&
           EQUAL(bed, dbell_tce_add_pe(&bed->tce, 0x100), 0) &&
           EQUAL(bed, dbell_tce_add_pe(&bed->tce, 0x200), 1);
}

struct dbell_host_tce_group bed_group(struct bed *bed, uint32_t pe)
{
    struct dbell_host_tce_group group = {.pe = pe};
    for (unsigned i = 0; i < DBELL_HOST_TCE_WINDOWS; i++)
        group.windows[i] = as_host(&bed->tce.pes[pe].windows[i]);
    return group;
}

uint64_t bed_goes(struct bed *bed, unsigned device, enum dbell_op op, uint64_t address)
{
    uint8_t data[4] = {0x11, 0x22, 0x33, 0x44};
    struct dbell_trail trail = {0};
    struct dbell_transaction t = {
        .address = address, .length = 4, .op = (uint8_t)op, .data = data, .trail = &trail};
    dbell_endpoint_access(&bed->endpoint[device], &t);
    return trail.reached ? trail.address : 0;
}

void bed_tce(struct bed *bed, uint64_t index, uint64_t big_endian)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; i++)
        value = value << 8 | bed_load(bed, TABLES + index * 8 + i, 1);
    bed_equal(bed, value, big_endian, "a TCE");
}

void bed_tce_record(struct bed *bed, uint64_t ioba, bool write, enum dbell_tce_reason reason)
{
    const struct dbell_tce_record *r = dbell_tce_record_at(&bed->tce, bed->records++);
    if (!bed_check(bed, r, "a fault record"))
        return;
    bed_equal(bed, r->pe, 0, "the PE of a record");
    bed_equal(bed, r->ioba, ioba, "the bus address of a record");
    bed_equal(bed, r->write, write, "the direction of a record");
    bed_equal(bed, r->reason, reason, "the reason of a record");
}

void bed_no_tce_record(struct bed *bed)
{
    bed_equal(bed, bed->tce.record_count, bed->records, "the number of fault records");
}
