/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Bring-up of an SMMU, its queues (IHI 0070 3.5, 3.11, 6.3, 7.2, 8). */
#include "driver.h"

#include <string.h>

/* Registers (6.2). */
enum {
    IDR0 = 0x00,
    CR0 = 0x20,
    CR0ACK = 0x24,
    CR1 = 0x28,
    CR2 = 0x2c,
    IRQ_CTRL = 0x50,
    IRQ_CTRLACK = 0x54,
    GERROR = 0x60,
    GERRORN = 0x64,
    GERROR_IRQ_CFG0 = 0x68,
    STRTAB_BASE = 0x80,
    STRTAB_BASE_CFG = 0x88,
    CMDQ_BASE = 0x90,
    CMDQ_PROD = 0x98,
    CMDQ_CONS = 0x9c,
    EVENTQ_BASE = 0xa0,
    EVENTQ_IRQ_CFG0 = 0xb0,
    PRIQ_BASE = 0xc0,
    PRIQ_IRQ_CFG0 = 0xd0,
    EVENTQ_PROD = 0x100a8,
    EVENTQ_CONS = 0x100ac,
    PRIQ_PROD = 0x100c8,
    PRIQ_CONS = 0x100cc,
};

enum {
    ENABLE_SMMU = 1 << 0,
    ENABLE_PRIQ = 1 << 1,
    ENABLE_EVENTQ = 1 << 2,
    ENABLE_CMDQ = 1 << 3,
    ENABLE_ATSCHK = 1 << 4,
    CMDQ_LOG2 = 8,
    EVENTQ_LOG2 = 7,
    SPLIT = 8,
    SID_BITS = 17, /* RequesterIDs and a little more */
    TRIES = 1000,
};

#define TABLE_READ_ALLOCATE (UINT64_C(1) << 62)
#define OVERFLOWED          (UINT32_C(1) << 31)

uint64_t dbell_host_alloc(struct dbell_host_system *system, uint64_t size)
{
    uint64_t aligned = 0x1000;
    while (aligned < size)
        aligned <<= 1;
    const uint64_t at = (system->next + aligned - 1) & ~(aligned - 1);
    if (at + size > system->end || at + size < at)
        return 0;
    system->next = at + size;
    for (uint64_t done = 0; done < size;) {
        uint8_t zeroes[0x1000] = {0};
        const uint64_t left = size - done;
        struct dbell_transaction t = {.address = at + done,
                                      .length = left < sizeof zeroes ? (uint32_t)left
                                                                     : (uint32_t)sizeof zeroes,
                                      .op = DBELL_WRITE,
                                      .data = zeroes,
                                      .side = {.attr = DBELL_ATTR_NORMAL_WB}};
        if (system->bus.access(system->bus.ctx, &t) != DBELL_RESPONSE_OK)
            return 0;
        done += t.length;
    }
    return at;
}

int dbell_host_smmu_probe(struct dbell_host_system *system, struct dbell_host_smmu *smmu,
                          uint64_t base)
{
    *smmu = (struct dbell_host_smmu){
        .system = system, .base = base, .next_asid = 1, .next_vmid = 1, .priq_log2 = 5};
    for (unsigned i = 0; i < 6; i++)
        smmu->idr[i] = reg_read(system, base + IDR0 + 4 * i);
    const bool any_stage = smmu->idr[0] & 3, tables_64 = smmu->idr[0] & 1 << 3;
    if (smmu->idr[0] == UINT32_MAX || !any_stage || !tables_64)
        return -ENODEV;
    smmu->btm = smmu->idr[0] & 1 << 5;
    return 0;
}

/* Writes an enable and waits for its acknowledge. */
static int set(const struct dbell_host_smmu *smmu, unsigned reg, unsigned ack, uint32_t value)
{
    reg_write(smmu->system, smmu->base + reg, value);
    for (int i = 0; i < TRIES; i++) {
        if (reg_read(smmu->system, smmu->base + ack) == value)
            return 0;
        let_go_on(smmu->system);
    }
    return -EIO;
}

