/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Configuration space, MSI and MSI-X of a function (PCIe 5.0: 6.1.4, 6.6.2, 7.5, 7.6.3, 7.7). */
#include <stdlib.h>
#include <string.h>

#include "dbell_test.h"
#include "function.h"

static unsigned capability(struct function *f, unsigned id)
{
    return dbell_endpoint_capability(&f->endpoint, id);
}

static unsigned extended(struct function *f, unsigned id)
{
    return dbell_endpoint_extended_capability(&f->endpoint, id);
}

/* --- configuration space --- */

TEST(pci_config, capabilities_are_two_chains_7_5_1_7_6_3)
{
    static const uint8_t ids[] = {0x10, 0x05, 0x11};
    static const uint8_t extended_ids[] = {0x0f, 0x13, 0x1b, 0x0d, 0x0e};
    struct function f;
    REQUIRE(function_open(&f, NULL));
    CHECK_EQ(function_read(&f, 0, 4), 0xd00b1234);
    CHECK_EQ(function_read(&f, 6, 2) & 0x10, 0x10); /* Status: there is a list */
    unsigned at = function_read(&f, 0x34, 1);
    for (unsigned i = 0; i < sizeof ids; i++) {
        CHECK(at && at % 4 == 0);
        CHECK_EQ(function_read(&f, at, 1), ids[i]);
        CHECK_EQ(capability(&f, ids[i]), at);
        at = function_read(&f, at + 1, 1);
    }
    CHECK_EQ(at, 0);
    at = 0x100;
    for (unsigned i = 0; i < sizeof extended_ids; i++) {
        CHECK(at && at % 4 == 0);
        CHECK_EQ(function_read(&f, at, 4) & 0xfffff, 0x10000u | extended_ids[i]);
        CHECK_EQ(extended(&f, extended_ids[i]), at);
        at = function_read(&f, at, 4) >> 20;
    }
    CHECK_EQ(at, 0);
    CHECK_EQ(extended(&f, 0x10), 0); /* no SR-IOV */
    function_close(&f);
}

TEST(pci_config, without_a_feature_there_is_no_capability)
{
    struct dbell_endpoint_config config = {.msi_vectors = 0xff};
    struct function f;
    REQUIRE(function_open(&f, &config));
    CHECK_EQ(capability(&f, 0x05), 0);
    CHECK_EQ(capability(&f, 0x11), 0);
    CHECK_EQ(function_read(&f, 0x100, 4), 0);
    CHECK(dbell_endpoint_interrupt(&f.endpoint, 0, NULL) == DBELL_E_STATE);
    function_close(&f);
}

TEST(pci_config, without_pri_the_status_is_of_no_capability_7_5_1_1_4)
{
    struct function f;
    struct dbell_endpoint_config config = dbell_endpoint_default_config();
    config.pri = false;
    REQUIRE(function_open(&f, &config));
    CHECK_EQ(dbell_endpoint_extended_capability(&f.endpoint, 0x13), 0);
    CHECK_EQ(function_read(&f, 6, 2), 0x10); /* a list of capabilities, and nothing else */
    const struct dbell_page_response answer = {.group = 1};
    CHECK(dbell_endpoint_respond(&f.endpoint, &answer)); /* to nobody's question */
    function_settle(&f);
    CHECK_EQ(f.found_count, 0);
    CHECK_EQ(function_read(&f, 6, 2), 0x10);
    function_close(&f);
}

TEST(pci_config, configurations_out_of_range_are_refused)
{
    struct dbell_endpoint_config c[8];
    for (unsigned i = 0; i < 8; i++)
        c[i] = dbell_endpoint_default_config();
    c[0].memory = 0x1800;
    c[1].msi_vectors = 6;
    c[2].msix_vectors = 2049;
    c[3].atc_entries = 0;
    c[4].ats_queue_depth = 33;
    c[5].ats = false; /* PRI without ATS */
    c[6].pasid_bits = 21;
    c[7].class_code = 1u << 24;
    for (unsigned i = 0; i < 8; i++)
        CHECK_EQ(dbell_endpoint_state_size(&c[i]), 0);
}

