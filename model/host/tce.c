/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/container.h>

#include <errno.h>
#include <string.h>

enum { TCE_READ = 1, TCE_WRITE = 2, SPAPR_V1 = 2, SPAPR_V2 = 7 };

void dbell_host_tce_open(struct dbell_host_tce_container *c, struct dbell_host_system *system,
                         const struct dbell_host_tce_hardware *hardware, unsigned policies)
{
    *c = (struct dbell_host_tce_container){
        .system = system, .hardware = *hardware, .policies = policies};
}

/* --- TCEs --- */

static uint64_t swapped(uint64_t value)
{
    uint64_t other = 0;
    for (unsigned i = 0; i < 8; i++)
        other = other << 8 | (value >> 8 * i & 0xff);
    return other;
}

static uint64_t read_tce(struct dbell_host_tce_container *c, const struct dbell_host_tce_window *w,
                         uint64_t index)
{
    uint64_t value = 0;
    dbell_host_load(&c->system->bus, w->table + index * 8, 8, &value);
    return swapped(value);
}

static void write_tce(struct dbell_host_tce_container *c, const struct dbell_host_tce_window *w,
                      uint64_t index, uint64_t value)
{
    dbell_host_store(&c->system->bus, w->table + index * 8, 8, swapped(value));
}

static bool is_valid(uint64_t tce)
{
    return tce & (TCE_READ | TCE_WRITE);
}

static void clear(struct dbell_host_tce_container *c, const struct dbell_host_tce_window *w,
                  uint64_t first, uint64_t count)
{
    for (uint64_t i = first; i < first + count; i++) {
        const uint64_t tce = read_tce(c, w, i);
        if (!tce)
            continue;
        write_tce(c, w, i, 0);
        if (is_valid(tce) && c->hardware.release)
            c->hardware.release(c->hardware.ctx, tce & ~(uint64_t)(TCE_READ | TCE_WRITE));
    }
    c->hardware.kill(c->hardware.ctx, w->liobn, first, count);
}

static bool has_any(struct dbell_host_tce_container *c, const struct dbell_host_tce_window *w)
{
    for (uint64_t i = 0; i < w->count; i++)
        if (read_tce(c, w, i))
            return true;
    return false;
}

/* --- groups --- */

static bool same_windows(const struct dbell_host_tce_group *a, const struct dbell_host_tce_group *b)
{
    for (unsigned i = 0; i < DBELL_HOST_TCE_WINDOWS; i++)
        if (a->windows[i].used != b->windows[i].used ||
            a->windows[i].page_shift != b->windows[i].page_shift ||
            a->windows[i].start != b->windows[i].start ||
            a->windows[i].count != b->windows[i].count)
            return false;
    return true;
}

int dbell_host_tce_attach(struct dbell_host_tce_container *c,
                          const struct dbell_host_tce_group *group)
{
    if (c->group_count && !(c->policies & DBELL_HOST_TCE_GROUPS))
        return -EBUSY;
    if (c->group_count == DBELL_HOST_TCE_GROUPS_MOST)
        return -ENOSPC;
    if (c->group_count && !same_windows(&c->groups[0], group))
        return -EPERM;
    for (unsigned i = 0; i < DBELL_HOST_TCE_WINDOWS; i++)
        if (group->windows[i].used && c->policies & DBELL_HOST_TCE_BUSY &&
            has_any(c, &group->windows[i]))
            return -EBUSY;
    for (unsigned i = 0; i < DBELL_HOST_TCE_WINDOWS; i++)
        if (group->windows[i].used && c->policies & DBELL_HOST_TCE_CLEARS)
            clear(c, &group->windows[i], 0, group->windows[i].count);
    c->groups[c->group_count++] = *group;
    return 0;
}

int dbell_host_tce_detach(struct dbell_host_tce_container *c, uint32_t pe)
{
    unsigned at = 0;
    while (at < c->group_count && c->groups[at].pe != pe)
        at++;
    if (at == c->group_count)
        return -ENOENT;
    for (unsigned i = 0; i < DBELL_HOST_TCE_WINDOWS; i++)
        if (c->groups[at].windows[i].used)
            clear(c, &c->groups[at].windows[i], 0, c->groups[at].windows[i].count);
    memmove(&c->groups[at], &c->groups[at + 1], (--c->group_count - at) * sizeof c->groups[0]);
    return 0;
}

/* --- mappings --- */

struct range {
    unsigned window;
    uint64_t first, count;
};

/* The TCEs of a range of bus addresses, in the window that has all of it. */
static int range_of(const struct dbell_host_tce_container *c,
                    const struct dbell_host_tce_argument *a, struct range *range)
{
    const uint64_t last = a->iova + (a->size - 1);
    if (!a->size || last < a->iova)
        return -EINVAL;
    for (range->window = 0; range->window < DBELL_HOST_TCE_WINDOWS; range->window++) {
        const struct dbell_host_tce_window *w = &c->groups[0].windows[range->window];
        const uint64_t mask = (UINT64_C(1) << w->page_shift) - 1;
        if (!w->used || a->iova < w->start || (last - w->start) >> w->page_shift >= w->count)
            continue;
        if (c->policies & DBELL_HOST_TCE_STRICT && ((a->iova | a->size | a->page) & mask))
            return -EINVAL;
        range->first = (a->iova - w->start) >> w->page_shift;
        range->count = ((last - w->start) >> w->page_shift) - range->first + 1;
        return 0;
    }
    return -EINVAL;
}

