// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <cstring>
#include <utility>

#include <doorbell/systemc_time.hpp>

namespace doorbell
{

namespace
{

constexpr unsigned steps_kept = 128;

} // namespace

tlm::tlm_sync_enum smmu::walk_back(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                   sc_core::sc_time &delay)
{
    return walks_.back(payload, phase, delay);
}

void smmu::invalidated(void *ctx, const dbell_smmu_invalidation *what)
{
    smmu *self = static_cast<smmu *>(ctx);
    for (tbu &port : self->ports)
        port.revoke(0, ~sc_dt::uint64{0});
    if (self->time_)
        self->time_->invalidated(*self, *what);
}

smmu::smmu(sc_core::sc_module_name name, const dbell_smmu_config &config, unsigned n)
    : sc_module(name), registers("registers"), walk("walk"), irq("irq"), completion("completion"),
      ats("ats"),
      ports("port", n,
            [this](const char *port_name, std::size_t) { return new tbu(port_name, *this); }),
      config_(config), walks_([this] { return walk.operator->(); })
{
    const std::size_t size = dbell_smmu_state_size(&config);
    state_.resize(size / sizeof(std::max_align_t) + 1);
    dbell_smmu_ports connections{};
    connections.tables.ctx = this;
    connections.tables.access = tables_access;
    connections.data.ctx = this;
    connections.data.access = data_access;
    connections.wires.ctx = this;
    connections.wires.pulse = pulse_on<smmu>;
    connections.completion.ctx = this;
    connections.completion.complete = complete;
    connections.invalidations.ctx = this;
    connections.invalidations.invalidated = invalidated;
    connections.ats.ctx = this;
    connections.ats.invalidate = invalidate;
    connections.ats.respond = respond;
    if (dbell_smmu_init(&core_, state_.data(), state_.size() * sizeof(std::max_align_t), &config,
                        &connections) != DBELL_OK)
        SC_REPORT_ERROR("/doorbell/smmu", "the configuration is out of range");
    unsigned index = 0;
    for (tbu &port : ports)
        port.entry.index = index++;
    registers.register_b_transport(this, &smmu::register_access);
    walk.register_nb_transport_bw(this, &smmu::walk_back);
    worker_.start([this] { work(); });
}

smmu::~smmu() = default;

void smmu::reset()
{
    dbell_smmu_reset(&core_);
    messages_.clear();
    completed_.clear();
    dbell_translation forgotten{};
    forgotten.outcome = DBELL_FAULT;
    for (auto &[token, entry] : std::exchange(stalled_, {})) {
        entry->result = forgotten;
        entry->done = true;
        if (entry->waits)
            entry->ended.notify(sc_core::SC_ZERO_TIME);
        else
            tell_completed(entry->token, DBELL_RESPONSE_SLVERR, dbell_smmu_trail(&forgotten), {});
    }
}

// Who finds the SMMU busy asks whether to try again. False: nothing moves that would help.
bool smmu::moves_on(std::uint64_t since)
{
    kick();
    while (moves_ == since && !idle())
        wait(moved_ | worker_.rested);
    return moves_ != since;
}

// Its units have got something to do.
void smmu::kick()
{
    if (time_)
        time_->poke();
    else
        worker_.kick();
}

void smmu::trace_to(sc_core::sc_trace_file *file)
{
    static const std::pair<const char *, std::uint64_t> registers_shown[] = {
        {"cmdq.prod", 0x98},      {"cmdq.cons", 0x9c},    {"eventq.prod", 0x100a8},
        {"eventq.cons", 0x100ac}, {"priq.prod", 0x100c8}, {"priq.cons", 0x100cc},
        {"gerror", 0x60}};
    const bool pri = dbell_smmu_read(&core_, 0, 4) >> 16 & 1; // IDR0
    for (const auto &[register_name, offset] : registers_shown)
        if (pri || register_name[0] != 'p')
            shown_.show(register_name, 32,
                        [this, at = offset] { return dbell_smmu_read(&core_, at, 4); });
    shown_.trace_to(file, name());
}

void smmu::relocate()
{
    const dbell_smmu_ports connections = core_.ports;
    std::vector<std::max_align_t> copy = state_;
    if (dbell_smmu_attach(&core_, copy.data(), copy.size() * sizeof copy[0], &connections) < 0)
        SC_REPORT_ERROR("/doorbell/smmu", "the state cannot be attached to");
    state_.swap(copy);
}

bool smmu::idle() const
{
    return time_ ? time_->idle() : worker_.idle();
}

// Commands, records, MSIs and retries, until nothing moves.
void smmu::work()
{
    dbell_step steps[steps_kept];
    for (;;) {
        dbell_itinerary itinerary = {steps, steps_kept, 0, 0};
        if (dbell_smmu_step(&core_, &itinerary) != DBELL_STEPPED)
            break;
        const sc_core::sc_time took = latency.of(itinerary);
        moves_++;
        moved_.notify();
        deliver(true);
        // The core only notes what ended; it is told here, after its call has returned.
        for (auto &[token, result] : std::exchange(completed_, {}))
            settle_stalled(token, result);
        if (took != sc_core::SC_ZERO_TIME)
            wait(took);
    }
}

void smmu::register_access(tlm::tlm_generic_payload &payload, sc_core::sc_time &)
{
    const std::uint64_t offset = payload.get_address();
    const unsigned size = payload.get_data_length();
    std::uint64_t value = 0;
    if (size > 8 || payload.get_byte_enable_ptr() || payload.get_streaming_width() < size) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    if (payload.is_write()) {
        std::memcpy(&value, payload.get_data_ptr(), size);
        dbell_smmu_write(&core_, offset, size, value);
        moves_++;
        moved_.notify();
        shown_.look();
        kick();
    } else if (payload.is_read()) {
        value = dbell_smmu_read(&core_, offset, size);
        std::memcpy(payload.get_data_ptr(), &value, size);
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

dbell_response smmu::tables_access(void *ctx, dbell_transaction *t)
{
    smmu *self = static_cast<smmu *>(ctx);
    if (self->looking_)
        return look(*self->walk.operator->(), *t);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    return transport(*self->walk.operator->(), *t, delay);
}

void smmu::complete(void *ctx, std::uint32_t token, const dbell_translation *result)
{
    smmu *self = static_cast<smmu *>(ctx);
    if (self->time_)
        self->time_->completed(*self, token, *result);
    else
        self->completed_.emplace_back(token, *result);
}

bool smmu::invalidate(void *ctx, const dbell_ats_invalidation *invalidation)
{
    smmu *self = static_cast<smmu *>(ctx);
    ats_message message;
    message.what = ats_message::kind::invalidation;
    message.invalidation = *invalidation;
    message.tag = invalidation->tag;
    self->messages_.push_back(message);
    return true;
}

bool smmu::respond(void *ctx, const dbell_page_response *response)
{
    smmu *self = static_cast<smmu *>(ctx);
    ats_message message;
    message.what = ats_message::kind::page_response;
    message.response = *response;
    self->messages_.push_back(message);
    return true;
}

// The core only notes what it sends; it goes out after its call has returned. Where nobody is
// bound, invalidations have no effect and end at once (4.5).
void smmu::deliver(bool invalidations)
{
    shown_.look();
    std::deque<ats_message> later;
    while (!messages_.empty()) {
        ats_message message = messages_.front();
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        messages_.pop_front();
        const bool invalidates = message.what == ats_message::kind::invalidation;
        if (invalidates && !invalidations)
            later.push_back(message);
        else if (ats.get_interface())
            message.send(*ats.operator->(), delay);
        else if (invalidates)
            dbell_smmu_ats_invalidated(&core_, message.tag, DBELL_ATS_INVALIDATED);
        if (delay != sc_core::SC_ZERO_TIME && !time_) // a clockwork has its own
            wait(delay);
    }
    messages_.insert(messages_.begin(), later.begin(), later.end());
}

// A message of a device.
void smmu::take(gate &entry, ats_message &message, sc_core::sc_time &delay)
{
    dbell_step steps[steps_kept];
    dbell_itinerary own = {steps, steps_kept, 0, 0};
    switch (message.what) {
    case ats_message::kind::translation_request: {
        if (time_) {
            time_->request(entry, message, delay);
            break;
        }
        dbell_ats_request request = message.request;
        if (!request.itinerary)
            request.itinerary = &own;
        const std::uint32_t first = request.itinerary->count;
        std::uint64_t since;
        do {
            since = moves_;
            message.status = dbell_smmu_ats(&core_, &request, &message.completion);
        } while (message.status == DBELL_E_BUSY && moves_on(since));
        delay +=
            latency.of({request.itinerary->steps + first, 0, request.itinerary->count - first, 0});
        break;
    }
    case ats_message::kind::page_request: {
        std::uint64_t since;
        do {
            since = moves_;
            message.status = dbell_smmu_page_request(&core_, &message.page_request);
        } while (message.status == DBELL_E_BUSY && moves_on(since));
        break;
    }
    case ats_message::kind::invalidated:
        dbell_smmu_ats_invalidated(&core_, message.tag, message.end);
        break;
    default: // not for an SMMU
        message.status = DBELL_E_ARGUMENT;
        break;
    }
    kick();
}

} // namespace doorbell
