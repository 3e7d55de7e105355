/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The same commands and MSIs to ITSes without caches, with caches of one entry and with large ones:
 * entries read in place or cached give the same results (IHI 0069 5.2). */
#include <string.h>

#include "dbell_test.h"
#include "its_bench.h"

enum { KINDS = 3, STEPS = 4000, ITT = 0x1000 };

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed * UINT64_C(0x2545f4914f6cdd1d);
}

static struct dbell_host_its_cmd command(uint64_t r, uint64_t itts)
{
    const uint32_t device = r >> 8 & 3, event = r >> 10 & 7, icid = r >> 13 & 3, vpe = r >> 15 & 3;
    const uint32_t intid = 8192 + (r >> 17 & 31), cpu = r >> 22 & 3;
    const bool valid = r >> 24 & 7;
    const struct dbell_host_vpe_mapping mapping = {.vpeid = vpe,
                                                   .rdbase = cpu,
                                                   .vpt = vpe << 16,
                                                   .intid_bits = 14,
                                                   .valid = valid,
                                                   .alloc = r >> 27 & 1,
                                                   .doorbell = 8192 + vpe};
    const struct dbell_host_vpe_move moved = {.vpeid = vpe, .rdbase = cpu};
    switch (r % 16) {
    case 0:
        return dbell_host_mapd(device, 1 + (r >> 28 & 3), itts + device * ITT, valid);
    case 1:
        return dbell_host_mapc(icid, cpu, valid);
    case 2:
    case 3:
        return dbell_host_mapti(device, event, intid, icid);
    case 4:
        return dbell_host_movi(device, event, icid);
    case 5:
        return dbell_host_event(0xf, device, event);
    case 6:
        return dbell_host_event(3, device, event);
    case 7:
        return dbell_host_invall(icid);
    case 8:
    case 9:
        return dbell_host_vmapp(&mapping);
    case 10:
    case 11:
        return dbell_host_vmapti(device, event, intid, vpe, 1023);
    case 12:
        return dbell_host_vmovi(device, event, vpe, r >> 30 & 1 ? 8200 : 0);
    case 13:
        return dbell_host_vmovp(&moved);
    case 14:
        return dbell_host_vpe(0x2d, vpe);
    default:
        return dbell_host_event(0xc, device, event);
    }
}

static bool same_vpe(const struct dbell_vpe *x, const struct dbell_vpe *y)
{
    return x->vpeid == y->vpeid && x->rdbase == y->rdbase && x->vpt == y->vpt &&
           x->intid_bits == y->intid_bits && x->vconf == y->vconf && x->doorbell == y->doorbell;
}

static bool same_call(const struct its_call *a, const struct its_call *b)
{
    const struct dbell_lpi_request *x = &a->request, *y = &b->request;
    return x->kind == y->kind && x->intid == y->intid && x->doorbell == y->doorbell &&
           x->rdbase == y->rdbase && x->to == y->to && same_vpe(&a->vpe, &b->vpe) &&
           same_vpe(&a->target, &b->target);
}

static bool same_calls(const struct its_bench *a, const struct its_bench *b)
{
    if (a->called != b->called)
        return false;
    for (unsigned i = 0; i < a->called; i++)
        if (!same_call(&a->calls[i], &b->calls[i]))
            return false;
    return true;
}

static void compare(struct its_bench b[KINDS], uint64_t seed)
{
    uint64_t itts = 0;
    for (unsigned k = 0; k < KINDS; k++)
        itts = its_alloc(&b[k], 4 * ITT);
    for (unsigned n = 0; n < STEPS; n++) {
        const uint64_t r = next(&seed);
        const bool msi = r >> 60 < 6;
        struct dbell_msi_result results[KINDS];
        memset(results, 0, sizeof results);
        for (unsigned k = 0; k < KINDS; k++) {
            b[k].called = 0;
            if (msi)
                results[k] = its_msi(&b[k], r >> 8 & 3, r >> 10 & 7);
            else
                (void)its_command(&b[k], command(r, itts));
        }
        for (unsigned k = 1; k < KINDS; k++) {
            CHECK_EQ(results[k].verdict, results[0].verdict);
            CHECK_EQ(results[k].intid, results[0].intid);
            CHECK_EQ(results[k].rdbase, results[0].rdbase);
            CHECK_EQ(results[k].is_virtual, results[0].is_virtual);
            CHECK_EQ(dbell_its_last_error(&b[k].its), dbell_its_last_error(&b[0].its));
            REQUIRE(same_calls(&b[k], &b[0]));
        }
    }
    for (unsigned k = 1; k < KINDS; k++)
        CHECK(memcmp(b[k].ram, b[0].ram, ITS_RAM_SIZE) == 0);
}

TEST(its_random, caches_of_any_size_give_the_same_results_5_2)
{
    static struct its_bench b[KINDS];
    for (unsigned version = DBELL_GICV3; version <= DBELL_GICV4_1; version++)
        for (unsigned run = 0; run < 3; run++) {
            for (unsigned k = 0; k < KINDS; k++) {
                struct dbell_its_config config = dbell_its_default_config();
                dbell_its_make_version(&config, (enum dbell_gic_version)version);
                config.error_policy = DBELL_ITS_IGNORE;
                config.no_caches = k == 0;
                if (k == 1)
                    config.device_entries = config.event_entries = config.collection_entries =
                        config.vpe_entries = 1;
                REQUIRE(its_open(&b[k], &config));
                its_on(&b[k]);
            }
            compare(b, 1000 * version + run + 1);
            CHECK(its_count(&b[2], DBELL_ITS_EVENT_HIT) > 100);
            for (unsigned k = 0; k < KINDS; k++)
                its_close(&b[k]);
        }
}
