// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstring>

#include <doorbell/systemc.hpp>

namespace doorbell
{

endpoint::endpoint(sc_core::sc_module_name name)
    : sc_module(name), dma("dma"), completion("completion"), ats("ats"),
      requests([this] { return dma.operator->(); })
{
    dma.register_nb_transport_bw(this, &endpoint::nb_transport_bw);
    completion.register_b_transport(this, &endpoint::complete);
    ats.register_b_transport(this, &endpoint::receive);
    dma.register_invalidate_direct_mem_ptr(this, &endpoint::forget);
}

tlm::tlm_sync_enum endpoint::nb_transport_bw(tlm::tlm_generic_payload &payload,
                                             tlm::tlm_phase &phase, sc_core::sc_time &when)
{
    return requests.back(payload, phase, when);
}

void endpoint::forget(sc_dt::uint64, sc_dt::uint64)
{
    regions_.clear();
}

// True: it has been made.
bool endpoint::directly(dbell_transaction &t)
{
    const bool write = t.op == DBELL_WRITE;
    if (!t.data || !t.length || (!write && t.op != DBELL_READ))
        return false;
    unsigned char *host = regions_.find(t.side, t.address, t.length, write, delay);
    if (!host)
        return false;
    std::memcpy(write ? host : t.data, write ? t.data : host, t.length);
    direct_accesses++;
    return true;
}

// Where an access got through, the next ones may go directly.
void endpoint::learn(const dbell_transaction &t)
{
    tlm::tlm_generic_payload payload;
    tlm::tlm_dmi region;
    sideband extension;
    extension.side = t.side;
    payload.set_command(t.op == DBELL_WRITE ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    payload.set_address(t.address);
    payload.set_extension(&extension);
    if (dma->get_direct_mem_ptr(payload, region))
        regions_.add(t.side, region);
    payload.clear_extension(&extension);
}

dbell_response endpoint::send(void *ctx, dbell_transaction *t)
{
    endpoint *self = static_cast<endpoint *>(ctx);
    if (self->use_dmi && self->directly(*t))
        return DBELL_RESPONSE_OK;
    const dbell_transaction before = *t;
    const dbell_response response =
        transport(*self->dma.operator->(), *t, self->delay, self->may_pend_);
    if (self->use_dmi && response == DBELL_RESPONSE_OK && before.data)
        self->learn(before);
    return response;
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

int endpoint::translation_request(dbell_ats_request &request, dbell_ats_completion &result)
{
    ats_message message;
    dbell_requester_stamp(&identity, &request.side);
    message.what = ats_message::kind::translation_request;
    message.request = request;
    message.send(*dma.operator->(), delay);
    result = message.completion;
    return message.status;
}

int endpoint::page_request(dbell_page_request &request)
{
    ats_message message;
    dbell_requester_stamp(&identity, &request.side);
    message.what = ats_message::kind::page_request;
    message.page_request = request;
    message.send(*dma.operator->(), delay);
    return message.status;
}

void endpoint::receive(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay_of_it)
{
    ats_message *message = nullptr;
    payload.get_extension(message);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (!message)
        return;
    messages.push_back(*message);
    if (message->what != ats_message::kind::invalidation)
        return;
    ats_message answer;
    answer.what = ats_message::kind::invalidated;
    answer.tag = message->tag;
    answer.send(*dma.operator->(), delay_of_it);
}

const endpoint::end *endpoint::ended(std::uint32_t token) const
{
    const auto it = ends_.find(token);
    return it == ends_.end() ? nullptr : &it->second;
}

void endpoint::complete(tlm::tlm_generic_payload &payload, sc_core::sc_time &)
{
    sideband *extension = nullptr;
    payload.get_extension(extension);
    end e{};
    const unsigned char *data = payload.get_data_ptr();
    e.response = static_cast<dbell_response>(data[0]);
    e.data.assign(data + 1, data + payload.get_data_length());
    if (extension)
        e.trail = extension->trail;
    ends_[static_cast<std::uint32_t>(payload.get_address())] = e;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

} // namespace doorbell
