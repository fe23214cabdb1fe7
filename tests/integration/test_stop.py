"""How a worker ends."""
import os
import re
import time

import pytest

from posts import make_posts
from support import steps_back, wait_until

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


def cpu_seconds(worker):
    user, system = open(f"/proc/{worker.process.pid}/stat").read().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def resident_mib(worker):
    return int(open(f"/proc/{worker.process.pid}/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20


def test_while_brokers_do_not_answer_nothing_grows_and_nothing_spins(cluster, place, paused):
    worker, *_ = start_in_the_middle(place, **{"kafka.producer": {"transaction.timeout.ms": "10000"}})
    paused()
    before = cpu_seconds(worker), resident_mib(worker), time.monotonic()
    worker.wait_for_log("event=lane-stuck", 60)     # or it waits for its commit; the watchdog sees it either way
    spent = (cpu_seconds(worker) - before[0]) / (time.monotonic() - before[2])
    grown = resident_mib(worker) - before[1]
    assert spent < 0.2, f"{spent:.0%} of a CPU"
    assert grown < 48, f"{grown} MiB more"
    cluster.resume()
    wait_until("all is read", lambda: sum(place.committed().values()) == POSTS, 120)
    worker.stop()


def test_a_lane_that_hangs_ends_the_process_and_what_it_had_open_is_never_seen(place, paused):
    """As a coordinator that stays away makes it hang: a service manager starts the process anew."""
    worker, config, sent = start_in_the_middle(place, stuck_timeout="6s")
    paused()
    assert worker.wait(60) == 1, worker.log()
    assert "event=stuck-timeout" in worker.log()
