/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/host.h>

#include <string.h>

/* --- memory --- */

static int access(const struct dbell_bus *bus, enum dbell_op op, uint64_t address, uint8_t *bytes,
                  unsigned size)
{
    struct dbell_transaction t = {.address = address,
                                  .length = size,
                                  .op = (uint8_t)op,
                                  .data = bytes,
                                  .side = {.privileged = true, .attr = DBELL_ATTR_NORMAL_WB}};
    return bus->access(bus->ctx, &t) == DBELL_RESPONSE_OK ? DBELL_OK : DBELL_E_IO;
}

int dbell_host_store(const struct dbell_bus *bus, uint64_t address, unsigned size, uint64_t value)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    return size <= 8 ? access(bus, DBELL_WRITE, address, bytes, size) : DBELL_E_ARGUMENT;
}

int dbell_host_load(const struct dbell_bus *bus, uint64_t address, unsigned size, uint64_t *value)
{
    uint8_t bytes[8] = {0};
    int status = size <= 8 ? access(bus, DBELL_READ, address, bytes, size) : DBELL_E_ARGUMENT;
    *value = 0;
    for (unsigned i = 8; i-- > 0;)
        *value = *value << 8 | bytes[i];
    return status;
}

int dbell_host_store_words(const struct dbell_bus *bus, uint64_t address, const uint64_t *words,
                           unsigned count)
{
    uint8_t bytes[64];
    if (count > sizeof bytes / 8)
        return DBELL_E_RANGE;
    for (unsigned i = 0; i < 8 * count; i++)
        bytes[i] = (uint8_t)(words[i / 8] >> 8 * (i % 8));
    struct dbell_transaction t = {.address = address,
                                  .length = 8 * count,
                                  .op = DBELL_WRITE,
                                  .data = bytes,
                                  .side = {.attr = DBELL_ATTR_NORMAL_WB}};
    return bus->access(bus->ctx, &t) == DBELL_RESPONSE_OK ? DBELL_OK : DBELL_E_IO;
}

/* --- structures: bit n of the specification is bit n % 64 of word n / 64 --- */

static void set(uint64_t *words, unsigned lsb, uint64_t value)
{
    words[lsb / 64] |= value << (lsb % 64);
}

void dbell_host_ste_encode(const struct dbell_host_ste *s, uint64_t w[8])
{
    memset(w, 0, 64);
    set(w, 0, s->v);
    set(w, 1, s->config);
    set(w, 4, s->s1fmt);
    w[0] |= s->s1contextptr & UINT64_C(0x00ffffffffffffc0);
    set(w, 59, s->s1cdmax);
    set(w, 64, s->s1dss);
    set(w, 66, s->s1cir);
    set(w, 68, s->s1cor);
    set(w, 70, s->s1csh);
    set(w, 76, s->dre);
    set(w, 77, s->cont);
    set(w, 81, s->dcp);
    set(w, 82, s->ppar);
    set(w, 83, s->mev);
    set(w, 89, s->s2fwb);
    set(w, 90, s->s1mpam);
    set(w, 91, s->s1stalld);
    set(w, 92, s->eats);
    set(w, 94, s->strw);
    set(w, 96, s->memattr);
    set(w, 100, s->mtcfg);
    set(w, 101, s->alloccfg);
    set(w, 108, s->shcfg);
    set(w, 110, s->nscfg);
    set(w, 112, s->privcfg);
    set(w, 114, s->instcfg);
    set(w, 128, s->s2vmid);
    set(w, 160, s->s2t0sz);
    set(w, 166, s->s2sl0);
    set(w, 168, s->s2ir0);
    set(w, 170, s->s2or0);
    set(w, 172, s->s2sh0);
    set(w, 174, s->s2tg);
    set(w, 176, s->s2ps);
    set(w, 179, s->s2aa64);
    set(w, 180, s->s2endi);
    set(w, 181, s->s2affd);
    set(w, 182, s->s2ptw);
    set(w, 183, s->s2hd);
    set(w, 184, s->s2ha);
    set(w, 185, s->s2s);
    set(w, 186, s->s2r);
    w[3] |= s->s2ttb & UINT64_C(0x000ffffffffffff0);
    set(w, 272, s->partid);
    set(w, 320, s->pmg);
    w[5] |= s->vmsptr & UINT64_C(0x00fffffffffff000);
}

