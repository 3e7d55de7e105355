/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The oracle itself, against values worked out by hand from IHI 0070. */
#include <string.h>

#include "dbell_test.h"
#include "oracle.h"

enum { SID = 5, BASE = 0x10000, SIZE = 0x40000 };
enum { STRTAB = 0x10000, CD = 0x11000, S1L1 = 0x12000, S1L2 = 0x13000, S1L3 = 0x14000 };
enum { S2L1 = 0x15000, BIG_ROOT = 0x20000, BIG_LEAF = 0x30000 };
#define VA   UINT64_C(0x12345678)
#define LEAF (S1L3 + 0x145 * 8)

static struct {
    uint64_t words[SIZE / 8];
    struct oracle_registers regs;
    struct oracle_memory memory;
    struct oracle_answer a;
} t;

static bool read_word(void *ctx, uint64_t at, uint64_t *word)
{
    (void)ctx;
    if (at < BASE || at >= BASE + SIZE)
        return false;
    *word = t.words[(at - BASE) / 8];
    return true;
}

static bool write_word(void *ctx, uint64_t at, uint64_t word)
{
    uint64_t old;
    if (!read_word(ctx, at, &old))
        return false;
    t.words[(at - BASE) / 8] = word;
    return true;
}

static void put(uint64_t at, uint64_t word)
{
    write_word(NULL, at, word);
}

static uint64_t get(uint64_t at)
{
    uint64_t word = 0;
    read_word(NULL, at, &word);
    return word;
}

/* SMMUv3.2 with everything, 48 bits; stage 1 of StreamID 5 with one page of 4 KB at VA. */
static void power_on(void)
{
    memset(&t, 0, sizeof t);
    t.memory = (struct oracle_memory){NULL, read_word, write_word};
    t.regs = (struct oracle_registers){.idr = {0x080c729b, 0x0e730520, 0, 0x1714, 0, 0x00400075},
                                       .cr0 = 1,
                                       .cr2 = 2,
                                       .strtab_base = STRTAB,
                                       .strtab_base_cfg = 4};
    put(STRTAB + 64 * SID, 0xb | CD); /* V, Config 0b101 */
    put(STRTAB + 64 * SID + 8, UINT64_C(1) << 44);
    /* T0SZ 25, EPD1, V, IPS 48 bits, AA64, R, A, ASID 1 */
    put(CD, UINT64_C(0x0001620540000019) | UINT64_C(1) << 31);
    put(CD + 8, S1L1);
    put(CD + 24, 0x0444ff); /* Attr0 write-back, Attr1 non-cacheable, Attr2 Device-nGnRE */
    put(S1L1, S1L2 | 3);
    put(S1L2 + 0x91 * 8, S1L3 | 3);
    put(LEAF, 0xabcde743); /* AF, inner shareable, EL0 may write */
}

/* Stage 2 of 32 bits from level 1: the first GiB is itself, nothing else. */
static void nest(void)
{
    put(STRTAB + 64 * SID, 0xf | CD);
    put(STRTAB + 64 * SID + 16, UINT64_C(0x040d006000000001)); /* S2R, AA64, PS 5, SL0 1, T0SZ 32 */
    put(STRTAB + 64 * SID + 24, S2L1);
    put(S2L1, 0x7fd);
}

static void ask_with(struct oracle_access access)
{
    access.streamid = access.streamid ? access.streamid : SID;
    access.attr = 0xff;
    oracle_translate(&t.regs, &t.memory, &access, &t.a);
}

static void ask(uint64_t address, bool write)
{
    ask_with((struct oracle_access){.address = address, .write = write});
}

static void check_record(uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3)
{
    CHECK_EQ(t.a.record[0] & t.a.known[0], w0);
    CHECK_EQ(t.a.record[1] & t.a.known[1], w1);
    CHECK_EQ(t.a.record[2] & t.a.known[2], w2);
    CHECK_EQ(t.a.record[3] & t.a.known[3], w3);
}

