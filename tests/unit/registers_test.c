/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The Non-secure register map of an SMMUv3 (IHI 0070 6.1-6.3): one table, and what holds for every
 * line of it. */
#include "bench.h"
#include "dbell_test.h"

enum { RO, RW, UPDATE, RUN }; /* UPDATE: written together with bit 31 (6.3.14.1) */
enum need {
    ALWAYS = 0,
    NEEDS_MSI = 1 << 0,
    NEEDS_PRI = 1 << 1,
    NEEDS_ATOS = 1 << 2,
    NEEDS_VATOS = 1 << 3,
    NEEDS_MPAM = 1 << 4,
    NEVER = 1 << 7 /* features that no SMMUv3.2 has, or that this table does not turn on */
};
/* What a register is read-only under: a bit of CR0, or of IRQ_CTRL. */
enum guard {
    FREE,
    BY_SMMUEN,
    BY_PRIQEN,
    BY_EVENTQEN,
    BY_CMDQEN,
    BY_GERROR_IRQEN,
    BY_PRIQ_IRQEN,
    BY_EVENTQ_IRQEN
};

/* The configuration of the table: 52-bit addresses, StreamIDs of 32 and SubstreamIDs of 20 bits,
 * 16-bit VMIDs, PARTIDs up to 0x1ff, PMGs up to 3, BTM, Hyp, VMW, and no PRI unless said. */
struct reg {
    uint32_t offset;
    uint8_t width, access, guard, need;
    uint64_t mask;  /* bits that a write sets */
    uint64_t loose; /* bits that may read as anything */
    const char *name;
};

#define BASE_BITS (UINT64_C(1) << 62)
#define ADDR(low) (UINT64_C(0x000fffffffffffff) >> (low) << (low))

static const struct reg regs[] = {
    {0x000, 32, RO, FREE, ALWAYS, 0, 0, "IDR0"},
    {0x004, 32, RO, FREE, ALWAYS, 0, 0, "IDR1"},
    {0x008, 32, RO, FREE, ALWAYS, 0, 0, "IDR2"},
    {0x00c, 32, RO, FREE, ALWAYS, 0, 0, "IDR3"},
    {0x010, 32, RO, FREE, ALWAYS, 0, 0, "IDR4"},
    {0x014, 32, RO, FREE, ALWAYS, 0, 0, "IDR5"},
    {0x018, 32, RO, FREE, ALWAYS, 0, 0, "IIDR"},
    {0x01c, 32, RO, FREE, ALWAYS, 0, 0, "AIDR"},
    {0x020, 32, RW, FREE, ALWAYS, 0x1cd, 0, "CR0"},
    {0x024, 32, RO, FREE, ALWAYS, 0, 0, "CR0ACK"},
    {0x028, 32, RW, FREE, ALWAYS, 0xfff, 0, "CR1"}, /* its guards: tests of their own */
    {0x02c, 32, RW, BY_SMMUEN, ALWAYS, 0x7, 0, "CR2"},
    {0x030, 64, RW, FREE, NEVER, 0, 0, "S2PII"},
    {0x040, 32, RO, FREE, ALWAYS, 0, 0, "STATUSR"},
    {0x044, 32, UPDATE, FREE, ALWAYS, 0x001f3f1f, 0, "GBPA"},
    {0x048, 32, RW, FREE, NEVER, 0, 0, "AGBPA"},
    {0x050, 32, RW, FREE, ALWAYS, 0x5, 0, "IRQ_CTRL"},
    {0x054, 32, RO, FREE, ALWAYS, 0, 0, "IRQ_CTRLACK"},
    {0x060, 32, RO, FREE, ALWAYS, 0, 0, "GERROR"},
    {0x064, 32, RW, FREE, ALWAYS, 0x1b5, 0, "GERRORN"},
    {0x068, 64, RW, BY_GERROR_IRQEN, NEEDS_MSI, ADDR(2), 0, "GERROR_IRQ_CFG0"},
    {0x070, 32, RW, BY_GERROR_IRQEN, NEEDS_MSI, 0xffffffff, 0, "GERROR_IRQ_CFG1"},
    {0x074, 32, RW, BY_GERROR_IRQEN, NEEDS_MSI, 0x3f, 0, "GERROR_IRQ_CFG2"},
    {0x080, 64, RW, BY_SMMUEN, ALWAYS, BASE_BITS | ADDR(6), 0, "STRTAB_BASE"},
    {0x088, 32, RW, BY_SMMUEN, ALWAYS, 0x307ff, 0, "STRTAB_BASE_CFG"},
    {0x090, 64, RW, BY_CMDQEN, ALWAYS, BASE_BITS | ADDR(0), 0, "CMDQ_BASE"},
    {0x098, 32, RW, FREE, ALWAYS, 0xfffff, 0, "CMDQ_PROD"},
    {0x09c, 32, RW, BY_CMDQEN, ALWAYS, 0xfffff, 0x7f000000, "CMDQ_CONS"},
    {0x0a0, 64, RW, BY_EVENTQEN, ALWAYS, BASE_BITS | ADDR(0), 0, "EVENTQ_BASE"},
    {0x0b0, 64, RW, BY_EVENTQ_IRQEN, NEEDS_MSI, ADDR(2), 0, "EVENTQ_IRQ_CFG0"},
    {0x0b8, 32, RW, BY_EVENTQ_IRQEN, NEEDS_MSI, 0xffffffff, 0, "EVENTQ_IRQ_CFG1"},
    {0x0bc, 32, RW, BY_EVENTQ_IRQEN, NEEDS_MSI, 0x3f, 0, "EVENTQ_IRQ_CFG2"},
    {0x0c0, 64, RW, BY_PRIQEN, NEEDS_PRI, BASE_BITS | ADDR(0), 0, "PRIQ_BASE"},
    {0x0d0, 64, RW, BY_PRIQ_IRQEN, NEEDS_PRI | NEEDS_MSI, ADDR(2), 0, "PRIQ_IRQ_CFG0"},
    {0x0d8, 32, RW, BY_PRIQ_IRQEN, NEEDS_PRI | NEEDS_MSI, 0xffffffff, 0, "PRIQ_IRQ_CFG1"},
    {0x0dc, 32, RW, BY_PRIQ_IRQEN, NEEDS_PRI | NEEDS_MSI, 0x8000003f, 0, "PRIQ_IRQ_CFG2"},
    {0x100, 32, RUN, FREE, NEEDS_ATOS, 0, 0, "GATOS_CTRL"},
    {0x108, 64, RW, FREE, NEEDS_ATOS, UINT64_C(0x001fffffffffffff), 0, "GATOS_SID"},
    {0x110, 64, RW, FREE, NEEDS_ATOS, UINT64_C(0xffffffffffffffc0), 0, "GATOS_ADDR"},
    {0x118, 64, RO, FREE, NEEDS_ATOS, 0, 0, "GATOS_PAR"},
    {0x130, 32, RO, FREE, NEEDS_MPAM, 0, 0, "MPAMIDR"},
    {0x138, 32, UPDATE, FREE, NEEDS_MPAM, 0x000301ff, 0, "GMPAM"},
    {0x13c, 32, UPDATE, FREE, NEEDS_MPAM, 0x000301ff, 0, "GBPMPAM"},
    {0x180, 32, RW, FREE, NEEDS_VATOS, 0xffff, 0, "VATOS_SEL"},
    {0x190, 32, RO, FREE, NEVER, 0, 0, "IDR6"},
    {0x200, 64, RW, FREE, NEVER, 0, 0, "DPT_BASE"},
    {0x208, 32, RW, FREE, NEVER, 0, 0, "DPT_BASE_CFG"},
    {0x210, 64, RW, FREE, NEVER, 0, 0, "DPT_CFG_FAR"},
    {0xfd0, 32, RO, FREE, ALWAYS, 0, 0, "PIDR4"},
    {0xfd4, 32, RO, FREE, ALWAYS, 0, 0, "PIDR5"},
    {0xfd8, 32, RO, FREE, ALWAYS, 0, 0, "PIDR6"},
    {0xfdc, 32, RO, FREE, ALWAYS, 0, 0, "PIDR7"},
    {0xfe0, 32, RO, FREE, ALWAYS, 0, 0, "PIDR0"},
    {0xfe4, 32, RO, FREE, ALWAYS, 0, 0, "PIDR1"},
    {0xfe8, 32, RO, FREE, ALWAYS, 0, 0, "PIDR2"},
    {0xfec, 32, RO, FREE, ALWAYS, 0, 0, "PIDR3"},
    {0xff0, 32, RO, FREE, ALWAYS, 0, 0, "CIDR0"},
    {0xff4, 32, RO, FREE, ALWAYS, 0, 0, "CIDR1"},
    {0xff8, 32, RO, FREE, ALWAYS, 0, 0, "CIDR2"},
    {0xffc, 32, RO, FREE, ALWAYS, 0, 0, "CIDR3"},
    {0x4000, 64, RO, FREE, NEVER, 0, 0, "CMDQ_CONTROL_PAGE_BASE0"},
    {0x4008, 32, RO, FREE, NEVER, 0, 0, "CMDQ_CONTROL_PAGE_CFG0"},
    {0x400c, 32, RO, FREE, NEVER, 0, 0, "CMDQ_CONTROL_PAGE_STATUS0"},
    {0x100a8, 32, RW, BY_EVENTQEN, ALWAYS, 0x800fffff, 0, "EVENTQ_PROD"},
    {0x100ac, 32, RW, FREE, ALWAYS, 0x800fffff, 0, "EVENTQ_CONS"},
    {0x100c8, 32, RW, BY_PRIQEN, NEEDS_PRI, 0x800fffff, 0, "PRIQ_PROD"},
    {0x100cc, 32, RW, FREE, NEEDS_PRI, 0x800fffff, 0, "PRIQ_CONS"},
    {0x20a00, 32, RUN, FREE, NEEDS_VATOS, 0, 0, "VATOS_CTRL"},
    {0x20a08, 64, RW, FREE, NEEDS_VATOS, UINT64_C(0x001fffffffffffff), 0, "VATOS_SID"},
    {0x20a10, 64, RW, FREE, NEEDS_VATOS, UINT64_C(0xffffffffffffffc0), 0, "VATOS_ADDR"},
    {0x20a18, 64, RO, FREE, NEEDS_VATOS, 0, 0, "VATOS_PAR"},
};
enum { REGS = sizeof regs / sizeof regs[0], SMMUEN = 1, PRIQEN = 2, EVENTQEN = 4, CMDQEN = 8 };
enum { CR0 = 0x20, CR0ACK = 0x24, CR1 = 0x28, GBPA = 0x44, IRQ_CTRL = 0x50, IRQ_CTRLACK = 0x54 };