uint64_t dbell_host_l1std(uint64_t l2ptr, unsigned span)
{
    return (l2ptr & UINT64_C(0x00ffffffffffffc0)) | span;
}

void dbell_host_cd_encode(const struct dbell_host_cd *c, uint64_t w[8])
{
    memset(w, 0, 64);
    set(w, 0, c->t0sz);
    set(w, 6, c->tg0);
    set(w, 8, c->ir0);
    set(w, 10, c->or0);
    set(w, 12, c->sh0);
    set(w, 14, c->epd0);
    set(w, 15, c->endi);
    set(w, 16, c->t1sz);
    set(w, 22, c->tg1);
    set(w, 24, c->ir1);
    set(w, 26, c->or1);
    set(w, 28, c->sh1);
    set(w, 30, c->epd1);
    set(w, 31, c->v);
    set(w, 32, c->ips);
    set(w, 35, c->affd);
    set(w, 36, c->wxn);
    set(w, 38, c->tbi0);
    set(w, 39, c->tbi1);
    set(w, 40, c->pan);
    set(w, 41, c->aa64);
    set(w, 42, c->hd);
    set(w, 43, c->ha);
    set(w, 44, c->s);
    set(w, 45, c->r);
    set(w, 46, c->a);
    set(w, 47, c->aset);
    set(w, 48, c->asid);
    set(w, 65, c->had0);
    set(w, 129, c->had1);
    set(w, 66, c->e0pd0);
    set(w, 130, c->e0pd1);
    set(w, 123, c->epan);
    set(w, 352, c->partid);
    set(w, 368, c->pmg);
    w[1] |= c->ttb0 & UINT64_C(0x000ffffffffffff0);
    w[2] |= c->ttb1 & UINT64_C(0x000ffffffffffff0);
    w[3] = c->mair;
}

uint64_t dbell_host_l1cd(uint64_t l2ptr, bool valid)
{
    return (l2ptr & UINT64_C(0x00fffffffffff000)) | valid;
}

/* --- translation tables --- */

uint64_t dbell_host_pte_table(uint64_t next)
{
    return next | 3;
}

uint64_t dbell_host_pte_block(uint64_t output, uint64_t bits)
{
    return output | bits | 1;
}

uint64_t dbell_host_pte_page(uint64_t output, uint64_t bits)
{
    return output | bits | 3;
}

unsigned dbell_host_start_level(unsigned granule, unsigned input_bits)
{
    unsigned per_level = granule - 3;
    return 4 - (input_bits - granule + per_level - 1) / per_level;
}

int dbell_host_map(struct dbell_host_tables *t, uint64_t input, uint64_t output, unsigned level,
                   uint64_t bits)
{
    unsigned per_level = t->granule - 3;
    uint64_t in = t->input_bits >= 64 ? input : input & ((UINT64_C(1) << t->input_bits) - 1);
    uint64_t table = t->root;
    for (unsigned at = t->start_level;; at++) {
        unsigned shift = t->granule + per_level * (3 - at);
        uint64_t index = in >> shift;
        if (at != t->start_level)
            index &= (UINT64_C(1) << per_level) - 1;
        uint64_t where = table + 8 * index, entry;
        if (at == level)
            return dbell_host_store(&t->bus, where, 8,
                                    level == 3 ? dbell_host_pte_page(output, bits)
                                               : dbell_host_pte_block(output, bits));
        int status = dbell_host_load(&t->bus, where, 8, &entry);
        if (status)
            return status;
        if ((entry & 3) == 1)
            return DBELL_E_OVERLAP;
        if (!(entry & 1)) {
            if (t->next + (UINT64_C(1) << t->granule) > t->end)
                return DBELL_E_MEMORY;
            entry = dbell_host_pte_table(t->next);
            t->next += UINT64_C(1) << t->granule;
            status = dbell_host_store(&t->bus, where, 8, entry);
            if (status)
                return status;
        }
        table = entry & UINT64_C(0x0000fffffffff000);
    }
}

