/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Seed 4: shared virtual memory on PCIe: PASIDs, ATS, PRI, hardware updates, broadcast
 * invalidation, stall. */
#include "bed.h"
#include "seeds.h"

#include <errno.h>
#include <string.h>

static const unsigned rw = DBELL_HOST_READ | DBELL_HOST_WRITE | DBELL_HOST_CACHE;

static const struct ats tr = {.rid = 0x100, .has_pasid = true, .pasid = PASID, .iova = VA};
static const struct ats tr_without_pasid = {.rid = 0x100, .iova = 0x5000};

static struct access with_pasid(uint64_t iova)
{
    return (struct access){
        .rid = 0x100, .write = true, .has_pasid = true, .pasid = PASID, .iova = iova};
}

static struct access without_pasid(uint64_t iova)
{
    return (struct access){.rid = 0x100, .write = true, .iova = iova};
}

/* A job of E0 in the process, through its translation cache. */
static struct dbell_job in_process(uint64_t address)
{
    return (struct dbell_job){.kind = DBELL_JOB_FILL,
                              .mode = DBELL_THROUGH_ATC,
                              .destination = address,
                              .length = 8,
                              .value = 0x55,
                              .has_pasid = true,
                              .pasid = PASID};
}

static struct dbell_page_request page(uint16_t group, bool last)
{
    return (struct dbell_page_request){.address = VA,
                                       .group = group,
                                       .read = true,
                                       .write = true,
                                       .last = last,
                                       .side = {.has_substreamid = true, .substreamid = PASID}};
}

static bool held(struct bed *bed, uint64_t address)
{
    struct dbell_atc_entry entry;
    return dbell_endpoint_atc_find(&bed->endpoint[E0], true, PASID, address, &entry);
}

/* --- PASIDs --- */

static void pasid_dma(struct bed *bed)
{
    struct dbell_step steps[64];
    struct dbell_itinerary itinerary = {.steps = steps, .capacity = 64};
    struct dbell_dma_result result;
    uint8_t data[4] = {0};
    uint64_t l1cd = 0, cd = 0;
    bed_sva(bed, 2, false, 0);
    bed_process_page(bed);
    DECIDES(bed, bed_bind(bed));
    bed_word(bed, dbell_host_ste_address(&bed->device[E0]), UINT64_C(0x800000008820002b));
    const struct dbell_dma dma = {.requesterid = 0x100,
                                  .has_ssid = true,
                                  .ssid = PASID,
                                  .op = DBELL_WRITE,
                                  .address = VA + 0x10,
                                  .length = 4,
                                  .data = data,
                                  .itinerary = &itinerary};
    bed->system.dma(bed->system.ctx, &dma, &result);
    for (uint32_t i = 0; i < itinerary.count; i++)
        if (steps[i].kind == DBELL_STEP_READ && steps[i].object == DBELL_OBJECT_L1CD)
            l1cd = steps[i].address;
        else if (steps[i].kind == DBELL_STEP_READ && steps[i].object == DBELL_OBJECT_CD)
            cd = steps[i].address;
    EQUAL(bed, l1cd, UINT64_C(0x88200000) + 8 * 1);
    EQUAL(bed, cd, (bed_load(bed, 0x88200008, 8) & ~UINT64_C(0xfff)) + 64 * 0x12);
    const struct access write = with_pasid(VA + 0x10);
    bed_access(bed, &write, &(struct expect){.pa = UINT64_C(0x90205010)});
}

static void s1dss_0(struct bed *bed)
{
    const struct access write = without_pasid(0x5000);
    bed_sva(bed, bed->undo ? 2 : 0, true, 0);
    bed_access(bed, &write, &(struct expect){.event = 0x06});
    bed_event(bed, UINT64_C(0x10000000006), 0, 0, 0);
    bed_ats(bed, &tr_without_pasid, DBELL_ATS_CA, 0, 0);
    bed_no_event(bed);
}

static void s1dss_1(struct bed *bed)
{
    const struct access write = without_pasid(UINT64_C(0x90205000));
    const struct ats ats = {.rid = 0x100, .iova = UINT64_C(0x90205000)};
    bed_sva(bed, bed->undo ? 2 : 1, true, 0);
    bed_access(bed, &write, &(struct expect){.pa = UINT64_C(0x90205000)});
    bed_ats(bed, &ats, DBELL_ATS_SUCCESS, UINT64_C(0x90205003), 0);
}

static void s1dss_2(struct bed *bed)
{
    const struct access plain = without_pasid(0x5010);
    struct access zero = without_pasid(0x5010);
    zero.has_pasid = true;
    zero.pasid = 0;
    bed_sva(bed, bed->undo ? 0 : 2, false, 0);
    OK(bed, dbell_host_map_pages(&bed->stage1, 0x5000, VA_PA, 0x1000, rw));
    bed_access(bed, &plain, &(struct expect){.pa = VA_PA + 0x10}); /* by CD 0 */
    bed_access(bed, &zero, &(struct expect){.event = 0x06});
    bed_event(bed, UINT64_C(0x10000000006), 0, 0, 0);
}

static void bad_pasid(struct bed *bed)
{
    static const struct {
        uint32_t rid, pasid;
        unsigned event;
        uint64_t w0;
    } cases[] = {
        {0x100, 0x10000, 0x08, UINT64_C(0x0000010010000008)}, /* beyond S1CDMax */
        {0x100, 0x800, 0x08, UINT64_C(0x0000010000800008)},   /* L1CD.V == 0 */
        {0x200, 0x5, 0x08, UINT64_C(0x0000020000005008)},     /* no stage 1 */
        {0x100, 0x413, 0x0a, UINT64_C(0x000001000041380a)},   /* CD.V == 0 */
    };
    struct dbell_host_domain identity;
    bed_sva(bed, 2, false, 0);
    bed_process_page(bed);
    bed_bind(bed);
    if (bed->undo)
        OK(bed, dbell_host_set_dev_pasid(&bed->device[E0], 0x413, &bed->other));
    OK(bed, dbell_host_domain_alloc(&identity, &bed->smmu, DBELL_HOST_IDENTITY, 12));
    OK(bed, dbell_host_attach(&bed->device[E1], &identity));
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct access a = {.rid = cases[i].rid,
                                 .write = true,
                                 .has_pasid = true,
                                 .pasid = cases[i].pasid,
                                 .iova = VA};
        bed_access(bed, &a, &(struct expect){.event = cases[i].event});
        bed_event(bed, cases[i].w0, 0, 0, 0);
    }
}

