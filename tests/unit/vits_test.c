/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The ITS alone with GICv4: vPEs, vLPIs and vSGIs in its registers, tables and commands
 * (IHI 0069 5.2, 5.3, 12.18). */
#include <string.h>

#include "dbell_test.h"
#include "its_bench.h"

enum { DEV = 5, EVENT = 3, VLPI = 8205, VPE = 4, OTHER = 9, CPU = 1, DOORBELL = 8300, NONE = 1023 };
enum { INT = 3, CLEAR = 4, INV = 0xc, DISCARD = 0xf, VSYNC = 0x25, VINVALL = 0x2d, INVDB = 0x2e };
#define VPT   UINT64_C(0x000f123456780000)
#define VCONF UINT64_C(0x000fedcba9870000)

static struct dbell_its_config of_version(enum dbell_gic_version version)
{
    struct dbell_its_config config = dbell_its_default_config();
    dbell_its_make_version(&config, version);
    return config;
}

static struct dbell_host_vpe_mapping vmapp(uint32_t vpeid)
{
    return (struct dbell_host_vpe_mapping){.vpeid = vpeid,
                                           .rdbase = CPU,
                                           .vpt = VPT + vpeid * UINT64_C(0x10000),
                                           .intid_bits = 14,
                                           .valid = true,
                                           .doorbell = NONE};
}

static bool map_vpe(struct its_bench *b, uint32_t vpeid)
{
    const struct dbell_host_vpe_mapping map = vmapp(vpeid);
    return its_command(b, dbell_host_vmapp(&map));
}

/* Event 3 of device 5, of 16 events, is vLPI 8205 of vPE 4 at CPU 1, with doorbell 8300; vPE 9 is
 * mapped too. What was asked of redistributors by then is forgotten. */
static bool opened(struct its_bench *b, const struct dbell_its_config *config)
{
    if (!its_open(b, config))
        return false;
    its_on(b);
    const bool ok = its_command(b, dbell_host_mapd(DEV, 4, its_alloc(b, 4096), true)) &&
                    map_vpe(b, VPE) && map_vpe(b, OTHER) &&
                    its_command(b, dbell_host_vmapti(DEV, EVENT, VLPI, VPE, DOORBELL));
    b->called = 0;
    return ok;
}

static bool opened_as(struct its_bench *b, enum dbell_gic_version version)
{
    const struct dbell_its_config config = of_version(version);
    return opened(b, &config);
}

static bool asked(const struct its_bench *b, unsigned n, enum dbell_lpi_kind kind, uint32_t intid)
{
    return n < b->called && b->calls[n].request.kind == kind && b->calls[n].request.intid == intid;
}

/* --- registers and configuration --- */

TEST(vits_config, what_a_version_says_is_in_typer_and_baser2_GITS_TYPER)
{
    const struct dbell_its_config v3 = of_version(DBELL_GICV3), v4 = of_version(DBELL_GICV4_0),
                                  v4_1 = of_version(DBELL_GICV4_1);
    CHECK_EQ(v3.typer, UINT64_C(0x1f0001efb1));
    CHECK_EQ(v4.typer, UINT64_C(0x3f0001efb3));    /* Virtual, VMOVP */
    CHECK_EQ(v4_1.typer, UINT64_C(0x1bf0001efb3)); /* and VSGI, VMAPP */
    CHECK_EQ(v3.baser[2], 0);
    CHECK_EQ(v4.baser[2], UINT64_C(0x020f000000000000));
    CHECK_EQ(v4_1.baser[2], UINT64_C(0x021f000000000000));
    CHECK_EQ(dbell_its_version(&v3), DBELL_GICV3);
    CHECK_EQ(dbell_its_version(&v4), DBELL_GICV4_0);
    CHECK_EQ(dbell_its_version(&v4_1), DBELL_GICV4_1);
    CHECK_EQ(dbell_its_space(&v4), 0x20000);
    CHECK_EQ(dbell_its_space(&v4_1), 0x40000);
    struct dbell_its_config back = v4_1;
    dbell_its_make_version(&back, DBELL_GICV3);
    CHECK_EQ(back.typer, v3.typer);
    CHECK_EQ(back.baser[2], 0);
}

TEST(vits_config, an_inconsistent_one_is_refused_with_its_key_GITS_TYPER)
{
    enum { VIRTUAL = 1, VMOVP = 37, VSGI = 39, VMAPP = 40, SVPET = 41, NID = 43 };
    const uint64_t v4 = of_version(DBELL_GICV4_0).typer, v4_1 = of_version(DBELL_GICV4_1).typer;
    const uint64_t device = UINT64_C(0x0107000000000000), vpe = UINT64_C(0x021f000000000000);
    const struct {
        const char *what, *key;
        uint64_t typer, baser0, baser2, baser3;
    } cases[] = {
        {"VMOVP without Virtual", "typer", v4 & ~UINT64_C(2), device, 0, 0},
        {"VMAPP without Virtual", "typer", v4_1 & ~(UINT64_C(1) << VIRTUAL | UINT64_C(1) << VMOVP),
         device, vpe, 0},
        {"VSGI without VMAPP", "typer", v4 | UINT64_C(1) << VSGI, device, vpe, 0},
        {"SVPET without VMAPP", "typer", v4 | UINT64_C(1) << SVPET, device, vpe, 0},
        {"SVPET without VMAPP", "typer", v4 | UINT64_C(2) << SVPET, device, vpe, 0},
        {"nID without VMAPP", "typer", v4 | UINT64_C(1) << NID, device, vpe, 0},
        {"no room for a doorbell", "typer", (v4 & ~UINT64_C(0xf0)) | 0xa0, device, vpe, 0},
        {"no vPE table", "baser2", v4, device, 0, 0},
        {"16 bytes for 32", "baser2", v4_1, device, UINT64_C(0x020f000000000000), 0},
        {"31 bytes for 32", "baser2", v4_1, device, UINT64_C(0x021e000000000000), 0},
        {"15 bytes for 16", "baser2", v4, device, UINT64_C(0x020e000000000000), 0},
        {"elsewhere in GICv4.1", "baser3", v4_1, device, 0, vpe},
        {"nothing", NULL, v4, device, UINT64_C(0x020f000000000000), 0},
        {"elsewhere in GICv4.0", NULL, v4, device, 0, vpe},
        {"nothing in GICv4.1", NULL, v4_1, device, vpe, 0},
        {"8 bytes without doorbells", NULL, (v4_1 & ~UINT64_C(0xf0)) | 0x70 | UINT64_C(1) << NID,
         device, vpe, 0},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dbell_its_config config = dbell_its_default_config();
        struct dbell_its_problem problem = {0};
        config.typer = cases[i].typer;
        config.baser[0] = cases[i].baser0;
        config.baser[2] = cases[i].baser2;
        config.baser[3] = cases[i].baser3;
        CHECK_EQ(dbell_its_inconsistency(&config, &problem), cases[i].key != NULL);
        CHECK_TEXT(problem.key ? problem.key : cases[i].what,
                   cases[i].key ? cases[i].key : cases[i].what);
    }
    struct dbell_its_config config = of_version(DBELL_GICV4_0);
    struct dbell_its_problem problem;
    config.vpe_entries = 0;
    CHECK(dbell_its_inconsistency(&config, &problem));
    CHECK_TEXT(problem.key, "vpe_entries");
}

