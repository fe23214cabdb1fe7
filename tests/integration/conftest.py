import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from support import ENVIRONMENT, HAS_SANITIZER, LIBRDKAFKA, ROOT, SANITIZER_OPTIONS, TRENDMILL, Place, trendmill

# Stopped from outside, the tests still stop their broker.
signal.signal(signal.SIGTERM, signal.default_int_handler)


class Cluster:
    """One broker of deploy/kafka-local in a folder of its own."""

    def __init__(self, folder):
        self.environment = {**os.environ, "TRENDMILL_KAFKA_DIR": str(folder), "TRENDMILL_KAFKA_PORT": str(free_port())}
        self.brokers = None

    def command(self, *words):
        done = subprocess.run([ROOT / "deploy/kafka-local", *words], env=self.environment, stdout=subprocess.PIPE,
                              check=True, text=True)
        return done.stdout.strip()

    def start(self):
        self.brokers = self.command("start")

    def pause(self):
        self.command("broker", "1", "pause")

    def resume(self):
        self.command("broker", "1", "resume")

    def restart(self):
        """Killed, and started again with its data."""
        self.command("broker", "1", "kill")
        self.command("broker", "1", "start")

    def stop(self):
        self.command("stop", "--wipe")


class OtherCluster:
    """Brokers that somebody else runs: TRENDMILL_TEST_BROKERS."""

    def __init__(self, brokers):
        self.brokers = brokers

    def pause(self):
        pytest.skip("the brokers are not ours to pause")

    def restart(self):
        pytest.skip("the brokers are not ours to restart")


def free_port():
    """The first of two free ports from 19092 on."""
    def is_free(port):
        with socket.socket() as it:
            return it.connect_ex(("127.0.0.1", port)) != 0
    return next(port for port in range(19092, 20092, 2) if is_free(port) and is_free(port + 1))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    assert os.access(TRENDMILL, os.X_OK), f"no program {TRENDMILL}; TRENDMILL_BIN names another"
    if LIBRDKAFKA:
        version = LIBRDKAFKA.rsplit("-", 1)[1]
        assert f"librdkafka {version} (" in trendmill("--version").stdout.decode(), "another librdkafka is at work"
    if "TRENDMILL_TEST_BROKERS" in os.environ:
        yield OtherCluster(os.environ["TRENDMILL_TEST_BROKERS"])
        return
    cluster = Cluster(tmp_path_factory.mktemp("kafka"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def place(cluster, tmp_path):
    place = Place(cluster.brokers, tmp_path)
    yield place
    place.close()


@pytest.fixture(scope="module")
def shared_place(cluster, tmp_path_factory):
    place = Place(cluster.brokers, tmp_path_factory.mktemp("shared"))
    yield place
    place.close()


@pytest.fixture
def slow_matcher(tmp_path, monkeypatch):
    """Workers that start from now on have the bug; the rules with the one expression that shows it."""
    if b"libhs.so" not in subprocess.run(["ldd", TRENDMILL], capture_output=True).stdout:
        pytest.skip("built without Vectorscan")
    library, rules = tmp_path / "slow_matcher.so", tmp_path / "rules.yaml"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, Path(__file__).with_name("slow_matcher.c")], check=True)
    monkeypatch.setitem(ENVIRONMENT, "LD_PRELOAD", str(library))
    if HAS_SANITIZER:
        monkeypatch.setitem(ENVIRONMENT, "ASAN_OPTIONS", SANITIZER_OPTIONS)
    rules.write_text('version: 1\ntags: {sea: {any: ["re:深.+"]}}\n')
    return str(rules)
