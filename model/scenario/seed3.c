/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* "vfio powerpc: implemented IOMMU driver for VFIO": TCE tables behind a container, as the thread
 * of 2012, the driver that was merged, and today's have them. */
#include "bed.h"
#include "seeds.h"

#include <errno.h>

#define IOVA   UINT64_C(0x100000)
#define PAGE_A UINT64_C(0x90200000)
#define PAGE_B UINT64_C(0x90300000)
#define LIOBN0 UINT64_C(0x80000000)
#define LIOBN1 UINT64_C(0x80000001)
#define DDW    UINT64_C(0x800000000000000) /* 1 << 59 */

enum { RW = DBELL_HOST_READ | DBELL_HOST_WRITE, V1 = 2 };

static const struct dbell_tce_config plain = {0};

static int call(struct bed *bed, enum dbell_host_tce_call number, uint32_t argsz)
{
    struct dbell_host_tce_argument a = {.argsz = argsz, .number = V1};
    return dbell_host_tce_ioctl(&bed->container, number, &a);
}

static int map(struct bed *bed, uint64_t iova, uint64_t page, uint64_t size, unsigned prot)
{
    struct dbell_host_tce_argument a = {
        .argsz = 32, .prot = prot, .page = page, .iova = iova, .size = size};
    return dbell_host_tce_ioctl(&bed->container, DBELL_HOST_TCE_MAP, &a);
}

/* A container of E0's group, enabled. */
static bool ready(struct bed *bed, struct dbell_tce_config config, unsigned policies)
{
    if (!bed_power(bed, config, policies))
        return false;
    const struct dbell_host_tce_group group = bed_group(bed, 0);
    OK(bed, call(bed, DBELL_HOST_TCE_SET_IOMMU, 0));
    OK(bed, dbell_host_tce_attach(&bed->container, &group));
    OK(bed, call(bed, DBELL_HOST_TCE_ENABLE, 0));
    return true;
}

static void info(struct bed *bed)
{
    struct dbell_host_tce_argument a = {.argsz = 16, .window_size = 1};
    bed_power(bed, (struct dbell_tce_config){.default_size = bed->undo ? 0x80000000 : 0},
              DBELL_HOST_TCE_THREAD);
    const struct dbell_host_tce_group group = bed_group(bed, 0);
    OK(bed, call(bed, DBELL_HOST_TCE_SET_IOMMU, 0));
    OK(bed, dbell_host_tce_attach(&bed->container, &group));
    OK(bed, dbell_host_tce_ioctl(&bed->container, DBELL_HOST_TCE_GET_INFO, &a));
    EQUAL(bed, a.window_start, 0);
    EQUAL(bed, a.window_size, 0x40000000);
    EQUAL(bed, group.windows[0].count, 262144);
    EQUAL(bed, group.windows[0].count * 8, 0x200000);
}

static void map_dma(struct bed *bed)
{
    ready(bed, plain, DBELL_HOST_TCE_THREAD);
    DECIDES(bed, OK(bed, map(bed, IOVA, PAGE_A, 0x1000, RW)));
    bed_tce(bed, 0x100, UINT64_C(0x0000000090200003));
    EQUAL(bed, bed_goes(bed, E0, DBELL_WRITE, 0x100123), 0x90200123);
    bed_no_tce_record(bed);
}

static void permissions(struct bed *bed)
{
    ready(bed, plain, DBELL_HOST_TCE_THREAD);
    OK(bed, map(bed, IOVA, PAGE_A, 0x1000, bed->undo ? RW : DBELL_HOST_READ));
    bed_tce(bed, 0x100, 0x90200001);
    EQUAL(bed, bed_goes(bed, E0, DBELL_WRITE, IOVA), 0);
    bed_tce_record(bed, IOVA, true, DBELL_TCE_WRITE);
    OK(bed, map(bed, IOVA, PAGE_A, 0x1000, DBELL_HOST_WRITE));
    bed_tce(bed, 0x100, 0x90200002);
    EQUAL(bed, bed_goes(bed, E0, DBELL_READ, IOVA), 0);
    bed_tce_record(bed, IOVA, false, DBELL_TCE_READ);
    REFUSED(bed, map(bed, IOVA, PAGE_A, 0x1000, 0), -EINVAL);
}

