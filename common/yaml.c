#include "common/yaml.h"
#include "common/buf.h"
#include "common/dict.h"
#include "common/err.h"
#include "common/file_stamp.h"
#include "common/yaml_remedy.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

enum { DEPTH_MAX = 64, FEW_MEMBERS = 16 };

struct yaml_reader {
    yaml_parser_t parser;
    yaml_event_t event;
    bool has_event;
    const char *file;
    struct span text;
    struct span rest; /* of the text, from the start of line rest_line, which counts from 0 */
    size_t rest_line;
    enum yaml_expand expand;
    struct arena *mem;
    struct report *report;
};

/* Errors of libyaml's reader have an offset in bytes and no mark. */
static yaml_mark_t mark_of_problem(const struct yaml_reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    yaml_mark_t mark = {0};

    if (parser->error != YAML_READER_ERROR)
        return parser->problem_mark;
    for (size_t i = 0; i < parser->problem_offset && i < reader->text.len; i++) {
        unsigned char c = (unsigned char)reader->text.at[i];

        mark.column += (c & 0xC0) != 0x80;
        if (c == '\n') {
            mark.line++;
            mark.column = 0;
        }
    }
    return mark;
}

static bool report_no_yaml(const struct yaml_reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    /* What is not closed is at its start, and noticed anywhere behind it. */
    bool is_open =
        parser->problem && (strstr(parser->problem, "end of stream") || strstr(parser->problem, "expected ':'"));
    yaml_mark_t mark = is_open && parser->context ? parser->context_mark : mark_of_problem(reader);
    struct span problem = span_format(reader->mem, "%s%s%s", parser->problem ? parser->problem : "cannot be read",
                                      parser->context ? " " : "", parser->context ? parser->context : "");
    struct yaml_remedy remedy =
        yaml_remedy(reader->text, (int)mark.line + 1, (int)mark.column + 1, problem.at, reader->mem);

    return report_at(reader->report, reader->file, remedy.line, remedy.col, "no valid YAML: %.*s%.*s",
                     SPAN_ARGS(problem), SPAN_ARGS(remedy.words));
}

static bool next_event(struct yaml_reader *reader)
{
    if (reader->has_event)
        yaml_event_delete(&reader->event);
    reader->has_event = yaml_parser_parse(&reader->parser, &reader->event);
    if (reader->has_event)
        return true;
    return report_no_yaml(reader);
}

static bool refuse(struct yaml_reader *reader, const char *what)
{
    return report_at(reader->report, reader->file, (int)reader->event.start_mark.line + 1,
                     (int)reader->event.start_mark.column + 1, "%s", what);
}

static struct node *node_new(struct yaml_reader *reader, enum node_kind kind)
{
    struct node *node = arena_zero(reader->mem, sizeof *node);

    node->kind = kind;
    node->file = reader->file;
    node->line = (int)reader->event.start_mark.line + 1;
    node->col = (int)reader->event.start_mark.column + 1;
    return node;
}

void node_append(struct node *list, struct node *item)
{
    item->next = NULL;
    if (list->last)
        list->last->next = item;
    else
        list->first = item;
    list->last = item;
    list->len++;
}

/* Maps of few members, which most are, go without. */
static void index_members(struct node *map, struct arena *mem)
{
    map->members = dict_new(mem);
    for (struct node *member = map->first; member; member = member->next)
        dict_add(map->members, member->name->text, member);
}

struct node *node_add(struct node *map, struct node *member, struct arena *mem)
{
    struct node *known = node_get(map, member->name->text);

    if (known)
        return known;
    node_append(map, member);
    if (map->members)
        dict_add(map->members, member->name->text, member);
    else if (map->len > FEW_MEMBERS)
        index_members(map, mem);
    return NULL;
}

static bool is_name(char c, bool first)
{
    return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (!first && c >= '0' && c <= '9');
}

/* One ${…} whose "${" is at text[at]; moves *at behind it. */
static bool expand_one(struct yaml_reader *reader, const struct node *node, size_t *at, struct buf *out)
{
    struct span text = node->text;
    size_t start = *at + 2, end = start;

    while (end < text.len && is_name(text.at[end], end == start))
        end++;
    struct span name = {text.at + start, end - start}, fallback = {0};
    bool has_fallback = end + 1 < text.len && text.at[end] == ':' && text.at[end + 1] == '-';
    if (has_fallback) {
        fallback.at = text.at + end + 2;
        while (end < text.len && text.at[end] != '}')
            end++;
        fallback.len = (size_t)(text.at + end - fallback.at);
    }
    if (!name.len || end >= text.len || text.at[end] != '}')
        return report_error(reader->report, node,
                            "\"${\" without a name and \"}\"; write ${NAME} or ${NAME:-default}, or $${ for the signs");
    const char *value = getenv(span_string(name, reader->mem));
    if (!(value && *value) && !has_fallback)
        return report_error(reader->report, node,
                            "environment variable %.*s is not set; set it, or give a default: ${%.*s:-…}",
                            SPAN_ARGS(name), SPAN_ARGS(name));
    buf_put(out, value && *value ? span_of(value) : fallback);
    *at = end + 1;
    return true;
}

