/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* libFuzzer harness for two ITSes and the redistributors behind them: an input is a program over
 * memory, registers, commands, MSIs and acknowledges, in records of 16 bytes. The first one chooses
 * the implementation. */
#include <stdlib.h>
#include <string.h>

#include <doorbell/v2m.h>

#include "its_world.h"
#include "records.h"

enum op {
    OP_SET_UP,
    OP_COMMAND,
    OP_RAW_COMMAND,
    OP_MSI,
    OP_ODD_MSI,
    OP_STEP,
    OP_DRAIN,
    OP_ACK,
    OP_VACK,
    OP_SCHEDULE,
    OP_LPIS,
    OP_CONFIG,
    OP_PENDING,
    OP_LEVEL1,
    OP_POKE,
    OP_ITS_WRITE,
    OP_ITS_READ,
    OP_GICR_WRITE,
    OP_GICR_READ,
    OP_GICD_WRITE,
    OP_GICD_READ,
    OP_SPI,
    OP_QUEUE,
    OP_ARM,
    OP_RESET,
    OP_MOVE,
    OP_WINDOWS,
    OP_MISUSE,
    OP_KVM,
    OP_SGI,
    OP_LIST,
    OPS
};

static struct record inner; /* what happens in the next call-out that is armed */

static struct dbell_its *its_of(struct world *world, const struct record *r)
{
    return &world->units[r->a & 1].its;
}

static uint32_t gicr_space(const struct world *world)
{
    return dbell_gicr_space(&world->gic_config);
}

/* --- the implementation --- */

static void choose(const struct record *r, struct dbell_its_config *its,
                   struct dbell_gic_config *gic)
{
    static const uint32_t sizes[4] = {1, 16, 64, 1024};
    *its = dbell_its_default_config();
    *gic = dbell_gic_default_config();
    uint64_t d = r->d;
    gic->version = (uint8_t)(r->a & 3) % 3;
    dbell_its_make_version(its, (enum dbell_gic_version)gic->version);
    gic->cpus = 1 + (r->a >> 2 & 3);
    gic->pending_entries = sizes[r->a >> 4 & 3];
    its->error_policy = r->a >> 6 & 1;
    its->no_caches = gic->no_caches = r->a >> 7;
    its->device_entries = sizes[r->b & 3];
    its->event_entries = sizes[r->b >> 2 & 3];
    its->collection_entries = its->vpe_entries = sizes[r->b >> 4 & 3];
    gic->config_entries = 16;
    gic->lpi_bits = its->lpi_bits = (uint8_t)(14 + (r->b >> 6 & 1));
    gic->direct_lpi = r->b >> 7 & 1;
    gic->it_lines = (uint8_t)(r->b >> 8 & 31);
    its->no_statusr = r->b >> 13 & 1;
    its->posted = r->c >> 15 & 1;
    if (r->b >> 14 & 1)
        its->typer |= UINT64_C(3) << 44; /* UMSI, UMSIirq */
    if (r->b >> 15 & 1) {
        its->typer |= 1 << 19; /* PTA */
        gic->pta = true;
        gic->redist_base = 0x90000000;
    }
    if (r->c & 1)
        its->typer |= (uint64_t)take(&d, 6) << 24 | (uint64_t)take(&d, 1) << 2; /* HCC, CCT */
    if (r->c & 2) {
        its->typer |= UINT64_C(1) << 38; /* MPAM */
        its->mpamidr = 0x00030007;
    }
    if (r->c & 4)
        its->typer = (its->typer & ~(UINT64_C(0x1f) << 32)) | (uint64_t)take(&d, 5) << 32;
    if (r->c & 8)
        its->typer = (its->typer & ~UINT64_C(0x3ff00)) | (uint64_t)take(&d, 10) << 8;
    if (r->c & 16)
        its->typer &= ~(UINT64_C(1) << 37); /* VMOVP */
    if (r->c & 32 && gic->version == DBELL_GICV4_1)
        its->typer |= UINT64_C(1) << 43; /* nID */
    if (r->c & 64 && gic->version == DBELL_GICV4_1)
        its->typer |= UINT64_C(1) << 41; /* SVPET */
    if (r->c & 128)
        its->baser[r->c >> 8 & 7] ^= (uint64_t)take(&d, 16) << 48;
    if (r->c & 0x1000)
        its->typer ^= UINT64_C(1) << take(&d, 6);
    if (r->c & 0x2000) /* as KVM's */
        its->typer = (its->typer & ~UINT64_C(0xf0)) | 0x70;
    if (r->c & 0x4000) {
        gic->it_lines = (uint8_t)take(&d, 6);
        gic->config_entries = take(&d, 5);
        its->event_entries = take(&d, 1);
    }
}

