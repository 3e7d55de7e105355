// SPDX-License-Identifier: Apache-2.0 OR MIT
// doorbell-platform: two NVMe-like controllers, DRAM, an SMMU, an ITS and a CPU that takes their
// interrupts, on the board that a device tree describes, in modelled time. The CPU runs a driver:
// it writes blocks, reads them back, and tells how long that took. With --strict every page is
// mapped when its command is submitted and unmapped when it has completed, as Linux does unless
// told otherwise.
//
// An architect changes the numbers (--preset, --set, as of `doorbell replay --timed`) and looks at
// the figures, or at the waveform (--vcd).
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include <doorbell/driver.h>
#include <doorbell/system.h>
#include <doorbell/systemc_board.hpp>

#include "nvme.hpp"

namespace example
{

namespace
{

constexpr std::uint64_t page = 4096, buffers_iova = 0x10000000, msi_window = 0x8000000;
constexpr unsigned controllers = 2, first_lpi = 8192;

struct options {
    std::string tree, vcd;
    unsigned ios = 256, depth = 16; // of each controller
    bool strict = false;
    doorbell::time_parameters time;
};

void check(int status, const char *what)
{
    if (status >= 0)
        return;
    SC_REPORT_FATAL("/doorbell/example",
                    (std::string(what) + ": error " + std::to_string(-status)).c_str());
}
#define DO(call) check(call, #call)

} // namespace

class platform : public sc_core::sc_module
{
  public:
    platform(sc_core::sc_module_name name, const dbell_platform &described, const options &chosen);
    void trace_to(sc_core::sc_trace_file *file)
    {
        board_.trace_to(file);
        sc_core::sc_trace(file, irq_, irq_.name());
    }
    int failed = 1;

  private:
    // What the driver has of a controller.
    struct drive {
        std::unique_ptr<nvme> controller;
        std::uint64_t registers = 0; // where the CPU sees them
        dbell_host_device device{};
        dbell_host_domain domain{};
        std::uint64_t sq = 0, cq = 0, buffers = 0; // physical
        std::uint64_t sq_iova = 0, cq_iova = 0;
        unsigned submitted = 0, completed = 0, errors = 0, interrupts = 0;
        std::vector<sc_core::sc_time> since; // by cid
        std::vector<unsigned> io;            // of a cid
        std::vector<unsigned> idle;          // cids
        std::vector<sc_core::sc_time> latencies;
        sc_core::sc_time begun, ended;
    };

    static dbell_response cpu_access(void *ctx, dbell_transaction *t);
    static void let_time_pass(void *ctx);
    dbell_requester requester_of(unsigned n, int &smmu) const;
    void drive_all();
    void bring_up();
    void start(drive &d, unsigned n);
    void submit(drive &d);
    void take_completions(drive &d);
    bool right(const drive &d, unsigned io) const;
    void report(const drive &d, unsigned n) const;
    void store(std::uint64_t address, unsigned size, std::uint64_t value);
    std::uint64_t load(std::uint64_t address, unsigned size) const;
    std::uint64_t iova_of(unsigned cid) const
    {
        return buffers_iova + cid * page;
    }