/* --- Translation Requests --- */

static void tr_4k(struct bed *bed)
{
    bed_sva(bed, 2, true, 0);
    DECIDES(bed, bed_process_page(bed));
    bed_bind(bed);
    bed_ats(bed, &tr, DBELL_ATS_SUCCESS, UINT64_C(0x90205003), 0);
}

static void tr_2m(struct bed *bed)
{
    const struct ats ats = {
        .rid = 0x100, .has_pasid = true, .pasid = PASID, .iova = VA_2M + 0x5000};
    bed_sva(bed, 2, true, 0);
    OK(bed, bed->undo ? dbell_host_map_pages(&bed->other, VA_2M, UINT64_C(0x90200000), 0x200000, rw)
                      : dbell_host_map_block(&bed->other, VA_2M, UINT64_C(0x90200000), 2, rw));
    bed_bind(bed);
    bed_ats(bed, &ats, DBELL_ATS_SUCCESS, UINT64_C(0x902ff803), 0);
}

/* With granules of 64 KB only, nothing below 64 KB is answered. */
static void tr_64k(struct bed *bed)
{
    struct dbell_host_device *device = &bed->device[E0];
    device->ats = true;
    OK(bed, dbell_host_domain_alloc(&bed->stage1, &bed->smmu, DBELL_HOST_STAGE1, 16));
    OK(bed, dbell_host_attach(device, &bed->stage1));
    DECIDES(bed, OK(bed, dbell_host_map_pages(&bed->stage1, 0x200000, UINT64_C(0x90200000), 0x10000,
                                              rw)));
    const struct ats mapped = {.rid = 0x100, .iova = 0x205000};
    const struct ats missing = {.rid = 0x100, .iova = 0x215000};
    bed_ats(bed, &mapped, DBELL_ATS_SUCCESS, UINT64_C(0x90207803), 0);
    bed_ats(bed, &missing, DBELL_ATS_SUCCESS, 0, 0);
    struct dbell_ats_completion completion = {0};
    struct dbell_ats_request request = {.address = 0x215000};
    OK(bed, bed->system.translation_request(bed->system.ctx, 0x100, &request, &completion));
    EQUAL(bed, completion.size, 0x10000); /* the smallest unit */
}

/* --- page requests --- */

static void fault_to_pri(struct bed *bed)
{
    struct dbell_host_page_request request;
    const struct dbell_page_request asked = page(5, true);
    bed_sva(bed, 2, true, 8);
    bed_bind(bed);
    bed_ats(bed, &tr, DBELL_ATS_SUCCESS, 0, 0);
    bed_no_event(bed);
    bed_page_request(bed, &asked, "queued=1");
    bed_word(bed, bed->smmu.priq, UINT64_C(0xf000041200000100));
    bed_word(bed, bed->smmu.priq + 8, UINT64_C(0x7f0000005005));
    if (!CHECK(bed, dbell_host_priq_poll(&bed->smmu, &request)))
        return;
    DECIDES(bed, bed_process_page(bed));
    OK(bed, dbell_host_page_response(&bed->smmu, &request, DBELL_HOST_PAGE_SUCCESS));
    bed_received(bed, "prgi=5 resp=success ssid=0x412");
    bed_ats(bed, &tr, DBELL_ATS_SUCCESS, UINT64_C(0x90205003), 0);
    const struct access write = {
        .rid = 0x100, .write = true, .translated = true, .iova = UINT64_C(0x90205010), .data = 1};
    bed_access(bed, &write, &(struct expect){.pa = UINT64_C(0x90205010)});
}

static void group(struct bed *bed)
{
    struct dbell_host_page_request request;
    bed_store(bed, BED_SMMU + 0x50, 4, 0);
    bed_store(bed, BED_SMMU + 0xdc, 4, UINT64_C(0x80000000)); /* PRIQ_IRQ_CFG2.LO */
    bed_store(bed, BED_SMMU + 0x50, 4, 7);
    bed_sva(bed, 2, true, 8);
    bed_bind(bed);
    const struct dbell_page_request more = page(7, false), last = page(7, !bed->undo);
    bed_page_request(bed, &more, "queued=1");
    bed_page_request(bed, &more, "queued=1");
    bed_wire(bed, "smmu0.priq", 0);
    bed_page_request(bed, &last, "queued=1");
    bed_wire(bed, "smmu0.priq", 1);
    for (unsigned i = 0; i < 3; i++)
        CHECK(bed, dbell_host_priq_poll(&bed->smmu, &request));
    CHECK(bed, request.last);
    OK(bed, dbell_host_page_response(&bed->smmu, &request, DBELL_HOST_PAGE_SUCCESS));
    EQUAL(bed, bed->findings[DBELL_FINDING_EARLY_RESPONSE], 0);
    OK(bed, dbell_host_page_response(&bed->smmu, &request, DBELL_HOST_PAGE_SUCCESS));
    EQUAL(bed, bed->findings[DBELL_FINDING_UNEXPECTED_RESPONSE], 1); /* one is enough */
    /* A response while Last is missing is a protocol error. */
    bed_page_request(bed, &more, "queued=1");
    CHECK(bed, dbell_host_priq_poll(&bed->smmu, &request));
    OK(bed, dbell_host_page_response(&bed->smmu, &request, DBELL_HOST_PAGE_SUCCESS));
    EQUAL(bed, bed->findings[DBELL_FINDING_EARLY_RESPONSE], 1);
}

/* A function that sets Last in no request: its job waits, and an answer is one too early. */
static void never_last(struct bed *bed)
{
    struct dbell_host_page_request request;
    struct dbell_job_result result;
    uint32_t ticket = 0;
    const struct dbell_job job = {.kind = DBELL_JOB_FILL,
                                  .mode = DBELL_THROUGH_ATC,
                                  .destination = VA,
                                  .length = 8,
                                  .has_pasid = true,
                                  .pasid = PASID};
    bed_sva(bed, 2, true, 8);
    bed_bind(bed);
    dbell_endpoint_misbehave(&bed->endpoint[E0], bed->undo ? 0 : DBELL_NEVER_LAST);
    OK(bed, dbell_endpoint_submit(&bed->endpoint[E0], &job, &ticket));
    bed_settle(bed);
    if (!CHECK(bed, dbell_host_priq_poll(&bed->smmu, &request)))
        return;
    CHECK(bed, !request.last);
    EQUAL(bed, request.address, VA);
    EQUAL(bed, bed->findings[DBELL_FINDING_EARLY_RESPONSE], 0);
    bed_process_page(bed);
    OK(bed, dbell_host_page_response(&bed->smmu, &request, DBELL_HOST_PAGE_SUCCESS));
    EQUAL(bed, bed->findings[DBELL_FINDING_EARLY_RESPONSE], 1);
    bed_settle(bed);
    CHECK(bed, !dbell_endpoint_job(&bed->endpoint[E0], ticket, &result));
    EQUAL(bed, result.end, DBELL_JOB_DONE); /* the page is there */
}

