// SPDX-License-Identifier: Apache-2.0 OR MIT
// Stalls through b_transport without a clockwork: who waits, who is told, and what happens when the
// SMMU has no room for one more (3.12.2).
#include "software.hpp"

namespace
{

using namespace testing_systemc;

// STALL_MODEL 0b10: nothing may be terminated for want of room, and there is room for one.
dbell_smmu_config one_stall()
{
    dbell_smmu_config config = dbell_smmu_default_config();
    config.idr[0] = (config.idr[0] & ~(3u << 24)) | 2u << 24;
    config.stall_entries = 1;
    return config;
}

struct platform : public software {
    doorbell::endpoint a{"a"}, b{"b"};

    explicit platform(sc_core::sc_module_name name) : software(name, 2, true, one_stall())
    {
        a.dma.bind(smmu.ports[0].upstream);
        b.dma.bind(smmu.ports[1].upstream);
        smmu.completion.bind(a.completion);
        for (doorbell::endpoint *device : {&a, &b}) {
            device->identity.has_streamid = true;
            device->identity.streamid = device == &a ? 1 : 2;
        }
    }
    struct access {
        unsigned char data[8] = {9};
        dbell_trail trail{};
        dbell_response response = DBELL_RESPONSE_PENDING;
        bool over = false;
    };
    void make(doorbell::endpoint &device, std::uint64_t address, access &one, bool may_pend = false,
              dbell_op op = DBELL_READ)
    {
        dbell_transaction t{};
        t.address = address;
        t.length = sizeof one.data;
        t.op = static_cast<std::uint8_t>(op);
        t.data = one.data;
        t.trail = &one.trail;
        t.side.attr = DBELL_ATTR_NORMAL_WB;
        one.response = device.access(t, may_pend);
        one.over = true;
    }
    void begin(doorbell::endpoint &device, std::uint64_t address, access &one)
    {
        sc_core::sc_spawn([this, &device, address, &one] { make(device, address, one); });
        wait(ns(1));
    }
    // The one that stalls: of its record.
    void resume(bool again, bool abort = false)
    {
        const auto taken = take_records();
        ASSERT_EQ(taken.size(), 1u);
        command(dbell_host_resume(static_cast<std::uint32_t>(taken[0][0] >> 32),
                                  static_cast<unsigned>(taken[0][1] & 0xffff), again, abort));
        wait(ns(1));
    }
};

void busy(platform &p)
{
    p.program(true);
    for (unsigned n = 0; n < 4; n++)
        p.map(n, n);
    p.set(1, 0);
    p.set(2, 0);
    platform::access first, second, third;
    p.begin(p.a, iova + page, first);
    EXPECT_FALSE(first.over);
    p.make(p.a, iova + 3 * page, third); // others go on
    EXPECT_EQ(third.response, DBELL_RESPONSE_OK);
    p.make(p.a, iova + 2 * page, third, true); // no room: who would not wait is told
    EXPECT_EQ(third.response, DBELL_RESPONSE_SLVERR);
    EXPECT_EQ(third.trail.outcome, UINT8_MAX);
    EXPECT_EQ(third.trail.token, static_cast<std::uint32_t>(-DBELL_E_BUSY));
    p.begin(p.b, iova + 2 * page, second); // who would, waits for room
    EXPECT_FALSE(second.over);
    p.store(p.descriptor_at(1), 8, rw | (pages_at + page));
    p.resume(true);
    EXPECT_TRUE(first.over);
    EXPECT_EQ(first.response, DBELL_RESPONSE_OK);
    EXPECT_EQ(first.data[0], 2);
    EXPECT_FALSE(second.over); // it has got room, and stalls
    p.resume(false, true);
    EXPECT_TRUE(second.over);
    EXPECT_EQ(second.response, DBELL_RESPONSE_SLVERR);
}

// CMD_RESUME without Retry and Abort: RAZ (4.6.1).
void read_as_zero(platform &p)
{
    p.program(true);
    p.map(0, 0);
    p.set(0, 0);
    platform::access one;
    p.begin(p.a, iova, one);
    EXPECT_FALSE(one.over);
    p.resume(false, false);
    ASSERT_TRUE(one.over);
    EXPECT_EQ(one.response, DBELL_RESPONSE_OK);
    EXPECT_EQ(one.data[0], 0);
    platform::access pends;
    p.make(p.a, iova, pends, true);
    EXPECT_EQ(pends.response, DBELL_RESPONSE_PENDING);
    p.resume(false, false);
    ASSERT_NE(p.a.ended(pends.trail.token), nullptr);
    EXPECT_EQ(p.a.ended(pends.trail.token)->response, DBELL_RESPONSE_OK);
    EXPECT_EQ(p.a.ended(pends.trail.token)->data, std::vector<unsigned char>(8));
}

void told_with_data(platform &p)
{
    p.program(true);
    p.map(0, 0);
    p.set(0, 0);
    platform::access pends;
    p.make(p.a, iova, pends, true);
    EXPECT_EQ(pends.response, DBELL_RESPONSE_PENDING);
    p.store(p.descriptor_at(0), 8, rw | pages_at);
    p.resume(true);
    const auto *end = p.a.ended(pends.trail.token);
    ASSERT_NE(end, nullptr);
    EXPECT_EQ(end->response, DBELL_RESPONSE_OK);
    EXPECT_EQ(end->data, (std::vector<unsigned char>{1, 0, 0, 0, 0, 0, 0, 0}));
    platform::access write;
    p.set(0, 0);
    write.data[0] = 0x77;
    p.make(p.a, iova, write, true, DBELL_WRITE);
    write.data[0] = 0; // it was taken along
    p.store(p.descriptor_at(0), 8, rw | pages_at);
    p.resume(true);
    EXPECT_EQ(p.read(pages_at, 1), 0x77u);
    ASSERT_NE(p.a.ended(write.trail.token), nullptr);
    EXPECT_TRUE(p.a.ended(write.trail.token)->data.empty());
}

void reset_while_stalled(platform &p)
{
    p.program(true);
    p.map(0, 0);
    p.set(0, 0);
    platform::access one;
    p.begin(p.a, iova, one);
    EXPECT_FALSE(one.over);
    p.smmu.reset();
    wait(ns(1));
    EXPECT_TRUE(one.over);
    EXPECT_EQ(one.response, DBELL_RESPONSE_SLVERR);
}

void run(void (*body)(platform &))
{
    static platform p("p"); // one elaboration a process
    testing_systemc::run(p, body);
}

} // namespace

TEST(systemc_stall, without_room_who_waits_waits_and_who_does_not_is_told_3_12_2_3)
{
    run(busy);
}

TEST(systemc_stall, terminated_without_abort_4_6_1)
{
    run(read_as_zero);
}

TEST(systemc_stall, an_end_is_told_with_what_was_read)
{
    run(told_with_data);
}

TEST(systemc_stall, a_reset_ends_what_has_stalled)
{
    run(reset_while_stalled);
}

int sc_main(int argc, char **argv)
{
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
