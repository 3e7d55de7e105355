/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/pcie.h>

#include "base/bytes.h"

int dbell_requester_init(struct dbell_requester *requester, const struct dbell_bus *bus,
                         uint32_t requesterid, const struct dbell_rid_map *streams,
                         const struct dbell_rid_map *devices)
{
    const struct dbell_rid_range *stream = dbell_rid_map_find(streams, requesterid);
    const struct dbell_rid_range *device = dbell_rid_map_find(devices, requesterid);
    *requester = (struct dbell_requester){.bus = *bus, .requesterid = requesterid};
    if (stream) {
        requester->has_streamid = true;
        requester->streamid = stream->base + (requesterid - stream->first);
    }
    if (device) {
        requester->has_deviceid = true;
        requester->deviceid = device->base + (requesterid - device->first);
    }
    return stream ? (int)stream->target : -1;
}

enum dbell_response dbell_requester_access(const struct dbell_requester *requester,
                                           struct dbell_transaction *transaction)
{
    struct dbell_sideband *side = &transaction->side;
    side->has_requesterid = true;
    side->requesterid = requester->requesterid;
    side->has_streamid = requester->has_streamid;
    side->streamid = requester->streamid;
    side->has_deviceid = requester->has_deviceid;
    side->deviceid = requester->deviceid;
    return requester->bus.access(requester->bus.ctx, transaction);
}

static int send(const struct dbell_requester *requester, const struct dbell_msix_vector *vector,
                struct dbell_transaction *sent)
{
    uint8_t data[4];
    dbell__put_le(data, sizeof data, vector->data);
    sent->address = vector->address & ~UINT64_C(3);
    sent->length = sizeof data;
    sent->op = DBELL_WRITE;
    sent->data = data;
    sent->side = (struct dbell_sideband){.attr = DBELL_ATTR_NORMAL_WB};
    int response = (int)dbell_requester_access(requester, sent);
    sent->data = NULL;
    return response;
}

int dbell_msix_raise(const struct dbell_requester *requester, struct dbell_msix_vector *table,
                     size_t vectors, size_t vector, struct dbell_transaction *sent)
{
    if (vector >= vectors)
        return DBELL_E_RANGE;
    if (table[vector].masked) {
        table[vector].pending = true;
        return DBELL_RESPONSE_OK;
    }
    return send(requester, &table[vector], sent);
}

int dbell_msix_unmask(const struct dbell_requester *requester, struct dbell_msix_vector *table,
                      size_t vectors, size_t vector, struct dbell_transaction *sent)
{
    if (vector >= vectors)
        return DBELL_E_RANGE;
    table[vector].masked = false;
    if (!table[vector].pending)
        return DBELL_RESPONSE_OK;
    table[vector].pending = false;
    return send(requester, &table[vector], sent);
}
