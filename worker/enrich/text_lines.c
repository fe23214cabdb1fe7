#include "worker/enrich/text_lines.h"
#include "common/utf8.h"

#include <unistd.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool begins_comment(struct span line, size_t at)
{
    return line.at[at] == '#' && (at == 0 || is_blank(line.at[at - 1]))
           && (at + 1 == line.len || is_blank(line.at[at + 1]));
}

static struct span without_comment(struct span line)
{
    size_t end = 0;

    while (end < line.len && !begins_comment(line, end))
        end++;
    return span_trim((struct span){line.at, end});
}

/* What is written in YAML, and is part of an entry here. */
static void check_quoted(struct loading *loading, const struct node *node, struct span text)
{
    char first = text.at[0], last = text.at[text.len - 1];
    bool is_item = text.len > 2 && first == '-' && text.at[1] == ' ';

    if (is_item || last == ';' || (text.len > 1 && first == last && (first == '"' || first == '\'')))
        report_warning(loading->report, node, "\"%.*s\" is an entry with its %s; write one entry a line without",
                       SPAN_ARGS(text),
                       is_item       ? "dash"
                       : last == ';' ? "semicolon"
                                     : "quotes");
}

static struct node *add_line(struct loading *loading, struct node *last, const char *file, int line, struct span text)
{
    struct node *node = arena_zero(loading->mem, sizeof *node);

    *node = (struct node){.kind = NODE_SCALAR, .file = file, .line = line, .col = 1};
    if (text.at[text.len - 1] == ',')
        report_warning(loading->report, node,
                       "\"%.*s\" ends with a comma, which is part of it; write one entry a line without",
                       SPAN_ARGS(text));
    check_quoted(loading, node, text);
    node->text = (struct span){span_string(text, loading->mem), text.len};
    hash_add(loading->fingerprint, text);
    last->next = node;
    return node;
}

static struct node *read_lines(struct loading *loading, const char *file, struct span text)
{
    struct node head = {0}, *last = &head;
    int number = 1;

    for (size_t from = 0, end; from < text.len; from = end + 1, number++) {
        for (end = from; end < text.len && text.at[end] != '\n'; end++)
            ;
        struct span line = without_comment(span_trim((struct span){text.at + from, end - from}));
        if (line.len)
            last = add_line(loading, last, file, number, line);
    }
    return head.next;
}

/* Only such names are looked up on the disk: lists have thousands of entries. */
static bool is_file_name(struct span text)
{
    static const char *const ends[] = {".txt", ".tsv", ".csv", ".yaml", ".yml"};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t len = strlen(ends[i]);

        if (text.len > len && !memcmp(text.at + text.len - len, ends[i], len))
            return true;
    }
    return false;
}

void text_lines_check_bare(struct loading *loading, const struct node *at)
{
    if (is_file_name(at->text) && access(path_beside(at->file, at->text, loading->scratch), R_OK) == 0)
        report_warning(loading->report, at,
                       "\"%.*s\" is looked for as it is, though a file has this name; the entries of a file are "
                       "\"file:%.*s\"",
                       SPAN_ARGS(at->text), SPAN_ARGS(at->text));
}

struct node *text_lines_read(struct loading *loading, const struct node *at, struct span path)
{
    const char *file = path_beside(at->file, path, loading->mem);
    struct span text = source_read(file, loading->mem, loading->report);

    if (!text.at) {
        report_unreadable(loading->report, at, file);
        return NULL;
    }
    if (!utf8_valid(text)) {
        report_error(loading->report, at, "%s is not UTF-8; save it as UTF-8", file);
        return NULL;
    }
    span_strip(&text, SPAN("\uFEFF"));
    return read_lines(loading, file, text);
}
