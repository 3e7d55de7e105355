/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Walks, permissions, caches and invalidation (IHI 0070 3.4, 4.4, 13.4; Arm ARM D8). */
#include <stdlib.h>
#include <string.h>

#include "dbell_test.h"
#include "lab.h"
#include "permission.h"

enum { SID = 3 };
#define PA UINT64_C(0x60000000)

struct stream {
    struct lab lab;
    struct dbell_host_tables tables;
    struct dbell_host_cd cd;
    struct dbell_host_ste ste;
};

static bool stage1_open(struct stream *s, unsigned granule, unsigned input_bits)
{
    if (!lab_open(&s->lab, NULL))
        return false;
    lab_smmu_on(&s->lab);
    s->tables = lab_tables(&s->lab, granule, input_bits);
    s->cd = lab_cd(&s->tables);
    s->ste = lab_ste_stage1(&s->lab, &s->cd);
    lab_ste(&s->lab, SID, &s->ste);
    return true;
}

static uint64_t where(struct stream *s, uint64_t iova)
{
    struct dbell_dma_result r = lab_dma(&s->lab, SID, DBELL_READ, iova, NULL);
    return r.trail.outcome == DBELL_DONE ? r.trail.address : 0;
}

TEST(walk, granules_and_block_sizes_D8_3)
{
    static const struct {
        unsigned granule, input_bits, level, shift;
    } cases[] = {{12, 48, 3, 12}, {12, 48, 2, 21}, {12, 48, 1, 30}, {12, 39, 3, 12},
                 {12, 32, 2, 21}, {14, 48, 3, 14}, {14, 47, 2, 25}, {14, 36, 3, 14},
                 {16, 48, 3, 16}, {16, 48, 2, 29}, {16, 42, 3, 16}, {16, 52, 1, 42}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stream s;
        REQUIRE(stage1_open(&s, cases[i].granule, cases[i].input_bits));
        uint64_t size = UINT64_C(1) << cases[i].shift;
        uint64_t va = (UINT64_C(1) << (cases[i].input_bits - 1)) & ~(size - 1);
        uint64_t pa = cases[i].shift >= 30 ? size : PA;
        CHECK_EQ(dbell_host_map(&s.tables, va, pa, cases[i].level, LAB_S1_RW), DBELL_OK);
        uint64_t offset = (size - 1) & 0x7ffffffffff000;
        struct dbell_dma_result r = lab_dma(&s.lab, SID, DBELL_READ, va + offset, NULL);
        CHECK_EQ(r.trail.address, pa + offset);
        CHECK_EQ(lab_fault(&s.lab, SID, va + size), DBELL_EVENT_F_TRANSLATION);
        lab_close(&s.lab);
    }
}

TEST(walk, no_block_at_level_0_and_none_at_level_1_of_16k_D8_3_1)
{
    struct stream s;
    REQUIRE(stage1_open(&s, 12, 48));
    dbell_host_map(&s.tables, 0, 0, 0, LAB_S1_RW);
    CHECK_EQ(lab_fault(&s.lab, SID, 0x1000), DBELL_EVENT_F_TRANSLATION);
    lab_close(&s.lab);
    REQUIRE(stage1_open(&s, 14, 47));
    dbell_host_map(&s.tables, 0, 0, 1, LAB_S1_RW);
    CHECK_EQ(lab_fault(&s.lab, SID, 0x4000), DBELL_EVENT_F_TRANSLATION);
    lab_close(&s.lab);
}

TEST(walk, ttb1_is_chosen_by_bit_55_3_4_1)
{
    struct stream s;
    REQUIRE(stage1_open(&s, 12, 48));
    struct dbell_host_tables high = lab_tables(&s.lab, 12, 39);
    uint64_t va = UINT64_C(0xffffff8000003000);
    dbell_host_map(&high, va, PA, 3, LAB_S1_RW);
    s.cd.epd1 = false;
    s.cd.t1sz = 25;
    s.cd.tg1 = 2; /* 4 KB, encoded unlike TG0 */
    s.cd.ttb1 = high.root;
    s.ste = lab_ste_stage1(&s.lab, &s.cd);
    lab_ste(&s.lab, SID, &s.ste);
    CHECK_EQ(where(&s, va + 4), PA + 4);
    CHECK_EQ(lab_fault(&s.lab, SID, UINT64_C(0xffffff0000003000)), DBELL_EVENT_F_TRANSLATION);
    CHECK_EQ(lab_fault(&s.lab, SID, UINT64_C(0x0080000000003000)), DBELL_EVENT_F_TRANSLATION);
    lab_close(&s.lab);
}

TEST(walk, tbi_ignores_the_top_byte_and_the_record_keeps_it_3_4_1)
{
    struct stream s;
    uint64_t record[4];
    REQUIRE(stage1_open(&s, 12, 48));
    dbell_host_map(&s.tables, 0x5000, PA, 3, LAB_S1_RW);
    CHECK_EQ(lab_fault(&s.lab, SID, UINT64_C(0xab00000000005000)), DBELL_EVENT_F_TRANSLATION);
    CHECK(lab_event(&s.lab, record));
    s.cd.tbi0 = true;
    s.ste = lab_ste_stage1(&s.lab, &s.cd);
    lab_ste(&s.lab, SID, &s.ste);
    CHECK(lab_command(&s.lab, dbell_host_cfgi_ste(SID, true)));
    CHECK_EQ(where(&s, UINT64_C(0xab00000000005000)), PA);
    CHECK_EQ(where(&s, 0x5000), PA); /* from the TLB */
    CHECK_EQ(lab_fault(&s.lab, SID, UINT64_C(0xab00000000006000)), DBELL_EVENT_F_TRANSLATION);
    REQUIRE(lab_event(&s.lab, record));
    CHECK_EQ(record[2], UINT64_C(0xab00000000006000));
    lab_close(&s.lab);
}

