/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* TCE tables and a fixed message window as translation agents, behind the same Root Complex and in
 * front of the same functions as an SMMU. Words are typed in: a TCE is big endian. */
#include <doorbell/driver.h>
#include <doorbell/fee.h>
#include <doorbell/ram.h>
#include <doorbell/root.h>
#include <doorbell/tce.h>

#include <stdlib.h>
#include <string.h>

#include "dbell_test.h"

#define TABLES UINT64_C(0x80000000)
#define PAGE_A UINT64_C(0x90200000)
#define LIOBN0 UINT64_C(0x80000000) /* PE 0, its first window */
#define LIOBN1 UINT64_C(0x80000001)

enum { RID = 0x100, READ = 1, WRITE = 2, RW = 3 };

struct power {
    struct dbell_ram ram;
    struct dbell_tce tce;
    struct dbell_root root;
    struct dbell_endpoint endpoint;
    void *state;
    uint32_t interrupts[4];
    unsigned interrupt_count;
    struct dbell_trail trail;
};

static void *allocate(void *ctx, uint64_t size)
{
    (void)ctx;
    return malloc(size);
}

static void release(void *ctx, void *bytes, uint64_t size)
{
    (void)ctx;
    (void)size;
    free(bytes);
}

static enum dbell_response memory(void *ctx, struct dbell_transaction *t)
{
    struct power *p = ctx;
    if (!t->data)
        return DBELL_RESPONSE_OK;
    return dbell_op_writes(t->op) ? dbell_ram_write(&p->ram, t->address, t->data, t->length)
                                  : dbell_ram_read(&p->ram, t->address, t->data, t->length);
}

static void interrupt(void *ctx, uint32_t number)
{
    struct power *p = ctx;
    p->interrupts[p->interrupt_count++ % 4] = number;
}

#define ECAM UINT64_C(0x30000000)
#define PCI  UINT64_C(0x40000000)

/* What a CPU sees: configuration space, what functions decode, memory. */
static enum dbell_response cpu(void *ctx, struct dbell_transaction *t)
{
    struct power *p = ctx;
    uint32_t value = 0;
    if (t->address - PCI < 0x10000000)
        return dbell_root_memory(&p->root, t);
    if (t->address - ECAM >= 0x10000000)
        return memory(ctx, t);
    if (t->op == DBELL_READ) {
        value = dbell_root_ecam_read(&p->root, t->address - ECAM, t->length);
        memcpy(t->data, &value, t->length);
    } else {
        memcpy(&value, t->data, t->length);
        dbell_root_ecam_write(&p->root, t->address - ECAM, t->length, value);
    }
    return DBELL_RESPONSE_OK;
}

static bool power_on_behind(struct power *p, const struct dbell_agent *agent)
{
    static const struct dbell_allocator heap = {.allocate = allocate, .release = release};
    struct dbell_endpoint_config config = dbell_endpoint_default_config();
    struct dbell_endpoint_ports ports = {0};
    const size_t size = dbell_endpoint_state_size(&config);
    static struct dbell_rid_range streams[] = {{RID, 1, 0, 0x1100, 0}};
    static const struct dbell_rid_map map = {streams, 1};
    config.bus_master = true;
    p->state = aligned_alloc(16, size);
    dbell_root_init(&p->root, &map, NULL);
    return dbell_ram_init(&p->ram, 0x80000000, 0x40000000, UINT64_C(1) << 30, &heap) == DBELL_OK &&
           dbell_root_add_agent(&p->root, agent) == 0 && p->state &&
           dbell_root_add_function(&p->root, RID, &p->endpoint, &ports.up) == DBELL_OK &&
           dbell_endpoint_init(&p->endpoint, p->state, size, &config, RID, &ports) == DBELL_OK;
}

