/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "bed.h"

#include <doorbell/isolation.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAM_BASE        UINT64_C(0x80000000)
#define RAM_SIZE        UINT64_C(0x60000000)
#define HOST_BASE       UINT64_C(0x80100000)
#define ECAM            UINT64_C(0x30000000)
#define ECAM_SIZE       UINT64_C(0x10000000)
#define PCI             UINT64_C(0x40000000)
#define PCI_SIZE        UINT64_C(0x10000000)
#define GRANULES_4K_16K (UINT32_C(3) << 4)     /* SMMU_IDR5 */
#define ITS_TYPER       UINT64_C(0x1f0003efb1) /* 18 bits of DeviceID, 16 of EventID */

/* --- the run --- */

bool bed_check(struct bed *bed, bool holds, const char *what)
{
    if (!holds && !bed->failures++)
        snprintf(bed->failure, sizeof bed->failure, "%.255s", what);
    return holds;
}

bool bed_equal(struct bed *bed, uint64_t got, uint64_t want, const char *what)
{
    if (got != want && !bed->failures++)
        snprintf(bed->failure, sizeof bed->failure, "%.160s is 0x%" PRIx64 ", not 0x%" PRIx64, what,
                 got, want);
    return got == want;
}

/* --- the notebook --- */

void bed_write(struct bed *bed, const char *format, ...)
{
    struct dbell_scenario_text *t = bed->text;
    va_list arguments;
    if (!t || t->failed)
        return;
    if (t->room - t->size < 1024) {
        const size_t room = 2 * t->room + 4096;
        char *grown = realloc(t->text, room);
        t->failed = !grown;
        if (!grown)
            return;
        t->text = grown;
        t->room = room;
    }
    va_start(arguments, format);
    const int n = vsnprintf(t->text + t->size, t->room - t->size, format, arguments);
    va_end(arguments);
    if (n > 0)
        t->size += (size_t)n;
}

void bed_begin(struct bed *bed, const struct dbell_scenario *scenario)
{
    bed_write(bed,
              "# SPDX-License-Identifier: Apache-2.0 OR MIT\n"
              "# %s: %s.\n"
              "# Written by: doorbell gen %s\n",
              scenario->name, scenario->title, scenario->name);
}

/* --- the CPU --- */

/* Whether memory is zero already, as it is after power-on. */
static bool is_clear(struct bed *bed, const struct dbell_transaction *t)
{
    uint8_t now[0x1000];
    struct dbell_transaction look = {.address = t->address, .length = t->length, .data = now};
    if (t->length > sizeof now ||
        bed->physical.access(bed->physical.ctx, &look) != DBELL_RESPONSE_OK)
        return false;
    for (uint32_t i = 0; i < t->length; i++)
        if (now[i])
            return false;
    return true;
}

static enum dbell_response cpu_access(void *ctx, struct dbell_transaction *t)
{
    struct bed *bed = ctx;
    bool zero = true;
    if (t->address >= ECAM && t->address < PCI + PCI_SIZE) /* a trace has no functions */
        return bed->physical.access(bed->physical.ctx, t);
    for (unsigned i = 0; i < t->length && t->data; i++)
        zero &= !t->data[i];
    if (t->op == DBELL_WRITE && t->length > 8 && !zero) {
        bed_write(bed, "st at=0x%" PRIx64 " hex=", t->address);
        for (unsigned i = 0; i < t->length; i++)
            bed_write(bed, "%02x", t->data[i]);
        bed_write(bed, "\n");
    } else if (t->op == DBELL_WRITE && t->length <= 8) {
        uint64_t value = 0;
        for (unsigned i = 0; i < t->length; i++)
            value |= (uint64_t)t->data[i] << 8 * i;
        bed_write(bed, "st at=0x%" PRIx64 " size=%" PRIu32 " val=0x%" PRIx64 "\n", t->address,
                  t->length, value);
    } else if (t->op == DBELL_WRITE && !is_clear(bed, t)) {
        bed_write(bed, "st at=0x%" PRIx64 " len=0x%" PRIx32 " fill=0\n", t->address, t->length);
    }
    return bed->physical.access(bed->physical.ctx, t);
}

void bed_settle(struct bed *bed)
{
    bed->system.settle(bed->system.ctx);
}

static void wait(void *ctx)
{
    bed_settle(ctx);
}

