/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Event records word by word, merging, conflicts, hints, Service Failure Mode (IHI 0070 7.3, 12.3).
 */
#include <string.h>

#include "dbell_test.h"
#include "lab.h"

#define PA      UINT64_C(0x60000000)
#define NOWHERE UINT64_C(0x10000000) /* nothing decodes there */

enum { SID = 9, CR0 = LAB_SMMU + 0x20, GERROR = LAB_SMMU + 0x60, GERRORN = LAB_SMMU + 0x64 };

/* Bits of word 1 (7.3): PnU 97, InD 98, RnW 99, S2 103, CLASS 105:104, Stall 95. */
#define PNU        (UINT64_C(1) << 33)
#define IND        (UINT64_C(1) << 34)
#define RNW        (UINT64_C(1) << 35)
#define S2         (UINT64_C(1) << 39)
#define CLASS_TT   (UINT64_C(1) << 40)
#define CLASS_IN   (UINT64_C(2) << 40)
#define TTRNW      (UINT64_C(1) << 44)
#define STALL      (UINT64_C(1) << 31)
#define ANY_REASON UINT64_C(0xffff) /* Reason or STAG, bits 79:64 */
#define OF_SID     (UINT64_C(9) << 32)

struct rig {
    struct lab lab;
    struct dbell_smmu *smmu;
    struct dbell_host_tables s1, s2;
    struct dbell_host_cd cd;
    struct dbell_host_ste stage1, stage2, nested;
};

/* Stage 2 maps the first 4 MB of RAM (where all structures are) onto itself. */
static bool rig_open(struct rig *r, const struct dbell_smmu_config *config)
{
    if (!lab_open(&r->lab, config))
        return false;
    lab_smmu_on(&r->lab);
    r->smmu = dbell_machine_smmu(r->lab.machine, 0);
    r->s1 = lab_tables(&r->lab, 12, 39);
    r->s2 = lab_tables(&r->lab, 12, 39);
    for (uint64_t page = LAB_RAM; page < LAB_RAM + 0x400000; page += 0x1000)
        dbell_host_map(&r->s2, page, page, 3, LAB_S2_RW);
    r->cd = lab_cd(&r->s1);
    r->stage1 = lab_ste_stage1(&r->lab, &r->cd);
    r->stage2 = lab_ste_stage2(&r->s2);
    r->nested = r->stage2;
    r->nested.config = 7;
    r->nested.s1contextptr = r->stage1.s1contextptr;
    return true;
}

static struct dbell_transaction access_of(enum dbell_op op, uint64_t address)
{
    return (struct dbell_transaction){.address = address,
                                      .length = 4,
                                      .op = (uint8_t)op,
                                      .side = {.has_streamid = true,
                                               .streamid = SID,
                                               .attr = DBELL_ATTR_NORMAL_WB,
                                               .sh = DBELL_SH_INNER}};
}

static struct dbell_translation translate(struct rig *r, const struct dbell_transaction *t)
{
    struct dbell_translation result;
    memset(&result, 0, sizeof result);
    CHECK(dbell_smmu_translate(r->smmu, t, &result) >= 0);
    return result;
}

static void settle(struct rig *r)
{
    r->lab.system.settle(r->lab.system.ctx);
}

/* The access makes this record and no other; bits of `ignore` are of the implementation. */
static void check_record(struct rig *r, const struct dbell_transaction *t, const uint64_t want[4],
                         const uint64_t ignore[4])
{
    uint64_t record[4] = {0}, more[4];
    translate(r, t);
    settle(r);
    CHECK(lab_event(&r->lab, record));
    CHECK_EQ(record[0] & ~ignore[0], want[0]);
    CHECK_EQ(record[1] & ~ignore[1], want[1]);
    CHECK_EQ(record[2] & ~ignore[2], want[2]);
    CHECK_EQ(record[3] & ~ignore[3], want[3]);
    CHECK(!lab_event(&r->lab, more));
}

static const uint64_t exactly[4], but_reason[4] = {0, ANY_REASON, 0, 0},
                                  but_ipa[4] = {0, 0, 0, ~UINT64_C(0)};
#define WORDS(a, b, c, d) ((const uint64_t[4]){a, b, c, d})

static struct dbell_transaction with_ssid(struct dbell_transaction t, uint32_t ssid)
{
    t.side.has_substreamid = true;
    t.side.substreamid = ssid;
    return t;
}

/* --- each record in full --- */

TEST(record, f_uut_7_3_2)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    struct dbell_transaction t = with_ssid(access_of(DBELL_READ, UINT64_C(0xab12345678901ffe)), 7);
    t.side.privileged = true;
    check_record(&r, &t, WORDS(OF_SID | 0x7801, RNW | PNU, UINT64_C(0xab12345678901ffe), 0),
                 but_reason);
    lab_close(&r.lab);
}

TEST(record, c_bad_streamid_7_3_3)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    struct dbell_transaction t = access_of(DBELL_READ, 0x1000);
    t.side.streamid = 0xfedcba98;
    check_record(&r, &t, WORDS(UINT64_C(0xfedcba9800000002), 0, 0, 0), exactly);
    t = with_ssid(t, 0xfffff);
    check_record(&r, &t, WORDS(UINT64_C(0xfedcba98fffff802), 0, 0, 0), exactly);
    lab_close(&r.lab);
}

