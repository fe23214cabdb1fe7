#include "worker/decode/split.h"

#include <string.h>

/* --- JSON by its brackets --- */

/* Behind the string that begins at `at`; NULL: it has no end. */
static const char *string_end(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '"')
            return at + 1;
        at += *at == '\\';
    }
    return NULL;
}

/* The comma or closing bracket behind an item of a list or object; NULL: there is none. */
static const char *item_end(const char *at, const char *end)
{
    size_t depth = 0;

    while (at && at < end) {
        switch (*at) {
        case '"': at = string_end(at, end); continue;
        case '[':
        case '{': depth++; break;
        case ']':
        case '}':
            if (!depth--)
                return at;
            break;
        case ',':
            if (!depth)
                return at;
            break;
        default: break;
        }
        at++;
    }
    return NULL;
}

/* The items of a list, or the members of an object, one after another. */
struct items {
    const char *at, *end;
    bool begun, ended; /* ended: the closing bracket was found, as the last byte */
};

static struct items items_of(struct span bytes)
{
    return (struct items){.at = bytes.at + 1, .end = bytes.at + bytes.len};
}

/* False: there are no more, or the brackets are not in balance. */
static bool next_item(struct items *items, struct span *item)
{
    const char *to = items->ended ? NULL : item_end(items->at, items->end);

    if (!to)
        return false;
    *item = span_trim((struct span){items->at, (size_t)(to - items->at)});
    items->at = to + 1;
    items->ended = *to != ',' && items->at == items->end;
    bool is_empty = items->ended && !items->begun && !item->len;
    items->begun = true;
    return !is_empty && (*to == ',' || items->ended);
}

static bool is_between(struct span bytes, char first, char last)
{
    return bytes.len > 1 && bytes.at[0] == first && bytes.at[bytes.len - 1] == last;
}

static bool is_balanced(struct span bytes)
{
    struct items items = items_of(bytes);
    struct span item;

    while (next_item(&items, &item))
        continue;
    return items.ended;
}

/* Whether the item is the member of this name, and its value. */
static bool is_member(struct span item, struct span name, struct span *value)
{
    if (item.len < name.len + 3 || *item.at != '"' || memcmp(item.at + 1, name.at, name.len) != 0
        || item.at[name.len + 1] != '"')
        return false;
    struct span rest = span_trim((struct span){item.at + name.len + 2, item.len - name.len - 2});
    if (!rest.len || *rest.at != ':')
        return false;
    *value = span_trim((struct span){rest.at + 1, rest.len - 1});
    return true;
}

/* --- pages --- */

/* The list of posts and what they share. False: the bytes are no page. Of duplicate names the last holds. */
static bool read_page(struct span bytes, const struct page_form *form, struct span *posts, struct span *shared)
{
    struct items items = items_of(bytes);
    struct span item;

    *posts = *shared = (struct span){0};
    if (!form || !is_between(bytes, '{', '}'))
        return false;
    while (next_item(&items, &item)) {
        is_member(item, span_of(form->posts), posts);
        is_member(item, span_of(form->shared), shared);
    }
    return items.ended && is_between(*posts, '[', ']');
}

/* --- lines --- */

/* The next line that is not blank; false: there is none. */
static bool next_line(struct span *rest, struct span *line)
{
    while (rest->len) {
        const char *end = memchr(rest->at, '\n', rest->len);
        size_t len = end ? (size_t)(end - rest->at) : rest->len;

        *line = span_trim((struct span){rest->at, len});
        len += end != NULL;
        *rest = (struct span){rest->at + len, rest->len - len};
        if (line->len)
            return true;
    }
    return false;
}

static bool is_whole(struct span bytes)
{
    return (is_between(bytes, '{', '}') || is_between(bytes, '[', ']')) && is_balanced(bytes);
}

/* --- posts --- */

bool split_is_list(struct span bytes)
{
    struct span item;
    bool has_object = false;

    bytes = span_trim(bytes);
    if (!is_between(bytes, '[', ']'))
        return false;
    struct items items = items_of(bytes);
    while (next_item(&items, &item))
        has_object |= item.len && *item.at == '{';
    return items.ended && (has_object || !span_trim((struct span){bytes.at + 1, bytes.len - 2}).len);
}

bool split_is_page(struct span bytes, const struct page_form *page)
{
    struct span posts, shared;

    return read_page(span_trim(bytes), page, &posts, &shared);
}

/* One broken line of many says nothing: the first or the last one is a JSON text. */
bool split_is_lines(struct span bytes)
{
    struct span line, last = {0};

    if (!next_line(&bytes, &line))
        return false;
    bool is_first_whole = is_whole(line);
    while (next_line(&bytes, &line))
        last = line;
    return last.len && (is_first_whole || is_whole(last));
}

static void add_post(struct split *split, struct span bytes, struct span shared)
{
    if (split->len > split->max)
        return;
    split->at = arena_room(split->mem, split->at, split->len, &split->cap, sizeof *split->at);
    split->at[split->len++] = (struct split_post){bytes, shared};
}

static void add_page(struct split *split, struct span bytes)
{
    struct span posts, shared, post;

    if (!read_page(bytes, split->page, &posts, &shared)) {
        add_post(split, bytes, (struct span){0});
        return;
    }
    struct items items = items_of(posts);
    while (split->len <= split->max && next_item(&items, &post))
        add_post(split, post, shared);
}

static void add_text(struct split *split, struct span bytes)
{
    struct items items = items_of(bytes);
    struct span item;

    if (!split_is_list(bytes)) {
        add_page(split, bytes);
        return;
    }
    while (split->len <= split->max && next_item(&items, &item))
        add_page(split, item);
}

void split_record(struct split *split, struct span bytes)
{
    struct span line;

    if (split_is_list(bytes) || split_is_page(bytes, split->page)) {
        add_text(split, span_trim(bytes));
        return;
    }
    while (split->len <= split->max && next_line(&bytes, &line))
        add_text(split, line);
}
