/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What commands do and do not remove, by every bit of their operands, and which are illegal
 * (IHI 0070 4.1, 4.3, 4.4, 4.7.3). */
#include "dbell_test.h"
#include "solo.h"

enum { SID = 9, CMDQ_CONS = LAB_SMMU + 0x9c };
#define PA UINT64_C(0x60000000)

static uint64_t hits(struct lab *lab)
{
    return dbell_smmu_count(dbell_machine_smmu(lab->machine, 0), DBELL_SMMU_TLB_HIT);
}

static uint64_t where(struct lab *lab, uint32_t sid, uint64_t iova)
{
    struct dbell_dma_result r = lab_dma(lab, sid, DBELL_READ, iova, NULL);
    return r.trail.outcome == DBELL_DONE ? r.trail.address : 0;
}

static bool is_cached(struct lab *lab, uint32_t sid, uint64_t iova)
{
    const uint64_t before = hits(lab);
    lab_dma(lab, sid, DBELL_READ, iova, NULL);
    return hits(lab) == before + 1;
}

/* --- illegal ones --- */

/* Each is consumed with the default ID registers, and CERROR_ILL with IDR0 as given. */
TEST(cmdq, commands_for_what_idr0_lacks_are_illegal_4_3_4_4_4_7)
{
    enum { S2P = 1 << 0, S1P = 1 << 1, HYP = 1 << 9, STALL_MODEL = 3 << 24, NO_STALL = 1 << 24 };
    const struct {
        const char *rule;
        struct dbell_host_cmd command;
        uint32_t clear, set;
    } cases[] = {
        {"CFGI_CD", dbell_host_cfgi_cd(1, 0, true), S1P, 0},
        {"CFGI_CD_ALL", dbell_host_cfgi_cd_all(1), S1P, 0},
        {"TLBI_NH_ALL", dbell_host_tlbi_nh_all(1), S1P, 0},
        {"TLBI_NH_ASID", dbell_host_tlbi_nh_asid(1, 1), S1P, 0},
        {"TLBI_NH_VA", dbell_host_tlbi_nh_va(1, 1, 0, false), S1P, 0},
        {"TLBI_NH_VAA", dbell_host_tlbi_nh_vaa(1, 0, false), S1P, 0},
        {"TLBI_EL2_ASID", dbell_host_tlbi_el2_asid(1), HYP, 0},
        {"TLBI_EL2_VA", dbell_host_tlbi_el2_va(1, 0, false), HYP, 0},
        {"TLBI_EL2_VAA", dbell_host_tlbi_el2_vaa(0, false), HYP, 0},
        {"TLBI_S12_VMALL", dbell_host_tlbi_s12_vmall(1), S2P, 0},
        {"TLBI_S2_IPA", dbell_host_tlbi_s2_ipa(1, 0, false), S2P, 0},
        {"RESUME", dbell_host_resume(1, 0, true, false), STALL_MODEL, NO_STALL},
        {"STALL_TERM", dbell_host_stall_term(1), STALL_MODEL, NO_STALL},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int with = 0; with < 2; with++) {
            struct dbell_smmu_config config = dbell_smmu_default_config();
            if (with)
                config.idr[0] = (config.idr[0] & ~cases[i].clear) | cases[i].set;
            struct lab lab;
            REQUIRE(lab_open(&lab, &config));
            lab_smmu_on(&lab);
            if (lab_command(&lab, cases[i].command) == with)
                dbell_test_fail(__FILE__, __LINE__, cases[i].rule);
            CHECK_EQ(lab_read(&lab, CMDQ_CONS, 4), with ? 1u << 24 : 1);
            lab_close(&lab);
        }
}

