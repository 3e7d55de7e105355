// SPDX-License-Identifier: Apache-2.0 OR MIT
// The sockets of a TBU: payloads of every shape, direct access, the debug transport.
#include <algorithm>
#include <cstring>
#include <utility>

#include <doorbell/systemc_time.hpp>

namespace doorbell
{

namespace
{

constexpr std::uint64_t page = 4096;

} // namespace

smmu::tbu::tbu(sc_core::sc_module_name name, smmu &owner)
    : sc_module(name), upstream("upstream"), downstream("downstream"),
      entry([this] { return upstream.operator->(); }, [this] { return downstream.operator->(); }),
      owner_(owner)
{
    entry.unit = &owner;
    upstream.register_nb_transport_fw(this, &tbu::nb_transport_fw);
    downstream.register_nb_transport_bw(this, &tbu::nb_transport_bw);
    upstream.register_b_transport(this, &tbu::b_transport);
    upstream.register_transport_dbg(this, &tbu::transport_dbg);
    upstream.register_get_direct_mem_ptr(this, &tbu::get_direct_mem_ptr);
    downstream.register_invalidate_direct_mem_ptr(this, &tbu::revoke);
}

tlm::tlm_sync_enum smmu::tbu::nb_transport_fw(tlm::tlm_generic_payload &payload,
                                              tlm::tlm_phase &phase, sc_core::sc_time &delay)
{
    if (owner_.time_)
        return owner_.time_->forward(entry, payload, phase, delay);
    SC_REPORT_ERROR("/doorbell/smmu", "nb_transport needs a clockwork");
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    return tlm::TLM_COMPLETED;
}

tlm::tlm_sync_enum smmu::tbu::nb_transport_bw(tlm::tlm_generic_payload &payload,
                                              tlm::tlm_phase &phase, sc_core::sc_time &delay)
{
    return entry.requests.back(payload, phase, delay);
}

void smmu::tbu::b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    ats_message *message = nullptr;
    payload.get_extension(message);
    if (message) {
        owner_.take(entry, *message, delay);
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        return;
    }
    if (owner_.time_)
        owner_.time_->transport(entry, payload, delay);
    else
        untimed(payload, delay);
}

void smmu::tbu::untimed(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    const std::uint64_t address = payload.get_address();
    const unsigned length = payload.get_data_length();
    if (length == 0 || payload.get_streaming_width() == 0 ||
        (payload.get_byte_enable_ptr() && payload.get_byte_enable_length() == 0)) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    const std::uint64_t width = std::min(length, payload.get_streaming_width());
    if ((address & (page - 1)) + width <= page || payload.get_command() == tlm::TLM_IGNORE_COMMAND)
        owner_.access(*this, payload, delay);
    else if (width < length || payload.get_byte_enable_ptr())
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    else
        by_page(payload, delay);
}

// Each page may go elsewhere: the parts of an access that crosses one are accesses of their own.
// The first that is refused ends it. One that stalls is waited for: who has been told of a part
// would not make the others.
void smmu::tbu::by_page(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    const std::uint64_t address = payload.get_address();
    const unsigned length = payload.get_data_length();
    const unsigned width = payload.get_streaming_width();
    unsigned char *data = payload.get_data_ptr();
    sideband *extension = nullptr;
    payload.get_extension(extension);
    const bool may_pend = extension && std::exchange(extension->may_pend, false);
    for (unsigned done = 0; done < length;) {
        const std::uint64_t room = page - ((address + done) & (page - 1));
        const unsigned n = static_cast<unsigned>(std::min<std::uint64_t>(room, length - done));
        payload.set_address(address + done);
        payload.set_data_ptr(data + done);
        payload.set_data_length(n);
        payload.set_streaming_width(n);
        owner_.access(*this, payload, delay);
        if (!payload.is_response_ok())
            break;
        done += n;
    }
    payload.set_address(address);
    payload.set_data_ptr(data);
    payload.set_data_length(length);
    payload.set_streaming_width(width);
    if (extension)
        extension->may_pend = may_pend;
}

// Tables are looked at through the debug transport: nothing happens, and no time passes.
bool smmu::tbu::direct(tlm::tlm_generic_payload &payload, dbell_smmu_grant &grant)
{
    sideband *extension = nullptr;
    payload.get_extension(extension);
    dbell_transaction t = as_transaction(payload);
    if (!extension) {
        t.side.has_streamid = true;
        t.side.streamid = entry.default_streamid;
    }
    owner_.looking_ = true;
    const bool granted = dbell_smmu_direct(&owner_.core_, &t, &grant);
    owner_.looking_ = false;
    return granted;
}

// Bytes of the pages that can be read or written directly; none of a page that cannot.
unsigned smmu::tbu::transport_dbg(tlm::tlm_generic_payload &payload)
{
    const std::uint64_t address = payload.get_address();
    const unsigned length = payload.get_data_length();
    unsigned char *data = payload.get_data_ptr();
    unsigned done = 0;
    while (done < length) {
        dbell_smmu_grant grant{};
        payload.set_address(address + done);
        if (!direct(payload, grant) || (payload.is_write() && !grant.writable))
            break;
        const std::uint64_t offset = address + done - grant.input;
        const unsigned n =
            static_cast<unsigned>(std::min<std::uint64_t>(grant.size - offset, length - done));
        payload.set_address(grant.output + offset);
        payload.set_data_ptr(data + done);
        payload.set_data_length(n);
        const unsigned moved = downstream->transport_dbg(payload);
        done += moved;
        if (moved < n)
            break;
    }
    payload.set_address(address);
    payload.set_data_ptr(data);
    payload.set_data_length(length);
    return done;
}

// The page, of that what is behind it grants, and no more than the page allows.
bool smmu::tbu::get_direct_mem_ptr(tlm::tlm_generic_payload &payload, tlm::tlm_dmi &region)
{
    const std::uint64_t address = payload.get_address();
    dbell_smmu_grant grant{};
    region.init();
    region.set_start_address(address);
    region.set_end_address(address);
    if (!allow_dmi || !direct(payload, grant) || (payload.is_write() && !grant.writable))
        return false;
    tlm::tlm_dmi behind;
    payload.set_address(grant.output + (address - grant.input));
    const bool granted = downstream->get_direct_mem_ptr(payload, behind);
    payload.set_address(address);
    if (!granted)
        return false;
    const std::uint64_t first = std::max<std::uint64_t>(behind.get_start_address(), grant.output);
    const std::uint64_t last =
        std::min<std::uint64_t>(behind.get_end_address(), grant.output + (grant.size - 1));
    region.set_dmi_ptr(behind.get_dmi_ptr() + (first - behind.get_start_address()));
    region.set_start_address(grant.input + (first - grant.output));
    region.set_end_address(grant.input + (last - grant.output));
    region.set_read_latency(behind.get_read_latency());
    region.set_write_latency(behind.get_write_latency());
    const bool readable = grant.readable && behind.is_read_allowed();
    const bool writable = grant.writable && behind.is_write_allowed();
    region.set_granted_access(readable && writable ? tlm::tlm_dmi::DMI_ACCESS_READ_WRITE
                              : readable           ? tlm::tlm_dmi::DMI_ACCESS_READ
                                                   : tlm::tlm_dmi::DMI_ACCESS_NONE);
    granted_ = true;
    return readable || writable;
}

// More than was asked may be revoked, never less.
void smmu::tbu::revoke(sc_dt::uint64, sc_dt::uint64)
{
    if (!granted_)
        return;
    granted_ = false;
    upstream->invalidate_direct_mem_ptr(0, ~sc_dt::uint64{0});
}

} // namespace doorbell
