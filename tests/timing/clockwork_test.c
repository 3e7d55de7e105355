/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The clockwork, with cycle numbers worked out by hand: what a miss costs, who waits for whom. The
 * function is real: real tables, an SMMU, an ITS. */
#include <stdlib.h>
#include <string.h>

#include "dbell_test.h"
#include "lab.h"
#include "timed_support.h"

enum { S1 = 8, NESTED = 9, ENDED = 4096, PAGES = 16, CMDQ_CONS = LAB_SMMU + 0x9c };
#define VA UINT64_C(0x700000000000) /* pages from here on */

struct rig {
    struct lab lab;
    uint64_t acknowledged; /* cycles from an MSI to its acknowledge */
    struct dbell_timed *timed;
    struct dbell_host_tables s1, s2;
    uint64_t leaf; /* the descriptor of VA, of stream S1 */
    struct timed_record ended[ENDED];
    uint64_t user[ENDED];
    unsigned count, again; /* how many accesses follow those that end */
    struct dbell_dma next;
    struct asked *asked; /* of two memories */
};

static void ended(void *ctx, const struct dbell_timed_access *access)
{
    struct rig *r = ctx;
    if (access->parked || r->count == ENDED)
        return;
    r->user[r->count] = access->user;
    r->ended[r->count++] =
        (struct timed_record){.address = access->dma->address, .times = *access->times};
    if (r->again) {
        r->again--;
        CHECK_EQ(dbell_timed_issue(r->timed, &r->next, access->user + 1), DBELL_OK);
    }
}

static void acknowledged(void *ctx, uint64_t cycles)
{
    struct rig *r = ctx;
    r->acknowledged = cycles;
}

/* Stream S1 translates VA in stage 1, NESTED in both, each page to a page of RAM; RIDs are streams.
 * Events 0 to 3 of both devices are LPIs 8192 to 8195 at CPU 1. */
static bool open_memory(struct rig *r, const struct dbell_timing *timing,
                        uint64_t (*latency)(void *ctx, const struct dbell_clockwork_request *))
{
    const struct dbell_timed_options options = {.timing = *timing,
                                                .tbus = 1,
                                                .journeys = 256,
                                                .seed = 1,
                                                .ctx = r,
                                                .ended = ended,
                                                .acknowledged = acknowledged,
                                                .latency = latency};
    memset(r, 0, sizeof *r);
    if (!lab_open(&r->lab, NULL))
        return false;
    lab_smmu_on(&r->lab);
    r->s1 = lab_tables(&r->lab, 12, 48);
    r->s2 = lab_tables(&r->lab, 12, 48);
    struct dbell_host_tables nested = lab_tables(&r->lab, 12, 48);
    const uint64_t ram = lab_alloc(&r->lab, PAGES * 4096);
    for (unsigned i = 0; i < PAGES; i++) {
        dbell_host_map(&r->s1, VA + i * 4096u, ram + i * 4096u, 3, LAB_S1_RW);
        dbell_host_map(&nested, VA + i * 4096u, ram + i * 4096u, 3, LAB_S1_RW);
    }
    const struct dbell_host_cd cd = lab_cd(&r->s1), nested_cd = lab_cd(&nested);
    const struct dbell_host_ste one = lab_ste_stage1(&r->lab, &cd);
    struct dbell_host_ste both = lab_ste_stage1(&r->lab, &nested_cd);
    const struct dbell_host_ste second = lab_ste_stage2(&r->s2);
    both.config = 7;
    both.s2vmid = second.s2vmid;
    both.s2t0sz = second.s2t0sz;
    both.s2sl0 = second.s2sl0;
    both.s2tg = second.s2tg;
    both.s2ps = second.s2ps;
    both.s2aa64 = second.s2aa64;
    both.s2affd = second.s2affd;
    both.s2r = second.s2r;
    both.s2ttb = second.s2ttb;
    for (uint64_t at = LAB_RAM; at < LAB_RAM + 0x800000; at += 4096)
        dbell_host_map(&r->s2, at, at, 3, LAB_S2_RW);
    lab_ste(&r->lab, S1, &one);
    lab_ste(&r->lab, NESTED, &both);
    lab_its_on(&r->lab);
    for (uint32_t device = S1; device <= NESTED; device++) {
        lab_its_command(&r->lab, dbell_host_mapd(device, 4, lab_alloc(&r->lab, 4096), true));
        lab_its_command(&r->lab, dbell_host_mapc(1, 1, true));
        for (uint32_t event = 0; event < 4; event++)
            lab_its_command(&r->lab, dbell_host_mapti(device, event, 8192 + event, 1));
    }
    return dbell_timed_create(r->lab.machine, &options, &r->timed) == DBELL_OK;
}

