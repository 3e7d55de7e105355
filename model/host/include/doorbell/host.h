/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What software writes for an SMMU and an ITS, encoded from named fields: stream table entries,
 * context descriptors, translation tables, SMMU commands, ITS commands. Written from the
 * specifications and sharing no format header with the model, so that tests built with it check
 * the model's. Sections are of IHI 0070 unless said otherwise. */
#ifndef DOORBELL_HOST_H
#define DOORBELL_HOST_H

#include <doorbell/ports.h>
#include <doorbell/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Stores to memory or registers, little endian; `size` is 1, 2, 4 or 8. */
int dbell_host_store(const struct dbell_bus *bus, uint64_t address, unsigned size, uint64_t value);
int dbell_host_load(const struct dbell_bus *bus, uint64_t address, unsigned size, uint64_t *value);
/* At most 8 words, as one access to memory. */
int dbell_host_store_words(const struct dbell_bus *bus, uint64_t address, const uint64_t *words,
                           unsigned count);

/* 5.2: fields of a stream table entry, as the specification names them. */
struct dbell_host_ste {
    bool v;
    unsigned config, s1fmt, s1cdmax, s1dss;
    uint64_t s1contextptr;
    unsigned s1cir, s1cor, s1csh;
    bool s1stalld, mtcfg, s2fwb, dre, dcp, ppar, mev, s1mpam;
    unsigned cont, eats, strw, memattr, alloccfg, shcfg, nscfg, privcfg, instcfg;
    unsigned s2vmid, s2t0sz, s2sl0, s2ir0, s2or0, s2sh0, s2tg, s2ps;
    bool s2aa64, s2endi, s2affd, s2ptw, s2ha, s2hd, s2s, s2r;
    uint64_t s2ttb;
    unsigned partid, pmg;
    uint64_t vmsptr;
};
void dbell_host_ste_encode(const struct dbell_host_ste *ste, uint64_t words[8]);

/* 5.1: span in STEs as a power of two, 2^(span - 1). */
uint64_t dbell_host_l1std(uint64_t l2ptr, unsigned span);

/* 5.4 */
struct dbell_host_cd {
    bool v;
    unsigned t0sz, tg0, ir0, or0, sh0, t1sz, tg1, ir1, or1, sh1, ips, asid;
    bool epd0, epd1, endi, affd, wxn, tbi0, tbi1, pan, aa64, ha, hd, s, r, a, aset, had0, had1;
    bool e0pd0, e0pd1, epan;
    uint64_t ttb0, ttb1, mair;
    unsigned partid, pmg;
};
void dbell_host_cd_encode(const struct dbell_host_cd *cd, uint64_t words[8]);
/* 5.3 */
uint64_t dbell_host_l1cd(uint64_t l2ptr, bool valid);

/* VMSAv8-64 descriptors (Arm ARM D8.3), 4 KB and 16 KB granules and 64 KB below 48 bits. */
enum dbell_host_pte_bits {
    DBELL_HOST_PTE_AP_EL0 = 1 << 6,   /* stage 1 AP[1] */
    DBELL_HOST_PTE_AP_RO = 1 << 7,    /* stage 1 AP[2] */
    DBELL_HOST_PTE_S2_READ = 1 << 6,  /* S2AP[0] */
    DBELL_HOST_PTE_S2_WRITE = 1 << 7, /* S2AP[1] */
    DBELL_HOST_PTE_AF = 1 << 10,
    DBELL_HOST_PTE_NG = 1 << 11
};
#define DBELL_HOST_PTE_DBM (UINT64_C(1) << 51)
#define DBELL_HOST_PTE_PXN (UINT64_C(1) << 53)
#define DBELL_HOST_PTE_UXN (UINT64_C(1) << 54)
uint64_t dbell_host_pte_table(uint64_t next);
uint64_t dbell_host_pte_block(uint64_t output, uint64_t bits);
uint64_t dbell_host_pte_page(uint64_t output, uint64_t bits);

