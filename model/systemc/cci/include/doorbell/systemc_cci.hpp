// SPDX-License-Identifier: Apache-2.0 OR MIT
// time_parameters as parameters of IEEE 1666.1 (CCI), where it is found: a tool or a script sets
// NAME.smmu.tcu.walk_slots, NAME.period_ps, NAME.journeys, NAME.seed before the model is built.
#ifndef DOORBELL_SYSTEMC_CCI_HPP
#define DOORBELL_SYSTEMC_CCI_HPP

#include <memory>
#include <string>
#include <vector>

#include <cci_configuration>

#include <doorbell/systemc_time.hpp>

namespace doorbell
{

class cci_time_parameters
{
  public:
    // `name`: below the module that is being constructed. Values that nobody has set are
    // `defaults`.
    explicit cci_time_parameters(const std::string &name, const time_parameters &defaults = {});
    ~cci_time_parameters();
    // What a clockwork or a board takes. A value out of range is an error (/doorbell/cci), and the
    // default instead.
    time_parameters values() const;

  private:
    using number = cci::cci_param<std::uint32_t, cci::CCI_IMMUTABLE_PARAM>;
    std::unique_ptr<number> make(const std::string &name, std::uint32_t value,
                                 const std::string &what) const;
    const std::string name_;
    const time_parameters defaults_;
    std::vector<std::unique_ptr<number>> timing_;
    std::unique_ptr<number> period_, journeys_, seed_;
};

} // namespace doorbell

#endif
