/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Seed 2: MSIs through nested domains with iommufd: the guest is told of the host's window (RMR),
 * or the device gets the guest's own IOVA; vSTEs, invalidations and events of the guest. */
#include "bed.h"
#include "seeds.h"

#include <errno.h>

#define GUEST_DOORBELL UINT64_C(0x0060000008090e4b) /* gIOVA page to gDB */
#define GUEST_RMR      UINT64_C(0x0060000008000e4b) /* the host's window to itself */
#define VA_NH_ALL      UINT64_C(0x0000000100000010) /* TLBI_NH_ALL, VMID 1 */

static const struct expect lpi_8192 = {.pa = HDB, .lpi = 8192, .attr = 0x104};

/* The host maps the doorbell of ITS 0 at an IPA of its choice and composes E0's message. */
static struct dbell_host_msi compose(struct bed *bed, uint64_t window)
{
    struct dbell_host_msi message = {0};
    OK(bed, dbell_host_get_msi_cookie(&bed->nested, window, 0x10000));
    OK(bed, dbell_host_compose_msi(&bed->device[E0], HDB, 0, &message));
    return message;
}

static void rmr(struct bed *bed)
{
    bed_nested(bed);
    DECIDES(bed, bed_guest_map(bed, HIOVA, GUEST_RMR));
    const struct dbell_host_msi message = compose(bed, HIOVA);
    EQUAL(bed, message.address, HIOVA_MSI);
    bed_msix(bed, E0, 0, message.address, message.data);
    bed_fire(bed, E0, 0, &lpi_8192);
    bed_no_event(bed);
}

/* What it looks like in the event queue: the same as an untied mapping. */
static void unknown_iova(struct bed *bed)
{
    bed_fire(bed, E0, 0, &(struct expect){.event = 0x10, .lpi = NONE});
    bed_event(bed, UINT64_C(0x10000000010), UINT64_C(0x20000000000), 0x08000040, 0);
}

static void rmr_missing(struct bed *bed)
{
    bed_nested(bed);
    if (bed->undo)
        bed_guest_map(bed, HIOVA, GUEST_RMR);
    const struct dbell_host_msi message = compose(bed, HIOVA);
    bed_msix(bed, E0, 0, message.address, message.data);
    unknown_iova(bed);
    const struct dbell_missed missed = bed_missed(bed, HIOVA_MSI);
    CHECK(bed, missed.stage2.known && !missed.leads_nowhere && !missed.elsewhere.known);
}

/* The VMM chooses the page of the guest's doorbell, and forwards what the guest wrote. */
static void forward(struct bed *bed, struct dbell_host_msi *message)
{
    const struct dbell_host_msi own = compose(bed, GDB);
    EQUAL(bed, own.address, GDB + 0x40);
    OK(bed, dbell_host_forward_guest_address(&bed->nested, GIOVA_MSI, HDB, own.data, message));
}

static void real_giova(struct bed *bed)
{
    struct dbell_host_msi message = {0};
    bed_nested(bed);
    DECIDES(bed, bed_guest_map(bed, GIOVA, GUEST_DOORBELL));
    forward(bed, &message);
    EQUAL(bed, message.address, GIOVA_MSI);
    bed_msix(bed, E0, 0, message.address, message.data);
    bed_fire(bed, E0, 0, &lpi_8192);
}

static void half_forwarded(struct bed *bed)
{
    struct dbell_host_msi message = {0};
    bed_nested(bed);
    bed_guest_map(bed, GIOVA, GUEST_DOORBELL);
    forward(bed, &message);
    bed_msix(bed, E0, 0, bed->undo ? message.address : HIOVA_MSI, 0);
    unknown_iova(bed);
    const struct dbell_missed missed = bed_missed(bed, HIOVA_MSI);
    CHECK(bed, !missed.stage2.known && !missed.leads_nowhere);
    EQUAL(bed, missed.elsewhere.iova, GIOVA_MSI);
}

/* The guest's own EventID gets to the physical ITS: never another device's interrupt. */
static void data_mixed_up(struct bed *bed)
{
    struct dbell_host_msi message = {0};
    bed_nested(bed);
    bed_guest_map(bed, GIOVA, GUEST_DOORBELL);
    forward(bed, &message);
    bed_msix(bed, E0, 0, message.address, bed->undo ? 0 : 7);
    bed_fire(bed, E0, 0, &(struct expect){.pa = HDB, .lpi = NONE});
    bed_counter(bed, "its0.drops", 1);
    OK(bed, dbell_host_its_map_event(&bed->its[0], 0x100, 7, 8199));
    bed_fire(bed, E0, 0, &(struct expect){.pa = HDB, .lpi = 8199});
}

