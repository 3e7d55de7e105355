/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "rules.h"

#include <stddef.h>

#define RULE_TEXT(name, text) [RULE_##name] = text,

const char *dbell__rule_text(enum rule rule)
{
    static const char *const texts[] = {SMMU_RULES(RULE_TEXT)};
    return (size_t)rule < sizeof texts / sizeof texts[0] ? texts[rule] : NULL;
}
