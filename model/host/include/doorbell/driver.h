/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What the software of a host does with an SMMUv3, an ITS and PCIe functions: bring-up, domains,
 * MSIs, nesting, page requests. Named as Linux names it; refusals are the kernel's negative errno
 * values. It knows the hardware by a bus only: registers and memory, nothing of the model.
 *
 * All objects are the caller's structs and are kept by pointer until they are freed. Memory for
 * tables and queues is taken from a range of physical memory and not given back. */
#ifndef DOORBELL_DRIVER_H
#define DOORBELL_DRIVER_H

#include <stddef.h>

#include <doorbell/host.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DBELL_HOST_DEVICES = 8, DBELL_HOST_BINDINGS = 8, DBELL_HOST_REGIONS = 16 };

/* Where Linux and the discussions that led to it differ. */
enum dbell_host_policy {
    /* The MSI window is not checked for its end, as in Linux 7.2; else -ENOSPC past it. */
    DBELL_HOST_LINEAR_WINDOW = 1 << 0,
    /* A binding is looked up by its device's handle, as the first version of bind_guest_msi had
     * it; else by doorbell, then the first unused one, as later versions do. */
    DBELL_HOST_BIND_BY_DEVICE = 1 << 1,
    /* MSI pages of nested domains are readable too, as iommufd maps them; else write-only. */
    DBELL_HOST_READABLE_MSI = 1 << 2,
    /* Devices whose MSIs are not isolated may be attached (allow_unsafe_interrupts). */
    DBELL_HOST_UNSAFE_INTERRUPTS = 1 << 3,
    /* Reserved regions are not looked at. */
    DBELL_HOST_ALLOW_OVERLAP = 1 << 4,
    /* Invalidations are left out. */
    DBELL_HOST_NO_FLUSH = 1 << 5
};

struct dbell_host_system {
    struct dbell_bus bus; /* as a CPU sees it */
    struct {
        void *ctx;
        void (*wait)(void *ctx); /* lets the hardware go on */
    } time;
    uint64_t next, end; /* free memory */
    /* Of the Root Complex: ECAM, and the memory that is left for functions. */
    uint64_t ecam, pci_next, pci_end;
    uint32_t policies; /* enum dbell_host_policy */
};

/* Zeroed memory, aligned to its size rounded up to a power of two; 0: there is no more. */
uint64_t dbell_host_alloc(struct dbell_host_system *system, uint64_t size);

/* --- the SMMU --- */

struct dbell_host_smmu {
    struct dbell_host_system *system;
    uint64_t base;
    uint32_t idr[6];
    uint64_t strtab, cmdq, evtq, priq;
    uint32_t cmdq_prod, evtq_cons, priq_cons;
    unsigned priq_log2; /* entries; 5, unless it is changed before dbell_host_smmu_reset() */
    uint16_t next_asid, next_vmid;
    bool e2h, btm;
};

/* Reads what there is. -ENODEV: nothing that is of use (64-bit tables, one stage at least). */
int dbell_host_smmu_probe(struct dbell_host_system *system, struct dbell_host_smmu *smmu,
                          uint64_t base);
/* Stream table with all streams aborting, queues, invalidation, then everything on. -ENOMEM, -EIO:
 * a register does not follow, -ETIMEDOUT. */
int dbell_host_smmu_reset(struct dbell_host_smmu *smmu);
/* MSIs of its own, by line: event queue 0, PRI queue 1, global errors 2. */
int dbell_host_smmu_set_msi(struct dbell_host_smmu *smmu, unsigned line, uint64_t address,
                            uint32_t data);
/* Submits one command, or a command and a CMD_SYNC. -EIO: it is in error (and skipped),
 * -ETIMEDOUT. */
int dbell_host_smmu_issue(struct dbell_host_smmu *smmu, struct dbell_host_cmd command);
int dbell_host_smmu_issue_sync(struct dbell_host_smmu *smmu, struct dbell_host_cmd command);

/* An event record (7.3), decoded. */
struct dbell_host_event {
    uint64_t words[4];
    uint8_t type;
    uint32_t sid, ssid;
    bool ssv, stall, read, s2, privileged, instruction;
    uint8_t fault_class; /* 0 CD, 1 TT, 2 IN */
    uint16_t stag;
    uint64_t address, ipa;
};
/* The next one; false: the queue is empty. */
bool dbell_host_evtq_poll(struct dbell_host_smmu *smmu, struct dbell_host_event *event);
/* Answers a stalled access. */
int dbell_host_resume_event(struct dbell_host_smmu *smmu, const struct dbell_host_event *event,
                            bool retry, bool abort);

