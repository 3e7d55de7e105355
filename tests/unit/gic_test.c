/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Redistributors alone: pending LPIs held and in memory, their order, their configuration
 * (IHI 0069 5.1, 6; GICR_PROPBASER, GICR_PENDBASER, GICR_CTLR). */
#include <stdlib.h>
#include <string.h>

#include <doorbell/gic.h>
#include <doorbell/v2m.h>

#include "dbell_test.h"
#include "gic_bench.h"

/* --- what is pending against a plain list of it --- */

struct model {
    bool on[GIC_CPUS], pending[GIC_CPUS][GIC_LPIS - GIC_FIRST];
    uint8_t byte[GIC_LPIS - GIC_FIRST];
};

static uint32_t expected_ack(const struct model *m, unsigned cpu)
{
    uint32_t best = 1023;
    for (uint32_t i = 0; i < GIC_LPIS - GIC_FIRST && m->on[cpu]; i++)
        if (m->pending[cpu][i] && (m->byte[i] & 1) &&
            (best == 1023 || (m->byte[i] & 0xfc) < (m->byte[best - GIC_FIRST] & 0xfc)))
            best = GIC_FIRST + i;
    return best;
}

static void random_step(struct gic_bench *b, struct model *m, uint64_t r)
{
    const unsigned cpu = (unsigned)(r >> 8) % GIC_CPUS, to = (unsigned)(r >> 12) % GIC_CPUS;
    const uint32_t i = (uint32_t)(r >> 16) % 200 * 40, intid = GIC_FIRST + i;
    switch (r % 16) {
    case 0: { /* a new configuration, and INV where it may be cached */
        m->byte[i] = *gic_byte(b, intid) = (uint8_t)(r >> 32);
        for (unsigned n = 0; n < GIC_CPUS; n++)
            gic_ask(b, DBELL_LPI_INVALIDATE, n, 0, intid);
        break;
    }
    case 1:
        m->byte[i] = *gic_byte(b, intid) = (uint8_t)(r >> 32);
        for (unsigned n = 0; n < GIC_CPUS; n++)
            gic_ask(b, DBELL_LPI_INVALIDATE_ALL, n, 0, 0);
        break;
    case 2:
        gic_ask(b, DBELL_LPI_CLEAR, cpu, 0, intid);
        if (m->on[cpu])
            m->pending[cpu][i] = false;
        break;
    case 3:
        gic_ask(b, DBELL_LPI_MOVE, cpu, to, intid);
        if (m->on[cpu] && m->pending[cpu][i]) {
            m->pending[cpu][i] = false;
            if (m->on[to])
                m->pending[to][i] = true;
        }
        break;
    case 4:
        if (cpu == to || r >> 60)
            break;
        gic_ask(b, DBELL_LPI_MOVE_ALL, cpu, to, 0);
        for (uint32_t n = 0; n < GIC_LPIS - GIC_FIRST && m->on[cpu]; n++)
            if (m->pending[cpu][n]) {
                m->pending[cpu][n] = false;
                m->pending[to][n] |= m->on[to];
            }
        break;
    case 5: /* what was pending is so again afterwards */
        if (r >> 61)
            break;
        m->on[cpu] = !m->on[cpu];
        gic_lpis(b, cpu, m->on[cpu]);
        break;
    case 6:
    case 7:
    case 8: {
        const uint32_t want = expected_ack(m, cpu);
        CHECK_EQ(gic_ack(b, cpu), want);
        if (want != 1023)
            m->pending[cpu][want - GIC_FIRST] = false;
        break;
    }
    default:
        gic_set(b, cpu, intid);
        m->pending[cpu][i] |= m->on[cpu];
        break;
    }
}

static uint64_t next_random(uint64_t *x)
{
    *x ^= *x << 13, *x ^= *x >> 7, *x ^= *x << 17;
    return *x * UINT64_C(0x2545f4914f6cdd1d);
}

/* However few the GIC holds, the others are in memory, and nobody can tell. */
TEST(gic_random, the_same_lpis_are_acknowledged_with_any_number_held_5_1)
{
    static const uint32_t sizes[] = {1, 2, 7, 64, 65536};
    for (unsigned n = 0; n < sizeof sizes / sizeof sizes[0]; n++) {
        struct gic_bench b;
        struct model *m = calloc(1, sizeof *m);
        REQUIRE(m && gic_open(&b, sizes[n]));
        uint64_t x = 88172645463325252u + n;
        memset(m->on, true, sizeof m->on);
        memset(m->byte, 0xa3, sizeof m->byte);
        for (unsigned step = 0; step < 20000; step++)
            random_step(&b, m, next_random(&x));
        for (unsigned cpu = 0; cpu < GIC_CPUS; cpu++)
            for (uint32_t i = 0; i < 200 * 40; i += 40)
                CHECK_EQ(m->on[cpu] ? dbell_gic_pending(&b.gic, cpu, GIC_FIRST + i)
                                    : gic_in_memory(&b, cpu, GIC_FIRST + i),
                         m->pending[cpu][i]);
        CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_SPILLED) > 0, sizes[n] < 65536);
        gic_close(&b);
        free(m);
    }
}

/* --- memory --- */

