/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "entries.h"

void dbell__vte_encode(const struct dbell_vpe *vpe, uint64_t words[VTE_WORDS])
{
    for (unsigned i = 0; i < VTE_WORDS; i++)
        words[i] = 0;
    put(words, VTE_VALID, 1);
    put(words, VTE_INTID_BITS, vpe->intid_bits - 1u);
    put(words, VTE_RDBASE, vpe->rdbase);
    put(words, VTE_VPT, vpe->vpt >> 16);
    put(words, VTE_VCONF, vpe->vconf >> 16);
    put(words, VTE_DOORBELL, vpe->doorbell);
}

bool dbell__vte_decode(const uint64_t words[VTE_WORDS], uint32_t vpeid, struct dbell_vpe *vpe)
{
    *vpe = (struct dbell_vpe){.vpeid = vpeid,
                              .rdbase = get(words, VTE_RDBASE),
                              .vpt = get(words, VTE_VPT) << 16,
                              .intid_bits = (uint8_t)(get(words, VTE_INTID_BITS) + 1),
                              .vconf = get(words, VTE_VCONF) << 16,
                              .doorbell = (uint32_t)get(words, VTE_DOORBELL)};
    return get(words, VTE_VALID);
}
