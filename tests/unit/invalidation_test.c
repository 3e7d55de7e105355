/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What tags a cached translation, and what invalidation removes: commands, broadcasts, structures
 * (IHI 0070 3.11, 3.17, 3.21.3, 4.3, 4.4). */
#include <stdio.h>
#include <string.h>

#include "dbell_test.h"
#include "lab.h"
#include "replay_support.h"

#define PA UINT64_C(0x60000000)
#define VA UINT64_C(0x5000)

enum { CR0 = LAB_SMMU + 0x20, CR2 = LAB_SMMU + 0x2c, GERROR = LAB_SMMU + 0x60 };
enum { E2H = 1, RECINVSID = 2, PTM = 4 };
enum { NG = 0, GLOBAL = 1 };

/* One StreamID each, all of them entries of the same tables: an entry is present if an access
 * through its stream hits. */
struct entry {
    char name;
    unsigned strw; /* 0: NS-EL1, 2: NS-EL2 or NS-EL2-E2H, 9: stage 2 only */
    unsigned vmid, asid;
    bool aset, global;
    uint64_t va;
};

enum { EL1 = 0, EL2 = 2, S2 = 9 };

struct rig {
    struct lab lab;
    struct dbell_smmu *smmu;
    struct dbell_host_tables non_global, global, stage2;
    const struct entry *entries;
    unsigned count;
    unsigned vmw;
};

static void enable(struct rig *r, unsigned cr2)
{
    lab_write(&r->lab, CR0, 4, 0);
    lab_write(&r->lab, CR2, 4, RECINVSID | cr2);
    lab_write(&r->lab, CR0, 4, 0xd | r->vmw << 6);
}

static void put_stream(struct rig *r, unsigned sid, const struct entry *e)
{
    struct dbell_host_ste ste = lab_ste_stage2(&r->stage2);
    if (e->strw != S2) {
        struct dbell_host_cd cd = lab_cd(e->global ? &r->global : &r->non_global);
        cd.asid = e->asid;
        cd.aset = e->aset;
        ste = lab_ste_stage1(&r->lab, &cd);
        ste.strw = e->strw;
    }
    ste.s2vmid = e->vmid;
    lab_ste(&r->lab, sid, &ste);
}

static void build(struct rig *r, unsigned cr2)
{
    r->smmu = dbell_machine_smmu(r->lab.machine, 0);
    lab_smmu_on(&r->lab);
    enable(r, cr2);
    r->non_global = lab_tables(&r->lab, 12, 48);
    r->global = lab_tables(&r->lab, 12, 48);
    r->stage2 = lab_tables(&r->lab, 12, 48);
    for (unsigned i = 0; i < r->count; i++) {
        uint64_t va = r->entries[i].va;
        dbell_host_map(&r->non_global, va, PA + va, 3, LAB_S1_RW);
        dbell_host_map(&r->global, va, PA + va, 3, LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_NG);
        dbell_host_map(&r->stage2, va, PA + va, 3, LAB_S2_RW);
    }
    for (unsigned i = 0; i < r->count; i++)
        put_stream(r, i, &r->entries[i]);
}

static bool rig_open(struct rig *r, const struct dbell_smmu_config *config, unsigned cr2,
                     const struct entry *entries, unsigned count, unsigned vmw)
{
    *r = (struct rig){.entries = entries, .count = count, .vmw = vmw};
    if (!lab_open(&r->lab, config))
        return false;
    build(r, cr2);
    return true;
}

/* An access that needs no walk. */
static bool hits(struct rig *r, unsigned sid, uint64_t va)
{
    uint64_t misses = dbell_smmu_count(r->smmu, DBELL_SMMU_TLB_MISS);
    struct dbell_dma_result result = lab_dma(&r->lab, sid, DBELL_READ, va, NULL);
    CHECK_EQ(result.trail.outcome, DBELL_DONE);
    CHECK_EQ(result.trail.address, PA + va);
    return dbell_smmu_count(r->smmu, DBELL_SMMU_TLB_MISS) == misses;
}

static void warm(struct rig *r)
{
    for (unsigned i = 0; i < r->count; i++)
        hits(r, i, r->entries[i].va);
    for (unsigned i = 0; i < r->count; i++)
        CHECK(hits(r, i, r->entries[i].va));
}

/* The names of the entries that are gone; they are fetched again. */
static void check_removed(struct rig *r, const char *what, const char *expected)
{
    char removed[64] = "", got[192], want[192];
    size_t n = 0;
    for (unsigned i = 0; i < r->count; i++)
        if (!hits(r, i, r->entries[i].va))
            removed[n++] = r->entries[i].name;
    removed[n] = 0;
    snprintf(got, sizeof got, "%s removes %s", what, removed);
    snprintf(want, sizeof want, "%s removes %s", what, expected);
    CHECK_TEXT(got, want);
}

/* All at one address, but g, j, m and o. Entries of one set do not hit one another. */
static const struct entry all[] = {
    {'a', EL1, 5, 1, false, NG, VA},         {'b', EL1, 5, 2, false, NG, VA},
    {'c', EL1, 6, 1, false, NG, VA},         {'d', EL1, 5, 3, true, NG, VA},
    {'e', EL1, 7, 1, false, GLOBAL, VA},     {'f', EL1, 7, 2, true, GLOBAL, VA},
    {'g', EL1, 5, 1, false, NG, VA * 2},     {'h', S2, 8, 0, false, NG, VA},
    {'i', S2, 9, 0, false, NG, VA},          {'j', S2, 8, 0, false, NG, VA * 2},
    {'k', EL2, 0, 1, false, NG, VA},         {'l', EL2, 0, 2, false, NG, VA},
    {'m', EL2, 0, 3, true, GLOBAL, VA * 4},  {'n', EL2, 0, 4, true, NG, VA},
    {'o', EL2, 0, 1, false, GLOBAL, VA * 2},
};
enum { WITHOUT_E2H = 11, WITH_E2H = 15 }; /* NS-EL2 has one address space: k */

struct command_case {
    const char *name;
    struct dbell_host_cmd command;
    const char *removed, *removed_e2h; /* with CR2.E2H == 0 and 1; NULL: not looked at */
};

static void run_commands(const struct command_case *cases, unsigned count)
{
    for (unsigned e2h = 0; e2h < 2; e2h++) {
        struct rig r;
        REQUIRE(rig_open(&r, NULL, e2h ? E2H : 0, all, e2h ? WITH_E2H : WITHOUT_E2H, 0));
        warm(&r);
        for (unsigned i = 0; i < count; i++) {
            const char *want = e2h ? cases[i].removed_e2h : cases[i].removed;
            if (!want)
                continue;
            CHECK(lab_command(&r.lab, cases[i].command));
            CHECK(lab_command(&r.lab, dbell_host_sync()));
            check_removed(&r, cases[i].name, want);
        }
        CHECK_EQ(lab_read(&r.lab, GERROR, 4), 0);
        lab_close(&r.lab);
    }
}

TEST(commands, nh_scopes_4_4_2)
{
    const struct command_case cases[] = {
        {"NH_ALL 5", dbell_host_tlbi_nh_all(5), "abdg", "abdg"},
        {"NH_ALL 7", dbell_host_tlbi_nh_all(7), "ef", "ef"},
        {"NH_ALL 8", dbell_host_tlbi_nh_all(8), "", ""},
        {"NH_ASID 5,1", dbell_host_tlbi_nh_asid(5, 1), "ag", "ag"},
        {"NH_ASID 5,3", dbell_host_tlbi_nh_asid(5, 3), "d", "d"},
        {"NH_ASID 7,1", dbell_host_tlbi_nh_asid(7, 1), "", ""},
        {"NH_VA 5,1", dbell_host_tlbi_nh_va(5, 1, VA, false), "a", "a"},
        {"NH_VA 5,2 leaf", dbell_host_tlbi_nh_va(5, 2, VA, true), "b", "b"},
        {"NH_VA 5,3", dbell_host_tlbi_nh_va(5, 3, VA, false), "d", "d"},
        {"NH_VA 7,9", dbell_host_tlbi_nh_va(7, 9, VA, true), "ef", "ef"},
        {"NH_VA 5,1 next", dbell_host_tlbi_nh_va(5, 1, VA * 2, true), "g", "g"},
        {"NH_VA elsewhere", dbell_host_tlbi_nh_va(5, 1, VA + 0x1000, true), "", ""},
        {"NH_VAA 5", dbell_host_tlbi_nh_vaa(5, VA, true), "abd", "abd"},
        {"NH_VAA 7", dbell_host_tlbi_nh_vaa(7, VA, false), "ef", "ef"},
    };
    run_commands(cases, sizeof cases / sizeof cases[0]);
}

TEST(commands, stage2_and_all_scopes_4_4_3)
{
    const struct command_case cases[] = {
        {"S2_IPA 8", dbell_host_tlbi_s2_ipa(8, VA, false), "h", "h"},
        {"S2_IPA 8 leaf", dbell_host_tlbi_s2_ipa(8, VA * 2, true), "j", "j"},
        {"S2_IPA 5", dbell_host_tlbi_s2_ipa(5, VA, false), "", ""},
        {"S12_VMALL 5", dbell_host_tlbi_s12_vmall(5), "abdg", "abdg"},
        {"S12_VMALL 8", dbell_host_tlbi_s12_vmall(8), "hj", "hj"},
        {"NSNH_ALL", dbell_host_tlbi_nsnh_all(), "abcdefghij", "abcdefghij"},
    };
    run_commands(cases, sizeof cases / sizeof cases[0]);
}

TEST(commands, el2_scopes_by_e2h_4_4_2)
{
    const struct command_case cases[] = {
        {"EL2_ALL", dbell_host_tlbi_el2_all(), "k", "klmno"},
        {"EL2_VA 1", dbell_host_tlbi_el2_va(1, VA, false), "k", "k"},
        {"EL2_VA 9", dbell_host_tlbi_el2_va(9, VA, true), "k", ""},
        {"EL2_VA 4", dbell_host_tlbi_el2_va(4, VA, true), "k", "n"},
        {"EL2_VA 9 next", dbell_host_tlbi_el2_va(9, VA * 2, true), "", "o"},
        {"EL2_VA 9 of m", dbell_host_tlbi_el2_va(9, VA * 4, true), "", "m"},
        {"EL2_VAA", dbell_host_tlbi_el2_vaa(VA, false), "k", "kln"},
        {"EL2_VAA elsewhere", dbell_host_tlbi_el2_vaa(VA + 0x1000, false), "", ""},
        {"EL2_ASID 1", dbell_host_tlbi_el2_asid(1), "", "k"},
        {"EL2_ASID 4", dbell_host_tlbi_el2_asid(4), "", "n"},
        {"EL2_ASID 3", dbell_host_tlbi_el2_asid(3), "", ""},
    };
    run_commands(cases, sizeof cases / sizeof cases[0]);
}

TEST(commands, unimplemented_stages_and_el2_are_illegal_4_4)
{
    enum { NO_STAGE1, NO_STAGE2, NO_HYP };
    const struct {
        struct dbell_host_cmd command;
        bool legal[3];
    } cases[] = {
        {dbell_host_tlbi_nh_all(0), {false, true, true}},
        {dbell_host_tlbi_nh_asid(0, 0), {false, true, true}},
        {dbell_host_tlbi_nh_va(0, 0, 0, true), {false, true, true}},
        {dbell_host_tlbi_nh_vaa(0, 0, true), {false, true, true}},
        {dbell_host_tlbi_s12_vmall(0), {true, false, true}},
        {dbell_host_tlbi_s2_ipa(0, 0, true), {true, false, true}},
        {dbell_host_tlbi_nsnh_all(), {true, true, true}},
        {dbell_host_tlbi_el2_all(), {false, false, false}},
        {dbell_host_tlbi_el2_asid(0), {false, false, false}},
        {dbell_host_tlbi_el2_va(0, 0, true), {false, false, false}},
        {dbell_host_tlbi_el2_vaa(0, true), {false, false, false}},
        {dbell_host_cfgi_cd(0, 0, true), {false, true, true}},
        {dbell_host_cfgi_cd_all(0), {false, true, true}},
    };
    for (unsigned without = 0; without < 3; without++)
        for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            struct dbell_smmu_config config = dbell_smmu_default_config();
            struct dbell_smmu_features f = dbell_smmu_features_of(&config);
            f.stage1 = without != NO_STAGE1;
            f.stage2 = without != NO_STAGE2;
            f.hyp = false; /* EL2 is stage 1 with stage 2 (6.3.1) */
            dbell_smmu_features_set(&config, &f);
            struct lab lab;
            REQUIRE(lab_open(&lab, &config));
            lab_smmu_on(&lab);
            CHECK_EQ(lab_command(&lab, cases[i].command), cases[i].legal[without]);
            CHECK_EQ(lab_read(&lab, GERROR, 4), !cases[i].legal[without]);
            lab_close(&lab);
        }
}

