/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef ITS_STATE_H
#define ITS_STATE_H

#include <doorbell/its.h>

#include "base/memory.h"
#include "base/steps.h"
#include "gits_regs.h"

/* GITS_BASERn of one table, decoded. */
struct table {
    bool valid, indirect;
    uint8_t page_bits;
    uint64_t base;
    uint64_t entries;    /* of the table, or of its level 1 */
    uint64_t entry_size; /* bytes; of level 2 */
    uint64_t per_page;   /* entries of a level 2 page */
};

enum table_kind { TABLE_DEVICES, TABLE_COLLECTIONS, TABLES };

struct dbell_its_state {
    uint64_t magic, size;
    struct dbell_its_config config;
    uint32_t ctlr;
    uint64_t cbaser, cwriter, creadr;
    uint64_t baser[8];
    struct table tables[TABLES];
    bool stepping;
    uint32_t last_error;
    uint64_t counters[DBELL_ITS_COUNTERS];
};

/* Table entries, decoded. */
struct dte {
    bool valid;
    uint8_t eventid_bits;
    uint64_t itt;
};
struct ite {
    bool valid;
    uint16_t icid;
    uint32_t intid;
};
struct cte {
    bool valid;
    uint64_t rdbase;
};

enum table_status {
    TABLE_OK,
    TABLE_OUT_OF_RANGE, /* the ID has no entry */
    TABLE_UNMAPPED,     /* its level 1 entry is not valid */
    TABLE_ABORT,        /* memory refused */
};

/* tables.c: GITS_BASERn have changed. */
void dbell__tables_decode(struct dbell_its_state *state);

/* A read of an entry that is not valid is TABLE_OK with valid false. */
enum table_status dbell__dte_read(struct dbell_its *its, uint32_t deviceid, struct dte *dte,
                                  struct dbell_itinerary *itinerary);
enum table_status dbell__dte_write(struct dbell_its *its, uint32_t deviceid, const struct dte *dte);
enum table_status dbell__ite_read(struct dbell_its *its, const struct dte *dte, uint32_t eventid,
                                  struct ite *ite, struct dbell_itinerary *itinerary);
enum table_status dbell__ite_write(struct dbell_its *its, const struct dte *dte, uint32_t eventid,
                                   const struct ite *ite);
enum table_status dbell__cte_read(struct dbell_its *its, uint16_t icid, struct cte *cte,
                                  struct dbell_itinerary *itinerary);
enum table_status dbell__cte_write(struct dbell_its *its, uint16_t icid, const struct cte *cte);
uint32_t dbell__itt_entry_size(const struct dbell_its_state *state);

/* commands.c */
int dbell__its_command_step(struct dbell_its *its, struct dbell_itinerary *itinerary);
uint64_t dbell__its_queue_size(const struct dbell_its_state *state);

static inline void its_count(struct dbell_its_state *state, enum dbell_its_counter counter)
{
    state->counters[counter]++;
}

/* What the ITS's own accesses carry. */
static const struct dbell_sideband its_sideband = {
    .privileged = true, .attr = DBELL_ATTR_NORMAL_WB, .sh = DBELL_SH_INNER};

#endif
