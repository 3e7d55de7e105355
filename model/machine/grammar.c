/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "grammar.h"

#include <string.h>

#define ANY  0, UINT64_MAX
#define U32  0, UINT32_MAX
#define FLAG 0, 1

static const struct key_rule trace_keys[] = {{DBELL_KEY_VERSION, NUMBER, true, 1, 1}};
static const struct key_rule dtb_keys[] = {{DBELL_KEY_FILE, PATH, true, ANY}};
static const struct key_rule ram_keys[] = {{DBELL_KEY_AT, NUMBER, true, ANY},
                                           {DBELL_KEY_LEN, NUMBER, true, 1, UINT64_MAX}};
static const struct key_rule smmu_keys[] = {
    {DBELL_KEY_NAME, WORD, true, ANY},      {DBELL_KEY_AT, NUMBER, false, ANY},
    {DBELL_KEY_IDR0, NUMBER, false, U32},   {DBELL_KEY_IDR1, NUMBER, false, U32},
    {DBELL_KEY_IDR2, NUMBER, false, U32},   {DBELL_KEY_IDR3, NUMBER, false, U32},
    {DBELL_KEY_IDR4, NUMBER, false, U32},   {DBELL_KEY_IDR5, NUMBER, false, U32},
    {DBELL_KEY_IIDR, NUMBER, false, U32},   {DBELL_KEY_AIDR, NUMBER, false, U32},
    {DBELL_KEY_PRESET, PATH, false, ANY},   {DBELL_KEY_MPAMIDR, NUMBER, false, U32},
    {DBELL_KEY_ITS, WORD, false, ANY},      {DBELL_KEY_DEVID, NUMBER, false, U32},
    {DBELL_KEY_CACHES, NUMBER, false, FLAG}};
static const struct key_rule gic_keys[] = {
    {DBELL_KEY_DIST, NUMBER, true, ANY},         {DBELL_KEY_REDIST, NUMBER, true, ANY},
    {DBELL_KEY_CPUS, NUMBER, true, 1, 512},      {DBELL_KEY_LPI_BITS, NUMBER, false, 14, 24},
    {DBELL_KEY_DIRECT_LPI, NUMBER, false, FLAG}, {DBELL_KEY_V4, NUMBER, false, 1, 2}};
static const struct key_rule its_keys[] = {
    {DBELL_KEY_NAME, WORD, true, ANY},       {DBELL_KEY_AT, NUMBER, false, ANY},
    {DBELL_KEY_TYPER, NUMBER, false, ANY},   {DBELL_KEY_IIDR, NUMBER, false, U32},
    {DBELL_KEY_BASER0, NUMBER, false, ANY},  {DBELL_KEY_BASER1, NUMBER, false, ANY},
    {DBELL_KEY_BASER2, NUMBER, false, ANY},  {DBELL_KEY_BASER3, NUMBER, false, ANY},
    {DBELL_KEY_BASER4, NUMBER, false, ANY},  {DBELL_KEY_BASER5, NUMBER, false, ANY},
    {DBELL_KEY_BASER6, NUMBER, false, ANY},  {DBELL_KEY_BASER7, NUMBER, false, ANY},
    {DBELL_KEY_ERRORS, WORD, false, ANY},    {DBELL_KEY_CACHES, NUMBER, false, FLAG},
    {DBELL_KEY_POSTED, NUMBER, false, FLAG}, {DBELL_KEY_WIDE_WRITE, WORD, false, ANY},
    {DBELL_KEY_PRE_ITS, NUMBER, false, ANY}};
static const struct key_rule gicv2m_keys[] = {{DBELL_KEY_AT, NUMBER, true, ANY},
                                              {DBELL_KEY_SPI, NUMBER, true, 32, 1019},
                                              {DBELL_KEY_COUNT, NUMBER, true, 1, 988}};
