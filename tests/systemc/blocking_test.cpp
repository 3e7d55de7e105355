// SPDX-License-Identifier: Apache-2.0 OR MIT
// Memory that makes its initiators wait, two of which access while software changes the tables:
// once a CMD_SYNC after the invalidation has been consumed, nothing goes where it went before
// (4.7.3, 3.21.1). Loosely timed, and at a clockwork with accesses in phases or not.
#include <cstring>
#include <random>

#include <doorbell/systemc_time.hpp>

#include "phased.hpp"
#include "software.hpp"

namespace
{

using namespace testing_systemc;

constexpr unsigned pages = 4, changes = 400;

enum class manner { loose, annotated, phases };

// On the way to RAM: waits before and after, and sees who goes where.
struct slow : public sc_core::sc_module {
    doorbell::target<slow> in{"in"};
    doorbell::initiator<slow> out{"out"};
    std::mt19937 random{7};
    unsigned waits;          // ns at most
    std::uint64_t freed = 0; // a page that software believes nobody uses
    unsigned astray = 0, accesses = 0;

    slow(sc_core::sc_module_name name, unsigned most) : sc_module(name), waits(most)
    {
        in.register_b_transport(this, &slow::b_transport);
        in.register_transport_dbg(this, &slow::debug);
    }

  private:
    void look(std::uint64_t address)
    {
        astray += (address & ~(page - 1)) == freed;
    }
    void pass_time()
    {
        if (waits && random() % 4)
            wait(ns(random() % waits));
    }
    void b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
    {
        const std::uint64_t address = payload.get_address();
        accesses++;
        look(address);
        pass_time();
        look(address);
        out->b_transport(payload, delay);
        pass_time();
        look(address);
    }
    unsigned debug(tlm::tlm_generic_payload &payload)
    {
        return out->transport_dbg(payload);
    }
};

struct platform : public software {
    slow to_tables{"to_tables", 40};
    sc_core::sc_vector<slow> to_data;
    doorbell::endpoint a{"a"}, b{"b"};
    phased c{"c"}, d{"d"}; // or these two
    manner how;
    std::unique_ptr<doorbell::clockwork> time;
    bool over = false;
    unsigned got_through = 0, refused = 0;

