/* preset: one form in which networks send posts, mapped to struct post. One file each in
 * worker/decode/; all of them read a parsed value, whichever library parsed it. */
#pragma once

#include "common/arena.h"
#include "common/json.h"
#include "worker/post.h"

struct input;
struct node;
struct report;

/* What a preset works on. The first fault holds; after it nothing that is read matters. */
struct mapping {
    struct arena *mem;
    struct post *post;
    const struct input *input;
    unsigned depth;                     /* levels allowed in JSON that stands in a string */
    enum fault fault;
    struct span why;
};

struct preset {
    const char *name, *help;
    void (*map)(struct mapping *mapping, const struct value *root);
};

/* Readers of one value: absent (NULL) and null leave *out as it is; another type is a fault that names
 * `place`, such as "author.handle". */
void read_text(struct mapping *mapping, const struct value *value, const char *place, struct span *out);
void read_id(struct mapping *mapping, const struct value *value, const char *place, struct span *out);    /* a whole number, too */
void read_count(struct mapping *mapping, const struct value *value, const char *place, int64_t *out);
void read_time(struct mapping *mapping, const struct value *value, const char *place, int64_t *out_ms);

/* A whole number of 1/per_second seconds since 1970; parts of a ms are cut. */
void read_unix(struct mapping *mapping, const struct value *value, const char *place,
               int64_t per_second, int64_t *out_ms);

/* JSON that stands in a string; false and a fault if it is none, or no object. */
bool read_json(struct mapping *mapping, struct span text, const char *place, struct value *out);

/* Whatever stands there; NULL if nothing or null does. Inline, as the next ones, so that the compiler knows the length of a
 * name: a post has some forty. */
static inline const struct value *map_member(const struct value *object, const char *name)
{
    const struct value *value = json_get(object, span_of(name));

    return value && value->type != VALUE_NULL ? value : NULL;
}

/* The same readers by the name of a member. */
static inline void map_text(struct mapping *mapping, const struct value *object, const char *name, const char *place,
                            struct span *out)
{
    read_text(mapping, map_member(object, name), place, out);
}

static inline void map_id(struct mapping *mapping, const struct value *object, const char *name, const char *place,
                          struct span *out)
{
    read_id(mapping, map_member(object, name), place, out);
}

static inline void map_count(struct mapping *mapping, const struct value *object, const char *name, const char *place,
                             int64_t *out)
{
    read_count(mapping, map_member(object, name), place, out);
}

static inline void map_time(struct mapping *mapping, const struct value *object, const char *name, const char *place,
                            int64_t *out_ms)
{
    read_time(mapping, map_member(object, name), place, out_ms);
}

/* The object, list or bool that stands there; NULL if none does. */
const struct value *map_object(struct mapping *mapping, const struct value *object, const char *name,
                               const char *place);
const struct value *map_list(struct mapping *mapping, const struct value *object, const char *name,
                             const char *place);
const struct value *map_bool(struct mapping *mapping, const struct value *object, const char *name,
                             const char *place);

void map_fault(struct mapping *mapping, enum fault fault, struct span why);

/* Reads an input's `mapping` and checks it; the other presets have none. False if it reported an
 * error. What it makes lies in mem. */
bool pointers_load(struct input *input, struct arena *mem, struct report *report);
