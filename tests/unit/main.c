#include "tests/unit/test.h"

#include <stdarg.h>
#include <string.h>

enum { EXIT_SKIPPED = 77 }; /* what ctest takes for "not run" (SKIP_RETURN_CODE) */

static struct test *first, **last = &first;
static int failures, skips;

void test_register(struct test *test)
{
    *last = test;
    last = &test->next;
}

void test_failed(const char *file, int line, const char *fmt, ...)
{
    va_list args;

    failures++;
    fprintf(stderr, "%s:%d: ", file, line);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
}

void test_skip(const char *reason)
{
    skips++;
    fprintf(stderr, "SKIP: %s\n", reason);
}

/* With an argument only the tests whose name contains it. */
int main(int argc, char **argv)
{
    int failed = 0, ran = 0;

    for (const struct test *test = first; test; test = test->next) {
        int before = failures;

        if (argc > 1 && !strstr(test->name, argv[1]))
            continue;
        test->run();
        ran++;
        failed += failures > before;
        if (failures > before)
            fprintf(stderr, "FAILED %s\n", test->name);
    }
    printf("%d tests, %d failed, %d skipped\n", ran, failed, skips);
    if (failed || !ran)
        return 1;
    return skips ? EXIT_SKIPPED : 0;
}
