/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Replay in time of what once went wrong in it: everything comes to its end, in its order, and what
 * cannot is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbell_test.h"
#include "timed_support.h"

#define L UINT64_C(100)

static void open_trace(struct timed_replay *t, const char *assignments, const char *name)
{
    const struct dbell_timing timing = timing_of(assignments);
    char path[512];
    snprintf(path, sizeof path, "%s/timed/%s.trace", TRACES_DIR, name);
    CHECK_EQ(timed_file(t, &timing, path), DBELL_OK);
    CHECK_TEXT(t->first, "");
}

static const struct timed_record *of_address(const struct timed_replay *t, uint64_t address,
                                             unsigned nth)
{
    static const struct timed_record none;
    for (size_t i = 0; i < t->count; i++)
        if (t->records[i].address == address && nth-- == 0)
            return &t->records[i];
    CHECK(false);
    return &none;
}

static uint64_t translation(const struct timed_record *r)
{
    return r->times.granted - r->times.issued;
}

/* 3.12.2: a stalled transaction may be overtaken by nothing of its order. */
TEST(order, a_write_that_has_left_is_waited_for_by_nobody)
{
    static const char *const presets[] = {"ideal", "gem5", "arm-mmu600", "arm-mmu700"};
    for (unsigned i = 0; i < 4; i++) {
        struct timed_replay t = {0};
        struct dbell_timing timing = dbell_timing_ideal();
        CHECK_EQ(dbell_timing_apply(&timing, presets[i]), DBELL_OK);
        CHECK_EQ(timed_file(&t, &timing, TRACES_DIR "/timed/order_after_stall.trace"), DBELL_OK);
        CHECK_TEXT(t.first, "");
        const struct timed_record *first = of_address(&t, 0x200000, 0);
        const struct timed_record *second = of_address(&t, 0x5000, 0);
        CHECK_EQ(first->times.issued, second->times.issued);
        CHECK(first->times.moved <= second->times.moved);
        timed_close(&t);
    }
}

/* 3.13.3: the walk that it joined made no dirty page for it: it walks, 4 L, and updates, L. */
TEST(order, a_write_that_joins_the_walk_of_a_read_updates_the_descriptor_itself)
{
    struct timed_replay t = {0};
    open_trace(&t, "smmu.memory.latency=100", "dirty_write_merges");
    const struct timed_record *read = of_address(&t, 0x1000, 0);
    const struct timed_record *write = of_address(&t, 0x1004, 0);
    CHECK_EQ(translation(read), 6 * L);
    CHECK_EQ(write->times.granted, read->times.granted + 5 * L);
    CHECK_EQ(write->times.reads, 5);
    timed_close(&t);
}

/* 4.4.1.1 and CD.TBI (5.4): of the six reads, the four of the walk again. */
TEST(order, the_tag_of_an_address_saves_it_from_no_invalidation)
{
    struct timed_replay t = {0};
    open_trace(&t, "smmu.memory.latency=100", "invalidated_by_tagged_address");
    CHECK_EQ(translation(of_address(&t, UINT64_C(0x5500000000001000), 0)), 6 * L);
    CHECK_EQ(translation(of_address(&t, UINT64_C(0x5500000000001000), 1)), 4 * L);
    timed_close(&t);
}

/* A machine with one linear stream table and one page; what follows is of stream 1. */
static const char stalls[] =
    "trace version=1\n"
    "ram at=0x40000000 len=0x40000000\n"
    "smmu name=smmu0 at=0x9050000 idr0=%s idr1=0x2739d10 idr2=0x0 idr3=0xd14 idr4=0x0 "
    "idr5=0x10075 iidr=0x4832043b aidr=0x2\n"
    "st at=0x42000000 size=8 val=0x42001003\n"
    "st at=0x42001000 size=8 val=0x42002003\n"
    "st at=0x42002000 size=8 val=0x42003003\n"
    "st at=0x42003008 size=8 val=0x50000f43\n"
    "st at=0x41b00040 hex=103500c00572010000000042000000000000000000000000ff440400bb0cef00\n" /* CD
                                                                                               */
    "st at=0x41000040 hex=4b00b04100000000d400000000100000\n" /* STE */
    "st at=0x9050028 size=4 val=0xd75\n"
    "st at=0x905002c size=4 val=0x2\n"
    "st at=0x9050080 size=8 val=0x4000000041000000\n"
    "st at=0x9050088 size=4 val=0x8\n"
    "st at=0x9050090 size=8 val=0x4000000041800008\n"
    "st at=0x90500a0 size=8 val=0x4000000041900008\n"
    "st at=0x9050020 size=4 val=0xd\n";

