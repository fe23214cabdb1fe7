"""The schemas in config/ hold for what the line writes, and are strict.

    schema.py BINARY    checks every golden record and all shapes of the shipped samples: by schema, and
                        that the members are in the schema's order, which is that of the contract"""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("SKIP: no jsonschema for Python; on Debian: apt-get install python3-jsonschema")
    sys.exit(77)

ROOT = Path(__file__).resolve().parent.parent
SHAPES = ("event", "facts", "by-tag")
OPEN = ("post", "matched")              # whose members the schema does not name

failures = []


def fail(place, text):
    failures.append(f"{place}: {text}")


def load(shape):
    schema = json.loads((ROOT / "config" / f"{shape}.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    return schema


schemas = {shape: load(shape) for shape in SHAPES}
validators = {shape: Draft202012Validator(schema) for shape, schema in schemas.items()}


def properties(schema, value, root):
    """What the schema says of each member of an object, in its order."""
    if "then" in schema and "properties" not in schema:
        branch = "then" if "hidden" in value else "else"
        schema = root["$defs"][schema[branch]["$ref"].rsplit("/", 1)[-1]]
    return schema.get("properties", {})


def check_order(schema, value, root, place):
    known = properties(schema, value, root)
    order = [name for name in known if name in value]
    if list(value) != order:
        fail(place, f"members are as {list(value)}, expected {order}")
    for name, member in value.items():
        if isinstance(member, dict) and name not in OPEN:
            check_order(known.get(name, {}), member, root, f"{place}: {name}")


def check(shape, value, place):
    for error in validators[shape].iter_errors(value):
        fail(place, f"{shape}: {'/'.join(map(str, error.absolute_path)) or 'the record'}: {error.message}")
    check_order(schemas[shape], value, schemas[shape], place)


def shape_of(value):
    return "event" if "facts" in value else "by-tag" if "tag" in value else "facts"


def strange(value):
    """The value with a member too many, once for each object in it."""
    for name, member in value.items():
        if isinstance(member, dict) and name not in OPEN:
            for other in strange(member):
                yield {**value, name: other}
    yield {**copy.deepcopy(value), "no_such_member": 1}


def check_strict(shape, value):
    for other in strange(value):
        if validators[shape].is_valid(other):
            fail(shape, f"a member that is not known passes in {json.dumps(other, ensure_ascii=False)}")
    for name in ("v", "id"):
        less = {key: member for key, member in value.items() if key != name}
        if validators[shape].is_valid(less):
            fail(shape, f"a record without {name} passes")


def check_golden():
    seen = {}
    for path in sorted((ROOT / "tests" / "golden").glob("*/records.jsonl")):
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            value = json.loads(line)["value"]
            if value is None:
                continue
            shape = shape_of(value)
            check(shape, value, f"{path.parent.name}/records.jsonl:{number}")
            kinds = seen.setdefault(shape, {})
            kinds.setdefault(value.get("kind", "hide" if "hidden" in value else "post"), value)
    for shape in SHAPES:
        if shape not in seen:
            fail(shape, "no golden record has this shape")
        for value in seen.get(shape, {}).values():
            check_strict(shape, value)


def check_samples(binary):
    samples = (ROOT / "config" / "samples" / "posts.jsonl").read_bytes()
    for shape in SHAPES:
        done = subprocess.run([binary, "pipe", "-c", "config/worker.yaml", "--shape", shape], cwd=ROOT, input=samples,
                              capture_output=True, timeout=60)
        if done.returncode != 0:
            fail(shape, f"exit code {done.returncode}: {done.stderr.decode(errors='replace')}")
        lines = done.stdout.splitlines()
        if not lines:
            fail(shape, "no sample has this shape")
        for number, line in enumerate(lines, 1):
            check(shape, json.loads(line), f"samples as {shape}:{number}")
        if shape == "event":
            check_raw(samples, lines)


def check_raw(samples, lines):
    """Every event has its post byte for byte, and they are in the posts' order."""
    posts = iter(samples.splitlines())
    for number, line in enumerate(lines, 1):
        if not any(b'"post":' + post in line for post in posts):
            fail(f"samples as event:{number}", "the post is not as it came, or not in its order")


def main(arguments):
    check_golden()
    check_samples(os.path.abspath(arguments[0] if arguments else os.environ["TRENDMILL"]))
    print("\n".join(failures[:50]) or "all records fit their schemas")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