TEST(vits, registers_of_gicv4_12_19)
{
    struct its_bench b;
    struct dbell_its_config config = of_version(DBELL_GICV4_0);
    config.typer &= ~(UINT64_C(1) << 37); /* VMOVP 0: ITSes have numbers */
    REQUIRE(its_open(&b, &config));
    CHECK_EQ(its_get(&b, 0xffe8, 4), 0x4b);
    its_put(&b, ITS_CTLR, 4, 0xffffffff);
    CHECK_EQ(its_get(&b, ITS_CTLR, 4), 0xf3);
    its_put(&b, ITS_CTLR, 4, 0x51); /* the number stays while it is enabled */
    CHECK_EQ(its_get(&b, ITS_CTLR, 4), 0xf1);
    its_put(&b, ITS_CTLR, 4, 0);
    its_put(&b, ITS_CTLR, 4, 0x50);
    CHECK_EQ(its_get(&b, ITS_CTLR, 4), 0x80000050);
    its_close(&b);
    REQUIRE(opened_as(&b, DBELL_GICV4_0)); /* VMOVP 1: they have none */
    its_put(&b, ITS_CTLR, 4, 0);
    its_put(&b, ITS_CTLR, 4, 0xffffffff);
    CHECK_EQ(its_get(&b, ITS_CTLR, 4), 0x3);
    CHECK_EQ(its_get(&b, 0x18, 4), 0);
    its_close(&b);
    config = of_version(DBELL_GICV4_1);
    config.mpidr = 0xa1b2c3d4;
    REQUIRE(its_open(&b, &config));
    CHECK_EQ(its_get(&b, 0x18, 4), 0); /* SVPET 0 */
    its_close(&b);
    config.typer |= UINT64_C(3) << 41;
    REQUIRE(its_open(&b, &config));
    CHECK_EQ(its_get(&b, 0x18, 4), 0xa1b2c300);
    its_close(&b);
    REQUIRE(its_open(&b, NULL)); /* GICv3 has nothing of it */
    its_put(&b, ITS_CTLR, 4, 0xffffffff);
    CHECK_EQ(its_get(&b, ITS_CTLR, 4), 0x1);
    its_close(&b);
}

/* --- tables --- */

TEST(vits, a_vpe_is_in_the_table_as_documented_5_2)
{
    struct its_bench b;
    struct dbell_host_vpe_mapping map = {.vpeid = 0x7ff, /* the last of 64 KB */
                                         .rdbase = UINT64_C(0xfedcba987),
                                         .vpt = VPT,
                                         .intid_bits = 16,
                                         .valid = true,
                                         .alloc = true,
                                         .vconf = VCONF,
                                         .doorbell = 65535};
    const struct dbell_its_config config = of_version(DBELL_GICV4_1);
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    b.any_rdbase = true;
    CHECK(its_command(&b, dbell_host_vmapp(&map)));
    const uint64_t entry = b.vpes + 0x7ff * UINT64_C(32);
    CHECK_EQ(its_load(&b, entry), UINT64_C(1) << 63 | UINT64_C(15) << 56 | UINT64_C(0xfedcba987));
    CHECK_EQ(its_load(&b, entry + 8), VPT >> 16);
    CHECK_EQ(its_load(&b, entry + 16), VCONF >> 16);
    CHECK_EQ(its_load(&b, entry + 24), 65535);
    REQUIRE(asked(&b, 0, DBELL_VPE_MAP, 0));
    const struct dbell_vpe *vpe = &b.calls[0].vpe;
    CHECK_EQ(vpe->vpeid, 0x7ff);
    CHECK_EQ(vpe->rdbase, UINT64_C(0xfedcba987));
    CHECK_EQ(vpe->vpt, VPT);
    CHECK_EQ(vpe->intid_bits, 16);
    CHECK_EQ(vpe->vconf, VCONF);
    CHECK_EQ(vpe->doorbell, 65535);
    map.valid = false;
    CHECK(its_command(&b, dbell_host_vmapp(&map)));
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQ(its_load(&b, entry + 8 * i), 0);
    CHECK(asked(&b, 1, DBELL_VPE_UNMAP, 0));
    CHECK_EQ(b.calls[1].vpe.vpt, VPT);
    CHECK(its_command(&b, dbell_host_vmapp(&map))); /* it was not mapped any more */
    CHECK_EQ(b.called, 2);
    its_close(&b);
}

TEST(vits, vmapp_of_gicv4_0_has_neither_alloc_nor_doorbell_5_3)
{
    struct its_bench b;
    struct dbell_host_vpe_mapping map = vmapp(VPE);
    REQUIRE(opened_as(&b, DBELL_GICV4_0));
    map.alloc = map.ptz = true;
    map.vconf = VCONF;
    map.doorbell = 8192;
    CHECK(its_command(&b, dbell_host_vmapp(&map)));
    CHECK_EQ(its_load(&b, b.vpes + VPE * 16), UINT64_C(1) << 63 | UINT64_C(13) << 56 | CPU);
    CHECK_EQ(its_load(&b, b.vpes + VPE * 16 + 8), map.vpt >> 16);
    CHECK_EQ(its_load(&b, b.vpes + VPE * 16 + 16), 0); /* the next entry */
    CHECK_EQ(b.called, 0);
    its_msi(&b, DEV, EVENT);
    CHECK_EQ(b.calls[0].vpe.vconf, 0);
    CHECK_EQ(b.calls[0].vpe.doorbell, NONE);
    its_close(&b);
}

