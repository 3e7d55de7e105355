// SPDX-License-Identifier: Apache-2.0 OR MIT
// The parts of a platform (platform.h: from a device tree, a trace, or by hand) as modules on one
// router. Devices and CPUs are for who builds on it.
#ifndef DOORBELL_SYSTEMC_BOARD_HPP
#define DOORBELL_SYSTEMC_BOARD_HPP

#include <optional>

#include <doorbell/platform.h>
#include <doorbell/systemc_time.hpp>

namespace doorbell
{

struct board_parameters {
    unsigned ports = 1;                                   // TBUs of each SMMU
    std::optional<time_parameters> time;                  // without: loosely timed, in no time
    sc_core::sc_time ram_latency = sc_core::SC_ZERO_TIME; // of all RAM
};

class board : public sc_core::sc_module
{
  public:
    // The platform has passed dbell_platform_check(). Upstream sockets of the SMMUs' ports are to
    // be bound, and `upstream` of the passage, where there is one.
    board(sc_core::sc_module_name name, const dbell_platform &platform,
          const board_parameters &parameters = {});
    ~board() override;

    bool idle() const; // nothing left to step
    void reset();
    void relocate(); // saved, and restored elsewhere
    void trace_to(sc_core::sc_trace_file *file);

    const dbell_platform platform;
    router bus;
    std::vector<std::unique_ptr<ram>> rams;
    std::vector<std::unique_ptr<smmu>> smmus;
    std::vector<std::unique_ptr<wires>> smmu_wires, its_wires;
    std::vector<std::unique_ptr<its>> itses;
    std::vector<std::unique_ptr<v2m>> frames;
    std::unique_ptr<redistributors> gic;   // or none
    std::unique_ptr<clockwork> time;       // or none
    std::unique_ptr<passage> untranslated; // in time: for devices without an SMMU
};

} // namespace doorbell

#endif