    const options chosen_;
    doorbell::board board_;
    doorbell::endpoint cpu_;
    sc_core::sc_signal<bool> irq_{"irq"};
    dbell_host_system host_{};
    dbell_host_smmu smmu_{};
    dbell_host_its its_{};
    drive drives_[controllers];
};

// --- what there is ---

platform::platform(sc_core::sc_module_name name, const dbell_platform &described,
                   const options &chosen)
    : sc_module(name), chosen_(chosen),
      board_("board", described, {controllers, chosen.time, sc_core::SC_ZERO_TIME}), cpu_("cpu")
{
    cpu_.dma.bind(board_.bus.in);
    board_.gic->irq[0].bind(irq_);
    for (unsigned n = 0; n < controllers; n++) {
        drive &d = drives_[n];
        int smmu;
        d.controller = std::make_unique<nvme>(("nvme" + std::to_string(n)).c_str(),
                                              requester_of(n, smmu), chosen.depth);
        d.registers = described.pcie.memory[0].base + n * nvme::space;
        board_.bus.add(d.registers, nvme::space).bind(d.controller->registers);
        d.controller->dma.bind(board_.smmus[0]->ports[n].upstream);
    }
    sc_core::sc_spawn_options big;
    big.set_stack_size(1 << 18);
    sc_core::sc_spawn([this] { drive_all(); }, "driver", &big);
}

// 0000:00:01.0 and 0000:00:02.0, with the IDs that the maps of the device tree give them.
dbell_requester platform::requester_of(unsigned n, int &smmu) const
{
    dbell_dma dma{};
    dbell_requester requester{};
    dma.requesterid = (n + 1) << 3;
    if (dbell_dma_requester(&board_.platform, &dma, &requester, &smmu) != DBELL_OK || smmu != 0)
        SC_REPORT_FATAL("/doorbell/example",
                        "no SMMU is in front of 0000:00:01.0 and 0000:00:02.0");
    return requester;
}

dbell_response platform::cpu_access(void *ctx, dbell_transaction *t)
{
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    return doorbell::transport(*static_cast<platform *>(ctx)->cpu_.dma.operator->(), *t, delay);
}

void platform::let_time_pass(void *)
{
    sc_core::wait(sc_core::sc_time(10, sc_core::SC_NS));
}

void platform::store(std::uint64_t address, unsigned size, std::uint64_t value)
{
    DO(dbell_host_store(&host_.bus, address, size, value));
}

std::uint64_t platform::load(std::uint64_t address, unsigned size) const
{
    std::uint64_t value = 0;
    DO(dbell_host_load(&host_.bus, address, size, &value));
    return value;
}

// --- the driver ---

void platform::bring_up()
{
    const dbell_platform &p = board_.platform;
    std::uint64_t lpis;
    host_.bus.ctx = this;
    host_.bus.access = cpu_access;
    host_.time.ctx = this;
    host_.time.wait = let_time_pass;
    host_.next = p.ram[0].base + 0x1000000;
    host_.end = p.ram[0].base + p.ram[0].size;
    DO(dbell_host_smmu_probe(&host_, &smmu_, p.smmu[0].base));
    DO(dbell_host_smmu_reset(&smmu_));
    DO(dbell_host_lpi_enable(&host_, p.gic_redistributors, 16, &lpis));
    DO(dbell_host_its_probe(&host_, &its_, p.its[0].base, p.gic_redistributors, lpis));
    store(p.gic_distributor, 4, 0x12);        // GICD_CTLR: ARE, EnableGrp1
    store(p.gic_redistributors + 0x14, 4, 0); // GICR_WAKER: awake
}

void platform::start(drive &d, unsigned n)
{
    int smmu;
    const dbell_requester id = requester_of(n, smmu);
    const unsigned depth = chosen_.depth,
                   rw = DBELL_HOST_READ | DBELL_HOST_WRITE | DBELL_HOST_CACHE;
    dbell_host_device_init(&d.device, &smmu_, id.streamid);
    DO(dbell_host_domain_alloc(&d.domain, &smmu_, DBELL_HOST_STAGE1, 12));
    DO(dbell_host_get_msi_cookie(&d.domain, msi_window, 0x100000));
    DO(dbell_host_attach(&d.device, &d.domain));

    // Queues of 64 entries, and a page for each command.
    d.sq = dbell_host_alloc(&host_, page);
    d.cq = dbell_host_alloc(&host_, page);
    d.buffers = dbell_host_alloc(&host_, depth * page);
    d.sq_iova = buffers_iova - 2 * page;
    d.cq_iova = buffers_iova - page;
    DO(dbell_host_map_pages(&d.domain, d.sq_iova, d.sq, page, rw));
    DO(dbell_host_map_pages(&d.domain, d.cq_iova, d.cq, page, rw));
    if (!chosen_.strict)
        DO(dbell_host_map_pages(&d.domain, buffers_iova, d.buffers, depth * page, rw));

    dbell_host_msi message;
    DO(dbell_host_its_map_device(&its_, id.deviceid, 1));
    DO(dbell_host_its_map_event(&its_, id.deviceid, 0, first_lpi + n));
    DO(dbell_host_compose_msi(&d.device, dbell_host_its_doorbell(&its_), 0, &message));
    store(d.registers + nvme::msix_table, 8, message.address);
    store(d.registers + nvme::msix_table + 8, 4, message.data);
    store(d.registers + nvme::msix_table + 12, 4, 0);
    store(d.registers + nvme::aqa, 4, 63 | 63 << 16);
    store(d.registers + nvme::asq, 8, d.sq_iova);
    store(d.registers + nvme::acq, 8, d.cq_iova);
    store(d.registers + nvme::cc, 4, 1);
    for (unsigned cid = depth; cid-- > 0;)
        d.idle.push_back(cid);
    d.since.resize(depth);
    d.io.resize(depth);
    d.begun = sc_core::sc_time_stamp();
}

// The first half of the commands writes blocks, the second reads them again.
void platform::submit(drive &d)
{
    const std::uint64_t half = chosen_.ios / 2;
    while (!d.idle.empty() && d.submitted < chosen_.ios) {
        if (d.submitted == half && d.completed < half)
            return; // what is read has been written
        const unsigned cid = d.idle.back(), io = d.submitted;
        const bool writes = io < half;
        const std::uint64_t buffer = d.buffers + cid * page, block = io % half;
        nvme_command command{};
        d.idle.pop_back();
        for (std::uint64_t at = 0; at < page; at += 512)
            store(buffer + at, 8, writes ? block * page + at + 1 : 0);
        if (chosen_.strict)
            DO(dbell_host_map_pages(&d.domain, iova_of(cid), buffer, page,
                                    DBELL_HOST_CACHE |
                                        (writes ? DBELL_HOST_READ : DBELL_HOST_WRITE)));
        command.opcode = writes ? nvme::write : nvme::read;
        command.cid = static_cast<std::uint16_t>(cid);
        command.nsid = 1;
        command.prp1 = iova_of(cid);
        command.slba = block * (page / 512);
        command.cdw12 = page / 512 - 1;
        std::uint64_t words[8];
        std::memcpy(words, &command, sizeof words);
        DO(dbell_host_store_words(&host_.bus, d.sq + d.submitted % 64 * 64, words, 8));
        d.since[cid] = sc_core::sc_time_stamp();
        d.io[cid] = io;
        d.submitted++;
        store(d.registers + nvme::sq_tail, 4, d.submitted % 64);
    }
}

bool platform::right(const drive &d, unsigned cid) const
{
    const std::uint64_t half = chosen_.ios / 2, io = d.io[cid];
    for (std::uint64_t at = 0; at < page && io >= half; at += 512)
        if (load(d.buffers + cid * page + at, 8) != io % half * page + at + 1)
            return false;
    return true;
}

void platform::take_completions(drive &d)
{
    for (;;) {
        const std::uint64_t last = load(d.cq + d.completed % 64 * 16 + 8, 8);
        const auto cid = static_cast<unsigned>(last >> 32 & 0xffff);
        const auto status = static_cast<unsigned>(last >> 48);
        if ((status & 1) != ((d.completed / 64 & 1) ^ 1) || cid >= chosen_.depth)
            return;
        if (chosen_.strict)
            DO(dbell_host_unmap_pages(&d.domain, iova_of(cid), page));
        d.errors += status >> 1 || !right(d, cid);
        d.latencies.push_back(sc_core::sc_time_stamp() - d.since[cid]);
        d.idle.push_back(cid);
        d.completed++;
        d.ended = sc_core::sc_time_stamp();
        store(d.registers + nvme::cq_head, 4, d.completed % 64);
        submit(d);
    }
}

void platform::drive_all()
{
    bring_up();
    for (unsigned n = 0; n < controllers; n++)
        start(drives_[n], n);
    for (drive &d : drives_)
        submit(d);
    unsigned left = controllers * chosen_.ios;
    while (left) {
        if (!irq_.read())
            wait(irq_.posedge_event());
        const std::uint32_t intid = board_.gic->acknowledge(0);
        if (intid < first_lpi || intid >= first_lpi + controllers) {
            wait(sc_core::SC_ZERO_TIME); // the line is about to fall
            continue;
        }
        drive &d = drives_[intid - first_lpi];
        const unsigned before = d.completed;
        d.interrupts++;
        take_completions(d);
        left -= d.completed - before;
    }
    failed = 0;
    struct dbell_host_event event; // a function has this name too
    while (dbell_host_evtq_poll(&smmu_, &event)) {
        std::printf("event 0x%02x, StreamID 0x%" PRIx32 ", address 0x%" PRIx64 "\n", event.type,
                    event.sid, event.address);
        failed = 1;
    }
    for (unsigned n = 0; n < controllers; n++) {
        report(drives_[n], n);
        failed |= drives_[n].errors != 0;
    }
    sc_core::sc_stop();
}

void platform::report(const drive &d, unsigned n) const
{
    std::vector<sc_core::sc_time> sorted = d.latencies;
    std::sort(sorted.begin(), sorted.end());
    const double seconds = (d.ended - d.begun).to_seconds();
    const sc_core::sc_time us(1, sc_core::SC_US);
    std::printf("nvme%u: %u commands of 4 KiB, %u interrupts, %u errors; latency p50 %.2f us, "
                "p99 %.2f us",
                n, d.completed, d.interrupts, d.errors, sorted[sorted.size() / 2] / us,
                sorted[sorted.size() * 99 / 100] / us);
    if (seconds > 0)
        std::printf("; %.0f kIOPS, %.2f GB/s", d.completed / seconds / 1e3,
                    static_cast<double>(d.completed) * page / seconds / 1e9);
    std::printf("\n");
}

} // namespace example

