#!/usr/bin/python3
"""Random histories, delivered in many ways, against the model: every answer byte for byte.

    histories.py BINARY [--seeds N] [--first SEED] [--questions N]

Each seed is a history of its own. Its rows come in order, with parts repeated, interleaved over partitions or shuffled, in
several batches, some of them killed on the way; then the store and the model answer the same questions. A failure names
the seed: --first SEED --seeds 1 shows it again. The default is what ctest has time for; --seeds 1000 is a long run.
"""
import argparse
import difflib
import json
import random
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True

from history import DAY_MS, HASHTAGS, HOUR_MS, ORDERS, SEGMENTS, TAGS, History, batches
from model import LIMIT, NEXT, TAG_SORTS, Model, parse, to_bytes
from product import RULES, Ended, Store, seconds_of

WINDOWS = (HOUR_MS, DAY_MS, 7 * DAY_MS)
POST_SORTS = ("reposts", "likes", "views", "per_hour", "newest")
KINDS = ("tag", "list", "related", "series", "tag", "post", "csv")
PAGES = 3                       # of an answer that are read


def pretty(answer):
    return json.dumps(json.loads(answer), ensure_ascii=False, indent=1).splitlines()


def difference(expected, got):
    try:
        lines = list(difflib.unified_diff(pretty(expected), pretty(got), "model", "product", lineterm="", n=2))
    except ValueError:
        lines = []
    return "\n".join(lines[:60]) or f"model   {expected[:1500]!r}\nproduct {got[:1500]!r}"


def deliver(store, history, dice):
    """In one of the orders, in parts, some killed and given again. Last all rows once more, since a post that was hidden
    and is shown again comes back only with its rows."""
    order = dice.choice(list(ORDERS))
    parts = batches(ORDERS[order](history.rows, dice), dice)
    kills = 0
    slowest = 0.3
    for part in parts:
        while dice.random() < 0.4:
            kills += store.feed_and_kill(part, dice.uniform(0, slowest))
        slowest = max(slowest, seconds_of(lambda: store.feed(part)))
    if history.has_unhides:
        store.feed(history.rows)
    return f"{order}, {len(parts)} parts, {kills} killed"


def filters(dice):
    """Mostly none."""
    if dice.random() < 0.5:
        return {}
    return {name: value for name, value in (("lang", dice.choice((None, None, "ja", "en", "und"))),
                                            ("segment", dice.choice((None, None, *SEGMENTS[:3]))),
                                            ("sentiment", dice.choice((None, None, "positive", "negative", "unknown"))))
            if value}


def questions(history, dice, count):
    """(kind, at, window, of what, more); times before, between and after the rows, at their very milliseconds too."""
    rows = [row for row, _ in map(parse, history.rows) if row]
    for number in range(count):
        stamp = dice.choice(rows)["as_of"]
        at = dice.choice((history.last_ms, stamp, stamp + dice.choice((-1, 1)), history.last_ms + 2 * DAY_MS))
        kind = KINDS[number % len(KINDS)]
        window = dice.choice(WINDOWS)
        tag = dice.choice((*TAGS[:6], *("#" + it for it in HASHTAGS)))
        limit = dice.choice((LIMIT, LIMIT, 1, 3, 10))
        if kind == "list":
            yield kind, at, window, None, {"sort": dice.choice(tuple(TAG_SORTS)), "limit": limit, **filters(dice)}
        elif kind == "related":
            yield kind, at, window, tag, {"limit": limit, **filters(dice)}
        elif kind == "csv":
            yield kind, at, window, (tag, dice.choice(rows)), filters(dice)
        elif kind == "tag":
            yield kind, at, window, tag, {"sort": dice.choice(POST_SORTS), "limit": limit, **filters(dice)}
        elif kind == "series":
            yield kind, at, window, tag, filters(dice)
        else:
            row = dice.choice(rows)
            yield kind, at, window, (row.get("network", ""), row.get("subject", row["id"])), {}