/* IDR0: S1P, S2P, TTF 2, COHACC, BTM, HTTU 2, Hyp, ASID16, MSI, SEV, ATOS, VMW, VMID16, CD2L,
 * VATOS, ST_LEVEL 1. IDR1: SIDSIZE 32, SSIDSIZE 20, CMDQS and EVENTQS 19, both OVR. */
static struct dbell_smmu_config full(void)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.idr[0] = 0x081ef2bb;
    config.idr[1] = 0x0e739d20;
    config.idr[2] = 0;      /* the VATOS page is at 0x20000 */
    config.idr[3] = 0x1794; /* HAD, XNX, MPAM, FWB, STT, RIL, BBML 2 */
    config.idr[4] = 0;
    config.idr[5] = 0x00400476; /* OAS of 52 bits, all granules, VAX, STALL_MAX 64 */
    config.iidr = 0x48A2743b;
    config.aidr = 2;
    config.mpamidr = 0x000301ff;
    config.pmcg[0].counters = config.pmcg[1].counters = 0;
    return config;
}
static struct dbell_smmu_config with_pri(void)
{
    struct dbell_smmu_config config = full();
    config.idr[0] |= 1u << 10 | 1u << 16;
    config.idr[1] |= 19u << 11;
    return config;
}

static bool open_with(struct bench *bench, const struct dbell_smmu_config *config)
{
    return bench_open(bench, config);
}
static bool open_full(struct bench *bench)
{
    const struct dbell_smmu_config config = full();
    return open_with(bench, &config);
}

static void named_eq(const struct reg *reg, const char *what, uint64_t got, uint64_t expected)
{
    if (got != expected)
        dbell_test_check_eq(reg->name, (int)reg->offset, what, "expected", got, expected);
}

/* All queues at 2^19 entries, so that their indices have all bits (6.3.27-6.3.30). */
static void widest_queues(struct bench *bench)
{
    bench_put(bench, 0x90, 8, 19);
    bench_put(bench, 0xa0, 8, 19);
    bench_put(bench, 0xc0, 8, 19);
}

static void set(struct bench *bench, const struct reg *reg, uint64_t value)
{
    if (reg->access == UPDATE)
        value |= UINT32_C(1) << 31;
    bench_put(bench, reg->offset, reg->width / 8, value);
}
static uint64_t get(struct bench *bench, const struct reg *reg)
{
    return bench_get(bench, reg->offset, reg->width / 8) & ~reg->loose;
}

TEST(registers, reset_values_6_3)
{
    static const struct {
        uint32_t offset, value, mask;
    } known[] = {
        {0x000, 0x081ef2bb, ~0u}, {0x004, 0x0e739d20, ~0u}, {0x008, 0, ~0u},
        {0x00c, 0x1794, ~0u},     {0x010, 0, ~0u},          {0x014, 0x00400476, ~0u},
        {0x018, 0x48a2743b, ~0u}, {0x01c, 2, ~0u},          {0x020, 0, ~0u},
        {0x024, 0, ~0u},          {0x040, 0, ~0u},          {0x044, 0, 1u << 31},
        {0x050, 0, ~0u},          {0x054, 0, ~0u},          {0x060, 0, ~0u},
        {0x064, 0, ~0u},          {0x100, 0, ~0u},          {0x130, 0x000301ff, ~0u},
        {0x138, 0, ~0u},          {0x13c, 0, ~0u},          {0x190, 0, ~0u},
        {0x20a00, 0, ~0u},
    };
    struct bench b;
    REQUIRE(open_full(&b));
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++)
        CHECK_EQ(bench_get(&b, known[i].offset, 4) & known[i].mask, known[i].value);
    /* Bits that are RES0 read as zero whatever the reset value of the fields. */
    for (unsigned i = 0; i < REGS; i++)
        if (regs[i].access == RW || regs[i].access == UPDATE)
            named_eq(&regs[i], "RES0 bits", get(&b, &regs[i]) & ~regs[i].mask, 0);
    bench_close(&b);
}

TEST(registers, reset_of_gbpa_abort_is_as_configured_6_3_14)
{
    for (unsigned abort = 0; abort < 2; abort++) {
        struct dbell_smmu_config config = full();
        struct bench b;
        config.gbpa_abort = abort;
        REQUIRE(open_with(&b, &config));
        CHECK_EQ(bench_get(&b, GBPA, 4) >> 20 & 1, abort);
        CHECK_EQ(bench_get(&b, GBPA, 4) & ~UINT64_C(0x001f3f1f), 0);
        bench_close(&b);
    }
}

