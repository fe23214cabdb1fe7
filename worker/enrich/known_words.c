#include "worker/enrich/known_words.h"
#include "common/fold.h"
#include "common/utf8.h"
#include "worker/enrich/text_lines.h"

enum { WORD_POINTS_MAX = 32 };

struct entry {
    const struct node *at;
    struct span folded;
    enum word_kind kind;
    size_t seam;
    size_t part_start, part_end; /* of a closed word */
};

/* Sets of texts. */
struct known_words {
    struct arena *mem;
    struct dict *wholes, *heads, *tails; /* of the terms: they and their proper prefixes and suffixes */
    struct dict *before;                 /* of words that cross the start of a hit: what is before it */
    struct dict *behind, *behind_heads; /* of words that cross the end of one: what is behind it, and how that begins */
    struct entry *entries;
    size_t len, cap;
    bool any;
};

struct known_words *known_words_new(struct arena *scratch)
{
    struct known_words *words = arena_zero(scratch, sizeof *words);
    struct dict **sets[] = {&words->wholes, &words->heads,  &words->tails,
                            &words->before, &words->behind, &words->behind_heads};

    words->mem = scratch;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        *sets[i] = dict_new(scratch);
    return words;
}

static bool is_without_blanks(enum fold_class class)
{
    return class > FOLD_WORD;
}

/* Nothing but such scripts ends in the middle of a word. */
static bool may_be_cut(struct span literal)
{
    for (size_t at = 0; at < literal.len;)
        if (is_without_blanks(fold_class(utf8_next(literal, &at))))
            return true;
    return false;
}

void known_words_meet(struct known_words *words, struct span literal)
{
    size_t at = 0;

    if (!may_be_cut(literal))
        return;
    words->any = true;
    dict_add(words->wholes, literal, words);
    for (int points = 0; points < WORD_POINTS_MAX && utf8_next(literal, &at) && at < literal.len; points++) {
        dict_add(words->heads, (struct span){literal.at, at}, words);
        dict_add(words->tails, (struct span){literal.at + at, literal.len - at}, words);
    }
}

static struct span head_of(struct span text, size_t end)
{
    return (struct span){text.at, end};
}

static struct span tail_of(struct span text, size_t start)
{
    return (struct span){text.at + start, text.len - start};
}

/* Notes what is left of the word beside a hit that begins within it. True: there may be such a hit. */
static bool crosses_starts(struct known_words *words, struct span word)
{
    bool any = false;

    for (size_t at = 0; utf8_next(word, &at), at < word.len;) {
        if (!dict_find(words->heads, tail_of(word, at)))
            continue;
        dict_add(words->before, head_of(word, at), words);
        any = true;
    }
    return any;
}

static bool crosses_ends(struct known_words *words, struct span word)
{
    bool any = false;

    for (size_t at = 0; utf8_next(word, &at), at < word.len;) {
        if (!dict_find(words->tails, head_of(word, at)))
            continue;
        struct span behind = tail_of(word, at);
        dict_add(words->behind, behind, words);
        for (size_t end = 0; end < behind.len;) {
            utf8_next(behind, &end);
            dict_add(words->behind_heads, head_of(behind, end), words);
        }
        any = true;
    }
    return any;
}

static bool holds_a_term(const struct known_words *words, struct span word)
{
    for (size_t start = 0; start < word.len; utf8_next(word, &start))
        for (size_t end = start; end < word.len;) {
            utf8_next(word, &end);
            if (end - start < word.len && dict_find(words->wholes, (struct span){word.at + start, end - start}))
                return true;
        }
    return false;
}

/* Whether the word may decide that another one does not cross the edge of a hit. */
static bool may_decide(const struct known_words *words, struct span word)
{
    if (dict_find(words->behind_heads, word))
        return true;
    for (size_t at = 0; at < word.len;) {
        if (dict_find(words->before, tail_of(word, at)))
            return true;
        utf8_next(word, &at);
        if (dict_find(words->behind, head_of(word, at)))
            return true;
    }
    return false;
}

