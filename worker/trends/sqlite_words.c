/* The tables, and all statements in one place: tests ask SQLite for the plan of each. */
#include "worker/trends/sqlite_store.h"

/* seen is clustered by whose figures they are, so that the counts at a time are one search. post_tag has beside its key
 * all that a trend is computed from, packed, since a column costs more than it holds: a page of a tag reads one piece
 * of it, and the list of all tags the two pieces of TAG_ALL and TAG_REPOSTS. text has a table of its own: what is
 * computed over many posts never reads texts. */
const char sqlite_schema[] =
    "CREATE TABLE name (name INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);"
    "CREATE TABLE post (post INTEGER PRIMARY KEY, network INTEGER NOT NULL, id TEXT NOT NULL, state INTEGER NOT NULL,"
    " hide_as_of INTEGER, hide_offset INTEGER, hide_digest INTEGER, first_as_of INTEGER, as_of INTEGER, version "
    "INTEGER,"
    " offset INTEGER, digest INTEGER, kind INTEGER, subject INTEGER, created INTEGER, lang INTEGER, sentiment INTEGER,"
    " segment INTEGER, author INTEGER, tags BLOB, text_digest INTEGER, followers INTEGER, person TEXT, handle TEXT, "
    "url TEXT, levels INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX post_id ON post (network, id);"
    "CREATE TABLE text (post INTEGER PRIMARY KEY, text TEXT NOT NULL);"
    "CREATE TABLE seen (subject INTEGER NOT NULL, as_of INTEGER NOT NULL, post INTEGER NOT NULL, version INTEGER NOT "
    "NULL,"
    " offset INTEGER NOT NULL, digest INTEGER NOT NULL, reposts INTEGER, quotes INTEGER, replies INTEGER, likes "
    "INTEGER,"
    " bookmarks INTEGER, views INTEGER, PRIMARY KEY (subject, as_of, post)) WITHOUT ROWID;"
    "CREATE TABLE post_tag (tag INTEGER NOT NULL, time INTEGER NOT NULL, post INTEGER NOT NULL, facts BLOB NOT NULL,"
    " PRIMARY KEY (tag, time, post)) WITHOUT ROWID;"
    "CREATE TABLE hour (hour INTEGER PRIMARY KEY, posts INTEGER NOT NULL, counts BLOB NOT NULL, entries BLOB NOT NULL);"
    "CREATE TABLE place (topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,"
    " PRIMARY KEY (topic, partition)) WITHOUT ROWID;"
    "CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE again (post INTEGER PRIMARY KEY);";

#define SEEN_COUNTS "reposts, quotes, replies, likes, bookmarks, views"

/* Of several rows at once, since a statement costs as much as a row. The parameters are numbered as they come. */
#define EIGHT(row)    row "," row "," row "," row "," row "," row "," row "," row
#define SEEN_ROW      "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define TAG_ROW       "(?, ?, ?, ?)"
#define TAG_ADD(rows) "INSERT OR REPLACE INTO post_tag VALUES " rows
#define SEEN_SET(rows)                                                                                                 \
    "INSERT INTO seen VALUES " rows " ON CONFLICT (subject, as_of, post) DO UPDATE SET version = excluded.version,"    \
    " offset = excluded.offset, digest = excluded.digest, reposts = excluded.reposts, quotes = excluded.quotes,"       \
    " replies = excluded.replies, likes = excluded.likes, bookmarks = excluded.bookmarks, views = excluded.views"      \
    " WHERE (excluded.version, excluded.offset, excluded.digest) > (seen.version, seen.offset, seen.digest)"

