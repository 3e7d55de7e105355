/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The command queue and the physical commands (IHI 0069 5.3; GITS_CBASER, GITS_CWRITER,
 * GITS_CREADR). A command answers CAUSE_NONE, or the low byte of its error code. */
#include "commands.h"

enum its_cause dbell__cause_of(enum table_status status, enum its_cause out_of_range)
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

enum its_cause dbell__find_event(struct dbell_its *its, const uint64_t c[4], struct dte *dte,
                                 struct ite *ite)
{
    enum its_cause cause = dbell__cause_of(
        dbell__device_get(its, (uint32_t)get(c, ITS_DEVICEID), dte, NULL), CAUSE_DEVICE_OOR);
    if (cause)
        return cause;
    if (!dte->valid)
        return CAUSE_UNMAPPED_DEVICE;
    cause = dbell__cause_of(dbell__event_get(its, (uint32_t)get(c, ITS_DEVICEID), dte,
                                             (uint32_t)get(c, ITS_EVENTID), ite, NULL),
                            CAUSE_ID_OOR);
    if (cause)
        return cause;
    return ite->valid ? CAUSE_NONE : CAUSE_UNMAPPED_INTERRUPT;
}

static enum its_cause find_collection(struct dbell_its *its, uint16_t icid, struct cte *cte)
{
    enum its_cause cause =
        dbell__cause_of(dbell__collection_get(its, icid, cte, NULL), CAUSE_COLLECTION_OOR);
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
    return dbell__cause_of(dbell__device_put(its, (uint32_t)get(c, ITS_DEVICEID), &dte),
                           CAUSE_DEVICE_OOR);
}

bool dbell__redistributor_exists(struct dbell_its *its, uint64_t rdbase)
{
    return its_ask(its, &(struct dbell_lpi_request){.kind = DBELL_LPI_EXISTS, .rdbase = rdbase},
                   NULL);
}

bool dbell__is_lpi(const struct dbell_its *its, uint32_t intid)
{
    return intid >= 8192 && !((uint64_t)intid >> its->state->config.lpi_bits);
}

