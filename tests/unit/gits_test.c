/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The ITS alone: its registers and configuration, caches, collections of its own, the report of
 * unmapped MSIs, and what happens while it waits for memory (IHI 0069 5, 12.18, 12.19). */
#include <string.h>

#include "dbell_test.h"
#include "its_bench.h"

enum { DEV = 5, EVENT = 3, LPI = 8200, ICID = 2, CPU = 1, INT = 3, DISCARD = 0xf };

#define TYPER_UMSI    (UINT64_C(1) << 44)
#define TYPER_UMSIIRQ (UINT64_C(1) << 45)
#define TYPER_CCT     (UINT64_C(1) << 2)
#define TYPER_HCC(n)  ((uint64_t)(n) << 24)
#define TYPER_MPAM    (UINT64_C(1) << 38)
#define QUIESCENT     0x80000000u

/* Event 3 of device 5, of 16 events, is LPI 8200 in collection 2, which is CPU 1. */
static bool mapped(struct its_bench *b, const struct dbell_its_config *config, uint64_t *itt)
{
    if (!its_open(b, config))
        return false;
    its_on(b);
    const uint64_t at = its_alloc(b, 4096);
    if (itt)
        *itt = at;
    return its_command(b, dbell_host_mapd(DEV, 4, at, true)) &&
           its_command(b, dbell_host_mapc(ICID, CPU, true)) &&
           its_command(b, dbell_host_mapti(DEV, EVENT, LPI, ICID));
}

static struct dbell_its_config with_typer(uint64_t bits)
{
    struct dbell_its_config config = dbell_its_default_config();
    config.typer |= bits;
    return config;
}

/* --- registers --- */

TEST(gits, reset_values_12_19)
{
    static const struct {
        uint32_t offset, size;
        uint64_t value;
    } cases[] = {
        {0x0, 4, QUIESCENT},
        {0x4, 4, 0x1234043b},
        {0x8, 8, UINT64_C(0x1f0001efb1)},
        {0x8, 4, 0x0001efb1},
        {0xc, 4, 0x1f},
        {0x10, 4, 0},
        {0x14, 4, 0},
        {0x18, 4, 0},
        {0x40, 4, 0},
        {0x48, 8, 0},
        {0x80, 8, 0},
        {0x88, 8, 0},
        {0x90, 8, 0},
        {0x100, 8, UINT64_C(0x0107000000000000)},
        {0x108, 8, UINT64_C(0x0407000000000000)},
        {0x110, 8, 0},
        {0x138, 8, 0},
        {0xffd0, 4, 0x04},
        {0xffe8, 4, 0x3b},
        {0xfff0, 4, 0x0d},
        {0xfff4, 4, 0xf0},
        {0xfff8, 4, 0x05},
        {0xfffc, 4, 0xb1},
    };
    struct dbell_its_config config = dbell_its_default_config();
    config.iidr = 0x1234043b;
    struct its_bench b;
    REQUIRE(its_open(&b, &config));
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK_EQ(its_get(&b, cases[i].offset, cases[i].size), cases[i].value);
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 0);
    its_close(&b);
}

TEST(gits, statusr_tells_bad_accesses_until_each_bit_is_written_12_19)
{
    struct its_bench b;
    REQUIRE(its_open(&b, NULL));
    its_get(&b, 0x20, 4); /* reserved */
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 1);
    its_put(&b, 0x20, 4, 1);
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 3);
    CHECK_EQ(its_get(&b, DBELL_ITS_TRANSLATER, 4), 0); /* write-only */
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 7);
    its_put(&b, 0x8, 8, 0); /* GITS_TYPER is read-only */
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 0xf);
    its_put(&b, ITS_STATUSR, 4, 5);
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 0xa);
    its_put(&b, ITS_STATUSR, 4, 0xa);
    its_put(&b, ITS_CREADR, 8, 0x20);
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 8);
    CHECK_EQ(its_get(&b, ITS_CREADR, 8), 0);
    CHECK_EQ(its_count(&b, DBELL_ITS_ILLEGAL_ACCESSES), 5);
    its_close(&b);
}

TEST(gits, without_statusr_it_reads_zero_12_19)
{
    struct dbell_its_config config = with_typer(TYPER_UMSI);
    config.no_statusr = true;
    struct its_bench b;
    REQUIRE(mapped(&b, &config, NULL));
    its_get(&b, 0x20, 4);
    its_msi(&b, DEV, 9);
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 0);
    its_close(&b);
}

TEST(gits, small_and_unaligned_accesses_are_razwi_12_18)
{
    struct its_bench b;
    REQUIRE(its_open(&b, NULL));
    its_put(&b, ITS_CBASER, 2, 0xff);
    its_put(&b, ITS_CBASER, 1, 0xff);
    its_put(&b, ITS_CBASER + 4, 8, ~UINT64_C(0));
    its_put(&b, ITS_CTLR, 8, 1);
    CHECK_EQ(its_get(&b, ITS_CBASER, 8), 0);
    CHECK_EQ(its_get(&b, ITS_CTLR, 4), QUIESCENT);
    CHECK_EQ(its_get(&b, 0x4, 2), 0);
    CHECK_EQ(its_get(&b, 0x20000, 4), 0);
    CHECK_EQ(its_get(&b, 0xffd0, 8), 0); /* two registers of 32 bits */
    CHECK_EQ(its_get(&b, 0xffe8, 8), 0);
    its_close(&b);
}

TEST(gits, wide_registers_may_be_written_in_halves_12_18)
{
    struct its_bench b;
    REQUIRE(its_open(&b, NULL));
    its_put(&b, ITS_CBASER, 4, 0x40000c05);
    its_put(&b, ITS_CBASER + 4, 4, 0xb8e80001);
    CHECK_EQ(its_get(&b, ITS_CBASER, 8), UINT64_C(0xb8e8000140000c05));
    CHECK_EQ(its_get(&b, ITS_CBASER + 4, 4), 0xb8e80001);
    its_put(&b, ITS_BASER0 + 4, 4, 0xffffffff);
    CHECK_EQ(its_get(&b, ITS_BASER0, 8), UINT64_C(0xf9e7ffff00000000));
    its_put(&b, ITS_CWRITER, 4, 0xffffffff);
    CHECK_EQ(its_get(&b, ITS_CWRITER, 8), 0xfffe0);
    its_close(&b);
}

TEST(gits, reserved_bits_read_zero_and_cbaser_is_aligned_to_64k_GITS_CBASER)
{
    struct its_bench b;
    REQUIRE(its_open(&b, NULL));
    its_put(&b, ITS_CBASER, 8, ~UINT64_C(0));
    CHECK_EQ(its_get(&b, ITS_CBASER, 8), UINT64_C(0xb8efffffffff0cff));
    its_put(&b, ITS_CTLR, 4, ~1u);
    CHECK_EQ(its_get(&b, ITS_CTLR, 4), QUIESCENT); /* ImDe, ITS_Number: GICv4; UMSIirq: TYPER */
    its_put(&b, 0x14, 4, ~0u);
    CHECK_EQ(its_get(&b, 0x14, 4), 0); /* PARTIDR: MPAM */
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 0);
    its_close(&b);
}

TEST(gits, bases_are_kept_while_enabled_GITS_BASERn)
{
    struct its_bench b;
    REQUIRE(mapped(&b, NULL, NULL));
    const uint64_t baser0 = its_get(&b, ITS_BASER0, 8), cbaser = its_get(&b, ITS_CBASER, 8);
    its_put(&b, ITS_BASER0, 8, 0);
    its_put(&b, ITS_CBASER, 8, 0);
    CHECK_EQ(its_get(&b, ITS_BASER0, 8), baser0);
    CHECK_EQ(its_get(&b, ITS_CBASER, 8), cbaser);
    CHECK(its_get(&b, ITS_CREADR, 8) != 0);
    CHECK_EQ(its_count(&b, DBELL_ITS_ILLEGAL_ACCESSES), 2);
    its_put(&b, ITS_CTLR, 4, 0);
    its_put(&b, ITS_CBASER, 8, cbaser);
    CHECK_EQ(its_get(&b, ITS_CREADR, 8), 0);
    its_close(&b);
}

TEST(gits, mpam_of_partidr_is_on_every_access_GITS_PARTIDR)
{
    struct dbell_its_config config = with_typer(TYPER_MPAM);
    config.mpamidr = 0x20ffff;
    struct its_bench b;
    REQUIRE(its_open(&b, &config));
    CHECK_EQ(its_get(&b, 0x10, 4), 0x20ffff);
    its_put(&b, 0x14, 4, 0xff9abcde);
    CHECK_EQ(its_get(&b, 0x14, 4), 0x9abcde);
    its_on(&b);
    CHECK(its_command(&b, dbell_host_mapc(ICID, CPU, true)));
    REQUIRE(b.logged == 2); /* the command, the CTE */
    for (unsigned i = 0; i < b.logged; i++) {
        CHECK_EQ(b.log[i].side.partid, 0xbcde);
        CHECK_EQ(b.log[i].side.pmg, 0x9a);
    }
    its_close(&b);
}

/* --- unmapped MSIs --- */