static bool power_on(struct power *p, struct dbell_tce_config config)
{
    const struct dbell_tce_ports ports = {.memory = {.ctx = p, .access = memory},
                                          .msi = {.ctx = p, .interrupt = interrupt}};
    memset(p, 0, sizeof *p);
    config.tables = TABLES;
    config.tables_end = TABLES + 0x1000000;
    const struct dbell_agent agent = dbell_tce_agent(&p->tce);
    return power_on_behind(p, &agent) && dbell_tce_init(&p->tce, &config, &ports) == DBELL_OK &&
           dbell_tce_add_pe(&p->tce, 0x1100) == 0;
}

static void power_off(struct power *p)
{
    dbell_ram_free(&p->ram);
    free(p->state);
}

static int64_t call(struct power *p, uint64_t opcode, uint64_t liobn, uint64_t ioba, uint64_t a,
                    uint64_t b)
{
    const uint64_t arguments[4] = {liobn, ioba, a, b};
    uint64_t result = 0;
    return dbell_tce_hcall(&p->tce, opcode, arguments, &result);
}

static int64_t put(struct power *p, uint64_t ioba, uint64_t tce)
{
    return call(p, DBELL_H_PUT_TCE, LIOBN0, ioba, tce, 0);
}

static uint64_t get(struct power *p, uint64_t liobn, uint64_t ioba)
{
    const uint64_t arguments[4] = {liobn, ioba, 0, 0};
    uint64_t result = 0;
    CHECK_EQ(dbell_tce_hcall(&p->tce, DBELL_H_GET_TCE, arguments, &result), DBELL_H_SUCCESS);
    return result;
}

/* Where an access of the function went; 0: it was refused. */
static uint64_t goes(struct power *p, enum dbell_op op, uint64_t ioba)
{
    uint8_t data[4] = {0x11, 0x22, 0x33, 0x44};
    struct dbell_transaction t = {
        .address = ioba, .length = 4, .op = (uint8_t)op, .data = data, .trail = &p->trail};
    memset(&p->trail, 0, sizeof p->trail);
    const enum dbell_response response = dbell_endpoint_access(&p->endpoint, &t);
    CHECK_EQ(p->trail.reached, response == DBELL_RESPONSE_OK);
    return p->trail.reached ? p->trail.address : 0;
}

static void recorded(struct power *p, uint64_t number, uint64_t ioba, bool write,
                     enum dbell_tce_reason reason)
{
    const struct dbell_tce_record *r = dbell_tce_record_at(&p->tce, number);
    REQUIRE(r);
    CHECK_EQ(r->pe, 0);
    CHECK_EQ(r->ioba, ioba);
    CHECK_EQ(r->write, write);
    CHECK_EQ(r->reason, reason);
}

static void bytes_are(struct power *p, uint64_t at, const uint8_t want[8])
{
    uint8_t got[8];
    CHECK_EQ(dbell_ram_read(&p->ram, at, got, 8), DBELL_RESPONSE_OK);
    CHECK(!memcmp(got, want, 8));
}

static const struct dbell_tce_config plain = {0};

TEST(tce, the_default_window_is_a_gibibyte_of_4k_pages)
{
    struct power p;
    REQUIRE(power_on(&p, plain));
    const struct dbell_tce_window *w = dbell_tce_window_of(&p.tce, (uint32_t)LIOBN0);
    REQUIRE(w);
    CHECK_EQ(w->start, 0);
    CHECK_EQ(w->count, 262144);
    CHECK_EQ(w->page_shift, 12);
    CHECK(!dbell_tce_window_of(&p.tce, (uint32_t)LIOBN1));
    CHECK_EQ(dbell_tce_add_pe(&p.tce, 0x1100), DBELL_E_OVERLAP);
    CHECK_EQ(dbell_tce_add_pe(&p.tce, 0x1200), 1);
    CHECK_EQ(dbell_tce_window_of(&p.tce, 0x80000100)->count, 262144);
    unsigned more = 0; /* tables of 2 MiB in 16 MiB */
    while (dbell_tce_add_pe(&p.tce, 0x2000 + more) >= 0)
        more++;
    CHECK_EQ(more, 6);
    CHECK_EQ(dbell_tce_add_pe(&p.tce, 0x3000), DBELL_E_MEMORY);
    power_off(&p);
}

