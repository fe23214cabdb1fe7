#include "worker/enrich/references.h"
#include "common/fold.h"
#include "common/utf8.h"

#include <ctype.h>
#include <string.h>

enum { HIDDEN = 0x1F };

struct references references_of(struct span text, struct span folded, struct arena *mem)
{
    return (struct references){
        .text = text, .folded = folded, .mem = mem, .lists = arena_zero(mem, sizeof(struct reference_lists))};
}

struct references references_of_post(const struct reading *reading, const struct found *found, struct arena *mem)
{
    return (struct references){.text = reading->post->text,
                               .folded = reading->folded,
                               .places = found->has_entities ? &found->places : NULL,
                               .mem = mem,
                               .lists = found->references};
}

/* --- links --- */

static bool is_sign(char c)
{
    return c > ' ' && c < 0x7F;
}

/* What a link of ASCII signs has behind its scheme. */
static bool is_link_sign(char c)
{
    return is_sign(c) && c != '"' && c != '<' && c != '>';
}

static bool may_go_on(struct span link)
{
    return strchr("/=&_-", link.at[link.len - 1]);
}

static bool is_path_sign(uint32_t c)
{
    return c < 0x80 ? c > ' ' && (isalnum((int)c) || strchr("/=&_-?#.%+~", (int)c)) : fold_class(c) != FOLD_OTHER;
}

/* The link with the rest of its path in letters beyond ASCII. */
static struct span whole_link(struct span text, struct span link)
{
    size_t at = (size_t)(link.at - text.at) + link.len;

    if (at == text.len || (unsigned char)text.at[at] < 0x80 || !may_go_on(link))
        return link;
    for (size_t next = at; at < text.len && is_path_sign(utf8_next(text, &next)); at = next)
        ;
    return (struct span){link.at, (size_t)(text.at + at - link.at)};
}

static bool is_ascii(struct span text)
{
    unsigned all = 0;

    for (size_t i = 0; i < text.len; i++)
        all |= (unsigned char)text.at[i];
    return all < 0x80;
}

/* Whether :// is behind its first letters, so that it is found about that. */
static bool has_scheme(struct span link)
{
    size_t len = 0;

    while (len < link.len && isalpha((unsigned char)link.at[len]))
        len++;
    return span_starts((struct span){link.at + len, link.len - len}, SPAN("://"));
}

/* A link that the signs about a :// are not all of. */
static bool is_hidden_link(const struct entity *entity)
{
    if (entity->kind != ENTITY_URL)
        return false;
    return !(has_scheme(entity->text) && is_ascii(entity->text));
}

/* A link has a dot within a word; others are not looked for. */
static bool may_have_links(struct span text)
{
    for (const char *at = text.at, *end = text.at + text.len; (at = memchr(at, '.', (size_t)(end - at))); at++)
        if (at > text.at && at + 1 < end && !isspace((unsigned char)at[-1]) && !isspace((unsigned char)at[1]))
            return true;
    return false;
}

static const struct entities *places_of(const struct references *references)
{
    static const struct entities none;
    struct entities *places;

    if (references->places)
        return references->places;
    if (!may_have_links(references->text))
        return &none;
    places = arena_take(references->mem, sizeof *places);
    *places = entities_find(references->text, references->mem);
    return places;
}

/* A link begins with a letter or a digit, which joins nothing before it: so the text may be folded up to there alone.
 */
static void add_links(struct references *references, const struct entities *places)
{
    struct span text = references->text;
    size_t at = 0, folded_at = 0, behind = 0;

    for (size_t i = 0; i < places->len; i++) {
        size_t start = (size_t)(places->at[i].text.at - text.at);

        if (!is_hidden_link(&places->at[i]) || start < behind)
            continue;
        struct span link = whole_link(text, places->at[i].text);
        folded_at += fold_text((struct span){text.at + at, start - at}, references->mem).len;
        at = start;
        behind = start + link.len;
        size_t end = folded_at + fold_text(link, references->mem).len;
        references->lists->links.at[references->lists->links.len++] =
            (struct bytes){folded_at, end < references->folded.len ? end : references->folded.len};
    }
}

static void find_links(struct references *references)
{
    const struct entities *places = places_of(references);
    size_t count = 0;

    for (size_t i = 0; i < places->len; i++)
        count += is_hidden_link(&places->at[i]);
    if (!count)
        return;
    references->lists->links.at = arena_take(references->mem, count * sizeof *references->lists->links.at);
    add_links(references, places);
}

/* From the letters before :// to the last ASCII sign behind it. */
static struct bytes link_about(struct span text, size_t colon, size_t from)
{
    struct bytes run = {colon, colon};

    while (run.start > from && isalpha((unsigned char)text.at[run.start - 1]))
        run.start--;
    while (run.end < text.len && is_link_sign(text.at[run.end]))
        run.end++;
    run.end = run.start + whole_link(text, (struct span){text.at + run.start, run.end - run.start}).len;
    return run;
}