static void faults(struct bed *bed)
{
    uint8_t data[4] = {0};
    struct dbell_transaction t = {.address = IOVA, .length = 4, .data = data};
    ready(bed, (struct dbell_tce_config){.freezes = !bed->undo}, DBELL_HOST_TCE_THREAD);
    OK(bed, map(bed, IOVA, PAGE_A, 0x1000, RW));
    EQUAL(bed, bed_goes(bed, E0, DBELL_WRITE, 0x110000), 0);
    bed_tce_record(bed, 0x110000, true, DBELL_TCE_NONE);
    EQUAL(bed, dbell_endpoint_access(&bed->endpoint[E0], &t), DBELL_RESPONSE_OK); /* frozen */
    EQUAL(bed, data[0] & data[1] & data[2] & data[3], 0xff);
    EQUAL(bed, dbell_tce_unfreeze(&bed->tce, 0), DBELL_OK);
    EQUAL(bed, bed_goes(bed, E0, DBELL_READ, IOVA), PAGE_A);
    EQUAL(bed, bed_goes(bed, E0, DBELL_READ, 0x40000000), 0);
    bed_tce_record(bed, 0x40000000, false, DBELL_TCE_OUTSIDE);
    bed_no_tce_record(bed);
}

static void alignment(struct bed *bed)
{
    ready(bed, plain, bed->undo ? DBELL_HOST_TCE_STRICT : DBELL_HOST_TCE_THREAD);
    OK(bed, map(bed, 0x100800, PAGE_A, 0x800, RW));
    bed_tce(bed, 0x100, 0x90200003);
    bed_tce(bed, 0x101, 0);
    OK(bed, map(bed, 0x102000, PAGE_A, 0x1800, RW));
    bed_tce(bed, 0x102, 0x90200003);
    bed_tce(bed, 0x103, 0x90201003);
    bed->container.policies = DBELL_HOST_TCE_STRICT;
    REFUSED(bed, map(bed, 0x100800, PAGE_A, 0x800, RW), -EINVAL);
    REFUSED(bed, map(bed, 0x104000, PAGE_A, 0x1800, RW), -EINVAL);
    bed_tce(bed, 0x104, 0);
}

static void overlap(struct bed *bed)
{
    ready(bed, plain, bed->undo ? DBELL_HOST_TCE_KEEPS : DBELL_HOST_TCE_THREAD);
    OK(bed, map(bed, IOVA, PAGE_A, 0x1000, RW));
    OK(bed, map(bed, IOVA, PAGE_B, 0x1000, RW)); /* silently */
    bed_tce(bed, 0x100, 0x90300003);
    EQUAL(bed, bed->released, 0);
    bed->container.policies = DBELL_HOST_TCE_V1;
    REFUSED(bed, map(bed, IOVA, PAGE_A, 0x1000, RW), -EBUSY);
    bed_tce(bed, 0x100, 0x90300003);
    bed->container.policies = DBELL_HOST_TCE_V2;
    OK(bed, map(bed, IOVA, PAGE_A, 0x1000, RW));
    bed_tce(bed, 0x100, 0x90200003);
    EQUAL(bed, bed->released, 1); /* the page that was there */
}

/* TCE[0x200] is what somebody had before. */
static void stale_at_attach(struct bed *bed)
{
    const uint64_t left[4] = {LIOBN0, 0x200000, PAGE_A | 3, 0};
    uint64_t none;
    bed_power(bed, plain, bed->undo ? DBELL_HOST_TCE_CLEARS : DBELL_HOST_TCE_THREAD);
    EQUAL(bed, dbell_tce_hcall(&bed->tce, DBELL_H_PUT_TCE, left, &none), 0);
    const struct dbell_host_tce_group group = bed_group(bed, 0);
    OK(bed, dbell_host_tce_attach(&bed->container, &group));
    EQUAL(bed, bed_goes(bed, E0, DBELL_READ, 0x200000), PAGE_A); /* the bug */
    OK(bed, dbell_host_tce_detach(&bed->container, 0));
    dbell_tce_hcall(&bed->tce, DBELL_H_PUT_TCE, left, &none);
    bed->container.policies = DBELL_HOST_TCE_V1;
    REFUSED(bed, dbell_host_tce_attach(&bed->container, &group), -EBUSY);
    bed->container.policies = DBELL_HOST_TCE_V2;
    OK(bed, dbell_host_tce_attach(&bed->container, &group));
    EQUAL(bed, bed_goes(bed, E0, DBELL_READ, 0x200000), 0);
    bed_tce_record(bed, 0x200000, false, DBELL_TCE_NONE);
}