TEST(vits, a_virtual_event_is_in_the_itt_as_documented_5_2)
{
    struct its_bench b;
    struct dbell_its_config config = of_version(DBELL_GICV4_1);
    REQUIRE(opened(&b, &config));
    const uint64_t itt = b.next - 4096;
    CHECK_EQ(its_load(&b, itt + 12 * EVENT), UINT64_C(3) << 62 | (uint64_t)VPE << 32 | VLPI);
    CHECK_EQ(its_load(&b, itt + 12 * EVENT + 8), DOORBELL); /* and the next event: 0 */
    its_close(&b);
    config.typer = (config.typer & ~UINT64_C(0xf0)) | 0x70 | UINT64_C(1) << 43; /* nID, 8 bytes */
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    const uint64_t small = its_alloc(&b, 4096);
    CHECK(its_command(&b, dbell_host_mapd(DEV, 4, small, true)));
    CHECK(map_vpe(&b, VPE));
    CHECK(!its_command(&b, dbell_host_vmapti(DEV, EVENT, VLPI, VPE, DOORBELL)));
    CHECK_EQ(dbell_its_last_error(&b.its), 0x012a06);
    its_put(&b, ITS_CWRITER, 8, its_get(&b, ITS_CREADR, 8) & ~UINT64_C(1)); /* give it up */
    its_close(&b);
    config.error_policy = DBELL_ITS_IGNORE;
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    const uint64_t again = its_alloc(&b, 4096);
    CHECK(its_command(&b, dbell_host_mapd(DEV, 4, again, true)));
    CHECK(map_vpe(&b, VPE));
    CHECK(its_command(&b, dbell_host_vmapti(DEV, EVENT + 1, VLPI + 1, VPE, NONE)));
    CHECK(its_command(&b, dbell_host_vmapti(DEV, EVENT, VLPI, VPE, NONE)));
    CHECK_EQ(its_load(&b, again + 8 * EVENT), UINT64_C(3) << 62 | (uint64_t)VPE << 32 | VLPI);
    CHECK_EQ(its_load(&b, again + 8 * EVENT + 8),
             UINT64_C(3) << 62 | (uint64_t)VPE << 32 | (VLPI + 1));
    b.called = 0;
    CHECK_EQ(its_msi(&b, DEV, EVENT).verdict, DBELL_ITS_DELIVERED);
    CHECK_EQ(b.calls[0].request.doorbell, NONE);
    its_close(&b);
}

TEST(vits, with_svpet_the_redistributors_write_the_table_GITS_TYPER)
{
    for (uint64_t svpet = 1; svpet < 4; svpet++) {
        struct its_bench b;
        struct dbell_its_config config = of_version(DBELL_GICV4_1);
        struct dbell_host_vpe_mapping map = vmapp(VPE);
        config.typer |= svpet << 41;
        REQUIRE(its_open(&b, &config));
        its_on(&b);
        map.alloc = true;
        CHECK(its_command(&b, dbell_host_vmapp(&map)));
        CHECK(asked(&b, 0, DBELL_VPE_MAP, 0));
        CHECK_EQ(its_load(&b, b.vpes + 32 * VPE), 0);
        its_close(&b);
    }
}

TEST(vits, the_vpe_table_may_have_two_levels_GITS_BASERn)
{
    struct its_bench b;
    struct dbell_its_config config = of_version(DBELL_GICV4_1);
    config.error_policy = DBELL_ITS_IGNORE;
    REQUIRE(its_open(&b, &config));
    const uint64_t level1 = its_alloc(&b, 4096), page = its_alloc(&b, 4096);
    its_on(&b);
    its_put(&b, ITS_CTLR, 4, 0);
    its_put(&b, ITS_BASER2, 8, ITS_VALID | UINT64_C(1) << 62 | level1); /* 4 KB: 128 vPEs a page */
    its_put(&b, ITS_CTLR, 4, 1);
    const uint64_t word = ITS_VALID | page;
    dbell_host_store_words(&b.bus, level1 + 8 * 3, &word, 1);
    CHECK(map_vpe(&b, 3 * 128 + 5));
    CHECK_EQ(its_load(&b, page + 5 * 32), UINT64_C(1) << 63 | UINT64_C(13) << 56 | CPU);
    CHECK(!map_vpe(&b, 4 * 128));
    CHECK_EQ(dbell_its_last_error(&b.its), 0x012911);
    CHECK(!its_command(&b, dbell_host_vpe(VSYNC, 4 * 128)));
    CHECK_EQ(dbell_its_last_error(&b.its), 0x012514);
    CHECK(its_command(&b, dbell_host_vpe(VSYNC, 3 * 128 + 5)));
    its_close(&b);
}

/* --- translation --- */

TEST(vits, an_msi_becomes_the_vlpi_of_its_vpe_5_1)
{
    struct its_bench b;
    REQUIRE(opened_as(&b, DBELL_GICV4_0));
    const struct dbell_msi_result msi = its_msi(&b, DEV, EVENT);
    CHECK_EQ(msi.verdict, DBELL_ITS_DELIVERED);
    CHECK(msi.is_virtual);
    CHECK_EQ(msi.vpeid, VPE);
    CHECK_EQ(msi.intid, VLPI);
    CHECK_EQ(msi.rdbase, CPU);
    REQUIRE(asked(&b, 0, DBELL_VLPI_SET, VLPI));
    CHECK_EQ(b.calls[0].request.doorbell, DOORBELL);
    CHECK_EQ(b.calls[0].vpe.vpeid, VPE);
    CHECK_EQ(b.calls[0].vpe.vpt, VPT + VPE * 0x10000);
    CHECK_EQ(b.calls[0].vpe.intid_bits, 14);
    CHECK_EQ(b.calls[0].vpe.rdbase, CPU);
    its_close(&b);
}

