"""The trend stage against a real broker: rows and offsets together, whatever ends it."""
import json
import re
import signal
import time
import urllib.request

from confluent_kafka import Producer

from support import Worker, trendmill, wait_until
from test_replay import delete_records

NOON_MS = 1_775_800_000_000
TOPICS = ("facts",)


def row(n, text="レアアースの泥を採る船が出た #南鳥島", as_of_ms=None, **members):
    as_of_ms = as_of_ms or NOON_MS + n * 1000
    return {"v": 1, "id": f"p{n}", "network": "x", "kind": "post", "subject": f"p{n}", "as_of": as_of_ms, "created": as_of_ms - 1000,
            "lang": "ja", "author": f"a{n % 7}", "reposts": n, "text": f"{text} {n}", "tags": ["rare-earth"], "hashtags": ["南鳥島"],
            "sentiment": "neutral", "rules": {"version": 1, "id": "0"},
            "source": {"topic": "posts.raw", "partition": 0, "offset": n, "timestamp": as_of_ms}, **members}


def hide(n, hidden, offset):
    return {"v": 1, "id": f"p{n}", "network": "x", "as_of": NOON_MS + 10**6 + offset, "hidden": hidden,
            "source": {"topic": "posts.raw", "partition": 0, "offset": offset, "timestamp": NOON_MS + 10**6 + offset}}


class Stage:
    """A facts topic, a store, and what runs on them."""

    def __init__(self, place, partitions=3, **config):
        self.place = place
        place.create(["raw", *TOPICS], partitions=partitions)
        self.config = place.config(trends={"store": "trends.db", **config})
        self.store = place.folder / "trends.db"

    def write(self, rows, role="facts", transactional=False, abort=False):
        more = {"transactional.id": self.place.prefix} if transactional else {}
        producer = Producer({"bootstrap.servers": self.place.brokers, **more})
        if transactional:
            producer.init_transactions(20)
            producer.begin_transaction()
        for it in rows:
            producer.produce(self.place.topic(role), it if isinstance(it, bytes) else json.dumps(it).encode(),
                             key=it["id"] if isinstance(it, dict) else None)
        if transactional:
            producer.flush(20)
            (producer.abort_transaction if abort else producer.commit_transaction)(20)
        assert producer.flush(20) == 0

    def once(self, *flags):
        return trendmill("trends", "-c", self.config, "--once", *flags)

    def start(self, *flags):
        worker = Worker(self.config, self.place.folder / f"trends-{len(self.place.workers)}.log", "trends", *flags)
        self.place.workers.append(worker)
        return worker

    def page(self, *flags, tag="rare-earth"):
        done = trendmill("page", "-c", self.config, "--json", "--limit", 1000, "--window", "7d",
                         *(("--tag", tag) if tag else ()), *flags)
        return json.loads(done.stdout) if done.returncode == 0 else done.stderr.decode()

    def ids(self):
        page = self.page()
        return {it["id"] for it in page["posts"]["posts"]} if isinstance(page, dict) else set()


def test_all_partitions_and_only_what_was_committed(place):
    stage = Stage(place)
    stage.write([row(n) for n in range(200)])
    stage.write([row(n) for n in range(200, 300)], transactional=True, abort=True)
    stage.write([row(n) for n in range(300, 310)], transactional=True)
    stage.write([b"{", b'{"v":2}', json.dumps({**row(1), "reposts": -1}).encode()])
    done = stage.once()
    assert done.returncode == 0, done.stderr.decode()
    assert b"bad=3 not-json=1 version=1 number-range=1" in done.stderr
    assert stage.ids() == {f"p{n}" for n in [*range(200), *range(300, 310)]}
    again = stage.once()
    assert b"rows=0 bad=0" in again.stderr, again.stderr.decode()


def test_killed_at_any_time_it_loses_and_doubles_nothing(place):
    stage = Stage(place)
    for start in range(0, 3000, 500):
        stage.write([row(n) for n in range(start, start + 500)])
        worker = stage.start()
        worker.wait_for_log("event=partition")
        time.sleep(0.05 + start / 5000)
        worker.kill()
    assert stage.once().returncode == 0
    once = stage.page()
    stage.store.unlink()
    for leftover in place.folder.glob("trends.db-*"):
        leftover.unlink()
    assert stage.once().returncode == 0
    assert stage.page() == once and once["trend"]["posts"] == 3000


