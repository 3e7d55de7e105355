// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <doorbell/systemc.hpp>

namespace doorbell
{

void worker::start(std::function<void()> work)
{
    sc_core::sc_spawn_options options;
    options.set_sensitivity(&kicked_);
    options.dont_initialize();
    sc_core::sc_spawn(
        [this, work = std::move(work)] {
            for (;;) {
                do {
                    again_ = false;
                    work();
                } while (again_); // it was kicked while it waited
                working_ = false;
                rested.notify();
                sc_core::wait(kicked_);
            }
        },
        sc_core::sc_gen_unique_name("work"), &options);
}

void worker::kick()
{
    again_ = working_;
    working_ = true;
    kicked_.notify(sc_core::SC_ZERO_TIME);
}

bool worker::idle() const
{
    return !working_;
}

} // namespace doorbell
