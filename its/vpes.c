/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Residency of vPEs (GICR_VPROPBASER, GICR_VPENDBASER). */
#include "vpes.h"

/* --- the vPE configuration table --- */

/* Zeroes, if memory refuses. */
static void read_bytes(struct dbell_gic *gic, uint64_t address, uint8_t *bytes, unsigned size)
{
    memset(bytes, 0, size);
    if (dbell__memory_read(&gic->ports.tables, &gic->windows, address, bytes, size,
                           &gic_sideband) != DBELL_RESPONSE_OK)
        memset(bytes, 0, size);
}

static void write_bytes(struct dbell_gic *gic, uint64_t address, const uint8_t *bytes,
                        unsigned size)
{
    dbell__memory_write(&gic->ports.tables, &gic->windows, address, bytes, size, &gic_sideband);
}

/* Flat or two-level, as an ITS's tables. */
static bool locate(struct dbell_gic *gic, uint64_t vpropbaser, uint32_t vpeid, uint64_t *address)
{
    static const uint8_t page_bits_of[4] = {12, 14, 16, 16};
    const unsigned page_bits = page_bits_of[get(&vpropbaser, VPROPBASER_PAGE_SIZE)];
    const uint64_t bytes = (get(&vpropbaser, VPROPBASER_SIZE) + 1) << page_bits;
    const uint64_t base = get_in_place(&vpropbaser, VPROPBASER_ADDRESS) & ~ones(page_bits);
    const uint64_t per_page = (UINT64_C(1) << page_bits) / VTE_4_1_SIZE;
    uint8_t level1[L1_SIZE];
    if (!get(&vpropbaser, VPROPBASER_VALID))
        return false;
    if (!get(&vpropbaser, VPROPBASER_INDIRECT)) {
        *address = base + (uint64_t)vpeid * VTE_4_1_SIZE;
        return vpeid < bytes / VTE_4_1_SIZE;
    }
    read_bytes(gic, base + vpeid / per_page * L1_SIZE, level1, L1_SIZE); /* a page has them all */
    const uint64_t word = dbell__get_le64(level1);
    *address =
        (get_in_place(&word, L1_ADDRESS) & ~ones(page_bits)) + vpeid % per_page * VTE_4_1_SIZE;
    return get(&word, L1_VALID);
}

bool dbell__vpe_read(struct dbell_gic *gic, uint32_t cpu, uint32_t vpeid, struct vpe_entry *entry)
{
    uint8_t bytes[VTE_4_1_SIZE];
    const uint64_t vpropbaser = redistributor(gic->state, cpu)->vpropbaser;
    *entry = (struct vpe_entry){0};
    entry->exists = locate(gic, vpropbaser, vpeid, &entry->address);
    if (!entry->exists)
        return false;
    gic_count(gic->state, DBELL_GIC_READS_VPE);
    read_bytes(gic, entry->address, bytes, sizeof bytes);
    for (unsigned i = 0; i < VTE_WORDS; i++)
        entry->words[i] = dbell__get_le64(bytes + 8 * i);
    return dbell__vte_decode(entry->words, vpeid, &entry->vpe);
}

void dbell__vpe_write(struct dbell_gic *gic, const struct vpe_entry *entry)
{
    uint8_t bytes[VTE_4_1_SIZE];
    for (unsigned i = 0; i < VTE_WORDS; i++)
        dbell__put_le(bytes + 8 * i, 8, entry->words[i]);
    if (entry->exists)
        write_bytes(gic, entry->address, bytes, sizeof bytes);
}

/* --- vSGIs in memory --- */

enum { VSGI_CONFIGURATION = 16 };

uint8_t dbell__vsgi_configuration(struct dbell_gic *gic, const struct dbell_vpe *vpe,
                                  uint32_t vintid)
{
    uint8_t byte;
    read_bytes(gic, vpe->vpt + VSGI_CONFIGURATION + vintid, &byte, 1);
    return byte;
}

void dbell__vsgi_configure(struct dbell_gic *gic, const struct dbell_vpe *vpe, uint32_t vintid,
                           uint8_t configuration)
{
    gic->state->pending_epoch++;
    write_bytes(gic, vpe->vpt + VSGI_CONFIGURATION + vintid, &configuration, 1);
}

static void load_vsgis(struct dbell_gic *gic, struct residency *v)
{
    uint8_t bytes[VSGI_CONFIGURATION + VSGIS];
    const uint64_t vpt = v->vpe.vpt;
    uint64_t epoch;
    do {
        epoch = gic->state->pending_epoch;
        read_bytes(gic, vpt, bytes, sizeof bytes);
    } while (gic->state->pending_epoch != epoch);
    v->sgis = (uint16_t)dbell__get_le(bytes, 2);
    memcpy(v->sgi, bytes + VSGI_CONFIGURATION, sizeof v->sgi);
}