TEST(tce, a_tce_is_big_endian_with_two_permissions)
{
    struct power p;
    REQUIRE(power_on(&p, plain));
    CHECK_EQ(put(&p, 0x100000, PAGE_A | RW), DBELL_H_SUCCESS);
    bytes_are(&p, TABLES + 0x100 * 8, (const uint8_t[8]){0, 0, 0, 0, 0x90, 0x20, 0, 3});
    CHECK_EQ(goes(&p, DBELL_WRITE, 0x100120), 0x90200120);
    CHECK_EQ(goes(&p, DBELL_READ, 0x100ffc), 0x90200ffc);
    put(&p, 0x100000, PAGE_A | READ);
    CHECK_EQ(goes(&p, DBELL_WRITE, 0x100120), 0);
    CHECK_EQ(goes(&p, DBELL_READ, 0x100120), 0x90200120);
    put(&p, 0x100000, PAGE_A | WRITE);
    CHECK_EQ(goes(&p, DBELL_READ, 0x100124), 0);
    CHECK_EQ(goes(&p, DBELL_WRITE, 0x100120), 0x90200120);
    recorded(&p, 0, 0x100120, true, DBELL_TCE_WRITE);
    recorded(&p, 1, 0x100124, false, DBELL_TCE_READ);
    CHECK(!dbell_tce_record_at(&p.tce, 2));
    power_off(&p);
}

TEST(tce, what_no_tce_or_no_window_has_is_recorded)
{
    struct power p;
    REQUIRE(power_on(&p, plain));
    CHECK_EQ(goes(&p, DBELL_WRITE, 0x110000), 0);
    CHECK_EQ(p.trail.outcome, DBELL_FAULT);
    CHECK_EQ(goes(&p, DBELL_READ, 0x40000000), 0);
    recorded(&p, 0, 0x110000, true, DBELL_TCE_NONE);
    recorded(&p, 1, 0x40000000, false, DBELL_TCE_OUTSIDE);
    CHECK_TEXT(dbell_tce_reason_text(DBELL_TCE_NONE), "no TCE");
    for (unsigned i = 0; i < DBELL_TCE_RECORDS; i++)
        goes(&p, DBELL_READ, 0x120000 + 8 * i);
    CHECK(!dbell_tce_record_at(&p.tce, 1)); /* they are a ring */
    recorded(&p, 2, 0x120000, false, DBELL_TCE_NONE);
    power_off(&p);
}

TEST(tce, a_frozen_pe_reads_all_ones_until_it_is_unfrozen)
{
    struct power p;
    uint8_t data[4] = {0};
    struct dbell_transaction t = {.address = 0x100000, .length = 4, .data = data};
    REQUIRE(power_on(&p, (struct dbell_tce_config){.freezes = true}));
    put(&p, 0x100000, PAGE_A | RW);
    CHECK_EQ(goes(&p, DBELL_READ, 0x110000), 0);
    CHECK_EQ(dbell_endpoint_access(&p.endpoint, &t), DBELL_RESPONSE_OK);
    CHECK(!memcmp(data, "\xff\xff\xff\xff", 4));
    t.op = DBELL_WRITE;
    CHECK_EQ(dbell_endpoint_access(&p.endpoint, &t), DBELL_RESPONSE_OK);
    CHECK_EQ(dbell_ram_read(&p.ram, PAGE_A, data, 4), DBELL_RESPONSE_OK);
    CHECK_EQ(data[0], 0); /* it went nowhere */
    CHECK_EQ(dbell_tce_unfreeze(&p.tce, 0), DBELL_OK);
    CHECK_EQ(goes(&p, DBELL_WRITE, 0x100000), PAGE_A);
    CHECK_EQ(dbell_tce_unfreeze(&p.tce, 1), DBELL_E_NOT_FOUND);
    power_off(&p);
}

