/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The Root Complex: identities, routing, ACS, ECAM (PCIe 5.0: 6.12, 7.2.2, 7.7.8), and with real
 * SMMUs behind it. */
#include <doorbell/root.h>

#include <stdlib.h>
#include <string.h>

#include "dbell_test.h"
#include "lab.h"

enum { FUNCTIONS = 4 };
/* What a Root Complex holds (root.h). */
enum { MOST_FUNCTIONS = 64, MOST_BRIDGES = 32, MOST_AGENTS = 16, MOST_REFUSED = 64 };

/* Functions below a Root Complex whose agent is identity over a little memory. */
struct tree {
    struct dbell_root root;
    struct dbell_endpoint endpoint[FUNCTIONS];
    void *state[FUNCTIONS];
    struct dbell_bus memory;
    struct dbell_sideband seen; /* of the last access that arrived */
    uint64_t address;
    unsigned arrived, requests, pages, ended;
};

static enum dbell_response arrive(void *ctx, struct dbell_transaction *t)
{
    struct tree *tree = ctx;
    tree->seen = t->side;
    tree->address = t->address;
    tree->arrived++;
    return DBELL_RESPONSE_OK;
}

static int translate(void *ctx, const struct dbell_ats_request *request,
                     struct dbell_ats_completion *completion)
{
    struct tree *tree = ctx;
    tree->seen = request->side;
    tree->requests++;
    *completion = (struct dbell_ats_completion){
        .address = request->address, .size = 0x1000, .read = true, .write = true};
    return DBELL_OK;
}

static int page_request(void *ctx, const struct dbell_page_request *request)
{
    struct tree *tree = ctx;
    tree->seen = request->side;
    tree->pages++;
    return DBELL_OK;
}

static void invalidated(void *ctx, uint32_t streamid, uint32_t tag, enum dbell_ats_end end)
{
    struct tree *tree = ctx;
    (void)streamid;
    tree->ended += end == DBELL_ATS_INVALIDATED ? 1u : end == DBELL_ATS_REFUSED ? 0x100u : 0x10000u;
    (void)tag;
}

static bool add(struct tree *tree, unsigned index, uint32_t rid)
{
    struct dbell_endpoint_config config = dbell_endpoint_default_config();
    struct dbell_endpoint_ports ports = {0};
    const size_t size = dbell_endpoint_state_size(&config);
    config.bus_master = true;
    tree->state[index] = aligned_alloc(16, size);
    return tree->state[index] &&
           dbell_root_add_function(&tree->root, rid, &tree->endpoint[index], &ports.up) ==
               DBELL_OK &&
           dbell_endpoint_init(&tree->endpoint[index], tree->state[index], size, &config, rid,
                               &ports) == DBELL_OK;
}

static void plant(struct tree *tree, const struct dbell_rid_map *streams,
                  const struct dbell_rid_map *devices)
{
    const struct dbell_agent agent = {.ctx = tree,
                                      .access = arrive,
                                      .translate = translate,
                                      .page_request = page_request,
                                      .invalidated = invalidated};
    memset(tree, 0, sizeof *tree);
    dbell_root_init(&tree->root, streams, devices);
    CHECK_EQ(dbell_root_add_agent(&tree->root, &agent), 0);
}

static void fell(struct tree *tree)
{
    for (unsigned i = 0; i < FUNCTIONS; i++)
        free(tree->state[i]);
}

static enum dbell_response write_at(struct dbell_endpoint *endpoint, uint64_t address, uint8_t at)
{
    uint8_t data[4] = {0x11, 0x22, 0x33, 0x44};
    struct dbell_transaction t = {
        .address = address, .length = 4, .op = DBELL_WRITE, .data = data, .side = {.at = at}};
    return dbell_endpoint_access(endpoint, &t);
}

static void bridge(struct tree *tree, enum dbell_bridge_kind kind, uint32_t rid, uint8_t secondary,
                   uint8_t subordinate, uint16_t acs)
{
    const struct dbell_bridge_config config = {.kind = (uint8_t)kind,
                                               .requesterid = rid,
                                               .secondary = secondary,
                                               .subordinate = subordinate,
                                               .acs = acs};
    CHECK(dbell_root_add_bridge(&tree->root, &config) >= 0);
}