static void store_vsgis(struct dbell_gic *gic, const struct residency *v)
{
    struct residency written;
    do { /* others may come meanwhile */
        written = *v;
        dbell__lpis_change(gic, &written.lpis, 0, 0xffff, written.sgis);
        write_bytes(gic, written.vpe.vpt + VSGI_CONFIGURATION, written.sgi, sizeof written.sgi);
    } while (v->resident &&
             (v->sgis != written.sgis || memcmp(v->sgi, written.sgi, sizeof written.sgi) != 0));
}

/* --- residency --- */

/* Tags of cached configuration: a redistributor's LPIs have its number. The vLPIs of GICv4.0 are
 * of where they are resident, those of GICv4.1 of their vPE. */
enum { TAG_RESIDENT = 0x8000, TAG_VPE = 0x10000 };

static struct residency *residency_at(struct dbell_gic *gic, uint32_t cpu)
{
    return &redistributor(gic->state, cpu)->vpe;
}

static bool is_here(const struct dbell_gic_state *state, const struct residency *v,
                    const struct dbell_vpe *vpe)
{
    return v->resident &&
           (gic_is_v4_1(state) ? v->vpe.vpeid == vpe->vpeid : v->vpe.vpt == vpe->vpt);
}

/* GICv4.0: at the redistributor that it is mapped to, by its table. GICv4.1: at any, by its
 * vPEID. */
struct residency *dbell__vpe_residency(struct dbell_gic *gic, const struct dbell_vpe *vpe)
{
    const int mapped = dbell_gic_cpu_of(gic, vpe->rdbase);
    if (mapped >= 0 && is_here(gic->state, residency_at(gic, (uint32_t)mapped), vpe))
        return residency_at(gic, (uint32_t)mapped);
    for (uint32_t cpu = 0; gic_is_v4_1(gic->state) && cpu < gic->state->config.cpus; cpu++)
        if (is_here(gic->state, residency_at(gic, cpu), vpe))
            return residency_at(gic, cpu);
    return NULL;
}

struct lpi_set dbell__vpe_away(struct dbell_gic *gic, const struct dbell_vpe *vpe)
{
    return (struct lpi_set){.config = vpe->vconf,
                            .pending = vpe->vpt,
                            .limit = lpi_limit(vpe->intid_bits),
                            .tag = gic_is_v4_1(gic->state) ? TAG_VPE | vpe->vpeid : 0,
                            .owner = LPIS_NOT_HELD};
}

/* The entry is told that a default doorbell is asked for, or not any more. */
static void request_doorbell(struct dbell_gic *gic, struct vpe_entry *entry, bool requested)
{
    if (get(entry->words, VTE_REQUESTED) == (uint64_t)requested)
        return;
    put(entry->words, VTE_REQUESTED, requested);
    dbell__vpe_write(gic, entry);
}

/* GICv4.0: VPENDBASER has the table of pending bits, VPROPBASER that of configuration bytes. */
static bool identify_by_table(struct dbell_gic *gic, uint32_t cpu)
{
    struct redistributor *r = redistributor(gic->state, cpu);
    struct residency *v = &r->vpe;
    unsigned bits = (unsigned)get(&r->vpropbaser, PROPBASER_IDBITS) + 1;
    if (bits > gic->state->config.lpi_bits)
        bits = gic->state->config.lpi_bits;
    v->vpe = (struct dbell_vpe){.rdbase = cpu,
                                .vpt = get_in_place(&r->vpendbaser, VPENDBASER_ADDRESS),
                                .intid_bits = (uint8_t)bits,
                                .vconf = get_in_place(&r->vpropbaser, PROPBASER_ADDRESS)};
    v->lpis.tag = TAG_RESIDENT | cpu;
    dbell__lpis_forget(gic, v->lpis.tag);
    return true;
}

/* GICv4.1: VPENDBASER has the vPEID. A default doorbell that is pending has done its work. */
static bool identify_by_vpeid(struct dbell_gic *gic, uint32_t cpu)
{
    struct redistributor *r = redistributor(gic->state, cpu);
    struct residency *v = &r->vpe;
    struct vpe_entry entry;
    const uint32_t vpeid = (uint32_t)get(&r->vpendbaser, VPENDBASER_VPEID);
    const uint64_t resets = gic->state->resets;
    if (!dbell__vpe_read(gic, cpu, vpeid, &entry) || dbell__vpe_residency(gic, &entry.vpe))
        return false;
    request_doorbell(gic, &entry, false);
    struct lpi_set *mapped = dbell__lpis_of(gic, entry.vpe.rdbase);
    if (mapped)
        dbell__lpis_drop(gic, mapped, entry.vpe.doorbell);
    v->vpe = entry.vpe;
    v->lpis.tag = TAG_VPE | vpeid;
    load_vsgis(gic, v);
    return gic->state->resets == resets;
}

static void arrive(struct dbell_gic *gic, uint32_t cpu)
{
    struct residency *v = residency_at(gic, cpu);
    v->late = false;
    if (!(gic_is_v4_1(gic->state) ? identify_by_vpeid(gic, cpu) : identify_by_table(gic, cpu)))
        return;
    v->lpis.config = v->vpe.vconf;
    v->lpis.pending = v->vpe.vpt;
    v->lpis.limit = lpi_limit(v->vpe.intid_bits);
    v->resident = true;
    dbell__lpis_load(gic, &v->lpis);
}