TEST(tce_call, h_put_tce_masks_the_address_and_checks_it)
{
    struct power p;
    REQUIRE(power_on(&p, plain));
    CHECK_EQ(put(&p, 0x100fff, PAGE_A | RW), DBELL_H_SUCCESS);
    CHECK_EQ(get(&p, LIOBN0, 0x100000), PAGE_A | RW);
    CHECK_EQ(put(&p, 0x3fffffff, PAGE_A | RW), DBELL_H_SUCCESS);
    CHECK_EQ(put(&p, 0x40000000, PAGE_A | RW), DBELL_H_PARAMETER);
    CHECK_EQ(call(&p, DBELL_H_PUT_TCE, LIOBN1, 0, PAGE_A, 0), DBELL_H_PARAMETER);
    CHECK_EQ(call(&p, DBELL_H_PUT_TCE, 0x80000100, 0, PAGE_A, 0), DBELL_H_PARAMETER);
    CHECK_EQ(call(&p, DBELL_H_PUT_TCE, 0, 0, PAGE_A, 0), DBELL_H_PARAMETER);
    CHECK_EQ(call(&p, DBELL_H_PUT_TCE, LIOBN0 | UINT64_C(1) << 32, 0, PAGE_A, 0),
             DBELL_H_PARAMETER);
    CHECK_EQ(call(&p, 0x24, LIOBN0, 0, 0, 0), DBELL_H_FUNCTION);
    CHECK_EQ(call(&p, DBELL_H_GET_TCE, LIOBN0, 0x40000000, 0, 0), DBELL_H_PARAMETER);
    power_off(&p);
}

TEST(tce_call, h_stuff_tce_and_h_put_tce_indirect)
{
    struct power p;
    static const uint8_t list[4][8] = {{0, 0, 0, 0, 0x90, 0x20, 0, 3},
                                       {0, 0, 0, 0, 0x90, 0x20, 0x10, 3},
                                       {0, 0, 0, 0, 0x90, 0x20, 0x20, 3},
                                       {0, 0, 0, 0, 0x90, 0x20, 0x30, 3}};
    REQUIRE(power_on(&p, plain));
    dbell_ram_write(&p.ram, 0x91000000, list, sizeof list);
    CHECK_EQ(call(&p, DBELL_H_PUT_TCE_INDIRECT, LIOBN0, 0x100000, 0x91000000, 4), DBELL_H_SUCCESS);
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQ(get(&p, LIOBN0, 0x100000 + 0x1000 * i), (PAGE_A + 0x1000 * i) | RW);
    CHECK_EQ(call(&p, DBELL_H_STUFF_TCE, LIOBN0, 0x100000, 0, 4), DBELL_H_SUCCESS);
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQ(get(&p, LIOBN0, 0x100000 + 0x1000 * i), 0);
    CHECK_EQ(call(&p, DBELL_H_PUT_TCE_INDIRECT, LIOBN0, 0x100000, 0x91000000, 513),
             DBELL_H_PARAMETER);
    CHECK_EQ(call(&p, DBELL_H_PUT_TCE_INDIRECT, LIOBN0, 0x100000, 0x91000004, 4),
             DBELL_H_PARAMETER);
    CHECK_EQ(get(&p, LIOBN0, 0x100000), 0);
    /* The third is beyond the window: the first two stay. */
    CHECK_EQ(call(&p, DBELL_H_PUT_TCE_INDIRECT, LIOBN0, 0x3fffe000, 0x91000000, 4),
             DBELL_H_PARAMETER);
    CHECK_EQ(get(&p, LIOBN0, 0x3fffe000), PAGE_A | RW);
    CHECK_EQ(get(&p, LIOBN0, 0x3ffff000), (PAGE_A + 0x1000) | RW);
    CHECK_EQ(call(&p, DBELL_H_PUT_TCE_INDIRECT, LIOBN0, 0x100000, 0x70000000, 1),
             DBELL_H_PARAMETER); /* no memory is there */
    power_off(&p);
}