static void detach(struct bed *bed)
{
    ready(bed, (struct dbell_tce_config){.cached = true}, DBELL_HOST_TCE_V2);
    OK(bed, map(bed, IOVA, PAGE_A, 0x3000, RW));
    EQUAL(bed, bed_goes(bed, E0, DBELL_WRITE, 0x100123), 0x90200123); /* and cached */
    DECIDES(bed, OK(bed, dbell_host_tce_detach(&bed->container, 0)));
    for (unsigned i = 0; i < 3; i++)
        bed_tce(bed, 0x100 + i, 0);
    EQUAL(bed, bed_goes(bed, E0, DBELL_WRITE, 0x100123), 0);
    bed_tce_record(bed, 0x100123, true, DBELL_TCE_NONE);
    EQUAL(bed, bed->released, 3);
}

static void groups(struct bed *bed)
{
    ready(bed, plain, bed->undo ? DBELL_HOST_TCE_V2 : DBELL_HOST_TCE_V1);
    struct dbell_host_tce_group second = bed_group(bed, 1);
    REFUSED(bed, dbell_host_tce_attach(&bed->container, &second), -EBUSY);
    bed->container.policies = DBELL_HOST_TCE_V2;
    OK(bed, dbell_host_tce_attach(&bed->container, &second));
    OK(bed, map(bed, IOVA, PAGE_A, 0x1000, RW)); /* for both */
    EQUAL(bed, bed_goes(bed, E0, DBELL_WRITE, IOVA), PAGE_A);
    EQUAL(bed, bed_goes(bed, E1, DBELL_WRITE, IOVA), PAGE_A);
    OK(bed, dbell_host_tce_detach(&bed->container, 1));
    EQUAL(bed, bed_goes(bed, E1, DBELL_WRITE, IOVA), 0);
    second.windows[0].count /= 2;
    REFUSED(bed, dbell_host_tce_attach(&bed->container, &second), -EPERM);
}

static void disabled(struct bed *bed)
{
    ready(bed, plain, DBELL_HOST_TCE_V1);
    DECIDES(bed, OK(bed, call(bed, DBELL_HOST_TCE_DISABLE, 0)));
    REFUSED(bed, map(bed, IOVA, PAGE_A, 0x1000, RW), -EPERM);
    bed_tce(bed, 0x100, 0);
    OK(bed, call(bed, DBELL_HOST_TCE_ENABLE, 0));
    OK(bed, map(bed, IOVA, PAGE_A, 0x1000, RW));
}

static int64_t hcall(struct bed *bed, uint64_t opcode, uint64_t liobn, uint64_t ioba, uint64_t a,
                     uint64_t b)
{
    const uint64_t arguments[4] = {liobn, ioba, a, b};
    uint64_t result = 0;
    return dbell_tce_hcall(&bed->tce, opcode, arguments, &result);
}

static void h_put_tce(struct bed *bed)
{
    bed_power(bed, plain, DBELL_HOST_TCE_THREAD);
    EQUAL(bed, hcall(bed, 0x20, LIOBN0, bed->undo ? 0x101fff : 0x100fff, 0x90200003, 0), 0);
    bed_tce(bed, 0x100, 0x90200003);
    EQUAL(bed, hcall(bed, 0x20, LIOBN0, 0x40000000, 0x90200003, 0), -4);
    EQUAL(bed, hcall(bed, 0x20, 0x80000500, 0x100000, 0x90200003, 0), -4);
}

