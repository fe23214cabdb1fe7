/* support: what several tests need: files with a text, rules, configs and posts made from it.
 *
 * What is made here lives until the binary ends. A helper whose input is not as the test meant it
 * fails that test. */
#pragma once

#include "common/arena.h"
#include "common/report.h"
#include "common/span.h"
#include "worker/config.h"
#include "worker/enrich/enrich.h"
#include "worker/port.h"
#include "worker/post.h"
#include "worker/rules/ruleset.h"

struct arena *scratch(void);

/* The path of a file of this name with this text, in a folder that goes when the binary ends. */
const char *file_with(const char *name, const char *text);

/* Problems as they are printed, one a line, places without the folder of file_with. */
struct span problems_of(struct report *report);

/* Rules from YAML: version 1 is added unless the text has one. */
const struct ruleset *rules_from(const char *yaml);
struct span rules_problems(const char *yaml);

/* A worker.yaml, and the problems of one; beside it are the files that were made before. */
struct config *config_from(const char *yaml);
struct span config_problems(const char *yaml);

extern const struct input plain_input; /* topic posts.raw, canonical, keyed by id */

/* A post from its JSON, which has to be one. */
const struct post *post_from(const char *json);

/* A post of which nothing but the text is known. */
const struct post *post_saying(struct span text);

/* What the rules find in it, as of its observed_at. */
const struct found *found_in(const struct ruleset *rules, const struct post *post);

int64_t spent_ns(void); /* CPU time of this thread so far */

struct span joined(struct spans spans); /* with a blank between them */

#define CHECK_HAS(text, part)                                                                                          \
    do {                                                                                                               \
        struct span test_text = (text), test_part = SPAN(part);                                                        \
        if (!test_text.len || !memmem(test_text.at, test_text.len, test_part.at, test_part.len))                       \
            test_failed(__FILE__, __LINE__, "\"%.*s\" is not in \"%.*s\"", SPAN_ARGS(test_part),                       \
                        SPAN_ARGS(test_text));                                                                         \
    } while (0)