TEST(tce, a_cached_tce_is_used_until_it_is_killed)
{
    struct power p;
    REQUIRE(power_on(&p, (struct dbell_tce_config){.cached = true, .keeps_stale = true}));
    put(&p, 0x100000, PAGE_A | RW);
    CHECK_EQ(goes(&p, DBELL_WRITE, 0x100000), PAGE_A);
    CHECK(!dbell_tce_record_at(&p.tce, 0));
    put(&p, 0x100000, 0);
    CHECK_EQ(goes(&p, DBELL_WRITE, 0x100008), PAGE_A + 8);
    recorded(&p, 0, 0x100008, true, DBELL_TCE_STALE);
    dbell_tce_kill(&p.tce, (uint32_t)LIOBN0, 0x100, 1);
    CHECK_EQ(goes(&p, DBELL_WRITE, 0x100000), 0);
    recorded(&p, 1, 0x100000, true, DBELL_TCE_NONE);
    power_off(&p);
    REQUIRE(power_on(&p, (struct dbell_tce_config){.cached = true})); /* the call kills it */
    put(&p, 0x100000, PAGE_A | RW);
    CHECK_EQ(goes(&p, DBELL_WRITE, 0x100000), PAGE_A);
    put(&p, 0x100000, 0);
    CHECK_EQ(goes(&p, DBELL_WRITE, 0x100000), 0);
    power_off(&p);
}

TEST(tce, a_dynamic_window_and_the_default_one_after_it)
{
    struct power p;
    struct dbell_tce_window w;
    REQUIRE(power_on(&p, plain));
    put(&p, 0x100000, PAGE_A | RW);
    CHECK_EQ(dbell_tce_create_window(&p.tce, 0, 13, 30, &w), DBELL_E_ARGUMENT);
    CHECK_EQ(dbell_tce_create_window(&p.tce, 1, 24, 30, &w), DBELL_E_NOT_FOUND);
    CHECK_EQ(dbell_tce_create_window(&p.tce, 0, 12, 58, &w), DBELL_E_MEMORY);
    CHECK_EQ(dbell_tce_create_window(&p.tce, 0, 24, 30, &w), DBELL_OK);
    CHECK_EQ(dbell_tce_create_window(&p.tce, 0, 24, 30, &w), DBELL_E_OVERLAP);
    CHECK_EQ(w.liobn, LIOBN1);
    CHECK_EQ(w.start, UINT64_C(0x800000000000000));
    CHECK_EQ(w.count, 64);
    CHECK_EQ(call(&p, DBELL_H_PUT_TCE, LIOBN1, w.start, 0x90000003, 0), DBELL_H_SUCCESS);
    CHECK_EQ(goes(&p, DBELL_WRITE, w.start + 0x123454), 0x90123454);
    CHECK_EQ(goes(&p, DBELL_WRITE, 0x100000), PAGE_A); /* both are there */
    CHECK_EQ(goes(&p, DBELL_WRITE, w.start + 0x1000000), 0);
    CHECK_EQ(dbell_tce_remove_window(&p.tce, (uint32_t)LIOBN0), DBELL_OK);
    CHECK_EQ(goes(&p, DBELL_WRITE, 0x100000), 0);
    CHECK_EQ(dbell_tce_remove_window(&p.tce, (uint32_t)LIOBN0), DBELL_E_NOT_FOUND);
    CHECK_EQ(dbell_tce_remove_window(&p.tce, (uint32_t)LIOBN1), DBELL_OK);
    CHECK_EQ(get(&p, LIOBN0, 0x100000), 0); /* it is back, all zero */
    CHECK_EQ(put(&p, 0x100000, PAGE_A | RW), DBELL_H_SUCCESS);
    CHECK_EQ(goes(&p, DBELL_WRITE, 0x100000), PAGE_A);
    CHECK_EQ(dbell_tce_create_window(&p.tce, 0, 16, 30, &w), DBELL_OK);
    power_off(&p);
}