/* --- SMMU commands --- */

static struct dbell_host_cmd command(uint64_t word0, uint64_t word1)
{
    return (struct dbell_host_cmd){{word0, word1}};
}

struct dbell_host_cmd dbell_host_cfgi_ste(uint32_t streamid, bool leaf)
{
    return command(0x03 | (uint64_t)streamid << 32, leaf);
}

struct dbell_host_cmd dbell_host_cfgi_all(void)
{
    return command(0x04, 31);
}

struct dbell_host_cmd dbell_host_cfgi_cd(uint32_t streamid, uint32_t substreamid, bool leaf)
{
    return command(0x05 | (uint64_t)substreamid << 12 | (uint64_t)streamid << 32, leaf);
}

struct dbell_host_cmd dbell_host_prefetch_config(uint32_t streamid)
{
    return command(0x01 | (uint64_t)streamid << 32, 0);
}

struct dbell_host_cmd dbell_host_prefetch_addr(uint32_t streamid, uint64_t address, unsigned size,
                                               unsigned stride)
{
    return command(0x02 | (uint64_t)streamid << 32,
                   (address & ~UINT64_C(0xfff)) | (uint64_t)stride << 5 | size);
}

struct dbell_host_cmd dbell_host_with_substream(struct dbell_host_cmd cmd, uint32_t substreamid)
{
    cmd.words[0] |= UINT64_C(1) << 11 | (uint64_t)substreamid << 12;
    return cmd;
}

struct dbell_host_cmd dbell_host_cfgi_ste_range(uint32_t streamid, unsigned range)
{
    return command(0x04 | (uint64_t)streamid << 32, range);
}

struct dbell_host_cmd dbell_host_cfgi_vms_pidm(unsigned vmid)
{
    return command(0x07 | (uint64_t)vmid << 32, 0);
}

struct dbell_host_cmd dbell_host_cfgi_cd_all(uint32_t streamid)
{
    return command(0x06 | (uint64_t)streamid << 32, 0);
}

static struct dbell_host_cmd tlbi(unsigned opcode, unsigned vmid, unsigned asid, uint64_t address,
                                  bool leaf)
{
    return command(opcode | (uint64_t)vmid << 32 | (uint64_t)asid << 48,
                   (address & ~UINT64_C(0xfff)) | leaf);
}

struct dbell_host_cmd dbell_host_tlbi_nh_all(unsigned vmid)
{
    return tlbi(0x10, vmid, 0, 0, false);
}

struct dbell_host_cmd dbell_host_tlbi_nh_asid(unsigned vmid, unsigned asid)
{
    return tlbi(0x11, vmid, asid, 0, false);
}

struct dbell_host_cmd dbell_host_tlbi_nh_va(unsigned vmid, unsigned asid, uint64_t va, bool leaf)
{
    return tlbi(0x12, vmid, asid, va, leaf);
}

struct dbell_host_cmd dbell_host_tlbi_nh_vaa(unsigned vmid, uint64_t va, bool leaf)
{
    return tlbi(0x13, vmid, 0, va, leaf);
}

struct dbell_host_cmd dbell_host_tlbi_s12_vmall(unsigned vmid)
{
    return tlbi(0x28, vmid, 0, 0, false);
}

struct dbell_host_cmd dbell_host_tlbi_s2_ipa(unsigned vmid, uint64_t ipa, bool leaf)
{
    return tlbi(0x2a, vmid, 0, ipa, leaf);
}

struct dbell_host_cmd dbell_host_tlbi_nsnh_all(void)
{
    return command(0x30, 0);
}

struct dbell_host_cmd dbell_host_tlbi_el2_all(void)
{
    return command(0x20, 0);
}

