#include "worker/preset.h"

void map_fault(struct mapping *mapping, enum fault fault, struct span why)
{
    if (mapping->fault)
        return;
    mapping->fault = fault;
    mapping->why = why;
}

static const struct value *member(const struct value *object, const char *name)
{
    const struct value *value = json_get(object, span_of(name));

    return value && value->type != VALUE_NULL ? value : NULL;
}

static const struct value *typed(struct mapping *mapping, const struct value *object, const char *name,
                                 const char *place, enum value_type type, const char *expected)
{
    const struct value *value = member(object, name);

    if (!value || value->type == type)
        return value;
    map_fault(mapping, FAULT_WRONG_TYPE,
              span_format(mapping->mem, "%s is %s; expected %s", place, json_says(value), expected));
    return NULL;
}

void map_text(struct mapping *mapping, const struct value *object, const char *name, const char *place,
              struct span *out)
{
    const struct value *value = typed(mapping, object, name, place, VALUE_STRING, "text");

    if (value)
        *out = value->string;
}

void map_count(struct mapping *mapping, const struct value *object, const char *name, const char *place,
               int64_t *out)
{
    const struct value *value = typed(mapping, object, name, place, VALUE_INT, "a whole number");

    if (!value)
        return;
    if (value->integer < 0 || value->integer > COUNT_MAX)
        map_fault(mapping, FAULT_WRONG_TYPE,
                  span_format(mapping->mem, "%s is %lld; a count is a whole number from 0 to 2^53 - 1",
                              place, (long long)value->integer));
    *out = value->integer;
}

void map_time(struct mapping *mapping, const struct value *object, const char *name, const char *place,
              int64_t *out_ms)
{
    const struct value *value = typed(mapping, object, name, place, VALUE_STRING, "text");

    if (value && !time_parse(value->string, out_ms))
        map_fault(mapping, FAULT_BAD_TIME,
                  span_format(mapping->mem, "%s is no time as RFC 3339 writes it, such as "
                              "2026-04-10T09:00:00+09:00", place));
}

const struct value *map_object(struct mapping *mapping, const struct value *object, const char *name,
                               const char *place)
{
    return typed(mapping, object, name, place, VALUE_OBJECT, "an object");
}

const struct value *map_bool(struct mapping *mapping, const struct value *object, const char *name,
                             const char *place)
{
    return typed(mapping, object, name, place, VALUE_BOOL, "true or false");
}
