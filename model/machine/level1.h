/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The level 1 entries that a capture leaves out.
 *
 * A capture may hold the commands that map devices, but none of the kernel's stores into the level
 * 1 table of an Indirect device table: that table belongs to software, yet is easily taken for
 * memory of the ITS. As long as a trace itself never stores into such a table, replay makes the
 * store that the kernel must have made before a MAPD: a level 1 entry that points to a page of a
 * RAM of its own, far above the addresses of the system. A trace that stores there even once is
 * left alone. */
#ifndef DOORBELL_MACHINE_LEVEL1_H
#define DOORBELL_MACHINE_LEVEL1_H

#include <doorbell/system.h>

enum { LEVEL1_TABLES = DBELL_PLATFORM_PARTS };

struct level1_table {
    bool untouched;       /* an Indirect device table, and the trace has stored nothing into it */
    uint64_t first, last; /* inclusive */
    unsigned page_bits, entry_size;
};

struct level1 {
    struct level1_table table[LEVEL1_TABLES]; /* by ITS */
    uint64_t next_page;                       /* of the extra RAM; 0: there is none */
    bool said;
};

/* Adds the extra RAM to a platform with an ITS, where nothing is in its way. */
void dbell__level1_prepare(struct level1 *level1, struct dbell_platform *platform);
/* A CPU store of the trace is about to be made. True: entries were supplied for the first time. */
bool dbell__level1_before_store(struct level1 *level1, const struct dbell_platform *platform,
                                const struct dbell_system *system, uint64_t address,
                                const uint8_t *bytes, uint64_t length);

#endif
