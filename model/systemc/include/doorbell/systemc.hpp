// SPDX-License-Identifier: Apache-2.0 OR MIT
// TLM-2.0 modules around the C parts. No rule of a specification is in here: payloads become
// transactions and back, and delays are annotated.
//
// Loosely timed: b_transport annotates one configured latency per kind of step that an access took.
// Modules that are added to a clockwork (systemc_time.hpp) have its time instead, and nb_transport.
// Identity (StreamID, SubstreamID, DeviceID, ...) travels in an ignorable extension; without it an
// SMMU port uses its own StreamID, and an ITS sees no DeviceID and raises nothing.
#ifndef DOORBELL_SYSTEMC_HPP
#define DOORBELL_SYSTEMC_HPP

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include <systemc>
#include <tlm>
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <tlm_utils/peq_with_cb_and_phase.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <doorbell/gic.h>
#include <doorbell/its.h>
#include <doorbell/pcie.h>
#include <doorbell/ram.h>
#include <doorbell/smmu.h>
#include <doorbell/v2m.h>

namespace doorbell
{

constexpr unsigned bus_width = 64;

class clockwork;
class smmu;

template <typename Module> using initiator = tlm_utils::simple_initiator_socket<Module, bus_width>;
template <typename Module> using target = tlm_utils::simple_target_socket<Module, bus_width>;
template <typename Module>
using optional_initiator = tlm_utils::simple_initiator_socket_optional<Module, bus_width>;
template <typename Module>
using optional_target = tlm_utils::simple_target_socket_optional<Module, bus_width>;

// What goes with a payload. Ignorable: a base-protocol socket may drop it.
class sideband : public tlm::tlm_extension<sideband>
{
  public:
    dbell_sideband side{};
    bool probe = false; // TLM_IGNORE_COMMAND: checked as this operation, moves nothing
    dbell_op op = DBELL_READ;
    bool may_pend = false; // the initiator takes TLM_INCOMPLETE_RESPONSE with trail.token, and its
                           // end on its completion socket; else b_transport waits
    dbell_trail trail{};   // what happened on the way
    dbell_itinerary *itinerary = nullptr;
    std::uint64_t user = 0;     // the initiator's: a clockwork tells it
    bool has_requester = false; // whose writes a clockwork keeps in their order; else the stream's
    std::uint32_t requester = 0;

    tlm::tlm_extension_base *clone() const override;
    void copy_from(const tlm::tlm_extension_base &other) override;
};

// An ATS or PRI message, as the extension of a payload without data (TLM_IGNORE_COMMAND). Devices
// send the first three to `upstream` of an SMMU; the SMMU sends the others to what is bound to
// `ats`.
class ats_message : public tlm::tlm_extension<ats_message>
{
  public:
    enum class kind { translation_request, page_request, invalidated, invalidation, page_response };
    kind what = kind::translation_request;
    int status = DBELL_OK; // of the first two, as dbell_smmu_ats() and dbell_smmu_page_request()
    dbell_ats_request request{};
    dbell_ats_completion completion{};
    dbell_page_request page_request{};
    dbell_ats_invalidation invalidation{};
    std::uint32_t tag = 0; // of what was invalidated, and how that ended
    dbell_ats_end end = DBELL_ATS_INVALIDATED;
    dbell_page_response response{};

    tlm::tlm_extension_base *clone() const override;
    void copy_from(const tlm::tlm_extension_base &other) override;
    // Sends it, and returns when it has been taken.
    void send(tlm::tlm_fw_transport_if<> &socket, sc_core::sc_time &delay);
};

// Latency of one step, by kind (enum dbell_step_kind).
struct latencies {
    sc_core::sc_time step[DBELL_STEP_KINDS] = {sc_core::SC_ZERO_TIME, sc_core::SC_ZERO_TIME,
                                               sc_core::SC_ZERO_TIME, sc_core::SC_ZERO_TIME,
                                               sc_core::SC_ZERO_TIME};
    sc_core::sc_time of(const dbell_itinerary &itinerary) const;
};

// What a module shows in a waveform: values that are looked at when they may have changed.
class waveform
{
  public:
    void show(std::string name, int bits, std::function<std::uint64_t()> value);
    void trace_to(sc_core::sc_trace_file *file, const std::string &module);
    void look();
    bool used() const
    {
        return used_;
    }

