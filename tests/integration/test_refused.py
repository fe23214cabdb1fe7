"""Records that a topic refuses for good, posts that are skipped, and offsets that are gone."""
import json
import random
import time

import pytest
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import ConfigResource

from posts import FIRST_MS, make_posts
from support import clock_shifted, number, wait_until

# It stays long when it is compressed, and brokers measure batches as they come.
LONG = {"id": "2", "text": "".join(map(chr, random.Random(2).choices(range(0x4E00, 0x9FA0), k=30_000)))}


def raw(post):
    return json.dumps(post, ensure_ascii=False).encode()


def headers(record):
    return {name: value.decode(errors="replace") for name, value in record.headers if name.startswith("trendmill.")}


def refused_by(place, role, posts, limits, **config):
    """Carries the posts with a limit on one topic; gives the records by role."""
    place.create(["raw", *({"enriched", "facts", "by-tag", "dead"} - {role})], partitions=1)
    place.create([role], partitions=1, **limits)
    feed = place.feed()
    for key, value in posts:
        feed.record(value, key, timestamp=FIRST_MS)
    feed.flush()
    place.run_through(place.config(lanes=1, **config), len(posts))
    topics = place.reader().read_to_end()
    return {role: topics[place.topic(role)] for role in ("enriched", "facts", "by-tag", "dead")}


def test_a_record_too_large_for_its_topic_is_a_dead_letter_and_the_others_pass(place):
    posts = [("1", raw({"id": "1", "text": "短い"})), ("2", raw(LONG)), ("3", raw({"id": "3", "text": "短い"}))]
    found = refused_by(place, "enriched", posts, {"max.message.bytes": "60000"})
    assert [it.key for it in found["enriched"]] == [b"1", b"3"]
    assert [it.key for it in found["facts"]] == [b"1", b"3"], "no route takes what one of them refuses"
    letter, = found["dead"]
    assert (letter.key, letter.value) == (b"2", posts[1][1])
    said = headers(letter)
    assert said["trendmill.fault"] == "refused" and said["trendmill.offset"] == "1"
    assert place.topic("enriched") in said["trendmill.message"]


def test_a_post_that_fits_only_compressed_passes(place):
    """Brokers measure batches as they come: the worker's own sum of bytes is no verdict."""
    repeated = {"id": "1", "text": "速報 " * 40_000}
    found = refused_by(place, "enriched", [("1", raw(repeated))], {"max.message.bytes": "100000"})
    assert len(found["enriched"][0].value) > 240_000 and found["dead"] == []


def raise_limit(place, role, max_bytes):
    resource = ConfigResource("topic", place.topic(role), {"max.message.bytes": str(max_bytes), "retention.ms": "-1"})
    for future in place.admin.alter_configs([resource]).values():
        future.result(20)


def test_a_limit_that_is_raised_helps_without_a_restart(place):
    place.create(["raw", "facts", "by-tag", "dead"], partitions=1)
    place.create(["enriched"], partitions=1, **{"max.message.bytes": "60000"})
    worker = place.start(place.config(lanes=1))
    reader = place.reader()
    feed = place.feed()
    feed.record(raw(LONG), "2", timestamp=FIRST_MS)
    feed.flush()
    dead, enriched = place.topic("dead"), place.topic("enriched")
    reader.read_until("the post is rejected", lambda: reader.records[dead])
    raise_limit(place, "enriched", 1_000_000)
    feed.record(raw({**LONG, "id": "3"}), "3", timestamp=FIRST_MS)
    feed.flush()
    reader.read_until("the next one passes", lambda: reader.records[enriched] or len(reader.records[dead]) > 1)
    assert [it.key for it in reader.records[enriched]] == [b"3"]
    worker.stop()


