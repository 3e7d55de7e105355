/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Seed 1: KVM PCIe passthrough: an MSI is a write that is translated like any other, so software
 * maps the doorbell into a reserved window of IOVAs; the ITS tells devices apart, GICv2m does not.
 */
#include "bed.h"
#include "seeds.h"

#include <errno.h>

#include <doorbell/fee.h>

#define RAM_PAGE UINT64_C(0x90205000)

static const struct expect lpi_8192 = {.pa = HDB, .lpi = 8192};

static struct access write_of(uint32_t rid, uint64_t iova, uint64_t data)
{
    return (struct access){.rid = rid, .write = true, .iova = iova, .data = data};
}

/* A message of a device in the domain that it is in, to a doorbell, programmed and unmasked. */
static void allocate(struct bed *bed, unsigned device, unsigned vector, uint64_t doorbell,
                     uint32_t data)
{
    struct dbell_host_msi message = {0};
    OK(bed, dbell_host_compose_msi(&bed->device[device], doorbell, data, &message));
    bed_msix(bed, device, vector, message.address, message.data);
}

static uint64_t vector_address(struct bed *bed, unsigned device, unsigned vector)
{
    return bed_table_read(bed, device, vector * UINT64_C(16));
}

static void identity(struct bed *bed, struct dbell_host_device *device)
{
    if (!bed->other.smmu)
        OK(bed, dbell_host_domain_alloc(&bed->other, &bed->smmu, DBELL_HOST_IDENTITY, 12));
    OK(bed, dbell_host_attach(device, &bed->other));
}

static void raw_doorbell(struct bed *bed)
{
    bed_stage1(bed, E0, 0x100000);
    if (bed->undo)
        OK(bed, dbell_host_map_pages(&bed->stage1, UINT64_C(0x2f030000), UINT64_C(0x2f030000),
                                     0x1000, DBELL_HOST_WRITE | DBELL_HOST_MMIO));
    bed_msix(bed, E0, 0, HDB, 0);
    bed_fire(bed, E0, 0, &(struct expect){.event = 0x10, .lpi = NONE});
    bed_event(bed, UINT64_C(0x10000000010), UINT64_C(0x20000000000), HDB, 0);
}

static void bypass(struct bed *bed)
{
    DECIDES(bed, identity(bed, &bed->device[E0]));
    allocate(bed, E0, 0, HDB, 0);
    EQUAL(bed, vector_address(bed, E0, 0), HDB); /* identity domains are left alone */
    bed_fire(bed, E0, 0, &lpi_8192);
    bed_store(bed, BED_SMMU + 0x20, 4, 0x1e); /* SMMUEN 0, and GBPA.ABORT is 0 */
    bed_fire(bed, E0, 0, &lpi_8192);
}

static void window(struct bed *bed)
{
    bed_stage1(bed, E0, 0x100000);
    bed_word(bed, dbell_host_ste_address(&bed->device[E0]), UINT64_C(0x8810000b));
    allocate(bed, E0, 0, HDB, 0);
    EQUAL(bed, vector_address(bed, E0, 0), HIOVA_MSI);
    EQUAL(bed, dbell_host_descriptor(&bed->stage1, HIOVA, NULL), 0x006000002f030e4b);
    if (bed->undo)
        bed_msix(bed, E0, 0, HDB, 0);
    bed_fire(bed, E0, 0, &lpi_8192);
}

static void reuse_and_second_page(struct bed *bed)
{
    bed_stage1(bed, E0, 0x100000);
    allocate(bed, E0, 0, HDB, 0);
    allocate(bed, E0, 1, HDB, 1);
    EQUAL(bed, vector_address(bed, E0, 1), HIOVA_MSI);
    bed_fire(bed, E0, 1, &(struct expect){.pa = HDB, .lpi = 8193});
    allocate(bed, E0, 2, V2M_DB, 97);
    EQUAL(bed, vector_address(bed, E0, 2), HIOVA + 0x1040);
    if (bed->undo)
        bed_msix(bed, E0, 2, HIOVA_MSI, 97);
    bed_fire(bed, E0, 2, &(struct expect){.pa = V2M_DB, .spi = 97, .lpi = NONE});
}

