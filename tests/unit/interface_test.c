/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The interface itself: misuse, limits, what ports may do meanwhile. */
#include <stdlib.h>
#include <string.h>

#include "dbell_test.h"
#include "solo.h"

enum { SID = 9 };
#define PA UINT64_C(0x60000000)

#define CHECK_STATUS(call, status) CHECK_EQ((int64_t)(call), (int64_t)(status))

static enum dbell_response no_memory(void *ctx, struct dbell_transaction *t)
{
    (void)ctx;
    (void)t;
    return DBELL_RESPONSE_DECERR;
}

static const struct dbell_smmu_ports connected = {.tables = {.access = no_memory}};

TEST(interface, configurations_out_of_range_are_refused)
{
    static const struct {
        const char *what;
        uint32_t tlb, config, stall;
        bool good;
    } cases[] = {
        {"least", 1, 1, 1, true},
        {"most", 1 << 20, 1 << 16, 1 << 16, true},
        {"no TLB", 0, 1, 1, false},
        {"too large a TLB", (1 << 20) + 1, 1, 1, false},
        {"no configuration cache", 1, 0, 1, false},
        {"too large a configuration cache", 1, (1 << 16) + 1, 1, false},
        {"no stalls", 1, 1, 0, false},
        {"too many stalls", 1, 1, (1 << 16) + 1, false},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dbell_smmu_config config = dbell_smmu_default_config();
        config.tlb_entries = cases[i].tlb;
        config.config_entries = cases[i].config;
        config.stall_entries = cases[i].stall;
        const size_t size = dbell_smmu_state_size(&config);
        if ((size > 0) != cases[i].good)
            dbell_test_fail(__FILE__, __LINE__, cases[i].what);
        if (cases[i].good)
            continue;
        const size_t plenty = 1 << 16;
        void *memory = aligned_alloc(16, plenty);
        struct dbell_smmu smmu;
        REQUIRE(memory);
        CHECK_STATUS(dbell_smmu_init(&smmu, memory, plenty, &config, &connected), DBELL_E_RANGE);
        free(memory);
    }
    CHECK_EQ(dbell_smmu_state_size(NULL), 0);
}

TEST(interface, init_refuses_each_bad_argument)
{
    const struct dbell_smmu_config config = dbell_smmu_default_config();
    const struct dbell_smmu_ports unconnected = {0};
    const size_t size = dbell_smmu_state_size(&config);
    uint8_t *memory = aligned_alloc(16, size + 16);
    struct dbell_smmu smmu;
    REQUIRE(memory);
    CHECK_STATUS(dbell_smmu_init(NULL, memory, size, &config, &connected), DBELL_E_ARGUMENT);
    CHECK_STATUS(dbell_smmu_init(&smmu, NULL, size, &config, &connected), DBELL_E_ARGUMENT);
    CHECK_STATUS(dbell_smmu_init(&smmu, memory, size, NULL, &connected), DBELL_E_ARGUMENT);
    CHECK_STATUS(dbell_smmu_init(&smmu, memory, size, &config, NULL), DBELL_E_ARGUMENT);
    CHECK_STATUS(dbell_smmu_init(&smmu, memory, size, &config, &unconnected), DBELL_E_ARGUMENT);
    CHECK_STATUS(dbell_smmu_init(&smmu, memory, size - 1, &config, &connected), DBELL_E_SIZE);
    CHECK_STATUS(dbell_smmu_init(&smmu, memory + 8, size, &config, &connected), DBELL_E_SIZE);
    CHECK_STATUS(dbell_smmu_init(&smmu, memory, size, &config, &connected), DBELL_OK);
    CHECK_STATUS(dbell_smmu_init(&smmu, memory + 16, size, &config, &connected), DBELL_OK);
    free(memory);
}