/* NUM, SCALE and TTL are 0 with a TG; so they are with 16 KB and TTL 1, which is treated as 0. */
TEST(cmdq, the_reserved_range_is_illegal_in_every_form_4_4_1_1)
{
    const struct dbell_host_cmd forms[] = {
        dbell_host_tlbi_nh_va(1, 1, 0, true), dbell_host_tlbi_nh_vaa(1, 0, true),
        dbell_host_tlbi_el2_va(1, 0, true),   dbell_host_tlbi_el2_vaa(0, true),
        dbell_host_tlbi_s2_ipa(1, 0, true),
    };
    static const struct {
        unsigned tg, ttl;
        bool legal;
    } ranges[] = {{1, 0, false}, {2, 0, false}, {2, 1, false}, {3, 0, false},
                  {1, 1, true},  {2, 2, true},  {3, 1, true}};
    for (unsigned i = 0; i < sizeof forms / sizeof forms[0]; i++)
        for (unsigned j = 0; j < sizeof ranges / sizeof ranges[0]; j++) {
            struct lab lab;
            REQUIRE(lab_open(&lab, NULL));
            lab_smmu_on(&lab);
            CHECK_EQ(
                lab_command(&lab, dbell_host_range(forms[i], 0, 0, ranges[j].tg, ranges[j].ttl)),
                ranges[j].legal);
            lab_close(&lab);
        }
}

TEST(cmdq, an_opcode_has_eight_bits_4_1_3)
{
    static const unsigned opcodes[] = {0x83, 0x84, 0x90, 0xb0, 0xc4, 0xc6};
    for (unsigned i = 0; i < sizeof opcodes / sizeof opcodes[0]; i++) {
        struct lab lab;
        REQUIRE(lab_open(&lab, NULL));
        lab_smmu_on(&lab);
        CHECK(!lab_command(&lab, (struct dbell_host_cmd){{opcodes[i], 0}}));
        CHECK_EQ(lab_read(&lab, CMDQ_CONS, 4), 1u << 24);
        lab_close(&lab);
    }
}

/* The error replaces whatever software left in the field. */
TEST(cmdq, an_error_code_replaces_all_of_err_7_1)
{
    struct lab lab;
    const uint64_t illegal[2] = {0xff, 0};
    REQUIRE(lab_open(&lab, NULL));
    const uint64_t queue = lab_alloc(&lab, 512);
    lab_write(&lab, LAB_SMMU + 0x90, 8, queue | 5);
    lab_write(&lab, CMDQ_CONS, 4, 0x7f000000);
    dbell_host_store_words(&lab.bus, queue, illegal, 2);
    lab_write(&lab, LAB_SMMU + 0x20, 4, 8);
    lab_write(&lab, LAB_SMMU + 0x98, 4, 1);
    CHECK_EQ(lab_read(&lab, CMDQ_CONS, 4), 0x01000000);
    lab_close(&lab);
}

/* Two commands are 32 bytes, and so the queue is aligned. */
TEST(cmdq, the_least_alignment_of_a_queue_is_32_bytes_6_3_26)
{
    struct lab lab;
    const struct dbell_host_cmd sync = dbell_host_sync();
    REQUIRE(lab_open(&lab, NULL));
    const uint64_t page = lab_alloc(&lab, 4096);
    dbell_host_store_words(&lab.bus, page + 0x20, sync.words, 2);
    dbell_host_store_words(&lab.bus, page + 0x30, sync.words, 2);
    lab_write(&lab, LAB_SMMU + 0x90, 8, (page + 0x20) | 1);
    lab_write(&lab, LAB_SMMU + 0x20, 4, 8);
    lab_write(&lab, LAB_SMMU + 0x98, 4, 2);
    CHECK_EQ(lab_read(&lab, CMDQ_CONS, 4), 2);
    lab_close(&lab);
}

/* --- CMD_SYNC --- */

