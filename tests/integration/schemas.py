"""Records against the JSON Schemas of config/."""
import json
import re

import pytest
from jsonschema import FormatChecker, RefResolver
from jsonschema.validators import validator_for

from support import ROOT

FOLDER = ROOT / "config"


def load(shape):
    path = FOLDER / f"{shape}.schema.json"
    if not path.exists():
        pytest.skip(f"{path.relative_to(ROOT)} is not there")
    schema = json.loads(path.read_text())
    resolver = RefResolver(path.as_uri(), schema)
    return validator_for(schema)(schema, resolver=resolver, format_checker=FormatChecker())


def check(shape, values):
    """Values that differ in digits alone are checked once: that is what makes 200,000 of them bearable."""
    validator, seen = load(shape), set()
    for value in values:
        if value is None:                       # a tombstone
            continue
        kind = re.sub(rb"\d+", b"0", value)
        if kind in seen:
            continue
        seen.add(kind)
        errors = [f"{it.json_path}: {it.message}" for it in validator.iter_errors(json.loads(value))]
        assert not errors, "\n".join([value.decode(), *errors])
    assert seen
