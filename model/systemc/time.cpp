// SPDX-License-Identifier: Apache-2.0 OR MIT
// The kernel's side of a clockwork: how accesses come in and go back, and when things happen.
#include <algorithm>
#include <utility>

#include <doorbell/systemc_time.hpp>

namespace doorbell
{

namespace
{

constexpr int stack_bytes = 1 << 18;

} // namespace

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
    for (std::uint32_t i = config.journeys; i-- > 0;) {
        accesses_.push_back(std::make_unique<access>());
        vacant_.push_back(i);
    }
    return core_;
}

void clockwork::reset()
{
    dbell_clockwork &cw = core();
    for (std::uint32_t i = 0; i < accesses_.size(); i++) {
        access *a = accesses_[i].get();
        if (!a->used)
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

void clockwork::trace_to(sc_core::sc_trace_file *file)
{
    for (unsigned i = 0; i < DBELL_CW_POOLS; i++) {
        const auto pool = static_cast<dbell_clockwork_pool>(i);
        shown_.show(dbell_clockwork_pool_name(pool), 32,
                    [this, pool] { return dbell_clockwork_pool_count(&core(), pool).taken; });
    }
    shown_.show("under_way", 32, [this] { return under_way_; });
    shown_.trace_to(file, name());
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
        if (a->used && a->user == user)
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
    runner_ = sc_core::sc_get_current_process_handle();
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
    const sc_core::sc_time stamp = sc_core::sc_time_stamp();
    const auto left = [&stamp](const sc_core::sc_time &when) {
        return when > stamp ? when - stamp : sc_core::SC_ZERO_TIME;
    };
    for (const auto &[entry, payload, when] : std::exchange(answered_, {})) {
        entry->responses.send(*payload, left(when));
        payload->release();
    }
    while (!refused_.empty() && under_way_ < accesses_.size()) {
        const auto [entry, payload, when] = refused_.front();
        tlm::tlm_phase phase = tlm::END_REQ;
        sc_core::sc_time none = sc_core::SC_ZERO_TIME;
        refused_.pop_front();
        arrive(*entry, *payload, left(when));
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
} // namespace doorbell
