/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* doorbell timing [--json] [PRESET...]: every parameter, its value, unit and source. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <doorbell/timing.h>

#include "tool.h"

static const char *source_of(const char *const *names, int count, unsigned parameter)
{
    const char *source = "ideal";
    for (int i = 0; i < count; i++) {
        const struct dbell_timing_preset *preset;
        for (unsigned n = 0; (preset = dbell_timing_preset_at(n)); n++)
            for (uint32_t v = 0; !strcmp(preset->name, names[i]) && v < preset->count; v++)
                if (preset->values[v].parameter == parameter)
                    source = preset->values[v].source;
    }
    return source;
}

static void list_presets(bool json)
{
    const struct dbell_timing_preset *preset;
    if (json)
        fputs("{\"presets\":[", stdout);
    for (unsigned n = 0; (preset = dbell_timing_preset_at(n)); n++)
        printf(json ? "%s{\"name\":\"%s\",\"what\":\"%s\"}" : "%s%-16s %s\n", json && n ? "," : "",
               preset->name, preset->what);
    if (json)
        fputs("]}\n", stdout);
}

int tool_timing(int argc, char **argv)
{
    struct dbell_timing timing = dbell_timing_ideal();
    const char *names[16];
    int count = 0;
    bool json = false;
    for (int i = 0; i < argc; i++) {
        if (!strcmp(argv[i], "--json")) {
            json = true;
        } else if (count == 16 || dbell_timing_apply(&timing, argv[i])) {
            fprintf(stderr, "doorbell timing: there is no preset %s\n", argv[i]);
            return EXIT_USAGE;
        } else {
            names[count++] = argv[i];
        }
    }
    if (!count) {
        list_presets(json);
        return EXIT_HELD;
    }
    fputs(json ? "{\"parameters\":[" : "", stdout);
    for (unsigned i = 0; i < DBELL_TIMING_PARAMETERS; i++) {
        const struct dbell_timing_description *d =
            dbell_timing_describe((enum dbell_timing_parameter)i);
        printf(json ? "%s{\"name\":\"%s\",\"value\":%" PRIu32 ",\"unit\":\"%s\",\"what\":\"%s\","
                      "\"source\":\"%s\"}"
                    : "%s%-30s = %-8" PRIu32 " # %s %s; %s\n",
               json && i ? "," : "", d->name, timing.value[i], d->unit, d->what,
               source_of(names, count, i));
    }
    fputs(json ? "]}\n" : "", stdout);
    return EXIT_HELD;
}
