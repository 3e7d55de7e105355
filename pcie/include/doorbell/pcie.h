/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* PCIe requesters: who a RequesterID is to an SMMU and to an ITS, and its DMA. */
#ifndef DOORBELL_PCIE_H
#define DOORBELL_PCIE_H

#include <stddef.h>

#include <doorbell/ports.h>
#include <doorbell/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One range of RequesterIDs (segment << 16 | BDF), as `iommu-map` and `msi-map` write it. */
struct dbell_rid_range {
    uint32_t first, count;
    uint32_t target; /* which SMMU, or which ITS */
    uint32_t base;   /* StreamID, or DeviceID, of the first one */
    /* The bits of the RequesterID's lower 16 that are taken for 0 first: those that
     * `iommu-map-mask` or `msi-map-mask` leaves out. The same in all ranges of a segment. */
    uint16_t ignored;
};

struct dbell_rid_map {
    const struct dbell_rid_range *ranges; /* sorted by `first`, without overlap */
    size_t count;
};

/* Sorts ranges in place. DBELL_E_RANGE: an empty range, or one whose IDs pass 2^32;
 * DBELL_E_OVERLAP: two ranges share an ID, *rid is one such; DBELL_E_ARGUMENT: a range begins where
 * its mask cannot lead, or ranges of a segment have different masks. */
int dbell_rid_map_build(struct dbell_rid_range *ranges, size_t count, uint32_t *rid);

/* The range of a RequesterID, or NULL. */
const struct dbell_rid_range *dbell_rid_map_find(const struct dbell_rid_map *map, uint32_t rid);
/* What a range that was found gives it. */
static inline uint32_t dbell_rid_range_id(const struct dbell_rid_range *range, uint32_t rid)
{
    return range->base + ((rid & ~(uint32_t)range->ignored) - range->first);
}

/* A requester of one function. */
struct dbell_requester {
    struct dbell_bus bus; /* upstream: an SMMU's input, or memory */
    uint32_t requesterid;
    bool has_streamid, has_deviceid;
    uint32_t streamid, deviceid;
};

/* Stamps the requester's identity and IDs, and looks both maps up; a map without an entry leaves
 * the ID out. Returns the SMMU's index, -1 without one. */
int dbell_requester_init(struct dbell_requester *requester, const struct dbell_bus *bus,
                         uint32_t requesterid, const struct dbell_rid_map *streams,
                         const struct dbell_rid_map *devices);

/* Gives a transaction or a message the requester's IDs. */
void dbell_requester_stamp(const struct dbell_requester *requester, struct dbell_sideband *side);

/* One access; `transaction` comes with address, data, operation, PASID and attributes, and gets
 * the requester's IDs. */
enum dbell_response dbell_requester_access(const struct dbell_requester *requester,
                                           struct dbell_transaction *transaction);

#ifdef __cplusplus
}
#endif
#endif