/* ACS Control of a bridge, as software writes it. */
static void acs(struct tree *tree, uint32_t rid, uint32_t control)
{
    dbell_root_ecam_write(&tree->root, (uint64_t)rid << 12 | 0x106, 2, control);
}

/* --- identities --- */

TEST(root, maps_give_streamid_and_deviceid_apart)
{
    struct dbell_rid_range streams[] = {{0x100, 0x100, 0, 0x1100, 0}};
    struct dbell_rid_range devices[] = {{0x0, 0x10000, 0, 0x20000, 0}};
    const struct dbell_rid_map s = {streams, 1}, d = {devices, 1};
    struct tree tree;
    plant(&tree, &s, &d);
    REQUIRE(add(&tree, 0, 0x100) && add(&tree, 1, 0x200));
    CHECK_EQ(write_at(&tree.endpoint[0], 0x5000, 0), DBELL_RESPONSE_OK);
    CHECK(tree.seen.has_streamid && tree.seen.has_deviceid);
    CHECK_EQ(tree.seen.streamid, 0x1100);
    CHECK_EQ(tree.seen.deviceid, 0x20100);
    CHECK_EQ(write_at(&tree.endpoint[1], 0x5000, 0), DBELL_RESPONSE_DECERR); /* no iommu-map */
    CHECK_EQ(tree.arrived, 1);
    CHECK_EQ(tree.root.unmapped, 1);
    CHECK(dbell_root_stream(&tree.root, 0, 0x1100) == &tree.endpoint[0]);
    CHECK(!dbell_root_stream(&tree.root, 0, 0x1200) && !dbell_root_stream(&tree.root, 1, 0x1100));
    fell(&tree);
}

TEST(root, without_maps_all_ids_are_the_requesterid)
{
    struct tree tree;
    struct dbell_agent up;
    plant(&tree, NULL, NULL);
    REQUIRE(add(&tree, 0, 0x100));
    CHECK_EQ(write_at(&tree.endpoint[0], 0x5000, 0), DBELL_RESPONSE_OK);
    CHECK_EQ(tree.seen.streamid, 0x100);
    CHECK_EQ(tree.seen.deviceid, 0x100);
    CHECK(dbell_root_add_function(&tree.root, 0x100, &tree.endpoint[1], &up) == DBELL_E_OVERLAP);
    fell(&tree);
}

TEST(root, behind_a_pci_bridge_all_are_its_secondary_bus)
{
    struct tree tree;
    plant(&tree, NULL, NULL);
    bridge(&tree, DBELL_ROOT_PORT, 0x08, 2, 3, 0);
    bridge(&tree, DBELL_PCIE_TO_PCI, 0x200, 3, 3, 0);
    REQUIRE(add(&tree, 0, 0x310) && add(&tree, 1, 0x318));
    CHECK_EQ(write_at(&tree.endpoint[0], 0x5000, 0), DBELL_RESPONSE_OK);
    CHECK_EQ(tree.seen.streamid, 0x300);
    CHECK_EQ(write_at(&tree.endpoint[1], 0x5000, 0), DBELL_RESPONSE_OK);
    CHECK_EQ(tree.seen.deviceid, 0x300);
    CHECK_EQ(write_at(&tree.endpoint[0], 0x5000, DBELL_AT_TRANSLATED), DBELL_RESPONSE_SLVERR);
    CHECK_EQ(dbell_root_alias(&tree.root, 0x310), 0x300);
    CHECK_EQ(dbell_root_alias(&tree.root, 0x200), 0x200);
    CHECK(dbell_root_same_group(&tree.root, 0x310, 0x318));
    CHECK_EQ(dbell_root_ecam_read(&tree.root, (uint64_t)0x200 << 12 | 0x42, 2), 0x72);
    fell(&tree);
}

/* --- ACS --- */