static enum its_cause mapc(struct dbell_its *its, const uint64_t c[4])
{
    struct cte cte = {.valid = get(c, ITS_V), .rdbase = get(c, ITS_RDBASE)};
    if (cte.valid && !dbell__redistributor_exists(its, cte.rdbase))
        return CAUSE_PROCNUM_OOR;
    return dbell__cause_of(dbell__collection_put(its, (uint16_t)get(c, ITS_ICID), &cte),
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
    enum its_cause cause = dbell__cause_of(
        dbell__device_get(its, (uint32_t)get(c, ITS_DEVICEID), &dte, NULL), CAUSE_DEVICE_OOR);
    if (cause)
        return cause;
    if (!dte.valid)
        return CAUSE_UNMAPPED_DEVICE;
    if ((uint64_t)eventid >> dte.eventid_bits)
        return CAUSE_ID_OOR;
    struct cte cte;
    cause = dbell__cause_of(dbell__collection_get(its, ite.icid, &cte, NULL), CAUSE_COLLECTION_OOR);
    if (cause)
        return cause;
    if (!dbell__is_lpi(its, ite.intid))
        return CAUSE_PHYSICALID_OOR;
    return dbell__cause_of(
        dbell__event_put(its, (uint32_t)get(c, ITS_DEVICEID), &dte, eventid, &ite), CAUSE_ID_OOR);
}

static enum its_cause movi(struct dbell_its *its, const uint64_t c[4])
{
    struct dte dte;
    struct ite ite;
    struct cte from, to;
    enum its_cause cause = dbell__find_event(its, c, &dte, &ite);
    if (!cause && ite.is_virtual)
        cause = CAUSE_ID_IS_VIRTUAL;
    if (!cause)
        cause = find_collection(its, (uint16_t)get(c, ITS_ICID), &to);
    if (!cause)
        cause = find_collection(its, ite.icid, &from);
    if (cause)
        return cause;
    uint32_t intid = ite.intid;
    ite.icid = (uint16_t)get(c, ITS_ICID);
    cause = dbell__cause_of(dbell__event_put(its, (uint32_t)get(c, ITS_DEVICEID), &dte,
                                             (uint32_t)get(c, ITS_EVENTID), &ite),
                            CAUSE_ID_OOR);
    if (!cause && from.rdbase != to.rdbase)
        dbell__its_tell(its, &(struct dbell_lpi_request){.kind = DBELL_LPI_MOVE,
                                                         .rdbase = from.rdbase,
                                                         .to = to.rdbase,
                                                         .intid = intid});
    return cause;
}

static enum its_cause movall(struct dbell_its *its, const uint64_t c[4])
{
    const struct dbell_lpi_request move = {
        .kind = DBELL_LPI_MOVE_ALL, .rdbase = get(c, ITS_RDBASE), .to = get(c, ITS_RDBASE2)};
    if (!dbell__redistributor_exists(its, move.rdbase) ||
        !dbell__redistributor_exists(its, move.to))
        return CAUSE_PROCNUM_OOR_MOVALL;
    if (move.rdbase != move.to)
        dbell__its_tell(its, &move);
    return CAUSE_NONE;
}

/* What an event-based command asks of the redistributor: of an LPI, of a vLPI. */
static const uint8_t asks[][2] = {
    [ITS_INT] = {DBELL_LPI_SET, DBELL_VLPI_SET},
    [ITS_CLEAR] = {DBELL_LPI_CLEAR, DBELL_VLPI_CLEAR},
    [ITS_INV] = {DBELL_LPI_INVALIDATE, DBELL_VLPI_INVALIDATE},
    [ITS_DISCARD] = {DBELL_LPI_CLEAR, DBELL_VLPI_CLEAR},
};

/* INT, CLEAR, INV, DISCARD: an event whose collection, or vPE, is mapped. */
static enum its_cause event_command(struct dbell_its *its, const uint64_t c[4])
{
    struct dte dte;
    struct ite ite;
    struct cte cte = {0};
    struct vte vte;
    enum its_cause cause = dbell__find_event(its, c, &dte, &ite);
    if (cause)
        return cause;
    cause = ite.is_virtual ? dbell__find_vpe(its, ite.icid, &vte, CAUSE_ITE_INVALID)
                           : find_collection(its, ite.icid, &cte);
    if (cause)
        return cause == CAUSE_MEMORY ? cause : CAUSE_ITE_INVALID;
    const uint64_t opcode = get(c, ITS_OPCODE);
    if (opcode == ITS_DISCARD) {
        const struct ite none = {0};
        cause = dbell__cause_of(dbell__event_put(its, (uint32_t)get(c, ITS_DEVICEID), &dte,
                                                 (uint32_t)get(c, ITS_EVENTID), &none),
                                CAUSE_ID_OOR);
        if (cause)
            return cause;
    }
    dbell__its_tell(its, &(struct dbell_lpi_request){.kind = asks[opcode][ite.is_virtual],
                                                     .rdbase = cte.rdbase,
                                                     .vpe = ite.is_virtual ? &vte.vpe : NULL,
                                                     .intid = ite.intid,
                                                     .doorbell = ite.doorbell});
    return CAUSE_NONE;
}

static enum its_cause invall(struct dbell_its *its, const uint64_t c[4])
{
    struct cte cte;
    enum its_cause cause = find_collection(its, (uint16_t)get(c, ITS_ICID), &cte);
    if (!cause)
        dbell__its_tell(its, &(struct dbell_lpi_request){.kind = DBELL_LPI_INVALIDATE_ALL,
                                                         .rdbase = cte.rdbase});
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
    case ITS_SYNC:
        dbell__its_arrive(its, (struct sync){.rdbase = get(c, ITS_RDBASE)});
        return CAUSE_NONE;
    default:
        return dbell__virtual_command(its, c);
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

static bool waits_for_msis(const uint64_t c[4])
{
    return get(c, ITS_OPCODE) == ITS_SYNC || get(c, ITS_OPCODE) == ITS_VSYNC;
}

bool dbell_its_work(const struct dbell_its *its)
{
    const struct its_registers *r = &its->state->r;
    const uint64_t writer = get_in_place(&r->cwriter, QUEUE_OFFSET);
    return r->ctlr & CTLR_ENABLED && get(&r->cbaser, CBASER_VALID) &&
           !(r->creadr & CREADR_STALLED) && get_in_place(&r->creadr, QUEUE_OFFSET) != writer &&
           writer < dbell__its_queue_size(its->state);
}

static uint64_t command_address(const struct its_registers *r)
{
    return get_in_place(&r->cbaser, CBASER_ADDRESS) + get_in_place(&r->creadr, QUEUE_OFFSET);
}

bool dbell_its_next_command(struct dbell_its *its, struct dbell_its_command *command)
{
    uint64_t c[4];
    *command = (struct dbell_its_command){0};
    if (!dbell_its_work(its))
        return false;
    command->address = command_address(&its->state->r);
    if (!fetch(its, command->address, c, NULL))
        return false;
    command->opcode = (uint8_t)get(c, ITS_OPCODE);
    command->deviceid = (uint32_t)get(c, ITS_DEVICEID);
    command->eventid = (uint32_t)get(c, ITS_EVENTID);
    command->icid = (uint16_t)get(c, ITS_ICID);
    command->synchronises = waits_for_msis(c);
    return true;
}

int dbell__its_command_step(struct dbell_its *its, struct dbell_itinerary *itinerary)
{
    struct dbell_its_state *state = its->state;
    const struct its_registers *r = &state->r;
    if (!dbell_its_work(its))
        return DBELL_IDLE;
    const uint64_t offset = get_in_place(&r->creadr, QUEUE_OFFSET);
    const uint64_t size = dbell__its_queue_size(state), resets = state->resets;

    uint64_t c[4];
    const bool ok = fetch(its, command_address(r), c, itinerary);
    if (state->resets != resets)
        return DBELL_STEPPED;
    if (ok && waits_for_msis(c) && state->translating) /* MSIs that are under way */
        return DBELL_NOT_YET;
    const enum its_cause cause = ok ? execute(its, c) : CAUSE_MEMORY;
    if (state->resets != resets)
        return DBELL_STEPPED;
    if (cause == CAUSE_NOT_YET)
        return DBELL_NOT_YET;
    its_count(state, DBELL_ITS_COMMANDS);
    if (!cause || !stalls(state, error_code(c, cause)))
        state->r.creadr = offset + ITS_CMD_SIZE >= size ? 0 : offset + ITS_CMD_SIZE;
    return DBELL_STEPPED;
}