static bool enabled_vsgi_pending(const struct residency *v)
{
    for (unsigned i = 0; i < VSGIS; i++)
        if (v->sgis >> i & 1 && v->sgi[i] & LPI_ENABLED)
            return true;
    return false;
}

static bool enabled_pending(struct dbell_gic *gic, const struct residency *v)
{
    return v->resident &&
           (dbell__lpis_first(gic, &v->lpis) != UINT64_MAX || enabled_vsgi_pending(v));
}

/* Its state goes to memory; whether something of it is pending and enabled. */
static bool leave(struct dbell_gic *gic, struct residency *v)
{
    const uint64_t resets = gic->state->resets;
    v->late = false;
    bool pending = enabled_pending(gic, v);
    if (v->resident && gic_is_v4_1(gic->state))
        store_vsgis(gic, v);
    if (gic->state->resets == resets)
        dbell__lpis_store(gic, &v->lpis);
    pending |= v->late;
    v->resident = false;
    return pending;
}

/* A doorbell is asked for before the vPE has left, so that nothing comes in between: what comes
 * while it is leaving makes the request void, and PendingLast tells of it. */
static void depart(struct dbell_gic *gic, uint32_t cpu)
{
    struct redistributor *r = redistributor(gic->state, cpu);
    struct residency *v = &r->vpe;
    struct vpe_entry entry;
    const uint64_t resets = gic->state->resets;
    const bool requested = v->resident && v->doorbell && !enabled_pending(gic, v) &&
                           dbell__vpe_read(gic, cpu, v->vpe.vpeid, &entry);
    if (requested)
        request_doorbell(gic, &entry, true);
    const bool pending = leave(gic, v);
    if (gic->state->resets != resets)
        return;
    put(&r->vpendbaser, VPENDBASER_PENDING_LAST, pending);
    if (requested && pending && dbell__vpe_read(gic, cpu, v->vpe.vpeid, &entry))
        request_doorbell(gic, &entry, false);
}

static bool valid(const struct redistributor *r)
{
    return get(&r->vpendbaser, VPENDBASER_VALID);
}

static void settle(struct dbell_gic *gic, uint32_t cpu)
{
    struct redistributor *r = redistributor(gic->state, cpu);
    if (r->vpe.settling || r->vpe.scheduled == valid(r))
        return;
    if (gic->state->asking) {
        gic->state->unsettled = true;
        return;
    }
    r->vpe.settling = true;
    if (valid(r))
        arrive(gic, cpu);
    else
        depart(gic, cpu);
    r->vpe.scheduled = valid(r);
    r->vpe.settling = false;
}

void dbell__vpe_evict(struct dbell_gic *gic, struct residency *v)
{
    const bool settling = v->settling; /* it may be coming, or leaving already */
    v->settling = true;
    leave(gic, v);
    v->settling = settling;
}

void dbell__vpes_hold(struct dbell_gic_state *state)
{
    state->asking++;
}

void dbell__vpes_release(struct dbell_gic *gic)
{
    struct dbell_gic_state *state = gic->state;
    if (--state->asking || !state->unsettled)
        return;
    state->unsettled = false;
    for (uint32_t cpu = 0; cpu < state->config.cpus; cpu++)
        settle(gic, cpu);
}

/* --- the register --- */

uint64_t dbell__vpendbaser(struct dbell_gic_state *state, uint32_t cpu)
{
    const struct redistributor *r = redistributor(state, cpu);
    uint64_t value = r->vpendbaser;
    put(&value, VPENDBASER_DIRTY, r->vpe.settling || r->vpe.scheduled != valid(r));
    return value;
}

/* While Dirty nothing can be written; while Valid only Valid, with what tells how to leave. */
bool dbell__vpendbaser_write(struct dbell_gic *gic, uint32_t cpu, uint64_t value)
{
    struct redistributor *r = redistributor(gic->state, cpu);
    const bool is_v4_1 = gic_is_v4_1(gic->state);
    const bool will_be = get(&value, VPENDBASER_VALID);
    if (r->vpe.settling || r->vpe.scheduled != valid(r) || (valid(r) && will_be))
        return false;
    if (valid(r)) {
        r->vpe.doorbell =
            is_v4_1 && get(&value, VPENDBASER_DOORBELL) && !get(&value, VPENDBASER_PENDING_LAST);
        put(&r->vpendbaser, VPENDBASER_VALID, 0);
    } else {
        const uint64_t last = get(&r->vpendbaser, VPENDBASER_PENDING_LAST);
        r->vpendbaser = value & (is_v4_1 ? UINT64_C(0x8c0000000000ffff) /* not Doorbell */
                                         : UINT64_C(0xc70fffffffff0f80));
        put(&r->vpendbaser, VPENDBASER_PENDING_LAST, will_be ? 1 : last);
    }
    settle(gic, cpu);
    return true;
}
