// SPDX-License-Identifier: Apache-2.0 OR MIT
// The platform in modelled time: accesses through nb_transport, at the cycle that a replay says.
#include <utility>

#include "replay_platform.hpp"

namespace doorbell
{

namespace
{

constexpr std::uint64_t rest_cycles = std::uint64_t{1} << 30;
constexpr std::uint64_t synchronous = std::uint64_t{1} << 62; // users of what a call waits for

} // namespace

void replay_platform::keep_time()
{
    time->ended = [this](const clockwork::report &report) { ended(report); };
    time->accepted = [this](std::uint64_t user) {
        if (listener_.accepted)
            listener_.accepted(listener_.ctx, user);
    };
    time->moving = [this](std::uint64_t user, bool begins) { note_messages(user, begins); };
}

// What a message made pending is awaited: the cycles to its acknowledge count from its issue.
void replay_platform::note_messages(std::uint64_t user, bool begins)
{
    const auto &raised = gic->raised_interrupts();
    if (begins) {
        raised_before_ = raised.size();
        return;
    }
    const auto from = issued_.find(user);
    for (std::size_t i = raised_before_; i < raised.size() && from != issued_.end(); i++)
        if (raised[i].what == redistributors::raised::kind::lpi)
            awaited_.emplace(std::make_pair(raised[i].at, raised[i].intid), from->second->begun);
}

std::uint32_t replay_platform::acknowledge(std::uint32_t cpu)
{
    if (!gic)
        return DBELL_INTID_NONE;
    const std::uint32_t intid = gic->acknowledge(cpu);
    const auto found = awaited_.find({cpu, intid});
    if (found == awaited_.end())
        return intid;
    if (acknowledged)
        acknowledged(time->now() - found->second);
    awaited_.erase(found);
    return intid;
}

int replay_platform::issue(const dbell_dma &dma, std::uint64_t user, bool alone)
{
    dbell_requester requester;
    int index;
    const int status = dbell_dma_requester(&platform, &dma, &requester, &index);
    if (status)
        return status;
    if (time->full())
        return DBELL_E_BUSY;
    auto one = std::make_unique<issued>();
    one->user = user;
    one->dma = dma;
    one->begun = time->now();
    if (dma.data) {
        one->data.assign(dma.data, dma.data + dma.length);
        one->dma.data = one->data.data();
    }
    dbell_transaction t = dbell_dma_transaction(&one->dma, &one->result.trail);
    dbell_requester_stamp(&requester, &t.side);
    endpoint &device = index < 0 ? direct_ : *endpoints_[static_cast<std::size_t>(index)];
    auto *extension = new sideband;
    tlm::tlm_generic_payload *payload = one->payload = payloads_.take();
    describe(t, *payload, *extension);
    extension->may_pend = true;
    extension->user = user;
    extension->has_requester = true;
    extension->requester = dma.by_streamid ? dma.streamid : dma.requesterid;
    payload->set_auto_extension(extension);
    issued_[user] = std::move(one);
    if (alone && loosely) {
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        device.dma->b_transport(*payload, delay);
    } else {
        device.requests.send(*payload);
    }
    return DBELL_OK;
}

void replay_platform::ended(const clockwork::report &report)
{
    const auto found = issued_.find(report.user);
    if (found == issued_.end())
        return;
    issued &one = *found->second;
    one.result.response = report.response;
    one.result.trail = report.trail;
    one.result.status =
        report.trail.outcome == UINT8_MAX ? -static_cast<int>(report.trail.token) : DBELL_OK;
    one.times = report.times;
    one.came = true;
    if (listener_.ended)
        listener_.ended(listener_.ctx, one.user, &one.dma, &one.result, report.parked);
    if (told) {
        dbell_timed_access access{};
        access.user = one.user;
        access.dma = &one.dma;
        access.result = &one.result;
        access.times = &one.times;
        access.parked = report.parked;
        access.message = report.message;
        told(access);
    }
    if (report.parked || report.user == waited_for_)
        return;
    ended_.push_back(std::move(found->second)); // its payload is still in use
    issued_.erase(found);
}

void replay_platform::forget_ended()
{
    for (const auto &one : ended_)
        one->payload->release();
    ended_.clear();
}

// --- time as a replay drives it ---

std::uint64_t replay_platform::next_cycle() const
{
    std::uint64_t next = time->next();
    if (time->awaits_memory() && sc_core::sc_pending_activity()) {
        const std::uint64_t answer = time->at(sc_core::sc_time_to_pending_activity());
        next = answer < next ? answer : next;
    }
    return next;
}

// To a cycle, and all that happens up to its end.
void replay_platform::run_to(std::uint64_t cycle)
{
    const sc_core::sc_time delay = time->until(cycle);
    if (delay != sc_core::SC_ZERO_TIME)
        wait(delay);
    time->advance();
    while (time->awaits_memory() && sc_core::sc_pending_activity_at_current_time()) {
        wait(sc_core::SC_ZERO_TIME);
        time->advance();
    }
    forget_ended();
}

void replay_platform::run(std::uint64_t until)
{
    for (std::uint64_t next; (next = next_cycle()) < until;)
        run_to(next);
    run_to(until);
}

int replay_platform::rest()
{
    const std::uint64_t limit = time->now() + rest_cycles;
    run_to(time->now());
    for (std::uint64_t next; (next = next_cycle()) != DBELL_NEVER; run_to(next))
        if (next > limit)
            return DBELL_E_BUSY;
    const std::uint64_t passed = time->now() - clocked_;
    for (auto &unit : smmus)
        dbell_smmu_clock(&unit->core(), passed ? passed : 1);
    clocked_ = time->now();
    return DBELL_OK;
}

// Until it has ended or stalls; one that cannot go on before software does something is given up.
void replay_platform::timed_dma(const dbell_dma &dma, dbell_dma_result &result)
{
    const std::uint64_t user = synchronous | serial_++;
    result = dbell_dma_result{};
    waited_for_ = user;
    result.status = issue(dma, user, true);
    if (result.status)
        return;
    const issued &one = *issued_[user];
    run_to(time->now());
    for (std::uint64_t next; !one.came && (next = next_cycle()) != DBELL_NEVER;)
        run_to(next);
    waited_for_ = DBELL_NEVER;
    if (!one.came) {
        time->abandon(user);
        result.status = DBELL_E_BUSY;
        return;
    }
    result = one.result;
    if (dma.data && !dbell_op_writes(dma.op))
        std::copy(one.data.begin(), one.data.end(), dma.data);
    if (one.result.trail.outcome != DBELL_PENDING) {
        one.payload->release();
        issued_.erase(user);
    }
}

const dbell_time *replay_platform::functions_of_time()
{
    static const dbell_time functions = {
        [](void *ctx, const dbell_listener *listener) {
            static_cast<replay_platform *>(ctx)->listener_ = *listener;
        },
        [](void *ctx, const dbell_dma *dma, std::uint64_t user) {
            return static_cast<replay_platform *>(ctx)->issue(*dma, user, false);
        },
        [](void *ctx) { return static_cast<replay_platform *>(ctx)->time->now(); },
        [](void *ctx) { return static_cast<replay_platform *>(ctx)->next_cycle(); },
        [](void *ctx, std::uint64_t until) { static_cast<replay_platform *>(ctx)->run(until); },
    };
    return time ? &functions : nullptr;
}

} // namespace doorbell
