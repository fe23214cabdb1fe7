/* yaml: a YAML file as a tree in which every value keeps its place. The one door to libyaml.
 *
 * The subset: one document, maps with scalar keys, lists, scalars. Anchors, aliases and tags are
 * refused with their place, since a value that is elsewhere has no place of its own. */
#pragma once

#include "common/arena.h"
#include "common/report.h"
#include "common/span.h"

#include <stdbool.h>
#include <stddef.h>

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    bool is_plain; /* a scalar without quotes: may be a number, true or null */
    const char *file;
    int line, col;           /* from 1; col in characters */
    struct span text;        /* a scalar's value, ends with a NUL that is not counted */
    struct span comment;     /* of a value that is nothing: the comment where it would be, such as #tag; else empty */
    const struct node *name; /* within a map: its key */
    struct node *first, *last, *next;
    size_t len;           /* members or items */
    struct dict *members; /* of a map of many: by their keys; NULL: look at each */
};

enum yaml_expand { YAML_LITERAL, YAML_ENVIRONMENT };

/* Reads the file; with YAML_ENVIRONMENT ${NAME} and ${NAME:-default} in scalars are replaced from
 * the environment ("$${" means "${"). Duplicate keys are errors. NULL if the file cannot be
 * read or is not YAML; an empty file is an empty map. The tree is in mem. */
struct node *yaml_read(const char *path, enum yaml_expand expand, struct arena *mem, struct report *report);

/* The same from bytes; `file` names them in problems. */
struct node *yaml_parse(struct span text, const char *file, enum yaml_expand expand, struct arena *mem,
                        struct report *report);

struct node *node_get(const struct node *map, struct span name); /* NULL if there is none */
void node_append(struct node *list, struct node *item);          /* as its last item */

/* Appends a member, whose name is set, to a map that is in mem and gives NULL; or gives the member of the same key that
 * is there and appends nothing. In constant time, however many there are. */
struct node *node_add(struct node *map, struct node *member, struct arena *mem);

bool node_is_null(const struct node *node);                  /* ~, null or nothing */
bool node_equal(const struct node *a, const struct node *b); /* the same values in the same order, wherever they are */
const char *node_says(const struct node *node);              /* "a list", "text"… for errors */

/* The path of a file that is named in another: relative to the folder of the naming one. */
const char *path_beside(const char *file, struct span name, struct arena *mem);

/* Reads a whole file; NULL span.at and errno if that fails. */
struct span file_read(const char *path, struct arena *mem);

/* The same of a file that is a part of what the report is on: see report_source. */
struct span source_read(const char *path, struct arena *mem, struct report *report);

const char *yaml_library_version(void);