TEST(commands, vmid_is_not_matched_without_stage2_4_4_2)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    f.stage2 = f.hyp = f.vmid16 = f.vmw = false;
    dbell_smmu_features_set(&config, &f);
    static const struct entry entries[] = {{'a', EL1, 0, 1, false, NG, VA},
                                           {'b', EL1, 0, 2, false, NG, VA}};
    struct rig r;
    REQUIRE(rig_open(&r, &config, 0, entries, 2, 0));
    warm(&r);
    CHECK(lab_command(&r.lab, dbell_host_tlbi_nh_asid(0, 1)));
    check_removed(&r, "NH_ASID 0,1", "a");
    CHECK(lab_command(&r.lab, dbell_host_tlbi_nh_all(0)));
    check_removed(&r, "NH_ALL 0", "ab");
    lab_close(&r.lab);
}

/* --- broadcasts --- */

struct broadcast_case {
    const char *name;
    struct dbell_tlbi tlbi;
    const char *removed, *removed_e2h;
};

static void run_broadcasts(const struct broadcast_case *cases, unsigned count)
{
    for (unsigned e2h = 0; e2h < 2; e2h++) {
        struct rig r;
        REQUIRE(rig_open(&r, NULL, e2h ? E2H : 0, all, e2h ? WITH_E2H : WITHOUT_E2H, 0));
        warm(&r);
        for (unsigned i = 0; i < count; i++) {
            const char *want = e2h ? cases[i].removed_e2h : cases[i].removed;
            if (!want)
                continue;
            dbell_smmu_tlbi(r.smmu, &cases[i].tlbi);
            check_removed(&r, cases[i].name, want);
        }
        lab_close(&r.lab);
    }
}

#define AT(address) .first = (address), .last = (address) | 0xfff

TEST(broadcast, el1_scopes_3_17)
{
    static const struct broadcast_case cases[] = {
        {"ALLE1", {.scope = DBELL_TLBI_ALL, .el = 1}, "abcdefghij", "abcdefghij"},
        {"VMALLE1 6", {.scope = DBELL_TLBI_VMALL, .el = 1, .vmid = 6}, "c", "c"},
        {"VMALLE1 8", {.scope = DBELL_TLBI_VMALL, .el = 1, .vmid = 8}, "", ""},
        {"VMALLS12E1 8", {.scope = DBELL_TLBI_VMALLS12, .el = 1, .vmid = 8}, "hj", "hj"},
        {"ASIDE1 5,1", {.scope = DBELL_TLBI_ASID, .el = 1, .vmid = 5, .asid = 1}, "ag", "ag"},
        {"ASIDE1 5,9", {.scope = DBELL_TLBI_ASID, .el = 1, .vmid = 5, .asid = 9}, "", ""},
        {"VAE1 5,1", {.scope = DBELL_TLBI_VA, .el = 1, .vmid = 5, .asid = 1, AT(VA)}, "a", "a"},
        {"VAE1 6,1", {.scope = DBELL_TLBI_VA, .el = 1, .vmid = 6, .asid = 1, AT(VA)}, "c", "c"},
        {"VAE1 next",
         {.scope = DBELL_TLBI_VA, .el = 1, .vmid = 5, .asid = 1, AT(VA * 2)},
         "g",
         "g"},
        {"VAAE1 next", {.scope = DBELL_TLBI_VAA, .el = 1, .vmid = 5, AT(VA * 2)}, "g", "g"},
        {"IPAS2E1 8", {.scope = DBELL_TLBI_IPA, .el = 1, .vmid = 8, AT(VA)}, "h", "h"},
        {"IPAS2E1 5", {.scope = DBELL_TLBI_IPA, .el = 1, .vmid = 5, AT(VA)}, "", ""},
    };
    run_broadcasts(cases, sizeof cases / sizeof cases[0]);
}

TEST(broadcast, globals_go_by_va_and_stay_by_asid_3_17_1)
{
    static const struct broadcast_case cases[] = {
        {"ASIDE1 7,1", {.scope = DBELL_TLBI_ASID, .el = 1, .vmid = 7, .asid = 1}, "", ""},
        {"VAE1 7,9", {.scope = DBELL_TLBI_VA, .el = 1, .vmid = 7, .asid = 9, AT(VA)}, "e", "e"},
        {"ASIDE1 EL2 1", {.scope = DBELL_TLBI_ASID, .el = 2, .e2h = true, .asid = 1}, "", "k"},
        {"VAE2 9", {.scope = DBELL_TLBI_VA, .el = 2, .e2h = true, .asid = 9, AT(VA * 2)}, "", "o"},
    };
    run_broadcasts(cases, sizeof cases / sizeof cases[0]);
}

TEST(broadcast, entries_of_aset_1_are_spared_by_va_and_asid_forms_only_3_17)
{
    static const struct broadcast_case cases[] = {
        {"ASIDE1 5,3", {.scope = DBELL_TLBI_ASID, .el = 1, .vmid = 5, .asid = 3}, "", ""},
        {"VAE1 5,3", {.scope = DBELL_TLBI_VA, .el = 1, .vmid = 5, .asid = 3, AT(VA)}, "", ""},
        {"VAE1 7,2", {.scope = DBELL_TLBI_VA, .el = 1, .vmid = 7, .asid = 2, AT(VA)}, "e", "e"},
        {"VAAE1 5", {.scope = DBELL_TLBI_VAA, .el = 1, .vmid = 5, AT(VA)}, "abd", "abd"},
        {"VAAE1 7", {.scope = DBELL_TLBI_VAA, .el = 1, .vmid = 7, AT(VA)}, "ef", "ef"},
        {"VMALLE1 5", {.scope = DBELL_TLBI_VMALL, .el = 1, .vmid = 5}, "abdg", "abdg"},
        {"VMALLE1 7", {.scope = DBELL_TLBI_VMALL, .el = 1, .vmid = 7}, "ef", "ef"},
        {"VMALLS12E1 5", {.scope = DBELL_TLBI_VMALLS12, .el = 1, .vmid = 5}, "abdg", "abdg"},
        {"VAE2 4", {.scope = DBELL_TLBI_VA, .el = 2, .e2h = true, .asid = 4, AT(VA)}, "", ""},
        {"ASIDE1 EL2 4", {.scope = DBELL_TLBI_ASID, .el = 2, .e2h = true, .asid = 4}, "", ""},
        {"VAAE1 EL2", {.scope = DBELL_TLBI_VAA, .el = 2, .e2h = true, AT(VA)}, "", "kln"},
        {"ALLE2", {.scope = DBELL_TLBI_ALL, .el = 2}, "k", NULL},
        {"ALLE2 E2H", {.scope = DBELL_TLBI_ALL, .el = 2, .e2h = true}, NULL, "klmno"},
    };
    run_broadcasts(cases, sizeof cases / sizeof cases[0]);
}

TEST(broadcast, el2_scopes_with_and_without_e2h_3_17_5)
{
    static const struct broadcast_case cases[] = {
        {"VAE2", {.scope = DBELL_TLBI_VA, .el = 2, AT(VA)}, "k", ""},
        {"VAE2 elsewhere", {.scope = DBELL_TLBI_VA, .el = 2, AT(VA + 0x1000)}, "", ""},
        {"VAE2 1", {.scope = DBELL_TLBI_VA, .el = 2, .e2h = true, .asid = 1, AT(VA)}, "", "k"},
        {"ASIDE1 2", {.scope = DBELL_TLBI_ASID, .el = 2, .e2h = true, .asid = 2}, "", "l"},
        {"VMALLE1 EL2", {.scope = DBELL_TLBI_VMALL, .el = 2, .e2h = true}, "", "klmno"},
        {"VAAE2 without E2H", {.scope = DBELL_TLBI_VAA, .el = 2, AT(VA)}, "", ""},
        {"VMALL EL2 without E2H", {.scope = DBELL_TLBI_VMALL, .el = 2}, "", ""},
        {"IPAS2 EL2", {.scope = DBELL_TLBI_IPA, .el = 2, .e2h = true, AT(VA)}, "", ""},
        {"VMALLS12 EL2", {.scope = DBELL_TLBI_VMALLS12, .el = 2, .e2h = true}, "", ""},
        {"ALLE3", {.scope = DBELL_TLBI_ALL, .el = 3}, "", ""},
        {"VAE3", {.scope = DBELL_TLBI_VA, .el = 3, AT(VA)}, "", ""},
    };
    run_broadcasts(cases, sizeof cases / sizeof cases[0]);
}

static const struct broadcast_case every[] = {
    {"ALLE1", {.scope = DBELL_TLBI_ALL, .el = 1}, "", ""},
    {"ALLE2", {.scope = DBELL_TLBI_ALL, .el = 2}, "", ""},
    {"VMALLE1", {.scope = DBELL_TLBI_VMALL, .el = 1, .vmid = 5}, "", ""},
    {"VMALLS12E1", {.scope = DBELL_TLBI_VMALLS12, .el = 1, .vmid = 8}, "", ""},
    {"ASIDE1", {.scope = DBELL_TLBI_ASID, .el = 1, .vmid = 5, .asid = 1}, "", ""},
    {"VAE1", {.scope = DBELL_TLBI_VA, .el = 1, .vmid = 5, .asid = 1, AT(VA)}, "", ""},
    {"VAE2", {.scope = DBELL_TLBI_VA, .el = 2, AT(VA)}, "", ""},
    {"VAAE1", {.scope = DBELL_TLBI_VAA, .el = 1, .vmid = 5, AT(VA)}, "", ""},
    {"IPAS2E1", {.scope = DBELL_TLBI_IPA, .el = 1, .vmid = 8, AT(VA)}, "", ""},
};

TEST(broadcast, none_with_ptm_1_or_btm_0_3_17)
{
    for (unsigned ptm = 0; ptm < 2; ptm++) {
        struct dbell_smmu_config config = dbell_smmu_default_config();
        struct dbell_smmu_features f = dbell_smmu_features_of(&config);
        f.btm = ptm;
        dbell_smmu_features_set(&config, &f);
        struct rig r;
        REQUIRE(rig_open(&r, &config, ptm ? PTM : 0, all, WITHOUT_E2H, 0));
        warm(&r);
        for (unsigned i = 0; i < sizeof every / sizeof every[0]; i++)
            dbell_smmu_tlbi(r.smmu, &every[i].tlbi);
        check_removed(&r, ptm ? "PTM 1" : "BTM 0", "");
        CHECK(lab_command(&r.lab, dbell_host_tlbi_nh_all(5))); /* commands do */
        check_removed(&r, "NH_ALL", "abdg");
        lab_close(&r.lab);
    }
}

TEST(broadcast, el2_operations_are_ignored_without_hyp_3_17)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    f.hyp = false;
    dbell_smmu_features_set(&config, &f);
    struct rig r;
    REQUIRE(rig_open(&r, &config, 0, all, 10, 0)); /* a to j */
    warm(&r);
    dbell_smmu_tlbi(r.smmu, &(struct dbell_tlbi){.scope = DBELL_TLBI_ALL, .el = 2});
    dbell_smmu_tlbi(r.smmu, &(struct dbell_tlbi){.scope = DBELL_TLBI_VA, .el = 2, AT(VA)});
    check_removed(&r, "EL2 operations", "");
    lab_close(&r.lab);
}

/* Stage 1 only: entries have VMID 0, whatever the STE's S2VMID. */
TEST(broadcast, vmid_0_matches_without_stage2_3_17)
{
    static const struct entry entries[] = {{'a', EL1, 0, 1, false, NG, VA},
                                           {'b', EL1, 0, 2, false, NG, VA}};
    static const struct broadcast_case cases[] = {
        {"VMALLE1 5", {.scope = DBELL_TLBI_VMALL, .el = 1, .vmid = 5}, "", NULL},
        {"VMALLE1 0", {.scope = DBELL_TLBI_VMALL, .el = 1}, "ab", NULL},
        {"VAE1 0", {.scope = DBELL_TLBI_VA, .el = 1, .asid = 1, AT(VA)}, "a", NULL},
        {"ASIDE1 0", {.scope = DBELL_TLBI_ASID, .el = 1, .asid = 2}, "b", NULL},
        {"VMALLS12E1 0", {.scope = DBELL_TLBI_VMALLS12, .el = 1}, "ab", NULL},
        {"IPAS2E1 0", {.scope = DBELL_TLBI_IPA, .el = 1, AT(VA)}, "", NULL},
        {"ALLE1", {.scope = DBELL_TLBI_ALL, .el = 1}, "ab", NULL},
    };
    struct dbell_smmu_config config = dbell_smmu_default_config();
    struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    f.stage2 = f.hyp = f.vmid16 = f.vmw = false;
    dbell_smmu_features_set(&config, &f);
    struct rig r;
    REQUIRE(rig_open(&r, &config, 0, entries, 2, 0));
    warm(&r);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dbell_smmu_tlbi(r.smmu, &cases[i].tlbi);
        check_removed(&r, cases[i].name, cases[i].removed);
    }
    lab_close(&r.lab);
}

