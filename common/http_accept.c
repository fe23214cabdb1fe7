#include "common/http_accept.h"

#include <strings.h>

/* One element of a list such as "ja-JP;q=0.8, en;q=0.5". */
struct range_request {
    struct span name;
    int q; /* in thousandths; 1000 where it is not said */
};

/* 0, 1, or either with up to three digits behind a point; 0 for anything else. */
static int read_q(struct span text)
{
    int value = 0, unit = 100;

    if (!text.len || text.len > 5 || (text.at[0] != '0' && text.at[0] != '1') || (text.len > 1 && text.at[1] != '.'))
        return 0;
    value = (text.at[0] - '0') * 1000;
    for (size_t i = 2; i < text.len; i++, unit /= 10) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return 0;
        value += (text.at[i] - '0') * unit;
    }
    return value < 1000 ? value : 1000;
}

static bool take_wish(struct span *list, struct range_request *request)
{
    if (!list->len)
        return false;
    struct span element = span_take(list, ',');
    *request = (struct range_request){span_take(&element, ';'), 1000};
    while (element.len) {
        struct span parameter = span_take(&element, ';');

        if (parameter.len >= 2 && (parameter.at[0] | 0x20) == 'q' && parameter.at[1] == '=')
            request->q = read_q((struct span){parameter.at + 2, parameter.len - 2});
    }
    return true;
}

static bool is_same(struct span a, struct span b)
{
    return a.len == b.len && (!a.len || strncasecmp(a.at, b.at, a.len) == 0);
}

/* --- languages --- */

static bool is_language(struct span request, struct span offer)
{
    const char *end = request.len ? memchr(request.at, '-', request.len) : NULL;
    struct span primary = {request.at, end ? (size_t)(end - request.at) : request.len};

    return is_same(primary, offer) || span_equal(request, SPAN("*"));
}

size_t http_language(struct span accept_language, const struct span *offers, size_t offers_len)
{
    size_t best = 0;
    int best_q = 0;
    struct range_request request;

    while (take_wish(&accept_language, &request))
        for (size_t i = 0; i < offers_len && request.q > best_q; i++)
            if (is_language(request.name, offers[i])) {
                best = i;
                best_q = request.q;
            }
    return best;
}

/* --- media types --- */

/* How closely a range such as text/html, text/star or star/star fits the type: 3, 2, 1, or 0 for not at all. */
static int closeness(struct span range, struct span type)
{
    const char *slash = memchr(type.at, '/', type.len);
    size_t main_len = slash ? (size_t)(slash - type.at) + 1 : type.len;

    if (is_same(range, type))
        return 3;
    if (range.len == main_len + 1 && range.at[main_len] == '*' && strncasecmp(range.at, type.at, main_len) == 0)
        return 2;
    return span_equal(range, SPAN("*/*"));
}

static int q_of_type(struct span accept, struct span type)
{
    int best = 0, q = 0;
    struct range_request request;

    while (take_wish(&accept, &request)) {
        int close = closeness(request.name, type);

        if (close > best) {
            best = close;
            q = request.q;
        }
    }
    return q;
}

size_t http_media_type(struct span accept, const struct span *offers, size_t offers_len)
{
    size_t best = 0;
    int best_q = 0;

    for (size_t i = 0; i < offers_len; i++) {
        int q = q_of_type(accept, offers[i]);

        if (q > best_q) {
            best = i;
            best_q = q;
        }
    }
    return best;
}

/* --- entity tags --- */

static struct span without_weakness(struct span etag)
{
    return span_starts(etag, SPAN("W/")) ? (struct span){etag.at + 2, etag.len - 2} : etag;
}

bool http_has_etag(struct span if_none_match, struct span etag)
{
    struct span list = if_none_match;

    while (list.len) {
        struct span one = span_take(&list, ',');

        if (span_equal(one, SPAN("*")) || span_equal(without_weakness(one), without_weakness(etag)))
            return etag.len > 0;
    }
    return false;
}