static void replay_stalls(struct timed_replay *t, const char *idr0, const char *rest)
{
    const struct dbell_timing timing = timing_of("smmu.memory.latency=100");
    char *text = malloc(sizeof stalls + strlen(rest) + 64);
    REQUIRE(text);
    const int size = sprintf(text, stalls, idr0);
    strcpy(text + size, rest);
    CHECK_EQ(timed_text(t, &timing, text), DBELL_OK);
    free(text);
}

static bool has(const char *text, const char *part)
{
    const bool found = strstr(text, part);
    if (!found)
        fprintf(stderr, "\"%s\" is not in \"%s\"\n", part, text);
    return found;
}

#define MAY_STALL  "0x84d3e9b"
#define MUST_STALL "0xa4d3e9b" /* STALL_MODEL 0b10 */

/* A device whose every request stalls never gets to its next: that is said, not passed over. */
TEST(order, lines_of_a_device_that_never_begin_are_failures)
{
    struct timed_replay t = {0};
    replay_stalls(&t, MAY_STALL,
                  "device rid=1 outstanding=1\n"
                  "dma rid=1 op=w iova=0x5000 hex=01020304 -> stall=1\n"
                  "dma rid=1 op=r iova=0x1000 len=4 -> pa=0x50000000\n");
    CHECK_EQ(t.failed, 1);
    CHECK(has(t.first, "expected an end, got its device has not begun it"));
    timed_close(&t);
}

/* One that cannot wait is refused, and its place is free for the next (3.12.2). */
TEST(order, an_access_given_up_leaves_nothing_behind)
{
    struct timed_replay t = {0};
    replay_stalls(&t, MUST_STALL,
                  "st at=0x50000000 size=8 val=0x1122334455667788\n"
                  "dma rid=1 op=w iova=0x5000 hex=01020304 id=1 -> stall=1\n"
                  "dma rid=1 op=w iova=0x6000 len=4 -> fault=0x10\n"
                  "dma rid=1 op=r iova=0x1000 len=8 -> hex=8877665544332211\n");
    CHECK_EQ(t.failed, 1);
    CHECK(has(t.first, "busy"));
    timed_close(&t);
}

/* 4.7.3: CMD_SYNC waits for what was admitted, not for an access that waits for room to stall. */
TEST(order, a_sync_does_not_wait_for_what_cannot_begin)
{
    struct timed_replay t = {0};
    replay_stalls(&t, MUST_STALL,
                  "dma rid=1 op=w iova=0x5000 hex=01020304 id=1 -> stall=1\n"
                  "@100000 dma rid=1 op=w iova=0x6000 hex=01020304\n"
                  "@200000 st at=0x41800000 hex=46000000000000000000000000000000\n"
                  "st at=0x9050098 size=4 val=0x1\n"
                  "ld at=0x905009c size=4 -> val=0x1 mask=0xfffff\n");
    CHECK_EQ(t.failed, 1); /* the second write: */
    CHECK(has(t.first, "it waits for ever"));
    timed_close(&t);
}

/* `depend` may be as large as `outstanding` may be. */
TEST(order, a_dependence_may_reach_as_far_back_as_it_says)
{
    char text[8192] = "trace version=1\nram at=0x40000000 len=0x1000\n"
                      "device rid=99 outstanding=64 depend=64\n";
    for (unsigned i = 0; i < 96; i++)
        strcat(text, "dma rid=99 op=r iova=0x40000000 len=4 -> pa=0x40000000\n");
    struct timed_replay t = {0};
    const struct dbell_timing timing = timing_of("smmu.data.latency=100");
    CHECK_EQ(timed_text(&t, &timing, text), DBELL_OK);
    CHECK_TEXT(t.first, "");
    CHECK_EQ(t.count, 96);
    timed_close(&t);
}

