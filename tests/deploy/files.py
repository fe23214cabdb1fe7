"""The files in deploy/ fit each other, the program and its metrics. What needs a container or a cluster is not run here.

    files.py BINARY             in the source root"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
BINARY = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.environ["TRENDMILL"])
ENVIRONMENT = {"PATH": os.environ["PATH"], "KAFKA_BROKERS": "localhost:1", "TRENDMILL_INSTANCE": "a",
               "TRENDMILL_RULES": str(ROOT / "config/rules.yaml")}

# Of systemd-analyze security, from 0 (locked) to 10.
EXPOSURE = 2.0

failures = []


def expect(truth, words):
    if not truth:
        failures.append(words)


def run(*command, **more):
    done = subprocess.run([str(it) for it in command], capture_output=True, text=True, cwd=ROOT, timeout=120, **more)
    return done.returncode, done.stdout + done.stderr


def documents(path):
    return [it for it in yaml.safe_load_all((DEPLOY / path).read_text()) if it]


def parse_all():
    for path in sorted(DEPLOY.rglob("*.y*ml")):
        try:
            list(yaml.safe_load_all(path.read_text()))
        except yaml.YAMLError as error:
            failures.append(f"{path}: {error}")


# --- metrics that alerts and the dashboard name ---

def known_metrics():
    """Name -> labels, of the printed reference; a histogram's three too."""
    known = {"up": {"job", "instance"}}
    for name, kind, labels in re.findall(r"^\| `(\w+)` \| (counter|gauge|histogram) \| (\S.*?) \| ",
                                         (ROOT / "config/REFERENCE.md").read_text(), re.M):
        labels = {"job", "instance"} | (set() if labels == "–" else set(labels.split(", ")))
        for suffix in ("_bucket", "_sum", "_count") if kind == "histogram" else ("",):
            known[name + suffix] = labels | ({"le"} if suffix == "_bucket" else set())
    return known


def check_expression(where, expression, known):
    bare = re.sub(r"\b(by|on|without|ignoring)\s*\([^)]*\)", "", expression)
    names = set(re.findall(r"\b((?:trendmill|process)_\w+|up\b)", bare))
    expect(names, f"{where}: names no metric: {expression}")
    for name in names:
        expect(name in known, f"{where}: there is no metric {name}")
    for name, labels in re.findall(r"(\w+)\{([^}]*)\}", bare):
        for label in re.findall(r"(\w+)\s*=", labels):
            expect(label in known.get(name, {label}), f"{where}: {name} has no label {label}")
    every = set().union(*(known.get(name, set()) for name in names))
    for labels in re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", expression):
        for label in filter(None, re.split(r"[,\s]+", labels)):
            expect(label in every, f"{where}: no metric in it has the label {label}")


def check_metrics():
    known = known_metrics()
    rules = [rule for group in documents("prometheus/alerts.yaml")[0]["groups"] for rule in group["rules"]]
    tested = {it["alertname"] for test in documents("prometheus/alerts.test.yaml")[0]["tests"]
              for it in test["alert_rule_test"] if it.get("exp_alerts")}
    remedies = (DEPLOY / "README.md").read_text()
    for rule in rules:
        check_expression(rule["alert"], rule["expr"], known)
        expect(rule["alert"] in tested, f"alert {rule['alert']} has no test that it fires")
        expect(f"`{rule['alert']}`" in remedies, f"alert {rule['alert']} has no remedy in deploy/README.md")
    for panel in json.loads((DEPLOY / "grafana/dashboard.json").read_text())["panels"]:
        for target in panel["targets"]:
            check_expression(f"panel {panel['title']}", target["expr"], known)
    for name in re.findall(r"`((?:trendmill|process)_[a-z_0-9]+)", remedies):
        expect(name in known or name + "_bucket" in known, f"deploy/README.md: there is no metric {name}")


def check_prometheus():
    for command in (("check", "rules", "deploy/prometheus/alerts.yaml"), ("test", "rules", "deploy/prometheus/alerts.test.yaml"),
                    ("check", "config", "deploy/prometheus/prometheus.yml")):
        code, said = run("promtool", *command)
        expect(code == 0, f"promtool {' '.join(command)}:\n{said}")


# --- the config that containers run with ---

def seconds(duration):
    number, unit = re.fullmatch(r"(\d+)(ms|s|m|h)", duration).groups()
    return int(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit]


def check_config():
    code, said = run(BINARY, "check", "-c", "deploy/config/worker.yaml", env=ENVIRONMENT)
    expect(code == 0, f"deploy/config/worker.yaml:\n{said}")
    code, said = run(BINARY, "check", "-c", "deploy/config/worker.yaml", env={**ENVIRONMENT, "KAFKA_BROKERS": ""})
    expect(code == 2, "deploy/config/worker.yaml is taken without KAFKA_BROKERS")


