"""Records that hold several posts: each post exactly once with its place, whatever interrupts the worker; replay knows
them one by one."""
import json
import os
from collections import Counter
from types import SimpleNamespace

import pytest

from posts import FIRST_MS
from support import trendmill, wait_until

WHOLE = ("--from", "earliest", "--to", "latest")
BROKEN = b'{"id":"broken","text":}'
LONG = 2_000            # posts of a record that takes several turns
RECORDS = 120
LIMITS = {"post_cpu": "60s"}        # a sanitizer build takes its time


def post_of(record, index):
    text = "深海でレアアースを探す" if (record + index) % 3 else "a day at the sea"
    return json.dumps({"id": f"{record}-{index}", "text": f"{text} {index}"}, ensure_ascii=False).encode()


def record_of(record):
    """Its bytes, and its posts: None where one is broken."""
    count = LONG if record % 60 == 30 else 1 + record * 7 % 40
    posts = [post_of(record, i) for i in range(count)]
    if record % 5 == 2 and count > 2:
        posts[2] = BROKEN
    form = record % 3
    if form == 0 and count > 1:
        return b"\n".join(posts) + b"\n", posts
    if form == 1 and count > 1:
        return b"[" + b" , ".join(posts) + b"]", posts
    return b"[" + b",".join(posts) + b"]", posts


def feed_all(place):
    """(partition, offset) -> the record's posts."""
    feed, sent = place.feed(), {}
    for n in range(RECORDS):
        value, posts = record_of(n)

        def keep(error, message, posts=posts):
            assert not error, error
            sent[message.partition(), message.offset()] = posts
        feed.record(value, f"k{n}", [("n", str(n)), ("trace", "t")], keep, timestamp=FIRST_MS + n)
    feed.flush()
    return sent


def places(records):
    """How often each (partition, offset, index) is there."""
    sources = (json.loads(it.value)["source"] for it in records)
    return Counter((it["partition"], it["offset"], it["index"]) for it in sources)


def places_of_letters(records):
    headers = (dict(it.headers) for it in records)
    return Counter(tuple(int(it[f"trendmill.{name}"]) for name in ("partition", "offset", "index")) for it in headers)


