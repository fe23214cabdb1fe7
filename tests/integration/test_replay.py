"""Replays on a real broker: the same bytes, shared, killed, frozen, and what is refused."""
import json
import re
import signal
import subprocess
from collections import Counter

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewPartitions

from posts import FIRST_MS, make_posts
from support import ROOT, Place, Worker, number, trendmill, wait_until

ROLES = ("enriched", "facts", "by-tag", "dead")
ROUTES = ("enriched", "facts", "by-tag", "dead_letters")
WHOLE = ("--from", "earliest", "--to", "latest")


def to_topics(place, stage):
    return ["--to-topic", ",".join(f"{route}={place.topic(stage + role)}" for route, role in zip(ROUTES, ROLES))]


def replay(config, *flags, seconds=120):
    return trendmill("replay", "-c", config, *flags, seconds=seconds)


def done(config, *flags, code=0):
    it = replay(config, *flags)
    assert it.returncode == code, it.stderr.decode()
    return it


def outcome(place, stage):
    """What each route holds, whatever the partition that it is in; dead letters have the time of writing."""
    topics = place.reader(place.outputs(stage)).read_to_end()
    return [sorted((it.key or b"", it.value or b"", topic.endswith("dead") or it.timestamp, str(it.headers))
                   for it in records) for topic, records in topics.items()]


def no_hides(count, seed):
    return [it for it in make_posts(count, seed=seed) if it.says not in ("hide", "unhide")]


def start(place, config, *flags):
    log = place.folder / f"replay-{len(place.workers)}.log"
    worker = Worker(config, log, "replay", *flags)
    place.workers.append(worker)
    return worker


