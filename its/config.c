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
    };
}

static bool wrong(struct dbell_its_problem *problem, const char *key, const char *text)
{
    *problem = (struct dbell_its_problem){key, text};
    return true;
}

static bool typer_problem(uint64_t typer, struct dbell_its_problem *problem)
{
    if (!get(&typer, TYPER_PHYSICAL))
        return wrong(problem, "typer", "Physical is always 1");
    if (get(&typer, TYPER_ITT_ENTRY_SIZE) + 1 < ITE_SIZE)
        return wrong(problem, "typer", "ITT_entry_size is too small: an entry has 8 bytes");
    if (!get(&typer, TYPER_UMSI) && get(&typer, TYPER_UMSIIRQ))
        return wrong(problem, "typer", "UMSIirq without UMSI");
    return false;
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
        seen |= 1u << type;
    }
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
    return typer_problem(config->typer, problem) || baser_problem(config, problem) ||
           cache_problem(config->device_entries, "device_entries", problem) ||
           cache_problem(config->event_entries, "event_entries", problem) ||
           cache_problem(config->collection_entries, "collection_entries", problem);
}
