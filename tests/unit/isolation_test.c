/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The isolation report: which writes of which requesters raise which interrupts. */
#include <string.h>

#include <doorbell/isolation.h>

#include "dbell_test.h"
#include "lab.h"

enum { SID = 5, OTHER = 9, LPI = 8200, CPU = 2, IOVA = 0x70000000, REACHES = 4096 };
enum { PAGE = LAB_ITS + 0x10000 }; /* of GITS_TRANSLATER */

struct seen {
    struct dbell_reach reaches[REACHES];
    unsigned count;
    uint32_t shared_intid;
    uint32_t sharers[8];
    size_t sharer_count;
    unsigned shared;
};

static void reach(void *ctx, const struct dbell_reach *r)
{
    struct seen *seen = ctx;
    if (seen->count < REACHES)
        seen->reaches[seen->count++] = *r;
}

static void shared(void *ctx, enum dbell_raised_kind kind, uint32_t at, uint32_t intid,
                   const uint32_t *requesters, size_t count)
{
    struct seen *seen = ctx;
    (void)kind, (void)at;
    seen->shared++;
    seen->shared_intid = intid;
    seen->sharer_count = count;
    for (size_t i = 0; i < count && i < 8; i++)
        seen->sharers[i] = requesters[i];
}

static struct seen seen;

static struct dbell_isolation_summary look(struct lab *lab)
{
    const struct dbell_isolation report = {&seen, reach, shared};
    struct dbell_isolation_summary summary;
    memset(&seen, 0, sizeof seen);
    CHECK_EQ(dbell_machine_isolation(lab->machine, &report, &summary), DBELL_OK);
    return summary;
}

/* Stage 1 for a stream, with these leaf bits for the doorbell's page at IOVA. */
static struct dbell_host_tables mapped(struct lab *lab, uint32_t sid, uint64_t bits)
{
    struct dbell_host_tables tables = lab_tables(lab, 12, 48);
    dbell_host_map(&tables, IOVA, PAGE, 3, bits);
    dbell_host_map(&tables, 0x1000, LAB_RAM, 3, LAB_S1_RW);
    const struct dbell_host_cd cd = lab_cd(&tables);
    const struct dbell_host_ste ste = lab_ste_stage1(lab, &cd);
    lab_ste(lab, sid, &ste);
    return tables;
}

/* Events 3 to 5 of device 5 are LPIs 8200 to 8202 at CPU 2, event 7 is 8300. */
static bool opened(struct lab *lab)
{
    if (!lab_open(lab, NULL))
        return false;
    lab_its_on(lab);
    lab_smmu_on(lab);
    lab_its_command(lab, dbell_host_mapc(1, CPU, true));
    for (uint32_t device = SID; device <= OTHER; device += OTHER - SID)
        lab_its_command(lab, dbell_host_mapd(device, 4, lab_alloc(lab, 4096), true));
    for (uint32_t event = 3; event < 6; event++)
        lab_its_command(lab, dbell_host_mapti(SID, event, LPI + event - 3, 1));
    lab_its_command(lab, dbell_host_mapti(SID, 7, 8300, 1));
    lab_its_command(lab, dbell_host_mapti(SID, 8, 8301, 6)); /* of no collection */
    return true;
}

TEST(isolation, of_a_device_behind_its_own_page_and_its_own_events)
{
    struct lab lab;
    REQUIRE(opened(&lab));
    mapped(&lab, SID, LAB_S1_RW);
    const struct dbell_isolation_summary s = look(&lab);
    CHECK_EQ(s.requesters, 65536);
    CHECK_EQ(s.reaching, 1);
    CHECK_EQ(s.interrupts, 4);
    CHECK_EQ(s.shared, 0);
    CHECK(s.isolated_msi && !s.by_number && !s.incomplete);
    REQUIRE(seen.count == 2);
    const struct dbell_reach *r = seen.reaches;
    CHECK_EQ(r->requesterid, SID);
    CHECK_EQ(r->deviceid, SID);
    CHECK_EQ(r->iova, IOVA + 0x40);
    CHECK_EQ(r->doorbell, DBELL_DOORBELL_TRANSLATER);
    CHECK_EQ(r->first, 3);
    CHECK_EQ(r->last, 5);
    CHECK_EQ(r->kind, DBELL_RAISED_LPI);
    CHECK_EQ(r->at, CPU);
    CHECK_EQ(r->intid, LPI);
    CHECK_EQ(r[1].first, 7);
    CHECK_EQ(r[1].last, 7);
    CHECK_EQ(r[1].intid, 8300);
    lab_close(&lab);
}