TEST(broadcast, only_the_implemented_stage_without_stage1_3_17)
{
    static const struct entry entries[] = {{'h', S2, 8, 0, false, NG, VA},
                                           {'i', S2, 9, 0, false, NG, VA}};
    struct dbell_smmu_config config = dbell_smmu_default_config();
    struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    f.stage1 = f.hyp = false;
    dbell_smmu_features_set(&config, &f);
    struct rig r;
    REQUIRE(rig_open(&r, &config, 0, entries, 2, 0));
    warm(&r);
    dbell_smmu_tlbi(r.smmu, &(struct dbell_tlbi){.scope = DBELL_TLBI_VMALL, .el = 1, .vmid = 8});
    dbell_smmu_tlbi(r.smmu,
                    &(struct dbell_tlbi){.scope = DBELL_TLBI_VAA, .el = 1, .vmid = 8, AT(VA)});
    check_removed(&r, "stage 1", "");
    dbell_smmu_tlbi(r.smmu, &(struct dbell_tlbi){.scope = DBELL_TLBI_VMALLS12, .el = 1, .vmid = 8});
    check_removed(&r, "VMALLS12E1", "h");
    lab_close(&r.lab);
}

TEST(broadcast, values_of_8_bits_match_with_zeros_above_3_17_4)
{
    static const struct entry entries[] = {{'a', EL1, 5, 1, false, NG, VA},
                                           {'b', EL1, 6, 1, false, NG, VA},
                                           {'h', S2, 8, 0, false, NG, VA}};
    static const struct broadcast_case cases[] = {
        {"ASIDE1", {.scope = DBELL_TLBI_ASID, .el = 1, .vmid = 5, .asid = 1}, "a", NULL},
        {"ASIDE1 0x101", {.scope = DBELL_TLBI_ASID, .el = 1, .vmid = 5, .asid = 0x101}, "", NULL},
        {"VAE1", {.scope = DBELL_TLBI_VA, .el = 1, .vmid = 5, .asid = 1, AT(VA)}, "a", NULL},
        {"VAE1 0x105",
         {.scope = DBELL_TLBI_VA, .el = 1, .vmid = 0x105, .asid = 1, AT(VA)},
         "",
         NULL},
        {"VMALLE1", {.scope = DBELL_TLBI_VMALL, .el = 1, .vmid = 6}, "b", NULL},
        {"VMALLE1 0x106", {.scope = DBELL_TLBI_VMALL, .el = 1, .vmid = 0x106}, "", NULL},
        {"IPAS2E1", {.scope = DBELL_TLBI_IPA, .el = 1, .vmid = 8, AT(VA)}, "h", NULL},
    };
    struct dbell_smmu_config config = dbell_smmu_default_config();
    struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    f.asid16 = f.vmid16 = false;
    dbell_smmu_features_set(&config, &f);
    struct rig r;
    REQUIRE(rig_open(&r, &config, 0, entries, 3, 0));
    warm(&r);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dbell_smmu_tlbi(r.smmu, &cases[i].tlbi);
        check_removed(&r, cases[i].name, cases[i].removed);
    }
    lab_close(&r.lab);
}

TEST(broadcast, all_16_bits_are_compared_3_17_4)
{
    static const struct entry entries[] = {{'a', EL1, 0x105, 0x101, false, NG, VA},
                                           {'b', EL1, 0x105, 0x001, false, NG, VA},
                                           {'c', EL1, 0x005, 0x101, false, NG, VA}};
    struct rig r;
    REQUIRE(rig_open(&r, NULL, 0, entries, 3, 0));
    warm(&r);
    dbell_smmu_tlbi(r.smmu, &(struct dbell_tlbi){
                                .scope = DBELL_TLBI_ASID, .el = 1, .vmid = 0x105, .asid = 0x101});
    check_removed(&r, "ASIDE1", "a");
    dbell_smmu_tlbi(r.smmu, &(struct dbell_tlbi){.scope = DBELL_TLBI_VMALL, .el = 1, .vmid = 5});
    check_removed(&r, "VMALLE1", "c");
    lab_close(&r.lab);
}

/* --- the `tlbi` line of traces: names of A64 instructions --- */

static bool replay_lines(struct test_replay *t, const char *text)
{
    static uint64_t line;
    while (*text) {
        size_t size = strcspn(text, "\n");
        if (dbell_replay_line(t->replay, ++line, text, size, &t->message)) {
            dbell_test_fail(__FILE__, __LINE__, t->message.text);
            return false;
        }
        text += size + (text[size] == '\n');
    }
    return true;
}

/* A rig on the machine of a replay. */
static bool replay_rig(struct test_replay *t, struct rig *r, bool e2h)
{
    if (!test_replay_open(t, NULL) ||
        !replay_lines(t, "trace version=1\nram at=0x40000000 len=0x40000000\n"
                         "smmu name=smmu0 at=0x9050000\nst at=0x40000000 size=8 val=0\n") ||
        !t->machine)
        return false;
    *r = (struct rig){.entries = all, .count = e2h ? WITH_E2H : WITHOUT_E2H};
    r->lab = (struct lab){.machine = t->machine,
                          .system = dbell_machine_system(t->machine),
                          .bus = dbell_machine_bus(t->machine),
                          .next = LAB_RAM};
    build(r, e2h ? E2H : 0);
    warm(r);
    return true;
}

static void run_lines(bool e2h, const char *const (*cases)[3], unsigned count)
{
    /* nXS: its XS attribute is 0 for all entries, so it removes the same (3.17.8). */
    static const char *const ends[] = {"is", "os", "isnxs", "osnxs"};
    struct test_replay t;
    struct rig r;
    REQUIRE(replay_rig(&t, &r, e2h));
    for (unsigned i = 0; i < count; i++)
        for (unsigned end = 0; end < 4; end++) {
            char line[128];
            snprintf(line, sizeof line, "tlbi op=%s%s %s\n", cases[i][0], ends[end], cases[i][1]);
            REQUIRE(replay_lines(&t, line));
            check_removed(&r, line, cases[i][2]);
        }
    test_replay_close(&t);
}

TEST(trace_tlbi, instructions_of_el1_3_17)
{
    static const char *const cases[][3] = {
        {"alle1", "", "abcdefghij"},
        {"vmalle1", "vmid=5", "abdg"},
        {"vmalls12e1", "vmid=8", "hj"},
        {"aside1", "vmid=5 asid=1", "ag"},
        {"aside1", "vmid=5 asid=3", ""},
        {"vae1", "vmid=5 asid=1 addr=0x5000", "a"},
        {"vale1", "vmid=5 asid=2 addr=0x5fff", "b"},
        {"vae1", "vmid=5 asid=3 addr=0x5000", ""},
        {"vaae1", "vmid=5 addr=0x5000", "abd"},
        {"vaale1", "vmid=7 addr=0x5000", "ef"},
        {"ipas2e1", "vmid=8 addr=0x5000", "h"},
        {"ipas2le1", "vmid=8 addr=0xa000", "j"},
        {"alle2", "", "k"},
        {"vae2", "addr=0x5000", "k"},
        {"vale2", "addr=0x5000", "k"},
        {"vae2", "addr=0x6000", ""},
        {"alle3", "", ""},
        {"vae3", "addr=0x5000", ""},
        {"vale3", "addr=0x5000", ""},
    };
    run_lines(false, cases, sizeof cases / sizeof cases[0]);
}

/* HCR_EL2.{E2H, TGE} = {1, 1}: the EL1 instructions are of EL2&0 (4.4.2.7 to 4.4.2.10). */
TEST(trace_tlbi, instructions_of_el2_e2h_3_17_5)
{
    static const char *const cases[][3] = {
        {"vmalle1", "el=2", "klmno"},
        {"aside1", "el=2 asid=1", "k"},
        {"vae1", "el=2 asid=1 addr=0x5000", "k"},
        {"vale1", "el=2 asid=9 addr=0xa000", "o"},
        {"vale1", "el=2 asid=3 addr=0x14000", ""}, /* ASET == 1 */
        {"vaale1", "el=2 addr=0x14000", "m"},
        {"vaae1", "el=2 addr=0x5000", "kln"},
        {"vaale1", "el=2 addr=0xa000", "o"},
        {"vae2", "asid=2 addr=0x5000", "l"},
        {"vale2", "asid=4 addr=0x5000", ""},
        {"alle2", "", "klmno"},
    };
    run_lines(true, cases, sizeof cases / sizeof cases[0]);
}

/* (num + 1) << (5 * scale + 1) granules (Arm ARM D8.14). */
TEST(trace_tlbi, range_forms_D8_14)
{
    static const char *const el1[][3] = {
        {"rvae1", "vmid=5 asid=1 addr=0x5000 tg=1 num=0 scale=0", "a"},
        {"rvale1", "vmid=5 asid=1 addr=0x5000 tg=1 num=2 scale=0", "ag"}, /* 6 pages */
        {"rvae1", "vmid=5 asid=1 addr=0x5000 tg=1 num=1 scale=0", "a"},   /* 4 pages */
        {"rvae1", "vmid=5 asid=1 addr=0x5000 tg=1 num=2 scale=0 ttl=2", ""},
        {"rvae1", "vmid=5 asid=1 addr=0x0 tg=3 num=0 scale=0", ""},
        {"rvaae1", "vmid=5 addr=0 tg=1 num=2 scale=0 ttl=3", "abd"}, /* up to 0x5fff */
        {"rvaale1", "vmid=5 addr=0 tg=1 num=0 scale=1", "abdg"},     /* 64 pages */
        {"ripas2e1", "vmid=8 addr=0x4000 tg=1 num=0 scale=0", "h"},
        {"ripas2le1", "vmid=8 addr=0x4000 tg=1 num=3 scale=0", "hj"},
        {"rvae2", "addr=0x4000 tg=1 num=0 scale=0", "k"},
        {"rvale2", "addr=0x6000 tg=1 num=0 scale=0", ""},
        {"rvae3", "addr=0x4000 tg=1 num=0 scale=0", ""},
    };
    run_lines(false, el1, sizeof el1 / sizeof el1[0]);
}

TEST(trace_tlbi, what_is_no_broadcast_instruction_is_an_error_3_17)
{
    static const char *const lines[] = {
        "tlbi op=vae1 vmid=0 asid=1 addr=0",
        "tlbi op=vae1nxs vmid=0 asid=1 addr=0",
        "tlbi op=vae4is vmid=0 asid=1 addr=0",
        "tlbi op=ralle1is",
        "tlbi op=raside1is vmid=0 asid=1",
        "tlbi op=vae1is vmid=0 asid=1",
        "tlbi op=aside1is vmid=0",
        "tlbi op=rvae1is vmid=0 asid=1 addr=0",
        "tlbi op=is",
        "tlbi op=nxs",
        "tlbi op=vaae2is addr=0",
        "tlbi op=aside2is asid=1",
    };
    for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct dbell_record record;
        struct dbell_message message = {""};
        if (dbell_trace_parse(lines[i], strlen(lines[i]), &record, &message) != DBELL_E_FORMAT)
            dbell_test_fail(__FILE__, __LINE__, lines[i]);
    }
}

/* --- VMID wildcards --- */

static const struct entry group1[] = {
    {'0', EL1, 0x60, 1, false, NG, VA}, {'1', EL1, 0x61, 1, false, NG, VA},
    {'2', EL1, 0x62, 1, false, NG, VA}, {'4', EL1, 0x64, 1, false, NG, VA},
    {'8', EL1, 0x68, 1, false, NG, VA}, {'x', EL1, 0x70, 1, false, NG, VA}};
static const struct entry group2[] = {
    {'0', S2, 0x60, 0, false, NG, VA}, {'1', S2, 0x61, 0, false, NG, VA},
    {'2', S2, 0x62, 0, false, NG, VA}, {'4', S2, 0x64, 0, false, NG, VA},
    {'8', S2, 0x68, 0, false, NG, VA}, {'x', S2, 0x70, 0, false, NG, VA}};
