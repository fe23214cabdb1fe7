"""A random history of posts, as facts rows: the same for the same seed.

Time goes on by random steps; at each something happens to a post: it is written, seen again with other counts, reposted,
edited, hidden, shown again, or made anew by rules of a higher version. Each row comes from a raw record, whose place and
time it carries. An id always goes to the same partition, as Kafka's key does it.

What the definitions leave open (README.md) a history avoids: two observations of one subject by different ids at the same
time, a post without `created` whose updates are older than itself, reposts of one unknown post with different tags.
"""
import json
import random
import zlib

HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS
FIRST_MS = 1785283200000            # 2026-07-29T00:00:00Z
PARTITIONS = 4
TOPIC = "posts.raw"
COUNTS = ("reposts", "quotes", "replies", "likes", "bookmarks", "views")
NETWORKS = ("x", "mastodon", None)

TAGS = ("rare-earth", "resources", "sea-mining", "economy", "yen", "prices", "energy", "ai", "earthquake", "baseball",
        "trains", "weather", "rice", "space", "games", "cats")
HASHTAGS = ("南鳥島", "レアアース", "値上げ", "今日の猫", "地震速報", "ai", "コメ高騰", "遅延", "deepsea", "プロ野球", "a/b",
            "c++", "100%", "日本🇯🇵")
SEGMENTS = ("40s/male", "30s/female", "20s/male", "50s/?", "?/female", "60s/male")
LANGS = ("ja", "ja", "ja", "ja", "en", "ko", "und")
SENTIMENTS = ("positive", "neutral", "negative", None)

OPENINGS = ("朝のニュースで聞いた", "【速報】", "え、ほんとに？", "正直よく分からないんだけど", "①まず確認", "ﾆｭｰｽで見た",
            "友だちが言ってた", "PSA:", "倭国の新聞によると", "通勤電車で読んだ話、")
SUBJECTS = ("南鳥島沖の泥の引き揚げが来月から始まるらしい", "スーパーの米がまた三百円も高くなっていた",
            "地下鉄が四十分止まって会社に遅れた", "電気代の明細を見て二度見した😱", "うちの猫が段ボールから出てこない🐈",
            "ロケットの打ち上げは風で明日に延期", "円がまた動いて海外通販のかごを空にした", "the port strike is over, cranes are moving again",
            "深海の試掘船が港に戻った、甲板は泥だらけ", "생성형 AI로 회의록을 쓰는 회사가 늘었다", "延長十二回でサヨナラ、声が枯れた⚾️")
ENDINGS = ("。", "！！", "\n詳しくは https://t.co/q7Zr0bWmXe", "\n\n※個人の感想です", "…どう思う？", " ＃みんなの声", "\t(続く)", "\\o/ \"最高\"", "")


