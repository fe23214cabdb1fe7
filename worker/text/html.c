#include "worker/text/html.h"
#include "common/hex.h"
#include "common/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

/* What a tag does to the lines around it. */
enum layout { LAYOUT_NONE, LAYOUT_LINE, LAYOUT_PARAGRAPH };

/* What a span within a line does to its text. */
enum style { STYLE_PLAIN, STYLE_UNSEEN, STYLE_ELLIPSIS };

enum {
    STYLES = 32, /* spans within spans that are told apart; deeper ones are plain */
    CODE_POINT_LAST = 0x10FFFF,
    REPLACEMENT = 0xFFFD,
};

struct html_reader {
    struct span html, unseen;
    size_t at;
    struct buf out;
    struct html_links *links;
    bool in_link;
    size_t link_start; /* of the open link: where its text begins in `out` */
    unsigned char styles[STYLES];
    size_t spans, unseen_spans; /* open ones; those of them that are not seen */
    size_t link_spans;          /* open ones where the link began */
    bool unseen_block, in_pre;
    bool blank;   /* white space is due */
    size_t lines; /* line breaks are due: by <br>, and by blocks */
    enum layout block;
};

struct tag {
    struct span name, class, href, rel;
    bool is_end;
};

/* --- character references: names of HTML 4 and &apos;, by the HTML Standard's table --- */

struct reference {
    const char *name;
    uint32_t code_point;
};