static void overflow(struct bed *bed)
{
    struct dbell_host_page_request request;
    bed_sva(bed, 2, true, 4);
    bed_bind(bed);
    dbell_endpoint_misbehave(&bed->endpoint[E0], DBELL_OVERRUNS_PRI);
    for (uint16_t i = 0; i < (bed->undo ? 3 : 4); i++) {
        const struct dbell_page_request queued = page(i, false);
        bed_page_request(bed, &queued, "queued=1");
    }
    const struct dbell_page_request dropped = page(4, false), answered = page(5, true);
    bed_page_request(bed, &dropped, "queued=0");                            /* no Last: silently */
    EQUAL(bed, bed_load(bed, BED_SMMU + 0x100c8, 4), UINT64_C(0x80000004)); /* OVFLG */
    const unsigned before = bed->findings[DBELL_FINDING_UNEXPECTED_RESPONSE];
    bed_page_request(bed, &answered, "queued=0 resp=success");
    EQUAL(bed, bed->findings[DBELL_FINDING_UNEXPECTED_RESPONSE], before); /* it was expected */
    const struct dbell_page_request marker = {
        .last = true, .side = {.has_substreamid = true, .substreamid = PASID}};
    bed_page_request(bed, &marker, "queued=0");
    bed_counter(bed, "smmu0.pri.discarded", 3);
    for (unsigned i = 0; i < 4; i++)
        CHECK(bed, dbell_host_priq_poll(&bed->smmu, &request));
    CHECK(bed, dbell_host_priq_overflow(&bed->smmu));
    const struct dbell_page_request again = page(6, true);
    bed_page_request(bed, &again, "queued=1");
}

static void priq_off(struct bed *bed)
{
    const struct dbell_page_request asked = page(3, true);
    bed_sva(bed, 2, true, 8);
    bed_bind(bed);
    if (!bed->undo)
        bed_store(bed, BED_SMMU + 0x20, 4, 0x1d); /* PRIQEN 0 */
    bed_page_request(bed, &asked, "queued=0 resp=failure");
    EQUAL(bed, bed_pri_status(bed) & 3, 1); /* Response Failure */
    EQUAL(bed, (unsigned)-dbell_endpoint_page_request(&bed->endpoint[E0], &asked),
          (unsigned)-DBELL_E_STATE);
    OK(bed, dbell_host_pci_reset_pri(&bed->pci[E0]));
    bed_store(bed, BED_SMMU + 0x20, 4, 0x1f);
    OK(bed, dbell_host_pci_enable_pri(&bed->pci[E0], 8));
    bed_page_request(bed, &asked, "queued=1");
}

/* What the handler makes of a request decides how the device goes on. */
static void deny(struct bed *bed)
{
    const struct dbell_job job = in_process(VA);
    struct dbell_host_page_request request;
    struct dbell_job_result result;
    bed_sva(bed, 2, true, 8);
    bed_bind(bed);
    for (unsigned failure = 0; failure < 2; failure++) {
        uint32_t ticket = 0;
        OK(bed, dbell_endpoint_submit(&bed->endpoint[E0], &job, &ticket));
        bed_settle(bed);
        if (!CHECK(bed, dbell_host_priq_poll(&bed->smmu, &request)))
            return;
        if (bed->undo)
            bed_process_page(bed);
        OK(bed, dbell_host_page_response(&bed->smmu, &request,
                                         bed->undo ? DBELL_HOST_PAGE_SUCCESS
                                         : failure ? DBELL_HOST_PAGE_FAILURE
                                                   : DBELL_HOST_PAGE_INVALID));
        OK(bed, dbell_endpoint_job(&bed->endpoint[E0], ticket, &result));
        EQUAL(bed, result.end, DBELL_JOB_DENIED);
        EQUAL(bed, bed_pri_status(bed) & 3, failure);
    }
}

static void recycle(struct bed *bed)
{
    const struct dbell_job job = in_process(VA);
    const struct dbell_page_request asked = page(2, true);
    struct dbell_host_page_request request;
    uint32_t ticket;
    bed_sva(bed, 2, true, 8);
    bed_bind(bed);
    OK(bed, dbell_endpoint_page_request(&bed->endpoint[E0], &asked));
    bed_settle(bed);
    CHECK(bed, dbell_host_priq_poll(&bed->smmu, &request));
    if (bed->undo) { /* the PASID is used again before its requests are drained */
        EQUAL(bed, (unsigned)-dbell_endpoint_stop_pasid(&bed->endpoint[E0], PASID),
              (unsigned)-DBELL_E_BUSY);
        OK(bed, dbell_endpoint_submit(&bed->endpoint[E0], &job, &ticket));
    }
    OK(bed, dbell_host_page_response(&bed->smmu, &request, DBELL_HOST_PAGE_INVALID));
    OK(bed, dbell_endpoint_stop_pasid(&bed->endpoint[E0], PASID));
    bed_settle(bed);
    CHECK(bed, dbell_host_priq_poll(&bed->smmu, &request)); /* the marker, SSV and LWR 0b100 */
    EQUAL(bed, request.words[0] >> 60, 0xc);
    CHECK(bed, !dbell_host_priq_poll(&bed->smmu, &request));
    OK(bed, dbell_host_remove_dev_pasid(&bed->device[E0], PASID, &bed->other));
    struct dbell_host_domain another;
    OK(bed, dbell_host_domain_alloc(&another, &bed->smmu, DBELL_HOST_STAGE1, 12));
    OK(bed, dbell_host_map_pages(&another, VA, UINT64_C(0x90305000), 0x1000, rw));
    OK(bed, dbell_host_set_dev_pasid(&bed->device[E0], PASID, &another));
    EQUAL(bed, bed_job(bed, E0, &job).end, DBELL_JOB_DONE);
    EQUAL(bed, bed_load(bed, UINT64_C(0x90305000), 8), 0x55);
    EQUAL(bed, bed->findings[DBELL_FINDING_STALE_PASID], 0);
}

/* --- invalidation --- */

