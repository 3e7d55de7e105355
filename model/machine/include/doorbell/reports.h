/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What a machine notices that is no fault of the architecture: messages that go astray,
 * translations that are used after their time. */
#ifndef DOORBELL_REPORTS_H
#define DOORBELL_REPORTS_H

#include <doorbell/endpoint.h>
#include <doorbell/machine.h>

#ifdef __cplusplus
extern "C" {
#endif

enum dbell_report_kind {
    DBELL_REPORT_BESIDE_DOORBELL,   /* a device's write hit the page of a doorbell, not the doorbell
                                     */
    DBELL_REPORT_MESSAGE_TO_RAM,    /* what a function meant as an MSI went to memory */
    DBELL_REPORT_STALE_TRANSLATION, /* the SMMU used what the tables in memory do not say any more
                                     */
    DBELL_REPORT_STALE_ATC,         /* a function did */
    DBELL_REPORT_ATS_TRUST,    /* a Translated access went through unchecked (CR0.ATSCHK == 0) */
    DBELL_REPORT_WIDE_MESSAGE, /* a write to the doorbell was neither 16 nor 32 bits wide */
    DBELL_REPORTS
};
/* A short English text; never NULL. */
const char *dbell_report_text(enum dbell_report_kind kind);

struct dbell_report {
    uint8_t kind; /* enum dbell_report_kind */
    uint32_t requesterid;
    uint64_t address; /* what the device wrote to or read from */
    uint64_t went;    /* where that went */
};

/* Takes the oldest report; false: there is none. 256 are kept. */
bool dbell_machine_take_report(struct dbell_machine *machine, struct dbell_report *report);
/* For a function's watch port: its ctx, and what compares the uses of its translations. With
 * split-stage ATS they are IPAs, and not to be compared. */
struct dbell_machine_atc_watch {
    struct dbell_machine *machine;
    uint32_t requesterid;
};
void dbell_machine_watch_atc(void *ctx, const struct dbell_atc_entry *entry, uint64_t address,
                             bool write);
/* Whether every access is compared with what an SMMU without caches would make of it. */
void dbell_machine_watch_stale(struct dbell_machine *machine, bool on);

#ifdef __cplusplus
}
#endif
#endif
