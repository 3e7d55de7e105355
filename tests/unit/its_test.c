/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* ITS commands, errors and translation; LPIs at the redistributors (IHI 0069 5, GITS_*, GICR_*). */
#include "dbell_test.h"
#include "lab.h"
#include "replay_support.h"

enum { DEV = 2, CREADR = LAB_ITS + 0x90, CWRITER = LAB_ITS + 0x88 };

/* Device 2 with 8 EventID bits; event 20 is LPI 8195 in collection 3, which is CPU 3. */
static bool on(struct lab *lab)
{
    if (!lab_open(lab, NULL))
        return false;
    lab_its_on(lab);
    lab_its_command(lab, dbell_host_mapd(DEV, 8, lab_alloc(lab, 4096), true));
    lab_its_command(lab, dbell_host_mapc(3, 3, true));
    lab_its_command(lab, dbell_host_mapti(DEV, 20, 8195, 3));
    return true;
}

static bool pending(struct lab *lab, uint32_t cpu, uint32_t intid)
{
    return lab->system.pending(lab->system.ctx, cpu, intid);
}

static uint32_t ack(struct lab *lab, uint32_t cpu)
{
    return lab->system.acknowledge(lab->system.ctx, cpu);
}

static bool stalled(struct lab *lab)
{
    return lab_read(lab, CREADR, 8) & 1;
}

static uint32_t error(struct lab *lab)
{
    return dbell_its_last_error(dbell_machine_its(lab->machine, 0));
}

TEST(its, an_msi_becomes_its_lpi_at_its_redistributor_5_1)
{
    struct lab lab;
    REQUIRE(on(&lab));
    lab_msi(&lab, DEV, 20);
    CHECK(pending(&lab, 3, 8195));
    CHECK_EQ(ack(&lab, 2), DBELL_INTID_NONE);
    CHECK_EQ(ack(&lab, 3), 8195);
    CHECK_EQ(ack(&lab, 3), DBELL_INTID_NONE);
    lab_close(&lab);
}

/* gic-its checks 1, 24, 25, 28 and the codes of 5.3. */
TEST(its, command_errors_stall_with_their_code_5_3)
{
    static const struct {
        struct dbell_host_its_cmd command;
        uint32_t code;
    } cases[] = {
        {{{0x0a | 2ull << 32, 256 | 8200ull << 32, 3, 0}}, 0x010a05}, /* MAPTI: EventID */
        {{{0x0a | 2ull << 32, 1 | 8191ull << 32, 3, 0}}, 0x010a06},   /* pINTID */
        {{{0x0a | 2ull << 32, 1 | 65536ull << 32, 3, 0}}, 0x010a06},  /* pINTID */
        {{{0x0a | 9ull << 32, 1 | 8200ull << 32, 3, 0}}, 0x010a04},   /* unmapped device */
        {{{0x08 | 2ull << 32, 16, 1ull << 63, 0}}, 0x010802},         /* MAPD: size */
        {{{0x08 | 0x10000ull << 32, 4, 1ull << 63, 0}}, 0x010801},    /* MAPD: DeviceID */
        {{{0x09, 0, 1 | 4ull << 16 | 1ull << 63, 0}}, 0x010902},      /* MAPC: CPU 4 of 4 */
        {{{0x09, 0, 0xffff | 1ull << 63, 0}}, 0x010903},              /* MAPC: ICID */
        {{{0x03 | 2ull << 32, 21, 0, 0}}, 0x010307},                  /* INT: no such event */
        {{{0x04 | 2ull << 32, 21, 0, 0}}, 0x010507},                  /* CLEAR says 05 */
        {{{0x0c | 2ull << 32, 300, 0, 0}}, 0x010c05},                 /* INV: EventID */
        {{{0x0d, 0, 5, 0}}, 0x010d09},                                /* INVALL: collection */
        {{{0x0e, 0, 0, 4ull << 16}}, 0x010e01},                       /* MOVALL: CPU */
        {{{0x01 | 2ull << 32, 20, 5, 0}}, 0x010109},                  /* MOVI: collection */
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lab lab;
        REQUIRE(on(&lab));
        uint64_t at = lab.its_commands * 32;
        lab_its_command(&lab, cases[i].command);
        CHECK_EQ(error(&lab), cases[i].code);
        CHECK_EQ(lab_read(&lab, CREADR, 8), at | 1); /* Stalled, at the command */
        lab_msi(&lab, DEV, 20);                      /* MSIs still translate */
        CHECK(pending(&lab, 3, 8195));
        struct dbell_host_its_cmd sync = dbell_host_its_sync(0);
        dbell_host_store_words(&lab.bus, lab.its_queue + at, sync.words, 4);
        lab_write(&lab, CWRITER, 8, (at + 32) | 1); /* Retry */
        CHECK_EQ(lab_read(&lab, CREADR, 8), at + 32);
        CHECK_EQ(lab_read(&lab, CWRITER, 8), at + 32); /* Retry reads 0 */
        lab_close(&lab);
    }
}

