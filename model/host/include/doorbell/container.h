/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The sPAPR TCE container of VFIO: what a POWER host lets a user do with the DMA windows of a PE.
 * It writes TCEs through the bus, and asks the platform for the rest. As the host library
 * (driver.h): refusals are negative errno values.
 *
 * The thread that brought it in (2012), the driver that was merged and today's differ; each
 * difference is a policy, and the three are named. */
#ifndef DOORBELL_CONTAINER_H
#define DOORBELL_CONTAINER_H

#include <doorbell/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

enum dbell_host_tce_policy {
    /* TCEs that are there when a group is attached: cleared, or refused with -EBUSY; else they
     * stay, and lead the device to whoever had it before. */
    DBELL_HOST_TCE_CLEARS = 1 << 0,
    DBELL_HOST_TCE_BUSY = 1 << 1,
    /* -EINVAL for what is not a multiple of a page; else it is rounded to whole pages. */
    DBELL_HOST_TCE_STRICT = 1 << 2,
    /* What is mapped already: -EBUSY, or given back by way of dbell_host_tce_hardware.release; else
     * it is replaced and forgotten. */
    DBELL_HOST_TCE_KEEPS = 1 << 3,
    DBELL_HOST_TCE_EXCHANGES = 1 << 4,
    /* More than one group, if their windows are the same. */
    DBELL_HOST_TCE_GROUPS = 1 << 5
};
enum dbell_host_tce_driver {
    DBELL_HOST_TCE_THREAD = 0,
    DBELL_HOST_TCE_V1 = DBELL_HOST_TCE_BUSY | DBELL_HOST_TCE_STRICT | DBELL_HOST_TCE_KEEPS,
    DBELL_HOST_TCE_V2 = DBELL_HOST_TCE_CLEARS | DBELL_HOST_TCE_STRICT | DBELL_HOST_TCE_EXCHANGES |
                        DBELL_HOST_TCE_GROUPS
};

enum { DBELL_HOST_TCE_GROUPS_MOST = 4, DBELL_HOST_TCE_WINDOWS = 2 };

/* A DMA window of a group: its TCEs are at `table`, for bus addresses from `start` on. */
struct dbell_host_tce_window {
    bool used;
    uint32_t liobn;
    unsigned page_shift;
    uint64_t start, count, table;
};

/* What only the platform's firmware can do. */
struct dbell_host_tce_hardware {
    void *ctx;
    /* -ENOSPC, -EINVAL; of group `pe`. */
    int (*create_window)(void *ctx, uint32_t pe, unsigned page_shift, unsigned window_shift,
                         struct dbell_host_tce_window *window);
    /* The windows that are there afterwards are written to `windows`. */
    int (*remove_window)(void *ctx, uint32_t pe, uint32_t liobn,
                         struct dbell_host_tce_window windows[DBELL_HOST_TCE_WINDOWS]);
    void (*kill)(void *ctx, uint32_t liobn, uint64_t first, uint64_t count);
    void (*release)(void *ctx, uint64_t page); /* optional: a page is no longer mapped */
};

struct dbell_host_tce_group {
    uint32_t pe;
    struct dbell_host_tce_window windows[DBELL_HOST_TCE_WINDOWS];
};

struct dbell_host_tce_container {
    struct dbell_host_system *system;
    struct dbell_host_tce_hardware hardware;
    unsigned policies;
    bool chosen, enabled; /* SET_IOMMU; ENABLE */
    struct dbell_host_tce_group groups[DBELL_HOST_TCE_GROUPS_MOST];
    unsigned group_count;
};

void dbell_host_tce_open(struct dbell_host_tce_container *container,
                         struct dbell_host_system *system,
                         const struct dbell_host_tce_hardware *hardware, unsigned policies);
/* -EBUSY: a second group, or TCEs are in use; -EPERM: its windows are others; -ENOSPC. */
int dbell_host_tce_attach(struct dbell_host_tce_container *container,
                          const struct dbell_host_tce_group *group);
/* All its TCEs are cleared. -ENOENT. */
int dbell_host_tce_detach(struct dbell_host_tce_container *container, uint32_t pe);

/* The calls of a user, each with the size of its argument as the kernel checks it: -EINVAL where it
 * is too small, -ENOTTY for a call that there is none of. */
enum dbell_host_tce_call {
    DBELL_HOST_TCE_SET_IOMMU, /* `number`: 2 or 7, as VFIO numbers sPAPR containers; else -EINVAL */
    DBELL_HOST_TCE_GET_INFO,
    DBELL_HOST_TCE_ENABLE,
    DBELL_HOST_TCE_DISABLE,
    DBELL_HOST_TCE_MAP,
    DBELL_HOST_TCE_UNMAP,
    DBELL_HOST_TCE_CREATE,
    DBELL_HOST_TCE_REMOVE
};
struct dbell_host_tce_argument {
    uint32_t argsz;
    uint32_t number;
    unsigned prot;          /* MAP: DBELL_HOST_READ, DBELL_HOST_WRITE */
    uint64_t page;          /* MAP: physical */
    unsigned backing_shift; /* MAP: of the pages that the memory consists of; 0: 12 */
    uint64_t iova, size;
    unsigned page_shift, window_shift;  /* CREATE */
    uint64_t start;                     /* CREATE answers it, REMOVE takes it */
    uint32_t window_start, window_size; /* GET_INFO */
};
/* -ENXIO: nothing is attached; -EPERM: it is not enabled, or a page of the memory does not contain
 * a page of the window; -EINVAL, -EBUSY, -ENOSPC, -ENOTTY. */
int dbell_host_tce_ioctl(struct dbell_host_tce_container *container, unsigned call,
                         struct dbell_host_tce_argument *argument);

#ifdef __cplusplus
}
#endif
#endif
