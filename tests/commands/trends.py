"""`trendmill trends` and `page`: the case that the page was drawn from, with sentences of our own; and what is refused.

    trends.py BINARY"""

import hashlib
import json
import os
import random
import sqlite3
import sys
from pathlib import Path

import support

RULES = support.RULES + """\
segments: {labels: {40s/male: 40代/男性}}
"""

# 16 posts as hard as real ones, in the order of the page; the last six without a known count.
REPOSTS = [55, 6, 5, 5, 4, 4, 1, 1, 1, 1] + [None] * 6
TEXTS = [
    "港の会議で配られた資料が長い。\n①供給網の見直し\n・磁石\n・レアアース\n②備蓄の増量\n倭国は\"待つ側\"ではなくなる、と結ばれていた。",
    "倭国の商社、鉱床の権利を買い増したらしい🔻🔻レアアースの値が動くのは来月か……\nhttps://t.co/aBcD123456",
    "また輸出の枠が減った。ﾚｱｱｰｽの話になると毎回これだ https://t.co/ZyXw987654",
    "[山の鉱床と海の泥]\n山を掘れば川が濁り、海を掘れば魚が逃げる。レアアースの代わりは、まだ誰も見つけていない。",
    "備蓄の倉庫を見てきた。希土類の袋に産地の名がずらり。\nレアアースは量より純度だと係の人が言う 👇",
    "南鳥島の沖で試掘が始まる。レアアースの泥を六千メートルから揚げるという。待ち遠しい🇯🇵✨",
    "採れるかどうかと、売れるかどうかは別の話。レアアースの泥も同じで、船の油代だけで赤字になる",
    "質問に立った議員「レアアースの船は誰が守るのか」\n大臣「関係する役所で連絡を取り合う」\nもう少し具体的に聞きたかった",
    "備蓄の新しい枠組みだそうです https://t.co/Qq11Ww22Ee @mining_newsより\nこれからはレアアースの時代。",
    "二年前の講演を聞き直した\nレアアースの頁に印をつけていた自分をほめたい🇯🇵",
    "新しい鉱山はいいけれど、あの国のレアアースと聞くと働く人のことが気になる。\n(´・ω・`) https://t.co/Rr33Tt44Yy",
    "交渉は長引くだろう。レアアースの枠を増やす気があるとは思えないが、さて。",
    "報告会は四日。レアアース(希土類)の揚泥試験は来年一月から、と資料に https://t.co/Uu55Ii66Oo",
    "海底の話を\n全部書き起こすと\n長くなるので\nレアアースの所だけ\n波が高い時期に\nやるんですって\n大丈夫かなあ",
    "◉金も銀も銅も、海の底にある。\n◉レアアースも、海の底にある。\nつまり…潜る技術のある者が勝つ。",
    "「もう売らない」と言われても、自前のレアアースがあれば慌てずに済む⭐\n＃南鳥島の泥",
]
AT = "2026-04-10T16:00:00+09:00"
LATER = "2026-04-10T16:30:00+09:00"
EARLIER = "2026-04-10T15:00:00+09:00"
ALL = [f"own-{n:02}" for n in range(1, 17)]


def post(n, text, reposts, at=AT, **members):
    metrics = {} if reposts is None else {"metrics": {"reposts": reposts}}
    return {"id": f"own-{n:02}", "observed_at": at, "text": text, **metrics, **members}


def update(n, reposts, at):
    return {"id": f"own-{n:02}", "observed_at": at, "metrics": {"reposts": reposts}}


POSTS = [post(n + 1, text, count) for n, (text, count) in enumerate(zip(TEXTS, REPOSTS))]


class Trends(support.Bench):
    """A store beside the config, fed by pipe's rows."""

    def __init__(self, binary):
        super().__init__(binary)
        worker = support.WORKER.replace(", network: x", "").replace(", key: network-id, when: {at_least: {score: 3}}", "")
        self.write("worker.yaml", worker + "trends: {store: trends.db}\n")
        self.write("rules.yaml", RULES)

    def rows(self, posts):
        lines = b"".join(json.dumps(it, ensure_ascii=False).encode() + b"\n" for it in posts)
        done = self.run("pipe", "-c", "worker.yaml", "--shape", "facts", stdin=lines)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def take(self, rows, *flags):
        done = self.run("trends", "-c", "worker.yaml", "--facts", "-", "--once", *flags, stdin=rows)
        assert done.returncode == 0, done.stderr.decode()
        return done.stderr.decode()

    def ask(self, *flags):
        done = self.run("page", "-c", "worker.yaml", *flags)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def page(self, at, *flags):
        return json.loads(self.ask("--tag", "rare-earth", "--at", at, "--json", *flags))

    def ids(self, at):
        return [it["id"] for it in self.page(at)["posts"]["posts"]]

    def files(self):
        return {it.name: it.read_bytes() for it in Path(self.folder.name).glob("trends.db*")}

    def clear(self):
        for name in self.files():
            Path(self.folder.name, name).unlink()