def check_compose(config):
    services = documents("compose.yaml")[0]["services"]
    for name, service in services.items():
        if service["image"] != "trendmill":
            expect(re.search(r":[\w.]*\d", service["image"]), f"compose.yaml: the image of {name} has no version")
            continue
        grace = seconds(service["stop_grace_period"])
        expect(grace > seconds(config["drain_timeout"]), f"compose.yaml: {name} is killed before it has drained")
        environment = {**ENVIRONMENT, **service["environment"]}
        code, said = run(BINARY, "check", "-c", "deploy/config/worker.yaml", env=environment)
        expect(code == 0, f"compose.yaml: {name}:\n{said}")
    workers = [it for name, it in services.items() if name.startswith("worker")]
    expect(len({it["environment"]["TRENDMILL_INSTANCE"] for it in workers}) == len(workers) == 2,
           "compose.yaml: two workers have one instance")
    jobs = {it["job_name"]: it["static_configs"][0]["targets"] for it in documents("prometheus/prometheus.yml")[0]["scrape_configs"]}
    expect({it.split(":")[0] for it in jobs["trendmill"]} == {it for it in services if it.startswith("worker")},
           "prometheus.yml: its targets are not the workers of compose.yaml")
    port = services["trends"]["ports"][0].rsplit(":", 1)[1]
    expect(jobs["trendmill-trends"] == [f"{services['trends']['environment']['TRENDMILL_INSTANCE']}:{port}"],
           "prometheus.yml: it does not ask the trend stage of compose.yaml")


def check_config_volume(pod):
    """The ConfigMaps as the pod sees them are a whole config."""
    files = {}
    for folder in (DEPLOY / "config", ROOT / "config"):
        for made in yaml.safe_load((folder / "kustomization.yaml").read_text())["configMapGenerator"]:
            files[made["name"]] = {Path(name).name: folder / name for name in made["files"]}
            size = sum(path.stat().st_size for path in files[made["name"]].values())
            expect(size < 250_000, f"kubernetes: ConfigMap {made['name']} is too large for kubectl apply")
    sources = next(it for it in pod["volumes"] if it["name"] == "config")["projected"]["sources"]
    with tempfile.TemporaryDirectory() as place:
        for source in (it["configMap"] for it in sources):
            items = source.get("items", [{"key": key, "path": key} for key in files[source["name"]]])
            for item in items:
                to = Path(place, item["path"])
                to.parent.mkdir(exist_ok=True)
                shutil.copy(files[source["name"]][item["key"]], to)
        code, said = run(BINARY, "check", "-c", f"{place}/worker.yaml", env={**ENVIRONMENT, "TRENDMILL_RULES": "rules.yaml"})
        expect(code == 0, f"kubernetes: the config volume:\n{said}")


