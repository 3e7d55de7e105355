/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/fee.h>

static enum dbell_response access(void *ctx, struct dbell_transaction *t)
{
    const struct dbell_fee *fee = ctx;
    const bool inside = t->address >> 20 == DBELL_FEE_WINDOW >> 20;
    const bool message = inside && t->op == DBELL_WRITE && t->length == 4;
    if (!inside) {
        const struct dbell_agent memory = dbell_agent_identity(&fee->memory);
        return memory.access(memory.ctx, t);
    }
    if (t->trail)
        *t->trail = (struct dbell_trail){
            .address = t->address,
            .rule = message ? "a message: it is not translated" : "the window takes messages only",
            .outcome = message ? (uint8_t)DBELL_DONE : (uint8_t)DBELL_FAULT,
            .reached = message,
            .op = t->op};
    if (!message)
        return DBELL_RESPONSE_SLVERR;
    if (t->data)
        fee->message.raise(fee->message.ctx, (uint8_t)(t->address >> 12), t->data[0]);
    return DBELL_RESPONSE_OK;
}

struct dbell_agent dbell_fee_agent(const struct dbell_fee *fee)
{
    return (struct dbell_agent){.ctx = (void *)(uintptr_t)fee, .access = access};
}
