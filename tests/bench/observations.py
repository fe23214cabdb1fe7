#!/usr/bin/python3
"""Facts rows to measure the trend stage with: invented, the same for the same seed.

usage: observations.py COUNT [--seed N]         one row a line

Of ten observations three are new posts; the others look again at one of the last 30,000 posts: half with the post, half
as count updates. Tags follow Zipf's law (two a post, the first rank has a twelfth of all), and each tag of the list
is used at least once where there are as many posts as tags. All are of one day, in the order of time.
"""
import argparse
import bisect
import collections
import itertools
import json
import random
import sys

import posts

TAGS = 100000
AUTHORS = 60000
RECENT = 30000
FIRST_MS = 1764918000000
DAY_MS = 24 * 3600 * 1000
NEW = 0.3                       # of the observations
PARTITIONS = 4
SENTIMENTS = ("positive", "neutral", "neutral", "negative", None)
SEGMENTS = ("40s/male", "30s/female", "20s/male", "50s/female", "60s/male", None, None)
COUNTS = ("reposts", "quotes", "replies", "likes", "bookmarks", "views")


def tag(rank):
    return "topic-%06d" % rank


class Observations:
    def __init__(self, count, seed=posts.SEED):
        self._count = count
        self._random = random.Random(seed)
        self._posts = posts.Posts(posts.MEAN_BYTES, seed)
        self._weights = list(itertools.accumulate(1 / rank for rank in range(1, TAGS + 1)))
        self._recent = collections.deque(maxlen=RECENT)
        self._made = 0
        self._offsets = [0] * PARTITIONS

    def _rank(self):
        return bisect.bisect(self._weights, self._random.random() * self._weights[-1]) + 1

    def _tags(self):
        ranks = [self._rank(), self._rank()]
        if self._made <= TAGS:
            ranks.append(self._made)
        return [tag(rank) for rank in dict.fromkeys(ranks)]

    def _author(self):
        number = int(self._random.random() ** 2 * AUTHORS)
        segment = SEGMENTS[number % len(SEGMENTS)]
        return {"author": str(7000000000 + number), "handle": "kaze_%d" % number, "followers": number % 5000,
                **({"segment": segment} if segment else {})}

    def _new_post(self, now_ms):
        post = self._posts.next()
        self._made += 1
        sentiment = self._random.choice(SENTIMENTS)
        replies_to = {"in_reply_to": post["in_reply_to"]} if "in_reply_to" in post else {}
        row = {"v": 1, "id": post["id"], "network": "x", "kind": "reply" if replies_to else "post", "subject": post["id"],
               "as_of": now_ms, "created": now_ms - int(self._random.random() ** 3 * 3600000), "lang": post.get("lang", "ja"),
               **self._author(), "url": "https://x.com/i/status/" + post["id"], **replies_to, **post["metrics"],
               "text": post["text"], "tags": self._tags(), "hashtags": [], "links": [],
               **({"sentiment": sentiment} if sentiment else {})}
        self._recent.append(row)
        return row

    def _seen_again(self, now_ms):
        place = self._random.randrange(len(self._recent))
        row = dict(self._recent[place], as_of=now_ms)
        for name in COUNTS:
            if name in row:
                row[name] += int(row[name] * self._random.random() * 0.2) + 1
        self._recent[place] = row
        if self._random.random() < 0.5:
            return row
        known = ("v", "id", "network", "kind", "subject", "as_of", *COUNTS)
        return {**{name: row[name] for name in known if name in row}, "kind": "update"}

    def rows(self):
        """(key, value, partition, timestamp) in the order of time."""
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        for number in range(self._count):
            now_ms = FIRST_MS + number * DAY_MS // self._count
            is_new = not self._recent or self._random.random() < NEW
            row = self._new_post(now_ms) if is_new else self._seen_again(now_ms)
            partition = int(row["id"]) % PARTITIONS
            self._offsets[partition] += 1
            total = sum(row.get(name, 0) for name in COUNTS[:5])
            yield row["id"], encode({**row, "total": total, "rules": {"version": 1, "id": "00c0ffee00c0ffee"}, "source": {
                "topic": "posts.raw", "partition": partition, "offset": self._offsets[partition],
                "timestamp": now_ms}}).encode(), partition, now_ms


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=posts.SEED)
    args = parser.parse_args()
    for _, value, _, _ in Observations(args.count, args.seed).rows():
        sys.stdout.buffer.write(value + b"\n")


if __name__ == "__main__":
    main()