/* gic-its checks 3 and 5. */
TEST(umsi, the_first_one_is_told_with_its_reason_GITS_STATUSR)
{
    static const struct {
        uint32_t deviceid, eventid, syndrome;
    } cases[] = {
        {0x10000, EVENT, 2}, /* 16 DeviceID bits */
        {0xf0000001, EVENT, 2},
        {0x2000, EVENT, 2}, /* a flat table of 64 KB has 8192 entries */
        {6, EVENT, 3},
        {DEV, 16, 4},
        {DEV, UINT32_C(0x80000003), 4},
        {DEV, 4, 5},
        {DEV, 5, 7},
    };
    const struct dbell_its_config config = with_typer(TYPER_UMSI);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct its_bench b;
        REQUIRE(mapped(&b, &config, NULL));
        CHECK(its_command(&b, dbell_host_mapti(DEV, 5, LPI + 1, ICID + 1))); /* not mapped */
        its_msi(&b, DEV, EVENT);
        CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 0);
        its_msi(&b, cases[i].deviceid, cases[i].eventid);
        CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 0x10 | cases[i].syndrome << 6);
        CHECK_EQ(its_get(&b, ITS_UMSIR, 8), (uint64_t)cases[i].deviceid << 32 | cases[i].eventid);
        CHECK_EQ(its_get(&b, ITS_UMSIR + 4, 4), cases[i].deviceid);
        CHECK_EQ(its_count(&b, DBELL_ITS_DROPS), 1);
        CHECK_EQ(b.called, 1);
        its_close(&b);
    }
}

TEST(umsi, later_ones_are_an_overflow_until_software_clears_it_GITS_STATUSR)
{
    const struct dbell_its_config config = with_typer(TYPER_UMSI);
    struct its_bench b;
    REQUIRE(mapped(&b, &config, NULL));
    its_msi(&b, DEV, 4);
    its_msi(&b, 6, 1);
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 0x30 | 5 << 6);
    CHECK_EQ(its_get(&b, ITS_UMSIR, 8), UINT64_C(5) << 32 | 4);
    its_put(&b, ITS_STATUSR, 4, 0x20); /* Overflow alone */
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 0x10 | 5 << 6);
    its_put(&b, ITS_STATUSR, 4, 0x10);
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 0);
    its_msi(&b, 6, 1);
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 0x10 | 3 << 6);
    CHECK_EQ(its_get(&b, ITS_UMSIR, 8), UINT64_C(6) << 32 | 1);
    its_put(&b, ITS_UMSIR, 8, 0); /* read-only */
    CHECK_EQ(its_get(&b, ITS_UMSIR, 8), UINT64_C(6) << 32 | 1);
    its_close(&b);
}

TEST(umsi, what_is_not_for_want_of_a_mapping_is_not_told_GITS_STATUSR)
{
    const struct dbell_its_config config = with_typer(TYPER_UMSI);
    struct its_bench b;
    REQUIRE(mapped(&b, &config, NULL));
    uint8_t data[8] = {EVENT};
    struct dbell_msi_result result;
    struct dbell_transaction t = {.op = DBELL_WRITE, .length = 4, .data = data};
    dbell_its_msi(&b.its, &t, &result); /* without a DeviceID */
    CHECK_EQ(result.verdict, DBELL_ITS_NO_DEVICEID);
    t.side.has_deviceid = true;
    t.side.deviceid = DEV;
    t.length = 8;
    dbell_its_msi(&b.its, &t, &result);
    CHECK_EQ(result.verdict, DBELL_ITS_SIZE);
    t.length = 1;
    dbell_its_msi(&b.its, &t, &result);
    CHECK_EQ(result.verdict, DBELL_ITS_SIZE);
    its_put(&b, ITS_CTLR, 4, 0);
    CHECK_EQ(its_msi(&b, 6, 1).verdict, DBELL_ITS_DISABLED);
    its_put(&b, ITS_BASER1, 8, its_get(&b, ITS_BASER1, 8) & ~ITS_VALID);
    its_put(&b, ITS_CTLR, 4, 1);
    CHECK_EQ(its_msi(&b, DEV, EVENT).verdict, DBELL_ITS_NO_TABLE);
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4) & 0x10, 0);
    CHECK_EQ(its_count(&b, DBELL_ITS_DROPS), 5);
    CHECK_EQ(b.called, 0);
    its_close(&b);
}

TEST(umsi, a_table_that_cannot_be_read_is_an_unknown_reason_GITS_STATUSR)
{
    const struct dbell_its_config config = with_typer(TYPER_UMSI);
    struct its_bench b;
    REQUIRE(mapped(&b, &config, NULL));
    b.abort_at = b.devices + 6 * 8;
    CHECK_EQ(its_msi(&b, 6, 1).verdict, DBELL_ITS_MEMORY);
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 0x10);
    its_close(&b);
}

TEST(umsi, needs_typer_umsi_GITS_TYPER)
{
    struct its_bench b;
    REQUIRE(mapped(&b, NULL, NULL));
    its_msi(&b, DEV, 4);
    CHECK_EQ(its_get(&b, ITS_STATUSR, 4), 0);
    CHECK_EQ(its_get(&b, ITS_UMSIR, 8), 0);
    its_close(&b);
}

TEST(umsi, its_signal_follows_umsi_and_umsiirq_GITS_CTLR)
{
    const struct dbell_its_config config = with_typer(TYPER_UMSI | TYPER_UMSIIRQ);
    struct its_bench b;
    REQUIRE(mapped(&b, &config, NULL));
    its_msi(&b, DEV, 4);
    CHECK_EQ(b.pulses, 0);
    its_put(&b, ITS_CTLR, 4, 0x101);
    CHECK_EQ(its_get(&b, ITS_CTLR, 4), 0x101);
    CHECK_EQ(b.pulses, 1);
    its_msi(&b, DEV, 4); /* it stays high */
    its_put(&b, ITS_CTLR, 4, 0x101);
    CHECK_EQ(b.pulses, 1);
    its_put(&b, ITS_STATUSR, 4, 0x30);
    its_msi(&b, DEV, 4);
    CHECK_EQ(b.pulses, 2);
    its_close(&b);
}

/* --- caches --- */

/* gic-its check 51, without the redistributor's read. */
TEST(its_cache, a_cold_msi_reads_each_entry_once_and_a_warm_one_none_5_2)
{
    struct its_bench b;
    REQUIRE(mapped(&b, NULL, NULL));
    its_put(&b, ITS_CTLR, 4, 0);
    its_put(&b, ITS_CTLR, 4, 1);
    b.logged = 0;
    CHECK_EQ(its_msi(&b, DEV, EVENT).verdict, DBELL_ITS_DELIVERED);
    CHECK_EQ(b.logged, 3);
    CHECK_EQ(its_msi(&b, DEV, EVENT).verdict, DBELL_ITS_DELIVERED);
    CHECK_EQ(b.logged, 3);
    CHECK_EQ(its_count(&b, DBELL_ITS_EVENT_HIT), 1);
    CHECK_EQ(its_count(&b, DBELL_ITS_EVENT_MISS), 1);
    CHECK_EQ(its_count(&b, DBELL_ITS_COLLECTION_HIT), 1);
    its_close(&b);
}

TEST(its_cache, what_is_not_mapped_is_not_kept_5_2)
{
    struct its_bench b;
    uint64_t itt;
    REQUIRE(mapped(&b, NULL, &itt));
    CHECK_EQ(its_msi(&b, 6, 0).verdict, DBELL_ITS_DEVICE_UNMAPPED);
    CHECK_EQ(its_msi(&b, DEV, 4).verdict, DBELL_ITS_EVENT_UNMAPPED);
    CHECK(its_command(&b, dbell_host_mapd(6, 4, its_alloc(&b, 4096), true)));
    CHECK(its_command(&b, dbell_host_mapti(6, 0, LPI + 1, ICID)));
    CHECK(its_command(&b, dbell_host_mapti(DEV, 4, LPI + 2, ICID)));
    CHECK_EQ(its_msi(&b, 6, 0).intid, LPI + 1);
    CHECK_EQ(its_msi(&b, DEV, 4).intid, LPI + 2);
    its_close(&b);
}

/* With caches of one entry, with the default ones and without any. */
TEST(its_cache, no_command_leaves_a_stale_entry_5_3)
{
    for (unsigned size = 0; size < 3; size++) {
        struct dbell_its_config config = dbell_its_default_config();
        config.no_caches = size == 0;
        if (size == 1)
            config.device_entries = config.event_entries = config.collection_entries = 1;
        struct its_bench b;
        REQUIRE(mapped(&b, &config, NULL));
        CHECK_EQ(its_msi(&b, DEV, EVENT).rdbase, CPU);
        CHECK(its_command(&b, dbell_host_mapc(ICID, 3, true)));
        CHECK_EQ(its_msi(&b, DEV, EVENT).rdbase, 3);
        CHECK(its_command(&b, dbell_host_mapc(7, 0, true)));
        CHECK(its_command(&b, dbell_host_movi(DEV, EVENT, 7)));
        CHECK_EQ(its_msi(&b, DEV, EVENT).rdbase, 0);
        CHECK(its_command(&b, dbell_host_event(DISCARD, DEV, EVENT)));
        CHECK_EQ(its_msi(&b, DEV, EVENT).verdict, DBELL_ITS_EVENT_UNMAPPED);
        CHECK(its_command(&b, dbell_host_mapti(DEV, EVENT, LPI + 9, 7)));
        CHECK_EQ(its_msi(&b, DEV, EVENT).intid, LPI + 9);
        CHECK(its_command(&b, dbell_host_mapc(7, 0, false)));
        CHECK_EQ(its_msi(&b, DEV, EVENT).verdict, DBELL_ITS_COLLECTION_UNMAPPED);
        CHECK(its_command(&b, dbell_host_mapc(7, 2, true)));
        CHECK(its_command(&b, dbell_host_mapd(6, 4, its_alloc(&b, 4096), true)));
        CHECK(its_command(&b, dbell_host_mapti(6, EVENT, LPI + 1, 7)));
        CHECK_EQ(its_msi(&b, 6, EVENT).intid, LPI + 1);
        CHECK(its_command(&b, dbell_host_mapd(DEV, 4, 0, false)));
        CHECK_EQ(its_msi(&b, DEV, EVENT).verdict, DBELL_ITS_DEVICE_UNMAPPED);
        CHECK_EQ(its_msi(&b, 6, EVENT).intid, LPI + 1);
        CHECK(its_command(&b, dbell_host_mapd(DEV, 4, its_alloc(&b, 4096), true)));
        CHECK_EQ(its_msi(&b, DEV, EVENT).verdict, DBELL_ITS_EVENT_UNMAPPED);
        if (size == 0)
            CHECK_EQ(its_count(&b, DBELL_ITS_EVENT_HIT) + its_count(&b, DBELL_ITS_EVENT_MISS), 0);
        its_close(&b);
    }
}