TEST(record, f_ste_fetch_7_3_4)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    lab_write(&r.lab, CR0, 4, 0);
    lab_write(&r.lab, LAB_SMMU + 0x80, 8, NOWHERE);
    lab_write(&r.lab, CR0, 4, 0xd);
    struct dbell_transaction t = with_ssid(access_of(DBELL_WRITE, 0x1000), 1);
    check_record(&r, &t, WORDS(OF_SID | 0x1803, 0, 0, NOWHERE + 9 * 64), but_reason);
    lab_close(&r.lab);
}

TEST(record, c_bad_ste_7_3_5)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    struct dbell_transaction t = access_of(DBELL_READ, 0x1000);
    check_record(&r, &t, WORDS(OF_SID | 0x04, 0, 0, 0), exactly);
    t = with_ssid(t, 0);
    check_record(&r, &t, WORDS(OF_SID | 0x804, 0, 0, 0), exactly);
    lab_close(&r.lab);
}

TEST(record, f_stream_disabled_7_3_7)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    r.stage1.s1cdmax = 1;
    r.stage1.s1dss = 0;
    lab_ste(&r.lab, SID, &r.stage1);
    struct dbell_transaction t = access_of(DBELL_READ, 0x1000);
    check_record(&r, &t, WORDS(OF_SID | 0x06, 0, 0, 0), exactly);
    lab_close(&r.lab);
}

TEST(record, c_bad_substreamid_has_no_ssv_7_3_9)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    lab_ste(&r.lab, SID, &r.stage2);
    struct dbell_transaction t = with_ssid(access_of(DBELL_READ, 0x1000), 0xabcde);
    check_record(&r, &t, WORDS(OF_SID | UINT64_C(0xabcde008), 0, 0, 0), exactly);
    lab_close(&r.lab);
}

TEST(record, f_cd_fetch_7_3_10)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    r.stage1.s1contextptr = NOWHERE + 0x40;
    lab_ste(&r.lab, SID, &r.stage1);
    struct dbell_transaction t = access_of(DBELL_READ, 0x1000);
    check_record(&r, &t, WORDS(OF_SID | 0x09, 0, 0, NOWHERE + 0x40), but_reason);
    r.stage1.s1cdmax = 3;
    r.stage1.s1contextptr = NOWHERE;
    lab_ste(&r.lab, SID, &r.stage1);
    CHECK(lab_command(&r.lab, dbell_host_cfgi_ste(SID, true)));
    t = with_ssid(t, 5);
    check_record(&r, &t, WORDS(OF_SID | 0x5809, 0, 0, NOWHERE + 5 * 64), but_reason);
    lab_close(&r.lab);
}

TEST(record, c_bad_cd_7_3_11)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    lab_write(&r.lab, r.stage1.s1contextptr, 8, 0); /* V == 0 */
    lab_ste(&r.lab, SID, &r.stage1);
    struct dbell_transaction t = access_of(DBELL_READ, 0x1000);
    check_record(&r, &t, WORDS(OF_SID | 0x0a, 0, 0, 0), exactly);
    lab_close(&r.lab);
}

/* What every record of a translation says of the access: PnU, InD, RnW, in word 1. */
static const struct {
    enum dbell_op op;
    bool privileged, instruction;
    uint64_t flags;
} accesses[] = {
    {DBELL_READ, false, false, RNW},      {DBELL_READ, true, false, RNW | PNU},
    {DBELL_READ, false, true, RNW | IND}, {DBELL_READ, true, true, RNW | IND | PNU},
    {DBELL_WRITE, false, false, 0},       {DBELL_WRITE, true, false, PNU},
    {DBELL_WRITE, false, true, 0}, /* writes are Data */
};
enum { ACCESSES = sizeof accesses / sizeof accesses[0] };

static struct dbell_transaction access_number(unsigned i, uint64_t address)
{
    struct dbell_transaction t = access_of(accesses[i].op, address);
    t.side.privileged = accesses[i].privileged;
    t.side.instruction = accesses[i].instruction;
    return t;
}

TEST(record, f_walk_eabt_7_3_12)
{
    for (unsigned i = 0; i < ACCESSES; i++) {
        struct rig r;
        REQUIRE(rig_open(&r, NULL));
        lab_write(&r.lab, r.s1.root + 3 * 8, 8, dbell_host_pte_table(NOWHERE));
        lab_write(&r.lab, r.s2.root + 3 * 8, 8, dbell_host_pte_table(NOWHERE + 0x1000));
        const uint64_t va = UINT64_C(0xc0200123) & ~UINT64_C(3);
        struct dbell_transaction t = access_number(i, va);
        lab_ste(&r.lab, SID, &r.stage1);
        check_record(&r, &t, WORDS(OF_SID | 0x0b, accesses[i].flags | CLASS_TT, va, NOWHERE + 8),
                     but_reason);
        t.side.streamid = SID + 1;
        lab_ste(&r.lab, SID + 1, &r.stage2);
        check_record(&r, &t,
                     WORDS((UINT64_C(10) << 32) | 0x0b, accesses[i].flags | S2 | CLASS_IN, va,
                           NOWHERE + 0x1008),
                     but_reason);
        lab_close(&r.lab);
    }
}

