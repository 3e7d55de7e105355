/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* doorbell gen [--list] SCENARIO */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <scenario.h>

#include "tool.h"

static int list(void)
{
    const struct dbell_scenario *scenario;
    for (unsigned i = 0; (scenario = dbell_scenario(i)); i++)
        printf("%-30s %-5s  %s\n", scenario->name, scenario->traffic ? "trace" : "C",
               scenario->title);
    return EXIT_HELD;
}

int tool_gen(int argc, char **argv)
{
    char failure[256];
    struct dbell_scenario_text text = {0};
    if (argc == 1 && !strcmp(argv[0], "--list"))
        return list();
    if (argc != 1 || argv[0][0] == '-') {
        fputs("usage: doorbell gen --list | doorbell gen SCENARIO\n", stderr);
        return EXIT_USAGE;
    }
    const struct dbell_scenario *scenario = dbell_scenario_named(argv[0]);
    if (!scenario) {
        fprintf(stderr, "doorbell gen: there is no scenario %s (--list names them)\n", argv[0]);
        return EXIT_USAGE;
    }
    const unsigned failures = dbell_scenario_run(scenario, false, failure, &text);
    if (text.failed) {
        fputs("doorbell gen: out of memory\n", stderr);
        free(text.text);
        return EXIT_INTERNAL;
    }
    fwrite(text.text, 1, text.size, stdout);
    free(text.text);
    if (failures)
        fprintf(stderr, "doorbell gen: %s does not hold: %s\n", scenario->name, failure);
    else if (!scenario->traffic)
        fprintf(stderr,
                "doorbell gen: %s is about more than traffic: the trace does not say all of it\n",
                scenario->name);
    return failures ? EXIT_DIFFERS : EXIT_HELD;
}