static bool open_with(struct rig *r, const struct dbell_timing *timing)
{
    return open_memory(r, timing, NULL);
}

static bool open(struct rig *r, const char *assignments)
{
    const struct dbell_timing timing = timing_of(assignments);
    return open_with(r, &timing);
}

static void close(struct rig *r)
{
    dbell_timed_destroy(r->timed);
    lab_close(&r->lab);
}

static struct dbell_dma access_to(uint32_t rid, unsigned page, enum dbell_op op)
{
    return (struct dbell_dma){
        .requesterid = rid, .op = (uint8_t)op, .address = VA + page * 4096u, .length = 64};
}

static void issue_at(struct rig *r, uint64_t cycle, uint32_t rid, unsigned page, enum dbell_op op,
                     uint64_t user)
{
    const struct dbell_dma dma = access_to(rid, page, op);
    dbell_timed_run(r->timed, cycle);
    CHECK_EQ(dbell_timed_issue(r->timed, &dma, user), DBELL_OK);
}

static void rest(struct rig *r)
{
    CHECK_EQ(dbell_timed_rest(r->timed), DBELL_OK);
}

static const struct dbell_access_times *of(const struct rig *r, uint64_t user)
{
    static const struct dbell_access_times none;
    for (unsigned i = 0; i < r->count; i++)
        if (r->user[i] == user)
            return &r->ended[i].times;
    return &none;
}

static uint64_t translation(const struct rig *r, uint64_t user)
{
    return of(r, user)->granted - of(r, user)->issued;
}

/* Commands, and CMDQ_PROD; nothing runs. */
static void post(struct rig *r, const struct dbell_host_cmd *commands, unsigned count)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < count; i++)
        dbell_host_store_words(&r->lab.bus, r->lab.cmdq + 16 * (r->lab.commands++ % 32),
                               commands[i].words, 2);
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(r->lab.commands % 64 >> 8 * i);
    struct dbell_transaction t = {
        .address = LAB_SMMU + 0x98, .length = 4, .op = DBELL_WRITE, .data = bytes};
    r->lab.bus.access(r->lab.bus.ctx, &t);
}

static uint32_t consumed(struct rig *r)
{
    return (uint32_t)dbell_smmu_read(dbell_machine_smmu(r->lab.machine, 0), 0x9c, 4);
}

/* --- memories --- */

struct asked {
    uint64_t slow, slow_end; /* these addresses take 100, all others 10 */
    struct dbell_clockwork_request requests[64];
    unsigned count;
};

static uint64_t of_two_memories(void *ctx, const struct dbell_clockwork_request *request)
{
    struct asked *asked = ((struct rig *)ctx)->asked;
    if (asked->count < 64)
        asked->requests[asked->count++] = *request;
    return request->address >= asked->slow && request->address < asked->slow_end ? 100 : 10;
}

