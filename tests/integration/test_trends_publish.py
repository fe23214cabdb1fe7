"""posts.trends against a real broker: each step once, as a whole, and the same bytes whenever it is made."""
import json
import time

from confluent_kafka import Producer
from confluent_kafka.admin import ConfigResource

import schemas
from support import ROOT, Worker, trendmill, wait_until
from test_trends import NOON_MS, Stage, hide, row

STEP_MS = 300_000
PARTITIONS = 3
FIRST_MS = NOON_MS + STEP_MS - NOON_MS % STEP_MS        # a step ends there


class Publishing(Stage):
    """A stage for each name: with a store and a topic of its own, all of the same facts."""

    def __init__(self, place, names=("trends",), create=True, **changes):
        super().__init__(place, partitions=PARTITIONS)
        if create:
            place.create(names, partitions=2)
        self.configs = {name: place.config(name=name, group=place.topic(name), trends={
            "store": f"{name}.db", "publish": {"topic": place.topic(name), "top": 20}}, **changes) for name in names}
        self.use(names[0])

    def use(self, name):
        self.config = self.configs[name]
        return self

    def write(self, rows):
        """Each row to the partition of its number."""
        producer = Producer({"bootstrap.servers": self.place.brokers})
        for it in rows:                                 # one after the other: no partition is ahead of another one
            producer.produce(self.place.topic("facts"), json.dumps(it).encode(), key=it["id"],
                             partition=it["source"]["offset"] % PARTITIONS)
            assert producer.flush(20) == 0

    def records(self, name="trends"):
        return self.place.reader([self.place.topic(name)]).read_to_end()[self.place.topic(name)]

    def go(self, name="trends", *flags):
        done = self.use(name).once(*flags)
        assert done.returncode == 0, done.stderr.decode()
        return done.stderr.decode()


def at(n, ms, **members):
    """A row of that time; of several tags, so that a step has several records."""
    return row(n, as_of_ms=ms, hashtags=[], tags=["rare-earth", *(["harbour"] if n % 3 else []), *(["seabed"] if n % 5 == 0 else [])], **members)