/* Translation tables under construction: pages come from [next, end). */
struct dbell_host_tables {
    struct dbell_bus bus;
    uint64_t root;
    unsigned granule;    /* log2 of bytes: 12, 14 or 16 */
    unsigned input_bits; /* 64 - TxSZ */
    unsigned start_level;
    uint64_t next, end;
};
/* Maps the block or page of `level` at `input` to `output` with these descriptor bits.
 * DBELL_E_MEMORY, DBELL_E_OVERLAP (a larger block is there), DBELL_E_IO. */
int dbell_host_map(struct dbell_host_tables *tables, uint64_t input, uint64_t output,
                   unsigned level, uint64_t bits);
/* The start level of a stage 1 table of that size (Arm ARM D8.2). */
unsigned dbell_host_start_level(unsigned granule, unsigned input_bits);

/* 4: SMMU commands. */
struct dbell_host_cmd {
    uint64_t words[2];
};
struct dbell_host_cmd dbell_host_prefetch_config(uint32_t streamid);
/* 4.2.2: 2^size addresses, 4 KB << stride apart. */
struct dbell_host_cmd dbell_host_prefetch_addr(uint32_t streamid, uint64_t address, unsigned size,
                                               unsigned stride);
/* 4.1.6: gives a command a SubstreamID and SSV. */
struct dbell_host_cmd dbell_host_with_substream(struct dbell_host_cmd cmd, uint32_t substreamid);
struct dbell_host_cmd dbell_host_cfgi_ste(uint32_t streamid, bool leaf);
struct dbell_host_cmd dbell_host_cfgi_ste_range(uint32_t streamid, unsigned range);
struct dbell_host_cmd dbell_host_cfgi_vms_pidm(unsigned vmid);
struct dbell_host_cmd dbell_host_cfgi_all(void);
struct dbell_host_cmd dbell_host_cfgi_cd(uint32_t streamid, uint32_t substreamid, bool leaf);
struct dbell_host_cmd dbell_host_cfgi_cd_all(uint32_t streamid);
struct dbell_host_cmd dbell_host_tlbi_nh_all(unsigned vmid);
struct dbell_host_cmd dbell_host_tlbi_nh_asid(unsigned vmid, unsigned asid);
struct dbell_host_cmd dbell_host_tlbi_nh_va(unsigned vmid, unsigned asid, uint64_t va, bool leaf);
struct dbell_host_cmd dbell_host_tlbi_nh_vaa(unsigned vmid, uint64_t va, bool leaf);
struct dbell_host_cmd dbell_host_tlbi_s12_vmall(unsigned vmid);
struct dbell_host_cmd dbell_host_tlbi_s2_ipa(unsigned vmid, uint64_t ipa, bool leaf);
struct dbell_host_cmd dbell_host_tlbi_nsnh_all(void);
struct dbell_host_cmd dbell_host_tlbi_el2_all(void);
struct dbell_host_cmd dbell_host_tlbi_el2_asid(unsigned asid);
struct dbell_host_cmd dbell_host_tlbi_el2_va(unsigned asid, uint64_t va, bool leaf);
struct dbell_host_cmd dbell_host_tlbi_el2_vaa(uint64_t va, bool leaf);
/* 4.4.1.1: turns an address-based invalidation into a range of (num + 1) << scale granules;
 * tg is 1 for 4 KB, 2 for 16 KB, 3 for 64 KB. */
struct dbell_host_cmd dbell_host_range(struct dbell_host_cmd cmd, unsigned num, unsigned scale,
                                       unsigned tg, unsigned ttl);
struct dbell_host_cmd dbell_host_resume(uint32_t streamid, unsigned stag, bool retry, bool abort);
struct dbell_host_cmd dbell_host_stall_term(uint32_t streamid);
/* 4.5.1: 2^size pages of 4 KB, all of 64 bits with 52; dbell_host_with_substream() adds a PASID. */
struct dbell_host_cmd dbell_host_atc_inv(uint32_t streamid, uint64_t address, unsigned size,
                                         bool global);