/* The stream table is far away, and the page that is written. */
TEST(memory, latency_by_a_callback_of_each_request)
{
    struct rig r;
    struct asked asked = {0};
    const struct dbell_timing timing = timing_of("smmu.memory.latency=7");
    REQUIRE(open_memory(&r, &timing, of_two_memories));
    r.asked = &asked;
    asked.slow = r.lab.strtab;
    asked.slow_end = r.lab.strtab + 64 * 64;
    issue_at(&r, 0, S1, 0, DBELL_WRITE, 77);
    rest(&r);
    CHECK_EQ(translation(&r, 77), 100 + 5 * 10); /* STE; CD, levels 0 to 3 */
    CHECK_EQ(of(&r, 77)->ended, 150 + 10);
    CHECK_EQ(asked.count, 7);
    CHECK_EQ(asked.requests[0].address, r.lab.strtab + S1 * 64);
    for (unsigned i = 0; i < 7; i++) {
        CHECK_EQ(asked.requests[i].user, 77);
        CHECK_EQ(asked.requests[i].kind, DBELL_JOURNEY_ACCESS);
        CHECK_EQ(asked.requests[i].write, i == 6);
        CHECK_EQ(asked.requests[i].port, i < 6 ? DBELL_T_MEMORY_LATENCY : DBELL_T_DATA_LATENCY);
        CHECK_EQ(asked.requests[i].length, i < 2 || i == 6 ? 64 : 8);
    }
    close(&r);
}

/* --- what a miss costs --- */

TEST(formula, a_cold_access_is_its_reads_and_a_hit_is_none)
{
    struct rig r;
    REQUIRE(open(&r, "smmu.memory.latency=100"));
    issue_at(&r, 0, S1, 0, DBELL_READ, 1);
    rest(&r);
    CHECK_EQ(translation(&r, 1), 6 * 100); /* STE, CD, 4 levels */
    CHECK_EQ(of(&r, 1)->reads, 6);
    CHECK_EQ(of(&r, 1)->ended, 600);
    issue_at(&r, 1000, NESTED, 0, DBELL_READ, 2);
    rest(&r);
    CHECK_EQ(translation(&r, 2), 30 * 100); /* STE, 4 + 1 for the CD, 4 times 4 + 1, 4 */
    issue_at(&r, 5000, S1, 0, DBELL_READ, 3);
    issue_at(&r, 5000, NESTED, 0, DBELL_WRITE, 4);
    rest(&r);
    CHECK_EQ(translation(&r, 3), 0);
    CHECK_EQ(translation(&r, 4), 0);
    issue_at(&r, 6000, S1, 1, DBELL_READ, 5); /* its configuration is cached */
    rest(&r);
    CHECK_EQ(translation(&r, 5), 4 * 100);
    close(&r);
}

/* An MSI straight at the doorbell, from a device that nothing translates. */
static uint64_t message(struct rig *r, uint32_t rid, uint32_t eventid)
{
    uint8_t data[4] = {(uint8_t)eventid};
    struct dbell_host_tables tables = r->s1;
    dbell_host_map(&tables, VA + 0x100000, LAB_DOORBELL & ~0xfffu, 3, LAB_S1_RW);
    const struct dbell_dma dma = {
        .requesterid = rid, .op = DBELL_WRITE, .address = VA + 0x100040, .length = 4, .data = data};
    const unsigned before = r->count;
    CHECK_EQ(dbell_timed_issue(r->timed, &dma, 99), DBELL_OK);
    rest(r);
    CHECK_EQ(r->count, before + 1);
    const struct dbell_access_times *t = &r->ended[before].times;
    return t->moved - t->granted;
}

TEST(formula, from_a_message_to_its_acknowledge)
{
    struct rig r;
    REQUIRE(open(&r, "its.memory.latency=100 gic.memory.latency=100"));
    const struct dbell_system system = dbell_timed_system(r.timed);
    CHECK_EQ(message(&r, S1, 2), 400);
    dbell_timed_run(r.timed, dbell_timed_now(r.timed) + 77);
    CHECK_EQ(system.acknowledge(system.ctx, 1), 8194);
    CHECK_EQ(r.acknowledged, 400 + 77);
    r.acknowledged = 0;
    CHECK_EQ(system.acknowledge(system.ctx, 1), DBELL_INTID_NONE);
    CHECK_EQ(r.acknowledged, 0);
    close(&r);
}

TEST(formula, an_its_miss_is_four_reads_and_one_for_each_indirect_table)
{
    struct rig r;
    REQUIRE(open(&r, "its.memory.latency=100 gic.memory.latency=100"));
    CHECK_EQ(message(&r, S1, 0), 4 * 100); /* DTE, ITE, CTE, configuration */
    CHECK_EQ(message(&r, S1, 0), 0);
    CHECK_EQ(message(&r, S1, 1), 2 * 100); /* ITE, configuration */
    close(&r);
}

