#include "worker/decode/decode.h"
#include "common/utf8.h"
#include "worker/decode/decode_simdjson.h"
#include "worker/decode/preset.h"
#include "worker/parts.h"
#include "worker/text/language_tag.h"

/* A null payload says that the post of this key is gone, if the input's keys are ids at all. */
static enum fault decode_null(const struct message *message, struct post *post, struct span *why)
{
    if (message->input->key != INPUT_KEY_ID || !message->key.len) {
        *why = SPAN("a null payload, and no key that is known to be an id (input: key: id)");
        return FAULT_NO_ID;
    }
    if (!utf8_valid(message->key)) {
        *why = SPAN("a null payload whose key is not UTF-8");
        return FAULT_BAD_UTF8;
    }
    post->says = SAYS_HIDE;
    post->id = message->key;
    return FAULT_NONE;
}

static enum fault fault_of(enum json_fault fault)
{
    switch (fault) {
    case JSON_OK: return FAULT_NONE;
    case JSON_RANGE: return FAULT_NUMBER_RANGE;
    case JSON_DEPTH: return FAULT_TOO_DEEP;
    case JSON_UTF8: return FAULT_BAD_UTF8;
    case JSON_SYNTAX: break;
    }
    return FAULT_NOT_JSON;
}

static enum fault read_slowly(struct span bytes, unsigned depth, struct arena *mem, struct value *root,
                              struct span *why)
{
    if (utf8_valid(bytes))
        return fault_of(json_read(bytes, depth, mem, root, why));
    *why = SPAN("the bytes are not UTF-8");
    return FAULT_BAD_UTF8;
}

enum fault object_decode(struct span bytes, unsigned depth, struct arena *mem, struct value *root, struct span *why)
{
    if (!simdjson_read(bytes, depth, mem, root)) {
        enum fault fault = read_slowly(bytes, depth, mem, root, why);

        if (fault)
            return fault;
    }
    if (root->type == VALUE_OBJECT)
        return FAULT_NONE;
    *why = span_format(mem, "expected a JSON object, got %s", json_says(root));
    return FAULT_NOT_AN_OBJECT;
}

/* `left_out` are bytes that the port did not keep. */
static enum fault parse(struct span bytes, size_t left_out, const struct limits *limits, struct arena *mem,
                        struct value *root, struct span *why)
{
    if (!left_out && bytes.len <= (size_t)limits->post_bytes)
        return object_decode(bytes, (unsigned)limits->post_depth, mem, root, why);
    *why = span_format(mem, "%zu bytes; limits: post_bytes allows %lld", bytes.len + left_out,
                       (long long)limits->post_bytes);
    return FAULT_TOO_LARGE;
}

/* What the post states, as its primary subtag; where that is no language, the input's own. */
static void read_language(struct mapping *mapping)
{
    struct post *post = mapping->post;
    struct span written = post->lang;
    bool is_bad = false;

    post->detect = mapping->input->detect;
    post->usual_lang = mapping->input->lang;
    post->lang = written.len ? language_tag_read(written, mapping->mem, &is_bad) : written;
    if (is_bad && !map_unusable(mapping, MEMBER_LANG, UNUSABLE_VALUE))
        map_fault(mapping, FAULT_WRONG_TYPE,
                  span_format(mapping->mem, "lang is \"%.*s\"; expected a tag as BCP 47 has them, such as ja",
                              SPAN_ARGS(written)));
}

/* Takes away what may be before the JSON: the five bytes of a schema registry, a zero and a schema's number; a byte
 * order mark (RFC 8259, section 8.1). One of several posts has neither. */
static bool unframe(const struct message *message, struct span *bytes)
{
    enum { FRAME_BYTES = 5 };

    if (message->part)
        return true;
    if (message->input->framing != FRAMING_NONE) {
        if (bytes->len < FRAME_BYTES || bytes->at[0] != 0)
            return false;
        *bytes = (struct span){bytes->at + FRAME_BYTES, bytes->len - FRAME_BYTES};
    }
    span_strip(bytes, SPAN("\xEF\xBB\xBF"));
    return true;
}

