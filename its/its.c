/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The ITS instance: registers, and the translation of an MSI (IHI 0069 5.1, 12.18, 12.19). */
#include <string.h>

#include "its_state.h"

#define MAGIC UINT64_C(0x31737469204c4244) /* "DBL its1" */

enum { ALIGNMENT = 16, ENTRY_MINIMUM = 8 };

struct dbell_its_config dbell_its_default_config(void)
{
    return (struct dbell_its_config){
        .typer = UINT64_C(0x1f0001efb1),
        .baser = {UINT64_C(0x0107000000000000), UINT64_C(0x0407000000000000)},
        .lpi_bits = 16,
    };
}

size_t dbell_its_state_size(const struct dbell_its_config *config)
{
    return config ? (sizeof(struct dbell_its_state) + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1) : 0;
}

static bool in_range(const struct dbell_its_config *config)
{
    if (config->lpi_bits < 14 || config->lpi_bits > 32)
        return false;
    if (get(&config->typer, TYPER_ITT_ENTRY_SIZE) + 1 < ENTRY_MINIMUM)
        return false;
    for (int i = 0; i < 8; i++)
        if (get(&config->baser[i], BASER_TYPE) != BASER_TYPE_NONE &&
            get(&config->baser[i], BASER_ENTRY_SIZE) + 1 < ENTRY_MINIMUM)
            return false;
    return true;
}

static bool connected(const struct dbell_its_ports *ports)
{
    return ports->tables.access && ports->lpi.set;
}

static bool always(void *ctx, uint64_t rdbase)
{
    (void)ctx, (void)rdbase;
    return true;
}

static void ignore(void *ctx, uint64_t rdbase, uint32_t intid)
{
    (void)ctx, (void)rdbase, (void)intid;
}

static void ignore_move(void *ctx, uint64_t from, uint64_t to, uint32_t intid)
{
    (void)ctx, (void)from, (void)to, (void)intid;
}

static void ignore_move_all(void *ctx, uint64_t from, uint64_t to)
{
    (void)ctx, (void)from, (void)to;
}

static void ignore_all(void *ctx, uint64_t rdbase)
{
    (void)ctx, (void)rdbase;
}

static void connect(struct dbell_its *its, struct dbell_its_state *state,
                    const struct dbell_its_ports *ports)
{
    memset(its, 0, sizeof *its);
    its->state = state;
    its->ports = *ports;
    struct dbell_lpi_port *lpi = &its->ports.lpi;
    if (!lpi->exists)
        lpi->exists = always;
    if (!lpi->clear)
        lpi->clear = ignore;
    if (!lpi->move)
        lpi->move = ignore_move;
    if (!lpi->move_all)
        lpi->move_all = ignore_move_all;
    if (!lpi->invalidate)
        lpi->invalidate = ignore;
    if (!lpi->invalidate_all)
        lpi->invalidate_all = ignore_all;
}

int dbell_its_init(struct dbell_its *its, void *memory, size_t size,
                   const struct dbell_its_config *config, const struct dbell_its_ports *ports)
{
    if (!its || !memory || !config || !ports || !connected(ports))
        return DBELL_E_ARGUMENT;
    if (!in_range(config))
        return DBELL_E_RANGE;
    if (size < dbell_its_state_size(config) || (uintptr_t)memory % ALIGNMENT)
        return DBELL_E_SIZE;
    struct dbell_its_state *state = memory;
    memset(state, 0, sizeof *state);
    state->magic = MAGIC;
    state->size = dbell_its_state_size(config);
    state->config = *config;
    connect(its, state, ports);
    dbell_its_reset(its);
    return DBELL_OK;
}

int dbell_its_attach(struct dbell_its *its, void *memory, size_t size,
                     const struct dbell_its_ports *ports)
{
    if (!its || !memory || !ports || !connected(ports))
        return DBELL_E_ARGUMENT;
    if ((uintptr_t)memory % ALIGNMENT || size < sizeof(struct dbell_its_state))
        return DBELL_E_SIZE;
    struct dbell_its_state *state = memory;
    if (state->magic != MAGIC || state->size > size)
        return DBELL_E_STATE;
    connect(its, state, ports);
    return DBELL_OK;
}

void dbell_its_reset(struct dbell_its *its)
{
    struct dbell_its_state *state = its->state;
    state->ctlr = 0;
    state->cbaser = state->cwriter = state->creadr = 0;
    memcpy(state->baser, state->config.baser, sizeof state->baser);
    dbell__tables_decode(state);
    state->last_error = 0;
    memset(state->counters, 0, sizeof state->counters);
    dbell_its_revoke_windows(its);
}

void dbell_its_revoke_windows(struct dbell_its *its)
{
    memset(&its->windows, 0, sizeof its->windows);
}