static void stuff_and_indirect(struct bed *bed)
{
    bed_power(bed, plain, DBELL_HOST_TCE_THREAD);
    for (uint64_t i = 0; i < 4; i++) { /* a list of 4, big endian */
        const uint64_t tce = UINT64_C(0x0300209000000000) + (i << 52);
        OK(bed, dbell_host_store(&bed->host.bus, 0x91000000 + 8 * i, 8, tce));
    }
    EQUAL(bed, hcall(bed, 0x13c, LIOBN0, IOVA, 0x91000000, 4), 0);
    bed_tce(bed, 0x100, 0x90200003);
    bed_tce(bed, 0x103, 0x90203003);
    EQUAL(bed, hcall(bed, 0x138, LIOBN0, IOVA, 0, bed->undo ? 3 : 4), 0);
    for (unsigned i = 0; i < 4; i++)
        bed_tce(bed, 0x100 + i, 0);
    EQUAL(bed, hcall(bed, 0x13c, LIOBN0, IOVA, 0x91000000, 513), -4);
    EQUAL(bed, hcall(bed, 0x13c, LIOBN0, IOVA, 0x91000004, 4), -4);
    bed_tce(bed, 0x100, 0);
    EQUAL(bed, hcall(bed, 0x13c, LIOBN0, 0x3fffe000, 0x91000000, 4), -4); /* the third is out */
    bed_tce(bed, 0x3fffe, 0x90200003);
    bed_tce(bed, 0x3ffff, 0x90201003);
}

static void stale_cache(struct bed *bed)
{
    bed_power(bed, (struct dbell_tce_config){.cached = true, .keeps_stale = !bed->undo},
              DBELL_HOST_TCE_THREAD);
    EQUAL(bed, hcall(bed, 0x20, LIOBN0, IOVA, 0x90200003, 0), 0);
    EQUAL(bed, bed_goes(bed, E0, DBELL_WRITE, IOVA), PAGE_A);
    EQUAL(bed, hcall(bed, 0x20, LIOBN0, IOVA, 0, 0), 0); /* and no kill */
    EQUAL(bed, bed_goes(bed, E0, DBELL_WRITE, IOVA), PAGE_A);
    bed_tce_record(bed, IOVA, true, DBELL_TCE_STALE);
    dbell_tce_kill(&bed->tce, (uint32_t)LIOBN0, 0x100, 1);
    EQUAL(bed, bed_goes(bed, E0, DBELL_WRITE, IOVA), 0);
    bed_tce_record(bed, IOVA, true, DBELL_TCE_NONE);
}

static void dynamic_window(struct bed *bed)
{
    struct dbell_host_tce_argument window = {.argsz = 40, .page_shift = 24, .window_shift = 30};
    struct dbell_host_tce_argument page = {.argsz = 32,
                                           .prot = RW,
                                           .page = 0x90000000,
                                           .backing_shift = 24,
                                           .iova = DDW,
                                           .size = 0x1000000};
    ready(bed, plain, DBELL_HOST_TCE_V2);
    OK(bed, map(bed, IOVA, PAGE_A, 0x1000, RW));
    OK(bed, dbell_host_tce_ioctl(&bed->container, DBELL_HOST_TCE_CREATE, &window));
    EQUAL(bed, window.start, DDW);
    EQUAL(bed, bed->container.groups[0].windows[1].liobn, LIOBN1);
    DECIDES(bed, OK(bed, dbell_host_tce_ioctl(&bed->container, DBELL_HOST_TCE_MAP, &page)));
    EQUAL(bed, bed_goes(bed, E0, DBELL_WRITE, DDW + 0x123456), 0x90123456);
    struct dbell_host_tce_argument gone = {.argsz = 16, .start = 0};
    OK(bed, dbell_host_tce_ioctl(&bed->container, DBELL_HOST_TCE_REMOVE, &gone));
    EQUAL(bed, bed_goes(bed, E0, DBELL_WRITE, IOVA), 0); /* the default one has gone */
    gone.start = DDW;
    OK(bed, dbell_host_tce_ioctl(&bed->container, DBELL_HOST_TCE_REMOVE, &gone));
    bed_tce(bed, 0x100, 0); /* it is back, and zero */
    OK(bed, map(bed, IOVA, PAGE_B, 0x1000, RW));
    EQUAL(bed, bed_goes(bed, E0, DBELL_WRITE, IOVA), PAGE_B);
    REFUSED(bed, dbell_host_tce_ioctl(&bed->container, DBELL_HOST_TCE_REMOVE, &gone), -EINVAL);
}

