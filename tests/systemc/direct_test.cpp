// SPDX-License-Identifier: Apache-2.0 OR MIT
// Direct access (DMI), debug transport, byte enables, streaming and pages that are crossed. Two
// devices have the same tables; one goes directly where it may, the other never does: data, answers
// and records are the same.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include <doorbell/host.h>
#include <doorbell/systemc.hpp>

namespace
{

constexpr std::uint64_t ram_base = 0x40000000, smmu_base = 0x9050000,
                        pages_at = ram_base + 0x400000;
constexpr std::uint64_t iova = 0x10000000, page = 0x1000;
constexpr std::uint32_t sid_direct = 1, sid_plain = 2;
constexpr unsigned iova_pages = 8, ram_pages = 4;

struct platform : public sc_core::sc_module {
    doorbell::router bus{"bus"};
    doorbell::endpoint cpu{"cpu"}, direct{"direct"}, plain{"plain"};
    doorbell::ram memory{"memory", 0x10000000};
    doorbell::smmu smmu{"smmu", dbell_smmu_default_config(), 2};
    doorbell::wires wires{"wires"};
    dbell_host_tables tables{};
    std::uint64_t commands = 0, records = 0;

    explicit platform(sc_core::sc_module_name name) : sc_module(name)
    {
        const dbell_smmu_config config = dbell_smmu_default_config();
        cpu.dma.bind(bus.in);
        direct.dma.bind(smmu.ports[0].upstream);
        plain.dma.bind(smmu.ports[1].upstream);
        smmu.ports[0].downstream.bind(bus.in);
        smmu.ports[1].downstream.bind(bus.in);
        smmu.walk.bind(bus.in);
        smmu.irq.bind(wires.socket);
        bus.add(ram_base, 0x10000000).bind(memory.socket);
        bus.add(smmu_base, dbell_smmu_register_space(&config)).bind(smmu.registers);
        direct.identity.has_streamid = plain.identity.has_streamid = true;
        direct.identity.streamid = sid_direct;
        plain.identity.streamid = sid_plain;
        direct.use_dmi = true;
    }

    static dbell_response cpu_access(void *ctx, dbell_transaction *t)
    {
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        return doorbell::transport(*static_cast<platform *>(ctx)->cpu.dma.operator->(), *t, delay);
    }
    dbell_bus cpu_bus()
    {
        dbell_bus host{};
        host.ctx = this;
        host.access = cpu_access;
        return host;
    }
    void write(std::uint64_t address, unsigned size, std::uint64_t value)
    {
        const dbell_bus host = cpu_bus();
        ASSERT_EQ(dbell_host_store(&host, address, size, value), DBELL_OK);
        settle();
    }
    void settle()
    {
        while (!smmu.idle())
            wait(sc_core::SC_ZERO_TIME);
    }
    std::uint64_t read(std::uint64_t address, unsigned size)
    {
        const dbell_bus host = cpu_bus();
        std::uint64_t value = 0;
        dbell_host_load(&host, address, size, &value);
        return value;
    }

    void program(bool stalls)
    {
        const dbell_bus host = cpu_bus();
        tables = dbell_host_tables{
            host, ram_base + 0x100000, 12, 48, 0, ram_base + 0x101000, ram_base + 0x180000};
        dbell_host_cd cd{};
        cd.v = cd.aa64 = cd.r = cd.a = cd.epd1 = cd.ha = cd.hd = true;
        cd.s = stalls;
        cd.t0sz = 16;
        cd.ips = 5;
        cd.asid = 3;
        cd.ttb0 = tables.root;
        cd.mair = 0xff;
        std::uint64_t words[8];
        dbell_host_cd_encode(&cd, words);
        dbell_host_store_words(&host, ram_base + 0x230000, words, 8);
        dbell_host_ste ste{};
        ste.v = true;
        ste.config = 5;
        ste.shcfg = 1;
        ste.s1contextptr = ram_base + 0x230000;
        dbell_host_ste_encode(&ste, words);
        for (std::uint32_t sid : {sid_direct, sid_plain})
            dbell_host_store_words(&host, ram_base + 0x80000 + sid * 64, words, 8);
        for (unsigned i = 0; i < ram_pages; i++) // RAM that has been written can be pointed to
            write(pages_at + i * page, 8, i + 1);
        write(smmu_base + 0x80, 8, ram_base + 0x80000);
        write(smmu_base + 0x88, 4, 8);
        write(smmu_base + 0x90, 8, (ram_base + 0x90000) | 5);
        write(smmu_base + 0xa0, 8, (ram_base + 0xa0000) | 5);
        write(smmu_base + 0x20, 4, 0xd);
    }
    void command(const dbell_host_cmd &c)
    {
        const dbell_bus host = cpu_bus();
        dbell_host_store_words(&host, ram_base + 0x90000 + commands % 32 * 16, c.words, 2);
        write(smmu_base + 0x98, 4, ++commands % 64);
    }
    std::uint64_t descriptor_at(unsigned n)
    {
        std::uint64_t table = tables.root;
        for (unsigned level = 0; level < 3; level++)
            table = read(table + (((iova + n * page) >> (39 - 9 * level)) & 511) * 8, 8) &
                    0xfffffffff000ull;
        return table + (((iova + n * page) >> 12) & 511) * 8;
    }
    // Software's way: the descriptor, TLBI, CMD_SYNC.
    void set(unsigned n, std::uint64_t descriptor)
    {
        write(descriptor_at(n), 8, descriptor);
        command(dbell_host_tlbi_nh_va(0, 3, iova + n * page, true));
        command(dbell_host_sync());
    }
    // Records that have been written since last asked: how many, and a digest but for the StreamID.
    std::pair<unsigned, std::uint64_t> take_records()
    {
        settle();
        const std::uint64_t prod = read(smmu_base + 0x100a8, 4);
        unsigned n = 0;
        std::uint64_t digest = 0;
        while (records % 64 != (prod & 63)) {
            const std::uint64_t at = ram_base + 0xa0000 + records % 32 * 32;
            digest = digest * 31 + (read(at, 8) & 0xffffffff);
            digest = digest * 31 + read(at + 8, 8);
            digest = digest * 31 + read(at + 16, 8);
            records++;
            n++;
        }
        write(smmu_base + 0x100ac, 4, records % 64);
        return {n, digest};
    }
};

constexpr std::uint64_t rw = 0x40 | 0x400 | 0x800 | 0x300 | 3, read_only = 0x80 | rw;
constexpr std::uint64_t clean = read_only | 1ull << 51, no_af = rw & ~0x400ull;

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

void run(void (*body)(platform &))
{
    static platform p("p"); // one elaboration a process
    sc_core::sc_spawn([body] {
        body(p);
        sc_core::sc_stop();
    });
    sc_core::sc_start();
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

int sc_main(int argc, char **argv)
{
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
