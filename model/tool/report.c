/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "report.h"

#include <inttypes.h>

void dbell__report_checked(FILE *out, const struct dbell_replay_result *result)
{
    bool any = false;
    for (unsigned v = 0; v < DBELL_VERBS; v++) {
        if (!result->checked[v])
            continue;
        fprintf(out, "%s%s %" PRIu64, any ? ", " : "", dbell_verb_name((enum dbell_verb)v),
                result->checked[v]);
        any = true;
    }
    if (!any)
        fputs("nothing", out);
}

static void report_outcome(FILE *out, const struct dbell_replay_result *result)
{
    fputs(" checked: ", out);
    dbell__report_checked(out, result);
    fprintf(out, "; failed %" PRIu64, result->failed);
    if (result->unsupported)
        fprintf(out, ", not supported %" PRIu64, result->unsupported);
    fputc('\n', out);
}

void dbell__report_file(FILE *out, const char *path, const struct dbell_replay_result *result)
{
    fprintf(out, "%s: %" PRIu64 " lines,", path, result->lines);
    report_outcome(out, result);
}

void dbell__report_total(FILE *out, size_t files, const struct dbell_replay_result *total)
{
    fprintf(out, "total: %zu file%s, %" PRIu64 " lines,", files, files == 1 ? "" : "s",
            total->lines);
    report_outcome(out, total);
}

void dbell__report_add(struct dbell_replay_result *total, const struct dbell_replay_result *one)
{
    total->lines += one->lines;
    total->failed += one->failed;
    total->unsupported += one->unsupported;
    for (unsigned v = 0; v < DBELL_VERBS; v++)
        total->checked[v] += one->checked[v];
}

/* Bytes of the well-formed UTF-8 character at c, 0 if there is none. */
static unsigned utf8_length(const unsigned char *c)
{
    unsigned length = *c < 0x80   ? 1
                      : *c < 0xc2 ? 0
                      : *c < 0xe0 ? 2
                      : *c < 0xf0 ? 3
                      : *c < 0xf5 ? 4
                                  : 0;
    for (unsigned i = 1; i < length; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (*c == 0xe0 && c[1] < 0xa0) || (*c == 0xf0 && c[1] < 0x90);
    bool surrogate = *c == 0xed && c[1] >= 0xa0, beyond = *c == 0xf4 && c[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

void dbell__report_json_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (const unsigned char *c = (const unsigned char *)text; *c;) {
        unsigned length = utf8_length(c);
        if (!length)
            fputs("\\ufffd", out);
        else if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else if (*c < 0x20)
            fprintf(out, "\\u%04x", *c);
        else
            fwrite(c, 1, length, out);
        c += length ? length : 1;
    }
    fputc('"', out);
}

void dbell__report_json_file(FILE *out, const char *path, const struct dbell_replay_result *result,
                             const char *error)
{
    fputs("{\"file\":", out);
    dbell__report_json_string(out, path);
    fprintf(out, ",\"lines\":%" PRIu64 ",\"checked\":{", result->lines);
    bool any = false;
    for (unsigned v = 0; v < DBELL_VERBS; v++) {
        if (!result->checked[v])
            continue;
        fprintf(out, "%s\"%s\":%" PRIu64, any ? "," : "", dbell_verb_name((enum dbell_verb)v),
                result->checked[v]);
        any = true;
    }
    fprintf(out, "},\"failed\":%" PRIu64 ",\"unsupported\":%" PRIu64, result->failed,
            result->unsupported);
    if (error) {
        fputs(",\"error\":", out);
        dbell__report_json_string(out, error);
    }
}

const char *dbell__report_doorbell(const struct dbell_platform *p, enum dbell_doorbell doorbell,
                                   uint32_t index, char *text, size_t size)
{
    switch (doorbell) {
    case DBELL_DOORBELL_TRANSLATER:
        snprintf(text, size, "%s GITS_TRANSLATER", p->its[index].name);
        return text;
    case DBELL_DOORBELL_SETSPI:
        return "GICD_SETSPI_NSR";
    case DBELL_DOORBELL_PRE_ITS:
        snprintf(text, size, "%s pre-ITS", p->its[index].name);
        return text;
    case DBELL_DOORBELL_V2M:
        snprintf(text, size, "GICv2m frame %" PRIu32, index);
        return text;
    default:
        snprintf(text, size, "GICR_SETLPIR of CPU %" PRIu32, index);
        return text;
    }
}