/* --- what software does --- */

static void store(struct world *world, uint64_t address, uint64_t word)
{
    const struct dbell_bus bus = world_memory(world);
    (void)dbell_host_store_words(&bus, address, &word, 1);
}

static void gicr_write(struct world *world, uint32_t cpu, uint32_t offset, uint64_t value)
{
    dbell_gicr_write(&world->gic, cpu, offset, offset == GICR_CTLR || offset == GICR_WAKER ? 4 : 8,
                     value);
}

static void set_up_its(struct world *world, unsigned n, const struct record *r)
{
    static const uint64_t at[3] = {DEVICES, COLLECTIONS, VPE_TABLE};
    struct dbell_its *its = &world->units[n].its;
    dbell_its_write(its, GITS_CTLR, 4, 0);
    for (unsigned i = 0; i < 8; i++) {
        const uint64_t type = dbell_its_read(its, GITS_BASER + 8 * i, 8) >> 56 & 7;
        const uint64_t where = at[type == 1 ? 0 : type == 4 ? 1 : 2] + n * TABLES;
        const bool indirect = r->b >> i & 1;
        uint64_t baser = where | (indirect ? 0 : r->a >> 4 & 3);
        if (r->c & 8) /* pages of 64 KB, one after the other */
            baser = (RAM + (type == 1 ? 0 : type == 4 ? 0x10000u : 0x40000u)) | 0x200;
        dbell_its_write(its, GITS_BASER + 8 * i, 8,
                        UINT64_C(1) << 63 | (uint64_t)indirect << 62 | baser);
    }
    for (unsigned i = 0; i < 4 && !(r->c & 8); i++) { /* level 2 pages of 4 KB, shared */
        store(world, DEVICES + n * TABLES + 8 * i, UINT64_C(1) << 63 | (LEVEL2 + i * 0x1000));
        if (r->b >> 8 & 1)
            store(world, VPE_TABLE + n * TABLES + 8 * i, UINT64_C(1) << 63 | (LEVEL2 + i * 0x1000));
    }
    dbell_its_write(its, GITS_CBASER, 8, UINT64_C(1) << 63 | (QUEUE + n * 0x10000) | (r->a >> 6));
    dbell_its_write(its, GITS_CWRITER, 8, 0);
    dbell_its_write(its, GITS_CTLR, 4, 1 | n << 4 | (r->b >> 9 & 1u) << 8);
}

static void set_up(struct world *world, const struct record *r)
{
    dbell_gicd_write(&world->gic, 0, 4, 0x12);
    for (uint32_t cpu = 0; cpu < world->gic_config.cpus; cpu++) {
        gicr_write(world, cpu, GICR_WAKER, 0);
        gicr_write(world, cpu, GICR_CTLR, 0);
        gicr_write(world, cpu, GICR_PROPBASER, CONFIG | 13);
        gicr_write(world, cpu, GICR_PENDBASER,
                   (PENDING + cpu * 0x10000) | (uint64_t)(r->c & 1) << 62);
        gicr_write(world, cpu, GICR_CTLR, 1);
        gicr_write(world, cpu, GICR_VPROPBASER,
                   world->gic_config.version == DBELL_GICV4_0
                       ? VCONF | 13
                       : UINT64_C(1) << 63 | (uint64_t)(r->c >> 1 & 1) << 55 | GIC_VPES);
    }
    if (r->c & 2)
        store(world, GIC_VPES, UINT64_C(1) << 63 | (GIC_VPES + 0x1000));
    memset(world->ram + (CONFIG - RAM), 0xa3, 0x4000);
    memset(world->ram + (VCONF - RAM), 0xa3, 0x4000);
    set_up_its(world, 0, r);
    if (r->c & 4)
        set_up_its(world, 1, r);
}

