/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The test bed of the scenarios: a host with an SMMU, two ITSes, a GICv2m frame and two PCIe
 * functions, software for it, a guest, and a notebook.
 *
 * A scenario is a function that sets up, stimulates and states what must come of it. All literals
 * in it are typed in. What it does is written down as a trace while it runs, so that it can be
 * replayed without it. With `undo` its one decisive step is left out, and it has to fail. */
#ifndef SCENARIO_BED_H
#define SCENARIO_BED_H

#include <doorbell/container.h>
#include <doorbell/driver.h>
#include <doorbell/isolation.h>
#include <doorbell/reports.h>
#include <doorbell/root.h>
#include <doorbell/tce.h>

#include "scenario.h"

#define GIOVA     UINT64_C(0xfffff000) /* what the guest maps its doorbell at */
#define GIOVA_MSI UINT64_C(0xfffff040)
#define GDB       UINT64_C(0x08090000) /* the guest's doorbell page, an IPA */
#define HIOVA     UINT64_C(0x08000000) /* the host's MSI window */
#define HIOVA_MSI UINT64_C(0x08000040)
#define HDB       UINT64_C(0x2f030040) /* the doorbells of the two ITSes, and of the v2m frame */
#define HDB1      UINT64_C(0x2f070040)
#define V2M_DB    UINT64_C(0x2f040040)

enum {
    BED_SMMU = 0x2b400000,
    BED_GICD = 0x2f000000,
    BED_GICR = 0x2f100000,
    BED_ITS0 = 0x2f020000,
    BED_ITS1 = 0x2f060000,
    BED_V2M = 0x2f040000,
    BED_CPUS = 1,
    BED_DEVICES = 4, /* E0 and E1, and two more that a scenario may add */
    E0 = 0,
    E1 = 1,
};

/* The guest's RAM: IPA 0x40000000 on, at PA 0x90000000 on. */
#define GUEST_IPA UINT64_C(0x40000000)
#define GUEST_PA  UINT64_C(0x90000000)
#define GUEST_CD  UINT64_C(0x41000000) /* IPAs of the guest's CD and first table */
#define GUEST_TTB UINT64_C(0x41010000)

struct bed {
    /* The run. */
    bool undo;
    unsigned options;
    unsigned failures;
    char failure[256];                /* the first one */
    struct dbell_scenario_text *text; /* the trace, or NULL */

    struct dbell_machine *machine;
    struct dbell_system system;
    struct dbell_bus physical;

    struct dbell_host_system host;
    struct dbell_host_smmu smmu;
    struct dbell_host_its its[2];
    uint64_t lpi_config;

    struct dbell_endpoint endpoint[BED_DEVICES];
    void *state[BED_DEVICES];
    unsigned function_count;
    struct dbell_machine_atc_watch watch[BED_DEVICES];
    struct dbell_host_pci pci[BED_DEVICES];
    struct dbell_host_device device[BED_DEVICES];
    unsigned findings[8]; /* by enum dbell_endpoint_finding */

    struct dbell_host_domain stage1, stage2, nested, other;
    struct dbell_host_tables guest; /* stage 1 of the guest: its addresses are IPAs */
    struct dbell_host_viommu viommu;

    /* Of a POWER host: E0 is PE 0, E1 is PE 1. */
    struct dbell_tce tce;
    struct dbell_host_tce_container container;
    uint64_t records; /* that bed_tce_record() has seen */
    unsigned released, interrupts;
    uint32_t interrupt; /* the last one */
};

/* --- the run --- */

