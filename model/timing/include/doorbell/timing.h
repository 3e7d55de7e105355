/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The numbers of modelled time. Every number is a parameter with a name, a unit and a range; a
 * preset gives all of a part's values, each with its source, or "assumed" where none is public.
 *
 * Cycles are those of one clock. Where a capacity is 0 it is unlimited; where the entries of a
 * cache are 0 there is none; where a width is 0 no cycles are spent on moving bytes. */
#ifndef DOORBELL_TIMING_H
#define DOORBELL_TIMING_H

#include <stdbool.h>
#include <stdint.h>

#include <doorbell/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum dbell_replacement { DBELL_REPLACE_ROUND_ROBIN, DBELL_REPLACE_LRU, DBELL_REPLACE_RANDOM };

/* A cache: five parameters that follow each other. `ways` 0: fully associative. A lookup holds one
 * of `slots` (0: any number) for `latency` cycles. */
#define DBELL_TIMING_CACHE(X, ID, name, what)                               \
    X(ID, name ".entries", "entries", 0, 65536, what)                       \
    X(ID##_WAYS, name ".ways", "ways", 0, 65536, "of each set; 0: one set") \
    X(ID##_LATENCY, name ".latency", "cycles", 0, 1000000, "of a lookup")   \
    X(ID##_SLOTS, name ".slots", "lookups", 0, 65536, "at the same time")   \
    X(ID##_REPLACEMENT, name ".replacement", "policy", 0, 2,                \
      "0: round robin, 1: least recently used, 2: random")

/* A port to memory. A request holds the port for `cycles`, or for as long as its bytes take, if
 * that is longer; its answer comes `latency` later. */
#define DBELL_TIMING_PORT(X, ID, name)                                                     \
    X(ID##_LATENCY, name ".latency", "cycles", 0, 1000000, "from a request to its answer") \
    X(ID##_READS, name ".reads", "requests", 0, 65536, "reads outstanding")                \
    X(ID##_WRITES, name ".writes", "requests", 0, 65536, "writes outstanding")             \
    X(ID##_WIDTH, name ".width", "bytes a cycle", 0, 4096, "of the port")                  \
    X(ID##_CYCLES, name ".cycles", "cycles", 0, 1000000, "that one request holds the port")

#define DBELL_TIMING_LIST(X)                                                                       \
    X(TBU_WIDTH, "smmu.tbu.width", "bytes a cycle", 0, 4096, "of the device's port")               \
    X(TBU_WRITE_BUFFER, "smmu.tbu.write_buffer", "beats", 0, 65536, "of writes that wait")         \
    X(TBU_SLOTS, "smmu.tbu.slots", "accesses", 0, 65536, "that a TBU translates at the same time") \
    X(TBU_MERGE, "smmu.tbu.merge", "0 or 1", 0, 1, "a second miss of a page waits for the first")  \
    X(TBU_ORDER, "smmu.tbu.order", "0 or 1", 0, 1, "writes of a device leave in their order")      \
    X(TBU_BYPASS, "smmu.tbu.bypass", "cycles", 0, 1000000, "of an access that nothing translates") \
    DBELL_TIMING_CACHE(X, MICRO_TLB, "smmu.tbu.micro_tlb", "micro-TLB of a TBU")                   \
    DBELL_TIMING_CACHE(X, TBU_TLB, "smmu.tbu.tlb", "main TLB of a TBU")                            \
    X(LINK_UP, "smmu.link.up", "cycles", 0, 1000000, "from TBU to TCU")                            \
    X(LINK_DOWN, "smmu.link.down", "cycles", 0, 1000000, "from TCU to TBU")                        \
    X(LINK_CYCLES, "smmu.link.cycles", "cycles", 0, 1000000, "that a message holds a direction")   \
    X(LINK_TOKENS, "smmu.link.tokens", "requests", 0, 65536, "of a TBU that the TCU accepts")      \
    X(TCU_SLOTS, "smmu.tcu.slots", "requests", 0, 65536, "that the TCU translates")                \
    X(TCU_CONFIG_SLOTS, "smmu.tcu.config_slots", "fetches", 0, 65536, "of configuration")          \
    X(TCU_WALK_SLOTS, "smmu.tcu.walk_slots", "walks", 0, 65536, "of tables")                       \
    X(TCU_MERGE, "smmu.tcu.merge", "0 or 1", 0, 1, "a second miss of a page waits for the first")  \
    DBELL_TIMING_CACHE(X, TCU_TLB, "smmu.tcu.tlb", "TLB of the TCU")                               \
    DBELL_TIMING_CACHE(X, CONFIG, "smmu.tcu.config", "configuration cache, STE and CD together")   \
    DBELL_TIMING_CACHE(X, IPA, "smmu.tcu.ipa", "stage 2 translations of IPAs")                     \
    X(WALK_S1L0, "smmu.tcu.walk.s1l0", "entries", 0, 65536, "stage 1 level 0 descriptors")         \
    X(WALK_S1L1, "smmu.tcu.walk.s1l1", "entries", 0, 65536, "stage 1 level 1 descriptors")         \
    X(WALK_S1L2, "smmu.tcu.walk.s1l2", "entries", 0, 65536, "stage 1 level 2 descriptors")         \
    X(WALK_S1L3, "smmu.tcu.walk.s1l3", "entries", 0, 65536, "stage 1 level 3 descriptors")         \
    X(WALK_S2L0, "smmu.tcu.walk.s2l0", "entries", 0, 65536, "stage 2 level 0 descriptors")         \
    X(WALK_S2L1, "smmu.tcu.walk.s2l1", "entries", 0, 65536, "stage 2 level 1 descriptors")         \
    X(WALK_S2L2, "smmu.tcu.walk.s2l2", "entries", 0, 65536, "stage 2 level 2 descriptors")         \
    X(WALK_S2L3, "smmu.tcu.walk.s2l3", "entries", 0, 65536, "stage 2 level 3 descriptors")         \
    X(WALK_WAYS, "smmu.tcu.walk.ways", "ways", 0, 65536, "of each set; 0: one set")                \
    X(WALK_LATENCY, "smmu.tcu.walk.latency", "cycles", 0, 1000000, "of a lookup of all levels")    \
    X(WALK_SLOTS, "smmu.tcu.walk.slots", "lookups", 0, 65536, "at the same time")                  \
    X(WALK_REPLACEMENT, "smmu.tcu.walk.replacement", "policy", 0, 2, "as of other caches")         \
    X(WALK_NONFINAL, "smmu.tcu.walk.nonfinal", "0 or 1", 0, 1,                                     \
      "also for stage 2 of stage 1's own tables")                                                  \
    DBELL_TIMING_PORT(X, MEMORY, "smmu.memory")                                                    \
    DBELL_TIMING_PORT(X, DATA, "smmu.data")                                                        \
    X(COMMAND_PREFETCH, "smmu.command.prefetch", "cycles", 0, 1000000, "of CMD_PREFETCH_*")        \
    X(COMMAND_CONFIG, "smmu.command.config", "cycles", 0, 1000000, "of CMD_CFGI_*")                \
    X(COMMAND_TLB, "smmu.command.tlb", "cycles", 0, 1000000, "of CMD_TLBI_*")                      \
    X(COMMAND_ATC, "smmu.command.atc", "cycles", 0, 1000000, "of CMD_ATC_INV")                     \
    X(COMMAND_PRI, "smmu.command.pri", "cycles", 0, 1000000, "of CMD_PRI_RESP")                    \
    X(COMMAND_STALL, "smmu.command.stall", "cycles", 0, 1000000, "of CMD_RESUME, CMD_STALL_TERM")  \
    X(COMMAND_SYNC, "smmu.command.sync", "cycles", 0, 1000000,                                     \
      "of CMD_SYNC, when nothing is waited for")                                                   \
    X(COMMAND_TBU, "smmu.command.tbu", "0 or 1", 0, 1,                                             \
      "an invalidation goes to the TBUs and back")                                                 \
    X(WRITER_CYCLES, "smmu.writer.cycles", "cycles", 0, 1000000, "to make a record or an MSI")     \
    X(DEVICE_LATENCY, "pcie.latency", "cycles", 0, 1000000, "from an SMMU to a device, and back")  \
    X(ITS_ACCEPT, "its.accept", "cycles", 0, 1000000, "to take one message in")                    \
    X(ITS_FIFO, "its.fifo", "messages", 0, 65536, "that were taken in and wait")                   \
    X(ITS_SLOTS, "its.slots", "messages", 0, 65536, "that are translated at the same time")        \
    X(ITS_SHARE, "its.share", "messages", 0, 65536,                                                \
      "for one command, when both wait; 0: commands wait for all")                                 \
    DBELL_TIMING_CACHE(X, ITS_DEVICE, "its.device", "DeviceID to ITT")                             \
    DBELL_TIMING_CACHE(X, ITS_EVENT, "its.event", "DeviceID and EventID to INTID")                 \
    DBELL_TIMING_CACHE(X, ITS_COLLECTION, "its.collection", "collection or vPE to redistributor")  \
    DBELL_TIMING_PORT(X, ITS_MEMORY, "its.memory")                                                 \
    X(ITS_COMMAND, "its.command.cycles", "cycles", 0, 1000000,                                     \
      "of a command that is none of these")                                                        \
    X(ITS_COMMAND_MAP, "its.command.map", "cycles", 0, 1000000, "of MAP*, DISCARD, VMAP*")         \
    X(ITS_COMMAND_MOVE, "its.command.move", "cycles", 0, 1000000, "of MOV*, VMOV*")                \
    X(ITS_COMMAND_INVALIDATE, "its.command.invalidate", "cycles", 0, 1000000,                      \
      "of INV, INVALL, VINVALL, INVDB")                                                            \
    X(ITS_COMMAND_SYNC, "its.command.sync", "cycles", 0, 1000000,                                  \
      "of SYNC, VSYNC, when nothing is waited for")                                                \
    X(ITS_LINK, "its.link.latency", "cycles", 0, 1000000, "from ITS to redistributor")             \
    X(ITS_CREDITS, "its.link.credits", "messages", 0, 65536, "under way to redistributors")        \
    DBELL_TIMING_CACHE(X, LPI, "gic.lpi", "configuration of LPIs")                                 \
    DBELL_TIMING_PORT(X, LPI_MEMORY, "gic.memory")

enum dbell_timing_parameter {
#define DBELL_TIMING_ID(ID, name, unit, least, most, what) DBELL_T_##ID,
    DBELL_TIMING_LIST(DBELL_TIMING_ID)
#undef DBELL_TIMING_ID
        DBELL_TIMING_PARAMETERS
};

/* By enum dbell_timing_parameter. */
struct dbell_timing {
    uint32_t value[DBELL_TIMING_PARAMETERS];
};

struct dbell_timing_description {
    const char *name, *unit, *what;
    uint32_t least, most;
};
const struct dbell_timing_description *dbell_timing_describe(enum dbell_timing_parameter parameter);
/* -1: there is none of that name. */
int dbell_timing_named(const char *name);
/* "smmu.tcu.walk_slots=4". DBELL_E_FORMAT: no number; DBELL_E_NOT_FOUND: no such parameter;
 * DBELL_E_RANGE. */
int dbell_timing_set(struct dbell_timing *timing, const char *assignment);

/* Presets of the SMMU (its TBUs, TCU and ports), of the ITS with the redistributors, or of both. */
struct dbell_timing_value {
    uint16_t parameter; /* enum dbell_timing_parameter */
    uint32_t value;
    const char *source; /* where the number is from, or "assumed" */
};
struct dbell_timing_preset {
    const char *name, *what;
    const struct dbell_timing_value *values;
    uint32_t count;
};
/* NULL: no more. */
const struct dbell_timing_preset *dbell_timing_preset_at(unsigned index);
/* Sets the parameters that the preset has; others stay. DBELL_E_NOT_FOUND. */
int dbell_timing_apply(struct dbell_timing *timing, const char *preset);
/* No time at all: "ideal". */
struct dbell_timing dbell_timing_ideal(void);

#ifdef __cplusplus
}
#endif
#endif