static void exhaustion(struct bed *bed)
{
    struct dbell_host_msi message;
    bed_stage1(bed, E0, bed->undo ? 0x2000 : 0x1000);
    allocate(bed, E0, 0, HDB, 0);
    REFUSED(bed, dbell_host_compose_msi(&bed->device[E0], V2M_DB, 96, &message), -ENOSPC);
    bed_fire(bed, E0, 0, &lpi_8192);
    bed->host.policies = DBELL_HOST_LINEAR_WINDOW; /* as Linux 7.2 has it: nobody looks */
    OK(bed, dbell_host_compose_msi(&bed->device[E0], V2M_DB, 96, &message));
    EQUAL(bed, message.address, HIOVA + 0x1040);
}

static const unsigned rw = DBELL_HOST_READ | DBELL_HOST_WRITE | DBELL_HOST_CACHE;

static void window_over_ram(struct bed *bed)
{
    struct dbell_host_domain full;
    bed_stage1(bed, E0, 0x100000);
    REFUSED(bed, dbell_host_vfio_type1_map(&bed->stage1, HIOVA, RAM_PAGE, 0x1000, rw), -EINVAL);
    OK(bed, dbell_host_domain_alloc(&full, &bed->smmu, DBELL_HOST_STAGE1, 12));
    OK(bed, dbell_host_map_pages(&full, HIOVA, RAM_PAGE, 0x1000, rw));
    REFUSED(bed, dbell_host_attach(&bed->device[E1], &full), -EINVAL);
    REFUSED(bed, dbell_host_map_pages(&full, HIOVA, RAM_PAGE + 0x1000, 0x1000, rw), -EEXIST);
    /* Forced: the message is data like any other. */
    DECIDES(bed, bed->host.policies = DBELL_HOST_ALLOW_OVERLAP);
    OK(bed, dbell_host_vfio_type1_map(&bed->stage1, HIOVA, RAM_PAGE, 0x1000, rw));
    allocate(bed, E0, 0, HDB, 0x55);
    EQUAL(bed, vector_address(bed, E0, 0), HIOVA_MSI);
    bed_fire(bed, E0, 0, &(struct expect){.pa = RAM_PAGE + 0x40, .lpi = NONE});
    EQUAL(bed, bed_load(bed, RAM_PAGE + 0x40, 4), 0x55);
    CHECK(bed, bed_reported(bed, DBELL_REPORT_MESSAGE_TO_RAM));
}

static void identity_isolates(struct bed *bed)
{
    bed_stage1(bed, E0, 0x100000);
    bed_stage1(bed, E1, 0);
    allocate(bed, E0, 0, HDB, 0);
    const struct access spoof = write_of(bed->undo ? 0x100 : 0x200, HIOVA_MSI, 0);
    bed_access(bed, &spoof, &(struct expect){.pa = HDB, .lpi = 8224});
    CHECK(bed, bed_isolated(bed));
    OK(bed, dbell_host_iommufd_bind(&bed->device[E1]));
}

static void unmapped_device_and_event(struct bed *bed)
{
    static const struct expect dropped = {.pa = HDB, .lpi = NONE};
    struct dbell_host_device stranger;
    bed_stage1(bed, E0, 0x100000);
    allocate(bed, E0, 0, HDB, 0);
    dbell_host_device_init(&stranger, &bed->smmu, 0x300);
    identity(bed, &stranger);
    const struct access from_stranger = write_of(0x300, HDB, 0);
    const struct access beyond_itt = write_of(0x100, HIOVA_MSI, 40);
    const struct access without_mapti = write_of(0x100, HIOVA_MSI, bed->undo ? 5 : 6);
    bed_access(bed, &from_stranger, &dropped);
    bed_access(bed, &beyond_itt, &dropped);
    bed_access(bed, &without_mapti, &dropped);
    /* An LPI beyond GICD_TYPER.IDbits is refused by MAPTI: the event stays unmapped. */
    bed_store(bed, BED_ITS0 + 0x88, 8, bed->its[0].written);
    dbell_host_its_issue(&bed->its[0], dbell_host_mapti(0x100, 7, 0x10000, 0));
    const struct access no_such_lpi = write_of(0x100, HIOVA_MSI, 7);
    bed_access(bed, &no_such_lpi, &dropped);
    bed_counter(bed, "its0.drops", 4);
    bed_no_event(bed);
}