/* A page request of the PRI queue (8), decoded. */
struct dbell_host_page_request {
    uint64_t words[2];
    uint32_t sid, ssid;
    bool ssv, read, write, execute, privileged, last;
    uint16_t group;
    uint64_t address;
};
bool dbell_host_priq_poll(struct dbell_host_smmu *smmu, struct dbell_host_page_request *request);
/* Acknowledges an overflow; true: there was one. */
bool dbell_host_priq_overflow(struct dbell_host_smmu *smmu);
enum dbell_host_page_response {
    DBELL_HOST_PAGE_FAILURE = 0,
    DBELL_HOST_PAGE_INVALID = 1,
    DBELL_HOST_PAGE_SUCCESS = 2
};
int dbell_host_page_response(struct dbell_host_smmu *smmu,
                             const struct dbell_host_page_request *request,
                             enum dbell_host_page_response response);

/* --- reserved regions (iommu_resv_type) --- */

enum dbell_host_region_kind {
    DBELL_HOST_RESERVED,
    DBELL_HOST_MSI,    /* hardware decodes it before translation */
    DBELL_HOST_SW_MSI, /* where software maps doorbells */
    DBELL_HOST_DIRECT  /* has to be mapped to itself (RMR) */
};
struct dbell_host_region {
    uint64_t base, size;
    uint8_t kind;
};

/* --- devices and domains --- */

struct dbell_host_domain;

struct dbell_host_device {
    struct dbell_host_smmu *smmu;
    uint32_t sid;
    struct dbell_host_domain *domain;
    bool isolated_msi; /* its MSIs are told apart by what it is (ITS), not by what it sends */
    bool ats;          /* CMD_ATC_INV goes with invalidations */
    unsigned pasid_bits, s1dss; /* S1DSS is 0b10 unless set otherwise: CD 0 is of what has none */
    uint64_t dma_mask;          /* 0: all addresses */
    struct dbell_host_region regions[DBELL_HOST_REGIONS];
    unsigned region_count;
    uint64_t cd_table; /* of its stage 1, for PASIDs */
};
void dbell_host_device_init(struct dbell_host_device *device, struct dbell_host_smmu *smmu,
                            uint32_t sid);
/* -EINVAL, -ENOSPC. */
int dbell_host_reserve(struct dbell_host_device *device, uint64_t base, uint64_t size,
                       enum dbell_host_region_kind kind);

enum dbell_host_domain_kind {
    DBELL_HOST_BLOCKED,
    DBELL_HOST_IDENTITY,
    DBELL_HOST_STAGE1,
    DBELL_HOST_STAGE2,
    DBELL_HOST_NESTED /* a guest's stage 1 over a stage 2 domain */
};

enum dbell_host_prot {
    DBELL_HOST_READ = 1 << 0,
    DBELL_HOST_WRITE = 1 << 1,
    DBELL_HOST_CACHE = 1 << 2,
    DBELL_HOST_NOEXEC = 1 << 3,
    DBELL_HOST_MMIO = 1 << 4,
    DBELL_HOST_PRIV = 1 << 5,
    DBELL_HOST_DIRTY_TRACK = 1 << 6 /* writable, clean */
};

/* A doorbell page of a domain (iommu_dma_msi_page). */
struct dbell_host_msi_page {
    uint64_t iova, phys;
};
/* What the guest has told of its doorbells (bind_guest_msi). */
struct dbell_host_guest_msi {
    uint64_t iova, gpa, size;
    uint64_t phys; /* 0: unused */
    struct dbell_host_device *device;
};

enum dbell_host_cookie {
    DBELL_HOST_NO_COOKIE,
    DBELL_HOST_MSI_COOKIE,
    DBELL_HOST_NESTED_MSI_COOKIE
};

struct dbell_host_domain {
    uint8_t kind;
    struct dbell_host_smmu *smmu;
    struct dbell_host_domain *parent; /* of a nested one: its stage 2 */
    struct dbell_host_tables tables;
    unsigned input_bits;
    uint16_t asid, vmid;
    /* Of a stage 1, for the CDs that are written from now on: the ASID is one that CPUs use too
     * (ASET 0), hardware updates of AF and dirty state, the stall model, tagged addresses. */
    bool shared_asid, httu, stalls, tagged;
    uint64_t vste[2]; /* of a nested one: the guest's STE */
    struct dbell_host_device *devices[DBELL_HOST_DEVICES];
    unsigned device_count;
    struct {
        struct dbell_host_device *device;
        uint32_t pasid;
    } pasids[DBELL_HOST_DEVICES];
    unsigned pasid_count;
    /* MSIs */
    uint8_t cookie; /* enum dbell_host_cookie */
    uint64_t msi_base, msi_length, msi_used;
    struct dbell_host_msi_page msi_pages[DBELL_HOST_BINDINGS * 16];
    unsigned msi_page_count;
    struct dbell_host_guest_msi guest_msi[DBELL_HOST_BINDINGS];
};

