/* test: a claim that is checked. TEST registers itself; main.c runs all of a binary's tests. */
#pragma once

#include "common/span.h"

#include <stdbool.h>
#include <stdio.h>

struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};

void test_register(struct test *test);
void test_failed(const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void test_skip(const char *reason);

#define TEST(claim)                                                                                                    \
    static void claim(void);                                                                                           \
    static struct test claim##_test = {#claim, claim, NULL};                                                           \
    __attribute__((constructor)) static void claim##_register(void)                                                    \
    {                                                                                                                  \
        test_register(&claim##_test);                                                                                  \
    }                                                                                                                  \
    static void claim(void)

/* A check that fails is reported and the test goes on. */
#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            test_failed(__FILE__, __LINE__, "%s", #condition);                                                         \
    } while (0)

#define CHECK_SPAN(actual, expected)                                                                                   \
    do {                                                                                                               \
        struct span test_got = (actual), test_want = (expected);                                                       \
        if (!span_equal(test_got, test_want))                                                                          \
            test_failed(__FILE__, __LINE__, "got \"%.*s\", expected \"%.*s\"", SPAN_ARGS(test_got),                    \
                        SPAN_ARGS(test_want));                                                                         \
    } while (0)

/* What the test needs is not there: said loudly, counted, and never silent. */
#define SKIP(reason)                                                                                                   \
    do {                                                                                                               \
        test_skip(reason);                                                                                             \
        return;                                                                                                        \
    } while (0)
