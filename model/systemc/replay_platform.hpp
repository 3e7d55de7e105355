// SPDX-License-Identifier: Apache-2.0 OR MIT
// A platform from a trace, every part a module of its own, as a system under test.
#ifndef DOORBELL_SYSTEMC_REPLAY_PLATFORM_HPP
#define DOORBELL_SYSTEMC_REPLAY_PLATFORM_HPP

#include <doorbell/system.h>
#include <doorbell/systemc.hpp>

namespace doorbell
{

class replay_platform : public sc_core::sc_module
{
  public:
    replay_platform(sc_core::sc_module_name name, const dbell_platform &platform);
    // Valid as long as the module; its functions are called from a SystemC process.
    dbell_system system();

  private:
    void dma(const dbell_dma &dma, dbell_dma_result &result);
    endpoint *device(std::uint32_t requesterid, int &status);
    int translation_request(std::uint32_t requesterid, dbell_ats_request &request,
                            dbell_ats_completion &completion);
    int page_request(std::uint32_t requesterid, dbell_page_request &request);
    bool receive(std::uint32_t requesterid, bool automatic, dbell_device_message &message);
    bool idle() const;
    int settle();
    int counter(const char *name, std::uint64_t &value);
    void migrate();
    void reset();
    bool raised(unsigned index, dbell_raised &out) const;

    dbell_platform platform_;
    router bus_;
    endpoint cpu_;    // CPU accesses
    endpoint direct_; // devices without an SMMU
    std::vector<std::unique_ptr<ram>> rams_;
    std::vector<std::unique_ptr<smmu>> smmus_;
    std::vector<std::unique_ptr<wires>> wires_, its_wires_;
    std::vector<std::unique_ptr<endpoint>> endpoints_; // by SMMU
    std::vector<std::unique_ptr<its>> itses_;
    std::vector<std::unique_ptr<v2m>> frames_;
    std::unique_ptr<redistributors> redistributors_;
};

} // namespace doorbell

#endif
