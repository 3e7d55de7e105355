// SPDX-License-Identifier: Apache-2.0 OR MIT
// Two endpoints behind two TBUs of one SMMU, nested translation, an ITS: with a monitor on every
// path, what each MSI looked like before and after the SMMU, and what the SMMU read on the way.
#include <gtest/gtest.h>

#include <doorbell/host.h>
#include <doorbell/systemc_time.hpp>

namespace
{

using doorbell::sideband;

// Lets payloads through and notes them.
class monitor : public sc_core::sc_module
{
  public:
    struct seen {
        std::uint64_t address;
        unsigned length;
        bool write;
        bool has_deviceid;
        std::uint32_t deviceid, streamid;
        std::uint64_t data;
    };
    doorbell::target<monitor> in;
    doorbell::initiator<monitor> out;
    std::vector<seen> log;

    explicit monitor(sc_core::sc_module_name name) : sc_module(name), in("in"), out("out")
    {
        in.register_b_transport(this, &monitor::b_transport);
    }

  private:
    void b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
    {
        sideband *extension = nullptr;
        payload.get_extension(extension);
        seen s{
            payload.get_address(), payload.get_data_length(), payload.is_write(), false, 0, 0, 0};
        if (extension) {
            s.has_deviceid = extension->side.has_deviceid;
            s.deviceid = extension->side.deviceid;
            s.streamid = extension->side.streamid;
        }
        out->b_transport(payload, delay);
        for (unsigned i = 0; i < 8 && i < s.length; i++)
            s.data |= std::uint64_t{payload.get_data_ptr()[i]} << (8 * i);
        log.push_back(s);
    }
};

constexpr std::uint64_t ram_base = 0x40000000, smmu_base = 0x9050000, its_base = 0x8080000,
                        gicd_base = 0x8000000, gicr_base = 0x80a0000;
constexpr std::uint32_t rid_a = 0x10, rid_b = 0x20;
constexpr std::uint64_t translater_ipa = 0x0a090040; // where the guest believes it is
constexpr std::uint64_t translater = its_base + 0x10040;
constexpr std::uint64_t doorbell_iova = 0xfee00040;

dbell_gic_config gic_config()
{
    dbell_gic_config c = dbell_gic_default_config();
    c.cpus = 2;
    c.redist_base = gicr_base;
    return c;
}

struct platform : public sc_core::sc_module {
    doorbell::router bus{"bus"};
    doorbell::endpoint cpu{"cpu"}, a{"a"}, b{"b"};
    doorbell::ram memory{"memory", 0x10000000};
    doorbell::smmu smmu{"smmu", dbell_smmu_default_config(), 2};
    doorbell::wires wires{"wires"};
    doorbell::its its{"its", dbell_its_default_config()};
    doorbell::redistributors gic{"gic", gic_config()};
    monitor before_a{"before_a"}, after_a{"after_a"}, before_b{"before_b"}, after_b{"after_b"},
        walk{"walk"};
    std::unique_ptr<doorbell::clockwork> time; // or none
    sc_core::sc_vector<sc_core::sc_signal<bool>> irq{"irq", 2};

    explicit platform(sc_core::sc_module_name name, bool timed) : sc_module(name)
    {
        for (unsigned i = 0; i < 2; i++)
            gic.irq[i].bind(irq[i]);
        if (timed) {
            doorbell::time_parameters parameters;
            dbell_timing_set(&parameters.timing, "its.memory.latency=100");
            dbell_timing_set(&parameters.timing, "gic.memory.latency=100");
            time = std::make_unique<doorbell::clockwork>("time", parameters);
            time->add(smmu);
            time->add(its, its_base);
            time->add(gic, 2);
        }
        cpu.dma.bind(bus.in);
        gic.keeps_raised = true;
        connect(a, before_a, 0, after_a);
        connect(b, before_b, 1, after_b);
        smmu.walk.bind(walk.in);
        walk.out.bind(bus.in);
        smmu.irq.bind(wires.socket);
        its.tables.bind(bus.in);
        its.lpi.bind(gic.lpi);
        gic.tables.bind(bus.in);
        bus.add(ram_base, 0x10000000).bind(memory.socket);
        const dbell_smmu_config config = dbell_smmu_default_config();
        bus.add(smmu_base, dbell_smmu_register_space(&config)).bind(smmu.registers);
        bus.add(its_base, DBELL_ITS_REGISTER_SPACE).bind(its.registers);
        bus.add(gicd_base, DBELL_GICD_SPACE).bind(gic.distributor);
        bus.add(gicr_base, 2 * DBELL_GICR_SPACE).bind(gic.frames);
        identify(a, rid_a);
        identify(b, rid_b);
    }

