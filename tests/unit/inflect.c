#include "worker/enrich/inflect.h"
#include "tests/unit/support.h"
#include "tests/unit/test.h"

static struct span forms_of(enum word_class class, struct span word)
{
    struct form_list forms = {0};

    inflect(class, word, &forms, scratch());
    return joined((struct spans){forms.at, forms.len});
}

#define FORMS(class, word, expected) CHECK_SPAN(forms_of(class, SPAN(word)), SPAN(expected))

static bool finds(enum word_class class, struct span word, struct span text)
{
    struct form_list forms = {0};

    inflect(class, word, &forms, scratch());
    for (size_t i = 0; i < forms.len; i++)
        if (span_starts(text, forms.at[i]))
            return true;
    return false;
}

static void check_finds(enum word_class class, const char *word, const char *const *texts)
{
    for (; *texts; texts++)
        if (!finds(class, span_of(word), span_of(*texts)))
            test_failed(__FILE__, __LINE__, "no form of %s begins %s", word, *texts);
}

#define FINDS(class, word, ...) check_finds(class, word, (const char *const[]){__VA_ARGS__, NULL})

TEST(an_i_adjective_is_found_in_all_its_forms)
{
    FINDS(WORD_JA_ADJECTIVE, "楽しい", "楽しい", "楽しかった", "楽しくて", "楽しくない", "楽しければ", "楽しさ",
          "楽しそう", "楽しすぎる", "楽し過ぎ", "楽しげに", "楽しがる", "楽しー", "楽しっ");
    CHECK(!finds(WORD_JA_ADJECTIVE, SPAN("楽しい"), SPAN("楽しみ")));
}

TEST(good_is_irregular_and_yoku_alone_is_often)
{
    FINDS(WORD_JA_ADJECTIVE, "いい", "いい", "よい", "良い", "よかった", "良かった", "良くない", "良ければ",
          "よさそう");
    CHECK(!finds(WORD_JA_ADJECTIVE, SPAN("いい"), SPAN("よく行く")));
    CHECK_HAS(forms_of(WORD_JA_ADJECTIVE, SPAN("いい")), "よく|な");
    FORMS(WORD_JA_ADJECTIVE, "よい",
          "よい いい 良い よかっ 良かっ 良く よく|な よく|ありませ よく|ございませ よくは|な よくは|あり よくは|ござい "
          "よくも|な "
          "よくも|あり よくも|ござい よく|ねえ よく|ねぇ よく|ねー 良けれ 良さ よさそう よさげ 良すぎ よすぎ");
}

TEST(what_ends_in_nai_has_polite_and_short_forms)
{
    FINDS(WORD_JA_ADJECTIVE, "問題ない", "問題なかった", "問題ありません", "問題ございません", "問題ねえ");
    FINDS(WORD_JA_ADJECTIVE, "元気がない", "元気がありません", "元気がねえ");
    FINDS(WORD_JA_ADJECTIVE, "使えない", "使えません", "使えん", "使えず");
    FINDS(WORD_JA_ADJECTIVE, "納得いかない", "納得いきませんでした", "納得いかん", "納得いかねえ");
    FINDS(WORD_JA_NEGATION, "とは言えない", "とは言えません", "とは言えなかった", "とは言えず");
    FINDS(WORD_JA_NEGATION, "ではない", "ではありません", "ではございません", "ではなかった", "ではねえ");
    CHECK(!finds(WORD_JA_NEGATION, SPAN("じゃない"), SPAN("じゃん")));
    FORMS(WORD_JA_NEGATION, "不要", "不要");
}

TEST(a_godan_verb_changes_by_its_last_kana)
{
    FORMS(WORD_JA_GODAN, "笑う", "笑う 笑わ 笑い 笑え 笑お 笑っ");
    FORMS(WORD_JA_GODAN, "泣く", "泣く 泣か 泣き 泣け 泣こ 泣いた 泣いて 泣いち");
    FORMS(WORD_JA_GODAN, "騒ぐ", "騒ぐ 騒が 騒ぎ 騒げ 騒ご 騒いだ 騒いで");
    FORMS(WORD_JA_GODAN, "許す", "許す 許さ 許し 許せ 許そ");
    FORMS(WORD_JA_GODAN, "勝つ", "勝つ 勝た 勝ち 勝て 勝と 勝っ");
    FORMS(WORD_JA_GODAN, "死ぬ", "死ぬ 死な 死に 死ね 死の 死ん");
    FORMS(WORD_JA_GODAN, "喜ぶ", "喜ぶ 喜ば 喜び 喜べ 喜ぼ 喜ん");
    FORMS(WORD_JA_GODAN, "悲しむ", "悲しむ 悲しま 悲しみ 悲しめ 悲しも 悲しん");
    FORMS(WORD_JA_GODAN, "怒る", "怒る 怒ら 怒り 怒れ 怒ろ 怒っ");
}