TEST(record, f_translation_at_stage1_and_stage2_7_3_13)
{
    for (unsigned i = 0; i < ACCESSES; i++) {
        struct rig r;
        REQUIRE(rig_open(&r, NULL));
        struct dbell_transaction t = access_number(i, 0x5128);
        lab_ste(&r.lab, SID, &r.stage1);
        check_record(&r, &t, WORDS(OF_SID | 0x10, accesses[i].flags | CLASS_IN, 0x5128, 0),
                     but_ipa);
        lab_ste(&r.lab, SID, &r.stage2);
        CHECK(lab_command(&r.lab, dbell_host_cfgi_ste(SID, true)));
        check_record(&r, &t,
                     WORDS(OF_SID | 0x10, accesses[i].flags | S2 | CLASS_IN, 0x5128, 0x5000),
                     exactly);
        /* After stage 1: VA 0x5000 is IPA 0x77000. */
        lab_ste(&r.lab, SID, &r.nested);
        CHECK(lab_command(&r.lab, dbell_host_cfgi_ste(SID, true)));
        dbell_host_map(&r.s1, 0x5000, 0x77000, 3,
                       accesses[i].op == DBELL_READ ? LAB_S1_RW | DBELL_HOST_PTE_AP_RO : LAB_S1_RW);
        check_record(&r, &t,
                     WORDS(OF_SID | 0x10, accesses[i].flags | S2 | CLASS_IN, 0x5128, 0x77000),
                     exactly);
        lab_close(&r.lab);
    }
}

TEST(record, f_translation_of_a_descriptor_and_of_a_cd_7_3_13)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    const uint64_t ipa = UINT64_C(0x123456000);
    lab_write(&r.lab, r.s1.root + 4 * 8, 8, dbell_host_pte_table(ipa));
    lab_ste(&r.lab, SID, &r.nested);
    struct dbell_transaction t = access_of(DBELL_WRITE, UINT64_C(0x100200128));
    /* The IPA of the descriptor, of which the record has bits 55 to 12. */
    check_record(&r, &t, WORDS(OF_SID | 0x10, S2 | CLASS_TT, UINT64_C(0x100200128), ipa), exactly);
    r.nested.s1contextptr = ipa + 0x40;
    lab_ste(&r.lab, SID, &r.nested);
    CHECK(lab_command(&r.lab, dbell_host_cfgi_ste(SID, true)));
    check_record(&r, &t, WORDS(OF_SID | 0x10, S2, UINT64_C(0x100200128), ipa), exactly);
    lab_close(&r.lab);
}

TEST(record, f_addr_size_7_3_14)
{
    for (unsigned i = 0; i < ACCESSES; i++) {
        struct rig r;
        REQUIRE(rig_open(&r, NULL));
        r.cd.ips = 0; /* 32 bits */
        r.stage1 = lab_ste_stage1(&r.lab, &r.cd);
        r.stage2.s2ps = 0;
        dbell_host_map(&r.s1, 0x5000, UINT64_C(1) << 32, 3, LAB_S1_RW);
        dbell_host_map(&r.s2, 0x5000, UINT64_C(1) << 33, 3, LAB_S2_RW);
        struct dbell_transaction t = access_number(i, 0x5128);
        lab_ste(&r.lab, SID, &r.stage1);
        check_record(&r, &t, WORDS(OF_SID | 0x11, accesses[i].flags | CLASS_IN, 0x5128, 0),
                     but_ipa);
        r.stage2.s2t0sz = 32; /* not more than S2PS */
        r.stage2.s2sl0 = 1;
        r.s2.input_bits = 32;
        uint64_t root = r.s2.root;
        r.stage2.s2ttb = root;
        lab_ste(&r.lab, SID, &r.stage2);
        CHECK(lab_command(&r.lab, dbell_host_cfgi_ste(SID, true)));
        check_record(&r, &t,
                     WORDS(OF_SID | 0x11, accesses[i].flags | S2 | CLASS_IN, 0x5128, 0x5000),
                     exactly);
        lab_close(&r.lab);
    }
}

TEST(record, f_addr_size_of_a_bypass_is_of_stage1_7_3_14)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    const struct dbell_host_ste bypass = {.v = true, .config = 4, .shcfg = 1};
    lab_ste(&r.lab, SID, &bypass);
    struct dbell_transaction t = access_of(DBELL_READ, UINT64_C(1) << 52 | 0x128);
    check_record(&r, &t, WORDS(OF_SID | 0x11, RNW | CLASS_IN, UINT64_C(1) << 52 | 0x128, 0),
                 but_ipa);
    lab_close(&r.lab);
}

TEST(record, f_access_7_3_15)
{
    for (unsigned i = 0; i < ACCESSES; i++) {
        struct rig r;
        REQUIRE(rig_open(&r, NULL));
        dbell_host_map(&r.s1, 0x5000, PA, 3, LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AF);
        dbell_host_map(&r.s2, 0x5000, PA, 3, LAB_S2_RW & ~(uint64_t)DBELL_HOST_PTE_AF);
        struct dbell_transaction t = access_number(i, 0x5128);
        lab_ste(&r.lab, SID, &r.stage1);
        check_record(&r, &t, WORDS(OF_SID | 0x12, accesses[i].flags | CLASS_IN, 0x5128, 0),
                     but_ipa);
        lab_ste(&r.lab, SID, &r.stage2);
        CHECK(lab_command(&r.lab, dbell_host_cfgi_ste(SID, true)));
        check_record(&r, &t,
                     WORDS(OF_SID | 0x12, accesses[i].flags | S2 | CLASS_IN, 0x5128, 0x5000),
                     exactly);
        lab_close(&r.lab);
    }
}