/* Notes what does not hold; false then. */
bool bed_check(struct bed *bed, bool holds, const char *what);
bool bed_equal(struct bed *bed, uint64_t got, uint64_t want, const char *what);
#define CHECK(bed, condition) bed_check(bed, condition, #condition)
#define EQUAL(bed, got, want) bed_equal(bed, (uint64_t)(got), (uint64_t)(want), #got)
#define OK(bed, call)         bed_equal(bed, (uint64_t)(int64_t)(call), 0, #call)
#define REFUSED(bed, call, errno_) \
    bed_equal(bed, (uint64_t)(int64_t)(call), (uint64_t)(int64_t)(errno_), #call)
/* The step without which the scenario cannot hold. */
#define DECIDES(bed, step) \
    do {                   \
        if (!(bed)->undo)  \
            step;          \
    } while (0)

/* Adds to the trace; less than 1 KB at a time. */
__attribute__((format(printf, 2, 3))) void bed_write(struct bed *bed, const char *format, ...);

/* --- set-up --- */

/* The first lines of the trace: what it is. */
void bed_begin(struct bed *bed, const struct dbell_scenario *scenario);
/* Platform, bring-up of SMMU, ITSes and LPIs; E0 has EventIDs 0 to 31 as LPIs 8192 on, E1 as 8224
 * on, the SMMU itself DeviceID 0x10000 as 8256 on. */
bool bed_open(struct bed *bed, unsigned options);
void bed_close(struct bed *bed);

/* One more function, by its RequesterID; -1 without one. */
int bed_add(struct bed *bed, uint32_t rid);
/* A bridge above buses, and its ACS control. */
void bed_bridge(struct bed *bed, enum dbell_bridge_kind kind, uint32_t rid, uint8_t secondary,
                uint8_t subordinate, uint16_t acs);
/* A device joins the stage 1 domain, which is made with an MSI window of that length. */
void bed_stage1(struct bed *bed, unsigned device, uint64_t window);
/* The guest: a stage 2 domain with its RAM, and what the guest owns of E0's STE and CD; its stage
 * 1 is empty. */
void bed_nested(struct bed *bed);
/* E1 joins: the guest's second device, in the same nested domain. */
void bed_nested_e1(struct bed *bed);
/* The same with a stage 1 of its own: CD at IPA 0x4101f000, tables from 0x41020000 on. */
void bed_nested_e1_apart(struct bed *bed, struct dbell_host_tables *tables);
/* One page of the guest's stage 1, with these descriptor words; and taken away again. */
void bed_guest_map(struct bed *bed, uint64_t giova, uint64_t descriptor);
/* A page of the host's stage 2. */
void bed_stage2_word(struct bed *bed, uint64_t ipa, uint64_t descriptor);
/* MSI-X of a device: entry 0 on, unmasked. */
void bed_msix(struct bed *bed, unsigned device, unsigned vector, uint64_t address, uint32_t data);

/* --- stimulus and expectation --- */

#define NONE UINT64_MAX

/* What must come of an access. A field that is NONE (or 0 where 0 says so) is not looked at. */
struct expect {
    uint64_t pa;    /* where it went, 0: it did not get through */
    unsigned event; /* that it was aborted with */
    bool silent;    /* aborted without an event */
    uint64_t lpi;   /* INTID at CPU 0; NONE: no LPI */
    uint64_t spi;   /* 0: none */
    uint32_t attr;  /* MAIR byte plus 0x100, 0: not looked at */
    bool refused;   /* it went there, and was refused */
    bool any;       /* nothing is looked at but that it is done */
};

struct access {
    uint32_t rid;
    bool write, has_pasid, translated, privileged;
    uint32_t pasid;
    uint64_t iova;
    unsigned length; /* 0: 4 */
    uint64_t data;
    unsigned id; /* not 0: a name for bed_done() */
};
void bed_access(struct bed *bed, const struct access *access, const struct expect *expect);
/* A device raises a vector of its MSI-X. */
void bed_fire(struct bed *bed, unsigned device, unsigned vector, const struct expect *expect);

/* The next event record has these words; or there is none. */
void bed_event(struct bed *bed, uint64_t w0, uint64_t w1, uint64_t w2, uint64_t w3);
void bed_no_event(struct bed *bed);
/* A report of that kind was made since the last one was asked for. */
bool bed_reported(struct bed *bed, enum dbell_report_kind kind);
/* Memory holds a word. */
void bed_word(struct bed *bed, uint64_t address, uint64_t value);
void bed_store(struct bed *bed, uint64_t address, unsigned size, uint64_t value);
/* An ITS command sequence runs to its end; SMMU commands go through the driver. */
void bed_settle(struct bed *bed);
uint64_t bed_load(struct bed *bed, uint64_t address, unsigned size);
/* A model counter, as `stat` names it. */
void bed_counter(struct bed *bed, const char *name, uint64_t value);
/* Pulses on a wire since it was last asked. */
void bed_wire(struct bed *bed, const char *name, uint64_t count);
/* Whether the machine as it stands has isolated MSIs. */
bool bed_isolated(struct bed *bed);
/* A word of a function's MSI-X table. */
uint32_t bed_table_read(struct bed *bed, unsigned device, uint64_t offset);
void bed_table_write(struct bed *bed, unsigned device, uint64_t offset, uint32_t value);
/* What explains a message of E0 to `iova` that found no mapping. */
struct dbell_missed bed_missed(struct bed *bed, uint64_t iova);
/* A job of the DMA engine, to its end. */
struct dbell_job_result bed_job(struct bed *bed, unsigned device, const struct dbell_job *job);

/* --- POWER --- */

/* TCE tables in front of both functions, with these options, and an empty container. */
bool bed_power(struct bed *bed, struct dbell_tce_config config, unsigned policies);
/* A group as the platform hands it over. */
struct dbell_host_tce_group bed_group(struct bed *bed, uint32_t pe);
/* Where an access of four bytes of a function went; 0: it was refused. */
uint64_t bed_goes(struct bed *bed, unsigned device, enum dbell_op op, uint64_t address);
/* The TCE of PE 0's default window has these bytes. */
void bed_tce(struct bed *bed, uint64_t index, uint64_t big_endian);
/* The next fault record is this one, of PE 0; there is no other. */
void bed_tce_record(struct bed *bed, uint64_t ioba, bool write, enum dbell_tce_reason reason);
void bed_no_tce_record(struct bed *bed);

/* --- shared virtual memory: a process with PASID 0x412 --- */

#define PASID 0x412
#define VA    UINT64_C(0x7f0000005000)
#define VA_PA UINT64_C(0x90205000)
#define VA_2M UINT64_C(0x7f0000200000)

/* E0 in a stage 1 domain with PASIDs of 16 bits; ATS and PRI as given. The process's domain is
 * `other`, empty and not bound yet. */
void bed_sva(struct bed *bed, unsigned s1dss, bool ats, uint32_t credits);
void bed_bind(struct bed *bed);
/* VA to VA_PA in the process. */
void bed_process_page(struct bed *bed);

struct ats {
    uint32_t rid;
    bool has_pasid, no_write, execute;
    uint32_t pasid;
    uint64_t iova;
};
/* A Translation Request, the status and the entry (without R and W: no access) that complete it,
 * and the event that it leaves. */
void bed_ats(struct bed *bed, const struct ats *ats, uint8_t status, uint64_t entry,
             unsigned event);
/* A Page Request of E0; what the trace is to expect of it. */
void bed_page_request(struct bed *bed, const struct dbell_page_request *request,
                      const char *expect);
/* What the trace is to expect that E0 has received. */
void bed_received(struct bed *bed, const char *expect);
/* TLBI VAE1IS of a CPU. */
void bed_tlbi(struct bed *bed, unsigned asid, uint64_t va);
/* Page Request Status of E0. */
unsigned bed_pri_status(struct bed *bed);

#endif
