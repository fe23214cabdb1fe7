#include "worker/text/html.h"
#include "common/arena.h"
#include "common/buf.h"
#include "common/utf8.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <time.h>

static struct arena *mem;

static void clean(void)
{
    arena_free(mem);
}

static struct arena *scratch(void)
{
    if (!mem) {
        mem = arena_new();
        atexit(clean);
    }
    return mem;
}

static struct span text_of(const char *html)
{
    return html_text(span_of(html), SPAN(""), NULL, scratch());
}

static struct span repeated(const char *piece, size_t times)
{
    struct buf out = buf_in(scratch());

    for (size_t i = 0; i < times; i++)
        buf_put(&out, span_of(piece));
    return buf_span(&out);
}

#define READS(html, text) CHECK_SPAN(text_of(html), SPAN(text))

TEST(paragraphs_stand_apart_and_br_begins_a_line)
{
    READS("<p>南鳥島の話🚢<br />二行目</p><p>次の段落</p>", "南鳥島の話🚢\n二行目\n\n次の段落");
    READS("<p>a</p>\n  <p>b</p>\n", "a\n\nb");
    READS("a<br>b<br><br>c", "a\nb\n\nc");
    READS("<p>a<br></p><p>b</p>", "a\n\nb");
    READS("a<br><p>b</p>", "a\n\nb");
    READS("<br><p></p>a<p></p><br>", "a");
    READS("<div>a</div><div>b</div>", "a\nb");
    READS("<ul><li>①</li><li>②</li></ul>c", "①\n②\n\nc");
    READS("<blockquote><p>a</p></blockquote><p>b</p>", "a\n\nb");
    READS("<P>a<BR/>b</P>", "a\nb");
}

TEST(white_space_is_one_blank_but_not_in_pre)
{
    READS("  a \t\r\n b  ", "a b");
    READS("a <br> b", "a\nb");
    READS("a <b> b</b>", "a b");
    READS("全角　空白", "全角　空白");
    READS("<pre>\nif x:\n    y  z\n</pre>after", "if x:\n    y  z\n\nafter");
}

TEST(a_link_reads_as_it_is_shown)
{
    READS("<a href=\"https://www.example.com/2026/05/rare-earth\" rel=\"nofollow\"><span class=\"invisible\">"
          "https://www.</span><span class=\"ellipsis\">example.com/2026/05</span><span class=\"invisible\">"
          "/rare-earth</span></a> を読む",
          "example.com/2026/05… を読む");
    READS("<a class='mention hashtag' href=x>#<span>海底資源</span></a>", "#海底資源");
    READS("<span class=\"h-card\"><a class=\"u-url mention\">@<span>umi</span></a></span> へ", "@umi へ");
    READS("<span class=\"big invisible\">x<span>y</span></span>z", "z");
    READS("<span class=\"ellipsis\"><span>a</span>b</span>c", "ab…c");
    READS("<span class=\"visible\">a</span><span class=\"not-invisible\">b</span>", "ab");
}

TEST(a_named_class_is_left_out)
{
    const char *quote = "<p class=\"quote-inline\">RE: <a href=\"x\">x</a><br></p><p>本文</p>";
    const char *span = "本文<span class=\"quote-inline\"><br/><br/>RE: <a>x</a></span>";

    CHECK_SPAN(html_text(span_of(quote), SPAN("quote-inline"), NULL, scratch()), SPAN("本文"));
    CHECK_SPAN(html_text(span_of(span), SPAN("quote-inline"), NULL, scratch()), SPAN("本文"));
    READS("<p class=\"quote-inline\">RE: x</p><p>本文</p>", "RE: x\n\n本文");
}

