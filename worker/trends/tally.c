#include "worker/trends/tally.h"

enum { FEW = 12 };

void tally_clear(struct tally *tally)
{
    tally->posts = tally->reposts = tally->authors_unknown = 0;
    memset(tally->sentiment, 0, sizeof tally->sentiment);
    tally->authors.len = 0;
    tally->segments_len = 0;
    for (int i = 0; i < TALLY_HOURS; i++)
        tally->hours[i].len = 0;
}

bool tally_wants(const struct tally_span *span, const struct entry *entry)
{
    return (span->lang < 0 || entry->lang == span->lang) && (span->segment < 0 || entry->segment == span->segment)
           && (span->sentiment < 0 || entry->sentiment == span->sentiment);
}

static void add_author(struct tally *tally, struct authors *authors, int64_t author)
{
    authors->at = arena_room(tally->mem, authors->at, authors->len, &authors->cap, sizeof *authors->at);
    authors->at[authors->len++] = author;
}

static void add_segment(struct tally *tally, int64_t segment)
{
    for (size_t i = 0; i < tally->segments_len; i++)
        if (tally->segments[i].segment == segment) {
            tally->segments[i].posts++;
            return;
        }
    tally->segments =
        arena_room(tally->mem, tally->segments, tally->segments_len, &tally->segments_cap, sizeof *tally->segments);
    tally->segments[tally->segments_len++] = (struct segment_count){segment, 1};
}

static int hour_slot(int hour)
{
    return hour <= BURST_DAY_HOURS ? hour : BURST_DAY_HOURS + hour / 24 - 1;
}

static void add_post(struct tally *tally, const struct entry *entry)
{
    tally->posts++;
    tally->sentiment[entry->sentiment]++;
    if (entry->author)
        add_author(tally, &tally->authors, entry->author);
    else
        tally->authors_unknown++;
    if (entry->segment)
        add_segment(tally, entry->segment);
}

void tally_add(struct tally *tally, const struct tally_span *span, const struct entry *entry)
{
    bool is_repost = entry->kind == KIND_REPOST,
         in_window = entry->time_ms > span->from_ms && entry->time_ms <= span->to_ms;

    if (!tally_wants(span, entry))
        return;
    if (in_window && is_repost)
        tally->reposts++;
    else if (in_window)
        add_post(tally, entry);
    int hour = is_repost || !entry->author ? -1 : burst_hour(span->at_ms, entry->time_ms);
    if (hour >= 0)
        add_author(tally, &tally->hours[hour_slot(hour)], entry->author);
}

static bool was_before(const struct authors *authors, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (authors->at[k] == authors->at[i])
            return true;
    return false;
}

static int64_t distinct_few(const struct authors *authors)
{
    int64_t count = 0;

    for (size_t i = 0; i < authors->len; i++)
        count += !was_before(authors, i);
    return count;
}

/* A table of at least twice as many places, all free. Numbers of authors are hashes already. */
int64_t tally_distinct(struct tally *tally, const struct authors *authors)
{
    size_t slots = 64;
    int64_t count = 0;

    if (authors->len <= FEW)
        return distinct_few(authors);
    while (slots < authors->len * 2)
        slots *= 2;
    if (tally->table.cap < slots) {
        tally->table.at = arena_take(tally->mem, slots * sizeof *tally->table.at);
        tally->table.cap = slots;
    }
    memset(tally->table.at, 0, slots * sizeof *tally->table.at);
    for (size_t i = 0; i < authors->len; i++) {
        size_t at = (uint64_t)authors->at[i] / 2 % slots;

        while (tally->table.at[at] && tally->table.at[at] != authors->at[i])
            at = (at + 1) % slots;
        count += !tally->table.at[at];
        tally->table.at[at] = authors->at[i];
    }
    return count;
}

void tally_burst(struct tally *tally, struct burst *burst)
{
    int64_t authors[BURST_REACH_HOURS] = {0};

    for (int hour = 0; hour < BURST_REACH_HOURS; hour++)
        if (hour <= BURST_DAY_HOURS || hour % 24 == 0)
            authors[hour] = tally_distinct(tally, &tally->hours[hour_slot(hour)]);
    burst_of(authors, burst);
}

void tally_trend(struct tally *tally, struct trend *trend)
{
    trend->posts = tally->posts;
    trend->reposts = tally->reposts;
    trend->authors = tally_distinct(tally, &tally->authors);
    trend->authors_unknown = tally->authors_unknown;
    for (int i = 0; i < ROW_SENTIMENTS; i++)
        trend->sentiment[i].posts = tally->sentiment[i];
    shares_of(trend->sentiment, ROW_SENTIMENTS, sizeof *trend->sentiment);
    tally_burst(tally, &trend->burst);
    trend->segments_base = 0;
    for (size_t i = 0; i < tally->segments_len; i++)
        trend->segments_base += tally->segments[i].posts;
}