static void v2m_spoof(struct bed *bed)
{
    bed_stage1(bed, E0, 0x100000);
    bed_stage1(bed, E1, 0);
    allocate(bed, E0, 0, bed->undo ? HDB : V2M_DB, 96);
    bed->device[E0].isolated_msi = bed->device[E1].isolated_msi = bed->undo;
    const struct access spoof = write_of(0x200, HIOVA_MSI, 96);
    bed_access(bed, &spoof, &(struct expect){.pa = V2M_DB, .spi = 96});
    CHECK(bed, !bed_isolated(bed));
    REFUSED(bed, dbell_host_iommufd_bind(&bed->device[E1]), -EPERM);
    bed->host.policies = DBELL_HOST_UNSAFE_INTERRUPTS;
    OK(bed, dbell_host_iommufd_bind(&bed->device[E1]));
}

static void dma_as_msi(struct bed *bed)
{
    bed_stage1(bed, E0, 0x100000);
    allocate(bed, E0, 0, HDB, 0);
    const struct access dma = write_of(0x100, HIOVA_MSI + (bed->undo ? 4 : 0), 5);
    bed_access(bed, &dma, &(struct expect){.pa = HDB, .lpi = 8197});
}

/* Two bytes are a message; more are what the model is told to make of them. */
static void odd_sizes(struct bed *bed)
{
    const bool low = bed->options & DBELL_SCENARIO_WIDE_LOW32;
    const bool refused = bed->options & DBELL_SCENARIO_WIDE_SLVERR;
    const struct expect wide = {.pa = HDB, .lpi = low ? 8194 : NONE, .refused = refused};
    bed_stage1(bed, E0, 0x100000);
    allocate(bed, E0, 0, HDB, 0);
    const struct access two = {
        .rid = 0x100, .write = true, .iova = HIOVA_MSI, .length = bed->undo ? 1 : 2, .data = 1};
    const struct access eight = {
        .rid = 0x100, .write = true, .iova = HIOVA_MSI, .length = 8, .data = 2};
    const struct access sixteen = {
        .rid = 0x100, .write = true, .iova = HIOVA_MSI, .length = 16, .data = 2};
    bed_access(bed, &two, &(struct expect){.pa = HDB, .lpi = 8193});
    CHECK(bed, !bed_reported(bed, DBELL_REPORT_WIDE_MESSAGE));
    bed_access(bed, &eight, &wide);
    CHECK(bed, bed_reported(bed, DBELL_REPORT_WIDE_MESSAGE));
    bed_access(bed, &sixteen, &wide);
    CHECK(bed, bed_reported(bed, DBELL_REPORT_WIDE_MESSAGE));
}

static void neighbours(struct bed *bed)
{
    bed_stage1(bed, E0, 0x100000);
    allocate(bed, E0, 0, HDB, 0);
    const struct access above = write_of(0x100, HIOVA + (bed->undo ? 0x40 : 0x44), 0);
    const struct access below = write_of(0x100, HIOVA + 0x3c, 0);
    const struct access next_page = write_of(0x100, HIOVA + 0x1040, 0);
    bed_access(bed, &above, &(struct expect){.pa = HDB + 4, .lpi = NONE});
    bed_access(bed, &below, &(struct expect){.pa = HDB - 4, .lpi = NONE});
    bed_access(bed, &next_page, &(struct expect){.event = 0x10, .lpi = NONE});
    bed_event(bed, UINT64_C(0x10000000010), UINT64_C(0x20000000000), HIOVA + 0x1040, 0);
}

static void maps(struct bed *bed)
{
    struct dbell_host_device at_1100;
    dbell_host_device_init(&at_1100, &bed->smmu, 0x1100);
    identity(bed, &at_1100);
    DECIDES(bed, OK(bed, dbell_host_its_map_device(&bed->its[0], 0x20100, 5)));
    OK(bed, dbell_host_its_map_event(&bed->its[0], 0x20100, 0, 8400));
    bed_msix(bed, E0, 0, HDB, 0);
    bed_fire(bed, E0, 0, &(struct expect){.pa = HDB, .lpi = 8400});
    /* E1 has no StreamID: its accesses end at the Root Complex. */
    bed_msix(bed, E1, 0, HDB, 0);
    bed->system.forget_raised(bed->system.ctx);
    EQUAL(bed, dbell_endpoint_interrupt(&bed->endpoint[E1], 0, NULL), DBELL_RESPONSE_DECERR);
    EQUAL(bed, dbell_machine_root(bed->machine)->unmapped, 1);
}

