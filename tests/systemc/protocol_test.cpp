// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a TBU owes its initiators: the base protocol of TLM-2.0 (IEEE Std 1666-2011, by its
// sections), what is theirs and what is another's, with and without a clockwork. A memory access
// takes L = 100 ns in time.
#include <cstring>

#include <doorbell/systemc_time.hpp>

#include "phased.hpp"
#include "software.hpp"

namespace
{

using namespace testing_systemc;

constexpr std::uint64_t L = 100;
doorbell::time_parameters parameters(std::uint32_t journeys = 64)
{
    doorbell::time_parameters p;
    EXPECT_EQ(dbell_timing_set(&p.timing, "smmu.memory.latency=100"), DBELL_OK);
    p.journeys = journeys;
    return p;
}
// Takes five microseconds to hear of an invalidation.
struct slow_cache : public sc_core::sc_module {
    doorbell::target<slow_cache> in{"in"};
    unsigned heard = 0;
    explicit slow_cache(sc_core::sc_module_name name) : sc_module(name)
    {
        in.register_b_transport(this, &slow_cache::b_transport);
    }
    void b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
    {
        heard++;
        delay += ns(5000);
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
};

struct platform : public software {
    phased device{"device"};
    slow_cache atc{"atc"};
    std::unique_ptr<doorbell::clockwork> time;
    doorbell::endpoint plain{"plain"};
    platform(sc_core::sc_module_name name, bool timed, std::uint32_t journeys) : software(name, 2)
    {
        device.socket.bind(smmu.ports[0].upstream);
        plain.dma.bind(smmu.ports[1].upstream);
        plain.identity.has_streamid = true;
        plain.identity.streamid = 1;
        smmu.completion.bind(plain.completion);
        smmu.ats.bind(atc.in);
        if (timed) {
            time = std::make_unique<doorbell::clockwork>("time", parameters(journeys));
            time->add(smmu);
        }
        patience = ns(1);
    }
    dbell_response loosely(std::uint64_t address, sc_core::sc_time &took)
    {
        return read_through(plain, address, took);
    }
    dbell_response go()
    {
        sc_core::sc_time took;
        return loosely(iova, took);
    }
    dbell_host_cmd answer(bool again, bool abort)
    {
        const auto taken = take_records();
        EXPECT_EQ(taken.size(), 1u);
        return dbell_host_resume(1, static_cast<unsigned>(taken[0][1] & 0xffff), again, abort);
    }
};
void run(void (*body)(platform &), bool timed = true, std::uint32_t journeys = 64)
{
    static platform p("p", timed, journeys);
    testing_systemc::run(p, body);
}

// A fault leaves nothing behind for the next access in its place: one across pages is made whole.
void stale_refused(platform &p)
{
    p.prepare();
    p.device.await(p.device.send(false, iova + 64 * page)); // refused
    const auto &w =
        p.device.begin(p.device.make(true, iova + page - 8, std::vector<unsigned char>(16, 0x5a)));
    p.device.await(w);
    EXPECT_EQ(w.payload->get_response_status(), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(p.read(pages_at + page, 8), 0x5a5a5a5a5a5a5a5au); // second page
}

// Nor does a stall: its end is told once.
void stale_pends(platform &p)
{
    p.prepare(true);
    p.device.may_pend = true;
    p.set(3, 0);
    const auto &pends = p.device.send(false, iova + 3 * page);
    p.device.await(pends);
    const std::uint32_t token = pends.extension->trail.token;
    p.store(p.descriptor_at(3), 8, rw | (pages_at + 3 * page));
    p.command(p.answer(true, false));
    ASSERT_NE(p.plain.ended(token), nullptr);
    EXPECT_EQ(p.plain.ended(token)->data[0], 4);
    p.device.may_pend = false; // another access, which does not stall
    p.set(5, rw | 0x10000000); // nothing is there: an address error
    p.device.await(p.device.send(false, iova + 5 * page));
    p.settle();
    EXPECT_EQ(p.plain.ended(token)->response,
              DBELL_RESPONSE_OK); // nobody answered that token again
}

// 14.7: the command is the payload's; a sideband that says nothing of it changes nothing.
void default_op(platform &p)
{
    p.prepare();
    p.set(2, read_only | (pages_at + 2 * page));
    tlm::tlm_generic_payload payload;
    doorbell::sideband side;
    unsigned char data[8] = {0xee};
    sc_core::sc_time delay;
    side.side.has_streamid = true; // identity, and no more
    side.side.streamid = 1;
    side.side.attr = DBELL_ATTR_NORMAL_WB;
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    payload.set_address(iova + 2 * page);
    payload.set_data_ptr(data);
    payload.set_data_length(8);
    payload.set_streaming_width(8);
    payload.set_extension(&side);
    p.plain.dma->b_transport(payload, delay);
    payload.clear_extension(&side);
    EXPECT_EQ(payload.get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
    EXPECT_EQ(p.read(pages_at + 2 * page, 8), 3u);
}

// Who waits in b_transport is told of its own end, whoever has its place by then.
void slot_reuse(platform &p)
{
    p.prepare(true);
    p.set(3, 0);
    p.set(5, 0);
    bool over = false;
    sc_core::sc_spawn([&] {
        sc_core::sc_time took;
        EXPECT_EQ(p.loosely(iova + 3 * page, took), DBELL_RESPONSE_SLVERR);
        over = true;
    });
    wait(ns(20 * L));
    EXPECT_FALSE(over);
    const auto &other = p.device.send(false, iova + 5 * page); // no room: END_REQ comes later
    EXPECT_FALSE(other.accepted);
    p.post(p.answer(false, true)); // the first one is terminated
    wait(ns(20 * L));
    EXPECT_TRUE(other.accepted);
    EXPECT_TRUE(over);
}

// 14.12: attributes come back as they were.
void widths(platform &p)
{
    p.prepare();
    auto &r = p.device.make(false, iova, std::vector<unsigned char>(8));
    r.payload->set_streaming_width(64); // 14.12: at least the length
    p.device.await(p.device.begin(r));
    EXPECT_EQ(r.payload->get_streaming_width(), 64u);
}

// A reset ends what is pending, and says so.
void reset_tells(platform &p)
{
    p.prepare(true);
    p.set(3, 0);
    unsigned char data[8];
    dbell_transaction t{};
    dbell_trail trail{};
    t.address = iova + 3 * page;
    t.length = sizeof data;
    t.op = DBELL_READ;
    t.data = data;
    t.trail = &trail;
    EXPECT_EQ(p.plain.access(t, true), DBELL_RESPONSE_PENDING);
    if (p.time)
        p.time->reset();
    p.smmu.reset();
    wait(ns(100));
    EXPECT_NE(p.plain.ended(trail.token), nullptr);
}

DECLARE_EXTENDED_PHASE(of_another_protocol);

// 15.2.5: ignorable phases are ignored.
void ignorable(platform &p)
{
    p.prepare();
    auto &r = p.device.make(false, iova, std::vector<unsigned char>(8));
    p.device.begin(r);
    tlm::tlm_phase phase = of_another_protocol;
    sc_core::sc_time delay;
    EXPECT_NO_THROW(
        EXPECT_EQ(p.device.socket->nb_transport_fw(*r.payload, phase, delay), tlm::TLM_ACCEPTED));
    p.device.await(r);
}

// 15.2.6: the annotation of BEGIN_REQ counts, also when END_REQ is owed.
void refused_delay(platform &p)
{
    p.prepare();
    const std::uint64_t begun = phased::now();
    p.device.send(false, iova); // 6 L
    auto &r = p.device.make(false, iova, std::vector<unsigned char>(8));
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = ns(30 * L); // it begins at 30 L
    EXPECT_EQ(p.device.socket->nb_transport_fw(*r.payload, phase, delay), tlm::TLM_ACCEPTED);
    p.device.await(r);
    EXPECT_GE(r.ended_at, begun + 30 * L);
}

// And that of END_RESP.
void end_resp_delay(platform &p)
{
    p.prepare();
    phased &device = p.device;
    device.await(device.send(false, iova));
    device.takes = false;
    const std::uint64_t begun = phased::now();
    const auto &first = device.send(false, iova), &second = device.send(false, iova + 8);
    device.await(first);
    tlm::tlm_phase phase = tlm::END_RESP;
    sc_core::sc_time delay = ns(50);
    device.socket->nb_transport_fw(*first.payload, phase, delay);
    device.await(second);
    EXPECT_EQ(second.ended_at, begun + 50);
    device.end_response(second);
}

// Who may go directly is who asked: not another privilege level ...
void privileged_dmi(platform &p)
{
    p.prepare();
    p.set(2, (rw & ~0x40ull) | (pages_at + 2 * page)); // AP[1] == 0: privileged only
    p.plain.use_dmi = true;
    unsigned char data[8];
    dbell_transaction t{};
    t.address = iova + 2 * page;
    t.length = 8;
    t.data = data;
    t.side.attr = DBELL_ATTR_NORMAL_WB;
    EXPECT_EQ(p.plain.access(t), DBELL_RESPONSE_SLVERR) << "unprivileged";
    t.side.privileged = true;
    EXPECT_EQ(p.plain.access(t), DBELL_RESPONSE_OK);
    t.side.privileged = false;
    EXPECT_EQ(p.plain.access(t), DBELL_RESPONSE_SLVERR) << "unprivileged, after a privileged one";
    EXPECT_EQ(p.plain.direct_accesses, 0u);
}

// ... nor another stream.
void identity_dmi(platform &p)
{
    p.program(false);
    p.map(0, 0);
    p.plain.use_dmi = true;
    EXPECT_EQ(p.go(), DBELL_RESPONSE_OK);
    p.plain.identity.streamid = 200; // there is no STE of it
    EXPECT_EQ(p.go(), DBELL_RESPONSE_SLVERR);
}

// A reset takes direct access back.
void reset_dmi(platform &p)
{
    p.program(false);
    p.map(0, 0);
    p.plain.use_dmi = true;
    EXPECT_EQ(p.go(), DBELL_RESPONSE_OK);
    EXPECT_EQ(p.go(), DBELL_RESPONSE_OK);
    EXPECT_EQ(p.plain.direct_accesses, 1u);
    if (p.time)
        p.time->reset();
    p.smmu.reset();
    EXPECT_NE(p.go(), DBELL_RESPONSE_OK);
}

// A reset while END_REQ is owed: all of them are answered.
void owed(platform &p)
{
    p.program(true);
    p.map(0, 0);
    p.store(p.descriptor_at(0), 8, 0);
    for (unsigned i = 0; i < 5; i++)
        p.device.send(false, iova + 8 * i), wait(ns(1));
    wait(ns(2000));
    EXPECT_FALSE(p.device.requests[4]->accepted);
    p.time->reset();
    p.smmu.reset();
    wait(ns(2000));
    for (auto &r : p.device.requests)
        EXPECT_TRUE(r->ended);
}

// Times that are no multiple of a cycle.
void period(platform &p) // off-cycle arrivals with two LT, AT mixes
{
    p.program(false);
    p.map(0, 0);
    p.map(1, 1);
    for (unsigned i = 0; i < 50; i++) {
        wait(sc_core::sc_time(123 + i * 37, sc_core::SC_PS));
        if (i % 3 == 0)
            p.go();
        p.device.await(p.device.send(i & 1, iova + (i & 1) * page));
    }
}

// An endpoint that takes its time over an invalidation holds up nobody else.
void held(platform &p)
{
    p.program(false);
    p.map(0, 0);
    const std::uint64_t begun = phased::now();
    p.post(dbell_host_atc_inv(1, iova, 0, false));
    wait(ns(50));
    const auto &r = p.device.send(false, iova);
    p.device.await(r);
    EXPECT_EQ(p.atc.heard, 1u);
    EXPECT_EQ(r.ended_at, begun + 50 + 6 * L);
}

// An access in phases is answered at its own cycle, though another has led the clockwork on.
void led(platform &p)
{
    p.prepare();
    const std::uint64_t begun = phased::now();
    const auto &cold = p.device.send(false, iova);
    wait(ns(10));
    sc_core::sc_time took;
    p.loosely(iova + page, took); // its configuration is being fetched for the other: not alone
    EXPECT_EQ(took, ns(6 * L - 10));
    p.device.await(cold);
    EXPECT_EQ(cold.ended_at, begun + 6 * L);
}

// Across pages nobody is told of a part: who would not wait waits, and all of it is made.
void across_pages_waits(platform &p)
{
    p.prepare(true);
    p.set(3, 0);
    unsigned char data[16];
    std::memset(data, 0x5a, sizeof data);
    bool over = false;
    sc_core::sc_spawn([&] {
        dbell_transaction t{};
        t.address = iova + 4 * page - 8;
        t.length = sizeof data;
        t.op = DBELL_WRITE;
        t.data = data;
        t.side.attr = DBELL_ATTR_NORMAL_WB;
        EXPECT_EQ(p.plain.access(t, true), DBELL_RESPONSE_OK);
        over = true;
    });
    wait(ns(20 * L));
    EXPECT_FALSE(over);
    p.store(p.descriptor_at(3), 8, rw | (pages_at + 3 * page));
    p.command(p.answer(true, false));
    wait(ns(20 * L));
    EXPECT_TRUE(over);
    EXPECT_EQ(p.read(pages_at + 4 * page - 8, 8), 0x5a5a5a5a5a5a5a5au);
    EXPECT_EQ(p.read(pages_at + 4 * page, 8), 0x5a5a5a5a5a5a5a5au);
}

} // namespace

TEST(systemc_protocol, a_fault_leaves_nothing_behind)
{
    run(stale_refused);
}

TEST(systemc_protocol, a_stall_is_told_once)
{
    run(stale_pends);
}

TEST(systemc_protocol, the_command_is_the_payloads_in_time_14_7)
{
    run(default_op);
}

TEST(systemc_protocol, the_command_is_the_payloads_14_7)
{
    run(default_op, false);
}

TEST(systemc_protocol, who_waits_is_told_of_its_own_end)
{
    run(slot_reuse, true, 1);
}

TEST(systemc_protocol, attributes_come_back_14_12)
{
    run(widths);
}

TEST(systemc_protocol, a_reset_tells_what_is_pending_in_time)
{
    run(reset_tells);
}

TEST(systemc_protocol, a_reset_tells_what_is_pending)
{
    run(reset_tells, false);
}

TEST(systemc_protocol, phases_of_other_protocols_are_ignored_15_2_5)
{
    run(ignorable);
}

TEST(systemc_protocol, the_annotation_of_a_request_counts_15_2_6)
{
    run(refused_delay, true, 1);
}

TEST(systemc_protocol, the_annotation_of_end_resp_counts_15_2_6)
{
    run(end_resp_delay);
}

TEST(systemc_protocol, direct_access_is_of_a_privilege)
{
    run(privileged_dmi, false);
}

TEST(systemc_protocol, direct_access_is_of_a_stream)
{
    run(identity_dmi, false);
}

TEST(systemc_protocol, direct_access_ends_with_a_reset)
{
    run(reset_dmi, false);
}

TEST(systemc_protocol, direct_access_ends_with_a_reset_in_time)
{
    run(reset_dmi);
}

TEST(systemc_protocol, a_reset_while_end_req_is_owed)
{
    run(owed, true, 4);
}

TEST(systemc_protocol, times_between_cycles)
{
    run(period);
}

TEST(systemc_protocol, a_slow_endpoint_holds_up_nobody)
{
    run(held);
}

TEST(systemc_protocol, an_answer_comes_at_its_own_cycle)
{
    run(led);
}

TEST(systemc_protocol, across_pages_who_would_not_wait_waits_in_time)
{
    run(across_pages_waits);
}

TEST(systemc_protocol, across_pages_who_would_not_wait_waits)
{
    run(across_pages_waits, false);
}

int sc_main(int argc, char **argv)
{
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
