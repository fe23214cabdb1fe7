/* What turns a term: the words before it, as in English, and those behind it that are bound to it, as in Japanese:
 * 好きじゃない, but not 好きすぎて眠れない. */
#include "worker/enrich/sentiment_parts.h"
#include "common/utf8.h"

enum {
    /* how far a word reaches: in blanks where words have them between, else in code points */
    NEGATES_OVER = 3,
    NEGATES_FAR_OVER = 7,
    NEGATES_BACK_OVER = 4,
    INTENSIFIES_OVER = 2,
    REACHES_OVER = 6,
    BINDS_OVER = 10,
    /* and in any text: so that a term costs no more than this, whatever is around it */
    REACH_BYTES = 160,
    REACH_PIECES = 16,
    BOTH_BYTES = 24, /* of a word listed with も */
};

/* --- what comes before a term --- */

/* Bytes of the blank at this place; 0: none. Folding made plain ones of most others. */
static size_t blank_bytes(struct span text, size_t at)
{
    static const char *const wide[] = {"\xC2\x85", "\u1680", "\u2028", "\u2029", NULL};
    unsigned char c = (unsigned char)text.at[at];

    if (c < 0x80)
        return is_blank(text.at[at]);
    for (const char *const *blank = wide; *blank; blank++)
        if (span_starts((struct span){text.at + at, text.len - at}, span_of(*blank)))
            return strlen(*blank);
    return 0;
}

/* How far apart two places are: words between them, by the blanks that part them, or code points. */
static size_t distance_over(const struct scoring *scoring, struct span gap)
{
    size_t blanks = 0;
    bool was_blank = false;

    if (scoring->traits & SCRIPT_TRAIT_RUNS_ON)
        return utf8_count(gap);
    for (size_t at = 0, bytes; at < gap.len; at += bytes ? bytes : 1) {
        bytes = blank_bytes(gap, at);
        blanks += bytes && !was_blank;
        was_blank = bytes;
    }
    return blanks;
}

static bool is_near(const struct scoring *scoring, size_t distance, size_t blanks_max)
{
    return distance <= (scoring->traits & SCRIPT_TRAIT_RUNS_ON ? REACHES_OVER : blanks_max);
}

static void turn(struct scoring *scoring, struct scoring_term *term, size_t piece, int32_t factor)
{
    if (term->turns_len == TURNS_MAX)
        return;
    scoring->turns =
        arena_room(scoring->mem, scoring->turns, scoring->turns_len, &scoring->turns_cap, sizeof *scoring->turns);
    scoring->turns[scoring->turns_len++] = (struct turn){(uint32_t)piece, factor};
    term->turns_len++;
    term->factor = times(term->factor, factor);
    scoring->pieces[piece].is_taken = true;
}

static bool is_mark(const struct piece *piece)
{
    return piece->roles & (ROLE_MARK | ROLE_CONTRAST);
}

/* Whether a word is in the text with blanks around it. */
static bool has_word(struct span text, struct span word)
{
    for (size_t at = 0; at + word.len < text.len; at++) {
        const char *found = memmem(text.at + at, text.len - at, word.at, word.len);

        if (!found)
            return false;
        at = (size_t)(found - text.at);
        if (at && is_blank(text.at[at - 1]) && at + word.len < text.len && blank_bytes(text, at + word.len))
            return true;
    }
    return false;
}

/* What "and" joins on is another clause: I expected nothing and got the best. */
static bool is_parted(struct span gap)
{
    static const char *const words[] = {"and", "because", "when", "while", "until", "since", NULL};

    for (const char *const *word = words; *word; word++)
        if (has_word(gap, span_of(*word)))
            return true;
    return false;
}

/* From the term back to the last mark, over REACH_PIECES pieces and REACH_BYTES bytes at most; the distance is carried
 * on, so that each byte is counted once a term. */
