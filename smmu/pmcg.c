/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Performance monitor counter groups (IHI 0070 10). */
#include "pmcg.h"

#include <string.h>

/* Page 0 of each group, where MMU-600 and MMU-700 have those of the TCU and of the first TBU
 * (Arm 101412, 101542); page 1 is 64 KiB above. */
static const uint32_t page_of[DBELL_PMCG_GROUPS] = {0x02000, 0x42000};
enum { PAGE1_DISTANCE = 0x10000 };

static uint32_t cfgr_of(const struct dbell_smmu_pmcg_config *config)
{
    uint64_t cfgr = 0;
    put(&cfgr, CFGR_NCTR, config->counters - 1u);
    put(&cfgr, CFGR_SIZE, config->counter_bits - 1u);
    put(&cfgr, CFGR_RELOC_CTRS, config->relocated);
    put(&cfgr, CFGR_MSI, config->msi);
    put(&cfgr, CFGR_CAPTURE, config->capture);
    put(&cfgr, CFGR_SID_FILTER_TYPE, config->common_filter);
    return (uint32_t)cfgr;
}

bool dbell__pmcg_page(const struct dbell_smmu_config *config, uint64_t offset, unsigned *group,
                      uint32_t *at, bool *page1)
{
    for (unsigned i = 0; i < DBELL_PMCG_GROUPS; i++)
        for (unsigned page = 0; page < 2; page++) {
            uint64_t first = page_of[i] + (uint64_t)page * PAGE1_DISTANCE;
            if (!config->pmcg[i].counters || (page && !config->pmcg[i].relocated) ||
                offset < first || offset - first >= PMCG_PAGE)
                continue;
            *group = i;
            *at = (uint32_t)(offset - first);
            *page1 = page;
            return true;
        }
    return false;
}

/* --- counting --- */

static void note_activity(struct dbell_smmu_state *state)
{
    state->pmcg_counting = false;
    for (unsigned i = 0; i < DBELL_PMCG_GROUPS; i++)
        state->pmcg_counting |= state->pmcg[i].enabled && state->pmcg[i].cnten;
}

/* 10.4: the low bits up to and with the lowest 0 of the filter are ignored in a span. */
static bool stream_matches(const struct dbell_smmu_state *state, unsigned i, unsigned counter,
                           uint32_t streamid)
{
    const unsigned by = state->config.pmcg[i].common_filter ? 0 : counter;
    const uint64_t evtyper = state->pmcg[i].evtyper[by];
    const uint32_t filter = state->pmcg[i].smr[by];
    if (!get(&evtyper, EVTYPER_FILTER_SID_SPAN))
        return filter == streamid;
    unsigned ignored = 1;
    while (ignored <= 32 && filter >> (ignored - 1) & 1)
        ignored++;
    return ignored >= 32 || (filter ^ streamid) >> ignored == 0;
}

/* A group of both units counts each event where it happens first. */
static bool counts_unit(const struct dbell_smmu_pmcg_config *config, enum dbell_pmcg_unit unit,
                        unsigned event)
{
    const bool of_tbu = event == DBELL_PMCG_TRANSACTION || event == DBELL_PMCG_TLB_MISS ||
                        event == DBELL_PMCG_TRANSLATED;
    if (config->units == (DBELL_PMCG_TCU | DBELL_PMCG_TBU))
        return (unit == DBELL_PMCG_TBU) == of_tbu;
    return config->units & unit;
}

static void capture(struct pmcg_group *group)
{
    memcpy(group->svr, group->evcnt, sizeof group->svr);
}

/* 10.2.1 */
static void overflow(struct dbell_smmu *smmu, unsigned i, unsigned counter)
{
    struct pmcg_group *group = &smmu->state->pmcg[i];
    const struct dbell_smmu_pmcg_config *config = &smmu->state->config.pmcg[i];
    const uint64_t evtyper = group->evtyper[counter], bit = UINT64_C(1) << counter;
    group->ovs |= bit;
    if (config->capture && get(&evtyper, EVTYPER_OVFCAP))
        capture(group);
    if (group->inten & bit && group->irq_ctrl)
        dbell__interrupt_pmcg(smmu, i);
}

