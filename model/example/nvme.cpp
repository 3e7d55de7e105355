// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "nvme.hpp"

#include <algorithm>
#include <cstring>

namespace example
{

namespace
{

constexpr unsigned page = 4096, packet = 256, block_bits = 9;
static_assert(sizeof(nvme_command) == 64 && sizeof(nvme_completion) == 16);

} // namespace

nvme::nvme(sc_core::sc_module_name name, const dbell_requester &identity, unsigned commands)
    : sc_module(name), registers("registers"), dma("dma"), identity_(identity),
      requests_([this] { return dma.operator->(); })
{
    registers.register_b_transport(this, &nvme::access);
    dma.register_nb_transport_bw(this, &nvme::dma_back);
    requests_.answered = [this](auto &payload, auto &delay) { answered(payload, delay); };
    for (unsigned i = 0; i < commands; i++) {
        slots_.emplace_back();
        sc_core::sc_spawn([this, &s = slots_.back()] { execute(s); },
                          sc_core::sc_gen_unique_name("command"));
    }
}

nvme::~nvme() = default;

// --- BAR 0 ---

void nvme::access(tlm::tlm_generic_payload &payload, sc_core::sc_time &)
{
    const unsigned size = payload.get_data_length();
    std::uint64_t value = 0;
    if ((size != 4 && size != 8) || payload.get_byte_enable_ptr()) {
        payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
        return;
    }
    if (payload.is_write()) {
        std::memcpy(&value, payload.get_data_ptr(), size);
        write_register(payload.get_address(), size, value);
    } else if (payload.is_read()) {
        value = read_register(payload.get_address());
        std::memcpy(payload.get_data_ptr(), &value, size);
    }
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

std::uint64_t nvme::read_register(std::uint64_t offset) const
{
    switch (offset) {
    case cc:
        return cc_;
    case csts:
        return cc_ & 1; // ready as soon as it is enabled
    case aqa:
        return aqa_;
    case asq:
        return asq_;
    case acq:
        return acq_;
    case msix_table:
        return vector_.address;
    case msix_table + 8:
        return vector_.data | std::uint64_t{vector_.control} << 32;
    case msix_table + 12:
        return vector_.control;
    default:
        return 0;
    }
}

void nvme::write_register(std::uint64_t offset, unsigned size, std::uint64_t value)
{
    const auto low = static_cast<std::uint32_t>(value);
    switch (offset) {
    case cc:
        cc_ = low;
        head_ = tail_ = completed_ = 0;
        break;
    case aqa:
        aqa_ = low;
        break;
    case asq:
        asq_ = value;
        break;
    case acq:
        acq_ = value;
        break;
    case sq_tail:
        tail_ = low % ((aqa_ & 0xfff) + 1);
        rung_.notify(sc_core::SC_ZERO_TIME);
        break;
    case msix_table:
        vector_.address = size == 8 ? value : (vector_.address >> 32 << 32 | low);
        break;
    case msix_table + 4:
        vector_.address = value << 32 | (vector_.address & 0xffffffff);
        break;
    case msix_table + 8:
        vector_.data = low;
        if (size == 8)
            write_register(msix_table + 12, 4, value >> 32);
        break;
    case msix_table + 12:
        vector_.control = low & 1;
        rung_.notify(sc_core::SC_ZERO_TIME);
        break;
    default:
        break;
    }
}

// --- DMA ---

tlm::tlm_sync_enum nvme::dma_back(tlm::tlm_generic_payload &payload, tlm::tlm_phase &phase,
                                  sc_core::sc_time &delay)
{
    return requests_.back(payload, phase, delay);
}

void nvme::answered(tlm::tlm_generic_payload &payload, const sc_core::sc_time &delay)
{
    const auto found = transfers_.find(&payload);
    slot &of = *found->second;
    transfers_.erase(found);
    of.failed |= !payload.is_response_ok();
    if (!--of.left)
        of.done.notify(delay);
}

// True: all of it went through.
bool nvme::move(slot &s, bool writes, std::uint64_t address, void *data, unsigned length)
{
    s.failed = false;
    s.left = (length + packet - 1) / packet;
    for (unsigned done = 0; done < length; done += packet) {
        dbell_transaction t{};
        t.address = address + done;
        t.length = std::min(packet, length - done);
        t.op = writes ? DBELL_WRITE : DBELL_READ;
        t.data = static_cast<unsigned char *>(data) + done;
        t.side.attr = DBELL_ATTR_NORMAL_WB;
        dbell_requester_stamp(&identity_, &t.side);
        tlm::tlm_generic_payload *payload = payloads_.take();
        auto *extension = new doorbell::sideband;
        doorbell::describe(t, *payload, *extension);
        payload->set_auto_extension(extension);
        transfers_[payload] = &s;
        requests_.send(*payload);
        payload->release();
    }
    if (s.left)
        wait(s.done);
    return !s.failed;
}

// --- commands ---

void nvme::execute(slot &s)
{
    for (;;) {
        while (!(cc_ & 1) || head_ == tail_) {
            wait(rung_);
            if (vector_.pending && !vector_.control)
                interrupt(s);
        }
        nvme_command command{};
        const std::uint64_t at = asq_ + std::uint64_t{head_} * sizeof command;
        head_ = (head_ + 1) % ((aqa_ & 0xfff) + 1);
        if (!move(s, false, at, &command, sizeof command))
            continue; // nobody to tell
        const std::uint64_t where = command.slba << block_bits;
        const unsigned length = ((command.cdw12 & 0xffff) + 1) << block_bits;
        bool ok = length <= page && !(where % page);
        if (ok && command.opcode == read) {
            const auto found = blocks_.find(where);
            s.data = found != blocks_.end() ? found->second : std::vector<unsigned char>(page);
            ok = move(s, true, command.prp1, s.data.data(), length);
        } else if (ok && command.opcode == write) {
            s.data.resize(page);
            ok = move(s, false, command.prp1, s.data.data(), length);
            if (ok)
                blocks_[where] = s.data;
        }
        complete(s, command.cid, ok);
    }
}

// The completion goes before its interrupt, whichever is first of several commands.
void nvme::complete(slot &s, std::uint16_t cid, bool ok)
{
    const std::uint32_t entries = (aqa_ >> 16 & 0xfff) + 1, n = completed_++;
    nvme_completion entry{};
    entry.sq_head = static_cast<std::uint16_t>(head_);
    entry.cid = cid;
    // Data Transfer Error (status code 4); the phase tag of the first time round is 1.
    entry.status = static_cast<std::uint16_t>((ok ? 0u : 4u) << 1 | ((n / entries & 1) ^ 1));
    if (move(s, true, acq_ + n % entries * sizeof entry, &entry, sizeof entry))
        interrupt(s);
}

void nvme::interrupt(slot &s)
{
    vector_.pending = vector_.control & 1;
    if (!vector_.pending)
        move(s, true, vector_.address, &vector_.data, 4);
}

} // namespace example
