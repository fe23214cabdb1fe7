"""Raw posts as a collector would write them, the same in every run."""
import json
import random
from collections import namedtuple
from datetime import datetime, timedelta, timezone

# says: post, update, hide, unhide or broken
Post = namedtuple("Post", "n key value timestamp says")

FIRST_MS = 1_746_057_600_000    # 1 May 2025, 09:00 in Japan
STEP_MS = 7                     # every post has an as_of of its own
ARRIVAL_MS = 61_000             # from observed_at to the record's timestamp
BODIES = 300                    # different texts, authors and sets of counts
JAPAN = timezone(timedelta(hours=9))

OPENINGS = ["【速報】", "え、", "正直な話、", "朝から", "ﾈｯﾄで見たけど", "①まず、", "", "", "@kaigan_news ", "ＲＴ希望　", "🇯🇵 "]
TOPICS = ["南鳥島沖のレアアース泥の揚泥試験", "倭国の希土類の備蓄", "きょうの地震", "円安と日銀の利上げ", "台風の進路", "お米の値段",
          "レアチーズケーキの行列", "重希土の輸出規制", "海底の採掘ロボット", "コメ農家の補助金", "アメリカの関税", "ﾚｱﾒﾀﾙの相場",
          "半導体の新工場", "都市鉱山のリサイクル", "中国地方の大雪"]
VERBS = ["が話題になっている", "、思ったより進んでいるらしい", "は本当に大丈夫なのか", "のニュースで目が覚めた", "について詳しい人いますか？",
         "、期待しかない！！", "は税金の無駄だと思う", "を見て泣いた😭", "が\u3000ついに\u3000始まった", "、か\u3099んば\u309aれ"]
ENDINGS = ["。", "…", "ｗｗｗ", "🎉🎉", " 👨‍👩‍👧‍👦", "\n", "(T_T)", "!?", ""]
TAILS = ["", "", " #南鳥島のレアアース", " ＃地震 ＃ﾆｭｰｽ", "\nhttps://t.co/a1B2c3D4e5", " https://example.jp/ニュース?id=1&q=\"x\"。",
         " $USDJPY #円安", "\n\n\\(^o^)/ \"引用\"", " \u0001制御"]

BROKEN = [
    lambda id: b'{"id": "%s", "text": "\xe9\x80\x94\xe4\xb8\xad\xe3\x81\xa7' % id,
    lambda id: b'{"id": "%s", "text": "\xff\xfe"}' % id,
    lambda id: b'["%s"]' % id,
    lambda id: b'{"text": "id \xe3\x81\x8c\xe3\x81\xaa\xe3\x81\x84"}',
    lambda id: b'{"id": "%s"}' % id,
    lambda id: b'{"id": "%s", "text": 7}' % id,
    lambda id: b'{"id": "%s", "text": "", "deep": %s0%s}' % (id, b"[" * 80, b"]" * 80),
]


def _text(rng):
    lines = (rng.choice(OPENINGS) + rng.choice(TOPICS) + rng.choice(VERBS) + rng.choice(ENDINGS)
             for _ in range(rng.choice([1, 1, 1, 2, 3, 6, 10])))
    return "\n".join(lines) + rng.choice(TAILS)


def _metrics(rng):
    counts = {"reposts": 5_000, "likes": 20_000, "replies": 900, "quotes": 300, "bookmarks": 2_000, "views": 900_000}
    return {name: int(most * rng.random() ** 4) for name, most in counts.items() if rng.random() < 0.9}


def _body(rng):
    body = {"text": _text(rng)}
    if rng.random() < 0.8:
        body["lang"] = rng.choice(["ja", "ja", "ja-JP", "en"])
    if rng.random() < 0.9:
        body["author"] = {"id": str(rng.randrange(10**9)), "handle": "user_%d" % rng.randrange(999),
                          "followers": int(10 ** (rng.random() * 6)), "age_band": rng.choice(["20s", "40s"]),
                          "gender": rng.choice(["male", "female"])}
    if rng.random() < 0.9:
        body["metrics"] = _metrics(rng)
    relation = rng.choice(["in_reply_to", "repost_of", "quote_of", "replaces"] + [None] * 6)
    if relation:
        body[relation] = str(rng.randrange(10**18))
    return body


def _iso(ms):
    return datetime.fromtimestamp(ms / 1000, JAPAN).isoformat(timespec="milliseconds")


def make_posts(count, observed=True, seed=1):
    """About 88 % posts, 10 % count updates, 1 % hides (some taken back), 1 % broken, keyed by id."""
    rng = random.Random(seed)
    bodies = [_body(rng) for _ in range(BODIES)]
    ids, hidden = [], []

    def says(roll):
        if not ids or roll < 0.88:
            return "post"
        return "update" if roll < 0.98 else "broken" if roll < 0.99 else "hide" if roll < 0.998 else "unhide"

    for n in range(count):
        as_of = FIRST_MS + n * STEP_MS
        say = says(rng.random())
        id = str(2_050_000_000_000_000_000 + n * 1_048_583)
        raw = {}
        if say == "post":
            raw = {"created_at": _iso(as_of - rng.randrange(10**8) // 1000 * 1000), **rng.choice(bodies)}
            ids.append(id)
        elif say == "update":
            id, raw = rng.choice(ids[-2000:]), {"metrics": _metrics(rng) or {"likes": 1}}
        elif say == "hide":
            id, raw = rng.choice(ids[-2000:]), {"hidden": True}
            hidden.append(id)
        elif say == "unhide":
            id, raw = rng.choice(hidden or ids), {"hidden": False}
        if observed:
            raw["observed_at"] = _iso(as_of)
        value = json.dumps({"id": id, **raw}, ensure_ascii=False).encode()
        if say == "broken":
            value = rng.choice(BROKEN)(id.encode())
        yield Post(n, id.encode(), value, as_of + ARRIVAL_MS, say)
