"""Commands and what they say when the cluster or the config is not as it must be."""
import json
import re
import time

import pytest
from confluent_kafka.admin import ConfigResource

from support import Place, trendmill


def says(done):
    return done.stderr.decode()


def cleanup_of(place, roles):
    asked = {role: ConfigResource("topic", place.topic(role)) for role in roles}
    found = place.admin.describe_configs([*asked.values()])
    return {role: found[asked[role]].result(20)["cleanup.policy"].value for role in roles}


def test_topics_lists_what_is_missing_and_makes_it(place):
    roles = ["raw", "enriched", "facts", "by-tag", "dead"]
    config = place.config(routes={
        "enriched": {"topic": place.topic("enriched"), "shape": "event"},
        "facts": {"topic": place.topic("facts"), "shape": "facts", "cleanup": "compact"},
        "by-tag": {"topic": place.topic("by-tag"), "shape": "by-tag"},
    })
    place.create(["raw"])
    listed = trendmill("topics", "-c", config)
    lines = dict(line.split(maxsplit=1) for line in listed.stdout.decode().splitlines())
    assert listed.returncode == 3
    assert {role: "missing" in lines[place.topic(role)] for role in roles} == {role: role != "raw" for role in roles}

    made = trendmill("topics", "-c", config, "--create")
    assert made.returncode == 0, says(made)
    assert place.topics() == {place.topic(role) for role in roles}
    assert cleanup_of(place, roles[1:]) == {
        "enriched": "compact,delete", "facts": "compact", "by-tag": "delete", "dead": "delete"}
    for again in (trendmill("topics", "-c", config), trendmill("topics", "-c", config, "--create")):
        assert again.returncode == 0 and b"missing" not in again.stdout


@pytest.mark.parametrize("role", ["raw", "facts", "dead"])
def test_run_with_a_missing_topic_names_it(place, role):
    roles = ["raw", "enriched", "facts", "by-tag", "dead"]
    place.create([it for it in roles if it != role])
    started = time.monotonic()
    done = trendmill("run", "-c", place.config())
    assert done.returncode == 3
    assert [it for it in roles if place.topic(it) in says(done)] == [role]
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("command", ["run", "topics"])
def test_brokers_out_of_reach(tmp_path, command):
    done = trendmill(command, "-c", Place("127.0.0.1:1", tmp_path).config(start_timeout="2s"))
    assert done.returncode == 3
    assert "no broker answers: check bootstrap.servers" in says(done)


def refusal(place, section, name, value):
    """What is said of a property, at the place of its value."""
    config = place.config(**{section: {"bootstrap.servers": place.brokers, name: value}})
    number, line = next(it for it in enumerate(config.read_text().splitlines(), 1) if f'"{name}"' in it[1])
    done = trendmill("run", "-c", config)
    assert done.returncode == 2
    found = re.search(rf"{re.escape(str(config))}:{number}:{line.index(json.dumps(value)) + 1}: (.*)", says(done))
    assert found, says(done)
    return found[1]


def test_a_property_that_librdkafka_does_not_know(place):
    """Said at its name, with the one that is near."""
    config = place.config(kafka={"bootstrap.servers": place.brokers, "socket.nagle.disabled": "true"})
    number, line = next(it for it in enumerate(config.read_text().splitlines(), 1) if "nagle" in it[1])
    done = trendmill("run", "-c", config)
    assert done.returncode == 2
    assert f"{config}:{number}:{line.index(chr(34) + 'socket.nagle') + 1}: " in says(done)
    assert 'did you mean "socket.nagle.disable"?' in says(done)


@pytest.mark.parametrize("section, name, value", [
    ("kafka", "compression.codec", "zip"),
    ("kafka.consumer", "fetch.min.bytes", "many"),
    ("kafka.producer", "batch.size", "-1"),
])
def test_a_property_that_librdkafka_refuses(place, section, name, value):
    assert name in refusal(place, section, name, value)


@pytest.mark.parametrize("section, name, value", [
    ("kafka", "enable.auto.commit", "true"),
    ("kafka", "transactional.id", "mine"),
    ("kafka.consumer", "isolation.level", "read_uncommitted"),
    ("kafka.producer", "enable.idempotence", "false"),
])
def test_a_property_that_the_guarantees_own(place, section, name, value):
    assert f"{name} belongs to the delivery guarantee" in refusal(place, section, name, value)