TEST(record, f_permission_7_3_16)
{
    static const uint64_t but_ttrnw[4] = {0, TTRNW, 0, 0};
    static const uint64_t but_both[4] = {0, TTRNW, 0, ~UINT64_C(0)};
    const uint64_t none = LAB_S2_RW & ~(uint64_t)(DBELL_HOST_PTE_S2_READ | DBELL_HOST_PTE_S2_WRITE);
    for (unsigned i = 0; i < ACCESSES; i++) {
        struct rig r;
        REQUIRE(rig_open(&r, NULL));
        uint64_t bits = accesses[i].privileged ? LAB_S1_RW | DBELL_HOST_PTE_AP_RO
                                               : LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AP_EL0;
        bits |= DBELL_HOST_PTE_UXN | DBELL_HOST_PTE_PXN;
        dbell_host_map(&r.s1, 0x5000, PA, 3, bits);
        dbell_host_map(&r.s2, 0x5000, PA, 3, none | UINT64_C(2) << 53);
        struct dbell_transaction t = access_number(i, 0x5128);
        if (accesses[i].flags != (RNW | PNU)) { /* a privileged read is allowed */
            lab_ste(&r.lab, SID, &r.stage1);
            check_record(&r, &t, WORDS(OF_SID | 0x13, accesses[i].flags | CLASS_IN, 0x5128, 0),
                         but_both);
        }
        lab_ste(&r.lab, SID, &r.stage2);
        CHECK(lab_command(&r.lab, dbell_host_cfgi_ste(SID, true)));
        check_record(&r, &t,
                     WORDS(OF_SID | 0x13, accesses[i].flags | S2 | CLASS_IN, 0x5128, 0x5000),
                     but_ttrnw);
        lab_close(&r.lab);
    }
}

/* The descriptor was to be read, or its access flag to be written. */
TEST(record, f_permission_of_a_descriptor_has_ttrnw_7_3_16)
{
    for (unsigned write = 0; write < 2; write++) {
        struct rig r;
        REQUIRE(rig_open(&r, NULL));
        r.cd.ha = true;
        r.stage1 = lab_ste_stage1(&r.lab, &r.cd);
        r.nested.s1contextptr = r.stage1.s1contextptr;
        dbell_host_map(&r.s1, 0, PA, 3, LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AF);
        uint64_t leaf = r.s1.next - 0x1000;
        dbell_host_map(&r.s2, leaf, leaf, 3,
                       LAB_S2_RW &
                           ~(uint64_t)(write ? DBELL_HOST_PTE_S2_WRITE : DBELL_HOST_PTE_S2_READ));
        lab_ste(&r.lab, SID, &r.nested);
        struct dbell_transaction t = access_of(DBELL_READ, 0x128);
        check_record(&r, &t,
                     WORDS(OF_SID | 0x13, RNW | S2 | CLASS_TT | (write ? 0 : TTRNW), 0x128, leaf),
                     exactly);
        lab_close(&r.lab);
    }
}

/* Fetched for a write, the CD is read. */
TEST(record, f_permission_and_f_access_of_a_cd_7_3_16)
{
    for (unsigned access = 0; access < 2; access++) {
        struct rig r;
        REQUIRE(rig_open(&r, NULL));
        uint64_t page = r.nested.s1contextptr & ~UINT64_C(0xfff);
        dbell_host_map(&r.s2, page, page, 3,
                       LAB_S2_RW &
                           ~(uint64_t)(access ? DBELL_HOST_PTE_AF : DBELL_HOST_PTE_S2_READ));
        lab_ste(&r.lab, SID, &r.nested);
        struct dbell_transaction t = access_of(DBELL_WRITE, 0x5128);
        check_record(&r, &t, WORDS(OF_SID | (access ? 0x12 : 0x13), S2, 0x5128, page),
                     (const uint64_t[4]){0, TTRNW, 0, 0});
        lab_close(&r.lab);
    }
}

TEST(record, stall_and_stag_7_3_13)
{
    struct rig r;
    uint64_t record[4];
    REQUIRE(rig_open(&r, NULL));
    r.stage2.s2s = true;
    lab_ste(&r.lab, SID, &r.stage2);
    struct dbell_transaction t = access_of(DBELL_WRITE, 0x5128);
    CHECK_EQ(translate(&r, &t).outcome, DBELL_PENDING);
    settle(&r);
    REQUIRE(lab_event(&r.lab, record));
    CHECK_EQ(record[0], OF_SID | 0x10);
    CHECK_EQ(record[1] & ~ANY_REASON, STALL | S2 | CLASS_IN);
    CHECK_EQ(record[2], 0x5128);
    CHECK_EQ(record[3], 0x5000);
    lab_close(&r.lab);
}

TEST(record, substreams_7_3_13)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    uint64_t table = lab_alloc(&r.lab, 128), words[8];
    dbell_host_cd_encode(&r.cd, words);
    dbell_host_store_words(&r.lab.bus, table + 64, words, 8);
    r.stage1.s1contextptr = table;
    r.stage1.s1cdmax = 1;
    lab_ste(&r.lab, SID, &r.stage1);
    struct dbell_transaction t = with_ssid(access_of(DBELL_READ, 0x5128), 1);
    check_record(&r, &t, WORDS(OF_SID | 0x1810, RNW | CLASS_IN, 0x5128, 0), but_ipa);
    lab_close(&r.lab);
}