    void connect(doorbell::endpoint &device, monitor &before, unsigned port, monitor &after)
    {
        device.dma.bind(before.in);
        before.out.bind(smmu.ports[port].upstream);
        smmu.ports[port].downstream.bind(after.in);
        after.out.bind(bus.in);
    }

    static void identify(doorbell::endpoint &device, std::uint32_t rid)
    {
        device.identity.requesterid = device.identity.streamid = device.identity.deviceid = rid;
        device.identity.has_streamid = device.identity.has_deviceid = true;
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
    std::uint64_t read(std::uint64_t address, unsigned size)
    {
        const dbell_bus host = cpu_bus();
        std::uint64_t value = 0;
        dbell_host_load(&host, address, size, &value);
        return value;
    }
    void settle()
    {
        while (!smmu.idle() || !its.idle())
            wait(time ? sc_core::sc_time(1, sc_core::SC_NS) : sc_core::SC_ZERO_TIME);
    }

    std::uint64_t cmdq = ram_base + 0x90000;
    unsigned commands = 0;
    void command(const dbell_host_cmd &c)
    {
        const dbell_bus host = cpu_bus();
        dbell_host_store_words(&host, cmdq + commands % 32 * 16, c.words, 2);
        write(smmu_base + 0x98, 4, ++commands);
    }

    // Nested tables: gIOVA doorbell_iova -> IPA of the guest's doorbell -> the ITS; one event of
    // each device: EventID 5 of both, LPI 8200 for a and 8201 for b.
    void program(bool stall)
    {
        const dbell_bus host = cpu_bus();
        dbell_host_tables s2{
            host, ram_base + 0x100000, 12, 39, 1, ram_base + 0x101000, ram_base + 0x120000};
        dbell_host_tables s1{host, 0x0, 12, 48, 0, 0, 0};
        // Stage 1 lies at IPA 0x40200000, which stage 2 maps to itself with one 2 MB block.
        s1.root = ram_base + 0x200000;
        s1.next = ram_base + 0x201000;
        s1.end = ram_base + 0x220000;
        const std::uint64_t rw2 = 0xc0 | 0x400 | 0x3c | 0x300, device2 = 0xc0 | 0x400 | 0x4;
        EXPECT_EQ(dbell_host_map(&s2, ram_base + 0x200000, ram_base + 0x200000, 2, rw2), DBELL_OK);
        EXPECT_EQ(
            dbell_host_map(&s2, translater_ipa & ~0xfffull, translater & ~0xfffull, 3, device2),
            DBELL_OK);
        EXPECT_EQ(dbell_host_map(&s1, doorbell_iova & ~0xfffull, translater_ipa & ~0xfffull, 3,
                                 0x40 | 0x400 | 0x800),
                  DBELL_OK);
        dbell_host_cd cd{};
        cd.v = cd.aa64 = cd.r = cd.a = cd.epd1 = true;
        cd.s = stall;
        cd.t0sz = 16;
        cd.ips = 5;
        cd.asid = 3;
        cd.ttb0 = s1.root;
        cd.mair = 0xff;
        std::uint64_t words[8];
        dbell_host_cd_encode(&cd, words);
        dbell_host_store_words(&host, ram_base + 0x230000, words, 8);
        dbell_host_ste ste{};
        ste.v = ste.s2aa64 = ste.s2r = true;
        ste.config = 7;
        ste.shcfg = 1;
        ste.s1contextptr = ram_base + 0x230000;
        ste.s2vmid = 1;
        ste.s2t0sz = 25;
        ste.s2sl0 = 1;
        ste.s2ps = 5;
        ste.s2ttb = s2.root;
        dbell_host_ste_encode(&ste, words);
        for (std::uint32_t rid : {rid_a, rid_b})
            dbell_host_store_words(&host, ram_base + 0x80000 + rid * 64, words, 8);
        write(smmu_base + 0x80, 8, ram_base + 0x80000);
        write(smmu_base + 0x88, 4, 8);
        write(smmu_base + 0x90, 8, cmdq | 5);
        write(smmu_base + 0xa0, 8, (ram_base + 0xa0000) | 5);
        write(smmu_base + 0x20, 4, 0xd);

        write(ram_base + 0x300000 + 8, 2, 0xa1a1); // configuration of LPIs 8200, 8201
        for (unsigned cpu_number = 0; cpu_number < 2; cpu_number++) {
            const std::uint64_t rd = gicr_base + cpu_number * 0x20000;
            write(rd + 0x14, 4, 0);
            write(rd + 0x70, 8, (ram_base + 0x300000) | 15);
            write(rd + 0x78, 8, (ram_base + 0x310000 + cpu_number * 0x10000) | 1ull << 62);
            write(rd, 4, 1);
        }
        write(gicd_base, 4, 0x12);
        write(its_base + 0x100, 8, (ram_base + 0x340000) | 1ull << 63 | 2 << 8);
        write(its_base + 0x108, 8, (ram_base + 0x350000) | 1ull << 63 | 2 << 8);
        write(its_base + 0x80, 8, (ram_base + 0x360000) | 1ull << 63);
        write(its_base, 4, 1);
        const dbell_host_its_cmd its_commands[] = {
            dbell_host_mapc(0, 0, true),
            dbell_host_mapc(1, 1, true),
            dbell_host_mapd(rid_a, 4, ram_base + 0x370000, true),
            dbell_host_mapd(rid_b, 4, ram_base + 0x370100, true),
            dbell_host_mapti(rid_a, 5, 8200, 0),
            dbell_host_mapti(rid_b, 5, 8201, 1),
        };
        unsigned n = 0;
        for (const dbell_host_its_cmd &c : its_commands)
            dbell_host_store_words(&host, ram_base + 0x360000 + 32 * n++, c.words, 4);
        write(its_base + 0x88, 8, 32 * n);
        EXPECT_EQ(read(its_base + 0x90, 8), 32 * n);
    }
};

void check_msi(platform &p, doorbell::endpoint &device, monitor &before, monitor &after,
               std::uint32_t rid, int cpu, std::uint32_t intid)
{
    before.log.clear();
    after.log.clear();
    p.walk.log.clear();
    p.gic.forget();
    dbell_trail trail{};
    EXPECT_EQ(device.msi(doorbell_iova, 5, &trail), DBELL_RESPONSE_OK);
    EXPECT_EQ(trail.address, translater);
    ASSERT_EQ(before.log.size(), 1u);
    EXPECT_EQ(before.log[0].address, doorbell_iova);
    EXPECT_EQ(before.log[0].streamid, rid);
    ASSERT_EQ(after.log.size(), 1u);
    EXPECT_EQ(after.log[0].address, translater);
    EXPECT_TRUE(after.log[0].has_deviceid);
    EXPECT_EQ(after.log[0].deviceid, rid);
    EXPECT_EQ(after.log[0].data, 5u);
    ASSERT_EQ(p.gic.raised_interrupts().size(), 1u);
    EXPECT_EQ(p.gic.raised_interrupts()[0].at, cpu);
    EXPECT_EQ(p.gic.raised_interrupts()[0].intid, intid);
    EXPECT_EQ(dbell_gic_acknowledge(&p.gic.core(), static_cast<std::uint32_t>(cpu)), intid);
}

void nested_msis(platform &p)
{
    p.program(false);
    check_msi(p, p.a, p.before_a, p.after_a, rid_a, 0, 8200);
    // Cold: the STE; the CD through stage 2 (levels 1 and 2 to a block); four stage 1 levels, each
    // read through the same two stage 2 levels; then stage 2 of the result, three levels.
    const std::uint64_t strtab = ram_base + 0x80000;
    ASSERT_EQ(p.walk.log.size(), 1u + (2 + 1) + 4 * (2 + 1) + 3);
    EXPECT_EQ(p.walk.log[0].address, strtab + rid_a * 64);
    EXPECT_EQ(p.walk.log[0].length, 64u);
    EXPECT_EQ(p.walk.log[3].address, ram_base + 0x230000); // the CD
    EXPECT_EQ(p.walk.log[3].length, 64u);
    for (std::size_t i = 4; i < p.walk.log.size(); i++)
        EXPECT_EQ(p.walk.log[i].length, 8u);
    EXPECT_EQ(p.walk.log.back().data & ~0xfffull, (translater & ~0xfffull));
    for (const monitor::seen &s : p.walk.log)
        EXPECT_FALSE(s.write);

    // b uses the same EventID, and would be a's: it gets its own interrupt.
    check_msi(p, p.b, p.before_b, p.after_b, rid_b, 1, 8201);
    // Both are warm now: nothing is read.
    check_msi(p, p.a, p.before_a, p.after_a, rid_a, 0, 8200);
    EXPECT_EQ(p.walk.log.size(), 0u);

    // A CPU store to the doorbell carries no DeviceID and raises nothing.
    p.gic.forget();
    p.write(translater, 4, 5);
    EXPECT_EQ(p.gic.raised_interrupts().size(), 0u);
}

// A stalled access holds b_transport until software has mapped the page and resumed it.
void stalled_access(platform &p)
{
    p.program(true);
    bool done = false;
    dbell_response response = DBELL_RESPONSE_SLVERR;
    dbell_trail trail{};
    unsigned char byte = 0x5a;
    sc_core::sc_spawn([&] {
        dbell_transaction t{};
        t.address = 0x70000000;
        t.length = 1;
        t.op = DBELL_WRITE;
        t.data = &byte;
        t.side.attr = DBELL_ATTR_NORMAL_WB;
        t.trail = &trail;
        response = p.a.access(t);
        done = true;
    });
    wait(1, sc_core::SC_NS);
    EXPECT_FALSE(done);
    const std::uint64_t record = p.read(ram_base + 0xa0000, 8);
    const std::uint64_t stall = p.read(ram_base + 0xa0008, 8);
    EXPECT_EQ(record, std::uint64_t{rid_a} << 32 | 0x10); // F_TRANSLATION
    EXPECT_EQ(stall >> 31 & 1, 1u);
    const dbell_bus host = p.cpu_bus();
    dbell_host_tables s1{
        host, ram_base + 0x200000, 12, 48, 0, ram_base + 0x210000, ram_base + 0x220000};
    EXPECT_EQ(dbell_host_map(&s1, 0x70000000, ram_base + 0x200000, 3, 0x40 | 0x400 | 0x800),
              DBELL_OK);
    p.command(dbell_host_resume(rid_a, static_cast<unsigned>(stall & 0xffff), true, false));
    wait(1, sc_core::SC_NS);
    EXPECT_TRUE(done);
    EXPECT_EQ(response, DBELL_RESPONSE_OK);
    EXPECT_EQ(trail.address, ram_base + 0x200000);
    EXPECT_EQ(p.read(ram_base + 0x200000, 1), 0x5au);
}

// Loosely timed: the delay is the number of steps, by kind, times their latency.
void annotated_delay(platform &p)
{
    p.program(false);
    p.smmu.latency.step[DBELL_STEP_READ] = sc_core::sc_time(10, sc_core::SC_NS);
    p.smmu.latency.step[DBELL_STEP_LOOKUP] = sc_core::sc_time(1, sc_core::SC_NS);
    p.a.delay = sc_core::SC_ZERO_TIME;
    p.a.msi(doorbell_iova, 5);
    // 19 reads, one probe of the configuration cache and one of the TLB.
    EXPECT_EQ(p.a.delay, sc_core::sc_time(192, sc_core::SC_NS));
    p.a.delay = sc_core::SC_ZERO_TIME;
    p.a.msi(doorbell_iova, 5);
    EXPECT_EQ(p.a.delay, sc_core::sc_time(2, sc_core::SC_NS));
}

// A posted message goes on when its initiator has its answer: what it lent is its own again.
void lends_nothing(platform &p)
{
    p.program(false);
    dbell_step steps[32];
    dbell_itinerary mine = {steps, 32, 0, 0};
    unsigned char bytes[4] = {5};
    dbell_transaction t{};
    t.address = doorbell_iova;
    t.length = 4;
    t.op = DBELL_WRITE;
    t.data = bytes;
    t.side.attr = DBELL_ATTR_NORMAL_WB;
    t.itinerary = &mine;
    EXPECT_EQ(p.a.access(t), DBELL_RESPONSE_OK);
    const std::uint32_t count = mine.count;
    EXPECT_GT(count, 0u);
    bytes[0] = 6;
    EXPECT_FALSE(p.irq[0].read());
    wait(sc_core::sc_time(10, sc_core::SC_US));
    EXPECT_EQ(mine.count, count);
    EXPECT_TRUE(p.irq[0].read()); // the line of CPU 0, for LPI 8200
    EXPECT_FALSE(p.irq[1].read());
    EXPECT_EQ(p.gic.acknowledge(0), 8200u);
    wait(sc_core::SC_ZERO_TIME);
    wait(sc_core::SC_ZERO_TIME);
    EXPECT_FALSE(p.irq[0].read());
}

void run(void (*body)(platform &), bool timed = false)
{
    static platform p("p", timed); // one elaboration a process
    sc_core::sc_spawn([body] {
        body(p);
        sc_core::sc_stop();
    });
    sc_core::sc_start();
}

} // namespace

TEST(systemc, nested_msis_seen_by_monitors)
{
    run(nested_msis);
}

TEST(systemc, a_stalled_access_waits_in_b_transport)
{
    run(stalled_access);
}

TEST(systemc, a_posted_message_lends_nothing_and_drives_a_line)
{
    run(lends_nothing, true);
}

TEST(systemc, delay_is_the_sum_of_step_latencies)
{
    run(annotated_delay);
}

TEST(systemc, sideband_clones_and_copies)
{
    sideband one, two;
    one.side.streamid = 7;
    one.probe = true;
    one.trail.address = 0x1234;
    tlm::tlm_extension_base *clone = one.clone();
    two.copy_from(*clone);
    clone->free();
    EXPECT_EQ(two.side.streamid, 7u);
    EXPECT_TRUE(two.probe);
    EXPECT_EQ(two.trail.address, 0x1234u);
}

int sc_main(int argc, char **argv)
{
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