    platform(sc_core::sc_module_name name, manner manner_of_all)
        : software(name, 4, false),
          to_data("to_data", 4, [](const char *at, std::size_t) { return new slow(at, 300); }),
          how(manner_of_all)
    {
        bus.add(ram_base, ram_size).bind(memory.socket);
        smmu.walk.bind(to_tables.in);
        to_tables.out.bind(bus.in);
        for (unsigned i = 0; i < 4; i++) {
            smmu.ports[i].downstream.bind(to_data[i].in);
            to_data[i].out.bind(bus.in);
        }
        a.dma.bind(smmu.ports[0].upstream);
        b.dma.bind(smmu.ports[1].upstream);
        c.socket.bind(smmu.ports[2].upstream);
        d.socket.bind(smmu.ports[3].upstream);
        for (doorbell::endpoint *device : {&a, &b}) {
            device->identity.has_streamid = true;
            device->identity.streamid = device == &a ? 1 : 2;
        }
        d.streamid = 2;
        patience = ns(1);
        if (how == manner::loose)
            return;
        doorbell::time_parameters parameters;
        EXPECT_EQ(dbell_timing_apply(&parameters.timing, "arm-mmu600"), DBELL_OK);
        parameters.memory_behind_sockets = how == manner::phases;
        time = std::make_unique<doorbell::clockwork>("time", parameters);
        time->add(smmu);
    }
    // Up to four at the same time.
    void access(phased &device, std::mt19937 &random)
    {
        if (device.requests.size() == 4) {
            const auto &oldest = *device.requests.front();
            device.await(oldest);
            (oldest.payload->is_response_ok() ? got_through : refused)++;
            oldest.payload->release();
            device.requests.erase(device.requests.begin());
        }
        const std::uint64_t to = iova + random() % pages * page + random() % 511 * 8;
        const auto &sent = device.send(random() % 2, to);
        EXPECT_TRUE(sent.accepted);
        wait(ns(random() % 20));
    }
    void access(doorbell::endpoint &device, std::mt19937 &random)
    {
        unsigned char data[8] = {};
        dbell_transaction t{};
        t.address = iova + random() % pages * page + random() % 511 * 8;
        t.length = sizeof data;
        t.op = random() % 2 ? DBELL_READ : DBELL_WRITE;
        t.data = data;
        t.side.attr = DBELL_ATTR_NORMAL_WB;
        device.delay = sc_core::SC_ZERO_TIME;
        if (device.access(t) == DBELL_RESPONSE_OK)
            got_through++;
        else
            refused++;
        wait(device.delay + ns(random() % 5));
    }
};

// Two devices access until it is over, and count that they have ended.
void drive(platform &p, unsigned &ended)
{
    for (unsigned i = 0; i < 2; i++)
        sc_core::sc_spawn([&p, &ended, i] {
            std::mt19937 random(i + 1);
            while (!p.over)
                if (p.how == manner::phases)
                    p.access(i ? p.d : p.c, random);
                else
                    p.access(i ? p.b : p.a, random);
            ended++;
        });
}

void no_stale_translation(platform &p)
{
    p.program(false);
    for (unsigned n = 0; n < pages; n++)
        p.map(n, n);
    unsigned ended = 0;
    drive(p, ended);
    std::mt19937 random(3);
    unsigned where[pages], busy = 0;
    for (unsigned n = 0; n < pages; n++)
        where[n] = n;
    unsigned spare = pages;
    for (unsigned i = 0; i < changes; i++) {
        const unsigned n = random() % pages;
        const bool unmaps = random() % 3 == 0;
        const std::uint64_t before = pages_at + where[n] * page;
        p.store(p.descriptor_at(n), 8, unmaps ? 0 : rw | (pages_at + spare * page));
        p.post(random() % 2 ? dbell_host_tlbi_nh_va(0, asid, iova + n * page, true)
                            : dbell_host_tlbi_nh_asid(0, asid));
        p.post(dbell_host_sync());
        while (!p.consumed())
            wait(ns(1));
        unsigned accesses = 0;
        for (slow &way : p.to_data) {
            accesses -= way.accesses;
            way.freed = before;
        }
        wait(ns(random() % 300));
        for (slow &way : p.to_data) {
            ASSERT_EQ(way.astray, 0u) << "change " << i;
            accesses += way.accesses;
            way.freed = 0;
        }
        busy += accesses > 0;
        if (unmaps)
            p.store(p.descriptor_at(n), 8, rw | (pages_at + spare * page));
        std::swap(where[n], spare);
        wait(ns(random() % 100));
    }
    p.over = true;
    while (ended < 2)
        wait(sc_core::sc_time(1, sc_core::SC_US));
    EXPECT_GT(p.got_through, changes);
    EXPECT_GT(p.refused, 10u);
    EXPECT_GT(busy, changes / 4);
}

// Resets at any time, with accesses under way and stalled, and software that begins again: every
// access ends, and nobody waits for ever.
void resets(platform &p)
{
    unsigned ended = 0;
    p.program(true);
    for (unsigned n = 0; n < pages; n++)
        p.map(n, n);
    drive(p, ended);
    std::mt19937 random(5);
    for (unsigned i = 0; i < 100; i++) {
        wait(ns(random() % 3000));
        if (random() % 2) {
            p.store(p.descriptor_at(random() % pages), 8, 0);
            p.post(dbell_host_tlbi_nh_asid(0, asid));
            wait(ns(random() % 600));
        }
        if (p.time)
            p.time->reset();
        if (random() % 2)
            wait(sc_core::SC_ZERO_TIME);
        p.smmu.reset();
        p.commands = p.records = 0;
        for (unsigned k = 0; k < 512; k++)
            p.store(p.tables.root + 8 * k, 8, 0);
        p.tables.next = p.tables.root + 0x1000;
        p.program(random() % 2, 2, false);
        for (unsigned n = 0; n < pages; n++)
            p.map(n, n);
    }
    p.over = true;
    if (p.time)
        p.time->reset();
    p.smmu.reset();
    wait(sc_core::sc_time(50, sc_core::SC_US));
    EXPECT_EQ(ended, 2u);
    EXPECT_GT(p.got_through, 100u);
    EXPECT_GT(p.refused, 0u);
}

void run(void (*body)(platform &), manner how)
{
    static platform p("p", how); // one elaboration a process
    testing_systemc::run(p, body);
}

} // namespace

TEST(systemc_blocking, no_stale_translation_after_a_cmd_sync_loosely_timed_4_7_3)
{
    run(no_stale_translation, manner::loose);
}

TEST(systemc_blocking, no_stale_translation_after_a_cmd_sync_at_a_clockwork_4_7_3)
{
    run(no_stale_translation, manner::annotated);
}

TEST(systemc_blocking, no_stale_translation_after_a_cmd_sync_in_phases_4_7_3)
{
    run(no_stale_translation, manner::phases);
}

TEST(systemc_blocking, resets_loosely_timed)
{
    run(resets, manner::loose);
}

TEST(systemc_blocking, resets_at_a_clockwork)
{
    run(resets, manner::annotated);
}

TEST(systemc_blocking, resets_in_phases)
{
    run(resets, manner::phases);
}

int sc_main(int argc, char **argv)
{
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
