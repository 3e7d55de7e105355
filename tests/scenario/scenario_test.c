/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Every scenario holds, fails without its decisive step, and is the trace in traces/scenarios. */
#include <scenario.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dbell_test.h"
#include "replay_support.h"

static void holds_and_can_fail(const void *argument)
{
    const struct dbell_scenario *scenario = argument;
    char failure[256], text[320];
    if (dbell_scenario_run(scenario, false, failure, NULL))
        dbell_test_fail(__FILE__, __LINE__, failure);
    if (dbell_scenario_run(scenario, true, failure, NULL))
        return;
    snprintf(text, sizeof text, "%s holds without its decisive step", scenario->name);
    dbell_test_fail(__FILE__, __LINE__, text);
}

void dbell_test_discover(void)
{
    const struct dbell_scenario *scenario;
    for (unsigned i = 0; (scenario = dbell_scenario(i)); i++) {
        const struct dbell_test test = {.suite = "scenario",
                                        .name = scenario->name,
                                        .file = __FILE__,
                                        .line = __LINE__,
                                        .run = holds_and_can_fail,
                                        .argument = scenario};
        dbell_test_register(&test);
    }
}
