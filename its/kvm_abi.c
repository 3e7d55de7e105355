/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Tables as KVM writes and reads them for migration, ABI revision 0 (Linux,
 * Documentation/virt/kvm/devices/arm-vgic-its.rst): entries of 8 bytes; devices and events form
 * chains, collections a packed list. In place: the model's own entries become KVM's, or the other
 * way round. */
#include "entries.h"
#include "its_state.h"

enum {
    KVM_DTE_NEXT = FIELD(62, 49), /* DeviceIDs to the next one, 0: the last */
    KVM_ITE_ICID = FIELD(15, 0),
    KVM_ITE_INTID = FIELD(47, 16), /* 0: not valid */
    KVM_ITE_NEXT = FIELD(63, 48),  /* EventIDs to the next one, 0: the last */
    KVM_CTE_ICID = FIELD(15, 0),
    KVM_CTE_RDBASE = FIELD(47, 16),
    KVM_CTE_VALID = FIELD(63, 63),
};
#define KVM_NOT_MAPPED UINT32_MAX /* of a collection that events have, and no redistributor */

enum { ENTRY = 8 };

/* In the scratch memory: a collection is known, and its redistributor or KVM_NOT_MAPPED. */
#define KNOWN (UINT64_C(1) << 63)

struct conversion {
    struct dbell_its *its;
    uint64_t *collections; /* by ICID */
    bool check;            /* nothing is written */
};

static uint64_t devices(const struct dbell_its_state *state)
{
    return UINT64_C(2) << get(&state->config.typer, TYPER_DEVBITS);
}

static bool load(const struct conversion *c, uint64_t address, uint64_t *word)
{
    const struct dbell_sideband side = its_sideband(c->its->state);
    return dbell__memory_read64(&c->its->ports.tables, &c->its->windows, address, word, &side) ==
           DBELL_RESPONSE_OK;
}

static bool store(const struct conversion *c, uint64_t address, uint64_t word)
{
    return c->check || dbell__table_write(c->its, address, ENTRY, &word);
}

/* What revision 0 can say. */
static int supported(const struct dbell_its_state *state)
{
    const uint64_t typer = state->config.typer;
    const struct table *d = &state->tables[TABLE_DEVICES], *c = &state->tables[TABLE_COLLECTIONS];
    if (state->r.ctlr & CTLR_ENABLED || state->stepping || state->translating)
        return DBELL_E_BUSY;
    if (get(&typer, TYPER_VIRTUAL) || get(&typer, TYPER_PTA) || get(&typer, TYPER_HCC) ||
        get(&typer, TYPER_DEVBITS) > 15 || get(&typer, TYPER_ID_BITS) > 15 ||
        get(&typer, TYPER_ITT_ENTRY_SIZE) + 1 != ENTRY || !c->present || c->indirect ||
        d->entry_size != ENTRY || c->entry_size != ENTRY || (d->valid && d->page_bits != 16) ||
        (c->valid && c->page_bits != 16))
        return DBELL_E_UNSUPPORTED;
    return DBELL_OK;
}

/* Whether a device has an entry; its word. */
static int device(const struct conversion *c, uint64_t id, uint64_t *address, uint64_t *word)
{
    *word = 0;
    switch (dbell__table_locate(c->its, TABLE_DEVICES, id, address, NULL)) {
    case TABLE_OK:
        return load(c, *address, word) ? DBELL_OK : DBELL_E_IO;
    case TABLE_ABORT:
        return DBELL_E_IO;
    default:
        return DBELL_E_NOT_FOUND;
    }
}

static uint64_t itt_of(uint64_t dte)
{
    return get(&dte, DTE_ITT) << 8;
}

static uint64_t events_of(uint64_t dte)
{
    return UINT64_C(2) << get(&dte, DTE_EVENTID_BITS);
}

/* --- to KVM's --- */

static int export_events(const struct conversion *c, uint64_t dte)
{
    uint64_t last = 0, last_word = 0, word;
    for (uint64_t id = 0; id < events_of(dte); id++) {
        if (!load(c, itt_of(dte) + id * ENTRY, &word))
            return DBELL_E_IO;
        if (!get(&word, ITE_VALID)) {
            if (word && !store(c, itt_of(dte) + id * ENTRY, 0))
                return DBELL_E_IO;
            continue;
        }
        uint64_t ite = 0;
        const uint64_t icid = get(&word, ITE_ICID);
        put(&ite, KVM_ITE_ICID, icid);
        put(&ite, KVM_ITE_INTID, get(&word, ITE_INTID));
        if (!(c->collections[icid] & KNOWN))
            c->collections[icid] = KNOWN | KVM_NOT_MAPPED;
        if (last_word) {
            put(&last_word, KVM_ITE_NEXT, id - last < 0xffff ? id - last : 0xffff);
            if (!store(c, itt_of(dte) + last * ENTRY, last_word))
                return DBELL_E_IO;
        }
        last = id;
        last_word = ite;
    }
    return !last_word || store(c, itt_of(dte) + last * ENTRY, last_word) ? DBELL_OK : DBELL_E_IO;
}