def delete_records(place, before, role="raw"):
    """Cuts a topic's log: partition -> its new first offset."""
    path = place.folder / "delete.json"
    path.write_text(json.dumps({"version": 1, "partitions": [
        {"topic": place.topic(role), "partition": partition, "offset": offset} for partition, offset in before.items()]}))
    jars = subprocess.run([ROOT / "deploy/kafka-local", "java-classpath"], stdout=subprocess.PIPE, check=True,
                          text=True).stdout.strip()
    subprocess.run(["java", "-cp", jars, "org.apache.kafka.tools.DeleteRecordsCommand", "--bootstrap-server",
                    place.brokers, "--offset-json-file", path], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def lived(shared_place):
    """What the live worker made of some posts."""
    place = shared_place
    place.create_all()
    posts = no_hides(20_000, seed=11)
    place.feed(posts)
    place.run_through(place.config(), len(posts))
    place.posts = posts
    place.before = place.committed()
    place.lived = outcome(place, "")
    return place


@pytest.mark.parametrize("lanes, processes, partitions", [(1, 1, 6), (4, 1, 3), (2, 3, 12)])
def test_a_replay_gives_the_same_bytes(lived, lanes, processes, partitions):
    place, stage = lived, f"same-{lanes}-{processes}-{partitions}-"
    for role in ROLES:
        place.create([stage + role], partitions=partitions)
    config = place.config(name=f"lanes-{lanes}", lanes=lanes)
    flags = [*WHOLE, *to_topics(place, stage), "--name", stage, "--report", place.folder / "report.json"]
    workers = [start(place, config, *flags) for _ in range(processes)]
    for worker in workers:
        assert worker.wait(120) == 0, worker.log()
    report = json.loads((place.folder / "report.json").read_text())
    assert report["complete"] and all(it["at"] == it["end"] for it in report["partitions"])
    assert outcome(place, stage) == place.lived
    assert place.committed() == place.before


def test_targets_are_made_like_the_old_ones(lived):
    place = lived
    done(place.config(), *WHOLE, "--to-topic", f"facts={place.topic('made')}")
    made, old = (place.admin.list_topics(timeout=10).topics[place.topic(it)].partitions for it in ("made", "facts"))
    assert len(made) == len(old)
    records = place.reader([place.topic("made")]).read_to_end()[place.topic("made")]
    assert sorted(it.value for it in records) == sorted(value for _, value, *_ in place.lived[1])


def new_stage(place, stage, partitions=3):
    for role in ROLES:
        place.create([stage + role], partitions=partitions)
    return [*WHOLE, *to_topics(place, stage), "--name", stage]


def test_a_killed_one_resumes_without_duplicates(lived):
    place, stage = lived, "killed-"
    config = place.config(commit={"interval": "50ms", "posts": 100})
    flags = [*new_stage(place, stage), "--rate", "4000"]
    first, second = start(place, config, *flags), start(place, config, *flags)
    reader = place.reader([place.topic(stage + "facts")])
    rows = reader.records[place.topic(stage + "facts")]
    reader.read_until("some come out", lambda: len(rows) > 2_000)
    first.kill()
    reader.read_until("more come out", lambda: len(rows) > 5_000)
    second.kill()
    assert len(rows) < len(place.posts), "killed too late to mean anything"
    done(config, *flags[:-2])
    assert outcome(place, stage) == place.lived


def test_a_frozen_one_is_fenced(lived):
    place, stage = lived, "frozen-"
    config = place.config(commit={"interval": "50ms", "posts": 100}, kafka={
        "bootstrap.servers": place.brokers, "session.timeout.ms": "6000", "transaction.timeout.ms": "4000"})
    flags = [*new_stage(place, stage), "--rate", "4000"]
    frozen = start(place, config, *flags)
    reader = place.reader([place.topic(stage + "facts")])
    rows = reader.records[place.topic(stage + "facts")]
    reader.read_until("some come out", lambda: len(rows) > 2_000)
    frozen.signal(signal.SIGSTOP)
    other = start(place, config, *flags[:-2])
    assert other.wait(90) == 0, other.log()
    frozen.signal(signal.SIGCONT)
    assert frozen.wait(60) == 0, frozen.log()
    assert outcome(place, stage) == place.lived


def test_one_that_can_no_longer_commit_what_another_finished_ends_well(shared_place):
    place, facts = shared_place, shared_place.topic("rest-facts")
    place.create_all("rest-", inputs=("rest-raw",))
    # The first groups of a start are committed at once, so the open transaction comes behind them.
    small = 600
    posts = [f'{{"id":"{i}","text":"{"短" if i < small else "長" * 100_000}"}}'.encode() for i in range(small + 10)]
    feed = place.feed(role="rest-raw")
    for i, post in enumerate(posts):
        feed.record(post, str(i), timestamp=FIRST_MS)
    feed.flush()
    config = {"input": [{"topic": place.topic("rest-raw"), "key": "id", "network": "x"}]}
    kafka = {"bootstrap.servers": place.brokers, "session.timeout.ms": "6000", "transaction.timeout.ms": "119000"}
    flags = [*WHOLE, "--name", "rest-", "--in-place"]
    resting = start(place, place.config("rest-", "resting", kafka=kafka, commit={"interval": "59s"}, **config), *flags,
                    "--rate", "5kB/s")              # a minute after the first long post, with its transaction open
    reader = place.reader([facts], isolation="read_uncommitted")
    reader.read_until("a transaction is open", lambda: not resting.is_running()
                      or any(len(it.value) > 100_000 for it in reader.records[facts]))
    resting.signal(signal.SIGSTOP)
    done(place.config("rest-", "other", **config), *flags)
    resting.signal(signal.SIGCONT)
    assert resting.wait(60) == 0, resting.log()
    assert "event=rewind" in resting.log(), "it had nothing to commit: this shows nothing"
    rows = place.reader([facts]).read_to_end()[facts]
    assert sorted(int(it.key) for it in rows) == [*range(len(posts))]


def test_a_stopped_one_says_how_to_go_on(lived):
    place, stage = lived, "stopped-"
    flags = new_stage(place, stage)
    worker = start(place, place.config(), *flags, "--rate", "500")
    worker.wait_for_log("replay-begun")
    wait_until("some is committed", lambda: sum(place.committed_by(f"{place.prefix}.replay.{stage}").values()) > 0)
    worker.signal()
    assert worker.wait() == 1 and f"--name {stage} goes on" in worker.log()
    done(place.config(), *flags)
    assert outcome(place, stage) == place.lived
    assert "nothing is left to do" in done(place.config(), *flags).stderr.decode()
    assert outcome(place, stage) == place.lived


def test_an_input_that_got_more_partitions_is_gone_on_with(place):
    posts = no_hides(1_000, seed=31)
    for role, partitions in ("few", 2), ("many", 5):
        place.create([role], partitions)
        place.feed(posts, role)
    place.create(["facts", "dead"])
    config = place.config(input=[{"topic": place.topic(it), "key": "id", "network": "x"} for it in ("few", "many")])
    flags = [*WHOLE, "--name", "more", "--in-place", "--route", "facts,dead_letters"]
    worker = start(place, config, *flags, "--rate", "500")
    wait_until("some is committed", lambda: any(place.committed_by(f"{place.prefix}.replay.more", "few").values()))
    worker.signal()
    assert worker.wait() == 1, worker.log()
    for future in place.admin.create_partitions([NewPartitions(place.topic("few"), 4)]).values():
        future.result(20)
    done(config, *flags)
    facts, dead = place.reader([place.topic("facts"), place.topic("dead")]).read_to_end().values()
    sources = [tuple(json.loads(it.value)["source"].values()) for it in facts]
    assert len(set(sources)) == len(sources) and len(sources) + len(dead) == 2 * len(posts)


def test_what_only_reads_ends_at_once_by_a_signal_and_logs_as_the_config_says(tmp_path):
    place = Place("127.0.0.1:1", tmp_path)              # nobody answers there
    worker = start(place, place.config(log={"format": "json"}), *WHOLE, "--dry-run")
    worker.wait_for_log('"event":"librdkafka"')
    worker.signal()
    assert worker.wait(10) == -signal.SIGTERM


@pytest.fixture(scope="module")
def bare(shared_place):
    place = shared_place
    place.create_all("bare-", inputs=("bare-raw",))
    place.feed(no_hides(200, seed=12), "bare-raw")
    return place.config("bare-", input=[{"topic": place.topic("bare-raw"), "key": "id", "network": "x"}])


IN_PLACE = [*WHOLE, "--in-place"]


@pytest.mark.parametrize("bad, says", [
    ([*WHOLE, "--to-topic", ""], "no route is left"),
    (["--from", "latest", "--to", "latest"], "is empty"),
    (["--from", "0:9,1:9", "--to", "0:5,1:5", "--in-place"], "reversed"),
    (["--from", "0:99999999", "--to", "latest", "--in-place"], "is in the future"),
    (["--from", "earliest", "--to", "2099-01-01T00:00:00Z"], "is in the future"),
    (["--from", "1h", "--to", "latest", "--in-place"], "no record is in it"),
    (["--from", "77:1", "--to", "latest", "--in-place"], "has no partition 77"),
    ([*IN_PLACE, "--partitions", "8"], "has no partition 8"),
    (["--from", "now", "--to", "latest"], "expected earliest"),
    (["--from", "earliest"], "--from and --to"),
    (WHOLE, "where the live worker writes"),
    ([*IN_PLACE, "--route", "nope"], 'no route is named "nope"'),
    ([*IN_PLACE, "--to-topic", "facts"], "expected ROUTE=TOPIC"),
    ([*IN_PLACE, "--to-topic", "facts=RAW"], "is an input"),
    ([*IN_PLACE, "--to-topic", "facts=a b"], "no such topic is possible"),
    ([*IN_PLACE, "--name", "a/b"], "--name"),
    ([*IN_PLACE, "--rate", "fast"], "--rate"),
])
def test_what_cannot_be_is_refused(shared_place, bare, bad, says):
    refused = done(bare, *[it.replace("RAW", shared_place.topic("bare-raw")) for it in bad], code=2)
    assert says in refused.stderr.decode(), refused.stderr.decode()
    assert not any(shared_place.reader(shared_place.outputs("bare-")).read_to_end().values()), "something was published"


def test_a_range_before_the_log_is_refused_and_a_cut_one_is_read(place):
    place.create_all()
    posts = no_hides(600, seed=14)
    place.feed(posts)
    config = place.config()
    low = 20
    delete_records(place, {0: low})
    early = done(config, "--from", "0:5", "--to", "latest", "--in-place", code=2)
    assert b"is before the log's start" in early.stderr and b"from 20 on" in early.stderr
    done(config, "--from", "earliest", "--to", "latest", "--in-place")
    rows = place.reader([place.topic("facts"), place.topic("dead")]).read_to_end()
    assert sum(map(len, rows.values())) == len(posts) - low


def test_a_name_in_use_is_refused(lived):
    place = lived
    done(place.config(), *WHOLE, "--to-topic", f"facts={place.topic('used')}", "--name", "used")
    again = done(place.config(), "--from", "0:5", "--to", "latest", "--to-topic", f"facts={place.topic('used')}",
                 "--name", "used", code=2)
    assert b"is in use" in again.stderr and b"--from earliest --to latest" in again.stderr
    other = done(place.config(), *WHOLE, "--to-topic", f"facts={place.topic('used')}", code=2)
    assert b"holds records already" in other.stderr


def test_a_name_is_begun_and_gone_on_with_by_the_same_rules(place):
    """Else one output would hold records of both."""
    place.create_all()
    posts = [it for it in make_posts(800, seed=12) if it.says == "post"][:400]
    place.feed(posts)
    config = place.config(lanes=1)
    flags = [*WHOLE, "--to-topic", f"facts={place.topic('mixed')}", "--name", "mixed"]
    stopped = start(place, config, *flags, "--rate", "100")
    wait_until("it has begun", lambda: sum(place.committed_by(f"{place.prefix}.replay.mixed").values()) > 0)
    stopped.signal()
    assert stopped.wait() == 1
    other = place.config(name="other", lanes=1, rules=[str(place.other_rules(("version: 1", "version: 2")))])
    refused = done(other, *flags, code=2)
    assert b"was begun with the rules 1 " in refused.stderr and b"another --name" in refused.stderr, refused.stderr
    done(config, *flags)
    assert len(place.reader([place.topic("mixed")]).read_to_end()[place.topic("mixed")]) == 400


def test_a_long_rest_keeps_its_membership(place):
    """A post of 20 kB at 1 kB a second is a rest of 20 s; a member that does not poll for 8 s is put out."""
    place.create_all()
    feed = place.feed()
    for i in range(2):
        feed.record(f'{{"id":"{i}","text":"{"long " * 4_000}"}}'.encode(), str(i), partition=0, timestamp=FIRST_MS)
    feed.flush()
    kafka = {"bootstrap.servers": place.brokers, "session.timeout.ms": "6000", "max.poll.interval.ms": "8000",
             "transaction.timeout.ms": "5000"}
    resting = start(place, place.config(lanes=1, kafka=kafka), *WHOLE, "--in-place", "--name", "rests", "--rate", "1kB/s")
    assert resting.wait(90) == 0, resting.log()
    assert "lost=" not in resting.log() and "event=rewind" not in resting.log(), resting.log()
    assert [it.key for it in place.reader().read_to_end()[place.topic("facts")]] == [b"0", b"1"]


def test_compacted_and_short_lived_targets(place):
    place.create(["raw", "facts", "by-tag", "dead"])
    place.create(["enriched"], **{"cleanup.policy": "compact,delete"})
    place.feed(no_hides(300, seed=13))
    to_offsets = ["--from", "0:0,1:0", "--to", "0:5,1:5", "--in-place", "--route", "enriched"]
    assert b"is compacted" in done(place.config(), *to_offsets, code=2).stderr
    place.create(["short"], **{"retention.ms": "3600000"})
    short = done(place.config(), *WHOLE, "--to-topic", f"facts={place.topic('short')}", code=2)
    assert b"would vanish at once" in short.stderr and b"timestamp: now" in short.stderr
    assert not any(place.reader([place.topic("enriched"), place.topic("short")]).read_to_end().values())


def raw(**post):
    return json.dumps(post, ensure_ascii=False).encode()


def test_a_post_hidden_after_the_range_does_not_come_back(place):
    place.create(["raw", "facts", "by-tag", "dead", "enriched"], partitions=1)
    feed = place.feed()
    for id, post in (("1", {"text": "レアアースの泥"}), ("2", {"text": "南鳥島の希土類"}), ("3", {"text": "海底"}),
                     ("1", {"hidden": True}), ("3", {"hidden": True}), ("3", {"hidden": False})):
        feed.record(raw(id=id, **post), id, timestamp=1_746_057_600_000 + feed.count)
        feed.count += 1
    feed.flush()
    report = place.folder / "report.json"
    done(place.config(), "--from", "0:0", "--to", "0:3", "--in-place", "--report", report)
    topics = place.reader().read_to_end()
    enriched, facts, by_tag, dead = (topics[topic] for topic in place.outputs())
    assert [(it.key, it.value is None) for it in enriched] == [(b"1", True), (b"2", False), (b"3", False)]
    first, *others = (json.loads(it.value) for it in facts)
    assert (first["id"], first["hidden"], first["as_of"]) == ("1", True, 1_746_057_600_003) and "text" not in first
    assert [it.get("hidden") for it in others] == [None, None]
    assert b'"id":"1"' not in b"".join(it.value for it in by_tag) and by_tag and not dead
    assert json.loads(report.read_text())["hidden"] == 1


def test_markers_aborted_records_and_empty_partitions_end_cleanly(place):
    place.create_all()
    topic, posts = place.topic("raw"), no_hides(300, seed=15)

    def write(partition, posts, commit):
        producer.begin_transaction()
        for post in posts:
            producer.produce(topic, post.value, post.key, partition=partition, timestamp=post.timestamp,
                             headers=[("n", str(post.n))])
        producer.flush()
        producer.commit_transaction() if commit else producer.abort_transaction()

    producer = Producer({"bootstrap.servers": place.brokers, "transactional.id": topic})
    producer.init_transactions()
    write(0, posts[:100], True)                     # ends with a marker
    write(1, posts[100:200], True)
    write(1, posts[:50], False)                     # ends with an aborted range
    write(2, posts[:50], False)                     # nothing else at all
    write(3, posts[:50], False)
    write(3, posts[200:], True)                     # begins with one
    done(place.config(), *WHOLE, "--in-place")
    topics = place.reader().read_to_end()
    facts, dead = topics[place.topic("facts")], topics[place.topic("dead")]
    assert sorted(map(number, [*facts, *dead])) == sorted(it.n for it in posts)


def test_the_ends_are_those_of_the_start(place):
    place.create_all()
    posts = no_hides(2_000, seed=16)
    feed = place.feed(posts[:1_000])
    worker = start(place, place.config(), *WHOLE, "--in-place", "--rate", "500", "--name", "grows")
    worker.wait_for_log("replay-begun")
    feed.posts(posts[1_000:])
    feed.flush()
    assert worker.wait(60) == 0
    topics = place.reader().read_to_end()
    assert len(topics[place.topic("facts")]) + len(topics[place.topic("dead")]) == 1_000


def test_a_lane_that_rests_keeps_what_it_delivered(place):
    """A post, then a rest longer than a poll; posts from behind the end come meanwhile."""
    place.create(["raw"], partitions=1)
    place.create(["enriched", "facts", "by-tag", "dead"])
    posts = no_hides(8, seed=18)
    feed = place.feed(posts[:4])
    worker = start(place, place.config(), *WHOLE, "--in-place", "--rate", "2", "--name", "slow")
    worker.wait_for_log("replay-begun")
    feed.posts(posts[4:])
    feed.flush()
    assert worker.wait(60) == 0
    assert place.committed_by(f"{place.prefix}.replay.slow") == {0: 4}
    topics = place.reader().read_to_end()
    assert len(topics[place.topic("facts")]) + len(topics[place.topic("dead")]) == 4


def test_a_hide_that_is_skipped_hides_nothing(place):
    place.create(["raw"], partitions=1)
    feed = place.feed()
    for post in b'{"id":"a","text":"1"}', b'{"id":"a","hidden":true}':
        feed.record(post, "a", timestamp=FIRST_MS)
    feed.flush()
    place.create(["enriched", "facts", "by-tag", "dead"])
    assert "2, 1 of them hidden by now" in done(place.config(), *WHOLE, "--dry-run").stdout.decode()
    skipping = place.config(name="skipping", skip=[f"{place.topic('raw')}/0/1"])
    found = done(skipping, *WHOLE, "--dry-run").stdout.decode()
    assert "2, 0 of them hidden by now" in found and "skipped      1" in found


def test_a_range_of_some_partitions_and_offsets(lived):
    place = lived
    done(place.config(), "--from", "1:100,4:0", "--to", "1:150,4:10", "--to-topic", f"facts={place.topic('some')}")
    rows = place.reader([place.topic("some")]).read_to_end()[place.topic("some")]
    sources = sorted((it["partition"], it["offset"]) for it in (json.loads(row.value)["source"] for row in rows))
    assert set(sources) <= {*((1, it) for it in range(100, 150)), *((4, it) for it in range(10))}
    assert len(sources) >= 55
    whole = done(place.config(), *WHOLE, "--dry-run", "--partitions", "2").stdout.decode()
    assert f"posts          {place.before[2]}," in whole


def test_a_topic_made_anew_ends_the_replay(place):
    place.create_all()
    place.feed(no_hides(3_000, seed=17))
    flags = [*WHOLE, "--in-place", "--name", "anew"]
    worker = start(place, place.config(), *flags, "--rate", "200")
    worker.wait_for_log("replay-begun")
    wait_until("some is committed", lambda: sum(place.committed_by(f"{place.prefix}.replay.anew").values()) > 0)
    for future in place.admin.delete_topics([place.topic("raw")]).values():
        future.result(20)
    wait_until("it is gone", lambda: place.topic("raw") not in place.topics())
    place.create(["raw"])
    assert worker.wait(60) in (1, 3), worker.log()
    assert "made anew" in worker.log()


def test_dead_letters_become_what_they_would_have_been(place):
    place.create_all("", "wide-")
    posts = no_hides(1_500, seed=18)
    place.feed(posts)
    narrow, wide = place.config(name="narrow", limits={"post_bytes": 500}), place.config()
    place.run_through(narrow, len(posts))
    place.run_through(place.config("wide-"), len(posts), "wide-")
    letters = place.reader([place.topic("dead")]).read_to_end()[place.topic("dead")]
    faults = [dict(it.headers)["trendmill.fault"] for it in letters]
    assert faults.count(b"too-large") > 100

    shortened = place.feed(role="dead")
    headers = {**dict(letters[0].headers), "trendmill.fault": b"too-large", "trendmill.cut": b"value: 9 of 99 bytes"}
    shortened.record(b"cut", "k", [*headers.items()])
    shortened.record(b"no letter at all", "k")
    shortened.flush()
    again = place.folder / "again.json"
    done(wide, *WHOLE, "--dead", "--fault", "not-json", "--in-place", "--report", again)
    assert json.loads(again.read_text())["records"] == 0
    report = place.folder / "report.json"
    done(wide, *WHOLE, "--dead", "--in-place", "--report", report)
    report = json.loads(report.read_text())
    assert report["left"] == {"cut": 1, "others": 1}
    assert report["dead"] == len(letters) - faults.count(b"too-large")
    assert outcome(place, "")[:3] == outcome(place, "wide-")[:3]
    assert len(place.reader([place.topic("dead")]).read_to_end()[place.topic("dead")]) == len(letters) + 2


def verified(config, *flags, code=0):
    it = replay(config, *WHOLE, "--verify", *flags)
    assert it.returncode == code, it.stdout.decode() + it.stderr.decode()
    *lines, summary = it.stdout.decode().splitlines()
    found = {name: int(count) for name, count in (line.split() for line in lines if ": " not in line and "more" not in line)}
    return {**found, "summary": summary}, [line for line in lines if ": " in line]


WITHOUT_RARE_EARTHS = ("any: [レアアース, ", "any: [")


def test_verify_accounts_for_every_post(place):
    place.create_all()
    posts = list(make_posts(3_000, seed=19))
    place.feed(posts)
    config = place.config()
    worker = place.run_through(config, len(posts))
    found, places = verified(config)
    assert not places and not found["different"] and not found["missing"]
    assert found["dead_letters"] == worker.counted("dead") and found["drops"] == worker.counted("dropped")
    assert found["records"] + found["dead_letters"] + found["drops"] == len(posts)
    assert re.fullmatch(rf"{len(posts)} of {len(posts)} posts were compared with what the rules \d+ \w+ give: {len(posts)} are as "
                        "they should be", found["summary"])

    other = place.config(name="other", rules=[str(place.other_rules(WITHOUT_RARE_EARTHS))])
    found, places = verified(other)
    assert not places and found["other_rules"] > 2_000 and not found["different"]
    compared = len(posts) - found["other_rules"]
    assert found["summary"].startswith(f"{compared} of {len(posts)} posts were compared with what the rules ")
    assert (f"{compared} are as they should be; {found['other_rules']} were not compared: {found['other_rules']} made by "
            "other rules (") in found["summary"]


def test_verify_names_what_is_missing_or_different(place):
    place.create_all()
    posts = no_hides(400, seed=20)
    place.feed(posts)
    config = place.config()
    place.run_through(config, len(posts))
    extra = next(post for post in posts if post.says == "post")
    feed = place.feed([extra])                      # nobody carries it on
    partition, offset = feed.sent[extra.n]
    rows = place.reader([place.topic("facts")]).read_to_end()[place.topic("facts")]
    victim = next(row for row in rows if b'"tags":[]' in row.value)
    source = json.loads(victim.value)["source"]
    place.create(["broken-facts"])
    feed = place.feed(role="broken-facts")
    for row in rows:
        feed.record(row.value.replace(b'"tags":[]', b'"tags":["x"]') if row is victim else row.value, row.key,
                    row.headers)
    feed.flush()
    found, places = verified(config, "--to-topic", f"facts={place.topic('broken-facts')}", code=1)
    assert (found["missing"], found["different"]) == (1, 1)
    assert f"give: {len(posts) - 1} are as they should be" in found["summary"]
    topic = place.topic("raw")
    assert sorted(places) == sorted([f"{topic}/{partition}/{offset}: missing",
                                     f"{topic}/{source['partition']}/{source['offset']}: different"])


def test_verify_tells_what_compaction_and_retention_take_from_what_is_lost(place):
    place.create(["raw", "enriched", "facts", "by-tag", "dead"], partitions=1)
    place.create(["kept"], partitions=1, **{"cleanup.policy": "compact"})
    place.create(["kept-dead"], partitions=1, **{"retention.ms": "3600000"})
    said = [("a", '"text":"1"'), ("a", '"text":"2"'), ("b", '"text":"1"'), ("c", '"text":"1"'), ("c", '"hidden":true'),
            ("d", '"text":0'), ("e", '"text":"1"'), ("e", '"hidden":true'), ("f", '"text":"1"'), ("f", '"text":"2"'),
            ("b", '"text":"2"')]
    feed = place.feed()
    for n, (id, what) in enumerate(said):
        feed.record(f'{{"id":"{id}",{what}}}'.encode(), id, timestamp=FIRST_MS + n)
    feed.flush()
    config = place.config(lanes=1)
    place.run_through(config, len(said))
    rows = place.reader([place.topic("enriched")]).read_to_end()[place.topic("enriched")]
    at = {json.loads(row.value)["source"]["offset"]: row for row in rows if row.value}
    # The second of a is lost, the hide of e too; b's newer is behind the range; of c compaction left nothing.
    feed = place.feed(role="kept")
    for offset in 0, 6, 8, 9, 10:
        wrong = at[offset].value.replace(b'"tags":[]', b'"tags":["x"]')
        feed.record(wrong if offset == 8 else at[offset].value, at[offset].key, timestamp=FIRST_MS)
    feed.flush()

    def verified_there():
        to = f"enriched={place.topic('kept')},dead_letters={place.topic('kept-dead')}"
        it = replay(config, "--from", "0:0", "--to", "0:10", "--verify", "--to-topic", to)
        assert it.returncode == 1
        *lines, summary = it.stdout.decode().splitlines()
        assert re.match(r"[67] of 10 posts .*: 3 are as they should be; [34] were not compared: 1 superseded .*, [23] older than", summary)
        return [" ".join(line) for line in map(str.split, lines) if line[1] != "0"]

    raw = place.topic("raw")
    bad = [f"{raw}/0/1: missing", f"{raw}/0/5: missing", f"{raw}/0/7: missing", f"{raw}/0/8: different"]
    assert verified_there() == [*bad, "records 3", "superseded 1", "expired 2", "different 1", "missing 3"]
    feed = place.feed(role="kept-dead")
    feed.record(b"any", "any")
    feed.flush()
    delete_records(place, {0: 1}, "kept-dead")          # now the letter of d may have been there
    bad.pop(1)
    assert verified_there() == [*bad, "records 3", "superseded 1", "expired 3", "different 1", "missing 2"]


def tags_by(config, posts):
    """id and n of each post -> its tags, as pipe gives them."""
    out = trendmill("pipe", "-c", config, input=b"\n".join(it.value for it in posts)).stdout.splitlines()
    return [set(json.loads(line)["enrichment"]["tags"]) for line in out]


def test_diff_counts_what_other_rules_would_change(place):
    place.create_all()
    posts = no_hides(2_000, seed=21)
    place.feed(posts)
    config = place.config()
    place.run_through(config, len(posts))
    report = place.folder / "diff.json"

    done(config, *WHOLE, "--diff", "--report", report)
    alike = json.loads(report.read_text())
    assert alike["compared"] > 1_500
    assert all(row["gained"] == row["lost"] == row["changed"] == 0 for row in alike["rows"])

    other = place.config(name="other", rules=[str(place.other_rules(WITHOUT_RARE_EARTHS))])
    shown = done(other, *WHOLE, "--diff", "--report", report).stdout.decode()
    rows = {(row["section"], row["name"]): row for row in json.loads(report.read_text())["rows"]}
    expected = Counter()
    for was, now in zip(tags_by(config, posts), tags_by(other, posts), strict=True):
        expected.update([(tag, "lost") for tag in was - now] + [(tag, "gained") for tag in now - was]
                        + [(tag, "same") for tag in was & now])
    assert sum(count for (_, change), count in expected.items() if change == "lost") > 10
    found = Counter({(name, change): row[change] for (section, name), row in rows.items() if section == "tag"
                     for change in ("gained", "lost", "same") if row[change]})
    assert found == expected
    ids = {it["id"] for it in rows["tag", "rare-earth"]["lost_examples"]}
    assert len(ids) > 0 and ids <= {post.key.decode() for post in posts}
    assert rows["route", "by-tag"]["lost"] > 0 and rows["route", "enriched"]["changed"] > 0
    assert any(line.split()[:1] == ["rare-earth"] and ids & set(line.replace(",", " ").split())
               for line in shown.splitlines())