static void write64(const struct dbell_host_smmu *smmu, unsigned reg, uint64_t value)
{
    dbell_host_store(&smmu->system->bus, smmu->base + reg, 8, value);
}

static bool has_pri(const struct dbell_host_smmu *smmu)
{
    return smmu->idr[0] & 1 << 16;
}

static bool has_ats(const struct dbell_host_smmu *smmu)
{
    return smmu->idr[0] & 1 << 10;
}

static bool two_level(const struct dbell_host_smmu *smmu)
{
    return field(smmu->idr[0], 28, 27) == 1;
}

static unsigned sid_bits(const struct dbell_host_smmu *smmu)
{
    const unsigned most = smmu->idr[1] & 0x3f;
    return most < SID_BITS ? most : SID_BITS;
}

static int make_tables(struct dbell_host_smmu *smmu)
{
    struct dbell_host_system *system = smmu->system;
    const unsigned bits = sid_bits(smmu);
    smmu->strtab =
        dbell_host_alloc(system, two_level(smmu) ? UINT64_C(8) << (bits > SPLIT ? bits - SPLIT : 0)
                                                 : UINT64_C(64) << bits);
    smmu->cmdq = dbell_host_alloc(system, UINT64_C(16) << CMDQ_LOG2);
    smmu->evtq = dbell_host_alloc(system, UINT64_C(32) << EVENTQ_LOG2);
    smmu->priq = dbell_host_alloc(system, UINT64_C(16) << smmu->priq_log2);
    return smmu->strtab && smmu->cmdq && smmu->evtq && smmu->priq ? 0 : -ENOMEM;
}

int dbell_host_smmu_reset(struct dbell_host_smmu *smmu)
{
    const struct dbell_host_system *system = smmu->system;
    const struct dbell_host_cmd begin[] = {dbell_host_cfgi_all(), dbell_host_tlbi_nsnh_all()};
    uint32_t on = 0;
    int status = make_tables(smmu);
    if (!status)
        status = set(smmu, CR0, CR0ACK, 0);
    if (status)
        return status;
    reg_write(system, smmu->base + CR1, 0xd75); /* write-back, Inner Shareable: 6.3.11 */
    reg_write(system, smmu->base + CR2, smmu->e2h ? 7 : 6); /* RECINVSID, PTM: 6.3.12 */
    write64(smmu, STRTAB_BASE, smmu->strtab | TABLE_READ_ALLOCATE);
    reg_write(system, smmu->base + STRTAB_BASE_CFG,
              sid_bits(smmu) | (two_level(smmu) ? 1u << 16 | SPLIT << 6 : 0));
    write64(smmu, CMDQ_BASE, smmu->cmdq | TABLE_READ_ALLOCATE | CMDQ_LOG2);
    reg_write(system, smmu->base + CMDQ_PROD, 0);
    reg_write(system, smmu->base + CMDQ_CONS, 0);
    smmu->cmdq_prod = smmu->evtq_cons = smmu->priq_cons = 0;
    status = set(smmu, CR0, CR0ACK, on |= ENABLE_CMDQ);
    for (unsigned i = 0; i < 2 && !status; i++)
        status = dbell_host_smmu_issue_sync(smmu, begin[i]);
    if (status)
        return status;
    write64(smmu, EVENTQ_BASE, smmu->evtq | TABLE_READ_ALLOCATE | EVENTQ_LOG2);
    reg_write(system, smmu->base + EVENTQ_PROD, 0);
    reg_write(system, smmu->base + EVENTQ_CONS, 0);
    status = set(smmu, CR0, CR0ACK, on |= ENABLE_EVENTQ);
    if (has_pri(smmu) && !status) {
        write64(smmu, PRIQ_BASE, smmu->priq | TABLE_READ_ALLOCATE | smmu->priq_log2);
        reg_write(system, smmu->base + PRIQ_PROD, 0);
        reg_write(system, smmu->base + PRIQ_CONS, 0);
        status = set(smmu, CR0, CR0ACK, on |= ENABLE_PRIQ);
    }
    if (has_ats(smmu) && !status)
        status = set(smmu, CR0, CR0ACK, on |= ENABLE_ATSCHK);
    if (!status)
        status = set(smmu, IRQ_CTRL, IRQ_CTRLACK, has_pri(smmu) ? 7 : 5);
    return status ? status : set(smmu, CR0, CR0ACK, on | ENABLE_SMMU);
}