TEST(walk, addresses_beyond_ips_are_f_addr_size_before_f_access_7_3_22)
{
    struct stream s;
    REQUIRE(stage1_open(&s, 12, 48));
    s.cd.ips = 1; /* 36 bits */
    s.ste = lab_ste_stage1(&s.lab, &s.cd);
    lab_ste(&s.lab, SID, &s.ste);
    dbell_host_map(&s.tables, 0x1000, UINT64_C(1) << 36, 3,
                   LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AF);
    dbell_host_map(&s.tables, 0x2000, PA, 3,
                   (LAB_S1_RW | DBELL_HOST_PTE_AP_RO) & ~(uint64_t)DBELL_HOST_PTE_AF);
    CHECK_EQ(lab_fault(&s.lab, SID, 0x1000), DBELL_EVENT_F_ADDR_SIZE);
    uint32_t value = 0; /* F_ACCESS before F_PERMISSION */
    CHECK_EQ(lab_dma(&s.lab, SID, DBELL_WRITE, 0x2000, &value).trail.event, DBELL_EVENT_F_ACCESS);
    lab_close(&s.lab);
}

TEST(walk, table_endianness_5_4_ENDI)
{
    struct stream s;
    REQUIRE(stage1_open(&s, 12, 48));
    dbell_host_map(&s.tables, 0x1000, PA, 3, LAB_S1_RW);
    for (uint64_t at = s.tables.root; at < s.tables.next; at += 8) {
        uint64_t word = lab_read(&s.lab, at, 8);
        if (word)
            dbell_host_store(&s.lab.bus, at, 8, __builtin_bswap64(word));
    }
    s.cd.endi = true;
    s.ste = lab_ste_stage1(&s.lab, &s.cd);
    lab_ste(&s.lab, SID, &s.ste);
    CHECK_EQ(where(&s, 0x1000), PA);
    lab_close(&s.lab);
}

TEST(walk, a_descriptor_that_cannot_be_read_is_f_walk_eabt_7_3_12)
{
    struct stream s;
    uint64_t record[4];
    REQUIRE(stage1_open(&s, 12, 48));
    lab_write(&s.lab, s.tables.root, 8, dbell_host_pte_table(0x10000000));
    CHECK_EQ(lab_fault(&s.lab, SID, UINT64_C(0x3000000000)), DBELL_EVENT_F_WALK_EABT);
    REQUIRE(lab_event(&s.lab, record));
    CHECK_EQ(record[1] >> 39 & 7, 1 << 1);     /* S2 0, CLASS TT */
    CHECK_EQ(record[3], 0x10000000 + 192 * 8); /* FetchAddr */
    lab_close(&s.lab);
}

