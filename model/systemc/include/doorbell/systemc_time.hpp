// SPDX-License-Identifier: Apache-2.0 OR MIT
// Modelled time for the modules of systemc.hpp: the clockwork (clockwork.h) at the kernel's time.
//
// Modules that are added to a clockwork are timed by it; others are not. An access through
// nb_transport, in the four phases of the base protocol, begins at its cycle and waits for all that
// it shares with others; cycles are those of the C machine with the same parameters. An access
// through b_transport is made at once, and the cycles that it takes are annotated; it leads the
// clockwork's time on, not the kernel's.
//
// Addresses are looked up, and data and tables move, in zero time at their cycle, by b_transport.
// How long memory takes says the clockwork's parameters, or, with `memory_behind_sockets`, what is
// bound to `walk`, `tables` and `downstream`: reads of tables are sent there by nb_transport as
// reads, updates and records as TLM_IGNORE_COMMAND of their length (their data follows when they
// are answered), and data as it is. A target without nb_transport takes one after the other.
#ifndef DOORBELL_SYSTEMC_TIME_HPP
#define DOORBELL_SYSTEMC_TIME_HPP

#include <list>
#include <set>

#include <doorbell/parts.h>
#include <doorbell/systemc.hpp>

namespace doorbell
{

struct time_parameters {
    dbell_timing timing = dbell_timing_ideal();   // timing.h
    sc_core::sc_time period{1.0, sc_core::SC_NS}; // of a cycle
    std::uint32_t journeys = 1024;                // accesses under way; more wait for END_REQ
    std::uint32_t seed = 1;                       // of random replacement
    bool memory_behind_sockets = false;
};

// Payloads to use again when nobody holds them any more, with 64 bytes for data. They are gone
// with the pool.
class payload_pool : public tlm::tlm_mm_interface
{
  public:
    static constexpr unsigned bytes = 64;
    ~payload_pool() override;
    tlm::tlm_generic_payload *take(); // held once
    void free(tlm::tlm_generic_payload *payload) override;

  private:
    struct pooled : public tlm::tlm_generic_payload {
        using tlm::tlm_generic_payload::tlm_generic_payload;
        unsigned char bytes[payload_pool::bytes] = {};
    };
    std::list<pooled> all_;
    std::vector<pooled *> idle_;
};

// Where devices that nothing translates come into timed memory.
struct passage : public sc_core::sc_module {
    optional_target<passage> upstream;
    initiator<passage> downstream;
    gate entry;
    passage(sc_core::sc_module_name name, class clockwork &time);

  private:
    tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                       sc_core::sc_time &delay);
    clockwork &time_;
    void b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                       sc_core::sc_time &delay);
};

class clockwork : public sc_core::sc_module
{
  public:
    explicit clockwork(sc_core::sc_module_name name, const time_parameters &parameters = {});
    ~clockwork() override;

    // Before the simulation begins. `base`: of the ITS's registers, as SMMUs and passages see it.
    void add(smmu &unit);
    void add(gate &entry); // of a passage
    void add(its &unit, std::uint64_t base);
    void add(redistributors &unit, std::uint32_t cpus);

    std::uint64_t now() const;  // cycles
    std::uint64_t next() const; // when the next thing happens; DBELL_NEVER: nothing will
    // Everything up to the kernel's time, from a process that may wait; it happens by itself too.
    void advance();
    sc_core::sc_time until(std::uint64_t cycle) const;     // from the kernel's time on
    std::uint64_t at(const sc_core::sc_time &delay) const; // the first cycle not before then
    bool idle() const;
    bool full() const;                // an access that begins has to wait
    bool awaits_memory() const;       // answers of nb_transport are still to come
    void abandon(std::uint64_t user); // nobody waits for these any more: they are not made
    void reset();                     // what the parts have forgotten

    // How many are taken of everything of which there are so many, and accesses under way.
    void trace_to(sc_core::sc_trace_file *file);
    dbell_clockwork &core(); // made at the first call
    // Who watches: an access (sideband::user) has stalled or ended, or was taken in by an ITS.
    struct report {
        std::uint64_t user;
        dbell_response response;
        const dbell_trail &trail;
        const dbell_transaction &transaction;
        const dbell_access_times &times;
        bool parked, message;
    };
    std::function<void(const report &)> ended;
    std::function<void(std::uint64_t user)> accepted;
    std::function<void(const dbell_clockwork_span &)> span;
    std::function<void(std::uint64_t user, bool begins)> moving; // a message is made

