/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Every rule that can decide an access, with its section. State and results name a rule by number;
 * dbell__rule_text() gives the words for `doorbell explain`. */
#ifndef SMMU_RULES_H
#define SMMU_RULES_H

#define SMMU_RULES(RULE)                                                                          \
    RULE(DISABLED_ADDRESS_SIZE, "3.4: SMMUEN == 0 and the address exceeds the OAS")               \
    RULE(BYPASS_ADDRESS_SIZE, "3.4: stage 1 is bypassed and the address exceeds the OAS")         \
    RULE(TRANSLATED_ADDRESS_SIZE, "3.9.1.1: a Translated address exceeds the OAS")                \
    RULE(TRANSLATED_DISABLED, "3.9.1.3: a Translated transaction with SMMUEN == 0")               \
    RULE(TRANSLATED_UNCHECKED, "3.9.1.3: CR0.ATSCHK == 0: Translated traffic is not checked")     \
    RULE(TRANSLATED_ALLOWED, "5.2: STE.EATS == 0b01 lets Translated traffic pass")                \
    RULE(TRANSLATED_FORBIDDEN, "5.2: STE.EATS does not allow Translated traffic")                 \
    RULE(REQUEST_DISABLED, "3.9.1.2: a Translation Request with SMMUEN == 0")                     \
    RULE(REQUEST_FORBIDDEN, "5.2: STE.EATS does not allow Translation Requests")                  \
    RULE(SPECULATIVE_WRITE, "3.14: a speculative write is always terminated")                     \
    RULE(SERVICE_FAILURE, "12.3: the SMMU is in Service Failure Mode")                            \
    RULE(TLB_CONFLICT, "7.3.17: more than one TLB entry matches")                                 \
    RULE(CFG_CONFLICT, "7.3.18: an STE within a STE.CONT span differs from it")                   \
    RULE(STALL_TERMINATED, "4.7.1: terminated by CMD_RESUME or CMD_STALL_TERM")                   \
    RULE(STE_ABORTS, "5.2: STE.Config == 0b000 aborts, no event")                                 \
    RULE(STE_BYPASS, "5.2: STE.Config == 0b100 bypasses")                                         \
    RULE(S1DSS_BYPASSES, "5.2: STE.S1DSS == 0b01 bypasses stage 1")                               \
    RULE(S2PTW_DEVICE, "5.2: STE.S2PTW, and stage 2 maps the CD or stage 1 descriptor as Device") \
    RULE(STE_V, "5.2: STE.V == 0")                                                                \
    RULE(STE_NO_STAGE1, "5.2.2: STE.Config enables stage 1, IDR0.S1P == 0: ILLEGAL")              \
    RULE(STE_NO_STAGE2, "5.2.2: STE.Config enables stage 2, IDR0.S2P == 0: ILLEGAL")              \
    RULE(STE_EATS_STALL, "5.2.2: STE.EATS == 0b01 with S2S == 1 is ILLEGAL")                      \
    RULE(STE_EATS_SPLIT,                                                                          \
         "5.2.2: STE.EATS == 0b10 needs both stages, S2S == 0 and split-stage ATS: ILLEGAL")      \
    RULE(STE_S1CDMAX, "5.2.2: STE.S1CDMax exceeds IDR1.SSIDSIZE: ILLEGAL")                        \
    RULE(STE_S1CONTEXTPTR, "5.2.2: STE.S1ContextPtr is out of range (3.4.3): ILLEGAL")            \
    RULE(STE_S1FMT, "5.2.2: STE.S1Fmt selects two levels, IDR0.CD2L == 0: ILLEGAL")               \
    RULE(STE_S1STALLD, "5.2.2: STE.S1STALLD with IDR0.STALL_MODEL != 0b00 is ILLEGAL")            \
    RULE(STE_S2AA64, "5.2.2: STE.S2AA64 selects a table format that IDR0.TTF does not announce")  \
    RULE(STE_S2ENDI, "5.2.2: STE.S2ENDI selects an unsupported endianness: ILLEGAL")              \
    RULE(STE_S2HA, "5.2.2: STE.S2HA or S2HD without IDR0.HTTU is ILLEGAL")                        \
    RULE(STE_S2HD, "5.2.2: STE.S2HD without dirty state support is ILLEGAL")                      \
    RULE(STE_S2S_FORCED, "5.2.2: STE.S2S == 0 with IDR0.STALL_MODEL == 0b10 is ILLEGAL")          \
    RULE(STE_S2S, "5.2.2: STE.S2S with IDR0.STALL_MODEL == 0b01 is ILLEGAL")                      \
    RULE(STE_S2_INCONSISTENT, "5.2.2: STE.S2SL0, S2T0SZ and S2TG are inconsistent: ILLEGAL")      \
    RULE(STE_S2T0SZ, "5.2.2: STE.S2T0SZ is out of range: ILLEGAL")                                \
    RULE(STE_S2TG, "5.2.2: STE.S2TG selects an unsupported granule: ILLEGAL")                     \
    RULE(STE_S2TTB, "5.2.2: STE.S2TTB is outside of the effective S2PS: ILLEGAL")                 \
    RULE(STE_S2VMID, "5.2.2: STE.S2VMID exceeds 8 bits, IDR0.VMID16 == 0: ILLEGAL")               \
    RULE(STE_VMSPTR, "5.2.2: STE.VMSPtr is outside of the OAS: ILLEGAL")                          \
    RULE(STE_STRW, "5.2.2: STE.STRW == 0bx1 is reserved: ILLEGAL")                                \
    RULE(CD_E0PD, "5.4: CD.E0PDx forbids unprivileged accesses to this half")                     \
    RULE(CD_V, "5.4: CD.V == 0")                                                                  \
    RULE(CD_A, "5.4.2: CD.A == 0 with IDR0.TERM_MODEL == 1 is ILLEGAL")                           \
    RULE(CD_AA64, "5.4.2: CD.AA64 selects a table format that IDR0.TTF does not announce")        \
    RULE(CD_ASID, "5.4.2: CD.ASID exceeds 8 bits, IDR0.ASID16 == 0: ILLEGAL")                     \
    RULE(CD_ENDI, "5.4.2: CD.ENDI selects an unsupported endianness: ILLEGAL")                    \
    RULE(CD_HA, "5.4.2: CD.HA or HD without IDR0.HTTU is ILLEGAL")                                \
    RULE(CD_HD, "5.4.2: CD.HD without dirty state support is ILLEGAL")                            \
    RULE(CD_S_FORCED, "5.4.2: CD.S == 0 with IDR0.STALL_MODEL == 0b10 is ILLEGAL")                \
    RULE(CD_S, "5.4.2: CD.S with IDR0.STALL_MODEL == 0b01 is ILLEGAL")                            \
    RULE(CD_S_S1STALLD, "5.4.2: CD.S with STE.S1STALLD is ILLEGAL")                               \
    RULE(CD_TG, "5.4.2: CD.TGx selects an unsupported granule: ILLEGAL")                          \
    RULE(CD_TTB, "5.4.2: CD.TTBx is outside of the effective IPS: ILLEGAL")                       \
    RULE(CD_TXSZ, "5.4.2: CD.TxSZ is out of range: ILLEGAL")                                      \
    RULE(GBPA_ABORTS, "6.3.14: SMMUEN == 0 and GBPA.ABORT == 1")                                  \
    RULE(GBPA_BYPASS, "6.3.14: SMMUEN == 0, global bypass")                                       \
    RULE(L1STD_SPAN_SPLIT, "7.3.3: L1STD.Span > SPLIT + 1")                                       \
    RULE(L1STD_SPAN, "7.3.3: L1STD.Span is 0 or reserved")                                        \
    RULE(STREAMID_RANGE, "7.3.3: StreamID >= 2^STRTAB_BASE_CFG.LOG2SIZE")                         \
    RULE(STREAMID_SPAN, "7.3.3: StreamID is beyond the level 2 array of L1STD.Span")              \
    RULE(L1STD_FETCH_ABORT, "7.3.4: external abort on the fetch of the L1STD")                    \
    RULE(STE_FETCH_ABORT, "7.3.4: external abort on the fetch of the STE")                        \
    RULE(SUBSTREAM0_RESERVED, "7.3.7: SubstreamID 0 with STE.S1DSS == 0b10")                      \
    RULE(NO_SUBSTREAM, "7.3.7: no SubstreamID with STE.S1DSS == 0b00")                            \
    RULE(L1CD_INVALID, "7.3.9: L1CD.V == 0 or L1CD.L2Ptr out of range")                           \
    RULE(SUBSTREAMID_RANGE, "7.3.9: SubstreamID >= 2^STE.S1CDMax")                                \
    RULE(SUBSTREAMID_DISABLED, "7.3.9: SubstreamID given, STE.S1CDMax == 0")                      \
    RULE(SUBSTREAMID_NO_STAGE1, "7.3.9: SubstreamID given, stage 1 disabled")                     \
    RULE(VMS_FETCH_ABORT, "7.3.20: external abort on the fetch of the VMS")                       \
    RULE(CD_FETCH_ABORT, "7.3.10: external abort on the fetch of the CD")                         \
    RULE(WALK_ABORT, "7.3.12: external abort on a descriptor fetch")                              \
    RULE(CD_EPD, "7.3.13: CD.EPDx disables this half")                                            \
    RULE(IPA_RANGE, "7.3.13: the IPA is outside of the range of STE.S2T0SZ")                      \
    RULE(VA_RANGE, "7.3.13: the address is outside of the range of CD.TxSZ")                      \
    RULE(DESCRIPTOR_INVALID, "7.3.13: the descriptor is not valid at this level")                 \
    RULE(DESCRIPTOR_ADDRESS_SIZE,                                                                 \
         "7.3.14: the descriptor's address is outside of the effective output size")              \
    RULE(ACCESS_FLAG, "7.3.15: AF == 0")                                                          \
    RULE(S2_FORBIDS_READ, "7.3.16: stage 2 forbids the read of a CD or stage 1 descriptor")       \
    RULE(S2_FORBIDS_UPDATE, "7.3.16: stage 2 forbids the update of a stage 1 descriptor")         \
    RULE(S1_FORBIDS, "7.3.16: the stage 1 permissions forbid it")                                 \
    RULE(S2_FORBIDS, "7.3.16: the stage 2 permissions forbid it")                                 \
    RULE(S1_GRANTS, "13.4.1: the stage 1 permissions grant it")                                   \
    RULE(S2_GRANTS, "13.4.3: the stage 2 permissions grant it")                                   \
    RULE(BOTH_GRANT, "13.4.1, 13.4.3: the permissions of both stages grant it")                   \
    RULE(UNSUPPORTED,                                                                             \
         "16.7.1: it crosses a 4 KB boundary, or is an atomic where none are supported")

enum rule {
    RULE_NONE,
#define RULE_NUMBER(name, text) RULE_##name,
    SMMU_RULES(RULE_NUMBER)
#undef RULE_NUMBER
};

/* NULL for RULE_NONE. */
const char *dbell__rule_text(enum rule rule);

#endif