/* 13.4.1, Arm ARM D8.4: AP[2:1], UXN, PXN by privilege; r, w, x unprivileged, then privileged. */
TEST(permission, stage1_matrix_13_4_1)
{
    static const struct {
        uint64_t bits;
        const char *granted;
    } cases[] = {
        {0, "--xrw-"},
        {DBELL_HOST_PTE_AP_EL0, "rwxrw-"},
        {DBELL_HOST_PTE_AP_RO, "--xr-x"},
        {DBELL_HOST_PTE_AP_RO | DBELL_HOST_PTE_AP_EL0, "r-xr-x"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (unsigned xn = 0; xn < 4; xn++)
            for (unsigned what = 0; what < 6; what++) {
                struct stream s;
                REQUIRE(stage1_open(&s, 12, 48));
                uint64_t bits = cases[i].bits | DBELL_HOST_PTE_AF |
                                (xn & 1 ? DBELL_HOST_PTE_UXN : 0) |
                                (xn & 2 ? DBELL_HOST_PTE_PXN : 0);
                dbell_host_map(&s.tables, 0x1000, PA, 3, bits);
                uint8_t data[4] = {0};
                bool privileged = what >= 3;
                struct dbell_dma_result r = lab_dma_with(
                    &s.lab, (struct dbell_dma){.requesterid = SID,
                                               .op = what % 3 == 1 ? DBELL_WRITE : DBELL_READ,
                                               .privileged = privileged,
                                               .instruction = what % 3 == 2,
                                               .address = 0x1000,
                                               .length = 4,
                                               .data = data});
                bool want = cases[i].granted[what] != '-';
                if (what == 2 && (xn & 1))
                    want = false;
                /* AP 00: EL0 may not write, so PXN alone decides for EL1. */
                if (what == 5)
                    want = !(xn & 2) && cases[i].bits != DBELL_HOST_PTE_AP_EL0;
                if ((r.trail.outcome == DBELL_DONE) != want)
                    dbell_test_fail(__FILE__, __LINE__, cases[i].granted);
                if (!want)
                    CHECK_EQ(r.trail.event, DBELL_EVENT_F_PERMISSION);
                lab_close(&s.lab);
            }
}

TEST(permission, wxn_and_pan_5_4)
{
    struct stream s;
    REQUIRE(stage1_open(&s, 12, 48));
    s.cd.wxn = s.cd.pan = true;
    s.ste = lab_ste_stage1(&s.lab, &s.cd);
    lab_ste(&s.lab, SID, &s.ste);
    dbell_host_map(&s.tables, 0x1000, PA, 3, LAB_S1_RW);
    dbell_host_map(&s.tables, 0x2000, PA, 3, LAB_S1_RW | DBELL_HOST_PTE_AP_RO);
    uint8_t data[4];
    struct dbell_dma dma = {.requesterid = SID, .address = 0x1000, .length = 4, .data = data};
    dma.instruction = true;
    CHECK_EQ(lab_dma_with(&s.lab, dma).trail.event, DBELL_EVENT_F_PERMISSION); /* WXN */
    dma.address = 0x2000;
    CHECK_EQ(lab_dma_with(&s.lab, dma).trail.outcome, DBELL_DONE);
    dma.instruction = false;
    dma.privileged = true;
    CHECK_EQ(lab_dma_with(&s.lab, dma).trail.event, DBELL_EVENT_F_PERMISSION); /* PAN */
    lab_close(&s.lab);
}

TEST(permission, hierarchical_bits_and_had_5_4_HAD)
{
    for (int had = 0; had < 2; had++) {
        struct stream s;
        uint32_t value = 1;
        REQUIRE(stage1_open(&s, 12, 48));
        s.cd.had0 = had;
        s.ste = lab_ste_stage1(&s.lab, &s.cd);
        lab_ste(&s.lab, SID, &s.ste);
        dbell_host_map(&s.tables, 0x1000, PA, 3, LAB_S1_RW);
        uint64_t top = lab_read(&s.lab, s.tables.root, 8);
        lab_write(&s.lab, s.tables.root, 8, top | UINT64_C(1) << 62); /* APTable[1] */
        CHECK_EQ(lab_dma(&s.lab, SID, DBELL_WRITE, 0x1000, &value).trail.event,
                 had ? 0 : DBELL_EVENT_F_PERMISSION);
        CHECK_EQ(lab_fault(&s.lab, SID, 0x1000), 0);
        lab_close(&s.lab);
    }
}

TEST(permission, el2_streams_ignore_privilege_and_ap1_5_4_1)
{
    struct stream s;
    REQUIRE(stage1_open(&s, 12, 48));
    s.ste.strw = 2;
    lab_ste(&s.lab, SID, &s.ste);
    dbell_host_map(&s.tables, 0x1000, PA, 3, LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AP_EL0);
    CHECK_EQ(where(&s, 0x1000), PA); /* unprivileged, AP[1] == 0 */
    CHECK_EQ(lab_fault(&s.lab, SID, UINT64_C(0xffff000000001000)), DBELL_EVENT_F_TRANSLATION);
    lab_close(&s.lab);
}

TEST(permission, stage2_xn_by_privilege_13_4_3)
{
    static const char *const execute[4] = {"up", "u-", "--", "-p"}; /* XN[1:0] */
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
    for (unsigned xn = 0; xn < 4; xn++)
        dbell_host_map(&tables, 0x1000 * (xn + 1), PA, 3, LAB_S2_RW | (uint64_t)xn << 53);
    struct dbell_host_ste ste = lab_ste_stage2(&tables);
    lab_ste(&lab, SID, &ste);
    for (unsigned xn = 0; xn < 4; xn++)
        for (unsigned privileged = 0; privileged < 2; privileged++) {
            uint8_t data[4];
            struct dbell_dma_result r =
                lab_dma_with(&lab, (struct dbell_dma){.requesterid = SID,
                                                      .instruction = true,
                                                      .privileged = privileged,
                                                      .address = 0x1000 * (xn + 1),
                                                      .length = 4,
                                                      .data = data});
            CHECK_EQ(r.trail.outcome == DBELL_DONE, execute[xn][privileged] != '-');
        }
    lab_close(&lab);
}

TEST(stage2, concatenated_tables_at_the_start_D8_2)
{
    /* 43 bits from level 1: eight concatenated tables of 4 KB. */
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    struct dbell_host_tables tables = lab_tables(&lab, 12, 43);
    tables.root = lab_alloc(&lab, 8 * 4096);
    tables.start_level = 1;
    uint64_t ipa = UINT64_C(7) << 40 | 0x3000;
    dbell_host_map(&tables, ipa, PA, 3, LAB_S2_RW);
    struct dbell_host_ste ste = lab_ste_stage2(&tables);
    lab_ste(&lab, SID, &ste);
    CHECK_EQ(lab_dma(&lab, SID, DBELL_READ, ipa, NULL).trail.address, PA);
    CHECK_EQ(lab_fault(&lab, SID, UINT64_C(8) << 40), DBELL_EVENT_F_TRANSLATION);
    lab_close(&lab);
}

TEST(stage2, the_ipa_of_a_permission_fault_is_recorded_on_a_tlb_hit_too_7_3_16)
{
    struct lab lab;
    uint64_t record[4];
    uint32_t value = 0;
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
    dbell_host_map(&tables, 0x7000, PA, 3, LAB_S2_RW & ~(uint64_t)DBELL_HOST_PTE_S2_WRITE);
    struct dbell_host_ste ste = lab_ste_stage2(&tables);
    lab_ste(&lab, SID, &ste);
    CHECK_EQ(lab_fault(&lab, SID, 0x7000), 0);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(lab_dma(&lab, SID, DBELL_WRITE, 0x7004, &value).trail.event,
                 DBELL_EVENT_F_PERMISSION);
        REQUIRE(lab_event(&lab, record));
        CHECK_EQ(record[1], UINT64_C(2) << 40 | UINT64_C(1) << 39); /* CLASS IN, S2, write */
        CHECK_EQ(record[2], 0x7004);
        CHECK_EQ(record[3], 0x7000);
    }
    lab_close(&lab);
}

/* Reads without any cached translation, as the reference counts them: S1 with four levels is STE,
 * CD and 4 descriptors; nested 4+4 is STE, 4+1 for the CD, 4 x (4+1), 4: 30. */
TEST(counts, reads_per_cold_translation)
{
    struct stream s;
    REQUIRE(stage1_open(&s, 12, 48));
    dbell_host_map(&s.tables, 0x1000, PA, 3, LAB_S1_RW);
    struct dbell_smmu *smmu = dbell_machine_smmu(s.lab.machine, 0);
    CHECK_EQ(where(&s, 0x1000), PA);
    CHECK_EQ(dbell_smmu_count(smmu, DBELL_SMMU_READS_STE), 1);
    CHECK_EQ(dbell_smmu_count(smmu, DBELL_SMMU_READS_CD), 1);
    CHECK_EQ(dbell_smmu_count(smmu, DBELL_SMMU_READS_S1), 4);
    CHECK_EQ(where(&s, 0x1800), PA + 0x800);
    CHECK_EQ(dbell_smmu_count(smmu, DBELL_SMMU_READS_S1), 4); /* warm: none */
    CHECK_EQ(dbell_smmu_count(smmu, DBELL_SMMU_TLB_HIT), 1);

    struct dbell_host_tables s2 = lab_tables(&s.lab, 12, 48);
    for (uint64_t page = LAB_RAM; page < LAB_RAM + 0x400000; page += 0x1000)
        dbell_host_map(&s2, page, page, 3, LAB_S2_RW);
    dbell_host_map(&s2, PA, PA, 3, LAB_S2_RW);
    struct dbell_host_ste nested = lab_ste_stage2(&s2);
    nested.config = 7;
    nested.s1contextptr = s.ste.s1contextptr;
    lab_ste(&s.lab, SID + 1, &nested);
    CHECK_EQ(lab_dma(&s.lab, SID + 1, DBELL_READ, 0x1000, NULL).trail.address, PA);
    CHECK_EQ(dbell_smmu_count(smmu, DBELL_SMMU_READS_STE) - 1, 1);
    CHECK_EQ(dbell_smmu_count(smmu, DBELL_SMMU_READS_CD) - 1, 1);
    CHECK_EQ(dbell_smmu_count(smmu, DBELL_SMMU_READS_S1) - 4, 4);
    CHECK_EQ(dbell_smmu_count(smmu, DBELL_SMMU_READS_S2), 4 + 4 * 4 + 4);
    lab_close(&s.lab);
}

/* --- invalidation: which commands must remove an entry, which must leave other scopes --- */

/* Remaps 0x1000 to another page; the access must follow after the command, not before. */
static void invalidates(struct dbell_host_cmd command)
{
    struct stream s;
    REQUIRE(stage1_open(&s, 12, 48));
    s.ste.s2vmid = 7;
    lab_ste(&s.lab, SID, &s.ste);
    dbell_host_map(&s.tables, 0x1000, PA, 3, LAB_S1_RW);
    CHECK_EQ(where(&s, 0x1000), PA);
    dbell_host_map(&s.tables, 0x1000, PA + 0x10000, 3, LAB_S1_RW);
    CHECK_EQ(where(&s, 0x1000), PA); /* cached */
    CHECK(lab_command(&s.lab, command));
    CHECK(lab_command(&s.lab, dbell_host_sync()));
    CHECK_EQ(where(&s, 0x1000), PA + 0x10000);
    lab_close(&s.lab);
}

TEST(tlbi, every_scope_that_holds_an_entry_removes_it_4_4)
{
    invalidates(dbell_host_tlbi_nh_all(7));
    invalidates(dbell_host_tlbi_nh_asid(7, 1));
    invalidates(dbell_host_tlbi_nh_va(7, 1, 0x1000, true));
    invalidates(dbell_host_tlbi_nh_vaa(7, 0x1000, false));
    invalidates(dbell_host_tlbi_s12_vmall(7));
    invalidates(dbell_host_tlbi_nsnh_all());
    /* RIL (4.4.1.1): two granules from 0; 2^20 granules are one scan. */
    invalidates(dbell_host_range(dbell_host_tlbi_nh_va(7, 1, 0, true), 1, 0, 1, 3));
    invalidates(dbell_host_range(dbell_host_tlbi_nh_va(7, 1, 0, true), 31, 15, 1, 0));
}

static void leaves(struct dbell_host_cmd command)
{
    struct stream s;
    REQUIRE(stage1_open(&s, 12, 48));
    s.ste.s2vmid = 7;
    lab_ste(&s.lab, SID, &s.ste);
    dbell_host_map(&s.tables, 0x1000, PA, 3, LAB_S1_RW);
    CHECK_EQ(where(&s, 0x1000), PA);
    CHECK(lab_command(&s.lab, command));
    struct dbell_smmu *smmu = dbell_machine_smmu(s.lab.machine, 0);
    uint64_t hits = dbell_smmu_count(smmu, DBELL_SMMU_TLB_HIT);
    CHECK_EQ(where(&s, 0x1000), PA);
    CHECK_EQ(dbell_smmu_count(smmu, DBELL_SMMU_TLB_HIT), hits + 1);
    lab_close(&s.lab);
}

TEST(tlbi, other_scopes_leave_it_4_4)
{
    leaves(dbell_host_tlbi_nh_all(8));
    leaves(dbell_host_tlbi_nh_asid(7, 2));
    leaves(dbell_host_tlbi_nh_va(7, 1, 0x2000, true));
    leaves(dbell_host_tlbi_nh_va(7, 2, 0x1000, true));
    leaves(dbell_host_tlbi_s2_ipa(7, 0x1000, true));
    leaves(dbell_host_tlbi_el2_all());
    leaves(dbell_host_range(dbell_host_tlbi_nh_va(7, 1, 0x2000, true), 7, 0, 1, 3));
    leaves(dbell_host_range(dbell_host_tlbi_nh_va(7, 1, 0, true), 1, 0, 1, 2)); /* TTL: level 2 */
    leaves(dbell_host_range(dbell_host_tlbi_nh_va(7, 1, 0, true), 1, 0, 3, 0)); /* TG: 64 KB */
    leaves(dbell_host_cfgi_all());
}

TEST(tlbi, global_entries_go_by_va_under_any_asid_and_stay_by_asid_4_4_2)
{
    struct stream s;
    REQUIRE(stage1_open(&s, 12, 48));
    dbell_host_map(&s.tables, 0x1000, PA, 3, LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_NG);
    CHECK_EQ(where(&s, 0x1000), PA);
    dbell_host_map(&s.tables, 0x1000, PA + 0x1000, 3, LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_NG);
    CHECK(lab_command(&s.lab, dbell_host_tlbi_nh_asid(0, 1)));
    CHECK_EQ(where(&s, 0x1000), PA);
    CHECK(lab_command(&s.lab, dbell_host_tlbi_nh_va(0, 99, 0x1000, true)));
    CHECK_EQ(where(&s, 0x1000), PA + 0x1000);
    lab_close(&s.lab);
}

TEST(tlbi, a_stage1_block_cut_into_stage2_pages_goes_as_a_whole_4_4)
{
    struct stream s;
    REQUIRE(stage1_open(&s, 12, 48));
    struct dbell_host_tables s2 = lab_tables(&s.lab, 12, 48);
    for (uint64_t page = LAB_RAM; page < LAB_RAM + 0x400000; page += 0x1000)
        dbell_host_map(&s2, page, page, 3, LAB_S2_RW);
    dbell_host_map(&s.tables, 0, LAB_RAM, 2, LAB_S1_RW); /* 2 MB */
    struct dbell_host_ste nested = lab_ste_stage2(&s2);
    nested.config = 7;
    nested.s1contextptr = s.ste.s1contextptr;
    lab_ste(&s.lab, SID, &nested);
    CHECK_EQ(where(&s, 0x3000), LAB_RAM + 0x3000);
    CHECK_EQ(where(&s, 0x9000), LAB_RAM + 0x9000);
    dbell_host_store(&s.lab.bus, s.tables.next - 0x1000, 8, 0); /* the block is gone */
    CHECK(lab_command(&s.lab, dbell_host_tlbi_nh_va(1, 1, 0x3000, true)));
    CHECK_EQ(lab_fault(&s.lab, SID, 0x3000), DBELL_EVENT_F_TRANSLATION);
    CHECK_EQ(lab_fault(&s.lab, SID, 0x9000), DBELL_EVENT_F_TRANSLATION);
    lab_close(&s.lab);
}

TEST(tlbi, a_range_to_the_top_of_the_address_space_does_not_wrap_4_4_1_1)
{
    struct stream s;
    REQUIRE(stage1_open(&s, 12, 48));
    dbell_host_map(&s.tables, 0x1000, PA, 3, LAB_S1_RW);
    CHECK_EQ(where(&s, 0x1000), PA);
    dbell_host_map(&s.tables, 0x1000, PA + 0x1000, 3, LAB_S1_RW);
    CHECK(lab_command(
        &s.lab, dbell_host_range(dbell_host_tlbi_nh_va(0, 1, UINT64_C(0xfffffffffffff000), true),
                                 31, 31, 3, 0)));
    CHECK_EQ(where(&s, 0x1000), PA);
    lab_close(&s.lab);
}

TEST(httu, access_flag_and_dirty_state_are_set_in_memory_3_13)
{
    struct stream s;
    uint32_t value = 5;
    REQUIRE(stage1_open(&s, 12, 48));
    s.cd.ha = s.cd.hd = true;
    s.ste = lab_ste_stage1(&s.lab, &s.cd);
    lab_ste(&s.lab, SID, &s.ste);
    uint64_t bits =
        (LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AF) | DBELL_HOST_PTE_AP_RO | DBELL_HOST_PTE_DBM;
    dbell_host_map(&s.tables, 0, PA, 3, bits);
    uint64_t leaf = s.tables.next - 0x1000;
    CHECK_EQ(lab_fault(&s.lab, SID, 0), 0);
    CHECK_EQ(lab_read(&s.lab, leaf, 8), dbell_host_pte_page(PA, bits | DBELL_HOST_PTE_AF));
    CHECK_EQ(lab_dma(&s.lab, SID, DBELL_WRITE, 0, &value).trail.outcome, DBELL_DONE);
    CHECK_EQ(lab_read(&s.lab, leaf, 8),
             dbell_host_pte_page(PA, (bits | DBELL_HOST_PTE_AF) & ~(uint64_t)DBELL_HOST_PTE_AP_RO));
    lab_close(&s.lab);
}

/* Memory that refuses the update of one descriptor. */
struct stubborn {
    struct dbell_bus bus;
    uint64_t refused;
};

static enum dbell_response stubborn_access(void *ctx, struct dbell_transaction *t)
{
    struct stubborn *s = ctx;
    return s->bus.access(s->bus.ctx, t);
}

static enum dbell_response stubborn_cas(void *ctx, uint64_t address, uint64_t expected,
                                        uint64_t desired, uint64_t *old)
{
    struct stubborn *s = ctx;
    return address == s->refused ? DBELL_RESPONSE_SLVERR
                                 : s->bus.cas(s->bus.ctx, address, expected, desired, old);
}

/* Stage 2 must make a page of stage 1 tables dirty before stage 1 sets an access flag in it: an
 * abort there is one of the stage 1 descriptor's IPA, CLASS TT. */
TEST(httu, an_abort_of_a_stage2_update_for_stage1_is_class_tt_7_3_12)
{
    struct stream s;
    uint64_t record[4];
    REQUIRE(stage1_open(&s, 12, 48));
    s.cd.ha = true;
    s.ste = lab_ste_stage1(&s.lab, &s.cd);
    dbell_host_map(&s.tables, 0, PA, 3, LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AF);
    struct dbell_host_tables s2 = lab_tables(&s.lab, 12, 39);
    dbell_host_map(&s2, LAB_RAM, LAB_RAM, 1,
                   (LAB_S2_RW & ~(uint64_t)DBELL_HOST_PTE_S2_WRITE) | DBELL_HOST_PTE_DBM);
    struct dbell_host_ste nested = lab_ste_stage2(&s2);
    nested.config = 7;
    nested.s1contextptr = s.ste.s1contextptr;
    nested.s2ha = nested.s2hd = true;
    lab_ste(&s.lab, SID, &nested);

    struct stubborn memory = {.bus = s.lab.bus, .refused = s2.root + LAB_RAM / 0x40000000 * 8};
    const struct dbell_smmu_ports ports = {
        .tables = {.ctx = &memory, .access = stubborn_access, .cas = stubborn_cas}};
    const struct dbell_smmu_config config = dbell_smmu_default_config();
    size_t size = dbell_smmu_state_size(&config);
    void *state = aligned_alloc(16, size);
    struct dbell_smmu smmu;
    REQUIRE(state && dbell_smmu_init(&smmu, state, size, &config, &ports) == DBELL_OK);
    dbell_smmu_write(&smmu, 0x80, 8, s.lab.strtab);
    dbell_smmu_write(&smmu, 0x88, 4, 8);
    dbell_smmu_write(&smmu, 0xa0, 8, s.lab.eventq | 5);
    dbell_smmu_write(&smmu, 0x20, 4, 0x5);
    const struct dbell_transaction t = {
        .address = 0, .length = 4, .side = {.has_streamid = true, .streamid = SID}};
    struct dbell_translation result;
    CHECK_EQ(dbell_smmu_translate(&smmu, &t, &result), DBELL_FAULT);
    while (dbell_smmu_step(&smmu, NULL) == DBELL_STEPPED)
        ;
    for (unsigned i = 0; i < 4; i++)
        record[i] = lab_read(&s.lab, s.lab.eventq + 8 * i, 8);
    CHECK_EQ(record[0] & 0xff, 0x0b);                                /* F_WALK_EABT */
    CHECK_EQ(record[1] >> 39 & 1, 1);                                /* S2 */
    CHECK_EQ(record[1] >> 40 & 3, 1);                                /* CLASS TT */
    CHECK_EQ(record[3] & UINT64_C(0xffffffffffff8), memory.refused); /* FetchAddr */
    free(state);
    lab_close(&s.lab);
}

/* What came in decides, on a TLB hit too. */
TEST(stage2, attributes_follow_each_access_13_4_3)
{
    static const struct {
        uint8_t attr, sh, out_attr, out_sh;
    } cases[] = {{0x04, DBELL_SH_OUTER, 0x04, DBELL_SH_OUTER}, /* Device-nGnRE on Normal */
                 {0xff, DBELL_SH_NON, 0xff, DBELL_SH_INNER},   /* write-back, inner from stage 2 */
                 {0x44, DBELL_SH_OUTER, 0x44, DBELL_SH_OUTER}, /* Non-cacheable wins */
                 {0x04, DBELL_SH_OUTER, 0x04, DBELL_SH_OUTER}};
    struct lab lab;
    REQUIRE(lab_open(&lab, NULL));
    lab_smmu_on(&lab);
    struct dbell_host_tables tables = lab_tables(&lab, 12, 40);
    dbell_host_map(&tables, 0x1000, 0x60000000, 3, LAB_S2_RW);
    struct dbell_host_ste ste = lab_ste_stage2(&tables);
    lab_ste(&lab, 3, &ste);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct dbell_transaction t = {
            .address = 0x1000,
            .length = 4,
            .side = {
                .has_streamid = true, .streamid = 3, .attr = cases[i].attr, .sh = cases[i].sh}};
        struct dbell_translation result;
        REQUIRE(dbell_smmu_translate(dbell_machine_smmu(lab.machine, 0), &t, &result) ==
                DBELL_DONE);
        CHECK_EQ(result.attr, cases[i].out_attr);
        CHECK_EQ(result.sh, cases[i].out_sh);
    }
    lab_close(&lab);
}