/* The only public cycle numbers there are: what gem5's defaults make of a hit. */
TEST(formula, gem5_hits)
{
    struct rig r;
    struct dbell_timing timing = dbell_timing_ideal();
    CHECK_EQ(dbell_timing_apply(&timing, "gem5"), DBELL_OK);
    timing_assign(&timing, "smmu.tbu.width=0 smmu.tbu.micro_tlb.entries=1");
    REQUIRE(open_with(&r, &timing));
    for (unsigned n = 0; n < 4; n++) { /* pages 0, 1, 1, 0 */
        issue_at(&r, 10000 * n, S1, n == 1 || n == 2, DBELL_READ, n);
        rest(&r);
    }
    CHECK_EQ(translation(&r, 2), 1);
    CHECK_EQ(translation(&r, 3), 1 + 3);
    close(&r);
    timing_assign(&timing, "smmu.tbu.tlb.entries=1");
    REQUIRE(open_with(&r, &timing));
    for (unsigned n = 0; n < 3; n++) {
        issue_at(&r, 10000 * n, S1, n == 1, DBELL_READ, n);
        rest(&r);
    }
    CHECK_EQ(translation(&r, 2), 1 + 3 + 8 + 3 + 4 + 8);
    close(&r);
}

TEST(formula, a_width_makes_beats)
{
    struct rig r;
    REQUIRE(open(&r, "smmu.tbu.width=16 smmu.data.width=32 smmu.data.latency=50"));
    issue_at(&r, 0, S1, 0, DBELL_WRITE, 1); /* 64 bytes: 4 beats in, 2 out */
    rest(&r);
    CHECK_EQ(of(&r, 1)->granted, 4);
    CHECK_EQ(of(&r, 1)->ended, 4 + 2 + 50);
    issue_at(&r, 100, S1, 0, DBELL_READ, 2); /* 1 beat in, 2 to ask, 4 beats back */
    rest(&r);
    CHECK_EQ(of(&r, 2)->ended - of(&r, 2)->issued, 1 + 2 + 50 + 4);
    close(&r);
}

/* --- who waits for whom --- */

TEST(clockwork, a_second_miss_of_a_page_waits_for_the_first)
{
    for (unsigned merge = 0; merge < 2; merge++) {
        struct rig r;
        REQUIRE(open(&r, merge ? "smmu.memory.latency=10"
                               : "smmu.memory.latency=10 smmu.tbu.merge=0 smmu.tcu.merge=0"));
        issue_at(&r, 0, S1, 0, DBELL_READ, 1);
        issue_at(&r, 5, S1, 0, DBELL_READ, 2);
        rest(&r);
        CHECK_EQ(of(&r, 1)->granted, 60);
        CHECK_EQ(of(&r, 2)->granted, merge ? 60 : 65);
        CHECK_EQ(of(&r, 2)->reads, merge ? 0 : 6);
        close(&r);
    }
}

TEST(clockwork, in_the_tcu_a_walk_of_another_access_is_waited_for)
{
    struct rig r; /* the TBU merges nothing, the TCU does */
    REQUIRE(open(&r, "smmu.memory.latency=10 smmu.tbu.merge=0 smmu.link.up=3 smmu.link.down=2"));
    issue_at(&r, 0, S1, 0, DBELL_READ, 1);
    issue_at(&r, 5, S1, 0, DBELL_READ, 2);
    issue_at(&r, 6, S1, 1, DBELL_READ, 3); /* another page: only the configuration is shared */
    rest(&r);
    CHECK_EQ(of(&r, 1)->granted, 3 + 60 + 2);
    CHECK_EQ(of(&r, 2)->granted, 3 + 60 + 2);
    CHECK_EQ(of(&r, 3)->granted, 3 + 20 + 40 + 2);
    CHECK_EQ(of(&r, 2)->reads, 0);
    CHECK_EQ(of(&r, 3)->reads, 4);
    close(&r);
}

