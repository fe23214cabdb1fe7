#!/usr/bin/python3
"""Posts and keywords to measure with: invented, the same for the same seed, and as uneven as real ones.

usage: posts.py posts COUNT [--mean BYTES] [--seed N]       one JSON a line
       posts.py keywords COUNT [--seed N]                   a rules file

Most posts are Japanese, a tenth English, some Korean; lengths and counts have a long tail. Post N has the
id FIRST_ID + N and was observed at observed_ms(N). Every post gives exactly one event.
"""
import argparse
import json
import math
import random
import sys
import time

FIRST_ID = 1996000000000000000
MEAN_BYTES = 650
SEED = 1

_FIRST_MS = 1764918000000           # 2025-12-05T07:00:00Z
_STEP_MS = 200


def observed_ms(number):
    return _FIRST_MS + number * _STEP_MS


# --- words: what posts are about, and what some of the keywords look for ---

TOPICS = """
日本 倭国 経済 物価 賃上げ 円安 日銀 利上げ 消費税 減税 株価 半導体 レアアース 南鳥島 海底資源 自衛隊 防衛費 台湾
中国 米国 関税 貿易 輸出規制 原発 電気代 ガソリン 洋上風力 備蓄米 コメ 農家 台風 大雨 地震 津波 避難所 停電 花粉
黄砂 桜 紅葉 初雪 野球 サッカー 相撲 駅伝 五輪 ワールドカップ ホームラン 甲子園 新幹線 満員電車 遅延 自動運転 ドローン
ロボット 人工知能 生成AI 量子コンピュータ スマホ アプリ 不正アクセス フィッシング詐欺 宇宙 ロケット 小惑星 映画 アニメ 漫画
声優 ライブ 新曲 アルバム 推し活 コスプレ ゲーム アップデート ガチャ 配信 ラーメン カレー 寿司 焼肉 スイーツ コンビニ
新商品 期間限定 カフェ 珈琲 日本酒 温泉 旅行 京都 北海道 沖縄 大阪万博 猫 犬 動物園 水族館 保育園 小学校 受験
大学 就活 転職 残業 在宅勤務 年金 介護 医療 ワクチン インフルエンザ 睡眠 筋トレ マラソン ダイエット 選挙 国会 首相 予算
少子化 移民 観光客 空港 港 漁業 クマ出没 ふるさと納税 投資信託 仮想通貨 住宅ローン 家賃 引っ越し 断捨離 手帳 文房具
ﾚｱﾒﾀﾙ ＡＩ ＥＶ ①番線 ㈱ 👀 🗻 🍣
""".split()

LATIN = """
inflation tariffs semiconductors earthquake typhoon baseball playoffs anime manga ramen robotics satellite
quantum chatbot elections wages tourism energy lithium cobalt sushi robots missiles exports supply streaming
""".split()

HANGUL = "반도체 환율 지진 야구 축구 여행 라면 영화 선거 물가 인공지능 콘서트".split()

# --- sentences: {} means a word ---

JAPANESE = """
{}の話、みんなはどう思う？|{}と{}が同時に来るとは思わなかった。|今日は朝から{}のことばかり考えている。
{}について担当者は「まだ決まっていない」と述べました。|前年同月比で{n}.{n}％増、{n}年ぶりの高水準だそうです。
正直、{}より先に{}をどうにかしてほしい。|{}って結局いくらかかるんだろう。|また{}か。もう驚かない。
会場は{}を見に来た人で朝から行列でした。|{}のニュースを見て、祖母がずっと心配しています。|①{}\\n②{}\\n③{}
・{}の見直し\\n・{}への支援\\n・{}の前倒し|これは{}じゃなくて{}の問題だと思います。|{}、思ったより良かった！また行きたい。
{}が値上がりするらしいので今のうちに買っておいた。|帰りの電車で{}の広告を{n}回見た。疲れているのかもしれない。
専門家は{}の影響が長引く可能性を指摘しています。|{}に詳しい人、教えてください。|うちの子が急に{}にはまってしまって大変です。
「{}がなければ今の私はない」と語る姿に泣いた。|{}のせいで予定が全部ずれた。最悪。|{}、好き嫌いが分かれるけど私は好き。
気温は{n}度、明日は{}に注意してください。|速報です。{}をめぐり関係省庁が対応を協議しています。|{}の写真、{n}枚だけ置いておきますね。
今年の目標は{}を続けること、それから{}をやめること。|え、{}終わったの？|知らないうちに{}の列に並んでいた。
数字だけ見ると{}は順調、でも現場の声は違う。|{}と聞いて最初に思い浮かぶのは{}です。|やっぱり{}しか勝たん。
きのうの{}、最後の{n}分で全部ひっくり返ったの見た人いる？|（※{}は予告なく変更になる場合があります）
取材した{n}社のうち、{}に前向きと答えたのは{n}社にとどまりました。|ﾏｼﾞで{}なんだけどｗｗｗ|{}…！！ありがとう…！！
自治体の窓口では{}に関する相談が先月の{n}倍に増えているという。|個人的には{}の方が{}よりずっと大事。
""".replace("\n", "|").strip("|").split("|")

