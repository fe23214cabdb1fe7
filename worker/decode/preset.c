#include "worker/decode/preset.h"
#include "worker/decode/decode.h"
#include "worker/decode/input.h"

void map_fault(struct mapping *mapping, enum fault fault, struct span why)
{
    if (mapping->fault)
        return;
    mapping->fault = fault;
    mapping->why = why;
}

/* The fault that an unusable value of a strict member is. */
static const enum fault faults[UNUSABLES] = {
    [UNUSABLE_TYPE] = FAULT_WRONG_TYPE,
    [UNUSABLE_RANGE] = FAULT_WRONG_TYPE,
    [UNUSABLE_TIME] = FAULT_BAD_TIME,
    [UNUSABLE_VALUE] = FAULT_WRONG_TYPE,
};

bool map_unusable(struct mapping *mapping, enum post_member member, enum unusable reason)
{
    if (member <= MEMBER_TEXT || mapping->input->strict)
        return false;
    mapping->post->has_unusable = true;
    mapping->post->unusable[member] |= (unsigned char)(1u << reason);
    return true;
}

static const struct value *typed(struct mapping *mapping, const struct value *value, enum post_member member,
                                 const char *place, enum value_type type, const char *expected)
{
    if (!value || value->type == VALUE_NULL)
        return NULL;
    if (value->type == type)
        return value;
    if (!map_unusable(mapping, member, UNUSABLE_TYPE))
        map_fault(mapping, FAULT_WRONG_TYPE,
                  span_format(mapping->mem, "%s is %s; expected %s", place, json_says(value), expected));
    return NULL;
}

void read_text(struct mapping *mapping, const struct value *value, enum post_member member, const char *place,
               struct span *out)
{
    if ((value = typed(mapping, value, member, place, VALUE_STRING, "text")))
        *out = value->string;
}

void read_id(struct mapping *mapping, const struct value *value, enum post_member member, const char *place,
             struct span *out)
{
    if (value && value->type == VALUE_INT)
        *out = span_format(mapping->mem, "%lld", (long long)value->integer);
    else if ((value = typed(mapping, value, member, place, VALUE_STRING, "text or a whole number")))
        *out = value->string;
}

void read_count(struct mapping *mapping, const struct value *value, enum post_member member, const char *place,
                int64_t *out)
{
    if (!(value = typed(mapping, value, member, place, VALUE_INT, "a whole number")))
        return;
    if (value->integer >= 0 && value->integer <= COUNT_MAX)
        *out = value->integer;
    else if (!map_unusable(mapping, member, UNUSABLE_RANGE))
        map_fault(mapping, faults[UNUSABLE_RANGE],
                  span_format(mapping->mem, "%s is %lld; a count is a whole number from 0 to 2^53 - 1", place,
                              (long long)value->integer));
}

static struct span forms_of(unsigned forms, struct arena *mem)
{
    struct buf out = buf_in(mem);

    for (int form = 0; form < TIME_FORMS; form++)
        if (forms & 1u << form)
            buf_format(&out, "%s%s", out.len ? ", " : "", time_form_names[form]);
    return buf_span(&out);
}

static void fault_time(struct mapping *mapping, const struct value *value, const char *place, unsigned forms,
                       enum timestamp_result result)
{
    struct span of = forms_of(forms, mapping->mem);

    if (result == TIMESTAMP_WRONG_TYPE)
        map_fault(
            mapping, FAULT_WRONG_TYPE,
            span_format(mapping->mem, "%s is %s; expected a time (%.*s)", place, json_says(value), SPAN_ARGS(of)));
    else if (result == TIMESTAMP_OUT_OF_RANGE)
        map_fault(mapping, FAULT_BAD_TIME, span_format(mapping->mem, "%s is no time in the years 1970 to 9999", place));
    else
        map_fault(mapping, FAULT_BAD_TIME,
                  span_format(mapping->mem,
                              "%s is no time in a form that is read here (%.*s), "
                              "such as 2026-04-10T09:00:00+09:00",
                              place, SPAN_ARGS(of)));
}

void read_time(struct mapping *mapping, const struct value *value, enum post_member member, const char *place,
               unsigned forms, int64_t *out_ms)
{
    static const enum unusable reasons[] = {
        [TIMESTAMP_WRONG_TYPE] = UNUSABLE_TYPE,
        [TIMESTAMP_BAD] = UNUSABLE_TIME,
        [TIMESTAMP_OUT_OF_RANGE] = UNUSABLE_RANGE,
    };

    if (!value || value->type == VALUE_NULL)
        return;
    enum timestamp_result result = timestamp_read(value, forms, out_ms);
    if (result != TIMESTAMP_OK && !map_unusable(mapping, member, reasons[result]))
        fault_time(mapping, value, place, forms, result);
}

