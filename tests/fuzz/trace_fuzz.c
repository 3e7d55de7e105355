/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* libFuzzer harness: any bytes as the text of a trace, replayed on the C machine. Nothing that a
 * trace says may crash it, hang it, or leave memory behind. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <doorbell/machine.h>
#include <doorbell/replay.h>

enum { RAM_LIMIT = 8 << 20, LINES = 400 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int build(void *ctx, const struct dbell_platform *platform, struct dbell_system *system,
                 struct dbell_message *message)
{
    static struct dbell_platform limited;
    struct dbell_machine **machine = ctx;
    limited = *platform;
    limited.ram_limit = RAM_LIMIT;
    int status = dbell_machine_create(&limited, machine, message);
    if (!status)
        *system = dbell_machine_system(*machine);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dbell_machine *machine = NULL;
    struct dbell_replay *replay;
    struct dbell_message message;
    const struct dbell_replay_options options = {
        .ctx = &machine, .path = "/nonexistent/fuzz.trace", .build = build};
    if (dbell_replay_open(&options, &replay))
        return 0;
    const char *text = (const char *)data;
    int status = DBELL_OK;
    for (uint64_t number = 1; size && number <= LINES && !status; number++) {
        const char *end = memchr(text, '\n', size);
        size_t length = end ? (size_t)(end - text) : size;
        status = dbell_replay_line(replay, number, text, length, &message);
        size -= length + (end != NULL);
        text += length + (end != NULL);
    }
    if (!status)
        dbell_replay_finish(replay, &message);
    dbell_replay_close(replay);
    dbell_machine_destroy(machine);
    return 0;
}