/* A domain of that kind with empty tables of 4 KB, 16 KB or 64 KB pages (granule 12, 14, 16).
 * -ENOMEM, -EINVAL: the SMMU cannot do it. */
int dbell_host_domain_alloc(struct dbell_host_domain *domain, struct dbell_host_smmu *smmu,
                            enum dbell_host_domain_kind kind, unsigned granule);
/* A guest's stage 1 (with its STE, which dbell_host_vste_set() gives) over `parent`. */
int dbell_host_domain_alloc_nested(struct dbell_host_domain *domain,
                                   struct dbell_host_domain *parent);

/* Hands a device to a user: -EPERM where its MSIs are not isolated (iommufd bind). */
int dbell_host_iommufd_bind(const struct dbell_host_device *device);
/* The STE is written in steps that are valid each, or by way of V == 0 where there are none.
 * -EBUSY: the device has a domain; -EINVAL: a mapping is in one of its reserved regions; -ENOSPC;
 * -ERANGE: a mapping is beyond its DMA mask, or a PASID of the group is wider than its own. */
int dbell_host_attach(struct dbell_host_device *device, struct dbell_host_domain *domain);
int dbell_host_detach(struct dbell_host_device *device);

/* -EINVAL: not aligned, in a reserved region, not a domain that maps; -EEXIST: something is
 * mapped there; -ENOMEM, -ERANGE. */
int dbell_host_map_pages(struct dbell_host_domain *domain, uint64_t iova, uint64_t phys,
                         uint64_t size, unsigned prot);
/* The same with one block of that level of the tables. */
int dbell_host_map_block(struct dbell_host_domain *domain, uint64_t iova, uint64_t phys,
                         unsigned level, unsigned prot);
/* Removes mappings, then invalidates TLB and ATCs, in the order that 3.9.1 asks for. -EINVAL,
 * -ENOENT: nothing was mapped. */
int dbell_host_unmap_pages(struct dbell_host_domain *domain, uint64_t iova, uint64_t size);
/* 0: nothing is mapped there. */
uint64_t dbell_host_iova_to_phys(struct dbell_host_domain *domain, uint64_t iova);
/* The last-level descriptor of an address, and where it is; 0: none. */
uint64_t dbell_host_descriptor(struct dbell_host_domain *domain, uint64_t iova, uint64_t *at);
/* TLB invalidation of a range with CMD_SYNC, then CMD_ATC_INV of its devices with CMD_SYNC. */
int dbell_host_flush(struct dbell_host_domain *domain, uint64_t iova, uint64_t size);
int dbell_host_atc_invalidate(struct dbell_host_device *device, bool has_pasid, uint32_t pasid,
                              uint64_t address, uint64_t size);

/* --- structures, and writing them --- */

/* The words of an STE as the kernel makes it. */
void dbell_host_make_abort_ste(uint64_t words[8]);
void dbell_host_make_bypass_ste(uint64_t words[8]);
void dbell_host_make_stage1_ste(const struct dbell_host_device *device, uint64_t words[8]);
void dbell_host_make_stage2_ste(const struct dbell_host_device *device,
                                const struct dbell_host_domain *domain, uint64_t words[8]);
/* Takes over the guest's words 0 and 1. */
void dbell_host_make_nested_ste(const struct dbell_host_device *device,
                                const struct dbell_host_domain *nested, uint64_t words[8]);
int dbell_host_write_ste(struct dbell_host_device *device, const uint64_t words[8]);
uint64_t dbell_host_ste_address(const struct dbell_host_device *device);

/* --- PASIDs --- */

/* -EINVAL: no stage 1 with a table of CDs; -ERANGE: the device's PASIDs are narrower; -EBUSY. */
int dbell_host_set_dev_pasid(struct dbell_host_device *device, uint32_t pasid,
                             struct dbell_host_domain *domain);
int dbell_host_remove_dev_pasid(struct dbell_host_device *device, uint32_t pasid,
                                struct dbell_host_domain *domain);
