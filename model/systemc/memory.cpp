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

// Whether two accesses are translated alike.
static bool alike(const dbell_sideband &a, const dbell_sideband &b)
{
    return a.has_streamid == b.has_streamid && a.streamid == b.streamid &&
           a.has_substreamid == b.has_substreamid && a.substreamid == b.substreamid &&
           a.privileged == b.privileged && a.instruction == b.instruction && a.at == b.at &&
           a.sec_sid == b.sec_sid && a.pas == b.pas;
}

unsigned char *direct_regions::find(const dbell_sideband &side, std::uint64_t address,
                                    std::uint64_t length, bool write,
                                    sc_core::sc_time &latency) const
{
    for (const auto &[of, r] : regions_) {
        if (!alike(of, side) || address < r.get_start_address() || address > r.get_end_address() ||
            r.get_end_address() - address < length - 1)
            continue;
        if (write ? !r.is_write_allowed() : !r.is_read_allowed())
            continue;
        latency += write ? r.get_write_latency() : r.get_read_latency();
        return r.get_dmi_ptr() + (address - r.get_start_address());
    }
    return nullptr;
}

void direct_regions::add(const dbell_sideband &side, const tlm::tlm_dmi &region)
{
    constexpr std::size_t most = 64;
    if (regions_.size() == most)
        regions_.clear();
    regions_.push_back({side, region});
}

void direct_regions::clear()
{
    regions_.clear();
}

ram::ram(sc_core::sc_module_name name, std::uint64_t size, std::uint64_t limit)
    : sc_module(name), socket("socket"), answers_(this, &ram::answer),
      responses_([this] { return socket.operator->(); })
{
    const dbell_allocator allocator = {nullptr, allocate, release};
    if (dbell_ram_init(&memory_, 0, size, limit, &allocator) != DBELL_OK)
        SC_REPORT_ERROR("/doorbell/ram", "its size is zero");
    socket.register_b_transport(this, &ram::b_transport);
    socket.register_nb_transport_fw(this, &ram::nb_transport_fw);
    socket.register_transport_dbg(this, &ram::transport_dbg);
    socket.register_get_direct_mem_ptr(this, &ram::get_direct_mem_ptr);
}

ram::~ram()
{
    dbell_ram_free(&memory_);
}

// Byte by byte where some are disabled or the address goes round; else at once.
dbell_response ram::move(const tlm::tlm_generic_payload &payload)
{
    const std::uint64_t address = payload.get_address(), length = payload.get_data_length();
    const std::uint64_t width = payload.get_streaming_width();
    unsigned char *data = payload.get_data_ptr();
    const unsigned char *enable = payload.get_byte_enable_ptr();
    if (!enable && width >= length)
        return payload.is_write() ? dbell_ram_write(&memory_, address, data, length)
                                  : dbell_ram_read(&memory_, address, data, length);
    if (address >= memory_.size || memory_.size - address < (width < length ? width : length))
        return DBELL_RESPONSE_DECERR;
    dbell_response response = DBELL_RESPONSE_OK;
    for (std::uint64_t i = 0; i < length && response == DBELL_RESPONSE_OK; i++) {
        if (enable && enable[i % payload.get_byte_enable_length()] != TLM_BYTE_ENABLED)
            continue;
        response = payload.is_write() ? dbell_ram_write(&memory_, address + i % width, &data[i], 1)
                                      : dbell_ram_read(&memory_, address + i % width, &data[i], 1);
    }
    return response;
}

void ram::b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    dbell_response response = DBELL_RESPONSE_OK;
    if (payload.get_streaming_width() == 0 ||
        (payload.get_byte_enable_ptr() && payload.get_byte_enable_length() == 0)) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    if (payload.is_write() || payload.is_read())
        response = move(payload);
    else if (payload.get_address() >= memory_.size)
        response = DBELL_RESPONSE_DECERR;
    delay += latency;
    payload.set_dmi_allowed(response == DBELL_RESPONSE_OK);
    payload.set_response_status(as_status(response));
}

tlm::tlm_sync_enum ram::nb_transport_fw(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                        sc_core::sc_time &delay)
{
    if (phase == tlm::END_RESP) {
        responses_.ended(delay);
        return tlm::TLM_COMPLETED;
    }
    if (phase != tlm::BEGIN_REQ)
        return tlm::TLM_ACCEPTED;
    payload.acquire();
    answers_.notify(payload, phase, delay + latency);
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
}

// The data moves when it is answered.
void ram::answer(tlm::tlm_generic_payload &payload, const tlm::tlm_phase &)
{
    sc_core::sc_time none = sc_core::SC_ZERO_TIME;
    b_transport(payload, none);
    responses_.send(payload, sc_core::SC_ZERO_TIME);
    payload.release();
}

unsigned ram::transport_dbg(tlm::tlm_generic_payload &payload)
{
    const std::uint64_t address = payload.get_address(), length = payload.get_data_length();
    dbell_response response = DBELL_RESPONSE_SLVERR;
    if (payload.is_write())
        response = dbell_ram_write(&memory_, address, payload.get_data_ptr(), length);
    else if (payload.is_read())
        response = dbell_ram_read(&memory_, address, payload.get_data_ptr(), length);
    return response == DBELL_RESPONSE_OK ? static_cast<unsigned>(length) : 0;
}