/* The driver writes the MSI-X entry as it does on Arm; only the address is another. */
static void msix(struct power *p, uint64_t address, uint32_t data)
{
    struct dbell_host_system host = {.bus = {.ctx = p, .access = cpu},
                                     .ecam = ECAM,
                                     .pci_next = PCI,
                                     .pci_end = PCI + 0x10000000};
    struct dbell_host_pci pci;
    const struct dbell_host_msi message = {address, data};
    CHECK_EQ(dbell_host_pci_probe(&host, &pci, RID), 0);
    CHECK_EQ(dbell_host_pci_enable_msix(&pci), 0);
    CHECK_EQ(dbell_host_pci_write_msi_msg(&pci, 0, &message), 0);
    CHECK_EQ(dbell_host_pci_mask(&pci, 0, false), 0);
    CHECK_EQ(dbell_endpoint_interrupt(&p->endpoint, 0, &p->trail), DBELL_RESPONSE_OK);
}

TEST(tce, a_message_is_not_looked_up)
{
    struct power p;
    REQUIRE(power_on(&p, plain));
    msix(&p, UINT64_C(0x40000000000), 0x1001);
    CHECK_EQ(p.interrupt_count, 1);
    CHECK_EQ(p.interrupts[0], 0x1001);
    CHECK(!dbell_tce_record_at(&p.tce, 0));
    CHECK_EQ(goes(&p, DBELL_READ, UINT64_C(0x40000000000)), 0); /* it is no memory */
    power_off(&p);
}

/* A function that asks is told Unsupported Request (PCIe 10.2.1), and its job ends. */
TEST(tce, there_is_no_ats_and_no_pri)
{
    struct power p;
    REQUIRE(power_on(&p, plain));
    put(&p, 0x100000, PAGE_A | RW);
    const unsigned ats = dbell_endpoint_extended_capability(&p.endpoint, 0xf);
    dbell_endpoint_config_write(&p.endpoint, ats + 6, 2, 0x8000); /* ATS Control.Enable */
    const struct dbell_job job = {.kind = DBELL_JOB_FILL,
                                  .mode = DBELL_THROUGH_ATC,
                                  .destination = 0x100000,
                                  .length = 8,
                                  .value = 1};
    struct dbell_job_result result = {0};
    uint32_t ticket;
    CHECK_EQ(dbell_endpoint_submit(&p.endpoint, &job, &ticket), DBELL_OK);
    for (unsigned i = 0; i < 100 && dbell_root_step(&p.root) == DBELL_STEPPED; i++)
        ;
    CHECK_EQ(dbell_endpoint_job(&p.endpoint, ticket, &result), DBELL_OK);
    CHECK_EQ(result.end, DBELL_JOB_DENIED);
    CHECK_EQ(result.address, 0x100000);
    CHECK_EQ(result.done, 0);
    const struct dbell_agent agent = dbell_tce_agent(&p.tce);
    CHECK(!agent.translate && !agent.page_request);
    power_off(&p);
}

/* --- the fixed window --- */

static uint32_t raised;

static void raise(void *ctx, uint8_t destination, uint8_t vector)
{
    (void)ctx;
    raised = (uint32_t)destination << 8 | vector;
}

TEST(fee, a_write_to_the_window_is_a_vector_and_all_else_is_memory)
{
    struct power p;
    const struct dbell_fee fee = {.memory = {.ctx = &p, .access = memory},
                                  .message = {.raise = raise}};
    const struct dbell_agent agent = dbell_fee_agent(&fee);
    memset(&p, 0, sizeof p);
    REQUIRE(power_on_behind(&p, &agent));
    raised = 0;
    msix(&p, UINT64_C(0xfee05000), 0x30);
    CHECK_EQ(raised, 0x0530); /* destination 5, vector 0x30 */
    CHECK_EQ(p.trail.address, 0xfee05000);
    CHECK_EQ(goes(&p, DBELL_READ, 0xfee00000), 0);
    CHECK_EQ(goes(&p, DBELL_WRITE, PAGE_A), PAGE_A);
    uint8_t data[4];
    CHECK_EQ(dbell_ram_read(&p.ram, PAGE_A, data, 4), DBELL_RESPONSE_OK);
    CHECK_EQ(data[0], 0x11);
    CHECK_EQ(raised, 0x0530);
    power_off(&p);
}