TEST(isolation, an_interrupt_of_two_devices_is_shared)
{
    struct lab lab;
    REQUIRE(opened(&lab));
    mapped(&lab, SID, LAB_S1_RW);
    lab_its_command(&lab, dbell_host_mapti(OTHER, 0, 8300, 1));
    CHECK(look(&lab).isolated_msi); /* the other does not reach the doorbell */
    mapped(&lab, OTHER, LAB_S1_RW);
    const struct dbell_isolation_summary s = look(&lab);
    CHECK(!s.isolated_msi);
    CHECK_EQ(s.interrupts, 4);
    CHECK_EQ(s.shared, 1);
    CHECK_EQ(seen.shared, 1);
    CHECK_EQ(seen.shared_intid, 8300);
    CHECK_EQ(seen.sharer_count, 2);
    CHECK_EQ(seen.sharers[0], SID);
    CHECK_EQ(seen.sharers[1], OTHER);
    lab_close(&lab);
}

/* Read-only, or stage 2 write-only (S2AP 0b10). */
TEST(isolation, it_is_writing_that_counts)
{
    struct lab lab;
    REQUIRE(opened(&lab));
    mapped(&lab, SID, LAB_S1_RW | UINT64_C(1) << 7); /* AP[2]: read-only */
    CHECK_EQ(look(&lab).reaching, 0);
    struct dbell_host_tables tables = lab_tables(&lab, 12, 40);
    dbell_host_map(&tables, IOVA, PAGE, 3,
                   DBELL_HOST_PTE_S2_WRITE | DBELL_HOST_PTE_AF | 0xfu << 2 | 3u << 8);
    const struct dbell_host_ste ste = lab_ste_stage2(&tables);
    lab_ste(&lab, SID, &ste);
    CHECK_EQ(look(&lab).reaching, 1);
    CHECK_EQ(seen.reaches[0].iova, IOVA + 0x40);
    lab_close(&lab);
}

/* A block of 2 MB has the distributor's doorbell too. */
TEST(isolation, a_large_page_reaches_what_lies_beside)
{
    struct lab lab;
    REQUIRE(opened(&lab));
    struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
    dbell_host_map(&tables, IOVA, LAB_GICD, 2, LAB_S1_RW);
    const struct dbell_host_cd cd = lab_cd(&tables);
    const struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
    lab_ste(&lab, SID, &ste);
    const struct dbell_isolation_summary s = look(&lab);
    CHECK(s.by_number && !s.isolated_msi);
    REQUIRE(seen.count == 3);
    CHECK_EQ(seen.reaches[0].iova, IOVA + (PAGE - LAB_GICD) + 0x40);
    CHECK_EQ(seen.reaches[2].doorbell, DBELL_DOORBELL_SETSPI);
    CHECK_EQ(seen.reaches[2].iova, IOVA + 0x40);
    CHECK_EQ(seen.reaches[2].first, 32);
    CHECK_EQ(seen.reaches[2].last, 1019);
    CHECK_EQ(seen.reaches[2].intid, 32);
    lab_close(&lab);
}

