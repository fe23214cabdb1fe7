#include "worker/route/route.h"
#include "worker/parts.h"

#include <stddef.h>

#define SHAPE_CHOICE(shape, name) name,

const char *const route_key_names[] = {"id", "network-id", "subject", "author", "tag", "input", NULL};
const char *const cleanup_names[] = {"delete", "compact", "compact,delete", NULL};
static const char *const shape_choices[] = {SHAPES(SHAPE_CHOICE) NULL};
static const char *const timestamps[] = {"input", "now", NULL};
static const char *const post_choices[] = {"full", "none", NULL};

#define CHOICE(of)                                                                                                     \
    {                                                                                                                  \
        .kind = FORM_CHOICE, .choices = of                                                                             \
    }
static const struct form shape_form = CHOICE(shape_choices), route_key_form = CHOICE(route_key_names),
                         timestamp_form = CHOICE(timestamps), post_form = CHOICE(post_choices),
                         cleanup_form = CHOICE(cleanup_names);

static const struct field route_fields[] = {
    {"topic", &form_text, offsetof(struct route, topic), FIELD_REQUIRED, "Where the records go."},
    {"shape", &shape_form, offsetof(struct route, shape), FIELD_REQUIRED, "What the records look like."},
    {"when", &when_form, offsetof(struct route, when), NULL, "Which posts it takes; without it, all."},
    {"key", &route_key_form, offsetof(struct route, key), NULL,
     "The records' key; by default `id`, in by-tag `tag`. Without a known author `author` is the id."},
    {"timestamp", &timestamp_form, offsetof(struct route, timestamp), "input",
     "The records' timestamp: that of the post's record, or the time of writing."},
    {"text", &form_bool, offsetof(struct route, text), "true", "Facts rows carry the text."},
    {"post", &post_form, offsetof(struct route, post), "full",
     "`none`: events go without the raw post, for those who may not pass all of it on."},
    {"cleanup", &cleanup_form, offsetof(struct route, cleanup_given), NULL,
     "cleanup.policy with which `topics --create` makes the topic; by default the shape's own."},
    {0},
};

static const struct form route_form = {FORM_RECORD, .fields = route_fields, .size = sizeof(struct route)};
const struct form routes_form = {.kind = FORM_MAP, .of = &route_form};
