#include "worker/decode/input.h"
#include "worker/parts.h"

#define PRESET_CHOICE(preset, name) name,

static const char *const preset_choices[] = {PRESETS(PRESET_CHOICE) NULL};
static const char *const input_keys[] = {"any", "id", NULL};
static const char *const framings[] = {"none", "confluent", NULL};

static const char *const detect_choices[] = {"unknown", "never", "always", NULL};

#define CHOICE(of)                                                                                                     \
    {                                                                                                                  \
        .kind = FORM_CHOICE, .choices = of                                                                             \
    }
static const struct form preset_form = CHOICE(preset_choices), input_key_form = CHOICE(input_keys),
                         framing_form = CHOICE(framings), detect_form = CHOICE(detect_choices);

#define EXTRA_NAME(id, name, help) name,
static const char *const extra_choices[] = {EXTRAS(EXTRA_NAME) NULL};
static const struct form extra_form = CHOICE(extra_choices);
static const struct form extras_form = {.kind = FORM_LIST, .of = &extra_form};

static const struct form any_map_form = {.kind = FORM_MAP, .of = &form_node};
static const struct form mapping_form = {
    .kind = FORM_NODE,
    .says = "a map as PRESETS.md shows it",
    .either = (const struct form *const[]){&any_map_form, NULL},
};

static const struct field input_fields[] = {
    {"topic", &form_text, offsetof(struct input, topic), FIELD_REQUIRED, "Topic of raw posts."},
    {"preset", &preset_form, offsetof(struct input, preset), "canonical", "The form of its posts."},
    {"network", &form_text, offsetof(struct input, network), NULL,
     "Where they come from (x, mastodon, bluesky…); written into the events, since ids collide between networks."},
    {"key", &input_key_form, offsetof(struct input, key), "any",
     "`id`: each record is keyed by its post's id, so that a null payload hides that post."},
    {"framing", &framing_form, offsetof(struct input, framing), "none",
     "`confluent`: a schema registry's five bytes precede the JSON."},
    {"lang", &form_text, offsetof(struct input, lang), NULL, "The language of posts that state none, such as ja."},
    {"detect", &detect_form, offsetof(struct input, detect), "unknown",
     "Whether the language is looked for in the text: `unknown`, where neither the post nor `lang` states it; `never`; "
     "`always`, and what is "
     "stated holds where none is found."},
    {"strict", &form_bool, offsetof(struct input, strict), "false",
     "A member that cannot be used makes the post a dead letter; else it is unknown, and counted. id, text and the "
     "JSON are always strict."},
    {"extra", &extras_form, offsetof(struct input, extra), NULL,
     "What makes a post's extra text, where tags may look by `in: extra`: `alt` (descriptions of pictures), `poll` "
     "(its options), "
     "`card` (title and description of a link's preview), `warning` (the content warning, which else precedes the "
     "text)."},
    {"mapping", &mapping_form, offsetof(struct input, mapping), NULL,
     "For preset `mapping`: where the members of the canonical form are in a post, as JSON Pointers."},
    {0},
};

static const struct form input_form = {FORM_RECORD, .fields = input_fields, .size = sizeof(struct input)};
const struct form inputs_form = {.kind = FORM_LIST, .of = &input_form};

static const struct form post_bytes_form = {.kind = FORM_BYTES, .min = 64, .max = 64 << 20};
static const struct form post_depth_form = {.kind = FORM_INT, .min = 2, .max = 1024};
static const struct form record_posts_form = {.kind = FORM_INT, .min = 1, .max = 100000};
static const struct form post_cpu_form = {.kind = FORM_DURATION, .min = 1, .max = 60000};
static const struct field limit_fields[] = {
    {"post_bytes", &post_bytes_form, offsetof(struct limits, post_bytes), "1MiB",
     "A longer record is a dead letter too-large."},
    {"record_posts", &record_posts_form, offsetof(struct limits, record_posts), "10000",
     "A record of more posts, as a list, a page or lines hold them, is a dead letter too-large."},
    {"post_depth", &post_depth_form, offsetof(struct limits, post_depth), "64",
     "A post with more levels of lists and objects is a dead letter too-deep."},
    {"post_cpu", &post_cpu_form, offsetof(struct limits, post_cpu_ms), "2s",
     "A post that takes more CPU time is a dead letter too-costly, and so are the rest of a record whose posts took "
     "more "
     "together. Whether a post does depends on the machine: the "
     "default is a "
     "multiple of what any post of 1 MiB takes."},
    {0},
};

const struct form limits_form = {FORM_RECORD, .fields = limit_fields, .size = sizeof(struct limits)};

const struct input *input_find(const struct list *inputs, struct span topic)
{
    const struct input *at = inputs->at;

    for (size_t i = 0; i < inputs->len; i++)
        if (span_equal(at[i].topic, topic))
            return &at[i];
    return NULL;
}