TEST(vits, physical_and_virtual_events_are_side_by_side_5_1)
{
    struct its_bench b;
    REQUIRE(opened_as(&b, DBELL_GICV4_1));
    CHECK(its_command(&b, dbell_host_mapc(VPE, 2, true))); /* the ICID is no vPEID */
    CHECK(its_command(&b, dbell_host_mapti(DEV, EVENT + 1, 8400, VPE)));
    b.called = 0;
    CHECK(!its_msi(&b, DEV, EVENT + 1).is_virtual);
    CHECK(its_msi(&b, DEV, EVENT).is_virtual);
    CHECK(asked(&b, 0, DBELL_LPI_SET, 8400));
    CHECK(!b.calls[0].request.vpe);
    CHECK_EQ(b.calls[0].request.rdbase, 2);
    CHECK(asked(&b, 1, DBELL_VLPI_SET, VLPI));
    its_close(&b);
}

TEST(vits, without_its_vpe_an_msi_is_refused_and_told_GITS_STATUSR)
{
    struct its_bench b;
    struct dbell_its_config config = of_version(DBELL_GICV4_0);
    struct dbell_host_vpe_mapping map = vmapp(VPE);
    config.typer |= UINT64_C(1) << 44; /* UMSI */
    REQUIRE(opened(&b, &config));
    map.valid = false;
    CHECK(its_command(&b, dbell_host_vmapp(&map)));
    CHECK_EQ(its_msi(&b, DEV, EVENT).verdict, DBELL_ITS_VPE_UNMAPPED);
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 1 << 4 | 9 << 6);
    CHECK_EQ(its_get(&b, ITS_UMSIR, 8), (uint64_t)DEV << 32 | EVENT);
    CHECK_EQ(b.called, 0);
    CHECK_TEXT(dbell_its_verdict_text(DBELL_ITS_VPE_UNMAPPED), "dropped: vPE not mapped (VMAPP)");
    its_close(&b);
}

TEST(vits, without_its_table_of_vpes_it_translates_nothing_GITS_BASERn)
{
    struct its_bench b;
    REQUIRE(opened_as(&b, DBELL_GICV4_0));
    CHECK(its_command(&b, dbell_host_mapc(2, 2, true)));
    CHECK(its_command(&b, dbell_host_mapti(DEV, EVENT + 1, 8400, 2)));
    its_put(&b, ITS_CTLR, 4, 0);
    its_put(&b, ITS_BASER2, 8, b.vpes | 0x200);
    its_put(&b, ITS_CTLR, 4, 1);
    CHECK_EQ(its_msi(&b, DEV, EVENT).verdict, DBELL_ITS_NO_TABLE);
    CHECK_EQ(its_msi(&b, DEV, EVENT + 1).verdict, DBELL_ITS_NO_TABLE);
    its_close(&b);
}

TEST(vits, a_vpe_is_cached_until_it_is_mapped_again_5_2)
{
    struct its_bench b;
    struct dbell_host_vpe_mapping map = vmapp(VPE);
    REQUIRE(opened_as(&b, DBELL_GICV4_1));
    its_msi(&b, DEV, EVENT);
    const uint64_t reads = its_count(&b, DBELL_ITS_READS_VPE);
    const uint64_t hits = its_count(&b, DBELL_ITS_VPE_HIT);
    its_msi(&b, DEV, EVENT);
    CHECK_EQ(its_count(&b, DBELL_ITS_READS_VPE), reads);
    CHECK_EQ(its_count(&b, DBELL_ITS_VPE_HIT), hits + 1);
    map.rdbase = 3;
    CHECK(its_command(&b, dbell_host_vmapp(&map)));
    CHECK_EQ(its_msi(&b, DEV, EVENT).rdbase, 3);
    map.valid = false;
    CHECK(its_command(&b, dbell_host_vmapp(&map)));
    const uint64_t misses = its_count(&b, DBELL_ITS_VPE_MISS);
    its_msi(&b, DEV, EVENT);
    its_msi(&b, DEV, EVENT); /* what is not mapped is not kept */
    CHECK_EQ(its_count(&b, DBELL_ITS_VPE_MISS), misses + 2);
    its_close(&b);
}

/* --- commands --- */

TEST(vits, event_commands_are_of_vlpis_too_5_3)
{
    struct its_bench b;
    static const struct {
        unsigned opcode;
        enum dbell_lpi_kind kind;
    } cases[] = {{INT, DBELL_VLPI_SET},
                 {CLEAR, DBELL_VLPI_CLEAR},
                 {INV, DBELL_VLPI_INVALIDATE},
                 {DISCARD, DBELL_VLPI_CLEAR}};
    REQUIRE(opened_as(&b, DBELL_GICV4_0));
    for (unsigned i = 0; i < 4; i++) {
        CHECK(its_command(&b, dbell_host_event(cases[i].opcode, DEV, EVENT)));
        CHECK(asked(&b, i, cases[i].kind, VLPI));
        CHECK_EQ(b.calls[i].vpe.vpeid, VPE);
        CHECK_EQ(b.calls[i].request.doorbell, DOORBELL);
    }
    CHECK_EQ(its_msi(&b, DEV, EVENT).verdict, DBELL_ITS_EVENT_UNMAPPED);
    its_close(&b);
}

TEST(vits, vmapi_takes_the_eventid_5_3)
{
    struct its_bench b;
    REQUIRE(opened_as(&b, DBELL_GICV4_0));
    CHECK(its_command(&b, dbell_host_mapd(DEV, 14, its_alloc(&b, 0x40000), true)));
    CHECK(its_command(&b, dbell_host_vmapi(DEV, 0x2123, OTHER, DOORBELL + 1)));
    CHECK(its_msi(&b, DEV, 0x2123).is_virtual);
    CHECK(asked(&b, 0, DBELL_VLPI_SET, 0x2123));
    CHECK_EQ(b.calls[0].vpe.vpeid, OTHER);
    CHECK_EQ(b.calls[0].request.doorbell, DOORBELL + 1);
    its_close(&b);
}