/* gic-its check 43. */
TEST(gic, enabling_takes_what_is_pending_in_memory_and_ptz_reads_nothing_GICR_PENDBASER)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    gic_lpis(&b, 1, false);
    for (uint32_t i = 0; i < 256; i++) /* all of them; the GIC has room for 64 */
        b.memory[gic_pending_table(1) + (GIC_FIRST + i) / 8] |= (uint8_t)(1u << i % 8);
    gic_lpis(&b, 1, true);
    for (uint32_t i = 0; i < 256; i++)
        CHECK_EQ(gic_ack(&b, 1), GIC_FIRST + i);
    CHECK_EQ(gic_ack(&b, 1), 1023);
    gic_lpis(&b, 1, false);
    b.memory[gic_pending_table(1) + GIC_FIRST / 8] = 1;
    dbell_gicr_write(&b.gic, 1, 0x78, 8, gic_pending_table(1) | UINT64_C(1) << 62);
    b.reads = 0;
    gic_lpis(&b, 1, true);
    CHECK_EQ(b.reads, 0);
    CHECK_EQ(dbell_gicr_read(&b.gic, 1, 0x78, 8), gic_pending_table(1));
    CHECK_EQ(gic_ack(&b, 1), 1023);
    gic_set(&b, 1, GIC_FIRST + 9);
    gic_lpis(&b, 1, false);
    CHECK(gic_in_memory(&b, 1, GIC_FIRST + 9));
    CHECK(!gic_in_memory(&b, 1, GIC_FIRST)); /* PTZ said so */
    gic_close(&b);
}

TEST(gic, ptz_also_hides_old_bits_from_those_that_do_not_fit_GICR_PENDBASER)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 1));
    gic_lpis(&b, 0, false);
    memset(b.memory + gic_pending_table(0) + 1024, 0xff, 64);
    dbell_gicr_write(&b.gic, 0, 0x78, 8, gic_pending_table(0) | UINT64_C(1) << 62);
    gic_lpis(&b, 0, true);
    gic_set(&b, 0, GIC_FIRST + 3);
    gic_set(&b, 0, GIC_FIRST + 2);
    gic_set(&b, 0, GIC_FIRST + 2);
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_SPILLED), 1);
    CHECK_EQ(gic_ack(&b, 0), GIC_FIRST + 2);
    CHECK_EQ(gic_ack(&b, 0), GIC_FIRST + 3);
    CHECK_EQ(gic_ack(&b, 0), 1023);
    gic_close(&b);
}

/* gic-its check 9. */
TEST(gic, a_redistributor_without_lpis_ignores_them_GICR_CTLR)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    gic_lpis(&b, 2, false);
    b.writes = b.reads = 0;
    gic_set(&b, 2, GIC_FIRST);
    gic_ask(&b, DBELL_LPI_CLEAR, 2, 0, GIC_FIRST);
    gic_ask(&b, DBELL_LPI_MOVE, 2, 1, GIC_FIRST);
    gic_ask(&b, DBELL_LPI_MOVE_ALL, 2, 1, 0);
    CHECK_EQ(b.reads + b.writes, 0);
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_LPIS_IGNORED), 1);
    gic_lpis(&b, 2, true);
    CHECK_EQ(gic_ack(&b, 2), 1023);
    gic_close(&b);
}

TEST(gic, pending_lpis_can_be_put_into_memory_for_a_snapshot)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    gic_set(&b, 0, GIC_FIRST);
    gic_set(&b, 0, GIC_FIRST + 70);
    gic_set(&b, 2, GIC_FIRST + 1);
    dbell_gic_write_pending(&b.gic);
    CHECK(gic_in_memory(&b, 0, GIC_FIRST) && gic_in_memory(&b, 0, GIC_FIRST + 70));
    CHECK(gic_in_memory(&b, 2, GIC_FIRST + 1));
    gic_set(&b, 0, GIC_FIRST); /* it goes on */
    CHECK_EQ(gic_ack(&b, 0), GIC_FIRST);
    CHECK(!gic_in_memory(&b, 0, GIC_FIRST));
    CHECK_EQ(gic_ack(&b, 0), GIC_FIRST + 70);
    CHECK_EQ(gic_ack(&b, 0), 1023);
    gic_lpis(&b, 2, false);
    b.writes = 0;
    dbell_gic_write_pending(&b.gic); /* those of CPU 2 are there already */
    CHECK_EQ(b.writes, 0);
    gic_lpis(&b, 2, true);
    CHECK_EQ(gic_ack(&b, 2), GIC_FIRST + 1);
    gic_close(&b);
}

static void disable(struct gic_bench *b)
{
    gic_lpis(b, 0, false);
}

TEST(gic, lpis_that_are_disabled_meanwhile_are_not_raised_GICR_CTLR)
{
    struct gic_bench b;
    for (unsigned full = 0; full < 2; full++) { /* with the pool full, so that memory is read */
        REQUIRE(gic_open(&b, full ? 1 : 64));
        gic_set(&b, 0, GIC_FIRST + 1);
        if (full)
            gic_set(&b, 0, GIC_FIRST + 2);
        gic_during(&b, full ? gic_pending_table(0) + GIC_FIRST / 8 : GIC_CONFIG, disable);
        gic_set(&b, 0, GIC_FIRST);
        CHECK(!b.meanwhile);
        gic_lpis(&b, 0, true);
        CHECK_EQ(gic_ack(&b, 0), GIC_FIRST + 1);
        CHECK_EQ(gic_ack(&b, 0), full ? GIC_FIRST + 2 : 1023);
        CHECK_EQ(gic_ack(&b, 0), 1023);
        gic_close(&b);
    }
}