static uint64_t rdbase(const struct world *world, unsigned cpu)
{
    return world->gic_config.pta
               ? (world->gic_config.redist_base + cpu * (uint64_t)gicr_space(world)) >> 16
               : cpu;
}

/* A command whose IDs are few and whose opcode is one. */
static struct dbell_host_its_cmd command(const struct world *world, const struct record *r)
{
    uint64_t d = r->d, rare = r->c;
    uint32_t device = take(&d, 2), event = take(&d, 3), icid = take(&d, 2), vpe = take(&d, 2);
    uint32_t intid = 8192 + take(&d, 5), bell = take(&d, 1) ? 1023 : 8192 + 40 + take(&d, 2);
    unsigned cpu = take(&d, 2);
    if (take(&rare, 3) == 7) { /* far away */
        device |= take(&rare, 16);
        event |= take(&rare, 13);
        vpe |= (uint32_t)(r->d >> 48);
        icid |= (uint32_t)(r->d >> 40) & 0xffff;
        intid = (uint32_t)(r->d >> 24);
        cpu |= take(&rare, 4);
    }
    const struct dbell_host_vpe_mapping mapping = {.vpeid = vpe,
                                                   .rdbase = rdbase(world, cpu),
                                                   .vpt = VPT + vpe * UINT64_C(0x10000),
                                                   .intid_bits = 14 - (r->b >> 12 & 1),
                                                   .valid = (r->b >> 8 & 7) != 0,
                                                   .alloc = r->b >> 11 & 1,
                                                   .vconf = VCONF,
                                                   .doorbell = 8192 + 50 + vpe};
    const struct dbell_host_vpe_move moved = {.vpeid = vpe,
                                              .rdbase = rdbase(world, cpu),
                                              .its_list = r->b >> 8 & 3,
                                              .sequence = r->b >> 10 & 1,
                                              .doorbell = r->b >> 11 & 1 ? 8192 + 54 : 0};
    switch (r->b & 31) {
    case 0:
    case 1:
        return dbell_host_mapd(device, 3 + (r->b >> 8 & 3), ITTS + device * UINT64_C(0x1000),
                               (r->b >> 10 & 7) != 0);
    case 2:
    case 3:
        return dbell_host_mapc(icid, rdbase(world, cpu), (r->b >> 10 & 7) != 0);
    case 4:
    case 5:
        return dbell_host_mapti(device, event, intid, icid);
    case 6:
        return dbell_host_mapi(device, intid, icid);
    case 7:
        return dbell_host_movi(device, event, icid);
    case 8:
        return dbell_host_movall(rdbase(world, cpu), rdbase(world, r->b >> 8 & 3));
    case 9:
        return dbell_host_event(3, device, event);
    case 10:
        return dbell_host_event(4, device, event);
    case 11:
        return dbell_host_event(0xc, device, event);
    case 12:
        return dbell_host_event(0xf, device, event);
    case 13:
        return dbell_host_invall(icid);
    case 14:
        return dbell_host_its_sync(rdbase(world, cpu));
    case 15:
    case 16:
    case 17:
        return dbell_host_vmapp(&mapping);
    case 18:
    case 19:
    case 20:
        return dbell_host_vmapti(device, event, intid, vpe, bell);
    case 21:
        return dbell_host_vmapi(device, intid, vpe, bell);
    case 22:
        return dbell_host_vmovi(device, event, vpe, r->b & 256 ? bell : 0);
    case 23:
    case 24:
        return dbell_host_vmovp(&moved);
    case 25:
        return dbell_host_vpe(0x25, vpe);
    case 26:
        return dbell_host_vpe(0x2d, vpe);
    case 27:
        return dbell_host_vpe(0x2e, vpe);
    case 28:
        return dbell_host_vsgi_clear(vpe, r->b >> 8 & 15);
    case 29: {
        struct dbell_host_its_cmd c = {{r->b >> 8, r->d, r->d * 3, r->c}};
        return c;
    }
    default:
        return dbell_host_vsgi(vpe, r->b >> 8 & 15, true, r->b >> 12 & 1, (uint8_t)(r->b >> 8));
    }
}

