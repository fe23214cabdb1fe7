#!/usr/bin/python3
"""Every term of ja.yaml by every negative ending that its class takes: the labels have to be right.

    negation.py [--of N] [--show N] [--counts]     TRENDMILL names the binary

A million texts take a minute of CPU and more. With --of N each term takes every N-th ending, another term others, so that
all terms and all endings are still met.

The endings are those of the articles "Japanese conjugation" (https://en.wikipedia.org/wiki/Japanese_conjugation) and
"Japanese adjectives" (https://en.wikipedia.org/wiki/Japanese_adjectives): negative, polite negative, both pasts, the
negative te-form, -zu, of adjectives, copula, godan and ichidan verbs and する, with the topic and inclusive particles
between stem and ending. Adverbs are those that go with a negative predicate (S. Makino and M. Tsutsui, A Dictionary of
Basic Japanese Grammar). A row has an expectation of its own: `turned` (a positive term is negative, or no longer
positive where it is weak; a negative one is not negative), `kept` (the sign is not the opposite one)."""

import argparse
import sys
from collections import Counter
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from itertools import islice
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
# What these come to depends on another word that they hold: 晴れ and 片付け are weaker words of their own, だけではない,
# 夢じゃない, キリがない, だらしません, よくない, つまらない, 〜たはなし, 〜ばかりではない and 恋しそう are words of their own, 消えたくない is a wish, and
# 重たくない looks like one.
LEFT_OUT = {"晴れる", "片付ける", "打ち切り", "口だけ", "口先だけ", "いい夢", "だらだら", "頭いい", "つよい", "いい",
            "どーでもいい", "胸が詰まる", "キリキリ", "死にたい", "しにたい", "消えたい", "よい", "重たい", "ウザったい",
            "もたもた", "失恋"}
CHUNK = 20000            # texts at a time: memory
STRONG = 0.8            # a weaker term does not reach the threshold once it is negated

ADVERBS = ("全く", "全然", "まったく", "ぜんぜん", "一切", "少しも", "ちっとも", "微塵も", "それほど", "そんなに", "あまり",
           "さほど", "決して", "ほとんど", "もう", "今は", "何ら", "なんら", "一向に", "到底", "特に", "別に", "大して", "今回は")
IS = ("ない", "なかった", "ないです", "なかったです", "ありません", "ありませんでした", "ございません", "ございませんでした",
      "ないよ", "なくて終わった", "ないし", "ないのが事実", "無い", "無かった")
COPULA = tuple(head + tail for head in ("では", "じゃ") for tail in IS) + (
    "でない", "でもない", "でもありません", "とは言えない", "とは言えません", "とはいえない", "とはいえません", "とは言えなかった",
    "とは言えませんでした", "とも言えない", "とも言えません", "とは言い難い", "とは言いがたい", "とは思えない", "とは思えません",
    "とは思わない", "とは思いません", "とは思わなかった", "とは感じない", "とは感じませんでした", "とは呼べない", "とは呼べません",
    "とは到底言えない", "とは決して言えません", "では決してない", "では全然ありません", "じゃ全くない", "じゃねえ", "じゃねーよ",
    "にはならない", "にはなりませんでした", "にはほど遠い", "には程遠い", "どころではない", "どころじゃありません")
EXISTS = tuple(particle + tail for particle in ("は", "が", "も") for tail in
               ("ない", "なかった", "ありません", "ありませんでした", "ございません", "無い", "ないです", "なくて", "なく終わった",
                "感じない", "感じません", "感じられなかった", "見当たらない", "見当たりません", "得られない", "得られませんでした",
                "残らなかった", "生まれない", "存在しない", "存在しません")) + (
    "なく終わりました", "なしで済んだ", "なし。", "無し。", "はなし。", "もなし。", "はゼロ", "は皆無", "も何もない", "は何もありません",
    "は、ない", "は、ありません", "は、全くなかった", "などない", "なんてない", "なんかありません", "を感じない", "を感じませんでした",
    "とは無縁", "のかけらもない", "のかけらもありません")
SURU = ("しない", "しません", "しなかった", "しませんでした", "していない", "していません", "してない", "してません", "しておりません",
        "していなかった", "していませんでした", "できない", "できません", "できなかった", "できませんでした", "出来ない", "出来ません",
        "出来なかった", "できず", "できずに終わった", "せず", "せずに終わった", "せずに焼けた", "しなくて", "はしない", "はしません",
        "はしていません", "はできない", "はできません", "は出来ませんでした", "もしない", "もできない", "することはない",
        "することはありません", "することができない", "することはできませんでした", "するとは思えない", "するわけがない",
        "するはずがありません", "しそうにない", "しそうにありません", "しねえ", "できねえ", "できねーよ", "せん", "せんかった", "できん", "できんかった", "しとらん", "しないんだ", "しないんです", "してないんだよ")