TEST(its_cache, nothing_is_kept_when_disabled_GITS_TYPER_INV)
{
    struct its_bench b;
    uint64_t itt;
    REQUIRE(mapped(&b, NULL, &itt));
    CHECK_EQ(its_msi(&b, DEV, EVENT).intid, LPI);
    its_put(&b, ITS_CTLR, 4, 0);
    CHECK_EQ(its_get(&b, ITS_CTLR, 4), QUIESCENT);
    dbell_host_store(&b.bus, itt + 12 * EVENT, 4, LPI + 5); /* as a restored system would */
    its_put(&b, ITS_CTLR, 4, 1);
    CHECK_EQ(its_msi(&b, DEV, EVENT).intid, LPI + 5);
    its_close(&b);
}

TEST(its_cache, enabling_it_again_keeps_what_is_there_GITS_CTLR)
{
    struct its_bench b;
    REQUIRE(mapped(&b, NULL, NULL));
    its_msi(&b, DEV, EVENT);
    its_put(&b, ITS_CTLR, 4, 1);
    b.logged = 0;
    CHECK_EQ(its_msi(&b, DEV, EVENT).intid, LPI);
    CHECK_EQ(b.logged, 0);
    its_close(&b);
}

/* 2^20 devices behind a level 1 table of one page of 64 KB: two pages are used. */
TEST(its_entries, a_million_devices_cost_the_pages_that_are_used_5_2_1)
{
    struct dbell_its_config config = dbell_its_default_config();
    config.typer = (config.typer & ~(UINT64_C(0x1f) << 13)) | 19u << 13;
    struct its_bench b;
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    its_put(&b, ITS_CTLR, 4, 0);
    its_put(&b, ITS_BASER0, 8, ITS_VALID | UINT64_C(1) << 62 | b.devices | 0x200);
    its_put(&b, ITS_CTLR, 4, 1);
    const uint64_t first = its_alloc(&b, 0x10000), last = its_alloc(&b, 0x10000);
    dbell_host_store(&b.bus, b.devices, 8, ITS_VALID | first);
    dbell_host_store(&b.bus, b.devices + 127 * 8, 8, ITS_VALID | last);
    CHECK(its_command(&b, dbell_host_mapc(ICID, CPU, true)));
    CHECK(its_command(&b, dbell_host_mapd(0xfffff, 4, its_alloc(&b, 4096), true)));
    CHECK(its_command(&b, dbell_host_mapti(0xfffff, EVENT, LPI, ICID)));
    CHECK(its_command(&b, dbell_host_mapd(0, 4, its_alloc(&b, 4096), true)));
    CHECK(its_command(&b, dbell_host_mapti(0, EVENT, LPI + 1, ICID)));
    CHECK(its_load(&b, last + 8191 * 8) >> 63);
    CHECK_EQ(its_msi(&b, 0xfffff, EVENT).intid, LPI);
    CHECK_EQ(its_msi(&b, 0, EVENT).intid, LPI + 1);
    CHECK_EQ(its_msi(&b, 0x100000, EVENT).verdict, DBELL_ITS_DEVICEID_OUT_OF_RANGE);
    CHECK_EQ(its_msi(&b, 8192, EVENT).verdict, DBELL_ITS_DEVICE_UNMAPPED);
    its_close(&b);
}

TEST(its_cache, a_full_one_gives_up_entries_and_all_events_still_work_5_2)
{
    struct dbell_its_config config = dbell_its_default_config();
    config.event_entries = 8;
    struct its_bench b;
    REQUIRE(mapped(&b, &config, NULL));
    for (uint32_t event = 0; event < 16; event++)
        if (event != EVENT)
            CHECK(its_command(&b, dbell_host_mapti(DEV, event, 9000 + event, ICID)));
    for (unsigned round = 0; round < 2; round++)
        for (uint32_t event = 0; event < 16; event++)
            CHECK_EQ(its_msi(&b, DEV, event).intid, event == EVENT ? LPI : 9000 + event);
    CHECK(its_count(&b, DBELL_ITS_EVENT_MISS) > 16);
    its_close(&b);
}

/* --- collections of the ITS itself --- */

TEST(hcc, its_own_collections_need_no_memory_and_are_unmapped_at_reset_GITS_TYPER)
{
    struct dbell_its_config config = with_typer(TYPER_HCC(4));
    config.baser[1] = 0;
    struct its_bench b;
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    CHECK_EQ(its_get(&b, ITS_BASER1, 8), 0);
    CHECK(its_command(&b, dbell_host_mapd(DEV, 4, its_alloc(&b, 4096), true)));
    CHECK(its_command(&b, dbell_host_mapti(DEV, EVENT, LPI, 3)));
    CHECK_EQ(its_msi(&b, DEV, EVENT).verdict, DBELL_ITS_COLLECTION_UNMAPPED);
    b.logged = 0;
    CHECK(its_command(&b, dbell_host_mapc(3, CPU, true)));
    CHECK_EQ(b.logged, 1); /* the command */
    CHECK_EQ(its_msi(&b, DEV, EVENT).rdbase, CPU);
    CHECK(!its_command(&b, dbell_host_mapc(4, CPU, true)));
    CHECK_EQ(dbell_its_last_error(&b.its), 0x010903);
    dbell_its_reset(&b.its);
    its_put(&b, ITS_BASER0, 8, ITS_VALID | b.devices | 0x200);
    its_put(&b, ITS_CTLR, 4, 1);
    CHECK_EQ(its_msi(&b, DEV, EVENT).verdict, DBELL_ITS_COLLECTION_UNMAPPED);
    its_close(&b);
}

TEST(hcc, up_to_255_are_its_own_GITS_TYPER)
{
    struct dbell_its_config config = with_typer(TYPER_HCC(255));
    config.baser[1] = 0;
    struct its_bench b;
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    CHECK(its_command(&b, dbell_host_mapc(254, CPU, true)));
    CHECK(!its_command(&b, dbell_host_mapc(255, CPU, true)));
    its_close(&b);
}

/* A table of 4 KB has 512 entries of 8 bytes. */
TEST(hcc, cct_adds_those_of_the_ITS_to_those_in_memory_GITS_TYPER)
{
    for (unsigned cct = 0; cct < 2; cct++) {
        const struct dbell_its_config config = with_typer(TYPER_HCC(4) | (cct ? TYPER_CCT : 0));
        struct its_bench b;
        REQUIRE(its_open(&b, &config));
        its_on(&b);
        its_put(&b, ITS_CTLR, 4, 0);
        its_put(&b, ITS_BASER1, 8, ITS_VALID | b.collections);
        its_put(&b, ITS_CTLR, 4, 1);
        CHECK(its_command(&b, dbell_host_mapc(3, CPU, true)));
        CHECK(its_command(&b, dbell_host_mapc(511, CPU, true)));
        const uint64_t entry = b.collections + (cct ? 507u * 8 : 511u * 8);
        CHECK_EQ(its_load(&b, entry), ITS_VALID | CPU);
        CHECK_EQ(its_command(&b, dbell_host_mapc(512, CPU, true)), cct == 1);
        if (cct)
            CHECK(!its_command(&b, dbell_host_mapc(516, CPU, true)));
        its_close(&b);
    }
}

TEST(hcc, an_invalid_table_of_collections_leaves_those_of_the_ITS_GITS_BASERn)
{
    const struct dbell_its_config config = with_typer(TYPER_HCC(1));
    struct its_bench b;
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    its_put(&b, ITS_CTLR, 4, 0);
    its_put(&b, ITS_BASER1, 8, 0);
    its_put(&b, ITS_CTLR, 4, 1);
    CHECK(its_command(&b, dbell_host_mapd(DEV, 4, its_alloc(&b, 4096), true)));
    CHECK(its_command(&b, dbell_host_mapc(0, CPU, true)));
    CHECK(its_command(&b, dbell_host_mapti(DEV, EVENT, LPI, 0)));
    CHECK_EQ(its_msi(&b, DEV, EVENT).rdbase, CPU);
    CHECK(!its_command(&b, dbell_host_mapc(1, CPU, true)));
    its_close(&b);
}

TEST(cil, cidbits_bound_the_collections_GITS_TYPER)
{
    struct dbell_its_config config = dbell_its_default_config();
    config.typer = (config.typer & ~(UINT64_C(0xf) << 32)) | UINT64_C(3) << 32; /* 4 bits */
    struct its_bench b;
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    CHECK(its_command(&b, dbell_host_mapc(15, CPU, true)));
    CHECK(!its_command(&b, dbell_host_mapc(16, CPU, true)));
    CHECK_EQ(dbell_its_last_error(&b.its), 0x010903);
    its_close(&b);
    config.typer &= ~(UINT64_C(1) << 36); /* without CIL: 16 bits */
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    CHECK(its_command(&b, dbell_host_mapc(16, CPU, true)));
    its_close(&b);
}