static void post(struct world *world, const struct record *r, const uint64_t words[4])
{
    struct dbell_its *its = its_of(world, r);
    const struct dbell_bus bus = world_memory(world);
    const uint64_t cbaser = dbell_its_read(its, GITS_CBASER, 8);
    const uint64_t size = ((cbaser & 0xff) + 1) << 12;
    const uint64_t writer = dbell_its_read(its, GITS_CWRITER, 8) % size;
    (void)dbell_host_store_words(&bus, (cbaser & 0xfffffffff0000) + writer, words, 4);
    dbell_its_write(its, GITS_CWRITER, 8, (writer + 32) % size);
    if (r->a & 2)
        (void)checked_step(world, r->a & 1);
}

static void send_command(struct world *world, const struct record *r)
{
    struct dbell_host_its_cmd c = command(world, r);
    if (r->a & 0x80) /* damaged */
        c.words[r->a >> 4 & 3] ^= UINT64_C(1) << (r->a >> 2 & 3) * 16;
    post(world, r, c.words);
}

static void send_msi(struct world *world, const struct record *r)
{
    uint64_t d = r->d;
    uint8_t data[8];
    memcpy(data, &r->c, 4);
    memcpy(data + 4, &r->b, 2);
    data[6] = data[7] = 0;
    struct dbell_transaction t = {
        .op = DBELL_WRITE, .length = 4, .data = data, .side = {.has_deviceid = true}};
    t.side.deviceid = take(&d, 2);
    if (r->op == OP_ODD_MSI) {
        t.length = take(&d, 1) ? 2 : 1 + take(&d, 3);
        t.side.has_deviceid = take(&d, 2) != 0;
        t.side.deviceid |= take(&d, 1) ? take(&d, 32) : 0;
        if (take(&d, 2) == 3)
            t.data = NULL;
    } else {
        data[0] = r->c & 7;
        data[1] = data[2] = data[3] = 0;
    }
    checked_msi(world, r->a & 1, &t);
}

static void schedule(struct world *world, const struct record *r)
{
    const uint32_t cpu = r->a & 3;
    const uint64_t vpe = r->b & 3, flags = (r->d & 3) << 61;
    const bool valid = r->a & 4;
    gicr_write(world, cpu, GICR_VPENDBASER,
               (uint64_t)valid << 63 | (valid ? 0 : flags) |
                   (world->gic_config.version == DBELL_GICV4_0 ? VPT + vpe * 0x10000
                                                               : UINT64_C(3) << 58 | vpe));
    (void)dbell_gicr_read(&world->gic, cpu, GICR_VPENDBASER, 8);
}

static void lpis(struct world *world, const struct record *r)
{
    gicr_write(world, r->a & 3, GICR_CTLR, r->a >> 2 & 1);
    if (r->a & 8)
        gicr_write(world, r->a & 3, GICR_CTLR, 1);
}

/* A register access of any size and place, most at a register. */
static uint64_t place(const struct record *r, uint64_t space, const uint16_t *offsets, size_t count)
{
    const uint64_t frame = r->a & 4 ? 0x20000 : 0;
    return (r->a & 8 ? r->c : frame + offsets[r->c % count] + (r->a & 16 ? 4 : 0)) % space;
}

static unsigned size_of(const struct record *r)
{
    return r->a & 32 ? 1u << (r->b & 3) : r->a & 64 ? 4 : 8;
}

static void access_its(struct world *world, const struct record *r)
{
    static const uint16_t offsets[] = {0x0,  0x4,  0x8,  0x10,  0x14,  0x18,  0x20,  0x40,  0x48,
                                       0x80, 0x88, 0x90, 0x100, 0x108, 0x110, 0x118, 0xffe8};
    const uint64_t offset = place(r, 0x50000, offsets, sizeof offsets / sizeof offsets[0]);
    struct dbell_its *its = its_of(world, r);
    if (r->op == OP_ITS_READ)
        (void)dbell_its_read(its, offset, size_of(r));
    else
        dbell_its_write(its, offset, size_of(r), r->d);
}