/* The process has exited: its CD walks no more and faults without a record. */
int dbell_host_sva_release(struct dbell_host_device *device, uint32_t pasid);
/* Where the CD of a PASID is; 0: nowhere. */
uint64_t dbell_host_cd_address(struct dbell_host_device *device, uint32_t pasid);
/* Gives the domain another ASID under traffic: CD, CFGI_CD, TLBI of the old one, SYNC. */
int dbell_host_change_asid(struct dbell_host_device *device, uint32_t pasid,
                           struct dbell_host_domain *domain, uint16_t asid);

/* Devices that a process is bound to together: a PASID of theirs fits the narrowest. */
struct dbell_host_pasid_group {
    struct dbell_host_device *devices[DBELL_HOST_DEVICES];
    unsigned device_count;
    uint32_t highest; /* PASID that is bound */
    bool any;
};
/* -ERANGE: a PASID that is bound is beyond its width, or the PASID beyond the group's. */
int dbell_host_group_add(struct dbell_host_pasid_group *group, struct dbell_host_device *device);
int dbell_host_group_bind(struct dbell_host_pasid_group *group, uint32_t pasid,
                          struct dbell_host_domain *domain);
unsigned dbell_host_group_pasid_bits(const struct dbell_host_pasid_group *group);

/* --- nesting (iommufd) --- */

/* The guest's STE, words 0 and 1, little endian. -EIO: it sets what is the host's, and nothing
 * changes. */
int dbell_host_vste_set(struct dbell_host_domain *nested, const uint64_t vste[2]);
/* A virtual SMMU: one stage 2, and the StreamIDs that the guest knows devices by. */
struct dbell_host_viommu {
    struct dbell_host_domain *parent;
    struct {
        uint32_t vsid;
        struct dbell_host_device *device;
    } devices[DBELL_HOST_DEVICES];
    unsigned device_count;
};
void dbell_host_viommu_init(struct dbell_host_viommu *viommu, struct dbell_host_domain *parent);
/* -EEXIST, -ENOSPC. */
int dbell_host_vdevice(struct dbell_host_viommu *viommu, uint32_t vsid,
                       struct dbell_host_device *device);
/* Commands of the guest, made the host's and issued; *done of them. -EIO: one that may not be, or a
 * StreamID that nobody has. */
int dbell_host_cache_invalidate(struct dbell_host_viommu *viommu,
                                const struct dbell_host_cmd *commands, unsigned count,
                                unsigned *done);
/* What a guest sees of an event of its device: with its StreamID. False: it is the host's own
 * (stage 2, or of no device of the guest). */
bool dbell_host_vevent(const struct dbell_host_viommu *viommu, const struct dbell_host_event *event,
                       uint64_t words[4]);

/* --- MSIs --- */

struct dbell_host_msi {
    uint64_t address;
    uint32_t data;
};

/* A window of IOVAs where the domain maps doorbells as they are needed (iommu_get_msi_cookie).
 * -EINVAL, -EBUSY. */
int dbell_host_get_msi_cookie(struct dbell_host_domain *domain, uint64_t base, uint64_t length);
/* The guest's doorbells are told by dbell_host_bind_guest_msi(). -ENODEV: not a nested domain. */
int dbell_host_get_nested_msi_cookie(struct dbell_host_domain *domain);
/* The IOVA of a doorbell's page, mapped: -ENOSPC, -ENOMEM, and what mapping answers. */
int dbell_host_get_msi_page(struct dbell_host_domain *domain, struct dbell_host_device *device,
                            uint64_t doorbell, uint64_t *iova);
/* What a device has to write so that `doorbell` gets `data`, in the domain that it is attached to.
 */
int dbell_host_compose_msi(struct dbell_host_device *device, uint64_t doorbell, uint32_t data,
                           struct dbell_host_msi *message);
/* -ENODEV: no nesting; -EINVAL: larger than a stage 2 page; -ENOSPC. The same again is 0. */
int dbell_host_bind_guest_msi(struct dbell_host_domain *domain, struct dbell_host_device *device,
                              uint64_t giova, uint64_t gpa, uint64_t size);
/* The guest's own address (as it wrote it to its MSI-X table) for a physical doorbell: -EINVAL
 * where the doorbells are at different offsets of their pages, so that it cannot work. */
int dbell_host_forward_guest_address(const struct dbell_host_domain *domain, uint64_t guest_address,
                                     uint64_t doorbell, uint32_t data,
                                     struct dbell_host_msi *message);
