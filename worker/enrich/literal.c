#include "worker/enrich/enrich.h"
#include "common/fold.h"
#include "common/utf8.h"

enum { TWINS_MAX = 64 };

static bool cuts(uint32_t inside, uint32_t outside, bool whole)
{
    enum fold_class class = fold_class(inside);

    return class == fold_class(outside) && class != FOLD_OTHER && (whole || class == FOLD_WORD);
}

bool literal_cuts(struct span text, size_t at)
{
    size_t next = at;

    return cuts(utf8_next(text, &next), utf8_before(text, at), false);
}

bool literal_stands(struct span text, size_t start, size_t end, bool whole)
{
    size_t at = start;

    if (start && cuts(utf8_next(text, &at), utf8_before(text, start), whole))
        return false;
    if (end == text.len)
        return true;
    at = end;
    return !cuts(utf8_before(text, end), utf8_next(text, &at), whole);
}

struct twins {
    struct loading *loading;
    struct span literal;
    struct span at[TWINS_MAX];
    size_t len;
    bool too_many;
};

static void add_twin(struct twins *twins, struct span twin)
{
    for (size_t i = 0; i < twins->len; i++)
        if (span_equal(twins->at[i], twin))
            return;
    if (twins->len == TWINS_MAX)
        twins->too_many = true;
    else
        twins->at[twins->len++] = twin;
}

/* The longest name with aliases at this byte; NULL if there is none. One lookup for each length, so that the number of
 * names does not matter. */
static const struct named *name_at(const struct loading *loading, struct span literal, size_t at)
{
    size_t most = literal.len - at < loading->longest_alias ? literal.len - at : loading->longest_alias;

    for (size_t len = most; len; len--) {
        const struct named *name = dict_find(loading->aliases, (struct span){literal.at + at, len});

        if (name && literal_stands(literal, at, at + len, false))
            return name;
    }
    return NULL;
}

/* `done` is the twin so far, of literal[0, at). */
static void spread(struct twins *twins, struct span done, size_t at)
{
    struct arena *mem = twins->loading->mem;
    struct span rest = {twins->literal.at + at, twins->literal.len - at};

    if (twins->too_many)
        return;
    for (size_t i = 0; i < rest.len; utf8_next(rest, &i)) {
        const struct named *found = name_at(twins->loading, twins->literal, at + i);

        if (!found)
            continue;
        struct span head = span_joined(mem, done, (struct span){rest.at, i}, SPAN(""));
        const struct list *others = found->value;
        size_t behind = at + i + found->name.len;

        spread(twins, span_joined(mem, head, found->name, SPAN("")), behind);
        for (size_t j = 0; j < others->len; j++)
            spread(twins, span_joined(mem, head, ((struct span *)others->at)[j], SPAN("")), behind);
        return;
    }
    add_twin(twins, span_joined(mem, done, rest, SPAN("")));
}

enum { BREAKS_MAX = 3 };

/* The literal with a line break for each blank whose bit is set, counted from its first one. */
static struct span with_breaks(struct span literal, unsigned which, struct arena *mem)
{
    struct span broken = span_keep(literal, mem);
    char *at = (char *)broken.at;

    for (size_t i = 0, blank = 0; i < literal.len; i++)
        if (at[i] == ' ' && which >> blank++ & 1)
            at[i] = '\n';
    return broken;
}

static unsigned ways_to_break(struct span literal)
{
    unsigned blanks = 0;

    for (size_t i = 0; i < literal.len; i++)
        blanks += literal.at[i] == ' ';
    return 1u << (blanks < BREAKS_MAX ? blanks : BREAKS_MAX);
}

/* A line may break where a literal has a blank; the folded text has either. */
static struct spans with_line_breaks(const struct twins *twins, struct arena *mem)
{
    struct spans all = {arena_take(mem, (twins->len << BREAKS_MAX) * sizeof *all.at), 0};

    for (size_t i = 0; i < twins->len; i++)
        for (unsigned which = 0; which < ways_to_break(twins->at[i]); which++)
            all.at[all.len++] = with_breaks(twins->at[i], which, mem);
    return all;
}

static struct span without_breaks(struct span folded, struct arena *mem)
{
    struct span plain = span_keep(folded, mem);

    for (size_t i = 0; i < plain.len; i++)
        if (plain.at[i] == '\n')
            ((char *)plain.at)[i] = ' ';
    return plain;
}

struct spans literal_twins(struct loading *loading, const struct node *at, struct span literal)
{
    struct twins twins = {.loading = loading,
                          .literal = without_breaks(fold_text(span_trim(literal), loading->mem), loading->mem)};

    if (!twins.literal.len) {
        report_warning(loading->report, at,
                       "\"%.*s\" can never fire: it is empty once folded; write letters or signs "
                       "that can be seen",
                       SPAN_ARGS(literal));
        return (struct spans){0};
    }
    spread(&twins, SPAN(""), 0);
    if (!twins.too_many)
        return with_line_breaks(&twins, loading->mem);
    report_error(loading->report, at,
                 "\"%.*s\" has more than %d alias variants; write it shorter or give "
                 "fewer aliases",
                 SPAN_ARGS(literal), TWINS_MAX);
    return (struct spans){0};
}
