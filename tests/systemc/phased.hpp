// SPDX-License-Identifier: Apache-2.0 OR MIT
#ifndef DOORBELL_TESTS_SYSTEMC_PHASED_HPP
#define DOORBELL_TESTS_SYSTEMC_PHASED_HPP

#include <gtest/gtest.h>

#include <doorbell/systemc_time.hpp>

namespace testing_systemc
{

// An initiator that does no more than it is told.
struct phased : public sc_core::sc_module {
    doorbell::initiator<phased> socket{"socket"};
    struct request {
        tlm::tlm_generic_payload *payload;
        doorbell::sideband *extension;
        std::vector<unsigned char> data;
        bool accepted = false, ended = false;
        std::uint64_t accepted_at = 0, ended_at = 0; // ns
    };
    std::vector<std::unique_ptr<request>> requests;
    std::uint32_t streamid = 1;
    bool takes = true; // answers BEGIN_RESP at once; else END_RESP is for the test
    bool may_pend = false;
    sc_core::sc_event changed;

    explicit phased(sc_core::sc_module_name name) : sc_module(name)
    {
        socket.register_nb_transport_bw(this, &phased::back);
    }
    ~phased() override
    {
        for (auto &r : requests)
            r->payload->release();
    }
    static std::uint64_t now()
    {
        return static_cast<std::uint64_t>(sc_core::sc_time_stamp() /
                                          sc_core::sc_time(1, sc_core::SC_NS));
    }
    request &make(bool write, std::uint64_t address, std::vector<unsigned char> data)
    {
        requests.push_back(std::make_unique<request>());
        request &r = *requests.back();
        r.data = std::move(data);
        r.payload = pool_.take();
        r.extension = new doorbell::sideband;
        r.extension->side.has_streamid = true;
        r.extension->side.streamid = streamid;
        r.extension->side.attr = DBELL_ATTR_NORMAL_WB;
        r.extension->op = write ? DBELL_WRITE : DBELL_READ;
        r.extension->may_pend = may_pend;
        r.payload->set_auto_extension(r.extension);
        r.payload->set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
        r.payload->set_address(address);
        r.payload->set_data_ptr(r.data.data());
        r.payload->set_data_length(static_cast<unsigned>(r.data.size()));
        r.payload->set_streaming_width(r.payload->get_data_length());
        r.payload->set_byte_enable_ptr(nullptr);
        return r;
    }
    request &begin(request &r)
    {
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        const tlm::tlm_sync_enum answer = socket->nb_transport_fw(*r.payload, phase, delay);
        if (answer == tlm::TLM_UPDATED && phase == tlm::END_REQ)
            accept(r);
        if (answer == tlm::TLM_COMPLETED)
            end(r, delay);
        return r;
    }
    request &send(bool write, std::uint64_t address, unsigned length = 8)
    {
        return begin(make(write, address, std::vector<unsigned char>(length)));
    }
    void end_response(const request &r)
    {
        tlm::tlm_phase phase = tlm::END_RESP;
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        EXPECT_EQ(socket->nb_transport_fw(*r.payload, phase, delay), tlm::TLM_COMPLETED);
    }
    void await(const request &r)
    {
        while (!r.ended || now() < r.ended_at)
            wait(changed);
    }

  private:
    void accept(request &r)
    {
        EXPECT_FALSE(r.accepted);
        r.accepted = true;
        r.accepted_at = now();
    }
    void end(request &r, const sc_core::sc_time &delay)
    {
        EXPECT_FALSE(r.ended) << "two answers";
        r.ended = true;
        r.ended_at =
            now() + static_cast<std::uint64_t>(delay / sc_core::sc_time(1, sc_core::SC_NS));
        // Notifications of an event replace each other: each has a process of its own.
        sc_core::sc_spawn([this, delay] {
            wait(delay);
            changed.notify(sc_core::SC_ZERO_TIME);
        });
    }
    tlm::tlm_sync_enum back(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                            sc_core::sc_time &delay)
    {
        for (auto &r : requests) {
            if (r->payload != &payload)
                continue;
            if (phase == tlm::END_REQ) {
                accept(*r);
                return tlm::TLM_ACCEPTED;
            }
            EXPECT_EQ(phase, tlm::BEGIN_RESP);
            EXPECT_TRUE(r->accepted);
            end(*r, delay);
            return takes ? tlm::TLM_COMPLETED : tlm::TLM_ACCEPTED;
        }
        ADD_FAILURE() << "an answer to nobody";
        return tlm::TLM_COMPLETED;
    }
    doorbell::payload_pool pool_;
};

} // namespace testing_systemc

#endif
