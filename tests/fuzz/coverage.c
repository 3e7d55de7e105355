/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Counts the edges that a run reached, of the objects built with
 * -fsanitize-coverage=inline-8bit-counters,pc-table. MISSED=file receives the addresses of the
 * others, relative to the executable, one per line. */
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct place {
    uintptr_t address, flags;
};

enum { MODULES = 256 };
static struct {
    const char *first, *end;
    const struct place *places;
} modules[MODULES];
static unsigned counters_seen, places_seen;

void __sanitizer_cov_8bit_counters_init(const char *first, const char *end);
void __sanitizer_cov_pcs_init(const struct place *first, const struct place *end);

static void report(void)
{
    extern const char __executable_start;
    unsigned long edges = 0, reached = 0;
    const char *path = getenv("MISSED");
    FILE *missed = path ? fopen(path, "w") : NULL;
    for (unsigned m = 0; m < counters_seen; m++) {
        for (const char *at = modules[m].first; at < modules[m].end; at++) {
            edges++;
            reached += *at != 0;
            if (!*at && missed)
                fprintf(missed, "0x%lx\n",
                        (unsigned long)(modules[m].places[at - modules[m].first].address -
                                        (uintptr_t)&__executable_start));
        }
    }
    if (missed)
        fclose(missed);
    printf("edges %lu reached %lu\n", edges, reached);
}

void __sanitizer_cov_8bit_counters_init(const char *first, const char *end)
{
    for (unsigned m = 0; m < counters_seen; m++)
        if (modules[m].first == first)
            return;
    if (counters_seen == MODULES)
        abort();
    if (!counters_seen)
        atexit(report);
    modules[counters_seen].first = first;
    modules[counters_seen++].end = end;
}

void __sanitizer_cov_pcs_init(const struct place *first, const struct place *end)
{
    (void)end;
    if (places_seen < MODULES && (!places_seen || modules[places_seen - 1].places != first))
        modules[places_seen++].places = first;
}