def held_nowhere(bench, text):
    """No part of the text that no other text has, in any of the store's files."""
    words, others = text.encode(), "\n".join(it for it in TEXTS if it != text).encode()
    parts = [words[at:at + 24] for at in range(0, max(1, len(words) - 24), 12)]
    parts = [it for it in parts if it not in others]
    assert parts
    return not any(part in data for data in bench.files().values() for part in parts)


def the_page_of_the_seed(bench):
    rows = bench.rows(POSTS)
    bench.take(rows)
    page = bench.page(AT)
    trend, posts = page["trend"], page["posts"]["posts"]
    bench.check("16 posts in the page's order", [it["id"] for it in posts] == ALL, [it["id"] for it in posts])
    bench.check("their reposts, six unknown", [it.get("reposts") for it in posts] == REPOSTS)
    bench.check("which sum to 83", sum(it.get("reposts", 0) for it in posts) == 83)
    bench.check("texts as they were written", [it["text"] for it in posts] == TEXTS)
    facts = [json.loads(it) for it in rows.splitlines()]
    labels = [it.get("sentiment", "unknown") for it in facts if "rare-earth" in it["tags"]]
    shares = trend["sentiment"]
    bench.check("shares are counted over the facts", {name: it["posts"] for name, it in shares.items()}
                == {name: labels.count(name) for name in ("positive", "neutral", "negative", "unknown")}, shares)
    bench.check("and sum to 100.0", round(sum(it["share"] for it in shares.values()), 1) == 100.0, shares)
    bench.check("no author is invented", trend["authors"] == 0 and trend["authors_unknown"] == 16
                and not any(name in it for it in posts for name in ("author", "handle", "created", "url")))
    bench.check("no segment is invented", trend["segments"] == [] and "main_segment" not in trend
                and not any("segment" in it for it in posts))
    bench.check("as of that time", trend["at"] == 1775804400000 and all(it["as_of"] == 1775804400000 for it in posts))
    bench.check("members in the contract's order", list(trend) == [
        "tag", "label", "at", "window", "posts", "reposts", "authors", "authors_unknown", "sentiment", "segments", "burst",
        "share_of_voice"], list(trend))
    bench.check("a hashtag is a tag written with #, folded", [it["id"] for it in json.loads(
        bench.ask("--tag", "＃南鳥島の泥", "--at", AT, "--json"))["posts"]["posts"]] == ["own-16"])


def a_later_and_an_earlier_observation(bench):
    before = bench.ask("--tag", "rare-earth", "--at", AT, "--json")
    bench.take(bench.rows([update(2, 60, LATER)]))
    bench.check("at 16:30 the second post is the first", bench.ids(LATER)[:2] == ["own-02", "own-01"], bench.ids(LATER))
    bench.check("and 16:00 is as it was, to the byte", bench.ask("--tag", "rare-earth", "--at", AT, "--json") == before)
    bench.take(bench.rows([update(2, 900, EARLIER)]))
    bench.check("an observation of 15:00 that comes last changes nothing at 16:00",
                bench.ask("--tag", "rare-earth", "--at", AT, "--json") == before)
    history = json.loads(bench.ask("--post", "-/own-02", "--at", LATER, "--json"))
    bench.check("a post's history has all three", [it["reposts"] for it in history["seen"]] == [900, 6, 60], history["seen"])


def a_hidden_post(bench):
    hide = bench.rows([{"id": "own-04", "hidden": True, "observed_at": LATER}])
    bench.take(hide)
    left = [it for it in ALL if it != "own-04"]
    bench.check("15 posts", bench.ids(AT) == left, bench.ids(AT))
    bench.check("no byte of its text in the store", held_nowhere(bench, TEXTS[3]))
    bench.take(bench.rows(POSTS + [update(2, 60, LATER)]))
    bench.check("also after a replay of all rows", bench.ids(AT) == left and held_nowhere(bench, TEXTS[3]))
    for text in (it for n, it in enumerate(TEXTS) if n != 3):
        bench.check("the others are there", not held_nowhere(bench, text), text)
    bench.take(bench.rows([{"id": "own-04", "hidden": False, "observed_at": "2026-04-10T17:00:00+09:00"}, *POSTS]))
    bench.check("taken back, it is there again", bench.ids(AT) == ALL, bench.ids(AT))