static void invalidate(struct bed *bed)
{
    const struct dbell_job job = in_process(VA + 0x10);
    bed_sva(bed, 2, true, 0);
    bed_process_page(bed);
    bed_bind(bed);
    EQUAL(bed, bed_job(bed, E0, &job).end, DBELL_JOB_DONE);
    CHECK(bed, held(bed, VA) && !bed_reported(bed, DBELL_REPORT_STALE_ATC));
    /* Without CMD_ATC_INV the device goes on with what it holds. */
    bed->device[E0].ats = false;
    OK(bed, dbell_host_unmap_pages(&bed->other, VA, 0x1000));
    bed->device[E0].ats = true;
    bed_store(bed, UINT64_C(0x90205010), 8, 0);
    EQUAL(bed, bed_job(bed, E0, &job).end, DBELL_JOB_DONE);
    EQUAL(bed, bed_load(bed, UINT64_C(0x90205010), 8), 0x55);
    CHECK(bed, bed_reported(bed, DBELL_REPORT_STALE_ATC));
    DECIDES(bed, OK(bed, dbell_host_flush(&bed->other, VA, 0x1000)));
    CHECK(bed, !held(bed, VA));
    EQUAL(bed, bed_job(bed, E0, &job).end, DBELL_JOB_DENIED);
    CHECK(bed, !bed_reported(bed, DBELL_REPORT_STALE_ATC));
}

static void invalidation_shapes(struct bed *bed)
{
    static const struct {
        struct dbell_ats_invalidation what;
        uint64_t payload;
        bool page, block; /* that are left of VA and VA_2M */
    } cases[] = {
        {{.address = VA, .size = 0x1000}, UINT64_C(0x7f0000005000), false, true},
        {{.address = VA_2M, .size = 0x200000}, UINT64_C(0x7f00002ff800), true, false},
        {{.address = 0, .size = 0}, UINT64_C(0x7ffffffffffff800), false, false},
        {{.address = VA, .size = 0x1000, .global = true}, UINT64_C(0x7f0000005001), false, true},
    };
    bed_sva(bed, 2, true, 0);
    bed_process_page(bed);
    OK(bed, dbell_host_map_block(&bed->other, VA_2M, UINT64_C(0x90200000), 2, rw));
    bed_bind(bed);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct dbell_job one = in_process(VA), two = in_process(VA_2M);
        const struct dbell_ats_invalidation *what = &cases[i].what;
        unsigned log2 = 52;
        EQUAL(bed, dbell_ats_payload(what), cases[i].payload);
        EQUAL(bed, bed_job(bed, E0, &one).end, DBELL_JOB_DONE);
        EQUAL(bed, bed_job(bed, E0, &two).end, DBELL_JOB_DONE);
        if (what->size)
            for (log2 = 0; UINT64_C(0x1000) << log2 != what->size;)
                log2++;
        const struct dbell_host_cmd command = dbell_host_with_substream(
            dbell_host_atc_inv(0x100, what->address, log2, what->global), PASID);
        DECIDES(bed, OK(bed, dbell_host_smmu_issue_sync(&bed->smmu, command)));
        EQUAL(bed, held(bed, VA), cases[i].page);
        EQUAL(bed, held(bed, VA_2M), cases[i].block);
    }
}

static void invalidation_timeout(struct bed *bed)
{
    bed_sva(bed, 2, true, 0);
    bed_bind(bed);
    if (!bed->undo)
        dbell_endpoint_misbehave(&bed->endpoint[E0], DBELL_MUTE_ATC);
    OK(bed, dbell_host_smmu_issue(&bed->smmu, dbell_host_atc_inv(0x100, VA, 0, false)));
    bed_store(bed, bed->smmu.cmdq + (bed->smmu.cmdq_prod & 0xff) * UINT64_C(16), 8, 0x46);
    bed_store(bed, bed->smmu.cmdq + (bed->smmu.cmdq_prod & 0xff) * UINT64_C(16) + 8, 8, 0);
    bed_store(bed, BED_SMMU + 0x98, 4, (bed->smmu.cmdq_prod + 1) & 0x1ff);
    EQUAL(bed, bed_load(bed, BED_SMMU + 0x9c, 4), UINT64_C(3) << 24 | bed->smmu.cmdq_prod);
    EQUAL(bed, bed_load(bed, BED_SMMU + 0x60, 4) & 1, 1); /* GERROR.CMDQ_ERR */
    dbell_endpoint_misbehave(&bed->endpoint[E0], DBELL_REFUSES_INVALIDATION);
    bed_store(bed, BED_SMMU + 0x64, 4, bed_load(bed, BED_SMMU + 0x60, 4));
    bed->smmu.cmdq_prod = (bed->smmu.cmdq_prod + 1) & 0x1ff;
    OK(bed, dbell_host_atc_invalidate(&bed->device[E0], false, 0, VA, 0x1000)); /* silently */
}

/* --- Translated traffic --- */

static void forged_translated(struct bed *bed)
{
    const struct access forged = {
        .rid = 0x100, .write = true, .translated = true, .iova = UINT64_C(0x99990000)};
    bed_sva(bed, 2, bed->undo, 0); /* EATS 0b00 */
    bed_access(bed, &forged, &(struct expect){.event = 0x07});
    bed_event(bed, UINT64_C(0x10000000007), 0, UINT64_C(0x99990000), 0);
    CHECK(bed, !bed_reported(bed, DBELL_REPORT_ATS_TRUST));
    bed_store(bed, BED_SMMU + 0x20, 4, 0x0f); /* ATSCHK 0 */
    bed_access(bed, &forged, &(struct expect){.pa = UINT64_C(0x99990000)});
    CHECK(bed, bed_reported(bed, DBELL_REPORT_ATS_TRUST));
}

/* The same by the DMA engine: checked, its job fails; not checked, memory is written. */
static void forging_engine(struct bed *bed)
{
    const struct dbell_job job = {.kind = DBELL_JOB_FILL,
                                  .destination = UINT64_C(0x99990000),
                                  .length = 8,
                                  .value = UINT64_C(0x1122334455667788)};
    bed_sva(bed, 2, false, 0); /* EATS 0b00 */
    dbell_endpoint_misbehave(&bed->endpoint[E0], bed->undo ? 0 : DBELL_FORGES_TRANSLATED);
    EQUAL(bed, bed_job(bed, E0, &job).end, DBELL_JOB_ERROR);
    bed_event(bed, UINT64_C(0x10000000007), 0, UINT64_C(0x99990000), 0);
    bed_store(bed, BED_SMMU + 0x20, 4, 0x0f); /* ATSCHK 0 */
    EQUAL(bed, bed_job(bed, E0, &job).end, DBELL_JOB_DONE);
    EQUAL(bed, bed_load(bed, UINT64_C(0x99990000), 8), UINT64_C(0x1122334455667788));
    CHECK(bed, bed_reported(bed, DBELL_REPORT_ATS_TRUST));
}