/* --- configurations --- */

TEST(its_config, an_inconsistent_one_is_refused_with_its_key_GITS_TYPER)
{
    static const struct {
        const char *key;
        uint64_t clear, set; /* of TYPER */
        int n;               /* BASERn, with this value */
        uint64_t baser;
    } cases[] = {
        {"typer", 1, 0, -1, 0},                            /* Physical */
        {"typer", 0xf0, 0x60, -1, 0},                      /* ITT entries of 7 bytes */
        {"typer", 0, TYPER_UMSIIRQ, -1, 0},                /* UMSI */
        {"typer", 0, 0, 1, 0},                             /* no collections */
        {"baser0", 0, 0, 0, 0},                            /* no devices */
        {"baser0", 0, 0, 0, UINT64_C(0x0106000000000000)}, /* 7 bytes */
        {"baser1", 0, 0, 1, UINT64_C(0x0406000000000000)}, /* 7 bytes */
        {"baser2", 0, 0, 2, UINT64_C(0x0107000000000000)}, /* devices again */
        {"baser7", 0, 0, 7, UINT64_C(0x0307000000000000)}, /* reserved */
    };
    struct dbell_its_problem problem;
    struct dbell_its_config config = dbell_its_default_config();
    CHECK(!dbell_its_inconsistency(&config, &problem));
    config.typer = (config.typer & ~UINT64_C(0xf0)) | 0x70; /* 8 bytes are enough */
    CHECK(!dbell_its_inconsistency(&config, &problem));
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct its_bench b;
        config = dbell_its_default_config();
        config.typer = (config.typer & ~cases[i].clear) | cases[i].set;
        if (cases[i].n >= 0)
            config.baser[cases[i].n] = cases[i].baser;
        CHECK(dbell_its_inconsistency(&config, &problem));
        CHECK(!strcmp(problem.key, cases[i].key));
        CHECK(problem.text != NULL);
        CHECK_EQ(dbell_its_state_size(&config), 0);
        CHECK(!its_open(&b, &config));
    }
}

TEST(its_config, sizes_have_limits)
{
    struct dbell_its_problem problem;
    struct dbell_its_config config = dbell_its_default_config();
    config.lpi_bits = 13;
    CHECK(dbell_its_inconsistency(&config, &problem) && !strcmp(problem.key, "lpi_bits"));
    config.lpi_bits = 33;
    CHECK(dbell_its_inconsistency(&config, &problem) && !strcmp(problem.key, "lpi_bits"));
    config = dbell_its_default_config();
    config.device_entries = 0;
    CHECK(dbell_its_inconsistency(&config, &problem) && !strcmp(problem.key, "device_entries"));
    config = dbell_its_default_config();
    config.event_entries = (1 << 20) + 1;
    CHECK(dbell_its_inconsistency(&config, &problem) && !strcmp(problem.key, "event_entries"));
    config = dbell_its_default_config();
    config.collection_entries = 0;
    CHECK(dbell_its_inconsistency(&config, &problem) && !strcmp(problem.key, "collection_entries"));
}

/* The tables of entries of 11 bytes, in flat and in two-level tables of 4 KB pages: 372 in each. */
TEST(its_config, entries_are_as_far_apart_as_baser_says_5_2)
{
    for (unsigned indirect = 0; indirect < 2; indirect++) {
        struct dbell_its_config config = dbell_its_default_config();
        config.baser[0] = UINT64_C(0x010a000000000000);
        struct its_bench b;
        REQUIRE(its_open(&b, &config));
        its_on(&b);
        const uint64_t second = its_alloc(&b, 4096);
        its_put(&b, ITS_CTLR, 4, 0);
        its_put(&b, ITS_BASER0, 8,
                ITS_VALID | (uint64_t)indirect << 62 | b.devices | (indirect ? 0 : 1));
        its_put(&b, ITS_CTLR, 4, 1);
        if (indirect)
            dbell_host_store(&b.bus, b.devices + 8, 8, ITS_VALID | second);
        CHECK(its_command(&b, dbell_host_mapd(373, 4, its_alloc(&b, 4096), true)));
        CHECK(its_load(&b, indirect ? second + 11 : b.devices + 373 * 11) >> 63);
        CHECK(its_command(&b, dbell_host_mapd(743, 4, its_alloc(&b, 4096), true)));
        CHECK(!its_command(&b, dbell_host_mapd(744, 4, its_alloc(&b, 4096), true)));
        its_close(&b);
    }
}

/* --- while it waits for memory --- */

static void disable_then_look(struct its_bench *b)
{
    its_put(b, ITS_CTLR, 4, 0);
    CHECK_EQ(its_get(b, ITS_CTLR, 4), 0);
    its_put(b, ITS_CBASER, 8, 0); /* not quiescent yet */
}

/* gic-its check 41. */
TEST(its_between, quiescent_waits_for_the_command_and_for_the_msi_GITS_CTLR)
{
    struct its_bench b;
    REQUIRE(mapped(&b, NULL, NULL));
    its_post(&b, dbell_host_mapc(ICID, 3, true));
    its_during(&b, b.queue + 3 * 32, disable_then_look);
    its_settle(&b);
    CHECK(b.meanwhile == NULL);
    CHECK_EQ(its_get(&b, ITS_CTLR, 4), QUIESCENT);
    CHECK(its_get(&b, ITS_CBASER, 8) != 0);
    CHECK_EQ(its_get(&b, ITS_CREADR, 8), 4 * 32); /* it was executed whole */
    its_put(&b, ITS_CTLR, 4, 1);
    its_during(&b, b.collections + 8 * ICID, disable_then_look);
    its_msi(&b, DEV, EVENT);
    CHECK(b.meanwhile == NULL);
    CHECK_EQ(its_get(&b, ITS_CTLR, 4), QUIESCENT);
    its_close(&b);
}

static void discard(struct its_bench *b)
{
    CHECK(its_command(b, dbell_host_event(DISCARD, DEV, EVENT)));
}

TEST(its_between, an_msi_that_a_command_overtook_starts_again_5_2)
{
    struct its_bench b;
    uint64_t itt;
    REQUIRE(mapped(&b, NULL, &itt));
    its_during(&b, itt + 12 * EVENT, discard);
    CHECK_EQ(its_msi(&b, DEV, EVENT).verdict, DBELL_ITS_EVENT_UNMAPPED);
    CHECK_EQ(its_msi(&b, DEV, EVENT).verdict, DBELL_ITS_EVENT_UNMAPPED);
    CHECK_EQ(its_count(&b, DBELL_ITS_EVENT_HIT), 0);
    its_close(&b);
}

static void sync_waits(struct its_bench *b)
{
    const uint64_t reader = its_get(b, ITS_CREADR, 8);
    its_post(b, dbell_host_its_sync(CPU));
    CHECK_EQ(dbell_its_step(&b->its, NULL), DBELL_NOT_YET);
    CHECK_EQ(its_get(b, ITS_CREADR, 8), reader);
}

TEST(its_between, sync_waits_for_msis_that_are_under_way_5_3)
{
    struct its_bench b;
    uint64_t itt;
    REQUIRE(mapped(&b, NULL, &itt));
    its_during(&b, itt + 12 * EVENT, sync_waits);
    CHECK_EQ(its_msi(&b, DEV, EVENT).verdict, DBELL_ITS_DELIVERED);
    CHECK(b.meanwhile == NULL);
    its_settle(&b);
    CHECK_EQ(its_get(&b, ITS_CREADR, 8), its_get(&b, ITS_CWRITER, 8));
    its_close(&b);
}

static void reset(struct its_bench *b)
{
    dbell_its_reset(&b->its);
}

TEST(its_between, a_reset_leaves_nothing_of_a_command_12_19)
{
    struct its_bench b;
    REQUIRE(mapped(&b, NULL, NULL));
    its_post(&b, dbell_host_mapc(ICID, 3, true));
    its_during(&b, b.queue + 3 * 32, reset); /* its fetch */
    its_settle(&b);
    CHECK_EQ(its_get(&b, ITS_CREADR, 8), 0);
    CHECK_EQ(its_count(&b, DBELL_ITS_COMMANDS), 0);
    its_on(&b);
    b.commands = 0;
    its_post(&b, dbell_host_movall(0, 1));
    its_during(&b, b.queue, reset);
    its_settle(&b);
    CHECK(b.meanwhile == NULL);
    CHECK_EQ(b.called, 0);
    its_on(&b);
    b.commands = 0;
    its_post(&b, dbell_host_mapc(ICID, 9, true));
    its_post(&b, dbell_host_mapc(ICID, 3, true));
    CHECK_EQ(dbell_its_step(&b.its, NULL), DBELL_STEPPED); /* stalls: there is no CPU 9 */
    CHECK_EQ(its_get(&b, ITS_CREADR, 8), 1);
    dbell_its_reset(&b.its);
    CHECK_EQ(its_get(&b, ITS_CREADR, 8), 0);
    CHECK_EQ(dbell_its_last_error(&b.its), 0);
    its_on(&b);
    b.commands = 0;
    its_post(&b, dbell_host_mapc(ICID, 3, true));
    its_during(&b, b.collections + 8 * ICID, reset); /* its write */
    its_settle(&b);
    CHECK(b.meanwhile == NULL);
    CHECK_EQ(its_get(&b, ITS_CREADR, 8), 0);
    its_close(&b);
}

/* --- entries in memory, as its.h documents them --- */

