/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The command queue and the physical commands (IHI 0069 5.3; GITS_CBASER, GITS_CWRITER,
 * GITS_CREADR). A command answers CAUSE_NONE, or the low byte of its error code. */
#include "its_cmd.h"
#include "its_state.h"

static enum its_cause cause_of(enum table_status status, enum its_cause out_of_range)
{
    switch (status) {
    case TABLE_OK:
        return CAUSE_NONE;
    case TABLE_ABORT:
        return CAUSE_MEMORY;
    default:
        return out_of_range;
    }
}

/* The mapped device and event of an event-based command. */
static enum its_cause find_event(struct dbell_its *its, const uint64_t c[4], struct dte *dte,
                                 struct ite *ite)
{
    enum its_cause cause = cause_of(
        dbell__device_get(its, (uint32_t)get(c, ITS_DEVICEID), dte, NULL), CAUSE_DEVICE_OOR);
    if (cause)
        return cause;
    if (!dte->valid)
        return CAUSE_UNMAPPED_DEVICE;
    cause = cause_of(dbell__event_get(its, (uint32_t)get(c, ITS_DEVICEID), dte,
                                      (uint32_t)get(c, ITS_EVENTID), ite, NULL),
                     CAUSE_ID_OOR);
    if (cause)
        return cause;
    return ite->valid ? CAUSE_NONE : CAUSE_UNMAPPED_INTERRUPT;
}

static enum its_cause find_collection(struct dbell_its *its, uint16_t icid, struct cte *cte)
{
    enum its_cause cause =
        cause_of(dbell__collection_get(its, icid, cte, NULL), CAUSE_COLLECTION_OOR);
    if (cause)
        return cause;
    return cte->valid ? CAUSE_NONE : CAUSE_UNMAPPED_COLLECTION;
}

static enum its_cause mapd(struct dbell_its *its, const uint64_t c[4])
{
    struct dte dte = {.valid = get(c, ITS_V),
                      .eventid_bits = (uint8_t)(get(c, ITS_SIZE) + 1),
                      .itt = get(c, ITS_ITT) << 8};
    if (dte.valid && get(c, ITS_SIZE) > get(&its->state->config.typer, TYPER_ID_BITS))
        return CAUSE_ITTSIZE_OOR;
    return cause_of(dbell__device_put(its, (uint32_t)get(c, ITS_DEVICEID), &dte), CAUSE_DEVICE_OOR);
}

static enum its_cause mapc(struct dbell_its *its, const uint64_t c[4])
{
    struct cte cte = {.valid = get(c, ITS_V), .rdbase = get(c, ITS_RDBASE)};
    if (cte.valid && !its->ports.lpi.exists(its->ports.lpi.ctx, cte.rdbase))
        return CAUSE_PROCNUM_OOR;
    return cause_of(dbell__collection_put(its, (uint16_t)get(c, ITS_ICID), &cte),
                    CAUSE_COLLECTION_OOR);
}

/* MAPTI, and MAPI whose pINTID is the EventID. A collection that is not mapped yet is accepted. */
static enum its_cause mapti(struct dbell_its *its, const uint64_t c[4])
{
    bool mapi = get(c, ITS_OPCODE) == ITS_MAPI;
    uint32_t eventid = (uint32_t)get(c, ITS_EVENTID);
    struct ite ite = {.valid = true,
                      .icid = (uint16_t)get(c, ITS_ICID),
                      .intid = mapi ? eventid : (uint32_t)get(c, ITS_PINTID)};
    struct dte dte;
    enum its_cause cause = cause_of(
        dbell__device_get(its, (uint32_t)get(c, ITS_DEVICEID), &dte, NULL), CAUSE_DEVICE_OOR);
    if (cause)
        return cause;
    if (!dte.valid)
        return CAUSE_UNMAPPED_DEVICE;
    if ((uint64_t)eventid >> dte.eventid_bits)
        return CAUSE_ID_OOR;
    struct cte cte;
    cause = cause_of(dbell__collection_get(its, ite.icid, &cte, NULL), CAUSE_COLLECTION_OOR);
    if (cause)
        return cause;
    if (ite.intid < 8192 || (uint64_t)ite.intid >> its->state->config.lpi_bits)
        return CAUSE_PHYSICALID_OOR;
    return cause_of(dbell__event_put(its, (uint32_t)get(c, ITS_DEVICEID), &dte, eventid, &ite),
                    CAUSE_ID_OOR);
}