TEST(interface, attach_refuses_what_is_not_a_state)
{
    const struct dbell_smmu_config config = dbell_smmu_default_config();
    const struct dbell_smmu_ports unconnected = {0};
    const size_t size = dbell_smmu_state_size(&config);
    uint8_t *memory = aligned_alloc(16, size + 16);
    struct dbell_smmu smmu, other;
    REQUIRE(memory);
    memset(memory, 0, size + 16);
    CHECK_STATUS(dbell_smmu_attach(&other, memory, size, &connected), DBELL_E_STATE);
    REQUIRE(dbell_smmu_init(&smmu, memory, size, &config, &connected) == DBELL_OK);
    CHECK_STATUS(dbell_smmu_attach(NULL, memory, size, &connected), DBELL_E_ARGUMENT);
    CHECK_STATUS(dbell_smmu_attach(&other, NULL, size, &connected), DBELL_E_ARGUMENT);
    CHECK_STATUS(dbell_smmu_attach(&other, memory, size, NULL), DBELL_E_ARGUMENT);
    CHECK_STATUS(dbell_smmu_attach(&other, memory, size, &unconnected), DBELL_E_ARGUMENT);
    CHECK_STATUS(dbell_smmu_attach(&other, memory, 16, &connected), DBELL_E_SIZE);
    CHECK_STATUS(dbell_smmu_attach(&other, memory, size - 16, &connected), DBELL_E_STATE);
    memmove(memory + 8, memory, size);
    CHECK_STATUS(dbell_smmu_attach(&other, memory + 8, size, &connected), DBELL_E_SIZE);
    memmove(memory + 16, memory + 8, size); /* moved where it may be */
    CHECK_STATUS(dbell_smmu_attach(&other, memory + 16, size, &connected), DBELL_OK);
    CHECK_EQ(dbell_smmu_read(&other, 0, 4), config.idr[0]);
    memory[16] ^= 1; /* not what an SMMU begins with */
    CHECK_STATUS(dbell_smmu_attach(&other, memory + 16, size, &connected), DBELL_E_STATE);
    free(memory);
}

TEST(interface, an_access_needs_a_data_port)
{
    struct solo b;
    struct dbell_translation result;
    const struct dbell_host_ste bypass = {.v = true, .config = 4, .shcfg = 1};
    struct dbell_transaction t = {
        .address = PA, .length = 4, .side = {.has_streamid = true, .streamid = SID}};
    REQUIRE(solo_open(&b, NULL, NULL));
    lab_ste(&b.lab, SID, &bypass);
    CHECK_STATUS(dbell_smmu_access(&b.smmu, &t, &result), DBELL_E_ARGUMENT);
    CHECK_STATUS(dbell_smmu_translate(&b.smmu, &t, &result), DBELL_DONE);
    solo_close(&b);
}

TEST(interface, what_an_access_says_of_itself_is_checked)
{
    static const struct {
        const char *what;
        struct dbell_sideband side;
        uint8_t op;
        int status;
    } cases[] = {
        {"a StreamID", {.has_streamid = true, .streamid = SID}, DBELL_READ, DBELL_DONE},
        {"no StreamID", {.streamid = SID}, DBELL_READ, DBELL_E_ARGUMENT},
        {"no such operation", {.has_streamid = true}, DBELL_NO_OP, DBELL_E_ARGUMENT},
        {"no such address type", {.has_streamid = true, .at = 3}, DBELL_READ, DBELL_E_ARGUMENT},
        {"Secure",
         {.has_streamid = true, .sec_sid = DBELL_SEC_SECURE},
         DBELL_READ,
         DBELL_E_UNSUPPORTED},
        {"Realm",
         {.has_streamid = true, .sec_sid = DBELL_SEC_REALM},
         DBELL_READ,
         DBELL_E_UNSUPPORTED},
        {"ATS request",
         {.has_streamid = true, .at = DBELL_AT_TRANSLATION_REQUEST},
         DBELL_READ,
         DBELL_E_ARGUMENT}, /* it is none of the accesses: dbell_smmu_ats() */
        {"translated", {.has_streamid = true, .at = DBELL_AT_TRANSLATED}, DBELL_READ, DBELL_DONE},
    };
    struct solo b;
    const struct dbell_host_ste bypass = {.v = true, .config = 4, .shcfg = 1};
    REQUIRE(solo_open(&b, NULL, NULL));
    lab_ste(&b.lab, SID, &bypass);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct dbell_transaction t = {
            .address = PA, .length = 4, .op = cases[i].op, .side = cases[i].side};
        struct dbell_translation result;
        if (dbell_smmu_translate(&b.smmu, &t, &result) != cases[i].status)
            dbell_test_fail(__FILE__, __LINE__, cases[i].what);
    }
    solo_close(&b);
}

