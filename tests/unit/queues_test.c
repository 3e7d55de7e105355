/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Registers, queues, errors, interrupts, stalls (IHI 0070 3.18, 4.7, 6, 7). */
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "dbell_test.h"
#include "lab.h"

enum { SID = 9, GERROR = LAB_SMMU + 0x60, GERRORN = LAB_SMMU + 0x64, CMDQ_CONS = LAB_SMMU + 0x9c };

static bool on(struct lab *lab)
{
    if (!lab_open(lab, NULL))
        return false;
    lab_smmu_on(lab);
    return true;
}

TEST(regs, access_sizes_6_2)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_write(&lab, LAB_SMMU + 0x80, 8, UINT64_C(0x4000001234567fc0));
    CHECK_EQ(lab_read(&lab, LAB_SMMU + 0x80, 8), UINT64_C(0x4000001234567fc0));
    CHECK_EQ(lab_read(&lab, LAB_SMMU + 0x84, 4), 0x40000012);
    lab_write(&lab, LAB_SMMU + 0x84, 4, 0x21);
    CHECK_EQ(lab_read(&lab, LAB_SMMU + 0x80, 8), UINT64_C(0x0000002134567fc0));
    CHECK_EQ(lab_read(&lab, LAB_SMMU + 0x82, 2), 0); /* RAZ */
    CHECK_EQ(lab_read(&lab, LAB_SMMU + 0x20, 8), 0); /* CR0 and CR0ACK: two registers */
    CHECK_EQ(lab_read(&lab, LAB_SMMU + 0xa8, 4), 0); /* page 0 alias of page 1 */
    lab_close(&lab);
}

TEST(regs, address_bits_above_the_oas_are_res0_6_3_24)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.idr[5] = (config.idr[5] & ~7u) | 2; /* 40 bits */
    config.idr[5] &= ~(3u << 10);
    struct lab lab;
    REQUIRE(lab_open(&lab, &config));
    lab_write(&lab, LAB_SMMU + 0x80, 8, UINT64_C(0x000fffffffffffc0));
    CHECK_EQ(lab_read(&lab, LAB_SMMU + 0x80, 8), UINT64_C(0x000000ffffffffc0));
    lab_close(&lab);
}

TEST(regs, guards_ignore_writes_while_enabled_6_3)
{
    static const struct {
        unsigned offset, size;
        bool guarded;
    } cases[] = {{0x2c, 4, true},  {0x80, 8, true},    {0x88, 4, true},    {0x90, 8, true},
                 {0x9c, 4, true},  {0xa0, 8, true},    {0x100a8, 4, true}, {0x98, 4, false},
                 {0x64, 4, false}, {0x100ac, 4, false}};
    struct lab lab;
    REQUIRE(on(&lab));
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t before = lab_read(&lab, LAB_SMMU + cases[i].offset, cases[i].size);
        uint64_t other = before ^ (cases[i].offset == 0x64 ? 4 : 1);
        if (cases[i].offset == 0x98)
            other = before; /* a write that starts no commands */
        lab_write(&lab, LAB_SMMU + cases[i].offset, cases[i].size, other);
        uint64_t after = lab_read(&lab, LAB_SMMU + cases[i].offset, cases[i].size);
        CHECK_EQ(after, cases[i].guarded ? before : other);
    }
    lab_close(&lab);
}

TEST(regs, gbpa_needs_update_and_rules_while_disabled_6_3_14)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_write(&lab, LAB_SMMU + 0x44, 4, 1 << 20);
    CHECK_EQ(lab_read(&lab, LAB_SMMU + 0x44, 4) >> 20, 0);
    CHECK_EQ(lab_dma(&lab, SID, DBELL_READ, LAB_RAM, NULL).trail.outcome, DBELL_DONE);
    lab_write(&lab, LAB_SMMU + 0x44, 4, UINT64_C(0x80100000));
    CHECK_EQ(lab_read(&lab, LAB_SMMU + 0x44, 4) >> 20, 1);
    struct dbell_dma_result r = lab_dma(&lab, SID, DBELL_READ, LAB_RAM, NULL);
    CHECK_EQ(r.trail.outcome, DBELL_FAULT);
    CHECK_EQ(r.trail.event, 0);
    lab_close(&lab);
}

static unsigned cons_error(struct lab *lab)
{
    return lab_read(lab, CMDQ_CONS, 4) >> 24 & 0x7f;
}