    // --- for the modules ---
    void transport(gate &entry, tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    tlm::tlm_sync_enum forward(gate &entry, tlm::tlm_generic_payload &payload,
                               tlm::tlm_phase &phase, sc_core::sc_time &delay);
    void request(gate &entry, ats_message &message, sc_core::sc_time &delay);
    void poke(); // parts may have got something to do
    void completed(smmu &unit, std::uint32_t token, const dbell_translation &result);
    void invalidated(smmu &unit, const dbell_smmu_invalidation &what);
    void lpis_changed();

  private:
    enum class manner { annotated, phases };
    // A payload, or a Translation Request, on its way; of a payload that crosses pages, each part.
    struct access {
        bool used = false;
        manner how = manner::annotated;
        gate *entry = nullptr;
        tlm::tlm_generic_payload *payload = nullptr; // nullptr: its initiator is done with it
        sideband *extension = nullptr;
        ats_message *message = nullptr;
        std::uint64_t address = 0, user = 0;
        unsigned char *data = nullptr;
        unsigned length = 0, width = 0, done = 0; // of all of it, and so far
        dbell_transaction t{};                    // the part at hand
        dbell_translation result{};
        dbell_trail trail{};
        dbell_response response = DBELL_RESPONSE_OK;
        std::uint32_t token = 0, first_token = 0;
        int status = DBELL_OK;
        bool parked = false;     // it stalls
        bool pends = false;      // and its initiator will be told by `completion`
        bool is_message = false; // it goes to an ITS
        bool sent = false;       // to memory, by nb_transport
        bool refused = false;    // it moves nothing
        bool over = false;       // its initiator has its answer
        bool given_up = false;   // nobody waits for it any more
        dbell_access_times times{};
        std::vector<unsigned char> own; // its data, once the initiator is done with it
        bool *told = nullptr;           // of a b_transport call: the slot may be another's by then
        unsigned streaming = 0;         // width, as it came
        bool answered = false;          // by what is downstream
        tlm::tlm_response_status answer = tlm::TLM_INCOMPLETE_RESPONSE;
        std::uint64_t lead = 0; // of the clockwork's time when it began
        sc_core::sc_event ended;
    };
    struct timed_its {
        its *unit;
        std::uint64_t base;
        dbell_its_command command{};
    };
    struct arrival {
        sc_core::sc_time when;
        std::uint64_t order;
        std::uint32_t index;
        bool operator<(const arrival &other) const
        {
            return when != other.when ? when < other.when : order < other.order;
        }
    };

    class ahead;

    std::uint64_t kernel_cycle() const;
    std::uint64_t cycle_of(const sc_core::sc_time &when) const;
    void pump();
    void claim();
    void run(std::uint64_t cycle);
    bool take_in();
    void give_out();

    static bool well_formed(const tlm::tlm_generic_payload &payload);
    access *vacant(std::uint32_t &index);
    void release(std::uint32_t index);
    void fill(access &a, gate &entry, tlm::tlm_generic_payload &payload, manner how);
    void aim(access &a);
    void start(std::uint32_t index);
    void arrive(gate &entry, tlm::tlm_generic_payload &payload, const sc_core::sc_time &delay);
    void lead(std::uint32_t index, sc_core::sc_time &delay, const bool &over);
    bool nested() const;
    void detach(access &a);
    void finish(access &a);
    void tell(const access &a, bool parked);
    void address_downstream(access &a, const dbell_transaction &t);
    void address_upstream(access &a);
    void answered(tlm::tlm_generic_payload &payload, const sc_core::sc_time &delay);

    static dbell_transaction foreseen(const access &a);
    static dbell_transaction onward(const access &a);
    int its_at(std::uint64_t address) const;
    dbell_clockwork_verdict goes(access &a, std::uint64_t address, dbell_translated &out);
    static void read_as_zero(access &a);
    dbell_clockwork_verdict translated(access &a, int outcome, dbell_translated &out);

    dbell_clockwork_ports ports();
    bool decided(const dbell_journey &journey);
    void foresee(const dbell_journey &journey, dbell_foreseen &out);
    dbell_clockwork_verdict translate(const dbell_journey &journey, dbell_translated &out);
    void foresee_message(const dbell_journey &journey, unsigned part, dbell_foreseen_message &out);
    void move(const dbell_journey &journey);
    void taken_in(const dbell_journey &journey);
    void end(const dbell_journey &journey, const dbell_access_times &times);
    bool work(dbell_clockwork_actor actor, unsigned part);
    void foresee_act(dbell_clockwork_actor actor, unsigned part, dbell_foreseen_act &out);
    dbell_clockwork_verdict act(dbell_clockwork_actor actor, unsigned part, dbell_itinerary &steps);
    bool requested(const dbell_clockwork_request &request);

    time_parameters parameters_;
    dbell_clockwork core_{};
    std::vector<std::max_align_t> state_;
    std::vector<smmu *> smmus_;
    std::vector<timed_its> itses_;
    redistributors *redistributors_ = nullptr;
    std::uint32_t cpus_ = 0;
    std::vector<std::unique_ptr<access>> accesses_;
    std::vector<std::uint32_t> vacant_; // of them
    std::uint32_t under_way_ = 0;
    std::uint64_t lead_ = 0; // how far accesses through b_transport have led it on

    std::set<arrival> arrivals_;
    std::uint64_t order_ = 0;
    std::deque<std::uint32_t> continued_; // with their next part
    struct owed {
        gate *entry;
        tlm::tlm_generic_payload *payload;
        sc_core::sc_time when; // of BEGIN_REQ, or of the answer
    };
    std::deque<owed> refused_; // END_REQ is owed to them
    std::vector<owed> answered_;
    std::map<tlm::tlm_generic_payload *, std::uint32_t> requests_; // to memory, of journeys
    std::multimap<sc_core::sc_time, std::uint32_t> answers_;       // of memory, to journeys
    struct completion {
        smmu *unit;
        std::uint32_t token;
        dbell_response response;
        dbell_trail trail;
        std::vector<unsigned char> data;
    };
    std::vector<completion> completions_;
    payload_pool pool_;
    waveform shown_;
    const dbell_translated nowhere{};
    bool running_ = false, poked_ = false, delivering_ = false;
    sc_core::sc_process_handle runner_; // who makes it run
    sc_core::sc_event woken_, idle_;
};

} // namespace doorbell

#endif
