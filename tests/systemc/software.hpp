// SPDX-License-Identifier: Apache-2.0 OR MIT
// RAM, a CPU and an SMMU on a bus, with what a driver of the SMMU does. Devices are for the tests.
#ifndef DOORBELL_TESTS_SYSTEMC_SOFTWARE_HPP
#define DOORBELL_TESTS_SYSTEMC_SOFTWARE_HPP

#include <gtest/gtest.h>

#include <doorbell/host.h>
#include <doorbell/systemc.hpp>

namespace testing_systemc
{

constexpr std::uint64_t ram_base = 0x40000000, ram_size = 0x10000000, smmu_base = 0x9050000;
constexpr std::uint64_t pages_at = ram_base + 0x400000, iova = 0x10000000, page = 0x1000;
constexpr unsigned asid = 3;

constexpr std::uint64_t rw = 0x40 | 0x400 | 0x800 | 0x300 | 3, read_only = 0x80 | rw;
constexpr std::uint64_t clean = read_only | 1ull << 51, no_af = rw & ~0x400ull;

inline sc_core::sc_time ns(std::uint64_t n)
{
    return {static_cast<double>(n), sc_core::SC_NS};
}

struct software : public sc_core::sc_module {
    doorbell::router bus{"bus"};
    doorbell::endpoint cpu{"cpu"};
    doorbell::ram memory{"memory", ram_size};
    doorbell::smmu smmu;
    doorbell::wires wires{"wires"};
    dbell_host_tables tables{};
    std::uint64_t commands = 0, records = 0;
    sc_core::sc_time patience = sc_core::SC_ZERO_TIME; // between two looks at what is awaited

    // Without `direct` it is for the derived one to bind RAM and the SMMU's ways to the bus.
    explicit software(sc_core::sc_module_name name, unsigned ports, bool direct = true,
                      const dbell_smmu_config &config = dbell_smmu_default_config())
        : sc_module(name), smmu("smmu", config, ports)
    {
        cpu.dma.bind(bus.in);
        smmu.irq.bind(wires.socket);
        if (direct) {
            for (doorbell::smmu::tbu &port : smmu.ports)
                port.downstream.bind(bus.in);
            smmu.walk.bind(bus.in);
            bus.add(ram_base, ram_size).bind(memory.socket);
        }
        bus.add(smmu_base, dbell_smmu_register_space(&config)).bind(smmu.registers);
    }

    static dbell_response cpu_access(void *ctx, dbell_transaction *t)
    {
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        return doorbell::transport(*static_cast<software *>(ctx)->cpu.dma.operator->(), *t, delay);
    }
    dbell_bus cpu_bus()
    {
        dbell_bus host{};
        host.ctx = this;
        host.access = cpu_access;
        return host;
    }
    void store(std::uint64_t address, unsigned size, std::uint64_t value)
    {
        const dbell_bus host = cpu_bus();
        ASSERT_EQ(dbell_host_store(&host, address, size, value), DBELL_OK);
    }
    void write(std::uint64_t address, unsigned size, std::uint64_t value)
    {
        store(address, size, value);
        settle();
    }
    std::uint64_t read(std::uint64_t address, unsigned size)
    {
        const dbell_bus host = cpu_bus();
        std::uint64_t value = 0;
        dbell_host_load(&host, address, size, &value);
        return value;
    }
    void settle()
    {
        while (!smmu.idle())
            wait(patience);
    }

    // Stage 1 for StreamIDs 0 to `streams`, all of them with the same tables.
    void program(bool stalls, std::uint32_t streams = 2, bool settled = true)
    {
        const dbell_bus host = cpu_bus();
        tables = dbell_host_tables{
            host, ram_base + 0x100000, 12, 48, 0, ram_base + 0x101000, ram_base + 0x180000};
        dbell_host_cd cd{};
        cd.v = cd.aa64 = cd.r = cd.a = cd.epd1 = cd.ha = cd.hd = true;
        cd.s = stalls;
        cd.t0sz = 16;
        cd.ips = 5;
        cd.asid = asid;
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
        for (std::uint32_t sid = 0; sid <= streams; sid++)
            dbell_host_store_words(&host, ram_base + 0x80000 + sid * 64, words, 8);
        for (unsigned i = 0; i < 16; i++) // RAM that has been written can be pointed to
            store(pages_at + i * page, 8, i + 1);
        store(smmu_base + 0x80, 8, ram_base + 0x80000);
        store(smmu_base + 0x88, 4, 8);
        store(smmu_base + 0x90, 8, (ram_base + 0x90000) | 5);
        store(smmu_base + 0xa0, 8, (ram_base + 0xa0000) | 5);
        store(smmu_base + 0x20, 4, 0xd);
        if (settled)
            settle();
    }
    // The page `n` of what devices see is the page `to` of RAM.
    void map(unsigned n, unsigned to, std::uint64_t bits = rw)
    {
        ASSERT_EQ(dbell_host_map(&tables, iova + n * page, pages_at + to * page, 3, bits & ~3ull),
                  DBELL_OK);
    }
    void post(const dbell_host_cmd &c) // nobody waits for it
    {
        const dbell_bus host = cpu_bus();
        dbell_host_store_words(&host, ram_base + 0x90000 + commands % 32 * 16, c.words, 2);
        store(smmu_base + 0x98, 4, ++commands % 64);
    }
    void command(const dbell_host_cmd &c)
    {
        post(c);
        settle();
    }
    bool consumed()
    {
        return (read(smmu_base + 0x9c, 4) & 0x7f) == commands % 64;
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
        command(dbell_host_tlbi_nh_va(0, asid, iova + n * page, true));
        command(dbell_host_sync());
    }
    // And its first pages, with nothing cached.
    void prepare(bool stalls = false)
    {
        program(stalls);
        for (unsigned n = 0; n < 8; n++)
            map(n, n);
        command(dbell_host_cfgi_all());
        command(dbell_host_sync());
    }
    // Eight bytes through b_transport, and what was annotated.
    static dbell_response read_through(doorbell::endpoint &device, std::uint64_t address,
                                       sc_core::sc_time &took)
    {
        unsigned char data[8] = {};
        dbell_transaction t{};
        t.address = address;
        t.length = sizeof data;
        t.op = DBELL_READ;
        t.data = data;
        t.side.attr = DBELL_ATTR_NORMAL_WB;
        device.delay = sc_core::SC_ZERO_TIME;
        const dbell_response response = device.access(t);
        took = device.delay;
        return response;
    }
    // Records that have been written since last asked.
    std::vector<std::vector<std::uint64_t>> take_records()
    {
        settle();
        const std::uint64_t prod = read(smmu_base + 0x100a8, 4);
        std::vector<std::vector<std::uint64_t>> taken;
        for (; records % 64 != (prod & 63); records++) {
            const std::uint64_t at = ram_base + 0xa0000 + records % 32 * 32;
            taken.push_back({read(at, 8), read(at + 8, 8), read(at + 16, 8)});
        }
        store(smmu_base + 0x100ac, 4, records % 64);
        return taken;
    }
};

// The only platform of a process: body(platform) in a process of the kernel's.
template <typename Platform> void run(Platform &platform, void (*body)(Platform &))
{
    bool over = false;
    sc_core::sc_spawn([&] {
        body(platform);
        over = true;
        sc_core::sc_stop();
    });
    sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_SEC)); // modelled: nothing takes so long
    EXPECT_TRUE(over) << "it waits for ever";
}

} // namespace testing_systemc

#endif