static void page_not_doorbell(struct bed *bed)
{
    struct dbell_host_msi message = {0};
    bed_nested(bed);
    OK(bed, dbell_host_forward_guest_address(&bed->nested, GIOVA_MSI, HDB, 0, &message));
    EQUAL(bed, message.address, GIOVA_MSI);
    REFUSED(bed,
            dbell_host_forward_guest_address(&bed->nested, GIOVA_MSI,
                                             bed->undo ? HDB : UINT64_C(0x58000400), 0, &message),
            -EINVAL);
}

/* Page offset 0x040 of a pre-ITS is DeviceID 0x10, whoever writes there. */
static void pre_its(struct bed *bed)
{
    bed_nested(bed);
    bed_guest_map(bed, GIOVA, GUEST_DOORBELL);
    bed_stage2_word(bed, GDB, UINT64_C(0x0060000058000687));
    OK(bed, dbell_host_its_map_device(&bed->its[0], 0x10, 5));
    OK(bed, dbell_host_its_map_event(&bed->its[0], 0x10, 0, 8400));
    bed_msix(bed, E0, 0, bed->undo ? GIOVA + 0x400 : GIOVA_MSI, 0);
    bed_fire(bed, E0, 0, &(struct expect){.pa = UINT64_C(0x58000040), .lpi = 8400});
    bed_msix(bed, E0, 0, GIOVA + 0x400, 0); /* what is right for E0 */
    bed_fire(bed, E0, 0, &(struct expect){.pa = UINT64_C(0x58000400), .lpi = 8192});
    CHECK(bed, !bed_isolated(bed));
}

static void two_slots(struct bed *bed)
{
    struct dbell_host_sw_msi context = {.start = HIOVA, .length = 0x100000};
    uint64_t iova = 0;
    bed_stage1(bed, E0, 0);
    OK(bed, dbell_host_domain_alloc(&bed->other, &bed->smmu, DBELL_HOST_STAGE1, 12));
    OK(bed, dbell_host_attach(&bed->device[E1], &bed->other));
    OK(bed, dbell_host_sw_msi_slot(&context, &bed->stage1, HDB, &iova));
    EQUAL(bed, iova, HIOVA);
    bed_msix(bed, E0, 0, iova | 0x40, 0);
    OK(bed, dbell_host_sw_msi_slot(&context, &bed->other, HDB1, &iova));
    EQUAL(bed, iova, HIOVA + 0x1000);
    bed_msix(bed, E1, 0, bed->undo ? HIOVA_MSI : (iova | 0x40), 0);
    /* Each is installed where it is used only. */
    EQUAL(bed, dbell_host_iova_to_phys(&bed->stage1, HIOVA + 0x1000), 0);
    EQUAL(bed, dbell_host_iova_to_phys(&bed->other, HIOVA), 0);
    bed_fire(bed, E0, 0, &(struct expect){.pa = HDB, .lpi = 8192});
    bed_fire(bed, E1, 0, &(struct expect){.pa = HDB1, .lpi = 8320});
}

static void slots_exhausted(struct bed *bed)
{
    struct dbell_host_sw_msi context = {.start = HIOVA, .length = 0x100000};
    struct dbell_host_sw_msi narrow = {.start = HIOVA, .length = 0x1000};
    uint64_t iova;
    bed_stage1(bed, E0, 0);
    for (uint64_t i = 0; i < (bed->undo ? 63 : 64); i++)
        OK(bed, dbell_host_sw_msi_slot(&context, &bed->stage1, 0x20000040 + (i << 16), &iova));
    REFUSED(bed, dbell_host_sw_msi_slot(&context, &bed->stage1, HDB, &iova), -EOVERFLOW);
    OK(bed, dbell_host_domain_alloc(&bed->other, &bed->smmu, DBELL_HOST_STAGE1, 12));
    OK(bed, dbell_host_sw_msi_slot(&narrow, &bed->other, HDB, &iova));
    REFUSED(bed, dbell_host_sw_msi_slot(&narrow, &bed->other, HDB1, &iova), -ENOSPC);
    bed->host.policies = DBELL_HOST_LINEAR_WINDOW; /* Linux 7.2 */
    OK(bed, dbell_host_sw_msi_slot(&narrow, &bed->other, HDB1, &iova));
    EQUAL(bed, iova, HIOVA + 0x1000);
}

