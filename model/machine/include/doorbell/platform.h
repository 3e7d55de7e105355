/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What a system is made of: filled in by hand, by the platform lines of a trace, or from a
 * flattened device tree. */
#ifndef DOORBELL_PLATFORM_H
#define DOORBELL_PLATFORM_H

#include <stddef.h>

#include <doorbell/gic.h>
#include <doorbell/its.h>
#include <doorbell/pcie.h>
#include <doorbell/smmu.h>
#include <doorbell/v2m.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    DBELL_PLATFORM_RAMS = 16,
    DBELL_PLATFORM_PARTS = 16, /* of each kind */
    DBELL_PLATFORM_RIDS = 1024,
    DBELL_PLATFORM_WINDOWS = 4,
    DBELL_NAME_SIZE = 32
};

/* An error in words, for people. */
struct dbell_message {
    char text[512];
};

struct dbell_platform_ram {
    uint64_t base, size;
};

struct dbell_platform_smmu {
    char name[DBELL_NAME_SIZE];
    uint64_t base;
    char its[DBELL_NAME_SIZE]; /* where its own MSIs get their DeviceID from; "": RAM only */
    struct dbell_smmu_config config;
};

struct dbell_platform_its {
    char name[DBELL_NAME_SIZE];
    uint64_t base;
    struct dbell_its_config config;
    bool own_typer, own_baser2; /* given: they do not follow the version of the GIC */
    uint8_t wide_write;         /* enum dbell_wide_write */
    uint64_t pre_its;           /* where it is, 0 without one */
};

struct dbell_platform_v2m {
    uint64_t base;
    struct dbell_v2m frame;
};

/* The windows of the Root Complex; `size` 0: none. */
struct dbell_platform_pcie {
    uint64_t ecam, ecam_size; /* from bus 0 on (PCIe 7.2.2) */
    /* Memory that functions decode: CPU address `base` is PCI address `bus`. */
    struct {
        uint64_t base, size, bus;
    } memory[DBELL_PLATFORM_WINDOWS];
    size_t memory_count;
};

struct dbell_platform {
    struct dbell_platform_ram ram[DBELL_PLATFORM_RAMS];
    size_t ram_count;
    struct dbell_platform_smmu smmu[DBELL_PLATFORM_PARTS];
    size_t smmu_count;
    struct dbell_platform_its its[DBELL_PLATFORM_PARTS];
    size_t its_count;
    struct dbell_platform_v2m v2m[DBELL_PLATFORM_PARTS];
    size_t v2m_count;
    bool has_gic;
    uint64_t gic_distributor, gic_redistributors;
    struct dbell_gic_config gic;
    struct dbell_rid_range streams[DBELL_PLATFORM_RIDS]; /* RequesterID to SMMU and StreamID */
    size_t stream_count;
    struct dbell_rid_range devices[DBELL_PLATFORM_RIDS]; /* RequesterID to ITS and DeviceID */
    size_t device_count;
    struct dbell_platform_pcie pcie;
    bool explicit_maps; /* false: StreamID = DeviceID = RequesterID on the first SMMU and ITS */
    uint64_t ram_limit; /* bytes of pages that each RAM may allocate; 0: 4 GiB */
};

/* Adds what a flattened device tree describes, found by `compatible`: memory, arm,smmu-v3,
 * arm,gic-v3, arm,gic-v3-its, arm,gic-v2m-frame, pci-host-ecam-generic with iommu-map and msi-map,
 * their masks, and the windows of the first one. DBELL_E_FORMAT with a text. */
int dbell_platform_add_device_tree(struct dbell_platform *platform, const void *blob, size_t size,
                                   struct dbell_message *message);

/* Whether it can be built: no overlaps, every name known. Sorts the maps. */
int dbell_platform_check(struct dbell_platform *platform, struct dbell_message *message);

/* Indexes by name, -1 if there is none. */
int dbell_platform_smmu_named(const struct dbell_platform *platform, const char *name);
int dbell_platform_its_named(const struct dbell_platform *platform, const char *name);

#ifdef __cplusplus
}
#endif
#endif
