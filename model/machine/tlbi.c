/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "tlbi.h"

#include <string.h>

/* The instructions without their suffixes; r.. are range forms. */
static const struct {
    const char *name;
    uint8_t scope, el;
} instructions[] = {
    {"alle1", DBELL_TLBI_ALL, 1},
    {"alle2", DBELL_TLBI_ALL, 2},
    {"alle3", DBELL_TLBI_ALL, 3},
    {"vmalle1", DBELL_TLBI_VMALL, 1},
    {"vmalls12e1", DBELL_TLBI_VMALLS12, 1},
    {"aside1", DBELL_TLBI_ASID, 1},
    {"vae1", DBELL_TLBI_VA, 1},
    {"vale1", DBELL_TLBI_VA, 1},
    {"vae2", DBELL_TLBI_VA, 2},
    {"vale2", DBELL_TLBI_VA, 2},
    {"vae3", DBELL_TLBI_VA, 3},
    {"vale3", DBELL_TLBI_VA, 3},
    {"vaae1", DBELL_TLBI_VAA, 1},
    {"vaale1", DBELL_TLBI_VAA, 1},
    {"ipas2e1", DBELL_TLBI_IPA, 1},
    {"ipas2le1", DBELL_TLBI_IPA, 1},
};

static const uint8_t granules[4] = {0, 12, 14, 16}; /* by tg */

static bool by_address(const struct dbell_tlbi *t)
{
    return t->scope == DBELL_TLBI_VA || t->scope == DBELL_TLBI_VAA || t->scope == DBELL_TLBI_IPA;
}

static bool ends_with(const char *text, size_t *size, const char *end)
{
    size_t n = strlen(end);
    if (*size <= n || memcmp(text + *size - n, end, n) != 0)
        return false;
    *size -= n;
    return true;
}

static const char *parse_name(const char *text, size_t size, bool *range, struct dbell_tlbi *t)
{
    ends_with(text, &size, "nxs"); /* XS is 0 in an SMMU (3.17.8) */
    if (!ends_with(text, &size, "is") && !ends_with(text, &size, "os"))
        return "op: only instructions that end in is or os are broadcast";
    *range = *text == 'r';
    text += *range;
    size -= *range;
    for (size_t i = 0; i < sizeof instructions / sizeof instructions[0]; i++)
        if (strlen(instructions[i].name) == size && !memcmp(instructions[i].name, text, size)) {
            t->scope = instructions[i].scope;
            t->el = instructions[i].el;
            return *range && !by_address(t) ? "op: it has no range form" : NULL;
        }
    return "op: there is no such TLBI instruction";
}

/* What the range forms cover: (num + 1) * 2^(5 * scale + 1) granules (Arm ARM D8.14). */
static const char *parse_range(const struct dbell_fields *f, struct dbell_tlbi *t)
{
    if (!f->present[DBELL_KEY_TG])
        return "tg: the range form needs it";
    t->granule = granules[f->number[DBELL_KEY_TG]];
    uint64_t num = f->present[DBELL_KEY_NUM] ? f->number[DBELL_KEY_NUM] : 0;
    uint64_t scale = f->present[DBELL_KEY_SCALE] ? f->number[DBELL_KEY_SCALE] : 0;
    uint64_t length = (num + 1) << (5 * scale + 1 + t->granule);
    t->last = t->first + (length - 1) < t->first ? ~UINT64_C(0) : t->first + (length - 1);
    return NULL;
}

const char *dbell__tlbi_parse(const struct dbell_fields *f, struct dbell_tlbi *t)
{
    bool range;
    *t = (struct dbell_tlbi){0};
    const char *wrong = parse_name(f->text[DBELL_KEY_OP], f->text_size[DBELL_KEY_OP], &range, t);
    if (wrong)
        return wrong;
    if (by_address(t) && !f->present[DBELL_KEY_ADDR])
        return "addr: this instruction needs it";
    bool needs_asid = t->scope == DBELL_TLBI_ASID || (t->scope == DBELL_TLBI_VA && t->el == 1);
    if (needs_asid && !f->present[DBELL_KEY_ASID])
        return "asid: this instruction needs it";
    t->vmid = f->present[DBELL_KEY_VMID] ? (uint16_t)f->number[DBELL_KEY_VMID] : 0;
    t->asid = f->present[DBELL_KEY_ASID] ? (uint16_t)f->number[DBELL_KEY_ASID] : 0;
    /* Stage 1 instructions of EL1 act on EL2&0 where HCR_EL2.{E2H, TGE} is {1, 1}; EL2 ones carry
     * an ASID with E2H (3.17.5). */
    const bool moves = t->scope == DBELL_TLBI_VMALL || t->scope == DBELL_TLBI_ASID ||
                       t->scope == DBELL_TLBI_VA || t->scope == DBELL_TLBI_VAA;
    t->e2h = t->el == 1 ? moves && f->present[DBELL_KEY_EL] && f->number[DBELL_KEY_EL] == 2
                        : f->present[DBELL_KEY_ASID];
    if (t->el == 1 && t->e2h)
        t->el = 2;
    if (by_address(t)) {
        t->first = f->number[DBELL_KEY_ADDR] & ~UINT64_C(0xfff);
        if (t->scope != DBELL_TLBI_IPA) /* the instructions take VA[55:12] */
            t->first = (uint64_t)((int64_t)(t->first << 8) >> 8);
        t->last = t->first | 0xfff;
        if (f->present[DBELL_KEY_TG]) /* the level is a hint with its granule only */
            t->level = f->present[DBELL_KEY_TTL] ? (uint8_t)f->number[DBELL_KEY_TTL] : 0;
        if (range)
            return parse_range(f, t);
        if (f->present[DBELL_KEY_TG])
            t->granule = granules[f->number[DBELL_KEY_TG]];
    }
    return NULL;
}