TEST(its, an_unknown_command_is_an_error_and_no_abort_5_3)
{
    struct lab lab;
    REQUIRE(on(&lab));
    lab_its_command(&lab, (struct dbell_host_its_cmd){{0xee, 1, 2, 3}});
    CHECK(stalled(&lab));
    lab_close(&lab);
}

TEST(its, the_ignore_policy_goes_on_5_3)
{
    struct dbell_its_config config = dbell_its_default_config();
    config.error_policy = DBELL_ITS_IGNORE;
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    struct dbell_platform platform = *dbell_machine_platform(lab.machine);
    struct dbell_message message;
    lab_close(&lab);
    platform.its[0].config = config;
    REQUIRE(dbell_machine_create(&platform, &lab.machine, &message) == DBELL_OK);
    lab.system = dbell_machine_system(lab.machine);
    lab.bus = dbell_machine_bus(lab.machine);
    lab.its_commands = 0;
    lab_its_on(&lab);
    lab_its_command(&lab, dbell_host_event(0x03, 7, 7));
    lab_its_command(&lab, dbell_host_mapc(0, 0, true));
    CHECK_EQ(lab_read(&lab, CREADR, 8), 64);
    CHECK_EQ(error(&lab), 0x010304);
    lab_close(&lab);
}

TEST(its, what_is_dropped_is_counted_and_raises_nothing_5_1)
{
    struct lab lab;
    REQUIRE(on(&lab));
    struct dbell_its *its = dbell_machine_its(lab.machine, 0);
    lab_msi(&lab, 7, 20);                 /* unmapped device */
    lab_msi(&lab, DEV, 21);               /* unmapped event */
    lab_msi(&lab, DEV, 256);              /* out of range */
    lab_write(&lab, LAB_DOORBELL, 4, 20); /* a CPU store: no DeviceID */
    CHECK_EQ(dbell_its_count(its, DBELL_ITS_DROPS), 4);
    CHECK(!pending(&lab, 3, 8195));
    lab_write(&lab, LAB_ITS, 4, 0);
    lab_msi(&lab, DEV, 20); /* disabled: not latched */
    lab_write(&lab, LAB_ITS, 4, 1);
    CHECK(!pending(&lab, 3, 8195));
    lab_close(&lab);
}

TEST(its, sixteen_bit_writes_are_eventids_too_GITS_TRANSLATER)
{
    struct lab lab;
    uint8_t two[2] = {20, 0};
    REQUIRE(on(&lab));
    lab_dma_with(&lab, (struct dbell_dma){.requesterid = DEV,
                                          .op = DBELL_WRITE,
                                          .address = LAB_DOORBELL,
                                          .length = 2,
                                          .data = two});
    CHECK(pending(&lab, 3, 8195));
    lab_close(&lab);
}