TEST(clockwork, a_hit_goes_under_a_miss)
{
    struct rig r;
    REQUIRE(open(&r, "smmu.memory.latency=10"));
    issue_at(&r, 0, S1, 0, DBELL_READ, 1);
    rest(&r);
    issue_at(&r, 100, S1, 1, DBELL_READ, 2);
    issue_at(&r, 101, S1, 0, DBELL_READ, 3);
    rest(&r);
    CHECK_EQ(of(&r, 3)->ended, 101);
    CHECK_EQ(of(&r, 2)->ended, 140);
    close(&r);
}

TEST(clockwork, with_one_slot_a_hit_waits_behind_a_miss)
{
    struct rig r;
    REQUIRE(open(&r, "smmu.memory.latency=10 smmu.tbu.slots=1"));
    issue_at(&r, 0, S1, 0, DBELL_READ, 1);
    rest(&r);
    issue_at(&r, 100, S1, 1, DBELL_READ, 2);
    issue_at(&r, 101, S1, 0, DBELL_READ, 3);
    rest(&r);
    CHECK_EQ(of(&r, 3)->ended, 140);
    CHECK_EQ(of(&r, 3)->cycles[DBELL_CW_TBU_SLOT], 39);
    close(&r);
}

TEST(clockwork, writes_of_a_device_leave_in_their_order)
{
    for (unsigned order = 0; order < 2; order++) {
        struct rig r;
        REQUIRE(open(&r, order ? "smmu.memory.latency=10 smmu.data.latency=7"
                               : "smmu.memory.latency=10 smmu.data.latency=7 smmu.tbu.order=0"));
        issue_at(&r, 0, S1, 0, DBELL_READ, 1);
        issue_at(&r, 0, NESTED, 0, DBELL_READ, 2);
        rest(&r);
        issue_at(&r, 1000, S1, 1, DBELL_WRITE, 3); /* misses: 4 reads */
        issue_at(&r, 1001, S1, 0, DBELL_WRITE, 4); /* hits */
        issue_at(&r, 1002, NESTED, 0, DBELL_WRITE, 5);
        issue_at(&r, 1003, S1, 0, DBELL_READ, 6);
        rest(&r);
        CHECK_EQ(of(&r, 3)->ended, 1047);
        CHECK_EQ(of(&r, 4)->ended, order ? 1047 : 1008);
        CHECK_EQ(of(&r, 5)->ended, 1009); /* another device's */
        CHECK_EQ(of(&r, 6)->ended, 1010); /* a read */
        close(&r);
    }
}

TEST(clockwork, so_many_walks_and_reads_at_the_same_time)
{
    static const struct {
        const char *with;
        uint64_t ended[3];
    } cases[] = {{"", {40, 40, 40}},
                 {" smmu.tcu.walk_slots=1", {40, 80, 120}},
                 {" smmu.tcu.walk_slots=2", {40, 40, 80}},
                 {" smmu.memory.reads=1", {100, 110, 120}}, /* they take turns */
                 {" smmu.tcu.slots=1", {40, 80, 120}},
                 {" smmu.link.tokens=2", {40, 40, 80}},
                 {" smmu.memory.cycles=4", {56, 60, 64}}}; /* a port for one each 4 cycles */
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        struct dbell_timing timing = timing_of("smmu.memory.latency=10");
        timing_assign(&timing, cases[i].with);
        REQUIRE(open_with(&r, &timing));
        issue_at(&r, 0, S1, 0, DBELL_READ, 0);
        rest(&r);
        for (unsigned n = 1; n <= 3; n++)
            issue_at(&r, 1000, S1, n, DBELL_READ, n);
        rest(&r);
        for (unsigned n = 1; n <= 3; n++)
            CHECK_EQ(of(&r, n)->ended, 1000 + cases[i].ended[n - 1]);
        close(&r);
    }
}

/* --- commands --- */

