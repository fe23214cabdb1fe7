#include "common/bits.h"
#include "tests/unit/test.h"

TEST(numbers_are_found_in_their_order_across_words)
{
    static const size_t numbers[] = {0, 1, 63, 64, 127, 128, 199};
    struct arena *mem = arena_new();
    struct bits bits = bits_new(mem, 200);
    size_t at = 0;

    for (size_t i = 7; i-- > 0;)
        bits_add(bits, numbers[i]);
    for (size_t i = bits_next(bits, 0); i < bits.bound; i = bits_next(bits, i + 1))
        CHECK(at < 7 && i == numbers[at++]);
    CHECK(at == 7 && bits_count(bits) == 7);
    CHECK(bits_next(bits, 2) == 63 && bits_next(bits, 129) == 199 && bits_next(bits, 200) == 200);
    CHECK(bits_have(bits, 127) && !bits_have(bits, 126));
    bits_clear(bits);
    CHECK(bits_count(bits) == 0 && bits_next(bits, 0) == 200);
    arena_free(mem);
}

TEST(a_set_takes_in_another)
{
    struct arena *mem = arena_new();
    struct bits all = bits_new(mem, 70), others = bits_new(mem, 70);

    bits_add(all, 1);
    bits_add(others, 69);
    bits_add_all(all, others);
    CHECK(bits_have(all, 1) && bits_have(all, 69) && bits_count(all) == 2);
    arena_free(mem);
}

TEST(an_empty_bound_has_nothing)
{
    struct arena *mem = arena_new();
    struct bits none = bits_new(mem, 0);

    CHECK(bits_next(none, 0) == 0 && bits_count(none) == 0);
    arena_free(mem);
}