TEST(vits, vmovi_takes_the_vlpi_and_may_take_a_doorbell_5_3)
{
    struct its_bench b;
    REQUIRE(opened_as(&b, DBELL_GICV4_0));
    CHECK(its_command(&b, dbell_host_vmovi(DEV, EVENT, OTHER, 0)));
    REQUIRE(asked(&b, 0, DBELL_VLPI_MOVE, VLPI));
    CHECK_EQ(b.calls[0].vpe.vpeid, VPE);
    CHECK_EQ(b.calls[0].target.vpeid, OTHER);
    CHECK_EQ(b.calls[0].request.doorbell, DOORBELL);
    CHECK_EQ(its_msi(&b, DEV, EVENT).vpeid, OTHER);
    CHECK(its_command(&b, dbell_host_vmovi(DEV, EVENT, OTHER, DOORBELL + 7)));
    CHECK_EQ(b.called, 2); /* it is there already */
    its_msi(&b, DEV, EVENT);
    CHECK_EQ(b.calls[2].request.doorbell, DOORBELL + 7);
    CHECK(its_command(&b, dbell_host_vmovi(DEV, EVENT, VPE, NONE)));
    CHECK_EQ(b.calls[3].request.doorbell, NONE);
    its_close(&b);
}

TEST(vits, vmovp_gives_a_vpe_another_redistributor_5_3)
{
    struct its_bench b;
    struct dbell_host_vpe_move move = {.vpeid = VPE, .rdbase = 3, .doorbell = 8333};
    REQUIRE(opened_as(&b, DBELL_GICV4_1));
    CHECK(its_command(&b, dbell_host_vmovp(&move)));
    REQUIRE(asked(&b, 0, DBELL_VPE_MOVE, 0));
    CHECK_EQ(b.calls[0].vpe.vpeid, VPE);
    CHECK_EQ(b.calls[0].vpe.rdbase, 3);
    CHECK_EQ(b.calls[0].vpe.doorbell, 8333);
    CHECK_EQ(b.calls[0].vpe.vpt, VPT + VPE * 0x10000);
    CHECK_EQ(its_msi(&b, DEV, EVENT).rdbase, 3);
    move.rdbase = 2;
    move.doorbell = 0; /* DB 0: it stays */
    CHECK(its_command(&b, dbell_host_vmovp(&move)));
    CHECK_EQ(b.calls[2].vpe.doorbell, 8333);
    its_close(&b);
    REQUIRE(opened_as(&b, DBELL_GICV4_0)); /* which has no DB */
    move.doorbell = 8333;
    CHECK(its_command(&b, dbell_host_vmovp(&move)));
    CHECK_EQ(b.calls[0].vpe.doorbell, NONE);
    its_close(&b);
}

TEST(vits, one_vmovp_is_for_all_itses_GITS_TYPER)
{
    struct its_bench b;
    const struct dbell_vpe moved = {.vpeid = VPE, .rdbase = 2, .doorbell = 8444};
    const struct dbell_vpe unknown = {.vpeid = 77, .rdbase = 2};
    REQUIRE(opened_as(&b, DBELL_GICV4_1));
    dbell_its_vpe_moved(&b.its, &moved);
    dbell_its_vpe_moved(&b.its, &unknown);
    its_msi(&b, DEV, EVENT);
    CHECK_EQ(b.called, 1);
    CHECK_EQ(b.calls[0].vpe.rdbase, 2);
    CHECK_EQ(b.calls[0].vpe.doorbell, 8444);
    CHECK_EQ(b.calls[0].vpe.vpt, VPT + VPE * 0x10000);
    CHECK_EQ(its_load(&b, b.vpes + 32 * 77), 0);
    its_put(&b, ITS_CTLR, 4, 0);
    b.logged = 0;
    dbell_its_vpe_moved(&b.its, &unknown); /* a disabled one accesses nothing */
    CHECK_EQ(b.logged, 0);
    its_close(&b);
    struct dbell_its_config config = of_version(DBELL_GICV4_0);
    config.typer &= ~(UINT64_C(1) << 37);
    REQUIRE(opened(&b, &config));
    dbell_its_vpe_moved(&b.its, &moved); /* it gets its own */
    CHECK_EQ(its_msi(&b, DEV, EVENT).rdbase, CPU);
    its_close(&b);
}

TEST(vits, with_a_list_a_vmovp_waits_for_the_others_5_3)
{
    struct its_bench b;
    struct dbell_its_config config = of_version(DBELL_GICV4_0);
    const struct dbell_host_vpe_move move = {
        .vpeid = VPE, .rdbase = 3, .its_list = 0x8421, .sequence = 0xbeef};
    config.typer &= ~(UINT64_C(1) << 37);
    REQUIRE(opened(&b, &config));
    its_put(&b, ITS_CTLR, 4, 0);
    its_put(&b, ITS_CTLR, 4, 0xd0);
    its_put(&b, ITS_CTLR, 4, 0xd1);
    b.alone = true;
    its_post(&b, dbell_host_vmovp(&move));
    const uint64_t reader = its_get(&b, ITS_CREADR, 8),
                   commands = its_count(&b, DBELL_ITS_COMMANDS);
    CHECK_EQ(dbell_its_step(&b.its, NULL), DBELL_NOT_YET);
    CHECK_EQ(dbell_its_step(&b.its, NULL), DBELL_NOT_YET);
    CHECK_EQ(its_get(&b, ITS_CREADR, 8), reader);
    CHECK_EQ(its_count(&b, DBELL_ITS_COMMANDS), commands);
    CHECK_EQ(its_msi(&b, DEV, EVENT).rdbase, CPU);
    CHECK_EQ(b.meeting.its_number, 0xd);
    CHECK_EQ(b.meeting.its_list, 0x8421);
    CHECK_EQ(b.meeting.sequence, 0xbeef);
    b.alone = false;
    CHECK_EQ(dbell_its_step(&b.its, NULL), DBELL_STEPPED);
    CHECK_EQ(its_msi(&b, DEV, EVENT).rdbase, 3);
    its_close(&b);
}

