/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A write to GITS_TRANSLATER: translation, and the report of what maps to nothing (IHI 0069 5.1;
 * GITS_TRANSLATER, GITS_STATUSR, GITS_UMSIR). */
#include <string.h>

#include "its_state.h"

const char *dbell_its_verdict_text(enum dbell_its_verdict verdict)
{
    switch (verdict) {
    case DBELL_ITS_DELIVERED:
        return "delivered";
    case DBELL_ITS_DISABLED:
        return "dropped: GITS_CTLR.Enabled == 0";
    case DBELL_ITS_NO_TABLE:
        return "dropped: GITS_BASERn.Valid == 0";
    case DBELL_ITS_NO_DEVICEID:
        return "dropped: the write carries no DeviceID";
    case DBELL_ITS_SIZE:
        return "dropped: neither 16 nor 32 bits are written";
    case DBELL_ITS_DEVICEID_OUT_OF_RANGE:
        return "dropped: DeviceID out of range";
    case DBELL_ITS_DEVICE_UNMAPPED:
        return "dropped: DeviceID not mapped (MAPD)";
    case DBELL_ITS_EVENTID_OUT_OF_RANGE:
        return "dropped: EventID out of range of the device";
    case DBELL_ITS_EVENT_UNMAPPED:
        return "dropped: EventID not mapped (MAPTI)";
    case DBELL_ITS_COLLECTION_UNMAPPED:
        return "dropped: collection not mapped (MAPC)";
    case DBELL_ITS_VPE_UNMAPPED:
        return "dropped: vPE not mapped (VMAPP)";
    case DBELL_ITS_MEMORY:
        return "dropped: a table entry cannot be read";
    }
    return "?";
}

static enum dbell_its_verdict verdict_of(enum table_status status,
                                         enum dbell_its_verdict out_of_range,
                                         enum dbell_its_verdict unmapped)
{
    if (status == TABLE_ABORT)
        return DBELL_ITS_MEMORY;
    return status == TABLE_OUT_OF_RANGE ? out_of_range : unmapped;
}

/* GITS_BASERn.Valid: without its tables the ITS discards every write. */
static bool tables_valid(const struct dbell_its_state *state)
{
    const struct table *collections = &state->tables[TABLE_COLLECTIONS];
    const struct table *vpes = &state->tables[TABLE_VPES];
    return state->tables[TABLE_DEVICES].valid &&
           (collections->valid || get(&state->config.typer, TYPER_HCC)) &&
           (vpes->valid || !vpes->present);
}

static enum dbell_its_verdict find_event(struct dbell_its *its, struct dbell_itinerary *itinerary,
                                         const struct dbell_msi_result *msi, struct ite *ite)
{
    struct dte dte;
    if (dbell__event_cached(its, msi->deviceid, msi->eventid, ite, itinerary))
        return DBELL_ITS_DELIVERED;
    enum table_status status = dbell__device_get(its, msi->deviceid, &dte, itinerary);
    if (status != TABLE_OK || !dte.valid)
        return verdict_of(status, DBELL_ITS_DEVICEID_OUT_OF_RANGE, DBELL_ITS_DEVICE_UNMAPPED);
    status = dbell__event_get(its, msi->deviceid, &dte, msi->eventid, ite, itinerary);
    if (status != TABLE_OK || !ite->valid)
        return verdict_of(status, DBELL_ITS_EVENTID_OUT_OF_RANGE, DBELL_ITS_EVENT_UNMAPPED);
    return DBELL_ITS_DELIVERED;
}

/* DeviceID and EventID to INTID and ICID, ICID to redistributor (5.1); or to vINTID and vPEID. */
static enum dbell_its_verdict translate(struct dbell_its *its, const struct dbell_transaction *t,
                                        struct dbell_msi_result *result, struct vte *vte,
                                        uint32_t *doorbell)
{
    struct ite ite;
    struct cte cte;
    result->is_virtual = false;
    if (!(its->state->r.ctlr & CTLR_ENABLED))
        return DBELL_ITS_DISABLED;
    if (!tables_valid(its->state))
        return DBELL_ITS_NO_TABLE;
    if (t->length != 2 && t->length != 4)
        return DBELL_ITS_SIZE;
    if (!t->side.has_deviceid)
        return DBELL_ITS_NO_DEVICEID;
    const enum dbell_its_verdict verdict = find_event(its, t->itinerary, result, &ite);
    if (verdict != DBELL_ITS_DELIVERED)
        return verdict;
    result->intid = ite.intid;
    if (ite.is_virtual) {
        const enum table_status found = dbell__vpe_get(its, ite.icid, vte, t->itinerary);
        if (found != TABLE_OK || !vte->valid)
            return verdict_of(found, DBELL_ITS_VPE_UNMAPPED, DBELL_ITS_VPE_UNMAPPED);
        result->is_virtual = true;
        result->vpeid = ite.icid;
        result->rdbase = vte->vpe.rdbase;
        *doorbell = ite.doorbell;
        return DBELL_ITS_DELIVERED;
    }
    enum table_status status = dbell__collection_get(its, ite.icid, &cte, t->itinerary);
    if (status != TABLE_OK || !cte.valid)
        return verdict_of(status, DBELL_ITS_COLLECTION_UNMAPPED, DBELL_ITS_COLLECTION_UNMAPPED);
    result->rdbase = cte.rdbase;
    return DBELL_ITS_DELIVERED;
}