static const struct key_rule map_keys[] = {
    {DBELL_KEY_RID, NUMBER, true, U32},        {DBELL_KEY_COUNT, NUMBER, true, 1, UINT32_MAX},
    {DBELL_KEY_SMMU, WORD, false, ANY},        {DBELL_KEY_SID, NUMBER, false, U32},
    {DBELL_KEY_ITS, WORD, false, ANY},         {DBELL_KEY_DEVID, NUMBER, false, U32},
    {DBELL_KEY_MASK, NUMBER, false, 0, 0xffff}};

static const struct key_rule device_keys[] = {{DBELL_KEY_RID, NUMBER, true, U32},
                                              {DBELL_KEY_OUTSTANDING, NUMBER, true, 1, 1024},
                                              {DBELL_KEY_DEPEND, NUMBER, false, 1, 64}};

/* Of one store or copy: 16 GiB, so that a line ends in seconds. */
#define LENGTH 1, UINT64_C(1) << 34

static const struct key_rule st_keys[] = {
    {DBELL_KEY_AT, NUMBER, true, ANY},      {DBELL_KEY_SIZE, NUMBER, false, 1, 8},
    {DBELL_KEY_VAL, NUMBER, false, ANY},    {DBELL_KEY_HEX, BYTES, false, ANY},
    {DBELL_KEY_LEN, NUMBER, false, LENGTH}, {DBELL_KEY_FILL, NUMBER, false, 0, 255}};
static const struct key_rule bus_expect[] = {{DBELL_KEY_FAULT, FAULT_VALUE, false, ANY}};
static const struct key_rule cp_keys[] = {{DBELL_KEY_TO, NUMBER, true, ANY},
                                          {DBELL_KEY_FROM, NUMBER, true, ANY},
                                          {DBELL_KEY_LEN, NUMBER, true, LENGTH}};
static const struct key_rule ld_keys[] = {{DBELL_KEY_AT, NUMBER, true, ANY},
                                          {DBELL_KEY_SIZE, NUMBER, true, 1, 8}};
static const struct key_rule ld_expect[] = {{DBELL_KEY_VAL, NUMBER, false, ANY},
                                            {DBELL_KEY_MASK, NUMBER, false, ANY},
                                            {DBELL_KEY_FAULT, FAULT_VALUE, false, ANY}};
static const struct key_rule dma_keys[] = {{DBELL_KEY_RID, NUMBER, false, U32},
                                           {DBELL_KEY_SID, NUMBER, false, U32},
                                           {DBELL_KEY_SMMU, WORD, false, ANY},
                                           {DBELL_KEY_SSID, NUMBER, false, 0, 0xfffff},
                                           {DBELL_KEY_OP, WORD, true, ANY},
                                           {DBELL_KEY_IOVA, NUMBER, true, ANY},
                                           {DBELL_KEY_LEN, NUMBER, false, 1, 4096},
                                           {DBELL_KEY_HEX, BYTES, false, ANY},
                                           {DBELL_KEY_PRIV, NUMBER, false, FLAG},
                                           {DBELL_KEY_INST, NUMBER, false, FLAG},
                                           {DBELL_KEY_TRANSLATED, NUMBER, false, FLAG},
                                           {DBELL_KEY_NOSNOOP, NUMBER, false, FLAG},
                                           {DBELL_KEY_SPEC, NUMBER, false, FLAG},
                                           {DBELL_KEY_ATTR, NUMBER, false, 0, 255},
                                           {DBELL_KEY_SH, NUMBER, false, 0, 3},
                                           {DBELL_KEY_ID, NUMBER, false, U32}};
