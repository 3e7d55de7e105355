// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "dbell_test.h"

#include <gtest/gtest.h>

#include <cinttypes>
#include <vector>

namespace
{

std::vector<dbell_test> &tests()
{
    static std::vector<dbell_test> all;
    return all;
}

class CTest : public ::testing::Test
{
  public:
    explicit CTest(const dbell_test &test) : test_(test)
    {
    }
    void TestBody() override
    {
        test_.run(test_.argument);
    }

  private:
    dbell_test test_;
};

} // namespace

extern "C" __attribute__((weak)) void dbell_test_discover(void)
{
}

extern "C" void dbell_test_register(const dbell_test *test)
{
    tests().push_back(*test);
}

extern "C" void dbell_test_fail(const char *file, int line, const char *text)
{
    ADD_FAILURE_AT(file, line) << text;
}

extern "C" void dbell_test_check_eq(const char *file, int line, const char *a, const char *b,
                                    uint64_t x, uint64_t y)
{
    if (x != y)
        ADD_FAILURE_AT(file, line) << a << " is 0x" << std::hex << x << ", " << b << " is 0x" << y;
}

extern "C" void dbell_test_check_text(const char *file, int line, const char *a, const char *x,
                                      const char *y)
{
    if (std::string(x) != y)
        ADD_FAILURE_AT(file, line) << a << " is \"" << x << "\", not \"" << y << "\"";
}

int main(int argc, char **argv)
{
    dbell_test_discover();
    for (const dbell_test &test : tests())
        ::testing::RegisterTest(test.suite, test.name, nullptr, nullptr, test.file, test.line,
                                [test]() -> ::testing::Test * { return new CTest(test); });
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