int dbell_host_smmu_set_msi(struct dbell_host_smmu *smmu, unsigned line, uint64_t address,
                            uint32_t data)
{
    static const unsigned registers[] = {EVENTQ_IRQ_CFG0, PRIQ_IRQ_CFG0, GERROR_IRQ_CFG0};
    const uint32_t enabled = reg_read(smmu->system, smmu->base + IRQ_CTRL);
    if (line > 2 || !(smmu->idr[0] & 1 << 13))
        return -EINVAL;
    int status = set(smmu, IRQ_CTRL, IRQ_CTRLACK, 0);
    if (status)
        return status;
    write64(smmu, registers[line], address);
    reg_write(smmu->system, smmu->base + registers[line] + 8, data);
    reg_write(smmu->system, smmu->base + registers[line] + 12, 1); /* Device-nGnRE */
    return set(smmu, IRQ_CTRL, IRQ_CTRLACK, enabled);
}

/* --- commands --- */

enum { WRAP = 1 << (CMDQ_LOG2 + 1) };

/* 7.1: the command in error becomes a CMD_SYNC, and processing goes on. */
static int skip_error(struct dbell_host_smmu *smmu)
{
    const struct dbell_host_system *system = smmu->system;
    const uint32_t error =
        reg_read(system, smmu->base + GERROR) ^ reg_read(system, smmu->base + GERRORN);
    if (!(error & 1))
        return 0;
    const uint32_t at = reg_read(system, smmu->base + CMDQ_CONS) & ((1 << CMDQ_LOG2) - 1);
    const struct dbell_host_cmd sync = dbell_host_sync();
    dbell_host_store_words(&system->bus, smmu->cmdq + at * UINT64_C(16), sync.words, 2);
    reg_write(system, smmu->base + GERRORN, reg_read(system, smmu->base + GERROR));
    let_go_on(system);
    return -EIO;
}

int dbell_host_smmu_issue(struct dbell_host_smmu *smmu, struct dbell_host_cmd command)
{
    const struct dbell_host_system *system = smmu->system;
    const uint32_t at = smmu->cmdq_prod & ((1 << CMDQ_LOG2) - 1);
    dbell_host_store_words(&system->bus, smmu->cmdq + at * UINT64_C(16), command.words, 2);
    smmu->cmdq_prod = (smmu->cmdq_prod + 1) & (WRAP - 1);
    reg_write(system, smmu->base + CMDQ_PROD, smmu->cmdq_prod);
    for (int i = 0; i < TRIES; i++) {
        const int status = skip_error(smmu);
        if (status)
            return status;
        if ((reg_read(system, smmu->base + CMDQ_CONS) & (WRAP - 1)) == smmu->cmdq_prod)
            return 0;
        let_go_on(system);
    }
    return -ETIMEDOUT;
}

int dbell_host_smmu_issue_sync(struct dbell_host_smmu *smmu, struct dbell_host_cmd command)
{
    const int status = dbell_host_smmu_issue(smmu, command);
    return status ? status : dbell_host_smmu_issue(smmu, dbell_host_sync());
}

/* --- records --- */