TEST(root, source_validation_blocks_a_foreign_bus_6_12_1_1)
{
    for (unsigned on = 0; on < 2; on++) {
        struct tree tree;
        plant(&tree, NULL, NULL);
        bridge(&tree, DBELL_ROOT_PORT, 0x08, 1, 1, 0x1d);
        bridge(&tree, DBELL_ROOT_PORT, 0x10, 2, 2, 0x1d);
        REQUIRE(add(&tree, 0, 0x100));
        acs(&tree, 0x08, on);
        dbell_endpoint_forge(&tree.endpoint[0], 0x200);
        dbell_endpoint_misbehave(&tree.endpoint[0], DBELL_FORGES_REQUESTERID);
        CHECK_EQ(write_at(&tree.endpoint[0], 0x5000, 0),
                 on ? DBELL_RESPONSE_SLVERR : DBELL_RESPONSE_OK);
        CHECK_EQ(tree.root.acs_violations, on);
        if (!on)
            CHECK_EQ(tree.seen.streamid, 0x200);
        dbell_endpoint_forge(&tree.endpoint[0], 0x1f8); /* another function of its own bus */
        CHECK_EQ(write_at(&tree.endpoint[0], 0x5000, 0), DBELL_RESPONSE_OK);
        fell(&tree);
    }
}

TEST(root, translation_blocking_stops_ats_6_12_1_1)
{
    struct tree tree;
    struct dbell_ats_completion completion;
    const struct dbell_ats_request request = {.address = 0x5000};
    plant(&tree, NULL, NULL);
    bridge(&tree, DBELL_ROOT_PORT, 0x08, 1, 1, 0x02);
    REQUIRE(add(&tree, 0, 0x100));
    const unsigned ats = dbell_endpoint_extended_capability(&tree.endpoint[0], 0xf);
    dbell_endpoint_config_write(&tree.endpoint[0], ats + 6, 2, 0x8000);
    CHECK_EQ(write_at(&tree.endpoint[0], 0x5000, DBELL_AT_TRANSLATED), DBELL_RESPONSE_OK);
    acs(&tree, 0x08, 2);
    CHECK_EQ(write_at(&tree.endpoint[0], 0x5000, DBELL_AT_TRANSLATED), DBELL_RESPONSE_SLVERR);
    CHECK_EQ(write_at(&tree.endpoint[0], 0x5000, DBELL_AT_UNTRANSLATED), DBELL_RESPONSE_OK);
    CHECK_EQ(dbell_endpoint_translate(&tree.endpoint[0], &request, &completion), DBELL_OK);
    CHECK_EQ(completion.status, DBELL_ATS_UR);
    CHECK_EQ(tree.requests, 0);
    CHECK_EQ(tree.root.acs_violations, 2);
    fell(&tree);
}

/* Two functions below one switch; the second one's memory is at 0x20000000. */
static void plant_switch(struct tree *tree)
{
    plant(tree, NULL, NULL);
    bridge(tree, DBELL_ROOT_PORT, 0x08, 1, 4, 0);
    bridge(tree, DBELL_SWITCH_UPSTREAM, 0x100, 2, 4, 0);
    bridge(tree, DBELL_SWITCH_DOWNSTREAM, 0x200, 3, 3, 0x5d);
    bridge(tree, DBELL_SWITCH_DOWNSTREAM, 0x208, 4, 4, 0x5d);
    CHECK(add(tree, 0, 0x300) && add(tree, 1, 0x400));
    dbell_root_ecam_write(&tree->root, (uint64_t)0x400 << 12 | 0x10, 4, 0x20000000);
}

