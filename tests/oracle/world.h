/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A random world on a bench: features, streams, CDs, tables, what an access may be, and what
 * software changes with exactly the invalidations that the architecture asks for. */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include "bench.h"

struct random {
    uint64_t state;
};
uint64_t random_word(struct random *r);
uint64_t random_below(struct random *r, uint64_t n);
bool random_one_in(struct random *r, unsigned n);

enum { STREAMS = 3, CDS = 4, MAPPINGS = 24 };

struct tables {
    unsigned granule, input_bits, start, output_bits;
    uint64_t root, offset; /* root: PA; addresses in descriptors are PA + offset */
    bool big_endian, upper, stage2;
};

struct mapping {
    uint64_t input;
    unsigned level, shift;
    uint64_t path[4]; /* PA of the descriptor of each level, 0 above the start level */
    uint64_t made[4]; /* and what it was made as */
};

struct map {
    struct tables tables;
    struct mapping mappings[MAPPINGS];
    unsigned count;
};

struct context {
    uint64_t at, words[8], good[8]; /* as it is, and as it was made */
    struct map half[2];
};

struct stream {
    uint32_t sid;
    uint64_t at, words[8], good[8];
    bool nested_tables, globals;
    unsigned cds, cdmax;
    uint64_t offset;          /* IPA - PA of its tables */
    uint64_t l1cd, l1cd_good; /* where the one L1CD in use is, or 0 */
    struct context cd[CDS];
    struct map stage2;
};

struct world {
    struct bench *bench;
    struct random random;
    struct stream streams[STREAMS];
    struct oracle_access recent[4];
    unsigned recent_count;
    unsigned count;
    bool wild;      /* tables may be walked by others than their owner: invalidate everything */
    bool clone;     /* stream 1 shares CDs, tables, VMID and ASIDs with stream 0 */
    bool two_level; /* stream table */
    unsigned split;
    uint64_t l1std, l1std_good[STREAMS];
};

/* The whole world of a seed, SMMUEN = 0 until world_enable(). False: could not be made. */
bool world_create(struct world *w, struct bench *bench, uint64_t seed);
void world_enable(struct world *w);
struct oracle_access world_access(struct world *w);
void world_change(struct world *w);
/* The least number of entries of a cache that the model takes. */
#define WORLD_LEAST_ENTRIES 1u

/* For the files of the world. */
struct dbell_smmu_config world_features(struct random *r);
uint32_t world_cache_size(struct random *r);
extern const uint64_t world_quiet_ste[4]; /* 5.2.1: bits of an STE that no TLB holds */
uint64_t world_leaf(struct world *w, const struct stream *s, bool stage2);
uint64_t world_output(struct random *r, unsigned bits, unsigned shift);
unsigned world_oas(const struct world *w); /* bits */
unsigned world_granule(struct random *r, const struct oracle_registers *regs);
unsigned world_shift(const struct tables *t, unsigned level);
unsigned world_level(struct world *w, const struct tables *t); /* of a leaf */
bool world_root(struct world *w, struct map *map);
/* Maps one block or page where nothing is yet; false: something is, or memory is full. */
bool world_map(struct world *w, const struct stream *s, struct map *map, uint64_t input,
               uint64_t output, unsigned level, uint64_t leaf);
bool world_fill_stage1(struct world *w, struct stream *s, struct map *map, unsigned out_bits);
/* One table of stage 2 can not be read; not the one above the tables of stage 1. */
void world_break_table(struct world *w, struct stream *s);

/* Short hands. */
static inline struct random *dice(struct world *w)
{
    return &w->random;
}

static inline bool idr(const struct world *w, unsigned reg, unsigned bit)
{
    return w->bench->registers.idr[reg] >> bit & 1;
}

static inline unsigned config_of(const struct stream *s)
{
    return s->words[0] >> 1 & 7;
}

static inline void command(struct world *w, uint64_t word0, uint64_t word1)
{
    bench_command(w->bench, (struct dbell_host_cmd){{word0, word1}});
}

/* No more than the invalidations that the architecture asks for (4.3, 4.4, 5.2.1, 5.4.1), in one
 * of their forms. `same_leaf`: a block or page became another one of its level, or invalid. */
void world_invalidate_all(struct world *w);
unsigned world_vmid_of(const struct world *w, const struct stream *s);
void world_invalidate_asid(struct world *w, const struct stream *s, unsigned asid);
void world_invalidate_stage1(struct world *w, const struct stream *s, const struct context *c,
                             const struct map *map, const struct mapping *m, unsigned level,
                             bool same_leaf);
void world_invalidate_stage2(struct world *w, const struct stream *s, const struct map *map,
                             const struct mapping *m, unsigned level, bool same_leaf);
void world_invalidate_config(struct world *w, uint32_t sid, bool cd_too);

#endif