TEST(cmdq, illegal_commands_stop_the_queue_until_acknowledged_7_1)
{
    const struct dbell_host_cmd illegal[] = {
        {{0x00, 0}},
        {{0x18, 0}},
        {{0x1a, 0}},
        {{0x40, 53}},      /* CMD_ATC_INV of more than 2^64 bytes (4.5.1) */
        {{0x41, 3 << 12}}, /* CMD_PRI_RESP, Resp 0b11 (4.5.2) */
        {{0x50, 0}},
        {{0x60, 0}},
        {{0x70, 0}},
        {{0xff, 0}},
        {{0x3000 | 0x46, 0}},  /* CMD_SYNC, CS 0b11 */
        {{0x03 | 1 << 10, 0}}, /* SSec on the Non-secure queue */
        dbell_host_range(dbell_host_tlbi_nh_va(0, 0, 0, true), 0, 0, 1, 0), /* 4.4.1.1 reserved */
    };
    for (unsigned i = 0; i < sizeof illegal / sizeof illegal[0]; i++) {
        struct lab lab;
        REQUIRE(on(&lab));
        CHECK(!lab_command(&lab, illegal[i]));
        CHECK_EQ(cons_error(&lab), 1);
        CHECK_EQ(lab_read(&lab, CMDQ_CONS, 4) & 0xfffff, 0); /* RD stays on it */
        CHECK_EQ(lab_read(&lab, GERROR, 4), 1);
        CHECK(!lab_command(&lab, dbell_host_sync())); /* nothing more is consumed */
        uint64_t sync[2] = {0x46, 0};
        dbell_host_store_words(&lab.bus, lab.cmdq, sync, 2);
        lab_write(&lab, GERRORN, 4, 1); /* re-fetched, no write of PROD */
        CHECK_EQ(lab_read(&lab, CMDQ_CONS, 4) & 0xfffff, 2);
        lab_close(&lab);
    }
}

TEST(cmdq, atc_inv_and_pri_resp_need_ats_and_pri_4_5)
{
    const uint64_t opcodes[] = {0x40, 0x41};
    for (unsigned i = 0; i < 2; i++)
        for (int with = 0; with < 2; with++) {
            struct dbell_smmu_config config = dbell_smmu_default_config();
            struct lab lab;
            if (!with)
                config.idr[0] &= ~(i ? 1u << 16 : 1u << 10 | 1u << 16);
            REQUIRE(lab_open(&lab, &config));
            lab_smmu_on(&lab);
            CHECK_EQ(lab_command(&lab, (struct dbell_host_cmd){{opcodes[i], 0}}), with);
            CHECK_EQ(cons_error(&lab), with ? 0 : 1);
            lab_close(&lab);
        }
}

TEST(cmdq, a_fetch_abort_is_cerror_abt_7_1)
{
    struct lab lab;
    REQUIRE(on(&lab));
    lab_write(&lab, LAB_SMMU + 0x20, 4, 5);
    lab_write(&lab, LAB_SMMU + 0x90, 8, 0x10000000 | 5);
    lab_write(&lab, LAB_SMMU + 0x20, 4, 0xd);
    lab_write(&lab, LAB_SMMU + 0x98, 4, 1);
    CHECK_EQ(cons_error(&lab), 2);
    CHECK_EQ(lab_read(&lab, GERROR, 4), 1);
    lab_close(&lab);
}

TEST(cmdq, el2_commands_need_hyp_4_4_2)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.idr[0] &= ~(1u << 9);
    struct lab lab;
    REQUIRE(lab_open(&lab, &config));
    lab_smmu_on(&lab);
    CHECK(!lab_command(&lab, dbell_host_tlbi_el2_all()));
    CHECK_EQ(cons_error(&lab), 1);
    lab_close(&lab);
}

TEST(cmdq, sync_signals_by_msi_wire_and_event_4_7_3)
{
    struct lab lab;
    REQUIRE(on(&lab));
    CHECK(lab_command(&lab, dbell_host_sync_irq(LAB_RAM + 0x100, 0xcafe)));
    CHECK_EQ(lab_read(&lab, LAB_RAM + 0x100, 8), 0xcafe); /* four bytes */
    CHECK_EQ(lab.system.pulses(lab.system.ctx,
                               (struct dbell_wire){DBELL_WIRE_SMMU, 0, DBELL_SMMU_CMD_SYNC}),
             1);
    CHECK(lab_command(&lab, dbell_host_sync_irq(0, 1)));
    CHECK_EQ(lab.system.pulses(lab.system.ctx,
                               (struct dbell_wire){DBELL_WIRE_SMMU, 0, DBELL_SMMU_CMD_SYNC}),
             1);
    CHECK(lab_command(&lab, dbell_host_sync_sev()));
    CHECK(lab_command(&lab, dbell_host_sync()));
    CHECK_EQ(lab.system.pulses(lab.system.ctx,
                               (struct dbell_wire){DBELL_WIRE_SMMU, 0, DBELL_SMMU_CMD_SYNC}),
             0);
    CHECK(lab_command(&lab, dbell_host_sync_irq(0x10000000, 1))); /* aborts */
    CHECK_EQ(lab_read(&lab, GERROR, 4), 1 << 4);
    lab_close(&lab);
}

TEST(cmdq, log2size_is_capped_6_3_26)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.idr[1] = (config.idr[1] & ~(0x1fu << 21)) | 1u << 21; /* CMDQS 1 */
    struct lab lab;
    REQUIRE(lab_open(&lab, &config));
    lab_smmu_on(&lab); /* asks for 2^5 */
    uint64_t sync[2] = {0x46, 0};
    dbell_host_store_words(&lab.bus, lab.cmdq, sync, 2);
    dbell_host_store_words(&lab.bus, lab.cmdq + 16, sync, 2);
    lab_write(&lab, LAB_SMMU + 0x98, 4, 2); /* full: wrap bit is bit 1 */
    CHECK_EQ(lab_read(&lab, CMDQ_CONS, 4) & 0xfffff, 2);
    CHECK_EQ(lab_read(&lab, LAB_SMMU + 0x90, 8) & 0x1f, 5); /* reads back as written */
    lab_close(&lab);
}

