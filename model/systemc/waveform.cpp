// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <doorbell/systemc.hpp>

namespace doorbell
{

void waveform::show(std::string name, int bits, std::function<std::uint64_t()> value)
{
    all_.push_back({std::move(name), bits, std::move(value)});
}

void waveform::trace_to(sc_core::sc_trace_file *file, const std::string &module)
{
    used_ = true;
    look();
    for (const shown &one : all_)
        sc_core::sc_trace(file, one.is, module + "." + one.name, one.bits);
}

void waveform::look()
{
    if (!used_)
        return;
    for (shown &one : all_)
        one.is = one.value();
}

} // namespace doorbell
