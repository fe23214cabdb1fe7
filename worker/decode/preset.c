#include "worker/decode/preset.h"
#include "worker/decode/decode.h"

void map_fault(struct mapping *mapping, enum fault fault, struct span why)
{
    if (mapping->fault)
        return;
    mapping->fault = fault;
    mapping->why = why;
}

static const struct value *typed(struct mapping *mapping, const struct value *value, const char *place,
                                 enum value_type type, const char *expected)
{
    if (!value || value->type == VALUE_NULL)
        return NULL;
    if (value->type == type)
        return value;
    map_fault(mapping, FAULT_WRONG_TYPE,
              span_format(mapping->mem, "%s is %s; expected %s", place, json_says(value), expected));
    return NULL;
}

void read_text(struct mapping *mapping, const struct value *value, const char *place, struct span *out)
{
    if ((value = typed(mapping, value, place, VALUE_STRING, "text")))
        *out = value->string;
}

void read_id(struct mapping *mapping, const struct value *value, const char *place, struct span *out)
{
    if (value && value->type == VALUE_INT)
        *out = span_format(mapping->mem, "%lld", (long long)value->integer);
    else if ((value = typed(mapping, value, place, VALUE_STRING, "text or a whole number")))
        *out = value->string;
}

void read_count(struct mapping *mapping, const struct value *value, const char *place, int64_t *out)
{
    if (!(value = typed(mapping, value, place, VALUE_INT, "a whole number")))
        return;
    if (value->integer < 0 || value->integer > COUNT_MAX)
        map_fault(mapping, FAULT_WRONG_TYPE,
                  span_format(mapping->mem, "%s is %lld; a count is a whole number from 0 to 2^53 - 1",
                              place, (long long)value->integer));
    *out = value->integer;
}

void read_time(struct mapping *mapping, const struct value *value, const char *place, int64_t *out_ms)
{
    value = typed(mapping, value, place, VALUE_STRING, "text");
    if (value && !time_parse(value->string, out_ms))
        map_fault(mapping, FAULT_BAD_TIME,
                  span_format(mapping->mem, "%s is no time as RFC 3339 writes it, such as "
                              "2026-04-10T09:00:00+09:00", place));
}

void read_unix(struct mapping *mapping, const struct value *value, const char *place,
               int64_t per_second, int64_t *out_ms)
{
    static const int64_t first = -62167219200, last = 253402300799;      /* years 0000 to 9999 */

    if (!(value = typed(mapping, value, place, VALUE_INT, "a whole number")))
        return;
    int64_t seconds = value->integer / per_second, rest = value->integer % per_second;
    if (rest < 0) {
        seconds--;
        rest += per_second;
    }
    if (seconds < first || seconds > last)
        map_fault(mapping, FAULT_BAD_TIME,
                  span_format(mapping->mem, "%s is %lld; no time in the years 0000 to 9999", place,
                              (long long)value->integer));
    else
        *out_ms = seconds * TIME_SECOND_MS + rest * TIME_SECOND_MS / per_second;
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
                               const char *place)
{
    return typed(mapping, map_member(object, name), place, VALUE_OBJECT, "an object");
}

const struct value *map_list(struct mapping *mapping, const struct value *object, const char *name,
                             const char *place)
{
    return typed(mapping, map_member(object, name), place, VALUE_LIST, "a list");
}

const struct value *map_bool(struct mapping *mapping, const struct value *object, const char *name,
                             const char *place)
{
    return typed(mapping, map_member(object, name), place, VALUE_BOOL, "true or false");
}
