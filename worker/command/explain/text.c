#include "common/fold.h"
#include "common/term.h"
#include "common/utf8.h"
#include "worker/command/explain/explain.h"

enum { INDENT = 2, LABEL = 20, HITS_SHOWN = 6, ENTITIES_SHOWN = 30, TEXT_COLUMNS = TERM_WIDTH - 2 * INDENT };

/* How the bytes of the text are marked. */
enum mark { MARK_NONE, MARK_IDLE, MARK_FIRES };

struct page {
    FILE *out;
    struct arena *mem;
    bool colour;
};

static const char *paint(const struct page *page, const char *code)
{
    return page->colour ? code : "";
}

#define BOLD(page)   paint(page, "\033[1m")
#define DIM(page)    paint(page, "\033[2m")
#define GREEN(page)  paint(page, "\033[32m")
#define YELLOW(page) paint(page, "\033[33m")
#define RESET(page)  paint(page, "\033[0m")

static void title(const struct page *page, const char *text)
{
    fprintf(page->out, "\n%s%s%s\n", BOLD(page), text, RESET(page));
}

static void put_code_point(const struct page *page, uint32_t code_point)
{
    char bytes[4];

    if (term_is_control(code_point))
        fputs("�", page->out);
    else
        fwrite(bytes, 1, utf8_encode(code_point, bytes), page->out);
}

/* Words from this column on, wrapped; the lines after the first are indented as far. */
static void put_words(const struct page *page, struct span words, int column)
{
    for (size_t at = 0; at < words.len;) {
        struct term_break line = term_break(words, at, TERM_WIDTH - column);

        if (at)
            fprintf(page->out, "%*s", column, "");
        while (at < line.end)
            put_code_point(page, utf8_next(words, &at));
        fputc('\n', page->out);
        at = line.next;
    }
}

/* A label in its column, or on a line of its own where it is too long, and what is said of it. */
static void say(const struct page *page, const char *colour, struct span label, struct span words)
{
    struct span line = term_line(label, TERM_WIDTH - INDENT, page->mem);

    fprintf(page->out, "%*s%s", INDENT, "", colour);
    term_pad(line, LABEL, page->out);
    fputs(RESET(page), page->out);
    if (term_columns(line) >= LABEL)
        fprintf(page->out, "\n%*s", INDENT + LABEL, "");
    put_words(page, words.len ? words : SPAN("-"), INDENT + LABEL);
}

/* --- the text --- */

static void mark_hits(const struct tag_explanation *tag, unsigned char *marks)
{
    for (size_t i = 0; i < tag->hits_len; i++) {
        const struct tag_hit *hit = &tag->hits[i];
        unsigned char mark = tag->fires && tag_hit_counted(hit) ? MARK_FIRES : MARK_IDLE;

        for (size_t at = hit->bytes.start; at < hit->bytes.end; at++)
            marks[at] = marks[at] < mark ? mark : marks[at];
    }
}

static unsigned char *marks_of(const struct explanation *all, struct arena *mem)
{
    unsigned char *marks = arena_zero(mem, all->post.text.len + 1);

    for (size_t i = 0; i < all->tags.len; i++)
        mark_hits(&all->tags.at[i], marks);
    return marks;
}

static void switch_mark(const struct page *page, unsigned char from, unsigned char to)
{
    static const char *const codes[] = {
        [MARK_NONE] = "",
        [MARK_IDLE] = "\033[33;4m",
        [MARK_FIRES] = "\033[1;32;4m",
    };

    if (from != to)
        fprintf(page->out, "%s%s", RESET(page), paint(page, codes[to]));
}

/* Without colour a row below the line points at what is marked. */
static void put_pointers(const struct page *page, const struct buf *row)
{
    size_t len = row->len;

    while (len && row->at[len - 1] == ' ')
        len--;
    if (len && !page->colour)
        fprintf(page->out, "%*s%.*s\n", INDENT, "", (int)len, row->at);
}