TEST(its, the_itt_bound_is_two_to_the_size_5_3_MAPD)
{
    struct lab lab;
    REQUIRE(on(&lab));
    lab_its_command(&lab, dbell_host_mapti(DEV, 255, 8196, 3));
    CHECK(!stalled(&lab));
    lab_msi(&lab, DEV, 255);
    CHECK(pending(&lab, 3, 8196));
    lab_close(&lab);
}

TEST(its, entries_stay_inside_what_typer_and_baser_say)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_its_on(&lab);
    uint64_t itt = lab_alloc(&lab, 4096);
    for (unsigned i = 0; i < 512; i++)
        dbell_host_store(&lab.bus, itt + 8 * i, 8, UINT64_C(0x5a5a5a5a5a5a5a5a));
    for (unsigned i = 0; i < 4; i++)
        dbell_host_store(&lab.bus, itt + 12 * i, 8, 0);
    lab_its_command(&lab, dbell_host_mapd(DEV, 2, itt, true));
    lab_its_command(&lab, dbell_host_mapc(0, 0, true));
    for (unsigned i = 0; i < 4; i++)
        lab_its_command(&lab, dbell_host_mapti(DEV, i, 8192 + i, 0));
    CHECK_EQ(lab_read(&lab, itt + 12 * 4, 8), UINT64_C(0x5a5a5a5a5a5a5a5a));
    lab_close(&lab);
}

TEST(its, two_level_device_tables_5_2_1)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_its_on(&lab);
    lab_write(&lab, LAB_ITS, 4, 0);
    uint64_t level1 = lab_alloc(&lab, 4096), page = lab_alloc(&lab, 4096);
    lab_write(&lab, LAB_ITS + 0x100, 8, level1 | UINT64_C(3) << 62); /* Indirect, 4 KB pages */
    lab_write(&lab, level1 + 8, 8, page | UINT64_C(1) << 63);        /* DeviceIDs 512..1023 */
    lab_write(&lab, LAB_ITS, 4, 1);
    lab_its_command(&lab, dbell_host_mapc(0, 0, true));
    lab_its_command(&lab, dbell_host_mapd(513, 4, lab_alloc(&lab, 4096), true));
    lab_its_command(&lab, dbell_host_mapti(513, 0, 8192, 0));
    CHECK(!stalled(&lab));
    CHECK(lab_read(&lab, page + 8, 8) >> 63);
    lab_msi(&lab, 513, 0);
    CHECK_EQ(ack(&lab, 0), 8192);
    lab_msi(&lab, 1, 0); /* its level 1 entry is not valid */
    CHECK_EQ(ack(&lab, 0), DBELL_INTID_NONE);
    lab_its_command(&lab, dbell_host_mapd(1, 4, 0, true));
    CHECK_EQ(error(&lab), 0x010801);
    lab_close(&lab);
}

TEST(its, movi_and_movall_take_the_pending_state_along_5_3)
{
    struct lab lab;
    REQUIRE(on(&lab));
    lab_its_command(&lab, dbell_host_mapc(2, 2, true));
    lab_msi(&lab, DEV, 20);
    lab_its_command(&lab, dbell_host_movi(DEV, 20, 2));
    CHECK(!pending(&lab, 3, 8195));
    CHECK(pending(&lab, 2, 8195));
    lab_its_command(&lab, dbell_host_mapti(DEV, 5, 8200, 3));
    lab_msi(&lab, DEV, 5);
    lab_its_command(&lab, dbell_host_movall(2, 3));
    CHECK_EQ(ack(&lab, 3), 8195);
    CHECK_EQ(ack(&lab, 3), 8200);
    CHECK_EQ(ack(&lab, 2), DBELL_INTID_NONE);
    lab_close(&lab);
}

