/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#include <doorbell/pcie.h>

int dbell_requester_init(struct dbell_requester *requester, const struct dbell_bus *bus,
                         uint32_t requesterid, const struct dbell_rid_map *streams,
                         const struct dbell_rid_map *devices)
{
    const struct dbell_rid_range *stream = dbell_rid_map_find(streams, requesterid);
    const struct dbell_rid_range *device = dbell_rid_map_find(devices, requesterid);
    *requester = (struct dbell_requester){.bus = *bus, .requesterid = requesterid};
    if (stream) {
        requester->has_streamid = true;
        requester->streamid = dbell_rid_range_id(stream, requesterid);
    }
    if (device) {
        requester->has_deviceid = true;
        requester->deviceid = dbell_rid_range_id(device, requesterid);
    }
    return stream ? (int)stream->target : -1;
}

void dbell_requester_stamp(const struct dbell_requester *requester, struct dbell_sideband *side)
{
    side->has_requesterid = true;
    side->requesterid = requester->requesterid;
    side->has_streamid = requester->has_streamid;
    side->streamid = requester->streamid;
    side->has_deviceid = requester->has_deviceid;
    side->deviceid = requester->deviceid;
}

enum dbell_response dbell_requester_access(const struct dbell_requester *requester,
                                           struct dbell_transaction *transaction)
{
    dbell_requester_stamp(requester, &transaction->side);
    return requester->bus.access(requester->bus.ctx, transaction);
}
