/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "timed_engine.h"

#include "timed_session.h"

struct engine {
    struct timed_session session;
    struct dbell_machine *machine;
    struct dbell_timed *time;
};

static void ended(void *ctx, const struct dbell_timed_access *access)
{
    dbell__session_ended(&((struct engine *)ctx)->session, access);
}

static void acknowledged(void *ctx, uint64_t cycles)
{
    dbell__session_acknowledged(&((struct engine *)ctx)->session, cycles);
}

static void span(void *ctx, const struct dbell_clockwork_span *s)
{
    dbell__timeline_span(((struct engine *)ctx)->session.timeline, s);
}

static int build(void *ctx, const struct dbell_platform *platform, struct dbell_system *system,
                 struct dbell_message *message)
{
    struct engine *e = ctx;
    int status = dbell_machine_create(platform, &e->machine, message);
    if (status)
        return status;
    *system = dbell_machine_system(e->machine);
    if (!e->session.timed)
        return DBELL_OK;
    const struct dbell_timed_options options = {.timing = e->session.timing,
                                                .tbus = 1,
                                                .journeys = SESSION_JOURNEYS,
                                                .seed = 1,
                                                .ctx = e,
                                                .ended = ended,
                                                .acknowledged = acknowledged,
                                                .span = e->session.timeline_path ? span : NULL};
    status = dbell__session_begin(&e->session);
    if (!status)
        status = dbell_timed_create(e->machine, &options, &e->time);
    if (status) {
        snprintf(message->text, sizeof message->text, "timing: %s", dbell_status_text(status));
        return status;
    }
    *system = dbell_timed_system(e->time);
    return DBELL_OK;
}

static void dispose(void *ctx)
{
    struct engine *e = ctx;
    dbell_timed_destroy(e->time);
    dbell_machine_destroy(e->machine);
    dbell__session_end(&e->session);
    e->time = NULL;
    e->machine = NULL;
}

static void report(void *ctx, FILE *out, bool json)
{
    struct engine *e = ctx;
    dbell__session_report(&e->session, e->time ? dbell_timed_clockwork(e->time) : NULL, out, json);
}

static int option(void *ctx, int argc, char **argv)
{
    return dbell__session_option(&((struct engine *)ctx)->session, argc, argv);
}

struct replay_engine dbell__local_engine(void)
{
    static struct engine engine; /* of this command */
    engine = (struct engine){.session = {.timing = dbell__default_timing()}};
    return (struct replay_engine){
        .build = build, .dispose = dispose, .ctx = &engine, .option = option, .report = report};
}
