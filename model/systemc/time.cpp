// SPDX-License-Identifier: Apache-2.0 OR MIT
// The kernel's side of a clockwork: how accesses come in and go back, and when things happen.
#include <algorithm>
#include <cstring>
#include <utility>

#include <doorbell/systemc_time.hpp>

namespace doorbell
{

namespace
{

constexpr std::uint64_t page = 4096;
constexpr int stack_bytes = 1 << 18;

} // namespace

// --- payloads of its own ---

payload_pool::~payload_pool() = default;

tlm::tlm_generic_payload *payload_pool::take()
{
    if (idle_.empty()) {
        all_.emplace_back(this);
        idle_.push_back(&all_.back());
    }
    pooled *payload = idle_.back();
    idle_.pop_back();
    payload->set_data_ptr(payload->bytes);
    payload->acquire();
    return payload;
}

void payload_pool::free(tlm::tlm_generic_payload *payload)
{
    payload->reset();
    idle_.push_back(static_cast<pooled *>(payload));
}

// --- devices without an SMMU ---

passage::passage(sc_core::sc_module_name name, clockwork &time)
    : sc_module(name), upstream("upstream"), downstream("downstream"),
      entry([this] { return upstream.operator->(); }, [this] { return downstream.operator->(); }),
      time_(time)
{
    upstream.register_b_transport(this, &passage::b_transport);
    upstream.register_nb_transport_fw(this, &passage::nb_transport_fw);
    downstream.register_nb_transport_bw(this, &passage::nb_transport_bw);
    time.add(entry);
}

tlm::tlm_sync_enum passage::nb_transport_bw(tlm::tlm_generic_payload &payload,
                                            tlm::tlm_phase &phase, sc_core::sc_time &delay)
{
    return entry.requests.back(payload, phase, delay);
}

void passage::b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    time_.transport(entry, payload, delay);
}

tlm::tlm_sync_enum passage::nb_transport_fw(tlm::tlm_generic_payload &payload,
                                            tlm::tlm_phase &phase, sc_core::sc_time &delay)
{
    return time_.forward(entry, payload, phase, delay);
}

// --- the instance ---

clockwork::clockwork(sc_core::sc_module_name name, const time_parameters &parameters)
    : sc_module(name), parameters_(parameters)
{
    sc_core::sc_spawn_options options;
    options.dont_initialize();
    options.set_sensitivity(&woken_);
    options.set_stack_size(stack_bytes);
    sc_core::sc_spawn([this] { pump(); }, sc_core::sc_gen_unique_name("pump"), &options);
}

clockwork::~clockwork() = default;

void clockwork::add(gate &entry)
{
    entry.requests.answered = [this](tlm::tlm_generic_payload &payload,
                                     const sc_core::sc_time &delay) { answered(payload, delay); };
}

void clockwork::add(smmu &unit)
{
    unit.time_ = this;
    unit.walks_.answered = [this](tlm::tlm_generic_payload &payload,
                                  const sc_core::sc_time &delay) { answered(payload, delay); };
    for (smmu::tbu &port : unit.ports)
        add(port.entry);
    smmus_.push_back(&unit);
}

void clockwork::add(its &unit, std::uint64_t base)
{
    unit.time_ = this;
    unit.reads_.answered = [this](tlm::tlm_generic_payload &payload,
                                  const sc_core::sc_time &delay) { answered(payload, delay); };
    itses_.push_back({&unit, base});
}

void clockwork::add(redistributors &unit, std::uint32_t cpus)
{
    unit.time_ = this;
    unit.reads_.answered = [this](tlm::tlm_generic_payload &payload,
                                  const sc_core::sc_time &delay) { answered(payload, delay); };
    redistributors_ = &unit;
    cpus_ = cpus;
}

void clockwork::configure(const time_parameters &parameters)
{
    if (!state_.empty()) {
        SC_REPORT_ERROR("/doorbell/time", "it has begun");
        return;
    }
    parameters_ = parameters;
}

// Made when the parts are known.
dbell_clockwork &clockwork::core()
{
    if (!state_.empty())
        return core_;
    dbell_clockwork_config config{};
    config.timing = parameters_.timing;
    config.smmus = static_cast<std::uint16_t>(smmus_.size());
    config.itses = static_cast<std::uint16_t>(itses_.size());
    config.journeys = parameters_.journeys;
    config.seed = parameters_.seed;
    config.tbus = 1;
    for (const smmu *unit : smmus_)
        config.tbus = std::max(config.tbus, static_cast<std::uint16_t>(unit->ports.size()));
    std::size_t size = dbell_clockwork_state_size(&config);
    if (!size || parameters_.period == sc_core::SC_ZERO_TIME) {
        SC_REPORT_ERROR("/doorbell/time", "a parameter is out of range");
        config.timing = dbell_timing_ideal();
        config.journeys = std::min(std::max(config.journeys, 1u), 1024u);
        size = dbell_clockwork_state_size(&config);
    }
    const dbell_clockwork_ports functions = ports();
    state_.resize(size / sizeof(std::max_align_t) + 1);
    if (dbell_clockwork_init(&core_, state_.data(), state_.size() * sizeof(std::max_align_t),
                             &config, &functions) != DBELL_OK)
        SC_REPORT_FATAL("/doorbell/time", "so many parts cannot be timed");
    accesses_.resize(config.journeys);
    return core_;
}

