/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What acts by itself: command processors, writers, retries, devices; and what their acts take out
 * of the caches of time. */
#include "timed_state.h"

static bool work(void *ctx, enum dbell_clockwork_actor actor, unsigned part)
{
    struct dbell_timed *timed = ctx;
    struct dbell_machine *m = timed->machine;
    if (actor < DBELL_SMMU_ACTORS)
        return dbell_smmu_work(&m->smmu[part].unit) >> actor & 1;
    if (actor == DBELL_ACTOR_ITS)
        return dbell_its_work(&m->its[part].unit);
    for (size_t i = 0; i < m->platform.smmu_count; i++)
        if (m->smmu[i].to_complete)
            return true;
    return m->root.function_count || m->root.refused_count;
}

static void foresee_act(void *ctx, enum dbell_clockwork_actor actor, unsigned part,
                        struct dbell_foreseen_act *out)
{
    struct dbell_timed *timed = ctx;
    struct dbell_machine *m = timed->machine;
    if (actor < DBELL_SMMU_ACTORS) {
        dbell_parts_foresee_act(&m->smmu[part].unit, (enum dbell_smmu_unit)actor, out);
        const int its = actor == DBELL_ACTOR_MSIS && out->write
                            ? dbell__timed_its_at(m, out->write_address)
                            : -1;
        out->has_message = its >= 0;
        out->its = (uint16_t)(its < 0 ? 0 : its);
    } else if (actor == DBELL_ACTOR_ITS) {
        dbell_parts_foresee_command(&m->its[part].unit, &timed->its_command[part], out);
    } else {
        out->cost = DBELL_T_DEVICE_LATENCY;
    }
}

static enum dbell_clockwork_verdict act(void *ctx, enum dbell_clockwork_actor actor, unsigned part,
                                        struct dbell_itinerary *steps)
{
    struct dbell_timed *timed = ctx;
    struct dbell_machine *m = timed->machine;
    int progress = DBELL_IDLE;
    if (actor < DBELL_SMMU_ACTORS) {
        progress = dbell_smmu_step_unit(&m->smmu[part].unit, (enum dbell_smmu_unit)actor, steps);
    } else if (actor == DBELL_ACTOR_ITS) {
        progress = dbell_its_step(&m->its[part].unit, steps);
        if (progress == DBELL_STEPPED)
            dbell_parts_executed(&timed->clockwork, part, (unsigned)m->platform.its_count,
                                 &timed->its_command[part]);
    } else {
        bool any = false;
        for (size_t i = 0; i < m->platform.smmu_count; i++)
            any |= dbell__machine_complete_invalidations(&m->smmu[i]);
        progress = dbell_root_step(&m->root);
        if (any)
            progress = DBELL_STEPPED;
        else if (progress == DBELL_IDLE && m->root.function_count)
            progress = DBELL_NOT_YET; /* until something happens */
    }
    return progress == DBELL_NOT_YET || progress == DBELL_E_BUSY ? DBELL_CW_AGAIN : DBELL_CW_ENDS;
}

void dbell__timed_invalidated(struct machine_smmu *smmu, const struct dbell_smmu_invalidation *what)
{
    struct dbell_machine *m = smmu->machine;
    dbell_parts_invalidated(&m->timed->clockwork, (unsigned)(smmu - m->smmu), what);
}

void dbell__timed_actor_ports(struct dbell_clockwork_ports *ports)
{
    ports->work = work;
    ports->foresee_act = foresee_act;
    ports->act = act;
}