TEST(registers, reset_clears_enables_and_errors_again_6_3)
{
    struct bench b;
    REQUIRE(open_full(&b));
    bench_put(&b, CR0, 4, SMMUEN | EVENTQEN);
    bench_put(&b, IRQ_CTRL, 4, 5);
    bench_put(&b, 0x138, 4, 0x80030055);
    dbell_smmu_reset(&b.smmu);
    CHECK_EQ(bench_get(&b, CR0, 4), 0);
    CHECK_EQ(bench_get(&b, CR0ACK, 4), 0);
    CHECK_EQ(bench_get(&b, IRQ_CTRL, 4), 0);
    CHECK_EQ(bench_get(&b, IRQ_CTRLACK, 4), 0);
    CHECK_EQ(bench_get(&b, 0x138, 4), 0);
    CHECK_EQ(bench_get(&b, 0x60, 4), 0);
    bench_close(&b);
}

/* What is written reads back in the fields, zero in the RES0 bits. */
static void write_and_read_back(const struct dbell_smmu_config *config, unsigned needs)
{
    static const uint64_t patterns[] = {UINT64_MAX, UINT64_C(0xaaaaaaaaaaaaaaaa),
                                        UINT64_C(0x5555555555555555), 0};
    for (unsigned i = 0; i < REGS; i++)
        for (unsigned p = 0; p < 4; p++) {
            const struct reg *reg = &regs[i];
            uint64_t mask = reg->mask, value = patterns[p];
            struct bench b;
            if (reg->access == RUN || reg->access == RO || (needs && !(reg->need & needs)) ||
                (!needs && reg->need & NEEDS_PRI))
                continue;
            if (reg->offset == 0x90 || reg->offset == 0xa0 || reg->offset == 0xc0)
                mask &= ~UINT64_C(0); /* LOG2SIZE beyond the maximum reads back too */
            REQUIRE(open_with(&b, config));
            widest_queues(&b);
            if (reg->offset == 0x064)
                value &= 0x1b4 | 0xfffff800; /* CMDQ_ERR would stop the queue; else free */
            set(&b, reg, value);
            named_eq(reg, "read back", get(&b, reg), value & mask);
            bench_close(&b);
        }
}

TEST(registers, fields_read_back_and_reserved_bits_are_res0_6_2)
{
    const struct dbell_smmu_config config = full();
    write_and_read_back(&config, 0);
}

TEST(registers, priq_registers_read_back_with_pri_6_3_33)
{
    const struct dbell_smmu_config config = with_pri();
    write_and_read_back(&config, NEEDS_PRI);
}

TEST(registers, pri_brings_its_fields_in_cr0_irq_ctrl_and_gerrorn_6_3_9)
{
    const struct dbell_smmu_config config = with_pri();
    struct bench b;
    REQUIRE(open_with(&b, &config));
    bench_put(&b, CR0, 4, 0xffffffff);
    CHECK_EQ(bench_get(&b, CR0, 4), 0x1df);
    CHECK_EQ(bench_get(&b, CR0ACK, 4), 0x1df);
    bench_put(&b, IRQ_CTRL, 4, 0xffffffff);
    CHECK_EQ(bench_get(&b, IRQ_CTRL, 4), 7);
    CHECK_EQ(bench_get(&b, IRQ_CTRLACK, 4), 7);
    bench_put(&b, 0x64, 4, 0xffffffff);
    CHECK_EQ(bench_get(&b, 0x64, 4), 0x1fd);
    bench_close(&b);
}

TEST(registers, read_only_ones_ignore_writes_6_2)
{
    struct bench b;
    REQUIRE(open_full(&b));
    bench_put(&b, IRQ_CTRL, 4, 5); /* so that none of them is 0 */
    bench_put(&b, CR0, 4, SMMUEN);
    bench_put(&b, 0x100, 4, 1);
    bench_put(&b, 0x20a00, 4, 1);
    dbell_smmu_fail(&b.smmu);
    bench_settle(&b);
    for (unsigned i = 0; i < REGS; i++)
        if (regs[i].access == RO && !(regs[i].need & NEEDS_PRI)) {
            const uint64_t before = get(&b, &regs[i]);
            bench_put(&b, regs[i].offset, regs[i].width / 8, ~before);
            named_eq(&regs[i], "after a write of its complement", get(&b, &regs[i]), before);
            bench_put(&b, regs[i].offset, regs[i].width / 8, 0);
            named_eq(&regs[i], "after a write of 0", get(&b, &regs[i]), before);
        }
    bench_close(&b);
}

TEST(registers, halves_of_64_bits_are_written_apart_6_2)
{
    for (unsigned i = 0; i < REGS; i++) {
        const struct reg *reg = &regs[i];
        struct bench b;
        if (reg->width != 64 || reg->access != RW || reg->need & (NEEDS_PRI | NEVER))
            continue;
        REQUIRE(open_full(&b));
        const uint64_t low = reg->mask & UINT32_MAX, high = reg->mask >> 32;
        bench_put(&b, reg->offset, 8, 0);
        bench_put(&b, reg->offset, 4, 0xffffffff);
        named_eq(reg, "after the low half", bench_get(&b, reg->offset, 8), low);
        named_eq(reg, "low half", bench_get(&b, reg->offset, 4), low);
        named_eq(reg, "high half", bench_get(&b, reg->offset + 4, 4), 0);
        bench_put(&b, reg->offset + 4, 4, 0xffffffff);
        named_eq(reg, "after both halves", bench_get(&b, reg->offset, 8), reg->mask);
        named_eq(reg, "high half", bench_get(&b, reg->offset + 4, 4), high);
        bench_put(&b, reg->offset, 4, 0);
        named_eq(reg, "low half cleared", bench_get(&b, reg->offset, 8), high << 32);
        bench_put(&b, reg->offset, 8, UINT64_MAX);
        bench_put(&b, reg->offset + 4, 4, 0);
        named_eq(reg, "high half cleared", bench_get(&b, reg->offset, 8), low);
        bench_close(&b);
    }
}

/* Sizes of 1 and 2 bytes, and accesses off their alignment. */
TEST(registers, small_and_unaligned_accesses_are_razwi_6_2)
{
    struct bench b;
    REQUIRE(open_full(&b));
    widest_queues(&b);
    for (unsigned i = 0; i < REGS; i++) {
        const struct reg *reg = &regs[i];
        const unsigned bytes = reg->width / 8;
        if (reg->access == RUN || reg->need == NEVER || reg->need & NEEDS_PRI)
            continue;
        if (reg->access != RO && reg->offset != CR0 && reg->offset != 0x64)
            set(&b, reg, UINT64_MAX);
        const uint64_t before = get(&b, reg);
        uint64_t illegal = dbell_smmu_count(&b.smmu, DBELL_SMMU_ILLEGAL_ACCESSES);
        for (unsigned at = 0; at < bytes; at++)
            for (unsigned size = 1; size <= 8; size *= 2) {
                if (size >= 4 && at % size == 0)
                    continue;
                named_eq(reg, "an illegal read", bench_get(&b, reg->offset + at, size), 0);
                bench_put(&b, reg->offset + at, size, ~before >> (8 * at));
                illegal += 2;
            }
        named_eq(reg, "after illegal writes", get(&b, reg), before);
        named_eq(reg, "illegal accesses", dbell_smmu_count(&b.smmu, DBELL_SMMU_ILLEGAL_ACCESSES),
                 illegal);
    }
    bench_close(&b);
}

