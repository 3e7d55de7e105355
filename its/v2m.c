/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/v2m.h>

enum { MSI_TYPER = 0x008, MSI_SETSPI_NS = 0x040, MSI_IIDR = 0xfcc };

uint64_t dbell_v2m_read(const struct dbell_v2m *frame, uint64_t offset, unsigned size)
{
    if (size != 4)
        return 0;
    switch (offset) {
    case MSI_TYPER:
        return frame->base << 16 | frame->count;
    case MSI_IIDR:
        return 0x43b;
    default:
        return 0;
    }
}

uint32_t dbell_v2m_write(const struct dbell_v2m *frame, uint64_t offset, unsigned size,
                         uint64_t value)
{
    if (offset != MSI_SETSPI_NS || (size != 2 && size != 4))
        return 0;
    uint32_t spi = (uint32_t)value & 0x3ff;
    return spi >= frame->base && spi - frame->base < frame->count ? spi : 0;
}