ENGLISH = """
Nobody talks about {l} anymore, and that worries me.|{l} again? We just had {l} last week.
Markets are watching {l} while everyone else is busy with {l}.|I spent {n} hours reading about {l} so you don't have to.
If {l} goes up another {n}%, we're done.|Hot take: {l} is better than {l}.|Just saw the numbers on {l}. Wow.
Thread on {l} below.|The minister said {l} "will be reviewed in due course".|My cat doesn't care about {l}, and neither should you.
""".replace("\n", "|").strip("|").split("|")

KOREAN = "{k} 때문에 하루 종일 바빴다.|오늘 {k} 소식 들었어요?|{k}보다 {k}가 더 중요하다고 생각합니다.|{n}년 만에 {k}, 정말 놀랍네요.".split("|")

EMOJI = "😂 😭 🙏 🔥 ✨ 👀 🎉 💦 🥺 😡 👏 🍜 ⚾ 🌸 ☔️ 🇯🇵 👨‍👩‍👧 🏃🏽‍♂️ 🤔 ‼️ ♪ 💕".split()
FACES = "(^_^) (´；ω；｀) orz w ｗｗｗ （笑） 笑 (＞＜) ヽ(´▽｀)ノ …".split()
HANDLES = "mochi kaze neko news_jp tetsudo yama sora umi_no tokyo ramen_log keizai dev hana pika oto".split()
CREDITS = "【速報】 【悲報】 【朗報】 【動画あり】 《独自》 ◆ ▼ PR: RT ".split()
AGES = "10s 20s 30s 40s 50s 60s".split()
APPS = "Web iOS Android Deck 予約投稿".split()
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


KANJI = ("日本国人大学生年会社時間事業地方自分東京都府県市町村区政治経済産金融銀行保険証券株式市場価格物税制度法律案件数量"
         "海底深鉱山資源開発調査研究技術電力気候環境安全保障防衛軍備車両鉄道路線空港船舶輸出入品質管理食料農林水産米麦"
         "医療病院薬剤師看護福祉介助児童教育試験合格進路就職業務労働賃上下高低新旧古今前後左右内外北南西中央")
KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモラリルレロワンガギグゲゴザジズゼゾダデドバビブベボパピプペポー"
CONSONANTS, VOWELS = "bcdfghjklmnprstvwyz", "aeiou"


def _invent(chance):
    """A word such as people look for, which no post has but by accident."""
    def letters(alphabet, least, most):
        return "".join(alphabet[int(chance() * len(alphabet))] for _ in range(least + int(chance() * (most - least + 1))))

    kind = chance()
    if kind < 0.5:
        return letters(KANJI, 3, 6)
    if kind < 0.75:
        return letters(KANA[:-1], 1, 1) + letters(KANA, 3, 7)
    if kind < 0.85:
        return letters(KANJI, 2, 3) + letters(KANA, 3, 4)
    return "".join(letters(CONSONANTS, 1, 1) + letters(VOWELS, 1, 1) for _ in range(2 + int(chance() * 3)))


