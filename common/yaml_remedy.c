#include "common/yaml_remedy.h"
#include "common/buf.h"

#include <string.h>

enum { DEPTH_MAX = 64 };

struct place {
    size_t at;
    int line, col;
};

/* What is open before a place: brackets, and comments within them. */
struct scan {
    struct span text;
    struct place now;
    struct place open[DEPTH_MAX];
    size_t depth;
    struct place hiding; /* the last comment within brackets that has a closing one in it */
    bool hides;
};

static void step(struct scan *scan)
{
    unsigned char c = (unsigned char)scan->text.at[scan->now.at++];

    scan->now.col += (c & 0xC0) != 0x80;
    if (c == '\n') {
        scan->now.line++;
        scan->now.col = 1;
    }
}

static bool is_in(char c, const char *set)
{
    return c && strchr(set, c);
}

/* Where a token may begin: behind a blank, a line break or a sign of the syntax. */
static bool at_start(const struct scan *scan)
{
    return !scan->now.at || is_in(scan->text.at[scan->now.at - 1], " \t\r\n[{,");
}

static void skip_comment(struct scan *scan)
{
    struct place start = scan->now;
    bool closes = false;

    while (scan->now.at < scan->text.len && scan->text.at[scan->now.at] != '\n') {
        closes |= is_in(scan->text.at[scan->now.at], "]}");
        step(scan);
    }
    if (closes && scan->depth) {
        scan->hiding = start;
        scan->hides = true;
    }
}

static void skip_quoted(struct scan *scan, char quote)
{
    for (step(scan); scan->now.at < scan->text.len && scan->text.at[scan->now.at] != quote; step(scan))
        if (quote == '"' && scan->text.at[scan->now.at] == '\\' && scan->now.at + 1 < scan->text.len)
            step(scan);
    if (scan->now.at < scan->text.len)
        step(scan);
}

static void look(struct scan *scan)
{
    char c = scan->text.at[scan->now.at];

    if (at_start(scan) && is_in(c, "\"'")) {
        skip_quoted(scan, c);
        return;
    }
    if (at_start(scan) && c == '#') {
        skip_comment(scan);
        return;
    }
    if (at_start(scan) && is_in(c, "[{") && scan->depth < DEPTH_MAX)
        scan->open[scan->depth++] = scan->now;
    else if (is_in(c, "]}") && scan->depth)
        scan->depth--;
    step(scan);
}

static bool is_before(const struct scan *scan, int line, int col)
{
    return scan->now.at < scan->text.len && (scan->now.line < line || (scan->now.line == line && scan->now.col < col));
}

/* The word that begins at a place, up to what ends it in a list. */
static struct span word_at(struct span text, size_t at)
{
    size_t end = at;

    while (end < text.len && !is_in(text.at[end], " \t\r\n,]}"))
        end++;
    return (struct span){text.at + at, end - at};
}

static struct yaml_remedy at_place(struct place place, struct span words)
{
    return (struct yaml_remedy){place.line, place.col, words};
}

static struct yaml_remedy of_sign(const struct scan *scan, struct arena *mem)
{
    char c = scan->now.at < scan->text.len ? scan->text.at[scan->now.at] : 0;

    if (c == '\t')
        return at_place(scan->now, SPAN("; this is a tab: indent with blanks"));
    if (is_in(c, "@`%"))
        return at_place(scan->now,
                        span_format(mem, "; write \"%.*s\" in quotes", SPAN_ARGS(word_at(scan->text, scan->now.at))));
    return at_place(scan->now, SPAN(""));
}

static struct yaml_remedy of_brackets(const struct scan *scan, struct arena *mem)
{
    const struct place *open = scan->depth ? &scan->open[scan->depth - 1] : &scan->now;
    const char *line_end = memchr(scan->text.at + open->at, '\n', scan->text.len - open->at);
    size_t end = line_end ? (size_t)(line_end - scan->text.at) : scan->text.len;

    if (scan->hides)
        return at_place(scan->hiding,
                        span_format(mem,
                                    "; # begins a comment, and the bracket behind it is a part of it: write "
                                    "\"%.*s\" in quotes",
                                    SPAN_ARGS(word_at(scan->text, scan->hiding.at))));
    if (memmem(scan->text.at + open->at, end - open->at, "${", 2))
        return at_place(*open, SPAN("; within { } a ${NAME} needs quotes"));
    if (!scan->depth)
        return at_place(*open, SPAN("; a text with one of , [ ] { } in it needs quotes"));
    return at_place(*open, span_format(mem,
                                       "; this %c is not closed, or a text behind it has one of , : [ ] { } in "
                                       "it and needs quotes",
                                       scan->text.at[open->at]));
}

static bool says(const char *problem, const char *words)
{
    return strstr(problem, words) != NULL;
}

struct yaml_remedy yaml_remedy(struct span text, int line, int col, const char *problem, struct arena *mem)
{
    static const struct {
        const char *problem, *words;
    } others[] = {
        {"mapping values are not allowed", "; a text with \": \" in it needs quotes, and the keys of a map begin in "
                                           "one column"},
        {"unknown escape", "; in double quotes \\ begins an escape: write expressions in single quotes"},
        {"a tag", "; a text that begins with ! needs quotes"},
        {"unexpected end of stream", "; a quote is not closed"},
        {"document indicator", "; a quote is not closed"},
        {"expected key", "; the keys of a map begin in one column, and items of a list too"},
        {"'-' indicator", "; the items of a list begin in one column, each with \"- \""},
        {"expected ':'", "; a key ends with \": \", and a text of several lines needs quotes"},
        {"expected <document start>", "; the keys of a map begin in one column"},
    };
    struct scan scan = {.text = text, .now = {0, 1, 1}};

    while (is_before(&scan, line, col))
        look(&scan);
    if (says(problem, "cannot start any token"))
        return of_sign(&scan, mem);
    if (says(problem, "expected node content") || says(problem, "expected ',' or"))
        return of_brackets(&scan, mem);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (says(problem, others[i].problem))
            return (struct yaml_remedy){line, col, span_of(others[i].words)};
    return (struct yaml_remedy){line, col, SPAN("")};
}
