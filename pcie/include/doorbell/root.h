/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A Root Complex with what is below it: ports, bridges, functions. It routes accesses up and
 * messages both ways, checks ACS, turns RequesterIDs into the agents' IDs, and answers ECAM.
 * Sections are of the PCI Express Base Specification 5.0.
 *
 * It is the caller's struct and points to the caller's endpoints; nothing is allocated. */
#ifndef DOORBELL_ROOT_H
#define DOORBELL_ROOT_H

#include <doorbell/endpoint.h>
#include <doorbell/pcie.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    DBELL_ROOT_FUNCTIONS = 64,
    DBELL_ROOT_BRIDGES = 32,
    DBELL_ROOT_AGENTS = 16,
    DBELL_ROOT_REFUSED = 64, /* invalidations for nobody that wait for their answer */
    DBELL_BRIDGE_SPACE = 512 /* bytes of a bridge's configuration space that are not zero */
};

enum dbell_bridge_kind {
    DBELL_ROOT_PORT = 4, /* as the Device/Port Type of 7.5.3.2 */
    DBELL_SWITCH_UPSTREAM = 5,
    DBELL_SWITCH_DOWNSTREAM = 6,
    DBELL_PCIE_TO_PCI = 7
};

struct dbell_bridge_config {
    uint8_t kind;         /* enum dbell_bridge_kind */
    uint32_t requesterid; /* its own */
    uint8_t secondary, subordinate;
    uint16_t acs; /* capability bits (7.7.8.2), 0: no ACS */
};

struct dbell_bridge {
    uint8_t kind;
    uint32_t requesterid;
    uint8_t space[DBELL_BRIDGE_SPACE];
};

struct dbell_root;

struct dbell_root_function {
    struct dbell_root *root;
    struct dbell_endpoint *endpoint;
    uint32_t requesterid;
};

struct dbell_root_agent {
    struct dbell_root *root;
    struct dbell_agent agent;
};

struct dbell_root {
    struct dbell_rid_map streams, devices; /* iommu-map and msi-map; targets are agents, ITSes */
    bool one_to_one; /* no maps: RequesterID = StreamID = DeviceID at agent 0 */
    uint16_t segment;
    struct dbell_root_agent agents[DBELL_ROOT_AGENTS];
    unsigned agent_count;
    struct dbell_root_function functions[DBELL_ROOT_FUNCTIONS];
    unsigned function_count;
    struct dbell_bridge bridges[DBELL_ROOT_BRIDGES];
    unsigned bridge_count;
    struct {
        uint32_t agent, streamid, tag;
    } refused[DBELL_ROOT_REFUSED];
    unsigned refused_count;
    uint64_t acs_violations, unmapped; /* requests that were blocked; that no map covers */
};

/* Empty, with these maps (kept by pointer to their ranges). */
void dbell_root_init(struct dbell_root *root, const struct dbell_rid_map *streams,
                     const struct dbell_rid_map *devices);

/* The agent of the next index. DBELL_E_RANGE: no more. */
int dbell_root_add_agent(struct dbell_root *root, const struct dbell_agent *agent);
/* What that agent sends down. */
struct dbell_ats_port dbell_root_ats_port(struct dbell_root *root, unsigned agent);

/* DBELL_E_RANGE; DBELL_E_OVERLAP: the RequesterID is taken. */
int dbell_root_add_bridge(struct dbell_root *root, const struct dbell_bridge_config *config);
/* Makes room for a function, and says how it reaches the Root Complex: for its ports, before
 * dbell_endpoint_init(). */
int dbell_root_add_function(struct dbell_root *root, uint32_t requesterid,
                            struct dbell_endpoint *endpoint, struct dbell_agent *up);

/* The function of a RequesterID; of a StreamID behind an agent. NULL: none. */
struct dbell_endpoint *dbell_root_find(const struct dbell_root *root, uint32_t requesterid);
struct dbell_endpoint *dbell_root_stream(const struct dbell_root *root, unsigned agent,
                                         uint32_t streamid);

/* The RequesterID that the Root Complex sees: that of a bridge to conventional PCI is (secondary
 * bus, 0) for all behind it. */
uint32_t dbell_root_alias(const struct dbell_root *root, uint32_t requesterid);
/* Whether two functions cannot be told apart or kept apart: they alias, or can reach each other
 * without the agent (6.12). */
bool dbell_root_same_group(const struct dbell_root *root, uint32_t a, uint32_t b);

/* ECAM (7.2.2): `offset` is bus << 20 | device << 15 | function << 12 | register. Where nobody is,
 * reads give all ones. */
uint32_t dbell_root_ecam_read(struct dbell_root *root, uint64_t offset, unsigned size);
void dbell_root_ecam_write(struct dbell_root *root, uint64_t offset, unsigned size, uint32_t value);

/* A physical access to what functions decode. DBELL_RESPONSE_DECERR: none does. */
enum dbell_response dbell_root_memory(struct dbell_root *root,
                                      struct dbell_transaction *transaction);

/* One act of a function or of the Root Complex itself: IDLE, STEPPED, NOT_YET. */
int dbell_root_step(struct dbell_root *root);
/* Invalidations that functions have not completed time out. Returns how many. */
unsigned dbell_root_time_out(struct dbell_root *root);

#ifdef __cplusplus
}
#endif
#endif
