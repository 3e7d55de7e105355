/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef TOOL_EXPLAIN_FAULT_H
#define TOOL_EXPLAIN_FAULT_H

#include <doorbell/itinerary.h>

/* Prints what would have let the access through, on a line of its own; `decision` is the index of
 * the step that ended it. Nothing for events that no mapping can mend. */
void explain_fault(const struct dbell_itinerary *itinerary, uint32_t decision);

#endif