/* A TCE of 16 MiB whose memory consists of pages of 64 KiB. */
static void page_size_misfit(struct bed *bed)
{
    struct dbell_host_tce_argument window = {.argsz = 40, .page_shift = 24, .window_shift = 30};
    struct dbell_host_tce_argument page = {.argsz = 32,
                                           .prot = RW,
                                           .page = 0x90000000,
                                           .backing_shift = bed->undo ? 24 : 16,
                                           .iova = DDW,
                                           .size = 0x1000000};
    ready(bed, plain, DBELL_HOST_TCE_V2);
    OK(bed, dbell_host_tce_ioctl(&bed->container, DBELL_HOST_TCE_CREATE, &window));
    REFUSED(bed, dbell_host_tce_ioctl(&bed->container, DBELL_HOST_TCE_MAP, &page), -EPERM);
    EQUAL(bed, bed_goes(bed, E0, DBELL_READ, DDW), 0);
}

static void msi(struct bed *bed)
{
    ready(bed, plain, DBELL_HOST_TCE_V2);
    bed_msix(bed, E0, 0, bed->undo ? UINT64_C(0x30000000) : UINT64_C(0x40000000000), 0x1001);
    dbell_endpoint_interrupt(&bed->endpoint[E0], 0, NULL);
    EQUAL(bed, bed->interrupts, 1);
    EQUAL(bed, bed->interrupt, 0x1001);
    bed_no_tce_record(bed);
}

/* What one client does, whatever translates: where each access went, 0 for those that faulted. */
enum { STEPS = 6 };
static void script(struct bed *bed, uint64_t went[STEPS])
{
    static const struct {
        uint8_t op;
        uint64_t address;
    } steps[STEPS] = {{DBELL_WRITE, 0x100120}, {DBELL_READ, 0x100ffc}, {DBELL_READ, 0x101008},
                      {DBELL_WRITE, 0x101008}, {DBELL_READ, 0x110000}, {DBELL_WRITE, 0x102004}};
    for (unsigned i = 0; i < STEPS; i++)
        went[i] = bed_goes(bed, E0, (enum dbell_op)steps[i].op, steps[i].address);
}

/* On stage 1 of an SMMU, and on TCEs. The second page is read only. */
static void same_client(struct bed *bed)
{
    static const uint64_t want[STEPS] = {0x90200120, 0x90200ffc, 0x90300008, 0, 0, 0x90201004};
    uint64_t smmu[STEPS], tce[STEPS];
    const unsigned rw = DBELL_HOST_READ | DBELL_HOST_WRITE | DBELL_HOST_CACHE;
    bed_stage1(bed, E0, 0);
    dbell_host_pci_set_master(&bed->pci[E0]);
    OK(bed, dbell_host_map_pages(&bed->stage1, 0x100000, 0x90200000, 0x1000, rw));
    OK(bed, dbell_host_map_pages(&bed->stage1, 0x101000, 0x90300000, 0x1000,
                                 DBELL_HOST_READ | DBELL_HOST_CACHE));
    OK(bed, dbell_host_map_pages(&bed->stage1, 0x102000, 0x90201000, 0x1000, rw));
    script(bed, smmu);
    bed_settle(bed);
    bed_event(bed, UINT64_C(0x10000000013), UINT64_C(0x20000000000), 0x101008,
              0); /* F_PERMISSION */
    bed_event(bed, UINT64_C(0x10000000010), UINT64_C(0x20800000000), 0x110000, 0);
    bed_no_event(bed);
    ready(bed, plain, DBELL_HOST_TCE_V2);
    OK(bed, map(bed, 0x100000, 0x90200000, 0x1000, RW));
    DECIDES(bed, OK(bed, map(bed, 0x101000, 0x90300000, 0x1000, DBELL_HOST_READ)));
    OK(bed, map(bed, 0x102000, 0x90201000, 0x1000, RW));
    script(bed, tce);
    bed_tce_record(bed, 0x101008, true, DBELL_TCE_WRITE);
    bed_tce_record(bed, 0x110000, false, DBELL_TCE_NONE);
    bed_no_tce_record(bed);
    bed_no_event(bed);
    for (unsigned i = 0; i < STEPS; i++) {
        EQUAL(bed, smmu[i], want[i]);
        EQUAL(bed, tce[i], want[i]);
    }
}