TEST(cmdq, sync_with_sig_sev_sends_an_event_where_there_are_any_4_7_3)
{
    for (unsigned sev = 0; sev < 2; sev++) {
        struct dbell_smmu_config config = dbell_smmu_default_config();
        config.idr[0] = (config.idr[0] & ~(1u << 14)) | sev << 14;
        struct lab lab;
        REQUIRE(lab_open(&lab, &config));
        lab_smmu_on(&lab);
        CHECK(lab_command(&lab, (struct dbell_host_cmd){{0x46 | 2 << 12, 0}}));
        CHECK_EQ(lab.system.pulses(lab.system.ctx,
                                   (struct dbell_wire){DBELL_WIRE_SMMU, 0, DBELL_SMMU_SEV}),
                 sev);
        CHECK_EQ(lab.system.pulses(lab.system.ctx,
                                   (struct dbell_wire){DBELL_WIRE_SMMU, 0, DBELL_SMMU_CMD_SYNC}),
                 0);
        CHECK(lab_command(&lab, (struct dbell_host_cmd){{0x46, 0}}));
        CHECK_EQ(lab.system.pulses(lab.system.ctx,
                                   (struct dbell_wire){DBELL_WIRE_SMMU, 0, DBELL_SMMU_SEV}),
                 0);
        lab_close(&lab);
    }
}

/* --- CMD_CFGI: operands in full width --- */

TEST(cfgi, a_substreamid_has_20_bits_4_3_4)
{
    struct lab lab;
    uint64_t words[8];
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
    dbell_host_map(&tables, 0x1000, PA, 3, LAB_S1_RW);
    const struct dbell_host_cd cd = lab_cd(&tables);
    struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
    const uint64_t table = lab_alloc(&lab, 1024 * 8), leaf = lab_alloc(&lab, 1024 * 64);
    dbell_host_cd_encode(&cd, words);
    dbell_host_store_words(&lab.bus, leaf + 64, words, 8);
    lab_write(&lab, table + 0x200 * 8, 8, leaf | 1); /* SubstreamID 0x80001 is [0x200][1] */
    ste.s1contextptr = table;
    ste.s1fmt = 2;
    ste.s1cdmax = 20;
    lab_ste(&lab, SID, &ste);
    struct dbell_dma dma = {
        .requesterid = SID, .has_ssid = true, .ssid = 0x80001, .address = 0x1000, .length = 4};
    CHECK_EQ(lab_dma_with(&lab, dma).trail.event, 0);
    lab_write(&lab, leaf + 64, 8, words[0] & ~(UINT64_C(1) << 31)); /* CD.V = 0 */
    CHECK_EQ(lab_dma_with(&lab, dma).trail.event, 0);               /* cached */
    CHECK(lab_command(
        &lab, (struct dbell_host_cmd){{0x05 | UINT64_C(0x80001) << 12 | (uint64_t)SID << 32, 1}}));
    CHECK_EQ(lab_dma_with(&lab, dma).trail.event, DBELL_EVENT_C_BAD_CD);
    lab_close(&lab);
}

TEST(cfgi, a_streamid_has_32_bits_and_all_are_all_4_3_1_4_3_3)
{
    static const struct {
        uint32_t sid;
        uint64_t command[2];
    } cases[] = {{0x80000008, {0x03 | UINT64_C(0x80000008) << 32, 1}},
                 {0x80000008, {0x04 | UINT64_C(0x80000000) << 32, 3}}, /* range of 2^4 */
                 {0x10008, {0x04, 31}}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lab lab;
        uint64_t words[8];
        const struct dbell_host_ste bypass = {.v = true, .config = 4, .shcfg = 1};
        REQUIRE(lab_open(&lab, NULL));
        lab_smmu_on(&lab);
        const uint64_t level1 = lab_alloc(&lab, 8u << 22), level2 = lab_alloc(&lab, 64 * 1024);
        dbell_host_ste_encode(&bypass, words);
        dbell_host_store_words(&lab.bus, level2 + 8 * 64, words, 8);
        lab_write(&lab, level1 + 8 * (uint64_t)(cases[i].sid >> 10), 8, level2 | 11);
        lab_write(&lab, LAB_SMMU + 0x20, 4, 0xc);
        lab_write(&lab, LAB_SMMU + 0x80, 8, level1);
        lab_write(&lab, LAB_SMMU + 0x88, 4, 1 << 16 | 10 << 6 | 32);
        lab_write(&lab, LAB_SMMU + 0x20, 4, 0xd);
        struct dbell_dma dma = {
            .by_streamid = true, .streamid = cases[i].sid, .address = PA, .length = 4};
        CHECK_EQ(lab_dma_with(&lab, dma).trail.event, 0);
        lab_write(&lab, level2 + 8 * 64, 8, 0); /* STE.V = 0 */
        CHECK_EQ(lab_dma_with(&lab, dma).trail.event, 0);
        CHECK(
            lab_command(&lab, (struct dbell_host_cmd){{cases[i].command[0], cases[i].command[1]}}));
        CHECK_EQ(lab_dma_with(&lab, dma).trail.event, DBELL_EVENT_C_BAD_STE);
        lab_close(&lab);
    }
}

