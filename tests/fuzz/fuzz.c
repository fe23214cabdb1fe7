#include "tests/fuzz/fuzz.h"
#include "common/buf.h"
#include "common/report.h"
#include "common/utf8.h"
#include "worker/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

_Noreturn void fuzz_failed(const char *file, int line, const char *claim)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, claim);
    abort();
}

/* --- inputs --- */

unsigned fuzz_byte(struct span *bytes)
{
    if (!bytes->len)
        return 0;
    bytes->len--;
    return (unsigned char)*bytes->at++;
}

struct span fuzz_line(struct span *bytes)
{
    const char *end = bytes->len ? memchr(bytes->at, '\n', bytes->len) : NULL;
    struct span line = {bytes->at, end ? (size_t)(end - bytes->at) : bytes->len};
    size_t taken = line.len + (end != NULL);

    *bytes = (struct span){bytes->at + taken, bytes->len - taken};
    return line;
}

struct span fuzz_utf8(struct span bytes, struct arena *mem)
{
    char *out = arena_take(mem, bytes.len + 1);
    size_t len = 0;

    for (size_t at = 0, bad = 0; at < bytes.len; at += bad) {
        size_t most = bytes.len - at < 4 ? bytes.len - at : 4, good = 1;

        while (good <= most && !utf8_valid((struct span){bytes.at + at, good}))
            good++;
        bad = good > most ? 1 : good;
        for (size_t i = 0; good <= most && i < good; i++)
            out[len++] = bytes.at[at + i];
    }
    return span_keep((struct span){out, len}, mem);
}

struct span fuzz_repeated(struct span text, unsigned times, struct arena *mem)
{
    enum { LEAST_BYTES = 32, A_STEP = 12, DOUBLINGS = 10 };
    struct buf out = buf_in(mem);

    if (times < 128 || !text.len)
        return text;
    unsigned doublings = (times - 128) / A_STEP;
    size_t most = (size_t)LEAST_BYTES << (doublings < DOUBLINGS ? doublings : DOUBLINGS);
    do
        buf_put(&out, text);
    while (out.len + text.len <= most);
    return buf_span(&out);
}

const char *fuzz_file(enum fuzz_slot slot, struct span bytes)
{
    static char paths[FUZZ_FILES][32];
    static int files[FUZZ_FILES];

    if (!files[slot]) {
        files[slot] = memfd_create("fuzz", MFD_CLOEXEC);
        snprintf(paths[slot], sizeof paths[slot], "/proc/self/fd/%d", files[slot]);
    }
    if (ftruncate(files[slot], 0) != 0 || pwrite(files[slot], bytes.at, bytes.len, 0) != (ssize_t)bytes.len)
        abort();
    return paths[slot];
}

/* --- configs --- */

static const char *path_of(const char *name)
{
    static char path[4096]; /* the config's nodes name it */
    ssize_t len = readlink("/proc/self/exe", path, sizeof path);

    while (len > 0 && path[len - 1] != '/')
        len--;
    snprintf(path + len, sizeof path - (size_t)len, "files/%s", name);
    return path;
}

static void must_be_good(const void *loaded, struct report *report)
{
    if (!loaded || report->errors) {
        report_print(report, stderr);
        abort();
    }
    report_free(report);
}

const struct config *fuzz_config(const char *name)
{
    struct report *report = report_new();
    struct config *config = config_load(path_of(name), report);

    must_be_good(config, report);
    return config;
}

const struct ruleset *fuzz_rules(const struct config *config)
{
    struct report *report = report_new();
    struct ruleset *rules = setup_rules(config, report);

    must_be_good(rules, report);
    return rules;
}

/* --- costs --- */

static int64_t spent_us(void)
{
    struct timespec at;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return at.tv_sec * (int64_t)1000000 + at.tv_nsec / 1000;
}

struct cost {
    int64_t us;
    size_t work, bytes;
};

static struct cost run_once(struct span bytes)
{
    struct arena *mem = arena_new();
    struct cost cost;
    int64_t start = spent_us();

    cost.work = fuzz_one(bytes, mem);
    cost.us = spent_us() - start;
    cost.bytes = arena_bytes(mem);
    arena_free(mem);
    return cost;
}

static int64_t most_us(size_t work)
{
    return fuzz_limits.base_us + fuzz_limits.byte_ns * (int64_t)work / 1000;
}

static size_t most_bytes(size_t work)
{
    return fuzz_limits.base_bytes + fuzz_limits.byte_bytes * work;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    fuzz_start();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { TRIES = 3 };
    struct span bytes = {(const char *)data, size};
    struct cost cost = run_once(bytes);

    for (int i = 1; i < TRIES && cost.us > most_us(cost.work); i++) {
        struct cost again = run_once(bytes);

        cost = again.us < cost.us ? again : cost;
    }
    if (cost.us > most_us(cost.work) || cost.bytes > most_bytes(cost.work)) {
        fprintf(stderr, "%zu bytes of work took %lld us (at most %lld) and %zu bytes of memory (at most %zu)\n",
                cost.work, (long long)cost.us, (long long)most_us(cost.work), cost.bytes, most_bytes(cost.work));
        abort();
    }
    return 0;
}
