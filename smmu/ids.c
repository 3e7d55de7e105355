/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* ID registers and what they announce (IHI 0070 6.3.1-6.3.8, 6.3.41). */
#include <string.h>

#include "state.h"

/* One line per field of the ID registers that is a feature by itself. */
#define FEATURE_FIELDS(FEATURE)                          \
    FEATURE(idr[0], IDR0_S1P, stage1)                    \
    FEATURE(idr[0], IDR0_S2P, stage2)                    \
    FEATURE(idr[0], IDR0_TTF, ttf)                       \
    FEATURE(idr[0], IDR0_COHACC, cohacc)                 \
    FEATURE(idr[0], IDR0_BTM, btm)                       \
    FEATURE(idr[0], IDR0_HTTU, httu)                     \
    FEATURE(idr[0], IDR0_DORMHINT, dormhint)             \
    FEATURE(idr[0], IDR0_HYP, hyp)                       \
    FEATURE(idr[0], IDR0_ATS, ats)                       \
    FEATURE(idr[0], IDR0_NS1ATS, ns1ats)                 \
    FEATURE(idr[0], IDR0_ASID16, asid16)                 \
    FEATURE(idr[0], IDR0_MSI, msi)                       \
    FEATURE(idr[0], IDR0_SEV, sev)                       \
    FEATURE(idr[0], IDR0_ATOS, atos)                     \
    FEATURE(idr[0], IDR0_PRI, pri)                       \
    FEATURE(idr[0], IDR0_VMW, vmw)                       \
    FEATURE(idr[0], IDR0_VMID16, vmid16)                 \
    FEATURE(idr[0], IDR0_CD2L, cd2l)                     \
    FEATURE(idr[0], IDR0_VATOS, vatos)                   \
    FEATURE(idr[0], IDR0_TTENDIAN, ttendian)             \
    FEATURE(idr[0], IDR0_ATSRECERR, atsrecerr)           \
    FEATURE(idr[0], IDR0_STALL_MODEL, stall_model)       \
    FEATURE(idr[0], IDR0_TERM_MODEL, term_model)         \
    FEATURE(idr[0], IDR0_ST_LEVEL, two_level_strtab)     \
    FEATURE(idr[1], IDR1_SIDSIZE, sidsize)               \
    FEATURE(idr[1], IDR1_SSIDSIZE, ssidsize)             \
    FEATURE(idr[1], IDR1_PRIQS, priqs)                   \
    FEATURE(idr[1], IDR1_EVENTQS, eventqs)               \
    FEATURE(idr[1], IDR1_CMDQS, cmdqs)                   \
    FEATURE(idr[1], IDR1_ATTR_PERMS_OVR, attr_perms_ovr) \
    FEATURE(idr[1], IDR1_ATTR_TYPES_OVR, attr_types_ovr) \
    FEATURE(idr[2], IDR2_BA_VATOS, ba_vatos)             \
    FEATURE(idr[3], IDR3_HAD, had)                       \
    FEATURE(idr[3], IDR3_PBHA, pbha)                     \
    FEATURE(idr[3], IDR3_XNX, xnx)                       \
    FEATURE(idr[3], IDR3_PPS, pps)                       \
    FEATURE(idr[3], IDR3_MPAM, mpam)                     \
    FEATURE(idr[3], IDR3_FWB, fwb)                       \
    FEATURE(idr[3], IDR3_STT, stt)                       \
    FEATURE(idr[3], IDR3_RIL, ril)                       \
    FEATURE(idr[3], IDR3_BBML, bbml)                     \
    FEATURE(idr[3], IDR3_E0PD, e0pd)                     \
    FEATURE(idr[3], IDR3_PTWNNC, ptwnnc)                 \
    FEATURE(idr[3], IDR3_EPAN, epan)                     \
    FEATURE(idr[5], IDR5_GRAN4K, gran4k)                 \
    FEATURE(idr[5], IDR5_GRAN16K, gran16k)               \
    FEATURE(idr[5], IDR5_GRAN64K, gran64k)               \
    FEATURE(idr[5], IDR5_STALL_MAX, stall_max)           \
    FEATURE(aidr, AIDR_MINOR, version)                   \
    FEATURE(mpamidr, MPAMIDR_PARTID_MAX, partid_max)     \
    FEATURE(mpamidr, MPAMIDR_PMG_MAX, pmg_max)