static const char *const wildcards[8] = {"0", "01", "012", "0124", "01248", "0", "0", "0"};

TEST(wildcard, commands_ignore_vmid_bits_by_vmw_3_17_6)
{
    for (unsigned vmw = 0; vmw < 8; vmw++) {
        const struct dbell_host_cmd first[] = {
            dbell_host_tlbi_nh_all(0x60), dbell_host_tlbi_nh_asid(0x60, 1),
            dbell_host_tlbi_nh_va(0x60, 1, VA, true), dbell_host_tlbi_nh_vaa(0x60, VA, true)};
        const struct dbell_host_cmd second[] = {dbell_host_tlbi_s2_ipa(0x60, VA, true),
                                                dbell_host_tlbi_s12_vmall(0x60)};
        struct rig r;
        char what[32];
        REQUIRE(rig_open(&r, NULL, 0, group1, 6, vmw));
        warm(&r);
        for (unsigned i = 0; i < 4; i++) {
            snprintf(what, sizeof what, "VMW %u, command %u", vmw, i);
            CHECK(lab_command(&r.lab, first[i]));
            check_removed(&r, what, wildcards[vmw]);
        }
        if (vmw <= 4) { /* any VMID of the group */
            CHECK(lab_command(&r.lab, dbell_host_tlbi_nh_all(0x5f + (1u << vmw))));
            check_removed(&r, "last of the group", vmw == 2 ? "012" : wildcards[vmw]);
        }
        lab_close(&r.lab);
        REQUIRE(rig_open(&r, NULL, 0, group2, 6, vmw));
        warm(&r);
        for (unsigned i = 0; i < 2; i++) {
            snprintf(what, sizeof what, "VMW %u, stage 2 command %u", vmw, i);
            CHECK(lab_command(&r.lab, second[i]));
            check_removed(&r, what, wildcards[vmw]);
        }
        lab_close(&r.lab);
    }
}

TEST(wildcard, broadcasts_ignore_vmid_bits_by_vmw_3_17_6)
{
    static const struct dbell_tlbi first[] = {
        {.scope = DBELL_TLBI_VMALL, .el = 1, .vmid = 0x60},
        {.scope = DBELL_TLBI_ASID, .el = 1, .vmid = 0x60, .asid = 1},
        {.scope = DBELL_TLBI_VA, .el = 1, .vmid = 0x60, .asid = 1, AT(VA)},
        {.scope = DBELL_TLBI_VAA, .el = 1, .vmid = 0x60, AT(VA)}};
    static const struct dbell_tlbi second[] = {
        {.scope = DBELL_TLBI_IPA, .el = 1, .vmid = 0x60, AT(VA)},
        {.scope = DBELL_TLBI_VMALLS12, .el = 1, .vmid = 0x60}};
    for (unsigned vmw = 0; vmw < 8; vmw++) {
        struct rig r;
        char what[32];
        REQUIRE(rig_open(&r, NULL, 0, group1, 6, vmw));
        warm(&r);
        for (unsigned i = 0; i < 4; i++) {
            snprintf(what, sizeof what, "VMW %u, broadcast %u", vmw, i);
            dbell_smmu_tlbi(r.smmu, &first[i]);
            check_removed(&r, what, wildcards[vmw]);
        }
        lab_close(&r.lab);
        REQUIRE(rig_open(&r, NULL, 0, group2, 6, vmw));
        warm(&r);
        for (unsigned i = 0; i < 2; i++) {
            snprintf(what, sizeof what, "VMW %u, stage 2 broadcast %u", vmw, i);
            dbell_smmu_tlbi(r.smmu, &second[i]);
            check_removed(&r, what, wildcards[vmw]);
        }
        lab_close(&r.lab);
    }
}

TEST(wildcard, none_without_idr0_vmw_6_3_9)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    f.vmw = false;
    dbell_smmu_features_set(&config, &f);
    struct rig r;
    REQUIRE(rig_open(&r, &config, 0, group1, 6, 4));
    CHECK_EQ(lab_read(&r.lab, CR0, 4), 0xd); /* RES0 */
    warm(&r);
    CHECK(lab_command(&r.lab, dbell_host_tlbi_nh_all(0x60)));
    check_removed(&r, "NH_ALL", "0");
    lab_close(&r.lab);
}

/* VMIDs of one group, each with its own tables, ASID and address alike. */
TEST(wildcard, lookups_compare_all_vmid_bits_3_17_6)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL, 0, NULL, 0, 4));
    for (unsigned i = 0; i < 4; i++) {
        struct dbell_host_tables tables = lab_tables(&r.lab, 12, 39);
        dbell_host_map(&tables, VA, PA + 0x1000 * i, 3, i < 2 ? LAB_S1_RW : LAB_S2_RW);
        struct dbell_host_cd cd = lab_cd(&tables);
        struct dbell_host_ste ste = i < 2 ? lab_ste_stage1(&r.lab, &cd) : lab_ste_stage2(&tables);
        ste.s2vmid = 0x40 + i % 2 + 8 * (i / 2);
        lab_ste(&r.lab, i, &ste);
    }
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < 4; i++)
            CHECK_EQ(lab_dma(&r.lab, i, DBELL_READ, VA, NULL).trail.address, PA + 0x1000 * i);
    lab_close(&r.lab);
}

/* --- global entries and lookups --- */

TEST(lookup, globals_match_only_the_same_aset_and_streamworld_3_17_1)
{
    /* Alike but for the tag, each with its own tables: whose answer is it? */
    static const struct {
        unsigned strw, vmid, asid;
        bool aset, global;
        unsigned answer; /* after those before it have been cached */
    } cases[] = {
        {EL1, 5, 1, false, GLOBAL, 0}, {EL1, 5, 2, false, NG, 0}, /* any ASID */
        {EL1, 5, 1, true, NG, 2},                                 /* another ASET */
        {EL1, 6, 1, false, NG, 3},                                /* another VMID */
        {EL2, 5, 1, false, NG, 4},                                /* another StreamWorld */
        {EL2, 5, 7, false, NG, 5},     {EL1, 9, 1, true, GLOBAL, 6}, {EL1, 9, 2, true, NG, 6},
        {EL1, 9, 3, false, NG, 8},     {EL2, 0, 9, true, GLOBAL, 9}, {EL2, 0, 8, true, NG, 9},
        {EL1, 0, 8, true, NG, 11},
    };
    enum { COUNT = sizeof cases / sizeof cases[0] };
    struct rig r;
    REQUIRE(rig_open(&r, NULL, E2H, NULL, 0, 0));
    for (unsigned i = 0; i < COUNT; i++) {
        struct dbell_host_tables tables = lab_tables(&r.lab, 12, 39);
        dbell_host_map(&tables, VA, PA + 0x1000 * i, 3,
                       cases[i].global ? LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_NG : LAB_S1_RW);
        struct dbell_host_cd cd = lab_cd(&tables);
        cd.asid = cases[i].asid;
        cd.aset = cases[i].aset;
        struct dbell_host_ste ste = lab_ste_stage1(&r.lab, &cd);
        ste.strw = cases[i].strw;
        ste.s2vmid = cases[i].vmid;
        lab_ste(&r.lab, i, &ste);
    }
    for (unsigned i = 0; i < COUNT; i++)
        CHECK_EQ(lab_dma(&r.lab, i, DBELL_READ, VA, NULL).trail.address,
                 PA + 0x1000 * cases[i].answer);
    lab_close(&r.lab);
}

/* For entries that are not global ASET makes no difference (3.17). */
TEST(lookup, asids_are_one_namespace_for_both_asets_3_17)
{
    static const struct entry entries[] = {{'a', EL1, 5, 1, false, NG, VA},
                                           {'b', EL1, 5, 1, true, NG, VA}};
    struct rig r;
    REQUIRE(rig_open(&r, NULL, 0, entries, 2, 0));
    CHECK(!hits(&r, 0, VA));
    CHECK(hits(&r, 1, VA));
    lab_close(&r.lab);
}

/* NS-EL2 has no ASIDs: one address space for all CDs; nG has no effect. */
TEST(lookup, el2_ignores_asid_and_ng_3_17_1)
{
    static const struct entry entries[] = {{'a', EL2, 5, 1, false, NG, VA},
                                           {'b', EL2, 6, 2, false, NG, VA}};
    struct rig r;
    REQUIRE(rig_open(&r, NULL, 0, entries, 2, 0));
    CHECK(!hits(&r, 0, VA));
    CHECK(hits(&r, 1, VA));
    lab_close(&r.lab);
}

/* --- ranges --- */

static struct dbell_host_cmd range_at(unsigned which, uint64_t address, unsigned num,
                                      unsigned scale, unsigned tg, unsigned ttl)
{
    const struct dbell_host_cmd commands[] = {
        dbell_host_tlbi_nh_va(5, 1, address, true), dbell_host_tlbi_nh_va(5, 1, address, false),
        dbell_host_tlbi_nh_vaa(5, address, true),   dbell_host_tlbi_el2_va(1, address, true),
        dbell_host_tlbi_el2_vaa(address, true),     dbell_host_tlbi_s2_ipa(5, address, true),
    };
    return dbell_host_range(commands[which], num, scale, tg, ttl);
}
static const unsigned range_worlds[] = {EL1, EL1, EL1, EL2, EL2, S2};

/* (NUM + 1) << SCALE granules from Address on, not one more. */
TEST(range, ends_exactly_4_4_1_1)
{
    static const struct {
        unsigned num, scale;
    } sizes[] = {{0, 1}, {1, 0}, {2, 0}, {30, 0}, {2, 3}, {0, 10}, {6, 8}};
    static const unsigned granules[] = {12, 14, 16};
    for (unsigned which = 0; which < sizeof range_worlds / sizeof range_worlds[0]; which++)
        for (unsigned tg = 1; tg <= 3; tg++)
            for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
                unsigned shift = granules[tg - 1];
                uint64_t pages = (uint64_t)(sizes[i].num + 1) << sizes[i].scale;
                const uint64_t base = UINT64_C(0x40000000);
                const uint64_t at[] = {base - 1, base, base + ((pages - 1) << shift),
                                       base + (pages << shift)};
                struct rig r;
                REQUIRE(rig_open(&r, NULL, 0, NULL, 0, 0));
                struct dbell_host_tables tables = lab_tables(&r.lab, shift, 39);
                unsigned world = range_worlds[which];
                for (unsigned k = 0; k < 4; k++) {
                    uint64_t page = at[k] >> shift << shift;
                    dbell_host_map(&tables, page, PA + page, 3,
                                   world == S2 ? LAB_S2_RW : LAB_S1_RW);
                }
                struct dbell_host_cd cd = lab_cd(&tables);
                struct dbell_host_ste ste =
                    world == S2 ? lab_ste_stage2(&tables) : lab_ste_stage1(&r.lab, &cd);
                ste.strw = world == EL2 ? 2 : 0;
                ste.s2vmid = 5;
                lab_ste(&r.lab, 0, &ste);
                for (unsigned k = 0; k < 4; k++)
                    hits(&r, 0, at[k] & ~UINT64_C(3));
                CHECK(lab_command(&r.lab, range_at(which, base, sizes[i].num, sizes[i].scale, tg,
                                                   i % 2 ? 3 : 0)));
                for (unsigned k = 0; k < 4; k++)
                    CHECK_EQ(hits(&r, 0, at[k] & ~UINT64_C(3)), k == 0 || k == 3);
                lab_close(&r.lab);
            }
}

/* A 2 MB block at 0x40000000, a page at 0x40200000: level 2 and level 3. */
static void check_level(struct dbell_host_cmd command, bool block_goes, bool page_goes)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL, 0, NULL, 0, 0));
    dbell_host_map(&r.non_global, 0x40000000, PA + 0x40000000, 2, LAB_S1_RW);
    dbell_host_map(&r.non_global, 0x40200000, PA + 0x40200000, 3, LAB_S1_RW);
    put_stream(&r, 0, &(struct entry){.strw = EL1, .vmid = 5, .asid = 1});
    hits(&r, 0, 0x40000000);
    hits(&r, 0, 0x40200000);
    CHECK(lab_command(&r.lab, command));
    CHECK_EQ(hits(&r, 0, 0x40000000), !block_goes);
    CHECK_EQ(hits(&r, 0, 0x40200000), !page_goes);
    lab_close(&r.lab);
}

