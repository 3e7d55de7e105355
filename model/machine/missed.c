/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Two stages, each with a mapping of the doorbell that the other does not know of. */
#include "survey.h"

enum { MESSAGE = 4 };

struct search {
    struct survey survey;
    struct dbell_missed *missed;
};

static bool doorbell_in(const struct survey *s, uint64_t iova, uint64_t address, uint64_t size,
                        struct dbell_missed_doorbell *found)
{
    for (size_t i = 0; i < s->place_count && !found->known; i++)
        if (s->places[i].address - address < size)
            *found = (struct dbell_missed_doorbell){true, iova + (s->places[i].address - address),
                                                    s->places[i].doorbell, s->places[i].index};
    return found->known;
}

static void in_page(void *ctx, uint64_t iova, uint64_t address, uint64_t size)
{
    struct search *search = ctx;
    (void)doorbell_in(&search->survey, iova, address, size, &search->missed->elsewhere);
}

/* The walk ended in stage 2, at an IPA that a leaf of stage 1 gave. */
static void at_hole(void *ctx, uint64_t iova, const struct dbell_itinerary *walk)
{
    struct dbell_missed *missed = ((struct search *)ctx)->missed;
    const struct walk_end end = dbell__walk_end(walk);
    if (missed->leads_nowhere || !end.at_output || end.stage2->value & 1)
        return;
    missed->leads_nowhere = true;
    missed->from = iova;
    missed->ipa = end.stage2->input;
}

/* Where stage 2 alone takes the IOVA. */
static void ask_stage2(struct search *search, unsigned smmu, const struct dbell_dma *dma)
{
    struct survey *s = &search->survey;
    struct dbell_translation result;
    struct dbell_trail trail = {0};
    struct dbell_transaction t = dbell_dma_transaction(dma, &trail);
    t.side.streamid = s->requester.streamid;
    t.side.has_streamid = true;
    t.side.at = DBELL_AT_TRANSLATED;
    if (dbell_smmu_probe(&s->smmus[smmu], &t, &result) == DBELL_DONE && result.page_size)
        (void)doorbell_in(s, dma->address, result.address, 1, &search->missed->stage2);
}

int dbell_machine_missed(struct dbell_machine *machine, const struct dbell_dma *dma,
                         struct dbell_missed *missed)
{
    struct search search = {.survey = {.machine = machine,
                                       .has_ssid = dma->has_ssid,
                                       .ssid = dma->ssid,
                                       .ctx = &search,
                                       .page = in_page,
                                       .hole = at_hole},
                            .missed = missed};
    struct survey *s = &search.survey;
    int smmu;
    *missed = (struct dbell_missed){0};
    if (dma->op != DBELL_WRITE || dma->length != MESSAGE || dma->translated ||
        dbell_dma_requester(&machine->platform, dma, &s->requester, &smmu) || smmu < 0)
        return DBELL_E_UNSUPPORTED;
    if (dbell__survey_open(s)) {
        ask_stage2(&search, (unsigned)smmu, dma);
        dbell__survey_stream(s, (unsigned)smmu);
    }
    dbell__survey_close(s);
    return s->no_memory ? DBELL_E_MEMORY : DBELL_OK;
}