/* Nothing is lost silently: with 64 records unwritten the next access has to wait. */
TEST(interface, accesses_wait_for_an_event_slot)
{
    struct solo b;
    struct dbell_translation result;
    uint64_t record[4];
    unsigned written = 0;
    REQUIRE(solo_open(&b, NULL, NULL));
    for (unsigned i = 0; i < 64; i++)
        CHECK_STATUS(solo_translate(&b, 256 + i, DBELL_READ, 0, &result), DBELL_FAULT);
    CHECK_STATUS(solo_translate(&b, 999, DBELL_READ, 0, &result), DBELL_E_BUSY);
    CHECK_STATUS(dbell_smmu_step(&b.smmu, NULL), DBELL_STEPPED);
    CHECK_STATUS(solo_translate(&b, 999, DBELL_READ, 0, &result), DBELL_FAULT);
    CHECK_STATUS(solo_translate(&b, 1000, DBELL_READ, 0, &result), DBELL_E_BUSY);
    CHECK_EQ(dbell_smmu_count(&b.smmu, DBELL_SMMU_EVENTS), 65);
    while (solo_event(&b, record))
        written++;
    CHECK_EQ(written, 32); /* the queue is of 2^5 records */
    solo_close(&b);
}

TEST(interface, a_step_with_nothing_to_do_is_idle)
{
    struct solo b;
    REQUIRE(solo_open(&b, NULL, NULL));
    CHECK_STATUS(dbell_smmu_step(&b.smmu, NULL), DBELL_IDLE);
    CHECK(solo_command(&b, dbell_host_sync()));
    CHECK_STATUS(dbell_smmu_step(&b.smmu, NULL), DBELL_IDLE);
    solo_close(&b);
}

/* --- what ports do while they are called --- */

struct port {
    struct solo *solo;
    int countdown;   /* reads until it acts; below 0: it never does */
    bool invalidate; /* first */
    int status;      /* of what it did */
    void (*act)(struct port *port);
};

static enum dbell_response port_access(void *ctx, struct dbell_transaction *t)
{
    struct port *port = ctx;
    if (t->op == DBELL_READ && port->countdown >= 0 && port->countdown-- == 0)
        port->act(port);
    return port->solo->lab.bus.access(port->solo->lab.bus.ctx, t);
}

static void step_again(struct port *port)
{
    port->status = dbell_smmu_step(&port->solo->smmu, NULL);
}

TEST(interface, a_step_from_within_a_step_is_busy)
{
    struct solo b;
    struct port port = {.solo = &b, .act = step_again, .countdown = 0};
    const struct dbell_smmu_ports ports = {.tables = {.ctx = &port, .access = port_access}};
    REQUIRE(solo_open(&b, NULL, &ports));
    CHECK(solo_command(&b, dbell_host_sync())); /* its fetch steps */
    CHECK_STATUS(port.status, DBELL_E_BUSY);
    CHECK_EQ(dbell_smmu_count(&b.smmu, DBELL_SMMU_COMMANDS), 1);
    solo_close(&b);
}

/* Invalidates all configuration, or leaves that to the other stream, which takes the only place
 * that the cache has. */
static void replace_configuration(struct port *port)
{
    struct solo *b = port->solo;
    struct dbell_translation result;
    if (port->invalidate)
        CHECK(solo_command(b, dbell_host_cfgi_all()));
    port->status = solo_translate(b, SID + 1, DBELL_READ, 0x1000, &result);
    CHECK_EQ(result.address, PA + 0x10000);
}

