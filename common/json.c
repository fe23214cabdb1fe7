#include "common/json.h"

#include <jansson.h>

struct json_reader {
    struct arena *mem;
    unsigned depth;
};

static bool convert(const struct json_reader *reader, json_t *from, unsigned level, struct value *out);

static bool convert_list(const struct json_reader *reader, json_t *from, unsigned level, struct value *out)
{
    size_t len = json_array_size(from);
    struct value *items = arena_take(reader->mem, len * sizeof *items);

    *out = (struct value){.type = VALUE_LIST, .len = (uint32_t)len, .items = items};
    for (size_t i = 0; i < len; i++)
        if (!convert(reader, json_array_get(from, i), level, &items[i]))
            return false;
    return true;
}

static bool convert_object(const struct json_reader *reader, json_t *from, unsigned level, struct value *out)
{
    size_t len = json_object_size(from);
    struct member *member = arena_take(reader->mem, len * sizeof *member);

    *out = (struct value){.type = VALUE_OBJECT, .len = (uint32_t)len, .members = member};
    out->names = 0;
    for (void *at = json_object_iter(from); at; at = json_object_iter_next(from, at), member++) {
        member->name = span_keep((struct span){json_object_iter_key(at), json_object_iter_key_len(at)}, reader->mem);
        out->names |= json_name_bit(member->name);
        if (!convert(reader, json_object_iter_value(at), level, &member->value))
            return false;
    }
    return true;
}

/* False if it is nested deeper than allowed. */
static bool convert(const struct json_reader *reader, json_t *from, unsigned level, struct value *out)
{
    switch (json_typeof(from)) {
    case JSON_OBJECT: return level < reader->depth && convert_object(reader, from, level + 1, out);
    case JSON_ARRAY: return level < reader->depth && convert_list(reader, from, level + 1, out);
    case JSON_STRING:
        *out = (struct value){.type = VALUE_STRING};
        out->string = span_keep((struct span){json_string_value(from), json_string_length(from)}, reader->mem);
        return true;
    case JSON_INTEGER: *out = (struct value){.type = VALUE_INT, .integer = json_integer_value(from)}; return true;
    case JSON_REAL: *out = (struct value){.type = VALUE_REAL, .real = json_real_value(from)}; return true;
    case JSON_TRUE: *out = (struct value){.type = VALUE_BOOL, .truth = true}; return true;
    case JSON_FALSE: *out = (struct value){.type = VALUE_BOOL, .truth = false}; return true;
    default: *out = (struct value){.type = VALUE_NULL}; return true;
    }
}

static enum json_fault fault_of(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_invalid_utf8: return JSON_UTF8;
    case json_error_numeric_overflow: return JSON_RANGE;
    case json_error_stack_overflow: return JSON_DEPTH;
    default: return JSON_SYNTAX;
    }
}

enum json_fault json_read(struct span bytes, unsigned depth, struct arena *mem, struct value *out, struct span *why)
{
    struct json_reader reader = {mem, depth};
    struct value value;
    json_error_t error;
    json_t *root = json_loadb(bytes.at, bytes.len, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);

    if (!root) {
        /* jansson quotes what it stumbled over; the column says where, and no post goes to a log. */
        char *quote = strstr(error.text, " near ");

        if (quote)
            *quote = 0;
        *why = span_format(mem, "%s at byte %d", error.text, error.position);
        return fault_of(&error);
    }
    bool fits = convert(&reader, root, 0, &value);
    json_decref(root);
    const char *nul = memchr(bytes.at, 0, bytes.len);
    if (nul) {
        /* jansson 2.14 overlooks one right behind a number. */
        *why = span_format(mem, "a NUL byte at byte %zu", (size_t)(nul - bytes.at));
        return JSON_SYNTAX;
    }
    if (!fits) {
        *why = span_format(mem, "nested deeper than %u levels", depth);
        return JSON_DEPTH;
    }
    *out = value;
    return JSON_OK;
}

