/* The pieces of a text: forms of the lexicon, and marks of punctuation. Marks are no literals of the matcher: they are
 * half of what it would find, and most posts without a term need none of them. */
#include "common/utf8.h"
#include "worker/enrich/sentiment_parts.h"

typedef unsigned char block __attribute__((vector_size(16)));

enum { WORD = 64 }; /* bytes that are looked at together: a bit each */

/* How far the forms have come. */
struct merge {
    struct scoring *scoring;
    size_t kept;         /* the next form */
    uint32_t next_start; /* where it begins; UINT32_MAX: there is none */
    size_t form;         /* the last one: its piece */
    uint32_t form_end;   /* and where it ends; 0: there is none */
};

/* --- where a mark may be --- */

/* Where in sixteen bytes a mark may be. Reads one byte more. */
static uint64_t candidates_of_block(const char *at)
{
    const uint64_t lowest = 0x0101010101010101, gather = 0x0102040810204080;
    uint64_t halves[2];
    block b, next;

    memcpy(&b, at, sizeof b);
    memcpy(&next, at + 1, sizeof next);
    b = (block)(((b | 2) == '.') | ((b | 4) == '?') /* , and . differ in one bit, ; and ? too */
                | (b == '\n') | (b == '!') | (b == '"') | (b == '@') | ((b == 0xE3) & (next == 0x80)));
    memcpy(halves, &b, sizeof b);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    halves[0] = __builtin_bswap64(halves[0]);
    halves[1] = __builtin_bswap64(halves[1]);
#endif
    return (halves[0] & lowest) * gather >> 56 | (halves[1] & lowest) * gather >> 56 << 8;
}

static uint64_t candidates_of_word(const char *at)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < WORD; i += sizeof(block))
        bits |= candidates_of_block(at + i) << i;
    return bits;
}

/* The candidates of a word of the text, of which the last is padded. */
static uint64_t candidates(struct span text, size_t at)
{
    char last[WORD + 1] = {0};

    if (text.len - at > WORD)
        return candidates_of_word(text.at + at);
    memcpy(last, text.at + at, text.len - at);
    return candidates_of_word(last);
}

/* --- forms --- */

/* Room for each form with an ending, and for the marks of a word. */
static void reserve_word(struct scoring *scoring)
{
    size_t cap = scoring->pieces_cap, size = sizeof *scoring->pieces, least = 2 * scoring->kept_len + WORD;

    if (cap - scoring->pieces_len >= least)
        return;
    scoring->pieces_cap = 2 * (cap + least);
    scoring->pieces = arena_grow(scoring->mem, scoring->pieces, cap * size, scoring->pieces_cap * size);
}

static uint32_t start_of(const struct scoring *scoring, size_t kept)
{
    return kept < scoring->kept_len ? scoring->kept[kept].start : UINT32_MAX;
}

static void add_form(struct scoring *scoring, struct kept_hit kept)
{
    const struct sense *sense = &scoring->settings->lexicon.senses[kept.sense];
    uint32_t least = scoring->pieces_len ? scoring->pieces[scoring->pieces_len - 1].end : 0;

    if (sense->roles & ROLE_TERM)
        scoring->spots[scoring->spots_len++] = (uint32_t)scoring->pieces_len;
    scoring->pieces[scoring->pieces_len++] = (struct piece){
        .start = kept.start > least ? kept.start : least,
        .end = kept.end,
        .sense = kept.sense,
        .weight = sense->weight,
        .roles = sense->roles,
        .lang = sense->lang,
        .is_long = kept.end + sense->tail > scoring->reading->hits.at[kept.hit].end,
    };
}

/* The negation of one sign right behind a term, if no other form begins there. */
static void add_ending(struct scoring *scoring, uint32_t next_start)
{
    const struct lexicon *lexicon = &scoring->settings->lexicon;
    struct piece term = scoring->pieces[scoring->pieces_len - 1];
    size_t end = term.end;

    if (!term.weight || end == scoring->reading->folded.len || !lexicon->endings_len)
        return;
    uint32_t sign = utf8_next(scoring->reading->folded, &end);
    for (size_t i = 0; i < lexicon->endings_len; i++) {
        uint32_t sense = lexicon->endings[i].sense;

        if (lexicon->endings[i].sign != sign || lexicon->senses[sense].lang != scoring->lang || next_start < end)
            continue;
        scoring->pieces[scoring->pieces_len++] = (struct piece){
            .start = term.end,
            .end = (uint32_t)end,
            .sense = sense,
            .roles = lexicon->senses[sense].roles,
            .lang = scoring->lang,
        };
        return;
    }
}

