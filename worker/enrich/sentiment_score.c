/* The score: each term's weight, turned by what surrounds it; their sum; the score.
 *
 * The order of ideas is that of VADER (Hutto and Gilbert, ICWSM 2014): valence, boosters, negation,
 * "but", emphasis, and a sum brought into [-1, 1] by x / sqrt(x^2 + 15). Where the negating word
 * follows the term, as in Japanese, it has to be bound to it: 好きじゃない, but not 好きすぎて眠れない. */
#include "worker/enrich/sentiment_parts.h"

enum {
    BEFORE_CONTRAST = 5000,
    BEHIND_CONTRAST = 13000,
    IN_QUESTION = 6000,
    IN_CONDITIONAL = 7000,
    HALF = DECIMAL_ONE / 2,
    FACTOR_LEAST = 2500,
    FACTOR_MOST = 25000,
    OF_NEGATIVE = 6700, /* not bad says less than not good */
    ALPHA = 15,
    SUM_MAX = 1000 * DECIMAL_ONE,
};

const char *const scoring_rule_names[] = {
    "negation", "intensity", "contrast", "question", "conditional", "emphasis", "ambiguity", NULL,
};

/* --- the sentence --- */

/* Signs that follow each other close one sentence, !?!. */
static bool begins_sentence(const struct scoring *scoring, size_t i)
{
    const unsigned ends = ROLE_STOP | ROLE_QUESTION | ROLE_EXCLAMATION;
    const struct piece *piece = &scoring->pieces[i];

    return !i || (piece[-1].roles & ends && !(piece->roles & ends && piece->start == piece[-1].end));
}

static bool is_empty(struct span text)
{
    size_t at = 0;

    while (at < text.len && is_blank(text.at[at]))
        at++;
    return at == text.len;
}

/* The sentence that begins with this piece has nothing before its contrast. */
static bool begins_with_contrast(const struct scoring *scoring, size_t i)
{
    return i < scoring->pieces_len && scoring->pieces[i].roles & ROLE_CONTRAST
           && is_empty(between(scoring, scoring->pieces[i - 1].end, scoring->pieces[i].start));
}

/* Each sentence is looked at once, since terms are asked for in order. */
static const struct sentence *sentence_of(struct scoring *scoring, size_t piece)
{
    struct sentence sentence = {.first = (uint32_t)piece, .end = (uint32_t)piece + 1, .contrast = NO_PIECE};

    if (piece >= scoring->sentence.first && piece < scoring->sentence.end)
        return &scoring->sentence;
    while (!begins_sentence(scoring, sentence.first))
        sentence.first--;
    while (sentence.end < scoring->pieces_len && !begins_sentence(scoring, sentence.end))
        sentence.end++;
    for (uint32_t i = sentence.first; i < sentence.end; i++) {
        unsigned roles = scoring->pieces[i].roles;

        sentence.roles |= (uint16_t)roles;
        sentence.exclamations += (roles & ROLE_EXCLAMATION) != 0;
        if (roles & ROLE_CONTRAST)
            sentence.contrast = i;
    }
    sentence.is_answered = begins_with_contrast(scoring, sentence.end);
    scoring->sentence = sentence;
    return &scoring->sentence;
}

static int64_t contrast_of(const struct scoring *scoring, const struct sentence *sentence, size_t i)
{
    if (!applies(scoring, RULE_CONTRAST))
        return DECIMAL_ONE;
    if (sentence->contrast != NO_PIECE)
        return i < sentence->contrast ? BEFORE_CONTRAST : BEHIND_CONTRAST;
    return sentence->is_answered ? BEFORE_CONTRAST : DECIMAL_ONE;
}

static int64_t quoted_of(const struct scoring *scoring, const struct piece *piece)
{
    static const int64_t factors[] = {[QUOTED_COUNT] = DECIMAL_ONE, [QUOTED_HALF] = HALF, [QUOTED_IGNORE] = 0};

    return piece->is_quoted ? factors[scoring->settings->quoted] : DECIMAL_ONE;
}