bool ram::get_direct_mem_ptr(tlm::tlm_generic_payload &payload, tlm::tlm_dmi &region)
{
    dbell_window window{};
    region.init();
    if (!dbell_ram_window(&memory_, payload.get_address(), &window)) {
        region.set_start_address(payload.get_address()); // not yet
        region.set_end_address(payload.get_address());
        return false;
    }
    region.set_dmi_ptr(static_cast<unsigned char *>(window.host));
    region.set_start_address(window.first);
    region.set_end_address(window.last);
    region.allow_read_write();
    region.set_read_latency(latency);
    region.set_write_latency(latency);
    return true;
}

router::router(sc_core::sc_module_name name) : sc_module(name), in("in")
{
    in.register_b_transport(this, &router::b_transport);
    in.register_nb_transport_fw(this, &router::nb_transport_fw);
    in.register_transport_dbg(this, &router::transport_dbg);
    in.register_get_direct_mem_ptr(this, &router::get_direct_mem_ptr);
}

tlm_utils::simple_initiator_socket_tagged<router, bus_width> &router::add(std::uint64_t base,
                                                                          std::uint64_t size)
{
    const std::string name = "out" + std::to_string(outputs_.size());
    using output_socket = tlm_utils::simple_initiator_socket_tagged<router, bus_width>;
    auto socket = std::make_unique<output_socket>(name.c_str());
    output_socket *to = socket.get();
    const int id = static_cast<int>(outputs_.size());
    auto requests = std::make_unique<request_channel>([to] { return to->operator->(); });
    requests->answered = [this](auto &payload, auto &delay) { answered(payload, delay); };
    to->register_invalidate_direct_mem_ptr(this, &router::invalidate_direct_mem_ptr, id);
    to->register_nb_transport_bw(this, &router::nb_transport_bw, id);
    outputs_.push_back({base, size, std::move(socket), std::move(requests)});
    return *to;
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

response_channel &router::answers_to(int id)
{
    auto &channel = answers_[id];
    if (!channel)
        channel = std::make_unique<response_channel>([this, id] { return in[id]; });
    return *channel;
}

// Accepts what comes; its targets accept it in their turn.
tlm::tlm_sync_enum router::nb_transport_fw(int id, tlm::tlm_generic_payload &payload,
                                           tlm::tlm_phase &phase, sc_core::sc_time &delay)
{
    if (phase == tlm::END_RESP) {
        answers_to(id).ended(delay);
        return tlm::TLM_COMPLETED;
    }
    if (phase != tlm::BEGIN_REQ)
        return tlm::TLM_ACCEPTED;
    const std::uint64_t address = payload.get_address();
    output *out = find(address);
    if (!out) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return tlm::TLM_COMPLETED;
    }
    payload.acquire();
    routes_[&payload].push_back({id, address, true, false, sc_core::SC_ZERO_TIME});
    payload.set_address(address - out->base);
    out->requests->send(payload, delay);
    std::vector<route> &through = routes_[&payload];
    if (!through.back().answered) {
        through.back().calling = false;
        phase = tlm::END_REQ;
        return tlm::TLM_UPDATED;
    }
    delay = through.back().delay; // at once: there are no phases any more
    forget(payload);
    return tlm::TLM_COMPLETED;
}

void router::forget(tlm::tlm_generic_payload &payload)
{
    const auto found = routes_.find(&payload);
    payload.set_address(found->second.back().address);
    found->second.pop_back();
    if (found->second.empty())
        routes_.erase(found);
    payload.release();
}

void router::answered(tlm::tlm_generic_payload &payload, const sc_core::sc_time &delay)
{
    route &from = routes_[&payload].back();
    from.answered = true;
    from.delay = delay;
    if (from.calling)
        return;
    const int id = from.id;
    payload.acquire();
    forget(payload);
    answers_to(id).send(payload, delay);
    payload.release();
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

// What a target grants ends where it does, and is seen where it is.
bool router::get_direct_mem_ptr(int, tlm::tlm_generic_payload &payload, tlm::tlm_dmi &region)
{
    const std::uint64_t address = payload.get_address();
    output *out = find(address);
    region.init();
    if (!out) {
        region.set_start_address(address);
        region.set_end_address(address);
        return false;
    }
    payload.set_address(address - out->base);
    const bool granted = (*out->socket)->get_direct_mem_ptr(payload, region);
    payload.set_address(address);
    if (region.get_end_address() > out->size - 1)
        region.set_end_address(out->size - 1);
    region.set_start_address(region.get_start_address() + out->base);
    region.set_end_address(region.get_end_address() + out->base);
    return granted;
}

tlm::tlm_sync_enum router::nb_transport_bw(int id, tlm::tlm_generic_payload &payload,
                                           tlm::tlm_phase &phase, sc_core::sc_time &delay)
{
    return outputs_[static_cast<std::size_t>(id)].requests->back(payload, phase, delay);
}

// Which pages of which initiator they are is not known here: all of them.
void router::invalidate_direct_mem_ptr(int, sc_dt::uint64, sc_dt::uint64)
{
    for (int i = 0; i < static_cast<int>(in.size()); i++)
        in[i]->invalidate_direct_mem_ptr(0, ~sc_dt::uint64{0});
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

void wires::trace_to(sc_core::sc_trace_file *file, unsigned lines)
{
    for (unsigned line = 0; line < lines; line++)
        shown_.show("line" + std::to_string(line), 32, [this, line] { return all_[line]; });
    shown_.trace_to(file, name());
}

void wires::b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &)
{
    const unsigned line = static_cast<unsigned>(payload.get_address() / 4);
    pulses_[line]++;
    all_[line]++;
    shown_.look();
    pulsed.notify(sc_core::SC_ZERO_TIME);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

} // namespace doorbell