TEST(cmdq, the_wrap_bit_ends_with_the_queue_also_when_it_grows_later_3_5_1)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    const uint64_t sync[2] = {0x46, 0};
    const uint64_t base = lab_read(&lab, LAB_SMMU + 0x90, 8) & ~UINT64_C(0x1f);
    const uint64_t cr0 = lab_read(&lab, LAB_SMMU + 0x20, 4);
    dbell_host_store_words(&lab.bus, lab.cmdq, sync, 2);
    dbell_host_store_words(&lab.bus, lab.cmdq + 16, sync, 2);
    lab_write(&lab, LAB_SMMU + 0x20, 4, cr0 & ~UINT64_C(8));
    lab_write(&lab, LAB_SMMU + 0x90, 8, base | 1); /* two commands */
    lab_write(&lab, LAB_SMMU + 0x20, 4, cr0);
    lab_write(&lab, LAB_SMMU + 0x98, 4, 2);
    lab_write(&lab, LAB_SMMU + 0x98, 4, 0); /* once around, and around again */
    CHECK_EQ(lab_read(&lab, CMDQ_CONS, 4), 0);
    lab_write(&lab, LAB_SMMU + 0x20, 4, cr0 & ~UINT64_C(8));
    lab_write(&lab, LAB_SMMU + 0x90, 8, base | 5);
    CHECK_EQ(lab_read(&lab, CMDQ_CONS, 4), 0);
    lab_close(&lab);
}

static void faults(struct lab *lab, unsigned n)
{
    while (n--)
        lab_fault(lab, 256, 0); /* C_BAD_STREAMID */
}

TEST(evtq, overflow_toggles_once_until_acknowledged_7_4)
{
    struct lab lab;
    REQUIRE(on(&lab));
    faults(&lab, 32);
    CHECK_EQ(lab_read(&lab, LAB_PAGE1 + 0xa8, 4), 32);
    faults(&lab, 2);
    CHECK_EQ(lab_read(&lab, LAB_PAGE1 + 0xa8, 4), UINT64_C(0x80000020));
    lab_write(&lab, LAB_PAGE1 + 0xac, 4, UINT64_C(0x80000020)); /* all read, acknowledged */
    faults(&lab, 1);
    CHECK_EQ(lab_read(&lab, LAB_PAGE1 + 0xa8, 4), UINT64_C(0x80000021));
    faults(&lab, 32);
    CHECK_EQ(lab_read(&lab, LAB_PAGE1 + 0xa8, 4) >> 31, 0);
    lab_close(&lab);
}

TEST(evtq, disabled_it_loses_records_without_overflow_7_4)
{
    struct lab lab;
    REQUIRE(on(&lab));
    lab_write(&lab, LAB_SMMU + 0x20, 4, 9);
    faults(&lab, 40);
    lab_write(&lab, LAB_SMMU + 0x20, 4, 0xd);
    CHECK_EQ(lab_read(&lab, LAB_PAGE1 + 0xa8, 4), 0);
    lab_close(&lab);
}

TEST(evtq, a_write_abort_is_a_global_error_and_stops_delivery_7_2_2)
{
    struct lab lab;
    REQUIRE(on(&lab));
    lab_write(&lab, LAB_SMMU + 0x20, 4, 9);
    lab_write(&lab, LAB_SMMU + 0xa0, 8, 0x10000000 | 5);
    lab_write(&lab, LAB_SMMU + 0x20, 4, 0xd);
    faults(&lab, 2);
    CHECK_EQ(lab_read(&lab, GERROR, 4), 1 << 2);
    CHECK_EQ(lab_read(&lab, LAB_PAGE1 + 0xa8, 4), 0); /* PROD stays: synchronous */
    lab_close(&lab);
}

TEST(irq, eventq_fires_on_empty_to_non_empty_only_3_18_2)
{
    struct lab lab;
    REQUIRE(on(&lab));
    lab_write(&lab, LAB_SMMU + 0xb0, 8, LAB_RAM + 0x200);
    lab_write(&lab, LAB_SMMU + 0xb8, 4, 77);
    faults(&lab, 1);
    lab_write(&lab, LAB_SMMU + 0x50, 4, 4); /* enabling raises nothing for old records */
    CHECK_EQ(lab.system.pulses(lab.system.ctx,
                               (struct dbell_wire){DBELL_WIRE_SMMU, 0, DBELL_SMMU_EVENTQ}),
             0);
    lab_write(&lab, LAB_PAGE1 + 0xac, 4, 1);
    faults(&lab, 3);
    CHECK_EQ(lab.system.pulses(lab.system.ctx,
                               (struct dbell_wire){DBELL_WIRE_SMMU, 0, DBELL_SMMU_EVENTQ}),
             1);
    CHECK_EQ(lab_read(&lab, LAB_RAM + 0x200, 4), 77);
    lab_close(&lab);
}