/* True: it wrapped. */
static bool add(struct dbell_smmu_state *state, unsigned i, unsigned counter, uint64_t amount)
{
    uint64_t *value = &state->pmcg[i].evcnt[counter];
    const uint64_t mask = ones(state->config.pmcg[i].counter_bits), before = *value;
    *value = (before + amount) & mask;
    return amount > mask - before;
}

static void count_in_group(struct dbell_smmu *smmu, unsigned i, unsigned event, uint64_t amount,
                           const uint32_t *streamid)
{
    const struct pmcg_group *group = &smmu->state->pmcg[i];
    uint64_t wrapped = 0; /* a capture is of what all have counted */
    for (uint64_t enabled = group->enabled ? group->cnten : 0; enabled; enabled &= enabled - 1) {
        unsigned counter = (unsigned)__builtin_ctzll(enabled);
        const uint64_t evtyper = group->evtyper[counter];
        if (get(&evtyper, EVTYPER_EVENT) == event &&
            (!streamid || stream_matches(smmu->state, i, counter, *streamid)))
            wrapped |= (uint64_t)add(smmu->state, i, counter, amount) << counter;
    }
    for (; wrapped; wrapped &= wrapped - 1)
        overflow(smmu, i, (unsigned)__builtin_ctzll(wrapped));
}

void dbell__pmcg_count(struct dbell_smmu *smmu, enum dbell_pmcg_unit unit, unsigned event,
                       uint32_t streamid)
{
    for (unsigned i = 0; i < DBELL_PMCG_GROUPS; i++)
        if (counts_unit(&smmu->state->config.pmcg[i], unit, event))
            count_in_group(smmu, i, event, 1, &streamid);
}

void dbell__pmcg_count_request(struct dbell_smmu *smmu, unsigned event, uint32_t streamid)
{
    for (unsigned i = 0; i < DBELL_PMCG_GROUPS; i++)
        if (smmu->state->config.pmcg[i].units & DBELL_PMCG_TCU)
            count_in_group(smmu, i, event, 1, &streamid);
}

void dbell_smmu_pmcg_event(struct dbell_smmu *smmu, enum dbell_pmcg_unit unit, unsigned event,
                           uint32_t streamid)
{
    pmcg_event(smmu, unit, event, streamid);
}

void dbell_smmu_clock(struct dbell_smmu *smmu, uint64_t cycles)
{
    for (unsigned i = 0; i < DBELL_PMCG_GROUPS && smmu->state->pmcg_counting; i++)
        count_in_group(smmu, i, DBELL_PMCG_CLOCK, cycles, NULL);
}

/* --- registers --- */

void dbell__pmcg_reset(struct dbell_smmu_state *state)
{
    memset(state->pmcg, 0, sizeof state->pmcg);
    state->pmcg_counting = false;
}

void dbell__pmcg_msi_done(struct dbell_smmu_state *state, unsigned group, bool aborted)
{
    if (!msi_outstanding(state, DBELL_SMMU_PMCG0 + group))
        state->pmcg[group].irq_ctrlack = state->pmcg[group].irq_ctrl;
    state->pmcg[group].irq_status |= aborted;
}

/* The register that an offset lies in: where it begins, and its bytes; 0: none. */
struct span {
    uint32_t first;
    uint8_t size;
};

static bool in_array(uint32_t offset, uint32_t first, uint32_t stride, unsigned counters,
                     struct span *span)
{
    if (offset < first || offset >= first + stride * counters)
        return false;
    *span = (struct span){first + (offset - first) / stride * stride, (uint8_t)stride};
    return true;
}

/* Counters, shadows, overflow status and capture move to page 1 together (10.5.1). */
static bool relocates(uint32_t first)
{
    return first < PMCG_EVTYPER || (first >= PMCG_SVR && first < PMCG_SMR) ||
           first == PMCG_OVSCLR || first == PMCG_OVSSET || first == PMCG_CAPR;
}

