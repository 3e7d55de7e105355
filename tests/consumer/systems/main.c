/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Four systems to start from, on one board: RAM, an SMMU, an ITS with one CPU, and a PCIe function
 * at 01:00.0. Each system is one function below; the host library plays the kernel. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <doorbell/driver.h>
#include <doorbell/endpoint.h>
#include <doorbell/machine.h>
#include <doorbell/root.h>

#define RAM       UINT64_C(0x80000000)
#define GUEST     UINT64_C(0x90000000) /* the guest's RAM, at the same address in stage 2 */
#define GUEST_CD  GUEST
#define GUEST_TTB (GUEST + 0x1000)
#define PROCESS   UINT64_C(0x98000000) /* a page of a process */
#define SMMU      UINT64_C(0x9050000)
#define GICD      UINT64_C(0x8000000)
#define ITS       UINT64_C(0x8080000)
#define GICR      UINT64_C(0x80a0000)
#define PCI       UINT64_C(0x10000000)
#define ECAM      UINT64_C(0x30000000)

enum { RID = 0x100, RW = DBELL_HOST_READ | DBELL_HOST_WRITE | DBELL_HOST_CACHE };

struct board {
    struct dbell_machine *machine;
    struct dbell_system system;
    struct dbell_host_system host;
    struct dbell_host_smmu smmu;
    struct dbell_host_its its;
    struct dbell_endpoint endpoint;
    void *state;
    struct dbell_host_pci pci;
    struct dbell_host_device device;
    struct dbell_host_domain domain, stage2, nested, process;
    struct dbell_host_tables guest; /* stage 1 as the guest writes it */
};

