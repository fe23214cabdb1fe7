#!/usr/bin/python3
"""A store does not grow beyond what it keeps: observations of many days, of which the last two are kept.

    growth.py BINARY [--observations N] [--batches N]

The size of all files after each batch is printed. Once more than the kept days went through, the store is at most half
as large again as it was then, and what is older than the retention is gone from it.
"""
import argparse
import itertools
import json
import sys
import tempfile

sys.dont_write_bytecode = True

from history import DAY_MS, FIRST_MS, TAGS, TOPIC
from product import Store

DAYS, KEPT_DAYS = 20, 2
TEXT = "通り雨のあと、港の方に虹が二重に出ていた。写真を撮る前に消えてしまったけれど、"


def rows(count):
    """Three of ten are new posts, the others look again at one of the last thousand."""
    posts = 0
    for number in range(count):
        as_of = FIRST_MS + number * DAYS * DAY_MS // count
        is_new = number % 10 in (0, 3, 6) or not posts
        posts += is_new
        post = posts if is_new else max(1, posts - number * 7919 % 1000)
        created = FIRST_MS + (post - 1) * 10 // 3 * DAYS * DAY_MS // count
        yield json.dumps({
            "v": 1, "id": f"p{post}", "network": "x", "kind": "post", "subject": f"p{post}", "as_of": as_of,
            "created": min(created, as_of), "lang": "ja", "author": f"u{post % 5000}", "reposts": number % 50, "likes": number % 70,
            "text": f"{post} 番目。{TEXT * 2}", "tags": [TAGS[post % 16], TAGS[post % 5]], "hashtags": [f"虹{post % 300}"],
            "links": [], "sentiment": "positive", "rules": {"version": 1, "id": f"{1:016x}"},
            "source": {"topic": TOPIC, "partition": 0, "offset": number, "timestamp": as_of}}, ensure_ascii=False).encode()


def size(store):
    return sum(path.stat().st_size for path in store.files())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--observations", type=int, default=30000)
    parser.add_argument("--batches", type=int, default=10)
    args = parser.parse_args()
    sizes, failures = [], []
    with tempfile.TemporaryDirectory(prefix="trends-") as folder:
        store = Store(args.binary, folder, retention=f"{KEPT_DAYS}d")
        lines = rows(args.observations)
        for number in range(args.batches):
            store.feed(list(itertools.islice(lines, args.observations // args.batches)))
            sizes.append(size(store))
            print(f"day {(number + 1) * DAYS / args.batches:4.1f}: {sizes[-1] / 2 ** 20:7.1f} MiB", flush=True)
        full = sizes[2 * KEPT_DAYS * args.batches // DAYS - 1]
        if max(sizes) > 1.5 * full:
            failures.append(f"{max(sizes)} bytes, while {2 * KEPT_DAYS} days took {full}")
        old = json.loads(store.page(FIRST_MS + 5 * DAY_MS, DAY_MS, tag=TAGS[0]))
        if old["trend"]["posts"] or old["posts"]["posts"]:
            failures.append(f"posts of the fifth day are there: {old['trend']['posts']}")
        new = json.loads(store.page(FIRST_MS + DAYS * DAY_MS, DAY_MS, tag=TAGS[0]))
        if not new["trend"]["posts"]:
            failures.append("no post of the last day is there")
    print("\n".join(failures) or f"{args.observations} observations: no growth beyond the retention")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