/* --- unmapped MSIs --- */

bool dbell__umsi_signal(const struct dbell_its_state *state)
{
    return (state->r.ctlr & CTLR_UMSIIRQ) && (state->r.statusr & STATUSR_UMSI);
}

void dbell__umsi_tell(struct dbell_its *its, bool before)
{
    const struct dbell_wires *wires = &its->ports.wires;
    if (!before && dbell__umsi_signal(its->state) && wires->pulse)
        wires->pulse(wires->ctx, DBELL_ITS_UMSI);
}

/* GITS_STATUSR.Syndrome, or -1: nothing was missing but the permission. */
static int syndrome_of(enum dbell_its_verdict verdict)
{
    switch (verdict) {
    case DBELL_ITS_DEVICEID_OUT_OF_RANGE:
        return SYNDROME_DEVICEID_OOR;
    case DBELL_ITS_DEVICE_UNMAPPED:
        return SYNDROME_DEVICEID_UNMAPPED;
    case DBELL_ITS_EVENTID_OUT_OF_RANGE:
        return SYNDROME_EVENTID_OOR;
    case DBELL_ITS_EVENT_UNMAPPED:
        return SYNDROME_EVENTID_UNMAPPED;
    case DBELL_ITS_COLLECTION_UNMAPPED:
        return SYNDROME_COLLECTION_UNMAPPED;
    case DBELL_ITS_VPE_UNMAPPED:
        return SYNDROME_VPEID_UNMAPPED;
    case DBELL_ITS_MEMORY:
        return SYNDROME_UNKNOWN;
    default:
        return -1;
    }
}

/* The first one is kept until software has cleared UMSI; others are an overflow. */
static void report(struct dbell_its *its, const struct dbell_msi_result *msi)
{
    struct dbell_its_state *state = its->state;
    const int syndrome = syndrome_of((enum dbell_its_verdict)msi->verdict);
    const bool before = dbell__umsi_signal(state);
    if (syndrome < 0 || state->config.no_statusr || !get(&state->config.typer, TYPER_UMSI))
        return;
    if (state->r.statusr & STATUSR_UMSI) {
        state->r.statusr |= STATUSR_OVERFLOW;
        return;
    }
    uint64_t statusr = state->r.statusr | STATUSR_UMSI;
    put(&statusr, STATUSR_SYNDROME, (uint64_t)syndrome);
    state->r.statusr = (uint32_t)statusr;
    put(&state->r.umsir, UMSIR_DEVICEID, msi->deviceid);
    put(&state->r.umsir, UMSIR_EVENTID, msi->eventid);
    dbell__umsi_tell(its, before);
}

/* How often a translation starts again because a command has changed mappings under it. */
enum { RESTARTS = 16 };

static void deliver(struct dbell_its *its, const struct dbell_msi_result *result,
                    const struct dbell_vpe *vpe, uint32_t doorbell,
                    struct dbell_itinerary *itinerary)
{
    const struct dbell_lpi_request request = {.kind = result->is_virtual ? DBELL_VLPI_SET
                                                                         : DBELL_LPI_SET,
                                              .intid = result->intid,
                                              .rdbase = result->rdbase,
                                              .vpe = result->is_virtual ? vpe : NULL,
                                              .doorbell = doorbell};
    its_ask(its, &request, itinerary);
}