void clockwork::reset()
{
    dbell_clockwork &cw = core();
    for (std::uint32_t i = 0; i < accesses_.size(); i++) {
        access *a = accesses_[i].get();
        if (!a || !a->used)
            continue;
        a->given_up = true;
        if (!a->parked)
            continue;
        a->response = DBELL_RESPONSE_SLVERR;
        dbell_clockwork_resume(&cw, i, DBELL_CW_ENDS, &nowhere);
    }
    for (unsigned i = 0; i < itses_.size(); i++)
        dbell_clockwork_invalidate_its(&cw, i, UINT32_MAX, UINT32_MAX, UINT32_MAX);
    dbell_clockwork_invalidate_lpi(&cw, UINT32_MAX);
    poke();
}

void clockwork::trace(sc_core::sc_trace_file *file)
{
    for (unsigned i = 0; i < DBELL_CW_POOLS; i++) {
        const auto pool = static_cast<dbell_clockwork_pool>(i);
        shown_.show(dbell_clockwork_pool_name(pool), 32,
                    [this, pool] { return dbell_clockwork_pool_count(&core(), pool).taken; });
    }
    shown_.show("under_way", 32, [this] { return under_way_; });
    shown_.trace(file, name());
}

// --- time ---

std::uint64_t clockwork::now() const
{
    return state_.empty() ? 0 : dbell_clockwork_now(&core_);
}

std::uint64_t clockwork::next() const
{
    std::uint64_t first = state_.empty() ? DBELL_NEVER : dbell_clockwork_next(&core_);
    const auto at = [&](const sc_core::sc_time &when) {
        first = std::min(first, std::max(cycle_of(when), now()));
    };
    if (!arrivals_.empty())
        at(arrivals_.begin()->when);
    if (!answers_.empty())
        at(answers_.begin()->first);
    return continued_.empty() ? first : now();
}

// The first cycle that does not begin before.
std::uint64_t clockwork::cycle_of(const sc_core::sc_time &when) const
{
    const std::uint64_t period = parameters_.period.value();
    return (when.value() + period - 1) / period + lead_;
}

std::uint64_t clockwork::kernel_cycle() const
{
    return sc_core::sc_time_stamp().value() / parameters_.period.value() + lead_;
}

sc_core::sc_time clockwork::until(std::uint64_t cycle) const
{
    const std::uint64_t period = parameters_.period.value();
    const std::uint64_t now = sc_core::sc_time_stamp().value();
    if (cycle <= lead_ || (cycle - lead_) > UINT64_MAX / period || (cycle - lead_) * period <= now)
        return sc_core::SC_ZERO_TIME;
    return sc_core::sc_time::from_value((cycle - lead_) * period - now);
}

std::uint64_t clockwork::at(const sc_core::sc_time &delay) const
{
    return std::max(cycle_of(sc_core::sc_time_stamp() + delay), now());
}

bool clockwork::idle() const
{
    return next() == DBELL_NEVER && requests_.empty() && !poked_;
}

bool clockwork::full() const
{
    return under_way_ == parameters_.journeys;
}

bool clockwork::awaits_memory() const
{
    return !requests_.empty();
}

void clockwork::abandon(std::uint64_t user)
{
    for (auto &a : accesses_)
        if (a && a->used && a->user == user)
            a->given_up = true;
}

void clockwork::poke()
{
    poked_ = true;
    woken_.notify(sc_core::SC_ZERO_TIME);
}

void clockwork::pump()
{
    for (;;) {
        advance();
        wait(woken_);
    }
}

// One at a time: what a target is given may make it wait.
void clockwork::claim()
{
    while (running_)
        wait(idle_);
}

void clockwork::run(std::uint64_t cycle)
{
    running_ = true;
    if (now() < cycle) // what there is to do now has come now
        dbell_clockwork_run(&core(), cycle);
    dbell_clockwork_poke(&core());
    dbell_clockwork_run(&core(), cycle);
    running_ = false;
    idle_.notify();
}

// What has come from outside and is due: accesses, and answers of memory.
bool clockwork::take_in()
{
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    bool any = false;
    const auto due = [&](const sc_core::sc_time &when) {
        return when <= now && cycle_of(when) <= kernel_cycle();
    };
    while (!answers_.empty() && due(answers_.begin()->first)) {
        dbell_clockwork_answer(&core(), answers_.begin()->second);
        answers_.erase(answers_.begin());
        any = true;
    }
    for (; !continued_.empty(); any = true) {
        start(continued_.front());
        continued_.pop_front();
    }
    while (!arrivals_.empty() && due(arrivals_.begin()->when)) {
        const std::uint32_t index = arrivals_.begin()->index;
        arrivals_.erase(arrivals_.begin());
        start(index);
        any = true;
    }
    return any;
}

