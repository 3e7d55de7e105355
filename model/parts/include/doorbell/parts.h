/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* SMMUs, ITSes and redistributors as the clockwork wants to know them: what an access, a message or
 * an act of them will need, and what their acts take out of the caches of time. For who wires
 * them to a clockwork's ports. */
#ifndef DOORBELL_PARTS_H
#define DOORBELL_PARTS_H

#include <doorbell/clockwork.h>
#include <doorbell/gic.h>
#include <doorbell/its.h>
#include <doorbell/smmu.h>

#ifdef __cplusplus
extern "C" {
#endif

/* With t->side.at DBELL_AT_TRANSLATION_REQUEST: of such a request. t->itinerary is not used. */
void dbell_parts_foresee(struct dbell_smmu *smmu, const struct dbell_transaction *t,
                         struct dbell_foreseen *out);
/* t is the write to GITS_TRANSLATER, whatever its address. gic: NULL, there is none; `cpus` are
 * its. */
void dbell_parts_foresee_message(struct dbell_its *its, struct dbell_gic *gic, uint32_t cpus,
                                 const struct dbell_transaction *t,
                                 struct dbell_foreseen_message *out);
/* Where an MSI of an SMMU itself goes is for the caller to find out, by out->write_address. */
void dbell_parts_foresee_act(struct dbell_smmu *smmu, enum dbell_smmu_unit unit,
                             struct dbell_foreseen_act *out);
void dbell_parts_foresee_command(struct dbell_its *its, struct dbell_its_command *command,
                                 struct dbell_foreseen_act *out);

/* What was translated, from what the SMMU answered; its way on is for the caller. */
void dbell_parts_translated(const struct dbell_translation *translation,
                            struct dbell_translated *out);

/* The ITS `part` has executed that command; a VMOVP is for all of `itses`. */
void dbell_parts_executed(struct dbell_clockwork *cw, unsigned part, unsigned itses,
                          const struct dbell_its_command *command);
/* As a function of the SMMU's port of invalidations. */
void dbell_parts_invalidated(struct dbell_clockwork *cw, unsigned smmu,
                             const struct dbell_smmu_invalidation *what);

#ifdef __cplusplus
}
#endif
#endif