TEST(pci_config, a_bar_tells_its_size_7_5_1_2_1)
{
    struct function f;
    uint64_t offset = 0;
    REQUIRE(function_open(&f, NULL));
    CHECK_EQ(function_read(&f, 0x10, 4), 4); /* 64-bit */
    function_write(&f, 0x10, 4, 0xffffffff);
    function_write(&f, 0x14, 4, 0xffffffff);
    CHECK_EQ(function_read(&f, 0x10, 4), 0xffff0004); /* 64 KiB */
    CHECK_EQ(function_read(&f, 0x14, 4), 0xffffffff);
    function_write(&f, 0x10, 4, 0x20010000);
    function_write(&f, 0x14, 4, 1);
    CHECK_EQ((uint64_t)(int64_t)dbell_endpoint_decode(&f.endpoint, 0x120010008, &offset),
             (uint64_t)(int64_t)-1); /* Command.MSE is 0 */
    function_write(&f, 4, 2, 2);
    CHECK_EQ(dbell_endpoint_decode(&f.endpoint, 0x120010008, &offset), 0);
    CHECK_EQ(offset, 8);
    CHECK_EQ((uint64_t)(int64_t)dbell_endpoint_decode(&f.endpoint, 0x120020000, &offset),
             (uint64_t)(int64_t)-1);
    function_close(&f);
}

TEST(pci_config, accesses_of_a_wrong_size_or_place_do_nothing)
{
    struct function f;
    REQUIRE(function_open(&f, NULL));
    CHECK_EQ(function_read(&f, 1, 2), 0);
    CHECK_EQ(function_read(&f, 0, 3), 0);
    CHECK_EQ(function_read(&f, 4096, 4), 0);
    CHECK_EQ(function_read(&f, 4094, 4), 0);
    function_write(&f, 5, 2, 0xffff);
    function_write(&f, 4, 3, 0x000006);
    function_write(&f, 4096, 4, 0xffff);
    CHECK_EQ(function_read(&f, 4, 2), 0);
    function_write(&f, 0, 4, 0); /* read only */
    CHECK_EQ(function_read(&f, 0, 4), 0xd00b1234);
    function_close(&f);
}

TEST(pci_config, a_function_level_reset_forgets_all_6_6_2)
{
    struct function f;
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 4);
    f.identity = true;
    struct dbell_ats_completion completion;
    const struct dbell_ats_request request = {.address = 0x5000};
    CHECK_EQ(dbell_endpoint_translate(&f.endpoint, &request, &completion), DBELL_OK);
    struct dbell_atc_entry entry;
    CHECK(dbell_endpoint_atc(&f.endpoint, 0, &entry));
    function_msix_write(&f, 12, 0);
    function_write(&f, capability(&f, 0x10) + 8, 2, 0x8000);
    CHECK_EQ(function_read(&f, 4, 2), 0);
    CHECK_EQ(function_read(&f, extended(&f, 0xf) + 6, 2), 0);
    CHECK(!dbell_endpoint_atc(&f.endpoint, 0, &entry));
    CHECK_EQ(function_msix_read(&f, 12), 1);
    function_close(&f);
}

TEST(pci_config, pasid_and_stu_stay_while_ats_is_enabled_7_8_9_3_10_5_1_3)
{
    struct function f;
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 0);
    const unsigned ats = extended(&f, 0xf), pasid = extended(&f, 0x1b);
    function_write(&f, pasid + 6, 2, 0);
    CHECK_EQ(function_read(&f, pasid + 6, 2), 7);
    function_write(&f, ats + 6, 2, 0x8003);
    CHECK_EQ(function_read(&f, ats + 6, 2), 0x8000);
    function_write(&f, ats + 6, 2, 0x0003);
    CHECK_EQ(function_read(&f, ats + 6, 2), 3);
    function_write(&f, pasid + 6, 2, 0);
    CHECK_EQ(function_read(&f, pasid + 6, 2), 0);
    function_close(&f);
}