static const struct key_rule dma_expect[] = {{DBELL_KEY_PA, NUMBER, false, ANY},
                                             {DBELL_KEY_HEX, BYTES, false, ANY},
                                             {DBELL_KEY_FAULT, FAULT_VALUE, false, ANY},
                                             {DBELL_KEY_RAZWI, NUMBER, false, FLAG},
                                             {DBELL_KEY_STALL, NUMBER, false, FLAG},
                                             {DBELL_KEY_LPI, NONE_OR_NUMBER, false, U32},
                                             {DBELL_KEY_CPU, NUMBER, false, 0, 511},
                                             {DBELL_KEY_SPI, NUMBER, false, 32, 1019},
                                             {DBELL_KEY_VLPI, NONE_OR_NUMBER, false, U32},
                                             {DBELL_KEY_VPE, NUMBER, false, 0, 0xffff},
                                             {DBELL_KEY_ATTR, NUMBER, false, 0, 255},
                                             {DBELL_KEY_SH, NUMBER, false, 0, 3},
                                             {DBELL_KEY_OP, WORD, false, ANY},
                                             {DBELL_KEY_PRIV, NUMBER, false, FLAG},
                                             {DBELL_KEY_INST, NUMBER, false, FLAG},
                                             {DBELL_KEY_PARTID, NUMBER, false, 0, 0xffff},
                                             {DBELL_KEY_PMG, NUMBER, false, 0, 255}};
static const struct key_rule done_keys[] = {{DBELL_KEY_ID, NUMBER, true, U32}};
static const struct key_rule ats_keys[] = {
    {DBELL_KEY_RID, NUMBER, true, U32},   {DBELL_KEY_SSID, NUMBER, false, 0, 0xfffff},
    {DBELL_KEY_IOVA, NUMBER, true, ANY},  {DBELL_KEY_LEN, NUMBER, false, 1, UINT64_MAX},
    {DBELL_KEY_NW, NUMBER, false, FLAG},  {DBELL_KEY_PRIV, NUMBER, false, FLAG},
    {DBELL_KEY_EXEC, NUMBER, false, FLAG}};
static const struct key_rule ats_expect[] = {
    {DBELL_KEY_PA, NUMBER, false, ANY},      {DBELL_KEY_SIZE, NUMBER, false, ANY},
    {DBELL_KEY_R, NUMBER, false, FLAG},      {DBELL_KEY_W, NUMBER, false, FLAG},
    {DBELL_KEY_X, NUMBER, false, FLAG},      {DBELL_KEY_U, NUMBER, false, FLAG},
    {DBELL_KEY_G, NUMBER, false, FLAG},      {DBELL_KEY_FAULT, FAULT_VALUE, false, ANY},
    {DBELL_KEY_EVENT, NUMBER, false, 0, 255}};
static const struct key_rule pri_keys[] = {
    {DBELL_KEY_RID, NUMBER, true, U32},    {DBELL_KEY_SSID, NUMBER, false, 0, 0xfffff},
    {DBELL_KEY_ADDR, NUMBER, true, ANY},   {DBELL_KEY_PRGI, NUMBER, true, 0, 511},
    {DBELL_KEY_LAST, NUMBER, false, FLAG}, {DBELL_KEY_R, NUMBER, false, FLAG},
    {DBELL_KEY_W, NUMBER, false, FLAG},    {DBELL_KEY_X, NUMBER, false, FLAG},
    {DBELL_KEY_PRIV, NUMBER, false, FLAG}};
static const struct key_rule pri_expect[] = {{DBELL_KEY_QUEUED, NUMBER, false, FLAG},
                                             {DBELL_KEY_RESP, WORD, false, ANY}};
static const struct key_rule recv_keys[] = {{DBELL_KEY_RID, NUMBER, true, U32}};
static const struct key_rule recv_expect[] = {
    {DBELL_KEY_INV, NUMBER, false, ANY},         {DBELL_KEY_SIZE, NUMBER, false, ANY},
    {DBELL_KEY_SSID, NUMBER, false, 0, 0xfffff}, {DBELL_KEY_G, NUMBER, false, FLAG},
    {DBELL_KEY_PRGI, NUMBER, false, 0, 511},     {DBELL_KEY_RESP, WORD, false, ANY},
    {DBELL_KEY_NONE, NUMBER, false, 1, 1}};
