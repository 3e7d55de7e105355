// SPDX-License-Identifier: Apache-2.0 OR MIT
// ITS, redistributors, GICv2m frame.
#include <cstring>

#include <doorbell/systemc_time.hpp>

namespace doorbell
{

namespace
{

constexpr unsigned steps_kept = 64;

// A register access of at most 8 bytes; false: the payload has been answered with an error.
bool register_payload(tlm::tlm_generic_payload &payload)
{
    if (payload.get_data_length() <= 8 && !payload.get_byte_enable_ptr() &&
        payload.get_streaming_width() >= payload.get_data_length())
        return true;
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return false;
}

template <typename Read, typename Write>
void access_registers(tlm::tlm_generic_payload &payload, Read read, Write write)
{
    if (!register_payload(payload))
        return;
    const unsigned size = payload.get_data_length();
    std::uint64_t value = 0;
    if (payload.is_write()) {
        std::memcpy(&value, payload.get_data_ptr(), size);
        write(size, value);
    } else if (payload.is_read()) {
        value = read(size);
        std::memcpy(payload.get_data_ptr(), &value, size);
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

template <typename Module> dbell_response tables_access(void *ctx, dbell_transaction *t)
{
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    return transport(*static_cast<Module *>(ctx)->tables.operator->(), *t, delay);
}

} // namespace

// --- ITS ---

its::its(sc_core::sc_module_name name, const dbell_its_config &config)
    : sc_module(name), registers("registers"), pre_its("pre_its"), tables("tables"), lpi("lpi"),
      irq("irq"), reads_([this] { return tables.operator->(); })
{
    tables.register_nb_transport_bw(this, &its::tables_back);
    const std::size_t size = dbell_its_state_size(&config);
    state_.resize(size / sizeof(std::max_align_t) + 1);
    dbell_its_ports connections{};
    connections.tables.ctx = this;
    connections.tables.access = tables_access<its>;
    connections.lpi.ctx = this;
    connections.lpi.ask = [](void *ctx, const lpi_request *request, dbell_itinerary *itinerary) {
        return static_cast<its *>(ctx)->request(*request, itinerary);
    };
    connections.wires.ctx = this;
    connections.wires.pulse = pulse_on<its>;
    if (dbell_its_init(&core_, state_.data(), state_.size() * sizeof(std::max_align_t), &config,
                       &connections) != DBELL_OK)
        SC_REPORT_ERROR("/doorbell/its", "the configuration is out of range");
    registers.register_b_transport(this, &its::b_transport);
    pre_its.register_b_transport(this, &its::access_pre_its);
    worker_.start([this] { work(); });
}

tlm::tlm_sync_enum its::tables_back(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                    sc_core::sc_time &delay)
{
    return reads_.back(payload, phase, delay);
}

void its::reset()
{
    dbell_its_reset(&core_);
}

void its::relocate()
{
    const dbell_its_ports connections = core_.ports;
    std::vector<std::max_align_t> copy = state_;
    if (dbell_its_attach(&core_, copy.data(), copy.size() * sizeof copy[0], &connections) < 0)
        SC_REPORT_ERROR("/doorbell/its", "the state cannot be attached to");
    state_.swap(copy);
}

void its::trace_to(sc_core::sc_trace_file *file)
{
    shown_.show("creadr", 32, [this] { return dbell_its_read(&core_, 0x90, 8); });
    shown_.show("cwriter", 32, [this] { return dbell_its_read(&core_, 0x88, 8); });
    shown_.trace_to(file, name());
}

bool its::idle() const
{
    return time_ ? time_->idle() : worker_.idle();
}

void its::vpe_moved(const dbell_vpe &vpe)
{
    dbell_its_vpe_moved(&core_, &vpe);
}

void its::kick()
{
    if (time_)
        time_->poke();
    else
        worker_.kick();
}

void its::work()
{
    dbell_step steps[steps_kept];
    for (;;) {
        dbell_itinerary itinerary = {steps, steps_kept, 0, 0};
        const int progress = dbell_its_step(&core_, &itinerary);
        shown_.look();
        if (progress != DBELL_STEPPED)
            break;
        const sc_core::sc_time took = latency.of(itinerary);
        if (took != sc_core::SC_ZERO_TIME)
            wait(took);
    }
}

void its::take(dbell_transaction &message, sc_core::sc_time &delay)
{
    dbell_step steps[steps_kept];
    dbell_itinerary own = {steps, steps_kept, 0, 0};
    const std::uint32_t first = message.itinerary ? message.itinerary->count : 0;
    if (!message.itinerary)
        message.itinerary = &own;
    dbell_msi_result result;
    dbell_its_msi(&core_, &message, &result);
    kick(); // a SYNC may have waited for it
    const dbell_itinerary taken = {message.itinerary->steps + first, 0,
                                   message.itinerary->count - first, 0};
    delay += latency.of(taken);
}

void its::access_pre_its(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    const dbell_transaction t = as_transaction(payload);
    dbell_transaction message;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (dbell_pre_its_message(&t, &message))
        take(message, delay);
    else if (payload.is_read())
        std::memset(payload.get_data_ptr(), 0, payload.get_data_length());
    else
        payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
}

void its::b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    const std::uint64_t offset = payload.get_address();
    dbell_transaction t = as_transaction(payload), message;
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    if (offset == DBELL_ITS_TRANSLATER && t.op == DBELL_WRITE && (t.length == 2 || t.length == 4)) {
        take(t, delay);
        return;
    }
    if (dbell_its_narrow(&t, &message)) {
        if (wide_write == DBELL_WIDE_LOW32)
            take(message, delay);
        else if (wide_write == DBELL_WIDE_SLVERR)
            payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
        return;
    }
    access_registers(
        payload, [&](unsigned size) { return dbell_its_read(&core_, offset, size); },
        [&](unsigned size, std::uint64_t value) {
            dbell_its_write(&core_, offset, size, value);
            shown_.look();
            kick();
        });
}

bool its::request(const lpi_request &request, dbell_itinerary *itinerary)
{
    lpi_request copy = request;
    dbell_transaction t{};
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    t.length = sizeof copy;
    t.op = DBELL_WRITE;
    t.data = reinterpret_cast<unsigned char *>(&copy);
    t.itinerary = itinerary;
    const bool answer = transport(*lpi.operator->(), t, delay) == DBELL_RESPONSE_OK;
    if (asked)
        asked(request, answer);
    return answer;
}

// --- redistributors ---

redistributors::redistributors(sc_core::sc_module_name name, const dbell_gic_config &config)
    : sc_module(name), distributor("distributor"), frames("frames"), lpi("lpi"), tables("tables"),
      irq("irq", config.cpus), frame_space_(dbell_gicr_space(&config)), level_(config.cpus),
      last_(config.cpus, DBELL_INTID_NONE), reads_([this] { return tables.operator->(); })
{
    worker_.start([this] { update(); });
    tables.register_nb_transport_bw(this, &redistributors::tables_back);
    const std::size_t size = dbell_gic_state_size(&config);
    state_.resize(size / sizeof(std::max_align_t) + 1);
    dbell_gic_ports connections{};
    connections.tables.ctx = this;
    connections.tables.access = tables_access<redistributors>;
    connections.news.ctx = this;
    connections.news.lpi = [](void *ctx, std::uint32_t cpu, std::uint32_t intid) {
        static_cast<redistributors *>(ctx)->news(raised::kind::lpi, cpu, intid);
    };
    connections.news.vlpi = [](void *ctx, std::uint32_t vpeid, std::uint32_t intid) {
        static_cast<redistributors *>(ctx)->news(raised::kind::vlpi, vpeid, intid);
    };
    if (dbell_gic_init(&core_, state_.data(), state_.size() * sizeof(std::max_align_t), &config,
                       &connections) != DBELL_OK)
        SC_REPORT_ERROR("/doorbell/gic", "the configuration is out of range");
    distributor.register_b_transport(this, &redistributors::access_distributor);
    frames.register_b_transport(this, &redistributors::access_frames);
    lpi.register_b_transport(this, &redistributors::access_lpi);
}

tlm::tlm_sync_enum redistributors::tables_back(tlm::tlm_generic_payload &payload,
                                               tlm::tlm_phase &phase, sc_core::sc_time &delay)
{
    return reads_.back(payload, phase, delay);
}

void redistributors::reset()
{
    dbell_gic_reset(&core_);
    raised_.clear();
    kick();
}

void redistributors::news(raised::kind what, std::uint32_t at, std::uint32_t intid)
{
    if (keeps_raised)
        raised_.push_back({what, at, intid});
    if (what != raised::kind::vlpi && at < last_.size())
        last_[at] = intid;
    kick();
}

// The irq lines may be others now; where nobody looks they are not looked up, as that may read
// tables.
void redistributors::kick()
{
    bool looked_at = shown_.used();
    for (const irq_port &port : irq)
        looked_at = looked_at || port.size();
    if (looked_at)
        worker_.kick();
}

void redistributors::update()
{
    for (std::uint32_t cpu = 0; cpu < irq.size(); cpu++) {
        if (!irq[cpu].size() && !shown_.used())
            continue;
        level_[cpu] = dbell_gic_highest_pending(&core_, cpu) != DBELL_INTID_NONE;
        if (irq[cpu].size())
            irq[cpu]->write(level_[cpu]);
    }
    shown_.look();
}

std::uint32_t redistributors::acknowledge(std::uint32_t cpu)
{
    const std::uint32_t intid = dbell_gic_acknowledge(&core_, cpu);
    kick();
    return intid;
}

void redistributors::trace_to(sc_core::sc_trace_file *file)
{
    for (std::uint32_t cpu = 0; cpu < irq.size(); cpu++) {
        const std::string number = std::to_string(cpu);
        shown_.show("cpu" + number + ".irq", 1, [this, cpu] { return level_[cpu]; });
        shown_.show("cpu" + number + ".intid", 24, [this, cpu] { return last_[cpu]; });
    }
    shown_.trace_to(file, name());
}

void redistributors::relocate()
{
    const dbell_gic_ports connections = core_.ports;
    std::vector<std::max_align_t> copy = state_;
    if (dbell_gic_attach(&core_, copy.data(), copy.size() * sizeof copy[0], &connections) < 0)
        SC_REPORT_ERROR("/doorbell/gic", "the state cannot be attached to");
    state_.swap(copy);
}

void redistributors::spi(std::uint32_t intid, bool level)
{
    dbell_gic_spi(&core_, intid, level);
    kick();
}

void redistributors::access_distributor(tlm::tlm_generic_payload &payload, sc_core::sc_time &)
{
    const std::uint64_t offset = payload.get_address();
    access_registers(
        payload, [&](unsigned size) { return dbell_gicd_read(&core_, offset, size); },
        [&](unsigned size, std::uint64_t value) {
            dbell_gicd_write(&core_, offset, size, value);
            const auto intid = static_cast<std::uint32_t>(value & 0x1fff);
            if (offset == DBELL_GICD_SETSPI_NSR && (size == 2 || size == 4) &&
                dbell_gic_pending(&core_, 0, intid))
                news(raised::kind::spi, 0, intid);
            kick();
        });
}

void redistributors::access_frames(tlm::tlm_generic_payload &payload, sc_core::sc_time &)
{
    const std::uint64_t address = payload.get_address();
    const std::uint32_t cpu = static_cast<std::uint32_t>(address / frame_space_);
    const std::uint64_t offset = address % frame_space_;
    access_registers(
        payload, [&](unsigned size) { return dbell_gicr_read(&core_, cpu, offset, size); },
        [&](unsigned size, std::uint64_t value) {
            dbell_gicr_write(&core_, cpu, offset, size, value);
            kick();
            if (time_) // INVLPIR and others
                time_->lpis_changed();
        });
}

void redistributors::access_lpi(int, tlm::tlm_generic_payload &payload, sc_core::sc_time &)
{
    lpi_request request;
    if (payload.get_data_length() != sizeof request || !payload.is_write()) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    std::memcpy(&request, payload.get_data_ptr(), sizeof request);
    sideband *extension = nullptr;
    payload.get_extension(extension);
    const dbell_lpi_port port = dbell_gic_lpi_port(&core_);
    const bool answer = port.ask(port.ctx, &request, extension ? extension->itinerary : nullptr);
    kick();
    payload.set_response_status(answer ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

// --- GICv2m ---

v2m::v2m(sc_core::sc_module_name name, const dbell_v2m &frame)
    : sc_module(name), socket("socket"), frame_(frame)
{
    socket.register_b_transport(this, &v2m::b_transport);
}

void v2m::raise(std::uint32_t intid)
{
    raised.push_back(intid);
    if (wire) {
        wire(intid, true);
        wire(intid, false);
    }
}

void v2m::b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &)
{
    const std::uint64_t offset = payload.get_address();
    access_registers(
        payload, [&](unsigned size) { return dbell_v2m_read(&frame_, offset, size); },
        [&](unsigned size, std::uint64_t value) {
            if (const std::uint32_t spi = dbell_v2m_write(&frame_, offset, size, value))
                raise(spi);
        });
}

} // namespace doorbell
