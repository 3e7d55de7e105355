/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Presets. What no public document says is "assumed", and says so. */
#include <doorbell/timing.h>

#include <stddef.h>
#include <string.h>

#define GEM5    "gem5, src/dev/arm/SMMUv3.py"
#define MMU600  "Arm MMU-600 TRM (101412)"
#define MMU700  "Arm MMU-700 TRM (101542), reset values of the sample configuration"
#define GIC600  "Arm GIC-600 TRM (100336)"
#define AGILEX  "Intel Agilex 5 HPS (814346)"
#define ASSUMED "assumed"

/* Entries, ways (0: fully associative), latency and slots of a cache; round robin. */
#define CACHE(ID, entries, ways, latency, slots, size_source, time_source)          \
    {DBELL_T_##ID, entries, size_source}, {DBELL_T_##ID##_WAYS, ways, size_source}, \
        {DBELL_T_##ID##_LATENCY, latency, time_source},                             \
        {DBELL_T_##ID##_SLOTS, slots, time_source},                                 \
    {                                                                               \
        DBELL_T_##ID##_REPLACEMENT, 0, time_source                                  \
    }

static const struct dbell_timing_value gem5[] = {
    {DBELL_T_TBU_WIDTH, 16, GEM5},
    {DBELL_T_TBU_WRITE_BUFFER, 16, GEM5},
    {DBELL_T_TBU_SLOTS, 16, GEM5},
    {DBELL_T_TBU_MERGE, 1, GEM5},
    {DBELL_T_TBU_ORDER, 1, ASSUMED},
    {DBELL_T_TBU_BYPASS, 1, GEM5},
    CACHE(MICRO_TLB, 32, 0, 1, 1, GEM5, GEM5),
    CACHE(TBU_TLB, 2048, 4, 3, 3, GEM5, GEM5),
    {DBELL_T_LINK_UP, 8, GEM5},
    {DBELL_T_LINK_DOWN, 8, GEM5},
    {DBELL_T_LINK_CYCLES, 0, ASSUMED},
    {DBELL_T_LINK_TOKENS, 0, GEM5},
    {DBELL_T_TCU_SLOTS, 64, GEM5},
    {DBELL_T_TCU_CONFIG_SLOTS, 0, GEM5},
    {DBELL_T_TCU_WALK_SLOTS, 16, GEM5},
    {DBELL_T_TCU_MERGE, 1, GEM5},
    CACHE(TCU_TLB, 0, 4, 3, 3, GEM5, GEM5),
    CACHE(CONFIG, 64, 4, 3, 3, GEM5, GEM5),
    CACHE(IPA, 0, 4, 3, 3, GEM5, GEM5),
    {DBELL_T_WALK_S1L0, 4, GEM5},
    {DBELL_T_WALK_S1L1, 28, GEM5},
    {DBELL_T_WALK_S1L2, 348, GEM5},
    {DBELL_T_WALK_S1L3, 4, GEM5},
    {DBELL_T_WALK_S2L0, 4, GEM5},
    {DBELL_T_WALK_S2L1, 28, GEM5},
    {DBELL_T_WALK_S2L2, 92, GEM5},
    {DBELL_T_WALK_S2L3, 4, GEM5},
    {DBELL_T_WALK_WAYS, 4, GEM5},
    {DBELL_T_WALK_LATENCY, 4, GEM5},
    {DBELL_T_WALK_SLOTS, 4, GEM5},
    {DBELL_T_WALK_REPLACEMENT, 0, GEM5},
    {DBELL_T_WALK_NONFINAL, 0, GEM5},
    {DBELL_T_MEMORY_LATENCY, 100, ASSUMED},
    {DBELL_T_MEMORY_READS, 0, GEM5},
    {DBELL_T_MEMORY_WRITES, 0, GEM5},
    {DBELL_T_MEMORY_WIDTH, 16, GEM5},
    {DBELL_T_MEMORY_CYCLES, 1, GEM5},
    {DBELL_T_DATA_LATENCY, 100, ASSUMED},
    {DBELL_T_DATA_READS, 0, GEM5},
    {DBELL_T_DATA_WRITES, 0, GEM5},
    {DBELL_T_DATA_WIDTH, 16, GEM5},
    {DBELL_T_DATA_CYCLES, 1, GEM5},
    {DBELL_T_COMMAND_PREFETCH, 0, GEM5},
    {DBELL_T_COMMAND_CONFIG, 0, GEM5},
    {DBELL_T_COMMAND_TLB, 0, GEM5},
    {DBELL_T_COMMAND_ATC, 0, ASSUMED},
    {DBELL_T_COMMAND_PRI, 0, ASSUMED},
    {DBELL_T_COMMAND_STALL, 0, GEM5},
    {DBELL_T_COMMAND_SYNC, 0, GEM5},
    {DBELL_T_COMMAND_TBU, 0, GEM5},
    {DBELL_T_WRITER_CYCLES, 0, GEM5},
    {DBELL_T_DEVICE_LATENCY, 0, ASSUMED},
};

/* What the MMU-600 and the MMU-700 have in common; no document gives cycles. */
#define ARM_LATENCIES                                                                 \
    {DBELL_T_TBU_WIDTH, 16, ASSUMED}, {DBELL_T_TBU_WRITE_BUFFER, 64, ASSUMED},        \
        {DBELL_T_TBU_BYPASS, 1, ASSUMED}, {DBELL_T_LINK_UP, 10, ASSUMED},             \
        {DBELL_T_LINK_DOWN, 10, ASSUMED}, {DBELL_T_LINK_CYCLES, 1, ASSUMED},          \
        {DBELL_T_WALK_LATENCY, 2, ASSUMED}, {DBELL_T_WALK_SLOTS, 1, ASSUMED},         \
        {DBELL_T_MEMORY_LATENCY, 100, ASSUMED}, {DBELL_T_MEMORY_WIDTH, 16, ASSUMED},  \
        {DBELL_T_MEMORY_CYCLES, 1, ASSUMED}, {DBELL_T_DATA_LATENCY, 100, ASSUMED},    \
        {DBELL_T_DATA_READS, 128, ASSUMED}, {DBELL_T_DATA_WRITES, 128, ASSUMED},      \
        {DBELL_T_DATA_WIDTH, 16, ASSUMED}, {DBELL_T_DATA_CYCLES, 1, ASSUMED},         \
        {DBELL_T_COMMAND_PREFETCH, 4, ASSUMED}, {DBELL_T_COMMAND_CONFIG, 4, ASSUMED}, \
        {DBELL_T_COMMAND_TLB, 4, ASSUMED}, {DBELL_T_COMMAND_ATC, 4, ASSUMED},         \
        {DBELL_T_COMMAND_PRI, 4, ASSUMED}, {DBELL_T_COMMAND_STALL, 4, ASSUMED},       \
        {DBELL_T_COMMAND_SYNC, 4, ASSUMED}, {DBELL_T_WRITER_CYCLES, 4, ASSUMED},      \
    {                                                                                 \
        DBELL_T_DEVICE_LATENCY, 100, ASSUMED                                          \
    }

static const struct dbell_timing_value mmu600[] = {
    ARM_LATENCIES,
    {DBELL_T_TBU_SLOTS, 128, ASSUMED},
    {DBELL_T_TBU_MERGE, 1, ASSUMED},
    {DBELL_T_TBU_ORDER, 1, MMU600},
    CACHE(MICRO_TLB, 16, 0, 1, 1, ASSUMED, ASSUMED),
    CACHE(TBU_TLB, 512, 4, 2, 1, ASSUMED, ASSUMED),
    {DBELL_T_LINK_TOKENS, 256, AGILEX},
    {DBELL_T_TCU_SLOTS, 64, AGILEX},
    {DBELL_T_TCU_CONFIG_SLOTS, 1, ASSUMED},
    {DBELL_T_TCU_WALK_SLOTS, 16, ASSUMED},
    {DBELL_T_TCU_MERGE, 1, ASSUMED},
    CACHE(TCU_TLB, 0, 4, 0, 0, MMU600, ASSUMED),
    CACHE(CONFIG, 256, 4, 2, 1, AGILEX, ASSUMED),
    CACHE(IPA, 0, 4, 0, 0, MMU600, ASSUMED),
    {DBELL_T_WALK_S1L0, 256, AGILEX},
    {DBELL_T_WALK_S1L1, 256, AGILEX},
    {DBELL_T_WALK_S1L2, 256, AGILEX},
    {DBELL_T_WALK_S1L3, 256, AGILEX},
    {DBELL_T_WALK_S2L0, 256, AGILEX},
    {DBELL_T_WALK_S2L1, 256, AGILEX},
    {DBELL_T_WALK_S2L2, 256, AGILEX},
    {DBELL_T_WALK_S2L3, 256, AGILEX},
    {DBELL_T_WALK_WAYS, 4, MMU600},
    {DBELL_T_WALK_REPLACEMENT, 0, MMU600},
    {DBELL_T_WALK_NONFINAL, 1, MMU600},
    {DBELL_T_MEMORY_READS, 18, MMU600},
    {DBELL_T_MEMORY_WRITES, 1, MMU600},
    {DBELL_T_COMMAND_TBU, 1, MMU600},
};

/* One RAM of 1024 entries holds the descriptors of all levels; here it is cut into eight. */
static const struct dbell_timing_value mmu700[] = {
    ARM_LATENCIES,
    {DBELL_T_TBU_SLOTS, 64, MMU700},
    {DBELL_T_TBU_MERGE, 1, ASSUMED},
    {DBELL_T_TBU_ORDER, 1, MMU700},
    CACHE(MICRO_TLB, 4, 0, 1, 1, MMU700, ASSUMED),
    CACHE(TBU_TLB, 64, 4, 2, 1, MMU700, ASSUMED),
    {DBELL_T_LINK_TOKENS, 64, ASSUMED},
    {DBELL_T_TCU_SLOTS, 256, MMU700},
    {DBELL_T_TCU_CONFIG_SLOTS, 4, MMU700},
    {DBELL_T_TCU_WALK_SLOTS, 64, MMU700},
    {DBELL_T_TCU_MERGE, 1, ASSUMED},
    CACHE(TCU_TLB, 0, 4, 0, 0, MMU700, ASSUMED),
    CACHE(CONFIG, 512, 4, 2, 1, MMU700, ASSUMED),
    CACHE(IPA, 0, 4, 0, 0, MMU700, ASSUMED),
    {DBELL_T_WALK_S1L0, 16, ASSUMED},
    {DBELL_T_WALK_S1L1, 112, ASSUMED},
    {DBELL_T_WALK_S1L2, 256, ASSUMED},
    {DBELL_T_WALK_S1L3, 128, ASSUMED},
    {DBELL_T_WALK_S2L0, 16, ASSUMED},
    {DBELL_T_WALK_S2L1, 112, ASSUMED},
    {DBELL_T_WALK_S2L2, 256, ASSUMED},
    {DBELL_T_WALK_S2L3, 128, ASSUMED},
    {DBELL_T_WALK_WAYS, 8, MMU700},
    {DBELL_T_WALK_REPLACEMENT, 0, ASSUMED},
    {DBELL_T_WALK_NONFINAL, 1, ASSUMED},
    {DBELL_T_MEMORY_READS, 70, MMU700},
    {DBELL_T_MEMORY_WRITES, 5, MMU700},
    {DBELL_T_COMMAND_TBU, 1, MMU700},
};

static const struct dbell_timing_value gic600[] = {
    {DBELL_T_ITS_ACCEPT, 1, ASSUMED},
    {DBELL_T_ITS_FIFO, 4, ASSUMED},
    {DBELL_T_ITS_SLOTS, 4, ASSUMED},
    {DBELL_T_ITS_SHARE, 1, ASSUMED},
    CACHE(ITS_DEVICE, 32, 2, 1, 1, AGILEX, ASSUMED),
    CACHE(ITS_EVENT, 256, 2, 1, 1, AGILEX, ASSUMED),
    CACHE(ITS_COLLECTION, 16, 2, 1, 1, AGILEX, ASSUMED),
    {DBELL_T_ITS_MEMORY_LATENCY, 100, ASSUMED},
    {DBELL_T_ITS_MEMORY_READS, 5, GIC600},
    {DBELL_T_ITS_MEMORY_WRITES, 1, GIC600},
    {DBELL_T_ITS_MEMORY_WIDTH, 8, ASSUMED},
    {DBELL_T_ITS_MEMORY_CYCLES, 1, ASSUMED},
    {DBELL_T_ITS_COMMAND, 4, ASSUMED},
    {DBELL_T_ITS_COMMAND_MAP, 8, ASSUMED},
    {DBELL_T_ITS_COMMAND_MOVE, 16, ASSUMED},
    {DBELL_T_ITS_COMMAND_INVALIDATE, 8, ASSUMED},
    {DBELL_T_ITS_COMMAND_SYNC, 4, ASSUMED},
    {DBELL_T_ITS_LINK, 10, ASSUMED},
    {DBELL_T_ITS_CREDITS, 1, AGILEX},
    CACHE(LPI, 64, 2, 1, 1, ASSUMED, ASSUMED),
    {DBELL_T_LPI_MEMORY_LATENCY, 100, ASSUMED},
    {DBELL_T_LPI_MEMORY_READS, 4, GIC600},
    {DBELL_T_LPI_MEMORY_WRITES, 3, GIC600},
    {DBELL_T_LPI_MEMORY_WIDTH, 32, GIC600},
    {DBELL_T_LPI_MEMORY_CYCLES, 1, ASSUMED},
};

/* Caches that hold all, and no time but what is set. */
#define LARGE(ID)                                                                 \
    {DBELL_T_##ID, 65536, ASSUMED}, {DBELL_T_##ID##_WAYS, 8, ASSUMED},            \
        {DBELL_T_##ID##_LATENCY, 0, ASSUMED}, {DBELL_T_##ID##_SLOTS, 0, ASSUMED}, \
    {                                                                             \
        DBELL_T_##ID##_REPLACEMENT, 1, ASSUMED                                    \
    }

static const struct dbell_timing_value ideal[] = {
    {DBELL_T_TBU_MERGE, 1, ASSUMED},
    {DBELL_T_TBU_ORDER, 1, ASSUMED},
    {DBELL_T_TCU_MERGE, 1, ASSUMED},
    LARGE(TBU_TLB),
    LARGE(CONFIG),
    LARGE(ITS_DEVICE),
    LARGE(ITS_EVENT),
    LARGE(ITS_COLLECTION),
    LARGE(LPI),
};

#define PRESET(name, what, values)                           \
    {                                                        \
        name, what, values, sizeof values / sizeof values[0] \
    }

static const struct dbell_timing_preset presets[] = {
    PRESET("ideal", "no time at all: every capacity unlimited, every latency 0", ideal),
    PRESET("gem5", "the defaults of gem5's SMMUv3", gem5),
    PRESET("arm-mmu600", "an MMU-600 as in Intel Agilex 5", mmu600),
    PRESET("arm-mmu700", "an MMU-700 as its TRM samples it", mmu700),
    PRESET("gic600-agilex5", "the ITS of a GIC-600 as in Intel Agilex 5", gic600),
};

const struct dbell_timing_preset *dbell_timing_preset_at(unsigned index)
{
    return index < sizeof presets / sizeof presets[0] ? &presets[index] : NULL;
}

static void apply(struct dbell_timing *timing, const struct dbell_timing_preset *preset)
{
    for (uint32_t i = 0; i < preset->count; i++)
        timing->value[preset->values[i].parameter] = preset->values[i].value;
}

struct dbell_timing dbell_timing_ideal(void)
{
    struct dbell_timing timing = {0};
    apply(&timing, &presets[0]);
    return timing;
}

int dbell_timing_apply(struct dbell_timing *timing, const char *name)
{
    const struct dbell_timing_preset *preset;
    if (!strcmp(name, presets[0].name)) {
        *timing = dbell_timing_ideal();
        return DBELL_OK;
    }
    for (unsigned i = 1; (preset = dbell_timing_preset_at(i)); i++)
        if (!strcmp(preset->name, name)) {
            apply(timing, preset);
            return DBELL_OK;
        }
    return DBELL_E_NOT_FOUND;
}
