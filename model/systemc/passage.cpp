// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <doorbell/systemc_time.hpp>

namespace doorbell
{

// --- payloads of its own ---

payload_pool::~payload_pool() = default;

tlm::tlm_generic_payload *payload_pool::take()
{
    if (idle_.empty()) {
        all_.emplace_back(this);
        idle_.push_back(&all_.back());
    }
    pooled *payload = idle_.back();
    idle_.pop_back();
    payload->set_data_ptr(payload->bytes);
    payload->acquire();
    return payload;
}

void payload_pool::free(tlm::tlm_generic_payload *payload)
{
    payload->reset();
    idle_.push_back(static_cast<pooled *>(payload));
}

// --- devices without an SMMU ---

passage::passage(sc_core::sc_module_name name, clockwork &time)
    : sc_module(name), upstream("upstream"), downstream("downstream"),
      entry([this] { return upstream.operator->(); }, [this] { return downstream.operator->(); }),
      time_(time)
{
    upstream.register_b_transport(this, &passage::b_transport);
    upstream.register_nb_transport_fw(this, &passage::nb_transport_fw);
    downstream.register_nb_transport_bw(this, &passage::nb_transport_bw);
    time.add(entry);
}

tlm::tlm_sync_enum passage::nb_transport_bw(tlm::tlm_generic_payload &payload,
                                            tlm::tlm_phase &phase, sc_core::sc_time &delay)
{
    return entry.requests.back(payload, phase, delay);
}

void passage::b_transport(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay)
{
    time_.transport(entry, payload, delay);
}

tlm::tlm_sync_enum passage::nb_transport_fw(tlm::tlm_generic_payload &payload,
                                            tlm::tlm_phase &phase, sc_core::sc_time &delay)
{
    return time_.forward(entry, payload, phase, delay);
}
} // namespace doorbell
