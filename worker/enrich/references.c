#include "worker/enrich/references.h"
#include "common/fold.h"
#include "common/utf8.h"

#include <ctype.h>
#include <string.h>

enum { HIDDEN = 0x1F };

struct references references_of(struct span text, struct span folded, struct arena *mem)
{
    return (struct references){.text = text, .folded = folded, .mem = mem};
}

struct references references_of_post(const struct reading *reading, const struct found *found, struct arena *mem)
{
    struct references references = references_of(reading->post->text, reading->folded, mem);

    references.places = found->has_entities ? &found->places : NULL;
    return references;
}

/* --- links --- */

static size_t count_links(const struct entities *places)
{
    size_t count = 0;

    for (size_t i = 0; i < places->len; i++)
        count += places->at[i].kind == ENTITY_URL;
    return count;
}

static bool is_sign(char c)
{
    return c > ' ' && c < 0x7F;
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

static void find_places(struct references *references)
{
    struct entities *places;

    if (references->places)
        return;
    places = arena_take(references->mem, sizeof *places);
    *places = entities_find(references->text, references->mem);
    references->places = places;
}

static bool has_wide_link(struct references *references)
{
    if (references->wide_known)
        return references->wide;
    references->wide_known = true;
    find_places(references);
    for (size_t i = 0; !references->wide && i < references->places->len; i++)
        if (references->places->at[i].kind == ENTITY_URL)
            references->wide = !is_ascii(whole_link(references->text, references->places->at[i].text));
    return references->wide;
}

/* A link begins with a letter or a digit, which joins nothing before it: so the text may be folded up to there alone.
 */
static void add_links(struct references *references, const struct entities *places)
{
    struct span text = references->text;
    size_t at = 0, folded_at = 0, behind = 0;

    for (size_t i = 0; i < places->len; i++) {
        size_t start = (size_t)(places->at[i].text.at - text.at);

        if (places->at[i].kind != ENTITY_URL || start < behind)
            continue;
        struct span link = whole_link(text, places->at[i].text);
        folded_at += fold_text((struct span){text.at + at, start - at}, references->mem).len;
        at = start;
        behind = start + link.len;
        size_t end = folded_at + fold_text(link, references->mem).len;
        references->links.at[references->links.len++] =
            (struct bytes){folded_at, end < references->folded.len ? end : references->folded.len};
    }
}

static void find_links(struct references *references)
{
    find_places(references);
    size_t count = count_links(references->places);
    references->links.at = arena_take(references->mem, count * sizeof *references->links.at);
    if (count)
        add_links(references, references->places);
}

/* From the letters before :// to the last ASCII sign behind it. */
static struct bytes link_about(struct span text, size_t colon, size_t from)
{
    struct bytes run = {colon, colon};

    while (run.start > from && isalpha((unsigned char)text.at[run.start - 1]))
        run.start--;
    while (run.end < text.len && is_sign(text.at[run.end]) && !strchr("\"<>", text.at[run.end]))
        run.end++;
    run.end = run.start + whole_link(text, (struct span){text.at + run.start, run.end - run.start}).len;
    return run;
}

static void add_reference(struct references *references, struct reference_list *list, size_t *cap, struct bytes bytes)
{
    list->at = arena_room(references->mem, list->at, list->len, cap, sizeof *list->at);
    list->at[list->len++] = bytes;
}

static void find_others(struct references *references)
{
    struct span text = references->folded;
    size_t from = 0, cap = 0;

    for (const char *at; from < text.len && (at = memmem(text.at + from, text.len - from, "://", 3));) {
        struct bytes run = link_about(text, (size_t)(at - text.at), from);

        add_reference(references, &references->others, &cap, run);
        from = run.end;
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

static const char *next_at(struct span text, size_t from)
{
    return from < text.len ? memchr(text.at + from, '@', text.len - from) : NULL;
}

static void find_addresses(struct references *references)
{
    struct span text = references->folded;
    size_t from = 0, cap = 0;

    for (const char *at; (at = next_at(text, from));) {
        struct bytes run = address_about(text, (size_t)(at - text.at), from);

        from = run.end;
        if (run.start < run.end)
            add_reference(references, &references->addresses, &cap, run);
    }
}

/* --- asking --- */

static void look(struct references *references)
{
    if (references->known)
        return;
    references->known = true;
    find_links(references);
    find_others(references);
    find_addresses(references);
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

/* Something of a link or an address is beside the hit, or within it. */
static bool may_be_within(struct references *references, uint32_t start, uint32_t end)
{
    struct span text = references->folded;

    if ((unsigned char)text.at[start] < 0x80
        && ((start && is_sign(text.at[start - 1])) || (end < text.len && is_sign(text.at[end]))))
        return true;
    return has_wide_link(references);
}

static bool overlaps(const struct reference_list *list, uint32_t start, uint32_t end)
{
    const struct bytes *first = first_behind(list, start);

    return first && first->start < end;
}

enum reference_kind references_about(struct references *references, uint32_t start, uint32_t end)
{
    if (!may_be_within(references, start, end))
        return REFERENCE_NONE;
    look(references);
    if (overlaps(&references->links, start, end) || overlaps(&references->others, start, end))
        return REFERENCE_LINK;
    const struct bytes *address = first_behind(&references->addresses, start);
    return address && (address->start <= start || end <= address->end) && address->start < end ? REFERENCE_ADDRESS
                                                                                               : REFERENCE_NONE;
}

static void hide(char *text, const struct reference_list *list)
{
    for (size_t i = 0; i < list->len; i++)
        memset(text + list->at[i].start, HIDDEN, list->at[i].end - list->at[i].start);
}

struct span references_hidden(struct references *references)
{
    look(references);
    if (!references->links.len && !references->others.len && !references->addresses.len)
        return references->folded;
    struct span hidden = span_keep(references->folded, references->mem);
    hide((char *)hidden.at, &references->links);
    hide((char *)hidden.at, &references->others);
    hide((char *)hidden.at, &references->addresses);
    return hidden;
}