TEST(pci_config, a_virtual_function_is_at_its_offset_and_stride_9_2_1_2)
{
    struct dbell_endpoint_config config = dbell_endpoint_default_config();
    struct function f;
    config.total_vfs = 4;
    config.vf_offset = 0x80;
    config.vf_stride = 2;
    REQUIRE(function_open(&f, &config));
    const unsigned at = extended(&f, 0x10);
    REQUIRE(at);
    CHECK_EQ(function_read(&f, at + 0x0e, 2), 4);
    CHECK_EQ(function_read(&f, at + 0x14, 2), 0x80);
    CHECK_EQ(function_read(&f, at + 0x16, 2), 2);
    uint32_t rid = 0;
    CHECK(dbell_endpoint_vf_requesterid(&f.endpoint, 1, &rid) == DBELL_E_STATE);
    function_write(&f, at + 0x10, 2, 3);
    function_write(&f, at + 8, 2, 1);
    CHECK_EQ(dbell_endpoint_vf_requesterid(&f.endpoint, 1, &rid), DBELL_OK);
    CHECK_EQ(rid, 0x180); /* 0x100 + 0x80 + 0 * 2 */
    CHECK_EQ(dbell_endpoint_vf_requesterid(&f.endpoint, 3, &rid), DBELL_OK);
    CHECK_EQ(rid, 0x184);
    CHECK(dbell_endpoint_vf_requesterid(&f.endpoint, 4, &rid) == DBELL_E_STATE);
    function_close(&f);
}

/* --- MSI-X --- */

static void program(struct function *f, unsigned vector, uint64_t address, uint32_t data)
{
    function_msix_write(f, vector * 16u, (uint32_t)address);
    function_msix_write(f, vector * 16u + 4, (uint32_t)(address >> 32));
    function_msix_write(f, vector * 16u + 8, data);
}

static void msix_on(struct function *f)
{
    function_enable(f, false, false, 0);
    function_write(f, capability(f, 0x11) + 2, 2, 0x8000);
}

TEST(msix, an_entry_is_masked_after_reset_and_fires_when_unmasked_7_7_2)
{
    struct function f;
    REQUIRE(function_open(&f, NULL));
    CHECK_EQ(function_read(&f, capability(&f, 0x11) + 2, 2), 63); /* N - 1 */
    CHECK_EQ(function_read(&f, capability(&f, 0x11) + 4, 4), 4);  /* BAR 4, offset 0 */
    CHECK_EQ(function_read(&f, capability(&f, 0x11) + 8, 4), 0x8004);
    CHECK_EQ(function_msix_read(&f, 12), 1);
    msix_on(&f);
    program(&f, 0, 0x12f030040, 7);
    CHECK_EQ(dbell_endpoint_interrupt(&f.endpoint, 0, NULL), DBELL_RESPONSE_OK);
    CHECK_EQ(f.sent_count, 0);
    CHECK_EQ(function_msix_read(&f, 0x8000), 1); /* the PBA */
    function_msix_write(&f, 0x8000, 0);          /* is read only */
    CHECK(dbell_endpoint_interrupt_pending(&f.endpoint, 0));
    function_msix_write(&f, 12, 0);
    REQUIRE(f.sent_count == 1); /* once, and the bit is clear */
    CHECK_EQ(function_msix_read(&f, 0x8000), 0);
    CHECK_EQ(f.sent[0].address, 0x12f030040);
    CHECK_EQ(f.sent[0].length, 4);
    CHECK_EQ(f.sent[0].op, DBELL_WRITE);
    CHECK_EQ(f.sent[0].data[0], 7);
    CHECK_EQ(f.sent[0].side.requesterid, 0x100);
    CHECK(!f.sent[0].side.nosnoop && !f.sent[0].side.relaxed && !f.sent[0].side.has_substreamid);
    CHECK_EQ(dbell_endpoint_interrupt(&f.endpoint, 0, NULL), DBELL_RESPONSE_OK);
    CHECK_EQ(f.sent_count, 2);
    CHECK(dbell_endpoint_interrupt(&f.endpoint, 64, NULL) == DBELL_E_RANGE);
    function_close(&f);
}

