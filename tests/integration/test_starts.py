"""Where partitions begin, why, and what happens when the group's offsets are gone."""
import json
import re
import sys

import pytest
from confluent_kafka.admin import NewPartitions

from posts import FIRST_MS, make_posts
from support import ROOT, number, wait_until

sys.path.insert(0, str(ROOT / "tests"))
from group_offsets import delete_offsets, metadata_of  # noqa: E402

OUTPUTS = ["enriched", "facts", "by-tag", "dead"]


def starts(worker):
    """What the log says: partition -> [(offset, reason)]."""
    found = {}
    for partition, offset, reason in re.findall(r"event=partition-start .*partition=(\d+) offset=(-?\d+) reason=(\S+)", worker.log()):
        found.setdefault(int(partition), []).append((int(offset), reason))
    return found


def create(place, partitions=2):
    place.create(["raw"], partitions=partitions)
    place.create(OUTPUTS, partitions=1)


def posts_of(count, seed=3):
    return [it for it in make_posts(2 * count + 50, seed=seed) if it.says == "post"][:count]


def committed(place):
    return sum(place.committed().values())


def facts(place):
    return [number(it) for it in place.reader().read_to_end()[place.topic("facts")]]


def test_each_start_is_a_line_with_its_reason(place):
    create(place)
    place.feed(posts_of(20))
    worker = place.run_through(place.config(lanes=1), 20)
    assert starts(worker) == {0: [(0, "earliest")], 1: [(0, "earliest")]}
    at = place.committed()
    worker = place.start(place.config(lanes=2))
    wait_until("both start", lambda: len(starts(worker)) == 2)
    assert starts(worker) == {it: [(at[it], "committed")] for it in at}
    worker.stop()


@pytest.mark.parametrize("start", ["latest", "earliest"])
def test_partitions_that_are_added_are_read_from_their_beginning(place, start):
    create(place)
    place.feed(posts_of(20, seed=1))
    worker = place.start(place.config(lanes=2, start=start, **{"kafka.consumer": {
        "topic.metadata.refresh.interval.ms": "3000"}}))
    wait_until("both start", lambda: len(starts(worker)) == 2)
    for future in place.admin.create_partitions([NewPartitions(place.topic("raw"), 4)]).values():
        future.result(20)
    feed = place.feed()
    for partition in (2, 3):
        for i in range(10):
            name = f"{partition}-{i}"
            feed.record(json.dumps({"id": name, "text": "新しい"}).encode(), name, [("n", name)], partition=partition,
                        timestamp=FIRST_MS)
    feed.flush()
    wait_until("all four start", lambda: len(starts(worker)) == 4)
    wait_until("they are read", lambda: [place.committed()[it] for it in (2, 3)] == [10, 10])
    worker.stop()
    assert [starts(worker)[it] for it in (2, 3)] == [[(0, "new-partition")]] * 2
    assert {it[0][1] for at, it in starts(worker).items() if at < 2} == {start}


@pytest.mark.parametrize("lost", [[1], [0, 1]])
def test_a_group_whose_offsets_are_gone_waits_for_a_person(place, lost):
    create(place)
    posts = posts_of(40)
    places = [(place.topic("raw"), it) for it in (0, 1)]
    place.feed(posts[:30])
    worker = place.start(place.config(lanes=1, commit={"interval": "200ms"}))
    wait_until("all is read", lambda: committed(place) == 30)
    wait_until("an offset says which partitions have one",
               lambda: any('"started":2' in it for it in metadata_of(place.brokers, place.prefix, places)))
    worker.stop()
    delete_offsets(place.brokers, place.prefix, [places[it] for it in lost])
    place.feed(posts[30:])
    worker = place.start(place.config(lanes=1))
    wait_until("it says so", lambda: worker.log().count("event=offset-lost") == len(lost))
    if len(lost) == 1:
        wait_until("the other goes on", lambda: starts(worker))
        assert list(starts(worker)) == [0]
    worker.stop()
    assert worker.counted("posts") <= 10 and "then=stop" in worker.log()
    worker = place.start(place.config(lanes=1, on_lost_offsets="earliest"))
    wait_until("it goes on", lambda: committed(place) == 40)
    worker.stop()
    assert {starts(worker)[it][0] for it in lost} == {(0, "lost")}
    assert sorted(set(facts(place))) == sorted(it.n for it in posts)


@pytest.mark.parametrize("on_lost", ["stop", "earliest"])
def test_a_topic_that_is_made_anew_with_more_records_is_no_jump(place, on_lost):
    create(place, partitions=1)
    posts = posts_of(300)
    place.feed(posts[:100])
    worker = place.start(place.config(lanes=1, on_lost_offsets=on_lost))
    wait_until("all is read", lambda: committed(place) == 100)
    place.feed(posts[100:101])
    wait_until("one more", lambda: committed(place) == 101)
    topic = place.topic("raw")
    place.admin.delete_topics([topic])[topic].result(20)
    wait_until("it is gone", lambda: topic not in place.topics())
    place.create(["raw"], partitions=1)
    place.feed(posts[101:])
    worker.wait_for_log("event=offset-lost", 60)
    if on_lost == "stop":
        assert set(facts(place)) == {it.n for it in posts[:101]}
    else:
        wait_until("all of the new one is read", lambda: committed(place) == 199, 60)
        assert sorted(facts(place)) == sorted(it.n for it in posts)
    worker.stop()


def test_a_worker_that_died_before_its_first_commit_is_no_group_that_lost_its_offsets(place):
    create(place)
    posts = posts_of(200)
    place.feed(posts)
    worker = place.start(place.config(lanes=1, commit={"interval": "5s"}))
    worker.wait_for_log("event=partition-start")
    wait_until("something is written", lambda: place.reader(isolation="read_uncommitted").read_to_end()[place.topic("facts")])
    worker.kill()
    worker = place.run_through(place.config(lanes=1), 200)
    assert "offset-lost" not in worker.log()
    assert sorted(facts(place)) == sorted(it.n for it in posts)
