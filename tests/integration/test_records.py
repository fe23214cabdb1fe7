"""Single records: headers, timestamps, keys, hides and dead letters."""
import json
from types import SimpleNamespace

import pytest

import schemas
from posts import FIRST_MS
from support import ROOT

TRACE = ("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
HEADERS = [TRACE, ("道", "南鳥島".encode()), ("twice", b"1"), ("nothing", None), ("twice", b"\x00\xff"),
           ("empty", b"")]
POST = {"id": "1", "text": "南鳥島のレアアース、揚泥に成功🎉\n日本の希土類はどうなる？ #レアアース", "repost_of": "7",
        "author": {"id": "42"}, "observed_at": "2025-05-01T09:00:00+09:00"}


def raw(post):
    return json.dumps(post, ensure_ascii=False).encode()


def carry(place, inputs, outputs=None, **config):
    """Writes (role, key, value) to the inputs, each record with our headers and a timestamp of its own, runs a
    worker, and gives the records of each topic and the inputs' timestamps."""
    stamps = [FIRST_MS + 1000 * i + 1 for i in range(len(inputs))]
    roles = list(dict.fromkeys(role for role, _, _ in inputs))
    for role in roles:
        feed = place.feed(role=role)
        for (where, key, value), stamp in zip(inputs, stamps):
            if where == role:
                feed.record(value, key, HEADERS, timestamp=stamp, partition=0)
        feed.flush()
    place.run_through(place.config(**config), len(inputs), roles=roles)
    return place.reader(outputs).read_to_end(), stamps


@pytest.fixture(scope="module")
def said(shared_place):
    """One of each that an input may say, through the shipped routes."""
    place = shared_place
    place.create_all(inputs=("raw", "unkeyed"))
    inputs = [
        ("raw", "1", raw(POST)),
        ("raw", "1", raw({"id": "1", "metrics": {"likes": 3}, "observed_at": "2025-05-01T10:00:00+09:00"})),
        ("raw", "1", raw({"id": "1", "hidden": True, "observed_at": "2025-05-01T11:00:00+09:00"})),
        ("raw", "1", raw({"id": "1", "hidden": False})),
        ("raw", "1", None),
        ("raw", None, None),
        ("raw", b"\xff\x00", b'{"id": "2", "text": "\xff\x00\r\n'),
        ("unkeyed", "1", None),
    ]
    topics, stamps = carry(place, inputs, input=[
        {"topic": place.topic("raw"), "network": "x", "key": "id"}, {"topic": place.topic("unkeyed"), "network": "x"}])
    records = dict(zip(("enriched", "facts", "by-tag", "dead"), topics.values()))
    return SimpleNamespace(place=place, inputs=inputs, stamps=stamps, **{"by_tag": records.pop("by-tag"), **records})


def rows_of(records):
    return [it.value and json.loads(it.value) for it in records]


def stamps_of(records):
    return [it.timestamp for it in records]


def test_headers_pass_on_to_every_route(said):
    records = [*said.enriched, *said.facts, *said.by_tag]
    assert records
    for record in records:
        assert record.headers == HEADERS


def test_timestamps_pass_on_to_every_route(said):
    post, update, hide, unhide, null = said.stamps[:5]
    assert stamps_of(said.enriched) == [post, hide, null]
    assert stamps_of(said.facts) == [post, update, hide, unhide, null]
    assert {*stamps_of(said.by_tag)} == {post}


def test_a_hide_is_a_tombstone_on_the_event_route(said):
    assert [it.key for it in said.enriched] == [b"1"] * 3
    assert [it.value is None for it in said.enriched] == [False, True, True]


def test_a_hide_is_a_row_of_facts(said):
    post, update, hide, unhide, null = rows_of(said.facts)
    unhidden, nulled = said.stamps[3:5]
    assert post["kind"] == "repost" and update["kind"] == "update"
    assert [it.key for it in said.facts] == [b"1"] * 5
    assert [(row["hidden"], row["as_of"]) for row in (hide, unhide, null)] \
        == [(True, FIRST_MS + 7_200_000), (False, unhidden), (True, nulled)]
    assert hide == {"v": 1, "id": "1", "network": "x", "as_of": FIRST_MS + 7_200_000, "hidden": True,
                    "source": {"topic": said.place.topic("raw"), "partition": 0, "offset": 2, "timestamp": said.stamps[2]}}


def test_each_tag_has_a_row_keyed_by_it(said):
    tags = rows_of(said.facts)[0]["tags"]
    assert len(tags) > 1
    rows = rows_of(said.by_tag)
    assert sorted(row["tag"] for row in rows) == sorted(tags)
    assert [row["tag"].encode() for row in rows] == [it.key for it in said.by_tag]
    assert all("text" not in row for row in rows)


def test_a_dead_letter_keeps_all_and_says_why(said):
    expected = [(5, "no-id", 5), (6, "bad-utf8", 6), (7, "no-id", 0)]
    found = {}
    for letter in said.dead:
        words = dict(letter.headers[len(HEADERS):])
        found[words["trendmill.topic"].decode(), int(words["trendmill.offset"])] = letter
    assert len(found) == len(said.dead) == 3
    for i, fault, offset in expected:
        role, key, value = said.inputs[i]
        letter = found[said.place.topic(role), offset]
        assert (letter.key, letter.value) == (key.encode() if isinstance(key, str) else key, value)
        assert letter.headers[:len(HEADERS)] == HEADERS
        names, values = zip(*letter.headers[len(HEADERS):])
        assert names == tuple("trendmill." + it for it in (
            "fault", "message", "topic", "partition", "offset", "timestamp", "rules"))
        assert values[0].decode() == fault and values[1]
        assert [*map(int, values[3:6])] == [0, offset, said.stamps[i]]
        assert values[6].decode() == " ".join(str(it) for it in rows_of(said.facts)[0]["rules"].values())


def test_what_was_said_fits_the_schemas(said):
    for shape, records in (("event", said.enriched), ("facts", said.facts), ("by-tag", said.by_tag)):
        schemas.check(shape, (it.value for it in records))


def test_keys_of_routes(place):
    keys = ("input", "author", "subject", "network-id")
    place.create(["raw", *keys, "facts", "dead"], partitions=1)
    bare = {"id": "5", "text": "レア"}
    topics, _ = carry(
        place, [("raw", "k", raw(POST)), ("raw", None, raw(bare)), ("raw", "", raw(bare)),
                ("raw", "k", raw({"id": "1", "hidden": True}))],
        outputs=[place.topic(role) for role in (*keys, "facts")],
        routes={**{key: {"topic": place.topic(key), "shape": "event", "key": key} for key in keys},
                "facts": {"topic": place.topic("facts"), "shape": "facts", "key": "network-id"}})
    found = {role: [(it.key, it.value is None) for it in topics[place.topic(role)]] for role in (*keys, "facts")}
    assert found == {
        "input": [(b"k", False), (None, False), (b"", False)],
        "author": [(b"42", False), (b"5", False), (b"5", False)],
        "subject": [(b"7", False), (b"5", False), (b"5", False)],
        "network-id": [(b"x:1", False), (b"x:5", False), (b"x:5", False), (b"x:1", True)],
        "facts": [(b"x:1", False), (b"x:5", False), (b"x:5", False), (b"x:1", False)],
    }


def test_keys_land_where_javas_clients_put_them(place):
    lines = (ROOT / "tests/integration/java-partitions.tsv").read_bytes().rstrip(b"\n").split(b"\n")
    expected = dict(line.rsplit(b"\t", 1) for line in lines)
    assert len(expected) == 1000
    place.create(["raw", "dead"], partitions=1)
    place.create(["enriched"], partitions=12)
    topics, _ = carry(place, [("raw", key, raw({"id": str(i), "text": ""})) for i, key in enumerate(expected)],
                      outputs=[place.topic("enriched")],
                      routes={"enriched": {"topic": place.topic("enriched"), "shape": "event", "key": "input"}})
    records = topics[place.topic("enriched")]
    assert {it.key: b"%d" % it.partition for it in records} == expected and len(records) == 1000


def test_what_no_route_takes_is_counted(place):
    place.create(["raw", "enriched", "dead"])
    path = place.config(routes={"enriched": {"topic": place.topic("enriched"), "shape": "event"}})
    feed = place.feed()
    for says in ({"text": ""}, {"metrics": {"likes": 1}}, {"hidden": False}, {}):
        feed.record(raw({"id": "1", **says}), "1")
    feed.flush()
    worker = place.run_through(path, 4)
    assert [worker.counted(it) for it in ("posts", "records", "dead", "dropped")] == [4, 1, 1, 2]


def test_a_record_without_a_timestamp_is_a_post_without_one(place):
    place.create(["raw", "enriched", "facts", "dead"])
    path = place.config(routes={it: {"topic": place.topic(it), "shape": shape} for it, shape in
                                (("enriched", "event"), ("facts", "facts"))})
    feed = place.feed()
    feed.record(b"\xef\xbb\xbf" + raw({"id": "1", "text": "a"}), "1", timestamp=-1)
    feed.record(raw({"id": "2", "text": "b", "observed_at": "2025-05-01T10:00:00+09:00"}), "2", timestamp=-1)
    feed.flush()
    place.run_through(path, 2)
    topics = place.reader().read_to_end()
    events = {it["id"]: it for it in rows_of(topics[place.topic("enriched")])}
    assert not topics[place.topic("dead")] and len(topics[place.topic("facts")]) == 2
    assert all("timestamp" not in it["source"] for it in events.values())
    assert "as_of" not in events["1"]["facts"] and events["2"]["facts"]["as_of"] == 1746061200000
    assert events["1"]["post"] == {"id": "1", "text": "a"}