TEST(range, ttl_and_tg_limit_it_to_entries_of_that_level_and_granule_4_4_1_1)
{
    const uint64_t a = UINT64_C(0x40000000);
    /* 32 << 5 pages: 4 MB */
    check_level(dbell_host_range(dbell_host_tlbi_nh_va(5, 1, a, true), 31, 5, 1, 0), true, true);
    check_level(dbell_host_range(dbell_host_tlbi_nh_va(5, 1, a, true), 31, 5, 1, 2), true, false);
    check_level(dbell_host_range(dbell_host_tlbi_nh_va(5, 1, a, true), 31, 5, 1, 3), false, true);
    check_level(dbell_host_range(dbell_host_tlbi_nh_va(5, 1, a, true), 31, 5, 1, 1), false, false);
    check_level(dbell_host_range(dbell_host_tlbi_nh_va(5, 1, a, true), 31, 5, 2, 0), false, false);
    check_level(dbell_host_range(dbell_host_tlbi_nh_va(5, 1, a, true), 31, 5, 3, 2), false, false);
    /* One granule of it, with a hint. */
    check_level(dbell_host_range(dbell_host_tlbi_nh_va(5, 1, a, true), 0, 0, 1, 2), true, false);
}

/* 4.4: low bits of the address are ignored as the size of the entry needs. */
TEST(range, an_address_within_a_block_removes_it_4_4)
{
    const uint64_t inside = UINT64_C(0x401ff000);
    check_level(dbell_host_tlbi_nh_va(5, 1, inside, true), true, false);
    check_level(dbell_host_tlbi_nh_vaa(5, inside, false), true, false);
    check_level(dbell_host_range(dbell_host_tlbi_nh_va(5, 1, inside, true), 1, 0, 1, 0), true,
                true);
    check_level(dbell_host_tlbi_nh_va(5, 1, inside + 0x1000, true), false, true);
}

TEST(range, a_granule_without_range_and_level_is_reserved_4_4_1_1)
{
    for (unsigned which = 0; which < 6; which++)
        for (unsigned tg = 1; tg <= 3; tg++)
            for (unsigned ttl = 0; ttl < 4; ttl++) {
                struct lab lab;
                REQUIRE(lab_open(&lab, NULL));
                lab_smmu_on(&lab);
                /* 16 KB has no level 1 without DS: as no hint. */
                bool legal = ttl > 1 || (ttl == 1 && tg != 2);
                CHECK_EQ(lab_command(&lab, range_at(which, 0, 0, 0, tg, ttl)), legal);
                CHECK_EQ(lab_read(&lab, GERROR, 4), !legal);
                lab_close(&lab);
            }
}

/* 16 KB granule, TTL 1: hardware treats it as no hint. */
TEST(range, a_reserved_level_of_16k_is_no_hint_4_4_1_1)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL, 0, NULL, 0, 0));
    struct dbell_host_tables tables = lab_tables(&r.lab, 14, 39);
    dbell_host_map(&tables, 0x4000, PA + 0x4000, 3, LAB_S1_RW);
    struct dbell_host_cd cd = lab_cd(&tables);
    struct dbell_host_ste ste = lab_ste_stage1(&r.lab, &cd);
    ste.s2vmid = 5;
    lab_ste(&r.lab, 0, &ste);
    hits(&r, 0, 0x4000);
    CHECK(lab_command(&r.lab, dbell_host_range(dbell_host_tlbi_nh_va(5, 1, 0, true), 1, 0, 2, 1)));
    CHECK(!hits(&r, 0, 0x4000));
    lab_close(&r.lab);
}

/* Combined entries may stay; with NH_ALL or NH_VAA after it they must not. */
TEST(range, ipa_and_then_va_removes_combined_entries_4_4_3_1)
{
    for (unsigned all_of_vmid = 0; all_of_vmid < 2; all_of_vmid++) {
        struct rig r;
        REQUIRE(rig_open(&r, NULL, 0, NULL, 0, 0));
        for (uint64_t page = LAB_RAM; page < LAB_RAM + 0x400000; page += 0x1000)
            dbell_host_map(&r.stage2, page, page, 3, LAB_S2_RW);
        dbell_host_map(&r.stage2, 0x7000, PA, 3, LAB_S2_RW);
        dbell_host_map(&r.non_global, VA, 0x7000, 3, LAB_S1_RW);
        struct dbell_host_cd cd = lab_cd(&r.non_global);
        struct dbell_host_ste stage1 = lab_ste_stage1(&r.lab, &cd);
        struct dbell_host_ste nested = lab_ste_stage2(&r.stage2);
        nested.config = 7;
        nested.s1contextptr = stage1.s1contextptr;
        nested.s2vmid = 5;
        lab_ste(&r.lab, 0, &nested);
        CHECK_EQ(lab_dma(&r.lab, 0, DBELL_READ, VA, NULL).trail.address, PA);
        dbell_host_map(&r.stage2, 0x7000, PA + 0x1000, 3, LAB_S2_RW);
        CHECK_EQ(lab_dma(&r.lab, 0, DBELL_READ, VA, NULL).trail.address, PA); /* stale */
        CHECK(lab_command(&r.lab, dbell_host_tlbi_s2_ipa(5, 0x7000, true)));
        CHECK(lab_command(&r.lab, all_of_vmid ? dbell_host_tlbi_nh_all(5)
                                              : dbell_host_tlbi_nh_vaa(5, VA, true)));
        CHECK_EQ(lab_dma(&r.lab, 0, DBELL_READ, VA, NULL).trail.address, PA + 0x1000);
        lab_close(&r.lab);
    }
}

/* --- structures --- */

static const struct dbell_host_ste bypass_ste = {.v = true, .config = 4, .shcfg = 1};
static const struct dbell_host_ste abort_ste = {.v = true, .config = 0, .shcfg = 1};

static bool passes(struct lab *lab, unsigned sid)
{
    return lab_dma(lab, sid, DBELL_READ, PA, NULL).trail.outcome == DBELL_DONE;
}

/* STEs 0 to 255 pass and are cached; then all of them abort, in memory. */
static void stes_change(struct lab *lab)
{
    lab_smmu_on(lab);
    for (unsigned sid = 0; sid < 256; sid++)
        lab_ste(lab, sid, &bypass_ste);
    for (unsigned sid = 0; sid < 256; sid++)
        passes(lab, sid);
    for (unsigned sid = 0; sid < 256; sid++)
        lab_ste(lab, sid, &abort_ste);
}

static void check_stale_but(struct lab *lab, unsigned first, unsigned last)
{
    for (unsigned sid = 0; sid < 256; sid++) {
        bool fresh = sid >= first && sid <= last;
        if (passes(lab, sid) != !fresh) {
            char text[64];
            snprintf(text, sizeof text, "StreamID %u, %u to %u are fresh", sid, first, last);
            dbell_test_fail(__FILE__, __LINE__, text);
        }
    }
}

TEST(cfgi, ste_makes_one_stream_fresh_4_3_1)
{
    for (unsigned leaf = 0; leaf < 2; leaf++) {
        struct lab lab;
        REQUIRE(lab_open(&lab, NULL));
        stes_change(&lab);
        CHECK(lab_command(&lab, dbell_host_sync())); /* alone it does nothing */
        CHECK(lab_command(&lab, dbell_host_tlbi_nsnh_all()));
        check_stale_but(&lab, 256, 256);
        CHECK(lab_command(&lab, dbell_host_cfgi_ste(77, leaf)));
        check_stale_but(&lab, 77, 77);
        lab_close(&lab);
    }
}

/* 2^(Range + 1) StreamIDs, aligned; the low bits of StreamID are ignored. */
TEST(cfgi, ste_range_is_aligned_to_its_size_4_3_2)
{
    static const struct {
        unsigned sid, range, first, last;
    } cases[] = {{5, 0, 4, 5},
                 {4, 0, 4, 5},
                 {9, 2, 8, 15},
                 {0x43, 5, 64, 127},
                 {0xff, 3, 0xf0, 0xff},
                 {200, 6, 128, 255},
                 {200, 7, 0, 255},
                 {3, 15, 0, 255},
                 {0x12345678, 31, 0, 255},
                 {0x100, 7, 256, 256},
                 {0x80000000, 30, 256, 256},
                 {0, 30, 0, 255}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct lab lab;
        REQUIRE(lab_open(&lab, NULL));
        stes_change(&lab);
        CHECK(lab_command(&lab, dbell_host_cfgi_ste_range(cases[i].sid, cases[i].range)));
        check_stale_but(&lab, cases[i].first, cases[i].last);
        lab_close(&lab);
    }
}

/* Two streams share a table of four CDs; S1DSS 0b10. */
struct cds {
    struct lab lab;
    struct dbell_host_cd cd[2];
    uint64_t table;
};

static void write_cds(struct cds *c, unsigned version)
{
    for (unsigned i = 0; i < 4; i++) {
        uint64_t words[8];
        struct dbell_host_cd cd = c->cd[version];
        cd.asid = 10 * (version + 1) + i;
        dbell_host_cd_encode(&cd, words);
        dbell_host_store_words(&c->lab.bus, c->table + 64 * i, words, 8);
    }
}

static bool cds_fresh(struct cds *c, unsigned sid, unsigned ssid)
{
    struct dbell_dma_result r = lab_dma_with(
        &c->lab,
        (struct dbell_dma){
            .requesterid = sid, .has_ssid = ssid != 0, .ssid = ssid, .address = VA, .length = 4});
    CHECK(r.trail.address == PA || r.trail.address == PA + 0x1000);
    return r.trail.address == PA + 0x1000;
}

/* Which of stream 1 CD 0 to 3, stream 2 CD 0 to 3 are fresh after the command, as bits. */
static unsigned cds_after(struct dbell_host_cmd command)
{
    struct cds c;
    if (!lab_open(&c.lab, NULL))
        return ~0u;
    lab_smmu_on(&c.lab);
    for (unsigned version = 0; version < 2; version++) {
        struct dbell_host_tables tables = lab_tables(&c.lab, 12, 39);
        dbell_host_map(&tables, VA, PA + 0x1000 * version, 3, LAB_S1_RW);
        c.cd[version] = lab_cd(&tables);
    }
    c.table = lab_alloc(&c.lab, 256);
    write_cds(&c, 0);
    const struct dbell_host_ste ste = {
        .v = true, .config = 5, .s1contextptr = c.table, .s1cdmax = 2, .s1dss = 2, .shcfg = 1};
    unsigned fresh = 0;
    for (unsigned sid = 1; sid <= 2; sid++)
        lab_ste(&c.lab, sid, &ste);
    for (unsigned sid = 1; sid <= 2; sid++)
        for (unsigned i = 0; i < 4; i++)
            CHECK(!cds_fresh(&c, sid, i));
    write_cds(&c, 1);
    CHECK(lab_command(&c.lab, command));
    for (unsigned sid = 1; sid <= 2; sid++)
        for (unsigned i = 0; i < 4; i++)
            fresh |= (unsigned)cds_fresh(&c, sid, i) << (4 * (sid - 1) + i);
    lab_close(&c.lab);
    return fresh;
}

TEST(cfgi, cds_of_one_substream_of_one_stream_4_3_3)
{
    CHECK_EQ(cds_after(dbell_host_sync()), 0);
    CHECK_EQ(cds_after(dbell_host_cfgi_cd(1, 1, true)), 0x02);
    CHECK_EQ(cds_after(dbell_host_cfgi_cd(2, 3, false)), 0x80);
    CHECK_EQ(cds_after(dbell_host_cfgi_cd(1, 0, true)), 0x01);
    CHECK_EQ(cds_after(dbell_host_cfgi_cd(3, 1, true)), 0);
}

TEST(cfgi, all_cds_of_a_stream_4_3_4)
{
    CHECK_EQ(cds_after(dbell_host_cfgi_cd_all(1)), 0x0f);
    CHECK_EQ(cds_after(dbell_host_cfgi_cd_all(2)), 0xf0);
    CHECK_EQ(cds_after(dbell_host_cfgi_cd_all(3)), 0);
}

TEST(cfgi, cds_go_with_their_stes_4_3_1)
{
    CHECK_EQ(cds_after(dbell_host_cfgi_ste(1, true)), 0x0f);
    CHECK_EQ(cds_after(dbell_host_cfgi_ste(2, false)), 0xf0);
    CHECK_EQ(cds_after(dbell_host_cfgi_ste_range(2, 0)), 0xf0);
    CHECK_EQ(cds_after(dbell_host_cfgi_ste_range(0, 1)), 0xff);
    CHECK_EQ(cds_after(dbell_host_cfgi_all()), 0xff);
}

