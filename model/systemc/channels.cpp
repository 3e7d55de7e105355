// SPDX-License-Identifier: Apache-2.0 OR MIT
// The four phases of the base protocol (TLM-2.0 15.2), one request and one answer at a time.
#include <algorithm>
#include <utility>

#include <doorbell/systemc.hpp>

namespace doorbell
{

namespace
{

// What is left until then, as an annotation.
sc_core::sc_time until(const sc_core::sc_time &when)
{
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    return when > now ? when - now : sc_core::SC_ZERO_TIME;
}

} // namespace

request_channel::request_channel(std::function<tlm::tlm_fw_transport_if<> *()> socket)
    : socket_(std::move(socket))
{
}

void request_channel::send(tlm::tlm_generic_payload &payload, const sc_core::sc_time &delay)
{
    payload.acquire();
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    waiting_.emplace_back(&payload, sc_core::sc_time_stamp() + delay);
    next();
}

void request_channel::next()
{
    if (calling_)
        return;
    while (!sending_ && !waiting_.empty()) {
        const auto [payload, when] = waiting_.front();
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay = until(std::max(when, free_));
        waiting_.pop_front();
        sending_ = payload;
        calling_ = true;
        const tlm::tlm_sync_enum status = socket_()->nb_transport_fw(*payload, phase, delay);
        calling_ = false;
        const bool ends = status == tlm::TLM_COMPLETED ||
                          (status == tlm::TLM_UPDATED && phase == tlm::BEGIN_RESP);
        const bool accepted = ends || (status == tlm::TLM_UPDATED && phase == tlm::END_REQ);
        if (sending_ == payload && accepted) {
            sending_ = nullptr;
            free_ = sc_core::sc_time_stamp() + delay;
        }
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
    if (phase != tlm::END_REQ && phase != tlm::BEGIN_RESP) // of another protocol (15.2.5)
        return tlm::TLM_ACCEPTED;
    if (sending_ == &payload) {
        sending_ = nullptr;
        free_ = sc_core::sc_time_stamp() + delay;
    }
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
        tlm::tlm_phase phase = tlm::BEGIN_RESP;
        sc_core::sc_time delay = until(std::max(when, free_));
        waiting_.pop_front();
        sending_ = payload;
        calling_ = true;
        const tlm::tlm_sync_enum status = socket_()->nb_transport_bw(*payload, phase, delay);
        calling_ = false;
        if (sending_ == payload && (status == tlm::TLM_COMPLETED || phase == tlm::END_RESP))
            release(delay);
    }
}

void response_channel::release(const sc_core::sc_time &delay)
{
    tlm::tlm_generic_payload *payload = std::exchange(sending_, nullptr);
    free_ = sc_core::sc_time_stamp() + delay;
    if (taken)
        taken(*payload);
    payload->release();
}

void response_channel::ended(const sc_core::sc_time &delay)
{
    if (!sending_)
        return;
    release(delay);
    next();
}

} // namespace doorbell