static void look_back(struct scoring *scoring, struct scoring_term *term)
{
    uint32_t start = scoring->pieces[term->piece].start, seen = start;
    size_t least = term->piece > REACH_PIECES ? term->piece - REACH_PIECES : 0, distance = 0;

    for (size_t i = term->piece; i-- > least && !is_mark(&scoring->pieces[i]);) {
        const struct piece *piece = &scoring->pieces[i];
        bool may_negate = piece->roles & ROLE_NEGATION && !(scoring->traits & SCRIPT_TRAIT_NEGATES_BEHIND)
                          && applies(scoring, RULE_NEGATION);

        if (start - piece->end > REACH_BYTES)
            return;
        distance += distance_over(scoring, between(scoring, piece->end, seen));
        seen = piece->end;
        if (!is_near(scoring, distance, NEGATES_FAR_OVER)) /* nor is anything before it */
            return;
        bool negates = may_negate
                       && is_near(scoring, distance, piece->roles & ROLE_FAR ? NEGATES_FAR_OVER : NEGATES_OVER)
                       && !is_parted(between(scoring, piece->end, start));
        bool intensifies = piece->roles & ROLE_INTENSIFIER && applies(scoring, RULE_INTENSITY)
                           && is_near(scoring, distance, INTENSIFIES_OVER);

        if (negates || intensifies)
            turn(scoring, term, i, negates ? sense_of(scoring, i)->negation : sense_of(scoring, i)->factor);
        else if (piece->roles & ROLE_TERM)
            return;
    }
}

/* --- what follows a term --- */

static bool is_hiragana(uint32_t c)
{
    return (c >= 0x3041 && c <= 0x3096) || c == 0x30FC;
}

/* Kanji of words that carry a negation on: 良いとは思わない, 満足出来ない, 魅力を感じない. */
static bool carries(uint32_t c)
{
    static const uint32_t kanji[] = {0x601D, 0x8A00, 0x51FA, 0x6765, 0x611F, 0x6C17, 0x4E8B, 0x8A33,
                                     0x4F55, 0x5F97, 0x898B, 0x5F53, 0x547C, 0x6B8B, 0x751F, 0x5B58,
                                     0x5728, 0x8D77, 0x6301, 0x8A8D, 0x899A, 0x81F3, 0x7B48};

    for (size_t i = 0; i < sizeof kanji / sizeof *kanji; i++)
        if (kanji[i] == c)
            return true;
    return is_hiragana(c);
}

static bool holds(struct span text, const char *const *parts)
{
    for (; *parts; parts++)
        if (text.len && memmem(text.at, text.len, *parts, strlen(*parts)))
            return true;
    return false;
}

static bool is_one_of(struct span text, const char *const *all)
{
    for (; *all; all++)
        if (span_equal(text, span_of(*all)))
            return true;
    return false;
}

static struct span without_end(struct span text, const char *const *ends)
{
    for (; *ends; ends++) {
        size_t len = strlen(*ends);

        if (text.len >= len && memcmp(text.at + text.len - len, *ends, len) == 0)
            return (struct span){text.at, text.len - len};
    }
    return text;
}

/* Behind the last て or で of the gap; the gap's length where it has none. で of でき is none. */
static size_t behind_te(struct span gap)
{
    size_t at = gap.len;

    for (; at >= 3; at -= 3) {
        const char *sign = gap.at + at - 3;
        bool is_can = memcmp(sign, "で", 3) == 0 && at + 3 <= gap.len && memcmp(gap.at + at, "き", 3) == 0;

        if (memcmp(sign, "て", 3) == 0 || (memcmp(sign, "で", 3) == 0 && !is_can))
            return at;
    }
    return gap.len;
}

/* After て or で something else begins, unless this is said of the word before: 満足していない. */
static bool goes_on(struct span gap)
{
    static const char *const ways[] = {
        "",         "い",           "は",           "も",     "はい",     "もい",         "お",     "おり",
        "はおり",   "おら",         "くれ",         "もらえ", "はなら",   "あり",         "はあり", "もあり",
        "はござい", "はいか",       "はいき",       "は至ら", "は至り",   "はいられ",     "い見",   "もら",
        "いられ",   "いるとは言え", "いるとは思え", "も何と", "もなんと", "いるとは思わ", NULL};
    size_t at = behind_te(gap);

    return at == gap.len || is_one_of((struct span){gap.at + at, gap.len - at}, ways);
}

/* What a short negation is bound to by the kana before it: ず, ぬ, ん and ねえ negate behind the stem of a verb, and
 * ねえ behind く, じゃ, て and a particle: 楽しいんだ and 楽しいねえ negate nothing. Behind a stem なければ is half of
 * "must". */
