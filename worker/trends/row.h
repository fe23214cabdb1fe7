/* row: one row of a facts topic, as the trend stage reads it.
 *
 * All spans borrow from the arena that it was decoded into. An empty span, COUNT_UNKNOWN and TIME_UNKNOWN say that a
 * fact is not known. */
#pragma once

#include "common/arena.h"
#include "common/json.h"
#include "worker/post.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ROW_TAGS_MAX = 500,              /* tags and hashtags together */
    ROW_LEAD_MS = 24 * TIME_HOUR_MS, /* how far as_of may be ahead of its record */
};

/* Why a row is not taken. X(ID, name, help) */
/* clang-format off */
#define ROW_FAULTS(X) \
    X(NONE, "", "") \
    X(NOT_JSON, "not-json", "not JSON (RFC 8259)") \
    X(NOT_AN_OBJECT, "not-an-object", "JSON, but not an object") \
    X(VERSION, "version", "a format version other than 1") \
    X(NO_ID, "no-id", "no id") \
    X(NO_AS_OF, "no-as-of", "no time that the row is as of") \
    X(WRONG_TYPE, "wrong-type", "a member of another type, or an unknown kind or sentiment") \
    X(NUMBER_RANGE, "number-range", "a count or a time out of range") \
    X(TOO_LARGE, "too-large", "a text longer than limits: post_bytes") \
    X(TOO_MANY_TAGS, "too-many-tags", "more than 500 tags and hashtags") \
    X(AHEAD, "ahead", "as of more than a day after its record's timestamp: set aside, since one wrong clock would win for ever (a hide holds, as of its record)")
/* clang-format on */

#define ROW_FAULT_INDEX(id, name, help) ROW_##id,
enum row_fault { ROW_FAULTS(ROW_FAULT_INDEX) ROW_FAULT_COUNT };

struct row_fault_info {
    const char *name, *help;
};
extern const struct row_fault_info row_faults[ROW_FAULT_COUNT];

enum row_says { ROW_OBSERVATION, ROW_HIDE, ROW_UNHIDE };

/* How a post sounds; UNKNOWN where no lexicon of its language was loaded. The order of the answers. */
enum row_sentiment { ROW_POSITIVE, ROW_NEUTRAL, ROW_NEGATIVE, ROW_UNKNOWN, ROW_SENTIMENTS };

/* Where a row is among those of one post: the greatest wins, member by member. */
struct row_order {
    int64_t as_of_ms;
    int64_t version; /* of the rules; 0 where the row names none */
    int64_t offset;  /* of the raw post; -1 where the row has no source */
    int64_t digest;  /* of the row's bytes, so that no two rows are alike */
};

struct row {
    enum row_says says;
    struct row_order order;
    int64_t timestamp_ms;             /* of the raw record, else the given one; TIME_UNKNOWN: neither */
    struct span network, id, subject; /* subject: whose figures they are, never empty */
    struct span replaces;
    int kind;      /* enum kind */
    int sentiment; /* enum row_sentiment */
    int64_t created_ms, followers;
    struct span lang, author, handle, segment, url, text;
    bool has_text, has_tags, has_hashtags;
    struct spans tags, hashtags;
    int64_t counts[COUNTS];
};

/* Reads one row. `timestamp_ms` is that of its record in the facts topic, TIME_UNKNOWN where there is none; a text of
 * more than text_max bytes is a fault. On a fault *row holds nothing to rely on; with ROW_AHEAD alone it is whole.
 *
 * A hide by a clock that is more than a day ahead is no fault: who asks to be hidden is hidden at once. It counts as of
 * its record, since its own time would win over each later word for ever, so that it could never be taken back. The
 * same holds for one that takes a hide back. */
enum row_fault row_decode(struct span bytes, int64_t timestamp_ms, size_t text_max, struct arena *mem, struct row *row);

int row_compare(const struct row_order *a, const struct row_order *b); /* < 0, 0, > 0 */
bool row_is_repost(const struct row *row);                             /* an observation of another post */
bool row_has_counts(const struct row *row);                            /* at least one is known */