static struct span find(const struct dbell_smmu_pmcg_config *config, uint32_t offset, bool page1)
{
    static const uint32_t wide[] = {PMCG_CNTENSET, PMCG_CNTENCLR,  PMCG_INTENSET,
                                    PMCG_INTENCLR, PMCG_OVSCLR,    PMCG_OVSSET,
                                    PMCG_CEID0,    PMCG_CEID0 + 8, PMCG_IRQ_CFG0};
    const uint32_t stride = config->counter_bits > 32 ? 8 : 4;
    struct span span = {offset & ~3u, 4};
    if (!in_array(offset, PMCG_EVCNTR, stride, config->counters, &span) &&
        !in_array(offset, PMCG_SVR, stride, config->counters, &span))
        for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
            if (offset >= wide[i] && offset < wide[i] + 8)
                span = (struct span){wide[i], 8};
    if (config->relocated ? relocates(span.first) != page1 : page1)
        span.size = 0;
    return span;
}

static unsigned index_in(uint32_t offset, uint32_t first, unsigned stride)
{
    return (offset - first) / stride;
}

static uint32_t identification(const struct dbell_smmu_config *config, uint32_t offset)
{
    switch (offset) {
    case PMCG_PMDEVARCH: /* 10.5.2.29 */
        return UINT32_C(0x23b) << 21 | 1u << 20 | 0x2a56;
    case PMCG_PMDEVTYPE:
        return 5 << 4 | 6;
    case PMCG_PIDR4 + 0x24: /* CIDR1: CLASS is 0x9 */
        return 0x90;
    default:
        return dbell__coresight(config, (offset - PMCG_PIDR4) / 4);
    }
}

/* The whole register that begins at `first`. */
static uint64_t load(const struct dbell_smmu_state *state, unsigned i, struct span span)
{
    const struct pmcg_group *group = &state->pmcg[i];
    const struct dbell_smmu_pmcg_config *config = &state->config.pmcg[i];
    const unsigned n = config->counters;
    const uint32_t at = span.first;
    if (at < PMCG_EVCNTR + span.size * n)
        return group->evcnt[index_in(at, PMCG_EVCNTR, span.size)];
    if (at >= PMCG_EVTYPER && at < PMCG_EVTYPER + 4 * n)
        return group->evtyper[index_in(at, PMCG_EVTYPER, 4)];
    if (at >= PMCG_SVR && at < PMCG_SVR + span.size * n)
        return group->svr[index_in(at, PMCG_SVR, span.size)];
    if (at >= PMCG_SMR && at < PMCG_SMR + 4 * n)
        return group->smr[index_in(at, PMCG_SMR, 4)];
    switch (at) {
    case PMCG_CNTENSET:
    case PMCG_CNTENCLR:
        return group->cnten;
    case PMCG_INTENSET:
    case PMCG_INTENCLR:
        return group->inten;
    case PMCG_OVSCLR:
    case PMCG_OVSSET:
        return group->ovs;
    case PMCG_CFGR:
        return cfgr_of(config);
    case PMCG_CR:
        return group->enabled;
    case PMCG_IIDR:
        return state->config.iidr;
    case PMCG_CEID0: {
        uint64_t events = config->units & DBELL_PMCG_TCU ? 0x3f : 0x07;
        if (state->features.ats)
            events |= config->units & DBELL_PMCG_TCU ? 0x40 : 0;
        return events | (state->features.ats && config->units & DBELL_PMCG_TBU ? 0x80 : 0);
    }
    case PMCG_IRQ_CTRL:
        return group->irq_ctrl;
    case PMCG_IRQ_CTRLACK:
        return group->irq_ctrlack;
    case PMCG_IRQ_CFG0:
        return group->msi.address;
    case PMCG_IRQ_CFG1:
        return group->msi.data;
    case PMCG_IRQ_CFG2:
        return group->msi.attributes;
    case PMCG_IRQ_STATUS: /* RES0 in SMMUv3.0 */
        return group->irq_status && state->features.version >= 1;
    case PMCG_AIDR:
        return state->config.aidr;
    default:
        return at >= PMCG_PMDEVARCH ? identification(&state->config, at) : 0;
    }
}

static void write_irq_ctrl(struct dbell_smmu_state *state, unsigned i, bool enable)
{
    struct pmcg_group *group = &state->pmcg[i];
    if (enable && !group->irq_ctrl)
        group->irq_status = 0; /* 10.5.2.24 */
    group->irq_ctrl = enable;
    /* Disabling is acknowledged when the MSI before it has been made (10.5.2.19). */
    if (enable || !msi_outstanding(state, DBELL_SMMU_PMCG0 + i))
        group->irq_ctrlack = enable;
}