TEST(msix, mask_all_and_disable_hold_back_all_vectors_7_7_2_2)
{
    static const uint16_t controls[] = {0xc000, 0x0000};
    for (unsigned i = 0; i < 2; i++) {
        struct function f;
        REQUIRE(function_open(&f, NULL));
        msix_on(&f);
        for (unsigned v = 0; v < 3; v++) {
            program(&f, v, 0x1000, v);
            function_msix_write(&f, v * 16u + 12, 0);
        }
        const unsigned control = capability(&f, 0x11) + 2;
        function_write(&f, control, 2, controls[i]);
        for (unsigned v = 0; v < 3; v++)
            dbell_endpoint_interrupt(&f.endpoint, v, NULL);
        CHECK_EQ(f.sent_count, 0);
        CHECK_EQ(function_msix_read(&f, 0x8000), 7);
        function_write(&f, control, 2, 0x8000);
        CHECK_EQ(f.sent_count, 3);
        CHECK_EQ(function_msix_read(&f, 0x8000), 0);
        function_close(&f);
    }
}

TEST(msix, an_entry_written_while_unmasked_stays_in_use_until_it_is_masked_7_7_2)
{
    struct function f;
    REQUIRE(function_open(&f, NULL));
    msix_on(&f);
    program(&f, 5, 0x1000, 1);
    function_msix_write(&f, 5 * 16 + 12, 0);
    CHECK_EQ(f.found_count, 0);
    function_msix_write(&f, 5 * 16 + 8, 2);
    CHECK(function_has_found(&f, DBELL_FINDING_UNMASKED_WRITE));
    CHECK_EQ(function_msix_read(&f, 5 * 16 + 8), 2); /* what is read back */
    dbell_endpoint_interrupt(&f.endpoint, 5, NULL);
    function_msix_write(&f, 5 * 16 + 12, 1);
    function_msix_write(&f, 5 * 16 + 12, 0);
    dbell_endpoint_interrupt(&f.endpoint, 5, NULL);
    REQUIRE(f.sent_count == 2);
    CHECK_EQ(f.sent[0].data[0], 1);
    CHECK_EQ(f.sent[1].data[0], 2);
    function_close(&f);
}

TEST(msix, the_table_is_read_and_written_by_4_and_8_bytes_7_7_2)
{
    struct function f;
    uint8_t bytes[16] = {0x40, 0, 0xf0, 0xff, 1, 0, 0, 0};
    REQUIRE(function_open(&f, NULL));
    struct dbell_transaction t = {.address = 16, .length = 8, .op = DBELL_WRITE, .data = bytes};
    CHECK_EQ(dbell_endpoint_bar_access(&f.endpoint, 4, &t), DBELL_RESPONSE_OK);
    CHECK_EQ(function_msix_read(&f, 16), 0xfff00040);
    CHECK_EQ(function_msix_read(&f, 20), 1);
    t.op = DBELL_READ;
    bytes[0] = 0;
    CHECK_EQ(dbell_endpoint_bar_access(&f.endpoint, 4, &t), DBELL_RESPONSE_OK);
    CHECK_EQ(bytes[0], 0x40);
    static const struct {
        uint64_t at;
        uint32_t length;
    } refused[] = {{16, 2}, {18, 4}, {20, 8}, {0x10000, 4}, {0xfffc, 8}};
    for (unsigned i = 0; i < 5; i++) {
        t = (struct dbell_transaction){
            .address = refused[i].at, .length = refused[i].length, .data = bytes};
        CHECK_EQ(dbell_endpoint_bar_access(&f.endpoint, 4, &t), DBELL_RESPONSE_SLVERR);
    }
    CHECK_EQ(function_msix_read(&f, 64 * 16), 0); /* beyond the last entry */
    function_msix_write(&f, 64 * 16, 1);
    function_close(&f);
}

TEST(msix, a_function_that_is_no_bus_master_sends_nothing_7_5_1_1_3)
{
    struct function f;
    REQUIRE(function_open(&f, NULL));
    msix_on(&f);
    program(&f, 0, 0x1000, 0);
    function_msix_write(&f, 12, 0);
    function_write(&f, 4, 2, 2);
    CHECK_EQ(dbell_endpoint_interrupt(&f.endpoint, 0, NULL), DBELL_RESPONSE_SLVERR);
    CHECK_EQ(f.sent_count, 0);
    function_close(&f);
}

/* --- MSI --- */

static void msi_on(struct function *f, unsigned log2, uint64_t address, uint16_t data)
{
    const unsigned at = capability(f, 0x05);
    function_enable(f, false, false, 0);
    function_write(f, at + 4, 4, (uint32_t)address);
    function_write(f, at + 8, 4, (uint32_t)(address >> 32));
    function_write(f, at + 12, 2, data);
    function_write(f, at + 2, 2, 1u | log2 << 4);
}

