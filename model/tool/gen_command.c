/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* doorbell gen --list | SCENARIO | workload KIND [KEY=NUMBER...] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <scenario.h>
#include <workload.h>

#include "tool.h"

static int list(void)
{
    const struct dbell_scenario *scenario;
    for (unsigned i = 0; (scenario = dbell_scenario(i)); i++)
        printf("%-30s %-5s  %s\n", scenario->name, scenario->traffic ? "trace" : "C",
               scenario->title);
    return EXIT_HELD;
}

static int usage(void)
{
    fputs("usage: doorbell gen --list | SCENARIO\n"
          "       doorbell gen workload stream|random|nic|nvme|msi|churn [KEY=NUMBER...]\n"
          "         pages accesses length outstanding depend devices writes nested blocks seed\n",
          stderr);
    return EXIT_USAGE;
}

static int workload(int argc, char **argv)
{
    char failure[256] = "";
    struct dbell_scenario_text text = {0};
    unsigned kind = 0;
    while (argc && kind < DBELL_WORKLOADS &&
           strcmp(dbell_workload_name((enum dbell_workload_kind)kind), argv[0]) != 0)
        kind++;
    if (!argc || kind == DBELL_WORKLOADS)
        return usage();
    struct dbell_workload w = dbell_workload_default((enum dbell_workload_kind)kind);
    for (int i = 1; i < argc; i++)
        if (!dbell_workload_set(&w, argv[i])) {
            fprintf(stderr, "doorbell gen: %s: no such key, or out of range\n", argv[i]);
            return EXIT_USAGE;
        }
    const bool good = dbell_workload_write(&w, failure, &text);
    if (good)
        fwrite(text.text, 1, text.size, stdout);
    else
        fprintf(stderr, "doorbell gen: %s\n", text.failed ? "out of memory" : failure);
    free(text.text);
    return good ? EXIT_HELD : EXIT_INTERNAL;
}

int tool_gen(int argc, char **argv)
{
    char failure[256];
    struct dbell_scenario_text text = {0};
    if (argc == 1 && !strcmp(argv[0], "--list"))
        return list();
    if (argc && !strcmp(argv[0], "workload"))
        return workload(argc - 1, argv + 1);
    if (argc != 1 || argv[0][0] == '-')
        return usage();
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