/* In the order of strcmp. */
static const struct reference references[] = {
    {"AElig", 0xC6},     {"AMP", 0x26},       {"Aacute", 0xC1},   {"Acirc", 0xC2},    {"Agrave", 0xC0},
    {"Alpha", 0x391},    {"Aring", 0xC5},     {"Atilde", 0xC3},   {"Auml", 0xC4},     {"Beta", 0x392},
    {"COPY", 0xA9},      {"Ccedil", 0xC7},    {"Chi", 0x3A7},     {"Dagger", 0x2021}, {"Delta", 0x394},
    {"ETH", 0xD0},       {"Eacute", 0xC9},    {"Ecirc", 0xCA},    {"Egrave", 0xC8},   {"Epsilon", 0x395},
    {"Eta", 0x397},      {"Euml", 0xCB},      {"GT", 0x3E},       {"Gamma", 0x393},   {"Iacute", 0xCD},
    {"Icirc", 0xCE},     {"Igrave", 0xCC},    {"Iota", 0x399},    {"Iuml", 0xCF},     {"Kappa", 0x39A},
    {"LT", 0x3C},        {"Lambda", 0x39B},   {"Mu", 0x39C},      {"Ntilde", 0xD1},   {"Nu", 0x39D},
    {"OElig", 0x152},    {"Oacute", 0xD3},    {"Ocirc", 0xD4},    {"Ograve", 0xD2},   {"Omega", 0x3A9},
    {"Omicron", 0x39F},  {"Oslash", 0xD8},    {"Otilde", 0xD5},   {"Ouml", 0xD6},     {"Phi", 0x3A6},
    {"Pi", 0x3A0},       {"Prime", 0x2033},   {"Psi", 0x3A8},     {"QUOT", 0x22},     {"REG", 0xAE},
    {"Rho", 0x3A1},      {"Scaron", 0x160},   {"Sigma", 0x3A3},   {"THORN", 0xDE},    {"Tau", 0x3A4},
    {"Theta", 0x398},    {"Uacute", 0xDA},    {"Ucirc", 0xDB},    {"Ugrave", 0xD9},   {"Upsilon", 0x3A5},
    {"Uuml", 0xDC},      {"Xi", 0x39E},       {"Yacute", 0xDD},   {"Yuml", 0x178},    {"Zeta", 0x396},
    {"aacute", 0xE1},    {"acirc", 0xE2},     {"acute", 0xB4},    {"aelig", 0xE6},    {"agrave", 0xE0},
    {"alefsym", 0x2135}, {"alpha", 0x3B1},    {"amp", 0x26},      {"and", 0x2227},    {"ang", 0x2220},
    {"apos", 0x27},      {"aring", 0xE5},     {"asymp", 0x2248},  {"atilde", 0xE3},   {"auml", 0xE4},
    {"bdquo", 0x201E},   {"beta", 0x3B2},     {"brvbar", 0xA6},   {"bull", 0x2022},   {"cap", 0x2229},
    {"ccedil", 0xE7},    {"cedil", 0xB8},     {"cent", 0xA2},     {"chi", 0x3C7},     {"circ", 0x2C6},
    {"clubs", 0x2663},   {"cong", 0x2245},    {"copy", 0xA9},     {"crarr", 0x21B5},  {"cup", 0x222A},
    {"curren", 0xA4},    {"dArr", 0x21D3},    {"dagger", 0x2020}, {"darr", 0x2193},   {"deg", 0xB0},
    {"delta", 0x3B4},    {"diams", 0x2666},   {"divide", 0xF7},   {"eacute", 0xE9},   {"ecirc", 0xEA},
    {"egrave", 0xE8},    {"empty", 0x2205},   {"emsp", 0x2003},   {"ensp", 0x2002},   {"epsilon", 0x3B5},
    {"equiv", 0x2261},   {"eta", 0x3B7},      {"eth", 0xF0},      {"euml", 0xEB},     {"euro", 0x20AC},
    {"exist", 0x2203},   {"fnof", 0x192},     {"forall", 0x2200}, {"frac12", 0xBD},   {"frac14", 0xBC},
    {"frac34", 0xBE},    {"frasl", 0x2044},   {"gamma", 0x3B3},   {"ge", 0x2265},     {"gt", 0x3E},
    {"hArr", 0x21D4},    {"harr", 0x2194},    {"hearts", 0x2665}, {"hellip", 0x2026}, {"iacute", 0xED},
    {"icirc", 0xEE},     {"iexcl", 0xA1},     {"igrave", 0xEC},   {"image", 0x2111},  {"infin", 0x221E},
    {"int", 0x222B},     {"iota", 0x3B9},     {"iquest", 0xBF},   {"isin", 0x2208},   {"iuml", 0xEF},
    {"kappa", 0x3BA},    {"lArr", 0x21D0},    {"lambda", 0x3BB},  {"lang", 0x2329},   {"laquo", 0xAB},
    {"larr", 0x2190},    {"lceil", 0x2308},   {"ldquo", 0x201C},  {"le", 0x2264},     {"lfloor", 0x230A},
    {"lowast", 0x2217},  {"loz", 0x25CA},     {"lrm", 0x200E},    {"lsaquo", 0x2039}, {"lsquo", 0x2018},
    {"lt", 0x3C},        {"macr", 0xAF},      {"mdash", 0x2014},  {"micro", 0xB5},    {"middot", 0xB7},
    {"minus", 0x2212},   {"mu", 0x3BC},       {"nabla", 0x2207},  {"nbsp", 0xA0},     {"ndash", 0x2013},
    {"ne", 0x2260},      {"ni", 0x220B},      {"not", 0xAC},      {"notin", 0x2209},  {"nsub", 0x2284},
    {"ntilde", 0xF1},    {"nu", 0x3BD},       {"oacute", 0xF3},   {"ocirc", 0xF4},    {"oelig", 0x153},
    {"ograve", 0xF2},    {"oline", 0x203E},   {"omega", 0x3C9},   {"omicron", 0x3BF}, {"oplus", 0x2295},
    {"or", 0x2228},      {"ordf", 0xAA},      {"ordm", 0xBA},     {"oslash", 0xF8},   {"otilde", 0xF5},
    {"otimes", 0x2297},  {"ouml", 0xF6},      {"para", 0xB6},     {"part", 0x2202},   {"permil", 0x2030},
    {"perp", 0x22A5},    {"phi", 0x3C6},      {"pi", 0x3C0},      {"piv", 0x3D6},     {"plusmn", 0xB1},
    {"pound", 0xA3},     {"prime", 0x2032},   {"prod", 0x220F},   {"prop", 0x221D},   {"psi", 0x3C8},
    {"quot", 0x22},      {"rArr", 0x21D2},    {"radic", 0x221A},  {"rang", 0x232A},   {"raquo", 0xBB},
    {"rarr", 0x2192},    {"rceil", 0x2309},   {"rdquo", 0x201D},  {"real", 0x211C},   {"reg", 0xAE},
    {"rfloor", 0x230B},  {"rho", 0x3C1},      {"rlm", 0x200F},    {"rsaquo", 0x203A}, {"rsquo", 0x2019},
    {"sbquo", 0x201A},   {"scaron", 0x161},   {"sdot", 0x22C5},   {"sect", 0xA7},     {"shy", 0xAD},
    {"sigma", 0x3C3},    {"sigmaf", 0x3C2},   {"sim", 0x223C},    {"spades", 0x2660}, {"sub", 0x2282},
    {"sube", 0x2286},    {"sum", 0x2211},     {"sup", 0x2283},    {"sup1", 0xB9},     {"sup2", 0xB2},
    {"sup3", 0xB3},      {"supe", 0x2287},    {"szlig", 0xDF},    {"tau", 0x3C4},     {"there4", 0x2234},
    {"theta", 0x3B8},    {"thetasym", 0x3D1}, {"thinsp", 0x2009}, {"thorn", 0xFE},    {"tilde", 0x2DC},
    {"times", 0xD7},     {"trade", 0x2122},   {"uArr", 0x21D1},   {"uacute", 0xFA},   {"uarr", 0x2191},
    {"ucirc", 0xFB},     {"ugrave", 0xF9},    {"uml", 0xA8},      {"upsih", 0x3D2},   {"upsilon", 0x3C5},
    {"uuml", 0xFC},      {"weierp", 0x2118},  {"xi", 0x3BE},      {"yacute", 0xFD},   {"yen", 0xA5},
    {"yuml", 0xFF},      {"zeta", 0x3B6},     {"zwj", 0x200D},    {"zwnj", 0x200C},
};

