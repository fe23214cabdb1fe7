#include "worker/text/entity.h"

#include "common/buf.h"
#include "common/utf8.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { HOSTILE_BYTES = 256 * 1024 };

struct row {
    const char *text;
    const char *found; /* with | between */
};

static struct span joined(struct entities found, enum entity_kind kind, struct arena *mem)
{
    struct buf buf = buf_in(mem);

    for (size_t i = 0; i < found.len; i++) {
        if (found.at[i].kind != kind)
            continue;
        if (buf.len)
            buf_char(&buf, '|');
        buf_put(&buf, found.at[i].text);
    }
    return buf_span(&buf);
}

/* True if each row's text has just these entities of the kind; says which row has not. */
static bool rows_hold(enum entity_kind kind, const struct row *rows, size_t len)
{
    struct arena *mem = arena_new();
    bool hold = true;

    for (size_t i = 0; i < len; i++) {
        struct span found = joined(entities_find(span_of(rows[i].text), mem), kind, mem);

        if (span_equal(found, span_of(rows[i].found)))
            continue;
        hold = false;
        fprintf(stderr, "%s: \"%.*s\", not \"%s\"\n", rows[i].text, SPAN_ARGS(found), rows[i].found);
    }
    arena_free(mem);
    return hold;
}

TEST(hashtags_hold_letters_marks_and_digits_of_any_script)
{
    static const struct row rows[] = {
        {"海の底へ #南鳥島 の話", "南鳥島"},
        {"＃資源 と #深海", "資源|深海"},
        {"#レアアース泥、#レアメタル。", "レアアース泥|レアメタル"},
        {"#スーパームーン #ｽｰﾊﾟｰ", "スーパームーン|ｽｰﾊﾟｰ"},
        {"#ジョン・スミス #佐々木 #おすゝめ #ラ〜メン #カ～ド", "ジョン・スミス|佐々木|おすゝめ|ラ〜メン|カ～ド"},
        {"#2025年 #５月 #第3回", "2025年|５月|第3回"},
        {"#葛󠄀城 #𠮷野家", "葛󠄀城|𠮷野家"},
        {"#crème_brûlée #Überraschung", "crème_brûlée|Überraschung"},
        {"#가을하늘 #осень #ฤดูฝน #شتاء", "가을하늘|осень|ฤดูฝน|شتاء"},
    };
    CHECK(rows_hold(ENTITY_HASHTAG, rows, COUNT(rows)));
}

TEST(hashtags_have_a_letter)
{
    static const struct row rows[] = {
        {"#2025 #１０ #_ #5_6 #〃", ""}, {"背番号#18の選手", ""}, {"# 空白 ＃", ""}, {"#", ""}, {"#！ #🎉", ""},
    };
    CHECK(rows_hold(ENTITY_HASHTAG, rows, COUNT(rows)));
}

TEST(hashtags_begin_where_no_word_goes_on)
{
    static const struct row rows[] = {
        {"海底#泥", ""},
        {"mud#deep 7#seven _#under ー#ちょうおん ・#なかぐろ", ""},
        {"&#39; &#泥", ""},
        {"「#泥」（#海）、#底！#船", "泥|海|底|船"},
        {"🚢#出港 ✌️#平和 ☀︎#晴れ 👍🏽#賛成", "出港|平和|晴れ|賛成"},
        {"一行目\n#二行目", "二行目"},
        {"##二重 #＃重なる", "二重|重なる"},
    };
    CHECK(rows_hold(ENTITY_HASHTAG, rows, COUNT(rows)));
}

TEST(hashtags_are_not_followed_by_a_sign_or_a_protocol)
{
    static const struct row rows[] = {
        {"#海#陸", ""},      {"#海＃陸 #空", "空"},          {"#https://example.jp #http://例え.jp", ""},
        {"#海：青い", "海"}, {"#海: #陸; #空.", "海|陸|空"},
    };
    CHECK(rows_hold(ENTITY_HASHTAG, rows, COUNT(rows)));
}