/* Units run on after every store that may give them work; a replay has them do so after all. */
static enum dbell_response settled_access(void *ctx, struct dbell_transaction *t)
{
    const enum dbell_response response = cpu_access(ctx, t);
    if (t->op == DBELL_WRITE && t->address - RAM_BASE >= RAM_SIZE)
        bed_settle(ctx);
    return response;
}

void bed_store(struct bed *bed, uint64_t address, unsigned size, uint64_t value)
{
    dbell_host_store(&bed->host.bus, address, size, value);
}

uint64_t bed_load(struct bed *bed, uint64_t address, unsigned size)
{
    uint64_t value = 0;
    dbell_host_load(&bed->host.bus, address, size, &value);
    return value;
}

void bed_word(struct bed *bed, uint64_t address, uint64_t value)
{
    char what[64];
    snprintf(what, sizeof what, "the word at 0x%" PRIx64, address);
    bed_write(bed, "ld at=0x%" PRIx64 " size=8 -> val=0x%" PRIx64 "\n", address, value);
    bed_equal(bed, bed_load(bed, address, 8), value, what);
}

/* --- platform --- */

static void describe(struct bed *bed, unsigned options)
{
    char idr5[32];
    snprintf(idr5, sizeof idr5, " idr5=0x%" PRIx32,
             dbell_smmu_default_config().idr[5] & ~GRANULES_4K_16K);
    bed_write(bed,
              "trace version=1\n"
              "ram at=0x%" PRIx64 " len=0x%" PRIx64 "\n"
              "smmu name=smmu0 at=0x%x preset=max its=its0 devid=0x10000%s%s\n"
              "gic dist=0x%x redist=0x%x cpus=%d\n"
              "its name=its0 at=0x%x typer=0x%" PRIx64 "%s%s\n"
              "its name=its1 at=0x%x typer=0x%" PRIx64 "\n"
              "gicv2m at=0x%x spi=96 count=64\n"
              "map rid=0x0 count=0x1000 smmu=smmu0 sid=0x0 its=its0 devid=0x0\n",
              RAM_BASE, RAM_SIZE, BED_SMMU, options & DBELL_SCENARIO_NO_CACHES ? " caches=0" : "",
              options & DBELL_SCENARIO_64K ? idr5 : "", BED_GICD, BED_GICR, BED_CPUS, BED_ITS0,
              ITS_TYPER, options & DBELL_SCENARIO_PRE_ITS ? " pre_its=0x58000000" : "",
              options & DBELL_SCENARIO_WIDE_LOW32    ? " wide_write=low32"
              : options & DBELL_SCENARIO_WIDE_SLVERR ? " wide_write=slverr"
                                                     : "",
              BED_ITS1, ITS_TYPER, BED_V2M);
}

static void fill_in(struct dbell_platform *p, unsigned options)
{
    memset(p, 0, sizeof *p);
    p->ram[0] = (struct dbell_platform_ram){RAM_BASE, RAM_SIZE};
    p->ram_count = 1;
    p->pcie = (struct dbell_platform_pcie){.ecam = ECAM, .ecam_size = ECAM_SIZE, .memory_count = 1};
    p->pcie.memory[0].base = p->pcie.memory[0].bus = PCI;
    p->pcie.memory[0].size = PCI_SIZE;
    if (options & DBELL_SCENARIO_POWER)
        return;
    snprintf(p->smmu[0].name, sizeof p->smmu[0].name, "smmu0");
    snprintf(p->smmu[0].its, sizeof p->smmu[0].its, "its0");
    p->smmu[0].base = BED_SMMU;
    p->smmu[0].config = dbell_smmu_default_config();
    p->smmu[0].config.no_caches = options & DBELL_SCENARIO_NO_CACHES;
    if (options & DBELL_SCENARIO_64K)
        p->smmu[0].config.idr[5] &= ~GRANULES_4K_16K;
    p->smmu[0].config.has_deviceid = true;
    p->smmu[0].config.deviceid = 0x10000;
    p->smmu_count = 1;
    p->has_gic = true;
    p->gic_distributor = BED_GICD;
    p->gic_redistributors = BED_GICR;
    p->gic = dbell_gic_default_config();
    p->gic.cpus = BED_CPUS;
    p->gic.lpi_bits = 16;
    for (unsigned i = 0; i < 2; i++) {
        snprintf(p->its[i].name, sizeof p->its[i].name, "its%u", i);
        p->its[i].base = i ? BED_ITS1 : BED_ITS0;
        p->its[i].config = dbell_its_default_config();
        p->its[i].config.typer = ITS_TYPER;
        p->its[i].own_typer = true;
    }
    p->its[0].pre_its = options & DBELL_SCENARIO_PRE_ITS ? 0x58000000 : 0;
    p->its[0].wide_write = options & DBELL_SCENARIO_WIDE_LOW32    ? DBELL_WIDE_LOW32
                           : options & DBELL_SCENARIO_WIDE_SLVERR ? DBELL_WIDE_SLVERR
                                                                  : DBELL_WIDE_IGNORE;
    p->its_count = 2;
    p->v2m[0] = (struct dbell_platform_v2m){.base = BED_V2M, .frame = {.base = 96, .count = 64}};
    p->v2m_count = 1;
    const bool mapped = options & DBELL_SCENARIO_MAPPED;
    p->streams[0] = mapped ? (struct dbell_rid_range){0x100, 0x100, 0, 0x1100, 0}
                           : (struct dbell_rid_range){0, 0x1000, 0, 0, 0};
    p->devices[0] = (struct dbell_rid_range){0, 0x1000, 0, mapped ? 0x20000 : 0, 0};
    p->stream_count = p->device_count = 1;
    p->explicit_maps = true;
}

