/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/reports.h>

#include "machine_private.h"

const char *dbell_report_text(enum dbell_report_kind kind)
{
    static const char *const texts[DBELL_REPORTS] = {
        [DBELL_REPORT_BESIDE_DOORBELL] = "the doorbell's page was hit, not its register",
        [DBELL_REPORT_MESSAGE_TO_RAM] = "a message signaled interrupt went to memory",
        [DBELL_REPORT_STALE_TRANSLATION] = "a stale translation of the SMMU was used",
        [DBELL_REPORT_STALE_ATC] = "a stale translation of a device was used",
        [DBELL_REPORT_ATS_TRUST] = "a Translated access went through unchecked",
        [DBELL_REPORT_WIDE_MESSAGE] = "a write to the doorbell was neither 16 nor 32 bits wide",
    };
    return (unsigned)kind < DBELL_REPORTS ? texts[kind] : "";
}

void dbell__machine_report(struct dbell_machine *m, enum dbell_report_kind kind,
                           const struct dbell_sideband *side, uint64_t address, uint64_t went)
{
    if (m->report_count == REPORTS_KEPT)
        return;
    m->reports[(m->report_first + m->report_count++) % REPORTS_KEPT] = (struct dbell_report){
        .kind = (uint8_t)kind, .requesterid = side->requesterid, .address = address, .went = went};
}

bool dbell_machine_take_report(struct dbell_machine *m, struct dbell_report *report)
{
    if (!m->report_count)
        return false;
    *report = m->reports[m->report_first];
    m->report_first = (m->report_first + 1) % REPORTS_KEPT;
    m->report_count--;
    return true;
}

void dbell_machine_watch_stale(struct dbell_machine *m, bool on)
{
    m->watch_stale = on;
}

/* What an access that went through an SMMU has come to. */
void dbell__machine_watch(struct machine_smmu *smmu, const struct dbell_transaction *t,
                          const struct dbell_translation *translation)
{
    struct dbell_translation fresh;
    if (translation->unchecked)
        dbell__machine_report(smmu->machine, DBELL_REPORT_ATS_TRUST, &t->side, t->address,
                              translation->address);
    if (!smmu->machine->watch_stale || !translation->translated)
        return;
    const int outcome = dbell_smmu_probe(&smmu->unit, t, &fresh);
    if (outcome == DBELL_FAULT || (outcome == DBELL_DONE && fresh.address != translation->address))
        dbell__machine_report(smmu->machine, DBELL_REPORT_STALE_TRANSLATION, &t->side, t->address,
                              translation->address);
}

/* The same of a function's own translations, as its watch port tells of them. */
void dbell_machine_watch_atc(void *ctx, const struct dbell_atc_entry *entry, uint64_t address,
                             bool write)
{
    const struct dbell_machine_atc_watch *watch = ctx;
    struct dbell_machine *m = watch->machine;
    struct dbell_translation fresh;
    struct dbell_sideband side = {.has_substreamid = entry->has_pasid,
                                  .substreamid = entry->pasid,
                                  .privileged = entry->privileged};
    struct machine_smmu *smmu;
    const uint64_t used = entry->translated + (address - entry->address);
    if (dbell__machine_find_smmu(m, watch->requesterid, &side, &smmu) || !smmu)
        return;
    const struct dbell_transaction t = {
        .address = address, .length = 1, .op = write ? DBELL_WRITE : DBELL_READ, .side = side};
    const int outcome = dbell_smmu_probe(&smmu->unit, &t, &fresh);
    if (outcome == DBELL_FAULT || (outcome == DBELL_DONE && fresh.address != used))
        dbell__machine_report(m, DBELL_REPORT_STALE_ATC, &side, address, used);
}
