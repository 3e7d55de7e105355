/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What an SMMU implements, as its ID registers announce it (IHI 0070 6.3.1-6.3.8, 6.3.41).
 *
 * The registers are the truth: struct dbell_smmu_config holds their values, and the model
 * implements what they say. This struct is the readable way to them and back. Fields are named
 * after the register fields; numbers are those of the register unless said otherwise. */
#ifndef DOORBELL_SMMU_FEATURES_H
#define DOORBELL_SMMU_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dbell_smmu_features {
    uint8_t version; /* AIDR.ArchMinorRev: 2 is SMMUv3.2 */

    /* IDR0 */
    bool stage1, stage2; /* S1P, S2P */
    uint8_t ttf;         /* bit 0: VMSAv8-32 LPAE, bit 1: VMSAv8-64 */
    bool cohacc, btm;
    uint8_t httu; /* 0: none, 1: Access flag, 2: and dirty state */
    bool dormhint, hyp, ats, ns1ats, asid16, msi, sev, atos, pri, vmw, vmid16, cd2l, vatos;
    uint8_t ttendian; /* 0: mixed, 2: little, 3: big */
    bool atsrecerr;
    uint8_t stall_model; /* 0: stall and terminate, 1: no stall, 2: stall forced */
    bool term_model;     /* faults always abort */
    bool two_level_strtab;

    /* IDR1: sizes as powers of two */
    uint8_t sidsize, ssidsize, priqs, eventqs, cmdqs;
    bool attr_perms_ovr, attr_types_ovr;

    /* IDR2 */
    uint16_t ba_vatos; /* pages of 64 KiB after page 1 */

    /* IDR3 */
    bool had, pbha, xnx, pps, mpam, fwb, stt, ril;
    uint8_t bbml;
    bool e0pd, ptwnnc, epan;

    /* IDR5 */
    uint8_t oas; /* bits of a physical address: 32, 36, 40, 42, 44, 48, 52 */
    bool gran4k, gran16k, gran64k;
    bool vax52; /* VAX: 52-bit virtual addresses */
    uint16_t stall_max;

    /* MPAMIDR */
    uint16_t partid_max;
    uint8_t pmg_max;
};

struct dbell_smmu_config;

struct dbell_smmu_features dbell_smmu_features_of(const struct dbell_smmu_config *config);

/* Writes IDR0-5, AIDR and MPAMIDR of `config`; what else it holds stays. */
void dbell_smmu_features_set(struct dbell_smmu_config *config,
                             const struct dbell_smmu_features *features);

/* What in the ID registers contradicts itself or the announced version, as a short static text
 * with its section, from index 0 on; NULL past the last. Nothing refuses such values: an SMMU that
 * is configured with them does what each bit says. */
const char *dbell_smmu_inconsistency(const struct dbell_smmu_config *config, unsigned index);

/* What of the features announced in `config` this model lacks, in the same way. */
const char *dbell_smmu_missing_feature(const struct dbell_smmu_config *config, unsigned index);

/* Named configurations: "max" (all that the model implements up to SMMUv3.2, but the VATOS page),
 * "arm-mmu600" and "arm-mmu700" (after Arm's technical reference manuals 101412 and 101542),
 * "qemu-virt" (what QEMU's virt machine shows with iommu=smmuv3). DBELL_E_NOT_FOUND. */
int dbell_smmu_preset(const char *name, struct dbell_smmu_config *config);
/* The names, from index 0 on; NULL past the last. */
const char *dbell_smmu_preset_name(unsigned index);

#ifdef __cplusplus
}
#endif
#endif
