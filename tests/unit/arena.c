#include "common/arena.h"
#include "tests/unit/test.h"

#include <stdint.h>
#include <string.h>

TEST(pieces_are_aligned_for_any_type_and_apart)
{
    struct arena *mem = arena_new();
    char *before = NULL;

    for (size_t bytes = 0; bytes < 100; bytes++) {
        char *piece = arena_take(mem, bytes);

        CHECK((uintptr_t)piece % _Alignof(max_align_t) == 0);
        CHECK(piece != before);
        memset(piece, 0xFF, bytes);
        before = piece;
    }
    arena_free(mem);
}

TEST(zeroed_pieces_are_zero_even_where_others_were_before)
{
    struct arena *mem = arena_new();

    memset(arena_take(mem, 1000), 0xFF, 1000);
    arena_reset(mem);
    const char *piece = arena_zero(mem, 1000);
    for (int i = 0; i < 1000; i++)
        CHECK(piece[i] == 0);
    arena_free(mem);
}

TEST(the_last_piece_grows_in_place)
{
    struct arena *mem = arena_new();
    char *piece = arena_take(mem, 10);

    memcpy(piece, "レアアー", 10);
    char *larger = arena_grow(mem, piece, 10, 5000);
    CHECK(larger == piece);
    CHECK(memcmp(larger, "レアアー", 10) == 0);
    larger[4999] = 1;
    arena_free(mem);
}

TEST(a_piece_with_another_behind_it_moves_and_keeps_its_bytes)
{
    struct arena *mem = arena_new();
    char *piece = arena_take(mem, 16), *other;

    memset(piece, 'a', 16);
    other = arena_take(mem, 16);
    memset(other, 'b', 16);
    char *larger = arena_grow(mem, piece, 16, 64);
    memset(larger + 16, 'c', 48);
    CHECK(larger != piece);
    CHECK(memcmp(larger, "aaaaaaaaaaaaaaaa", 16) == 0);
    CHECK(memcmp(other, "bbbbbbbbbbbbbbbb", 16) == 0);
    arena_free(mem);
}

TEST(growing_nothing_takes_a_piece)
{
    struct arena *mem = arena_new();
    char *piece = arena_grow(mem, NULL, 0, 40);

    memset(piece, 1, 40);
    arena_free(mem);
}

TEST(a_piece_larger_than_a_chunk_grows_beyond_it)
{
    struct arena *mem = arena_new();
    size_t bytes = 100;
    char *piece = arena_take(mem, bytes);

    piece[0] = 'x';
    for (; bytes < 4u << 20; bytes *= 3) {
        piece = arena_grow(mem, piece, bytes, bytes * 3);
        piece[bytes * 3 - 1] = 1;
    }
    CHECK(piece[0] == 'x');
    arena_free(mem);
}

TEST(after_a_reset_the_same_memory_is_used_again)
{
    struct arena *mem = arena_new();

    for (int i = 0; i < 1000; i++)
        arena_take(mem, 1000);
    size_t held = arena_bytes(mem);
    for (int round = 0; round < 50; round++) {
        arena_reset(mem);
        for (int i = 0; i < 1000; i++)
            memset(arena_take(mem, 1000), round, 1000);
    }
    CHECK(held >= 1000 * 1000);
    CHECK(arena_bytes(mem) == held);
    arena_free(mem);
}

TEST(a_reset_gives_oversize_pieces_back_to_the_system)
{
    struct arena *mem = arena_new();

    arena_take(mem, 1);
    size_t usual = arena_bytes(mem);
    char *large = arena_take(mem, 10u << 20);
    large[(10u << 20) - 1] = 1;
    CHECK(arena_bytes(mem) > 10u << 20);
    arena_reset(mem);
    CHECK(arena_bytes(mem) == usual);
    arena_free(mem);
}

TEST(what_is_kept_for_the_next_round_is_bounded)
{
    struct arena *mem = arena_new();

    for (int i = 0; i < 1000; i++)
        arena_take(mem, 100000);
    CHECK(arena_bytes(mem) > 100u << 20);
    arena_reset(mem);
    CHECK(arena_bytes(mem) == 4u << 20);
    arena_free(mem);
}

TEST(what_was_taken_since_a_mark_goes_back)
{
    struct arena *mem = arena_new();
    char *before = arena_take(mem, 100);
    memcpy(before, "before", 7);
    struct arena_place mark = arena_mark(mem);
    size_t used = arena_used(mem), cap = 0;

    CHECK(used >= 100 && used < 200);
    for (int round = 0; round < 3; round++) {
        char *first = arena_take(mem, 1000);
        for (int i = 0; i < 10; i++)
            memset(arena_take(mem, 200000), 'x', 200000);
        CHECK(arena_used(mem) >= used + 2001000);
        arena_back(mem, mark);
        CHECK(arena_used(mem) == used);
        CHECK(arena_take(mem, 1000) == first);
        arena_back(mem, mark);
    }
    CHECK(memcmp(before, "before", 7) == 0);
    CHECK(arena_room(mem, NULL, 0, &cap, 1) && cap > 0);
    arena_free(mem);
}

TEST(a_piece_that_is_trimmed_gives_its_end_back)
{
    struct arena *mem = arena_new();
    char *first = arena_take(mem, 16), *piece = arena_take(mem, 1000);

    piece[9] = 'x';
    arena_trim(mem, piece, 1000, 10);
    CHECK(arena_used(mem) == 32);
    CHECK(arena_take(mem, 1) == piece + 16);
    CHECK(piece[9] == 'x');
    arena_trim(mem, first, 16, 1); /* not the last one */
    CHECK(arena_used(mem) == 48);
    arena_free(mem);
}

TEST(a_mark_on_nothing_gives_all_back)
{
    struct arena *mem = arena_new();
    struct arena_place mark = arena_mark(mem);

    arena_take(mem, 3u << 20);
    arena_back(mem, mark);
    CHECK(arena_used(mem) == 0 && arena_bytes(mem) == 0);
    arena_free(mem);
}

TEST(no_arena_is_freed_without_harm)
{
    arena_free(NULL);
}
