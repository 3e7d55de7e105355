/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A translation agent, as a Root Complex sees it, and a Root Complex, as a function sees it: the
 * way up. An SMMU is an agent, identity is one.
 *
 * An agent answers and returns; what it sends down (invalidations, page responses) goes to the port
 * that it was given (ats.h). */
#ifndef DOORBELL_AGENT_H
#define DOORBELL_AGENT_H

#include <doorbell/ats.h>
#include <doorbell/ports.h>
#include <doorbell/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dbell_agent {
    void *ctx;
    /* One access, by the IDs of its sideband: translated, made, and told in its trail. */
    enum dbell_response (*access)(void *ctx, struct dbell_transaction *transaction);
    /* A Translation Request: DBELL_OK with a completion, DBELL_E_BUSY. NULL: no ATS, the request is
     * completed as Unsupported Request. */
    int (*translate)(void *ctx, const struct dbell_ats_request *request,
                     struct dbell_ats_completion *completion);
    /* A Page Request: DBELL_OK: taken; DBELL_E_BUSY; DBELL_E_UNSUPPORTED. NULL: no PRI. */
    int (*page_request)(void *ctx, const struct dbell_page_request *request);
    /* An endpoint has ended an Invalidate Request of that tag; `streamid` is whose. */
    void (*invalidated)(void *ctx, uint32_t streamid, uint32_t tag, enum dbell_ats_end end);
};

/* No translation: every access goes to `memory` as it is. `memory` is kept by pointer. */
struct dbell_agent dbell_agent_identity(const struct dbell_bus *memory);

#ifdef __cplusplus
}
#endif
#endif