static void weigh(struct scoring *scoring, struct scoring_term *term)
{
    const struct piece *piece = &scoring->pieces[term->piece];
    const struct sentence *sentence = sentence_of(scoring, term->piece);
    int64_t sign = term->factor < 0 ? -1 : 1, size = term->factor * sign;

    size = size < FACTOR_LEAST ? FACTOR_LEAST : size > FACTOR_MOST ? FACTOR_MOST : size;
    term->factor = sign * size;
    if (sign < 0 && term->weight < 0)
        term->factor = times(term->factor, OF_NEGATIVE);
    term->emphasis = (int32_t)scoring_emphasis(scoring, piece, sentence->exclamations);
    term->contrast = (int32_t)contrast_of(scoring, sentence, term->piece);
    term->question = sentence->roles & ROLE_QUESTION && applies(scoring, RULE_QUESTION) ? IN_QUESTION : DECIMAL_ONE;
    term->conditional =
        sentence->roles & ROLE_CONDITIONAL && applies(scoring, RULE_CONDITIONAL) ? IN_CONDITIONAL : DECIMAL_ONE;
    term->quoted = (int32_t)quoted_of(scoring, piece);
    int64_t value = times(times(times(term->weight, term->factor), term->emphasis), term->contrast);
    term->value = (int32_t)times(times(times(value, term->question), term->conditional), term->quoted);
}

/* --- all terms --- */

/* The same term once more right behind itself says no more, but says it louder. */
static bool is_repetition(struct scoring *scoring, size_t i)
{
    struct piece *piece = &scoring->pieces[i], *before = i ? piece - 1 : piece;

    if (!i || before->sense != piece->sense || piece->start - before->end > 1)
        return false;
    before->repeats = (uint8_t)(piece->repeats < UINT8_MAX ? piece->repeats + 1 : UINT8_MAX);
    return true;
}

/* From the last to the first: what is taken as a part of a term is none itself. */
static void weigh_all(struct scoring *scoring)
{
    scoring->terms = arena_take(scoring->mem, scoring->spots_len * sizeof *scoring->terms);
    for (size_t at = scoring->spots_len; at-- > 0;) {
        size_t i = scoring->spots[at];
        const struct piece *piece = &scoring->pieces[i];

        if (!piece->weight || piece->is_taken || is_repetition(scoring, i))
            continue;
        struct scoring_term *term = &scoring->terms[scoring->terms_len++];
        *term = (struct scoring_term){
            .piece = (uint32_t)i,
            .first_turn = (uint32_t)scoring->turns_len,
            .weight = piece->weight,
            .factor = DECIMAL_ONE,
        };
        if (piece->lang != LANG_ANY) /* a sign is a remark of its own: no bus today 😊 */
            scoring_turn(scoring, term);
        weigh(scoring, term);
    }
}

static int64_t size_of(int64_t value)
{
    return value < 0 ? -value : value;
}

static bool is_ambiguous(const struct scoring *scoring, const struct scoring_term *term)
{
    return scoring->pieces[term->piece].roles & ROLE_AMBIGUOUS && applies(scoring, RULE_AMBIGUITY) && term->factor > 0;
}

/* An ambiguous term says how much; the rest of the post to which side, if that says at least half as much. */
static void follow_sentence(struct scoring *scoring)
{
    int64_t rest = 0;

    for (size_t i = 0; i < scoring->terms_len; i++)
        rest += is_ambiguous(scoring, &scoring->terms[i]) ? 0 : scoring->terms[i].value;
    for (size_t i = 0; rest && i < scoring->terms_len; i++) {
        struct scoring_term *term = &scoring->terms[i];

        if (!is_ambiguous(scoring, term) || (term->value < 0) == (rest < 0) || size_of(rest) * 2 < size_of(term->value))
            continue;
        term->follows = true;
        term->value = -term->value;
    }
}

static uint64_t root_of(uint64_t square)
{
    uint64_t root = 1ull << 32, next;

    if (!square)
        return 0;
    root = 1ull << ((64 - __builtin_clzll(square) + 1) / 2); /* not below the root */
    while ((next = (root + square / root) / 2) < root)
        root = next;
    return root;
}

/* x / sqrt(x^2 + alpha) in integers: the root is taken of a number 10^4 times as large, so that it
 * has two decimals more than the sum. */
static int64_t score_of(int64_t sum)
{
    enum { FINER = 100 };
    int64_t size = size_of(sum);

    if (!size)
        return 0;
    size = size > SUM_MAX ? SUM_MAX : size;
    uint64_t square = (uint64_t)size * (uint64_t)size + (uint64_t)ALPHA * DECIMAL_ONE * DECIMAL_ONE;
    int64_t score = (int64_t)decimal_ratio((int128)size * FINER, (int128)root_of(square * FINER * FINER));
    return sum < 0 ? -score : score;
}

void scoring_compute(struct scoring *scoring)
{
    weigh_all(scoring);
    follow_sentence(scoring);
    for (size_t i = 0; i < scoring->terms_len; i++) {
        scoring->sum += scoring->terms[i].value;
        scoring->positive += scoring->terms[i].value > 0;
        scoring->negative += scoring->terms[i].value < 0;
    }
    scoring->score = score_of(scoring->sum);
}
