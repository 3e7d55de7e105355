/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/tce.h>

#include <string.h>

enum { TCE_READ = 1, TCE_WRITE = 2, LIST = 512, PAGE = 4096, DEFAULT_SHIFT = 12 };
#define DEFAULT_SIZE (UINT64_C(1) << 30)
#define LIOBN        UINT32_C(0x80000000)
#define NO_PE        UINT32_MAX

static const struct {
    const char *text, *rule;
} reasons[] = {
    [DBELL_TCE_NONE] = {"no TCE", "LoPAPR, TCE: neither read nor write is set"},
    [DBELL_TCE_OUTSIDE] = {"outside of the windows", "LoPAPR: no DMA window has this address"},
    [DBELL_TCE_READ] = {"may not be read", "LoPAPR, TCE: read is not set"},
    [DBELL_TCE_WRITE] = {"may not be written", "LoPAPR, TCE: write is not set"},
    [DBELL_TCE_NO_PE] = {"no PE", "LoPAPR: the requester is in no PE"},
    [DBELL_TCE_UNREADABLE] = {"the table cannot be read", "LoPAPR: no memory is where the TCE is"},
    [DBELL_TCE_STALE] = {"a stale TCE was used", "LoPAPR: the TCE is cached"},
};

const char *dbell_tce_reason_text(enum dbell_tce_reason reason)
{
    return (unsigned)reason < sizeof reasons / sizeof reasons[0] ? reasons[reason].text : "";
}

/* --- memory --- */

static bool move(struct dbell_tce *tce, enum dbell_op op, uint64_t address, uint8_t *data,
                 uint32_t length)
{
    struct dbell_transaction t = {
        .address = address, .length = length, .op = (uint8_t)op, .data = data};
    return tce->ports.memory.access(tce->ports.memory.ctx, &t) == DBELL_RESPONSE_OK;
}

static bool load(struct dbell_tce *tce, uint64_t address, uint64_t *value)
{
    uint8_t bytes[8];
    if (!move(tce, DBELL_READ, address, bytes, sizeof bytes))
        return false;
    *value = 0;
    for (unsigned i = 0; i < 8; i++)
        *value = *value << 8 | bytes[i];
    return true;
}

static bool store(struct dbell_tce *tce, uint64_t address, uint64_t value)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> 8 * (7 - i));
    return move(tce, DBELL_WRITE, address, bytes, sizeof bytes);
}

static bool clear(struct dbell_tce *tce, const struct dbell_tce_window *w)
{
    uint8_t zero[PAGE] = {0};
    for (uint64_t done = 0; done < w->count * 8; done += PAGE) {
        const uint64_t left = w->count * 8 - done;
        if (!move(tce, DBELL_WRITE, w->table + done, zero, left < PAGE ? (uint32_t)left : PAGE))
            return false;
    }
    dbell_tce_kill(tce, w->liobn, 0, w->count);
    return true;
}

/* --- windows --- */

static struct dbell_tce_window *window_of(struct dbell_tce *tce, uint32_t liobn)
{
    const uint32_t pe = liobn >> 8 & 0x7fffff, number = liobn & 0xff;
    if (!(liobn & LIOBN) || pe >= tce->pe_count || number >= DBELL_TCE_WINDOWS)
        return NULL;
    struct dbell_tce_window *w = &tce->pes[pe].windows[number];
    return w->used ? w : NULL;
}

const struct dbell_tce_window *dbell_tce_window_of(const struct dbell_tce *tce, uint32_t liobn)
{
    return window_of((struct dbell_tce *)(uintptr_t)tce, liobn);
}

static int open_window(struct dbell_tce *tce, uint32_t pe, unsigned number, unsigned page_shift,
                       uint64_t start, uint64_t size)
{
    struct dbell_tce_window *w = &tce->pes[pe].windows[number];
    const struct dbell_tce_window fresh = {.used = true,
                                           .page_shift = (uint8_t)page_shift,
                                           .liobn = LIOBN | pe << 8 | number,
                                           .start = start,
                                           .count = size >> page_shift,
                                           .table = tce->next};
    const uint64_t bytes = (fresh.count * 8 + PAGE - 1) & ~(uint64_t)(PAGE - 1);
    if (bytes > tce->config.tables_end - tce->next || !clear(tce, &fresh))
        return DBELL_E_MEMORY;
    tce->next += bytes;
    *w = fresh;
    return DBELL_OK;
}