TEST(vits, vinvall_and_invdb_name_a_vpe_5_3)
{
    struct its_bench b;
    REQUIRE(opened_as(&b, DBELL_GICV4_1));
    CHECK(its_command(&b, dbell_host_vpe(VINVALL, OTHER)));
    CHECK(its_command(&b, dbell_host_vpe(INVDB, VPE)));
    CHECK(its_command(&b, dbell_host_vpe(VSYNC, VPE)));
    CHECK_EQ(b.called, 2);
    CHECK(asked(&b, 0, DBELL_VLPI_INVALIDATE_ALL, 0));
    CHECK_EQ(b.calls[0].vpe.vpeid, OTHER);
    CHECK(asked(&b, 1, DBELL_VPE_INVALIDATE, 0));
    CHECK_EQ(b.calls[1].vpe.vpeid, VPE);
    its_close(&b);
}

static void sync_while_translating(struct its_bench *b)
{
    its_post(b, dbell_host_vpe(VSYNC, VPE));
    CHECK_EQ(dbell_its_step(&b->its, NULL), DBELL_NOT_YET);
}

TEST(vits, vsync_waits_for_msis_that_are_under_way_5_3)
{
    struct its_bench b;
    struct dbell_its_config config = of_version(DBELL_GICV4_0);
    config.no_caches = true;
    REQUIRE(opened(&b, &config));
    its_during(&b, b.vpes + 16 * VPE, sync_while_translating);
    CHECK(its_msi(&b, DEV, EVENT).is_virtual);
    CHECK_EQ(dbell_its_step(&b.its, NULL), DBELL_STEPPED);
    its_close(&b);
}

/* --- vSGIs --- */

TEST(vits, vsgi_configures_or_clears_5_3)
{
    struct its_bench b;
    REQUIRE(opened_as(&b, DBELL_GICV4_1));
    CHECK(its_command(&b, dbell_host_vsgi(VPE, 15, true, 1, 0xb0)));
    CHECK(its_command(&b, dbell_host_vsgi(VPE, 6, true, 0, 0x40)));
    CHECK(its_command(&b, dbell_host_vsgi(VPE, 6, false, 1, 0)));
    CHECK(its_command(&b, dbell_host_vsgi_clear(OTHER, 9)));
    REQUIRE(b.called == 4);
    CHECK(asked(&b, 0, DBELL_VSGI_CONFIGURE, 15));
    CHECK_EQ(b.calls[0].request.configuration, 0xb3);
    CHECK(asked(&b, 1, DBELL_VSGI_CONFIGURE, 6));
    CHECK_EQ(b.calls[1].request.configuration, 0x41);
    CHECK_EQ(b.calls[2].request.configuration, 0x02);
    CHECK(asked(&b, 3, DBELL_VSGI_CLEAR, 9));
    CHECK_EQ(b.calls[3].vpe.vpeid, OTHER);
    its_close(&b);
}

TEST(vits, sgir_sets_a_vsgi_GITS_SGIR)
{
    enum { SGIR = 0x20020 };
    struct its_bench b;
    REQUIRE(opened_as(&b, DBELL_GICV4_1));
    its_put(&b, SGIR, 8, UINT64_C(0xffff000000000000) | (uint64_t)VPE << 32 | 0xfffffff0 | 11);
    REQUIRE(asked(&b, 0, DBELL_VSGI_SET, 11));
    CHECK_EQ(b.calls[0].vpe.vpeid, VPE);
    its_put(&b, SGIR, 8, UINT64_C(77) << 32 | 1); /* not mapped */
    its_put(&b, SGIR, 8, (uint64_t)(0x8000 | VPE) << 32 | 1);
    its_put(&b, SGIR, 4, 1); /* 64 bits only */
    its_put(&b, SGIR + 4, 4, VPE);
    CHECK_EQ(b.called, 1);
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 2); /* WRD */
    its_put(&b, ITS_STATUSR, 4, 2);
    CHECK_EQ(its_get(&b, SGIR, 8), 0);
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 4); /* RWOD */
    its_put(&b, ITS_CTLR, 4, 0);
    its_put(&b, SGIR, 8, (uint64_t)VPE << 32 | 11);
    CHECK_EQ(b.called, 1); /* not enabled */
    its_close(&b);
    REQUIRE(opened_as(&b, DBELL_GICV4_0));
    its_put(&b, SGIR, 8, (uint64_t)VPE << 32 | 11);
    CHECK_EQ(b.called, 0);
    CHECK_EQ(its_get(&b, SGIR, 8), 0);
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 3); /* WRD, RRD */
    its_close(&b);
}

/* --- errors --- */

struct refused {
    const char *what;
    struct dbell_host_its_cmd command;
    uint32_t error;
};

static void refuse(enum dbell_gic_version version, const struct refused *cases, size_t count)
{
    struct dbell_its_config config = of_version(version);
    config.error_policy = DBELL_ITS_IGNORE;
    for (size_t i = 0; i < count; i++) {
        struct its_bench b;
        struct dbell_host_vpe_mapping unmap = vmapp(VPE);
        REQUIRE(opened(&b, &config));
        CHECK(its_command(&b, dbell_host_mapc(2, 2, true)));
        CHECK(its_command(&b, dbell_host_mapti(DEV, 1, 8400, 2)));
        CHECK(its_command(&b, dbell_host_vmapti(DEV, 2, 8401, 30, NONE)) == false);
        CHECK(map_vpe(&b, 30));
        CHECK(its_command(&b, dbell_host_vmapti(DEV, 2, 8401, 30, NONE)));
        unmap.vpeid = 30;
        unmap.valid = false;
        CHECK(its_command(&b, dbell_host_vmapp(&unmap))); /* event 2 has lost its vPE */
        b.called = 0;
        CHECK(!its_command(&b, cases[i].command));
        if (dbell_its_last_error(&b.its) != cases[i].error)
            CHECK_TEXT(cases[i].what, "");
        CHECK_EQ(dbell_its_last_error(&b.its), cases[i].error);
        CHECK_EQ(b.called, 0);
        its_close(&b);
    }
}