TEST(an_ichidan_verb_is_found_by_its_stem_unless_that_is_one_sign)
{
    FORMS(WORD_JA_ICHIDAN, "褒める", "褒める 褒め");
    FINDS(WORD_JA_ICHIDAN, "褒める", "褒めた", "褒められる", "褒めない");
    FINDS(WORD_JA_ICHIDAN, "萎る", "萎る", "萎た", "萎てる", "萎ない", "萎ます", "萎れば", "萎よう");
    CHECK(!finds(WORD_JA_ICHIDAN, SPAN("萎る"), SPAN("萎縮")));
}

TEST(a_suru_noun_is_its_own_form)
{
    FORMS(WORD_JA_SURU, "感謝", "感謝");
    FORMS(WORD_AS_IT_IS, "最悪", "最悪");
}

TEST(english_adjectives_by_spelling)
{
    FORMS(WORD_EN_ADJECTIVE, "happy", "happy happier happiest happily happiness");
    FORMS(WORD_EN_ADJECTIVE, "nice", "nice nicer nicest nicely niceness");
    FORMS(WORD_EN_ADJECTIVE, "sad", "sad sadder saddest sadly sadness");
    FORMS(WORD_EN_ADJECTIVE, "kind", "kind kinder kindest kindly kindness");
    FORMS(WORD_EN_ADJECTIVE, "terrible", "terrible terribly terribleness");
    FORMS(WORD_EN_ADJECTIVE, "fantastic", "fantastic fantastically fantasticness");
    FORMS(WORD_EN_ADJECTIVE, "beautiful", "beautiful beautifully beautifulness");
    FORMS(WORD_EN_ADJECTIVE, "dull", "dull duller dullest dully dullness");
}

TEST(english_verbs_by_spelling)
{
    FORMS(WORD_EN_VERB, "love", "love loves loved loving");
    FORMS(WORD_EN_VERB, "stop", "stop stops stopped stopping");
    FORMS(WORD_EN_VERB, "cry", "cry cries cried crying");
    FORMS(WORD_EN_VERB, "enjoy", "enjoy enjoys enjoyed enjoying");
    FORMS(WORD_EN_VERB, "die", "die dies died dying");
    FORMS(WORD_EN_VERB, "agree", "agree agrees agreed agreeing");
    FORMS(WORD_EN_VERB, "panic", "panic panics panicked panicking");
    FORMS(WORD_EN_VERB, "miss", "miss misses missed missing");
    FORMS(WORD_EN_VERB, "fix", "fix fixes fixed fixing");
    FORMS(WORD_EN_VERB, "help", "help helps helped helping");
    FORMS(WORD_EN_VERB, "regret", "regret regrets regreted regreting regretted regretting");
    FORMS(WORD_EN_VERB, "let down", "let down lets down letted down letting down");
}

TEST(english_nouns_by_spelling)
{
    FORMS(WORD_EN_NOUN, "problem", "problem problems");
    FORMS(WORD_EN_NOUN, "tragedy", "tragedy tragedies");
    FORMS(WORD_EN_NOUN, "joy", "joy joys");
    FORMS(WORD_EN_NOUN, "crash", "crash crashes");
    FORMS(WORD_EN_NOUN, "power cut", "power cut power cuts");
}

TEST(a_word_that_is_not_of_the_class_is_told)
{
    const char *why;

    CHECK(!inflect_fits(WORD_JA_ADJECTIVE, SPAN("綺麗"), &why) && why);
    CHECK(!inflect_fits(WORD_JA_ADJECTIVE, SPAN("い"), &why));
    CHECK(!inflect_fits(WORD_JA_GODAN, SPAN("最悪"), &why));
    CHECK(!inflect_fits(WORD_JA_ICHIDAN, SPAN("笑う"), &why));
    CHECK(inflect_fits(WORD_JA_GODAN, SPAN("怒る"), &why) && !why);
    CHECK(inflect_fits(WORD_AS_IT_IS, SPAN("x"), &why));
}
