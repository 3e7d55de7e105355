/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Writing an itinerary. Every call is free when none is asked for. */
#ifndef DOORBELL_BASE_STEPS_H
#define DOORBELL_BASE_STEPS_H

#include <stddef.h>

#include <doorbell/itinerary.h>

int32_t dbell__record_step(struct dbell_itinerary *itinerary, const struct dbell_step *step);

/* Appends a step; answers its index, or `step.after` when there is no itinerary or no room, so
 * that the next step depends on what this one did. */
static inline int32_t dbell__append_step(struct dbell_itinerary *itinerary, struct dbell_step step)
{
    return itinerary ? dbell__record_step(itinerary, &step) : step.after;
}

/* The index of the last step written, -1 for none. */
static inline int32_t dbell__last_step(const struct dbell_itinerary *itinerary)
{
    return itinerary ? (int32_t)itinerary->count - 1 : -1;
}

#endif
