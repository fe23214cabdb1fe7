"""One story, told in the form of each preset, gives the same facts rows.

    stories.py

Compares the facts rows that stand in story-*/records.jsonl with those of story-canonical. Ids are
compared by whom they mean: the first that appears is #1, and an edit means the post that it replaces.
What may differ is written down here, network by network, and nothing else may."""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROWS = ["post", "counts grown", "reply", "quote", "repost", "edit", "hide", "hide taken back"]

# Rows that a network does not send, and members that no row or only some rows of it have.
ABSENT = {
    "x-api-v2": {"rows": [], "members": [],
                 "in": {row: ["as_of"] for row in ROWS[:6]}, "own": {"edit": ["created"]}},
    "mastodon": {"rows": ["hide taken back"], "members": ["bookmarks", "views"], "own": {"*": ["total"]},
                 "in": {row: ["as_of"] for row in ROWS if row != "edit"}},
    "jetstream": {"rows": ["counts grown", "hide taken back"], "in": {},
                  "own": {"repost": ["text", "lang", "tags", "hashtags", "links"]},
                  "members": ["handle", "followers", "reposts", "quotes", "replies", "likes",
                              "bookmarks", "views", "total", "score", "tier"]},
    "mapping": {"rows": [], "members": [], "in": {}, "own": {}},
}
IDS = ["id", "subject", "in_reply_to", "repost_of", "quote_of"]


class Names:
    """Ids as #1, #2… in the order in which they appear."""

    def __init__(self):
        self.posts, self.authors = {}, {}

    def of(self, names, value):
        return names.setdefault(value, f"#{len(set(names.values())) + 1}")

    def row(self, row):
        row = {name: value for name, value in row.items() if name not in ("network", "source")}
        if "replaces" in row:
            self.posts[row["id"]] = self.of(self.posts, row.pop("replaces"))
        for name in IDS:
            if name in row:
                row[name] = self.of(self.posts, row[name])
        if "author" in row:
            row["author"] = self.of(self.authors, row["author"])
        return row


def facts(story):
    lines = (HERE / f"story-{story}" / "records.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    return [record["value"] for record in records if record["topic"] == "posts.facts"]


def without(row, names):
    return {name: value for name, value in row.items() if name not in names}


def compare(story, told):
    absent, names, fine = ABSENT[story], Names(), True
    expected = {name: row for name, row in told.items() if name not in absent["rows"]}
    rows = facts(story)
    if len(rows) != len(expected):
        print(f"story-{story}: {len(rows)} rows, expected {len(expected)}")
        return False
    for row, (name, want) in zip(rows, expected.items()):
        missing = absent["members"] + absent["in"].get(name, [])
        own = absent["own"].get(name, []) + absent["own"].get("*", []) + ["url", "visibility", "sensitive", "bot"]
        there = [member for member in missing if member in row]
        got, want = without(names.row(row), own), without(without(want, missing), own)
        if there or got != want:
            fine = False
            print(f"story-{story}: {name}: said to be absent: {there}\n  got      {got}\n  expected {want}")
    return fine


def main():
    names, rows = Names(), facts("canonical")
    if len(rows) != len(ROWS):
        print(f"story-canonical: {len(rows)} rows, expected {len(ROWS)}")
        return 1
    told = {name: names.row(row) for name, row in zip(ROWS, rows)}
    return 0 if all([compare(story, told) for story in ABSENT]) else 1


if __name__ == "__main__":
    sys.exit(main())
