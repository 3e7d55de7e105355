/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Everything at the top of a 52-bit address space (IHI 0070 3.4). */
#include <string.h>

#include "dbell_test.h"
#include "solo.h"

enum { SID = 3 };
#define TOP UINT64_C(0x0008000000000000) /* bit 51 */

/* Memory whose RAM is in the upper half: bit 51 has to be set. */
struct high {
    struct solo solo;
    unsigned low; /* accesses that were refused */
};

static enum dbell_response high_access(void *ctx, struct dbell_transaction *t)
{
    struct high *h = ctx;
    struct dbell_transaction lower = *t;
    if (!(t->address & TOP)) {
        h->low++;
        return DBELL_RESPONSE_DECERR;
    }
    lower.address &= ~TOP;
    return h->solo.lab.bus.access(h->solo.lab.bus.ctx, &lower);
}

static bool high_open(struct high *h)
{
    memset(h, 0, sizeof *h);
    const struct dbell_smmu_ports ports = {.tables = {.ctx = h, .access = high_access}};
    if (!solo_open(&h->solo, NULL, &ports))
        return false;
    struct dbell_smmu *smmu = &h->solo.smmu;
    dbell_smmu_write(smmu, 0x20, 4, 0);
    dbell_smmu_write(smmu, 0x80, 8, h->solo.lab.strtab | TOP);
    dbell_smmu_write(smmu, 0x90, 8, h->solo.lab.cmdq | TOP | 5);
    dbell_smmu_write(smmu, 0xa0, 8, h->solo.lab.eventq | TOP | 5);
    dbell_smmu_write(smmu, 0x20, 4, 0xd);
    return true;
}

TEST(wide, stream_table_and_queues_at_bit_51_6_3_24_6_3_26)
{
    struct high h;
    struct dbell_translation result;
    uint64_t record[4];
    const struct dbell_host_ste bypass = {.v = true, .config = 4, .shcfg = 1};
    REQUIRE(high_open(&h));
    struct dbell_smmu *smmu = &h.solo.smmu;
    CHECK_EQ(dbell_smmu_read(smmu, 0x80, 8), h.solo.lab.strtab | TOP);
    CHECK_EQ(dbell_smmu_read(smmu, 0x90, 8), h.solo.lab.cmdq | TOP | 5);
    CHECK_EQ(dbell_smmu_read(smmu, 0xa0, 8), h.solo.lab.eventq | TOP | 5);
    lab_ste(&h.solo.lab, SID, &bypass);
    CHECK_EQ(solo_translate(&h.solo, SID, DBELL_READ, TOP, &result), DBELL_DONE);
    CHECK(solo_command(&h.solo, dbell_host_sync()));
    CHECK_EQ(solo_translate(&h.solo, 0x123, DBELL_READ, 0, &result), DBELL_FAULT);
    REQUIRE(solo_event(&h.solo, record));
    CHECK_EQ(record[0], UINT64_C(0x123) << 32 | 0x02);
    CHECK_EQ(h.low, 0);
    solo_close(&h.solo);
}

TEST(wide, messages_to_bit_51_4_7_3_6_3_20)
{
    struct high h;
    struct dbell_translation result;
    REQUIRE(high_open(&h));
    struct lab *lab = &h.solo.lab;
    const uint64_t at = lab_alloc(lab, 4096);
    dbell_smmu_write(&h.solo.smmu, 0x68, 8, (at + 0x10) | TOP); /* GERROR */
    dbell_smmu_write(&h.solo.smmu, 0x70, 4, 0x11);
    dbell_smmu_write(&h.solo.smmu, 0xb0, 8, (at + 0x20) | TOP); /* event queue */
    dbell_smmu_write(&h.solo.smmu, 0xb8, 4, 0x22);
    dbell_smmu_write(&h.solo.smmu, 0x50, 4, 5);
    const uint64_t sync[2] = {0x46 | 1 << 12 | UINT64_C(0x33) << 32, (at + 0x30) | TOP};
    CHECK(solo_command(&h.solo, (struct dbell_host_cmd){{sync[0], sync[1]}}));
    CHECK_EQ(lab_read(lab, at + 0x30, 4), 0x33);
    CHECK_EQ(solo_translate(&h.solo, 0x123, DBELL_READ, 0, &result), DBELL_FAULT);
    solo_rest(&h.solo);
    CHECK_EQ(lab_read(lab, at + 0x20, 4), 0x22);
    CHECK(!solo_command(&h.solo, (struct dbell_host_cmd){{0xff, 0}}));
    CHECK_EQ(lab_read(lab, at + 0x10, 4), 0x11);
    CHECK_EQ(dbell_smmu_read(&h.solo.smmu, 0x60, 4), 1);
    CHECK_EQ(h.low, 0);
    solo_close(&h.solo);
}