TEST(irq, the_smmus_own_msi_reaches_the_its_with_its_deviceid_3_18)
{
    struct lab lab;
    struct dbell_raised raised;
    REQUIRE(on(&lab));
    lab_its_on(&lab);
    lab_its_command(&lab, dbell_host_mapc(0, 2, true));
    lab_its_command(&lab, dbell_host_mapd(0xffff, 4, lab_alloc(&lab, 4096), true));
    lab_its_command(&lab, dbell_host_mapti(0xffff, 1, 8193, 0));
    lab_write(&lab, LAB_SMMU + 0xb0, 8, LAB_DOORBELL);
    lab_write(&lab, LAB_SMMU + 0xb8, 4, 1);
    lab_write(&lab, LAB_SMMU + 0x50, 4, 4);
    lab_dma(&lab, 256, DBELL_READ, 0, NULL);
    REQUIRE(lab.system.raised(lab.system.ctx, 0, &raised));
    CHECK_EQ(raised.at, 2);
    CHECK_EQ(raised.intid, 8193);
    lab_close(&lab);
}

/* --- stalls --- */

struct stall_lab {
    struct lab lab;
    struct dbell_host_tables tables;
};

static bool stall_open(struct stall_lab *s)
{
    if (!on(&s->lab))
        return false;
    s->tables = lab_tables(&s->lab, 12, 48);
    struct dbell_host_cd cd = lab_cd(&s->tables);
    cd.s = true;
    struct dbell_host_ste ste = lab_ste_stage1(&s->lab, &cd);
    lab_ste(&s->lab, SID, &ste);
    return true;
}

TEST(stall, retry_completes_with_its_data_through_the_completion_port_4_7_1)
{
    struct stall_lab s;
    uint64_t record[4];
    uint32_t value = 0xabcd;
    REQUIRE(stall_open(&s));
    struct dbell_dma_result r = lab_dma(&s.lab, SID, DBELL_WRITE, 0x1000, &value);
    CHECK_EQ(r.response, DBELL_RESPONSE_PENDING);
    REQUIRE(lab_event(&s.lab, record));
    CHECK_EQ(record[1] >> 31 & 1, 1);
    unsigned stag = record[1] & 0xffff;
    CHECK(lab_command(&s.lab, dbell_host_resume(SID + 1, stag, true, false))); /* not its stream */
    CHECK(lab_command(&s.lab, dbell_host_resume(SID, stag + 1, true, false))); /* not its STAG */
    struct dbell_dma_result now;
    s.lab.system.pending_result(s.lab.system.ctx, r.trail.token, &now);
    CHECK_EQ(now.trail.outcome, DBELL_PENDING);
    CHECK(lab_command(&s.lab, dbell_host_resume(SID, stag, true, false))); /* faults again */
    s.lab.system.pending_result(s.lab.system.ctx, r.trail.token, &now);
    CHECK_EQ(now.trail.outcome, DBELL_PENDING);
    REQUIRE(lab_event(&s.lab, record));
    dbell_host_map(&s.tables, 0x1000, 0x60000000, 3, LAB_S1_RW);
    CHECK(lab_command(&s.lab, dbell_host_resume(SID, record[1] & 0xffff, true, false)));
    s.lab.system.pending_result(s.lab.system.ctx, r.trail.token, &now);
    CHECK_EQ(now.trail.outcome, DBELL_DONE);
    CHECK_EQ(now.trail.address, 0x60000000);
    CHECK_EQ(lab_read(&s.lab, 0x60000000, 4), 0xabcd);
    lab_close(&s.lab);
}

TEST(stall, terminate_aborts_or_reads_zero_and_stall_term_takes_the_stream_4_7_2)
{
    struct stall_lab s;
    uint64_t record[4];
    struct dbell_dma_result now, r[3];
    REQUIRE(stall_open(&s));
    for (unsigned i = 0; i < 3; i++)
        r[i] = lab_dma(&s.lab, SID, DBELL_READ, 0x1000u * (i + 1), NULL);
    REQUIRE(lab_event(&s.lab, record));
    CHECK(lab_command(&s.lab, dbell_host_resume(SID, record[1] & 0xffff, false, false)));
    s.lab.system.pending_result(s.lab.system.ctx, r[0].trail.token, &now);
    CHECK(now.trail.outcome == DBELL_FAULT && now.trail.razwi);
    CHECK(lab_command(&s.lab, dbell_host_stall_term(SID)));
    for (unsigned i = 1; i < 3; i++) {
        s.lab.system.pending_result(s.lab.system.ctx, r[i].trail.token, &now);
        CHECK(now.trail.outcome == DBELL_FAULT && !now.trail.razwi);
    }
    lab_close(&s.lab);
}

TEST(stall, a_full_table_terminates_and_records_3_12_2)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.stall_entries = 2;
    struct stall_lab s;
    uint64_t record[4];
    REQUIRE(lab_open(&s.lab, &config));
    lab_smmu_on(&s.lab);
    s.tables = lab_tables(&s.lab, 12, 48);
    struct dbell_host_cd cd = lab_cd(&s.tables);
    cd.s = true;
    struct dbell_host_ste ste = lab_ste_stage1(&s.lab, &cd);
    lab_ste(&s.lab, SID, &ste);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(lab_dma(&s.lab, SID, DBELL_READ, 0x1000, NULL).trail.outcome,
                 i < 2 ? DBELL_PENDING : DBELL_FAULT);
    for (unsigned i = 0; i < 3; i++) {
        REQUIRE(lab_event(&s.lab, record));
        CHECK_EQ(record[1] >> 31 & 1, i < 2);
    }
    lab_close(&s.lab);
}

