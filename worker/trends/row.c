#include "worker/trends/row.h"
#include "common/hash.h"
#include "worker/decode/decode_simdjson.h"

enum { DEPTH_MAX = 16 };

#define ROW_FAULT_INFO(id, name, help) [ROW_##id] = {name, help},
const struct row_fault_info row_faults[ROW_FAULT_COUNT] = {ROW_FAULTS(ROW_FAULT_INFO)};

int row_compare(const struct row_order *a, const struct row_order *b)
{
    if (a->as_of_ms != b->as_of_ms)
        return a->as_of_ms < b->as_of_ms ? -1 : 1;
    if (a->version != b->version)
        return a->version < b->version ? -1 : 1;
    if (a->offset != b->offset)
        return a->offset < b->offset ? -1 : 1;
    return a->digest < b->digest ? -1 : a->digest > b->digest;
}

bool row_is_repost(const struct row *row)
{
    return !span_equal(row->id, row->subject);
}

bool row_has_counts(const struct row *row)
{
    for (int i = 0; i < COUNTS; i++)
        if (row->counts[i] != COUNT_UNKNOWN)
            return true;
    return false;
}

/* --- members --- */

typedef enum row_fault read_member(const struct value *value, void *out, struct arena *mem);

static enum row_fault read_text(const struct value *value, void *out, struct arena *mem)
{
    (void)mem;
    if (value->type != VALUE_STRING)
        return ROW_WRONG_TYPE;
    *(struct span *)out = value->string;
    return ROW_NONE;
}

static enum row_fault read_time(const struct value *value, void *out, struct arena *mem)
{
    (void)mem;
    if (value->type != VALUE_INT)
        return value->type == VALUE_REAL ? ROW_NUMBER_RANGE : ROW_WRONG_TYPE;
    if (value->integer > COUNT_MAX || value->integer < -COUNT_MAX)
        return ROW_NUMBER_RANGE;
    *(int64_t *)out = value->integer;
    return ROW_NONE;
}

static enum row_fault read_count(const struct value *value, void *out, struct arena *mem)
{
    if (value->type == VALUE_INT && value->integer < 0)
        return ROW_NUMBER_RANGE;
    return read_time(value, out, mem);
}

static enum row_fault read_version(const struct value *value, void *out, struct arena *mem)
{
    (void)mem;
    if (value->type == VALUE_INT)
        *(int64_t *)out = value->integer;
    return value->type == VALUE_INT && value->integer == 1 ? ROW_NONE : ROW_VERSION;
}

static enum row_fault read_flag(const struct value *value, void *out, struct arena *mem)
{
    (void)mem;
    if (value->type != VALUE_BOOL)
        return ROW_WRONG_TYPE;
    *(int *)out = value->truth ? ROW_HIDE : ROW_UNHIDE;
    return ROW_NONE;
}

static enum row_fault read_strings(const struct value *value, void *out, struct arena *mem)
{
    struct spans *strings = out;

    if (value->type != VALUE_LIST)
        return ROW_WRONG_TYPE;
    if (value->len > ROW_TAGS_MAX)
        return ROW_TOO_MANY_TAGS;
    struct span *at = arena_take(mem, (value->len + 1) * sizeof *at);
    size_t len = 0;
    for (uint32_t i = 0; i < value->len; i++) {
        if (value->items[i].type != VALUE_STRING)
            return ROW_WRONG_TYPE;
        if (value->items[i].string.len)
            at[len++] = value->items[i].string;
    }
    *strings = (struct spans){at, len};
    return ROW_NONE;
}

static int index_of(struct span name, const char *const *names, int len)
{
    for (int i = 0; i < len; i++)
        if (span_equal(name, span_of(names[i])))
            return i;
    return -1;
}

static const char *const sentiment_words[] = {
    [ROW_POSITIVE] = "positive", [ROW_NEUTRAL] = "neutral", [ROW_NEGATIVE] = "negative"};

static enum row_fault read_word(const struct value *value, int *out, const char *const *names, int len)
{
    int found = value->type == VALUE_STRING ? index_of(value->string, names, len) : -1;

    if (found < 0)
        return ROW_WRONG_TYPE;
    *out = found;
    return ROW_NONE;
}

