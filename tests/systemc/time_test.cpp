// SPDX-License-Identifier: Apache-2.0 OR MIT
// Modules at a clockwork: the phases, what shares what, and who waits for whom. Memory takes L,
// all else nothing: a cold access to a 4 KB page of stage 1 takes 6 L (STE, CD, four levels), one
// whose configuration is known 4 L, a hit 0. A cycle is a nanosecond. Sections: of IEEE Std
// 1666-2011 (TLM) and of the SMMUv3's specification.
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

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

struct platform : public software {
    sc_core::sc_vector<phased> devices;
    doorbell::clockwork time;
    doorbell::endpoint plain{"plain"}; // of the last port, through b_transport
    explicit platform(sc_core::sc_module_name name, unsigned ports = 3,
                      const doorbell::time_parameters &p = parameters())
        : software(name, ports), devices("device", ports - 1), time("time", p)
    {
        for (unsigned i = 0; i + 1 < ports; i++)
            devices[i].socket.bind(smmu.ports[i].upstream);
        plain.dma.bind(smmu.ports[ports - 1].upstream);
        plain.identity.has_streamid = true;
        plain.identity.streamid = 1;
        smmu.completion.bind(plain.completion);
        time.add(smmu);
        patience = ns(1);
    }
    dbell_response loosely(std::uint64_t address, sc_core::sc_time &took)
    {
        return read_through(plain, address, took);
    }
};