TEST(registers, sixtyfour_bits_over_two_registers_are_razwi_6_2)
{
    static const uint32_t pairs[] = {0x00,  0x08,  0x10,  0x18,  0x20,   0x28,  0x50,
                                     0x60,  0x70,  0x98,  0xb8,  0x138,  0xfd0, 0xfd8,
                                     0xfe0, 0xfe8, 0xff0, 0xff8, 0x100a8};
    struct bench b;
    REQUIRE(open_full(&b));
    widest_queues(&b);
    bench_put(&b, 0x28, 4, 0xfff);
    bench_put(&b, 0x70, 4, 0x12345678);
    bench_put(&b, 0xb8, 4, 0x12345678);
    bench_put(&b, 0x98, 4, 0x00012);
    bench_put(&b, 0x9c, 4, 0x00012);
    bench_put(&b, 0x138, 4, 0x80000012);
    bench_put(&b, 0x100a8, 4, 0x12);
    for (unsigned i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const uint64_t first = bench_get(&b, pairs[i], 4), second = bench_get(&b, pairs[i] + 4, 4);
        CHECK_EQ(bench_get(&b, pairs[i], 8), 0);
        bench_put(&b, pairs[i], 8, ~(first | second << 32));
        CHECK_EQ(bench_get(&b, pairs[i], 4), first);
        CHECK_EQ(bench_get(&b, pairs[i] + 4, 4), second);
    }
    bench_close(&b);
}

static bool defined(uint32_t offset)
{
    for (unsigned i = 0; i < REGS; i++)
        if (regs[i].need != NEVER && !(regs[i].need & NEEDS_PRI) &&
            offset - regs[i].offset < regs[i].width / 8)
            return true;
    return false;
}

/* Reserved places of pages 0 and 1, among them the page 0 aliases of page 1, all of the registers
 * from 0x8000 on of an SMMU without Secure state, and what is IMPLEMENTATION DEFINED. */
static void holes_from(uint32_t first, uint32_t end)
{
    struct bench b;
    unsigned wrong = 0;
    REQUIRE(open_full(&b));
    for (uint32_t at = first; at < end; at += 4)
        if (!defined(at)) {
            dbell_smmu_write(&b.smmu, at, 4, 0xffffffff);
            if (bench_get(&b, at, 4) != 0 && !wrong++)
                dbell_test_check_eq("hole", (int)at, "offset", "reads", at, bench_get(&b, at, 4));
        }
    for (uint32_t at = first; at < end; at += 8)
        if (!defined(at) && !defined(at + 4)) {
            dbell_smmu_write(&b.smmu, at, 8, UINT64_MAX);
            if (bench_get(&b, at, 8) != 0 && !wrong++)
                dbell_test_check_eq("hole", (int)at, "offset", "reads", at, bench_get(&b, at, 8));
        }
    CHECK_EQ(wrong, 0);
    /* Nothing else has changed. */
    CHECK_EQ(bench_get(&b, CR0, 4), 0);
    CHECK_EQ(bench_get(&b, IRQ_CTRL, 4), 0);
    CHECK_EQ(bench_get(&b, 0x80, 8), 0);
    bench_close(&b);
}
TEST(registers, holes_of_page_0_are_razwi_6_2_1)
{
    holes_from(0, 0x8000);
}
TEST(registers, secure_registers_are_razwi_6_2)
{
    holes_from(0x8000, 0x10000);
}
TEST(registers, holes_of_page_1_are_razwi_6_2_2)
{
    holes_from(0x10000, 0x20000);
}
TEST(registers, holes_of_the_vatos_page_are_razwi_6_2_3)
{
    holes_from(0x20000, 0x30000);
}
TEST(registers, beyond_the_pages_is_razwi_6_1)
{
    const struct dbell_smmu_config config = full();
    struct dbell_smmu_config without = config;
    without.idr[0] &= ~(1u << 20);
    CHECK_EQ(dbell_smmu_register_space(&without), 0x20000);
    CHECK_EQ(dbell_smmu_register_space(&config), 0x30000);
    struct bench b;
    REQUIRE(open_with(&b, &without));
    for (uint32_t at = 0x20000; at < 0x30000; at += 4) {
        dbell_smmu_write(&b.smmu, at, 4, 0xffffffff);
        if (bench_get(&b, at, 4) != 0)
            CHECK_EQ(bench_get(&b, at, 4), 0);
    }
    bench_close(&b);
}

TEST(registers, the_vatos_page_is_where_idr2_says_6_3_3)
{
    struct dbell_smmu_config config = full();
    struct bench b;
    config.idr[2] = 3;
    REQUIRE(open_with(&b, &config));
    bench_put(&b, 0x50a08, 8, 0x1234);
    CHECK_EQ(bench_get(&b, 0x50a08, 8), 0x1234);
    CHECK_EQ(bench_get(&b, 0x50a08, 4), 0x1234);
    CHECK_EQ(dbell_smmu_register_space(&config), 0x60000);
    bench_close(&b);
}

/* Puts the enable of a guard to 1 or 0. */
static void enable(struct bench *bench, unsigned guard, bool on, bool settled)
{
    static const struct {
        uint32_t offset, bit;
    } of[] = {[BY_SMMUEN] = {CR0, SMMUEN},       [BY_PRIQEN] = {CR0, PRIQEN},
              [BY_EVENTQEN] = {CR0, EVENTQEN},   [BY_CMDQEN] = {CR0, CMDQEN},
              [BY_GERROR_IRQEN] = {IRQ_CTRL, 1}, [BY_PRIQ_IRQEN] = {IRQ_CTRL, 2},
              [BY_EVENTQ_IRQEN] = {IRQ_CTRL, 4}};
    dbell_smmu_write(&bench->smmu, of[guard].offset, 4, on ? of[guard].bit : 0);
    if (settled)
        bench_settle(bench);
}
static bool acknowledged(struct bench *bench, unsigned guard)
{
    static const uint8_t bits[] = {
        [BY_SMMUEN] = 1,       [BY_PRIQEN] = 2,     [BY_EVENTQEN] = 4,    [BY_CMDQEN] = 8,
        [BY_GERROR_IRQEN] = 1, [BY_PRIQ_IRQEN] = 2, [BY_EVENTQ_IRQEN] = 4};
    return bench_get(bench, guard >= BY_GERROR_IRQEN ? IRQ_CTRLACK : CR0ACK, 4) & bits[guard];
}

/* Each register under each enable: ignored if that one guards it, else it takes effect. */
static void guards(const struct dbell_smmu_config *config, unsigned needs)
{
    for (unsigned i = 0; i < REGS; i++)
        for (unsigned guard = BY_SMMUEN; guard <= BY_EVENTQ_IRQEN; guard++) {
            const struct reg *reg = &regs[i];
            struct bench b;
            if (reg->access != RW || reg->need == NEVER || reg->offset == CR0 ||
                reg->offset == CR1 || reg->offset == IRQ_CTRL || reg->offset == 0x64 ||
                (needs ? !(reg->need & needs) : reg->need & NEEDS_PRI))
                continue;
            if (!needs && (guard == BY_PRIQEN || guard == BY_PRIQ_IRQEN))
                continue;
            REQUIRE(open_with(&b, config));
            bench_put(&b, 0x90, 8, 0x1000 | 5);
            bench_put(&b, 0xa0, 8, 0x2000 | 5);
            bench_put(&b, 0xc0, 8, 0x3000 | 5);
            const uint64_t before = get(&b, reg);
            uint64_t other = before ^ (reg->mask & (reg->width == 64 ? 0x4000 : 0x3));
            if (reg->offset == 0x98) /* runs no commands: the queue stays empty */
                other = before;
            enable(&b, guard, true, true);
            CHECK(acknowledged(&b, guard));
            set(&b, reg, other);
            named_eq(reg, "while enabled", get(&b, reg), reg->guard == guard ? before : other);
            set(&b, reg, before);
            enable(&b, guard, false, false);
            if (acknowledged(&b, guard)) { /* still 1: as if enabled */
                dbell_smmu_write(&b.smmu, reg->offset, reg->width / 8, other);
                named_eq(reg, "before the acknowledge", get(&b, reg),
                         reg->guard == guard ? before : other);
            }
            bench_settle(&b);
            CHECK(!acknowledged(&b, guard));
            set(&b, reg, other);
            named_eq(reg, "after the acknowledge", get(&b, reg), other);
            bench_close(&b);
        }
}
TEST(registers, guarded_ones_ignore_writes_while_enabled_6_3)
{
    const struct dbell_smmu_config config = full();
    guards(&config, 0);
}
TEST(registers, priq_registers_are_guarded_by_the_literal_priqen_6_3_9_5)
{
    const struct dbell_smmu_config config = with_pri();
    guards(&config, NEEDS_PRI);
}