  private:
    struct shown {
        std::string name;
        int bits;
        std::function<std::uint64_t()> value;
        sc_dt::uint64 is = 0;
    };
    std::deque<shown> all_;
    bool used_ = false;
};

// The thread of a module's units: runs `work`, which may wait, each time that it is kicked.
class worker
{
  public:
    void start(std::function<void()> work); // while its module is being constructed
    void kick();
    bool idle() const; // nothing left to do
    sc_core::sc_event rested;

  private:
    sc_core::sc_event kicked_;
    bool working_ = false, again_ = false;
};

// Where a direct access may go, as a socket granted it (TLM-2.0 11.2). Cleared by whoever granted.
class direct_regions
{
  public:
    // The host's address of [address, address + length) for who is like `side`, or nullptr.
    unsigned char *find(const dbell_sideband &side, std::uint64_t address, std::uint64_t length,
                        bool write, sc_core::sc_time &latency) const;
    void add(const dbell_sideband &side, const tlm::tlm_dmi &region);
    void clear();

  private:
    struct granted {
        dbell_sideband side;
        tlm::tlm_dmi region;
    };
    std::vector<granted> regions_;
};

// The requests of an initiator socket through nb_transport: the next one goes out when the target
// has accepted the one before (TLM-2.0 15.2.6).
class request_channel
{
  public:
    explicit request_channel(std::function<tlm::tlm_fw_transport_if<> *()> socket);
    // The payload is held until it has been answered; its request begins after `delay`.
    void send(tlm::tlm_generic_payload &payload,
              const sc_core::sc_time &delay = sc_core::SC_ZERO_TIME);
    // For the socket's nb_transport_bw.
    tlm::tlm_sync_enum back(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                            sc_core::sc_time &delay);
    // Called when an answer comes, or will come after `delay`.
    std::function<void(tlm::tlm_generic_payload &payload, const sc_core::sc_time &delay)> answered;

  private:
    void next();
    std::function<tlm::tlm_fw_transport_if<> *()> socket_;
    std::deque<std::pair<tlm::tlm_generic_payload *, sc_core::sc_time>> waiting_;
    tlm::tlm_generic_payload *sending_ = nullptr; // not accepted yet
    sc_core::sc_time free_;                       // when the last one was
    bool calling_ = false;
};

// The answers of a target socket: the next one goes out when the initiator has taken the one
// before.
class response_channel
{
  public:
    explicit response_channel(std::function<tlm::tlm_bw_transport_if<> *()> socket);
    void send(tlm::tlm_generic_payload &payload, const sc_core::sc_time &delay);
    // END_RESP has come, as of `delay` from now.
    void ended(const sc_core::sc_time &delay);
    std::function<void(tlm::tlm_generic_payload &payload)> taken; // or empty

