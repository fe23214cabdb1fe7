"""Numbered posts. Post N of a seed is the same record in every run: its key, its value, its headers.

Most are the shipped samples under new ids; some are count updates, hides, records that are no posts,
posts of 20 kB in bursts (legal one by one, too much for a small topic in one batch), now and then one
that a small topic never accepts, or only while its limit is high, and hostile ones, whose text makes
much of each byte."""
import base64
import json
import pathlib
import random
from datetime import datetime, timedelta, timezone

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "config/samples/posts.jsonl"
FIRST = datetime(2026, 4, 10, tzinfo=timezone.utc)

# A record of the small route is surely below the lower limit, surely above the upper one, or between them: then it
# depends on when the broker saw it, and a dead letter or the record says which.
SMALL_LIMITS = (60_000, 100_000)
LARGE_BYTES = 20_000
BETWEEN_BYTES = 80_000
TOO_LARGE_BYTES = 150_000

# Below the lower limit with all that comes of them.
HOSTILE_BYTES = 12_000
HOSTILE = [".", "not-", "RT @", "@a ", "#a ", "a.jp ", "soooo goooood ", "\ufdfa", "🇯🇵", "e\u0301", "no...", "レアアース最高"]

NO_POSTS = [
    b"not json at all",
    b'{"id": "1", "text": "cut off',
    '{"text": "誰の投稿か分からない"}'.encode(),
    b'{"id": "%s", "author": {"handle": "nobody"}}',
    b'{"id": "%s", "text": ["a", "list"]}',
    b'{"id": "%s", "text": "", "deep": ' + b"[" * 80 + b"0" + b"]" * 80 + b"}",
    b'{"id": "%s", "text": "\xff\xfe"}',
    b'{"id": "%s", "text": "a \x00 in it"}',
    b"[]",
]


class Posts:
    def __init__(self, seed):
        self.seed = seed
        self.bodies = list(bodies(SAMPLES.read_bytes().split(b"\n")))
        noise = base64.b64encode(random.Random(seed).randbytes(400_000)).decode()
        self.noise = noise + noise[:TOO_LARGE_BYTES]      # does not compress

    def id_of(self, number):
        return f"{self.seed % 1000:03d}{number:012d}"

    def pad(self, number, size):
        start = number * 7919 % 400_000
        return self.noise[start:start + size]

    def record(self, number):
        """The key, the value (None: Kafka's null) and the headers of a post."""
        id_ = self.id_of(number)
        dice = (number * 2654435761 + self.seed * 40503) % 4294967296 % 1000
        headers = [("n", str(number).encode())]
        if dice % 8 == 0:
            headers += [("trace", b"\x00\xff%d" % dice), ("trace", b""), ("誰", "書き手".encode())]
        key, value = self.key_and_value(number, id_, dice)
        return key.encode(), value, headers

    def key_and_value(self, number, id_, dice):
        earlier = self.id_of(max(0, number - 1 - dice))
        observed = (FIRST + timedelta(milliseconds=number)).isoformat(timespec="milliseconds")
        head = f'{{"id":"{id_}","observed_at":"{observed}",'
        if number % 2000 < 20:
            return id_, (head + f'"pad":"{self.pad(number, LARGE_BYTES)}",' + self.text(number)).encode()
        if number % 5000 == 1234:
            return id_, (head + f'"pad":"{self.pad(number, TOO_LARGE_BYTES)}",' + self.text(number)).encode()
        if number % 5000 == 3210:
            return id_, (head + f'"pad":"{self.pad(number, BETWEEN_BYTES)}",' + self.text(number)).encode()
        if number % 500 == 77:
            unit = HOSTILE[number // 500 % len(HOSTILE)]
            return id_, (head + f'"text":"{unit * (HOSTILE_BYTES // len(unit.encode()))}"}}').encode()
        if dice < 10:
            value = NO_POSTS[number % len(NO_POSTS)]
            return id_, value.replace(b"%s", id_.encode())
        head = f'{{"id":"{earlier}","observed_at":"{observed}",'
        if dice < 60:
            return earlier, (head + f'"metrics":{{"reposts":{dice},"likes":{number % 5000}}}}}').encode()
        if dice < 80:
            return earlier, (head + '"hidden":true}').encode()
        if dice < 85:
            return earlier, (head + '"hidden":false}').encode()
        if dice < 95:
            return earlier, None
        return id_, (f'{{"id":"{id_}","observed_at":"{observed}",' + self.text(number)).encode()

    def text(self, number):
        return self.bodies[number % len(self.bodies)]


def bodies(lines):
    """The samples with a text, each without its opening brace, its id and the time of its counts."""
    for line in lines:
        try:
            post = json.loads(line)
        except ValueError:
            continue                    # a few are no posts on purpose
        if isinstance(post, dict) and isinstance(post.get("text"), str) and "id" in post:
            yield json.dumps({name: post[name] for name in post if name not in ("id", "observed_at")},
                             ensure_ascii=False)[1:]