/* WXN looks at what the page says; PAN and EPAN concern data accesses. */
TEST(permission, wxn_holds_where_epan_takes_the_write_away_5_4)
{
    const struct cd cd = {.wxn = true, .pan = true, .epan = true};
    const struct hierarchy none = {0};
    uint8_t may = dbell__stage1_permissions(&cd, WORLD_NS_EL1, DBELL_HOST_PTE_AF, &none);
    CHECK_EQ(may & MAY_EXECUTE << PRIVILEGED_SHIFT, 0);
    may = dbell__stage1_permissions(&cd, WORLD_NS_EL1, DBELL_HOST_PTE_AF | DBELL_HOST_PTE_AP_RO,
                                    &none);
    CHECK(may & MAY_EXECUTE << PRIVILEGED_SHIFT);
}

/* --- permissions by what IDR3 announces, and overrides --- */

static bool stage1_open_with(struct stream *s, const struct dbell_smmu_config *config)
{
    if (!lab_open(&s->lab, config))
        return false;
    lab_smmu_on(&s->lab);
    s->tables = lab_tables(&s->lab, 12, 48);
    s->cd = lab_cd(&s->tables);
    return true;
}

/* Takes up CD and STE as they are now, with nothing cached. */
static void stage1_use(struct stream *s, uint32_t sid)
{
    const struct dbell_host_ste with = lab_ste_stage1(&s->lab, &s->cd);
    s->ste.v = true;
    s->ste.config = 5;
    s->ste.shcfg = 1;
    s->ste.s1contextptr = with.s1contextptr;
    lab_ste(&s->lab, sid, &s->ste);
}

