/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Tables of KVM's ABI revision 0: Linux, Documentation/virt/kvm/devices/arm-vgic-its.rst. The words
 * are put together by hand from that page. */
#include <stdlib.h>
#include <string.h>

#include "dbell_test.h"
#include "its_bench.h"

enum { SIZE = ITS_RAM_SIZE };
#define VALID (UINT64_C(1) << 63)

static uint64_t scratch[DBELL_ITS_ICIDS];

static struct dbell_its_config config_8(void)
{
    struct dbell_its_config config = dbell_its_default_config();
    config.typer = UINT64_C(0x1f0001ef71); /* ITT entries of 8 bytes */
    return config;
}

static uint64_t dte(uint64_t next, uint64_t itt, unsigned bits)
{
    return VALID | next << 49 | itt >> 8 << 5 | (bits - 1);
}

static uint64_t ite(uint64_t next, uint32_t intid, unsigned icid)
{
    return next << 48 | (uint64_t)intid << 16 | icid;
}

static uint64_t cte(uint32_t target, unsigned icid)
{
    return VALID | (uint64_t)target << 16 | icid;
}

static void put(struct its_bench *b, uint64_t address, uint64_t word)
{
    dbell_host_store_words(&b->bus, address, &word, 1);
}

static void off(struct its_bench *b)
{
    its_put(b, ITS_CTLR, 4, 0);
}

static void on(struct its_bench *b)
{
    its_put(b, ITS_CTLR, 4, 1);
}

static bool opened(struct its_bench *b)
{
    const struct dbell_its_config config = config_8();
    if (!its_open(b, &config))
        return false;
    its_on(b);
    return true;
}

TEST(kvm_abi, tables_are_exported_as_kvm_saves_them)
{
    struct its_bench b;
    REQUIRE(opened(&b));
    const uint64_t two = its_alloc(&b, 4096), seven = its_alloc(&b, 4096);
    CHECK(its_command(&b, dbell_host_mapd(2, 8, two, true)));
    CHECK(its_command(&b, dbell_host_mapd(7, 8, seven, true)));
    CHECK(its_command(&b, dbell_host_mapc(3, 3, true)));
    CHECK(its_command(&b, dbell_host_mapc(2, 1, true)));
    CHECK(its_command(&b, dbell_host_mapti(2, 20, 8195, 3)));
    CHECK(its_command(&b, dbell_host_mapti(2, 0, 8192, 9))); /* of no collection */
    CHECK(its_command(&b, dbell_host_mapti(7, 255, 65535, 2)));
    CHECK_EQ(dbell_its_export_kvm(&b.its, scratch), DBELL_E_BUSY); /* it runs */
    off(&b);
    static uint8_t before[SIZE];
    memcpy(before, b.ram, SIZE);
    CHECK_EQ(dbell_its_export_kvm(&b.its, scratch), DBELL_OK);
    CHECK_EQ(its_load(&b, b.devices + 8 * 2), dte(5, two, 8));
    CHECK_EQ(its_load(&b, b.devices + 8 * 7), dte(0, seven, 8));
    CHECK_EQ(its_load(&b, two), ite(20, 8192, 9));
    CHECK_EQ(its_load(&b, two + 8 * 20), ite(0, 8195, 3));
    CHECK_EQ(its_load(&b, two + 8), 0);
    CHECK_EQ(its_load(&b, seven + 8 * 255), ite(0, 65535, 2));
    CHECK_EQ(its_load(&b, b.collections), cte(1, 2));
    CHECK_EQ(its_load(&b, b.collections + 8), cte(3, 3));
    CHECK_EQ(its_load(&b, b.collections + 16), cte(0xffffffff, 9));
    CHECK_EQ(its_load(&b, b.collections + 24), 0);
    CHECK_EQ(dbell_its_import_kvm(&b.its, scratch), DBELL_OK);
    CHECK(memcmp(before, b.ram, SIZE) == 0); /* and back */
    on(&b);
    CHECK_EQ(its_msi(&b, 2, 20).intid, 8195);
    CHECK_EQ(its_msi(&b, 7, 255).intid, 65535);
    CHECK_EQ(its_msi(&b, 2, 0).verdict, DBELL_ITS_COLLECTION_UNMAPPED);
    CHECK(its_command(&b, dbell_host_mapc(9, 0, true)));
    CHECK_EQ(its_msi(&b, 2, 0).intid, 8192);
    its_close(&b);
}