static uint64_t field_of(uint32_t reg, int field)
{
    const uint64_t word = reg;
    return get(&word, field);
}

static void set_field(uint32_t *reg, int field, uint64_t value)
{
    uint64_t word = *reg;
    put(&word, field, value);
    *reg = (uint32_t)word;
}

unsigned dbell__oas_bits(unsigned field)
{
    static const uint8_t bits_of[8] = {32, 36, 40, 42, 44, 48, 52, 52}; /* 0b111: as 0b110, 5.2 */
    return bits_of[field & 7];
}

struct dbell_smmu_features dbell_smmu_features_of(const struct dbell_smmu_config *config)
{
    struct dbell_smmu_features f = {
        .oas = (uint8_t)dbell__oas_bits((unsigned)field_of(config->idr[5], IDR5_OAS)),
        .vax52 = field_of(config->idr[5], IDR5_VAX) == 1,
    };
#define DECODE(reg, field, member) f.member = (__typeof__(f.member))field_of(config->reg, field);
    FEATURE_FIELDS(DECODE)
#undef DECODE
    return f;
}

void dbell_smmu_features_set(struct dbell_smmu_config *config,
                             const struct dbell_smmu_features *features)
{
    unsigned oas = 0;
    while (dbell__oas_bits(oas) < features->oas && oas < 6)
        oas++;
    memset(config->idr, 0, sizeof config->idr);
    config->aidr = config->mpamidr = 0;
    set_field(&config->idr[5], IDR5_OAS, oas);
    set_field(&config->idr[5], IDR5_VAX, features->vax52);
#define ENCODE(reg, field, member) set_field(&config->reg, field, features->member);
    FEATURE_FIELDS(ENCODE)
#undef ENCODE
}

bool dbell__granule_supported(const struct dbell_smmu_features *features, unsigned granule)
{
    switch (granule) {
    case 12:
        return features->gran4k;
    case 14:
        return features->gran16k;
    case 16:
        return features->gran64k;
    default:
        return false;
    }
}

/* The text of the index'th rule that is broken. */
struct verdict {
    unsigned index;
    const char *text;
};

static void expect(struct verdict *verdict, bool holds, const char *text)
{
    if (!holds && !verdict->text && verdict->index-- == 0)
        verdict->text = text;
}

static void check_translation(struct verdict *v, const struct dbell_smmu_features *f)
{
    const bool both = f->stage1 && f->stage2, v1 = f->version >= 1, v2 = f->version >= 2;
    expect(v, f->stage1 || f->stage2, "3.1, 6.3.1: neither IDR0.S1P nor S2P is set");
    expect(v, f->ttf != 0, "6.3.1: IDR0.TTF is 0b00, reserved");
    expect(v, !(f->ttf & 1) || f->gran4k, "6.3.6: IDR0.TTF[0] needs IDR5.GRAN4K");
    expect(v, f->gran4k || f->gran16k || f->gran64k, "6.3.6: IDR5 has no granule");
    expect(v, f->ttendian != 1, "6.3.1: IDR0.TTENDIAN is 0b01, reserved");
    expect(v, !f->hyp || both, "6.3.1: IDR0.Hyp needs S1P and S2P");
    expect(v, f->hyp || !v2 || !both, "6.3.1: SMMUv3.2 with both stages needs IDR0.Hyp");
    expect(v, !f->vmw || f->stage2, "6.3.1: IDR0.VMW needs S2P");
    expect(v, f->had == f->stage1 || !v1, "6.3.4: from SMMUv3.1, IDR3.HAD is IDR0.S1P");
    expect(v, !f->had || f->stage1, "6.3.4: IDR3.HAD needs IDR0.S1P");
    expect(v, f->xnx == f->stage2 || !v1, "6.3.4: from SMMUv3.1, IDR3.XNX is IDR0.S2P");
    expect(v, !f->xnx || v1, "6.3.4: IDR3.XNX came with SMMUv3.1");
    expect(v, !f->pbha || (f->had && v1), "6.3.4: IDR3.PBHA needs HAD and SMMUv3.1");
    expect(v, f->fwb || !v2 || !f->stage2, "6.3.4: SMMUv3.2 with stage 2 needs IDR3.FWB");
    expect(v, f->ril || !v2, "6.3.4: SMMUv3.2 needs IDR3.RIL");
    expect(v, f->bbml != 3 && (f->bbml || !v2), "6.3.4: SMMUv3.2 needs IDR3.BBML 0b01 or 0b10");
    /* An implementation may have features of the next version (2.9). */
    expect(v, v1 || !(f->fwb || f->ril || f->stt || f->mpam || f->bbml),
           "6.3.4: IDR3.FWB, STT, RIL, MPAM and BBML came with SMMUv3.2");
    expect(v, v2 || !(f->e0pd || f->ptwnnc), "6.3.4: IDR3.E0PD and PTWNNC came with SMMUv3.3");
    expect(v, f->version >= 3 || !f->epan, "6.3.4: IDR3.EPAN came with SMMUv3.4");
    expect(v, f->e0pd || f->version < 3, "6.3.4: SMMUv3.3 needs IDR3.E0PD");
    expect(v, f->ptwnnc || f->version < 3 || !f->stage2,
           "6.3.4: SMMUv3.3 with stage 2 needs IDR3.PTWNNC");
}

