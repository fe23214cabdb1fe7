"""What is logged: one line an event, in the form that the config asks for, without posts and secrets."""
import json
import re

from posts import make_posts

SECRET = "tr0ub4dor-and-3"
WORDS = "ここだけの話"


def run_with_trouble(place, **changes):
    """Good posts, and bad ones with words that must not be repeated; a property that librdkafka warns of."""
    place.create_all()
    place.feed(make_posts(200, seed=11))
    feed = place.feed()
    for n, value in enumerate([f'{{"id": "1", "text": "{WORDS}', f'{{"id": 7, "text": "{WORDS}"}}', f'["{WORDS}"]',
                               f'{{"id": "2", "text": "{WORDS}", "created_at": "{WORDS}"}}']):
        feed.record(value.encode(), b"%d" % n)
    feed.flush()
    kafka = {"bootstrap.servers": place.brokers, "sasl.username": "worker", "sasl.password": SECRET, "security.protocol": "plaintext"}
    return place.run_through(place.config(kafka=kafka, **changes), 204)


def test_logfmt_without_posts_and_secrets(place):
    log = run_with_trouble(place).log()
    assert "level=info event=lane-ended" in log
    for line in log.splitlines():
        assert re.fullmatch(r'time=\S+Z level=\w+ event=[\w-]+( [\w.]+=("([^"\\]|\\.)*"|[^" ]*))*', line), line
    assert SECRET not in log and WORDS not in log


def test_json_without_posts_and_secrets(place):
    log = run_with_trouble(place, log={"format": "json"}).log()
    events = [json.loads(line) for line in log.splitlines()]
    assert {"start", "rebalance", "draining", "lane-ended"} <= {it["event"] for it in events}
    assert all({"time", "level", "event"} <= it.keys() for it in events)
    assert sum(it["posts"] for it in events if it["event"] == "lane-ended") == 204
    assert SECRET not in log and WORDS not in log


def test_levels(place):
    place.create_all()
    place.feed(make_posts(50, seed=12))
    quiet = place.run_through(place.config(log={"level": "error"}), 50)
    assert quiet.log() == ""
    place.feed(make_posts(50, seed=13))
    loud = place.run_through(place.config(log={"level": "debug"}, kafka={"bootstrap.servers": place.brokers, "debug": "cgrp"}), 100)
    assert "level=debug event=librdkafka" in loud.log()