def _clock(ms):
    """A time of Japan with its offset, as most inputs have it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S+09:00", time.gmtime(ms // 1000 + 9 * 3600))


def _cut(sentence):
    """A sentence as what is between its words, and the kinds of those words."""
    rests, kinds = [], []
    for i, part in enumerate(sentence.replace("\\n", "\n").split("{")):
        kind, brace, rest = part.partition("}")
        rests.append(rest if i and brace else part)
        if i:
            kinds.append(kind)
    return rests, kinds


class Posts:
    """An endless row of posts; all that is random comes from one generator."""

    def __init__(self, mean_bytes=MEAN_BYTES, seed=SEED):
        self._random = random.Random(seed)
        self._chance = self._random.random
        self._languages = [("ja", [_cut(s) for s in JAPANESE]), ("en", [_cut(s) for s in ENGLISH]),
                           ("ko", [_cut(s) for s in KOREAN])]
        self._text_bytes = max(mean_bytes - 345, 40)        # what is not text takes 345 on average
        self._rare = [_invent(self._chance) for _ in range(20000)]      # names and the like
        self._number = 0

    def _pick(self, items):
        return items[int(self._chance() * len(items))]

    def _pick_common(self, items):
        """The first ones far more often, as people talk about few things much."""
        return items[int(self._chance() ** 2.2 * len(items))]

    def _tail(self, scale, alpha):
        """A count with a long tail: mostly small, now and then a thousandfold."""
        return int(scale * ((1.0 - self._chance()) ** (-1.0 / alpha) - 1.0))

    def _digits(self, count):
        return str(int(self._chance() * 9 * 10 ** (count - 1)) + 10 ** (count - 1))

    def _word(self, kind):
        if kind == "n":
            return str(1 + int(self._chance() ** 3 * 300))
        if kind == "" and self._chance() < 0.5:
            return self._pick_common(self._rare)
        return self._pick_common(LATIN if kind == "l" else HANGUL if kind == "k" else TOPICS)

    def _sentence(self, sentences):
        rests, kinds = self._pick(sentences)
        out = rests[0]
        for kind, rest in zip(kinds, rests[1:]):
            out += self._word(kind) + rest
        return out

    def _handle(self):
        return self._pick(HANDLES) + self._digits(1 + int(self._chance() * 5))

    def _endings(self):
        chance = self._chance
        if chance() < 0.35:
            yield "".join(self._pick(EMOJI) for _ in range(1 + int(chance() ** 3 * 6)))
        if chance() < 0.12:
            yield self._pick(FACES)
        if chance() < 0.30:
            marks = ("#", "#", "#", "＃")
            yield "\n" + " ".join(self._pick(marks) + self._pick_common(TOPICS) for _ in range(1 + int(chance() ** 3 * 7)))
        if chance() < 0.38:
            yield "\nhttps://t.co/" + "".join(self._pick(BASE62) for _ in range(10))

    def _beginning(self, is_reply):
        if is_reply:
            return "@" + self._handle() + " "
        return self._pick(CREDITS) if self._chance() < 0.15 else ""

    def _text(self, sentences, is_reply):
        """Lengths are log-normal: half of the texts are shorter than two thirds of the mean."""
        wanted = self._text_bytes * 0.66 * math.exp(self._random.gauss(0.0, 0.85))
        text = self._beginning(is_reply)
        size, between = 0, " " if sentences is not self._languages[0][1] else ""
        while size < wanted - 30:
            sentence = self._sentence(sentences)
            size += len(sentence.encode()) + 1
            text += sentence + ("\n\n" if self._chance() < 0.15 else "\n" if self._chance() < 0.4 else between)
        return text.rstrip() + "".join(self._endings())

    def _author(self):
        chance = self._chance
        author = {"id": self._digits(10 if chance() < 0.6 else 19), "handle": self._handle(),
                  "followers": self._tail(160, 0.8)}
        if chance() < 0.4:
            author["age_band"] = self._pick(AGES)
        if chance() < 0.4:
            author["gender"] = "male" if chance() < 0.55 else "female"
        return author

    def _metrics(self):
        views = self._tail(90, 0.75)
        share = self._chance() ** 2
        metrics = {"reposts": int(views * 0.008 * share), "likes": int(views * 0.04 * share),
                   "replies": int(views * 0.003 * share)}
        if self._chance() < 0.7:
            metrics["quotes"] = int(views * 0.001 * share)
            metrics["bookmarks"] = int(views * 0.004 * share)
        if self._chance() < 0.85:
            metrics["views"] = views
        return metrics

    def _relations(self, number, is_reply):
        other = str(FIRST_ID - 1 - int(self._chance() * 10 ** 12) - number)
        kind = self._chance()
        if is_reply:
            return {"in_reply_to": other}
        if kind < 0.10:
            return {"repost_of": other}
        return {"quote_of": other} if kind < 0.16 else {}

    def next(self):
        number = self._number
        self._number += 1
        chance = self._chance
        language = chance()
        lang, sentences = self._languages[0 if language < 0.86 else 1 if language < 0.97 else 2]
        is_reply = chance() < 0.18
        observed = observed_ms(number)
        post = {"id": str(FIRST_ID + number), "created_at": _clock(observed - self._tail(600000, 1.0) % 10 ** 9),
                "observed_at": _clock(observed)}
        if chance() < 0.93:
            post["lang"] = lang
        post["text"] = self._text(sentences, is_reply)
        post["author"] = self._author()
        if chance() < 0.4:
            post["url"] = "https://x.com/%s/status/%s" % (post["author"]["handle"], post["id"])
        post["metrics"] = self._metrics()
        post.update(self._relations(number, is_reply))
        if chance() < 0.3:
            post["source_app"] = self._pick(APPS)
        if chance() < 0.12:
            post["media"] = [{"type": "photo", "key": "3_" + self._digits(19)}]
        return post


def write_posts(file, count, mean_bytes=MEAN_BYTES, seed=SEED):
    posts = Posts(mean_bytes, seed)
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for _ in range(count):
        file.write(encode(posts.next()).encode() + b"\n")


# --- keywords ---

TERMS_A_TAG = 8


def _words(count, chance):
    """Few of them are in posts, spread over the list: 8 of 20, some 50 of 2,000, some 120 of 20,000."""
    hitting = min(round(2.65 * count ** 0.38), count // 2, len(TOPICS) + len(LATIN))
    words = dict.fromkeys(sorted(TOPICS + LATIN, key=lambda word: chance())[:hitting])
    while len(words) < count:
        words[_invent(chance)] = None
    return sorted(words, key=lambda word: chance())


def _term(word, chance):
    kind = chance()
    if kind < 0.04:
        return "#" + word
    if kind < 0.07:
        return "word:" + word
    if kind < 0.12:
        return {"term": word, "except": [word + "界", "元" + word]}
    return word


def _tag(number, words, chance):
    tag = {"any": [_term(word, chance) for word in words]}
    if chance() < 0.1:
        tag["none"] = [_invent(chance)]
    if number % 10:
        tag["implies"] = ["topic-%d" % (number // 10 * 10)]
    return tag


def write_keywords(file, count, seed=SEED):
    """A rules file of tags with eight keywords each; weights, tiers and labels beside them. It is JSON, so
    that whoever reads no YAML reads it too."""
    chance = random.Random(seed * 7919 + count).random
    words = _words(count, chance)
    encode = json.JSONEncoder(ensure_ascii=False).encode
    rules = {"version": 1, "aliases": {"日本": ["倭国"], "米国": ["アメリカ"]},
             "engagement": {"weights": {"reposts": 2, "likes": 1}, "min_age": "1h",
                            "tiers": {"by": "total", "hot": 1000, "warm": 100}},
             "segments": {"labels": {"40s/male": "40代/男性"}}}
    file.write("{" + "".join("%s: %s,\n" % (encode(name), encode(section)) for name, section in rules.items())
               + '"tags": {\n')
    for i in range(0, count, TERMS_A_TAG):
        number = i // TERMS_A_TAG
        file.write("%s%s: %s" % (",\n" if i else "", encode("topic-%d" % number),
                                 encode(_tag(number, words[i:i + TERMS_A_TAG], chance))))
    file.write("}}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["posts", "keywords"])
    parser.add_argument("count", type=int)
    parser.add_argument("--mean", type=int, default=MEAN_BYTES, help="bytes of a post on average")
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    if args.what == "posts":
        write_posts(sys.stdout.buffer, args.count, args.mean, args.seed)
    else:
        write_keywords(sys.stdout, args.count, args.seed)


if __name__ == "__main__":
    main()