/* -ENOENT. */
int dbell_host_unbind_guest_msi(struct dbell_host_domain *domain, uint64_t giova);
/* A window of the guest's own choice, in IPAs. */
int dbell_host_map_msi_window(struct dbell_host_domain *domain, uint64_t iova, uint64_t length);
/* How many pages of doorbells a set of them needs. */
unsigned dbell_host_msi_pages_needed(const struct dbell_host_domain *domain,
                                     const uint64_t *doorbells, unsigned count);

/* Doorbell slots of one iommufd context: 64 of them, each installed in the domains that use it. */
struct dbell_host_sw_msi {
    uint64_t start, length;
    uint64_t pages[64];
    unsigned count;
};
/* -EOVERFLOW: all slots are taken; -ENOSPC: beyond the window. */
int dbell_host_sw_msi_slot(struct dbell_host_sw_msi *context, struct dbell_host_domain *domain,
                           uint64_t doorbell, uint64_t *iova);

/* --- the VFIO view --- */

/* dbell_host_map_pages() and unmap with the checks that VFIO makes. */
int dbell_host_vfio_type1_map(struct dbell_host_domain *domain, uint64_t iova, uint64_t phys,
                              uint64_t size, unsigned prot);
int dbell_host_vfio_type1_unmap(struct dbell_host_domain *domain, uint64_t iova, uint64_t size);

/* --- the ITS --- */

struct dbell_host_its {
    struct dbell_host_system *system;
    uint64_t base;
    uint64_t queue;
    uint32_t written;
    uint64_t rdbase; /* of collection 0, as MAPC wants it */
    uint64_t lpi_config;
};

/* LPIs of one redistributor on. -ENODEV, -ENOMEM. */
int dbell_host_lpi_enable(struct dbell_host_system *system, uint64_t redistributor,
                          unsigned intid_bits, uint64_t *config);
/* Tables and queue, collection 0 to CPU 0. -ENODEV, -ENOMEM. */
int dbell_host_its_probe(struct dbell_host_system *system, struct dbell_host_its *its,
                         uint64_t base, uint64_t redistributor, uint64_t lpi_config);
/* -ETIMEDOUT. */
int dbell_host_its_issue(struct dbell_host_its *its, struct dbell_host_its_cmd command);
int dbell_host_its_map_device(struct dbell_host_its *its, uint32_t deviceid, unsigned eventid_bits);
/* MAPTI, the LPI enabled with priority 0xa0, INV, SYNC. */
int dbell_host_its_map_event(struct dbell_host_its *its, uint32_t deviceid, uint32_t eventid,
                             uint32_t intid);
int dbell_host_its_unmap_event(struct dbell_host_its *its, uint32_t deviceid, uint32_t eventid);
static inline uint64_t dbell_host_its_doorbell(const struct dbell_host_its *its)
{
    return its->base + 0x10040;
}

/* --- PCI functions --- */

struct dbell_host_pci {
    struct dbell_host_system *system;
    uint64_t config;  /* where its configuration space is, in ECAM */
    uint64_t bars[6]; /* what it decodes, by BAR; 0: nothing */
};
/* Finds the function and gives it memory to decode. -ENODEV: nobody is there; -ENOSPC. */
int dbell_host_pci_probe(struct dbell_host_system *system, struct dbell_host_pci *pci,
                         uint32_t requesterid);
uint32_t dbell_host_pci_read_config(struct dbell_host_pci *pci, unsigned offset, unsigned size);
void dbell_host_pci_write_config(struct dbell_host_pci *pci, unsigned offset, unsigned size,
                                 uint32_t value);
unsigned dbell_host_pci_capability(struct dbell_host_pci *pci, unsigned id);
unsigned dbell_host_pci_extended_capability(struct dbell_host_pci *pci, unsigned id);
void dbell_host_pci_set_master(struct dbell_host_pci *pci);
/* -EINVAL: no such capability, -EBUSY: enabled already or in the wrong order. */
int dbell_host_pci_enable_ats(struct dbell_host_pci *pci, unsigned stu);
int dbell_host_pci_enable_pri(struct dbell_host_pci *pci, uint32_t requests);
int dbell_host_pci_reset_pri(struct dbell_host_pci *pci);
int dbell_host_pci_enable_pasid(struct dbell_host_pci *pci, unsigned *bits);
int dbell_host_pci_enable_msix(struct dbell_host_pci *pci);
int dbell_host_pci_write_msi_msg(struct dbell_host_pci *pci, unsigned vector,
                                 const struct dbell_host_msi *message);
int dbell_host_pci_mask(struct dbell_host_pci *pci, unsigned vector, bool masked);

#ifdef __cplusplus
}
#endif
#endif