/* Those that begin up to this place. */
static void add_forms(struct merge *merge, uint32_t last)
{
    struct scoring *scoring = merge->scoring;

    while (merge->next_start <= last) {
        merge->form = scoring->pieces_len;
        merge->form_end = scoring->kept[merge->kept].end;
        add_form(scoring, scoring->kept[merge->kept++]);
        merge->next_start = start_of(scoring, merge->kept);
        add_ending(scoring, merge->next_start);
    }
}

/* --- marks --- */

/* By the last byte of a mark: those of one byte, and 、。「」『』, which begin with E3 80. */
static const uint16_t mark_roles[256] = {
    [','] = ROLE_COMMA,    [';'] = ROLE_COMMA,       ['.'] = ROLE_STOP,    ['\n'] = ROLE_STOP,
    ['?'] = ROLE_QUESTION, ['!'] = ROLE_EXCLAMATION, ['@'] = ROLE_REPEATS, ['"'] = ROLE_OPENS | ROLE_CLOSES,
    [0x81] = ROLE_COMMA,   [0x82] = ROLE_STOP,       [0x8C] = ROLE_OPENS,  [0x8D] = ROLE_CLOSES,
    [0x8E] = ROLE_OPENS,   [0x8F] = ROLE_CLOSES,
};

/* No stop in 3.5 and t.co, no comma in 1,000. Without a branch: nobody can foresee these. */
static bool may_precede(char sign, char next)
{
    bool parts = is_blank(next) | ((unsigned char)next >= 0x80), is_digit = (unsigned char)(next - '0') <= 9;

    return ((sign != '.') | parts) & ((sign != ',') | !is_digit);
}

/* The sign at this place as a piece; without a role if it is no mark. */
static inline struct piece mark_at(struct span text, size_t at)
{
    size_t last = at + ((unsigned char)text.at[at] >= 0x80 ? 2 : 0);
    char sign = text.at[last], next = last + 1 < text.len ? text.at[last + 1] : ' ';
    unsigned roles = may_precede(sign, next) ? mark_roles[(unsigned char)sign] : 0;

    if (sign == '@' && (at < 3 || memcmp(text.at + at - 3, "rt ", 3) != 0))
        roles = 0;
    return (struct piece){
        .start = (uint32_t)(sign == '@' && roles ? at - 3 : at), /* behind rt it repeats somebody's post */
        .end = (uint32_t)last + 1,
        .sense = NO_SENSE,
        .roles = (uint16_t)roles,
    };
}

/* What is within a form is no mark; a form that is one itself is both. */
static void add_mark(struct merge *merge, struct piece mark)
{
    struct scoring *scoring = merge->scoring;

    if (!mark.roles)
        return;
    if (merge->next_start <= mark.start)
        add_forms(merge, mark.start);
    scoring->roles |= mark.roles;
    if (mark.start >= merge->form_end && mark.end <= merge->next_start) {
        scoring->pieces[scoring->pieces_len++] = mark;
        return;
    }
    struct piece *form = &scoring->pieces[merge->form];
    if (merge->form_end && form->start == mark.start && form->end == mark.end)
        form->roles |= mark.roles;
}

void scoring_find_pieces(struct scoring *scoring)
{
    struct span text = scoring->reading->folded;
    struct merge merge = {.scoring = scoring, .next_start = start_of(scoring, 0)};

    scoring->spots = arena_take(scoring->mem, scoring->kept_len * sizeof *scoring->spots);
    reserve_word(scoring);
    for (size_t at = 0; at < text.len; at += WORD) {
        uint64_t left = candidates(text, at);

        for (reserve_word(scoring); left; left &= left - 1)
            add_mark(&merge, mark_at(text, at + (size_t)__builtin_ctzll(left)));
    }
    add_forms(&merge, UINT32_MAX - 1);
}
