/* Which forms of the lexicon a post has, and where they are: the longest of those that overlap, with the marks around
 * them, within quotations. */
#include "common/fold.h"
#include "common/utf8.h"
#include "worker/enrich/sentiment_parts.h"

enum {
    ZWJ = 0x200D,
    TEXT_SELECTOR = 0xFE0E,
    EMOJI_SELECTOR = 0xFE0F,
    TONE_FIRST = 0x1F3FB,
    TONE_LAST = 0x1F3FF,
    OPEN_MAX = 8,
    JOINED_MAX = 64 /* marks that are folded with what they join: folding cuts a run of 30 */
};

/* The sense that the post's language has, else that of any language; 0: none that counts here. */
static uint32_t choose(const struct scoring *scoring, uint32_t first)
{
    const struct sense *senses = scoring->settings->lexicon.senses;
    uint32_t any = 0;

    for (uint32_t i = first; i; i = senses[i - 1].next) {
        if (senses[i - 1].lang == scoring->lang)
            return i;
        if (senses[i - 1].lang == LANG_ANY)
            any = i;
    }
    return any;
}

/* What a literal is to this post; one without a sense if it is nothing. Most literals have one sense, and the
 * entry says all. */
static inline struct entry find_entry(const struct scoring *scoring, uint32_t term)
{
    const struct lexicon *lexicon = &scoring->settings->lexicon;
    const struct entry *entry = &lexicon->entries[term];

    if ((unsigned)(entry->lang == scoring->lang) | !(entry->look & LOOK_LANG)) /* one branch, which is always taken */
        return *entry;
    uint32_t sense = choose(scoring, entry->sense);
    return sense ? lexicon_entry(lexicon, sense) : (struct entry){0};
}

/* The same of any hit: its literal may be another enricher's. */
static struct entry find_any_entry(const struct scoring *scoring, uint32_t term)
{
    return term < scoring->settings->lexicon.terms_len ? find_entry(scoring, term) : (struct entry){0};
}

/* --- words --- */

/* Behind a run of the last letter, of two more or more: happyyyy, wwww. */
static uint32_t end_of_run(struct span text, uint32_t start, uint32_t end)
{
    uint32_t at = end, least = end - start > 1 && text.at[end - 2] == text.at[end - 1] ? 1 : 2;

    while (at < text.len && text.at[at] == text.at[end - 1])
        at++;
    return at - end >= least ? at : end;
}

