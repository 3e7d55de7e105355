/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef TOOL_EXPLAIN_FAULT_H
#define TOOL_EXPLAIN_FAULT_H

#include <doorbell/isolation.h>
#include <doorbell/itinerary.h>

/* Prints what would have let the access through, on a line of its own; `decision` is the index of
 * the step that ended it. Nothing for events that no mapping can mend. */
void explain_fault(const struct dbell_itinerary *itinerary, uint32_t decision);

/* The same of a message that found no mapping: where the doorbell is mapped instead. */
void explain_missed(struct dbell_machine *machine, const struct dbell_dma *access);

#endif
