/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Seed 0: the guest owns stage 1, the host stage 2; bind_guest_msi ties their two mappings of a
 * doorbell together. */
#include "bed.h"
#include "seeds.h"

#include <errno.h>

/* The guest's mapping of its doorbell, and the word that the host's stage 2 then has. */
#define GUEST_DOORBELL UINT64_C(0x0060000008090e4b)
#define HOST_DOORBELL  UINT64_C(0x006000002f030687)

static const struct expect lpi_8192 = {.pa = HDB, .lpi = 8192, .attr = 0x104 /* Device-nGnRE */};

static uint64_t stage2_word(struct bed *bed, uint64_t ipa)
{
    return dbell_host_descriptor(&bed->stage2, ipa, NULL);
}

/* An interrupt of E0 is allocated: vector and EventID 0 of ITS 0. */
static int allocate(struct bed *bed, struct dbell_host_msi *message)
{
    return dbell_host_compose_msi(&bed->device[E0], HDB, 0, message);
}

/* The guest tells of its doorbells by bind_guest_msi. */
static void nested(struct bed *bed)
{
    bed_nested(bed);
    OK(bed, dbell_host_get_nested_msi_cookie(&bed->nested));
}

static void bind_and_allocate(struct bed *bed)
{
    struct dbell_host_msi message = {0};
    nested(bed);
    bed_guest_map(bed, GIOVA, GUEST_DOORBELL);
    OK(bed, dbell_host_bind_guest_msi(&bed->nested, &bed->device[E0], GIOVA, GDB, 0x1000));
    OK(bed, allocate(bed, &message));
    bed_msix(bed, E0, 0, message.address, message.data);
}

static void bind_good(struct bed *bed)
{
    struct dbell_host_msi message = {0};
    nested(bed);
    bed_guest_map(bed, GIOVA, GUEST_DOORBELL);
    DECIDES(bed,
            OK(bed, dbell_host_bind_guest_msi(&bed->nested, &bed->device[E0], GIOVA, GDB, 0x1000)));
    EQUAL(bed, stage2_word(bed, GDB), 0); /* not at bind ... */
    OK(bed, allocate(bed, &message));
    EQUAL(bed, stage2_word(bed, GDB), HOST_DOORBELL); /* ... but now */
    EQUAL(bed, message.address, GIOVA_MSI);
    EQUAL(bed, message.data, 0);
    bed_msix(bed, E0, 0, message.address, message.data);
    bed_fire(bed, E0, 0, &lpi_8192);
    bed_no_event(bed);
}

/* The STE, the CD and the event of the bed are what their tables say. */
static void words(struct bed *bed)
{
    nested(bed);
    if (bed->undo)
        OK(bed, dbell_host_detach(&bed->device[E0]));
    const uint64_t ste = dbell_host_ste_address(&bed->device[E0]);
    bed_word(bed, ste, UINT64_C(0x4100000f));
    bed_word(bed, ste + 8, UINT64_C(0x00001000000800d4));
    bed_word(bed, ste + 16, UINT64_C(0x044d359000000001));
    bed_word(bed, ste + 24, UINT64_C(0x88000000));
}

static void untied(struct bed *bed)
{
    nested(bed);
    bed_guest_map(bed, GIOVA, GUEST_DOORBELL);
    bed_stage2_word(bed, HIOVA, HOST_DOORBELL);
    if (bed->undo) /* the guest is told of the host's window after all */
        bed_guest_map(bed, HIOVA, UINT64_C(0x0060000008000e4b));
    bed_msix(bed, E0, 0, HIOVA_MSI, 0);
    bed_fire(bed, E0, 0, &(struct expect){.event = 0x10, .lpi = NONE});
    bed_event(bed, UINT64_C(0x10000000010), UINT64_C(0x20000000000), 0x08000040, 0);
    const struct dbell_missed missed = bed_missed(bed, HIOVA_MSI);
    CHECK(bed, missed.stage2.known && missed.leads_nowhere && !missed.elsewhere.known);
    EQUAL(bed, missed.from, GIOVA);
    EQUAL(bed, missed.ipa, GDB);
}

static void no_stage2(struct bed *bed)
{
    nested(bed);
    bed_guest_map(bed, GIOVA, GUEST_DOORBELL);
    if (bed->undo)
        bed_stage2_word(bed, GDB, HOST_DOORBELL);
    bed_msix(bed, E0, 0, GIOVA_MSI, 0);
    bed_fire(bed, E0, 0, &(struct expect){.event = 0x10, .lpi = NONE});
    bed_event(bed, UINT64_C(0x10000000010), UINT64_C(0x28000000000), UINT64_C(0xfffff040),
              0x08090000);
}

