#include "common/settings.h"
#include "common/decimal.h"
#include "common/settings_remedy.h"

#include <limits.h>

const char FIELD_REQUIRED[] = "required";

const struct form form_text = {.kind = FORM_TEXT};
const struct form form_bool = {.kind = FORM_BOOL};
const struct form form_texts = {.kind = FORM_LIST, .of = &form_text};
const struct form form_duration = {.kind = FORM_DURATION};
const struct form form_bytes = {.kind = FORM_BYTES};
const struct form form_count = {.kind = FORM_INT};
const struct form form_decimal = {.kind = FORM_DECIMAL};
const struct form form_node = {.kind = FORM_NODE};
const struct form form_text_map = {.kind = FORM_MAP, .of = &form_text};

struct binder {
    struct arena *mem;
    struct report *report;
};

struct unit {
    const char *name;
    int64_t of_base;
};

static const struct unit byte_units[] = {
    {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"", 1}, {0},
};

static const struct unit time_units[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {0},
};

static const struct unit no_unit[] = {{"", 1}, {0}};

static const struct unit *units_of(const struct form *form)
{
    return form->kind == FORM_BYTES ? byte_units : form->kind == FORM_DURATION ? time_units : no_unit;
}

static bool bind(struct binder *binder, const struct form *form, const struct node *node, void *out);

static size_t size_of(const struct form *form)
{
    switch (form->kind) {
    case FORM_TEXT: return sizeof(struct span);
    case FORM_BOOL: return sizeof(bool);
    case FORM_CHOICE: return sizeof(int);
    case FORM_LIST:
    case FORM_MAP: return sizeof(struct list);
    case FORM_RECORD: return form->size;
    case FORM_NODE: return sizeof(const struct node *);
    default: return sizeof(int64_t);
    }
}

static bool is_any(const struct form *form)
{
    return form->kind == FORM_NODE && !form->says;
}

/* What a value of this form is called in errors and in the reference. */
static struct span says(const struct form *form, struct arena *mem)
{
    switch (form->kind) {
    case FORM_TEXT: return SPAN("text");
    case FORM_BOOL: return SPAN("true or false");
    case FORM_INT: return SPAN("a whole number");
    case FORM_BYTES: return SPAN("a size such as 64KiB or 4MiB");
    case FORM_DURATION: return SPAN("a duration such as 100ms, 10s or 1h");
    case FORM_DECIMAL: return SPAN("a number of at most four decimals");
    case FORM_LIST:
        return is_any(form->of) ? SPAN("a list")
                                : span_format(mem, "a list, each %.*s", SPAN_ARGS(says(form->of, mem)));
    case FORM_MAP:
        return is_any(form->of) ? SPAN("a map") : span_format(mem, "a map, each %.*s", SPAN_ARGS(says(form->of, mem)));
    case FORM_RECORD: return SPAN("a map");
    case FORM_NODE: return form->says ? span_of(form->says) : SPAN("any value");
    case FORM_CHOICE: break;
    }
    struct buf out = buf_in(mem);
    for (const char *const *choice = form->choices; *choice; choice++)
        buf_format(&out, "%s%s", choice == form->choices ? "" : choice[1] ? ", " : " or ", *choice);
    return buf_span(&out);
}

