"""What a worker tells those who watch it: /metrics, probes, /status, and what it does not let them do."""
import concurrent.futures
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from types import SimpleNamespace

import pytest

from posts import make_posts
from support import ROOT, number, trendmill, wait_until

sys.path.insert(0, str(ROOT / "tests"))
from browser import CHROMIUM, browse        # noqa: E402

POSTS = 6_000
PROMTOOL = shutil.which("promtool")


def free_port():
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return it.getsockname()[1]


def ask(port, path, accept="*/*", seconds=10, host=None):
    """Status and text."""
    headers = {"Accept": accept, **({"Host": host} if host else {})}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def scrape(port):
    """Series -> figure: 'name{labels}' as they are written."""
    status, text = ask(port, "/metrics")
    assert status == 200
    return {name: float(value) for name, value in
            (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))}


def answers(port, path, status):
    try:
        return ask(port, path)[0] == status
    except OSError:
        return False


def is_settled(port):
    """Every lane has its share of the six partitions: no rebalance will rewind what comes now, to be counted again."""
    if not answers(port, "/readyz", 200):
        return False
    shares = [value for name, value in scrape(port).items() if name.startswith("trendmill_lane_partitions{")]
    return sum(shares) == 6 and all(shares)


def start(place, posts=(), **changes):
    port = free_port()
    worker = place.start(place.config(http={"port": port, "hosts": ["worker-1"]}, **changes))
    wait_until("the worker is ready", lambda: not worker.is_running() or is_settled(port), 60)
    assert worker.is_running(), worker.log()
    return SimpleNamespace(worker=worker, port=port, sent=place.feed(posts).sent)


@pytest.fixture(scope="module")
def run(shared_place):
    """A worker that has come through its posts and waits for more."""
    place = shared_place
    place.create_all()
    posts = list(make_posts(POSTS))
    run = start(place, posts)
    wait_until("all posts are committed", lambda: scrape(run.port)["trendmill_committed_posts_total"] == POSTS, 60)
    run.place, run.posts = place, posts
    run.records = place.reader().read_to_end()
    return run


def test_figures_are_those_of_the_records(run):
    found, place = scrape(run.port), run.place
    assert found[f'trendmill_posts_total{{topic="{place.topic("raw")}"}}'] == POSTS
    assert found[f'trendmill_post_bytes_total{{topic="{place.topic("raw")}"}}'] == sum(len(it.value) for it in run.posts)
    for role in ("enriched", "facts", "by-tag"):
        records = run.records[place.topic(role)]
        assert found[f'trendmill_records_total{{route="{role}"}}'] == len(records)
        assert found[f'trendmill_record_bytes_total{{route="{role}"}}'] == sum(len(it.value or b"") for it in records)
    assert found["trendmill_delay_seconds_count"] == POSTS
    assert found["trendmill_batch_seconds_count"] > 0
    assert found["trendmill_commit_seconds_count"] == found['trendmill_transactions_total{outcome="committed"}'] > 0
    assert found['trendmill_transactions_total{outcome="aborted"}'] == 0


def test_dead_letters_are_counted_by_fault(run):
    faults = Counter(dict(it.headers)["trendmill.fault"].decode() for it in run.records[run.place.topic("dead")])
    found = scrape(run.port)
    assert {name: found[f'trendmill_dead_letters_total{{fault="{name}"}}'] for name in faults} == faults
    assert sum(faults.values()) == sum(value for name, value in found.items() if "_dead_letters_total{" in name) > 0


def test_posts_are_counted_by_tag(run):
    tags = Counter(it.key.decode() for it in run.records[run.place.topic("by-tag")])
    found = scrape(run.port)
    assert len(tags) > 5
    assert {tag: found[f'trendmill_tagged_posts_total{{tag="{tag}"}}'] for tag in tags} == tags


def test_lag_and_offsets_are_the_groups(run):
    wait_until("the lag is told", lambda: sum(
        value for name, value in scrape(run.port).items() if name.startswith("trendmill_partition_lag_records")) == 0)
    found = scrape(run.port)
    for partition, offset in run.place.committed().items():
        labels = f'{{topic="{run.place.topic("raw")}",partition="{partition}"}}'
        assert found["trendmill_partition_committed_offset" + labels] == offset
        assert found["trendmill_partition_end_offset" + labels] == offset
    assert found['trendmill_lane_partitions{lane="0"}'] + found['trendmill_lane_partitions{lane="1"}'] == 6


