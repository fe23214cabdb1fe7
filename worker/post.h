/* post: one raw social post, whatever the network that it came from.
 *
 * All spans borrow from the record and its arena. An empty span, a count of -1 and TIME_UNKNOWN say
 * that a fact is not known; nothing here is ever guessed. */
#pragma once

#include "common/span.h"
#include "common/time.h"

#include <stdbool.h>
#include <stdint.h>

/* Why a record could not become a post or was refused; the name stands in the dead letter. */
enum fault {
    FAULT_NONE,
    FAULT_NOT_JSON,
    FAULT_NUMBER_RANGE,
    FAULT_NOT_AN_OBJECT,
    FAULT_NO_ID,
    FAULT_NO_TEXT,
    FAULT_WRONG_TYPE,
    FAULT_BAD_UTF8,
    FAULT_BAD_TIME,
    FAULT_TOO_LARGE,
    FAULT_TOO_DEEP,
    FAULT_BAD_FRAMING,
    FAULT_SKIPPED,
    FAULT_REFUSED,
    FAULTS,
};

/* The counts, in the order in which they are written. */
enum count {
    COUNT_REPOSTS,
    COUNT_QUOTES,
    COUNT_REPLIES,
    COUNT_LIKES,
    COUNT_BOOKMARKS,
    COUNT_VIEWS,
    COUNTS,
    COUNT_ENGAGING = COUNT_VIEWS,       /* those before it are what people did */
};

/* What a record says. */
enum saying {
    SAYS_POST,
    SAYS_UPDATE,            /* counts of a post, without its text */
    SAYS_HIDE,              /* the author wants the post hidden */
    SAYS_UNHIDE,            /* and takes it back */
    SAYS_NOTHING,           /* rightly no post (a like, a heartbeat): a counted drop */
};

enum kind {
    KIND_UPDATE,
    KIND_REPOST,
    KIND_QUOTE,
    KIND_REPLY,
    KIND_POST,
    KINDS,
};

struct author {
    struct span id, handle, age_band, gender;
    int64_t followers;
};

struct post {
    enum saying says;
    struct span raw;                    /* the JSON that it was read from, without framing */
    struct span id, text, lang, url;
    struct span in_reply_to, repost_of, quote_of, replaces;
    struct author author;
    int64_t counts[COUNTS];
    int64_t created_ms, observed_ms;
};

extern const char *const fault_names[FAULTS];
extern const char *const count_names[COUNTS];
extern const char *const kind_names[KINDS];

enum { COUNT_UNKNOWN = -1 };

#define COUNT_MAX (((int64_t)1 << 53) - 1)              /* what a double holds exactly */

void post_clear(struct post *post);                    /* nothing is known */
enum kind post_kind(const struct post *post);          /* of a SAYS_POST or SAYS_UPDATE */
bool post_is_enriched(const struct post *post);        /* a post or a count update: the enrichers look at it */
struct span post_subject(const struct post *post);     /* whose figures its counts are */
