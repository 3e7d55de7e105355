/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "messages.h"

#include <stdlib.h>
#include <string.h>

void dbell__messages_free(struct messages *m)
{
    free(m->kept);
    *m = (struct messages){0};
}

static void drop(struct messages *m, uint32_t index)
{
    m->count--;
    memmove(&m->kept[index], &m->kept[index + 1], (m->count - index) * sizeof m->kept[0]);
}

void dbell__messages_keep(struct messages *m, uint32_t smmu,
                          const struct dbell_device_message *message)
{
    if (m->count == MESSAGES_KEPT)
        drop(m, 0);
    if (m->count == m->room) {
        const uint32_t room = m->room ? 2 * m->room : 64;
        struct kept_message *grown = realloc(m->kept, room * sizeof *grown);
        if (!grown)
            return;
        m->kept = grown;
        m->room = room;
    }
    m->kept[m->count++] = (struct kept_message){.smmu = smmu, .message = *message};
}

static bool is_of(const struct kept_message *kept, uint32_t smmu, uint32_t streamid, bool automatic)
{
    const struct dbell_device_message *m = &kept->message;
    const uint32_t to = m->invalidates ? m->invalidation.streamid : m->response.streamid;
    return kept->smmu == smmu && to == streamid &&
           (!m->invalidates && m->response.automatic) == automatic;
}

bool dbell__messages_take(struct messages *m, uint32_t smmu, uint32_t streamid, bool automatic,
                          struct dbell_device_message *message)
{
    for (uint32_t i = 0; i < m->count; i++)
        if (is_of(&m->kept[i], smmu, streamid, automatic)) {
            *message = m->kept[i].message;
            drop(m, i);
            return true;
        }
    return false;
}