TEST(registers, a_guard_holds_between_the_write_of_the_enable_and_its_acknowledge_6_3)
{
    struct bench b;
    REQUIRE(open_full(&b));
    for (unsigned guard = BY_SMMUEN; guard <= BY_EVENTQ_IRQEN; guard++) {
        if (guard == BY_PRIQEN || guard == BY_PRIQ_IRQEN)
            continue;
        enable(&b, guard, true, false); /* not stepped */
        for (unsigned i = 0; i < REGS; i++)
            if (regs[i].guard == guard && !(regs[i].need & NEEDS_PRI)) {
                const uint64_t before = get(&b, &regs[i]);
                dbell_smmu_write(&b.smmu, regs[i].offset, regs[i].width / 8, ~before);
                named_eq(&regs[i], "just after the enable", get(&b, &regs[i]), before);
            }
        enable(&b, guard, false, true);
    }
    bench_close(&b);
}

TEST(registers, half_writes_of_guarded_ones_are_ignored_too_6_3_24)
{
    struct bench b;
    REQUIRE(open_full(&b));
    bench_put(&b, 0x80, 8, UINT64_C(0x4000000000001000));
    bench_put(&b, CR0, 4, SMMUEN);
    bench_put(&b, 0x80, 4, 0x2000);
    bench_put(&b, 0x84, 4, 0x1);
    CHECK_EQ(bench_get(&b, 0x80, 8), UINT64_C(0x4000000000001000));
    bench_close(&b);
}