static void check_sizes(struct verdict *v, const struct dbell_smmu_config *config,
                        const struct dbell_smmu_features *f)
{
    const uint32_t *idr = config->idr;
    const bool wide = f->gran64k || field_of(idr[5], IDR5_DS), d128 = field_of(idr[5], IDR5_D128);
    const uint64_t vax = field_of(idr[5], IDR5_VAX);
    expect(v, f->oas < 52 || (wide && f->version >= 1) || d128,
           "6.3.6: IDR5.OAS of 52 bits needs GRAN64K or DS");
    expect(v, field_of(idr[5], IDR5_OAS) != 7 || d128, "6.3.6: IDR5.OAS of 56 bits needs D128");
    expect(v, vax != 1 || (wide && f->version >= 1), "6.3.6: IDR5.VAX needs GRAN64K or DS");
    expect(v, vax < 2 || d128, "6.3.6: IDR5.VAX 0b1x needs D128");
    expect(v, field_of(idr[0], IDR0_ST_LEVEL) < 2, "6.3.1: IDR0.ST_LEVEL is 0b1x, reserved");
    expect(v,
           !field_of(idr[1], IDR1_REL) || field_of(idr[1], IDR1_TABLES_PRESET) ||
               field_of(idr[1], IDR1_QUEUES_PRESET),
           "6.3.2: IDR1.REL needs TABLES_PRESET or QUEUES_PRESET");
}

static void check_interfaces(struct verdict *v, const struct dbell_smmu_config *config,
                             const struct dbell_smmu_features *f)
{
    expect(v, f->sidsize <= 32, "6.3.2: IDR1.SIDSIZE exceeds 32");
    expect(v, f->ssidsize <= 20, "6.3.2: IDR1.SSIDSIZE exceeds 20");
    expect(v, f->cmdqs <= 19 && f->eventqs <= 19 && f->priqs <= 19,
           "6.3.2: IDR1.CMDQS, EVENTQS or PRIQS exceeds 19");
    expect(v, f->sidsize < 7 || f->two_level_strtab,
           "6.3.2: IDR1.SIDSIZE of 7 or more needs IDR0.ST_LEVEL");
    expect(v, f->stall_model != 3, "6.3.1: IDR0.STALL_MODEL is 0b11, reserved");
    expect(v, f->stall_model != 1 || f->stall_max == 0,
           "6.3.6: IDR5.STALL_MAX is 0 with IDR0.STALL_MODEL 0b01");
    expect(v, f->ats || !(f->pri || f->atsrecerr || f->ns1ats),
           "6.3.1: IDR0.PRI, ATSRECERR and NS1ATS need ATS");
    expect(v, !f->ns1ats || (f->stage1 && f->stage2), "6.3.1: IDR0.NS1ATS needs both stages");
    expect(v, !f->pps || (f->pri && f->ssidsize), "6.3.4: IDR3.PPS needs PRI and SSIDSIZE");
    expect(v, !f->vatos || (f->atos && f->stage1 && f->stage2),
           "6.3.1: IDR0.VATOS needs ATOS and both stages");
    expect(v, !f->vatos || (f->ba_vatos != 2 && f->ba_vatos != 3) || !config->pmcg[1].counters,
           "6.3.3: IDR2.BA_VATOS puts the VATOS page over a counter group");
    expect(v, f->mpam || !(f->partid_max || f->pmg_max), "6.3.41: MPAMIDR needs IDR3.MPAM");
}