int dbell_tce_init(struct dbell_tce *tce, const struct dbell_tce_config *config,
                   const struct dbell_tce_ports *ports)
{
    if (config->tables % PAGE || config->tables_end < config->tables || !ports->memory.access)
        return DBELL_E_ARGUMENT;
    *tce = (struct dbell_tce){.config = *config, .ports = *ports, .next = config->tables};
    if (!tce->config.default_size)
        tce->config.default_size = DEFAULT_SIZE;
    return DBELL_OK;
}

static uint32_t pe_of(const struct dbell_tce *tce, uint32_t streamid)
{
    for (uint32_t pe = 0; pe < tce->pe_count; pe++)
        if (tce->pes[pe].streamid == streamid)
            return pe;
    return NO_PE;
}

int dbell_tce_add_pe(struct dbell_tce *tce, uint32_t streamid)
{
    const uint32_t pe = tce->pe_count;
    if (pe == DBELL_TCE_PES)
        return DBELL_E_RANGE;
    if (pe_of(tce, streamid) != NO_PE)
        return DBELL_E_OVERLAP;
    const int status = open_window(tce, pe, 0, DEFAULT_SHIFT, 0, tce->config.default_size);
    if (status)
        return status;
    tce->pes[pe].streamid = streamid;
    return (int)tce->pe_count++;
}

static bool is_page_shift(unsigned shift)
{
    return shift == 12 || shift == 16 || shift == 21 || (shift >= 24 && shift <= 28) || shift == 34;
}

int dbell_tce_create_window(struct dbell_tce *tce, uint32_t pe, unsigned page_shift,
                            unsigned window_shift, struct dbell_tce_window *window)
{
    if (!is_page_shift(page_shift) || window_shift < page_shift || window_shift > 58)
        return DBELL_E_ARGUMENT;
    if (pe >= tce->pe_count)
        return DBELL_E_NOT_FOUND;
    if (tce->pes[pe].windows[1].used)
        return DBELL_E_OVERLAP;
    const int status =
        open_window(tce, pe, 1, page_shift, DBELL_TCE_DDW, UINT64_C(1) << window_shift);
    if (!status)
        *window = tce->pes[pe].windows[1];
    return status;
}

int dbell_tce_remove_window(struct dbell_tce *tce, uint32_t liobn)
{
    struct dbell_tce_window *w = window_of(tce, liobn);
    if (!w)
        return DBELL_E_NOT_FOUND;
    struct dbell_tce_window *first = tce->pes[liobn >> 8 & 0x7fffff].windows;
    dbell_tce_kill(tce, liobn, 0, w->count);
    w->used = false;
    if (w == first + 1) {
        if (w->table + ((w->count * 8 + PAGE - 1) & ~(uint64_t)(PAGE - 1)) == tce->next)
            tce->next = w->table;
        first->used = clear(tce, first);
    }
    return DBELL_OK;
}

/* --- the cache --- */

void dbell_tce_kill(struct dbell_tce *tce, uint32_t liobn, uint64_t first, uint64_t count)
{
    for (unsigned i = 0; i < DBELL_TCE_CACHE; i++)
        if (tce->cache[i].liobn == liobn && tce->cache[i].index >= first &&
            tce->cache[i].index - first < count)
            tce->cache[i].liobn = 0;
}

static void note(struct dbell_tce *tce, uint32_t pe, const struct dbell_transaction *t,
                 enum dbell_tce_reason reason)
{
    tce->records[tce->record_count++ % DBELL_TCE_RECORDS] = (struct dbell_tce_record){
        .pe = pe, .ioba = t->address, .write = dbell_op_writes(t->op), .reason = (uint8_t)reason};
}