static enum row_fault read_kind(const struct value *value, void *out, struct arena *mem)
{
    (void)mem;
    return read_word(value, out, kind_names, KINDS);
}

static enum row_fault read_sentiment(const struct value *value, void *out, struct arena *mem)
{
    (void)mem;
    return read_word(value, out, sentiment_words, ROW_UNKNOWN);
}

static enum row_fault read_node(const struct value *value, void *out, struct arena *mem)
{
    (void)mem;
    if (value->type != VALUE_OBJECT)
        return ROW_WRONG_TYPE;
    *(const struct value **)out = value;
    return ROW_NONE;
}

/* As read; row_decode makes a struct row of it. */
struct given {
    struct row row;
    int64_t v;
    int hidden; /* enum row_says; -1: the row does not say */
    const struct value *rules, *source;
};

struct row_member {
    struct span name;
    read_member *read;
    size_t offset;
};

#define ROW(member) offsetof(struct given, row.member)
#define MEMBER(name, read, offset)                                                                                     \
    {                                                                                                                  \
        {name, sizeof name - 1}, read, offset                                                                          \
    }

/* In the order in which the worker writes them, so that each is found at once. */
static const struct row_member members[] = {
    MEMBER("v", read_version, offsetof(struct given, v)),
    MEMBER("id", read_text, ROW(id)),
    MEMBER("network", read_text, ROW(network)),
    MEMBER("kind", read_kind, ROW(kind)),
    MEMBER("subject", read_text, ROW(subject)),
    MEMBER("as_of", read_time, ROW(order.as_of_ms)),
    MEMBER("created", read_time, ROW(created_ms)),
    MEMBER("lang", read_text, ROW(lang)),
    MEMBER("author", read_text, ROW(author)),
    MEMBER("handle", read_text, ROW(handle)),
    MEMBER("followers", read_count, ROW(followers)),
    MEMBER("segment", read_text, ROW(segment)),
    MEMBER("url", read_text, ROW(url)),
    MEMBER("replaces", read_text, ROW(replaces)),
    MEMBER("reposts", read_count, ROW(counts[COUNT_REPOSTS])),
    MEMBER("quotes", read_count, ROW(counts[COUNT_QUOTES])),
    MEMBER("replies", read_count, ROW(counts[COUNT_REPLIES])),
    MEMBER("likes", read_count, ROW(counts[COUNT_LIKES])),
    MEMBER("bookmarks", read_count, ROW(counts[COUNT_BOOKMARKS])),
    MEMBER("views", read_count, ROW(counts[COUNT_VIEWS])),
    MEMBER("text", read_text, ROW(text)),
    MEMBER("tags", read_strings, ROW(tags)),
    MEMBER("hashtags", read_strings, ROW(hashtags)),
    MEMBER("sentiment", read_sentiment, ROW(sentiment)),
    MEMBER("rules", read_node, offsetof(struct given, rules)),
    MEMBER("source", read_node, offsetof(struct given, source)),
    MEMBER("hidden", read_flag, offsetof(struct given, hidden)),
};

enum { MEMBERS = sizeof members / sizeof *members };

/* The member of this name, looked for from `next` on; NULL: one that is not read. */
static const struct row_member *find_member(struct span name, size_t *next)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        size_t at = *next + i < MEMBERS ? *next + i : *next + i - MEMBERS;

        if (span_equal(members[at].name, name)) {
            *next = at + 1 < MEMBERS ? at + 1 : 0;
            return &members[at];
        }
    }
    return NULL;
}

static enum row_fault read_members(const struct value *root, struct given *given, struct arena *mem)
{
    size_t next = 0;

    for (uint32_t i = 0; i < root->len; i++) {
        const struct row_member *member = find_member(root->members[i].name, &next);
        enum row_fault fault = ROW_NONE;

        if (member && root->members[i].value.type != VALUE_NULL)
            fault = member->read(&root->members[i].value, (char *)given + member->offset, mem);
        if (fault)
            return fault;
    }
    return ROW_NONE;
}

static enum row_fault read_number_of(const struct value *node, struct span name, int64_t *out, struct arena *mem)
{
    const struct value *value = node ? json_get(node, name) : NULL;

