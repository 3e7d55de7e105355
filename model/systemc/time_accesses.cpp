// SPDX-License-Identifier: Apache-2.0 OR MIT
// How accesses come to a clockwork and go back, and its requests to memory behind sockets.
#include <algorithm>
#include <utility>

#include <doorbell/systemc_time.hpp>

namespace doorbell
{

namespace
{

constexpr std::uint64_t page = 4096;

} // namespace

// --- accesses come in ---

// nullptr: too many are under way.
clockwork::access *clockwork::vacant(std::uint32_t &index)
{
    core();
    if (vacant_.empty())
        return nullptr;
    index = vacant_.back();
    return accesses_[index].get();
}

void clockwork::release(std::uint32_t index)
{
    accesses_[index]->used = false;
    vacant_.push_back(index);
    under_way_--;
}

void clockwork::fill(access &a, gate &entry, tlm::tlm_generic_payload &payload, manner how)
{
    a.used = true;
    vacant_.pop_back();
    under_way_++;
    a.how = how;
    a.entry = &entry;
    a.payload = &payload;
    a.message = nullptr;
    a.extension = nullptr;
    payload.get_extension(a.extension);
    a.user = a.extension ? a.extension->user : 0;
    a.address = payload.get_address();
    a.data = payload.get_data_ptr();
    a.length = payload.get_data_length();
    a.width = std::min(a.length, payload.get_streaming_width());
    a.done = 0;
    a.result = dbell_translation{};
    a.trail = dbell_trail{};
    a.response = DBELL_RESPONSE_OK;
    a.status = DBELL_OK;
    a.parked = a.pends = a.is_message = a.over = a.given_up = a.sent = a.refused = false;
    a.answered = false;
    a.told = nullptr;
    a.streaming = payload.get_streaming_width();
    payload.set_dmi_allowed(false);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    aim(a);
}

// What a socket's payload has to be; an access that crosses a page is made in parts.
bool clockwork::well_formed(const tlm::tlm_generic_payload &payload)
{
    const std::uint64_t address = payload.get_address();
    const unsigned length = payload.get_data_length();
    const std::uint64_t width = std::min(length, payload.get_streaming_width());
    if (!width || (payload.get_byte_enable_ptr() && !payload.get_byte_enable_length()))
        return false;
    return (address & (page - 1)) + width <= page ||
           payload.get_command() == tlm::TLM_IGNORE_COMMAND ||
           (width == length && !payload.get_byte_enable_ptr());
}

// The next part of it.
void clockwork::aim(access &a)
{
    a.t = as_transaction(*a.payload);
    if (!a.extension && a.entry->unit) {
        a.t.side.has_streamid = true;
        a.t.side.streamid = a.entry->default_streamid;
    }
    a.t.trail = nullptr;
    a.t.address = a.address + a.done;
    a.t.length = a.width - a.done;
    if (!a.t.data)
        return;
    const std::uint64_t room = page - (a.t.address & (page - 1));
    a.t.data = a.data + a.done;
    if (a.width == a.length && a.t.length > room)
        a.t.length = static_cast<std::uint32_t>(room);
}

void clockwork::start(std::uint32_t index)
{
    access &a = *accesses_[index];
    if (!a.done)
        a.lead = lead_;
    dbell_journey journey{};
    const dbell_sideband &side = a.message ? a.message->request.side : a.t.side;
    journey.kind = a.message ? DBELL_JOURNEY_REQUEST : DBELL_JOURNEY_ACCESS;
    journey.write = !a.message && dbell_op_writes(a.t.op);
    journey.smmu = DBELL_NO_SMMU;
    journey.tbu = static_cast<std::uint16_t>(a.entry->index);
    for (unsigned i = 0; i < smmus_.size(); i++)
        if (smmus_[i] == a.entry->unit)
            journey.smmu = static_cast<std::uint16_t>(i);
    journey.device =
        a.extension && a.extension->has_requester ? a.extension->requester : side.streamid;
    journey.streamid = side.streamid;
    journey.substreamid = side.has_substreamid ? side.substreamid | DBELL_HAS_SUBSTREAM : 0;
    journey.address = a.message ? a.message->request.address : a.t.address;
    journey.length = a.message ? 0 : a.t.length;
    journey.user = index;
    if (dbell_clockwork_start(&core(), &journey) != DBELL_OK) {
        SC_REPORT_ERROR("/doorbell/time", "an access could not begin");
        a.response = DBELL_RESPONSE_SLVERR;
        finish(a);
        release(index);
    }
}

void clockwork::arrive(gate &entry, tlm::tlm_generic_payload &payload,
                       const sc_core::sc_time &delay)
{
    std::uint32_t index;
    access *a = vacant(index);
    fill(*a, entry, payload, manner::phases);
    arrivals_.insert({sc_core::sc_time_stamp() + delay, order_++, index});
    woken_.notify(until(cycle_of(arrivals_.begin()->when)));
}

tlm::tlm_sync_enum clockwork::forward(gate &entry, tlm::tlm_generic_payload &payload,
                                      tlm::tlm_phase &phase, sc_core::sc_time &delay)
{
    if (phase == tlm::END_RESP) {
        entry.responses.ended(delay);
        return tlm::TLM_COMPLETED;
    }
    if (phase != tlm::BEGIN_REQ) // of another protocol: it is ignored (15.2.5)
        return tlm::TLM_ACCEPTED;
    ats_message *message = nullptr;
    payload.get_extension(message);
    if (message || !well_formed(payload)) { // messages come through b_transport
        payload.set_response_status(message ? tlm::TLM_COMMAND_ERROR_RESPONSE
                                            : tlm::TLM_BURST_ERROR_RESPONSE);
        return tlm::TLM_COMPLETED;
    }
    core();
    payload.acquire();
    if (under_way_ == accesses_.size()) {
        refused_.push_back({&entry, &payload, sc_core::sc_time_stamp() + delay});
        return tlm::TLM_ACCEPTED;
    }
    arrive(entry, payload, delay);
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
}

// Alone: until it has come to its end, or to where it waits for others.
void clockwork::lead(std::uint32_t index, sc_core::sc_time &delay, const bool &over)
{
    access &a = *accesses_[index];
    const std::uint64_t cycle = std::max(kernel_cycle(), now());
    run(cycle);
    running_ = true;
    runner_ = sc_core::sc_get_current_process_handle();
    start(index);
    while (!over && !a.parked) {
        const std::uint64_t at = dbell_clockwork_next(&core());
        if (at == DBELL_NEVER)
            break;
        dbell_clockwork_run(&core(), at);
        if (!continued_.empty()) { // its next part, or one of those in phases
            start(continued_.front());
            continued_.pop_front();
        }
    }
    running_ = false;
    idle_.notify();
    const std::uint64_t cycles = now() - cycle;
    lead_ += cycles;
    delay += parameters_.period * static_cast<double>(cycles);
    give_out();
    woken_.notify(sc_core::SC_ZERO_TIME);
}

// What is called downstream accesses in its turn, before its call has returned: the clockwork waits
// for it, so it is made in no time of the clockwork's.
bool clockwork::nested() const
{
    return running_ && runner_ == sc_core::sc_get_current_process_handle();
}

void clockwork::transport(gate &entry, tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    std::uint32_t index;
    access *a;
    bool over = false;
    if (!well_formed(payload)) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    if (nested()) {
        if (entry.unit)
            entry.unit->ports[entry.index].untimed(payload, delay);
        else
            entry.downstream()->b_transport(payload, delay);
        return;
    }
    for (claim(); !(a = vacant(index)); claim())
        wait(parameters_.period);
    fill(*a, entry, payload, manner::annotated);
    a->told = &over;
    lead(index, delay, over);
    if (!over && a->extension && a->extension->may_pend && idle()) {
        a->given_up = true; // before software does something there is no room for it
        a->trail.outcome = UINT8_MAX;
        a->trail.token = static_cast<std::uint32_t>(-DBELL_E_BUSY);
        a->response = DBELL_RESPONSE_SLVERR;
        finish(*a);
    }
    while (!over)
        wait(a->ended);
}

void clockwork::request(gate &entry, ats_message &message, sc_core::sc_time &delay)
{
    std::uint32_t index;
    access *a;
    bool over = false;
    if (nested()) {
        message.status = dbell_smmu_ats(&entry.unit->core(), &message.request, &message.completion);
        return;
    }
    tlm::tlm_generic_payload none;
    none.set_data_length(1);
    none.set_streaming_width(1);
    none.set_command(tlm::TLM_IGNORE_COMMAND);
    for (claim(); !(a = vacant(index)); claim())
        wait(parameters_.period);
    fill(*a, entry, none, manner::annotated);
    a->message = &message;
    a->told = &over;
    lead(index, delay, over);
    while (!over)
        wait(a->ended);
}

// --- and go back ---

// Its initiator is done with it; what is left of it is made with a copy of its data.
void clockwork::detach(access &a)
{
    if (!a.payload || a.message)
        return;
    if (a.t.data) {
        a.own.assign(a.t.data, a.t.data + a.t.length);
        a.t.data = a.own.data();
    }
    a.t.itinerary = nullptr;
    finish(a);
}

void clockwork::finish(access &a)
{
    a.over = true;
    if (a.told)
        *std::exchange(a.told, nullptr) = true;
    if (a.message)
        a.message->status = a.status;
    a.ended.notify(sc_core::SC_ZERO_TIME);
    if (!a.payload || a.message)
        return;
    address_upstream(a);
    if (a.extension)
        a.extension->trail = a.trail;
    a.payload->set_response_status(a.answered ? a.answer : as_status(a.response));
    if (a.how == manner::phases) // at its cycle, wherever others have led the clockwork's time to
        answered_.push_back(
            {a.entry, a.payload,
             sc_core::sc_time::from_value((now() - a.lead) * parameters_.period.value())});
    a.payload = nullptr;
    a.extension = nullptr;
}

void clockwork::tell(const access &a, bool parked)
{
    if (ended && !a.message && !a.given_up)
        ended({a.user, a.response, a.trail, a.t, a.times, parked, a.is_message});
}

// As it goes on downstream, and as it came.
void clockwork::address_downstream(access &a, const dbell_transaction &t)
{
    a.payload->set_address(t.address);
    if (a.t.data && a.width == a.length) {
        a.payload->set_data_ptr(a.t.data);
        a.payload->set_data_length(a.t.length);
        a.payload->set_streaming_width(a.t.length);
    }
    if (a.extension)
        a.extension->side = t.side;
}

void clockwork::address_upstream(access &a)
{
    a.payload->set_address(a.address);
    a.payload->set_data_ptr(a.data);
    a.payload->set_data_length(a.length);
    a.payload->set_streaming_width(a.streaming);
    if (a.extension)
        a.extension->side = a.t.side;
}

// --- memory behind sockets ---

void clockwork::answered(tlm::tlm_generic_payload &payload, const sc_core::sc_time &delay)
{
    const auto found = requests_.find(&payload);
    if (found == requests_.end())
        return;
    const sc_core::sc_time when = sc_core::sc_time_stamp() + delay;
    answers_.emplace(when, found->second);
    requests_.erase(found);
    woken_.notify(until(cycle_of(when)));
}

bool clockwork::requested(const dbell_clockwork_request &r)
{
    request_channel *channel = nullptr;
    tlm::tlm_generic_payload *payload = nullptr;
    access *a = r.kind == DBELL_JOURNEY_ACT ? nullptr : accesses_[r.user].get();
    if (!parameters_.memory_behind_sockets || (a && a->how == manner::annotated))
        return false;
    switch (r.port) {
    case DBELL_T_MEMORY_LATENCY:
        channel = &smmus_[r.part]->walks_;
        break;
    case DBELL_T_ITS_MEMORY_LATENCY:
        channel = &itses_[r.part].unit->reads_;
        break;
    case DBELL_T_LPI_MEMORY_LATENCY: // of a vLPI it is not known where its configuration is
        channel = redistributors_ && r.address ? &redistributors_->reads_ : nullptr;
        break;
    default: // data; a message is no access of memory
        if (!a || a->is_message || !a->payload)
            return false;
        channel = &a->entry->requests;
        payload = a->payload;
        address_downstream(*a, onward(*a));
        a->sent = true;
        break;
    }
    if (!channel)
        return false;
    if (payload) {
        requests_[payload] = r.journey;
        channel->send(*payload);
        return true;
    }
    payload = pool_.take();
    payload->set_command(r.write ? tlm::TLM_IGNORE_COMMAND : tlm::TLM_READ_COMMAND);
    payload->set_address(r.address);
    payload->set_data_length(std::min<std::uint32_t>(r.length, payload_pool::bytes));
    payload->set_streaming_width(payload->get_data_length());
    requests_[payload] = r.journey;
    channel->send(*payload);
    payload->release();
    return true;
}

} // namespace doorbell