TEST(reentry, a_walk_keeps_its_configuration_while_the_cache_changes_3_21_2)
{
    struct solo b;
    struct port port = {.solo = &b, .act = replace_configuration, .countdown = -1};
    const struct dbell_smmu_ports ports = {.tables = {.ctx = &port, .access = port_access}};
    struct dbell_smmu_config config = dbell_smmu_default_config();
    struct dbell_translation result;
    config.config_entries = 1; /* the other stream's goes where the first one's was */
    REQUIRE(solo_open(&b, &config, &ports));
    for (unsigned i = 0; i < 2; i++) {
        struct dbell_host_tables tables = lab_tables(&b.lab, 12, 48);
        dbell_host_map(&tables, 0x1000, PA + 0x10000 * i, 3, LAB_S1_RW);
        dbell_host_map(&tables, 0x2000, PA + 0x10000 * i + 0x2000, 3, LAB_S1_RW);
        struct dbell_host_cd cd = lab_cd(&tables);
        cd.asid = i + 1;
        struct dbell_host_ste ste = lab_ste_stage1(&b.lab, &cd);
        lab_ste(&b.lab, SID + i, &ste);
    }
    for (int before = 0; before < 8; before++) {
        CHECK_STATUS(solo_translate(&b, SID, DBELL_READ, 0x1000, &result), DBELL_DONE);
        port.invalidate = before & 4;
        port.countdown = before & 3; /* reads of the walk, then it happens */
        CHECK_STATUS(solo_translate(&b, SID, DBELL_READ, 0x2000, &result), DBELL_DONE);
        CHECK_EQ(result.address, PA + 0x2000);
        CHECK_STATUS(port.status, DBELL_DONE);
        CHECK_STATUS(solo_translate(&b, SID, DBELL_READ, 0x2000, &result), DBELL_DONE);
        CHECK_EQ(result.address, PA + 0x2000);
        CHECK_STATUS(solo_translate(&b, SID + 1, DBELL_READ, 0x2000, &result), DBELL_DONE);
        CHECK_EQ(result.address, PA + 0x12000);
        CHECK(solo_command(&b, dbell_host_tlbi_nsnh_all()));
    }
    solo_close(&b);
}

/* --- register accesses --- */

TEST(interface, illegal_register_accesses_are_counted_6_2)
{
    static const struct {
        const char *what;
        uint64_t offset;
        unsigned size;
        bool write, illegal;
    } cases[] = {
        {"a word of a register", 0x20, 4, false, false},
        {"a half of a 64-bit register", 0x84, 4, false, false},
        {"a 64-bit register", 0x80, 8, false, false},
        {"nothing there", 0x1f0, 4, false, false},
        {"nothing there, written", 0x1f0, 4, true, false},
        {"the last word", 0x1fffc, 4, false, false},
        {"the last word, written", 0x1fffc, 4, true, false},
        {"a byte", 0x20, 1, false, true},
        {"a byte, written", 0x20, 1, true, true},
        {"half a word", 0x20, 2, false, true},
        {"half a word, written", 0x20, 2, true, true},
        {"an unaligned word", 0x22, 4, false, true},
        {"an unaligned word, written", 0x22, 4, true, true},
        {"an unaligned 64-bit register", 0x84, 8, true, true},
        {"two registers", 0x20, 8, false, true},
        {"two registers, written", 0x20, 8, true, true},
        {"two times nothing", 0x1f0, 8, false, true},
        {"two times nothing, written", 0x1f0, 8, true, true},
        {"beyond the registers", 0x20000, 4, false, true},
        {"beyond the registers, written", 0x20000, 4, true, true},
        {"far beyond the registers", UINT64_C(0x100000000), 4, false, true},
    };
    struct dbell_smmu_config config = dbell_smmu_default_config();
    memset(config.pmcg, 0, sizeof config.pmcg);
    struct solo b;
    REQUIRE(solo_open(&b, &config, NULL));
    CHECK_EQ(dbell_smmu_register_space(&config), 0x20000);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const uint64_t before = dbell_smmu_count(&b.smmu, DBELL_SMMU_ILLEGAL_ACCESSES);
        if (cases[i].write)
            dbell_smmu_write(&b.smmu, cases[i].offset, cases[i].size, 0);
        else
            dbell_smmu_read(&b.smmu, cases[i].offset, cases[i].size);
        if (dbell_smmu_count(&b.smmu, DBELL_SMMU_ILLEGAL_ACCESSES) - before != cases[i].illegal)
            dbell_test_fail(__FILE__, __LINE__, cases[i].what);
    }
    CHECK_EQ(dbell_smmu_read(&b.smmu, 0x20, 4), 0xd); /* WI */
    solo_close(&b);
}