@pytest.fixture(scope="module")
def lived(shared_place):
    """One of two workers is killed while records of many posts are on their way, the other one is stopped."""
    place = shared_place
    place.create_all()
    config = place.config(limits=LIMITS)
    sent = feed_all(place)
    workers = [place.start(config), place.start(config)]
    reader = place.reader()
    facts = reader.records[place.topic("facts")]
    total = sum(map(len, sent.values()))
    for quarter in (1, 2):
        reader.read_until(f"{quarter} quarters come out", lambda: len(facts) > total * quarter // 4, 120)
        if quarter == 1:
            workers[0].kill()
        else:
            workers[1].stop()
        workers.append(place.start(config))
    wait_until("all is committed", lambda: sum(place.committed().values()) == RECORDS, 120)
    for worker in workers[2:]:
        worker.stop()
    records = reader.read_to_end()
    return SimpleNamespace(place=place, config=config, sent=sent, total=total,
                           records={role: records[place.topic(role)] for role in ("enriched", "facts", "by-tag", "dead")})


def expected(sent, wanted):
    return Counter((*at, i) for at, posts in sent.items() for i, post in enumerate(posts) if wanted(post))


@pytest.mark.parametrize("role", ["enriched", "facts"])
def test_each_post_of_each_record_comes_out_exactly_once(lived, role):
    assert places(lived.records[role]) == expected(lived.sent, lambda post: post != BROKEN)


def test_each_post_has_the_place_that_it_had(lived):
    for it in lived.records["enriched"]:
        event = json.loads(it.value)
        source = event["source"]
        assert event["post"] == json.loads(lived.sent[source["partition"], source["offset"]][source["index"]])


def test_posts_of_one_partition_keep_their_order(lived):
    last = {}
    for it in lived.records["facts"]:
        source = json.loads(it.value)["source"]
        at = (source["offset"], source["index"])
        assert last.get((it.partition, source["partition"]), (-1, -1)) < at
        last[it.partition, source["partition"]] = at


def test_a_broken_post_is_a_dead_letter_alone_with_its_own_bytes(lived):
    assert places_of_letters(lived.records["dead"]) == expected(lived.sent, lambda post: post == BROKEN)
    for it in lived.records["dead"]:
        assert it.value == BROKEN and dict(it.headers)["trendmill.fault"] == b"not-json"


def test_headers_and_timestamp_of_the_record_pass_on_to_all_of_its_posts(lived):
    for role in ("enriched", "facts", "dead"):
        for it in lived.records[role]:
            assert dict(it.headers)["trace"] == b"t"
            assert role == "dead" or it.timestamp == FIRST_MS + int(dict(it.headers)["n"])


def replayed(config, *flags):
    done = trendmill("replay", "-c", config, *WHOLE, *flags, seconds=120)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return done


def test_verify_accounts_for_each_post(lived):
    report = lived.place.folder / "verify.json"
    replayed(lived.config, "--verify", "--report", report)
    broken = sum(expected(lived.sent, lambda post: post == BROKEN).values())
    found = json.loads(report.read_text())
    assert found.pop("summary").startswith(f"{lived.total} of {lived.total} posts were compared with what the rules ")
    assert {name: count for name, count in found.items() if count} == {"compared": lived.total, "records": lived.total - broken,
                                                                       "dead_letters": broken}


def test_diff_compares_post_by_post(lived):
    report = lived.place.folder / "diff.json"
    replayed(lived.config, "--diff", "--report", report)
    alike = json.loads(report.read_text())
    assert alike["posts"] == lived.total and alike["compared"] == len(lived.records["enriched"])
    assert all(row["gained"] == row["lost"] == row["changed"] == 0 for row in alike["rows"])

    other = lived.place.config(name="other", limits=LIMITS,
                               rules=[str(lived.place.other_rules(("any: [レアアース, ", "any: [")))])
    replayed(other, "--diff", "--report", report)
    rows = {(row["section"], row["name"]): row for row in json.loads(report.read_text())["rows"]}
    rare = rows["tag", "rare-earth"]
    assert rare["lost"] == sum(expected(lived.sent, lambda post: "レアアース".encode() in post).values())
    assert all(it["place"].endswith("]") and it["id"].endswith("-" + it["place"][:-1].split("[")[1])
               for it in rare["lost_examples"])


def test_dry_run_counts_posts(lived):
    shown = replayed(lived.config, "--dry-run").stdout.decode()
    assert f"posts          {lived.total}," in shown


def test_a_rebalance_within_a_record_rewinds_it_as_a_whole(place, slow_matcher):
    """Each post takes a millisecond, and each record many turns: the second worker comes within the first record."""
    place.create_all()
    count = 8_000
    text = "spin-1 " + "深い海の泥" * 4         # rows of three topics, so that what comes of a record takes turns
    value = b"[" + b",".join(f'{{"id":"{i}","text":"{text}"}}'.encode() for i in range(count)) + b"]"
    assert len(value) < 1_000_000
    feed = place.feed()
    for partition in (0, 1):
        feed.record(value, "k", partition=partition)
    feed.flush()
    config = place.config(lanes=1, limits=LIMITS, rules=[slow_matcher])
    first = place.start(config)
    first.wait_for_log("event=partition-start")
    second = place.start(config)        # it takes one of the two partitions over
    wait_until("all is committed", lambda: sum(place.committed().values()) == 2, 120, first.log)
    first.stop()
    second.stop()
    assert "a record was carried in part" in first.log()
    facts = place.reader([place.topic("facts")]).read_to_end()[place.topic("facts")]
    assert places(facts) == Counter((p, 0, i) for p in (0, 1) for i in range(count))


def test_a_dead_letter_of_one_post_is_read_again_as_that_post(place):
    place.create_all()
    feed = place.feed()
    feed.record(b'[{"id":"1","text":"short"},{"id":"2","text":"' + b"long " * 200 + b'","x":[[[[1]]]]}]', "k", [("n", "0")])
    feed.flush()
    place.run_through(place.config(name="narrow", limits={"post_depth": 4}), 1)
    dead = place.reader([place.topic("dead")]).read_to_end()[place.topic("dead")]
    assert [dict(it.headers)["trendmill.fault"] for it in dead] == [b"too-deep"]
    replayed(place.config(), "--dead", "--in-place")
    records = place.reader().read_to_end()
    facts = [json.loads(it.value) for it in records[place.topic("facts")]]
    assert sorted((it["id"], it["source"]["index"]) for it in facts) == [("1", 0), ("2", 1)]
    assert all(it.headers == [("n", b"0")] for it in records[place.topic("facts")])


def test_a_hide_in_a_record_of_several_holds_in_a_replay(place):
    place.create_all("", "again-")
    feed = place.feed()
    feed.record(b'[{"id":"1","text":"a"},{"id":"2","text":"b"}]', "k", timestamp=FIRST_MS)
    feed.record(b'{"id":"1","hidden":true}\n{"id":"2","hidden":true}\n{"id":"2","hidden":false}', "k",
                timestamp=FIRST_MS + 1)
    feed.flush()
    place.run_through(place.config(), 2)
    replayed(place.config(), "--to-topic", f"enriched={place.topic('again-enriched')}")
    events = place.reader([place.topic("again-enriched")]).read_to_end()[place.topic("again-enriched")]
    assert {it.key for it in events if it.value} == {b"2"}


def test_what_the_broker_rejects_of_one_post_takes_its_whole_record_to_the_dead_letters(place):
    place.create(["raw", "facts", "by-tag", "dead"])
    place.create(["enriched"], **{"max.message.bytes": "3000"})
    feed = place.feed()
    for n in range(3):
        big = os.urandom(4000).hex() if n == 1 else "small"         # it stays big however it is compressed
        feed.record(json.dumps([{"id": f"{n}a", "text": "fine"}, {"id": f"{n}b", "text": big}]).encode(), "k",
                    timestamp=FIRST_MS)
    feed.flush()
    place.run_through(place.config(lanes=1, kafka={"bootstrap.servers": place.brokers}), 3)
    records = place.reader().read_to_end()
    assert sorted(it.key for it in records[place.topic("enriched")]) == [b"0a", b"0b", b"2a", b"2b"]
    (dead,) = records[place.topic("dead")]
    headers = dict(dead.headers)
    assert headers["trendmill.fault"] == b"refused" and "trendmill.index" not in headers
    assert [it["id"] for it in json.loads(dead.value)] == ["1a", "1b"]
    replayed(place.config(), "--verify")