/* --- tags of 16 bits --- */

/* Two streams of the same VA, which differ in bit 15 of ASID or VMID only. */
TEST(tlbi, asids_have_16_bits_3_17_4_4_2)
{
    struct lab lab;
    struct dbell_host_tables tables[2] = {0};
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    for (unsigned i = 0; i < 2; i++) {
        tables[i] = lab_tables(&lab, 12, 48);
        dbell_host_map(&tables[i], 0x1000, PA + 0x10000 * i, 3, LAB_S1_RW);
        struct dbell_host_cd cd = lab_cd(&tables[i]);
        cd.asid = i ? 0x8001 : 1;
        struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
        ste.s2vmid = 5;
        lab_ste(&lab, SID + i, &ste);
    }
    CHECK_EQ(where(&lab, SID, 0x1000), PA);
    CHECK_EQ(where(&lab, SID + 1, 0x1000), PA + 0x10000);
    const uint64_t commands[] = {0x11 | UINT64_C(5) << 32 | UINT64_C(0x8001) << 48,
                                 0x12 | UINT64_C(5) << 32 | UINT64_C(0x8001) << 48};
    for (unsigned i = 0; i < 2; i++) {
        dbell_host_map(&tables[1], 0x1000, PA + 0x20000 + 0x10000 * i, 3, LAB_S1_RW);
        CHECK(lab_command(&lab, (struct dbell_host_cmd){{commands[i], i ? 0x1000 : 0}}));
        CHECK(is_cached(&lab, SID, 0x1000));
        CHECK_EQ(where(&lab, SID + 1, 0x1000), PA + 0x20000 + 0x10000 * i);
    }
    lab_close(&lab);
}

TEST(tlbi, vmids_have_16_bits_3_17_4_4_3)
{
    struct lab lab;
    struct dbell_host_tables tables[2] = {0};
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    for (unsigned i = 0; i < 2; i++) {
        tables[i] = lab_tables(&lab, 12, 48);
        dbell_host_map(&tables[i], 0x1000, PA + 0x10000 * i, 3, LAB_S2_RW);
        struct dbell_host_ste ste = lab_ste_stage2(&tables[i]);
        ste.s2vmid = i ? 0x8001 : 1;
        lab_ste(&lab, SID + i, &ste);
    }
    CHECK_EQ(where(&lab, SID, 0x1000), PA);
    CHECK_EQ(where(&lab, SID + 1, 0x1000), PA + 0x10000);
    const uint64_t commands[] = {0x28 | UINT64_C(0x8001) << 32, 0x2a | UINT64_C(0x8001) << 32};
    for (unsigned i = 0; i < 2; i++) {
        dbell_host_map(&tables[1], 0x1000, PA + 0x20000 + 0x10000 * i, 3, LAB_S2_RW);
        CHECK(lab_command(&lab, (struct dbell_host_cmd){{commands[i], i ? 0x1000 : 0}}));
        CHECK(is_cached(&lab, SID, 0x1000));
        CHECK_EQ(where(&lab, SID + 1, 0x1000), PA + 0x20000 + 0x10000 * i);
    }
    lab_close(&lab);
}

/* --- ranges --- */