static uint32_t rid_of(const struct bed *bed, unsigned device)
{
    return dbell_endpoint_requesterid(&bed->endpoint[device]);
}

/* --- functions --- */

uint32_t bed_table_read(struct bed *bed, unsigned device, uint64_t offset)
{
    uint64_t value = 0;
    dbell_host_load(&bed->host.bus, bed->pci[device].bars[4] + offset, 4, &value);
    return (uint32_t)value;
}

void bed_table_write(struct bed *bed, unsigned device, uint64_t offset, uint32_t value)
{
    dbell_host_store(&bed->host.bus, bed->pci[device].bars[4] + offset, 4, value);
}

static void found(void *ctx, enum dbell_endpoint_finding finding, uint64_t value)
{
    struct bed *bed = ctx;
    (void)value;
    bed->findings[finding % 8]++;
}

static bool add_function(struct bed *bed, unsigned n, uint32_t rid)
{
    const struct dbell_endpoint_config config = dbell_endpoint_default_config();
    const size_t size = dbell_endpoint_state_size(&config);
    bed->watch[n] = (struct dbell_machine_atc_watch){bed->machine, rid};
    struct dbell_endpoint_ports ports = {
        .watch = {.ctx = &bed->watch[n], .use = dbell_machine_watch_atc},
        .findings = {.ctx = bed, .find = found}};
    bed->state[n] = aligned_alloc(16, size);
    if (!bed->state[n] ||
        dbell_root_add_function(dbell_machine_root(bed->machine), rid, &bed->endpoint[n],
                                &ports.up) ||
        dbell_endpoint_init(&bed->endpoint[n], bed->state[n], size, &config, rid, &ports))
        return false;
    if (dbell_host_pci_probe(&bed->host, &bed->pci[n], rid))
        return false;
    dbell_host_device_init(&bed->device[n], &bed->smmu, rid);
    return dbell_host_reserve(&bed->device[n], HIOVA, 0x100000, DBELL_HOST_SW_MSI) == 0 &&
           dbell_host_pci_enable_msix(&bed->pci[n]) == 0;
}

static bool bring_up(struct bed *bed)
{
    static const struct {
        unsigned its;
        uint32_t deviceid, first;
    } devices[] = {
        {0, 0x100, 8192}, {0, 0x200, 8224}, {0, 0x10000, 8256}, {1, 0x100, 8288}, {1, 0x200, 8320}};
    if (dbell_host_lpi_enable(&bed->host, BED_GICR, 16, &bed->lpi_config))
        return false;
    for (unsigned i = 0; i < 2; i++)
        if (dbell_host_its_probe(&bed->host, &bed->its[i], i ? BED_ITS1 : BED_ITS0, BED_GICR,
                                 bed->lpi_config))
            return false;
    for (unsigned i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        struct dbell_host_its *its = &bed->its[devices[i].its];
        if (dbell_host_its_map_device(its, devices[i].deviceid, 5))
            return false;
        for (uint32_t event = 0; event < 6; event++)
            if (dbell_host_its_map_event(its, devices[i].deviceid, event, devices[i].first + event))
                return false;
    }
    bed_store(bed, BED_GICD, 4, 0x12); /* GICD_CTLR: ARE, EnableGrp1 */
    if (dbell_host_smmu_probe(&bed->host, &bed->smmu, BED_SMMU))
        return false;
    if (bed->options & DBELL_SCENARIO_SMALL_PRIQ)
        bed->smmu.priq_log2 = 2;
    return !dbell_host_smmu_reset(&bed->smmu);
}