TEST(oracle, pages_of_all_granules)
{
    power_on();
    ask(VA, true);
    CHECK_EQ(t.a.outcome, ORACLE_DONE);
    CHECK_EQ(t.a.address, 0xabcde678);
    CHECK_EQ(t.a.attr, 0xff);
    CHECK_EQ(t.a.sh, 3);
    put(CD, (get(CD) & ~UINT64_C(0xff)) | 1 << 6 | 22); /* 64 KB, 42 bits */
    put(CD + 8, BIG_ROOT);
    put(BIG_ROOT + 0x91 * 8, BIG_LEAF | 3);
    put(BIG_LEAF + 0x1456 * 8, 0xabcd0743);
    ask(UINT64_C(0x1234567890), false);
    CHECK_EQ(t.a.address, 0xabcd7890);
    put(CD, (get(CD) & ~UINT64_C(0xff)) | 2 << 6 | 28); /* 16 KB, 36 bits */
    put(BIG_LEAF + 0x515 * 8, 0xabcdc743);
    ask(UINT64_C(0x123456789), false);
    CHECK_EQ(t.a.address, 0xabcde789);
}

TEST(oracle, stage_1_faults_and_their_records_7_3)
{
    power_on();
    ask(0x12346000, false);
    check_record(UINT64_C(0x0000000500000010), UINT64_C(0x0000020800000000), 0x12346000, 0);
    put(LEAF, 0xabcde7c3); /* AP[2] */
    ask_with((struct oracle_access){.address = VA, .write = true, .privileged = true});
    check_record(UINT64_C(0x0000000500000013), UINT64_C(0x0000020200000000), VA, 0);
    put(LEAF, 0xabcde343); /* AF == 0 */
    ask(VA, false);
    CHECK_EQ(t.a.event, 0x12);
    put(LEAF, UINT64_C(0x00000000abcde3c3));
    ask(VA, true); /* F_ACCESS comes before F_PERMISSION, 7.3.22 */
    CHECK_EQ(t.a.event, 0x12);
    put(CD, get(CD) & ~(UINT64_C(7) << 32)); /* IPS 32 bits */
    put(LEAF, UINT64_C(0x00000001abcde343));
    ask(VA, false); /* F_ADDR_SIZE comes first */
    CHECK_EQ(t.a.event, 0x11);
    put(S1L1, 0x60003); /* not memory */
    ask(VA, false);
    check_record(UINT64_C(0x000000050000000b), UINT64_C(0x0000010800000000), VA, 0x60488);
}

TEST(oracle, updates_of_descriptors_3_13)
{
    power_on();
    put(CD, get(CD) | UINT64_C(3) << 42);    /* HA, HD */
    put(LEAF, UINT64_C(0x00080000abcde3c3)); /* DBM, read-only, AF == 0 */
    ask(VA, false);
    CHECK_EQ(t.a.outcome, ORACLE_DONE);
    CHECK_EQ(get(LEAF), UINT64_C(0x00080000abcde7c3));
    ask(VA, true);
    CHECK_EQ(t.a.outcome, ORACLE_DONE);
    CHECK_EQ(get(LEAF), UINT64_C(0x00080000abcde743));
    put(S1L2 + 0x91 * 8, UINT64_C(1) << 62 | S1L3 | 3); /* APTable: nothing below is writable */
    put(LEAF, UINT64_C(0x00080000abcde7c3));
    ask(VA, true);
    CHECK_EQ(t.a.event, 0x13);
    CHECK_EQ(get(LEAF), UINT64_C(0x00080000abcde7c3));
}

TEST(oracle, what_stage_2_forbids_7_3_13)
{
    power_on();
    nest();
    ask(VA, false);
    check_record(UINT64_C(0x0000000500000010), UINT64_C(0x0000028800000000), VA, 0xabcde000);
    put(S2L1 + 16, 0x800007fd);
    ask(VA, false);
    CHECK_EQ(t.a.address, 0xabcde678);
    put(S1L1, UINT64_C(0xc0000000) | 3); /* the level 2 table is not mapped */
    ask(VA, false);
    check_record(UINT64_C(0x0000000500000010), UINT64_C(0x0000018800000000), VA, 0xc0000000);
    put(STRTAB + 64 * SID, 0xf | UINT64_C(0xc0000040));
    ask(VA, true);
    check_record(UINT64_C(0x0000000500000010), UINT64_C(0x0000008000000000), VA, 0xc0000000);
    /* A stage 1 update needs stage 2 to be writable: TTRnW is 0. */
    power_on();
    nest();
    put(CD, get(CD) | UINT64_C(1) << 43);
    put(LEAF, 0xabcde343);
    put(S2L1, 0x77d);
    ask(VA, false);
    check_record(UINT64_C(0x0000000500000013), UINT64_C(0x0000018800000000), VA, 0x14000);
    CHECK_EQ(get(LEAF), 0xabcde343);
}