/* Stage 1 to IPAs, stage 2 from there; and the upper half of the address space. */
TEST(isolation, nested_tables_and_both_halves_are_searched)
{
    struct lab lab;
    REQUIRE(opened(&lab));
    enum { IPA = 0x12340000 };
    struct dbell_host_tables lower = lab_tables(&lab, 12, 39), upper = lab_tables(&lab, 12, 36);
    struct dbell_host_tables stage2 = lab_tables(&lab, 12, 40);
    dbell_host_map(&lower, UINT64_C(0x3f00000000), IPA, 3, LAB_S1_RW);
    dbell_host_map(&upper, UINT64_C(0xf0000000) - 0x5000, IPA + 0x1000, 3, LAB_S1_RW);
    dbell_host_map(&stage2, IPA, PAGE, 3, LAB_S2_RW);
    dbell_host_map(&stage2, IPA + 0x1000, PAGE, 3, LAB_S2_RW);
    for (uint64_t block = LAB_RAM >> 30; block < 2; block++) /* where the tables lie */
        dbell_host_map(&stage2, block << 30, block << 30, 1, LAB_S2_RW);
    struct dbell_host_cd cd = lab_cd(&lower);
    cd.epd1 = 0;
    cd.t1sz = 64 - 36;
    cd.tg1 = 2;
    cd.ttb1 = upper.root;
    struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
    const struct dbell_host_ste nested = lab_ste_stage2(&stage2);
    ste.config = 7;
    ste.s2t0sz = nested.s2t0sz;
    ste.s2sl0 = nested.s2sl0;
    ste.s2tg = nested.s2tg;
    ste.s2ps = nested.s2ps;
    ste.s2aa64 = nested.s2aa64;
    ste.s2affd = nested.s2affd;
    ste.s2r = nested.s2r;
    ste.s2ttb = nested.s2ttb;
    ste.s2vmid = 1;
    lab_ste(&lab, SID, &ste);
    const struct dbell_isolation_summary s = look(&lab);
    CHECK(s.isolated_msi);
    REQUIRE(seen.count == 4);
    CHECK_EQ(seen.reaches[0].iova, UINT64_C(0x3f00000040));
    CHECK_EQ(seen.reaches[2].iova, UINT64_C(0xfffffff0f0000000) - 0x5000 + 0x40);
    lab_close(&lab);
}

TEST(isolation, bypass_reaches_everything_and_abort_nothing)
{
    struct lab lab;
    REQUIRE(opened(&lab));
    const struct dbell_host_ste bypass = {.v = 1, .config = 4}, abort = {.v = 1, .config = 0};
    lab_ste(&lab, SID, &bypass);
    lab_ste(&lab, OTHER, &abort);
    const struct dbell_isolation_summary s = look(&lab);
    CHECK_EQ(s.reaching, 1);
    CHECK(s.by_number);
    REQUIRE(seen.count == 3);
    CHECK_EQ(seen.reaches[0].iova, LAB_DOORBELL);
    CHECK_EQ(seen.reaches[2].iova, LAB_GICD + 0x40);
    lab_close(&lab);
}

TEST(isolation, substreams_are_searched_one_by_one)
{
    struct lab lab;
    REQUIRE(opened(&lab));
    struct dbell_host_tables tables = lab_tables(&lab, 12, 48), empty = lab_tables(&lab, 12, 48);
    dbell_host_map(&tables, IOVA, PAGE, 3, LAB_S1_RW);
    const struct dbell_host_cd with = lab_cd(&tables), without = lab_cd(&empty);
    const uint64_t cds = lab_alloc(&lab, 4 * 64);
    for (unsigned i = 0; i < 4; i++) { /* 1 has no CD, 2 reaches the doorbell */
        uint64_t words[8];
        dbell_host_cd_encode(i == 2 ? &with : &without, words);
        if (i != 1)
            dbell_host_store_words(&lab.bus, cds + 64 * i, words, 8);
    }
    struct dbell_host_ste ste = lab_ste_stage1(&lab, &without);
    ste.s1contextptr = cds;
    ste.s1cdmax = 2;
    ste.s1fmt = 0;
    ste.s1dss = 2;
    lab_ste(&lab, SID, &ste);
    look(&lab);
    REQUIRE(seen.count == 2);
    CHECK(seen.reaches[0].has_ssid);
    CHECK_EQ(seen.reaches[0].ssid, 2);
    CHECK_EQ(seen.reaches[0].iova, IOVA + 0x40);
    lab_close(&lab);
}

