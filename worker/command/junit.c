#include "worker/command/junit.h"

#include <string.h>

static bool is_in_xml(const char *at)
{
    unsigned char c = (unsigned char)*at;

    return c >= 0x20 || c == '\n' || c == '\t' || c == '\r';
}

/* U+FFFE and U+FFFF are no signs of XML; surrogates are no UTF-8. */
static bool is_noncharacter(struct span rest)
{
    return rest.len >= 3 && (!memcmp(rest.at, "\xEF\xBF\xBE", 3) || !memcmp(rest.at, "\xEF\xBF\xBF", 3));
}

static void put_text(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        struct span rest = {text.at + i, text.len - i};

        switch (text.at[i]) {
        case '&': buf_put(out, SPAN("&amp;")); continue;
        case '<': buf_put(out, SPAN("&lt;")); continue;
        case '>': buf_put(out, SPAN("&gt;")); continue;
        case '"': buf_put(out, SPAN("&quot;")); continue;
        default: break;
        }
        if (is_noncharacter(rest))
            i += 2;
        if (is_noncharacter(rest) || !is_in_xml(rest.at))
            buf_put(out, SPAN("\uFFFD"));
        else
            buf_char(out, text.at[i]);
    }
}

static void put_member(struct buf *out, const char *name, struct span text)
{
    buf_format(out, " %s=\"", name);
    put_text(out, text);
    buf_char(out, '"');
}

static struct span first_line(struct span text)
{
    struct span trimmed = span_trim(text);

    return span_take(&trimmed, '\n');
}

static void put_case(struct buf *out, const struct junit_case *test)
{
    buf_put(out, SPAN("  <testcase"));
    put_member(out, "classname", span_of(test->file));
    put_member(out, "name", test->name);
    put_member(out, "file", span_of(test->file));
    buf_format(out, " line=\"%d\" time=\"%.6f\"", test->line, test->seconds);
    if (!test->wrong.len) {
        buf_put(out, SPAN("/>\n"));
        return;
    }
    buf_put(out, SPAN("><failure"));
    put_member(out, "message", first_line(test->wrong));
    buf_char(out, '>');
    put_text(out, test->wrong);
    buf_put(out, SPAN("</failure></testcase>\n"));
}

static void put_counts(struct buf *out, const struct junit_case *cases, size_t len)
{
    size_t failures = 0;
    double seconds = 0;

    for (size_t i = 0; i < len; i++) {
        failures += cases[i].wrong.len > 0;
        seconds += cases[i].seconds;
    }
    buf_format(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" time=\"%.6f\"", len, failures, seconds);
}

void junit_write(const struct junit_case *cases, size_t len, struct buf *out)
{
    buf_put(out, SPAN("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites"));
    put_counts(out, cases, len);
    buf_put(out, SPAN(">\n"));
    for (size_t from = 0, to = 0; from < len; from = to) {
        while (to < len && !strcmp(cases[to].file, cases[from].file))
            to++;
        buf_put(out, SPAN(" <testsuite"));
        put_member(out, "name", span_of(cases[from].file));
        put_counts(out, cases + from, to - from);
        buf_put(out, SPAN(">\n"));
        for (size_t i = from; i < to; i++)
            put_case(out, &cases[i]);
        buf_put(out, SPAN(" </testsuite>\n"));
    }
    buf_put(out, SPAN("</testsuites>\n"));
}
