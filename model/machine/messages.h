/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Messages on their way down to devices, and those that nobody has taken yet. */
#ifndef MACHINE_MESSAGES_H
#define MACHINE_MESSAGES_H

#include <doorbell/system.h>

struct kept_message {
    uint32_t smmu; /* it came from, and its StreamID is of */
    struct dbell_device_message message;
};

/* The oldest is dropped when more are kept than the limit. */
enum { MESSAGES_KEPT = 65536 };

struct messages {
    struct kept_message *kept;
    uint32_t count, room;
};

void dbell__messages_free(struct messages *messages);
void dbell__messages_keep(struct messages *messages, uint32_t smmu,
                          const struct dbell_device_message *message);
/* Takes the oldest one of a stream: what the agent answered by itself, or all else. */
bool dbell__messages_take(struct messages *messages, uint32_t smmu, uint32_t streamid,
                          bool automatic, struct dbell_device_message *message);

#endif
