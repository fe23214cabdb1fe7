/* preset: one form in which networks send posts, mapped to struct post. One file each in
 * worker/preset/; all of them read a parsed value, whichever library parsed it. */
#pragma once

#include "common/arena.h"
#include "common/json.h"
#include "worker/post.h"

/* What a preset works on. The first fault holds; after it nothing that is read matters. */
struct mapping {
    struct arena *mem;
    struct post *post;
    enum fault fault;
    struct span why;
};

struct preset {
    const char *name, *help;
    void (*map)(struct mapping *mapping, const struct value *root);
};

/* Readers of one member: absent and null leave *out as it is; another type is a fault that names
 * `place`, such as "author.handle". */
void map_text(struct mapping *mapping, const struct value *object, const char *name, const char *place,
              struct span *out);
void map_count(struct mapping *mapping, const struct value *object, const char *name,
               const char *place, int64_t *out);
void map_time(struct mapping *mapping, const struct value *object, const char *name, const char *place,
              int64_t *out_ms);

/* The object or bool that stands there; NULL if none does. */
const struct value *map_object(struct mapping *mapping, const struct value *object, const char *name,
                               const char *place);
const struct value *map_bool(struct mapping *mapping, const struct value *object, const char *name,
                             const char *place);

void map_fault(struct mapping *mapping, enum fault fault, struct span why);