static void window_api(struct bed *bed)
{
    struct dbell_host_msi message;
    struct dbell_host_domain wider;
    bed_nested(bed);
    OK(bed, dbell_host_map_msi_window(&bed->nested, GDB, bed->undo ? 0x2000 : 0x1000));
    OK(bed, dbell_host_compose_msi(&bed->device[E0], HDB, 0, &message));
    EQUAL(bed, message.address, GDB + 0x40);
    REFUSED(bed, dbell_host_compose_msi(&bed->device[E0], HDB1, 0, &message), -ENOSPC);
    /* Two pages: the guest has to have ITS pages at both. */
    OK(bed, dbell_host_domain_alloc_nested(&wider, &bed->stage2));
    OK(bed, dbell_host_map_msi_window(&wider, UINT64_C(0x080b0000), 0x2000));
    OK(bed, dbell_host_get_msi_page(&wider, &bed->device[E0], HDB, &message.address));
    EQUAL(bed, message.address, 0x080b0000);
    OK(bed, dbell_host_get_msi_page(&wider, &bed->device[E0], HDB1, &message.address));
    EQUAL(bed, message.address, 0x080b1000);
    bed_guest_map(bed, GIOVA, UINT64_C(0x00600000080b0e4b));
    bed_guest_map(bed, UINT64_C(0xfffff000) - 0x1000, UINT64_C(0x00600000080b1e4b));
    bed_msix(bed, E0, 0, GIOVA_MSI, 0);
    bed_fire(bed, E0, 0, &lpi_8192);
    bed_msix(bed, E0, 1, GIOVA_MSI - 0x1000, 0);
    bed_fire(bed, E0, 1, &(struct expect){.pa = HDB1, .lpi = 8288});
    REFUSED(bed, dbell_host_map_msi_window(&bed->stage2, GDB, 0x1000), -ENODEV);
}

static void vste_bypass(struct bed *bed)
{
    static const uint64_t bypass[2] = {0x9, 0};
    bed_nested(bed);
    compose(bed, GDB);
    DECIDES(bed, OK(bed, dbell_host_vste_set(&bed->nested, bypass)));
    bed_word(bed, dbell_host_ste_address(&bed->device[E0]), 0xd);
    bed_msix(bed, E0, 0, GDB + 0x40, 0);
    bed_fire(bed, E0, 0, &(struct expect){.pa = HDB, .lpi = 8192});
    bed_msix(bed, E0, 0, GIOVA_MSI, 0);
    bed_fire(bed, E0, 0, &(struct expect){.event = 0x10, .lpi = NONE});
    bed_event(bed, UINT64_C(0x10000000010), UINT64_C(0x28000000000), UINT64_C(0xfffff040),
              UINT64_C(0xfffff000));
}

static void vste_abort(struct bed *bed)
{
    static const uint64_t abort[2] = {1, 0}, invalid[2] = {0, 0};
    bed_nested(bed);
    bed_guest_map(bed, GIOVA, GUEST_DOORBELL);
    compose(bed, GDB);
    bed_msix(bed, E0, 0, GIOVA_MSI, 0);
    DECIDES(bed, OK(bed, dbell_host_vste_set(&bed->nested, abort)));
    bed_fire(bed, E0, 0, &(struct expect){.silent = true, .lpi = NONE});
    OK(bed, dbell_host_vste_set(&bed->nested, invalid));
    bed_fire(bed, E0, 0, &(struct expect){.silent = true, .lpi = NONE});
    bed_word(bed, dbell_host_ste_address(&bed->device[E0]), 1); /* never V == 0: no C_BAD_STE */
    bed_no_event(bed);
}

static void vste_with_host_fields(struct bed *bed)
{
    static const uint64_t words[][2] = {
        {UINT64_C(0x4100000b), UINT64_C(1) << 44},        /* SHCFG */
        {UINT64_C(0x4100000f), 0xd4},                     /* Config 0b111 */
        {UINT64_C(0x4100000b), UINT64_C(0xd4) | 1 << 19}, /* MEV */
        {UINT64_C(0x4100000b) | UINT64_C(1) << 57, 0xd4}, /* reserved */
        {UINT64_C(0x2), 0},                               /* V == 0 and not empty */
        {UINT64_C(0x4100000d), 0xd4},                     /* stage 2 of its own */
    };
    bed_nested(bed);
    const uint64_t ste = dbell_host_ste_address(&bed->device[E0]);
    const uint64_t good[2] = {UINT64_C(0x4100000b), 0xd4};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        REFUSED(bed, dbell_host_vste_set(&bed->nested, bed->undo ? good : words[i]), -EIO);
        EQUAL(bed, bed_load(bed, ste, 8), 0x4100000f);
        EQUAL(bed, bed_load(bed, ste + 8, 8), 0x00001000000800d4);
        EQUAL(bed, bed_load(bed, ste + 16, 8), 0x044d359000000001);
        EQUAL(bed, bed_load(bed, ste + 24, 8), 0x88000000);
    }
}

