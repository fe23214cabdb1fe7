#!/usr/bin/python3
"""A hidden post's text is in none of the store's files, nor is that of its reposts or of a post that an edit replaces;
also after all rows come again.

    hides.py BINARY
"""
import json
import sys
import tempfile

sys.dont_write_bytecode = True

from history import FIRST_MS, HOUR_MS, TOPIC
from product import Store

POSTS = 60
LONG = 40           # one post in so many has a text of several pages of the file


def marked(number):
    """Words that are in the text of this post alone; in the order of the tags they come to are on many pages."""
    return f"灯台の当番日誌{number:05}号「霧笛よし」"


def mark(number):
    """A hashtag of this post alone."""
    return f"当番{number:05}番灯"


def text_of(number):
    return marked(number) + "\n夜の見回りで見たこと。" * (2000 if number % LONG == 7 else 3)


def row(number, offset, **members):
    as_of = FIRST_MS + offset * 60000
    row = {"v": 1, "id": f"p{number}", "network": "x", "kind": "post", "subject": f"p{number}", "as_of": as_of,
           "created": FIRST_MS + number * 60000, "lang": "ja", "author": f"u{number % 7}", "reposts": offset,
           "text": text_of(number), "tags": ["rare-earth"], "hashtags": [mark(number)], "links": [], **members,
           "rules": {"version": 1, "id": f"{1:016x}"},
           "source": {"topic": TOPIC, "partition": 0, "offset": offset, "timestamp": as_of}}
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def hide(number, offset):
    as_of = FIRST_MS + offset * 60000
    return json.dumps({"v": 1, "id": f"p{number}", "network": "x", "as_of": as_of, "hidden": True,
                       "source": {"topic": TOPIC, "partition": 0, "offset": offset, "timestamp": as_of}}).encode()


def repost(number, of, offset):
    return row(number, offset, kind="repost", subject=f"p{of}", repost_of=f"p{of}", text="RT @kaze: " + text_of(of),
               hashtags=[mark(of)])


def found_in(store, number):
    """Names of the files that hold a post's words; UTF-16 is a way to store them too."""
    forms = [marked(number).encode(form) for form in ("utf-8", "utf-16-le", "utf-16-be")] + [mark(number).encode()]
    return [path.name for path in store.files() if any(form in path.read_bytes() for form in forms)]


def main():
    failures = []
    with tempfile.TemporaryDirectory(prefix="trends-") as folder:
        store = Store(sys.argv[1], folder)

        def check(claim, numbers, are_there):
            wrong = [(number, files) for number in numbers if bool(files := found_in(store, number)) != are_there]
            if wrong:
                failures.append(f"{claim}: wrong for {wrong[:5]}; files {[it.name for it in store.files()]}")

        posts = [row(number, number) for number in range(POSTS)]
        again = [row(number, POSTS + number) for number in range(POSTS)]
        reposts = [repost(POSTS + number, number, 3 * POSTS + number) for number in range(0, POSTS, 3)]
        hidden, replaced = [0, 3, 7, 8, 20, 47, 59], [5, 27]
        hides = [hide(number, 5 * POSTS + number) for number in hidden]
        edits = [row(200 + number, 6 * POSTS + number, replaces=f"p{number}") for number in replaced]
        gone = hidden + replaced
        shown = [number for number in range(POSTS) if number not in gone]

        store.feed(posts + again + reposts)
        check("a text that is not hidden is in the store", range(POSTS), True)
        store.feed(hides + edits)
        check("no byte of a hidden text is left", gone, False)
        check("all others are there", shown, True)
        store.feed(posts + again + reposts)
        check("nor when all rows come again", gone, False)
        check("and all others are there", shown, True)
        store.feed(hides + posts + reposts + hides)
        check("nor when the hides come again too", gone, False)
    with tempfile.TemporaryDirectory(prefix="trends-") as folder:
        store = Store(sys.argv[1], folder)
        store.feed(hides)
        store.feed(posts + reposts)
        check("a hide that comes before its post holds", hidden, False)
        check("for that post alone", [1, 2, 4], True)
    print("\n".join(failures) or "no byte of a hidden text in the store's files")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