TEST(record, f_vms_fetch_7_3_20)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    r.nested.s1mpam = true;
    r.nested.vmsptr = NOWHERE;
    dbell_host_map(&r.s1, 0x5000, LAB_RAM, 3, LAB_S1_RW);
    lab_ste(&r.lab, SID, &r.nested);
    struct dbell_transaction t = access_of(DBELL_READ, 0x5128);
    check_record(&r, &t, WORDS(OF_SID | 0x25, 0, 0, NOWHERE), but_reason);
    lab_close(&r.lab);
}

/* --- merging --- */

/* How many records two accesses make that come one right after the other. */
static unsigned records_of(struct rig *r, const struct dbell_transaction *a,
                           const struct dbell_transaction *b)
{
    uint64_t record[4];
    unsigned n = 0;
    translate(r, a);
    translate(r, b);
    settle(r);
    while (lab_event(&r->lab, record))
        n++;
    return n;
}

TEST(merge, only_records_that_differ_in_the_page_offset_7_3_1)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    dbell_host_map(&r.s1, 0x8000, PA, 3, LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AP_EL0);
    r.stage1.mev = true;
    lab_ste(&r.lab, SID, &r.stage1);
    lab_ste(&r.lab, SID + 1, &r.stage1);
    const struct dbell_transaction first = access_of(DBELL_READ, 0x5128);
    struct dbell_transaction t = first;
    CHECK_EQ(records_of(&r, &first, &t), 1);
    CHECK_EQ(dbell_smmu_count(r.smmu, DBELL_SMMU_EVENTS_MERGED), 1);
    t.address = 0x5ffc;
    CHECK_EQ(records_of(&r, &first, &t), 1);
    t.address = 0x6128;
    CHECK_EQ(records_of(&r, &first, &t), 2);
    t.address = UINT64_C(0x0100000000005128);
    CHECK_EQ(records_of(&r, &first, &t), 2);
    t.address = 0x8128; /* F_PERMISSION */
    CHECK_EQ(records_of(&r, &first, &t), 2);
    t = first;
    t.op = DBELL_WRITE;
    CHECK_EQ(records_of(&r, &first, &t), 2);
    t = first;
    t.side.privileged = true;
    CHECK_EQ(records_of(&r, &first, &t), 2);
    t = first;
    t.side.instruction = true;
    CHECK_EQ(records_of(&r, &first, &t), 2);
    t = first;
    t.side.streamid = SID + 1;
    CHECK_EQ(records_of(&r, &first, &t), 2);
    t = with_ssid(first, 1); /* C_BAD_SUBSTREAMID */
    CHECK_EQ(records_of(&r, &first, &t), 2);
    lab_close(&r.lab);
}

TEST(merge, not_by_ipa_7_3_1)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    r.nested.mev = true;
    lab_ste(&r.lab, SID, &r.nested);
    dbell_host_map(&r.s1, 0x5000, 0x77000, 3, LAB_S1_RW);
    struct dbell_transaction t = access_of(DBELL_READ, 0x5128);
    translate(&r, &t);
    dbell_host_map(&r.s1, 0x5000, 0x78000, 3, LAB_S1_RW);
    CHECK_EQ(records_of(&r, &t, &t) > 1, true);
    lab_close(&r.lab);
}

TEST(merge, never_with_mev_0_7_3_1)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    dbell_host_map(&r.s1, 0x8000, PA, 3, LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AP_EL0);
    dbell_host_map(&r.s1, 0x9000, PA, 3, LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AF);
    lab_ste(&r.lab, SID, &r.stage1);
    static const uint64_t addresses[] = {0x5000, 0x8000, 0x9000};
    for (unsigned i = 0; i < 3; i++) {
        struct dbell_transaction t = access_of(DBELL_READ, addresses[i]);
        CHECK_EQ(records_of(&r, &t, &t), 2);
    }
    struct dbell_transaction t = with_ssid(access_of(DBELL_READ, 0x5000), 1);
    CHECK_EQ(records_of(&r, &t, &t), 2); /* C_BAD_SUBSTREAMID */
    r.stage1.s1contextptr = NOWHERE;
    lab_ste(&r.lab, SID + 1, &r.stage1);
    t = access_of(DBELL_READ, 0x5000);
    t.side.streamid = SID + 1;
    CHECK_EQ(records_of(&r, &t, &t), 2); /* F_CD_FETCH */
    CHECK_EQ(dbell_smmu_count(r.smmu, DBELL_SMMU_EVENTS_MERGED), 0);
    lab_close(&r.lab);
}

TEST(merge, never_with_stall_7_3_1)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    r.stage2.mev = r.stage2.s2s = true;
    lab_ste(&r.lab, SID, &r.stage2);
    struct dbell_transaction t = access_of(DBELL_READ, 0x5128);
    CHECK_EQ(records_of(&r, &t, &t), 2);
    CHECK_EQ(dbell_smmu_count(r.smmu, DBELL_SMMU_EVENTS_MERGED), 0);
    lab_close(&r.lab);
}

/* Nothing says that InputAddr[11:0] of F_UUT is ignored: such records are not identical. */
TEST(merge, not_unsupported_transactions_of_other_addresses_7_3_2)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    r.stage1.mev = true;
    lab_ste(&r.lab, SID, &r.stage1);
    struct dbell_transaction a = access_of(DBELL_READ, 0xffe), b = access_of(DBELL_READ, 0xffd);
    CHECK_EQ(records_of(&r, &a, &b), 2);
    lab_close(&r.lab);
}

