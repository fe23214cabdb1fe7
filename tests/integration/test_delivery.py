"""Real brokers, two workers, one of them killed: what of each post comes out, how often and in which order."""
import itertools
from types import SimpleNamespace

import pytest

import schemas
from posts import make_posts
from support import by_post, number, piped, same, steps_back

ROUTES = ("enriched", "facts", "by-tag")
POSTS = 60_000
AHEAD = 10_000          # fed, and not come out yet
KILL_AT = 20_000


@pytest.fixture(scope="module")
def run(shared_place):
    """Feeds posts all the while that two workers of two lanes share the work; kills one in the middle
    with -9 and starts it again."""
    place = shared_place
    place.create_all()
    config = place.config()
    feed, posts = place.feed(), list(make_posts(POSTS))
    left = iter(posts)
    workers = [place.start(config), place.start(config)]
    for worker in workers:          # one alone would be through before the other has joined
        worker.wait_for_log("event=rebalance")
    reader = place.reader()
    facts, dead = (reader.records[place.topic(role)] for role in ("facts", "dead"))

    def came_out():
        out = len(facts) + len(dead)
        feed.posts(itertools.islice(left, max(0, AHEAD - feed.count + out)))
        if len(workers) == 2 and out >= KILL_AT:
            workers[0].kill()
            workers.append(place.start(config))
        return out >= POSTS

    reader.read_until(f"{POSTS} posts come out", came_out, 200)
    assert len(workers) == 3
    for worker in workers[1:]:
        worker.stop()
    reader.read_to_end()
    records = {role: reader.records[place.topic(role)] for role in (*ROUTES, "dead")}
    expected, faults = piped(config, posts, feed.sent)
    return SimpleNamespace(place=place, posts=posts, sent=feed.sent, records=records, expected=expected, faults=faults,
                           found=by_post(records[role] for role in ROUTES))


def test_each_record_comes_out_exactly_once_as_pipe_makes_it(run):
    same(run.found, run.expected)


def test_each_bad_post_is_a_dead_letter_exactly_once(run):
    found = {(number(it), it.key, it.value, dict(it.headers)["trendmill.fault"].decode()): it.headers
             for it in run.records["dead"]}
    assert len(found) == len(run.records["dead"]) > POSTS // 200
    assert found.keys() == {(n, run.posts[n].key, run.posts[n].value, fault) for n, fault in run.faults.items()}
    for (n, *_), headers in found.items():
        headers = dict(headers)
        assert (int(headers["trendmill.partition"]), int(headers["trendmill.offset"])) == run.sent[n]


def test_every_offset_is_accounted_for(run):
    recorded = {n for _, n in run.found}
    assert sorted([*recorded, *run.faults]) == list(range(POSTS))
    ends = {}
    for partition, offset in run.sent.values():
        ends[partition] = max(ends.get(partition, 0), offset + 1)
    assert run.place.committed() == ends


@pytest.mark.parametrize("role", [*ROUTES, "dead"])
def test_the_order_of_each_partition_is_kept(run, role):
    assert steps_back(run.records[role], run.sent) == 0


@pytest.mark.parametrize("role, shape", zip(ROUTES, ("event", "facts", "by-tag")))
def test_each_record_fits_its_schema(run, role, shape):
    schemas.check(shape, (it.value for it in run.records[role]))


def test_at_least_once_loses_nothing(place):
    posts = list(make_posts(10_000, seed=2))
    place.create_all()
    config = place.config(delivery="at_least_once", instance="steady", commit={"interval": "3s", "bytes": "64MiB"})
    sent = place.feed(posts).sent
    worker, reader = place.start(config), place.reader()
    facts = reader.records[place.topic("facts")]
    reader.read_until("a third comes out", lambda: len(facts) > len(posts) // 3)
    worker.kill()
    assert sum(place.committed().values()) < len(posts), "killed too late to mean anything"
    place.run_through(config, len(posts))

    topics = reader.read_to_end()
    expected, faults = piped(config, posts, sent)
    *records, dead = (topics[topic] for topic in place.outputs())
    same(by_post(records, once=False), expected)
    assert {number(it) for it in dead} == faults.keys()
    back = [steps_back(topic, sent) for topic in (*records, dead)]
    print("records twice:", len(facts) + len(dead) - len(posts), "steps back:", back)


def test_the_same_topic_gives_the_same_bytes_again(place):
    """Posts without observed_at, whose as_of is the record's timestamp, are among them."""
    posts = [*make_posts(2_000, seed=3), *make_posts(2_000, observed=False, seed=4)]
    place.create_all("first-", "second-")
    place.feed(posts)

    def outcome(stage, lanes):
        place.run_through(place.config(stage, lanes=lanes), len(posts), stage)
        topics = place.reader(place.outputs(stage)).read_to_end().values()
        return [sorted((it.partition, it.key, it.value or b"", it.headers) for it in records) for records in topics]

    first, second = outcome("first-", 1), outcome("second-", 3)
    assert [len(records) for records in first] == [len(records) for records in second]
    assert first == second
    assert all(first)


def test_without_observed_at_the_records_timestamp_holds(place):
    posts = list(make_posts(300, observed=False, seed=5))
    place.create_all()
    sent = place.feed(posts).sent
    config = place.config()
    place.run_through(config, len(posts))
    rows = place.reader([place.topic("facts")]).read_to_end()[place.topic("facts")]
    good = [post for post in posts if post.says != "broken"]
    assert sorted(map(number, rows)) == [post.n for post in good]
    for row in rows:
        assert b'"as_of":%d,' % posts[number(row)].timestamp in row.value
    assert len(sent) == len(posts)