def without_cursor(answer):
    """The answer with NEXT for its cursor, and that."""
    found = re.search(rb'"next":"([^"]*)"', answer)
    if not found:
        return answer, None
    return answer[:found.start(1)] + NEXT.encode() + answer[found.end(1):], found[1].decode()


def asked_of(model, question):
    """What the program is asked, and the model's answer; None where there is none."""
    kind, at, window, of, more = question
    if kind == "list":
        return {}, lambda **page: model.trends(at, window, **more, **page)
    if kind == "tag":
        return {"tag": of}, lambda **page: model.page(of, at, window, **more, **page) if model.knows(of) else None
    if kind == "series":
        return {"tag": of, "series": True}, lambda **_: model.series(of, at, window, **more)
    if kind == "related":
        return {"tag": of, "related": True}, lambda **_: model.related(of, at, window, **more)
    return {"post": f"{of[0] or '-'}/{of[1]}"}, lambda **_: model.history(*of, at)


def ask_csv(store, model, question):
    """All answers as CSV: a list, a tag's posts, course and related tags, a post's counts."""
    _, at, window, (tag, row), more = question
    post = row.get("network", ""), row.get("subject", row["id"])
    for words, expected in (({**more}, lambda: model.trends_csv(at, window, **more)),
                            ({"tag": tag, **more}, lambda: model.posts_csv(tag, at, window, **more) if model.knows(tag) else None),
                            ({"tag": tag, "series": True, **more}, lambda: model.series_csv(tag, at, window, **more)),
                            ({"tag": tag, "related": True, **more}, lambda: model.related_csv(tag, at, window, **more)),
                            ({"post": f"{post[0] or '-'}/{post[1]}"}, lambda: model.history_csv(*post, at))):
        wanted = expected()
        try:
            got = store.page(at, window, form="csv", **words)
        except Ended as ended:
            if wanted is not None or " know" not in str(ended):
                return f"{question}, {words}: {ended}"
            continue
        if wanted is not None and wanted != got:
            return f"{question}, {words}\nmodel   {wanted[:1500]!r}\nproduct {got[:1500]!r}"
    return ""


def ask(store, model, question):
    """Where the answers differ, as text, else nothing; page by page, the first few."""
    kind, at, window, _, more = question
    if kind == "csv":
        return ask_csv(store, model, question)
    words, answer = asked_of(model, question)
    after = None
    for number in range(PAGES):
        expected = answer(skip=number * more.get("limit", 0))
        try:
            got, after = without_cursor(store.page(at, window, **words, **more, after=after))
        except Ended as ended:
            return "" if expected is None and " know" in str(ended) else f"{question}: {ended}"
        if expected is not None and to_bytes(expected) != got:
            return f"{question}, page {number + 1}\n{difference(to_bytes(expected), got)}"
        if not after:
            break
    return ""


def try_seed(binary, seed, count):
    """What went wrong, or nothing."""
    dice = random.Random(f"delivery {seed}")
    history = History(seed)
    model = Model(RULES)
    for row in history.rows:
        model.take(row)
    with tempfile.TemporaryDirectory(prefix="trends-") as folder:
        store = Store(binary, folder)
        try:
            how = deliver(store, history, dice)
            found = filter(None, (ask(store, model, question) for question in questions(history, dice, count)))
            first = next(found, "")
        except Ended as ended:
            how, first = "", str(ended)
    return first and f"seed {seed} ({how}): {first}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--questions", type=int, default=7)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    seeds = range(args.first, args.first + args.seeds)
    with ThreadPoolExecutor(args.jobs) as pool:
        failures = [it for it in pool.map(lambda seed: try_seed(args.binary, seed, args.questions), seeds) if it]
    print("\n\n".join(failures[:5]) or f"{len(seeds)} histories: all answers are the model's")
    sys.exit(f"{len(failures)} of {len(seeds)} histories differ" if failures else 0)


if __name__ == "__main__":
    main()
