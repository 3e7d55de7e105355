// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <doorbell/systemc.hpp>

namespace doorbell
{

tlm::tlm_extension_base *sideband::clone() const
{
    return new sideband(*this);
}

void sideband::copy_from(const tlm::tlm_extension_base &other)
{
    const sideband &from = static_cast<const sideband &>(other);
    side = from.side;
    probe = from.probe;
    op = from.op;
    may_pend = from.may_pend;
    trail = from.trail;
    itinerary = from.itinerary;
    user = from.user;
    has_requester = from.has_requester;
    requester = from.requester;
}

tlm::tlm_extension_base *ats_message::clone() const
{
    return new ats_message(*this);
}

void ats_message::copy_from(const tlm::tlm_extension_base &other)
{
    const ats_message &from = static_cast<const ats_message &>(other);
    what = from.what;
    status = from.status;
    request = from.request;
    completion = from.completion;
    page_request = from.page_request;
    invalidation = from.invalidation;
    tag = from.tag;
    end = from.end;
    response = from.response;
}

void ats_message::send(tlm::tlm_fw_transport_if<> &socket, sc_core::sc_time &delay)
{
    tlm::tlm_generic_payload payload;
    unsigned char none = 0;
    payload.set_command(tlm::TLM_IGNORE_COMMAND);
    payload.set_data_ptr(&none);
    payload.set_data_length(1);
    payload.set_streaming_width(1);
    payload.set_extension(this);
    socket.b_transport(payload, delay);
    payload.clear_extension(this);
}

sc_core::sc_time latencies::of(const dbell_itinerary &itinerary) const
{
    sc_core::sc_time sum = sc_core::SC_ZERO_TIME;
    for (std::uint32_t i = 0; i < itinerary.count; i++)
        sum += step[itinerary.steps[i].kind];
    return sum;
}

tlm::tlm_response_status as_status(dbell_response response)
{
    switch (response) {
    case DBELL_RESPONSE_OK:
        return tlm::TLM_OK_RESPONSE;
    case DBELL_RESPONSE_DECERR:
        return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    case DBELL_RESPONSE_PENDING:
        return tlm::TLM_INCOMPLETE_RESPONSE;
    default:
        return tlm::TLM_GENERIC_ERROR_RESPONSE;
    }
}

dbell_response as_response(tlm::tlm_response_status status)
{
    switch (status) {
    case tlm::TLM_OK_RESPONSE:
        return DBELL_RESPONSE_OK;
    case tlm::TLM_ADDRESS_ERROR_RESPONSE:
        return DBELL_RESPONSE_DECERR;
    case tlm::TLM_INCOMPLETE_RESPONSE:
        return DBELL_RESPONSE_PENDING;
    default:
        return DBELL_RESPONSE_SLVERR;
    }
}

void describe(const dbell_transaction &t, tlm::tlm_generic_payload &payload, sideband &extension)
{
    static unsigned char none;
    extension.side = t.side;
    extension.op = static_cast<dbell_op>(t.op);
    extension.probe = t.data == nullptr;
    extension.itinerary = t.itinerary;
    payload.set_command(extension.probe         ? tlm::TLM_IGNORE_COMMAND
                        : dbell_op_writes(t.op) ? tlm::TLM_WRITE_COMMAND
                        : dbell_op_reads(t.op)  ? tlm::TLM_READ_COMMAND
                                                : tlm::TLM_IGNORE_COMMAND);
    payload.set_address(t.address);
    payload.set_data_ptr(t.data ? t.data : &none);
    payload.set_data_length(t.length ? t.length : 1);
    payload.set_streaming_width(payload.get_data_length());
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
}

dbell_response transport(tlm::tlm_fw_transport_if<> &socket, dbell_transaction &t,
                         sc_core::sc_time &delay, bool may_pend)
{
    tlm::tlm_generic_payload payload;
    sideband extension;
    describe(t, payload, extension);
    extension.may_pend = may_pend;
    payload.set_extension(&extension);
    socket.b_transport(payload, delay);
    payload.clear_extension(&extension);
    if (t.trail)
        *t.trail = extension.trail;
    return as_response(payload.get_response_status());
}

void read_as_zero(tlm::tlm_generic_payload &payload)
{
    const unsigned char *enables = payload.get_byte_enable_ptr();
    const unsigned count = payload.get_byte_enable_length();
    for (unsigned i = 0; i < payload.get_data_length(); i++)
        if (!enables || (count && enables[i % count]))
            payload.get_data_ptr()[i] = 0;
}

dbell_response look(tlm::tlm_fw_transport_if<> &socket, dbell_transaction &t)
{
    tlm::tlm_generic_payload payload;
    if (t.op != DBELL_READ || !t.data)
        return DBELL_RESPONSE_SLVERR;
    payload.set_read();
    payload.set_address(t.address);
    payload.set_data_ptr(t.data);
    payload.set_data_length(t.length);
    payload.set_streaming_width(t.length);
    return socket.transport_dbg(payload) == t.length ? DBELL_RESPONSE_OK : DBELL_RESPONSE_DECERR;
}

dbell_transaction as_transaction(tlm::tlm_generic_payload &payload)
{
    dbell_transaction t{};
    sideband *extension = nullptr;
    payload.get_extension(extension);
    t.address = payload.get_address();
    t.length = payload.get_data_length();
    t.op = payload.is_write() ? DBELL_WRITE : DBELL_READ;
    t.data = payload.get_data_ptr();
    t.side.attr = DBELL_ATTR_NORMAL_WB;
    if (extension) {
        t.side = extension->side;
        t.itinerary = extension->itinerary;
        const bool agrees = payload.is_write()  ? dbell_op_writes(extension->op)
                            : payload.is_read() ? dbell_op_reads(extension->op)
                                                : true;
        if (agrees) // the command is the payload's (14.7)
            t.op = static_cast<std::uint8_t>(extension->op);
        if (payload.get_command() == tlm::TLM_IGNORE_COMMAND)
            t.data = nullptr;
    } else if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) {
        t.data = nullptr;
    }
    return t;
}

void pulse(tlm::tlm_fw_transport_if<> &socket, unsigned line)
{
    unsigned char one[4] = {1, 0, 0, 0};
    dbell_transaction t{};
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    t.address = 4 * line;
    t.length = sizeof one;
    t.op = DBELL_WRITE;
    t.data = one;
    transport(socket, t, delay);
}

} // namespace doorbell