TEST(hashtags_within_urls_do_not_count)
{
    static const struct row rows[] = {
        {"https://example.jp/map#港 example.jp/#top", ""},
        {"https://example.jp/?q=#a #外", "外"},
        {"https://t.co/Ab1/#続き", "続き"},
    };
    CHECK(rows_hold(ENTITY_HASHTAG, rows, COUNT(rows)));
}

TEST(mentions_take_twenty_letters_and_a_list)
{
    static const struct row rows[] = {
        {"@umi_no_soko さん", "umi_no_soko"},
        {"＠umi と @riku", "umi|riku"},
        {"船長の@kaptenです", "kapten"},
        {"@007 @_", "007|_"},
        {"@abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrst"},
        {"@umi/fune_no-kai を見て", "umi/fune_no-kai"},
        {"@umi/2025 @umi/", "umi|umi"},
        {"@umi/abcdefghijklmnopqrstuvwxyz", "umi/abcdefghijklmnopqrstuvwxy"},
        {"@海", ""},
        {"@", ""},
    };
    CHECK(rows_hold(ENTITY_MENTION, rows, COUNT(rows)));
}

TEST(mentions_begin_where_no_word_or_sign_stands)
{
    static const struct row rows[] = {
        {"a@umi 1@umi _@umi !@umi #@umi $@umi %@umi &@umi *@umi @@umi ＠@umi", ""},
        {".@umi -@umi 「@umi」(@umi)", "umi|umi|umi|umi"},
        {"RT@umi RT:@riku rt @sora", "umi|riku|sora"},
        {"RT@umi", "umi"},
        {"ART@umi .RT@umi", ""},
    };
    CHECK(rows_hold(ENTITY_MENTION, rows, COUNT(rows)));
}

TEST(mentions_are_no_addresses)
{
    static const struct row rows[] = {
        {"@umi@example.jp", ""},
        {"@umi＠riku", ""},
        {"@umié @umi://", ""},
        {"umi@example.jp", ""},
        {"@umiは @umi、@umi！", "umi|umi|umi"},
    };
    CHECK(rows_hold(ENTITY_MENTION, rows, COUNT(rows)));
}

TEST(urls_with_a_protocol_take_port_path_and_query)
{
    static const struct row rows[] = {
        {"詳細は https://example.jp/umi?x=1&y=2#top です", "https://example.jp/umi?x=1&y=2#top"},
        {"詳細はhttps://example.jp/umiです", "https://example.jp/umi"},
        {"HTTP://EXAMPLE.JP/A", "HTTP://EXAMPLE.JP/A"},
        {"http://localhost http://umi.x http://", ""},
        {"http://example.jp:8080/a http://example.jp:港", "http://example.jp:8080/a|http://example.jp"},
        {"http://日本語.jp/a http://みなと.みんな。", "http://日本語.jp/a|http://みなと.みんな"},
        {"http://xn--wgv71a119e.xn--q9jyb4c/", "http://xn--wgv71a119e.xn--q9jyb4c/"},
        {"http://海-山.jp http://sub_a.example.jp", "http://海-山.jp|http://sub_a.example.jp"},
        {"http://-a.jp http://a-.jp http://a_b.jp http://_a.b.jp http://a.b_.jp", ""},
        {"https://example.jp/Москва–a", "https://example.jp/Москва–a"},
        {"https://example.jp?", "https://example.jp"},
        {"ahttp://example.jp @http://example.jp $http://example.jp ＃http://example.jp", ""},
        {"ftp://example.jp", ""},
        {"https://https://example.jp", "https://example.jp"},
    };
    CHECK(rows_hold(ENTITY_URL, rows, COUNT(rows)));
}