static void add_reference(struct references *references, struct reference_list *list, size_t *cap, struct bytes bytes)
{
    list->at = arena_room(references->mem, list->at, list->len, cap, sizeof *list->at);
    list->at[list->len++] = bytes;
}

static const char *next_sign(struct span text, size_t from, char sign)
{
    return from < text.len ? memchr(text.at + from, sign, text.len - from) : NULL;
}

static void find_others(struct references *references)
{
    struct span text = references->folded;
    size_t from = 0, behind = 0, cap = 0;

    for (const char *at; (at = next_sign(text, from, ':'));) {
        from = (size_t)(at - text.at) + 1;
        if (!span_starts((struct span){at, text.len - from + 1}, SPAN("://")))
            continue;
        struct bytes run = link_about(text, from - 1, behind);

        add_reference(references, &references->lists->others, &cap, run);
        from = behind = run.end;
    }
}

/* --- mentions and mail addresses --- */

static bool is_word_sign(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool is_address_sign(char c)
{
    return is_word_sign(c) || c == '.' || c == '%' || c == '+' || c == '@';
}

/* Behind the name of a list, where a mention has one. */
static size_t end_of_list(struct span text, struct bytes run)
{
    size_t end = run.end + 1;

    if (text.at[run.start] != '@' || end >= text.len || text.at[run.end] != '/' || !is_word_sign(text.at[end]))
        return run.end;
    while (end < text.len && is_word_sign(text.at[end]))
        end++;
    return end;
}

/* The run about an @, which begins at `from` or behind it. Its end is its start where it is no address. */
static struct bytes address_about(struct span text, size_t at, size_t from)
{
    struct bytes run = {at, at};
    bool is_address = false;

    while (run.start > from && is_address_sign(text.at[run.start - 1]))
        run.start--;
    for (; run.end < text.len && is_address_sign(text.at[run.end]); run.end++)
        is_address |= run.end > at && text.at[run.end - 1] == '@' && text.at[run.end] != '@';
    run.end = is_address ? end_of_list(text, run) : run.end;
    return is_address ? run : (struct bytes){run.end, run.end};
}

static void find_addresses(struct references *references)
{
    struct span text = references->folded;
    size_t from = 0, cap = 0;

    for (const char *at; (at = next_sign(text, from, '@'));) {
        struct bytes run = address_about(text, (size_t)(at - text.at), from);

        from = run.end;
        if (run.start < run.end)
            add_reference(references, &references->lists->addresses, &cap, run);
    }
}

/* --- asking --- */

static void widen(struct bytes *extent, const struct reference_list *list)
{
    if (!list->len)
        return;
    if (!extent->end || list->at[0].start < extent->start)
        extent->start = list->at[0].start;
    if (list->at[list->len - 1].end > extent->end)
        extent->end = list->at[list->len - 1].end;
}

/* Not inline: most hits need none of its registers. */
__attribute__((noinline)) static void look(struct references *references)
{
    struct reference_lists *lists = references->lists;

    lists->known = true;
    find_links(references);
    find_others(references);
    find_addresses(references);
    widen(&lists->extent, &lists->links);
    widen(&lists->extent, &lists->others);
    widen(&lists->extent, &lists->addresses);
}

/* The first that ends behind this byte; NULL: none. */
static const struct bytes *first_behind(const struct reference_list *list, uint32_t start)
{
    size_t low = 0;

    for (size_t high = list->len; low < high;) {
        size_t middle = (low + high) / 2;

        if (list->at[middle].end <= start)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->len ? &list->at[low] : NULL;
}

static bool overlaps(const struct reference_list *list, uint32_t start, uint32_t end)
{
    const struct bytes *first = first_behind(list, start);

    return first && first->start < end;
}

__attribute__((noinline)) static enum reference_kind kind_about(const struct reference_lists *lists, uint32_t start,
                                                                uint32_t end)
{
    if (overlaps(&lists->links, start, end) || overlaps(&lists->others, start, end))
        return REFERENCE_LINK;
    const struct bytes *address = first_behind(&lists->addresses, start);
    return address && (address->start <= start || end <= address->end) && address->start < end ? REFERENCE_ADDRESS
                                                                                               : REFERENCE_NONE;
}

enum reference_kind references_about(struct references *references, uint32_t start, uint32_t end)
{
    const struct reference_lists *lists = references->lists;

    if (!lists->known)
        look(references);
    if (start >= lists->extent.end || end <= lists->extent.start)
        return REFERENCE_NONE;
    return kind_about(lists, start, end);
}

static void hide(char *text, const struct reference_list *list)
{
    for (size_t i = 0; i < list->len; i++)
        memset(text + list->at[i].start, HIDDEN, list->at[i].end - list->at[i].start);
}

struct span references_hidden(struct references *references)
{
    if (!references->lists->known)
        look(references);
    if (!references->lists->extent.end)
        return references->folded;
    struct span hidden = span_keep(references->folded, references->mem);
    hide((char *)hidden.at, &references->lists->links);
    hide((char *)hidden.at, &references->lists->others);
    hide((char *)hidden.at, &references->lists->addresses);
    return hidden;
}
