/* alike: whether two JSON trees are the same, down to the bits of their numbers. */
#pragma once

#include "common/json.h"

#include <string.h>

static inline bool alike(const struct value *a, const struct value *b);

static inline bool members_alike(const struct value *a, const struct value *b)
{
    for (uint32_t i = 0; i < a->len; i++)
        if (!span_equal(a->members[i].name, b->members[i].name) || !alike(&a->members[i].value, &b->members[i].value))
            return false;
    return true;
}

static inline bool items_alike(const struct value *a, const struct value *b)
{
    for (uint32_t i = 0; i < a->len; i++)
        if (!alike(&a->items[i], &b->items[i]))
            return false;
    return true;
}

static inline bool alike(const struct value *a, const struct value *b)
{
    if (a->type != b->type || a->len != b->len)
        return false;
    switch (a->type) {
    case VALUE_NULL: return true;
    case VALUE_BOOL: return a->truth == b->truth;
    case VALUE_INT: return a->integer == b->integer;
    case VALUE_REAL: return memcmp(&a->real, &b->real, sizeof a->real) == 0;
    case VALUE_STRING: return span_equal(a->string, b->string);
    case VALUE_LIST: return items_alike(a, b);
    case VALUE_OBJECT: return members_alike(a, b);
    }
    return false;
}