static int export_devices(const struct conversion *c)
{
    uint64_t last = 0, last_at = 0, last_word = 0, at, word;
    for (uint64_t id = 0; id < devices(c->its->state); id++) {
        int status = device(c, id, &at, &word);
        if (status == DBELL_E_NOT_FOUND || (!status && !get(&word, DTE_VALID)))
            continue;
        if (!status)
            status = export_events(c, word);
        if (status)
            return status;
        if (last_word) {
            put(&last_word, KVM_DTE_NEXT, id - last < 0x3fff ? id - last : 0x3fff);
            if (!store(c, last_at, last_word))
                return DBELL_E_IO;
        }
        last = id;
        last_at = at;
        last_word = word;
    }
    return DBELL_OK; /* the last one's chain ends as it is */
}

static int read_collections(const struct conversion *c)
{
    const struct table *table = &c->its->state->tables[TABLE_COLLECTIONS];
    uint64_t word;
    for (uint64_t icid = 0; table->valid && icid < table->entries && icid < DBELL_ITS_ICIDS;
         icid++) {
        if (!load(c, table->base + icid * ENTRY, &word))
            return DBELL_E_IO;
        if (get(&word, CTE_VALID))
            c->collections[icid] = KNOWN | get(&word, CTE_RDBASE);
    }
    return DBELL_OK;
}

/* A zero behind the last ends the list, if there is room for one. */
static int write_packed(const struct conversion *c)
{
    const struct table *table = &c->its->state->tables[TABLE_COLLECTIONS];
    uint64_t n = 0;
    for (uint64_t icid = 0; table->valid && icid < DBELL_ITS_ICIDS; icid++) {
        uint64_t word = 0;
        if (!(c->collections[icid] & KNOWN))
            continue;
        if (n == table->entries)
            return DBELL_E_SIZE;
        put(&word, KVM_CTE_ICID, icid);
        put(&word, KVM_CTE_RDBASE, c->collections[icid]);
        put(&word, KVM_CTE_VALID, 1);
        if (!store(c, table->base + n++ * ENTRY, word))
            return DBELL_E_IO;
    }
    for (; table->valid && n < table->entries; n++)
        if (!store(c, table->base + n * ENTRY, 0))
            return DBELL_E_IO;
    return DBELL_OK;
}

/* The ITS is not quiescent meanwhile: its registers stay what they are. */
static int convert(struct dbell_its *its, uint64_t *scratch,
                   int (*tables)(struct dbell_its *its, uint64_t *scratch))
{
    int status = supported(its->state);
    for (size_t i = 0; i < DBELL_ITS_ICIDS; i++)
        scratch[i] = 0;
    if (status)
        return status;
    its->state->translating++;
    dbell__mappings_forget(its->state);
    status = tables(its, scratch);
    its->state->translating--;
    return status;
}

static int export_tables(struct dbell_its *its, uint64_t *scratch)
{
    struct conversion c = {.its = its, .collections = scratch, .check = true};
    int status = read_collections(&c);
    const bool with_devices = its->state->tables[TABLE_DEVICES].valid;
    for (int pass = 0; pass < 2 && !status; pass++) { /* first whether it can be done */
        c.check = pass == 0;
        if (with_devices)
            status = export_devices(&c);
        if (!status)
            status = write_packed(&c);
    }
    return status;
}

int dbell_its_export_kvm(struct dbell_its *its, uint64_t scratch[DBELL_ITS_ICIDS])
{
    return convert(its, scratch, export_tables);
}

/* --- from KVM's --- */