/* What KVM of another machine left; off the chains there is nothing. */
TEST(kvm_abi, tables_that_kvm_saved_are_imported)
{
    struct its_bench b;
    REQUIRE(opened(&b));
    const uint64_t itt = its_alloc(&b, 4096), other = its_alloc(&b, 4096);
    off(&b);
    put(&b, b.collections, cte(2, 5));
    put(&b, b.collections + 8, cte(0xffffffff, 1));
    put(&b, b.collections + 24, cte(3, 6));       /* behind the end */
    put(&b, b.devices + 8, dte(0x10, itt, 5));    /* not at the start: stepped to */
    put(&b, b.devices + 8 * 3, dte(1, other, 5)); /* off the chain */
    put(&b, b.devices + 8 * 0x11, dte(0, other, 3));
    put(&b, b.devices + 8 * 0x12, dte(0, itt, 5)); /* behind the end */
    put(&b, itt + 8 * 2, ite(5, 8200, 5));
    put(&b, itt + 8 * 4, ite(1, 8300, 5)); /* off the chain */
    put(&b, itt + 8 * 7, ite(0, 8201, 1));
    put(&b, itt + 8 * 9, ite(0, 8301, 5)); /* behind the end */
    put(&b, other, ite(0, 8202, 5));
    CHECK_EQ(dbell_its_import_kvm(&b.its, scratch), DBELL_OK);
    on(&b);
    CHECK_EQ(its_msi(&b, 1, 2).intid, 8200);
    CHECK_EQ(its_msi(&b, 1, 2).rdbase, 2);
    CHECK_EQ(its_msi(&b, 1, 4).verdict, DBELL_ITS_EVENT_UNMAPPED);
    CHECK_EQ(its_msi(&b, 1, 7).verdict, DBELL_ITS_COLLECTION_UNMAPPED);
    CHECK_EQ(its_msi(&b, 1, 9).verdict, DBELL_ITS_EVENT_UNMAPPED);
    CHECK_EQ(its_msi(&b, 1, 32).verdict, DBELL_ITS_EVENTID_OUT_OF_RANGE);
    CHECK_EQ(its_msi(&b, 0x11, 0).intid, 8202);
    CHECK_EQ(its_msi(&b, 3, 0).verdict, DBELL_ITS_DEVICE_UNMAPPED);
    CHECK_EQ(its_msi(&b, 0x12, 2).verdict, DBELL_ITS_DEVICE_UNMAPPED);
    CHECK(!its_command(&b, dbell_host_invall(6)));
    its_close(&b);
}

/* DeviceIDs further apart than the chain can say: 2^14 - 1 at a time. */
TEST(kvm_abi, a_chain_has_fourteen_bits_of_deviceid)
{
    struct its_bench b;
    const struct dbell_its_config config = config_8();
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    off(&b);
    const uint64_t table = its_alloc(&b, 0x80000), itt = its_alloc(&b, 4096);
    its_put(&b, ITS_BASER0, 8, VALID | table | 0x200 | 7);
    on(&b);
    CHECK(its_command(&b, dbell_host_mapc(0, 0, true)));
    CHECK(its_command(&b, dbell_host_mapd(3, 1, itt, true)));
    CHECK(its_command(&b, dbell_host_mapd(0xffff, 1, itt + 256, true)));
    CHECK(its_command(&b, dbell_host_mapti(0xffff, 1, 9000, 0)));
    off(&b);
    CHECK_EQ(dbell_its_export_kvm(&b.its, scratch), DBELL_OK);
    CHECK_EQ(its_load(&b, table + 8 * 3), dte(0x3fff, itt, 1));
    CHECK_EQ(dbell_its_import_kvm(&b.its, scratch), DBELL_OK);
    on(&b);
    CHECK_EQ(its_msi(&b, 0xffff, 1).intid, 9000);
    its_close(&b);
}