TEST(msi, the_low_bits_of_the_data_are_the_vector_6_1_4_7_7_1)
{
    struct function f;
    REQUIRE(function_open(&f, NULL));
    CHECK_EQ(function_read(&f, capability(&f, 0x05) + 2, 2), 5 << 1 | 1 << 7 | 1 << 8);
    msi_on(&f, 3, 0x100000040, 0x1237); /* 8 messages; low bits of the data are replaced */
    CHECK_EQ(dbell_endpoint_interrupt(&f.endpoint, 5, NULL), DBELL_RESPONSE_OK);
    CHECK_EQ(dbell_endpoint_interrupt(&f.endpoint, 13, NULL), DBELL_RESPONSE_OK); /* 13 mod 8 */
    REQUIRE(f.sent_count == 2);
    CHECK_EQ(f.sent[0].address, 0x100000040);
    CHECK_EQ(f.sent[0].data[0], 0x35);
    CHECK_EQ(f.sent[0].data[1], 0x12);
    CHECK_EQ(f.sent[1].data[0], 0x35);
    CHECK(dbell_endpoint_interrupt(&f.endpoint, 32, NULL) == DBELL_E_RANGE);
    function_close(&f);
}

TEST(msi, a_masked_vector_is_pending_and_sent_once_7_7_1_7)
{
    struct function f;
    REQUIRE(function_open(&f, NULL));
    const unsigned mask = capability(&f, 0x05) + 16, pending = mask + 4;
    msi_on(&f, 5, 0x40, 0);
    function_write(&f, mask, 4, 1u << 3 | 1u << 31);
    dbell_endpoint_interrupt(&f.endpoint, 3, NULL);
    dbell_endpoint_interrupt(&f.endpoint, 3, NULL);
    dbell_endpoint_interrupt(&f.endpoint, 31, NULL);
    CHECK_EQ(f.sent_count, 0);
    CHECK_EQ(function_read(&f, pending, 4), 1u << 3 | 1u << 31);
    CHECK(dbell_endpoint_interrupt_pending(&f.endpoint, 3));
    function_write(&f, mask, 4, 1u << 3);
    CHECK_EQ(f.sent_count, 1);
    CHECK_EQ(f.sent[0].data[0], 31);
    function_write(&f, mask, 4, 0);
    CHECK_EQ(f.sent_count, 2);
    CHECK_EQ(function_read(&f, pending, 4), 0);
    function_close(&f);
}

TEST(msi, a_disabled_function_keeps_what_is_pending_7_7_1)
{
    struct function f;
    struct dbell_endpoint_config config = dbell_endpoint_default_config();
    REQUIRE(function_open(&f, NULL));
    const unsigned msi = capability(&f, 0x05);
    msi_on(&f, 0, 0x40, 9);
    function_write(&f, msi + 16, 4, 1); /* masks vector 0 */
    CHECK_EQ(dbell_endpoint_interrupt(&f.endpoint, 0, NULL), DBELL_RESPONSE_OK);
    function_write(&f, msi + 2, 2, 0);
    function_write(&f, msi + 16, 4, 0);
    CHECK_EQ(f.sent_count, 0);
    function_write(&f, msi + 2, 2, 1);
    CHECK_EQ(f.sent_count, 1);
    function_close(&f);
    config.msi_masking = false; /* what follows is another capability's, and pends nothing */
    REQUIRE(function_open(&f, &config));
    msi_on(&f, 0, 0x40, 9);
    CHECK_EQ(f.sent_count, 0);
    function_close(&f);
}

