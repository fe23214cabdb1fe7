"""The schemas that editors use: every YAML file that is shipped or tested fits them, and wrong ones do not.

    schemas.py"""

import json
import re
import sys
from pathlib import Path

try:
    import yaml
    from jsonschema import Draft7Validator
except ImportError:
    print("SKIP: no jsonschema or yaml for Python; on Debian: apt-get install python3-jsonschema python3-yaml")
    sys.exit(77)

ROOT = Path(__file__).resolve().parent.parent.parent

failures = []


class Loader(yaml.SafeLoader):
    """As YAML 1.2 has it and editors do: `off` and `yes` are texts, and so are times."""


Loader.yaml_implicit_resolvers = {}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^-?(0|[1-9][0-9]*)$"), list("-0123456789"))
Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^-?(0|[1-9][0-9]*)?\.[0-9]+$"), list("-.0123456789"))
Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(~|null|)$"), ["~", "n", ""])


def load(name):
    schema = json.loads((ROOT / "config" / f"{name}.schema.json").read_text())
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


VALIDATORS = {name: load(name) for name in ("worker", "rules", "lexicon", "tests")}


def problems(name, text):
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
            for error in VALIDATORS[name].iter_errors(yaml.load(text, Loader))]


def kind_of(path):
    if path.parent.name == "lexicon" or re.match(r"lang:", path.read_text()):
        return "lexicon"
    return "tests" if path.name.endswith(".test.yaml") else "worker" if path.name.startswith("worker") else "rules"


def check_files():
    shipped = [path for path in ROOT.glob("config/*.yaml") if path.name != "kustomization.yaml"]
    paths = [*shipped, *ROOT.glob("config/lexicon/*.yaml"), *ROOT.glob("tests/golden/*/*.yaml")]
    for path in sorted(paths):
        for problem in problems(kind_of(path), path.read_text()):
            failures.append(f"{path.relative_to(ROOT)}: {problem}")
    for path in shipped:
        line = f"# yaml-language-server: $schema={kind_of(path)}.schema.json"
        if path.read_text().splitlines()[0] != line:
            failures.append(f"config/{path.name}: the first line is not {line}")
    return len(paths)


WORKER = "input: [{topic: a}]\nrules: [r.yaml]\nroutes: {x: {topic: b, shape: event}}\ndead_letters: d\n"

RIGHT = [
    ("worker", WORKER),
    ("worker", WORKER + "lanes: auto\ncommit: {interval: 1s, bytes: 64KiB, posts: 10}\n"),
    ("worker", WORKER + "lanes: ${LANES:-2}\ndelivery: ${DELIVERY}\nkafka: {linger.ms: 5, enable.x: true}\n"),
    ("rules", "tags: {a: {any: [x, 2026, {term: y, except: [z]}, {all: [b, {any: [c], min: 2}], near: 3}], lang: [ja]}}\n"),
    ("rules", "version: 1\nentities: off\nengagement: {tiers: {by: likes, hot: 10, warm: 0.5}}\n"),
    ("tests", "tests: [{name: a, text: x, expect: {tags: {has: [b]}, routes: {c: yes}, figures: {total: unknown, score: 1.5}}}]\n"),
]

WRONG = [
    ("worker", "group: x\n"),                                           # what must be given is missing
    ("worker", WORKER + "trends: {publish: {top: 0}}\n"),
    ("worker", WORKER + "trends: {publish: {step: 5}}\n"),
    ("worker", WORKER + "lanes: many\n"),
    ("worker", WORKER + "lanes: 0\n"),
    ("worker", WORKER + "delivery: twice\n"),
    ("worker", WORKER + "commit: {interval: 5}\n"),                     # without a unit
    ("worker", WORKER.replace("shape: event", "shape: evnt")),
    ("worker", WORKER + "gruop: x\n"),
    ("rules", "tags: {a: {any: x}}\n"),
    ("rules", "tags: {a: {anny: [x]}}\n"),
    ("rules", "tags: {a: {any: [{except: [x]}]}}\n"),                   # an except of no term
    ("rules", "tags: {a: {all: [{any: [{all: [x], implies: [b]}]}]}}\n"),       # only a tag implies
    ("rules", "engagement: {tiers: {by: love, hot: 1}}\n"),
    ("rules", "engagement: {tiers: {hot: much}}\n"),
    ("rules", "tag: {}\n"),
    ("tests", "tests: [{name: a, text: x}]\n"),
    ("tests", "tests: [{name: a, text: x, expect: {tags: b}}]\n"),
    ("tests", "tests: [{name: a, text: x, expect: {fault: no-idea}}]\n"),
    ("tests", "tests: [{name: a, text: x, expect: {routes: {b: maybe}}}]\n"),
]


def main():
    count = check_files()
    for name, text in RIGHT:
        failures.extend(f"{name} refuses {text!r}: {problem}" for problem in problems(name, text))
    failures.extend(f"{name} takes {text!r}" for name, text in WRONG if not problems(name, text))
    print("\n".join(failures) or f"{count} files fit, {len(WRONG)} wrong ones do not")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
