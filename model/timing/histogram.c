/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/histogram.h>

enum { EXACT = 64, OF_OCTAVE = 32 };

static unsigned step_of(uint64_t value)
{
    if (value < EXACT)
        return (unsigned)value;
    const unsigned log2 = 63u - (unsigned)__builtin_clzll(value);
    return EXACT + (log2 - 6) * OF_OCTAVE + (unsigned)(value >> (log2 - 5) & (OF_OCTAVE - 1));
}

void dbell_histogram_step(unsigned step, uint64_t *from, uint64_t *to)
{
    if (step < EXACT) {
        *from = *to = step;
        return;
    }
    const unsigned octave = (step - EXACT) / OF_OCTAVE, within = (step - EXACT) % OF_OCTAVE;
    *from = (uint64_t)(OF_OCTAVE + within) << (octave + 1);
    *to = *from + ((UINT64_C(1) << (octave + 1)) - 1);
}

void dbell_histogram_add(struct dbell_histogram *h, uint64_t value)
{
    if (!h->count || value < h->least)
        h->least = value;
    if (value > h->most)
        h->most = value;
    h->count++;
    h->sum += value;
    h->step[step_of(value)]++;
}

void dbell_histogram_join(struct dbell_histogram *h, const struct dbell_histogram *other)
{
    if (!other->count)
        return;
    if (!h->count || other->least < h->least)
        h->least = other->least;
    if (other->most > h->most)
        h->most = other->most;
    h->count += other->count;
    h->sum += other->sum;
    for (unsigned i = 0; i < DBELL_HISTOGRAM_STEPS; i++)
        h->step[i] += other->step[i];
}

uint64_t dbell_histogram_quantile(const struct dbell_histogram *h, unsigned permille)
{
    /* The smallest number of values that is at least that part of all. */
    const uint64_t wanted = h->count / 1000 * permille + (h->count % 1000 * permille + 999) / 1000;
    uint64_t seen = 0, from, to = 0;
    for (unsigned i = 0; i < DBELL_HISTOGRAM_STEPS && (seen < wanted || !seen); i++) {
        seen += h->step[i];
        if (h->step[i])
            dbell_histogram_step(i, &from, &to);
    }
    return to < h->most ? to : h->most;
}