/* --- interrupts whose messages are refused --- */

struct refusing {
    struct solo *solo;
    uint64_t refused;
    unsigned writes;
};

static enum dbell_response refusing_access(void *ctx, struct dbell_transaction *t)
{
    struct refusing *memory = ctx;
    if (t->op == DBELL_WRITE && t->address == memory->refused) {
        memory->writes++;
        return DBELL_RESPONSE_SLVERR;
    }
    return memory->solo->lab.bus.access(memory->solo->lab.bus.ctx, t);
}

TEST(irq, a_refused_gerror_msi_is_an_error_without_an_interrupt_7_5_1)
{
    struct solo b;
    struct refusing memory = {.solo = &b, .refused = LAB_RAM + 0x300000};
    const struct dbell_smmu_ports ports = {.tables = {.ctx = &memory, .access = refusing_access}};
    const struct dbell_host_cmd illegal = {{0xff, 0}};
    REQUIRE(solo_open(&b, NULL, &ports));
    dbell_smmu_write(&b.smmu, 0x68, 8, memory.refused);
    dbell_smmu_write(&b.smmu, 0x50, 4, 1);
    CHECK(!solo_command(&b, illegal));
    CHECK_EQ(memory.writes, 1);
    CHECK_EQ(dbell_smmu_read(&b.smmu, 0x60, 4), 1 << 7 | 1 << 0);
    dbell_smmu_write(&b.smmu, 0x64, 4, 1 << 7); /* acknowledged: the command's is active still */
    CHECK_STATUS(solo_rest(&b), DBELL_IDLE);
    CHECK_EQ(memory.writes, 1);
    CHECK_EQ(dbell_smmu_read(&b.smmu, 0x60, 4), 1 << 7 | 1 << 0);
    solo_close(&b);
}

/* GERROR [4] and [5]: the other messages of the SMMU; these make a GERROR interrupt. */
TEST(irq, refused_msis_of_sync_and_event_queue_are_errors_7_5)
{
    struct solo b;
    struct refusing memory = {.solo = &b, .refused = LAB_RAM + 0x300000};
    const struct dbell_smmu_ports ports = {.tables = {.ctx = &memory, .access = refusing_access}};
    struct dbell_translation result;
    REQUIRE(solo_open(&b, NULL, &ports));
    dbell_smmu_write(&b.smmu, 0x68, 8, LAB_RAM + 0x300100);
    dbell_smmu_write(&b.smmu, 0x70, 4, 0x77);
    dbell_smmu_write(&b.smmu, 0xb0, 8, memory.refused);
    dbell_smmu_write(&b.smmu, 0x50, 4, 5);
    CHECK(solo_command(&b, dbell_host_sync_irq(memory.refused, 1)));
    CHECK_EQ(dbell_smmu_read(&b.smmu, 0x60, 4), 1 << 4);
    CHECK_EQ(lab_read(&b.lab, LAB_RAM + 0x300100, 4), 0x77);
    CHECK_STATUS(solo_translate(&b, 256, DBELL_READ, 0, &result), DBELL_FAULT);
    CHECK_STATUS(solo_rest(&b), DBELL_IDLE);
    CHECK_EQ(dbell_smmu_read(&b.smmu, 0x60, 4), 1 << 5 | 1 << 4);
    CHECK_EQ(memory.writes, 2);
    solo_close(&b);
}

/* --- records --- */

/* 7.3.1: records that differ in their place in the page only may become one with STE.MEV, and not
 * without; those of stalls never. The model merges what is not written yet. */