def now_ms():
    return int(time.time() * 1000)


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_worker_whose_clock_is_wrong_loses_nothing_and_does_not_end(place, hours, tmp_path):
    """Topics accept timestamps up to an hour ahead of the broker's clock; the worker's own does not count."""
    routes = {role: {"topic": place.topic(role), "shape": "facts", "timestamp": timestamp}
              for role, timestamp in (("facts", "input"), ("enriched", "now"))}
    limits = {"message.timestamp.after.max.ms": "3600000"}
    place.create(["raw", "enriched", "facts", "dead"], partitions=1, **limits)
    feed = place.feed()
    for i in range(40):
        value = raw({"id": str(i), "text": "今日の地震"}) if i % 10 else b"no post"
        feed.record(value, str(i), timestamp=now_ms())
    feed.flush()
    worker = place.run_through(place.config(lanes=1, routes=routes), 40, env=clock_shifted(hours * 3600, tmp_path))
    topics = place.reader([place.topic(role) for role in ("enriched", "facts", "dead")]).read_to_end()
    assert len(topics[place.topic("facts")]) == len(topics[place.topic("enriched")]) == 36
    assert [headers(it)["trendmill.fault"] for it in topics[place.topic("dead")]] == ["not-json"] * 4
    assert ("event=clock-rejected" in worker.log()) == (hours > 0)


def test_a_batch_in_which_several_records_are_rejected(place):
    """Which of them it was is known only when each goes alone; all others pass."""
    posts = [(str(i), raw({"id": str(i), "text": "古い投稿" if i % 10 == 3 else "新しい投稿"})) for i in range(60)]
    place.create(["raw", "enriched", "by-tag", "dead"], partitions=1)
    place.create(["facts"], partitions=1, **{"message.timestamp.before.max.ms": "3600000"})
    feed = place.feed()
    for i, (key, value) in enumerate(posts):
        feed.record(value, key, timestamp=FIRST_MS if i % 10 == 3 else now_ms())
    feed.flush()
    place.run_through(place.config(lanes=1), 60)
    topics = place.reader().read_to_end()
    assert len(topics[place.topic("facts")]) == 54
    assert [it.key for it in topics[place.topic("dead")]] == [str(i).encode() for i in range(3, 60, 10)]
    assert {headers(it)["trendmill.fault"] for it in topics[place.topic("dead")]} == {"refused"}


def test_a_dead_letter_that_does_not_fit_is_cut_and_one_that_is_never_accepted_stops_its_partition(place):
    place.create(["raw", "enriched", "facts", "by-tag"], partitions=2)
    place.create(["dead"], partitions=1, **{"max.message.bytes": "20000"})
    noise = random.Random(1).randbytes(50_000)
    feed = place.feed()
    feed.record(noise, "1", partition=0, timestamp=FIRST_MS)
    feed.flush()
    worker = place.start(place.config(lanes=1))
    reader = place.reader()
    reader.read_until("the dead letter is there", lambda: reader.records[place.topic("dead")])
    letter, = reader.records[place.topic("dead")]
    assert noise.startswith(letter.value) and 10_000 < len(letter.value) < 20_000
    assert "of 50000 bytes" in headers(letter)["trendmill.cut"]
    raise_limit(place, "dead", 100)                     # lowers it: nothing fits any more
    feed.record(noise, "2", partition=0, timestamp=FIRST_MS)
    feed.flush()
    worker.wait_for_log("event=dead-letter-rejected", 60)
    feed.record(raw({"id": "3", "text": "続き"}), "3", partition=1, timestamp=FIRST_MS)
    feed.flush()
    reader.read_until("the other partition goes on", lambda: reader.records[place.topic("facts")])
    assert place.committed() == {0: 1, 1: 1}
    worker.stop()


def test_a_timestamp_that_the_topic_refuses(place):
    posts = [("1", raw({"id": "1", "text": "古い投稿"}))]
    found = refused_by(place, "facts", posts, {"message.timestamp.before.max.ms": "3600000"})
    assert found["enriched"] == found["facts"] == []
    assert headers(found["dead"][0])["trendmill.fault"] == "refused"


def test_no_key_for_a_compacted_topic(place):
    routes = {"enriched": {"topic": place.topic("enriched"), "shape": "event", "key": "input"},
              "facts": {"topic": place.topic("facts"), "shape": "facts"}}
    posts = [(None, raw({"id": "1", "text": "鍵なし"})), ("2", raw({"id": "2", "text": "鍵あり"}))]
    found = refused_by(place, "enriched", posts, {"cleanup.policy": "compact"}, routes=routes)
    assert [it.key for it in found["enriched"]] == [b"2"]
    letter, = found["dead"]
    assert letter.key is None and headers(letter)["trendmill.fault"] == "refused"