static void tr_not_allowed(struct bed *bed)
{
    struct dbell_host_domain identity, blocked;
    const struct ats bypassed = {.rid = 0x200, .iova = 0x5000}, aborted = {.rid = 0x300};
    struct dbell_host_device third;
    bed_sva(bed, 2, bed->undo, 0); /* EATS 0b00 */
    OK(bed, dbell_host_domain_alloc(&identity, &bed->smmu, DBELL_HOST_IDENTITY, 12));
    OK(bed, dbell_host_attach(&bed->device[E1], &identity));
    dbell_host_device_init(&third, &bed->smmu, 0x300);
    OK(bed, dbell_host_domain_alloc(&blocked, &bed->smmu, DBELL_HOST_BLOCKED, 12));
    OK(bed, dbell_host_attach(&third, &blocked));
    bed_ats(bed, &tr_without_pasid, DBELL_ATS_UR, 0, 0x05);
    bed_ats(bed, &bypassed, DBELL_ATS_UR, 0, 0x05);
    bed_ats(bed, &aborted, DBELL_ATS_UR, 0, 0);
    bed_store(bed, BED_SMMU + 0x20, 4, 0x1e); /* SMMUEN 0 */
    bed_ats(bed, &tr_without_pasid, DBELL_ATS_UR, 0, 0x05);
}

static void split_stage(struct bed *bed)
{
    const uint64_t vste[2] = {UINT64_C(0x4100000b), UINT64_C(0xd4) | (bed->undo ? 1u : 2u) << 28};
    const struct ats ats = {.rid = 0x100, .iova = 0x5000};
    const struct access translated = {
        .rid = 0x100, .write = true, .translated = true, .iova = UINT64_C(0x40005010)};
    bed_nested(bed);
    bed_guest_map(bed, 0x5000, UINT64_C(0x0000000040005f47));
    bed_stage2_word(bed, UINT64_C(0x40005000), UINT64_C(0x00000000900057ff));
    OK(bed, dbell_host_vste_set(&bed->nested, vste));
    bed_ats(bed, &ats, DBELL_ATS_SUCCESS, UINT64_C(0x40005003), 0); /* the IPA */
    bed_access(bed, &translated, &(struct expect){.pa = UINT64_C(0x90005010)});
    OK(bed, dbell_host_unmap_pages(&bed->stage2, UINT64_C(0x40005000), 0x1000));
    bed_access(bed, &translated, &(struct expect){.event = 0x10});
    bed_event(bed, UINT64_C(0x10000000010), UINT64_C(0x28000000000), UINT64_C(0x40005010),
              UINT64_C(0x40005000));
}

/* --- address spaces that CPUs share --- */

/* A page of the process moves in memory only; then a CPU invalidates it. */
static void move_page(struct bed *bed, uint64_t to)
{
    uint64_t at = 0;
    const uint64_t word = dbell_host_descriptor(&bed->other, VA, &at);
    bed_store(bed, at, 8, (word & ~UINT64_C(0x0000fffffffff000)) | to);
}

static void set_ptm(struct bed *bed, unsigned ptm)
{
    bed_store(bed, BED_SMMU + 0x20, 4, 0x1e);
    bed_store(bed, BED_SMMU + 0x2c, 4, 2 | ptm << 2);
    bed_store(bed, BED_SMMU + 0x20, 4, 0x1f);
}

static void btm(struct bed *bed)
{
    static const struct {
        unsigned ptm;
        bool shared;
        bool heard; /* the broadcast */
    } cases[] = {{0, true, true}, {1, true, false}, {0, false, false}};
    const struct access write = with_pasid(VA + 0x10);
    bed_sva(bed, 2, false, 0);
    bed_process_page(bed);
    bed_bind(bed);
    const unsigned asid = bed->other.asid;
    for (unsigned i = 0; i < 3; i++) {
        set_ptm(bed, bed->undo ? 1 : cases[i].ptm);
        bed->other.shared_asid = cases[i].shared;
        OK(bed, dbell_host_change_asid(&bed->device[E0], PASID, &bed->other, (uint16_t)asid));
        move_page(bed, VA_PA);
        OK(bed, dbell_host_flush(&bed->other, VA, 0x1000));
        bed_access(bed, &write, &(struct expect){.pa = VA_PA + 0x10});
        move_page(bed, UINT64_C(0x90305000));
        bed_tlbi(bed, asid, VA);
        bed_access(bed, &write,
                   &(struct expect){.pa = (cases[i].heard ? UINT64_C(0x90305000) : VA_PA) + 0x10});
        OK(bed, dbell_host_flush(&bed->other, VA, 0x1000)); /* a command is always effective */
        bed_access(bed, &write, &(struct expect){.pa = UINT64_C(0x90305010)});
    }
}

static void vhe(struct bed *bed)
{
    const struct access write = without_pasid(0x5010);
    uint64_t at = 0;
    bed_store(bed, BED_SMMU + 0x20, 4, 0x1e);
    bed_store(bed, BED_SMMU + 0x2c, 4, 7); /* E2H */
    bed_store(bed, BED_SMMU + 0x20, 4, 0x1f);
    bed_stage1(bed, E0, 0);
    const uint64_t ste = dbell_host_ste_address(&bed->device[E0]);
    bed_store(bed, ste + 8, 8, bed_load(bed, ste + 8, 8) | (bed->undo ? 0 : UINT64_C(2) << 30));
    OK(bed, dbell_host_smmu_issue_sync(&bed->smmu, dbell_host_cfgi_ste(0x100, true))); /* STRW */
    OK(bed, dbell_host_map_pages(&bed->stage1, 0x5000, VA_PA, 0x1000, rw));
    bed_access(bed, &write, &(struct expect){.pa = VA_PA + 0x10});
    const uint64_t word = dbell_host_descriptor(&bed->stage1, 0x5000, &at);
    bed_store(bed, at, 8, word ^ VA_PA ^ UINT64_C(0x90305000));
    const unsigned asid = bed->stage1.asid;
    OK(bed, dbell_host_smmu_issue_sync(&bed->smmu, dbell_host_tlbi_nh_va(0, asid, 0x5000, true)));
    OK(bed, dbell_host_smmu_issue_sync(&bed->smmu, dbell_host_tlbi_nh_asid(0, asid)));
    bed_access(bed, &write, &(struct expect){.pa = VA_PA + 0x10}); /* not theirs */
    OK(bed, dbell_host_smmu_issue_sync(&bed->smmu, dbell_host_tlbi_el2_va(asid, 0x5000, true)));
    bed_access(bed, &write, &(struct expect){.pa = UINT64_C(0x90305010)});
    bed_store(bed, at, 8, word);
    OK(bed, dbell_host_smmu_issue_sync(&bed->smmu, dbell_host_tlbi_el2_asid(asid)));
    bed_access(bed, &write, &(struct expect){.pa = VA_PA + 0x10});
}

