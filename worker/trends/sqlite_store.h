/* sqlite_store: what the parts of the SQLite store share.
 *
 * A post is a number; so are the names of tags, hashtags (with #), languages, segments and networks. The tables:
 * post (what is known of it, of the greatest row that is no update), text (in this one place), seen (an observation),
 * post_tag (its tags, clustered by tag and time, with all that a figure needs; two tags of no name have every post with
 * the numbers of its tags), hour (what those two have of an hour, packed: made of them again at any time), name, place,
 * state, again (posts whose rows must be read again). */
#pragma once

#include "common/sql.h"
#include "worker/trends/sqlite_facts.h"
#include "worker/trends/store.h"

#include <sys/types.h>

enum {
    SCHEMA_VERSION = 3,
    APPLICATION_ID = 0x74726d6c,
    NAME_NONE = 0,
    TAG_ALL = 0,      /* every post but reposts */
    TAG_REPOSTS = -1, /* every repost */
};

enum post_state {
    POST_HIDDEN = 1,   /* its greatest hide row says so */
    POST_REPLACED = 2, /* an edit has taken its place */
    POST_LOST = 4,     /* rows of it were dropped or removed while it was hidden */
};

/* X(id, words): statements, prepared when they are first used. */
enum statement_id {
    /* sqlite_names.c */
    DO_NAME_FIND,
    DO_NAME_ADD,
    DO_NAME_TEXT,
    DO_NAME_DROP,
    DO_NAME_MAX,
    DO_TAG_USED,
    /* sqlite_write.c */
    DO_POST_FIND,
    DO_POST_ADD,
    DO_POST_NEW,
    DO_POST_STATE,
    DO_POST_HIDE,
    DO_POST_FIRST,
    DO_POST_SET,
    DO_POST_ORDER,
    DO_POST_SUBJECT,
    DO_POST_UNSEEN,
    DO_POST_LEVELS,
    DO_TEXT_SET,
    DO_SEEN_SET,
    DO_SEEN_SET_MANY,
    DO_TAG_ADD,
    DO_TAG_ADD_MANY,
    DO_PLACE_SET,
    DO_STATE_SET,
    DO_AGAIN_ADD,
    DO_AGAIN_FIND,
    /* sqlite_remove.c */
    DO_POST_CLEAR,
    DO_POST_DROP,
    DO_TEXT_DROP,
    DO_TAG_DROP,
    DO_SEEN_DROP,
    DO_SEEN_DROP_ALL,
    DO_SEEN_POSTS,
    DO_POST_GET,
    DO_OVER,
    DO_SWEEP,
    DO_SEEN_ANY,
    /* sqlite_ask.c */
    DO_TAG_SCAN,
    DO_TAG_FACTS,
    DO_TAG_COUNT,
    DO_COUNTS,
    DO_HISTORY,
    DO_POST_ALL,
    DO_TEXT_GET,
    DO_ID_GET,
    DO_POST_BY_ID,
    DO_PLACES,
    DO_AGAIN_COUNT,
    /* sqlite_hours.c, sqlite_scan.c */
    DO_HOUR_LIST,
    DO_HOUR_SET,
    DO_HOUR_DROP,
    DO_HOURS,
    STATEMENTS,
};

enum { MANY = 8 }; /* rows of a statement of that name */

extern const char *const sqlite_words[STATEMENTS];
extern const char sqlite_schema[];

struct name_cache; /* names and their numbers, in memory */
struct post_cache; /* posts that rows spoke of last, in memory */
struct pending;    /* rows of this transaction that are not yet written */

struct sqlite_store {
    struct trend_store store;
    const struct trend_settings *settings;
    struct sql *sql;
    struct sql_statement *statements[STATEMENTS];
    struct name_cache *names;
    struct post_cache *posts;
    struct pending *pending;
    struct arena *mem; /* of one batch */
    char *path;
    dev_t device; /* of the file, when it was opened */
    ino_t inode;
    int lock; /* descriptor of the locked file; -1: none */
    int64_t newest_ms, version, rows;
    int64_t names_version; /* of a store that is read: what `names` was filled from */
    int64_t sweep_at;      /* the post that retention looked at last */
    int64_t last_post;     /* the greatest number of a post */
    struct committed {     /* as it was before the open transaction */
        int64_t newest_ms, sweep_at;
        bool has_again;
    } committed;
    int64_t open_rows; /* of the open transaction */
    bool is_open;
    bool must_scrub; /* bytes of hidden posts are still in the write-ahead log */
    bool has_again;
    struct kept_scan { /* entries of the tag that was asked for last */
        struct arena *mem;
        struct tag_block block;
        int64_t tag, version, from_ms, to_ms;
        bool is_set, is_too_large;
    } kept;
    struct packed_hours { /* of a store that is written: see sqlite_hours.h */
        int64_t *at;      /* those that are packed, in order */
        size_t len, cap;
        bool is_known;      /* else a row may be there for any hour */
        int64_t next, last; /* to be looked at; the last one that is over */
        int64_t credit;
    } hours;
};

/* Of a store that is read beside a writer, before it is asked: where --rebuild has put another file there, that one is
 * opened, once there is a store in it. Until then the old one, which is still open, gives what it had. */