/* Records of stalls wait for an unwritable queue; other streams, other records and CMD_SYNC do not
 * wait for them. */
TEST(stall, unwritten_records_hold_nothing_up_7_2_1)
{
    struct stall_lab s;
    uint64_t record[4];
    REQUIRE(stall_open(&s));
    struct dbell_host_ste bypass = {.v = true, .config = 4, .shcfg = 1};
    lab_ste(&s.lab, SID + 1, &bypass);
    lab_write(&s.lab, LAB_SMMU + 0x20, 4, 0x9); /* EVENTQEN = 0 */
    for (uint64_t i = 0; i < 64; i++)
        CHECK_EQ(lab_dma(&s.lab, SID, DBELL_READ, 0x1000 * (i + 1), NULL).trail.outcome,
                 DBELL_PENDING);
    CHECK_EQ(lab_dma(&s.lab, SID + 1, DBELL_READ, LAB_RAM, NULL).trail.outcome, DBELL_DONE);
    lab_fault(&s.lab, 256, 0); /* C_BAD_STREAMID: discarded */
    CHECK(lab_command(&s.lab, dbell_host_sync()));
    lab_write(&s.lab, LAB_SMMU + 0x20, 4, 0xd);
    unsigned seen = 0;
    for (; lab_event(&s.lab, record); seen++)
        CHECK_EQ(record[1] >> 31 & 1, 1);
    CHECK_EQ(seen, 64); /* each once, as software made room */
    lab_close(&s.lab);
}

/* What was mapped while the record waited goes through without one. */
TEST(stall, an_unwritten_one_is_retried_after_invalidation_and_sync_7_2_1)
{
    struct stall_lab s;
    uint64_t record[4];
    struct dbell_dma_result now;
    REQUIRE(stall_open(&s));
    lab_write(&s.lab, LAB_SMMU + 0x20, 4, 0x9);
    struct dbell_dma_result r = lab_dma(&s.lab, SID, DBELL_READ, 0x1000, NULL);
    CHECK_EQ(r.trail.outcome, DBELL_PENDING);
    dbell_host_map(&s.tables, 0x1000, 0x60000000, 3, LAB_S1_RW);
    CHECK(lab_command(&s.lab, dbell_host_tlbi_nsnh_all()));
    CHECK(lab_command(&s.lab, dbell_host_sync()));
    lab_write(&s.lab, LAB_SMMU + 0x20, 4, 0xd);
    s.lab.system.pending_result(s.lab.system.ctx, r.trail.token, &now);
    CHECK_EQ(now.trail.outcome, DBELL_DONE);
    CHECK(!lab_event(&s.lab, record));
    lab_close(&s.lab);
}

TEST(stall, no_record_of_it_is_written_after_stall_term_4_7_2_1)
{
    struct stall_lab s;
    uint64_t record[4];
    REQUIRE(stall_open(&s));
    lab_write(&s.lab, LAB_SMMU + 0x20, 4, 0x9);
    lab_dma(&s.lab, SID, DBELL_READ, 0x1000, NULL);
    CHECK(lab_command(&s.lab, dbell_host_stall_term(SID)));
    CHECK(lab_command(&s.lab, dbell_host_sync()));
    lab_write(&s.lab, LAB_SMMU + 0x20, 4, 0xd);
    CHECK(!lab_event(&s.lab, record));
    lab_close(&s.lab);
}

struct completed {
    unsigned count;
    struct dbell_translation result;
};

static void note_completion(void *ctx, uint32_t token, const struct dbell_translation *result)
{
    struct completed *c = ctx;
    (void)token;
    c->count++;
    c->result = *result;
}

/* "as though it had just arrived": with the memory type that it came with. */
TEST(stall, a_retried_access_keeps_its_attributes_4_7_1)
{
    struct lab lab;
    REQUIRE(on(&lab));
    struct dbell_host_tables tables = lab_tables(&lab, 12, 40);
    struct dbell_host_ste ste = lab_ste_stage2(&tables);
    ste.s2s = true;
    lab_ste(&lab, SID, &ste);
    struct dbell_smmu_config config = dbell_smmu_default_config();
    size_t size = dbell_smmu_state_size(&config);
    void *state = aligned_alloc(16, size);
    struct dbell_smmu smmu;
    struct completed done = {0};
    const struct dbell_smmu_ports ports = {.tables = lab.bus,
                                           .completion = {&done, note_completion}};
    REQUIRE(state && dbell_smmu_init(&smmu, state, size, &config, &ports) == DBELL_OK);
    dbell_smmu_write(&smmu, 0x80, 8, lab.strtab);
    dbell_smmu_write(&smmu, 0x88, 4, 8);
    dbell_smmu_write(&smmu, 0x90, 8, lab.cmdq | 5);
    dbell_smmu_write(&smmu, 0xa0, 8, lab.eventq | 5);
    dbell_smmu_write(&smmu, 0x20, 4, 0xd);
    const struct dbell_transaction t = {
        .address = 0x1000,
        .length = 4,
        .side = {.has_streamid = true, .streamid = SID, .attr = 0x04, .sh = DBELL_SH_OUTER}};
    struct dbell_translation result;
    CHECK_EQ(dbell_smmu_translate(&smmu, &t, &result), DBELL_PENDING);
    while (dbell_smmu_step(&smmu, NULL) == DBELL_STEPPED)
        ;
    dbell_host_map(&tables, 0x1000, 0x60000000, 3, LAB_S2_RW);
    uint64_t record1 = lab_read(&lab, lab.eventq + 8, 8);
    struct dbell_host_cmd c = dbell_host_resume(SID, record1 & 0xffff, true, false);
    dbell_host_store_words(&lab.bus, lab.cmdq, c.words, 2);
    dbell_smmu_write(&smmu, 0x98, 4, 1);
    while (dbell_smmu_step(&smmu, NULL) == DBELL_STEPPED)
        ;
    CHECK_EQ(done.count, 1);
    CHECK_EQ(done.result.outcome, DBELL_DONE);
    CHECK_EQ(done.result.attr, 0x04); /* Device-nGnRE on Normal: Device */
    CHECK_EQ(done.result.sh, DBELL_SH_OUTER);
    free(state);
    lab_close(&lab);
}

