/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Named configurations. */
#include <string.h>

#include "state.h"

enum { IMPLEMENTER_ARM = 0x43b, PART_MMU600 = 0x483, PART_MMU700 = 0x487 };

static uint32_t iidr(uint32_t part, uint32_t variant)
{
    uint64_t word = 0;
    put(&word, IIDR_IMPLEMENTER, IMPLEMENTER_ARM);
    put(&word, IIDR_VARIANT, variant);
    put(&word, IIDR_PRODUCT, part);
    return (uint32_t)word;
}

static struct dbell_smmu_pmcg_config group(unsigned units, unsigned counters, unsigned bits)
{
    return (struct dbell_smmu_pmcg_config){.units = (uint8_t)units,
                                           .counters = (uint8_t)counters,
                                           .counter_bits = (uint8_t)bits,
                                           .relocated = true,
                                           .capture = true,
                                           .msi = true};
}

/* What all of them share. */
static struct dbell_smmu_features common(void)
{
    return (struct dbell_smmu_features){
        .stage1 = true,
        .stage2 = true,
        .ttf = 2, /* AArch64 */
        .cohacc = true,
        .asid16 = true,
        .vmid16 = true,
        .two_level_strtab = true,
        .eventqs = 19,
        .cmdqs = 19,
        .had = true,
        .xnx = true,
        .gran4k = true,
        .gran16k = true,
        .gran64k = true,
    };
}

/* All that the model implements of SMMUv3.2. The VATOS page is left out, as it lies beyond the
 * two pages that a platform gives an SMMU as a rule. */
static void max(struct dbell_smmu_config *config)
{
    struct dbell_smmu_features f = common();
    f.version = 2;
    f.btm = f.hyp = f.msi = f.sev = f.atos = f.vmw = f.cd2l = true;
    f.ats = f.pri = true;
    f.priqs = 19;
    f.httu = 2;
    f.sidsize = 32;
    f.ssidsize = 20;
    f.attr_perms_ovr = f.attr_types_ovr = true;
    f.mpam = f.fwb = f.stt = f.ril = true;
    f.bbml = 2;
    f.oas = 52;
    f.vax52 = true;
    f.stall_max = 64;
    f.partid_max = 0x1ff;
    f.pmg_max = 3;
    dbell_smmu_features_set(config, &f);
    config->iidr = iidr(PART_MMU600, 2);
    config->pmcg[0] = group(DBELL_PMCG_TCU | DBELL_PMCG_TBU, 8, 64);
}

/* Arm 101412: SMMUv3.1, no HTTU, 48-bit addresses. STALL_MAX is the number of translation slots. */
static void mmu600(struct dbell_smmu_config *config)
{
    struct dbell_smmu_features f = common();
    f.version = 1;
    f.btm = f.hyp = f.msi = f.sev = f.vmw = f.cd2l = true;
    f.ats = f.ns1ats = f.pri = f.pps = true;
    f.priqs = 19;
    f.sidsize = 24;
    f.ssidsize = 20;
    f.attr_perms_ovr = f.attr_types_ovr = true;
    f.oas = 48;
    f.stall_max = 64;
    dbell_smmu_features_set(config, &f);
    config->iidr = iidr(PART_MMU600, 2);
    config->pmcg[0] = group(DBELL_PMCG_TCU, 4, 32);
    config->pmcg[1] = group(DBELL_PMCG_TBU, 4, 32);
}

/* Arm 101542: SMMUv3.2. Sizes as the discovery registers of its section 3.4 show them. */
static void mmu700(struct dbell_smmu_config *config)
{
    struct dbell_smmu_features f = common();
    f.version = 2;
    f.btm = f.hyp = f.msi = f.sev = f.vmw = f.cd2l = true;
    f.ats = f.pri = f.pps = true;
    f.priqs = 19;
    f.httu = 2;
    f.sidsize = 32;
    f.ssidsize = 20;
    f.attr_perms_ovr = f.attr_types_ovr = true;
    f.mpam = f.fwb = f.stt = f.ril = true;
    f.bbml = 2;
    f.oas = 52;
    f.vax52 = true;
    f.stall_max = 256;
    f.partid_max = 0x1ff;
    f.pmg_max = 1;
    dbell_smmu_features_set(config, &f);
    config->iidr = iidr(PART_MMU700, 1);
    config->pmcg[0] = group(DBELL_PMCG_TCU, 4, 32);
    config->pmcg[1] = group(DBELL_PMCG_TBU, 4, 32);
}

/* The values that Linux read from QEMU's virt machine (traces/linux). */
static void qemu_virt(struct dbell_smmu_config *config)
{
    static const uint32_t idr[6] = {0x0d44101b, 0x02730010, 0, 0x1414, 0, 0x74};
    memcpy(config->idr, idr, sizeof idr);
    config->aidr = 1;
    config->mpamidr = config->iidr = 0;
}

static const struct {
    const char *name;
    void (*fill)(struct dbell_smmu_config *config);
} presets[] = {
    {"max", max},
    {"arm-mmu600", mmu600},
    {"arm-mmu700", mmu700},
    {"qemu-virt", qemu_virt},
};

const char *dbell_smmu_preset_name(unsigned index)
{
    return index < sizeof presets / sizeof presets[0] ? presets[index].name : NULL;
}

int dbell_smmu_preset(const char *name, struct dbell_smmu_config *config)
{
    for (size_t i = 0; name && i < sizeof presets / sizeof presets[0]; i++)
        if (!strcmp(name, presets[i].name)) {
            *config = (struct dbell_smmu_config){
                .tlb_entries = 4096, .config_entries = 1024, .stall_entries = 256};
            presets[i].fill(config);
            return DBELL_OK;
        }
    return DBELL_E_NOT_FOUND;
}

struct dbell_smmu_config dbell_smmu_default_config(void)
{
    struct dbell_smmu_config config;
    dbell_smmu_preset("max", &config);
    return config;
}