void sqlite_follow(struct sqlite_store *store);

/* The statement, ready to bind. NULL on failure. */
struct sql_statement *sqlite_do(struct sqlite_store *store, enum statement_id id, struct err *err);

/* --- names --- */

struct name_cache *name_cache_new(void);
void name_cache_free(struct name_cache *names);
void name_cache_clear(struct name_cache *names); /* after a rollback: some were never written */

/* The number of a name; NAME_NONE for an empty one. `add` makes it where there is none, else NAME_NONE with *found
 * false. */
bool sqlite_name(struct sqlite_store *store, struct span text, bool add, int64_t *name, struct err *err);
bool sqlite_name_text(struct sqlite_store *store, int64_t name, struct arena *mem, struct span *text, struct err *err);
bool sqlite_name_drop_unused(struct sqlite_store *store, int64_t name, struct err *err);

/* --- posts --- */

struct post_cache *post_cache_new(void);
void post_cache_free(struct post_cache *cache);  /* takes NULL */
void post_cache_clear(struct post_cache *cache); /* after a rollback, and where many posts change */

/* The post, to be read and changed until the cache turns; NULL: it is not there. */
struct known_post;
struct known_post *post_cache_find(struct post_cache *cache, int64_t network, struct span id);
struct known_post *post_cache_add(struct post_cache *cache, const struct known_post *known); /* one not there */
void post_cache_set(struct post_cache *cache, struct known_post *held, const struct known_post *known);
void post_cache_forget(struct post_cache *cache, const struct known_post *known); /* its row was changed otherwise */

/* Bounded: when it is full half of it goes, that of the posts not used since it was full last. Before it turns, what is
 * pending is to be written: a post with something pending is in the cache. */
bool post_cache_is_full(const struct post_cache *cache);
void post_cache_turn(struct post_cache *cache);

/* A post as its row has it. */
struct known_post {
    int64_t post, network, state;
    bool has_hide;
    int64_t hide_as_of_ms, hide_offset, hide_digest;
    struct span id;
    bool is_new;            /* it has no row in the table yet */
    bool is_forgotten;      /* of the cache: what it says no longer holds */
    uint64_t content;       /* digest of all that its row says but counts; 0: not known */
    int64_t first_as_of_ms; /* TIME_UNKNOWN: no row of its own yet */
    bool has_row;           /* a row that is no update was taken */
    struct row_order order; /* of that row */
    int kind;
    int64_t subject, created_ms, lang, sentiment, segment, author;
    struct span tags; /* numbers of its tags as bytes; in the batch's memory */
    int64_t text_digest;
    uint16_t levels; /* of all observations of it that were ever kept: see sqlite_facts.h */
};

/* created, else the first as_of; TIME_UNKNOWN: neither. */
int64_t sqlite_time_of(const struct known_post *known);

/* Fills *known from the row that the statement is on: columns in the order of POST_COLUMNS. */
#define POST_COLUMNS                                                                                                   \
    "post, network, state, hide_as_of, hide_offset, hide_digest, first_as_of, as_of, version, offset, digest, kind, "  \
    "subject, created, lang, sentiment, segment, author, tags, text_digest, id, levels"
void sqlite_known(struct sql_statement *row, struct arena *mem, struct known_post *known);

/* Removes text, tags, counts and all else of a post but that it was there; with `all` the reposts of it too. */
bool sqlite_remove(struct sqlite_store *store, const struct known_post *known, bool all, struct err *err);

/* The numbers in the bytes of a post's tags. */
struct tag_numbers sqlite_tags(struct span bytes);

/* --- writes that wait for others --- */

struct pending *pending_new(void); /* given back by free() */
void pending_clear(struct pending *pending);

/* An observation, a tag of a post, and a newer row of a post that says the same of it. They are bounded, and written by
 * sqlite_flush at the latest: before anything reads those tables or removes from them. */
bool pending_seen(struct sqlite_store *store, const struct row *row, int64_t subject, int64_t post, struct err *err);
bool pending_tag(struct sqlite_store *store, int64_t tag, const struct known_post *known, struct err *err);
bool pending_order(struct sqlite_store *store, const struct known_post *known, int64_t followers, struct err *err);
bool sqlite_flush(struct sqlite_store *store, struct err *err);

/* --- removing --- */

bool sqlite_drop_tags(struct sqlite_store *store, const struct known_post *known, struct err *err);
bool sqlite_drop_names(struct sqlite_store *store, const struct known_post *known, struct err *err); /* unused ones */
bool sqlite_has_seen(struct sqlite_store *store, int64_t subject, bool *has, struct err *err);

/* One step of retention after so many rows: posts whose time is over are removed. */
bool sqlite_sweep(struct sqlite_store *store, int64_t rows, struct err *err);
int64_t sqlite_floor_ms(const struct sqlite_store *store); /* posts up to this time are over */

bool sqlite_take(struct trend_store *store, const struct row_batch *batch, struct err *err);
bool sqlite_ask(struct trend_store *store, const struct question *question, struct arena *mem, struct answer *answer,
                struct err *err);
