/* post: one raw social post, whatever the network that it came from.
 *
 * All spans borrow from the record and its arena. An empty span, a count of -1 and TIME_UNKNOWN say
 * that a fact is not known; nothing here is ever guessed. */
#pragma once

#include "common/span.h"
#include "common/time.h"

#include <stdbool.h>
#include <stdint.h>

/* Why a record could not become a post or was rejected: one row each, with its name in the dead letter and its meaning
 * for the reference. */
/* clang-format off */
#define FAULTS_LIST(X) \
    X(NOT_JSON, "not-json", "no JSON (RFC 8259); a raw NUL byte and a lone surrogate too") \
    X(NUMBER_RANGE, "number-range", "a number beyond 64-bit integers or doubles") \
    X(NOT_AN_OBJECT, "not-an-object", "JSON, but no object") \
    X(NO_ID, "no-id", "no id, or a null payload whose key is not known to be one") \
    X(NO_TEXT, "no-text", "neither text nor metrics") \
    X(WRONG_TYPE, "wrong-type", "a member of another type, or a count beyond 0 to 2^53 - 1") \
    X(BAD_UTF8, "bad-utf8", "bytes that are not UTF-8") \
    X(BAD_TIME, "bad-time", "a time that RFC 3339 does not know") \
    X(TOO_LARGE, "too-large", "longer than limits: post_bytes, or a record of more posts than limits: record_posts") \
    X(TOO_DEEP, "too-deep", "nested deeper than limits: post_depth") \
    X(BAD_FRAMING, "bad-framing", "no schema registry's frame where the input says there is one") \
    X(SKIPPED, "skipped", "the config's skip names the message") \
    X(TOO_COSTLY, "too-costly", "more CPU time than limits: post_cpu, or more memory than 1 MiB and 64 times limits: post_bytes") \
    X(REFUSED, "refused", "what came of the post was refused by the broker for good")
/* clang-format on */

#define FAULT_ID(id, name, help) FAULT_##id,
enum fault { FAULT_NONE, FAULTS_LIST(FAULT_ID) FAULTS };

/* The counts, in the order in which they are written; what people did precedes the views. */
/* clang-format off */
#define COUNTS_LIST(X) \
    X(REPOSTS, "reposts") X(QUOTES, "quotes") X(REPLIES, "replies") X(LIKES, "likes") X(BOOKMARKS, "bookmarks") X(VIEWS, "views")
/* clang-format on */

#define COUNT_ID(id, name) COUNT_##id,
enum count { COUNTS_LIST(COUNT_ID) COUNTS, COUNT_ENGAGING = COUNT_VIEWS };

/* The members of a post that are read; X(ID, name): the name is that of the canonical form. The first two are strict: a
 * post without them is none. Counts follow METRICS in the order of enum count. */
/* clang-format off */
#define POST_MEMBERS(X) \
    X(ID, "id") X(TEXT, "text") X(HIDDEN, "hidden") X(CREATED, "created_at") X(OBSERVED, "observed_at") X(LANG, "lang") \
    X(URL, "url") X(IN_REPLY_TO, "in_reply_to") X(REPOST_OF, "repost_of") X(QUOTE_OF, "quote_of") X(REPLACES, "replaces") \
    X(AUTHOR, "author") X(AUTHOR_ID, "author.id") X(HANDLE, "author.handle") X(FOLLOWERS, "author.followers") \
    X(AGE_BAND, "author.age_band") X(GENDER, "author.gender") X(METRICS, "metrics") X(REPOSTS, "metrics.reposts") \
    X(QUOTES, "metrics.quotes") X(REPLIES, "metrics.replies") X(LIKES, "metrics.likes") X(BOOKMARKS, "metrics.bookmarks") \
    X(VIEWS, "metrics.views") X(HASHTAGS, "hashtags") X(MENTIONS, "mentions") X(LINKS, "links") X(VISIBILITY, "visibility") \
    X(SENSITIVE, "sensitive") X(BOT, "author.bot") X(EXTRA, "extra")