static bool is_ending(const struct scoring *scoring, const struct piece *negation)
{
    static const char stems[] = "かがさざなはばまらわえけせねへめれげぜべきぎじちりみび";
    static const char stems_of_n[] = "得見出来経寝着", stems_of_zu[] = "たて得見出来経寝着レ",
                      stems_of_nee[] = "くゃてし得";
    static const char must[] = "かがさたなばまらわしきせ";
    struct span sign = between(scoring, negation->start, negation->end);

    if (negation->start < 3)
        return true;
    const char *before = scoring->reading->folded.at + negation->start - 3;
    if (span_starts(sign, SPAN("なけ")) || span_starts(sign, SPAN("なき")))
        return !memmem(must, sizeof must, before, 3);
    if (sign.len > 3 && !span_starts(sign, SPAN("ね")))
        return true;
    bool is_n = span_equal(sign, SPAN("ん"));
    if (memmem(stems, sizeof stems, before, 3))
        return !is_n || memcmp(before, "な", 3) != 0; /* 嫌なんだ */
    if (sign.len > 3)
        return memmem(stems_of_nee, sizeof stems_of_nee, before, 3);
    return is_n ? memmem(stems_of_n, sizeof stems_of_n, before, 3) : memmem(stems_of_zu, sizeof stems_of_zu, before, 3);
}

static bool begins_as(struct span text, const char *const *beginnings)
{
    while (*beginnings && !span_starts(text, span_of(*beginnings)))
        beginnings++;
    return *beginnings;
}

/* Kanji and katakana, with the kana that link words to a noun. */
static bool is_noun(struct span text)
{
    enum { NOUN_MAX = 6, FIRST_KATAKANA = 0x30A1 };
    static const char *const links[] = {"の", "な", "い", "る", "た", NULL};
    size_t count = 0;

    for (size_t at = 0, from = 0; at < text.len; count++, from = at)
        if (utf8_next(text, &at) < FIRST_KATAKANA && !is_one_of((struct span){text.at + from, at - from}, links))
            return false;
    return count <= NOUN_MAX;
}

/* The noun that a term describes may be between the two where the copula is negated, 最高の夏ではない, or that it is
 * there at all: いい店がない. */
static bool is_of_noun(struct span gap, struct span negation)
{
    static const char *const copulas[] = {"では", "じゃ", "とは言", "とは思", "とはい", NULL};
    static const char *const absences[] = {"ない", "なかっ", "なく", "無", "あり", "ござい", "ません", "なし", NULL};
    static const char *const particles[] = {"がい", "はい", "もい", "が", "は", "も", NULL};
    struct span noun = without_end(gap, particles);

    if (gap.len > REACH_BYTES)
        return false;
    if (begins_as(negation, copulas))
        return is_noun(gap);
    return noun.len < gap.len && begins_as(negation, absences) && is_noun(noun);
}

/* 感動も興奮もない */
static bool is_both(struct span gap)
{
    return gap.len > 2 * strlen("も") && gap.len <= BOTH_BYTES && span_starts(gap, SPAN("も"))
           && memcmp(gap.at + gap.len - 3, "も", 3) == 0;
}

/* Whether a negation that follows across the gap is said of the term before it. One of a single sign (ぬ)
 * has to follow at once. */
static bool binds(struct span gap, struct span negation)
{
    static const char *const breaks[] = {"から", "のに", "けど", "ので", "だし", "いし", "すぎ", "過ぎ", NULL};
    size_t count = 0;

    if (!gap.len || is_of_noun(gap, negation) || is_both(gap))
        return true;
    if (gap.len > REACH_BYTES || utf8_count(negation) == 1)
        return false;
    for (size_t at = 0; at < gap.len; count++)
        if (!carries(utf8_next(gap, &at)))
            return false;
    return count <= BINDS_OVER && goes_on(gap) && !holds(gap, breaks);
}

/* かわいくない？ asks for a yes. */
static bool is_asked(const struct scoring *scoring, size_t negation)
{
    enum { TAIL = 2 };
    static const char *const tails[] = {"ですか", "でしょうか", "だろうか", "かな", "のですか", NULL};
    const struct piece *pieces = scoring->pieces;
    size_t next = negation + 1;

    while (next < scoring->pieces_len && next <= negation + 2 && !is_mark(&pieces[next])) /* でしょうか is a form too */
        next++;
    if (next >= scoring->pieces_len || !(pieces[next].roles & ROLE_QUESTION)
        || pieces[next].start - pieces[negation].end > REACH_BYTES)
        return false;
    struct span tail = between(scoring, pieces[negation].end, pieces[next].start);
    return utf8_count(tail) <= TAIL || is_one_of(tail, tails);
}

