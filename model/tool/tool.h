/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef DOORBELL_TOOL_TOOL_H
#define DOORBELL_TOOL_TOOL_H

#include <stdio.h>

#include <doorbell/replay.h>

#ifdef __cplusplus
extern "C" {
#endif

enum exit_code { EXIT_HELD = 0, EXIT_DIFFERS = 1, EXIT_USAGE = 2, EXIT_INTERNAL = 3 };

/* Makes the system that a replay runs on. Shared by `doorbell replay` and `doorbell-sc replay`. */
struct replay_engine {
    int (*build)(void *ctx, const struct dbell_platform *platform, struct dbell_system *system,
                 struct dbell_message *message);
    void (*dispose)(void *ctx);
    void *ctx;
    /* Optional. An option of the engine's own: the number of arguments that it takes, 0: it is
     * none, negative: an error that was told. */
    int (*option)(void *ctx, int argc, char **argv);
    /* Optional, after each file: what else there is to say, as text or as members of its object. */
    void (*report)(void *ctx, FILE *out, bool json);
};

/* The subcommand, with the arguments after its name; answers the exit code. */
int tool_replay(int argc, char **argv, const struct replay_engine *engine);
int tool_explain(int argc, char **argv);
int tool_dump(int argc, char **argv);
int tool_bench(int argc, char **argv);
int tool_gen(int argc, char **argv);
int tool_timing(int argc, char **argv);
int tool_sweep(int argc, char **argv);
int tool_merge(int argc, char **argv);

#ifdef __cplusplus
}
#endif
#endif