  private:
    void next();
    void release(const sc_core::sc_time &delay);
    std::function<tlm::tlm_bw_transport_if<> *()> socket_;
    std::deque<std::pair<tlm::tlm_generic_payload *, sc_core::sc_time>> waiting_;
    tlm::tlm_generic_payload *sending_ = nullptr; // END_RESP is awaited
    sc_core::sc_time free_;                       // when the last one was
    bool calling_ = false;
};

// Where accesses come into what translates and times them: the sockets of a TBU, or of a passage.
struct gate {
    smmu *unit = nullptr;               // nullptr: nothing translates
    unsigned index = 0;                 // of the TBU
    std::uint32_t default_streamid = 0; // of payloads without a sideband
    request_channel requests;           // downstream
    response_channel responses;         // upstream
    std::function<tlm::tlm_bw_transport_if<> *()> upstream;
    std::function<tlm::tlm_fw_transport_if<> *()> downstream;
    gate(std::function<tlm::tlm_bw_transport_if<> *()> up,
         std::function<tlm::tlm_fw_transport_if<> *()> down)
        : requests(down), responses(up), upstream(std::move(up)), downstream(std::move(down))
    {
    }
};

// Sparse RAM from address 0 on, as a router's target sees it. Byte enables and streaming widths as
// TLM-2.0 has them; direct access to pages that have been written. Any number of requests at the
// same time, each answered after `latency`.
class ram : public sc_core::sc_module
{
  public:
    target<ram> socket;
    ram(sc_core::sc_module_name name, std::uint64_t size,
        std::uint64_t limit = std::uint64_t{4} << 30);
    ~ram() override;
    sc_core::sc_time latency = sc_core::SC_ZERO_TIME;

  private:
    void b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                       sc_core::sc_time &delay);
    void answer(tlm::tlm_generic_payload &payload, const tlm::tlm_phase &phase);
    unsigned transport_dbg(tlm::tlm_generic_payload &payload);
    bool get_direct_mem_ptr(tlm::tlm_generic_payload &payload, tlm::tlm_dmi &region);
    dbell_response move(const tlm::tlm_generic_payload &payload);
    dbell_ram memory_{};
    tlm_utils::peq_with_cb_and_phase<ram> answers_;
    response_channel responses_;
};

// Forwards by address: a target sees the offset from its base, the initiator its own address again.
class router : public sc_core::sc_module
{
  public:
    tlm_utils::multi_passthrough_target_socket<router, bus_width> in;
    explicit router(sc_core::sc_module_name name);
    // An output for [base, base + size); bind it before the simulation starts.
    tlm_utils::simple_initiator_socket_tagged<router, bus_width> &add(std::uint64_t base,
                                                                      std::uint64_t size);

  private:
    struct output {
        std::uint64_t base, size;
        std::unique_ptr<tlm_utils::simple_initiator_socket_tagged<router, bus_width>> socket;
        std::unique_ptr<request_channel> requests;
    };
    output *find(std::uint64_t address);
    tlm::tlm_sync_enum nb_transport_fw(int id, tlm::tlm_generic_payload &payload,
                                       tlm::tlm_phase &phase, sc_core::sc_time &delay);
    void b_transport(int id, tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    unsigned transport_dbg(int id, tlm::tlm_generic_payload &payload);
    bool get_direct_mem_ptr(int id, tlm::tlm_generic_payload &payload, tlm::tlm_dmi &region);
    void invalidate_direct_mem_ptr(int id, sc_dt::uint64 first, sc_dt::uint64 last);
    tlm::tlm_sync_enum nb_transport_bw(int id, tlm::tlm_generic_payload &payload,
                                       tlm::tlm_phase &phase, sc_core::sc_time &delay);
    response_channel &answers_to(int id);
    void answered(tlm::tlm_generic_payload &payload, const sc_core::sc_time &delay);
    void forget(tlm::tlm_generic_payload &payload);
    // A transaction in flight through nb_transport: which input it is of, and its address there. It
    // may come by again on its way.
    struct route {
        int id;
        std::uint64_t address;
        bool calling, answered;
        sc_core::sc_time delay;
    };
    std::vector<output> outputs_;
    std::map<tlm::tlm_generic_payload *, std::vector<route>> routes_;
    std::map<int, std::unique_ptr<response_channel>> answers_;
};

// Counts pulses: a write of 4 bytes to 4 * line is one pulse on that line.
class wires : public sc_core::sc_module
{
  public:
    target<wires> socket;
    explicit wires(sc_core::sc_module_name name);
    std::uint64_t take(unsigned line); // pulses since last asked
    sc_core::sc_event pulsed;
    // How many pulses there were on the first so many lines: `line0`, ...
    void trace_to(sc_core::sc_trace_file *file, unsigned lines);