/* A code point without columns keeps the mark before it: an escape would tear it from its base. */
static void put_line(const struct page *page, struct span text, size_t at, size_t end, const unsigned char *marks)
{
    struct buf row = buf_in(page->mem);
    unsigned char mark = MARK_NONE;

    fprintf(page->out, "%*s", INDENT, "");
    while (at < end) {
        size_t start = at;
        uint32_t c = utf8_next(text, &at);
        int columns = term_columns((struct span){text.at + start, at - start});

        if (columns) {
            switch_mark(page, mark, marks[start]);
            mark = marks[start];
        }
        put_code_point(page, c);
        while (columns-- > 0)
            buf_char(&row, " ~^"[mark]);
    }
    switch_mark(page, mark, MARK_NONE);
    fputc('\n', page->out);
    put_pointers(page, &row);
}

static void print_text(const struct page *page, const struct explanation *all)
{
    struct span text = all->post.text;
    const unsigned char *marks = marks_of(all, page->mem);

    if (all->post.says != SAYS_POST)
        return;
    title(page, "Text");
    if (!text.len)
        fprintf(page->out, "%*sempty\n", INDENT, "");
    for (size_t at = 0; at < text.len;) {
        struct term_break line = term_break(text, at, TEXT_COLUMNS);

        put_line(page, text, at, line.end, marks);
        at = line.next;
    }
}

/* --- tags --- */

/* Folded, with blanks for line breaks. */
static struct span on_one_line(struct span text, struct arena *mem)
{
    struct span folded = span_keep(fold_text(text, mem), mem);

    for (size_t i = 0; i < folded.len; i++)
        if (folded.at[i] == '\n')
            ((char *)folded.at)[i] = ' ';
    return folded;
}

static bool has_folded(struct span text, struct span term, struct arena *mem)
{
    struct span folded = on_one_line(term, mem), all = on_one_line(text, mem);

    return memmem(folded.at, folded.len, all.at, all.len) != NULL;
}

/* "倭国" bytes 0–6 by 日本 (another name of it); a term that is there as written is not said twice. */
static void write_hit(struct buf *out, const struct tag_hit *hit)
{
    bool is_expression = span_starts(hit->term, SPAN("re:"));

    if (hit->text.len)
        buf_format(out, "\"%.*s\" ", SPAN_ARGS(hit->text));
    if (hit->bytes.end)
        buf_format(out, "bytes %zu–%zu ", hit->bytes.start, hit->bytes.end);
    else if (strcmp(hit->place, "text") != 0)
        buf_format(out, "in the %s ", hit->place);
    if (span_equal(hit->text, hit->term) && hit->bytes.end) {
        out->len--; /* the blank: the place says it all */
        return;
    }
    buf_format(out, "by %.*s", SPAN_ARGS(hit->term));
    if (hit->text.len && !is_expression && !has_folded(hit->text, hit->term, out->mem)
        && !span_starts(hit->term, SPAN("#")))
        buf_put(out, hit->but_for_accents ? SPAN(" (but for accents)") : SPAN(" (another name of it)"));
}

void explain_hits(const struct tag_explanation *tag, struct buf *out)
{
    size_t count = 0, start = out->len;

    for (size_t i = 0; i < tag->hits_len; i++) {
        if (!tag_hit_counted(&tag->hits[i]) || ++count > HITS_SHOWN)
            continue;
        if (out->len > start)
            buf_put(out, SPAN("; "));
        write_hit(out, &tag->hits[i]);
    }
    if (count > HITS_SHOWN)
        buf_format(out, "; and %zu more", count - HITS_SHOWN);
}

static void write_parents(struct buf *out, const struct tag_explanation *tag)
{
    if (!tag->implied_by_len)
        return;
    buf_format(out, "%simplied by ", out->len ? "; " : "");
    for (size_t i = 0; i < tag->implied_by_len; i++)
        buf_format(out, "%s%.*s", i ? ", " : "", SPAN_ARGS(tag->implied_by[i]));
}

static void print_tag(const struct page *page, const struct tag_explanation *tag)
{
    struct buf out = buf_in(page->mem);

    if (tag->fires)
        explain_hits(tag, &out);
    if (tag->fires && !out.len)
        buf_put(&out, SPAN("its rule holds without a hit"));
    write_parents(&out, tag);
    say(page, GREEN(page), tag->name, buf_span(&out));
}

