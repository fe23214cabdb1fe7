"""The page of replay --diff: in a browser it shows what the JSON report says, whatever ids and tags hold."""
import json
import os
import re
import sys
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

from posts import FIRST_MS
from support import ROOT, trendmill

sys.path.insert(0, str(ROOT / "tests"))
from browser import CHROMIUM, browse        # noqa: E402

CHANGES = ("gained", "lost", "changed", "same")
NEW_RULES = [
    ("\nversion: 1\n", "\nversion: 2\n"),
    ("any: [レアアース, 希土類, ", "any: [レアアース, 希土類, 磁石, "),
    ("        none: [ゲーム, game]", "        none: [ゲーム, game, 陰謀, 1円]"),
    ("any: [日本, japan, japanese]", "any: [日本, japan]"),
    ("positive: 0.15 ", "positive: 0.3 "),
    ("min_age: 1h ", "min_age: 2h "),
    ("hot: 1000", "hot: 800"),
    ("\n  # Economy\n", "\n  storms:\n    labels: {ja: 荒天, en: Storms}\n    any: [台風, 大雪, 雷, 暴風]\n\n  # Economy\n"),
]


class Page(HTMLParser):
    """Tables by class, each row as its name, label, cells and examples; and all that could do more than show text."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.totals, self.elements = {}, {}, set()
        self.kind = self.total = None
        self.feed(text)

    def rows_of(self, table):
        return [row for row in self.tables.get(table, []) if row.cells]

    def handle_starttag(self, tag, attributes):
        kind = dict(attributes).get("class")
        self.elements |= {tag, *(name for name, _ in attributes)}
        self.kind = (tag, kind)
        if tag == "table":
            self.rows = self.tables.setdefault(kind, [])
        elif tag == "tr":
            self.rows.append(SimpleNamespace(name="", label="", cells=[], examples=[]))
        elif tag == "td":
            self.rows[-1].cells.append("")
        elif tag == "li":
            self.rows[-1].examples.append({})
        elif tag == "dd":
            self.total = kind

    def handle_endtag(self, _):
        self.kind = None

    def handle_data(self, data):
        tag, kind = self.kind or (None, None)
        if kind in ("name", "label"):
            setattr(self.rows[-1], kind, data)
        elif tag == "td":
            self.rows[-1].cells[-1] += data.strip()
        elif tag == "dd":
            self.totals[self.total] = as_number(data)
        elif kind in ("id", "place", "how", "text"):
            self.rows[-1].examples[-1][kind] = data
        elif tag == "span" and kind in CHANGES and self.rows[-1].examples:
            self.rows[-1].examples[-1]["change"] = data


def as_number(text):
    assert re.fullmatch(r"\d{1,3}(,\d{3})*\s*", text), text
    return int(text.replace(",", ""))


def live(place, posts, *, changes, **config):
    """What the rules make of posts, and what others then would: the JSON report, the page's path, and its text as a
    browser has it."""
    place.create_all()
    feed = place.feed()
    for n, post in enumerate(posts):
        feed.record(post, str(n), timestamp=FIRST_MS + n)
    feed.flush()
    place.run_through(place.config(**config), len(posts))
    other = place.config(name="other", rules=[str(place.other_rules(*changes))], **config)
    report, page = place.folder / "diff.json", place.folder / "diff.html"
    done = trendmill("replay", "-c", other, "--from", "earliest", "--to", "latest", "--diff", "--report", report,
                     "--page", page)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(report.read_text()), page


def browsed(page, folder):
    return Page(browse(page.as_uri(), folder))


def check_alike(report, page):
    for section in ("rules", "route", "tag", "list", "figure", "sentiment", "tier"):
        expected = [row for row in report["rows"] if row["section"] == section]
        shown = page.rows_of(section)
        assert [it.name for it in shown] == [row["name"] for row in expected]
        for it, row in zip(shown, expected, strict=True):
            assert it.label == row.get("label", "")
            assert [as_number(cell) for cell in it.cells] == [row[change] for change in CHANGES]
            assert it.examples == [{"change": change, **example} for change in CHANGES[:3]
                                   for example in row[f"{change}_examples"]]
    assert page.totals == {"posts": report["posts"], **report["totals"]}
    assert sum(report["totals"].values()) == report["posts"]
    assert [(it.name, *map(as_number, it.cells)) for it in page.rows_of("range")] == [
        (f"{it['topic']}/{it['partition']}", it["start"], it["end"]) for it in report["partitions"]]


def samples(rounds):
    """The shipped posts several times over, each with an id of its own."""
    for n in range(rounds):
        for line in (ROOT / "config/samples/posts.jsonl").read_bytes().splitlines():
            yield re.sub(rb'^\{"id": "(\d+)"', lambda it: b'{"id": "%d"' % (int(it[1]) + n), line)


@pytest.mark.skipif(not CHROMIUM, reason="no chromium")
def test_the_page_shows_what_the_report_says(place, tmp_path):
    """GOLDEN=write renews the picture in deploy/."""
    report, path = live(place, list(samples(8)), changes=NEW_RULES)
    page = browsed(path, tmp_path)
    check_alike(report, page)
    rows = {(row["section"], row["name"]): row for row in report["rows"]}
    assert rows["tag", "storms"]["gained"] and not rows["tag", "storms"]["same"]
    assert rows["tag", "storms"]["label"] == "荒天" and rows["tag", "sea-mining"]["lost"]
    assert {row["section"] for row in report["rows"] if row["changed"]} >= {"rules", "route", "figure", "sentiment"}
    (name, rules), = ((name, row) for (section, name), row in rows.items() if section == "rules")
    assert re.fullmatch(r"1 \w{16} -> 2 \w{16}", name) and name.endswith(report["rules"])
    assert rules["changed"] == report["compared"]
    raw = {f"{it.topic}/{it.partition}/{it.offset}": it.value for it in
           place.reader([place.topic("raw")]).read_to_end()[place.topic("raw")]}
    examples = [it for row in report["rows"] for change in CHANGES[:3] for it in row[f"{change}_examples"]]
    assert examples and all(f'"id": "{it["id"]}"'.encode() in raw[it["place"]] for it in examples)
    tags = [row["gained"] + row["lost"] + row["changed"] for row in report["rows"] if row["section"] == "tag"]
    assert tags == sorted(tags, reverse=True) and tags[0] > 0
    if os.environ.get("GOLDEN") == "write":
        path.write_text(path.read_text().replace(place.prefix, "posts"))
        browse(path.as_uri(), tmp_path, picture=ROOT / "deploy/diff.png")


HOSTILE = ["</table><script>document.title='broken'</script>", '" onmouseover="document.title=1', "<img src=x onerror=x()>",
           "&lt;b&gt;&amp;", "<!--", "</style><style>*{display:none}", "\u202eright to left", "'`${1}"]


@pytest.mark.skipif(not CHROMIUM, reason="no chromium")
def test_what_others_write_is_never_markup(place, tmp_path):
    posts = [json.dumps({"id": id, "text": "台風の進路とレアアース", "metrics": {"likes": 9}}).encode() for id in HOSTILE]
    tags = "".join(f"  {json.dumps(tag)}: {{any: [台風], labels: {{ja: {json.dumps(tag + '&')}}}}}\n" for tag in HOSTILE)
    report, path = live(place, posts, changes=[("\n  # Economy\n", f"\n{tags}\n  # Economy\n")])
    page = browsed(path, tmp_path)
    check_alike(report, page)
    assert {row["name"] for row in report["rows"] if row["section"] == "tag" and row["gained"]} >= set(HOSTILE)
    assert {it["id"] for row in report["rows"] for it in row["gained_examples"]} <= set(HOSTILE)
    assert not page.elements & {"script", "img", "src", "href", "onerror", "onmouseover", "link", "iframe"}


def test_the_page_needs_nothing_from_elsewhere(place):
    report, path = live(place, list(samples(1))[:20], changes=NEW_RULES)
    text = path.read_text()
    assert text.startswith("<!doctype html>") and "default-src 'none'" in text
    assert not re.search(r"https?://|src=|href=|@import|url\(|<script", text)


def test_texts_are_shown_on_request_and_never_of_hidden_posts(place):
    """And why posts were lost is counted."""
    place.create_all()
    texts = {"1": "台風の進路 <b>北</b>", "2": "台風で欠航", "3": "A storm is coming to the coast tonight", "4": "あ" * 400}
    feed = place.feed()
    for id, text in texts.items():
        feed.record(json.dumps({"id": id, "text": text}).encode(), id, timestamp=FIRST_MS)
    feed.flush()
    route = {"topic": place.topic("enriched"), "shape": "event"}
    place.run_through(place.config(routes={"enriched": route}), len(texts))
    feed.record(json.dumps({"id": "2", "hidden": True}).encode(), "2", timestamp=FIRST_MS + 1)
    feed.flush()
    rules = place.other_rules(("\n  # Economy\n", "\n  storms: {any: [台風]}\n\n  # Economy\n"))
    other = place.config(name="other", rules=[str(rules)], routes={"enriched": {**route, "when": {"lang": ["ja"]}}},
                         limits={"post_bytes": 1024})
    report, page = place.folder / "diff.json", place.folder / "diff.html"
    flags = ("replay", "-c", other, "--from", "earliest", "--to", "latest", "--diff", "--report", report, "--page", page)
    bare = trendmill(*flags)
    assert bare.returncode == 0, bare.stderr.decode()
    assert not any(text in report.read_text() + page.read_text() for text in ("進路", "欠航", "storm is", "ああ"))
    done = trendmill(*flags, "--texts")
    found = json.loads(report.read_text())
    assert found["totals"]["lost"] == 3 and {name: count for name, count in found["lost_because"].items() if count} == {
        "hidden": 1, "dead-letter": 1, "no-route": 1}, found
    assert "lost because: 1 hidden by now, 1 dead letters now, 1 no route takes them now\n" in done.stdout.decode()
    assert "Lost because: 1 hidden by now" in page.read_text()
    shown = {it["id"]: it.get("text") for row in found["rows"] for change in CHANGES[:3] for it in row[f"{change}_examples"]}
    assert shown["1"] == texts["1"] and shown["3"] == texts["3"] and shown["2"] is None
    assert "台風の進路 &lt;b&gt;北" in page.read_text() and "欠航" not in report.read_text() + page.read_text()


def test_a_page_is_of_a_diff(place):
    done = trendmill("replay", "-c", place.config(), "--from", "earliest", "--to", "latest", "--dry-run", "--page", "x.html")
    assert done.returncode == 2 and b"--page shows a diff; give --diff too" in done.stderr


def test_lists_that_differ_are_named(place):
    place.create_all("", "other-")
    feed = place.feed()
    for n in range(3):
        feed.record(json.dumps({"id": str(n), "text": "the #sea at https://a.example.com/x"}).encode(), str(n), timestamp=FIRST_MS)
    feed.flush()
    config = place.config()
    place.run_through(config, 3)
    other = place.feed(role="other-facts")
    for row in place.reader([place.topic("facts")]).read_to_end()[place.topic("facts")]:
        value = row.value.replace(b'"hashtags":["sea"]', b'"hashtags":["deep"]') if row.key == b"1" else row.value
        other.record(value.replace(b'"links":["https://a.example.com/x"]', b'"links":[]') if row.key == b"2" else value, row.key)
    other.flush()
    report = place.folder / "diff.json"
    moved = ("--route", "facts", "--to-topic", f"facts={place.topic('other-facts')}")
    done = trendmill("replay", "-c", config, "--from", "earliest", "--to", "latest", "--diff", *moved, "--report", report)
    assert done.returncode == 0, done.stderr.decode()
    lists = {row["name"]: row for row in json.loads(report.read_text())["rows"] if row["section"] == "list"}
    assert [(row["changed"], row["same"]) for row in (lists["hashtags"], lists["links"])] == [(1, 2), (1, 2)]
    assert [(it["id"], it["how"]) for it in lists["hashtags"]["changed_examples"]] == [("1", "deep -> sea")]
    assert [(it["id"], it["how"]) for it in lists["links"]["changed_examples"]] == [("2", "none -> https://a.example.com/x")]
    verified = trendmill("replay", "-c", config, "--from", "earliest", "--to", "latest", "--verify", *moved)
    assert verified.returncode == 1 and verified.stdout.count(b": different") == 2, verified.stdout.decode()
