/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "explain_steps.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/field.h"

static const char *const object_names[DBELL_OBJECTS] = {
    [DBELL_OBJECT_NONE] = "",
    [DBELL_OBJECT_L1STD] = "L1STD",
    [DBELL_OBJECT_STE] = "STE",
    [DBELL_OBJECT_L1CD] = "L1CD",
    [DBELL_OBJECT_CD] = "CD",
    [DBELL_OBJECT_VMS] = "VMS",
    [DBELL_OBJECT_STAGE1] = "stage 1",
    [DBELL_OBJECT_STAGE2] = "stage 2",
    [DBELL_OBJECT_TRANSLATION] = "translation",
    [DBELL_OBJECT_EVENT] = "event record",
    [DBELL_OBJECT_COMMAND] = "command",
    [DBELL_OBJECT_MSI] = "MSI",
    [DBELL_OBJECT_DATA] = "data",
    [DBELL_OBJECT_DTE] = "DTE",
    [DBELL_OBJECT_DTE_L1] = "level 1 DTE",
    [DBELL_OBJECT_ITE] = "ITE",
    [DBELL_OBJECT_CTE] = "CTE",
    [DBELL_OBJECT_CTE_L1] = "level 1 CTE",
    [DBELL_OBJECT_VTE] = "VTE",
    [DBELL_OBJECT_VTE_L1] = "level 1 VTE",
    [DBELL_OBJECT_LPI_CONFIG] = "LPI configuration byte",
    [DBELL_OBJECT_LPI_PENDING] = "LPI pending bit",
};

static const char *const resource_names[DBELL_RESOURCES] = {
    [DBELL_RESOURCE_NONE] = "",
    [DBELL_RESOURCE_CONFIG_CACHE] = "configuration cache",
    [DBELL_RESOURCE_TLB] = "TLB",
    [DBELL_RESOURCE_WALK_PORT] = "walk port",
    [DBELL_RESOURCE_QUEUE_PORT] = "queue port",
    [DBELL_RESOURCE_DATA_PORT] = "data port",
    [DBELL_RESOURCE_ITS_PORT] = "ITS port",
    [DBELL_RESOURCE_DEVICE_CACHE] = "device cache",
    [DBELL_RESOURCE_EVENT_CACHE] = "event cache",
    [DBELL_RESOURCE_COLLECTION_CACHE] = "collection cache",
    [DBELL_RESOURCE_VPE_CACHE] = "vPE cache",
    [DBELL_RESOURCE_LPI_PORT] = "LPI port",
    [DBELL_RESOURCE_LPI_CACHE] = "LPI cache",
};

const char *explain_object_name(const struct dbell_step *s)
{
    return object_names[s->object];
}

const char *explain_resource_name(const struct dbell_step *s)
{
    return resource_names[s->resource];
}

static void print_descriptor(const struct dbell_step *s)
{
    uint64_t d = s->value;
    const char *what = !(d & 1) ? "invalid" : s->level == 3 || !(d & 2) ? "leaf" : "table";
    printf("%s level %d of 0x%" PRIx64 " at 0x%" PRIx64 ": 0x%016" PRIx64 " (%s)",
           object_names[s->object], s->level, s->input, s->address, d, what);
}

/* Table entries of the ITS, in the formats of its.h. */
static void print_its_entry(const struct dbell_step *s)
{
    uint64_t v = s->value;
    if (s->kind == DBELL_STEP_LOOKUP)
        printf("%s cached (", object_names[s->object]);
    else
        printf("%s at 0x%" PRIx64 " (", object_names[s->object], s->address);
    if (!bit(v, 63))
        printf("not valid");
    else if (s->object == DBELL_OBJECT_DTE)
        printf("ITT at 0x%" PRIx64 ", %" PRIu64 " EventID bits", bits(v, 48, 5) << 8,
               bits(v, 4, 0) + 1);
    else if (s->object == DBELL_OBJECT_ITE && bit(v, 62))
        printf("vLPI %" PRIu64 " of vPE %" PRIu64, bits(v, 31, 0), bits(v, 47, 32));
    else if (s->object == DBELL_OBJECT_ITE)
        printf("LPI %" PRIu64 ", collection %" PRIu64, bits(v, 31, 0), bits(v, 47, 32));
    else if (s->object == DBELL_OBJECT_CTE || s->object == DBELL_OBJECT_VTE)
        printf("redistributor %" PRIu64, bits(v, 35, 0));
    else
        printf("page at 0x%" PRIx64, bits(v, 51, 12) << 12);
    putchar(')');
}