static bool digits_of(struct span text, size_t *at, int64_t *value)
{
    size_t start = *at;

    for (*value = 0; *at < text.len && text.at[*at] >= '0' && text.at[*at] <= '9'; ++*at) {
        int digit = text.at[*at] - '0';

        if (*value > (INT64_MAX - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return *at > start;
}

static bool parse_number(struct span text, const struct unit *units, int64_t *value)
{
    size_t at = 0;

    if (!digits_of(text, &at, value))
        return false;
    struct span unit = {text.at + at, text.len - at};
    for (; units->name; units++)
        if (span_equal(unit, span_of(units->name)) && *value <= INT64_MAX / units->of_base) {
            *value *= units->of_base;
            return true;
        }
    return false;
}

bool settings_number(const struct form *form, struct span text, int64_t *value)
{
    return parse_number(text, units_of(form), value);
}

/* A number as people write it there: 1048576 as 1MiB. */
static struct span as_written(int64_t value, const struct unit *units, struct arena *mem)
{
    const struct unit *best = NULL;

    for (const struct unit *unit = units; unit->name; unit++)
        if (value % unit->of_base == 0 && (!best || unit->of_base > best->of_base))
            best = unit;
    return best ? span_format(mem, "%lld%s", (long long)(value / best->of_base), best->name)
                : span_format(mem, "%lld", (long long)value);
}

static void describe_form(const struct form *form, struct buf *out)
{
    buf_put(out, says(form, out->mem));
    const struct unit *units = units_of(form);
    if (form->max)
        buf_format(out, ", %.*s to %.*s", SPAN_ARGS(as_written(form->min, units, out->mem)),
                   SPAN_ARGS(as_written(form->max, units, out->mem)));
}

bool settings_refuse(const struct form *form, const struct node *node, struct arena *mem, struct report *report)
{
    struct buf expected = buf_in(mem);
    struct span remedy = settings_remedy(form, node, mem);

    describe_form(form, &expected);
    if (node->kind == NODE_SCALAR && !node_is_null(node))
        return report_error(report, node, "expected %.*s, got \"%.*s\"%.*s", SPAN_ARGS(buf_span(&expected)),
                            SPAN_ARGS(node->text), SPAN_ARGS(remedy));
    return report_error(report, node, "expected %.*s, got %s%.*s", SPAN_ARGS(buf_span(&expected)), node_says(node),
                        SPAN_ARGS(remedy));
}

static bool refuse(struct binder *binder, const struct form *form, const struct node *node)
{
    return settings_refuse(form, node, binder->mem, binder->report);
}

static bool bind_number(struct binder *binder, const struct form *form, const struct node *node,
                        const struct unit *units, int64_t *out)
{
    int64_t value, max = form->max ? form->max : INT64_MAX;

    if (node->kind != NODE_SCALAR || !parse_number(node->text, units, &value))
        return refuse(binder, form, node);
    if (value < form->min || value > max)
        return report_error(binder->report, node, "%.*s is out of range; allowed are %.*s to %.*s",
                            SPAN_ARGS(node->text), SPAN_ARGS(as_written(form->min, units, binder->mem)),
                            SPAN_ARGS(as_written(max, units, binder->mem)));
    *out = value;
    return true;
}

static bool bind_decimal(struct binder *binder, const struct form *form, const struct node *node, int64_t *out)
{
    return (node->kind == NODE_SCALAR && decimal_parse(node->text, out)) || refuse(binder, form, node);
}

static bool bind_text(struct binder *binder, const struct form *form, const struct node *node, struct span *out)
{
    if (node->kind != NODE_SCALAR || node_is_null(node))
        return refuse(binder, form, node);
    *out = node->text;
    return true;
}

static bool bind_bool(struct binder *binder, const struct form *form, const struct node *node, bool *out)
{
    if (node->kind != NODE_SCALAR || !node->is_plain
        || (!span_equal(node->text, SPAN("true")) && !span_equal(node->text, SPAN("false"))))
        return refuse(binder, form, node);
    *out = node->text.at[0] == 't';
    return true;
}

static bool bind_choice(struct binder *binder, const struct form *form, const struct node *node, int *out)
{
    if (node->kind == NODE_SCALAR)
        for (int i = 0; form->choices[i]; i++)
            if (span_equal(node->text, span_of(form->choices[i]))) {
                *out = i;
                return true;
            }
    if (node->kind != NODE_SCALAR)
        return refuse(binder, form, node);
    return report_error(binder->report, node, "expected %.*s, got \"%.*s\"%.*s", SPAN_ARGS(says(form, binder->mem)),
                        SPAN_ARGS(node->text), SPAN_ARGS(settings_hint(node->text, form->choices, binder->mem)));
}

static bool bind_list(struct binder *binder, const struct form *form, const struct node *node, struct list *out)
{
    size_t size = size_of(form->of), i = 0;
    bool fine = true;

    if (node->kind != NODE_LIST)
        return refuse(binder, form, node);
    char *items = arena_zero(binder->mem, size * node->len);
    for (const struct node *item = node->first; item; item = item->next)
        fine &= bind(binder, form->of, item, items + size * i++);
    *out = (struct list){items, node->len};
    return fine;
}

static bool bind_map(struct binder *binder, const struct form *form, const struct node *node, struct list *out)
{
    bool fine = true;
    size_t i = 0;

    if (node->kind != NODE_MAP)
        return refuse(binder, form, node);
    struct named *members = arena_zero(binder->mem, sizeof *members * node->len);
    for (const struct node *member = node->first; member; member = member->next, i++) {
        members[i] = (struct named){member->name->text, member, arena_zero(binder->mem, size_of(form->of))};
        fine &= bind(binder, form->of, member, members[i].value);
    }
    *out = (struct list){members, node->len};
    return fine;
}

static bool is_known(const struct form *form, struct span name)
{
    const struct field *field = form->fields;

    while (field->name && !span_equal(span_of(field->name), name))
        field++;
    return field->name;
}

static bool only_known(struct binder *binder, const struct form *form, const struct node *node)
{
    bool fine = true;

    for (const struct node *member = node->first; member; member = member->next)
        if (!is_known(form, member->name->text))
            fine = report_error(binder->report, member->name, "unknown key \"%.*s\"%.*s", SPAN_ARGS(member->name->text),
                                SPAN_ARGS(settings_key_remedy(form, member->name->text, binder->mem)));
    return fine;
}

/* Whether a key that is not known was meant to be this one, which its own report says. */
static bool is_misspelt(struct binder *binder, const struct form *form, const struct node *node,
                        const struct field *field)
{
    const char *const names[] = {field->name, NULL};

    for (const struct node *member = node->first; member; member = member->next)
        if (!is_known(form, member->name->text) && settings_hint(member->name->text, names, binder->mem).len)
            return true;
    return false;
}

/* The value that a field has where it is not given. */
static bool bind_fallback(struct binder *binder, const struct form *form, const struct field *field,
                          const struct node *node, void *out)
{
    if (field->fallback == FIELD_REQUIRED && node && is_misspelt(binder, form, node, field))
        return false;
    if (field->fallback == FIELD_REQUIRED)
        return !node || report_error(binder->report, node, "\"%s\" is missing: %s", field->name, field->help);
    if (!field->fallback)
        return field->form->kind != FORM_RECORD || bind(binder, field->form, NULL, out);
    struct node written = {
        .kind = NODE_SCALAR,
        .is_plain = true,
        .file = "default",
        .text = span_of(field->fallback),
    };
    return bind(binder, field->form, &written, out);
}

static bool bind_record(struct binder *binder, const struct form *form, const struct node *node, void *out)
{
    bool fine = true;

    *(const struct node **)out = node;
    if (node && node->kind != NODE_MAP)
        return refuse(binder, form, node);
    if (node && !form->is_open)
        fine = only_known(binder, form, node);
    for (const struct field *field = form->fields; field->name; field++) {
        const struct node *given = node ? node_get(node, span_of(field->name)) : NULL;
        void *at = (char *)out + field->offset;

        fine &= given ? bind(binder, field->form, given, at) : bind_fallback(binder, form, field, node, at);
    }
    return fine;
}

static bool bind(struct binder *binder, const struct form *form, const struct node *node, void *out)
{
    switch (form->kind) {
    case FORM_TEXT: return bind_text(binder, form, node, out);
    case FORM_BOOL: return bind_bool(binder, form, node, out);
    case FORM_INT:
    case FORM_BYTES:
    case FORM_DURATION: return bind_number(binder, form, node, units_of(form), out);
    case FORM_DECIMAL: return bind_decimal(binder, form, node, out);
    case FORM_CHOICE: return bind_choice(binder, form, node, out);
    case FORM_LIST: return bind_list(binder, form, node, out);
    case FORM_MAP: return bind_map(binder, form, node, out);
    case FORM_RECORD: return bind_record(binder, form, node, out);
    case FORM_NODE: *(const struct node **)out = node; return true;
    }
    return false;
}

bool settings_bind(const struct form *form, const struct node *node, void *out, struct arena *mem,
                   struct report *report)
{
    struct binder binder = {mem, report};

    return bind(&binder, form, node, out);
}

/* Levenshtein's distance, of texts short enough to be names; others are far from all. */
static size_t distance(struct span a, struct span b)
{
    enum { LONGEST = 40 };
    size_t row[LONGEST + 1];

    if (a.len > LONGEST || b.len > LONGEST)
        return SIZE_MAX;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t change = diagonal + (a.at[i - 1] != b.at[j - 1]);
            size_t step = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

            diagonal = row[j];
            row[j] = change < step ? change : step;
        }
    }
    return row[b.len];
}

struct span settings_hint(struct span written, const char *const *names, struct arena *mem)
{
    const char *nearest = NULL;
    size_t least = written.len / 3 + 2;

    for (; *names; names++) {
        size_t far = distance(written, span_of(*names));

        if (far < least) {
            least = far;
            nearest = *names;
        }
    }
    return nearest ? span_format(mem, "; did you mean \"%s\"?", nearest) : SPAN("");
}

/* --- the reference --- */

enum { NAMED_MAX = 32 };

struct printer {
    struct buf *out;
    const char *title;
    int level;
    const struct form *named[NAMED_MAX]; /* records with a name are printed once */
    size_t named_len;
};

static void print_field(const struct field *field, struct buf *out)
{
    buf_format(out, "| `%s` | ", field->name);
    describe_form(field->form, out);
    if (field->fallback == FIELD_REQUIRED)
        buf_put(out, SPAN(" | must be given"));
    else if (field->fallback && strcmp(field->fallback, "-1") != 0)
        buf_format(out, " | `%s`", field->fallback);
    else
        buf_put(out, SPAN(" | –"));
    buf_format(out, " | %s |\n", field->help);
}

static void print_record(struct printer *printer, const struct form *record, const char *title);

static bool is_printed(struct printer *printer, const struct form *record)
{
    for (size_t i = 0; i < printer->named_len; i++)
        if (printer->named[i] == record)
            return true;
    if (record->name && printer->named_len < NAMED_MAX)
        printer->named[printer->named_len++] = record;
    return false;
}

/* The records within a value of this form. */
static void print_within(struct printer *printer, const struct form *form, const char *title)
{
    while (form->kind == FORM_LIST || form->kind == FORM_MAP)
        form = form->of;
    for (const struct form *const *one = form->either; one && *one; one++)
        print_within(printer, *one, title);
    if (form->kind != FORM_RECORD || is_printed(printer, form))
        return;
    if (form->name)
        title = span_format(printer->out->mem, "%s → %s", printer->title, form->name).at;
    print_record(printer, form, title);
}

static void print_record(struct printer *printer, const struct form *record, const char *title)
{
    struct buf *out = printer->out;

    buf_format(out, "\n%.*s %s\n\n| key | value | default | meaning |\n|---|---|---|---|\n", printer->level, "######",
               title);
    for (const struct field *field = record->fields; field->name; field++)
        print_field(field, out);
    if (record->of) {
        buf_put(out, SPAN("| any other | "));
        describe_form(record->of, out);
        buf_format(out, " | – | %s |\n", record->says);
    }
    for (const struct field *field = record->fields; field->name; field++)
        print_within(printer, field->form, span_format(out->mem, "%s → `%s`", title, field->name).at);
}

void settings_reference(const struct form *form, const char *title, int level, struct buf *out)
{
    struct printer printer = {.out = out, .title = title, .level = level};

    print_within(&printer, form, title);
}
