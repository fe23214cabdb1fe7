#include "common/origin.h"
#include "common/fold.h"
#include "common/utf8.h"

/* Pieces are folded one by one: nothing in one changes what another becomes. */
struct origin_piece {
    size_t at, folded_at;
};

struct origin {
    struct span text;
    struct arena *mem;
    struct origin_piece *pieces; /* the last is where the text ends */
    size_t len;
};

/* Marks beyond these are folded with the piece's end: folding cuts a run of 30 anyway, and a text of
 * nothing but marks would cost the square of its length. */
enum { STEPS_MAX = 64 };

static size_t piece_end(struct span text, size_t at)
{
    size_t end = at;

    utf8_next(text, &end);
    for (size_t next = end; next < text.len; end = next)
        if (!fold_joins(utf8_next(text, &next)))
            break;
    return end;
}

struct origin *origin_new(struct span text, struct arena *mem)
{
    struct origin *origin = arena_zero(mem, sizeof *origin);
    struct arena *scratch = arena_new();
    size_t at = 0, folded_at = 0;

    *origin = (struct origin){text, mem, arena_take(mem, (text.len + 1) * sizeof *origin->pieces), 0};
    while (at < text.len) {
        size_t end = piece_end(text, at);

        origin->pieces[origin->len++] = (struct origin_piece){at, folded_at};
        folded_at += fold_text((struct span){text.at + at, end - at}, scratch).len;
        at = end;
        if (origin->len % 1024 == 0)
            arena_reset(scratch);
    }
    origin->pieces[origin->len] = (struct origin_piece){at, folded_at};
    arena_free(scratch);
    return origin;
}

/* The last piece that starts at or before this byte of the folded text. */
static const struct origin_piece *piece_at(const struct origin *origin, size_t folded_at)
{
    size_t low = 0, high = origin->len;

    while (low + 1 < high) {
        size_t middle = (low + high) / 2;

        if (origin->pieces[middle].folded_at <= folded_at)
            low = middle;
        else
            high = middle;
    }
    return &origin->pieces[low];
}

/* The end of the next prefix of the piece that is looked at; the piece's own end at last. */
static size_t next_end(struct span piece, size_t at, size_t step)
{
    if (step >= STEPS_MAX)
        return piece.len;
    utf8_next(piece, &at);
    return at;
}

static struct span text_of(const struct origin *origin, const struct origin_piece *piece)
{
    return (struct span){origin->text.at + piece->at, piece[1].at - piece->at};
}

/* Whether the folded prefix is what the whole piece begins with, as far as `len` bytes: か is not yet
 * what が begins with. */
static bool agrees(struct span prefix, struct span whole, size_t len)
{
    return prefix.len >= len && whole.len >= len && !memcmp(prefix.at, whole.at, len);
}

/* The longest prefix of which folded[0, len) holds all, and the shortest that holds all of that. */
static size_t longest_within(const struct origin *origin, const struct origin_piece *piece, size_t len)
{
    struct span text = text_of(origin, piece), whole = fold_text(text, origin->mem);
    size_t longest = 0;

    for (size_t end = 0, step = 0; end < text.len; step++) {
        end = next_end(text, end, step);
        struct span prefix = fold_text((struct span){text.at, end}, origin->mem);
        if (prefix.len <= len && agrees(whole, prefix, prefix.len))
            longest = end;
    }
    return piece->at + longest;
}

static size_t shortest_with(const struct origin *origin, const struct origin_piece *piece, size_t len)
{
    struct span text = text_of(origin, piece), whole = fold_text(text, origin->mem);
    size_t end = 0;

    for (size_t step = 0; end < text.len; step++) {
        end = next_end(text, end, step);
        if (agrees(fold_text((struct span){text.at, end}, origin->mem), whole, len))
            break;
    }
    return piece->at + end;
}

struct bytes origin_of(const struct origin *origin, size_t start, size_t end)
{
    if (!origin->len || start >= end)
        return (struct bytes){0};
    const struct origin_piece *first = piece_at(origin, start), *last = piece_at(origin, end - 1);

    return (struct bytes){
        longest_within(origin, first, start - first->folded_at),
        shortest_with(origin, last, end - last->folded_at),
    };
}