/* False: the table cannot be read. A stale TCE is told. */
static bool look_up(struct dbell_tce *tce, uint32_t pe, const struct dbell_tce_window *w,
                    const struct dbell_transaction *t, uint64_t *value)
{
    const uint64_t index = (t->address - w->start) >> w->page_shift;
    const unsigned at = (unsigned)((index ^ w->liobn) % DBELL_TCE_CACHE);
    if (!load(tce, w->table + index * 8, value))
        return false;
    if (!tce->config.cached)
        return true;
    if (tce->cache[at].liobn == w->liobn && tce->cache[at].index == index) {
        if (tce->cache[at].tce != *value)
            note(tce, pe, t, DBELL_TCE_STALE);
        *value = tce->cache[at].tce;
    } else if (*value) {
        tce->cache[at].liobn = w->liobn;
        tce->cache[at].index = index;
        tce->cache[at].tce = *value;
    }
    return true;
}

/* --- the agent --- */

static enum dbell_response ends(const struct dbell_transaction *t, uint64_t address,
                                const char *rule, bool reached, enum dbell_response response)
{
    if (t->trail)
        *t->trail =
            (struct dbell_trail){.address = address,
                                 .rule = rule,
                                 .outcome = reached ? (uint8_t)DBELL_DONE : (uint8_t)DBELL_FAULT,
                                 .reached = reached,
                                 .attr = t->side.attr,
                                 .sh = t->side.sh,
                                 .op = t->op};
    return response;
}

/* A frozen PE reads all ones, and its writes go nowhere. */
static enum dbell_response frozen(const struct dbell_transaction *t)
{
    if (dbell_op_reads(t->op) && t->data)
        memset(t->data, 0xff, t->length);
    return ends(t, 0, "EEH: the PE is frozen", false, DBELL_RESPONSE_OK);
}

static enum dbell_response refuse(struct dbell_tce *tce, uint32_t pe,
                                  const struct dbell_transaction *t, enum dbell_tce_reason reason)
{
    note(tce, pe, t, reason);
    if (reason != DBELL_TCE_NO_PE && tce->config.freezes)
        tce->pes[pe].frozen = true;
    return ends(t, 0, reasons[reason].rule, false, DBELL_RESPONSE_SLVERR);
}

static enum dbell_response message(struct dbell_tce *tce, const struct dbell_transaction *t)
{
    uint32_t number = 0;
    if (t->op != DBELL_WRITE || t->length != 4)
        return ends(t, t->address, "an MSI is a write of four bytes", false, DBELL_RESPONSE_SLVERR);
    for (unsigned i = 0; i < 4 && t->data; i++)
        number |= (uint32_t)t->data[i] << 8 * i;
    if (t->data && tce->ports.msi.interrupt)
        tce->ports.msi.interrupt(tce->ports.msi.ctx, number);
    return ends(t, t->address, "an MSI is not looked up", true, DBELL_RESPONSE_OK);
}

static enum dbell_response access(void *ctx, struct dbell_transaction *t)
{
    struct dbell_tce *tce = ctx;
    const uint32_t pe = t->side.has_streamid ? pe_of(tce, t->side.streamid) : NO_PE;
    if (pe == NO_PE)
        return refuse(tce, pe, t, DBELL_TCE_NO_PE);
    if (tce->pes[pe].frozen)
        return frozen(t);
    if (t->address >> 16 == DBELL_TCE_MSI >> 16)
        return message(tce, t);
    const uint64_t last = t->address + (t->length ? t->length - 1 : 0);
    const struct dbell_tce_window *w = tce->pes[pe].windows, *end = w + DBELL_TCE_WINDOWS;
    while (w < end &&
           (!w->used || t->address < w->start || last < t->address ||
            (last - w->start) >> w->page_shift >= w->count ||
            (t->address - w->start) >> w->page_shift != (last - w->start) >> w->page_shift))
        w++;
    if (w == end)
        return refuse(tce, pe, t, DBELL_TCE_OUTSIDE);
    uint64_t value;
    if (!look_up(tce, pe, w, t, &value))
        return refuse(tce, pe, t, DBELL_TCE_UNREADABLE);
    if (!(value & (TCE_READ | TCE_WRITE)))
        return refuse(tce, pe, t, DBELL_TCE_NONE);
    if (dbell_op_reads(t->op) && !(value & TCE_READ))
        return refuse(tce, pe, t, DBELL_TCE_READ);
    if (dbell_op_writes(t->op) && !(value & TCE_WRITE))
        return refuse(tce, pe, t, DBELL_TCE_WRITE);
    const uint64_t mask = (UINT64_C(1) << w->page_shift) - 1;
    struct dbell_transaction on = *t;
    on.address = (value & ~mask) | ((t->address - w->start) & mask);
    on.trail = NULL;
    return ends(t, on.address, "LoPAPR, TCE", true,
                tce->ports.memory.access(tce->ports.memory.ctx, &on));
}