/* --- what may be between a term and its negation --- */

/* 感動は全くない: an adverb behind a particle, or at once. */
static bool may_carry_adverb(struct span gap)
{
    static const char *const particles[] = {"は",   "が", "も",     "を",     "に",   "と", "では",
                                            "じゃ", "く", "なんて", "なんか", "など", "さ", NULL};

    return !gap.len
           || (gap.len <= REACH_BYTES && without_end(gap, particles).len < gap.len && binds(gap, SPAN("ない")));
}

/* 感動は、ない: a comma behind the topic. */
static bool may_carry_comma(struct span gap)
{
    static const char *const topics[] = {"は", "も", "とは", "では", "くは", "くも", "には", NULL};

    return is_one_of(gap, topics);
}

/* 不満も不安もない: the negation is said of both. */
static bool is_listed(struct span gap)
{
    static const char *const joins[] = {"も", "や", "と", "くも", NULL};

    return is_one_of(gap, joins);
}

/* The pain in my back is gone. */
static bool negates_back(const struct scoring *scoring, const struct piece *piece, struct span gap)
{
    return piece->roles & ROLE_BEHIND && applies(scoring, RULE_NEGATION) && gap.len <= REACH_BYTES
           && distance_over(scoring, gap) <= NEGATES_BACK_OVER && !is_parted(gap);
}

enum way { WAY_ENDS, WAY_PASSES, WAY_CARRIES, WAY_INTENSIFIES, WAY_NEGATES };

/* What the piece does to a term that ends before the gap: it turns it, carries a negation on, is passed over, or ends
 * the look. */
static enum way way_of(const struct scoring *scoring, size_t i, struct span gap)
{
    const struct piece *piece = &scoring->pieces[i];
    bool negates = piece->roles & ROLE_NEGATION && scoring->traits & SCRIPT_TRAIT_NEGATES_BEHIND
                   && applies(scoring, RULE_NEGATION) && is_ending(scoring, piece);

    if (is_mark(piece))
        return piece->roles & ROLE_COMMA && may_carry_comma(gap) ? WAY_CARRIES : WAY_ENDS;
    if (negates_back(scoring, piece, gap))
        return WAY_NEGATES;
    if (piece->roles & ROLE_INTENSIFIER && applies(scoring, RULE_INTENSITY) && !gap.len && !piece->is_taken)
        return WAY_INTENSIFIES;
    if (piece->roles & ROLE_TERM)
        return is_listed(gap) ? WAY_CARRIES : WAY_ENDS;
    if (negates && !binds(gap, between(scoring, piece->start, piece->end)))
        return WAY_ENDS;
    if (negates)
        return is_asked(scoring, i) ? WAY_PASSES : WAY_NEGATES;
    return piece->roles & ROLE_ADVERB && may_carry_adverb(gap) ? WAY_CARRIES : WAY_PASSES;
}

static void look_ahead(struct scoring *scoring, struct scoring_term *term)
{
    uint32_t end = scoring->pieces[term->piece].end;
    size_t last = term->piece + (size_t)REACH_PIECES;

    for (size_t i = term->piece + (size_t)1; i < scoring->pieces_len && i <= last; i++) {
        const struct piece *piece = &scoring->pieces[i];
        enum way way = way_of(scoring, i, between(scoring, end, piece->start));

        if (way == WAY_ENDS)
            return;
        if (way == WAY_INTENSIFIES)
            turn(scoring, term, i, sense_of(scoring, i)->factor);
        else if (way == WAY_NEGATES)
            turn(scoring, term, i, sense_of(scoring, i)->negation);
        if (way != WAY_PASSES)
            end = piece->end;
    }
}

void scoring_turn(struct scoring *scoring, struct scoring_term *term)
{
    look_back(scoring, term);
    if (scoring->traits || scoring->roles & ROLE_BEHIND)
        look_ahead(scoring, term);
}