struct dbell_host_cmd dbell_host_tlbi_el2_asid(unsigned asid)
{
    return tlbi(0x21, 0, asid, 0, false);
}

struct dbell_host_cmd dbell_host_tlbi_el2_va(unsigned asid, uint64_t va, bool leaf)
{
    return tlbi(0x22, 0, asid, va, leaf);
}

struct dbell_host_cmd dbell_host_tlbi_el2_vaa(uint64_t va, bool leaf)
{
    return tlbi(0x23, 0, 0, va, leaf);
}

struct dbell_host_cmd dbell_host_range(struct dbell_host_cmd cmd, unsigned num, unsigned scale,
                                       unsigned tg, unsigned ttl)
{
    cmd.words[0] |= (uint64_t)num << 12 | (uint64_t)scale << 20;
    cmd.words[1] |= (uint64_t)ttl << 8 | (uint64_t)tg << 10;
    return cmd;
}

struct dbell_host_cmd dbell_host_resume(uint32_t streamid, unsigned stag, bool retry, bool abort)
{
    return command(0x44 | (uint64_t)retry << 12 | (uint64_t)abort << 13 | (uint64_t)streamid << 32,
                   stag);
}

struct dbell_host_cmd dbell_host_atc_inv(uint32_t streamid, uint64_t address, unsigned size,
                                         bool global)
{
    return command(0x40 | (uint64_t)global << 9 | (uint64_t)streamid << 32,
                   (address & ~UINT64_C(0xfff)) | size);
}

struct dbell_host_cmd dbell_host_pri_resp(uint32_t streamid, unsigned group, unsigned response)
{
    return command(0x41 | (uint64_t)streamid << 32, group | (uint64_t)response << 12);
}

struct dbell_host_cmd dbell_host_stall_term(uint32_t streamid)
{
    return command(0x45 | (uint64_t)streamid << 32, 0);
}

struct dbell_host_cmd dbell_host_sync(void)
{
    return command(0x46, 0);
}

struct dbell_host_cmd dbell_host_sync_irq(uint64_t msi_address, uint32_t msi_data)
{
    return command(0x46 | UINT64_C(1) << 12 | UINT64_C(0xf) << 24 | (uint64_t)msi_data << 32,
                   msi_address & UINT64_C(0x000ffffffffffffc));
}

struct dbell_host_cmd dbell_host_sync_sev(void)
{
    return command(0x46 | UINT64_C(2) << 12, 0);
}

/* --- ITS commands --- */

struct dbell_host_its_cmd dbell_host_mapd(uint32_t deviceid, unsigned eventid_bits, uint64_t itt,
                                          bool valid)
{
    return (struct dbell_host_its_cmd){
        {0x08 | (uint64_t)deviceid << 32, eventid_bits - 1u,
         (itt & UINT64_C(0x000fffffffffff00)) | (uint64_t)valid << 63, 0}};
}

struct dbell_host_its_cmd dbell_host_mapc(unsigned icid, uint64_t rdbase, bool valid)
{
    return (struct dbell_host_its_cmd){{0x09, 0, icid | rdbase << 16 | (uint64_t)valid << 63, 0}};
}

struct dbell_host_its_cmd dbell_host_mapti(uint32_t deviceid, uint32_t eventid, uint32_t intid,
                                           unsigned icid)
{
    return (struct dbell_host_its_cmd){
        {0x0a | (uint64_t)deviceid << 32, eventid | (uint64_t)intid << 32, icid, 0}};
}

struct dbell_host_its_cmd dbell_host_mapi(uint32_t deviceid, uint32_t eventid, unsigned icid)
{
    return (struct dbell_host_its_cmd){{0x0b | (uint64_t)deviceid << 32, eventid, icid, 0}};
}

struct dbell_host_its_cmd dbell_host_movi(uint32_t deviceid, uint32_t eventid, unsigned icid)
{
    return (struct dbell_host_its_cmd){{0x01 | (uint64_t)deviceid << 32, eventid, icid, 0}};
}

