/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/timing.h>

#include <string.h>

static const struct dbell_timing_description descriptions[DBELL_TIMING_PARAMETERS] = {
#define DESCRIBE(ID, name, unit, least, most, what) \
    [DBELL_T_##ID] = {name, unit, what, least, most},
    DBELL_TIMING_LIST(DESCRIBE)
#undef DESCRIBE
};

const struct dbell_timing_description *dbell_timing_describe(enum dbell_timing_parameter parameter)
{
    return (unsigned)parameter < DBELL_TIMING_PARAMETERS ? &descriptions[parameter] : NULL;
}

static int named(const char *name, size_t size)
{
    for (int i = 0; i < DBELL_TIMING_PARAMETERS; i++)
        if (strlen(descriptions[i].name) == size && !memcmp(descriptions[i].name, name, size))
            return i;
    return -1;
}

int dbell_timing_named(const char *name)
{
    return named(name, strlen(name));
}

/* Decimal digits, and nothing else. */
static bool number(const char *text, uint64_t *value)
{
    *value = 0;
    if (!*text)
        return false;
    for (; *text >= '0' && *text <= '9' && *value <= UINT32_MAX; text++)
        *value = 10 * *value + (uint64_t)(*text - '0');
    return *text >= '0' && *text <= '9' ? *value > UINT32_MAX : !*text;
}

int dbell_timing_set(struct dbell_timing *timing, const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    uint64_t value;
    if (!equals)
        return DBELL_E_FORMAT;
    const int parameter = named(assignment, (size_t)(equals - assignment));
    if (parameter < 0)
        return DBELL_E_NOT_FOUND;
    if (!number(equals + 1, &value))
        return DBELL_E_FORMAT;
    if (value < descriptions[parameter].least || value > descriptions[parameter].most)
        return DBELL_E_RANGE;
    timing->value[parameter] = (uint32_t)value;
    return DBELL_OK;
}
