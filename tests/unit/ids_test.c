/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* ID registers and what they announce (IHI 0070 6.3.1-6.3.8, 6.3.41): positions typed by hand. */
#include <stddef.h>
#include <string.h>

#include <doorbell/smmu.h>

#include "dbell_test.h"

/* A field: its bits in a register, and the member of struct dbell_smmu_features. */
struct field {
    const char *name;
    uint8_t reg; /* 0-5: IDRn, 6: AIDR, 7: MPAMIDR */
    uint8_t high, low;
    uint16_t at;
    uint8_t size;
};
#define FIELD(reg, high, low, member)                                          \
    {                                                                          \
#member, reg, high, low, offsetof(struct dbell_smmu_features, member), \
            sizeof((struct dbell_smmu_features *)0)->member                    \
    }

static const struct field fields[] = {
    FIELD(0, 0, 0, stage2),
    FIELD(0, 1, 1, stage1),
    FIELD(0, 3, 2, ttf),
    FIELD(0, 4, 4, cohacc),
    FIELD(0, 5, 5, btm),
    FIELD(0, 7, 6, httu),
    FIELD(0, 8, 8, dormhint),
    FIELD(0, 9, 9, hyp),
    FIELD(0, 10, 10, ats),
    FIELD(0, 11, 11, ns1ats),
    FIELD(0, 12, 12, asid16),
    FIELD(0, 13, 13, msi),
    FIELD(0, 14, 14, sev),
    FIELD(0, 15, 15, atos),
    FIELD(0, 16, 16, pri),
    FIELD(0, 17, 17, vmw),
    FIELD(0, 18, 18, vmid16),
    FIELD(0, 19, 19, cd2l),
    FIELD(0, 20, 20, vatos),
    FIELD(0, 22, 21, ttendian),
    FIELD(0, 23, 23, atsrecerr),
    FIELD(0, 25, 24, stall_model),
    FIELD(0, 26, 26, term_model),
    FIELD(0, 27, 27, two_level_strtab),
    FIELD(1, 5, 0, sidsize),
    FIELD(1, 10, 6, ssidsize),
    FIELD(1, 15, 11, priqs),
    FIELD(1, 20, 16, eventqs),
    FIELD(1, 25, 21, cmdqs),
    FIELD(1, 26, 26, attr_perms_ovr),
    FIELD(1, 27, 27, attr_types_ovr),
    FIELD(2, 9, 0, ba_vatos),
    FIELD(3, 2, 2, had),
    FIELD(3, 3, 3, pbha),
    FIELD(3, 4, 4, xnx),
    FIELD(3, 5, 5, pps),
    FIELD(3, 7, 7, mpam),
    FIELD(3, 8, 8, fwb),
    FIELD(3, 9, 9, stt),
    FIELD(3, 10, 10, ril),
    FIELD(3, 12, 11, bbml),
    FIELD(3, 13, 13, e0pd),
    FIELD(3, 14, 14, ptwnnc),
    FIELD(3, 17, 17, epan),
    FIELD(5, 4, 4, gran4k),
    FIELD(5, 5, 5, gran16k),
    FIELD(5, 6, 6, gran64k),
    FIELD(5, 31, 16, stall_max),
    FIELD(6, 3, 0, version),
    FIELD(7, 15, 0, partid_max),
    FIELD(7, 23, 16, pmg_max),
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

static uint32_t *reg_of(struct dbell_smmu_config *config, unsigned reg)
{
    return reg == 6 ? &config->aidr : reg == 7 ? &config->mpamidr : &config->idr[reg];
}
static uint32_t mask_of(const struct field *field)
{
    return (uint32_t)(((UINT64_C(1) << (field->high - field->low + 1)) - 1) << field->low);
}
static uint32_t member(const struct dbell_smmu_features *features, const struct field *field)
{
    const uint8_t *at = (const uint8_t *)features + field->at;
    uint16_t half;
    memcpy(&half, at, field->size == 2 ? 2 : 0);
    return field->size == 2 ? half : *at;
}
static void set_member(struct dbell_smmu_features *features, const struct field *field,
                       uint32_t value)
{
    uint8_t *at = (uint8_t *)features + field->at;
    const uint16_t half = (uint16_t)value;
    if (field->size == 2)
        memcpy(at, &half, 2);
    else
        *at = (uint8_t)value;
}

TEST(ids, every_field_decodes_from_its_bits_6_3_1)
{
    for (unsigned i = 0; i < FIELDS; i++) {
        const uint32_t max = mask_of(&fields[i]) >> fields[i].low;
        for (uint32_t value = 1; value <= max; value = value == 1 && max > 1 ? max : max + 1) {
            struct dbell_smmu_config config = {.iidr = 0};
            *reg_of(&config, fields[i].reg) = value << fields[i].low;
            struct dbell_smmu_features f = dbell_smmu_features_of(&config);
            for (unsigned n = 0; n < FIELDS; n++)
                if (member(&f, &fields[n]) != (n == i ? value : 0))
                    dbell_test_check_eq(fields[i].name, (int)value, fields[n].name, "expected",
                                        member(&f, &fields[n]), n == i ? value : 0);
            CHECK_EQ(f.oas, 32);
            CHECK(!f.vax52);
        }
    }
}

TEST(ids, every_field_is_set_in_its_bits_6_3_1)
{
    for (unsigned i = 0; i < FIELDS; i++) {
        const uint32_t max = mask_of(&fields[i]) >> fields[i].low;
        struct dbell_smmu_features f = {.oas = 32};
        struct dbell_smmu_config config, expected;
        memset(&config, 0xff, sizeof config);
        memset(&expected, 0xff, sizeof expected);
        memset(expected.idr, 0, sizeof expected.idr);
        expected.aidr = expected.mpamidr = 0;
        set_member(&f, &fields[i], max);
        dbell_smmu_features_set(&config, &f);
        *reg_of(&expected, fields[i].reg) = mask_of(&fields[i]);
        for (unsigned reg = 0; reg < 8; reg++)
            CHECK_EQ(*reg_of(&config, reg), *reg_of(&expected, reg));
        CHECK_EQ(config.iidr, UINT32_MAX); /* what else it holds stays */
        CHECK_EQ(config.tlb_entries, UINT32_MAX);
    }
}

TEST(ids, address_sizes_are_given_in_bits_6_3_6)
{
    static const uint8_t bits[] = {32, 36, 40, 42, 44, 48, 52};
    for (unsigned oas = 0; oas < 7; oas++)
        for (unsigned vax = 0; vax < 2; vax++) {
            struct dbell_smmu_config config = {.idr = {[5] = vax << 10 | oas}};
            struct dbell_smmu_features f = dbell_smmu_features_of(&config);
            CHECK_EQ(f.oas, bits[oas]);
            CHECK_EQ(f.vax52, vax);
            config.idr[5] = UINT32_MAX;
            dbell_smmu_features_set(&config, &f);
            CHECK_EQ(config.idr[5], vax << 10 | oas);
        }
}

TEST(ids, all_fields_at_once_make_a_round_trip_6_3_1)
{
    struct dbell_smmu_config config = {.idr = {0x0fffffff, 0x0fffffff, 0x3ff, 0x27fbc, 0,
                                               0xffff0476},
                                       .aidr = 3,
                                       .mpamidr = 0x00ffffff},
                             back = {.iidr = 0};
    const struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    dbell_smmu_features_set(&back, &f);
    for (unsigned reg = 0; reg < 8; reg++)
        CHECK_EQ(*reg_of(&back, reg), *reg_of(&config, reg));
}

/* Nothing to object to: SMMUv3.2, both stages. */
static struct dbell_smmu_features sound(void)
{
    return (struct dbell_smmu_features){.version = 2,
                                        .stage1 = true,
                                        .stage2 = true,
                                        .ttf = 2,
                                        .hyp = true,
                                        .two_level_strtab = true,
                                        .sidsize = 16,
                                        .cmdqs = 19,
                                        .eventqs = 19,
                                        .had = true,
                                        .xnx = true,
                                        .fwb = true,
                                        .ril = true,
                                        .bbml = 1,
                                        .oas = 48,
                                        .gran4k = true,
                                        .gran64k = true,
                                        .stall_max = 1};
}

static unsigned objections(const struct dbell_smmu_features *f, const char **first)
{
    struct dbell_smmu_config config = {.iidr = 0};
    unsigned n = 0;
    dbell_smmu_features_set(&config, f);
    *first = dbell_smmu_inconsistency(&config, 0);
    while (dbell_smmu_inconsistency(&config, n))
        n++;
    return n;
}

/* One rule broken by each line, alone: its section is what the text begins with. */
#define BREAKS(section, ...)                                                  \
    do {                                                                      \
        struct dbell_smmu_features f = sound();                               \
        const char *said;                                                     \
        __VA_ARGS__;                                                          \
        unsigned n = objections(&f, &said);                                   \
        if (n != 1)                                                           \
            dbell_test_check_eq(__FILE__, __LINE__, #__VA_ARGS__, "1", n, 1); \
        CHECK(said &&strstr(said, section));                                  \
    } while (0)

TEST(ids, each_contradiction_is_found_alone_6_3_1)
{
    const char *text;
    struct dbell_smmu_features ok = sound();
    CHECK_EQ(objections(&ok, &text), 0);
    BREAKS("6.3.1", f.stage1 = f.stage2 = f.hyp = f.had = f.xnx = false);
    BREAKS("6.3.1", f.ttf = 0);
    BREAKS("6.3.6", f.ttf = 3, f.gran4k = false);
    BREAKS("6.3.6", f.gran4k = f.gran64k = false);
    BREAKS("6.3.1", f.ttendian = 1);
    BREAKS("6.3.1", f.stage2 = f.xnx = f.fwb = false); /* Hyp */
    BREAKS("6.3.1", f.hyp = false);
    BREAKS("6.3.1", f.stage2 = f.xnx = f.hyp = f.fwb = false, f.vmw = true);
    BREAKS("6.3.4", f.had = false);
    BREAKS("6.3.4", f.xnx = false);
    BREAKS("6.3.4", f.fwb = false);
    BREAKS("6.3.4", f.ril = false);
    BREAKS("6.3.4", f.bbml = 0);
    BREAKS("6.3.4", f.bbml = 3);
    BREAKS("6.3.4", f.version = 0, f.xnx = f.ril = f.fwb = false); /* BBML */
    BREAKS("6.3.4", f.version = 0, f.xnx = f.ril = f.fwb = false, f.bbml = 0, f.stt = true);
    BREAKS("6.3.4", f.version = 0, f.ril = f.fwb = false, f.bbml = 0); /* XNX */
    BREAKS("6.3.4", f.version = 0, f.xnx = f.ril = f.fwb = false, f.bbml = 0, f.pbha = true);
    BREAKS("HAD needs IDR0.S1P", f.version = 0, f.stage1 = f.hyp = f.xnx = f.ril = f.fwb = false,
           f.bbml = 0);
    BREAKS("PBHA needs HAD", f.version = 0, f.xnx = f.ril = f.fwb = f.had = false, f.bbml = 0,
           f.pbha = true);
    BREAKS("E0PD and PTWNNC", f.version = 1, f.e0pd = true);
    BREAKS("E0PD and PTWNNC", f.version = 1, f.ptwnnc = true);
    BREAKS("EPAN", f.epan = true);
    BREAKS("needs IDR3.E0PD", f.version = 3, f.ptwnnc = true);
    BREAKS("needs IDR3.PTWNNC", f.version = 3, f.e0pd = true);
    BREAKS("OAS", f.version = 0, f.xnx = f.ril = f.fwb = false, f.bbml = 0, f.oas = 52);
    BREAKS("VAX", f.version = 0, f.xnx = f.ril = f.fwb = false, f.bbml = 0, f.vax52 = true);
    BREAKS("6.3.6", f.oas = 52, f.gran64k = false);
    BREAKS("6.3.6", f.vax52 = true, f.gran64k = false);
    BREAKS("6.3.2", f.sidsize = 33);
    BREAKS("6.3.2", f.ssidsize = 21);
    BREAKS("6.3.2", f.cmdqs = 20);
    BREAKS("6.3.2", f.eventqs = 20);
    BREAKS("6.3.2", f.sidsize = 7, f.two_level_strtab = false);
    BREAKS("6.3.1", f.stall_model = 3);
    BREAKS("6.3.6", f.stall_model = 1);
    BREAKS("6.3.1", f.pri = true);
    BREAKS("6.3.1", f.atsrecerr = true);
    BREAKS("6.3.1", f.ns1ats = true);
    BREAKS("6.3.4", f.pps = true);
    BREAKS("6.3.4", f.ats = f.pri = f.pps = true);
    BREAKS("NS1ATS", f.ats = f.ns1ats = true, f.stage2 = f.hyp = f.xnx = f.fwb = false);
    BREAKS("NS1ATS", f.ats = f.ns1ats = true, f.stage1 = f.hyp = f.had = false);
    BREAKS("VATOS", f.atos = f.vatos = true, f.stage2 = f.hyp = f.xnx = f.fwb = false);
    BREAKS("VATOS", f.atos = f.vatos = true, f.stage1 = f.hyp = f.had = false);
    BREAKS("6.3.2", f.priqs = 20);
    BREAKS("6.3.1", f.vatos = true);
    BREAKS("6.3.41", f.partid_max = 1);
    BREAKS("6.3.41", f.pmg_max = 1);
}

/* What the feature table cannot say: raw bits, and the number of objections. */
TEST(ids, reserved_values_are_contradictions_6_3)
{
    static const struct {
        unsigned reg;
        uint32_t mask, bits;
        const char *said; /* NULL: nothing */
    } cases[] = {
        {0, 3u << 27, 2u << 27, "ST_LEVEL"},
        {0, 3u << 27, 3u << 27, "ST_LEVEL"},
        {1, 1u << 28, 1u << 28, "REL"},
        {1, 7u << 28, 5u << 28, NULL}, /* with TABLES_PRESET */
        {1, 7u << 28, 3u << 28, NULL}, /* with QUEUES_PRESET */
        {5, 0x7, 0x7, "OAS"},
        {5, 0x107, 0x107, NULL}, /* with D128 */
        {5, 3u << 10, 2u << 10, "VAX"},
        {5, 3u << 10, 3u << 10, "VAX"},
        {5, 3u << 10 | 1u << 8, 2u << 10 | 1u << 8, NULL},
        {5, 0x47 | 1u << 7, 0x6 | 1u << 7, NULL}, /* 52 bits by DS, without 64 KB */
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct dbell_smmu_features f = sound();
        struct dbell_smmu_config config = {.iidr = 0};
        dbell_smmu_features_set(&config, &f);
        config.idr[cases[i].reg] = (config.idr[cases[i].reg] & ~cases[i].mask) | cases[i].bits;
        const char *said = dbell_smmu_inconsistency(&config, 0);
        if (cases[i].said)
            CHECK(said && strstr(said, cases[i].said));
        else
            CHECK(!said);
        CHECK(!dbell_smmu_inconsistency(&config, 1));
    }
}

/* Pages of 64 KiB from 0x20000 on; group 1 has its pages in 0x42000 and 0x52000. */
TEST(ids, the_vatos_page_is_not_where_a_counter_group_is_6_3_3)
{
    for (unsigned ba = 0; ba < 6; ba++)
        for (unsigned counters = 0; counters < 2; counters++) {
            struct dbell_smmu_features f = sound();
            struct dbell_smmu_config config = {.iidr = 0};
            f.atos = f.vatos = true;
            f.ba_vatos = (uint16_t)ba;
            dbell_smmu_features_set(&config, &f);
            config.pmcg[1].counters = (uint8_t)counters;
            const char *said = dbell_smmu_inconsistency(&config, 0);
            CHECK_EQ(said != NULL, counters && (ba == 2 || ba == 3));
        }
}

TEST(ids, what_is_allowed_is_not_objected_to_6_3_1)
{
    const char *text;
#define SOUND(...)                              \
    do {                                        \
        struct dbell_smmu_features f = sound(); \
        __VA_ARGS__;                            \
        CHECK_EQ(objections(&f, &text), 0);     \
    } while (0)
    SOUND(f.sidsize = 6, f.two_level_strtab = false);
    SOUND(f.sidsize = 32, f.ssidsize = 20);
    SOUND(f.sidsize = 0, f.two_level_strtab = false);
    SOUND(f.stage2 = f.hyp = f.xnx = f.fwb = false);
    SOUND(f.stage1 = f.hyp = f.had = false);
    SOUND(f.stall_model = 1, f.stall_max = 0);
    SOUND(f.stall_model = 2);
    SOUND(f.ats = true);
    SOUND(f.ats = f.pri = f.atsrecerr = f.ns1ats = true);
    SOUND(f.ats = f.pri = f.pps = true, f.ssidsize = 8);
    SOUND(f.atos = f.vatos = true);
    SOUND(f.mpam = true, f.partid_max = 0xffff, f.pmg_max = 0xff);
    SOUND(f.version = 0, f.hyp = f.had = f.xnx = f.fwb = f.ril = false, f.bbml = 0);
    SOUND(f.version = 1, f.hyp = f.fwb = f.ril = false, f.bbml = 0);
    SOUND(f.oas = 52, f.vax52 = true);
    SOUND(f.ttf = 3);
    SOUND(f.ttendian = 2);
    SOUND(f.ttendian = 3);
    SOUND(f.version = 3, f.e0pd = f.ptwnnc = true);
    SOUND(f.version = 3, f.e0pd = f.ptwnnc = f.epan = true);
    SOUND(f.e0pd = f.ptwnnc = true);    /* 2.9 */
    SOUND(f.version = 1, f.stt = true); /* likewise */
}

TEST(ids, presets_do_not_contradict_themselves_6_3_1)
{
    static const char *const names[] = {"max", "arm-mmu600", "arm-mmu700", "qemu-virt"};
    unsigned n = 0;
    for (const char *name; (name = dbell_smmu_preset_name(n)) != NULL; n++) {
        struct dbell_smmu_config config;
        if (n < 4)
            CHECK_TEXT(name, names[n]);
        CHECK_EQ(dbell_smmu_preset(name, &config), DBELL_OK);
        CHECK(dbell_smmu_inconsistency(&config, 0) == NULL);
        CHECK(dbell_smmu_missing_feature(&config, 0) == NULL);
    }
    CHECK_EQ(n, 4);
    struct dbell_smmu_config config;
    CHECK_EQ(dbell_smmu_preset("none", &config), DBELL_E_NOT_FOUND);
    CHECK_EQ(dbell_smmu_preset(NULL, &config), DBELL_E_NOT_FOUND);
}

/* As Linux read them in traces/linux/linux-6.12-stage1.trace.zst. */
TEST(ids, qemu_virt_is_what_was_captured_6_3_1)
{
    struct dbell_smmu_config config;
    REQUIRE(dbell_smmu_preset("qemu-virt", &config) == DBELL_OK);
    CHECK_EQ(config.idr[0], 0x0d44101b);
    CHECK_EQ(config.idr[1], 0x02730010);
    CHECK_EQ(config.idr[3], 0x1414);
    CHECK_EQ(config.idr[5], 0x74);
    CHECK_EQ(config.iidr, 0);
}

/* TRM 101412: SMMUv3.1; no HTTU, StreamIDs of 24 and SubstreamIDs of 20 bits, queues of 2^19, Hyp,
 * VMW, 2-level CD tables, mixed endian, 48-bit addresses and VAs. */
TEST(ids, mmu600_is_as_its_manual_says_6_3_1)
{
    struct dbell_smmu_config config;
    REQUIRE(dbell_smmu_preset("arm-mmu600", &config) == DBELL_OK);
    const struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    CHECK_EQ(f.version, 1);
    CHECK_EQ(f.httu, 0);
    CHECK_EQ(f.sidsize, 24);
    CHECK_EQ(f.ssidsize, 20);
    CHECK_EQ(f.cmdqs, 19);
    CHECK_EQ(f.eventqs, 19);
    CHECK_EQ(f.oas, 48);
    CHECK_EQ(f.ttendian, 0);
    CHECK(f.stage1 && f.stage2 && f.hyp && f.vmw && f.cd2l && !f.vax52);
    CHECK(!f.ril && !f.fwb && !f.stt && !f.mpam && !f.bbml);
    CHECK_EQ(config.iidr & 0xfff, 0x43b);
}

/* TRM 101542: SMMUv3.2; HTTU, StreamIDs of 32 bits, RIL, BBML 2, FWB, STT, MPAM, 52-bit VAs. */
TEST(ids, mmu700_is_as_its_manual_says_6_3_1)
{
    struct dbell_smmu_config config;
    REQUIRE(dbell_smmu_preset("arm-mmu700", &config) == DBELL_OK);
    const struct dbell_smmu_features f = dbell_smmu_features_of(&config);
    CHECK_EQ(f.version, 2);
    CHECK_EQ(f.httu, 2);
    CHECK_EQ(f.sidsize, 32);
    CHECK_EQ(f.ssidsize, 20);
    CHECK_EQ(f.bbml, 2);
    CHECK(f.ril && f.fwb && f.stt && f.mpam && f.vax52 && f.hyp);
    CHECK_EQ(config.iidr & 0xfff, 0x43b);
}

TEST(ids, missing_features_are_named_one_by_one_6_3)
{
    static const struct {
        unsigned reg;
        uint32_t bits;
        const char *word;
    } cases[] = {
        {1, 1u << 30, "TABLES_PRESET"},
        {1, 1u << 29, "QUEUES_PRESET"},
        {1, 1u << 31, "ECMDQ"},
        {3, 1u << 15, "DPT"},
        {3, 1u << 3, "PBHA"},
        {5, 1u << 7, "DS"},
        {5, 1u << 8, "D128"},
        {0, 1u << 30, "RME_IMPL"},
        {3, 1u << 23, "IDR3"},
        {3, 1u << 22, "IDR3"},
        {3, 1u << 21, "IDR3"},
        {3, 1u << 20, "IDR3"},
        {3, 1u << 31, "IDR3"},
        {3, 1u << 24, "IDR3"},
        {3, 1u << 19, "IDR3"},
        {3, 1u << 18, "IDR3"},
        {0, 1u << 2, "TTF"},
        {0, 1u << 6, "HTTU"},
        {3, 1u << 16, "PASIDTT"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dbell_smmu_config config = dbell_smmu_default_config();
        CHECK(!dbell_smmu_missing_feature(&config, 0));
        config.idr[cases[i].reg] |= cases[i].bits;
        const char *text = dbell_smmu_missing_feature(&config, 0);
        CHECK(text && strstr(text, cases[i].word));
        CHECK(!dbell_smmu_missing_feature(&config, 1));
    }
    struct dbell_smmu_config config = dbell_smmu_default_config();
    config.idr[0] = (config.idr[0] & ~0xcu) | 0x4; /* TTF 0b01 */
    config.aidr = 4;
    const char *first = dbell_smmu_missing_feature(&config, 0),
               *second = dbell_smmu_missing_feature(&config, 1);
    CHECK(first && strstr(first, "TTF"));
    CHECK(second && strstr(second, "AIDR"));
    config = dbell_smmu_default_config();
    config.aidr = 3;
    CHECK(!dbell_smmu_missing_feature(&config, 0));
    config.idr[1] |= 7u << 29;
    CHECK(dbell_smmu_missing_feature(&config, 2) && !dbell_smmu_missing_feature(&config, 3));
}