static struct dbell_host_its_cmd vmapp_with(uint32_t vpeid, uint64_t rdbase, unsigned bits,
                                            uint32_t doorbell)
{
    struct dbell_host_vpe_mapping map = vmapp(vpeid);
    map.rdbase = rdbase;
    map.intid_bits = bits;
    map.doorbell = doorbell;
    return dbell_host_vmapp(&map);
}

static struct dbell_host_its_cmd vmovp_with(uint32_t vpeid, uint64_t rdbase, uint32_t doorbell)
{
    const struct dbell_host_vpe_move move = {
        .vpeid = vpeid, .rdbase = rdbase, .doorbell = doorbell};
    return dbell_host_vmovp(&move);
}

/* The table of vPEs has 4096 entries with GICv4.0, 2048 with GICv4.1; 4 CPUs; 16 DeviceID bits. */
TEST(vits_errors, of_the_commands_of_gicv4_0_5_3)
{
    const struct refused cases[] = {
        {"VMAPP: vPEID", vmapp_with(4096, CPU, 14, NONE), 0x012911},
        {"VMAPP: size", vmapp_with(VPE, CPU, 17, NONE), 0x012912},
        {"VMAPP: RDbase", vmapp_with(VPE, 4, 14, NONE), 0x012902},
        {"VMAPTI: DeviceID", dbell_host_vmapti(0x10000, 0, VLPI, VPE, NONE), 0x012a01},
        {"VMAPTI: device", dbell_host_vmapti(6, 0, VLPI, VPE, NONE), 0x012a04},
        {"VMAPTI: EventID", dbell_host_vmapti(DEV, 16, VLPI, VPE, NONE), 0x012a05},
        {"VMAPTI: vPEID", dbell_host_vmapti(DEV, 0, VLPI, 4096, NONE), 0x012a11},
        {"VMAPTI: vPE", dbell_host_vmapti(DEV, 0, VLPI, 31, NONE), 0x012a14},
        {"VMAPTI: vINTID", dbell_host_vmapti(DEV, 0, 8191, VPE, NONE), 0x012a13},
        {"VMAPTI: vINTID", dbell_host_vmapti(DEV, 0, 16384, VPE, NONE), 0x012a13},
        {"VMAPTI: doorbell", dbell_host_vmapti(DEV, 0, VLPI, VPE, 8191), 0x012a06},
        {"VMAPTI: doorbell", dbell_host_vmapti(DEV, 0, VLPI, VPE, 65536), 0x012a06},
        {"VMAPI: DeviceID", dbell_host_vmapi(0x10000, 0, VPE, NONE), 0x012b01},
        {"VMAPI: device", dbell_host_vmapi(6, 0, VPE, NONE), 0x012b04},
        {"VMAPI: EventID", dbell_host_vmapi(DEV, 16, VPE, NONE), 0x012b05},
        {"VMAPI: vPEID", dbell_host_vmapi(DEV, 0, 4096, NONE), 0x012b11},
        {"VMAPI: vPE", dbell_host_vmapi(DEV, 0, 31, NONE), 0x012b14},
        {"VMAPI: vINTID", dbell_host_vmapi(DEV, 0, VPE, NONE), 0x012b13},
        {"VMOVI: DeviceID", dbell_host_vmovi(0x10000, 0, VPE, 0), 0x012101},
        {"VMOVI: device", dbell_host_vmovi(6, 0, VPE, 0), 0x012104},
        {"VMOVI: EventID", dbell_host_vmovi(DEV, 16, VPE, 0), 0x012105},
        {"VMOVI: event", dbell_host_vmovi(DEV, 0, VPE, 0), 0x012107},
        {"VMOVI: physical", dbell_host_vmovi(DEV, 1, VPE, 0), 0x012115},
        {"VMOVI: vPE of the event", dbell_host_vmovi(DEV, 2, VPE, 0), 0x012116},
        {"VMOVI: vPEID", dbell_host_vmovi(DEV, EVENT, 4096, 0), 0x012111},
        {"VMOVI: vPE", dbell_host_vmovi(DEV, EVENT, 31, 0), 0x012117},
        {"VMOVI: doorbell", dbell_host_vmovi(DEV, EVENT, OTHER, 8191), 0x012106},
        {"VMOVP: vPEID", vmovp_with(4096, CPU, 0), 0x012211},
        {"VMOVP: vPE", vmovp_with(31, CPU, 0), 0x012214},
        {"VMOVP: RDbase", vmovp_with(VPE, 4, 0), 0x012202},
        {"VSYNC: vPEID", dbell_host_vpe(VSYNC, 4096), 0x012511},
        {"VSYNC: vPE", dbell_host_vpe(VSYNC, 31), 0x012514},
        {"VINVALL: vPEID", dbell_host_vpe(VINVALL, 4096), 0x012d11},
        {"VINVALL: vPE", dbell_host_vpe(VINVALL, 31), 0x012d14},
        {"MOVI", dbell_host_movi(DEV, EVENT, 2), 0x010108},
        {"INT", dbell_host_event(INT, DEV, 2), 0x010310},
        {"CLEAR", dbell_host_event(CLEAR, DEV, 2), 0x010510},
        {"INV", dbell_host_event(INV, DEV, 2), 0x010c10},
        {"DISCARD", dbell_host_event(DISCARD, DEV, 2), 0x010f10},
        {"VSGI", dbell_host_vsgi(VPE, 1, true, 1, 0), 0x0123fe},
        {"INVDB", dbell_host_vpe(INVDB, VPE), 0x012efe},
        {"an opcode that is none", dbell_host_vpe(0x24, VPE), 0x0124fe},
    };
    refuse(DBELL_GICV4_0, cases, sizeof cases / sizeof cases[0]);
}

TEST(vits_errors, of_the_commands_of_gicv4_1_5_3)
{
    const struct refused cases[] = {
        {"VMAPP: vPEID", vmapp_with(2048, CPU, 14, NONE), 0x012911},
        {"VMAPP: doorbell", vmapp_with(VPE, CPU, 14, 8191), 0x012906},
        {"VMAPP: doorbell", vmapp_with(VPE, CPU, 14, 65536), 0x012906},
        {"VMOVP: doorbell", vmovp_with(VPE, CPU, 8191), 0x012206},
        {"VSGI: vPEID", dbell_host_vsgi(2048, 1, true, 1, 0), 0x012311},
        {"VSGI: vPE", dbell_host_vsgi(31, 1, true, 1, 0), 0x012314},
        {"INVDB: vPEID", dbell_host_vpe(INVDB, 2048), 0x012e11},
        {"INVDB: vPE", dbell_host_vpe(INVDB, 31), 0x012e14},
    };
    refuse(DBELL_GICV4_1, cases, sizeof cases / sizeof cases[0]);
}