void dbell_its_msi(struct dbell_its *its, const struct dbell_transaction *t,
                   struct dbell_msi_result *result)
{
    struct dbell_its_state *state = its->state;
    enum dbell_its_verdict verdict;
    uint64_t epoch;
    struct vte vte;
    uint32_t doorbell = DBELL_INTID_NONE;
    *result = (struct dbell_msi_result){.deviceid = t->side.deviceid};
    if (t->data)
        result->eventid = (uint32_t)dbell__get_le(t->data, t->length < 4 ? t->length : 4);
    its_count(state, DBELL_ITS_MSIS);
    state->translating++;
    unsigned attempt = 0;
    do {
        epoch = state->epoch;
        verdict = translate(its, t, result, &vte, &doorbell);
    } while (state->epoch != epoch && ++attempt < RESTARTS);
    result->verdict = (uint8_t)verdict;
    if (t->itinerary)
        dbell__append_step(t->itinerary,
                           (struct dbell_step){.kind = DBELL_STEP_DECIDE,
                                               .object = DBELL_OBJECT_MSI,
                                               .level = -1,
                                               .after = dbell__last_step(t->itinerary),
                                               .address = result->deviceid,
                                               .input = result->eventid,
                                               .value = result->intid,
                                               .note = dbell_its_verdict_text(verdict)});
    if (verdict != DBELL_ITS_DELIVERED) {
        its_count(state, DBELL_ITS_DROPS);
        report(its, result);
    } else if (t->data) {
        deliver(its, result, &vte.vpe, doorbell, t->itinerary);
    }
    state->translating--;
}

void dbell_its_foresee(struct dbell_its *its, const struct dbell_transaction *t,
                       struct dbell_msi_result *result)
{
    struct dbell_its_state *state = its->state;
    const bool no_caches = state->config.no_caches;
    uint64_t counters[DBELL_ITS_COUNTERS];
    uint32_t doorbell = DBELL_INTID_NONE;
    struct vte vte;
    *result = (struct dbell_msi_result){.deviceid = t->side.deviceid};
    if (t->data)
        result->eventid = (uint32_t)dbell__get_le(t->data, t->length < 4 ? t->length : 4);
    memcpy(counters, state->counters, sizeof counters);
    state->config.no_caches = true;
    result->verdict = (uint8_t)translate(its, t, result, &vte, &doorbell);
    state->config.no_caches = no_caches;
    memcpy(state->counters, counters, sizeof counters);
}

/* Where an event goes: its collection, or its vPE. */
static void find_target(struct dbell_its *its, const struct ite *ite, struct dbell_its_event *event)
{
    struct cte cte = {0};
    struct vte vte = {0};
    if (ite->is_virtual) {
        event->vpeid = ite->icid;
        event->has_target = dbell__vpe_get(its, ite->icid, &vte, NULL) == TABLE_OK && vte.valid;
        event->rdbase = vte.vpe.rdbase;
    } else {
        event->has_target =
            dbell__collection_get(its, ite->icid, &cte, NULL) == TABLE_OK && cte.valid;
        event->rdbase = cte.rdbase;
    }
}

static bool find_from(struct dbell_its *its, uint32_t deviceid, uint64_t eventid,
                      struct dbell_its_event *event)
{
    struct dte dte;
    struct ite ite = {0};
    if (dbell__device_get(its, deviceid, &dte, NULL) != TABLE_OK || !dte.valid)
        return false;
    /* One past the last is out of range, whatever their number. */
    while (eventid <= UINT32_MAX &&
           dbell__event_get(its, deviceid, &dte, (uint32_t)eventid, &ite, NULL) == TABLE_OK &&
           !ite.valid)
        eventid++;
    *event = (struct dbell_its_event){
        .eventid = (uint32_t)eventid, .intid = ite.intid, .is_virtual = ite.is_virtual};
    if (ite.valid)
        find_target(its, &ite, event);
    return ite.valid;
}

bool dbell_its_event_from(struct dbell_its *its, uint32_t deviceid, uint32_t eventid,
                          struct dbell_its_event *event)
{
    its->state->translating++;
    const bool found = find_from(its, deviceid, eventid, event);
    its->state->translating--;
    return found;
}

/* GITS_SGIR: a vSGI of a vPE that is not mapped is nobody's. */
void dbell__vsgi(struct dbell_its *its, uint32_t vpeid, uint32_t vintid)
{
    struct vte vte;
    if (!(its->state->r.ctlr & CTLR_ENABLED))
        return;
    its->state->translating++;
    if (dbell__vpe_get(its, vpeid, &vte, NULL) == TABLE_OK && vte.valid) {
        const struct dbell_lpi_request request = {
            .kind = DBELL_VSGI_SET, .vpe = &vte.vpe, .intid = vintid};
        its_ask(its, &request, NULL);
    }
    its->state->translating--;
}