TEST(its, discard_clear_int_and_unmapping_5_3)
{
    struct lab lab;
    REQUIRE(on(&lab));
    lab_its_command(&lab, dbell_host_event(0x03, DEV, 20)); /* INT */
    CHECK(pending(&lab, 3, 8195));
    lab_its_command(&lab, dbell_host_event(0x04, DEV, 20)); /* CLEAR */
    CHECK(!pending(&lab, 3, 8195));
    lab_msi(&lab, DEV, 20);
    lab_its_command(&lab, dbell_host_event(0x0f, DEV, 20)); /* DISCARD */
    CHECK(!pending(&lab, 3, 8195));
    lab_msi(&lab, DEV, 20);
    CHECK(!pending(&lab, 3, 8195));
    lab_its_command(&lab, dbell_host_mapti(DEV, 20, 8195, 3));
    lab_its_command(&lab, dbell_host_mapd(DEV, 8, 0, false));
    lab_msi(&lab, DEV, 20);
    CHECK(!pending(&lab, 3, 8195));
    lab_close(&lab);
}

TEST(its, a_collection_may_be_mapped_after_its_events_and_be_remapped_5_3)
{
    struct lab lab;
    REQUIRE(on(&lab));
    lab_its_command(&lab, dbell_host_mapti(DEV, 1, 8201, 9));
    lab_msi(&lab, DEV, 1); /* dropped */
    lab_its_command(&lab, dbell_host_mapc(9, 0, true));
    CHECK(!pending(&lab, 0, 8201));
    lab_msi(&lab, DEV, 1);
    CHECK(pending(&lab, 0, 8201));
    lab_its_command(&lab, dbell_host_mapc(9, 1, true));
    lab_msi(&lab, DEV, 1);
    CHECK(pending(&lab, 1, 8201));
    lab_close(&lab);
}

TEST(its, registers_read_back_as_linux_probes_them_GITS_BASERn)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    uint64_t value = UINT64_C(0xf9070000f0000601) & ~(UINT64_C(7) << 56);
    lab_write(&lab, LAB_ITS + 0x100, 8, value);
    CHECK_EQ(lab_read(&lab, LAB_ITS + 0x100, 8), value | UINT64_C(1) << 56); /* Type is RO */
    lab_write(&lab, LAB_ITS + 0x110, 8, ~UINT64_C(0));
    CHECK_EQ(lab_read(&lab, LAB_ITS + 0x110, 8), 0); /* unimplemented */
    CHECK_EQ(lab_read(&lab, LAB_ITS, 4), UINT64_C(0x80000000));
    lab_write(&lab, LAB_ITS, 4, 1);
    CHECK_EQ(lab_read(&lab, LAB_ITS, 4), 1); /* Quiescent is 1 exactly when disabled */
    lab_write(&lab, LAB_ITS + 0x100, 8, 0);  /* ignored while enabled */
    CHECK_EQ(lab_read(&lab, LAB_ITS + 0x100, 8), value | UINT64_C(1) << 56);
    lab_close(&lab);
}

TEST(its, a_writer_out_of_range_runs_nothing_until_a_good_one_GITS_CWRITER)
{
    struct lab lab;
    REQUIRE(on(&lab));
    uint64_t at = lab_read(&lab, CREADR, 8);
    lab_write(&lab, CWRITER, 8, 0x1000);
    CHECK_EQ(lab_read(&lab, CREADR, 8), at);
    lab_write(&lab, CWRITER, 8, at);
    lab_its_command(&lab, dbell_host_its_sync(0));
    CHECK_EQ(lab_read(&lab, CREADR, 8), at + 32);
    lab_close(&lab);
}