TEST(gic, enabling_that_is_taken_back_ends_GICR_CTLR)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    gic_set(&b, 0, GIC_FIRST);
    gic_set(&b, 0, GIC_FIRST + 1);
    gic_lpis(&b, 0, false);
    gic_during(&b, GIC_CONFIG, disable);
    gic_lpis(&b, 0, true);
    CHECK(!b.meanwhile);
    CHECK_EQ(gic_ack(&b, 0), 1023);
    CHECK(!dbell_gic_pending(&b.gic, 0, GIC_FIRST));
    CHECK(gic_in_memory(&b, 0, GIC_FIRST) && gic_in_memory(&b, 0, GIC_FIRST + 1));
    gic_lpis(&b, 0, true);
    CHECK_EQ(gic_ack(&b, 0), GIC_FIRST);
    CHECK_EQ(gic_ack(&b, 0), GIC_FIRST + 1);
    gic_close(&b);
}

TEST(gic, the_steps_of_an_lpi_are_told)
{
    struct gic_bench b;
    struct dbell_step steps[8];
    struct dbell_itinerary itinerary = {.steps = steps, .capacity = 8};
    const struct dbell_lpi_request request = {.kind = DBELL_LPI_SET, .intid = GIC_FIRST};
    REQUIRE(gic_open(&b, 64));
    CHECK(b.port.ask(b.port.ctx, &request, &itinerary));
    REQUIRE(itinerary.count == 3);
    CHECK_EQ(steps[0].kind, DBELL_STEP_LOOKUP);
    CHECK_EQ(steps[1].object, DBELL_OBJECT_LPI_CONFIG);
    CHECK_EQ(steps[1].address, GIC_CONFIG);
    CHECK_EQ(steps[2].object, DBELL_OBJECT_LPI_PENDING);
    CHECK_EQ(steps[2].address, GIC_FIRST);
    gic_close(&b);
}

TEST(gic, inv_of_what_is_not_pending_reads_nothing_5_1_3)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    b.reads = 0;
    gic_ask(&b, DBELL_LPI_INVALIDATE, 0, 0, GIC_FIRST);
    CHECK_EQ(b.reads, 0);
    gic_close(&b);
}

/* --- order and configuration --- */

/* gic-its check 12. */
TEST(gic, a_pending_lpi_keeps_its_priority_until_inv_5_1_3)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    gic_set(&b, 0, GIC_FIRST + 1);
    gic_set(&b, 0, GIC_FIRST + 2);
    *gic_byte(&b, GIC_FIRST + 2) = 0x41;
    CHECK_EQ(gic_ack(&b, 0), GIC_FIRST + 1);
    gic_set(&b, 0, GIC_FIRST + 1);
    gic_ask(&b, DBELL_LPI_INVALIDATE, 0, 0, GIC_FIRST + 2);
    CHECK_EQ(gic_ack(&b, 0), GIC_FIRST + 2);
    gic_close(&b);
}

TEST(gic, priorities_have_six_bits_5_1_3)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    for (unsigned bit = 2; bit < 8; bit++) {
        *gic_byte(&b, GIC_FIRST) = (uint8_t)(1u << bit | 3);
        *gic_byte(&b, GIC_FIRST + 1) = 3;
        gic_ask(&b, DBELL_LPI_INVALIDATE_ALL, 0, 0, 0);
        gic_set(&b, 0, GIC_FIRST);
        gic_set(&b, 0, GIC_FIRST + 1);
        CHECK_EQ(gic_ack(&b, 0), GIC_FIRST + 1);
        CHECK_EQ(gic_ack(&b, 0), GIC_FIRST);
    }
    gic_close(&b);
}

/* While a byte is being read, software changes it and sends INV. */
static void overtake(struct gic_bench *b)
{
    *gic_byte(b, GIC_FIRST) = 0xa2;
    gic_ask(b, DBELL_LPI_INVALIDATE, 0, 0, GIC_FIRST);
}

TEST(gic, a_byte_that_inv_overtakes_is_read_again_5_1_3)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    gic_during(&b, GIC_CONFIG, overtake);
    gic_set(&b, 0, GIC_FIRST);
    CHECK(!b.meanwhile);
    CHECK_EQ(gic_ack(&b, 0), 1023); /* disabled by now */
    CHECK(dbell_gic_pending(&b.gic, 0, GIC_FIRST));
    b.reads = 0;
    gic_set(&b, 0, GIC_FIRST + 1);
    CHECK_EQ(gic_ack(&b, 0), GIC_FIRST + 1);
    gic_set(&b, 0, GIC_FIRST + 1);
    CHECK_EQ(b.reads, 1); /* what nothing overtook is kept */
    gic_close(&b);
}

/* gic-its check 47. */
TEST(gic, an_lpi_that_is_pending_twice_is_delivered_once_5_1)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    gic_set(&b, 0, GIC_FIRST);
    gic_set(&b, 0, GIC_FIRST);
    CHECK_EQ(gic_ack(&b, 0), GIC_FIRST);
    CHECK_EQ(gic_ack(&b, 0), 1023);
    gic_set(&b, 0, GIC_FIRST);
    CHECK_EQ(gic_ack(&b, 0), GIC_FIRST);
    gic_close(&b);
}

TEST(gic, a_disabled_lpi_stays_pending_until_it_is_enabled_5_1_3)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    *gic_byte(&b, GIC_FIRST) = 0xa2;
    gic_set(&b, 0, GIC_FIRST);
    CHECK_EQ(gic_ack(&b, 0), 1023);
    CHECK(dbell_gic_pending(&b.gic, 0, GIC_FIRST));
    *gic_byte(&b, GIC_FIRST) = 0xa3;
    CHECK_EQ(gic_ack(&b, 0), 1023);
    gic_ask(&b, DBELL_LPI_INVALIDATE_ALL, 0, 0, 0);
    CHECK_EQ(gic_ack(&b, 0), GIC_FIRST);
    gic_close(&b);
}