static void access_gicr(struct world *world, const struct record *r)
{
    static const uint16_t offsets[] = {0x0,  0x4,  0x8,  0x14, 0x40, 0x48, 0x70,
                                       0x78, 0x80, 0x88, 0xa0, 0xb0, 0xc0};
    const uint64_t offset = place(r, 0x40000, offsets, sizeof offsets / sizeof offsets[0]);
    const uint32_t cpu = r->b >> 2 & 7;
    uint64_t value = r->d;
    if (r->b & 0x100) /* an INTID, a vPEID */
        value = (8192 + (r->d & 63)) | (r->d >> 8 & 3) << 32 | (r->d >> 10 & 1) << 63;
    if ((offset & ~UINT64_C(7)) == GICR_PROPBASER) /* no longer searches than needed */
        value &= ~UINT64_C(0x10);
    if (r->op == OP_GICR_READ)
        (void)dbell_gicr_read(&world->gic, cpu, offset, size_of(r));
    else
        dbell_gicr_write(&world->gic, cpu, offset, size_of(r), value);
}

static void access_gicd(struct world *world, const struct record *r)
{
    static const uint16_t offsets[] = {0x0,   0x4,    0x8,    0xc,   0x40,  0x48,   0x84,
                                       0x104, 0x184,  0x204,  0x284, 0x304, 0x384,  0x420,
                                       0xc08, 0x6100, 0xffe8, 0x50,  0x9c,  0x7fd8, 0x7fe0};
    uint64_t offset = r->c & 0x80 ? r->c >> 8 : offsets[r->c % (sizeof offsets / 2)];
    offset += r->a & 1 ? r->b >> 4 & 0x3c : 0;
    if (r->op == OP_GICD_READ)
        (void)dbell_gicd_read(&world->gic, offset, size_of(r));
    else
        dbell_gicd_write(&world->gic, offset, size_of(r), r->d);
}

static void poke(struct world *world, const struct record *r)
{
    static const uint64_t at[] = {DEVICES, COLLECTIONS, VPE_TABLE, LEVEL2, ITTS, GIC_VPES, VPT};
    const uint64_t base = at[r->a % 7], old = r->c % 0x200 * 8;
    uint64_t word = r->d;
    if (r->b & 1) { /* one bit of what is there */
        memcpy(&word, world->ram + (base - RAM) + old, 8);
        word ^= UINT64_C(1) << (r->b >> 1 & 63);
    }
    store(world, base + old, word);
}

/* CBASER, CWRITER, Retry, enable. */
static void queue(struct world *world, const struct record *r)
{
    struct dbell_its *its = its_of(world, r);
    if (r->a & 2)
        dbell_its_write(its, GITS_CTLR, 4, r->b & 1);
    if (r->a & 4)
        dbell_its_write(its, GITS_CBASER, 8, UINT64_C(1) << 63 | QUEUE | (r->b >> 1 & 3));
    if (r->a & 8)
        dbell_its_write(its, GITS_CWRITER, r->b & 8 ? 4 : 8, r->c);
    if (r->a & 16)
        dbell_its_write(its, GITS_CWRITER, 8, dbell_its_read(its, GITS_CWRITER, 8) | 1);
}

/* To KVM's tables and back, or what software has left there as such; or back at once. */
static void convert(struct world *world, const struct record *r)
{
    static uint64_t scratch[DBELL_ITS_ICIDS]; /* of one conversion at a time */
    struct dbell_its *its = its_of(world, r);
    if (world->nested)
        return;
    if (r->a & 2)
        dbell_its_write(its, GITS_CTLR, 4, 0);
    const unsigned interruptions = world->interruptions;
    const int status =
        r->a & 4 ? dbell_its_export_kvm(its, scratch) : dbell_its_import_kvm(its, scratch);
    MUST(status == DBELL_OK || status == DBELL_E_BUSY || status == DBELL_E_UNSUPPORTED ||
         status == DBELL_E_FORMAT || status == DBELL_E_SIZE || status == DBELL_E_IO);
    if (status == DBELL_OK && r->a & 8) {
        const int back = r->a & 4 ? dbell_its_import_kvm(its, scratch) : DBELL_OK;
        MUST(back == DBELL_OK || back == DBELL_E_FORMAT || world->countdown ||
             world->interruptions != interruptions); /* who enables it meanwhile */
    }
    if (r->a & 16)
        dbell_its_write(its, GITS_CTLR, 4, 1);
}

