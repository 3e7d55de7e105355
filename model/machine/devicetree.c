/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A platform from a flattened device tree. Nodes are found by `compatible` (memory and CPUs by
 * `device_type`); the blob may hold anything. */
#include <doorbell/platform.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include "message.h"

enum { DEPTH_MAX = 32, CELLS_MAX = 4, PHANDLES = DBELL_PLATFORM_PARTS };

/* Which phandle is which part, as references may come before the node. */
struct tree {
    const void *blob;
    struct dbell_platform *platform;
    struct dbell_message *message;
    uint32_t smmu_phandle[PHANDLES], its_phandle[PHANDLES];
    struct {
        uint32_t phandle;
        size_t smmu;
    } msi_parent[PHANDLES];
    size_t msi_parents;
    uint32_t cpus;
};

static uint32_t cell(const void *property, int index)
{
    const uint8_t *b = (const uint8_t *)property + 4 * (size_t)index;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* A number of `cells` cells; only its low 64 bits. */
static uint64_t number(const void *property, int index, int cells)
{
    uint64_t value = 0;
    for (int i = 0; i < cells; i++)
        value = value << 32 | cell(property, index + i);
    return value;
}

static uint32_t property_u32(const struct tree *t, int node, const char *name, uint32_t otherwise)
{
    int size;
    const void *property = fdt_getprop(t->blob, node, name, &size);
    return property && size == 4 ? cell(property, 0) : otherwise;
}

static int fail(struct tree *t, int node, const char *what)
{
    int size;
    const char *name = fdt_get_name(t->blob, node, &size);
    return dbell__fail(t->message, DBELL_E_FORMAT, "device tree: %.64s: %s", name ? name : "?",
                       what);
}

static int address_cells(const struct tree *t, int node)
{
    int cells = fdt_address_cells(t->blob, node);
    return cells < 0 || cells > CELLS_MAX ? -1 : cells;
}

static int size_cells(const struct tree *t, int node)
{
    int cells = fdt_size_cells(t->blob, node);
    return cells < 0 || cells > CELLS_MAX ? -1 : cells;
}

/* From the bus of `bus` (a node) to the root: through `ranges` at every step. */
static bool translate(const struct tree *t, int bus, uint64_t *address)
{
    for (int depth = 0; depth < DEPTH_MAX; depth++) {
        int parent = fdt_parent_offset(t->blob, bus);
        if (parent < 0)
            return true; /* the root */
        int size;
        const void *ranges = fdt_getprop(t->blob, bus, "ranges", &size);
        if (!ranges)
            return false;
        int child = address_cells(t, bus), up = address_cells(t, parent),
            length = size_cells(t, bus);
        if (child < 0 || up < 0 || length < 0)
            return false;
        int entry = child + up + length;
        bool found = size == 0;
        for (int i = 0; entry && !found && i + entry <= size / 4; i += entry) {
            uint64_t from = number(ranges, i, child), to = number(ranges, i + child, up);
            uint64_t n = number(ranges, i + child + up, length);
            if (*address >= from && *address - from < n) {
                *address = to + (*address - from);
                found = true;
            }
        }
        if (!found)
            return false;
        bus = parent;
    }
    return false;
}

/* The index-th region of `reg`, as physical address and size. */
static bool region(const struct tree *t, int node, int index, uint64_t *address, uint64_t *length)
{
    int size, parent = fdt_parent_offset(t->blob, node);
    const void *reg = fdt_getprop(t->blob, node, "reg", &size);
    if (!reg || parent < 0)
        return false;
    int a = address_cells(t, parent), s = size_cells(t, parent);
    if (a <= 0 || s < 0 || (index + 1) * (a + s) > size / 4)
        return false;
    *address = number(reg, index * (a + s), a);
    *length = number(reg, index * (a + s) + a, s);
    return translate(t, parent, address);
}

static bool has_type(const struct tree *t, int node, const char *type)
{
    int size;
    const char *value = fdt_getprop(t->blob, node, "device_type", &size);
    return value && size == (int)strlen(type) + 1 && !memcmp(value, type, (size_t)size);
}

static bool is_compatible(const struct tree *t, int node, const char *what)
{
    return fdt_node_check_compatible(t->blob, node, what) == 0;
}

static bool disabled(const struct tree *t, int node)
{
    int size;
    const char *status = fdt_getprop(t->blob, node, "status", &size);
    return status && !(size == 5 && !memcmp(status, "okay", 5)) &&
           !(size == 3 && !memcmp(status, "ok", 3));
}

static int add_memory(struct tree *t, int node)
{
    uint64_t address, size;
    for (int i = 0; region(t, node, i, &address, &size); i++) {
        if (t->platform->ram_count == DBELL_PLATFORM_RAMS)
            return fail(t, node, "more memory regions than the model can hold");
        if (size)
            t->platform->ram[t->platform->ram_count++] =
                (struct dbell_platform_ram){.base = address, .size = size};
    }
    return DBELL_OK;
}

static int add_smmu(struct tree *t, int node)
{
    struct dbell_platform *p = t->platform;
    uint64_t address, size;
    if (p->smmu_count == DBELL_PLATFORM_PARTS)
        return fail(t, node, "more SMMUs than the model can hold");
    if (!region(t, node, 0, &address, &size))
        return fail(t, node, "no usable reg");
    struct dbell_platform_smmu *smmu = &p->smmu[p->smmu_count];
    *smmu = (struct dbell_platform_smmu){.base = address, .config = dbell_smmu_default_config()};
    snprintf(smmu->name, sizeof smmu->name, "smmu%zu", p->smmu_count);
    smmu->config.instance = (uint16_t)p->smmu_count;
    t->smmu_phandle[p->smmu_count] = fdt_get_phandle(t->blob, node);
    int bytes;
    const void *parent = fdt_getprop(t->blob, node, "msi-parent", &bytes);
    if (parent && bytes >= 8) {
        smmu->config.has_deviceid = true;
        smmu->config.deviceid = cell(parent, 1);
        t->msi_parent[t->msi_parents].phandle = cell(parent, 0);
        t->msi_parent[t->msi_parents++].smmu = p->smmu_count;
    }
    p->smmu_count++;
    return DBELL_OK;
}

static int add_gic(struct tree *t, int node)
{
    struct dbell_platform *p = t->platform;
    uint64_t size;
    if (p->has_gic)
        return fail(t, node, "a second GIC");
    if (property_u32(t, node, "#redistributor-regions", 1) != 1)
        return fail(t, node, "several redistributor regions are not supported yet");
    p->gic = dbell_gic_default_config();
    if (!region(t, node, 0, &p->gic_distributor, &size) ||
        !region(t, node, 1, &p->gic_redistributors, &size))
        return fail(t, node, "no usable reg");
    p->has_gic = true;
    return DBELL_OK;
}

static int add_its(struct tree *t, int node)
{
    struct dbell_platform *p = t->platform;
    uint64_t address, size;
    if (p->its_count == DBELL_PLATFORM_PARTS)
        return fail(t, node, "more ITSes than the model can hold");
    if (!region(t, node, 0, &address, &size))
        return fail(t, node, "no usable reg");
    struct dbell_platform_its *its = &p->its[p->its_count];
    *its = (struct dbell_platform_its){.base = address, .config = dbell_its_default_config()};
    snprintf(its->name, sizeof its->name, "its%zu", p->its_count);
    t->its_phandle[p->its_count++] = fdt_get_phandle(t->blob, node);
    return DBELL_OK;
}

static int add_v2m(struct tree *t, int node)
{
    struct dbell_platform *p = t->platform;
    uint64_t address, size;
    uint32_t first = property_u32(t, node, "arm,msi-base-spi", 0);
    uint32_t count = property_u32(t, node, "arm,msi-num-spis", 0);
    if (p->v2m_count == DBELL_PLATFORM_PARTS)
        return fail(t, node, "more GICv2m frames than the model can hold");
    if (!region(t, node, 0, &address, &size))
        return fail(t, node, "no usable reg");
    if (first < 32 || !count || count > 1020 - 32 || first + count > 1020)
        return fail(t, node, "arm,msi-base-spi and arm,msi-num-spis name no SPIs");
    p->v2m[p->v2m_count++] =
        (struct dbell_platform_v2m){.base = address, .frame = {.base = first, .count = count}};
    return DBELL_OK;
}

static int index_of(const uint32_t *phandles, size_t count, uint32_t phandle)
{
    for (size_t i = 0; i < count; i++)
        if (phandles[i] == phandle)
            return (int)i;
    return -1;
}

/* iommu-map or msi-map: <rid-base phandle out-base length>. */
static int add_map(struct tree *t, int node, const char *name, const char *mask_name,
                   const uint32_t *phandles, size_t parts, struct dbell_rid_range *ranges,
                   size_t *count)
{
    int size;
    const void *map = fdt_getprop(t->blob, node, name, &size);
    uint32_t segment = property_u32(t, node, "linux,pci-domain", 0);
    if (!map)
        return DBELL_OK;
    const uint16_t ignored = (uint16_t)~property_u32(t, node, mask_name, 0xffff);
    if (segment > 0xffff)
        return fail(t, node, "linux,pci-domain is out of range");
    for (int i = 0; i + 4 <= size / 4; i += 4) {
        int target = index_of(phandles, parts, cell(map, i + 1));
        if (target < 0)
            return fail(t, node, "a map names a node that is no SMMU, or no ITS");
        if (*count == DBELL_PLATFORM_RIDS)
            return fail(t, node, "more map entries than the model can hold");
        uint64_t first = cell(map, i), length = cell(map, i + 3);
        if (first + length > 0x10000)
            return fail(t, node, "a map entry passes RequesterID 0xffff");
        ranges[(*count)++] = (struct dbell_rid_range){.first = segment << 16 | (uint32_t)first,
                                                      .count = (uint32_t)length,
                                                      .target = (uint32_t)target,
                                                      .base = cell(map, i + 2),
                                                      .ignored = ignored};
    }
    return DBELL_OK;
}

/* `reg` is ECAM; memory in `ranges`: <flags pci-address(2) cpu-address size>. */
static int add_windows(struct tree *t, int node)
{
    struct dbell_platform_pcie *pcie = &t->platform->pcie;
    const int parent = fdt_parent_offset(t->blob, node);
    const int up = parent < 0 ? -1 : address_cells(t, parent), length = size_cells(t, node);
    int size;
    const void *ranges = fdt_getprop(t->blob, node, "ranges", &size);
    if (pcie->ecam_size || !region(t, node, 0, &pcie->ecam, &pcie->ecam_size))
        return DBELL_OK;
    const int entry = 3 + up + length;
    if (!ranges || address_cells(t, node) != 3 || up <= 0 || length <= 0)
        return DBELL_OK;
    for (int i = 0; i + entry <= size / 4; i += entry) {
        uint64_t base = number(ranges, i + 3, up);
        if (!(cell(ranges, i) >> 25 & 1)) /* IO or configuration space */
            continue;
        if (pcie->memory_count == DBELL_PLATFORM_WINDOWS)
            return fail(t, node, "more PCI memory windows than the model can hold");
        if (!translate(t, parent, &base))
            return fail(t, node, "a PCI memory window that the CPU does not reach");
        pcie->memory[pcie->memory_count].base = base;
        pcie->memory[pcie->memory_count].bus = number(ranges, i + 1, 2);
        pcie->memory[pcie->memory_count++].size = number(ranges, i + 3 + up, length);
    }
    return DBELL_OK;
}

static int add_host_bridge(struct tree *t, int node)
{
    struct dbell_platform *p = t->platform;
    int status = add_map(t, node, "iommu-map", "iommu-map-mask", t->smmu_phandle, p->smmu_count,
                         p->streams, &p->stream_count);
    if (!status)
        status = add_windows(t, node);
    if (!status)
        status = add_map(t, node, "msi-map", "msi-map-mask", t->its_phandle, p->its_count,
                         p->devices, &p->device_count);
    return status;
}

/* Parts first, then what refers to them. */
static int visit(struct tree *t, int node, bool references)
{
    if (disabled(t, node))
        return DBELL_OK;
    if (references)
        return is_compatible(t, node, "pci-host-ecam-generic") ? add_host_bridge(t, node)
                                                               : DBELL_OK;
    if (has_type(t, node, "cpu"))
        t->cpus++;
    if (has_type(t, node, "memory"))
        return add_memory(t, node);
    if (is_compatible(t, node, "arm,smmu-v3"))
        return add_smmu(t, node);
    if (is_compatible(t, node, "arm,gic-v3"))
        return add_gic(t, node);
    if (is_compatible(t, node, "arm,gic-v3-its"))
        return add_its(t, node);
    if (is_compatible(t, node, "arm,gic-v2m-frame"))
        return add_v2m(t, node);
    return DBELL_OK;
}

static int visit_all(struct tree *t, bool references)
{
    int status = DBELL_OK;
    for (int node = fdt_next_node(t->blob, -1, NULL); node >= 0 && !status;
         node = fdt_next_node(t->blob, node, NULL))
        status = visit(t, node, references);
    return status;
}

int dbell_platform_add_device_tree(struct dbell_platform *platform, const void *blob, size_t size,
                                   struct dbell_message *message)
{
    struct tree t = {.blob = blob, .platform = platform, .message = message};
    int bad = size < sizeof(struct fdt_header) ? -FDT_ERR_TRUNCATED : fdt_check_full(blob, size);
    if (bad)
        return dbell__fail(message, DBELL_E_FORMAT, "not a device tree: %s", fdt_strerror(bad));
    if (platform->has_gic || platform->smmu_count || platform->its_count)
        return dbell__fail(message, DBELL_E_FORMAT, "a device tree comes before other parts");
    int status = visit_all(&t, false);
    platform->gic.cpus = t.cpus;
    if (!status && platform->has_gic && !t.cpus)
        status = dbell__fail(message, DBELL_E_FORMAT, "device tree: a GIC without CPUs");
    if (!status)
        status = visit_all(&t, true);
    for (size_t i = 0; i < t.msi_parents && !status; i++) {
        int its = index_of(t.its_phandle, platform->its_count, t.msi_parent[i].phandle);
        struct dbell_platform_smmu *smmu = &platform->smmu[t.msi_parent[i].smmu];
        if (its >= 0)
            memcpy(smmu->its, platform->its[its].name, sizeof smmu->its);
        else
            smmu->config.has_deviceid = false;
    }
    return status;
}