struct dbell_host_its_cmd dbell_host_movall(uint64_t from, uint64_t to)
{
    return (struct dbell_host_its_cmd){{0x0e, 0, from << 16, to << 16}};
}

struct dbell_host_its_cmd dbell_host_event(unsigned opcode, uint32_t deviceid, uint32_t eventid)
{
    return (struct dbell_host_its_cmd){{opcode | (uint64_t)deviceid << 32, eventid, 0, 0}};
}

struct dbell_host_its_cmd dbell_host_invall(unsigned icid)
{
    return (struct dbell_host_its_cmd){{0x0d, 0, icid, 0}};
}

struct dbell_host_its_cmd dbell_host_its_sync(uint64_t rdbase)
{
    return (struct dbell_host_its_cmd){{0x05, 0, rdbase << 16, 0}};
}

struct dbell_host_its_cmd dbell_host_vmapp(const struct dbell_host_vpe_mapping *v)
{
    const uint64_t page = ~UINT64_C(0xffff);
    return (struct dbell_host_its_cmd){
        {0x29 | (uint64_t)v->alloc << 8 | (uint64_t)v->ptz << 9 | (v->vconf & page),
         v->doorbell | (uint64_t)v->vpeid << 32, v->rdbase << 16 | (uint64_t)v->valid << 63,
         (v->intid_bits - 1u) | (v->vpt & page)}};
}

struct dbell_host_its_cmd dbell_host_vmapti(uint32_t deviceid, uint32_t eventid, uint32_t vintid,
                                            uint32_t vpeid, uint32_t doorbell)
{
    return (struct dbell_host_its_cmd){{0x2a | (uint64_t)deviceid << 32,
                                        eventid | (uint64_t)vpeid << 32,
                                        vintid | (uint64_t)doorbell << 32, 0}};
}

struct dbell_host_its_cmd dbell_host_vmapi(uint32_t deviceid, uint32_t eventid, uint32_t vpeid,
                                           uint32_t doorbell)
{
    return (struct dbell_host_its_cmd){{0x2b | (uint64_t)deviceid << 32,
                                        eventid | (uint64_t)vpeid << 32, (uint64_t)doorbell << 32,
                                        0}};
}

struct dbell_host_its_cmd dbell_host_vmovi(uint32_t deviceid, uint32_t eventid, uint32_t vpeid,
                                           uint32_t doorbell)
{
    return (struct dbell_host_its_cmd){{0x21 | (uint64_t)deviceid << 32,
                                        eventid | (uint64_t)vpeid << 32,
                                        (doorbell != 0) | (uint64_t)doorbell << 32, 0}};
}

struct dbell_host_its_cmd dbell_host_vmovp(const struct dbell_host_vpe_move *v)
{
    return (struct dbell_host_its_cmd){
        {0x22 | (uint64_t)v->sequence << 32, v->its_list | (uint64_t)v->vpeid << 32,
         v->rdbase << 16 | (uint64_t)(v->doorbell != 0) << 63, v->doorbell}};
}

struct dbell_host_its_cmd dbell_host_vpe(unsigned opcode, uint32_t vpeid)
{
    return (struct dbell_host_its_cmd){{opcode, (uint64_t)vpeid << 32, 0, 0}};
}

struct dbell_host_its_cmd dbell_host_vsgi(uint32_t vpeid, unsigned vintid, bool enable,
                                          unsigned group, uint8_t priority)
{
    return (struct dbell_host_its_cmd){{0x23 | (uint64_t)enable << 8 | (uint64_t)group << 10 |
                                            (uint64_t)(priority >> 4) << 20 |
                                            (uint64_t)vintid << 32,
                                        (uint64_t)vpeid << 32, 0, 0}};
}

struct dbell_host_its_cmd dbell_host_vsgi_clear(uint32_t vpeid, unsigned vintid)
{
    return (struct dbell_host_its_cmd){
        {0x23 | 1 << 9 | (uint64_t)vintid << 32, (uint64_t)vpeid << 32, 0, 0}};
}