/* GITS_SGIR, GICR_VSGIR, a GICv2m frame, and pending state in memory. */
static void other_interrupts(struct world *world, const struct record *r)
{
    const struct dbell_v2m frame = {64, 32};
    dbell_its_write(its_of(world, r), GITS_SGIR, 8,
                    (uint64_t)(r->b & (r->a & 2 ? 0xffff : 3)) << 32 | (r->c & 15));
    if (r->a & 4)
        dbell_gicr_write(&world->gic, r->a >> 3 & 3, 0x20080, 4, r->b & 7);
    if (r->a & 32) {
        const uint32_t spi = dbell_v2m_write(&frame, r->a & 64 ? 0x40 : r->b & 0xfff, 4, r->c);
        MUST(!spi || (spi >= 64 && spi < 96));
        (void)dbell_v2m_read(&frame, r->a & 64 ? 8 : r->b, r->a & 128 ? 2 : 4);
        (void)dbell_v2m_read(&frame, 0xfcc, 4);
        dbell_gic_spi(&world->gic, spi, true);
    }
    if (r->d & 1)
        dbell_gic_write_pending(&world->gic);
}

/* The events of a device, in ascending order. */
static void list(struct world *world, const struct record *r)
{
    struct dbell_its_event event;
    uint64_t from = 0;
    const unsigned interruptions = world->interruptions;
    for (unsigned n = 0; n < 40 && from <= UINT32_MAX; n++) {
        if (!dbell_its_event_from(its_of(world, r), r->b & 3, (uint32_t)from, &event))
            return;
        MUST(event.eventid >= from || world->interruptions != interruptions);
        from = (uint64_t)event.eventid + 1;
        if (world->interruptions != interruptions)
            return;
    }
}

static void misuse(struct world *world, const struct record *r)
{
    const struct dbell_its_ports none = {0}, *ports = &world->units[0].ports;
    const struct dbell_gic_ports nothing = {0};
    struct dbell_its_config its_config = world->its_config;
    struct dbell_gic_config gic_config = world->gic_config;
    struct dbell_its its;
    struct dbell_gic gic;
    uint8_t *block = world->block;
    MUST(dbell_its_init(&its, world->block, world->size, &world->its_config, &none) ==
         DBELL_E_ARGUMENT);
    MUST(dbell_its_init(NULL, block, world->size, &its_config, ports) == DBELL_E_ARGUMENT);
    MUST(dbell_its_init(&its, NULL, world->size, &its_config, ports) == DBELL_E_ARGUMENT);
    MUST(dbell_its_init(&its, block, 1, &its_config, ports) == DBELL_E_SIZE);
    MUST(dbell_its_init(&its, block + 8, SIZE_MAX, &its_config, ports) == DBELL_E_SIZE);
    MUST(dbell_its_attach(&its, block, world->size, &none) == DBELL_E_ARGUMENT);
    MUST(dbell_its_attach(&its, NULL, world->size, ports) == DBELL_E_ARGUMENT);
    MUST(dbell_its_attach(&its, block, 1, ports) == DBELL_E_SIZE);
    MUST(dbell_its_attach(&its, block, world->size, ports) == DBELL_E_STATE); /* a GIC's */
    its_config.lpi_bits = 33;
    MUST(dbell_its_init(&its, block, world->size, &its_config, ports) == DBELL_E_RANGE);
    MUST(dbell_gic_init(&gic, block, world->size, &gic_config, &nothing) == DBELL_E_ARGUMENT);
    MUST(dbell_gic_init(NULL, block, world->size, &gic_config, &world->gic_ports) ==
         DBELL_E_ARGUMENT);
    MUST(dbell_gic_init(&gic, block, 1, &gic_config, &world->gic_ports) == DBELL_E_SIZE);
    MUST(dbell_gic_attach(&gic, block, world->size, &nothing) == DBELL_E_ARGUMENT);
    MUST(dbell_gic_attach(&gic, block, 1, &world->gic_ports) == DBELL_E_SIZE);
    MUST(dbell_gic_attach(&gic, world->units[0].block, world->units[0].size, &world->gic_ports) !=
         DBELL_OK);
    gic_config.cpus = 513;
    MUST(dbell_gic_init(&gic, block, world->size, &gic_config, &world->gic_ports) == DBELL_E_RANGE);
    MUST(dbell_its_state_size(NULL) == 0 && dbell_gic_state_size(NULL) == 0);
    (void)dbell_its_counter_name((enum dbell_its_counter)(r->b & 63));
    (void)dbell_gic_counter_name((enum dbell_gic_counter)(r->b >> 6 & 63));
    (void)dbell_its_verdict_text((enum dbell_its_verdict)(r->a & 31));
    (void)dbell_its_count(&world->units[0].its, (enum dbell_its_counter)(r->b & 63));
    (void)dbell_gic_count(&world->gic, (enum dbell_gic_counter)(r->b & 63));
    (void)dbell_its_last_error(&world->units[1].its);
    (void)dbell_gic_pending(&world->gic, r->a & 7, r->c);
    (void)dbell_gic_pending_virtual(&world->gic, r->a & 7, r->c);
}