static void register_word(struct tag_rules *rules, struct loading *loading, const struct entry *entry)
{
    const uint32_t number = tag_term(rules, loading, entry->folded);
    struct term *term = &rules->terms[number]; /* after that: the table grows */

    term->is_word = (uint8_t)(term->is_word | entry->kind);
    if (entry->kind == WORD_SEAM)
        term->seam = (uint16_t)entry->seam;
    if (entry->kind == WORD_CLOSED) {
        term->part_start = (uint16_t)entry->part_start;
        term->part_end = (uint16_t)entry->part_end;
    }
    if (entry->folded.len > rules->longest_word)
        rules->longest_word = (uint32_t)entry->folded.len;
}

static void keep_reading(struct tag_rules *rules, struct loading *loading, const struct entry *entry)
{
    struct span word = span_keep(entry->folded, loading->mem);

    if (entry->kind != WORD_BEHIND)
        dict_add(rules->read_before, word, rules);
    if (entry->kind != WORD_BEFORE)
        dict_add(rules->read_behind, word, rules);
    if (word.len > rules->longest_reading)
        rules->longest_reading = (uint32_t)word.len;
}

/* Appends what is before the sign, folded, and gives what is behind it; without the sign nothing is done. */
static bool take_until(struct span *rest, char sign, struct buf *folded)
{
    const char *at = memchr(rest->at, sign, rest->len);

    if (!at)
        return false;
    buf_put(folded, fold_text(head_of(*rest, (size_t)(at - rest->at)), folded->mem));
    *rest = tail_of(*rest, (size_t)(at - rest->at) + 1);
    return true;
}

static struct entry read_entry(const struct node *at, struct arena *mem)
{
    struct entry entry = {.at = at, .kind = WORD_CLOSED};
    struct span rest = at->text;
    struct buf folded = buf_in(mem);
    bool in_brackets = false;

    if (rest.len > 1 && (rest.at[0] == '~' || rest.at[0] == '-')) {
        entry.kind = rest.at[0] == '~' ? WORD_OPEN : WORD_BEHIND;
        rest = tail_of(rest, 1);
    } else if (rest.len > 1 && rest.at[rest.len - 1] == '-') {
        entry.kind = WORD_BEFORE;
        rest = head_of(rest, rest.len - 1);
    } else if (take_until(&rest, '|', &folded)) {
        entry.kind = WORD_SEAM;
        entry.seam = folded.len;
    } else if (take_until(&rest, '[', &folded)) {
        entry.part_start = folded.len;
        in_brackets = take_until(&rest, ']', &folded);
        entry.part_end = folded.len;
    }
    buf_put(&folded, fold_text(rest, mem));
    entry.folded = buf_span(&folded);
    if (!in_brackets)
        entry.part_end = entry.folded.len;
    return entry;
}

static void read_word(struct known_words *words, const struct node *at, struct report *report)
{
    struct entry entry = read_entry(at, words->mem);
    size_t points = utf8_count(entry.folded);

    if (points < 1 || points > WORD_POINTS_MAX)
        report_error(report, at, "\"%.*s\" has %zu characters; a known word has 1 to %d", SPAN_ARGS(at->text), points,
                     WORD_POINTS_MAX);
    else if (entry.kind == WORD_SEAM && (!entry.seam || entry.seam == entry.folded.len))
        report_error(report, at, "\"%.*s\" needs a word on both sides of |", SPAN_ARGS(at->text));
    else if (!may_be_cut(entry.folded))
        report_warning(report, at,
                       "\"%.*s\" cuts nothing: its script sets blanks between words, where terms match whole words",
                       SPAN_ARGS(at->text));
    else {
        words->entries = arena_room(words->mem, words->entries, words->len, &words->cap, sizeof entry);
        words->entries[words->len++] = entry;
    }
}

static void read_words(struct known_words *words, struct loading *loading)
{
    for (const struct node *at = loading->words ? loading->words->first : NULL; at; at = at->next) {
        struct span path = at->text;

        if (!span_strip(&path, SPAN("file:"))) {
            text_lines_check_bare(loading, at);
            read_word(words, at, loading->report);
            continue;
        }
        for (const struct node *line = text_lines_read(loading, at, path); line; line = line->next)
            read_word(words, line, loading->report);
    }
}

