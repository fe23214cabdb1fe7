/* A worker.yaml: it is loaded and its Kafka properties are tried, or each problem has its sentence. */
#include "common/report.h"
#include "tests/fuzz/fuzz.h"
#include "worker/kafka/kafka.h"

#include <stdio.h>

const struct fuzz_limits fuzz_limits = {
    .base_us = 200000, .byte_ns = 200000, .base_bytes = 8 << 20, .byte_bytes = 4096};

static FILE *nowhere;

void fuzz_start(void)
{
    nowhere = fopen("/dev/null", "w");
}

size_t fuzz_one(struct span bytes, struct arena *mem)
{
    struct report *report = report_new();
    struct config *config = config_load(fuzz_file(FUZZ_FILE_FIRST, bytes), report);

    (void)mem;
    FUZZ_CHECK(config || report->errors);
    if (config)
        kafka_check(config, report);
    report_print(report, nowhere);
    config_free(config);
    report_free(report);
    return bytes.len;
}
