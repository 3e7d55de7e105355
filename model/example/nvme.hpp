// SPDX-License-Identifier: Apache-2.0 OR MIT
// An NVMe-like controller: one queue pair behind the registers of the admin queue, reads and writes
// of one page, one MSI-X vector. Registers, entries and the order of a command's steps are those of
// the NVM Express Base Specification 2.0 (3.1, 3.3.3, 4.1); there is nothing to discover.
#ifndef DOORBELL_EXAMPLE_NVME_HPP
#define DOORBELL_EXAMPLE_NVME_HPP

#include <doorbell/systemc_time.hpp>

namespace example
{

// A submission queue entry, of 64 bytes.
struct nvme_command {
    std::uint8_t opcode, flags;
    std::uint16_t cid;
    std::uint32_t nsid, reserved[2];
    std::uint64_t metadata, prp1, prp2;
    std::uint64_t slba; // in blocks of 512 bytes
    std::uint32_t cdw12, cdw13, cdw14, cdw15;
};
// A completion queue entry, of 16 bytes.
struct nvme_completion {
    std::uint32_t result, reserved;
    std::uint16_t sq_head, sq_id;
    std::uint16_t cid, status; // bit 0: the phase
};

class nvme : public sc_core::sc_module
{
  public:
    enum opcode : std::uint8_t { write = 1, read = 2 };
    // Offsets of BAR 0.
    enum : std::uint64_t {
        cc = 0x14,
        csts = 0x1c,
        aqa = 0x24,
        asq = 0x28,
        acq = 0x30,
        sq_tail = 0x1000,
        cq_head = 0x1004,
        msix_table = 0x2000,
        space = 0x4000
    };

    doorbell::target<nvme> registers;
    doorbell::initiator<nvme> dma;

    // So many commands at the same time; data goes in packets of at most 256 bytes.
    nvme(sc_core::sc_module_name name, const dbell_requester &identity, unsigned commands);
    ~nvme() override;

  private:
    // One of the commands that are executed at the same time: a page of data, and what of its DMA
    // is under way.
    struct slot {
        std::vector<unsigned char> data;
        unsigned left = 0;
        bool failed = false;
        sc_core::sc_event done;
    };

    void access(tlm::tlm_generic_payload &payload, sc_core::sc_time &delay);
    std::uint64_t read_register(std::uint64_t offset) const;
    void write_register(std::uint64_t offset, unsigned size, std::uint64_t value);
    tlm::tlm_sync_enum dma_back(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                sc_core::sc_time &delay);
    void answered(tlm::tlm_generic_payload &payload, const sc_core::sc_time &delay);
    void execute(slot &s);
    bool move(slot &s, bool write, std::uint64_t address, void *data, unsigned length);
    void complete(slot &s, std::uint16_t cid, bool ok);
    void interrupt(slot &s);

    const dbell_requester identity_;
    doorbell::payload_pool payloads_;
    doorbell::request_channel requests_;
    std::map<tlm::tlm_generic_payload *, slot *> transfers_;
    std::deque<slot> slots_;
    std::map<std::uint64_t, std::vector<unsigned char>> blocks_; // the medium, by page
    std::uint32_t cc_ = 0, aqa_ = 0;
    std::uint64_t asq_ = 0, acq_ = 0;
    std::uint32_t head_ = 0, tail_ = 0, completed_ = 0;
    struct {
        std::uint64_t address = 0;
        std::uint32_t data = 0, control = 1; // masked
        bool pending = false;
    } vector_;
    sc_core::sc_event rung_;
};

} // namespace example

#endif
