/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bed.h"
#include "seeds.h"

const struct dbell_scenario *dbell_scenario(unsigned index)
{
    static const struct dbell_scenario *const seeds[] = {dbell__seed0, dbell__seed1, dbell__seed2,
                                                         dbell__seed3, dbell__seed4};
    for (unsigned s = 0; s < sizeof seeds / sizeof seeds[0]; s++)
        for (unsigned i = 0; seeds[s][i].name; i++)
            if (!index--)
                return &seeds[s][i];
    return NULL;
}

const struct dbell_scenario *dbell_scenario_named(const char *name)
{
    const struct dbell_scenario *scenario;
    for (unsigned i = 0; (scenario = dbell_scenario(i)) && strcmp(scenario->name, name);)
        i++;
    return scenario;
}

unsigned dbell_scenario_run(const struct dbell_scenario *scenario, bool undo, char *failure,
                            struct dbell_scenario_text *trace)
{
    struct bed *bed = calloc(1, sizeof *bed);
    unsigned failures = 1;
    if (!bed) {
        snprintf(failure, 256, "out of memory");
        return failures;
    }
    bed->undo = undo;
    bed->text = trace;
    bed_begin(bed, scenario);
    if (bed_open(bed, scenario->options))
        scenario->run(bed);
    else
        bed_check(bed, false, "the bed cannot be made");
    failures = bed->failures;
    memcpy(failure, bed->failure, sizeof bed->failure);
    bed_close(bed);
    free(bed);
    return failures;
}