/* (NUM + 1) * 2^SCALE granules from address 0 of ASID 1, VMID 0; TTL 3. */
TEST(tlbi, a_range_ends_where_num_and_scale_say_4_4_1_1)
{
    static const struct {
        uint64_t num, scale;
        uint64_t last_in, first_out; /* pages */
    } cases[] = {
        {16, 0, 16, 17},
        {31, 0, 31, 32},
        {0, 4, 15, 16},
        {2, 3, 23, 24},
        {0, 16, 0xffff, 0x10000},
        {1, 15, 0x8001, 0x10000},
        {30, 20, 0x1efffff, 0x1f00000},
        {0, 31, 0x7fffffff, 0x80000000},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lab lab;
        REQUIRE(lab_open(&lab, NULL));
        lab_smmu_on(&lab);
        struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
        const uint64_t in = cases[i].last_in << 12, out = cases[i].first_out << 12;
        dbell_host_map(&tables, in, PA, 3, LAB_S1_RW);
        dbell_host_map(&tables, out, PA + 0x1000, 3, LAB_S1_RW);
        struct dbell_host_cd cd = lab_cd(&tables);
        struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
        lab_ste(&lab, SID, &ste);
        CHECK_EQ(where(&lab, SID, in), PA);
        CHECK_EQ(where(&lab, SID, out), PA + 0x1000);
        dbell_host_map(&tables, in, PA + 0x2000, 3, LAB_S1_RW);
        const struct dbell_host_cmd command = {
            {0x12 | cases[i].num << 12 | cases[i].scale << 20 | UINT64_C(1) << 48,
             1 | 3 << 8 | 1 << 10}};
        CHECK(lab_command(&lab, command));
        CHECK_EQ(where(&lab, SID, in), PA + 0x2000);
        CHECK(is_cached(&lab, SID, out));
        lab_close(&lab);
    }
}

/* Stage 1 of two VMIDs, and stage 2 of the first, at one address. */
TEST(tlbi, vaa_of_a_vmid_leaves_other_vmids_and_stage2_4_4_2)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    for (unsigned i = 0; i < 2; i++) {
        struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
        dbell_host_map(&tables, 0x1000, PA, 3, LAB_S1_RW);
        struct dbell_host_cd cd = lab_cd(&tables);
        struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
        ste.s2vmid = i + 1;
        lab_ste(&lab, SID + i, &ste);
        CHECK_EQ(where(&lab, SID + i, 0x1000), PA);
    }
    struct dbell_host_tables s2 = lab_tables(&lab, 12, 48);
    dbell_host_map(&s2, 0x1000, PA, 3, LAB_S2_RW);
    struct dbell_host_ste ste = lab_ste_stage2(&s2);
    lab_ste(&lab, SID + 2, &ste); /* VMID 1 */
    CHECK_EQ(where(&lab, SID + 2, 0x1000), PA);
    CHECK(lab_command(&lab, dbell_host_tlbi_nh_vaa(1, 0x1000, true)));
    CHECK(is_cached(&lab, SID + 1, 0x1000));
    CHECK(is_cached(&lab, SID + 2, 0x1000));
    CHECK(!is_cached(&lab, SID, 0x1000));
    CHECK(lab_command(&lab, dbell_host_tlbi_s2_ipa(1, 0x1000, true)));
    CHECK(is_cached(&lab, SID, 0x1000));
    CHECK(!is_cached(&lab, SID + 2, 0x1000));
    lab_close(&lab);
}

/* A block of stage 1 in pages of stage 2, under two ASIDs. */
TEST(tlbi, va_of_an_asid_leaves_what_was_cut_up_under_another_4_4_2)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    struct dbell_host_tables s2 = lab_tables(&lab, 12, 48);
    for (uint64_t page = LAB_RAM; page < LAB_RAM + 0x200000; page += 0x1000)
        dbell_host_map(&s2, page, page, 3, LAB_S2_RW);
    for (unsigned i = 0; i < 2; i++) {
        struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
        dbell_host_map(&tables, 0, LAB_RAM, 2, LAB_S1_RW); /* 2 MB */
        struct dbell_host_cd cd = lab_cd(&tables);
        cd.asid = i + 1;
        struct dbell_host_ste ste = lab_ste_stage2(&s2);
        ste.config = 7;
        ste.s1contextptr = lab_ste_stage1(&lab, &cd).s1contextptr;
        lab_ste(&lab, SID + i, &ste);
        CHECK_EQ(where(&lab, SID + i, 0x3000), LAB_RAM + 0x3000);
    }
    CHECK(lab_command(&lab, dbell_host_tlbi_nh_va(1, 2, 0x7000, true)));
    CHECK(is_cached(&lab, SID, 0x3000));
    CHECK(!is_cached(&lab, SID + 1, 0x3000));
    lab_close(&lab);
}