TEST(references_are_what_they_stand_for)
{
    READS("R&amp;D &lt;3 &quot;a&quot; &apos;b&apos;", "R&D <3 \"a\" 'b'");
    READS("&hellip;&mdash;&yen;&eacute;&Eacute;&thetasym;&rarr;", "…—¥éÉϑ→");
    READS("&#12354;&#x3042;&#X3042;&#x1f6a2;", "あああ🚢");
    READS("&#128;&#x85;&#x93;", "€…“");
    READS("&#0;&#xD800;&#x110000;&#99999999999999999999;", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    READS("a&nbsp;b", "a\xC2\xA0"
                      "b");
    READS("a&#32;&#10;b", "a b");
    READS("&#x;&#;&unknown;&;& &amp", "&#x;&#;&unknown;&;& &");
    READS("a&ampb &copy2026 &hellipx AT&T", "a&b ©2026 &hellipx AT&T");
    READS("&amp;lt;", "&lt;");
}

TEST(what_is_no_text_is_gone)
{
    READS("a<script>if (x < 1) document.write('<p>b</p>')</script>c", "ac");
    READS("a<style>p > b { }</style>c<STYLE>d</sTyLe >e", "ace");
    READS("a<script>b</scripts>c</script>d", "ad");
    READS("a<!-- <p>b</p> -- > -->c<!---->d", "acd");
    READS("a<!doctype html><?xml x?></>b", "ab");
    READS("a<img alt=\"x > y\" src='>'>b", "ab");
    READS("<ruby>倭国<rp>(</rp><rt>わこく</rt><rp>)</rp></ruby>", "倭国(わこく)");
}

TEST(broken_markup_reads_sensibly)
{
    READS("1 < 2 <3 a<", "1 < 2 <3 a<");
    READS("a</", "a</");
    READS("a<b", "a");
    READS("a<a href=\"x>b</a>", "a");
    READS("a<p", "a");
    READS("a<!-- b", "a");
    READS("a<script>b", "a");
    READS("a</p></p></span></a>b", "a\n\nb");
    READS("<p>a<p>b<p>c", "a\n\nb\n\nc");
    READS("<a><span class=\"invisible\">x</a>y", "y");
    READS("<p><span class=\"invisible\">x</p>y", "y");
    READS("<span class=\"invisible\">x", "");
    READS("<span class=\"ellipsis\">x", "x…");
    READS("<span class>a</span><span class=>b</span><span =invisible>c</span>", "abc");
    READS("<span/class=\"invisible\"/>a</span>b", "b");
    READS("<p class=\"a\" class=\"quote-inline\">a</p>", "a");
    READS("<a <b>c", "c");
    READS("", "");
}

TEST(a_nul_is_no_text)
{
    CHECK_SPAN(html_text(SPAN("a\0b<p\0>c"), SPAN(""), NULL, scratch()), SPAN("abc"));
}

static double seconds_for(struct span html)
{
    clock_t start = clock();
    struct span text = html_text(html, SPAN("quote-inline"), NULL, scratch());

    CHECK(utf8_valid(text));
    CHECK(text.len <= html.len * 4);
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

TEST(depth_and_length_take_their_time_in_proportion)
{
    static const char *const pieces[] = {
        "<span class=invisible>",
        "<span class=\"ellipsis\">a",
        "<p>",
        "<a>",
        "<b><p><a><span>",
        "</span>",
        "&amp;",
        "&",
        "&#",
        "&#x1",
        "&aaaaaaaa",
        "<",
        "<a",
        "<a ",
        "<a b=\"",
        "<!--",
        "<!",
        "</",
        "<script>",
        "<br>",
        "<pre> ",
        "<script></scrip",
        "</p><br>",
        "<p class=quote-inline>",
        "<a b='",
        "<a b= ",
        "-->",
        "\xF0\x9F\x9A\xA2",
    };

    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        CHECK(seconds_for(repeated(pieces[i], (1 << 20) / strlen(pieces[i]))) < 2.0);
    CHECK_SPAN(html_text(repeated("<span>", 10000), SPAN(""), NULL, scratch()), SPAN(""));
    CHECK(html_text(repeated("&#12354;", 1 << 17), SPAN(""), NULL, scratch()).len == 3 << 17);
}

/* Any bytes between a few marks: the text stays well-formed and no longer than the markup allows. */
TEST(any_markup_gives_well_formed_text)
{
    static const char *const marks[] = {
        "<",      ">",   "&",   ";",     "\"",    "'",         "=",
        "/",      "!",   "--",  "#",     "x",     " ",         "\n",
        "p",      "br",  "a",   "span",  "class", "invisible", "ellipsis",
        "script", "pre", "amp", "12354", "あ",    "🚢",         "quote-inline",
    };
    unsigned state = 7;

    for (int round = 0; round < 20000; round++) {
        struct buf html = buf_in(scratch());

        for (int i = 0; i < 24; i++) {
            state = state * 1103515245u + 12345u;
            buf_put(&html, span_of(marks[(state >> 16) % (sizeof marks / sizeof *marks)]));
        }
        struct span text = html_text(buf_span(&html), SPAN("quote-inline"), NULL, scratch());
        if (!utf8_valid(text) || text.len > html.len * 4) {
            test_failed(__FILE__, __LINE__, "wrong text from %.*s", SPAN_ARGS(buf_span(&html)));
            return;
        }
    }
}

static struct span written(struct span text)
{
    struct buf out = buf_in(scratch());

    html_write(&out, text);
    return buf_span(&out);
}

TEST(text_as_markup_is_read_back_as_it_was)
{
    CHECK_SPAN(written(SPAN("a<b>&\"'c")), SPAN("a&lt;b&gt;&amp;&quot;&#39;c"));
    CHECK_SPAN(written(SPAN("\0\x1B\x7F\t\n")), SPAN("\uFFFD\uFFFD\uFFFD\t\n"));
    static const char *const texts[] = {"</td></table><script>alert(1)</script>", "&lt;b&gt;", "\" onload='x'",
                                        "南鳥島🚢"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CHECK_SPAN(html_text(written(span_of(texts[i])), SPAN(""), NULL, scratch()), span_of(texts[i]));
}

TEST(links_are_what_is_seen_and_where_it_leads)
{
    struct html_links links = {0};

    html_text(SPAN("<p>a <a href=\"https://a.example/?x=1&amp;copy=2\" class=\"b c\" rel=tag> <span "
                   "class=\"invisible\">https://</span>a.example</a>"
                   "<a name=x>no link</a><span class=\"quote-inline\">RE: <a href=\"https://q.example\">q</a></span> "
                   "<a href='https://c.example'>open"),
              SPAN("quote-inline"), &links, scratch());
    CHECK(links.len == 2);
    CHECK_SPAN(links.at[0].href, SPAN("https://a.example/?x=1&copy=2"));
    CHECK_SPAN(links.at[0].text, SPAN("a.example"));
    CHECK_SPAN(links.at[0].class, SPAN("b c"));
    CHECK_SPAN(links.at[0].rel, SPAN("tag"));
    CHECK_SPAN(links.at[1].text, SPAN("open"));
}

TEST(references_alone_leave_the_rest)
{
    CHECK_SPAN(html_references(SPAN("R&amp;D &lt;b&gt;\n a"), scratch()), SPAN("R&D <b>\n a"));
    CHECK_SPAN(html_references(SPAN("?a=1&copy=2&copyx &copy; &#x6D77;"), scratch()), SPAN("?a=1&copy=2&copyx © 海"));
    CHECK_SPAN(html_references(SPAN("plain & simple"), scratch()), SPAN("plain & simple"));
}