ADJECTIVE = tuple("く" + particle + tail for particle in ("", "は", "も") for tail in IS) + (
    "くねえ", "くねーよ", "くねぇ", "くなさそう", "くはなさそう", "くなかったし", "く全然ない", "くは全くない", "くも何ともない",
    "くもなんともありません", "くないんだ", "くないんです", "くなかったんだよ", "いとは言えない", "いとは言えません", "いとは思わない", "いとは思いません", "いとは思えません",
    "いとは思わなかった", "いと思わない", "いと思いません", "いとは感じなかった", "いとは感じません", "いわけがない",
    "いわけがありません", "いはずがない", "いはずありません", "いどころではない")
VERB_STEMS = {"plain": ("ない", "なかった", "なくて", "ないです", "なかったです", "ず", "ずに終わった", "ねえ", "ねーよ", "ん", "んよ", "んわ", "んかった", "ないんだ",
                        "ないんです"),
              "polite": ("ません", "ませんでした", "はしない", "もしない", "はしません", "そうにない", "そうにありません"),
              "te": ("いない", "いません", "いなかった", "いませんでした", "ない", "ません", "ませんでした", "おりません", "はいない",
                     "はいません", "もいない", "いないです"),
              "dictionary": ("ことはない", "ことはありません", "こともなかった", "ことができない", "ことはできません", "とは思えない",
                             "とは思いません", "わけがない", "はずがない", "はずがありません", "ことなく終わった")}
WEAK = {"adjectives": ("いわけではない", "いわけじゃありません"), "suru": ("するわけではない", "するわけではありません"),
        "verbs": ("わけではない", "わけじゃない", "わけではありません")}
KEPT = {"adjectives": ("くない？", "くないですか？", "くありませんか？", "くなくはない", "くなくもない", "くなくはありません", "くないわけではない",
                       "くないわけじゃありません", "くないとは言えない", "くないとは言えません", "くないことはない",
                       "くないこともありません", "くて仕方ない", "くてたまりません", "いんだ", "いんです", "いんだよね", "かったんだ"),
        "words": ("じゃない？", "じゃないか", "ではないか", "ではないでしょうか", "じゃないですか", "ではありませんか", "じゃないわけではない",
                  "でないとは言えません", "しかない", "しかありません", "だけではない", "だけではありません", "だけじゃなく"),
        "suru": ("しないわけではない", "しないわけではありません", "しないとは言えない", "せずにはいられない", "せずにはいられません",
                 "せざるを得ない", "せざるを得ません", "しなくもない", "しないこともない", "してやまない", "してやみません",
                 "してやまなかった", "しかない", "しかありません")}
UNCLEAR = ("た", "て", "レ")            # 勝たねえ and 勝ったねえ, 果てん and 果てんの are spelt alike: not told apart
EXPLAINED = ("んだ", "んです", "んだよね", "んですけど")    # an explanation: nothing is negated
ROWS = "うくぐすつぬぶむる"
PLAIN = dict(zip(ROWS, "わかがさたなばまら"))
POLITE = dict(zip(ROWS, "いきぎしちにびみり"))
TE = dict(zip(ROWS, ("って", "いて", "いで", "して", "って", "んで", "んで", "んで", "って")))


def shipped_score():
    loader = SourceFileLoader("sentiment_run", str(HERE / "run"))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


def godan(word, stem):
    if stem == "te" and (word.endswith("行く") or word.endswith("いく")):
        return word[:-1] + "って"
    return word if stem == "dictionary" else word[:-1] + {"plain": PLAIN, "polite": POLITE, "te": TE}[stem][word[-1]]


def ichidan(word, stem):
    return word if stem == "dictionary" else word[:-1] + ("て" if stem == "te" else "")


def rows(stem, endings, expected):
    return ((stem + ending, ending, expected) for ending in endings)


def verbs(word, form):
    for stem, endings in VERB_STEMS.items():
        for ending in endings:
            if ending[0] in "ねん" and form(word, stem).endswith(UNCLEAR):
                continue
            yield form(word, stem) + ending, f"{stem}-{ending}", "turned"
    yield from rows(word, WEAK["verbs"], "weaker")
    yield from rows(word, EXPLAINED, "kept")