TEST(root, peers_meet_in_the_switch_unless_redirected_6_12_3)
{
    static const struct {
        uint32_t acs;
        uint8_t at;
        bool up;
    } cases[] = {{0, 0, false},
                 {4, 0, true},
                 {0, DBELL_AT_TRANSLATED, false},
                 {4, DBELL_AT_TRANSLATED, true},
                 {0x44, DBELL_AT_TRANSLATED, false}, /* Direct Translated P2P */
                 {0x44, 0, true}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tree tree;
        uint8_t got[4] = {0};
        plant_switch(&tree);
        acs(&tree, 0x200, cases[i].acs);
        CHECK_EQ(write_at(&tree.endpoint[0], 0x20000100, cases[i].at), DBELL_RESPONSE_OK);
        CHECK_EQ(tree.arrived, cases[i].up);
        struct dbell_transaction t = {.address = 0x100, .length = 4, .data = got};
        CHECK_EQ(dbell_endpoint_bar_access(&tree.endpoint[1], 0, &t), DBELL_RESPONSE_OK);
        CHECK_EQ(got[0], cases[i].up ? 0 : 0x11);
        CHECK_EQ(write_at(&tree.endpoint[0], 0x30000000, cases[i].at), DBELL_RESPONSE_OK);
        CHECK_EQ(tree.address, 0x30000000); /* nobody's: up in any case */
        fell(&tree);
    }
}

TEST(root, groups_are_what_cannot_be_kept_apart_6_12)
{
    struct tree tree;
    plant_switch(&tree);
    REQUIRE(add(&tree, 2, 0x301) && add(&tree, 3, 0x500));
    CHECK(dbell_root_same_group(&tree.root, 0x300, 0x400));
    acs(&tree, 0x200, 4);
    CHECK(dbell_root_same_group(&tree.root, 0x300, 0x400)); /* the way back is open */
    acs(&tree, 0x208, 4);
    CHECK(!dbell_root_same_group(&tree.root, 0x300, 0x400));
    CHECK(!dbell_root_same_group(&tree.root, 0x300, 0x301)); /* both have ACS */
    CHECK(!dbell_root_same_group(&tree.root, 0x300, 0x500));
    CHECK(dbell_root_same_group(&tree.root, 0x300, 0x302)); /* one that nobody knows */
    fell(&tree);
}

TEST(root, what_a_peer_got_goes_no_further_6_12_3)
{
    struct tree tree;
    plant(&tree, NULL, NULL);
    bridge(&tree, DBELL_ROOT_PORT, 0x08, 1, 4, 0x02);
    bridge(&tree, DBELL_SWITCH_UPSTREAM, 0x100, 2, 4, 0);
    bridge(&tree, DBELL_SWITCH_DOWNSTREAM, 0x200, 3, 3, 0x5d);
    bridge(&tree, DBELL_SWITCH_DOWNSTREAM, 0x208, 4, 4, 0x5d);
    REQUIRE(add(&tree, 0, 0x300) && add(&tree, 1, 0x400));
    dbell_root_ecam_write(&tree.root, (uint64_t)0x400 << 12 | 0x10, 4, 0x20000000);
    acs(&tree, 0x08, 2); /* Translation Blocking, in the port above the switch */
    CHECK_EQ(write_at(&tree.endpoint[0], 0x20000100, DBELL_AT_TRANSLATED), DBELL_RESPONSE_OK);
    CHECK_EQ(tree.root.acs_violations, 0);
    CHECK_EQ(write_at(&tree.endpoint[0], 0x30000000, DBELL_AT_TRANSLATED), DBELL_RESPONSE_SLVERR);
    CHECK_EQ(tree.root.acs_violations, 1);
    CHECK_EQ(tree.arrived, 0);
    fell(&tree);
}