bool bed_open(struct bed *bed, unsigned options)
{
    struct dbell_platform *platform = malloc(sizeof *platform);
    struct dbell_message message;
    if (!platform)
        return false;
    fill_in(platform, options);
    if (!(options & DBELL_SCENARIO_POWER))
        describe(bed, options);
    bool ok = !dbell_platform_check(platform, &message) &&
              !dbell_machine_create(platform, &bed->machine, &message);
    free(platform);
    if (!ok)
        return bed_check(bed, false, message.text);
    bed->system = dbell_machine_system(bed->machine);
    bed->physical = dbell_machine_bus(bed->machine);
    bed->options = options;
    bed->host = (struct dbell_host_system){.bus = {.ctx = bed, .access = settled_access},
                                           .time = {.ctx = bed, .wait = wait},
                                           .next = HOST_BASE,
                                           .end = UINT64_C(0x8ff00000),
                                           .ecam = ECAM,
                                           .pci_next = PCI,
                                           .pci_end = PCI + PCI_SIZE};
    dbell_machine_watch_stale(bed->machine, true);
    if (!(options & DBELL_SCENARIO_POWER) && !bring_up(bed))
        return false;
    return bed_add(bed, 0x100) == E0 && bed_add(bed, 0x200) == E1;
}

int bed_add(struct bed *bed, uint32_t rid)
{
    const unsigned n = bed->function_count;
    if (n == BED_DEVICES || !add_function(bed, n, rid))
        return -1;
    return (int)bed->function_count++;
}

void bed_bridge(struct bed *bed, enum dbell_bridge_kind kind, uint32_t rid, uint8_t secondary,
                uint8_t subordinate, uint16_t acs)
{
    struct dbell_root *root = dbell_machine_root(bed->machine);
    const struct dbell_bridge_config config = {.kind = (uint8_t)kind,
                                               .requesterid = rid,
                                               .secondary = secondary,
                                               .subordinate = subordinate,
                                               .acs = 0x5f};
    bed_check(bed, dbell_root_add_bridge(root, &config) >= 0, "a bridge");
    dbell_root_ecam_write(root, (uint64_t)rid << 12 | 0x106, 2, acs);
}

void bed_close(struct bed *bed)
{
    for (unsigned i = 0; i < BED_DEVICES; i++)
        free(bed->state[i]);
    dbell_machine_destroy(bed->machine);
}

/* --- set-up of the systems --- */

/* Structures whose addresses scenarios state begin here. */
static void place(struct bed *bed, uint64_t address)
{
    if (bed->host.next <= address)
        bed->host.next = address;
}

void bed_stage1(struct bed *bed, unsigned device, uint64_t window)
{
    struct dbell_host_domain *domain = &bed->stage1;
    if (!domain->smmu) {
        OK(bed, dbell_host_domain_alloc(domain, &bed->smmu, DBELL_HOST_STAGE1, 12));
        if (window)
            OK(bed, dbell_host_get_msi_cookie(domain, HIOVA, window));
    }
    place(bed, UINT64_C(0x88100000));
    OK(bed, dbell_host_attach(&bed->device[device], domain));
}

/* The guest's own memory accesses, by IPA. */
static enum dbell_response guest_access(void *ctx, struct dbell_transaction *t)
{
    struct dbell_transaction there = *t;
    there.address += GUEST_PA - GUEST_IPA;
    return settled_access(ctx, &there);
}