// TLM-2.0 15.2.2 to 15.2.4.
void four_phases(platform &p)
{
    p.prepare();
    const std::uint64_t begun = phased::now();
    const auto &cold = p.devices[0].send(false, iova);
    EXPECT_TRUE(cold.accepted);
    EXPECT_EQ(cold.payload->get_response_status(), tlm::TLM_INCOMPLETE_RESPONSE);
    p.devices[0].await(cold);
    EXPECT_EQ(cold.ended_at, begun + 6 * L);
    EXPECT_EQ(cold.payload->get_response_status(), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(cold.data[0], 1);
    EXPECT_EQ(cold.payload->get_address(), iova);
    EXPECT_EQ(cold.extension->trail.address, pages_at);
    const auto &hit = p.devices[0].send(false, iova + 64);
    p.devices[0].await(hit);
    EXPECT_EQ(hit.ended_at, begun + 6 * L);
    const auto &known = p.devices[0].send(true, iova + page);
    p.devices[0].await(known);
    EXPECT_EQ(known.ended_at, begun + 10 * L);
    EXPECT_EQ(p.read(pages_at + page, 8), 0u);
}

// TLM-2.0 15.2.6: END_REQ is what holds an initiator back.
void held_back_by_end_req(platform &p)
{
    p.prepare();
    phased &device = p.devices[0];
    device.await(device.send(false, iova)); // the configuration is known from here on
    const std::uint64_t begun = phased::now();
    const auto &first = device.send(false, iova + page),
               &second = device.send(false, iova + 2 * page);
    EXPECT_TRUE(first.accepted);
    EXPECT_TRUE(second.accepted);
    wait(ns(150));
    const auto &third = device.send(false, iova + 3 * page);
    EXPECT_FALSE(third.accepted);
    device.await(third);
    EXPECT_EQ(first.ended_at, begun + 4 * L);
    EXPECT_EQ(second.ended_at, begun + 4 * L);
    EXPECT_EQ(third.accepted_at, begun + 4 * L);
    EXPECT_EQ(third.ended_at, begun + 8 * L);
}

// TLM-2.0 15.2.6: one BEGIN_RESP at a time, until END_RESP.
void one_response_at_a_time(platform &p)
{
    p.prepare();
    phased &device = p.devices[0];
    device.await(device.send(false, iova));
    device.takes = false;
    const std::uint64_t begun = phased::now();
    const auto &first = device.send(false, iova), &second = device.send(false, iova + 8);
    device.await(first);
    EXPECT_EQ(first.ended_at, begun);
    wait(ns(50));
    EXPECT_FALSE(second.ended);
    device.end_response(first);
    device.await(second);
    EXPECT_EQ(second.ended_at, begun + 50);
    device.end_response(second);
    // Another port's answers are not held back by it.
    const auto &third = device.send(false, iova);
    device.await(third);
    const auto &other = p.devices[1].send(false, iova);
    p.devices[1].await(other);
    EXPECT_EQ(other.ended_at, begun + 50 + 4 * L); // another TBU, another TLB
    device.end_response(third);
}

// TLM-2.0 16.2: b_transport annotates what it takes, and what it finds is found by others.
void loosely_timed(platform &p)
{
    p.prepare();
    sc_core::sc_time took;
    const sc_core::sc_time begun = sc_core::sc_time_stamp();
    EXPECT_EQ(p.loosely(iova, took), DBELL_RESPONSE_OK);
    EXPECT_EQ(took, ns(6 * L));
    EXPECT_EQ(p.loosely(iova + 8, took), DBELL_RESPONSE_OK);
    EXPECT_EQ(took, ns(0));
    EXPECT_EQ(p.loosely(iova + page, took), DBELL_RESPONSE_OK);
    EXPECT_EQ(took, ns(4 * L));
    EXPECT_EQ(p.loosely(iova + 100 * page, took), DBELL_RESPONSE_SLVERR); // no leaf: 3 levels more
    EXPECT_EQ(took, ns(4 * L));
    EXPECT_EQ(sc_core::sc_time_stamp(), begun);
    const auto &phases = p.devices[0].send(false, iova + page);
    p.devices[0].await(phases);
    EXPECT_EQ(sc_core::sc_time_stamp(), begun + ns(4 * L)); // configuration: of the one TCU
}

// Any number of TBUs: each has its own TLB, all share the TCU's configuration cache.
void sixty_four_ports(platform &p)
{
    p.prepare();
    std::uint64_t begun = phased::now();
    p.devices[0].await(p.devices[0].send(false, iova));
    EXPECT_EQ(phased::now(), begun + 6 * L);
    for (unsigned i = 1; i < 63; i++) {
        begun = phased::now();
        p.devices[i].await(p.devices[i].send(false, iova));
        EXPECT_EQ(phased::now(), begun + 4 * L) << i;
        p.devices[i].await(p.devices[i].send(false, iova));
        EXPECT_EQ(phased::now(), begun + 4 * L) << i;
    }
    begun = phased::now(); // a TLBI is for all of them
    p.command(dbell_host_tlbi_nh_asid(0, asid));
    p.command(dbell_host_sync());
    std::vector<const phased::request *> sent;
    begun = phased::now();
    for (unsigned i = 0; i < 63; i++)
        sent.push_back(&p.devices[i].send(false, iova));
    for (unsigned i = 0; i < 63; i++) {
        p.devices[i].await(*sent[i]);
        EXPECT_EQ(sent[i]->ended_at, begun + 4 * L) << i;
    }
}

// Two pages next to each other may be anywhere: one walk after the other.
void across_pages(platform &p)
{
    p.prepare();
    p.set(1, rw | (pages_at + 5 * page));
    phased &device = p.devices[0];
    std::vector<unsigned char> data(16);
    for (unsigned i = 0; i < 16; i++)
        data[i] = static_cast<unsigned char>(0x80 + i);
    std::uint64_t begun = phased::now();
    device.await(device.begin(device.make(true, iova + page - 6, data)));
    EXPECT_EQ(phased::now(), begun + 10 * L); // 6 L, 4 L
    EXPECT_EQ(p.read(pages_at + page - 8, 8) >> 16, 0x858483828180u);
    EXPECT_EQ(p.read(pages_at + 5 * page, 8), 0x8d8c8b8a89888786u);
    const auto &r = device.send(false, iova + page - 6, 16);
    device.await(r);
    EXPECT_EQ(r.data, data);
    EXPECT_EQ(r.payload->get_address(), iova + page - 6);
    EXPECT_EQ(r.payload->get_data_length(), 16u);
    EXPECT_EQ(r.payload->get_data_ptr(), r.data.data());
    p.set(1, 0); // the second page has gone: what is before it was written
    const auto &refused =
        device.begin(device.make(true, iova + page - 6, std::vector<unsigned char>(16, 0x11)));
    device.await(refused);
    EXPECT_EQ(refused.payload->get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
    EXPECT_EQ(p.read(pages_at + page - 8, 8) >> 16, 0x111111111111u);
    const auto records = p.take_records();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0][0] & 0xff, 0x10u); // F_TRANSLATION (7.3.12)
    EXPECT_EQ(records[0][2], iova + page);
}

