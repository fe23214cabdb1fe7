/* fuzz: what every fuzz target shares: one input at a time, with a limit of CPU time and memory.
 *
 * A target is one file that defines fuzz_limits, fuzz_start and fuzz_one. fuzz.c gives libFuzzer its entry points;
 * standalone.c runs files through the same ones without libFuzzer. */
#pragma once

#include "common/arena.h"
#include "common/span.h"
#include "worker/config.h"
#include "worker/rules/ruleset.h"

#include <stddef.h>
#include <stdint.h>

/* What one input may cost: `base` and so much for each byte of work. Measured with sanitizers, which make code about
 * ten times as slow; the least of several runs counts, so that a busy machine proves nothing. */
struct fuzz_limits {
    int64_t base_us, byte_ns;      /* CPU time of the process */
    size_t base_bytes, byte_bytes; /* of the arena that fuzz_one was given */
};

extern const struct fuzz_limits fuzz_limits;

void fuzz_start(void); /* once, before the first input */

/* Runs one input, which is in memory of just its size. Gives the bytes of work: its size, or what it was made into. */
size_t fuzz_one(struct span bytes, struct arena *mem);

/* Ends the process with the claim and its place where it does not hold. */
#define FUZZ_CHECK(claim) ((claim) ? (void)0 : fuzz_failed(__FILE__, __LINE__, #claim))
_Noreturn void fuzz_failed(const char *file, int line, const char *claim);

/* The first byte, which is taken away; 0 where there is none. */
unsigned fuzz_byte(struct span *bytes);

/* The bytes before the next line feed, which are taken away with it. */
struct span fuzz_line(struct span *bytes);

/* The bytes as well-formed UTF-8: what is none is left out. */
struct span fuzz_utf8(struct span bytes, struct arena *mem);

/* The text over and over: as it is for `times` below 128, else so often that it has up to 32 bytes (128) to 32 KiB (248
 * and more). Costs that grow with the square of a text show within few mutations so. */
struct span fuzz_repeated(struct span text, unsigned times, struct arena *mem);

/* A file that holds the bytes, in memory: one for each slot, and the next call replaces it. */
enum fuzz_slot { FUZZ_FILE_FIRST, FUZZ_FILE_SECOND, FUZZ_FILES };
const char *fuzz_file(enum fuzz_slot slot, struct span bytes);

/* A config that has to be good, of the folder `files` beside the program, and its rules. They live until the end. */
const struct config *fuzz_config(const char *name);
const struct ruleset *fuzz_rules(const struct config *config);
