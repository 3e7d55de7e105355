/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The instance, and accesses that begin. */
#include <stdlib.h>
#include <string.h>

#include "timed_state.h"

enum { REST_CYCLES = 1 << 30 };

int dbell_timed_create(struct dbell_machine *machine, const struct dbell_timed_options *options,
                       struct dbell_timed **out)
{
    const struct dbell_platform *p = &machine->platform;
    const struct dbell_clockwork_config config = {.timing = options->timing,
                                                  .smmus = (uint16_t)p->smmu_count,
                                                  .tbus = options->tbus,
                                                  .itses = (uint16_t)p->its_count,
                                                  .journeys = options->journeys,
                                                  .seed = options->seed};
    const size_t size = dbell_clockwork_state_size(&config);
    struct dbell_timed *timed = calloc(1, sizeof *timed);
    *out = NULL;
    if (!size || !timed) {
        free(timed);
        return size ? DBELL_E_MEMORY : DBELL_E_RANGE;
    }
    timed->machine = machine;
    timed->base = dbell_machine_system(machine);
    timed->options = *options;
    timed->count = options->journeys;
    timed->waited_for = DBELL_NEVER;
    timed->accesses = calloc(timed->count, sizeof *timed->accesses);
    timed->state = aligned_alloc(16, (size + 15) & ~(size_t)15);
    const struct dbell_clockwork_ports ports = dbell__timed_ports(timed);
    if (!timed->accesses || !timed->state ||
        dbell_clockwork_init(&timed->clockwork, timed->state, size, &config, &ports)) {
        dbell_timed_destroy(timed);
        return DBELL_E_MEMORY;
    }
    machine->timed = timed;
    *out = timed;
    return DBELL_OK;
}

void dbell_timed_destroy(struct dbell_timed *timed)
{
    if (!timed)
        return;
    if (timed->machine->timed == timed)
        timed->machine->timed = NULL;
    for (uint32_t i = 0; timed->accesses && i < timed->count; i++)
        free(timed->accesses[i].data);
    free(timed->accesses);
    free(timed->state);
    free(timed);
}

uint64_t dbell_timed_now(const struct dbell_timed *timed)
{
    return dbell_clockwork_now(&timed->clockwork);
}

uint64_t dbell_timed_next(const struct dbell_timed *timed)
{
    return dbell_clockwork_next(&timed->clockwork);
}

const struct dbell_clockwork *dbell_timed_clockwork(const struct dbell_timed *timed)
{
    return &timed->clockwork;
}

const struct dbell_access_times *dbell_timed_last(const struct dbell_timed *timed)
{
    return &timed->last;
}

void dbell_timed_run(struct dbell_timed *timed, uint64_t until)
{
    dbell_clockwork_poke(&timed->clockwork);
    dbell_clockwork_run(&timed->clockwork, until);
}

/* A command that waits for a device that will never answer gives up when nothing else moves. */
int dbell_timed_rest(struct dbell_timed *timed)
{
    do {
        dbell_clockwork_poke(&timed->clockwork);
        if (!dbell_clockwork_rest(&timed->clockwork, REST_CYCLES))
            return DBELL_E_BUSY;
    } while (timed->machine->root.function_count && dbell_root_time_out(&timed->machine->root));
    return DBELL_OK;
}

struct timed_access *dbell__timed_new(struct dbell_timed *timed, uint32_t *index)
{
    for (uint32_t i = 0; i < timed->count; i++)
        if (!timed->accesses[i].used) {
            struct timed_access *a = &timed->accesses[i];
            uint8_t *data = a->data;
            const uint32_t room = a->room;
            *a = (struct timed_access){.used = true, .data = data, .room = room};
            *index = i;
            return a;
        }
    return NULL;
}

static bool copy_data(struct timed_access *a, const struct dbell_dma *dma)
{
    if (!dma->data)
        return true;
    if (a->room < dma->length) {
        uint8_t *grown = realloc(a->data, dma->length);
        if (!grown)
            return false;
        a->data = grown;
        a->room = dma->length;
    }
    memcpy(a->data, dma->data, dma->length);
    a->dma.data = a->data;
    return true;
}

int dbell__timed_start(struct dbell_timed *timed, struct timed_access *a, uint32_t index,
                       struct dbell_journey journey)
{
    journey.user = index;
    if (a->smmu < 0) {
        journey.smmu = DBELL_NO_SMMU;
    } else {
        journey.smmu = (uint16_t)a->smmu;
        journey.tbu = (uint16_t)(journey.streamid % timed->options.tbus);
    }
    a->issued = dbell_timed_now(timed);
    const int status = dbell_clockwork_start(&timed->clockwork, &journey);
    a->used = !status;
    return status;
}

int dbell__timed_issue(struct dbell_timed *timed, const struct dbell_dma *dma, uint64_t user,
                       struct timed_access **access)
{
    uint32_t index;
    if (dma->length > DMA_MAX)
        return DBELL_E_RANGE;
    struct timed_access *a = dbell__timed_new(timed, &index);
    if (!a)
        return DBELL_E_BUSY;
    *access = a;
    a->user = user;
    a->dma = *dma;
    int status = dbell_dma_requester(&timed->machine->platform, dma, &a->requester, &a->smmu);
    if (!status && !copy_data(a, dma))
        status = DBELL_E_MEMORY;
    if (status) {
        a->used = false;
        return status;
    }
    const uint32_t streamid = dma->by_streamid ? dma->streamid : a->requester.streamid;
    return dbell__timed_start(
        timed, a, index,
        (struct dbell_journey){.kind = DBELL_JOURNEY_ACCESS,
                               .write = dbell_op_writes(dma->op),
                               .device = dma->by_streamid ? dma->streamid : dma->requesterid,
                               .streamid = streamid,
                               .substreamid = dma->has_ssid ? dma->ssid | DBELL_HAS_SUBSTREAM : 0,
                               .address = dma->address,
                               .length = dma->length});
}

int dbell_timed_issue(struct dbell_timed *timed, const struct dbell_dma *dma, uint64_t user)
{
    struct timed_access *access;
    return dbell__timed_issue(timed, dma, user, &access);
}
