// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <doorbell/systemc.hpp>

namespace doorbell
{

endpoint::endpoint(sc_core::sc_module_name name)
    : sc_module(name), dma("dma"), completion("completion")
{
    completion.register_b_transport(this, &endpoint::complete);
}

dbell_response endpoint::send(void *ctx, dbell_transaction *t)
{
    endpoint *self = static_cast<endpoint *>(ctx);
    return transport(*self->dma.operator->(), *t, self->delay, self->may_pend_);
}

dbell_response endpoint::access(dbell_transaction &transaction, bool may_pend)
{
    may_pend_ = may_pend;
    identity.bus.ctx = this;
    identity.bus.access = send;
    return dbell_requester_access(&identity, &transaction);
}

dbell_response endpoint::msi(std::uint64_t address, std::uint32_t data, dbell_trail *trail)
{
    unsigned char bytes[4];
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = static_cast<unsigned char>(data >> (8 * i));
    dbell_transaction t{};
    t.address = address;
    t.length = sizeof bytes;
    t.op = DBELL_WRITE;
    t.data = bytes;
    t.side.attr = DBELL_ATTR_NORMAL_WB;
    t.trail = trail;
    return access(t);
}

const endpoint::end *endpoint::ended(std::uint32_t token) const
{
    const auto it = ends_.find(token);
    return it == ends_.end() ? nullptr : &it->second;
}

// The SMMU tells how a pending access ended: the token is the address, the response the data.
void endpoint::complete(tlm::tlm_generic_payload &payload, sc_core::sc_time &)
{
    sideband *extension = nullptr;
    payload.get_extension(extension);
    end e{};
    e.response = static_cast<dbell_response>(*payload.get_data_ptr());
    if (extension)
        e.trail = extension->trail;
    ends_[static_cast<std::uint32_t>(payload.get_address())] = e;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

} // namespace doorbell