/* The highest bit of each field of an ID. */
TEST(vits_errors, every_bit_of_an_id_counts_5_3)
{
    const uint32_t top = 0x80000000;
    const struct dbell_host_its_cmd doorbell = vmovp_with(VPE, CPU, top | DOORBELL);
    const struct refused of_4_0[] = {
        {"DeviceID", dbell_host_event(INT, top | DEV, EVENT), 0x010301},
        {"EventID", dbell_host_event(INT, DEV, top | EVENT), 0x010305},
        {"RDbase2", dbell_host_movall(1, UINT64_C(1) << 35 | 2), 0x010e01},
        {"vPEID", dbell_host_vpe(VSYNC, 0x8000 | VPE), 0x012511},
        {"vINTID", dbell_host_vmapti(DEV, 0, top | VLPI, VPE, NONE), 0x012a13},
        {"doorbell", dbell_host_vmapti(DEV, 0, VLPI, VPE, top | DOORBELL), 0x012a06},
    };
    const struct refused of_4_1[] = {
        {"VMAPP: doorbell", vmapp_with(VPE, CPU, 14, top | DOORBELL), 0x012906},
        {"VMOVP: doorbell", doorbell, 0x012206},
    };
    refuse(DBELL_GICV4_0, of_4_0, sizeof of_4_0 / sizeof of_4_0[0]);
    refuse(DBELL_GICV4_1, of_4_1, sizeof of_4_1 / sizeof of_4_1[0]);
}

/* INTIDs of 32 bits go through all tables. */
TEST(vits, intids_may_have_32_bits_5_2)
{
    const uint32_t high = 0x80002000;
    struct its_bench b;
    struct dbell_its_config config = of_version(DBELL_GICV4_1);
    struct dbell_host_vpe_mapping map = vmapp(VPE);
    config.lpi_bits = 32;
    config.no_caches = true;
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    map.intid_bits = 32;
    map.doorbell = high;
    CHECK(its_command(&b, dbell_host_mapd(DEV, 4, its_alloc(&b, 4096), true)));
    CHECK(its_command(&b, dbell_host_vmapp(&map)));
    CHECK(its_command(&b, dbell_host_vmapti(DEV, EVENT, 0xfffffff0, VPE, high + 1)));
    CHECK_EQ(its_msi(&b, DEV, EVENT).intid, 0xfffffff0);
    CHECK_EQ(b.calls[0].request.doorbell, high + 1);
    CHECK_EQ(b.calls[0].vpe.doorbell, high);
    CHECK_EQ(b.calls[0].vpe.intid_bits, 32);
    its_close(&b);
}

/* vPE 9 has 15 bits of vINTID, vPE 4 has 14. */
TEST(vits_errors, a_vlpi_is_moved_where_its_intid_fits_5_3)
{
    struct its_bench b;
    struct dbell_host_vpe_mapping map = vmapp(OTHER);
    REQUIRE(opened_as(&b, DBELL_GICV4_0));
    map.intid_bits = 15;
    CHECK(its_command(&b, dbell_host_vmapp(&map)));
    CHECK(its_command(&b, dbell_host_vmapti(DEV, 7, 16384, OTHER, NONE)));
    CHECK(!its_command(&b, dbell_host_vmovi(DEV, 7, VPE, 0)));
    CHECK_EQ(dbell_its_last_error(&b.its), 0x012113);
    its_close(&b);
}

TEST(vits_errors, gicv3_knows_none_of_them_5_3)
{
    static const uint8_t opcodes[] = {0x21, 0x22, 0x23, 0x25, 0x29, 0x2a, 0x2b, 0x2d, 0x2e};
    struct its_bench b;
    struct dbell_its_config config = dbell_its_default_config();
    config.error_policy = DBELL_ITS_IGNORE;
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    for (unsigned i = 0; i < sizeof opcodes; i++) {
        CHECK(!its_command(&b, dbell_host_vpe(opcodes[i], 0)));
        CHECK_EQ(dbell_its_last_error(&b.its), 0x0100fe | (uint32_t)opcodes[i] << 8);
    }
    its_close(&b);
}

TEST(vits_errors, of_memory_stop_every_command_5_3)
{
    static const struct {
        unsigned opcode;
        uint32_t error;
    } cases[] = {{0x29, 0x0129ff}, {0x2a, 0x012aff}, {0x2b, 0x012bff}, {0x21, 0x0121ff},
                 {0x22, 0x0122ff}, {0x25, 0x0125ff}, {0x2d, 0x012dff}, {0x23, 0x0123ff},
                 {0x2e, 0x012eff}, {INT, 0x0103ff}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct its_bench b;
        struct dbell_its_config config = of_version(DBELL_GICV4_1);
        config.no_caches = true;
        REQUIRE(opened(&b, &config));
        CHECK(its_command(&b, dbell_host_mapd(DEV, 14, its_alloc(&b, 0x40000), true)));
        CHECK(its_command(&b, dbell_host_vmapti(DEV, 0x2000, VLPI, VPE, NONE)));
        b.called = 0;
        b.abort_at = b.vpes + 32 * VPE;
        struct dbell_host_its_cmd c = dbell_host_vmapti(DEV, 0x2000, VLPI, VPE, NONE);
        c.words[0] = (c.words[0] & ~UINT64_C(0xff)) | cases[i].opcode;
        if (cases[i].opcode == 0x29 || cases[i].opcode == 0x22)
            c.words[2] = 0;
        CHECK(!its_command(&b, c));
        CHECK_EQ(dbell_its_last_error(&b.its), cases[i].error);
        CHECK_EQ(b.called, 0);
        its_close(&b);
    }
}