static void run(struct world *world, const struct record *r)
{
    switch ((enum op)(r->op % OPS)) {
    case OP_SET_UP:
        set_up(world, r);
        break;
    case OP_COMMAND:
        send_command(world, r);
        break;
    case OP_RAW_COMMAND: {
        const uint64_t words[4] = {r->c, r->d, r->d << 16 | r->b, r->d >> 16};
        post(world, r, words);
        break;
    }
    case OP_MSI:
    case OP_ODD_MSI:
        send_msi(world, r);
        break;
    case OP_STEP:
        (void)checked_step(world, r->a & 1);
        break;
    case OP_DRAIN:
        if (!world->nested)
            checked_drain(world);
        break;
    case OP_ACK:
        checked_acknowledge(world, r->a & 7);
        break;
    case OP_VACK:
        checked_virtual_acknowledge(world, r->a & 7, r->a >> 3 & 1);
        break;
    case OP_SCHEDULE:
        schedule(world, r);
        break;
    case OP_LPIS:
        lpis(world, r);
        break;
    case OP_CONFIG:
        world->ram[((r->a & 1 ? VCONF : CONFIG) - RAM) + (r->b & 63)] = (uint8_t)r->c;
        break;
    case OP_PENDING:
        store(world,
              (r->a & 4 ? VPT : PENDING) + (r->a & 3) * UINT64_C(0x10000) + (r->b & 1 ? 1024 : 0),
              r->d);
        break;
    case OP_LEVEL1:
        store(world, DEVICES + (r->a & 3) * 0x4000u + (r->b & 7) * 8u,
              (r->c & 1 ? UINT64_C(1) << 63 : 0) |
                  (r->c & 2 ? r->d : LEVEL2 + (r->b >> 3 & 3) * 0x1000u));
        break;
    case OP_POKE:
        poke(world, r);
        break;
    case OP_ITS_WRITE:
    case OP_ITS_READ:
        access_its(world, r);
        break;
    case OP_GICR_WRITE:
    case OP_GICR_READ:
        access_gicr(world, r);
        break;
    case OP_GICD_WRITE:
    case OP_GICD_READ:
        access_gicd(world, r);
        break;
    case OP_SPI:
        dbell_gic_spi(&world->gic, r->b & 0x7ff, r->a & 1);
        break;
    case OP_QUEUE:
        queue(world, r);
        break;
    case OP_ARM:
        world->countdown = 1 + (r->a & 15);
        world->windows = false;
        dbell_gic_revoke_windows(&world->gic);
        for (unsigned n = 0; n < ITSES; n++)
            dbell_its_revoke_windows(&world->units[n].its);
        inner = (struct record){.op = (uint8_t)(r->b % OPS),
                                .a = (uint8_t)r->c,
                                .b = (uint16_t)(r->c >> 8),
                                .c = (uint32_t)(r->d >> 32),
                                .d = r->d};
        break;
    case OP_RESET:
        if (r->a & 1)
            dbell_its_reset(its_of(world, r));
        else
            dbell_gic_reset(&world->gic);
        break;
    case OP_MOVE:
        world_move(world);
        break;
    case OP_WINDOWS:
        world->windows = r->a & 1;
        break;
    case OP_KVM:
        convert(world, r);
        break;
    case OP_SGI:
        other_interrupts(world, r);
        break;
    case OP_LIST:
        list(world, r);
        break;
    default:
        misuse(world, r);
        break;
    }
}