static const struct tag_explanation *account_of(const struct explanation *all, struct span name)
{
    const struct tag_explanation *tag = all->tags.at;

    while (!span_equal(tag->name, name))
        tag++;
    return tag;
}

static void write_cancelled(struct buf *out, const struct tag_explanation *tag)
{
    size_t count = 0;

    for (size_t i = 0; i < tag->hits_len; i++) {
        const struct tag_hit *hit = &tag->hits[i];

        if (tag_hit_counted(hit) || ++count > HITS_SHOWN)
            continue;
        if (out->len)
            buf_put(out, SPAN("; "));
        write_hit(out, hit);
        if (hit->within)
            buf_format(out, ": it is within %s", hit->within);
        else if (hit->word.len)
            buf_format(out, ": the known word %.*s crosses its edge", SPAN_ARGS(hit->word));
        else
            buf_format(out, ": except %.*s covers it", SPAN_ARGS(hit->except));
    }
    if (count > HITS_SHOWN)
        buf_format(out, "; and %zu more", count - HITS_SHOWN);
}

static void print_cancelled(const struct page *page, const struct explanation *all)
{
    bool any = false;

    for (size_t i = 0; i < all->tags.len; i++) {
        struct buf out = buf_in(page->mem);

        write_cancelled(&out, &all->tags.at[i]);
        if (!out.len)
            continue;
        if (!any)
            title(page, "Cancelled hits");
        any = true;
        say(page, YELLOW(page), all->tags.at[i].name, buf_span(&out));
    }
}

static void print_misses(const struct page *page, const struct explanation *all)
{
    bool any = false;

    for (size_t i = 0; i < all->tags.len; i++) {
        const struct tag_explanation *tag = &all->tags.at[i];
        struct buf out = buf_in(page->mem);

        if (!tag->missed.len)
            continue;
        if (!any)
            title(page, "Near misses: one condition failed");
        any = true;
        buf_put(&out, tag->missed);
        buf_put(&out, SPAN("; hit: "));
        explain_hits(tag, &out);
        say(page, YELLOW(page), tag->name, buf_span(&out));
    }
}

static void print_tags(const struct page *page, const struct explanation *all)
{
    if (!all->found.has_tags)
        return;
    title(page, "Tags");
    if (!all->found.tags.len)
        fprintf(page->out, "%*snone\n", INDENT, "");
    for (size_t i = 0; i < all->found.tags.len; i++)
        print_tag(page, account_of(all, all->found.tags.at[i]));
    print_cancelled(page, all);
    print_misses(page, all);
}

/* --- sentiment --- */

/* -2 × 1.3 (stronger by とても) = -2.6 */
static void write_mood_hit(struct buf *out, const struct sentiment_hit *hit)
{
    if (!span_equal(hit->text, hit->term))
        buf_format(out, "\"%.*s\" ", SPAN_ARGS(hit->text));
    buf_format(out, "bytes %zu–%zu: %.*s", hit->bytes.start, hit->bytes.end, SPAN_ARGS(hit->weight));
    for (size_t i = 0; i < hit->turns.len; i++)
        buf_format(out, " %.*s", SPAN_ARGS(hit->turns.at[i]));
    if (hit->turns.len)
        buf_format(out, " = %.*s", SPAN_ARGS(hit->value));
}

static void print_mood(const struct page *page, const struct explanation *all)
{
    const struct sentiment_explanation *scoring = &all->scoring;

    if (!scoring->hits_len)
        return;
    title(page, "Terms of sentiment");
    for (size_t i = 0; i < scoring->hits_len; i++) {
        struct buf out = buf_in(page->mem);

        write_mood_hit(&out, &scoring->hits[i]);
        say(page, "", scoring->hits[i].term, buf_span(&out));
    }
    say(page, BOLD(page), SPAN("sum"), scoring->sum);
}

/* --- the rest --- */

static void write_entities(struct buf *out, const struct entities *entities, enum entity_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < entities->len; i++)
        if (entities->at[i].kind == kind && ++count <= ENTITIES_SHOWN)
            buf_format(out, "%s%.*s", out->len ? ", " : "", SPAN_ARGS(entities->at[i].text));
    if (count > ENTITIES_SHOWN)
        buf_format(out, " and %zu more", count - ENTITIES_SHOWN);
}

