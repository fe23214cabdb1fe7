"""The demo, without a broker: its summary against a count of our own from the shipped samples."""
import json
import re
from collections import namedtuple
from datetime import datetime, timedelta, timezone

import pytest

from support import ROOT, trendmill

JAPAN = timezone(timedelta(hours=9))
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")

Counted = namedtuple("Counted", "posts events dead hidden texts reposts")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(pages):
    done = trendmill("demo", "--share", ROOT / "config", "--trends", pages)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def time_of(post, name):
    """None where it is unknown: absent, or not usable."""
    text = post.get(name)
    return datetime.fromisoformat(text) if isinstance(text, str) and RFC_3339.fullmatch(text) else None


def read_post(line):
    """The post of a line, or None where it is none."""
    try:
        post = json.loads(line)
        assert isinstance(post, dict) and isinstance(post["id"], str) and post["id"]
        assert post.get("hidden") is not None or "text" in post or "metrics" in post
        assert isinstance(post.get("text", ""), str)
    except (ValueError, KeyError, AssertionError):
        return None
    return post


def known(count):
    return type(count) is int and count >= 0


def keep_latest(table, id, at, what):
    if id not in table or table[id][0] < at:
        table[id] = (at, what)


def compute():
    lines = (ROOT / "config/samples/posts.jsonl").read_bytes().splitlines()
    posts = [read_post(line) for line in lines]
    hides, texts, reposts, events = {}, {}, {}, 0

    for n, post in enumerate(posts):
        if post is None:
            continue
        at = (time_of(post, "observed_at"), n)
        if post.get("hidden") or "hidden" in post and "text" not in post:
            keep_latest(hides, post["id"], at, post["hidden"])
            continue
        if "text" in post:
            events += 1
            keep_latest(texts, post["id"], at, post)
        if known(post.get("metrics", {}).get("reposts")):
            keep_latest(reposts, post.get("repost_of", post["id"]), at, post["metrics"]["reposts"])
    hidden = {id for id, (_, is_hidden) in hides.items() if is_hidden}
    texts = {id: post for id, (_, post) in texts.items()}
    return Counted(len(lines), events, posts.count(None), hidden, texts, reposts)


def shown_reposts(demo):
    return [int(count) for count in re.findall(r"^ *(\d+) RP ", demo, re.M)]


def start_of(post):
    return re.sub(r"\s", " ", post["text"])[:12]


def test_the_closing_line_counts_right(demo):
    is_ = compute()
    assert demo.split("\n\nTrends of ")[0].splitlines()[-1] == \
        f"{is_.posts} posts, {is_.events} events, {is_.dead} dead letters, {len(is_.hidden)} hidden"


def test_hidden_posts_are_not_shown(demo):
    is_ = compute()
    least = min(shown_reposts(demo))
    assert any(is_.reposts[id][1] > least for id in is_.hidden if id in is_.reposts), "none would be shown anyway"
    for id in is_.hidden:
        assert id not in demo
        assert id not in is_.texts or start_of(is_.texts[id]) not in demo


def test_the_most_reposted_post_and_its_point_in_time(demo):
    is_ = compute()
    ranked = sorted(((count, at, id) for id, ((at, _), count) in is_.reposts.items()
                     if id in is_.texts and id not in is_.hidden and "repost_of" not in is_.texts[id]), reverse=True)
    assert shown_reposts(demo) == [count for count, _, _ in ranked[:5]]
    count, at, id = ranked[0]
    top = re.search(rf"^ *{count} RP  (.*)\n *as of (.*), post {id}$", demo, re.M)
    assert top[1].startswith(start_of(is_.texts[id]))
    assert top[2] == at.astimezone(JAPAN).strftime("%Y-%m-%d %H:%M")


def test_no_colour_in_a_pipe(demo):
    assert "\x1b" not in demo


def test_it_ends_with_pages_of_its_trends(demo, pages):
    path = re.search(r"^Trends of (\d+) tags as pages: (.*/index.html)\n\Z", demo, re.M)
    assert path and path[2] == f"{pages}/index.html"
    assert len(list((pages / "tags").glob("*.html"))) == int(path[1])
    page = (pages / "tags/rare-earth.html").read_text()
    assert "レアアース" in page and any(f"<b>{count:,}</b>RP" in page for count in shown_reposts(demo))
    assert not any(id in page for id in compute().hidden)
    assert (pages / "trends.db").stat().st_size > 0