uint64_t dbell_its_count(const struct dbell_its *its, enum dbell_its_counter counter)
{
    return (unsigned)counter < DBELL_ITS_COUNTERS ? its->state->counters[counter] : 0;
}

uint32_t dbell_its_last_error(const struct dbell_its *its)
{
    return its->state->last_error;
}

int dbell_its_step(struct dbell_its *its, struct dbell_itinerary *itinerary)
{
    if (its->state->stepping)
        return DBELL_E_BUSY;
    its->state->stepping = true;
    int progress = dbell__its_command_step(its, itinerary);
    its->state->stepping = false;
    return progress;
}

/* Quiescent is 1 exactly when Enabled is 0 and no command is under way. */
static uint32_t read_ctlr(const struct dbell_its_state *state)
{
    bool quiescent = !(state->ctlr & CTLR_ENABLED) && !state->stepping;
    return state->ctlr | (quiescent ? CTLR_QUIESCENT : 0);
}

/* The 64-bit register at an aligned offset; false: none. */
static bool read_wide(const struct dbell_its_state *state, uint64_t offset, uint64_t *value)
{
    switch (offset) {
    case GITS_TYPER:
        *value = state->config.typer;
        return true;
    case GITS_CBASER:
        *value = state->cbaser;
        return true;
    case GITS_CWRITER:
        *value = state->cwriter;
        return true;
    case GITS_CREADR:
        *value = state->creadr;
        return true;
    default:
        if (offset < GITS_BASER || offset >= GITS_BASER + 64)
            return false;
        *value = state->baser[(offset - GITS_BASER) / 8];
        return true;
    }
}