static void httu(struct bed *bed)
{
    const struct ats read_only = {
        .rid = 0x100, .has_pasid = true, .pasid = PASID, .no_write = true, .iova = VA};
    uint64_t page_at = 0, other_at = 0;
    bed_sva(bed, 2, true, 0);
    bed->other.httu = !bed->undo;
    OK(bed, dbell_host_map_pages(&bed->other, VA, UINT64_C(0x90000000), 0x1000,
                                 rw | DBELL_HOST_DIRTY_TRACK));
    OK(bed, dbell_host_map_pages(&bed->other, VA + 0x1000, UINT64_C(0x90001000), 0x1000,
                                 rw | DBELL_HOST_DIRTY_TRACK));
    bed_bind(bed);
    dbell_host_descriptor(&bed->other, VA, &page_at);
    dbell_host_descriptor(&bed->other, VA + 0x1000, &other_at);
    bed_word(bed, page_at, UINT64_C(0x0008000090000fc7));
    bed_ats(bed, &read_only, DBELL_ATS_SUCCESS, UINT64_C(0x90000001), 0);
    bed_word(bed, page_at, UINT64_C(0x0008000090000fc7)); /* still clean */
    bed_ats(bed, &tr, DBELL_ATS_SUCCESS, UINT64_C(0x90000003), 0);
    bed_word(bed, page_at, UINT64_C(0x0008000090000f47));
    /* AF is set on the first use, and a write makes dirty. */
    bed_store(bed, other_at, 8, UINT64_C(0x0008000090001bc7));
    const struct access write = with_pasid(VA + 0x1010);
    struct access read = write;
    read.write = false;
    bed_access(bed, &read, &(struct expect){.pa = UINT64_C(0x90001010)});
    bed_word(bed, other_at, UINT64_C(0x0008000090001fc7));
    bed_access(bed, &write, &(struct expect){.pa = UINT64_C(0x90001010)});
    bed_word(bed, other_at, UINT64_C(0x0008000090001f47));
}

/* --- stall --- */

static struct dbell_dma_result stalled(struct bed *bed, uint32_t rid, uint64_t iova)
{
    struct dbell_dma_result result;
    uint8_t data[4] = {0};
    const struct dbell_dma dma = {
        .requesterid = rid, .op = DBELL_WRITE, .address = iova, .length = 4, .data = data};
    bed->system.dma(bed->system.ctx, &dma, &result);
    bed_settle(bed);
    return result;
}

static struct dbell_dma_result ended(struct bed *bed, const struct dbell_dma_result *of)
{
    struct dbell_dma_result result;
    bed->system.pending_result(bed->system.ctx, of->trail.token, &result);
    return result;
}

static void stall(struct bed *bed)
{
    struct dbell_host_event event;
    struct dbell_dma_result first, second, end;
    OK(bed, dbell_host_domain_alloc(&bed->stage1, &bed->smmu, DBELL_HOST_STAGE1, 12));
    bed->stage1.stalls = !bed->undo; /* a platform device may stall */
    OK(bed, dbell_host_attach(&bed->device[E0], &bed->stage1));
    first = stalled(bed, 0x100, 0x5010);
    EQUAL(bed, first.trail.outcome, DBELL_PENDING);
    CHECK(bed, dbell_host_evtq_poll(&bed->smmu, &event) && event.stall);
    OK(bed, dbell_host_map_pages(&bed->stage1, 0x5000, VA_PA, 0x1000, rw));
    OK(bed, dbell_host_resume_event(&bed->smmu, &event, true, false));
    end = ended(bed, &first);
    EQUAL(bed, end.trail.outcome, DBELL_DONE);
    EQUAL(bed, end.trail.address, VA_PA + 0x10);
    OK(bed, dbell_host_resume_event(&bed->smmu, &event, false, true)); /* a no-op */
    first = stalled(bed, 0x100, 0x7010);
    CHECK(bed, dbell_host_evtq_poll(&bed->smmu, &event) && event.stall);
    OK(bed, dbell_host_resume_event(&bed->smmu, &event, false, true));
    end = ended(bed, &first);
    EQUAL(bed, end.trail.outcome, DBELL_FAULT);
    EQUAL(bed, end.response, DBELL_RESPONSE_SLVERR);
    first = stalled(bed, 0x100, 0x8010);
    second = stalled(bed, 0x100, 0x9010);
    OK(bed, dbell_host_smmu_issue_sync(&bed->smmu, dbell_host_stall_term(0x100)));
    EQUAL(bed, ended(bed, &first).trail.outcome, DBELL_FAULT);
    EQUAL(bed, ended(bed, &second).trail.outcome, DBELL_FAULT);
    /* A PCIe stream: its driver gives it no stall, and the fault terminates. */
    OK(bed, dbell_host_domain_alloc(&bed->other, &bed->smmu, DBELL_HOST_STAGE1, 12));
    OK(bed, dbell_host_attach(&bed->device[E1], &bed->other));
    end = stalled(bed, 0x200, 0x5010);
    EQUAL(bed, end.trail.outcome, DBELL_FAULT);
    EQUAL(bed, end.trail.event, 0x10);
}

/* --- MSIs, and the end of a process --- */

static void msi_clash(struct bed *bed)
{
    struct dbell_host_msi message = {0};
    bed_sva(bed, bed->undo ? 0 : 2, false, 0);
    OK(bed, dbell_host_compose_msi(&bed->device[E0], HDB, 0, &message));
    EQUAL(bed, message.address, HIOVA_MSI);
    bed->host.policies = DBELL_HOST_ALLOW_OVERLAP; /* the process knows nothing of the window */
    OK(bed, dbell_host_map_pages(&bed->other, HIOVA, VA_PA, 0x1000, rw));
    bed_bind(bed);
    bed_msix(bed, E0, 0, message.address, 0);
    bed_fire(bed, E0, 0, &(struct expect){.pa = HDB, .lpi = 8192});
    const struct access tagged = with_pasid(HIOVA_MSI);
    bed_access(bed, &tagged, &(struct expect){.pa = VA_PA + 0x40, .lpi = NONE});
}

