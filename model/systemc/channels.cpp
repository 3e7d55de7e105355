// SPDX-License-Identifier: Apache-2.0 OR MIT
// The four phases of the base protocol (TLM-2.0 15.2), one request and one answer at a time.
#include <utility>

#include <doorbell/systemc.hpp>

namespace doorbell
{

request_channel::request_channel(std::function<tlm::tlm_fw_transport_if<> *()> socket)
    : socket_(std::move(socket))
{
}

void request_channel::send(tlm::tlm_generic_payload &payload)
{
    payload.acquire();
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    waiting_.push_back(&payload);
    next();
}

void request_channel::next()
{
    if (calling_)
        return;
    while (!sending_ && !waiting_.empty()) {
        tlm::tlm_generic_payload *payload = waiting_.front();
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        waiting_.pop_front();
        sending_ = payload;
        calling_ = true;
        const tlm::tlm_sync_enum status = socket_()->nb_transport_fw(*payload, phase, delay);
        calling_ = false;
        const bool ends = status == tlm::TLM_COMPLETED ||
                          (status == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP);
        if (sending_ == payload && (ends || (status == tlm::TLM_UPDATED && phase == tlm::END_REQ)))
            sending_ = nullptr;
        if (!ends)
            continue;
        if (status == tlm::TLM_UPDATED) {
            tlm::tlm_phase end = tlm::END_RESP;
            sc_core::sc_time none = delay;
            socket_()->nb_transport_fw(*payload, end, none);
        }
        if (answered)
            answered(*payload, delay);
        payload->release();
    }
}

tlm::tlm_sync_enum request_channel::back(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                         sc_core::sc_time &delay)
{
    if (sending_ == &payload)
        sending_ = nullptr;
    if (phase == tlm::BEGIN_RESP) {
        if (answered)
            answered(payload, delay);
        payload.release();
        phase = tlm::END_RESP;
        next();
        return tlm::TLM_COMPLETED;
    }
    next();
    return tlm::TLM_ACCEPTED;
}

response_channel::response_channel(std::function<tlm::tlm_bw_transport_if<> *()> socket)
    : socket_(std::move(socket))
{
}

void response_channel::send(tlm::tlm_generic_payload &payload, const sc_core::sc_time &delay)
{
    payload.acquire();
    waiting_.emplace_back(&payload, sc_core::sc_time_stamp() + delay);
    next();
}

void response_channel::next()
{
    if (calling_)
        return;
    while (!sending_ && !waiting_.empty()) {
        const auto [payload, when] = waiting_.front();
        const sc_core::sc_time now = sc_core::sc_time_stamp();
        tlm::tlm_phase phase = tlm::BEGIN_RESP;
        sc_core::sc_time delay = when > now ? when - now : sc_core::SC_ZERO_TIME;
        waiting_.pop_front();
        sending_ = payload;
        calling_ = true;
        const tlm::tlm_sync_enum status = socket_()->nb_transport_bw(*payload, phase, delay);
        calling_ = false;
        if (sending_ == payload && (status == tlm::TLM_COMPLETED || phase == tlm::END_RESP))
            release();
    }
}

void response_channel::release()
{
    tlm::tlm_generic_payload *payload = std::exchange(sending_, nullptr);
    if (taken)
        taken(*payload);
    payload->release();
}

void response_channel::ended()
{
    if (!sending_)
        return;
    release();
    next();
}

} // namespace doorbell