def test_librdkafka_tells_of_its_brokers(run):
    clients = [f'{{lane="{lane}",client="{client}"}}' for lane, client in itertools.product("01", ("consumer", "producer"))]
    wait_until("librdkafka's statistics come", lambda: scrape(run.port).keys() >= {
        "trendmill_librdkafka_brokers_up" + labels for labels in clients})
    found = scrape(run.port)
    for labels in clients:
        assert found["trendmill_librdkafka_brokers_up" + labels] >= 1
        assert found["trendmill_librdkafka_sent_bytes_total" + labels] > 0
    assert any(name.startswith("trendmill_librdkafka_broker_rtt_seconds{") for name in found)


@pytest.mark.skipif(not PROMTOOL, reason="no promtool: apt-get install prometheus")
def test_promtool_finds_no_fault_in_the_text(run):
    done = subprocess.run([PROMTOOL, "check", "metrics"], input=ask(run.port, "/metrics")[1].encode(), capture_output=True)
    assert done.returncode == 0 and not done.stderr and not done.stdout, (done.stdout + done.stderr).decode()


def reference_section(name):
    return (ROOT / "config/REFERENCE.md").read_text().split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]


def test_every_metric_is_in_the_reference_with_its_labels(run):
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (\S.*?) \| .+ \|$", reference_section("Metrics"), re.M)
    known = {name: set() if labels == "–" else set(labels.split(", ")) for name, kind, labels in rows
             if kind in ("counter", "gauge", "histogram")}
    text = ask(run.port, "/metrics")[1]
    assert set(re.findall(r"^# TYPE (\w+)", text, re.M)) == known.keys()
    for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? \S+$", text, re.M):
        base = re.sub("_(bucket|sum|count)$", "", name) if name not in known else name
        assert set(re.findall(r'(\w+)="', labels)) - {"le"} == known[base], name


def test_a_hundred_scrapes_at_once_are_all_answered(run):
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        texts = [*pool.map(lambda _: ask(run.port, "/metrics", seconds=30), range(100))]
    assert {status for status, _ in texts} == {200}
    assert all(text.endswith("\n") and "process_start_time_seconds" in text for _, text in texts)


def test_status_as_json(run):
    status, text = ask(run.port, "/status", "application/json")
    found = json.loads(text)
    assert status == 200 and found["ready"] and found["reasons"] == []
    assert found["committed"] == POSTS and found["rules"]["version"] >= 1 and re.fullmatch("[0-9a-f]{16}", found["rules"]["id"])
    assert {(it["topic"], it["partition"]) for it in found["partitions"]} == {(run.place.topic("raw"), n) for n in range(6)}
    assert all(it["lacks"] == "" and not it["stuck"] for it in found["lanes"])
    dead = {(run.place.topic("raw"), *run.sent[number(it)]): dict(it.headers) for it in run.records[run.place.topic("dead")]}
    assert 0 < len(found["faults"]) <= 16
    for fault in found["faults"]:
        topic, partition, offset = fault["place"].rsplit("/", 2)
        headers = dead[topic, int(partition), int(offset)]
        assert fault["fault"] == headers["trendmill.fault"].decode()
        assert headers["trendmill.message"].decode().startswith(fault["message"])
    assert json.loads(ask(run.port, "/status.json", "text/html")[1])["committed"] == POSTS