def check_kubernetes(config):
    found = {it["kind"]: it for path in ("base/worker.yaml", "base/namespace.yaml", "scaled/scaledobject.yaml")
             for it in documents(f"kubernetes/{path}")}
    pod = found["StatefulSet"]["spec"]["template"]["spec"]
    worker = pod["containers"][0]
    check_config_volume(pod)
    paths = re.findall(r"^- `(/\w+)`", (ROOT / "config/REFERENCE.md").read_text(), re.M)
    expect(pod["terminationGracePeriodSeconds"] > seconds(config["drain_timeout"]), "kubernetes: killed before it has drained")
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        expect(worker[probe]["httpGet"]["path"] in paths, f"kubernetes: {probe} asks for what is not answered")
    secret = re.search(r"# sasl.password: file:(\S+)/\w+", (DEPLOY / "config/worker.yaml").read_text())[1]
    expect(secret in [it["mountPath"] for it in worker["volumeMounts"]], f"kubernetes: no secret is mounted at {secret}")
    given = {it["name"]: it for it in worker["env"]}
    expect(given["TRENDMILL_INSTANCE"]["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name",
           "kubernetes: the pod's name is not its instance")
    scale = found["ScaledObject"]["spec"]["triggers"][0]["metadata"]
    expect(scale["consumerGroup"] == "trendmill" and scale["topic"] == config["input"][0]["topic"],
           "kubernetes: the lag of another group or topic scales it")


def check_trends(config):
    """The trend stage has the workers' config, and a place for its store that lasts."""
    found = {it["kind"]: it for it in documents("kubernetes/trends/trends.yaml")}
    pod = found["StatefulSet"]["spec"]["template"]["spec"]
    stage = pod["containers"][0]
    check_config_volume(pod)
    expect(stage["args"][0] == "trends" and stage["args"][2] == "/etc/trendmill/worker.yaml", "kubernetes: trends runs something else")
    port = re.search(r"\d+", config["trends"]["http"]["port"])[0]
    expect(str(stage["ports"][0]["containerPort"]) == port, "kubernetes: trends listens elsewhere")
    store = re.search(r"/[\w/.]+", config["trends"]["store"])[0]
    mounts = {it["name"]: it["mountPath"] for it in stage["volumeMounts"]}
    claims = [it["metadata"]["name"] for it in found["StatefulSet"]["spec"]["volumeClaimTemplates"]]
    expect([mounts[it] for it in claims] == [os.path.dirname(store)], "kubernetes: the store of trends is not on its volume")
    service = documents("compose.yaml")[0]["services"]["trends"]
    expect(service["command"][0] == "trends" and service["volumes"] == [f"trends:{os.path.dirname(store)}"]
           and service["ports"][0].endswith(f":{port}"), "compose.yaml: the store of trends is not on its volume")


def names_used(node):
    """Of a pod: (kind, name) of each ConfigMap and Secret that it needs."""
    keys = {"configMapRef": "ConfigMap", "configMap": "ConfigMap", "configMapKeyRef": "ConfigMap", "secretRef": "Secret",
            "secretKeyRef": "Secret", "secret": "Secret"}
    if isinstance(node, list):
        return set().union(*map(names_used, node))
    if not isinstance(node, dict):
        return set()
    own = {(keys[it], node[it].get("name") or node[it]["secretName"]) for it in keys.keys() & node.keys() if not node[it].get("optional")}
    return own.union(*map(names_used, node.values()))


def check_overlay(name):
    """What kubectl apply -k would send: all that a pod names is there, and services and sets find their pods."""
    code, said = run("kubectl", "kustomize", f"deploy/kubernetes/{name}")
    expect(code == 0, f"kubectl kustomize {name}:\n{said[-500:]}")
    made = [it for it in yaml.safe_load_all(said if code == 0 else "") if it]
    there = {(it["kind"], it["metadata"]["name"]) for it in made}
    expect(len(there) == len(made), f"{name}: one object is made twice")
    for it in made:
        where = f"{name}: {it['kind']} {it['metadata']['name']}"
        expect(it["kind"] == "Namespace" or it["metadata"].get("namespace") == "trendmill", f"{where} is in another namespace")
        expect(len(json.dumps(it, ensure_ascii=False).encode()) < 250_000, f"{where} is too large for kubectl apply")
    for it in (it for it in made if it["kind"] == "StatefulSet"):
        template, where = it["spec"]["template"], f"{name}: {it['metadata']['name']}"
        lacks = names_used(template) - there
        expect(not lacks, f"{where} names what is not made: {lacks}")
        expect(it["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items(), f"{where} finds no pods")
        for service in (it for it in made if it["kind"] == "Service"):
            expect(service["spec"]["selector"].items() <= template["metadata"]["labels"].items(), f"{where}: its service finds no pods")
    return there


def check_overlays():
    if not shutil.which("kubectl"):
        print("no kubectl: the overlays are not built")
        return
    base, scaled, stage = map(check_overlay, ("base", "scaled", "trends"))
    expect(("ScaledObject", "trendmill") in scaled and base < scaled, "scaled: not the base with its ScaledObject")
    expect({it for it in stage if it[0] == "StatefulSet"} == {("StatefulSet", "trendmill-trends")}, "trends: not the trend stage alone")
    expect(not {it for it in stage & base if it[0] != "ConfigMap"}, "trends and base make the same objects")


def check_image():
    """The libraries that the program loads come with the packages that the image installs."""
    image = (DEPLOY / "Dockerfile").read_text().split("\nFROM ")[-1]
    loads = re.findall(r"\(NEEDED\).*\[(.+)\]", run("readelf", "-d", BINARY)[1])
    for library in loads:
        code, owners = run("dpkg", "-S", f"*/{library}")
        packages = {line.split(":")[0] for line in owners.splitlines()}
        expect(code != 0 or packages & {"libc6", "libasan8", "libubsan1", "libstdc++6", "libgcc-s1"}
               or any(re.search(rf"\b{re.escape(it)}\b", image) for it in packages),
               f"Dockerfile: {library} of {', '.join(packages)} is not installed")
    for path in re.findall(r"^COPY (?!--from)(.+) \S+$", image, re.M):
        for name in path.split():
            expect((ROOT / name).exists(), f"Dockerfile: there is no {name}")


def check_unit(unit):
    _, said = run("systemd-analyze", "verify", unit)
    wrong = [it for it in said.splitlines() if "trendmill is not executable" not in it]     # it is not installed here
    expect(not wrong, "systemd-analyze verify:\n" + "\n".join(wrong))
    code, said = run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE * 10:.0f}", unit)
    expect(code == 0, f"systemd-analyze security:\n{said[-300:]}")


def main():
    config = documents("config/worker.yaml")[0]
    parse_all()
    check_metrics()
    check_prometheus()
    check_config()
    check_compose(config)
    check_kubernetes(config)
    check_trends(config)
    check_overlays()
    check_image()
    check_unit("deploy/trendmill.service")
    check_unit("deploy/trendmill-trends.service")
    print("\n".join(failures) or "the files of deploy/ fit")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
