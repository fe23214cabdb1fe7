"""What the containers of deploy/ run, run here by hand: the same commands with the same config and environment, and a
Prometheus that scrapes the workers, holds the alerts and answers the dashboard's questions."""
import json
import re
import shutil
import signal
import subprocess
import urllib.parse
from types import SimpleNamespace

import pytest
import yaml

from support import ROOT, TRENDMILL, wait_until
from test_http import answers, ask, free_port, scrape

DEPLOY = ROOT / "deploy"
CONFIG = "/etc/trendmill/worker.yaml"
PROMETHEUS = shutil.which("prometheus")


class Containers:
    """The services of compose.yaml as processes."""

    def __init__(self, brokers, folder):
        self.services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
        self.folder = folder
        self.environment = {"PATH": "/usr/bin:/bin", "TRENDMILL_GROUP": folder.name, "TRENDMILL_RULES": str(ROOT / "config/rules.yaml")}
        self.brokers = brokers
        self.ports = {name: free_port() for name in self.services}
        self.running = {}

    def environment_of(self, name):
        given = {**self.services[name]["environment"], "KAFKA_BROKERS": self.brokers, "TRENDMILL_HTTP_ADDRESS": "127.0.0.1"}
        return {**self.environment, **given, "TRENDMILL_HTTP_PORT": str(self.ports[name])}

    def start(self, name, command):
        words = [TRENDMILL, *(str(DEPLOY / "config/worker.yaml") if it == CONFIG else it for it in command)]
        with open(self.folder / f"{name}.log", "ab") as log:
            return subprocess.Popen(words, env=self.environment_of(name), stdout=log, stderr=log)

    def run(self, name, command, seconds=60):
        return self.start(name, command).wait(seconds)

    def log(self, name):
        return (self.folder / f"{name}.log").read_text()


def image(word):
    """The JSON list behind a word of the Dockerfile that starts a line, such as CMD."""
    return json.loads(re.findall(rf"^{word} (\[.*\])$", (DEPLOY / "Dockerfile").read_text(), re.M)[-1])


@pytest.fixture(scope="module")
def deployed(shared_place, tmp_path_factory):
    folder = tmp_path_factory.mktemp("deployed")
    containers = Containers(shared_place.brokers, folder)
    assert containers.run("topics", containers.services["topics"]["command"]) == 0, containers.log("topics")
    for name in ("worker-1", "worker-2"):
        assert containers.run(name, ["check", "-c", CONFIG]) == 0, containers.log(name)        # as in Kubernetes, before it
        containers.running[name] = containers.start(name, image("CMD"))
    try:
        for name in containers.running:
            wait_until(f"{name} is ready", lambda: answers(containers.ports[name], "/readyz", 200), 60)
        posts = (ROOT / "config/samples/posts.jsonl").read_bytes().splitlines()
        feed = shared_place.feed()
        feed.topic = "posts.raw"
        for n, post in enumerate(posts):
            feed.record(post, b"%d" % n)
        feed.flush()
        yield SimpleNamespace(containers=containers, posts=len(posts))
    finally:
        for process in containers.running.values():
            process.kill()
        topics = [f"posts.{it}" for it in ("raw", "enriched", "facts", "by-tag", "dead", "trends")]
        for future in shared_place.admin.delete_topics(topics).values():
            future.result(20)


def test_two_workers_share_the_samples(deployed):
    ports = [deployed.containers.ports[name] for name in deployed.containers.running]
    wait_until("all posts are committed", lambda: deployed.posts == sum(
        scrape(port)["trendmill_committed_posts_total"] for port in ports), 60)
    wait_until("both have partitions", lambda: all(
        json.loads(ask(port, "/status.json")[1])["partitions"] for port in ports), 60)


def test_the_healthcheck_of_the_image(deployed):
    name, *command = json.loads(re.search(r"HEALTHCHECK .*\\\n *CMD (\[.*\])", (DEPLOY / "Dockerfile").read_text())[1])
    assert name == "trendmill"
    assert deployed.containers.run("worker-1", command) == 0, deployed.containers.log("worker-1")


def test_the_workers_answer_by_the_names_that_prometheus_and_probes_use(deployed):
    targets = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())["scrape_configs"][0]["static_configs"][0]["targets"]
    for target in targets:
        port = deployed.containers.ports[target.split(":")[0]]
        for host in (target, "10.244.0.9:9464", "localhost:9464"):      # compose, a pod's address, a published port
            assert ask(port, "/metrics", host=host)[0] == 200, host
        assert ask(port, "/metrics", host="evil.example")[0] == 421
        assert ask(port, "/healthz", host="any.probe")[0] == 200


@pytest.mark.skipif(not PROMETHEUS, reason="no prometheus: apt-get install prometheus")
def test_prometheus_takes_the_figures_and_the_dashboard_gets_answers(deployed, tmp_path):
    port, ports = free_port(), deployed.containers.ports
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(DEPLOY / "prometheus/alerts.yaml")]
    config["scrape_configs"] = config["scrape_configs"][:1]         # no trend stage runs here
    targets = config["scrape_configs"][0]["static_configs"][0]["targets"]
    config["scrape_configs"][0]["static_configs"][0]["targets"] = [f"127.0.0.1:{ports[it.split(':')[0]]}" for it in targets]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen([PROMETHEUS, f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data",
                                    f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
    try:
        wait_until("prometheus answers", lambda: answers(port, "/-/ready", 200), 60)

        def query(expression):
            status, text = ask(port, "/api/v1/query?query=" + urllib.parse.quote(expression))
            assert status == 200, (expression, text)
            return json.loads(text)["data"]["result"]

        wait_until("both are scraped a few times", lambda: len(query('count_over_time(trendmill_ready[1m]) > 8')) == 2, 60)
        assert {it["value"][1] for it in query("up")} == {"1"}
        quiet = {"Dead letters by fault", "Broker errors",      # where nothing goes wrong, and no trend stage runs
                 "Bursts of trends", "Rows the trend stage is behind", "Event time since the last step"}
        for panel in json.loads((DEPLOY / "grafana/dashboard.json").read_text())["panels"]:
            found = [query(target["expr"].replace("$instance", ".*").replace("$__rate_interval", "10s")) for target in panel["targets"]]
            assert any(found) or panel["title"] in quiet, panel["title"]
        rules = json.loads(ask(port, "/api/v1/rules")[1])["data"]["groups"][0]["rules"]
        assert {it["health"] for it in rules} == {"ok"} and len(rules) >= 15, rules
        assert {it["name"] for it in rules if it["state"] == "firing"} <= {"TrendmillRefused"}
    finally:
        process.terminate()
        process.wait(30)


def test_reload_and_stop_as_systemd_and_containers_do(deployed):
    """After the others: it ends the workers."""
    first = deployed.containers.running["worker-1"]
    first.send_signal(signal.SIGHUP)
    wait_until("the rules are read again", lambda: scrape(deployed.containers.ports["worker-1"])[
        'trendmill_rules_reloads_total{outcome="unchanged"}'] == 1)
    for name, process in deployed.containers.running.items():
        process.terminate()
        assert process.wait(45) == 0, deployed.containers.log(name)
    assert all(json.loads(line)["event"] for line in deployed.containers.log("worker-2").splitlines() if line.startswith("{"))