void bed_nested(struct bed *bed)
{
    static const uint64_t cd[8] = {UINT64_C(0x0001e205c0003510), GUEST_TTB, 0, 0xf404ff44};
    static const uint64_t vste[2] = {UINT64_C(0x4100000b), UINT64_C(0xd4)};
    place(bed, UINT64_C(0x88000000));
    OK(bed, dbell_host_domain_alloc(&bed->stage2, &bed->smmu, DBELL_HOST_STAGE2, 12));
    /* The pages of its RAM that the guest uses here: CD, tables, and some for data. */
    OK(bed, dbell_host_map_pages(&bed->stage2, GUEST_CD, GUEST_CD - GUEST_IPA + GUEST_PA, 0x1000,
                                 DBELL_HOST_READ | DBELL_HOST_WRITE | DBELL_HOST_CACHE));
    OK(bed, dbell_host_map_pages(&bed->stage2, GUEST_TTB, GUEST_TTB - GUEST_IPA + GUEST_PA, 0x10000,
                                 DBELL_HOST_READ | DBELL_HOST_WRITE | DBELL_HOST_CACHE));
    bed->guest = (struct dbell_host_tables){.bus = {.ctx = bed, .access = guest_access},
                                            .root = GUEST_TTB,
                                            .granule = 12,
                                            .input_bits = 48,
                                            .next = GUEST_TTB + 0x1000,
                                            .end = GUEST_TTB + 0xf000};
    dbell_host_store_words(&bed->guest.bus, GUEST_CD, cd, 8);
    OK(bed, dbell_host_domain_alloc_nested(&bed->nested, &bed->stage2));
    dbell_host_viommu_init(&bed->viommu, &bed->stage2);
    OK(bed, dbell_host_attach(&bed->device[E0], &bed->nested));
    OK(bed, dbell_host_vdevice(&bed->viommu, 0x8, &bed->device[E0]));
    OK(bed, dbell_host_vste_set(&bed->nested, vste));
}

void bed_nested_e1(struct bed *bed)
{
    OK(bed, dbell_host_attach(&bed->device[E1], &bed->nested));
    OK(bed, dbell_host_vdevice(&bed->viommu, 0x10, &bed->device[E1]));
}

void bed_nested_e1_apart(struct bed *bed, struct dbell_host_tables *tables)
{
    static const uint64_t cd[8] = {UINT64_C(0x0002e205c0003510), UINT64_C(0x41020000), 0,
                                   0xf404ff44};
    static const uint64_t vste[2] = {UINT64_C(0x4101f00b), UINT64_C(0xd4)};
    *tables = bed->guest;
    tables->root = UINT64_C(0x41020000);
    tables->next = UINT64_C(0x41021000);
    tables->end = UINT64_C(0x41028000);
    OK(bed, dbell_host_map_pages(&bed->stage2, UINT64_C(0x41020000),
                                 UINT64_C(0x41020000) - GUEST_IPA + GUEST_PA, 0x8000,
                                 DBELL_HOST_READ | DBELL_HOST_WRITE | DBELL_HOST_CACHE));
    dbell_host_store_words(&tables->bus, UINT64_C(0x4101f000), cd, 8);
    OK(bed, dbell_host_domain_alloc_nested(&bed->other, &bed->stage2));
    OK(bed, dbell_host_attach(&bed->device[E1], &bed->other));
    OK(bed, dbell_host_vste_set(&bed->other, vste));
}

void bed_guest_map(struct bed *bed, uint64_t giova, uint64_t descriptor)
{
    const uint64_t output = descriptor & UINT64_C(0x0000fffffffff000);
    CHECK(bed, dbell_host_map(&bed->guest, giova, output, 3,
                              (descriptor ^ output) & ~UINT64_C(3)) == DBELL_OK);
}

void bed_stage2_word(struct bed *bed, uint64_t ipa, uint64_t descriptor)
{
    const uint64_t output = descriptor & UINT64_C(0x0000fffffffff000);
    CHECK(bed, dbell_host_map(&bed->stage2.tables, ipa, output, 3,
                              (descriptor ^ output) & ~UINT64_C(3)) == DBELL_OK);
}

void bed_msix(struct bed *bed, unsigned device, unsigned vector, uint64_t address, uint32_t data)
{
    const struct dbell_host_msi message = {.address = address, .data = data};
    OK(bed, dbell_host_pci_write_msi_msg(&bed->pci[device], vector, &message));
    OK(bed, dbell_host_pci_mask(&bed->pci[device], vector, false));
}

/* --- stimulus --- */

static bool raised(struct bed *bed, enum dbell_raised_kind kind, uint64_t *intid)
{
    struct dbell_raised one;
    for (unsigned i = 0; bed->system.raised(bed->system.ctx, i, &one); i++)
        if (one.kind == kind) {
            *intid = one.intid;
            return true;
        }
    return false;
}

