/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "originated.h"

#include "attributes.h"

struct mpam dbell__mpam_supported(const struct dbell_smmu_features *f, struct mpam mpam)
{
    if (!f->mpam || mpam.partid > f->partid_max)
        mpam.partid = 0;
    if (!f->mpam || mpam.pmg > f->pmg_max)
        mpam.pmg = 0;
    return mpam;
}

static struct mpam global_mpam(const struct dbell_smmu_state *state)
{
    const uint64_t gmpam = state->r.gmpam;
    return dbell__mpam_supported(&state->features,
                                 (struct mpam){.partid = (uint16_t)get(&gmpam, MPAM_PARTID),
                                               .pmg = (uint8_t)get(&gmpam, MPAM_PMG)});
}

struct originated dbell__originated_table(const struct dbell_smmu_state *state)
{
    const uint64_t cr1 = state->r.cr1;
    const struct region_fields fields = {.inner = (unsigned)get(&cr1, CR1_TABLE_IC),
                                         .outer = (unsigned)get(&cr1, CR1_TABLE_OC),
                                         .sh = (unsigned)get(&cr1, CR1_TABLE_SH)};
    return (struct originated){.attributes = dbell__attributes_cr1(
                                   fields, get(&state->r.strtab_base, BASE_ALLOCATE), false),
                               .mpam = global_mpam(state)};
}

struct originated dbell__originated_queue(const struct dbell_smmu_state *state, uint64_t base,
                                          bool write)
{
    const uint64_t cr1 = state->r.cr1;
    const struct region_fields fields = {.inner = (unsigned)get(&cr1, CR1_QUEUE_IC),
                                         .outer = (unsigned)get(&cr1, CR1_QUEUE_OC),
                                         .sh = (unsigned)get(&cr1, CR1_QUEUE_SH)};
    bool hint = get(&base, BASE_ALLOCATE);
    return (struct originated){.attributes =
                                   dbell__attributes_cr1(fields, hint && !write, hint && write),
                               .mpam = global_mpam(state)};
}

struct originated dbell__originated_msi(const struct dbell_smmu_state *state,
                                        uint32_t attribute_register)
{
    const uint64_t cfg2 = attribute_register;
    return (struct originated){.attributes = attributes_consistent((struct attributes){
                                   .type = dbell__memattr_type((unsigned)get(&cfg2, MSI_MEMATTR)),
                                   .sh = (uint8_t)get(&cfg2, MSI_SH)}),
                               .mpam = global_mpam(state)};
}

struct dbell_sideband dbell__originated_side(const struct dbell_smmu_state *state,
                                             struct originated originated)
{
    return (struct dbell_sideband){.privileged = true,
                                   .attr = originated.attributes.type,
                                   .sh = originated.attributes.sh,
                                   .partid = originated.mpam.partid,
                                   .pmg = originated.mpam.pmg,
                                   .instance = state->config.instance};
}

bool dbell__originated_read(struct dbell_smmu *smmu, uint64_t address, uint8_t *bytes,
                            unsigned size, struct originated originated)
{
    const struct dbell_sideband side = dbell__originated_side(smmu->state, originated);
    return dbell__memory_read(&smmu->ports.tables, &smmu->windows, address, bytes, size, &side) ==
           DBELL_RESPONSE_OK;
}

bool dbell__originated_write(struct dbell_smmu *smmu, uint64_t address, const uint8_t *bytes,
                             unsigned size, struct originated originated)
{
    const struct dbell_sideband side = dbell__originated_side(smmu->state, originated);
    return dbell__memory_write(&smmu->ports.tables, &smmu->windows, address, bytes, size, &side) ==
           DBELL_RESPONSE_OK;
}