/* The Standard's reading of numbers that once meant Windows-1252. */
static const uint16_t windows_1252[32] = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178,
};

static int compare_reference(const void *key, const void *item)
{
    const struct span *name = key;
    const struct reference *reference = item;

    return span_compare(*name, span_of(reference->name));
}

static const struct reference *find_reference(struct span name)
{
    return bsearch(&name, references, sizeof references / sizeof *references, sizeof *references, compare_reference);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static uint32_t as_standard_reads(uint32_t number)
{
    if (number >= 0x80 && number < 0xA0)
        return windows_1252[number - 0x80];
    if (!number || number > CODE_POINT_LAST || (number >= 0xD800 && number < 0xE000))
        return REPLACEMENT;
    return number;
}

/* "&#8230;" or "&#x2026;" at *at; a semicolon may be missing. */
static bool take_number(struct span html, size_t *at, uint32_t *code_point)
{
    size_t i = *at + 2;
    bool is_hex = i < html.len && (html.at[i] == 'x' || html.at[i] == 'X');
    size_t start = i += is_hex;
    uint32_t number = 0;

    for (; i < html.len; i++) {
        int digit = hex_digit(html.at[i]);

        if (digit < 0 || (!is_hex && digit > 9))
            break;
        if (number <= CODE_POINT_LAST)
            number = number * (is_hex ? 16 : 10) + (uint32_t)digit;
    }
    if (i == start)
        return false;
    *at = i + (i < html.len && html.at[i] == ';');
    *code_point = as_standard_reads(number);
    return true;
}

/* "&hellip;" at *at. Names of Latin-1 need no semicolon: "&ampx" is "&x". */
static bool take_name(struct span html, size_t *at, uint32_t *code_point)
{
    enum { LONGEST = 8 };
    size_t start = *at + 1, len = 0;

    while (len < LONGEST && start + len < html.len
           && (is_letter(html.at[start + len]) || is_digit(html.at[start + len])))
        len++;
    for (; len >= 2; len--) {
        const struct reference *found = find_reference((struct span){html.at + start, len});
        bool is_closed = start + len < html.len && html.at[start + len] == ';';

        if (!found || (!is_closed && (found->code_point > 0xFF || found->code_point == '\'')))
            continue;
        *at = start + len + is_closed;
        *code_point = found->code_point;
        return true;
    }
    return false;
}

/* A reference at *at, passed if it is one. As in attributes one that is not closed ends before "=" and before letters
 * and digits: the
 * "&copy" of "?a=1&copy=2" is none. */
static bool take_reference(struct span text, size_t *at, uint32_t *code_point)
{
    size_t after = *at;
    bool is_number = after + 1 < text.len && text.at[after + 1] == '#';

    if (!(is_number ? take_number(text, &after, code_point) : take_name(text, &after, code_point)))
        return false;
    char next = after < text.len ? text.at[after] : '\0';
    if (text.at[after - 1] != ';' && (next == '=' || is_letter(next) || is_digit(next)))
        return false;
    *at = after;
    return true;
}

struct span html_references(struct span text, struct arena *mem)
{
    struct buf out = buf_in(mem);

    if (!text.len || !memchr(text.at, '&', text.len))
        return text;
    for (size_t at = 0; at < text.len;) {
        uint32_t code_point;
        char bytes[4];

        if (text.at[at] == '&' && take_reference(text, &at, &code_point))
            buf_put(&out, (struct span){bytes, utf8_encode(code_point, bytes)});
        else
            buf_char(&out, text.at[at++]);
    }
    return buf_span(&out);
}

/* --- the text as it grows --- */

static void put_code_point(struct html_reader *reader, uint32_t code_point)
{
    char bytes[4];

    buf_put(&reader->out, (struct span){bytes, utf8_encode(code_point, bytes)});
}

/* The breaks and the blank that are due before the next character; none at the start of the text. */
static void put_due(struct html_reader *reader)
{
    size_t lines = reader->lines + reader->block;

    if (reader->out.len && lines)
        for (size_t i = 0; i < lines; i++)
            buf_char(&reader->out, '\n');
    else if (reader->out.len && reader->blank)
        buf_char(&reader->out, ' ');
    reader->lines = 0;
    reader->block = LAYOUT_NONE;
    reader->blank = false;
}

static bool is_seen(const struct html_reader *reader)
{
    return !reader->unseen_spans && !reader->unseen_block;
}

static void break_line(struct html_reader *reader)
{
    if (is_seen(reader))
        reader->lines++;
}

/* A block begins or ends: it takes up the break that ended its last line. */
static void break_block(struct html_reader *reader, enum layout layout)
{
    if (!is_seen(reader))
        return;
    if (!reader->block && reader->lines)
        reader->lines--;
    if (reader->block < layout)
        reader->block = layout;
}

static void put_blank(struct html_reader *reader, char c)
{
    if (!reader->in_pre) {
        reader->blank = true;
    } else if (c == '\n') {
        break_line(reader);
    } else if (c != '\r') {
        put_due(reader);
        buf_char(&reader->out, c);
    }
}

static void put_char(struct html_reader *reader, uint32_t code_point)
{
    if (!is_seen(reader) || !code_point)
        return;
    if (code_point < 0x80 && is_blank((char)code_point)) {
        put_blank(reader, (char)code_point);
        return;
    }
    put_due(reader);
    put_code_point(reader, code_point);
}

/* --- spans --- */

static bool has_class(struct span classes, struct span name)
{
    for (size_t i = 0; i < classes.len;) {
        size_t start = i;

        while (i < classes.len && !is_blank(classes.at[i]))
            i++;
        if (name.len && span_equal((struct span){classes.at + start, i - start}, name))
            return true;
        i++;
    }
    return false;
}

static enum style style_of(const struct html_reader *reader, struct span classes)
{
    if (has_class(classes, SPAN("invisible")) || has_class(classes, reader->unseen))
        return STYLE_UNSEEN;
    return has_class(classes, SPAN("ellipsis")) ? STYLE_ELLIPSIS : STYLE_PLAIN;
}

static void open_span(struct html_reader *reader, struct span classes)
{
    enum style style = style_of(reader, classes);

    if (reader->spans < STYLES) {
        reader->styles[reader->spans] = (unsigned char)style;
        reader->unseen_spans += style == STYLE_UNSEEN;
    }
    reader->spans++;
}

static void close_span(struct html_reader *reader)
{
    enum { ELLIPSIS = 0x2026 };

    if (!reader->spans || --reader->spans >= STYLES)
        return;
    if (reader->styles[reader->spans] == STYLE_UNSEEN)
        reader->unseen_spans--;
    else if (reader->styles[reader->spans] == STYLE_ELLIPSIS)
        put_char(reader, ELLIPSIS);
}

/* Closes what was left open within: a link or a block whose end came first. */
static void close_spans(struct html_reader *reader, size_t left)
{
    while (reader->spans > left)
        close_span(reader);
}

/* --- tags --- */

static bool is_named(struct span name, const char *const *names)
{
    for (; *names; names++)
        if (strlen(*names) == name.len && strncasecmp(name.at, *names, name.len) == 0)
            return true;
    return false;
}

#define IS(name, ...) is_named(name, (const char *const[]){__VA_ARGS__, NULL})

static enum layout layout_of(struct span name)
{
    if (IS(name, "p", "ul", "ol", "dl", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "figure",
           "table"))
        return LAYOUT_PARAGRAPH;
    if (IS(name, "div", "li", "dt", "dd", "tr", "section", "article", "aside", "header", "footer", "main", "nav",
           "address", "details", "summary", "figcaption", "form", "fieldset"))
        return LAYOUT_LINE;
    return LAYOUT_NONE;
}

static void pass_pre(struct html_reader *reader, bool is_end)
{
    struct span rest = {reader->html.at + reader->at, reader->html.len - reader->at};

    reader->in_pre = !is_end;
    if (!is_end && span_starts(rest, SPAN("\n")))
        reader->at++; /* the first line break is none */
}

static void pass_block(struct html_reader *reader, const struct tag *tag, enum layout layout)
{
    close_spans(reader, 0);
    reader->link_spans = 0;
    reader->unseen_block = false;
    break_block(reader, layout);
    if (!tag->is_end && IS(tag->name, "p", "div"))
        reader->unseen_block = style_of(reader, tag->class) == STYLE_UNSEEN;
    if (IS(tag->name, "pre"))
        pass_pre(reader, tag->is_end);
}

static void end_link(struct html_reader *reader)
{
    const struct buf *out = &reader->out;

    if (reader->in_link)
        reader->links->at[reader->links->len - 1].text =
            span_keep(span_trim((struct span){out->at + reader->link_start, out->len - reader->link_start}), out->mem);
    reader->in_link = false;
}

static void note_link(struct html_reader *reader, const struct tag *tag)
{
    struct html_links *links = reader->links;

    if (!links)
        return;
    end_link(reader);
    if (tag->is_end || !tag->href.len || !is_seen(reader))
        return;
    links->at = arena_room(reader->out.mem, links->at, links->len, &links->cap, sizeof *links->at);
    links->at[links->len++] = (struct html_link){
        .href = span_trim(html_references(tag->href, reader->out.mem)), .class = tag->class, .rel = tag->rel};
    reader->in_link = true;
    reader->link_start = reader->out.len;
}

static void pass_link(struct html_reader *reader, const struct tag *tag)
{
    bool is_end = tag->is_end;

    note_link(reader, tag);
    if (is_end && reader->spans > reader->link_spans)
        close_spans(reader, reader->link_spans);
    reader->link_spans = is_end ? 0 : reader->spans;
}

/* What is between <script> and </script> is no text. */
static void pass_raw(struct html_reader *reader, struct span name)
{
    struct span html = reader->html;

    for (; reader->at < html.len; reader->at++) {
        const char *from = memchr(html.at + reader->at, '<', html.len - reader->at);

        if (!from)
            break;
        reader->at = (size_t)(from - html.at);
        if (html.len - reader->at > name.len + 2 && from[1] == '/' && strncasecmp(from + 2, name.at, name.len) == 0
            && !is_letter(from[2 + name.len]))
            return;
    }
    reader->at = html.len;
}

static void pass_tag(struct html_reader *reader, const struct tag *tag)
{
    enum layout layout = layout_of(tag->name);

    if (layout)
        pass_block(reader, tag, layout);
    else if (IS(tag->name, "br"))
        break_line(reader);
    else if (IS(tag->name, "a"))
        pass_link(reader, tag);
    else if (IS(tag->name, "span") && tag->is_end)
        close_span(reader);
    else if (IS(tag->name, "span"))
        open_span(reader, tag->class);
    else if (IS(tag->name, "td", "th"))
        reader->blank = true;
    else if (IS(tag->name, "script", "style") && !tag->is_end)
        pass_raw(reader, tag->name);
}

/* --- the markup --- */

static char peek(const struct html_reader *reader)
{
    return reader->at < reader->html.len ? reader->html.at[reader->at] : '\0';
}

static bool is_over(const struct html_reader *reader)
{
    return reader->at >= reader->html.len;
}

static void skip_blanks(struct html_reader *reader)
{
    while (!is_over(reader) && (is_blank(peek(reader)) || peek(reader) == '/'))
        reader->at++;
}

static struct span take_word(struct html_reader *reader)
{
    size_t start = reader->at;

    while (!is_over(reader) && !is_blank(peek(reader)) && peek(reader) != '>' && peek(reader) != '/'
           && (peek(reader) != '=' || reader->at == start))
        reader->at++;
    return (struct span){reader->html.at + start, reader->at - start};
}

static struct span take_value(struct html_reader *reader)
{
    char quote = peek(reader);
    size_t start = reader->at;

    if (quote == '"' || quote == '\'') {
        start = ++reader->at;
        while (!is_over(reader) && peek(reader) != quote)
            reader->at++;
        return (struct span){reader->html.at + start, reader->at++ - start};
    }
    while (!is_over(reader) && !is_blank(peek(reader)) && peek(reader) != '>')
        reader->at++;
    return (struct span){reader->html.at + start, reader->at - start};
}

static void take_attribute(struct html_reader *reader, struct tag *tag)
{
    struct span name = take_word(reader), value = {0};

    while (!is_over(reader) && is_blank(peek(reader)))
        reader->at++;
    if (peek(reader) == '=') {
        reader->at++;
        while (!is_over(reader) && is_blank(peek(reader)))
            reader->at++;
        if (peek(reader) != '>')
            value = take_value(reader);
    }
    struct span *kept = IS(name, "class")  ? &tag->class
                        : IS(name, "href") ? &tag->href
                        : IS(name, "rel")  ? &tag->rel
                                           : NULL;
    if (kept && !kept->at)
        *kept = value;
}

/* A tag that begins at `at`; one that never ends is none, and takes the rest with it. */
static void read_tag(struct html_reader *reader, bool is_end)
{
    struct tag tag = {.is_end = is_end};

    reader->at += 1 + is_end;
    tag.name = take_word(reader);
    for (skip_blanks(reader); !is_over(reader) && peek(reader) != '>'; skip_blanks(reader))
        take_attribute(reader, &tag);
    if (is_over(reader))
        return;
    reader->at++;
    pass_tag(reader, &tag);
}

/* Passes what ends with `end`; without it nothing of the rest is text. */
static void pass_until(struct html_reader *reader, size_t from, struct span end)
{
    struct span html = reader->html;
    const char *found = from < html.len ? memmem(html.at + from, html.len - from, end.at, end.len) : NULL;

    reader->at = found ? (size_t)(found - html.at) + end.len : html.len;
}

static void read_markup(struct html_reader *reader)
{
    struct span rest = {reader->html.at + reader->at, reader->html.len - reader->at};
    char next = rest.len > 1 ? rest.at[1] : '\0';

    if (is_letter(next))
        read_tag(reader, false);
    else if (next == '/' && rest.len > 2 && is_letter(rest.at[2]))
        read_tag(reader, true);
    else if (span_starts(rest, SPAN("<!--")))
        pass_until(reader, reader->at + 2, SPAN("-->"));
    else if (next == '!' || next == '?' || (next == '/' && rest.len > 2))
        pass_until(reader, reader->at + 2, SPAN(">"));
    else
        put_char(reader, (unsigned char)reader->html.at[reader->at++]);
}

static void read_reference(struct html_reader *reader)
{
    size_t at = reader->at;
    uint32_t code_point;
    bool is_number = at + 1 < reader->html.len && reader->html.at[at + 1] == '#';

    if (is_number ? take_number(reader->html, &at, &code_point) : take_name(reader->html, &at, &code_point)) {
        reader->at = at;
        put_char(reader, code_point);
    } else {
        reader->at++;
        put_char(reader, '&');
    }
}

static bool is_plain(char c)
{
    return c != '<' && c != '&' && c && !is_blank(c);
}

static void read_words(struct html_reader *reader)
{
    struct span html = reader->html;
    size_t start = reader->at;

    while (reader->at < html.len && is_plain(html.at[reader->at]))
        reader->at++;
    if (reader->at == start) {
        put_char(reader, (unsigned char)html.at[reader->at++]);
    } else if (is_seen(reader)) {
        put_due(reader);
        buf_put(&reader->out, (struct span){html.at + start, reader->at - start});
    }
}

struct span html_text(struct span html, struct span unseen, struct html_links *links, struct arena *mem)
{
    struct html_reader reader = {.html = html, .unseen = unseen, .out = buf_in(mem), .links = links};

    while (reader.at < html.len) {
        switch (html.at[reader.at]) {
        case '<': read_markup(&reader); break;
        case '&': read_reference(&reader); break;
        default: read_words(&reader);
        }
    }
    close_spans(&reader, 0);
    end_link(&reader);
    return buf_span(&reader.out);
}

static const char *reference_for(unsigned char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return (c < ' ' && c != '\t' && c != '\n') || c == 0x7F ? "\uFFFD" : NULL;
    }
}

void html_write(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char *instead = reference_for((unsigned char)text.at[i]);

        if (instead)
            buf_put(out, span_of(instead));
        else
            buf_char(out, text.at[i]);
    }
}
