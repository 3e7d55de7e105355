/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A message window of fixed address, as on x86, in front of memory that nothing translates: a write
 * of four bytes to 0xfee00000 to 0xfeefffff is a message (Intel SDM volume 3, 11.11: bits 19:12 of
 * the address name the destination, bits 7:0 of the data the vector). All else goes to memory as it
 * is. */
#ifndef DOORBELL_FEE_H
#define DOORBELL_FEE_H

#include <doorbell/agent.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DBELL_FEE_WINDOW UINT64_C(0xfee00000)

struct dbell_fee {
    struct dbell_bus memory;
    struct {
        void *ctx;
        void (*raise)(void *ctx, uint8_t destination, uint8_t vector);
    } message;
};

/* For dbell_root_add_agent(): no ATS and no PRI. `fee` is kept by pointer. */
struct dbell_agent dbell_fee_agent(const struct dbell_fee *fee);

#ifdef __cplusplus
}
#endif
#endif