/* 4.5.2: `response` 0 failure, 1 invalid request, 2 success. */
struct dbell_host_cmd dbell_host_pri_resp(uint32_t streamid, unsigned group, unsigned response);
struct dbell_host_cmd dbell_host_sync(void);
struct dbell_host_cmd dbell_host_sync_irq(uint64_t msi_address, uint32_t msi_data);
struct dbell_host_cmd dbell_host_sync_sev(void);

/* IHI 0069 5.3: ITS commands. */
struct dbell_host_its_cmd {
    uint64_t words[4];
};
struct dbell_host_its_cmd dbell_host_mapd(uint32_t deviceid, unsigned eventid_bits, uint64_t itt,
                                          bool valid);
struct dbell_host_its_cmd dbell_host_mapc(unsigned icid, uint64_t rdbase, bool valid);
struct dbell_host_its_cmd dbell_host_mapti(uint32_t deviceid, uint32_t eventid, uint32_t intid,
                                           unsigned icid);
struct dbell_host_its_cmd dbell_host_mapi(uint32_t deviceid, uint32_t eventid, unsigned icid);
struct dbell_host_its_cmd dbell_host_movi(uint32_t deviceid, uint32_t eventid, unsigned icid);
struct dbell_host_its_cmd dbell_host_movall(uint64_t from, uint64_t to);
/* INT 0x03, CLEAR 0x04, INV 0x0c, DISCARD 0x0f. */
struct dbell_host_its_cmd dbell_host_event(unsigned opcode, uint32_t deviceid, uint32_t eventid);
struct dbell_host_its_cmd dbell_host_invall(unsigned icid);
struct dbell_host_its_cmd dbell_host_its_sync(uint64_t rdbase);

/* Of GICv4. Addresses are of 64 KB; what is marked is of GICv4.1 and 0 before. */
struct dbell_host_vpe_mapping {
    uint32_t vpeid;
    uint64_t rdbase;
    uint64_t vpt;        /* virtual pending table, of 2^intid_bits bits */
    unsigned intid_bits; /* 14 or more for vLPIs */
    bool valid;
    bool alloc;        /* 4.1: the first, or the last, mapping of the vPE */
    bool ptz;          /* 4.1: the table is all zero */
    uint64_t vconf;    /* 4.1: virtual configuration table */
    uint32_t doorbell; /* 4.1: INTID of the default doorbell, 1023: none */
};
struct dbell_host_its_cmd dbell_host_vmapp(const struct dbell_host_vpe_mapping *vmapp);
struct dbell_host_its_cmd dbell_host_vmapti(uint32_t deviceid, uint32_t eventid, uint32_t vintid,
                                            uint32_t vpeid, uint32_t doorbell);
struct dbell_host_its_cmd dbell_host_vmapi(uint32_t deviceid, uint32_t eventid, uint32_t vpeid,
                                           uint32_t doorbell);
/* `doorbell` 0: it stays what it is. */
struct dbell_host_its_cmd dbell_host_vmovi(uint32_t deviceid, uint32_t eventid, uint32_t vpeid,
                                           uint32_t doorbell);
struct dbell_host_vpe_move {
    uint32_t vpeid;
    uint64_t rdbase;
    uint16_t its_list, sequence; /* with GITS_TYPER.VMOVP 0 */
    uint32_t doorbell;           /* 4.1: the default doorbell, 0: it stays what it is */
};
struct dbell_host_its_cmd dbell_host_vmovp(const struct dbell_host_vpe_move *vmovp);
/* VSYNC 0x25, VINVALL 0x2d, and 4.1: INVDB 0x2e. */
struct dbell_host_its_cmd dbell_host_vpe(unsigned opcode, uint32_t vpeid);
/* 4.1. `priority` as in a priority register: bits [7:4] of it. */
struct dbell_host_its_cmd dbell_host_vsgi(uint32_t vpeid, unsigned vintid, bool enable,
                                          unsigned group, uint8_t priority);
struct dbell_host_its_cmd dbell_host_vsgi_clear(uint32_t vpeid, unsigned vintid);

#ifdef __cplusplus
}
#endif
#endif