TEST(merge, not_atomics_of_other_addresses_that_are_unsupported_7_3_2)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.no_atomics = true;
    struct rig r;
    REQUIRE(rig_open(&r, &config));
    r.stage1.mev = true;
    lab_ste(&r.lab, SID, &r.stage1);
    struct dbell_transaction a = access_of(DBELL_ATOMIC_SWAP, 0x5000);
    struct dbell_transaction b = access_of(DBELL_ATOMIC_SWAP, 0x5008);
    CHECK_EQ(records_of(&r, &a, &b), 2);
    CHECK_EQ(records_of(&r, &a, &b), 2); /* the STE is cached */
    lab_close(&r.lab);
}

/* --- conflicts --- */

/* A page is cached, then the block that takes the place of its table. */
static void overlap(struct rig *r)
{
    struct dbell_transaction t = access_of(DBELL_READ, 0x40000128);
    dbell_host_map(&r->s1, 0x40000000, PA, 3, LAB_S1_RW);
    uint64_t level2 = r->s1.next - 0x2000;
    CHECK_EQ(translate(r, &t).address, PA + 0x128);
    dbell_host_store(&r->lab.bus, level2, 8, dbell_host_pte_block(PA, LAB_S1_RW));
    t.address = 0x40001000;
    CHECK_EQ(translate(r, &t).address, PA + 0x1000);
}

TEST(conflict, two_tlb_entries_match_7_3_17)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.conflicts = true;
    for (unsigned i = 0; i < ACCESSES; i++) {
        struct rig r;
        REQUIRE(rig_open(&r, &config));
        r.cd.s = true; /* which does not stall it */
        r.stage1 = lab_ste_stage1(&r.lab, &r.cd);
        lab_ste(&r.lab, SID, &r.stage1);
        overlap(&r);
        struct dbell_transaction t = access_number(i, 0x40000ff8);
        struct dbell_translation result = translate(&r, &t);
        CHECK_EQ(result.outcome, DBELL_FAULT);
        CHECK_EQ(result.event, DBELL_EVENT_F_TLB_CONFLICT);
        CHECK(!result.razwi);
        settle(&r);
        uint64_t record[4];
        REQUIRE(lab_event(&r.lab, record));
        CHECK_EQ(record[0], OF_SID | 0x20);
        CHECK_EQ(record[1] & ~ANY_REASON, accesses[i].flags);
        CHECK_EQ(record[2], 0x40000ff8);
        /* Where one entry matches there is none, nor after invalidation. */
        t = access_of(DBELL_READ, 0x40002000);
        CHECK_EQ(translate(&r, &t).outcome, DBELL_DONE);
        CHECK(lab_command(&r.lab, dbell_host_tlbi_nh_all(0)));
        t.address = 0x40000ff8;
        CHECK_EQ(translate(&r, &t).outcome, DBELL_DONE);
        settle(&r);
        CHECK(!lab_event(&r.lab, record));
        lab_close(&r.lab);
    }
}

TEST(conflict, none_are_reported_by_default_7_3_17)
{
    struct rig r;
    uint64_t record[4];
    REQUIRE(rig_open(&r, NULL));
    lab_ste(&r.lab, SID, &r.stage1);
    overlap(&r);
    struct dbell_transaction t = access_of(DBELL_READ, 0x40000ff8);
    CHECK_EQ(translate(&r, &t).address, PA + 0xff8);
    settle(&r);
    CHECK(!lab_event(&r.lab, record));
    lab_close(&r.lab);
}

TEST(conflict, stes_of_a_contiguous_span_differ_7_3_18)
{
    static const struct {
        unsigned first, cont, second, cont2;
        bool differ, conflict;
    } cases[] = {
        {8, 3, 15, 3, true, true},  {8, 3, 15, 3, false, false}, {8, 3, 15, 0, true, true},
        {15, 0, 8, 3, true, true},  {8, 3, 15, 0, false, false}, /* CONT may differ */
        {8, 3, 16, 3, true, false}, {7, 3, 8, 3, true, false},   {8, 0, 9, 0, true, false},
        {8, 1, 9, 0, true, true},   {8, 1, 10, 0, true, false},  {200, 4, 193, 0, true, true}};
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.conflicts = true;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        uint64_t record[4];
        REQUIRE(rig_open(&r, &config));
        struct dbell_host_ste ste = {.v = true, .config = 4, .shcfg = 1, .cont = cases[i].cont};
        lab_ste(&r.lab, cases[i].first, &ste);
        ste.cont = cases[i].cont2;
        ste.privcfg = cases[i].differ ? 3 : 0;
        lab_ste(&r.lab, cases[i].second, &ste);
        struct dbell_transaction t = access_of(DBELL_READ, PA);
        t.side.streamid = cases[i].first;
        CHECK_EQ(translate(&r, &t).outcome, DBELL_DONE);
        t.side.streamid = cases[i].second;
        CHECK_EQ(translate(&r, &t).event, cases[i].conflict ? DBELL_EVENT_F_CFG_CONFLICT : 0);
        settle(&r);
        CHECK_EQ(lab_event(&r.lab, record), cases[i].conflict);
        if (cases[i].conflict) {
            CHECK_EQ(record[0], (uint64_t)cases[i].second << 32 | 0x21);
            CHECK_EQ(record[1] & ~ANY_REASON, 0);
            CHECK_EQ(record[2], 0);
            CHECK_EQ(record[3], 0);
            /* The other is no longer cached: no multiple match. */
            CHECK(lab_command(&r.lab, dbell_host_cfgi_all()));
            CHECK_EQ(translate(&r, &t).outcome, DBELL_DONE);
        }
        lab_close(&r.lab);
    }
}