TEST(oracle, configuration_errors_7_3_3_to_7_3_11)
{
    power_on();
    ask_with((struct oracle_access){.streamid = 16, .ssv = true, .substreamid = 3});
    check_record(UINT64_C(0x0000001000003802), 0, 0, 0);
    t.regs.cr2 = 0;
    ask_with((struct oracle_access){.streamid = 16});
    CHECK_EQ(t.a.event, 0);
    ask_with((struct oracle_access){.streamid = 6});
    check_record(UINT64_C(0x0000000600000004), 0, 0, 0);
    ask_with((struct oracle_access){.ssv = true, .substreamid = 3});
    check_record(UINT64_C(0x0000000500003008), 0, 0, 0);
    put(STRTAB + 64 * SID, get(STRTAB + 64 * SID) | UINT64_C(2) << 59);
    ask(VA, false); /* S1DSS 0b00 */
    check_record(UINT64_C(0x0000000500000006), 0, 0, 0);
    ask_with((struct oracle_access){.ssv = true, .substreamid = 3});
    check_record(UINT64_C(0x000000050000380a), 0, 0, 0);
    put(STRTAB + 64 * SID, 0xb | UINT64_C(0x70000));
    ask(VA, false);
    check_record(UINT64_C(0x0000000500000009), 0, 0, 0x70000);
    t.regs.strtab_base = 0x70000;
    ask(VA, false);
    check_record(UINT64_C(0x0000000500000003), 0, 0, 0x70140);
    power_on();
    put(STRTAB + 64 * SID, 1); /* Config 0b000: nothing is recorded */
    ask(VA, false);
    CHECK_EQ(t.a.outcome, ORACLE_ABORT);
    CHECK_EQ(t.a.event, 0);
}

TEST(oracle, fault_configuration_5_5)
{
    power_on();
    put(CD, get(CD) | UINT64_C(1) << 44); /* S */
    put(CD, get(CD) & ~(UINT64_C(1) << 45));
    ask(0, false);
    CHECK_EQ(t.a.outcome, ORACLE_STALL);
    check_record(UINT64_C(0x0000000500000010), UINT64_C(0x0000020880000000), 0, 0);
    put(CD, get(CD) & ~(UINT64_C(7) << 44));
    ask(0, false);
    CHECK_EQ(t.a.outcome, ORACLE_RAZWI);
    CHECK_EQ(t.a.event, 0);
}

TEST(oracle, addresses_3_4)
{
    power_on();
    ask(UINT64_C(0xab00000012345678), false);
    check_record(UINT64_C(0x0000000500000010), UINT64_C(0x0000020800000000),
                 UINT64_C(0xab00000012345678), 0);
    put(CD, get(CD) | UINT64_C(1) << 38); /* TBI0 */
    ask(UINT64_C(0xab00000012345678), false);
    CHECK_EQ(t.a.address, 0xabcde678);
    ask(UINT64_C(0xab80000012345678), false); /* the half of TTB1, EPD1 */
    CHECK_EQ(t.a.event, 0x10);
    put(STRTAB + 64 * SID, 9);
    ask(UINT64_C(0xffffffffffff), false);
    CHECK_EQ(t.a.address, UINT64_C(0xffffffffffff));
    ask(UINT64_C(0x1000000000000), false);
    check_record(UINT64_C(0x0000000500000011), UINT64_C(0x0000020800000000),
                 UINT64_C(0x1000000000000), 0);
    t.regs.cr0 = 0;
    ask(UINT64_C(0x1000000000000), false);
    CHECK_EQ(t.a.outcome, ORACLE_ABORT);
    CHECK_EQ(t.a.event, 0);
    ask(VA, false);
    CHECK_EQ(t.a.outcome, ORACLE_DONE);
    t.regs.gbpa = 1 << 20;
    ask(VA, false);
    CHECK_EQ(t.a.outcome, ORACLE_ABORT);
}