static void forget(struct its_bench *b)
{
    its_put(b, ITS_CTLR, 4, 0);
    its_put(b, ITS_CTLR, 4, 1);
    b->logged = 0;
}

TEST(its_entries, every_bit_is_where_its_h_says_5_2)
{
    struct dbell_its_config config = dbell_its_default_config();
    config.lpi_bits = 32;
    config.typer |= 0x1f << 8 | 0x1f << 13; /* 32 EventID and DeviceID bits */
    struct its_bench b;
    REQUIRE(its_open(&b, &config));
    b.any_rdbase = true;
    its_on(&b);
    const uint64_t itt = its_alloc(&b, 4096);
    CHECK(its_command(&b, dbell_host_mapd(1, 32, UINT64_C(0xfffffffffff00), true)));
    CHECK_EQ(its_load(&b, b.devices + 8), UINT64_C(0x8001ffffffffffff));
    CHECK(its_command(&b, dbell_host_mapd(2, 1, 0, true)));
    CHECK_EQ(its_load(&b, b.devices + 16), ITS_VALID);
    CHECK(its_command(&b, dbell_host_mapd(2, 1, 0, false)));
    CHECK_EQ(its_load(&b, b.devices + 16), 0);
    CHECK(its_command(&b, dbell_host_mapd(3, 5, itt, true)));
    CHECK_EQ(its_load(&b, b.devices + 24), ITS_VALID | itt >> 8 << 5 | 4);
    CHECK(its_command(&b, dbell_host_mapc(0x1fff, UINT64_C(0xfffffffff), true)));
    CHECK_EQ(its_load(&b, b.collections + 0x1fff * 8), UINT64_C(0x8000000fffffffff));
    CHECK(its_command(&b, dbell_host_mapti(3, 31, 0xffffffff, 0x1fff)));
    CHECK_EQ(its_load(&b, itt + 31 * 12), UINT64_C(0x80001fffffffffff));
    CHECK(its_command(&b, dbell_host_mapti(3, 30, 8192, 0x1000)));
    CHECK_EQ(its_load(&b, itt + 30 * 12), UINT64_C(0x8000100000002000));
    forget(&b);
    const struct dbell_msi_result result = its_msi(&b, 3, 31);
    CHECK_EQ(result.intid, 0xffffffff);
    CHECK_EQ(result.rdbase, UINT64_C(0xfffffffff));
    forget(&b);
    CHECK_EQ(its_msi(&b, 1, 0xffffffff).verdict, DBELL_ITS_MEMORY);
    REQUIRE(b.logged == 2);
    CHECK_EQ(b.log[1].address, UINT64_C(0xfffffffffff00) + UINT64_C(0xffffffff) * 12);
    its_close(&b);
}

TEST(its_entries, an_icid_has_sixteen_bits_5_2)
{
    struct its_bench b;
    REQUIRE(its_open(&b, NULL));
    its_on(&b);
    its_put(&b, ITS_CTLR, 4, 0);
    const uint64_t table = its_alloc(&b, 0x80000);
    its_put(&b, ITS_BASER1, 8, ITS_VALID | table | 0x207); /* eight pages of 64 KB */
    its_put(&b, ITS_CTLR, 4, 1);
    const uint64_t itt = its_alloc(&b, 4096);
    CHECK(its_command(&b, dbell_host_mapd(DEV, 4, itt, true)));
    CHECK(its_command(&b, dbell_host_mapc(0xffff, CPU, true)));
    CHECK(its_command(&b, dbell_host_mapti(DEV, 0, LPI, 0xffff)));
    CHECK_EQ(its_load(&b, itt), UINT64_C(0x8000ffff00002008));
    forget(&b);
    CHECK_EQ(its_msi(&b, DEV, 0).rdbase, CPU);
    its_close(&b);
}

/* Pages of 4, 16 and 64 KB: which bits of a level 1 entry are an address. */
TEST(its_entries, level_1_holds_an_address_of_52_bits_5_2_1)
{
    static const uint64_t pages[3] = {UINT64_C(0xffffffffff000), UINT64_C(0xfffffffffc000),
                                      UINT64_C(0xfffffffff0000)};
    for (unsigned size = 0; size < 3; size++) {
        struct its_bench b;
        REQUIRE(its_open(&b, NULL));
        its_on(&b);
        its_put(&b, ITS_CTLR, 4, 0);
        its_put(&b, ITS_BASER0, 8, ITS_VALID | UINT64_C(1) << 62 | b.devices | size << 8);
        its_put(&b, ITS_CTLR, 4, 1);
        dbell_host_store(&b.bus, b.devices, 8, ~UINT64_C(0));
        b.logged = 0;
        CHECK_EQ(its_msi(&b, 3, 0).verdict, DBELL_ITS_MEMORY);
        REQUIRE(b.logged == 2);
        CHECK_EQ(b.log[1].address, pages[size] + 24);
        its_close(&b);
    }
}

/* With 64 KB pages, bits [51:48] of a base are in [15:12]. */
TEST(its_entries, bases_of_52_bits_are_folded_GITS_BASERn)
{
    struct its_bench b;
    REQUIRE(its_open(&b, NULL));
    its_on(&b);
    its_put(&b, ITS_CTLR, 4, 0);
    its_put(&b, ITS_BASER0, 8, ITS_VALID | UINT64_C(0xfffffffff200));
    its_put(&b, ITS_CTLR, 4, 1);
    b.logged = 0;
    CHECK_EQ(its_msi(&b, 3, 0).verdict, DBELL_ITS_MEMORY);
    CHECK_EQ(b.log[0].address, UINT64_C(0xfffffffff0000) + 24);
    its_put(&b, ITS_CTLR, 4, 0);
    its_put(&b, ITS_BASER0, 8, ITS_VALID | UINT64_C(0xfffffffff000));
    its_put(&b, ITS_CTLR, 4, 1);
    b.logged = 0;
    CHECK_EQ(its_msi(&b, 3, 0).verdict, DBELL_ITS_MEMORY);
    CHECK_EQ(b.log[0].address, UINT64_C(0xfffffffff000) + 24);
    its_close(&b);
}

/* --- errors of commands --- */

enum { MOVI = 1, CLEAR = 4, INV = 0xc };

static uint32_t error_of(struct its_bench *b, struct dbell_host_its_cmd command)
{
    const bool consumed = its_command(b, command);
    const uint32_t error = dbell_its_last_error(&b->its);
    if (consumed)
        return 0;
    CHECK_EQ(its_get(b, ITS_CREADR, 8) & 1, 1);
    const uint64_t slot = its_get(b, ITS_CREADR, 8) & ~UINT64_C(31);
    const uint64_t sync[4] = {5};
    dbell_host_store_words(&b->bus, b->queue + slot, sync, 4);
    its_put(b, ITS_CWRITER, 8, its_get(b, ITS_CWRITER, 8) | 1);
    its_settle(b);
    CHECK_EQ(its_get(b, ITS_CREADR, 8), its_get(b, ITS_CWRITER, 8));
    return error;
}

/* Event 4 is mapped to a collection that is not. */
static bool with_errors(struct its_bench *b, uint64_t *itt)
{
    return mapped(b, NULL, itt) && its_command(b, dbell_host_mapti(DEV, 4, LPI + 1, 9));
}

/* The tables of 5.3 for each command; CLEAR reports as command 05. */
TEST(its_errors, of_commands_that_name_an_event_5_3)
{
    static const unsigned opcodes[] = {INT, CLEAR, INV, DISCARD};
    struct its_bench b;
    REQUIRE(with_errors(&b, NULL));
    for (unsigned i = 0; i < sizeof opcodes / sizeof opcodes[0]; i++) {
        const unsigned op = opcodes[i];
        const uint32_t code = 0x010000 | (op == CLEAR ? 5u : op) << 8;
        CHECK_EQ(error_of(&b, dbell_host_event(op, 0x10000, EVENT)), code | 0x01);
        CHECK_EQ(error_of(&b, dbell_host_event(op, 0x2000, EVENT)), code | 0x01);
        CHECK_EQ(error_of(&b, dbell_host_event(op, 6, EVENT)), code | 0x04);
        CHECK_EQ(error_of(&b, dbell_host_event(op, DEV, 16)), code | 0x05);
        CHECK_EQ(error_of(&b, dbell_host_event(op, DEV, 5)), code | 0x07);
        CHECK_EQ(error_of(&b, dbell_host_event(op, DEV, 4)), code | 0x10);
    }
    CHECK_EQ(b.called, 0);
    CHECK_EQ(its_count(&b, DBELL_ITS_ERRORS), 24);
    its_close(&b);
}