static void store_counter(struct dbell_smmu_state *state, unsigned i, struct span span,
                          uint64_t value)
{
    struct pmcg_group *group = &state->pmcg[i];
    const struct dbell_smmu_pmcg_config *config = &state->config.pmcg[i];
    const unsigned n = config->counters;
    const uint32_t at = span.first;
    if (at < PMCG_EVCNTR + span.size * n) {
        group->evcnt[index_in(at, PMCG_EVCNTR, span.size)] = value & ones(config->counter_bits);
    } else if (at >= PMCG_EVTYPER && at < PMCG_EVTYPER + 4 * n) {
        unsigned counter = index_in(at, PMCG_EVTYPER, 4);
        uint32_t mask = 0xffff | (config->capture ? UINT32_C(1) << 31 : 0);
        if (counter == 0 || !config->common_filter)
            mask |= UINT32_C(1) << 29;
        group->evtyper[counter] = (uint32_t)value & mask;
    } else if (at >= PMCG_SMR && at < PMCG_SMR + 4 * (config->common_filter ? 1 : n)) {
        group->smr[index_in(at, PMCG_SMR, 4)] = (uint32_t)(value & ones(state->features.sidsize));
    }
}

/* `bits` are the bits that the access carries, in place; `value` the whole register merged. */
static void store(struct dbell_smmu_state *state, unsigned i, struct span span, uint64_t bits,
                  uint64_t value)
{
    struct pmcg_group *group = &state->pmcg[i];
    const struct dbell_smmu_pmcg_config *config = &state->config.pmcg[i];
    const uint64_t counters = bits & ones(config->counters);
    const bool msi_open = config->msi && !group->irq_ctrl && !group->irq_ctrlack;
    switch (span.first) {
    case PMCG_CNTENSET:
        group->cnten |= counters;
        break;
    case PMCG_CNTENCLR:
        group->cnten &= ~counters;
        break;
    case PMCG_INTENSET:
        group->inten |= counters;
        break;
    case PMCG_INTENCLR:
        group->inten &= ~counters;
        break;
    case PMCG_OVSSET: /* without the effects of an overflow (10.5.2.10) */
        group->ovs |= counters;
        break;
    case PMCG_OVSCLR:
        group->ovs &= ~counters;
        break;
    case PMCG_CAPR:
        if (config->capture && bits & 1)
            capture(group);
        break;
    case PMCG_CR:
        group->enabled = bits & 1;
        break;
    case PMCG_IRQ_CTRL:
        write_irq_ctrl(state, i, bits & 1);
        break;
    case PMCG_IRQ_CFG0:
        if (msi_open)
            group->msi.address = value & ones(state->features.oas) & ~ones(2);
        break;
    case PMCG_IRQ_CFG1:
        if (msi_open)
            group->msi.data = (uint32_t)value;
        break;
    case PMCG_IRQ_CFG2:
        if (msi_open)
            group->msi.attributes = (uint32_t)value & 0x3f;
        break;
    default:
        store_counter(state, i, span, value);
        break;
    }
    note_activity(state);
}

uint64_t dbell__pmcg_read(struct dbell_smmu *smmu, unsigned group, uint32_t offset, unsigned size,
                          bool page1)
{
    const struct span span = find(&smmu->state->config.pmcg[group], offset, page1);
    if (size > span.size) {
        if (span.size)
            count(smmu->state, DBELL_SMMU_ILLEGAL_ACCESSES);
        return 0;
    }
    return load(smmu->state, group, span) >> (8 * (offset - span.first)) & ones(8 * size);
}

void dbell__pmcg_write(struct dbell_smmu *smmu, unsigned group, uint32_t offset, unsigned size,
                       uint64_t value, bool page1)
{
    const struct span span = find(&smmu->state->config.pmcg[group], offset, page1);
    if (size > span.size) {
        if (span.size)
            count(smmu->state, DBELL_SMMU_ILLEGAL_ACCESSES);
        return;
    }
    const unsigned shift = 8 * (offset - span.first);
    const uint64_t mask = ones(8 * size) << shift, bits = (value << shift) & mask;
    store(smmu->state, group, span, bits, (load(smmu->state, group, span) & ~mask) | bits);
}