static void judge(struct bed *bed, const struct dbell_trail *trail, enum dbell_response response,
                  const struct expect *expect)
{
    uint64_t intid = 0;
    bed_settle(bed);
    if (expect->any)
        return;
    const bool got_lpi = raised(bed, DBELL_RAISED_LPI, &intid);
    if (expect->pa) {
        bed_check(bed, trail->reached && trail->outcome == DBELL_DONE, "it gets through");
        bed_equal(bed, trail->address, expect->pa, "where it went");
        bed_equal(bed, response == DBELL_RESPONSE_OK, !expect->refused, "whether it is answered");
    } else {
        bed_check(bed, trail->outcome == DBELL_FAULT && !trail->razwi, "it is aborted");
        bed_equal(bed, trail->event, expect->event, "the event");
    }
    if (expect->attr)
        bed_equal(bed, trail->attr, expect->attr & 0xff, "the memory type");
    if (expect->lpi == NONE)
        bed_check(bed, !got_lpi, "no LPI");
    else if (expect->lpi)
        bed_equal(bed, got_lpi ? intid : 0, expect->lpi, "the LPI");
    if (expect->spi)
        bed_equal(bed, raised(bed, DBELL_RAISED_SPI, &intid) ? intid : 0, expect->spi, "the SPI");
}

static void state(struct bed *bed, const struct expect *expect)
{
    if (expect->any) {
        bed_write(bed, "\n");
        return;
    }
    bed_write(bed, " ->");
    if (expect->pa)
        bed_write(bed, " pa=0x%" PRIx64, expect->pa);
    else if (expect->event)
        bed_write(bed, " fault=0x%02x", expect->event);
    else
        bed_write(bed, " fault=silent");
    if (expect->attr)
        bed_write(bed, " attr=0x%02" PRIx32, expect->attr & 0xff);
    if (expect->lpi == NONE)
        bed_write(bed, " lpi=none");
    else if (expect->lpi)
        bed_write(bed, " lpi=%" PRIu64 " cpu=0", expect->lpi);
    if (expect->spi)
        bed_write(bed, " spi=%" PRIu64, expect->spi);
    bed_write(bed, "\n");
}

void bed_access(struct bed *bed, const struct access *a, const struct expect *expect)
{
    uint8_t data[64] = {0};
    const unsigned length = a->length ? a->length : 4;
    struct dbell_dma_result result;
    for (unsigned i = 0; i < 8 && i < length; i++)
        data[i] = (uint8_t)(a->data >> 8 * i);
    bed_write(bed, "dma rid=0x%" PRIx32 " op=%s iova=0x%" PRIx64, a->rid, a->write ? "w" : "r",
              a->iova);
    if (a->has_pasid)
        bed_write(bed, " ssid=0x%" PRIx32, a->pasid);
    if (a->privileged)
        bed_write(bed, " priv=1");
    if (a->translated)
        bed_write(bed, " translated=1");
    if (a->write) {
        bed_write(bed, " hex=");
        for (unsigned i = 0; i < length; i++)
            bed_write(bed, "%02x", data[i]);
    } else {
        bed_write(bed, " len=%u", length);
    }
    state(bed, expect);
    bed->system.forget_raised(bed->system.ctx);
    const struct dbell_dma dma = {.requesterid = a->rid,
                                  .has_ssid = a->has_pasid,
                                  .ssid = a->pasid,
                                  .privileged = a->privileged,
                                  .translated = a->translated,
                                  .op = a->write ? DBELL_WRITE : DBELL_READ,
                                  .address = a->iova,
                                  .length = length,
                                  .data = data};
    bed->system.dma(bed->system.ctx, &dma, &result);
    bed_equal(bed, (uint64_t)(int64_t)result.status, 0, "the access is made");
    judge(bed, &result.trail, result.response, expect);
}

void bed_fire(struct bed *bed, unsigned device, unsigned vector, const struct expect *expect)
{
    struct dbell_trail trail = {.outcome = UINT8_MAX};
    const uint64_t entry = vector * UINT64_C(16);
    const uint64_t address =
        bed_table_read(bed, device, entry) | (uint64_t)bed_table_read(bed, device, entry + 4) << 32;
    const uint32_t data = bed_table_read(bed, device, entry + 8);
    bed_write(bed, "dma rid=0x%" PRIx32 " op=w iova=0x%" PRIx64 " hex=%02x%02x%02x%02x",
              rid_of(bed, device), address, data & 0xff, data >> 8 & 0xff, data >> 16 & 0xff,
              data >> 24);
    state(bed, expect);
    bed->system.forget_raised(bed->system.ctx);
    const int response = dbell_endpoint_interrupt(&bed->endpoint[device], vector, &trail);
    if (trail.outcome == UINT8_MAX) {
        bed_check(bed, expect->any, "the vector is sent");
        return;
    }
    judge(bed, &trail, (enum dbell_response)response, expect);
}

