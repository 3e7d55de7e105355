/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* How often which number of cycles: exact below 64, above in 32 steps for each doubling. */
#ifndef DOORBELL_HISTOGRAM_H
#define DOORBELL_HISTOGRAM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DBELL_HISTOGRAM_STEPS = 64 + 58 * 32 };

struct dbell_histogram {
    uint64_t count, sum, least, most;
    uint64_t step[DBELL_HISTOGRAM_STEPS];
};

void dbell_histogram_add(struct dbell_histogram *histogram, uint64_t value);
void dbell_histogram_join(struct dbell_histogram *histogram, const struct dbell_histogram *other);
/* The value below or at which `permille` of 1000 lie, rounded up to the end of its step and never
 * more than the largest; 0 when there is none. */
uint64_t dbell_histogram_quantile(const struct dbell_histogram *histogram, unsigned permille);
/* The values of a step: from .. to, inclusive. */
void dbell_histogram_step(unsigned step, uint64_t *from, uint64_t *to);

#ifdef __cplusplus
}
#endif
#endif
