// SPDX-License-Identifier: Apache-2.0 OR MIT
// doorbell-sc replay [--json] [--timed ...] FILE: a trace on the SystemC platform. One file a
// process, as a platform is elaborated once.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "replay_platform.hpp"
#include "timed_session.h"
#include "tool.h"

namespace
{

struct session {
    std::unique_ptr<dbell_platform> platform;
    std::unique_ptr<doorbell::replay_platform> modules;
    timed_session timed{};
    unsigned ram_latency = 0; // cycles; 0: as the parameters say
    bool loosely = false;
    std::string vcd; // without its ending; or none
    sc_core::sc_trace_file *waveform = nullptr;
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

namespace
{

// As the options of `doorbell replay`, and --loosely, --ram-latency CYCLES, --vcd FILE.
int option(void *ctx, int argc, char **argv)
{
    session *s = static_cast<session *>(ctx);
    if (std::strcmp(argv[0], "--loosely") == 0) {
        s->timed.timed = s->loosely = true;
        return 1;
    }
    if (std::strcmp(argv[0], "--vcd") == 0) {
        s->vcd = argc > 1 ? argv[1] : "";
        if (s->vcd.size() <= 4 || s->vcd.substr(s->vcd.size() - 4) != ".vcd") {
            std::fputs("doorbell: --vcd needs the name of a file, NAME.vcd\n", stderr);
            return -1;
        }
        s->vcd.resize(s->vcd.size() - 4);
        return 2;
    }
    if (std::strcmp(argv[0], "--ram-latency") != 0)
        return dbell__session_option(&s->timed, argc, argv);
    char *end = nullptr;
    const unsigned long cycles = argc > 1 ? std::strtoul(argv[1], &end, 10) : 0;
    if (argc < 2 || !end || *end || !cycles || cycles > 1000000) {
        std::fputs("doorbell: --ram-latency needs a number of cycles\n", stderr);
        return -1;
    }
    s->timed.timed = true;
    s->ram_latency = static_cast<unsigned>(cycles);
    return 2;
}

int already_read(void *, int, char **argv)
{
    static const char *const with_value[] = {
        "--preset", "--set", "--config", "--accesses", "--timeline", "--ram-latency", "--vcd"};
    for (const char *name : with_value)
        if (!std::strcmp(argv[0], name))
            return 2;
    return !std::strcmp(argv[0], "--timed") || !std::strcmp(argv[0], "--loosely");
}

void report(void *ctx, FILE *out, bool json)
{
    session *s = static_cast<session *>(ctx);
    doorbell::clockwork *time = s->modules ? s->modules->time.get() : nullptr;
    dbell__session_report(&s->timed, time ? &time->core() : nullptr, out, json);
}

// The platform has to be there before the simulation begins, and options say how it is.
int read_arguments(session &s, int argc, char **argv, const char *&path)
{
    for (int i = 2; i < argc; i++) {
        const int taken = option(&s, argc - i, argv + i);
        if (taken < 0)
            return -1;
        if (taken) {
            i += taken - 1;
        } else if (argv[i][0] != '-') {
            if (path) {
                std::fputs("doorbell-sc: one file at a time\n", stderr);
                return -1;
            }
            path = argv[i];
        }
    }
    return 0;
}

void elaborate(session &s)
{
    const sc_core::sc_time cycle(1, sc_core::SC_NS);
    doorbell::board_parameters parameters;
    parameters.ram_latency = s.ram_latency * cycle;
    if (s.timed.timed) {
        parameters.time.emplace();
        parameters.time->timing = s.timed.timing;
        parameters.time->journeys = SESSION_JOURNEYS;
        parameters.time->memory_behind_sockets = s.ram_latency;
    }
    s.modules = std::make_unique<doorbell::replay_platform>("platform", *s.platform, parameters);
    s.modules->loosely = s.loosely;
    if (!s.vcd.empty()) {
        s.waveform = sc_core::sc_create_vcd_trace_file(s.vcd.c_str());
        s.waveform->set_time_unit(1, sc_core::SC_NS);
        s.modules->trace_to(s.waveform);
    }
    if (!s.timed.timed || dbell__session_begin(&s.timed) != DBELL_OK)
        return;
    s.modules->told = [&s](const dbell_timed_access &access) {
        dbell__session_ended(&s.timed, &access);
    };
    s.modules->acknowledged = [&s](std::uint64_t cycles) {
        dbell__session_acknowledged(&s.timed, cycles);
    };
    if (s.timed.timeline)
        s.modules->time->span = [&s](const dbell_clockwork_span &span) {
            dbell__timeline_span(s.timed.timeline, &span);
        };
}

} // namespace

int sc_main(int argc, char **argv)
{
    if (argc < 3 || std::strcmp(argv[1], "replay") != 0) {
        std::fputs("usage: doorbell-sc replay [--json] [--timed [--loosely] [--preset NAME] [--set "
                   "PARAMETER=N] [--config FILE] [--accesses FILE] [--timeline FILE] "
                   "[--ram-latency CYCLES]] [--vcd FILE] FILE\n",
                   stderr);
        return EXIT_USAGE;
    }
    const char *path = nullptr;
    session s;
    s.timed.timing = dbell__default_timing();
    if (read_arguments(s, argc, argv, path) < 0)
        return EXIT_USAGE;
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    if (path)
        learn_platform(s, path);
    if (s.platform)
        elaborate(s);
    int code = EXIT_INTERNAL;
    sc_core::sc_spawn(
        [&] {
            const replay_engine engine = {use, [](void *) {}, &s, already_read, report};
            code = tool_replay(argc - 2, argv + 2, &engine);
            sc_core::sc_stop();
        },
        "driver");
    sc_core::sc_start();
    dbell__session_end(&s.timed);
    if (s.waveform)
        sc_core::sc_close_vcd_trace_file(s.waveform);
    return code;
}