static const struct key_rule tlbi_keys[] = {{DBELL_KEY_OP, WORD, true, ANY},
                                            {DBELL_KEY_VMID, NUMBER, false, 0, 0xffff},
                                            {DBELL_KEY_ASID, NUMBER, false, 0, 0xffff},
                                            {DBELL_KEY_ADDR, NUMBER, false, ANY},
                                            {DBELL_KEY_EL, NUMBER, false, 1, 3},
                                            {DBELL_KEY_NUM, NUMBER, false, 0, 31},
                                            {DBELL_KEY_SCALE, NUMBER, false, 0, 3},
                                            {DBELL_KEY_TG, NUMBER, false, 1, 3},
                                            {DBELL_KEY_TTL, NUMBER, false, 0, 3}};
static const struct key_rule name_keys[] = {{DBELL_KEY_NAME, WORD, true, ANY}};
static const struct key_rule wire_expect[] = {{DBELL_KEY_COUNT, NUMBER, false, ANY}};
static const struct key_rule lpi_keys[] = {{DBELL_KEY_CPU, NUMBER, true, 0, 511},
                                           {DBELL_KEY_INTID, NUMBER, true, U32}};
static const struct key_rule lpi_expect[] = {{DBELL_KEY_PENDING, NUMBER, false, FLAG}};
static const struct key_rule ack_keys[] = {{DBELL_KEY_CPU, NUMBER, true, 0, 511}};
static const struct key_rule ack_expect[] = {{DBELL_KEY_INTID, NUMBER, false, U32}};
static const struct key_rule vack_keys[] = {{DBELL_KEY_CPU, NUMBER, true, 0, 511},
                                            {DBELL_KEY_GROUP, NUMBER, false, FLAG}};
static const struct key_rule stat_expect[] = {{DBELL_KEY_VAL, NUMBER, false, ANY},
                                              {DBELL_KEY_MIN, NUMBER, false, ANY},
                                              {DBELL_KEY_MAX, NUMBER, false, ANY}};

#define KEYS(table) table, sizeof table / sizeof table[0]
#define NO_KEYS     NULL, 0

static const struct verb verbs[DBELL_VERBS] = {
    [DBELL_VERB_NONE] = {"", NO_KEYS, NO_KEYS},
    [DBELL_VERB_TRACE] = {"trace", KEYS(trace_keys), NO_KEYS},
    [DBELL_VERB_DTB] = {"dtb", KEYS(dtb_keys), NO_KEYS},
    [DBELL_VERB_RAM] = {"ram", KEYS(ram_keys), NO_KEYS},
    [DBELL_VERB_SMMU] = {"smmu", KEYS(smmu_keys), NO_KEYS},
    [DBELL_VERB_GIC] = {"gic", KEYS(gic_keys), NO_KEYS},
    [DBELL_VERB_ITS] = {"its", KEYS(its_keys), NO_KEYS},
    [DBELL_VERB_GICV2M] = {"gicv2m", KEYS(gicv2m_keys), NO_KEYS},
    [DBELL_VERB_MAP] = {"map", KEYS(map_keys), NO_KEYS},
    [DBELL_VERB_DEVICE] = {"device", KEYS(device_keys), NO_KEYS},
    [DBELL_VERB_ST] = {"st", KEYS(st_keys), KEYS(bus_expect)},
    [DBELL_VERB_CP] = {"cp", KEYS(cp_keys), NO_KEYS},
    [DBELL_VERB_LD] = {"ld", KEYS(ld_keys), KEYS(ld_expect)},
    [DBELL_VERB_DMA] = {"dma", KEYS(dma_keys), KEYS(dma_expect)},
    [DBELL_VERB_DONE] = {"done", KEYS(done_keys), KEYS(dma_expect)},
    [DBELL_VERB_ATS] = {"ats", KEYS(ats_keys), KEYS(ats_expect)},
    [DBELL_VERB_PRI] = {"pri", KEYS(pri_keys), KEYS(pri_expect)},
    [DBELL_VERB_RECV] = {"recv", KEYS(recv_keys), KEYS(recv_expect)},
    [DBELL_VERB_TLBI] = {"tlbi", KEYS(tlbi_keys), NO_KEYS},
    [DBELL_VERB_WIRE] = {"wire", KEYS(name_keys), KEYS(wire_expect)},
    [DBELL_VERB_LPI] = {"lpi", KEYS(lpi_keys), KEYS(lpi_expect)},
    [DBELL_VERB_ACK] = {"ack", KEYS(ack_keys), KEYS(ack_expect)},
    [DBELL_VERB_VLPI] = {"vlpi", KEYS(lpi_keys), KEYS(lpi_expect)},
    [DBELL_VERB_VACK] = {"vack", KEYS(vack_keys), KEYS(ack_expect)},
    [DBELL_VERB_STAT] = {"stat", KEYS(name_keys), KEYS(stat_expect)},
    [DBELL_VERB_MIGRATE] = {"migrate", NO_KEYS, NO_KEYS},
    [DBELL_VERB_RESET] = {"reset", NO_KEYS, NO_KEYS},
};