/* 3.4.1: the tag takes no part in the lookup, nor in the invalidation. */
TEST(tlbi, tagged_addresses_share_an_entry_3_4_1)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
    dbell_host_map(&tables, 0x5000, PA, 3, LAB_S1_RW);
    struct dbell_host_cd cd = lab_cd(&tables);
    cd.tbi0 = true;
    struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
    lab_ste(&lab, SID, &ste);
    CHECK_EQ(where(&lab, SID, UINT64_C(0x1200000000005000)), PA);
    CHECK(is_cached(&lab, SID, UINT64_C(0x3400000000005000)));
    CHECK(is_cached(&lab, SID, 0x5000));
    dbell_host_map(&tables, 0x5000, PA + 0x1000, 3, LAB_S1_RW);
    CHECK(lab_command(&lab, dbell_host_tlbi_nh_va(0, 1, 0x5000, true)));
    CHECK_EQ(where(&lab, SID, UINT64_C(0x1200000000005000)), PA + 0x1000);
    lab_close(&lab);
}

/* --- CD.ASET --- */

/* What is broadcast reaches shared address spaces; by VA and ASID it spares the others, which is
 * what 3.17 permits and the model does. Commands reach both. */
TEST(tlbi, aset_opts_out_of_what_is_broadcast_by_asid_3_17)
{
    static const struct {
        enum dbell_tlbi_scope scope;
        bool spares;
    } broadcasts[] = {
        {DBELL_TLBI_VA, true},     {DBELL_TLBI_ASID, true},      {DBELL_TLBI_VAA, false},
        {DBELL_TLBI_VMALL, false}, {DBELL_TLBI_VMALLS12, false}, {DBELL_TLBI_ALL, false},
    };
    const struct dbell_host_cmd commands[] = {dbell_host_tlbi_nh_va(5, 1, 0x1000, true),
                                              dbell_host_tlbi_nh_asid(5, 1),
                                              dbell_host_tlbi_nh_vaa(5, 0x1000, true)};
    for (unsigned aset = 0; aset < 2; aset++) {
        struct lab lab;
        REQUIRE(lab_open(&lab, NULL));
        lab_smmu_on(&lab);
        struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
        dbell_host_map(&tables, 0x1000, PA, 3, LAB_S1_RW);
        struct dbell_host_cd cd = lab_cd(&tables);
        cd.aset = aset;
        struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
        ste.s2vmid = 5;
        lab_ste(&lab, SID, &ste);
        for (unsigned i = 0; i < sizeof broadcasts / sizeof broadcasts[0]; i++) {
            const struct dbell_tlbi tlbi = {.scope = (uint8_t)broadcasts[i].scope,
                                            .el = 1,
                                            .vmid = 5,
                                            .asid = 1,
                                            .first = 0x1000,
                                            .last = 0x1fff};
            where(&lab, SID, 0x1000);
            CHECK(is_cached(&lab, SID, 0x1000));
            lab.system.tlbi(lab.system.ctx, &tlbi);
            CHECK_EQ(is_cached(&lab, SID, 0x1000), aset && broadcasts[i].spares);
        }
        for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
            CHECK(is_cached(&lab, SID, 0x1000));
            CHECK(lab_command(&lab, commands[i]));
            CHECK(!is_cached(&lab, SID, 0x1000));
        }
        lab_close(&lab);
    }
}

