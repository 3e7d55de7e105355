/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Every page that writes of one requester reach, as the tables of a machine are now. The parts are
 * copies, and nothing of the machine changes. */
#ifndef MACHINE_SURVEY_H
#define MACHINE_SURVEY_H

#include <doorbell/isolation.h>

#include "machine_private.h"

struct place {
    uint64_t address;
    enum dbell_doorbell doorbell;
    uint32_t index;
};

struct survey {
    struct dbell_machine *machine;
    struct dbell_smmu smmus[DBELL_PLATFORM_PARTS]; /* copies */
    struct dbell_its itses[DBELL_PLATFORM_PARTS];
    struct place *places; /* the doorbells of the machine */
    size_t place_count;
    bool no_memory, incomplete; /* a translation was too large to be searched whole */
    uint32_t translations;

    struct dbell_requester requester; /* the one that is looked at */
    bool has_ssid;
    uint32_t ssid;
    void *ctx;
    /* Writes to `size` bytes from `iova` go to `address`. */
    void (*page)(void *ctx, uint64_t iova, uint64_t address, uint64_t size);
    /* What ends an access to `iova`; may be NULL. */
    void (*hole)(void *ctx, uint64_t iova, const struct dbell_itinerary *walk);
};

/* The last descriptors that a walk read; NULL: none. */
struct walk_end {
    const struct dbell_step *stage1;
    const struct dbell_step *stage2; /* since the one of stage 1 */
    bool at_output; /* stage 2 was asked for what a block or a page of stage 1 gives */
};
struct walk_end dbell__walk_end(const struct dbell_itinerary *walk);

/* The machine is set; false: no memory. Close in any case. */
bool dbell__survey_open(struct survey *survey);
void dbell__survey_close(struct survey *survey);

/* All of a stream: StreamID of the requester and, with has_ssid, the SubstreamID. */
void dbell__survey_stream(struct survey *survey, unsigned smmu);
/* Who has no SMMU in front. */
void dbell__survey_everything(struct survey *survey);
/* With a SubstreamID each that has a context descriptor is a stream of its own: the first of the
 * numbers that is out of range ends them. */
bool dbell__survey_substream_exists(struct survey *survey, unsigned smmu);

#endif
