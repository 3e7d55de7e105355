/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef TOOL_EXPLAIN_STEPS_H
#define TOOL_EXPLAIN_STEPS_H

#include <doorbell/itinerary.h>

/* Steps of one topic share a line. */
enum explain_topic { EXPLAIN_OWN_LINE, EXPLAIN_CONFIGURATION, EXPLAIN_ITS, EXPLAIN_LPI };
enum explain_topic explain_topic_of(const struct dbell_step *step);

/* Prints one step in words. */
void explain_step(const struct dbell_step *step);

const char *explain_object_name(const struct dbell_step *step);
const char *explain_resource_name(const struct dbell_step *step);

#endif