/* clang-format on */

#define POST_MEMBER_INDEX(id, name) MEMBER_##id,
enum post_member { POST_MEMBERS(POST_MEMBER_INDEX) POST_MEMBER_COUNT };

/* Why an optional member is not used: it is unknown then, and counted. */
enum unusable {
    UNUSABLE_TYPE,  /* another JSON type */
    UNUSABLE_RANGE, /* a count below 0 or beyond 2^53 - 1, a time before 1970 or after 9999 */
    UNUSABLE_TIME,  /* no form of time that is read */
    UNUSABLE_VALUE, /* else no value of this member, such as a language that is none */
    UNUSABLES,
};

/* What a record says. */
enum saying {
    SAYS_POST,
    SAYS_UPDATE,  /* counts of a post, without its text */
    SAYS_HIDE,    /* the author wants the post hidden */
    SAYS_UNHIDE,  /* and takes it back */
    SAYS_NOTHING, /* not a post (a like, a heartbeat): a counted drop */
    SAYS_SEVERAL, /* several posts, which are decoded one by one; of none of them anything is known yet */
};

enum kind {
    KIND_UPDATE,
    KIND_REPOST,
    KIND_QUOTE,
    KIND_REPLY,
    KIND_POST,
    KINDS,
};

/* Whether the language of a post is looked for in its text. */
enum detect { DETECT_UNKNOWN, DETECT_NEVER, DETECT_ALWAYS };

/* What payloads list beside the text; in the order of enum entity_kind. */
enum payload_list { LISTED_HASHTAGS, LISTED_MENTIONS, LISTED_LINKS, LISTINGS };

struct listed {
    bool is_known;   /* the payload says it: the text is not asked */
    struct span *at; /* hashtags and mentions without # and @, links as whole addresses */
    size_t len, cap;
};

enum said { SAID_NOTHING, SAID_NO, SAID_YES };

struct author {
    struct span id, handle, age_band, gender;
    int64_t followers;
};

/* Between texts of their own in one span, where no term has it as it may have a blank or a line break. */
enum { POST_TEXTS_APART = 0x1F };

struct post {
    enum saying says;
    struct span raw; /* the JSON that it was read from, without framing */
    struct span id, text, lang, url;
    struct span usual_lang; /* of the posts of its input that state none */
    int detect;             /* enum detect */
    struct span in_reply_to, repost_of, quote_of, replaces;
    struct author author;
    int64_t counts[COUNTS];
    int64_t created_ms, observed_ms;
    struct listed listed[LISTINGS];
    bool is_cut;            /* the text ends in "…" where the network cut it, maybe within a word */
    struct span visibility; /* as the network names it: "public", "direct"… */
    enum said sensitive, bot;
    struct span extra; /* alt texts, options of a poll, … as the input asks for them, with POST_TEXTS_APART between */
    bool has_unusable;
    unsigned char unusable[POST_MEMBER_COUNT]; /* bit r: the member was given and is unknown by enum unusable r */
};

extern const char *const fault_names[FAULTS], *const fault_help[FAULTS];
extern const char *const count_names[COUNTS];
extern const char *const kind_names[KINDS];
extern const char *const member_names[POST_MEMBER_COUNT];
extern const char *const unusable_names[UNUSABLES];

enum { COUNT_UNKNOWN = -1 };

static inline enum post_member count_member(int count) /* of an enum count */
{
    return (enum post_member)(MEMBER_REPOSTS + count);
}

#define COUNT_MAX (((int64_t)1 << 53) - 1) /* what a double holds exactly */

void post_clear(struct post *post);                /* nothing is known */
enum kind post_kind(const struct post *post);      /* of a SAYS_POST or SAYS_UPDATE */
bool post_is_enriched(const struct post *post);    /* a post or a count update: the enrichers look at it */
struct span post_subject(const struct post *post); /* whose figures its counts are */