/* The enable stays acknowledged until the MSI before its removal is made, with the registers as
 * they were. */
TEST(irq, disabling_waits_for_the_msi_before_it_6_3_16)
{
    struct lab lab;
    REQUIRE(on(&lab));
    struct dbell_smmu *smmu = dbell_machine_smmu(lab.machine, 0);
    lab_write(&lab, LAB_SMMU + 0x68, 8, LAB_RAM + 0x300);
    lab_write(&lab, LAB_SMMU + 0x70, 4, 99);
    lab_write(&lab, LAB_SMMU + 0x50, 4, 1);
    const uint64_t illegal[2] = {0xff};
    dbell_host_store_words(&lab.bus, lab.cmdq, illegal, 2);
    dbell_smmu_write(smmu, 0x98, 4, 1);
    CHECK_EQ(dbell_smmu_step(smmu, NULL), DBELL_STEPPED); /* CERROR_ILL, an MSI is due */
    dbell_smmu_write(smmu, 0x50, 4, 0);
    CHECK_EQ(dbell_smmu_read(smmu, 0x54, 4), 1);
    dbell_smmu_write(smmu, 0x68, 8, LAB_RAM + 0x400); /* guarded still */
    CHECK_EQ(dbell_smmu_step(smmu, NULL), DBELL_STEPPED);
    CHECK_EQ(dbell_smmu_read(smmu, 0x54, 4), 0);
    CHECK_EQ(lab_read(&lab, LAB_RAM + 0x300, 4), 99);
    CHECK_EQ(lab_read(&lab, LAB_RAM + 0x400, 4), 0);
    lab_close(&lab);
}

/* --- the interface: blocking callbacks and misuse --- */

struct interloper {
    struct dbell_bus bus;
    struct dbell_smmu *smmu;
    struct lab *lab;
    int reads_left; /* before the command comes in between */
    bool came;
};

/* Memory that lets software invalidate while a walk waits for it. */
static enum dbell_response slow_access(void *ctx, struct dbell_transaction *t)
{
    struct interloper *i = ctx;
    if (t->op == DBELL_READ && !i->came && i->reads_left-- == 0) {
        i->came = true;
        struct dbell_host_cmd c = dbell_host_tlbi_nsnh_all();
        dbell_host_store_words(&i->lab->bus, i->lab->cmdq, c.words, 2);
        dbell_smmu_write(i->smmu, 0x98, 4, 1);
        CHECK_EQ(dbell_smmu_step(i->smmu, NULL), DBELL_STEPPED);
    }
    return i->bus.access(i->bus.ctx, t);
}

TEST(reentry, a_walk_that_an_invalidation_overtook_starts_again_3_21_2)
{
    struct lab lab;
    REQUIRE(on(&lab));
    struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
    dbell_host_map(&tables, 0x1000, 0x60000000, 3, LAB_S1_RW);
    struct dbell_host_cd cd = lab_cd(&tables);
    struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
    lab_ste(&lab, SID, &ste);

    struct dbell_smmu_config config = dbell_smmu_default_config();
    size_t size = dbell_smmu_state_size(&config);
    void *state = aligned_alloc(16, size);
    struct dbell_smmu smmu;
    struct interloper between = {.bus = lab.bus, .smmu = &smmu, .lab = &lab, .reads_left = 4};
    const struct dbell_smmu_ports ports = {.tables = {.ctx = &between, .access = slow_access}};
    REQUIRE(state && dbell_smmu_init(&smmu, state, size, &config, &ports) == DBELL_OK);
    dbell_smmu_write(&smmu, 0x80, 8, lab.strtab);
    dbell_smmu_write(&smmu, 0x88, 4, 8);
    dbell_smmu_write(&smmu, 0x90, 8, lab.cmdq | 5);
    dbell_smmu_write(&smmu, 0x20, 4, 0xd);
    const struct dbell_transaction t = {
        .address = 0x1000, .length = 4, .side = {.has_streamid = true, .streamid = SID}};
    struct dbell_translation result;
    CHECK_EQ(dbell_smmu_translate(&smmu, &t, &result), DBELL_DONE);
    CHECK(between.came);
    CHECK_EQ(result.address, 0x60000000);
    CHECK(dbell_smmu_count(&smmu, DBELL_SMMU_READS_S1) > 4); /* walked more than once */
    free(state);
    lab_close(&lab);
}