static int map(struct dbell_host_tce_container *c, const struct dbell_host_tce_argument *a)
{
    const uint64_t bits = (a->prot & DBELL_HOST_READ ? (uint64_t)TCE_READ : 0) |
                          (a->prot & DBELL_HOST_WRITE ? (uint64_t)TCE_WRITE : 0);
    struct range range;
    if (!bits)
        return -EINVAL;
    const int status = range_of(c, a, &range);
    if (status)
        return status;
    const unsigned shift = c->groups[0].windows[range.window].page_shift;
    if ((a->backing_shift ? a->backing_shift : 12) < shift)
        return -EPERM;
    for (unsigned g = 0; g < c->group_count && c->policies & DBELL_HOST_TCE_KEEPS; g++)
        for (uint64_t i = 0; i < range.count; i++)
            if (is_valid(read_tce(c, &c->groups[g].windows[range.window], range.first + i)))
                return -EBUSY;
    const uint64_t page = a->page >> shift << shift;
    for (unsigned g = 0; g < c->group_count; g++) {
        const struct dbell_host_tce_window *w = &c->groups[g].windows[range.window];
        if (c->policies & DBELL_HOST_TCE_EXCHANGES)
            clear(c, w, range.first, range.count);
        for (uint64_t i = 0; i < range.count; i++)
            write_tce(c, w, range.first + i, (page + (i << shift)) | bits);
        c->hardware.kill(c->hardware.ctx, w->liobn, range.first, range.count);
    }
    return 0;
}

static int unmap(struct dbell_host_tce_container *c, const struct dbell_host_tce_argument *a)
{
    struct dbell_host_tce_argument only = *a;
    struct range range;
    only.page = 0;
    const int status = range_of(c, &only, &range);
    for (unsigned g = 0; !status && g < c->group_count; g++)
        clear(c, &c->groups[g].windows[range.window], range.first, range.count);
    return status;
}

/* --- windows --- */

static int create(struct dbell_host_tce_container *c, struct dbell_host_tce_argument *a)
{
    if (c->groups[0].windows[1].used)
        return -ENOSPC;
    for (unsigned g = 0; g < c->group_count; g++) {
        const int status =
            c->hardware.create_window(c->hardware.ctx, c->groups[g].pe, a->page_shift,
                                      a->window_shift, &c->groups[g].windows[1]);
        if (status)
            return status;
        a->start = c->groups[g].windows[1].start;
    }
    return 0;
}

static int remove_window(struct dbell_host_tce_container *c, uint64_t start)
{
    unsigned n = 0;
    while (n < DBELL_HOST_TCE_WINDOWS &&
           !(c->groups[0].windows[n].used && c->groups[0].windows[n].start == start))
        n++;
    if (n == DBELL_HOST_TCE_WINDOWS)
        return -EINVAL;
    for (unsigned g = 0; g < c->group_count; g++) {
        const struct dbell_host_tce_window w = c->groups[g].windows[n];
        clear(c, &w, 0, w.count);
        const int status = c->hardware.remove_window(c->hardware.ctx, c->groups[g].pe, w.liobn,
                                                     c->groups[g].windows);
        if (status)
            return status;
    }
    return 0;
}

/* --- calls --- */

/* What a call's argument has to have at least, in bytes, as the kernel's structures end. */
static const uint32_t sizes[] = {
    [DBELL_HOST_TCE_SET_IOMMU] = 0, [DBELL_HOST_TCE_GET_INFO] = 16, [DBELL_HOST_TCE_ENABLE] = 0,
    [DBELL_HOST_TCE_DISABLE] = 0,   [DBELL_HOST_TCE_MAP] = 32,      [DBELL_HOST_TCE_UNMAP] = 24,
    [DBELL_HOST_TCE_CREATE] = 40,   [DBELL_HOST_TCE_REMOVE] = 16};

int dbell_host_tce_ioctl(struct dbell_host_tce_container *c, unsigned call,
                         struct dbell_host_tce_argument *a)
{
    if (call >= sizeof sizes / sizeof sizes[0])
        return -ENOTTY;
    if (a->argsz < sizes[call])
        return -EINVAL;
    if (call == DBELL_HOST_TCE_SET_IOMMU) {
        c->chosen = a->number == SPAPR_V1 || a->number == SPAPR_V2;
        return c->chosen ? 0 : -EINVAL;
    }
    if (!c->chosen || !c->group_count)
        return -ENXIO;
    const struct dbell_host_tce_window *first = &c->groups[0].windows[0];
    switch (call) {
    case DBELL_HOST_TCE_GET_INFO:
        a->window_start = (uint32_t)first->start;
        a->window_size = (uint32_t)(first->count << first->page_shift);
        return 0;
    case DBELL_HOST_TCE_ENABLE:
    case DBELL_HOST_TCE_DISABLE:
        c->enabled = call == DBELL_HOST_TCE_ENABLE;
        return 0;
    default:
        break;
    }
    if (!c->enabled)
        return -EPERM;
    switch (call) {
    case DBELL_HOST_TCE_MAP:
        return map(c, a);
    case DBELL_HOST_TCE_UNMAP:
        return unmap(c, a);
    case DBELL_HOST_TCE_CREATE:
        return create(c, a);
    default:
        return remove_window(c, a->start);
    }
}