def test_a_skipped_post_is_a_dead_letter(place):
    place.create(["raw", "enriched", "facts", "by-tag", "dead"], partitions=1)
    place.feed(make_posts(20, seed=3))
    place.run_through(place.config(lanes=1, skip=[f"{place.topic('raw')}/0/7"]), 20)
    topics = place.reader().read_to_end()
    skipped = [it for it in topics[place.topic("dead")] if headers(it)["trendmill.fault"] == "skipped"]
    assert [headers(it)["trendmill.offset"] for it in skipped] == ["7"]
    assert 7 not in {json.loads(it.value)["source"]["offset"] for it in topics[place.topic("facts")]}


def commit(place, offset):
    consumer = Consumer({"bootstrap.servers": place.brokers, "group.id": place.prefix})
    consumer.commit(offsets=[TopicPartition(place.topic("raw"), 0, offset)], asynchronous=False)
    consumer.close()


@pytest.mark.parametrize("setting, read", [(None, 0), ("earliest", 20), ("latest", 0)])
def test_a_committed_offset_that_is_gone_is_never_jumped_over_in_silence(place, setting, read):
    place.create(["raw", "enriched", "facts", "by-tag", "dead"], partitions=1)
    place.feed(make_posts(20, seed=3))
    commit(place, 1_000)
    more = {"kafka.consumer": {"auto.offset.reset": setting}} if setting else {}
    worker = place.start(place.config(lanes=1, **more))
    worker.wait_for_log("event=gap")
    gap = next(line for line in worker.log().splitlines() if "event=gap" in line)
    assert f"topic={place.topic('raw')} partition=0 next=1000 first=0 end=20" in gap
    then = {None: "stop", "earliest": "first", "latest": "end"}[setting]
    assert f"then={then}" in gap
    if read:
        wait_until("the posts are read", lambda: place.committed() == {0: 20})
    worker.stop()
    assert worker.counted("posts") == read


def limit(place, role, max_bytes, partitions):
    """Returns when the brokers go by it, which is later than their answer: before it, what is longer still comes in."""
    topic = place.topic(role)
    resource = ConfigResource("topic", topic, {"max.message.bytes": str(max_bytes), "retention.ms": "-1"})
    for future in place.admin.alter_configs([resource]).values():
        future.result(20)
    producer = Producer({"bootstrap.servers": place.brokers})

    def is_refused(partition):
        told = []
        producer.produce(topic, bytes(max_bytes + 1), partition=partition, on_delivery=lambda error, _: told.append(error))
        return producer.flush(10) == 0 and told[0] and told[0].code() == KafkaError.MSG_SIZE_TOO_LARGE
    for partition in range(partitions):
        wait_until("the limit holds", lambda: is_refused(partition))


def test_a_limit_that_is_lowered_under_load_loses_nothing(place):
    place.create(["raw", "enriched", "facts", "by-tag", "dead"], partitions=2)
    posts = [it for it in make_posts(30_000, seed=5) if it.says == "post"]
    config = place.config(lanes=1)
    worker = place.start(config)
    facts = place.topic("facts")
    reader = place.reader([facts, place.topic("dead")])
    place.feed(posts[:1000])
    reader.read_until("the first come out", lambda: len(reader.records[facts]) > 500)
    limit(place, "enriched", 60_000, partitions=2)
    feed = place.feed()
    for i in range(1, 11):
        feed.record(raw({**LONG, "id": f"long-{i}"}), f"long-{i}", timestamp=FIRST_MS)
        feed.posts(posts[1000 * i:1000 * i + 1000])
    feed.flush()
    wait_until("all is committed", lambda: sum(place.committed().values()) == 11_010, 90)
    worker.stop()
    reader.read_to_end()
    assert "Message size too large" in worker.log(), "no batch was rejected: this shows nothing"
    assert sorted(map(number, reader.records[facts])) == sorted(it.n for it in posts[:11_000])
    assert [headers(it)["trendmill.fault"] for it in reader.records[place.topic("dead")]] == ["refused"] * 10