/* 3.17.1: a global entry is one of its ASID set. */
TEST(tlbi, global_entries_match_within_their_aset_3_17_1)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    for (unsigned i = 0; i < 4; i++) {
        struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
        dbell_host_map(&tables, 0x1000, PA + 0x10000 * (i & 1), 3,
                       LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_NG);
        struct dbell_host_cd cd = lab_cd(&tables);
        cd.asid = i + 1;
        cd.aset = i & 1;
        struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
        lab_ste(&lab, SID + i, &ste);
    }
    for (unsigned i = 0; i < 2; i++)
        CHECK_EQ(where(&lab, SID + i, 0x1000), PA + 0x10000 * i);
    for (unsigned i = 0; i < 4; i++) {
        CHECK_EQ(where(&lab, SID + i, 0x1000), PA + 0x10000 * (i & 1));
        CHECK(is_cached(&lab, SID + i, 0x1000));
    }
    lab_close(&lab);
}

/* --- CMD_PREFETCH --- */

static uint64_t counted(struct lab *lab, enum dbell_smmu_counter counter)
{
    return dbell_smmu_count(dbell_machine_smmu(lab->machine, 0), counter);
}

TEST(prefetch, config_brings_ste_and_cd_into_the_cache_4_2_1)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
    dbell_host_map(&tables, 0x1000, PA, 3, LAB_S1_RW);
    struct dbell_host_cd cd = lab_cd(&tables);
    struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
    lab_ste(&lab, SID, &ste);
    for (unsigned i = 0; i < 2; i++) { /* the second finds them there */
        CHECK(lab_command(&lab, (struct dbell_host_cmd){{0x01 | (uint64_t)SID << 32, 0}}));
        CHECK_EQ(counted(&lab, DBELL_SMMU_READS_STE), 1);
        CHECK_EQ(counted(&lab, DBELL_SMMU_READS_CD), 1);
    }
    CHECK_EQ(where(&lab, SID, 0x1000), PA);
    CHECK_EQ(counted(&lab, DBELL_SMMU_READS_STE), 1);
    CHECK_EQ(counted(&lab, DBELL_SMMU_CONFIG_HIT), 1);
    lab_close(&lab);
}

/* Size is bits [68:64], Stride [73:69], Address[63:12] above. */
TEST(prefetch, addresses_are_2_to_size_at_their_stride_4_2_2)
{
    static const struct {
        uint64_t size, stride, step;
    } cases[] = {
        {0, 0, 0x1000}, {2, 0, 0x1000}, {2, 3, 0x8000}, {1, 9, 0x200000}, {1, 16, 0x10000000}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lab lab;
        const unsigned n = 1u << cases[i].size;
        REQUIRE(lab_open(&lab, NULL));
        lab_smmu_on(&lab);
        struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
        for (unsigned j = 0; j <= n; j++)
            dbell_host_map(&tables, 0x400000 + cases[i].step * j, PA + 0x1000 * j, 3, LAB_S1_RW);
        struct dbell_host_cd cd = lab_cd(&tables);
        struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
        lab_ste(&lab, SID, &ste);
        CHECK(lab_command(
            &lab, (struct dbell_host_cmd){{0x02 | (uint64_t)SID << 32,
                                           0x400000 | cases[i].stride << 5 | cases[i].size}}));
        for (unsigned j = 0; j < n; j++)
            CHECK(is_cached(&lab, SID, 0x400000 + cases[i].step * j));
        CHECK(!is_cached(&lab, SID, 0x400000 + cases[i].step * n));
        lab_close(&lab);
    }
}

TEST(prefetch, a_large_size_is_more_than_one_page_4_2_2)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
    for (unsigned i = 0; i < 4; i++)
        dbell_host_map(&tables, 0x400000 + 0x1000 * i, PA + 0x1000 * i, 3, LAB_S1_RW);
    struct dbell_host_cd cd = lab_cd(&tables);
    struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
    lab_ste(&lab, SID, &ste);
    CHECK(lab_command(&lab,
                      (struct dbell_host_cmd){{0x02 | (uint64_t)SID << 32, 0x400000 | 1 << 4}}));
    for (unsigned i = 0; i < 4; i++)
        CHECK(is_cached(&lab, SID, 0x400000 + 0x1000 * i));
    lab_close(&lab);
}