const struct verb *dbell__verb(enum dbell_verb verb)
{
    return &verbs[verb];
}

const char *dbell_verb_name(enum dbell_verb verb)
{
    return (unsigned)verb < DBELL_VERBS ? verbs[verb].name : "";
}

const char *dbell_op_name(enum dbell_op op)
{
    static const char *const names[DBELL_OPS] = {
        [DBELL_READ] = "r",
        [DBELL_WRITE] = "w",
        [DBELL_ATOMIC_SWAP] = "swap",
        [DBELL_READ_CLEAN_INVALIDATE] = "rci",
        [DBELL_READ_DESTRUCTIVE] = "dr",
        [DBELL_WRITE_PREFETCH] = "wdcp",
        [DBELL_PREFETCH] = "nwdcp",
        [DBELL_CLEAN] = "clean",
        [DBELL_CLEAN_INVALIDATE] = "cleaninv",
        [DBELL_CLEAN_TO_PERSISTENCE] = "cleanpersist",
        [DBELL_INVALIDATE] = "inval",
        [DBELL_DESTRUCTIVE_HINT] = "dh",
        [DBELL_NO_OP] = "none",
    };
    return (unsigned)op < DBELL_OPS ? names[op] : "";
}

enum dbell_op dbell_op_named(const char *text, size_t size)
{
    unsigned op = 0;
    while (op < DBELL_OPS && (strlen(dbell_op_name((enum dbell_op)op)) != size ||
                              memcmp(dbell_op_name((enum dbell_op)op), text, size) != 0))
        op++;
    return (enum dbell_op)op;
}

const char *dbell_key_name(enum dbell_key key)
{
    static const char *const names[DBELL_KEYS] = {
        "version", "file",   "at",     "len",    "name",       "idr0",       "idr1",
        "idr2",    "idr3",   "idr4",   "idr5",   "iidr",       "aidr",       "its",
        "devid",   "dist",   "redist", "cpus",   "lpi_bits",   "v4",         "typer",
        "baser0",  "baser1", "baser2", "baser3", "baser4",     "baser5",     "baser6",
        "baser7",  "caches", "spi",    "count",  "rid",        "smmu",       "sid",
        "size",    "val",    "hex",    "fill",   "fault",      "to",         "from",
        "mask",    "ssid",   "op",     "iova",   "priv",       "inst",       "translated",
        "nosnoop", "id",     "pa",     "razwi",  "stall",      "lpi",        "cpu",
        "attr",    "sh",     "nw",     "exec",   "event",      "r",          "w",
        "x",       "u",      "g",      "addr",   "prgi",       "last",       "queued",
        "resp",    "inv",    "none",   "vmid",   "asid",       "el",         "intid",
        "pending", "min",    "max",    "preset", "mpamidr",    "spec",       "partid",
        "pmg",     "num",    "scale",  "tg",     "ttl",        "direct_lpi", "errors",
        "vlpi",    "vpe",    "group",  "posted", "wide_write", "pre_its",    "outstanding",
        "depend"};
    return (unsigned)key < DBELL_KEYS ? names[key] : "?";
}