TEST(evtq, identical_records_are_merged_with_mev_only_7_3_1)
{
    static const struct {
        bool mev, stalls;
        uint64_t second; /* the address after 0x1004 */
        unsigned records;
    } cases[] = {
        {false, false, 0x1004, 2}, {true, false, 0x1004, 1}, {true, false, 0x1ffc, 1},
        {true, false, 0x2004, 2},  {true, true, 0x1004, 2},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct solo b;
        struct dbell_translation result;
        uint64_t record[4];
        unsigned records = 0;
        REQUIRE(solo_open(&b, NULL, NULL));
        struct dbell_host_tables tables = lab_tables(&b.lab, 12, 48);
        struct dbell_host_cd cd = lab_cd(&tables);
        cd.s = cases[i].stalls;
        struct dbell_host_ste ste = lab_ste_stage1(&b.lab, &cd);
        ste.mev = cases[i].mev;
        lab_ste(&b.lab, SID, &ste);
        const int status = cases[i].stalls ? DBELL_PENDING : DBELL_FAULT;
        CHECK_STATUS(solo_translate(&b, SID, DBELL_READ, 0x1004, &result), status);
        CHECK_STATUS(solo_translate(&b, SID, DBELL_READ, cases[i].second, &result), status);
        while (solo_event(&b, record)) {
            if (!records++)
                CHECK_EQ(record[2], 0x1004);
            CHECK_EQ(record[0], (uint64_t)SID << 32 | 0x10);
        }
        CHECK_EQ(records, cases[i].records);
        CHECK_EQ(dbell_smmu_count(&b.smmu, DBELL_SMMU_EVENTS_MERGED), 2 - cases[i].records);
        solo_close(&b);
    }
}

/* Type, SSV, SubstreamID, StreamID, Span [115:108] and InputAddr[63:12]. */
TEST(evtq, page_hints_are_recorded_7_3_19)
{
    const struct dbell_page_hint hint = {.streamid = 0x80000123,
                                         .substreamid = 0xabcde,
                                         .has_substreamid = true,
                                         .access = DBELL_HINT_USER_READ,
                                         .pages = 0x81,
                                         .address = UINT64_C(0xfedcba9876543abc)};
    struct dbell_page_hint other = hint;
    struct solo b;
    uint64_t record[4];
    unsigned accepted = 0;
    REQUIRE(solo_open(&b, NULL, NULL));
    CHECK_STATUS(dbell_smmu_page_hint(&b.smmu, &hint), DBELL_OK);
    REQUIRE(solo_event(&b, record));
    CHECK_EQ(record[0], UINT64_C(0x80000123) << 32 | UINT64_C(0xabcde) << 12 | 1 << 11 | 0x24);
    CHECK_EQ(record[1] >> 44, 0x81);
    CHECK_EQ(record[2], UINT64_C(0xfedcba9876543000));
    CHECK_EQ(record[3], 0);
    other.has_substreamid = false;
    CHECK_STATUS(dbell_smmu_page_hint(&b.smmu, &other), DBELL_OK);
    REQUIRE(solo_event(&b, record));
    CHECK_EQ(record[0], UINT64_C(0x80000123) << 32 | 0x24);
    while (accepted < 100 && dbell_smmu_page_hint(&b.smmu, &hint) == DBELL_OK)
        accepted++;
    CHECK_EQ(accepted, 64);
    CHECK_STATUS(dbell_smmu_page_hint(&b.smmu, &hint), DBELL_E_BUSY);
    solo_close(&b);
}

TEST(evtq, page_hints_need_an_smmu_that_is_on_7_2_1)
{
    const struct dbell_page_hint hint = {.streamid = SID, .access = DBELL_HINT_USER_READ};
    struct solo b;
    uint64_t record[4];
    REQUIRE(solo_open(&b, NULL, NULL));
    dbell_smmu_write(&b.smmu, 0x20, 4, 0xc);
    CHECK_STATUS(dbell_smmu_page_hint(&b.smmu, &hint), DBELL_OK);
    CHECK(!solo_event(&b, record));
    dbell_smmu_write(&b.smmu, 0x20, 4, 0xd);
    CHECK_STATUS(dbell_smmu_page_hint(&b.smmu, &hint), DBELL_OK);
    CHECK(solo_event(&b, record));
    dbell_smmu_fail(&b.smmu);
    CHECK_STATUS(dbell_smmu_page_hint(&b.smmu, &hint), DBELL_OK);
    CHECK(!solo_event(&b, record));
    solo_close(&b);
}
