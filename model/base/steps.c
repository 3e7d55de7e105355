/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "base/steps.h"

int32_t dbell__record_step(struct dbell_itinerary *itinerary, const struct dbell_step *step)
{
    if (itinerary->count >= itinerary->capacity) {
        itinerary->lost++;
        return step->after;
    }
    itinerary->steps[itinerary->count] = *step;
    return (int32_t)itinerary->count++;
}
