/* input: a topic of raw posts, and how its records are read. */
#pragma once

#include "common/settings.h"
#include "common/span.h"

#include <stdint.h>

struct pointers;

enum framing { FRAMING_NONE, FRAMING_CONFLUENT };

/* Texts of a post beside its own: X(ID, name, help) */
/* clang-format off */
#define EXTRAS(X) \
    X(ALT, "alt", "descriptions of pictures") X(POLL, "poll", "the options of a poll") \
    X(CARD, "card", "title and description of a link's preview") \
    X(WARNING, "warning", "the content warning, which else precedes the text")
/* clang-format on */

#define EXTRA_INDEX(id, name, help) EXTRA_##id,
enum extra { EXTRAS(EXTRA_INDEX) EXTRA_KINDS };

struct input {
    const struct node *node;
    size_t index; /* in the config's list */
    struct span topic;
    struct span network;        /* empty: not said */
    int preset;                 /* index into presets */
    int key;                    /* enum input_key */
    int framing;                /* enum framing */
    struct span lang;           /* of posts that state none; empty: not said */
    int detect;                 /* enum detect */
    bool strict;                /* an optional member that cannot be used is a fault */
    struct list extra;          /* of int: enum extra; what the extra text of its posts is made of */
    const struct node *mapping; /* as written, and as preset mapping reads it */
    const struct pointers *pointers;
};

enum input_key { INPUT_KEY_ANY, INPUT_KEY_ID };

/* Limits of a raw post. */
struct limits {
    const struct node *node;
    int64_t post_bytes, post_depth, record_posts;
    int64_t post_cpu_ms; /* 0: as long as it takes */
};

/* The input that reads the topic, of a list of struct input; NULL if none does. */
const struct input *input_find(const struct list *inputs, struct span topic);

extern const struct form inputs_form, limits_form; /* of the sections "input" and "limits" */