TEST(its_errors, of_commands_that_map_5_3)
{
    struct its_bench b;
    REQUIRE(with_errors(&b, NULL));
    CHECK_EQ(error_of(&b, dbell_host_mapd(0x10000, 4, 0, true)), 0x010801);
    CHECK_EQ(error_of(&b, dbell_host_mapd(0x2000, 4, 0, false)), 0x010801);
    CHECK_EQ(error_of(&b, dbell_host_mapd(6, 17, 0, true)), 0x010802);
    CHECK_EQ(error_of(&b, dbell_host_mapd(6, 16, its_alloc(&b, 0x100000), true)), 0);
    CHECK_EQ(error_of(&b, dbell_host_mapc(ICID, ITS_CPUS, true)), 0x010902);
    CHECK_EQ(error_of(&b, dbell_host_mapc(0x2000, 0, true)), 0x010903);
    CHECK_EQ(error_of(&b, dbell_host_mapc(0x2000, 0, false)), 0x010903);
    CHECK_EQ(error_of(&b, dbell_host_mapc(3, 99, false)), 0); /* RDbase has no meaning */
    CHECK_EQ(error_of(&b, dbell_host_mapti(0x10000, 0, LPI, ICID)), 0x010a01);
    CHECK_EQ(error_of(&b, dbell_host_mapti(DEV, 0, LPI, 0x2000)), 0x010a03);
    CHECK_EQ(error_of(&b, dbell_host_mapti(7, 0, LPI, ICID)), 0x010a04);
    CHECK_EQ(error_of(&b, dbell_host_mapti(DEV, 16, LPI, ICID)), 0x010a05);
    CHECK_EQ(error_of(&b, dbell_host_mapti(DEV, 16, LPI, 0x2000)), 0x010a05); /* the first of two */
    CHECK_EQ(error_of(&b, dbell_host_mapti(DEV, 0, 8191, ICID)), 0x010a06);
    CHECK_EQ(error_of(&b, dbell_host_mapti(DEV, 0, 65536, ICID)), 0x010a06);
    CHECK_EQ(error_of(&b, dbell_host_mapti(DEV, 0, 65535, ICID)), 0);
    CHECK_EQ(error_of(&b, dbell_host_mapi(0x10000, 9000, ICID)), 0x010b01);
    CHECK_EQ(error_of(&b, dbell_host_mapi(6, 9000, 0x2000)), 0x010b03);
    CHECK_EQ(error_of(&b, dbell_host_mapi(7, 9000, ICID)), 0x010b04);
    CHECK_EQ(error_of(&b, dbell_host_mapi(DEV, 9000, ICID)), 0x010b05);
    CHECK_EQ(error_of(&b, dbell_host_mapi(6, 8191, ICID)), 0x010b06);
    CHECK_EQ(error_of(&b, dbell_host_mapi(6, 9000, ICID)), 0);
    CHECK_EQ(its_msi(&b, 6, 9000).intid, 9000);
    its_close(&b);
}

TEST(its_errors, of_commands_that_move_and_of_invall_5_3)
{
    struct its_bench b;
    REQUIRE(with_errors(&b, NULL));
    CHECK_EQ(error_of(&b, dbell_host_movi(0x10000, EVENT, ICID)), 0x010101);
    CHECK_EQ(error_of(&b, dbell_host_movi(DEV, EVENT, 0x2000)), 0x010103);
    CHECK_EQ(error_of(&b, dbell_host_movi(6, EVENT, ICID)), 0x010104);
    CHECK_EQ(error_of(&b, dbell_host_movi(DEV, 16, ICID)), 0x010105);
    CHECK_EQ(error_of(&b, dbell_host_movi(DEV, 5, ICID)), 0x010107);
    CHECK_EQ(error_of(&b, dbell_host_movi(DEV, EVENT, 9)), 0x010109); /* to */
    CHECK_EQ(error_of(&b, dbell_host_movi(DEV, 4, ICID)), 0x010109);  /* from */
    CHECK_EQ(error_of(&b, dbell_host_movall(0, ITS_CPUS)), 0x010e01);
    CHECK_EQ(error_of(&b, dbell_host_movall(ITS_CPUS, 0)), 0x010e01);
    CHECK_EQ(error_of(&b, dbell_host_invall(0x2000)), 0x010d03);
    CHECK_EQ(error_of(&b, dbell_host_invall(9)), 0x010d09);
    CHECK_EQ(b.called, 0);
    CHECK_EQ(error_of(&b, dbell_host_movall(1, 1)), 0);
    CHECK_EQ(b.called, 0);
    its_close(&b);
}

/* The model's own code, ff: an entry that cannot be accessed. */
TEST(its_errors, of_memory_stop_every_command_5_3)
{
    uint64_t itt;
    struct its_bench b;
    REQUIRE(with_errors(&b, &itt));
    const struct dbell_host_its_cmd commands[] = {dbell_host_event(INT, DEV, EVENT),
                                                  dbell_host_event(CLEAR, DEV, EVENT),
                                                  dbell_host_event(INV, DEV, EVENT),
                                                  dbell_host_event(DISCARD, DEV, EVENT),
                                                  dbell_host_movi(DEV, EVENT, ICID),
                                                  dbell_host_mapti(DEV, EVENT, LPI, ICID),
                                                  dbell_host_mapd(DEV, 4, itt, true),
                                                  dbell_host_mapc(ICID, CPU, true),
                                                  dbell_host_invall(ICID)};
    const uint64_t entries[] = {b.devices + 8 * DEV, itt + 12 * EVENT, b.collections + 8 * ICID};
    /* Which entries each command needs. */
    static const uint8_t needs[] = {7, 7, 7, 7, 7, 7, 1, 4, 4};
    for (unsigned c = 0; c < sizeof needs; c++)
        for (unsigned e = 0; e < 3; e++) {
            if (!(needs[c] >> e & 1))
                continue;
            forget(&b);
            b.abort_at = entries[e];
            its_post(&b, commands[c]);
            its_settle(&b);
            CHECK_EQ(dbell_its_last_error(&b.its) & 0xff, 0xff);
            CHECK_EQ(its_get(&b, ITS_CREADR, 8) & 1, 1);
            b.abort_at = 0;
            its_put(&b, ITS_CWRITER, 8, its_get(&b, ITS_CWRITER, 8) | 1);
            its_settle(&b);
            CHECK_EQ(its_get(&b, ITS_CREADR, 8), its_get(&b, ITS_CWRITER, 8));
            if (c == 3) /* it has been discarded now */
                CHECK(its_command(&b, dbell_host_mapti(DEV, EVENT, LPI, ICID)));
        }
    its_post(&b, dbell_host_invall(ICID));
    b.abort_at = b.queue + (b.commands - 1) * 32;
    its_settle(&b);
    CHECK_EQ(dbell_its_last_error(&b.its) & 0xff, 0xff);
    its_close(&b);
}

TEST(its_errors, a_discard_that_cannot_be_written_is_none_5_3)
{
    struct its_bench b;
    uint64_t itt;
    REQUIRE(mapped(&b, NULL, &itt));
    b.called = 0;
    b.abort_at = itt + 12 * EVENT;
    b.abort_writes = true;
    CHECK(!its_command(&b, dbell_host_event(DISCARD, DEV, EVENT)));
    CHECK_EQ(dbell_its_last_error(&b.its), 0x010fff);
    CHECK_EQ(b.called, 0);
    its_close(&b);
}

TEST(its, a_deviceid_has_devbits_whatever_the_table_GITS_TYPER)
{
    struct its_bench b;
    struct dbell_its_config config = dbell_its_default_config();
    config.typer = (config.typer & ~(UINT64_C(31) << 13)) | 3 << 13; /* four bits */
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    const uint64_t itt = its_alloc(&b, 4096);
    CHECK(its_command(&b, dbell_host_mapd(15, 4, itt, true)));
    CHECK(!its_command(&b, dbell_host_mapd(16, 4, itt, true)));
    CHECK_EQ(dbell_its_last_error(&b.its), 0x010801);
    CHECK_EQ(its_load(&b, b.devices + 8 * 16), 0);
    its_close(&b);
}

TEST(cil, cidbits_bound_what_events_have_GITS_TYPER)
{
    struct its_bench b;
    struct dbell_its_config config = dbell_its_default_config();
    config.typer = (config.typer & ~(UINT64_C(15) << 32)) | UINT64_C(2) << 32; /* 8 of them */
    config.error_policy = DBELL_ITS_IGNORE;
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    CHECK(its_command(&b, dbell_host_mapd(DEV, 4, its_alloc(&b, 4096), true)));
    CHECK(its_command(&b, dbell_host_mapti(DEV, 0, LPI, 7)));
    CHECK(!its_command(&b, dbell_host_mapti(DEV, 0, LPI, 8)));
    CHECK_EQ(dbell_its_last_error(&b.its), 0x010a03);
    CHECK(!its_command(&b, dbell_host_invall(8)));
    CHECK_EQ(dbell_its_last_error(&b.its), 0x010d03);
    its_close(&b);
}

static void msi_with_steps(struct its_bench *b, uint8_t event, struct dbell_itinerary *itinerary)
{
    uint8_t data[4] = {event};
    struct dbell_msi_result result;
    struct dbell_transaction t = {
        .op = DBELL_WRITE, .length = 4, .data = data, .itinerary = itinerary};
    t.side.has_deviceid = true;
    t.side.deviceid = DEV;
    dbell_its_msi(&b->its, &t, &result);
}