TEST(registers, cr1_fields_have_guards_of_their_own_6_3_11)
{
    static const struct {
        uint32_t cr0, writable;
    } cases[] = {{0, 0xfff},
                 {SMMUEN, 0x03f},
                 {CMDQEN, 0xfc0},
                 {EVENTQEN, 0xfc0},
                 {CMDQEN | EVENTQEN, 0xfc0},
                 {SMMUEN | EVENTQEN, 0},
                 {SMMUEN | CMDQEN, 0}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (unsigned from = 0; from < 2; from++) {
            const uint32_t before = from ? 0xfff : 0, other = 0xfff ^ before;
            struct bench b;
            REQUIRE(open_full(&b));
            bench_put(&b, CR1, 4, before);
            bench_put(&b, CR0, 4, cases[i].cr0);
            bench_put(&b, CR1, 4, other);
            CHECK_EQ(bench_get(&b, CR1, 4),
                     (other & cases[i].writable) | (before & ~cases[i].writable));
            bench_put(&b, CR0, 4, 0);
            bench_put(&b, CR1, 4, other);
            CHECK_EQ(bench_get(&b, CR1, 4), other);
            bench_close(&b);
        }
}

TEST(registers, cr1_queue_fields_are_guarded_by_priqen_6_3_11_2)
{
    const struct dbell_smmu_config config = with_pri();
    struct bench b;
    REQUIRE(open_with(&b, &config));
    bench_put(&b, CR0, 4, PRIQEN);
    bench_put(&b, CR1, 4, 0xfff);
    CHECK_EQ(bench_get(&b, CR1, 4), 0xfc0);
    bench_close(&b);
}

TEST(registers, update_registers_ignore_writes_without_update_6_3_14_1)
{
    static const uint32_t offsets[] = {GBPA, 0x138, 0x13c};
    static const uint32_t values[] = {0x001a2a1a, 0x00020155, 0x000100aa};
    struct bench b;
    REQUIRE(open_full(&b));
    for (unsigned i = 0; i < 3; i++) {
        bench_put(&b, offsets[i], 4, UINT32_C(1) << 31);
        CHECK_EQ(bench_get(&b, offsets[i], 4), 0);
        bench_put(&b, offsets[i], 4, values[i]);
        CHECK_EQ(bench_get(&b, offsets[i], 4), 0);
        dbell_smmu_write(&b.smmu, offsets[i], 4, values[i] | UINT32_C(1) << 31);
        /* Seen by reads even before the update has completed. */
        CHECK_EQ(bench_get(&b, offsets[i], 4) & 0x7fffffff, values[i]);
        if (bench_get(&b, offsets[i], 4) >> 31) { /* under way: a further write is ignored */
            dbell_smmu_write(&b.smmu, offsets[i], 4, UINT32_C(1) << 31);
            CHECK_EQ(bench_get(&b, offsets[i], 4) & 0x7fffffff, values[i]);
        }
        bench_settle(&b);
        CHECK_EQ(bench_get(&b, offsets[i], 4), values[i]);
        bench_put(&b, offsets[i], 4, 0);
        CHECK_EQ(bench_get(&b, offsets[i], 4), values[i]);
    }
    /* GBPA is not guarded by SMMUEN. */
    bench_put(&b, CR0, 4, SMMUEN);
    bench_put(&b, GBPA, 4, 0x80001000);
    CHECK_EQ(bench_get(&b, GBPA, 4), 0x1000);
    bench_close(&b);
}

TEST(registers, address_bits_above_the_oas_are_res0_6_3_21)
{
    static const uint8_t bits[] = {32, 36, 40, 42, 44, 48, 52};
    static const struct {
        uint32_t offset, low;
    } of[] = {{0x68, 2}, {0x80, 6}, {0x90, 5}, {0xa0, 5}, {0xb0, 2}};
    for (unsigned oas = 0; oas < 7; oas++) {
        struct dbell_smmu_config config = full();
        struct bench b;
        config.idr[5] = (config.idr[5] & ~7u) | oas;
        if (oas < 6)
            config.idr[5] &= ~(3u << 10);
        REQUIRE(open_with(&b, &config));
        for (unsigned i = 0; i < 5; i++) {
            const uint64_t below = (UINT64_C(1) << bits[oas]) - 1;
            bench_put(&b, of[i].offset, 8, UINT64_C(0x00ffffffffffffff) >> 5 << 5);
            CHECK_EQ(bench_get(&b, of[i].offset, 8), below >> 5 << 5 >> of[i].low << of[i].low);
            /* In halves: the same. */
            bench_put(&b, of[i].offset, 8, 0);
            bench_put(&b, of[i].offset + 4, 4, 0x00ffffff);
            CHECK_EQ(bench_get(&b, of[i].offset, 8), below >> 32 << 32);
        }
        bench_close(&b);
    }
}

TEST(registers, index_bits_above_the_queue_size_read_as_zero_6_3_28)
{
    for (unsigned size = 0; size <= 19; size++) {
        const uint64_t index = (UINT64_C(2) << size) - 1;
        struct bench b;
        REQUIRE(open_full(&b));
        bench_put(&b, 0x90, 8, size);
        bench_put(&b, 0xa0, 8, size);
        bench_put(&b, 0x9c, 4, 0x000fffff);
        CHECK_EQ(bench_get(&b, 0x9c, 4) & 0xfffff, index);
        bench_put(&b, 0x100a8, 4, 0x000fffff);
        CHECK_EQ(bench_get(&b, 0x100a8, 4) & 0xfffff, index);
        bench_put(&b, 0x98, 4, 0x000fffff); /* these may be stored: only their fields count */
        CHECK_EQ(bench_get(&b, 0x98, 4) & index, index);
        bench_put(&b, 0x100ac, 4, 0x000fffff);
        CHECK_EQ(bench_get(&b, 0x100ac, 4) & index, index);
        bench_close(&b);
    }
}

/* Commands that do nothing at entries 0 .. 2^max - 1; the register says more entries. */
TEST(registers, command_queue_size_is_capped_by_idr1_6_3_26)
{
    struct dbell_smmu_config config = full();
    const uint64_t prefetch[2] = {0x01, 0}; /* CMD_PREFETCH_CONFIG */
    struct bench b;
    config.idr[1] = (config.idr[1] & ~(31u << 21)) | 2u << 21;
    REQUIRE(open_with(&b, &config));
    for (unsigned i = 0; i < 4; i++)
        bench_store_words(&b, 0x1000 + 16 * i, prefetch, 2);
    bench_put(&b, 0x90, 8, 0x1000 | 8);
    CHECK_EQ(bench_get(&b, 0x90, 8), 0x1008); /* reads back as written */
    bench_put(&b, 0x98, 4, 0);
    bench_put(&b, 0x9c, 4, 0);
    bench_put(&b, CR0, 4, CMDQEN);
    bench_put(&b, 0x98, 4, 3);
    CHECK_EQ(bench_get(&b, 0x9c, 4) & 0xfffff, 3);
    bench_put(&b, 0x98, 4, 6); /* wrapped: index 2, wrap bit 1 */
    CHECK_EQ(bench_get(&b, 0x9c, 4) & 0xfffff, 6);
    bench_put(&b, 0x98, 4, 1); /* wrapped again: index 1, wrap bit 0 */
    CHECK_EQ(bench_get(&b, 0x9c, 4) & 0xfffff, 1);
    CHECK_EQ(bench_get(&b, 0x60, 4), 0);
    for (unsigned i = 0; i < b.logged; i++)
        CHECK(b.log[i].address >= 0x1000 && b.log[i].address < 0x1040);
    bench_close(&b);
}

static void fault_once(struct bench *b)
{
    struct dbell_transaction t = {.address = 0x1000, .length = 4};
    struct dbell_translation result;
    t.side.has_streamid = true;
    t.side.streamid = 0x777; /* beyond the table */
    dbell_smmu_translate(&b->smmu, &t, &result);
    bench_settle(b);
}

TEST(registers, event_queue_size_is_capped_by_idr1_6_3_29)
{
    struct dbell_smmu_config config = full();
    struct bench b;
    config.idr[1] = (config.idr[1] & ~(31u << 16)) | 1u << 16;
    REQUIRE(open_with(&b, &config));
    bench_put(&b, 0x2c, 4, 2);
    bench_put(&b, 0xa0, 8, 0x4000 | 9);
    CHECK_EQ(bench_get(&b, 0xa0, 8), 0x4009);
    bench_put(&b, CR0, 4, SMMUEN | EVENTQEN);
    fault_once(&b);
    CHECK_EQ(bench_get(&b, 0x100a8, 4), 1);
    fault_once(&b);
    CHECK_EQ(bench_get(&b, 0x100a8, 4), 2); /* index 0, wrap bit 1: full */
    fault_once(&b);
    CHECK_EQ(bench_get(&b, 0x100a8, 4), 0x80000002);
    CHECK_EQ(bench_load(&b, 0x4000) & 0xff, 2);
    CHECK_EQ(bench_load(&b, 0x4020) & 0xff, 2);
    CHECK_EQ(bench_load(&b, 0x4040), 0);
    bench_close(&b);
}

TEST(registers, queue_bases_are_aligned_to_the_size_of_the_queue_6_3_26)
{
    const uint64_t sync[2] = {0x46, 0};
    struct bench b;
    REQUIRE(open_full(&b));
    bench_store_words(&b, 0x2000, sync, 2);
    bench_put(&b, 0x90, 8, 0x2fe0 | 8); /* 4 KB */
    CHECK_EQ(bench_get(&b, 0x90, 8), 0x2fe8);
    bench_put(&b, CR0, 4, CMDQEN);
    bench_put(&b, 0x98, 4, 1);
    CHECK_EQ(bench_get(&b, 0x9c, 4) & 0xfffff, 1);
    CHECK(bench_noted(&b, 0x2000) != NULL);
    CHECK(bench_noted(&b, 0x2fe0) == NULL);
    bench_close(&b);
}

/* Registers and fields of what is not there. */
static void absent(const struct dbell_smmu_config *config, unsigned need)
{
    struct bench b;
    REQUIRE(open_with(&b, config));
    for (unsigned i = 0; i < REGS; i++)
        if (regs[i].need & need) {
            set(&b, &regs[i], UINT64_MAX);
            named_eq(&regs[i], "absent", bench_get(&b, regs[i].offset, regs[i].width / 8), 0);
        }
    bench_close(&b);
}
TEST(registers, without_msi_their_registers_are_res0_6_3_21)
{
    struct dbell_smmu_config config = full();
    config.idr[0] &= ~(1u << 13);
    absent(&config, NEEDS_MSI);
}
TEST(registers, without_pri_its_registers_are_res0_6_3_33)
{
    const struct dbell_smmu_config config = full();
    absent(&config, NEEDS_PRI);
}
TEST(registers, without_atos_its_registers_are_res0_6_3_37)
{
    struct dbell_smmu_config config = full();
    config.idr[0] &= ~(1u << 15 | 1u << 20);
    absent(&config, NEEDS_ATOS | NEEDS_VATOS);
}
TEST(registers, without_vatos_its_registers_are_res0_6_3_44)
{
    struct dbell_smmu_config config = full();
    config.idr[0] &= ~(1u << 20);
    absent(&config, NEEDS_VATOS);
}
TEST(registers, without_mpam_its_registers_are_res0_6_3_41)
{
    struct dbell_smmu_config config = full();
    config.idr[3] &= ~(1u << 7);
    absent(&config, NEEDS_MPAM);
}
TEST(registers, absent_features_take_their_fields_with_them_6_3)
{
    static const struct {
        unsigned idr, bits; /* cleared */
        uint32_t offset, mask;
        const char *what;
    } cases[] = {
        {0, 1u << 17, 0x20, 0x00d, "CR0.VMW"},
        {0, 1u << 9, 0x2c, 0x6, "CR2.E2H"},
        {0, 1u << 5, 0x2c, 0x3, "CR2.PTM"},
        {0, 3u << 27, 0x88, 0x3f, "STRTAB_BASE_CFG.FMT and SPLIT"},
        {0, 1u << 13, 0x64, 0x105, "GERRORN.MSI_*"},
        {0, 1u << 18, 0x180, 0xff, "VATOS_SEL.VMID[15:8]"},
        {1, 0x1fu << 6, 0x10c, 0, "GATOS_SID.SSID_VALID and SUBSTREAMID"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dbell_smmu_config config = full();
        struct bench b;
        config.idr[cases[i].idr] &= ~cases[i].bits;
        REQUIRE(open_with(&b, &config));
        bench_put(&b, cases[i].offset, 4, 0xffffffff);
        const uint64_t got = bench_get(&b, cases[i].offset, 4);
        if (got != cases[i].mask)
            dbell_test_check_eq(__FILE__, __LINE__, cases[i].what, "mask", got, cases[i].mask);
        bench_close(&b);
    }
}

TEST(registers, gatos_sid_is_as_wide_as_the_ids_6_3_38)
{
    for (unsigned sid = 0; sid <= 32; sid += 8)
        for (unsigned ssid = 0; ssid <= 20; ssid += 5) {
            struct dbell_smmu_config config = full();
            struct bench b;
            config.idr[1] = (config.idr[1] & ~0x7ffu) | ssid << 6 | sid;
            REQUIRE(open_with(&b, &config));
            bench_put(&b, 0x108, 8, UINT64_MAX);
            CHECK_EQ(bench_get(&b, 0x108, 8), ((UINT64_C(1) << sid) - 1) |
                                                  ((UINT64_C(1) << ssid) - 1) << 32 |
                                                  (uint64_t)(ssid > 0) << 52);
            bench_close(&b);
        }
}

TEST(registers, mpam_fields_are_as_wide_as_their_maxima_6_3_42)
{
    static const struct {
        uint32_t mpamidr, mask;
    } cases[] = {{0x00000000, 0},
                 {0x00000034, 0x0000003f},
                 {0x000f0001, 0x000f0001},
                 {0x0080ffff, 0x00ffffff},
                 {0x00050100, 0x000701ff}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dbell_smmu_config config = full();
        struct bench b;
        config.mpamidr = cases[i].mpamidr;
        REQUIRE(open_with(&b, &config));
        CHECK_EQ(bench_get(&b, 0x130, 4), cases[i].mpamidr);
        for (uint32_t at = 0x138; at <= 0x13c; at += 4) {
            bench_put(&b, at, 4, 0xffffffff);
            CHECK_EQ(bench_get(&b, at, 4), cases[i].mask);
        }
        bench_close(&b);
    }
}

TEST(registers, cr0ack_and_irq_ctrlack_follow_6_3_9)
{
    struct bench b;
    REQUIRE(open_full(&b));
    for (uint32_t value = 0; value < 16; value++) {
        bench_put(&b, CR0, 4, value | value << 6);
        CHECK_EQ(bench_get(&b, CR0, 4), (value | value << 6) & 0x1cd);
        CHECK_EQ(bench_get(&b, CR0ACK, 4), (value | value << 6) & 0x1cd);
    }
    bench_put(&b, CR0, 4, 0xffffffff); /* reserved fields are not reflected */
    CHECK_EQ(bench_get(&b, CR0ACK, 4), 0x1cd);
    for (uint32_t value = 0; value < 8; value++) {
        bench_put(&b, IRQ_CTRL, 4, value);
        CHECK_EQ(bench_get(&b, IRQ_CTRL, 4), value & 5);
        CHECK_EQ(bench_get(&b, IRQ_CTRLACK, 4), value & 5);
    }
    bench_close(&b);
}

TEST(registers, coresight_identification_follows_iidr_6_3_170)
{
    static const struct {
        uint32_t iidr;
        uint8_t pidr[8]; /* 0-7 */
    } cases[] = {
        /* product 0x483, implementer 0x43b: Arm */
        {0x4832043b, {0x83, 0xb4, 0x0b, 0, 0x04, 0, 0, 0}},
        {0x4870043b, {0x87, 0xb4, 0x0b, 0, 0x04, 0, 0, 0}},
        /* product 0xabc, implementer continuation 0xd, code 0x5e */
        {0xabc00d5e, {0xbc, 0xea, 0x0d, 0, 0x0d, 0, 0, 0}},
    };
    static const uint8_t cidr[4] = {0x0d, 0xf0, 0x05, 0xb1};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dbell_smmu_config config = full();
        struct bench b;
        config.iidr = cases[i].iidr;
        REQUIRE(open_with(&b, &config));
        for (unsigned n = 0; n < 8; n++) {
            const uint32_t at = n < 4 ? 0xfe0 + 4 * n : 0xfd0 + 4 * (n - 4);
            uint32_t mask = ~0u;
            if (n == 2)
                mask = ~0xf0u; /* REVISION is IMPLEMENTATION DEFINED */
            if (n == 3)
                mask = ~0xffu; /* REVAND, CMOD */
            CHECK_EQ(bench_get(&b, at, 4) & mask, cases[i].pidr[n]);
        }
        for (unsigned n = 0; n < 4; n++)
            CHECK_EQ(bench_get(&b, 0xff0 + 4 * n, 4), cidr[n]);
        bench_close(&b);
    }
}

/* Where the architecture leaves the revision fields open, they are IIDR's. */
TEST(registers, revision_fields_follow_iidr_6_3_170)
{
    for (uint32_t value = 0; value < 16; value++) {
        struct dbell_smmu_config config = full();
        struct bench b;
        config.iidr = 0x4830043b | value << 16 | (15 - value) << 12;
        REQUIRE(open_with(&b, &config));
        CHECK_EQ(bench_get(&b, 0xfe8, 4) >> 4, value);
        CHECK_EQ(bench_get(&b, 0xfec, 4) >> 4, 15 - value);
        bench_close(&b);
    }
}

/* 6.3.1 keeps LO without MSIs, 6.3.36 knows no register then: LO is there. */
TEST(registers, priq_lo_is_there_without_msi_6_3_1)
{
    struct dbell_smmu_config config = full();
    struct bench b;
    config.idr[0] = (config.idr[0] & ~(1u << 13)) | 1u << 10 | 1u << 16;
    REQUIRE(open_with(&b, &config));
    bench_put(&b, 0xdc, 4, 0xffffffff);
    CHECK_EQ(bench_get(&b, 0xdc, 4), 0x80000000);
    bench_close(&b);
}

TEST(registers, gerror_toggles_once_until_gerrorn_follows_6_3_19)
{
    const uint64_t illegal[2] = {0xff, 0};
    struct bench b;
    REQUIRE(open_full(&b));
    for (unsigned i = 0; i < 32; i++)
        bench_store_words(&b, 0x1000 + 16 * i, illegal, 2);
    bench_put(&b, 0x90, 8, 0x1000 | 5);
    bench_put(&b, CR0, 4, CMDQEN);
    bench_put(&b, 0x98, 4, 1);
    CHECK_EQ(bench_get(&b, 0x60, 4), 1);
    CHECK_EQ(bench_get(&b, 0x64, 4), 0);
    bench_put(&b, 0x98, 4, 2); /* active already: does not toggle */
    CHECK_EQ(bench_get(&b, 0x60, 4), 1);
    bench_put(&b, 0x60, 4, 0); /* read-only */
    CHECK_EQ(bench_get(&b, 0x60, 4), 1);
    bench_put(&b, 0x64, 4, 1); /* acknowledged; the same command is fetched and fails again */
    CHECK_EQ(bench_get(&b, 0x60, 4), 0);
    CHECK_EQ(bench_get(&b, 0x64, 4), 1);
    CHECK_EQ(bench_get(&b, 0x9c, 4) & 0xfffff, 0);
    bench_close(&b);
}

TEST(registers, gerror_bits_are_where_they_are_6_3_19)
{
    const uint64_t sync_irq[2] = {UINT64_C(0x1234) << 32 | 1 << 12 | 0x46, UINT64_C(0x80000000)};
    struct bench b;
    REQUIRE(open_full(&b));
    /* Event queue where nothing answers: EVENTQ_ABT_ERR, bit 2. */
    bench_put(&b, 0x2c, 4, 2);
    bench_put(&b, 0xa0, 8, 0x80000000 | 5);
    bench_put(&b, CR0, 4, SMMUEN | EVENTQEN);
    fault_once(&b);
    CHECK_EQ(bench_get(&b, 0x60, 4), 1u << 2);
    bench_put(&b, 0x64, 4, 1u << 2);
    /* CMD_SYNC whose message nothing takes: MSI_CMDQ_ABT_ERR, bit 4. */
    bench_put(&b, CR0, 4, 0);
    bench_store_words(&b, 0x1000, sync_irq, 2);
    bench_put(&b, 0x90, 8, 0x1000 | 5);
    bench_put(&b, CR0, 4, CMDQEN);
    bench_put(&b, 0x98, 4, 1);
    CHECK_EQ(bench_get(&b, 0x60, 4), 1u << 2 | 1u << 4);
    bench_put(&b, 0x64, 4, 1u << 2 | 1u << 4);
    /* Event queue message: bit 5. */
    bench_put(&b, CR0, 4, 0);
    bench_put(&b, 0xa0, 8, 0x4000 | 5);
    bench_put(&b, 0x100a8, 4, 0);
    bench_put(&b, 0xb0, 8, 0x90000000);
    bench_put(&b, IRQ_CTRL, 4, 4);
    bench_put(&b, CR0, 4, SMMUEN | EVENTQEN);
    fault_once(&b);
    CHECK_EQ(bench_get(&b, 0x60, 4), 1u << 2 | 1u << 4 | 1u << 5);
    bench_put(&b, 0x64, 4, 1u << 2 | 1u << 4 | 1u << 5);
    /* GERROR message: bit 7, raised by the abort of the message of another error. */
    bench_put(&b, IRQ_CTRL, 4, 0);
    bench_put(&b, 0x68, 8, 0x90000000);
    bench_put(&b, IRQ_CTRL, 4, 1);
    bench_put(&b, CR0, 4, 0);
    bench_put(&b, 0xa0, 8, 0x80000000 | 5);
    bench_put(&b, 0x100a8, 4, 0);
    bench_put(&b, CR0, 4, SMMUEN | EVENTQEN);
    fault_once(&b);
    CHECK_EQ(bench_get(&b, 0x60, 4), 1u << 4 | 1u << 5 | 1u << 7);
    /* Service failure: bit 8. */
    dbell_smmu_fail(&b.smmu);
    bench_settle(&b);
    CHECK_EQ(bench_get(&b, 0x60, 4) >> 8, 1);
    bench_close(&b);
}
TEST(registers, gatos_run_is_ignored_while_disabled_and_falls_when_done_6_3_37)
{
    struct bench b;
    REQUIRE(open_full(&b));
    bench_put(&b, 0x100, 4, 1);
    CHECK_EQ(bench_get(&b, 0x100, 4), 0);
    bench_put(&b, CR0, 4, SMMUEN);
    dbell_smmu_write(&b.smmu, 0x100, 4, 0xffffffff);
    if (bench_get(&b, 0x100, 4)) { /* under way: SID, ADDR and CTRL are read-only */
        CHECK_EQ(bench_get(&b, 0x100, 4), 1);
        dbell_smmu_write(&b.smmu, 0x108, 8, 0x55);
        CHECK_EQ(bench_get(&b, 0x108, 8), 0);
        dbell_smmu_write(&b.smmu, 0x110, 8, 0x5000);
        CHECK_EQ(bench_get(&b, 0x110, 8), 0);
        dbell_smmu_write(&b.smmu, 0x100, 4, 0);
        CHECK_EQ(bench_get(&b, 0x100, 4), 1);
    }
    bench_settle(&b);
    CHECK_EQ(bench_get(&b, 0x100, 4), 0);
    CHECK_EQ(bench_get(&b, 0x118, 8) & 1, 1); /* no stream table: a fault */
    bench_close(&b);
}

/* One stream, and where its STE or L1STD was read. */
static void reads_at(struct bench *b, uint32_t streamid, uint64_t at)
{
    struct dbell_transaction t = {.address = 0x1000, .length = 4};
    struct dbell_translation result;
    t.side.has_streamid = true;
    t.side.streamid = streamid;
    b->logged = 0;
    dbell_smmu_translate(&b->smmu, &t, &result);
    bench_settle(b);
    REQUIRE(b->logged > 0);
    CHECK_EQ(b->log[0].address, at);
}
static void strtab(struct bench *b, uint64_t base, uint32_t cfg)
{
    bench_put(b, CR0, 4, 0);
    bench_put(b, 0x2c, 4, 2);
    bench_put(b, 0x80, 8, base);
    bench_put(b, 0x88, 4, cfg);
    bench_put(b, CR0, 4, SMMUEN);
}

TEST(registers, stream_tables_are_aligned_to_their_size_6_3_24)
{
    struct dbell_smmu_config config = full();
    struct bench b;
    config.no_caches = true;
    REQUIRE(open_with(&b, &config));
    strtab(&b, 0x1bc0, 4); /* 16 STEs, 1 KB */
    reads_at(&b, 5, 0x1800 + 5 * 64);
    strtab(&b, 0x5fc0, 8); /* 16 KB */
    reads_at(&b, 255, 0x4000 + 255 * 64);
    strtab(&b, 0x1fc0, 0);
    reads_at(&b, 0, 0x1fc0);
    strtab(&b, 0x3fc0, 1 << 16 | 8 << 6 | 16); /* 256 descriptors, 2 KB */
    reads_at(&b, 0x2134, 0x3800 + 0x21 * 8);
    strtab(&b, 0x3fc0, 1 << 16 | 6 << 6 | 8); /* 4 descriptors: at least 64 bytes */
    reads_at(&b, 0xc1, 0x3fc0 + 3 * 8);
    strtab(&b, 0x3fc0, 1 << 16 | 10 << 6 | 4); /* SPLIT beyond LOG2SIZE: one descriptor */
    reads_at(&b, 0xf, 0x3fc0);
    bench_close(&b);
}

TEST(registers, reserved_fmt_and_split_behave_as_said_6_3_25)
{
    struct dbell_smmu_config config = full();
    struct bench b;
    config.no_caches = true;
    REQUIRE(open_with(&b, &config));
    for (unsigned fmt = 2; fmt < 4; fmt++) { /* linear */
        strtab(&b, 0x4000, fmt << 16 | 8 << 6 | 8);
        reads_at(&b, 9, 0x4000 + 9 * 64);
    }
    for (unsigned split = 0; split < 32; split++) { /* 6 */
        const unsigned bits = split == 8 || split == 10 ? split : 6;
        strtab(&b, 0x4000, 1 << 16 | split << 6 | 12);
        reads_at(&b, 0x7c1, 0x4000 + (UINT64_C(0x7c1) >> bits) * 8);
    }
    bench_close(&b);
}

TEST(registers, streamids_are_checked_against_log2size_and_sidsize_6_3_25)
{
    struct dbell_smmu_config config = full();
    config.idr[1] = (config.idr[1] & ~0x3fu) | 6;
    config.no_caches = true;
    for (unsigned log2size = 0; log2size < 64; log2size++) {
        const uint32_t streams = 1u << (log2size < 6 ? log2size : 6);
        struct bench b;
        REQUIRE(open_with(&b, &config));
        strtab(&b, 0, log2size);
        for (uint32_t sid = 0; sid < 128; sid++) {
            struct dbell_transaction t = {.address = 0x1000, .length = 4};
            struct dbell_translation result;
            t.side.has_streamid = true;
            t.side.streamid = sid;
            dbell_smmu_translate(&b.smmu, &t, &result);
            bench_settle(&b);
            CHECK_EQ(result.event,
                     sid < streams ? 4 : 2); /* the STE is not valid; C_BAD_STREAMID */
        }
        bench_close(&b);
    }
}

TEST(registers, without_st_level_a_table_is_linear_6_3_25)
{
    struct dbell_smmu_config config = full();
    struct bench b;
    config.idr[0] &= ~(3u << 27);
    config.no_caches = true;
    REQUIRE(open_with(&b, &config));
    strtab(&b, 0x4000, 1 << 16 | 8 << 6 | 8);
    reads_at(&b, 9, 0x4000 + 9 * 64);
    bench_close(&b);
}
