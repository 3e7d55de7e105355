/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Tests in C, run by GoogleTest:
 *
 *     TEST(ste, config_000_aborts_without_event) { CHECK_EQ(outcome, DBELL_FAULT); }
 *
 * Each is a GoogleTest test of its own (suite.case), found by ctest, and reports C file and line.
 * CHECK_* notes a failure and goes on; REQUIRE leaves the test. */
#ifndef DBELL_TEST_H
#define DBELL_TEST_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dbell_test {
    const char *suite, *name, *file;
    int line;
    void (*run)(const void *argument);
    const void *argument;
};

/* Called before main() by TEST; a test program may also register cases that it finds at run time,
 * from dbell_test_discover(). The struct is copied, its strings are not. */
void dbell_test_register(const struct dbell_test *test);
/* Optional: defined by a test program whose cases are files. */
void dbell_test_discover(void);

void dbell_test_fail(const char *file, int line, const char *text);
void dbell_test_check_eq(const char *file, int line, const char *a, const char *b, uint64_t x,
                         uint64_t y);
void dbell_test_check_text(const char *file, int line, const char *a, const char *x, const char *y);

#define TEST(suite_, name_)                                                          \
    static void suite_##_##name_(const void *argument);                              \
    __attribute__((constructor)) static void register_##suite_##_##name_(void)       \
    {                                                                                \
        static const struct dbell_test test = {#suite_,  #name_,           __FILE__, \
                                               __LINE__, suite_##_##name_, 0};       \
        dbell_test_register(&test);                                                  \
    }                                                                                \
    static void suite_##_##name_(const void *argument __attribute__((unused)))

#define CHECK(condition)                                     \
    do {                                                     \
        if (!(condition))                                    \
            dbell_test_fail(__FILE__, __LINE__, #condition); \
    } while (0)
#define REQUIRE(condition)                                   \
    do {                                                     \
        if (!(condition)) {                                  \
            dbell_test_fail(__FILE__, __LINE__, #condition); \
            return;                                          \
        }                                                    \
    } while (0)
#define CHECK_EQ(a, b)   dbell_test_check_eq(__FILE__, __LINE__, #a, #b, (uint64_t)(a), (uint64_t)(b))
#define CHECK_TEXT(a, b) dbell_test_check_text(__FILE__, __LINE__, #a, a, b)

#ifdef __cplusplus
}
#endif
#endif