    return value ? read_time(value, out, mem) : ROW_NONE;
}

/* What rules and source say; what they lack is unknown. */
static enum row_fault read_places(struct given *given, struct arena *mem)
{
    struct row *row = &given->row;
    enum row_fault fault = read_number_of(given->rules, SPAN("version"), &row->order.version, mem);

    if (!fault)
        fault = read_number_of(given->source, SPAN("offset"), &row->order.offset, mem);
    if (!fault)
        fault = read_number_of(given->source, SPAN("timestamp"), &row->timestamp_ms, mem);
    return fault;
}

static void clear(struct given *given, int64_t timestamp_ms)
{
    *given = (struct given){.hidden = -1};
    given->row.order = (struct row_order){TIME_UNKNOWN, 0, -1, 0};
    given->row.timestamp_ms = timestamp_ms;
    given->row.kind = -1;
    given->row.sentiment = ROW_UNKNOWN;
    given->row.created_ms = TIME_UNKNOWN;
    given->row.followers = COUNT_UNKNOWN;
    for (int i = 0; i < COUNTS; i++)
        given->row.counts[i] = COUNT_UNKNOWN;
}

/* A repost repeats another post. */
static bool names_another(const struct row *row)
{
    return row->subject.len && row_is_repost(row);
}

static enum row_fault check(struct given *given, size_t text_max)
{
    struct row *row = &given->row;

    if (given->v != 1)
        return ROW_VERSION;
    if (!row->id.len)
        return ROW_NO_ID;
    if (row->order.as_of_ms == TIME_UNKNOWN)
        return ROW_NO_AS_OF;
    if (given->hidden < 0 && (row->kind < 0 || (row->kind == KIND_REPOST && !names_another(row))))
        return ROW_WRONG_TYPE;
    if (row->text.len > text_max)
        return ROW_TOO_LARGE;
    if (row->tags.len + row->hashtags.len > ROW_TAGS_MAX)
        return ROW_TOO_MANY_TAGS;
    return ROW_NONE;
}

/* simdjson takes what has no fault; json_read has the last word. */
static enum row_fault read_root(struct span bytes, struct arena *mem, struct value *root)
{
    struct span why;
    enum json_fault fault = JSON_OK;

    if (!simdjson_read(bytes, DEPTH_MAX, mem, root))
        fault = json_read(bytes, DEPTH_MAX, mem, root, &why);
    if (fault)
        return fault == JSON_RANGE ? ROW_NUMBER_RANGE : ROW_NOT_JSON;
    return root->type == VALUE_OBJECT ? ROW_NONE : ROW_NOT_AN_OBJECT;
}

static bool is_ahead(const struct row *row)
{
    return row->timestamp_ms != TIME_UNKNOWN && row->order.as_of_ms - row->timestamp_ms > ROW_LEAD_MS;
}

static void finish(struct given *given, const struct value *root, struct span bytes, struct row *row)
{
    *row = given->row;
    row->says = given->hidden < 0 ? ROW_OBSERVATION : (enum row_says)given->hidden;
    row->has_text = json_get(root, SPAN("text")) != NULL;
    row->has_tags = row->tags.at != NULL;
    row->has_hashtags = row->hashtags.at != NULL;
    if (!row->subject.len)
        row->subject = row->id;
    row->order.digest = (int64_t)(hash_bytes(bytes) & 0xFFFFFFFF);
}

enum row_fault row_decode(struct span bytes, int64_t timestamp_ms, size_t text_max, struct arena *mem, struct row *row)
{
    struct given given;
    struct value root;
    enum row_fault fault = read_root(bytes, mem, &root);

    clear(&given, timestamp_ms);
    if (!fault)
        fault = read_members(&root, &given, mem);
    if (!fault)
        fault = read_places(&given, mem);
    if (!fault)
        fault = check(&given, text_max);
    if (fault)
        return fault;
    finish(&given, &root, bytes, row);
    if (!is_ahead(row))
        return ROW_NONE;
    if (row->says == ROW_OBSERVATION)
        return ROW_AHEAD;
    row->order.as_of_ms = row->timestamp_ms;
    return ROW_NONE;
}
