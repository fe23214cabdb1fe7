#include "worker/text/url.h"

#include "common/utf8.h"
#include "worker/text/tld.h"
#include "worker/text/unicode.h"

#include <string.h>
#include <strings.h>

enum {
    LABEL_MAX = 63, /* bytes, in ASCII: RFC 1035 */
    URL_MAX = 4096, /* code points, the protocol counted twice: as twitter-text does */
    TCO_SLUG_MAX = 40,
};

static const struct code_range latin_accents[] = {
    {0xC0, 0xD6},   {0xD8, 0xF6},   {0xF8, 0x24F},  {0x253, 0x254},   {0x256, 0x257}, {0x259, 0x259},
    {0x25B, 0x25B}, {0x263, 0x263}, {0x268, 0x268}, {0x26F, 0x26F},   {0x272, 0x272}, {0x289, 0x289},
    {0x28B, 0x28B}, {0x2BB, 0x2BB}, {0x300, 0x36F}, {0x1E00, 0x1EFF},
};

static const struct code_range spaces[] = {
    {0x09, 0x0D},     {0x20, 0x20},     {0x85, 0x85},     {0xA0, 0xA0},     {0x1680, 0x1680}, {0x180E, 0x180E},
    {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000},
};

/* From U+0080 on: spaces, marks of direction, U+FEFF and noncharacters, which no domain holds. */
static const struct code_range domain_breaks[] = {
    {0x85, 0x85},     {0xA0, 0xA0},     {0x61C, 0x61C},   {0x1680, 0x1680}, {0x180E, 0x180E},
    {0x2000, 0x200A}, {0x200E, 0x200F}, {0x2028, 0x202F}, {0x205F, 0x205F}, {0x2066, 0x2069},
    {0x3000, 0x3000}, {0xFEFF, 0xFEFF}, {0xFFFE, 0xFFFF},
};

bool url_is_latin_accent(uint32_t c)
{
    return c >= 0xC0 && IN_RANGES(latin_accents, c);
}

bool url_is_space(uint32_t c)
{
    return IN_RANGES(spaces, c);
}

/* Whatever is no punctuation of ASCII and no blank: 。 and 「 are, as in twitter-text. */
static bool is_domain_char(uint32_t c)
{
    if (c >= 0x80)
        return !IN_RANGES(domain_breaks, c);
    return ascii_alnum(c) || !(url_is_space(c) || ascii_one_of("!'#%&()*+,\\-./:;<=>?@[]^_{|}~$", c));
}

/* Behind a protocol. */
static bool is_host_char(uint32_t c)
{
    return is_domain_char(c) || c == '-' || c == '_';
}

/* Without a protocol only the Latin part of a domain counts: 見てexample.com */
static bool is_bare_char(uint32_t c)
{
    return ascii_alnum(c) || c == '-' || url_is_latin_accent(c);
}

static bool is_path_letter(uint32_t c)
{
    return ascii_alnum(c) || (c >= 0x400 && c <= 0x4FF) || url_is_latin_accent(c);
}

static bool is_path_char(uint32_t c)
{
    return is_path_letter(c) || ascii_one_of("!*';:=+,.$/%#[]-_~@|&", c) || c == 0x2013;
}

static bool ends_path(uint32_t c)
{
    return is_path_letter(c) || ascii_one_of("+-=_#/", c);
}

static bool is_query_char(uint32_t c)
{
    return ascii_alnum(c) || ascii_one_of("!?*'@();:&=+$/%#[]-_.,~|", c);
}

static bool ends_query(uint32_t c)
{
    return ascii_alnum(c) || ascii_one_of("-_&=#/", c);
}

static bool stands(struct span text, size_t at, char c)
{
    return at < text.len && text.at[at] == c;
}

/* Digits that the number takes in base 36 of punycode. */
static size_t punycode_digits(uint32_t number, uint32_t bias)
{
    for (uint32_t count = 1, k = 36;; count++, k += 36) {
        uint32_t least = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;

        if (number < least)
            return count;
        number = (number - least) / (36 - least);
    }
}

static uint32_t punycode_bias(uint32_t delta, uint32_t count, bool first)
{
    uint32_t k = 0;

    delta = first ? delta / 700 : delta / 2;
    delta += delta / count;
    for (; delta > 455; k += 36)
        delta /= 35;
    return k + 36 * delta / (delta + 38);
}