const char *const sqlite_words[STATEMENTS] = {
    [DO_NAME_FIND] = "SELECT name FROM name WHERE text = ?1",
    [DO_NAME_ADD] = "INSERT INTO name (text) VALUES (?1)",
    [DO_NAME_TEXT] = "SELECT text FROM name WHERE name = ?1",
    [DO_NAME_MAX] = "SELECT max(name) FROM name",
    [DO_NAME_DROP] = "DELETE FROM name WHERE name = ?1",
    [DO_TAG_USED] = "SELECT 1 FROM post_tag WHERE tag = ?1 LIMIT 1",

    [DO_POST_FIND] = "SELECT " POST_COLUMNS " FROM post WHERE network = ?1 AND id = ?2",
    [DO_POST_GET] = "SELECT " POST_COLUMNS " FROM post WHERE post = ?1",
    [DO_POST_ADD] = "INSERT INTO post (post, network, id, state, first_as_of, subject, levels)"
                    " VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6)",
    [DO_POST_NEW] =
        "INSERT INTO post (post, first_as_of, as_of, version, offset, digest, kind, subject, created, lang,"
        " sentiment, segment, author, tags, text_digest, followers, person, handle, url, network, id, levels, state)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,"
        " ?21, ?22, 0)",
    [DO_POST_STATE] = "UPDATE post SET state = ?2 WHERE post = ?1",
    [DO_POST_HIDE] = "UPDATE post SET state = ?2, hide_as_of = ?3, hide_offset = ?4, hide_digest = ?5 WHERE post = ?1",
    [DO_POST_FIRST] = "UPDATE post SET first_as_of = ?2 WHERE post = ?1",
    [DO_POST_SET] = "UPDATE post SET first_as_of = ?2, as_of = ?3, version = ?4, offset = ?5, digest = ?6, kind = ?7,"
                    " subject = ?8, created = ?9, lang = ?10, sentiment = ?11, segment = ?12, author = ?13, tags = ?14,"
                    " text_digest = ?15, followers = ?16, person = ?17, handle = ?18, url = ?19 WHERE post = ?1",
    [DO_POST_ORDER] = "UPDATE post SET as_of = ?2, version = ?3, offset = ?4, digest = ?5, followers = ?6"
                      " WHERE post = ?1 AND (as_of, version, offset, digest) < (?2, ?3, ?4, ?5)",
    [DO_POST_SUBJECT] = "UPDATE post SET subject = ?2 WHERE post = ?1",
    [DO_POST_LEVELS] = "UPDATE post SET levels = ?2 WHERE post = ?1",
    [DO_POST_UNSEEN] = "UPDATE post SET first_as_of = NULL WHERE post = ?1",
    [DO_TEXT_SET] = "INSERT INTO text (post, text) VALUES (?1, ?2) ON CONFLICT (post) DO UPDATE SET text = ?2",
    [DO_SEEN_SET] = SEEN_SET(SEEN_ROW),
    [DO_SEEN_SET_MANY] = SEEN_SET(EIGHT(SEEN_ROW)),
    [DO_TAG_ADD] = TAG_ADD(TAG_ROW),
    [DO_TAG_ADD_MANY] = TAG_ADD(EIGHT(TAG_ROW)),
    [DO_PLACE_SET] = "INSERT OR REPLACE INTO place VALUES (?1, ?2, ?3)",
    [DO_STATE_SET] = "INSERT OR REPLACE INTO state VALUES (?1, ?2)",
    [DO_AGAIN_ADD] = "INSERT OR IGNORE INTO again VALUES (?1)",
    [DO_AGAIN_FIND] = "SELECT 1 FROM again WHERE post = ?1",

    [DO_POST_CLEAR] = "UPDATE post SET as_of = NULL, version = NULL, offset = NULL, digest = NULL,"
                      " kind = NULL, subject = NULL, created = NULL, lang = NULL, sentiment = NULL, segment = NULL,"
                      " author = NULL, tags = NULL, text_digest = NULL, followers = NULL, person = NULL, handle = NULL,"
                      " url = NULL WHERE post = ?1",
    [DO_POST_DROP] = "DELETE FROM post WHERE post = ?1",
    [DO_TEXT_DROP] = "DELETE FROM text WHERE post = ?1",
    [DO_TAG_DROP] = "DELETE FROM post_tag WHERE tag = ?1 AND time = ?2 AND post = ?3",
    [DO_SEEN_DROP] = "DELETE FROM seen WHERE subject = ?1 AND post = ?2",
    [DO_SEEN_DROP_ALL] = "DELETE FROM seen WHERE subject = ?1",
    [DO_SEEN_POSTS] = "SELECT post FROM seen WHERE subject = ?1",
    [DO_SEEN_ANY] = "SELECT 1 FROM seen WHERE subject = ?1 LIMIT 1",
    [DO_OVER] = "SELECT post FROM post_tag WHERE tag = ?1 AND time <= ?2 LIMIT ?3",
    [DO_SWEEP] = "SELECT post, kind IS NULL AND coalesce(first_as_of, ?2) <= ?2 FROM post WHERE post > ?1"
                 " ORDER BY post LIMIT ?3",

    [DO_TAG_SCAN] = "SELECT time, post, facts FROM post_tag"
                    " WHERE tag = ?1 AND time > ?2 AND time <= ?3",
    [DO_TAG_FACTS] = "SELECT facts FROM post_tag WHERE tag = ?1 AND time = ?2 AND post = ?3",
    [DO_TAG_COUNT] = "SELECT count(*) FROM post_tag WHERE tag = ?1 AND time > ?2 AND time <= ?3",
    [DO_COUNTS] = "SELECT as_of, post, version, offset, digest, " SEEN_COUNTS " FROM seen"
                  " WHERE subject = ?1 AND as_of <= ?2 ORDER BY as_of DESC",
    [DO_HISTORY] = "SELECT as_of, post, version, offset, digest, " SEEN_COUNTS " FROM seen"
                   " WHERE subject = ?1 AND as_of <= ?2 ORDER BY as_of",
    [DO_POST_ALL] = "SELECT person, handle, url, id FROM post WHERE post = ?1",
    [DO_TEXT_GET] = "SELECT text FROM text WHERE post = ?1",
    [DO_ID_GET] = "SELECT id, network FROM post WHERE post = ?1",
    [DO_POST_BY_ID] = "SELECT post FROM post WHERE network = ?1 AND id = ?2",
    [DO_PLACES] = "SELECT topic, partition, offset FROM place ORDER BY topic, partition",
    [DO_HOUR_LIST] = "SELECT hour FROM hour",
    [DO_HOUR_SET] = "INSERT OR REPLACE INTO hour VALUES (?1, ?2, ?3, ?4)",
    [DO_HOUR_DROP] = "DELETE FROM hour WHERE hour = ?1",
    [DO_HOURS] = "SELECT hour, posts, counts, entries FROM hour WHERE hour >= ?1 AND hour <= ?2 ORDER BY hour",
    [DO_AGAIN_COUNT] = "SELECT count(*) FROM again",
};
