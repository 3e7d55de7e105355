// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "replay_platform.hpp"

#include <string>

namespace doorbell
{

namespace
{

constexpr std::uint32_t steps_to_rest = 1u << 20;

std::string numbered(const char *name, std::size_t n)
{
    return name + std::to_string(n);
}

} // namespace

replay_platform::replay_platform(sc_core::sc_module_name name, const dbell_platform &platform,
                                 const time_parameters *time, const sc_core::sc_time &ram_latency)
    : sc_module(name), platform_(platform), bus_("bus"), cpu_("cpu"), direct_("direct")
{
    cpu_.dma.bind(bus_.in);
    for (std::size_t i = 0; i < platform.ram_count; i++) {
        const dbell_platform_ram &r = platform.ram[i];
        rams_.push_back(std::make_unique<ram>(numbered("ram", i).c_str(), r.size));
        rams_.back()->latency = ram_latency;
        bus_.add(r.base, r.size).bind(rams_.back()->socket);
    }
    for (std::size_t i = 0; i < platform.smmu_count; i++) {
        const dbell_platform_smmu &s = platform.smmu[i];
        smmus_.push_back(std::make_unique<smmu>(numbered("smmu", i).c_str(), s.config));
        wires_.push_back(std::make_unique<wires>(numbered("wires", i).c_str()));
        endpoints_.push_back(std::make_unique<endpoint>(numbered("devices", i).c_str()));
        smmu &unit = *smmus_.back();
        bus_.add(s.base, dbell_smmu_register_space(&s.config)).bind(unit.registers);
        unit.walk.bind(bus_.in);
        unit.irq.bind(wires_.back()->socket);
        unit.completion.bind(endpoints_.back()->completion);
        unit.ats.bind(endpoints_.back()->ats);
        endpoints_.back()->dma.bind(unit.ports[0].upstream);
        unit.ports[0].downstream.bind(bus_.in);
    }
    for (std::size_t i = 0; i < platform.v2m_count; i++) {
        frames_.push_back(std::make_unique<v2m>(numbered("v2m", i).c_str(), platform.v2m[i].frame));
        bus_.add(platform.v2m[i].base, DBELL_V2M_SPACE).bind(frames_.back()->socket);
    }
    if (platform.has_gic) {
        redistributors_ = std::make_unique<redistributors>("redistributors", platform.gic);
        bus_.add(platform.gic_distributor, DBELL_GICD_SPACE).bind(redistributors_->distributor);
        bus_.add(platform.gic_redistributors,
                 std::uint64_t{platform.gic.cpus} * dbell_gicr_space(&platform.gic))
            .bind(redistributors_->frames);
        redistributors_->tables.bind(bus_.in);
        for (auto &frame : frames_)
            frame->wire = [this](std::uint32_t intid, bool level) {
                redistributors_->spi(intid, level);
            };
    }
    for (std::size_t i = 0; i < platform.its_count; i++) {
        itses_.push_back(std::make_unique<its>(numbered("its", i).c_str(), platform.its[i].config));
        bus_.add(platform.its[i].base, dbell_its_space(&platform.its[i].config))
            .bind(itses_.back()->registers);
        itses_.back()->wide_write = static_cast<dbell_wide_write>(platform.its[i].wide_write);
        if (platform.its[i].pre_its)
            bus_.add(platform.its[i].pre_its, DBELL_PRE_ITS_SPACE).bind(itses_.back()->pre_its);
        itses_.back()->tables.bind(bus_.in);
        its_wires_.push_back(std::make_unique<wires>(numbered("its_wires", i).c_str()));
        itses_.back()->irq.bind(its_wires_.back()->socket);
        itses_.back()->lpi.bind(redistributors_->lpi);
        itses_.back()->asked = [this, self = itses_.back().get()](const lpi_request &request,
                                                                  bool answer) {
            for (auto &unit : itses_) {
                if (request.kind == DBELL_VPE_MOVE && unit.get() != self)
                    unit->vpe_moved(*request.vpe);
                if (request.kind == DBELL_VPE_MEET && answer)
                    unit->kick();
            }
        };
    }
    if (!time) {
        direct_.dma.bind(bus_.in);
        return;
    }
    keep_time(*time);
    passage_ = std::make_unique<passage>("passage", *time_);
    direct_.dma.bind(passage_->upstream);
    passage_->downstream.bind(bus_.in);
}

replay_platform::~replay_platform() = default;

bool replay_platform::idle() const
{
    for (const auto &unit : smmus_)
        if (!unit->idle())
            return false;
    for (const auto &unit : itses_)
        if (!unit->idle())
            return false;
    return true;
}

int replay_platform::settle()
{
    if (time_)
        return rest();
    for (auto &unit : smmus_) // untimed: one cycle per stimulus
        dbell_smmu_clock(&unit->core(), 1);
    for (std::uint32_t i = 0; i < steps_to_rest; i++) {
        if (idle())
            return DBELL_OK;
        wait(sc_core::SC_ZERO_TIME);
    }
    return DBELL_E_BUSY;
}

void replay_platform::dma(const dbell_dma &dma, dbell_dma_result &result)
{
    result = dbell_dma_result{};
    dbell_requester requester;
    int index;
    result.status = dbell_dma_requester(&platform_, &dma, &requester, &index);
    if (result.status)
        return;
    endpoint &device = index < 0 ? direct_ : *endpoints_[static_cast<std::size_t>(index)];
    dbell_transaction t = dbell_dma_transaction(&dma, &result.trail);
    device.identity = requester;
    result.response = device.access(t, true);
    if (index < 0) { // nothing on the way: the address is physical
        result.trail.address = dma.address;
        result.trail.outcome = DBELL_DONE;
        result.trail.reached = true;
        result.trail.attr = t.side.attr;
        result.trail.sh = t.side.sh;
        result.trail.op = t.op;
        result.trail.privileged = t.side.privileged;
        result.trail.instruction = t.side.instruction;
    }
    if (result.trail.outcome == UINT8_MAX)
        result.status = -static_cast<int>(result.trail.token);
}

// The devices in front of an SMMU, as the one of this RequesterID; nullptr: there is no SMMU.
endpoint *replay_platform::device(std::uint32_t requesterid, int &status)
{
    dbell_dma dma{};
    dbell_requester requester;
    int index;
    dma.requesterid = requesterid;
    status = dbell_dma_requester(&platform_, &dma, &requester, &index);
    if (status || index < 0)
        return nullptr;
    endpoint *found = endpoints_[static_cast<std::size_t>(index)].get();
    found->identity = requester;
    return found;
}

int replay_platform::translation_request(std::uint32_t requesterid, dbell_ats_request &request,
                                         dbell_ats_completion &completion)
{
    int status;
    endpoint *from = device(requesterid, status);
    if (status)
        return status;
    status = from ? from->translation_request(request, completion) : DBELL_E_UNSUPPORTED;
    if (status != DBELL_E_UNSUPPORTED)
        return status;
    completion = dbell_ats_completion{};
    completion.status = DBELL_ATS_UR;
    return DBELL_OK;
}

int replay_platform::page_request(std::uint32_t requesterid, dbell_page_request &request)
{
    int status;
    endpoint *from = device(requesterid, status);
    if (!status && from)
        status = from->page_request(request);
    return status == DBELL_E_UNSUPPORTED ? DBELL_OK : status;
}

bool replay_platform::receive(std::uint32_t requesterid, bool automatic, dbell_device_message &out)
{
    int status;
    endpoint *to = device(requesterid, status);
    if (!to)
        return false;
    for (auto it = to->messages.begin(); it != to->messages.end(); ++it) {
        const bool invalidates = it->what == ats_message::kind::invalidation;
        const std::uint32_t streamid =
            invalidates ? it->invalidation.streamid : it->response.streamid;
        if (streamid != to->identity.streamid ||
            (!invalidates && it->response.automatic) != automatic)
            continue;
        out.invalidates = invalidates;
        out.invalidation = it->invalidation;
        out.response = it->response;
        to->messages.erase(it);
        return true;
    }
    return false;
}

int replay_platform::counter(const char *name, std::uint64_t &value)
{
    dbell_counter found;
    const int status = dbell_counter_named(&platform_, name, &found);
    if (status)
        return status;
    switch (found.part) {
    case DBELL_COUNTER_SMMU:
        value = dbell_smmu_count(&smmus_[found.index]->core(),
                                 static_cast<dbell_smmu_counter>(found.counter));
        break;
    case DBELL_COUNTER_ITS:
        value = dbell_its_count(&itses_[found.index]->core(),
                                static_cast<dbell_its_counter>(found.counter));
        break;
    default:
        value = dbell_gic_count(&redistributors_->core(),
                                static_cast<dbell_gic_counter>(found.counter));
        break;
    }
    return DBELL_OK;
}

void replay_platform::migrate()
{
    for (auto &unit : smmus_)
        unit->relocate();
    for (auto &unit : itses_)
        unit->relocate();
    if (redistributors_)
        redistributors_->relocate();
}

void replay_platform::reset()
{
    if (time_)
        time_->reset();
    for (auto &unit : smmus_)
        unit->reset();
    for (auto &unit : itses_)
        unit->reset();
    if (redistributors_)
        redistributors_->reset();
    for (auto &device : endpoints_)
        device->messages.clear();
    for (auto &w : wires_)
        for (unsigned line = 0; line < DBELL_SMMU_LINES; line++)
            w->take(line);
    for (auto &w : its_wires_)
        for (unsigned line = 0; line < DBELL_ITS_LINES; line++)
            w->take(line);
}

bool replay_platform::raised(unsigned index, dbell_raised &out) const
{
    if (redistributors_) {
        using core_raised = redistributors::raised;
        const auto &all = redistributors_->raised_interrupts();
        if (index < all.size()) {
            const core_raised &one = all[index];
            out = {one.what == core_raised::kind::lpi    ? DBELL_RAISED_LPI
                   : one.what == core_raised::kind::vlpi ? DBELL_RAISED_VLPI
                                                         : DBELL_RAISED_SPI,
                   one.at, one.intid};
            return true;
        }
        index -= static_cast<unsigned>(all.size());
    }
    for (const auto &frame : frames_) {
        if (index < frame->raised.size()) {
            out = {DBELL_RAISED_SPI, 0, frame->raised[index]};
            return true;
        }
        index -= static_cast<unsigned>(frame->raised.size());
    }
    return false;
}

dbell_system replay_platform::system()
{
    dbell_system s{};
    s.ctx = this;
    s.access = [](void *ctx, dbell_transaction *t) {
        auto *self = static_cast<replay_platform *>(ctx);
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        return transport(*self->cpu_.dma.operator->(), *t, delay);
    };
    s.dma = [](void *ctx, const dbell_dma *dma, dbell_dma_result *result) {
        auto *self = static_cast<replay_platform *>(ctx);
        if (self->time_)
            self->timed_dma(*dma, *result);
        else
            self->dma(*dma, *result);
    };
    s.translation_request = [](void *ctx, std::uint32_t requesterid, dbell_ats_request *request,
                               dbell_ats_completion *completion) {
        return static_cast<replay_platform *>(ctx)->translation_request(requesterid, *request,
                                                                        *completion);
    };
    s.page_request = [](void *ctx, std::uint32_t requesterid, dbell_page_request *request) {
        return static_cast<replay_platform *>(ctx)->page_request(requesterid, *request);
    };
    s.receive = [](void *ctx, std::uint32_t requesterid, bool automatic,
                   dbell_device_message *message) {
        return static_cast<replay_platform *>(ctx)->receive(requesterid, automatic, *message);
    };
    s.pending_result = [](void *ctx, std::uint32_t token, dbell_dma_result *result) {
        auto *self = static_cast<replay_platform *>(ctx);
        *result = dbell_dma_result{};
        result->trail.outcome = DBELL_PENDING;
        result->response = DBELL_RESPONSE_PENDING;
        for (const auto &device : self->endpoints_)
            if (const endpoint::end *end = device->ended(token)) {
                result->response = end->response;
                result->trail = end->trail;
            }
    };
    s.settle = [](void *ctx) { return static_cast<replay_platform *>(ctx)->settle(); };
    s.raised = [](void *ctx, unsigned index, dbell_raised *out) {
        return static_cast<replay_platform *>(ctx)->raised(index, *out);
    };
    s.forget_raised = [](void *ctx) {
        auto *self = static_cast<replay_platform *>(ctx);
        if (self->redistributors_)
            self->redistributors_->forget();
        for (auto &frame : self->frames_)
            frame->raised.clear();
    };
    s.acknowledge = [](void *ctx, std::uint32_t cpu) -> std::uint32_t {
        return static_cast<replay_platform *>(ctx)->acknowledge(cpu);
    };
    s.pending = [](void *ctx, std::uint32_t cpu, std::uint32_t intid) {
        auto *self = static_cast<replay_platform *>(ctx);
        return self->redistributors_ &&
               dbell_gic_pending(&self->redistributors_->core(), cpu, intid);
    };
    s.acknowledge_virtual = [](void *ctx, std::uint32_t cpu, unsigned group) -> std::uint32_t {
        auto *self = static_cast<replay_platform *>(ctx);
        return self->redistributors_
                   ? dbell_gic_acknowledge_virtual(&self->redistributors_->core(), cpu, group)
                   : DBELL_INTID_NONE;
    };
    s.pending_virtual = [](void *ctx, std::uint32_t cpu, std::uint32_t intid) {
        auto *self = static_cast<replay_platform *>(ctx);
        return self->redistributors_ &&
               dbell_gic_pending_virtual(&self->redistributors_->core(), cpu, intid);
    };
    s.pulses = [](void *ctx, dbell_wire wire) -> std::uint64_t {
        auto *self = static_cast<replay_platform *>(ctx);
        auto &all = wire.part == DBELL_WIRE_SMMU ? self->wires_ : self->its_wires_;
        return wire.index < all.size() ? all[wire.index]->take(wire.line) : 0;
    };
    s.counter = [](void *ctx, const char *name, std::uint64_t *value) {
        return static_cast<replay_platform *>(ctx)->counter(name, *value);
    };
    s.tlbi = [](void *ctx, const dbell_tlbi *tlbi) {
        for (auto &unit : static_cast<replay_platform *>(ctx)->smmus_)
            dbell_smmu_tlbi(&unit->core(), tlbi);
    };
    s.migrate = [](void *ctx) -> int {
        static_cast<replay_platform *>(ctx)->migrate();
        return DBELL_OK;
    };
    s.reset = [](void *ctx) { static_cast<replay_platform *>(ctx)->reset(); };
    s.time = time();
    return s;
}

} // namespace doorbell
