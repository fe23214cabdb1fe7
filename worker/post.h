/* post: one raw social post, whatever the network that it came from.
 *
 * All spans borrow from the record and its arena. An empty span, a count of -1 and TIME_UNKNOWN say
 * that a fact is not known; nothing here is ever guessed. */
#pragma once

#include "common/span.h"
#include "common/time.h"

#include <stdbool.h>
#include <stdint.h>

/* Why a record could not become a post or was rejected: one row each, with its name in the dead letter and its meaning for
 * the reference. */
#define FAULTS_LIST(X) \
    X(NOT_JSON, "not-json", "no JSON (RFC 8259); a raw NUL byte and a lone surrogate too") \
    X(NUMBER_RANGE, "number-range", "a number beyond 64-bit integers or doubles") \
    X(NOT_AN_OBJECT, "not-an-object", "JSON, but no object") \
    X(NO_ID, "no-id", "no id, or a null payload whose key is not known to be one") \
    X(NO_TEXT, "no-text", "neither text nor metrics") \
    X(WRONG_TYPE, "wrong-type", "a member of another type, or a count beyond 0 to 2^53 - 1") \
    X(BAD_UTF8, "bad-utf8", "bytes that are not UTF-8") \
    X(BAD_TIME, "bad-time", "a time that RFC 3339 does not know") \
    X(TOO_LARGE, "too-large", "longer than limits: post_bytes") \
    X(TOO_DEEP, "too-deep", "nested deeper than limits: post_depth") \
    X(BAD_FRAMING, "bad-framing", "no schema registry's frame where the input says there is one") \
    X(SKIPPED, "skipped", "the config's skip names the message") \
    X(TOO_COSTLY, "too-costly", "more CPU time than limits: post_cpu, or more memory than 1 MiB and 64 times limits: post_bytes") \
    X(REFUSED, "refused", "what came of the post was refused by the broker for good")

#define FAULT_ID(id, name, help) FAULT_##id,
enum fault { FAULT_NONE, FAULTS_LIST(FAULT_ID) FAULTS };

/* The counts, in the order in which they are written; what people did stands before the views. */
#define COUNTS_LIST(X) \
    X(REPOSTS, "reposts") X(QUOTES, "quotes") X(REPLIES, "replies") X(LIKES, "likes") X(BOOKMARKS, "bookmarks") X(VIEWS, "views")

#define COUNT_ID(id, name) COUNT_##id,
enum count { COUNTS_LIST(COUNT_ID) COUNTS, COUNT_ENGAGING = COUNT_VIEWS };

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

extern const char *const fault_names[FAULTS], *const fault_help[FAULTS];
extern const char *const count_names[COUNTS];
extern const char *const kind_names[KINDS];

enum { COUNT_UNKNOWN = -1 };

#define COUNT_MAX (((int64_t)1 << 53) - 1)              /* what a double holds exactly */

void post_clear(struct post *post);                    /* nothing is known */
enum kind post_kind(const struct post *post);          /* of a SAYS_POST or SAYS_UPDATE */
bool post_is_enriched(const struct post *post);        /* a post or a count update: the enrichers look at it */
struct span post_subject(const struct post *post);     /* whose figures its counts are */