/* Event, device and collection are looked up; what is not there is read. */
TEST(its, the_steps_of_an_msi_are_told)
{
    static const uint8_t cold[] = {DBELL_OBJECT_ITE, DBELL_OBJECT_DTE, DBELL_OBJECT_DTE,
                                   DBELL_OBJECT_ITE, DBELL_OBJECT_CTE, DBELL_OBJECT_CTE,
                                   DBELL_OBJECT_MSI};
    for (unsigned cached = 0; cached < 2; cached++) {
        struct its_bench b;
        struct dbell_step steps[16];
        struct dbell_itinerary itinerary;
        struct dbell_its_config config = dbell_its_default_config();
        config.no_caches = !cached;
        REQUIRE(mapped(&b, &config, NULL));
        its_put(&b, ITS_CTLR, 4, 0); /* nothing is cached */
        its_put(&b, ITS_CTLR, 4, 1);
        for (unsigned again = 0; again < 2; again++) {
            itinerary = (struct dbell_itinerary){.steps = steps, .capacity = 16};
            msi_with_steps(&b, EVENT, &itinerary);
            if (!cached) { /* DTE, ITE, CTE, and what came of it */
                REQUIRE(itinerary.count == 4);
                for (unsigned i = 0; i < 3; i++)
                    CHECK_EQ(steps[i].kind, DBELL_STEP_READ);
                CHECK_EQ(steps[3].kind, DBELL_STEP_DECIDE);
                continue;
            }
            REQUIRE(itinerary.count == (again ? 3 : 7));
            for (unsigned i = 0; i < 7 && !again; i++) {
                CHECK_EQ(steps[i].object, cold[i]);
                CHECK(!steps[i].hit);
                CHECK_EQ(steps[i].after, (int)i - 1);
            }
            CHECK_EQ(steps[again ? 2 : 6].value, LPI);
            if (again) {
                CHECK(steps[0].hit && steps[0].value >> 63);
                CHECK(steps[1].hit && steps[1].value == (ITS_VALID | CPU));
            }
        }
        /* Another event of the device, which is cached. */
        itinerary = (struct dbell_itinerary){.steps = steps, .capacity = 16};
        msi_with_steps(&b, EVENT + 1, &itinerary);
        if (cached) {
            CHECK(steps[1].object == DBELL_OBJECT_DTE && steps[1].hit && steps[1].value >> 63);
            CHECK(steps[2].object == DBELL_OBJECT_ITE && steps[2].kind == DBELL_STEP_READ);
        }
        its_close(&b);
    }
}

TEST(its_errors, of_tables_that_are_not_there_GITS_BASERn)
{
    struct its_bench b;
    struct dbell_its_config config = dbell_its_default_config();
    config.error_policy = DBELL_ITS_IGNORE;
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    its_put(&b, ITS_CTLR, 4, 0);
    its_put(&b, ITS_BASER0, 8, b.devices);
    its_put(&b, ITS_BASER1, 8, b.collections);
    its_put(&b, ITS_CTLR, 4, 1);
    CHECK(!its_command(&b, dbell_host_mapd(DEV, 4, its_alloc(&b, 4096), true)));
    CHECK_EQ(dbell_its_last_error(&b.its), 0x010801);
    CHECK(!its_command(&b, dbell_host_mapc(ICID, CPU, true)));
    CHECK_EQ(dbell_its_last_error(&b.its), 0x010903);
    CHECK_EQ(its_load(&b, b.devices + 8 * DEV) | its_load(&b, b.collections + 8 * ICID), 0);
    its_close(&b);
}

/* Level 1 of 4 KB: 512 pages of 512 devices, 2^18 of 2^20. */
TEST(its_errors, of_the_first_level_of_a_table_GITS_BASERn)
{
    struct its_bench b;
    struct dbell_its_config config = dbell_its_default_config();
    config.error_policy = DBELL_ITS_IGNORE;
    config.typer = (config.typer & ~(UINT64_C(31) << 13)) | 19 << 13;
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    const uint64_t level1 = its_alloc(&b, 0x1000), page = its_alloc(&b, 0x1000) | ITS_VALID;
    const uint64_t beyond = level1 + 0x1000; /* what lies there is no entry */
    dbell_host_store_words(&b.bus, level1 + 8 * 511, &page, 1);
    dbell_host_store_words(&b.bus, beyond, &page, 1);
    its_put(&b, ITS_CTLR, 4, 0);
    its_put(&b, ITS_BASER0, 8, ITS_VALID | UINT64_C(1) << 62 | level1);
    its_put(&b, ITS_CTLR, 4, 1);
    const uint64_t itt = its_alloc(&b, 4096);
    CHECK(its_command(&b, dbell_host_mapd((1 << 18) - 1, 4, itt, true)));
    CHECK(!its_command(&b, dbell_host_mapd(1 << 18, 4, itt, true)));
    CHECK_EQ(dbell_its_last_error(&b.its), 0x010801);
    b.abort_at = level1 + 8 * 511;
    CHECK(!its_command(&b, dbell_host_mapd((1 << 18) - 2, 4, itt, true)));
    CHECK_EQ(dbell_its_last_error(&b.its), 0x0108ff);
    its_close(&b);
}

TEST(its, a_table_may_have_256_pages_GITS_BASERn)
{
    struct its_bench b;
    REQUIRE(its_open(&b, NULL));
    its_on(&b);
    its_put(&b, ITS_CTLR, 4, 0);
    its_put(&b, ITS_BASER0, 8, ITS_VALID | its_alloc(&b, 0x100000) | 0x80); /* 129 of 4 KB */
    its_put(&b, ITS_CTLR, 4, 1);
    CHECK(its_command(&b, dbell_host_mapd(0xffff, 4, its_alloc(&b, 4096), true)));
    its_close(&b);
}

/* --- posted effects: what software may rely on after SYNC, and not before --- */

static struct dbell_its_config posting(void)
{
    struct dbell_its_config config = dbell_its_default_config();
    config.posted = true;
    return config;
}

TEST(its_posted, effects_arrive_at_sync_of_their_redistributor_5_3)
{
    struct its_bench b;
    const struct dbell_its_config config = posting();
    REQUIRE(mapped(&b, &config, NULL));
    CHECK(its_command(&b, dbell_host_mapc(3, 3, true)));
    CHECK(its_command(&b, dbell_host_event(0xc, DEV, EVENT))); /* INV */
    CHECK(its_command(&b, dbell_host_invall(3)));
    CHECK(its_command(&b, dbell_host_movall(2, CPU)));
    CHECK(its_command(&b, dbell_host_event(4, DEV, EVENT))); /* CLEAR */
    CHECK_EQ(b.called, 0);
    CHECK_EQ(its_msi(&b, DEV, EVENT).verdict, DBELL_ITS_DELIVERED); /* overtakes them */
    CHECK_EQ(b.called, 1);
    CHECK(its_command(&b, dbell_host_its_sync(0)));
    CHECK_EQ(b.called, 1); /* of another */
    CHECK(its_command(&b, dbell_host_its_sync(CPU)));
    REQUIRE(b.called == 4);
    CHECK_EQ(b.calls[1].request.kind, DBELL_LPI_INVALIDATE);
    CHECK_EQ(b.calls[1].request.intid, LPI);
    CHECK_EQ(b.calls[2].request.kind, DBELL_LPI_MOVE_ALL); /* to it */
    CHECK_EQ(b.calls[3].request.kind, DBELL_LPI_CLEAR);
    CHECK(its_command(&b, dbell_host_its_sync(3)));
    REQUIRE(b.called == 5);
    CHECK_EQ(b.calls[4].request.kind, DBELL_LPI_INVALIDATE_ALL);
    CHECK(its_command(&b, dbell_host_its_sync(3)));
    CHECK_EQ(b.called, 5);
    its_close(&b);
}

TEST(its_posted, effects_of_a_vpe_arrive_at_vsync_5_3)
{
    struct its_bench b;
    struct dbell_its_config config = posting();
    dbell_its_make_version(&config, DBELL_GICV4_1);
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    for (uint32_t vpeid = 1; vpeid < 3; vpeid++) {
        const struct dbell_host_vpe_mapping map = {.vpeid = vpeid,
                                                   .vpt = 0x10000 * vpeid,
                                                   .intid_bits = 14,
                                                   .valid = true,
                                                   .doorbell = 1023};
        CHECK(its_command(&b, dbell_host_vmapp(&map)));
    }
    CHECK(its_command(&b, dbell_host_mapd(DEV, 4, its_alloc(&b, 4096), true)));
    CHECK(its_command(&b, dbell_host_vmapti(DEV, EVENT, LPI, 1, 1023)));
    CHECK(its_command(&b, dbell_host_event(INT, DEV, EVENT)));
    CHECK(its_command(&b, dbell_host_vmovi(DEV, EVENT, 2, 0)));
    CHECK(its_command(&b, dbell_host_vsgi(1, 3, true, 1, 0)));
    CHECK(its_command(&b, dbell_host_its_sync(0))); /* physical ones only */
    CHECK_EQ(b.called, 0);
    CHECK(its_command(&b, dbell_host_vpe(0x25, 2)));
    REQUIRE(b.called == 1);
    CHECK_EQ(b.calls[0].request.kind, DBELL_VLPI_MOVE);
    CHECK_EQ(b.calls[0].vpe.vpt, 0x10000);
    CHECK_EQ(b.calls[0].target.vpt, 0x20000);
    CHECK(its_command(&b, dbell_host_vpe(0x2d, 2)));
    const struct dbell_host_vpe_mapping unmap = {.vpeid = 1, .intid_bits = 14};
    CHECK(its_command(&b, dbell_host_vmapp(&unmap))); /* it waits for itself */
    REQUIRE(b.called == 3);
    CHECK_EQ(b.calls[1].request.kind, DBELL_VLPI_SET);
    CHECK_EQ(b.calls[1].request.intid, LPI);
    CHECK_EQ(b.calls[2].request.kind, DBELL_VSGI_CONFIGURE);
    its_put(&b, ITS_CTLR, 4, 0); /* all that is left arrives */
    REQUIRE(b.called == 4);
    CHECK_EQ(b.calls[3].request.kind, DBELL_VLPI_INVALIDATE_ALL);
    its_close(&b);
}