/* Intermediate descriptors: Leaf == 0 and wider commands reach them (4.3.1 to 4.3.4). */
TEST(cfgi, l1std_goes_with_leaf_0_and_ranges_4_3_1)
{
    const struct dbell_host_cmd commands[] = {
        dbell_host_cfgi_ste(5, false), dbell_host_cfgi_ste_range(4, 0),
        dbell_host_cfgi_ste_range(0, 7), dbell_host_cfgi_all()};
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        struct lab lab;
        uint64_t words[8], table[2];
        REQUIRE(lab_open(&lab, NULL));
        lab_smmu_on(&lab);
        uint64_t level1 = lab_alloc(&lab, 4096);
        for (unsigned k = 0; k < 2; k++) {
            table[k] = lab_alloc(&lab, 64 * 64);
            dbell_host_ste_encode(k ? &abort_ste : &bypass_ste, words);
            dbell_host_store_words(&lab.bus, table[k] + 5 * 64, words, 8);
        }
        lab_write(&lab, level1, 8, dbell_host_l1std(table[0], 7));
        lab_write(&lab, CR0, 4, 8);
        lab_write(&lab, LAB_SMMU + 0x80, 8, level1);
        lab_write(&lab, LAB_SMMU + 0x88, 4, 1 << 16 | 6 << 6 | 8); /* two levels, SPLIT 6 */
        lab_write(&lab, CR0, 4, 0xd);
        CHECK(passes(&lab, 5));
        lab_write(&lab, level1, 8, dbell_host_l1std(table[1], 7));
        CHECK(lab_command(&lab, commands[i]));
        CHECK(!passes(&lab, 5));
        lab_close(&lab);
    }
}

TEST(cfgi, l1cd_goes_with_leaf_0_and_ranges_4_3_3)
{
    const struct dbell_host_cmd commands[] = {
        dbell_host_cfgi_cd(5, 70, false), dbell_host_cfgi_cd_all(5), dbell_host_cfgi_ste(5, true),
        dbell_host_cfgi_ste_range(5, 0), dbell_host_cfgi_all()};
    for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        struct lab lab;
        uint64_t words[8], leaf[2];
        REQUIRE(lab_open(&lab, NULL));
        lab_smmu_on(&lab);
        uint64_t level1 = lab_alloc(&lab, 4096);
        for (unsigned k = 0; k < 2; k++) {
            struct dbell_host_tables tables = lab_tables(&lab, 12, 39);
            dbell_host_map(&tables, VA, PA + 0x1000 * k, 3, LAB_S1_RW);
            struct dbell_host_cd cd = lab_cd(&tables);
            cd.asid = 1 + k;
            leaf[k] = lab_alloc(&lab, 4096);
            dbell_host_cd_encode(&cd, words);
            dbell_host_store_words(&lab.bus, leaf[k] + 6 * 64, words, 8); /* 70 = 64 + 6 */
        }
        lab_write(&lab, level1 + 8, 8, dbell_host_l1cd(leaf[0], true));
        const struct dbell_host_ste ste = {.v = true,
                                           .config = 5,
                                           .s1fmt = 1, /* 4 KB leaf tables */
                                           .s1cdmax = 8,
                                           .s1dss = 1,
                                           .s1contextptr = level1,
                                           .shcfg = 1};
        lab_ste(&lab, 5, &ste);
        const struct dbell_dma dma = {
            .requesterid = 5, .has_ssid = true, .ssid = 70, .address = VA, .length = 4};
        CHECK_EQ(lab_dma_with(&lab, dma).trail.address, PA);
        lab_write(&lab, level1 + 8, 8, dbell_host_l1cd(leaf[1], true));
        CHECK(lab_command(&lab, commands[i]));
        CHECK_EQ(lab_dma_with(&lab, dma).trail.address, PA + 0x1000);
        lab_close(&lab);
    }
}

/* A structure that could not be read is read again without a command (3.21.3). */
TEST(cfgi, fetches_that_abort_are_not_remembered_3_21_3)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL, 0, NULL, 0, 0));
    dbell_host_map(&r.non_global, VA, PA + VA, 3, LAB_S1_RW);
    dbell_host_map(&r.stage2, VA, PA + VA, 3, LAB_S2_RW);
    put_stream(&r, 0, &(struct entry){.strw = EL1, .asid = 1});
    lab_write(&r.lab, CR0, 4, 0);
    lab_write(&r.lab, LAB_SMMU + 0x80, 8, 0x10000000); /* nothing decodes there */
    lab_write(&r.lab, CR0, 4, 0xd);
    CHECK_EQ(lab_fault(&r.lab, 0, VA), DBELL_EVENT_F_STE_FETCH);
    lab_write(&r.lab, CR0, 4, 0);
    lab_write(&r.lab, LAB_SMMU + 0x80, 8, r.lab.strtab);
    lab_write(&r.lab, CR0, 4, 0xd);
    CHECK_EQ(lab_fault(&r.lab, 0, VA), 0);

    /* A CD that stage 2 does not map at first. */
    struct dbell_host_cd cd = lab_cd(&r.non_global);
    struct dbell_host_ste stage1 = lab_ste_stage1(&r.lab, &cd);
    struct dbell_host_ste nested = lab_ste_stage2(&r.stage2);
    nested.config = 7;
    nested.s1contextptr = stage1.s1contextptr;
    nested.s2vmid = 5;
    lab_ste(&r.lab, 1, &nested);
    CHECK_EQ(lab_fault(&r.lab, 1, VA), DBELL_EVENT_F_TRANSLATION);
    for (uint64_t page = LAB_RAM; page < LAB_RAM + 0x400000; page += 0x1000)
        dbell_host_map(&r.stage2, page, page, 3, LAB_S2_RW);
    dbell_host_map(&r.stage2, PA + VA, PA + VA, 3, LAB_S2_RW);
    CHECK_EQ(lab_fault(&r.lab, 1, VA), 0);
    lab_close(&r.lab);
}

/* PARTIDs come from the map of the VM (5.6); two commands make a new one visible (4.3.5.1). */
TEST(cfgi, vms_goes_with_pidm_and_ste_4_3_5)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL, 0, NULL, 0, 0));
    for (uint64_t page = LAB_RAM; page < LAB_RAM + 0x400000; page += 0x1000)
        dbell_host_map(&r.stage2, page, page, 3, LAB_S2_RW);
    dbell_host_map(&r.non_global, VA, LAB_RAM, 3, LAB_S1_RW);
    struct dbell_host_cd cd = lab_cd(&r.non_global);
    cd.partid = 6;
    struct dbell_host_ste stage1 = lab_ste_stage1(&r.lab, &cd);
    struct dbell_host_ste nested = lab_ste_stage2(&r.stage2);
    nested.config = 7;
    nested.s1contextptr = stage1.s1contextptr;
    nested.s2vmid = 5;
    nested.s1mpam = true;
    nested.vmsptr = lab_alloc(&r.lab, 4096);
    lab_ste(&r.lab, 0, &nested);
    for (unsigned i = 0; i < 32; i++)
        lab_write(&r.lab, nested.vmsptr + 2 * i, 2, 0x40 + i);
    CHECK_EQ(lab_dma(&r.lab, 0, DBELL_READ, VA, NULL).trail.partid, 0x46);
    lab_write(&r.lab, nested.vmsptr + 12, 2, 0x99);
    CHECK(lab_command(&r.lab, dbell_host_cfgi_vms_pidm(5)));
    CHECK(lab_command(&r.lab, dbell_host_sync()));
    CHECK(lab_command(&r.lab, dbell_host_cfgi_ste(0, true)));
    CHECK_EQ(lab_dma(&r.lab, 0, DBELL_READ, VA, NULL).trail.partid, 0x99);
    lab_write(&r.lab, nested.vmsptr + 12, 2, 0x77);
    CHECK(lab_command(&r.lab, dbell_host_cfgi_all())); /* alone it is enough (4.3.6) */
    CHECK_EQ(lab_dma(&r.lab, 0, DBELL_READ, VA, NULL).trail.partid, 0x77);
    lab_close(&r.lab);
}

TEST(cfgi, vms_pidm_is_illegal_without_mpam_4_3_5)
{
    for (unsigned mpam = 0; mpam < 2; mpam++)
        for (unsigned ssec = 0; ssec < 2; ssec++) {
            struct dbell_smmu_config config = dbell_smmu_default_config();
            struct dbell_smmu_features f = dbell_smmu_features_of(&config);
            f.mpam = mpam;
            dbell_smmu_features_set(&config, &f);
            struct lab lab;
            REQUIRE(lab_open(&lab, &config));
            lab_smmu_on(&lab);
            struct dbell_host_cmd command = dbell_host_cfgi_vms_pidm(5);
            command.words[0] |= (uint64_t)ssec << 10;
            CHECK_EQ(lab_command(&lab, command), mpam && !ssec);
            CHECK_EQ(lab_read(&lab, GERROR, 4), !(mpam && !ssec));
            lab_close(&lab);
        }
}

/* The model removes nothing when SMMUEN changes. */
TEST(cfgi, smmuen_removes_nothing_3_11)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL, 0, all, WITHOUT_E2H, 0));
    warm(&r);
    uint64_t misses = dbell_smmu_count(r.smmu, DBELL_SMMU_CONFIG_MISS);
    uint64_t stes = dbell_smmu_count(r.smmu, DBELL_SMMU_READS_STE);
    lab_write(&r.lab, CR0, 4, 0xc);
    lab_write(&r.lab, CR0, 4, 0xd);
    check_removed(&r, "SMMUEN", "");
    CHECK_EQ(dbell_smmu_count(r.smmu, DBELL_SMMU_CONFIG_MISS), misses);
    CHECK_EQ(dbell_smmu_count(r.smmu, DBELL_SMMU_READS_STE), stes);
    lab_close(&r.lab);
}

/* Invalidation is heard while translation is off (3.11). */
TEST(cfgi, commands_work_with_smmuen_0_3_11)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL, 0, all, WITHOUT_E2H, 0));
    warm(&r);
    lab_write(&r.lab, CR0, 4, 0xc);
    CHECK(lab_command(&r.lab, dbell_host_tlbi_nh_all(5)));
    dbell_smmu_tlbi(r.smmu, &(struct dbell_tlbi){.scope = DBELL_TLBI_VMALL, .el = 1, .vmid = 6});
    lab_write(&r.lab, CR0, 4, 0xd);
    check_removed(&r, "SMMUEN 0", "abcdg");
    lab_close(&r.lab);
}

/* --- prefetch --- */

static bool prefetch_rig(struct rig *r)
{
    if (!rig_open(r, NULL, 0, NULL, 0, 0))
        return false;
    put_stream(r, 0, &(struct entry){.strw = EL1, .vmid = 5, .asid = 1});
    return true;
}

static void no_trace(struct rig *r)
{
    uint64_t record[4];
    CHECK(!lab_event(&r->lab, record));
    CHECK_EQ(lab_read(&r->lab, GERROR, 4), 0);
}

TEST(prefetch, config_fetches_ste_and_cd_4_2_1)
{
    struct rig r;
    REQUIRE(prefetch_rig(&r));
    dbell_host_map(&r.non_global, VA, PA + VA, 3, LAB_S1_RW);
    CHECK(lab_command(&r.lab, dbell_host_prefetch_config(0)));
    CHECK_EQ(dbell_smmu_count(r.smmu, DBELL_SMMU_READS_STE), 1);
    CHECK_EQ(dbell_smmu_count(r.smmu, DBELL_SMMU_READS_CD), 1);
    CHECK_EQ(dbell_smmu_count(r.smmu, DBELL_SMMU_READS_S1), 0);
    CHECK(!hits(&r, 0, VA));
    CHECK_EQ(dbell_smmu_count(r.smmu, DBELL_SMMU_READS_STE), 1);
    CHECK_EQ(dbell_smmu_count(r.smmu, DBELL_SMMU_READS_CD), 1);
    no_trace(&r);
    lab_close(&r.lab);
}

/* 2^Size translations, 2^(12 + Stride) bytes apart. */
TEST(prefetch, addr_fills_exactly_these_pages_4_2_2)
{
    static const struct {
        unsigned size, stride;
    } cases[] = {{0, 0}, {1, 0}, {2, 0}, {4, 0}, {0, 9}, {2, 9}, {1, 1}, {3, 4}};
    const uint64_t base = UINT64_C(0x40000000);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct rig r;
        REQUIRE(prefetch_rig(&r));
        uint64_t step = UINT64_C(0x1000) << cases[i].stride;
        int count = 1 << cases[i].size;
        uint64_t probes[40];
        bool filled[40];
        unsigned n = 0;
        for (int k = -1; k <= count; k++) {
            probes[n] = base + (uint64_t)k * step;
            filled[n++] = k >= 0 && k < count;
            if (cases[i].stride) {
                probes[n] = base + (uint64_t)k * step + 0x1000;
                filled[n++] = false;
            }
        }
        for (unsigned k = 0; k < n; k++)
            dbell_host_map(&r.non_global, probes[k], PA + probes[k], 3, LAB_S1_RW);
        CHECK(
            lab_command(&r.lab, dbell_host_prefetch_addr(0, base, cases[i].size, cases[i].stride)));
        for (unsigned k = 0; k < n; k++)
            CHECK_EQ(hits(&r, 0, probes[k]), filled[k]);
        no_trace(&r);
        lab_close(&r.lab);
    }
}