static void table_page_missing(struct bed *bed)
{
    bind_and_allocate(bed);
    DECIDES(bed, OK(bed, dbell_host_unmap_pages(&bed->stage2, 0x41013000, 0x1000)));
    bed_fire(bed, E0, 0, &(struct expect){.event = 0x10, .lpi = NONE});
    bed_event(bed, UINT64_C(0x10000000010), UINT64_C(0x18000000000), UINT64_C(0xfffff040),
              0x41013000);
}

static void irq_before_bind(struct bed *bed)
{
    struct dbell_host_msi message = {0};
    nested(bed);
    if (bed->undo)
        dbell_host_bind_guest_msi(&bed->nested, &bed->device[E0], GIOVA, GDB, 0x1000);
    REFUSED(bed, allocate(bed, &message), -ENOMEM);
    EQUAL(bed, stage2_word(bed, GDB), 0);
    EQUAL(bed, stage2_word(bed, HIOVA), 0);
    EQUAL(bed, bed_table_read(bed, E0, 12), 1); /* still masked */
}

static void size_over_granule(struct bed *bed)
{
    struct dbell_host_domain big;
    nested(bed);
    REFUSED(bed,
            dbell_host_bind_guest_msi(&bed->nested, &bed->device[E0], GIOVA, GDB,
                                      bed->undo ? 0x1000 : 0x10000),
            -EINVAL);
    OK(bed, dbell_host_domain_alloc(&bed->other, &bed->smmu, DBELL_HOST_STAGE2, 16));
    OK(bed, dbell_host_domain_alloc_nested(&big, &bed->other));
    OK(bed, dbell_host_bind_guest_msi(&big, &bed->device[E0], GIOVA_MSI, GDB + 0x40, 0x1000));
    EQUAL(bed, big.guest_msi[0].iova, GIOVA); /* rounded down to its page */
    EQUAL(bed, big.guest_msi[0].gpa, GDB);
}

static void offset_mismatch(struct bed *bed)
{
    struct dbell_host_msi message = {0};
    nested(bed);
    bed_guest_map(bed, GIOVA, GUEST_DOORBELL);
    OK(bed, dbell_host_bind_guest_msi(&bed->nested, &bed->device[E0], GIOVA, GDB, 0x1000));
    OK(bed, allocate(bed, &message));
    bed_msix(bed, E0, 0, bed->undo ? GIOVA_MSI : GIOVA + 0x80, 0);
    bed_fire(bed, E0, 0, &(struct expect){.pa = UINT64_C(0x2f030080), .lpi = NONE});
    bed_no_event(bed);
    CHECK(bed, bed_reported(bed, DBELL_REPORT_BESIDE_DOORBELL));
}

static void two_giovas(struct bed *bed)
{
    struct dbell_host_tables second;
    uint64_t iova = 0;
    nested(bed);
    bed_nested_e1_apart(bed, &second);
    bed_guest_map(bed, GIOVA, GUEST_DOORBELL);
    CHECK(bed, dbell_host_map(&second, UINT64_C(0xffffe000), GDB, 3,
                              UINT64_C(0x0060000000000e48)) == DBELL_OK);
    OK(bed, dbell_host_bind_guest_msi(&bed->nested, &bed->device[E0], GIOVA, GDB, 0x1000));
    OK(bed, dbell_host_bind_guest_msi(&bed->nested, &bed->device[E1], UINT64_C(0xffffe000), GDB,
                                      0x1000));
    /* With the device's handle each one gets its own. */
    bed->host.policies = DBELL_HOST_BIND_BY_DEVICE;
    OK(bed, dbell_host_get_msi_page(&bed->nested, &bed->device[E0], HDB, &iova));
    EQUAL(bed, iova, GIOVA);
    OK(bed, dbell_host_get_msi_page(&bed->nested, &bed->device[E1], HDB, &iova));
    EQUAL(bed, iova, 0xffffe000);
    bed_msix(bed, E1, 0, iova | 0x40, 0);
    bed_fire(bed, E1, 0, &(struct expect){.pa = HDB, .lpi = 8224});
    /* Without, the first one that stands for the doorbell. */
    DECIDES(bed, bed->host.policies = 0);
    OK(bed, dbell_host_get_msi_page(&bed->nested, &bed->device[E1], HDB, &iova));
    EQUAL(bed, iova, GIOVA);
    bed_msix(bed, E1, 0, iova | 0x40, 0);
    bed_fire(bed, E1, 0, &(struct expect){.event = 0x10, .lpi = NONE});
    bed_event(bed, UINT64_C(0x20000000010), UINT64_C(0x20000000000), UINT64_C(0xfffff040), 0);
}