def an_edit(bench):
    bench.take(bench.rows([post(17, "備蓄の倉庫を見てきた。レアアースは純度だそうです(訂正しました)", 4, replaces="own-05")]))
    bench.check("an edit drops the old id", "own-05" not in bench.ids(AT) and "own-17" in bench.ids(AT), bench.ids(AT))
    bench.take(bench.rows(POSTS))
    bench.check("for good", "own-05" not in bench.ids(AT))


def any_order(bench):
    posts = POSTS + [update(2, 60, LATER), update(2, 900, EARLIER), {"id": "own-04", "hidden": True, "observed_at": LATER},
                     post(17, TEXTS[4], 4, replaces="own-05"),
                     {"id": "r1", "observed_at": LATER, "text": TEXTS[5], "repost_of": "own-06", "metrics": {"reposts": 7}}]
    rows = bench.rows(posts).splitlines(keepends=True)
    answers = set()
    for order in (rows, rows[::-1], rows[7:] + rows[:7], [*rows, *rows]):
        bench.clear()
        bench.take(b"".join(order))
        answers.add(bench.ask("--tag", "rare-earth", "--at", LATER, "--json") + bench.ask("--json", "--at", LATER))
    bench.check("rows in any order give the same bytes", len(answers) == 1, answers)


def pages_and_forms(bench):
    bench.clear()
    bench.take(bench.rows(POSTS))
    got, after = [], []
    while True:
        page = bench.page(AT, "--limit", "5", *after)["posts"]
        got += [it["id"] for it in page["posts"]]
        if "next" not in page:
            break
        after = ["--after", page["next"]]
    bench.check("pages follow each other", got == ALL, got)
    lines = bench.ask("--tag", "rare-earth", "--at", AT, "--csv").decode().split("\r\n")
    bench.check("CSV has a header and a line a post", lines[0].startswith("network,id,created,as_of,author"), lines[0])
    tags = json.loads(bench.ask("--json"))
    bench.check("the list is of the greatest time read", tags["at"] == 1775804400000 and tags["tags"][0]["tag"] == "rare-earth")
    series = json.loads(bench.ask("--tag", "rare-earth", "--series", "--json"))
    bench.check("a course of 24 hours", series["step"] == 3600000 and len(series["points"]) == 24
                and series["points"][-1]["posts"] == 16, series)


def html(bench):
    """The page by itself: the figures of the seed, one document that needs nothing from elsewhere."""
    bench.clear()
    bench.take(bench.rows(POSTS))
    page = bench.ask("--tag", "rare-earth", "--at", AT).decode()
    bench.check("the page says rank, posts and time", "1位" in page and "<b>16</b> ポスト" in page
                and "2026年4月10日(金) 16:00" in page, page[:3000])
    at = [page.find(text.split("\n")[0].replace("&", "&amp;")[:12]) for text in TEXTS]
    bench.check("texts as written, in the page's order", -1 not in at and at == sorted(at), at)
    bench.check("no script, nothing to load", "<script" not in page and "src=" not in page and "@import" not in page)
    listed = bench.ask("--hl", "en").decode()
    bench.check("the list in English", '<html lang="en">' in listed and "posts" in listed and "ポスト" not in listed)


def bad_rows(bench):
    bench.clear()
    good = bench.rows(POSTS[:1])
    row = json.loads(good)
    bad = [b"{", b"[1]", json.dumps({**row, "v": 2}).encode(), json.dumps({**row, "id": ""}).encode(),
           json.dumps({name: it for name, it in row.items() if name != "as_of"}).encode(),
           json.dumps({**row, "reposts": -1}).encode(), json.dumps({**row, "likes": 2**53}).encode(),
           json.dumps({**row, "text": "あ" * 350_000}).encode(),
           json.dumps({**row, "tags": [f"t{n}" for n in range(1000)]}).encode(),
           json.dumps({**row, "kind": "repost"}).encode(),
           json.dumps({**row, "source": {"topic": "posts.raw", "partition": 0, "offset": 1,
                                         "timestamp": row["as_of"] - 86_400_001}}).encode()]
    said = bench.take(b"\n".join(bad) + b"\n" + good)
    bench.check("bad rows are counted by fault and stop nothing", "rows=1 bad=11 not-json=1 not-an-object=1 version=1 no-id=1 "
                "no-as-of=1 wrong-type=1 number-range=2 too-large=1 too-many-tags=1 ahead=1" in said, said)


