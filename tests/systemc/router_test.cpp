// SPDX-License-Identifier: Apache-2.0 OR MIT
// A router, and what is behind it: targets of every temper, an SMMU that is on the same bus twice,
// one that accesses memory while it is called. Sections are those of IEEE Std 1666-2011.
#include <doorbell/systemc_time.hpp>

#include "phased.hpp"
#include "software.hpp"

namespace
{

using namespace testing_systemc;

constexpr std::uint64_t L = 100, window = 0x8000000000;

// Ends every request at once (15.2.2).
struct early : public sc_core::sc_module {
    doorbell::target<early> in{"in"};
    explicit early(sc_core::sc_module_name n) : sc_module(n)
    {
        in.register_nb_transport_fw(this, &early::fw);
    }
    tlm::tlm_sync_enum fw(tlm::tlm_generic_payload &p, tlm::tlm_phase &, sc_core::sc_time &)
    {
        p.set_response_status(tlm::TLM_OK_RESPONSE);
        return tlm::TLM_COMPLETED;
    }
};

// Accepts a request 50 ns later, as an annotation.
struct slow_end_req : public sc_core::sc_module {
    doorbell::target<slow_end_req> in{"in"};
    std::vector<std::uint64_t> at;
    explicit slow_end_req(sc_core::sc_module_name n) : sc_module(n)
    {
        in.register_nb_transport_fw(this, &slow_end_req::fw);
    }
    tlm::tlm_sync_enum fw(tlm::tlm_generic_payload &, tlm::tlm_phase &ph, sc_core::sc_time &d)
    {
        at.push_back(phased::now() + static_cast<std::uint64_t>(d / ns(1)));
        d += ns(50);
        ph = tlm::END_REQ;
        return tlm::TLM_UPDATED;
    }
};

struct alone : public sc_core::sc_module {
    phased device{"device"};
    doorbell::router bus{"bus"};
    doorbell::ram memory{"memory", 0x100000};
    early soon{"soon"};
    slow_end_req slow{"slow"};
    explicit alone(sc_core::sc_module_name n) : sc_module(n)
    {
        device.socket.bind(bus.in);
        bus.add(0, 0x100000).bind(memory.socket);
        bus.add(0x100000, 0x1000).bind(soon.in);
        bus.add(0x200000, 0x1000).bind(slow.in);
        memory.latency = ns(10);
    }
};

// 15.2.4: no END_REQ after the answer.
void completed_early(alone &p)
{
    p.device.await(p.device.send(false, 0x100000));
}

// 11.1.3: annotations go on.
void delayed(alone &p)
{
    auto &r = p.device.make(false, 0, std::vector<unsigned char>(8));
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = ns(50);
    r.accepted = p.device.socket->nb_transport_fw(*r.payload, phase, delay) == tlm::TLM_UPDATED;
    p.device.await(r);
    EXPECT_EQ(r.ended_at, 60u);
}

// 15.2.7: and those of END_REQ hold up the next request.
void end_req(alone &p)
{
    p.device.send(false, 0x200000);
    p.device.send(false, 0x200000);
    wait(ns(1000));
    ASSERT_EQ(p.slow.at.size(), 2u);
    EXPECT_GE(p.slow.at[1], p.slow.at[0] + 50);
}

// What is kicked while it works works again.
void kicked(alone &)
{
    static unsigned runs = 0;
    static doorbell::worker w;
    w.start([] {
        runs++;
        wait(ns(10));
    });
    w.kick();
    wait(ns(5));
    w.kick();
    wait(ns(100));
    EXPECT_EQ(runs, 2u);
}

// A device whose doorbell makes it access memory, within its b_transport.
struct peer : public sc_core::sc_module {
    doorbell::target<peer> in{"in"};
    doorbell::endpoint dma{"dma"};
    explicit peer(sc_core::sc_module_name n) : sc_module(n)
    {
        in.register_b_transport(this, &peer::b_transport);
        dma.identity.has_streamid = true;
        dma.identity.streamid = 1;
    }
    void b_transport(tlm::tlm_generic_payload &p, sc_core::sc_time &)
    {
        unsigned char data[8];
        dbell_transaction t{};
        t.address = iova;
        t.length = 8;
        t.op = DBELL_READ;
        t.data = data;
        p.set_response_status(dma.access(t) == DBELL_RESPONSE_OK ? tlm::TLM_OK_RESPONSE
                                                                 : tlm::TLM_GENERIC_ERROR_RESPONSE);
    }
};

struct platform : public software {
    phased device{"device"};
    doorbell::endpoint plain{"plain"};
    peer other{"other"};
    std::unique_ptr<doorbell::clockwork> time;
    platform(sc_core::sc_module_name name, bool timed, bool behind) : software(name, 3)
    {
        bus.add(window, 0x100000000).bind(smmu.ports[0].upstream); // the SMMU is on the bus, too
        device.socket.bind(bus.in);
        plain.dma.bind(smmu.ports[1].upstream);
        plain.identity.has_streamid = true;
        plain.identity.streamid = 1;
        other.dma.dma.bind(smmu.ports[2].upstream);
        bus.add(0x20000000, 0x1000).bind(other.in);
        patience = ns(1);
        memory.latency = ns(20);
        if (!timed)
            return;
        doorbell::time_parameters p;
        EXPECT_EQ(dbell_timing_set(&p.timing, "smmu.memory.latency=100"), DBELL_OK);
        p.memory_behind_sockets = behind;
        time = std::make_unique<doorbell::clockwork>("time", p);
        time->add(smmu);
    }
};

// A payload that comes by again on its way finds back.
void twice(platform &p)
{
    p.program(false);
    p.map(0, 0);
    const auto &r = p.device.send(false, window + iova);
    p.device.await(r);
    EXPECT_EQ(r.payload->get_address(), window + iova);
    EXPECT_EQ(r.data[0], 1);
}

// What an SMMU refuses at once comes back through the router.
void malformed(platform &p)
{
    p.program(false);
    p.map(0, 0);
    auto &r = p.device.make(false, window + iova, std::vector<unsigned char>(8));
    r.payload->set_streaming_width(0);
    p.device.await(p.device.begin(r));
}

// 14.17: the status is what the target answered.
void status(platform &p)
{
    p.program(false);
    ASSERT_EQ(dbell_host_map(&p.tables, iova + 8 * page, smmu_base, 3, rw & ~3ull), DBELL_OK);
    tlm::tlm_generic_payload payload;
    unsigned char data[16] = {};
    sc_core::sc_time delay;
    payload.set_read();
    payload.set_address(iova + 8 * page);
    payload.set_data_ptr(data);
    payload.set_data_length(16);
    payload.set_streaming_width(16);
    p.smmu.ports[1].entry.default_streamid = 1;
    p.plain.dma->b_transport(payload, delay);
    EXPECT_EQ(payload.get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
}

// Registers take no streams.
void registers(platform &p)
{
    tlm::tlm_generic_payload payload;
    unsigned char data[8] = {1, 2, 3, 4, 5, 6, 7, 0};
    sc_core::sc_time delay;
    payload.set_write();
    payload.set_address(smmu_base + 0x80);
    payload.set_data_ptr(data);
    payload.set_data_length(8);
    payload.set_streaming_width(4); // twice to SMMU_STRTAB_BASE[31:0]
    p.cpu.dma->b_transport(payload, delay);
    EXPECT_TRUE(payload.is_response_error() || p.read(smmu_base + 0x84, 4) == 0)
        << p.read(smmu_base + 0x84, 4);
}

// A target that accesses memory in its turn, through the same SMMU, before it answers.
void doorbells(platform &p)
{
    p.program(false);
    p.map(0, 0);
    ASSERT_EQ(dbell_host_map(&p.tables, iova + 8 * page, 0x20000000, 3, rw & ~3ull), DBELL_OK);
    if (p.time) {
        const auto &r = p.device.send(true, window + iova + 8 * page);
        wait(ns(100 * L));
        EXPECT_TRUE(r.ended);
        const auto &s = p.device.send(false, window + iova);
        wait(ns(100 * L));
        EXPECT_TRUE(s.ended);
    } else {
        auto &r = p.device.make(true, window + iova + 8 * page, std::vector<unsigned char>(8));
        sc_core::sc_time d;
        p.device.socket->b_transport(*r.payload, d);
        EXPECT_TRUE(r.payload->is_response_ok());
    }
}

void run(void (*body)(alone &))
{
    static alone p("p"); // one elaboration a process
    testing_systemc::run(p, body);
}

void run(void (*body)(platform &), bool timed, bool behind = false)
{
    static platform p("p", timed, behind);
    testing_systemc::run(p, body);
}

} // namespace

TEST(systemc_router, no_end_req_after_an_answer_15_2_4)
{
    run(completed_early);
}

TEST(systemc_router, annotations_go_on_11_1_3)
{
    run(delayed);
}

TEST(systemc_router, end_req_in_time_to_come_15_2_7)
{
    run(end_req);
}

TEST(systemc_router, what_is_kicked_while_it_works_works_again)
{
    run(kicked);
}

TEST(systemc_router, the_same_payload_twice)
{
    run(twice, true, true);
}

TEST(systemc_router, refused_at_once)
{
    run(malformed, true);
}

TEST(systemc_router, statuses_are_the_targets_14_17)
{
    run(status, true);
}

TEST(systemc_router, registers_take_no_streams)
{
    run(registers, true);
}

TEST(systemc_router, a_target_that_accesses_in_its_turn_in_time)
{
    run(doorbells, true);
}

TEST(systemc_router, a_target_that_accesses_in_its_turn)
{
    run(doorbells, false);
}

int sc_main(int argc, char **argv)
{
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