static int read_packed(const struct conversion *c)
{
    const struct table *table = &c->its->state->tables[TABLE_COLLECTIONS];
    uint64_t word;
    for (uint64_t n = 0; table->valid && n < table->entries; n++) {
        if (!load(c, table->base + n * ENTRY, &word))
            return DBELL_E_IO;
        if (!get(&word, KVM_CTE_VALID))
            break;
        const uint64_t icid = get(&word, KVM_CTE_ICID), rdbase = get(&word, KVM_CTE_RDBASE);
        const struct dbell_lpi_request exists = {.kind = DBELL_LPI_EXISTS, .rdbase = rdbase};
        if (icid >= table->entries || (c->collections[icid] & KNOWN) ||
            (rdbase != KVM_NOT_MAPPED && !its_ask(c->its, &exists, NULL)))
            return DBELL_E_FORMAT;
        c->collections[icid] = KNOWN | rdbase;
    }
    return DBELL_OK;
}

static int write_collections(const struct conversion *c)
{
    const struct table *table = &c->its->state->tables[TABLE_COLLECTIONS];
    for (uint64_t icid = 0; table->valid && icid < table->entries; icid++) {
        const uint64_t known = icid < DBELL_ITS_ICIDS ? c->collections[icid] : 0;
        uint64_t word = 0;
        if (known && (uint32_t)known != KVM_NOT_MAPPED) {
            put(&word, CTE_VALID, 1);
            put(&word, CTE_RDBASE, (uint32_t)known);
        }
        if (!store(c, table->base + icid * ENTRY, word))
            return DBELL_E_IO;
    }
    return DBELL_OK;
}

/* Events that the chain does not come to are none. */
static int import_events(const struct conversion *c, uint64_t dte)
{
    const struct dbell_its_state *state = c->its->state;
    uint64_t next = 0, word;
    bool ended = false;
    for (uint64_t id = 0; id < events_of(dte); id++) {
        if (!load(c, itt_of(dte) + id * ENTRY, &word))
            return DBELL_E_IO;
        uint64_t ite = 0;
        if (!ended && id == next) {
            const uint64_t intid = get(&word, KVM_ITE_INTID), icid = get(&word, KVM_ITE_ICID);
            const uint64_t step = intid ? get(&word, KVM_ITE_NEXT) : 1;
            if (intid && (intid < 8192 || intid >> state->config.lpi_bits ||
                          !(c->collections[icid] & KNOWN) || id + step >= events_of(dte)))
                return DBELL_E_FORMAT;
            if (intid) {
                put(&ite, ITE_VALID, 1);
                put(&ite, ITE_ICID, icid);
                put(&ite, ITE_INTID, intid);
            }
            ended = !step;
            next = id + step;
        }
        if (word != ite && !store(c, itt_of(dte) + id * ENTRY, ite))
            return DBELL_E_IO;
    }
    return DBELL_OK;
}

/* With two levels each page is searched from its start, as KVM does. */
static int import_devices(const struct conversion *c)
{
    const struct dbell_its_state *state = c->its->state;
    const struct table *table = &state->tables[TABLE_DEVICES];
    uint64_t next = 0, at, word;
    bool ended = false;
    for (uint64_t id = 0; id < devices(state); id++) {
        int status = device(c, id, &at, &word);
        if (table->indirect && id % table->per_page == 0 && next < id)
            next = id;
        if (status == DBELL_E_NOT_FOUND) {
            if (id == next)
                next++;
            continue;
        }
        uint64_t dte = 0;
        if (!status && !ended && id == next) {
            const uint64_t step = get(&word, DTE_VALID) ? get(&word, KVM_DTE_NEXT) : 1;
            if (get(&word, DTE_VALID)) {
                dte = word;
                put(&dte, KVM_DTE_NEXT, 0);
                status = get(&word, DTE_EVENTID_BITS) > get(&state->config.typer, TYPER_ID_BITS)
                             ? DBELL_E_FORMAT
                             : import_events(c, dte);
            }
            ended = !step;
            next = id + step;
        }
        if (!status && word != dte && !store(c, at, dte))
            status = DBELL_E_IO;
        if (status)
            return status;
    }
    return DBELL_OK;
}

static int import_tables(struct dbell_its *its, uint64_t *scratch)
{
    struct conversion c = {.its = its, .collections = scratch};
    int status = read_packed(&c);
    const bool with_devices = its->state->tables[TABLE_DEVICES].valid;
    for (int pass = 0; pass < 2 && !status; pass++) {
        c.check = pass == 0;
        if (with_devices)
            status = import_devices(&c);
        if (!status)
            status = write_collections(&c);
    }
    return status;
}

int dbell_its_import_kvm(struct dbell_its *its, uint64_t scratch[DBELL_ITS_ICIDS])
{
    return convert(its, scratch, import_tables);
}