TEST(root, what_cannot_be_in_a_tree_is_refused)
{
    struct tree tree;
    const struct dbell_agent agent = {.ctx = &tree, .access = arrive};
    struct dbell_bridge_config config = {
        .kind = DBELL_ROOT_PORT, .requesterid = 8, .secondary = 5, .subordinate = 4};
    struct dbell_agent up;
    plant(&tree, NULL, NULL);
    CHECK_EQ(dbell_root_add_bridge(&tree.root, &config), DBELL_E_RANGE);
    config.subordinate = 5;
    CHECK_EQ(dbell_root_add_bridge(&tree.root, &config), 0);
    CHECK_EQ(dbell_root_add_bridge(&tree.root, &config), DBELL_E_OVERLAP);
    for (unsigned i = 1; i < MOST_BRIDGES; i++) {
        config.requesterid = 8 + i;
        CHECK_EQ((unsigned)dbell_root_add_bridge(&tree.root, &config), i);
    }
    config.requesterid = 7;
    CHECK_EQ(dbell_root_add_bridge(&tree.root, &config), DBELL_E_RANGE);
    for (unsigned i = 1; i < MOST_AGENTS; i++)
        CHECK_EQ((unsigned)dbell_root_add_agent(&tree.root, &agent), i);
    CHECK_EQ(dbell_root_add_agent(&tree.root, &agent), DBELL_E_RANGE);
    for (unsigned i = 0; i < MOST_FUNCTIONS; i++)
        CHECK_EQ(dbell_root_add_function(&tree.root, 0x100 + i, &tree.endpoint[0], &up), DBELL_OK);
    CHECK_EQ(dbell_root_add_function(&tree.root, 0x80, &tree.endpoint[0], &up), DBELL_E_RANGE);
}

TEST(root, a_step_is_of_the_first_function_that_has_something_to_do)
{
    struct tree tree;
    struct dbell_ats_invalidation what = {.streamid = 0x101, .size = 0x1000};
    plant(&tree, NULL, NULL);
    REQUIRE(add(&tree, 0, 0x100) && add(&tree, 1, 0x101));
    const struct dbell_ats_port port = dbell_root_ats_port(&tree.root, 0);
    for (unsigned i = 0; i < 2; i++) {
        what.streamid = 0x100 + i;
        dbell_endpoint_config_write(&tree.endpoint[i],
                                    dbell_endpoint_extended_capability(&tree.endpoint[i], 0xf) + 6,
                                    2, 0x8000);
        CHECK(port.invalidate(port.ctx, &what));
    }
    for (unsigned i = 0; i < 2; i++) {
        CHECK_EQ(dbell_root_step(&tree.root), DBELL_STEPPED);
        CHECK_EQ(tree.ended, i + 1);
    }
    CHECK_EQ(dbell_root_step(&tree.root), DBELL_IDLE);
    fell(&tree);
}

/* --- configuration and memory space --- */

TEST(root, ecam_is_by_bus_device_and_function_7_2_2)
{
    struct tree tree;
    plant_switch(&tree);
    CHECK_EQ(dbell_root_ecam_read(&tree.root, (uint64_t)0x300 << 12, 4), 0xd00b1234);
    CHECK_EQ(dbell_root_ecam_read(&tree.root, (uint64_t)0x300 << 12 | 2, 2), 0xd00b);
    CHECK_EQ(dbell_root_ecam_read(&tree.root, (uint64_t)0x310 << 12, 4), 0xffffffff);
    CHECK_EQ(dbell_root_ecam_read(&tree.root, (uint64_t)0x310 << 12, 2), 0xffff);
    CHECK_EQ(dbell_root_ecam_read(&tree.root, (uint64_t)1 << 28, 1), 0xff);
    CHECK_EQ(dbell_root_ecam_read(&tree.root, (uint64_t)0x08 << 12 | 0x18, 4), 0x00040100);
    CHECK_EQ(dbell_root_ecam_read(&tree.root, (uint64_t)0x08 << 12 | 0x0e, 1), 1);
    CHECK_EQ(dbell_root_ecam_read(&tree.root, (uint64_t)0x200 << 12 | 0x42, 2), 0x62);
    CHECK_EQ(dbell_root_ecam_read(&tree.root, (uint64_t)0x200 << 12 | 0x100, 4), 0x1000d);
    CHECK_EQ(dbell_root_ecam_read(&tree.root, (uint64_t)0x08 << 12 | 0x100, 4), 0); /* no ACS */
    acs(&tree, 0x200, 0xff);
    CHECK_EQ(dbell_root_ecam_read(&tree.root, (uint64_t)0x200 << 12 | 0x106, 2), 0x5d);
    dbell_root_ecam_write(&tree.root, (uint64_t)0x08 << 12 | 0x1a, 1, 9);
    CHECK_EQ(dbell_root_ecam_read(&tree.root, (uint64_t)0x08 << 12 | 0x1a, 1), 9);
    dbell_root_ecam_write(&tree.root, (uint64_t)0x08 << 12, 4, 0); /* read only */
    CHECK_EQ(dbell_root_ecam_read(&tree.root, (uint64_t)0x08 << 12, 2), 0x1234);
    CHECK_EQ(dbell_root_ecam_read(&tree.root, (uint64_t)0x08 << 12 | 0xffc, 4), 0);
    dbell_root_ecam_write(&tree.root, (uint64_t)0x08 << 12 | 0xffc, 4, 1);
    dbell_root_ecam_write(&tree.root, (uint64_t)1 << 28 | 0x08 << 12 | 0x1a, 1, 5); /* beyond it */
    CHECK_EQ(dbell_root_ecam_read(&tree.root, (uint64_t)0x08 << 12 | 0x1a, 1), 9);
    fell(&tree);
}

