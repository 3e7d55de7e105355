// SPDX-License-Identifier: Apache-2.0 OR MIT
// RAM, router and wires.
#include <cstdlib>

#include <doorbell/systemc.hpp>

namespace doorbell
{

namespace
{

void *allocate(void *, std::uint64_t size)
{
    return std::malloc(size);
}

void release(void *, void *memory, std::uint64_t)
{
    std::free(memory);
}

} // namespace

ram::ram(sc_core::sc_module_name name, std::uint64_t size, std::uint64_t limit)
    : sc_module(name), socket("socket")
{
    const dbell_allocator allocator = {nullptr, allocate, release};
    if (dbell_ram_init(&memory_, 0, size, limit, &allocator) != DBELL_OK)
        SC_REPORT_ERROR("/doorbell/ram", "its size is zero");
    socket.register_b_transport(this, &ram::b_transport);
    socket.register_transport_dbg(this, &ram::transport_dbg);
}

ram::~ram()
{
    dbell_ram_free(&memory_);
}

void ram::b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    if (payload.get_byte_enable_ptr()) {
        payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
        return;
    }
    if (payload.get_streaming_width() < payload.get_data_length()) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    const std::uint64_t address = payload.get_address(), length = payload.get_data_length();
    dbell_response response = DBELL_RESPONSE_OK;
    if (payload.is_write())
        response = dbell_ram_write(&memory_, address, payload.get_data_ptr(), length);
    else if (payload.is_read())
        response = dbell_ram_read(&memory_, address, payload.get_data_ptr(), length);
    else if (address >= memory_.size)
        response = DBELL_RESPONSE_DECERR;
    delay += latency;
    payload.set_response_status(as_status(response));
}

unsigned ram::transport_dbg(tlm::tlm_generic_payload &payload)
{
    sc_core::sc_time none = sc_core::SC_ZERO_TIME;
    b_transport(payload, none);
    return payload.is_response_ok() ? payload.get_data_length() : 0;
}

router::router(sc_core::sc_module_name name) : sc_module(name), in("in")
{
    in.register_b_transport(this, &router::b_transport);
    in.register_transport_dbg(this, &router::transport_dbg);
}

initiator<router> &router::add(std::uint64_t base, std::uint64_t size)
{
    const std::string name = "out" + std::to_string(outputs_.size());
    outputs_.push_back({base, size, std::make_unique<initiator<router>>(name.c_str())});
    return *outputs_.back().socket;
}

router::output *router::find(std::uint64_t address)
{
    for (output &o : outputs_)
        if (address >= o.base && address - o.base < o.size)
            return &o;
    return nullptr;
}

void router::b_transport(int, tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    const std::uint64_t address = payload.get_address();
    output *out = find(address);
    if (!out) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    payload.set_address(address - out->base);
    (*out->socket)->b_transport(payload, delay);
    payload.set_address(address);
}

unsigned router::transport_dbg(int, tlm::tlm_generic_payload &payload)
{
    const std::uint64_t address = payload.get_address();
    output *out = find(address);
    if (!out)
        return 0;
    payload.set_address(address - out->base);
    const unsigned n = (*out->socket)->transport_dbg(payload);
    payload.set_address(address);
    return n;
}

wires::wires(sc_core::sc_module_name name) : sc_module(name), socket("socket")
{
    socket.register_b_transport(this, &wires::b_transport);
}

std::uint64_t wires::take(unsigned line)
{
    const std::uint64_t n = pulses_[line];
    pulses_[line] = 0;
    return n;
}

void wires::b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &)
{
    pulses_[static_cast<unsigned>(payload.get_address() / 4)]++;
    pulsed.notify(sc_core::SC_ZERO_TIME);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

} // namespace doorbell