/* The queue shrinks after CWRITER was written. */
TEST(its, a_writer_is_out_of_range_of_the_queue_as_it_is_GITS_CBASER)
{
    struct lab lab;
    REQUIRE(on(&lab));
    lab_write(&lab, LAB_ITS, 4, 0);
    lab_write(&lab, LAB_ITS + 0x80, 8, lab.its_queue | UINT64_C(1) << 63 | 15);
    lab_write(&lab, CWRITER, 8, 0x8000);
    lab_write(&lab, LAB_ITS + 0x80, 8, lab.its_queue | UINT64_C(1) << 63);
    lab_write(&lab, LAB_ITS, 4, 1);
    CHECK_EQ(lab.system.settle(lab.system.ctx), DBELL_OK);
    CHECK_EQ(lab_read(&lab, CREADR, 8), 0);
    lab.its_commands = 0;
    lab_its_command(&lab, dbell_host_its_sync(0));
    CHECK_EQ(lab_read(&lab, CREADR, 8), 32);
    lab_close(&lab);
}

/* Redistributors at 0x80a0000 and 0x80c0000; MAPC 0 and 1, MAPD 8, MAPTI 8/0 to 8192 in 1, MOVALL
 * from 1 to 0; a frame of SGIs is no redistributor. */
TEST(pta, rdbase_is_an_address_GITS_TYPER)
{
    static const char text[] =
        "trace version=1\nram at=0x40000000 len=0x1000000\n"
        "gic dist=0x8000000 redist=0x80a0000 cpus=2\n"
        "its name=its0 at=0x8080000 typer=0x1f0009efb1\n"
        "st at=0x40050000 size=1 val=0xa1\nst at=0x8000000 size=4 val=0x12\n"
        "st at=0x80a0070 size=8 val=0x4005000f\nst at=0x80a0078 size=8 val=0x40060000\n"
        "st at=0x80a0014 size=4 val=0x0\nst at=0x80a0000 size=4 val=0x1\n"
        "st at=0x80c0070 size=8 val=0x4005000f\nst at=0x80c0078 size=8 val=0x40070000\n"
        "st at=0x80c0014 size=4 val=0x0\nst at=0x80c0000 size=4 val=0x1\n"
        "st at=0x8080100 size=8 val=0x8000000040080200\n"
        "st at=0x8080108 size=8 val=0x8000000040090200\n"
        "st at=0x8080080 size=8 val=0x80000000400a0000\nst at=0x8080000 size=4 val=0x1\n"
        "st at=0x400a0000 size=8 val=0x9\nst at=0x400a0010 size=8 val=0x80000000080a0000\n"
        "st at=0x400a0020 size=8 val=0x9\nst at=0x400a0030 size=8 val=0x80000000080c0001\n"
        "st at=0x400a0040 size=8 val=0x800000008\nst at=0x400a0048 size=8 val=0x1\n"
        "st at=0x400a0050 size=8 val=0x8000000040040000\n"
        "st at=0x400a0060 size=8 val=0x80000000a\nst at=0x400a0068 size=8 val=0x200000000000\n"
        "st at=0x400a0070 size=8 val=0x1\nst at=0x8080088 size=8 val=0x80\n"
        "dma rid=8 op=w iova=0x8090040 hex=00000000 -> lpi=8192 cpu=1\n"
        "st at=0x400a0080 size=8 val=0xe\nst at=0x400a0090 size=8 val=0x80c0000\n"
        "st at=0x400a0098 size=8 val=0x80a0000\nst at=0x8080088 size=8 val=0xa0\n"
        "lpi cpu=0 intid=8192 -> pending=1\nlpi cpu=1 intid=8192 -> pending=0\n"
        "st at=0x400a00a0 size=8 val=0x9\nst at=0x400a00b0 size=8 val=0x80000000080b0000\n"
        "st at=0x8080088 size=8 val=0xc0\nld at=0x8080090 size=8 -> val=0xa1\n";
    struct test_replay t;
    uint64_t line;
    REQUIRE(test_replay_open(&t, "x.trace"));
    CHECK_EQ(test_replay_text(&t, text, &line), DBELL_OK);
    CHECK_EQ(dbell_replay_results(t.replay)->failed, 0);
    test_replay_close(&t);
}