/* "u" or "p", then "r", "w" or "x". */
static struct dbell_dma_result access_as(struct stream *s, uint32_t sid, const char *how,
                                         uint64_t address)
{
    static uint8_t data[4];
    return lab_dma_with(&s->lab, (struct dbell_dma){.requesterid = sid,
                                                    .op = how[1] == 'w' ? DBELL_WRITE : DBELL_READ,
                                                    .privileged = how[0] == 'p',
                                                    .instruction = how[1] == 'x',
                                                    .address = address,
                                                    .length = 4,
                                                    .data = data});
}

static unsigned event_as(struct stream *s, uint32_t sid, const char *how, uint64_t address)
{
    return access_as(s, sid, how, address).trail.event;
}

/* An unprivileged access to the half is a Translation fault, in the TLB or not. */
TEST(permission, e0pd_hides_a_half_from_unprivileged_accesses_5_4_E0PD)
{
    const uint64_t low = 0x3000, high = UINT64_C(0xffffff8000003000);
    for (unsigned announced = 0; announced < 2; announced++)
        for (unsigned set = 0; set < 4; set++) {
            struct dbell_smmu_config config = dbell_smmu_default_config();
            config.idr[3] |= announced << 13;
            struct stream s = {0};
            REQUIRE(stage1_open_with(&s, &config));
            struct dbell_host_tables tables = lab_tables(&s.lab, 12, 39);
            dbell_host_map(&s.tables, low, PA, 3, LAB_S1_RW);
            dbell_host_map(&tables, high, PA + 0x1000, 3, LAB_S1_RW);
            s.cd.epd1 = false;
            s.cd.t1sz = 25;
            s.cd.tg1 = 2;
            s.cd.ttb1 = tables.root;
            s.cd.e0pd0 = set & 1;
            s.cd.e0pd1 = set & 2;
            stage1_use(&s, SID);
            const unsigned hidden_low = announced && set & 1 ? DBELL_EVENT_F_TRANSLATION : 0;
            const unsigned hidden_high = announced && set & 2 ? DBELL_EVENT_F_TRANSLATION : 0;
            CHECK_EQ(event_as(&s, SID, "ur", low), hidden_low);
            CHECK_EQ(event_as(&s, SID, "ur", high), hidden_high);
            CHECK_EQ(event_as(&s, SID, "pr", low), 0);
            CHECK_EQ(event_as(&s, SID, "pr", high), 0);
            CHECK_EQ(event_as(&s, SID, "ur", low), hidden_low); /* it is in the TLB now */
            CHECK_EQ(event_as(&s, SID, "ur", high), hidden_high);
            lab_close(&s.lab);
        }
}

