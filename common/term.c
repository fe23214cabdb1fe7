#include "common/term.h"
#include "common/buf.h"
#include "common/fold.h"
#include "common/utf8.h"

#include <stdlib.h>
#include <unistd.h>

bool term_has_colour(FILE *out)
{
    return isatty(fileno(out)) && !getenv("NO_COLOR");
}

bool term_is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F
           || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

static int columns_of(uint32_t code_point)
{
    return term_is_control(code_point) ? 1 : fold_columns(code_point);
}

int term_columns(struct span text)
{
    int columns = 0;

    for (size_t at = 0; at < text.len;)
        columns += columns_of(utf8_next(text, &at));
    return columns;
}

struct span term_line(struct span text, int columns, struct arena *mem)
{
    struct buf out = buf_in(mem);
    int left = columns;

    for (size_t at = 0; at < text.len;) {
        size_t start = at;
        uint32_t c = utf8_next(text, &at);
        int wide = columns_of(c);

        if (wide > left - (at < text.len)) { /* one column stays for … */
            buf_put(&out, SPAN("…"));
            break;
        }
        left -= wide;
        if (c == '\n' || c == '\r' || c == '\t')
            buf_char(&out, ' ');
        else
            buf_put(&out, term_is_control(c) ? SPAN("�") : (struct span){text.at + start, at - start});
    }
    return buf_span(&out);
}

void term_pad(struct span text, int columns, FILE *out)
{
    int used = term_columns(text);

    fprintf(out, "%.*s%*s", SPAN_ARGS(text), used < columns ? columns - used : 0, "");
}

static bool is_line_end(uint32_t c)
{
    return c == '\n' || c == 0x2028 || c == 0x2029;
}

struct term_break term_break(struct span text, size_t start, int columns)
{
    struct term_break blank = {0};
    int used = 0;

    for (size_t at = start; at < text.len;) {
        size_t before = at;
        uint32_t c = utf8_next(text, &at);
        int wide = columns_of(c);

        if (is_line_end(c))
            return (struct term_break){before, at};
        if (c == ' ' && used > columns / 2)
            blank = (struct term_break){before, at};
        if (used + wide > columns && before > start)
            return blank.next ? blank : (struct term_break){before, before};
        used += wide;
    }
    return (struct term_break){text.len, text.len};
}
