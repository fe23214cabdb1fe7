/* Names of the files of a site, and links from one to another: for any static host, and for a folder on a disk.
 *
 *     index.html, index-2.html…, about.html    the list in parts, in the site's language
 *     tags/NAME.html, posts/NAME.html          each tag, and each post that a tag's page shows
 *     LANGUAGE/…                               the same pages in each other language
 *     index.json, .csv, tags/NAME.json, .csv, tags/NAME.series.csv, posts/NAME.json, .csv    the data, once */
#include "common/hash.h"
#include "worker/trends/page/markup.h"

struct span page_file_name(struct span name, struct arena *mem)
{
    enum { MOST = 120 };
    struct buf out = buf_in(mem);

    for (size_t i = 0; i < name.len && out.len < MOST; i++) {
        char c = name.at[i];

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')
            buf_char(&out, c);
        else
            buf_format(&out, "_%02X", (unsigned char)c);
    }
    if (out.len >= MOST)
        buf_format(&out, "__%016llx", (unsigned long long)hash_bytes(name));
    return buf_span(&out);
}

static struct span list_path(const struct page_context *page, const char *type, struct arena *mem)
{
    return page->part > 1 ? span_format(mem, "index-%zu.%s", page->part, type) : span_format(mem, "index.%s", type);
}

static struct span post_name(const struct question *question, struct arena *mem)
{
    struct span network = question->network.len ? question->network : SPAN("-");

    return page_file_name(span_joined(mem, network, SPAN("/"), question->id), mem);
}

struct span page_site_path(const struct page_context *page, enum page_target target, const struct question *question,
                           struct arena *mem)
{
    bool is_data = target == TO_JSON || target == TO_CSV;
    const char *type = target == TO_JSON ? "json" : target == TO_CSV ? "csv" : "html";

    if (target == TO_ABOUT)
        return SPAN("about.html");
    if (target == TO_LIST || (is_data && question->kind == ASK_TAGS))
        return list_path(page, type, mem);
    if (target == TO_POST || (is_data && question->kind == ASK_POST))
        return span_format(mem, "posts/%.*s.%s", SPAN_ARGS(post_name(question, mem)), type);
    return span_format(mem, "tags/%.*s%s.%s", SPAN_ARGS(page_file_name(question->tag, mem)),
                       is_data && question->kind == ASK_SERIES ? ".series" : "", type);
}

/* From the page's folder to the root of the site. */
static struct span to_root(const struct page_context *page)
{
    bool is_main = page->language == page->site_language;

    return page->is_below ? is_main ? SPAN("../") : SPAN("../../") : is_main ? SPAN("") : SPAN("../");
}

struct span site_link(const struct page_context *page, enum page_target target, const struct question *question,
                      struct arena *mem)
{
    bool is_data = target == TO_JSON || target == TO_CSV;
    struct span up = is_data ? to_root(page) : page->is_below ? SPAN("../") : SPAN("");

    if (target == TO_LIST)
        return span_joined(mem, up, SPAN("index.html"), (struct span){0});
    return span_joined(mem, up, page_site_path(page, target, question, mem), (struct span){0});
}

struct span site_language_link(const struct page_context *page, enum page_language language, enum page_target self,
                               struct arena *mem)
{
    bool is_main = language == page->site_language;
    struct span folder = is_main ? SPAN("") : span_format(mem, "%.*s/", SPAN_ARGS(page_language_name(language)));

    return span_joined(mem, to_root(page), folder, page_site_path(page, self, page->question, mem));
}