static void print_entities(const struct page *page, const struct explanation *all)
{
    if (!all->found.entities.len)
        return;
    title(page, "Entities");
    for (int kind = 0; kind < ENTITY_KINDS; kind++) {
        struct buf out = buf_in(page->mem);

        write_entities(&out, &all->found.entities, (enum entity_kind)kind);
        if (out.len)
            say(page, "", span_of(entity_names[kind]), buf_span(&out));
    }
}

static void print_account(const struct page *page, const struct finding *account)
{
    struct arena *mem = page->mem;
    struct span words;

    if (account->is_formula && account->value.len)
        words = span_format(mem, "= %.*s = %.*s", SPAN_ARGS(account->how), SPAN_ARGS(account->value));
    else if (account->value.len)
        words = span_format(mem, "%.*s: %.*s", SPAN_ARGS(account->value), SPAN_ARGS(account->how));
    else
        words = span_format(mem, "%s: %.*s", account->is_formula ? "unknown" : "none", SPAN_ARGS(account->how));
    say(page, account->value.len ? "" : DIM(page), account->name, words);
}

static void print_accounts(const struct page *page, const struct explanation *all)
{
    if (!all->accounts.len)
        return;
    title(page, "Found");
    for (size_t i = 0; i < all->accounts.len; i++)
        print_account(page, &all->accounts.at[i]);
}

static void print_route(const struct page *page, const struct route_explanation *account)
{
    struct buf out = buf_in(page->mem);

    if (!account->records_len) {
        buf_format(&out, "not taken: %.*s", SPAN_ARGS(account->why_not));
        say(page, DIM(page), account->route->name, buf_span(&out));
        return;
    }
    buf_format(&out, "%s to %.*s, key ",
               account->records[0].value.at ? shapes[account->route->shape]->name : "a tombstone",
               SPAN_ARGS(account->route->topic));
    for (size_t i = 0; i < account->records_len; i++) {
        struct span key = account->records[i].key;

        buf_format(&out, "%s%.*s", i ? ", " : "", SPAN_ARGS(key.at ? key : SPAN("none")));
    }
    say(page, GREEN(page), account->route->name, buf_span(&out));
}

static void print_routes(const struct page *page, const struct explanation *all)
{
    title(page, "Routes");
    for (size_t i = 0; i < all->routes_len; i++)
        print_route(page, &all->routes[i]);
}

static void print_fault(const struct page *page, const struct explanation *all)
{
    struct buf out = buf_in(page->mem);

    buf_format(&out, "%.*s. No post: it leaves by the dead letters.", SPAN_ARGS(all->why));
    say(page, YELLOW(page), span_of(fault_names[all->fault]), buf_span(&out));
}

static void print_head(const struct page *page, const struct explanation *all)
{
    static const char *const says[] = {
        [SAYS_POST] = "",
        [SAYS_UPDATE] = ": counts of a post, without its text",
        [SAYS_HIDE] = ": the post is to be shown no more",
        [SAYS_UNHIDE] = ": its hide is taken back",
        [SAYS_NOTHING] = "not a post: it is counted and dropped",
    };
    struct buf out = buf_in(page->mem);

    buf_format(&out, "%.*s%s", SPAN_ARGS(all->post.id), says[all->post.says]);
    if (all->post.author.handle.len)
        buf_format(&out, ", by @%.*s", SPAN_ARGS(all->post.author.handle));
    if (all->as_of_ms != TIME_UNKNOWN && all->post.says != SAYS_NOTHING)
        buf_format(&out, ", as of %.*s UTC", SPAN_ARGS(time_format(all->as_of_ms, 0, page->mem)));
    say(page, BOLD(page), span_of(explain_says(&all->post)), buf_span(&out));
}

void explain_words(const struct explanation *all, FILE *out, struct arena *mem)
{
    struct page page = {out, mem, term_has_colour(out)};

    if (all->fault) {
        print_fault(&page, all);
        return;
    }
    print_head(&page, all);
    if (all->post.says == SAYS_NOTHING)
        return;
    print_text(&page, all);
    print_tags(&page, all);
    print_mood(&page, all);
    print_entities(&page, all);
    print_accounts(&page, all);
    print_routes(&page, all);
}
