/* json: a JSON text as a tree in an arena. The one door to jansson. */
#pragma once

#include "common/arena.h"
#include "common/buf.h"
#include "common/span.h"

#include <stdbool.h>
#include <stdint.h>

enum value_type { VALUE_NULL, VALUE_BOOL, VALUE_INT, VALUE_REAL, VALUE_STRING, VALUE_LIST, VALUE_OBJECT };

struct value {
    enum value_type type;
    uint32_t len; /* items or members */
    union {
        bool truth;
        int64_t integer;
        double real;
        struct span string; /* may hold NUL bytes */
        const struct value *items;
        struct {
            const struct member *members;
            uint64_t names; /* the bits of their names: most that are asked for are not there */
        };
    };
};

struct member {
    struct span name;
    struct value value;
};

/* Names that differ in length or in their last byte mostly differ in this bit, too. */
static inline uint64_t json_name_bit(struct span name)
{
    unsigned char last = name.len ? (unsigned char)name.at[name.len - 1] : 0;

    return UINT64_C(1) << (last + 7 * name.len) % 64;
}

enum json_fault {
    JSON_OK,
    JSON_SYNTAX, /* a raw NUL byte and a lone surrogate too */
    JSON_RANGE,  /* a number beyond 64-bit integers or doubles */
    JSON_DEPTH,
    JSON_UTF8,
};

/* Reads one JSON text (RFC 8259). Of duplicate names the last holds. `depth` levels of arrays and
 * objects are allowed. On a fault *why says what and where, and *out is untouched. The tree is in
 * mem and borrows nothing from bytes. */
enum json_fault json_read(struct span bytes, unsigned depth, struct arena *mem, struct value *out, struct span *why);

/* The member of an object; NULL if there is none, or if it is no object. */
const struct value *json_get(const struct value *object, struct span name);

const char *json_says(const struct value *value); /* "text", "a number"… for errors */

/* Writes text as a JSON string with its quotes: " \ and control bytes escaped, all else as it is. */
void json_write_string(struct buf *out, struct span text);
void json_write_strings(struct buf *out, struct spans strings); /* as a list */

/* Writes a JSON text anew for people: members and items on lines of their own, indented, but short
 * ones on one. */
void json_write_pretty(struct buf *out, struct span compact);

const char *json_library_version(void);
