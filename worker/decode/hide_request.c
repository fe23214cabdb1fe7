#include "worker/decode/hide_request.h"
#include "common/utf8.h"
#include "worker/decode/decode.h"
#include "worker/decode/preset.h"
#include "worker/parts.h"

enum { ID_BYTES = 4096 };

static bool check_id(struct span id, struct err *err)
{
    struct span trimmed = span_trim(id);

    if (!id.len)
        return fail(err, ERR_CONFIG, "the id is empty");
    if (id.len > ID_BYTES)
        return fail(err, ERR_CONFIG, "the id has %zu bytes; at most %d", id.len, ID_BYTES);
    if (!utf8_valid(id))
        return fail(err, ERR_CONFIG, "the id is not UTF-8");
    return trimmed.len == id.len
           || fail(err, ERR_CONFIG, "the id begins or ends with a blank; was it copied with one?");
}

/* Null where the key alone says it; else by the preset. False: neither can. */
static bool write_value(const struct input *input, struct span id, bool hidden, struct buf *out, struct span *value)
{
    const struct preset *preset = presets[input->preset];

    if (input->framing == FRAMING_NONE && preset->hide && preset->hide(input, id, hidden, out)) {
        *value = buf_span(out);
        return true;
    }
    *value = (struct span){0};
    return hidden && input->key == INPUT_KEY_ID;
}

static bool fail_form(const struct input *input, bool hidden, struct err *err)
{
    const char *what = hidden ? "a hide" : "that a hide is taken back";

    if (input->framing != FRAMING_NONE)
        return fail(
            err, ERR_CONFIG,
            "topic %.*s is framed by a schema registry, and only who knows the schema can write %s there; add an "
            "input of preset canonical with the same network for it",
            SPAN_ARGS(input->topic), what);
    return fail(
        err, ERR_CONFIG,
        "the form of topic %.*s (preset %s) cannot say %s; add an input of preset canonical with the same network "
        "for it%s",
        SPAN_ARGS(input->topic), presets[input->preset]->name, what,
        hidden ? ", or say key: id if its records are keyed by id" : "");
}

/* What the worker will make of it. */
static bool check_request(const struct input *input, const struct limits *limits, struct span id, bool hidden,
                          const struct message *message, struct arena *mem, struct err *err)
{
    struct post post;
    struct span why = {0};
    enum fault fault = post_decode(message, limits, mem, &post, &why);
    enum saying says = hidden ? SAYS_HIDE : SAYS_UNHIDE;

    if (fault || post.says != says || !span_equal(post.id, id))
        return fail(err, ERR_CONFIG, "\"%.*s\" cannot be the id of a post of topic %.*s%s%.*s", SPAN_ARGS(id),
                    SPAN_ARGS(input->topic), why.len ? ": " : "", SPAN_ARGS(why));
    return true;
}

bool hide_request_make(const struct input *input, const struct limits *limits, struct span id, bool hidden,
                       struct arena *mem, struct span *key, struct span *value, struct err *err)
{
    struct message message = {.input = input, .key = id, .timestamp_ms = TIME_UNKNOWN};
    struct buf out = buf_in(mem);

    if (!check_id(id, err))
        return false;
    if (!write_value(input, id, hidden, &out, &message.value))
        return fail_form(input, hidden, err);
    if (!check_request(input, limits, id, hidden, &message, mem, err))
        return false;
    *key = id;
    *value = message.value;
    return true;
}
