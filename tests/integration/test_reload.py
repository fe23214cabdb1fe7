"""SIGHUP: new rules between two batches, or none."""
import json
import signal

from posts import make_posts
from support import wait_until

RULES = "version: {version}\ntags: {{japan: {{any: [日本]}}}}\n"


def versions(records):
    """Of each partition of the input, in the order of its offsets."""
    found = {}
    rows = [row for row in map(json.loads, (it.value for it in records)) if "rules" in row]     # hides have none
    for row in sorted(rows, key=lambda row: row["source"]["offset"]):
        found.setdefault(row["source"]["partition"], []).append(row["rules"]["version"])
    return found


def test_the_rules_change_once_and_bad_ones_are_refused(place):
    place.create_all()
    rules = place.folder / "rules.yaml"
    rules.write_text(RULES.format(version=1))
    worker = place.start(place.config(rules=[str(rules)]))
    facts = place.reader([place.topic("facts")])
    rows = facts.records[place.topic("facts")]

    place.feed(make_posts(2_000, seed=11))
    facts.read_until("the first rules are at work", lambda: len(rows) > 1_500)
    rules.write_text("version: 2\ntags: {japan: {any: 日本}, japan: {any: [倭国]}}\nnonsense: 1\n")
    worker.signal(signal.SIGHUP)
    worker.wait_for_log("event=reload-refused")
    assert f"{rules}:2:" in worker.log() and f"{rules}:3:" in worker.log()

    place.feed(make_posts(2_000, seed=12))
    facts.read_until("the old rules go on", lambda: len(rows) > 3_500)
    assert {it for them in versions(rows).values() for it in them} == {1}

    rules.write_text(RULES.format(version=3))
    place.feed(make_posts(3_000, seed=13))
    worker.signal(signal.SIGHUP)
    worker.wait_for_log("event=reload ")
    place.feed(make_posts(3_000, seed=14))
    wait_until("all is committed", lambda: sum(place.committed().values()) == 10_000)
    worker.stop()
    facts.read_to_end()
    for partition, seen in versions(rows).items():
        assert seen == sorted(seen) and seen[-1] == 3, f"partition {partition} mixes rules"
