/* A file of tests of the rules, as `trendmill test` loads it. */
#include "worker/command/test_cases.h"
#include "common/report.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>

const struct fuzz_limits fuzz_limits = {.base_us = 50000, .byte_ns = 200000, .base_bytes = 4 << 20, .byte_bytes = 2048};

static const struct config *config;
static const struct ruleset *rules;
static FILE *nowhere;

void fuzz_start(void)
{
    config = fuzz_config("posts.yaml");
    rules = fuzz_rules(config);
    nowhere = fopen("/dev/null", "w");
}

size_t fuzz_one(struct span bytes, struct arena *mem)
{
    struct report *report = report_new();
    struct cases cases = cases_load(fuzz_file(FUZZ_FILE_FIRST, bytes), config, rules, mem, report);

    FUZZ_CHECK(cases.len || report->errors);
    report_print(report, nowhere);
    report_free(report);
    return bytes.len;
}
