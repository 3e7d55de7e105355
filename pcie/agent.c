/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/agent.h>

static enum dbell_response access(void *ctx, struct dbell_transaction *t)
{
    const struct dbell_bus *memory = ctx;
    if (t->trail)
        *t->trail = (struct dbell_trail){.address = t->address,
                                         .outcome = DBELL_DONE,
                                         .reached = true,
                                         .attr = t->side.attr,
                                         .sh = t->side.sh,
                                         .op = t->op,
                                         .privileged = t->side.privileged,
                                         .instruction = t->side.instruction};
    return memory->access(memory->ctx, t);
}

struct dbell_agent dbell_agent_identity(const struct dbell_bus *memory)
{
    return (struct dbell_agent){.ctx = (void *)(uintptr_t)memory, .access = access};
}