/* An ITS with one slot, messages and commands without end before it. */
enum { MESSAGES = 500 };
struct contended {
    unsigned messages, commands;
};

static bool decided(void *ctx, const struct dbell_journey *journey)
{
    (void)ctx;
    (void)journey;
    return true;
}

static void foresee(void *ctx, const struct dbell_journey *journey, struct dbell_foreseen *out)
{
    (void)ctx;
    (void)journey;
    (void)out;
}

static enum dbell_clockwork_verdict translate(void *ctx, const struct dbell_journey *journey,
                                              struct dbell_translated *out)
{
    (void)ctx;
    (void)journey;
    out->its = 0;
    return DBELL_CW_MESSAGE;
}

static void foresee_message(void *ctx, const struct dbell_journey *journey, unsigned its,
                            struct dbell_foreseen_message *out)
{
    (void)ctx;
    (void)journey;
    (void)its;
    out->steps.steps[0] =
        (struct dbell_step){.kind = DBELL_STEP_READ, .object = DBELL_OBJECT_DTE, .size = 8};
    out->steps.count = 1;
}

static void move(void *ctx, const struct dbell_journey *journey)
{
    (void)ctx;
    (void)journey;
}

static void message_ends(void *ctx, const struct dbell_journey *journey,
                         const struct dbell_access_times *times)
{
    (void)journey;
    (void)times;
    ((struct contended *)ctx)->messages++;
}

static bool its_has_work(void *ctx, enum dbell_clockwork_actor actor, unsigned part)
{
    (void)ctx;
    (void)part;
    return actor == DBELL_ACTOR_ITS;
}

static void foresee_command(void *ctx, enum dbell_clockwork_actor actor, unsigned part,
                            struct dbell_foreseen_act *out)
{
    (void)ctx;
    (void)actor;
    (void)part;
    out->cost = DBELL_T_ITS_COMMAND;
}

static enum dbell_clockwork_verdict command(void *ctx, enum dbell_clockwork_actor actor,
                                            unsigned part, struct dbell_itinerary *steps)
{
    (void)actor;
    (void)part;
    (void)steps;
    ((struct contended *)ctx)->commands++;
    return DBELL_CW_ENDS;
}

TEST(order, commands_of_an_its_get_their_share_of_its_slots)
{
    for (uint32_t share = 1; share < 8; share++) {
        struct contended c = {0};
        struct dbell_clockwork_config config = {
            .timing = dbell_timing_ideal(), .tbus = 1, .itses = 1, .journeys = MESSAGES, .seed = 1};
        const struct dbell_clockwork_ports ports = {.ctx = &c,
                                                    .decided = decided,
                                                    .foresee = foresee,
                                                    .translate = translate,
                                                    .foresee_message = foresee_message,
                                                    .move = move,
                                                    .end = message_ends,
                                                    .work = its_has_work,
                                                    .foresee_act = foresee_command,
                                                    .act = command};
        config.timing.value[DBELL_T_ITS_SLOTS] = 1;
        config.timing.value[DBELL_T_ITS_SHARE] = share;
        config.timing.value[DBELL_T_ITS_MEMORY_LATENCY] = 10;
        config.timing.value[DBELL_T_ITS_COMMAND] = 10;
        struct dbell_clockwork cw;
        const size_t size = (dbell_clockwork_state_size(&config) + 15) & ~(size_t)15;
        void *state = aligned_alloc(16, size);
        REQUIRE(state);
        CHECK_EQ(dbell_clockwork_init(&cw, state, size, &config, &ports), DBELL_OK);
        for (uint32_t i = 0; i < MESSAGES; i++) {
            const struct dbell_journey journey = {.smmu = DBELL_NO_SMMU, .device = i, .user = i};
            CHECK_EQ(dbell_clockwork_start(&cw, &journey), DBELL_OK);
        }
        dbell_clockwork_poke(&cw);
        while (c.messages < MESSAGES && dbell_clockwork_next(&cw) != DBELL_NEVER)
            dbell_clockwork_run(&cw, dbell_clockwork_next(&cw));
        CHECK_EQ(c.messages, MESSAGES);
        CHECK(c.commands + 1 >= MESSAGES / share && c.commands <= MESSAGES / share + 1);
        free(state);
    }
}