/* --- registers --- */

TEST(gicr, reset_values_and_identification_12_11)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    dbell_gic_reset(&b.gic);
    CHECK_EQ(dbell_gicr_read(&b.gic, 0, 0x0, 4), 6);           /* CES, IR */
    CHECK_EQ(dbell_gicr_read(&b.gic, 0, 0x14, 4), 6);          /* asleep */
    CHECK_EQ(dbell_gicr_read(&b.gic, 1, 0x8, 8), 0x100000101); /* PLPIS, number 1, Aff0 1 */
    CHECK_EQ(dbell_gicr_read(&b.gic, 2, 0x8, 4), 0x211);       /* and Last */
    CHECK_EQ(dbell_gicr_read(&b.gic, 2, 0xc, 4), 2);
    CHECK_EQ(dbell_gicr_read(&b.gic, 0, 0x70, 8), 0);
    CHECK_EQ(dbell_gicr_read(&b.gic, 0, 0x78, 8), 0);
    CHECK_EQ(dbell_gicr_read(&b.gic, 0, 0xc0, 4), 0);
    CHECK_EQ(dbell_gicr_read(&b.gic, 0, 0xffe8, 4), 0x3b);
    CHECK_EQ(dbell_gicr_read(&b.gic, 0, 0x4, 4), 0x43b);
    CHECK_EQ(dbell_gicr_read(&b.gic, 3, 0x4, 4), 0); /* there is no CPU 3 */
    gic_close(&b);
}

TEST(gicr, table_bases_have_their_bits_and_are_kept_while_lpis_are_on_12_11)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    const uint64_t propbaser = dbell_gicr_read(&b.gic, 0, 0x70, 8);
    dbell_gicr_write(&b.gic, 0, 0x70, 8, 0);
    dbell_gicr_write(&b.gic, 0, 0x78, 4, 0);
    CHECK_EQ(dbell_gicr_read(&b.gic, 0, 0x70, 8), propbaser);
    CHECK_EQ(dbell_gicr_read(&b.gic, 0, 0x78, 8), gic_pending_table(0));
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_RAZ_WI), 2);
    gic_lpis(&b, 0, false);
    dbell_gicr_write(&b.gic, 0, 0x70, 8, ~UINT64_C(0));
    dbell_gicr_write(&b.gic, 0, 0x78, 4, ~0u);
    dbell_gicr_write(&b.gic, 0, 0x7c, 4, ~0u);
    CHECK_EQ(dbell_gicr_read(&b.gic, 0, 0x70, 8), UINT64_C(0x070fffffffffff9f));
    CHECK_EQ(dbell_gicr_read(&b.gic, 0, 0x78, 8), UINT64_C(0x070fffffffff0f80)); /* PTZ: 0 */
    gic_close(&b);
}

TEST(gicr, tables_have_addresses_of_52_bits_GICR_PROPBASER)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    gic_lpis(&b, 0, false);
    dbell_gicr_write(&b.gic, 0, 0x70, 8, UINT64_C(0xffffffffff000) | (GIC_BITS - 1));
    dbell_gicr_write(&b.gic, 0, 0x78, 8, UINT64_C(0x400fffffffff0000));
    gic_lpis(&b, 0, true);
    gic_set(&b, 0, GIC_FIRST + 5);
    CHECK_EQ(b.last, UINT64_C(0xffffffffff000) + 5);
    CHECK_EQ(gic_ack(&b, 0), 1023); /* a byte that cannot be read is disabled */
    CHECK(dbell_gic_pending(&b.gic, 0, GIC_FIRST + 5));
    gic_lpis(&b, 0, false);
    CHECK_EQ(b.last, UINT64_C(0xfffffffff0000) + GIC_FIRST / 8);
    gic_close(&b);
}

/* IDbits above GICD_TYPER.IDbits mean that; fewer than 14 bits no LPI (gic-its check 44). */
TEST(gicr, idbits_are_bounded_by_the_distributor_GICR_PROPBASER)
{
    static const struct {
        unsigned idbits;
        uint32_t end;
    } cases[] = {{12, 0}, {13, 16384}, {14, 32768}, {15, 65536}, {16, 65536}, {31, 65536}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct gic_bench b;
        REQUIRE(gic_open(&b, 64));
        gic_lpis(&b, 0, false);
        dbell_gicr_write(&b.gic, 0, 0x70, 8, GIC_CONFIG | cases[i].idbits);
        gic_lpis(&b, 0, true);
        for (uint32_t intid = 8191; intid <= 131072;
             intid = intid < 8193 ? intid + 1 : intid * 2 - 1) {
            gic_set(&b, 0, intid);
            CHECK_EQ(dbell_gic_pending(&b.gic, 0, intid) && intid >= GIC_FIRST,
                     intid >= GIC_FIRST && intid < cases[i].end);
        }
        gic_close(&b);
    }
}

TEST(gicr, all_of_512_are_told_apart_GICR_TYPER)
{
    struct dbell_gic_config config = dbell_gic_default_config();
    config.cpus = 512;
    struct gic_bench b;
    REQUIRE(gic_open_with(&b, &config));
    for (uint32_t cpu = 0; cpu < 512; cpu++)
        CHECK_EQ(dbell_gicr_read(&b.gic, cpu, 0x8, 8), 1 | (cpu == 511 ? 0x10 : 0) | cpu << 8 |
                                                           (uint64_t)(cpu % 16) << 32 |
                                                           (uint64_t)(cpu / 16) << 40);
    CHECK_EQ(dbell_gic_cpu_of(&b.gic, 511), 511);
    CHECK_EQ(dbell_gic_cpu_of(&b.gic, 512), -1);
    gic_close(&b);
}