TEST(clockwork, cmd_sync_waits_for_a_walk_that_is_older_4_7_3)
{
    struct rig r;
    const struct dbell_host_cmd commands[] = {dbell_host_tlbi_nsnh_all(), dbell_host_sync()};
    REQUIRE(open(&r, "smmu.memory.latency=10 smmu.data.latency=20"));
    const uint32_t before = consumed(&r);
    issue_at(&r, 0, S1, 0, DBELL_READ, 1); /* translated at 60, answered at 80 */
    dbell_timed_run(r.timed, 10);
    post(&r, commands, 2);
    dbell_timed_run(r.timed, 19);
    CHECK_EQ(consumed(&r), before);
    dbell_timed_run(r.timed, 20); /* fetched at 20 */
    CHECK_EQ(consumed(&r), (before + 1) % 64);
    issue_at(&r, 40, S1, 2, DBELL_READ, 2); /* younger: no concern of the CMD_SYNC */
    dbell_timed_run(r.timed, 79);
    CHECK_EQ(consumed(&r), (before + 1) % 64);
    dbell_timed_run(r.timed, 80);
    CHECK_EQ(consumed(&r), (before + 2) % 64);
    rest(&r);
    CHECK(of(&r, 2)->ended > 80);
    close(&r);
}

TEST(clockwork, an_invalidation_takes_what_a_walk_would_have_filled)
{
    struct rig r;
    const struct dbell_host_cmd command = dbell_host_tlbi_nsnh_all();
    REQUIRE(open(&r, "smmu.memory.latency=10"));
    issue_at(&r, 0, S1, 0, DBELL_READ, 1); /* STE, CD until 20, the walk until 60 */
    dbell_timed_run(r.timed, 15);
    post(&r, &command, 1);                  /* executed at 25 */
    issue_at(&r, 22, S1, 0, DBELL_READ, 2); /* before it: the same walk, and tries again */
    issue_at(&r, 30, S1, 0, DBELL_READ, 3); /* after it: a walk of its own */
    rest(&r);
    CHECK_EQ(of(&r, 1)->granted, 60);
    CHECK_EQ(of(&r, 2)->granted, 70); /* waits for the third's */
    CHECK_EQ(of(&r, 3)->granted, 70);
    CHECK_EQ(of(&r, 3)->reads, 4);
    issue_at(&r, 80, S1, 0, DBELL_READ, 4); /* that one was filled */
    rest(&r);
    CHECK_EQ(of(&r, 4)->granted, 80);
    close(&r);
}

TEST(clockwork, an_invalidation_takes_its_time_and_goes_to_the_tbus)
{
    struct rig r;
    const struct dbell_host_cmd commands[] = {dbell_host_tlbi_nsnh_all(), dbell_host_cfgi_all(),
                                              dbell_host_sync()};
    REQUIRE(open(&r, "smmu.memory.latency=10 smmu.command.tlb=5 smmu.command.config=7 "
                     "smmu.command.sync=1 smmu.command.tbu=1 smmu.link.up=3 smmu.link.down=2"));
    const uint32_t before = consumed(&r);
    post(&r, commands, 3);
    static const uint64_t ends[] = {10 + 5 + 5, 20 + 10 + 7 + 5, 42 + 10 + 1};
    for (unsigned i = 0; i < 3; i++) {
        dbell_timed_run(r.timed, ends[i] - 1);
        CHECK_EQ(consumed(&r), (before + i) % 64);
        dbell_timed_run(r.timed, ends[i]);
        CHECK_EQ(consumed(&r), (before + i + 1) % 64);
    }
    close(&r);
}

static uint64_t its_read_pointer(struct rig *r)
{
    return dbell_its_read(dbell_machine_its(r->lab.machine, 0), 0x90, 8) / 32;
}