/* The data access of a write: while it is open, CMD_SYNC must wait (4.7.3). */
struct open_access {
    struct dbell_smmu *smmu;
    int progress;
};

static enum dbell_response open_data(void *ctx, struct dbell_transaction *t)
{
    struct open_access *o = ctx;
    (void)t;
    o->progress = dbell_smmu_step(o->smmu, NULL);
    return DBELL_RESPONSE_OK;
}

TEST(reentry, cmd_sync_waits_for_accesses_that_are_still_open_4_7_3)
{
    struct lab lab;
    REQUIRE(on(&lab));
    struct dbell_host_ste bypass = {.v = true, .config = 4, .shcfg = 1};
    lab_ste(&lab, SID, &bypass);
    struct dbell_smmu_config config = dbell_smmu_default_config();
    size_t size = dbell_smmu_state_size(&config);
    void *state = aligned_alloc(16, size);
    struct dbell_smmu smmu;
    struct open_access open = {.smmu = &smmu};
    const struct dbell_smmu_ports ports = {.tables = lab.bus,
                                           .data = {.ctx = &open, .access = open_data}};
    REQUIRE(state && dbell_smmu_init(&smmu, state, size, &config, &ports) == DBELL_OK);
    dbell_smmu_write(&smmu, 0x80, 8, lab.strtab);
    dbell_smmu_write(&smmu, 0x88, 4, 8);
    dbell_smmu_write(&smmu, 0x90, 8, lab.cmdq | 5);
    dbell_smmu_write(&smmu, 0x20, 4, 0xd);
    struct dbell_host_cmd sync = dbell_host_sync();
    dbell_host_store_words(&lab.bus, lab.cmdq, sync.words, 2);
    dbell_smmu_write(&smmu, 0x98, 4, 1);
    struct dbell_transaction t = {
        .address = LAB_RAM, .length = 4, .side = {.has_streamid = true, .streamid = SID}};
    struct dbell_translation result;
    CHECK_EQ(dbell_smmu_access(&smmu, &t, &result), DBELL_DONE);
    CHECK_EQ(open.progress, DBELL_NOT_YET);
    CHECK_EQ(dbell_smmu_step(&smmu, NULL), DBELL_STEPPED);
    CHECK_EQ(dbell_smmu_read(&smmu, 0x9c, 4), 1);
    free(state);
    lab_close(&lab);
}

/* Two accesses in coroutines of their own: each is open until it is resumed. */
struct fiber {
    ucontext_t self, caller;
    struct dbell_smmu *smmu;
    bool ended;
    _Alignas(16) char stack[256 * 1024];
};

static struct fiber *running;

static enum dbell_response pause_data(void *ctx, struct dbell_transaction *t)
{
    struct fiber *fiber = running;
    (void)ctx;
    (void)t;
    swapcontext(&fiber->self, &fiber->caller);
    return DBELL_RESPONSE_OK;
}

static void fiber_main(void)
{
    struct fiber *fiber = running;
    struct dbell_transaction t = {
        .address = LAB_RAM, .length = 4, .side = {.has_streamid = true, .streamid = SID}};
    struct dbell_translation result;
    dbell_smmu_access(fiber->smmu, &t, &result);
    fiber->ended = true;
}

static void resume(struct fiber *fiber)
{
    running = fiber;
    swapcontext(&fiber->caller, &fiber->self);
}

static struct fiber *start_access(struct dbell_smmu *smmu)
{
    struct fiber *fiber = calloc(1, sizeof *fiber);
    fiber->smmu = smmu;
    getcontext(&fiber->self);
    fiber->self.uc_stack.ss_sp = fiber->stack;
    fiber->self.uc_stack.ss_size = sizeof fiber->stack;
    fiber->self.uc_link = &fiber->caller;
    makecontext(&fiber->self, fiber_main, 0);
    resume(fiber);
    return fiber;
}

struct paused {
    struct lab lab;
    struct dbell_smmu smmu;
    void *state;
};

/* One CMD_SYNC is in the queue, as long as PROD says nothing of it. */
static bool open_paused(struct paused *p)
{
    if (!on(&p->lab))
        return false;
    struct dbell_host_ste bypass = {.v = true, .config = 4, .shcfg = 1};
    lab_ste(&p->lab, SID, &bypass);
    const struct dbell_smmu_config config = dbell_smmu_default_config();
    const size_t size = dbell_smmu_state_size(&config);
    const struct dbell_smmu_ports ports = {.tables = p->lab.bus, .data = {.access = pause_data}};
    p->state = aligned_alloc(16, size);
    if (!p->state || dbell_smmu_init(&p->smmu, p->state, size, &config, &ports) != DBELL_OK)
        return false;
    dbell_smmu_write(&p->smmu, 0x80, 8, p->lab.strtab);
    dbell_smmu_write(&p->smmu, 0x88, 4, 8);
    dbell_smmu_write(&p->smmu, 0x90, 8, p->lab.cmdq | 5);
    dbell_smmu_write(&p->smmu, 0x20, 4, 0xd);
    dbell_host_store_words(&p->lab.bus, p->lab.cmdq, dbell_host_sync().words, 2);
    return true;
}

static void close_paused(struct paused *p)
{
    free(p->state);
    lab_close(&p->lab);
}

