#include "common/json.h"
#include "common/settings.h"

#include <inttypes.h>

enum { NAMED_MAX = 32 };

struct writer {
    struct buf *out;
    bool with_environment;               /* a scalar may be ${NAME} */
    const struct form *named[NAMED_MAX]; /* records with a name: definitions, in this order */
    size_t named_len;
};

static void write_form(struct writer *writer, const struct form *form);

static void put_text(struct writer *writer, const char *text)
{
    buf_put(writer->out, span_of(text));
}

static void put_string(struct writer *writer, const char *text)
{
    json_write_string(writer->out, span_of(text));
}

/* --- scalars --- */

static void write_number(struct writer *writer, const struct form *form, const char *types, const char *pattern)
{
    buf_format(writer->out, "\"type\":[\"%s\",\"string\"],\"pattern\":", types);
    put_string(writer, pattern);
    if (form->min)
        buf_format(writer->out, ",\"minimum\":%" PRId64, form->min);
    if (form->max)
        buf_format(writer->out, ",\"maximum\":%" PRId64, form->max);
}

static void write_choices(struct writer *writer, const char *const *choices)
{
    put_text(writer, "\"enum\":[");
    for (const char *const *choice = choices; *choice; choice++) {
        put_text(writer, choice == choices ? "" : ",");
        put_string(writer, *choice);
    }
    put_text(writer, "]");
}

/* The keywords of a scalar: without the braces around them. */
static void write_scalar(struct writer *writer, const struct form *form)
{
    switch (form->kind) {
    case FORM_TEXT: put_text(writer, "\"type\":[\"string\",\"number\",\"boolean\"]"); break;
    case FORM_BOOL: put_text(writer, "\"type\":\"boolean\""); break;
    case FORM_INT: write_number(writer, form, "integer", "^[0-9]+$"); break;
    case FORM_BYTES: write_number(writer, form, "integer", "^[0-9]+(B|KiB|MiB|GiB)?$"); break;
    case FORM_DECIMAL: write_number(writer, form, "number", "^-?[0-9]+([.][0-9]{1,4})?$"); break;
    case FORM_DURATION: put_text(writer, "\"type\":\"string\",\"pattern\":\"^[0-9]+(ms|s|m|h|d)$\""); break;
    case FORM_CHOICE: write_choices(writer, form->choices); break;
    default: break;
    }
}

static void write_or_environment(struct writer *writer, const struct form *form)
{
    bool wraps = writer->with_environment && form->kind != FORM_TEXT;

    put_text(writer, wraps ? "\"anyOf\":[{" : "");
    write_scalar(writer, form);
    put_text(writer, wraps ? "},{\"$ref\":\"#/definitions/environment\"}]" : "");
}

/* --- records --- */

/* As the file would have it: a number and a bool without quotes. */
static void write_default(struct writer *writer, const struct field *field)
{
    enum form_kind kind = field->form->kind;
    bool is_bare = kind == FORM_INT || kind == FORM_DECIMAL || kind == FORM_BOOL;

    if (!field->fallback || field->fallback == FIELD_REQUIRED || !strcmp(field->fallback, "-1"))
        return;
    put_text(writer, ",\"default\":");
    if (is_bare)
        put_text(writer, field->fallback);
    else
        put_string(writer, field->fallback);
}

static void write_field(struct writer *writer, const struct field *field)
{
    put_string(writer, field->name);
    put_text(writer, ":{\"description\":");
    put_string(writer, field->help);
    write_default(writer, field);
    put_text(writer, ",");
    write_form(writer, field->form);
    put_text(writer, "}");
}

static void write_required(struct writer *writer, const struct form *record)
{
    bool any = false;

    for (const struct field *field = record->fields; field->name && !record->in_parts; field++) {
        if (field->fallback != FIELD_REQUIRED)
            continue;
        put_text(writer, any ? "," : ",\"required\":[");
        put_string(writer, field->name);
        any = true;
    }
    put_text(writer, any ? "]" : "");
}

static void write_record(struct writer *writer, const struct form *record)
{
    put_text(writer, "\"type\":\"object\",\"properties\":{");
    for (const struct field *field = record->fields; field->name; field++) {
        put_text(writer, field == record->fields ? "" : ",");
        write_field(writer, field);
    }
    put_text(writer, "}");
    write_required(writer, record);
    if (record->of) {
        put_text(writer, ",\"additionalProperties\":{");
        write_form(writer, record->of);
        put_text(writer, "}");
    } else if (!record->is_open) {
        put_text(writer, ",\"additionalProperties\":false");
    }
}

/* A record with a name is among the definitions, where it may refer to itself. */
static void write_named(struct writer *writer, const struct form *record)
{
    size_t i = 0;

    while (i < writer->named_len && writer->named[i] != record)
        i++;
    if (i == writer->named_len && i < NAMED_MAX)
        writer->named[writer->named_len++] = record;
    buf_format(writer->out, "\"$ref\":\"#/definitions/%s\"", record->name);
}

static void write_either(struct writer *writer, const struct form *const *either)
{
    if (!either)
        return;
    if (!either[1]) {
        write_form(writer, either[0]);
        return;
    }
    put_text(writer, "\"anyOf\":[");
    for (const struct form *const *one = either; *one; one++) {
        put_text(writer, one == either ? "{" : ",{");
        write_form(writer, *one);
        put_text(writer, "}");
    }
    put_text(writer, "]");
}

static bool is_any(const struct form *form)
{
    return form->kind == FORM_NODE && !form->either;
}

static void write_elements(struct writer *writer, const char *type, const char *keyword, const struct form *of)
{
    buf_format(writer->out, "\"type\":\"%s\"", type);
    if (is_any(of))
        return;
    buf_format(writer->out, ",\"%s\":{", keyword);
    write_form(writer, of);
    put_text(writer, "}");
}

static void write_form(struct writer *writer, const struct form *form)
{
    switch (form->kind) {
    case FORM_LIST: write_elements(writer, "array", "items", form->of); break;
    case FORM_MAP: write_elements(writer, "object", "additionalProperties", form->of); break;
    case FORM_NODE: write_either(writer, form->either); break;
    case FORM_RECORD:
        if (form->name)
            write_named(writer, form);
        else
            write_record(writer, form);
        break;
    default: write_or_environment(writer, form);
    }
}

/* More of them may turn up while they are written. */
static void write_definitions(struct writer *writer)
{
    put_text(writer, ",\"definitions\":{");
    if (writer->with_environment)
        put_text(writer,
                 "\"environment\":{\"description\":\"${NAME} and ${NAME:-default} are taken from the environment.\","
                 "\"type\":\"string\",\"pattern\":\"[$][{]\"}");
    for (size_t i = 0; i < writer->named_len; i++) {
        put_text(writer, i || writer->with_environment ? "," : "");
        put_string(writer, writer->named[i]->name);
        put_text(writer, ":{");
        write_record(writer, writer->named[i]);
        put_text(writer, "}");
    }
    put_text(writer, "}");
}

void settings_schema(const struct form *form, const char *title, enum yaml_expand expand, struct buf *out)
{
    struct buf compact = buf_in(out->mem);
    struct writer writer = {.out = &compact, .with_environment = expand == YAML_ENVIRONMENT};

    put_text(&writer, "{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"title\":");
    put_string(&writer, title);
    put_text(&writer, ",");
    write_record(&writer, form);
    write_definitions(&writer);
    put_text(&writer, "}");
    json_write_pretty(out, buf_span(&compact));
}
