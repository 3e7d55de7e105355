/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* ID registers and what they announce (IHI 0070 6.3.1-6.3.8). */
#include "state.h"

unsigned dbell__oas_bits(unsigned field)
{
    static const uint8_t bits_of[8] = {32, 36, 40, 42, 44, 48, 52, 52}; /* 0b111: as 0b110, 5.2 */
    return bits_of[field & 7];
}

struct features dbell__features_decode(const struct dbell_smmu_config *config)
{
    const uint64_t idr0 = config->idr[0], idr1 = config->idr[1];
    const uint64_t idr3 = config->idr[3], idr5 = config->idr[5];
    return (struct features){
        .stage1 = get(&idr0, IDR0_S1P),
        .stage2 = get(&idr0, IDR0_S2P),
        .hyp = get(&idr0, IDR0_HYP),
        .asid16 = get(&idr0, IDR0_ASID16),
        .vmid16 = get(&idr0, IDR0_VMID16),
        .cd2l = get(&idr0, IDR0_CD2L),
        .two_level_strtab = get(&idr0, IDR0_ST_LEVEL) != 0,
        .msi = get(&idr0, IDR0_MSI),
        .sev = get(&idr0, IDR0_SEV),
        .ats = get(&idr0, IDR0_ATS),
        .ns1ats = get(&idr0, IDR0_NS1ATS),
        .pri = get(&idr0, IDR0_PRI),
        .httu = (uint8_t)get(&idr0, IDR0_HTTU),
        .ttendian = (uint8_t)get(&idr0, IDR0_TTENDIAN),
        .stall_model = (uint8_t)get(&idr0, IDR0_STALL_MODEL),
        .term_model = (uint8_t)get(&idr0, IDR0_TERM_MODEL),
        .sidsize = (uint8_t)get(&idr1, IDR1_SIDSIZE),
        .ssidsize = (uint8_t)get(&idr1, IDR1_SSIDSIZE),
        .cmdqs = (uint8_t)get(&idr1, IDR1_CMDQS),
        .eventqs = (uint8_t)get(&idr1, IDR1_EVENTQS),
        .priqs = (uint8_t)get(&idr1, IDR1_PRIQS),
        .attr_types_ovr = get(&idr1, IDR1_ATTR_TYPES_OVR),
        .attr_perms_ovr = get(&idr1, IDR1_ATTR_PERMS_OVR),
        .had = get(&idr3, IDR3_HAD),
        .xnx = get(&idr3, IDR3_XNX),
        .fwb = get(&idr3, IDR3_FWB),
        .stt = get(&idr3, IDR3_STT),
        .ril = get(&idr3, IDR3_RIL),
        .e0pd = get(&idr3, IDR3_E0PD),
        .epan = get(&idr3, IDR3_EPAN),
        .ptwnnc = get(&idr3, IDR3_PTWNNC),
        .gran4k = get(&idr5, IDR5_GRAN4K),
        .gran16k = get(&idr5, IDR5_GRAN16K),
        .gran64k = get(&idr5, IDR5_GRAN64K),
        .vax52 = get(&idr5, IDR5_VAX) == 1,
        .oas = (uint8_t)dbell__oas_bits((unsigned)get(&idr5, IDR5_OAS)),
    };
}

bool dbell__granule_supported(const struct features *features, unsigned granule)
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

/* Builds a register from its fields. */
static void set(uint32_t *reg, int field, uint32_t value)
{
    uint64_t word = *reg;
    put(&word, field, value);
    *reg = (uint32_t)word;
}

