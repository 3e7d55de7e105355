/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <stdio.h>
#include <string.h>

#include "timed_engine.h"

#ifndef DBELL_VERSION
#define DBELL_VERSION "unknown"
#endif

static int usage(FILE *out, int code)
{
    fputs(
        "usage: doorbell COMMAND\n"
        "  replay [--json] FILE...    run traces, check every expectation in them\n"
        "    --timed [--preset NAME] [--set PARAMETER=N] [--config FILE] [--accesses FILE]\n"
        "      [--timeline FILE]\n"
        "                             in modelled time, with statistics\n"
        "  explain [--json] FILE:LINE  tell what the access of that line went through\n"
        "  dump [--json] isolation FILE[:LINE]  tell who can raise which interrupt then\n"
        "  gen --list | SCENARIO      name the scenarios, write one as a trace\n"
        "  gen workload KIND [KEY=N]  write a trace of a device's traffic, for timed replay\n"
        "  sweep --vary PARAMETER=N,N,... TRACE...  timed replay at every point of a grid\n"
        "    [--workload KIND] [--preset NAME] [--set PARAMETER=N] [--jobs N] [--shard K/N]\n"
        "    [--json FILE] [--html FILE] [--svg FILE]  of workloads too, whose keys may vary\n"
        "  merge [--json FILE] [--html FILE] [--svg FILE] PART.csv...  one table of a sweep's shards\n"
        "  timing [--json] [PRESET...]  name the presets, or every parameter that they give\n"
        "  bench [--json] [ROW...]    measure, as ratios to yardsticks of the same run\n"
        "  version [--json]\n"
        "exit: 0 all expectations held, 1 some did not, 2 bad usage or input, 3 internal error\n",
        out);
    return code;
}

int main(int argc, char **argv)
{
    const struct replay_engine engine = dbell__local_engine();
    if (argc < 2)
        return usage(stderr, EXIT_USAGE);
    if (!strcmp(argv[1], "replay"))
        return tool_replay(argc - 2, argv + 2, &engine);
    if (!strcmp(argv[1], "explain"))
        return tool_explain(argc - 2, argv + 2);
    if (!strcmp(argv[1], "dump"))
        return tool_dump(argc - 2, argv + 2);
    if (!strcmp(argv[1], "gen"))
        return tool_gen(argc - 2, argv + 2);
    if (!strcmp(argv[1], "sweep"))
        return tool_sweep(argc - 2, argv + 2);
    if (!strcmp(argv[1], "merge"))
        return tool_merge(argc - 2, argv + 2);
    if (!strcmp(argv[1], "timing"))
        return tool_timing(argc - 2, argv + 2);
    if (!strcmp(argv[1], "bench"))
        return tool_bench(argc - 2, argv + 2);
    if (!strcmp(argv[1], "version") || !strcmp(argv[1], "--version")) {
        bool json = argc > 2 && !strcmp(argv[2], "--json");
        puts(json ? "{\"version\":\"" DBELL_VERSION "\"}" : "doorbell " DBELL_VERSION);
        return EXIT_HELD;
    }
    if (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
        return usage(stdout, EXIT_HELD);
    fprintf(stderr, "doorbell: there is no command %s\n", argv[1]);
    return usage(stderr, EXIT_USAGE);
}
