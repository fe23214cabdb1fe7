/* settings: what a YAML value must look like, as tables. The same tables bind values to structs,
 * check them, print the reference and, for editors, the schemas.
 *
 * C holds the values so: text as struct span, bool as bool, whole numbers, sizes (bytes) and
 * durations (ms) as int64_t, decimals as int64_t in ten-thousandths, a choice as int (its index), a
 * list as struct list, a map with free names as struct list of struct named, a record as the struct
 * whose first member is `const struct node *node`, FORM_NODE as const struct node *. */
#pragma once

#include "common/arena.h"
#include "common/buf.h"
#include "common/report.h"
#include "common/span.h"
#include "common/yaml.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum form_kind {
    FORM_TEXT,
    FORM_BOOL,
    FORM_INT,
    FORM_BYTES,    /* 1048576, 64KiB, 1MiB, 2GiB */
    FORM_DURATION, /* 100ms, 10s, 5m, 6h, 7d */
    FORM_DECIMAL,  /* up to four decimals */
    FORM_CHOICE,
    FORM_LIST,
    FORM_MAP,
    FORM_RECORD,
    FORM_NODE, /* any value; its reader is the caller */
};

struct form {
    enum form_kind kind;
    int64_t min, max;                 /* of numbers; both 0: any that fits and is not negative */
    const char *const *choices;       /* of a choice, NULL-terminated */
    const struct form *of;            /* of a list or a map: of each element; of an open record: of
                                         each other key */
    const struct field *fields;       /* of a record, ended by one without a name */
    size_t size;                      /* of a record: of its struct */
    bool is_open;                     /* of a record: keys beside its own are somebody else's */
    const char *says;                 /* of a node: its form in words, for the reference; of an open
                                         record: what its other keys are */
    const struct form *const *either; /* of a node: the forms that it may have, NULL-terminated */
    const char *name;                 /* of a record within itself, or within several: its name */
    bool in_parts;                    /* of a record: several files give it, none has to have all */
    const char *remedy;               /* what to write where a value has another form; NULL: by the form */
    const char *const *also;          /* of a record: pairs of what people write and the key that is meant, which may
                                         be one of another form; NULL-terminated */
};

/* Stands as fallback of a field that must be given. */
extern const char FIELD_REQUIRED[];

struct field {
    const char *name;
    const struct form *form;
    size_t offset;
    const char *fallback; /* as it would be written; NULL: zero, empty; "-1": none, and not shown */
    const char *help;
};

struct list {
    void *at;
    size_t len;
};

/* A member of a map with free names. */
struct named {
    struct span name;
    const struct node *node;
    void *value;
};

extern const struct form form_text, form_bool, form_texts, form_duration, form_bytes, form_count, form_decimal,
    form_node, form_text_map;

/* Binds node to *out, which holds what form says; node NULL gives the fallbacks. False if it
 * reported an error; it goes on after each and reports all. What it makes is in mem. */
bool settings_bind(const struct form *form, const struct node *node, void *out, struct arena *mem,
                   struct report *report);

/* Reports that a value has another form, and what to write instead. Always false. */
bool settings_refuse(const struct form *form, const struct node *node, struct arena *mem, struct report *report);

/* A whole number, a size or a duration that is elsewhere, such as on a command line. */
bool settings_number(const struct form *form, struct span text, int64_t *value);

/* "; did you mean \"topic\"?" where a name of the list is near to what was written, else "". The
 * list is NULL-terminated. */
struct span settings_hint(struct span written, const char *const *names, struct arena *mem);

/* A JSON Schema (draft 7, which editors know best) of such a YAML file. With YAML_ENVIRONMENT any scalar
 * may be ${NAME} instead. */
void settings_schema(const struct form *form, const char *title, enum yaml_expand expand, struct buf *out);

/* The reference of a record as Markdown, a table for each record within. */
void settings_reference(const struct form *form, const char *title, int level, struct buf *out);