static void alias(struct bed *bed)
{
    struct dbell_host_device bridge;
    bed_bridge(bed, DBELL_ROOT_PORT, 0x08, 4, 5, 0);
    bed_bridge(bed, DBELL_PCIE_TO_PCI, 0x400, 5, 5, 0);
    const int one = bed_add(bed, 0x510), sibling = bed_add(bed, 0x518);
    if (!CHECK(bed, one > 0 && sibling > 0))
        return;
    dbell_host_device_init(&bridge, &bed->smmu, 0x500);
    identity(bed, &bridge);
    OK(bed, dbell_host_its_map_device(&bed->its[0], 0x510, 5));
    OK(bed, dbell_host_its_map_event(&bed->its[0], 0x510, 0, 8400));
    bed_msix(bed, (unsigned)one, 0, HDB, 0);
    bed_msix(bed, (unsigned)sibling, 0, HDB, 0);
    bed_fire(bed, (unsigned)one, 0, &(struct expect){.pa = HDB, .lpi = NONE}); /* it is 0x500 */
    DECIDES(bed, OK(bed, dbell_host_its_map_device(&bed->its[0], 0x500, 5)));
    OK(bed, dbell_host_its_map_event(&bed->its[0], 0x500, 0, 8401));
    bed_fire(bed, (unsigned)one, 0, &(struct expect){.pa = HDB, .lpi = 8401});
    bed_fire(bed, (unsigned)sibling, 0, &(struct expect){.pa = HDB, .lpi = 8401});
    CHECK(bed, dbell_root_same_group(dbell_machine_root(bed->machine), 0x510, 0x518));
}

static void forged_rid(struct bed *bed)
{
    struct dbell_root *root = dbell_machine_root(bed->machine);
    bed_bridge(bed, DBELL_ROOT_PORT, 0x08, 1, 1, bed->undo ? 0 : 1); /* Source Validation */
    bed_bridge(bed, DBELL_ROOT_PORT, 0x10, 2, 2, 0);
    identity(bed, &bed->device[E1]);
    bed_msix(bed, E0, 0, HDB, 0);
    dbell_endpoint_forge(&bed->endpoint[E0], 0x200);
    dbell_endpoint_misbehave(&bed->endpoint[E0], DBELL_FORGES_REQUESTERID);
    EQUAL(bed, dbell_endpoint_interrupt(&bed->endpoint[E0], 0, NULL), DBELL_RESPONSE_SLVERR);
    EQUAL(bed, root->acs_violations, 1);
    dbell_root_ecam_write(root, (uint64_t)0x08 << 12 | 0x106, 2, 0);
    bed_fire(bed, E0, 0, &(struct expect){.pa = HDB, .lpi = 8224}); /* by STE 0x200 */
    EQUAL(bed, root->acs_violations, 1);
}

static void peer_to_peer(struct bed *bed)
{
    struct dbell_root *root = dbell_machine_root(bed->machine);
    uint8_t data[4] = {1, 2, 3, 4}, there[4] = {0};
    bed_bridge(bed, DBELL_ROOT_PORT, 0x08, 4, 7, 0);
    bed_bridge(bed, DBELL_SWITCH_UPSTREAM, 0x400, 5, 7, 0);
    bed_bridge(bed, DBELL_SWITCH_DOWNSTREAM, 0x500, 6, 6, bed->undo ? 0 : 4); /* RR */
    bed_bridge(bed, DBELL_SWITCH_DOWNSTREAM, 0x508, 7, 7, 0);
    const int from = bed_add(bed, 0x600), to = bed_add(bed, 0x700);
    if (!CHECK(bed, from > 0 && to > 0))
        return;
    dbell_root_ecam_write(root, (uint64_t)0x700 << 12 | 0x10, 4, 0x20000000);
    OK(bed, dbell_host_domain_alloc(&bed->stage1, &bed->smmu, DBELL_HOST_STAGE1, 12));
    OK(bed, dbell_host_attach(&bed->device[from], &bed->stage1));
    struct dbell_transaction t = {
        .address = 0x20000080, .length = 4, .op = DBELL_WRITE, .data = data};
    struct dbell_transaction look = {.address = 0x80, .length = 4, .data = there};
    /* Redirected: the SMMU sees it, and has nothing mapped there. */
    EQUAL(bed, dbell_endpoint_access(&bed->endpoint[from], &t), DBELL_RESPONSE_SLVERR);
    bed_settle(bed);
    bed_event(bed, UINT64_C(0x60000000010), UINT64_C(0x20000000000), 0x20000080, 0);
    dbell_endpoint_bar_access(&bed->endpoint[to], 0, &look);
    EQUAL(bed, there[1], 0);
    /* Not redirected: it arrives, and the SMMU sees nothing. */
    dbell_root_ecam_write(root, (uint64_t)0x500 << 12 | 0x106, 2, 0);
    EQUAL(bed, dbell_endpoint_access(&bed->endpoint[from], &t), DBELL_RESPONSE_OK);
    bed_settle(bed);
    dbell_endpoint_bar_access(&bed->endpoint[to], 0, &look);
    EQUAL(bed, there[1], 2);
    bed_no_event(bed);
}