TEST(root, memory_goes_to_the_function_that_decodes_it)
{
    struct tree tree;
    uint8_t data[4] = {1, 2, 3, 4};
    plant_switch(&tree);
    struct dbell_transaction t = {
        .address = 0x20000040, .length = 4, .op = DBELL_WRITE, .data = data};
    CHECK_EQ(dbell_root_memory(&tree.root, &t), DBELL_RESPONSE_OK);
    data[1] = 0;
    t.op = DBELL_READ;
    CHECK_EQ(dbell_root_memory(&tree.root, &t), DBELL_RESPONSE_OK);
    CHECK_EQ(data[1], 2);
    t.address = 0x20010000;
    CHECK_EQ(dbell_root_memory(&tree.root, &t), DBELL_RESPONSE_DECERR);
    fell(&tree);
}

TEST(root, an_invalidation_for_nobody_is_refused_later)
{
    struct tree tree;
    struct dbell_ats_invalidation what = {.streamid = 0x777, .size = 0x1000};
    plant(&tree, NULL, NULL);
    REQUIRE(add(&tree, 0, 0x100));
    const struct dbell_ats_port port = dbell_root_ats_port(&tree.root, 0);
    CHECK(port.invalidate(port.ctx, &what));
    CHECK_EQ(tree.ended, 0);
    CHECK_EQ(dbell_root_step(&tree.root), DBELL_STEPPED);
    CHECK_EQ(tree.ended, 0x100);
    CHECK_EQ(dbell_root_step(&tree.root), DBELL_IDLE);
    for (unsigned i = 0; i < MOST_REFUSED; i++)
        CHECK(port.invalidate(port.ctx, &what));
    CHECK(!port.invalidate(port.ctx, &what)); /* no place: later */
    what.streamid = 0x100;
    CHECK(port.invalidate(port.ctx, &what));
    dbell_endpoint_misbehave(&tree.endpoint[0], DBELL_MUTE_ATC);
    while (dbell_root_step(&tree.root) == DBELL_STEPPED)
        ;
    CHECK_EQ(dbell_root_step(&tree.root), DBELL_NOT_YET);
    CHECK_EQ(dbell_root_time_out(&tree.root), 1);
    CHECK_EQ(tree.ended, 0x10000u + 0x100 * (MOST_REFUSED + 1));
    const struct dbell_page_response nobody = {.streamid = 0x777};
    CHECK(port.respond(port.ctx, &nobody));
    fell(&tree);
}

TEST(root, identity_makes_every_access_as_it_is)
{
    struct tree tree;
    struct dbell_trail trail;
    uint8_t data[4] = {0};
    memset(&tree, 0, sizeof tree);
    tree.memory = (struct dbell_bus){.ctx = &tree, .access = arrive};
    const struct dbell_agent agent = dbell_agent_identity(&tree.memory);
    struct dbell_transaction t = {.address = 0x1234, .length = 4, .data = data, .trail = &trail};
    CHECK_EQ(agent.access(agent.ctx, &t), DBELL_RESPONSE_OK);
    CHECK_EQ(tree.address, 0x1234);
    CHECK_EQ(trail.address, 0x1234);
    CHECK(trail.reached && !agent.translate && !agent.page_request);
}