static enum its_cause movi(struct dbell_its *its, const uint64_t c[4])
{
    struct dte dte;
    struct ite ite;
    struct cte from, to;
    enum its_cause cause = find_event(its, c, &dte, &ite);
    if (!cause)
        cause = find_collection(its, (uint16_t)get(c, ITS_ICID), &to);
    if (!cause)
        cause = find_collection(its, ite.icid, &from);
    if (cause)
        return cause;
    uint32_t intid = ite.intid;
    ite.icid = (uint16_t)get(c, ITS_ICID);
    cause = cause_of(dbell__event_put(its, (uint32_t)get(c, ITS_DEVICEID), &dte,
                                      (uint32_t)get(c, ITS_EVENTID), &ite),
                     CAUSE_ID_OOR);
    if (!cause && from.rdbase != to.rdbase)
        its->ports.lpi.move(its->ports.lpi.ctx, from.rdbase, to.rdbase, intid);
    return cause;
}

static enum its_cause movall(struct dbell_its *its, const uint64_t c[4])
{
    uint64_t from = get(c, ITS_RDBASE), to = get(c, ITS_RDBASE2);
    const struct dbell_lpi_port *lpi = &its->ports.lpi;
    if (!lpi->exists(lpi->ctx, from) || !lpi->exists(lpi->ctx, to))
        return CAUSE_PROCNUM_OOR_MOVALL;
    if (from != to)
        lpi->move_all(lpi->ctx, from, to);
    return CAUSE_NONE;
}

/* INT, CLEAR, INV, DISCARD: an event whose collection is mapped. */
static enum its_cause event_command(struct dbell_its *its, const uint64_t c[4])
{
    const struct dbell_lpi_port *lpi = &its->ports.lpi;
    struct dte dte;
    struct ite ite;
    struct cte cte;
    enum its_cause cause = find_event(its, c, &dte, &ite);
    if (cause)
        return cause;
    cause = find_collection(its, ite.icid, &cte);
    if (cause)
        return cause == CAUSE_MEMORY ? cause : CAUSE_ITE_INVALID;
    switch (get(c, ITS_OPCODE)) {
    case ITS_INT:
        lpi->set(lpi->ctx, cte.rdbase, ite.intid, NULL);
        return CAUSE_NONE;
    case ITS_CLEAR:
        lpi->clear(lpi->ctx, cte.rdbase, ite.intid);
        return CAUSE_NONE;
    case ITS_INV:
        lpi->invalidate(lpi->ctx, cte.rdbase, ite.intid);
        return CAUSE_NONE;
    default: {
        const struct ite none = {0};
        cause = cause_of(dbell__event_put(its, (uint32_t)get(c, ITS_DEVICEID), &dte,
                                          (uint32_t)get(c, ITS_EVENTID), &none),
                         CAUSE_ID_OOR);
        if (!cause)
            lpi->clear(lpi->ctx, cte.rdbase, ite.intid);
        return cause;
    }
    }
}

static enum its_cause invall(struct dbell_its *its, const uint64_t c[4])
{
    struct cte cte;
    enum its_cause cause = find_collection(its, (uint16_t)get(c, ITS_ICID), &cte);
    if (!cause)
        its->ports.lpi.invalidate_all(its->ports.lpi.ctx, cte.rdbase);
    return cause;
}