TEST(wide, a_fetch_address_is_recorded_up_to_bit_51_7_3_4)
{
    struct solo b;
    struct dbell_translation result;
    uint64_t record[4];
    REQUIRE(solo_open(&b, NULL, NULL)); /* with its RAM in the lower half */
    dbell_smmu_write(&b.smmu, 0x20, 4, 0xc);
    dbell_smmu_write(&b.smmu, 0x80, 8, TOP);
    dbell_smmu_write(&b.smmu, 0x20, 4, 0xd);
    CHECK_EQ(solo_translate(&b, SID, DBELL_READ, 0, &result), DBELL_FAULT);
    REQUIRE(solo_event(&b, record));
    CHECK_EQ(record[0], (uint64_t)SID << 32 | 0x03);
    CHECK_EQ(record[3], TOP | SID * 64);
    solo_close(&b);
}

/* 64 KB granule: 52 bits of IPA from level 1. */
TEST(wide, intermediate_addresses_at_bit_51_7_3_13_4_4_3)
{
    struct solo b;
    struct dbell_translation result;
    uint64_t record[4];
    const uint64_t ipa = TOP | 0x30000, pa = UINT64_C(0x60000000);
    REQUIRE(solo_open(&b, NULL, NULL));
    struct dbell_host_tables tables = lab_tables(&b.lab, 16, 52);
    dbell_host_map(&tables, ipa, pa, 3, LAB_S2_RW);
    dbell_host_map(&tables, 0x30000, pa + 0x10000, 3, LAB_S2_RW);
    struct dbell_host_ste ste = lab_ste_stage2(&tables);
    ste.s2ps = 6;
    lab_ste(&b.lab, SID, &ste);
    CHECK_EQ(solo_translate(&b, SID, DBELL_READ, ipa, &result), DBELL_DONE);
    CHECK_EQ(result.address, pa);
    CHECK_EQ(solo_translate(&b, SID, DBELL_READ, 0x30000, &result), DBELL_DONE);
    CHECK_EQ(result.address, pa + 0x10000);
    dbell_host_map(&tables, ipa, pa + 0x20000, 3, LAB_S2_RW);
    const struct dbell_host_cmd tlbi = {{0x2a | UINT64_C(1) << 32, ipa | 1}};
    CHECK(solo_command(&b, tlbi));
    CHECK_EQ(solo_translate(&b, SID, DBELL_READ, ipa, &result), DBELL_DONE);
    CHECK_EQ(result.address, pa + 0x20000);
    CHECK_EQ(solo_translate(&b, SID, DBELL_READ, ipa + 0x10000, &result), DBELL_FAULT);
    REQUIRE(solo_event(&b, record));
    CHECK_EQ(record[0], (uint64_t)SID << 32 | 0x10);
    CHECK_EQ(record[2], ipa + 0x10000);
    CHECK_EQ(record[3], ipa + 0x10000);
    solo_close(&b);
}

/* Tables whose root, and next level in bits [15:12] of the descriptors, are at bit 51 (Arm ARM
 * D8.3: OA[51:48] of the 64 KB granule). */
TEST(wide, translation_tables_and_output_at_bit_51_5_4_TTB0)
{
    for (unsigned stage = 1; stage <= 2; stage++) {
        struct high h;
        struct dbell_translation result;
        REQUIRE(high_open(&h));
        struct lab *lab = &h.solo.lab;
        const uint64_t level2 = lab_alloc(lab, 0x10000), level3 = lab_alloc(lab, 0x10000);
        const uint64_t bits = stage == 1 ? LAB_S1_RW : LAB_S2_RW;
        lab_write(lab, level2, 8, level3 | 8 << 12 | 3);
        lab_write(lab, level3 + 5 * 8, 8, UINT64_C(0x60000000) | 8 << 12 | bits | 3);
        const struct dbell_host_tables tables = {
            .root = level2 | TOP, .granule = 16, .input_bits = 42, .start_level = 2};
        struct dbell_host_ste ste;
        if (stage == 1) {
            struct dbell_host_cd cd = lab_cd(&tables);
            cd.ips = 6;
            ste = lab_ste_stage1(lab, &cd);
            ste.s1contextptr |= TOP;
        } else {
            ste = lab_ste_stage2(&tables);
            ste.s2ps = 6;
        }
        lab_ste(lab, SID, &ste);
        CHECK_EQ(solo_translate(&h.solo, SID, DBELL_READ, 0x50010, &result), DBELL_DONE);
        CHECK_EQ(result.address, TOP | 0x60000010);
        CHECK_EQ(h.low, 0);
        solo_close(&h.solo);
    }
}
