/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What commands ask of redistributors, on its way there: with posted effects it stays there until
 * SYNC or VSYNC asks for its end, which the architecture allows and software may not rely on the
 * absence of (IHI 0069 5.3). */
#include "its_state.h"

static void deliver(struct dbell_its *its, const struct posted *p)
{
    struct posted copy = *p; /* the slot may be used again meanwhile */
    copy.request.vpe = p->request.vpe ? &copy.vpe : NULL;
    copy.request.target = p->request.target ? &copy.target : NULL;
    its_ask(its, &copy.request, NULL);
}

static struct posted take(struct dbell_its_state *state, uint32_t index)
{
    const struct posted taken = state->posted[index];
    state->posted_count--;
    for (uint32_t i = index; i < state->posted_count; i++)
        state->posted[i] = state->posted[i + 1];
    return taken;
}

void dbell__its_tell(struct dbell_its *its, const struct dbell_lpi_request *request)
{
    struct dbell_its_state *state = its->state;
    if (!state->config.posted) {
        its_ask(its, request, NULL);
        return;
    }
    struct posted p = {.request = *request};
    if (request->vpe)
        p.vpe = *request->vpe;
    if (request->target)
        p.target = *request->target;
    if (state->posted_count == POSTED) { /* the oldest one arrives */
        const struct posted oldest = take(state, 0);
        deliver(its, &oldest);
    }
    if (state->posted_count < POSTED)
        state->posted[state->posted_count++] = p;
}

/* Of one redistributor, or of one vPE; all. */
static bool concerns(const struct posted *p, const struct sync *sync)
{
    if (sync->all)
        return true;
    if (sync->vpe)
        return p->request.vpe && (p->vpe.vpeid == sync->vpeid ||
                                  (p->request.target && p->target.vpeid == sync->vpeid));
    return !p->request.vpe &&
           (p->request.rdbase == sync->rdbase ||
            (p->request.kind <= DBELL_LPI_MOVE_ALL && p->request.kind >= DBELL_LPI_MOVE &&
             p->request.to == sync->rdbase));
}

void dbell__its_arrive(struct dbell_its *its, struct sync sync)
{
    struct dbell_its_state *state = its->state;
    for (uint32_t i = 0; i < state->posted_count;) {
        if (!concerns(&state->posted[i], &sync)) {
            i++;
            continue;
        }
        const struct posted p = take(state, i);
        deliver(its, &p);
    }
}