TEST(prefetch, errors_are_silent_4_2)
{
    struct rig r;
    uint64_t words[8] = {0};
    REQUIRE(prefetch_rig(&r));
    dbell_host_map(&r.non_global, 0x8000, PA, 3, LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AF);
    lab_write(&r.lab, r.non_global.root + 8, 8, dbell_host_pte_table(0x10000000));
    struct dbell_host_cd cd = lab_cd(&r.non_global);
    struct dbell_host_ste bad_cd = lab_ste_stage1(&r.lab, &cd);
    dbell_host_store_words(&r.lab.bus, bad_cd.s1contextptr, words, 8); /* V == 0 */
    lab_ste(&r.lab, 2, &bad_cd);
    struct dbell_host_ste no_cd = bad_cd;
    no_cd.s1contextptr = 0x10000000;
    lab_ste(&r.lab, 3, &no_cd);
    lab_ste(&r.lab, 4, &abort_ste);
    lab_ste(&r.lab, 5, &bypass_ste);
    static const uint32_t streams[] = {1 /* V == 0 */, 2, 3, 4, 5, 256, 0xffffffff};
    for (unsigned i = 0; i < sizeof streams / sizeof streams[0]; i++) {
        CHECK(lab_command(&r.lab, dbell_host_prefetch_config(streams[i])));
        CHECK(lab_command(&r.lab, dbell_host_prefetch_addr(streams[i], VA, 1, 0)));
    }
    static const uint64_t addresses[] = {0x4000,                        /* unmapped */
                                         0x8000,                        /* AF == 0 */
                                         UINT64_C(0x8000000000),        /* walk aborts */
                                         UINT64_C(0x0080000000000000),  /* out of range */
                                         UINT64_C(0xfffffffffffff000)}; /* EPD1, to the end */
    for (unsigned i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
        CHECK(lab_command(&r.lab, dbell_host_prefetch_addr(0, addresses[i], 2, 0)));
    CHECK(lab_command(&r.lab, dbell_host_sync()));
    no_trace(&r);
    lab_close(&r.lab);
}

/* Faults that would stall do not. */
TEST(prefetch, nothing_stalls_4_2)
{
    struct rig r;
    REQUIRE(prefetch_rig(&r));
    struct dbell_host_cd cd = lab_cd(&r.non_global);
    cd.s = true;
    struct dbell_host_ste ste = lab_ste_stage1(&r.lab, &cd);
    lab_ste(&r.lab, 1, &ste);
    for (unsigned i = 0; i < 80; i++) /* more than STALL_MAX */
        CHECK(lab_command(&r.lab, dbell_host_prefetch_addr(1, 0x4000, 0, 0)));
    no_trace(&r);
    CHECK_EQ(lab_dma(&r.lab, 1, DBELL_READ, 0x4000, NULL).trail.outcome, DBELL_PENDING);
    lab_close(&r.lab);
}

TEST(prefetch, httu_is_that_of_a_speculative_read_4_2_2)
{
    struct rig r;
    REQUIRE(prefetch_rig(&r));
    uint64_t bits =
        (LAB_S1_RW & ~(uint64_t)DBELL_HOST_PTE_AF) | DBELL_HOST_PTE_AP_RO | DBELL_HOST_PTE_DBM;
    dbell_host_map(&r.non_global, 0, PA, 3, bits);
    uint64_t leaf = r.non_global.next - 0x1000;
    struct dbell_host_cd cd = lab_cd(&r.non_global);
    cd.ha = cd.hd = true;
    struct dbell_host_ste ste = lab_ste_stage1(&r.lab, &cd);
    lab_ste(&r.lab, 0, &ste);
    CHECK(lab_command(&r.lab, dbell_host_prefetch_addr(0, 0, 0, 0)));
    CHECK_EQ(lab_read(&r.lab, leaf, 8), dbell_host_pte_page(PA, bits | DBELL_HOST_PTE_AF));
    no_trace(&r);
    lab_close(&r.lab);
}

TEST(prefetch, a_cd_fetched_through_stage2_sets_its_access_flag_4_2_1)
{
    struct rig r;
    REQUIRE(prefetch_rig(&r));
    struct dbell_host_cd cd = lab_cd(&r.non_global);
    struct dbell_host_ste stage1 = lab_ste_stage1(&r.lab, &cd);
    uint64_t page = stage1.s1contextptr & ~UINT64_C(0xfff);
    uint64_t bits = LAB_S2_RW & ~(uint64_t)DBELL_HOST_PTE_AF;
    dbell_host_map(&r.stage2, page, page, 3, bits);
    uint64_t leaf = r.stage2.next - 0x1000 + (page >> 12 & 511) * 8;
    struct dbell_host_ste nested = lab_ste_stage2(&r.stage2);
    nested.config = 7;
    nested.s1contextptr = stage1.s1contextptr;
    nested.s2ha = true;
    lab_ste(&r.lab, 0, &nested);
    CHECK_EQ(lab_read(&r.lab, leaf, 8), dbell_host_pte_page(page, bits));
    CHECK(lab_command(&r.lab, dbell_host_prefetch_config(0)));
    CHECK_EQ(lab_read(&r.lab, leaf, 8), dbell_host_pte_page(page, bits | DBELL_HOST_PTE_AF));
    no_trace(&r);
    lab_close(&r.lab);
}

TEST(prefetch, none_with_smmuen_0_4_2)
{
    struct rig r;
    REQUIRE(prefetch_rig(&r));
    dbell_host_map(&r.non_global, VA, PA + VA, 3, LAB_S1_RW);
    lab_write(&r.lab, CR0, 4, 0xc);
    CHECK(lab_command(&r.lab, dbell_host_prefetch_config(0)));
    CHECK(lab_command(&r.lab, dbell_host_prefetch_addr(0, VA, 0, 0)));
    CHECK_EQ(dbell_smmu_count(r.smmu, DBELL_SMMU_READS_STE), 0);
    lab_write(&r.lab, CR0, 4, 0xd);
    CHECK(!hits(&r, 0, VA));
    CHECK_EQ(dbell_smmu_count(r.smmu, DBELL_SMMU_READS_STE), 1);
    no_trace(&r);
    lab_close(&r.lab);
}

TEST(prefetch, ssv_chooses_the_substream_4_2)
{
    struct rig r;
    REQUIRE(prefetch_rig(&r));
    uint64_t table = lab_alloc(&r.lab, 256);
    for (unsigned i = 0; i < 4; i++) {
        struct dbell_host_tables tables = lab_tables(&r.lab, 12, 39);
        dbell_host_map(&tables, VA, PA + 0x1000 * i, 3, LAB_S1_RW);
        struct dbell_host_cd cd = lab_cd(&tables);
        cd.asid = 20 + i;
        uint64_t words[8];
        dbell_host_cd_encode(&cd, words);
        dbell_host_store_words(&r.lab.bus, table + 64 * i, words, 8);
    }
    const struct dbell_host_ste ste = {
        .v = true, .config = 5, .s1contextptr = table, .s1cdmax = 2, .s1dss = 2, .shcfg = 1};
    lab_ste(&r.lab, 0, &ste);
    CHECK(lab_command(&r.lab, dbell_host_with_substream(dbell_host_prefetch_addr(0, VA, 0, 0), 1)));
    CHECK(lab_command(&r.lab, dbell_host_with_substream(dbell_host_prefetch_addr(0, VA, 0, 0), 3)));
    CHECK(lab_command(&r.lab, dbell_host_with_substream(dbell_host_prefetch_addr(0, VA, 0, 0), 9)));
    for (unsigned i = 0; i < 4; i++) {
        uint64_t misses = dbell_smmu_count(r.smmu, DBELL_SMMU_TLB_MISS);
        struct dbell_dma_result result = lab_dma_with(
            &r.lab,
            (struct dbell_dma){
                .requesterid = 0, .has_ssid = i != 0, .ssid = i, .address = VA, .length = 4});
        CHECK_EQ(result.trail.address, PA + 0x1000 * i);
        CHECK_EQ(dbell_smmu_count(r.smmu, DBELL_SMMU_TLB_MISS) - misses, i == 0 || i == 2);
    }
    no_trace(&r);
    lab_close(&r.lab);
}

/* It ends in reasonable time, whatever it asks for. */
TEST(prefetch, the_largest_span_ends_4_2_2)
{
    struct rig r;
    REQUIRE(prefetch_rig(&r));
    dbell_host_map(&r.non_global, 0x40000000, PA + 0x40000000, 2, LAB_S1_RW);
    CHECK(lab_command(&r.lab, dbell_host_prefetch_addr(0, 0x40000000, 31, 31)));
    CHECK(lab_command(&r.lab, dbell_host_prefetch_addr(0, 0x40000000, 31, 0)));
    CHECK(hits(&r, 0, 0x40000000));
    no_trace(&r);
    lab_close(&r.lab);
}

/* Stage 2 only: the address is an IPA. */
TEST(prefetch, of_stage2_fills_by_ipa_4_2_2)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL, 0, NULL, 0, 0));
    put_stream(&r, 0, &(struct entry){.strw = S2, .vmid = 5});
    dbell_host_map(&r.stage2, VA, PA + VA, 3, LAB_S2_RW);
    CHECK(lab_command(&r.lab, dbell_host_prefetch_addr(0, VA, 0, 0)));
    CHECK(hits(&r, 0, VA));
    no_trace(&r);
    lab_close(&r.lab);
}

/* SMMUv3.0 has no Stride: it is ignored, or the command is illegal. */
TEST(prefetch, the_stride_is_4k_before_3_1_4_2_2)
{
    struct dbell_smmu_config config;
    REQUIRE(dbell_smmu_preset("arm-mmu600", &config) == DBELL_OK);
    struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    f.version = 0;
    dbell_smmu_features_set(&config, &f);
    struct rig r;
    REQUIRE(rig_open(&r, &config, 0, NULL, 0, 0));
    put_stream(&r, 0, &(struct entry){.strw = EL1, .vmid = 5, .asid = 1});
    for (uint64_t k = 0; k < 8; k++)
        dbell_host_map(&r.non_global, VA + 0x1000 * k, PA + VA + 0x1000 * k, 3, LAB_S1_RW);
    bool legal = lab_command(&r.lab, dbell_host_prefetch_addr(0, VA, 1, 2));
    CHECK_EQ(lab_read(&r.lab, GERROR, 4), !legal);
    if (legal) {
        static const bool filled[8] = {true, true};
        for (unsigned k = 0; k < 8; k++)
            CHECK_EQ(hits(&r, 0, VA + 0x1000 * k), filled[k]);
    }
    lab_close(&r.lab);
}

/* --- addresses --- */

/* One stream with both halves, TBI in both. */
static bool halves_open(struct rig *r, unsigned strw, unsigned cr2)
{
    if (!rig_open(r, NULL, cr2, NULL, 0, 0))
        return false;
    struct dbell_host_tables high = lab_tables(&r->lab, 12, 39);
    struct dbell_host_cd cd = lab_cd(&r->non_global);
    dbell_host_map(&r->non_global, VA, PA + VA, 3, LAB_S1_RW);
    dbell_host_map(&high, VA, PA, 3, LAB_S1_RW);
    cd.epd1 = false;
    cd.t1sz = 25;
    cd.tg1 = 2; /* 4 KB */
    cd.ttb1 = high.root;
    cd.tbi0 = cd.tbi1 = true;
    struct dbell_host_ste ste = lab_ste_stage1(&r->lab, &cd);
    ste.s2vmid = 5;
    ste.strw = strw;
    lab_ste(&r->lab, 0, &ste);
    return true;
}

static bool half_hits(struct rig *r, uint64_t va, uint64_t pa)
{
    uint64_t misses = dbell_smmu_count(r->smmu, DBELL_SMMU_TLB_MISS);
    CHECK_EQ(lab_dma(&r->lab, 0, DBELL_READ, va, NULL).trail.address, pa);
    return dbell_smmu_count(r->smmu, DBELL_SMMU_TLB_MISS) == misses;
}