/* GITS SYNC: of the messages that came before it was taken up, all are at their redistributor. */
TEST(clockwork, an_its_sync_waits_for_messages_that_are_older)
{
    struct rig r;
    REQUIRE(open(&r, "its.memory.latency=100 gic.memory.latency=100 its.share=1"));
    struct dbell_host_tables tables = r.s1;
    dbell_host_map(&tables, VA + 0x100000, LAB_DOORBELL & ~0xfffu, 3, LAB_S1_RW);
    struct dbell_dma dma = {.requesterid = S1,
                            .op = DBELL_WRITE,
                            .address = VA + 0x100040,
                            .length = 4,
                            .data = (uint8_t[4]){0}};
    static const uint64_t at[] = {0, 19, 230};
    const uint64_t before = its_read_pointer(&r);
    for (unsigned i = 0; i < 3; i++) {
        dbell_timed_run(r.timed, at[i]);
        CHECK_EQ(dbell_timed_issue(r.timed, &dma, i), DBELL_OK);
        if (i != 1)
            continue;
        dbell_timed_run(r.timed, 20);
        const struct dbell_host_its_cmd sync = dbell_host_its_sync(1);
        struct dbell_transaction t = {
            .address = LAB_ITS + 0x88, .length = 8, .op = DBELL_WRITE, .data = (uint8_t[8]){0}};
        dbell_host_store_words(&r.lab.bus, r.lab.its_queue + r.lab.its_commands++ % 128 * 32,
                               sync.words, 4);
        t.data[0] = (uint8_t)(r.lab.its_commands * 32);
        t.data[1] = (uint8_t)(r.lab.its_commands * 32 >> 8);
        r.lab.bus.access(r.lab.bus.ctx, &t);
    }
    /* The first two read all four tables each, DTE, ITE, CTE and configuration: until 400 and 419.
     * The command is fetched from 20 to 120; the third message comes after that. */
    dbell_timed_run(r.timed, 418);
    CHECK_EQ(its_read_pointer(&r), before);
    dbell_timed_run(r.timed, 419);
    CHECK_EQ(its_read_pointer(&r), before + 1);
    CHECK_EQ(of(&r, 0)->moved, 400);
    CHECK_EQ(of(&r, 1)->moved, 419);
    rest(&r);
    CHECK_EQ(of(&r, 2)->moved, 430); /* at 330 the configuration */
    close(&r);
}

/* 3.9.1: the Root Complex asks the TCU; of the TBU only the link is in the way. */
TEST(clockwork, parameters_out_of_range_are_refused)
{
    struct dbell_clockwork_config config = {
        .timing = dbell_timing_ideal(), .smmus = 1, .tbus = 1, .itses = 1, .journeys = 4};
    CHECK(dbell_clockwork_state_size(&config) > 0);
    for (unsigned i = 0; i < DBELL_TIMING_PARAMETERS; i++) {
        const struct dbell_timing_description *d =
            dbell_timing_describe((enum dbell_timing_parameter)i);
        const uint32_t kept = config.timing.value[i];
        if (d->most < UINT32_MAX) {
            config.timing.value[i] = d->most + 1;
            CHECK_EQ(dbell_clockwork_state_size(&config), 0);
        }
        if (d->least) {
            config.timing.value[i] = d->least - 1;
            CHECK_EQ(dbell_clockwork_state_size(&config), 0);
        }
        config.timing.value[i] = kept;
    }
    config.journeys = 0;
    CHECK_EQ(dbell_clockwork_state_size(&config), 0);
}

TEST(formula, a_translation_request_is_the_links_the_reads_and_the_way_to_the_device)
{
    struct rig r;
    struct dbell_host_ste ste;
    struct dbell_ats_request request = {.address = VA, .units = 1};
    struct dbell_ats_completion completion;
    REQUIRE(open(&r, "smmu.memory.latency=100 smmu.link.up=3 smmu.link.down=5 pcie.latency=20 "
                     "smmu.tbu.width=16 smmu.tbu.tlb.latency=50"));
    const struct dbell_host_cd cd = lab_cd(&r.s1);
    ste = lab_ste_stage1(&r.lab, &cd);
    ste.eats = 1;
    lab_ste(&r.lab, S1, &ste);
    const struct dbell_system system = dbell_timed_system(r.timed);
    static const uint64_t cycles[] = {3 + 600 + 5 + 20, 3 + 400 + 5 + 20}; /* 4 L: no TLB there */
    for (unsigned i = 0; i < 2; i++) {
        const uint64_t begun = dbell_timed_now(r.timed);
        CHECK_EQ(system.translation_request(system.ctx, S1, &request, &completion), DBELL_OK);
        CHECK_EQ(completion.status, DBELL_ATS_SUCCESS);
        CHECK(completion.read && completion.write);
        CHECK_EQ(dbell_timed_now(r.timed) - begun, cycles[i]);
    }
    close(&r);
}

