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
constexpr std::uint64_t page = 4096;

} // namespace

// One access on its way through the SMMU. The C core hands the trail on; it is the first member,
// so that data_access() finds the rest.
struct smmu::transit {
    dbell_trail trail;
    smmu::tbu *port;
    tlm::tlm_generic_payload *payload;
    sc_core::sc_time *delay;
};

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

tlm::tlm_sync_enum smmu::walk_back(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                   sc_core::sc_time &delay)
{
    return walks_.back(payload, phase, delay);
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
    if (owner_.time_) {
        owner_.time_->transport(entry, payload, delay);
        return;
    }
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
// The first that is refused ends it.
void smmu::tbu::by_page(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    const std::uint64_t address = payload.get_address();
    const unsigned length = payload.get_data_length();
    unsigned char *data = payload.get_data_ptr();
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
    payload.set_streaming_width(length);
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
        entry->ended.notify(sc_core::SC_ZERO_TIME);
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

void smmu::trace(sc_core::sc_trace_file *file)
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
    shown_.trace(file, name());
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
    if (size > 8 || payload.get_byte_enable_ptr()) {
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
        if (delay != sc_core::SC_ZERO_TIME)
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
