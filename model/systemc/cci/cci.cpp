// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <doorbell/systemc_cci.hpp>

namespace doorbell
{

cci_time_parameters::cci_time_parameters(const std::string &name, const time_parameters &defaults)
    : name_(name), defaults_(defaults)
{
    for (unsigned i = 0; i < DBELL_TIMING_PARAMETERS; i++) {
        const auto *d = dbell_timing_describe(static_cast<dbell_timing_parameter>(i));
        timing_.push_back(
            make(d->name, defaults.timing.value[i], std::string(d->what) + ", in " + d->unit));
    }
    const double picoseconds = defaults.period / sc_core::sc_time(1, sc_core::SC_PS);
    period_ = make("period_ps", static_cast<std::uint32_t>(picoseconds), "a cycle");
    journeys_ = make("journeys", defaults.journeys, "accesses under way");
    seed_ = make("seed", defaults.seed, "of random replacement");
}

cci_time_parameters::~cci_time_parameters() = default;

std::unique_ptr<cci_time_parameters::number>
cci_time_parameters::make(const std::string &name, std::uint32_t value,
                          const std::string &what) const
{
    return std::make_unique<number>(name_ + "." + name, value, what);
}

time_parameters cci_time_parameters::values() const
{
    time_parameters all = defaults_;
    for (unsigned i = 0; i < DBELL_TIMING_PARAMETERS; i++) {
        const auto *d = dbell_timing_describe(static_cast<dbell_timing_parameter>(i));
        const std::uint32_t value = timing_[i]->get_value();
        if (value < d->least || value > d->most)
            SC_REPORT_ERROR("/doorbell/cci",
                            (std::string(timing_[i]->name()) + " is out of range").c_str());
        else
            all.timing.value[i] = value;
    }
    if (!period_->get_value())
        SC_REPORT_ERROR("/doorbell/cci", (std::string(period_->name()) + " is zero").c_str());
    else
        all.period = sc_core::sc_time(period_->get_value(), sc_core::SC_PS);
    if (!journeys_->get_value())
        SC_REPORT_ERROR("/doorbell/cci", (std::string(journeys_->name()) + " is zero").c_str());
    else
        all.journeys = journeys_->get_value();
    all.seed = seed_->get_value();
    return all;
}

} // namespace doorbell