struct dbell_smmu_config dbell_smmu_default_config(void)
{
    struct dbell_smmu_config config = {
        .iidr = 0x4832043b,
        .aidr = 2, /* SMMUv3.2 */
        .tlb_entries = 4096,
        .config_entries = 1024,
        .stall_entries = 64,
    };
    uint32_t *idr = config.idr;
    set(&idr[0], IDR0_S2P, 1);
    set(&idr[0], IDR0_S1P, 1);
    set(&idr[0], IDR0_TTF, 2); /* AArch64 */
    set(&idr[0], IDR0_COHACC, 1);
    set(&idr[0], IDR0_HTTU, 2);
    set(&idr[0], IDR0_HYP, 1);
    set(&idr[0], IDR0_ASID16, 1);
    set(&idr[0], IDR0_MSI, 1);
    set(&idr[0], IDR0_SEV, 1);
    set(&idr[0], IDR0_VMID16, 1);
    set(&idr[0], IDR0_CD2L, 1);
    set(&idr[0], IDR0_TTENDIAN, 0); /* mixed */
    set(&idr[0], IDR0_ST_LEVEL, 1);
    set(&idr[1], IDR1_SIDSIZE, 32);
    set(&idr[1], IDR1_SSIDSIZE, 20);
    set(&idr[1], IDR1_EVENTQS, 19);
    set(&idr[1], IDR1_CMDQS, 19);
    set(&idr[1], IDR1_ATTR_PERMS_OVR, 1);
    set(&idr[1], IDR1_ATTR_TYPES_OVR, 1);
    set(&idr[3], IDR3_HAD, 1);
    set(&idr[3], IDR3_XNX, 1);
    set(&idr[3], IDR3_STT, 1);
    set(&idr[3], IDR3_RIL, 1);
    set(&idr[3], IDR3_BBML, 2);
    set(&idr[5], IDR5_OAS, 6);
    set(&idr[5], IDR5_GRAN4K, 1);
    set(&idr[5], IDR5_GRAN16K, 1);
    set(&idr[5], IDR5_GRAN64K, 1);
    set(&idr[5], IDR5_VAX, 1);
    set(&idr[5], IDR5_STALL_MAX, 64);
    return config;
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
        {0, IDR0_BTM, 0, "IDR0.BTM: broadcast TLB maintenance"},
        {0, IDR0_HTTU, 2, "IDR0.HTTU: access flag of table descriptors"},
        {0, IDR0_ATS, 0, "IDR0.ATS: address translation service"},
        {0, IDR0_ATOS, 0, "IDR0.ATOS: address translation operations"},
        {0, IDR0_PRI, 0, "IDR0.PRI: page request interface"},
        {0, IDR0_VMW, 0, "IDR0.VMW: VMID wildcards"},
        {0, IDR0_RME_IMPL, 0, "IDR0.RME_IMPL: granule protection"},
        {1, IDR1_QUEUES_PRESET, 0, "IDR1.QUEUES_PRESET: fixed queue bases"},
        {1, IDR1_TABLES_PRESET, 0, "IDR1.TABLES_PRESET: fixed table bases"},
        {1, IDR1_ECMDQ, 0, "IDR1.ECMDQ: enhanced command queues"},
        {3, IDR3_PBHA, 0, "IDR3.PBHA: page-based hardware attributes"},
        {3, IDR3_MPAM, 0, "IDR3.MPAM: resource partitioning"},
        {3, IDR3_PTWNNC, 0, "IDR3.PTWNNC: table walks to Device memory as Non-cacheable"},
        {3, IDR3_DPT, 0, "IDR3.DPT: device permission table"},
        {3, IDR3_LATER, 0, "IDR3[31:18]: features of SMMUv3.4"},
        {5, IDR5_DS, 0, "IDR5.DS: 52-bit addresses with 4 KB and 16 KB granules"},
        {5, IDR5_D128, 0, "IDR5.D128: 128-bit descriptors"},
    };
    for (unsigned i = 0; i < sizeof missing / sizeof missing[0]; i++) {
        uint64_t word = config->idr[missing[i].reg];
        if (get(&word, missing[i].field) > missing[i].above) {
            if (index == 0)
                return missing[i].text;
            index--;
        }
    }
    return NULL;
}

const char *dbell_smmu_counter_name(enum dbell_smmu_counter counter)
{
    static const char *const names[DBELL_SMMU_COUNTERS] = {
        [DBELL_SMMU_READS_STE] = "reads.ste",
        [DBELL_SMMU_READS_L1STD] = "reads.l1std",
        [DBELL_SMMU_READS_CD] = "reads.cd",
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
        [DBELL_SMMU_COMMANDS] = "commands",
        [DBELL_SMMU_ILLEGAL_ACCESSES] = "illegal_accesses",
    };
    return (unsigned)counter < DBELL_SMMU_COUNTERS ? names[counter] : NULL;
}