static void check_type(uint64_t leaf, uint64_t stage2, bool fwb, unsigned attr, unsigned sh)
{
    power_on();
    nest();
    t.regs.idr[3] |= 1 << 8;
    put(STRTAB + 64 * SID + 8, UINT64_C(1) << 44 | (uint64_t)fwb << 25);
    put(LEAF, leaf & ~UINT64_C(0x80000000));
    put(S2L1, fwb ? 0x7dd : 0x7fd);
    /* The page at IPA 0x2bcde000 through the same block: its own descriptor is what counts. */
    put(S2L1, (get(S2L1) & ~UINT64_C(0x33c)) | stage2);
    ask(VA, false);
    CHECK_EQ(t.a.outcome, ORACLE_DONE);
    CHECK_EQ(t.a.attr, attr);
    CHECK_EQ(t.a.sh, sh);
}

TEST(oracle, memory_types_13_1)
{
    check_type(0xabcde743, 0x33c, false, 0xff, 3);        /* WB, WB */
    check_type(0xabcde743, 0x228, false, 0xbb, 2);        /* WB, WT outer shareable */
    check_type(0xabcde747, 0x33c, false, 0x44, 2);        /* NC is outer shareable */
    check_type(0xabcde743, 0x008, false, 0x08, 2);        /* WB, Device-nGRE */
    check_type(0xabcde74b, 0x00c, false, 0x04, 2);        /* Device-nGnRE, Device-GRE */
    check_type(0xabcde74b, 0x318, true, 0xff, 2);         /* FWB makes Device write-back */
    check_type(0xabcde743, 0x314, true, 0x44, 2);         /* FWB: non-cacheable */
    check_type(0xabcde74b, 0x00c, true, 0x04, 2);         /* FWB: the stronger Device type */
    check_type(0xabcde743, 0x01c | 0x300, true, 0xff, 3); /* FWB: as stage 1 */
}

TEST(oracle, permissions_of_instructions)
{
    const struct oracle_access user = {.address = VA, .instruction = true};
    const struct oracle_access kernel = {.address = VA, .instruction = true, .privileged = true};
    power_on();
    ask_with(user);
    CHECK_EQ(t.a.outcome, ORACLE_DONE);
    ask_with(kernel); /* what EL0 may write, EL1 may not execute */
    check_record(UINT64_C(0x0000000500000013), UINT64_C(0x0000020e00000000), VA, 0);
    put(LEAF, UINT64_C(0x00400000abcde743)); /* UXN */
    ask_with(user);
    CHECK_EQ(t.a.event, 0x13);
    put(LEAF, 0xabcde703); /* only EL1 */
    ask_with(kernel);
    CHECK_EQ(t.a.outcome, ORACLE_DONE);
    put(CD, get(CD) | UINT64_C(1) << 36); /* WXN */
    ask_with(kernel);
    CHECK_EQ(t.a.event, 0x13);
    put(STRTAB + 64 * SID + 8, UINT64_C(1) << 44 | UINT64_C(2) << 50); /* INSTCFG: Data */
    ask_with(kernel);
    CHECK_EQ(t.a.outcome, ORACLE_DONE);
    put(CD, get(CD) | UINT64_C(1) << 40); /* PAN */
    put(LEAF, 0xabcde743);
    ask_with(kernel);
    CHECK_EQ(t.a.event, 0x13);
}

TEST(oracle, big_endian_tables)
{
    power_on();
    put(CD, get(CD) | 1 << 15);
    ask(VA, false);
    CHECK_EQ(t.a.event, 0x10);
    put(S1L1, UINT64_C(0x0330010000000000));
    put(S1L2 + 0x91 * 8, UINT64_C(0x0340010000000000));
    put(LEAF, UINT64_C(0x43e7cdab00000000));
    ask(VA, false);
    CHECK_EQ(t.a.address, 0xabcde678);
}

TEST(oracle, two_level_stream_tables_5_1)
{
    power_on();
    t.regs.strtab_base = S2L1;
    t.regs.strtab_base_cfg = 1 << 16 | 6 << 6 | 8;
    put(S2L1, STRTAB | 4); /* 8 STEs */
    ask(VA, false);
    CHECK_EQ(t.a.address, 0xabcde678);
    ask_with((struct oracle_access){.streamid = 8});
    CHECK_EQ(t.a.event, 0x02);
    put(S2L1, STRTAB | 8); /* more than SPLIT + 1 */
    ask(VA, false);
    CHECK_EQ(t.a.event, 0x02);
    ask_with((struct oracle_access){.streamid = 64});
    CHECK_EQ(t.a.event, 0x02);
}
