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

replay_platform::replay_platform(sc_core::sc_module_name name, const dbell_platform &described,
                                 const board_parameters &parameters)
    : board(name, described, parameters), cpu_("cpu"), direct_("direct")
{
    cpu_.dma.bind(bus.in);
    if (time)
        direct_.dma.bind(untranslated->upstream);
    else
        direct_.dma.bind(bus.in);
    for (std::size_t i = 0; i < smmus.size(); i++) {
        endpoints_.push_back(std::make_unique<endpoint>(numbered("devices", i).c_str()));
        smmus[i]->completion.bind(endpoints_.back()->completion);
        smmus[i]->ats.bind(endpoints_.back()->ats);
        endpoints_.back()->dma.bind(smmus[i]->ports[0].upstream);
    }
    if (gic)
        gic->keeps_raised = true;
    if (time)
        keep_time();
}

replay_platform::~replay_platform() = default;

int replay_platform::settle()
{
    if (time)
        return rest();
    for (auto &unit : smmus) // untimed: one cycle per stimulus
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
    result.status = dbell_dma_requester(&platform, &dma, &requester, &index);
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
    status = dbell_dma_requester(&platform, &dma, &requester, &index);
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
    const int status = dbell_counter_named(&platform, name, &found);
    if (status)
        return status;
    switch (found.part) {
    case DBELL_COUNTER_SMMU:
        value = dbell_smmu_count(&smmus[found.index]->core(),
                                 static_cast<dbell_smmu_counter>(found.counter));
        break;
    case DBELL_COUNTER_ITS:
        value = dbell_its_count(&itses[found.index]->core(),
                                static_cast<dbell_its_counter>(found.counter));
        break;
    default:
        value = dbell_gic_count(&gic->core(), static_cast<dbell_gic_counter>(found.counter));
        break;
    }
    return DBELL_OK;
}

void replay_platform::reset()
{
    board::reset();
    for (auto &device : endpoints_)
        device->messages.clear();
}

bool replay_platform::raised(unsigned index, dbell_raised &out) const
{
    if (gic) {
        using core_raised = redistributors::raised;
        const auto &all = gic->raised_interrupts();
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
    for (const auto &frame : frames) {
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
        if (self->time)
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
        if (self->gic)
            self->gic->forget();
        for (auto &frame : self->frames)
            frame->raised.clear();
    };
    s.acknowledge = [](void *ctx, std::uint32_t cpu) -> std::uint32_t {
        return static_cast<replay_platform *>(ctx)->acknowledge(cpu);
    };
    s.pending = [](void *ctx, std::uint32_t cpu, std::uint32_t intid) {
        auto *self = static_cast<replay_platform *>(ctx);
        return self->gic && dbell_gic_pending(&self->gic->core(), cpu, intid);
    };
    s.acknowledge_virtual = [](void *ctx, std::uint32_t cpu, unsigned group) -> std::uint32_t {
        auto *self = static_cast<replay_platform *>(ctx);
        return self->gic ? dbell_gic_acknowledge_virtual(&self->gic->core(), cpu, group)
                         : DBELL_INTID_NONE;
    };
    s.pending_virtual = [](void *ctx, std::uint32_t cpu, std::uint32_t intid) {
        auto *self = static_cast<replay_platform *>(ctx);
        return self->gic && dbell_gic_pending_virtual(&self->gic->core(), cpu, intid);
    };
    s.pulses = [](void *ctx, dbell_wire wire) -> std::uint64_t {
        auto *self = static_cast<replay_platform *>(ctx);
        auto &all = wire.part == DBELL_WIRE_SMMU ? self->smmu_wires : self->its_wires;
        return wire.index < all.size() ? all[wire.index]->take(wire.line) : 0;
    };
    s.counter = [](void *ctx, const char *name, std::uint64_t *value) {
        return static_cast<replay_platform *>(ctx)->counter(name, *value);
    };
    s.tlbi = [](void *ctx, const dbell_tlbi *tlbi) {
        for (auto &unit : static_cast<replay_platform *>(ctx)->smmus)
            dbell_smmu_tlbi(&unit->core(), tlbi);
    };
    s.migrate = [](void *ctx) -> int {
        static_cast<replay_platform *>(ctx)->relocate();
        return DBELL_OK;
    };
    s.reset = [](void *ctx) { static_cast<replay_platform *>(ctx)->reset(); };
    s.time = functions_of_time();
    return s;
}

} // namespace doorbell
