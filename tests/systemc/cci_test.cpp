// SPDX-License-Identifier: Apache-2.0 OR MIT
// Parameters of modelled time through a CCI broker.
#include <gtest/gtest.h>

#include <doorbell/systemc_cci.hpp>

namespace
{

struct top : public sc_core::sc_module {
    doorbell::time_parameters defaults;
    std::unique_ptr<doorbell::cci_time_parameters> parameters;
    explicit top(sc_core::sc_module_name name) : sc_module(name)
    {
        EXPECT_EQ(dbell_timing_apply(&defaults.timing, "arm-mmu600"), DBELL_OK);
        parameters = std::make_unique<doorbell::cci_time_parameters>("time", defaults);
    }
};

} // namespace

// One simulation context: one test.
TEST(systemc_cci, presets_are_taken_and_checked)
{
    static cci_utils::broker broker("broker");
    cci::cci_register_broker(broker);
    cci::cci_broker_handle tool = cci::cci_get_global_broker(cci::cci_originator("tool"));
    tool.set_preset_cci_value("top.time.smmu.tcu.walk_slots", cci::cci_value(5));
    tool.set_preset_cci_value("top.time.smmu.tbu.merge", cci::cci_value(2)); // 0 or 1
    tool.set_preset_cci_value("top.time.period_ps", cci::cci_value(833));
    tool.set_preset_cci_value("top.time.journeys", cci::cci_value(0));
    sc_core::sc_report_handler::set_actions("/doorbell/cci", sc_core::SC_DO_NOTHING);
    const top t("top");
    const doorbell::time_parameters values = t.parameters->values();
    EXPECT_EQ(sc_core::sc_report_handler::get_count("/doorbell/cci"), 2);
    const auto at = [&](const char *name) { return values.timing.value[dbell_timing_named(name)]; };
    EXPECT_EQ(at("smmu.tcu.walk_slots"), 5u);
    EXPECT_EQ(at("smmu.tbu.merge"), t.defaults.timing.value[dbell_timing_named("smmu.tbu.merge")]);
    EXPECT_EQ(values.period, sc_core::sc_time(833, sc_core::SC_PS));
    EXPECT_EQ(values.journeys, 1024u);
    // All of them are there, under their own names.
    for (unsigned i = 0; i < DBELL_TIMING_PARAMETERS; i++) {
        const auto *d = dbell_timing_describe(static_cast<dbell_timing_parameter>(i));
        const auto handle = tool.get_param_handle(std::string("top.time.") + d->name);
        ASSERT_TRUE(handle.is_valid()) << d->name;
        EXPECT_FALSE(handle.get_description().empty());
        const bool set = d->name == std::string("smmu.tcu.walk_slots") ||
                         d->name == std::string("smmu.tbu.merge");
        if (!set) {
            EXPECT_EQ(handle.get_cci_value().get_uint(), t.defaults.timing.value[i]) << d->name;
        }
    }
    EXPECT_TRUE(tool.get_unconsumed_preset_values().empty());
}

int sc_main(int argc, char **argv)
{
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