const struct value *json_get(const struct value *object, struct span name)
{
    if (object->type != VALUE_OBJECT || !(object->names & json_name_bit(name)))
        return NULL;
    for (uint32_t i = 0; i < object->len; i++)
        if (span_equal(object->members[i].name, name))
            return &object->members[i].value;
    return NULL;
}

const char *json_says(const struct value *value)
{
    switch (value->type) {
    case VALUE_NULL: return "null";
    case VALUE_BOOL: return "true or false";
    case VALUE_INT: return "a whole number";
    case VALUE_REAL: return "a number with decimals";
    case VALUE_STRING: return "text";
    case VALUE_LIST: return "a list";
    case VALUE_OBJECT: return "an object";
    }
    return "nothing";
}

static void escape(struct buf *out, unsigned char c)
{
    static const char short_forms[128] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\',
    };

    if (short_forms[c]) {
        buf_char(out, '\\');
        buf_char(out, short_forms[c]);
    } else {
        buf_format(out, "\\u%04x", c);
    }
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

/* Whether all eight bytes are plain: in each, the highest bit of what is left stays clear where it is
 * below 0x20, and where it is zero for quote and backslash once those are taken off. */
static bool are_plain(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';

    return !(((word - ones * 0x20) & ~word) & high)
           && !((((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) & high);
}

/* The first byte from here on that is to be escaped. */
static size_t end_of_plain(struct span text, size_t at)
{
    for (uint64_t word; text.len - at >= sizeof word; at += sizeof word) {
        memcpy(&word, text.at + at, sizeof word);
        if (!are_plain(word))
            break;
    }
    while (at < text.len && is_plain((unsigned char)text.at[at]))
        at++;
    return at;
}

void json_write_string(struct buf *out, struct span text)
{
    buf_char(out, '"');
    for (size_t from = 0, end; from < text.len; from = end + 1) {
        end = end_of_plain(text, from);
        buf_put(out, (struct span){text.at + from, end - from});
        if (end == text.len)
            break;
        escape(out, (unsigned char)text.at[end]);
    }
    buf_char(out, '"');
}

/* Behind the string, the object or the list that starts here. */
static size_t end_of(struct span text, size_t at)
{
    int depth = 0;
    bool quoted = false;

    do {
        char c = text.at[at];

        if (quoted && c == '\\')
            at++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        at++;
    } while (at < text.len && (quoted || depth));
    return at;
}

static bool fits_a_line(struct span part, size_t indent)
{
    enum { LINE = 90 };

    return part.len + indent <= LINE;
}

static void put_flat(struct buf *out, struct span part)
{
    for (size_t at = 0; at < part.len;) {
        size_t end = part.at[at] == '"' ? end_of(part, at) : at + 1;

        buf_put(out, (struct span){part.at + at, end - at});
        if (part.at[at] == ':' || part.at[at] == ',')
            buf_char(out, ' ');
        at = end;
    }
}

static void break_line(struct buf *out, size_t indent)
{
    buf_char(out, '\n');
    for (size_t i = 0; i < indent; i++)
        buf_char(out, ' ');
}

void json_write_pretty(struct buf *out, struct span text)
{
    enum { STEP = 2 };
    size_t indent = 0;

    for (size_t at = 0, end; at < text.len; at = end) {
        char c = text.at[at];

        end = c == '"' || c == '{' || c == '[' ? end_of(text, at) : at + 1;
        struct span part = {text.at + at, end - at};
        if ((c == '{' || c == '[') && !fits_a_line(part, indent)) {
            part.len = 1;
            end = at + 1;
            indent += STEP;
        }
        if (c == '}' || c == ']')
            break_line(out, indent -= STEP);
        put_flat(out, part);
        if (end == at + 1 && (c == '{' || c == '['))
            break_line(out, indent);
        if (c == ',') {
            out->len--;
            break_line(out, indent);
        }
    }
    buf_char(out, '\n');
}

const char *json_library_version(void)
{
    return jansson_version_str();
}

void json_write_strings(struct buf *out, struct spans strings)
{
    buf_char(out, '[');
    for (size_t i = 0; i < strings.len; i++) {
        if (i)
            buf_char(out, ',');
        json_write_string(out, strings.at[i]);
    }
    buf_char(out, ']');
}