static void meanwhile(struct world *world)
{
    const struct record record = inner;
    if (record.op % OPS != OP_ARM)
        run(world, &record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;
    struct dbell_its_config its;
    struct dbell_gic_config gic;
    if (size < RECORD)
        return 0;
    const struct record first = record_at(data);
    choose(&first, &its, &gic);
    if (!world_open(&world, &its, &gic))
        return 0;
    world.meanwhile = meanwhile;
    for (size_t i = 1; i < RECORDS && (i + 1) * RECORD <= size; i++) {
        const struct record record = record_at(data + i * RECORD);
        run(&world, &record);
    }
    checked_drain(&world);
    world_close(&world);
    return 0;
}

#ifdef DOORBELL_LIBFUZZER
/* --- mutations that keep records whole --- */

static void random_record(uint64_t *state, uint8_t *at)
{
    /* Commands and MSIs are worth more than resets. */
    static const uint8_t ops[] = {
        OP_SET_UP,    OP_COMMAND,    OP_COMMAND,   OP_COMMAND,     OP_COMMAND,  OP_COMMAND,
        OP_COMMAND,   OP_COMMAND,    OP_COMMAND,   OP_RAW_COMMAND, OP_MSI,      OP_MSI,
        OP_MSI,       OP_MSI,        OP_ODD_MSI,   OP_STEP,        OP_DRAIN,    OP_ACK,
        OP_VACK,      OP_SCHEDULE,   OP_SCHEDULE,  OP_SCHEDULE,    OP_LPIS,     OP_CONFIG,
        OP_PENDING,   OP_LEVEL1,     OP_POKE,      OP_ITS_WRITE,   OP_ITS_READ, OP_GICR_WRITE,
        OP_GICR_READ, OP_GICD_WRITE, OP_GICD_READ, OP_SPI,         OP_QUEUE,    OP_ARM,
        OP_ARM,       OP_ARM,        OP_RESET,     OP_MOVE,        OP_WINDOWS,  OP_MISUSE,
        OP_KVM,       OP_KVM,        OP_SGI,       OP_SGI,         OP_LIST};
    for (int i = 0; i < RECORD; i++)
        at[i] = (uint8_t)draw(state, 256);
    at[0] = ops[draw(state, sizeof ops)];
    if (at[0] == OP_COMMAND) {
        at[1] = (uint8_t)(at[1] & (draw(state, 8) ? 0x02 : 0x83)) | 2;
        if (draw(state, 4)) /* nothing far away */
            at[4] &= 0xf8;
    }
    if (at[0] == OP_MSI)
        at[1] &= draw(state, 4) ? 0xfe : 0xff;
    if (at[0] == OP_SCHEDULE && draw(state, 2))
        at[1] &= 0xfc;
}

static size_t scenario(uint64_t *state, uint8_t *at, size_t most)
{
    /* The low byte of `b` is which command. */
    static const uint8_t lines[][2] = {
        {OP_SET_UP, 0},   {OP_COMMAND, 0},  {OP_COMMAND, 2},  {OP_COMMAND, 4},  {OP_COMMAND, 15},
        {OP_COMMAND, 18}, {OP_SCHEDULE, 0}, {OP_MSI, 0},      {OP_MSI, 0},      {OP_ACK, 0},
        {OP_VACK, 0},     {OP_ARM, 0},      {OP_MSI, 0},      {OP_SCHEDULE, 0}, {OP_COMMAND, 22},
        {OP_COMMAND, 30}, {OP_COMMAND, 23}, {OP_SCHEDULE, 0}, {OP_COMMAND, 15}, {OP_VACK, 0}};
    size_t count = 0;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0] && count < most; i++) {
        uint8_t *record = at + count * RECORD;
        if (!draw(state, 6))
            continue;
        random_record(state, record);
        record[0] = lines[i][0];
        if (record[0] == OP_COMMAND) {
            record[1] = 2;
            record[2] = (uint8_t)((record[2] & 0xe0) | lines[i][1]);
            record[4] &= 0xf8;
            record[8] &= 0x9f; /* few devices */
        }
        if (record[0] == OP_MSI || record[0] == OP_SET_UP)
            record[1] &= 0xc0;
        count++;
    }
    return count;
}

static void attempt(uint64_t *state, uint8_t *at)
{
    random_record(state, at);
    at[0] = OP_MSI;
    at[1] = 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static const struct mutations mutations = {random_record, scenario, attempt};
    return mutate_records(&mutations, data, size, max_size, seed);
}
#endif