#define DO(call)                                                \
    do {                                                        \
        const int status_ = (call);                             \
        if (status_ < 0) {                                      \
            fprintf(stderr, "%s: error %d\n", #call, -status_); \
            return status_;                                     \
        }                                                       \
    } while (0)

/* --- the four systems --- */

/* VFIO: the host's stage 1, and a window of IOVAs where it maps doorbells as they are needed. */
static int vfio(struct board *b, struct dbell_host_msi *message)
{
    DO(dbell_host_domain_alloc(&b->domain, &b->smmu, DBELL_HOST_STAGE1, 12));
    DO(dbell_host_get_msi_cookie(&b->domain, 0x8000000, 0x100000));
    DO(dbell_host_attach(&b->device, &b->domain));
    DO(dbell_host_vfio_type1_map(&b->domain, 0x100000, PROCESS, 0x1000, RW));
    return dbell_host_compose_msi(&b->device, dbell_host_its_doorbell(&b->its), 0, message);
}

/* A guest's stage 1 over the host's stage 2: CD and tables are in the guest's RAM. */
static int nest(struct board *b)
{
    DO(dbell_host_domain_alloc(&b->stage2, &b->smmu, DBELL_HOST_STAGE2, 12));
    DO(dbell_host_map_pages(&b->stage2, GUEST, GUEST, 0x10000, RW));
    DO(dbell_host_domain_alloc_nested(&b->nested, &b->stage2));
    DO(dbell_host_attach(&b->device, &b->nested));
    return dbell_host_vste_set(&b->nested, (const uint64_t[]){GUEST_CD | 0xb, 0xd4});
}

/* Nested, with bind_guest_msi: the guest maps its own doorbell and tells of it, the host ties that
 * to the physical one, and the device writes to the guest's IOVA. */
static int bind_guest_msi(struct board *b, struct dbell_host_msi *message)
{
    DO(nest(b));
    DO(dbell_host_map(&b->guest, 0xfffff000, 0x8090000, 3, UINT64_C(0x60000000000e48)));
    DO(dbell_host_get_nested_msi_cookie(&b->nested));
    DO(dbell_host_bind_guest_msi(&b->nested, &b->device, 0xfffff000, 0x8090000, 0x1000));
    return dbell_host_compose_msi(&b->device, dbell_host_its_doorbell(&b->its), 0, message);
}

/* Nested with iommufd: the host has a window of IPAs, and the guest maps that reserved region (RMR)
 * to itself. */
static int reserved_region(struct board *b, struct dbell_host_msi *message)
{
    DO(nest(b));
    DO(dbell_host_map(&b->guest, 0x8000000, 0x8000000, 3, UINT64_C(0x60000000000e48)));
    DO(dbell_host_get_msi_cookie(&b->nested, 0x8000000, 0x10000));
    return dbell_host_compose_msi(&b->device, dbell_host_its_doorbell(&b->its), 0, message);
}

/* SVM: a process on PASID 0x412, with ATS and PRI; MSIs go through the domain without a PASID. */
static int svm(struct board *b, struct dbell_host_msi *message)
{
    unsigned bits;
    DO(dbell_host_pci_enable_pasid(&b->pci, &bits));
    b->device.pasid_bits = bits < 16 ? bits : 16;
    b->device.ats = true;
    DO(vfio(b, message));
    DO(dbell_host_pci_enable_ats(&b->pci, 12));
    DO(dbell_host_pci_enable_pri(&b->pci, 8));
    DO(dbell_host_domain_alloc(&b->process, &b->smmu, DBELL_HOST_STAGE1, 12));
    return dbell_host_set_dev_pasid(&b->device, 0x412, &b->process);
}

/* The process's page comes when the device asks for it. */
static int fill_a_page(struct board *b)
{
    struct dbell_host_page_request request;
    struct dbell_job_result result;
    uint32_t ticket;
    const struct dbell_job job = {.kind = DBELL_JOB_FILL,
                                  .mode = DBELL_THROUGH_ATC,
                                  .destination = 0x400000,
                                  .length = 64,
                                  .value = 0x1122334455667788,
                                  .has_pasid = true,
                                  .pasid = 0x412};
    DO(dbell_endpoint_submit(&b->endpoint, &job, &ticket));
    b->system.settle(b->system.ctx);
    while (dbell_host_priq_poll(&b->smmu, &request)) {
        DO(dbell_host_map_pages(&b->process, request.address, PROCESS, 0x1000, RW));
        DO(dbell_host_page_response(&b->smmu, &request, DBELL_HOST_PAGE_SUCCESS));
    }
    b->system.settle(b->system.ctx);
    DO(dbell_endpoint_job(&b->endpoint, ticket, &result));
    printf("svm: %u page request, %" PRIu64 " bytes written\n", (unsigned)result.pages,
           result.done);
    return result.end == DBELL_JOB_DONE ? 0 : -1;
}

/* --- the board --- */

/* A CPU's stores and loads; the units then run to rest. */
static enum dbell_response cpu(void *ctx, struct dbell_transaction *t)
{
    struct board *b = ctx;
    const struct dbell_bus bus = dbell_machine_bus(b->machine);
    const enum dbell_response response = bus.access(bus.ctx, t);
    if (t->op == DBELL_WRITE && t->address < RAM)
        b->system.settle(b->system.ctx);
    return response;
}

static void wait(void *ctx)
{
    struct board *b = ctx;
    b->system.settle(b->system.ctx);
}

static int make_machine(struct board *b)
{
    static struct dbell_platform p;
    struct dbell_message message;
    p.ram[p.ram_count++] = (struct dbell_platform_ram){RAM, 0x20000000};
    p.smmu[p.smmu_count++] = (struct dbell_platform_smmu){
        .name = "smmu0", .base = SMMU, .config = dbell_smmu_default_config()};
    p.its[p.its_count++] = (struct dbell_platform_its){
        .name = "its0", .base = ITS, .config = dbell_its_default_config()};
    p.pcie = (struct dbell_platform_pcie){.ecam = ECAM, .ecam_size = 0x10000000};
    p.pcie.memory[p.pcie.memory_count].base = p.pcie.memory[p.pcie.memory_count].bus = PCI;
    p.pcie.memory[p.pcie.memory_count++].size = 0x10000000;
    p.has_gic = true;
    p.gic = dbell_gic_default_config();
    p.gic_distributor = GICD;
    p.gic_redistributors = GICR;
    const int status = dbell_machine_create(&p, &b->machine, &message);
    p = (struct dbell_platform){0};
    if (status)
        fprintf(stderr, "%s\n", message.text);
    return status;
}

static int add_function(struct board *b)
{
    const struct dbell_endpoint_config config = dbell_endpoint_default_config();
    const size_t size = dbell_endpoint_state_size(&config);
    struct dbell_endpoint_ports ports = {0};
    b->state = aligned_alloc(16, size);
    DO(dbell_root_add_function(dbell_machine_root(b->machine), RID, &b->endpoint, &ports.up));
    DO(dbell_endpoint_init(&b->endpoint, b->state, size, &config, RID, &ports));
    DO(dbell_host_pci_probe(&b->host, &b->pci, RID));
    return dbell_host_pci_enable_msix(&b->pci);
}

static int board_open(struct board *b)
{
    uint64_t lpis;
    *b = (struct board){0};
    DO(make_machine(b));
    b->system = dbell_machine_system(b->machine);
    b->host = (struct dbell_host_system){.bus = {.ctx = b, .access = cpu},
                                         .time = {b, wait},
                                         .next = RAM,
                                         .end = GUEST,
                                         .ecam = ECAM,
                                         .pci_next = PCI,
                                         .pci_end = PCI + 0x10000000};
    DO(add_function(b));
    DO(dbell_host_lpi_enable(&b->host, GICR, 16, &lpis));
    DO(dbell_host_its_probe(&b->host, &b->its, ITS, GICR, lpis));
    DO(dbell_host_its_map_device(&b->its, RID, 5));
    DO(dbell_host_its_map_event(&b->its, RID, 0, 8192));
    DO(dbell_host_store(&b->host.bus, GICD, 4, 0x12)); /* GICD_CTLR: ARE, EnableGrp1 */
    DO(dbell_host_smmu_probe(&b->host, &b->smmu, SMMU));
    DO(dbell_host_smmu_reset(&b->smmu));
    dbell_host_device_init(&b->device, &b->smmu, RID);
    b->guest = (struct dbell_host_tables){.bus = b->host.bus,
                                          .root = GUEST_TTB,
                                          .granule = 12,
                                          .input_bits = 48,
                                          .next = GUEST_TTB + 0x1000,
                                          .end = GUEST + 0x10000};
    const struct dbell_host_cd cd = {.v = 1,
                                     .aa64 = 1,
                                     .t0sz = 16,
                                     .epd1 = 1,
                                     .ips = 5,
                                     .affd = 1,
                                     .r = 1,
                                     .a = 1,
                                     .asid = 1,
                                     .ttb0 = GUEST_TTB,
                                     .mair = 0xf404ff44};
    uint64_t words[8];
    dbell_host_cd_encode(&cd, words);
    return dbell_host_store_words(&b->host.bus, GUEST_CD, words, 8);
}

static void board_close(struct board *b)
{
    dbell_machine_destroy(b->machine);
    free(b->state);
}

/* The function's first vector is written as the host composed it, and raised. */
static int ring(struct board *b, const char *name,
                int (*start)(struct board *b, struct dbell_host_msi *))
{
    struct dbell_host_msi message;
    struct dbell_raised raised = {0};
    DO(board_open(b));
    DO(start(b, &message));
    DO(dbell_host_pci_write_msi_msg(&b->pci, 0, &message));
    DO(dbell_host_pci_mask(&b->pci, 0, false));
    DO(dbell_endpoint_interrupt(&b->endpoint, 0, NULL));
    b->system.settle(b->system.ctx);
    b->system.raised(b->system.ctx, 0, &raised);
    printf("%s: the device writes to 0x%" PRIx64 ", LPI %u\n", name, message.address,
           (unsigned)raised.intid);
    return raised.intid == 8192 ? 0 : -1;
}

int main(void)
{
    static struct board board;
    static const struct {
        const char *name;
        int (*start)(struct board *b, struct dbell_host_msi *message);
    } systems[] = {{"vfio", vfio},
                   {"bind_guest_msi", bind_guest_msi},
                   {"reserved_region", reserved_region},
                   {"svm", svm}};
    int failed = 0;
    for (unsigned i = 0; i < sizeof systems / sizeof systems[0]; i++) {
        failed |= ring(&board, systems[i].name, systems[i].start);
        if (systems[i].start == svm)
            failed |= fill_a_page(&board);
        board_close(&board);
    }
    return failed ? 1 : 0;
}