def test_the_page_needs_nothing_from_elsewhere(run):
    status, text = ask(run.port, "/status", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
    assert status == 200 and text.startswith("<!doctype html>")
    assert not re.search(r"https?://|src=|href=|@import|innerHTML", text)


@pytest.mark.skipif(not CHROMIUM, reason="no chromium")
def test_the_page_shows_the_worker_in_a_browser(run, tmp_path):
    """GOLDEN=write renews the picture in deploy/."""
    url = f"http://127.0.0.1:{run.port}/status"
    picture = ROOT / "deploy/status.png" if os.environ.get("GOLDEN") == "write" else None
    page = browse(url, tmp_path, "document.body.dataset.shown > 0", picture)
    shown = re.sub("<[^>]+>", "\n", re.sub(r"(?s)<(style|script).*?</\1>", "", page))
    assert re.search(r'<body data-shown="[1-9]', page), page
    for words in ("ready", run.place.prefix, f"{run.place.topic('raw')}/5", f"{POSTS:,}", "enriched", "by-tag",
                  "rare-earth", "exactly_once", "dead letter no-id"):
        assert words in shown, words


@pytest.mark.parametrize("method, path, status", [
    ("GET", "/", 200), ("GET", "/nowhere", 404), ("POST", "/metrics", 405), ("DELETE", "/status", 405), ("HEAD", "/healthz", 200)])
def test_only_what_is_offered_is_answered(run, method, path, status):
    request = urllib.request.Request(f"http://127.0.0.1:{run.port}{path}", method=method,
                                     data=b"x" * 100_000 if method == "POST" else None)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == status
    except urllib.error.HTTPError as error:
        assert error.code == status


def test_a_client_with_endless_headers_is_refused(run):
    with socket.create_connection(("127.0.0.1", run.port), 10) as it:
        it.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: ")
        try:
            for _ in range(64):
                it.sendall(b"y" * 1024)
            assert re.match(rb"HTTP/1.1 (413|431)", it.recv(100))
        except ConnectionError:
            pass


@pytest.mark.parametrize("hosts", [1, 200])
def test_slow_clients_are_cut_off_and_hold_no_probe_up(run, hosts):
    """More of them than there are connections, from one host and from many, each with a header now and then."""
    slow = [socket.create_connection(("127.0.0.1", run.port), 10, (f"127.0.2.{1 + n % hosts}", 0)) for n in range(300)]
    for it in slow:
        it.sendall(b"GET /status.json HTTP/1.1\r\n")
    started = time.monotonic()

    def drip(it):
        try:
            it.send(b"X: y\r\n")
            it.setblocking(False)
            return it.recv(100) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    left = slow
    while left:
        left = [it for it in left if drip(it)]
        asked = time.monotonic()
        assert ask(run.port, "/healthz") == (200, "ok\n")
        assert time.monotonic() - asked < 5 and time.monotonic() - started < 20, f"{len(left)} are still connected"
        time.sleep(0.2)
    for it in slow:
        it.close()


@pytest.mark.parametrize("host, status", [
    ("localhost", 200), ("127.0.0.1:9464", 200), ("[::1]:9464", 200), ("10.244.1.7:9464", 200), ("Worker-1:9464", 200),
    ("evil.example", 421), ("127.0.0.1.evil.example", 421), ("worker-2:9464", 421)])
def test_only_names_that_are_listed_are_answered(run, host, status):
    for path in ("/", "/metrics", "/status", "/status.json"):
        found, text = ask(run.port, path, host=host)
        assert found == status, path
        assert status == 200 or "http.hosts" in text and run.place.prefix not in text
    assert ask(run.port, "/healthz", host=host) == ask(run.port, "/readyz", host=host) == (200, "ok\n")


def test_the_lanes_go_on_while_many_ask(place):
    """A scrape takes no lock that a lane waits for."""
    place.create_all()
    posts = list(make_posts(8_000, seed=8))
    run = start(place)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(lambda: [ask(run.port, path)[0] for path in ("/metrics", "/status", "/readyz") * 10]) for _ in range(8)]
        place.feed(posts)
        assert {status for it in asked for status in it.result(120)} == {200}
    wait_until("all posts are committed", lambda: scrape(run.port)["trendmill_committed_posts_total"] == len(posts), 120)
    before = scrape(run.port)
    run.worker.stop()
    assert run.worker.counted("posts") == before[f'trendmill_posts_total{{topic="{place.topic("raw")}"}}'] == len(posts)
    assert run.worker.counted("dead") == sum(value for name, value in before.items() if "_dead_letters_total{" in name)


