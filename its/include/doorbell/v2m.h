/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* A GICv2m frame: any write to MSI_SETSPI_NS raises the SPI that it names, whoever writes. There
 * is no DeviceID and no isolation. */
#ifndef DOORBELL_V2M_H
#define DOORBELL_V2M_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DBELL_V2M_SPACE 0x1000u

struct dbell_v2m {
    uint32_t base, count; /* SPIs [base, base + count), as INTIDs; base 32 to 1019 */
};

/* MSI_TYPER at 0x008, MSI_IIDR at 0xfcc; everything else reads 0. */
uint64_t dbell_v2m_read(const struct dbell_v2m *frame, uint64_t offset, unsigned size);
/* The SPI that a write of `value` to `offset` raises, 0 if none. */
uint32_t dbell_v2m_write(const struct dbell_v2m *frame, uint64_t offset, unsigned size,
                         uint64_t value);

#ifdef __cplusplus
}
#endif
#endif
