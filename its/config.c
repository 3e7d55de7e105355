/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What a configuration of an ITS may be (GITS_TYPER, GITS_BASERn). */
#include "entries.h"
#include "its_state.h"

enum { CACHE_ENTRIES_MAX = 1 << 20 };

struct dbell_its_config dbell_its_default_config(void)
{
    return (struct dbell_its_config){
        .typer = UINT64_C(0x1f0001efb1),
        .baser = {UINT64_C(0x0107000000000000), UINT64_C(0x0407000000000000)},
        .lpi_bits = 16,
        .device_entries = 64,
        .event_entries = 4096,
        .collection_entries = 64,
        .vpe_entries = 64,
    };
}

enum dbell_gic_version dbell_its_version(const struct dbell_its_config *config)
{
    if (!get(&config->typer, TYPER_VIRTUAL))
        return DBELL_GICV3;
    return get(&config->typer, TYPER_VMAPP) ? DBELL_GICV4_1 : DBELL_GICV4_0;
}

void dbell_its_make_version(struct dbell_its_config *config, enum dbell_gic_version version)
{
    const bool v4 = version != DBELL_GICV3, v4_1 = version == DBELL_GICV4_1;
    put(&config->typer, TYPER_VIRTUAL, v4);
    put(&config->typer, TYPER_VMOVP, v4);
    put(&config->typer, TYPER_VMAPP, v4_1);
    put(&config->typer, TYPER_VSGI, v4_1);
    config->baser[2] = 0;
    if (v4) {
        put(&config->baser[2], BASER_TYPE, BASER_TYPE_VPE);
        put(&config->baser[2], BASER_ENTRY_SIZE, (v4_1 ? VTE_4_1_SIZE : VTE_SIZE) - 1u);
    }
}

uint32_t dbell_its_space(const struct dbell_its_config *config)
{
    return get(&config->typer, TYPER_VSGI) ? DBELL_ITS_VSGI_SPACE : DBELL_ITS_REGISTER_SPACE;
}

static bool wrong(struct dbell_its_problem *problem, const char *key, const char *text)
{
    *problem = (struct dbell_its_problem){key, text};
    return true;
}

static bool virtual_problem(uint64_t typer, struct dbell_its_problem *problem)
{
    static const struct {
        int field;
        const char *text;
    } of_4_1[] = {{TYPER_VSGI, "VSGI without VMAPP: a vSGI is of GICv4.1"},
                  {TYPER_SVPET, "SVPET without VMAPP: a shared vPE table is of GICv4.1"},
                  {TYPER_NID, "nID without VMAPP: without doorbells is GICv4.1 only"}};
    if (!get(&typer, TYPER_VIRTUAL) && get(&typer, TYPER_VMOVP))
        return wrong(problem, "typer", "VMOVP without Virtual");
    if (!get(&typer, TYPER_VIRTUAL) && get(&typer, TYPER_VMAPP))
        return wrong(problem, "typer", "VMAPP without Virtual");
    for (unsigned i = 0; i < sizeof of_4_1 / sizeof of_4_1[0]; i++)
        if (get(&typer, of_4_1[i].field) && !get(&typer, TYPER_VMAPP))
            return wrong(problem, "typer", of_4_1[i].text);
    return false;
}

static bool typer_problem(const struct dbell_its_config *config, struct dbell_its_problem *problem)
{
    const uint64_t typer = config->typer;
    if (!get(&typer, TYPER_PHYSICAL))
        return wrong(problem, "typer", "Physical is always 1");
    if (virtual_problem(typer, problem))
        return true;
    if (get(&typer, TYPER_ITT_ENTRY_SIZE) + 1 < dbell__ite_size(config) &&
        dbell__ite_size(config) == ITE_DOORBELL_SIZE)
        return wrong(problem, "typer",
                     "ITT_entry_size is too small: an entry with a doorbell has 12 bytes");
    if (get(&typer, TYPER_ITT_ENTRY_SIZE) + 1 < ITE_SIZE)
        return wrong(problem, "typer", "ITT_entry_size is too small: an entry has 8 bytes");
    if (!get(&typer, TYPER_UMSI) && get(&typer, TYPER_UMSIIRQ))
        return wrong(problem, "typer", "UMSIirq without UMSI");
    return false;
}

/* The number of the register of a type of table in GICv4.1. */
static unsigned place_of(unsigned type)
{
    return type == BASER_TYPE_DEVICE ? 0 : type == BASER_TYPE_COLLECTION ? 1 : 2;
}

/* Each type of table once at most, and its entries long enough. */
static bool baser_problem(const struct dbell_its_config *config, struct dbell_its_problem *problem)
{
    static const char *const keys[8] = {"baser0", "baser1", "baser2", "baser3",
                                        "baser4", "baser5", "baser6", "baser7"};
    unsigned seen = 0;
    for (unsigned n = 0; n < 8; n++) {
        const unsigned type = (unsigned)get(&config->baser[n], BASER_TYPE);
        const uint64_t size = get(&config->baser[n], BASER_ENTRY_SIZE) + 1;
        if (type == BASER_TYPE_NONE)
            continue;
        if (type != BASER_TYPE_DEVICE && type != BASER_TYPE_VPE && type != BASER_TYPE_COLLECTION)
            return wrong(problem, keys[n], "Type is reserved");
        if (seen >> type & 1)
            return wrong(problem, keys[n], "there is a table of this type already");
        if (type == BASER_TYPE_DEVICE && size < DTE_SIZE)
            return wrong(problem, keys[n], "Entry_Size is too small: a device has 8 bytes");
        if (type == BASER_TYPE_COLLECTION && size < CTE_SIZE)
            return wrong(problem, keys[n], "Entry_Size is too small: a collection has 8 bytes");
        if (type == BASER_TYPE_VPE && size < dbell__vte_size(config))
            return wrong(problem, keys[n],
                         "Entry_Size is too small: a vPE has 16 bytes, 32 with GICv4.1");
        if (dbell_its_version(config) == DBELL_GICV4_1 && n != place_of(type))
            return wrong(problem, keys[n],
                         "GICv4.1: BASER0 is of devices, BASER1 of collections, BASER2 of vPEs");
        seen |= 1u << type;
    }
    if (get(&config->typer, TYPER_VIRTUAL) && !(seen >> BASER_TYPE_VPE & 1))
        return wrong(problem, "baser2", "Virtual, and there is no table of vPEs");
    if (!(seen >> BASER_TYPE_DEVICE & 1))
        return wrong(problem, "baser0", "there is no table of devices");
    if (!(seen >> BASER_TYPE_COLLECTION & 1) && !get(&config->typer, TYPER_HCC))
        return wrong(problem, "typer", "HCC is 0, and there is no table of collections");
    return false;
}

static bool cache_problem(uint32_t entries, const char *key, struct dbell_its_problem *problem)
{
    return (entries < 1 || entries > CACHE_ENTRIES_MAX) && wrong(problem, key, "1 to 2^20");
}

bool dbell_its_inconsistency(const struct dbell_its_config *config,
                             struct dbell_its_problem *problem)
{
    if (config->lpi_bits < 14 || config->lpi_bits > 32)
        return wrong(problem, "lpi_bits", "14 to 32");
    return typer_problem(config, problem) || baser_problem(config, problem) ||
           cache_problem(config->device_entries, "device_entries", problem) ||
           cache_problem(config->event_entries, "event_entries", problem) ||
           cache_problem(config->collection_entries, "collection_entries", problem) ||
           cache_problem(config->vpe_entries, "vpe_entries", problem);
}