def test_a_reload_is_counted_and_named(place, tmp_path):
    place.create_all()
    rules = tmp_path / "rules.yaml"
    rules.write_text("version: 1\ntags: {a: {any: [地震]}}\n")
    run = start(place, rules=[str(rules)])
    assert scrape(run.port)["trendmill_rules_version"] == 1
    rules.write_text("version: 2\ntags: {b: {any: [台風]}}\n")
    run.worker.signal(signal.SIGHUP)
    wait_until("the rules are taken", lambda: scrape(run.port)["trendmill_rules_version"] == 2)
    rules.write_text("version: 3\ntags: {b: {any: 7\n")
    run.worker.signal(signal.SIGHUP)
    wait_until("the rules are refused", lambda: scrape(run.port)['trendmill_rules_reloads_total{outcome="refused"}'] == 1)
    found = scrape(run.port)
    assert found["trendmill_rules_version"] == 2 and found['trendmill_rules_reloads_total{outcome="taken"}'] == 1
    assert 'trendmill_tagged_posts_total{tag="b"}' in found
    assert re.search(r'level=error event=rules place="[^"]*rules.yaml:\d+:\d+"', run.worker.log())
    run.worker.stop()


def test_readyz_says_which_topic_is_gone_and_when_it_is_back(place):
    place.create_all()
    posts = iter(make_posts(100_000, seed=9))
    run = start(place, **{"kafka.producer": {"transaction.timeout.ms": "5000", "topic.metadata.propagation.max.ms": "2000"}})
    gone = place.topic("facts")
    feed = place.feed(itertools.islice(posts, 100))
    place.admin.delete_topics([gone])[gone].result(20)

    def says_gone():
        feed.posts(itertools.islice(posts, 10))
        status, text = ask(run.port, "/readyz")
        return status == 503 and f"topic {gone} is not there" in text

    wait_until("/readyz names the topic", says_gone, 60)
    assert ask(run.port, "/healthz")[0] == 200
    assert scrape(run.port)["trendmill_ready"] == 0
    status, text = ask(run.port, "/readyz", host="evil.example")
    assert status == 503 and gone not in text
    place.create(["facts"])
    wait_until("/readyz says yes again", lambda: answers(run.port, "/readyz", 200), 60)
    found = scrape(run.port)
    assert found['trendmill_transactions_total{outcome="aborted"}'] > 0
    assert found["trendmill_producers_rebuilt_total"] > 0
    feed.flush()
    run.worker.stop()


def test_healthz_names_a_lane_that_does_not_turn_and_readyz_that_it_stops(place, cluster):
    place.create_all()
    run = start(place, lanes=1, drain_timeout="40s", commit={"interval": "10s", "bytes": "64MiB"},
                **{"kafka.producer": {"transaction.timeout.ms": "60000"}})
    place.feed(make_posts(1_000, seed=10))
    wait_until("a transaction is open", lambda: scrape(run.port)["trendmill_batch_seconds_count"] > 0)
    cluster.pause()                 # its commit cannot end
    try:
        wait_until("/healthz says no", lambda: answers(run.port, "/healthz", 503), 90)
        assert re.search(r"lane \d has not turned for \d+ s", ask(run.port, "/healthz")[1])
        assert ask(run.port, "/readyz")[0] == 503
        assert any(name.startswith("trendmill_lane_still_seconds") and value > 30 for name, value in scrape(run.port).items())
        run.worker.signal()
        wait_until("/readyz says that it stops", lambda: "it is stopping" in ask(run.port, "/readyz")[1])
    finally:
        cluster.resume()
    run.worker.wait(60)
    place.feed(make_posts(1))       # the broker is itself again


def test_check_asks_a_running_worker(place):
    place.create_all()
    run = start(place)
    config = place.config(http={"address": "0.0.0.0", "port": run.port})
    assert trendmill("check", "-c", config, "--http").returncode == 0
    run.worker.stop()
    done = trendmill("check", "-c", config, "--http")
    assert done.returncode == 1 and "Connection refused" in done.stderr.decode()
    done = trendmill("check", "-c", place.config(), "--http")
    assert done.returncode == 2 and "nothing listens" in done.stderr.decode()


def test_nothing_listens_unless_it_is_asked_for(place):
    place.create_all()
    worker = place.start(place.config())
    worker.wait_for_log("event=rebalance")
    listening = subprocess.run(["ss", "-H", "-l", "-t", "-n", "-p"], capture_output=True, text=True).stdout
    assert f"pid={worker.process.pid}," not in listening
    worker.stop()


def test_a_port_that_is_taken_stops_the_start(place):
    place.create_all()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = trendmill("run", "-c", place.config(http={"address": "0.0.0.0", "port": port}))
    assert done.returncode == 2
    assert f"cannot listen on 0.0.0.0 port {port}: Address already in use" in done.stderr.decode()