/* The mark of a page is a list where one post would be. */
static bool has_page(const struct value *root, const struct page_form *page)
{
    const struct value *posts = page ? json_get(root, span_of(page->posts)) : NULL;

    return posts && posts->type == VALUE_LIST;
}

/* `fault` is that of the bytes as one JSON object. Bytes in which a post is broken are looked at more closely. */
static bool holds_several(const struct message *message, struct span bytes, enum fault fault, const struct value *root)
{
    const struct page_form *page = presets[message->input->preset]->page;

    if (message->part || fault == FAULT_TOO_LARGE || (!fault && !has_page(root, page)))
        return false;
    return split_is_list(bytes) || split_is_page(bytes, page) || (fault && split_is_lines(bytes));
}

enum fault post_decode(const struct message *message, const struct limits *limits, struct arena *mem, struct post *post,
                       struct span *why)
{
    struct mapping mapping = {.mem = mem,
                              .post = post,
                              .input = message->input,
                              .shared = message->shared,
                              .depth = (unsigned)limits->post_depth,
                              .extra = buf_in(mem)};
    struct value root;

    post_clear(post);
    if (!message->value.at)
        return decode_null(message, post, why);
    post->raw = message->value;
    if (!unframe(message, &post->raw)) {
        *why = SPAN("no schema registry's frame (a zero byte and four more) before the JSON");
        return FAULT_BAD_FRAMING;
    }
    enum fault fault = parse(post->raw, message->left_out, limits, mem, &root, why);
    if (holds_several(message, post->raw, fault, &root)) {
        post->says = SAYS_SEVERAL;
        return FAULT_NONE;
    }
    if (fault)
        return fault;
    presets[message->input->preset]->map(&mapping, &root);
    read_language(&mapping);
    if (mapping.extra.len)
        post->extra = buf_span(&mapping.extra);
    *why = mapping.why;
    return mapping.fault;
}

/* What a page shares only adds to its posts: where it is no JSON, they come without. */
static const struct value *read_shared(struct span bytes, const struct limits *limits, struct arena *mem)
{
    struct value *shared = arena_take(mem, sizeof *shared);
    struct span why;

    return bytes.at && !object_decode(bytes, (unsigned)limits->post_depth, mem, shared, &why) ? shared : NULL;
}

static struct batch as_messages(const struct message *record, const struct split *split, const struct limits *limits,
                                struct arena *mem)
{
    struct batch posts = {.at = arena_take(mem, split->len * sizeof *posts.at), .len = split->len};
    struct span shared = {0};
    const struct value *value = NULL;

    for (size_t i = 0; i < split->len; i++) {
        if (split->at[i].shared.at != shared.at) {
            shared = split->at[i].shared;
            value = read_shared(shared, limits, mem);
        }
        posts.at[i] = *record;
        posts.at[i].value = split->at[i].bytes;
        posts.at[i].part = i + 1;
        posts.at[i].shared = value;
    }
    return posts;
}

bool posts_split(const struct message *record, const struct limits *limits, struct arena *mem, struct batch *posts,
                 struct span *why)
{
    struct split split = {
        .mem = mem, .page = presets[record->input->preset]->page, .max = (size_t)limits->record_posts};
    struct span bytes = record->value;

    unframe(record, &bytes);
    split_record(&split, bytes);
    if (split.len > split.max) {
        *why = span_format(mem, "more than %zu posts; see limits: record_posts", split.max);
        return false;
    }
    *posts = as_messages(record, &split, limits, mem);
    return true;
}

struct batch message_posts(const struct message *message, const struct limits *limits, struct arena *mem)
{
    struct message *own = arena_take(mem, sizeof *own);
    struct batch posts;
    struct post post;
    struct span why;

    *own = *message;
    if (!post_decode(message, limits, mem, &post, &why) && post.says == SAYS_SEVERAL
        && posts_split(message, limits, mem, &posts, &why) && posts.len)
        return posts;
    return (struct batch){.at = own, .len = 1};
}