def many_hides(bench):
    """Pages of the store were split and joined: what moved left no copy behind."""
    bench.clear()
    chance = random.Random(7)
    marks = {f"p{n}": hashlib.sha256(b"%d" % n).hexdigest()[:24] for n in range(1500)}

    def row(post, **members):
        return {"v": 1, "id": post, "kind": "post", "subject": post, "as_of": 1775804400000, "tags": ["rare-earth"],
                "hashtags": [marks[post][:12]], "text": " ".join([marks[post]] * chance.choice([1, 2, 5, 20, 100])), **members}
    rows = [row(it) for it in marks] + [row(it, as_of=1775804500000) for it in marks if chance.random() < 0.3]
    rows += [row(it, id=f"r-{it}", kind="repost") for it in marks if chance.random() < 0.2]
    rows += [{"v": 1, "id": it, "kind": "update", "subject": it, "as_of": 1775804300000, "reposts": 1}
             for it in marks if chance.random() < 0.3]
    chance.shuffle(rows)
    lines = [json.dumps(it).encode() + b"\n" for it in rows]
    for start in range(0, len(lines), 700):
        bench.take(b"".join(lines[start:start + 700]))
    hidden = chance.sample(sorted(marks), 500)
    for start in range(0, 500, 100):
        bench.take(b"".join(json.dumps({"v": 1, "id": it, "as_of": 1775804600000, "hidden": True}).encode() + b"\n"
                            for it in hidden[start:start + 100]))
    bench.take(b"".join(lines[::3]))
    held = b"".join(bench.files().values())
    found = [it for it in hidden if marks[it][:12].encode() in held]
    bench.check("nothing of 500 hidden posts is in the store's files", not found, found)
    bench.check("all of the others is", all(mark.encode() in held for it, mark in marks.items() if it not in hidden))


def refusals(bench):
    def refused(words, *command, code=1):
        done = bench.run(*command)
        bench.check(f"refused: {words}", done.returncode == code and words in done.stderr.decode(),
                    f"{done.returncode}: {done.stderr.decode()}")
    store = Path(bench.folder.name, "trends.db")
    page = ("page", "-c", "worker.yaml", "--json")
    refused("neither the rules nor the store know a tag", *page, "--tag", "nobody")
    refused("the store knows no post", *page, "--post", "x/nobody")
    refused("not both", *page, "--csv", code=2)
    refused("the store know nobody", *page[:-1], "--tag", "nobody")
    refused("window: expected", *page, "--window", "soon", code=2)
    refused("sort: expected one of posts, burst, authors, reposts", *page, "--sort", "likes", code=2)
    for version, words in ((1, "was written by an older trendmill (schema 1, this one has "), (99, "newer trendmill")):
        with sqlite3.connect(store) as base:
            base.execute(f"PRAGMA user_version = {version}")
        base.close()
        refused(words, *page)
        refused("start with --rebuild", "trends", "-c", "worker.yaml", "--facts", "-", "--once")
        bench.take(bench.rows(POSTS), "--rebuild")
        bench.check("rebuilt from another schema", bench.ids(AT) == ALL)
    store.write_bytes(b"nothing of a database" * 1000)
    refused("the store is damaged", "trends", "-c", "worker.yaml", "--facts", "-", "--once")
    bench.take(bench.rows(POSTS), "--rebuild")
    bench.check("rebuilt", bench.ids(AT) == ALL)
    config = Path(bench.folder.name, "worker.yaml").read_text()
    bench.write("worker.yaml", config.replace("store: trends.db", "store: trends.db, publish: {}"))
    bench.check("rows of a file are not published", "event=not-published" in bench.take(bench.rows(POSTS)))
    other = Path(bench.folder.name, "other.db")
    with sqlite3.connect(other) as base:
        base.execute("CREATE TABLE mine (a)")
    base.close()
    bench.write("worker.yaml", Path(bench.folder.name, "worker.yaml").read_text().replace("trends.db", "other.db"))
    refused("not a trend store", "trends", "-c", "worker.yaml", "--facts", "-", "--once", "--rebuild")
    bench.check("and left as it is", b"mine" in other.read_bytes())


def main():
    bench = Trends(sys.argv[1] if len(sys.argv) > 1 else os.environ["TRENDMILL"])
    for story in (the_page_of_the_seed, a_later_and_an_earlier_observation, a_hidden_post, an_edit, any_order,
                  pages_and_forms, html, bad_rows, many_hides, refusals):
        story(bench)
    bench.exit()


if __name__ == "__main__":
    main()
