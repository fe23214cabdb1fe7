#!/usr/bin/python3
"""Every term of ja.yaml by every negative ending that its class takes: the labels have to be right.

    negation.py [--of N] [--show N]      TRENDMILL names the binary

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
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
# What these come to depends on another word that they hold: 晴れ and 片付け are weaker words of their own, だけではない,
# 夢じゃない, キリがない, だらしません, よくない and つまらない are words of their own, 消えたくない is a wish.
LEFT_OUT = {"晴れる", "片付ける", "打ち切り", "口だけ", "口先だけ", "いい夢", "だらだら", "頭いい", "つよい", "いい",
            "どーでもいい", "胸が詰まる", "キリキリ", "死にたい", "しにたい", "消えたい"}
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
        "するはずがありません", "しそうにない", "しそうにありません", "しねえ", "できねえ", "できねーよ")
ADJECTIVE = tuple("く" + particle + tail for particle in ("", "は", "も") for tail in IS) + (
    "くねえ", "くねーよ", "くねぇ", "くなさそう", "くはなさそう", "くなかったし", "く全然ない", "くは全くない", "くも何ともない",
    "くもなんともありません", "いとは言えない", "いとは言えません", "いとは思わない", "いとは思いません", "いとは思えません",
    "いとは思わなかった", "いと思わない", "いと思いません", "いとは感じなかった", "いとは感じません", "いわけがない",
    "いわけがありません", "いはずがない", "いはずありません", "いどころではない")
VERB_STEMS = {"plain": ("ない", "なかった", "なくて", "ないです", "なかったです", "ず", "ずに終わった", "ねえ", "ねーよ"),
              "polite": ("ません", "ませんでした", "はしない", "もしない", "はしません", "そうにない", "そうにありません"),
              "te": ("いない", "いません", "いなかった", "いませんでした", "ない", "ません", "ませんでした", "おりません", "はいない",
                     "はいません", "もいない", "いないです"),
              "dictionary": ("ことはない", "ことはありません", "こともなかった", "ことができない", "ことはできません", "とは思えない",
                             "とは思いません", "わけがない", "はずがない", "はずがありません", "ことなく終わった")}
WEAK = {"adjectives": ("いわけではない", "いわけじゃありません"), "suru": ("するわけではない", "するわけではありません"),
        "verbs": ("わけではない", "わけじゃない", "わけではありません")}
KEPT = {"adjectives": ("くない？", "くないですか？", "くありませんか？", "くなくはない", "くなくもない", "くなくはありません", "くないわけではない",
                       "くないわけじゃありません", "くないとは言えない", "くないとは言えません", "くないことはない",
                       "くないこともありません", "くて仕方ない", "くてたまりません"),
        "words": ("じゃない？", "じゃないか", "ではないか", "ではないでしょうか", "じゃないですか", "ではありませんか", "じゃないわけではない",
                  "でないとは言えません", "しかない", "しかありません", "だけではない", "だけではありません", "だけじゃなく"),
        "suru": ("しないわけではない", "しないわけではありません", "しないとは言えない", "せずにはいられない", "せずにはいられません",
                 "せざるを得ない", "せざるを得ません", "しなくもない", "しないこともない", "してやまない", "してやみません",
                 "してやまなかった", "しかない", "しかありません")}
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


def verbs(word, form):
    for stem, endings in VERB_STEMS.items():
        for ending in endings:
            if ending.startswith("ね") and form(word, stem).endswith("た"):      # 勝たねえ and 勝ったねえ are spelt alike
                continue
            yield form(word, stem) + ending, "turned"
    for ending in WEAK["verbs"]:
        yield word + ending, "weaker"


def cases(kind, word):
    """Each text with what is expected of it."""
    if kind == "adjectives" and word.endswith(("ない", "無い")):
        return
    if kind == "adjectives":
        stem = {"いい": "よ"}.get(word, word[:-1])
        stem = stem[:-1] + "よ" if word.endswith("いい") and not word.endswith("わいい") else stem
        yield from ((stem + ending, "turned") for ending in ADJECTIVE)
        yield from ((stem + ending, "weaker") for ending in WEAK[kind])
        yield from ((stem + ending, "kept") for ending in KEPT[kind])
    elif kind == "suru":
        yield from ((word + ending, "turned") for ending in SURU + COPULA + EXISTS if not (word + ending[0]).endswith("んじ"))
        yield from ((word + ending, "weaker") for ending in WEAK[kind])
        yield from ((word + ending, "kept") for ending in KEPT[kind] + KEPT["words"])
        for adverb in ADVERBS:
            yield from ((word + part + adverb + end, "turned") for part, end in
                        (("は", "なかった"), ("が", "ありません"), ("は", "していない"), ("も", "できませんでした"), ("は、", "ない")))
    elif kind == "words" and not word.endswith(("ない", "なかった", "なくて")):
        yield from ((word + ending, "turned") for ending in COPULA if not (word + ending[0]).endswith("んじ"))
        yield from ((word + ending, "kept") for ending in KEPT[kind])
        for adverb in ADVERBS:
            yield from ((word + part + adverb + end, "turned") for part, end in (("では", "ない"), ("とは", "言えません")))
    elif kind == "godan":
        yield from verbs(word, godan)
    elif kind == "ichidan":
        yield from verbs(word, ichidan)


def is_right(weight, expected, label):
    if expected == "kept" or not weight:
        return label != ("negative" if weight > 0 else "positive")
    if weight < 0:
        return label != "negative"
    return label == "negative" if expected == "turned" and weight >= STRONG else label != "positive"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", type=int, default=40, metavar="N")
    parser.add_argument("--begin", type=int, default=0, metavar="N")
    parser.add_argument("--kind", choices=("adjectives", "godan", "ichidan", "suru", "words"))
    parser.add_argument("--of", type=int, default=1, metavar="N")
    args = parser.parse_args()
    run = shipped_score()
    lexicon = yaml.safe_load((HERE.parent.parent / "config/lexicon/ja.yaml").read_text(encoding="utf-8"))
    made = [(kind, str(word), weight, text, expected) for kind, weights in lexicon["terms"].items()
            for weight, words in weights.items() if weight for word in words for text, expected in cases(kind, str(word))
            if word not in LEFT_OUT and args.kind in (None, kind)][args.begin :: args.of]
    found = run.score(run.find_binary(), [{"lang": "ja", "text": one[3]} for one in made], run.SHIPPED, {})
    wrong = [(one, got) for one, got in zip(made, found) if not is_right(one[2], one[4], got["label"])]
    for (kind, word, weight, text, expected), got in wrong[:args.show]:
        print(f"{kind} {word} ({weight}): {text}: {got['label']} {got['score']}, expected {expected}")
    print(f"{len(made)} texts, {len(wrong)} wrong")
    by_kind = Counter(one[0] for one, _ in wrong)
    by_word = Counter(one[1] for one, _ in wrong)
    by_ending = Counter(one[3].removeprefix(one[1]) for one, _ in wrong)
    print(*(f"{name}: {count}" for name, count in by_kind.items()), sep=", ")
    print("words:", *(f"{name} {count}" for name, count in by_word.most_common(args.show)))
    print("endings:", *(f"{name} {count}" for name, count in by_ending.most_common(args.show)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