TEST(urls_without_a_protocol_end_in_a_known_domain)
{
    static const struct row rows[] = {
        {"example.jp example.co.jp/a umi.example.museum", "example.jp|example.co.jp/a|umi.example.museum"},
        {"example.jpを見て、example.com。", "example.jp|example.com"},
        {"くわしくはexample.com/umiまで", "example.com/umi"},
        {"example.みんなで example.コム", "example.みんな|example.コム"},
        {"example.umi example.jpg ver.2.0 3.14 v1.2.3", ""},
        {"example.com:80 example.com:80/a example.com?a=1", "example.com|example.com:80/a|example.com"},
        {"Example.COM ELPASO.Com", "Example.COM|ELPASO.Com"},
        {"água.com", "água.com"},
        {"日本.example.jp a_b.example.jp a_b.jp", "example.jp|b.example.jp"},
        {"-example.jp /example.jp ..example.jp _example.jp", ""},
        {"example.jp-umi example.jp+umi", ""},
        {"甲.com乙.jp example.comあexample.jp", "example.com|example.jp"},
        {"改行前.\nexample.jp\nつぎ", "example.jp"},
    };
    CHECK(rows_hold(ENTITY_URL, rows, COUNT(rows)));
}

TEST(urls_are_found_behind_long_japanese)
{
    static const struct row rows[] = {
        {"このたび新しく開かれた海の博物館についてのくわしいお知らせと地図と時刻表はこちらexample."
         "jp/map",
         "example.jp/map"},
        {"地図/時刻表はexample.jpです", "example.jp"},
    };
    CHECK(rows_hold(ENTITY_URL, rows, COUNT(rows)));
}

TEST(urls_leave_out_what_the_sentence_puts_behind)
{
    static const struct row rows[] = {
        {"https://example.jp/a. https://example.jp/b, https://example.jp/c!?",
         "https://example.jp/a|https://example.jp/b|https://example.jp/c"},
        {"(https://example.jp/a) 「https://example.jp/b」", "https://example.jp/a|https://example.jp/b"},
        {"https://example.jp/a... https://example.jp/?q=a.", "https://example.jp/a|https://example.jp/?q=a"},
        {"https://example.jp/a。次", "https://example.jp/a"},
        {"https://example.jp/a- https://example.jp/b+", "https://example.jp/a-|https://example.jp/b+"},
    };
    CHECK(rows_hold(ENTITY_URL, rows, COUNT(rows)));
}

TEST(urls_keep_parentheses_that_close)
{
    static const struct row rows[] = {
        {"https://example.jp/umi_(soko) は", "https://example.jp/umi_(soko)"},
        {"https://example.jp/a(b(c)d)e", "https://example.jp/a(b(c)d)e"},
        {"https://example.jp/a(b(c(d)))", "https://example.jp/a"},
        {"https://example.jp/a() https://example.jp/b(c", "https://example.jp/a|https://example.jp/b"},
        {"（https://example.jp/a）", "https://example.jp/a"},
    };
    CHECK(rows_hold(ENTITY_URL, rows, COUNT(rows)));
}

TEST(urls_of_tco_end_behind_the_slug)
{
    static const struct row rows[] = {
        {"https://t.co/Ab12Cd34Efです", "https://t.co/Ab12Cd34Ef"},
        {"https://t.co/Ab12's https://t.co/Ab34-c https://t.co/Ab56/d",
         "https://t.co/Ab12|https://t.co/Ab34|https://t.co/Ab56"},
        {"https://t.co/Ab12?amp=1", "https://t.co/Ab12?amp=1"},
        {"https://t.co/a123456789b123456789c123456789d123456789",
         "https://t.co/a123456789b123456789c123456789d123456789"},
        {"https://t.co/a123456789b123456789c123456789d123456789e", ""},
        {"https://t.co/ https://t.co", "https://t.co/|https://t.co"},
    };
    CHECK(rows_hold(ENTITY_URL, rows, COUNT(rows)));
}