static void sva_exit(struct bed *bed)
{
    const struct dbell_job job = in_process(VA);
    const struct access write = with_pasid(VA + 0x10);
    bed_sva(bed, 2, true, 0);
    bed_process_page(bed);
    bed_bind(bed);
    EQUAL(bed, bed_job(bed, E0, &job).end, DBELL_JOB_DONE);
    bed_reported(bed, DBELL_REPORT_STALE_ATC);
    bed->host.policies = DBELL_HOST_NO_FLUSH; /* the ATC is forgotten ... */
    OK(bed, dbell_host_sva_release(&bed->device[E0], PASID));
    bed->host.policies = 0;
    EQUAL(bed, bed_job(bed, E0, &job).end, DBELL_JOB_DONE);
    CHECK(bed, bed_reported(bed, DBELL_REPORT_STALE_ATC)); /* ... and used after its time */
    DECIDES(bed, OK(bed, dbell_host_flush(&bed->other, VA, 0x1000)));
    bed_access(bed, &write, &(struct expect){.silent = true});
    bed_ats(bed, &tr, DBELL_ATS_SUCCESS, 0, 0);
    EQUAL(bed, bed_job(bed, E0, &job).end, DBELL_JOB_DENIED);
    bed_no_event(bed);
}

static void tagged_pointers(struct bed *bed)
{
    const uint64_t tagged = UINT64_C(0xab007f0000005000);
    const struct dbell_job job = in_process(tagged + 0x10);
    const struct access write = with_pasid(tagged + 0x10);
    bed_sva(bed, 2, true, 0);
    bed->other.tagged = !bed->undo;
    bed_process_page(bed);
    bed_bind(bed);
    bed_access(bed, &write, &(struct expect){.pa = UINT64_C(0x90205010)});
    EQUAL(bed, bed_job(bed, E0, &job).end, DBELL_JOB_DONE);
    OK(bed, dbell_host_unmap_pages(&bed->other, VA, 0x1000)); /* of one of 256 tags */
    CHECK(bed, held(bed, tagged));
    EQUAL(bed, bed_job(bed, E0, &job).end, DBELL_JOB_DONE);
    CHECK(bed, bed_reported(bed, DBELL_REPORT_STALE_ATC));
    OK(bed, dbell_host_atc_invalidate(&bed->device[E0], true, PASID, 0, 0)); /* of all of them */
    EQUAL(bed, bed_job(bed, E0, &job).end, DBELL_JOB_DENIED);
}

static void shared_asid(struct bed *bed)
{
    const struct access of_process = with_pasid(VA + 0x10);
    const struct access foreign = without_pasid(0x5010);
    uint64_t at = 0;
    bed_sva(bed, 2, false, 0);
    set_ptm(bed, 0);
    bed->other.shared_asid = true;
    bed_process_page(bed);
    bed_bind(bed);
    OK(bed, dbell_host_map_pages(&bed->stage1, 0x5000, UINT64_C(0x90400000), 0x1000, rw));
    bed_access(bed, &of_process, &(struct expect){.pa = VA_PA + 0x10});
    bed_access(bed, &foreign, &(struct expect){.pa = UINT64_C(0x90400010)});
    /* Both pages move; a CPU invalidates by the process's ASID, as if its own too. */
    move_page(bed, UINT64_C(0x90305000));
    const uint64_t word = dbell_host_descriptor(&bed->stage1, 0x5000, &at);
    bed_store(bed, at, 8, word ^ UINT64_C(0x90400000) ^ UINT64_C(0x90405000));
    DECIDES(bed, bed_tlbi(bed, bed->other.asid, VA));
    bed_access(bed, &of_process, &(struct expect){.pa = UINT64_C(0x90305010)});
    bed_access(bed, &foreign, &(struct expect){.pa = UINT64_C(0x90400010)}); /* another ASID */
    /* The driver does the same by command. */
    move_page(bed, VA_PA);
    OK(bed,
       dbell_host_smmu_issue_sync(&bed->smmu, dbell_host_tlbi_nh_va(0, bed->other.asid, VA, true)));
    bed_access(bed, &of_process, &(struct expect){.pa = VA_PA + 0x10});
    bed_access(bed, &foreign, &(struct expect){.pa = UINT64_C(0x90400010)});
}

/* --- what a process may be bound to --- */

static void pasid_widths(struct bed *bed)
{
    struct dbell_host_pasid_group pair = {0};
    bed_sva(bed, 2, false, 0); /* E0 has 16 bits */
    bed->device[E1].pasid_bits = 20;
    OK(bed, dbell_host_domain_alloc(&bed->stage2, &bed->smmu, DBELL_HOST_STAGE1, 12));
    OK(bed, dbell_host_attach(&bed->device[E1], &bed->stage2));
    OK(bed, dbell_host_group_add(&pair, &bed->device[E1]));
    EQUAL(bed, dbell_host_group_pasid_bits(&pair), 20);
    OK(bed, dbell_host_group_bind(&pair, bed->undo ? 0xffff : 0x10000, &bed->other));
    REFUSED(bed, dbell_host_group_add(&pair, &bed->device[E0]), -ERANGE);
    struct dbell_host_pasid_group fresh = {0};
    OK(bed, dbell_host_group_add(&fresh, &bed->device[E1]));
    OK(bed, dbell_host_group_add(&fresh, &bed->device[E0]));
    EQUAL(bed, dbell_host_group_pasid_bits(&fresh), 16);
    REFUSED(bed, dbell_host_group_bind(&fresh, 0x10000, &bed->other), -ERANGE);
}

static void pinned_without_pri(struct bed *bed)
{
    const struct dbell_job mapped = in_process(VA), missing = in_process(VA + 0x1000);
    struct dbell_host_page_request request;
    bed_sva(bed, 2, true, bed->undo ? 8 : 0);
    bed_process_page(bed);
    bed_bind(bed);
    EQUAL(bed, bed_job(bed, E0, &mapped).end, DBELL_JOB_DONE);
    const struct dbell_job_result result = bed_job(bed, E0, &missing);
    EQUAL(bed, result.end, DBELL_JOB_DENIED);
    EQUAL(bed, result.address, VA + 0x1000);
    CHECK(bed, !dbell_host_priq_poll(&bed->smmu, &request));
}

