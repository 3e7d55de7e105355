/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef FUZZ_PCIE_TCE_H
#define FUZZ_PCIE_TCE_H

#include "records.h"

/* At least one record. */
void tce_run(const uint8_t *data, size_t size);

#endif
