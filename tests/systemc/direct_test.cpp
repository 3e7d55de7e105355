// SPDX-License-Identifier: Apache-2.0 OR MIT
// Direct access (DMI), debug transport, byte enables, streaming and pages that are crossed. Two
// devices have the same tables; one goes directly where it may, the other never does: data, answers
// and records are the same.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "software.hpp"

namespace
{

using namespace testing_systemc;

constexpr std::uint32_t sid_direct = 1, sid_plain = 2;
constexpr unsigned iova_pages = 8, ram_pages = 4;

struct platform : public software {
    doorbell::endpoint direct{"direct"}, plain{"plain"};

    explicit platform(sc_core::sc_module_name name) : software(name, 2)
    {
        direct.dma.bind(smmu.ports[0].upstream);
        plain.dma.bind(smmu.ports[1].upstream);
        direct.identity.has_streamid = plain.identity.has_streamid = true;
        direct.identity.streamid = sid_direct;
        plain.identity.streamid = sid_plain;
        direct.use_dmi = true;
    }
    // How many records there are, and a digest but for the StreamID.
    std::pair<unsigned, std::uint64_t> take_records()
    {
        std::uint64_t digest = 0;
        const auto taken = software::take_records();
        for (const auto &record : taken)
            digest = ((digest * 31 + (record[0] & 0xffffffff)) * 31 + record[1]) * 31 + record[2];
        return {static_cast<unsigned>(taken.size()), digest};
    }
};

dbell_response access(doorbell::endpoint &device, dbell_op op, std::uint64_t address,
                      unsigned char *data, unsigned length)
{
    dbell_transaction t{};
    t.address = address;
    t.length = length;
    t.op = static_cast<std::uint8_t>(op);
    t.data = data;
    t.side.attr = DBELL_ATTR_NORMAL_WB;
    return device.access(t);
}

// Random software and devices.
void same_as_without(platform &p)
{
    std::mt19937 random(1);
    p.program(false);
    for (unsigned n = 0; n < iova_pages; n++)
        ASSERT_EQ(dbell_host_map(&p.tables, iova + n * page, pages_at + n % ram_pages * page, 3,
                                 rw & ~3ull),
                  DBELL_OK);
    std::uint64_t unmapped = 0, faults = 0;
    for (unsigned step = 0; step < 6000; step++) {
        const unsigned n = random() % iova_pages;
        if (random() % 16 == 0) {
            static const std::uint64_t kinds[] = {rw, rw, rw, read_only, clean, no_af, 0};
            const std::uint64_t kind = kinds[random() % 7];
            unmapped += kind == 0;
            p.set(n, kind ? kind | (pages_at + random() % ram_pages * page) : 0);
            if (random() % 8 == 0)
                p.command(dbell_host_cfgi_all());
            continue;
        }
        const std::uint64_t at = iova + n * page + random() % (page - 64);
        const unsigned length = 1 + random() % 64;
        const bool write = random() % 2;
        unsigned char one[64], other[64];
        for (unsigned i = 0; i < length; i++)
            one[i] = other[i] = static_cast<unsigned char>(write ? random() : 0);
        const dbell_response got =
            access(p.direct, write ? DBELL_WRITE : DBELL_READ, at, one, length);
        const auto records = p.take_records();
        if (write && got == DBELL_RESPONSE_OK) { // what it wrote is there for the other one
            std::memset(other, 0, sizeof other);
            ASSERT_EQ(access(p.plain, DBELL_READ, at, other, length), DBELL_RESPONSE_OK);
            ASSERT_EQ(std::memcmp(one, other, length), 0);
        }
        const dbell_response want =
            access(p.plain, write ? DBELL_WRITE : DBELL_READ, at, other, length);
        ASSERT_EQ(got, want) << "step " << step;
        ASSERT_EQ(records, p.take_records()) << "step " << step;
        ASSERT_EQ(std::memcmp(one, other, length), 0) << "step " << step;
        faults += got != DBELL_RESPONSE_OK;
    }
    EXPECT_GT(p.direct.direct_accesses, 1000u);
    EXPECT_EQ(p.plain.direct_accesses, 0u);
    EXPECT_GT(unmapped, 10u);
    EXPECT_GT(faults, 100u);
}

bool may(platform &p, doorbell::endpoint &device, bool write, std::uint64_t address,
         tlm::tlm_dmi &region)
{
    tlm::tlm_generic_payload payload;
    doorbell::sideband extension;
    extension.side.has_streamid = true;
    extension.side.streamid = device.identity.streamid;
    extension.op = write ? DBELL_WRITE : DBELL_READ;
    payload.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(address);
    payload.set_extension(&extension);
    const bool granted =
        (&device == &p.direct ? p.direct.dma : p.plain.dma)->get_direct_mem_ptr(payload, region);
    payload.clear_extension(&extension);
    return granted;
}

void what_is_granted(platform &p)
{
    tlm::tlm_dmi region;
    p.program(false);
    for (unsigned n = 0; n < iova_pages; n++)
        ASSERT_EQ(dbell_host_map(&p.tables, iova + n * page, pages_at + n % ram_pages * page, 3,
                                 rw & ~3ull),
                  DBELL_OK);
    ASSERT_TRUE(may(p, p.direct, false, iova + 0x123, region));
    EXPECT_EQ(region.get_start_address(), iova);
    EXPECT_EQ(region.get_end_address(), iova + 0xfff);
    EXPECT_TRUE(region.is_read_write_allowed());
    p.set(0, clean | pages_at); // a write has still to mark it dirty
    ASSERT_TRUE(may(p, p.direct, false, iova, region));
    EXPECT_FALSE(region.is_write_allowed());
    EXPECT_FALSE(may(p, p.direct, true, iova, region));
    unsigned char byte = 7;
    EXPECT_EQ(access(p.direct, DBELL_WRITE, iova, &byte, 1), DBELL_RESPONSE_OK);
    EXPECT_TRUE(may(p, p.direct, true, iova, region)); // it has been marked
    p.set(0, no_af | pages_at);
    EXPECT_FALSE(may(p, p.direct, false, iova, region));
    p.set(0, rw | smmu_base); // not RAM
    EXPECT_FALSE(may(p, p.direct, false, iova, region));
    p.set(0, 0);
    EXPECT_FALSE(may(p, p.direct, false, iova, region));
    EXPECT_EQ(p.take_records().first, 0u); // nobody heard of it
    p.smmu.ports[0].allow_dmi = false;
    EXPECT_FALSE(may(p, p.direct, false, iova + page, region));
    EXPECT_TRUE(may(p, p.plain, false, iova + page, region));
}

void stalls_are_not_passed_by(platform &p)
{
    tlm::tlm_dmi region;
    p.program(true);
    ASSERT_EQ(dbell_host_map(&p.tables, iova, pages_at, 3, rw & ~3ull), DBELL_OK);
    EXPECT_FALSE(may(p, p.direct, false, iova, region));
}

// Revoked before the command is consumed.
void revoked_in_time(platform &p)
{
    unsigned char byte = 0;
    p.program(false);
    ASSERT_EQ(dbell_host_map(&p.tables, iova, pages_at, 3, rw & ~3ull), DBELL_OK);
    EXPECT_EQ(access(p.direct, DBELL_READ, iova, &byte, 1), DBELL_RESPONSE_OK);
    EXPECT_EQ(access(p.direct, DBELL_READ, iova, &byte, 1), DBELL_RESPONSE_OK);
    EXPECT_EQ(p.direct.direct_accesses, 1u);
    EXPECT_EQ(byte, 1);
    p.write(p.descriptor_at(0), 8, (pages_at + page) | rw);
    EXPECT_EQ(access(p.direct, DBELL_READ, iova, &byte, 1), DBELL_RESPONSE_OK);
    EXPECT_EQ(byte, 1); // nothing has been invalidated: it may be the old page
    p.command(dbell_host_tlbi_nh_va(0, 3, iova, true));
    EXPECT_EQ(access(p.direct, DBELL_READ, iova, &byte, 1), DBELL_RESPONSE_OK);
    EXPECT_EQ(byte, 2);
    p.write(smmu_base + 0x20, 4, 0xc); // SMMUEN == 0: addresses are physical
    EXPECT_NE(access(p.direct, DBELL_READ, iova, &byte, 1), DBELL_RESPONSE_OK);
    EXPECT_EQ(access(p.direct, DBELL_READ, pages_at, &byte, 1), DBELL_RESPONSE_OK);
    EXPECT_EQ(byte, 1);
}

tlm::tlm_response_status transport(platform &p, tlm::tlm_generic_payload &payload)
{
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    p.plain.dma->b_transport(payload, delay);
    return payload.get_response_status();
}

void payloads_of_every_shape(platform &p)
{
    unsigned char data[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    unsigned char enable[2] = {TLM_BYTE_ENABLED, TLM_BYTE_DISABLED};
    p.program(false);
    p.smmu.ports[1].entry.default_streamid = sid_plain;
    for (unsigned n = 0; n < 2; n++) // neighbours lead apart
        ASSERT_EQ(
            dbell_host_map(&p.tables, iova + n * page, pages_at + (3 - n) * page, 3, rw & ~3ull),
            DBELL_OK);
    tlm::tlm_generic_payload payload;
    payload.set_write();
    payload.set_address(iova + 0xffc);
    payload.set_data_ptr(data);
    payload.set_data_length(8);
    payload.set_streaming_width(8);
    EXPECT_EQ(transport(p, payload), tlm::TLM_OK_RESPONSE); // across the page
    EXPECT_EQ(payload.get_address(), iova + 0xffc);
    EXPECT_EQ(payload.get_data_length(), 8u);
    EXPECT_EQ(p.read(pages_at + 3 * page + 0xffc, 4), 0x04030201u);
    EXPECT_EQ(p.read(pages_at + 2 * page, 4), 0x08070605u);
    payload.set_address(iova + page + 0xffc);
    EXPECT_EQ(transport(p, payload), tlm::TLM_GENERIC_ERROR_RESPONSE); // the second page faults
    EXPECT_EQ(p.take_records().first, 1u);
    payload.set_address(iova + 0x100);
    payload.set_byte_enable_ptr(enable);
    payload.set_byte_enable_length(2);
    EXPECT_EQ(transport(p, payload), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(p.read(pages_at + 3 * page + 0x100, 8), 0x0007000500030001u);
    payload.set_byte_enable_length(0);
    EXPECT_EQ(transport(p, payload), tlm::TLM_BURST_ERROR_RESPONSE);
    payload.set_byte_enable_ptr(nullptr);
    payload.set_address(iova + 0xffc);
    payload.set_streaming_width(4); // the last four bytes stay
    EXPECT_EQ(transport(p, payload), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(p.read(pages_at + 3 * page + 0xffc, 4), 0x08070605u);
    payload.set_streaming_width(0);
    EXPECT_EQ(transport(p, payload), tlm::TLM_BURST_ERROR_RESPONSE);
}

void debug_leaves_no_trace(platform &p)
{
    unsigned char data[16] = {0};
    p.program(false);
    p.smmu.ports[1].entry.default_streamid = sid_plain;
    for (unsigned n = 0; n < 2; n++)
        ASSERT_EQ(
            dbell_host_map(&p.tables, iova + n * page, pages_at + (3 - n) * page, 3, rw & ~3ull),
            DBELL_OK);
    p.write(pages_at + 3 * page + 0xff8, 8, 0x1122334455667788);
    p.write(pages_at + 2 * page, 8, 0x99aabbccddeeff00);
    const std::uint64_t before = dbell_smmu_count(&p.smmu.core(), DBELL_SMMU_TLB_MISS) +
                                 dbell_smmu_count(&p.smmu.core(), DBELL_SMMU_TRANSLATIONS);
    tlm::tlm_generic_payload payload;
    payload.set_read();
    payload.set_address(iova + 0xff8);
    payload.set_data_ptr(data);
    payload.set_data_length(16);
    payload.set_streaming_width(16);
    EXPECT_EQ(p.plain.dma->transport_dbg(payload), 16u);
    EXPECT_EQ(data[0], 0x88);
    EXPECT_EQ(data[15], 0x99);
    payload.set_address(iova + page + 0xff8); // half of it is mapped
    EXPECT_EQ(p.plain.dma->transport_dbg(payload), 8u);
    EXPECT_EQ(p.take_records().first, 0u);
    EXPECT_EQ(dbell_smmu_count(&p.smmu.core(), DBELL_SMMU_TLB_MISS) +
                  dbell_smmu_count(&p.smmu.core(), DBELL_SMMU_TRANSLATIONS),
              before);
}

// TLM-2.0 14.5: a copy of a payload has its own extension, and gives back what came of it.
void copied_deep(platform &)
{
    tlm::tlm_generic_payload from, to;
    unsigned char data[4] = {1, 2, 3, 4}, copy[4] = {};
    auto *extension = new doorbell::sideband;
    extension->side.has_streamid = extension->side.has_substreamid = true;
    extension->side.streamid = 0x123;
    extension->side.substreamid = 0x45;
    extension->side.deviceid = 0x67;
    extension->op = DBELL_WRITE;
    extension->user = 99;
    extension->has_requester = true;
    extension->requester = 7;
    extension->may_pend = true;
    from.set_extension(extension);
    from.set_write();
    from.set_data_ptr(data);
    from.set_data_length(4);
    to.set_data_ptr(copy);
    to.set_data_length(4);
    to.deep_copy_from(from);
    doorbell::sideband *copied = nullptr;
    to.get_extension(copied);
    ASSERT_NE(copied, nullptr);
    ASSERT_NE(copied, extension);
    EXPECT_EQ(copied->side.streamid, 0x123u);
    EXPECT_EQ(copied->side.substreamid, 0x45u);
    EXPECT_EQ(copied->side.deviceid, 0x67u);
    EXPECT_EQ(copied->op, DBELL_WRITE);
    EXPECT_EQ(copied->user, 99u);
    EXPECT_TRUE(copied->has_requester);
    EXPECT_EQ(copied->requester, 7u);
    EXPECT_TRUE(copied->may_pend);
    copied->side.streamid = 1;
    copied->trail.address = 0x1000;
    EXPECT_EQ(extension->side.streamid, 0x123u);
    to.set_response_status(tlm::TLM_OK_RESPONSE);
    from.update_original_from(to);
    EXPECT_EQ(extension->trail.address, 0x1000u);
    EXPECT_EQ(from.get_response_status(), tlm::TLM_OK_RESPONSE);
    from.clear_extension(extension);
    to.clear_extension(copied);
    delete extension;
    delete copied;
}

void run(void (*body)(platform &))
{
    static platform p("p"); // one elaboration a process
    testing_systemc::run(p, body);
}

} // namespace

TEST(systemc_direct, is_the_same_as_without)
{
    run(same_as_without);
}

TEST(systemc_direct, only_ram_only_what_is_allowed)
{
    run(what_is_granted);
}

TEST(systemc_direct, not_where_accesses_stall)
{
    run(stalls_are_not_passed_by);
}

TEST(systemc_direct, is_revoked_by_the_invalidation)
{
    run(revoked_in_time);
}

TEST(systemc_payload, of_every_shape)
{
    run(payloads_of_every_shape);
}

TEST(systemc_payload, debug_leaves_no_trace)
{
    run(debug_leaves_no_trace);
}

TEST(systemc_payload, is_copied_deep)
{
    run(copied_deep);
}

int sc_main(int argc, char **argv)
{
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