struct dbell_agent dbell_tce_agent(struct dbell_tce *tce)
{
    return (struct dbell_agent){.ctx = tce, .access = access};
}

int dbell_tce_unfreeze(struct dbell_tce *tce, uint32_t pe)
{
    if (pe >= tce->pe_count)
        return DBELL_E_NOT_FOUND;
    tce->pes[pe].frozen = false;
    return DBELL_OK;
}

const struct dbell_tce_record *dbell_tce_record_at(const struct dbell_tce *tce, uint64_t number)
{
    if (number >= tce->record_count || tce->record_count - number > DBELL_TCE_RECORDS)
        return NULL;
    return &tce->records[number % DBELL_TCE_RECORDS];
}

/* --- the hypervisor's calls --- */

/* The TCE of a bus address; its offset in the page does not count. */
static bool slot_of(const struct dbell_tce_window *w, uint64_t ioba, uint64_t *index)
{
    *index = (ioba - w->start) >> w->page_shift;
    return ioba >= w->start && *index < w->count;
}

static bool put(struct dbell_tce *tce, const struct dbell_tce_window *w, uint64_t index,
                uint64_t value)
{
    if (!store(tce, w->table + index * 8, value))
        return false;
    if (!tce->config.keeps_stale)
        dbell_tce_kill(tce, w->liobn, index, 1);
    return true;
}

/* The next ones until one is not of the window: what was put before stays. */
static int64_t put_many(struct dbell_tce *tce, const struct dbell_tce_window *w,
                        const uint64_t a[4], bool indirect)
{
    for (uint64_t i = 0; i < a[3]; i++) {
        uint64_t index, value = a[2];
        if (!slot_of(w, a[1], &index) || index + i >= w->count)
            return DBELL_H_PARAMETER;
        if ((indirect && !load(tce, a[2] + i * 8, &value)) || !put(tce, w, index + i, value))
            return DBELL_H_PARAMETER;
    }
    return DBELL_H_SUCCESS;
}

int64_t dbell_tce_hcall(struct dbell_tce *tce, uint64_t opcode, const uint64_t a[4],
                        uint64_t *result)
{
    uint64_t index = 0;
    if (opcode != DBELL_H_GET_TCE && opcode != DBELL_H_PUT_TCE && opcode != DBELL_H_STUFF_TCE &&
        opcode != DBELL_H_PUT_TCE_INDIRECT)
        return DBELL_H_FUNCTION;
    const struct dbell_tce_window *w = a[0] >> 32 ? NULL : window_of(tce, (uint32_t)a[0]);
    if (!w || !slot_of(w, a[1], &index))
        return DBELL_H_PARAMETER;
    switch (opcode) {
    case DBELL_H_GET_TCE:
        return load(tce, w->table + index * 8, result) ? DBELL_H_SUCCESS : DBELL_H_PARAMETER;
    case DBELL_H_PUT_TCE:
        return put(tce, w, index, a[2]) ? DBELL_H_SUCCESS : DBELL_H_PARAMETER;
    case DBELL_H_STUFF_TCE:
        return put_many(tce, w, a, false);
    default:
        if (a[3] > LIST || a[2] % PAGE)
            return DBELL_H_PARAMETER;
        return put_many(tce, w, a, true);
    }
}