TEST(gicd, registers_of_one_security_state_12_9)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    dbell_gicd_write(&b.gic, 0x0, 4, 0xffffffff);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x0, 4), 0xd3); /* E1NWF, DS, ARE, both groups */
    dbell_gicd_write(&b.gic, 0x0, 4, 0);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x0, 4), 0x40);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x4, 4), 0x27b001f); /* No1N, 16 INTID bits, GIC_LPIS, MBIS */
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x8, 4), 0x43b);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0xffe8, 4), 0x3b);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0xfff0, 4), 0x0d);
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_RAZ_WI), 0);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x4, 2), 0);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x5, 4), 0);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x30, 4), 0);
    dbell_gicd_write(&b.gic, 0x4, 4, 0);
    dbell_gicd_write(&b.gic, 0x102, 4, 0);
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_RAZ_WI), 5);
    gic_close(&b);
}

TEST(gicd, banks_of_spis_have_their_places_12_9)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    static const uint32_t pairs[][2] = {
        {0x80, 0x80}, {0x100, 0x180}, {0x200, 0x280}, {0x300, 0x380}};
    for (unsigned i = 0; i < 4; i++) {
        dbell_gicd_write(&b.gic, pairs[i][0] + 4, 4, 1);             /* SPI 32 */
        dbell_gicd_write(&b.gic, pairs[i][0] + 0x7c, 4, 0xffffffff); /* SPIs 992 to 1019 */
        CHECK_EQ(dbell_gicd_read(&b.gic, pairs[i][0] + 4, 4), 1);
        CHECK_EQ(dbell_gicd_read(&b.gic, pairs[i][1] + 0x7c, 4), 0x0fffffff);
        dbell_gicd_write(&b.gic, pairs[i][1] + 4, 4, i ? 1 : 0);
        CHECK_EQ(dbell_gicd_read(&b.gic, pairs[i][0] + 4, 4), 0);
        CHECK_EQ(dbell_gicd_read(&b.gic, pairs[i][0], 4),
                 0); /* SGIs and PPIs: the redistributor's */
    }
    dbell_gicd_write(&b.gic, 0x400 + 32, 4, 0x08101820);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x400 + 32, 4), 0x08101820);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x400 + 34, 1), 0x10);
    dbell_gicd_write(&b.gic, 0x7fb, 1, 0xff);
    dbell_gicd_write(&b.gic, 0x7fc, 1, 0xff); /* INTID 1020 */
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x7fb, 1), 0xf8);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x7fc, 1), 0);
    dbell_gicd_write(&b.gic, 0xc08, 4, 0xffffffff);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0xc08, 4), 0xaaaaaaaa);
    dbell_gicd_write(&b.gic, 0x6100, 8, ~UINT64_C(0)); /* SPI 32 */
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x6100, 8), 0xffff);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x6104, 4), 0);
    dbell_gicd_write(&b.gic, 0x6100, 4, 0x0102);
    dbell_gicd_write(&b.gic, 0x6104, 4, 1);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x6100, 8), 0x0102);
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_RAZ_WI), 0);
    dbell_gicd_write(&b.gic, 0x60f8, 8, 1); /* below SPI 32 */
    dbell_gicd_write(&b.gic, 0x7fe0, 8, 1); /* beyond SPI 1019 */
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_RAZ_WI), 2);
    gic_close(&b);
}

TEST(gic, calls_with_wrong_arguments_are_refused)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    struct dbell_gic gic;
    struct dbell_gic_config config = dbell_gic_default_config(), wrong = config;
    const struct dbell_gic_ports ports = b.gic.ports, none = {0};
    const size_t size = dbell_gic_state_size(&config);
    uint8_t *state = aligned_alloc(16, (size + 31) / 16 * 16);
    REQUIRE(state);
    CHECK_EQ(dbell_gic_init(NULL, state, size, &config, &ports), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_gic_init(&gic, NULL, size, &config, &ports), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_gic_init(&gic, state, size, NULL, &ports), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_gic_init(&gic, state, size, &config, NULL), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_gic_init(&gic, state, size, &config, &none), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_gic_init(&gic, state, size - 1, &config, &ports), DBELL_E_SIZE);
    CHECK_EQ(dbell_gic_init(&gic, state + 8, size, &config, &ports), DBELL_E_SIZE);
    wrong.cpus = 0;
    CHECK_EQ(dbell_gic_init(&gic, state, size, &wrong, &ports), DBELL_E_RANGE);
    wrong = config, wrong.lpi_bits = 25;
    CHECK_EQ(dbell_gic_init(&gic, state, size, &wrong, &ports), DBELL_E_RANGE);
    wrong = config, wrong.config_entries = 15;
    CHECK_EQ(dbell_gic_init(&gic, state, size, &wrong, &ports), DBELL_E_RANGE);
    REQUIRE(dbell_gic_init(&gic, state, size, &config, &ports) == DBELL_OK);
    CHECK_EQ(dbell_gic_attach(NULL, state, size, &ports), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_gic_attach(&gic, NULL, size, &ports), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_gic_attach(&gic, state, size, NULL), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_gic_attach(&gic, state, size, &none), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_gic_attach(&gic, state, 64, &ports), DBELL_E_SIZE);
    CHECK_EQ(dbell_gic_attach(&gic, state + 8, size, &ports), DBELL_E_SIZE);
    CHECK_EQ(dbell_gic_attach(&gic, state, size - 1, &ports), DBELL_E_STATE);
    CHECK_EQ(dbell_gic_attach(&gic, state, size, &ports), DBELL_OK);
    state[0] ^= 1;
    CHECK_EQ(dbell_gic_attach(&gic, state, size, &ports), DBELL_E_STATE);
    CHECK_EQ(dbell_gic_state_size(NULL), 0);
    free(state);
    gic_close(&b);
}

