/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the files of the oracle share. */
#ifndef TEST_ORACLE_PARTS_H
#define TEST_ORACLE_PARTS_H

#include "oracle.h"

enum oracle_event {
    C_BAD_STREAMID = 0x02,
    F_STE_FETCH = 0x03,
    C_BAD_STE = 0x04,
    F_STREAM_DISABLED = 0x06,
    C_BAD_SUBSTREAMID = 0x08,
    F_CD_FETCH = 0x09,
    C_BAD_CD = 0x0a,
    F_WALK_EABT = 0x0b,
    F_TRANSLATION = 0x10,
    F_ADDR_SIZE = 0x11,
    F_ACCESS = 0x12,
    F_PERMISSION = 0x13
};

enum streamworld { NS_EL1, EL2, EL2_E2H }; /* 5.2 STRW */

/* Memory attributes, taken apart (13.1.1). */
enum memory_kind { DEVICE, NORMAL };
enum cacheability { NC, WT, WB }; /* weakest to strongest is WB, WT, NC */
struct level_attributes {
    enum cacheability cache;
    bool ra, wa, tr;
};
struct attributes {
    enum memory_kind kind;
    unsigned device; /* 0 nGnRnE, 1 nGnRE, 2 nGRE, 3 GRE */
    struct level_attributes inner, outer;
    uint8_t sh; /* 0 non, 2 outer, 3 inner */
};

/* One stage of translation, whichever it is. */
struct stage {
    unsigned granule;    /* log2 of bytes */
    unsigned input_bits; /* 64 - TxSZ */
    unsigned start_level;
    unsigned output_bits; /* effective IPS or S2PS */
    uint64_t base;        /* aligned */
    bool big_endian, affd, ha, hd;
};

/* What of a CD is used after it was found valid. */
struct cd {
    uint64_t w[8];
};

struct oracle {
    const struct oracle_registers *r;
    const struct oracle_memory *m;
    const struct oracle_access *a;
    struct oracle_answer *out;
    uint64_t ste[8];
    struct cd cd;
    bool privileged, instruction; /* after STE.PRIVCFG and STE.INSTCFG */
    bool stage1, stage2;          /* translate */
    enum streamworld world;
};

/* Bits [high:low] of a word. */
static inline uint64_t bits(uint64_t word, unsigned high, unsigned low)
{
    return word >> low & (~UINT64_C(0) >> (63 - (high - low)));
}

/* True if `address` needs more than `count` bits. */
static inline bool beyond(uint64_t address, unsigned count)
{
    return count < 64 && address >> count != 0;
}

/* The address without its bits below 2^count. */
static inline uint64_t align_down(uint64_t address, unsigned count)
{
    return address >> count << count;
}

/* oracle.c: how an access ends when it does not go through; they return false. */
bool oracle_silent(struct oracle *o);
bool oracle_config_error(struct oracle *o, enum oracle_event event, bool has_ssid, uint32_t ssid);
bool oracle_fetch_abort(struct oracle *o, enum oracle_event event, uint64_t fetched);
struct fault {
    enum oracle_event event;
    bool stage2;
    enum oracle_class class;
    uint64_t ipa;     /* stage 2 */
    uint64_t fetched; /* F_WALK_EABT */
    bool tt_read;     /* F_PERMISSION of class TT */
    bool bypass;      /* of stage 1 bypassed: no CD says what to do */
};
bool oracle_fault(struct oracle *o, struct fault fault);

/* oracle_config.c */
unsigned oracle_oas(const struct oracle *o);
unsigned oracle_size(const struct oracle *o, unsigned encoded);
bool oracle_find_ste(struct oracle *o);
bool oracle_ste_illegal(const struct oracle *o);
bool oracle_find_cd(struct oracle *o, uint32_t index);
bool oracle_cd_illegal(const struct oracle *o);
struct stage oracle_stage2(const struct oracle *o);
struct stage oracle_stage1(const struct oracle *o, bool upper);

/* oracle_walk.c */
bool oracle_stage1_walk(struct oracle *o, uint64_t va, uint64_t *ipa, struct attributes *attr);
/* `attr`: in, those of stage 1 or of the access; out, combined. */
bool oracle_stage2_walk(struct oracle *o, enum oracle_class class, uint64_t ipa, bool write,
                        uint64_t *pa, struct attributes *attr);

/* oracle_attributes.c */
struct attributes oracle_attributes_of_byte(uint8_t byte, uint8_t sh);
uint8_t oracle_byte_of_attributes(struct attributes attr);
struct attributes oracle_override(struct attributes in, bool allowed, bool mtcfg, unsigned memattr,
                                  unsigned alloccfg, unsigned shcfg);
struct attributes oracle_consistent(struct attributes attr);
struct attributes oracle_combine_stage1(struct attributes incoming, uint8_t mair, unsigned sh);
struct attributes oracle_combine_stage2(struct attributes in, unsigned memattr, unsigned sh,
                                        bool fwb);
bool oracle_stage2_is_device(unsigned memattr, bool fwb);

#endif