static bool is_word_sign(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* The quick look: 1 for a word that holds and 0 for one that does not, -1 where it cannot tell. */
static int stands_in_ascii(struct span text, const struct hit *hit)
{
    unsigned char before = hit->start ? (unsigned char)text.at[hit->start - 1] : ' ';
    unsigned char after = hit->end < text.len ? (unsigned char)text.at[hit->end] : ' ';
    unsigned char first = (unsigned char)text.at[hit->start], last = (unsigned char)text.at[hit->end - 1];

    if ((before | after | first | last) & 0x80)
        return -1;
    return !(is_word_sign(before) && is_word_sign(first)) && !(is_word_sign(last) && is_word_sign(after));
}

/* Whether the place is within a word, where the signs around it are ASCII. */
static bool is_inside(struct span text, size_t at)
{
    return at && is_word_sign((unsigned char)text.at[at - 1]) && is_word_sign((unsigned char)text.at[at]);
}

/* Whether the form is a word of its own; drawn out it is one too, and ends behind the run. */
static bool stands(const struct scoring *scoring, const struct hit *hit, uint32_t *drawn_to)
{
    struct span text = scoring->reading->folded;
    int quick = stands_in_ascii(text, hit);

    if (quick > 0 || (quick < 0 && literal_stands(text, hit->start, hit->end, false)))
        return true;
    /* Only what begins as a word is followed: else each place of a run would be, to its end. */
    if (quick == 0 ? is_inside(text, hit->start) : hit->start && literal_cuts(text, hit->start))
        return false;
    uint32_t end = end_of_run(text, hit->start, hit->end);
    if (end == hit->end || !literal_stands(text, hit->start, end, false))
        return false;
    *drawn_to = end;
    return true;
}

/* As memmem says it, but at the speed of memchr: the first byte of the part is rare. */
static bool has_part(struct span text, struct span part)
{
    const char *at = text.at, *end = text.at + text.len;

    while ((at = memchr(at, part.at[0], (size_t)(end - at)))
           && !span_starts((struct span){at, (size_t)(end - at)}, part))
        at++;
    return at;
}

/* --- emoji --- */

static bool is_dress(uint32_t c)
{
    return c == TEXT_SELECTOR || c == EMOJI_SELECTOR || (c >= TONE_FIRST && c <= TONE_LAST);
}

/* Where folding looks further than a code point: behind what joins this one. */
static size_t piece_end(struct span text, size_t at)
{
    size_t end = at;

    utf8_next(text, &end);
    for (size_t next = end, joined = 0; next < text.len && joined < JOINED_MAX; end = next, joined++)
        if (!fold_joins(utf8_next(text, &next)))
            break;
    return end;
}

/* A walk through the text and what folding made of it. */
struct walk {
    struct span text, folded;
    size_t at, folded_at;
    struct joint joint; /* what was folded away at this place so far */
    bool undressed;     /* and whether that was more than tones and selectors */
};

static void drop(struct walk *walk, uint32_t c)
{
    walk->joint.ends = c == ZWJ;
    walk->joint.begins |= c == ZWJ && !walk->undressed;
    walk->undressed |= !is_dress(c);
}

/* One step: a code point that stays, one that goes, or what folding changes as a whole. */
static void take_step(struct walk *walk, struct arena *scratch)
{
    size_t next = walk->at, folded_next = walk->folded_at;
    uint32_t c = utf8_next(walk->text, &next);

    if (walk->at && fold_is_blank(c) && fold_is_blank(utf8_before(walk->text, walk->at))) {
        ; /* a run of blanks is one */
    } else if (walk->folded_at < walk->folded.len && utf8_next(walk->folded, &folded_next) == c) {
        walk->folded_at = folded_next;
    } else if (c == ZWJ || is_dress(c)) {
        drop(walk, c);
    } else {
        next = piece_end(walk->text, walk->at);
        walk->folded_at += fold_text((struct span){walk->text.at + walk->at, next - walk->at}, scratch).len;
        arena_reset(scratch);
    }
    walk->at = next;
}

static void add_joint(struct scoring *scoring, const struct joint *joint)
{
    if (!joint->ends && !joint->begins)
        return;
    scoring->joints =
        arena_room(scoring->mem, scoring->joints, scoring->joints_len, &scoring->joints_cap, sizeof *scoring->joints);
    scoring->joints[scoring->joints_len++] = *joint;
}

/* Once the walk has come to another place. */
static void keep_joint(struct scoring *scoring, struct walk *walk)
{
    if (walk->folded_at == walk->joint.at)
        return;
    add_joint(scoring, &walk->joint);
    walk->joint = (struct joint){.at = (uint32_t)walk->folded_at};
    walk->undressed = false;
}

/* Passes what folding left as it was, a word of the machine at a time, up to where a code point begins. */
static void pass_same(struct walk *walk)
{
    size_t same = 0, left = walk->text.len - walk->at, folded_left = walk->folded.len - walk->folded_at;
    const char *text = walk->text.at + walk->at, *folded = walk->folded.at + walk->folded_at;

    while (same + 8 <= left && same + 8 <= folded_left && memcmp(text + same, folded + same, 8) == 0)
        same += 8;
    while (same && same < left && ((unsigned char)text[same] & 0xC0) == 0x80)
        same--;
    walk->at += same;
    walk->folded_at += same;
}

static void find_joints(struct scoring *scoring)
{
    struct walk walk = {.text = scoring->reading->post->text, .folded = scoring->reading->folded};
    struct arena *scratch = arena_new();

    while (walk.at < walk.text.len) {
        pass_same(&walk);
        keep_joint(scoring, &walk);
        if (walk.at < walk.text.len)
            take_step(&walk, scratch);
        keep_joint(scoring, &walk);
    }
    add_joint(scoring, &walk.joint);
    arena_free(scratch);
}

static const struct joint *joint_at(const struct scoring *scoring, uint32_t at)
{
    static const struct joint none;
    size_t low = 0, high = scoring->joints_len;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (scoring->joints[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low < scoring->joints_len && scoring->joints[low].at == at ? &scoring->joints[low] : &none;
}

/* A part of a longer emoji: the heart of two people in love is no word of the author's. */
static bool is_part(const struct scoring *scoring, const struct hit *hit)
{
    struct span folded = scoring->reading->folded;
    size_t end = hit->end;

    for (size_t next = end; next < folded.len && is_dress(utf8_next(folded, &next)); end = next)
        ;
    return joint_at(scoring, hit->start)->ends || joint_at(scoring, (uint32_t)end)->begins;
}

/* --- the longest of those that overlap --- */

static bool has_joiner(struct scoring *scoring)
{
    struct span text = scoring->reading->post->text;

    if (!scoring->joiner) {
        scoring->joiner = has_part(text, SPAN("\u200D")) ? YES : NO;
        if (scoring->joiner == YES)
            find_joints(scoring);
    }
    return scoring->joiner == YES;
}

static bool fits(struct scoring *scoring, const struct hit *hit, unsigned look, uint32_t *drawn_to)
{
    if (!(look & (LOOK_EDGES | LOOK_SIGN)))
        return true;
    if (look & LOOK_EDGES && !stands(scoring, hit, drawn_to))
        return false;
    return !(look & LOOK_SIGN) || !has_joiner(scoring) || !is_part(scoring, hit);
}

static int32_t weight_of(const struct scoring *scoring, struct kept_hit kept)
{
    return scoring->settings->lexicon.senses[kept.sense].weight;
}

/* A negation that begins within the end of its term leaves it: the で of 元気ではない is of 元気でる too. A term that
 * ends in ん is negated already: 納得できんかった. */
static bool begins_within(const struct scoring *scoring, const struct hit *hit, struct entry entry,
                          struct kept_hit kept)
{
    return entry.roles == ROLE_NEGATION && scoring->traits & SCRIPT_TRAIT_NEGATES_BEHIND && kept.start < hit->start
           && kept.end < hit->end && weight_of(scoring, kept);
}

/* An adverb does not begin within a term, 決して in 解決して, nor a negation with the ん of a term that is negated
 * already: 喜べんかった. */
static bool cuts_term(const struct scoring *scoring, const struct hit *hit, struct entry entry, struct kept_hit kept)
{
    bool begins_as_n = entry.roles == ROLE_NEGATION && span_starts(between(scoring, hit->start, hit->end), SPAN("ん"));

    return (entry.roles == ROLE_ADVERB || begins_as_n) && kept.start < hit->start && weight_of(scoring, kept);
}

/* How many hits stay if this one takes the room of the shorter ones at the end that it overlaps; SIZE_MAX if one of
 * them is as long or longer. */
static size_t room_for(const struct scoring *scoring, const struct hit *hit, struct entry entry)
{
    size_t keep = scoring->kept_len;

    while (keep && scoring->kept[keep - 1].end > hit->start) {
        struct kept_hit kept = scoring->kept[keep - 1];

        if (cuts_term(scoring, hit, entry, kept))
            return SIZE_MAX;
        if (begins_within(scoring, hit, entry, kept))
            return keep;
        if (kept.end - kept.start >= hit->end - hit->start)
            return SIZE_MAX;
        keep--;
    }
    return keep;
}

/* Whether a hit counts, and where it ends then: drawn out, or without its tail. */
static bool counts(struct scoring *scoring, const struct hit *hit, struct entry entry, uint32_t *end)
{
    *end = hit->end;
    if (!entry.sense || !fits(scoring, hit, entry.look, end)
        || references_about(&scoring->references, hit->start, hit->end) != REFERENCE_NONE)
        return false;
    if (entry.look & LOOK_TAIL)
        *end -= scoring->settings->lexicon.senses[entry.sense - 1].tail;
    return true;
}

/* Where a form that begins before the new one had to make room, the longest negation within it that ends before the new
 * one is back: not in "not so happy", since "not so" loses to "so happy". Looks at the hits within the lost form alone.
 */
static size_t bring_back(struct scoring *scoring, size_t room, uint32_t before)
{
    const struct hit *hits = scoring->reading->hits.at;
    uint32_t lost = scoring->kept[room].hit, least = room ? scoring->kept[room - 1].end : 0, len = 0, end;

    least = hits[lost].start > least ? hits[lost].start : least;
    for (uint32_t i = lost; i-- > 0 && hits[i].end > least;) {
        struct entry entry = find_any_entry(scoring, hits[i].term);

        if (hits[i].start < least || hits[i].end > before || hits[i].end - hits[i].start <= len
            || !(entry.roles & ROLE_NEGATION) || !counts(scoring, &hits[i], entry, &end))
            continue;
        scoring->kept[room] = (struct kept_hit){i, hits[i].start, end, entry.sense - 1};
        len = hits[i].end - hits[i].start;
    }
    return room + (len > 0);
}

/* Whether it has a weight, if it stays. */
static bool keep_hit(struct scoring *scoring, uint32_t i)
{
    const struct hit *hit = &scoring->reading->hits.at[i];
    struct entry entry = find_entry(scoring, hit->term);
    uint32_t end;

    if (!entry.sense)
        return false;
    size_t room = room_for(scoring, hit, entry);
    if (room == SIZE_MAX || !counts(scoring, hit, entry, &end))
        return false;
    if (room < scoring->kept_len && scoring->kept[room].start < hit->start)
        room = bring_back(scoring, room, hit->start);
    scoring->kept[room] = (struct kept_hit){i, hit->start, end, entry.sense - 1};
    scoring->kept_len = room + 1;
    scoring->roles |= entry.roles;
    return entry.weight;
}

/* Whether there may be a term with a weight. */
static bool keep_hits(struct scoring *scoring)
{
    const struct hits *hits = &scoring->reading->hits;
    size_t terms_len = scoring->settings->lexicon.terms_len;
    bool has_weight = false;

    scoring->kept = arena_take(scoring->mem, hits->len * sizeof *scoring->kept);
    for (uint32_t i = 0; i < hits->len; i++)
        if (hits->at[i].term < terms_len)
            has_weight |= keep_hit(scoring, i);
    return has_weight;
}

/* --- quotations --- */

static bool closes(const struct scoring *scoring, size_t open, size_t close)
{
    char sign = scoring->reading->folded.at[scoring->pieces[open].start];

    return (sign == '"') == (scoring->reading->folded.at[scoring->pieces[close].start] == '"');
}

static void quote(struct scoring *scoring, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        scoring->pieces[i].is_quoted = true;
}

/* What is opened and never closed is no quotation. */
static void find_quotations(struct scoring *scoring)
{
    size_t open[OPEN_MAX], depth = 0, repeated = scoring->pieces_len;

    for (size_t i = 0; i < scoring->pieces_len; i++) {
        unsigned roles = scoring->pieces[i].roles;

        if (roles & ROLE_REPEATS && i < repeated)
            repeated = i;
        if (roles & ROLE_CLOSES && depth && closes(scoring, open[depth - 1], i))
            quote(scoring, open[--depth], i);
        else if (roles & ROLE_OPENS && depth < OPEN_MAX)
            open[depth++] = i;
    }
    quote(scoring, repeated, scoring->pieces_len);
}

/* Without a lexicon of the post's language only the signs of any language tell, and nothing where there is none. */
static bool is_told(const struct scoring *scoring)
{
    for (size_t i = 0; i < scoring->spots_len && scoring->lang == LANG_ANY; i++)
        if (scoring->pieces[scoring->spots[i]].weight)
            return true;
    return scoring->lang != LANG_ANY;
}

bool scoring_find(struct scoring *scoring, const struct found *found)
{
    uint8_t lang = lexicon_find_lang(&scoring->settings->lexicon, found->lang);

    if (!scoring->reading->has_text || !scoring->settings->lexicon.langs_len)
        return false;
    scoring->lang = lang == LANG_NONE ? LANG_ANY : lang;
    scoring->traits = scoring->settings->lexicon.traits[scoring->lang];
    if (!keep_hits(scoring)) /* nothing to compute */
        return scoring->lang != LANG_ANY;
    scoring_find_pieces(scoring);
    if (scoring->roles & (ROLE_OPENS | ROLE_REPEATS))
        find_quotations(scoring);
    return is_told(scoring);
}