def test_a_partition_that_is_added_is_read_and_sigterm_ends_it(place):
    from confluent_kafka.admin import NewPartitions
    stage = Stage(place, partitions=1, http=free_port())
    stage.write([row(1)])
    worker = stage.start()
    wait_until("the row is visible", lambda: stage.ids() == {"p1"})
    place.admin.create_partitions([NewPartitions(place.topic("facts"), 3)])[place.topic("facts")].result(20)
    worker.wait_for_log("partition=2", 40)
    stage.write([row(n) for n in range(2, 40)])
    wait_until("rows of all partitions are visible", lambda: len(stage.ids()) == 39, 30)
    port = json.loads(stage.config.read_text())["trends"]["http"]
    metrics = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode()
    assert "trendmill_trends_rows_total 39" in metrics and "trendmill_trends_ready 1" in metrics
    assert len(re.findall(r"trendmill_trends_lag_records\{[^}]*\} 0\n", metrics)) == 3, metrics
    for path in ("healthz", "readyz"):
        assert urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5).read() == b"ok\n"
    worker.stop()
    assert "event=draining reason=signal" in worker.log()


def free_port():
    import socket
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def test_rows_that_are_gone_stop_it_with_the_remedy(place):
    stage = Stage(place, partitions=1)
    stage.write([row(n) for n in range(10)])
    assert stage.once().returncode == 0
    stage.write([row(n) for n in range(10, 20)])
    delete_records(place, {0: 15}, "facts")
    done = stage.once()
    assert done.returncode == 3 and b"its log begins at 15 now" in done.stderr and b"--rebuild" in done.stderr, done.stderr
    assert stage.once("--rebuild").returncode == 0
    assert stage.ids() == {f"p{n}" for n in range(15, 20)}


def test_a_topic_made_anew_stops_it_with_the_remedy(place):
    stage = Stage(place, partitions=1)
    stage.write([row(n) for n in range(10)])
    assert stage.once().returncode == 0
    place.admin.delete_topics([place.topic("facts")])[place.topic("facts")].result(20)
    wait_until("the topic is gone", lambda: place.topic("facts") not in place.topics())
    place.create(["facts"], partitions=1)
    stage.write([row(1)])
    done = stage.once()
    assert done.returncode == 3 and b"it was made anew" in done.stderr and b"--rebuild" in done.stderr, done.stderr
    assert stage.once("--rebuild").returncode == 0
    assert stage.ids() == {"p1"}


def test_the_second_process_is_refused_by_the_name_of_the_first(place):
    stage = Stage(place, partitions=1)
    stage.write([row(1)])
    worker = stage.start()
    wait_until("the row is visible", lambda: stage.ids() == {"p1"})
    second = stage.once()
    assert second.returncode == 1
    assert f"in use by process {worker.process.pid} on ".encode() in second.stderr and b"--read-only" in second.stderr
    reader = stage.start("--read-only")
    reader.wait_for_log("mode=read-only")
    reader.stop()
    worker.stop()


def test_a_hide_that_is_taken_back_brings_the_rows_back_from_the_topic(place):
    stage = Stage(place, partitions=1)
    stage.write([row(1), row(2)])
    assert stage.once().returncode == 0
    stage.write([hide(1, True, 50)])
    assert stage.once().returncode == 0
    assert stage.ids() == {"p2"}
    assert "レアアースの泥を採る船が出た #南鳥島 1".encode() not in b"".join(
        it.read_bytes() for it in place.folder.glob("trends.db*"))
    stage.write([hide(1, False, 60)])
    done = stage.once()
    assert done.returncode == 0 and b"event=reading-again posts=1" in done.stderr, done.stderr.decode()
    assert stage.ids() == {"p1", "p2"}


def test_several_facts_topics_and_brokers_that_are_away_for_a_while(place, cluster):
    place.create(["others"], partitions=2)
    stage = Stage(place)
    config = json.loads(stage.config.read_text())
    config["routes"]["others"] = {"topic": place.topic("others"), "shape": "facts"}
    config["trends"]["from"] = ["facts", "others"]
    stage.config.write_text(json.dumps(config, indent=1))
    worker = stage.start()
    stage.write([row(1)])
    stage.write([row(2)], "others")
    wait_until("rows of both topics are visible", lambda: stage.ids() == {"p1", "p2"})
    cluster.restart()
    stage.write([row(3)], "others")
    wait_until("the brokers are heard again", lambda: stage.ids() == {"p1", "p2", "p3"}, 60)
    worker.stop()