TEST(address, both_halves_and_tagged_addresses_4_4_2)
{
    const uint64_t low = VA, tagged = UINT64_C(0xab00000000005000);
    const uint64_t high = UINT64_C(0xffffff8000005000), tagged_high = UINT64_C(0x12ffff8000005000);
    const struct {
        struct dbell_host_cmd command;
        bool low, high; /* go */
    } cases[] = {
        {dbell_host_tlbi_nh_va(5, 1, low, true), true, false},
        {dbell_host_tlbi_nh_va(5, 1, high, true), false, true},
        {dbell_host_tlbi_nh_vaa(5, low, true), true, false},
        {dbell_host_tlbi_nh_vaa(5, high, false), false, true},
        {dbell_host_range(dbell_host_tlbi_nh_va(5, 1, 0, true), 31, 10, 1, 0), true, false},
        {dbell_host_range(dbell_host_tlbi_nh_va(5, 1, high, true), 31, 0, 1, 0), false, true},
        {dbell_host_range(dbell_host_tlbi_nh_va(5, 1, high & ~UINT64_C(0x3fffff), true), 31, 31, 1,
                          0),
         false, true}, /* beyond the top, without wrap */
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (unsigned tags = 0; tags < 2; tags++) {
            struct rig r;
            uint64_t first = tags ? tagged : low, second = tags ? tagged_high : high;
            REQUIRE(halves_open(&r, EL1, 0));
            half_hits(&r, first, PA + VA);
            half_hits(&r, second, PA);
            CHECK(half_hits(&r, low, PA + VA)); /* the tag is no part of it */
            CHECK(half_hits(&r, high, PA));
            CHECK(lab_command(&r.lab, cases[i].command));
            CHECK_EQ(half_hits(&r, first, PA + VA), !cases[i].low);
            CHECK_EQ(half_hits(&r, second, PA), !cases[i].high);
            lab_close(&r.lab);
        }
}

TEST(address, both_halves_of_el2_e2h_3_17_5)
{
    const uint64_t high = UINT64_C(0xffffff8000005000);
    struct rig r;
    REQUIRE(halves_open(&r, EL2, E2H));
    half_hits(&r, VA, PA + VA);
    half_hits(&r, high, PA);
    CHECK(lab_command(&r.lab, dbell_host_tlbi_el2_va(1, high, true)));
    CHECK(half_hits(&r, VA, PA + VA));
    CHECK(!half_hits(&r, high, PA));
    dbell_smmu_tlbi(r.smmu, &(struct dbell_tlbi){
                                .scope = DBELL_TLBI_VA, .el = 2, .e2h = true, .asid = 1, AT(high)});
    CHECK(half_hits(&r, VA, PA + VA));
    CHECK(!half_hits(&r, high, PA));
    dbell_smmu_tlbi(r.smmu,
                    &(struct dbell_tlbi){.scope = DBELL_TLBI_VAA, .el = 2, .e2h = true, AT(VA)});
    CHECK(!half_hits(&r, VA, PA + VA));
    CHECK(half_hits(&r, high, PA));
    lab_close(&r.lab);
}

/* NS-EL2 has no VMIDs for the wildcard to act on. */
TEST(wildcard, el2_is_as_without_3_17_6)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL, E2H, all, WITH_E2H, 4));
    warm(&r);
    CHECK(lab_command(&r.lab, dbell_host_tlbi_el2_va(1, VA, true)));
    check_removed(&r, "EL2_VA 1", "k");
    CHECK(lab_command(&r.lab, dbell_host_tlbi_el2_asid(4)));
    check_removed(&r, "EL2_ASID 4", "n");
    dbell_smmu_tlbi(
        r.smmu, &(struct dbell_tlbi){.scope = DBELL_TLBI_ASID, .el = 2, .e2h = true, .asid = 2});
    check_removed(&r, "ASIDE1 EL2 2", "l");
    CHECK(lab_command(&r.lab, dbell_host_tlbi_nh_va(4, 1, VA, true)));
    check_removed(&r, "NH_VA 4,1", "acef"); /* VMIDs 0 to 15, globals too */
    lab_close(&r.lab);
}

/* Ranges of broadcasts as 3.2 and later have them: exact ends, granule, level. */
TEST(broadcast, ranges_end_exactly_4_4_1_1)
{
    static const struct {
        uint64_t first, last;
        unsigned granule, level;
        const char *removed;
    } cases[] = {{0x5000, 0x5fff, 12, 0, "a"},   {0x5000, 0x9fff, 12, 0, "a"},
                 {0x5000, 0xa000, 12, 3, "ag"},  {0x6000, 0xafff, 12, 0, "g"},
                 {0x0, 0x4fff, 12, 0, ""},       {0xb000, ~UINT64_C(0), 12, 0, ""},
                 {0x0, ~UINT64_C(0), 16, 0, ""}, {0x0, ~UINT64_C(0), 12, 2, ""},
                 {0x0, ~UINT64_C(0), 0, 0, "ag"}};
    struct rig r;
    REQUIRE(rig_open(&r, NULL, 0, all, WITHOUT_E2H, 0));
    warm(&r);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dbell_tlbi t = {.scope = DBELL_TLBI_VA,
                               .el = 1,
                               .vmid = 5,
                               .asid = 1,
                               .first = cases[i].first,
                               .last = cases[i].last,
                               .granule = (uint8_t)cases[i].granule,
                               .level = (uint8_t)cases[i].level};
        char what[32];
        snprintf(what, sizeof what, "range %u", i);
        dbell_smmu_tlbi(r.smmu, &t);
        check_removed(&r, what, cases[i].removed);
        t.scope = DBELL_TLBI_IPA;
        t.vmid = 8;
        dbell_smmu_tlbi(r.smmu, &t);
        check_removed(&r, what,
                      !strcmp(cases[i].removed, "ag") ? "hj"
                      : *cases[i].removed == 'a'      ? "h"
                      : *cases[i].removed == 'g'      ? "j"
                                                      : "");
    }
    lab_close(&r.lab);
}

/* Stage 1 skipped by S1DSS: the translation is of stage 2 only, and goes by IPA (4.4.3.1). */
TEST(range, ipa_removes_what_stage2_alone_translated_by_s1dss_4_4_3_1)
{
    struct rig r;
    REQUIRE(rig_open(&r, NULL, 0, NULL, 0, 0));
    dbell_host_map(&r.stage2, VA, PA + VA, 3, LAB_S2_RW);
    struct dbell_host_cd cd = lab_cd(&r.non_global);
    struct dbell_host_ste stage1 = lab_ste_stage1(&r.lab, &cd);
    struct dbell_host_ste nested = lab_ste_stage2(&r.stage2);
    nested.config = 7;
    nested.s1contextptr = stage1.s1contextptr;
    nested.s1cdmax = 1;
    nested.s1dss = 1;
    nested.s2vmid = 5;
    lab_ste(&r.lab, 0, &nested);
    hits(&r, 0, VA);
    CHECK(hits(&r, 0, VA));
    CHECK(lab_command(&r.lab, dbell_host_tlbi_s2_ipa(5, VA, true)));
    CHECK(!hits(&r, 0, VA));
    dbell_smmu_tlbi(r.smmu,
                    &(struct dbell_tlbi){.scope = DBELL_TLBI_IPA, .el = 1, .vmid = 5, AT(VA)});
    CHECK(!hits(&r, 0, VA));
    CHECK(lab_command(&r.lab, dbell_host_tlbi_s12_vmall(5)));
    CHECK(!hits(&r, 0, VA));
    lab_close(&r.lab);
}

/* An operation without VMID or ASID does not look at one. */
TEST(broadcast, operations_ignore_what_they_do_not_convey_3_17)
{
    struct dbell_smmu_config config = dbell_smmu_default_config();
    struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    f.asid16 = f.vmid16 = false;
    dbell_smmu_features_set(&config, &f);
    struct rig r;
    REQUIRE(rig_open(&r, &config, 0, all, WITHOUT_E2H, 0));
    warm(&r);
    dbell_smmu_tlbi(r.smmu, &(struct dbell_tlbi){.scope = DBELL_TLBI_ALL, .el = 2, .vmid = 0x100});
    check_removed(&r, "ALLE2", "k");
    dbell_smmu_tlbi(
        r.smmu, &(struct dbell_tlbi){.scope = DBELL_TLBI_VMALL, .el = 1, .vmid = 6, .asid = 0x100});
    check_removed(&r, "VMALLE1", "c");
    dbell_smmu_tlbi(
        r.smmu,
        &(struct dbell_tlbi){.scope = DBELL_TLBI_VAA, .el = 1, .vmid = 6, .asid = 0x100, AT(VA)});
    check_removed(&r, "VAAE1", "c");
    dbell_smmu_tlbi(r.smmu, &(struct dbell_tlbi){.scope = DBELL_TLBI_ALL, .el = 1, .vmid = 0x100});
    check_removed(&r, "ALLE1", "abcdefghij");
    lab_close(&r.lab);

    static const struct entry entries[] = {{'a', EL1, 0, 1, false, NG, VA}};
    f.stage2 = f.hyp = f.vmw = false;
    dbell_smmu_features_set(&config, &f);
    REQUIRE(rig_open(&r, &config, 0, entries, 1, 0));
    warm(&r);
    dbell_smmu_tlbi(r.smmu, &(struct dbell_tlbi){.scope = DBELL_TLBI_ALL, .el = 1, .vmid = 5});
    check_removed(&r, "ALLE1 without stage 2", "a");
    lab_close(&r.lab);
}

/* A PE's level 1 of 16 KB is no hint either: any level (4.4.1.1). */
TEST(broadcast, level_1_of_16k_is_no_hint_4_4_1_1)
{
    for (unsigned by_trace = 0; by_trace < 2; by_trace++) {
        struct test_replay t;
        struct rig r;
        REQUIRE(replay_rig(&t, &r, false));
        struct dbell_host_tables tables = lab_tables(&r.lab, 14, 39);
        dbell_host_map(&tables, 0x4000, PA + 0x4000, 3, LAB_S1_RW);
        struct dbell_host_cd cd = lab_cd(&tables);
        struct dbell_host_ste ste = lab_ste_stage1(&r.lab, &cd);
        ste.s2vmid = 20;
        lab_ste(&r.lab, 100, &ste);
        hits(&r, 100, 0x4000);
        CHECK(hits(&r, 100, 0x4000));
        if (by_trace)
            REQUIRE(replay_lines(
                &t, "tlbi op=rvae1is vmid=20 asid=1 addr=0x0 tg=2 num=0 scale=0 ttl=1\n"));
        else
            dbell_smmu_tlbi(r.smmu, &(struct dbell_tlbi){.scope = DBELL_TLBI_VA,
                                                         .el = 1,
                                                         .vmid = 20,
                                                         .asid = 1,
                                                         .first = 0,
                                                         .last = 0x7fff,
                                                         .granule = 14,
                                                         .level = 1});
        CHECK(!hits(&r, 100, 0x4000));
        test_replay_close(&t);
    }
}

/* A level without granule is no hint; with both, it is one of that granule (4.4.1.1). */
TEST(trace_tlbi, ttl_needs_its_granule_4_4_1_1)
{
    static const char *const cases[][3] = {
        {"vae1", "vmid=5 asid=1 addr=0x5000 ttl=2", "a"},
        {"vaae1", "vmid=5 addr=0x5000 ttl=1", "abd"},
        {"ipas2e1", "vmid=8 addr=0x5000 ttl=2", "h"},
        {"vae1", "vmid=5 asid=1 addr=0x5000 tg=1 ttl=3", "a"},
        {"vae1", "vmid=5 asid=1 addr=0x5000 tg=1 ttl=2", ""},
        {"vae1", "vmid=5 asid=1 addr=0x5000 tg=3 ttl=3", ""},
    };
    run_lines(false, cases, sizeof cases / sizeof cases[0]);
}

/* ALLE1, VMALLS12E1 and IPAS2E1 are of EL1&0 whatever HCR_EL2.{E2H, TGE} (4.4.3, 4.4.4.1). */
TEST(trace_tlbi, all_and_stage2_instructions_are_of_el1_with_e2h_too_3_17_5)
{
    static const char *const cases[][3] = {
        {"alle1", "el=2", "abcdefghij"},
        {"vmalls12e1", "el=2 vmid=8", "hj"},
        {"ipas2e1", "el=2 vmid=8 addr=0x5000", "h"},
        {"ipas2le1", "el=2 vmid=8 addr=0xa000", "j"},
    };
    run_lines(true, cases, sizeof cases / sizeof cases[0]);
}