static void one_address_space(struct bed *bed)
{
    bed_stage1(bed, E0, 0x100000); /* CD 0, and its window is reserved */
    REFUSED(bed,
            dbell_host_vfio_type1_map(&bed->stage1, bed->undo ? 0x5000 : HIOVA, VA_PA, 0x1000, rw),
            -EINVAL);
    /* The other way round: the process has mapped what the window needs. */
    OK(bed, dbell_host_domain_alloc(&bed->other, &bed->smmu, DBELL_HOST_STAGE1, 12));
    OK(bed, dbell_host_map_pages(&bed->other, HIOVA + 0x5000, VA_PA, 0x1000, rw));
    REFUSED(bed, dbell_host_get_msi_cookie(&bed->other, HIOVA, 0x100000), -EBUSY);
}

static void dma_window(struct bed *bed)
{
    const struct access inside = without_pasid(0x5010);
    bed->device[E0].dma_mask = bed->undo ? 0 : UINT32_MAX;
    bed_stage1(bed, E0, 0);
    REFUSED(bed, dbell_host_map_pages(&bed->stage1, VA, VA_PA, 0x1000, rw), -ERANGE);
    OK(bed, dbell_host_map_pages(&bed->stage1, 0x5000, VA_PA, 0x1000, rw));
    bed_access(bed, &inside, &(struct expect){.pa = VA_PA + 0x10});
}

static void stolen_asid(struct bed *bed)
{
    const struct access write = without_pasid(0x5010);
    uint64_t at = 0, hits = 0, misses = 0, after = 0;
    bed_stage1(bed, E0, 0);
    const uint16_t old = bed->stage1.asid;
    OK(bed, dbell_host_map_pages(&bed->stage1, 0x5000, VA_PA, 0x1000, rw));
    bed_access(bed, &write, &(struct expect){.pa = VA_PA + 0x10});
    if (bed->undo)
        bed->host.policies = DBELL_HOST_NO_FLUSH;
    OK(bed, dbell_host_change_asid(&bed->device[E0], 0, &bed->stage1, 0x77));
    bed_access(bed, &write, &(struct expect){.pa = VA_PA + 0x10}); /* traffic goes on */
    /* Whoever has the old ASID now finds nothing of it. */
    const uint64_t word = dbell_host_descriptor(&bed->stage1, 0x5000, &at);
    bed_store(bed, at, 8, word ^ VA_PA ^ UINT64_C(0x90305000));
    bed->host.policies = DBELL_HOST_NO_FLUSH;
    OK(bed, dbell_host_change_asid(&bed->device[E0], 0, &bed->stage1, old));
    bed->system.counter(bed->system.ctx, "smmu0.tlb.hit", &hits);
    bed->system.counter(bed->system.ctx, "smmu0.tlb.miss", &misses);
    bed_access(bed, &write, &(struct expect){.pa = UINT64_C(0x90305010)});
    bed->system.counter(bed->system.ctx, "smmu0.tlb.miss", &after);
    EQUAL(bed, after - misses, 1);
}

const struct dbell_scenario dbell__seed4[] = {
    {"4_1_pasid_dma", "a PASID selects its CD in a table of two levels", true, 0, pasid_dma},
    {"4_2_s1dss_0", "what has no PASID is disabled", true, 0, s1dss_0},
    {"4_3_s1dss_1", "what has no PASID bypasses stage 1", true, 0, s1dss_1},
    {"4_4_s1dss_2", "what has no PASID uses CD 0", true, 0, s1dss_2},
    {"4_5_bad_pasid", "PASIDs that select nothing", true, 0, bad_pasid},
    {"4_6_tr_4k", "a Translation Request for a page", true, 0, tr_4k},
    {"4_7_tr_2m", "a Translation Request for a block", true, 0, tr_2m},
    {"4_7_tr_64k", "granules of 64 KB only", true, DBELL_SCENARIO_64K, tr_64k},
    {"4_8_fault_to_pri", "a page that is not there, asked for and mapped", true, 0, fault_to_pri},
    {"4_9_group", "a group of three, and responses at the wrong time", true, 0, group},
    {"4_9_never_last", "a function that never sets Last", false, 0, never_last},
    {"4_10_overflow", "more page requests than the queue holds", true, DBELL_SCENARIO_SMALL_PRIQ,
     overflow},
    {"4_11_priq_off", "the PRI queue is off", true, 0, priq_off},
    {"4_12_deny", "the handler says no", false, 0, deny},
    {"4_13_recycle", "a PASID that is used again", false, 0, recycle},
    {"4_14_invalidate", "unmapping, without and with CMD_ATC_INV", false, 0, invalidate},
    {"4_15_invalidation_shapes", "what an invalidation covers", false, 0, invalidation_shapes},
    {"4_16_invalidation_timeout", "a device that does not answer, and one that refuses", false, 0,
     invalidation_timeout},
    {"4_17_forged_translated", "a forged Translated address, checked and not", true, 0,
     forged_translated},
    {"4_17_forging_engine", "a DMA engine that forges Translated addresses", false, 0,
     forging_engine},
    {"4_18_tr_not_allowed", "Translation Requests where ATS is not allowed", true, 0,
     tr_not_allowed},
    {"4_19_split_stage", "the device gets IPAs", true, 0, split_stage},
    {"4_20_btm", "broadcast invalidation, heard and not", true, 0, btm},
    {"4_21_vhe", "entries of EL2 with E2H", true, 0, vhe},
    {"4_22_httu", "Access flag and dirty state by hardware", true, 0, httu},
    {"4_23_stall", "stalled accesses of a platform device", false, 0, stall},
    {"4_24_msi_clash", "the process maps what the MSI window has", true, 0, msi_clash},
    {"4_25_sva_exit", "the process ends under its device", false, 0, sva_exit},
    {"4_26_tagged_pointers", "tagged addresses and ATS", true, 0, tagged_pointers},
    {"4_27_shared_asid", "an ASID that CPUs use too", true, 0, shared_asid},
    {"4_29_pasid_widths", "devices with PASIDs of different width", false, 0, pasid_widths},
    {"4_30_pinned_without_pri", "a process bound to a device without PRI", false, 0,
     pinned_without_pri},
    {"4_31_one_address_space", "a process in CD 0, and the MSI window", false, 0,
     one_address_space},
    {"4_32_dma_window", "a mapping beyond the device's DMA mask", false, 0, dma_window},
    {"4_33_stolen_asid", "a CPU takes the ASID of a live domain", true, 0, stolen_asid},
    {0},
};