/* --- what is left behind --- */

void bed_event(struct bed *bed, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3)
{
    struct dbell_host_event event;
    const uint64_t want[4] = {w0, w1, w2, w3};
    const uint64_t at = bed->smmu.evtq + (bed->smmu.evtq_cons & 0x7f) * UINT64_C(32);
    for (unsigned i = 0; i < 4; i++)
        bed_write(bed, "ld at=0x%" PRIx64 " size=8 -> val=0x%" PRIx64 "\n", at + 8 * i, want[i]);
    if (!bed_check(bed, dbell_host_evtq_poll(&bed->smmu, &event), "there is an event"))
        return;
    for (unsigned i = 0; i < 4; i++) {
        char what[32];
        snprintf(what, sizeof what, "word %u of the event", i);
        bed_equal(bed, event.words[i], want[i], what);
    }
}

void bed_no_event(struct bed *bed)
{
    struct dbell_host_event event;
    bed_write(bed, "ld at=0x%x size=4 -> val=0x%" PRIx32 " mask=0xff\n", BED_SMMU + 0x100a8,
              bed->smmu.evtq_cons & 0xff);
    bed_check(bed, !dbell_host_evtq_poll(&bed->smmu, &event), "there is no event");
}

bool bed_reported(struct bed *bed, enum dbell_report_kind kind)
{
    struct dbell_report report;
    bool any = false;
    while (dbell_machine_take_report(bed->machine, &report))
        any |= report.kind == kind;
    return any;
}

void bed_counter(struct bed *bed, const char *name, uint64_t value)
{
    uint64_t got = 0;
    bed_write(bed, "stat name=%s -> val=%" PRIu64 "\n", name, value);
    bed_check(bed, !bed->system.counter(bed->system.ctx, name, &got), "there is such a counter");
    bed_equal(bed, got, value, name);
}

void bed_wire(struct bed *bed, const char *name, uint64_t count)
{
    struct dbell_wire wire;
    bed_write(bed, "wire name=%s -> count=%" PRIu64 "\n", name, count);
    if (bed_check(
            bed, !dbell_wire_named(dbell_machine_platform(bed->machine), name, strlen(name), &wire),
            "there is such a wire"))
        bed_equal(bed, bed->system.pulses(bed->system.ctx, wire), count, name);
}

bool bed_isolated(struct bed *bed)
{
    struct dbell_isolation_summary summary = {0};
    const struct dbell_isolation report = {0};
    bed_check(bed, !dbell_machine_isolation(bed->machine, &report, &summary),
              "the isolation report");
    return summary.isolated_msi;
}

struct dbell_missed bed_missed(struct bed *bed, uint64_t iova)
{
    struct dbell_missed missed = {0};
    const struct dbell_dma message = {
        .requesterid = 0x100, .op = DBELL_WRITE, .address = iova, .length = 4};
    bed_check(bed, !dbell_machine_missed(bed->machine, &message, &missed), "a missed message");
    return missed;
}

struct dbell_job_result bed_job(struct bed *bed, unsigned device, const struct dbell_job *job)
{
    struct dbell_job_result result = {.end = UINT8_MAX};
    uint32_t ticket = 0;
    bed_check(bed, !dbell_endpoint_submit(&bed->endpoint[device], job, &ticket), "a job");
    bed_settle(bed);
    dbell_endpoint_job(&bed->endpoint[device], ticket, &result);
    return result;
}

/* --- shared virtual memory --- */

void bed_sva(struct bed *bed, unsigned s1dss, bool ats, uint32_t credits)
{
    struct dbell_host_device *device = &bed->device[E0];
    unsigned bits;
    OK(bed, dbell_host_pci_enable_pasid(&bed->pci[E0], &bits));
    device->pasid_bits = 16;
    device->s1dss = s1dss;
    device->ats = ats;
    OK(bed, dbell_host_domain_alloc(&bed->stage1, &bed->smmu, DBELL_HOST_STAGE1, 12));
    OK(bed, dbell_host_get_msi_cookie(&bed->stage1, HIOVA, 0x100000));
    place(bed, UINT64_C(0x88200000));
    OK(bed, dbell_host_attach(device, &bed->stage1));
    OK(bed, dbell_host_domain_alloc(&bed->other, &bed->smmu, DBELL_HOST_STAGE1, 12));
    if (ats)
        OK(bed, dbell_host_pci_enable_ats(&bed->pci[E0], 12));
    if (credits)
        OK(bed, dbell_host_pci_enable_pri(&bed->pci[E0], credits));
}

