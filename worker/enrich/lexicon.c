#include "worker/enrich/lexicon.h"
#include "common/fold.h"
#include "common/utf8.h"

void lexicon_begin(struct lexicon *lexicon)
{
    lexicon->langs[LANG_ANY] = SPAN("any");
    lexicon->langs_len = 1;
}

uint8_t lexicon_find_lang(const struct lexicon *lexicon, struct span lang)
{
    for (size_t i = 1; i < lexicon->langs_len; i++)
        if (span_equal(lexicon->langs[i], lang))
            return (uint8_t)i;
    return LANG_NONE;
}

static unsigned traits_of(struct span lang)
{
    static const struct {
        const char *lang;
        unsigned traits;
    } traits[] = {
        {"ja", SCRIPT_TRAIT_RUNS_ON | SCRIPT_TRAIT_NEGATES_BEHIND},
        {"ko", SCRIPT_TRAIT_NEGATES_BEHIND},
        {"zh", SCRIPT_TRAIT_RUNS_ON},
        {"th", SCRIPT_TRAIT_RUNS_ON},
        {"lo", SCRIPT_TRAIT_RUNS_ON},
        {"my", SCRIPT_TRAIT_RUNS_ON},
        {"km", SCRIPT_TRAIT_RUNS_ON},
    };

    for (size_t i = 0; i < sizeof traits / sizeof *traits; i++)
        if (span_equal(lang, span_of(traits[i].lang)))
            return traits[i].traits;
    return 0;
}

uint8_t lexicon_lang(struct lexicon *lexicon, struct span lang, struct loading *loading)
{
    uint8_t known = span_equal(lang, SPAN("any")) ? LANG_ANY : lexicon_find_lang(lexicon, lang);

    if (known != LANG_NONE || lexicon->langs_len == LANGS_MAX)
        return known;
    lexicon->langs[lexicon->langs_len] = span_keep(lang, loading->mem);
    lexicon->traits[lexicon->langs_len] = traits_of(lang);
    return (uint8_t)lexicon->langs_len++;
}

uint32_t lexicon_word(struct lexicon *lexicon, struct lexicon_word word, struct loading *loading)
{
    lexicon->words =
        arena_room(loading->mem, lexicon->words, lexicon->words_len, &lexicon->words_cap, sizeof *lexicon->words);
    word.written = span_keep(word.written, loading->mem);
    lexicon->words[lexicon->words_len] = word;
    return (uint32_t)lexicon->words_len++;
}

static uint8_t look_of(struct span literal)
{
    size_t at = 0;
    enum fold_class first = fold_class(utf8_next(literal, &at)), last = fold_class(utf8_before(literal, literal.len));
    bool is_ascii = (unsigned char)literal.at[0] < 0x80;

    return (uint8_t)((first == FOLD_WORD || last == FOLD_WORD ? LOOK_EDGES : 0)
                     | (first == FOLD_OTHER && !is_ascii ? LOOK_SIGN : 0));
}

static uint32_t *senses_of(struct lexicon *lexicon, struct span literal, struct loading *loading)
{
    uint32_t term = matcher_add(loading->terms, literal);

    while (lexicon->terms_len <= term) {
        lexicon->entries = arena_room(loading->mem, lexicon->entries, lexicon->terms_len, &lexicon->terms_cap,
                                      sizeof *lexicon->entries);
        lexicon->entries[lexicon->terms_len++] = (struct entry){0};
    }
    return &lexicon->entries[term].sense;
}

/* A word may be a term and something else too. */
static const struct sense *join(struct sense *into, struct sense sense)
{
    if (into->roles & sense.roles)
        return into;
    into->roles |= sense.roles;
    if (sense.roles & ROLE_TERM) {
        into->weight = sense.weight;
        into->word = sense.word;
    }
    if (sense.roles & ROLE_INTENSIFIER)
        into->factor = sense.factor;
    if (sense.roles & (ROLE_NEGATION | ROLE_BEHIND))
        into->negation = sense.negation;
    return NULL;
}

static void add_sense(struct lexicon *lexicon, struct sense sense, struct loading *loading)
{
    lexicon->senses =
        arena_room(loading->mem, lexicon->senses, lexicon->senses_len, &lexicon->senses_cap, sizeof *lexicon->senses);
    lexicon->senses[lexicon->senses_len++] = sense;
}

const struct sense *lexicon_add(struct lexicon *lexicon, struct span literal, struct sense sense,
                                struct loading *loading)
{
    uint32_t *first = senses_of(lexicon, literal, loading);

    for (uint32_t i = *first; i; i = lexicon->senses[i - 1].next)
        if (lexicon->senses[i - 1].lang == sense.lang && lexicon->senses[i - 1].tail == sense.tail)
            return join(&lexicon->senses[i - 1], sense);
    sense.next = *first;
    sense.look = (uint8_t)(look_of(literal) | (sense.tail ? LOOK_TAIL : 0));
    add_sense(lexicon, sense, loading);
    *first = (uint32_t)lexicon->senses_len;
    return NULL;
}

static const struct sense *add_ending(struct lexicon *lexicon, uint32_t sign, struct sense sense,
                                      struct loading *loading)
{
    for (size_t i = 0; i < lexicon->endings_len; i++) {
        const struct sense *known = &lexicon->senses[lexicon->endings[i].sense];

        if (known->lang == sense.lang && lexicon->endings[i].sign == sign)
            return known;
    }
    lexicon->endings = arena_room(loading->mem, lexicon->endings, lexicon->endings_len, &lexicon->endings_cap,
                                  sizeof *lexicon->endings);
    lexicon->endings[lexicon->endings_len++] = (struct ending){sign, (uint32_t)lexicon->senses_len};
    add_sense(lexicon, sense, loading);
    return NULL;
}

const struct sense *lexicon_add_negation(struct lexicon *lexicon, struct span literal, struct sense sense,
                                         struct loading *loading)
{
    const unsigned behind_at_once = SCRIPT_TRAIT_RUNS_ON | SCRIPT_TRAIT_NEGATES_BEHIND;

    if ((lexicon->traits[sense.lang] & behind_at_once) == behind_at_once && utf8_count(literal) == 1)
        return add_ending(lexicon, utf8_next(literal, &(size_t){0}), sense, loading);
    return lexicon_add(lexicon, literal, sense, loading);
}

struct entry lexicon_entry(const struct lexicon *lexicon, uint32_t sense)
{
    const struct sense *from = &lexicon->senses[sense - 1];
    unsigned look = from->look | (from->next || from->lang != LANG_ANY ? LOOK_LANG : 0u);

    return (struct entry){sense, from->weight, from->roles, from->lang, (uint8_t)look};
}

void lexicon_close(struct lexicon *lexicon)
{
    for (size_t i = 0; i < lexicon->senses_len; i++)
        lexicon->has_any |= lexicon->senses[i].lang == LANG_ANY && lexicon->senses[i].roles & ROLE_TERM;
    for (size_t i = 0; i < lexicon->terms_len; i++) {
        struct entry *entry = &lexicon->entries[i];

        if (entry->sense)
            *entry = lexicon_entry(lexicon, entry->sense);
    }
}