bool read_json(struct mapping *mapping, struct span text, const char *place, struct value *out)
{
    struct span why = {0};
    enum fault fault = object_decode(text, mapping->depth, mapping->mem, out, &why);

    if (fault)
        map_fault(mapping, fault, span_format(mapping->mem, "%s: %.*s", place, SPAN_ARGS(why)));
    return !fault;
}

const struct value *map_object(struct mapping *mapping, const struct value *object, const char *name,
                               enum post_member member, const char *place)
{
    return typed(mapping, map_member(object, name), member, place, VALUE_OBJECT, "an object");
}

const struct value *map_list(struct mapping *mapping, const struct value *object, const char *name,
                             enum post_member member, const char *place)
{
    return typed(mapping, map_member(object, name), member, place, VALUE_LIST, "a list");
}

const struct value *read_bool(struct mapping *mapping, const struct value *value, enum post_member member,
                              const char *place)
{
    return typed(mapping, value, member, place, VALUE_BOOL, "true or false");
}

const struct value *map_bool(struct mapping *mapping, const struct value *object, const char *name,
                             enum post_member member, const char *place)
{
    return read_bool(mapping, map_member(object, name), member, place);
}

const struct value *map_if(const struct value *object, const char *name, enum value_type type)
{
    const struct value *value = object ? map_member(object, name) : NULL;

    return value && value->type == type ? value : NULL;
}

struct span map_text_if(const struct value *object, const char *name)
{
    const struct value *text = map_if(object, name, VALUE_STRING);

    return text ? text->string : (struct span){0};
}

void map_said(struct mapping *mapping, const struct value *object, const char *name, enum post_member member,
              const char *place, enum said *out)
{
    const struct value *value = map_bool(mapping, object, name, member, place);

    if (value)
        *out = value->truth ? SAID_YES : SAID_NO;
}

/* --- lists of a payload --- */

static bool is_web_address(struct span link)
{
    static const char *const schemes[] = {"https://", "http://"};

    for (size_t i = 0; i < link.len; i++)
        if ((unsigned char)link.at[i] <= ' ' || link.at[i] == 0x7F)
            return false;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t len = strlen(schemes[i]);

        if (link.len > len && strncasecmp(link.at, schemes[i], len) == 0)
            return true;
    }
    return false;
}

void map_knows(struct mapping *mapping, enum payload_list listing)
{
    mapping->post->listed[listing].is_known = true;
}

/* Some write "#sea" and "@ann" there, as ActivityPub does. */
static struct span without_sign(enum payload_list listing, struct span text)
{
    static const struct span signs[LISTINGS][2] = {
        [LISTED_HASHTAGS] = {{"#", 1}, {"＃", sizeof "＃" - 1}},
        [LISTED_MENTIONS] = {{"@", 1}, {"＠", sizeof "＠" - 1}},
    };

    for (int i = 0; i < 2; i++) {
        struct span sign = signs[listing][i];

        if (sign.len && span_starts(text, sign))
            return (struct span){text.at + sign.len, text.len - sign.len};
    }
    return text;
}

void map_listed(struct mapping *mapping, enum payload_list listing, struct span text)
{
    struct listed *listed = &mapping->post->listed[listing];

    text = without_sign(listing, text);
    if (!text.len || (listing == LISTED_LINKS && !is_web_address(text)))
        return;
    listed->at = arena_room(mapping->mem, listed->at, listed->len, &listed->cap, sizeof *listed->at);
    listed->at[listed->len++] = text;
    listed->is_known = true;
}

void map_listed_all(struct mapping *mapping, enum payload_list listing, const struct value *list, const char *name)
{
    for (uint32_t i = 0; list && i < list->len; i++) {
        const struct value *text = name ? map_if(&list->items[i], name, VALUE_STRING) : &list->items[i];

        if (text && text->type == VALUE_STRING)
            map_listed(mapping, listing, text->string);
    }
}

bool map_wants(const struct mapping *mapping, enum extra extra)
{
    const struct list *asked = &mapping->input->extra;

    for (size_t i = 0; i < asked->len; i++)
        if (((const int *)asked->at)[i] == (int)extra)
            return true;
    return false;
}

void map_extra(struct mapping *mapping, enum extra extra, struct span text)
{
    if (!map_wants(mapping, extra) || !text.len)
        return;
    if (mapping->extra.len)
        buf_char(&mapping->extra, POST_TEXTS_APART);
    buf_put(&mapping->extra, text);
}