TEST(conflict, cds_do_not_cause_it_7_3_18)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.conflicts = true;
    struct rig r;
    REQUIRE(rig_open(&r, &config));
    uint64_t table = lab_alloc(&r.lab, 128), words[8];
    dbell_host_map(&r.s1, 0x5000, PA, 3, LAB_S1_RW);
    for (unsigned i = 0; i < 2; i++) {
        r.cd.asid = i;
        r.cd.wxn = i;
        dbell_host_cd_encode(&r.cd, words);
        dbell_host_store_words(&r.lab.bus, table + 64 * i, words, 8);
    }
    r.stage1.s1contextptr = table;
    r.stage1.s1cdmax = 1;
    r.stage1.s1dss = 2;
    r.stage1.cont = 1;
    lab_ste(&r.lab, 8, &r.stage1);
    lab_ste(&r.lab, 9, &r.stage1);
    for (unsigned i = 0; i < 4; i++) {
        struct dbell_transaction t = access_of(DBELL_READ, 0x5000);
        t.side.streamid = 8 + i / 2;
        if (i % 2)
            t = with_ssid(t, 1);
        CHECK_EQ(translate(&r, &t).outcome, DBELL_DONE);
    }
    lab_close(&r.lab);
}

/* Two entries match an access that has no events (3.14, 3.22.2, 16.7.2.2). */
TEST(conflict, hints_and_speculation_leave_no_record_3_14)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.conflicts = true;
    struct rig r;
    uint64_t record[4];
    REQUIRE(rig_open(&r, &config));
    r.stage1.dcp = r.stage1.dre = true;
    lab_ste(&r.lab, SID, &r.stage1);
    overlap(&r);
    struct dbell_transaction t = access_of(DBELL_READ, 0x40000ff8);
    t.side.speculative = true;
    CHECK_EQ(translate(&r, &t).outcome, DBELL_FAULT);
    t = access_of(DBELL_PREFETCH, 0x40000ff8);
    CHECK_EQ(translate(&r, &t).op, DBELL_NO_OP);
    t = access_of(DBELL_DESTRUCTIVE_HINT, 0x40000ff8);
    CHECK_EQ(translate(&r, &t).op, DBELL_NO_OP);
    CHECK(lab_command(&r.lab, dbell_host_prefetch_addr(SID, 0x40000000, 0, 0)));
    settle(&r);
    CHECK(!lab_event(&r.lab, record));
    lab_close(&r.lab);
}

TEST(conflict, of_stage2_only_7_3_17)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.conflicts = true;
    struct rig r;
    uint64_t record[4];
    REQUIRE(rig_open(&r, &config));
    r.stage2.s2s = true;
    lab_ste(&r.lab, SID, &r.stage2);
    dbell_host_map(&r.s2, 0x80000000, PA, 3, LAB_S2_RW);
    uint64_t level2 = r.s2.next - 0x2000;
    struct dbell_transaction t = access_of(DBELL_READ, 0x80000128);
    CHECK_EQ(translate(&r, &t).outcome, DBELL_DONE);
    dbell_host_store(&r.lab.bus, level2, 8, dbell_host_pte_block(PA, LAB_S2_RW));
    t.address = 0x80001000;
    CHECK_EQ(translate(&r, &t).outcome, DBELL_DONE);
    t.address = 0x80000128;
    CHECK_EQ(translate(&r, &t).event, DBELL_EVENT_F_TLB_CONFLICT);
    settle(&r);
    REQUIRE(lab_event(&r.lab, record));
    CHECK_EQ(record[0], OF_SID | 0x20);
    CHECK_EQ(record[1] & ~(ANY_REASON | S2), RNW);
    CHECK_EQ(record[2], 0x80000128);
    if (record[1] & S2) /* IPA is valid */
        CHECK_EQ(record[3], 0x80000000);
    lab_close(&r.lab);
}

/* --- page requests --- */

TEST(page_hint, substream_and_span_7_3_19)
{
    struct rig r;
    uint64_t record[4];
    REQUIRE(rig_open(&r, NULL));
    const struct dbell_page_hint hint = {.streamid = SID,
                                         .substreamid = 0x54321,
                                         .has_substreamid = true,
                                         .pages = 1,
                                         .address = 0x7000};
    CHECK_EQ(dbell_smmu_page_hint(r.smmu, &hint), DBELL_OK);
    settle(&r);
    REQUIRE(lab_event(&r.lab, record));
    CHECK_EQ(record[0], OF_SID | UINT64_C(0x54321824));
    CHECK_EQ(record[1], UINT64_C(1) << 44);
    CHECK_EQ(record[2], 0x7000);
    CHECK_EQ(record[3], 0);
    lab_close(&r.lab);
}

/* --- Service Failure Mode --- */

