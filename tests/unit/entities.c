#include "tests/unit/support.h"
#include "tests/unit/test.h"

/* "hashtag:南鳥島 mention:user", with places where they are asked for. */
static struct span entities_of(const char *rules, struct span text)
{
    static const char *const kinds[ENTITY_KINDS] = {"hashtag", "mention", "url", "cashtag", "emoji"};
    const struct found *found = found_in(rules_from(rules), post_saying(text));
    struct span all = SPAN("");

    for (size_t i = 0; i < found->entities.len; i++) {
        const struct entity *entity = &found->entities.at[i];

        all = span_format(scratch(), "%.*s%s%s:%.*s", SPAN_ARGS(all), i ? " " : "", kinds[entity->kind],
                          SPAN_ARGS(entity->text));
        if (found->has_entity_places)
            all = span_format(scratch(), "%.*s@%u-%u", SPAN_ARGS(all), entity->start, entity->end);
    }
    return all;
}

#define STRINGS(text, expected) CHECK_SPAN(entities_of("version: 1\n", SPAN(text)), SPAN(expected))
#define OBJECTS(text, expected) CHECK_SPAN(entities_of("entities: objects\n", SPAN(text)), SPAN(expected))

TEST(entities_stand_in_the_texts_order_without_their_signs)
{
    STRINGS("🇯🇵 @user さん、＃南鳥島 を見て https://t.co/x $JPY #a",
            "emoji:🇯🇵 mention:user hashtag:南鳥島 url:https://t.co/x cashtag:JPY hashtag:a");
}

TEST(each_string_stands_once_where_it_is_first)
{
    STRINGS("#b #a #b @b #a 🎌 🎌", "hashtag:b hashtag:a mention:b emoji:🎌");
}

TEST(what_is_written_otherwise_is_another)
{
    STRINGS("#AI #ai #ＡＩ", "hashtag:AI hashtag:ai hashtag:ＡＩ");
}

TEST(thousands_of_the_same_are_one)
{
    struct buf text = buf_in(scratch());

    for (int i = 0; i < 20000; i++)
        buf_format(&text, "#t%d ", i % 3);
    CHECK_SPAN(entities_of("version: 1\n", buf_span(&text)), SPAN("hashtag:t0 hashtag:t1 hashtag:t2"));
}

TEST(objects_have_places_in_code_points_and_each_has_its_own)
{
    OBJECTS("🇯🇵 #レア と #レア", "emoji:🇯🇵@0-2 hashtag:レア@3-6 hashtag:レア@9-12");
    OBJECTS("＠user 👨‍👩‍👧", "mention:user@0-5 emoji:👨‍👩‍👧@6-11");
}

TEST(where_they_are_off_nothing_is_known)
{
    const struct found *found = found_in(rules_from("entities: off\n"), post_saying(SPAN("#a")));

    CHECK(!found->has_entities && found->entities.len == 0);
}

TEST(a_text_without_any_has_empty_lists)
{
    const struct found *found = found_in(rules_from("version: 1\n"), post_saying(SPAN("")));

    CHECK(found->has_entities && found->entities.len == 0);
}

TEST(nothing_is_known_of_an_updates_entities)
{
    CHECK(!found_in(rules_from("version: 1\n"), post_from("{\"id\":\"1\",\"metrics\":{}}"))->has_entities);
}

TEST(another_word_is_refused_with_what_there_is)
{
    CHECK_HAS(rules_problems("entities: object\n"),
              "rules.yaml:1:11: expected strings, objects or off, got \"object\"; did you mean \"objects\"?");
}