/* Nothing is written, recorded, cached or counted. */
TEST(isolation, looking_changes_nothing)
{
    struct lab lab;
    REQUIRE(opened(&lab));
    mapped(&lab, SID, LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AF);
    struct dbell_smmu *smmu = dbell_machine_smmu(lab.machine, 0);
    struct dbell_its *its = dbell_machine_its(lab.machine, 0);
    const uint64_t prod = lab_read(&lab, LAB_PAGE1 + 0xa8, 4);
    const uint64_t reads = dbell_smmu_count(smmu, DBELL_SMMU_READS_STE);
    const uint64_t entries = dbell_its_count(its, DBELL_ITS_READS_DTE);
    look(&lab);
    CHECK_EQ(lab_read(&lab, LAB_PAGE1 + 0xa8, 4), prod);
    CHECK_EQ(dbell_smmu_count(smmu, DBELL_SMMU_READS_STE), reads);
    CHECK_EQ(dbell_its_count(its, DBELL_ITS_READS_DTE), entries);
    lab_close(&lab);
}

/* A machine of a platform without an SMMU. */
static bool board(struct dbell_machine **machine, bool direct)
{
    static struct dbell_platform p;
    struct dbell_message message;
    memset(&p, 0, sizeof p);
    p.has_gic = true;
    p.gic_distributor = 0x8000000;
    p.gic_redistributors = 0x80a0000;
    p.gic = dbell_gic_default_config();
    p.gic.cpus = 2;
    p.gic.it_lines = 1;
    p.gic.direct_lpi = direct;
    p.v2m[0] = (struct dbell_platform_v2m){0x8020000, {40, 8}};
    p.v2m_count = 1;
    p.explicit_maps = true;
    p.devices[0] = (struct dbell_rid_range){.first = 16, .count = 2, .base = 16};
    p.device_count = 1;
    return dbell_platform_check(&p, &message) == DBELL_OK &&
           dbell_machine_create(&p, machine, &message) == DBELL_OK;
}

TEST(isolation, a_frame_has_none)
{
    struct lab lab = {0};
    REQUIRE(board(&lab.machine, false));
    const struct dbell_isolation_summary s = look(&lab);
    CHECK_EQ(s.requesters, 2);
    CHECK_EQ(s.reaching, 2);
    CHECK(s.by_number && !s.isolated_msi);
    REQUIRE(seen.count == 4);
    CHECK_EQ(seen.reaches[0].doorbell, DBELL_DOORBELL_V2M);
    CHECK_EQ(seen.reaches[0].iova, 0x8020040);
    CHECK_EQ(seen.reaches[0].first, 40);
    CHECK_EQ(seen.reaches[0].last, 47);
    CHECK_EQ(seen.reaches[0].kind, DBELL_RAISED_SPI);
    CHECK_EQ(seen.reaches[1].last, 63); /* ITLinesNumber 1 */
    CHECK_EQ(seen.reaches[2].requesterid, 17);
    dbell_machine_destroy(lab.machine);
}

TEST(isolation, neither_have_direct_lpis)
{
    struct lab lab = {0};
    REQUIRE(board(&lab.machine, true));
    look(&lab);
    REQUIRE(seen.count == 8);
    CHECK_EQ(seen.reaches[3].doorbell, DBELL_DOORBELL_SETLPIR);
    CHECK_EQ(seen.reaches[3].iova, 0x80c0040);
    CHECK_EQ(seen.reaches[3].kind, DBELL_RAISED_LPI);
    CHECK_EQ(seen.reaches[3].at, 1);
    CHECK_EQ(seen.reaches[3].first, 8192);
    CHECK_EQ(seen.reaches[3].last, 65535);
    dbell_machine_destroy(lab.machine);
}
