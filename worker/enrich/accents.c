#include "worker/enrich/accents.h"
#include "common/buf.h"
#include "common/fold.h"
#include "common/utf8.h"

/* A text without accents, and for each of its bytes and for its end where the letter begins that it is of. */
struct plain {
    struct span text;
    uint32_t *from;
};

/* `out` and `from` have room for as many bytes as the text has: letters only get shorter. */
static size_t put_letters(const uint32_t *letters, size_t count, uint32_t origin, char *out, uint32_t *from)
{
    size_t len = 0;

    for (size_t i = 0; i < count; i++)
        len += utf8_encode(letters[i], out + len);
    for (size_t i = 0; i < len; i++)
        from[i] = origin;
    return len;
}

static struct plain plain_of(struct span folded, struct arena *mem)
{
    enum { CODE_POINT = 4 /* bytes that may be written for one */ };
    char *out = arena_take(mem, folded.len + CODE_POINT);
    uint32_t *from = arena_take(mem, (folded.len + CODE_POINT) * sizeof *from);
    uint32_t letters[FOLD_LETTERS_MAX];
    size_t len = 0;

    for (size_t at = 0; at < folded.len;) {
        uint32_t origin = (uint32_t)at;
        size_t count = fold_without_accents(utf8_next(folded, &at), letters);

        len += put_letters(letters, count, origin, out + len, from + len);
    }
    from[len] = (uint32_t)folded.len;
    return (struct plain){{out, len}, from};
}

struct span accents_off(struct span folded, struct arena *mem)
{
    return fold_may_have_accents(folded) ? plain_of(folded, mem).text : folded;
}

/* Whether a place is between two letters of the text, and not within the two of æ. */
static bool is_edge(const struct plain *plain, uint32_t at)
{
    return !at || plain->from[at] != plain->from[at - 1];
}

static bool is_new(const struct hits *hits, const struct hit *loose)
{
    size_t low = 0, high = hits->len;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (hits->at[middle].end < loose->end)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < hits->len && hits->at[low].end == loose->end; low++)
        if (hits->at[low].start == loose->start && hits->at[low].term == loose->term)
            return false;
    return true;
}

/* The hits at their places in the text as it is, without those that it has anyway. */
static struct hits loose_hits(const struct matcher *matcher, const struct plain *plain, const struct hits *hits,
                              struct arena *mem)
{
    struct hits found = matcher_run(matcher, plain->text, mem);
    struct hit *kept = arena_take(mem, found.len * sizeof *kept);
    size_t len = 0;

    for (size_t i = 0; i < found.len; i++) {
        const struct hit *hit = &found.at[i];
        struct hit loose = {hit->term, plain->from[hit->start], plain->from[hit->end]};

        if (!is_edge(plain, hit->start) || !is_edge(plain, hit->end) || !is_new(hits, &loose))
            continue;
        loose.term |= UINT32_C(1) << LOOSE_SHIFT;
        kept[len++] = loose;
    }
    return (struct hits){kept, len};
}

static struct hits merged(const struct hits *hits, const struct hits *loose, struct arena *mem)
{
    struct hit *all = arena_take(mem, (hits->len + loose->len) * sizeof *all);
    size_t len = 0, next = 0;

    for (size_t i = 0; i < hits->len; i++) {
        while (next < loose->len && loose->at[next].end <= hits->at[i].end)
            all[len++] = loose->at[next++];
        all[len++] = hits->at[i];
    }
    while (next < loose->len)
        all[len++] = loose->at[next++];
    return (struct hits){all, len};
}

struct hits accents_find(const struct matcher *matcher, struct span folded, struct hits hits, struct arena *mem)
{
    if (!fold_may_have_accents(folded))
        return hits;
    struct plain plain = plain_of(folded, mem);
    struct hits loose = loose_hits(matcher, &plain, &hits, mem);
    return loose.len ? merged(&hits, &loose, mem) : hits;
}