TEST(sfm, terminates_transactions_and_leaves_queues_alone_12_3)
{
    struct rig r;
    uint64_t record[4];
    REQUIRE(rig_open(&r, NULL));
    const struct dbell_host_ste bypass = {.v = true, .config = 4, .shcfg = 1};
    lab_ste(&r.lab, SID, &bypass);
    struct dbell_transaction t = access_of(DBELL_READ, PA);
    CHECK_EQ(translate(&r, &t).outcome, DBELL_DONE);
    t.side.streamid = 256;
    translate(&r, &t); /* its record has not been written yet */
    dbell_smmu_fail(r.smmu);
    settle(&r);
    CHECK_EQ(lab_read(&r.lab, GERROR, 4), 1 << 8); /* SFM_ERR */
    t.side.streamid = SID;
    struct dbell_translation result = translate(&r, &t);
    CHECK_EQ(result.outcome, DBELL_FAULT);
    CHECK(!result.razwi);
    t.address = 0x5ffe; /* not an event either */
    CHECK_EQ(translate(&r, &t).outcome, DBELL_FAULT);
    CHECK(!lab_command(&r.lab, dbell_host_sync()));
    CHECK(!lab_event(&r.lab, record));
    CHECK_EQ(lab_read(&r.lab, LAB_SMMU + 0x98, 4), 1); /* registers are there */
    CHECK_EQ(lab_read(&r.lab, LAB_SMMU + 0x9c, 4), 0);
    CHECK_EQ(lab_read(&r.lab, CR0, 4), 0xd);
    lab_close(&r.lab);
}

TEST(sfm, holds_with_smmuen_0_and_until_reset_12_3)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    dbell_smmu_fail(r.smmu);
    lab_write(&r.lab, GERRORN, 4, 1 << 8); /* acknowledged, not ended */
    lab_write(&r.lab, CR0, 4, 0);
    struct dbell_transaction t = access_of(DBELL_READ, PA);
    CHECK_EQ(translate(&r, &t).outcome, DBELL_FAULT);
    dbell_smmu_reset(r.smmu);
    CHECK_EQ(lab_read(&r.lab, GERROR, 4), 0);
    CHECK_EQ(translate(&r, &t).outcome, DBELL_DONE);
    lab_close(&r.lab);
}

/* A global error toggles while it is not active, and its interrupt comes then (6.3.19). */
TEST(sfm, gerror_toggles_once_until_acknowledged_6_3_19)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL));
    lab_write(&r.lab, LAB_SMMU + 0x50, 4, 1); /* GERROR_IRQEN */
    dbell_smmu_fail(r.smmu);
    settle(&r);
    CHECK_EQ(r.lab.system.pulses(r.lab.system.ctx,
                                 (struct dbell_wire){DBELL_WIRE_SMMU, 0, DBELL_SMMU_GERROR}),
             1);
    dbell_smmu_fail(r.smmu);
    settle(&r);
    CHECK_EQ(lab_read(&r.lab, GERROR, 4), 1 << 8);
    CHECK_EQ(r.lab.system.pulses(r.lab.system.ctx,
                                 (struct dbell_wire){DBELL_WIRE_SMMU, 0, DBELL_SMMU_GERROR}),
             0);
    lab_close(&r.lab);
}

/* uX 97, uW 98, uR 99, pX 101, pW 102, pR 103, Span 115:108. */
TEST(page_hint, record_7_3_19)
{
    static const struct {
        unsigned access;
        uint64_t bit;
    } cases[] = {{0, 0},
                 {DBELL_HINT_USER_EXECUTE, UINT64_C(1) << 33},
                 {DBELL_HINT_USER_WRITE, UINT64_C(1) << 34},
                 {DBELL_HINT_USER_READ, UINT64_C(1) << 35},
                 {DBELL_HINT_PRIVILEGED_EXECUTE, UINT64_C(1) << 37},
                 {DBELL_HINT_PRIVILEGED_WRITE, UINT64_C(1) << 38},
                 {DBELL_HINT_PRIVILEGED_READ, UINT64_C(1) << 39}};
    struct rig r;
    uint64_t record[4];
    REQUIRE(rig_open(&r, NULL));
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dbell_page_hint hint = {.streamid = SID,
                                       .access = (uint8_t)cases[i].access,
                                       .pages = 0xa5,
                                       .address = UINT64_C(0xfedcba9876543210)};
        CHECK_EQ(dbell_smmu_page_hint(r.smmu, &hint), DBELL_OK);
        settle(&r);
        REQUIRE(lab_event(&r.lab, record));
        CHECK_EQ(record[0], OF_SID | 0x24);
        CHECK_EQ(record[1], UINT64_C(0xa5) << 44 | cases[i].bit);
        CHECK_EQ(record[2], UINT64_C(0xfedcba9876543000));
        CHECK_EQ(record[3], 0);
    }
    lab_close(&r.lab);
}

/* What never aborts does not here (3.22.2, 16.7.2.2). */
TEST(sfm, hints_do_not_abort_3_22_2)
{
    static const enum dbell_op ops[] = {DBELL_PREFETCH, DBELL_DESTRUCTIVE_HINT};
    for (unsigned i = 0; i < 2; i++) {
        struct rig r;
        REQUIRE(rig_open(&r, NULL));
        dbell_smmu_fail(r.smmu);
        struct dbell_transaction t = access_of(ops[i], PA);
        struct dbell_translation result = translate(&r, &t);
        CHECK_EQ(result.outcome, DBELL_DONE);
        CHECK_EQ(result.op, DBELL_NO_OP);
        lab_close(&r.lab);
    }
}