TEST(kvm_abi, the_device_table_may_have_two_levels)
{
    struct its_bench b;
    const struct dbell_its_config config = config_8();
    REQUIRE(its_open(&b, &config));
    its_on(&b);
    off(&b);
    const uint64_t level1 = its_alloc(&b, 0x10000), page = its_alloc(&b, 0x10000);
    const uint64_t last = its_alloc(&b, 0x10000), itt = its_alloc(&b, 4096);
    its_put(&b, ITS_BASER0, 8, VALID | UINT64_C(1) << 62 | level1 | 0x200);
    put(&b, level1 + 8 * 2, VALID | page); /* 8192 devices a page */
    put(&b, level1 + 8 * 5, VALID | last);
    on(&b);
    CHECK(its_command(&b, dbell_host_mapc(0, 0, true)));
    CHECK(its_command(&b, dbell_host_mapd(2 * 8192 + 9, 1, itt, true)));
    CHECK(its_command(&b, dbell_host_mapd(5 * 8192, 1, itt + 256, true)));
    CHECK(its_command(&b, dbell_host_mapti(2 * 8192 + 9, 0, 9000, 0)));
    CHECK(its_command(&b, dbell_host_mapti(5 * 8192, 1, 9001, 0)));
    off(&b);
    CHECK_EQ(dbell_its_export_kvm(&b.its, scratch), DBELL_OK);
    CHECK_EQ(its_load(&b, page + 8 * 9), dte(0x3fff, itt, 1));
    CHECK_EQ(its_load(&b, last), dte(0, itt + 256, 1));
    CHECK_EQ(dbell_its_import_kvm(&b.its, scratch), DBELL_OK);
    on(&b);
    CHECK_EQ(its_msi(&b, 2 * 8192 + 9, 0).intid, 9000);
    CHECK_EQ(its_msi(&b, 5 * 8192, 1).intid, 9001);
    its_close(&b);
}

TEST(kvm_abi, what_kvm_refuses_is_refused_and_nothing_changes)
{
    static const struct {
        const char *what;
        uint64_t c0, c1, device, e0, e1;
    } cases[] = {
        {"a CPU that is not there", VALID | 4 << 16, 0, 0, 0, 0},
        {"a collection twice", VALID | 1 << 16 | 5, VALID | 2 << 16 | 5, 0, 0, 0},
        {"a collection beyond the table", VALID | 8192, 0, 0, 0, 0},
        {"an INTID that is no LPI", VALID, 0, 4, UINT64_C(8191) << 16, 0},
        {"an INTID beyond those there are", VALID, 0, 4, UINT64_C(65536) << 16, 0},
        {"an unknown collection", VALID, 0, 4, UINT64_C(8192) << 16 | 1, 0},
        {"a step beyond the ITT", VALID, 0, 4, UINT64_C(32) << 48 | UINT64_C(8192) << 16, 0},
        {"and one from the second", VALID, 0, 4, UINT64_C(1) << 48 | UINT64_C(8192) << 16,
         UINT64_C(31) << 48 | UINT64_C(8193) << 16},
        {"more events than the ITS has", VALID, 0, 16, UINT64_C(8192) << 16, 0},
    };
    static uint8_t before[SIZE];
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct its_bench b;
        REQUIRE(opened(&b));
        const uint64_t itt = its_alloc(&b, 4096);
        off(&b);
        put(&b, b.collections, cases[i].c0);
        put(&b, b.collections + 8, cases[i].c1);
        if (cases[i].device)
            put(&b, b.devices, VALID | itt >> 8 << 5 | cases[i].device);
        put(&b, itt, cases[i].e0);
        put(&b, itt + 8, cases[i].e1);
        memcpy(before, b.ram, SIZE);
        CHECK_EQ(dbell_its_import_kvm(&b.its, scratch), DBELL_E_FORMAT);
        if (memcmp(before, b.ram, SIZE) != 0)
            CHECK_TEXT(cases[i].what, "nothing changes");
        its_close(&b);
    }
}