static uint64_t seen;

static void watch(struct gic_bench *b)
{
    seen = dbell_gicr_read(&b->gic, 0, 0x0, 4);
    gic_lpis(b, 0, true); /* too early: ignored */
    gic_lpis(b, 0, false);
    seen &= dbell_gicr_read(&b->gic, 0, 0x0, 4);
}

TEST(gicr, rwp_is_seen_while_the_pending_table_is_written_GICR_CTLR)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    gic_set(&b, 0, GIC_FIRST);
    seen = 0;
    gic_during(&b, gic_pending_table(0) + GIC_FIRST / 8, watch);
    gic_lpis(&b, 0, false);
    CHECK_EQ(seen & 8, 8);
    CHECK_EQ(dbell_gicr_read(&b.gic, 0, 0x0, 4), 6);
    CHECK(gic_in_memory(&b, 0, GIC_FIRST));
    gic_close(&b);
}

TEST(gicr, direct_lpis_are_set_cleared_and_invalidated_GICR_SETLPIR)
{
    struct dbell_gic_config config = dbell_gic_default_config();
    config.cpus = GIC_CPUS;
    config.direct_lpi = true;
    struct gic_bench b;
    REQUIRE(gic_open_with(&b, &config));
    CHECK_EQ(dbell_gicr_read(&b.gic, 0, 0x8, 4), 9); /* PLPIS, DirectLPI */
    dbell_gicr_write(&b.gic, 1, 0x40, 8, GIC_FIRST + 4);
    dbell_gicr_write(&b.gic, 1, 0x40, 4, GIC_FIRST + 5);
    dbell_gicr_write(&b.gic, 1, 0x40, 8, GIC_LPIS); /* out of the range of PROPBASER */
    dbell_gicr_write(&b.gic, 1, 0x48, 8, GIC_FIRST + 4);
    dbell_gicr_write(&b.gic, 1, 0x48, 8, GIC_FIRST + 4);
    CHECK_EQ(gic_ack(&b, 0), 1023);
    CHECK_EQ(gic_ack(&b, 1), GIC_FIRST + 5);
    CHECK_EQ(gic_ack(&b, 1), 1023);
    gic_lpis(&b, 1, false);
    dbell_gicr_write(&b.gic, 1, 0x40, 8, GIC_FIRST);
    gic_lpis(&b, 1, true);
    CHECK_EQ(gic_ack(&b, 1), 1023);
    gic_close(&b);
}

TEST(gicr, without_directlpi_only_invalidation_is_there_GICR_INVLPIR)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    dbell_gicr_write(&b.gic, 0, 0x40, 8, GIC_FIRST);
    CHECK_EQ(gic_ack(&b, 0), 1023);
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_RAZ_WI), 1);
    gic_set(&b, 0, GIC_FIRST);
    gic_set(&b, 0, GIC_FIRST + 1);
    gic_set(&b, 0, GIC_FIRST + 2);
    *gic_byte(&b, GIC_FIRST + 1) = 0x21;
    *gic_byte(&b, GIC_FIRST + 2) = 0x11;
    dbell_gicr_write(&b.gic, 0, 0xa0, 8, GIC_FIRST + 1);
    CHECK_EQ(gic_ack(&b, 0), GIC_FIRST + 1);
    dbell_gicr_write(&b.gic, 0, 0xb0, 8, 0);
    CHECK_EQ(gic_ack(&b, 0), GIC_FIRST + 2);
    CHECK_EQ(gic_ack(&b, 0), GIC_FIRST);
    const uint64_t unknown = dbell_gic_count(&b.gic, DBELL_GIC_RAZ_WI);
    CHECK_EQ(dbell_gicr_read(&b.gic, 0, 0xc0, 4), 0); /* SYNCR is known */
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_RAZ_WI), unknown);
    gic_close(&b);
}

/* --- message-based SPIs --- */

enum { SPI = 100, BANK = SPI / 32 * 4, SPI_BIT = 1 << SPI % 32 };

/* SPI 100: Group 1, enabled, edge-triggered or level-sensitive, for CPU 1. */
static void spi_on(struct gic_bench *b, bool edge)
{
    dbell_gicd_write(&b->gic, 0x80 + BANK, 4, SPI_BIT);
    dbell_gicd_write(&b->gic, 0x100 + BANK, 4, SPI_BIT);
    dbell_gicd_write(&b->gic, 0x400 + SPI, 1, 0xa7);
    dbell_gicd_write(&b->gic, 0xc00 + SPI / 16 * 4, 4, edge ? 2u << SPI % 16 * 2 : 0);
    dbell_gicd_write(&b->gic, 0x6000 + 8 * SPI, 8, 1);
}

