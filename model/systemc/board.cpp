// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <doorbell/systemc_board.hpp>

#include <string>

namespace doorbell
{

namespace
{

std::string numbered(const char *name, std::size_t n)
{
    return name + std::to_string(n);
}

} // namespace

board::board(sc_core::sc_module_name name, const dbell_platform &described,
             const board_parameters &parameters)
    : sc_module(name), platform(described), bus("bus")
{
    for (std::size_t i = 0; i < platform.ram_count; i++) {
        const dbell_platform_ram &r = platform.ram[i];
        const std::uint64_t limit =
            platform.ram_limit ? platform.ram_limit : std::uint64_t{4} << 30;
        rams.push_back(std::make_unique<ram>(numbered("ram", i).c_str(), r.size, limit));
        rams.back()->latency = parameters.ram_latency;
        bus.add(r.base, r.size).bind(rams.back()->socket);
    }
    for (std::size_t i = 0; i < platform.smmu_count; i++) {
        const dbell_platform_smmu &s = platform.smmu[i];
        smmus.push_back(
            std::make_unique<smmu>(numbered("smmu", i).c_str(), s.config, parameters.ports));
        smmu_wires.push_back(std::make_unique<wires>(numbered("wires", i).c_str()));
        smmu &unit = *smmus.back();
        bus.add(s.base, dbell_smmu_register_space(&s.config)).bind(unit.registers);
        unit.walk.bind(bus.in);
        unit.irq.bind(smmu_wires.back()->socket);
        for (smmu::tbu &port : unit.ports)
            port.downstream.bind(bus.in);
    }
    for (std::size_t i = 0; i < platform.v2m_count; i++) {
        frames.push_back(std::make_unique<v2m>(numbered("v2m", i).c_str(), platform.v2m[i].frame));
        bus.add(platform.v2m[i].base, DBELL_V2M_SPACE).bind(frames.back()->socket);
    }
    if (platform.has_gic) {
        gic = std::make_unique<redistributors>("redistributors", platform.gic);
        bus.add(platform.gic_distributor, DBELL_GICD_SPACE).bind(gic->distributor);
        bus.add(platform.gic_redistributors,
                std::uint64_t{platform.gic.cpus} * dbell_gicr_space(&platform.gic))
            .bind(gic->frames);
        gic->tables.bind(bus.in);
        for (auto &frame : frames)
            frame->wire = [this](std::uint32_t intid, bool level) { gic->spi(intid, level); };
    }
    for (std::size_t i = 0; i < platform.its_count; i++) {
        itses.push_back(std::make_unique<its>(numbered("its", i).c_str(), platform.its[i].config));
        its &unit = *itses.back();
        bus.add(platform.its[i].base, dbell_its_space(&platform.its[i].config))
            .bind(unit.registers);
        unit.wide_write = static_cast<dbell_wide_write>(platform.its[i].wide_write);
        if (platform.its[i].pre_its)
            bus.add(platform.its[i].pre_its, DBELL_PRE_ITS_SPACE).bind(unit.pre_its);
        unit.tables.bind(bus.in);
        its_wires.push_back(std::make_unique<wires>(numbered("its_wires", i).c_str()));
        unit.irq.bind(its_wires.back()->socket);
        unit.lpi.bind(gic->lpi);
        unit.asked = [this, self = &unit](const lpi_request &request, bool answer) {
            for (auto &other : itses) {
                if (request.kind == DBELL_VPE_MOVE && other.get() != self)
                    other->vpe_moved(*request.vpe);
                if (request.kind == DBELL_VPE_MEET && answer)
                    other->kick();
            }
        };
    }
    if (!parameters.time)
        return;
    time = std::make_unique<clockwork>("time", *parameters.time);
    for (auto &unit : smmus)
        time->add(*unit);
    for (std::size_t i = 0; i < itses.size(); i++)
        time->add(*itses[i], platform.its[i].base);
    if (gic)
        time->add(*gic, platform.gic.cpus);
    untranslated = std::make_unique<passage>("untranslated", *time);
    untranslated->downstream.bind(bus.in);
}

board::~board() = default;

bool board::idle() const
{
    for (const auto &unit : smmus)
        if (!unit->idle())
            return false;
    for (const auto &unit : itses)
        if (!unit->idle())
            return false;
    return true;
}

void board::reset()
{
    if (time)
        time->reset();
    for (auto &unit : smmus)
        unit->reset();
    for (auto &unit : itses)
        unit->reset();
    if (gic)
        gic->reset();
    for (auto &w : smmu_wires)
        for (unsigned line = 0; line < DBELL_SMMU_LINES; line++)
            w->take(line);
    for (auto &w : its_wires)
        for (unsigned line = 0; line < DBELL_ITS_LINES; line++)
            w->take(line);
}

void board::relocate()
{
    for (auto &unit : smmus)
        unit->relocate();
    for (auto &unit : itses)
        unit->relocate();
    if (gic)
        gic->relocate();
}

void board::trace_to(sc_core::sc_trace_file *file)
{
    for (auto &unit : smmus)
        unit->trace_to(file);
    for (auto &w : smmu_wires)
        w->trace_to(file, DBELL_SMMU_LINES);
    for (auto &unit : itses)
        unit->trace_to(file);
    for (auto &w : its_wires)
        w->trace_to(file, DBELL_ITS_LINES);
    if (gic)
        gic->trace_to(file);
    if (time)
        time->trace_to(file);
}

} // namespace doorbell