TEST(permission, e0pd_and_ptwnnc_came_with_smmuv3_3_6_3_4)
{
    static const uint32_t bits[] = {1u << 13, 1u << 14};
    for (unsigned i = 0; i < 2; i++) {
        struct dbell_smmu_config config = dbell_smmu_default_config();
        config.idr[3] |= bits[i]; /* SMMUv3.2 may have them (2.9) */
        CHECK(!dbell_smmu_inconsistency(&config, 0));
        config.aidr = 1;
        REQUIRE(dbell_smmu_inconsistency(&config, 0));
        CHECK_TEXT(dbell_smmu_inconsistency(&config, 0),
                   "6.3.4: IDR3.E0PD and PTWNNC came with SMMUv3.3");
        CHECK(!dbell_smmu_inconsistency(&config, 1));
    }
}

/* 13.1.2: PRIVCFG and INSTCFG 0b10 are unprivileged and data, 0b11 privileged and instruction;
 * what comes in decides otherwise. Records show the result. */
TEST(permission, privcfg_and_instcfg_override_what_comes_in_13_1_2)
{
    enum { KERNEL = 0x1000, USER = 0x2000, NEVER = 0x3000, CODE = 0x4000 };
    static const struct {
        unsigned privcfg, instcfg;
        const char *how;
        uint64_t address;
        bool faults, priv, inst; /* PnU and InD of the record */
    } cases[] = {
        /* no access for EL0 */
        {0, 0, "ur", KERNEL, true, false, false},
        {0, 0, "pr", KERNEL, false, false, false},
        {1, 0, "ur", KERNEL, true, false, false}, /* 0b01 is reserved: as 0b00 */
        {2, 0, "pr", KERNEL, true, false, false},
        {2, 0, "pw", KERNEL, true, false, false},
        {3, 0, "ur", KERNEL, false, false, false},
        {3, 0, "uw", KERNEL, false, false, false},
        /* writable by EL0, which EL1 does not execute */
        {0, 0, "px", USER, true, true, true},
        {2, 0, "px", USER, false, false, false},
        {3, 0, "ux", USER, true, true, true},
        /* UXN and PXN */
        {0, 0, "ux", NEVER, true, false, true},
        {0, 1, "ux", NEVER, true, false, true},
        {0, 2, "ux", NEVER, false, false, false},
        {0, 2, "px", NEVER, false, false, false},
        {0, 3, "ur", NEVER, true, false, true},
        {0, 3, "pr", NEVER, true, true, true},
        {0, 3, "uw", NEVER, false, false, false}, /* a write is of data */
        {3, 3, "ur", NEVER, true, true, true},
        {0, 3, "ur", CODE, false, false, false},
    };
    for (unsigned has = 0; has < 2; has++) {
        struct dbell_smmu_config config = dbell_smmu_default_config();
        config.idr[1] = (config.idr[1] & ~(1u << 26)) | has << 26; /* ATTR_PERMS_OVR */
        for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            struct stream s = {0};
            uint64_t record[4];
            const bool overrides = cases[i].privcfg & 2 || cases[i].instcfg & 2;
            if (overrides && !has)
                continue;
            REQUIRE(stage1_open_with(&s, &config));
            const uint64_t rw = LAB_S1_RW, xn = DBELL_HOST_PTE_UXN | DBELL_HOST_PTE_PXN;
            dbell_host_map(&s.tables, KERNEL, PA, 3, rw & ~(uint64_t)DBELL_HOST_PTE_AP_EL0);
            dbell_host_map(&s.tables, USER, PA, 3, rw);
            dbell_host_map(&s.tables, NEVER, PA, 3, rw | xn);
            dbell_host_map(&s.tables, CODE, PA, 3, rw | DBELL_HOST_PTE_AP_RO);
            s.ste.privcfg = cases[i].privcfg;
            s.ste.instcfg = cases[i].instcfg;
            stage1_use(&s, SID);
            CHECK_EQ(event_as(&s, SID, cases[i].how, cases[i].address),
                     cases[i].faults ? DBELL_EVENT_F_PERMISSION : 0);
            if (cases[i].faults) {
                REQUIRE(lab_event(&s.lab, record));
                CHECK_EQ(record[1] >> 33 & 1, cases[i].priv);
                CHECK_EQ(record[1] >> 34 & 1, cases[i].inst);
                CHECK_EQ(record[1] >> 35 & 1, cases[i].how[1] != 'w');
            }
            lab_close(&s.lab);
        }
        if (has)
            continue;
        struct stream s = {0}; /* not announced: ignored */
        REQUIRE(stage1_open_with(&s, &config));
        dbell_host_map(&s.tables, KERNEL, PA, 3, LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AP_EL0);
        dbell_host_map(&s.tables, NEVER, PA, 3, LAB_S1_RW | DBELL_HOST_PTE_UXN);
        s.ste.privcfg = s.ste.instcfg = 3;
        stage1_use(&s, SID);
        CHECK_EQ(event_as(&s, SID, "ur", KERNEL), DBELL_EVENT_F_PERMISSION);
        CHECK_EQ(event_as(&s, SID, "ur", NEVER), 0);
        s.ste.privcfg = s.ste.instcfg = 2;
        stage1_use(&s, SID + 1);
        CHECK_EQ(event_as(&s, SID + 1, "pr", KERNEL), 0);
        CHECK_EQ(event_as(&s, SID + 1, "ux", NEVER), DBELL_EVENT_F_PERMISSION);
        lab_close(&s.lab);
    }
}