/* The bytes that len code points, `ascii` of them below U+0080, take behind "xn--": RFC 3492. */
static size_t punycode_len(const uint32_t *points, uint32_t len, uint32_t ascii)
{
    size_t bytes = ascii + (ascii > 0);
    uint32_t least = 0x80, delta = 0, bias = 72;

    for (uint32_t done = ascii; done < len; delta++, least++) {
        uint32_t next = UINT32_MAX;

        for (uint32_t i = 0; i < len; i++)
            if (points[i] >= least && points[i] < next)
                next = points[i];
        delta += (next - least) * (done + 1);
        least = next;
        for (uint32_t i = 0; i < len; i++) {
            delta += points[i] < least;
            if (points[i] != least)
                continue;
            bytes += punycode_digits(delta, bias);
            bias = punycode_bias(delta, done + 1, done == ascii);
            delta = 0;
            done++;
        }
    }
    return bytes;
}

static bool label_fits(struct span label)
{
    uint32_t points[LABEL_MAX], len = 0, ascii = 0;

    for (size_t at = 0; at < label.len; len++) {
        if (len == LABEL_MAX)
            return false;
        points[len] = utf8_next(label, &at);
        ascii += points[len] < 0x80;
    }
    if (len == ascii)
        return true;
    if (span_starts(label, SPAN("xn--"))) /* punycode of punycode is none */
        return false;
    return 4 + punycode_len(points, len, ascii) <= LABEL_MAX;
}

static bool labels_fit(struct span domain)
{
    while (domain.len) {
        const char *dot = memchr(domain.at, '.', domain.len);
        size_t len = dot ? (size_t)(dot - domain.at) : domain.len;

        if (!label_fits((struct span){domain.at, len}))
            return false;
        len += dot != NULL;
        domain = (struct span){domain.at + len, domain.len - len};
    }
    return true;
}

struct label {
    size_t end;
    bool good;     /* it is not empty and does not end in - or _ */
    bool low_line; /* good for a subdomain only */
};

static struct label label_read(struct span text, size_t at, bool (*may_hold)(uint32_t))
{
    struct label label = {.end = at};

    while (at < text.len) {
        uint32_t c = utf8_next(text, &at);

        if (!may_hold(c))
            break;
        label.end = at;
        label.good = c != '-' && c != '_';
        label.low_line |= c == '_';
    }
    return label;
}

struct domain {
    size_t end;    /* 0 if there is none */
    size_t dots;   /* within it */
    size_t walked; /* no dot before here can belong to a longer or another domain */
};

/* The longest domain that starts at byte `at`. Whether its first label may start so, the caller
 * sees to. */
static struct domain domain_read(struct span text, size_t at, bool (*may_hold)(uint32_t))
{
    struct domain domain = {.walked = at};

    for (size_t dots = 1;; dots++) {
        struct label label = label_read(text, at, may_hold);
        bool line_first = stands(text, at, '-') || stands(text, at, '_');

        domain.walked = label.end;
        if (!label.good || (line_first && dots > 1) || !stands(text, label.end, '.'))
            return domain;
        at = label.end + 1;
        size_t end = tld_end(text, at);
        if (end > at && !label.low_line) {
            domain.end = end;
            domain.dots = dots;
        }
    }
}

static size_t path_run(struct span text, size_t at)
{
    for (size_t next = at; next < text.len; at = next)
        if (!is_path_char(utf8_next(text, &next)))
            break;
    return at;
}

/* Behind the closed parentheses that open at byte `at`, with one pair at most inside them and
 * nothing empty; `at` if they are not so. */
static size_t parentheses_end(struct span text, size_t at)
{
    size_t end = path_run(text, at + 1);

    if (stands(text, end, ')'))
        return end > at + 1 ? end + 1 : at;
    if (!stands(text, end, '('))
        return at;
    size_t inner = end + 1;
    end = path_run(text, inner);
    if (end == inner || !stands(text, end, ')'))
        return at;
    end = path_run(text, end + 1);
    return stands(text, end, ')') ? end + 1 : at;
}

/* What a sentence puts behind an address (dots, commas, an open parenthesis) is left out. */
static size_t path_end(struct span text, size_t slash)
{
    size_t end = slash + 1;

    for (size_t at = end; at < text.len;) {
        if (text.at[at] == '(') {
            size_t closed = parentheses_end(text, at);

            if (closed == at)
                break;
            end = at = closed;
            continue;
        }
        uint32_t c = utf8_next(text, &at);
        if (!is_path_char(c))
            break;
        if (ends_path(c))
            end = at;
    }
    return end;
}

static size_t query_end(struct span text, size_t mark)
{
    size_t end = mark;

    for (size_t at = mark + 1; at < text.len && is_query_char((unsigned char)text.at[at]); at++)
        if (ends_query((unsigned char)text.at[at]))
            end = at + 1;
    return end;
}

static size_t digits_end(struct span text, size_t at)
{
    while (at < text.len && ascii_digit((unsigned char)text.at[at]))
        at++;
    return at;
}

