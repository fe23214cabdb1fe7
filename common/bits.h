/* bits: a set of numbers below a bound, a bit each: in their order, and cheap to clear. */
#pragma once

#include "common/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bits {
    uint64_t *at;
    size_t bound;
};

static inline size_t bits_words(size_t bound)
{
    return (bound + 63) / 64;
}

static inline struct bits bits_new(struct arena *mem, size_t bound)
{
    return (struct bits){arena_zero(mem, bits_words(bound) * sizeof(uint64_t)), bound};
}

static inline void bits_clear(struct bits bits)
{
    for (size_t i = 0; i < bits_words(bits.bound); i++)
        bits.at[i] = 0;
}

static inline void bits_add(struct bits bits, size_t number)
{
    bits.at[number / 64] |= UINT64_C(1) << number % 64;
}

static inline void bits_drop(struct bits bits, size_t number)
{
    bits.at[number / 64] &= ~(UINT64_C(1) << number % 64);
}

static inline bool bits_have(struct bits bits, size_t number)
{
    return bits.at[number / 64] >> number % 64 & 1;
}

/* Adds those of another set with the same bound. */
static inline void bits_add_all(struct bits bits, struct bits others)
{
    for (size_t i = 0; i < bits_words(bits.bound); i++)
        bits.at[i] |= others.at[i];
}

/* The first number in the set that is not below `from`; the bound if there is none. */
static inline size_t bits_next(struct bits bits, size_t from)
{
    size_t word = from / 64, words = bits_words(bits.bound);

    if (from >= bits.bound)
        return bits.bound;
    uint64_t left = bits.at[word] >> from % 64 << from % 64;
    while (!left && ++word < words)
        left = bits.at[word];
    return left ? word * 64 + (size_t)__builtin_ctzll(left) : bits.bound;
}

static inline size_t bits_count(struct bits bits)
{
    size_t count = 0;

    for (size_t i = 0; i < bits_words(bits.bound); i++)
        for (uint64_t left = bits.at[i]; left; left &= left - 1)
            count++;
    return count;
}