TEST(kvm_abi, what_it_cannot_say_is_refused)
{
    static const struct {
        uint64_t typer, baser0, baser1;
    } cases[] = {
        {UINT64_C(0x1f0001efb1), UINT64_C(0x0107000000000000), UINT64_C(0x0407000000000000)},
        {UINT64_C(0x1f0002ef71), UINT64_C(0x0107000000000000), UINT64_C(0x0407000000000000)},
        {UINT64_C(0x1f0001f071), UINT64_C(0x0107000000000000), UINT64_C(0x0407000000000000)},
        {UINT64_C(0x1f0009ef71), UINT64_C(0x0107000000000000), UINT64_C(0x0407000000000000)},
        {UINT64_C(0x1f0101ef71), UINT64_C(0x0107000000000000), UINT64_C(0x0407000000000000)},
        {UINT64_C(0x1f0001ef71), UINT64_C(0x010f000000000000), UINT64_C(0x0407000000000000)},
        {UINT64_C(0x1f0001ef71), UINT64_C(0x0107000000000000), UINT64_C(0x040f000000000000)},
        {UINT64_C(0x3f0001ef73), UINT64_C(0x0107000000000000), UINT64_C(0x0407000000000000)},
    };
    struct its_bench b;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dbell_its_config config = dbell_its_default_config();
        config.typer = cases[i].typer;
        config.baser[0] = cases[i].baser0;
        config.baser[1] = cases[i].baser1;
        if (i == 7) {
            dbell_its_make_version(&config, DBELL_GICV4_0);
            config.typer |= 0xb0;
        }
        REQUIRE(its_open(&b, &config));
        CHECK_EQ(dbell_its_export_kvm(&b.its, scratch), DBELL_E_UNSUPPORTED);
        CHECK_EQ(dbell_its_import_kvm(&b.its, scratch), DBELL_E_UNSUPPORTED);
        its_close(&b);
    }
    REQUIRE(opened(&b)); /* pages of 4 KB, a collection table of two levels */
    off(&b);
    const uint64_t baser0 = its_get(&b, ITS_BASER0, 8), baser1 = its_get(&b, ITS_BASER1, 8);
    its_put(&b, ITS_BASER0, 8, baser0 & ~UINT64_C(0x300));
    CHECK_EQ(dbell_its_import_kvm(&b.its, scratch), DBELL_E_UNSUPPORTED);
    its_put(&b, ITS_BASER0, 8, baser0);
    its_put(&b, ITS_BASER1, 8, baser1 & ~UINT64_C(0x300));
    CHECK_EQ(dbell_its_import_kvm(&b.its, scratch), DBELL_E_UNSUPPORTED);
    its_put(&b, ITS_BASER1, 8, baser1 | UINT64_C(1) << 62);
    CHECK_EQ(dbell_its_import_kvm(&b.its, scratch), DBELL_E_UNSUPPORTED);
    its_put(&b, ITS_BASER0, 8, 0); /* without tables there is nothing to do */
    its_put(&b, ITS_BASER1, 8, 0);
    CHECK_EQ(dbell_its_export_kvm(&b.its, scratch), DBELL_OK);
    CHECK_EQ(dbell_its_import_kvm(&b.its, scratch), DBELL_OK);
    its_close(&b);
}

TEST(kvm_abi, a_collection_table_that_is_too_small_is_told)
{
    struct its_bench b;
    REQUIRE(opened(&b));
    const uint64_t itt = its_alloc(&b, 0x10000);
    CHECK(its_command(&b, dbell_host_mapd(0, 13, itt, true)));
    for (unsigned i = 0; i < 8192; i++) { /* every collection that fits is mapped */
        const uint64_t word = VALID | 1;
        dbell_host_store_words(&b.bus, b.collections + 8 * i, &word, 1);
    }
    const uint64_t word = VALID | UINT64_C(9000) << 32 | 8192; /* an event of another */
    dbell_host_store_words(&b.bus, itt, &word, 1);
    off(&b);
    CHECK_EQ(dbell_its_export_kvm(&b.its, scratch), DBELL_E_SIZE);
    CHECK_EQ(its_load(&b, itt), word);
    its_close(&b);
}