  private:
    void b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    std::map<unsigned, std::uint64_t> pulses_, all_;
    waveform shown_;
};

// An SMMUv3 with `ports` TBU pairs.
class smmu : public sc_core::sc_module
{
  public:
    struct tbu : public sc_core::sc_module {
        target<tbu> upstream;
        initiator<tbu> downstream;
        gate entry;
        bool allow_dmi = true; // grants direct access to pages of RAM behind it
        tbu(sc_core::sc_module_name name, smmu &owner);

      private:
        friend class smmu;
        friend class clockwork;
        tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                           sc_core::sc_time &delay);
        tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                           sc_core::sc_time &delay);
        void b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
        void untimed(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
        void by_page(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
        unsigned transport_dbg(tlm::tlm_generic_payload &payload);
        bool get_direct_mem_ptr(tlm::tlm_generic_payload &payload, tlm::tlm_dmi &region);
        bool direct(tlm::tlm_generic_payload &payload, dbell_smmu_grant &grant);
        void revoke(sc_dt::uint64 first, sc_dt::uint64 last);
        smmu &owner_;
        bool granted_ = false; // something that has not been revoked
    };

    target<smmu> registers;
    initiator<smmu> walk;                // tables, queues, MSIs
    optional_initiator<smmu> irq;        // to wires
    optional_initiator<smmu> completion; // ends of pending accesses: a write to the token of the
                                         // response, and of what has been read
    optional_initiator<smmu> ats;        // ats_message to devices, by StreamID
    sc_core::sc_vector<tbu> ports;
    latencies latency;

    smmu(sc_core::sc_module_name name, const dbell_smmu_config &config, unsigned ports = 1);
    ~smmu() override;
    bool idle() const; // nothing left to step
    void reset();
    void relocate(); // saved, and restored elsewhere
    // PROD and CONS of its queues as their registers have them, and SMMU_GERROR.
    void trace_to(sc_core::sc_trace_file *file);
    dbell_smmu &core()
    {
        return core_;
    }

  private:
    friend class clockwork;
    // An access that stalled: what it takes to make it later.
    struct stalled {
        tbu *port;
        std::vector<unsigned char> data;
        dbell_transaction transaction;
        std::uint32_t token; // as the device knows it; a retry that stalls gets another
        bool waits;          // a b_transport call waits for `ended`, and makes it itself
        bool done = false, made = false;
        dbell_translation result{};
        sc_core::sc_event ended, over;
    };
    struct transit;
    friend struct tbu;
    void access(tbu &port, tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    void take(gate &entry, ats_message &message, sc_core::sc_time &delay);
    void deliver(bool invalidations);
    void settle_stalled(std::uint32_t token, const dbell_translation &result);
    void finish_stalled(stalled &entry);
    void await_software(stalled &entry, tlm::tlm_generic_payload &payload, dbell_transaction &t,
                        transit &way);
    bool moves_on(std::uint64_t since);
    tlm::tlm_sync_enum walk_back(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                 sc_core::sc_time &delay);
    void tell_completed(std::uint32_t token, dbell_response response, const dbell_trail &trail,
                        const std::vector<unsigned char> &data);
    void kick();
    void register_access(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    void work();
    static dbell_response tables_access(void *ctx, dbell_transaction *t);
    static dbell_response data_access(void *ctx, dbell_transaction *t);
    static void complete(void *ctx, std::uint32_t token, const dbell_translation *result);
    static bool invalidate(void *ctx, const dbell_ats_invalidation *invalidation);
    static bool respond(void *ctx, const dbell_page_response *response);
    static void invalidated(void *ctx, const dbell_smmu_invalidation *what);

    dbell_smmu core_{};
    dbell_smmu_config config_;
    bool looking_ = false; // tables are read without a trace
    std::vector<std::max_align_t> state_;
    std::map<std::uint32_t, std::shared_ptr<stalled>> stalled_; // by the token of now
    std::vector<std::pair<std::uint32_t, dbell_translation>> completed_;
    std::deque<ats_message> messages_; // on their way to devices
    worker worker_;
    clockwork *time_ = nullptr;
    request_channel walks_;
    waveform shown_;
    std::uint64_t moves_ = 0; // steps of its units, and writes of its registers
    sc_core::sc_event moved_; // there may have been some
};

// What an ITS asks of redistributors: a write of one lpi_request, with its pointers, to address 0.
// False is answered with an address error.
using lpi_request = dbell_lpi_request;

class its : public sc_core::sc_module
{
  public:
    target<its> registers;        // control and translation frame
    optional_target<its> pre_its; // writes to 4 * DeviceID, of DBELL_PRE_ITS_SPACE
    initiator<its> tables;
    initiator<its> lpi;          // to redistributors::lpi
    optional_initiator<its> irq; // to wires
    latencies latency;
    dbell_wide_write wide_write = DBELL_WIDE_IGNORE;

    its(sc_core::sc_module_name name, const dbell_its_config &config);
    bool idle() const;
    void reset();
    void relocate();                             // saved, and restored elsewhere
    void trace_to(sc_core::sc_trace_file *file); // GITS_CREADR, GITS_CWRITER
    // What a VMOVP of another ITS does to this one, and that one may have waited for another.
    void vpe_moved(const dbell_vpe &vpe);
    void kick();
    // Called when a request has been answered: what concerns other ITSes is for who knows them.
    std::function<void(const lpi_request &request, bool answer)> asked;
    dbell_its &core()
    {
        return core_;
    }

  private:
    void b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    void access_pre_its(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    void take(dbell_transaction &message, sc_core::sc_time &delay);
    void work();
    friend class clockwork;
    tlm::tlm_sync_enum tables_back(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                   sc_core::sc_time &delay);
    bool request(const lpi_request &request, dbell_itinerary *itinerary);

    dbell_its core_{};
    std::vector<std::max_align_t> state_;
    worker worker_;
    waveform shown_;
    clockwork *time_ = nullptr;
    request_channel reads_;
};

// The distributor's control and all redistributors.
class redistributors : public sc_core::sc_module
{
  public:
    target<redistributors> distributor;
    target<redistributors> frames;
    // From any number of ITSes.
    tlm_utils::multi_passthrough_target_socket<
        redistributors, bus_width, tlm::tlm_base_protocol_types, 0, sc_core::SC_ZERO_OR_MORE_BOUND>
        lpi;
    initiator<redistributors> tables;
    // By CPU, bound or not: there is something to acknowledge().
    using irq_port =
        sc_core::sc_port<sc_core::sc_signal_inout_if<bool>, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;
    sc_core::sc_vector<irq_port> irq;

    redistributors(sc_core::sc_module_name name, const dbell_gic_config &config);
    void reset();
    void relocate(); // saved, and restored elsewhere
    void spi(std::uint32_t intid, bool level);
    std::uint32_t acknowledge(std::uint32_t cpu); // as dbell_gic_acknowledge()
    // By CPU: `irq`, and the INTID of the last LPI or SPI that became pending.
    void trace_to(sc_core::sc_trace_file *file);
    dbell_gic &core()
    {
        return core_;
    }
    // What became pending since forget(), if it is kept.
    bool keeps_raised = false;
    struct raised {
        enum class kind { lpi, vlpi, spi } what;
        std::uint32_t at; // the CPU, or the vPEID
        std::uint32_t intid;
    };
    const std::vector<raised> &raised_interrupts() const
    {
        return raised_;
    }
    void forget()
    {
        raised_.clear();
    }

  private:
    void access_distributor(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    void access_frames(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    void access_lpi(int id, tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    friend class clockwork;
    tlm::tlm_sync_enum tables_back(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                   sc_core::sc_time &delay);

    dbell_gic core_{};
    std::vector<std::max_align_t> state_;
    void kick();
    void update();
    void news(raised::kind what, std::uint32_t at, std::uint32_t intid);
    std::vector<raised> raised_;
    std::uint32_t frame_space_;
    worker worker_; // of the irq lines
    std::vector<bool> level_;
    std::vector<std::uint32_t> last_;
    waveform shown_;
    clockwork *time_ = nullptr;
    request_channel reads_;
};

// A GICv2m frame.
class v2m : public sc_core::sc_module
{
  public:
    target<v2m> socket;
    v2m(sc_core::sc_module_name name, const dbell_v2m &frame);
    std::vector<std::uint32_t> raised;                         // SPIs, in order
    std::function<void(std::uint32_t intid, bool level)> wire; // to redistributors::spi()

  private:
    void raise(std::uint32_t intid);
    void b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    dbell_v2m frame_;
};

// A PCIe function, or a stand-in for all functions behind one SMMU port: DMA with the identity of
// a requester.
class endpoint : public sc_core::sc_module
{
  public:
    initiator<endpoint> dma;
    optional_target<endpoint> completion; // from the SMMU in front of it
    optional_target<endpoint> ats;        // from its `ats`
    request_channel requests;             // `dma` through nb_transport

    explicit endpoint(sc_core::sc_module_name name);
    dbell_requester identity{};

    // One access; the response, and in `trail` what happened. Waits while it is stalled, unless
    // `may_pend`: then the answer is DBELL_RESPONSE_PENDING, and its end is kept for ended().
    dbell_response access(dbell_transaction &transaction, bool may_pend = false);
    // ATS and PRI, with the identity's IDs: DBELL_OK, or what the SMMU answered.
    int translation_request(dbell_ats_request &request, dbell_ats_completion &result);
    int page_request(dbell_page_request &request);
    // What the SMMU has sent. Invalidations are answered as they come.
    std::deque<ats_message> messages;
    // A four-byte write of `data`: an MSI.
    dbell_response msi(std::uint64_t address, std::uint32_t data, dbell_trail *trail = nullptr);

    struct end {
        dbell_response response;
        dbell_trail trail;
        std::vector<unsigned char> data; // of a read
    };
    const end *ended(std::uint32_t token) const;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME; // accumulated by accesses
    bool use_dmi = false; // plain reads and writes go directly where they may: without a trail
    std::uint64_t direct_accesses = 0;

  private:
    tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                       sc_core::sc_time &when);
    void complete(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    void receive(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    static dbell_response send(void *ctx, dbell_transaction *t);
    bool directly(dbell_transaction &t);
    void learn(const dbell_transaction &t);
    void forget(sc_dt::uint64 first, sc_dt::uint64 last);
    direct_regions regions_;
    std::map<std::uint32_t, end> ends_;
    bool may_pend_ = false;
};

// A C transaction as a payload with this extension, which is not set yet.
void describe(const dbell_transaction &t, tlm::tlm_generic_payload &payload, sideband &extension);

// A C transaction through a socket, and what came back.
dbell_response transport(tlm::tlm_fw_transport_if<> &socket, dbell_transaction &t,
                         sc_core::sc_time &delay, bool may_pend = false);

// The answer RAZ to a read (3.12.1): of the bytes that are enabled.
void read_as_zero(tlm::tlm_generic_payload &payload);

// A read that nobody notices.
dbell_response look(tlm::tlm_fw_transport_if<> &socket, dbell_transaction &t);

// One pulse to a `wires`; pulse_on() is that of a module whose socket `irq` may be unbound.
void pulse(tlm::tlm_fw_transport_if<> &socket, unsigned line);
template <typename Module> void pulse_on(void *ctx, unsigned line)
{
    Module *self = static_cast<Module *>(ctx);
    if (self->irq.get_interface())
        pulse(*self->irq.operator->(), line);
}
// A payload as a transaction; `data` must outlive it. The sideband, or a default one.
dbell_transaction as_transaction(tlm::tlm_generic_payload &payload);
tlm::tlm_response_status as_status(dbell_response response);
dbell_response as_response(tlm::tlm_response_status status);

} // namespace doorbell

#endif