TEST(msi, a_32_bit_one_has_its_data_earlier_7_7_1)
{
    struct dbell_endpoint_config config = dbell_endpoint_default_config();
    struct function f;
    config.msi_64 = config.msi_masking = false;
    config.msix_vectors = 0;
    config.msi_vectors = 0;
    REQUIRE(function_open(&f, &config));
    const unsigned at = capability(&f, 0x05);
    function_enable(&f, false, false, 0);
    function_write(&f, at + 4, 4, 0xfee00043); /* the two low bits are 0 */
    function_write(&f, at + 8, 2, 0x55);
    function_write(&f, at + 2, 2, 1 | 7 << 4);
    CHECK_EQ(dbell_endpoint_interrupt(&f.endpoint, 0, NULL), DBELL_RESPONSE_OK);
    REQUIRE(f.sent_count == 1);
    CHECK_EQ(f.sent[0].address, 0xfee00040);
    CHECK_EQ(f.sent[0].data[0], 0x55);
    function_close(&f);
}

TEST(msi, both_kinds_enabled_is_found_and_msix_is_used_6_1_4)
{
    struct function f;
    REQUIRE(function_open(&f, NULL));
    msi_on(&f, 0, 0x40, 0);
    CHECK_EQ(f.found_count, 0);
    msix_on(&f);
    CHECK(function_has_found(&f, DBELL_FINDING_BOTH_INTERRUPTS));
    program(&f, 0, 0x2000, 9);
    function_msix_write(&f, 12, 0);
    dbell_endpoint_interrupt(&f.endpoint, 0, NULL);
    REQUIRE(f.sent_count == 1);
    CHECK_EQ(f.sent[0].address, 0x2000);
    function_close(&f);
}

/* --- state --- */

TEST(function_state, it_moves_with_its_memory)
{
    struct function f;
    REQUIRE(function_open(&f, NULL));
    const struct dbell_endpoint_config config = dbell_endpoint_default_config();
    const size_t size = dbell_endpoint_state_size(&config);
    const struct dbell_endpoint_ports ports = f.endpoint.ports;
    CHECK_EQ((unsigned)-dbell_endpoint_init(&f.endpoint, f.state, size - 1, &config, 0, &ports),
             (unsigned)-DBELL_E_SIZE);
    CHECK_EQ(dbell_endpoint_attach(&f.endpoint, f.state, size, &ports), DBELL_OK);
    CHECK_EQ(dbell_endpoint_requesterid(&f.endpoint), 0x100);
    CHECK_EQ((unsigned)-dbell_endpoint_attach(&f.endpoint, f.state, 64, &ports),
             (unsigned)-DBELL_E_SIZE);
    *(uint8_t *)f.state ^= 1;
    CHECK_EQ((unsigned)-dbell_endpoint_attach(&f.endpoint, f.state, size, &ports),
             (unsigned)-DBELL_E_STATE);
    CHECK_EQ((unsigned)-dbell_endpoint_attach(NULL, f.state, size, &ports),
             (unsigned)-DBELL_E_ARGUMENT);
    function_close(&f);
}

TEST(function_state, what_cannot_be_a_function_is_refused)
{
    struct function f;
    struct dbell_endpoint endpoint;
    struct dbell_endpoint_config config = dbell_endpoint_default_config(), bad = config;
    const struct dbell_endpoint_ports none = {0};
    REQUIRE(function_open(&f, NULL));
    const struct dbell_endpoint_ports *ports = &f.endpoint.ports;
    const size_t size = dbell_endpoint_state_size(&config);
    uint8_t *block = aligned_alloc(16, size + 16);
    REQUIRE(block != NULL);
    bad.pasid_bits = 21;
    CHECK_EQ(dbell_endpoint_init(&endpoint, block, size, &config, 1, ports), DBELL_OK);
    CHECK_EQ(dbell_endpoint_init(NULL, block, size, &config, 1, ports), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_endpoint_init(&endpoint, NULL, size, &config, 1, ports), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_endpoint_init(&endpoint, block, size, NULL, 1, ports), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_endpoint_init(&endpoint, block, size, &config, 1, NULL), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_endpoint_init(&endpoint, block, size, &config, 1, &none), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_endpoint_init(&endpoint, block, size, &bad, 1, ports), DBELL_E_RANGE);
    CHECK_EQ(dbell_endpoint_init(&endpoint, block, size - 1, &config, 1, ports), DBELL_E_SIZE);
    CHECK_EQ(dbell_endpoint_init(&endpoint, block + 1, size, &config, 1, ports), DBELL_E_SIZE);
    free(block);
    function_close(&f);
}

