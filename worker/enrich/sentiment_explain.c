/* How a post came by its sentiment: each term with what turned it, the sum, the thresholds. */
#include "worker/enrich/sentiment_score.h"

enum { NEAR = 500, TURNS_SAID = TURNS_MAX + 8 }; /* a score this near to a threshold: said so */

struct teller {
    struct scoring scoring;
    struct origin *origin;
    struct arena *mem;
};

static struct span decimal(int64_t value, struct arena *mem)
{
    struct buf out = buf_in(mem);

    buf_decimal(&out, value);
    return buf_span(&out);
}

static const struct sense *sense_of(const struct teller *teller, size_t piece)
{
    return &teller->scoring.settings->lexicon.senses[teller->scoring.pieces[piece].sense];
}

static struct span written(const struct teller *teller, size_t piece)
{
    return teller->scoring.settings->lexicon.words[sense_of(teller, piece)->word].written;
}

/* --- one term --- */

static void add_turn(struct teller *teller, struct sentiment_hit *hit, int64_t factor, struct span why)
{
    if (factor != DECIMAL_ONE)
        hit->turns.at[hit->turns.len++] =
            span_format(teller->mem, "× %.*s (%.*s)", SPAN_ARGS(decimal(factor, teller->mem)), SPAN_ARGS(why));
}

static void tell_turns(struct teller *teller, const struct scoring_term *term, struct sentiment_hit *hit)
{
    for (size_t i = 0; i < term->turns_len; i++) {
        const struct turn *turn = &teller->scoring.turns[term->first_turn + i];
        int64_t factor = turn->factor;
        const char *how = factor < 0 ? "negated" : factor < DECIMAL_ONE ? "weaker" : "stronger";

        add_turn(teller, hit, factor,
                 span_format(teller->mem, "%s by %.*s", how, SPAN_ARGS(written(teller, turn->piece))));
    }
    add_turn(teller, hit, term->emphasis, SPAN("emphasis"));
    add_turn(teller, hit, term->contrast,
             term->contrast < DECIMAL_ONE ? SPAN("before a contrast") : SPAN("behind a contrast"));
    add_turn(teller, hit, term->question, SPAN("in a question"));
    add_turn(teller, hit, term->conditional, SPAN("in a condition"));
    add_turn(teller, hit, term->quoted, SPAN("quoted"));
    if (term->follows)
        add_turn(teller, hit, -DECIMAL_ONE, SPAN("ambiguous: it follows the rest"));
}

static struct sentiment_hit hit_of(struct teller *teller, const struct scoring_term *term)
{
    const struct piece *piece = &teller->scoring.pieces[term->piece];
    struct span text = teller->scoring.reading->post->text;
    struct sentiment_hit hit = {
        .term = written(teller, term->piece),
        .bytes = origin_of(teller->origin, piece->start, piece->end),
        .weight = decimal(term->weight, teller->mem),
        .value = decimal(term->value, teller->mem),
        .turns.at = arena_take(teller->mem, TURNS_SAID * sizeof(struct span)),
    };

    hit.text = (struct span){text.at + hit.bytes.start, hit.bytes.end - hit.bytes.start};
    tell_turns(teller, term, &hit);
    return hit;
}

struct sentiment_explanation sentiment_explain(const void *sentiment, const struct reading *reading,
                                               const struct found *found, struct arena *mem)
{
    struct teller teller = {.scoring = scoring_begin(sentiment, reading, found, mem), .mem = mem};
    struct sentiment_explanation out = {0};

    if (!scoring_find(&teller.scoring, found))
        return out;
    scoring_compute(&teller.scoring);
    teller.origin = origin_new(teller.scoring.reading->post->text, mem);
    out.hits = arena_take(mem, teller.scoring.terms_len * sizeof *out.hits);
    for (size_t i = teller.scoring.terms_len; i-- > 0;) /* they are from the last to the first */
        out.hits[out.hits_len++] = hit_of(&teller, &teller.scoring.terms[i]);
    out.sum = decimal(teller.scoring.sum, mem);
    return out;
}

/* --- the label --- */

/* "; only 0.03 from the threshold 0.2" */
static struct span say_near(const struct scoring_settings *settings, int64_t score, struct arena *mem)
{
    const int64_t thresholds[] = {settings->positive, settings->negative};

    for (size_t i = 0; i < sizeof thresholds / sizeof *thresholds; i++) {
        int64_t away = score < thresholds[i] ? thresholds[i] - score : score - thresholds[i];

        if (away < NEAR)
            return span_format(mem, "; only %.*s from the threshold %.*s", SPAN_ARGS(decimal(away, mem)),
                               SPAN_ARGS(decimal(thresholds[i], mem)));
    }
    return SPAN("");
}

static struct span say_score(const struct scoring *scoring, const struct sentiment *sentiment, struct arena *mem)
{
    const struct scoring_settings *settings = scoring->settings;

    if (!scoring->terms_len)
        return SPAN("no term of its language's lexicon is there");
    struct span sum = decimal(scoring->sum, mem), score = decimal(sentiment->score, mem);
    struct span size = decimal(scoring->sum < 0 ? -scoring->sum : scoring->sum, mem);
    return span_format(mem, "score %.*s = %.*s / √(%.*s² + 15); positive from %.*s, negative from %.*s%.*s",
                       SPAN_ARGS(score), SPAN_ARGS(sum), SPAN_ARGS(size), SPAN_ARGS(decimal(settings->positive, mem)),
                       SPAN_ARGS(decimal(settings->negative, mem)),
                       SPAN_ARGS(say_near(settings, sentiment->score, mem)));
}

void scoring_explain(const void *from, const struct reading *reading, const struct found *found, struct findings *out)
{
    const struct scoring_settings *settings = from;
    struct scoring scoring = scoring_begin(settings, reading, found, out->mem);
    struct finding account = {.name = SPAN("sentiment")};

    if (!settings->lexicon.langs_len)
        return; /* the rules have no such section */
    if (scoring_find(&scoring, found)) {
        scoring_compute(&scoring);
        account.value = span_of(sentiment_names[found->sentiment.label]);
        account.how = say_score(&scoring, &found->sentiment, out->mem);
    } else {
        account.how = reading->has_text
                          ? span_format(out->mem, "no lexicon of %.*s is loaded, and no sign of any language is there",
                                        SPAN_ARGS(found->lang))
                          : SPAN("an update has no text");
    }
    findings_add(out, account);
}