TEST(urls_are_no_addresses_and_no_other_entities)
{
    static const struct row rows[] = {
        {"umi@example.jp umi.soko@example.jp umi.jp@example.com", ""},
        {"umi＠example.jp", ""},
        {"@example.jp #example.jp $example.jp ＠example.jp ＃example.jp", ""},
        {"https://example.jp/@umi/ https://example.jp/$UMI", "https://example.jp/@umi/|https://example.jp/$UMI"},
    };
    CHECK(rows_hold(ENTITY_URL, rows, COUNT(rows)));
}

TEST(urls_have_labels_that_fit_the_dns)
{
    static const struct row rows[] = {
        {"http://a23456789b23456789c23456789d23456789e23456789f23456789g23456789.jp",
         "http://a23456789b23456789c23456789d23456789e23456789f23456789g23456789.jp"},
        {"http://a23456789b23456789c23456789d23456789e23456789f23456789g234567890.jp", ""},
        {"http://亜伊宇江於加紀久計古.jp/", "http://亜伊宇江於加紀久計古.jp/"},
        {"http://亜伊宇江於加紀久計古左之寸世曽多知川天止奈仁奴祢乃.jp/", ""},
        {"http://xn--日本.jp/", ""},
    };
    CHECK(rows_hold(ENTITY_URL, rows, COUNT(rows)));
}

TEST(cashtags_stand_between_blanks)
{
    static const struct row rows[] = {
        {"$TYO と $BRK.A と $umi_x 。", "TYO|BRK.A|umi_x"},
        {"$TYO、 $TYO", "TYO"},
        {"$TYO. $TYO, ($TYO) a$TYO $TYO$TYO", "TYO|TYO|TYO"},
        {"$TOOLONGX $5 $T5 $海 $ $TYO海", ""},
        {"$TYO.ABC $TYO.A1", "TYO|TYO"},
        {"　$TYO\n$OSE\n", "TYO|OSE"},
    };
    CHECK(rows_hold(ENTITY_CASHTAG, rows, COUNT(rows)));
}

TEST(emoji_sequences_count_as_one)
{
    static const struct row rows[] = {
        {"快晴☀️です✨", "☀️|✨"},
        {"👍🏽👩🏻‍🚀👨‍👩‍👧‍👦", "👍🏽|👩🏻‍🚀|👨‍👩‍👧‍👦"},
        {"🇯🇵🇰🇷 🇯", "🇯🇵|🇰🇷"},
        {"🏴󠁧󠁢󠁥󠁮󠁧󠁿と🏴‍☠️と🏳️‍🌈",
         "🏴󠁧󠁢󠁥󠁮󠁧󠁿|🏴‍☠️|🏳️‍🌈"},
        {"1️⃣ #️⃣ *️⃣ 2⃣", "1️⃣|#️⃣|*️⃣|2⃣"},
        {"❤️‍🔥 ❤‍🔥 ☝🏻 ㊗️ ©️ ‼️",
         "❤️‍🔥|❤‍🔥|☝🏻|㊗️|©️|‼️"},
        {"🍣🏻", "🍣|🏻"},
        {"🍣‍", "🍣"},
        {"🫩🛘", "🫩|🛘"},
    };
    CHECK(rows_hold(ENTITY_EMOJI, rows, COUNT(rows)));
}

TEST(emoji_are_not_what_is_shown_as_text)
{
    static const struct row rows[] = {
        {"© ® ™ ① ㊗ 〰 ★ ♪ → ※ 1 # *", ""},
        {"↔︎ ☀︎ 🍣︎ ❤", ""},
        {"️ ⃣ ‍", ""},
        {"𠮷 𝒜 🀀", ""},
    };
    CHECK(rows_hold(ENTITY_EMOJI, rows, COUNT(rows)));
}

TEST(keycaps_are_no_hashtags)
{
    static const struct row rows[] = {{"#️⃣タグ #⃣タグ", ""}};

    CHECK(rows_hold(ENTITY_HASHTAG, rows, COUNT(rows)));
}