/* The words of the next entry of an output queue; false: it is empty. */
static bool take(const struct dbell_host_smmu *smmu, unsigned prod_reg, uint32_t *cons,
                 unsigned log2size, uint64_t queue, uint64_t *words, unsigned count)
{
    const struct dbell_host_system *system = smmu->system;
    const uint32_t mask = (2u << log2size) - 1;
    const uint32_t prod = reg_read(system, smmu->base + prod_reg);
    if (!((prod ^ *cons) & mask))
        return false;
    const uint64_t at = queue + (*cons & (mask >> 1)) * UINT64_C(8) * count;
    for (unsigned i = 0; i < count; i++)
        dbell_host_load(&system->bus, at + 8 * i, 8, &words[i]);
    *cons = (*cons & OVERFLOWED) | ((*cons + 1) & mask);
    reg_write(system, smmu->base + prod_reg + 4, *cons);
    return true;
}

bool dbell_host_evtq_poll(struct dbell_host_smmu *smmu, struct dbell_host_event *event)
{
    *event = (struct dbell_host_event){0};
    uint64_t *w = event->words;
    if (!take(smmu, EVENTQ_PROD, &smmu->evtq_cons, EVENTQ_LOG2, smmu->evtq, w, 4))
        return false;
    event->type = (uint8_t)w[0];
    event->ssv = field(w[0], 11, 11);
    event->ssid = (uint32_t)field(w[0], 31, 12);
    event->sid = (uint32_t)(w[0] >> 32);
    event->stag = (uint16_t)w[1];
    event->stall = field(w[1], 31, 31);
    event->privileged = field(w[1], 33, 33);
    event->instruction = field(w[1], 34, 34);
    event->read = field(w[1], 35, 35);
    event->s2 = field(w[1], 39, 39);
    event->fault_class = (uint8_t)field(w[1], 41, 40);
    event->address = w[2];
    event->ipa = w[3] & UINT64_C(0x000ffffffffff000);
    return true;
}

int dbell_host_resume_event(struct dbell_host_smmu *smmu, const struct dbell_host_event *event,
                            bool retry, bool abort)
{
    return dbell_host_smmu_issue_sync(smmu,
                                      dbell_host_resume(event->sid, event->stag, retry, abort));
}

bool dbell_host_priq_poll(struct dbell_host_smmu *smmu, struct dbell_host_page_request *request)
{
    *request = (struct dbell_host_page_request){0};
    uint64_t *w = request->words;
    if (!has_pri(smmu) ||
        !take(smmu, PRIQ_PROD, &smmu->priq_cons, smmu->priq_log2, smmu->priq, w, 2))
        return false;
    request->sid = (uint32_t)w[0];
    request->ssid = (uint32_t)field(w[0], 51, 32);
    request->privileged = field(w[0], 58, 58);
    request->execute = field(w[0], 59, 59);
    request->read = field(w[0], 60, 60);
    request->write = field(w[0], 61, 61);
    request->last = field(w[0], 62, 62);
    request->ssv = field(w[0], 63, 63);
    request->group = (uint16_t)field(w[1], 8, 0);
    request->address = w[1] & ~UINT64_C(0xfff);
    return true;
}

bool dbell_host_priq_overflow(struct dbell_host_smmu *smmu)
{
    const uint32_t prod = reg_read(smmu->system, smmu->base + PRIQ_PROD);
    if (!((prod ^ smmu->priq_cons) & OVERFLOWED))
        return false;
    smmu->priq_cons ^= OVERFLOWED;
    reg_write(smmu->system, smmu->base + PRIQ_CONS, smmu->priq_cons);
    return true;
}

int dbell_host_page_response(struct dbell_host_smmu *smmu,
                             const struct dbell_host_page_request *request,
                             enum dbell_host_page_response response)
{
    struct dbell_host_cmd command =
        dbell_host_pri_resp(request->sid, request->group, (unsigned)response);
    if (request->ssv)
        command = dbell_host_with_substream(command, request->ssid);
    return dbell_host_smmu_issue_sync(smmu, command);
}
