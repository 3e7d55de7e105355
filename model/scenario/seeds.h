/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The tables of scenarios, each ended by one without a name. */
#ifndef SCENARIO_SEEDS_H
#define SCENARIO_SEEDS_H

#include "scenario.h"

extern const struct dbell_scenario dbell__seed0[], dbell__seed1[], dbell__seed2[], dbell__seed3[],
    dbell__seed4[];

#endif
