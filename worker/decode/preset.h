/* preset: one form in which networks send posts, mapped to struct post. One file each in
 * worker/decode/; all of them read a parsed value, whichever library parsed it. */
#pragma once

#include "common/arena.h"
#include "common/buf.h"
#include "common/json.h"
#include "worker/decode/input.h"
#include "worker/decode/split.h"
#include "worker/decode/timestamp.h"
#include "worker/post.h"

struct node;
struct report;

/* What a preset works on. The first fault holds; after it nothing that is read matters. */
struct mapping {
    struct arena *mem;
    struct post *post;
    const struct input *input;
    const struct value *shared; /* what the posts of its page share; NULL: nothing, or it came on no page */
    unsigned depth;             /* levels allowed in JSON that is in a string */
    struct buf extra;           /* the post's extra texts, with POST_TEXTS_APART between */
    enum fault fault;
    struct span why;
};

struct preset {
    const char *name, *help;
    void (*map)(struct mapping *mapping, const struct value *root);
    const struct page_form *page; /* how it sends several posts; NULL: as a list alone */

    /* Writes a record that hides the post of this id, or takes that back. False: this form cannot say it, or no such id
     * is possible. NULL: it never can. */
    bool (*hide)(const struct input *input, struct span id, bool hidden, struct buf *out);
};

/* Readers of one value. Absent (NULL) and null leave *out as it is, and so does a value that cannot be used: it is
 * counted for its member, and a fault that names `place`, such as "author.handle", where the member or the input is
 * strict. */
void read_text(struct mapping *mapping, const struct value *value, enum post_member member, const char *place,
               struct span *out);
void read_id(struct mapping *mapping, const struct value *value, enum post_member member, const char *place,
             struct span *out); /* a whole number, too */
void read_count(struct mapping *mapping, const struct value *value, enum post_member member, const char *place,
                int64_t *out);

/* A time in one of the forms, which are bits 1 << enum time_form. */
void read_time(struct mapping *mapping, const struct value *value, enum post_member member, const char *place,
               unsigned forms, int64_t *out_ms);

/* The bool; NULL if none is there. */
const struct value *read_bool(struct mapping *mapping, const struct value *value, enum post_member member,
                              const char *place);

/* The value of a member cannot be used. True if it is counted and unknown; false if that is a fault, which the caller
 * names: most posts are spared the sentence. */
bool map_unusable(struct mapping *mapping, enum post_member member, enum unusable reason);

/* JSON that is in a string; false and a fault if it is none, or no object. */
bool read_json(struct mapping *mapping, struct span text, const char *place, struct value *out);

/* Whatever is there; NULL if nothing or null does. Inline, as the next ones, so that the compiler knows the length of a
 * name: a post has some forty. */
static inline const struct value *map_member(const struct value *object, const char *name)
{
    const struct value *value = json_get(object, span_of(name));

    return value && value->type != VALUE_NULL ? value : NULL;
}

/* The same readers by the name of a member. */
static inline void map_text(struct mapping *mapping, const struct value *object, const char *name,
                            enum post_member member, const char *place, struct span *out)
{
    read_text(mapping, map_member(object, name), member, place, out);
}

static inline void map_id(struct mapping *mapping, const struct value *object, const char *name,
                          enum post_member member, const char *place, struct span *out)
{
    read_id(mapping, map_member(object, name), member, place, out);
}

static inline void map_count(struct mapping *mapping, const struct value *object, const char *name,
                             enum post_member member, const char *place, int64_t *out)
{
    read_count(mapping, map_member(object, name), member, place, out);
}

static inline void map_time(struct mapping *mapping, const struct value *object, const char *name,
                            enum post_member member, const char *place, int64_t *out_ms)
{
    read_time(mapping, map_member(object, name), member, place, TIME_FORMS_CLEAR, out_ms);
}

/* Adds one to what the payload lists, without a # or @ before it, which makes the list known; an empty text, and a link
 * that is no whole web address, add nothing. */
void map_listed(struct mapping *mapping, enum payload_list listing, struct span text);
void map_knows(struct mapping *mapping, enum payload_list listing); /* the list is known, even if nothing is on it */

/* The texts at `name` (or, where that is NULL, the items themselves) of each item of a list: they are listed. */
void map_listed_all(struct mapping *mapping, enum payload_list listing, const struct value *list, const char *name);

/* A bool that is said or not. */
void map_said(struct mapping *mapping, const struct value *object, const char *name, enum post_member member,
              const char *place, enum said *out);

/* The member if it is there and of this type, else NULL: for what only decorates, so that nothing is counted. object
 * may be NULL. */
const struct value *map_if(const struct value *object, const char *name, enum value_type type);

/* The text there, else an empty one; likewise. */
struct span map_text_if(const struct value *object, const char *name);

/* Whether the input asks for this kind of extra text; and a line of it, which is added if it does. */
bool map_wants(const struct mapping *mapping, enum extra extra);
void map_extra(struct mapping *mapping, enum extra extra, struct span text);

/* The object, list or bool that is there; NULL if none does. */
const struct value *map_object(struct mapping *mapping, const struct value *object, const char *name,
                               enum post_member member, const char *place);
const struct value *map_list(struct mapping *mapping, const struct value *object, const char *name,
                             enum post_member member, const char *place);
const struct value *map_bool(struct mapping *mapping, const struct value *object, const char *name,
                             enum post_member member, const char *place);

void map_fault(struct mapping *mapping, enum fault fault, struct span why);

/* Reads an input's `mapping` and checks it; the other presets have none. False if it reported an
 * error. What it makes is in mem. */
bool pointers_load(struct input *input, struct arena *mem, struct report *report);
