"""How a worker ends."""
import re
import time

import pytest

from posts import make_posts
from support import steps_back

POSTS = 20_000


@pytest.fixture
def paused(cluster):
    """Pauses the broker; it goes on after the test."""
    yield cluster.pause
    cluster.resume()


def start_in_the_middle(place, **changes):
    """A worker of one lane with a transaction open, and much that it has not read."""
    place.create_all()
    sent = place.feed(make_posts(POSTS, seed=6)).sent
    config = place.config(**{
        "lanes": 1, "drain_timeout": "10s", "commit": {"interval": "2s", "bytes": "64MiB"},
        "kafka.producer": {"transaction.timeout.ms": "60000"}, **changes})
    worker = place.start(config)
    facts = place.topic("facts")
    open_ones = place.reader([facts], "read_uncommitted")
    open_ones.read_until("the first posts come out", lambda: len(open_ones.records[facts]) > 500)
    return worker, config, sent


def test_sigterm_drains_and_nothing_is_read_again(place):
    worker, config, sent = start_in_the_middle(place)
    reader = place.reader()
    started = time.monotonic()
    worker.stop(10)
    assert time.monotonic() - started < 10

    done = sum(place.committed().values())
    assert 500 < done < POSTS, "stopped too late to mean anything"
    assert worker.counted("posts") == done
    topics = reader.read_to_end()
    assert sum(len(topics[place.topic(role)]) for role in ("facts", "dead")) == done

    again = place.run_through(config, POSTS)
    assert again.counted("posts") == POSTS - done
    topics = reader.read_to_end()
    assert sum(len(topics[place.topic(role)]) for role in ("facts", "dead")) == POSTS
    assert [steps_back(records, sent) for records in topics.values()] == [0] * 4


def test_sigterm_before_the_first_assignment(place):
    place.create_all()
    worker = place.start(place.config())
    worker.wait_for_log("event=start")
    worker.stop(10)
    first, *_ = re.findall("event=(rebalance|draining)", worker.log())
    assert first == "draining", "too late to mean anything"


def test_a_second_signal_ends_at_once(place, paused):
    worker, *_ = start_in_the_middle(place)
    paused()
    worker.signal()
    worker.wait_for_log("event=draining")
    with pytest.raises(AssertionError):
        worker.wait(1)
    worker.signal()
    assert worker.wait(1) == 1
    assert "event=killed" in worker.log()


def test_draining_ends_with_drain_timeout(place, paused):
    worker, *_ = start_in_the_middle(place, drain_timeout="2s")
    paused()
    worker.signal()
    assert worker.wait(4) == 1
    assert "event=drain-timeout" in worker.log()