const char *dbell_smmu_inconsistency(const struct dbell_smmu_config *config, unsigned index)
{
    const struct dbell_smmu_features features = dbell_smmu_features_of(config);
    struct verdict verdict = {.index = index};
    check_translation(&verdict, &features);
    check_sizes(&verdict, config, &features);
    check_interfaces(&verdict, config, &features);
    return verdict.text;
}

const char *dbell_smmu_missing_feature(const struct dbell_smmu_config *config, unsigned index)
{
    static const struct {
        uint8_t reg;
        int field;
        uint32_t above; /* values above this one announce what is missing */
        const char *text;
    } missing[] = {
        {0, IDR0_TTF, 2, "IDR0.TTF: VMSAv8-32 LPAE tables"},
        {0, IDR0_HTTU, 2, "IDR0.HTTU: access flag of table descriptors"},
        {0, IDR0_RME_IMPL, 0, "IDR0.RME_IMPL: granule protection"},
        {1, IDR1_QUEUES_PRESET, 0, "IDR1.QUEUES_PRESET: fixed queue bases"},
        {1, IDR1_TABLES_PRESET, 0, "IDR1.TABLES_PRESET: fixed table bases"},
        {1, IDR1_ECMDQ, 0, "IDR1.ECMDQ: enhanced command queues"},
        {3, IDR3_PBHA, 0, "IDR3.PBHA: page-based hardware attributes"},
        {3, IDR3_DPT, 0, "IDR3.DPT: device permission table"},
        {3, IDR3_PASIDTT, 0, "IDR3.PASIDTT: PASID in translated transactions"},
        {3, IDR3_LATER, 0, "IDR3[31:18]: features of SMMUv3.4"},
        {5, IDR5_DS, 0, "IDR5.DS: 52-bit addresses with 4 KB and 16 KB granules"},
        {5, IDR5_D128, 0, "IDR5.D128: 128-bit descriptors"},
    };
    struct verdict verdict = {.index = index};
    expect(&verdict, field_of(config->idr[0], IDR0_TTF) != 1,
           "IDR0.TTF: VMSAv8-32 LPAE tables alone");
    for (unsigned i = 0; i < sizeof missing / sizeof missing[0]; i++)
        expect(&verdict,
               field_of(config->idr[missing[i].reg], missing[i].field) <= missing[i].above,
               missing[i].text);
    expect(&verdict, field_of(config->aidr, AIDR_MINOR) <= 3, "AIDR: what SMMUv3.4 added");
    return verdict.text;
}

const char *dbell_smmu_counter_name(enum dbell_smmu_counter counter)
{
    static const char *const names[DBELL_SMMU_COUNTERS] = {
        [DBELL_SMMU_READS_STE] = "reads.ste",
        [DBELL_SMMU_READS_L1STD] = "reads.l1std",
        [DBELL_SMMU_READS_CD] = "reads.cd",
        [DBELL_SMMU_READS_VMS] = "reads.vms",
        [DBELL_SMMU_READS_L1CD] = "reads.l1cd",
        [DBELL_SMMU_READS_S1] = "reads.s1",
        [DBELL_SMMU_READS_S2] = "reads.s2",
        [DBELL_SMMU_TLB_HIT] = "tlb.hit",
        [DBELL_SMMU_TLB_MISS] = "tlb.miss",
        [DBELL_SMMU_CONFIG_HIT] = "config.hit",
        [DBELL_SMMU_CONFIG_MISS] = "config.miss",
        [DBELL_SMMU_TRANSLATIONS] = "translations",
        [DBELL_SMMU_EVENTS] = "events",
        [DBELL_SMMU_EVENTS_LOST] = "events.lost",
        [DBELL_SMMU_EVENTS_MERGED] = "events.merged",
        [DBELL_SMMU_COMMANDS] = "commands",
        [DBELL_SMMU_ATS_REQUESTS] = "ats.requests",
        [DBELL_SMMU_ATC_INVALIDATIONS] = "atc.invalidations",
        [DBELL_SMMU_PRI_QUEUED] = "pri.queued",
        [DBELL_SMMU_PRI_DISCARDED] = "pri.discarded",
        [DBELL_SMMU_ILLEGAL_ACCESSES] = "illegal_accesses",
    };
    return (unsigned)counter < DBELL_SMMU_COUNTERS ? names[counter] : NULL;
}
