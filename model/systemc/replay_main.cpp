// SPDX-License-Identifier: Apache-2.0 OR MIT
// doorbell-sc replay [--json] FILE: a trace on the SystemC platform. One file a process, as a
// platform is elaborated once.
#include <cstdio>
#include <cstring>
#include <memory>

#include "replay_platform.hpp"
#include "tool.h"

namespace
{

struct session {
    std::unique_ptr<dbell_platform> platform;
    std::unique_ptr<doorbell::replay_platform> modules;
};

// The first pass only learns what the platform is.
constexpr int stop_here = DBELL_E_BUSY;

int learn(void *ctx, const dbell_platform *platform, dbell_system *, dbell_message *message)
{
    static_cast<session *>(ctx)->platform = std::make_unique<dbell_platform>(*platform);
    message->text[0] = 0;
    return stop_here;
}

int use(void *ctx, const dbell_platform *, dbell_system *system, dbell_message *message)
{
    session *s = static_cast<session *>(ctx);
    if (!s->modules) {
        std::snprintf(message->text, sizeof message->text, "the platform could not be built");
        return DBELL_E_STATE;
    }
    *system = s->modules->system();
    return DBELL_OK;
}

void learn_platform(session &s, const char *path)
{
    dbell_replay_options options{};
    options.ctx = &s;
    options.path = path;
    options.build = learn;
    dbell_replay *replay;
    dbell_message message{};
    std::uint64_t line;
    if (dbell_replay_open(&options, &replay) != DBELL_OK)
        return;
    dbell_replay_file(replay, path, &line, &message); // what is wrong with it is said below
    dbell_replay_close(replay);
}

} // namespace

int sc_main(int argc, char **argv)
{
    if (argc < 3 || std::strcmp(argv[1], "replay") != 0) {
        std::fputs("usage: doorbell-sc replay [--json] FILE\n", stderr);
        return EXIT_USAGE;
    }
    const char *path = nullptr;
    for (int i = 2; i < argc; i++) {
        if (argv[i][0] == '-')
            continue;
        if (path) {
            std::fputs("doorbell-sc: one file at a time\n", stderr);
            return EXIT_USAGE;
        }
        path = argv[i];
    }
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    session s;
    if (path)
        learn_platform(s, path);
    if (s.platform)
        s.modules = std::make_unique<doorbell::replay_platform>("platform", *s.platform);
    int code = EXIT_INTERNAL;
    sc_core::sc_spawn(
        [&] {
            const replay_engine engine = {use, [](void *) {}, &s, nullptr, nullptr};
            code = tool_replay(argc - 2, argv + 2, &engine);
            sc_core::sc_stop();
        },
        "driver");
    sc_core::sc_start();
    return code;
}
