/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef ITS_STATE_H
#define ITS_STATE_H

#include <doorbell/its.h>

#include "base/cache.h"
#include "base/memory.h"
#include "base/steps.h"
#include "gits_regs.h"

/* GITS_BASERn of one table, decoded. */
struct table {
    bool present, valid, indirect;
    uint8_t page_bits;
    uint64_t base;
    uint64_t entries;    /* of the table, or of its level 1 */
    uint64_t entry_size; /* bytes; of level 2 */
    uint64_t per_page;   /* entries of a level 2 page */
};

enum table_kind { TABLE_DEVICES, TABLE_COLLECTIONS, TABLE_VPES, TABLES };

/* Table entries, decoded. */
struct dte {
    bool valid;
    uint8_t eventid_bits;
    uint64_t itt;
};
struct ite {
    bool valid, is_virtual;
    uint16_t icid; /* or the vPEID */
    uint32_t intid;
    uint32_t doorbell; /* of a vLPI */
};
struct cte {
    bool valid;
    uint64_t rdbase;
};
struct vte {
    bool valid;
    struct dbell_vpe vpe;
};

enum { HELD_COLLECTIONS = 255 }; /* the most that TYPER.HCC can say */

/* On its way to a redistributor. Its pointers say only whether there is a vPE, a target. */
struct posted {
    struct dbell_lpi_request request;
    struct dbell_vpe vpe, target;
};
enum { POSTED = 32 };

/* What a synchronisation waits for. */
struct sync {
    bool all, vpe;
    uint64_t rdbase;
    uint32_t vpeid;
};

struct its_registers {
    uint32_t ctlr, partidr, statusr;
    uint64_t umsir;
    uint64_t cbaser, cwriter, creadr;
    uint64_t baser[8];
};

struct dbell_its_state {
    uint64_t magic, size;
    struct dbell_its_config config;
    struct its_registers r;
    struct table tables[TABLES];
    struct cache devices, events, collections, vpes;
    struct cte held[HELD_COLLECTIONS]; /* collections without memory (TYPER.HCC) */
    struct posted posted[POSTED];
    uint32_t posted_count;
    bool stepping;
    uint32_t translating; /* MSIs, and what else is not of its queue, that are in a call-out */
    uint64_t epoch;       /* of the mappings: what was read before it changed is not kept */
    uint64_t resets;
    uint32_t last_error;
    uint64_t counters[DBELL_ITS_COUNTERS];
};

enum table_status {
    TABLE_OK,
    TABLE_OUT_OF_RANGE, /* the ID has no entry */
    TABLE_UNMAPPED,     /* its level 1 entry is not valid */
    TABLE_ABORT,        /* memory refused */
};

/* tables.c: GITS_BASERn have changed. */
void dbell__tables_decode(struct dbell_its_state *state);
/* Where the entry of `id` lies. */
enum table_status dbell__table_locate(struct dbell_its *its, enum table_kind kind, uint64_t id,
                                      uint64_t *address, struct dbell_itinerary *itinerary);
/* `size` bytes, a multiple of 4, to or from words of 64 bits, the last filled up with zeroes. */
bool dbell__table_read(struct dbell_its *its, enum dbell_object object, uint64_t address,
                       unsigned size, uint64_t *words, struct dbell_itinerary *itinerary);
bool dbell__table_write(struct dbell_its *its, uint64_t address, unsigned size,
                        const uint64_t *words);

/* mappings.c. A mapping that is not there is TABLE_OK with valid false. */
enum table_status dbell__device_get(struct dbell_its *its, uint32_t deviceid, struct dte *dte,
                                    struct dbell_itinerary *itinerary);
enum table_status dbell__device_put(struct dbell_its *its, uint32_t deviceid,
                                    const struct dte *dte);
/* Of a device that is mapped. */
enum table_status dbell__event_get(struct dbell_its *its, uint32_t deviceid, const struct dte *dte,
                                   uint32_t eventid, struct ite *ite,
                                   struct dbell_itinerary *itinerary);
/* Of an event that is in range. */
enum table_status dbell__event_put(struct dbell_its *its, uint32_t deviceid, const struct dte *dte,
                                   uint32_t eventid, const struct ite *ite);
/* Of an event that the cache has: it is mapped. */
bool dbell__event_cached(struct dbell_its *its, uint32_t deviceid, uint32_t eventid,
                         struct ite *ite, struct dbell_itinerary *itinerary);
enum table_status dbell__collection_get(struct dbell_its *its, uint16_t icid, struct cte *cte,
                                        struct dbell_itinerary *itinerary);
enum table_status dbell__collection_put(struct dbell_its *its, uint16_t icid,
                                        const struct cte *cte);
enum table_status dbell__vpe_get(struct dbell_its *its, uint32_t vpeid, struct vte *vte,
                                 struct dbell_itinerary *itinerary);
enum table_status dbell__vpe_put(struct dbell_its *its, uint32_t vpeid, const struct vte *vte);
void dbell__mappings_forget(struct dbell_its_state *state);

/* gits.c */
void dbell__gits_reset(struct dbell_its_state *state);

/* commands.c */
int dbell__its_command_step(struct dbell_its *its, struct dbell_itinerary *itinerary);
uint64_t dbell__its_queue_size(const struct dbell_its_state *state);

/* posted.c: a command tells a redistributor; what it told arrives. */
void dbell__its_tell(struct dbell_its *its, const struct dbell_lpi_request *request);
void dbell__its_arrive(struct dbell_its *its, struct sync sync);

/* msi.c: GITS_SGIR; the signal of an unmapped MSI may have risen from `before`. */
void dbell__vsgi(struct dbell_its *its, uint32_t vpeid, uint32_t vintid);
bool dbell__umsi_signal(const struct dbell_its_state *state);
void dbell__umsi_tell(struct dbell_its *its, bool before);

static inline bool its_ask(struct dbell_its *its, const struct dbell_lpi_request *request,
                           struct dbell_itinerary *itinerary)
{
    return its->ports.lpi.ask(its->ports.lpi.ctx, request, itinerary);
}

/* The minimum of an ITT's entries. */
unsigned dbell__ite_size(const struct dbell_its_config *config);
unsigned dbell__vte_size(const struct dbell_its_config *config);

static inline void its_count(struct dbell_its_state *state, enum dbell_its_counter counter)
{
    state->counters[counter]++;
}

/* What the ITS's own accesses carry. */
static inline struct dbell_sideband its_sideband(const struct dbell_its_state *state)
{
    const uint64_t partidr = state->r.partidr;
    return (struct dbell_sideband){.privileged = true,
                                   .attr = DBELL_ATTR_NORMAL_WB,
                                   .sh = DBELL_SH_INNER,
                                   .partid = (uint16_t)get(&partidr, MPAM_PARTID),
                                   .pmg = (uint8_t)get(&partidr, MPAM_PMG)};
}

#endif
