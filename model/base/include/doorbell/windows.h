/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The host windows that a part has been lent by its bus: a small direct-mapped cache that belongs
 * to the part's links, not to its state. */
#ifndef DOORBELL_WINDOWS_H
#define DOORBELL_WINDOWS_H

#include <doorbell/ports.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DBELL_WINDOW_COUNT 64

struct dbell_windows {
    struct dbell_window window[DBELL_WINDOW_COUNT];
    uint32_t recent; /* index of the one that served last */
};

#ifdef __cplusplus
}
#endif
#endif
