/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Traces: a reader of lines, plain or compressed, and a strict parser of one line. The format is
 * described in traces/FORMAT.md. */
#ifndef DOORBELL_TRACE_H
#define DOORBELL_TRACE_H

#include <stddef.h>

#include <doorbell/platform.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DBELL_TRACE_LINE_MAX (1u << 20)

enum dbell_verb {
    DBELL_VERB_NONE, /* a blank line or a comment */
    DBELL_VERB_TRACE,
    DBELL_VERB_DTB,
    DBELL_VERB_RAM,
    DBELL_VERB_SMMU,
    DBELL_VERB_GIC,
    DBELL_VERB_ITS,
    DBELL_VERB_GICV2M,
    DBELL_VERB_MAP,
    DBELL_VERB_DEVICE,
    DBELL_VERB_ST,
    DBELL_VERB_CP,
    DBELL_VERB_LD,
    DBELL_VERB_DMA,
    DBELL_VERB_DONE,
    DBELL_VERB_ATS,
    DBELL_VERB_PRI,
    DBELL_VERB_RECV,
    DBELL_VERB_TLBI,
    DBELL_VERB_WIRE,
    DBELL_VERB_LPI,
    DBELL_VERB_ACK,
    DBELL_VERB_VLPI,
    DBELL_VERB_VACK,
    DBELL_VERB_STAT,
    DBELL_VERB_MIGRATE,
    DBELL_VERB_RESET,
    DBELL_VERBS
};
const char *dbell_verb_name(enum dbell_verb verb);

/* Every key of every verb. Numbered names (idr0, baser3) follow each other. */
enum dbell_key {
    DBELL_KEY_VERSION,
    DBELL_KEY_FILE,
    DBELL_KEY_AT,
    DBELL_KEY_LEN,
    DBELL_KEY_NAME,
    DBELL_KEY_IDR0,
    DBELL_KEY_IDR1,
    DBELL_KEY_IDR2,
    DBELL_KEY_IDR3,
    DBELL_KEY_IDR4,
    DBELL_KEY_IDR5,
    DBELL_KEY_IIDR,
    DBELL_KEY_AIDR,
    DBELL_KEY_ITS,
    DBELL_KEY_DEVID,
    DBELL_KEY_DIST,
    DBELL_KEY_REDIST,
    DBELL_KEY_CPUS,
    DBELL_KEY_LPI_BITS,
    DBELL_KEY_V4,
    DBELL_KEY_TYPER,
    DBELL_KEY_BASER0,
    DBELL_KEY_BASER1,
    DBELL_KEY_BASER2,
    DBELL_KEY_BASER3,
    DBELL_KEY_BASER4,
    DBELL_KEY_BASER5,
    DBELL_KEY_BASER6,
    DBELL_KEY_BASER7,
    DBELL_KEY_CACHES,
    DBELL_KEY_SPI,
    DBELL_KEY_COUNT,
    DBELL_KEY_RID,
    DBELL_KEY_SMMU,
    DBELL_KEY_SID,
    DBELL_KEY_SIZE,
    DBELL_KEY_VAL,
    DBELL_KEY_HEX,
    DBELL_KEY_FILL,
    DBELL_KEY_FAULT,
    DBELL_KEY_TO,
    DBELL_KEY_FROM,
    DBELL_KEY_MASK,
    DBELL_KEY_SSID,
    DBELL_KEY_OP,
    DBELL_KEY_IOVA,
    DBELL_KEY_PRIV,
    DBELL_KEY_INST,
    DBELL_KEY_TRANSLATED,
    DBELL_KEY_NOSNOOP,
    DBELL_KEY_ID,
    DBELL_KEY_PA,
    DBELL_KEY_RAZWI,
    DBELL_KEY_STALL,
    DBELL_KEY_LPI,
    DBELL_KEY_CPU,
    DBELL_KEY_ATTR,
    DBELL_KEY_SH,
    DBELL_KEY_NW,
    DBELL_KEY_EXEC,
    DBELL_KEY_EVENT,
    DBELL_KEY_R,
    DBELL_KEY_W,
    DBELL_KEY_X,
    DBELL_KEY_U,
    DBELL_KEY_G,
    DBELL_KEY_ADDR,
    DBELL_KEY_PRGI,
    DBELL_KEY_LAST,
    DBELL_KEY_QUEUED,
    DBELL_KEY_RESP,
    DBELL_KEY_INV,
    DBELL_KEY_NONE,
    DBELL_KEY_VMID,
    DBELL_KEY_ASID,
    DBELL_KEY_EL,
    DBELL_KEY_INTID,
    DBELL_KEY_PENDING,
    DBELL_KEY_MIN,
    DBELL_KEY_MAX,
    DBELL_KEY_PRESET,
    DBELL_KEY_MPAMIDR,
    DBELL_KEY_SPEC,
    DBELL_KEY_PARTID,
    DBELL_KEY_PMG,
    DBELL_KEY_NUM,
    DBELL_KEY_SCALE,
    DBELL_KEY_TG,
    DBELL_KEY_TTL,
    DBELL_KEY_DIRECT_LPI,
    DBELL_KEY_ERRORS,
    DBELL_KEY_VLPI,
    DBELL_KEY_VPE,
    DBELL_KEY_GROUP,
    DBELL_KEY_POSTED,
    DBELL_KEY_WIDE_WRITE,
    DBELL_KEY_PRE_ITS,
    DBELL_KEY_OUTSTANDING,
    DBELL_KEY_DEPEND,
    DBELL_KEYS
};
const char *dbell_key_name(enum dbell_key key);

/* How traces spell what a transaction does ("r", "w", "swap", ...). */
const char *dbell_op_name(enum dbell_op op);
/* DBELL_OPS: there is no such name. */
enum dbell_op dbell_op_named(const char *text, size_t size);

/* One side of a line. Values that are words point into the line, not terminated. */
struct dbell_fields {
    uint8_t present[DBELL_KEYS];
    uint64_t number[DBELL_KEYS];
    const char *text[DBELL_KEYS]; /* NULL for a number */
    uint32_t text_size[DBELL_KEYS];
    uint16_t count;
};

struct dbell_record {
    enum dbell_verb verb;
    bool has_cycle;
    uint64_t cycle; /* of @N */
    bool expects;   /* there is a `->` */
    struct dbell_fields stimulus, expectation;
};

/* Parses one line of `size` bytes, without its newline. DBELL_E_FORMAT with the key and the reason
 * in the message. */
int dbell_trace_parse(const char *line, size_t size, struct dbell_record *record,
                      struct dbell_message *message);

/* Bytes of a hex= value into `bytes` (room for text_size / 2). The parser has checked it. */
size_t dbell_trace_hex(const struct dbell_fields *fields, enum dbell_key key, uint8_t *bytes);

/* A file of lines, .zst or not, read as a stream. */
struct dbell_reader;
int dbell_reader_open(const char *path, struct dbell_reader **reader,
                      struct dbell_message *message);
/* 1: a line (without newline, valid until the next call); 0: the end; negative: a message. */
int dbell_reader_next(struct dbell_reader *reader, const char **line, size_t *size,
                      struct dbell_message *message);
void dbell_reader_close(struct dbell_reader *reader);

#ifdef __cplusplus
}
#endif
#endif