/* The command before the last one in the queue: the last one is a CMD_SYNC. */
static void submitted(struct bed *bed, uint64_t w0, uint64_t w1)
{
    const uint64_t at = bed->smmu.cmdq + ((bed->smmu.cmdq_prod - 2) & 0xff) * UINT64_C(16);
    EQUAL(bed, bed_load(bed, at, 8), w0);
    EQUAL(bed, bed_load(bed, at + 8, 8), w1);
}

static void guest_invalidation(struct bed *bed)
{
    static const struct {
        struct dbell_host_cmd guest;
        uint64_t w0, w1; /* what the host makes of it */
    } cases[] = {
        {{{0x30, 0}}, VA_NH_ALL, 0},
        {{{UINT64_C(0x0003000900000011), 0}}, UINT64_C(0x0003000100000011), 0},
        {{{UINT64_C(0x0000000800000003), 1}}, UINT64_C(0x0000010000000003), 1},
        {{{UINT64_C(0x0000000800000005), 1}}, UINT64_C(0x0000010000000005), 1},
        {{{UINT64_C(0x0000000800000040), 52}}, UINT64_C(0x0000010000000040), 52},
    };
    static const struct dbell_host_cmd stranger = {{UINT64_C(0x0000000900000003), 1}};
    const struct access other = {.rid = 0x200, .iova = 0x50000000};
    unsigned done;
    bed_nested(bed);
    /* Another guest, VMID 2, whose translation is in the TLB. */
    OK(bed, dbell_host_domain_alloc(&bed->other, &bed->smmu, DBELL_HOST_STAGE2, 12));
    OK(bed, dbell_host_attach(&bed->device[E1], &bed->other));
    OK(bed, dbell_host_map_pages(&bed->other, 0x50000000, UINT64_C(0x90300000), 0x1000,
                                 DBELL_HOST_READ | DBELL_HOST_CACHE));
    bed_access(bed, &other, &(struct expect){.pa = UINT64_C(0x90300000)});
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        OK(bed, dbell_host_cache_invalidate(&bed->viommu, &cases[i].guest, 1, &done));
        EQUAL(bed, done, 1);
        submitted(bed, cases[i].w0, cases[i].w1);
    }
    REFUSED(bed,
            dbell_host_cache_invalidate(&bed->viommu, bed->undo ? &cases[0].guest : &stranger, 1,
                                        &done),
            -EIO);
    EQUAL(bed, done, 0);
    uint64_t before = 0, after = 0;
    bed->system.counter(bed->system.ctx, "smmu0.tlb.hit", &before);
    bed_access(bed, &other, &(struct expect){.pa = UINT64_C(0x90300000)});
    bed->system.counter(bed->system.ctx, "smmu0.tlb.hit", &after);
    EQUAL(bed, after - before, 1); /* it survived */
}

static void event_to_guest(struct bed *bed)
{
    struct dbell_host_event event;
    uint64_t words[4] = {0};
    bed_nested(bed);
    bed_guest_map(bed, GIOVA, UINT64_C(0x0060000008090ecb)); /* read-only */
    compose(bed, GDB);
    bed_msix(bed, E0, 0, GIOVA_MSI, 0);
    bed_fire(bed, E0, 0, &(struct expect){.event = 0x13, .lpi = NONE});
    CHECK(bed, dbell_host_evtq_poll(&bed->smmu, &event));
    if (bed->undo) /* a device that the guest does not have */
        event.sid = 0x200;
    CHECK(bed, dbell_host_vevent(&bed->viommu, &event, words));
    EQUAL(bed, words[0], 0x0000000800000013); /* the guest's StreamID */
    EQUAL(bed, words[1], 0x0000020000000000);
    EQUAL(bed, words[2], 0xfffff040);
    /* What stage 2 refuses is the host's. */
    OK(bed, dbell_host_unmap_pages(&bed->stage2, UINT64_C(0x41013000), 0x1000));
    bed_fire(bed, E0, 0, &(struct expect){.event = 0x10, .lpi = NONE});
    CHECK(bed, dbell_host_evtq_poll(&bed->smmu, &event));
    CHECK(bed, !dbell_host_vevent(&bed->viommu, &event, words));
}