def with_adverbs(word, ways):
    for adverb in ADVERBS:
        yield from ((word + part + adverb + end, f"{part}{adverb}{end}", "turned") for part, end in ways)


def adjectives(word):
    stem = {"いい": "よ"}.get(word, word[:-1])
    stem = stem[:-1] + "よ" if word.endswith("いい") and not word.endswith("わいい") else stem
    yield from rows(stem, ADJECTIVE, "turned")
    yield from rows(stem, WEAK["adjectives"], "weaker")
    yield from rows(stem, KEPT["adjectives"], "kept")


def suru(word):
    yield from rows(word, [ending for ending in SURU + COPULA + EXISTS if not (word + ending[0]).endswith("んじ")], "turned")
    yield from rows(word, WEAK["suru"], "weaker")
    yield from rows(word, KEPT["suru"] + KEPT["words"], "kept")
    yield from with_adverbs(word, (("は", "なかった"), ("が", "ありません"), ("は", "していない"), ("も", "できませんでした"),
                                   ("は、", "ない")))


def words(word):
    yield from rows(word, [ending for ending in COPULA if not (word + ending[0]).endswith("んじ")], "turned")
    yield from rows(word, KEPT["words"], "kept")
    yield from with_adverbs(word, (("では", "ない"), ("とは", "言えません")))


def cases(kind, word):
    """Each text with its ending and what is expected of it."""
    if kind == "adjectives" and not word.endswith(("ない", "無い")):
        yield from adjectives(word)
    elif kind == "suru":
        yield from suru(word)
    elif kind == "words" and not word.endswith(("ない", "なかった", "なくて", "ばかり")):
        yield from words(word)
    elif kind in ("godan", "ichidan"):
        yield from verbs(word, {"godan": godan, "ichidan": ichidan}[kind])


def is_right(weight, expected, label):
    if expected == "kept" or not weight:
        return label != ("negative" if weight > 0 else "positive")
    if weight < 0:
        return label != "negative"
    return label == "negative" if expected == "turned" and weight >= STRONG else label != "positive"


def lexicon_terms(lang):
    """The class, text and weight of each term of the shipped lexicon that has a weight."""
    lexicon = yaml.safe_load((HERE.parent.parent / f"config/lexicon/{lang}.yaml").read_text(encoding="utf-8"))
    for kind, weights in lexicon["terms"].items():
        for weight, words in weights.items():
            yield from ((kind, str(word), weight) for word in words if weight)


def chunks(made):
    made = iter(made)
    while chunk := list(islice(made, CHUNK)):
        yield chunk


def print_wrong(wrong, show):
    for (kind, word, weight, text, _, expected), got in wrong[:show]:
        print(f"{kind} {word} ({weight}): {text}: {got['label']} {got['score']}, expected {expected}")
    for name, at in (("kinds", 0), ("words", 1), ("endings", 4)):
        counts = Counter(one[at] for one, _ in wrong)
        print(f"{name}:", *(f"{what} {count}" for what, count in counts.most_common(show)))


def main(lang, made, about):
    """Scores what `made` gives: (class, term, weight, text, ending, expectation)."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", type=int, default=40, metavar="N")
    parser.add_argument("--begin", type=int, default=0, metavar="N")
    parser.add_argument("--of", type=int, default=1, metavar="N")
    parser.add_argument("--counts", action="store_true", help="texts and wrong ones of each ending")
    args = parser.parse_args()
    run, texts, wrong = shipped_score(), Counter(), []
    for chunk in chunks(islice(made(), args.begin, None, args.of)):
        texts.update(one[4] for one in chunk)
        found = run.score(run.find_binary(), [{"lang": lang, "text": one[3]} for one in chunk], run.SHIPPED, {})
        wrong += [(one, got) for one, got in zip(chunk, found) if not is_right(one[2], one[5], got["label"])]
    print(f"{sum(texts.values())} texts, {len(wrong)} wrong")
    print_wrong(wrong, args.show)
    if args.counts:
        counts = Counter(one[4] for one, _ in wrong)
        print(*(f"{ending}: {counts[ending]} of {count}" for ending, count in texts.items()), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main("ja", lambda: ((kind, word, weight, *one) for kind, word, weight in lexicon_terms("ja")
                                 if word not in LEFT_OUT for one in cases(kind, word)), __doc__))