/* Behind port, path and query, each of which may be missing. */
static size_t tail_end(struct span text, size_t at, bool *has_path)
{
    if (stands(text, at, ':') && digits_end(text, at + 1) > at + 1)
        at = digits_end(text, at + 1);
    *has_path = stands(text, at, '/');
    if (*has_path)
        at = path_end(text, at);
    return stands(text, at, '?') ? query_end(text, at) : at;
}

static struct span part(struct span text, size_t start, size_t end)
{
    return (struct span){text.at + start, end - start};
}

static bool length_fits(struct span url, size_t protocol_len)
{
    return url.len + protocol_len <= URL_MAX || utf8_count(url) + protocol_len <= URL_MAX;
}

static bool ends_with(struct span text, size_t end, const char *word)
{
    size_t len = strlen(word);

    return end >= len && strncasecmp(text.at + end - len, word, len) == 0;
}

/* The letters before "://"; `colon` itself if they are another protocol's. */
static size_t protocol_start(struct span text, size_t colon)
{
    if (ends_with(text, colon, "https"))
        return colon - 5;
    return ends_with(text, colon, "http") ? colon - 4 : colon;
}

/* What follows one of these is part of a tag, a mention or an e-mail address: ＠ and ＃ are as good
 * as @ and #. */
static bool is_name_sign(uint32_t c)
{
    return ascii_one_of("@$#", c) || c == 0xFF20 || c == 0xFF03 || c == 0xFEFF || c == 0xFFFE || c == 0xFFFF;
}

/* t.co makes slugs of letters and digits: whatever follows one belongs to the sentence, but
 * for a query. False for a slug that cannot be. */
static bool cut_tco(struct span text, size_t host, size_t *end)
{
    size_t slug = host + 5, slug_end = slug;

    if (*end <= slug || strncasecmp(text.at + host, "t.co/", 5) != 0)
        return true;
    while (slug_end < *end && ascii_alnum((unsigned char)text.at[slug_end]))
        slug_end++;
    if (slug_end > slug && !stands(text, slug_end, '?'))
        *end = slug_end;
    return slug_end - slug <= TCO_SLUG_MAX;
}

bool url_find_full(struct span text, size_t colon, struct url_scan *scan, struct url *url)
{
    size_t start = protocol_start(text, colon), host = colon + 3;
    bool has_path;

    if (start == colon || !span_starts(part(text, colon, text.len), SPAN("://")))
        return false;
    uint32_t before = start ? utf8_before(text, start) : ' ';
    if ((start && start <= scan->taken) || ascii_alnum(before) || is_name_sign(before))
        return false;
    if (stands(text, host, '-') || stands(text, host, '_'))
        return false;
    struct domain domain = domain_read(text, host, is_host_char);
    if (!domain.end)
        return false;
    size_t end = tail_end(text, domain.end, &has_path);
    scan->taken = end;
    if (!labels_fit(part(text, host, domain.end)) || !cut_tco(text, host, &end))
        return false;
    *url = (struct url){start, end};
    return length_fits(part(text, start, end), host - start);
}

static size_t bare_start(struct span text, size_t at, size_t floor)
{
    while (at > floor) {
        uint32_t c = utf8_before(text, at);

        if (!is_bare_char(c))
            break;
        at -= c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
    }
    return at;
}

static bool follows_label(struct span text, size_t at)
{
    return at && is_domain_char(utf8_before(text, at));
}

/* A name is not an address behind a slash or half a word. After 例. or 例_ it is the part of a domain
 * that can be linked to, the latter only where it has a subdomain, which may have a _. */
static bool may_follow(struct span text, uint32_t c, size_t start, size_t dots)
{
    size_t line = start;

    switch (c) {
    case '/': return false;
    case '.': return text.at[start] != '-' && follows_label(text, start - 1);
    case '_':
        while (line && (text.at[line - 1] == '_' || text.at[line - 1] == '-'))
            line--;
        return dots > 1 && follows_label(text, line);
    default: return text.at[start] != '-' || is_domain_char(c);
    }
}

bool url_find_bare(struct span text, size_t dot, struct url_scan *scan, struct url *url)
{
    size_t floor = scan->taken > scan->walked ? scan->taken : scan->walked;
    size_t start = dot < floor ? dot : bare_start(text, dot, floor);
    bool has_path;

    if (start == dot)
        return false;
    struct domain domain = domain_read(text, start, is_bare_char);
    scan->walked = domain.walked;
    uint32_t before = start ? utf8_before(text, start) : ' ';
    if (!domain.end || is_name_sign(before))
        return false;
    bool torn = start && start == scan->taken; /* its beginning belongs to what came before */
    scan->taken = tail_end(text, domain.end, &has_path);
    if (torn || !may_follow(text, before, start, domain.dots) || !labels_fit(part(text, start, domain.end)))
        return false;
    *url = (struct url){start, has_path ? scan->taken : domain.end};
    return length_fits(part(text, url->start, url->end), strlen("https://"));
}