namespace
{

int usage()
{
    std::fputs("usage: doorbell-platform [--ios N] [--depth N] [--strict] [--preset NAME]\n"
               "                         [--set PARAMETER=N] [--vcd NAME.vcd] FILE.dtb\n",
               stderr);
    return 2;
}

bool number(const char *text, unsigned least, unsigned most, unsigned &value)
{
    char *end;
    const unsigned long n = std::strtoul(text, &end, 10);
    value = static_cast<unsigned>(n);
    return *text >= '0' && *text <= '9' && !*end && n >= least && n <= most;
}

bool read_options(int argc, char **argv, example::options &o)
{
    for (int i = 1; i < argc; i++) {
        const std::string name = argv[i];
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (name == "--strict") {
            o.strict = true;
            continue;
        }
        if (name[0] != '-') {
            if (!o.tree.empty())
                return false;
            o.tree = name;
            continue;
        }
        const std::string file = value;
        bool right = false;
        if (name == "--ios")
            right = number(value, 2, 1000000, o.ios) && o.ios % 2 == 0;
        else if (name == "--depth")
            right = number(value, 1, 63, o.depth);
        else if (name == "--preset")
            right = dbell_timing_apply(&o.time.timing, value) == DBELL_OK;
        else if (name == "--set")
            right = dbell_timing_set(&o.time.timing, value) == DBELL_OK;
        else if (name == "--vcd" && file.size() > 4 && file.substr(file.size() - 4) == ".vcd")
            right = !(o.vcd = file.substr(0, file.size() - 4)).empty();
        if (!right) {
            std::fprintf(stderr, "doorbell-platform: %s %s is not understood\n", name.c_str(),
                         value);
            return false;
        }
        i++;
    }
    return !o.tree.empty();
}

bool describe(const std::string &tree, dbell_platform &p)
{
    std::ifstream in(tree, std::ios::binary);
    const std::vector<char> blob{std::istreambuf_iterator<char>(in), {}};
    dbell_message message{};
    const char *missing = nullptr;
    if (!in || dbell_platform_add_device_tree(&p, blob.data(), blob.size(), &message) != DBELL_OK ||
        dbell_platform_check(&p, &message) != DBELL_OK)
        missing = in ? message.text : "it cannot be read";
    else if (!p.ram_count || p.ram[0].size < 0x4000000)
        missing = "it has no memory of 64 MiB";
    else if (!p.smmu_count || !p.its_count || !p.has_gic)
        missing = "it has no SMMU, or no ITS";
    else if (!p.pcie.memory_count || p.pcie.memory[0].size < 2 * example::nvme::space)
        missing = "it has no PCIe host with a window of memory";
    if (missing)
        std::fprintf(stderr, "doorbell-platform: %s: %s\n", tree.c_str(), missing);
    return !missing;
}

} // namespace

int sc_main(int argc, char **argv)
{
    static dbell_platform described;
    example::options chosen;
    dbell_timing_apply(&chosen.time.timing, "arm-mmu700");
    dbell_timing_apply(&chosen.time.timing, "gic600-agilex5");
    if (!read_options(argc, argv, chosen))
        return usage();
    if (!describe(chosen.tree, described))
        return 1;
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    const auto all = std::make_unique<example::platform>("platform", described, chosen);
    sc_core::sc_trace_file *waveform = nullptr;
    if (!chosen.vcd.empty()) {
        waveform = sc_core::sc_create_vcd_trace_file(chosen.vcd.c_str());
        waveform->set_time_unit(1, sc_core::SC_NS);
        all->trace_to(waveform);
    }
    sc_core::sc_start();
    if (sc_core::sc_get_status() != sc_core::SC_STOPPED)
        std::fputs("doorbell-platform: it waits for something that does not come\n", stderr);
    if (waveform)
        sc_core::sc_close_vcd_trace_file(waveform);
    return all->failed;
}