static bool expand(struct yaml_reader *reader, struct node *node)
{
    struct buf out = buf_in(reader->mem);
    struct span text = node->text;

    if (reader->expand == YAML_LITERAL || !memmem(text.at, text.len, "${", 2))
        return true;
    for (size_t at = 0; at < text.len;) {
        struct span rest = {text.at + at, text.len - at};

        if (span_starts(rest, SPAN("$${"))) {
            buf_put(&out, SPAN("${"));
            at += 3;
        } else if (!span_starts(rest, SPAN("${"))) {
            buf_char(&out, text.at[at++]);
        } else if (!expand_one(reader, node, &at, &out)) {
            return false;
        }
    }
    node->text = span_keep(buf_span(&out), reader->mem);
    node->is_plain &= !node_is_null(node); /* a variable that is empty, or says null, is text, not nothing */
    return true;
}

/* The line of a mark, from its column on. Marks come in their order, so the whole text is passed once. */
static struct span line_behind(struct yaml_reader *reader, yaml_mark_t mark)
{
    struct span *rest = &reader->rest;
    const char *end;

    while ((end = memchr(rest->at, '\n', rest->len)) && reader->rest_line < mark.line) {
        rest->len -= (size_t)(end + 1 - rest->at);
        rest->at = end + 1;
        reader->rest_line++;
    }
    struct span line = {rest->at, end ? (size_t)(end - rest->at) : rest->len};
    for (size_t column = 0; line.len && column < mark.column; column++) {
        do {
            line.at++;
            line.len--;
        } while (line.len && ((unsigned char)*line.at & 0xC0) == 0x80);
    }
    return line;
}

/* Of a value that is nothing: "- #tag" has none, since a comment is where it would be. */
static struct span comment_behind(struct yaml_reader *reader)
{
    struct span line = span_trim(line_behind(reader, reader->event.start_mark));
    struct span rest = line, word = span_take(&rest, ' ');

    return line.len > 1 && *line.at == '#' && word.len > 1 ? span_keep(word, reader->mem) : (struct span){0};
}

static struct node *read_scalar(struct yaml_reader *reader)
{
    struct node *node = node_new(reader, NODE_SCALAR);
    const yaml_event_t *event = &reader->event;

    node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->text =
        span_keep((struct span){(const char *)event->data.scalar.value, event->data.scalar.length}, reader->mem);
    expand(reader, node);
    if (node->is_plain && !node->text.len)
        node->comment = comment_behind(reader);
    return node;
}

static bool is_refused(struct yaml_reader *reader)
{
    const yaml_event_t *event = &reader->event;
    const yaml_char_t *anchor = NULL, *tag = NULL;

    if (event->type == YAML_ALIAS_EVENT)
        return !refuse(reader, "YAML aliases (*name) are not supported; write a text that begins with * in quotes, and "
                               "a value out where it is used");
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    if (anchor)
        return !refuse(reader, "YAML anchors (&name) are not supported; write a text that begins with & in quotes, and "
                               "a value out where it is used");
    return tag
           && !refuse(reader, "YAML tags (!name) are not supported; write a text that begins with ! in quotes, or "
                              "leave the tag out");
}

static struct node *read_node(struct yaml_reader *reader, int depth);

static struct node *read_list(struct yaml_reader *reader, int depth)
{
    struct node *list = node_new(reader, NODE_LIST);

    while (next_event(reader)) {
        if (reader->event.type == YAML_SEQUENCE_END_EVENT)
            return list;
        struct node *item = read_node(reader, depth + 1);
        if (!item)
            return NULL;
        node_append(list, item);
    }
    return NULL;
}

static bool add_member(struct yaml_reader *reader, struct node *map, struct node *name, struct node *value)
{
    value->name = name;
    const struct node *first = node_add(map, value, reader->mem);
    return !first
           || report_error(reader->report, name, "key \"%.*s\" is given twice; first at line %d", SPAN_ARGS(name->text),
                           first->name->line);
}

static struct node *read_map(struct yaml_reader *reader, int depth)
{
    struct node *map = node_new(reader, NODE_MAP);

    while (next_event(reader)) {
        if (reader->event.type == YAML_MAPPING_END_EVENT)
            return map;
        if (is_refused(reader))
            return NULL;
        if (reader->event.type != YAML_SCALAR_EVENT) {
            refuse(reader, "a key must be text, not a list or a map");
            return NULL;
        }
        struct node *name = read_scalar(reader);
        if (name->is_plain && span_equal(name->text, SPAN("<<"))) {
            report_error(reader->report, name, "YAML merge keys (<<) are not supported; write the members out");
            return NULL;
        }
        struct node *value = next_event(reader) ? read_node(reader, depth + 1) : NULL;
        if (!value)
            return NULL;
        add_member(reader, map, name, value);
    }
    return NULL;
}