static uint32_t read_id(const struct dbell_its_state *state, uint64_t offset)
{
    /* CoreSight identification from PIDR4 on; PIDR2[7:4] is the architecture, GICv3. */
    static const uint8_t coresight[12] = {0x04, 0,    0,    0,    0x94, 0xb4,
                                          0x3b, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
    if (offset == GITS_IIDR)
        return state->config.iidr;
    if (offset >= GITS_PIDR4 && offset < GITS_PIDR4 + 48)
        return coresight[(offset - GITS_PIDR4) / 4];
    return 0;
}

uint64_t dbell_its_read(struct dbell_its *its, uint64_t offset, unsigned size)
{
    struct dbell_its_state *state = its->state;
    uint64_t wide;
    if ((size != 4 && size != 8) || offset % size || offset >= DBELL_ITS_REGISTER_SPACE) {
        its_count(state, DBELL_ITS_ILLEGAL_ACCESSES);
        return 0;
    }
    if (read_wide(state, offset & ~UINT64_C(7), &wide))
        return size == 8 ? wide : (uint32_t)(wide >> (8 * (offset & 4)));
    if (size == 8) {
        its_count(state, DBELL_ITS_ILLEGAL_ACCESSES);
        return 0;
    }
    return offset == GITS_CTLR ? read_ctlr(state) : read_id(state, offset);
}

/* GITS_BASERn: Type and Entry_Size are read-only, an unimplemented register is RAZ/WI; ignored
 * while the ITS is enabled. */
static void write_baser(struct dbell_its_state *state, unsigned n, uint64_t value)
{
    const uint64_t reset = state->config.baser[n];
    if (get(&reset, BASER_TYPE) == BASER_TYPE_NONE || (state->ctlr & CTLR_ENABLED))
        return;
    put(&value, BASER_TYPE, get(&reset, BASER_TYPE));
    put(&value, BASER_ENTRY_SIZE, get(&reset, BASER_ENTRY_SIZE));
    if (get(&value, BASER_PAGE_SIZE) == 3) /* reserved, treated as 64 KB */
        put(&value, BASER_PAGE_SIZE, 2);
    state->baser[n] = value;
    dbell__tables_decode(state);
}

static void write_wide(struct dbell_its_state *state, uint64_t offset, uint64_t value)
{
    switch (offset) {
    case GITS_CBASER:
        if (state->ctlr & CTLR_ENABLED)
            return;
        state->cbaser = value & UINT64_C(0xb8effffffffffcff);
        state->creadr = 0;
        break;
    case GITS_CWRITER:
        if ((value & CWRITER_RETRY) && (state->creadr & CREADR_STALLED))
            state->creadr &= ~(uint64_t)CREADR_STALLED;
        state->cwriter = get_in_place(&value, QUEUE_OFFSET);
        break;
    default:
        if (offset >= GITS_BASER && offset < GITS_BASER + 64)
            write_baser(state, (unsigned)(offset - GITS_BASER) / 8, value);
        break;
    }
}

void dbell_its_write(struct dbell_its *its, uint64_t offset, unsigned size, uint64_t value)
{
    struct dbell_its_state *state = its->state;
    uint64_t wide;
    if ((size != 4 && size != 8) || offset % size || offset >= DBELL_ITS_REGISTER_SPACE) {
        its_count(state, DBELL_ITS_ILLEGAL_ACCESSES);
        return;
    }
    if (offset == GITS_CTLR && size == 4) {
        state->ctlr = (uint32_t)value & CTLR_ENABLED;
        return;
    }
    if (!read_wide(state, offset & ~UINT64_C(7), &wide))
        return;
    if (size == 4) {
        unsigned shift = 8 * (unsigned)(offset & 4);
        value = (wide & ~(UINT64_C(0xffffffff) << shift)) | value << shift;
        /* The Retry bit reads as zero, so half a write of the other half carries none. */
    }
    write_wide(state, offset & ~UINT64_C(7), value);
}

const char *dbell_its_counter_name(enum dbell_its_counter counter)
{
    static const char *const names[DBELL_ITS_COUNTERS] = {
        [DBELL_ITS_READS_DTE] = "reads.dte",
        [DBELL_ITS_READS_CTE] = "reads.cte",
        [DBELL_ITS_READS_ITE] = "reads.ite",
        [DBELL_ITS_READS_L1] = "reads.l1",
        [DBELL_ITS_MSIS] = "msis",
        [DBELL_ITS_DROPS] = "drops",
        [DBELL_ITS_COMMANDS] = "commands",
        [DBELL_ITS_ERRORS] = "errors",
        [DBELL_ITS_ILLEGAL_ACCESSES] = "illegal_accesses",
    };
    return (unsigned)counter < DBELL_ITS_COUNTERS ? names[counter] : NULL;
}

const char *dbell_its_verdict_text(enum dbell_its_verdict verdict)
{
    switch (verdict) {
    case DBELL_ITS_DELIVERED:
        return "delivered";
    case DBELL_ITS_DISABLED:
        return "dropped: GITS_CTLR.Enabled == 0";
    case DBELL_ITS_NO_DEVICEID:
        return "dropped: the write carries no DeviceID";
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

/* DeviceID -> DTE, EventID -> ITE, ICID -> CTE (5.1). */
static enum dbell_its_verdict translate(struct dbell_its *its, const struct dbell_transaction *t,
                                        struct dbell_msi_result *result)
{
    struct dte dte;
    struct ite ite;
    struct cte cte;
    if (!(its->state->ctlr & CTLR_ENABLED))
        return DBELL_ITS_DISABLED;
    if (!t->side.has_deviceid)
        return DBELL_ITS_NO_DEVICEID;
    enum table_status status = dbell__dte_read(its, result->deviceid, &dte, t->itinerary);
    if (status != TABLE_OK || !dte.valid)
        return verdict_of(status, DBELL_ITS_DEVICEID_OUT_OF_RANGE, DBELL_ITS_DEVICE_UNMAPPED);
    status = dbell__ite_read(its, &dte, result->eventid, &ite, t->itinerary);
    if (status != TABLE_OK || !ite.valid)
        return verdict_of(status, DBELL_ITS_EVENTID_OUT_OF_RANGE, DBELL_ITS_EVENT_UNMAPPED);
    status = dbell__cte_read(its, ite.icid, &cte, t->itinerary);
    if (status != TABLE_OK || !cte.valid)
        return verdict_of(status, DBELL_ITS_COLLECTION_UNMAPPED, DBELL_ITS_COLLECTION_UNMAPPED);
    result->intid = ite.intid;
    result->rdbase = cte.rdbase;
    return DBELL_ITS_DELIVERED;
}

void dbell_its_msi(struct dbell_its *its, const struct dbell_transaction *t,
                   struct dbell_msi_result *result)
{
    *result = (struct dbell_msi_result){.deviceid = t->side.deviceid};
    if (t->data)
        result->eventid = (uint32_t)dbell__get_le(t->data, t->length < 4 ? t->length : 4);
    its_count(its->state, DBELL_ITS_MSIS);
    enum dbell_its_verdict verdict = translate(its, t, result);
    result->verdict = (uint8_t)verdict;
    dbell__append_step(t->itinerary, (struct dbell_step){.kind = DBELL_STEP_DECIDE,
                                                         .object = DBELL_OBJECT_MSI,
                                                         .level = -1,
                                                         .after = dbell__last_step(t->itinerary),
                                                         .address = result->deviceid,
                                                         .input = result->eventid,
                                                         .value = result->intid,
                                                         .note = dbell_its_verdict_text(verdict)});
    if (verdict != DBELL_ITS_DELIVERED)
        its_count(its->state, DBELL_ITS_DROPS);
    else if (t->data)
        its->ports.lpi.set(its->ports.lpi.ctx, result->rdbase, result->intid, t->itinerary);
}