/* Both stages combine to the stricter type (13.1.5). */
static void attributes(struct bed *bed)
{
    bed_nested(bed);
    bed_guest_map(bed, HIOVA, UINT64_C(0x0060000008000f47)); /* Normal, write-back */
    const struct dbell_host_msi message = compose(bed, HIOVA);
    bed_msix(bed, E0, 0, message.address, 0);
    bed_fire(bed, E0, 0, &lpi_8192);
    /* Device in stage 1 over Normal in stage 2. */
    bed_guest_map(bed, UINT64_C(0xffffd000),
                  bed->undo ? UINT64_C(0x0060000040005f47) : UINT64_C(0x0060000040005e4b));
    bed_stage2_word(bed, UINT64_C(0x40005000), UINT64_C(0x00000000900057ff));
    const struct access write = {.rid = 0x100, .write = true, .iova = UINT64_C(0xffffd010)};
    bed_access(bed, &write, &(struct expect){.pa = UINT64_C(0x90005010), .attr = 0x104});
}

/* The guest writes the address, the host the data. */
static void fall_through(struct bed *bed)
{
    struct dbell_host_msi message = {0};
    bed_nested(bed);
    bed_guest_map(bed, GIOVA, GUEST_DOORBELL);
    compose(bed, GDB);
    DECIDES(bed, bed_table_write(bed, E0, 0, (uint32_t)GIOVA_MSI));
    bed_table_write(bed, E0, 8, 7); /* the guest's own EventID */
    message.address = bed_table_read(bed, E0, 0);
    bed_table_write(bed, E0, 8, 0);
    EQUAL(bed, message.address, GIOVA_MSI);
    OK(bed, dbell_host_pci_mask(&bed->pci[E0], 0, false));
    bed_fire(bed, E0, 0, &lpi_8192);
    EQUAL(bed, bed->findings[DBELL_FINDING_UNMASKED_WRITE], 0);
    /* The same with the entry left unmasked: the old data may leave. */
    OK(bed, dbell_host_its_map_event(&bed->its[0], 0x100, 7, 8199));
    OK(bed, dbell_host_pci_mask(&bed->pci[E0], 0, true));
    bed_table_write(bed, E0, 8, 7);
    OK(bed, dbell_host_pci_mask(&bed->pci[E0], 0, false));
    bed_table_write(bed, E0, 8, 0);
    EQUAL(bed, bed->findings[DBELL_FINDING_UNMASKED_WRITE], 1);
    bed->system.forget_raised(bed->system.ctx);
    struct dbell_raised raised = {0};
    dbell_endpoint_interrupt(&bed->endpoint[E0], 0, NULL);
    CHECK(bed, bed->system.raised(bed->system.ctx, 0, &raised));
    EQUAL(bed, raised.intid, 8199);
}

const struct dbell_scenario dbell__seed2[] = {
    {"2_1_rmr", "the guest maps the host's window to itself", true, 0, rmr},
    {"2_2_rmr_missing", "the guest ignores the RMR", true, 0, rmr_missing},
    {"2_3_real_giova", "the device writes to the guest's own IOVA", true, 0, real_giova},
    {"2_4_half_forwarded", "the guest's IOVA was not forwarded", true, 0, half_forwarded},
    {"2_5_data_mixed_up", "the guest's EventID at the physical ITS", true, 0, data_mixed_up},
    {"2_6_page_not_doorbell", "doorbells at different offsets of their pages", false, 0,
     page_not_doorbell},
    {"2_7_pre_its", "a pre-ITS: the address names the device", true, DBELL_SCENARIO_PRE_ITS,
     pre_its},
    {"2_8_two_slots", "two ITSes, two slots of one context", true, 0, two_slots},
    {"2_9_slots_exhausted", "the 65th slot, and one beyond the window", false, 0, slots_exhausted},
    {"2_10_window_api", "a window of the guest's choice", true, 0, window_api},
    {"2_11_vste_bypass", "the guest's STE bypasses", true, 0, vste_bypass},
    {"2_12_vste_abort", "the guest's STE aborts, or is invalid", true, 0, vste_abort},
    {"2_13_vste_with_host_fields", "the guest sets what is the host's", false, 0,
     vste_with_host_fields},
    {"2_14_guest_invalidation", "invalidations of the guest, made the host's", false, 0,
     guest_invalidation},
    {"2_15_event_to_guest", "an event of the guest's stage", true, 0, event_to_guest},
    {"2_16_attributes", "memory types of both stages", true, 0, attributes},
    {"2_17_fall_through", "the guest writes the address, the host the data", true, 0, fall_through},
    {0},
};
