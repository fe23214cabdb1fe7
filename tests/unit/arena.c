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

TEST(no_arena_is_freed_without_harm)
{
    arena_free(NULL);
}