/* --- redistributors --- */

TEST(lpi, configuration_is_cached_until_inv_5_1_3)
{
    struct lab lab;
    REQUIRE(on(&lab));
    lab_write(&lab, lab.lpi_config + 3, 1, 0xa0); /* disabled */
    lab_msi(&lab, DEV, 20);
    CHECK_EQ(ack(&lab, 3), DBELL_INTID_NONE);
    lab_write(&lab, lab.lpi_config + 3, 1, 0xa1);
    CHECK_EQ(ack(&lab, 3), DBELL_INTID_NONE);               /* stale */
    lab_its_command(&lab, dbell_host_event(0x0c, DEV, 20)); /* INV */
    CHECK_EQ(ack(&lab, 3), 8195);
    lab_close(&lab);
}

TEST(lpi, priority_decides_then_the_lower_intid)
{
    struct lab lab;
    REQUIRE(on(&lab));
    lab_its_command(&lab, dbell_host_mapti(DEV, 1, 8200, 3));
    lab_its_command(&lab, dbell_host_mapti(DEV, 2, 8201, 3));
    lab_write(&lab, lab.lpi_config + 9, 1, 0x41);
    for (unsigned event = 0; event < 3; event++)
        lab_msi(&lab, DEV, event == 0 ? 20 : event);
    CHECK_EQ(ack(&lab, 3), 8201);
    CHECK_EQ(ack(&lab, 3), 8195);
    CHECK_EQ(ack(&lab, 3), 8200);
    lab_close(&lab);
}

TEST(lpi, enabling_reads_the_pending_table_and_disabling_writes_it_GICR_CTLR)
{
    struct lab lab;
    REQUIRE(on(&lab));
    uint64_t rd = LAB_GICR + 3 * 0x20000u;
    uint64_t table = lab_read(&lab, rd + 0x78, 8) & ~UINT64_C(0xffff);
    lab_msi(&lab, DEV, 20);
    lab_write(&lab, rd, 4, 0);
    CHECK_EQ(lab_read(&lab, table + 1024, 8), 1 << 3);
    lab_msi(&lab, DEV, 20); /* ignored */
    lab_write(&lab, table + 1024, 8, 1 << 5);
    lab_write(&lab, rd, 4, 1);
    CHECK(!pending(&lab, 3, 8195));
    CHECK(pending(&lab, 3, 8197));
    lab_write(&lab, rd, 4, 0);
    lab_write(&lab, rd + 0x78, 8, table | UINT64_C(1) << 62); /* PTZ */
    CHECK_EQ(lab_read(&lab, rd + 0x78, 8), table);            /* reads 0 */
    lab_write(&lab, rd, 4, 1);
    CHECK(!pending(&lab, 3, 8197));
    lab_close(&lab);
}

TEST(lpi, idbits_bound_the_intids_GICR_PROPBASER)
{
    struct lab lab;
    REQUIRE(on(&lab));
    uint64_t rd = LAB_GICR + 3 * 0x20000u;
    lab_write(&lab, rd, 4, 0);
    lab_write(&lab, rd + 0x70, 8, lab.lpi_config | 12); /* fewer than 14 bits: no LPI */
    lab_write(&lab, rd, 4, 1);
    lab_msi(&lab, DEV, 20);
    CHECK(!pending(&lab, 3, 8195));
    lab_close(&lab);
}

TEST(v2m, any_writer_raises_any_spi_of_the_frame)
{
    const struct dbell_v2m frame = {.base = 80, .count = 16};
    CHECK_EQ(dbell_v2m_read(&frame, 8, 4), 80 << 16 | 16);
    CHECK_EQ(dbell_v2m_write(&frame, 0x40, 4, 95), 95);
    CHECK_EQ(dbell_v2m_write(&frame, 0x40, 4, 96), 0);
    CHECK_EQ(dbell_v2m_write(&frame, 0x44, 4, 80), 0);
}