void bed_bind(struct bed *bed)
{
    OK(bed, dbell_host_set_dev_pasid(&bed->device[E0], PASID, &bed->other));
}

void bed_process_page(struct bed *bed)
{
    OK(bed, dbell_host_map_pages(&bed->other, VA, VA_PA, 0x1000,
                                 DBELL_HOST_READ | DBELL_HOST_WRITE | DBELL_HOST_CACHE));
}

void bed_ats(struct bed *bed, const struct ats *ats, uint8_t status, uint64_t entry, unsigned event)
{
    struct dbell_ats_completion completion = {0};
    struct dbell_ats_request request = {.address = ats->iova,
                                        .units = 1,
                                        .no_write = ats->no_write,
                                        .side = {.has_substreamid = ats->has_pasid,
                                                 .substreamid = ats->pasid,
                                                 .instruction = ats->execute}};
    bed_write(bed, "ats rid=0x%" PRIx32 " iova=0x%" PRIx64, ats->rid, ats->iova);
    if (ats->has_pasid)
        bed_write(bed, " ssid=0x%" PRIx32, ats->pasid);
    if (ats->no_write)
        bed_write(bed, " nw=1");
    if (status)
        bed_write(bed, " -> fault=%s", status == DBELL_ATS_UR ? "ur" : "ca");
    else if (!(entry & 3))
        bed_write(bed, " -> size=0");
    else if (!(entry & 1 << 11))
        bed_write(bed, " -> pa=0x%" PRIx64 " size=0x1000 r=%u w=%u u=0 g=0",
                  entry & ~UINT64_C(0xfff), (unsigned)entry & 1, (unsigned)entry >> 1 & 1);
    else
        bed_write(bed, " -> r=%u w=%u u=0 g=0", (unsigned)entry & 1, (unsigned)entry >> 1 & 1);
    bed_write(bed, event ? " event=0x%02x\n" : "\n", event);
    OK(bed, bed->system.translation_request(bed->system.ctx, ats->rid, &request, &completion));
    bed_settle(bed);
    bed_equal(bed, completion.status, status, "the status of the completion");
    bed_equal(bed, completion.event, event, "the event of the request");
    if (!status && !(entry & 3))
        bed_check(bed, !dbell_ats_grants(&completion), "no access");
    else if (!status)
        bed_equal(bed, dbell_ats_entry(&completion), entry, "the completion's entry");
}

void bed_page_request(struct bed *bed, const struct dbell_page_request *request, const char *expect)
{
    bed_write(bed, "pri rid=0x100 addr=0x%" PRIx64 " prgi=%u last=%d r=%d w=%d", request->address,
              request->group, request->last, request->read, request->write);
    if (request->side.has_substreamid)
        bed_write(bed, " ssid=0x%" PRIx32, request->side.substreamid);
    bed_write(bed, " -> %s\n", expect);
    OK(bed, dbell_endpoint_page_request(&bed->endpoint[E0], request));
    bed_settle(bed);
}

void bed_received(struct bed *bed, const char *expect)
{
    bed_write(bed, "recv rid=0x100 -> %s\n", expect);
}

void bed_tlbi(struct bed *bed, unsigned asid, uint64_t va)
{
    bed_write(bed, "tlbi op=vae1is vmid=0 asid=%u addr=0x%" PRIx64 "\n", asid, va);
    const struct dbell_tlbi tlbi = {
        .scope = DBELL_TLBI_VA, .el = 1, .asid = (uint16_t)asid, .first = va, .last = va | 0xfff};
    bed->system.tlbi(bed->system.ctx, &tlbi);
    bed_settle(bed);
}

unsigned bed_pri_status(struct bed *bed)
{
    const unsigned at = dbell_endpoint_extended_capability(&bed->endpoint[E0], 0x13);
    return dbell_endpoint_config_read(&bed->endpoint[E0], at + 6, 2);
}
