#include "worker/enrich/enrich.h"
#include "common/fold.h"
#include "common/utf8.h"

enum { TWINS_MAX = 64 };

/* Nothing but a word of a script that sets blanks, or of any with `whole`, can be cut: else one class is enough. */
static bool cuts(uint32_t inside, uint32_t outside, bool whole)
{
    enum fold_class class = fold_class(inside);

    return (class == FOLD_WORD || (whole && class != FOLD_OTHER)) && class == fold_class(outside);
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

/* --- particles and articles, which are written without a blank --- */

enum { ARTICLE_POINTS = 4, PARTICLE_POINTS = 6 };

static bool is_arabic(uint32_t c)
{
    return c >= 0x620 && c <= 0x6D3;
}

static bool is_among_texts(struct span text, const char *const *texts)
{
    for (; *texts; texts++)
        if (span_equal(text, span_of(*texts)))
            return true;
    return false;
}

/* The letters from the start of the word up to here are an article. */
static bool is_behind_article(struct span text, size_t start)
{
    static const char *const articles[] = {"ال", "وال", "فال", "بال", "كال", "لل", "وبال", "ولل", "فلل", NULL};
    size_t at = start, next = start;

    if (!is_arabic(utf8_next(text, &next)))
        return false;
    for (int i = 0; at && is_arabic(utf8_before(text, at)); i++) {
        if (i == ARTICLE_POINTS)
            return false;
        at -= 2; /* the bytes of each of these letters */
    }
    return is_among_texts((struct span){text.at + at, start - at}, articles);
}

static const char *const particles[] = {
    "은",   "는",   "이",     "가",   "을",     "를",   "의",     "에", "에서", "에게", "에는", "에도",
    "에만", "도",   "만",     "로",   "으로",   "와",   "과",     "나", "이나", "부터", "까지", "보다",
    "처럼", "마다", "조차",   "마저", "밖에",   "라도", "이라도", "랑", "이랑", "하고", "한테", "께",
    "께서", "라고", "이라고", "라는", "이라는", "란",   "이란",   "라", "이라", "다",   "이다", "입니다",
    "이고", "이며", "이었다", "였다", "인",     "인데", "들",     "요", "이요", NULL};

/* Whether all of it is particles, one behind another. */
static bool are_particles(struct span rest, int most)
{
    if (!rest.len)
        return true;
    for (const char *const *particle = particles; most && *particle; particle++) {
        struct span head = span_of(*particle);

        if (span_starts(rest, head) && are_particles((struct span){rest.at + head.len, rest.len - head.len}, most - 1))
            return true;
    }
    return false;
}

static bool is_before_particles(struct span text, size_t end)
{
    enum { PARTICLES = 3 };
    size_t at = end;

    if (fold_class(utf8_before(text, end)) != FOLD_HANGUL)
        return false;
    for (int i = 0; at < text.len; i++) {
        size_t next = at;

        if (fold_class(utf8_next(text, &next)) != FOLD_HANGUL)
            break;
        if (i == PARTICLE_POINTS)
            return false;
        at = next;
    }
    return at > end && are_particles((struct span){text.at + end, at - end}, PARTICLES);
}

bool literal_fits(struct span text, size_t start, size_t end, bool whole, unsigned open)
{
    size_t at = start, behind = end;

    if (start && !(open & OPEN_START) && cuts(utf8_next(text, &at), utf8_before(text, start), whole)
        && !is_behind_article(text, start))
        return false;
    if (end == text.len || open & OPEN_END || !cuts(utf8_before(text, end), utf8_next(text, &behind), whole))
        return true;
    return whole && is_before_particles(text, end);
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

    for (size_t i = 0, blank = 0; i < literal.len && blank < BREAKS_MAX; i++)
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