/* --- in a machine --- */

struct machine_function {
    struct lab lab;
    struct dbell_endpoint endpoint;
    void *state;
    struct dbell_host_tables tables;
};

/* RID 0x10 with stage 1 tables and EATS 0b01; 0x400000000 is mapped to RAM. */
static bool machine_open(struct machine_function *m, uint64_t *page)
{
    struct dbell_endpoint_config config = dbell_endpoint_default_config();
    struct dbell_endpoint_ports ports = {0};
    const size_t size = dbell_endpoint_state_size(&config);
    if (!lab_open(&m->lab, NULL))
        return false;
    lab_smmu_on(&m->lab);
    config.bus_master = true;
    m->state = aligned_alloc(16, size);
    struct dbell_root *root = dbell_machine_root(m->lab.machine);
    if (!m->state || dbell_root_add_function(root, 0x10, &m->endpoint, &ports.up) != DBELL_OK ||
        dbell_endpoint_init(&m->endpoint, m->state, size, &config, 0x10, &ports) != DBELL_OK)
        return false;
    m->tables = lab_tables(&m->lab, 12, 48);
    *page = lab_alloc(&m->lab, 0x1000);
    dbell_host_map(&m->tables, UINT64_C(0x400000000), *page, 3, LAB_S1_RW);
    const struct dbell_host_cd cd = lab_cd(&m->tables);
    struct dbell_host_ste ste = lab_ste_stage1(&m->lab, &cd);
    ste.eats = 1;
    lab_ste(&m->lab, 0x10, &ste);
    dbell_endpoint_config_write(
        &m->endpoint, dbell_endpoint_extended_capability(&m->endpoint, 0xf) + 6, 2, 0x8000);
    return true;
}

static void machine_close(struct machine_function *m)
{
    free(m->state);
    lab_close(&m->lab);
}

static struct dbell_job_result run(struct machine_function *m, uint64_t address)
{
    const struct dbell_job job = {.kind = DBELL_JOB_FILL,
                                  .mode = DBELL_THROUGH_ATC,
                                  .destination = address,
                                  .length = 16,
                                  .value = UINT64_C(0x1122334455667788)};
    struct dbell_job_result result = {.end = UINT8_MAX};
    uint32_t ticket;
    CHECK_EQ(dbell_endpoint_submit(&m->endpoint, &job, &ticket), DBELL_OK);
    m->lab.system.settle(m->lab.system.ctx);
    CHECK_EQ(dbell_endpoint_job(&m->endpoint, ticket, &result), DBELL_OK);
    return result;
}

TEST(root_machine, a_job_goes_through_ats_to_memory_3_9_1)
{
    struct machine_function m;
    struct dbell_atc_entry entry;
    uint64_t page;
    REQUIRE(machine_open(&m, &page));
    CHECK_EQ(run(&m, UINT64_C(0x400000100)).end, DBELL_JOB_DONE);
    CHECK_EQ(lab_read(&m.lab, page + 0x108, 8), UINT64_C(0x1122334455667788));
    REQUIRE(dbell_endpoint_atc_find(&m.endpoint, false, 0, UINT64_C(0x400000000), &entry));
    CHECK_EQ(entry.translated, page);
    const struct dbell_host_cmd inv = {{0x40 | UINT64_C(0x10) << 32, UINT64_C(0x400000000)}};
    CHECK(lab_command(&m.lab, inv));
    CHECK(!dbell_endpoint_atc_find(&m.endpoint, false, 0, UINT64_C(0x400000000), &entry));
    CHECK(lab_command(&m.lab, dbell_host_sync()));
    machine_close(&m);
}