TEST(clockwork, a_fault_is_recorded_when_its_writer_has_written)
{
    struct rig r;
    uint64_t record[4];
    REQUIRE(open(&r, "smmu.memory.latency=10 smmu.writer.cycles=3"));
    const struct dbell_dma dma = {.requesterid = S1, .address = VA + 0x400000, .length = 4};
    CHECK_EQ(dbell_timed_issue(r.timed, &dma, 1), DBELL_OK);
    dbell_timed_run(r.timed, 60 + 3 + 10 - 11);
    CHECK_EQ(r.count, 1); /* STE, CD, and down to level 2, which has no entry */
    const uint64_t fault = of(&r, 1)->ended;
    CHECK_EQ(fault, 50);
    dbell_timed_run(r.timed, fault + 12);
    CHECK(!lab_event(&r.lab, record));
    dbell_timed_run(r.timed, fault + 13);
    CHECK(lab_event(&r.lab, record));
    CHECK_EQ(record[0] & 0xff, 0x10);
    close(&r);
}

/* --- throughput --- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Little's law: what is under way is throughput times latency, wherever the limit is. */
TEST(clockwork, littles_law_over_a_grid)
{
    static const unsigned slots[] = {1, 2, 3, 8}, lookups[] = {1, 4, 7, 20};
    static const unsigned outstanding[] = {1, 2, 5, 16, 64}, widths[] = {0, 16, 8};
    enum { COUNT = 2000, DATA = 40 };
    unsigned configurations = 0;
    for (unsigned i = 0; i < 4 * 4 * 5 * 3; i++) {
        const unsigned s = slots[i % 4], t = lookups[i / 4 % 4], n = outstanding[i / 16 % 5];
        const unsigned width = widths[i / 80], beats = width ? 64 / width : 0;
        const unsigned reads = i % 3 ? 0 : 4; /* outstanding, of the data port */
        struct rig r;
        struct dbell_timing timing = timing_of("smmu.tbu.micro_tlb.entries=8");
        timing.value[DBELL_T_TBU_SLOTS] = s;
        timing.value[DBELL_T_MICRO_TLB_LATENCY] = t;
        timing.value[DBELL_T_DATA_LATENCY] = DATA;
        timing.value[DBELL_T_DATA_READS] = reads;
        timing.value[DBELL_T_TBU_WIDTH] = width;
        REQUIRE(open_with(&r, &timing));
        issue_at(&r, 0, S1, 0, DBELL_READ, 0);
        rest(&r);
        r.count = 0;
        const uint64_t begin = dbell_timed_now(r.timed);
        r.next = access_to(S1, 0, DBELL_READ);
        r.again = COUNT - n;
        for (unsigned k = 0; k < n; k++)
            CHECK_EQ(dbell_timed_issue(r.timed, &r.next, 1000), DBELL_OK);
        rest(&r);
        CHECK_EQ(r.count, COUNT);
        /* The middle half, in accesses for a million cycles. */
        const uint64_t from = r.ended[COUNT / 4].times.ended;
        const uint64_t to = r.ended[3 * COUNT / 4].times.ended;
        const uint64_t measured = UINT64_C(1000000) * (COUNT / 2) / (to - from);
        const uint64_t latency = (width ? 1 : 0) + t + DATA + beats;
        uint64_t limit = UINT64_C(1000000) * s / t;
        limit = least(limit, UINT64_C(1000000) * n / latency);
        if (reads)
            limit = least(limit, UINT64_C(1000000) * reads / DATA);
        if (beats)
            limit = least(limit, UINT64_C(1000000) / beats);
        if (measured * 100 < limit * 98 || measured * 100 > limit * 102) {
            CHECK_EQ(measured, limit);
            CHECK_EQ(i, UINT32_MAX);
        }
        CHECK(begin < from);
        configurations++;
        close(&r);
    }
    CHECK_EQ(configurations, 240);
}