// TLM-2.0 14.14 and 14.15.
void enables_and_streams(platform &p)
{
    p.prepare();
    phased &device = p.devices[0];
    unsigned char every_second[2] = {0xff, 0};
    auto &enabled = device.make(true, iova, {1, 2, 3, 4, 5, 6, 7, 8});
    enabled.payload->set_byte_enable_ptr(every_second);
    enabled.payload->set_byte_enable_length(2);
    p.store(pages_at, 8, ~0ull);
    device.await(device.begin(enabled));
    EXPECT_EQ(p.read(pages_at, 8), 0xff07ff05ff03ff01u);
    auto &stream = device.make(true, iova + 16, {1, 2, 3, 4, 5, 6, 7, 8});
    stream.payload->set_streaming_width(4);
    p.store(pages_at + 16, 8, 0);
    device.await(device.begin(stream));
    EXPECT_EQ(p.read(pages_at + 16, 8), 0x08070605u);
    auto &edge = device.make(true, iova + page - 4, {1, 2, 3, 4, 5, 6, 7, 8});
    edge.payload->set_streaming_width(4); // so it does not cross the page
    device.await(device.begin(edge));
    EXPECT_EQ(p.read(pages_at + page - 8, 8) >> 32, 0x08070605u);
    auto &none = device.make(true, iova, {1});
    none.payload->set_streaming_width(0);
    EXPECT_TRUE(device.begin(none).ended);
    EXPECT_EQ(none.payload->get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
    auto &both = device.make(true, iova + page - 4, {1, 2, 3, 4, 5, 6, 7, 8});
    both.payload->set_byte_enable_ptr(every_second);
    both.payload->set_byte_enable_length(2);
    EXPECT_TRUE(device.begin(both).ended); // across pages with byte enables: nobody's traffic
    EXPECT_EQ(both.payload->get_response_status(), tlm::TLM_BURST_ERROR_RESPONSE);
}

// TLM-2.0 14.17, and 3.12.1: CD.A == 0 answers RAZ/WI.
void responses(platform &p)
{
    p.prepare();
    phased &device = p.devices[0];
    const auto &fault = device.send(false, iova + 64 * page);
    device.await(fault);
    EXPECT_EQ(fault.payload->get_response_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
    p.set(2, rw | 0x10000000); // nothing is there
    const auto &hole = device.send(false, iova + 2 * page);
    device.await(hole);
    EXPECT_EQ(hole.payload->get_response_status(), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    // CD.A is bit 46 of its first word (5.4).
    p.store(ram_base + 0x230000, 8, p.read(ram_base + 0x230000, 8) & ~(1ull << 46));
    p.command(dbell_host_cfgi_cd(1, 0, true));
    p.command(dbell_host_sync());
    auto &razwi = device.make(false, iova + 64 * page, {1, 2, 3, 4, 5, 6, 7, 8});
    unsigned char first_half[8] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0};
    razwi.payload->set_byte_enable_ptr(first_half);
    razwi.payload->set_byte_enable_length(8);
    device.await(device.begin(razwi));
    EXPECT_EQ(razwi.payload->get_response_status(), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(razwi.data, (std::vector<unsigned char>{0, 0, 0, 0, 5, 6, 7, 8}));
    EXPECT_EQ(p.take_records().size(), 2u);
}

dbell_host_cmd retry(platform &p, std::uint32_t streamid)
{
    const auto records = p.take_records();
    EXPECT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0][1] >> 31 & 1, 1u); // Stall (7.3)
    return dbell_host_resume(streamid, static_cast<unsigned>(records[0][1] & 0xffff), true, false);
}

// 3.12.2: nobody hears of a stalled access before software has answered.
void stalls(platform &p)
{
    p.prepare(true);
    phased &device = p.devices[0];
    p.set(3, 0);
    const auto &waits = device.send(false, iova + 3 * page);
    wait(ns(20 * L));
    EXPECT_FALSE(waits.ended);
    const auto &hit = device.send(false, iova + 4 * page); // others go on
    device.await(hit);
    EXPECT_FALSE(waits.ended);
    const dbell_host_cmd resume = retry(p, 1);
    p.store(p.descriptor_at(3), 8, rw | (pages_at + 3 * page));
    p.post(resume);
    device.await(waits);
    EXPECT_EQ(waits.payload->get_response_status(), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(waits.data[0], 4);

    device.may_pend = true; // told at once, and again on `completion`
    p.set(3, 0);
    const auto &pends = device.send(false, iova + 3 * page);
    device.await(pends);
    EXPECT_EQ(pends.payload->get_response_status(), tlm::TLM_INCOMPLETE_RESPONSE);
    const std::uint32_t token = pends.extension->trail.token;
    EXPECT_EQ(p.plain.ended(token), nullptr);
    p.store(p.descriptor_at(3), 8, rw | (pages_at + 3 * page));
    p.command(retry(p, 1));
    ASSERT_NE(p.plain.ended(token), nullptr);
    EXPECT_EQ(p.plain.ended(token)->response, DBELL_RESPONSE_OK);
    EXPECT_EQ(p.plain.ended(token)->data, (std::vector<unsigned char>{4, 0, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(pends.data[0], 0); // which is its initiator's own again
}

// One that has stalled holds no b_transport for ever.
void reset_while_stalled(platform &p)
{
    p.prepare(true);
    p.set(3, 0);
    bool over = false;
    sc_core::sc_spawn([&] {
        sc_core::sc_time took;
        EXPECT_EQ(p.loosely(iova + 3 * page, took), DBELL_RESPONSE_SLVERR);
        over = true;
    });
    wait(ns(20 * L));
    EXPECT_FALSE(over);
    EXPECT_EQ(p.take_records().size(), 1u);
    p.time.reset();
    p.smmu.reset();
    wait(ns(1));
    EXPECT_TRUE(over);
}

// What a waveform says: of each signal, when it became what (ns).
using history = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
std::map<std::string, history> read_waveform(const std::string &path)
{
    std::ifstream in(path);
    std::map<std::string, std::string> names; // by identifier
    std::map<std::string, history> all;
    std::vector<std::string> scopes;
    std::uint64_t now = 0;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string word, kind, width, id, name;
        words >> word;
        if (word == "$scope") {
            words >> kind >> name;
            scopes.push_back(name);
        } else if (word == "$upscope") {
            scopes.pop_back();
        } else if (word == "$var") {
            words >> kind >> width >> id >> name;
            for (std::size_t i = scopes.size(); i-- > 2;) // below SystemC and the platform
                name.insert(0, scopes[i] + ".");
            names[id] = name;
        } else if (word[0] == '#') {
            now = std::stoull(word.substr(1));
        } else if (word[0] == 'b') {
            words >> id;
            all[names[id]].emplace_back(now, std::stoull(word.substr(1), nullptr, 2));
        } else if (word[0] == '0' || word[0] == '1') {
            all[names[word.substr(1)]].emplace_back(now, word[0] - '0');
        }
    }
    return all;
}

// Indices, occupancy and lines, when they change.
void waveform(platform &p)
{
    sc_core::sc_trace_file *file = sc_core::sc_create_vcd_trace_file("systemc_time_waveform");
    file->set_time_unit(1, sc_core::SC_NS);
    p.smmu.trace_to(file);
    p.time.trace_to(file);
    p.wires.trace_to(file, DBELL_SMMU_LINES);
    wait(ns(10)); // no register has been written
    p.prepare();
    p.write(smmu_base + 0x50, 4, 1 << 2); // SMMU_IRQ_CTRL.EVENTQ_IRQEN
    const unsigned before = static_cast<unsigned>(p.commands);
    wait(ns(10));
    const std::uint64_t begun = phased::now();
    p.post(dbell_host_sync());
    wait(ns(10 * L));
    const std::uint64_t missed = phased::now();
    p.devices[0].await(p.devices[0].send(false, iova + 64 * page)); // not mapped there
    wait(ns(10 * L));
    sc_core::sc_close_vcd_trace_file(file);
    auto all = read_waveform("systemc_time_waveform.vcd");
    // A command is fetched in L (3.5, 4.1.1), a record written in L (7.1).
    EXPECT_EQ(all["smmu.cmdq.prod"].back(), std::make_pair(begun, std::uint64_t{before + 1}));
    EXPECT_EQ(all["smmu.cmdq.cons"].back(), std::make_pair(begun + L, std::uint64_t{before + 1}));
    // STE, CD, levels 0 to 2, and level 3, which is not valid: 6 L.
    EXPECT_EQ(all["smmu.eventq.prod"].back(), std::make_pair(missed + 7 * L, std::uint64_t{1}));
    EXPECT_EQ(all["wires.line" + std::to_string(DBELL_SMMU_EVENTQ)].back(),
              std::make_pair(missed + 7 * L, std::uint64_t{1}));
    const history &reads = all["time.memory.reads"];
    ASSERT_GE(reads.size(), 2u);
    EXPECT_EQ(reads.end()[-2], std::make_pair(missed, std::uint64_t{1}));
    EXPECT_EQ(reads.back(), std::make_pair(missed + 6 * L, std::uint64_t{0}));
    EXPECT_EQ(all["time.under_way"].end()[-2], std::make_pair(missed, std::uint64_t{1}));
    EXPECT_EQ(all["time.under_way"].back(), std::make_pair(missed + 6 * L, std::uint64_t{0}));
}

void run(void (*body)(platform &), unsigned ports = 3, std::uint32_t journeys = 64)
{
    static platform p("p", ports, parameters(journeys)); // one elaboration a process
    testing_systemc::run(p, body);
}

} // namespace

TEST(systemc_time, four_phases_in_the_cycles_of_the_reads)
{
    run(four_phases);
}

TEST(systemc_time, end_req_holds_back_who_would_be_one_too_many)
{
    run(held_back_by_end_req, 3, 2);
}

TEST(systemc_time, one_response_at_a_time)
{
    run(one_response_at_a_time);
}

TEST(systemc_time, b_transport_annotates_what_an_access_takes_alone)
{
    run(loosely_timed);
}

TEST(systemc_time, sixty_four_ports)
{
    run(sixty_four_ports, 64, 128);
}

TEST(systemc_time, across_pages)
{
    run(across_pages);
}

TEST(systemc_time, byte_enables_and_streaming_width)
{
    run(enables_and_streams);
}

TEST(systemc_time, response_statuses)
{
    run(responses);
}

TEST(systemc_time, stalls_3_12_2)
{
    run(stalls);
}

TEST(systemc_time, a_reset_ends_what_has_stalled)
{
    run(reset_while_stalled);
}

TEST(systemc_time, waveforms)
{
    run(waveform);
}

int sc_main(int argc, char **argv)
{
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