/* Device tree bindings pci/pci-iommu.txt, example 2: all functions of a bus are one. */
TEST(pcie, a_mask_merges_requesters_of_its_segment)
{
    struct dbell_rid_range ranges[] = {{0x200, 0x100, 1, 0x5000, 0xff},
                                       {0x10000, 0x10000, 2, 0x100, 0}};
    const struct dbell_rid_map map = {ranges, 2};
    struct dbell_requester function;
    uint32_t rid;
    REQUIRE(dbell_rid_map_build(ranges, 2, &rid) == DBELL_OK);
    CHECK_EQ(dbell_requester_init(&function, &(struct dbell_bus){0}, 0x2a5, &map, &map), 1);
    CHECK_EQ(function.streamid, 0x5000);
    CHECK_EQ(function.deviceid, 0x5000);
    CHECK(!dbell_rid_map_find(&map, 0x3a5));
    CHECK(!dbell_rid_map_find(&map, 0x1a5));
    CHECK_EQ(dbell_requester_init(&function, &(struct dbell_bus){0}, 0x102a5, &map, &map), 2);
    CHECK_EQ(function.streamid, 0x3a5);
    /* A range that starts below the mask is reached by IDs above it. */
    struct dbell_rid_range low[] = {{0x0, 8, 0, 0x40, 0xfff8}};
    const struct dbell_rid_map functions = {low, 1};
    REQUIRE(dbell_rid_map_build(low, 1, &rid) == DBELL_OK);
    CHECK_EQ(dbell_requester_init(&function, &(struct dbell_bus){0}, 0xff05, &functions, &map), 0);
    CHECK_EQ(function.streamid, 0x45);
    struct dbell_rid_range out[] = {{0x208, 8, 0, 0, 0x8}};
    CHECK_EQ(dbell_rid_map_build(out, 1, &rid), DBELL_E_ARGUMENT);
    struct dbell_rid_range differ[] = {{0x0, 8, 0, 0, 0}, {0x100, 8, 0, 8, 8}};
    CHECK_EQ(dbell_rid_map_build(differ, 2, &rid), DBELL_E_ARGUMENT);
}

TEST(pcie, maps_are_ranges_without_overlap)
{
    struct dbell_rid_range ranges[] = {{0x200, 0x100, 0, 0x5000, 0}, {0x10, 1, 0, DEV, 0}};
    struct dbell_rid_range overlap[] = {{0, 16, 0, 0, 0}, {15, 1, 0, 0, 0}};
    const struct dbell_rid_map map = {ranges, 2}, none = {0};
    struct dbell_requester function;
    uint32_t rid;
    REQUIRE(dbell_rid_map_build(ranges, 2, &rid) == DBELL_OK);
    CHECK(!dbell_rid_map_find(&map, 0x11));
    CHECK_EQ(dbell_rid_map_find(&map, 0x2ff)->base, 0x5000);
    CHECK(dbell_requester_init(&function, &(struct dbell_bus){0}, 0x10, &none, &map) == -1);
    CHECK(dbell_rid_map_build(overlap, 2, &rid) == DBELL_E_OVERLAP);
    struct dbell_rid_range out[][1] = {{{5, 0, 0, 0, 0}},           /* of nothing */
                                       {{0xffffffff, 2, 0, 0, 0}},  /* RIDs end at 2^32 */
                                       {{5, 2, 0, 0xffffffff, 0}}}; /* so do IDs */
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(dbell_rid_map_build(out[i], 1, &rid), DBELL_E_RANGE);
        CHECK_EQ(rid, out[i][0].first);
    }
    struct dbell_rid_range last[] = {{0xffffffff, 1, 0, 0xffffffff, 0}};
    CHECK_EQ(dbell_rid_map_build(last, 1, &rid), DBELL_OK);
}