void clockwork::advance()
{
    claim();
    do {
        const std::uint64_t cycle = std::max(kernel_cycle(), now());
        poked_ = false;
        if (dbell_clockwork_next(&core()) < cycle || now() < cycle)
            run(cycle);
        take_in();
        run(cycle);
        give_out();
    } while (poked_ || take_in());
    if (next() != DBELL_NEVER)
        woken_.notify(until(next()));
}

// What the parts have said goes out, after their call has returned.
void clockwork::give_out()
{
    for (const auto &[entry, payload] : std::exchange(answered_, {})) {
        entry->responses.send(*payload, sc_core::SC_ZERO_TIME);
        payload->release();
    }
    while (!refused_.empty() && under_way_ < accesses_.size()) {
        const auto [entry, payload] = refused_.front();
        tlm::tlm_phase phase = tlm::END_REQ;
        sc_core::sc_time none = sc_core::SC_ZERO_TIME;
        refused_.pop_front();
        arrive(*entry, *payload, none);
        entry->upstream()->nb_transport_bw(*payload, phase, none);
    }
    for (const completion &c : std::exchange(completions_, {}))
        c.unit->tell_completed(c.token, c.response, c.trail, c.data);
    const bool invalidations = std::exchange(delivering_, false);
    for (smmu *unit : smmus_) {
        unit->deliver(invalidations);
        unit->moved_.notify();
    }
    shown_.look();
}

// --- accesses come in ---

clockwork::access *clockwork::vacant(std::uint32_t &index)
{
    core();
    for (index = 0; index < accesses_.size(); index++) {
        auto &a = accesses_[index];
        if (!a)
            a = std::make_unique<access>();
        if (!a->used)
            return a.get();
    }
    return nullptr;
}

void clockwork::release(access &a)
{
    a.used = false;
    under_way_--;
}

void clockwork::fill(access &a, gate &entry, tlm::tlm_generic_payload &payload, manner how)
{
    a.used = true;
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
    a.parked = a.is_message = a.over = a.given_up = a.sent = false;
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
        release(a);
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
        entry.responses.ended();
        return tlm::TLM_COMPLETED;
    }
    if (phase != tlm::BEGIN_REQ) {
        SC_REPORT_ERROR("/doorbell/time", "a phase that is not of the base protocol");
        return tlm::TLM_ACCEPTED;
    }
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
        refused_.emplace_back(&entry, &payload);
        return tlm::TLM_ACCEPTED;
    }
    arrive(entry, payload, delay);
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
}

// Alone: until it has come to its end, or to where it waits for others.
void clockwork::lead(std::uint32_t index, sc_core::sc_time &delay)
{
    access &a = *accesses_[index];
    const std::uint64_t cycle = std::max(kernel_cycle(), now());
    run(cycle);
    running_ = true;
    start(index);
    while (!a.over && !a.parked) {
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

void clockwork::transport(gate &entry, tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    std::uint32_t index;
    access *a;
    if (!well_formed(payload)) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    for (claim(); !(a = vacant(index)); claim())
        wait(parameters_.period);
    fill(*a, entry, payload, manner::annotated);
    lead(index, delay);
    if (!a->over && a->extension && a->extension->may_pend && idle()) {
        a->given_up = true; // before software does something there is no room for it
        a->trail.outcome = UINT8_MAX;
        a->trail.token = static_cast<std::uint32_t>(-DBELL_E_BUSY);
        a->response = DBELL_RESPONSE_SLVERR;
        finish(*a);
    }
    while (!a->over)
        wait(a->ended);
}

void clockwork::request(gate &entry, ats_message &message, sc_core::sc_time &delay)
{
    std::uint32_t index;
    access *a;
    tlm::tlm_generic_payload none;
    none.set_data_length(1);
    none.set_streaming_width(1);
    none.set_command(tlm::TLM_IGNORE_COMMAND);
    for (claim(); !(a = vacant(index)); claim())
        wait(parameters_.period);
    fill(*a, entry, none, manner::annotated);
    a->message = &message;
    lead(index, delay);
    while (!a->over)
        wait(a->ended);
    message.status = a->status;
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
    finish(a);
}

void clockwork::finish(access &a)
{
    a.over = true;
    a.ended.notify(sc_core::SC_ZERO_TIME);
    if (!a.payload || a.message)
        return;
    address_upstream(a);
    if (a.extension)
        a.extension->trail = a.trail;
    a.payload->set_response_status(as_status(a.response));
    if (a.how == manner::phases)
        answered_.emplace_back(a.entry, a.payload);
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
    if (a.width == a.length)
        a.payload->set_streaming_width(a.length);
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
