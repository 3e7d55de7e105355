/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include "pending.h"

#include <string.h>

#include "gic_regs.h"

enum { NO_OWNER = 0xffff };

struct node {
    uint32_t intid;
    uint16_t owner;
    uint8_t configuration;
    bool queued;                       /* in the heap: enabled */
    uint32_t chain;                    /* the next of the bucket, or of those that are free */
    uint32_t child, sibling, previous; /* previous: the parent, or the sibling before */
};

/* Nodes count from 1. */
static struct node *node_at(const struct pending *p, uint32_t n)
{
    return (struct node *)((uintptr_t)p + (uintptr_t)p->offset) + (n - 1);
}

static uint32_t *buckets(const struct pending *p)
{
    return (uint32_t *)node_at(p, p->capacity + 1);
}

static uint32_t buckets_for(uint32_t capacity)
{
    uint32_t count = 1;
    while (count < capacity)
        count <<= 1;
    return count;
}

size_t dbell__pending_size(uint32_t capacity)
{
    return capacity * sizeof(struct node) + buckets_for(capacity) * sizeof(uint32_t);
}

void dbell__pending_init(struct pending *p, size_t offset, uint32_t capacity)
{
    *p = (struct pending){
        .offset = offset, .capacity = capacity, .bucket_mask = buckets_for(capacity) - 1};
    dbell__pending_empty(p);
}

void dbell__pending_empty(struct pending *p)
{
    p->used = p->free = p->count = 0;
    memset(buckets(p), 0, (p->bucket_mask + 1) * sizeof(uint32_t));
}

static uint32_t *bucket_of(const struct pending *p, uint16_t owner, uint32_t intid)
{
    uint64_t mixed = ((uint64_t)owner << 32 | intid) * UINT64_C(0xff51afd7ed558ccd);
    return &buckets(p)[(uint32_t)(mixed >> 32) & p->bucket_mask];
}

/* The link that leads to the node, of its bucket; it holds 0 if there is none. */
static uint32_t *link_to(const struct pending *p, uint16_t owner, uint32_t intid)
{
    uint32_t *link = bucket_of(p, owner, intid);
    while (*link && (node_at(p, *link)->intid != intid || node_at(p, *link)->owner != owner))
        link = &node_at(p, *link)->chain;
    return link;
}

/* --- the heap --- */

static bool before(const struct node *a, const struct node *b)
{
    const uint8_t pa = a->configuration & LPI_PRIORITY, pb = b->configuration & LPI_PRIORITY;
    return pa != pb ? pa < pb : a->intid < b->intid;
}

/* The top of two heaps; either may be 0. */
static uint32_t merge(const struct pending *p, uint32_t a, uint32_t b)
{
    if (!a || !b)
        return a | b;
    if (before(node_at(p, b), node_at(p, a))) {
        const uint32_t top = b;
        b = a;
        a = top;
    }
    struct node *parent = node_at(p, a), *child = node_at(p, b);
    child->sibling = parent->child;
    if (child->sibling)
        node_at(p, child->sibling)->previous = b;
    child->previous = a;
    parent->child = b;
    return a;
}

/* A list of siblings becomes one heap: in pairs, then from the last pair on. */
static uint32_t merge_siblings(const struct pending *p, uint32_t first)
{
    uint32_t pairs = 0;
    while (first) {
        const uint32_t a = first, b = node_at(p, a)->sibling;
        first = b ? node_at(p, b)->sibling : 0;
        node_at(p, a)->sibling = 0;
        if (b)
            node_at(p, b)->sibling = 0;
        const uint32_t pair = merge(p, a, b);
        node_at(p, pair)->sibling = pairs;
        pairs = pair;
    }
    uint32_t top = 0;
    while (pairs) {
        const uint32_t pair = pairs;
        pairs = node_at(p, pair)->sibling;
        node_at(p, pair)->sibling = 0;
        top = merge(p, top, pair);
    }
    if (top)
        node_at(p, top)->previous = 0;
    return top;
}

static void enqueue(const struct pending *p, pending_root *root, uint32_t n)
{
    struct node *node = node_at(p, n);
    node->child = node->sibling = node->previous = 0;
    node->queued = node->configuration & LPI_ENABLED;
    if (node->queued)
        *root = merge(p, *root, n);
}

static void dequeue(const struct pending *p, pending_root *root, uint32_t n)
{
    struct node *node = node_at(p, n);
    if (!node->queued)
        return;
    const uint32_t below = merge_siblings(p, node->child);
    if (*root == n) {
        *root = below;
        return;
    }
    struct node *previous = node_at(p, node->previous);
    if (previous->child == n)
        previous->child = node->sibling;
    else
        previous->sibling = node->sibling;
    if (node->sibling)
        node_at(p, node->sibling)->previous = node->previous;
    *root = merge(p, *root, below);
}

/* --- --- */

bool dbell__pending_has(const struct pending *p, uint16_t owner, uint32_t intid)
{
    return *link_to(p, owner, intid) != 0;
}

bool dbell__pending_add(struct pending *p, pending_root *root, uint16_t owner, uint32_t intid,
                        uint8_t configuration)
{
    uint32_t n = p->free;
    if (n)
        p->free = node_at(p, n)->chain;
    else if (p->used < p->capacity)
        n = ++p->used;
    else
        return false;
    uint32_t *bucket = bucket_of(p, owner, intid);
    *node_at(p, n) = (struct node){
        .intid = intid, .owner = owner, .configuration = configuration, .chain = *bucket};
    *bucket = n;
    p->count++;
    enqueue(p, root, n);
    return true;
}

bool dbell__pending_remove(struct pending *p, pending_root *root, uint16_t owner, uint32_t intid)
{
    uint32_t *link = link_to(p, owner, intid);
    const uint32_t n = *link;
    if (!n)
        return false;
    struct node *node = node_at(p, n);
    dequeue(p, root, n);
    *link = node->chain;
    node->owner = NO_OWNER;
    node->chain = p->free;
    p->free = n;
    p->count--;
    return true;
}

void dbell__pending_configure(struct pending *p, pending_root *root, uint16_t owner, uint32_t intid,
                              uint8_t configuration)
{
    const uint32_t n = *link_to(p, owner, intid);
    if (!n)
        return;
    dequeue(p, root, n);
    node_at(p, n)->configuration = configuration;
    enqueue(p, root, n);
}

bool dbell__pending_first(const struct pending *p, pending_root root, uint32_t *intid,
                          uint8_t *configuration)
{
    if (!root)
        return false;
    *intid = node_at(p, root)->intid;
    *configuration = node_at(p, root)->configuration;
    return true;
}

uint32_t dbell__pending_next(const struct pending *p, uint16_t owner, uint32_t *place)
{
    while (*place < p->used) {
        const struct node *node = node_at(p, ++*place);
        if (node->owner == owner)
            return node->intid;
    }
    return 0;
}
