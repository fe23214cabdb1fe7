"""Posts that cost more than they seem to: what a worker holds of them in memory, and who gets by them."""
import json
import re

import pytest
from confluent_kafka import Producer

from posts import FIRST_MS
from support import ENVIRONMENT, HAS_SANITIZER, SANITIZER_OPTIONS, number, wait_until

LARGE = {"max.message.bytes": "16000000"}      # of the outputs: nothing here is about records that are too large
MIB = 1 << 20

ALLOWED = (600 if HAS_SANITIZER else 160) * MIB
MANY = 20 if HAS_SANITIZER else 60          # they take minutes with sanitizers

def filled(unit, size):
    return (unit * (size // len(unit.encode()) + 1)).encode()[:size].decode(errors="ignore")


# Text that makes much of each byte, or asks much time for it.
KINDS = [
    ("dots", lambda size: filled(".", size)),
    ("not", lambda size: filled("not-", size)),
    ("reposts", lambda size: filled("RT @", size)),
    ("hashtags", lambda size: "".join(f"#a{i} " for i in range(size // 8))[:size]),
    ("addresses", lambda size: filled("a.jp ", size)),
    ("drawn out", lambda size: filled("soooo goooood ", size)),
    ("ligatures", lambda size: filled("\ufdfa", size)),         # each folds to 18 letters
    ("emoji", lambda size: filled("\U0001f1ef\U0001f1f5", size)),
    ("marks", lambda size: filled("e\u0301", size)),
    ("rare earths", lambda size: filled("レアアース最高", size)),
]


def post(n, text):
    return json.dumps({"id": str(n), "text": text}, ensure_ascii=False).encode()


def produce(place, posts, batches, partition=0):
    """Each list of posts in one batch of its own, n in a header."""
    n = 0
    for count in batches:
        producer = Producer({
            "bootstrap.servers": place.brokers, "compression.codec": "lz4", "linger.ms": 60_000,
            "message.max.bytes": 500_000_000, "batch.size": 500_000_000, "batch.num.messages": count,
            "queue.buffering.max.kbytes": 1_000_000, "message.timeout.ms": 120_000})
        for value in posts[n:n + count]:
            producer.produce(place.topic("raw"), value, str(n), partition=partition, headers=[("n", str(n))],
                             timestamp=FIRST_MS + n)
            n += 1
        assert producer.flush(60) == 0
    assert n == len(posts)


def peak_bytes(worker):
    with open(f"/proc/{worker.process.pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) * 1024


def carry(place, count, **config):
    """Runs a lane over all that is there; returns its peak of memory and the log."""
    worker = place.start(place.config(lanes=1, **config))
    wait_until("all is committed", lambda: not worker.is_running() or place.committed() == {0: count}, 240)
    peak = peak_bytes(worker)
    worker.stop()
    return peak, worker.log()


def outcomes(place):
    """Post -> fault, None for a row of facts; each exactly once, and in order."""
    topics = place.reader().read_to_end(120)
    facts = [number(it) for it in topics[place.topic("facts")]]
    dead = {number(it): dict(it.headers)["trendmill.fault"].decode() for it in topics[place.topic("dead")]}
    assert facts == sorted(set(facts)), "twice, or out of order"
    assert len(dead) == len(topics[place.topic("dead")]) and not dead.keys() & set(facts)
    assert [number(it) for it in topics[place.topic("enriched")]] == facts
    return {**dict.fromkeys(facts), **dead}


@pytest.fixture(autouse=True)
def sanitizer(monkeypatch):
    if HAS_SANITIZER:
        monkeypatch.setitem(ENVIRONMENT, "ASAN_OPTIONS", SANITIZER_OPTIONS)


@pytest.fixture
def hostile_place(place):
    place.create(["raw"], partitions=1)
    place.create(["enriched", "facts", "by-tag", "dead"], partitions=1, **LARGE)
    return place


def test_a_batch_of_large_posts_is_never_in_memory_as_a_whole(hostile_place):
    posts = [post(n, filled(".", 1_000_000) if 5 <= n < 5 + MANY else "深海の泥") for n in range(10 + MANY)]
    produce(hostile_place, posts, [5, MANY, 5])
    peak, log = carry(hostile_place, len(posts))
    assert outcomes(hostile_place) == dict.fromkeys(range(len(posts)))
    assert peak < ALLOWED, f"{peak / MIB:.0f} MiB\n{log}"


def test_hostile_posts_of_many_kinds_pass_within_their_memory_and_time(hostile_place):
    posts = [post(n, KINDS[n % len(KINDS)][1](900_000)) for n in range(MANY * 8 // 3)]
    produce(hostile_place, posts, [1] * len(posts))
    peak, log = carry(hostile_place, len(posts))
    assert outcomes(hostile_place) == dict.fromkeys(range(len(posts)))
    assert peak < ALLOWED, f"{peak / MIB:.0f} MiB\n{log}"


def test_a_post_over_its_cpu_time_is_a_dead_letter_and_its_neighbours_pass(hostile_place):
    posts = [post(n, KINDS[9][1](900_000) if n % 10 == 3 else "深海の泥") for n in range(40)]
    produce(hostile_place, posts, [40])
    carry(hostile_place, len(posts), limits={"post_cpu": "5ms"})
    found = outcomes(hostile_place)
    assert found == {n: "too-costly" if n % 10 == 3 else None for n in range(40)}


def test_a_post_that_stalls_its_lane_is_named_and_leaves_once_its_batch_was_lost(hostile_place, slow_matcher):
    posts = [post(n, "stall-33" if n == 0 else "深海の泥") for n in range(60)]
    produce(hostile_place, posts, [60])
    _, log = carry(hostile_place, len(posts), rules=[slow_matcher], **{
        "limits": {"post_cpu": "500ms"}, "kafka.consumer": {"max.poll.interval.ms": "12000", "session.timeout.ms": "6000"}})
    assert outcomes(hostile_place) == {0: "too-costly", **dict.fromkeys(range(1, 60))}
    stuck = next(line for line in log.splitlines() if "event=lane-stuck" in line)
    assert f"post={hostile_place.topic('raw')}/0/0" in stuck
    assert "lost=1" in log, "its batch was not lost: this shows nothing"


def test_a_lane_that_carries_long_stays_in_its_group(hostile_place, slow_matcher):
    posts = [post(n, "spin-600" if n < 36 else "深海の泥") for n in range(40)]
    produce(hostile_place, posts, [40])
    _, log = carry(hostile_place, len(posts), rules=[slow_matcher], **{
        "limits": {"post_cpu": "200ms"}, "kafka.consumer": {"max.poll.interval.ms": "20000"}})
    assert outcomes(hostile_place) == {n: "too-costly" if n < 36 else None for n in range(40)}
    assert "event=rewind" not in log and "lost=" not in log


def test_the_posts_before_one_that_kills_the_process_get_through(hostile_place, slow_matcher):
    posts = [post(n, "swell" if n == 40 else "深海の泥") for n in range(60)]
    produce(hostile_place, posts, [60])
    config = hostile_place.config(lanes=1, rules=[slow_matcher], **{"instance": "slow"})
    for starts in range(1, 10):
        assert hostile_place.start(config).wait(60) == -9
        if hostile_place.committed() == {0: 40}:
            break
    assert 2 < starts < 7, "commits of 1, 2, 4 … posts"
    carry(hostile_place, len(posts), rules=[slow_matcher], skip=[f"{hostile_place.topic('raw')}/0/40"])
    assert outcomes(hostile_place) == {**dict.fromkeys(range(60)), 40: "skipped"}
