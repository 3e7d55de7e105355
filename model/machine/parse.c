/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* One line of a trace: verb, keys and values, checked against what the verb allows. */
#include <string.h>

#include "grammar.h"
#include "message.h"
#include "tlbi.h"

/* A part of the line that is being looked at. */
struct span {
    const char *text;
    size_t size;
};

static bool equals(struct span span, const char *word)
{
    return strlen(word) == span.size && !memcmp(span.text, word, span.size);
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The next blank-separated token; false at the end or at a comment. */
static bool next_token(struct span *rest, struct span *token)
{
    while (rest->size && blank(*rest->text)) {
        rest->text++;
        rest->size--;
    }
    if (!rest->size || *rest->text == '#')
        return false;
    size_t n = 0;
    while (n < rest->size && !blank(rest->text[n]) && rest->text[n] != '#')
        n++;
    *token = (struct span){rest->text, n};
    rest->text += n;
    rest->size -= n;
    return true;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

/* Decimal or 0x hex, at most 64 bits. */
static bool parse_number(struct span s, uint64_t *number)
{
    unsigned base = 10;
    if (s.size > 2 && s.text[0] == '0' && s.text[1] == 'x') {
        base = 16;
        s.text += 2;
        s.size -= 2;
    }
    if (!s.size)
        return false;
    uint64_t n = 0;
    for (size_t i = 0; i < s.size; i++) {
        unsigned d = (unsigned)digit(s.text[i]);
        if (d >= base || n > (UINT64_MAX - d) / base)
            return false;
        n = n * base + d;
    }
    *number = n;
    return true;
}

static bool is_word(struct span s)
{
    for (size_t i = 0; i < s.size; i++) {
        char c = s.text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.'))
            return false;
    }
    return s.size != 0;
}

static bool is_bytes(struct span s)
{
    for (size_t i = 0; i < s.size; i++)
        if (digit(s.text[i]) > 15)
            return false;
    return s.size && s.size % 2 == 0;
}

static bool is_path(struct span s)
{
    if (!s.size || s.text[0] == '/')
        return false;
    for (size_t i = 0; i + 1 < s.size; i++)
        if (s.text[i] == '.' && s.text[i + 1] == '.')
            return false;
    return true;
}

/* NULL, or what is wrong with the value. */
static const char *parse_value(const struct key_rule *rule, struct span value,
                               struct dbell_fields *fields)
{
    enum dbell_key key = rule->key;
    fields->text[key] = value.text;
    fields->text_size[key] = (uint32_t)value.size;
    uint64_t number = 0;
    switch (rule->type) {
    case BYTES:
        return is_bytes(value) ? NULL : "is not pairs of hex digits";
    case WORD:
        return is_word(value) ? NULL : "is not a name";
    case PATH:
        return is_path(value) ? NULL : "is not a relative path without ..";
    case FAULT_VALUE:
        if (equals(value, "silent") || equals(value, "bus") || equals(value, "ur") ||
            equals(value, "ca"))
            return NULL;
        break;
    case NONE_OR_NUMBER:
        if (equals(value, "none"))
            return NULL;
        break;
    default:
        break;
    }
    if (!parse_number(value, &number))
        return "is not a number of at most 64 bits";
    if (number < rule->least || number > rule->most)
        return "is out of range";
    fields->text[key] = NULL;
    fields->number[key] = number;
    return NULL;
}

static int parse_pair(struct span token, const struct key_rule *rules, size_t count,
                      const char *verb, struct dbell_fields *fields, struct dbell_message *message)
{
    const char *equal = memchr(token.text, '=', token.size);
    struct span key = {token.text, equal ? (size_t)(equal - token.text) : token.size};
    int shown = key.size > 64 ? 64 : (int)key.size;
    if (!equal)
        return dbell__fail(message, DBELL_E_FORMAT, "%.*s: not key=value", shown, key.text);
    struct span value = {equal + 1, token.size - key.size - 1};
    for (size_t i = 0; i < count; i++) {
        if (!equals(key, dbell_key_name(rules[i].key)))
            continue;
        if (fields->present[rules[i].key])
            return dbell__fail(message, DBELL_E_FORMAT, "%.*s: given twice", shown, key.text);
        fields->present[rules[i].key] = 1;
        fields->count++;
        const char *wrong = parse_value(&rules[i], value, fields);
        if (wrong)
            return dbell__fail(message, DBELL_E_FORMAT, "%.*s: '%.*s' %s", shown, key.text,
                               value.size > 64 ? 64 : (int)value.size, value.text, wrong);
        return DBELL_OK;
    }
    return dbell__fail(message, DBELL_E_FORMAT, "%.*s: %s has no such key here", shown, key.text,
                       verb);
}

/* What the tables cannot say. NULL, or the complaint. */
static const char *check_dma(const struct dbell_fields *f)
{
    uint64_t length = f->present[DBELL_KEY_LEN] ? f->number[DBELL_KEY_LEN] : 4;
    uint8_t op = (uint8_t)dbell_op_named(f->text[DBELL_KEY_OP], f->text_size[DBELL_KEY_OP]);
    if (op >= DBELL_NO_OP)
        return "op: must be r, w or another of the format's page";
    if (f->present[DBELL_KEY_RID] == f->present[DBELL_KEY_SID])
        return "rid: exactly one of rid and sid must be given";
    if (f->present[DBELL_KEY_SMMU] && !f->present[DBELL_KEY_SID])
        return "smmu: goes with sid only";
    if (f->present[DBELL_KEY_HEX]) {
        uint64_t given = f->text_size[DBELL_KEY_HEX] / 2;
        if (!dbell_op_writes(op))
            return "hex: a read carries no data";
        if (f->present[DBELL_KEY_LEN] && given != length)
            return "hex: does not agree with len";
        length = given;
    }
    if (length > 4096 || (f->number[DBELL_KEY_IOVA] & 0xfff) + length > 4096)
        return "len: the access does not stay inside one 4 KiB page";
    return NULL;
}

static bool access_size(uint64_t size)
{
    return size == 1 || size == 2 || size == 4 || size == 8;
}

static const char *check_st(const struct dbell_fields *f)
{
    bool value = f->present[DBELL_KEY_SIZE] || f->present[DBELL_KEY_VAL];
    bool fill = f->present[DBELL_KEY_LEN] || f->present[DBELL_KEY_FILL];
    if (value + fill + f->present[DBELL_KEY_HEX] != 1)
        return "at: exactly one of size= val=, hex=, len= fill= must follow";
    if (value) {
        if (!f->present[DBELL_KEY_SIZE] || !f->present[DBELL_KEY_VAL])
            return "size: size and val go together";
        uint64_t size = f->number[DBELL_KEY_SIZE];
        if (!access_size(size))
            return "size: must be 1, 2, 4 or 8";
        if (size < 8 && f->number[DBELL_KEY_VAL] >> (8 * size))
            return "val: does not fit its size";
    }
    if (fill && (!f->present[DBELL_KEY_LEN] || !f->present[DBELL_KEY_FILL]))
        return "len: len and fill go together";
    return NULL;
}

static const char *check_record(const struct dbell_record *r)
{
    const struct dbell_fields *f = &r->stimulus, *e = &r->expectation;
    switch (r->verb) {
    case DBELL_VERB_ST:
        return check_st(f);
    case DBELL_VERB_LD:
        if (!access_size(f->number[DBELL_KEY_SIZE]))
            return "size: must be 1, 2, 4 or 8";
        return e->present[DBELL_KEY_MASK] && !e->present[DBELL_KEY_VAL] ? "mask: needs val" : NULL;
    case DBELL_VERB_DMA:
        return check_dma(f);
    case DBELL_VERB_MAP:
        if (f->present[DBELL_KEY_SMMU] != f->present[DBELL_KEY_SID])
            return "smmu: smmu and sid go together";
        if (f->present[DBELL_KEY_ITS] != f->present[DBELL_KEY_DEVID])
            return "its: its and devid go together";
        return NULL;
    case DBELL_VERB_TLBI:
        return dbell__tlbi_parse(f, &(struct dbell_tlbi){0});
    case DBELL_VERB_SMMU:
        return f->present[DBELL_KEY_ITS] != f->present[DBELL_KEY_DEVID]
                   ? "its: its and devid go together"
                   : NULL;
    default:
        return NULL;
    }
}

static int parse_side(struct span *rest, struct dbell_record *record, bool expectation, bool *arrow,
                      struct dbell_message *message)
{
    const struct verb *verb = dbell__verb(record->verb);
    const struct key_rule *rules = expectation ? verb->expectation : verb->stimulus;
    size_t count = expectation ? verb->expectation_count : verb->stimulus_count;
    struct dbell_fields *fields = expectation ? &record->expectation : &record->stimulus;
    struct span token;
    *arrow = false;
    while (next_token(rest, &token)) {
        if (equals(token, "->")) {
            if (expectation)
                return dbell__fail(message, DBELL_E_FORMAT, "->: given twice");
            *arrow = true;
            return DBELL_OK;
        }
        int status = parse_pair(token, rules, count, verb->name, fields, message);
        if (status)
            return status;
    }
    return DBELL_OK;
}

int dbell_trace_parse(const char *line, size_t size, struct dbell_record *record,
                      struct dbell_message *message)
{
    if (size && line[size - 1] == '\r')
        size--;
    struct span rest = {line, size}, token;
    record->verb = DBELL_VERB_NONE;
    record->has_cycle = record->expects = false;
    memset(record->stimulus.present, 0, sizeof record->stimulus.present);
    memset(record->expectation.present, 0, sizeof record->expectation.present);
    record->stimulus.count = record->expectation.count = 0;
    if (memchr(line, 0, size))
        return dbell__fail(message, DBELL_E_FORMAT, "the line holds a zero byte");
    if (memchr(line, '\r', size))
        return dbell__fail(message, DBELL_E_FORMAT, "the line holds a carriage return");
    if (!next_token(&rest, &token))
        return DBELL_OK;
    if (*token.text == '@') {
        struct span number = {token.text + 1, token.size - 1};
        if (!parse_number(number, &record->cycle))
            return dbell__fail(message, DBELL_E_FORMAT, "@: not a cycle number");
        record->has_cycle = true;
        if (!next_token(&rest, &token))
            return dbell__fail(message, DBELL_E_FORMAT, "@: nothing follows");
    }
    for (unsigned v = 1; v < DBELL_VERBS; v++)
        if (equals(token, dbell_verb_name((enum dbell_verb)v)))
            record->verb = (enum dbell_verb)v;
    if (record->verb == DBELL_VERB_NONE)
        return dbell__fail(message, DBELL_E_FORMAT, "%.*s: no such verb",
                           token.size > 64 ? 64 : (int)token.size, token.text);
    bool arrow, again;
    int status = parse_side(&rest, record, false, &arrow, message);
    if (!status && arrow) {
        record->expects = true;
        status = parse_side(&rest, record, true, &again, message);
        if (!status && !record->expectation.count)
            return dbell__fail(message, DBELL_E_FORMAT, "->: nothing is expected");
    }
    if (status)
        return status;
    const struct verb *verb = dbell__verb(record->verb);
    for (size_t i = 0; i < verb->stimulus_count; i++) {
        const struct key_rule *rule = &verb->stimulus[i];
        if (rule->required && !record->stimulus.present[rule->key])
            return dbell__fail(message, DBELL_E_FORMAT, "%s: %s needs it",
                               dbell_key_name(rule->key), verb->name);
    }
    const char *complaint = check_record(record);
    return complaint ? dbell__fail(message, DBELL_E_FORMAT, "%s", complaint) : DBELL_OK;
}

size_t dbell_trace_hex(const struct dbell_fields *fields, enum dbell_key key, uint8_t *bytes)
{
    const char *text = fields->text[key];
    size_t n = fields->text_size[key] / 2;
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
    return n;
}