def history(steps=5, rows=6):
    """Rows in the order of their time, and behind some of them one that is late in its partition."""
    found = []
    for n in range(steps * rows):
        found.append(at(3 * n + n % 3, FIRST_MS + n * STEP_MS // rows + 7))
        if n % 5 == 4:
            late = found[-1]["source"]["offset"] + 3000
            found.append(at(late, found[-1]["source"]["timestamp"] - STEP_MS, reposts=10**6 + n))
    return found


def values(records):
    """In the order of each partition; partitions are read as they come."""
    return sorted(((it.partition, it.key, it.timestamp, it.value) for it in records), key=lambda it: it[0])


def steps_of(records):
    return sorted({json.loads(it.value)["at"] for it in records})


def check_records(records):
    order = list(json.loads((ROOT / "config/trend.schema.json").read_text())["properties"])
    assert all(list(value) == [it for it in order if it in value] for value in map(json.loads, (it.value for it in records)))
    schemas.check("trend", [it.value for it in records])
    seen = set()
    for it in records:
        value = json.loads(it.value)
        assert it.key.decode() == value["tag"] and it.timestamp == value["at"] and value["at"] % STEP_MS == 0
        assert "text" not in value and "handle" not in value
        assert (value["tag"], value["at"]) not in seen, f"twice: {value['tag']} at {value['at']}"
        seen.add((value["tag"], value["at"]))
    for partition in {it.partition for it in records}:
        order = [(value["at"], value["rank"]) for value in (json.loads(it.value) for it in records if it.partition == partition)]
        assert order == sorted(order)


def test_in_one_go_in_pieces_and_killed_the_bytes_are_the_same(place):
    stage = Publishing(place, ("pieces", "killed", "once", "live"))
    rows = history()
    live = stage.use("live").start()
    live.wait_for_log("event=publishing")
    for start in range(0, len(rows), 8):
        stage.write(rows[start:start + 8])
        stage.go("pieces")
        if start % 16 == 0:
            worker = stage.use("killed").start()
            worker.wait_for_log("event=publishing")
            time.sleep(0.02 * (start % 5))
            worker.kill()
    stage.go("killed")
    stage.go("once")
    once = stage.records("once")
    check_records(once)
    assert steps_of(once) == [FIRST_MS + n * STEP_MS for n in range(1, 5)]      # the fifth is not passed
    assert values(stage.records("pieces")) == values(once)
    assert values(stage.records("killed")) == values(once)
    wait_until("the live one has all steps", lambda: f"step={FIRST_MS + 4 * STEP_MS} " in live.log(), more=live.log)
    live.stop()
    assert values(stage.records("live")) == values(once)
    stage.go("once", "--rebuild")                       # what is on the topic is not written again
    assert values(stage.records("once")) == values(once)
    last = json.loads([it for it in once if it.key == b"rare-earth"][-1].value)
    assert last["rank"] == 1 and len(last["ids"]) == 5 and last["label"] == "レアアース"


def test_a_late_row_counts_from_the_next_step_on(place):
    stage = Publishing(place)
    stage.write([at(0, FIRST_MS - 10), at(3, FIRST_MS + 10), at(6, FIRST_MS - 5), at(9, FIRST_MS + STEP_MS + 1)])
    stage.go()
    posts = {it["at"]: it["posts"] for it in (json.loads(it.value) for it in stage.records() if it.key == b"rare-earth")}
    assert posts == {FIRST_MS: 1, FIRST_MS + STEP_MS: 3}


def test_steps_without_rows_have_no_records(place):
    stage = Publishing(place)
    far_ms = FIRST_MS + 10**6 * STEP_MS
    stage.write([at(0, FIRST_MS), at(1, far_ms + 1), at(2, far_ms + 3 * STEP_MS)])
    stage.go()
    records = stage.records()                           # a broker takes no time of far ahead: that of writing is there
    assert steps_of(records) == [FIRST_MS, far_ms + STEP_MS]
    assert {it.timestamp == FIRST_MS for it in records if json.loads(it.value)["at"] == FIRST_MS} == {True}
    assert {it.timestamp < far_ms for it in records} == {True}


def test_a_hidden_post_is_in_no_later_record_and_one_that_is_taken_back_is(place):
    stage = Publishing(place)
    def hide_at(n, hidden, ms):
        it = hide(n, hidden, 1000 * n + n % 3 + (3 if hidden else 6))
        it["source"].update(timestamp=ms, offset=n % 3 + 3 * (ms - FIRST_MS))
        return {**it, "as_of": ms}
    stage.write([at(0, FIRST_MS - 2), at(1, FIRST_MS - 1), hide_at(1, True, FIRST_MS + 5), at(2, FIRST_MS + 6),
                 at(3, FIRST_MS + STEP_MS + 1), hide_at(1, False, FIRST_MS + STEP_MS + 4), at(5, FIRST_MS + 2 * STEP_MS + 1)])
    stage.go()
    ids = {it["at"]: {post["id"] for post in it["ids"]}
           for it in (json.loads(it.value) for it in stage.records() if it.key == b"rare-earth")}
    assert ids == {FIRST_MS: {"p0", "p1"}, FIRST_MS + STEP_MS: {"p0", "p2"}, FIRST_MS + 2 * STEP_MS: {"p0", "p1", "p2", "p3"}}


def test_a_topic_that_is_missing_stops_the_start_and_is_made_compacted(place):
    stage = Publishing(place, create=False)
    place.create(["enriched", "by-tag", "dead"], partitions=1)
    checked = trendmill("check", "-c", stage.config, "--cluster")
    assert checked.returncode == 3 and b"trends is not there; `trendmill topics --create` makes it" in checked.stderr
    stage.write([at(0, FIRST_MS), at(1, FIRST_MS + 1)])
    done = stage.once()
    assert done.returncode == 3 and b"trends is not there; trendmill topics --create makes it" in done.stderr, done.stderr
    made = trendmill("topics", "-c", stage.config, "--create")
    assert made.returncode == 0 and b"compact,delete" in made.stdout, made.stderr
    stage.go()
    assert steps_of(stage.records()) == [FIRST_MS]


def test_ended_between_the_store_and_the_topic_the_step_is_made_again(place):
    stage = Publishing(place, ("trends", "other"))
    small = ConfigResource(ConfigResource.Type.TOPIC, place.topic("trends"), set_config={"max.message.bytes": "100"})
    place.admin.alter_configs([small])[small].result(20)
    stage.write([at(n, FIRST_MS - n) for n in range(5)] + [at(n, FIRST_MS + n) for n in range(5, 9)])
    done = stage.use("trends").once()
    assert done.returncode == 3 and b"Message size too large" in done.stderr, done.stderr.decode()
    assert len(stage.ids()) == 5                        # what is after the step waits
    large = ConfigResource(ConfigResource.Type.TOPIC, place.topic("trends"), set_config={"retention.ms": "-1"})
    place.admin.alter_configs([large])[large].result(20)
    stage.go("trends")
    stage.go("other")
    assert values(stage.records("trends")) == values(stage.records("other")) and len(stage.records("other")) == 3


def test_at_least_once_writes_the_last_step_again_with_the_same_bytes(place):
    stage = Publishing(place, delivery="at_least_once")
    stage.write([at(n, FIRST_MS - n) for n in range(5)] + [at(n, FIRST_MS + n) for n in range(5, 8)])
    stage.go()
    first = values(stage.records())
    assert len(first) == 3
    stage.go("trends", "--rebuild")
    again = values(stage.records())
    assert len(again) == 6 and set(again) == set(first)


def test_of_two_processes_each_step_is_written_once(place):
    stage = Publishing(place)
    both = []
    for name in ("a", "b"):
        config = place.config(name=name, group=place.topic("both"), trends={
            "store": f"{name}.db", "publish": {"topic": place.topic("trends"), "top": 20}})
        both.append(Worker(config, place.folder / f"both-{name}.log", "trends"))
        both[-1].wait_for_log("event=publishing")
    place.workers += both
    stage.write([at(n, FIRST_MS + n * STEP_MS // 4 + 1) for n in range(12)])
    for worker in both:
        wait_until("it has all steps", lambda: f"step={FIRST_MS + 2 * STEP_MS} " in worker.log(), 60, worker.log)
        worker.stop()
    records = stage.records()
    check_records(records)
    assert steps_of(records) == [FIRST_MS + n * STEP_MS for n in (1, 2)]


def test_a_step_of_this_minute_waits_for_rows_on_their_way(place):
    """The other partitions had nothing for long: half a second from when the first one is past the step."""
    stage = Publishing(place)
    config = json.loads(stage.config.read_text())
    config["trends"]["publish"]["step"] = "1m"
    stage.config.write_text(json.dumps(config))
    worker = stage.start()
    worker.wait_for_log("event=publishing")
    step_ms = (int(time.time() * 1000) // 60_000 + 1) * 60_000
    stage.write([at(0, step_ms - 9), at(1, step_ms - 8), at(2, step_ms - 7)])
    wait_until("the rows are in the store", lambda: len(stage.ids()) == 3)
    stage.write([at(3, step_ms + 1)])
    stage.write([at(4, step_ms - 1)])                   # on its way when the first partition was past the step
    worker.wait_for_log("event=published")
    posts = [json.loads(it.value)["posts"] for it in stage.records() if it.key == b"rare-earth"]
    assert posts == [4], worker.log()
    worker.stop()