static struct node *read_node(struct yaml_reader *reader, int depth)
{
    if (is_refused(reader))
        return NULL;
    if (depth > DEPTH_MAX) {
        refuse(reader, "nested too deep; at most 64 levels");
        return NULL;
    }
    switch (reader->event.type) {
    case YAML_SCALAR_EVENT: return read_scalar(reader);
    case YAML_SEQUENCE_START_EVENT: return read_list(reader, depth);
    case YAML_MAPPING_START_EVENT: return read_map(reader, depth);
    default: return NULL;
    }
}

static struct node *read_document(struct yaml_reader *reader)
{
    struct node *root = NULL;

    while (next_event(reader)) {
        yaml_event_type_t type = reader->event.type;

        if (type == YAML_STREAM_END_EVENT)
            return root ? root : node_new(reader, NODE_MAP);
        if (type == YAML_DOCUMENT_START_EVENT && root) {
            refuse(reader, "a second document (---) in the file; only one is read");
            return NULL;
        }
        if (type == YAML_STREAM_START_EVENT || type == YAML_DOCUMENT_START_EVENT || type == YAML_DOCUMENT_END_EVENT)
            continue;
        root = read_node(reader, 0);
        if (!root)
            return NULL;
    }
    return NULL;
}

struct node *yaml_parse(struct span text, const char *file, enum yaml_expand expand_how, struct arena *mem,
                        struct report *report)
{
    if (span_starts(text, SPAN("\xEF\xBB\xBF"))) { /* a byte order mark */
        text.at += 3;
        text.len -= 3;
    }
    struct yaml_reader reader = {
        .text = text,
        .rest = text,
        .file = span_string(span_of(file), mem),
        .expand = expand_how,
        .mem = mem,
        .report = report,
    };

    if (!yaml_parser_initialize(&reader.parser))
        out_of_memory();
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text.at, text.len);
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    struct node *root = read_document(&reader);
    if (root && root->kind == NODE_SCALAR && node_is_null(root))
        root->kind = NODE_MAP; /* a file of comments alone */
    if (reader.has_event)
        yaml_event_delete(&reader.event);
    yaml_parser_delete(&reader.parser);
    return root;
}

struct node *yaml_read(const char *path, enum yaml_expand expand_how, struct arena *mem, struct report *report)
{
    struct span text = source_read(path, mem, report);

    if (!text.at) {
        report->lacks += errno_is_lack(errno);
        report_at(report, path, 0, 0, "cannot be read: %s", strerror(errno));
        return NULL;
    }
    return yaml_parse(text, path, expand_how, mem, report);
}

struct node *node_get(const struct node *map, struct span name)
{
    if (map->members)
        return dict_find(map->members, name);
    for (struct node *member = map->first; member; member = member->next)
        if (member->name && span_equal(member->name->text, name))
            return member;
    return NULL;
}

bool node_is_null(const struct node *node)
{
    return node->kind == NODE_SCALAR && node->is_plain
           && (!node->text.len || span_equal(node->text, SPAN("~")) || span_equal(node->text, SPAN("null")));
}

bool node_equal(const struct node *a, const struct node *b)
{
    if (a->kind != b->kind || a->len != b->len || !span_equal(a->text, b->text))
        return false;
    const struct node *other = b->first;
    for (const struct node *child = a->first; child; child = child->next, other = other->next)
        if ((child->name && !span_equal(child->name->text, other->name->text)) || !node_equal(child, other))
            return false;
    return true;
}

const char *node_says(const struct node *node)
{
    switch (node->kind) {
    case NODE_LIST: return "a list";
    case NODE_MAP: return "a map";
    default: return node_is_null(node) ? "nothing" : "a single value";
    }
}

const char *path_beside(const char *file, struct span name, struct arena *mem)
{
    const char *slash = strrchr(file, '/');

    if (!slash || (name.len && name.at[0] == '/'))
        return span_string(name, mem);
    return span_format(mem, "%.*s/%.*s", (int)(slash - file), file, SPAN_ARGS(name)).at;
}

struct span file_read(const char *path, struct arena *mem)
{
    FILE *file = fopen(path, "rb");
    struct buf bytes = buf_in(mem);
    size_t got;

    if (!file)
        return (struct span){0};
    do {
        buf_reserve(&bytes, 16 * 1024);
        got = fread(bytes.at + bytes.len, 1, bytes.cap - bytes.len, file);
        bytes.len += got;
    } while (got);
    bool failed = ferror(file) != 0;
    int why = errno;
    fclose(file);
    errno = why;
    return failed ? (struct span){0} : buf_span(&bytes);
}

struct span source_read(const char *path, struct arena *mem, struct report *report)
{
    report_source(report, path, file_stamp(path));
    return file_read(path, mem);
}

const char *yaml_library_version(void)
{
    return yaml_get_version_string();
}