/* It does not wait for what begins after it, whatever else is written to CR0 meanwhile. */
TEST(reentry, cmd_sync_does_not_wait_for_accesses_that_begin_after_it_4_7_3)
{
    for (unsigned rewritten = 0; rewritten < 2; rewritten++) {
        struct paused p;
        REQUIRE(open_paused(&p));
        struct fiber *before = start_access(&p.smmu);
        dbell_smmu_write(&p.smmu, 0x98, 4, 1);
        CHECK_EQ(dbell_smmu_step(&p.smmu, NULL), DBELL_NOT_YET);
        if (rewritten)
            dbell_smmu_write(&p.smmu, 0x20, 4, 0xd);
        struct fiber *after = start_access(&p.smmu);
        CHECK_EQ(dbell_smmu_step(&p.smmu, NULL), DBELL_NOT_YET);
        resume(before);
        CHECK(before->ended && !after->ended);
        CHECK_EQ(dbell_smmu_step(&p.smmu, NULL), DBELL_STEPPED);
        CHECK_EQ(dbell_smmu_read(&p.smmu, 0x9c, 4), 1);
        resume(after);
        CHECK(after->ended);
        free(before);
        free(after);
        close_paused(&p);
    }
}

/* CMDQEN going to 0 gives the waiting one up: the next waits for what began before it. */
TEST(reentry, cmd_sync_given_up_by_cmdqen_is_not_the_next_one_4_7_3)
{
    struct paused p;
    REQUIRE(open_paused(&p));
    struct fiber *first = start_access(&p.smmu);
    dbell_smmu_write(&p.smmu, 0x98, 4, 1);
    CHECK_EQ(dbell_smmu_step(&p.smmu, NULL), DBELL_NOT_YET);
    dbell_smmu_write(&p.smmu, 0x20, 4, 0x5);
    struct fiber *second = start_access(&p.smmu);
    dbell_smmu_write(&p.smmu, 0x20, 4, 0xd);
    CHECK_EQ(dbell_smmu_step(&p.smmu, NULL), DBELL_NOT_YET);
    resume(first);
    CHECK_EQ(dbell_smmu_step(&p.smmu, NULL), DBELL_NOT_YET);
    CHECK_EQ(dbell_smmu_read(&p.smmu, 0x9c, 4), 0);
    resume(second);
    CHECK_EQ(dbell_smmu_step(&p.smmu, NULL), DBELL_STEPPED);
    CHECK_EQ(dbell_smmu_read(&p.smmu, 0x9c, 4), 1);
    free(first);
    free(second);
    close_paused(&p);
}

/* An error of the queue gives it up as well. */
TEST(reentry, cmd_sync_given_up_by_an_error_is_not_the_next_one_4_7_3)
{
    const struct dbell_host_cmd illegal = {{0xff, 0}};
    struct paused p;
    REQUIRE(open_paused(&p));
    struct fiber *first = start_access(&p.smmu);
    dbell_smmu_write(&p.smmu, 0x98, 4, 1);
    CHECK_EQ(dbell_smmu_step(&p.smmu, NULL), DBELL_NOT_YET);
    dbell_host_store_words(&p.lab.bus, p.lab.cmdq, illegal.words, 2);
    CHECK_EQ(dbell_smmu_step(&p.smmu, NULL), DBELL_STEPPED);
    CHECK_EQ(dbell_smmu_read(&p.smmu, 0x60, 4), 1);
    struct fiber *second = start_access(&p.smmu);
    dbell_host_store_words(&p.lab.bus, p.lab.cmdq, dbell_host_sync().words, 2);
    dbell_smmu_write(&p.smmu, 0x64, 4, 1);
    CHECK_EQ(dbell_smmu_step(&p.smmu, NULL), DBELL_NOT_YET);
    resume(first);
    CHECK_EQ(dbell_smmu_step(&p.smmu, NULL), DBELL_NOT_YET);
    resume(second);
    CHECK_EQ(dbell_smmu_step(&p.smmu, NULL), DBELL_STEPPED);
    CHECK_EQ(dbell_smmu_read(&p.smmu, 0x9c, 4) & 0xfffff, 1);
    free(first);
    free(second);
    close_paused(&p);
}

TEST(interface, misuse_is_a_status_with_a_text)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    struct dbell_smmu smmu;
    struct dbell_smmu_ports ports = {0};
    uint64_t small[8];
    CHECK_EQ((uint64_t)(int64_t)dbell_smmu_init(&smmu, small, sizeof small, &config, &ports),
             (uint64_t)(int64_t)DBELL_E_ARGUMENT);
    config.tlb_entries = 0;
    CHECK_EQ(dbell_smmu_state_size(&config), 0);
    CHECK_TEXT(dbell_status_text(DBELL_E_BUSY), "busy");
    struct lab lab;
    REQUIRE(on(&lab));
    struct dbell_translation result;
    const struct dbell_transaction anonymous = {.address = 0, .length = 4};
    CHECK(dbell_smmu_translate(dbell_machine_smmu(lab.machine, 0), &anonymous, &result) ==
          DBELL_E_ARGUMENT);
    memset(small, 0, sizeof small);
    CHECK(dbell_smmu_attach(&smmu, small, sizeof small, &ports) < 0);
    lab_close(&lab);
}