TEST(entities_come_in_order_with_their_code_points)
{
    static const struct {
        enum entity_kind kind;
        uint32_t start, end;
        const char *text;
    } expected[] = {
        {ENTITY_MENTION, 0, 4, "umi"},         {ENTITY_EMOJI, 5, 7, "🇯🇵"},
        {ENTITY_HASHTAG, 8, 12, "レアア"},     {ENTITY_URL, 13, 33, "https://example.jp/a"},
        {ENTITY_CASHTAG, 35, 39, "TYO"},       {ENTITY_EMOJI, 40, 43, "3️⃣"},
        {ENTITY_MENTION, 43, 53, "riku/fune"},
    };
    struct arena *mem = arena_new();
    struct entities found =
        entities_find(SPAN("@umi𠮷🇯🇵 ＃レアア https://example.jp/a。 $TYO 3️⃣@riku/fune"), mem);

    CHECK(found.len == COUNT(expected));
    for (size_t i = 0; i < found.len && i < COUNT(expected); i++) {
        CHECK(found.at[i].kind == expected[i].kind);
        CHECK(found.at[i].start == expected[i].start);
        CHECK(found.at[i].end == expected[i].end);
        CHECK_SPAN(found.at[i].text, span_of(expected[i].text));
    }
    arena_free(mem);
}

TEST(the_earlier_of_two_entities_that_overlap_stays)
{
    static const struct row tags[] = {{"#港example.jp/#船 #空", "港example|船|空"}};
    static const struct row urls[] = {{"#港example.jp/#船", ""}};

    CHECK(rows_hold(ENTITY_HASHTAG, tags, COUNT(tags)));
    CHECK(rows_hold(ENTITY_URL, urls, COUNT(urls)));
}

TEST(a_text_may_be_empty_or_hold_nul)
{
    static const char text[] = "海\0#泥\0.com\0@umi\0";
    struct arena *mem = arena_new();

    CHECK(entities_find((struct span){NULL, 0}, mem).len == 0);
    struct entities found = entities_find((struct span){text, sizeof(text)}, mem);
    CHECK_SPAN(joined(found, ENTITY_HASHTAG, mem), SPAN("泥"));
    CHECK_SPAN(joined(found, ENTITY_MENTION, mem), SPAN("umi"));
    arena_free(mem);
}

/* Where time grew with the square of the length, each of these would take half a minute. */
static bool takes_long(const char *head, const char *unit)
{
    struct arena *mem = arena_new();
    struct buf buf = buf_in(mem);

    buf_put(&buf, span_of(head));
    while (buf.len < HOSTILE_BYTES)
        buf_put(&buf, span_of(unit));
    clock_t start = clock();
    entities_find(buf_span(&buf), mem);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    arena_free(mem);
    if (seconds > 3)
        fprintf(stderr, "%s%s…: %.1f s\n", head, unit, seconds);
    return seconds > 3;
}

TEST(hostile_texts_take_time_by_their_length)
{
    static const char *const hostile[][2] = {
        {"", "a."},
        {"", "あ."},
        {"", "a-."},
        {"", "@"},
        {"", "#"},
        {"", "#1"},
        {"", "("},
        {"", "http://"},
        {"http://", "a."},
        {"http://", "あ."},
        {"", "http://a.jp/("},
        {"http://a.jp/(", "a"},
        {"", "@a.jp/"},
        {"", "a.jp/"},
        {"", "a.jp?)"},
        {"", "_a.b.jp"},
        {"", "http://t.co/a-"},
        {"", "あ"},
        {"", "👨‍"},
        {"🏴", "󠁧"},
        {"", "🇯"},
        {"", "1️"},
        {"", "$A"},
        {"#", "か゛"},
    };

    for (size_t i = 0; i < COUNT(hostile); i++)
        CHECK(!takes_long(hostile[i][0], hostile[i][1]));
}
