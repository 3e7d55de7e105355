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

/* The trace of one, on the lines of the one that is kept, replays without a difference. */
static void is_its_trace(const void *argument)
{
    const struct dbell_scenario *scenario = argument;
    struct dbell_scenario_text text = {0};
    struct test_replay replay;
    char failure[256], name[128];
    uint64_t line;
    dbell_scenario_run(scenario, false, failure, &text);
    REQUIRE(!text.failed && text.text);
    text.text[text.size] = 0; /* there is room: a line is shorter than what is kept free */
    REQUIRE(test_replay_open(&replay, "scenario.trace"));
    CHECK_EQ(test_replay_text(&replay, text.text, &line), 0);
    CHECK_EQ(dbell_replay_results(replay.replay)->failed, 0);
    CHECK_EQ(dbell_replay_results(replay.replay)->unsupported, 0);
    if (dbell_replay_results(replay.replay)->failed)
        dbell_test_check_eq(__FILE__, __LINE__, "the first failed line", "0",
                            dbell_replay_results(replay.replay)->first_failed, 0);
    test_replay_close(&replay);
    snprintf(name, sizeof name, "%s/scenarios/%s.trace", TRACES_DIR, scenario->name);
    FILE *kept = fopen(name, "rb");
    char *bytes = malloc(text.size + 1);
    const size_t n = kept && bytes ? fread(bytes, 1, text.size + 1, kept) : 0;
    if (n != text.size || memcmp(bytes, text.text, n) != 0)
        dbell_test_fail(__FILE__, __LINE__, "traces/scenarios has another trace of this name");
    if (kept)
        fclose(kept);
    free(bytes);
    free(text.text);
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
        const struct dbell_test trace = {.suite = "scenario_trace",
                                         .name = scenario->name,
                                         .file = __FILE__,
                                         .line = __LINE__,
                                         .run = is_its_trace,
                                         .argument = scenario};
        dbell_test_register(&test);
        if (scenario->traffic)
            dbell_test_register(&trace);
    }
}