enum explain_topic explain_topic_of(const struct dbell_step *s)
{
    switch ((enum dbell_object)s->object) {
    case DBELL_OBJECT_L1STD:
    case DBELL_OBJECT_STE:
    case DBELL_OBJECT_L1CD:
    case DBELL_OBJECT_CD:
    case DBELL_OBJECT_VMS:
        return EXPLAIN_CONFIGURATION;
    case DBELL_OBJECT_DTE:
    case DBELL_OBJECT_DTE_L1:
    case DBELL_OBJECT_ITE:
    case DBELL_OBJECT_CTE:
    case DBELL_OBJECT_CTE_L1:
    case DBELL_OBJECT_VTE:
    case DBELL_OBJECT_VTE_L1:
        return EXPLAIN_ITS;
    case DBELL_OBJECT_MSI:
        return s->kind == DBELL_STEP_DECIDE ? EXPLAIN_ITS : EXPLAIN_OWN_LINE;
    case DBELL_OBJECT_LPI_CONFIG:
    case DBELL_OBJECT_LPI_PENDING:
        return EXPLAIN_LPI;
    default:
        return EXPLAIN_OWN_LINE;
    }
}

static void print_lookup(const struct dbell_step *s)
{
    if (s->resource == DBELL_RESOURCE_LPI_CACHE)
        printf("LPI %" PRIu64 ": its configuration %s", s->address,
               s->hit ? "is cached" : "is not cached");
    else if (explain_topic_of(s) == EXPLAIN_ITS && s->hit)
        print_its_entry(s);
    else if (explain_topic_of(s) == EXPLAIN_ITS)
        printf("%s not cached", object_names[s->object]);
    else
        printf("%s %s", resource_names[s->resource], s->hit ? "hit" : "miss");
}

static void print_decision(const struct dbell_step *s)
{
    const char *note = s->note ? s->note : "decided";
    if (s->object == DBELL_OBJECT_MSI)
        printf("DeviceID 0x%" PRIx64 ", EventID %" PRIu64 ": %s", s->address, s->input, note);
    else
        printf("%s", note);
}

void explain_step(const struct dbell_step *s)
{
    switch ((enum dbell_step_kind)s->kind) {
    case DBELL_STEP_LOOKUP:
        print_lookup(s);
        return;
    case DBELL_STEP_UPDATE:
        printf("%s level %d at 0x%" PRIx64 " updated to 0x%016" PRIx64, object_names[s->object],
               s->level, s->address, s->value);
        return;
    case DBELL_STEP_WRITE:
        if (s->object == DBELL_OBJECT_LPI_PENDING && s->note)
            printf("%s", s->note);
        else if (s->object == DBELL_OBJECT_LPI_PENDING)
            printf("pending on CPU %" PRIu64, s->value);
        else
            printf("%s written at 0x%" PRIx64, object_names[s->object], s->address);
        return;
    case DBELL_STEP_DECIDE:
        print_decision(s);
        return;
    default:
        break;
    }
    if (s->object == DBELL_OBJECT_STAGE1 || s->object == DBELL_OBJECT_STAGE2)
        print_descriptor(s);
    else if (s->resource == DBELL_RESOURCE_ITS_PORT)
        print_its_entry(s);
    else if (s->object == DBELL_OBJECT_LPI_CONFIG)
        printf("read at 0x%" PRIx64 ": 0x%02" PRIx64 ", %s", s->address, s->value,
               s->value & 1 ? "enabled" : "disabled");
    else
        printf("%s at 0x%" PRIx64 "%s%s", object_names[s->object], s->address, s->note ? ", " : "",
               s->note ? s->note : "");
}