class History:
    """rows: the lines of the facts topic, in its order. last_ms: the time of the last record."""

    def __init__(self, seed, steps=120, days=None, odd_rows=True, hides=True):
        self._random = random.Random(seed)
        days = days or self._random.choice((0.1, 1, 4))
        self._now = FIRST_MS
        self._step_ms = int(days * DAY_MS) // steps
        self._offsets = [0] * PARTITIONS
        self._posts = []                # the last row of each that has content
        self._stamps = {}               # by subject, the as_of that are taken
        self._networks = self._random.sample(NETWORKS, self._random.choice((1, 2, 3)))
        self._made = dict.fromkeys(self._networks, 0)
        self.rows = []
        self.has_unhides = False
        self._hidden = {}
        actions = [(self._new_post, 8), (self._see_again, 8), (self._update, 8), (self._repost, 6), (self._repost_unknown, 3),
                   (self._reply, 3), (self._edit, 2), (self._correct, 3), (self._made_anew, 4), (self._from_the_future, 2),
                   (self._update_first, 1), (self._rush, 2)]
        if hides:
            actions += [(self._hide, 2), (self._show_again, 1)]
        if odd_rows:
            actions += [(self._odd, 3)]
        self._actions, self._weights = zip(*actions)
        for _ in range(steps):
            self._now += self._random.randint(1, 2 * self._step_ms)
            self._random.choices(self._actions, self._weights)[0]()
        self.last_ms = self._now

    # --- parts of rows ---

    def _zipf(self, values, most):
        weights = [1 / (i + 1) for i in range(len(values))]
        return list(dict.fromkeys(self._random.choices(values, weights, k=self._random.randint(0, most))))

    def _text(self):
        choice = self._random.choice
        return choice(OPENINGS) + choice(SUBJECTS) + choice(ENDINGS)

    def _id(self, network):
        """Networks share their ids, each has one once."""
        self._made[network] += 1
        return str(1996000000000000000 + self._made[network])

    def _counts(self, like=None):
        counts = {}
        for name in COUNTS:
            if self._random.random() < 0.75:
                most = self._random.choice((0, 3, 40, 900, 2 ** 53 - 1 if self._random.random() < 0.02 else 20))
                counts[name] = max(0, (like or {}).get(name, 0) + self._random.randint(-most // 3, most))
                counts[name] = min(counts[name], 2 ** 53 - 1)
        return counts if self._random.random() < 0.9 else {}

    def _rules(self, version=None):
        version = version or self._random.choice((1, 1, 1, 2))
        return {"version": version, "id": f"{version:016x}"}

    def _source(self, row, timestamp=None):
        partition = zlib.crc32(f"{row.get('network')}:{row['id']}".encode()) % PARTITIONS
        self._offsets[partition] += self._random.choice((1, 1, 1, 2))
        return {"topic": TOPIC, "partition": partition, "offset": self._offsets[partition], "timestamp": timestamp or self._now}

    def _as_of(self, network, subject, at_least=None):
        """Not taken yet by another row of that subject; mostly now, at times long before."""
        taken = self._stamps.setdefault((network, subject), set())
        back = self._random.choice((0, 0, 0, self._random.randint(0, 2 * DAY_MS)))
        as_of = max(self._now - back, at_least or 0)
        while as_of in taken:
            as_of += 1
        taken.add(as_of)
        return as_of

    def _emit(self, row):
        self.rows.append(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode())

    def _row(self, network, id, kind, as_of, **members):
        row = {"v": 1, "id": id, "network": network, "kind": kind, "subject": members.get("repost_of", id), "as_of": as_of, **members}
        row = {name: value for name, value in row.items() if value is not None}
        row["source"] = self._source(row)
        return row

    def _with_counts(self, row, counts):
        """Counts follow the ids of other posts, as the worker writes them; source stays last."""
        row = {name: value for name, value in row.items() if name not in COUNTS}
        row.update(counts)
        for name in ("text", "tags", "hashtags", "links", "sentiment", "total", "rules", "source"):
            if name == "total":
                known = [counts[it] for it in COUNTS[:5] if it in counts]
                row.pop("total", None)
                if known:
                    row["total"] = sum(known)
            elif name in row:
                row[name] = row.pop(name)
        return row

    def _author(self):
        if self._random.random() < 0.15:
            return {}
        number = self._random.randint(1, 25)
        return {"author": f"u{number}", "handle": f"kaze_{number}", "followers": number * 37,
                "segment": self._random.choice((*SEGMENTS, None))}

    def _content(self):
        return {"text": self._text(), "tags": self._zipf(TAGS, 4), "hashtags": self._zipf(HASHTAGS, 3),
                "links": self._random.choice(([], ["https://news.example.com/umi/42"])), "sentiment": self._random.choice(SENTIMENTS),
                "rules": self._rules()}

    # --- what happens ---

    def _write(self, kind, network=None, id=None, tag=None, delay_ms=6 * HOUR_MS, **members):
        network = network if id else self._random.choice(self._networks)
        id = id or self._id(network)
        created = self._now - self._random.randint(0, delay_ms) if self._random.random() < 0.85 else None
        as_of = self._as_of(network, id, created or self._now)
        content = self._content()
        if tag:
            content["tags"] = [tag, *(it for it in content["tags"] if it != tag)]
        row = self._row(network, id, kind, as_of, created=created, lang=self._random.choice(LANGS), **self._author(),
                        url=self._random.choice((f"https://social.example/{id}", None)), **members, **content)
        row = self._with_counts(row, self._counts())
        self._posts.append(row)
        self._emit(row)
        return row

    def _new_post(self):
        self._write("post")

    def _rush(self):
        """Many speak of one thing within minutes."""
        tag = self._random.choice(TAGS)
        for _ in range(self._random.randint(4, 12)):
            self._now += self._random.randint(0, 5 * 60 * 1000)
            self._write("post", tag=tag, delay_ms=60 * 1000)

    def _reply(self):
        name = self._random.choice(("in_reply_to", "quote_of"))
        self._write("reply" if name == "in_reply_to" else "quote", **{name: "1996000000000000001"})

    def _known(self):
        return self._random.choice(self._posts) if self._posts else self._write("post")

    def _again(self, row, **changes):
        """The same post by another raw record."""
        row = {**row, **changes}
        row["source"] = self._source(row)
        return row

    def _see_again(self):
        """Other counts, at times another text."""
        was = self._known()
        as_of = self._as_of(was.get("network"), was["subject"], was.get("created", was["as_of"]))
        row = self._again(was, as_of=as_of)
        if self._random.random() < 0.3:
            row["text"] = self._text()
        row = self._with_counts(row, self._counts(was))
        self._posts[self._posts.index(was)] = row
        self._emit(row)

    def _update_of(self, was, at_least):
        row = self._row(was.get("network"), was["id"], "update", self._as_of(was.get("network"), was["id"], at_least),
                        rules=self._rules())
        self._emit(self._with_counts(row, self._counts(was)))

    def _update(self):
        was = self._known()
        if was["kind"] != "repost":
            self._update_of(was, was.get("created", was["as_of"]))

    def _update_first(self):
        """Counts of a post that is read later, if at all."""
        network = self._random.choice(self._networks)
        id = self._id(network)
        created = self._now - HOUR_MS
        self._update_of({"network": network, "id": id}, created)
        if self._random.random() < 0.7:
            row = self._row(network, id, "post", self._as_of(network, id, created), created=created, lang="ja",
                            **self._author(), **self._content())
            self._posts.append(self._with_counts(row, self._counts()))
            self._emit(self._posts[-1])

    def _repost(self):
        was = self._known()
        if was["kind"] == "repost":
            return
        self._repost_row(was.get("network"), was["id"], {**self._content(), "text": "RT @kaze: " + was["text"]}, was)

    def _repost_row(self, network, subject, content, like=None):
        id = self._id(network)
        row = self._row(network, id, "repost", self._as_of(network, subject, self._now), created=self._now, lang="ja",
                        **self._author(), repost_of=subject, **content)
        row = self._with_counts(row, self._counts(like))
        self._posts.append(row)
        self._emit(row)

    def _repost_unknown(self):
        """One of a few posts that are never read themselves; what is said of them follows from their id."""
        network, number = self._random.choice(self._networks), self._random.randint(1, 4)
        fixed = random.Random(f"{network} {number}")
        content = {"text": self._random.choice(OPENINGS) + fixed.choice(SUBJECTS), "tags": fixed.sample(TAGS[:5], 2),
                   "hashtags": fixed.sample(HASHTAGS, 1), "links": [], "sentiment": fixed.choice(SENTIMENTS),
                   "rules": self._rules()}
        self._repost_row(network, f"ghost-{number}", content)

    def _edit(self):
        was = self._known()
        if was["kind"] != "repost":
            self._write(was["kind"], was.get("network"), self._id(was.get("network")), replaces=was["id"])

    def _correct(self):
        """The same observation again with other counts: the greater offset holds."""
        was = self._known()
        self._emit(self._with_counts(self._again(was, rules=was["rules"]), self._counts(was)))

    def _made_anew(self):
        """A replay under newer rules: the same source, other tags."""
        was = self._known()
        if was["subject"].startswith("ghost"):
            return
        rules = self._rules(was["rules"]["version"] + 1)
        dice = random.Random(f"{was['source']} {rules}")
        row = dict(was, tags=dice.sample(TAGS[:8], dice.randint(0, 3)), rules=rules)
        self._emit({name: row[name] for name in was})

    def _from_the_future(self):
        """A wrong clock: a day ahead is taken, a millisecond more is not."""
        was = self._known()
        if was["kind"] == "repost":
            return
        for ahead in (DAY_MS, DAY_MS + 1, 400 * DAY_MS):
            taken = self._stamps.setdefault((was.get("network"), was["id"]), set())
            if self._now + ahead not in taken:
                taken.add(self._now + ahead)
                row = self._again(was, as_of=self._now + ahead, text="時計が狂っている端末から")
                self._emit(self._with_counts(row, {"reposts": 99999, "likes": 1}))

    def _hide_row(self, network, id, hidden, as_of):
        row = {"v": 1, "id": id, "network": network, "as_of": as_of, "hidden": hidden}
        row = {name: value for name, value in row.items() if value is not None}
        self._emit({**row, "source": self._source(row)})

    def _hide(self):
        was = self._known()
        key = (was.get("network"), self._random.choice((was["id"], was["subject"])))
        as_of = self._now - self._random.choice((0, 0, HOUR_MS, DAY_MS, -DAY_MS, -DAY_MS - 1, -400 * DAY_MS))
        self._hidden[key] = min(as_of, self._now)
        self._hide_row(*key, True, as_of)

    def _show_again(self):
        if self._hidden:
            self.has_unhides = True
            key = self._random.choice(list(self._hidden))
            self._hide_row(*key, False, self._hidden[key] + self._random.choice((-1, 0, 1, HOUR_MS)))

    def _odd(self):
        was = self._known()
        good = dict(was, as_of=self._now + 5)
        self.rows.append(self._random.choice((
            b"", b"\x00\xff\xfe", b"{", b"[1,2]", b"null", b'"\xe3\x81\x82"', b"{}", b"[" * 5000,
            json.dumps(dict(good, v=2)).encode(), json.dumps(dict(good, v="1")).encode(),
            json.dumps({name: good[name] for name in good if name != "id"}).encode(),
            json.dumps({name: good[name] for name in good if name != "as_of"}).encode(),
            json.dumps(dict(good, id=7)).encode(), json.dumps(dict(good, reposts=-1)).encode(),
            json.dumps(dict(good, likes=2 ** 53)).encode(), json.dumps(dict(good, views="12")).encode(),
            json.dumps(dict(good, reposts=1.5)).encode(), json.dumps(dict(good, kind="repost", subject=good["id"])).encode(),
            json.dumps(dict(good, as_of="2026-07-30")).encode(),
        )))


# --- how rows are delivered ---

def interleaved(rows, dice):
    """The order within a partition is kept, that between partitions is not."""
    queues = {}
    for row in rows:
        queues.setdefault(partition_of(row), []).append(row)
    queues = [list(reversed(queue)) for queue in queues.values()]
    while queues:
        queue = dice.choice(queues)
        yield queue.pop()
        if not queue:
            queues.remove(queue)


def partition_of(row):
    try:
        return json.loads(row)["source"]["partition"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return 0


def repeated(rows, dice):
    """Parts come again, as after a rewind."""
    at = 0
    while at < len(rows):
        length = dice.randint(1, 30)
        yield from rows[at:at + length]
        if dice.random() < 0.5:
            yield from rows[max(0, at - dice.randint(0, 40)):at + length]
        at += length


def shuffled(rows, dice):
    return dice.sample(rows, len(rows))


ORDERS = {"in order": lambda rows, dice: list(rows), "repeated": repeated, "interleaved": interleaved, "shuffled": shuffled}


def batches(rows, dice, most=6):
    """In a few parts of random length."""
    rows = list(rows)
    cuts = sorted(dice.randint(0, len(rows)) for _ in range(dice.randint(0, most - 1)))
    return [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)]) if a < b]
