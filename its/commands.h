/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* What physical and virtual commands have in common. */
#ifndef ITS_COMMANDS_H
#define ITS_COMMANDS_H

#include "its_cmd.h"
#include "its_state.h"

enum its_cause dbell__cause_of(enum table_status status, enum its_cause out_of_range);
/* The mapped device and event of an event-based command. */
enum its_cause dbell__find_event(struct dbell_its *its, const uint64_t c[4], struct dte *dte,
                                 struct ite *ite);
bool dbell__redistributor_exists(struct dbell_its *its, uint64_t rdbase);
bool dbell__is_lpi(const struct dbell_its *its, uint32_t intid);

/* vcommands.c. A vPE that is mapped, or VCPU_OOR, or `unmapped`. */
enum its_cause dbell__find_vpe(struct dbell_its *its, uint32_t vpeid, struct vte *vte,
                               enum its_cause unmapped);
/* What is none of them is an unknown command. */
enum its_cause dbell__virtual_command(struct dbell_its *its, const uint64_t c[4]);

#endif
