// SPDX-License-Identifier: Apache-2.0 OR MIT
// An access on its way through the SMMU without a clockwork, and what becomes of one that stalls.
#include <algorithm>

#include <doorbell/systemc_time.hpp>

namespace doorbell
{

namespace
{

constexpr unsigned steps_kept = 128;

} // namespace

// One access on its way through the SMMU. The C core hands the trail on; it is the first member,
// so that data_access() finds the rest.
struct smmu::transit {
    dbell_trail trail;
    smmu::tbu *port;
    tlm::tlm_generic_payload *payload;
    sc_core::sc_time *delay;
};

// The access itself goes on as the payload that came in, with another address and attributes.
dbell_response smmu::data_access(void *, dbell_transaction *t)
{
    transit *way = reinterpret_cast<transit *>(t->trail);
    sideband *extension = nullptr;
    way->payload->get_extension(extension);
    const std::uint64_t address = way->payload->get_address();
    dbell_sideband before{};
    if (extension) {
        before = extension->side;
        extension->side = t->side;
    }
    way->payload->set_address(t->address);
    way->port->downstream->b_transport(*way->payload, *way->delay);
    way->payload->set_address(address);
    if (extension)
        extension->side = before;
    return as_response(way->payload->get_response_status());
}

void smmu::access(tbu &port, tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    sideband *extension = nullptr;
    payload.get_extension(extension);
    dbell_step steps[steps_kept];
    dbell_itinerary own = {steps, steps_kept, 0, 0};
    transit way = {{}, &port, &payload, &delay};
    dbell_transaction t = as_transaction(payload);
    t.length = std::min(t.length, payload.get_streaming_width()); // what it covers
    if (!extension) {
        t.side.has_streamid = true;
        t.side.streamid = port.entry.default_streamid;
    }
    const std::uint32_t first = t.itinerary ? t.itinerary->count : 0;
    if (!t.itinerary)
        t.itinerary = &own;
    t.trail = &way.trail;
    dbell_translation result{};
    const bool may_pend = extension && extension->may_pend;
    int outcome;
    for (;;) {
        const std::uint64_t since = moves_;
        outcome = dbell_smmu_access(&core_, &t, &result);
        if (outcome != DBELL_E_BUSY)
            break;
        if (!moves_on(since)) { // no slot: before software does something there will be none
            if (may_pend)
                break;
            wait(moved_);
        }
    }
    const dbell_itinerary taken = {t.itinerary->steps + first, 0, t.itinerary->count - first, 0};
    delay += latency.of(taken);
    kick();
    way.trail = dbell_smmu_trail(&result);
    if (outcome < 0) {
        way.trail.outcome = UINT8_MAX;
        way.trail.token = static_cast<std::uint32_t>(-outcome);
        payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    } else if (outcome == DBELL_FAULT) {
        if (result.razwi && dbell_op_reads(t.op) && t.data)
            read_as_zero(payload);
        payload.set_response_status(result.razwi ? tlm::TLM_OK_RESPONSE
                                                 : tlm::TLM_GENERIC_ERROR_RESPONSE);
    } else if (outcome == DBELL_PENDING) {
        auto entry = std::make_shared<stalled>();
        entry->port = &port;
        entry->transaction = t;
        entry->transaction.itinerary = nullptr;
        entry->transaction.trail = nullptr;
        entry->token = result.token;
        entry->waits = !may_pend;
        if (t.data)
            entry->data.assign(t.data, t.data + t.length);
        stalled_[entry->token] = entry;
        payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
        if (entry->waits)
            await_software(*entry, payload, t, way);
    }
    if (extension)
        extension->trail = way.trail;
}

// The answer of a step to an access that stalled. The next step, which may be of a CMD_SYNC, comes
// when it has been made (4.7.3).
void smmu::settle_stalled(std::uint32_t token, const dbell_translation &result)
{
    const auto found = stalled_.find(token);
    if (found == stalled_.end())
        return;
    auto node = stalled_.extract(found);
    const std::shared_ptr<stalled> entry = node.mapped();
    if (result.outcome == DBELL_PENDING) { // stalled again, under a new token
        node.key() = result.token;
        stalled_.insert(std::move(node));
        return;
    }
    entry->result = result;
    entry->done = true;
    if (!entry->waits) {
        finish_stalled(*entry);
        return;
    }
    entry->ended.notify(sc_core::SC_ZERO_TIME);
    while (!entry->made)
        wait(entry->over);
}

// The rest of a b_transport call that stalled.
void smmu::await_software(stalled &entry, tlm::tlm_generic_payload &payload, dbell_transaction &t,
                          transit &way)
{
    while (!entry.done)
        wait(entry.ended);
    const dbell_translation &result = entry.result;
    way.trail = dbell_smmu_trail(&result);
    if (result.outcome != DBELL_DONE) {
        if (result.razwi && dbell_op_reads(t.op) && t.data)
            read_as_zero(payload);
        payload.set_response_status(result.razwi ? tlm::TLM_OK_RESPONSE
                                                 : tlm::TLM_GENERIC_ERROR_RESPONSE);
    } else {
        dbell_smmu_forward(&result, &t);
        if (t.op == DBELL_NO_OP)
            payload.set_response_status(tlm::TLM_OK_RESPONSE);
        else
            data_access(this, &t);
    }
    entry.made = true;
    entry.over.notify(sc_core::SC_ZERO_TIME);
}

// An access whose initiator did not wait: it is made now, and its end is told on `completion`.
void smmu::finish_stalled(stalled &entry)
{
    const dbell_trail trail = dbell_smmu_trail(&entry.result);
    dbell_response response = DBELL_RESPONSE_SLVERR;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    if (entry.result.outcome == DBELL_DONE) {
        dbell_transaction t = entry.transaction;
        dbell_smmu_forward(&entry.result, &t);
        if (t.data)
            t.data = entry.data.data();
        response = t.op == DBELL_NO_OP ? DBELL_RESPONSE_OK
                                       : transport(*entry.port->downstream.operator->(), t, delay);
    } else if (entry.result.razwi) {
        response = DBELL_RESPONSE_OK;
        std::fill(entry.data.begin(), entry.data.end(), 0);
    }
    if (!dbell_op_reads(entry.transaction.op) || response != DBELL_RESPONSE_OK)
        entry.data.clear();
    tell_completed(entry.token, response, trail, entry.data);
}

void smmu::tell_completed(std::uint32_t token, dbell_response response, const dbell_trail &trail,
                          const std::vector<unsigned char> &data)
{
    if (!completion.get_interface())
        return;
    tlm::tlm_generic_payload payload;
    sideband extension;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    std::vector<unsigned char> answer{static_cast<unsigned char>(response)};
    answer.insert(answer.end(), data.begin(), data.end());
    extension.trail = trail;
    payload.set_command(tlm::TLM_WRITE_COMMAND);
    payload.set_address(token);
    payload.set_data_ptr(answer.data());
    payload.set_data_length(static_cast<unsigned>(answer.size()));
    payload.set_streaming_width(payload.get_data_length());
    payload.set_extension(&extension);
    completion->b_transport(payload, delay);
    payload.clear_extension(&extension);
}

} // namespace doorbell
