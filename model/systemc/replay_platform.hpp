// SPDX-License-Identifier: Apache-2.0 OR MIT
// A platform from a trace, every part a module of its own, as a system under test.
#ifndef DOORBELL_SYSTEMC_REPLAY_PLATFORM_HPP
#define DOORBELL_SYSTEMC_REPLAY_PLATFORM_HPP

#include <doorbell/system.h>
#include <doorbell/systemc_board.hpp>
#include <doorbell/timed.h>

namespace doorbell
{

class replay_platform : public board
{
  public:
    replay_platform(sc_core::sc_module_name name, const dbell_platform &platform,
                    const board_parameters &parameters);
    ~replay_platform() override;
    // Valid as long as the module; its functions are called from a SystemC process.
    dbell_system system();

    // In time: who hears of accesses, and of LPIs that a CPU acknowledges.
    std::function<void(const dbell_timed_access &)> told;
    std::function<void(std::uint64_t cycles)> acknowledged;
    bool loosely = false; // lines that come one after the other go through b_transport

  private:
    void dma(const dbell_dma &dma, dbell_dma_result &result);
    endpoint *device(std::uint32_t requesterid, int &status);
    int translation_request(std::uint32_t requesterid, dbell_ats_request &request,
                            dbell_ats_completion &completion);
    int page_request(std::uint32_t requesterid, dbell_page_request &request);
    bool receive(std::uint32_t requesterid, bool automatic, dbell_device_message &message);
    int settle();
    int counter(const char *name, std::uint64_t &value);
    void reset();
    bool raised(unsigned index, dbell_raised &out) const;

    // An access that was issued: everything that has to live until it has ended and been answered.
    struct issued {
        std::uint64_t user;
        dbell_dma dma;
        std::vector<std::uint8_t> data;
        dbell_dma_result result{};
        dbell_access_times times{};
        tlm::tlm_generic_payload *payload;
        std::uint64_t begun;
        bool came = false; // it has ended, or stalls
    };
    void keep_time();
    void note_messages(std::uint64_t user, bool begins);
    std::uint32_t acknowledge(std::uint32_t cpu);
    int issue(const dbell_dma &dma, std::uint64_t user, bool alone);
    void ended(const clockwork::report &report);
    void forget_ended();
    std::uint64_t next_cycle() const;
    void run_to(std::uint64_t cycle);
    void run(std::uint64_t until);
    int rest();
    void timed_dma(const dbell_dma &dma, dbell_dma_result &result);
    const dbell_time *functions_of_time();

    endpoint cpu_;                                     // CPU accesses
    endpoint direct_;                                  // devices without an SMMU
    std::vector<std::unique_ptr<endpoint>> endpoints_; // by SMMU
    dbell_listener listener_{};
    payload_pool payloads_;
    std::map<std::uint64_t, std::unique_ptr<issued>> issued_; // by user
    std::vector<std::unique_ptr<issued>> ended_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> awaited_; // CPU, INTID: since
    std::size_t raised_before_ = 0;
    std::uint64_t waited_for_ = DBELL_NEVER, serial_ = 0, clocked_ = 0;
};

} // namespace doorbell

#endif
