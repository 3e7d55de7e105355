/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* The `tlbi` line: names of A64 instructions (Arm ARM C5.5) as broadcast invalidations. */
#ifndef MACHINE_TLBI_H
#define MACHINE_TLBI_H

#include <doorbell/smmu.h>
#include <doorbell/trace.h>

/* NULL, or what is wrong with the line. */
const char *dbell__tlbi_parse(const struct dbell_fields *fields, struct dbell_tlbi *tlbi);

#endif