TEST(kvm_abi, memory_that_refuses_is_told)
{
    struct its_bench b;
    REQUIRE(opened(&b));
    const uint64_t itt = its_alloc(&b, 4096);
    CHECK(its_command(&b, dbell_host_mapc(0, 0, true)));
    CHECK(its_command(&b, dbell_host_mapd(2, 4, itt, true)));
    CHECK(its_command(&b, dbell_host_mapti(2, 3, 8192, 0)));
    off(&b);
    const uint64_t places[] = {b.devices + 16, b.collections, itt + 24};
    for (unsigned i = 0; i < 3; i++) {
        b.abort_at = places[i];
        CHECK_EQ(dbell_its_export_kvm(&b.its, scratch), DBELL_E_IO);
    }
    b.abort_reads = true;
    b.abort_at = b.collections;
    CHECK_EQ(dbell_its_export_kvm(&b.its, scratch), DBELL_E_IO);
    b.abort_reads = false;
    b.abort_at = 0;
    CHECK_EQ(dbell_its_export_kvm(&b.its, scratch), DBELL_OK);
    for (unsigned i = 0; i < 3; i++) {
        b.abort_at = places[i];
        CHECK_EQ(dbell_its_import_kvm(&b.its, scratch), DBELL_E_IO);
    }
    its_close(&b);
}

/* Of what is written: entries of an ITT, stale ones among them, of devices, of collections. */
TEST(kvm_abi, memory_that_refuses_a_write_is_told)
{
    for (unsigned back = 0; back < 2; back++)
        for (unsigned i = 0; i < 6; i++) {
            struct its_bench b;
            REQUIRE(opened(&b));
            const uint64_t itt = its_alloc(&b, 4096), other = its_alloc(&b, 4096);
            CHECK(its_command(&b, dbell_host_mapc(4, 0, true)));
            CHECK(its_command(&b, dbell_host_mapd(2, 4, itt, true)));
            CHECK(its_command(&b, dbell_host_mapd(5, 4, other, true)));
            CHECK(its_command(&b, dbell_host_mapti(2, 3, 8192, 4)));
            CHECK(its_command(&b, dbell_host_mapti(2, 6, 8193, 4)));
            off(&b);
            const uint64_t places[] = {itt + 24,       itt + 48,      itt + 80,
                                       b.devices + 16, b.collections, b.collections + 8 * 100};
            if (back)
                CHECK_EQ(dbell_its_export_kvm(&b.its, scratch), DBELL_OK);
            put(&b, itt + 80, 1); /* neither's entry */
            b.abort_at = places[i];
            b.abort_writes = true;
            CHECK_EQ(back ? dbell_its_import_kvm(&b.its, scratch)
                          : dbell_its_export_kvm(&b.its, scratch),
                     DBELL_E_IO);
            its_close(&b);
        }
}

/* --- the state block, in the middle of the queue --- */

TEST(migration, a_queue_goes_on_where_it_was_interrupted)
{
    for (unsigned steps = 0; steps < 7; steps++) {
        struct its_bench b;
        REQUIRE(opened(&b));
        its_post(&b, dbell_host_mapd(2, 4, its_alloc(&b, 4096), true));
        its_post(&b, dbell_host_mapc(1, 3, true));
        its_post(&b, dbell_host_mapti(2, 3, 8193, 1));
        its_post(&b, dbell_host_mapti(9, 0, 8193, 1)); /* stalls */
        its_post(&b, dbell_host_event(3, 2, 3));
        for (unsigned i = 0; i < steps; i++)
            (void)dbell_its_step(&b.its, NULL);
        const struct dbell_its_ports ports = b.its.ports;
        const struct dbell_its_config config = config_8();
        const size_t size = dbell_its_state_size(&config);
        void *elsewhere = malloc(size);
        REQUIRE(elsewhere);
        memcpy(elsewhere, b.state, size);
        memset(b.state, 0xa5, size);
        REQUIRE(dbell_its_attach(&b.its, elsewhere, size, &ports) == DBELL_OK);
        its_settle(&b);
        CHECK_EQ(its_get(&b, ITS_CREADR, 8), 3 * 32 | 1);
        CHECK_EQ(b.called, 0);
        const uint64_t sync[4] = {5};
        dbell_host_store_words(&b.bus, b.queue + 3 * 32, sync, 4);
        its_put(&b, ITS_CWRITER, 8, 5 * 32 | 1);
        its_settle(&b);
        CHECK_EQ(its_get(&b, ITS_CREADR, 8), 5 * 32);
        CHECK_EQ(b.called, 1);
        CHECK_EQ(b.calls[0].request.intid, 8193);
        free(elsewhere);
        its_close(&b);
    }
}