/* SSV is bit 11, SubstreamID [31:12]: of two CDs, the second one is read. */
TEST(prefetch, ssv_says_whose_cd_it_is_4_2_1)
{
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
    struct dbell_host_cd cd = lab_cd(&tables);
    struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
    ste.s1cdmax = 1;
    ste.s1dss = 0; /* without a SubstreamID, nothing is read */
    lab_ste(&lab, SID, &ste);
    CHECK(lab_command(&lab, (struct dbell_host_cmd){{0x01 | (uint64_t)SID << 32, 0}}));
    CHECK_EQ(counted(&lab, DBELL_SMMU_READS_CD), 0);
    CHECK(lab_command(&lab, (struct dbell_host_cmd){{0x01 | 1 << 12 | (uint64_t)SID << 32, 0}}));
    CHECK_EQ(counted(&lab, DBELL_SMMU_READS_CD), 0);
    CHECK(lab_command(
        &lab, (struct dbell_host_cmd){{0x01 | 1 << 11 | 1 << 12 | (uint64_t)SID << 32, 0}}));
    CHECK_EQ(counted(&lab, DBELL_SMMU_READS_CD), 1);
    lab_close(&lab);
}

/* What fails leaves no record and is no error; with SMMUEN == 0 nothing is read. */
TEST(prefetch, failures_are_silent_4_2)
{
    const struct dbell_host_cmd commands[] = {
        {{0x01 | (uint64_t)SID << 32, 0}},            /* STE.V == 0 */
        {{0x01 | UINT64_C(0x80000000) << 32, 0}},     /* StreamID out of range */
        {{0x02 | (uint64_t)SID << 32, 0x1000}},       /* STE.V == 0 */
        {{0x02 | (uint64_t)(SID + 1) << 32, 0x1000}}, /* not mapped */
        {{0x02 | (uint64_t)(SID + 1) << 32, UINT64_C(0x7777000000001000)}}, /* out of range */
    };
    struct lab lab;
    uint64_t record[4];
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
    struct dbell_host_cd cd = lab_cd(&tables);
    cd.s = true;
    struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
    lab_ste(&lab, SID + 1, &ste);
    lab_write(&lab, LAB_SMMU + 0x20, 4, 0xc);
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++)
        CHECK(lab_command(&lab, commands[i]));
    CHECK_EQ(counted(&lab, DBELL_SMMU_READS_STE), 0);
    lab_write(&lab, LAB_SMMU + 0x20, 4, 0xd);
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++)
        CHECK(lab_command(&lab, commands[i]));
    CHECK(!lab_event(&lab, record));
    CHECK_EQ(lab_read(&lab, LAB_SMMU + 0x60, 4), 0);
    lab_close(&lab);
}

TEST(prefetch, nothing_is_fetched_where_nothing_is_kept_4_2)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.no_caches = true;
    struct lab lab;
    REQUIRE(lab_open(&lab, &config));
    lab_smmu_on(&lab);
    struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
    dbell_host_map(&tables, 0x1000, PA, 3, LAB_S1_RW);
    struct dbell_host_cd cd = lab_cd(&tables);
    struct dbell_host_ste ste = lab_ste_stage1(&lab, &cd);
    lab_ste(&lab, SID, &ste);
    CHECK(lab_command(&lab, (struct dbell_host_cmd){{0x01 | (uint64_t)SID << 32, 0}}));
    CHECK(lab_command(&lab, (struct dbell_host_cmd){{0x02 | (uint64_t)SID << 32, 0x1000}}));
    CHECK_EQ(counted(&lab, DBELL_SMMU_READS_STE), 0);
    CHECK_EQ(counted(&lab, DBELL_SMMU_READS_S1), 0);
    CHECK_EQ(where(&lab, SID, 0x1000), PA);
    lab_close(&lab);
}