static const struct expect no_window = {.event = 0x10};

static void own_msi(struct bed *bed)
{
    bed_stage1(bed, E0, 0x100000);
    bed_msix(bed, E0, 0, HDB, 0);
    bed_wire(bed, "smmu0.eventq", 0);
    OK(bed, dbell_host_smmu_set_msi(&bed->smmu, 0, bed->undo ? 0 : HDB, 3));
    bed_fire(bed, E0, 0, &(struct expect){.event = 0x10, .lpi = 8259});
    bed_event(bed, UINT64_C(0x10000000010), UINT64_C(0x20000000000), HDB, 0);
    bed_wire(bed, "smmu0.eventq", 1);
    OK(bed, dbell_host_smmu_set_msi(&bed->smmu, 0, 0, 0)); /* the wire alone */
    bed_fire(bed, E0, 0, &(struct expect){.event = 0x10, .lpi = NONE});
    bed_wire(bed, "smmu0.eventq", 1);
    bed_event(bed, UINT64_C(0x10000000010), UINT64_C(0x20000000000), HDB, 0);
    OK(bed, dbell_host_smmu_set_msi(&bed->smmu, 0, 0x10000040, 3)); /* nobody is there */
    bed_fire(bed, E0, 0, &no_window);
    EQUAL(bed, bed_load(bed, BED_SMMU + 0x60, 4), 1 << 5); /* GERROR.MSI_EVENTQ_ABT_ERR */
}

/* When the LPI becomes pending, all of the payload is in memory. */
static void ordering(struct bed *bed)
{
    const struct dbell_job job = {.kind = DBELL_JOB_FILL,
                                  .destination = 0x10000000,
                                  .length = 256,
                                  .value = UINT64_C(0x1122334455667788),
                                  .interrupts = true};
    struct dbell_raised raised;
    uint32_t ticket;
    bool told = false;
    bed_stage1(bed, E0, 0x100000);
    OK(bed, dbell_host_map_pages(&bed->stage1, 0x10000000, RAM_PAGE, 0x1000, rw));
    allocate(bed, E0, 0, HDB, 0);
    if (bed->undo)
        dbell_endpoint_misbehave(&bed->endpoint[E0], DBELL_MSI_FIRST);
    bed->system.forget_raised(bed->system.ctx);
    OK(bed, dbell_endpoint_submit(&bed->endpoint[E0], &job, &ticket));
    for (unsigned i = 0; i < 100 && !told; i++) {
        dbell_root_step(dbell_machine_root(bed->machine));
        told = bed->system.raised(bed->system.ctx, 0, &raised);
    }
    CHECK(bed, told);
    for (uint64_t at = 0; at < 256; at += 8)
        EQUAL(bed, bed_load(bed, RAM_PAGE + at, 8), 0x1122334455667788);
    EQUAL(bed, bed->findings[DBELL_FINDING_MSI_FIRST], 0);
}

static void raise_vector(void *ctx, uint8_t destination, uint8_t vector)
{
    uint32_t *raised = ctx;
    *raised = (uint32_t)destination << 8 | vector;
}

/* What is a message on x86 is an IOVA on Arm: the same entry, written by the same function. */
static void x86_window(struct bed *bed)
{
    uint32_t raised = 0xffff;
    const struct dbell_fee fee = {.memory = bed->physical,
                                  .message = {.ctx = &raised, .raise = raise_vector}};
    bed_stage1(bed, E0, 0);
    bed_msix(bed, E0, 0, 0xfee00000, 0x30);
    dbell_endpoint_interrupt(&bed->endpoint[E0], 0, NULL);
    bed_settle(bed);
    bed_event(bed, UINT64_C(0x10000000010), UINT64_C(0x20000000000), 0xfee00000,
              0); /* F_TRANSLATION */
    DECIDES(bed, dbell_machine_root(bed->machine)->agents[0].agent = dbell_fee_agent(&fee));
    dbell_endpoint_interrupt(&bed->endpoint[E0], 0, NULL);
    bed_settle(bed);
    EQUAL(bed, raised, 0x30);
    bed_no_event(bed);
}