/* Pages without EL0 access: one that EL0 may execute, one that it may not. */
TEST(permission, epan_counts_unprivileged_execution_as_access_5_4_EPAN)
{
    for (unsigned what = 0; what < 8; what++) {
        const bool announced = what & 1, epan = what & 2, pan = what & 4;
        struct dbell_smmu_config config = dbell_smmu_default_config();
        config.idr[3] |= (uint32_t)announced << 17;
        struct stream s = {0};
        REQUIRE(stage1_open_with(&s, &config));
        const uint64_t bits = LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AP_EL0;
        dbell_host_map(&s.tables, 0x1000, PA, 3, bits);
        dbell_host_map(&s.tables, 0x2000, PA, 3, bits | DBELL_HOST_PTE_UXN);
        s.cd.pan = pan;
        s.cd.epan = epan;
        stage1_use(&s, SID);
        const unsigned never = announced && epan && pan ? DBELL_EVENT_F_PERMISSION : 0;
        CHECK_EQ(event_as(&s, SID, "pr", 0x1000), never);
        CHECK_EQ(event_as(&s, SID, "pw", 0x1000), never);
        CHECK_EQ(event_as(&s, SID, "px", 0x1000), 0);
        CHECK_EQ(event_as(&s, SID, "pr", 0x2000), 0);
        CHECK_EQ(event_as(&s, SID, "pw", 0x2000), 0);
        lab_close(&s.lab);
    }
}