static void two_itses(struct bed *bed)
{
    uint64_t iova = 0;
    nested(bed);
    bed_nested_e1(bed);
    bed_guest_map(bed, GIOVA, GUEST_DOORBELL);
    bed_guest_map(bed, UINT64_C(0xffffe000), UINT64_C(0x00600000080a0e4b));
    OK(bed, dbell_host_bind_guest_msi(&bed->nested, &bed->device[E0], GIOVA, GDB, 0x1000));
    OK(bed, dbell_host_get_msi_page(&bed->nested, &bed->device[E0], HDB, &iova));
    bed_msix(bed, E0, 0, iova | 0x40, 0);
    REFUSED(bed, dbell_host_get_msi_page(&bed->nested, &bed->device[E1], HDB1, &iova), -ENOMEM);
    DECIDES(bed,
            OK(bed, dbell_host_bind_guest_msi(&bed->nested, &bed->device[E1], UINT64_C(0xffffe000),
                                              UINT64_C(0x080a0000), 0x1000)));
    OK(bed, dbell_host_get_msi_page(&bed->nested, &bed->device[E1], HDB1, &iova));
    EQUAL(bed, iova, 0xffffe000);
    bed_msix(bed, E1, 0, iova | 0x40, 0);
    bed_fire(bed, E0, 0, &lpi_8192);
    bed_fire(bed, E1, 0, &(struct expect){.pa = HDB1, .lpi = 8320});
}

static const struct expect unbound = {.event = 0x10, .lpi = NONE};

static void unbind(struct bed *bed)
{
    bind_and_allocate(bed);
    bed_fire(bed, E0, 0, &lpi_8192);
    bed_reported(bed, DBELL_REPORT_STALE_TRANSLATION);
    bed->host.policies = DBELL_HOST_NO_FLUSH;
    OK(bed, dbell_host_unbind_guest_msi(&bed->nested, GIOVA));
    bed->host.policies = 0;
    bed_fire(bed, E0, 0, &(struct expect){.any = true});           /* a stale hit is allowed ... */
    CHECK(bed, bed_reported(bed, DBELL_REPORT_STALE_TRANSLATION)); /* ... and told */
    DECIDES(bed, OK(bed, dbell_host_flush(&bed->stage2, GDB, 0x1000)));
    bed_fire(bed, E0, 0, &unbound);
    bed_event(bed, UINT64_C(0x10000000010), UINT64_C(0x28000000000), UINT64_C(0xfffff040),
              0x08090000);
}

static void unbind_no_caches(struct bed *bed)
{
    bind_and_allocate(bed);
    bed_fire(bed, E0, 0, &lpi_8192);
    bed->host.policies = DBELL_HOST_NO_FLUSH;
    DECIDES(bed, OK(bed, dbell_host_unbind_guest_msi(&bed->nested, GIOVA)));
    bed_fire(bed, E0, 0, &unbound);
    CHECK(bed, !bed_reported(bed, DBELL_REPORT_STALE_TRANSLATION));
}

static void doorbell_read(struct bed *bed)
{
    const struct access read = {.rid = 0x100, .iova = GIOVA_MSI};
    struct dbell_host_msi message;
    if (bed->undo)
        bed->host.policies = DBELL_HOST_READABLE_MSI;
    bind_and_allocate(bed);
    bed_access(bed, &read, &(struct expect){.event = 0x13, .lpi = NONE});
    bed_event(bed, UINT64_C(0x10000000013), UINT64_C(0x28800000000), UINT64_C(0xfffff040),
              0x08090000);
    /* As iommufd maps it, it can be read: GITS_TRANSLATER is write-only, and reads as 0. */
    OK(bed, dbell_host_unbind_guest_msi(&bed->nested, GIOVA));
    bed->host.policies = DBELL_HOST_READABLE_MSI;
    OK(bed, dbell_host_bind_guest_msi(&bed->nested, &bed->device[E0], GIOVA, GDB, 0x1000));
    OK(bed, allocate(bed, &message));
    EQUAL(bed, stage2_word(bed, GDB), 0x000000002f0306c7);
    bed_access(bed, &read, &(struct expect){.pa = HDB, .lpi = NONE});
    bed_no_event(bed);
}