TEST(function_state, nothing_is_written_beyond_it)
{
    struct function f;
    struct dbell_endpoint_config config = dbell_endpoint_default_config();
    enum { BEYOND = 64 };
    REQUIRE(function_open(&f, NULL));
    const struct dbell_endpoint_ports ports = f.endpoint.ports;
    const size_t size = dbell_endpoint_state_size(&config);
    uint8_t *block = aligned_alloc(16, (size + BEYOND + 15) & ~(size_t)15);
    REQUIRE(block != NULL);
    memset(block + size, 0x5a, BEYOND);
    free(f.state);
    f.state = block;
    REQUIRE(dbell_endpoint_init(&f.endpoint, block, size, &config, 0x100, &ports) == DBELL_OK);
    function_write(&f, 4, 2, 2);
    for (uint64_t offset = 0; offset < 0x10000; offset += 4)
        function_msix_write(&f, offset, 0);
    for (unsigned i = 0; i < BEYOND; i++)
        CHECK_EQ(block[size + i], 0x5a);
    function_close(&f);
}

TEST(pci_config, memory_ends_where_its_bar_does_7_5_1_2_1)
{
    struct function f;
    struct dbell_endpoint_config config = dbell_endpoint_default_config();
    uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    config.memory = 0x1000;
    REQUIRE(function_open(&f, &config));
    struct dbell_transaction t = {.address = 0xff8, .length = 8, .op = DBELL_WRITE, .data = bytes};
    CHECK_EQ(dbell_endpoint_bar_access(&f.endpoint, 0, &t), DBELL_RESPONSE_OK);
    t.address = 0xffc;
    CHECK_EQ(dbell_endpoint_bar_access(&f.endpoint, 0, &t), DBELL_RESPONSE_DECERR);
    t.address = 0x1000;
    CHECK_EQ(dbell_endpoint_bar_access(&f.endpoint, 0, &t), DBELL_RESPONSE_DECERR);
    t.address = 0;
    CHECK_EQ(dbell_endpoint_bar_access(&f.endpoint, 1, &t), DBELL_RESPONSE_DECERR);
    t.data = NULL; /* an access that moves nothing */
    CHECK_EQ(dbell_endpoint_bar_access(&f.endpoint, 0, &t), DBELL_RESPONSE_OK);
    t = (struct dbell_transaction){.address = 0xff8, .length = 8, .data = bytes};
    memset(bytes, 0, sizeof bytes);
    CHECK_EQ(dbell_endpoint_bar_access(&f.endpoint, 0, &t), DBELL_RESPONSE_OK);
    CHECK_EQ(bytes[7], 8);
    function_close(&f);
    config.memory = 0;
    REQUIRE(function_open(&f, &config));
    t.address = 0;
    CHECK_EQ(dbell_endpoint_bar_access(&f.endpoint, 0, &t), DBELL_RESPONSE_DECERR);
    CHECK_EQ(function_read(&f, 0x10, 4), 0);
    function_write(&f, 0x10, 4, 0xffffffff);
    CHECK_EQ(function_read(&f, 0x10, 4), 0);
    function_close(&f);
}

TEST(pci_config, pri_reset_while_enabled_does_nothing_10_5_2_2)
{
    struct function f;
    REQUIRE(function_open(&f, NULL));
    function_enable(&f, true, true, 4);
    const unsigned at = dbell_endpoint_extended_capability(&f.endpoint, 0x13);
    const struct dbell_page_response nobody = {.streamid = 0x100, .group = 9};
    dbell_endpoint_respond(&f.endpoint, &nobody);
    function_settle(&f);
    CHECK_EQ(function_read(&f, at + 6, 2) & 3, 2); /* Unexpected Page Request Group Index */
    function_write(&f, at + 4, 2, 3);
    CHECK_EQ(function_read(&f, at + 6, 2) & 3, 2);
    CHECK_EQ(function_read(&f, at + 4, 2), 1); /* RESET reads 0 */
    function_write(&f, at + 4, 2, 0);
    CHECK_EQ(function_read(&f, at + 6, 2) & 3, 2);
    function_write(&f, at + 4, 2, 2);
    CHECK_EQ(function_read(&f, at + 6, 2) & 3, 0);
    CHECK_EQ(function_read(&f, at + 4, 2), 0);
    function_close(&f);
}
