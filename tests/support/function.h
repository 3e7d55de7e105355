/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A PCIe function whose way up is a notebook: what it sends is written down, and what it is
 * answered is set by the test. */
#ifndef SUPPORT_FUNCTION_H
#define SUPPORT_FUNCTION_H

#include <doorbell/endpoint.h>

enum { FUNCTION_SENT = 256, FUNCTION_RAM = 0x10000 };

/* Of one access of the function. */
struct sent {
    struct dbell_sideband side;
    uint64_t address;
    uint32_t length;
    uint8_t op;
    uint8_t data[8]; /* the first bytes written */
};

struct function {
    struct dbell_endpoint endpoint;
    void *state;
    struct sent sent[FUNCTION_SENT];
    unsigned sent_count;
    uint8_t ram[FUNCTION_RAM]; /* at address 0 */
    bool steps_again;          /* an access steps the function that makes it */
    int step_again_status;
    uint64_t refuses; /* an address that is refused, 0: none */
    /* The answer to Translation Requests, and what was asked. */
    struct dbell_ats_completion completion;
    bool
        identity; /* instead: 4 KiB at the same address, all granted but what `identity_mask` has */
    int translate_status; /* of the agent, instead of an answer */
    struct dbell_ats_request request;
    unsigned requests;
    struct dbell_page_request pages[FUNCTION_SENT];
    unsigned page_count;
    int page_status;
    uint32_t ended_tag[64];
    uint8_t ended[64]; /* enum dbell_ats_end */
    unsigned ended_count;
    uint8_t found[64]; /* enum dbell_endpoint_finding */
    unsigned found_count;
    unsigned uses; /* of translations */
};

/* NULL: the default configuration. Nothing is enabled. */
bool function_open(struct function *f, const struct dbell_endpoint_config *config);
void function_close(struct function *f);

uint32_t function_read(struct function *f, unsigned offset, unsigned size);
void function_write(struct function *f, unsigned offset, unsigned size, uint32_t value);
/* A doubleword of BAR 4: MSI-X table and PBA. */
uint32_t function_msix_read(struct function *f, uint64_t offset);
void function_msix_write(struct function *f, uint64_t offset, uint32_t value);

/* Command.BME and MSE; PASID, ATS, PRI with that many credits, in the order they need. */
void function_enable(struct function *f, bool pasid, bool ats, uint32_t credits);
void function_settle(struct function *f);
bool function_has_found(const struct function *f, enum dbell_endpoint_finding finding);
/* Runs a job to its end, or to where it waits. */
struct dbell_job_result function_run(struct function *f, const struct dbell_job *job);

#endif