void known_words_load(struct known_words *words, struct tag_rules *rules, struct loading *loading)
{
    read_words(words, loading);
    bool *cuts = arena_zero(words->mem, words->len + 1);
    for (size_t i = 0; words->any && i < words->len; i++) {
        struct span word = words->entries[i].folded;
        bool closed = words->entries[i].kind == WORD_CLOSED;

        cuts[i] = (closed || words->entries[i].kind == WORD_OPEN) && crosses_starts(words, word);
        cuts[i] |= closed && crosses_ends(words, word);
        cuts[i] |= closed && holds_a_term(words, word);
    }
    for (size_t i = 0; words->any && i < words->len; i++)
        if (cuts[i] || words->entries[i].kind == WORD_SEAM)
            register_word(rules, loading, &words->entries[i]);
    rules->read_before = dict_new(loading->mem);
    rules->read_behind = dict_new(loading->mem);
    for (size_t i = 0; words->any && i < words->len; i++)
        if (words->entries[i].kind != WORD_SEAM && may_decide(words, words->entries[i].folded))
            keep_reading(rules, loading, &words->entries[i]);
}

/* --- at work --- */

/* The hits about a hit, known words and others: those that end at its start or behind it, up to a word further. */
struct near_words {
    const struct tag_rules *rules;
    struct span text;
    const struct hit *at, *end;
    const struct hit *hit;
};

/* 0: no known word. One that is found without accents alone has a number beyond the terms. */
static inline unsigned kind_in(const struct tag_rules *rules, const struct hit *word)
{
    return word->term < rules->terms_len ? rules->terms[word->term].is_word : 0;
}

static unsigned kind_of(const struct near_words *near, const struct hit *word)
{
    return kind_in(near->rules, word);
}

static bool has_seam(const struct near_words *near, uint32_t place)
{
    for (const struct hit *word = near->at; word < near->end; word++)
        if (kind_of(near, word) & WORD_SEAM && word->start + near->rules->terms[word->term].seam == place)
            return true;
    return false;
}

/* Another word ends where the hit starts and begins no later than the one that crosses. */
static bool is_read_before(const struct near_words *near, const struct hit *crossing)
{
    const uint32_t end = near->hit->start;

    for (size_t at = end; at && end - at < near->rules->longest_reading;) {
        while (--at && ((unsigned char)near->text.at[at] & 0xC0) == 0x80)
            ;
        if (at <= crossing->start && dict_find(near->rules->read_before, (struct span){near->text.at + at, end - at}))
            return true;
    }
    return has_seam(near, end);
}

static bool is_read_behind(const struct near_words *near)
{
    const uint32_t start = near->hit->end;

    for (size_t at = start; at < near->text.len && at - start < near->rules->longest_reading;) {
        utf8_next(near->text, &at);
        if (dict_find(near->rules->read_behind, (struct span){near->text.at + start, at - start}))
            return true;
    }
    return has_seam(near, start);
}

static bool cuts_hit(const struct near_words *near, const struct hit *word)
{
    const struct hit *hit = near->hit;
    unsigned kind = kind_of(near, word);

    if (!(kind & (WORD_CLOSED | WORD_OPEN)) || word->end <= hit->start || word->start >= hit->end)
        return false;
    if (word->start < hit->start && word->end < hit->end)
        return !is_read_before(near, word);
    if (!(kind & WORD_CLOSED))
        return false;
    if (word->start > hit->start)
        return word->end > hit->end && !is_read_behind(near);
    const struct term *term = &near->rules->terms[word->term];
    return word->end - word->start > hit->end - hit->start && hit->start >= word->start + term->part_start
           && hit->end <= word->start + term->part_end;
}

/* Not inline: about most hits there is no known word. */
__attribute__((noinline)) static const struct hit *first_cutting(const struct near_words *near)
{
    for (const struct hit *word = near->at; word < near->end; word++)
        if (cuts_hit(near, word))
            return word;
    return NULL;
}

const struct hit *known_word_across(const struct tag_rules *rules, struct span text, const struct hits *hits, size_t at)
{
    const struct hit *hit = &hits->at[at], *first = hit, *last = hit, *end = hits->at + hits->len;
    const uint32_t from = hit->start, to = hit->end + rules->longest_word;
    unsigned kinds = 0;

    for (; first > hits->at && first[-1].end >= from; first--)
        kinds |= kind_in(rules, first - 1);
    for (; last < end && last->end <= to; last++)
        kinds |= kind_in(rules, last);
    if (!kinds)
        return NULL;
    return first_cutting(&(struct near_words){rules, text, first, last, hit});
}