static enum its_cause execute(struct dbell_its *its, const uint64_t c[4])
{
    switch (get(c, ITS_OPCODE)) {
    case ITS_MAPD:
        return mapd(its, c);
    case ITS_MAPC:
        return mapc(its, c);
    case ITS_MAPTI:
    case ITS_MAPI:
        return mapti(its, c);
    case ITS_MOVI:
        return movi(its, c);
    case ITS_MOVALL:
        return movall(its, c);
    case ITS_INT:
    case ITS_CLEAR:
    case ITS_INV:
    case ITS_DISCARD:
        return event_command(its, c);
    case ITS_INVALL:
        return invall(its, c);
    case ITS_SYNC: /* every act is done whole: what SYNC waits for has happened */
        return CAUSE_NONE;
    default:
        return CAUSE_UNKNOWN_COMMAND;
    }
}

uint64_t dbell__its_queue_size(const struct dbell_its_state *state)
{
    return (get(&state->r.cbaser, CBASER_SIZE) + 1) << 12;
}

/* CLEAR reports as command 05. */
static uint32_t error_code(const uint64_t c[4], enum its_cause cause)
{
    uint32_t opcode = (uint32_t)get(c, ITS_OPCODE);
    return 0x010000 | (opcode == ITS_CLEAR ? 0x05u : opcode) << 8 | (uint32_t)cause;
}

static bool fetch(struct dbell_its *its, uint64_t address, uint64_t c[4],
                  struct dbell_itinerary *itinerary)
{
    uint8_t bytes[ITS_CMD_SIZE] = {0};
    const struct dbell_sideband side = its_sideband(its->state);
    bool ok = dbell__memory_read(&its->ports.tables, &its->windows, address, bytes, sizeof bytes,
                                 &side) == DBELL_RESPONSE_OK;
    for (unsigned i = 0; i < 4; i++)
        c[i] = dbell__get_le64(&bytes[8 * i]);
    dbell__append_step(itinerary, (struct dbell_step){.kind = DBELL_STEP_READ,
                                                      .object = DBELL_OBJECT_COMMAND,
                                                      .resource = DBELL_RESOURCE_ITS_PORT,
                                                      .level = -1,
                                                      .size = ITS_CMD_SIZE,
                                                      .after = dbell__last_step(itinerary),
                                                      .address = address,
                                                      .value = c[0]});
    return ok;
}

/* A command in error: whether the queue stops at it. */
static bool stalls(struct dbell_its_state *state, uint32_t error)
{
    its_count(state, DBELL_ITS_ERRORS);
    state->last_error = error;
    if (state->config.error_policy != DBELL_ITS_STALL)
        return false;
    state->r.creadr |= CREADR_STALLED;
    return true;
}

int dbell__its_command_step(struct dbell_its *its, struct dbell_itinerary *itinerary)
{
    struct dbell_its_state *state = its->state;
    const struct its_registers *r = &state->r;
    if (!(r->ctlr & CTLR_ENABLED) || !get(&r->cbaser, CBASER_VALID) || (r->creadr & CREADR_STALLED))
        return DBELL_IDLE;
    const uint64_t offset = get_in_place(&r->creadr, QUEUE_OFFSET);
    const uint64_t writer = get_in_place(&r->cwriter, QUEUE_OFFSET);
    const uint64_t size = dbell__its_queue_size(state), resets = state->resets;
    if (offset == writer || writer >= size)
        return DBELL_IDLE;

    uint64_t c[4];
    const bool ok = fetch(its, get_in_place(&r->cbaser, CBASER_ADDRESS) + offset, c, itinerary);
    if (state->resets != resets)
        return DBELL_STEPPED;
    if (ok && get(c, ITS_OPCODE) == ITS_SYNC && state->translating) /* MSIs that are under way */
        return DBELL_NOT_YET;
    const enum its_cause cause = ok ? execute(its, c) : CAUSE_MEMORY;
    if (state->resets != resets)
        return DBELL_STEPPED;
    its_count(state, DBELL_ITS_COMMANDS);
    if (!cause || !stalls(state, error_code(c, cause)))
        state->r.creadr = offset + ITS_CMD_SIZE >= size ? 0 : offset + ITS_CMD_SIZE;
    return DBELL_STEPPED;
}