static void stage1_read_only(struct bed *bed)
{
    struct dbell_host_msi message;
    nested(bed);
    bed_guest_map(bed, GIOVA, bed->undo ? GUEST_DOORBELL : UINT64_C(0x0060000008090ecb));
    OK(bed, dbell_host_bind_guest_msi(&bed->nested, &bed->device[E0], GIOVA, GDB, 0x1000));
    OK(bed, allocate(bed, &message));
    bed_msix(bed, E0, 0, message.address, message.data);
    bed_fire(bed, E0, 0, &(struct expect){.event = 0x13, .lpi = NONE});
    bed_event(bed, UINT64_C(0x10000000013), UINT64_C(0x20000000000), UINT64_C(0xfffff040), 0);
}

static void guest_remaps(struct bed *bed)
{
    const struct dbell_host_cmd invalidate = {
        {UINT64_C(0x0001000000000012), UINT64_C(0xfffff001)}}; /* TLBI_NH_VA, ASID 1, VMID 0 */
    unsigned done = 0;
    bind_and_allocate(bed);
    bed_fire(bed, E0, 0, &lpi_8192);
    DECIDES(bed, bed_guest_map(bed, GIOVA, UINT64_C(0x0060000008091e4b)));
    OK(bed, dbell_host_cache_invalidate(&bed->viommu, &invalidate, 1, &done));
    bed_fire(bed, E0, 0, &unbound);
    bed_event(bed, UINT64_C(0x10000000010), UINT64_C(0x28000000000), UINT64_C(0xfffff040),
              0x08091000);
}

static void no_nesting(struct bed *bed)
{
    bed_stage1(bed, E0, 0x100000);
    OK(bed, dbell_host_domain_alloc(&bed->other, &bed->smmu, DBELL_HOST_IDENTITY, 12));
    OK(bed, dbell_host_domain_alloc(&bed->stage2, &bed->smmu, DBELL_HOST_STAGE2, 12));
    OK(bed, dbell_host_domain_alloc_nested(&bed->nested, &bed->stage2));
    struct dbell_host_domain *const without[] = {bed->undo ? &bed->nested : &bed->stage1,
                                                 &bed->other, &bed->stage2};
    for (unsigned i = 0; i < 3; i++) {
        REFUSED(bed, dbell_host_bind_guest_msi(without[i], &bed->device[E0], GIOVA, GDB, 0x1000),
                -ENODEV);
        EQUAL(bed, without[i]->guest_msi[0].size, 0);
    }
    EQUAL(bed, stage2_word(bed, GDB), 0);
}

const struct dbell_scenario dbell__seed0[] = {
    {"0_0_words_of_the_bed", "structures are what the bed's table says", true, 0, words},
    {"0_1_bind_good", "the host ties the guest's doorbell to the physical one", true, 0, bind_good},
    {"0_2_untied", "two untied mappings: the guest does not know the host's IOVA", true, 0, untied},
    {"0_3_no_stage2", "the guest's doorbell page is not in stage 2", true, 0, no_stage2},
    {"0_4_table_page_missing", "a page of the guest's tables is not in stage 2", true, 0,
     table_page_missing},
    {"0_5_irq_before_bind", "an interrupt is allocated before anything is bound", false, 0,
     irq_before_bind},
    {"0_6_size_over_granule", "a binding larger than a stage 2 page", false, 0, size_over_granule},
    {"0_7_offset_mismatch", "right page, wrong register", true, 0, offset_mismatch},
    {"0_8_two_giovas", "two devices, two IOVAs, one doorbell", true, 0, two_giovas},
    {"0_9_two_itses", "two physical ITSes behind one virtual page", true, 0, two_itses},
    {"0_10_unbind", "unbinding, without and with the invalidation", true, 0, unbind},
    {"0_10_unbind_no_caches", "without a TLB unbinding works at once", true,
     DBELL_SCENARIO_NO_CACHES, unbind_no_caches},
    {"0_11_doorbell_read", "a device reads the doorbell", true, 0, doorbell_read},
    {"0_12_stage1_read_only", "the guest maps its doorbell read-only", true, 0, stage1_read_only},
    {"0_13_guest_remaps", "the guest moves its mapping: it breaks itself only", true, 0,
     guest_remaps},
    {"0_14_no_nesting", "bind_guest_msi where nothing is nested", false, 0, no_nesting},
    {0},
};