static void misuse(struct bed *bed)
{
    struct dbell_host_tce_argument a = {.argsz = 16};
    bed_power(bed, plain, DBELL_HOST_TCE_V1);
    a.number = 1; /* type 1 */
    REFUSED(bed, dbell_host_tce_ioctl(&bed->container, DBELL_HOST_TCE_SET_IOMMU, &a), -EINVAL);
    OK(bed, call(bed, DBELL_HOST_TCE_SET_IOMMU, 0));
    const struct dbell_host_tce_group group = bed_group(bed, 0);
    if (bed->undo)
        OK(bed, dbell_host_tce_attach(&bed->container, &group));
    REFUSED(bed, call(bed, DBELL_HOST_TCE_GET_INFO, 16), -ENXIO);
    REFUSED(bed, map(bed, IOVA, PAGE_A, 0x1000, RW), -ENXIO);
    OK(bed, dbell_host_tce_attach(&bed->container, &group));
    OK(bed, call(bed, DBELL_HOST_TCE_ENABLE, 0));
    REFUSED(bed, call(bed, DBELL_HOST_TCE_GET_INFO, 15), -EINVAL);
    REFUSED(bed, call(bed, DBELL_HOST_TCE_MAP, 31), -EINVAL);
    REFUSED(bed, dbell_host_tce_ioctl(&bed->container, 99, &a), -ENOTTY);
    REFUSED(bed, map(bed, 0x40000000, PAGE_A, 0x1000, RW), -EINVAL);
    for (unsigned i = 0; i < 0x200; i++)
        bed_tce(bed, i, 0);
}

const struct dbell_scenario dbell__seed3[] = {
    {"3_1_info", "the default window", false, DBELL_SCENARIO_POWER, info},
    {"3_2_map_dma", "a TCE and an access through it", false, DBELL_SCENARIO_POWER, map_dma},
    {"3_3_permissions", "read only, write only, neither", false, DBELL_SCENARIO_POWER, permissions},
    {"3_4_faults", "no TCE, no window, a frozen PE", false, DBELL_SCENARIO_POWER, faults},
    {"3_5_alignment", "rounded, or refused", false, DBELL_SCENARIO_POWER, alignment},
    {"3_6_overlap", "replaced, refused, exchanged", false, DBELL_SCENARIO_POWER, overlap},
    {"3_7_stale_at_attach", "who came before you", false, DBELL_SCENARIO_POWER, stale_at_attach},
    {"3_8_detach", "nothing is left", false, DBELL_SCENARIO_POWER, detach},
    {"3_9_groups", "one group, or more of the same windows", false, DBELL_SCENARIO_POWER, groups},
    {"3_10_disabled", "a container that is not enabled", false, DBELL_SCENARIO_POWER, disabled},
    {"3_11_h_put_tce", "the hypervisor's call, and what it refuses", false, DBELL_SCENARIO_POWER,
     h_put_tce},
    {"3_12_stuff_and_indirect", "many TCEs at once", false, DBELL_SCENARIO_POWER,
     stuff_and_indirect},
    {"3_13_stale_cache", "a TCE that is cached, and gone", false, DBELL_SCENARIO_POWER,
     stale_cache},
    {"3_14_dynamic_window", "a window of 16 MiB pages, and the default one again", false,
     DBELL_SCENARIO_POWER, dynamic_window},
    {"3_15_page_size_misfit", "a TCE larger than the pages of the memory", false,
     DBELL_SCENARIO_POWER, page_size_misfit},
    {"3_16_msi", "messages are not looked up", false, DBELL_SCENARIO_POWER, msi},
    {"3_17_same_client", "one script on an SMMU and on TCEs", false, 0, same_client},
    {"3_18_misuse", "calls in the wrong order, of the wrong size", false, DBELL_SCENARIO_POWER,
     misuse},
    {0}};