static void how_much_iova(struct bed *bed)
{
    static const uint64_t doorbells[] = {HDB, HDB, V2M_DB, HDB1, V2M_DB};
    struct dbell_host_msi message;
    OK(bed, dbell_host_domain_alloc(&bed->other, &bed->smmu, DBELL_HOST_STAGE1, 12));
    const unsigned pages = dbell_host_msi_pages_needed(&bed->other, doorbells, 5);
    EQUAL(bed, pages, 3);
    bed_stage1(bed, E0, pages * UINT64_C(0x1000)); /* as many: enough */
    for (unsigned i = 0; i < 5; i++)
        OK(bed, dbell_host_compose_msi(&bed->device[E0], doorbells[i], i, &message));
    OK(bed, dbell_host_get_msi_cookie(&bed->other, HIOVA,
                                      (bed->undo ? pages : pages - 1) * UINT64_C(0x1000)));
    OK(bed, dbell_host_attach(&bed->device[E1], &bed->other)); /* one fewer */
    OK(bed, dbell_host_compose_msi(&bed->device[E1], HDB, 0, &message));
    bed_msix(bed, E1, 0, message.address, message.data);
    OK(bed, dbell_host_compose_msi(&bed->device[E1], V2M_DB, 97, &message));
    bed_msix(bed, E1, 1, message.address, message.data);
    REFUSED(bed, dbell_host_compose_msi(&bed->device[E1], HDB1, 0, &message), -ENOSPC);
    bed_fire(bed, E1, 0, &(struct expect){.pa = HDB, .lpi = 8224});
    bed_fire(bed, E1, 1, &(struct expect){.pa = V2M_DB, .spi = 97});
}

const struct dbell_scenario dbell__seed1[] = {
    {"1_1_raw_doorbell", "the physical doorbell is no IOVA", true, 0, raw_doorbell},
    {"1_2_bypass", "without translation it is", true, 0, bypass},
    {"1_3_window", "the host maps the doorbell into its window", true, 0, window},
    {"1_4_reuse_and_second_page", "one page for each doorbell page", true, 0,
     reuse_and_second_page},
    {"1_5_exhaustion", "a window of one page and two doorbells", false, 0, exhaustion},
    {"1_6_window_over_ram", "the window and memory claim the same IOVAs", false, 0,
     window_over_ram},
    {"1_7_identity_isolates", "the DeviceID decides, not the data", true, 0, identity_isolates},
    {"1_8_unmapped_device_and_event", "what no table maps is dropped", true, 0,
     unmapped_device_and_event},
    {"1_9_v2m_spoof", "GICv2m does not know who writes", true, 0, v2m_spoof},
    {"1_10_dma_as_msi", "an ITS cannot tell data from a message", true, 0, dma_as_msi},
    {"1_11_odd_sizes", "writes of other widths, ignored", true, 0, odd_sizes},
    {"1_11_odd_sizes_low32", "writes of other widths, their 32 bits there", true,
     DBELL_SCENARIO_WIDE_LOW32, odd_sizes},
    {"1_11_odd_sizes_slverr", "writes of other widths, refused", false, DBELL_SCENARIO_WIDE_SLVERR,
     odd_sizes},
    {"1_12_neighbours", "beside the doorbell nothing rings", true, 0, neighbours},
    {"1_13_maps", "iommu-map and msi-map differ", false, DBELL_SCENARIO_MAPPED, maps},
    {"1_14_alias", "behind a PCIe-to-PCI bridge all are one", false, 0, alias},
    {"1_15_forged_rid", "a forged RequesterID, with and without ACS", false, 0, forged_rid},
    {"1_16_peer_to_peer", "peers below a switch, redirected and not", false, 0, peer_to_peer},
    {"1_17_own_msi", "the SMMU's own message, its wire, its abort", true, 0, own_msi},
    {"1_18_ordering", "data before the message that tells of it", false, 0, ordering},
    {"1_19_x86_window", "a message on x86, an IOVA on Arm", false, 0, x86_window},
    {"1_20_how_much_iova", "as many pages as asked for, and one fewer", false, 0, how_much_iova},
    {0},
};