/* gic-its check 54: anybody's write, of 16 bits too. */
TEST(spi, a_message_raises_an_edge_triggered_one_once_GICD_SETSPI_NSR)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    spi_on(&b, true);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x4, 4) >> 16 & 1, 1); /* MBIS */
    dbell_gicd_write(&b.gic, 0x40, 2, SPI);
    dbell_gicd_write(&b.gic, 0x40, 4, SPI);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x200 + BANK, 4), SPI_BIT);
    CHECK(dbell_gic_pending(&b.gic, 0, SPI));
    CHECK_EQ(gic_ack(&b, 0), 1023);
    CHECK_EQ(gic_ack(&b, 1), SPI);
    CHECK_EQ(gic_ack(&b, 1), 1023);
    dbell_gicd_write(&b.gic, 0x40, 4, SPI);
    dbell_gicd_write(&b.gic, 0x48, 4, SPI); /* CLRSPI */
    CHECK_EQ(gic_ack(&b, 1), 1023);
    dbell_gicd_write(&b.gic, 0x40, 4, SPI);
    dbell_gicd_write(&b.gic, 0x280 + BANK, 4, SPI_BIT); /* ICPENDR */
    CHECK_EQ(gic_ack(&b, 1), 1023);
    dbell_gicd_write(&b.gic, 0x50, 4, SPI); /* SETSPI_SR: WI with one Security state */
    CHECK_EQ(gic_ack(&b, 1), 1023);
    gic_close(&b);
}

TEST(spi, a_message_is_the_wire_of_a_level_sensitive_one_GICD_SETSPI_NSR)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    spi_on(&b, false);
    dbell_gicd_write(&b.gic, 0x40, 4, SPI);
    CHECK_EQ(gic_ack(&b, 1), SPI);
    CHECK_EQ(gic_ack(&b, 1), SPI); /* until CLRSPI */
    dbell_gicd_write(&b.gic, 0x280 + BANK, 4, SPI_BIT);
    CHECK_EQ(gic_ack(&b, 1), SPI);
    dbell_gicd_write(&b.gic, 0x48, 4, SPI);
    CHECK_EQ(gic_ack(&b, 1), 1023);
    dbell_gicd_write(&b.gic, 0x200 + BANK, 4, SPI_BIT); /* ISPENDR: once */
    CHECK_EQ(gic_ack(&b, 1), SPI);
    CHECK_EQ(gic_ack(&b, 1), 1023);
    gic_close(&b);
}

TEST(spi, enable_group_active_priority_and_route_decide_12_9)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    spi_on(&b, true);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x400 + SPI, 1), 0xa0); /* five bits of priority */
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x400 + SPI, 4), 0xa0);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0xc00 + SPI / 16 * 4, 4), 2u << SPI % 16 * 2);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x6000 + 8 * SPI, 8), 1);
    dbell_gicd_write(&b.gic, 0x40, 4, SPI);
    dbell_gicd_write(&b.gic, 0x180 + BANK, 4, SPI_BIT); /* ICENABLER */
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x100 + BANK, 4), 0);
    CHECK_EQ(gic_ack(&b, 1), 1023);
    dbell_gicd_write(&b.gic, 0x100 + BANK, 4, SPI_BIT);
    dbell_gicd_write(&b.gic, 0x80 + BANK, 4, 0); /* Group 0 */
    CHECK_EQ(gic_ack(&b, 1), 1023);
    dbell_gicd_write(&b.gic, 0x80 + BANK, 4, SPI_BIT);
    dbell_gicd_write(&b.gic, 0x300 + BANK, 4, SPI_BIT); /* active */
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x380 + BANK, 4), SPI_BIT);
    CHECK_EQ(gic_ack(&b, 1), 1023);
    dbell_gicd_write(&b.gic, 0x380 + BANK, 4, SPI_BIT);
    gic_set(&b, 1, GIC_FIRST); /* priority 0xa0 as well: the lower INTID goes first */
    CHECK_EQ(gic_ack(&b, 1), SPI);
    CHECK_EQ(gic_ack(&b, 1), GIC_FIRST);
    dbell_gicd_write(&b.gic, 0x40, 4, SPI);
    dbell_gicd_write(&b.gic, 0x400 + SPI, 1, 0xa8);
    gic_set(&b, 1, GIC_FIRST);
    CHECK_EQ(gic_ack(&b, 1), GIC_FIRST);
    dbell_gicd_write(&b.gic, 0x6000 + 8 * SPI, 8, 2); /* another CPU */
    CHECK_EQ(gic_ack(&b, 1), 1023);
    dbell_gicd_write(&b.gic, 0x0, 4, 0);
    CHECK_EQ(gic_ack(&b, 2), 1023);
    dbell_gicd_write(&b.gic, 0x0, 4, 2);
    CHECK_EQ(gic_ack(&b, 2), SPI);
    gic_close(&b);
}

/* What ICC_IAR1_EL1 would answer; it stays pending. */
TEST(spi, the_highest_pending_is_told_and_stays_ICC_HPPIR1_EL1)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    spi_on(&b, true);
    CHECK_EQ(dbell_gic_highest_pending(&b.gic, 1), 1023);
    gic_set(&b, 1, GIC_FIRST); /* priority 0xa0, as the SPI */
    CHECK_EQ(dbell_gic_highest_pending(&b.gic, 1), GIC_FIRST);
    CHECK_EQ(dbell_gic_highest_pending(&b.gic, 0), 1023);
    dbell_gicd_write(&b.gic, 0x40, 4, SPI);
    CHECK_EQ(dbell_gic_highest_pending(&b.gic, 1), SPI);
    CHECK_EQ(dbell_gic_highest_pending(&b.gic, 1), SPI);
    CHECK_EQ(dbell_gic_count(&b.gic, DBELL_GIC_ACKNOWLEDGED), 0);
    CHECK_EQ(gic_ack(&b, 1), SPI);
    CHECK_EQ(dbell_gic_highest_pending(&b.gic, 1), GIC_FIRST);
    CHECK_EQ(gic_ack(&b, 1), GIC_FIRST);
    CHECK_EQ(dbell_gic_highest_pending(&b.gic, 1), 1023);
    CHECK_EQ(dbell_gic_highest_pending(&b.gic, GIC_CPUS), 1023);
    gic_close(&b);
}