TEST(its_posted, the_oldest_are_pushed_on_and_a_reset_ends_all)
{
    struct its_bench b;
    const struct dbell_its_config config = posting();
    REQUIRE(mapped(&b, &config, NULL));
    CHECK(its_command(&b, dbell_host_event(INT, DEV, EVENT)));
    for (unsigned i = 0; i < 31; i++)
        CHECK(its_command(&b, dbell_host_event(0xc, DEV, EVENT)));
    CHECK_EQ(b.called, 0);
    CHECK(its_command(&b, dbell_host_event(4, DEV, EVENT)));
    REQUIRE(b.called == 1);
    CHECK_EQ(b.calls[0].request.kind, DBELL_LPI_SET);
    dbell_its_reset(&b.its);
    its_put(&b, ITS_CTLR, 4, 1);
    its_put(&b, ITS_CTLR, 4, 0);
    CHECK_EQ(b.called, 1);
    its_close(&b);
}

TEST(its_events, are_told_in_their_order_until_memory_refuses)
{
    struct its_bench b;
    struct dbell_its_event event;
    uint64_t itt;
    REQUIRE(mapped(&b, NULL, &itt));
    CHECK(its_command(&b, dbell_host_mapti(DEV, 9, LPI + 1, ICID + 1))); /* not mapped yet */
    CHECK(dbell_its_event_from(&b.its, DEV, 0, &event));
    CHECK_EQ(event.eventid, EVENT);
    CHECK_EQ(event.intid, LPI);
    CHECK(event.has_target && !event.is_virtual);
    CHECK_EQ(event.rdbase, CPU);
    CHECK(dbell_its_event_from(&b.its, DEV, EVENT + 1, &event));
    CHECK_EQ(event.eventid, 9);
    CHECK(!event.has_target);
    CHECK(!dbell_its_event_from(&b.its, DEV, 10, &event));
    CHECK(!dbell_its_event_from(&b.its, DEV, 16, &event));
    CHECK(!dbell_its_event_from(&b.its, DEV + 1, 0, &event));
    b.abort_at = itt + 12 * (EVENT + 2);
    CHECK(!dbell_its_event_from(&b.its, DEV, EVENT + 1, &event));
    const uint64_t invalid = its_load(&b, b.devices + 8 * DEV) & ~ITS_VALID;
    dbell_host_store_words(&b.bus, b.devices + 8 * (DEV + 1), &invalid, 1);
    CHECK(!dbell_its_event_from(&b.its, DEV + 1, 0, &event)); /* an entry that is not valid */
    its_close(&b);
}

TEST(its_errors, what_a_command_asks_of_redistributors_5_3)
{
    struct its_bench b;
    REQUIRE(mapped(&b, NULL, NULL));
    CHECK(its_command(&b, dbell_host_mapc(7, 3, true)));
    CHECK(its_command(&b, dbell_host_event(INT, DEV, EVENT)));
    CHECK(its_command(&b, dbell_host_event(CLEAR, DEV, EVENT)));
    CHECK(its_command(&b, dbell_host_event(INV, DEV, EVENT)));
    CHECK(its_command(&b, dbell_host_movi(DEV, EVENT, ICID))); /* where it is */
    CHECK(its_command(&b, dbell_host_movi(DEV, EVENT, 7)));
    CHECK(its_command(&b, dbell_host_movall(1, 2)));
    CHECK(its_command(&b, dbell_host_invall(7)));
    CHECK(its_command(&b, dbell_host_event(DISCARD, DEV, EVENT)));
    static const struct {
        enum dbell_lpi_kind kind;
        uint64_t rdbase, to;
        uint32_t intid;
    } want[] = {{DBELL_LPI_SET, 1, 0, LPI},        {DBELL_LPI_CLEAR, 1, 0, LPI},
                {DBELL_LPI_INVALIDATE, 1, 0, LPI}, {DBELL_LPI_MOVE, 1, 3, LPI},
                {DBELL_LPI_MOVE_ALL, 1, 2, 0},     {DBELL_LPI_INVALIDATE_ALL, 3, 0, 0},
                {DBELL_LPI_CLEAR, 3, 0, LPI}};
    REQUIRE(b.called == sizeof want / sizeof want[0]);
    for (unsigned i = 0; i < b.called; i++) {
        CHECK_EQ(b.calls[i].request.kind, want[i].kind);
        CHECK_EQ(b.calls[i].request.rdbase, want[i].rdbase);
        CHECK_EQ(b.calls[i].request.to, want[i].to);
        CHECK_EQ(b.calls[i].request.intid, want[i].intid);
    }
    its_close(&b);
}

/* --- the queue, and calls --- */

TEST(gits, the_queue_has_an_address_of_52_bits_and_1_mb_GITS_CBASER)
{
    struct its_bench b;
    REQUIRE(its_open(&b, NULL));
    its_on(&b);
    its_put(&b, ITS_CTLR, 4, 0);
    its_put(&b, ITS_CBASER, 8, ITS_VALID | UINT64_C(0xfffffffff0000) | 255);
    its_put(&b, ITS_CTLR, 4, 1);
    its_put(&b, ITS_CWRITER, 8, 0xfffe0);
    its_settle(&b);
    REQUIRE(b.logged == 1);
    CHECK_EQ(b.log[0].address, UINT64_C(0xfffffffff0000));
    CHECK_EQ(its_get(&b, ITS_CREADR, 8), 1); /* nothing is there */
    its_put(&b, ITS_CTLR, 4, 0);
    const uint64_t queue = its_alloc(&b, 0x100000), sync[4] = {5};
    its_put(&b, ITS_CBASER, 8, ITS_VALID | queue | 255);
    for (unsigned i = 0; i < 32768; i++)
        dbell_host_store_words(&b.bus, queue + i * 32, sync, 4);
    its_put(&b, ITS_CTLR, 4, 1);
    for (unsigned i = 0; i < 8; i++)
        its_settle(&b);
    CHECK_EQ(its_get(&b, ITS_CREADR, 8), 0xfffe0);
    its_put(&b, ITS_CWRITER, 8, 0);
    its_settle(&b);
    CHECK_EQ(its_get(&b, ITS_CREADR, 8), 0);
    its_close(&b);
}

TEST(its_errors, of_opcodes_that_are_none_5_3)
{
    struct its_bench b;
    REQUIRE(with_errors(&b, NULL));
    for (unsigned op = 0; op < 256; op++)
        if (op < 0x10 ? op == 0 || op == 2 || op == 6 || op == 7 : true)
            CHECK_EQ(error_of(&b, (struct dbell_host_its_cmd){{op}}) & 0xffff, op << 8 | 0xfe);
    its_close(&b);
}

static void step_again(struct its_bench *b)
{
    CHECK_EQ((uint64_t)dbell_its_step(&b->its, NULL), (uint64_t)DBELL_E_BUSY);
}

TEST(its_between, a_step_inside_a_step_is_busy)
{
    struct its_bench b;
    REQUIRE(mapped(&b, NULL, NULL));
    its_post(&b, dbell_host_mapc(ICID, 3, true));
    its_during(&b, b.queue + 3 * 32, step_again);
    its_settle(&b);
    CHECK(b.meanwhile == NULL);
    CHECK_EQ(its_count(&b, DBELL_ITS_COMMANDS), 4);
    its_close(&b);
}

static enum dbell_response no_access(void *ctx, struct dbell_transaction *t)
{
    (void)ctx, (void)t;
    return DBELL_RESPONSE_SLVERR;
}

static bool no_lpi(void *ctx, const struct dbell_lpi_request *request,
                   struct dbell_itinerary *itinerary)
{
    (void)ctx, (void)request, (void)itinerary;
    return false;
}

TEST(its_config, calls_with_wrong_arguments_are_refused)
{
    static uint64_t memory[1 << 16];
    uint8_t *state = (uint8_t *)(((uintptr_t)memory + 15) & ~(uintptr_t)15);
    struct dbell_its its;
    const struct dbell_its_config config = dbell_its_default_config();
    struct dbell_its_config wrong = config;
    const struct dbell_its_ports ports = {.tables = {.access = no_access}, .lpi = {.ask = no_lpi}};
    const struct dbell_its_ports no_tables = {.lpi = {.ask = no_lpi}};
    const struct dbell_its_ports no_lpis = {.tables = {.access = no_access}};
    const size_t size = dbell_its_state_size(&config);
    REQUIRE(size && size + 16 < sizeof memory);
    wrong.lpi_bits = 0;
    CHECK_EQ(dbell_its_init(NULL, state, size, &config, &ports), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_its_init(&its, NULL, size, &config, &ports), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_its_init(&its, state, size, NULL, &ports), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_its_init(&its, state, size, &config, NULL), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_its_init(&its, state, size, &config, &no_tables), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_its_init(&its, state, size, &config, &no_lpis), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_its_init(&its, state, size, &wrong, &ports), DBELL_E_RANGE);
    CHECK_EQ(dbell_its_init(&its, state, size - 1, &config, &ports), DBELL_E_SIZE);
    CHECK_EQ(dbell_its_init(&its, state + 8, size, &config, &ports), DBELL_E_SIZE);
    REQUIRE(dbell_its_init(&its, state, size, &config, &ports) == DBELL_OK);
    CHECK_EQ(dbell_its_attach(NULL, state, size, &ports), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_its_attach(&its, NULL, size, &ports), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_its_attach(&its, state, size, NULL), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_its_attach(&its, state, size, &no_lpis), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_its_attach(&its, state, 64, &ports), DBELL_E_SIZE);
    CHECK_EQ(dbell_its_attach(&its, state + 8, size, &ports), DBELL_E_SIZE);
    CHECK_EQ(dbell_its_attach(&its, state, size - 1, &ports), DBELL_E_STATE);
    CHECK_EQ(dbell_its_attach(&its, state, size, &ports), DBELL_OK);
    state[0] ^= 1;
    CHECK_EQ(dbell_its_attach(&its, state, size, &ports), DBELL_E_STATE);
    CHECK_EQ(dbell_its_state_size(NULL), 0);
}
