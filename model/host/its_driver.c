/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Bring-up of an ITS and of a redistributor's LPIs (IHI 0069 5, 12.10, 12.11, 12.18). */
#include "driver.h"

/* Registers. */
enum {
    GICR_CTLR = 0x00,
    GICR_CTLR_ENABLE_LPIS = 1,
    GICR_TYPER = 0x08,
    GICR_PROPBASER = 0x70,
    GICR_PENDBASER = 0x78,
    GITS_CTLR = 0x00,
    GITS_TYPER = 0x08,
    GITS_CBASER = 0x80,
    GITS_CWRITER = 0x88,
    GITS_CREADR = 0x90,
    GITS_BASER = 0x100,
    BASER_DEVICES = 1,
    BASER_COLLECTIONS = 4,
    QUEUE = 0x10000,
    COMMAND = 32,
    TRIES = 1000,
    ENABLED_A0 = 0xa1, /* configuration of an LPI: priority 0xa0, enabled */
};

/* Inner Shareable, write-back. */
#define INNER_CACHE (UINT64_C(7) << 59)
#define SHAREABLE   (UINT64_C(1) << 10)
#define VALID       (UINT64_C(1) << 63)

int dbell_host_lpi_enable(struct dbell_host_system *system, uint64_t redistributor,
                          unsigned intid_bits, uint64_t *config)
{
    const uint64_t pending = dbell_host_alloc(system, 0x10000);
    *config = dbell_host_alloc(system, UINT64_C(1) << intid_bits);
    if (!pending || !*config)
        return -ENOMEM;
    if (!(reg_read(system, redistributor + GICR_TYPER) & 1)) /* PLPIS */
        return -ENODEV;
    dbell_host_store(&system->bus, redistributor + GICR_PROPBASER, 8,
                     *config | SHAREABLE | 7 << 7 | (intid_bits - 1));
    dbell_host_store(&system->bus, redistributor + GICR_PENDBASER, 8,
                     pending | SHAREABLE | 7 << 7 | UINT64_C(1) << 62);
    reg_write(system, redistributor + GICR_CTLR, GICR_CTLR_ENABLE_LPIS);
    let_go_on(system);
    return reg_read(system, redistributor + GICR_CTLR) & GICR_CTLR_ENABLE_LPIS ? 0 : -ENODEV;
}

/* A flat table of `ids` entries behind the BASER of that type, none: the ITS needs none. */
static int give_table(struct dbell_host_its *its, unsigned type, uint64_t ids)
{
    const struct dbell_bus *bus = &its->system->bus;
    for (unsigned n = 0; n < 8; n++) {
        const uint64_t at = its->base + GITS_BASER + 8 * n;
        uint64_t baser = 0;
        dbell_host_load(bus, at, 8, &baser);
        if (field(baser, 58, 56) != type)
            continue;
        const uint64_t entry = field(baser, 52, 48) + 1;
        uint64_t pages = (ids * entry + 0xffff) >> 16;
        pages = pages > 256 ? 256 : pages ? pages : 1;
        const uint64_t table = dbell_host_alloc(its->system, pages << 16);
        if (!table)
            return -ENOMEM;
        dbell_host_store(bus, at, 8,
                         VALID | INNER_CACHE | table | SHAREABLE | 2 << 8 | (pages - 1));
    }
    return 0;
}

int dbell_host_its_probe(struct dbell_host_system *system, struct dbell_host_its *its,
                         uint64_t base, uint64_t redistributor, uint64_t lpi_config)
{
    uint64_t typer = 0, redist_typer = 0;
    *its = (struct dbell_host_its){.system = system, .base = base, .lpi_config = lpi_config};
    if (dbell_host_load(&system->bus, base + GITS_TYPER, 8, &typer) || !(typer & 1))
        return -ENODEV;
    dbell_host_load(&system->bus, redistributor + GICR_TYPER, 8, &redist_typer);
    its->rdbase = typer >> 19 & 1 ? redistributor : field(redist_typer, 23, 8) << 16; /* PTA */
    its->queue = dbell_host_alloc(system, QUEUE);
    if (!its->queue)
        return -ENOMEM;
    int status = give_table(its, BASER_DEVICES, UINT64_C(1) << (field(typer, 17, 13) + 1));
    if (!status)
        status = give_table(its, BASER_COLLECTIONS, 256);
    if (status)
        return status;
    dbell_host_store(&system->bus, base + GITS_CBASER, 8,
                     VALID | INNER_CACHE | its->queue | SHAREABLE | (QUEUE / 0x1000 - 1));
    dbell_host_store(&system->bus, base + GITS_CWRITER, 8, 0);
    reg_write(system, base + GITS_CTLR, 1);
    status = dbell_host_its_issue(its, dbell_host_mapc(0, its->rdbase, true));
    if (!status)
        status = dbell_host_its_issue(its, dbell_host_invall(0));
    return status ? status : dbell_host_its_issue(its, dbell_host_its_sync(its->rdbase));
}

int dbell_host_its_issue(struct dbell_host_its *its, struct dbell_host_its_cmd command)
{
    const struct dbell_host_system *system = its->system;
    dbell_host_store_words(&system->bus, its->queue + its->written, command.words, 4);
    its->written = (its->written + COMMAND) % QUEUE;
    dbell_host_store(&system->bus, its->base + GITS_CWRITER, 8, its->written);
    for (int i = 0; i < TRIES; i++) {
        uint64_t read = 0;
        dbell_host_load(&system->bus, its->base + GITS_CREADR, 8, &read);
        if (read == its->written)
            return 0;
        let_go_on(system);
    }
    return -ETIMEDOUT;
}

int dbell_host_its_map_device(struct dbell_host_its *its, uint32_t deviceid, unsigned eventid_bits)
{
    uint64_t typer = 0;
    dbell_host_load(&its->system->bus, its->base + GITS_TYPER, 8, &typer);
    const uint64_t entry = field(typer, 7, 4) + 1;
    const uint64_t itt = dbell_host_alloc(its->system, entry << eventid_bits);
    return itt ? dbell_host_its_issue(its, dbell_host_mapd(deviceid, eventid_bits, itt, true))
               : -ENOMEM;
}

int dbell_host_its_map_event(struct dbell_host_its *its, uint32_t deviceid, uint32_t eventid,
                             uint32_t intid)
{
    const struct dbell_host_its_cmd commands[] = {dbell_host_mapti(deviceid, eventid, intid, 0),
                                                  dbell_host_event(0x0c, deviceid, eventid),
                                                  dbell_host_its_sync(its->rdbase)};
    int status = 0;
    dbell_host_store(&its->system->bus, its->lpi_config + (intid - 8192), 1, ENABLED_A0);
    for (unsigned i = 0; i < 3 && !status; i++)
        status = dbell_host_its_issue(its, commands[i]);
    return status;
}

int dbell_host_its_unmap_event(struct dbell_host_its *its, uint32_t deviceid, uint32_t eventid)
{
    const int status = dbell_host_its_issue(its, dbell_host_event(0x0f, deviceid, eventid));
    return status ? status : dbell_host_its_issue(its, dbell_host_its_sync(its->rdbase));
}