TEST(spi, a_wire_gives_edges_and_levels_12_9)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    spi_on(&b, true);
    dbell_gic_spi(&b.gic, SPI, true);
    dbell_gic_spi(&b.gic, SPI, true); /* no edge */
    CHECK_EQ(gic_ack(&b, 1), SPI);
    CHECK_EQ(gic_ack(&b, 1), 1023);
    dbell_gic_spi(&b.gic, SPI, false);
    dbell_gic_spi(&b.gic, SPI, true);
    CHECK_EQ(gic_ack(&b, 1), SPI);
    spi_on(&b, false); /* the wire is still high */
    CHECK_EQ(gic_ack(&b, 1), SPI);
    dbell_gic_spi(&b.gic, SPI, false);
    CHECK_EQ(gic_ack(&b, 1), 1023);
    dbell_gic_spi(&b.gic, 31, true);
    dbell_gic_spi(&b.gic, 1020, true);
    dbell_gic_spi(&b.gic, ~0u, true);
    gic_close(&b);
}

TEST(spi, those_beyond_itlinesnumber_are_not_there_GICD_TYPER)
{
    struct dbell_gic_config config = dbell_gic_default_config();
    config.it_lines = 3; /* 32 to 127 */
    config.lpi_bits = 24;
    struct gic_bench b;
    REQUIRE(gic_open_with(&b, &config));
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x4, 4) & 0x1f, 3);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x4, 4) >> 19 & 0x1f, 23);
    for (unsigned bank = 0; bank < 32; bank++) {
        dbell_gicd_write(&b.gic, 0x100 + 4 * bank, 4, ~0u);
        CHECK_EQ(dbell_gicd_read(&b.gic, 0x100 + 4 * bank, 4), bank >= 1 && bank <= 3 ? ~0u : 0u);
    }
    dbell_gicd_write(&b.gic, 0x40, 4, 128);
    dbell_gicd_write(&b.gic, 0x40, 4, 31);
    CHECK_EQ(dbell_gicd_read(&b.gic, 0x200 + 16, 4) + dbell_gicd_read(&b.gic, 0x200, 4), 0);
    config.it_lines = 32;
    CHECK_EQ(dbell_gic_state_size(&config), 0);
    gic_close(&b);
}

/* 2^16 INTIDs of 512 CPUs, and 24 INTID bits: what the state costs is what it may hold. */
TEST(gic, its_state_does_not_grow_with_what_is_possible)
{
    struct dbell_gic_config small = dbell_gic_default_config(), large = small;
    large.cpus = 512;
    large.lpi_bits = 24;
    CHECK(dbell_gic_state_size(&large) < dbell_gic_state_size(&small) + 512 * 512);
    large.pending_entries = 0;
    CHECK_EQ(dbell_gic_state_size(&large), 0);
    large.pending_entries = (1 << 20) + 1;
    CHECK_EQ(dbell_gic_state_size(&large), 0);
}

static void clear_it(struct gic_bench *b)
{
    gic_ask(b, DBELL_LPI_CLEAR, 0, 0, GIC_FIRST);
}

TEST(gic, an_lpi_that_is_cleared_under_inv_stays_cleared_5_1_3)
{
    struct gic_bench b;
    REQUIRE(gic_open(&b, 64));
    gic_set(&b, 0, GIC_FIRST);
    gic_during(&b, GIC_CONFIG, clear_it);
    gic_ask(&b, DBELL_LPI_INVALIDATE, 0, 0, GIC_FIRST);
    CHECK(!b.meanwhile);
    CHECK_EQ(gic_ack(&b, 0), 1023);
    gic_set(&b, 0, GIC_FIRST + 1);
    CHECK_EQ(gic_ack(&b, 0), GIC_FIRST + 1);
    gic_close(&b);
}

TEST(v2m, only_words_are_read_MSI_TYPER)
{
    const struct dbell_v2m frame = {64, 32};
    CHECK_EQ(dbell_v2m_read(&frame, 0x8, 4), 64 << 16 | 32);
    CHECK_EQ(dbell_v2m_read(&frame, 0xfcc, 4), 0x43b);
    CHECK_EQ(dbell_v2m_read(&frame, 0x8, 2), 0);
    CHECK_EQ(dbell_v2m_read(&frame, 0x8, 8), 0);
    CHECK_EQ(dbell_v2m_read(&frame, 0xc, 4), 0);
    CHECK_EQ(dbell_v2m_write(&frame, 0x40, 4, 64), 64);
    CHECK_EQ(dbell_v2m_write(&frame, 0x40, 2, 95), 95);
    CHECK_EQ(dbell_v2m_write(&frame, 0x40, 1, 64), 0);
    CHECK_EQ(dbell_v2m_write(&frame, 0x44, 4, 64), 0);
    CHECK_EQ(dbell_v2m_write(&frame, 0x40, 4, 96), 0);
    CHECK_EQ(dbell_v2m_write(&frame, 0x40, 4, 63), 0);
}