TEST(root_machine, a_mute_function_times_out_at_the_sync_3_9_1_4)
{
    struct machine_function m;
    uint64_t page;
    REQUIRE(machine_open(&m, &page));
    CHECK_EQ(run(&m, UINT64_C(0x400000100)).end, DBELL_JOB_DONE);
    dbell_endpoint_misbehave(&m.endpoint, DBELL_MUTE_ATC);
    const struct dbell_host_cmd inv = {{0x40 | UINT64_C(0x10) << 32, UINT64_C(0x400000000)}};
    CHECK(lab_command(&m.lab, inv));
    CHECK(!lab_command(&m.lab, dbell_host_sync()));
    CHECK_EQ(lab_read(&m.lab, LAB_SMMU + 0x9c, 4) >> 24, 3); /* CERROR_ATC_INV_SYNC */
    CHECK_EQ(lab_read(&m.lab, LAB_SMMU + 0x60, 4) & 1, 1);   /* GERROR.CMDQ_ERR */
    machine_close(&m);
}

static uint64_t cpu(struct dbell_machine *m, enum dbell_op op, uint64_t address, uint32_t size,
                    uint32_t value)
{
    const struct dbell_bus bus = dbell_machine_bus(m);
    uint8_t bytes[8] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                        (uint8_t)(value >> 24)};
    struct dbell_transaction t = {
        .address = address, .length = size, .op = (uint8_t)op, .data = bytes};
    const enum dbell_response response = bus.access(bus.ctx, &t);
    if (response != DBELL_RESPONSE_OK)
        return UINT64_MAX;
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint64_t)bytes[3] << 24;
}

TEST(root_machine, ecam_and_memory_are_in_the_address_map_7_2_2)
{
    static struct dbell_platform p;
    const struct dbell_endpoint_config config = dbell_endpoint_default_config();
    const size_t size = dbell_endpoint_state_size(&config);
    struct dbell_endpoint_ports ports = {0};
    struct dbell_endpoint endpoint;
    struct dbell_machine *m;
    struct dbell_message message;
    void *state = aligned_alloc(16, size);
    memset(&p, 0, sizeof p);
    p.pcie =
        (struct dbell_platform_pcie){.ecam = 0x30000000, .ecam_size = 0x1000000, .memory_count = 1};
    p.pcie.memory[0].base = 0x50000000; /* is 0x10000000 on the bus */
    p.pcie.memory[0].bus = 0x10000000;
    p.pcie.memory[0].size = 0x10000000;
    REQUIRE(state && dbell_machine_create(&p, &m, &message) == DBELL_OK);
    REQUIRE(!dbell_root_add_function(dbell_machine_root(m), 0x100, &endpoint, &ports.up));
    REQUIRE(!dbell_endpoint_init(&endpoint, state, size, &config, 0x100, &ports));
    const uint64_t function = 0x30000000 + 0x100 * 0x1000;
    CHECK_EQ(cpu(m, DBELL_READ, function, 2, 0), config.vendor);
    CHECK_EQ(cpu(m, DBELL_READ, function + 2, 2, 0), config.device);
    CHECK_EQ(cpu(m, DBELL_READ, function + 0x1000, 4, 0), 0xffffffff); /* nobody */
    CHECK_EQ(cpu(m, DBELL_READ, 0x31000000, 4, 0), UINT64_MAX);        /* beyond bus 15 */
    CHECK_EQ(cpu(m, DBELL_READ, 0x52000080, 4, 0), UINT64_MAX);        /* nobody decodes */
    cpu(m, DBELL_WRITE, function + 0x10, 4, 0x12000000);
    cpu(m, DBELL_WRITE, function + 0x04, 2, 2); /* memory space */
    CHECK_EQ(cpu(m, DBELL_WRITE, 0x52000080, 4, 0x11223344), 0x11223344);
    CHECK_EQ(cpu(m, DBELL_READ, 0x52000080, 4, 0), 0x11223344);
    CHECK_EQ(cpu(m, DBELL_READ, 0x60000000, 4, 0), UINT64_MAX); /* past the window */
    p.ram[0] = (struct dbell_platform_ram){0x30ffffff, 0x1000};
    p.ram_count = 1;
    CHECK_EQ(dbell_platform_check(&p, &message), DBELL_E_OVERLAP);
    dbell_machine_destroy(m);
    free(state);
}