/* Arm ARM D8.4: a table descriptor takes away below it; HADx makes these bits ignored. */
TEST(permission, hierarchical_bits_of_both_halves_5_4_HAD)
{
    static const struct {
        unsigned bit;
        const char *denied; /* of "ur uw ux pr pw px" */
    } cases[] = {{59, "px"}, {60, "ux"}, {61, "ur uw"}, {62, "uw pw"}};
    static const char *const hows[] = {"ur", "uw", "ux", "pr", "pw", "px"};
    for (unsigned half = 0; half < 2; half++)
        for (unsigned had = 0; had < 2; had++)
            for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                const uint64_t top = half ? UINT64_C(0xffff000000000000) : 0;
                struct stream s = {0};
                REQUIRE(stage1_open_with(&s, NULL));
                /* One page that EL0 and EL1 read and write, one that both execute. */
                dbell_host_map(&s.tables, top | 0x1000, PA, 3, LAB_S1_RW);
                dbell_host_map(&s.tables, top | 0x2000, PA, 3, LAB_S1_RW | DBELL_HOST_PTE_AP_RO);
                const uint64_t table = lab_read(&s.lab, s.tables.root, 8);
                lab_write(&s.lab, s.tables.root, 8, table | UINT64_C(1) << cases[i].bit);
                if (half) {
                    s.cd.ttb1 = s.cd.ttb0;
                    s.cd.t1sz = 16;
                    s.cd.tg1 = 2;
                    s.cd.epd1 = false;
                    s.cd.epd0 = true;
                }
                *(half ? &s.cd.had1 : &s.cd.had0) = had;
                stage1_use(&s, SID);
                for (unsigned j = 0; j < 6; j++) {
                    const uint64_t page = top | (hows[j][1] == 'x' ? 0x2000 : 0x1000);
                    const bool denied = !had && strstr(cases[i].denied, hows[j]);
                    if (event_as(&s, SID, hows[j], page) !=
                        (denied ? DBELL_EVENT_F_PERMISSION : 0u))
                        dbell_test_fail(__FILE__, __LINE__, hows[j]);
                }
                lab_close(&s.lab);
            }
}

/* Arm ARM D8.6, FEAT_S2FWB: 0b0101 is Non-cacheable and 0b0111 is stage 1's choice, but Device
 * stays; 0b0110 is write-back whatever stage 1 says; 0b0001 is Device-nGnRE. */
TEST(stage2, s2fwb_gives_the_type_from_stage2_5_2_S2FWB)
{
    static const struct {
        unsigned memattr;
        uint8_t incoming, with, without; /* S2FWB = 1, and not */
    } cases[] = {
        {0x1, 0xff, 0x04, 0x04}, {0x1, 0x00, 0x00, 0x00}, {0x0, 0x04, 0x00, 0x00}, /* Device */
        {0x5, 0xff, 0x44, 0x44}, {0x5, 0x04, 0x04, 0x04}, /* or Normal Non-cacheable */
        {0x6, 0xff, 0xff, 0x4b}, {0x6, 0x04, 0xff, 0x04}, {0x6, 0x44, 0xff, 0x44},
        {0x7, 0xff, 0xff, 0x4f}, {0x7, 0x04, 0x04, 0x04}, {0x7, 0x44, 0x44, 0x44},
    };
    for (unsigned what = 0; what < 4; what++) {
        const bool announced = what & 1, set = what & 2;
        struct dbell_smmu_config config = dbell_smmu_default_config();
        if (!announced)
            config.idr[3] &= ~(1u << 8);
        for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            struct lab lab;
            REQUIRE(lab_open(&lab, &config));
            lab_smmu_on(&lab);
            struct dbell_host_tables tables = lab_tables(&lab, 12, 48);
            dbell_host_map(&tables, 0x1000, PA, 3,
                           (LAB_S2_RW & ~UINT64_C(0x3c)) | (uint64_t)cases[i].memattr << 2);
            struct dbell_host_ste ste = lab_ste_stage2(&tables);
            ste.s2fwb = set;
            lab_ste(&lab, SID, &ste);
            const struct dbell_dma dma = {.requesterid = SID,
                                          .has_attr = true,
                                          .attr = cases[i].incoming,
                                          .sh = DBELL_SH_INNER,
                                          .address = 0x1000,
                                          .length = 4};
            CHECK_EQ(lab_dma_with(&lab, dma).trail.attr,
                     announced && set ? cases[i].with : cases[i].without);
            lab_close(&lab);
        }
    }
}

/* An IPA from bit 64 - S2T0SZ on, whose lower bits are mapped. */
TEST(stage2, an_ipa_beyond_s2t0sz_is_f_translation_7_3_13)
{
    struct stream s;
    uint64_t record[4];
    const uint64_t ipa = UINT64_C(1) << 40 | LAB_RAM;
    REQUIRE(stage1_open(&s, 12, 48));
    dbell_host_map(&s.tables, 0x1000, ipa, 3, LAB_S1_RW);
    struct dbell_host_tables s2 = lab_tables(&s.lab, 12, 39);
    dbell_host_map(&s2, LAB_RAM, LAB_RAM, 1, LAB_S2_RW);
    struct dbell_host_ste nested = lab_ste_stage2(&s2);
    nested.config = 7;
    nested.s1contextptr = s.ste.s1contextptr;
    lab_ste(&s.lab, SID, &nested);
    CHECK_EQ(lab_fault(&s.lab, SID, 0x1000), DBELL_EVENT_F_TRANSLATION);
    REQUIRE(lab_event(&s.lab, record));
    CHECK_EQ(record[1] >> 39 & 7, 2 << 1 | 1); /* CLASS IN, S2 */
    CHECK_EQ(record[3], ipa);
    lab_close(&s.lab);
}
